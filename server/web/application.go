package web

import (
	"mime"
	"net/url"
	"strconv"
	"strings"

	"github.com/gofiber/fiber/v2"

	"peergroups/forum"
	"peergroups/forum/markup"
	"peergroups/server/view"
)

const ownApplication = "/account/certification"

func evidenceFiles(all []forum.Evidence) (out []view.File) {
	for _, e := range all {
		out = append(out, view.File{ID: forum.FileID(e.ID), Name: e.Name, Size: e.Size, Href: "/evidence/" + decimal(e.ID) + "/" + url.PathEscape(e.Name)})
	}
	return out
}

// certificateOf is a certificate on a page; nil: there is none.
func (d *Door) certificateOf(c forum.Certificate) *view.Certificate {
	if c.ID == 0 {
		return nil
	}
	now := forum.At(d.Now())
	v := &view.Certificate{Number: c.Number, From: c.FromAt, Until: c.UntilAt, OpenEnd: c.OpenUntilAt, State: "running", Why: c.SuspendedWhy, Holder: strings.TrimSuffix(c.Holder+", "+c.HolderTitle, ", ")}
	switch {
	case c.OpenUntilAt <= now:
		v.State = "over"
	case c.SuspendedAt != 0:
		v.State = "suspended"
	case c.UntilAt <= now:
		v.State = "grace"
	}
	return v
}

func answersOf(a *forum.ApplicationPage) view.Answers {
	return view.Answers{Programme: a.Programme, Completed: a.Completed, Areas: a.Areas, Languages: a.Languages, Place: a.Place, Hours: a.Hours, Mediations: a.Mediations,
		Conduct: a.Conduct, DeclaredAt: a.DeclaredAt, Evidence: evidenceFiles(a.Evidence), Feedback: feedbackOf(a.Feedback)}
}

func feedbackOf(f forum.Feedback) *view.Feedback {
	if f.ID == 0 {
		return nil
	}
	return &view.Feedback{Name: f.Name, Address: f.Address, Words: f.Words, AskedAt: f.AskedAt, WrittenAt: f.WrittenAt, DeclinedAt: f.DeclinedAt}
}

func stepsOf(all []forum.Step) (out []view.Step) {
	for _, s := range all {
		out = append(out, view.Step(s))
	}
	return out
}

// partsOf lists the parts of an application with what they lack.
func (r *request) partsOf(a *forum.ApplicationPage) (out []view.Part) {
	for _, key := range forum.ApplicationParts {
		part := view.Part{Key: key, Href: ownApplication + "/" + key, Open: a.MayFill(key), Again: a.State == forum.MoreAsked && a.MayFill(key)}
		for _, m := range a.Missing {
			if m.Field == key {
				part.Lacks = r.words.Say(m.Message.Key, m.Message.Args)
			}
		}
		if key == "feedback" && part.Lacks != "" && a.Feedback.ID != 0 {
			part.Lacks = r.words.T("application.feedback-waits", "Name", a.Feedback.Name)
			if a.Feedback.DeclinedAt != 0 {
				part.Lacks = r.words.T("application.feedback-declined", "Name", a.Feedback.Name)
			}
		}
		out = append(out, part)
	}
	return out
}

// application is a member's page of their application and certificate.
func (d *Door) application(r *request) error {
	a, err := d.Forum.ReadApplication(r.ctx, r.actor)
	if err != nil {
		return err
	}
	p := view.Application{Certificate: d.certificateOf(a.Certificate), MayApply: a.MayApply, Listed: forum.ListedFields, Form: view.Form{Values: map[string]string{}}}
	for _, field := range strings.Fields(a.Certificate.Listed) {
		p.Values["listed_"+field], p.IsListed = "1", true
	}
	if a.ID != 0 {
		p.State, p.MayWithdraw, p.Filling = a.State.String(), a.Open(), a.State == forum.Filling || a.State == forum.MoreAsked
		p.Parts, p.MayHandIn, p.Reasons, p.Feedback = r.partsOf(&a), p.Filling && len(a.Missing) == 0, a.Reasons, a.Feedback.Words
		p.Steps = stepsOf(a.Steps)
		if a.HandedInAt != 0 {
			answers := answersOf(&a)
			if p.Answers = &answers; answers.Feedback != nil {
				answers.Feedback.Words = "" // they stand above
			}
		}
		for _, l := range a.Looks {
			p.Looks = append(p.Looks, view.Look{Who: l.Who, At: l.At, Reason: l.Reason, Times: l.Times})
		}
		p.Asked = askedOf(&a)
	}
	return r.render(view.ApplicationPage(r.shell(r.words.T("application.title")), p))
}

// askedOf is what reviewers asked last, while it is not answered.
func askedOf(a *forum.ApplicationPage) (words string) {
	if a.State != forum.MoreAsked {
		return ""
	}
	for _, s := range a.Steps {
		if s.Act == "asked" {
			words = s.Words
		}
	}
	return words
}

func (d *Door) apply(r *request) error {
	if err := d.Forum.Apply(r.ctx, r.actor); err != nil {
		return err
	}
	return r.to(ownApplication)
}

// withdrawPage asks once more.
func (d *Door) withdrawPage(r *request) error {
	a, err := d.Forum.ReadApplication(r.ctx, r.actor)
	if err != nil {
		return err
	}
	if a.ID == 0 || !a.Open() {
		return r.to(ownApplication)
	}
	return r.render(view.ConfirmPage(r.shell(r.words.T("withdraw-application.title")), view.Confirm{Stem: "withdraw-application", Action: ownApplication + "/withdraw", Back: ownApplication}))
}

func (d *Door) withdrawApplication(r *request) error {
	if err := d.Forum.WithdrawApplication(r.ctx, r.actor); err != nil {
		return err
	}
	return r.done(ownApplication, "application-withdrawn")
}

// ticked are those of the names whose box is ticked.
func (r *request) ticked(prefix string, names []string) (out []string) {
	for _, name := range names {
		if r.typed(prefix+name) != "" {
			out = append(out, name)
		}
	}
	return out
}

func (d *Door) setListed(r *request) error {
	if err := d.Forum.SetListed(r.ctx, r.actor, r.ticked("listed_", forum.ListedFields)); err != nil {
		return err
	}
	return r.done(ownApplication, "saved")
}

var partFields = []string{"programme", "completed", "hours", "mediations", "areas", "languages", "place", "declared", "reviewer_name", "reviewer_email"}

func (d *Door) applicationPart(r *request) error { return d.partPage(r, nil) }

// partPage is one part of an application that may be filled in.
func (d *Door) partPage(r *request, cause error) error {
	a, err := d.Forum.ReadApplication(r.ctx, r.actor)
	if err != nil {
		return err
	}
	key := r.Params("part")
	if a.ID == 0 || !a.MayFill(key) {
		return forum.Absent()
	}
	rules, err := d.Forum.ReadRules(r.ctx)
	if err != nil {
		return err
	}
	p := view.ApplicationPart{Form: r.form(partFields...), Key: key, Hours: rules.Hours, Mediations: rules.Mediations, Conduct: rules.Conduct, ConductVersion: rules.ConductVersion(),
		Evidence: evidenceFiles(a.Evidence), Feedback: feedbackOf(a.Feedback)}
	if p.Conduct == "" {
		p.Conduct = r.words.T("conduct.standard")
	}
	p.Conduct = d.links(r.ctx).Through(markup.Cook(p.Conduct, markup.Options{}).HTML)
	if key == "training" {
		if err := d.programmeChoice(r, &p, a.ProgrammeID); err != nil {
			return err
		}
	}
	s := r.shell(r.words.T("part." + key))
	if cause != nil {
		if err := r.refused(cause, &p.Form, &s); err != nil {
			return err
		}
	} else {
		p.Values = map[string]string{"programme": decimal(a.ProgrammeID), "completed": a.Completed, "hours": strconv.Itoa(a.Hours), "mediations": strconv.Itoa(a.Mediations),
			"areas": a.Areas, "languages": a.Languages, "place": a.Place, "declared": a.Conduct}
	}
	return r.render(view.ApplicationPartPage(s, p))
}

// programmeChoice lists what is offered, and what was chosen before.
func (d *Door) programmeChoice(r *request, p *view.ApplicationPart, chosen int64) error {
	all, err := d.Forum.Programmes(r.ctx, r.actor)
	p.Programmes, p.Names = []string{"0"}, []string{r.words.T("application.choose-programme")}
	for _, one := range all {
		if one.RetiredAt == 0 || one.ID == chosen {
			p.Programmes, p.Names = append(p.Programmes, decimal(one.ID)), append(p.Names, one.Name)
		}
	}
	return err
}

// whole reads a whole number; nothing is 0, and what is none is -1, which the forum refuses.
func whole(s string) int {
	s = strings.NewReplacer(" ", "", ",", "", ".", "").Replace(s)
	if s == "" {
		return 0
	}
	n, err := strconv.Atoi(s)
	if err != nil {
		return -1
	}
	return n
}

func (d *Door) savePart(r *request) (err error) {
	key := r.Params("part")
	switch key {
	case "evidence":
		return d.saveEvidence(r)
	case "feedback":
		if r.typed("cancel") != "" {
			err = d.Forum.CancelFeedback(r.ctx, r.actor)
		} else {
			err = d.askFeedback(r)
		}
	default:
		err = d.Forum.SaveApplication(r.ctx, r.actor, key, forum.ApplicationDraft{ProgrammeID: number(r.typed("programme")), Completed: r.typed("completed"),
			Hours: whole(r.typed("hours")), Mediations: whole(r.typed("mediations")), Areas: r.typed("areas"), Languages: r.typed("languages"), Place: r.typed("place"), Conduct: r.typed("declared")})
	}
	if err != nil {
		return d.partPage(r, err)
	}
	return r.done(ownApplication, "part-saved")
}

// askFeedback names who is asked; whose feedback came would go, and that is asked first.
func (d *Door) askFeedback(r *request) error {
	a, err := d.Forum.ReadApplication(r.ctx, r.actor)
	if err == nil && a.Feedback.WrittenAt != 0 && a.State == forum.MoreAsked && r.typed("replace") == "" {
		e := forum.Refuse(forum.Invalid, "error.invalid")
		e.Fields = []forum.FieldError{{Field: "replace", Message: forum.Message{Key: "error.feedback-replaces", Args: map[string]any{"Name": a.Feedback.Name}}}}
		err = e
	}
	if err != nil {
		return err
	}
	return d.Forum.AskFeedback(r.ctx, r.actor, r.typed("reviewer_name"), r.typed("reviewer_email"))
}

func (d *Door) saveEvidence(r *request) error {
	if id := number(r.typed("drop")); id != 0 {
		if err := d.Forum.DropEvidence(r.ctx, r.actor, id); err != nil {
			return err
		}
	}
	if form, err := r.MultipartForm(); err == nil {
		for _, part := range form.File["upload"] {
			if part.Size == 0 && part.Filename == "" { // none was chosen
				continue
			}
			b, err := content(part)
			if err == nil {
				err = d.Forum.AddEvidence(r.ctx, r.actor, part.Filename, b)
			}
			if err != nil {
				return d.partPage(r, err)
			}
		}
	}
	return r.done(ownApplication+"/evidence", "part-saved")
}

func (d *Door) checkApplication(r *request) error {
	a, err := d.Forum.ReadApplication(r.ctx, r.actor)
	if err != nil {
		return err
	}
	if a.State != forum.Filling && a.State != forum.MoreAsked || a.ID == 0 || len(a.Missing) > 0 {
		return r.to(ownApplication)
	}
	return r.render(view.CheckApplicationPage(r.shell(r.words.T("application.check")), view.CheckApplication{Answers: answersOf(&a), Parts: r.partsOf(&a), Asked: askedOf(&a)}))
}

// handIn hands in; what is still missing the page says.
func (d *Door) handIn(r *request) error {
	err := d.Forum.HandIn(r.ctx, r.actor)
	if forum.KindOf(err) == forum.Invalid {
		return r.to(ownApplication)
	}
	if err != nil {
		return err
	}
	return r.done(ownApplication, "handed-in")
}

// evidence sends a file of an application, to be saved and not shown.
func (d *Door) evidence(r *request) error {
	e, b, err := d.Forum.OpenEvidence(r.ctx, r.actor, r.id("id"))
	if err != nil {
		return err
	}
	r.Set(fiber.HeaderContentSecurityPolicy, "default-src 'none'; sandbox")
	r.Set(fiber.HeaderContentType, e.Format.MIME())
	r.Set(fiber.HeaderContentDisposition, mime.FormatMediaType("attachment", map[string]string{"filename": e.Name}))
	return r.stream(b, int(e.Size))
}

// Who was asked for feedback has no account: the link of their mail shows a page, whose
// buttons do it.

func (d *Door) feedback(r *request) error { return d.feedbackPage(r, nil) }

func (d *Door) feedbackPage(r *request, cause error) error {
	f, err := d.Forum.ReadFeedback(r.ctx, r.actor, r.Params("token"))
	if err != nil {
		return err
	}
	p, s := view.WriteFeedback{Form: r.form("words"), Token: r.Params("token"), Applicant: f.Applicant, Name: f.Name, Sure: cause == nil && r.typed("decline") == "1"}, r.shell(r.words.T("write-feedback.title", "Applicant", f.Applicant))
	s.NoIndex = true
	if cause != nil {
		if err := r.refused(cause, &p.Form, &s); err != nil {
			return err
		}
	}
	return r.render(view.WriteFeedbackPage(s, p))
}

func (d *Door) writeFeedback(r *request) error {
	decline := r.typed("decline") != ""
	if r.typed("decline") == "1" { // what was written would be gone, and the link over
		return d.feedbackPage(r, nil)
	}
	if err := d.Forum.WriteFeedback(r.ctx, r.actor, r.Params("token"), r.typed("words"), decline); err != nil {
		return d.feedbackPage(r, err)
	}
	key := "write-feedback.sent"
	if decline {
		key = "write-feedback.declined"
	}
	return r.render(view.HeldPage(r.shell(r.words.T("write-feedback.thanks")), view.Held{Words: r.words.T(key), Href: "/", Act: r.words.T("nav.home")}))
}

// verify is the public page of a certificate.
func (d *Door) verify(r *request) error {
	v, err := d.Forum.Verify(r.ctx, r.Params("number"), r.source())
	if err != nil {
		return err
	}
	s := r.shell(r.words.T("verify.title", "Number", v.Number))
	s.NoIndex = true // for who knows the number
	return r.render(view.VerifiedPage(s, view.Verified{Number: v.Number, From: v.FromAt, Until: v.UntilAt, Name: v.Name, Title: v.Title, Place: v.Place, Areas: v.Areas, Languages: v.Languages}))
}
