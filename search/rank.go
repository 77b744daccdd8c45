package search

import (
	"cmp"
	"math"
	"slices"
	"strings"
)

// candidate is a document that an engine proposes, with the words by which it is weighed.
type candidate struct {
	Ref
	id       int64 // its place in time, as the engine numbers it
	at       int64 // Unix microseconds
	audience string
	author   int64
	group    int64
	title    string // folded words with a space between
	text     string
	files    string
	score    int64
}

// size is how many bytes of words it holds.
func (c *candidate) size() int { return len(c.title) + len(c.text) + len(c.files) }

// What the parts of a document weigh. The rank is made of the document alone: whatever
// counts over all documents tells of those that the reader may not see.
const (
	inTitle    = 5.0
	inFiles    = 2.0
	perTerm    = 100.0 // for each term found, where any will do
	together   = 0.6   // for two terms next to each other in a text
	perYear    = 0.01  // for being written a year later
	reach      = 8     // words between which two terms are still near each other
	mostPlaces = 32    // of a term in a text that count for that
)

const microsPerYear = 365.25 * 24 * 3600 * 1e6

// ranker weighs documents; it belongs to one search.
type ranker struct {
	*matcher
	words  []string
	found  []tally
	titles []tally
	files  []tally
}

// tally is what a field shows of a term.
type tally struct {
	best   float64
	times  int
	places []int
}

func newRanker(p *plan) *ranker {
	m := newMatcher(p)
	if p.mode == Near && !p.known {
		m.bySpelling(func(t int) bool { return !m.flat[t].optional })
	}
	n := len(m.flat)
	return &ranker{matcher: m, found: make([]tally, n), titles: make([]tally, n), files: make([]tally, n)}
}

// weigh sets a candidate's score, and answers whether it holds what the plan asks for.
func (r *ranker) weigh(c *candidate) bool {
	titleWords := r.read(c.title, r.titles)
	if r.plan.title {
		reset(r.found)
		reset(r.files)
	} else {
		r.read(c.files, r.files)
		r.read(c.text, r.found)
	}
	total, held, asked := 0.0, 0, 0
	for i := range r.flat {
		if i > 0 && r.isPart(i) {
			continue
		}
		t := r.flat[i]
		worth := r.termWorth(i, titleWords, len(c.text))
		total += worth
		if !t.optional {
			asked++
			if worth > 0 {
				held++
			}
		}
	}
	if r.plan.mode == Any {
		total += perTerm * float64(held)
	}
	total += r.nearby(r.found, together) + r.nearby(r.titles, 2*together)
	total += perYear * float64(c.at) / microsPerYear
	c.score = int64(math.Round(total * 1e6))
	if r.plan.mode == Any && asked > 0 {
		return held > 0
	}
	return held == asked
}

// isPart says whether the term is a part of a longer name.
func (r *ranker) isPart(i int) bool {
	at := 0
	for k := range r.plan.terms {
		n := len(r.plan.terms[k].parts)
		if i > at && i <= at+n {
			return true
		}
		at += 1 + n
	}
	return false
}

// termWorth is what the term adds; for a longer name the better of its other names, and of
// its parts when all are there.
func (r *ranker) termWorth(i, titleWords, textLen int) float64 {
	worth := r.worth(i, titleWords, textLen)
	sum, all := 0.0, len(r.flat[i].parts) > 0
	for j := range r.flat[i].parts {
		w := r.worth(i+1+j, titleWords, textLen)
		sum += w
		all = all && (w > 0 || r.flat[i].parts[j].optional)
	}
	if all {
		return max(worth, sum)
	}
	return worth
}

// worth is bm25 with a fixed average length and without rarity.
func (r *ranker) worth(i, titleWords, textLen int) float64 {
	w := inTitle * r.titles[i].best / (1 + float64(titleWords)/40)
	w += inFiles * r.files[i].best
	if n := float64(r.found[i].times); n > 0 {
		w += r.found[i].best * n / (n + 0.3 + 0.9*float64(textLen)/1000)
	}
	return w
}

func reset(tallies []tally) {
	for i := range tallies {
		tallies[i] = tally{places: tallies[i].places[:0]}
	}
}

// read tallies a field and answers how many words it has.
func (r *ranker) read(text string, tallies []tally) int {
	reset(tallies)
	if text == "" {
		return 0
	}
	r.words = r.words[:0]
	for rest := text; rest != ""; {
		var w string
		w, rest, _ = strings.Cut(rest, " ")
		if w != "" {
			r.words = append(r.words, w)
		}
	}
	for i := range r.words {
		for _, m := range r.at(r.words, i) {
			t := &tallies[m.term]
			t.best = max(t.best, m.worth)
			t.times++
			if len(t.places) < mostPlaces {
				t.places = append(t.places, i)
			}
		}
	}
	return len(r.words)
}

// nearby is what terms add that stand near the one before them.
func (r *ranker) nearby(tallies []tally, worth float64) float64 {
	sum := 0.0
	last := -1
	for i := range r.flat {
		if len(r.flat[i].parts) > 0 {
			continue
		}
		if last >= 0 {
			sum += worth * closeness(tallies[last].places, tallies[i].places)
		}
		last = i
	}
	return sum
}

// closeness is 1 for neighbours in this order, half for the other, and less with distance.
func closeness(a, b []int) float64 {
	best := 0.0
	i, j := 0, 0
	for i < len(a) && j < len(b) {
		switch d := b[j] - a[i]; {
		case d > 0:
			if d <= reach {
				best = max(best, 1/float64(d))
			}
			i++
		case d < 0:
			if -d <= reach {
				best = max(best, -0.5/float64(d))
			}
			j++
		default:
			i++
			j++
		}
	}
	return best
}

// inOrder sorts candidates, the best first.
func inOrder(found []candidate) {
	slices.SortFunc(found, func(a, b candidate) int {
		return cmp.Or(cmp.Compare(b.score, a.score), cmp.Compare(b.id, a.id), strings.Compare(b.Kind, a.Kind), cmp.Compare(b.ID, a.ID))
	})
}
