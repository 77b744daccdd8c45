package forum

import (
	"context"
	"slices"

	"github.com/uptrace/bun"
)

// How one gets out of talks, and does not get into them.

// DeclineTalk turns an invitation down. Who invited is not told; the name is no longer among those who are invited.
func (f *Forum) DeclineTalk(ctx context.Context, by Actor, id GroupID) error {
	return f.write(ctx, "decline talk", func(w *writer) error {
		if err := either(mayKeep(by), w.lockRow("groups", int64(id))); err != nil {
			return err
		}
		n, err := w.changed("DELETE FROM memberships WHERE group_id = ? AND member_id = ? AND standing = ? AND EXISTS (SELECT 1 FROM groups g WHERE g.id = group_id AND g.talk > 0)", id, by.Member, Invited)
		if err == nil && n == 0 {
			err = Absent()
		}
		if err != nil {
			return err
		}
		return w.remaining(id)
	})
}

// LeaveTalk takes the actor out of a talk at once, on every door. What they said stays with the others; with the last who leaves,
// the talk and all that was said in it is deleted.
func (f *Forum) LeaveTalk(ctx context.Context, by Actor, id GroupID) error {
	return f.write(ctx, "leave talk", func(w *writer) error {
		if _, err := w.talkIn(by, id); err != nil {
			return err
		}
		w.state(MemberLeft{Group: id, Member: by.Member})
		return either(w.exec("DELETE FROM memberships WHERE group_id = ? AND member_id = ?", id, by.Member), w.remaining(id))
	})
}

// remaining sees, whenever somebody is out of a talk, whether there is still somebody to talk to; its row is locked. Two of whom one
// blocked the other do not talk: to the one who is blocked it is as if the other had left.
func (w *writer) remaining(id GroupID) error {
	var n struct{ Inside, Asked, Blocked int }
	if err := w.one(&id, "SELECT id FROM groups WHERE id = ? AND talk > 0", id); err != nil {
		return err
	}
	if err := w.talkChanged(id); err != nil {
		return err
	}
	if err := w.one(&n, `SELECT count(CASE WHEN s.standing = ?1 THEN 1 END) AS inside, count(CASE WHEN s.standing = ?2 AND ?3 THEN 1 END) AS asked,
		(SELECT count(*) FROM blocks b JOIN memberships x ON x.member_id = b.member_id AND x.group_id = ?0 AND x.standing = ?1 JOIN memberships y ON y.member_id = b.blocked_id AND y.group_id = ?0 AND y.standing = ?1) AS blocked
		FROM memberships s WHERE s.group_id = ?0`, id, In, Invited, stillInvited("s")); err != nil {
		return err
	}
	switch {
	case n.Inside == 0:
		return w.forgetTalk(id)
	case n.Inside+n.Asked > 2 || n.Inside+n.Asked == 2 && (n.Asked > 0 || n.Blocked == 0):
		return nil // who still reads it is told so: nobody has to be told anew
	}
	w.state(GroupNarrowed{id}) // open pages of it hear nothing any more
	return either(w.exec("UPDATE groups SET talk = ? WHERE id = ?", TalkOver, id), w.exec("DELETE FROM memberships WHERE group_id = ? AND standing = ?", id, Invited))
}

// forgetTalk deletes a talk that nobody is in, with all that was said in it. What was reported of it stays with its case.
func (w *writer) forgetTalk(id GroupID) error {
	rooms := bun.SafeQuery("SELECT r.id FROM rooms r WHERE r.group_id = ?", id)
	if err := w.exec("UPDATE rooms SET last_seq = last_seq WHERE group_id = ?", id); err != nil { // who says something meanwhile waits, and finds no room
		return err
	}
	var said []int64
	if err := w.scan(w.ctx, &said, "SELECT c.id FROM messages c WHERE c.room_id IN (?)", rooms); err != nil {
		return err
	}
	for part := range slices.Chunk(said, saidAtOnce) {
		if err := w.eraseMessages(part); err != nil {
			return err
		}
	}
	for _, gone := range []struct {
		query string
		args  []any
	}{
		{"DELETE FROM room_reads WHERE room_id IN (?)", []any{rooms}},
		{"DELETE FROM writings WHERE kind = 'room' AND ref IN (?)", []any{rooms}},
		{"DELETE FROM rooms WHERE group_id = ?", []any{id}},
		{"DELETE FROM acknowledgements WHERE group_id = ?", []any{id}},
		{"DELETE FROM memberships WHERE group_id = ?", []any{id}},
		{"DELETE FROM deliveries WHERE kind = ? AND ref = ?", []any{talkNote, id}},
		{"DELETE FROM bells WHERE why = ? AND ref = ?", []any{InvitesToTalk, id}},
		{"DELETE FROM groups WHERE id = ?", []any{id}},
	} {
		if err := w.exec(gone.query, gone.args...); err != nil {
			return err
		}
	}
	return nil
}

// BlockMember keeps a member from talking with the actor: they cannot invite them any more, nor be invited by them, and a talk of
// the two is over. Nobody is told. Twice is once.
func (f *Forum) BlockMember(ctx context.Context, by Actor, whom MemberID) error {
	return f.write(ctx, "block member", func(w *writer) error {
		if err := mayKeep(by); err != nil {
			return err
		}
		if whom == by.Member {
			return Refuse(Forbidden, "error.not-yourself")
		}
		if err := w.lockMembers(by.Member, whom); err != nil { // nobody is invited meanwhile
			return err
		}
		if err := w.one(&whom, "SELECT id FROM members WHERE id = ? AND standing = ?", whom, Active); err != nil {
			return err
		}
		n, err := w.changed("INSERT INTO blocks (member_id, blocked_id, since_at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING", by.Member, whom, w.now)
		if err != nil || n == 0 {
			return err
		}
		var talks []GroupID
		if err := w.scan(w.ctx, &talks, `SELECT g.id FROM groups g JOIN memberships a ON a.group_id = g.id AND a.member_id = ?0 JOIN memberships b ON b.group_id = g.id AND b.member_id = ?1
			WHERE g.talk = ?2 AND (a.standing = ?3 OR b.standing = ?3) ORDER BY g.id`, by.Member, whom, Talking, In); err != nil {
			return err
		}
		for _, id := range talks {
			if err := w.part(id, by.Member, whom); err != nil {
				return err
			}
		}
		return nil
	})
}

// noTalk refuses a talk where verbs of groups have others of their own in talks.
func (w *writer) noTalk(id GroupID) error {
	var n int
	if err := w.one(&n, "SELECT count(*) FROM groups WHERE id = ? AND talk > 0", id); err != nil {
		return err
	}
	if n > 0 {
		return Absent()
	}
	return nil
}

// part takes back what two have invited one another to.
func (w *writer) part(id GroupID, one, other MemberID) error {
	return either(either(w.lockRow("groups", int64(id)), w.exec("DELETE FROM memberships WHERE group_id = ?0 AND standing = ?1 AND (member_id = ?2 AND invited_by = ?3 OR member_id = ?3 AND invited_by = ?2)", id, Invited, one, other)), w.remaining(id))
}

// UnblockMember ends it. A talk that is over stays so. Twice is once.
func (f *Forum) UnblockMember(ctx context.Context, by Actor, whom MemberID) error {
	return f.write(ctx, "unblock member", func(w *writer) error {
		return either(mayKeep(by), w.exec("DELETE FROM blocks WHERE member_id = ? AND blocked_id = ?", by.Member, whom))
	})
}

// ChooseTalks sets whether those who see the actor may invite them to talks, or nobody. What they are invited to stays.
func (f *Forum) ChooseTalks(ctx context.Context, by Actor, nobody bool) error {
	return f.write(ctx, "choose talks", func(w *writer) error {
		return either(mayKeep(by), w.exec("UPDATE members SET no_talks = ? WHERE id = ?", bit(nobody), by.Member))
	})
}
