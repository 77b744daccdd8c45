package search

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

func firstRune(s string) rune {
	r, _ := utf8.DecodeRuneInString(s)
	return r
}

// cut keeps the first n runes.
func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for i := range s {
		if n == 0 {
			return s[:i]
		}
		n--
	}
	return s
}

// words folds a text and cuts it into at most limit words. Chinese, Japanese
// and Korean have no reliable word breaks: each pair of neighbours becomes a
// word, so that any part of two or more is found as a phrase. A document also
// gets the last one of each run alone, behind all else, so that every single
// one is the beginning of some word.
func words(text string, limit int, document bool) []string {
	var out, singles []string
	rest := fold(text)
	for rest != "" && len(out) < limit {
		start := strings.IndexFunc(rest, isWordRune)
		if start < 0 {
			break
		}
		rest = rest[start:]
		cjk := isCJK(firstRune(rest))
		end := strings.IndexFunc(rest, func(r rune) bool { return !isWordRune(r) || isCJK(r) != cjk })
		if end < 0 {
			end = len(rest)
		}
		if cjk {
			run := pairs(rest[:end])
			out = append(out, run...)
			if last := run[len(run)-1]; document && utf8.RuneCountInString(last) > 1 {
				_, size := utf8.DecodeRuneInString(last)
				singles = append(singles, last[size:])
			}
		} else {
			out = append(out, cut(rest[:end], maxWordRunes))
		}
		rest = rest[end:]
	}
	out = append(out, singles...)
	return out[:min(len(out), limit)]
}

// pairs cuts a run without word breaks; one alone stays.
func pairs(run string) []string {
	runes := []rune(run)
	if len(runes) == 1 {
		return []string{run}
	}
	out := make([]string, 0, len(runes))
	for i := range len(runes) - 1 {
		out = append(out, string(runes[i:i+2]))
	}
	return out
}

func isWordRune(r rune) bool {
	return r < utf8.RuneSelf && (r >= 'a' && r <= 'z' || r >= '0' && r <= '9') ||
		r >= utf8.RuneSelf && (unicode.IsLetter(r) || unicode.IsNumber(r) || unicode.IsMark(r))
}

func isCJK(r rune) bool {
	const longVowel = 'ー' // of no script by itself
	return r == longVowel || r >= 0x1100 && unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul, unicode.Bopomofo)
}

// fold makes what people take for the same letters equal: case, accents,
// widths, ligatures.
func fold(s string) string {
	if isPlain(s) {
		return strings.ToLower(s)
	}
	s = norm.NFKD.String(strings.ToValidUTF8(s, " "))
	// Caser keeps state, so each call has its own.
	s = cases.Fold().String(s)
	var b strings.Builder
	b.Grow(len(s))
	for _, r := range s {
		if isAccent(r) {
			continue
		}
		if plain := plainer(r); plain != "" {
			b.WriteString(plain)
		} else {
			b.WriteRune(r)
		}
	}
	return norm.NFC.String(b.String())
}

func isPlain(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// plainer spells letters that Unicode does not take apart but keyboards of
// others lack; "" for all others.
func plainer(r rune) string {
	switch r {
	case 'ø':
		return "o"
	case 'æ':
		return "ae"
	case 'œ':
		return "oe"
	case 'ł':
		return "l"
	case 'đ', 'ð':
		return "d"
	case 'þ':
		return "th"
	case 'ħ':
		return "h"
	case 'ı':
		return "i"
	case 'ŧ':
		return "t"
	case 'ŋ':
		return "n"
	}
	return ""
}

// isAccent tells marks that are left out in writing: accents of European
// scripts, Hebrew points, Arabic vowel signs. Others (Indic vowels, Japanese
// voicing) make a different word and stay.
func isAccent(r rune) bool {
	switch {
	case r < 0x300:
		return r == 0xAD // soft hyphen
	case r <= 0x36F, r >= 0x1AB0 && r <= 0x1AFF, r >= 0x1DC0 && r <= 0x1DFF,
		r >= 0x20D0 && r <= 0x20FF, r >= 0xFE20 && r <= 0xFE2F:
		return true
	case r >= 0x591 && r <= 0x5C7, r >= 0x610 && r <= 0x61A, r >= 0x64B && r <= 0x65F, r == 0x670, r == 0x640:
		return r != 0x5BE && r != 0x5C0 && r != 0x5C3 // Hebrew punctuation
	case r >= 0x200B && r <= 0x200F, r >= 0x202A && r <= 0x202E, r >= 0x2060 && r <= 0x2069, r == 0xFEFF:
		return true // invisible
	}
	return false
}
