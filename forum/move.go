package forum

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/uptrace/bun"
)

// Moving, splitting and merging change where something stands, and nothing of who may read
// it: every post keeps the audience its author was shown, and is read by those who belong to
// that and are let into the new place too (P21).

// moderatedTopic loads a topic, its row locked, for what moderators of its group do.
func (w *writer) moderatedTopic(by Actor, id TopicID) (*Topic, *Group, error) {
	if err := w.lockRow("topics", int64(id)); err != nil {
		return nil, nil, err
	}
	t, g, s, err := w.topicSeen(by, id)
	if err == nil {
		err = mayModerate(by, s)
	}
	if err == nil && t.MergedInto != 0 {
		err = Refuse(Closed, "error.topic-merged")
	}
	return t, g, err
}

// MoveTopic puts a topic on another board, by a moderator of both groups.
func (f *Forum) MoveTopic(ctx context.Context, by Actor, id TopicID, to BoardID, reason string) error {
	return f.write(ctx, "move topic", func(w *writer) error {
		t, from, err := w.moderatedTopic(by, id)
		if err != nil {
			return err
		}
		b, g, s, err := w.boardSeen(by, to)
		if err == nil {
			err = mayModerate(by, s)
		}
		if err != nil || t.BoardID == b.ID {
			return err
		}
		var p problems
		if reason = p.why(reason); p != nil {
			return p.err()
		}
		if err := either(w.exec("UPDATE topics SET board_id = ?, pinned = 0, version = version + 1 WHERE id = ?", b.ID, t.ID),
			w.exec("UPDATE posts SET version = version + 1 WHERE topic_id = ?", t.ID)); err != nil {
			return err
		}
		if err := either(w.stub(StubMoved, t.BoardID, 0, t.ID), either(w.casesFollow(t.ID, g.ID), w.waitingFollows(t, b.ID, g.ID))); err != nil {
			return err
		}
		if g.ID != from.ID {
			if err := w.log(by, "move-here", int64(t.ID), g.ID, reason); err != nil {
				return err
			}
		}
		return w.moved(by, "move", TopicMoved{Topic: t.ID}, from.ID, reason)
	})
}

func (w *writer) moved(by Actor, act string, m TopicMoved, g GroupID, reason string) error {
	w.state(m)
	return w.log(by, act, int64(m.Topic), g, reason)
}

// SplitTopic makes a new topic on the same board of some posts of a topic, which the
// moderator may read; the one that opened it stays.
func (f *Forum) SplitTopic(ctx context.Context, by Actor, id TopicID, title string, posts []PostID) (fresh TopicID, err error) {
	err = f.write(ctx, "split topic", func(w *writer) error {
		t, g, err := w.moderatedTopic(by, id)
		if err != nil {
			return err
		}
		var p problems
		title = p.line("title", title, 150)
		var picked []Post
		if err := w.scan(w.ctx, &picked, `SELECT p.id, p.author_id, p.reach, p.reach_of, p.from_join, p.posted_at, p.class, p.mask_of FROM posts p
			WHERE p.topic_id = ?0 AND p.id IN (?1) AND p.reach < 4 AND ?2 AND p.n > (SELECT min(o.n) FROM posts o WHERE o.topic_id = ?0) ORDER BY p.n`,
			t.ID, bun.List(posts), itemGate(by, "p")); err != nil {
			return err
		}
		if len(picked) == 0 || len(picked) != len(slices.Compact(slices.Sorted(slices.Values(posts)))) {
			p.add("posts", "error.choose-posts")
		}
		if err := p.err(); err != nil {
			return err
		}
		if fresh, err = w.split(by, t, title, picked); err != nil {
			return err
		}
		if err := w.stub(StubSplit, 0, t.ID, fresh); err != nil {
			return err
		}
		w.state(TopicMoved{Topic: fresh})
		return w.moved(by, "split", TopicMoved{t.ID, posts}, g.ID, "") // not the title: not every moderator may read it
	})
	return fresh, err
}

func (w *writer) split(by Actor, t *Topic, title string, posts []Post) (TopicID, error) {
	first, fresh := posts[0], TopicID(w.id())
	mixed, last, ids := false, first.PostedAt, make([]PostID, len(posts))
	for i, p := range posts {
		mixed = mixed || p.Audience != first.Audience || p.PostedAt < first.PostedAt
		last, ids[i] = max(last, p.PostedAt), p.ID
	}
	if err := w.exec(`INSERT INTO topics (id, board_id, author_id, title, slug, reach, reach_of, from_join, posted_at, last_post_at, last_n, mixed, class, mask_of, titled_by)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`, fresh, t.BoardID, first.AuthorID, title, slugOf(title, first.Reach), first.Reach, first.Of, bit(first.FromJoin),
		first.PostedAt, last, len(posts), bit(mixed), first.Class, first.MaskOf, by.Member); err != nil {
		return 0, err
	}
	if err := w.exec(`INSERT INTO reads (member_id, topic_id, n) SELECT * FROM (SELECT r.member_id, CAST(?0 AS BIGINT), (SELECT count(*) FROM posts p WHERE p.id IN (?1) AND p.n <= r.n) AS k
		FROM reads r WHERE r.topic_id = ?2) x WHERE k > 0`, fresh, bun.List(ids), t.ID); err != nil {
		return 0, err
	}
	for i, id := range ids {
		if err := w.place(id, fresh, int64(i+1)); err != nil {
			return 0, err
		}
	}
	return fresh, either(w.exec(`UPDATE topics SET version = version + 1, mixed = 1, last_post_at = (SELECT max(p.posted_at) FROM posts p WHERE p.topic_id = ?0) WHERE id = ?0`, t.ID),
		either(w.recount(t.ID), w.recount(fresh)))
}

// recount counts anew who speaks in a topic and what is said there, after posts were put there or taken away.
func (w *writer) recount(t TopicID) error {
	return w.exec("UPDATE topics SET people = (SELECT count(DISTINCT "+voiceOf("p.author_id", "p.class", "p.mask_of")+") FROM posts p WHERE p.topic_id = ?0), said = (SELECT count(*) FROM posts p WHERE p.topic_id = ?0 AND p.erased_at = 0) WHERE id = ?0", t)
}

// place puts a post into another topic.
func (w *writer) place(p PostID, to TopicID, n int64) error {
	return w.exec("UPDATE posts SET topic_id = ?, n = ?, version = version + 1 WHERE id = ?", to, n, p)
}

// MergeTopics puts all posts of a topic behind those of another, by a moderator of both
// groups; who has its address is led on, if they may read the other.
func (f *Forum) MergeTopics(ctx context.Context, by Actor, id, into TopicID, reason string) error {
	return f.write(ctx, "merge topics", func(w *writer) error {
		if err := either(w.lockRow("topics", int64(min(id, into))), w.lockRow("topics", int64(max(id, into)))); err != nil {
			return err
		}
		from, g, err := w.moderatedTopic(by, id)
		if err != nil {
			return err
		}
		to, there, err := w.moderatedTopic(by, into)
		if err != nil {
			return err
		}
		var p problems
		if from.ID == to.ID {
			p.add("into", "error.choose-topic")
		}
		if reason = p.why(reason); p != nil {
			return p.err()
		}
		came, err := w.merge(from, to)
		if err == nil {
			err = either(either(w.mergeStubs(from.ID, to.ID), either(w.stub(StubMerged, from.BoardID, 0, to.ID), w.stub(StubJoined, 0, to.ID, from.ID))), either(w.casesFollow(to.ID, there.ID), w.waitingFollows(to, to.BoardID, there.ID)))
		}
		if err != nil {
			return err
		}
		w.state(TopicMoved{to.ID, came})
		return w.moved(by, "merge", TopicMoved{Topic: from.ID}, g.ID, reason)
	})
}

func (w *writer) merge(from, to *Topic) (ids []PostID, err error) {
	if err := w.scan(w.ctx, &ids, "SELECT id FROM posts WHERE topic_id = ? ORDER BY n", from.ID); err != nil {
		return nil, err
	}
	var last int64
	if err := w.one(&last, `UPDATE topics SET last_n = last_n + ?0, version = version + 1, last_post_at = CASE WHEN last_post_at < ?1 THEN ?1 ELSE last_post_at END,
		mixed = CASE WHEN ?2 = 1 OR (SELECT o.mixed FROM topics o WHERE o.id = ?3) = 1 THEN 1 ELSE mixed END WHERE id = ?4 RETURNING last_n`,
		len(ids), from.LastPostAt, bit(from.Audience != to.Audience || from.PostedAt < to.PostedAt), from.ID, to.ID); err != nil {
		return nil, err
	}
	for i, id := range ids {
		if err := w.place(id, to.ID, last-int64(len(ids)-1-i)); err != nil {
			return nil, err
		}
	}
	return ids, either(w.exec("UPDATE topics SET merged_into = ?, title = '', slug = ?, version = version + 1 WHERE id = ? OR merged_into = ?", to.ID, slugOf("", Nobody), from.ID, from.ID),
		either(either(w.exec("UPDATE drafts SET topic_id = ? WHERE topic_id = ?", to.ID, from.ID), w.exec("UPDATE waiting SET topic_id = ? WHERE topic_id = ?", to.ID, from.ID)), w.recount(to.ID)))
}

// MovePage is what a moderator sees before they move, split or merge.
type MovePage struct {
	TopicPage
	Boards []BoardChoice // of all groups that the actor moderates
}

// BoardChoice is a board that a topic may be put on.
type BoardChoice struct {
	ID        BoardID `bun:"id"`
	Name      string
	GroupID   GroupID
	GroupName string
}

// ReadMove reads the page for moving a topic: by a moderator of its group.
func (f *Forum) ReadMove(ctx context.Context, by Actor, id TopicID, after PostID) (p MovePage, err error) {
	defer during(&err, "read move")
	if p.TopicPage, err = f.ReadTopic(ctx, by, id, after); err != nil {
		return p, err
	}
	if err = mayModerate(by, standing{In: p.In, Role: p.Role}); err != nil {
		return p, err
	}
	ids := make([]PostID, len(p.Posts))
	for i, post := range p.Posts {
		ids[i] = post.ID
	}
	var texts []Post
	if err = f.store.read.scan(ctx, &texts, "SELECT p.id, p.plain FROM posts p WHERE p.id IN (?) ORDER BY p.n", bun.List(ids)); err != nil {
		return p, err
	}
	for i := range texts { // in the order of the page
		p.Posts[i].Plain = texts[i].Plain
	}
	err = f.store.read.scan(ctx, &p.Boards, `SELECT b.id, b.name, g.id AS group_id, g.name AS group_name FROM boards b JOIN groups g ON g.id = b.group_id
		JOIN memberships s ON s.group_id = g.id AND s.member_id = ? AND s.standing = ? AND s.role >= ? ORDER BY g.name, g.id, b.position, b.id`, by.Member, In, Moderator)
	return p, err
}

// TopicOfLink finds the topic that somebody means by its address or number.
func TopicOfLink(s string) TopicID {
	_, rest, found := strings.Cut(s, "/t/")
	if !found {
		rest = s
	}
	rest, _, _ = strings.Cut(strings.TrimSpace(rest), "/")
	id, _ := strconv.ParseInt(rest, 10, 64)
	return TopicID(id)
}
