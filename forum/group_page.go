package forum

import (
	"context"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/schema"
)

// Neighbours are the reader's way around in a group: its boards and rooms, and their
// other groups.
type Neighbours struct {
	Boards []Board
	Rooms  []Room
	Others []Group
	Visits []OpeningRow // that run now: for the group's members, and for who visits
}

// ReadNeighbours reads what stands beside a page of a group that lets the actor in.
func (f *Forum) ReadNeighbours(ctx context.Context, by Actor, id GroupID) (n Neighbours, err error) {
	defer during(&err, "read neighbours")
	db := f.store.read
	if err = db.scan(ctx, &n.Boards, boardColumns+" WHERE b.group_id = ? AND EXISTS (SELECT 1 FROM groups g WHERE g.id = ? AND ?) ORDER BY b.position, b.id",
		id, id, placeGate(by, "g")); err != nil {
		return n, err
	}
	if err = db.scan(ctx, &n.Rooms, "SELECT "+roomFields+", CASE WHEN rr.member_id IS NULL OR r.archived_at > 0 THEN 0 ELSE ? END AS unread FROM rooms r JOIN groups g ON g.id = r.group_id LEFT JOIN room_reads rr ON rr.room_id = r.id AND rr.member_id = ? WHERE r.group_id = ? AND ? ORDER BY r.archived_at > 0, r.name, r.id",
		unreadIn(by), by.Member, id, roomGate(by)); err != nil {
		return n, err
	}
	others := bun.SafeQuery("g.visibility = 0")
	if by.Member != 0 {
		if n.Visits, err = f.visitsNow(ctx, by, id); err != nil {
			return n, err
		}
		others = bun.SafeQuery("g.talk = 0 AND EXISTS (SELECT 1 FROM memberships o WHERE o.group_id = g.id AND o.member_id = ? AND o.standing = ? AND o.role >= ?)", by.Member, In, Participant)
	}
	err = db.scan(ctx, &n.Others, groupColumns+" WHERE g.id <> ? AND ? ORDER BY g.name, g.id LIMIT 30", id, others)
	return n, err
}

// GroupRow is a group in a list, as the actor may know it.
type GroupRow struct {
	Group
	Members int // 0 where the actor may not know
	In      bool
	Invited bool
}

// ReadGroups lists the groups that the actor may know of: their own and those they are
// invited to first.
func (f *Forum) ReadGroups(ctx context.Context, by Actor) (out []GroupRow, err error) {
	defer during(&err, "read groups")
	err = f.store.read.scan(ctx, &out, `SELECT `+groupFields+`,
		CASE WHEN ? AND (g.roster = ? AND ? <> 0 OR mm.standing = ? AND (g.roster = ? AND mm.role >= ? OR mm.role >= ?)) THEN (SELECT count(*) FROM memberships c WHERE c.group_id = g.id AND c.standing = ? AND c.role >= ?) ELSE 0 END AS members,
		coalesce(mm.standing = ? AND mm.role >= ?, FALSE) AS "in", coalesce(mm.standing = ? AND ?, FALSE) AS invited
		FROM groups g LEFT JOIN memberships mm ON mm.group_id = g.id AND mm.member_id = ?
		WHERE g.talk = 0 AND ? ORDER BY coalesce(mm.standing IN (?, ?), FALSE) DESC, g.name, g.id LIMIT 500`,
		placeGate(by, "g"), ForReaders, by.Member, In, ForMembers, Participant, Moderator, In, Participant, In, Participant, Invited, stillInvited("mm"), by.Member, knownGate(by, "g"), In, Invited)
	return out, err
}

// GroupName gives the name of a group that the actor may know of; "" of others.
func (f *Forum) GroupName(ctx context.Context, by Actor, id GroupID) (name string, err error) {
	defer during(&err, "group name")
	err = one(ctx, f.store.read, &name, "SELECT g.name FROM groups g WHERE g.id = ? AND ?", id, knownGate(by, "g"))
	if KindOf(err) == NotFound {
		err = nil
	}
	return name, err
}

// BoardRow is a board on its group's page, counted as the actor sees it.
type BoardRow struct {
	Board
	Topics int
	LastAt Instant
}

// GroupPage is what the page of a group shows. For one whom the place does not let in,
// only the group itself is there.
type GroupPage struct {
	Group    GroupRow
	Had      MembershipStanding // the actor's
	Role     GroupRole
	Readable bool
	Boards   []BoardRow
	Latest   []TopicRow
	Members  []MemberRow // for whom the roster is open to; the first fifty by name
	Modes    map[BoardID]Mode
	Notices  map[BoardID]bool // where mails tell only that something new is there
	Readers  int
}

// ReadGroup reads the page of a group.
func (f *Forum) ReadGroup(ctx context.Context, by Actor, slug string) (p GroupPage, err error) {
	defer during(&err, "read group")
	db := f.store.read
	if p, err = f.FindGroup(ctx, by, slug); err != nil || !p.Readable {
		return p, err
	}
	g := p.Group.Group
	if p.Readers, err = f.about(ctx, g.Audience()); err != nil {
		return p, err
	}
	if err = db.scan(ctx, &p.Boards, "SELECT "+boardFields+" FROM boards b WHERE b.group_id = ? ORDER BY b.position, b.id", g.ID); err != nil {
		return p, err
	}
	if err = f.countTopics(ctx, by, g.ID, p.Boards); err != nil {
		return p, err
	}
	if p.Latest, err = f.rows(ctx, by, pick{topics: anyTopic, places: bun.SafeQuery("b.group_id = ?", g.ID), limit: 5}); err != nil {
		return p, err
	}
	if p.Group.In {
		if p.Modes, p.Notices, err = f.modes(ctx, by, g.ID); err != nil {
			return p, err
		}
	}
	if !maySeeRoster(by, standing{In: p.Group.In, Role: p.Role}, &g) {
		return p, nil
	}
	if err = one(ctx, db, &p.Group.Members, "SELECT count(*) FROM memberships WHERE group_id = ? AND standing = ? AND role >= ?", g.ID, In, Participant); err != nil {
		return p, err
	}
	p.Members, err = f.members(ctx, g.ID, Participant, []MembershipStanding{In}, 50)
	return p, err
}

// countTopics counts the topics of a group's boards that the actor may read. The gate is asked once of those with the same
// audience; where it goes by their time too, of each.
func (f *Forum) countTopics(ctx context.Context, by Actor, g GroupID, boards []BoardRow) error {
	var rows []struct {
		BoardID BoardID
		Topics  int
		LastAt  Instant
	}
	err := f.store.read.scan(ctx, &rows, `SELECT x.board_id, sum(x.n) AS topics, max(x.last_at) AS last_at FROM (
		SELECT t.board_id, t.reach, t.reach_of, t.from_join, CASE WHEN t.author_id = ?0 THEN t.author_id ELSE 0 END AS author_id, CASE WHEN t.from_join = 1 OR ?1 THEN t.posted_at ELSE 0 END AS posted_at, count(*) AS n, max(t.posted_at) AS last_at
		FROM boards b JOIN topics t ON t.board_id = b.id WHERE b.group_id = ?2 AND t.merged_into = 0 GROUP BY 1, 2, 3, 4, 5, 6) x WHERE ?3 GROUP BY x.board_id`,
		by.Member, by.Has(Administrator), g, itemGate(by, "x"))
	for _, r := range rows {
		for i := range boards {
			if boards[i].ID == r.BoardID {
				boards[i].Topics, boards[i].LastAt = r.Topics, r.LastAt
			}
		}
	}
	return err
}

// FindGroup reads the page of a group without what is in it; a talk has none (FindTalk).
func (f *Forum) FindGroup(ctx context.Context, by Actor, slug string) (p GroupPage, err error) {
	return f.findGroup(ctx, by, slug, bun.SafeQuery("g.talk = 0"))
}

func (f *Forum) findGroup(ctx context.Context, by Actor, slug string, which schema.QueryWithArgs) (p GroupPage, err error) {
	defer during(&err, "find group")
	if err = one(ctx, f.store.read, &p.Group.Group, groupColumns+" WHERE g.slug = ? AND ? AND ?", slug, knownGate(by, "g"), which); err != nil {
		return p, err
	}
	s, had, err := standingOf(ctx, f.store.read, by.Member, p.Group.ID)
	p.Group.In, p.Group.Invited, p.Had, p.Role = s.In, had == Invited, had, s.Role
	p.Readable = had == In || by.level() >= Reach(p.Group.Visibility)
	if err == nil && had == In && !s.In { // one who visits, while that runs
		err = one(ctx, f.store.read, &p.Readable, "SELECT ? FROM groups g WHERE g.id = ?", placeGate(by, "g"), p.Group.ID)
	}
	return p, err
}

// ReadSettings reads a group for the page of its settings: by its owners.
func (f *Forum) ReadSettings(ctx context.Context, by Actor, slug string) (p GroupPage, err error) {
	if p, err = f.FindGroup(ctx, by, slug); err != nil {
		return p, err
	}
	return p, mayOwn(by, standing{In: p.Group.In, Role: p.Role})
}

func (f *Forum) modes(ctx context.Context, by Actor, g GroupID) (map[BoardID]Mode, map[BoardID]bool, error) {
	var rows []struct {
		BoardID BoardID
		Subscription
	}
	err := f.store.read.scan(ctx, &rows, "SELECT s.board_id, s.mode, s.notice FROM subscriptions s JOIN boards b ON b.id = s.board_id WHERE b.group_id = ? AND s.member_id = ?",
		g, by.Member)
	out, notices := map[BoardID]Mode{}, map[BoardID]bool{}
	for _, r := range rows {
		out[r.BoardID], notices[r.BoardID] = r.Mode, r.Notice
	}
	return out, notices, err
}

func (f *Forum) members(ctx context.Context, g GroupID, least GroupRole, all []MembershipStanding, limit int) (out []MemberRow, err error) {
	err = f.store.read.scan(ctx, &out, `SELECT m.id, m.handle, m.name, s.role, s.joined_at AS since, s.standing, s.answer
		FROM memberships s JOIN members m ON m.id = s.member_id WHERE s.group_id = ? AND s.role >= ? AND s.standing IN (?) AND (s.standing <> ? OR ? AND s.named = 1) AND m.standing = ?
		ORDER BY CASE s.standing WHEN ? THEN 0 ELSE s.standing END, s.role DESC, m.name, m.id LIMIT ?`, g, least, bun.List(all), Invited, stillInvited("s"), Active, Asking, limit)
	return out, err
}

// ManagePage is what the moderators of a group see.
type ManagePage struct {
	Group   Group
	Role    GroupRole
	Members []MemberRow
	Invited []string // addresses, whoever they belong to
	Log     []LogRow
}

// LogRow is an entry of the log with who did it, to whom or what.
type LogRow struct {
	At      Instant
	ActorID MemberID
	Actor   string
	Act     string
	Object  string // name of the member or title of the topic, where there is one
	Reason  string
	Group   string // where
}

// ReadManage reads the page of a group's moderators.
func (f *Forum) ReadManage(ctx context.Context, by Actor, slug string) (p ManagePage, err error) {
	defer during(&err, "read manage")
	if err = one(ctx, f.store.read, &p.Group, groupColumns+" WHERE g.slug = ? AND g.talk = 0 AND ?", slug, knownGate(by, "g")); err != nil {
		return p, err
	}
	s, _, err := standingOf(ctx, f.store.read, by.Member, p.Group.ID)
	if err != nil {
		return p, err
	}
	if err = mayModerate(by, s); err != nil {
		return p, err
	}
	p.Role = s.Role
	if p.Members, err = f.members(ctx, p.Group.ID, Visitor, []MembershipStanding{In, Invited, Banned, Asking, Lapsed}, 1000); err != nil {
		return p, err
	}
	if err = f.store.read.scan(ctx, &p.Invited, "SELECT address FROM invitations WHERE group_id = ? ORDER BY address", p.Group.ID); err != nil {
		return p, err
	}
	p.Log, err = f.groupLog(ctx, by, bun.SafeQuery("l.group_id = ?", p.Group.ID))
	return p, err
}

// groupLog reads entries of the log; a topic is named only to those who may read it.
func (f *Forum) groupLog(ctx context.Context, by Actor, pick any) (out []LogRow, err error) {
	err = f.store.read.scan(ctx, &out, `SELECT l.at, l.actor_id, coalesce(m.name, '') AS actor, l.act, l.reason, lg.name AS "group",
		coalesce((SELECT o.name FROM members o WHERE o.id = l.object_id AND NOT (l.act = 'invite' AND l.reason <> '')), (SELECT t.title FROM topics t WHERE t.id = l.object_id AND ?),
			(SELECT b.name FROM boards b WHERE b.id = l.object_id), (SELECT r.name FROM rooms r WHERE r.id = l.object_id), '') AS object
		FROM log_entries l JOIN groups lg ON lg.id = l.group_id LEFT JOIN members m ON m.id = l.actor_id WHERE ? ORDER BY l.seq DESC LIMIT 100`, itemGate(by, "t"), pick)
	return out, err
}

// ReadModeration lists the groups that the actor moderates, and what was done there.
func (f *Forum) ReadModeration(ctx context.Context, by Actor) (groups []Group, log []LogRow, err error) {
	defer during(&err, "read moderation")
	err = f.store.read.scan(ctx, &groups, groupColumns+` JOIN memberships s ON s.group_id = g.id AND s.member_id = ? AND s.standing = ? AND s.role >= ?
		ORDER BY g.name, g.id`, by.Member, In, Moderator)
	if err == nil && len(groups) == 0 && !by.Has(Administrator) {
		err = Refuse(Forbidden, "error.moderators-only")
	}
	if err != nil || len(groups) == 0 {
		return groups, nil, err
	}
	ids := make([]GroupID, len(groups))
	for i, g := range groups {
		ids[i] = g.ID
	}
	log, err = f.groupLog(ctx, by, bun.SafeQuery("l.group_id IN (?)", bun.List(ids)))
	return groups, log, err
}
