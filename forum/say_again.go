package forum

import (
	"context"

	"peergroups/forum/markup"
)

// What was said in a room its author changes and takes back, as a post (change.go). Each change, and each hiding by moderators, has
// a place of its own in the order of the room, at which open pages are told of it, and those that were away when they are back.

// OwnMessage is a message for its author.
type OwnMessage struct {
	ChatMessage
	RoomName, RoomSlug, GroupSlug string
	GroupID                       GroupID
}

// Base is what a form that changes it knew.
func (m *ChatMessage) Base() int64 { return m.ChangedSeq }

const ownMessage = messageFields + `, r.name AS room_name, r.slug AS room_slug, g.slug AS group_slug, r.group_id
	FROM messages c JOIN members m ON m.id = c.author_id JOIN rooms r ON r.id = c.room_id JOIN groups g ON g.id = r.group_id WHERE c.id = ? AND c.author_id = ? AND c.erased_at = 0`

// ReadOwnMessage reads a message for the form that changes it: by its author, wherever they are now.
func (f *Forum) ReadOwnMessage(ctx context.Context, by Actor, id int64) (m OwnMessage, err error) {
	defer during(&err, "read own message")
	err = one(ctx, f.store.read, &m, ownMessage, id, by.Member)
	return m, err
}

func (w *writer) ownMessage(by Actor, id int64) (m OwnMessage, err error) {
	if err = w.lockRow("messages", id); err == nil {
		err = w.one(&m, ownMessage, id, by.Member)
	}
	return m, err
}

// again gives a message that is not as it was any more its new place in the room.
func (w *writer) again(m *ChatMessage) error {
	if err := w.one(&m.ChangedSeq, "UPDATE rooms SET last_seq = last_seq + 1 WHERE id = ? RETURNING last_seq", m.RoomID); err != nil {
		return err
	}
	w.state(Said{Room: m.RoomID, Seq: m.ChangedSeq})
	return w.exec("UPDATE messages SET changed_seq = ? WHERE id = ?", m.ChangedSeq, m.ID)
}

// ChangeMessage changes what the actor said. Who may read it does not change; base is OwnMessage.Base of what they saw. Twice is once.
// Errors: NotFound where it is not theirs or gone; Closed where it is hidden, or nobody speaks there now; Forbidden where they do not;
// Invalid with "text".
func (f *Forum) ChangeMessage(ctx context.Context, by Actor, id int64, source string, base int64) error {
	source, cooked := cookSaid(source)
	return f.write(ctx, "change message", func(w *writer) error {
		m, err := w.ownMessage(by, id)
		if err != nil {
			return err
		}
		if m.Reach == Nobody {
			return Refuse(Closed, "error.post-hidden")
		}
		g, s, err := w.roomSeen(by, m.RoomID)
		if err == nil {
			err = either(maySpeak(by, s), mayWrite(by, s, g, InRoom))
		}
		if err != nil || m.Source == source {
			return err
		}
		var p problems
		p.said(source)
		if base != m.Base() {
			p.add("text", "error.changed-meanwhile")
		}
		if err := p.err(); err != nil {
			return err
		}
		if err := either(w.exec("UPDATE messages SET source = ?, html = ?, plain = ?, markup = ?, edited_at = ? WHERE id = ?", source, cooked.HTML, cooked.Text, markup.Version, w.now, m.ID), w.again(&m.ChatMessage)); err != nil {
			return err
		}
		is, err := w.watched(g, s, "", cooked.Text, cooked.HTML)
		if err != nil || !is {
			return err
		}
		if was, err := w.watched(g, s, "", m.Plain, m.HTML); err != nil || was {
			return err
		}
		return w.watchedCase(Reported{Kind: ReportedMessage, Ref: m.ID}, reportable{About: by.Member, GroupID: g.ID})
	})
}

// TakeBackMessage takes what the actor said back: its words are gone, its line stays. Also who has left the group, and what moderators have
// hidden: it is their word. Twice is once: NotFound.
func (f *Forum) TakeBackMessage(ctx context.Context, by Actor, id int64) error {
	return f.write(ctx, "take back message", func(w *writer) error {
		m, err := w.ownMessage(by, id)
		if err != nil {
			return err
		}
		var act []int64
		if err := w.scan(w.ctx, &act, "SELECT act_id FROM hidden_messages WHERE message_id = ?", id); err != nil {
			return err
		}
		for _, a := range act {
			if err := w.unhideMessage(a); err != nil {
				return err
			}
		}
		return either(w.exec("UPDATE messages SET source = '', html = '', plain = '', erased_at = ? WHERE id = ?", w.now, m.ID), w.again(&m.ChatMessage))
	})
}
