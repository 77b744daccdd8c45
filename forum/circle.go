package forum

import (
	"context"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/schema"
)

// A room is for its whole group, or for a circle of it: some of its members, named one by one. A circle is never opened to more
// than those who are in it, so what was said there stays there; its name and who is in it is known to nobody else, moderators of the group
// included: their log says that there is one. Who leaves the group is out of its circles, whoever takes them in again.

// someone is whom a gate is about: an expression of SQL, and that for whether their certificate runs.
type someone struct{ id, certified schema.QueryWithArgs }

func anActor(a Actor) someone {
	return someone{bun.SafeQuery("?", a.Member), bun.SafeQuery("?", a.level() >= Certified)}
}

// eachMember is each member m of a question.
func eachMember(now Instant) someone { return someone{bun.SafeQuery("m.id"), certifiedAt("m", now)} }

// isFellow is the SQL condition under which somebody is in the circle of a room, whose id is an expression of SQL, and in its group today, with the
// certificate that it asks for; also narrows it further, by xm.joined_at.
func isFellow(who someone, room, also string) schema.QueryWithArgs {
	return bun.SafeQuery(`EXISTS (SELECT 1 FROM room_members xm JOIN rooms xr ON xr.id = xm.room_id JOIN memberships xg ON xg.group_id = xr.group_id AND xg.member_id = xm.member_id
		WHERE xm.room_id = `+room+` AND xm.member_id = ?0 AND xg.standing = ?1 AND xg.role >= ?2 AND xg.joined_at <= xm.joined_at AND (?3 OR NOT EXISTS (SELECT 1 FROM groups xc WHERE xc.id = xr.group_id AND xc.visibility = ?4))`+also+`)`,
		who.id, In, Participant, who.certified, CertifiedOnly)
}

// amongFellows is isFellow for the actor.
func amongFellows(a Actor, room string) schema.QueryWithArgs { return isFellow(anActor(a), room, "") }

// saidToCircle is the SQL condition under which i was said to the circle of a room in which somebody is, and was then, if the history asks for it.
func saidToCircle(who someone, i string) schema.QueryWithArgs {
	return bun.SafeQuery("(?.reach = ? AND ?)", bun.Ident(i), InCircle, isFellow(who, i+".reach_of", " AND ("+i+".from_join = 0 OR xm.joined_at <= "+i+".posted_at)"))
}

// roomGate is the SQL condition under which a room r of a group g lets the actor in today.
func roomGate(a Actor) schema.QueryWithArgs {
	if a.Member == 0 {
		return bun.SafeQuery("(g.visibility = 0 AND r.circle = 0)")
	}
	return bun.SafeQuery("(? AND (r.circle = 0 OR ?))", placeGate(a, "g"), amongFellows(a, "r.id"))
}

// messageGate is the SQL condition under which the actor may read the message c, wherever its room lets them in: it has not had its
// time, and they belong to its audience, or said it.
func messageGate(a Actor) schema.QueryWithArgs {
	return bun.SafeQuery("(? AND ?)", lasts(a.at), saidGate(a, "c"))
}

// lasts is the SQL condition under which the time of the message c is not over; where nobody knows what time it is, none has any.
func lasts(now Instant) schema.QueryWithArgs {
	if now == 0 {
		return bun.SafeQuery("c.expires_at = 0")
	}
	return bun.SafeQuery("(c.expires_at = 0 OR c.expires_at > ?)", now)
}

// saidGate is itemGate for what was said in a room: there are circles, too.
func saidGate(a Actor, i string) schema.QueryWithArgs {
	if a.Member == 0 {
		return audienceGate(a, i)
	}
	return bun.SafeQuery("(? OR ?)", itemGate(a, i), ofCircle(a, i))
}

// ofCircle is saidToCircle for the actor.
func ofCircle(a Actor, i string) schema.QueryWithArgs {
	if a.Member == 0 {
		return nowhere
	}
	return saidToCircle(anActor(a), i)
}

// Fellow is one of the members of a circle.
type Fellow struct {
	ID       MemberID `bun:"id"`
	Name     string
	Handle   string
	JoinedAt Instant
}

// fellows lists who is in the circle of a room.
func fellows(ctx context.Context, db querier, room RoomID, now Instant) (out []Fellow, err error) {
	err = db.scan(ctx, &out, "SELECT m.id, m.name, m.handle, f.joined_at FROM room_members f JOIN members m ON m.id = f.member_id WHERE f.room_id = ? AND ? ORDER BY m.name, m.id", room, isFellow(eachMember(now), "f.room_id", ""))
	return out, err
}

const mostFellows = 200

// TakeIntoCircle takes a member of the group into the circle of a room, by anybody who is in it and sees that they are a member. Everybody in it sees who is. Twice is once.
// Errors: NotFound where the actor is not in it; Invalid with "login" where nobody of the group has that user ID.
func (f *Forum) TakeIntoCircle(ctx context.Context, by Actor, id RoomID, login string) error {
	if err := f.spend(ctx, takesOfMember, "take in", by.key()); err != nil { // also what fails: who tries user IDs learns slowly
		return err
	}
	return f.write(ctx, "take into circle", func(w *writer) error {
		r, g, err := w.inCircleOf(by, id)
		if err != nil {
			return err
		}
		var p problems
		var whom MemberID
		err = w.one(&whom, `SELECT m.id FROM members m JOIN memberships gm ON gm.member_id = m.id AND gm.group_id = ? AND gm.standing = ? AND gm.role >= ?
			WHERE m.handle_key = ? AND m.standing = ? AND ?`, g.ID, In, Participant, handleKey(login), Active, rosterGate(by, "gm.group_id"))
		if KindOf(err) == NotFound {
			p.add("login", "error.nobody-of-group")
			return p.err()
		}
		if err != nil {
			return err
		}
		in, err := fellows(w.ctx, w, r.ID, w.now)
		if err != nil {
			return err
		}
		for _, m := range in {
			if m.ID == whom {
				return nil
			}
		}
		if len(in) >= mostFellows {
			return Refuse(TooMany, "error.circle-full")
		}
		return either(w.takeIn(r, whom), w.ring(TakesIn, int64(r.ID), bun.SafeQuery("m.id = ? AND m.id <> ?", whom, by.Member)))
	})
}

func (w *writer) takeIn(r *Room, whom MemberID) error {
	if err := w.exec(`INSERT INTO room_members (room_id, member_id, joined_at) VALUES (?, ?, ?) ON CONFLICT (room_id, member_id) DO UPDATE SET joined_at = excluded.joined_at`, r.ID, whom, w.now); err != nil {
		return err
	}
	w.state(RoomChanged{r.ID})
	return nil
}

// inCircleOf loads a room of a circle in which the actor is; its row is locked.
func (w *writer) inCircleOf(by Actor, id RoomID) (*Room, *Group, error) {
	if err := w.lockRow("rooms", int64(id)); err != nil {
		return nil, nil, err
	}
	r, g, s, err := w.roomSeen(by, id)
	if err == nil {
		err = mayTakePart(by, s)
	}
	if err == nil && !r.Circle {
		err = Absent()
	}
	return r, g, err
}

// LeaveCircle takes the actor out of the circle of a room. Twice is once.
func (f *Forum) LeaveCircle(ctx context.Context, by Actor, id RoomID) error {
	return f.write(ctx, "leave circle", func(w *writer) error {
		if by.Member == 0 {
			return Refuse(Forbidden, "error.sign-in-first")
		}
		return w.outOfCircle(id, by.Member)
	})
}

func (w *writer) outOfCircle(id RoomID, whom MemberID) error {
	n, err := w.changed("DELETE FROM room_members WHERE room_id = ? AND member_id = ?", id, whom)
	if n > 0 {
		w.state(RoomChanged{id})
		w.state(CircleLeft{Room: id, Member: whom})
	}
	return err
}

// RemoveFromCircle takes somebody out of the circle of a room for a reason that they are told: by a moderator of its group who is in it, of a
// higher role.
func (f *Forum) RemoveFromCircle(ctx context.Context, by Actor, id RoomID, whom MemberID, d ActDraft) error {
	return f.write(ctx, "remove from circle", func(w *writer) error {
		r, g, err := w.inCircleOf(by, id)
		if err != nil {
			return err
		}
		if err := w.mayActInRoom(by, g, whom, &d); err != nil {
			return err
		}
		var in int
		if err := w.one(&in, "SELECT 1 FROM room_members WHERE room_id = ? AND member_id = ?", r.ID, whom); err != nil {
			return err
		}
		if _, err := w.act(by, Act{Kind: RemovesFromRoom, GroupID: g.ID, MemberID: whom, RoomID: r.ID, Apart: true}, d); err != nil {
			return err
		}
		return w.outOfCircle(r.ID, whom)
	})
}

// mayActInRoom refuses who does not moderate the group, or acts on one of no lower role; the act is checked.
func (w *writer) mayActInRoom(by Actor, g *Group, whom MemberID, d *ActDraft) error {
	if _, err := w.inGroup(by, g.ID, whom); err != nil {
		return err
	}
	var p problems
	d.check(&p)
	return p.err()
}
