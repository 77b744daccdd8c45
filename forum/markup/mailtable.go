package markup

import (
	"slices"

	"golang.org/x/net/html"
)

// tables makes the tables of an HTML mail fit for Markdown: those that only lay out a page become plain blocks, cells of
// the others one line each. Spans go, since "colspan=100000" would be written out.
func tables(doc *html.Node) {
	within := map[*html.Node]*html.Node{} // the innermost table around each node
	layout := map[*html.Node]bool{}
	var parts []*html.Node
	for n := range doc.Descendants() {
		table := within[n.Parent]
		if n.Parent != nil && n.Parent.Data == "table" && n.Parent.Type == html.ElementNode {
			table = n.Parent
		}
		within[n] = table
		if n.Type != html.ElementNode {
			continue
		}
		if table != nil && isBlockInCell[n.Data] {
			layout[table] = true
		}
		if n.Data == "table" {
			layout[n] = attr(n, "role") == "presentation"
		}
		if table != nil || n.Data == "table" {
			parts = append(parts, n)
		}
	}
	for _, n := range parts {
		table := within[n]
		if n.Data == "table" {
			table = n
		}
		fit(n, layout[table])
	}
}

var (
	isBlockInCell = map[string]bool{"table": true, "ul": true, "ol": true, "blockquote": true, "hr": true, "pre": true, "h1": true, "h2": true, "h3": true}
	isTablePart   = map[string]bool{"table": true, "thead": true, "tbody": true, "tfoot": true, "tr": true, "td": true, "th": true, "caption": true}
)

// fit changes one element within a table, or the table itself.
func fit(n *html.Node, layout bool) {
	n.Attr = slices.DeleteFunc(n.Attr, func(a html.Attribute) bool { return a.Key == "colspan" || a.Key == "rowspan" })
	switch {
	case layout && isTablePart[n.Data]:
		n.Data, n.DataAtom = "div", 0
	case layout:
	case n.Data == "br" || n.Data == "p" || n.Data == "div":
		n.Data, n.DataAtom = "span", 0
		n.AppendChild(&html.Node{Type: html.TextNode, Data: " "})
	}
}
