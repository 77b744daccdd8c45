package forum

import (
	"context"
	"strings"
	"unicode"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/schema"

	"peergroups/forum/markup"
)

// What goes with a message: the signs that others give it, and whom it mentions, as with posts (reaction.go, mention.go).

// ReactToSaid gives a sign to what somebody else said, by who may speak there. Twice is once.
func (f *Forum) ReactToSaid(ctx context.Context, by Actor, id int64, sign Sign) error {
	return f.write(ctx, "react to message", func(w *writer) error {
		if err := w.lockRow("messages", id); err != nil {
			return err
		}
		m, r, g, s, err := w.messageSeen(by, id)
		if err == nil {
			err = either(either(maySpeak(by, s), mayWrite(by, s, g, InRoom)), MayTalkIn(s.Role, r))
		}
		if err == nil {
			err = reactable(by, g, &Post{AuthorID: m.AuthorID, Class: m.Class})
		}
		if err != nil {
			return err
		}
		if sign < Thanks || sign > ThinksOfYou {
			var p problems
			p.add("sign", "error.choose")
			return p.err()
		}
		if err := w.spend(reactionsOfMember, "react", by.key()); err != nil {
			return err
		}
		n, err := w.changed("INSERT INTO message_reactions (message_id, author_id, sign, reach, reach_of, from_join, posted_at) VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
			m.ID, by.Member, sign, m.Reach, m.Of, bit(m.FromJoin), w.now)
		if err != nil || n == 0 {
			return err
		}
		return w.signed(m)
	})
}

// UnreactToSaid takes one's own sign back, while one reads what it is given to: whoever looks at that is told. Twice is once.
func (f *Forum) UnreactToSaid(ctx context.Context, by Actor, id int64, sign Sign) error {
	return f.write(ctx, "take sign back", func(w *writer) error {
		if err := either(mayKeep(by), w.lockRow("messages", id)); err != nil {
			return err
		}
		m, _, _, _, err := w.messageSeen(by, id)
		if err != nil {
			return err
		}
		n, err := w.changed("DELETE FROM message_reactions WHERE message_id = ? AND author_id = ? AND sign = ?", id, by.Member, sign)
		if err != nil || n == 0 {
			return err
		}
		return w.signed(m)
	})
}

// signed counts the signs of a message anew, and tells open pages.
func (w *writer) signed(m *ChatMessage) error {
	return either(w.exec("UPDATE messages SET reacted = reacted + 1 WHERE id = ?", m.ID), w.again(m))
}

// messageSeen loads a message that the actor may read now, which is neither hidden nor taken back, with its room and group.
func (w *writer) messageSeen(by Actor, id int64) (*ChatMessage, *Room, *Group, standing, error) {
	var m ChatMessage
	if err := w.one(&m, messageColumns+" JOIN rooms r ON r.id = c.room_id JOIN groups g ON g.id = r.group_id WHERE c.id = ? AND c.erased_at = 0 AND c.reach <> 4 AND ? AND ?", id, roomGate(by), messageGate(by)); err != nil {
		return nil, nil, nil, standing{}, err
	}
	r, g, s, err := w.roomSeen(by, m.RoomID)
	return &m, r, g, s, err
}

// signsOf puts into messages which signs they got, as far as the actor may know.
func (f *Forum) signsOf(ctx context.Context, by Actor, said []ChatMessage) error {
	return f.signsWhere(ctx, by, said, bun.SafeQuery("? AND NOT EXISTS (SELECT 1 FROM ignores ig WHERE ig.member_id = ? AND ig.ignored_id = q.author_id)", saidGate(by, "q"), by.Member))
}

// signsWhere puts into messages those of their signs q that the gate lets through.
func (f *Forum) signsWhere(ctx context.Context, by Actor, said []ChatMessage, gate schema.QueryWithArgs) error {
	var ids []int64
	for i := range said {
		if said[i].Reacted > 0 && said[i].HTML != "" && said[i].Class != ChathamClass {
			ids = append(ids, said[i].ID)
		}
	}
	if ids == nil {
		return nil
	}
	var rows []struct {
		MessageID int64
		Reacted
	}
	err := f.store.read.scan(ctx, &rows, `SELECT q.message_id, q.sign, count(*) AS count, max(CASE WHEN q.author_id = ? THEN 1 ELSE 0 END) = 1 AS mine FROM message_reactions q
		WHERE q.message_id IN (?) AND ? GROUP BY q.message_id, q.sign ORDER BY q.message_id, q.sign`, by.Member, bun.List(ids), gate)
	for _, row := range rows {
		for i := range said {
			if said[i].ID == row.MessageID {
				said[i].Signs = append(said[i].Signs, row.Reacted)
			}
		}
	}
	return err
}

// ReadSigns lists, for members who may read a message, who gave it a sign, the newest first.
func (f *Forum) ReadSigns(ctx context.Context, by Actor, id int64) (out []Reaction, err error) {
	defer during(&err, "read signs")
	if err = mayKeep(by); err != nil {
		return nil, err
	}
	err = f.store.read.scan(ctx, &out, `SELECT q.sign, m.id, m.name FROM message_reactions q JOIN members m ON m.id = q.author_id JOIN messages c ON c.id = q.message_id JOIN rooms r ON r.id = c.room_id JOIN groups g ON g.id = r.group_id
		WHERE c.id = ? AND c.reach <> 4 AND c.class <> ? AND g.class <> ? AND ? AND ? AND ? AND NOT EXISTS (SELECT 1 FROM ignores ig WHERE ig.member_id = ? AND ig.ignored_id = q.author_id)
		ORDER BY q.posted_at DESC, m.id, q.sign LIMIT ?`, id, ChathamClass, ChathamClass, roomGate(by), messageGate(by), saidGate(by, "q"), by.Member, mostReactions)
	return out, err
}

// cookSaid makes what is said ready, and finds whom it mentions.
func (f *Forum) cookSaid(ctx context.Context, source string) (string, markup.Cooked, []MemberID, error) {
	if source = strings.TrimSpace(source); strings.TrimFunc(source, func(r rune) bool { return unicode.In(r, unicode.Cf, unicode.White_Space) }) == "" {
		source = "" // nothing of it is seen
	}
	cooked := markup.Chat(source, markup.Options{})
	if len(cooked.Mentions) == 0 {
		return source, cooked, nil, nil
	}
	ids, err := f.handles(ctx, cooked.Mentions)
	if err != nil || len(ids) == 0 {
		return source, cooked, nil, err
	}
	members := make([]MemberID, 0, len(ids))
	for _, id := range ids {
		members = append(members, id)
	}
	return source, markup.Chat(source, markup.Options{Mention: ids.page}), members, nil
}

// called writes down whom a message mentions now, and gives a notice to those of them who may read it and do not ignore who said it; of
// what is off the record nobody gets one.
func (w *writer) called(m *ChatMessage, members []MemberID, talk TalkState) error {
	fresh := m.EditedAt == 0 // nobody was called before
	if fresh && len(members) == 0 && m.ReplyTo == 0 && talk == NoTalk {
		return nil
	}
	if !fresh {
		if err := w.exec("DELETE FROM message_mentions WHERE message_id = ?", m.ID); err != nil {
			return err
		}
	}
	if len(members) > 0 {
		if err := w.exec("INSERT INTO message_mentions (message_id, member_id) SELECT ?, m.id FROM members m WHERE m.id IN (?)", m.ID, bun.List(members)); err != nil {
			return err
		}
	}
	if !fresh {
		if err := w.exec("DELETE FROM room_notices WHERE message_id = ?0 AND why = ?1 AND NOT EXISTS (SELECT 1 FROM message_mentions mn WHERE mn.message_id = ?0 AND mn.member_id = room_notices.member_id)", m.ID, MentionsYou); err != nil {
			return err
		}
	}
	if m.OffRecord {
		return nil
	}
	candidates := "SELECT mn.member_id, 1 AS why FROM message_mentions mn WHERE mn.message_id = ?0"
	if m.ReplyTo != 0 {
		candidates += " UNION ALL SELECT o.author_id, 2 FROM messages a JOIN messages o ON o.id = a.reply_to WHERE a.id = ?0"
	}
	if fresh { // in a talk everybody is spoken to: once, until they have read it
		candidates += ` UNION ALL SELECT tm.member_id, 7 FROM messages a JOIN rooms tr ON tr.id = a.room_id JOIN groups tg ON tg.id = tr.group_id AND tg.talk = 1 JOIN memberships tm ON tm.group_id = tg.id
			WHERE a.id = ?0 AND NOT EXISTS (SELECT 1 FROM room_notices o JOIN messages oc ON oc.id = o.message_id WHERE o.member_id = tm.member_id AND o.read_at = 0 AND oc.room_id = tr.id)`
	}
	return w.noticeSaid(m.ID, candidates)
}

// noticeSaid gives a notice of a message to those of the candidates who may read it now and do not ignore who said it.
func (w *writer) noticeSaid(id int64, candidates string) error {
	return w.noticed(`INSERT INTO room_notices (member_id, message_id, why, made_at, mail_due) SELECT m.id, c.id, min(x.why), CAST(?1 AS BIGINT), ?4
		FROM (`+candidates+`) x JOIN members m ON m.id = x.member_id AND m.standing = ?2 JOIN messages c ON c.id = ?0 JOIN rooms r ON r.id = c.room_id JOIN groups g ON g.id = r.group_id
		WHERE m.id <> c.author_id AND ?3 AND NOT ?5 GROUP BY m.id, c.id, g.no_list ON CONFLICT DO NOTHING RETURNING member_id`, id, w.now, Active, hears(w.now), mailDueIf("g.no_list = 0", w.now, "min(x.why)"), ignored(bun.SafeQuery("m.id"), "c"))
}

// hears is roomGate and messageGate for many members m at once.
func hears(now Instant) schema.QueryWithArgs {
	who := eachMember(now)
	return bun.SafeQuery("(c.erased_at = 0 AND ? AND ? AND (r.circle = 0 OR ?) AND (? OR ?))", lasts(now), readsPlace(now), isFellow(who, "r.id", ""), readsItem("c", now), saidToCircle(who, "c"))
}

// rosterForAll is the SQL condition under which all who read in the room r of the group g see who its members are: also one of the staff who visits.
func rosterForAll() schema.QueryWithArgs {
	return bun.SafeQuery("(r.circle = 1 OR g.visibility >= ? AND (g.roster = ? OR g.roster = ? AND NOT EXISTS (SELECT 1 FROM memberships vm WHERE vm.group_id = g.id AND vm.standing = ? AND vm.role = ?)))",
		MembersOnly, ForReaders, ForMembers, In, Visitor)
}

// calledIn puts into messages whom they mention, as far as the actor may know that those read them. Nobody in particular (no member) is told
// so where all who read the room see who its members are.
func (f *Forum) calledIn(ctx context.Context, by Actor, said []ChatMessage) error {
	var ids []int64
	for i := range said {
		if strings.Contains(said[i].HTML, `class="mention"`) {
			ids = append(ids, said[i].ID)
		}
	}
	if ids == nil {
		return nil
	}
	var rows []struct {
		MessageID int64
		MemberID  MemberID
	}
	now := f.instant()
	known := bun.SafeQuery("(m.id = ? OR ? OR r.circle = 1)", by.Member, knownThere(by, now))
	if by.Member == 0 {
		known = bun.SafeQuery("(g.visibility <= 1 OR ?)", rosterForAll())
	}
	err := f.store.read.scan(ctx, &rows, `SELECT mn.message_id, mn.member_id FROM message_mentions mn JOIN messages c ON c.id = mn.message_id JOIN rooms r ON r.id = c.room_id JOIN groups g ON g.id = r.group_id
		JOIN members m ON m.id = mn.member_id AND m.standing = ? WHERE mn.message_id IN (?) AND ? AND ?`, Active, bun.List(ids), hears(now), known)
	for _, row := range rows {
		for i := range said {
			if said[i].ID == row.MessageID {
				said[i].Mentioned = append(said[i].Mentioned, row.MemberID)
			}
		}
	}
	return err
}
