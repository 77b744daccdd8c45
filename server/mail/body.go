package mail

import (
	"html"
	"strings"

	"peergroups/forum/markup"
)

// segment is a part that is read, in plain text, HTML or both.
type segment struct{ plain, html string }

// body gathers what of a mail is text, in order, and what hangs on it.
type body struct {
	segments []segment
	files    []*part
	read     int  // bytes of parts that are text, as they came
	sealed   bool // something in it is encrypted, or wrapped into its signature
}

// walk gathers one part and those in it.
func (b *body) walk(p *part) {
	b.sealed = b.sealed || isSealed(p)
	switch {
	case p.ContentType == "multipart/encrypted":
		b.files = append(b.files, p)
	case len(p.Parts) > 0 && p.ContentType == "multipart/alternative":
		b.alternative(p)
	case len(p.Parts) > 0:
		for _, c := range p.Parts {
			b.walk(c)
		}
	case strings.HasPrefix(p.ContentType, "multipart/"):
	case p.Disposition == "attachment" || p.FileName != "" && p.Disposition != "inline" || !isText(p):
		if !isNotice(p) {
			b.files = append(b.files, p)
		}
	default:
		b.segments = append(b.segments, b.text(p))
	}
}

// alternative keeps the same words once: the first plain text and the first HTML among the choices.
func (b *body) alternative(p *part) {
	inner := &body{read: b.read}
	for _, c := range p.Parts {
		inner.walk(c)
	}
	var best segment
	for _, s := range inner.segments {
		if best.plain == "" {
			best.plain = s.plain
		}
		if best.html == "" {
			best.html = s.html
		}
	}
	b.sealed, b.read = b.sealed || inner.sealed, inner.read
	b.segments, b.files = append(b.segments, best), append(b.files, inner.files...)
}

// isText tells parts that are read. Some programs write types that there are not.
func isText(p *part) bool {
	switch p.ContentType {
	case "", "text", "text/plain", "text/html", "text/markdown", "text/x-markdown", "plain/text", "text/flowed":
		return true
	}
	return false
}

// maxCoded is how much is decoded in search of text: quoted-printable takes three bytes for one.
const maxCoded = 4 * maxText

// What a text is made of costs more than its bytes.
const (
	maxLines = 100_000
	maxTags  = 60_000 // and attributes
)

// tooLong stands for text that is more than a mail may have. Where it is not the text that is taken, it does no harm.
var tooLong = strings.Repeat("-", maxText+1)

// text reads a part that is text.
func (b *body) text(p *part) segment {
	text := tooLong
	if b.read+len(p.Content) <= maxCoded {
		b.read += len(p.Content)
		text = plainly(p)
	}
	if len(text) > maxText || strings.Count(text, "\n") > maxLines || p.ContentType == "text/html" && strings.Count(text, "<")+strings.Count(text, "=") > maxTags {
		text = tooLong
	}
	if p.ContentType == "text/html" {
		return segment{html: text}
	}
	_, params := mediaType(p.Header.Get("Content-Type"))
	if text != tooLong && strings.EqualFold(params["format"], "flowed") {
		text = markup.FromFlowed(text, strings.EqualFold(params["delsp"], "yes"))
	}
	return segment{plain: unsigned(text)}
}

// texts joins the segments: in plain text where all have some, and in HTML. A lone text file in a mail without words
// is its body.
func (b *body) texts() (plain, marked string) {
	filled, allPlain, someHTML := b.segments[:0:0], true, false
	for _, s := range b.segments {
		if strings.TrimSpace(s.plain+s.html) != "" {
			filled = append(filled, s)
			allPlain, someHTML = allPlain && strings.TrimSpace(s.plain) != "", someHTML || s.html != ""
		}
	}
	if len(filled) == 0 && len(b.files) == 1 && isText(b.files[0]) {
		s := b.text(b.files[0])
		b.segments, b.files = []segment{s}, nil
		return s.plain, s.html
	}
	var p, h []string
	for _, s := range filled {
		p = append(p, strings.TrimRight(s.plain, "\r\n"))
		if s.html == "" && someHTML {
			s.html = "<p>" + strings.ReplaceAll(html.EscapeString(s.plain), "\n", "<br>\n") + "</p>"
		}
		h = append(h, s.html)
	}
	if allPlain {
		plain = strings.Join(p, "\n\n")
	}
	if !someHTML {
		return plain, ""
	}
	return plain, strings.Join(h, "\n")
}
