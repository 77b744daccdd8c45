package view

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"peergroups/forum/markup"
)

// TestEveryPageIsTried: a new page or mail fails until the table of pages has it, and with it every test that goes
// through the table.
func TestEveryPageIsTried(t *testing.T) {
	t.Parallel()
	tried := map[string]bool{"PreviewFragment": true, "KeptFragment": true} // show what markup made, or a time, and nothing else
	file, err := parser.ParseFile(token.NewFileSet(), "view_test.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	ast.Inspect(file, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok {
			tried[id.Name] = true
		}
		return true
	})
	files, err := filepath.Glob("*_templ.go")
	if err != nil || len(files) < 5 {
		t.Fatal(files, err)
	}
	for _, name := range files {
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range file.Decls {
			if f, ok := d.(*ast.FuncDecl); ok && f.Recv == nil && f.Name.IsExported() && !tried[f.Name.Name] {
				t.Errorf("%s is in no test's table", f.Name.Name)
			}
		}
	}
}

// skeleton is a page without its words: elements with the names of their attributes, each at its depth.
func skeleton(n *html.Node, depth int, b *strings.Builder) {
	if n.Type == html.ElementNode {
		var keys []string
		for _, a := range n.Attr {
			keys = append(keys, a.Key)
		}
		slices.Sort(keys)
		fmt.Fprintf(b, "%s%s %v\n", strings.Repeat(" ", depth), n.Data, keys)
	}
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		skeleton(c, depth+1, b)
	}
}

// hostile are names and titles that would become something else where a page, an attribute, an address, a script or a
// style took them for more than words.
var hostile = []string{
	`<b>x`, `</title><script>alert(1)</script>`, `</textarea><img src=x>`, `</style><b>`, `"autofocus onfocus="alert(1)`, `' onclick='alert(1)`, "x\" y=`z`", `javascript:alert(1)`, ` javascript:alert(1)`, "java\nscript:alert(1)",
	`data:text/html,<script>alert(1)</script>`, `vbscript:x`, `//evil.example/`, `\\evil.example`, `--><b>`, `<!--`, `]]>`, `&lt;b&gt;&quot;`, `{{.Evil}}`, `{ evil }`, `${evil}`, "a\r\nSet-Cookie: x", "nul\x00", "\xff\xfe",
	"<svg/onload=alert(1)>", "expression(alert(1))", "url(https://evil.example)", "?a=b&c=d#e", "%22%3E", "\u2028\u2029", "<p", "x>",
}

// TestHostileWordsChangeNoPage: a page is built of the same elements and attributes whatever the words in it are.
func TestHostileWordsChangeNoPage(t *testing.T) {
	t.Parallel()
	plain := map[string]string{}
	for name, doc := range filled(t, "title") {
		var b strings.Builder
		skeleton(doc, 0, &b)
		plain[name] = b.String()
	}
	for _, words := range hostile {
		for name, doc := range filled(t, words) {
			var b strings.Builder
			skeleton(doc, 0, &b)
			if got := b.String(); got != plain[name] {
				t.Errorf("%q changes %s: %s", words, name, difference(plain[name], got))
			}
		}
	}
}

func difference(a, b string) string {
	one, two := strings.Split(a, "\n"), strings.Split(b, "\n")
	for i := range min(len(one), len(two)) {
		if one[i] != two[i] {
			return fmt.Sprintf("line %d is %q and not %q", i, two[i], one[i])
		}
	}
	return fmt.Sprintf("%d lines and not %d", len(two), len(one))
}

// TestWordsAreShownWhole: what somebody typed stands on the page as they typed it, to the last sign.
func TestWordsAreShownWhole(t *testing.T) {
	t.Parallel()
	const typed = `a < b && c > "d" 'e' {{f}} \g`
	shown := 0
	for _, doc := range filled(t, typed) {
		for n := range doc.Descendants() {
			if n.Type == html.TextNode && strings.Contains(n.Data, typed) {
				shown++
			}
		}
		everyElement(doc, func(e *html.Node) {
			if e.Data == "input" && strings.Contains(attr(e, "value"), "a < b") && attr(e, "value") != typed {
				t.Errorf("an input holds %q", attr(e, "value"))
			}
		})
	}
	if shown < 60 {
		t.Errorf("only %d places show it", shown)
	}
}

// TestImagesLeaveThroughTheNotice: an image becomes a link that leaves, and it goes where all such links go.
func TestImagesLeaveThroughTheNotice(t *testing.T) {
	t.Parallel()
	l := Links{Own: "forum.example", Trusted: "chamber.example", Seal: func(string) string { return "sealed" }}
	for source, notice := range map[string]bool{
		"![cat](https://i.example/c.png)": true, `![cat](https://i.example/c.png "t > u \"v\"")`: true, `[x](https://i.example "t > u")`: true, "[![a](https://i.example/a.png)](https://i.example/b)": true,
		"<https://i.example/>": true, "www.i.example": true, "[^1]\n\n[^1]: https://i.example/": true, "|a|\n|-|\n|https://i.example/|": true, "# https://i.example/": true,
		"![cat](https://chamber.example/c.png)": false, "![cat](https://forum.example/c.png)": false, "![cat](/files/1/c.png)": false,
	} {
		got := l.Through(markup.Cook(source, markup.Options{Host: "forum.example"}).HTML)
		if strings.Contains(got, `href="https://i.example`) || strings.Contains(got, "/out?to=") != notice {
			t.Errorf("%s becomes %s", source, got)
		}
	}
}

// TestMailTextIsPlain: the text part of each mail holds what was said and no markup of ours, and its lines end in LF only.
func TestMailTextIsPlain(t *testing.T) {
	t.Parallel()
	head := Letterhead{Words: words(t), Base: "https://forum.example"}
	for _, said := range []string{"title", `<b>"x" & y</b>`, "{{.Evil}}"} {
		var d Digest
		var m PostMail
		var n Note
		for _, p := range []any{&d, &m, &n} {
			stuff(reflect.ValueOf(p).Elem(), said, 0)
		}
		n.Stem, n.Args = "confirm-address", []any{"Name", said, "Org", said}
		for name, text := range map[string]string{"digest": DigestText(head, d), "post": PostMailText(head, m), "note": NoteText(head, n)} {
			if !strings.Contains(text, said) || strings.Contains(text, "&lt;") || strings.Contains(text, "&#") || strings.Contains(text, "<p") || strings.ContainsAny(text, "\r\x00") {
				t.Errorf("%s with %q:\n%s", name, said, text)
			}
		}
	}
	var b bytes.Buffer
	if err := NoteHTML(head, Note{Stem: "confirm-address", Args: []any{"Name", "<img src=x>", "Org", "O"}}).Render(t.Context(), &b); err != nil || strings.Contains(b.String(), "<img") {
		t.Errorf("%v\n%s", err, b.String())
	}
}
