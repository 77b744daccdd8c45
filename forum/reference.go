package forum

import (
	"regexp"
	"slices"
	"strconv"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/schema"
)

// A quotation of a post is a reference to it: a paragraph that is nothing but its address.
// Its words are not copied; they are shown to each reader through the gate.
var reference = regexp.MustCompile(`<p><a href="(?:https?://[^/"]+)?/p/([0-9]{1,18})"[^>]*>[^<]*</a></p>`)

const mostReferences = 10 // of one post are shown as quotations; others stay links

// References lists the posts that a cooked text quotes.
func References(html string) (out []PostID) {
	for _, m := range reference.FindAllStringSubmatch(html, -1) {
		id, _ := strconv.ParseInt(m[1], 10, 64)
		if !slices.Contains(out, PostID(id)) && len(out) < mostReferences {
			out = append(out, PostID(id))
		}
	}
	return out
}

// WithReferences puts into a cooked text what each quotation shows to its reader.
func WithReferences(html string, show func(PostID) string) string {
	all := References(html)
	if all == nil {
		return html
	}
	return reference.ReplaceAllStringFunc(html, func(s string) string {
		id, _ := strconv.ParseInt(reference.FindStringSubmatch(s)[1], 10, 64)
		if !slices.Contains(all, PostID(id)) {
			return s
		}
		return show(PostID(id))
	})
}

// mayQuote refuses a quotation that not all of the new text's readers may read, of what the
// writer may. What they may not read is no more than an address.
func (w *writer) mayQuote(by Actor, html string, target Audience, wrong *problems) error {
	all := References(html)
	if all == nil {
		return nil
	}
	var n int
	err := w.one(&n, "SELECT count(*) FROM posts p"+postPlaces+" WHERE p.id IN (?) AND p.erased_at = 0 AND ? AND (? OR ? OR ?)",
		bun.List(all), postGate(by), uncovered(target, "p"), uncovered(target, "t"), shutOut(target, "g"))
	if err == nil && n > 0 {
		wrong.add("source", "error.quote-narrower")
	}
	return err
}

// shutOut is the SQL condition under which a place may not let in all of an audience today.
func shutOut(a Audience, g string) schema.QueryWithArgs {
	if a.Reach < Members {
		return bun.SafeQuery("?.visibility > ?", bun.Ident(g), a.Reach)
	}
	return bun.SafeQuery("(?0.id <> ?1 AND ?0.visibility > 1)", bun.Ident(g), a.Of)
}
