package markup

import (
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/sergi/go-diff/diffmatchpatch"
)

// Change says what became of a piece of a text.
type Change int

// The changes.
const (
	Same Change = iota
	Gone
	Added
)

// Piece is a part of two texts that are compared.
type Piece struct {
	Change
	Text string
}

// compareFor is how long the shortest way from one text to the other is looked for; then a longer one is good enough.
const compareFor = 100 * time.Millisecond

// Compare gives the way from one text to another, by whole words: without what is added the pieces make the first, and
// without what is gone the second.
func Compare(was, now string) []Piece {
	var w lexicon
	differ := diffmatchpatch.New()
	differ.DiffTimeout = compareFor
	var out []Piece
	for _, d := range differ.DiffMainRunes(w.runes(was), w.runes(now), false) {
		out = append(out, Piece{map[diffmatchpatch.Operation]Change{diffmatchpatch.DiffDelete: Gone, diffmatchpatch.DiffInsert: Added}[d.Type], w.text(d.Text)})
	}
	if Whole(out, Added) != was || Whole(out, Gone) != now {
		return []Piece{{Gone, was}, {Added, now}}
	}
	return joined(out)
}

// Whole is the text of the pieces without those of one kind.
func Whole(pieces []Piece, without Change) string {
	var b strings.Builder
	for _, p := range pieces {
		if p.Change != without {
			b.WriteString(p.Text)
		}
	}
	return b.String()
}

// joined puts changes together between which only a space is the same: they are read as one.
func joined(in []Piece) (out []Piece) {
	var gone, added strings.Builder
	flush := func() {
		if gone.Len() > 0 {
			out = append(out, Piece{Gone, gone.String()})
		}
		if added.Len() > 0 {
			out = append(out, Piece{Added, added.String()})
		}
		gone.Reset()
		added.Reset()
	}
	for i, p := range in {
		switch {
		case p.Change == Gone:
			gone.WriteString(p.Text)
		case p.Change == Added:
			added.WriteString(p.Text)
		case strings.Trim(p.Text, " ") == "" && gone.Len() > 0 && added.Len() > 0 && i < len(in)-1:
			gone.WriteString(p.Text)
			added.WriteString(p.Text)
		default:
			flush()
			out = append(out, p)
		}
	}
	flush()
	return out
}

// A lexicon holds the words of two texts, each known by one rune, so that what compares letters compares words.
type lexicon struct {
	known map[string]rune
	all   []string
}

// firstWord is the rune of the first word; those that no text can hold (surrogates) are left out.
const firstWord = 0x100

func (w *lexicon) runes(s string) (out []rune) {
	if w.known == nil {
		w.known = map[string]rune{}
	}
	for len(s) > 0 {
		word := s[:wordLength(s)]
		s = s[len(word):]
		r, ok := w.known[word]
		if !ok {
			r = rune(firstWord + len(w.all))
			if r >= 0xD800 {
				r += 0x800
			}
			w.known[word], w.all = r, append(w.all, word)
		}
		out = append(out, r)
	}
	return out
}

func (w *lexicon) text(runes string) string {
	var b strings.Builder
	for _, r := range runes {
		if r >= 0xE000 {
			r -= 0x800
		}
		if i := int(r) - firstWord; i >= 0 && i < len(w.all) {
			b.WriteString(w.all[i])
		}
	}
	return b.String()
}

// wordLength is how many bytes the first word of a text has: letters and digits, or spaces, or one of anything else.
func wordLength(s string) int {
	kind := func(r rune) int {
		switch {
		case unicode.IsLetter(r), unicode.IsDigit(r), unicode.IsMark(r), r == '\'', r == '’':
			return 1
		case r == ' ':
			return 2
		}
		return 0
	}
	first, n := utf8.DecodeRuneInString(s)
	for kind(first) != 0 && n < len(s) {
		r, size := utf8.DecodeRuneInString(s[n:])
		if kind(r) != kind(first) {
			break
		}
		n += size
	}
	return n
}
