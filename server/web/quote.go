package web

import (
	"bytes"
	"fmt"
	"slices"

	"peergroups/forum"
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
	return r.render(view.HintsFragment(r.shell(""), tips))
}
