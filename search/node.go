package search

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// node is a condition on an index: a word or phrase, or several conditions together.
type node struct {
	words []string // of a leaf
	begun bool     // the last of them may go on
	kids  []node
	any   bool // one of the kids is enough
	none  []node
	apart bool // conditions that an index looks up apart, see keys
}

func leaf(words ...string) node { return node{words: words} }

func (n node) empty() bool { return len(n.words) == 0 && len(n.kids) == 0 }

// and answers both conditions; an empty one asks for nothing.
func (n node) and(o node) node {
	if n.empty() {
		return o
	}
	if o.empty() {
		return n
	}
	return node{kids: []node{n, o}, apart: true}
}

// keys are conditions that PostgreSQL's index looks up apart, leaping from one to the next:
// that costs as much as the rarest, where one condition of them all costs as much as all of
// its rarest words.
func (n node) keys() []node {
	if !n.apart {
		return []node{n}
	}
	var out []node
	for _, k := range n.kids {
		out = append(out, k.keys()...)
	}
	return out
}

func anyOf(kids []node) node { return node{kids: kids, any: true} }

// fts5 writes the condition in FTS5's syntax.
func (n node) fts5() string {
	if len(n.words) > 0 {
		out := quoted(strings.Join(n.words, " "))
		if n.begun {
			out += " *"
		}
		return out
	}
	operator := " AND "
	if n.any {
		operator = " OR "
	}
	parts := make([]string, len(n.kids))
	for i, k := range n.kids {
		parts[i] = k.fts5()
	}
	out := "(" + strings.Join(parts, operator) + ")"
	if len(n.none) > 0 {
		out = "(" + out + " NOT " + anyOf(n.none).fts5() + ")"
	}
	return out
}

// tsquery writes it in PostgreSQL's. Lexemes have no places there: words of a phrase must all
// be there, and phrases are compared with the text.
func (n node) tsquery() string {
	if len(n.words) > 0 {
		out := "('" + strings.Join(n.words, "' & '") + "'"
		if n.begun {
			out += ":*"
		}
		return out + ")"
	}
	operator := " & "
	if n.any {
		operator = " | "
	}
	var parts []string
	for _, k := range n.kids {
		parts = append(parts, k.tsquery())
	}
	out := "(" + strings.Join(parts, operator) + ")"
	for _, no := range n.none {
		if len(no.words) < 2 {
			out += " & !" + no.tsquery()
		}
	}
	return out
}

// node is the term as the index knows it.
func (t *term) node(title bool) node {
	var ways []node
	if len(t.parts) > 0 {
		all := node{}
		for i := range t.parts {
			if !t.parts[i].optional {
				all.kids = append(all.kids, t.parts[i].node(title))
			}
		}
		if !all.empty() {
			ways = append(ways, all)
		}
	} else {
		ways = t.wordNodes(title)
	}
	for _, n := range t.names {
		ways = append(ways, phrase(n.words, title))
		ways = append(ways, rootNodes(n.roots, n.words[0], title)...)
	}
	if len(ways) == 1 {
		return ways[0]
	}
	return anyOf(ways)
}

func (t *term) wordNodes(title bool) []node {
	ways := []node{phrase(t.words, title)}
	if t.prefix {
		switch n := utf8.RuneCountInString(t.last()); {
		case title && len(t.words) == 1 && n <= longestBegin:
			ways = append(ways, leaf(termBegin+t.words[0]))
		case !title && t.isSign():
			ways = append(ways, leaf(termSign+t.words[0]))
		case t.goes != nil:
			for _, w := range t.goes {
				ways = append(ways, leaf(w))
			}
		case n >= leastBegun:
			ways = append(ways, phrase(t.words, title).goingOn())
		}
	}
	ways = append(ways, rootNodes(t.roots, t.words[0], title)...)
	for _, n := range t.near {
		ways = append(ways, phrase([]string{n}, title))
	}
	return ways
}

// phrase is words next to each other; of titles the index knows words only, and the rest is
// seen when they are weighed.
func phrase(words []string, title bool) node {
	if !title {
		return leaf(words...)
	}
	if len(words) == 1 {
		return leaf(termTitle + words[0])
	}
	var all node
	for _, w := range words {
		all.kids = append(all.kids, leaf(termTitle+w))
	}
	return all
}

// leastBegun is how many letters a beginning has that is looked for in texts.
const leastBegun = 4

// goingOn is the node with a last word that may go on.
func (n node) goingOn() node {
	if len(n.kids) > 0 {
		n.kids = slices.Clone(n.kids)
		n.kids[len(n.kids)-1] = n.kids[len(n.kids)-1].goingOn()
		return n
	}
	n.begun = true
	return n
}

// rootNodes are what finds other forms of a word. A root that is a word itself was not stored
// beside it.
func rootNodes(roots []string, word string, title bool) (out []node) {
	for _, r := range roots {
		if title {
			out = append(out, leaf(termHeadRoot+r))
			continue
		}
		if out = append(out, leaf(termRoot+r)); r != word {
			out = append(out, leaf(r))
		}
	}
	return out
}

// node is what all of the plan's needed terms ask for, or any of them.
func (p *plan) node() node {
	var n node
	for _, t := range p.needed() {
		n.kids = append(n.kids, t.node(p.title))
	}
	n.any = p.mode == Any
	return n
}

// filters are the conditions that the index knows exactly.
func (q Query) filters() node {
	var n node
	for _, either := range q.byNumbers() {
		var ways []node
		for _, o := range either {
			for _, id := range o.ids {
				ways = append(ways, leaf(o.term+termNumber(id)))
			}
		}
		n.kids = append(n.kids, anyOf(ways))
	}
	if q.HasFile {
		n.kids = append(n.kids, leaf(termFile))
	}
	if len(q.Kinds) > 0 {
		var kinds []node
		for _, k := range q.Kinds {
			kinds = append(kinds, leaf(termKind+k))
		}
		n.kids = append(n.kids, anyOf(kinds))
	}
	return n
}

const mostPlacesAsked = 100 // groups that are asked for in the index

// who is who may read, as far as the index knows it.
func (q Query) who() node {
	var who []node
	for _, r := range q.Readers {
		who = append(who, leaf(termAudience+termOf(r.Term)))
	}
	if q.OwnAuthor > 0 {
		who = append(who, leaf(termAuthor+termNumber(q.OwnAuthor)))
	}
	return anyOf(who)
}

// gate is who may read, and where.
func (q Query) gate() node {
	var where []node
	for _, g := range q.Places {
		if g == 0 { // what belongs to no group has no term for it
			return q.who()
		}
		where = append(where, leaf(termGroup+termNumber(g)))
	}
	if len(where) == 0 || len(where) > mostPlacesAsked {
		return q.who()
	}
	return q.who().and(anyOf(where))
}

// lightly adds to a match as much of the gate as costs little where words are rare.
func (a ask) lightly() node {
	if a.match.empty() || len(a.q.Readers) <= fewReaders {
		return a.match.and(a.q.who())
	}
	return a.match
}

// lets says whether the query's reader may have the document, and whether it is of the time
// asked for: what holds is checked on what is stored, whatever the index said.
func (q *Query) lets(c *candidate) bool {
	if !q.After.IsZero() && c.at < q.After.UnixMicro() || !q.Before.IsZero() && c.at >= q.Before.UnixMicro() {
		return false
	}
	if q.Places != nil && !containsID(q.Places, c.group) {
		return false
	}
	if q.OwnAuthor > 0 && c.author == q.OwnAuthor {
		return true
	}
	for _, r := range q.Readers {
		if r.Term == c.audience && (!strings.HasPrefix(r.Term, "since:") || c.at >= r.From.UnixMicro()) {
			return true
		}
	}
	return false
}

func containsID(list []int64, id int64) bool {
	for _, e := range list {
		if e == id {
			return true
		}
	}
	return false
}
