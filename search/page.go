package search

import "strings"

// weighAll weighs what was proposed, drops what does not hold what was asked for after all,
// and puts the best first.
func weighAll(got proposal, p *plan) proposal {
	got.found = holding(got.found, p)
	inOrder(got.found)
	return got
}

// holding keeps, weighed, what holds what was asked for.
func holding(found []candidate, p *plan) []candidate {
	if len(p.terms) == 0 && len(p.not) == 0 {
		return found
	}
	r, not := newRanker(p), newMatcher(&plan{terms: p.not})
	kept := found[:0]
	for i := range found {
		c := found[i]
		if r.weigh(&c) && !not.in(c.title) && (p.title || !not.in(c.text) && !not.in(c.files)) {
			kept = append(kept, c)
		}
	}
	return kept
}

// in says whether any of the terms stands in folded words with a space between.
func (m *matcher) in(text string) bool {
	if len(m.flat) == 0 {
		return false
	}
	all := strings.Fields(text)
	for i := range all {
		if len(m.at(all, i)) > 0 {
			return true
		}
	}
	return false
}

func (c *candidate) hit(mark string) Hit {
	return Hit{Ref: c.Ref, Score: float64(c.score) / 1e6, Cursor: c.position().cursor(mark)}
}

// page cuts one page out of what was weighed.
func (by *asked) page(got proposal) Result {
	r := Result{More: got.more}
	for _, c := range got.found {
		if by.after != nil && !by.after.precedes(&c) {
			continue
		}
		if len(r.Hits) == by.Limit {
			r.Cursor = r.Hits[by.Limit-1].Cursor
			break
		}
		r.Hits = append(r.Hits, c.hit(by.mark))
	}
	return r
}

// precedes says whether a candidate comes after the position, by relevance.
func (p *position) precedes(c *candidate) bool {
	if c.score != p.score {
		return c.score < p.score
	}
	if c.id != p.id {
		return c.id < p.id
	}
	return c.key() < p.key
}

// listed is one page in order of time. Its end is told by what was proposed, though some of
// that may not hold what was asked for.
func (by *asked) listed(got proposal) Result {
	r := Result{}
	more := got.more || len(got.found) > by.Limit
	found := got.found[:min(len(got.found), by.Limit)]
	end := ""
	if len(found) > 0 {
		end = found[len(found)-1].position().cursor(by.mark)
	}
	for _, c := range holding(found, by.plan) {
		r.Hits = append(r.Hits, c.hit(by.mark))
	}
	if more {
		r.Cursor = end
	}
	return r
}

func (c *candidate) position() position { return position{score: c.score, id: c.id, key: c.key()} }
