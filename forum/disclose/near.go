package disclose

import (
	"cmp"
	"slices"
	"strings"
	"unicode/utf8"
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

// near gives the spans around every hint, so many bytes before and after it, without overlaps. They end at white
// space, or else an expression would see the end of a word where there is none.
func near(low string, hints []string, before, after int) []span {
	var at []span
	for _, hint := range hints {
		for i := 0; ; {
			found := strings.Index(low[i:], hint)
			if found < 0 {
				break
			}
			at = append(at, span{i + found, i + found + len(hint)})
			i += found + len(hint)
		}
	}
	slices.SortFunc(at, func(a, b span) int { return cmp.Compare(a.start, b.start) })
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
		switch {
		case r >= '0' && r <= '9':
			count++
		case r < utf8.RuneSelf && !strings.ContainsRune(" \t().-/+", r), r >= utf8.RuneSelf && r != '\u00A0' && r != '–':
			add(i)
			continue
		}
		if start < 0 {
			start = i
		}
	}
	add(len(text))
	return all
}
