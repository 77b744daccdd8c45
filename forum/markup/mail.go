package markup

import (
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

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
	own, quoted := fromHTML(html, nil)
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
	var last strings.Builder  // joined in one go: a paragraph may have a hundred thousand lines
	open, before := false, -1 // last waits for more, of this quote depth
	for line := range strings.SplitSeq(unixLines(text), "\n") {
		words := strings.TrimLeft(line, ">")
		depth := len(line) - len(words)
		words = strings.TrimPrefix(words, " ")
		soft := strings.HasSuffix(words, " ") && words != "-- "
		if soft && delsp {
			words = words[:len(words)-1]
		}
		if !open || depth != before || words == "-- " {
			if before >= 0 {
				out = append(out, last.String())
				last.Reset()
			}
			last.WriteString(strings.Repeat(">", depth))
			if depth > 0 && words != "" {
				last.WriteByte(' ')
			}
			if depth == 0 && strings.HasPrefix(words, ">") { // it was stuffed: its writer's own
				last.WriteByte('\\')
			}
		}
		last.WriteString(words)
		open, before = soft, depth
	}
	out = append(out, last.String())
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

// letter is a mail cut into lines. All that looks at many lines is found once, so that the work stays linear.
type letter struct {
	lines      []string
	gone       []bool // not the author's
	attributed []int8 // how many lines from here name whom a quote is from
	own        int    // first line with words of the author: neither quote nor attribution
	looked     int    // how many lines are looked at for who wrote what follows
}

func newLetter(text string) *letter {
	lines := strings.Split(unixLines(text), "\n")
	l := &letter{lines: lines, gone: make([]bool, len(lines)), attributed: make([]int8, len(lines))}
	l.looked = beginning(lines)
	for i := range l.looked {
		l.attributed[i] = l.attribution(i)
	}
	for l.own < len(lines) {
		switch n := int(l.attributed[l.own]); {
		case n > 0:
			l.own += n
		case isBlank(lines[l.own]) || isQuote(lines[l.own]):
			l.own++
		default:
			return l
		}
	}
	return l
}

// Bounds of the work for one mail; what lies beyond them stays in the text.
const (
	maxAttributed = 5_000     // lines looked at for "On … wrote:" and "From: …"
	maxLooked     = 150 << 10 // bytes in them; those of lines that are too long for it not counted
	maxTails      = 12        // trailing quotes, signatures and greetings of devices
)

// beginning counts the lines at the beginning that are looked at one by one: what is behind them is long past what a post may hold.
func beginning(lines []string) int {
	left := maxLooked
	for i, line := range lines[:min(len(lines), maxAttributed)] {
		if len(line) <= 400 {
			left -= len(line)
		}
		if left < 0 {
			return i
		}
	}
	return min(len(lines), maxAttributed)
}

// trim splits plain text. Where nothing would be left, everything stays.
func trim(text string) Incoming {
	l := newLetter(text)
	l.cutFrom(slices.IndexFunc(l.lines, isMarker))
	for i := range l.looked {
		if l.isHeaderBlock(i) {
			if i > 0 && len(l.lines[i-1]) < 400 && sentAt.MatchString(flat(l.lines[i-1])) {
				i--
			}
			l.cutFrom(i)
			break
		}
	}
	l.cutAttributed()
	for n := 0; n < maxTails && l.cutTail(); n++ {
		continue
	}
	own, rest := l.parts()
	if strings.TrimSpace(strings.Join(own, "")) == "" {
		own, rest = l.lines, nil
	}
	return Incoming{Text: tidy(apart(own)), Trimmed: tidy(apart(rest))}
}

// cutFrom takes everything from line i on away, unless the author wrote nothing above it.
func (l *letter) cutFrom(i int) {
	if i > l.own {
		l.cut(i, len(l.lines))
	}
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
	lastQuote := -1
	for i, line := range l.lines {
		if !l.gone[i] && isQuote(line) {
			lastQuote = i
		}
	}
	for i := 0; i < len(l.lines); i++ {
		n := int(l.attributed[i])
		if n == 0 || l.gone[i] {
			continue
		}
		quote := l.next(i + n)
		if quote < 0 || !isQuote(l.lines[quote]) { // what it names is unmarked, or was taken away already
			if timed.MatchString(strings.Join(l.lines[i:i+n], " ")) {
				l.cutFrom(i)
			}
			continue
		}
		end := l.quoteEnd(quote)
		after := l.next(end)
		switch {
		case after < 0 || l.signatureAt(after):
			l.cut(i, end)
		case end-quote > longQuote && i <= l.own && lastQuote < end:
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

// cutTail takes one trailing thing away: a quote with the line that names its author, a signature, a device's greeting.
func (l *letter) cutTail() bool {
	last := len(l.lines) - 1
	for last >= 0 && (l.gone[last] || isBlank(l.lines[last])) {
		last--
	}
	if last < 0 {
		return false
	}
	if isDevice(l.lines[last]) {
		l.cut(last, last+1)
		return true
	}
	if isQuote(l.lines[last]) {
		from := last
		for from > 0 && !l.gone[from-1] && (isQuote(l.lines[from-1]) || isBlank(l.lines[from-1])) {
			from--
		}
		l.cut(from-l.namesAbove(from), last+1)
		return true
	}
	for i := last; i >= 0 && last-i <= 20; i-- {
		if !l.gone[i] && l.signatureAt(i) && l.next(0) < i && (strings.HasPrefix(l.lines[i], "-- ") || isDevice(l.lines[i]) || l.shortFrom(i+1, last)) {
			l.cut(i, last+1)
			return true
		}
	}
	return false
}

// namesAbove counts the lines right above a trailing quote that name whom it is from. In a language not known here one
// line with a date or an address and a colon does.
func (l *letter) namesAbove(from int) int {
	for back := 1; back <= 3 && back <= from; back++ {
		if int(l.attributed[from-back]) == back {
			return back
		}
	}
	if from == 0 {
		return 0
	}
	if line := strings.TrimSpace(l.lines[from-1]); len(line) < 200 && strings.HasSuffix(line, ":") && dated.MatchString(line) {
		return 1
	}
	return 0
}

// signatureAt tells the line before a signature ("-- "), or one that a device adds.
func (l *letter) signatureAt(i int) bool {
	line := strings.TrimRight(l.lines[i], " \u00A0")
	return line == "--" || line == "—" || isDevice(line)
}

// shortFrom tells whether what follows a bare dash reads like a signature: whoever divides a text by one goes on at length.
func (l *letter) shortFrom(i, last int) bool {
	for k := i; k <= last; k++ {
		if utf8.RuneCountInString(l.lines[k]) > 90 {
			return false
		}
	}
	return last-i < 8
}

func isBlank(s string) bool { return strings.TrimSpace(s) == "" }

func isQuote(s string) bool { return strings.HasPrefix(strings.TrimLeft(s, " "), ">") }

func isMarker(s string) bool { return len(s) < 200 && marker.MatchString(s) }

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
