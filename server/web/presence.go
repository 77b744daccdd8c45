package web

import (
	"context"

	"peergroups/forum"
	"peergroups/realtime"
	"peergroups/server/view"
)

// present names who is in the room now, to those who see the group's roster; to others, and
// where people speak behind masks, only themself. Who does not want to be seen is not.
func (d *Door) present(r *request, t *forum.RoomPage) (out []view.Face, err error) {
	if r.actor.Member == 0 {
		return nil, nil
	}
	owners, _ := d.Hub.Present(r.ctx, RoomChannel(t.Room.ID)) // with the broker away: those of this node
	unseen, err := d.Forum.Unseen(r.ctx)
	if err != nil {
		return nil, err
	}
	all := tellsWho(r.actor, t)
	ids := make([]forum.MemberID, 0, len(owners))
	for _, o := range owners {
		if id := forum.MemberID(number(o)); id == r.actor.Member || all && !unseen[id] {
			ids = append(ids, id)
		}
	}
	people, err := d.Forum.Names(r.ctx, r.actor, ids)
	for _, p := range people {
		out = append(out, face(p.ID, p.Name))
	}
	return out, err
}

// tellsWho tells whether the reader of a room is told who is in it.
func tellsWho(a forum.Actor, t *forum.RoomPage) bool {
	return t.Group.Class != forum.ChathamClass && (t.Room.Circle || forum.MaySeeRoster(a, t.In, t.Role, &t.Group))
}

// hereNow is the list of who is in the room, for its script.
func (d *Door) hereNow(r *request) error {
	t, err := d.Forum.FindRoom(r.ctx, r.actor, r.Params("group"), r.Params("room"))
	if err != nil {
		return err
	}
	people, err := d.present(r, &t)
	if err != nil {
		return err
	}
	return r.render(view.HereFragment(people))
}

// typing tells those in a room that somebody writes there: by name, where everybody who reads there sees who the members are, and
// if they do not mind.
func (c *conn) typing(ctx context.Context, actor forum.Actor, room forum.RoomID, o order) error {
	tells, err := c.d.Forum.TellsTyping(ctx, actor, room)
	if err != nil || !tells {
		return err
	}
	return c.d.Hub.Publish(ctx, o.On, realtime.Frame{Data: encode(map[string]any{"is": "typing", "on": o.On, "id": actor.Member, "name": actor.Name})})
}
