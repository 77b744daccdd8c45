package forum

import "context"

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
	err = one(ctx, f.store.read, &is, `SELECT g.class <> ?1 AND (r.circle = 1 OR g.visibility >= ?2 AND g.roster IN (?3, ?4)) AND NOT EXISTS (SELECT 1 FROM chat_choices cc WHERE cc.member_id = ?5 AND cc.untyped = 1)
		AND EXISTS (SELECT 1 FROM memberships tm WHERE tm.group_id = g.id AND tm.member_id = ?5 AND tm.standing = ?6 AND tm.role >= ?7 AND tm.muted_until <= ?8) AND g.talk < ?10 AND r.locked_at = 0 AND r.archived_at = 0
		FROM rooms r JOIN groups g ON g.id = r.group_id WHERE r.id = ?0 AND ?9`, room, ChathamClass, MembersOnly, ForReaders, ForMembers, by.Member, In, Participant, f.instant(), roomGate(by), TalkOver)
	return is, err
}

// Unseen gives those of the members who do not want others to be told that they are in a room.
func (f *Forum) Unseen(ctx context.Context) (out map[MemberID]bool, err error) {
	defer during(&err, "unseen")
	var ids []MemberID
	err = f.store.read.scan(ctx, &ids, "SELECT member_id FROM chat_choices WHERE unseen = 1")
	out = make(map[MemberID]bool, len(ids))
	for _, id := range ids {
		out[id] = true
	}
	return out, err
}
