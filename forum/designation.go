package forum

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/schema"
)

// Registrations are seen by their members, and by administrators who were designated for it by name, for a
// time, with a reason for each look; the member sees who looked, when and why (P9). Other staff see what
// members see.

// DesignatedFor is what an administrator is named for.
type DesignatedFor string

// The kinds of designations, and of looks.
const (
	ForRegistrations DesignatedFor = "registrations"
	ForSecurityLog   DesignatedFor = "security-log"
)

// Designations are all of them.
var Designations = []DesignatedFor{ForRegistrations, ForSecurityLog}

// mostDesignated is for how long one is designated at most.
const mostDesignated = 366 * 24 * time.Hour

// Designation is the right of an administrator to look at registrations, or into the security log.
type Designation struct {
	ID       int64 `bun:"id"`
	Kind     DesignatedFor
	MemberID MemberID // whose right it is
	Name     string
	Granter  string
	Reason   string
	FromAt   Instant
	UntilAt  Instant
	EndedAt  Instant // 0: it was not ended before its time
}

// Runs tells whether the right can be used.
func (d *Designation) Runs(now Instant) bool { return d.EndedAt == 0 && d.UntilAt > now }

// designated is the SQL condition under which the actor may look at what is of a kind now.
func designated(by Actor, kind DesignatedFor, now Instant) schema.QueryWithArgs {
	return bun.SafeQuery("EXISTS (SELECT 1 FROM designations d WHERE d.member_id = ? AND d.kind = ? AND d.ended_at = 0 AND d.from_at <= ? AND d.until_at > ?)", by.Member, kind, now, now)
}

// DesignationDraft is what an administrator is to be named for, why, and until when.
type DesignationDraft struct {
	Kind          DesignatedFor // "": registrations
	Login, Reason string
	Until         Instant
}

// Designate lets an administrator look at registrations, or into the security log, until a day: by another administrator or a privacy
// officer. Nobody designates themself.
func (f *Forum) Designate(ctx context.Context, by Actor, d DesignationDraft) error {
	return f.write(ctx, "designate", func(w *writer) error {
		if err := mayDesignate(by); err != nil {
			return err
		}
		if err := w.seasonedAny(by.Member); err != nil {
			return err
		}
		var p problems
		var whom MemberID
		d.Kind = cmp.Or(d.Kind, ForRegistrations)
		if !slices.Contains(Designations, d.Kind) {
			p.add("kind", "error.choose")
		}
		err := w.one(&whom, "SELECT m.id FROM members m JOIN grants h ON h.member_id = m.id AND h.role = ? WHERE (m.handle_key = ? OR m.email_key = ?) AND m.standing = ? LIMIT 1",
			Administrator, handleKey(d.Login), fold(d.Login), Active)
		switch {
		case KindOf(err) == NotFound:
			p.add("login", "error.no-such-administrator")
		case err != nil:
			return err
		case whom == by.Member:
			return Refuse(Forbidden, "error.not-yourself")
		}
		d.Reason = p.reason(d.Reason)
		if d.Until <= w.now || d.Until > w.now.add(mostDesignated) {
			p.add("until", "error.designated-until")
		}
		if err := p.err(); err != nil {
			return err
		}
		if err := w.seasoned(whom); err != nil { // an account that was made an administrator for it is none
			return err
		}
		if err := w.exec("UPDATE designations SET ended_at = ?, ended_by = ? WHERE member_id = ? AND kind = ? AND ended_at = 0 AND until_at > ?", w.now, by.Member, whom, d.Kind, w.now); err != nil {
			return err // a newer one stands for the older
		}
		if err := w.exec("INSERT INTO designations (id, kind, member_id, given_by, reason, from_at, until_at) VALUES (?, ?, ?, ?, ?, ?, ?)", w.id(), d.Kind, whom, by.Member, d.Reason, w.now, d.Until); err != nil {
			return err
		}
		return w.log(by, actOf(d.Kind), int64(whom), 0, d.Reason)
	})
}

// actOf is the act of naming somebody, as it stands in the log.
func actOf(kind DesignatedFor) string {
	if kind == ForSecurityLog {
		return "designate-security"
	}
	return "designate"
}

// seasonedAny refuses unless the member has answered for the house, or for its data, for some days.
func (w *writer) seasonedAny(m MemberID) error {
	var n int
	err := w.one(&n, "SELECT count(*) FROM grants WHERE role IN (?, ?) AND member_id = ? AND granted_at <= ?", Administrator, PrivacyOfficer, m, w.now.add(-rolesRipen))
	return either(err, mayBeTwo(n > 0, "error.role-too-new"))
}

// seasonedWhereAny refuses who has answered for the house, or for its data, only for some days, where somebody has for longer: a new body acts from its
// first day on, and nobody is made an administrator for one act.
func (w *writer) seasonedWhereAny(m MemberID) error {
	var n int
	err := w.one(&n, "SELECT count(*) FROM grants h JOIN members g ON g.id = h.member_id WHERE h.role IN (?, ?) AND h.granted_at <= ? AND g.standing = ?", Administrator, PrivacyOfficer, w.now.add(-rolesRipen), Active)
	if err != nil || n == 0 {
		return err
	}
	return w.seasonedAny(m)
}

// EndDesignation ends the right before its time: by an administrator, a privacy officer, or who has it.
func (f *Forum) EndDesignation(ctx context.Context, by Actor, id int64) error {
	return f.write(ctx, "end designation", func(w *writer) error {
		if err := mayDesignate(by); err != nil {
			return err
		}
		var whom MemberID
		if err := w.one(&whom, "UPDATE designations SET ended_at = ?, ended_by = ? WHERE id = ? AND ended_at = 0 AND until_at > ? RETURNING member_id", w.now, by.Member, id, w.now); err != nil {
			return err
		}
		return w.log(by, "end-designation", int64(whom), 0, "")
	})
}

// ReadDesignations lists who is named, and who was, in the last year: for administrators
// and privacy officers.
func (f *Forum) ReadDesignations(ctx context.Context, by Actor) (out []Designation, err error) {
	defer during(&err, "read designations")
	if err = mayDesignate(by); err != nil {
		return nil, err
	}
	err = f.store.read.scan(ctx, &out, `SELECT d.id, d.kind, d.member_id, m.name, b.name AS granter, d.reason, d.from_at, d.until_at, d.ended_at FROM designations d
		JOIN members m ON m.id = d.member_id JOIN members b ON b.id = d.given_by WHERE d.until_at > ? ORDER BY d.id DESC LIMIT 200`, f.instant().add(-mostDesignated))
	return out, err
}

// IsDesignated tells whether the actor may look at what is of a kind now.
func (f *Forum) IsDesignated(ctx context.Context, by Actor, kind DesignatedFor) (is bool, err error) {
	defer during(&err, "is designated")
	if !by.Has(Administrator) {
		return false, nil
	}
	err = one(ctx, f.store.read, &is, "SELECT ?", designated(by, kind, f.instant()))
	return is, err
}

// LookAtRegistration gives a member's registration to an administrator who is designated for it. That they
// looked is written down first, with the reason, and the member sees it.
func (f *Forum) LookAtRegistration(ctx context.Context, by Actor, login, reason string) (r Profile, err error) {
	if err := mayAdminister(by); err != nil {
		return r, err
	}
	if err := f.spend(ctx, looksOfMember, "look", by.key()); err != nil { // also of looks at nobody: they tell who has an account
		return r, err
	}
	err = f.write(ctx, "look at registration", func(w *writer) error {
		r = Profile{}
		var is bool
		err := w.one(&is, "SELECT ?", designated(by, ForRegistrations, w.now))
		if err = either(err, mayLook(is)); err != nil {
			return err
		}
		var p problems
		if reason = p.reason(reason); p != nil { // before anything is said about the member
			return p.err()
		}
		whom, err := w.memberNamed(login)
		if KindOf(err) == NotFound {
			p.add("login", "error.no-such-member")
		} else if err != nil {
			return err
		}
		if err := p.err(); err != nil {
			return err
		}
		if err := w.exec("INSERT INTO looks (id, member_id, by_member, at, reason) VALUES (?, ?, ?, ?, ?)", w.id(), whom, by.Member, w.now, reason); err != nil {
			return err
		}
		if err := w.log(by, "look-registration", int64(whom), 0, reason); err != nil {
			return err
		}
		if err := w.one(&r, profileOf, standingAt(w.now), whom); err != nil {
			return err
		}
		r.Earlier, err = earlierDetails(w.ctx, w, whom)
		return err
	})
	return r, err
}

// Look is that one of the staff looked at a registration, at requests in the security log, or at an application.
type Look struct {
	Kind   DesignatedFor // "" of those at an application
	Who    string        // "" who is not there any more
	At     Instant
	Reason string // of looks at registrations; of those at an application their act
	Times  int    // on that day; of looks at an application
}

// ReadLooks lists who looked at the actor's registration, or at their requests in the security log, newest first (P9, P13).
func (f *Forum) ReadLooks(ctx context.Context, by Actor) (out []Look, err error) {
	defer during(&err, "read looks")
	err = f.store.read.scan(ctx, &out, `SELECT coalesce(m.name, '') AS who, l.kind, l.at, l.reason FROM looks l LEFT JOIN members m ON m.id = l.by_member
		WHERE l.member_id = ? ORDER BY l.id DESC LIMIT 500`, by.Member)
	return out, err
}
