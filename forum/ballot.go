package forum

import (
	"context"
	"fmt"
	"time"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/schema"
)

// A ballot asks the authors of what stands in a group, or in a topic, whether the people of
// the place today may read it too (P21). Their recorded yes is the only thing that changes
// the audience of what was written; no answer is no.

// Answer is what an author says of one thing they wrote.
type Answer int64

// The answers. AfterChange becomes a yes when the author changes the post.
const (
	NoAnswer Answer = iota
	Yes
	No
	AfterChange
)

// BallotKind says what an item of a ballot is.
type BallotKind int64

// The kinds.
const (
	BallotPost BallotKind = iota
	BallotMessage
)

// Ballot is one question to the authors.
type Ballot struct {
	ID       int64 `bun:"id"`
	GroupID  GroupID
	TopicID  TopicID // 0: all of the group
	OpenedAt Instant
	UntilAt  Instant
	ClosedAt Instant
	Audience // that would read it
}

const ballotColumns = "SELECT b.id, b.group_id, b.topic_id, b.opened_at, b.until_at, b.closed_at, b.reach, b.reach_of, b.from_join FROM ballots b"

// uncovered is the SQL condition under which not everybody of an audience surely belongs to
// the one that an item was written for. i is the alias of the item.
func uncovered(a Audience, i string) schema.QueryWithArgs {
	if a.Reach < Members {
		return bun.SafeQuery("?0.reach > ?1", bun.Ident(i), a.Reach)
	}
	return bun.SafeQuery("(?0.reach > 3 OR ?0.reach = 2 OR ?0.reach = 3 AND (?0.reach_of <> ?1 OR ?0.from_join > ?2))", bun.Ident(i), a.Of, bit(a.FromJoin))
}

// ballotPlaces are the posts p and messages c of a group, or of a topic of it.
func ballotPlaces(g GroupID, t TopicID) (posts, messages schema.QueryWithArgs) {
	posts = bun.SafeQuery("p.erased_at = 0 AND p.reach < 4 AND p.topic_id IN (SELECT t.id FROM topics t JOIN boards tb ON tb.id = t.board_id WHERE tb.group_id = ? AND (? = 0 OR t.id = ?))", g, int64(t), int64(t))
	messages = bun.SafeQuery("c.erased_at = 0 AND c.reach < 4 AND c.room_id IN (SELECT r.id FROM rooms r WHERE r.group_id = ? AND ? = 0)", g, int64(t))
	return posts, messages
}

// OpenBallot asks all authors of what the people of a group today may not all read: by its
// owners, or for one topic (0: all) by its moderators. Also those who have left are asked.
func (f *Forum) OpenBallot(ctx context.Context, by Actor, group GroupID, topic TopicID, days int) (id int64, err error) {
	err = f.write(ctx, "open ballot", func(w *writer) error {
		if err := w.lockRow("groups", int64(group)); err != nil {
			return err
		}
		g, err := w.mayBallot(by, group, topic)
		if err != nil {
			return err
		}
		if days < 3 || days > 60 {
			var p problems
			p.add("days", "error.choose")
			return p.err()
		}
		var open int
		if err := w.one(&open, "SELECT count(*) FROM ballots WHERE group_id = ? AND topic_id IN (0, ?) AND closed_at = 0", g.ID, topic); err != nil {
			return err
		}
		if open > 0 {
			return Refuse(Conflict, "error.ballot-open")
		}
		id = w.id()
		return w.ask(by, Ballot{ID: id, GroupID: g.ID, TopicID: topic, UntilAt: w.now.add(time.Duration(days) * 24 * time.Hour), Audience: g.Audience()})
	})
	return id, err
}

func (w *writer) mayBallot(by Actor, group GroupID, topic TopicID) (*Group, error) {
	if topic == 0 {
		return w.owned(by, group)
	}
	_, g, err := w.moderatedTopic(by, topic)
	if err == nil && g.ID != group {
		err = Absent()
	}
	return g, err
}

// ask writes the question down for each thing and has each author told.
func (w *writer) ask(by Actor, b Ballot) error {
	if err := w.exec("INSERT INTO ballots (id, group_id, topic_id, opened_by, opened_at, until_at, reach, reach_of, from_join) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
		b.ID, b.GroupID, b.TopicID, by.Member, w.now, b.UntilAt, b.Reach, b.Of, bit(b.FromJoin)); err != nil {
		return err
	}
	posts, messages := ballotPlaces(b.GroupID, b.TopicID)
	n, err := w.changed(`INSERT INTO ballot_items (ballot_id, kind, item_id, member_id) SELECT ?0, ?1, p.id, p.author_id FROM posts p WHERE ?3 AND ?4
		UNION ALL SELECT ?0, ?2, c.id, c.author_id FROM messages c WHERE ?5 AND ?6`, b.ID, BallotPost, BallotMessage, posts, uncovered(b.Audience, "p"), messages, uncovered(b.Audience, "c"))
	if err != nil {
		return err
	}
	if n == 0 {
		return Refuse(Conflict, "error.nothing-to-ask")
	}
	w.state(BallotOpened{Ballot: b.ID, Note: "note.ballot"})
	if err := w.exec("INSERT INTO deliveries (kind, ref, member_id, queued_at, due_at) SELECT DISTINCT 'note.ballot', ballot_id, member_id, CAST(? AS BIGINT), CAST(? AS BIGINT) FROM ballot_items WHERE ballot_id = ?",
		w.now, w.now, b.ID); err != nil {
		return err
	}
	return w.log(by, "open-ballot", b.ID, b.GroupID, "")
}

// BallotAnswers is what the form of a ballot says: the same of all, or of each.
type BallotAnswers struct {
	All  Answer // NoAnswer: as Each says
	Each map[BallotRef]Answer
}

// BallotRef names an item of a ballot.
type BallotRef struct {
	Kind BallotKind
	ID   int64
}

// AnswerBallot records what an author says of their own; until the ballot ends they may say
// otherwise.
func (f *Forum) AnswerBallot(ctx context.Context, by Actor, id int64, a BallotAnswers) error {
	return f.write(ctx, "answer ballot", func(w *writer) error {
		if err := w.lockRow("ballots", id); err != nil { // it may be about to end
			return err
		}
		var b Ballot
		if err := w.one(&b, ballotColumns+" WHERE b.id = ? AND EXISTS (SELECT 1 FROM ballot_items i WHERE i.ballot_id = b.id AND i.member_id = ?)", id, by.Member); err != nil {
			return err
		}
		if b.ClosedAt != 0 || b.UntilAt <= w.now {
			return Refuse(Closed, "error.ballot-over")
		}
		const set = "UPDATE ballot_items SET answer = ?, answered_at = ? WHERE ballot_id = ? AND member_id = ?"
		if a.All == Yes || a.All == No {
			return w.exec(set, a.All, w.now, id, by.Member)
		}
		for item, answer := range a.Each {
			if answer < Yes || answer > AfterChange || answer == AfterChange && item.Kind != BallotPost {
				continue
			}
			if err := w.exec(set+" AND kind = ? AND item_id = ?", answer, w.now, id, by.Member, item.Kind, item.ID); err != nil {
				return err
			}
		}
		return nil
	})
}

// asked is the SQL condition under which an open ballot asks the author about the post p.
const asked = `EXISTS (SELECT 1 FROM ballot_items bi JOIN ballots bb ON bb.id = bi.ballot_id AND bb.closed_at = 0 AND bb.until_at > ? WHERE bi.kind = 0 AND bi.item_id = p.id)`

// answeredByChange makes a yes of what its author wanted to change first.
func (w *writer) answeredByChange(p PostID) error {
	return w.exec(`UPDATE ballot_items SET answer = ?, answered_at = ? WHERE kind = ? AND item_id = ? AND answer = ?
		AND ballot_id IN (SELECT id FROM ballots WHERE closed_at = 0 AND until_at > ?)`, Yes, w.now, BallotPost, p, AfterChange, w.now)
}

// RunBallots reminds those who have not answered when half of the time is over, and ends the
// ballots whose time is.
func (f *Forum) RunBallots(ctx context.Context) error {
	var due []int64
	now := f.instant()
	if err := f.store.read.scan(ctx, &due, "SELECT id FROM ballots WHERE closed_at = 0 AND (until_at <= ? OR reminded = 0 AND (opened_at + until_at) / 2 <= ?) ORDER BY id", now, now); err != nil {
		return err
	}
	for _, id := range due {
		if err := f.write(ctx, "run ballot", func(w *writer) error { return w.runBallot(id) }); err != nil {
			return err
		}
	}
	return nil
}

func (w *writer) runBallot(id int64) error {
	if err := w.lockRow("ballots", id); err != nil {
		return err
	}
	var b Ballot
	if err := w.one(&b, ballotColumns+" WHERE b.id = ?", id); err != nil || b.ClosedAt != 0 {
		return err
	}
	if b.UntilAt <= w.now {
		return w.endBallot(b)
	}
	n, err := w.changed("UPDATE ballots SET reminded = 1 WHERE id = ? AND reminded = 0", id)
	if err != nil || n == 0 {
		return err
	}
	w.state(BallotOpened{Ballot: id, Note: "note.ballot-reminder"})
	return w.exec(`INSERT INTO deliveries (kind, ref, member_id, queued_at, due_at) SELECT 'note.ballot-reminder', ballot_id, member_id, CAST(? AS BIGINT), CAST(? AS BIGINT)
		FROM ballot_items WHERE ballot_id = ? GROUP BY ballot_id, member_id HAVING max(answered_at) = 0`, w.now, w.now, id)
}

// endBallot widens what its authors said yes of, and nothing else. The title of a topic goes
// with the post that opened it.
func (w *writer) endBallot(b Ballot) error {
	const said = "(SELECT i.item_id FROM ballot_items i WHERE i.ballot_id = ?0 AND i.kind = ?1 AND i.answer = ?2)"
	var topics []TopicID
	var messages []int64
	if err := either(w.scan(w.ctx, &topics, "SELECT DISTINCT topic_id FROM posts WHERE id IN "+said, b.ID, BallotPost, Yes),
		w.scan(w.ctx, &messages, "SELECT id FROM messages WHERE id IN "+said, b.ID, BallotMessage, Yes)); err != nil {
		return err
	}
	w.state(SaidApart{messages})
	const wide = "reach = ?3, reach_of = ?4, from_join = ?5"
	args := func(k BallotKind) []any { return []any{b.ID, k, Yes, b.Reach, b.Of, bit(b.FromJoin)} }
	if err := w.exec(`UPDATE topics SET `+wide+` WHERE EXISTS (SELECT 1 FROM posts p WHERE p.topic_id = topics.id AND p.author_id = topics.author_id AND p.reach < 4 AND p.id IN `+said+`
		AND p.n = (SELECT min(o.n) FROM posts o WHERE o.topic_id = topics.id)) AND ?6`, append(args(BallotPost), uncovered(b.Audience, "topics"))...); err != nil {
		return err
	}
	if err := either(w.exec("UPDATE posts SET "+wide+", version = version + 1 WHERE erased_at = 0 AND reach < 4 AND id IN "+said, args(BallotPost)...),
		w.exec("UPDATE messages SET "+wide+" WHERE reach < 4 AND id IN "+said, args(BallotMessage)...)); err != nil {
		return err
	}
	for _, t := range topics {
		if err := w.exec("UPDATE topics SET version = version + 1, mixed = 1 WHERE id = ?", t); err != nil {
			return err
		}
		var posts []PostID
		if err := w.scan(w.ctx, &posts, "SELECT id FROM posts WHERE topic_id = ?3 AND id IN "+said, b.ID, BallotPost, Yes, t); err != nil {
			return err
		}
		w.state(TopicMoved{t, posts})
	}
	return w.tellBallot(b)
}

// tellBallot writes the whole story into one entry of the log.
func (w *writer) tellBallot(b Ballot) error {
	if err := w.exec("UPDATE ballots SET closed_at = ? WHERE id = ?", w.now, b.ID); err != nil {
		return err
	}
	var n struct {
		OpenedBy                         MemberID
		Yes, No, Silent, Authors, Agreed int
	}
	if err := w.one(&n, `SELECT (SELECT opened_by FROM ballots WHERE id = ?0) AS opened_by, count(CASE WHEN answer = ?1 THEN 1 END) AS yes, count(CASE WHEN answer = ?2 THEN 1 END) AS no,
		count(CASE WHEN answer NOT IN (?1, ?2) THEN 1 END) AS silent, count(DISTINCT member_id) AS authors, count(DISTINCT CASE WHEN answer = ?1 THEN member_id END) AS agreed
		FROM ballot_items WHERE ballot_id = ?0`, b.ID, Yes, No); err != nil {
		return err
	}
	day := func(i Instant) string { return i.Time().Format(time.DateOnly) }
	return w.log(Actor{Member: n.OpenedBy}, "close-ballot", b.ID, b.GroupID, fmt.Sprintf("→ %s · %s – %s · ✓ %d · ✗ %d · – %d · %d/%d",
		b.Term(), day(b.OpenedAt), day(w.now), n.Yes, n.No, n.Silent, n.Agreed, n.Authors))
}
