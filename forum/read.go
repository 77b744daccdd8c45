package forum

import (
	"context"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/schema"
)

// ReadTopic reads a page of a topic: the posts after the given one (0: from the first)
// that the actor may read. A topic they may not read answers as one that does not exist.
func (f *Forum) ReadTopic(ctx context.Context, by Actor, id TopicID, after PostID) (page TopicPage, err error) {
	defer during(&err, "read topic")
	db := f.store.read
	var t struct {
		Topic
		Size, People, Head int64
		Whole              bool // for the actor
	}
	if err = one(ctx, db, &t, "SELECT "+topicFields+", t.last_n AS size, t.people, ? AS head, ? AS whole FROM topics t WHERE t.id = ? AND ?", headOf(by), whole(by, "t"), id, itemGate(by, "t")); err != nil {
		return page, err
	}
	page.Topic = t.Topic
	if err = one(ctx, db, &page.Board, boardColumns+" WHERE b.id = ?", page.Topic.BoardID); err != nil {
		return page, err
	}
	if err = one(ctx, db, &page.Group, groupColumns+" WHERE g.id = ? AND ?", page.Board.GroupID, placeGate(by, "g")); err != nil {
		return TopicPage{}, err
	}
	if err = f.topicExtras(ctx, by, &page, t.Whole); err != nil {
		return page, err
	}
	from := bun.SafeQuery("1 = 1")
	if after != 0 {
		from = bun.SafeQuery("p.n > coalesce((SELECT a.n FROM posts a WHERE a.id = ? AND a.topic_id = ?), 0)", after, id)
	}
	if err = db.scan(ctx, &page.Posts, `SELECT p.id, p.topic_id, p.n, p.author_id, m.name AS author, p.reply_to, p.reach, p.reach_of, p.from_join, p.via, ?7 AS ignored, p.html,
		p.posted_at, p.edited_at, p.tended, p.erased_at, p.version, p.class, p.mask_of, p.files AS file_count, p.reacted, p.polled, `+hiddenWhy+`, m.version AS author_version, ?0 AS author_certified, coalesce(rm.id, 0) AS reply_to_author_id, coalesce(rm.name, '') AS reply_to_author, coalesce(rp.class, 0) AS reply_to_class, coalesce(rp.mask_of, 0) AS reply_to_mask_of
		FROM posts p JOIN members m ON m.id = p.author_id
		LEFT JOIN posts rp ON rp.id = p.reply_to AND rp.topic_id = p.topic_id AND ?1 LEFT JOIN members rm ON rm.id = rp.author_id
		WHERE p.topic_id = ?2 AND ?3 AND ?4 ORDER BY p.n LIMIT ?5`,
		certifiedAt("m", f.instant()), itemGate(by, "rp"), id, from, rowGate(by, "p"), postsPerPage+1, wordsGate(by), ignored(bun.SafeQuery("?", by.Member), "p")); err != nil {
		return page, err
	}
	leavePlaces(page.Posts)
	if page.More = len(page.Posts) > postsPerPage; page.More {
		page.Posts = page.Posts[:postsPerPage]
	}
	if page.Topic.Posts, page.People, page.Head = int(t.Size), int(t.People), t.Head; !t.Whole {
		if err = f.countPosts(ctx, by, &page); err != nil {
			return page, err
		}
	}
	if err = either(either(f.filesOf(ctx, each(page.Posts)...), f.mentionsOf(ctx, by, page.Posts)), either(f.reactionsOf(ctx, by, page.Posts), f.pollsOf(ctx, by, page.Posts))); err != nil {
		return page, err
	}
	f.veilPosts(by, page.Posts)
	page.Topic.Mine = by.Member != 0 && page.Topic.AuthorID == by.Member
	f.veil(page.Topic.Class, page.Topic.MaskOf, &page.Topic.AuthorID, new(string))
	return page, f.standingIn(ctx, by, &page)
}

// each gives where posts stand.
func each(posts []Post) (out []*Post) {
	for i := range posts {
		out = append(out, &posts[i])
	}
	return out
}

// countPosts counts on the page of a topic that is not whole for the actor what they may read of it, and what they may know of.
func (f *Forum) countPosts(ctx context.Context, by Actor, page *TopicPage) error {
	var n struct{ Posts, People, Withheld int }
	// Who wrote under a mask and by name counts as two: else the number would tell that they are one.
	err := one(ctx, f.store.read, &n, "SELECT count(*) AS posts, count(DISTINCT "+voiceOf("p.author_id", "p.class", "p.mask_of")+") AS people, (SELECT count(*) FROM posts h WHERE h.topic_id = ?0 AND h.gap = 1 AND h.erased_at = 0 AND h.reach < 4 AND NOT ?1) AS withheld FROM posts p WHERE p.topic_id = ?0 AND ?2",
		page.Topic.ID, itemGate(by, "h"), itemGate(by, "p"))
	page.Topic.Posts, page.People, page.Withheld = n.Posts, n.People, n.Withheld
	return err
}

// headOf is a number that changes with any post of the topic t that the actor may read, and with nothing else: its own
// version would count what they may not read. It is the same by the stored counter and by the gate, since a post for others
// ends that the topic is whole.
func headOf(by Actor) schema.QueryWithArgs {
	return bun.SafeQuery(`CASE WHEN ?0 THEN t.last_n ELSE (SELECT count(*) FROM posts p WHERE p.topic_id = t.id AND ?1) END
		+ (SELECT CAST(coalesce(sum(p.id % 1000003 * p.version), 0) AS BIGINT) FROM posts p WHERE p.topic_id = t.id AND p.version > 1 AND ?1)`, whole(by, "t"), itemGate(by, "p"))
}

// Follow refuses unless the topic's place lets the actor in now and they belong to those whom
// the topic is for. An author who does not any more reads their own topic, but is not told of
// what others say there. The head is that of the topic as they read it.
func (f *Forum) Follow(ctx context.Context, by Actor, topic TopicID) (is int64, err error) {
	defer during(&err, "follow")
	err = one(ctx, f.store.read, &is, "SELECT ? FROM topics t"+topicPlaces+" WHERE t.id = ? AND ? AND ?",
		headOf(by), topic, audienceGate(by, "t"), placeGate(by, "g"))
	return is, err
}

// IsApart tells whether some who may follow a post's topic may not read the post.
func (f *Forum) IsApart(ctx context.Context, id PostID) (apart bool, err error) {
	defer during(&err, "is apart")
	err = one(ctx, f.store.read, &apart, `SELECT p.reach <> t.reach OR p.reach_of <> t.reach_of OR p.from_join <> t.from_join
		OR p.from_join = 1 AND p.posted_at < t.posted_at FROM posts p JOIN topics t ON t.id = p.topic_id WHERE p.id = ?`, id)
	return apart, err
}

// MaySee refuses unless the actor may read one of the posts, wherever it stands now, or could
// before it was taken back.
func (f *Forum) MaySee(ctx context.Context, by Actor, posts ...PostID) (err error) {
	defer during(&err, "may see")
	var n int
	if err = one(ctx, f.store.read, &n, "SELECT count(*) FROM posts p"+postPlaces+" WHERE p.id IN (?) AND ? AND ?",
		bun.List(posts), placeGate(by, "g"), rowGate(by, "p")); err == nil && n == 0 {
		err = Absent()
	}
	return err
}

func (f *Forum) standingIn(ctx context.Context, by Actor, page *TopicPage) error {
	if by.Member == 0 {
		return nil
	}
	s, _, err := standingOf(ctx, f.store.read, by.Member, page.Group.ID)
	if err != nil {
		return err
	}
	page.In, page.Role, page.MutedUntil = s.In, s.Role, s.MutedUntil
	var mine struct {
		Read         int64
		Topic, Board Level
		Further      bool
		Told         bool
	}
	last := int64(0)
	if n := len(page.Posts); n > 0 {
		last = page.Posts[n-1].N
	}
	// In order, and from the notices: PostgreSQL may else look through all posts there are, when none is found.
	err = one(ctx, f.store.read, &mine, `SELECT (SELECT coalesce(max(n), 0) FROM reads WHERE member_id = ?0 AND topic_id = ?1) AS read,
		(SELECT coalesce(max(level), 0) FROM levels WHERE member_id = ?0 AND topic_id = ?1 AND board_id = 0) AS topic,
		(SELECT coalesce(max(level), 0) FROM levels WHERE member_id = ?0 AND topic_id = 0 AND board_id = ?2) AS board,
		?4 AND (SELECT p.n FROM posts p WHERE p.topic_id = ?1 AND p.n > ?3 AND p.author_id <> ?0 AND ?5 AND p.n > (SELECT coalesce(max(n), 0) FROM reads WHERE member_id = ?0 AND topic_id = ?1) ORDER BY p.n LIMIT 1) IS NOT NULL AS further,
		EXISTS (SELECT 1 FROM notices n WHERE n.member_id = ?0 AND n.read_at = 0 AND (SELECT p.n FROM posts p WHERE p.id = n.post_id AND p.topic_id = ?1) <= ?3) AS told`,
		by.Member, page.Topic.ID, page.Topic.BoardID, last, page.More, itemGate(by, "p"))
	page.Read, page.Chosen, page.Further, page.Told = mine.Read, Chosen{mine.Topic, mine.Board}, mine.Further, mine.Told
	return err
}

// FindPost tells where a post stands: its topic, and the post after which the page with it
// begins (0: the first page), as the actor sees the topic.
func (f *Forum) FindPost(ctx context.Context, by Actor, id PostID) (t Topic, after PostID, err error) {
	defer during(&err, "find post")
	db := f.store.read
	var p struct {
		TopicID TopicID
		N       int64
	}
	if err = one(ctx, db, &p, "SELECT p.topic_id, p.n FROM posts p"+postPlaces+" WHERE p.id = ? AND ? AND ? AND ?", id, placeGate(by, "g"), itemGate(by, "t"), rowGate(by, "p")); err != nil {
		return t, 0, err
	}
	if err = one(ctx, db, &t, topicByID, p.TopicID); err != nil {
		return t, 0, err
	}
	after, err = f.pageOf(ctx, by, p.TopicID, p.N)
	return t, after, err
}

// pageOf gives the post after which the page of a topic begins that holds its nth post, or
// would, as the actor sees the topic; 0: the first page.
func (f *Forum) pageOf(ctx context.Context, by Actor, id TopicID, n int64) (after PostID, err error) {
	var before struct {
		N     int64
		Whole bool
	}
	if err = one(ctx, f.store.read, &before, "SELECT CASE WHEN ?0 THEN CAST(?1 AS BIGINT) - 1 ELSE (SELECT count(*) FROM posts p WHERE p.topic_id = t.id AND p.n < ?1 AND ?2) END AS n, ?0 AS whole FROM topics t WHERE t.id = ?3",
		whole(by, "t"), n, rowGate(by, "p"), id); err != nil {
		return 0, err
	}
	switch begin := before.N / postsPerPage * postsPerPage; {
	case begin <= 0:
	case before.Whole:
		err = one(ctx, f.store.read, &after, "SELECT p.id FROM posts p WHERE p.topic_id = ? AND p.n = ?", id, begin)
	default:
		err = one(ctx, f.store.read, &after, "SELECT p.id FROM posts p WHERE p.topic_id = ? AND ? ORDER BY p.n LIMIT 1 OFFSET ?", id, rowGate(by, "p"), begin-1)
	}
	return after, err
}

// LastPage gives the post after which the last page of a topic begins, as the actor sees it;
// 0: there is one page only.
func (f *Forum) LastPage(ctx context.Context, by Actor, id TopicID) (after PostID, err error) {
	defer during(&err, "last page")
	var last int64
	if err = one(ctx, f.store.read, &last, "SELECT coalesce((SELECT p.n FROM posts p WHERE p.topic_id = ? AND ? ORDER BY p.n DESC LIMIT 1), 0)", id, rowGate(by, "p")); err != nil || last == 0 {
		return 0, err
	}
	return f.pageOf(ctx, by, id, last)
}

// Person is what members may know of one another.
type Person struct {
	ID        MemberID `bun:"id"`
	Handle    string
	Name      string
	Title     string
	Certified bool
	Groups    []Group `bun:"-"` // that both the person and the actor are members of

	Email, BusinessAddress, BusinessPhone, OtherContact string // what they show to the actor
	Ignored                                             bool   // by the actor
	Listed                                              bool   // in the directory, for the actor, with:
	Place, Areas, Languages, About                      string
}

// ReadPerson reads a member's page: for members, and for visitors of those who are in the directory for
// everybody. Each field is there for those to whom the member shows it (P8).
func (f *Forum) ReadPerson(ctx context.Context, by Actor, id MemberID) (p Person, err error) {
	defer during(&err, "read person")
	now := f.instant()
	if err = one(ctx, f.store.read, &p, `SELECT m.id, m.handle, m.name, m.title, ? AS certified, coalesce(?, FALSE) AS listed, EXISTS (SELECT 1 FROM ignores i WHERE i.member_id = ? AND i.ignored_id = m.id) AS ignored,
		coalesce(?, '') AS email, coalesce(?, '') AS business_address, coalesce(?, '') AS business_phone, coalesce(?, '') AS other_contact,
		coalesce(pr.place, '') AS place, coalesce(pr.areas, '') AS areas, coalesce(pr.languages, '') AS languages, coalesce(pr.about, '') AS about
		FROM members m LEFT JOIN profiles pr ON pr.member_id = m.id LEFT JOIN registrations r ON r.member_id = m.id WHERE m.id = ? AND m.standing = ? AND (? OR ?)`,
		certifiedAt("m", now), listedTo(by, now), by.Member, shownTo(by, "email_to", "m.email"), shownTo(by, "address_to", "r.business_address"),
		shownTo(by, "phone_to", "r.business_phone"), shownTo(by, "contact_to", "r.other_contact"), id, Active, by.Member != 0, listedTo(by, now)); err != nil {
		return p, err
	}
	if !p.Listed {
		p.Place, p.Areas, p.Languages, p.About = "", "", "", ""
	}
	err = f.store.read.scan(ctx, &p.Groups, groupColumns+` JOIN memberships s ON s.group_id = g.id AND s.member_id = ? AND s.standing = ? AND s.role >= ?
		JOIN memberships o ON o.group_id = g.id AND o.member_id = ? AND o.standing = ? AND o.role >= ?
		AND (g.roster <> ? OR o.role >= ?) WHERE g.talk = 0 ORDER BY g.name, g.id`, id, In, Participant, by.Member, In, Participant, ForModerators, Moderator)
	return p, err
}

// MemberByLogin finds an active member by handle or address, for the operator.
func (f *Forum) MemberByLogin(ctx context.Context, login string) (id MemberID, err error) {
	defer during(&err, "member by login")
	err = one(ctx, f.store.read, &id, memberByLogin, handleKey(login), fold(login), Active)
	return id, err
}

const memberByLogin = "SELECT id FROM members WHERE (handle_key = ? OR email_key = ?) AND standing = ? LIMIT 1"

// TopicVersions says on what a visitor's copy of a page of a topic depends, in one row: the
// topic, its posts and their authors, and the places that stand beside it. The copy is true
// as long as they are the same.
type TopicVersions struct{ Topic, Answer, Board, Group, Posts, Authors, Certified, Boards, Rooms, Others, Open int64 }

// PublicTopic reads the versions behind a visitor's page of a topic. It answers NotFound
// for what a visitor may not read, before any copy is looked at.
func (f *Forum) PublicTopic(ctx context.Context, id TopicID, after PostID) (v TopicVersions, err error) {
	defer during(&err, "public topic")
	var visitor Actor
	from := bun.SafeQuery("1 = 1")
	if after != 0 {
		from = bun.SafeQuery("p.n > coalesce((SELECT a.n FROM posts a WHERE a.id = ? AND a.topic_id = ?), 0)", after, id)
	}
	err = one(ctx, f.store.read, &v, `SELECT t.version AS topic, coalesce((SELECT aq.version * 1000003 + am.version * 2 + CASE WHEN ?7 THEN 1 ELSE 0 END FROM posts aq JOIN members am ON am.id = aq.author_id WHERE aq.id = t.accepted AND t.accepted > 0), 0) AS answer, b.version AS board, g.version AS "group", x.posts, x.authors, x.certified,
		(SELECT count(*) FROM boards o WHERE o.group_id = g.id) AS boards, (SELECT count(*) FROM rooms o WHERE o.group_id = g.id) AS rooms,
		(SELECT count(*) FROM groups o WHERE o.visibility = 0) AS others,
		(SELECT coalesce(sum(o.id % 1000003 * o.version), 0) FROM groups o WHERE o.visibility = 0) AS open
		FROM topics t JOIN boards b ON b.id = t.board_id JOIN groups g ON g.id = b.group_id,
		(SELECT coalesce(sum(q.version), 0) AS posts, coalesce(sum(q.av), 0) AS authors, coalesce(sum(q.certified), 0) AS certified FROM
			(SELECT p.version + p.reacted AS version, m.version AS av, CASE WHEN ?0 THEN p.n ELSE 0 END AS certified
			FROM posts p JOIN members m ON m.id = p.author_id WHERE p.topic_id = ?1 AND ?2 AND ?3 ORDER BY p.n LIMIT ?4) q) x
		WHERE t.id = ?1 AND ?5 AND ?6`, certifiedAt("m", f.instant()), id, from, rowGate(visitor, "p"), postsPerPage+1, itemGate(visitor, "t"), placeGate(visitor, "g"), certifiedAt("am", f.instant()))
	return v, err
}

// Names gives the names of members, for members; who is not there any more is left out.
func (f *Forum) Names(ctx context.Context, by Actor, ids []MemberID) (out []Person, err error) {
	defer during(&err, "names")
	if by.Member == 0 || len(ids) == 0 {
		return nil, nil
	}
	err = f.store.read.scan(ctx, &out, "SELECT id, handle, name, title FROM members WHERE id IN (?) AND standing = ? ORDER BY name, id", bun.List(ids), Active)
	return out, err
}
