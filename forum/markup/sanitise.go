package markup

import (
	"regexp"
	"strconv"
	"strings"
	"sync"

	"github.com/microcosm-cc/bluemonday"
	"golang.org/x/net/html"
)

// allowed is the last door: whatever the Markdown renderer made, only this leaves. Built once, safe for concurrent use.
var allowed = sync.OnceValue(func() *bluemonday.Policy {
	p := bluemonday.NewPolicy()
	p.AllowElements("p", "br", "hr", "h3", "h4", "h5", "h6", "strong", "em", "del", "code", "pre", "blockquote",
		"details", "summary", "ul", "ol", "li", "table", "thead", "tbody", "tr", "th", "td", "sup")
	p.RequireParseableURLs(true)
	p.AllowRelativeURLs(true)
	p.AllowURLSchemes("http", "https", "mailto")
	exactly := func(pattern string) *regexp.Regexp { return regexp.MustCompile(`^(?:` + pattern + `)$`) }
	p.AllowAttrs("href").OnElements("a")
	p.AllowAttrs("title").OnElements("a")
	p.AllowAttrs("rel").Matching(exactly("nofollow ugc noopener")).OnElements("a")
	p.AllowAttrs("class").Matching(exactly("out|image|image out|mention|footnote-ref|footnote-backref")).OnElements("a")
	p.AllowAttrs("role").Matching(exactly("doc-noteref|doc-backlink")).OnElements("a")
	p.AllowAttrs("id").Matching(exactly(`u-[a-zA-Z0-9:-]{1,120}`)).OnElements("h3", "h4", "h5", "h6", "li", "sup")
	p.AllowAttrs("class").Matching(exactly(`language-[a-zA-Z0-9+#.-]{1,30}`)).OnElements("code")
	p.AllowAttrs("start").Matching(exactly(`[0-9]{1,9}`)).OnElements("ol")
	p.AllowAttrs("align").Matching(exactly("left|center|right")).OnElements("th", "td")
	p.AllowAttrs("class").Matching(exactly("task")).OnElements("li")
	p.AllowAttrs("class").Matching(exactly("scroll|footnotes")).OnElements("div")
	p.AllowAttrs("role").Matching(exactly("region|doc-endnotes")).OnElements("div")
	p.AllowAttrs("tabindex").Matching(exactly("0")).OnElements("div")
	p.AllowAttrs("aria-label").Matching(exactly(`[\pL\pN ]{1,40}`)).OnElements("div")
	p.AllowAttrs("type").Matching(exactly("checkbox")).OnElements("input")
	p.AllowAttrs("checked", "disabled").Matching(exactly("")).OnElements("input")
	return p
})

// sanitise applies the policy and shows characters safely that came in as entities.
func sanitise(s string) string { return Neutral(allowed().Sanitize(s)) }

var lineEnd = regexp.MustCompile(` +\n`)

// textOf gives the words of sanitised HTML, laid out for reading in a mail.
func textOf(clean string) string {
	w := textWriter{}
	z := html.NewTokenizer(strings.NewReader(clean))
	for {
		kind := z.Next()
		if kind == html.ErrorToken {
			break
		}
		switch t := z.Token(); kind {
		case html.TextToken:
			w.write(t.Data)
		case html.StartTagToken, html.SelfClosingTagToken:
			w.open(t)
		case html.EndTagToken:
			w.shut(t.Data)
		}
	}
	return strings.TrimSpace(lineEnd.ReplaceAllString(w.out.String(), "\n"))
}

// textWriter lays out words; white space in HTML that only separates elements is not kept.
type textWriter struct {
	out    strings.Builder
	quotes int
	lists  []int // next number of each open list, 0 for bullets
	blank  int   // newlines owed before the next word
	last   int   // depth of quotes of the last line written
	pre    bool
	first  bool // no cell of this row was written yet
	skip   bool // inside the arrow back from a footnote
	href   string
	linked strings.Builder
}

func (w *textWriter) write(s string) {
	if w.skip {
		return
	}
	if !w.pre {
		if strings.TrimSpace(s) == "" && (strings.Contains(s, "\n") || w.blank > 0) {
			return
		}
		s = strings.ReplaceAll(s, "\n", " ")
		if w.blank > 0 || w.out.Len() == 0 {
			s = strings.TrimLeft(s, " ")
		}
	}
	if w.href != "" {
		w.linked.WriteString(s)
	}
	for i, part := range strings.Split(s, "\n") {
		if i > 0 {
			w.blank++
		}
		w.put(part)
	}
}

// put writes words after the newlines owed, each new line with its quote marks.
func (w *textWriter) put(s string) {
	if s == "" {
		return
	}
	between := strings.TrimSpace(strings.Repeat("> ", min(w.quotes, w.last)))
	fresh := w.out.Len() == 0
	if !fresh && w.blank > 0 {
		w.out.WriteString(strings.Repeat("\n"+between, w.blank-1) + "\n")
	}
	if fresh || w.blank > 0 {
		w.out.WriteString(strings.Repeat("> ", w.quotes))
	}
	w.blank, w.last = 0, w.quotes
	w.out.WriteString(s)
}

func (w *textWriter) open(t html.Token) {
	switch t.Data {
	case "p", "h3", "h4", "h5", "h6", "pre", "table", "div", "summary":
		w.gap()
		w.pre = t.Data == "pre"
	case "blockquote":
		w.gap()
		w.quotes++
	case "ul", "ol":
		w.gap()
		first := 0
		if t.Data == "ol" {
			first = 1
			for _, a := range t.Attr {
				if n, err := strconv.Atoi(a.Val); err == nil && a.Key == "start" {
					first = n
				}
			}
		}
		w.lists = append(w.lists, first)
	case "li":
		w.item()
	case "hr":
		w.gap()
		w.put("---")
		w.gap()
	default:
		w.inline(t)
	}
}

// inline starts what stands within a line, and rows.
func (w *textWriter) inline(t html.Token) {
	switch t.Data {
	case "br", "tr":
		w.blank = max(w.blank, 1)
		w.first = true
	case "th", "td":
		if !w.first {
			w.put(" | ")
		}
		w.first = false
	case "sup":
		w.put("[")
	case "input":
		box := "[ ]"
		for _, a := range t.Attr {
			if a.Key == "checked" {
				box = "[x]"
			}
		}
		w.put(box)
	case "a":
		w.linked.Reset()
		for _, a := range t.Attr {
			if a.Key == "href" && !strings.HasPrefix(a.Val, "#") {
				w.href = a.Val
			}
			w.skip = w.skip || a.Val == "footnote-backref"
		}
	}
}

// gap owes an empty line, or, right behind the mark of a list item, nothing.
func (w *textWriter) gap() {
	if s := w.out.String(); strings.HasSuffix(s, "- ") || strings.HasSuffix(s, ". ") && w.blank == 0 && len(w.lists) > 0 {
		return
	}
	w.blank = 2
	if len(w.lists) > 0 {
		w.blank = 1
	}
}

func (w *textWriter) item() {
	w.blank = max(w.blank, 1)
	mark := "- "
	if n := len(w.lists); n > 0 {
		mark = strings.Repeat("  ", n-1) + mark
		if w.lists[n-1] > 0 {
			mark = strings.Repeat("  ", n-1) + strconv.Itoa(w.lists[n-1]) + ". "
			w.lists[n-1]++
		}
	}
	w.put(mark)
}

func (w *textWriter) shut(tag string) {
	switch tag {
	case "p", "h3", "h4", "h5", "h6", "pre", "table", "summary":
		w.pre = false
		w.gap()
	case "blockquote":
		w.quotes = max(0, w.quotes-1)
		w.gap()
	case "ul", "ol":
		w.lists = w.lists[:max(0, len(w.lists)-1)]
		w.gap()
	case "sup":
		w.put("]")
	case "a":
		shown := strings.TrimSpace(w.linked.String())
		if strings.HasPrefix(w.href, "http") && !strings.HasSuffix(w.href, shown) {
			w.put(" <" + w.href + ">")
		}
		w.href, w.skip = "", false
	}
}
