package search

import "strings"

// How good a word is for the one that was asked for.
const (
	exactly = 1.0
	asForm  = 0.8 // another form of the word
	asStart = 0.7 // a word that goes on from it
	asName  = 0.6 // a synonym
	asNear  = 0.5 // spelled nearly so
)

// matcher finds the terms of a plan in documents' words.
type matcher struct {
	plan     *plan
	flat     []*term            // terms and parts; what way.term counts
	ways     [256][]way         // by the first byte of what is looked for
	near     []int              // terms that are compared by spelling, when there is no list of words
	known    map[string][]match // what was worked out for a word
	compared int                // words compared by spelling
}

// way is one way to say a term: a word and what must follow it.
type way struct {
	term   int
	word   string
	follow []string
	prefix bool // the last of them may go on
	root   bool // word is a root
	worth  float64
}

// match is a term found at a word.
type match struct {
	term  int
	words int // how many words it is
	worth float64
	way   *way // with words that must follow; else nil
}

func newMatcher(p *plan) *matcher {
	m := &matcher{plan: p, known: map[string][]match{}}
	for i := range p.terms {
		t := &p.terms[i]
		at := len(m.flat)
		m.flat = append(m.flat, t)
		m.addNames(at, t)
		if len(t.parts) == 0 {
			m.addTerm(at, t)
		}
		for j := range t.parts {
			m.flat = append(m.flat, &t.parts[j])
			m.addTerm(at+1+j, &t.parts[j])
			m.addNames(at+1+j, &t.parts[j])
		}
	}
	return m
}

func (m *matcher) add(w way) {
	first := w.word[0]
	m.ways[first] = append(m.ways[first], w)
}

func (m *matcher) addTerm(at int, t *term) {
	m.add(way{term: at, word: t.words[0], follow: t.words[1:], prefix: t.prefix, worth: exactly})
	for _, r := range t.roots {
		m.add(way{term: at, word: r, root: true, worth: asForm})
	}
	for _, n := range t.near {
		m.add(way{term: at, word: n, worth: asNear})
	}
}

func (m *matcher) addNames(at int, t *term) {
	for _, n := range t.names {
		m.add(way{term: at, word: n.words[0], follow: n.words[1:], worth: asName})
		for _, r := range n.roots {
			m.add(way{term: at, word: r, root: true, worth: asName * asForm})
		}
	}
}

// bySpelling makes the matcher forgive typing errors in terms for which need says so.
func (m *matcher) bySpelling(need func(term int) bool) {
	clear(m.known)
	for i, t := range m.flat {
		if len(t.words) == 1 && forgiven(len([]rune(t.words[0]))) > 0 && need(i) {
			m.near = append(m.near, i)
		}
	}
}

const mostCompared = 100_000 // words of hostile texts that are compared by spelling

// word answers what a word may be; where words must follow, only that it may.
func (m *matcher) word(w string) []match {
	ways := m.ways[w[0]]
	if len(ways) == 0 && len(m.near) == 0 {
		return nil
	}
	if found, ok := m.known[w]; ok {
		return found
	}
	var found []match
	var forms []string
	for i := range ways {
		way := &ways[i]
		switch {
		case len(way.follow) > 0:
			if w == way.word {
				found = append(found, match{term: way.term, words: 1 + len(way.follow), worth: way.worth, way: way})
			}
		case w == way.word:
			found = append(found, match{term: way.term, words: 1, worth: way.worth})
		case way.prefix && strings.HasPrefix(w, way.word):
			found = append(found, match{term: way.term, words: 1, worth: asStart})
		case way.root && sameStart(w, way.word):
			if forms == nil {
				forms = roots(w)
			}
			if contains(forms, way.word) {
				found = append(found, match{term: way.term, words: 1, worth: way.worth})
			}
		}
	}
	for _, t := range m.near {
		if m.compared++; m.compared > mostCompared {
			break
		}
		if _, ok := nearness(m.flat[t].words[0], w); ok {
			found = append(found, match{term: t, words: 1, worth: asNear})
		}
	}
	m.known[w] = found
	return found
}

// sameStart saves the work of finding the forms of most words.
func sameStart(a, b string) bool {
	n := min(len(a), len(b), 3)
	return a[:n] == b[:n]
}

// at answers what stands at a word of several: the best match of each term is among them.
func (m *matcher) at(words []string, i int) []match {
	found := m.word(words[i])
	for k := range found {
		if found[k].way == nil {
			continue
		}
		// Rare: keep those whose words follow.
		var kept []match
		for _, f := range found {
			if f.way == nil || follows(words[i+1:], f.way) {
				kept = append(kept, f)
			}
		}
		return kept
	}
	return found
}

func follows(words []string, w *way) bool {
	if len(words) < len(w.follow) {
		return false
	}
	for i, f := range w.follow {
		if words[i] != f && (!w.prefix || i < len(w.follow)-1 || !strings.HasPrefix(words[i], f)) {
			return false
		}
	}
	return true
}
