package forum

import (
	"context"
	"strings"
)

// ReviewPage is an application as reviewers see it.
type ReviewPage struct {
	ApplicationPage
	Applicant
	Earlier                       []EarlierDetail // names and titles that the applicant had
	Rules                         CertificationRules
	MayClaim, MayWork, MayConfirm bool // the actor
}

// Applicant is who applies, as other members see them, and who works on it: what they registered with is for
// administrators who are named for it (P9).
type Applicant struct {
	Name, Title      string
	Claimer, Decider string
}

// withoutOpen takes out what its applicant is changing: it is handed in again first, and until then only theirs.
func (p *ApplicationPage) withoutOpen() {
	if p.State != MoreAsked {
		return
	}
	for _, part := range strings.Fields(p.OpenParts) {
		switch part {
		case "training":
			p.ProgrammeID, p.Programme, p.Completed = 0, "", ""
		case "practice":
			p.Hours, p.Mediations, p.Areas = 0, 0, ""
		case "you":
			p.Languages, p.Place = "", ""
		case "conduct":
			p.Conduct, p.DeclaredAt = "", 0
		case "evidence":
			p.Evidence = nil
		case "feedback":
			p.Feedback = Feedback{}
		}
	}
}

// ReadReview reads an application for a reviewer who may decide about it. Each look is logged,
// and its applicant sees who looked.
func (f *Forum) ReadReview(ctx context.Context, by Actor, id int64) (p ReviewPage, err error) {
	if err = f.lookAt(ctx, by, id, "look-application"); err != nil {
		return p, err
	}
	defer during(&err, "read review")
	q, now := f.store.read, f.instant()
	if err = one(ctx, q, &p.Application, "SELECT "+applicationFields+" FROM applications a WHERE a.id = ?", id); err != nil {
		return p, err
	}
	if err = one(ctx, q, &p.Applicant, `SELECT m.name, m.title,
		coalesce((SELECT c.name FROM members c WHERE c.id = ?), '') AS claimer, coalesce((SELECT d.name FROM members d WHERE d.id = ?), '') AS decider
		FROM members m WHERE m.id = ?`, p.ClaimedBy, p.DecidedBy, p.MemberID); err != nil {
		return p, err
	}
	if p.Rules, err = readRules(ctx, q); err != nil {
		return p, err
	}
	if err = f.parts(ctx, &p.ApplicationPage); err != nil {
		return p, err
	}
	p.withoutOpen()
	if p.Earlier, err = earlierDetails(ctx, q, p.MemberID, identified...); err != nil {
		return p, err
	}
	err = one(ctx, q, &p.Certificate, certificateColumns+" WHERE c.member_id = ? AND ?", p.MemberID, standingAt(now))
	if err != nil && KindOf(err) != NotFound {
		return p, err
	}
	p.MayClaim = p.ClaimedBy != by.Member && mayClaim(by, &p.Application, now) == nil
	p.MayWork, p.MayConfirm = mayWorkOn(by, &p.Application) == nil, mayConfirm(by, &p.Application) == nil
	err = q.scan(ctx, &p.Steps, `SELECT s.act, s.words, coalesce(m.name, '') AS who, s.inside, s.at FROM application_steps s LEFT JOIN members m ON m.id = s.member_id WHERE s.application_id = ? ORDER BY s.id`, id)
	return p, err
}
