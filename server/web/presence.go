package web

import (
	"context"
	"slices"
	"sync"
	"time"

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
	ids, all := make([]forum.MemberID, 0, len(owners)), tellsWho(r.actor, t)
	for _, o := range owners {
		if id := forum.MemberID(number(o)); all || id == r.actor.Member {
			ids = append(ids, id)
		}
	}
	unseen, err := d.Forum.Unseen(r.ctx, ids...)
	if err != nil {
		return nil, err
	}
	ids = slices.DeleteFunc(ids, func(id forum.MemberID) bool { return unseen[id] && id != r.actor.Member })
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

// typists bounds how often it is told that somebody writes: once in two seconds of each in each room, from however many windows.
type typists struct {
	mu sync.Mutex
	at map[typist]time.Time
}

type typist struct {
	member forum.MemberID
	room   forum.RoomID
}

func (t *typists) may(m forum.MemberID, room forum.RoomID, now time.Time) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	who := typist{m, room}
	if now.Sub(t.at[who]) < 2*time.Second {
		return false
	}
	if len(t.at) >= 10_000 || t.at == nil {
		t.at = map[typist]time.Time{}
	}
	t.at[who] = now
	return true
}

// typing tells those in a room that somebody writes there: by name, where everybody who reads there sees who the members are, and
// if they do not mind.
func (c *conn) typing(ctx context.Context, actor forum.Actor, room forum.RoomID, o order) error {
	if !c.d.typists.may(actor.Member, room, c.d.Now()) {
		return nil
	}
	tells, err := c.d.Forum.TellsTyping(ctx, actor, room)
	if err != nil || !tells {
		return err
	}
	return c.d.Hub.Publish(ctx, o.On, realtime.Frame{Data: encode(map[string]any{"is": "typing", "on": o.On, "id": actor.Member, "name": actor.Name})})
}
