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
	GroupClass                    Class
}

// ownMessage is one of the actor's; what its place is called they are told while it lets them in.
const ownMessage = messageFields + `, CASE WHEN ?3 THEN r.name ELSE '' END AS room_name, CASE WHEN ?3 THEN r.slug ELSE '' END AS room_slug, CASE WHEN ?3 THEN g.slug ELSE '' END AS group_slug, g.class AS group_class
	FROM messages c JOIN members m ON m.id = c.author_id JOIN rooms r ON r.id = c.room_id JOIN groups g ON g.id = r.group_id WHERE c.id = ?0 AND c.author_id = ?1 AND c.erased_at = 0 AND ?2`

// ReadOwnMessage reads a message for the form that changes it: by its author, wherever they are now.
func (f *Forum) ReadOwnMessage(ctx context.Context, by Actor, id int64) (m OwnMessage, err error) {
	defer during(&err, "read own message")
	err = one(ctx, f.store.read, &m, ownMessage, id, by.Member, lasts(by.at), roomGate(by))
	return m, err
}

func (w *writer) ownMessage(by Actor, id int64) (m OwnMessage, err error) {
	if err = w.lockRow("messages", id); err == nil {
		err = w.one(&m, ownMessage, id, by.Member, lasts(by.at), roomGate(by))
	}
	return m, err
}

// again gives a message that is not as it was any more its new place in the room.
func (w *writer) again(m *ChatMessage) error {
	if err := w.nextPlace(m.RoomID, &m.ChangedSeq); err != nil {
		return err
	}
	return w.exec("UPDATE messages SET changed_seq = ? WHERE id = ?", m.ChangedSeq, m.ID)
}

// ChangeMessage changes what the actor said. Who may read it does not change; base is the EditedAt of what they saw. Twice is once.
// Errors: NotFound where it is not theirs or gone; Closed where it is hidden, or nobody speaks there now; Forbidden where they do not; TooMany;
// Invalid with "text".
func (f *Forum) ChangeMessage(ctx context.Context, by Actor, id int64, source string, base Instant) error {
	source, cooked, mentioned, err := f.cookSaid(ctx, source)
	if err != nil {
		return err
	}
	return f.write(ctx, "change message", func(w *writer) error {
		m, err := w.ownMessage(by, id)
		if err != nil {
			return err
		}
		if m.Reach == Nobody {
			return Refuse(Closed, "error.post-hidden")
		}
		r, g, s, err := w.roomSeen(by, m.RoomID)
		if err == nil {
			err = either(either(maySpeak(by, s), mayWrite(by, s, g, InRoom)), MayTalkIn(s.Role, r))
		}
		if err != nil || m.Source == source {
			return err
		}
		var p problems
		p.said(source)
		if base != m.EditedAt {
			p.add("text", "error.changed-meanwhile")
		}
		if err := p.err(); err != nil {
			return err
		}
		w.f.store.owe()
		if err := w.spend(saysOfMember, "say", by.key()); err != nil { // all who listen are told, as of a new one
			return err
		}
		m.EditedAt = w.now
		if err := either(w.exec("UPDATE messages SET source = ?, html = ?, plain = ?, markup = ?, edited_at = ? WHERE id = ?", source, cooked.HTML, cooked.Text, markup.Version, m.EditedAt, m.ID), either(w.called(&m.ChatMessage, mentioned, g.Talk), w.again(&m.ChatMessage))); err != nil {
			return err
		}
		return w.watchChange(g, s, worded{by.Member, "", m.Plain, m.HTML}, worded{by.Member, "", cooked.Text, cooked.HTML}, Reported{Kind: ReportedMessage, Ref: m.ID})
	})
}

// TakeBackMessage takes what the actor said back: its words are gone, its line stays. Also who has left the group, and what moderators have
// hidden: it is their word. Twice is once: NotFound.
func (f *Forum) TakeBackMessage(ctx context.Context, by Actor, id int64) error {
	return f.write(ctx, "take back message", func(w *writer) error { return w.takeMessage(by, id) })
}

// takeMessage takes the words of one's own message away for good.
func (w *writer) takeMessage(by Actor, id int64) error {
	m, err := w.ownMessage(by, id)
	if err != nil {
		return err
	}
	if err := w.exec("UPDATE messages SET source = '', html = '', plain = '', files = 0, erased_at = ? WHERE id = ?", w.now, m.ID); err != nil {
		return err
	}
	w.f.store.owe()
	if err := w.eraseBeside([]int64{m.ID}); err != nil {
		return err
	}
	var act int64
	err = w.one(&act, "SELECT act_id FROM hidden_messages WHERE message_id = ?", id)
	switch {
	case KindOf(err) == NotFound:
		return w.again(&m.ChatMessage)
	case err != nil:
		return err
	}
	return w.unhideMessage(act)
}
