package web

import (
	"peergroups/forum"
	"peergroups/server/view"
)

func (d *Door) saidPage(r *request) error { return d.ownSaid(r, nil, nil, nil) }

// ownSaid is where a member changes what they said in a room; cause is why that was refused, tips what in it looks like a confidence.
func (d *Door) ownSaid(r *request, typed *view.Form, cause error, tips []view.Tip) error {
	m, err := d.Forum.ReadOwnMessage(r.ctx, r.actor, r.id("id"))
	if err != nil {
		return err
	}
	p := view.Said{Action: saidPath(m.ID), Room: view.Link{Href: roomPath(m.GroupSlug, m.RoomSlug), Text: m.RoomName}, Tips: tips, Masked: m.Class == forum.ChathamClass || m.GroupClass == forum.ChathamClass,
		Form: view.Form{Values: map[string]string{"text": m.Source, "base": decimal(m.ChangedSeq)}, Key: newKey()}}
	if p.Room.Text == "" {
		p.Room.Text = r.words.T("talk.with-nobody")
	}
	s := r.shell(r.words.T("said.title"))
	if typed != nil {
		p.Form = *typed
	}
	if cause != nil {
		if err := r.refused(cause, &p.Form, &s); err != nil {
			return err
		}
	}
	if tips != nil {
		r.again(&s, &p.Form, tips)
	}
	return r.render(view.SaidPage(s, p))
}

func (d *Door) changeSaid(r *request) error {
	m, err := d.Forum.ReadOwnMessage(r.ctx, r.actor, r.id("id"))
	if err != nil {
		return err
	}
	f := r.form("text", "base")
	tips, err := r.tips(&f, "text")
	if err != nil {
		return err
	}
	if tips != nil {
		return d.ownSaid(r, &f, nil, tips)
	}
	if err := d.Forum.ChangeMessage(r.ctx, r.actor, m.ID, f.Values["text"], number(f.Values["base"])); err != nil {
		return d.ownSaid(r, &f, err, nil)
	}
	return r.done(roomPath(m.GroupSlug, m.RoomSlug), "said-changed")
}

func (d *Door) takeSaidBack(r *request) error {
	m, err := d.Forum.ReadOwnMessage(r.ctx, r.actor, r.id("id"))
	if err != nil {
		return err
	}
	if err := d.Forum.TakeBackMessage(r.ctx, r.actor, m.ID); err != nil {
		return err
	}
	return r.done(roomPath(m.GroupSlug, m.RoomSlug), "said-back")
}
