package search

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// Marked terms stand beside the words in an SQL engine's index. The mark is of no script, so
// that no word of a text is one, and holds for both engines as a letter.
const (
	termMark     = "\ue000"
	termAudience = termMark + "a"
	termBoard    = termMark + "b"
	termSign     = termMark + "c" // an ideograph that stands in the text
	termFile     = termMark + "f"
	termGroup    = termMark + "g"
	termKind     = termMark + "k"
	termTag      = termMark + "l"
	termAuthor   = termMark + "o"
	termTitle    = termMark + "w" // a word of the title
	termBegin    = termMark + "p" // how a word of the title begins
	termRoom     = termMark + "r"
	termRoot     = termMark + "s" // what forms of a word have in common
	termHeadRoot = termMark + "z" // the same, of a title's
	termTopic    = termMark + "t"
	termVoice    = termMark + "v"
	termBlock    = termMark + "x"
)

const (
	maxHeadWords  = 1000    // of a title, and of files' names
	maxTextBytes  = 300_000 // of a document's words: a tsvector holds a megabyte
	longestBegin  = 5       // letters of a title's word by which it is found
	shortestBegin = 2
)

// fields are a document's words, folded, with a space between.
type fields struct {
	title, body, files string
	terms              string
}

func (d Doc) fields() fields {
	title := words(d.Title, maxHeadWords, true)
	files := words(d.Files, maxHeadWords, true)
	body := within(words(d.Text, maxDocWords, true), maxTextBytes)
	return fields{strings.Join(title, " "), strings.Join(body, " "), strings.Join(files, " "), d.marked(title, body, files)}
}

// within keeps as many words as so many bytes hold.
func within(words []string, bytes int) []string {
	for i, w := range words {
		if bytes -= len(w) + 1; bytes < 0 {
			return words[:i]
		}
	}
	return words
}

// marked are all terms ones of a document.
func (d Doc) marked(title, body, files []string) string {
	var b strings.Builder
	put := func(kind, value string) {
		if b.Len() > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(kind)
		b.WriteString(value)
	}
	number := func(kind string, n int64) {
		if n != 0 {
			put(kind, termNumber(n))
		}
	}
	put(termAudience, termOf(d.Audience))
	put(termKind, d.Kind)
	number(termGroup, d.Group)
	number(termBoard, d.Board)
	number(termTopic, d.Topic)
	number(termRoom, d.Room)
	number(termAuthor, d.Author)
	number(termVoice, d.Voice)
	for _, t := range d.Tags {
		number(termTag, t)
	}
	if d.Files != "" {
		put(termFile, "")
	}
	l := languageOf(d.Lang, append(body[:len(body):len(body)], title...))
	seen := map[string]bool{}
	addRoots := func(kind string, list []string) {
		for _, w := range list {
			if seen[w] || l.stops[w] {
				continue
			}
			seen[w] = true
			// The root that is a word itself is found as that.
			if r := l.root(w); r != "" && !seen[kind+r] && (kind == termHeadRoot || r != w) {
				seen[kind+r] = true
				put(kind, r)
			}
		}
	}
	for _, list := range [][]string{title, body, files} {
		addRoots(termRoot, list)
		for _, w := range list {
			if r := firstRune(w); isCJK(r) && !seen[termSign+string(r)] {
				seen[termSign+string(r)] = true
				put(termSign, string(r))
			}
		}
	}
	clear(seen)
	addRoots(termHeadRoot, title)
	for _, w := range title {
		if seen[termTitle+w] {
			continue
		}
		seen[termTitle+w] = true
		put(termTitle, w)
		for n := range longestBegin + 1 {
			begin := cut2(w, n)
			if n > 0 && (n >= shortestBegin || isCJK(firstRune(w))) && begin != "" && !seen[termBegin+begin] {
				seen[termBegin+begin] = true
				put(termBegin, begin)
			}
		}
	}
	return b.String()
}

// cut2 is the first n runes, "" when there are fewer.
func cut2(s string, n int) string {
	if utf8.RuneCountInString(s) < n {
		return ""
	}
	for i := range s {
		if n == 0 {
			return s[:i]
		}
		n--
	}
	return s
}

// termNumber writes a number with letters and digits only.
func termNumber(n int64) string {
	if n < 0 {
		return "n" + strconv.FormatUint(uint64(-n), 10)
	}
	return strconv.FormatInt(n, 10)
}

// termOf writes an audience's term, whose form is checked.
func termOf(audience string) string { return strings.Replace(audience, ":", "", 1) }
