package web

import (
	"github.com/gofiber/fiber/v2"

	"peergroups/forum"
	"peergroups/server/view"
)

// begin fills the form of a new topic before anything is typed: with what was scheduled and is taken up again, or with what
// its board begins with.
func (r *request) begin(b *forum.BoardPage, f *view.Form) error {
	if r.Method() != fiber.MethodGet {
		f.Values["tags"] = joined(r.tagIDs())
		return nil
	}
	id := number(r.Query("later"))
	if id == 0 {
		f.Values["source"], f.Values["poll_secret"] = b.Board.Template, ticked(b.Group.Class == forum.ChathamClass)
		return nil
	}
	t, err := r.d.Forum.ReadScheduled(r.ctx, r.actor, id)
	if err == nil && t.BoardID != b.Board.ID {
		err = forum.Absent()
	}
	d := t.Draft
	f.Values["later"], f.Values["title"], f.Values["source"], f.Values["files"] = decimal(id), d.Title, d.Source, joined(d.Files)
	putBeside(f, &d)
	if t.PostAt != 0 {
		f.Values["post_at"] = r.words.ISO(t.PostAt.Time())[:len("2006-01-02T15:04")]
	}
	return err
}

// putBeside puts what stands beside the text of a new topic into its form.
func putBeside(f *view.Form, d *forum.Draft) {
	f.Values["tags"], f.Values["poll_options"], f.Values["poll_until"] = joined(d.Tags), d.Poll.Options, d.Poll.Until
	f.Values["poll_many"], f.Values["poll_secret"] = ticked(d.Poll.Many), ticked(d.Poll.Secret)
	f.Values["special"] = ticked(d.Special)
}

func ticked(is bool) string {
	if is {
		return "1"
	}
	return ""
}

// scheduled are the topics that the member has scheduled, each with where it is taken up again.
func (d *Door) scheduled(r *request) (out []view.ScheduledRow, err error) {
	all, err := d.Forum.ScheduledTopics(r.ctx, r.actor)
	for i := range all {
		t := &all[i]
		row := view.ScheduledRow{ID: t.ID, Title: t.Draft.Title, Place: t.Place, Text: t.Beginning(200), At: t.PostAt}
		if t.Place != "" {
			row.Href = boardPath(t.Group, t.Board) + "/new?later=" + decimal(t.ID)
		} else {
			row.Place, row.Text = r.words.T("writing.out-of-reach"), t.Draft.Source
		}
		if t.PostAt == 0 {
			row.Why = r.words.T("later.why-" + t.Why)
		}
		out = append(out, row)
	}
	return out, err
}

func (d *Door) discardScheduled(r *request) error {
	if err := d.Forum.DiscardScheduled(r.ctx, r.actor, r.id("id")); err != nil {
		return err
	}
	return r.done("/account/drafts", "discarded")
}
