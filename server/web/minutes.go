package web

import (
	"fmt"

	"peergroups/forum"
	"peergroups/server/view"
)

func minutesPath(id int64) string { return "/minutes/" + decimal(id) }

func (d *Door) proposeMinutesPage(r *request) error { return d.minutesForm(r, nil) }

// minutesForm is where messages of a room are chosen that are to become a topic; cause is why they were refused.
func (d *Door) minutesForm(r *request, cause error) error {
	t, err := d.Forum.ReadRoom(r.ctx, r.actor, r.Params("group"), r.Params("room"), forum.SaidCursor{Before: number(r.Query("before"))})
	if err != nil {
		return err
	}
	if !t.In {
		return forum.Refuse(forum.Forbidden, "error.join-first")
	}
	path := roomPath(t.Group.Slug, t.Room.Slug)
	n, err := d.Forum.ReadNeighbours(r.ctx, r.actor, t.Group.ID)
	if err != nil {
		return err
	}
	p := view.MinutesForm{Form: r.form("title", "board"), Room: view.Link{Href: path, Text: t.Room.Name}, Group: view.Link{Href: groupPath(t.Group.Slug), Text: t.Group.Name}}
	for _, b := range n.Boards {
		p.Boards = append(p.Boards, view.Option{Value: decimal(b.ID), Text: b.Name, Here: p.Values["board"] == decimal(b.ID)})
	}
	chosen := map[int64]bool{}
	for _, id := range r.ticks("message") {
		chosen[number(id)] = true
	}
	for i, m := range messages(r.words, d.links(r.ctx), t.Messages) {
		if said := t.Messages[i]; said.ErasedAt == 0 && said.Reach != forum.Nobody && !said.OffRecord {
			p.Messages = append(p.Messages, view.ChosenMessage{Message: m, On: chosen[m.ID]})
		}
	}
	if t.Earlier {
		p.Earlier = fmt.Sprintf("%s/minutes?before=%d", path, t.Messages[0].Seq)
	}
	s := r.shell(r.words.T("minutes.title") + " · " + t.Room.Name)
	if cause != nil {
		if err := r.refused(cause, &p.Form, &s); err != nil {
			return err
		}
	}
	if s.Rail, err = r.rail(&t.Group, t.In, t.Role, path); err != nil {
		return err
	}
	return r.render(view.MinutesFormPage(s, p))
}

func (d *Door) proposeMinutes(r *request) error {
	t, _, err := r.inRoom(false)
	if err != nil {
		return err
	}
	draft := forum.MinutesDraft{Board: forum.BoardID(number(r.typed("board"))), Title: r.typed("title")}
	for _, id := range r.ticks("message") {
		draft.Messages = append(draft.Messages, number(id))
	}
	id, err := d.Forum.ProposeMinutes(r.ctx, r.actor, t.Room.ID, draft)
	if forum.KindOf(err) == forum.Invalid {
		return d.minutesForm(r, err)
	}
	if err != nil {
		return err
	}
	return r.done(minutesPath(id), "minutes-proposed")
}

// minutes shows proposed minutes, to who proposed them and to those who are asked.
func (d *Door) minutes(r *request) error {
	m, err := d.Forum.ReadMinutes(r.ctx, r.actor, r.id("id"))
	if err != nil {
		return err
	}
	readers, err := d.Forum.CountReaders(r.ctx, &m.Group)
	if err != nil {
		return err
	}
	p := view.Minutes{Action: minutesPath(m.ID), Title: m.Title, Maker: m.Maker, Mine: m.Mine, Room: m.RoomName, Board: view.Link{Href: boardPath(m.GroupSlug, m.BoardSlug), Text: m.BoardName}, Audience: audience(&m.Group, readers),
		Told: m.Group.Told(m.Group.Audience()), Agreed: m.Agreed, Waiting: m.Waiting, Objecting: m.Objecting, Over: m.EndedAt != 0}
	if p.Maker == "" {
		p.Maker = r.words.T("minutes.somebody")
	}
	if m.TopicID != 0 {
		p.Topic = "/t/" + decimal(m.TopicID) + "/x"
	}
	for _, i := range m.Items {
		v := view.ChosenMessage{Message: message(r.words, d.links(r.ctx), i.ChatMessage)}
		switch {
		case i.Stale:
			v.Words = r.words.T("minutes.stale")
		case i.Answer == forum.Yes:
			v.Words = r.words.T("minutes.agreed")
		case i.Answer == forum.No:
			v.Words = r.words.T("minutes.objects")
		default:
			v.Words = r.words.T("minutes.waits")
		}
		if i.Mine && !i.Stale && !m.Mine {
			p.Asks = true
		}
		p.Messages = append(p.Messages, v)
	}
	s := r.shell(m.Title)
	s.NoIndex = true
	return r.render(view.MinutesPage(s, p))
}

func (d *Door) answerMinutes(r *request) error {
	id := r.id("id")
	if err := d.Forum.AnswerMinutes(r.ctx, r.actor, id, r.typed("yes") != "", r.typed("told")); forum.KindOf(err) == forum.Conflict {
		return r.done(minutesPath(id), "minutes-changed")
	} else if err != nil {
		return err
	}
	return r.done(minutesPath(id), "answered")
}

func (d *Door) postMinutes(r *request) error {
	id := r.id("id")
	t, err := d.Forum.PostMinutes(r.ctx, r.actor, id, int(number(r.typed("agreed"))), r.typed("told"))
	switch {
	case forum.KindOf(err) == forum.Conflict:
		return r.done(minutesPath(id), "minutes-changed")
	case err != nil:
		return err
	}
	return r.done(topicPath(t.ID, t.Slug), "posted")
}

func (d *Door) dropMinutes(r *request) error {
	if err := d.Forum.DropMinutes(r.ctx, r.actor, r.id("id")); err != nil {
		return err
	}
	return r.done("/account/minutes", "minutes-dropped")
}

// ownMinutes lists the minutes that wait for something by the reader.
func (d *Door) ownMinutes(r *request) error {
	all, err := d.Forum.OwnMinutes(r.ctx, r.actor)
	if err != nil {
		return err
	}
	var p view.OwnMinutes
	for _, m := range all {
		if m.Maker == "" {
			m.Maker = r.words.T("minutes.somebody")
		}
		p.Rows = append(p.Rows, view.MinutesRow{Href: minutesPath(m.ID), Title: m.Title, Place: m.GroupName + " · " + m.RoomName, Who: face(m.MemberID, m.Maker), Mine: m.Mine, At: m.MadeAt})
	}
	return r.render(view.OwnMinutesPage(r.shell(r.words.T("minutes.own-title")), p))
}
