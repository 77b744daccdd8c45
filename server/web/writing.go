package web

import (
	"strings"

	"github.com/gofiber/fiber/v2"

	"peergroups/forum"
	"peergroups/forum/markup"
	"peergroups/server/view"
)

// resume has a composer keep what is written in it, and fills it with what was kept there, unless something is typed already.
func (r *request) resume(c *view.Composer, kind string, ref int64) error {
	c.Kept = view.Kept{Kind: kind, Ref: ref, Version: number(r.typed("kept"))}
	if r.Method() != fiber.MethodGet || r.Query("quote") != "" {
		return nil
	}
	w, err := r.d.Forum.ReadWriting(r.ctx, r.actor, forum.WritingAtOf(kind, ref))
	if err != nil || w.Version == 0 {
		return err
	}
	c.Kept.Version, c.Kept.At = w.Version, w.ChangedAt
	c.Values["title"], c.Values["source"], c.Values["files"] = w.Title, w.Source, w.Files
	if w.Beside != "" {
		var d forum.Draft
		d.TakeBeside(w.Beside)
		putBeside(&c.Form, &d)
	}
	if w.ReplyTo != 0 && r.Query("reply") == "" {
		c.Values["reply_to"] = decimal(w.ReplyTo)
	}
	return nil
}

// at is the place that a composer's form is about.
func (r *request) at() forum.WritingAt {
	return forum.WritingAtOf(r.typed("place"), number(r.typed("ref")))
}

// keepWriting keeps what a composer holds: for its script, which asks for the new version, or by its button.
func (d *Door) keepWriting(r *request) error {
	f := r.form("title", "source", "reply_to")
	if _, err := r.takeFiles(&f); err != nil {
		return err
	}
	beside := forum.Draft{Tags: r.tagIDs(), Poll: r.pollDraft(), Special: r.typed("special") != ""}
	v, err := d.Forum.KeepWriting(r.ctx, r.actor, r.at(), forum.Writing{Title: f.Values["title"], Source: f.Values["source"], ReplyTo: forum.PostID(number(f.Values["reply_to"])),
		Files: f.Values["files"], Beside: beside.BesideText(), Version: number(r.typed("kept"))}, r.typed("over") != "")
	if err != nil {
		return err
	}
	if strings.Contains(r.Get(fiber.HeaderAccept), "fragment=kept") {
		return r.render(view.KeptFragment(r.words, v, forum.At(d.Now())))
	}
	return r.done("/account/drafts", "writing-kept")
}

func (d *Door) discardWriting(r *request) error {
	if err := d.Forum.DiscardWriting(r.ctx, r.actor, r.at()); err != nil {
		return err
	}
	return r.done("/account/drafts", "discarded")
}

// writings are what the member has begun to write, each with where it goes on.
func (d *Door) writings(r *request) (out []view.WritingRow, err error) {
	all, err := d.Forum.Writings(r.ctx, r.actor)
	for _, w := range all {
		row := view.WritingRow{Kind: w.Kind, Ref: w.Ref, Title: w.Place, Text: markup.Excerpt(w.Source, 200), At: w.ChangedAt}
		switch {
		case w.Place == "":
			row.Title, row.Text = r.words.T("writing.out-of-reach"), w.Source
		case w.Kind == "board":
			row.Href = boardPath(w.Group, w.Board) + "/new"
		case w.Kind == "room":
			row.Href = roomPath(w.Group, w.Board)
		case w.Kind == "topic":
			row.Href = newestPath(forum.TopicID(w.Ref))
		default:
			row.Href = postPath(forum.PostID(w.Ref)) + "/change"
		}
		if w.Title != "" && w.Kind == "board" {
			row.Title = w.Title + " · " + row.Title
		}
		out = append(out, row)
	}
	return out, err
}
