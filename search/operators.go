package search

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Op is one operator of a query.
type Op struct {
	Key   string // "author", "group", "in", "before", "after", "has", "kind", "tag"
	Value string // never empty
	Not   bool   // -key:value
}

var operatorKeys = []string{"author", "group", "in", "before", "after", "has", "kind", "tag"}

// Parse takes operators out of what a person typed: author:anna, author:"Anna B",
// -kind:message. All else, quoted text and unknown keys too, stays in words as it is.
// Beyond 400 runes, and 32 operators, all is cut.
func Parse(text string) (words string, ops []Op) {
	text = cut(strings.ToValidUTF8(text, " "), maxQueryRunes)
	var out strings.Builder
	for text != "" {
		r, size := utf8.DecodeRuneInString(text)
		if isQuote(r) {
			n := quotedLen(text[size:])
			out.WriteString(text[:size+n])
			text = text[size+n:]
			continue
		}
		if unicode.IsSpace(r) {
			out.WriteString(text[:size])
			text = text[size:]
			continue
		}
		if op, rest, ok := operator(text); ok {
			if len(ops) < maxQueryWords {
				ops = append(ops, op)
			}
			text = strings.TrimLeftFunc(rest, unicode.IsSpace)
			continue
		}
		n := strings.IndexFunc(text, func(r rune) bool { return unicode.IsSpace(r) || isQuote(r) })
		if n < 0 {
			n = len(text)
		}
		out.WriteString(text[:n])
		text = text[n:]
	}
	return strings.TrimSpace(out.String()), ops
}

// quotedLen is how much of a text is quoted, the closing mark included.
func quotedLen(text string) int {
	end := strings.IndexFunc(text, isQuote)
	if end < 0 {
		return len(text)
	}
	_, size := utf8.DecodeRuneInString(text[end:])
	return end + size
}

// operator reads one at the beginning of a text.
func operator(text string) (op Op, rest string, ok bool) {
	rest = strings.TrimLeft(text, "-")
	op.Not = len(rest) < len(text)
	key, rest, ok := strings.Cut(rest, ":")
	if !ok || rest == "" {
		return op, "", false
	}
	if op.Key = strings.ToLower(key); !contains(operatorKeys, op.Key) {
		return op, "", false
	}
	if r, size := utf8.DecodeRuneInString(rest); isQuote(r) {
		n := quotedLen(rest[size:])
		op.Value = strings.TrimFunc(rest[size:size+n], func(r rune) bool { return isQuote(r) || unicode.IsSpace(r) })
		return op, rest[size+n:], op.Value != ""
	}
	n := strings.IndexFunc(rest, func(r rune) bool { return unicode.IsSpace(r) || isQuote(r) })
	if n < 0 {
		n = len(rest)
	}
	op.Value = rest[:n]
	return op, rest[n:], op.Value != ""
}
