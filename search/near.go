package search

import "unicode/utf8"

const (
	oneError  = 5 // letters from which one error is forgiven
	twoErrors = 8 // letters from which two are
)

// forgiven is how many errors a word of so many letters may have.
func forgiven(letters int) int {
	switch {
	case letters >= twoErrors:
		return 2
	case letters >= oneError:
		return 1
	}
	return 0
}

// nearness answers how many errors lie between a word and another one, and whether so many
// are forgiven: a letter too many, too few, wrong, or two swapped.
func nearness(word, other string) (int, bool) {
	n := utf8.RuneCountInString(word)
	most := forgiven(n)
	if most == 0 || word == other {
		return 0, word == other
	}
	m := utf8.RuneCountInString(other)
	if m < n-most || m > n+most || isCJK(firstRune(word)) {
		return 0, false
	}
	if n > maxWordRunes || m > maxWordRunes || bitsApart(word, other) > 2*most {
		return 0, false
	}
	d := distance(word, other)
	return d, d <= most
}

// bitsApart counts letters that stand in only one of the words: a cheap way to see that they
// are far apart.
func bitsApart(a, b string) int {
	x := letterBits(a) ^ letterBits(b)
	n := 0
	for ; x != 0; x &= x - 1 {
		n++
	}
	return n
}

func letterBits(s string) (bits uint64) {
	for _, r := range s {
		bits |= 1 << (uint(r) % 64)
	}
	return bits
}

// distance is Damerau's and Levenshtein's, where no part is changed twice.
func distance(a, b string) int {
	var space [maxWordRunes * 2]rune
	x := appendRunes(space[:0:maxWordRunes], a)
	y := appendRunes(space[maxWordRunes:maxWordRunes], b)
	var rows [3][maxWordRunes + 1]int
	before, above, row := &rows[0], &rows[1], &rows[2]
	for j := range len(y) + 1 {
		above[j] = j
	}
	for i := 1; i <= len(x); i++ {
		row[0] = i
		for j := 1; j <= len(y); j++ {
			wrong := above[j-1]
			if x[i-1] != y[j-1] {
				wrong++
			}
			row[j] = min(wrong, above[j]+1, row[j-1]+1)
			if i > 1 && j > 1 && x[i-1] == y[j-2] && x[i-2] == y[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, above, row = above, row, before
	}
	return above[len(y)]
}

func appendRunes(to []rune, s string) []rune {
	for _, r := range s {
		to = append(to, r)
	}
	return to
}
