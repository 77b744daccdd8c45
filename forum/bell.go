package forum

import (
	"context"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/schema"
)

// A bell is a notice of what somebody else wants of a member, or did for them, in rooms: a row without a word. It is there while what it tells
// of is so, and the place lets them in; whether they want to be told is not asked, since it waits for their word.

// Bell is one as its member sees it.
type Bell struct {
	Why            Why
	Ref            int64
	MadeAt, ReadAt Instant
	WhoID          MemberID
	Who            string // "": not told
	Name           string // of the talk or the minutes; may be empty
	RoomName       string // not of a talk, nor
	RoomSlug       string
	GroupName      string
	GroupSlug      string
}

// ring gives the members m of a condition a bell. Again it is new.
func (w *writer) ring(why Why, ref int64, whom schema.QueryWithArgs) error {
	return w.noticed(`INSERT INTO bells (member_id, why, ref, made_at) SELECT m.id, CAST(? AS BIGINT), CAST(? AS BIGINT), CAST(? AS BIGINT) FROM members m WHERE m.standing = ? AND ?
		ON CONFLICT (member_id, why, ref) DO UPDATE SET made_at = excluded.made_at, read_at = 0 RETURNING member_id`, why, ref, w.now, Active, whom)
}

// rung are the bells that the actor has now: of talks they are invited to, of circles they are in, of minutes that ask them something.
func rung(by Actor) schema.QueryWithArgs {
	const bell, nameless = "SELECT n.why, n.ref, n.made_at, n.read_at, ", ", r.name AS room_name, r.slug AS room_slug, g.name AS group_name, g.slug AS group_slug FROM bells n JOIN "
	return bun.SafeQuery(bell+`im.id AS who_id, im.name AS who, g.name, '' AS room_name, '' AS room_slug, '' AS group_name, '' AS group_slug FROM bells n JOIN groups g ON g.id = n.ref
			JOIN memberships s ON s.group_id = g.id AND s.member_id = n.member_id JOIN members im ON im.id = s.invited_by WHERE n.member_id = ?0 AND n.why = ?1 AND g.talk = ?4 AND s.standing = ?5 AND ?6
		UNION ALL `+bell+`0 AS who_id, '' AS who, '' AS name`+nameless+`rooms r ON r.id = n.ref JOIN groups g ON g.id = r.group_id WHERE n.member_id = ?0 AND n.why = ?2 AND r.circle = 1 AND ?7
		UNION ALL `+bell+`CASE WHEN g.class = ?8 THEN 0 ELSE mk.id END AS who_id, CASE WHEN g.class = ?8 THEN '' ELSE mk.name END AS who, x.title AS name`+nameless+`minutes x ON x.id = n.ref JOIN members mk ON mk.id = x.member_id
			JOIN rooms r ON r.id = x.room_id JOIN groups g ON g.id = r.group_id WHERE n.member_id = ?0 AND n.why = ?3 AND x.ended_at = 0 AND ?7
			AND EXISTS (SELECT 1 FROM minute_items i WHERE i.minutes_id = x.id AND i.member_id = n.member_id AND i.answer = ?9)`,
		by.Member, InvitesToTalk, TakesIn, AsksForMinutes, Talking, Invited, stillInvited("s"), roomGate(by), ChathamClass, int64(NoAnswer))
}

// ReadBells reads the actor's bells, newest first.
func (f *Forum) ReadBells(ctx context.Context, by Actor) (out []Bell, err error) {
	defer during(&err, "read bells")
	err = f.store.read.scan(ctx, &out, "SELECT * FROM (?) n ORDER BY n.made_at DESC, n.ref DESC LIMIT ?", rung(by), noticesPerPage)
	return out, err
}
