package forum

import (
	"context"
	"fmt"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/schema"
)

// Reach is the circle of people in an Audience, widest first.
type Reach int64

// The circles. Who belongs to one is asked today, never remembered.
const (
	Public     Reach = iota // everyone on the internet, search engines included
	Registered              // every confirmed member
	Certified               // members whose certificate runs today
	Members                 // the members of one group
	Nobody                  // its author only: it was taken back
	InCircle                // of what is said in a room only: the members of a group who are in the room's circle (circle.go)
)

// Audience names who may read something: a circle, not a list of people (DESIGN §3).
// FromJoin narrows Members to those who had joined when the item was written.
type Audience struct {
	Reach    Reach   `bun:"reach"`
	Of       GroupID `bun:"reach_of"` // set for Members, and for InCircle: the id of the room
	FromJoin bool    `bun:"from_join"`
}

// WiderThan tells whether a surely includes everybody of b, and more. Groups and the
// certified are not comparable: a group may have members without a certificate.
func (a Audience) WiderThan(b Audience) bool {
	if a.Reach == Members || a.Reach == InCircle {
		return b.Reach == a.Reach && a.Of == b.Of && !a.FromJoin && b.FromJoin
	}
	if b.Reach == Members || b.Reach == InCircle {
		return a.Reach < Certified
	}
	return a.Reach < b.Reach
}

// Term names the circle: "public", "registered", "certified", "group:ID" or "circle:ID". The history rule is not in it.
func (a Audience) Term() string {
	switch a.Reach {
	case Public:
		return "public"
	case Registered:
		return "registered"
	case Certified:
		return "certified"
	case InCircle:
		return fmt.Sprintf("circle:%d", a.Of)
	default:
		return fmt.Sprintf("group:%d", a.Of)
	}
}

// Audience is what somebody who speaks in the group today is told.
func (g *Group) Audience() Audience {
	if g.Visibility >= MembersOnly {
		return Audience{Reach: Members, Of: g.ID, FromJoin: g.FromJoin}
	}
	return Audience{Reach: Reach(g.Visibility)}
}

// nowhere is the SQL condition that lets nobody in: for a query that asks for more than is needed.
var nowhere = bun.SafeQuery("1 = 0")

// placeGate is the SQL condition under which a place lets the actor in today: g is the
// alias of its groups row. Together with itemGate it is the one gate for every copy.
func placeGate(a Actor, g string) schema.QueryWithArgs {
	t := bun.Ident(g)
	if a.Member == 0 {
		return bun.SafeQuery("?.visibility = 0", t)
	}
	return bun.SafeQuery(`(?0.visibility <= ?1 OR EXISTS (SELECT 1 FROM memberships gm
		WHERE gm.group_id = ?0.id AND gm.member_id = ?2 AND gm.standing = ?3 AND ?4))`, t, a.level(), a.Member, In, seat(a, "gm"))
}

// seat is the SQL condition under which a membership row m lets the actor read: that of a
// member, or of one of the staff while their visit runs and they hold the role (opening.go),
// whoever tidies up when. A visitor gets no mail.
func seat(a Actor, m string) schema.QueryWithArgs {
	if a.byMail || !a.Has(Administrator) {
		return bun.SafeQuery("?.role >= ?", bun.Ident(m), Participant)
	}
	return bun.SafeQuery(`(?0.role >= ?1 OR EXISTS (SELECT 1 FROM openings so WHERE so.kind = ?2 AND so.group_id = ?0.group_id AND so.asked_by = ?0.member_id
		AND so.agreed_at > 0 AND so.ended_at = 0 AND so.until_at > ?3))`, bun.Ident(m), Participant, OpensGroup, a.at)
}

// toldOfOpenings is the time from which on everybody was told, before they wrote, that staff or
// moderators can open a door together; 0: since the beginning. What was written before stays shut.
const toldOfOpenings = "(SELECT coalesce(max(CAST(value AS BIGINT)), 0) FROM settings WHERE name = 'told-of-openings')"

// knownGate is the SQL condition under which the actor may know that a group exists: any
// group but a hidden one, and a hidden one for its members and those invited.
func knownGate(a Actor, g string) schema.QueryWithArgs {
	return bun.SafeQuery(`(?0.visibility < ?1 OR EXISTS (SELECT 1 FROM memberships km WHERE km.group_id = ?0.id AND km.member_id = ?2
		AND (km.standing = ?3 AND ?6 OR km.standing = ?4 AND ?5)))`, bun.Ident(g), Hidden, a.Member, In, Invited, stillInvited("km"), seat(a, "km"))
}

// itemGate is the SQL condition under which the actor belongs, today, to the audience an
// item's author was shown, or wrote it. i is the alias of a row with author_id, reach,
// reach_of, from_join and posted_at.
func itemGate(a Actor, i string) schema.QueryWithArgs {
	if a.Member == 0 {
		return audienceGate(a, i)
	}
	return bun.SafeQuery("(? OR ?.author_id = ?)", audienceGate(a, i), bun.Ident(i), a.Member)
}

// audienceGate is itemGate without the author's own right.
func audienceGate(a Actor, i string) schema.QueryWithArgs {
	t := bun.Ident(i)
	if a.Member == 0 {
		return bun.SafeQuery("?.reach = 0", t)
	}
	return bun.SafeQuery(`(?0.reach <= ?1 OR (?0.reach = 3 AND EXISTS (SELECT 1 FROM memberships im
		WHERE im.group_id = ?0.reach_of AND im.member_id = ?2 AND im.standing = ?3 AND ?4
		AND (?0.from_join = 0 OR im.joined_at <= ?0.posted_at) ?5)))`, t, a.level(), a.Member, In, seat(a, "im"), told(a, t))
}

// told keeps visitors from what was written before anybody knew of visits. i is the item.
func told(a Actor, i bun.Ident) schema.QueryWithArgs {
	if !a.Has(Administrator) {
		return bun.SafeQuery("")
	}
	return bun.SafeQuery("AND (im.role >= ? OR ?.posted_at >= "+toldOfOpenings+")", Participant, i)
}

// certifiedAt is the SQL condition under which a member's certificate runs at the time. m is
// the alias of the row whose id is the member's.
func certifiedAt(m string, now Instant) schema.QueryWithArgs {
	return bun.SafeQuery("EXISTS (SELECT 1 FROM certificates c WHERE c.member_id = ?0.id AND c.revoked_at = 0 AND c.suspended_at = 0 AND c.from_at <= ?1 AND c.open_until_at > ?1)", bun.Ident(m), now)
}

// readersOf is the SQL condition under which an active member m belongs to the audience at
// the time, as one who has been in it from the beginning. One of the staff who reads a group
// for a while is none of its members, and is named apart (opening.go).
func readersOf(a Audience, now Instant) schema.QueryWithArgs {
	switch a.Reach {
	case Public, Registered:
		return bun.SafeQuery("1 = 1")
	case Certified:
		return certifiedAt("m", now)
	case InCircle:
		return bun.SafeQuery("(m.id IN (SELECT f.member_id FROM room_members f WHERE f.room_id = ?) AND ?)", a.Of, isFellow(eachMember(now), decimal(a.Of), ""))
	}
	return bun.SafeQuery("m.id IN (SELECT rm.member_id FROM memberships rm WHERE rm.group_id = ? AND rm.standing = ? AND rm.role >= ?)", a.Of, In, Participant)
}

// countReaders counts the people of an audience today; -1 for everyone.
func countReaders(ctx context.Context, db querier, a Audience, now Instant) (n int, err error) {
	if a.Reach == Public {
		return -1, nil
	}
	err = one(ctx, db, &n, "SELECT count(*) FROM members m WHERE m.standing = ? AND ?", Active, readersOf(a, now))
	return n, err
}
