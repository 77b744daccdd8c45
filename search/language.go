package search

import (
	"strings"
	"sync"
	"sync/atomic"

	"github.com/blevesearch/snowballstem"
	"github.com/blevesearch/snowballstem/dutch"
	"github.com/blevesearch/snowballstem/english"
	"github.com/blevesearch/snowballstem/french"
	"github.com/blevesearch/snowballstem/german"
	"github.com/blevesearch/snowballstem/italian"
	"github.com/blevesearch/snowballstem/portuguese"
	"github.com/blevesearch/snowballstem/spanish"
)

// language is one whose word forms are known.
type language struct {
	tag   string
	stem  func(*snowballstem.Env) bool
	stops map[string]bool
	// endings put back the accents that folding took from endings by which the stemmer knows
	// them: negociacion and negociaciones must meet.
	endings [][2]string
	known   sync.Map // roots of words that were asked for before
	size    atomic.Int64
}

// languages come in the order in which they are preferred when a text shows nothing.
var languages = []*language{
	{tag: "en", stem: english.Stem, stops: set(stopsEnglish)},
	{tag: "fr", stem: french.Stem, stops: set(stopsFrench), endings: [][2]string{{"ees", "ées"}, {"ee", "ée"}, {"es", "és"}, {"e", "é"}}},
	{tag: "de", stem: german.Stem, stops: set(stopsGerman)},
	{tag: "es", stem: spanish.Stem, stops: set(stopsSpanish), endings: [][2]string{{"cion", "ción"}, {"sion", "sión"}}},
	{tag: "nl", stem: dutch.Stem, stops: set(stopsDutch)},
	{tag: "it", stem: italian.Stem, stops: set(stopsItalian), endings: [][2]string{{"ita", "ità"}}},
	{tag: "pt", stem: portuguese.Stem, stops: set(stopsPortuguese), endings: [][2]string{{"cao", "ção"}, {"coes", "ção"}, {"sao", "são"}, {"soes", "são"}}},
}

func set(list string) map[string]bool {
	out := map[string]bool{}
	for _, w := range strings.Fields(list) {
		out[w] = true
	}
	return out
}

const (
	mostRoots = 100_000 // that a language remembers

	minStem = 3  // shorter words have no forms worth finding
	maxStem = 32 // longer ones are not words
)

// root is what the forms of a folded word have in common, "" when it has no forms.
func (l *language) root(word string) string {
	if r, ok := l.known.Load(word); ok {
		return r.(string)
	}
	r := l.findRoot(word)
	if l.size.Add(1) > mostRoots { // words of hostile texts: begin anew
		l.known.Clear()
		l.size.Store(0)
	}
	l.known.Store(strings.Clone(word), r)
	return r
}

func (l *language) findRoot(word string) string {
	if len(word) < minStem || len(word) > maxStem {
		return ""
	}
	for i := range len(word) {
		if word[i] < 'a' || word[i] > 'z' {
			return ""
		}
	}
	// French stems lose a final e with or without its accent; the accent tells past participles.
	if l.tag != "fr" || strings.HasSuffix(word, "ee") || strings.HasSuffix(word, "ees") {
		for _, e := range l.endings {
			if stump, ok := strings.CutSuffix(word, e[0]); ok {
				word = stump + e[1]
				break
			}
		}
	}
	env := snowballstem.NewEnv(word)
	l.stem(env)
	return fold(env.Current())
}

// roots are those of a word in all languages, each once.
func roots(word string) []string {
	var out []string
	for _, l := range languages {
		r := l.root(word)
		if r != "" && !contains(out, r) {
			out = append(out, r)
		}
	}
	return out
}

func contains(list []string, s string) bool {
	for _, e := range list {
		if e == s {
			return true
		}
	}
	return false
}

// isStop says whether a word in any of the languages only holds sentences together.
func isStop(word string) bool {
	for _, l := range languages {
		if l.stops[word] {
			return true
		}
	}
	return false
}

const detectWords = 300 // how many of a text's words show its language

// languageOf is the one a document says, or the one whose small words it uses most.
func languageOf(tag string, text []string) *language {
	base, _, _ := strings.Cut(strings.ToLower(tag), "-")
	for _, l := range languages {
		if l.tag == base {
			return l
		}
	}
	best, most := languages[0], 0
	for _, l := range languages {
		n := 0
		for _, w := range text[:min(len(text), detectWords)] {
			if l.stops[w] {
				n++
			}
		}
		if n > most {
			best, most = l, n
		}
	}
	return best
}
