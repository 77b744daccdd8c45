package markup

import (
	"regexp"
	"strings"
	"sync"

	"github.com/JohannesKaufmann/html-to-markdown/v2/converter"
	"github.com/JohannesKaufmann/html-to-markdown/v2/plugin/base"
	"github.com/JohannesKaufmann/html-to-markdown/v2/plugin/commonmark"
	"github.com/JohannesKaufmann/html-to-markdown/v2/plugin/table"
	"golang.org/x/net/html"
)

// maxHTML is how much HTML is taken apart as a tree; of more only the words are read.
const (
	maxHTML = 512 << 10
	maxTags = 60_000 // and attributes
)

// fromHTML gives the Markdown of an HTML mail, split where its program marked the quoted mail. Where show is not nil it gives
// the words that stand for a picture that came within the mail, by its Content-ID.
func fromHTML(source string, show func(id string) string) (own, quoted string) {
	source = strings.ToValidUTF8(source, "\uFFFD")
	if len(source) > maxHTML || strings.Count(source, "<")+strings.Count(source, "=") > maxTags {
		return words(source), ""
	}
	doc, err := html.Parse(strings.NewReader(source))
	if err != nil {
		return words(source), ""
	}
	drop(doc, show)
	tables(doc)
	cut := &html.Node{Type: html.ElementNode, Data: "div"}
	for _, n := range quotes(doc) {
		n.Parent.RemoveChild(n)
		cut.AppendChild(n)
	}
	return markdown(doc), markdown(cut)
}

// converting turns elements into Markdown; built once, safe for concurrent use.
var converting = sync.OnceValue(func() *converter.Converter {
	return converter.NewConverter(converter.WithPlugins(base.NewBasePlugin(), commonmark.NewCommonmarkPlugin(),
		table.NewTablePlugin(table.WithHeaderPromotion(true), table.WithCellPaddingBehavior(table.CellPaddingBehaviorMinimal))))
})

// Stub tells a plain text that only stands in for the HTML beside it, as "your program shows no HTML" does.
func Stub(plain, source string) bool {
	const few, times = 40, 4
	if len(plain) > few*100 || !strings.Contains(source, "<") {
		return false
	}
	all := len(strings.Fields(words(source)))
	return all >= few && len(strings.Fields(plain))*times < all
}

func markdown(n *html.Node) string {
	out, err := converting().ConvertNode(n)
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
func drop(doc *html.Node, show func(id string) string) {
	var gone []*html.Node
	for n := range doc.Descendants() {
		if n.Type == html.CommentNode || n.Type == html.ElementNode && (isUnseen[n.Data] || hidden.MatchString(attr(n, "style"))) {
			gone = append(gone, n)
		}
	}
	for _, n := range gone {
		n.Parent.RemoveChild(n)
	}
	dropImages(doc, show)
	mend(doc)
}

// mend joins the text that what is gone had parted, in one go: the converter joins piece by piece, all before it each time.
func mend(n *html.Node) {
	var first *html.Node
	var all strings.Builder
	done := func() {
		if first != nil && all.Len() > len(first.Data) {
			first.Data = all.String()
		}
		first = nil
		all.Reset()
	}
	for c := n.FirstChild; c != nil; {
		next := c.NextSibling
		switch {
		case c.Type != html.TextNode:
			done()
			mend(c)
		case first == nil:
			first = c
			all.WriteString(c.Data)
		default:
			all.WriteString(c.Data)
			n.RemoveChild(c)
		}
		c = next
	}
	done()
}

// dropImages puts the description in the place of images that came within the mail (a signature's logo), and leaves out
// those made to be fetched, not seen. Others become links when the text is cooked.
func dropImages(doc *html.Node, show func(id string) string) {
	var images []*html.Node
	for n := range doc.Descendants() {
		if n.Type == html.ElementNode && n.Data == "img" {
			images = append(images, n)
		}
	}
	for _, n := range images {
		source, alt := strings.ToLower(strings.TrimSpace(attr(n, "src"))), strings.TrimSpace(attr(n, "alt"))
		if strings.HasPrefix(source, "http") && (alt != "" || !isDot(n)) {
			continue
		}
		if id, ok := contentID(attr(n, "src")); ok && show != nil && !isDot(n) {
			alt = show(id) + alt
		}
		n.Parent.InsertBefore(&html.Node{Type: html.TextNode, Data: alt}, n)
		n.Parent.RemoveChild(n)
	}
}

func isDot(n *html.Node) bool {
	w, h := attr(n, "width"), attr(n, "height")
	return w == "0" || w == "1" || h == "0" || h == "1"
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

// startsTail tells where Outlook in its kinds begins the old mail, which it does not put into an element of its own.
func startsTail(n *html.Node) bool {
	id := attr(n, "id")
	return strings.HasSuffix(id, "appendonsend") || strings.HasSuffix(id, "divRplyFwdMsg") || strings.HasSuffix(id, "ms-outlook-mobile-reference-message") ||
		id == "zwchr" || id == "original-content" || n.Data == "hr" && attr(n, "tabindex") == "-1" || n.Data == "div" && outlook.MatchString(attr(n, "style"))
}

// isQuoteElement tells elements that hold nothing but old mail. Gmail's div.gmail_quote is none: answers in between
// stand in it, beside its blockquotes.
func isQuoteElement(n *html.Node) bool {
	if n.Type != html.ElementNode {
		return false
	}
	block := n.Data == "blockquote"
	if attr(n, "id") == "reply-intro" || n.Data == "div" && attr(n, "name") == "quote" || isSignature(n) { // Roundcube, GMX
		return true
	}
	for class := range strings.FieldsSeq(attr(n, "class")) {
		switch class {
		case "gmail_attr", "moz-cite-prefix", "yahoo_quoted", "protonmail_quote", "tutanota_quote", "zmail_extra", "OutlookMessageHeader":
			return true
		case "gmail_quote":
			if block {
				return true
			}
		}
	}
	return block && strings.EqualFold(attr(n, "type"), "cite")
}

// longSignature is how many bytes are taken as a signature: in some programs one can write on within its element.
const longSignature = 600

var signatures = map[string]bool{"gmail_signature": true, "moz-signature": true, "k9mail-signature": true, "protonmail_signature_block": true, "AppleMailSignature": true,
	"ms-outlook-mobile-signature": true, "Signature": true, "x_Signature": true}

// isSignature tells elements into which programs put signatures.
func isSignature(n *html.Node) bool {
	found := signatures[attr(n, "id")]
	for class := range strings.FieldsSeq(attr(n, "class")) {
		found = found || signatures[class]
	}
	if !found {
		return false
	}
	length := 0
	for c := range n.Descendants() {
		length++
		if c.Type == html.TextNode {
			length += len(strings.TrimSpace(c.Data))
		}
		if length > longSignature {
			return false
		}
	}
	return true
}

func attr(n *html.Node, key string) string {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}

var isLine = map[string]bool{"p": true, "br": true, "div": true, "tr": true, "td": true, "th": true, "li": true, "blockquote": true, "h1": true, "h2": true, "h3": true}

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
			case isLine[t.Data]:
				b.WriteByte('\n')
			}
		}
	}
}
