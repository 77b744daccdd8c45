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
	termBlock    = termMark + "x" // PostgreSQL only, see block
	termRow      = termMark + "y" // a row of blocks
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

// marks gathers marked terms, each once.
type marks struct {
	out  strings.Builder
	seen map[string]bool
}

func (m *marks) put(kind, value string) {
	if m.seen[kind+value] {
		return
	}
	m.seen[kind+value] = true
	if m.out.Len() > 0 {
		m.out.WriteByte(' ')
	}
	m.out.WriteString(kind)
	m.out.WriteString(value)
}

func (m *marks) number(kind string, n int64) {
	if n != 0 {
		m.put(kind, termNumber(n))
	}
}

// words puts roots of words, and signs that stand in them. A root that is a word itself is
// found as that.
func (m *marks) words(l *language, kind string, words []string) {
	for _, w := range words {
		if m.seen[kind+" "+w] {
			continue
		}
		m.seen[kind+" "+w] = true
		if r := firstRune(w); isCJK(r) {
			m.put(termSign, string(r))
		}
		if l.stops[w] {
			continue
		}
		if r := l.root(w); r != "" && (kind == termHeadRoot || r != w) {
			m.put(kind, r)
		}
	}
}

// title puts a title's words and how they begin.
func (m *marks) title(words []string) {
	for _, w := range words {
		m.put(termTitle, w)
		least := shortestBegin
		if isCJK(firstRune(w)) {
			least = 1
		}
		for n := least; n <= longestBegin; n++ {
			if begin := firstRunes(w, n); begin != "" {
				m.put(termBegin, begin)
			}
		}
	}
}

// marked are all marked terms of a document.
func (d Doc) marked(title, body, files []string) string {
	m := &marks{seen: make(map[string]bool, 2*len(body))}
	m.put(termAudience, termOf(d.Audience))
	m.put(termKind, d.Kind)
	m.number(termGroup, d.Group)
	m.number(termBoard, d.Board)
	m.number(termTopic, d.Topic)
	m.number(termRoom, d.Room)
	m.number(termAuthor, d.Author)
	m.number(termVoice, d.Voice)
	for _, t := range d.Tags {
		m.number(termTag, t)
	}
	if d.Files != "" {
		m.put(termFile, "")
	}
	l := languageOf(d.Lang, append(body[:len(body):len(body)], title...))
	m.words(l, termRoot, title)
	m.words(l, termRoot, body)
	m.words(l, termRoot, files)
	m.words(l, termHeadRoot, title)
	m.title(title)
	return m.out.String()
}

// firstRunes is the first n runes, "" when there are fewer.
func firstRunes(s string, n int) string {
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
