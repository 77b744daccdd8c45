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
	ids    schema.QueryWithArgs                // a question that gives the topics, which are few; "": of all
	topics func(t string) schema.QueryWithArgs // of a topic's row t
	places schema.QueryWithArgs                // of b and g
	pinned bool                                // pinned ones first
	from   TopicCursor
	limit  int
}

func anyTopic(string) schema.QueryWithArgs { return bun.SafeQuery("1 = 1") }

const listed = "t.id, t.board_id, t.author_id, t.title, t.slug, t.reach, t.reach_of, t.from_join, t.posted_at, t.pinned, t.locked_at, t.version, t.class, t.mask_of, t.accepted, t.tagged, t.special, t.last_n"

// rows reads a page of the topics that the actor may read and that are picked. Of those that are whole for them the
// stored counters and times are true, and each board gives as many as fit on the page: a board costs the same whether
// it holds ten topics or ten thousand. The others are counted and timed through the gate, but only those that had a
// post since the last one of the page had.
func (f *Forum) rows(ctx context.Context, by Actor, p pick) (out []TopicRow, err error) {
	after, afterWhole, pins := bun.SafeQuery("1 = 1"), anyTopic, bun.SafeQuery("0")
	if p.pinned {
		pins = bun.SafeQuery("t.pinned")
	}
	if p.from.ID != 0 {
		after = bun.SafeQuery("x.pins = 0 AND (x.last_post_at, x.id) < (?, ?)", p.from.LastPostAt, p.from.ID)
		afterWhole = func(q string) schema.QueryWithArgs {
			return bun.SafeQuery("(?0.last_post_at, ?0.id) < (?1, ?2)", bun.Ident(q), p.from.LastPostAt, p.from.ID)
		}
	}
	theirs := func(q string) schema.QueryWithArgs {
		return bun.SafeQuery("?0.mixed = 0 AND ?0.merged_into = 0 AND ?0.pinned = 0 AND ?0.reach < 4 AND ?1 AND ?2 AND ?3", bun.Ident(q), afterWhole(q), p.topics(q), audienceGate(by, q))
	}
	of := f.store.eachTopic(bun.SafeQuery("q.board_id = b.id AND ? ORDER BY q.last_post_at DESC, q.id DESC LIMIT ?", theirs("q"), p.limit))
	if p.ids.Query != "" {
		of = bun.SafeQuery("JOIN topics t ON t.board_id = b.id AND t.id IN (?) AND ?", p.ids, theirs("t"))
	}
	open := bun.SafeQuery("t.merged_into = 0 AND t.reach < 4 AND ? AND ? AND ?", p.topics("t"), placeGate(by, "g"), p.places)
	own := bun.SafeQuery("")
	if by.Member != 0 {
		own = bun.SafeQuery("UNION ALL SELECT "+listed+", 0 AS pins, coalesce((SELECT max(p.posted_at) FROM posts p WHERE p.topic_id = t.id AND ?0), t.posted_at) AS last_post_at, 0 AS whole FROM topics t"+
			topicPlaces+" WHERE t.author_id = ?1 AND t.mixed = 0 AND t.pinned = 0 AND NOT ?2 AND ?3", itemGate(by, "p"), by.Member, audienceGate(by, "t"), open)
	}
	err = f.store.read.scan(ctx, &out, `WITH whole AS (SELECT `+listed+`, 0 AS pins, t.last_post_at, 1 AS whole FROM boards b JOIN groups g ON g.id = b.group_id ?0
			WHERE ?1 AND ?2 ORDER BY t.last_post_at DESC, t.id DESC LIMIT ?3),
		others AS (`+other("t.pinned = 1")+" UNION ALL "+other("t.mixed = 1 AND t.pinned = 0 AND t.last_post_at >= (SELECT CASE WHEN count(*) < ?3 THEN 0 ELSE min(last_post_at) END FROM whole)")+` ?9)
		SELECT y.id, y.board_id, y.author_id, y.title, y.slug, y.reach, y.reach_of, y.from_join, y.posted_at, y.pinned, y.locked_at, y.version, y.class, y.mask_of, y.tagged, y.special, y.last_post_at,
			CASE WHEN y.whole = 1 THEN y.last_n ELSE (SELECT count(*) FROM posts p WHERE p.topic_id = y.id AND ?6) END AS posts, ma.name AS author,
			lp.author_id AS last_id, lm.name AS last, lp.via AS last_via, coalesce(lp.class, 0) AS last_class, coalesce(lp.mask_of, 0) AS last_mask_of,
			b.name AS board_name, b.slug AS board_slug, g.id AS group_id, g.name AS group_name, g.slug AS group_slug, g.visibility AS group_vis, ?10 AS unread, ?12 AS answered
		FROM (SELECT * FROM (SELECT * FROM whole UNION ALL SELECT * FROM others) x WHERE ?11 ORDER BY x.pins DESC, x.last_post_at DESC, x.id DESC LIMIT ?3) y
		JOIN boards b ON b.id = y.board_id JOIN groups g ON g.id = b.group_id JOIN members ma ON ma.id = y.author_id
		LEFT JOIN posts lp ON lp.id = (SELECT p.id FROM posts p WHERE p.topic_id = y.id AND ?6 ORDER BY p.n DESC LIMIT 1)
		LEFT JOIN members lm ON lm.id = lp.author_id
		ORDER BY y.pins DESC, y.last_post_at DESC, y.id DESC`,
		of, placeGate(by, "g"), p.places, p.limit, pins, whole(by, "t"), itemGate(by, "p"), itemGate(by, "t"), open, own, unread(by, "y"), after, answeredFor(by, "y"))
	f.veilRows(out)
	return out, either(err, f.tagRows(ctx, out))
}

// other asks for the topics that are not whole for everybody, or are pinned; the places in it are those of rows.
func other(which string) string {
	return "SELECT " + listed + `, ?4 AS pins, CASE WHEN ?5 THEN t.last_post_at ELSE coalesce((SELECT max(p.posted_at) FROM posts p WHERE p.topic_id = t.id AND ?6), t.posted_at) END AS last_post_at,
		CASE WHEN ?5 THEN 1 ELSE 0 END AS whole FROM boards b JOIN groups g ON g.id = b.group_id JOIN topics t ON t.board_id = b.id AND ` + which + " WHERE ?7 AND ?8"
}

const topicPlaces = " JOIN boards b ON b.id = t.board_id JOIN groups g ON g.id = b.group_id"

// whole is the SQL condition under which the actor reads every post of the topic t by belonging to its audience: all
// have it (mixed = 0), and none is older than its opening. Then its stored counters are the reader's.
func whole(by Actor, t string) schema.QueryWithArgs {
	return bun.SafeQuery("(?.mixed = 0 AND ?)", bun.Ident(t), audienceGate(by, t))
}

// newTo is the SQL condition under which a post p of the topic t is new to the member: of somebody else, not read, and
// written since they became a member.
func newTo(by Actor, t string) schema.QueryWithArgs {
	return bun.SafeQuery(`p.topic_id = ?0.id AND p.author_id <> ?1 AND ?2 AND p.n > coalesce((SELECT r.n FROM reads r WHERE r.member_id = ?1 AND r.topic_id = ?0.id), 0)`, bun.Ident(t), by.Member, itemGate(by, "p"))
}

// quiet is the SQL condition under which nothing in the topic t counts as new to the member: they have muted it, which
// is asked only of those who have muted anything at all.
func quiet(by Actor, t string) schema.QueryWithArgs {
	return bun.SafeQuery("EXISTS (SELECT 1 FROM levels ml WHERE ml.member_id = ?0 AND ml.level = ?2) AND ?1 = ?2", by.Member, levelOf(bun.SafeQuery("?", by.Member), t), MutedLevel)
}

const sinceMember = "(SELECT created_at FROM members WHERE id = ?)"

// unread counts what is new to the member in a topic, up to MostCounted. t is the alias of the topic's row.
func unread(by Actor, t string) schema.QueryWithArgs {
	if by.Member == 0 {
		return bun.SafeQuery("0")
	}
	return bun.SafeQuery(`CASE WHEN ?0 THEN 0 ELSE (SELECT count(*) FROM (SELECT p.posted_at FROM posts p WHERE ?1 ORDER BY p.n DESC LIMIT ?2) np WHERE np.posted_at > ?3) END`,
		quiet(by, t), newTo(by, t), MostCounted, bun.SafeQuery(sinceMember, by.Member))
}

// hasUnread is the SQL condition under which something in the topic t is new to the member.
func hasUnread(by Actor, t string) schema.QueryWithArgs {
	return bun.SafeQuery(`(?0.last_n > coalesce((SELECT r.n FROM reads r WHERE r.member_id = ?1 AND r.topic_id = ?0.id), 0) AND ?0.last_post_at > ?2 AND NOT (?3)
		AND EXISTS (SELECT 1 FROM posts p WHERE ?4 AND p.posted_at > ?2))`, bun.Ident(t), by.Member, bun.SafeQuery(sinceMember, by.Member), quiet(by, t), newTo(by, t))
}

// BoardPage is what the page of a board shows.
type BoardPage struct {
	Board      Board
	Group      Group
	In         bool
	Role       GroupRole
	MutedUntil Instant
	Mode       Mode
	Notice     bool // with Mode: its mails tell only that something new is there
	Chosen     Chosen
	Topics     []TopicRow
	More       bool
	Stubs      []Stub // of topics that were moved or put behind others lately; on the first page of the latest
}

// ReadBoard reads a page of a board's topics, pinned ones first, then by last post.
func (f *Forum) ReadBoard(ctx context.Context, by Actor, group, board string, from TopicCursor) (page BoardPage, err error) {
	defer during(&err, "read board")
	if page, err = f.FindBoard(ctx, by, group, board); err != nil {
		return page, err
	}
	if by.Member != 0 {
		var mine struct {
			Subscription
			Level Level
		}
		if err = one(ctx, f.store.read, &mine, `SELECT (SELECT coalesce(max(mode), 0) FROM subscriptions WHERE member_id = ?0 AND board_id = ?1) AS mode, (SELECT coalesce(max(notice), 0) FROM subscriptions WHERE member_id = ?0 AND board_id = ?1) AS notice,
			(SELECT coalesce(max(level), 0) FROM levels WHERE member_id = ?0 AND topic_id = 0 AND board_id = ?1) AS level`, by.Member, page.Board.ID); err != nil {
			return page, err
		}
		if page.Chosen.Board = mine.Level; page.In {
			page.Mode, page.Notice = mine.Mode, mine.Notice
		}
	}
	feed := from.Feed
	if feed == Unanswered && page.Board.Kind == Question {
		feed = unaccepted
	}
	at := from
	at.Feed = feed
	p := at.pick(by, page.Group.ID)
	p.places, p.pinned = bun.SafeQuery("b.id = ?", page.Board.ID), feed == Latest && from.Tag == ""
	if feed == Latest && from == (TopicCursor{}) {
		if page.Stubs, err = f.stubsOn(ctx, by, page.Board.ID); err != nil {
			return page, err
		}
	}
	page.Topics, err = f.rows(ctx, by, p)
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
	Unanswered  // nobody has said anything in them since they were opened, as far as the actor may know, and they are open; no announcements
	unaccepted  // open, and none of their posts is the accepted answer, as far as the actor may know
)

// of gives the SQL condition under which a topic t is in the feed.
func (which Feed) of(by Actor) func(t string) schema.QueryWithArgs {
	switch which {
	case UnreadOnly:
		return func(t string) schema.QueryWithArgs { return hasUnread(by, t) }
	case NeverOpened:
		return func(t string) schema.QueryWithArgs {
			return bun.SafeQuery("NOT EXISTS (SELECT 1 FROM reads nr WHERE nr.member_id = ? AND nr.topic_id = ?.id) AND ?", by.Member, bun.Ident(t), hasUnread(by, t))
		}
	case Mine:
		return func(t string) schema.QueryWithArgs {
			return bun.SafeQuery("EXISTS (SELECT 1 FROM posts mp WHERE mp.topic_id = ?.id AND mp.author_id = ?)", bun.Ident(t), by.Member)
		}
	case unaccepted:
		return func(t string) schema.QueryWithArgs {
			return bun.SafeQuery("?.locked_at = 0 AND NOT ?", bun.Ident(t), answeredFor(by, t))
		}
	case Unanswered:
		return func(t string) schema.QueryWithArgs {
			return bun.SafeQuery("?0.locked_at = 0 AND b.kind <> ?2 AND (SELECT count(*) FROM (SELECT 1 FROM posts ap WHERE ap.topic_id = ?0.id AND ap.erased_at = 0 AND ?1 LIMIT 2) two) = 1", bun.Ident(t), itemGate(by, "ap"), Announcement)
		}
	}
	return anyTopic
}

// few gives a question whose answers are all topics that can be in the feed, where they are few among the others; "": none.
func (which Feed) few(by Actor) schema.QueryWithArgs {
	switch which {
	case Mine:
		return bun.SafeQuery("SELECT mp.topic_id FROM posts mp WHERE mp.author_id = ?", by.Member)
	case Unanswered: // of what is whole the counter is true; the others are asked for apart
		return bun.SafeQuery("SELECT u.id FROM topics u WHERE u.mixed = 0 AND u.merged_into = 0 AND u.pinned = 0 AND u.said = 1")
	}
	return schema.QueryWithArgs{}
}

// pick says which topics of all places the page at the cursor shows; its tag is one of the group.
func (c TopicCursor) pick(by Actor, g GroupID) pick {
	p := pick{ids: c.Feed.few(by), topics: c.Feed.of(by), places: bun.SafeQuery("1 = 1"), from: c, limit: topicsPerPage + 1}
	if c.Tag != "" {
		p.ids, p.topics = withTag(g, c.Tag), tagged(g, c.Tag, p.topics)
	}
	return p
}

// inMyGroups is the SQL condition under which the actor is a member of a group g.
func inMyGroups(by Actor) schema.QueryWithArgs {
	return bun.SafeQuery("EXISTS (SELECT 1 FROM memberships fm WHERE fm.group_id = g.id AND fm.member_id = ? AND fm.standing = ?)", by.Member, In)
}

// ReadFeed reads a page of topics across the places that let the actor in.
func (f *Forum) ReadFeed(ctx context.Context, by Actor, which Feed, from TopicCursor) (out []TopicRow, more bool, err error) {
	defer during(&err, "read feed")
	p := TopicCursor{Feed: which, LastPostAt: from.LastPostAt, ID: from.ID}.pick(by, 0)
	if which == UnreadOnly || which == NeverOpened {
		p.places = inMyGroups(by)
	}
	out, err = f.rows(ctx, by, p)
	if more = len(out) > topicsPerPage; more {
		out = out[:topicsPerPage]
	}
	return out, more, err
}

// TopicsOf reads the latest topics that a member started, as far as the actor may read them.
func (f *Forum) TopicsOf(ctx context.Context, by Actor, author MemberID) (out []TopicRow, err error) {
	defer during(&err, "topics of a member")
	return f.rows(ctx, by, pick{ids: bun.SafeQuery("SELECT at.id FROM topics at WHERE at.author_id = ?", author), topics: func(t string) schema.QueryWithArgs {
		return bun.SafeQuery("?0.author_id = ?1 AND ?0.class <> ?2", bun.Ident(t), author, ChathamClass)
	}, places: bun.SafeQuery("1 = 1"), limit: 10})
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
		// One look for each unread notice: either database may else look at each post of the topic.
		return w.exec("UPDATE notices SET read_at = ? WHERE member_id = ? AND read_at = 0 AND (SELECT p.n FROM posts p WHERE p.id = notices.post_id AND p.topic_id = ?) <= ?", w.now, by.Member, topic, n)
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
type DeskRoom struct {
	Slug, Name, GroupSlug, GroupName string
	Unread                           int // that the member has not read
}

// ReadDesk reads the member's desk, of the groups they are in now.
func (f *Forum) ReadDesk(ctx context.Context, by Actor) (d Desk, err error) {
	defer during(&err, "read desk")
	mine := bun.SafeQuery("g.talk = 0 AND EXISTS (SELECT 1 FROM memberships s WHERE s.group_id = g.id AND s.member_id = ? AND s.standing = ? AND s.role >= ?)", by.Member, In, Participant)
	if err = f.store.read.scan(ctx, &d.Rooms, `SELECT r.slug, r.name, g.slug AS group_slug, g.name AS group_name, CASE WHEN rr.member_id IS NULL THEN 0 ELSE ? END AS unread FROM rooms r JOIN groups g ON g.id = r.group_id LEFT JOIN room_reads rr ON rr.room_id = r.id AND rr.member_id = ? WHERE ? AND ? AND r.archived_at = 0
		ORDER BY g.name, r.name, r.id LIMIT 12`, unreadIn(by), by.Member, mine, roomGate(by)); err != nil {
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
