package search

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/meilisearch/meilisearch-go"
)

// Search implements [Engine].
func (m *Meili) Search(ctx context.Context, q Query) (r Result, err error) {
	defer meiliWrap(&err, "search")
	mark := q.mark("meili " + m.name)
	after, err := parseCursor(q.Cursor, mark)
	if err != nil {
		return Result{}, err
	}
	q, ok := q.normal()
	p := newPlan(q)
	if !ok || len(p.terms) == 0 && !q.filtered() {
		return Result{}, nil
	}
	ctx, cancel := context.WithTimeout(ctx, meiliCall)
	defer cancel()
	by := &asked{q, p, mark, after}
	if q.Sort == Relevance && len(p.terms) > 0 {
		got, err := m.propose(ctx, by, weighed+1)
		if got.more = len(got.found) > weighed; got.more {
			got.found = got.found[:weighed]
		}
		return by.page(weighAll(got, p)), err
	}
	return m.inTime(ctx, by)
}

// inTime answers a page in order of time. Hits of the very instant at which the page before
// ended are asked for again, and passed over.
func (m *Meili) inTime(ctx context.Context, by *asked) (Result, error) {
	for limit := by.Limit + 1 + sameNumber; ; limit *= 4 {
		got, err := m.propose(ctx, by, limit)
		if err != nil {
			return Result{}, err
		}
		all := len(got.found)
		slices.SortStableFunc(got.found, by.compare)
		if by.after != nil {
			got.found = slices.DeleteFunc(got.found, func(c candidate) bool {
				return by.compare(c, candidate{id: by.after.id, Ref: keyed(by.after.key)}) <= 0
			})
		}
		if len(got.found) > by.Limit || all < limit || limit >= meiliMost {
			return by.listed(got), nil
		}
	}
}

func keyed(key string) Ref {
	r, _ := keyRef(key)
	return r
}

// compare orders by time, and by key within an instant, as the server does.
func (by *asked) compare(a, b candidate) int {
	c := cmp.Or(cmp.Compare(b.id, a.id), strings.Compare(b.key(), a.key()))
	if by.Sort == Oldest {
		return -c
	}
	return c
}

// propose asks for candidates in all the ways in which the words may be said.
func (m *Meili) propose(ctx context.Context, by *asked, limit int) (got proposal, err error) {
	all := &meilisearch.MultiSearchRequest{Federation: &meilisearch.MultiSearchFederation{Limit: int64(limit)}}
	filter := meiliFilter(by)
	for _, text := range by.plan.queries() {
		s := &meilisearch.SearchRequest{IndexUID: m.name, Query: text, Filter: filter, MatchingStrategy: meilisearch.All,
			AttributesToRetrieve: []string{"key", "at", "audience", "author", "grp", "title", "text", "files"}}
		if by.Titles {
			s.AttributesToSearchOn = []string{"title", "heads"}
		}
		switch {
		case by.Sort == Oldest:
			s.Sort = []string{"at:asc", "key:asc"}
		case by.Sort == Newest || len(by.plan.terms) == 0:
			s.Sort = []string{"at:desc", "key:desc"}
		}
		all.Queries = append(all.Queries, s)
	}
	found, err := m.server.MultiSearchWithContext(ctx, all)
	if err != nil {
		return got, err
	}
	var docs []struct {
		Key      string `json:"key"`
		At       int64  `json:"at"`
		Audience string `json:"audience"`
		Author   int64  `json:"author,string"`
		Group    int64  `json:"grp,string"`
		Title    string `json:"title"`
		Text     string `json:"text"`
		Files    string `json:"files"`
	}
	if err := found.Hits.DecodeInto(&docs); err != nil {
		return got, err
	}
	for _, d := range docs {
		c := candidate{id: d.At, at: d.At, audience: d.Audience, author: d.Author, group: d.Group, title: d.Title, text: d.Text, files: d.Files}
		var ok bool
		if c.Ref, ok = keyRef(d.Key); ok && by.lets(&c) {
			got.found = append(got.found, c)
		}
	}
	return got, nil
}

const mostQueries = 24 // ways to say it that the server is asked for at once

// queries are the texts that together find what the plan asks for: words as they are, other
// names in their place, and roots, for each language in which they differ.
func (p *plan) queries() []string {
	needed := p.needed()
	if len(needed) == 0 {
		return []string{""}
	}
	var out []string
	add := func(terms []term, say func(*term) string) {
		var parts, last []string
		for i := range terms {
			switch s := say(&terms[i]); {
			case s == "":
			case terms[i].prefix && !strings.HasSuffix(s, `"`):
				last = append(last, s)
			default:
				parts = append(parts, s)
			}
		}
		// The server takes the last plain word as a beginning, so the one that is comes last.
		if text := strings.Join(append(parts, last...), " "); text != "" && !contains(out, text) && len(out) < mostQueries {
			out = append(out, text)
		}
	}
	groups := [][]term{needed}
	if p.mode == Any {
		groups = nil
		for i := range needed {
			groups = append(groups, needed[i:i+1])
		}
	}
	for _, g := range groups {
		add(g, p.plainly)
	}
	for _, g := range groups {
		for _, l := range languages {
			add(g, func(t *term) string { return p.rooted(t, l) })
		}
		for i := range g {
			for _, n := range g[i].said() {
				add(g, func(t *term) string {
					if t == &g[i] {
						return `"` + n + `"`
					}
					return p.plainly(t)
				})
			}
		}
	}
	return out
}

// said are other names of a term, and their roots.
func (t *term) said() (out []string) {
	for _, n := range t.names {
		out = append(out, strings.Join(n.words, " "))
		for _, r := range n.roots {
			out = append(out, rootSign+r)
		}
	}
	return out
}

// plainly is a term as it was typed. In quotes the server forgives no errors.
func (p *plan) plainly(t *term) string {
	if len(t.parts) > 0 {
		return p.together(t, p.plainly)
	}
	if len(t.words) == 1 && (t.prefix || p.mode == Near) {
		return t.words[0]
	}
	words := t.words
	if t.prefix { // of the word that may go on the server knows what is before it
		words = words[:len(words)-1]
	}
	return `"` + strings.Join(words, " ") + `"`
}

// rooted is what forms of the term have in common in a language, or the term where it has none.
func (p *plan) rooted(t *term, l *language) string {
	if len(t.parts) > 0 {
		return p.together(t, func(t *term) string { return p.rooted(t, l) })
	}
	if len(t.words) == 1 && len(t.roots) > 0 {
		if r := l.root(t.words[0]); r != "" {
			return `"` + rootSign + r + `"`
		}
	}
	return p.plainly(t)
}

func (p *plan) together(t *term, say func(*term) string) string {
	var out []string
	for i := range t.parts {
		if !t.parts[i].optional {
			out = append(out, say(&t.parts[i]))
		}
	}
	return strings.Join(out, " ")
}

// meiliFilter is built from numbers and from values whose form normal checked.
func meiliFilter(by *asked) string {
	q := by.Query
	equal := func(field string, n int64) string { return field + ` = "` + decimal(n) + `"` }
	var who []string
	for _, r := range q.Readers {
		is := `audience = "` + r.Term + `"`
		if strings.HasPrefix(r.Term, "since:") {
			is = "(" + is + " AND at >= " + decimal(r.From.UnixMicro()) + ")"
		}
		who = append(who, is)
	}
	if q.OwnAuthor > 0 {
		who = append(who, equal("author", q.OwnAuthor))
	}
	all := []string{"deleted = false", "(" + strings.Join(who, " OR ") + ")"}
	if q.Places != nil {
		var where []string
		for _, g := range q.Places {
			where = append(where, `"`+decimal(g)+`"`)
		}
		all = append(all, "grp IN ["+strings.Join(where, ", ")+"]")
	}
	if len(q.Kinds) > 0 {
		all = append(all, `kind IN ["`+strings.Join(q.Kinds, `", "`)+`"]`)
	}
	for _, either := range q.byNumbers() {
		var ways []string
		for _, o := range either {
			for _, id := range o.ids {
				ways = append(ways, equal(o.field, id))
			}
		}
		all = append(all, "("+strings.Join(ways, " OR ")+")")
	}
	if q.HasFile {
		all = append(all, "hasfile = true")
	}
	return strings.Join(append(all, by.times()...), " AND ")
}

// times are the bounds of a question in time.
func (by *asked) times() (out []string) {
	if !by.After.IsZero() {
		out = append(out, "at >= "+decimal(by.After.UnixMicro()))
	}
	if !by.Before.IsZero() {
		out = append(out, "at < "+decimal(by.Before.UnixMicro()))
	}
	switch {
	case by.after == nil || by.Sort == Relevance && len(by.plan.terms) > 0:
	case by.Sort == Oldest:
		out = append(out, "at >= "+decimal(by.after.id))
	default:
		out = append(out, "at <= "+decimal(by.after.id))
	}
	return out
}
