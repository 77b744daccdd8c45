package forum

import (
	"context"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/schema"
)

// A reaction is something said with one sign, by name: it has the audience that could read it when it was given, and is
// counted and shown through the gates of its post and its own. Nobody is told of it. Where the Chatham House rule holds, now
// or when the post was written, there are none: who stands beside a mask helps to guess it.

// Sign is what a reaction says.
type Sign int64

// The signs.
const (
	Thanks Sign = iota + 1
	Agrees
	Helps
	ThinksOfYou
)

var signNames = [...]string{"", "thanks", "agree", "helpful", "thinking"}

// Signs are all of them, in the order in which they are shown.
var Signs = []Sign{Thanks, Agrees, Helps, ThinksOfYou}

// String names the sign.
func (s Sign) String() string { return signNames[min(max(s, 0), ThinksOfYou)] }

// Reacted is how many react to a post with one sign, as far as the reader may know; Mine: the reader does.
type Reacted struct {
	Sign  Sign
	Count int
	Mine  bool
}

// Reaction is one with who gave it.
type Reaction struct {
	Sign Sign
	ID   MemberID `bun:"id"`
	Name string
}

// mostReactions is how many are listed by name.
const mostReactions = 500

// React gives a sign to somebody else's post, by who may answer it. Twice is once.
func (f *Forum) React(ctx context.Context, by Actor, id PostID, sign Sign) error {
	return f.write(ctx, "react", func(w *writer) error {
		p, g, s, err := w.postSeen(by, id)
		if err == nil {
			err = mayReact(by, s, g, &p.Post, p.LockedAt != 0)
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
		a := ReplyAudience(p.Audience, ReplyAudience(p.TopicAudience(), g.Audience()))
		n, err := w.changed("INSERT INTO reactions (post_id, author_id, sign, reach, reach_of, from_join, posted_at) VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
			p.ID, by.Member, sign, a.Reach, a.Of, bit(a.FromJoin), w.now)
		if err != nil || n == 0 {
			return err
		}
		return w.reacted(p.ID, a)
	})
}

// Unreact takes one's own sign back, wherever the post is by now. Twice is once.
func (f *Forum) Unreact(ctx context.Context, by Actor, id PostID, sign Sign) error {
	return f.write(ctx, "unreact", func(w *writer) error {
		if err := mayKeep(by); err != nil {
			return err
		}
		var a Audience
		err := w.one(&a, "DELETE FROM reactions WHERE post_id = ? AND author_id = ? AND sign = ? RETURNING reach, reach_of, from_join", id, by.Member, sign)
		if KindOf(err) == NotFound {
			return nil
		}
		return either(err, w.reacted(id, a))
	})
}

// reacted notes that the reactions to a post changed, by one for an audience.
func (w *writer) reacted(id PostID, a Audience) error {
	p, err := w.stirred(id)
	w.state(PostReacted{Topic: p.TopicID, Post: id, Apart: a != p.Audience})
	return err
}

// stirred makes copies of a post old of what stands below it.
func (w *writer) stirred(id PostID) (p Post, err error) {
	err = w.one(&p, "UPDATE posts SET reacted = reacted + 1 WHERE id = ? RETURNING topic_id, reach, reach_of, from_join", id)
	return p, err
}

// lockedPost is a post in its place, with whether its topic is locked, and whether it opened it.
type lockedPost struct {
	PlacedPost
	LockedAt Instant
	Opens    bool
}

// postSeen loads a post that the actor may read now, with its group.
func (w *writer) postSeen(by Actor, id PostID) (p lockedPost, g *Group, s standing, err error) {
	if err = w.one(&p, "SELECT "+placedFields+", t.locked_at, p.n = (SELECT min(o.n) FROM posts o WHERE o.topic_id = p.topic_id) AS opens FROM posts p JOIN members m ON m.id = p.author_id"+postPlaces+" WHERE p.id = ? AND p.erased_at = 0 AND ?", id, postGate(by)); err != nil {
		return p, nil, s, err
	}
	g, s, _, err = w.groupSeen(by, p.GroupID)
	return p, g, s, err
}

// reactionGate is the SQL condition under which the actor, who may read the post p of the group g, is told of its
// reaction r.
func reactionGate(by Actor) schema.QueryWithArgs {
	return bun.SafeQuery(`(p.erased_at = 0 AND p.reach < 4 AND p.class <> ?0 AND g.class <> ?0 AND ?1
		AND NOT EXISTS (SELECT 1 FROM ignores ig WHERE ig.member_id = ?2 AND ig.ignored_id = r.author_id))`, ChathamClass, itemGate(by, "r"), by.Member)
}

// reactionsOf puts into posts that the actor reads how many react to them.
func (f *Forum) reactionsOf(ctx context.Context, by Actor, posts []Post) error {
	var ids []PostID
	for i := range posts {
		if posts[i].Reacted > 0 {
			ids = append(ids, posts[i].ID)
		}
	}
	if ids == nil {
		return nil
	}
	var rows []struct {
		PostID PostID
		Reacted
	}
	err := f.store.read.scan(ctx, &rows, `SELECT r.post_id, r.sign, count(*) AS count, max(CASE WHEN r.author_id = ? THEN 1 ELSE 0 END) = 1 AS mine FROM reactions r JOIN posts p ON p.id = r.post_id`+postPlaces+`
		WHERE r.post_id IN (?) AND ? AND ? GROUP BY r.post_id, r.sign ORDER BY r.post_id, r.sign`, by.Member, bun.List(ids), postGate(by), reactionGate(by))
	for _, row := range rows {
		for i := range posts {
			if posts[i].ID == row.PostID {
				posts[i].Reactions = append(posts[i].Reactions, row.Reacted)
			}
		}
	}
	return err
}

// ReadReactions lists, for members who may read a post, who reacts to it, the newest first.
func (f *Forum) ReadReactions(ctx context.Context, by Actor, id PostID) (p PlacedPost, out []Reaction, err error) {
	defer during(&err, "read reactions")
	if err = mayKeep(by); err != nil {
		return p, nil, err
	}
	posts, err := f.VisiblePosts(ctx, by, []PostID{id})
	if err == nil && len(posts) == 0 {
		err = Absent()
	}
	if err != nil {
		return p, nil, err
	}
	err = f.store.read.scan(ctx, &out, `SELECT r.sign, m.id, m.name FROM reactions r JOIN members m ON m.id = r.author_id JOIN posts p ON p.id = r.post_id`+postPlaces+`
		WHERE r.post_id = ? AND ? AND ? ORDER BY r.posted_at DESC, m.id, r.sign LIMIT ?`, id, postGate(by), reactionGate(by), mostReactions)
	return posts[0], out, err
}
