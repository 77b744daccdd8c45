package forum

import (
	"context"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/schema"
)

// What moderators hide has the audience Nobody, which every gate denies: no door can forget it. For whom it was
// stands in the table hidden, until it is shown again. On the page of its topic those who could read it find that
// it is there; its words only its author and the moderators of the group where it stands.

// hiddenTitle stands in the place of the title of a topic whose opening is hidden: in no language.
const hiddenTitle = "[…]"

// hiddenGate is the SQL condition under which the post i is hidden and the actor could read it before. It tells
// nothing of its words.
func hiddenGate(a Actor, i string) schema.QueryWithArgs {
	return bun.SafeQuery("(?0.reach = 4 AND EXISTS (SELECT 1 FROM hidden hi WHERE hi.post_id = ?0.id AND ?1))", bun.Ident(i), audienceGate(a, "hi"))
}

// rowGate is the SQL condition under which the post i has a place on a page: its words, or that it is hidden.
func rowGate(a Actor, i string) schema.QueryWithArgs {
	return bun.SafeQuery("(? OR ?)", itemGate(a, i), hiddenGate(a, i))
}

// moderatesHidden is the SQL condition under which the post p is hidden, and the actor could read it before and
// moderates the group where it stands now.
func moderatesHidden(a Actor) schema.QueryWithArgs {
	if a.Member == 0 {
		return nowhere
	}
	return bun.SafeQuery(`(? AND EXISTS (SELECT 1 FROM topics ht JOIN boards hb ON hb.id = ht.board_id JOIN memberships hm ON hm.group_id = hb.group_id
		WHERE ht.id = p.topic_id AND hm.member_id = ? AND hm.standing = ? AND hm.role >= ?))`, hiddenGate(a, "p"), a.Member, In, Moderator)
}

// wordsGate is the SQL condition under which of a post p that has a place on a page the words are shown too.
func wordsGate(a Actor) schema.QueryWithArgs {
	return bun.SafeQuery("(p.reach < 4 OR p.author_id = ? OR ?)", a.Member, moderatesHidden(a))
}

// hiddenWhy are the columns of a post p that say why it is hidden; ?6 is wordsGate.
const hiddenWhy = "coalesce((SELECT ha.reason FROM hidden hh JOIN acts ha ON ha.id = hh.act_id WHERE hh.post_id = p.id), '') AS hidden_why, p.reach = 4 AND ?6 AS hidden_seen"

// leavePlaces takes the words out of posts that are hidden from who reads them, as wordsGate has decided: their place is left.
func leavePlaces(posts []Post) {
	for i := range posts {
		if p := &posts[i]; p.Reach == Nobody && !p.HiddenSeen {
			p.HTML, p.FileCount = "", 0
		}
	}
}

// hiddenPosts gives a hidden post to the moderators of its group.
func (f *Forum) hiddenPosts(ctx context.Context, by Actor, id PostID) (out []PlacedPost, err error) {
	err = f.store.read.scan(ctx, &out, placedColumns+postPlaces+" WHERE p.id = ? AND p.erased_at = 0 AND ? AND ? AND ?", id, placeGate(by, "g"), itemGate(by, "t"), moderatesHidden(by))
	for i := range out {
		f.veilPlaced(&out[i])
	}
	return out, err
}

// ReadModerated gives a post, hidden or not, to a moderator of its group who reads it.
func (f *Forum) ReadModerated(ctx context.Context, by Actor, id PostID) (p PlacedPost, err error) {
	defer during(&err, "read moderated")
	posts, err := f.VisiblePosts(ctx, by, []PostID{id})
	if err == nil && len(posts) == 0 {
		posts, err = f.hiddenPosts(ctx, by, id)
	}
	if err == nil && len(posts) == 0 {
		err = Absent()
	}
	if err != nil {
		return p, err
	}
	_, s, _, err := groupSeen(ctx, f.store.read, by, posts[0].GroupID)
	if err == nil {
		var author Post
		if err = one(ctx, f.store.read, &author, "SELECT p.author_id, p.erased_at FROM posts p WHERE p.id = ?", id); err == nil {
			err = mayHide(by, s, &author)
		}
	}
	if err != nil {
		return p, err
	}
	return posts[0], nil
}

// moderatedPost locks a post and loads it for a moderator who reads it, hidden or not.
func (w *writer) moderatedPost(by Actor, id PostID) (p Post, g GroupID, err error) {
	if err = w.lockRow("posts", int64(id)); err != nil {
		return p, 0, err
	}
	var row struct {
		Post
		GroupID GroupID
	}
	if err = w.one(&row, `SELECT p.id, p.topic_id, p.n, p.author_id, p.reach, p.reach_of, p.from_join, p.posted_at, p.erased_at, b.group_id FROM posts p`+postPlaces+" WHERE p.id = ? AND ? AND ? AND (? OR ?)",
		id, placeGate(by, "g"), itemGate(by, "t"), itemGate(by, "p"), moderatesHidden(by)); err != nil {
		return p, 0, err
	}
	_, s, _, err := w.groupSeen(by, row.GroupID)
	if err == nil {
		err = mayHide(by, s, &row.Post)
	}
	return row.Post, row.GroupID, err
}

// HidePost hides a post for a reason: by a moderator of the group where it stands, who reads it. Its author gets a
// statement of reasons. The title of its topic goes with the post that opened it. Twice is once.
func (f *Forum) HidePost(ctx context.Context, by Actor, id PostID, d ActDraft) error {
	return f.write(ctx, "hide post", func(w *writer) error {
		p, g, err := w.moderatedPost(by, id)
		if err != nil || p.Reach == Nobody {
			return err
		}
		var wrong problems
		if d.check(&wrong); wrong != nil {
			return wrong.err()
		}
		act, err := w.act(by, Act{Kind: Hides, GroupID: g, MemberID: p.AuthorID, PostID: p.ID}, d)
		if err != nil {
			return err
		}
		if err := w.exec("INSERT INTO hidden (post_id, act_id, reach, reach_of, from_join, posted_at) VALUES (?, ?, ?, ?, ?, ?)", p.ID, act, p.Reach, p.Of, bit(p.FromJoin), p.PostedAt); err != nil {
			return err
		}
		if err := either(w.exec("UPDATE posts SET reach = ?, reach_of = 0, from_join = 0, version = version + 1 WHERE id = ?", Nobody, p.ID), w.hideTitle(&p)); err != nil {
			return err
		}
		w.state(PostChanged{Topic: p.TopicID, Post: p.ID})
		return w.exec("UPDATE topics SET version = version + 1, mixed = 1 WHERE id = ?", p.TopicID)
	})
}

// hideTitle hides the title of the topic that a post opens.
func (w *writer) hideTitle(p *Post) error {
	const opens = "id = ? AND merged_into = 0 AND ? = (SELECT min(o.n) FROM posts o WHERE o.topic_id = topics.id)"
	if err := w.exec("UPDATE hidden SET topic_id = t.id, title = t.title, slug = t.slug FROM (SELECT id, title, slug FROM topics WHERE "+opens+") t WHERE post_id = ?", p.TopicID, p.N, p.ID); err != nil {
		return err
	}
	return w.exec("UPDATE topics SET title = ?, slug = ? WHERE "+opens, hiddenTitle, slugOf("", Nobody), p.TopicID, p.N)
}

// ShowPost shows a hidden post again, to those who could read it before: by a moderator of the group where it stands.
func (f *Forum) ShowPost(ctx context.Context, by Actor, id PostID, words string) error {
	return f.write(ctx, "show post", func(w *writer) error {
		p, g, err := w.moderatedPost(by, id)
		if err != nil || p.Reach != Nobody {
			return err
		}
		var wrong problems
		if words = wrong.text("words", words, 1000); wrong != nil {
			return wrong.err()
		}
		var act int64
		if err := w.one(&act, "SELECT act_id FROM hidden WHERE post_id = ?", p.ID); err != nil {
			return err
		}
		if err := w.showAgain(p.TopicID, p.ID); err != nil {
			return err
		}
		return either(w.liftAct(by, act), w.log(by, "show-post", int64(p.ID), g, words))
	})
}

// showAgain gives a hidden post, and the title that was hidden with it, back to those who could read them.
func (w *writer) showAgain(t TopicID, id PostID) error {
	if err := either(w.showTitle(id), w.unhide(id)); err != nil {
		return err
	}
	w.state(PostChanged{Topic: t, Post: id})
	return w.exec("UPDATE topics SET version = version + 1 WHERE id = ?", t)
}

func (w *writer) showTitle(id PostID) error {
	return w.exec("UPDATE topics SET title = hi.title, slug = hi.slug, version = version + 1 FROM hidden hi WHERE hi.post_id = ? AND hi.topic_id = topics.id AND topics.title = ?", id, hiddenTitle)
}

// unhide gives a post its audience back, if it is hidden.
func (w *writer) unhide(id PostID) error {
	if err := w.exec("UPDATE posts SET reach = hi.reach, reach_of = hi.reach_of, from_join = hi.from_join, version = posts.version + 1 FROM hidden hi WHERE hi.post_id = posts.id AND posts.id = ?", id); err != nil {
		return err
	}
	return w.exec("DELETE FROM hidden WHERE post_id = ?", id)
}
