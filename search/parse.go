package search

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Bounds of queries and words.
const (
	maxQueryRunes = 400
	maxQueryWords = 32
	maxWordRunes  = 64
	maxDocWords   = 16_000 // tsvector counts positions up to 16,383
)

// clause is one condition: words next to each other, in this order.
type clause struct {
	words  []string // letters, digits and marks only, folded; never empty
	prefix bool     // the last word may go on
	not    bool
	quoted bool // exactly so: no other forms, nor names
}

// parsed is a query's text, safe for any engine.
type parsed struct {
	want []clause // all of them; the any-word answer: one of them
	not  []clause // none of them
}

// parse reads what a person typed: words, "phrases", -words, -"phrases". A
// quote left open closes at the end. Nothing is an error.
func parse(text string) parsed {
	text = cut(strings.ToValidUTF8(text, " "), maxQueryRunes)
	var p parsed
	left := maxQueryWords
	last := -1 // the last plain word, which may be unfinished
	for text != "" && left > 0 {
		var raw string
		var quoted, not bool
		raw, quoted, not, text = nextClause(text)
		c := clause{words: words(raw, left, false), not: not, quoted: quoted}
		left -= len(c.words)
		switch {
		case len(c.words) == 0:
		case not:
			p.not = append(p.not, c)
		default:
			if !quoted {
				last = len(p.want)
			}
			p.want = append(p.want, c)
		}
		if quoted {
			last = -1
		}
	}
	for i := range p.want {
		c := &p.want[i]
		word := c.words[len(c.words)-1]
		// One ideograph is a word to look for within others; one letter would
		// match nearly everything.
		single := utf8.RuneCountInString(word) == 1
		lone := len(c.words) == 1 && isCJK(firstRune(word))
		c.prefix = (single && lone) || (i == last && !single && !isCJK(firstRune(word)))
	}
	return p
}

// Words are the words of a text that a search is for, each alone; those in quotes are not among them.
func Words(text string) (out []string) {
	for _, c := range parse(text).want {
		if !c.quoted {
			out = append(out, strings.Join(c.words, " "))
		}
	}
	return out
}

// nextClause splits off one word or quoted text; text is not empty.
func nextClause(text string) (raw string, quoted, not bool, rest string) {
	text = strings.TrimLeftFunc(text, unicode.IsSpace)
	for strings.HasPrefix(text, "-") {
		not, text = true, text[1:]
	}
	r, size := utf8.DecodeRuneInString(text)
	if isQuote(r) {
		text = text[size:]
		end := strings.IndexFunc(text, isQuote)
		if end < 0 {
			return text, true, not, ""
		}
		_, size = utf8.DecodeRuneInString(text[end:])
		return text[:end], true, not, text[end+size:]
	}
	end := strings.IndexFunc(text, func(r rune) bool { return unicode.IsSpace(r) || isQuote(r) })
	if end < 0 {
		end = len(text)
	}
	return text[:end], false, not, text[end:]
}

func isQuote(r rune) bool {
	switch r {
	case '"', '“', '”', '„', '‟', '«', '»', '＂', '「', '」':
		return true
	}
	return false
}
