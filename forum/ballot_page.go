package forum

import "context"

// BallotItem is one thing that an author is asked about.
type BallotItem struct {
	Kind     BallotKind
	ItemID   int64
	Title    string // of its topic, as far as the author may read it; or of its room
	Plain    string
	PostedAt Instant
	Audience // it was written for
	Answer   Answer
	Files    []File `bun:"-"` // that would be read with it
}

// BallotPage is a ballot for one of the authors.
type BallotPage struct {
	Ballot
	GroupName string
	GroupSlug string
	GroupVis  Visibility
	In        bool // they are in the group still
	Items     []BallotItem
}

const mostBallotItems = 500

// ReadBallot reads a ballot with what the actor is asked about: for those who are asked, also
// when they have left the group. It shows them what they wrote themselves, and nothing else.
func (f *Forum) ReadBallot(ctx context.Context, by Actor, id int64) (p BallotPage, err error) {
	defer during(&err, "read ballot")
	db := f.store.read
	if err = one(ctx, db, &p, `SELECT b.id, b.group_id, b.topic_id, b.opened_at, b.until_at, b.closed_at, b.reach, b.reach_of, b.from_join, g.name AS group_name, g.slug AS group_slug, g.visibility AS group_vis,
		EXISTS (SELECT 1 FROM memberships s WHERE s.group_id = g.id AND s.member_id = ?1 AND s.standing = ?2) AS "in"
		FROM ballots b JOIN groups g ON g.id = b.group_id WHERE b.id = ?0 AND EXISTS (SELECT 1 FROM ballot_items i WHERE i.ballot_id = b.id AND i.member_id = ?1)`, id, by.Member, In); err != nil {
		return p, err
	}
	err = db.scan(ctx, &p.Items, `SELECT * FROM (SELECT i.kind, i.item_id, CASE WHEN t.author_id = ?1 OR ?3 AND ?4 THEN t.title ELSE '' END AS title, p.plain, p.posted_at, p.reach, p.reach_of, p.from_join, i.answer
			FROM ballot_items i JOIN posts p ON p.id = i.item_id AND p.erased_at = 0 AND p.reach < 4`+postPlaces+` WHERE i.ballot_id = ?0 AND i.member_id = ?1 AND i.kind = ?5
		UNION ALL SELECT i.kind, i.item_id, r.name AS title, c.plain, c.posted_at, c.reach, c.reach_of, c.from_join, i.answer
			FROM ballot_items i JOIN messages c ON c.id = i.item_id AND c.erased_at = 0 AND c.reach < 4 JOIN rooms r ON r.id = c.room_id WHERE i.ballot_id = ?0 AND i.member_id = ?1 AND i.kind = ?6) x ORDER BY posted_at LIMIT ?2`,
		id, by.Member, mostBallotItems, placeGate(by, "g"), itemGate(by, "t"), BallotPost, BallotMessage)
	if err != nil {
		return p, err
	}
	var ids []PostID
	for _, i := range p.Items {
		if i.Kind == BallotPost {
			ids = append(ids, PostID(i.ItemID))
		}
	}
	files, err := f.filesBy(ctx, ids)
	for n, i := range p.Items {
		if i.Kind == BallotPost {
			p.Items[n].Files = files[PostID(i.ItemID)]
		}
	}
	return p, err
}

// OpenQuestion is a ballot that waits for the actor.
type OpenQuestion struct {
	ID        int64 `bun:"id"`
	GroupName string
	UntilAt   Instant
	Count     int // of things they have not answered about
}

// OpenQuestions lists the ballots that ask the actor and have no answer for something yet.
func (f *Forum) OpenQuestions(ctx context.Context, by Actor) (out []OpenQuestion, err error) {
	defer during(&err, "open questions")
	err = f.store.read.scan(ctx, &out, `SELECT b.id, g.name AS group_name, b.until_at, count(*) AS count FROM ballot_items i JOIN ballots b ON b.id = i.ballot_id JOIN groups g ON g.id = b.group_id
		WHERE i.member_id = ? AND i.answer = ? AND b.closed_at = 0 AND b.until_at > ? GROUP BY b.id, g.name, b.until_at ORDER BY b.until_at LIMIT 10`, by.Member, NoAnswer, f.instant())
	return out, err
}

// BallotRow is a ballot as the group's owners see it: counted over what they may read.
type BallotRow struct {
	Ballot
	Title                    string // of the topic, if it is about one
	Yes, No, Silent, Authors int
}

// BallotsPage is what owners see before they ask, and what came of it.
type BallotsPage struct {
	Group   Group
	Role    GroupRole
	Open    bool // all of the group is being asked now
	Items   int  // that the people of today may not all read, as far as the owner may
	Authors int  // of these
	Ballots []BallotRow
}

// ReadBallots reads the page for asking the authors: for the group's owners.
func (f *Forum) ReadBallots(ctx context.Context, by Actor, slug string) (p BallotsPage, err error) {
	g, err := f.ReadSettings(ctx, by, slug)
	if err != nil {
		return p, err
	}
	defer during(&err, "read ballots")
	db := f.store.read
	p.Group, p.Role = g.Group.Group, g.Role
	posts, messages := ballotPlaces(p.Group.ID, 0)
	a := p.Group.Audience()
	var n struct{ Items, Authors int }
	if err = one(ctx, db, &n, `SELECT count(*) AS items, count(DISTINCT voice) AS authors FROM (SELECT `+voiceOf("p.author_id", "p.class", "p.mask_of")+` AS voice FROM posts p JOIN topics t ON t.id = p.topic_id WHERE ?0 AND ?1 AND ?2 AND ?6
		UNION ALL SELECT `+voiceOf("c.author_id", "c.class", "c.room_id")+` FROM messages c WHERE ?3 AND ?4 AND ?5) x`, posts, uncovered(a, "p"), itemGate(by, "p"), messages, uncovered(a, "c"), itemGate(by, "c"), itemGate(by, "t")); err != nil {
		return p, err
	}
	p.Items, p.Authors = n.Items, n.Authors
	const counted = "count(CASE WHEN (p.id IS NOT NULL OR c.id IS NOT NULL) AND i.answer "
	err = db.scan(ctx, &p.Ballots, `SELECT b.id, b.group_id, b.topic_id, b.opened_at, b.until_at, b.closed_at, b.reach, b.reach_of, b.from_join,
		coalesce((SELECT t.title FROM topics t WHERE t.id = b.topic_id AND ?1), '') AS title,
		`+counted+`= 1 THEN 1 END) AS yes, `+counted+`= 2 THEN 1 END) AS no, `+counted+`NOT IN (1, 2) THEN 1 END) AS silent,
		count(DISTINCT CASE WHEN p.id IS NOT NULL THEN `+voiceOf("p.author_id", "p.class", "p.mask_of")+` WHEN c.id IS NOT NULL THEN `+voiceOf("c.author_id", "c.class", "c.room_id")+` END) AS authors
		FROM ballots b JOIN ballot_items i ON i.ballot_id = b.id
		LEFT JOIN posts p ON i.kind = 0 AND p.id = i.item_id AND ?2 LEFT JOIN messages c ON i.kind = 1 AND c.id = i.item_id AND ?3
		WHERE b.group_id = ?0 GROUP BY b.id, b.group_id, b.topic_id, b.opened_at, b.until_at, b.closed_at, b.reach, b.reach_of, b.from_join ORDER BY b.id DESC LIMIT 50`,
		p.Group.ID, itemGate(by, "t"), itemGate(by, "p"), itemGate(by, "c"))
	for _, b := range p.Ballots {
		p.Open = p.Open || b.ClosedAt == 0 && b.TopicID == 0
	}
	return p, err
}
