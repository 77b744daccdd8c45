package markup

import (
	"bytes"
	"html"
	"regexp"
	"strings"
	"sync"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/renderer"
	gmhtml "github.com/yuin/goldmark/renderer/html"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

// Version numbers the output of Cook and Chat; text stored under another number is cooked again from its source.
const Version = 2

// Limits of what is read as Markdown. Beyond them text is shown as it was typed, so that the work stays linear.
const (
	maxSource   = 100_000 // bytes
	maxDepth    = 32      // nodes within each other
	maxMentions = 20
	maxLinks    = 200
	maxCells    = 10_000 // of one table
)

// Options say what the place around a text knows. The zero value works.
type Options struct {
	// Mention gives the page of a member by handle (without "@") and whether there is one. Nil: none are linked.
	Mention func(handle string) (url string, ok bool)
	// Host is our own host name ("forum.example"): links to it are not external.
	Host string
	// ID keeps ids of several texts on one page apart: headings become "u-{ID}-…". Letters and digits only.
	ID string
	// These stand for "image", "Table" and "Hidden text" in the author's language.
	ImageWord, TableWord, SpoilerWord string
}

// Cooked is a text made ready once, when it is written.
type Cooked struct {
	HTML     string   // safe to put into a page as it is
	Text     string   // for search and mail: quotes marked ">", lists "-", addresses of links behind them
	Mentions []string // handles as written, each once, in order, but in code, links and quotations; only those Options.Mention knows, when it is set
	Links    []string // external http and https addresses, each once, in order
	Plain    bool     // too large or too deeply nested for Markdown: shown as typed
}

// cook is what one rendering gathers; it travels in the parser's context.
type cook struct {
	Options
	mentions, links []string
	urls            map[string]string // of the mentions, "" where not known
	ids             map[string]int    // uses of each heading id
}

var cookKey = parser.NewContextKey()

// posts and chats are the two dialects, built once; both are safe for concurrent use.
var (
	posts = sync.OnceValue(func() goldmark.Markdown {
		blocks := []util.PrioritizedValue{
			util.Prioritized(parser.NewSetextHeadingParser(), 100),
			util.Prioritized(parser.NewThematicBreakParser(), 200),
			util.Prioritized(parser.NewCodeBlockParser(), 500),
			util.Prioritized(parser.NewATXHeadingParser(), 600),
		}
		references := parser.WithParagraphTransformers(util.Prioritized(parser.LinkReferenceParagraphTransformer, 100))
		return dialect(blocks, references, extension.Strikethrough, extension.TaskList,
			extension.NewTable(extension.WithTableCellAlignMethod(extension.TableCellAlignAttribute)),
			extension.NewFootnote(extension.WithFootnoteIDPrefixFunction(footnotePrefix)))
	})
	chats = sync.OnceValue(func() goldmark.Markdown {
		return dialect(nil, parser.WithParagraphTransformers(), extension.Strikethrough)
	})
)

// dialect builds a Markdown without raw HTML: what looks like a tag is text.
func dialect(blocks []util.PrioritizedValue, more parser.Option, extensions ...goldmark.Extender) goldmark.Markdown {
	blocks = append(blocks,
		util.Prioritized(parser.NewListParser(), 300),
		util.Prioritized(parser.NewListItemParser(), 400),
		util.Prioritized(parser.NewFencedCodeBlockParser(), 700),
		util.Prioritized(parser.NewBlockquoteParser(), 800),
		util.Prioritized(parser.NewParagraphParser(), 1000))
	inlines := []util.PrioritizedValue{
		util.Prioritized(parser.NewCodeSpanParser(), 100),
		util.Prioritized(parser.NewLinkParser(), 200),
		util.Prioritized(parser.NewAutoLinkParser(), 300),
		util.Prioritized(mentionParser{}, 400),
		util.Prioritized(parser.NewEmphasisParser(), 500),
	}
	extensions = append(extensions, extension.NewLinkify(extension.WithLinkifyAllowedProtocols([]string{"http", "https"})))
	return goldmark.New(
		goldmark.WithParser(parser.NewParser(
			parser.WithBlockParsers(blocks...),
			parser.WithInlineParsers(inlines...),
			parser.WithASTTransformers(util.Prioritized(transformer{}, 1000)), more)),
		goldmark.WithExtensions(extensions...),
		goldmark.WithRendererOptions(gmhtml.WithHardWraps(), renderer.WithNodeRenderers(util.Prioritized(ownNodes{}, 100))))
}

// footnotePrefix gives ids of footnotes the prefix that Cook left on the document.
func footnotePrefix(n ast.Node) []byte {
	prefix, _ := n.OwnerDocument().Meta()["prefix"].(string)
	return []byte(prefix)
}

// Cook renders a post: CommonMark with tables, strikethrough, task lists, footnotes, bare links and mentions; a newline
// is a line break. Headings begin at h3. Images become links. Raw HTML is shown as text.
func Cook(source string, o Options) Cooked { return render(posts(), source, o) }

// Chat renders a message of a room: inline marks, lists, code and quotes only.
func Chat(source string, o Options) Cooked { return render(chats(), source, o) }

func render(md goldmark.Markdown, source string, o Options) Cooked {
	source = Neutral(source)
	if tooHard(source) {
		return plain(source)
	}
	o.ImageWord, o.TableWord, o.SpoilerWord = or(o.ImageWord, "image"), or(o.TableWord, "Table"), or(o.SpoilerWord, "Hidden text")
	if !idPart.MatchString(o.ID) {
		o.ID = ""
	}
	c := &cook{Options: o, urls: map[string]string{}, ids: map[string]int{}}
	pc := parser.NewContext()
	pc.Set(cookKey, c)
	raw := []byte(source)
	doc := md.Parser().Parse(text.NewReader(raw), parser.WithContext(pc))
	if tooDeep(doc) {
		return plain(source)
	}
	var out bytes.Buffer
	if err := md.Renderer().Render(&out, raw, doc); err != nil {
		return plain(source) // a buffer does not fail; be safe if a renderer does
	}
	clean := sanitise(out.String())
	return Cooked{HTML: clean, Text: textOf(clean), Mentions: c.mentions, Links: c.links}
}

var idPart = regexp.MustCompile(`^[A-Za-z0-9]{0,30}$`)

func or(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}

// prefix begins every id made from member text, against clobbering of the page's own names.
func (c *cook) prefix() string {
	if c.ID == "" {
		return "u-"
	}
	return "u-" + c.ID + "-"
}

// plain shows text as it was typed: paragraphs at empty lines, line breaks kept.
func plain(source string) Cooked {
	var b strings.Builder
	for part := range strings.SplitSeq(source, "\n\n") {
		if part = strings.Trim(part, "\n"); strings.TrimSpace(part) != "" {
			b.WriteString("<p>" + strings.ReplaceAll(html.EscapeString(part), "\n", "<br>\n") + "</p>\n")
		}
	}
	return Cooked{HTML: b.String(), Text: strings.TrimSpace(source), Plain: true}
}

// tooHard tells sources that are too large, or whose lines open more containers than people do.
func tooHard(source string) bool {
	if len(source) > maxSource {
		return true
	}
	columns, cells := 0, 0
	for line := range strings.Lines(source) {
		if containers(line) > maxDepth {
			return true
		}
		switch pipes := strings.Count(line, "|"); {
		case strings.TrimSpace(line) == "":
			columns, cells = 0, 0
		case pipes > 0 && strings.Trim(line, "|:->\t\n ") == "": // the line under a table's head: short rows are filled up to it
			columns = max(columns, pipes+1)
		}
		if cells += columns; cells > maxCells {
			return true
		}
	}
	return nested(source)
}

// containers counts the quote and list marks with which a line begins, and its indentation in list levels.
func containers(line string) int {
	n, width := 0, 0
	for i := 0; i < len(line); i++ {
		switch c := line[i]; {
		case c == ' ':
			width++
		case c == '\t':
			width += 4
		case c == '>', (c == '-' || c == '*' || c == '+') && i+1 < len(line) && (line[i+1] == ' ' || line[i+1] == '\t'):
			n++
		case c >= '0' && c <= '9':
		case (c == '.' || c == ')') && i > 0 && line[i-1] >= '0' && line[i-1] <= '9':
			n++
		default:
			if n == 0 && c != '-' && c != '*' && c != '+' {
				return 0 // indented code or text
			}
			return n + width/8
		}
	}
	return n
}

// nested tells paragraphs with more brackets and emphasis marks than any author needs; matching them is the one part
// of inline parsing that is not linear.
func nested(source string) bool {
	for part := range strings.SplitSeq(source, "\n\n") {
		if strings.Count(part, "[") > 2000 || strings.Count(part, "`") > 4000 || strings.Count(part, "<") > 4000 ||
			strings.Count(part, "*")+strings.Count(part, "_")+strings.Count(part, "~") > 8000 {
			return true
		}
	}
	return false
}

// tooDeep walks without recursion into more than the limit.
func tooDeep(doc ast.Node) bool {
	depth := 0
	err := ast.Walk(doc, func(_ ast.Node, entering bool) (ast.WalkStatus, error) {
		if !entering {
			depth--
			return ast.WalkContinue, nil
		}
		if depth++; depth > 2*maxDepth {
			return ast.WalkStop, errDeep
		}
		return ast.WalkContinue, nil
	})
	return err != nil
}
