package forum

import (
	"context"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/schema"
)

// TopicRow is a topic as lists show it. Counts, order and the last voice are made of the
// posts that the actor may read, and of no others.
type TopicRow struct {
	Topic
	Author             string
	Unread             int
	Tags               []Tag `bun:"-"`
	Answered           bool  // by an answer that the actor may read
	LastID             MemberID
	Last               string
	LastVia            Door
	LastClass          Class
	LastMaskOf         int64
	Veiled, LastVeiled bool `bun:"-"`
	BoardName          string
	BoardSlug          string
	GroupID            GroupID
	GroupName          string
	GroupSlug          string
	GroupVis           Visibility
}

// TopicCursor says where a page of topics goes on: after the last one shown. The zero
// cursor is the beginning.
type TopicCursor struct {
	Feed       Feed   // which topics of a board
	Tag        string // of those, with this tag; "": with any
	LastPostAt Instant
	ID         TopicID
}

const topicsPerPage = 30

// pick says which topics a page shows.
type pick struct {
	where  schema.QueryWithArgs // on t, b and g
	pinned bool                 // pinned ones first
	from   TopicCursor
	limit  int
}

// rows reads a page of the topics that the actor may read and that are picked. Where all posts
// of a topic have the topic's own audience (mixed = 0), its stored counters are the reader's,
// unless they only read it as its author; else they are counted through the gate.
func (f *Forum) rows(ctx context.Context, by Actor, p pick) (out []TopicRow, err error) {
	after, pins := bun.SafeQuery("1 = 1"), bun.SafeQuery("0")
	if p.pinned {
		pins = bun.SafeQuery("t.pinned")
	}
	if p.from.ID != 0 {
		after = bun.SafeQuery("x.pins = 0 AND (x.last_post_at, x.id) < (?, ?)", p.from.LastPostAt, p.from.ID)
	}
	stored := bun.SafeQuery("t.mixed = 0 AND (t.author_id <> ? OR ?)", by.Member, audienceGate(by, "t"))
	err = f.store.read.scan(ctx, &out, `SELECT y.id, y.board_id, y.author_id, y.title, y.slug, y.reach, y.reach_of, y.from_join, y.posted_at, y.pinned, y.locked_at,
			y.version, y.class, y.last_post_at, y.posts, y.tagged, ma.name AS author, lp.author_id AS last_id, lm.name AS last, lp.via AS last_via, coalesce(lp.class, 0) AS last_class, coalesce(lp.mask_of, 0) AS last_mask_of, y.mask_of,
			b.name AS board_name, b.slug AS board_slug, g.id AS group_id, g.name AS group_name, g.slug AS group_slug, g.visibility AS group_vis, ?6 AS unread, ?9 AS answered
		FROM (SELECT * FROM (SELECT t.id, t.board_id, t.author_id, t.title, t.slug, t.reach, t.reach_of, t.from_join, t.posted_at,
				t.pinned, t.locked_at, t.version, t.class, t.mask_of, t.accepted, t.tagged, ?5 AS pins,
				CASE WHEN ?8 THEN t.last_n ELSE (SELECT count(*) FROM posts p WHERE p.topic_id = t.id AND ?0) END AS posts,
				CASE WHEN ?8 THEN t.last_post_at ELSE coalesce((SELECT max(p.posted_at) FROM posts p WHERE p.topic_id = t.id AND ?0), t.posted_at) END AS last_post_at
			FROM topics t JOIN boards b ON b.id = t.board_id JOIN groups g ON g.id = b.group_id WHERE t.merged_into = 0 AND t.reach < 4 AND ?1 AND ?2 AND ?7) x WHERE ?3
			ORDER BY x.pins DESC, x.last_post_at DESC, x.id DESC LIMIT ?4) y
		JOIN boards b ON b.id = y.board_id JOIN groups g ON g.id = b.group_id JOIN members ma ON ma.id = y.author_id
		LEFT JOIN posts lp ON lp.id = (SELECT p.id FROM posts p WHERE p.topic_id = y.id AND ?0 ORDER BY p.n DESC LIMIT 1)
		LEFT JOIN members lm ON lm.id = lp.author_id
		ORDER BY y.pins DESC, y.last_post_at DESC, y.id DESC`,
		itemGate(by, "p"), p.where, itemGate(by, "t"), after, p.limit, pins, unread(by, "y"), placeGate(by, "g"), stored, answeredFor(by, "y"))
	f.veilRows(out)
	return out, either(err, f.tagRows(ctx, out))
}

// unread counts the posts of others in a topic that the member may read and has not read,
// written since they became a member; of what they have muted none. t is the alias of the topic's row.
func unread(by Actor, t string) schema.QueryWithArgs {
	if by.Member == 0 {
		return bun.SafeQuery("0")
	}
	// That they have muted anything at all is asked once, and not of each topic.
	return bun.SafeQuery(`CASE WHEN EXISTS (SELECT 1 FROM levels ml WHERE ml.member_id = ?1 AND ml.level = ?4) AND ?3 = ?4 THEN 0 ELSE (SELECT count(*) FROM posts p WHERE p.topic_id = ?0.id AND p.author_id <> ?1 AND ?2
		AND p.n > coalesce((SELECT r.n FROM reads r WHERE r.member_id = ?1 AND r.topic_id = ?0.id), 0)
		AND p.posted_at > (SELECT created_at FROM members WHERE id = ?1)) END`, bun.Ident(t), by.Member, itemGate(by, "p"), levelOf(bun.SafeQuery("?", by.Member), t), MutedLevel)
}

// BoardPage is what the page of a board shows.
type BoardPage struct {
	Board      Board
	Group      Group
	In         bool
	Role       GroupRole
	MutedUntil Instant
	Mode       Mode
	Chosen     Chosen
	Topics     []TopicRow
	More       bool
}

// ReadBoard reads a page of a board's topics, pinned ones first, then by last post.
func (f *Forum) ReadBoard(ctx context.Context, by Actor, group, board string, from TopicCursor) (page BoardPage, err error) {
	defer during(&err, "read board")
	if page, err = f.FindBoard(ctx, by, group, board); err != nil {
		return page, err
	}
	if by.Member != 0 {
		var mine struct {
			Mode  Mode
			Level Level
		}
		if err = one(ctx, f.store.read, &mine, `SELECT (SELECT coalesce(max(mode), 0) FROM subscriptions WHERE member_id = ?0 AND board_id = ?1) AS mode,
			(SELECT coalesce(max(level), 0) FROM levels WHERE member_id = ?0 AND topic_id = 0 AND board_id = ?1) AS level`, by.Member, page.Board.ID); err != nil {
			return page, err
		}
		if page.Chosen.Board = mine.Level; page.In {
			page.Mode = mine.Mode
		}
	}
	where := bun.SafeQuery("t.board_id = ? AND ?", page.Board.ID, from.Feed.of(by))
	if from.Tag != "" {
		where = bun.SafeQuery("? AND ?", where, withTag(from.Tag))
	}
	page.Topics, err = f.rows(ctx, by, pick{where, from.Feed == Latest && from.Tag == "", from, topicsPerPage + 1})
	if page.More = len(page.Topics) > topicsPerPage; page.More {
		page.Topics = page.Topics[:topicsPerPage]
	}
	return page, err
}

// FindBoard reads the page of a board without its topics.
func (f *Forum) FindBoard(ctx context.Context, by Actor, group, board string) (page BoardPage, err error) {
	defer during(&err, "find board")
	db := f.store.read
	if err = one(ctx, db, &page.Group, groupColumns+" WHERE g.slug = ? AND ?", group, placeGate(by, "g")); err != nil {
		return page, err
	}
	if err = one(ctx, db, &page.Board, "SELECT "+boardFields+", b.template FROM boards b WHERE b.group_id = ? AND b.slug = ?", page.Group.ID, board); err != nil {
		return page, err
	}
	s, _, err := standingOf(ctx, db, by.Member, page.Group.ID)
	page.In, page.Role, page.MutedUntil = s.In, s.Role, s.MutedUntil
	return page, err
}

const boardColumns = "SELECT " + boardFields + " FROM boards b"

// Feed says which topics the first page shows.
type Feed int64

// The feeds. Latest of a visitor is of all public places; a member's is of their groups
// and the open ones.
const (
	Latest Feed = iota
	UnreadOnly
	Mine
	NeverOpened // of the unread ones
	Unanswered  // open questions without an answer, and topics in which nobody has said anything since, as far as the actor may know
)

// of is the SQL condition under which a topic t is in the feed.
func (which Feed) of(by Actor) schema.QueryWithArgs {
	switch which {
	case UnreadOnly:
		return bun.SafeQuery("? AND ? > 0", mayBeUnread(by), unread(by, "t"))
	case NeverOpened:
		return bun.SafeQuery("? AND NOT EXISTS (SELECT 1 FROM reads nr WHERE nr.member_id = ? AND nr.topic_id = t.id) AND ? > 0", mayBeUnread(by), by.Member, unread(by, "t"))
	case Mine:
		return bun.SafeQuery("EXISTS (SELECT 1 FROM posts mp WHERE mp.topic_id = t.id AND mp.author_id = ?)", by.Member)
	case Unanswered:
		return bun.SafeQuery("t.locked_at = 0 AND (b.kind = ?2 AND NOT ?1 OR b.kind = ?3 AND (SELECT count(*) FROM posts ap WHERE ap.topic_id = t.id AND ap.erased_at = 0 AND ?0) = 1)",
			itemGate(by, "ap"), answeredFor(by, "t"), Question, Discussion)
	}
	return bun.SafeQuery("1 = 1")
}

// mayBeUnread is the SQL condition without which nothing of a topic t is unread: it leaves few for which that has to be counted.
func mayBeUnread(by Actor) schema.QueryWithArgs {
	return bun.SafeQuery(`(t.last_post_at > (SELECT created_at FROM members WHERE id = ?0) AND t.last_n > coalesce((SELECT mr.n FROM reads mr WHERE mr.member_id = ?0 AND mr.topic_id = t.id), 0))`, by.Member)
}

// mostCounted is how far new topics are counted.
const mostCounted = 100

// CountNew counts the topics of the actor's groups that they never opened, and all those of which they have something
// unread, each up to a hundred; 101: more.
func (f *Forum) CountNew(ctx context.Context, by Actor) (fresh, unread int, err error) {
	defer during(&err, "count new")
	for which, n := range map[Feed]*int{NeverOpened: &fresh, UnreadOnly: &unread} {
		if err = one(ctx, f.store.read, n, `SELECT count(*) FROM (SELECT 1 FROM topics t JOIN boards b ON b.id = t.board_id JOIN groups g ON g.id = b.group_id
			WHERE t.merged_into = 0 AND t.reach < 4 AND ? AND ? AND ? AND ? LIMIT ?) x`, which.of(by), inMyGroups(by), itemGate(by, "t"), placeGate(by, "g"), mostCounted+1); err != nil {
			return 0, 0, err
		}
	}
	return fresh, unread, nil
}

// inMyGroups is the SQL condition under which the actor is a member of a group g.
func inMyGroups(by Actor) schema.QueryWithArgs {
	return bun.SafeQuery("EXISTS (SELECT 1 FROM memberships fm WHERE fm.group_id = g.id AND fm.member_id = ? AND fm.standing = ?)", by.Member, In)
}

// ReadFeed reads a page of topics across the places that let the actor in.
func (f *Forum) ReadFeed(ctx context.Context, by Actor, which Feed, from TopicCursor) (out []TopicRow, more bool, err error) {
	defer during(&err, "read feed")
	where := which.of(by)
	if which == UnreadOnly || which == NeverOpened {
		where = bun.SafeQuery("? AND ?", where, inMyGroups(by))
	}
	out, err = f.rows(ctx, by, pick{where: where, from: from, limit: topicsPerPage + 1})
	if more = len(out) > topicsPerPage; more {
		out = out[:topicsPerPage]
	}
	return out, more, err
}

// TopicsOf reads the latest topics that a member started, as far as the actor may read them.
func (f *Forum) TopicsOf(ctx context.Context, by Actor, author MemberID) (out []TopicRow, err error) {
	defer during(&err, "topics of a member")
	return f.rows(ctx, by, pick{where: bun.SafeQuery("t.author_id = ? AND t.class <> ?", author, ChathamClass), limit: 10})
}

// MarkRead notes that the actor has read a topic up to a post, and the notices of it; it never goes back.
func (f *Forum) MarkRead(ctx context.Context, by Actor, topic TopicID, n int64) error {
	if by.Member == 0 || n == 0 {
		return nil
	}
	return f.write(ctx, "mark read", func(w *writer) error {
		if err := w.exec(`INSERT INTO reads (member_id, topic_id, n) SELECT ?0, id, ?2 FROM topics WHERE id = ?1
			ON CONFLICT (member_id, topic_id) DO UPDATE SET n = excluded.n, marked_at = 0 WHERE reads.n < excluded.n`, by.Member, topic, n); err != nil {
			return err
		}
		return w.exec("UPDATE notices SET read_at = ? WHERE member_id = ? AND read_at = 0 AND post_id IN (SELECT p.id FROM posts p WHERE p.topic_id = ? AND p.n <= ?)", w.now, by.Member, topic, n)
	})
}

// Desk is what a member has in all their groups together: the rooms, and how many boards
// come to them by mail in each mode.
type Desk struct {
	Rooms      []DeskRoom
	Modes      map[Mode]int
	DigestHour int // by the member's clock
}

// DeskRoom is a room with the names that lead there.
type DeskRoom struct{ Slug, Name, GroupSlug, GroupName string }

// ReadDesk reads the member's desk, of the groups they are in now.
func (f *Forum) ReadDesk(ctx context.Context, by Actor) (d Desk, err error) {
	defer during(&err, "read desk")
	mine := bun.SafeQuery("EXISTS (SELECT 1 FROM memberships s WHERE s.group_id = g.id AND s.member_id = ? AND s.standing = ? AND s.role >= ?)", by.Member, In, Participant)
	if err = f.store.read.scan(ctx, &d.Rooms, `SELECT r.slug, r.name, g.slug AS group_slug, g.name AS group_name FROM rooms r JOIN groups g ON g.id = r.group_id WHERE ?
		ORDER BY g.name, r.name, r.id LIMIT 12`, mine); err != nil {
		return d, err
	}
	var rows []struct {
		Mode Mode
		N    int
	}
	if err = f.store.read.scan(ctx, &rows, `SELECT s.mode, count(*) AS n FROM subscriptions s JOIN boards b ON b.id = s.board_id JOIN groups g ON g.id = b.group_id
		WHERE s.member_id = ? AND s.mode <> ? AND ? GROUP BY s.mode`, by.Member, NoMail, mine); err != nil {
		return d, err
	}
	d.Modes = map[Mode]int{}
	for _, r := range rows {
		d.Modes[r.Mode] = r.N
	}
	err = one(ctx, f.store.read, &d.DigestHour, "SELECT digest_hour FROM members WHERE id = ?", by.Member)
	return d, err
}
