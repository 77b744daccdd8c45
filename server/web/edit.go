package web

import (
	"peergroups/forum"
	"peergroups/forum/markup"
	"peergroups/server/view"
)

func (d *Door) editPage(r *request) error { return d.editForm(r, nil) }

// editForm shows a moderator the words of somebody's post, and asks for the reason of the change.
func (d *Door) editForm(r *request, cause error) error {
	id := forum.PostID(r.id("id"))
	p, err := d.Forum.ReadEdited(r.ctx, r.actor, id)
	if err != nil {
		return err
	}
	v := view.Act{Stem: "edit", Action: postPath(id) + "/edit", Back: postPath(id), Object: voice(r.words, 0, p.Author, p.Veiled).Name + " · " + p.Title, Group: p.GroupID, Reasons: true, Edits: true, Source: p.Words, Base: p.Base}
	return r.actForm(v, cause)
}

func (d *Door) edit(r *request) error {
	id := forum.PostID(r.id("id"))
	if r.using() {
		return d.editForm(r, nil)
	}
	err := d.Forum.EditPost(r.ctx, r.actor, id, forum.PostEdit{Source: r.typed("source"), Base: number(r.typed("base")), ActDraft: r.actDraft()})
	if forum.KindOf(err) == forum.Invalid {
		return d.editForm(r, err)
	}
	if err != nil {
		return err
	}
	return r.done(postPath(id)+"/history", "post-edited")
}

// redact takes the words of an earlier text out of the history.
func (d *Door) redact(r *request) error {
	id := forum.PostID(r.id("id"))
	if err := d.Forum.Redact(r.ctx, r.actor, id, number(r.typed("revision"))); err != nil {
		return err
	}
	return r.done(postPath(id)+"/history", "redacted")
}

func (d *Door) erasePage(r *request) error { return d.eraseForm(r, nil) }

// eraseForm asks a moderator why something is to be erased for good, and says what that cannot reach.
func (d *Door) eraseForm(r *request, cause error) error {
	id := forum.PostID(r.id("id"))
	post, err := d.Forum.ReadModerated(r.ctx, r.actor, id)
	if err != nil {
		return err
	}
	return r.actForm(view.Act{Stem: "erase", Action: postPath(id) + "/erase", Back: postPath(id), Object: voice(r.words, 0, post.Author, post.Veiled).Name + ": " + markup.Excerpt(post.Plain, 300),
		Group: post.GroupID, Reasons: true, Danger: true, Means: r.beyond()}, cause)
}

// beyond says what erasing does not reach.
func (r *request) beyond() (out []string) {
	for _, key := range []string{"erase.not-mails", "erase.not-downloads", "erase.not-backups", "erase.not-others"} {
		out = append(out, r.words.T(key))
	}
	return out
}

func (d *Door) askErase(r *request) error {
	id := forum.PostID(r.id("id"))
	if r.using() {
		return d.eraseForm(r, nil)
	}
	err := d.Forum.AskErase(r.ctx, r.actor, id, r.actDraft())
	if forum.KindOf(err) == forum.Invalid {
		return d.eraseForm(r, err)
	}
	if err != nil {
		return err
	}
	return r.done(postPath(id), "erase-asked")
}

// erasures are what administrators are asked to erase for good.
func (d *Door) erasures(r *request) error { return d.erasuresPage(r, 0, nil) }

func (d *Door) erasuresPage(r *request, wrong int64, cause error) error {
	open, decided, err := d.Forum.ReadErasures(r.ctx, r.actor)
	if err != nil {
		return err
	}
	s := r.shell(r.words.T("erasures.title"))
	p := view.Erasures{Means: r.beyond()}
	for _, e := range open {
		v := erasure(e)
		if v.Mine = e.AskedBy == r.actor.Member; e.ID == wrong {
			v.Form = r.form("answer")
			if err := r.refused(cause, &v.Form, &s); err != nil {
				return err
			}
		}
		p.Open = append(p.Open, v)
	}
	for _, e := range decided {
		p.Decided = append(p.Decided, erasure(e))
	}
	return r.render(view.ErasuresPage(s, p))
}

func erasure(e forum.Erasure) view.Erasure {
	return view.Erasure{ID: e.ID, Place: e.GroupName, Reason: e.Reason, Words: e.Words, At: e.AskedAt, Erased: e.Erased, Answer: e.Answer}
}

func (d *Door) decideErasure(r *request) error {
	id := r.id("id")
	err := d.Forum.DecideErasure(r.ctx, r.actor, id, r.typed("erase") != "", r.typed("answer"))
	switch kind := forum.KindOf(err); {
	case err == nil:
		return r.done("/staff/erasures", "erasure-decided")
	case kind == forum.Invalid:
		return d.erasuresPage(r, id, err)
	case kind == forum.Conflict:
		return r.done("/staff/erasures", "case-taken")
	}
	return err
}
