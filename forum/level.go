package forum

import (
	"context"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/schema"
)

// Level is how much a member wants to be told of a topic, or of the topics of a board.
type Level int64

// The levels. What is said of a topic goes before what is said of its board, and that before Answers.
const (
	Inherited  Level = iota
	EveryPost        // each post
	Answers          // answers to what the member wrote, and posts that mention them
	NewTopics        // the first posts of topics; for boards only
	MutedLevel       // nothing, and it is in no list or count of what is new
)

var levelNames = [...]string{"inherited", "every", "answers", "topics", "muted"}

// String names the level.
func (l Level) String() string { return levelNames[min(max(l, Inherited), MutedLevel)] }

// Chosen is how much a member is told of a topic or board, and where they chose so.
type Chosen struct{ Topic, Board Level }

// Effective is what holds.
func (c Chosen) Effective() Level {
	switch {
	case c.Topic != Inherited:
		return c.Topic
	case c.Board != Inherited:
		return c.Board
	}
	return Answers
}

// SetTopicLevel sets how much the actor is told of a topic; Inherited: as of its board.
func (f *Forum) SetTopicLevel(ctx context.Context, by Actor, id TopicID, level Level) error {
	return f.write(ctx, "set topic level", func(w *writer) error {
		t, _, _, err := w.topicSeen(by, id)
		if err != nil {
			return err
		}
		return w.setLevel(by, t.ID, 0, level, level == NewTopics)
	})
}

// SetBoardLevel sets how much the actor is told of a board's topics; Inherited: as of any.
func (f *Forum) SetBoardLevel(ctx context.Context, by Actor, id BoardID, level Level) error {
	return f.write(ctx, "set board level", func(w *writer) error {
		b, _, _, err := w.boardSeen(by, id)
		if err != nil {
			return err
		}
		return w.setLevel(by, 0, b.ID, level, false)
	})
}

// TopicToken names a member and a topic in the link of a list mail that mutes the topic.
func (f *Forum) TopicToken(m MemberID, t TopicID) string { return f.seal("mute", int64(m), int64(t)) }

// MuteByLink mutes a topic by the holder of a link in one of its mails; to stop needs no login. Twice is once.
func (f *Forum) MuteByLink(ctx context.Context, token string) error {
	ids, err := f.unseal("mute", token, 2)
	if err != nil {
		return err
	}
	return f.write(ctx, "mute by link", func(w *writer) error {
		return w.setLevel(Actor{Member: MemberID(ids[0])}, TopicID(ids[1]), 0, MutedLevel, false)
	})
}

// CheckTopicToken answers Closed to what is no such link.
func (f *Forum) CheckTopicToken(token string) error {
	_, err := f.unseal("mute", token, 2)
	return err
}

func (w *writer) setLevel(by Actor, t TopicID, b BoardID, level Level, wrong bool) error {
	if err := mayKeep(by); err != nil {
		return err
	}
	if wrong || level < Inherited || level > MutedLevel {
		var p problems
		p.add("level", "error.choose")
		return p.err()
	}
	if level == Inherited {
		return w.exec("DELETE FROM levels WHERE member_id = ? AND topic_id = ? AND board_id = ?", by.Member, t, b)
	}
	return w.exec(`INSERT INTO levels (member_id, topic_id, board_id, level, since_at) VALUES (?, ?, ?, ?, ?)
		ON CONFLICT (member_id, topic_id, board_id) DO UPDATE SET level = excluded.level, since_at = excluded.since_at WHERE levels.level <> excluded.level`, by.Member, t, b, level, w.now)
}

// levelOf is the SQL of how much a member is told of a topic: member is an expression, t the alias of a row with id and
// board_id.
func levelOf(member schema.QueryWithArgs, t string) schema.QueryWithArgs {
	return bun.SafeQuery(`coalesce((SELECT tl.level FROM levels tl WHERE tl.member_id = ?0 AND tl.topic_id = ?1.id AND tl.board_id = 0),
		(SELECT bl.level FROM levels bl WHERE bl.member_id = ?0 AND bl.topic_id = 0 AND bl.board_id = ?1.board_id), ?2)`, member, bun.Ident(t), Answers)
}
