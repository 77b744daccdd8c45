package web

import (
	"github.com/gofiber/fiber/v2"

	"peergroups/forum"
	"peergroups/server/view"
)

func casePath(id int64) string { return "/moderation/" + decimal(id) }

// reportKinds are the kinds as an address and the catalogue name them.
var reportKinds = []string{"post", "message", "member", "mail"}

// reportedOf reads from the address what is to be reported.
func (r *request) reportedOf() (forum.Reported, error) {
	for k, name := range reportKinds {
		if name == r.Params("kind") {
			return forum.Reported{Kind: forum.ReportKind(k), Ref: r.id("id")}, nil
		}
	}
	return forum.Reported{}, forum.Absent()
}

// linkOf leads to what was reported, where it has an address of its own.
func (r *request) linkOf(what forum.Reported) view.Link {
	switch what.Kind {
	case forum.ReportedPost:
		return view.Link{Href: postPath(forum.PostID(what.Ref)), Text: r.words.T("post.link")}
	case forum.ReportedMember:
		return view.Link{Href: "/m/" + decimal(what.Ref), Text: r.words.T("report.member-link")}
	}
	return view.Link{}
}

func (r *request) whoOf(p forum.ReportPage) view.Face { return voice(r.words, 0, p.Voice, p.Veiled) }

func (d *Door) reportPage(r *request) error { return d.reportForm(r, nil) }

func (d *Door) reportForm(r *request, cause error) error {
	what, err := r.reportedOf()
	if err != nil {
		return err
	}
	seen, err := d.Forum.ReadReported(r.ctx, r.actor, what)
	if err != nil {
		return err
	}
	kind := reportKinds[what.Kind]
	p := view.ReportForm{Form: r.form("reason", "words"), Action: "/report/" + kind + "/" + decimal(what.Ref), Back: r.linkOf(what).Href, Kind: kind, Who: r.whoOf(seen), Plain: seen.Plain}
	if p.Back == "" {
		p.Back = "/"
	}
	if seen.Talk != nil {
		p.Talk = &view.TalkReport{Around: handedOver(seen.Talk.Around)}
	}
	s := r.shell(r.words.T("report.of-" + kind))
	s.NoIndex = true
	if cause != nil {
		if err := r.refused(cause, &p.Form, &s); err != nil {
			return err
		}
	}
	return r.render(view.ReportPage(s, p))
}

func (d *Door) report(r *request) error {
	what, err := r.reportedOf()
	if err != nil {
		return err
	}
	draft := r.reportDraft()
	for _, id := range r.ticks("picked") {
		draft.Picked = append(draft.Picked, number(id))
	}
	_, err = d.Forum.Report(r.ctx, r.actor, what, draft)
	if kind := forum.KindOf(err); err != nil && (kind == forum.Invalid || kind == forum.TooMany) {
		return d.reportForm(r, err)
	}
	if err != nil {
		return err
	}
	return r.done("/account/reports", "reported")
}

func (r *request) reportDraft() forum.ReportDraft {
	return forum.ReportDraft{Reason: r.typed("reason"), Words: r.typed("words")}
}

func mailPath(what forum.Mailing, m forum.MemberID) string {
	return "/account/mail/" + what.Kind + "/" + decimal(what.Ref) + "/" + decimal(m)
}

// mailOf reads from the address which mail is meant, and to whom it came.
func (r *request) mailOf() (forum.Mailing, forum.MemberID) {
	return forum.Mailing{Kind: r.Params("kind"), Ref: r.id("ref")}, forum.MemberID(r.id("member"))
}

func (d *Door) mailReportPage(r *request) error { return d.mailReportForm(r, nil) }

// mailReportForm asks what is wrong with a mail that came to the reader.
func (d *Door) mailReportForm(r *request, cause error) error {
	what, to := r.mailOf()
	m, err := d.Forum.ReadReportedMail(r.ctx, r.actor, what, to)
	if err != nil {
		return err
	}
	back := mailPath(what, to)
	p := view.ReportForm{Form: r.form("reason", "words"), Action: back + "/report", Back: back, Kind: "mail", Who: view.Face{Name: r.words.T("mail.kind." + what.Kind)}, Plain: r.words.When(m.QueuedAt.Time())}
	s := r.shell(r.words.T("report.of-mail"))
	s.NoIndex = true
	if cause != nil {
		if err := r.refused(cause, &p.Form, &s); err != nil {
			return err
		}
	}
	return r.render(view.ReportPage(s, p))
}

func (d *Door) reportMail(r *request) error {
	what, to := r.mailOf()
	_, err := d.Forum.ReportMail(r.ctx, r.actor, what, to, r.reportDraft())
	if kind := forum.KindOf(err); err != nil && (kind == forum.Invalid || kind == forum.TooMany) {
		return d.mailReportForm(r, err)
	}
	if err != nil {
		return err
	}
	return r.done("/account/reports", "reported")
}

// ownReports is what a member has reported, and what came of it.
func (d *Door) ownReports(r *request) error {
	rows, err := d.Forum.ReadOwnReports(r.ctx, r.actor)
	if err != nil {
		return err
	}
	var p view.OwnReports
	for _, o := range rows {
		v := view.OwnReport{Kind: reportKinds[o.Kind], Reason: o.Reason, Words: o.Words, State: "waiting", Answer: o.Answer, At: o.At, ClosedAt: o.ClosedAt, What: r.linkOf(forum.Reported{Kind: o.Kind, Ref: o.Ref})}
		if o.Kind == forum.ReportedMail {
			v.What = view.Link{Href: mailPath(forum.Mailing{Kind: o.Mail, Ref: o.MailRef}, r.actor.Member), Text: r.words.T("mail.kind." + o.Mail)}
		}
		switch {
		case o.Acted:
			v.State = "acted"
		case o.ClosedAt != 0:
			v.State = "nothing"
		}
		p.Rows = append(p.Rows, v)
	}
	return r.render(view.OwnReportsPage(r.shell(r.words.T("own-reports.title")), p))
}

func caseRow(c forum.CaseRow) view.CaseRow {
	v := view.CaseRow{ID: c.ID, Href: casePath(c.ID), Kind: reportKinds[c.Kind], Place: c.GroupName, Claimer: c.Claimer, Closer: c.Closer, Outcome: c.Outcome, Reasons: c.Reasons, Reports: c.Reports, At: c.OpenedAt}
	if c.ClosedAt != 0 {
		v.At = c.ClosedAt
	}
	return v
}

// workOf puts what waits onto a page.
func (r *request) workOf(w *forum.WorkPage) (p view.Work) {
	for _, c := range w.Cases {
		p.Cases = append(p.Cases, caseRow(c))
	}
	for i := range w.Held {
		p.Held = append(p.Held, r.waitingRow(&w.Held[i]))
	}
	for _, c := range w.Closed {
		p.Closed = append(p.Closed, caseRow(c))
	}
	for i := range w.Asking {
		m := &w.Asking[i]
		p.Asking = append(p.Asking, view.AskingRow{Tick: askTick(m), Face: face(m.ID, m.Name), Answer: m.Answer, Place: m.GroupName, Action: groupPath(m.GroupSlug) + "/manage/decide", At: m.Since})
	}
	for _, o := range w.Objections {
		p.Objections = append(p.Objections, view.ObjectionRow{Link: view.Link{Href: objectionPath(o.ID), Text: r.words.T("lasting.title-"+string(o.Kind)) + " · " + r.words.T("reason."+o.Reason)},
			Place: o.GroupName, At: o.ObjectedAt, Due: o.DueAt, Late: o.DueAt <= forum.At(r.d.Now())})
	}
	for _, o := range w.Openings {
		p.Openings = append(p.Openings, view.Link{Href: openingPath(o.ID), Text: r.words.T("home.identity")})
	}
	return p
}

func (d *Door) oneCase(r *request) error { return d.casePage(r, nil) }

func (d *Door) casePage(r *request, cause error) error {
	c, err := d.Forum.ReadCase(r.ctx, r.actor, r.id("id"))
	if err != nil {
		return err
	}
	f := r.form("note", "outcome", "answer")
	if r.Method() == fiber.MethodGet {
		f.Values["outcome"] = r.Query("acted")
	}
	p := view.CasePage{Form: f, CaseRow: caseRow(c.CaseRow), Action: casePath(c.ID), Who: r.whoOf(c.What), Plain: c.What.Plain, Seen: c.Seen, Unattended: c.Unattended, Answer: c.Answer,
		MayWork: c.MayHandle, Mine: c.Mine, Outcomes: forum.Outcomes}
	if c.Seen {
		p.What, p.Acts = r.linkOf(c.Reported), r.actsOn(&c)
		if c.Kind == forum.ReportedPost { // a hidden one stands where only its own page tells of it
			if t, _, err := d.Forum.FindPost(r.ctx, r.actor, forum.PostID(c.Ref)); err == nil {
				p.What.Text = t.Title
			}
		}
	}
	if err := r.canned(c.GroupID, &p.Form, "answer"); err != nil {
		return err
	}
	if c.Kind == forum.ReportedMail {
		p.Mail = &view.CaseMail{Kind: c.What.Mail.Kind, To: c.What.Mail.To, At: c.What.Mail.QueuedAt, Told: c.What.Voice != ""}
	}
	p.Handed = handedOver(c.Handed)
	for _, said := range c.Said {
		p.Said = append(p.Said, view.ReportRow(said))
	}
	for _, n := range c.Notes {
		p.Notes = append(p.Notes, view.CaseNote(n))
	}
	s := r.shell(r.words.T("report.kind-" + p.Kind))
	s.NoIndex = true
	if cause != nil {
		if err := r.refused(cause, &p.Form, &s); err != nil {
			return err
		}
	}
	return r.render(view.OneCasePage(s, p))
}

// actsOn are the ways to act on what a case is about.
func (r *request) actsOn(c *forum.CasePage) (out []view.Link) {
	from := "case=" + decimal(c.ID)
	if len(c.Said) > 0 {
		from += "&reason=" + c.Said[0].Reason
	}
	link := func(path, title string) {
		out = append(out, view.Link{Href: path + from, Text: r.words.T(title)})
	}
	switch c.Kind {
	case forum.ReportedPost:
		link(postPath(forum.PostID(c.Ref))+"/hide?", "hide.title")
	case forum.ReportedMessage:
		if c.What.Talk != nil {
			link("/m/"+decimal(c.About)+"/suspend?", "suspend-member.title")
			return out
		}
		link(saidPath(c.Ref)+"/hide?", "hide-message.title")
	case forum.ReportedMail:
		if c.What.Voice == "" { // whose words they are is not told
			return nil
		}
		link("/m/"+decimal(c.About)+"/suspend?", "suspend-member.title")
		return out
	case forum.ReportedMember:
		link("/m/"+decimal(c.Ref)+"/suspend?", "suspend-member.title")
		return out
	}
	manage := groupPath(c.GroupSlug) + "/manage"
	if !c.What.Veiled && c.What.Voice != "" {
		link(manage+"/warn?member="+decimal(c.About)+"&", "warn.title")
		link(manage+"/mute?member="+decimal(c.About)+"&", "mute.title")
	}
	return append(out, view.Link{Href: manage, Text: r.words.T("manage.title")})
}

// handled leads back to the case after one of its forms; that another was quicker is shown and no trouble.
func (d *Door) handled(r *request, err error, done string) error {
	switch kind := forum.KindOf(err); {
	case err == nil:
		return r.done(casePath(r.id("id")), done)
	case kind == forum.Invalid || kind == forum.TooMany:
		return d.casePage(r, err)
	case kind == forum.Conflict:
		return r.done(casePath(r.id("id")), "case-taken")
	}
	return err
}

func (d *Door) claimCase(r *request) error {
	return d.handled(r, d.Forum.ClaimCase(r.ctx, r.actor, r.id("id")), "claimed")
}

func (d *Door) releaseCase(r *request) error {
	return d.handled(r, d.Forum.ReleaseCase(r.ctx, r.actor, r.id("id")), "released")
}

func (d *Door) noteCase(r *request) error {
	return d.handled(r, d.Forum.NoteCase(r.ctx, r.actor, r.id("id"), r.typed("note")), "saved")
}

func (d *Door) closeCase(r *request) error {
	if r.using() {
		return d.casePage(r, nil)
	}
	return d.handled(r, d.Forum.CloseCase(r.ctx, r.actor, r.id("id"), r.typed("outcome"), r.typed("answer")), "case-closed")
}
