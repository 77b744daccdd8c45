package markup

import (
	"bytes"
	"html"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/renderer"
	"github.com/yuin/goldmark/util"
)

// A quotation whose first line begins with "!" (">! so") is a spoiler: folded until its reader opens it. Its words are part
// of the text like any others.

var kindSpoiler = ast.NewNodeKind("Spoiler")

type spoiler struct {
	ast.BaseBlock
	word string
}

func (*spoiler) Kind() ast.NodeKind { return kindSpoiler }

func (s *spoiler) Dump(source []byte, level int) { ast.DumpHelper(s, source, level, nil, nil) }

// spoil puts a spoiler in the place of a quotation that is marked as one, and takes the marks away.
func (c *cook) spoil(n *ast.Blockquote, source []byte) {
	first, ok := n.FirstChild().(*ast.Paragraph)
	if !ok || !spoilt(first.FirstChild(), source) {
		return
	}
	for p := n.FirstChild(); p != nil; p = p.NextSibling() {
		begins := true
		for t := p.FirstChild(); t != nil && p.Kind() == ast.KindParagraph; t = t.NextSibling() {
			if begins && spoilt(t, source) {
				unmark(t.(*ast.Text), source)
			}
			text, is := t.(*ast.Text)
			begins = is && (text.SoftLineBreak() || text.HardLineBreak())
		}
	}
	folded := &spoiler{word: c.SpoilerWord}
	n.Parent().ReplaceChild(n.Parent(), n, folded)
	for child := n.FirstChild(); child != nil; child = n.FirstChild() {
		folded.AppendChild(folded, child)
	}
}

func spoilt(n ast.Node, source []byte) bool {
	t, ok := n.(*ast.Text)
	if !ok {
		return false
	}
	words := t.Value(source)
	return bytes.HasPrefix(words, []byte("!")) && !bytes.HasPrefix(words, []byte("![")) // an image that leads nowhere
}

// unmark takes the mark away and one space behind it, which may stand in the next node: "!" can begin an image.
func unmark(t *ast.Text, source []byte) {
	t.Segment.Start++
	if next, ok := t.NextSibling().(*ast.Text); ok && len(t.Value(source)) == 0 && !t.SoftLineBreak() && !t.HardLineBreak() {
		t = next
	}
	if bytes.HasPrefix(t.Value(source), []byte(" ")) {
		t.Segment.Start++
	}
}

func renderSpoiler(r renderer.NodeRendererFuncRegisterer) {
	r.Register(kindSpoiler, func(w util.BufWriter, _ []byte, n ast.Node, entering bool) (ast.WalkStatus, error) {
		tag := "<details><summary>" + html.EscapeString(n.(*spoiler).word) + "</summary>"
		if !entering {
			tag = "</details>"
		}
		_, _ = w.WriteString(tag + "\n")
		return ast.WalkContinue, nil
	})
}
