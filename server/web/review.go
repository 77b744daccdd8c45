package web

import (
	"strconv"
	"strings"
	"time"

	"peergroups/forum"
	"peergroups/server/view"
)

func reviewPath(id int64) string { return "/staff/certification/" + decimal(id) }

// queue is what waits for reviewers, and who is certified.
func (d *Door) queue(r *request) error {
	waiting, err := d.Forum.Queue(r.ctx, r.actor)
	if err != nil {
		return err
	}
	decided, err := d.Forum.Decided(r.ctx, r.actor)
	if err != nil {
		return err
	}
	certified, err := d.Forum.Certificates(r.ctx, r.actor)
	if err != nil {
		return err
	}
	p := view.Queue{Administrator: r.actor.Has(forum.Administrator)}
	for _, q := range waiting {
		p.Waiting = append(p.Waiting, queueRow(q, q.HandedInAt))
	}
	for _, q := range decided {
		p.Decided = append(p.Decided, queueRow(q, q.ClosedAt))
	}
	for _, c := range certified {
		p.Certified = append(p.Certified, view.CertificateRow{Face: face(c.MemberID, c.Name), ID: c.ID, Certificate: *d.certificateOf(c.Certificate)})
	}
	return r.render(view.QueuePage(r.shell(r.words.T("certification.title")), p))
}

func queueRow(q forum.QueueRow, since forum.Instant) view.QueueRow {
	return view.QueueRow{Face: face(q.MemberID, q.Name), Application: q.ID, State: q.State.String(), Since: since, Claimer: q.Claimer, Renewal: q.Renewal, MayJudge: q.MayJudge}
}

func boxes(prefix string) (out []string) {
	for _, part := range forum.ApplicationParts {
		out = append(out, prefix+part)
	}
	return out
}

func (d *Door) review(r *request) error { return d.reviewPage(r, nil) }

// reviewPage is one application for a reviewer; what is wrong with one of its forms is said there.
func (d *Door) reviewPage(r *request, cause error) error {
	a, err := d.Forum.ReadReview(r.ctx, r.actor, r.id("id"))
	if err != nil {
		return err
	}
	p := view.Review{Form: r.form(append(boxes("part_"), "note", "words", "outcome", "until", "reasons")...), Face: face(a.MemberID, a.Name), Answers: answersOf(&a.ApplicationPage),
		Action: reviewPath(a.ID), State: a.State.String(), Claimer: a.Claimer, Decider: a.Decider, Since: a.HandedInAt, Certificate: d.certificateOf(a.Certificate), Steps: stepsOf(a.Steps),
		MayClaim: a.MayClaim, MayWork: a.MayWork, MayConfirm: a.MayConfirm, Two: a.Rules.Second, Outcome: a.Outcome.String(), Reasons: a.Reasons, GrantUntil: a.GrantUntil}
	p.Title, p.Earlier = a.Title, a.Earlier
	if a.State == forum.MoreAsked {
		p.Open = strings.Fields(a.OpenParts)
	}
	for _, part := range strings.Fields(a.Checked) {
		p.Values["check_"+part] = "1"
	}
	if p.Values["until"] == "" {
		p.Values["until"] = until(a.Certificate.UntilAt, d.Now(), a.Rules.Years).Format(time.DateOnly)
	}
	s := r.shell(r.words.T("certification.title") + " · " + a.Name)
	if cause != nil {
		if err := r.refused(cause, &p.Form, &s); err != nil {
			return err
		}
	}
	return r.render(view.ReviewPage(s, p))
}

// until is the day to which a certificate usually runs: some years from today, or from the
// end of the one that is renewed.
func until(running forum.Instant, now time.Time, years int) time.Time {
	if end := running.Time().Add(-time.Second); running != 0 && end.After(now) {
		now = end
	}
	return now.UTC().AddDate(years, 0, 0)
}

// reviewed leads back to the application after a form of its page was done.
func (d *Door) reviewed(r *request, err error, done string) error {
	if kind := forum.KindOf(err); err != nil && (kind == forum.Invalid || kind == forum.TooMany) {
		return d.reviewPage(r, err)
	}
	if err != nil {
		return err
	}
	return r.done(reviewPath(r.id("id")), done)
}

func (d *Door) claimReview(r *request) error {
	return d.reviewed(r, d.Forum.ClaimApplication(r.ctx, r.actor, r.id("id")), "claimed")
}

func (d *Door) releaseReview(r *request) error {
	return d.reviewed(r, d.Forum.ReleaseApplication(r.ctx, r.actor, r.id("id")), "released")
}

func (d *Door) checkReview(r *request) error {
	return d.reviewed(r, d.Forum.CheckApplication(r.ctx, r.actor, r.id("id"), r.ticked("check_", forum.ApplicationParts)), "saved")
}

func (d *Door) noteReview(r *request) error {
	return d.reviewed(r, d.Forum.NoteApplication(r.ctx, r.actor, r.id("id"), r.typed("note")), "saved")
}

func (d *Door) askReview(r *request) error {
	return d.reviewed(r, d.Forum.AskMore(r.ctx, r.actor, r.id("id"), r.ticked("part_", forum.ApplicationParts), r.typed("words")), "more-asked")
}

func (d *Door) decideReview(r *request) error {
	outcome := map[string]forum.ApplicationState{"approved": forum.Approved, "refused": forum.Refused, "dropped": forum.Dropped}[r.typed("outcome")]
	err := d.Forum.DecideApplication(r.ctx, r.actor, r.id("id"), forum.Decision{Outcome: outcome, Until: lastDay(r.typed("until")), Reasons: r.typed("reasons")})
	return d.reviewed(r, err, "application-decided")
}

func (d *Door) confirmReview(r *request) error {
	return d.reviewed(r, d.Forum.ConfirmApplication(r.ctx, r.actor, r.id("id"), r.typed("agree") != "", r.typed("note")), "application-decided")
}

// lastDay reads the last day of a certificate, which runs to its end. 0: it is no day.
func lastDay(s string) forum.Instant {
	day, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return 0
	}
	return forum.At(day.AddDate(0, 0, 1))
}

func (d *Door) certificate(r *request) error { return d.certificatePage(r, nil) }

func (d *Door) certificatePage(r *request, cause error) error {
	c, err := d.Forum.FindCertificate(r.ctx, r.actor, r.id("id"))
	if err != nil {
		return err
	}
	p, s := view.OneCertificate{Form: r.form("reason"), Face: face(c.MemberID, c.Name), ID: c.ID, Certificate: *d.certificateOf(c.Certificate)}, r.shell(r.words.T("certificate.title")+" · "+c.Name)
	if cause != nil {
		if err := r.refused(cause, &p.Form, &s); err != nil {
			return err
		}
	}
	return r.render(view.OneCertificatePage(s, p))
}

func (d *Door) suspend(r *request) error {
	err := d.Forum.Suspend(r.ctx, r.actor, r.id("id"), r.typed("reason"))
	if forum.KindOf(err) == forum.Invalid {
		return d.certificatePage(r, err)
	}
	if err != nil {
		return err
	}
	return r.done("/staff/certificates/"+decimal(r.id("id")), "suspended")
}

func (d *Door) lift(r *request) error {
	if err := d.Forum.Lift(r.ctx, r.actor, r.id("id")); err != nil {
		return err
	}
	return r.done("/staff/certificates/"+decimal(r.id("id")), "lifted")
}

func (d *Door) programmes(r *request) error { return d.programmesPage(r, nil) }

func (d *Door) programmesPage(r *request, cause error) error {
	if err := forum.MayReview(r.actor); err != nil {
		return err
	}
	all, err := d.Forum.Programmes(r.ctx, r.actor)
	if err != nil {
		return err
	}
	p, s := view.Programmes{Form: r.form("programme")}, r.shell(r.words.T("programmes.title"))
	for _, one := range all {
		p.Rows = append(p.Rows, view.Programme{ID: one.ID, Name: one.Name, Retired: one.RetiredAt != 0})
	}
	if cause != nil {
		if err := r.refused(cause, &p.Form, &s); err != nil {
			return err
		}
	}
	return r.render(view.ProgrammesPage(s, p))
}

func (d *Door) addProgramme(r *request) error {
	if _, err := d.Forum.AddProgramme(r.ctx, r.actor, r.typed("programme")); err != nil {
		return d.programmesPage(r, err)
	}
	return r.done("/staff/programmes", "saved")
}

func (d *Door) changeProgramme(r *request) (err error) {
	switch r.typed("do") {
	case "retire", "offer":
		err = d.Forum.RetireProgramme(r.ctx, r.actor, r.id("id"), r.typed("do") == "retire")
	default:
		err = d.Forum.RenameProgramme(r.ctx, r.actor, r.id("id"), r.typed("programme"))
	}
	if err != nil {
		return d.programmesPage(r, err)
	}
	return r.done("/staff/programmes", "saved")
}

func (d *Door) rules(r *request) error { return d.rulesPage(r, nil) }

func (d *Door) rulesPage(r *request, cause error) error {
	if err := forum.MayAdminister(r.actor); err != nil {
		return err
	}
	p, s := view.Rules{Form: r.form("rule_hours", "rule_mediations", "rule_years", "rule_grace", "rule_second", "rule_conduct")}, r.shell(r.words.T("rules.title"))
	if cause != nil {
		if err := r.refused(cause, &p.Form, &s); err != nil {
			return err
		}
	} else {
		is, err := d.Forum.ReadRules(r.ctx)
		if err != nil {
			return err
		}
		p.Values = map[string]string{"rule_hours": strconv.Itoa(is.Hours), "rule_mediations": strconv.Itoa(is.Mediations), "rule_years": strconv.Itoa(is.Years), "rule_grace": strconv.Itoa(is.GraceDays),
			"rule_second": map[bool]string{true: "1"}[is.Second], "rule_conduct": is.Conduct}
	}
	return r.render(view.RulesPage(s, p))
}

func (d *Door) changeRules(r *request) error {
	if err := d.Forum.ChangeRules(r.ctx, r.actor, forum.CertificationRules{Hours: whole(r.typed("rule_hours")), Mediations: whole(r.typed("rule_mediations")), Years: whole(r.typed("rule_years")),
		GraceDays: whole(r.typed("rule_grace")), Second: r.typed("rule_second") != "", Conduct: r.typed("rule_conduct")}); err != nil {
		return d.rulesPage(r, err)
	}
	return r.done("/staff/certification-rules", "saved")
}
