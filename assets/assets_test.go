package assets

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"io"
	"io/fs"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

// budgets are bytes over the wire, compressed where the file is.
func TestSizesStayInBudget(t *testing.T) {
	t.Parallel()
	budgets := map[string]int{".css": 10700, ".js": 20000, ".svg": 3000, ".woff2": 43500}
	sizes := map[string]int{}
	for _, name := range Names() {
		f, _ := Lookup(Path(name))
		size := len(f.Gzip)
		if name == "analytics.js" { // is loaded where those of a third party are on, and nowhere else
			if size > 600 {
				t.Errorf("%s weighs %d bytes", name, size)
			}
			continue
		}
		if f.Gzip == nil {
			size = len(f.Body)
		}
		sizes[name[strings.LastIndexByte(name, '.'):]] += size
	}
	for kind, budget := range budgets {
		if sizes[kind] == 0 || sizes[kind] > budget {
			t.Errorf("%s files weigh %d bytes, budget %d", kind, sizes[kind], budget)
		}
	}
}

func TestPathCarriesHashAndIsFound(t *testing.T) {
	t.Parallel()
	shape := regexp.MustCompile(`^/assets/[a-z]+\.[0-9a-f]{8}\.(css|js|svg|woff2)$`)
	for _, name := range []string{"app.css", "app.js", "live.js", "sprite.svg", "font.woff2"} {
		p := Path(name)
		f, ok := Lookup(p)
		if !shape.MatchString(p) || !ok {
			t.Errorf("%s: path %q, found %v", name, p, ok)
		}
		if !strings.Contains(p, f.Hash[:8]) || f.ContentType == "" || len(f.Body) == 0 {
			t.Errorf("%s: hash %q, type %q, %d bytes", name, f.Hash, f.ContentType, len(f.Body))
		}
	}
}

func TestUnknownIsNotFound(t *testing.T) {
	t.Parallel()
	for _, p := range []string{"", "/assets/app.css", Path("nothing.css"), "/assets/../assets.go", "/assets/LICENSE", "/assets/en.json"} {
		if _, ok := Lookup(p); ok {
			t.Errorf("%q is served", p)
		}
	}
}

func TestGzipIsTheSameContent(t *testing.T) {
	t.Parallel()
	for _, name := range Names() {
		f, _ := Lookup(Path(name))
		if f.Gzip == nil {
			if !strings.HasSuffix(name, ".woff2") {
				t.Errorf("%s is not compressed", name)
			}
			continue
		}
		r, err := gzip.NewReader(bytes.NewReader(f.Gzip))
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(r)
		if err != nil || !bytes.Equal(got, f.Body) {
			t.Errorf("%s: unpacked differs: %v", name, err)
		}
	}
}

func TestReferencesLeadToHashedFiles(t *testing.T) {
	t.Parallel()
	css, _ := Lookup(Path("app.css"))
	if !bytes.Contains(css.Body, []byte("url("+strings.TrimPrefix(Path("font.woff2"), prefix)+")")) {
		t.Error("the styles do not name the hashed font")
	}
	call := regexp.MustCompile(`(?:from |import\()"\./([^"]+)"`)
	for _, name := range Names() {
		f, _ := Lookup(Path(name))
		if !strings.HasSuffix(name, ".js") {
			continue
		}
		for _, m := range call.FindAllSubmatch(f.Body, -1) {
			if _, ok := Lookup(prefix + string(m[1])); !ok {
				t.Errorf("%s imports %s, which is not served", name, m[1])
			}
		}
	}
}

func TestScriptsKeepToTheStrictPolicy(t *testing.T) {
	t.Parallel()
	bad := regexp.MustCompile(`\beval\(|new Function|innerHTML|outerHTML|insertAdjacentHTML|document\.write|localStorage|sessionStorage|document\.cookie|\.style\b|https?://[a-z]`)
	for _, name := range Names() {
		f, _ := Lookup(Path(name))
		if found := bad.Find(f.Body); strings.HasSuffix(name, ".js") && found != nil {
			t.Errorf("%s uses %s", name, found)
		}
		if strings.HasSuffix(name, ".js") && name != "html.js" && bytes.Contains(f.Body, []byte("DOMParser")) {
			t.Errorf("%s parses HTML itself", name)
		}
	}
}

func TestIcons(t *testing.T) {
	t.Parallel()
	need := strings.Fields(`eye lock shield mail message board users user search bell home pin unlock reply quote
		flag edit trash check x plus chevron-right arrow-left settings log-out send paperclip bold italic list
		link code eye-off clock warning info award`)
	for _, name := range need {
		if !slices.Contains(Icons(), name) {
			t.Errorf("no icon %s", name)
		}
		if want := Path("sprite.svg") + "#" + name; Icon(name) != want {
			t.Errorf("Icon(%s) = %s", name, Icon(name))
		}
	}
	if Icon("no such") != Icon("info") {
		t.Error("an unknown icon has no stand-in")
	}
	sprite, _ := Lookup(Path("sprite.svg"))
	if bytes.Contains(sprite.Body, []byte("script")) || bytes.Contains(sprite.Body, []byte("style=")) {
		t.Error("the sprite carries script or style")
	}
}

func TestCatalogueIsJSON(t *testing.T) {
	t.Parallel()
	files, err := fs.Glob(Catalogue(), "*.json")
	if err != nil || !slices.Contains(files, "en.json") {
		t.Fatalf("catalogues %v: %v", files, err)
	}
	for _, file := range files {
		raw, err := fs.ReadFile(Catalogue(), file)
		if err != nil {
			t.Fatal(err)
		}
		var any map[string]json.RawMessage
		if err := json.Unmarshal(raw, &any); err != nil {
			t.Errorf("%s: %v", file, err)
		}
	}
}

func TestBuildRefuses(t *testing.T) {
	t.Parallel()
	file := func(s string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(s)} }
	for name, c := range map[string]struct {
		files fstest.MapFS
		want  string
	}{
		"a circle":  {fstest.MapFS{"a.js": file(`import "./b.js"`), "b.js": file(`import "./a.js"`)}, "circle"},
		"a missing": {fstest.MapFS{"a.css": file(`x { src: url(none.woff2) }`)}, "none.woff2 does not exist"},
		"twins":     {fstest.MapFS{"x/a.js": file("1"), "y/a.js": file("2")}, "two files"},
	} {
		if _, err := build(c.files); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestHashFollowsWhatIsReferredTo(t *testing.T) {
	t.Parallel()
	path := func(inner string) string {
		s, err := build(fstest.MapFS{"a.js": {Data: []byte(`import "./b.js"`)}, "b.js": {Data: []byte(inner)}})
		if err != nil {
			t.Fatal(err)
		}
		return s.paths["a.js"]
	}
	if path("1") == path("2") {
		t.Error("a changed module leaves its importer under the old name")
	}
}

// TestFontsAreOneFamily: a browser takes one of two files of a family where their weights
// differ, and falls back for all letters that this one lacks.
func TestFontsAreOneFamily(t *testing.T) {
	t.Parallel()
	css, _ := Lookup(Path("app.css"))
	weights := regexp.MustCompile(`@font-face \{[^}]*font-weight: ([^;]+);`).FindAllSubmatch(css.Body, -1)
	if len(weights) != 2 || !bytes.Equal(weights[0][1], weights[1][1]) {
		t.Errorf("the fonts' weights are %q", weights)
	}
}
