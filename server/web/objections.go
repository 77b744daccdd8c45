package web

import (
	"peergroups/forum"
	"peergroups/server/view"
)

func objectionPath(act int64) string { return "/objections/" + decimal(act) }

// objectTo is the member's own objection to one of the decisions about them.
func (d *Door) objectTo(r *request) error {
	id := r.id("id")
	err := d.Forum.Object(r.ctx, r.actor, id, r.typed("words"))
	if forum.KindOf(err) == forum.Invalid {
		return d.ownActsPage(r, id, err)
	}
	if err != nil {
		return err
	}
	return r.done("/account/acts", "objected")
}

func (d *Door) objectLinkPage(r *request) error { return d.objectLinkForm(r, nil) }

func (d *Door) objectLinkForm(r *request, cause error) error {
	token := r.Params("token")
	a, err := d.Forum.ReadObjectionToken(r.ctx, token)
	if err != nil {
		return err
	}
	p, s := r.ownAct(a), r.shell(r.words.T("own-acts.title"))
	s.NoIndex = true
	p.Form = r.form("words")
	if p.What = (view.Link{}); p.Action != "" {
		p.Action = "/object/" + token
	}
	if cause != nil {
		if err := r.refused(cause, &p.Form, &s); err != nil {
			return err
		}
	}
	return r.render(view.ObjectByLinkPage(s, p))
}

// objectByLink takes the objection of one who is suspended.
func (d *Door) objectByLink(r *request) error {
	token := r.Params("token")
	err := d.Forum.ObjectByLink(r.ctx, token, r.typed("words"))
	if forum.KindOf(err) == forum.Invalid {
		return d.objectLinkForm(r, err)
	}
	if err != nil {
		return err
	}
	return r.done("/object/"+token, "objected")
}

func (d *Door) objection(r *request) error { return d.objectionPage(r, nil) }

func (d *Door) objectionPage(r *request, cause error) error {
	o, err := d.Forum.ReadObjection(r.ctx, r.actor, r.id("id"))
	if err != nil {
		return err
	}
	p := view.Objection{Form: r.form("answer"), OwnAct: view.OwnAct{Kind: string(o.Kind), Reason: o.Reason, Words: o.Words, Was: o.Was, At: o.At, Until: o.UntilAt, Objection: o.Objection.Objection, Answer: o.Answer, Due: o.DueAt, Outcome: outcomeOf(o.AnsweredAt, o.TakenBack)},
		Action: objectionPath(o.ID), Who: r.whoOf(o.What), Plain: o.What.Plain, Seen: o.Seen}
	if o.Seen {
		p.What = r.linkOf(o.What.Reported)
	}
	s := r.shell(r.words.T("work.objections"))
	s.NoIndex = true
	if cause != nil {
		if err := r.refused(cause, &p.Form, &s); err != nil {
			return err
		}
	}
	return r.render(view.ObjectionPage(s, p))
}

func outcomeOf(answered forum.Instant, takenBack bool) string {
	switch {
	case answered == 0:
		return "waiting"
	case takenBack:
		return "taken-back"
	}
	return "upheld"
}

func (d *Door) answerObjection(r *request) error {
	id := r.id("id")
	err := d.Forum.AnswerObjection(r.ctx, r.actor, id, r.typed("back") != "", r.typed("answer"))
	if forum.KindOf(err) == forum.Invalid {
		return d.objectionPage(r, err)
	}
	if err != nil && forum.KindOf(err) != forum.Conflict {
		return err
	}
	return r.done(objectionPath(id), "objection-answered")
}
