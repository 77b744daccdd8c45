package mail

import (
	"html"
	"strings"

	"github.com/jhillyerd/enmime/v2"

	"peergroups/forum/markup"
)

// segment is a part that is read, in plain text, HTML or both.
type segment struct{ plain, html string }

// body gathers what of a mail is text, in order, and what hangs on it.
type body struct {
	segments []segment
	files    []*enmime.Part
	parts    int
	sealed   bool // something in it is encrypted, or wrapped into its signature
}

// walk gathers one part and its children; false where there are more, or deeper ones, than a mail may have.
func (b *body) walk(p *enmime.Part, depth int) bool {
	if b.parts++; b.parts > maxParts || depth > maxNesting {
		return false
	}
	b.sealed = b.sealed || isSealed(p)
	switch {
	case p.ContentType == "multipart/encrypted":
		b.files = append(b.files, p)
	case p.FirstChild != nil && p.ContentType == "multipart/alternative":
		return b.alternative(p, depth)
	case p.FirstChild != nil:
		for c := p.FirstChild; c != nil; c = c.NextSibling {
			if !b.walk(c, depth+1) {
				return false
			}
		}
	case strings.HasPrefix(p.ContentType, "multipart/"):
	case p.Disposition == "attachment" || p.FileName != "" && p.Disposition != "inline" || !isText(p):
		if !isNotice(p) {
			b.files = append(b.files, p)
		}
	default:
		b.segments = append(b.segments, read(p))
	}
	return true
}

// alternative keeps the same words once: the first plain text and the first HTML among the choices.
func (b *body) alternative(p *enmime.Part, depth int) bool {
	inner := &body{parts: b.parts}
	for c := p.FirstChild; c != nil; c = c.NextSibling {
		if !inner.walk(c, depth+1) {
			return false
		}
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
	b.parts, b.sealed = inner.parts, b.sealed || inner.sealed
	b.segments, b.files = append(b.segments, best), append(b.files, inner.files...)
	return true
}

// isText tells parts that are read. Some programs write types that there are not.
func isText(p *enmime.Part) bool {
	switch p.ContentType {
	case "", "text", "text/plain", "text/html", "text/markdown", "text/x-markdown", "plain/text", "text/flowed":
		return true
	}
	return false
}

func read(p *enmime.Part) segment {
	text := plainly(p)
	if p.ContentType == "text/html" {
		return segment{html: text}
	}
	_, params := mediaType(p.Header.Get("Content-Type"))
	if strings.EqualFold(params["format"], "flowed") {
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
		s := read(b.files[0])
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
