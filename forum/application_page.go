package forum

import (
	"context"

	"github.com/uptrace/bun"
)

// ApplicationPage is what a member sees of their application and certificate.
type ApplicationPage struct {
	Application             // their newest; ID 0: none yet
	Certificate Certificate // that runs or is suspended, or their last; ID 0: none
	Programme   string
	Missing     []FieldError // while it may be filled in
	Evidence    []Evidence
	Feedback    Feedback // the standing one; ID 0: none. Words only once it is decided
	Steps       []Step
	Looks       []Look
	MayApply    bool
}

// ReadApplication reads the actor's own application. What the feedback says they read once
// it is decided: neither is it picked by what it says, nor kept from them for good.
func (f *Forum) ReadApplication(ctx context.Context, by Actor) (p ApplicationPage, err error) {
	defer during(&err, "read application")
	if by.Member == 0 {
		return p, Refuse(Forbidden, "error.sign-in-first")
	}
	q, now := f.store.read, f.instant()
	err = one(ctx, q, &p.Certificate, certificateColumns+" WHERE c.member_id = ? ORDER BY c.open_until_at DESC, c.id DESC LIMIT 1", by.Member)
	if err != nil && KindOf(err) != NotFound {
		return p, err
	}
	err = one(ctx, q, &p.Application, "SELECT "+applicationFields+" FROM applications a WHERE a.member_id = ? ORDER BY a.id DESC LIMIT 1", by.Member)
	p.MayApply = (KindOf(err) == NotFound || err == nil && !p.Open()) && mayRenew(&p.Certificate, now) == nil
	if err != nil {
		if KindOf(err) == NotFound {
			err = nil
		}
		return p, err
	}
	if err = f.parts(ctx, &p); err != nil {
		return p, err
	}
	if p.State == Filling || p.State == MoreAsked {
		var missing problems
		if missing, err = lacking(ctx, q, &p.Application); err != nil {
			return p, err
		}
		p.Missing = missing
	}
	if p.Open() || p.State == Withdrawn {
		p.Feedback.Words = ""
	}
	if p.State == Proposed { // what one reviewer thinks is not said before the second agrees
		p.State, p.Outcome, p.Reasons, p.GrantUntil, p.DecidedAt = HandedIn, 0, "", 0, 0
	}
	p.Checked, p.ClaimedBy, p.DecidedBy = "", 0, 0
	if err = q.scan(ctx, &p.Steps, "SELECT act, words, '' AS who, inside, at FROM application_steps WHERE application_id = ? AND inside = 0 ORDER BY id", p.ID); err != nil {
		return p, err
	}
	err = q.scan(ctx, &p.Looks, `SELECT m.name AS who, max(l.at) AS at, count(*) AS times, l.act AS reason FROM log_entries l JOIN members m ON m.id = l.actor_id
		WHERE l.object_id = ? AND l.act IN (?) GROUP BY m.id, m.name, l.act, l.at / 86400000000 ORDER BY max(l.seq) DESC LIMIT 100`, p.ID, bun.List([]string{"look-application", "look-evidence"}))
	return p, err
}

// parts reads what hangs on an application.
func (f *Forum) parts(ctx context.Context, p *ApplicationPage) error {
	if p.ProgrammeID != 0 {
		if err := one(ctx, f.store.read, &p.Programme, "SELECT name FROM programmes WHERE id = ?", p.ProgrammeID); err != nil {
			return err
		}
	}
	if err := f.store.read.scan(ctx, &p.Evidence, evidenceColumns+" WHERE e.application_id = ? ORDER BY e.id", p.ID); err != nil {
		return err
	}
	err := one(ctx, f.store.read, &p.Feedback, feedbackColumns+" WHERE fb.application_id = ? AND fb.cancelled_at = 0 ORDER BY fb.id DESC LIMIT 1", p.ID)
	if KindOf(err) == NotFound {
		err = nil
	}
	return err
}

// IsAsked tells whether a reviewer waits for the actor to answer.
func (f *Forum) IsAsked(ctx context.Context, by Actor) (asked bool, err error) {
	defer during(&err, "is asked")
	err = one(ctx, f.store.read, &asked, "SELECT EXISTS (SELECT 1 FROM applications WHERE member_id = ? AND state = ?)", by.Member, MoreAsked)
	return asked, err
}
