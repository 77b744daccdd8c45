package forum

import (
	"context"
	"strings"
	"time"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/schema"
)

// An opening is a door that stays shut unless two people open it together, with a reason, for
// a while, and that is told to those whose door it is: a group to one of the body's staff (a
// visit), and who wrote something under the Chatham House rule (identity.go).

// OpeningKind says what is opened.
type OpeningKind int64

// The kinds.
const (
	OpensIdentity OpeningKind = iota
	OpensGroup
)

// Opening is one that was asked for. It runs from AgreedAt to EndedAt or UntilAt.
type Opening struct {
	ID        int64 `bun:"id"`
	Kind      OpeningKind
	GroupID   GroupID
	Address   string // of a group, as it was typed
	Spoken           // of an identity
	Reason    string
	Hours     int
	AskedBy   MemberID
	AskedAt   Instant
	AgreedBy  MemberID
	AgreedAt  Instant
	RefusedAt Instant
	UntilAt   Instant
	EndedAt   Instant
}

const openingFields = "o.id, o.kind, o.group_id, o.address, o.ref_kind, o.ref, o.reason, o.hours, o.asked_by, o.asked_at, o.agreed_by, o.agreed_at, o.refused_at, o.until_at, o.ended_at"

// openingWaits is how long what was asked for waits for a second person.
const openingWaits = 7 * 24 * time.Hour

// Waits tells whether nobody has answered yet and somebody still may.
func (o *Opening) Waits(now Instant) bool {
	return o.AgreedAt == 0 && o.RefusedAt == 0 && now < o.AskedAt.add(openingWaits)
}

// Runs tells whether the door is open.
func (o *Opening) Runs(now Instant) bool { return o.AgreedAt != 0 && o.EndedAt == 0 && now < o.UntilAt }

// reason checks the reason that is asked for before a door is opened.
func (p *problems) reason(s string) string { return p.needed("reason", s, 1000) }

func (w *writer) refuseOpening(by Actor, o *Opening) error {
	return w.exec("UPDATE openings SET agreed_by = ?, refused_at = ? WHERE id = ?", by.Member, w.now, o.ID)
}

// noteOpening mails the members m of a condition about an opening.
func (w *writer) noteOpening(note string, id int64, whom schema.QueryWithArgs) error {
	w.state(OpeningNoted{Opening: id, Note: note})
	return w.exec("INSERT INTO deliveries (kind, ref, member_id, queued_at, due_at) SELECT ?, ?, m.id, ?, ? FROM members m WHERE m.standing = ? AND ? ON CONFLICT DO NOTHING",
		note, id, w.now, w.now, Active, whom)
}

// VisitDraft is what an administrator asks for: a group by its address.
type VisitDraft struct {
	Address string
	Reason  string
	Hours   int // 1, 24 or 72
}

func (d *VisitDraft) check(p *problems) {
	d.Address = strings.TrimPrefix(strings.ToLower(strings.TrimSpace(d.Address)), "/g/")
	if !slugForm.MatchString(d.Address) || len(d.Address) > 40 {
		p.add("address", "error.slug")
	}
	d.Reason = p.reason(d.Reason)
	if d.Hours != 1 && d.Hours != 24 && d.Hours != 72 {
		p.add("hours", "error.choose")
	}
}

// AskVisit asks a second administrator to let the actor read a group. Only the address is
// written down: whether there is such a group nobody looks up before the other agrees.
// Asking twice in the same words is asking once.
func (f *Forum) AskVisit(ctx context.Context, by Actor, d VisitDraft) error {
	return f.write(ctx, "ask visit", func(w *writer) error {
		if err := mayAdminister(by); err != nil {
			return err
		}
		if err := w.seasoned(by.Member); err != nil {
			return err
		}
		var p problems
		if d.check(&p); p != nil {
			return p.err()
		}
		var same int
		if err := w.one(&same, "SELECT count(*) FROM openings WHERE kind = ? AND asked_by = ? AND address = ? AND reason = ? AND hours = ? AND agreed_at = 0 AND refused_at = 0 AND asked_at > ?",
			OpensGroup, by.Member, d.Address, d.Reason, d.Hours, w.now.add(-openingWaits)); err != nil || same > 0 {
			return err
		}
		if err := w.spend(asksOfMember, "visit", by.key()); err != nil {
			return err
		}
		id := w.id()
		if err := w.exec("INSERT INTO openings (id, kind, address, reason, hours, asked_by, asked_at) VALUES (?, ?, ?, ?, ?, ?, ?)",
			id, OpensGroup, d.Address, d.Reason, d.Hours, by.Member, w.now); err != nil {
			return err
		}
		if err := w.noteOpening("note.visit-asked", id, bun.SafeQuery("m.id <> ? AND EXISTS (SELECT 1 FROM grants h WHERE h.member_id = m.id AND h.role = ?)", by.Member, Administrator)); err != nil {
			return err
		}
		return w.log(by, "ask-visit", id, 0, d.Address+": "+d.Reason)
	})
}

// AnswerVisit agrees to what another administrator asked for, or refuses it. Once agreed, the
// one who asked reads the group as its members do until the time is over, and does nothing
// else there; its owners are told by mail, its members on its page.
func (f *Forum) AnswerVisit(ctx context.Context, by Actor, id int64, agree bool) error {
	return f.write(ctx, "answer visit", func(w *writer) error {
		if err := mayAdminister(by); err != nil {
			return err
		}
		if err := w.lockRow("openings", id); err != nil { // two agree at once
			return err
		}
		var o Opening
		if err := w.one(&o, "SELECT "+openingFields+" FROM openings o WHERE o.id = ? AND o.kind = ?", id, OpensGroup); err != nil {
			return err
		}
		if err := mayAnswerOpening(by, &o, w.now); err != nil {
			return err
		}
		if err := w.noteOpening("note.visit-answered", o.ID, bun.SafeQuery("m.id = ?", o.AskedBy)); err != nil {
			return err
		}
		if !agree {
			return either(w.refuseOpening(by, &o), w.log(by, "refuse-visit", o.ID, 0, ""))
		}
		asker, err := loadActor(w.ctx, w, o.AskedBy, w.now)
		if err != nil {
			return err
		}
		if !asker.Has(Administrator) {
			return Refuse(Closed, "error.opening-over")
		}
		if err := w.seasoned(by.Member, o.AskedBy); err != nil {
			return err
		}
		return w.visit(by, &o)
	})
}

// membershipRow is where somebody stood before a visit.
type membershipRow struct {
	Standing MembershipStanding
	Role     GroupRole
	JoinedAt Instant
}

// rolesRipen is how long somebody has to hold a role before they are one of the two: an account
// that was made and raised for it is none.
const rolesRipen = 7 * 24 * time.Hour

// seasoned refuses unless all of them have been administrators for some days.
func (w *writer) seasoned(all ...MemberID) error {
	var n int
	err := w.one(&n, "SELECT count(*) FROM grants WHERE role = ? AND member_id IN (?) AND granted_at <= ?", Administrator, bun.List(all), w.now.add(-rolesRipen))
	return either(err, mayBeTwo(n == len(all), "error.role-too-new"))
}

// visit lets the one who asked read the group from now on. That there is no such group, and
// that they need no opening there, or that it is a talk, is one answer: who is a member of a hidden group is not
// for the other administrator.
func (w *writer) visit(by Actor, o *Opening) error {
	var g struct {
		ID        GroupID `bun:"id"`
		CreatedAt Instant
	}
	err := w.one(&g, "SELECT id, created_at FROM groups WHERE slug = ? AND talk = 0", o.Address)
	if err == nil {
		err = w.lockRow("groups", int64(g.ID))
	}
	if KindOf(err) == NotFound {
		return Refuse(NotFound, "error.nothing-to-open")
	}
	if err != nil {
		return err
	}
	var was membershipRow
	if err := w.one(&was, "SELECT standing, role, joined_at FROM memberships WHERE group_id = ? AND member_id = ?", g.ID, o.AskedBy); err != nil && KindOf(err) != NotFound {
		return err
	}
	_, had, err := w.standing(o.AskedBy, g.ID)
	if err != nil {
		return err
	}
	if had == In || had == Invited {
		return Refuse(NotFound, "error.nothing-to-open")
	}
	if was.Standing == Invited { // by one who may not invite any more
		was.Standing = Outside
	}
	o.GroupID, o.UntilAt = g.ID, w.now.add(time.Duration(o.Hours)*time.Hour)
	if err := either(w.exec("UPDATE openings SET group_id = ?, agreed_by = ?, agreed_at = ?, until_at = ?, was_standing = ?, was_role = ?, was_joined_at = ? WHERE id = ?",
		o.GroupID, by.Member, w.now, o.UntilAt, was.Standing, was.Role, was.JoinedAt, o.ID),
		w.exec(`INSERT INTO memberships (group_id, member_id, role, standing, joined_at) VALUES (?, ?, ?, ?, ?)
		ON CONFLICT (group_id, member_id) DO UPDATE SET role = excluded.role, standing = excluded.standing, joined_at = excluded.joined_at`,
			g.ID, o.AskedBy, Visitor, In, g.CreatedAt)); err != nil {
		return err
	}
	if err := w.noteOpening("note.visit", o.ID, bun.SafeQuery(`EXISTS (SELECT 1 FROM memberships s
		WHERE s.group_id = ? AND s.member_id = m.id AND s.standing = ? AND s.role = ?)`, g.ID, In, Owner)); err != nil {
		return err
	}
	return w.log(by, "agree-visit", int64(o.AskedBy), g.ID, o.Reason)
}

// endVisit ends the visit that a member pays to a group, if there is one: they stand again
// where they stood before, and every door closes at once.
func (w *writer) endVisit(by Actor, g GroupID, m MemberID, act string) (ended bool, err error) {
	var was []membershipRow
	if err := w.scan(w.ctx, &was, `UPDATE openings SET ended_at = ? WHERE kind = ? AND group_id = ? AND asked_by = ? AND agreed_at > 0 AND ended_at = 0
		RETURNING was_standing AS standing, was_role AS role, was_joined_at AS joined_at`, w.now, OpensGroup, g, m); err != nil || len(was) == 0 {
		return false, err
	}
	// Meanwhile a certificate may have brought back those whose had ended, or the group stopped asking for one.
	if err := w.exec(`UPDATE memberships SET role = ?0, joined_at = ?1, standing = CASE WHEN ?2 <> ?3 THEN ?2
			WHEN NOT EXISTS (SELECT 1 FROM groups g WHERE g.id = memberships.group_id AND g.joining = ?4) THEN ?5
			WHEN EXISTS (SELECT 1 FROM members m WHERE m.id = memberships.member_id AND ?6) THEN ?7 ELSE ?3 END
		WHERE group_id = ?8 AND member_id = ?9 AND role = ?10`, was[0].Role, was[0].JoinedAt, was[0].Standing, Lapsed, ByCertificate, Outside,
		certifiedAt("m", w.now), In, g, m, Visitor); err != nil {
		return false, err
	}
	w.state(MemberLeft{Group: g, Member: m})
	return true, either(w.endMail(g), w.log(by, act, int64(m), g, ""))
}

// visitsOver is the SQL condition under which a running visit has to end: its time is over, or
// the visitor is none of the staff any more. o is the opening.
func visitsOver(now Instant) schema.QueryWithArgs {
	return bun.SafeQuery(`o.kind = ? AND o.agreed_at > 0 AND o.ended_at = 0 AND (o.until_at <= ? OR NOT EXISTS (SELECT 1 FROM grants h JOIN members m ON m.id = h.member_id
		WHERE h.member_id = o.asked_by AND h.role = ? AND m.standing = ?))`, OpensGroup, now, Administrator, Active)
}

func (w *writer) endVisits() error {
	var over []Opening
	if err := w.scan(w.ctx, &over, "SELECT "+openingFields+" FROM openings o WHERE ? ORDER BY o.id", visitsOver(w.now)); err != nil {
		return err
	}
	for _, o := range over {
		if _, err := w.endVisit(Actor{Member: o.AskedBy}, o.GroupID, o.AskedBy, "visit-over"); err != nil {
			return err
		}
	}
	return nil
}
