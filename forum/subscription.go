package forum

import (
	"context"
	"strings"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/schema"
)

// Mode is how the posts of a board come by mail.
type Mode int64

// The delivery modes.
const (
	NoMail Mode = iota
	Each
	Daily
	Weekly
	Index   // daily, titles only
	Special // special notices, and nothing else
)

// is tells whether there is such a mode.
func (m Mode) is() bool { return m >= NoMail && m <= Special }

// Subscription is how a board's posts come to a member by mail.
type Subscription struct {
	Mode   Mode
	Notice bool // mails tell only that something new is there, and where
}

// Subscribe sets how a board's posts come to the actor by mail, and leaves what the mails tell.
func (f *Forum) Subscribe(ctx context.Context, by Actor, id BoardID, mode Mode) error {
	return f.write(ctx, "subscribe", func(w *writer) error {
		return w.subscribe(by, id, Subscription{Mode: mode}, "subscriptions.notice")
	})
}

// ChooseMail sets how a board's posts come to the actor by mail, and what the mails tell.
func (f *Forum) ChooseMail(ctx context.Context, by Actor, id BoardID, s Subscription) error {
	return f.write(ctx, "choose mail", func(w *writer) error { return w.subscribe(by, id, s, "excluded.notice") })
}

// OwnSubscription is how a board's posts come to a member.
type OwnSubscription struct {
	Subscription
	BoardID              BoardID
	BoardName            string
	GroupName, GroupSlug string
	GroupClass           Class
}

// OwnSubscriptions lists it for each board of the groups that the actor is in, those of which nothing comes included; NoMail: nothing.
func (f *Forum) OwnSubscriptions(ctx context.Context, by Actor) (out []OwnSubscription, err error) {
	defer during(&err, "own subscriptions")
	err = f.store.read.scan(ctx, &out, `SELECT b.id AS board_id, b.name AS board_name, g.name AS group_name, g.slug AS group_slug, g.class AS group_class, coalesce(s.mode, ?) AS mode, coalesce(s.notice, 0) AS notice
		FROM groups g JOIN boards b ON b.group_id = g.id LEFT JOIN subscriptions s ON s.board_id = b.id AND s.member_id = ?
		WHERE g.no_list = 0 AND g.no_boards = 0 AND ? AND ? ORDER BY g.name, g.id, b.position, b.id`, NoMail, by.Member, inMyGroups(by), placeGate(by, "g"))
	return out, err
}

// subscribe sets it; notice is the SQL of what the mails tell where there is a subscription already.
func (w *writer) subscribe(by Actor, id BoardID, to Subscription, notice string) error {
	b, _, s, err := w.boardSeen(by, id)
	if err != nil {
		return err
	}
	if err := mayTakePart(by, s); err != nil {
		return err
	}
	if !to.Mode.is() {
		var p problems
		p.add("mode", "error.choose")
		return p.err()
	}
	return w.exec(`INSERT INTO subscriptions (member_id, board_id, mode, notice, since_at) VALUES (?, ?, ?, ?, ?)
		ON CONFLICT (board_id, member_id) DO UPDATE SET mode = excluded.mode, notice = `+notice+`,
		since_at = CASE WHEN subscriptions.mode = excluded.mode THEN subscriptions.since_at ELSE excluded.since_at END`, by.Member, b.ID, to.Mode, bit(to.Notice), w.now)
}

// Unsubscribe stops the mail of a board by the holder of a link in one of its mails; to
// stop needs no login (RFC 8058).
func (f *Forum) Unsubscribe(ctx context.Context, token string) error {
	m, b, err := f.ReadBoardToken(token)
	if err != nil {
		return err
	}
	return f.write(ctx, "unsubscribe", func(w *writer) error {
		return w.exec("UPDATE subscriptions SET mode = ?, since_at = ? WHERE member_id = ? AND (board_id = ? OR ? = 0)", NoMail, w.now, m, b, b)
	})
}

// ReadBoardToken gives the member and the board (0: all boards) of a link in list mail.
func (f *Forum) ReadBoardToken(token string) (MemberID, BoardID, error) {
	ids, err := f.unseal("unsubscribe", token, 2)
	if err != nil {
		return 0, 0, err
	}
	return MemberID(ids[0]), BoardID(ids[1]), nil
}

// Recipient is a member who gets a mail, and how they read.
type Recipient struct {
	Member         MemberID
	Email          string
	Name           string
	Language, Zone string
	Notice         bool // of a post: the mail tells only that something new is there
	DigestChoice
}

const recipientColumns = "SELECT m.id AS member, m.email, m.name, m.language, m.zone, m.digest_hour, m.digest_days, m.digest_on, m.digest_form"

// recipients is the gate for list mail: those who get the post in the mode, or a special notice in any, and may read it
// at this moment. It ends before ORDER BY.
func recipients(id PostID, mode Mode, now Instant) schema.QueryWithArgs {
	return bun.SafeQuery(`FROM posts p JOIN topics t ON t.id = p.topic_id JOIN boards b ON b.id = t.board_id JOIN groups g ON g.id = b.group_id
		JOIN subscriptions s ON s.board_id = b.id AND (s.mode = ?1 OR p.special = 1 AND s.mode <> 0)
		JOIN members m ON m.id = s.member_id AND m.standing = ?2
		LEFT JOIN memberships gm ON gm.group_id = g.id AND gm.member_id = m.id AND gm.standing = ?3 AND gm.role >= ?5
		LEFT JOIN memberships pm ON pm.group_id = p.reach_of AND pm.member_id = m.id AND pm.standing = ?3 AND pm.role >= ?5
		LEFT JOIN memberships tm ON tm.group_id = t.reach_of AND tm.member_id = m.id AND tm.standing = ?3 AND tm.role >= ?5
		WHERE p.id = ?0 AND p.erased_at = 0 AND p.reach < 4 AND g.no_list = 0
		AND (g.visibility <= 1 OR gm.member_id IS NOT NULL OR (g.visibility = 2 AND ?4))
		AND NOT EXISTS (SELECT 1 FROM levels ml WHERE ml.topic_id = t.id AND ml.member_id = m.id AND ml.level = 4)
		AND `+belongs("p")+` AND `+belongs("t"), id, mode, Active, In, certifiedAt("m", now), Participant)
}

// belongs is itemGate for many members m at once: i is the alias of the item, im (pm, tm) of the
// member's membership in the group of its audience, and ?4 says whose certificate runs.
func belongs(i string) string {
	return strings.NewReplacer("{i}", i).Replace(`({i}.reach <= 1 OR {i}.author_id = m.id OR ({i}.reach = 2 AND ?4)
		OR ({i}.reach = 3 AND {i}m.member_id IS NOT NULL AND ({i}.from_join = 0 OR {i}m.joined_at <= {i}.posted_at)))`)
}

// Recipients gives those who get the post in the mode, or a special notice in any, and may read it at this moment: up
// to limit of them with an id above after. The author gets their own post, as on any list.
func (f *Forum) Recipients(ctx context.Context, id PostID, mode Mode, after MemberID, limit int) (out []Recipient, err error) {
	defer during(&err, "recipients")
	err = f.store.read.scan(ctx, &out, recipientColumns+", s.notice ? AND m.id > ? ORDER BY m.id LIMIT ?",
		recipients(id, mode, f.instant()), after, limit)
	return out, err
}
