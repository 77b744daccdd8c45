package mail

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"regexp"
	"strings"
	"time"
)

// Mailbox reads the mails of an mbox file one after the other, whatever its size: mboxo, mboxrd (RFC 4155 names them) and what
// Mailman's pipermail keeps. At most one mail is held in memory, and of one that is too big nothing.
type Mailbox struct {
	r     *bufio.Reader
	line  string // the "From " line of the next mail
	begun bool
	end   error
}

// NewMailbox reads from r.
func NewMailbox(r io.Reader) *Mailbox { return &Mailbox{r: bufio.NewReaderSize(r, 64<<10)} }

// Boxed is a mail of a mailbox, and when its "From " line says that it came; the zero time: it does not.
type Boxed struct {
	Raw []byte
	At  time.Time
}

var (
	fromLine   = regexp.MustCompile(`^From \S.*\d{1,2}:\d{2}(?::\d{2})?.*\b\d{4}\b`)
	fromTime   = regexp.MustCompile(`[A-Z][a-z]{2}\s+[A-Z][a-z]{2}\s+\d{1,2}\s+\d{1,2}:\d{2}(?::\d{2})?.*\b\d{4}\b`)
	headerLine = regexp.MustCompile(`^>?[!-9;-~]+[ \t]*:`)
	quotedFrom = regexp.MustCompile(`^>+From `)
)

// Next gives the next mail; ErrTooBig: it was passed over, and there may be more; io.EOF: that was all.
func (m *Mailbox) Next() (Boxed, error) {
	if m.end != nil {
		return Boxed{}, m.end
	}
	var raw bytes.Buffer
	inside, big, blank, whole := m.begun, false, true, true
	for {
		chunk, err := m.r.ReadSlice('\n')
		if err != nil && !errors.Is(err, bufio.ErrBufferFull) {
			m.end = err
		}
		if bytes.HasPrefix(chunk, []byte("From ")) {
			chunk = bytes.Clone(chunk) // the look at the next line may move it
		}
		if whole && m.begins(chunk, blank) {
			line := m.line
			m.line, m.begun = string(chunk), true
			if inside {
				return boxed(&raw, line, big)
			}
			inside = true
			continue
		}
		if whole && quotedFrom.Match(chunk) {
			chunk = chunk[1:]
		}
		blank = whole && len(bytes.TrimRight(chunk, "\r\n")) == 0
		whole = err == nil
		inside = inside || !blank
		if big = big || raw.Len()+len(chunk) > maxRaw; big {
			raw.Reset()
		} else if inside {
			raw.Write(chunk)
		}
		if m.end != nil {
			if !inside {
				return Boxed{}, m.end
			}
			out, err := boxed(&raw, m.line, big)
			if !errors.Is(m.end, io.EOF) && err == nil { // it breaks off: what was read of the mail is not all of it
				err = m.end
			}
			return out, err
		}
	}
}

// begins tells whether a line begins a mail. Old archives hold "From " at the beginning of lines of text unquoted, and forget the
// blank line between mails: so it has to have a time, or stand after a blank line, and a header has to follow.
func (m *Mailbox) begins(line []byte, blank bool) bool {
	if !bytes.HasPrefix(line, []byte("From ")) || len(line) > 1000 || !fromLine.Match(line) && !blank {
		return false
	}
	next, _ := m.r.Peek(200)
	return headerLine.Match(next)
}

// boxed is a mail without the blank line that ends it in the box.
func boxed(raw *bytes.Buffer, line string, big bool) (Boxed, error) {
	b := Boxed{At: timeOfLine(line)}
	if big {
		return b, ErrTooBig
	}
	b.Raw = raw.Bytes()
	for _, end := range []string{"\n\r\n", "\n\n"} {
		if bytes.HasSuffix(b.Raw, []byte(end)) {
			b.Raw = b.Raw[:len(b.Raw)-len(end)+1]
			break
		}
	}
	return b, nil
}

// timeOfLine reads the time of a "From " line, which is in no zone that it tells.
func timeOfLine(line string) time.Time {
	words := strings.Fields(fromTime.FindString(line))
	if len(words) < 5 {
		return time.Time{}
	}
	clock, year := words[3], words[len(words)-1]
	if strings.Count(clock, ":") == 1 {
		clock += ":00"
	}
	at, err := time.Parse("Jan 2 15:04:05 2006", strings.Join([]string{words[1], words[2], clock, year}, " "))
	if err != nil {
		return time.Time{}
	}
	return at
}

// boxWriter writes a mail into an mbox as mboxrd: each line that looks like a "From " line, quoted or not, is quoted once more.
type boxWriter struct {
	w     io.Writer
	start []byte // of a line, that may be one
}

// Write takes a part of the mail, of any length.
func (b *boxWriter) Write(p []byte) (int, error) {
	for rest := p; len(rest) > 0; {
		line, after, ended := bytes.Cut(rest, []byte("\n"))
		b.start = append(b.start, line...)
		if rest = after; !ended {
			break
		}
		if err := b.flush("\n"); err != nil {
			return 0, err
		}
	}
	return len(p), nil
}

func (b *boxWriter) flush(end string) error {
	quote := ""
	if bytes.HasPrefix(bytes.TrimLeft(b.start, ">"), []byte("From ")) {
		quote = ">"
	}
	_, err := io.WriteString(b.w, quote+string(b.start)+end)
	b.start = b.start[:0]
	return err
}
