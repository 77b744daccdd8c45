package forum

import "context"

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
	var row struct {
		Handle, Name, Language, Zone string
		Certified                    bool
		Moderates                    int
	}
	err := one(ctx, db, &row, `SELECT m.handle, m.name, m.language, m.zone,
		? AS certified,
		(SELECT count(*) FROM memberships s WHERE s.member_id = m.id AND s.standing = ? AND s.role >= ?) AS moderates
		FROM members m WHERE m.id = ? AND m.standing = ?`, certifiedAt("m", now), In, Moderator, id, Active)
	if KindOf(err) == NotFound {
		return Actor{}, nil
	}
	if err != nil {
		return Actor{}, err
	}
	a := Actor{Member: id, Handle: row.Handle, Name: row.Name, Language: row.Language, Zone: row.Zone, Certified: row.Certified, Moderates: row.Moderates > 0}
	err = db.scan(ctx, &a.Roles, "SELECT role FROM grants WHERE member_id = ? ORDER BY role", id)
	return a, err
}

// key names the actor in a bucket of tries.
func (a Actor) key() string { return decimal(a.Member) }
