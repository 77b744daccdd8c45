package markup

import (
	"bytes"
	"errors"
	"html"
	"net/url"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/yuin/goldmark/ast"
	east "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/renderer"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

var errDeep = errors.New("nested too deeply")

var (
	kindMention = ast.NewNodeKind("Mention")
	kindScroll  = ast.NewNodeKind("Scroll")
	handle      = regexp.MustCompile(`^@([\pL\pN](?:[\pL\pN_.-]{0,38}[\pL\pN_])?)`)
	bareHost    = regexp.MustCompile(`^[a-zA-Z0-9-]+(\.[a-zA-Z0-9-]+)*\.[a-zA-Z]{2,}([/?#]|$)`)
	scheme      = regexp.MustCompile(`^[a-zA-Z][a-zA-Z0-9+.-]*:`)
)

// mention is "@handle"; url is empty where there is no such member.
type mention struct {
	ast.BaseInline
	handle, url string
}

func (*mention) Kind() ast.NodeKind { return kindMention }

func (m *mention) Dump(source []byte, level int) {
	ast.DumpHelper(m, source, level, map[string]string{"handle": m.handle}, nil)
}

// scroll wraps a table, so that only the table moves sideways.
type scroll struct {
	ast.BaseBlock
	label string
}

func (*scroll) Kind() ast.NodeKind { return kindScroll }

func (s *scroll) Dump(source []byte, level int) { ast.DumpHelper(s, source, level, nil, nil) }

type mentionParser struct{}

// Trigger implements parser.InlineParser.
func (mentionParser) Trigger() []byte { return []byte{'@'} }

// Parse implements parser.InlineParser.
func (mentionParser) Parse(_ ast.Node, block text.Reader, _ parser.Context) ast.Node {
	before := block.PrecendingCharacter()
	if before == '@' || before == '/' || before == '.' || before == '-' || before == '_' || util.IsPunctRune(before) && strings.ContainsRune("&=+", before) {
		return nil
	}
	if !util.IsSpaceRune(before) && !util.IsPunctRune(before) && before != '\n' {
		return nil
	}
	line, _ := block.PeekLine()
	m := handle.FindSubmatch(line)
	if m == nil {
		return nil
	}
	block.Advance(len(m[0]))
	return &mention{handle: string(m[1])}
}

// mentioned notes a handle and gives its page, "" where there is none.
func (c *cook) mentioned(name string) string {
	key := strings.ToLower(name)
	if u, ok := c.urls[key]; ok {
		return u
	}
	if len(c.urls) >= maxMentions {
		return ""
	}
	u, ok := "", true
	if c.Mention != nil {
		u, ok = c.Mention(name)
	}
	if !ok {
		u = ""
	} else {
		c.mentions = append(c.mentions, name)
	}
	c.urls[key] = u
	return u
}

// transformer fits a parsed text to the page: headings, links, images, tables, task lists.
type transformer struct{}

// Transform implements parser.ASTTransformer.
func (transformer) Transform(doc *ast.Document, reader text.Reader, pc parser.Context) {
	c := pc.Get(cookKey).(*cook)
	doc.AddMeta("prefix", c.prefix())
	var nodes []ast.Node // changed after the walk
	_ = ast.Walk(doc, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if entering {
			nodes = append(nodes, n)
		}
		return ast.WalkContinue, nil
	})
	for _, n := range nodes {
		switch n := n.(type) {
		case *ast.Heading:
			c.heading(n, reader.Source())
		case *ast.Link:
			c.link(n)
		case *ast.AutoLink:
			c.autoLink(n, reader.Source())
		case *ast.Image:
			c.image(n, reader.Source())
		case *mention: // in a link or a quotation somebody is named, and not called
			if !inside(n, ast.KindLink) && !inside(n, ast.KindBlockquote) {
				n.url = c.mentioned(n.handle)
			}
		case *ast.Blockquote:
			c.spoil(n, reader.Source())
		case *east.Table:
			box := &scroll{label: c.TableWord}
			n.Parent().ReplaceChild(n.Parent(), n, box)
			box.AppendChild(box, n)
		case *east.TaskCheckBox:
			if item := n.Parent().Parent(); item != nil && item.Kind() == ast.KindListItem {
				item.SetAttributeString("class", []byte("task"))
			}
		}
	}
}

// heading moves a heading below the page's own h1 and h2 and names it.
func (c *cook) heading(n *ast.Heading, source []byte) {
	n.Level = min(n.Level+2, 6)
	base := c.prefix() + Slug(plainText(n, source))
	id := base
	for c.ids[id] > 0 { // the count is where the next free number is, so that equal titles cost no search
		c.ids[base]++
		id = base + "-" + strconv.Itoa(c.ids[base])
	}
	c.ids[id]++
	n.SetAttributeString("id", []byte(id))
}

// link keeps a link that leads somewhere safe, and unwraps any other to its words.
func (c *cook) link(n *ast.Link) {
	dest, out := c.safe(string(n.Destination))
	if dest == "" {
		unwrap(n)
		return
	}
	n.Destination = []byte(dest)
	if out {
		n.SetAttributeString("class", []byte("out"))
		n.SetAttributeString("rel", []byte("nofollow ugc noopener"))
	}
}

func (c *cook) autoLink(n *ast.AutoLink, source []byte) {
	dest := string(n.URL(source))
	if n.AutoLinkType == ast.AutoLinkEmail && !strings.HasPrefix(strings.ToLower(dest), "mailto:") {
		dest = "mailto:" + dest
	}
	words := ast.NewString(n.Label(source))
	if inside(n, ast.KindLink) {
		n.Parent().ReplaceChild(n.Parent(), n, words)
		return
	}
	l := ast.NewLink()
	l.Destination = []byte(dest)
	l.AppendChild(l, words)
	n.Parent().ReplaceChild(n.Parent(), n, l)
	c.link(l)
}

// image becomes a link that names the host and the description: nothing is fetched because a post is read.
func (c *cook) image(n *ast.Image, source []byte) {
	dest, out := c.safe(string(n.Destination))
	words := c.ImageWord + ": "
	if u, err := url.Parse(dest); err == nil && out && u.Host != "" {
		words += u.Hostname()
	} else {
		words += path.Base(dest)
	}
	if alt := Line(plainText(n, source)); alt != "" {
		words += ", " + alt
	}
	said := ast.NewString([]byte(words))
	if dest == "" || inside(n, ast.KindLink) {
		n.Parent().ReplaceChild(n.Parent(), n, said)
		return
	}
	l := ast.NewLink()
	l.Destination = []byte(dest)
	l.AppendChild(l, said)
	l.SetAttributeString("class", []byte("image"))
	if out {
		l.SetAttributeString("class", []byte("image out"))
		l.SetAttributeString("rel", []byte("nofollow ugc noopener"))
	}
	n.Parent().ReplaceChild(n.Parent(), n, l)
}

// safe gives the address a link may carry ("" for none) and whether it leads out of this site.
func (c *cook) safe(dest string) (string, bool) {
	dest = strings.TrimSpace(html.UnescapeString(dest))
	if strings.ContainsAny(dest, "\\\x00\t\n\r") || strings.HasPrefix(dest, "//") {
		return "", false
	}
	if bareHost.MatchString(dest) && !scheme.MatchString(dest) {
		dest = "https://" + dest
	}
	u, err := url.Parse(dest)
	switch {
	case err != nil || dest == "":
		return "", false
	case u.Scheme == "http" || u.Scheme == "https":
		if u.Host == "" || u.User != nil {
			return "", false
		}
		if strings.EqualFold(u.Hostname(), c.Host) {
			return dest, false
		}
		if !slices.Contains(c.links, dest) && len(c.links) < maxLinks {
			c.links = append(c.links, dest)
		}
		return dest, true
	case u.Scheme == "mailto", u.Scheme == "" && (dest[0] == '/' || dest[0] == '#'):
		return dest, false
	}
	return "", false
}

func inside(n ast.Node, kind ast.NodeKind) bool {
	for p := n.Parent(); p != nil; p = p.Parent() {
		if p.Kind() == kind {
			return true
		}
	}
	return false
}

// unwrap leaves the children of a node in its place.
func unwrap(n ast.Node) {
	parent := n.Parent()
	for child := n.FirstChild(); child != nil; child = n.FirstChild() {
		parent.InsertBefore(parent, n, child)
	}
	parent.RemoveChild(parent, n)
}

// plainText is the words of a node without marks.
func plainText(n ast.Node, source []byte) string {
	var b bytes.Buffer
	_ = ast.Walk(n, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		switch n := n.(type) {
		case *ast.Text:
			if entering {
				b.Write(n.Value(source))
				b.WriteByte(' ')
			}
		case *ast.String:
			if entering {
				b.Write(n.Value)
			}
		case *mention:
			if entering {
				b.WriteString("@" + n.handle)
			}
		}
		return ast.WalkContinue, nil
	})
	return html.UnescapeString(strings.TrimSpace(b.String()))
}

// ownNodes renders mention, scroll and spoiler.
type ownNodes struct{}

// RegisterFuncs implements renderer.NodeRenderer.
func (ownNodes) RegisterFuncs(r renderer.NodeRendererFuncRegisterer) {
	renderSpoiler(r)
	r.Register(kindMention, func(w util.BufWriter, _ []byte, n ast.Node, entering bool) (ast.WalkStatus, error) {
		if m := n.(*mention); entering {
			name := "@" + html.EscapeString(m.handle)
			if m.url != "" && !inside(m, ast.KindLink) {
				name = `<a class="mention" href="` + html.EscapeString(m.url) + `">` + name + `</a>`
			}
			_, _ = w.WriteString(name)
		}
		return ast.WalkContinue, nil
	})
	r.Register(kindScroll, func(w util.BufWriter, _ []byte, n ast.Node, entering bool) (ast.WalkStatus, error) {
		open := `<div class="scroll" tabindex="0" role="region" aria-label="` + html.EscapeString(n.(*scroll).label) + `">`
		if !entering {
			open = "</div>"
		}
		_, _ = w.WriteString(open + "\n")
		return ast.WalkContinue, nil
	})
}
