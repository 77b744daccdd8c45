package forum

import (
	"context"
	"strings"
	"unicode/utf8"

	"github.com/uptrace/bun"

	"peergroups/forum/markup"
)

// Post is one contribution to a topic.
type Post struct {
	ID       PostID `bun:"id"`
	TopicID  TopicID
	N        int64 // order within the topic; never shown, its gaps would count what is withheld
	AuthorID MemberID
	Author   string
	ReplyTo  PostID
	Audience
	Via      Door
	Source   string
	Trimmed  string
	HTML     string `bun:"html"`
	Plain    string
	PostedAt Instant
	Version  int64
}

const maxSource = 60_000 // characters; longer talk is a file

func (d *Draft) check(p *problems) {
	d.Source = strings.TrimSpace(d.Source)
	switch n := utf8.RuneCountInString(d.Source); {
	case n == 0:
		p.add("source", "error.empty.source")
	case n > maxSource:
		p.add("source", "error.too-long", "Most", maxSource)
	}
	if d.Key == "" || len(d.Key) > 200 {
		p.add("key", "error.key")
	}
}

// Reply adds a post to a topic. The same key twice is one post, given back twice.
func (f *Forum) Reply(ctx context.Context, by Actor, topic TopicID, d Draft) (post *Post, err error) {
	cooked := markup.Cook(d.Source)
	err = f.write(ctx, "reply", func(w *writer) error {
		if err := w.lockRow("topics", int64(topic)); err != nil { // a lock or another reply waits, or we do
			return err
		}
		t, g, s, err := w.topicSeen(by, topic)
		if err != nil {
			return err
		}
		if prior, err := w.posted(by, d.Key); err != nil || prior != nil {
			post = prior
			return err
		}
		if err := mayReply(by, s, t.LockedAt != 0); err != nil {
			return err
		}
		var p problems
		d.check(&p)
		if err := p.err(); err != nil {
			return err
		}
		if err := w.acknowledged(by, g, d.Door); err != nil {
			return err
		}
		post, err = w.post(by, t.ID, g.audience(), d, cooked)
		return err
	})
	return post, err
}

// posted finds what the actor already posted with this key: the double click, the mail
// that came twice.
func (w *writer) posted(by Actor, key string) (*Post, error) {
	var p Post
	err := w.one(&p, postColumns+` WHERE p.author_id = ? AND p.key = ?`, by.Member, key)
	if KindOf(err) == NotFound {
		return nil, nil
	}
	return &p, err
}

const postColumns = `SELECT p.id, p.topic_id, p.n, p.author_id, m.name AS author, p.reply_to, p.reach, p.reach_of, p.from_join, p.via,
	p.source, p.trimmed, p.html, p.plain, p.posted_at, p.version FROM posts p JOIN members m ON m.id = p.author_id`

// post writes the row with the audience its author was shown. The topic's counter is
// raised first, so that concurrent replies queue on its row.
func (w *writer) post(by Actor, topic TopicID, a Audience, d Draft, c markup.Cooked) (*Post, error) {
	p := &Post{ID: PostID(w.id()), TopicID: topic, AuthorID: by.Member, Author: by.Name, ReplyTo: d.ReplyTo, Audience: a, Via: d.Door,
		Source: d.Source, Trimmed: d.Trimmed, HTML: c.HTML, Plain: c.Text, PostedAt: w.now, Version: 1}
	if err := w.one(&p.N, `UPDATE topics SET last_n = last_n + 1, last_post_at = ?, version = version + 1 WHERE id = ? RETURNING last_n`,
		w.now, topic); err != nil {
		return nil, err
	}
	w.state(Posted{Topic: topic, Post: p.ID, Opening: p.N == 1})
	return p, w.exec(`INSERT INTO posts (id, topic_id, n, author_id, reply_to, reach, reach_of, from_join, via, source, trimmed, html, plain, markup, key, posted_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`, p.ID, topic, p.N, by.Member, p.ReplyTo, a.Reach, a.Of, bit(a.FromJoin), p.Via,
		p.Source, p.Trimmed, p.HTML, p.Plain, markup.Version, d.Key, w.now)
}

// TopicPage is what the page of a topic shows.
type TopicPage struct {
	Topic Topic
	Board Board
	Group Group
	Posts []Post
	More  bool
}

const postsPerPage = 20

// ReadTopic reads a page of a topic: the posts after the given one (0: from the first)
// that the actor may read. A topic they may not read answers as one that does not exist.
func (f *Forum) ReadTopic(ctx context.Context, by Actor, id TopicID, after PostID) (page TopicPage, err error) {
	defer during(&err, "read topic")
	db := f.store.read
	if err = one(ctx, db, &page.Topic, topicByID+` AND ?`, id, itemGate(by, "t")); err != nil {
		return page, err
	}
	if err = one(ctx, db, &page.Board, `SELECT id, group_id, slug, name, description, posting FROM boards WHERE id = ?`, page.Topic.BoardID); err != nil {
		return page, err
	}
	if err = one(ctx, db, &page.Group, `SELECT g.id, g.slug, g.name, g.description, g.visibility, g.joining, g.from_join, g.version
		FROM groups g WHERE g.id = ? AND ?`, page.Board.GroupID, placeGate(by, "g")); err != nil {
		return TopicPage{}, err
	}
	from := bun.SafeQuery("p.n > coalesce((SELECT a.n FROM posts a WHERE a.id = ? AND a.topic_id = ?), 0)", after, id)
	if err = db.NewRaw(postColumns+` WHERE p.topic_id = ? AND ? AND ? ORDER BY p.n LIMIT ?`,
		id, from, itemGate(by, "p"), postsPerPage+1).Scan(ctx, &page.Posts); err != nil {
		return page, err
	}
	if page.More = len(page.Posts) > postsPerPage; page.More {
		page.Posts = page.Posts[:postsPerPage]
	}
	return page, one(ctx, db, &page.Topic.Posts, "SELECT count(*) FROM posts p WHERE p.topic_id = ? AND ?", id, itemGate(by, "p"))
}

// ReadPost reads one post: by its audience in a place that lets the actor in, or by its author.
func (f *Forum) ReadPost(ctx context.Context, by Actor, id PostID) (p Post, err error) {
	defer during(&err, "read post")
	err = one(ctx, f.store.read, &p, postColumns+` JOIN topics t ON t.id = p.topic_id JOIN boards b ON b.id = t.board_id
		JOIN groups g ON g.id = b.group_id WHERE p.id = ? AND ((? AND ?) OR (? <> 0 AND p.author_id = ?))`,
		id, placeGate(by, "g"), itemGate(by, "p"), by.Member, by.Member)
	return p, err
}

// VisiblePosts keeps of the ids those that the actor may read now: the gate behind every
// search hit, in the given order.
func (f *Forum) VisiblePosts(ctx context.Context, by Actor, ids []PostID) (out []Post, err error) {
	defer during(&err, "visible posts")
	if len(ids) == 0 {
		return nil, nil
	}
	var found []Post
	err = f.store.read.NewRaw(postColumns+` JOIN topics t ON t.id = p.topic_id JOIN boards b ON b.id = t.board_id
		JOIN groups g ON g.id = b.group_id WHERE p.id IN (?) AND ? AND ?`, bun.List(ids), placeGate(by, "g"), itemGate(by, "p")).Scan(ctx, &found)
	for _, id := range ids {
		for i := range found {
			if found[i].ID == id {
				out = append(out, found[i])
			}
		}
	}
	return out, err
}
