package forum

import (
	"context"

	"peergroups/forum/markup"
)

// mostPinned is how many topics of a board stand above the others at most: a page begins with all of them.
const mostPinned = 10

// Pin puts a topic above the others of its board, by a moderator of its group. Conflict: as many as may be are there.
func (f *Forum) Pin(ctx context.Context, by Actor, id TopicID, reason string) error {
	return f.setPin(ctx, by, id, true, reason)
}

// Unpin puts it back among the others.
func (f *Forum) Unpin(ctx context.Context, by Actor, id TopicID, reason string) error {
	return f.setPin(ctx, by, id, false, reason)
}

func (f *Forum) setPin(ctx context.Context, by Actor, id TopicID, pin bool, reason string) error {
	return f.write(ctx, "pin topic", func(w *writer) error {
		t, g, err := w.moderatedTopic(by, id)
		if err != nil || t.Pinned == pin {
			return err
		}
		var p problems
		if reason = p.why(reason); p != nil {
			return p.err()
		}
		act := "unpin"
		if pin {
			act = "pin"
			if err := w.roomForPin(t.BoardID); err != nil {
				return err
			}
		}
		if err := w.exec("UPDATE topics SET pinned = ?, version = version + 1 WHERE id = ?", bit(pin), t.ID); err != nil {
			return err
		}
		w.state(TopicChanged{t.ID})
		return w.log(by, act, int64(t.ID), g.ID, reason)
	})
}

func (w *writer) roomForPin(b BoardID) error {
	if err := w.lockRow("boards", int64(b)); err != nil { // two pin at once
		return err
	}
	var n int
	err := w.one(&n, "SELECT count(*) FROM topics WHERE board_id = ? AND pinned = 1 AND merged_into = 0 AND reach < 4", b)
	if err == nil && n >= mostPinned {
		err = Refuse(Conflict, "error.pinned-enough")
	}
	return err
}

// Rename gives a topic another title, by a moderator of its group who reads it. It is an act against what its author
// wrote: they get a statement of reasons. Nobody but moderators changes the title from then on. What it was before is
// kept for the objection alone. The same title is none.
func (f *Forum) Rename(ctx context.Context, by Actor, id TopicID, title string, d ActDraft) error {
	return f.write(ctx, "rename topic", func(w *writer) error {
		t, g, err := w.moderatedTopic(by, id)
		if err != nil {
			return err
		}
		if t.Title == hiddenTitle { // it comes back with the post that opened the topic
			return Refuse(Closed, "error.title-hidden")
		}
		var p problems
		if title = p.line("title", title, 150); p == nil && title == t.Title {
			return nil // the double click
		}
		if d.check(&p); p != nil {
			return p.err()
		}
		var opening Post
		if err := w.one(&opening, "SELECT p.id, p.author_id FROM posts p WHERE p.topic_id = ? ORDER BY p.n LIMIT 1", t.ID); err != nil {
			return err
		}
		if err := w.entitle(t, opening.ID, title, by.Member); err != nil {
			return err
		}
		a := Act{Kind: Renames, GroupID: g.ID, MemberID: t.AuthorID, PostID: opening.ID, Topic: t.ID, Was: t.Title}
		if t.AuthorID == by.Member { // nobody gives reasons to themself
			act, object := a.logged()
			return w.log(by, act, object, g.ID, d.Reason+": "+markup.Line(d.Words))
		}
		_, err = w.act(by, a, d)
		return err
	})
}

// entitle sets the title of a topic; by: the moderator who gives it, or 0: it is its author's. The engine finds it by
// the post that opens the topic.
func (w *writer) entitle(t *Topic, opening PostID, title string, by MemberID) error {
	w.state(PostChanged{Topic: t.ID, Post: opening})
	return either(w.exec("UPDATE topics SET title = ?, slug = ?, titled_by = ?, version = version + 1 WHERE id = ?", title, slugOf(title, t.Reach), by, t.ID),
		w.exec("UPDATE posts SET version = version + 1 WHERE id = ?", opening))
}

// untitle gives a topic the title back that an act took away, unless it was renamed again since.
func (w *writer) untitle(act int64) error {
	var was struct {
		Topic
		Opening PostID
		Was     string
	}
	err := w.one(&was, `SELECT t.id, t.title, t.reach, a.post_id AS opening, a.was FROM acts a JOIN posts p ON p.id = a.post_id JOIN topics t ON t.id = p.topic_id
		WHERE a.id = ? AND t.titled_by > 0 AND t.reach < 4 AND a.was <> '' AND NOT EXISTS (SELECT 1 FROM acts n WHERE n.post_id = a.post_id AND n.kind = a.kind AND n.id > a.id)`, act)
	if KindOf(err) == NotFound {
		return nil
	}
	if err != nil {
		return err
	}
	if was.Title == hiddenTitle { // it comes back with the post
		return either(w.exec("UPDATE hidden SET title = ?, slug = ? WHERE post_id = ?", was.Was, slugOf(was.Was, was.Reach), was.Opening), w.exec("UPDATE topics SET titled_by = 0 WHERE id = ?", was.ID))
	}
	return w.entitle(&was.Topic, was.Opening, was.Was, 0)
}
