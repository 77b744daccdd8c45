package web

import (
	"peergroups/forum"
	"peergroups/forum/markup"
	"peergroups/server/view"
)

// actForm shows a form that asks for the reason of an act; cause is why it was refused.
func (r *request) actForm(p view.Act, cause error) error {
	p.Form = r.form("reason", "words", "days")
	s := r.shell(r.words.T(p.Stem + ".title"))
	s.NoIndex = true
	if cause != nil {
		if err := r.refused(cause, &p.Form, &s); err != nil {
			return err
		}
	}
	return r.render(view.ActPage(s, p))
}

// actDraft is what such a form says.
func (r *request) actDraft() forum.ActDraft {
	return forum.ActDraft{Reason: r.typed("reason"), Words: r.typed("words"), Days: int(number(r.typed("days")))}
}

func (d *Door) hidePage(r *request) error { return d.hideForm(r, "hide", nil) }

func (d *Door) showPage(r *request) error { return d.hideForm(r, "show", nil) }

func (d *Door) hideForm(r *request, stem string, cause error) error {
	id := forum.PostID(r.id("id"))
	post, err := d.Forum.ReadModerated(r.ctx, r.actor, id)
	if err != nil {
		return err
	}
	return r.actForm(view.Act{Stem: stem, Action: postPath(id) + "/" + stem, Back: postPath(id), Object: voice(r.words, 0, post.Author, post.Veiled).Name + ": " + markup.Excerpt(post.Plain, 300),
		Reasons: stem == "hide", Plain: stem == "show", Danger: stem == "hide"}, cause)
}

func (d *Door) hide(r *request) error {
	id := forum.PostID(r.id("id"))
	err := d.Forum.HidePost(r.ctx, r.actor, id, r.actDraft())
	if forum.KindOf(err) == forum.Invalid {
		return d.hideForm(r, "hide", err)
	}
	if err != nil {
		return err
	}
	return r.done(postPath(id), "post-hidden")
}

func (d *Door) showAgain(r *request) error {
	id := forum.PostID(r.id("id"))
	if err := d.Forum.ShowPost(r.ctx, r.actor, id, ""); err != nil {
		return err
	}
	return r.done(postPath(id), "post-shown")
}

// ownActs are the statements of reasons of what moderators did about the reader.
func (d *Door) ownActs(r *request) error {
	rows, err := d.Forum.ReadOwnActs(r.ctx, r.actor)
	if err != nil {
		return err
	}
	var p view.OwnActs
	for _, a := range rows {
		p.Rows = append(p.Rows, r.ownAct(a))
	}
	return r.render(view.OwnActsPage(r.shell(r.words.T("own-acts.title")), p))
}

func (r *request) ownAct(a forum.OwnAct) view.OwnAct {
	v := view.OwnAct{Kind: string(a.Kind), Reason: a.Reason, Words: a.Words, By: view.ActedBy(r.words, a.GroupID, a.GroupName), At: a.At, Until: a.UntilAt, Lifted: a.LiftedAt}
	if a.PostID != 0 {
		v.What = view.Link{Href: postPath(a.PostID), Text: r.words.T("post.link")}
	}
	return v
}
