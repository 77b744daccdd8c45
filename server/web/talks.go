package web

import (
	"strings"
	"unicode"

	"peergroups/forum"
	"peergroups/server/view"
)

const talksPath = "/talks"

func talkPath(id forum.GroupID) string { return talksPath + "/" + decimal(id) }

// list names several in one sentence: "Ana, Ben and Chris".
func (r *request) list(all []string) string {
	switch n := len(all); n {
	case 0:
		return ""
	case 1:
		return all[0]
	default:
		return r.words.T("talk.and", "First", strings.Join(all[:n-1], ", "), "Last", all[n-1])
	}
}

// seatsOf are the others in a talk: who is in it, who was invited as it began, and who later.
func seatsOf(t *forum.Talk) (inside, first, later []string) {
	for _, s := range t.People {
		switch {
		case !s.Invited:
			inside = append(inside, s.Name)
		case s.First:
			first = append(first, s.Name)
		default:
			later = append(later, s.Name)
		}
	}
	return inside, first, later
}

// talkTitle is what a talk is called: its subject, or the names of the others.
func (r *request) talkTitle(t *forum.Talk) string {
	if t.Name != "" {
		return t.Name
	}
	inside, first, later := seatsOf(t)
	if all := append(append(inside, first...), later...); len(all) > 0 {
		return r.words.T("talk.with", "Names", r.list(all))
	}
	return r.words.T("talk.with-nobody")
}

// talkReaders says who reads what is said in a talk now.
func (r *request) talkReaders(t *forum.Talk) string {
	inside, first, _ := seatsOf(t)
	switch {
	case len(inside) > 0 && len(first) > 0:
		return r.words.T("talk.now-and-soon", "Names", r.list(inside), "First", r.list(first))
	case len(inside) > 0:
		return r.words.T("talk.now", "Names", r.list(inside))
	case len(first) > 0:
		return r.words.T("talk.soon", "First", r.list(first))
	}
	return r.words.T("talk.only-you")
}

// talks lists what the reader is in, and what they are invited to.
func (d *Door) talks(r *request) error {
	found, err := d.Forum.ReadTalks(r.ctx, r.actor)
	if err != nil {
		return err
	}
	p := view.Talks{Form: r.form(), Nobody: found.Nobody}
	if found.Nobody {
		p.Values["nobody"] = "1"
	}
	for i := range found.Talks {
		t := &found.Talks[i]
		row := view.TalkRow{Href: roomPath(t.Slug, forum.TalkRoom), Title: r.talkTitle(t), Over: t.Talk == forum.TalkOver, At: t.LastAt, Unread: t.Unread, Face: face(r.actor.Member, r.actor.Name)}
		if len(t.People) > 0 {
			row.Face, row.People = face(t.People[0].ID, t.People[0].Name), r.talkReaders(t)
		}
		p.Talks = append(p.Talks, row)
	}
	for i := range found.Invitations {
		t := &found.Invitations[i]
		inside, _, _ := seatsOf(t)
		p.Invitations = append(p.Invitations, view.TalkAsked{Inviter: face(t.InviterID, t.Inviter), Action: talkPath(t.ID), Subject: t.Name, People: r.list(inside), Count: len(inside), Wording: t.Wording})
	}
	for _, m := range found.Blocked {
		p.Blocked = append(p.Blocked, face(m.ID, m.Name))
	}
	return r.render(view.TalksPage(r.shell(r.words.T("talk.title")), p))
}

// handles are the user IDs in a line.
func handles(line string) []string {
	return strings.FieldsFunc(line, func(c rune) bool { return c == ',' || c == ';' || unicode.IsSpace(c) })
}

func (d *Door) newTalk(r *request) error {
	f := r.form("who", "look", "subject", "text")
	f.Values["who"] = r.Query("with")
	return r.newTalkPage(view.NewTalk{Form: f}, nil)
}

// newTalkPage is the form of a new talk; cause is why it was refused.
func (r *request) newTalkPage(p view.NewTalk, cause error) error {
	s := r.shell(r.words.T("talk.new"))
	if cause != nil {
		if err := r.refused(cause, &p.Form, &s); err != nil {
			return err
		}
	}
	if p.Tips != nil {
		r.again(&s, &p.Form, p.Tips)
	}
	return r.render(view.NewTalkPage(s, p))
}

// startTalk begins a talk, or looks for people to begin it with.
func (d *Door) startTalk(r *request) error {
	p := view.NewTalk{Form: r.form("who", "look", "subject", "text")}
	for _, h := range r.ticks("with") {
		if h = clean(h); strings.TrimSpace(p.Values["who"]) == "" {
			p.Values["who"] = h
		} else {
			p.Values["who"] += ", " + h
		}
	}
	if p.Looked = r.typed("looking") != ""; p.Looked {
		found, err := d.Forum.OfferTalk(r.ctx, r.actor, p.Values["look"])
		if err != nil {
			return err
		}
		for _, m := range found {
			p.Found = append(p.Found, view.TalkOffer{Face: face(m.ID, m.Name), Handle: m.Handle})
		}
		return r.newTalkPage(p, nil)
	}
	tips, err := r.tips(&p.Form, "subject", "text")
	if err != nil {
		return err
	}
	if p.Tips = tips; tips != nil {
		return r.newTalkPage(p, nil)
	}
	g, err := d.Forum.StartTalk(r.ctx, r.actor, forum.TalkDraft{Who: handles(p.Values["who"]), Subject: p.Values["subject"], Text: p.Values["text"], Key: p.Key})
	if err != nil {
		return r.newTalkPage(p, err)
	}
	return r.to(roomPath(g.Slug, forum.TalkRoom))
}

func (d *Door) chooseTalks(r *request) error {
	if err := d.Forum.ChooseTalks(r.ctx, r.actor, r.typed("nobody") != ""); err != nil {
		return err
	}
	return r.done(talksPath, "saved")
}

func (d *Door) acceptTalk(r *request) error {
	id := forum.GroupID(r.id("id"))
	if err := d.Forum.AcceptTalk(r.ctx, r.actor, id, r.typed("wording")); err != nil {
		return err
	}
	t, err := d.Forum.ReadTalk(r.ctx, r.actor, id)
	if err != nil {
		return err
	}
	return r.done(roomPath(t.Slug, forum.TalkRoom), "talk-accepted")
}

func (d *Door) declineTalk(r *request) error {
	if err := d.Forum.DeclineTalk(r.ctx, r.actor, forum.GroupID(r.id("id"))); err != nil {
		return err
	}
	return r.done(talksPath, "talk-declined")
}

// leaveTalkPage says what leaving does, before one does.
func (d *Door) leaveTalkPage(r *request) error {
	t, err := d.Forum.ReadTalk(r.ctx, r.actor, forum.GroupID(r.id("id")))
	if err == nil && !t.In {
		err = forum.Absent()
	}
	if err != nil {
		return err
	}
	return r.render(view.ActPage(r.shell(r.words.T("leave-talk.title")), view.Act{Form: r.form(), Stem: "leave-talk", Action: talkPath(t.ID) + "/leave", Back: roomPath(t.Slug, forum.TalkRoom), Object: r.talkTitle(&t), Plain: true, Danger: true}))
}

func (d *Door) leaveTalk(r *request) error {
	if err := d.Forum.LeaveTalk(r.ctx, r.actor, forum.GroupID(r.id("id"))); err != nil {
		return err
	}
	return r.done(talksPath, "talk-left")
}

func (d *Door) inviteToTalk(r *request) error {
	t, err := d.Forum.FindRoom(r.ctx, r.actor, r.Params("group"), r.Params("room"))
	if err == nil && t.Group.Talk == forum.NoTalk {
		err = forum.Absent()
	}
	if err != nil {
		return err
	}
	if err := d.Forum.InviteToTalk(r.ctx, r.actor, t.Group.ID, handles(r.typed("who"))); err != nil {
		return d.roomPage(r, roomForm{cause: err})
	}
	return r.done(roomPath(t.Group.Slug, t.Room.Slug), "talk-invited")
}

// ofTalk puts on the page of a room that is a talk's who is in it, and their names in the place of the group's.
func (d *Door) ofTalk(r *request, g *forum.Group, p *view.Room, s *view.Shell) error {
	if g.Talk == forum.NoTalk {
		return nil
	}
	t, err := d.Forum.ReadTalk(r.ctx, r.actor, g.ID)
	if err != nil {
		return err
	}
	p.Group, p.Name = view.Link{Href: talksPath, Text: r.words.T("talk.title")}, r.talkTitle(&t)
	p.Audience.People, s.Title = r.talkReaders(&t), p.Name+" · "+p.Group.Text
	if p.WhyAct == r.words.T("group.go") {
		p.WhyHref, p.WhyAct = talksPath, p.Group.Text
	}
	side := &view.TalkSide{Form: r.form("who"), Action: p.Href, Leave: talkPath(t.ID) + "/leave", Over: g.Talk == forum.TalkOver, Inside: []view.Face{face(r.actor.Member, r.actor.Name)}}
	side.Errors = p.Form.Errors
	for _, m := range t.People {
		if who := face(m.ID, m.Name); m.Invited {
			side.Invited = append(side.Invited, who)
		} else {
			side.Inside = append(side.Inside, who)
		}
	}
	p.Talk = side
	return nil
}

// goToTalk leads who is in a talk from the address that a group would have to its room, and who is invited to where they answer.
func (d *Door) goToTalk(r *request, cause error) error {
	g, err := d.Forum.FindTalk(r.ctx, r.actor, r.Params("group"))
	switch {
	case forum.KindOf(cause) != forum.NotFound, forum.KindOf(err) == forum.NotFound:
		return cause
	case err != nil:
		return err
	case g.Group.In:
		return r.to(roomPath(g.Group.Slug, forum.TalkRoom))
	}
	return r.to(talksPath)
}

// speaksIn is a group, or a talk, that the actor may know of, by the slug in the path.
func (r *request) speaksIn() (forum.GroupPage, error) {
	g, err := r.inGroup()
	if forum.KindOf(err) == forum.NotFound {
		return r.d.Forum.FindTalk(r.ctx, r.actor, r.Params("group"))
	}
	return g, err
}

// blockPage says what blocking somebody does, before one does.
func (d *Door) blockPage(r *request) error {
	p, err := d.Forum.ReadPerson(r.ctx, r.actor, forum.MemberID(r.id("id")))
	if err != nil {
		return err
	}
	path := "/m/" + decimal(p.ID)
	return r.render(view.ActPage(r.shell(r.words.T("block.title")), view.Act{Form: r.form(), Stem: "block", Action: path + "/block", Back: path, Object: p.Name, Plain: true}))
}

func (d *Door) block(r *request) error {
	if err := d.Forum.BlockMember(r.ctx, r.actor, forum.MemberID(r.id("id"))); err != nil {
		return err
	}
	return r.done(talksPath, "talk-blocked")
}

func (d *Door) unblock(r *request) error {
	if err := d.Forum.UnblockMember(r.ctx, r.actor, forum.MemberID(r.id("id"))); err != nil {
		return err
	}
	return r.done(talksPath, "talk-unblocked")
}

// handedOver are messages of a talk for a page.
func handedOver(all []forum.HandedOver) (out []view.HandedOver) {
	for _, h := range all {
		out = append(out, view.HandedOver{ID: h.MessageID, Who: h.Author, Words: h.Words, At: h.SaidAt})
	}
	return out
}
