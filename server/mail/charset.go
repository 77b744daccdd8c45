package mail

import (
	"bytes"
	"encoding/base64"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/htmlindex"
	"golang.org/x/text/encoding/ianaindex"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/simplifiedchinese"
)

// spelled are names of charsets that mail programs use and no register lists, or lists as something else.
var spelled = map[string]encoding.Encoding{
	"hz-gb-2312": simplifiedchinese.HZGB2312, "cp932": japanese.ShiftJIS, "cp51932": japanese.EUCJP, "iso-2022-jp-ms": japanese.ISO2022JP, "iso-2022-jp-1": japanese.ISO2022JP,
	"iso-2022-jp-2": japanese.ISO2022JP, "ansi": charmap.Windows1252, "cp-850": charmap.CodePage850, "ibm850": charmap.CodePage850, "cp850": charmap.CodePage850, "cp437": charmap.CodePage437,
	"iso-8859-8-i": charmap.ISO8859_8, "gb2312-80": simplifiedchinese.GBK, "gb_2312": simplifiedchinese.GBK,
}

// charset finds what a name stands for; nil: nothing known, or nothing that has to be decoded.
func charset(name string) encoding.Encoding {
	name = strings.ToLower(strings.Trim(name, " \t\"'"))
	name = strings.TrimPrefix(strings.TrimPrefix(name, "charset="), "x-")
	if e := spelled[name]; e != nil {
		return e
	}
	if e, err := htmlindex.Get(name); err == nil && e != encoding.Replacement {
		return e
	}
	if e, err := ianaindex.MIME.Encoding(name); err == nil {
		return e
	}
	if n, ok := strings.CutPrefix(name, "cp125"); ok { // cp1252
		e, _ := htmlindex.Get("windows-125" + n)
		return e
	}
	return nil
}

// decoded makes UTF-8 of text that says to be in a charset, and is perhaps not.
func decoded(b []byte, label string) string {
	b = bytes.TrimPrefix(b, []byte("\xEF\xBB\xBF"))
	high := bytes.ContainsFunc(b, func(r rune) bool { return r >= utf8.RuneSelf })
	name := strings.ToLower(strings.TrimSpace(label))
	switch {
	case strings.HasSuffix(name, "utf-7"):
		return fromUTF7(string(b))
	case high && utf8.Valid(b) && !manyBytes[strings.TrimPrefix(name, "x-")]: // in no charset of one byte does text look like that
		return string(b)
	case !high && bytes.Contains(b, []byte("\x1b$")) && !strings.Contains(name, "2022"): // nothing else has this escape
		return through(japanese.ISO2022JP, b)
	}
	e := charset(label)
	if e == nil || isUTF8(e) || e == charmap.Windows1252 && !strings.Contains(name, "8859-1") && !strings.Contains(name, "1252") {
		return guessed(b)
	}
	return through(e, b)
}

// manyBytes are the charsets whose text may be valid UTF-8 by chance.
var manyBytes = map[string]bool{"gb2312": true, "gbk": true, "gb18030": true, "big5": true, "shift_jis": true, "sjis": true, "cp932": true, "euc-jp": true, "euc-kr": true, "ks_c_5601-1987": true, "utf-16": true, "utf-16le": true, "utf-16be": true}

func isUTF8(e encoding.Encoding) bool {
	name, err := htmlindex.Name(e)
	return err == nil && name == "utf-8"
}

func through(e encoding.Encoding, b []byte) string {
	out, err := e.NewDecoder().Bytes(b)
	if err != nil {
		return readable(string(b))
	}
	return strings.TrimPrefix(strings.ToValidUTF8(string(out), "\uFFFD"), "\uFEFF")
}

// guessed reads text of which nobody says, or not truly, in what charset it is: UTF-8, else Cyrillic, where most letters are
// beyond ASCII, else Windows-1252.
func guessed(b []byte) string {
	if utf8.Valid(b) {
		return string(b)
	}
	letters, upper, lower := 0, 0, 0 // as Windows-1251 has its cases; KOI8-R has them the other way round
	for _, c := range b {
		switch {
		case c >= 0xE0:
			lower++
		case c >= 0xC0:
			upper++
		case c|0x20 >= 'a' && c|0x20 <= 'z':
			letters++
		}
	}
	switch {
	case upper+lower <= 2*letters || upper+lower < 8:
		return readable(string(b))
	case lower > 2*upper:
		return through(charmap.Windows1251, b)
	case upper > 2*lower:
		return through(charmap.KOI8R, b)
	}
	return readable(string(b))
}

// fromUTF7 undoes UTF-7 (RFC 2152). What it hides is text like any other: it is looked through afterwards.
func fromUTF7(s string) string {
	var out strings.Builder
	out.Grow(len(s))
	for {
		plain, after, is := strings.Cut(s, "+")
		out.WriteString(plain)
		if !is {
			return readable(out.String())
		}
		coded := after[:len(after)-len(strings.TrimLeft(after, alphabet))]
		s = strings.TrimPrefix(after[len(coded):], "-")
		run := after[:len(after)-len(s)]
		units, ok := utf16Of(coded)
		switch {
		case coded == "":
			out.WriteByte('+')
		case !ok:
			out.WriteString("+" + run)
		default:
			out.WriteString(string(utf16.Decode(units)))
		}
	}
}

// utf16Of undoes base64 of UTF-16.
func utf16Of(coded string) ([]uint16, bool) {
	b, err := base64.RawStdEncoding.DecodeString(coded)
	if err != nil || len(b) < 2 {
		return nil, false
	}
	units := make([]uint16, len(b)/2)
	for i := range units {
		units[i] = uint16(b[2*i])<<8 | uint16(b[2*i+1])
	}
	return units, true
}

// unpacked undoes a part's transfer encoding, as far as it can be undone.
func unpacked(b []byte, encoding string) []byte {
	switch strings.ToLower(strings.Trim(encoding, " \t\"';")) {
	case "base64":
		return fromBase64(b)
	case "quoted-printable":
		return fromQuoted(b)
	}
	return b
}

// fromBase64 skips what is no sign of base64, and reads on behind padding in the middle: some programs encode piece by piece.
func fromBase64(b []byte) []byte {
	out := make([]byte, 0, len(b)*3/4)
	bits, held := uint32(0), 0 // signs of a group of four, and how many
	for _, c := range b {
		v := strings.IndexByte(alphabet, c)
		if c == '=' {
			out, held = endGroup(out, bits, held), 0
		}
		if v < 0 {
			continue
		}
		bits, held = bits<<6|uint32(v), held+1
		if held == 4 {
			out, held = append(out, byte(bits>>16), byte(bits>>8), byte(bits)), 0
		}
	}
	return endGroup(out, bits, held)
}

const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"

// endGroup adds what a group that broke off holds.
func endGroup(out []byte, bits uint32, held int) []byte {
	switch held {
	case 2:
		return append(out, byte(bits>>4))
	case 3:
		return append(out, byte(bits>>10), byte(bits>>2))
	}
	return out
}

// fromQuoted undoes quoted-printable; what is none of its escapes stays as it is.
func fromQuoted(b []byte) []byte {
	out := make([]byte, 0, len(b))
	for i := 0; i < len(b); i++ {
		if b[i] != '=' {
			out = append(out, b[i])
			continue
		}
		end := i + 1
		for end < len(b) && (b[end] == ' ' || b[end] == '\t') {
			end++
		}
		switch {
		case end < len(b) && b[end] == '\n':
			i = end
		case end+1 < len(b) && b[end] == '\r' && b[end+1] == '\n':
			i = end + 1
		case i+2 < len(b) && unhex(b[i+1]) >= 0 && unhex(b[i+2]) >= 0:
			out = append(out, byte(unhex(b[i+1])<<4|unhex(b[i+2])))
			i += 2
		case end == len(b): // the last line's end is gone
			i = end
		default:
			out = append(out, '=')
		}
	}
	return out
}

func unhex(c byte) int {
	switch {
	case c >= '0' && c <= '9':
		return int(c - '0')
	case c|0x20 >= 'a' && c|0x20 <= 'f':
		return int(c|0x20-'a') + 10
	}
	return -1
}
