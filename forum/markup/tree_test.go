package markup

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/yuin/goldmark/util"
	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// fragment parses HTML as a page would take it in: as children of an element.
func fragment(s string) ([]*html.Node, error) {
	return html.ParseFragment(strings.NewReader(s), &html.Node{Type: html.ElementNode, Data: "div", DataAtom: atom.Div})
}

// outline is a tree in one string: elements with their attributes, texts, each at its depth.
func outline(nodes []*html.Node) string {
	var b strings.Builder
	var walk func(n *html.Node, depth int)
	walk = func(n *html.Node, depth int) {
		fmt.Fprintf(&b, "%d %d %q %q\n", depth, n.Type, n.Data, n.Attr)
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			walk(c, depth+1)
		}
	}
	for _, n := range nodes {
		walk(n, 0)
	}
	return b.String()
}

// unstable names how a text changes when a browser reads it and writes it again: what changes can turn into an attack
// (mutation XSS), and a tag that the parser had to mend was not where its writer thought.
func unstable(out string) string {
	first, err := fragment(out)
	if err != nil {
		return err.Error()
	}
	var again strings.Builder
	elements := 0
	for _, n := range first {
		if err := html.Render(&again, n); err != nil {
			return err.Error()
		}
		elements += count(n)
	}
	second, err := fragment(again.String())
	if err != nil {
		return err.Error()
	}
	if a, b := outline(first), outline(second); a != b {
		return "read and written again it is another tree:\n" + a + "\n" + b
	}
	if opened := startTags(out); opened != elements {
		return fmt.Sprintf("%d tags are opened and %d elements are there", opened, elements)
	}
	return ""
}

func count(n *html.Node) int {
	sum := 0
	if n.Type == html.ElementNode {
		sum = 1
	}
	for d := range n.Descendants() {
		if d.Type == html.ElementNode {
			sum++
		}
	}
	return sum
}

func startTags(out string) int {
	n := 0
	for z := html.NewTokenizer(strings.NewReader(out)); ; {
		switch z.Next() {
		case html.ErrorToken:
			return n
		case html.StartTagToken, html.SelfClosingTagToken:
			n++
		}
	}
}

// reordering is written apart from line.go: what a cooked text must never hold.
const reordering = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"

// broken names the first promise about a cooked text that does not hold.
func broken(c Cooked) string {
	if fault := unsafe(c.HTML); fault != "" {
		return fault
	}
	if fault := unstable(c.HTML); fault != "" {
		return fault
	}
	for what, s := range map[string]string{"HTML": c.HTML, "text": c.Text} {
		if i := strings.IndexAny(s, reordering+"\ufeff\u200b\u2060\x00\x1b"); i >= 0 {
			return fmt.Sprintf("%s holds %+q", what, s[i:min(len(s), i+4)])
		}
	}
	nodes, _ := fragment(c.HTML)
	ids := map[string]bool{}
	for _, top := range nodes {
		for n := range top.Descendants() {
			if fault := linked(n, c.Links); fault != "" {
				return fault
			}
			if id := attr(n, "id"); ids[id] {
				return "id twice: " + id
			} else if id != "" {
				ids[id] = true
			}
		}
	}
	return noted(c)
}

// linked holds a link to what it must say of itself and to the list of what leads out.
func linked(n *html.Node, links []string) string {
	if n.Data != "a" || n.Type != html.ElementNode || !strings.HasPrefix(attr(n, "href"), "http") {
		return ""
	}
	if !slices.Contains(strings.Fields(attr(n, "class")), "out") || attr(n, "rel") != "nofollow ugc noopener" {
		return "leads out and does not say so: " + attr(n, "href")
	}
	same := func(link string) bool { // up to an empty fragment
		u, err := url.Parse(string(util.URLEscape([]byte(link), false)))
		return err == nil && u.String() == attr(n, "href")
	}
	if len(links) < maxLinks && !slices.ContainsFunc(links, same) {
		return "leads out and is not listed: " + attr(n, "href")
	}
	return ""
}

func noted(c Cooked) string {
	switch {
	case len(c.Mentions) > maxMentions:
		return fmt.Sprintf("%d mentions", len(c.Mentions))
	case len(c.Links) > maxLinks:
		return fmt.Sprintf("%d links", len(c.Links))
	case len(slices.Compact(slices.Sorted(slices.Values(c.Links)))) != len(c.Links):
		return "a link twice"
	}
	return ""
}

// hard are texts at whose edges sanitisers and writers of HTML were broken before.
var hard = []string{
	"www.a.example# a", "[a](https://a.example \"t\\\"><b onclick=x>\")", "[`</a><script>`](https://a.example)", "[a\n\n> b](https://a.example)", "**[*a](/x)*b**", "~~[~~a~~](/x)~~",
	"[[a](/x)](/y)", "![![a](/x)](/y)", "[![a](https://a.example/i.png)](https://b.example)", "[@ana](https://a.example)", "<https://a.example/@ana>", "| a | b |\n|-|-|\n| <p> | </td></table> |",
	"- [x] [^1]\n\n[^1]: - [ ] a\n    - [x] b", "# `</h3>` [^a]\n\n[^a]: # x\n\n    ***", "[^a][^a][^b]\n\n[^a]: x[^b]\n[^b]: y[^a]", "```\"onload=x\na\n```", "```" + strings.Repeat("x", 400) + "\na\n```",
	"a\u202e[b\u2066](https://a.example/\u202e)", "# \u202ex\n# \u2066x\n# x", "&#x202e;&#8203;&#0;&#27;", "<!-- a --><?php ?><![CDATA[x]]>", "1000000000. a", "1. a\n1) b\n- c\n+ d", "    code\n\tcode\n- \tcode",
	"[a]: /x '\">'\n\n[a] [A][a] [a][]", "www.a.example/<b>\"x\" https://a.example/')(", "a@b.example<script>", "<a@b.example> <mailto:a@b.example?subject=\"x>", "[x](mailto:a@b.example?body=%0d%0aBcc:x)", "> - > 1. > # a\n> > b",
	strings.Repeat("[", 40) + "a" + strings.Repeat("](/x)", 40), "a\x00b\x1b[31mc\x7f", "Z\u0351\u0300\u0301\u0302\u0303\u0304\u0305a\u0489\u0489\u0489\u0489\u0489\u0489lgo",
}

func TestCookedTextsAreStable(t *testing.T) {
	t.Parallel()
	for _, s := range slices.Concat(hard, attacks, payloads(t)) {
		for door, c := range map[string]Cooked{"Cook": Cook(s, Options{Mention: ana, ID: "p7"}), "Chat": Chat(s, Options{})} {
			if fault := broken(c); fault != "" {
				t.Errorf("%s(%+q): %s\n%s", door, s, fault, c.HTML)
			}
		}
	}
}

// TestStableFindsWhatIsNot: the test above can fail.
func TestStableFindsWhatIsNot(t *testing.T) {
	t.Parallel()
	for _, s := range []string{"<p><p>a</p></p>", "<table><a>x</a><tr><td></table>", "<p><div>a</div></p>", "<b><p>x</b></p>"} {
		if unstable(s) == "" {
			t.Errorf("%s counts as stable", s)
		}
	}
	for _, c := range []Cooked{{HTML: "<p>\u202e</p>"}, {Text: "\ufeff"}, {HTML: `<ul><li id="u-a"></li><li id="u-a"></li></ul>`}, {HTML: `<p><a href="https://a.example">x</a></p>`, Links: []string{"x"}}, {Links: []string{"a", "a"}}} {
		if broken(c) == "" {
			t.Errorf("%+v counts as whole", c)
		}
	}
}

// FuzzStable holds any source to the same.
func FuzzStable(f *testing.F) {
	for _, s := range slices.Concat(hard, attacks) {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for door, c := range map[string]Cooked{"Cook": Cook(s, Options{Mention: ana, ID: "p7"}), "Chat": Chat(s, Options{})} {
			if fault := broken(c); fault != "" {
				t.Errorf("%s(%+q): %s\n%s", door, s, fault, c.HTML)
			}
		}
	})
}

// FuzzSanitise gives the last door what the renderer would never write: twice is once, and what leaves is stable.
func FuzzSanitise(f *testing.F) {
	for _, s := range slices.Concat(payloads(f), attacks) {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		out := sanitise(s)
		if fault := unsafe(out); fault != "" {
			t.Errorf("%+q: %s\n%s", s, fault, out)
		}
		if again := sanitise(out); again != out {
			t.Errorf("%+q: not idempotent\n%s\n%s", s, out, again)
		}
	})
}
