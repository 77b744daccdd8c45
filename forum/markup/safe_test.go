package markup

import (
	"fmt"
	"net/url"
	"slices"
	"strings"

	"golang.org/x/net/html"
)

// permitted is written apart from the policy, element by element, with the attributes each may have.
var permitted = map[string]string{
	"html": "", "head": "", "body": "", // added by the parser
	"p": "", "br": "", "hr": "", "strong": "", "em": "", "del": "", "pre": "", "blockquote": "", "details": "", "summary": "", "ul": "", "tr": "",
	"table": "", "thead": "", "tbody": "", "h3": "id", "h4": "id", "h5": "id", "h6": "id", "code": "class", "ol": "start",
	"li": "id class", "sup": "id", "th": "align", "td": "align", "div": "class role tabindex aria-label",
	"input": "type checked disabled", "a": "href title rel class role",
}

// unsafe parses HTML as a browser would and names the first thing that may not be there.
func unsafe(out string) string {
	doc, err := html.Parse(strings.NewReader(out))
	if err != nil {
		return err.Error()
	}
	for n := range doc.Descendants() {
		switch n.Type {
		case html.TextNode, html.DocumentNode:
			continue
		case html.ElementNode:
		default:
			return fmt.Sprintf("node of type %d: %s", n.Type, n.Data)
		}
		attributes, ok := permitted[n.Data]
		if !ok || n.Namespace != "" {
			return "element " + n.Namespace + ":" + n.Data
		}
		for _, a := range n.Attr {
			if a.Namespace != "" || !slices.Contains(strings.Fields(attributes), a.Key) {
				return n.Data + " has " + a.Key
			}
			if fault := unsafeValue(n, a); fault != "" {
				return fault
			}
		}
	}
	return ""
}

func unsafeValue(n *html.Node, a html.Attribute) string {
	switch a.Key {
	case "id":
		if !strings.HasPrefix(a.Val, "u-") {
			return "id " + a.Val
		}
	case "class":
		known := []string{"out", "image", "mention", "footnote-ref", "footnote-backref", "task", "scroll", "footnotes"}
		for _, c := range strings.Fields(a.Val) {
			if language := n.Data == "code" && strings.HasPrefix(c, "language-"); !language && !slices.Contains(known, c) {
				return "class " + c
			}
		}
	case "type":
		if a.Val != "checkbox" {
			return "type " + a.Val
		}
	case "href":
		u, err := url.Parse(a.Val)
		if err != nil {
			return "address " + a.Val
		}
		if !slices.Contains([]string{"", "http", "https", "mailto"}, strings.ToLower(u.Scheme)) {
			return "scheme " + a.Val
		}
	}
	return ""
}
