package disclose

import (
	"slices"
	"strings"
)

// span is a part of the text in which something is looked for. Expressions cost a hundred times what plain words do,
// so they run only near a word or sign that what they find cannot be without.
type span struct{ start, end int }

// lower makes ASCII letters small, so that every byte stays where it is.
func lower(text string) string {
	b := []byte(text)
	for i, c := range b {
		if c >= 'A' && c <= 'Z' {
			b[i] = c | 0x20
		}
	}
	return string(b)
}

// hints are words to look for, all at once.
type hints struct {
	pairs [256][4]uint64 // of the first two bytes, a bit each
	words [256][]string  // by their first byte
}

func hinted(words ...string) *hints {
	h := &hints{}
	for _, w := range words {
		h.words[w[0]] = append(h.words[w[0]], w)
		for c := range 256 {
			if len(w) == 1 || w[1] == byte(c) {
				h.pairs[w[0]][c>>6] |= 1 << (c & 63)
			}
		}
	}
	return h
}

// near gives the spans around every hint, so many bytes before and after it, without overlaps. They end at white
// space, or else an expression would see the end of a word where there is none.
func near(low string, h *hints, before, after int) []span {
	return around(low, h.places(low), before, after)
}

// places gives every hint where it stands, in order.
func (h *hints) places(low string) []span {
	var at []span
	for i := range len(low) {
		next := byte(0)
		if i+1 < len(low) {
			next = low[i+1]
		}
		if h.pairs[low[i]][next>>6]>>(next&63)&1 == 0 {
			continue
		}
		for _, w := range h.words[low[i]] {
			if strings.HasPrefix(low[i:], w) {
				at = append(at, span{i, i + len(w)})
			}
		}
	}
	return at
}

func around(low string, at []span, before, after int) []span {
	var all []span
	last := 0
	for _, h := range at {
		start, end := max(last, h.start-before), min(len(low), max(last, h.end+after))
		for start > last && !blank(low[start-1]) {
			start--
		}
		for end < len(low) && !blank(low[end]) {
			end++
		}
		if len(all) > 0 && start == last { // one with the span before
			all[len(all)-1].end = end
		} else {
			all = append(all, span{start, end})
		}
		last = end
	}
	return all
}

// counted keeps the spans that hold at least so many digits: an expression that needs them finds nothing in others.
func counted(text string, in []span, least int) []span {
	return slices.DeleteFunc(in, func(s span) bool {
		n := 0
		for i := s.start; i < s.end && n < least; i++ {
			if digit(text[i]) {
				n++
			}
		}
		return n < least
	})
}

// beginnings gives the beginnings of lines up to every hint that stands within so many bytes of one, and more bytes
// behind it. They may end within a line.
func beginnings(low string, h *hints, within, behind int) []span {
	var all []span
	for _, s := range near(low, h, 0, 0) {
		from := max(0, s.start-within)
		if from > 0 && strings.IndexByte(low[from-1:s.start], '\n') < 0 {
			continue
		}
		start, end := strings.LastIndexByte(low[:from], '\n')+1, min(len(low), s.end+behind)
		if n := len(all); n > 0 && start <= all[n-1].end {
			all[n-1].end = max(end, all[n-1].end)
		} else {
			all = append(all, span{start, end})
		}
	}
	return all
}

func blank(c byte) bool { return c == ' ' || c == '\n' || c == '\t' }

// numerals gives the spans of digits, and what stands between them in numbers, that hold at least so many digits.
func numerals(text string, least int) []span {
	var all []span
	start, count := -1, 0
	add := func(end int) {
		if start >= 0 && count >= least {
			all = append(all, span{start, end})
		}
		start, count = -1, 0
	}
	for i, r := range text {
		switch r {
		case '0', '1', '2', '3', '4', '5', '6', '7', '8', '9':
			count++
		case ' ', '\t', '(', ')', '.', '-', '/', '+', '\u00A0', '–':
		default:
			if start >= 0 {
				add(i)
			}
			continue
		}
		if start < 0 {
			start = i
		}
	}
	add(len(text))
	return all
}
