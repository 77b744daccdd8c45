package mail

import (
	"bytes"
	"net/textproto"
	"net/url"
	"strings"

	"github.com/jhillyerd/enmime/v2/mediatype"
)

// Own code takes a mail apart, in one pass over its lines: what readers within readers make of parts that are never closed costs
// twice as much with each level. Of others is only how a Content-Type that breaks the rules is understood.

// part is one part of a mail, or the mail itself.
type part struct {
	Header                                      textproto.MIMEHeader // unfolded, not decoded
	ContentType, Disposition, FileName, Charset string               // in lower case, the first two; ContentType is "" where nothing is said
	ContentID                                   string
	Content                                     []byte // as it came; nil of what has parts
	Parts                                       []*part
}

// Limits of the structure. What goes beyond them is refused.
const (
	maxParts      = 100
	maxNesting    = 10
	maxHeader     = 128 << 10 // of the mail: long ways with their seals, and hundreds of recipients
	maxPartHeader = 32 << 10
	maxHeaders    = 128 << 10 // of all parts
	maxFields     = 500       // of one header
	maxField      = 8 << 10   // of what is read of a field, but of To and Cc; a longer From is refused
	maxParams     = 4 << 10   // of a field with parameters: what others make of those costs the square of it
	maxBoundary   = 1000
)

// splitter goes through a mail line by line.
type splitter struct {
	rest       []byte
	boundaries []string // of the multiparts that are open, the outermost first
	parts      int
	headers    int // bytes, of the parts

	// The boundary that ended what was read last: of which multipart, and whether it was its last; of is -1 at the end of the mail.
	of    int
	final bool
}

// split takes a mail apart.
func split(raw []byte) (*part, error) {
	if len(raw) > maxRaw {
		return nil, ErrTooBig
	}
	s := &splitter{rest: raw}
	root, err := s.part()
	if err == nil && root == nil {
		err = ErrUnreadable
	}
	return root, err
}

// part reads one part and those in it; nil: its header cannot be read, and it was passed over.
func (s *splitter) part() (*part, error) {
	depth := len(s.boundaries) + 1
	if s.parts++; s.parts > maxParts || depth > maxNesting {
		return nil, ErrTooBig
	}
	block, more := s.head()
	if depth > 1 {
		s.headers += len(block)
	}
	if costly(block, depth == 1) || s.headers > maxHeaders {
		return nil, ErrTooBig
	}
	p := &part{Header: unfolded(block)}
	boundary, err := p.describe(depth == 1)
	if err != nil {
		return nil, err
	}
	if boundary == "" {
		p.Content = []byte{}
		if more {
			p.Content = s.until()
		}
	} else if err := s.inside(p, boundary, more); err != nil {
		return nil, err
	}
	if p.Header == nil {
		return nil, nil
	}
	return p, nil
}

// inside reads the parts of a multipart. What stands before the first and behind the last is nobody's.
func (s *splitter) inside(p *part, boundary string, more bool) error {
	own := len(s.boundaries)
	s.boundaries = append(s.boundaries, boundary)
	if more {
		s.until()
	}
	for s.of == own && !s.final {
		child, err := s.part()
		if err != nil {
			return err
		}
		if child != nil {
			p.Parts = append(p.Parts, child)
		}
	}
	s.boundaries = s.boundaries[:own]
	if s.of == own {
		s.until()
	}
	return nil
}

// head gives a header as it came; more: something may follow it.
func (s *splitter) head() (block []byte, more bool) {
	from := s.rest
	for len(s.rest) > 0 {
		line := s.line()
		block = from[:len(from)-len(s.rest)-len(line)]
		if s.isBoundary(line) {
			return block, false
		}
		if len(bytes.TrimRight(line, "\r\n")) == 0 {
			return block, true
		}
	}
	s.of = -1
	return from, false
}

// headOf gives the header of a mail as it came.
func headOf(raw []byte) []byte {
	block, _ := (&splitter{rest: raw}).head()
	return block
}

// until gives what stands before the next boundary of an open multipart, without the line's end that belongs to that.
func (s *splitter) until() []byte {
	from := s.rest
	for len(s.rest) > 0 {
		line := s.line()
		if s.isBoundary(line) {
			content := from[:len(from)-len(s.rest)-len(line)]
			return bytes.TrimSuffix(bytes.TrimSuffix(content, []byte("\n")), []byte("\r"))
		}
	}
	s.of = -1
	return from
}

// line takes the next line off, with its end.
func (s *splitter) line() []byte {
	n := bytes.IndexByte(s.rest, '\n') + 1
	if n == 0 {
		n = len(s.rest)
	}
	line := s.rest[:n]
	s.rest = s.rest[n:]
	return line
}

// isBoundary tells a line that ends a part, and notes of which multipart: where it could be of several, of the outermost.
func (s *splitter) isBoundary(line []byte) bool {
	if len(line) < 2 || line[0] != '-' || line[1] != '-' {
		return false
	}
	for i, b := range s.boundaries {
		after, ok := bytes.CutPrefix(line[2:], []byte(b))
		final := bytes.HasPrefix(after, []byte("--"))
		if ok && (final || len(after) == 0 || strings.IndexByte(" \t\r\n\v\f", after[0]) >= 0) {
			s.of, s.final = i, final
			return true
		}
	}
	return false
}

// costly tells headers that would cost more than one is worth to whoever reads them.
func costly(block []byte, whole bool) bool {
	most := maxPartHeader
	if whole {
		most = maxHeader
	}
	if len(block) > most {
		return true
	}
	fields := 0
	for line := range bytes.Lines(block) {
		if line[0] != ' ' && line[0] != '\t' {
			fields++
		}
	}
	return fields > maxFields
}

// unfolded reads a header. A line that is no field goes on with the one before it; nil: it begins so.
func unfolded(block []byte) textproto.MIMEHeader {
	h := textproto.MIMEHeader{}
	var name string
	var value []byte
	put := func() {
		if name != "" {
			h[name] = append(h[name], string(bytes.TrimLeft(value, " \t")))
		}
	}
	for line := range bytes.Lines(block) {
		line = bytes.TrimSuffix(bytes.TrimSuffix(line, []byte("\n")), []byte("\r"))
		key, after, is := bytes.Cut(line, []byte(":"))
		key = bytes.TrimSuffix(key, []byte(" "))
		switch {
		case len(line) > 0 && (line[0] == ' ' || line[0] == '\t') || !is:
			if name == "" {
				return nil
			}
			value = append(append(value, ' '), bytes.Trim(line, " \t")...)
		case isName(key):
			put()
			name, value = textproto.CanonicalMIMEHeaderKey(string(key)), bytes.Trim(after, " \t")
			value = value[:len(value):len(value)]
		}
	}
	put()
	return h
}

// isName tells what can be the name of a field (RFC 5322, 2.2); some programs put spaces into it.
func isName(key []byte) bool {
	for _, c := range key {
		if c < ' ' || c > '~' {
			return false
		}
	}
	return len(key) > 0
}

// describe takes over what the header says of the part, and gives the boundary of its parts, "" where it can have none.
func (p *part) describe(whole bool) (boundary string, err error) {
	said := p.Header.Get("Content-Type")
	if said == "" && whole {
		said = "text/plain"
	}
	where := p.Header.Get("Content-Disposition")
	if len(said) > maxParams || len(where) > maxParams {
		return "", ErrTooBig
	}
	var params map[string]string
	if said != "" {
		if p.ContentType, params, _, err = mediatype.Parse(said); err != nil {
			p.Header = nil
			return "", nil
		}
	}
	var named map[string]string
	if p.Disposition, named, _, err = mediatype.Parse(where); err != nil {
		p.Disposition, named = "", nil
	}
	for _, name := range []string{named["filename"], params["name"], params["file"]} {
		if p.FileName == "" {
			p.FileName = decode(name)
		}
	}
	p.Charset = params["charset"]
	p.ContentID = contentID(p.Header.Get("Content-Id"))
	if boundary = params["boundary"]; !strings.HasPrefix(p.ContentType, "multipart/") || len(boundary) > maxBoundary {
		boundary = ""
	}
	return boundary, nil
}

// contentID undoes how an id is written (RFC 2392).
func contentID(s string) string {
	s = strings.Trim(s, "<>")
	if plain, err := url.QueryUnescape(s); err == nil {
		return plain
	}
	return s
}
