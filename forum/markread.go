package forum

import (
	"context"

	"github.com/uptrace/bun"
)

// MarkAllRead marks as read all that is new to the actor on a board, or with 0 in all their groups; at is what undoes it.
func (f *Forum) MarkAllRead(ctx context.Context, by Actor, board BoardID) (at Instant, err error) {
	err = f.write(ctx, "mark all read", func(w *writer) error {
		at = w.now
		if err := mayKeep(by); err != nil {
			return err
		}
		where := inMyGroups(by)
		if board != 0 {
			if _, _, _, err := w.boardSeen(by, board); err != nil {
				return err
			}
			where = bun.SafeQuery("t.board_id = ?", board)
		}
		if err := w.exec(`INSERT INTO reads (member_id, topic_id, n, marked_at) SELECT CAST(?0 AS BIGINT), t.id, (SELECT max(p.n) FROM posts p WHERE p.topic_id = t.id AND ?1), CAST(?2 AS BIGINT)
			FROM topics t JOIN boards b ON b.id = t.board_id JOIN groups g ON g.id = b.group_id WHERE t.merged_into = 0 AND t.reach < 4 AND ?3 AND ?4 AND ?5
			ON CONFLICT (member_id, topic_id) DO UPDATE SET was = reads.n, n = excluded.n, marked_at = excluded.marked_at WHERE reads.n < excluded.n`,
			by.Member, itemGate(by, "p"), w.now, where, itemGate(by, "t"), hasUnread(by, "t")); err != nil {
			return err
		}
		return w.exec(`UPDATE notices SET read_at = ?0 WHERE member_id = ?1 AND read_at = 0 AND post_id IN (SELECT p.id FROM posts p JOIN reads r ON r.topic_id = p.topic_id
			WHERE r.member_id = ?1 AND r.marked_at = ?0 AND p.n <= r.n)`, w.now, by.Member)
	})
	return at, err
}

// UnmarkAllRead makes that new again which was marked at the time, and was not read since.
func (f *Forum) UnmarkAllRead(ctx context.Context, by Actor, at Instant) error {
	return f.write(ctx, "unmark all read", func(w *writer) error {
		if err := mayKeep(by); err != nil {
			return err
		}
		return either(w.exec("UPDATE reads SET n = was, was = 0, marked_at = 0 WHERE member_id = ? AND marked_at = ? AND marked_at > 0", by.Member, at),
			w.exec("UPDATE notices SET read_at = 0 WHERE member_id = ? AND read_at = ? AND read_at > 0", by.Member, at))
	})
}

// NewestPost finds the last post of a topic that the actor may read.
func (f *Forum) NewestPost(ctx context.Context, by Actor, id TopicID) (p PostID, err error) {
	defer during(&err, "newest post")
	err = one(ctx, f.store.read, &p, "SELECT p.id FROM posts p"+postPlaces+" WHERE p.topic_id = ? AND ? ORDER BY p.n DESC LIMIT 1", id, postGate(by))
	return p, err
}

// FirstUnread finds the first post of others in a topic that the actor may read and has not read; else its last.
func (f *Forum) FirstUnread(ctx context.Context, by Actor, id TopicID) (p PostID, err error) {
	defer during(&err, "first unread")
	const of = "SELECT p.id FROM posts p" + postPlaces + " WHERE p.topic_id = ?0 AND ?1 "
	if err = one(ctx, f.store.read, &p, of+"AND p.author_id <> ?2 AND p.n > coalesce((SELECT r.n FROM reads r WHERE r.member_id = ?2 AND r.topic_id = ?0), 0) ORDER BY p.n LIMIT 1", id, postGate(by), by.Member); KindOf(err) == NotFound {
		p, err = f.NewestPost(ctx, by, id)
	}
	return p, err
}
