package forum

import "context"

// Roles are those of the body's staff, the widest first. Who sets the forum up holds them all.
var Roles = []Role{Administrator, Reviewer, PrivacyOfficer}

// Grant gives a member a role: by an administrator who holds it too. Twice is once.
func (f *Forum) Grant(ctx context.Context, by Actor, whom MemberID, role Role) error {
	return f.write(ctx, "grant", func(w *writer) error {
		if err := mayGrant(by, role); err != nil {
			return err
		}
		n, err := w.changed(`INSERT INTO grants (member_id, role, granted_by, granted_at)
			SELECT id, ?, ?, ? FROM members WHERE id = ? AND standing = ? ON CONFLICT DO NOTHING`, role, by.Member, w.now, whom, Active)
		if err != nil || n == 0 {
			return err
		}
		entry, err := w.entry(by, "grant", int64(whom), 0, string(role))
		return either(err, w.noteStaff("role-given", entry, whom))
	})
}

// Relieve takes a role from a member: by an administrator who holds it too. The last
// administrator stays. What the role opened closes at once.
func (f *Forum) Relieve(ctx context.Context, by Actor, whom MemberID, role Role, reason string) error {
	return f.write(ctx, "relieve", func(w *writer) error {
		if err := mayGrant(by, role); err != nil {
			return err
		}
		var p problems
		if reason = p.reason(reason); p != nil {
			return p.err()
		}
		if err := w.lockGrants(); err != nil { // of two who relieve each other one stays
			return err
		}
		n, err := w.changed("DELETE FROM grants WHERE member_id = ? AND role = ?", whom, role)
		if err != nil {
			return err
		}
		if n == 0 {
			return Absent()
		}
		var left int
		if err := w.one(&left, "SELECT count(*) FROM grants h JOIN members m ON m.id = h.member_id WHERE h.role = ? AND m.standing = ?", Administrator, Active); err != nil {
			return err
		}
		if left == 0 {
			return Refuse(Forbidden, "error.last-administrator")
		}
		if role == Administrator {
			if err := w.endVisits(); err != nil {
				return err
			}
		}
		entry, err := w.entry(by, "relieve", int64(whom), 0, string(role)+": "+reason)
		return either(err, w.noteStaff("role-taken", entry, whom))
	})
}

// StaffRow is one who holds a role.
type StaffRow struct {
	ID      MemberID `bun:"id"`
	Name    string
	Handle  string
	Role    Role
	Since   Instant
	Granter string // who gave it; "" where the operator did
}

// ReadStaff lists who holds which role, for administrators.
func (f *Forum) ReadStaff(ctx context.Context, by Actor) (out []StaffRow, err error) {
	if err := mayAdminister(by); err != nil {
		return nil, err
	}
	defer during(&err, "read staff")
	err = f.store.read.scan(ctx, &out, `SELECT m.id, m.name, m.handle, h.role, h.granted_at AS since, coalesce(b.name, '') AS granter
		FROM grants h JOIN members m ON m.id = h.member_id LEFT JOIN members b ON b.id = h.granted_by WHERE m.standing = ? ORDER BY m.name, m.id, h.role`, Active)
	return out, err
}

// GrantByLogin gives a role to the member of a user ID or address.
func (f *Forum) GrantByLogin(ctx context.Context, by Actor, login string, role Role) error {
	if err := mayGrant(by, role); err != nil {
		return err
	}
	whom, err := f.MemberByLogin(ctx, login)
	if KindOf(err) == NotFound {
		var p problems
		p.add("login", "error.no-such-member")
		return p.err()
	}
	if err != nil {
		return err
	}
	return f.Grant(ctx, by, whom, role)
}
