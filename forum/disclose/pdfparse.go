package disclose

import (
	"bytes"
	"cmp"
	"encoding/hex"
	"fmt"
	"strconv"
)

// The objects of a PDF (ISO 32000-1, 7.3). Numbers, true, false and null are plain: they stay as they are written.
type (
	plainObject string
	nameObject  string
	textObject  string // a string, decoded
	listObject  []any
	dictObject  map[nameObject]any
	refObject   int // the number of another object
	// streamObject is a dictionary and the bytes as they are stored.
	streamObject struct {
		dict dictObject
		data []byte
	}
)

const null = plainObject("null")

// scanner reads objects from bytes; its first fault stays.
type scanner struct {
	b     []byte
	at    int
	depth int
	left  *int // objects that may still be read, of the whole file; nil for any
	err   error
}

func (s *scanner) fail(why string) any {
	if s.err == nil {
		s.err = fmt.Errorf("%w: PDF: %s", ErrBroken, why)
	}
	s.at = len(s.b)
	return null
}

func (s *scanner) peek() byte {
	if s.at < len(s.b) {
		return s.b[s.at]
	}
	return 0
}

// space passes over white space and comments.
func (s *scanner) space() {
	for s.at < len(s.b) {
		switch c := s.b[s.at]; {
		case c == '%':
			for s.at < len(s.b) && s.b[s.at] != '\n' && s.b[s.at] != '\r' {
				s.at++
			}
		case isSpace(c):
			s.at++
		default:
			return
		}
	}
}

func isSpace(c byte) bool {
	return c == 0 || c == '\t' || c == '\n' || c == '\f' || c == '\r' || c == ' '
}

func isDelimiter(c byte) bool {
	return bytes.IndexByte([]byte("()<>[]{}/%"), c) >= 0
}

// word reads up to white space or a delimiter.
func (s *scanner) word() string {
	s.space()
	from := s.at
	for s.at < len(s.b) && !isSpace(s.b[s.at]) && !isDelimiter(s.b[s.at]) {
		s.at++
	}
	return string(s.b[from:s.at])
}

// natural reads a number of digits only; ok is false, and nothing is read, where there is none.
func (s *scanner) natural() (n int, ok bool) {
	back := s.at
	w := s.word()
	n, err := strconv.Atoi(w)
	if err != nil || n < 0 || len(w) > 10 || w[0] == '+' {
		s.at = back
		return 0, false
	}
	return n, true
}

// is reads a keyword, or nothing.
func (s *scanner) is(keyword string) bool {
	back := s.at
	if s.word() == keyword {
		return true
	}
	s.at = back
	return false
}

// object reads the next one.
func (s *scanner) object() any {
	s.space()
	if s.depth++; s.depth > maxDepth {
		return s.fail("too deep")
	}
	defer func() { s.depth-- }()
	if s.left != nil {
		if *s.left--; *s.left < 0 {
			s.err = cmp.Or(s.err, ErrBomb)
		}
	}
	switch c := s.peek(); {
	case s.at >= len(s.b):
		return s.fail("it ends within an object")
	case c == '/':
		return s.name()
	case c == '(':
		return s.text()
	case c == '[':
		return s.list()
	case c == '<' && s.at+1 < len(s.b) && s.b[s.at+1] == '<':
		return s.dict()
	case c == '<':
		return s.hex()
	case isDelimiter(c):
		return s.fail("an object begins strangely")
	}
	from := s.at
	if n, ok := s.natural(); ok {
		number := s.at
		if _, ok := s.natural(); ok && s.is("R") {
			return refObject(n)
		}
		s.at = number
		return plainObject(s.b[from:number])
	}
	w := s.word()
	if _, err := strconv.ParseFloat(w, 64); err != nil && w != "true" && w != "false" && w != "null" {
		return s.fail("an unknown word")
	}
	return plainObject(w)
}

func (s *scanner) name() nameObject {
	s.at++
	from := s.at
	for s.at < len(s.b) && !isSpace(s.b[s.at]) && !isDelimiter(s.b[s.at]) {
		s.at++
	}
	raw := s.b[from:s.at]
	if bytes.IndexByte(raw, '#') < 0 {
		return nameObject(raw)
	}
	var out []byte
	for i := 0; i < len(raw); i++ {
		if raw[i] == '#' && i+2 < len(raw) {
			if b, err := hex.DecodeString(string(raw[i+1 : i+3])); err == nil {
				out, i = append(out, b[0]), i+2
				continue
			}
		}
		out = append(out, raw[i])
	}
	return nameObject(out)
}

var escapes = map[byte]string{'n': "\n", 'r': "\r", 't': "\t", 'b': "\b", 'f': "\f", '\n': "", '\r': ""}

func (s *scanner) text() any {
	var out []byte
	depth := 0
	for ; s.at < len(s.b); s.at++ {
		c := s.b[s.at]
		switch {
		case c == '\\' && s.at+1 < len(s.b):
			s.at++
			out = s.escaped(out)
			continue
		case c == '(':
			if depth++; depth == 1 {
				continue
			}
		case c == ')':
			if depth--; depth == 0 {
				s.at++
				return textObject(out)
			}
		}
		out = append(out, c)
	}
	return s.fail("a string without end")
}

// escaped reads what stands behind a backslash, up to its last byte.
func (s *scanner) escaped(out []byte) []byte {
	c := s.b[s.at]
	if e, ok := escapes[c]; ok {
		if c == '\r' && s.at+1 < len(s.b) && s.b[s.at+1] == '\n' {
			s.at++
		}
		return append(out, e...)
	}
	if c < '0' || c > '7' {
		return append(out, c)
	}
	n := 0
	for i := 0; ; i++ {
		n = n*8 + int(s.b[s.at]-'0')
		if i == 2 || s.at+1 >= len(s.b) || s.b[s.at+1] < '0' || s.b[s.at+1] > '7' {
			return append(out, byte(n))
		}
		s.at++
	}
}

func (s *scanner) hex() any {
	end := bytes.IndexByte(s.b[s.at:], '>')
	if end < 0 {
		return s.fail("a string without end")
	}
	var digits []byte
	for _, c := range s.b[s.at+1 : s.at+end] {
		if !isSpace(c) {
			digits = append(digits, c)
		}
	}
	s.at += end + 1
	if len(digits)%2 == 1 {
		digits = append(digits, '0')
	}
	out, err := hex.DecodeString(string(digits))
	if err != nil {
		return s.fail("a string of strange digits")
	}
	return textObject(out)
}

func (s *scanner) list() any {
	s.at++
	all := listObject{}
	for s.err == nil {
		if s.space(); s.peek() == ']' {
			s.at++
			return all
		}
		all = append(all, s.object())
	}
	return null
}

func (s *scanner) dict() any {
	s.at += 2
	all := dictObject{}
	for s.err == nil {
		s.space()
		if bytes.HasPrefix(s.b[min(s.at, len(s.b)):], []byte(">>")) {
			s.at += 2
			return all
		}
		if s.peek() != '/' {
			return s.fail("a dictionary with a strange key")
		}
		key := s.name()
		all[key] = s.object()
	}
	return null
}

// written gives an object as it stands in a file; keys are in order, so that the same gives the same.
func written(out []byte, v any) []byte {
	switch v := v.(type) {
	case plainObject:
		return append(out, v...)
	case nameObject:
		out = append(out, '/')
		for i := range len(v) {
			if c := v[i]; c <= ' ' || c > '~' || c == '#' || isDelimiter(c) {
				out = fmt.Appendf(out, "#%02X", c)
			} else {
				out = append(out, c)
			}
		}
		return out
	case textObject:
		return append(hex.AppendEncode(append(out, '<'), []byte(v)), '>')
	case refObject:
		return append(strconv.AppendInt(out, int64(v), 10), " 0 R"...)
	case listObject:
		out = append(out, '[')
		for _, e := range v {
			out = append(written(out, e), ' ')
		}
		return append(out, ']')
	case dictObject:
		out = append(out, "<<"...)
		for _, key := range sortedKeys(v) {
			out = append(written(append(written(out, key), ' '), v[key]), '\n')
		}
		return append(out, ">>"...)
	}
	return append(out, null...)
}
