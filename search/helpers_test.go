package search

import (
	"reflect"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

func TestOperators(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]struct {
		words string
		ops   []Op
	}{
		"":                                 {"", nil},
		"plain words":                      {"plain words", nil},
		"author:anna fees":                 {"fees", []Op{{"author", "anna", false}}},
		`fees author:"Anna B" late`:        {"fees late", []Op{{"author", "Anna B", false}}},
		"fees author:„Anna B“":             {"fees", []Op{{"author", "Anna B", false}}},
		"AUTHOR:Anna -Kind:message x":      {"x", []Op{{"author", "Anna", false}, {"kind", "message", true}}},
		"in:family/talk group:x tag:a":     {"", []Op{{"in", "family/talk", false}, {"group", "x", false}, {"tag", "a", false}}},
		"before:2026-01-01 after:2025 y":   {"y", []Op{{"before", "2026-01-01", false}, {"after", "2025", false}}},
		`"author:anna" has:file`:           {`"author:anna"`, []Op{{"has", "file", false}}},
		`"open author:anna`:                {`"open author:anna`, nil},
		"foo:bar http://x.example":         {"foo:bar http://x.example", nil},
		"author: anna":                     {"author: anna", nil},
		`author:"" x`:                      {`author:"" x`, nil},
		"-not -\"this one\" has:file -yes": {`-not -"this one" -yes`, []Op{{"has", "file", false}}},
		"co-author:anna":                   {"co-author:anna", nil},
		"tag:a:b":                          {"", []Op{{"tag", "a:b", false}}},
	} {
		words, ops := Parse(text)
		if words != want.words || !reflect.DeepEqual(ops, want.ops) {
			t.Errorf("%q: %q %v, want %q %v", text, words, ops, want.words, want.ops)
		}
	}
	if words, ops := Parse(strings.Repeat("tag:x ", 1000)); len(words) > 4 || len(ops) != maxQueryWords {
		t.Errorf("many: %q, %d operators", words, len(ops))
	}
}

// marked shows marks in brackets.
func marked(text string, marks [][2]int) string {
	var b strings.Builder
	at := 0
	for _, m := range marks {
		b.WriteString(text[at:m[0]] + "[" + text[m[0]:m[1]] + "]")
		at = m[1]
	}
	return b.String() + text[at:]
}

func TestMarks(t *testing.T) {
	t.Parallel()
	for _, c := range [][3]string{
		{"mediation", "Médiation, and a MEDIATOR.", "[Médiation], and a [MEDIATOR]."},
		{"medi", "Mediation", "[Mediation]"},
		{"medi x", "Mediation", "Mediation"},
		{`"joint session"`, "A joint session; joint, then session", "A [joint session]; joint, then session"},
		{"caucus", "a private session, in private", "a [private session], in private"},
		{"fees -late", "late fees", "late [fees]"},
		{"straße", "STRASSE und Strasse", "[STRASSE] und [Strasse]"},
		{"東京", "私は東京都に", "私は[東京]都に"},
		{"京", "東京", "東[京]"},
		{"停", "調停", "調[停]"},
		{"조정", "가사조정 절차", "가사[조정] 절차"},
		{"custdy", "custody of", "[custody] of"},
		{"custody", "custody and custodx", "[custody] and custodx"},
		{"o'neil", "O'Neil and O’Neil", "[O'Neil] and [O’Neil]"},
		{"", "text", "text"},
		{"the", "then the", "[then] [the]"},
		{"how to mediate", "how to do it", "[how] [to] do it"},
		{"x", "a\u0301x x\u0301", "a\u0301x [x\u0301]"},
	} {
		if got := marked(c[1], Marks(c[0], c[1])); got != c[2] {
			t.Errorf("%q in %q: %q, want %q", c[0], c[1], got, c[2])
		}
	}
}

func TestExcerpt(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("some filler words here ", 50) + "the caucus came before the settlement was signed " + strings.Repeat("and more filler words ", 50)
	part, marks := Excerpt("caucus signed", long, 120)
	if got := marked(part, marks); !strings.Contains(got, "[caucus]") || !strings.Contains(got, "[signed]") || !strings.HasPrefix(got, ellipsis) || !strings.HasSuffix(got, ellipsis) {
		t.Errorf("%q", got)
	}
	if len(part) > 120+2*len(ellipsis) {
		t.Errorf("%d bytes", len(part))
	}
	for _, w := range strings.Fields(strings.Trim(part, ellipsis)) {
		if !strings.Contains(long, w) || !strings.Contains(" "+long, " "+w) {
			t.Errorf("a word was cut: %q", w)
		}
	}
	if part, marks := Excerpt("zebra", "short  text\n here", 100); part != "short text here" || marks != nil {
		t.Errorf("%q %v", part, marks)
	}
	if part, _ := Excerpt("zebra", long, 60); !strings.HasPrefix(part, "some filler") {
		t.Errorf("without a word of it: %q", part)
	}
	if part, marks := Excerpt("y", strings.Repeat("語", 1000), 100); !utf8.ValidString(part) || len(part) > 110 || marks != nil {
		t.Errorf("%q", part)
	}
	if part, _ := Excerpt("a", "", 0); part != "" {
		t.Errorf("%q", part)
	}
}

func TestNearly(t *testing.T) {
	t.Parallel()
	seen := []string{"Custody of the Children", "confidentiality, and Überweisung", "custody again", "fees"}
	for query, want := range map[string]string{
		"custdy":                   "custody",
		"custdy of childen":        "custody of children",
		"Fees and confidentialty":  "Fees and confidentiality",
		"uberweisng":               "überweisung",
		"custody":                  "",
		"custod":                   "", // a beginning
		"custdy -childen":          "custody -childen",
		`"custdy"`:                 `"custody"`,
		"zebra":                    "",
		"fes":                      "", // too short to tell
		"":                         "",
		strings.Repeat("x", 5000):  "",
		"children's custdy, fees!": "children's custody, fees!",
	} {
		better, ok := Nearly(query, seen)
		if better != want || ok != (want != "") {
			t.Errorf("%.40q: %q %t, want %q", query, better, ok, want)
		}
	}
	if better, ok := Nearly("custdy", nil); ok || better != "" {
		t.Errorf("of nothing: %q", better)
	}
}

func TestNearness(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		a, b string
		n    int
		ok   bool
	}{
		{"custody", "custody", 0, true}, {"custody", "cutsody", 1, true}, {"custody", "custodyy", 1, true}, {"custody", "ustody", 1, true},
		{"custody", "cusxtdy", 2, false}, {"mediation", "mdeiatino", 2, true}, {"abc", "abd", 0, false}, {"abcd", "abdc", 0, false}, {"abcde", "abced", 1, true},
		{"caféhaus", "cafehaus", 1, true},
	} {
		if n, ok := nearness(c.a, c.b); ok != c.ok || ok && n != c.n {
			t.Errorf("%s %s: %d %t", c.a, c.b, n, ok)
		}
	}
}

func TestPlace(t *testing.T) {
	t.Parallel()
	last := placeOf(time.Time{})
	for _, at := range []time.Time{time.Unix(-5, 0), time.Unix(-5, 5e8), time.Unix(0, 0), time.Unix(0, 999_999_999), time.Unix(1, 0), time.Unix(4e9, 0)} {
		p := placeOf(at)
		if p <= last {
			t.Errorf("%v: %d after %d", at, p, last)
		}
		last = p
	}
}

// TestHostileText: what is written to be slow is not.
func TestHostileText(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"one letter": strings.Repeat("x", 1<<20), "one word": strings.Repeat("custodi ", 1<<17), "no space": strings.Repeat("語", 1<<18),
		"accents": "a" + strings.Repeat("\u0301", 1<<19), "quotes": strings.Repeat(`"`, 1<<20), "words": manyWords(100_000),
		"spaces": strings.Repeat(" \n", 1<<20), "broken": strings.Repeat("\xff", 1<<20), "mixed": strings.Repeat("a語", 1<<17),
	} {
		for _, query := range []string{"custdy mediatr x", text, strings.Repeat("custdy mediatr ", 16)} {
			start := time.Now()
			part, marks := Excerpt(query, text, 220)
			for _, m := range marks {
				if m[0] < 0 || m[1] > len(part) || m[0] >= m[1] {
					t.Errorf("%s: mark %v of %d", name, m, len(part))
				}
			}
			Marks(query, text)
			Nearly(query, []string{text, text})
			if d := time.Since(start); d > 10*time.Second {
				t.Errorf("%s: %v", name, d)
			}
		}
	}
}

func manyWords(n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(string(rune('a'+i%26)) + string(rune('a'+i/26%26)) + string(rune('a'+i/676%26)) + string(rune('a'+i/17576%26)) + "xyz ")
	}
	return b.String()
}

func FuzzHelpers(f *testing.F) {
	for _, s := range hostile[:20] {
		f.Add(s, s, 50)
	}
	f.Add("author:anna caucus", "a private session, Médiation 東京都 straße", 20)
	f.Fuzz(func(t *testing.T, query, text string, n int) {
		words, ops := Parse(query)
		if len(ops) > maxQueryWords || utf8.RuneCountInString(words) > maxQueryRunes {
			t.Fatalf("%d operators, %d letters", len(ops), len(words))
		}
		for _, op := range ops {
			if op.Value == "" || !contains(operatorKeys, op.Key) {
				t.Fatalf("%v", op)
			}
		}
		last := 0
		for _, m := range Marks(words, text) {
			if m[0] < last || m[1] <= m[0] || m[1] > len(text) {
				t.Fatalf("mark %v in %q", m, text)
			}
			last = m[1]
		}
		part, marks := Excerpt(words, text, n%1000)
		if !utf8.ValidString(part) {
			t.Fatalf("%q", part)
		}
		for _, m := range marks {
			if !utf8.ValidString(part[m[0]:m[1]]) {
				t.Fatalf("mark %v in %q", m, part)
			}
		}
		Nearly(words, []string{text})
		p := newPlan(Query{Text: words})
		_ = p.node().fts5() + p.node().tsquery()
		p.queries()
	})
}
