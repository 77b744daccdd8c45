package forum

import (
	"context"
	"strings"

	"github.com/uptrace/bun"
)

// Talk is a talk for one who is in it or invited to it.
type Talk struct {
	Group
	In        bool
	InviterID MemberID // of who is invited
	Inviter   string
	Unread    int        // messages that the actor has not read, up to MostCounted
	LastAt    Instant    // when something was said that the actor reads; 0: nothing was, or they are not in it
	People    []TalkSeat `bun:"-"` // the others. Of a talk that is over none: whether they left is not told
	Wording   string     `bun:"-"` // what is acknowledged by accepting
}

// TalkSeat is one of the others in a talk, or invited to it.
type TalkSeat struct {
	Person
	GroupID GroupID
	Invited bool
	First   bool // invited as the talk began: reads it from there
}

// TalksPage is what the actor has of talks.
type TalksPage struct {
	Talks       []Talk // the last one said something in first
	Invitations []Talk // with those who are in them
	Blocked     []Person
	Nobody      bool // may invite them
}

const mostTalks = 200

// talksOf are the talks that the actor is in, or invited to.
const talksOf = "SELECT " + groupFields + `, mm.standing = ?1 AS "in", coalesce((SELECT c.posted_at FROM messages c WHERE c.room_id = r.id AND mm.standing = ?1 AND ?4 ORDER BY c.seq DESC LIMIT 1), 0) AS last_at,
	CASE WHEN mm.standing = ?1 THEN ?5 ELSE 0 END AS unread, CASE WHEN mm.standing = ?1 THEN 0 ELSE im.id END AS inviter_id, CASE WHEN mm.standing = ?1 THEN '' ELSE im.name END AS inviter
	FROM groups g JOIN rooms r ON r.group_id = g.id JOIN memberships mm ON mm.group_id = g.id AND mm.member_id = ?0 LEFT JOIN room_reads rr ON rr.room_id = r.id AND rr.member_id = ?0 LEFT JOIN members im ON im.id = mm.invited_by
	WHERE g.talk > 0 AND (mm.standing = ?1 OR mm.standing = ?2 AND ?3)`

func (f *Forum) talks(ctx context.Context, by Actor, rest string, args ...any) (out []Talk, err error) {
	if by.Member == 0 {
		return nil, nil
	}
	if err = f.store.read.scan(ctx, &out, talksOf+rest, append([]any{by.Member, In, Invited, stillInvited("mm"), messageGate(by), unreadIn(by)}, args...)...); err != nil || len(out) == 0 {
		return out, err
	}
	ids, at := make([]GroupID, len(out)), map[GroupID]*Talk{}
	for i := range out {
		ids[i], at[out[i].ID] = out[i].ID, &out[i]
		out[i].Wording = wording(out[i].Audience(), out[i].Class, out[i].TellsGaps())
	}
	var seats []TalkSeat
	err = f.store.read.scan(ctx, &seats, `SELECT s.group_id, m.id, m.handle, m.name, s.standing = ?0 AS invited, s.asked_at = g.created_at AS first FROM memberships s JOIN members m ON m.id = s.member_id JOIN groups g ON g.id = s.group_id
		JOIN memberships mm ON mm.group_id = g.id AND mm.member_id = ?1 WHERE g.id IN (?2) AND g.talk = ?3 AND s.member_id <> ?1 AND (s.standing = ?4 OR mm.standing = ?4 AND s.standing = ?0 AND ?5 AND m.standing = ?6) ORDER BY m.name, m.id`,
		Invited, by.Member, bun.List(ids), Talking, In, stillInvited("s"), Active)
	for _, s := range seats {
		at[s.GroupID].People = append(at[s.GroupID].People, s)
	}
	return out, err
}

// ReadTalks reads the actor's talks, what they are invited to, and whom they blocked.
func (f *Forum) ReadTalks(ctx context.Context, by Actor) (p TalksPage, err error) {
	defer during(&err, "read talks")
	all, err := f.talks(ctx, by, " ORDER BY last_at DESC, g.id DESC LIMIT ?6", mostTalks)
	if err != nil {
		return p, err
	}
	for _, t := range all {
		if t.In {
			p.Talks = append(p.Talks, t)
		} else {
			p.Invitations = append(p.Invitations, t)
		}
	}
	if err = f.store.read.scan(ctx, &p.Blocked, "SELECT m.id, m.handle, m.name, m.title FROM blocks b JOIN members m ON m.id = b.blocked_id WHERE b.member_id = ? ORDER BY m.name, m.id", by.Member); err != nil {
		return p, err
	}
	err = one(ctx, f.store.read, &p.Nobody, "SELECT no_talks = 1 FROM members WHERE id = ?", by.Member)
	return p, err
}

// ReadTalk reads one talk, of one who is in it or invited to it.
func (f *Forum) ReadTalk(ctx context.Context, by Actor, id GroupID) (t Talk, err error) {
	defer during(&err, "read talk")
	all, err := f.talks(ctx, by, " AND g.id = ?6", id)
	if err == nil && len(all) == 0 {
		err = Absent()
	}
	if err != nil {
		return t, err
	}
	return all[0], nil
}

// FindTalk finds a talk by its slug as the page of a group, for one who is in it or invited to it.
func (f *Forum) FindTalk(ctx context.Context, by Actor, slug string) (GroupPage, error) {
	return f.findGroup(ctx, by, slug, bun.SafeQuery("g.talk > 0"))
}

// CountTalkInvitations counts the talks that the actor is invited to and has not answered.
func (f *Forum) CountTalkInvitations(ctx context.Context, by Actor) (n int, err error) {
	defer during(&err, "count talk invitations")
	err = one(ctx, f.store.read, &n, "SELECT count(*) FROM memberships s JOIN groups g ON g.id = s.group_id AND g.talk = ? WHERE s.member_id = ? AND s.standing = ? AND ?", Talking, by.Member, Invited, stillInvited("s"))
	return n, err
}

// CountTalks counts the talks in which something waits for the actor: what they have not read, or an invitation.
func (f *Forum) CountTalks(ctx context.Context, by Actor) (n int, err error) {
	defer during(&err, "count talks")
	err = one(ctx, f.store.read, &n, `SELECT count(*) FROM memberships s JOIN groups g ON g.id = s.group_id AND g.talk > 0 JOIN rooms r ON r.group_id = g.id LEFT JOIN room_reads rr ON rr.room_id = r.id AND rr.member_id = s.member_id
		WHERE s.member_id = ? AND (s.standing = ? AND ? OR s.standing = ? AND ? > 0)`, by.Member, Invited, stillInvited("s"), In, unreadIn(by))
	return n, err
}

// IsInvitedToTalk refuses unless the actor is invited to the talk: for the mail that says so.
func (f *Forum) IsInvitedToTalk(ctx context.Context, by Actor, id GroupID) error {
	t, err := f.ReadTalk(ctx, by, id)
	if err == nil && t.In {
		err = Absent()
	}
	return err
}

// IsBlocked tells whether the actor blocked the member.
func (f *Forum) IsBlocked(ctx context.Context, by Actor, whom MemberID) (n bool, err error) {
	defer during(&err, "is blocked")
	err = one(ctx, f.store.read, &n, "SELECT EXISTS (SELECT 1 FROM blocks WHERE member_id = ? AND blocked_id = ?)", by.Member, whom)
	return n, err
}

const mostToTalk = 12

// OfferTalk gives a few of those whom the actor may invite to a talk and whose user ID or name begins so; of less than two letters
// nobody.
func (f *Forum) OfferTalk(ctx context.Context, by Actor, beginning string) (out []Person, err error) {
	if beginning = strings.TrimSpace(beginning); len([]rune(nameKey(beginning))) < 2 || len(beginning) > 100 || by.Member == 0 {
		return nil, nil
	}
	if err = f.spend(ctx, hintsOfMember, "mention", by.key()); err != nil {
		return nil, err
	}
	defer during(&err, "offer talk")
	like := likeWord.Replace(nameKey(beginning))
	key := handleKey(strings.TrimPrefix(beginning, "@"))
	err = f.store.read.scan(ctx, &out, `SELECT m.id, m.handle, m.name, m.title FROM members m WHERE (m.handle_key >= ?0 AND m.handle_key < ?1 OR m.name_key LIKE ?2 ESCAPE '\' OR m.name_key LIKE ?3 ESCAPE '\') AND ?4
		ORDER BY m.name, m.id LIMIT ?5`, key, key+"\U0010FFFF", like+"%", "% "+like+"%", wanted(by, f.instant()), mostToTalk)
	return out, err
}
