package mail

import (
	"fmt"
	"strings"
	"testing"
)

// outline writes down a mail's parts: types, sizes of what they hold, and those in them in brackets.
func outline(p *part) string {
	if len(p.Parts) == 0 {
		return fmt.Sprintf("%s=%s", p.ContentType, strings.ReplaceAll(string(p.Content), "\r\n", "|"))
	}
	var inside []string
	for _, c := range p.Parts {
		inside = append(inside, outline(c))
	}
	return p.ContentType + "[" + strings.Join(inside, " ") + "]"
}

// TestSplit takes mails apart at their boundaries, also where those are not what they should be.
func TestSplit(t *testing.T) {
	t.Parallel()
	head := func(boundary string) string {
		return "Content-Type: multipart/mixed; boundary=" + boundary + "\r\n\r\n"
	}
	for raw, want := range map[string]string{
		"A: b\r\n\r\nx\r\n":            "text/plain=x|",
		"A: b\r\n":                     "text/plain=",
		"A: b\r\n\r\n--b\r\n\r\nx\r\n": "text/plain=--b||x|",
		head("b") + "--b\r\n\r\nx":     "multipart/mixed[=x]",
		head("b") + "before\r\n--b\r\n\r\nx\r\n--b\r\n\r\n\r\ny\r\n\r\n--b--\r\nbehind\r\n--b\r\n\r\nz":  "multipart/mixed[=x =|y|]",
		head("b") + "--bb\r\n--b \t\r\n\r\nx\r\n--bc\r\n --b\r\n--b--more":                               "multipart/mixed[=x|--bc| --b]",
		head("b") + "--b\r\n--b\r\n--b--":                                                                "multipart/mixed[= =]",
		head("b") + "--b\r\n" + head("c") + "--c\r\n\r\nx\r\n--b\r\n\r\ny\r\n--c\r\n\r\nz\r\n--b--":      "multipart/mixed[multipart/mixed[=x] =y|--c||z]",
		head("b") + "--b\r\n" + head("c") + "--c\r\n\r\nx\r\n--c--\r\n--c\r\n\r\nno\r\n--b\r\n\r\ny\r\n": "multipart/mixed[multipart/mixed[=x] =y|]",
		head("b") + "--b\r\n" + head("b") + "--b\r\n\r\nx\r\n--b--\r\n":                                  "multipart/mixed[multipart/mixed= =x]",
		head("b") + "--b\r\nContent-Type: text/html\r\n--b\r\n\r\nx":                                     "multipart/mixed[text/html= =x]",
		head("b") + "--b\r\n indented\r\n\r\nx\r\n--b\r\n\r\ny":                                          "multipart/mixed[=y]",
		head("b") + "--b\r\nContent-Type: message/rfc822; boundary=c\r\n\r\n--c\r\n\r\nx\r\n--b--":       "multipart/mixed[message/rfc822=--c||x]",
		"Content-Type: multipart/mixed\r\n\r\n--\r\n\r\nx\r\n----\r\n":                                   "multipart/mixed=--||x|----|",
		"Content-Type: multipart/mixed; boundary=\"a b\"\r\n\r\n--a b\r\n\r\nx\r\n--a b--":               "multipart/mixed[=x]",
		strings.ReplaceAll(head("b")+"--b\r\n\r\nx\r\n--b--\r\n", "\r\n", "\n"):                          "multipart/mixed[=x]",
	} {
		if p, err := split([]byte(raw)); err != nil || outline(p) != want {
			t.Errorf("%q: %v\n got %s\nwant %s", raw, err, outline(p), want)
		}
	}
}

// TestHeaderFields reads fields as they come: folded, with names in any case, and around lines that are none.
func TestHeaderFields(t *testing.T) {
	t.Parallel()
	for block, want := range map[string]string{
		"a-b: c\r\n":                       "map[A-B:[c]]",
		"A: b\r\n c\r\n\td\r\nA:e":         "map[A:[b c d e]]",
		"A : b\r\nA\t: c\r\n":              "map[A:[b]]",
		"A: b\r\n: c\r\n\u00e9: d\r\nE: f": "map[A:[b] E:[f]]",
		"A: b\r\nnot indented\r\nC: d":     "map[A:[b not indented] C:[d]]",
		" a: b\r\nC: d":                    "map[]",
		"nothing\r\nC: d":                  "map[]",
	} {
		if got := fmt.Sprint(unfolded([]byte(block))); got != want {
			t.Errorf("%q: got %s, want %s", block, got, want)
		}
	}
}

// TestFileWithoutType: what says that it is attached is no text of the mail, also where it does not say what it is.
func TestFileWithoutType(t *testing.T) {
	t.Parallel()
	in, err := Parse([]byte("From: a@b.example\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nText.\r\n--b\r\nContent-Disposition: attachment; filename=a.png\r\n\r\nx\r\n--b--\r\n"))
	if err != nil || in.Text != "Text." || len(in.Files) != 1 || in.Files[0].Name != "a.png" {
		t.Errorf("%+v, %v", in, err)
	}
}
