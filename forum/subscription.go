package forum

import "context"

// Mode is how the posts of a board come by mail.
type Mode int64

// The delivery modes.
const (
	NoMail Mode = iota
	Each
	Daily
	Weekly
	Index
)

// Subscribe sets how a board's posts come to the actor by mail.
func (f *Forum) Subscribe(ctx context.Context, by Actor, id BoardID, mode Mode) error {
	return f.write(ctx, "subscribe", func(w *writer) error {
		b, _, s, err := w.boardSeen(by, id)
		if err != nil {
			return err
		}
		if err := maySpeak(by, s); err != nil {
			return err
		}
		if mode < NoMail || mode > Index {
			var p problems
			p.add("mode", "error.choose")
			return p.err()
		}
		return w.exec(`INSERT INTO subscriptions (member_id, board_id, mode, since_at) VALUES (?, ?, ?, ?)
			ON CONFLICT (board_id, member_id) DO UPDATE SET mode = excluded.mode, since_at = excluded.since_at
			WHERE subscriptions.mode <> excluded.mode`, by.Member, b.ID, mode, w.now)
	})
}

// Recipient is a member who gets a post by mail.
type Recipient struct {
	Member MemberID
	Email  string
	Name   string
}

// Recipients gives those who get the post in the mode and may read it at this moment: up
// to limit of them with an id above after. It is the gate for list mail and digests, asked
// again right before each is handed over. The author gets their own post, as on any list.
func (f *Forum) Recipients(ctx context.Context, id PostID, mode Mode, after MemberID, limit int) (out []Recipient, err error) {
	defer during(&err, "recipients")
	now := f.instant()
	err = f.store.read.NewRaw(`SELECT m.id AS member, m.email, m.name
		FROM posts p JOIN topics t ON t.id = p.topic_id JOIN boards b ON b.id = t.board_id JOIN groups g ON g.id = b.group_id
		JOIN subscriptions s ON s.board_id = b.id AND s.mode = ?1
		JOIN members m ON m.id = s.member_id AND m.standing = ?2
		LEFT JOIN memberships gm ON gm.group_id = g.id AND gm.member_id = m.id AND gm.standing = ?3
		LEFT JOIN memberships im ON im.group_id = p.reach_of AND im.member_id = m.id AND im.standing = ?3
		WHERE p.id = ?0 AND m.id > ?4
		AND (g.visibility <= 1 OR gm.member_id IS NOT NULL OR (g.visibility = 2 AND `+certifiedToday+`))
		AND (p.reach <= 1 OR p.author_id = m.id OR (p.reach = 2 AND `+certifiedToday+`)
			OR (p.reach = 3 AND im.member_id IS NOT NULL AND (p.from_join = 0 OR im.joined_at <= p.posted_at)))
		ORDER BY m.id LIMIT ?6`, id, mode, Active, In, after, now, limit).Scan(ctx, &out)
	return out, err
}

const certifiedToday = `EXISTS (SELECT 1 FROM certificates c WHERE c.member_id = m.id AND c.revoked_at = 0 AND c.from_at <= ?5 AND c.until_at > ?5)`
