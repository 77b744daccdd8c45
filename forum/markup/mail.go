package markup

import (
	"regexp"
	"strings"
)

// Marker is the line our own mails carry above the text; what a reply has below it is not new.
const Marker = "–– reply above this line ––"

// Incoming is a mail's text split in what its author wrote and what the mail program added.
type Incoming struct {
	Text    string // Markdown
	Trimmed string // quoted mails and signatures, to be shown folded; never thrown away
}

// Mail splits a received mail. plain is its text/plain part, already unfolded by FromFlowed where it was flowed; html
// its text/html part, used only when there is no plain text. Every word of the part used is in Text or Trimmed.
func Mail(plain, html string) Incoming {
	if strings.TrimSpace(plain) != "" {
		return trim(plain)
	}
	own, quoted := fromHTML(html)
	in := trim(own)
	if quoted = strings.TrimSpace(quoted); quoted != "" {
		in.Trimmed = strings.TrimSpace(in.Trimmed + "\n\n" + quoted)
	}
	return in
}

// FromFlowed undoes format=flowed (RFC 3676): soft line ends are joined, space-stuffing removed, quote marks made
// regular. delsp is the DelSp parameter.
func FromFlowed(text string, delsp bool) string {
	var out []string
	open, before := false, 0 // the last line of out waits for more, of this quote depth
	for line := range strings.SplitSeq(unixLines(text), "\n") {
		words := strings.TrimLeft(line, ">")
		depth := len(line) - len(words)
		words = strings.TrimPrefix(words, " ")
		soft := strings.HasSuffix(words, " ") && words != "-- "
		if soft && delsp {
			words = words[:len(words)-1]
		}
		if open && depth == before && words != "-- " {
			out[len(out)-1] += words
		} else {
			mark := strings.Repeat(">", depth)
			if depth > 0 && words != "" {
				mark += " "
			}
			out = append(out, mark+words)
		}
		open, before = soft, depth
	}
	for i, line := range out {
		if !strings.HasSuffix(line, "-- ") {
			out[i] = strings.TrimRight(line, " ")
		}
	}
	return strings.Join(out, "\n")
}

func unixLines(s string) string {
	s = strings.ToValidUTF8(s, "\uFFFD")
	return strings.NewReplacer("\r\n", "\n", "\r", "\n", "\u2028", "\n", "\u2029", "\n").Replace(s)
}

// letter is a mail cut into lines; gone marks those that are not the author's.
type letter struct {
	lines []string
	gone  []bool
}

// trim splits plain text. Where nothing would be left, everything stays.
func trim(text string) Incoming {
	lines := strings.Split(unixLines(text), "\n")
	l := &letter{lines: lines, gone: make([]bool, len(lines))}
	l.cutAt(l.find(isMarker))
	l.cutAt(l.find(func(i int) bool { return l.isHeaderBlock(i) }))
	l.cutAttributed()
	for l.cutTail() {
		continue
	}
	own, rest := l.parts()
	if strings.TrimSpace(strings.Join(own, "")) == "" {
		own, rest = lines, nil
	}
	return Incoming{Text: tidy(apart(own)), Trimmed: tidy(apart(rest))}
}

// find gives the first line for which f holds, or -1. f gets the index, or through isLine the words.
func (l *letter) find(f any) int {
	for i, line := range l.lines {
		switch f := f.(type) {
		case func(int) bool:
			if f(i) {
				return i
			}
		case func(string) bool:
			if f(line) {
				return i
			}
		}
	}
	return -1
}

// cutAt takes everything from line i away, unless nothing is above it.
func (l *letter) cutAt(i int) {
	if i < 0 || l.blankBefore(i) {
		return
	}
	for ; i < len(l.gone); i++ {
		l.gone[i] = true
	}
}

// blankBefore tells that above line i there are no words of the author: nothing, quotes, or a line naming whom they quote.
func (l *letter) blankBefore(i int) bool {
	for k := 0; k < i; k++ {
		if n := l.attribution(k); n > 0 && k+n <= i {
			k += n - 1
			continue
		}
		if !l.gone[k] && !isBlank(l.lines[k]) && !isQuote(l.lines[k]) {
			return false
		}
	}
	return true
}

func (l *letter) parts() (own, rest []string) {
	for i, line := range l.lines {
		if l.gone[i] {
			rest = append(rest, line)
		} else {
			own = append(own, line)
		}
	}
	return own, rest
}

// longQuote is how many quoted lines above an answer are taken as the whole mail before, not as the words answered.
const longQuote = 8

// cutAttributed deals with "On … wrote:". With only quotes below it goes with them; an unmarked copy of the old mail
// goes too; quotes with answers between them stay; one long quote above the answer goes.
func (l *letter) cutAttributed() {
	for i := 0; i < len(l.lines); i++ {
		n := l.attribution(i)
		if n == 0 || l.gone[i] {
			continue
		}
		quote := l.next(i + n)
		if quote < 0 {
			continue
		}
		if !isQuote(l.lines[quote]) {
			if dated.MatchString(strings.Join(l.lines[i:i+n], " ")) {
				l.cutAt(i)
			}
			continue
		}
		end := l.quoteEnd(quote)
		after := l.next(end)
		switch {
		case after < 0 || l.signatureAt(after):
			l.cut(i, end)
		case end-quote > longQuote && l.blankBefore(i) && !l.quotesAfter(end):
			l.cut(i, end)
		}
		i = end - 1
	}
}

// cut takes lines away whatever is above.
func (l *letter) cut(from, to int) {
	for ; from < to; from++ {
		l.gone[from] = true
	}
}

// next gives the first line from i that is there and not blank, or -1.
func (l *letter) next(i int) int {
	for ; i < len(l.lines); i++ {
		if !l.gone[i] && !isBlank(l.lines[i]) {
			return i
		}
	}
	return -1
}

// quoteEnd gives the line behind a block of quoted lines; blank lines between quotes belong to it.
func (l *letter) quoteEnd(i int) int {
	end := i
	for ; i < len(l.lines) && !l.gone[i] && (isQuote(l.lines[i]) || isBlank(l.lines[i])); i++ {
		if isQuote(l.lines[i]) {
			end = i + 1
		}
	}
	return end
}

func (l *letter) quotesAfter(i int) bool {
	for ; i < len(l.lines); i++ {
		if !l.gone[i] && isQuote(l.lines[i]) {
			return true
		}
	}
	return false
}

// cutTail takes one trailing thing away: a quote with the line that names its author, a signature, a device's greeting.
func (l *letter) cutTail() bool {
	last := len(l.lines) - 1
	for last >= 0 && (l.gone[last] || isBlank(l.lines[last])) {
		last--
	}
	if last < 0 {
		return false
	}
	if device.MatchString(strings.TrimSpace(l.lines[last])) {
		l.cut(last, last+1)
		return true
	}
	if isQuote(l.lines[last]) {
		from := last
		for from > 0 && !l.gone[from-1] && (isQuote(l.lines[from-1]) || isBlank(l.lines[from-1])) {
			from--
		}
		for back := 1; back <= 3 && from-back >= 0; back++ {
			if l.attribution(from-back) == back {
				from -= back
				break
			}
		}
		l.cut(from, last+1)
		return true
	}
	for i := last; i >= 0 && last-i <= 20; i-- {
		if !l.gone[i] && l.signatureAt(i) && l.next(0) < i {
			l.cut(i, last+1)
			return true
		}
	}
	return false
}

// signatureAt tells the line before a signature ("-- "), or one that a device adds.
func (l *letter) signatureAt(i int) bool {
	line := strings.TrimRight(l.lines[i], " \u00A0")
	return line == "--" || line == "—" || device.MatchString(strings.TrimSpace(line))
}

func isBlank(s string) bool { return strings.TrimSpace(s) == "" }

func isQuote(s string) bool { return strings.HasPrefix(strings.TrimLeft(s, " "), ">") }

func isMarker(s string) bool { return marker.MatchString(s) }

// depth counts the quote marks of a line.
func depth(s string) int {
	n := 0
	for _, r := range s {
		if r == '>' {
			n++
		} else if r != ' ' {
			break
		}
	}
	return n
}

// apart puts an empty line where a quote ends or gets shallower; Markdown would take the answer into the quote.
func apart(lines []string) []string {
	var out []string
	for i, line := range lines {
		if i > 0 && depth(lines[i-1]) > depth(line) && !isBlank(line) && strings.Trim(line, "> ") != "" && strings.Trim(lines[i-1], "> ") != "" {
			out = append(out, strings.Repeat(">", depth(line)))
		}
		out = append(out, line)
	}
	return out
}

var manyBlank = regexp.MustCompile(`\n{3,}`)

// tidy joins lines without blank ones at the ends and never more than one between.
func tidy(lines []string) string {
	for i, line := range lines {
		lines[i] = strings.TrimRight(line, " \t\u00A0")
	}
	return strings.Trim(manyBlank.ReplaceAllString(strings.Join(lines, "\n"), "\n\n"), "\n")
}
