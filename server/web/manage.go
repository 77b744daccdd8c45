package web

import (
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
	p := view.Manage{Group: view.Link{Href: path, Text: m.Group.Name}, Slug: m.Group.Slug, MayOwn: m.Role >= forum.Owner}
	s := r.shell(r.words.T("manage.title") + " · " + m.Group.Name)
	var ban view.Form // one a row: what is wrong with it stands in the summary
	for name, f := range map[string]*view.Form{"invite": &p.Invite, "board": &p.Board, "room": &p.Room, "ban": &ban} {
		*f = view.Form{Values: map[string]string{}, Key: newKey()}
		if name == which {
			*f = r.form("login", "slug", "name", "description", "posting")
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
	p.Addresses, p.Log = m.Invited, logRows(m.Log)
	if s.Rail, err = r.rail(&m.Group, true, m.Role, path+"/manage"); err != nil {
		return err
	}
	return r.render(view.ManagePage(s, p))
}

func logRows(rows []forum.LogRow) []view.LogRow {
	out := make([]view.LogRow, len(rows))
	for i, l := range rows {
		out[i] = view.LogRow{At: l.At, By: face(l.ActorID, l.Actor), Act: l.Act, Reason: l.Reason, Object: l.Object}
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
		_, err := d.Forum.CreateBoard(r.ctx, r.actor, g, forum.BoardDraft{Slug: r.typed("slug"), Name: r.typed("name"), Description: r.typed("description"),
			Posting: forum.Posting(choice(r.typed("posting")))})
		return err
	})
}

func (d *Door) createRoom(r *request) error {
	return r.managed("room", "room-made", func(g forum.GroupID) error {
		_, err := d.Forum.CreateRoom(r.ctx, r.actor, g, r.typed("slug"), r.typed("name"))
		return err
	})
}

func (d *Door) remove(r *request) error {
	return r.managed("", "removed", func(g forum.GroupID) error {
		return d.Forum.Remove(r.ctx, r.actor, g, forum.MemberID(number(r.typed("member"))), r.typed("reason"))
	})
}

// appoint gives a member of the group a role in it, by its owners.
func (d *Door) appoint(r *request) error {
	return r.managed("", "appointed", func(g forum.GroupID) error {
		return d.Forum.Appoint(r.ctx, r.actor, g, forum.MemberID(number(r.typed("member"))), forum.GroupRole(choice(r.typed("role"))))
	})
}

func (d *Door) ban(r *request) error {
	return r.managed("ban", "banned", func(g forum.GroupID) error {
		return d.Forum.Ban(r.ctx, r.actor, g, forum.MemberID(number(r.typed("member"))), r.typed("reason"))
	})
}

func (d *Door) unban(r *request) error {
	return r.managed("", "unbanned", func(g forum.GroupID) error {
		return d.Forum.Unban(r.ctx, r.actor, g, forum.MemberID(number(r.typed("member"))))
	})
}

// decide answers a request to join: let in, or not.
func (d *Door) decide(r *request) error {
	return r.managed("", "decided", func(g forum.GroupID) error {
		return d.Forum.Decide(r.ctx, r.actor, g, forum.MemberID(number(r.typed("member"))), r.typed("admit") != "")
	})
}

func (d *Door) moderation(r *request) error {
	groups, log, err := d.Forum.ReadModeration(r.ctx, r.actor)
	if err != nil {
		return err
	}
	p := view.Moderation{Log: logRows(log)}
	for i := range groups {
		p.Groups = append(p.Groups, view.Link{Href: groupPath(groups[i].Slug) + "/manage", Text: groups[i].Name, Icon: audienceIcon(&groups[i])})
	}
	return r.render(view.ModerationPage(r.shell(r.words.T("moderation.title")), p))
}
