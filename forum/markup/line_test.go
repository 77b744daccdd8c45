package markup

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestNeutral(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"plain\ttext\n":                   "plain\ttext\n",
		"a\r\nb\rc\u2028d":                "a\nb\nc\nd",
		"nul\x00bell\x07del\x7f":          "nul␀bell␇del␡",
		"abc\u202Edcba\u202C":             "abc⟨U+202E⟩dcba⟨U+202C⟩",
		"zero\u200Bwidth\uFEFF":           "zerowidth",
		"e\u0301\u0301\u0301\u0301\u0301": "e\u0301\u0301\u0301\u0301",
		"می\u200Cخواهم":                   "می\u200Cخواهم",
		"a\u200Db":                        "ab",
		"👩\u200D⚖\uFE0F":                  "👩\u200D⚖\uFE0F",
		"bad\xffbyte":                     "bad\uFFFDbyte",
		"tag\U000E0041":                   "tag",
		"c1\u0085":                        "c1⟨U+0085⟩",
	} {
		got := Neutral(in)
		if got != want {
			t.Errorf("Neutral(%+q) = %+q, want %+q", in, got, want)
		}
		if again := Neutral(got); again != got {
			t.Errorf("neutral is not idempotent: %+q, %+q", got, again)
		}
	}
}

func TestCleanLine(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"":                                 "",
		"Two\n\t words":                    "Two words",
		"Ame\u0301lie":                     "Amélie",
		"x\u202Efdp.exe":                   "xfdp.exe",
		"\u200B\u2066\u2069":               "",
		"A\u00A0B\u3000C":                  "A B C",
		"Nul\x00l":                         "Nul l",
		"\u212Bngström":                    "Ångström",
		"Z" + strings.Repeat("\u0335", 30): "Z" + strings.Repeat("\u0335", 4),
	} {
		if got := Line(in); got != want {
			t.Errorf("Line(%+q) = %+q, want %+q", in, got, want)
		}
	}
}

func TestSlug(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"First joint session":            "first-joint-session",
		"When one party's phone records": "when-one-partys-phone-records",
		"Ärger in Zürich?":               "arger-in-zurich",
		"调解":                             "topic",
		"  Übung & Straße: ÆØÅ ":         "ubung-strasse-aeoa",
		"Łódź, œuvre":                    "lodz-oeuvre",
		"Mediator’s notes (2)":           "mediators-notes-2",
		"調停":                             "topic",
		"":                               "topic",
		"--- !!! ---":                    "topic",
		"../../etc/passwd":               "etc-passwd",
		strings.Repeat("word ", 30):      "word-word-word-word-word-word-word-word-word-word-word-word",
		strings.Repeat("a", 99):          strings.Repeat("a", 60),
	} {
		if got := Slug(in); got != want {
			t.Errorf("Slug(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestExcerpt(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		in   string
		n    int
		want string
	}{
		{"Short text.", 50, "Short text."},
		{"> quoted\n> more\n\nMy answer", 50, "My answer"},
		{"> only quoted", 50, "> only quoted"},
		{"One two three, four five", 15, "One two three…"},
		{"Line\nbreaks\n\nfold", 50, "Line breaks fold"},
		{"Unbrokenwordthatislong", 10, "Unbrokenw…"},
		{"äöü äöü äöü", 8, "äöü äöü…"},
		{"anything", 0, ""},
	} {
		if got := Excerpt(c.in, c.n); got != c.want {
			t.Errorf("Excerpt(%q, %d) = %q, want %q", c.in, c.n, got, c.want)
		}
	}
}

func FuzzLines(f *testing.F) {
	f.Add("A title\x00 with \u202E and e\u0301\u0301\u0301\u0301\u0301", 20)
	f.Add("\xff\u1100\u1161\u11a8", 3)
	f.Fuzz(func(t *testing.T, s string, n int) {
		line := Line(s)
		if Line(line) != line || strings.ContainsAny(line, "\n\t\r") || !utf8.ValidString(line) {
			t.Errorf("Line(%+q) = %+q, again %+q", s, line, Line(line))
		}
		if slug := Slug(s); slug == "" || len(slug) > 60 || !isASCII(slug) {
			t.Errorf("Slug(%+q) = %q", s, slug)
		}
		if got := Excerpt(s, n%200); n >= 0 && utf8.RuneCountInString(got) > max(0, n%200) {
			t.Errorf("Excerpt(%+q, %d) = %+q", s, n%200, got)
		}
		if once := Neutral(s); Neutral(once) != once {
			t.Errorf("Neutral(%+q) = %+q, again %+q", s, once, Neutral(once))
		}
	})
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] > 0x7F {
			return false
		}
	}
	return true
}
