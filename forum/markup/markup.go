// Package markup turns what members write into safe HTML and plain text. It is pure: no
// store, no clock, no network. What belongs here is text in, text out.
package markup

import (
	"bytes"
	"html"
	"regexp"
	"strings"

	"github.com/microcosm-cc/bluemonday"
	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/extension"
	goldhtml "github.com/yuin/goldmark/renderer/html"
)

// Version changes whenever the same source cooks to something else; it is stored with each post.
const Version = 1

// Cooked is member text made ready once, when it is written.
type Cooked struct {
	HTML string // sanitised, to be shown as it is
	Text string // plain, for search, excerpts and the text part of mails
}

var (
	md = goldmark.New(
		goldmark.WithExtensions(extension.GFM, extension.Footnote),
		goldmark.WithRendererOptions(goldhtml.WithHardWraps()), // raw HTML stays off
	)
	policy  = newPolicy()
	strip   = bluemonday.StrictPolicy()
	blocks  = regexp.MustCompile(`</(p|li|h[1-6]|blockquote|pre|tr|div)>|<br ?/?>`)
	newline = regexp.MustCompile(`\n{3,}`)
)

func newPolicy() *bluemonday.Policy {
	p := bluemonday.NewPolicy()
	p.AllowElements("p", "br", "hr", "em", "strong", "del", "code", "pre", "blockquote", "ul", "ol", "li",
		"h1", "h2", "h3", "h4", "h5", "h6", "table", "thead", "tbody", "tr", "th", "td", "sup", "sub")
	p.AllowStandardURLs()
	p.AllowAttrs("href").OnElements("a")
	p.AllowAttrs("start").Matching(bluemonday.Integer).OnElements("ol")
	p.AllowAttrs("align").Matching(regexp.MustCompile(`^(left|right|center)$`)).OnElements("th", "td")
	p.RequireNoFollowOnLinks(true)
	p.AddTargetBlankToFullyQualifiedLinks(false)
	return p
}

// Cook renders CommonMark with tables, task lists and footnotes. It never fails: what is
// not markup is text.
func Cook(source string) Cooked {
	source = Neutral(source)
	var out bytes.Buffer
	if err := md.Convert([]byte(source), &out); err != nil {
		out.Reset()
		out.WriteString("<p>" + html.EscapeString(source) + "</p>")
	}
	safe := policy.Sanitize(out.String())
	text := strip.Sanitize(blocks.ReplaceAllString(safe, "$0\n"))
	text = newline.ReplaceAllString(html.UnescapeString(text), "\n\n")
	return Cooked{HTML: strings.TrimSpace(safe), Text: strings.TrimSpace(text)}
}

// Neutral removes characters that change how other characters are read: controls but for
// line feed and tab, and the bidirectional overrides. Invalid UTF-8 becomes U+FFFD.
func Neutral(s string) string {
	s = strings.ToValidUTF8(strings.ReplaceAll(s, "\r\n", "\n"), "\uFFFD")
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t':
			return r
		case r < 0x20 || r >= 0x7f && r < 0xa0,
			r >= 0x202a && r <= 0x202e, r >= 0x2066 && r <= 0x2069:
			return -1
		}
		return r
	}, s)
}

// Line makes one line of display text of a title or a name.
func Line(s string) string { return strings.Join(strings.Fields(Neutral(s)), " ") }
