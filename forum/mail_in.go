package forum

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"time"

	"github.com/uptrace/bun"
)

// MemberByAddress loads who an address belongs to, as an actor; the visitor when to nobody
// who may act. Whether a mail really comes from the address its door has to prove.
func (f *Forum) MemberByAddress(ctx context.Context, address string) (a Actor, err error) {
	defer during(&err, "member by address")
	var id MemberID
	err = one(ctx, f.store.read, &id, "SELECT id FROM members WHERE email_key = ? AND standing = ?", fold(address), Active)
	if KindOf(err) == NotFound {
		return Actor{}, nil
	}
	if err != nil {
		return a, err
	}
	return loadActor(ctx, f.store.read, id, f.instant())
}

// Incoming is what came by mail to an address of ours, ready to be posted.
type Incoming struct {
	MessageID string
	Title     string // subject without "Re:" and tag
	Source    string // Markdown, without what was quoted
	Trimmed   string // what was quoted
	Why       string // as of Draft
	Raw       []byte // the mail itself
	Verdict   string // on who sent it
	Files     []IncomingFile
	Token     string // of the reply address that it was sent to; "": it cites what it answers
}

// key makes the same mail one post, however often it comes.
func (in Incoming) key() string {
	sum := sha256.Sum256([]byte(strings.TrimSpace(in.MessageID)))
	return "mail:" + hex.EncodeToString(sum[:16])
}

func (in Incoming) draft() Draft {
	return Draft{Title: in.Title, Source: in.Source, Trimmed: in.Trimmed, Key: in.key(), Door: ByMail, Why: in.Why, packed: pack(in.Raw), verdict: in.Verdict, token: in.Token}
}

// ReplyByMail answers a post by mail: the reply goes into its topic. Held: it waits as a
// draft for the writer's acknowledgement, and nothing is lost.
func (f *Forum) ReplyByMail(ctx context.Context, by Actor, to PostID, in Incoming) (*Post, error) {
	t, _, err := f.FindPost(ctx, by, to)
	if err != nil {
		return nil, err
	}
	var p *Post
	err = f.withFiles(ctx, by, in, func(d Draft) (err error) {
		d.ReplyTo = to
		p, err = f.Reply(ctx, by, t.ID, d)
		return err
	})
	return p, err
}

// BoardByAddress finds the board that "{board}.{group}" or "{group}" (its first board)
// writes to, if its place lets the actor in.
func (f *Forum) BoardByAddress(ctx context.Context, by Actor, local string) (b Board, err error) {
	defer during(&err, "board by address")
	board, group, both := strings.Cut(strings.ToLower(local), ".")
	if !both {
		board, group = "", board
	}
	err = one(ctx, f.store.read, &b, boardColumns+` JOIN groups g ON g.id = b.group_id
		WHERE g.slug = ? AND (b.slug = ? OR ? = '') AND ? ORDER BY b.position, b.id LIMIT 1`, group, board, board, placeGate(by, "g"))
	return b, err
}

// Cited is a post or a topic that a mail names as one that it answers.
type Cited struct {
	Post  PostID // 0: the topic's first
	Topic TopicID
}

// AnsweredByMail finds the post that a mail to a board answers by what it cites, the last first: one that the sender may
// read, in the board's group. What a mail cites is a hint to where it belongs, and gives no rights (RFC 5322, 3.6.4). 0: none.
func (f *Forum) AnsweredByMail(ctx context.Context, by Actor, board BoardID, cites []Cited) (id PostID, err error) {
	defer during(&err, "answered by mail")
	posts, topics := []PostID{0}, []TopicID{0}
	for _, c := range cites {
		posts, topics = append(posts, c.Post), append(topics, c.Topic)
	}
	var found []Post
	if err = f.store.read.scan(ctx, &found, "SELECT p.id, p.topic_id, p.n FROM posts p"+postPlaces+" WHERE (p.id IN (?) OR p.topic_id IN (?) AND p.n = 1) AND b.group_id = (SELECT ab.group_id FROM boards ab WHERE ab.id = ?) AND p.erased_at = 0 AND ?",
		bun.List(posts), bun.List(topics), board, postGate(by)); err != nil {
		return 0, err
	}
	for _, c := range cites {
		for i := range found {
			if p := &found[i]; p.ID == c.Post || p.N == 1 && p.TopicID == c.Topic {
				return p.ID, nil
			}
		}
	}
	return 0, nil
}

// PostByMail starts a topic on a board by mail.
func (f *Forum) PostByMail(ctx context.Context, by Actor, board BoardID, in Incoming) (*Topic, error) {
	var t *Topic
	err := f.withFiles(ctx, by, in, func(d Draft) (err error) {
		t, err = f.StartTopic(ctx, by, board, d)
		return err
	})
	return t, err
}

// ReadRecipient loads how a member gets a mail.
func (f *Forum) ReadRecipient(ctx context.Context, what Mailing, m MemberID) (r Recipient, err error) {
	defer during(&err, "read recipient")
	if what.Kind == requestMail {
		err = one(ctx, f.store.read, &r, recipientColumns+" ? AND m.id = ?", requestRecipients(what.Ref), m)
		return r, err
	}
	if err = one(ctx, f.store.read, &r, recipientColumns+`, coalesce((SELECT s.notice FROM posts p JOIN topics t ON t.id = p.topic_id JOIN subscriptions s ON s.board_id = t.board_id
		WHERE p.id = ? AND s.member_id = m.id AND ? = 'post'), 0) AS notice FROM members m WHERE m.id = ?`, what.Ref, what.Kind, m); err != nil {
		return r, err
	}
	to, err := f.redirected(ctx, what, []Recipient{r})
	if err != nil || len(to) == 0 {
		return Recipient{}, either(err, Absent())
	}
	return to[0], nil
}

// toldOut is how long who was put out of a group that they may not know of can read that, and by what name it goes.
const toldOut = 7 * 24 * time.Hour

// NoteOf is what a mail about an entry of a group's log says: the group, the member whom it is about, who
// did it, and the reason that was given.
type NoteOf struct {
	Group
	Whom, Who, Reason string
}

// ReadNote gives what a mail about an entry of a group's log says. It is read by the member whom it is about
// while they may know of the group, or to tell them that they are out of it, and by its moderators; and only
// as long as it is so: an invitation that was withdrawn is none.
func (f *Forum) ReadNote(ctx context.Context, by Actor, entry int64) (n NoteOf, err error) {
	defer during(&err, "read note")
	err = one(ctx, f.store.read, &n, "SELECT "+groupFields+`, m.name AS whom, coalesce(a.name, '') AS who, l.reason FROM groups g JOIN log_entries l ON l.group_id = g.id JOIN members m ON m.id = l.object_id LEFT JOIN members a ON a.id = l.actor_id
		LEFT JOIN memberships s ON s.group_id = g.id AND s.member_id = m.id
		WHERE l.id = ?0 AND (?1 OR l.act IN ('remove', 'ban') AND l.object_id = ?2 AND l.at > ?10) AND (l.object_id = ?2 OR EXISTS (SELECT 1 FROM memberships nm WHERE nm.group_id = g.id AND nm.member_id = ?2 AND nm.standing = ?3 AND nm.role >= ?4))
		AND (l.act = 'decline' OR l.act = 'remove' AND coalesce(s.standing, ?8) = ?8 OR l.act = 'ban' AND s.standing = ?9 OR l.act = 'ask' AND s.standing = ?5 OR l.act IN ('admit', 'invite') AND s.standing = ?3 OR l.act = 'invite' AND s.standing = ?6 AND ?7)`,
		entry, knownGate(by, "g"), by.Member, In, Moderator, Asking, Invited, stillInvited("s"), Outside, Banned, f.instant().add(-toldOut))
	return n, err
}
