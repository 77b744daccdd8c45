package web

import (
	"net/http"
	"net/mail"
	"regexp"
	"slices"
	"strings"

	"github.com/gofiber/fiber/v2"

	"peergroups/forum"
	"peergroups/server/view"
)

func (d *Door) staff(r *request) error {
	p := view.Staff{Administrator: r.actor.Has(forum.Administrator), Officer: r.actor.Has(forum.PrivacyOfficer), Mute: !d.Relay, Deaf: d.Deaf}
	var err error
	p.Waiting, p.Certified, p.Members, err = d.Forum.CountCertification(r.ctx, r.actor)
	if p.Reviewer = err == nil; err != nil && (forum.KindOf(err) != forum.Forbidden || !p.Officer) {
		return err
	}
	if p.Queued, err = d.Forum.CountQueued(r.ctx); err != nil {
		return err
	}
	if p.Designated, err = d.Forum.IsDesignated(r.ctx, r.actor, forum.ForRegistrations); err != nil {
		return err
	}
	if p.LogOpen, err = d.Forum.IsDesignated(r.ctx, r.actor, forum.ForSecurityLog); err != nil {
		return err
	}
	if forum.MayPublishPolicy(r.actor) == nil {
		if p.Requests, err = d.Forum.OpenRequests(r.ctx, r.actor); err != nil {
			return err
		}
	}
	return r.render(view.StaffPage(r.shell(r.words.T("staff.title")), p))
}

func memberRow(m forum.MemberRow) view.MemberRow {
	return view.MemberRow{Face: face(m.ID, m.Name), Handle: m.Handle, Role: m.Role, Since: m.Since, Standing: m.Standing, Answer: m.Answer}
}

func (d *Door) newGroup(r *request) error { return d.newGroupPage(r, nil) }

func (d *Door) newGroupPage(r *request, cause error) error {
	if err := forum.MayAdminister(r.actor); err != nil {
		return err
	}
	p, s := view.NewGroup{Form: r.form(groupFields...)}, r.shell(r.words.T("new-group.title"))
	if cause != nil {
		if err := r.refused(cause, &p.Form, &s); err != nil {
			return err
		}
	}
	return r.render(view.NewGroupPage(s, p))
}

func (d *Door) createGroup(r *request) error {
	g, err := d.Forum.CreateGroup(r.ctx, r.actor, r.groupDraft())
	if err != nil {
		return d.newGroupPage(r, err)
	}
	return r.done(groupPath(g.Slug)+"/manage", "group-made")
}

// choice reads a small number of a select; nonsense is a choice that the forum refuses.
func choice(s string) int64 {
	if len(s) != 1 || s[0] < '0' || s[0] > '9' {
		return -1
	}
	return int64(s[0] - '0')
}

func (d *Door) body(r *request) error { return d.bodyPage(r, nil) }

func (d *Door) bodyPage(r *request, cause error) error {
	if err := forum.MayAdminister(r.actor); err != nil {
		return err
	}
	p, s := view.Body{Form: r.form("org_name", "org_seal", "org_address", "org_contact", "org_site", "org_trusted", "org_registration")}, r.shell(r.words.T("body.title"))
	if cause != nil {
		if err := r.refused(cause, &p.Form, &s); err != nil {
			return err
		}
	}
	if cause == nil || forum.HasField(cause, "error.logo") {
		o, err := d.Forum.ReadOrganisation(r.ctx)
		if err != nil {
			return err
		}
		p.Values = map[string]string{"org_name": o.Name, "org_seal": o.Seal, "org_address": o.Address, "org_contact": o.Contact, "org_site": o.Site, "org_trusted": o.Trusted, "org_registration": string(o.Registration)}
	}
	return r.render(view.BodyPage(s, p))
}

func (d *Door) describe(r *request) error {
	if err := d.Forum.Describe(r.ctx, r.actor, forum.Organisation{Name: r.typed("org_name"), Seal: r.typed("org_seal"),
		Address: r.typed("org_address"), Contact: r.typed("org_contact"), Site: r.typed("org_site"), Trusted: r.typed("org_trusted"), Registration: forum.Registering(r.typed("org_registration"))}); err != nil {
		return d.bodyPage(r, err)
	}
	d.org.forget()
	return r.done("/staff/organisation", "saved")
}

// setLogo sets the picture of the organisation, or takes it away.
func (d *Door) setLogo(r *request) error {
	var raw []byte
	if form, err := r.MultipartForm(); err == nil && r.typed("remove") == "" {
		for _, part := range form.File["logo"] {
			if raw, err = content(part); err != nil {
				return err
			}
		}
	}
	if err := d.Forum.SetLogo(r.ctx, r.actor, raw); err != nil {
		return d.bodyPage(r, err)
	}
	d.org.forget()
	return r.done("/staff/organisation", "saved")
}

// logo gives the picture, which may be kept for ever: its name changes with it.
func (d *Door) logo(r *request) error {
	b, err := d.Forum.ReadLogo(r.ctx, r.Params("name"))
	if err != nil {
		return err
	}
	r.Set(fiber.HeaderCacheControl, "public, max-age=31536000, immutable")
	r.Set(fiber.HeaderContentType, http.DetectContentType(b))
	return r.Send(b)
}

// Mails: a member's own, and for administrators the outbox. What is in a mail is rendered
// now, by the rights its reader has now.

func (d *Door) outbox(r *request) error { return d.mails(r, true) }
func (d *Door) myMail(r *request) error { return d.mails(r, false) }

func (d *Door) mails(r *request, all bool) error {
	rows, err := d.Forum.Deliveries(r.ctx, r.actor, all, forum.Instant(number(r.Query("before"))), 100)
	if err != nil {
		return err
	}
	base := "/account/mail/"
	if all {
		base = "/staff/outbox/"
	}
	p := view.Mails{Staff: all, Relay: d.Relay}
	if all {
		n, err := d.Forum.CountListMail(r.ctx, r.actor)
		if err != nil {
			return err
		}
		for state := forum.Waiting; state <= forum.Paused; state++ {
			if n[state] > 0 {
				p.ListMail = append(p.ListMail, r.words.T("outbox.count", "Count", n[state], "State", r.words.T("mail.state."+state.String())))
			}
		}
		if p.Days, err = r.mailDays(); err != nil {
			return err
		}
	} else if p.Pause, err = r.pauseOf(); err != nil {
		return err
	}
	if all {
		n, err := d.Forum.CountArrivals(r.ctx, r.actor)
		if err != nil {
			return err
		}
		for _, fate := range forum.Fates {
			if n[fate] > 0 {
				p.Came = append(p.Came, r.words.T("outbox.came-count", "Fate", r.words.T("arrivals.fate-"+string(fate)), "Count", n[fate]))
			}
		}
	}
	about, err := r.aboutMails(rows)
	if err != nil {
		return err
	}
	for _, m := range rows {
		row := mailRow(base, m)
		row.About = about[m.Mailing]
		p.Mails = append(p.Mails, row)
	}
	s := r.shell(r.words.T(map[bool]string{true: "outbox.title", false: "my-mail.title"}[all]))
	if len(rows) == 100 {
		s.Next = base[:len(base)-1] + "?before=" + decimal(rows[99].QueuedAt)
	}
	return r.render(view.MailsPage(s, p))
}

func mailRow(base string, m forum.DeliveryRow) view.MailRow {
	row := view.MailRow{Kind: m.Kind, To: m.Name, At: m.QueuedAt, SentAt: m.SentAt, State: m.State.String()}
	if m.MayOpen {
		row.Href = base + m.Kind + "/" + decimal(m.Ref) + "/" + decimal(m.MemberID)
	}
	if m.MayReport {
		row.Report = mailPath(m.Mailing, m.MemberID) + "/report"
	}
	return row
}

var links = regexp.MustCompile(`https?://[^\s<>"]+[^\s<>".,)]`)

func (d *Door) mail(r *request) error {
	m, letter, err := r.letter()
	if err != nil {
		return err
	}
	all := strings.HasPrefix(r.Path(), "/staff/")
	p := view.Mail{Staff: all, Row: mailRow("", m), Headers: letter.Headers, Text: letter.Text, Source: r.Path() + "/html"}
	p.Row.Subject = letter.Subject
	if m.MemberID != r.actor.Member && m.MemberID != 0 { // who is no member has no other name
		p.Headers = withoutAddress(p.Headers)
	}
	for _, l := range links.FindAllString(letter.Text, 20) {
		p.Links = append(p.Links, view.Link{Href: l, Text: l})
	}
	return r.render(view.MailPage(r.shell(letter.Subject), p))
}

// withoutAddress leaves of whom a mail goes to the name: where a member is reached is seen by who is named for it (P9).
func withoutAddress(headers [][2]string) [][2]string {
	out := slices.Clone(headers)
	for i, h := range out {
		if to, err := mail.ParseAddress(h[1]); h[0] == "To" && err == nil {
			out[i][1] = to.Name
		}
	}
	return out
}

// mailHTML gives the HTML part to the frame of the page above, which runs nothing of it.
func (d *Door) mailHTML(r *request) error {
	_, letter, err := r.letter()
	if err != nil {
		return err
	}
	return r.mailFrame(letter)
}

func (r *request) letter() (m forum.DeliveryRow, l Letter, err error) {
	what, to := r.mailOf()
	m, err = r.d.Forum.ReadDelivery(r.ctx, r.actor, what, to)
	if err != nil {
		return m, l, err
	}
	l, err = r.d.Letters.Letter(r.ctx, what, m.MemberID)
	return m, l, err
}
