package forum

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/uptrace/bun"
)

// claimRests is how long a reviewer keeps an application that they claimed; then another may.
const claimRests = 14 * 24 * time.Hour

// vouches tells for whom of some members the actor stands up: whom they wrote feedback about or invited to a group, and who
// made them one of the staff. They decide nothing about these.
func vouches(ctx context.Context, q querier, by Actor, whom ...MemberID) (map[MemberID]bool, error) {
	out := map[MemberID]bool{}
	if len(whom) == 0 {
		return out, nil
	}
	var bound []MemberID
	if err := q.scan(ctx, &bound, `SELECT a.member_id FROM feedbacks fb JOIN applications a ON a.id = fb.application_id WHERE a.member_id IN (?0) AND fb.written_at > 0 AND ?1 IN (fb.member_id, fb.written_by)
		UNION SELECT s.member_id FROM memberships s JOIN groups g ON g.id = s.group_id AND g.talk = 0 WHERE s.member_id IN (?0) AND s.invited_by = ?1
		UNION SELECT h.granted_by FROM grants h WHERE h.granted_by IN (?0) AND h.member_id = ?1 AND h.granted_by <> ?1`, bun.List(whom), by.Member); err != nil {
		return nil, err
	}
	for _, m := range bound {
		out[m] = true
	}
	var own string
	if err := one(ctx, q, &own, "SELECT email FROM members WHERE id = ?", by.Member); err != nil {
		return nil, err
	}
	var asked []struct {
		MemberID MemberID
		Address  string
	}
	err := q.scan(ctx, &asked, "SELECT a.member_id, fb.address FROM feedbacks fb JOIN applications a ON a.id = fb.application_id WHERE a.member_id IN (?) AND fb.written_at > 0", bun.List(whom))
	for _, fb := range asked {
		out[fb.MemberID] = out[fb.MemberID] || letterBox(fb.Address) == letterBox(own)
	}
	return out, err
}

// deciding refuses who has been a reviewer for some days only, unless the set-up made them one.
func (w *writer) deciding(by Actor) error {
	var n int
	err := w.one(&n, "SELECT count(*) FROM grants WHERE member_id = ?0 AND role IN (?1, ?2) AND (granted_by = ?0 OR granted_at <= ?3)", by.Member, Reviewer, Administrator, w.now.add(-rolesRipen))
	return either(err, mayDecide(n > 0))
}

// judged loads an application that was handed in, for a reviewer who may decide about it.
func (w *writer) judged(by Actor, id int64) (a Application, err error) {
	if err = mayReview(by); err != nil {
		return a, err
	}
	if err = w.lockRow("applications", id); err != nil {
		return a, err
	}
	if err = w.one(&a, "SELECT "+applicationFields+" FROM applications a WHERE a.id = ? AND a.handed_in_at > 0 AND a.state <> ?", id, Withdrawn); err != nil {
		return a, err
	}
	bound, err := vouches(w.ctx, w, by, a.MemberID)
	if err != nil {
		return a, err
	}
	return a, mayJudge(by, a.MemberID, bound[a.MemberID])
}

// claimed is judged for the reviewer who claimed it.
func (w *writer) claimed(by Actor, id int64) (a Application, err error) {
	if a, err = w.judged(by, id); err == nil {
		err = mayWorkOn(by, &a)
	}
	return a, err
}

// QueueRow is one application in the reviewers' queue.
type QueueRow struct {
	Application
	Name, Claimer string
	Renewal       bool
	MayJudge      bool // the actor: it is neither theirs nor of one they stand up for
	MayClaim      bool
}

// Queue lists the applications that wait, the oldest first: for reviewers.
func (f *Forum) Queue(ctx context.Context, by Actor) (out []QueueRow, err error) {
	defer during(&err, "queue")
	if err = mayReview(by); err != nil {
		return nil, err
	}
	now := f.instant()
	if err = f.store.read.scan(ctx, &out, "SELECT "+applicationFields+`, m.name, coalesce(r.name, '') AS claimer,
		EXISTS (SELECT 1 FROM certificates c WHERE c.member_id = a.member_id AND ?) AS renewal
		FROM applications a JOIN members m ON m.id = a.member_id LEFT JOIN members r ON r.id = a.claimed_by
		WHERE a.state IN (?) AND m.standing = ? AND a.member_id <> ? ORDER BY a.handed_in_at, a.id LIMIT 500`, standingAt(now), bun.List([]ApplicationState{HandedIn, MoreAsked, Proposed}), Active, by.Member); err != nil {
		return nil, err
	}
	for i := range out {
		out[i].MayClaim = mayClaim(by, &out[i].Application, now) == nil
	}
	return out, f.judgeable(ctx, by, out)
}

// judgeable tells of each row whether the actor may decide about it.
func (f *Forum) judgeable(ctx context.Context, by Actor, rows []QueueRow) error {
	whom := make([]MemberID, len(rows))
	for i := range rows {
		whom[i] = rows[i].MemberID
	}
	bound, err := vouches(ctx, f.store.read, by, whom...)
	for i := range rows {
		q := &rows[i]
		q.MayJudge = err == nil && mayJudge(by, q.MemberID, bound[q.MemberID]) == nil
		q.MayClaim = q.MayClaim && q.MayJudge
	}
	return err
}

// Decided lists the applications that were decided last: for reviewers.
func (f *Forum) Decided(ctx context.Context, by Actor) (out []QueueRow, err error) {
	defer during(&err, "decided")
	if err = mayReview(by); err != nil {
		return nil, err
	}
	if err = f.store.read.scan(ctx, &out, "SELECT "+applicationFields+`, m.name, '' AS claimer FROM applications a JOIN members m ON m.id = a.member_id
		WHERE a.state IN (?) AND m.standing = ? ORDER BY a.closed_at DESC LIMIT 50`, bun.List([]ApplicationState{Approved, Refused, Dropped}), Active); err != nil {
		return nil, err
	}
	return out, f.judgeable(ctx, by, out)
}

// CountCertification counts the applications that wait, and whose certificate runs.
func (f *Forum) CountCertification(ctx context.Context, by Actor) (waiting, certified, members int, err error) {
	defer during(&err, "count certification")
	if err = mayReview(by); err != nil {
		return 0, 0, 0, err
	}
	var n struct{ Waiting, Certified, Members int }
	err = one(ctx, f.store.read, &n, `SELECT count(*) AS members, count(CASE WHEN ? THEN 1 END) AS certified,
		(SELECT count(*) FROM applications a JOIN members am ON am.id = a.member_id WHERE a.state IN (?, ?) AND am.standing = ?) AS waiting FROM members m WHERE m.standing = ?`,
		certifiedAt("m", f.instant()), HandedIn, Proposed, Active, Active)
	return n.Waiting, n.Certified, n.Members, err
}

// ClaimApplication takes an application on: of reviewers who claim at once, one does. Again is once.
func (f *Forum) ClaimApplication(ctx context.Context, by Actor, id int64) error {
	return f.write(ctx, "claim application", func(w *writer) error {
		a, err := w.judged(by, id)
		if err != nil {
			return err
		}
		if err := mayClaim(by, &a, w.now); err != nil {
			return err
		}
		return either(w.exec("UPDATE applications SET claimed_by = ?, claimed_at = ? WHERE id = ?", by.Member, w.now, id), w.log(by, "claim-application", id, 0, ""))
	})
}

// ReleaseApplication gives an application back to the queue: by who claimed it.
func (f *Forum) ReleaseApplication(ctx context.Context, by Actor, id int64) error {
	return f.write(ctx, "release application", func(w *writer) error {
		if _, err := w.claimed(by, id); err != nil {
			return err
		}
		return either(w.exec("UPDATE applications SET claimed_by = 0, claimed_at = 0 WHERE id = ?", id), w.log(by, "release-application", id, 0, ""))
	})
}

// CheckApplication ticks off the parts that the reviewer has checked.
func (f *Forum) CheckApplication(ctx context.Context, by Actor, id int64, parts []string) error {
	return f.write(ctx, "check application", func(w *writer) error {
		if _, err := w.claimed(by, id); err != nil {
			return err
		}
		return w.exec("UPDATE applications SET checked = ? WHERE id = ?", listOf(ApplicationParts, parts), id)
	})
}

// NoteApplication writes a note that reviewers read, and the applicant where the law gives
// them all that is kept about them.
func (f *Forum) NoteApplication(ctx context.Context, by Actor, id int64, words string) error {
	return f.write(ctx, "note application", func(w *writer) error {
		if _, err := w.judged(by, id); err != nil {
			return err
		}
		var p problems
		if words = p.text("note", words, 4000); words == "" {
			p.add("note", "error.empty.note")
		}
		return either(p.err(), w.step(id, by, "note", words, true))
	})
}

// AskMore opens parts of an application again for its applicant, who is told why.
func (f *Forum) AskMore(ctx context.Context, by Actor, id int64, parts []string, words string) error {
	return f.write(ctx, "ask more", func(w *writer) error {
		a, err := w.claimed(by, id)
		if err != nil {
			return err
		}
		var p problems
		open := listOf(ApplicationParts, parts)
		if open == "" {
			p.add("parts", "error.choose-parts")
		}
		if words = p.needed("words", words, 4000); p != nil {
			return p.err()
		}
		if err := w.exec("UPDATE applications SET state = ?, open_parts = ?, checked = ? WHERE id = ?", MoreAsked, open, without(a.Checked, parts), id); err != nil {
			return err
		}
		return w.advance(by, &a, "asked", words)
	})
}

// without is a list, space between, less some of it: what is changed has to be checked anew.
func without(list string, parts []string) string {
	return strings.Join(slices.DeleteFunc(strings.Fields(list), func(part string) bool { return slices.Contains(parts, part) }), " ")
}

// Decision is what a reviewer decides about an application.
type Decision struct {
	Outcome ApplicationState // Approved, Refused or Dropped
	Until   Instant          // end of the certificate, where it is Approved
	Reasons string           // where it is Refused; the applicant reads them
}

func (d *Decision) check(a *Application, now Instant, p *problems) {
	switch d.Outcome {
	case Approved:
		if d.Until <= now {
			p.add("until", "error.in-the-past")
		}
		if len(strings.Fields(a.Checked)) != len(ApplicationParts) {
			p.add("checked", "error.checklist")
		}
		if a.State != HandedIn {
			p.add("outcome", "error.still-asked")
		}
		d.Reasons = p.text("reasons", d.Reasons, 4000)
	case Refused:
		d.Reasons, d.Until = p.needed("reasons", d.Reasons, 4000), 0
	case Dropped:
		d.Reasons, d.Until = p.text("reasons", d.Reasons, 4000), 0
	default:
		p.add("outcome", "error.choose")
	}
}

// DecideApplication decides about an application: by the reviewer who claimed it. Where the rules ask
// for two, it stands only once a second one confirms it.
func (f *Forum) DecideApplication(ctx context.Context, by Actor, id int64, d Decision) error {
	return f.write(ctx, "decide application", func(w *writer) error {
		a, err := w.claimed(by, id)
		if err != nil {
			return err
		}
		if err := w.deciding(by); err != nil {
			return err
		}
		var p problems
		if d.check(&a, w.now, &p); p != nil {
			return p.err()
		}
		a.Outcome, a.Reasons, a.GrantUntil = d.Outcome, d.Reasons, d.Until
		if err := w.exec("UPDATE applications SET state = ?, outcome = ?, reasons = ?, grant_until = ?, decided_by = ?, decided_at = ? WHERE id = ?",
			Proposed, a.Outcome, a.Reasons, a.GrantUntil, by.Member, w.now, id); err != nil {
			return err
		}
		rules, err := readRules(w.ctx, w)
		if err != nil {
			return err
		}
		if !rules.Second {
			return w.settle(by, &a)
		}
		return either(w.step(id, by, "proposed-"+d.Outcome.String(), d.Reasons, true), w.log(by, "propose-application", id, 0, d.Outcome.String()))
	})
}

// ConfirmApplication confirms what another reviewer decided, or sends it back to the queue.
func (f *Forum) ConfirmApplication(ctx context.Context, by Actor, id int64, agree bool, words string) error {
	return f.write(ctx, "confirm application", func(w *writer) error {
		a, err := w.judged(by, id)
		if err != nil {
			return err
		}
		if err := w.deciding(by); err != nil {
			return err
		}
		if err := mayConfirm(by, &a); err != nil {
			return err
		}
		var p problems
		if words = p.text("note", words, 4000); p != nil {
			return p.err()
		}
		if agree {
			return either(w.exec("UPDATE applications SET confirmed_by = ? WHERE id = ?", by.Member, id), w.settle(by, &a))
		}
		return either(w.exec("UPDATE applications SET state = ?, outcome = 0, reasons = '', grant_until = 0, decided_by = 0, decided_at = 0, claimed_by = 0, claimed_at = 0 WHERE id = ?", HandedIn, id),
			either(w.step(id, by, "sent-back", words, true), w.log(by, "return-application", id, 0, "")))
	})
}

// settle does what was decided.
func (w *writer) settle(by Actor, a *Application) error {
	var c Certificate
	if a.Outcome == Approved {
		until := a.GrantUntil
		if until <= w.now { // it waited too long for the second
			return Refuse(Closed, "error.decision-over")
		}
		var err error
		if c, err = w.grant(by, a.MemberID, until); err != nil {
			return err
		}
	}
	if err := w.exec("UPDATE applications SET state = ?, closed_at = ?, certificate_id = ?, open_parts = '' WHERE id = ?", a.Outcome, w.now, c.ID, a.ID); err != nil {
		return err
	}
	if a.Outcome == Approved { // its mail is that of the certificate
		return either(w.step(a.ID, by, a.Outcome.String(), a.Reasons, false), w.log(by, "approve-application", a.ID, 0, ""))
	}
	return w.advance(by, a, a.Outcome.String(), a.Reasons)
}

// asked tells whether more is asked of the part.
func (a *Application) asked(part string) bool {
	return slices.Contains(strings.Fields(a.OpenParts), part)
}
