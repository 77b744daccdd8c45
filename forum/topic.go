package forum

import (
	"context"
	"strings"

	"github.com/uptrace/bun"

	"peergroups/forum/markup"
)

// Topic is a titled sequence of posts.
type Topic struct {
	ID       TopicID `bun:"id"`
	BoardID  BoardID
	AuthorID MemberID
	Title    string
	Slug     string
	Audience
	PostedAt   Instant
	LastPostAt Instant
	Posts      int // that the reader may see: a count is a copy too
	Pinned     bool
	LockedAt   Instant
	Version    int64
}

// Draft is text not yet posted, from any door.
type Draft struct {
	Title   string // of a new topic
	Source  string // Markdown
	Trimmed string // what a mail quoted, kept folded under the post
	Key     string // the form's or mail's own mark: the same key twice is one post
	ReplyTo PostID // 0: to the topic
	Door    Door
}

// boardSeen loads a board whose place lets the actor in today.
func (w *writer) boardSeen(by Actor, id BoardID) (*Board, *Group, standing, error) {
	var b Board
	err := w.one(&b, `SELECT b.id, b.group_id, b.slug, b.name, b.description, b.posting FROM boards b
		JOIN groups g ON g.id = b.group_id WHERE b.id = ? AND ?`, id, placeGate(by, "g"))
	if err != nil {
		return nil, nil, standing{}, err
	}
	g, s, _, err := w.groupSeen(by, b.GroupID)
	return &b, g, s, err
}

// StartTopic opens a topic on a board with its first post.
func (f *Forum) StartTopic(ctx context.Context, by Actor, board BoardID, d Draft) (t *Topic, err error) {
	cooked := markup.Cook(d.Source) // outside the transaction: nothing is rendered inside it
	err = f.write(ctx, "start topic", func(w *writer) error {
		b, g, s, err := w.boardSeen(by, board)
		if err != nil {
			return err
		}
		if err := mayStartTopic(by, s, b); err != nil {
			return err
		}
		var p problems
		d.Title = p.line("title", d.Title, 150)
		d.check(&p)
		if err := p.err(); err != nil {
			return err
		}
		if err := w.acknowledged(by, g, d.Door); err != nil {
			return err
		}
		if prior, err := w.posted(by, d.Key); err != nil || prior != nil {
			if err == nil {
				t = new(Topic)
				err = w.one(t, topicByID, prior.TopicID)
			}
			return err
		}
		t = &Topic{ID: TopicID(w.id()), BoardID: b.ID, AuthorID: by.Member, Title: d.Title, Slug: markup.Slug(d.Title),
			Audience: g.audience(), PostedAt: w.now, LastPostAt: w.now, Posts: 1, Version: 1}
		if err := w.exec(`INSERT INTO topics (id, board_id, author_id, title, slug, reach, reach_of, from_join, posted_at, last_post_at)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`, t.ID, b.ID, by.Member, t.Title, t.Slug, t.Reach, t.Of, bit(t.FromJoin), w.now, w.now); err != nil {
			return err
		}
		_, err = w.post(by, t.ID, t.Audience, d, cooked)
		return err
	})
	return t, err
}

const topicByID = `SELECT t.id, t.board_id, t.author_id, t.title, t.slug, t.reach, t.reach_of, t.from_join, t.posted_at,
	t.last_post_at, t.pinned, t.locked_at, t.version FROM topics t WHERE t.id = ?`

// topicSeen loads a topic that the actor may read today.
func (w *writer) topicSeen(by Actor, id TopicID) (*Topic, *Group, standing, error) {
	var t Topic
	if err := w.one(&t, topicByID+` AND ?`, id, itemGate(by, "t")); err != nil {
		return nil, nil, standing{}, err
	}
	_, g, s, err := w.boardSeen(by, t.BoardID)
	return &t, g, s, err
}

// Lock closes a topic for replies, by a moderator of its group; Unlock opens it again.
func (f *Forum) Lock(ctx context.Context, by Actor, id TopicID, reason string) error {
	return f.setLock(ctx, by, id, true, reason)
}

// Unlock opens a locked topic again.
func (f *Forum) Unlock(ctx context.Context, by Actor, id TopicID, reason string) error {
	return f.setLock(ctx, by, id, false, reason)
}

func (f *Forum) setLock(ctx context.Context, by Actor, id TopicID, lock bool, reason string) error {
	return f.write(ctx, "lock topic", func(w *writer) error {
		if err := w.lockRow("topics", int64(id)); err != nil {
			return err
		}
		t, g, s, err := w.topicSeen(by, id)
		if err != nil {
			return err
		}
		if err := mayModerate(by, s); err != nil {
			return err
		}
		act, at := "unlock", Instant(0)
		if lock {
			act, at = "lock", w.now
		}
		if (t.LockedAt != 0) == lock {
			return nil // the double click
		}
		if err := w.exec("UPDATE topics SET locked_at = ?, version = version + 1 WHERE id = ?", at, t.ID); err != nil {
			return err
		}
		w.state(TopicChanged{t.ID})
		return w.log(by, act, int64(t.ID), g.ID, strings.TrimSpace(reason))
	})
}

// BoardPage is what the page of a board shows.
type BoardPage struct {
	Board  Board
	Group  Group
	Topics []Topic
	More   bool
}

// TopicCursor says where a page of topics goes on: after the last one shown. The zero
// cursor is the beginning.
type TopicCursor struct {
	LastPostAt Instant
	ID         TopicID
}

const topicsPerPage = 30

// ReadBoard reads a page of a board's topics, pinned ones first, then by last post. The
// counts and the order are made of the posts that the actor may read, and of no others.
func (f *Forum) ReadBoard(ctx context.Context, by Actor, group, board string, from TopicCursor) (page BoardPage, err error) {
	defer during(&err, "read board")
	db := f.store.read
	if err = one(ctx, db, &page.Group, `SELECT g.id, g.slug, g.name, g.description, g.visibility, g.joining, g.from_join, g.version
		FROM groups g WHERE g.slug = ? AND ?`, group, placeGate(by, "g")); err != nil {
		return page, err
	}
	if err = one(ctx, db, &page.Board, `SELECT id, group_id, slug, name, description, posting FROM boards WHERE group_id = ? AND slug = ?`,
		page.Group.ID, board); err != nil {
		return page, err
	}
	after := bun.SafeQuery("1 = 1")
	if from.ID != 0 {
		after = bun.SafeQuery("x.pinned = 0 AND (x.last_post_at, x.id) < (?, ?)", from.LastPostAt, from.ID)
	}
	err = db.NewRaw(`SELECT * FROM (SELECT t.id, t.board_id, t.author_id, t.title, t.slug, t.reach, t.reach_of, t.from_join, t.posted_at,
			t.pinned, t.locked_at, t.version,
			(SELECT count(*) FROM posts p WHERE p.topic_id = t.id AND ?0) AS posts,
			coalesce((SELECT max(p.posted_at) FROM posts p WHERE p.topic_id = t.id AND ?0), t.posted_at) AS last_post_at
		FROM topics t WHERE t.board_id = ?1 AND ?2) x WHERE ?3
		ORDER BY x.pinned DESC, x.last_post_at DESC, x.id DESC LIMIT ?4`,
		itemGate(by, "p"), page.Board.ID, itemGate(by, "t"), after, topicsPerPage+1).Scan(ctx, &page.Topics)
	if page.More = len(page.Topics) > topicsPerPage; page.More {
		page.Topics = page.Topics[:topicsPerPage]
	}
	return page, err
}
