package forum

import (
	"context"
)

// Moderators change what others wrote where all can see it: the words before stay in the history, with who could read them,
// and the reason. The author gets a statement of reasons, and may change it again.

// PostEdit is what the form says by which a moderator changes somebody's post.
type PostEdit struct {
	Source string
	Base   int64 // the version that the moderator saw
	ActDraft
}

// EditedPost is a post for a moderator who changes it.
type EditedPost struct {
	PlacedPost
	Words string // its source
	Base  int64
}

// ReadEdited reads somebody's post for the form that changes it: by a moderator of its group who reads it.
func (f *Forum) ReadEdited(ctx context.Context, by Actor, id PostID) (p EditedPost, err error) {
	if p.PlacedPost, err = f.ReadModerated(ctx, by, id); err != nil {
		return p, err
	}
	if p.Reach == Nobody {
		return p, Refuse(Closed, "error.post-hidden")
	}
	defer during(&err, "read edited")
	var now struct {
		Source  string
		Version int64
	}
	err = one(ctx, f.store.read, &now, "SELECT source, version FROM posts WHERE id = ?", id)
	p.Words, p.Base = now.Source, now.Version
	return p, err
}

// EditPost changes somebody's post, for a reason: by a moderator of its group who reads it. It keeps its audience.
func (f *Forum) EditPost(ctx context.Context, by Actor, id PostID, e PostEdit) error {
	d := Draft{Source: e.Source, Key: "change of " + decimal(id)}
	cooked, err := f.cook(ctx, &d)
	if err != nil {
		return err
	}
	return f.write(ctx, "edit post", func(w *writer) error {
		m, g, err := w.moderatedPost(by, id)
		if err == nil && m.Reach == Nobody {
			err = Refuse(Closed, "error.post-hidden")
		}
		if err != nil {
			return err
		}
		var p OwnPost
		// The title is needed only where it is the author's own: it is written again as it is.
		if err := w.one(&p, ownPost, nowhere, nowhere, w.now, id, m.AuthorID); err != nil {
			return err
		}
		var wrong problems
		d.check(&wrong)
		if p.Source == d.Source {
			return nil // the double click
		}
		if err := w.mayQuote(by, cooked.HTML, p.Audience, &wrong); err != nil {
			return err
		}
		if e.check(&wrong); e.Base != p.Version {
			wrong.add("source", "error.changed-meanwhile")
		}
		if err := wrong.err(); err != nil {
			return err
		}
		act, err := w.act(by, Act{Kind: Edits, GroupID: g, MemberID: p.AuthorID, PostID: p.ID, Topic: p.TopicID}, e.ActDraft)
		if err != nil {
			return err
		}
		if err := either(w.changePost(&p, d.Source, p.Title, cooked), w.mentionStill(p.ID, d.mentioned)); err != nil {
			return err
		}
		return either(w.exec("UPDATE posts SET tended = 1 WHERE id = ?", p.ID),
			w.exec("UPDATE revisions SET act_id = ? WHERE id = (SELECT max(v.id) FROM revisions v WHERE v.post_id = ?)", act, p.ID))
	})
}

// Redact takes the words of an earlier text out of a post's history: by its author, or by a moderator of its group who may
// read both. That there was one stays. Twice is once.
func (f *Forum) Redact(ctx context.Context, by Actor, id PostID, revision int64) error {
	return f.write(ctx, "redact", func(w *writer) error {
		var author MemberID
		if err := w.one(&author, "SELECT author_id FROM posts WHERE id = ? AND erased_at = 0 AND author_id = ?", id, by.Member); err != nil && KindOf(err) != NotFound {
			return err
		}
		g := GroupID(0)
		if author == 0 {
			var err error
			if _, g, err = w.moderatedPost(by, id); err != nil {
				return err
			}
		}
		var done Instant
		if err := w.one(&done, `SELECT r.redacted_at FROM (SELECT v.id, v.post_id, v.reach, v.reach_of, v.from_join, v.redacted_at, v.written_at AS posted_at, p.author_id FROM revisions v JOIN posts p ON p.id = v.post_id) r
			WHERE r.id = ? AND r.post_id = ? AND ?`, revision, id, itemGate(by, "r")); err != nil || done != 0 {
			return err
		}
		if err := either(w.exec("UPDATE revisions SET source = '', redacted_at = ? WHERE id = ?", w.now, revision), w.exec(takeRaw, id)); err != nil || g == 0 {
			return err
		}
		return w.log(by, "redact", int64(id), g, "")
	})
}

// MayRedact tells a page whether the actor may take words out of a post's history.
func (f *Forum) MayRedact(ctx context.Context, by Actor, id PostID) (may bool, err error) {
	defer during(&err, "may redact")
	if by.Member == 0 {
		return false, nil
	}
	err = one(ctx, f.store.read, &may, `SELECT EXISTS (SELECT 1 FROM posts p WHERE p.id = ?0 AND p.erased_at = 0 AND (p.author_id = ?1 OR EXISTS (SELECT 1 FROM topics t JOIN boards b ON b.id = t.board_id
		JOIN memberships s ON s.group_id = b.group_id WHERE t.id = p.topic_id AND s.member_id = ?1 AND s.standing = ?2 AND s.role >= ?3)))`, id, by.Member, In, Moderator)
	return may, err
}
