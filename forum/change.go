package forum

import (
	"context"
	"strconv"

	"github.com/uptrace/bun"

	"peergroups/forum/markup"
)

// PostChange is what the form that changes a post says.
type PostChange struct {
	Title  string // of the topic, where the post opened it; else it is left alone
	Source string
	Base   int64    // the version that the writer saw
	Files  []FileID // all that hang on it from now on
	Kept   int64    // version of the Writing that the form knew; 0: none
}

// OwnPost is a post for its author, who may always see, change and take back what they wrote.
type OwnPost struct {
	Post
	BoardID   BoardID
	GroupID   GroupID
	Title     string // of its topic, as far as the author may read it
	Opening   bool   // it opened its topic
	Titled    bool   // whose title is by moderators
	Asked     bool   // a ballot asks about it now
	Alone     bool   // nobody else has written in its topic
	LockedAt  Instant
	EditedAt  Instant
	GroupName string
	GroupSlug string
	GroupVis  Visibility
}

// Entitled tells whether the title of its topic is its author's, too.
func (p *OwnPost) Entitled() bool { return p.Opening && !p.Titled }

const ownPost = `SELECT p.id, p.topic_id, p.n, p.author_id, p.reply_to, p.reach, p.reach_of, p.from_join, p.via, p.source, p.html, p.plain, p.posted_at, p.version, p.files AS file_count,
	p.edited_at, t.board_id, b.group_id, CASE WHEN t.author_id = p.author_id AND t.titled_by = 0 OR ? AND ? THEN t.title ELSE '' END AS title, t.titled_by > 0 AS titled, t.locked_at, g.name AS group_name, g.slug AS group_slug, g.visibility AS group_vis,
	p.n = (SELECT min(o.n) FROM posts o WHERE o.topic_id = t.id) AND t.author_id = p.author_id AS opening,
	NOT EXISTS (SELECT 1 FROM posts o WHERE o.topic_id = t.id AND o.author_id <> p.author_id AND o.erased_at = 0) AS alone, ` + asked + ` AS asked
	FROM posts p` + postPlaces + ` WHERE p.id = ? AND p.author_id = ? AND p.erased_at = 0`

// ReadOwnPost reads a post for the form that changes it: by its author, wherever it stands.
func (f *Forum) ReadOwnPost(ctx context.Context, by Actor, id PostID) (p OwnPost, err error) {
	defer during(&err, "read own post")
	err = one(ctx, f.store.read, &p, ownPost, placeGate(by, "g"), itemGate(by, "t"), f.instant(), id, by.Member)
	if err == nil {
		err = f.filesOf(ctx, &p.Post)
	}
	return p, err
}

// PostCopies is where copies of a post are, for who changes or takes it back: what has left the
// house cannot be called back.
type PostCopies struct {
	Mailed  int // list mails that the relay has taken
	Digests int // digests with it that the relay has taken, at least
	Waiting int // mails that wait: they go out as the post then is, or not at all
	Public  bool
}

// CountCopies counts the copies of one's own post.
func (f *Forum) CountCopies(ctx context.Context, p *OwnPost) (c PostCopies, err error) {
	defer during(&err, "count copies")
	out := bun.List([]DeliveryState{Sent, Unsure, Handing})
	err = one(ctx, f.store.read, &c, `SELECT (SELECT count(*) FROM deliveries WHERE kind = 'post' AND ref = ?0 AND state IN (?1)) AS mailed,
		(SELECT count(*) FROM deliveries WHERE kind = 'post' AND ref = ?0 AND state = ?2) AS waiting,
		(SELECT count(*) FROM digests d JOIN deliveries l ON l.kind = 'digest' AND l.ref = d.run AND l.member_id = d.member_id AND l.state IN (?1)
			JOIN subscriptions s ON s.member_id = d.member_id AND s.mode = d.mode AND s.board_id = ?3 AND s.since_at < ?4
			WHERE d.from_at < ?4 AND d.to_at >= ?4 AND (SELECT special FROM posts WHERE id = ?0) = 0) AS digests`, p.ID, out, Waiting, p.BoardID, p.PostedAt)
	c.Public = p.Reach == Public
	return c, err
}

// ChangePost changes one's own post. It keeps its audience: who may read it does not change,
// and the words before stay, as a revision, with those who could read them.
func (f *Forum) ChangePost(ctx context.Context, by Actor, id PostID, c PostChange) error {
	d := Draft{Source: c.Source, Key: "change of " + decimal(id)}
	cooked, err := f.cook(ctx, &d)
	if err != nil {
		return err
	}
	return f.write(ctx, "change post", func(w *writer) error {
		p, err := w.ownPost(by, id)
		if err == nil {
			err = mayChange(p)
		}
		if err != nil {
			return err
		}
		g, s, _, err := groupSeen(w.ctx, w, by, p.GroupID)
		if p.Asked && KindOf(err) == NotFound {
			err = nil
		}
		if err == nil && !p.Asked { // whom a ballot asks may mend it first, wherever they are now
			err = either(either(mayReply(by, s, p.LockedAt != 0), mayWrite(by, s, g, OnBoard)), w.mayChangeUnread(by, g, s))
		}
		if err != nil {
			return err
		}
		var wrong problems
		d.check(&wrong)
		if err := w.mayQuote(by, cooked.HTML, p.Audience, &wrong); err != nil {
			return err
		}
		if p.Entitled() {
			c.Title = wrong.line("title", c.Title, 150)
		} else {
			c.Title = p.Title
		}
		refiled, err := w.attach(by, p.ID, c.Files)
		if err != nil {
			return err
		}
		if len(wrong) == 0 && p.Source == d.Source && p.Title == c.Title && !refiled {
			return nil // the double click
		}
		if c.Base != p.Version {
			wrong.add("source", "error.changed-meanwhile")
		}
		if err := wrong.err(); err != nil {
			return err
		}
		return either(either(w.changePost(p, d.Source, c.Title, cooked), w.mentionAnew(p.ID, d.mentioned)),
			either(w.watchChange(g, s, worded{p.AuthorID, p.Title, p.Plain, p.HTML}, worded{p.AuthorID, c.Title, cooked.Text, cooked.HTML}, Reported{Kind: ReportedPost, Ref: int64(p.ID)}), w.written(by, WritingAt{Post: id}, c.Kept)))
	})
}

func (w *writer) ownPost(by Actor, id PostID) (*OwnPost, error) {
	if err := w.lockRow("posts", int64(id)); err != nil {
		return nil, err
	}
	var p OwnPost
	err := w.one(&p, ownPost, placeGate(by, "g"), itemGate(by, "t"), w.now, id, by.Member)
	return &p, err
}

func (w *writer) changePost(p *OwnPost, source, title string, c markup.Cooked) error {
	if source != p.Source {
		if err := w.exec("INSERT INTO revisions (id, post_id, source, reach, reach_of, from_join, written_at) VALUES (?, ?, ?, ?, ?, ?, ?)",
			w.id(), p.ID, p.Source, p.Reach, p.Of, bit(p.FromJoin), max(p.PostedAt, p.EditedAt)); err != nil {
			return err
		}
	}
	if err := w.exec("UPDATE posts SET source = ?, html = ?, plain = ?, markup = ?, edited_at = ?, tended = 0, version = version + 1 WHERE id = ?",
		source, c.HTML, c.Text, markup.Version, w.now, p.ID); err != nil {
		return err
	}
	w.state(PostChanged{Topic: p.TopicID, Post: p.ID})
	if err := w.answeredByChange(p.ID); err != nil {
		return err
	}
	if !p.Entitled() { // the title is somebody else's
		return w.exec("UPDATE topics SET version = version + 1 WHERE id = ?", p.TopicID)
	}
	return w.exec("UPDATE topics SET title = ?, slug = CASE WHEN reach = ? THEN ? ELSE ? END, version = version + 1 WHERE id = ?", title, Public, slugOf(title, Public), slugOf(title, Nobody), p.TopicID)
}

// TakeBack takes one's own post back: its words are gone from every page, from search and
// from every mail that has not left, with all its revisions and what answers by mail quoted
// of it. Its place stays, so that the answers keep theirs; a topic in which nobody else wrote
// goes whole. Also who has left the group, and in a locked topic: it is their word.
func (f *Forum) TakeBack(ctx context.Context, by Actor, id PostID) error {
	return f.write(ctx, "take back", func(w *writer) error {
		p, err := w.ownPost(by, id)
		if err != nil {
			return err
		}
		return w.takeWords(p)
	})
}

// takeWords takes the words of a post away for good.
func (w *writer) takeWords(p *OwnPost) error {
	w.f.store.owe()
	if err := either(w.exec("UPDATE posts SET source = '', html = '', plain = '', erased_at = ?, version = version + 1 WHERE id = ?", w.now, p.ID), w.strip(p.ID)); err != nil {
		return err
	}
	w.state(PostChanged{Topic: p.TopicID, Post: p.ID})
	if p.Opening && p.Alone { // its own earlier answers go with it
		return w.takeTopicBack(p)
	}
	return either(w.recount(p.TopicID), w.exec("UPDATE topics SET version = version + 1 WHERE id = ?", p.TopicID))
}

// strip takes away what was kept beside the words of a post that is gone: earlier texts, changes that were begun, the mail it came in, files, its
// poll and its reactions, whom it mentions, that it was hidden, and the title that moderators replaced.
func (w *writer) strip(id PostID) error {
	for _, query := range []string{"DELETE FROM revisions WHERE post_id = ?", "DELETE FROM writings WHERE kind = 'post' AND ref = ?", "DELETE FROM reactions WHERE post_id = ?", "UPDATE acts SET was = '' WHERE post_id = ?", takeRaw} {
		if err := w.exec(query, id); err != nil {
			return err
		}
	}
	return either(either(w.mentionAnew(id, nil), w.takeDown("post_id = ?", id)), either(w.unhide(id), w.unpoll(id)))
}

func (w *writer) takeTopicBack(p *OwnPost) error {
	var rest []PostID
	if err := w.scan(w.ctx, &rest, `UPDATE posts SET source = '', html = '', plain = '', erased_at = ?, version = version + 1
		WHERE topic_id = ? AND erased_at = 0 RETURNING id`, w.now, p.TopicID); err != nil {
		return err
	}
	for _, id := range rest {
		if err := w.strip(id); err != nil {
			return err
		}
		w.state(PostChanged{Topic: p.TopicID, Post: id})
	}
	if err := either(w.exec("DELETE FROM topic_tags WHERE topic_id = ?", p.TopicID), w.returnAnswers(p.TopicID)); err != nil {
		return err
	}
	return w.exec("UPDATE topics SET title = '', slug = '', reach = ?, said = 0, version = version + 1 WHERE id = ?", Nobody, p.TopicID)
}

// revised lists earlier texts of a post that the actor may read, newest first.
func (f *Forum) revised(ctx context.Context, by Actor, id PostID) (out []Revision, err error) {
	err = f.store.read.scan(ctx, &out, `SELECT r.id, r.source, r.written_at, r.redacted_at > 0 AS redacted, r.why FROM (SELECT v.id, v.post_id, v.source, v.redacted_at, coalesce((SELECT a.reason FROM acts a WHERE a.id = v.act_id), '') AS why, v.reach, v.reach_of, v.from_join, v.written_at,
			v.written_at AS posted_at, p.author_id FROM revisions v JOIN posts p ON p.id = v.post_id) r
		WHERE r.post_id = ? AND ? ORDER BY r.id DESC LIMIT 50`, id, itemGate(by, "r"))
	for i := range out {
		c := markup.Cook(out[i].Source, markup.Options{ID: decimal(id) + "-" + decimal(int64(i))})
		out[i].HTML, out[i].Plain = c.HTML, c.Text
	}
	return out, err
}

// Revision is what a post said before it was changed, from WrittenAt on.
type Revision struct {
	ID        int64  `bun:"id"`
	Why       string // of Reasons: moderators replaced it; "": its author
	Redacted  bool   // its words are taken out
	Source    string
	HTML      string `bun:"-"`
	Plain     string `bun:"-"`
	WrittenAt Instant
}

// ReadHistory reads a post that the actor may read with what it said before, as far as those
// texts too were written for them.
func (f *Forum) ReadHistory(ctx context.Context, by Actor, id PostID) (p PlacedPost, was []Revision, err error) {
	defer during(&err, "read history")
	posts, err := f.VisiblePosts(ctx, by, []PostID{id})
	if err == nil && len(posts) == 0 {
		err = Absent()
	}
	if err != nil {
		return p, nil, err
	}
	was, err = f.revised(ctx, by, id)
	return posts[0], was, err
}

func decimal[T ~int64](n T) string { return strconv.FormatInt(int64(n), 10) }
