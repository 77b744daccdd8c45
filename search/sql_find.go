package search

import (
	"context"
	"math"
	"strings"
)

const (
	weighed    = 1000     // matches that are weighed, the newest
	heaviest   = 16 << 20 // bytes of them, about: texts may be long
	fewReaders = 8        // terms of readers that are always asked for in the index
)

// ask is one question to a generation.
type ask struct {
	gen       int64
	q         *Query
	match     node
	phrases   []string // that must stand in the text, between spaces
	low, high int64    // places
	oldest    bool
	limit     int
	bytes     int // of text, after which no more is read
}

// proposal is what a generation answers.
type proposal struct {
	found  []candidate
	more   bool // there are others
	passed bool // so many were looked at that there was no end
}

// Search implements [Engine].
func (s *SQL) Search(ctx context.Context, q Query) (r Result, err error) {
	defer wrap(&err, "search")
	mark := q.mark(s.name())
	after, err := parseCursor(q.Cursor, mark)
	if err != nil {
		return Result{}, err
	}
	q, ok := q.normal()
	p := newPlan(q)
	if !ok || len(p.terms) == 0 && !q.filtered() {
		return Result{}, nil
	}
	err = s.reading(ctx, func(gen int64) error {
		if err := s.expand(ctx, gen, p); err != nil {
			return err
		}
		r, err = s.find(ctx, gen, &asked{q, p, mark, after})
		return err
	})
	return r, err
}

// asked is a query made ready.
type asked struct {
	Query
	plan  *plan
	mark  string
	after *position
}

func (s *SQL) find(ctx context.Context, gen int64, by *asked) (Result, error) {
	q, p, after := by.Query, by.plan, by.after
	a := ask{gen: gen, q: &q, low: math.MinInt64, high: math.MaxInt64, oldest: q.Sort == Oldest, limit: weighed, bytes: heaviest}
	if !q.After.IsZero() {
		a.low = placeOf(q.After)
	}
	if !q.Before.IsZero() {
		a.high = placeOf(q.Before) + spill
	}
	if q.Sort == Relevance && len(p.terms) > 0 {
		got, err := s.weigh(ctx, a, p)
		return by.page(got), err
	}
	if after != nil && q.Sort == Oldest {
		a.low = max(a.low, after.id+1)
	} else if after != nil {
		a.high = min(a.high, after.id-1)
	}
	a.limit = q.Limit + 1
	got, err := s.propose(ctx, s.reader, s.matching(a, p, p.node()))
	if err != nil {
		return Result{}, err
	}
	return by.listed(got), nil
}

// matching completes a question for what stands in the text.
func (s *SQL) matching(a ask, p *plan, what node) ask {
	a.match = what.and(a.q.filters())
	if len(p.not) > 0 && !a.match.empty() {
		a.match = node{kids: []node{a.match}}
		for i := range p.not {
			if t := &p.not[i]; !p.title || len(t.words) == 1 { // of titles the index knows no order
				a.match.none = append(a.match.none, t.node(p.title))
			}
		}
	}
	if p.mode != Any {
		for _, t := range p.terms {
			if len(t.words) > 1 && len(t.names) == 0 {
				pattern := " " + strings.Join(t.words, " ")
				if !t.prefix {
					pattern += " "
				}
				a.phrases = append(a.phrases, pattern)
			}
		}
	}
	return a
}

// weigh takes the newest matches and puts the best first. Where any word will do, those that
// hold all come first, and each word then brings its newest.
func (s *SQL) weigh(ctx context.Context, a ask, p *plan) (proposal, error) {
	needed := p.needed()
	if p.mode != Any || len(needed) < 2 {
		got, err := s.propose(ctx, s.reader, s.matching(a, p, p.node()))
		return weighAll(got, p), err
	}
	all := node{}
	parts := make([]node, 0, len(needed)+1)
	for i := range needed {
		parts = append(parts, needed[i].node(p.title))
	}
	all.kids = parts[:len(parts):len(parts)]
	var got proposal
	seen := map[int64]bool{}
	each := a
	each.limit, each.bytes = max(weighed/(len(parts)+1), 50), heaviest/(len(parts)+1)
	for _, part := range append([]node{all}, parts...) {
		more, err := s.propose(ctx, s.reader, s.matching(each, p, part))
		if err != nil {
			return got, err
		}
		got.more = got.more || more.more
		for _, c := range more.found {
			if !seen[c.id] {
				seen[c.id] = true
				got.found = append(got.found, c)
			}
		}
	}
	return weighAll(got, p), nil
}
