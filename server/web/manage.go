package web

import (
	"context"

	"peergroups/forum"
	"peergroups/server/view"
)

func (d *Door) manage(r *request) error { return d.managePage(r, "", nil) }

// managePage shows the page of a group's moderators; which names the form that was refused.
func (d *Door) managePage(r *request, which string, cause error) error {
	m, err := d.Forum.ReadManage(r.ctx, r.actor, r.Params("group"))
	if err != nil {
		return err
	}
	path := groupPath(m.Group.Slug)
	p := view.Manage{Group: view.Link{Href: path, Text: m.Group.Name}, Slug: m.Group.Slug, MayOwn: m.Role >= forum.Owner, Frozen: m.Group.FrozenAt != 0}
	s := r.shell(r.words.T("manage.title") + " · " + m.Group.Name)
	for name, f := range map[string]*view.Form{"invite": &p.Invite, "board": &p.Board, "room": &p.Room} {
		*f = view.Form{Values: map[string]string{"keep": "0", "slow": "0"}, Key: newKey()}
		if name == which {
			*f = r.form("login", "slug", "name", "description", "posting", "kind", "no_answers", "topic", "circle", "from_join", "keep", "off_record", "slow")
			if err := r.refused(cause, f, &s); err != nil {
				return err
			}
		}
	}
	for _, row := range m.Members {
		v := memberRow(row)
		v.MayRemove = row.Role < m.Role && row.ID != r.actor.Member && (p.MayOwn || row.Role >= forum.Participant) // who visits, owners send away
		v.MayAppoint = p.MayOwn && row.Standing == forum.In && row.Role >= forum.Participant && row.ID != r.actor.Member
		if row.Standing == forum.Asking {
			p.Asking = append(p.Asking, v)
			continue
		}
		p.Members = append(p.Members, v)
	}
	p.Addresses, p.Log = m.Invited, logRows(m.Log, false)
	if s.Rail, err = r.rail(&m.Group, true, m.Role, path+"/manage"); err != nil {
		return err
	}
	return r.render(view.ManagePage(s, p))
}

// logRows are the rows of a log; mixed lists name the group.
func logRows(rows []forum.LogRow, mixed bool) []view.LogRow {
	out := make([]view.LogRow, len(rows))
	for i, l := range rows {
		out[i] = view.LogRow{At: l.At, By: face(l.ActorID, l.Actor), Act: l.Act, Reason: l.Reason, Object: l.Object}
		if mixed {
			out[i].Place = l.Group
		}
	}
	return out
}

func (r *request) managed(which, word string, act func(g forum.GroupID) error) error {
	g, err := r.inGroup()
	if err != nil {
		return err
	}
	if err := act(g.Group.ID); err != nil {
		if which == "" {
			return err
		}
		return r.d.managePage(r, which, err)
	}
	return r.done(groupPath(g.Group.Slug)+"/manage", word)
}

func (d *Door) invite(r *request) error {
	return r.managed("invite", "invited", func(g forum.GroupID) error { return d.Forum.InviteByLogin(r.ctx, r.actor, g, r.typed("login")) })
}

func (d *Door) withdraw(r *request) error {
	return r.managed("", "withdrawn", func(g forum.GroupID) error { return d.Forum.Withdraw(r.ctx, r.actor, g, r.typed("address")) })
}

func (d *Door) createBoard(r *request) error {
	return r.managed("board", "board-made", func(g forum.GroupID) error {
		_, err := d.Forum.CreateBoard(r.ctx, r.actor, g, r.boardDraft())
		return err
	})
}

func (d *Door) createRoom(r *request) error {
	g, err := r.inGroup()
	if err != nil {
		return err
	}
	room, err := d.Forum.OpenRoom(r.ctx, r.actor, g.Group.ID, r.typed("slug"), r.roomDraft())
	if err != nil {
		return d.managePage(r, "room", err)
	}
	return r.done(roomPath(g.Group.Slug, room.Slug), "room-made")
}

func (d *Door) removePage(r *request) error { return d.putOutPage(r, "remove", r.Query("member"), nil) }

func (d *Door) banPage(r *request) error { return d.putOutPage(r, "ban", r.Query("member"), nil) }

// putOutPage asks for the reason before somebody is put out of a group; cause is why it was refused.
func (d *Door) putOutPage(r *request, stem, member string, cause error) error {
	m, err := d.Forum.ReadManage(r.ctx, r.actor, r.Params("group"))
	if err != nil {
		return err
	}
	path := groupPath(m.Group.Slug) + "/manage"
	for _, row := range m.Members {
		if row.ID != forum.MemberID(number(member)) {
			continue
		}
		p, s := view.Act{Form: r.form("reason"), Stem: stem, Action: path + "/" + stem, Back: path, Object: row.Name + " · " + m.Group.Name, Member: row.ID, Danger: true}, r.shell(r.words.T(stem+".title"))
		if cause != nil {
			if err := r.refused(cause, &p.Form, &s); err != nil {
				return err
			}
		}
		return r.render(view.ActPage(s, p))
	}
	return forum.Absent()
}

// putOut does it, or asks again.
func (d *Door) putOut(r *request, stem, done string, act func(context.Context, forum.Actor, forum.GroupID, forum.MemberID, string) error) error {
	g, err := r.inGroup()
	if err != nil {
		return err
	}
	err = act(r.ctx, r.actor, g.Group.ID, forum.MemberID(number(r.typed("member"))), r.typed("reason"))
	if forum.KindOf(err) == forum.Invalid {
		return d.putOutPage(r, stem, r.typed("member"), err)
	}
	if err != nil {
		return err
	}
	return r.done(groupPath(g.Group.Slug)+"/manage", done)
}

func (d *Door) remove(r *request) error { return d.putOut(r, "remove", "removed", d.Forum.Remove) }

// appoint gives a member of the group a role in it, by its owners.
func (d *Door) appoint(r *request) error {
	return r.managed("", "appointed", func(g forum.GroupID) error {
		return d.Forum.Appoint(r.ctx, r.actor, g, forum.MemberID(number(r.typed("member"))), forum.GroupRole(choice(r.typed("role"))))
	})
}

func (d *Door) ban(r *request) error { return d.putOut(r, "ban", "banned", d.Forum.Ban) }

func (d *Door) unban(r *request) error {
	return r.managed("", "unbanned", func(g forum.GroupID) error {
		return d.Forum.Unban(r.ctx, r.actor, g, forum.MemberID(number(r.typed("member"))))
	})
}

// decide answers a request to join: let in, or not.
func (d *Door) decide(r *request) error {
	if r.typed("from") == "queue" {
		g, err := r.inGroup()
		if err == nil {
			err = d.Forum.Decide(r.ctx, r.actor, g.Group.ID, forum.MemberID(number(r.typed("member"))), r.typed("admit") != "")
		}
		if err != nil {
			return err
		}
		return r.done(groupPath(g.Group.Slug)+"/queue", "decided")
	}
	return r.managed("", "decided", func(g forum.GroupID) error {
		return d.Forum.Decide(r.ctx, r.actor, g, forum.MemberID(number(r.typed("member"))), r.typed("admit") != "")
	})
}
