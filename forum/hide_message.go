package forum

import (
	"context"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/schema"
)

// A message of a room is hidden as a post is (hide.go): it has the audience Nobody, and for whom it was stands in the table
// hidden_messages. In its room its line stays, with the reason; its words only its author reads, and moderators on the page
// by which they show it again.

// hiddenMessageGate is the SQL condition under which the message c is hidden and the actor could read it before.
func hiddenMessageGate(a Actor) schema.QueryWithArgs {
	return bun.SafeQuery("(c.reach = 4 AND EXISTS (SELECT 1 FROM hidden_messages hi WHERE hi.message_id = c.id AND (? OR ?)) AND ?)", audienceGate(a, "hi"), ofCircle(a, "hi"), lasts(a.at))
}

// moderatesHiddenMessage is the SQL condition under which the message c is hidden, and the actor could read it before and
// moderates the group of its room.
func moderatesHiddenMessage(a Actor) schema.QueryWithArgs {
	if a.Member == 0 {
		return nowhere
	}
	return bun.SafeQuery(`(? AND EXISTS (SELECT 1 FROM rooms hr JOIN memberships hm ON hm.group_id = hr.group_id
		WHERE hr.id = c.room_id AND hm.member_id = ? AND hm.standing = ? AND hm.role >= ?))`, hiddenMessageGate(a), a.Member, In, Moderator)
}

// leaveLines takes the words out of messages that are hidden from who reads them: their line is left.
func leaveLines(by Actor, said []ChatMessage) {
	for i := range said {
		if m := &said[i]; m.Reach == Nobody && m.AuthorID != by.Member {
			m.Source, m.HTML, m.Plain = "", "", ""
		}
	}
}

// messageForModerators loads a message, hidden or not, with its group, for a moderator who reads it and did not say it.
func messageForModerators(ctx context.Context, db querier, by Actor, id int64) (m ChatMessage, g GroupID, err error) {
	var row struct {
		ChatMessage
		GroupID GroupID
	}
	if err = one(ctx, db, &row, `SELECT c.id, c.room_id, c.seq, c.author_id, m.name AS author, c.reach, c.reach_of, c.from_join, c.plain, c.posted_at, c.class, r.group_id FROM messages c JOIN members m ON m.id = c.author_id
		JOIN rooms r ON r.id = c.room_id JOIN groups g ON g.id = r.group_id WHERE c.id = ? AND c.erased_at = 0 AND ? AND (? OR ?)`, id, roomGate(by), messageGate(by), moderatesHiddenMessage(by)); err != nil {
		return m, 0, err
	}
	_, s, _, err := groupSeen(ctx, db, by, row.GroupID)
	if err == nil {
		err = mayHide(by, s, &Post{AuthorID: row.AuthorID})
	}
	return row.ChatMessage, row.GroupID, err
}

// ModeratedMessage is a message for a moderator who hides it or shows it again.
type ModeratedMessage struct {
	ChatMessage
	GroupID GroupID
}

// ReadModeratedMessage gives a message, hidden or not, to a moderator of its group who reads it.
func (f *Forum) ReadModeratedMessage(ctx context.Context, by Actor, id int64) (m ModeratedMessage, err error) {
	defer during(&err, "read moderated message")
	c, g, err := messageForModerators(ctx, f.store.read, by, id)
	if err != nil {
		return m, err
	}
	all := []ChatMessage{c}
	f.veilMessages(by, all)
	return ModeratedMessage{all[0], g}, nil
}

// HideMessage hides a message for a reason: by a moderator of the room's group, who reads it. Its author gets a statement of
// reasons. Twice is once.
func (f *Forum) HideMessage(ctx context.Context, by Actor, id int64, d ActDraft) error {
	return f.write(ctx, "hide message", func(w *writer) error {
		if err := w.lockRow("messages", id); err != nil {
			return err
		}
		m, g, err := messageForModerators(w.ctx, w, by, id)
		if err != nil || m.Reach == Nobody {
			return err
		}
		var wrong problems
		if d.check(&wrong); wrong != nil {
			return wrong.err()
		}
		act, err := w.act(by, Act{Kind: HidesMessage, GroupID: g, MemberID: m.AuthorID, MessageID: m.ID, RoomID: m.RoomID, Masked: m.Class == ChathamClass, Apart: m.Reach == InCircle}, d)
		if err != nil {
			return err
		}
		if err := w.again(&m); err != nil {
			return err
		}
		return either(w.exec("INSERT INTO hidden_messages (message_id, act_id, reach, reach_of, from_join, posted_at) VALUES (?, ?, ?, ?, ?, ?)", m.ID, act, m.Reach, m.Of, bit(m.FromJoin), m.PostedAt),
			w.exec("UPDATE messages SET reach = ?, reach_of = 0, from_join = 0 WHERE id = ?", Nobody, m.ID))
	})
}

// ShowMessage shows a hidden message again, to those who could read it before: by a moderator of the room's group.
func (f *Forum) ShowMessage(ctx context.Context, by Actor, id int64) error {
	return f.write(ctx, "show message", func(w *writer) error {
		if err := w.lockRow("messages", id); err != nil {
			return err
		}
		m, g, err := messageForModerators(w.ctx, w, by, id)
		if err != nil || m.Reach != Nobody {
			return err
		}
		var act int64
		if err := w.one(&act, "SELECT act_id FROM hidden_messages WHERE message_id = ?", id); err != nil {
			return err
		}
		var apart bool
		if err := w.one(&apart, "SELECT apart FROM acts WHERE id = ?", act); err != nil {
			return err
		}
		object := id
		if apart {
			object = 0
		}
		return either(either(w.unhideMessage(act), w.liftAct(by, act)), w.log(by, "show-message", object, g, ""))
	})
}

// unhideMessage gives what an act has hidden its audience back, if it still hides it.
func (w *writer) unhideMessage(act int64) error {
	var back []ChatMessage
	if err := w.scan(w.ctx, &back, "SELECT c.id, c.room_id FROM hidden_messages hi JOIN messages c ON c.id = hi.message_id WHERE hi.act_id = ?", act); err != nil || len(back) == 0 {
		return err
	}
	return either(w.exec("UPDATE messages SET reach = hi.reach, reach_of = hi.reach_of, from_join = hi.from_join FROM hidden_messages hi WHERE hi.message_id = messages.id AND hi.act_id = ?", act),
		either(w.exec("DELETE FROM hidden_messages WHERE act_id = ?", act), w.again(&back[0])))
}
