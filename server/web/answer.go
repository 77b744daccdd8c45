package web

import (
	"time"

	"peergroups/forum"
	"peergroups/server/view"
)

// answerable tells whether the reader may mark the answer of a topic, which one is marked, and which post on the page opened it.
func (r *request) answerable(t *forum.TopicPage) (accepts bool, accepted, opening forum.PostID) {
	accepts = forum.MayAccept(r.actor, t) == nil
	if t.Answer != nil {
		accepted = t.Answer.ID
	}
	if len(t.Posts) > 0 && number(r.Query("after")) == 0 {
		opening = t.Posts[0].ID
	}
	return accepts, accepted, opening
}

// accept marks a post as the answer of its topic, or no longer.
func (d *Door) accept(r *request) error {
	id := forum.PostID(r.id("id"))
	if err := d.Forum.AcceptAnswer(r.ctx, r.actor, id, r.typed("back") != ""); err != nil {
		return err
	}
	return r.to(postPath(id))
}

var boardFields = []string{"name", "description", "posting", "kind", "no_answers", "template"}

// boardDraft reads the form of a board.
func (r *request) boardDraft() forum.BoardDraft {
	return forum.BoardDraft{Slug: r.typed("slug"), Name: r.typed("name"), Description: r.typed("description"), Posting: forum.Posting(choice(r.typed("posting"))),
		Kind: forum.BoardKind(choice(r.typed("kind"))), NoAnswers: r.typed("no_answers") != "", Template: r.typed("template")}
}

func (d *Door) boardSettings(r *request) error { return d.boardSettingsPage(r, nil) }

// boardSettingsPage shows a board's settings to the moderators of its group.
func (d *Door) boardSettingsPage(r *request, cause error) error {
	b, err := r.inBoard()
	if err != nil {
		return err
	}
	if !b.In || b.Role < forum.Moderator {
		return forum.Refuse(forum.Forbidden, "error.moderators-only")
	}
	path := boardPath(b.Group.Slug, b.Board.Slug)
	on := map[bool]string{true: "1"}
	p := view.BoardSettings{Group: view.Link{Href: groupPath(b.Group.Slug), Text: b.Group.Name}, Board: view.Link{Href: path, Text: b.Board.Name}, Form: view.Form{Key: newKey(),
		Values: map[string]string{"name": b.Board.Name, "description": b.Board.Description, "posting": decimal(b.Board.Posting), "kind": decimal(b.Board.Kind), "no_answers": on[b.Board.NoAnswers], "template": b.Board.Template}}}
	s := r.shell(r.words.T("board-settings.title") + " · " + b.Board.Name)
	if cause != nil {
		p.Form = r.form(boardFields...)
		if err := r.refused(cause, &p.Form, &s); err != nil {
			return err
		}
	}
	if s.Rail, err = r.rail(&b.Group, b.In, b.Role, path); err != nil {
		return err
	}
	return r.render(view.BoardSettingsPage(s, p))
}

func (d *Door) changeBoard(r *request) error {
	b, err := r.inBoard()
	if err != nil {
		return err
	}
	if err := d.Forum.ChangeBoard(r.ctx, r.actor, b.Board.ID, r.boardDraft()); err != nil {
		return d.boardSettingsPage(r, err)
	}
	return r.done(boardPath(b.Group.Slug, b.Board.Slug), "changed")
}

// oldAfter is how long after its last post a topic counts as old: who answers is told.
const oldAfter = 90 * 24 * time.Hour

// old says that the last post of a topic, as far as the reader may know, is long ago; "": it is not, or stands on a later page.
func (r *request) old(t *forum.TopicPage) string {
	if t.More || len(t.Posts) == 0 {
		return ""
	}
	last := t.Posts[len(t.Posts)-1].PostedAt.Time()
	if r.d.Now().Sub(last) <= oldAfter {
		return ""
	}
	return r.words.T("compose.old", "Day", r.words.Day(last))
}
