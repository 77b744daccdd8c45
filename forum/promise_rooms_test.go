package forum_test

import (
	"peergroups/forum"
)

// openCircle opens a room for a circle of a group; the administrator is in it.
func (m *model) openCircle(g *forum.Group) *forum.Room {
	r, err := m.OpenRoom(m.t.Context(), m.Admin, g.ID, "circle", forum.RoomDraft{Name: "Circle", Circle: true})
	m.must(err)
	return r
}

// around takes somebody into the circle of a group, or out of it.
func (m *model) around(g, who int) string {
	group, ctx := m.groups[g], m.t.Context()
	switch {
	case m.inCircle(g, who) && m.r.IntN(3) == 0:
		delete(group.within, who)
		m.must(m.LeaveCircle(ctx, m.As(m.people[who]), group.circle.ID))
		return "leaves the circle"
	case !m.inCircle(g, who) && m.in(g, who) && !group.visits[who]:
		m.must(m.TakeIntoCircle(ctx, m.Admin, group.circle.ID, m.As(m.people[who]).Handle))
		group.within[who] = m.Now()
		return "is taken into the circle"
	}
	return "nothing"
}

// hear gives the numbers of what somebody reads in a room, by each door that lists it.
func (m *model) hear(a forum.Actor, group *modelGroup, room *forum.Room, lets bool) map[string][]int64 {
	ctx := m.t.Context()
	said, err := m.ReadMessages(ctx, a, room.ID, 0, 1000)
	if forum.KindOf(err) != forum.NotFound || lets {
		m.must(err)
	}
	out := map[string][]int64{"room": seqsOf(said), "search": nil, "page": nil}
	for door, at := range map[string]forum.SaidCursor{"page": {From: 1}, "search": {Word: "said"}} {
		for more := true; more; {
			p, err := m.ReadRoom(ctx, a, group.Slug, room.Slug, at)
			if forum.KindOf(err) == forum.NotFound && !lets {
				break
			}
			m.must(err)
			all := seqsOf(p.Messages)
			out[door] = append(out[door], all...)
			if more = door == "page" && p.Later || door == "search" && p.Earlier; more {
				at.From, at.Before = all[len(all)-1]+1, all[len(all)-1]
			}
		}
	}
	return out
}

func seqsOf(said []forum.ChatMessage) (out []int64) {
	for _, c := range said {
		out = append(out, c.Seq)
	}
	return out
}
