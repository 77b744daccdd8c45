package forum

import (
	"context"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/schema"
)

// On a board for questions one post of a topic can be marked as its answer, by who asked or a moderator. It is shown above
// the topic, and the topic as answered, to those who may read that post where it stands, and to nobody else.

// AcceptAnswer marks a post as the answer of its topic, in the place of another; or, with back, no longer. Twice is once.
func (f *Forum) AcceptAnswer(ctx context.Context, by Actor, id PostID, back bool) error {
	return f.write(ctx, "accept answer", func(w *writer) error {
		p, g, s, err := w.postSeen(by, id)
		if err != nil {
			return err
		}
		t, b, err := w.question(p.TopicID)
		if err == nil {
			err = mayAccept(by, s, t, b)
		}
		if err != nil {
			return err
		}
		now := p.ID
		if back {
			now = 0
		} else if p.Opens || p.Reach == Nobody {
			return Refuse(Forbidden, "error.no-answer")
		}
		if (t.Accepted == p.ID) != back { // the double click, or another is marked meanwhile
			return nil
		}
		if err := w.exec("UPDATE topics SET accepted = ?, version = version + 1 WHERE id = ?", now, t.ID); err != nil {
			return err
		}
		w.state(AnswerAccepted{Topic: t.ID, Post: p.ID})
		if t.AuthorID == by.Member {
			return nil
		}
		act := "accept-answer"
		if back {
			act = "unaccept-answer"
		}
		return w.log(by, act, int64(p.ID), g.ID, "")
	})
}

// question loads a topic with its board, for what is asked there.
func (w *writer) question(id TopicID) (*Topic, *Board, error) {
	var t Topic
	var b Board
	if err := w.one(&t, topicByID, id); err != nil {
		return nil, nil, err
	}
	err := w.one(&b, boardColumns+" WHERE b.id = ?", t.BoardID)
	return &t, &b, err
}

// answeredFor is the SQL condition under which the actor, who may read a topic, is told that it is answered. t is the alias
// of a row with id, board_id and accepted.
func answeredFor(by Actor, t string) schema.QueryWithArgs {
	return bun.SafeQuery(`(?0.accepted > 0 AND EXISTS (SELECT 1 FROM posts aq JOIN boards ab ON ab.id = ?0.board_id AND ab.kind = ?1 WHERE aq.id = ?0.accepted AND aq.topic_id = ?0.id AND aq.erased_at = 0 AND aq.reach < 4 AND ?2))`,
		bun.Ident(t), Question, itemGate(by, "aq"))
}

// answerOf gives the accepted answer of a topic on its page, where the actor may read it there; nil: there is none for them.
func (f *Forum) answerOf(ctx context.Context, by Actor, t *Topic, b *Board) (*PlacedPost, error) {
	if t.Accepted == 0 || b.Kind != Question {
		return nil, nil
	}
	posts, err := f.VisiblePosts(ctx, by, []PostID{t.Accepted})
	if err != nil || len(posts) == 0 || posts[0].TopicID != t.ID || posts[0].Reach == Nobody {
		return nil, err
	}
	return &posts[0], nil
}

// topicExtras puts on a topic's page what stands above its posts.
func (f *Forum) topicExtras(ctx context.Context, by Actor, page *TopicPage, whole bool) (err error) {
	page.Topic.NoAnswers = page.Board.NoAnswers
	if !whole { // else nothing was ever split off
		if page.Stubs, err = f.stubsIn(ctx, by, page.Topic.ID); err != nil {
			return err
		}
	}
	if page.Answer, err = f.answerOf(ctx, by, &page.Topic, &page.Board); err != nil || !page.Topic.Tagged {
		return err
	}
	tags, err := f.tagsOf(ctx, page.Topic.ID)
	page.Tags = tags[page.Topic.ID]
	return err
}
