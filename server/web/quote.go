package web

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"github.com/gofiber/fiber/v2"

	"peergroups/forum"
	"peergroups/forum/markup"
	"peergroups/server/view"
)

// quotations are the posts that those of a page quote, as far as its reader may see them.
type quotations map[forum.PostID]forum.PlacedPost

// key says what the quotations of a text show this reader: part of what a rendered post is
// kept under.
func (q quotations) key(html string) (key string) {
	for _, id := range forum.References(html) {
		p := q[id]
		key += fmt.Sprintf("%d-%d-%q-%q,", id, p.Version, p.Title, p.Author)
	}
	return key
}

// quoted reads what the posts of a page quote. A page with quotations is not kept whole: it
// depends on more than its topic.
func (r *request) quoted(t *forum.TopicPage) quotations {
	var ids []forum.PostID
	for i := range t.Posts {
		ids = append(ids, forum.References(t.Posts[i].HTML)...)
	}
	if ids == nil {
		return nil
	}
	r.cacheKey = ""
	slices.Sort(ids)
	q, err := r.readQuoted(slices.Compact(ids))
	if err != nil {
		r.d.Log.Error("quotations", "err", err) // then nobody sees them
	}
	return q
}

func (r *request) readQuoted(ids []forum.PostID) (quotations, error) {
	posts, err := r.d.Forum.VisiblePosts(r.ctx, r.actor, ids)
	q := quotations{}
	for _, p := range posts {
		q[p.ID] = p
	}
	return q, err
}

// quoting shows the quotations of a text, each through the gate of its reader.
func (r *request) quoting(html string, q quotations) string {
	return forum.WithReferences(html, func(ref forum.Reference) string {
		var shown *view.Quoted
		if p, ok := q[ref.Post]; ok {
			shown = &view.Quoted{Author: voice(r.words, p.AuthorID, p.Author, p.Veiled), Href: postPath(ref.Post), Title: p.Title}
			if words, same := r.d.Forum.Quoted(ref, &p, 400); same {
				shown.Excerpt = words
			} else {
				shown.Excerpt = r.words.T("quote.changed")
			}
		}
		var b bytes.Buffer
		if err := view.Quotation(r.words, shown).Render(r.ctx, &b); err != nil {
			return ""
		}
		return b.String()
	})
}

// quotePart answers the composer's script with the text that quotes chosen words of a post.
func (d *Door) quotePart(r *request) error {
	address, err := d.Forum.QuotePart(r.ctx, r.actor, forum.PostID(r.id("id")), r.typed("words"))
	if err != nil {
		return err
	}
	return r.render(view.QuoteFragment(r.words.T("quote.link"), address))
}

// hints answers it with what in a text looks like a confidence, while it is written (P20).
func (d *Door) hints(r *request) error {
	if err := d.Forum.CountHint(r.ctx, r.actor); err != nil {
		return err
	}
	var tips []view.Tip
	for _, field := range []string{"title", "source"} {
		found, err := d.confidences(r.ctx, r.actor, r.typed(field), r.typed("masked") != "")
		if err != nil {
			return err
		}
		tips = append(tips, found...)
	}
	var absent []forum.Mentionable
	if source := r.typed("source"); strings.Contains(source, "@") && len(source) <= 4*forum.MaxSource {
		var err error
		if absent, err = d.Forum.NotReaders(r.ctx, r.actor, r.at(), markup.Cook(source, markup.Options{}).Mentions); err != nil {
			return err
		}
	}
	return r.render(view.HintsFragment(r.shell(""), tips, absent))
}

// mentions are those whom one who writes can mention by what they typed after an "@".
func (d *Door) mentions(r *request) error {
	found, err := d.Forum.OfferMentions(r.ctx, r.actor, r.at(), r.typed("begins"))
	if err != nil {
		return err
	}
	return r.render(view.MentionsFragment(r.words, found))
}

func (d *Door) preview(r *request) error {
	html, err := r.cooked(r.typed("source"))
	if err != nil {
		return err
	}
	return r.render(view.PreviewFragment(html))
}

// cooked is how a text will look to its writer.
func (r *request) cooked(source string) (string, error) {
	if len(source) > 4*forum.MaxSource {
		return "", fiber.ErrRequestEntityTooLarge
	}
	html := r.d.links(r.ctx).Through(markup.Cook(source, markup.Options{}).HTML)
	found, err := r.readQuoted(forum.References(html))
	return r.quoting(html, found), err
}

// looks is that on a form that was sent to see it, which is how it goes without scripts.
func (r *request) looks(source string) string {
	if r.typed("preview") == "" {
		return ""
	}
	html, err := r.cooked(source)
	if err != nil {
		return ""
	}
	return html
}
