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
	wide(parts, within, layout)
	for _, n := range parts {
		table := within[n]
		if n.Data == "table" {
			table = n
		}
		fit(n, layout[table])
	}
}

// wide makes layout of tables that would grow: each row is filled up to the longest, so one long row and many short
// ones would make millions of cells.
func wide(parts []*html.Node, within map[*html.Node]*html.Node, layout map[*html.Node]bool) {
	rows, columns, cells := map[*html.Node]int{}, map[*html.Node]int{}, map[*html.Node]int{}
	for _, n := range parts {
		table := within[n]
		switch n.Data {
		case "tr":
			rows[table]++
		case "td", "th":
			cells[n.Parent]++
			columns[table] = max(columns[table], cells[n.Parent])
		}
		if rows[table]*columns[table] > maxCells {
			layout[table] = true
		}
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
