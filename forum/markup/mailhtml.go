package markup

import (
	"regexp"
	"strings"

	htmltomarkdown "github.com/JohannesKaufmann/html-to-markdown/v2"
	"golang.org/x/net/html"
)

// maxHTML is how much HTML is taken apart as a tree; of more only the words are read.
const maxHTML = 512 << 10

// fromHTML gives the Markdown of an HTML mail, split where its program marked the quoted mail.
func fromHTML(source string) (own, quoted string) {
	source = strings.ToValidUTF8(source, "\uFFFD")
	doc, err := html.Parse(strings.NewReader(source))
	if err != nil || len(source) > maxHTML {
		return words(source), ""
	}
	drop(doc)
	cut := &html.Node{Type: html.ElementNode, Data: "div"}
	for _, n := range quotes(doc) {
		n.Parent.RemoveChild(n)
		cut.AppendChild(n)
	}
	return markdown(doc), markdown(cut)
}

func markdown(n *html.Node) string {
	out, err := htmltomarkdown.ConvertNode(n)
	if err != nil {
		var b strings.Builder
		if html.Render(&b, n) != nil {
			return ""
		}
		return words(b.String())
	}
	return string(out)
}

// drop removes what nobody sees: styles, scripts, comments, hidden preview text.
func drop(doc *html.Node) {
	var gone []*html.Node
	for n := range doc.Descendants() {
		if n.Type == html.CommentNode || n.Type == html.ElementNode && (isUnseen[n.Data] || hidden.MatchString(attr(n, "style"))) {
			gone = append(gone, n)
		}
	}
	for _, n := range gone {
		n.Parent.RemoveChild(n)
	}
}

var (
	isUnseen = map[string]bool{"style": true, "script": true, "title": true, "meta": true, "link": true, "head": true, "template": true}
	hidden   = regexp.MustCompile(`(?i)display\s*:\s*none|mso-hide\s*:\s*all`)
	outlook  = regexp.MustCompile(`(?i)border-top\s*:\s*solid\s+#(?:e1e1e1|b5c4df)\s+1\.0pt`)
)

// quotes lists the elements that hold only the old mail, outermost first: none where the author's own words would be
// none. An element marks itself, or that all from it to the end is old. A marked quote with own words behind it is
// answered in between, so it stays.
func quotes(doc *html.Node) []*html.Node {
	var order []*html.Node
	quoted := map[*html.Node]bool{}
	lastOwn, tail := -1, -1
	for n := range doc.Descendants() {
		if tail < 0 && startsTail(n) {
			tail = len(order)
		}
		quoted[n] = tail >= 0 || quoted[n.Parent] || isQuoteElement(n)
		if n.Type == html.TextNode && !quoted[n] && strings.TrimSpace(n.Data) != "" {
			lastOwn = len(order)
		}
		order = append(order, n)
	}
	if lastOwn < 0 {
		return nil
	}
	var found []*html.Node
	taken := map[*html.Node]bool{}
	for i, n := range order {
		switch {
		case taken[n.Parent]:
			taken[n] = true
		case i > lastOwn && quoted[n]:
			taken[n] = true
			found = append(found, n)
		}
	}
	return found
}

func startsTail(n *html.Node) bool {
	id := attr(n, "id")
	return strings.HasSuffix(id, "appendonsend") || strings.HasSuffix(id, "divRplyFwdMsg") || n.Data == "div" && outlook.MatchString(attr(n, "style"))
}

func isQuoteElement(n *html.Node) bool {
	if n.Type != html.ElementNode {
		return false
	}
	for class := range strings.FieldsSeq(attr(n, "class")) {
		switch class {
		case "gmail_quote", "gmail_quote_container", "gmail_attr", "moz-cite-prefix", "yahoo_quoted", "protonmail_quote", "zmail_extra":
			return true
		}
	}
	return n.Data == "blockquote" && strings.EqualFold(attr(n, "type"), "cite")
}

func attr(n *html.Node, key string) string {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}

// words gives the text of HTML that is not worth a tree, one line per block.
func words(source string) string {
	var b strings.Builder
	z := html.NewTokenizer(strings.NewReader(source))
	unseen := ""
	for {
		switch z.Next() {
		case html.ErrorToken:
			return strings.TrimSpace(b.String())
		case html.TextToken:
			if unseen == "" {
				b.Write(z.Text())
			}
		case html.StartTagToken, html.EndTagToken, html.SelfClosingTagToken:
			t := z.Token()
			switch {
			case t.Type == html.StartTagToken && (t.Data == "style" || t.Data == "script" || t.Data == "title"):
				unseen = t.Data
			case t.Data == unseen:
				unseen = ""
			case t.Data == "p" || t.Data == "br" || t.Data == "div" || t.Data == "tr" || t.Data == "li":
				b.WriteByte('\n')
			}
		}
	}
}
