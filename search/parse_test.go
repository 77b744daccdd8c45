package search

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

// show writes a parsed query as people could read it.
func show(p parsed) string {
	var out []string
	write := func(sign string, clauses []clause) {
		for _, c := range clauses {
			s := sign + strings.Join(c.words, "+")
			if c.prefix {
				s += "*"
			}
			out = append(out, s)
		}
	}
	write("", p.want)
	write("-", p.not)
	return strings.Join(out, " ")
}

func TestParse(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"":               "",
		"word":           "word*",
		"two words":      "two words*",
		"a":              "a",
		"first a":        "first a",
		`"quoted words"`: "quoted+words",
		`"quoted" word`:  "quoted word*",
		`word "quoted"`:  "word quoted",
		`“curly quotes” „and low“ «angle»`: "curly+quotes and+low angle",
		`"open quote`:            "open+quote",
		`glued"quote"`:           "glued quote",
		"-no yes":                "yes* -no",
		"yes -no":                "yes* -no",
		`--no -"not this" yes`:   "yes* -no -not+this",
		"- yes":                  "yes*",
		"co-parent":              "co+parent*",
		"don't":                  "don+t",
		"9.30 h":                 "9+30 h",
		"Ünïcode STRASSE straße": "unicode strasse strasse*",
		"東京都":                    "東京+京都",
		"京":                      "京*",
		"東京 abc":                 "東京 abc*",
		"東京abc":                  "東京+abc*",
		"title:secret OR x":      "title+secret or x",
		"\x00\xff":               "",
		"\u202e\u200b-":          "",
	} {
		if got := show(parse(text)); got != want {
			t.Errorf("%q: %s, want %s", text, got, want)
		}
	}
}

func TestParseBounds(t *testing.T) {
	t.Parallel()
	p := parse(strings.Repeat("a ", 1000))
	if len(p.want) != maxQueryWords {
		t.Errorf("%d words", len(p.want))
	}
	if p := parse(strings.Repeat("字", 1000)); len(p.want) != 1 || len(p.want[0].words) != maxQueryWords {
		t.Errorf("ideographs: %d clauses", len(p.want))
	}
	if p := parse(strings.Repeat(" ", 400) + "beyond"); len(p.want) != 0 {
		t.Errorf("beyond the end: %v", p)
	}
	if w := parse(strings.Repeat("x", 400)).want[0].words[0]; len(w) != maxWordRunes {
		t.Errorf("a word of %d", len(w))
	}
}

func TestWords(t *testing.T) {
	t.Parallel()
	for text, want := range map[string][]string{
		"Plain ASCII text.":     {"plain", "ascii", "text"},
		"Ørsted's Æther, Œuvre": {"orsted", "s", "aether", "oeuvre"},
		"Łódź Đà þorn":          {"lodz", "da", "thorn"},
		"ﬁne ½ x² ＡＢ":           {"fine", "1", "2", "x2", "ab"},
		"東京都 と 大阪":              {"東京", "京都", "と", "大阪", "都", "阪"},
		"がか":                    {"がか", "か"},
		"soft\u00adhyphen":      {"softhyphen"},
		"a_b-c/d":               {"a", "b", "c", "d"},
		"":                      nil,
	} {
		if got := words(text, 100, true); !slices.Equal(got, want) {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
	if got := words("a b c d", 2, true); !slices.Equal(got, []string{"a", "b"}) {
		t.Errorf("limit: %q", got)
	}
}

// safe fails when a word could mean something to an engine.
func safe(t *testing.T, all []string) {
	t.Helper()
	for _, w := range all {
		if w == "" || !utf8.ValidString(w) || utf8.RuneCountInString(w) > maxWordRunes {
			t.Fatalf("word %q", w)
		}
		for _, r := range w {
			if !isWordRune(r) {
				t.Fatalf("rune %U in %q", r, w)
			}
		}
	}
}

// FuzzParse: whatever is typed, engines see safe words within the bounds.
func FuzzParse(f *testing.F) {
	for _, s := range hostile {
		f.Add(s[:min(len(s), 500)])
	}
	f.Add("東京 \"médiation -ß\" - -x «y»")
	f.Fuzz(func(t *testing.T, text string) {
		p := parse(text)
		n := 0
		for _, c := range slices.Concat(p.want, p.not) {
			if len(c.words) == 0 {
				t.Fatal("an empty clause")
			}
			safe(t, c.words)
			n += len(c.words)
		}
		if n > maxQueryWords {
			t.Fatalf("%d words", n)
		}
		for _, c := range p.want {
			if c.not {
				t.Fatal("an exclusion among what is wanted")
			}
		}
	})
}

// FuzzWords: documents likewise, and folding what is folded changes nothing.
func FuzzWords(f *testing.F) {
	for _, s := range hostile {
		f.Add(s[:min(len(s), 500)])
	}
	f.Add("Ünïcode İstanbul ΣΊΣΥΦΟΣ ǅ ﬃ がか")
	f.Fuzz(func(t *testing.T, text string) {
		all := words(text, 1000, true)
		safe(t, all)
		for _, w := range words(text, 1000, false) {
			if again := words(w, 1000, false); !slices.Equal(again, []string{w}) {
				t.Fatalf("%q in %q became %q", w, text, again)
			}
		}
	})
}

func TestWordsOfSearch(t *testing.T) {
	t.Parallel()
	for text, want := range map[string][]string{"": nil, `Two words -not "not these" "`: {"two", "words"}, "co-parent x": {"co parent", "x"}} {
		if got := Words(text); !slices.Equal(got, want) {
			t.Errorf("%q: %q", text, got)
		}
	}
}

// TestGoesOn: mode All is asked after Whole only where it may find more.
func TestGoesOn(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{
		"": false, "mediat": true, "the mediat": true, "mediat ": true, "med": false, `"mediat"`: false, `mediat "x"`: false, "-mediat": false,
		"mediat -x": true, "調停人会": false, "x": false, "über": true,
	} {
		if got := GoesOn(text); got != want {
			t.Errorf("%q: %t", text, got)
		}
	}
}
