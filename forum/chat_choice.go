package forum

import (
	"context"

	"github.com/uptrace/bun"
)

// ChatChoice is how a member uses rooms.
type ChatChoice struct {
	EnterBreaks bool // Enter begins a line, and Ctrl with Enter sends; else Enter sends
	Unseen      bool // others are not told that they are in a room
	Untyped     bool // nor that they are writing
	ChangedAt   Instant
}

// ReadChatChoice gives what the actor has chosen.
func (f *Forum) ReadChatChoice(ctx context.Context, by Actor) (c ChatChoice, err error) {
	defer during(&err, "read chat choice")
	err = one(ctx, f.store.read, &c, "SELECT enter_breaks, unseen, untyped, changed_at FROM chat_choices WHERE member_id = ?", by.Member)
	if KindOf(err) == NotFound {
		err = nil
	}
	return c, err
}

// ChooseChat sets how the actor uses rooms.
func (f *Forum) ChooseChat(ctx context.Context, by Actor, c ChatChoice) error {
	return f.write(ctx, "choose chat", func(w *writer) error {
		return either(mayKeep(by), w.exec(`INSERT INTO chat_choices (member_id, enter_breaks, unseen, untyped, changed_at) VALUES (?, ?, ?, ?, ?)
			ON CONFLICT (member_id) DO UPDATE SET enter_breaks = excluded.enter_breaks, unseen = excluded.unseen, untyped = excluded.untyped, changed_at = excluded.changed_at`,
			by.Member, bit(c.EnterBreaks), bit(c.Unseen), bit(c.Untyped), w.now))
	})
}

// TellsTyping tells whether those in a room are told that the actor writes there: all of them see who its members are, nobody speaks behind a
// mask, the actor may speak there and does not mind.
func (f *Forum) TellsTyping(ctx context.Context, by Actor, room RoomID) (is bool, err error) {
	defer during(&err, "tells typing")
	r, g, s, err := roomSeen(ctx, f.store.read, by, room)
	if err != nil || g.Class == ChathamClass || either(either(maySpeak(by, s), mayWrite(by, s, g, InRoom)), MayTalkIn(s.Role, r)) != nil {
		return false, err
	}
	err = one(ctx, f.store.read, &is, "SELECT ? AND NOT EXISTS (SELECT 1 FROM chat_choices cc WHERE cc.member_id = ? AND cc.untyped = 1) FROM rooms r JOIN groups g ON g.id = r.group_id WHERE r.id = ?", rosterForAll(), by.Member, room)
	return is, err
}

// Unseen gives those of the members who do not want others to be told that they are in a room.
func (f *Forum) Unseen(ctx context.Context, of ...MemberID) (out map[MemberID]bool, err error) {
	defer during(&err, "unseen")
	out = map[MemberID]bool{}
	if len(of) == 0 {
		return out, nil
	}
	var ids []MemberID
	err = f.store.read.scan(ctx, &ids, "SELECT member_id FROM chat_choices WHERE unseen = 1 AND member_id IN (?)", bun.List(of))
	for _, id := range ids {
		out[id] = true
	}
	return out, err
}
