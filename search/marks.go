package search

import (
	"cmp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// atom is a word of a text and where it stands there, in bytes.
type atom struct {
	word     string
	from, to int
}

// tokens cuts a text as [words] does, and keeps where each word came from. Lone are the last
// ideographs of runs, see words.
func tokens(text string) (all, lone []atom) {
	for at := 0; at < len(text); {
		r, size := utf8.DecodeRuneInString(text[at:])
		if !isPiece(r) {
			at += size
			continue
		}
		cjk := isCJK(r)
		end := at
		for end < len(text) {
			r, size := utf8.DecodeRuneInString(text[end:])
			if !isPiece(r) || isCJK(r) != cjk && !unicode.IsMark(r) {
				break
			}
			end += size
		}
		piece := text[at:end]
		if cjk {
			run, last := ideographs(piece, at)
			all, lone = append(all, run...), append(lone, last...)
		} else {
			for _, w := range words(piece, len(piece), false) {
				all = append(all, atom{w, at, end})
			}
		}
		at = end
	}
	return all, lone
}

// ideographs are the pairs of a run that begins at a byte; all of it where folding changed
// its length.
func ideographs(piece string, at int) (run, last []atom) {
	pair := words(piece, len(piece), false)
	starts := make([]int, 0, len(piece)/3+2)
	for i := range piece {
		starts = append(starts, at+i)
	}
	starts = append(starts, at+len(piece))
	n := len(starts) - 1 // runes
	for i, w := range pair {
		t := atom{w, at, at + len(piece)}
		if n == len(pair)+1 || n == 1 {
			t.from, t.to = starts[i], starts[min(i+2, n)]
		}
		run = append(run, t)
	}
	if end := len(run) - 1; n > 1 && n == len(pair)+1 && utf8.RuneCountInString(run[end].word) == 2 {
		_, size := utf8.DecodeRuneInString(run[end].word)
		last = append(last, atom{run[end].word[size:], starts[n-1], starts[n]})
	}
	return run, last
}

// isPiece tells what words are made of before they are folded.
func isPiece(r rune) bool {
	if r < utf8.RuneSelf {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9'
	}
	return r != utf8.RuneError && (unicode.IsLetter(r) || unicode.IsNumber(r) || unicode.IsMark(r) || isAccent(r))
}

// spot is a mark and whose it is.
type spot struct {
	from, to int
	term     int
	worth    float64
}

// spots finds the query's words in a text; where a word does not stand there, what is spelled
// nearly so.
func spots(query, text string) []spot {
	p := newPlan(Query{Text: query})
	if len(p.terms) == 0 {
		return nil
	}
	m := newMatcher(p)
	all, lone := tokens(text)
	found := m.spots(all, lone)
	stands := make([]bool, len(m.flat))
	for _, s := range found {
		stands[s.term] = true
	}
	m.bySpelling(func(t int) bool { return !stands[t] && !m.flat[t].optional })
	if len(m.near) > 0 {
		m.compared = mostCompared - mostMarked
		found = m.spots(all, lone)
	}
	slices.SortFunc(found, func(a, b spot) int { return cmp.Or(cmp.Compare(a.from, b.from), cmp.Compare(b.to, a.to)) })
	return found
}

const (
	mostHere   = 4      // terms that a word is counted for
	mostMarked = 20_000 // words of a text that are compared by spelling: a page shows several texts
)

func (m *matcher) spots(all, lone []atom) []spot {
	var found []spot
	list := make([]string, len(all))
	for i, t := range all {
		list[i] = t.word
	}
	for i := range all {
		at := m.at(list, i)
		for _, f := range at[:min(len(at), mostHere)] {
			found = append(found, spot{all[i].from, all[i+f.words-1].to, f.term, f.worth})
		}
	}
	for _, t := range lone {
		for _, f := range m.at([]string{t.word}, 0) {
			found = append(found, spot{t.from, t.to, f.term, f.worth})
		}
	}
	return found
}

// Marks tells where words of the query stand in the text, as bytes from and to, in order and
// apart: the words, their other forms, what goes on from the last of them, other names, and,
// for a word that does not stand there, what is spelled nearly so.
func Marks(query, text string) [][2]int {
	return apart(spots(query, text))
}

func apart(found []spot) [][2]int {
	var out [][2]int
	for _, s := range found {
		if n := len(out); n > 0 && s.from < out[n-1][1] {
			out[n-1][1] = max(out[n-1][1], s.to)
			continue
		}
		out = append(out, [2]int{s.from, s.to})
	}
	return out
}

const ellipsis = "…"

// Excerpt gives the part of a text, of about n bytes, in which most of the query's words
// stand, cut between words, and the marks in it. White space becomes single spaces.
func Excerpt(query, text string, n int) (string, [][2]int) {
	n = max(n, 1)
	text = strings.Join(strings.Fields(strings.ToValidUTF8(text, " ")), " ")
	found := spots(query, text)
	first, last := bestSpots(found, n)
	from, to := 0, min(len(text), n)
	if len(found) > 0 {
		slack := max(0, n-(found[last].to-found[first].from))
		from = max(0, min(found[first].from-min(slack/2, n/3), len(text)-n))
		to = min(len(text), from+n)
	}
	from, to = between(text, from, to)
	part, shift := text[from:to], from
	var marks [][2]int
	for _, m := range apart(found) {
		if m[0] >= from && m[1] <= to {
			marks = append(marks, [2]int{m[0] - shift, m[1] - shift})
		}
	}
	if from > 0 {
		part = ellipsis + part
		for i := range marks {
			marks[i][0] += len(ellipsis)
			marks[i][1] += len(ellipsis)
		}
	}
	if to < len(text) {
		part += ellipsis
	}
	return part, marks
}

// bestSpots are the first and last of those within n bytes that show most terms.
func bestSpots(found []spot, n int) (first, last int) {
	var times [maxQueryWords * 2]int
	best, sum, from := -1.0, 0.0, 0
	for to, s := range found {
		if s.term < len(times) {
			if times[s.term]++; times[s.term] == 1 {
				sum += 1
			}
		}
		for from < to && s.to-found[from].from > n {
			if t := found[from].term; t < len(times) {
				if times[t]--; times[t] == 0 {
					sum--
				}
			}
			from++
		}
		if sum+s.worth/100 > best {
			best, first, last = sum+s.worth/100, from, to
		}
	}
	return first, last
}

const longestWord = 40 // bytes by which a cut moves to fall between words

// between moves both ends of a part inwards, to where a word begins and ends.
func between(text string, from, to int) (int, int) {
	if from > 0 && text[from-1] != ' ' {
		if i := strings.IndexByte(text[from:min(to, from+longestWord)], ' '); i >= 0 {
			from += i + 1
		}
	}
	for from < to && !utf8.RuneStart(text[from]) {
		from++
	}
	if to < len(text) && text[to] != ' ' {
		if i := strings.LastIndexByte(text[max(from, to-longestWord):to], ' '); i >= 0 {
			to = max(from, to-longestWord) + i
		}
	}
	for to > from && to < len(text) && !utf8.RuneStart(text[to]) {
		to--
	}
	return from, to
}
