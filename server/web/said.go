package web

import (
	"fmt"

	"peergroups/forum"
	"peergroups/server/view"
)

// saidAt is the address of a message: it leads to its place in the room.
func (d *Door) saidAt(r *request) error {
	m, err := d.Forum.FindSaid(r.ctx, r.actor, r.id("id"))
	if err != nil {
		return err
	}
	return r.to(fmt.Sprintf("%s?from=%d#s%d", roomPath(m.GroupSlug, m.RoomSlug), max(m.Seq-10, 1), m.Seq))
}

// saidMore shows a message with what its reader can do about it.
func (d *Door) saidMore(r *request) error {
	m, err := d.Forum.FindSaid(r.ctx, r.actor, r.id("id"))
	if err != nil {
		return err
	}
	t, err := d.Forum.FindRoom(r.ctx, r.actor, m.GroupSlug, m.RoomSlug)
	if err != nil {
		return err
	}
	room := roomPath(m.GroupSlug, m.RoomSlug)
	p := view.SaidMore{Room: view.Link{Href: room, Text: t.Room.Name}, Group: view.Link{Href: groupPath(m.GroupSlug), Text: t.Group.Name}, Message: message(r.words, d.links(r.ctx), m.ChatMessage)}
	p.Signs = reactionsOf(r.words, m.Signs)
	p.MayReact = forum.MayReactIn(r.actor, &t, &m.ChatMessage) == nil
	if r.actor.Member != 0 {
		given, err := d.Forum.ReadSigns(r.ctx, r.actor, m.ID)
		if err != nil {
			return err
		}
		p.By = reactedBy(r.words, given)
	}
	p.Acts = saidActs(r, &t, &m.ChatMessage, room)
	s := r.shell(r.words.T("said.more"))
	s.NoIndex = true
	return r.render(view.SaidMorePage(s, p))
}

// saidActs are the ways from a message.
func saidActs(r *request, t *forum.RoomPage, m *forum.ChatMessage, room string) (out []view.Link) {
	add := func(may bool, href, key string) {
		if may {
			out = append(out, view.Link{Href: href, Text: r.words.T(key)})
		}
	}
	there, shown := saidPath(m.ID), m.ErasedAt == 0 && m.Reach != forum.Nobody
	speaks := t.In && forum.MayTalkIn(t.Role, &t.Room) == nil
	moderates := t.In && t.Role >= forum.Moderator && !m.Mine && m.ErasedAt == 0
	add(true, there, "said.in-room")
	add(shown && speaks, fmt.Sprintf("%s?reply=%d#text", room, m.ID), "room.reply")
	add(m.Mine && m.ErasedAt == 0, there+"/change", "said.change")
	add(shown && !m.Mine && r.actor.Member != 0, "/report/message/"+decimal(m.ID), "report.button-short")
	add(moderates && m.HiddenWhy == "", there+"/hide", "hide.link")
	add(moderates && m.HiddenWhy != "", there+"/show", "show.link")
	add(moderates && !m.Veiled, fmt.Sprintf("%s/mute?member=%d", room, m.AuthorID), "mute-in-room.link")
	return out
}

// signSaid gives a sign to a message, or takes it back where it was given before.
func (d *Door) signSaid(r *request) error {
	id, sign, verb := r.id("id"), forum.Sign(choice(r.typed("sign"))), d.Forum.ReactToSaid
	if r.typed("back") != "" {
		verb = d.Forum.UnreactToSaid
	}
	if err := verb(r.ctx, r.actor, id, sign); err != nil {
		return err
	}
	return r.to(saidPath(id) + "/more")
}

// saidBackTo is the room of one's message, while it lets one in.
func saidBackTo(m *forum.OwnMessage) string {
	if m.RoomSlug == "" {
		return "/"
	}
	return roomPath(m.GroupSlug, m.RoomSlug)
}

func (d *Door) saidPage(r *request) error { return d.ownSaid(r, nil, nil, nil) }

// ownSaid is where a member changes what they said in a room; cause is why that was refused, tips what in it looks like a confidence.
func (d *Door) ownSaid(r *request, typed *view.Form, cause error, tips []view.Tip) error {
	m, err := d.Forum.ReadOwnMessage(r.ctx, r.actor, r.id("id"))
	if err != nil {
		return err
	}
	p := view.Said{Action: saidPath(m.ID), Room: view.Link{Href: saidBackTo(&m), Text: m.RoomName}, Tips: tips, Masked: m.Class == forum.ChathamClass || m.GroupClass == forum.ChathamClass,
		Form: view.Form{Values: map[string]string{"text": m.Source, "base": decimal(m.EditedAt)}, Key: newKey()}}
	if p.Room.Text == "" {
		p.Room.Text = r.words.T("nav.home")
		if m.RoomSlug != "" {
			p.Room.Text = r.words.T("talk.with-nobody")
		}
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
	if err := d.Forum.ChangeMessage(r.ctx, r.actor, m.ID, f.Values["text"], forum.Instant(number(f.Values["base"]))); err != nil {
		return d.ownSaid(r, &f, err, nil)
	}
	return r.done(saidBackTo(&m), "said-changed")
}

func (d *Door) takeSaidBack(r *request) error {
	m, err := d.Forum.ReadOwnMessage(r.ctx, r.actor, r.id("id"))
	if err != nil {
		return err
	}
	if err := d.Forum.TakeBackMessage(r.ctx, r.actor, m.ID); err != nil {
		return err
	}
	return r.done(saidBackTo(&m), "said-back")
}
