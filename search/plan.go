package search

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// term is one thing that a query asks for, with all ways to say it.
type term struct {
	words    []string // as typed; next to each other when there are several
	prefix   bool     // the last word may go on
	roots    []string // what forms of the one word have in common
	names    []name   // other names of the same
	near     []string // words spelled nearly so; engines look them up
	goes     []string // all words that go on from the one word, where an engine knows them and they are few
	parts    []term   // instead of words: a name typed as several words, wherever they stand
	optional bool     // a word that only holds sentences together
}

// name is a synonym.
type name struct {
	words []string
	roots []string // of the one word
}

// plan is a query made ready.
type plan struct {
	terms []term
	not   []term // none of them
	mode  Mode
	title bool
	known bool // near words were looked up in an engine's vocabulary
}

// newPlan reads a query's text.
func newPlan(q Query) *plan {
	p := parse(q.Text)
	out := &plan{mode: q.Mode, title: q.Titles}
	for _, c := range p.not {
		t := newTerm(c)
		t.names, t.roots, t.prefix = nil, nil, t.isSign() // forms of several languages would leave out too much
		out.not = append(out.not, t)
	}
	for i := 0; i < len(p.want); i++ {
		if n := namedFrom(p.want[i:]); n > 1 {
			out.terms = append(out.terms, longName(p.want[i:i+n]))
			i += n - 1
			continue
		}
		if !repeated(p.want[:i], p.want[i]) {
			out.terms = append(out.terms, newTerm(p.want[i]))
		}
	}
	out.relax()
	if q.Mode == Whole || q.Mode == Any && !q.Titles {
		out.each(func(t *term) { t.prefix = t.prefix && t.isSign() })
	}
	return out
}

// GoesOn says whether mode All finds what mode Whole does not: what goes on from the text's last word.
func GoesOn(text string) bool {
	p := parse(text)
	return slices.ContainsFunc(p.want, func(c clause) bool {
		word := c.words[len(c.words)-1]
		return c.prefix && !isCJK(firstRune(word)) && utf8.RuneCountInString(word) >= leastBegun
	})
}

// repeated says whether the same was asked for before.
func repeated(before []clause, c clause) bool {
	for _, b := range before {
		if b.prefix == c.prefix && b.quoted == c.quoted && slices.Equal(b.words, c.words) {
			return true
		}
	}
	return false
}

func newTerm(c clause) term {
	t := term{words: c.words, prefix: c.prefix}
	if c.quoted {
		return t
	}
	if len(c.words) == 1 {
		t.roots = roots(c.words[0])
		t.optional = isStop(c.words[0])
	}
	t.names = namesOf(c.words)
	return t
}

// longName is a name of several words, typed without quotes: these words wherever they
// stand, or another name of the same.
func longName(clauses []clause) term {
	var t term
	var all []string
	for _, c := range clauses {
		part := newTerm(c)
		part.names = nil
		t.parts = append(t.parts, part)
		all = append(all, c.words...)
	}
	t.names = namesOf(all)
	return t
}

// namedFrom says how many clauses from the first on are one name that has others.
func namedFrom(want []clause) int {
	found, text := 0, ""
	for n, c := range want {
		if c.quoted || n >= maxNameWords {
			break
		}
		text = strings.TrimSpace(text + " " + strings.Join(c.words, " "))
		if _, ok := synonyms[text]; ok {
			found = n + 1
		}
	}
	return found
}

// namesOf answers other names of the words, or of the word of which this is a form.
func namesOf(words []string) []name {
	others := synonyms[strings.Join(words, " ")]
	if len(others) == 0 && len(words) == 1 {
		for _, r := range roots(words[0]) {
			others = append(others, synonyms[formOf[r]]...)
		}
	}
	var out []name
	for _, o := range others {
		n := name{words: strings.Fields(o)}
		if len(n.words) == 1 {
			n.roots = roots(o)
		}
		out = append(out, n)
	}
	return out
}

// formOf leads from the root of each one-word name, of five letters at least, to the name.
var formOf = func() map[string]string {
	out := map[string]string{}
	for line := range strings.Lines(synonymSets) {
		for _, n := range strings.Split(line, ",") {
			n = strings.TrimSpace(n)
			if len(n) < 5 || strings.Contains(n, " ") {
				continue
			}
			for _, r := range roots(n) {
				out[r] = n
			}
		}
	}
	return out
}()

// relax makes words that only hold sentences together optional, unless there are no others.
func (p *plan) relax() {
	for _, t := range p.terms {
		if !t.optional {
			return
		}
	}
	for i := range p.terms {
		p.terms[i].optional = false
	}
}

// needed are the terms that a document is asked for.
func (p *plan) needed() []term {
	var out []term
	for _, t := range p.terms {
		if !t.optional {
			out = append(out, t)
		}
	}
	return out
}

// each calls do with each term that has words, parts of longer names included.
func (p *plan) each(do func(*term)) {
	for i := range p.terms {
		if t := &p.terms[i]; len(t.parts) == 0 {
			do(t)
		}
		for j := range p.terms[i].parts {
			do(&p.terms[i].parts[j])
		}
	}
}

// last is the word that a term ends with.
func (t *term) last() string { return t.words[len(t.words)-1] }
