package forum

import (
	"context"
	"slices"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/schema"
)

// Role is a right on top of being a member. Roles are rows, granted and logged.
type Role string

// The staff roles of the body. Moderators are a standing within one group (memberships).
const (
	Administrator  Role = "administrator"
	Reviewer       Role = "reviewer"
	PrivacyOfficer Role = "privacy-officer"
)

// Actor is who does it, now. The zero Actor is a visitor. It is loaded anew for each
// request and never kept: standing, certificate and roles are those of this moment.
type Actor struct {
	Member    MemberID
	Handle    string
	Name      string
	Language  string
	Zone      string
	Certified bool
	Moderates bool // some group
	Roles     []Role
	Dormant   []Role  // held, and of no effect in this session: it was begun without a second factor
	Strong    bool    // the session was begun with a second factor
	Told      bool    // may have notices that they have not read
	Talks     bool    // is in talks, or invited to one
	Keys      bool    // keeps single-key shortcuts on
	Policies  Instant // when what they need not be told of was published

	at     Instant // of loading
	byMail bool    // what is asked is for a mail: a visit lets nobody's mail in
}

// Has tells whether the actor holds the role.
func (a Actor) Has(r Role) bool {
	for _, have := range a.Roles {
		if have == r {
			return true
		}
	}
	return false
}

// level is the narrowest of the body-wide circles that the actor belongs to.
func (a Actor) level() Reach {
	switch {
	case a.Member == 0:
		return Public
	case a.Certified:
		return Certified
	default:
		return Registered
	}
}

// ActorFor loads who the member is today. A member who is absent, unconfirmed or
// suspended acts as a visitor.
func (f *Forum) ActorFor(ctx context.Context, id MemberID) (_ Actor, err error) {
	defer during(&err, "load actor")
	return loadActor(ctx, f.store.read, id, f.instant())
}

func loadActor(ctx context.Context, db querier, id MemberID, now Instant) (Actor, error) {
	a, _, err := actorWhere(ctx, db, now, "0 AS strong, 0 AS seen_at", bun.SafeQuery("members m WHERE m.id = ?", id))
	return a, err
}

// actorWhere loads the one active member m that the rest of a FROM picks; the visitor if there
// is none. session names what is asked of their session: whether it is strong, and when it was
// seen. It is asked at each request: all in one question.
func actorWhere(ctx context.Context, db querier, now Instant, session string, from schema.QueryWithArgs) (a Actor, seen Instant, err error) {
	var row struct {
		ID                                      MemberID `bun:"id"`
		Handle, Name, Language, Zone            string
		Certified                               bool
		Moderates                               int
		Administrator, Reviewer, PrivacyOfficer bool
		Told, Talks                             bool
		Strong, Keys                            bool
		SeenAt, PoliciesAt                      Instant
	}
	const has = "EXISTS (SELECT 1 FROM grants h WHERE h.member_id = m.id AND h.role = ?) AS "
	err = one(ctx, db, &row, `SELECT m.id, m.handle, m.name, m.language, m.zone, m.keys, m.policies_at, ? AS certified,
		(SELECT count(*) FROM memberships s WHERE s.member_id = m.id AND s.standing = ? AND s.role >= ?) AS moderates,
		(EXISTS (SELECT 1 FROM notices n WHERE n.member_id = m.id AND n.read_at = 0) OR EXISTS (SELECT 1 FROM room_notices n WHERE n.member_id = m.id AND n.read_at = 0) OR EXISTS (SELECT 1 FROM bells n WHERE n.member_id = m.id AND n.read_at = 0)) AS told,
		EXISTS (SELECT 1 FROM memberships ts JOIN groups tg ON tg.id = ts.group_id AND tg.talk > 0 WHERE ts.member_id = m.id) AS talks, `+has+"administrator, "+has+"reviewer, "+has+"privacy_officer, "+session+" FROM ? AND m.standing = ?",
		certifiedAt("m", now), In, Moderator, Administrator, Reviewer, PrivacyOfficer, from, Active)
	if KindOf(err) == NotFound {
		return Actor{at: now}, 0, nil
	}
	if err != nil {
		return Actor{}, 0, err
	}
	a = Actor{Member: row.ID, Handle: row.Handle, Name: row.Name, Language: row.Language, Zone: row.Zone, Certified: row.Certified, Moderates: row.Moderates > 0, Strong: row.Strong, Told: row.Told, Talks: row.Talks, Keys: row.Keys, Policies: row.PoliciesAt, at: now}
	for role, has := range map[Role]bool{Administrator: row.Administrator, Reviewer: row.Reviewer, PrivacyOfficer: row.PrivacyOfficer} {
		if has {
			a.Roles = append(a.Roles, role)
		}
	}
	slices.Sort(a.Roles)
	return a, row.SeenAt, nil
}

// key names the actor in a bucket of tries.
func (a Actor) key() string { return decimal(a.Member) }
