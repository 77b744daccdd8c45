package web

import (
	"mime"

	"github.com/gofiber/fiber/v2"

	"peergroups/forum"
	"peergroups/server/view"
)

const arrivalsPerPage = 50

// arrivals are the mails that came in the actor's name.
func (d *Door) arrivals(r *request) error {
	rows, err := d.Forum.Arrivals(r.ctx, r.actor, forum.Instant(number(r.Query("before"))), arrivalsPerPage)
	if err != nil {
		return err
	}
	var p view.Arrivals
	for _, a := range rows {
		row := r.arrivalRow(a.Arrival)
		row.Place = a.GroupName
		switch {
		case a.Fate == forum.FateHouse:
			row.Place = a.Why + "@" + d.Domain
		case a.Post != 0:
			row.Href = postPath(a.Post)
		case a.Fate == forum.FateHeld:
			row.Href = "/account/drafts"
		}
		if row.Place == "" && row.Href != "" {
			row.Place = r.words.T("post.link")
		}
		if a.Kept {
			row.Raw = "/account/mail/came/" + decimal(a.ID)
			_, row.Subject, _ = d.Letters.Skim(a.Head)
		}
		p.Rows = append(p.Rows, row)
	}
	s := r.shell(r.words.T("arrivals.title"))
	if len(rows) == arrivalsPerPage {
		s.Next = "/account/mail/came?before=" + decimal(rows[len(rows)-1].At)
	}
	return r.render(view.ArrivalsPage(s, p))
}

func (r *request) arrivalRow(a forum.Arrival) view.ArrivalRow {
	row := view.ArrivalRow{At: a.At, Fate: string(a.Fate), Verdict: a.Verdict, Masked: a.Masked}
	switch {
	case a.Why == "":
	case a.Fate == forum.FateHeld:
		row.Why = r.words.T("drafts.why." + a.Why)
	case a.Fate == forum.FateRefused:
		row.Why = r.words.T(a.Why, "Contact", r.d.org.get(r.ctx, r.d).Contact, "Most", "…", "Count", 1)
	}
	return row
}

// rawMail gives a mail as it came to who wrote it.
func (d *Door) rawMail(r *request) error {
	raw, err := d.Forum.ReadRaw(r.ctx, r.actor, r.id("id"))
	if err != nil {
		return err
	}
	return r.eml(raw)
}

// eml sends a mail as a file: no program takes it for a page.
func (r *request) eml(raw []byte) error {
	r.Set(fiber.HeaderContentSecurityPolicy, "default-src 'none'; sandbox")
	r.Set(fiber.HeaderContentType, "message/rfc822")
	r.Set(fiber.HeaderContentDisposition, mime.FormatMediaType("attachment", map[string]string{"filename": "mail-" + r.Params("id") + ".eml"}))
	return r.Send(raw)
}

// groupArrivals are the fates of mails to a group, for its moderators.
func (d *Door) groupArrivals(r *request) error {
	g, err := r.inGroup()
	if err != nil {
		return err
	}
	if !g.Group.In || g.Role < forum.Moderator {
		return forum.Absent()
	}
	rows, err := d.Forum.GroupArrivals(r.ctx, r.actor, g.Group.ID, 200)
	if err != nil {
		return err
	}
	path := groupPath(g.Group.Slug)
	p := view.Arrivals{Group: view.Link{Href: path, Text: g.Group.Name}}
	for _, a := range rows {
		if a.Fate == forum.FateHeld { // why is for its writer
			a.Why = ""
		}
		p.Rows = append(p.Rows, r.arrivalRow(a))
	}
	if err := r.strangers(&g, &p); err != nil {
		return err
	}
	s := r.shell(r.words.T("arrivals.group-title") + " · " + g.Group.Name)
	if s.Rail, err = r.rail(&g.Group.Group, true, g.Role, path+"/arrivals"); err != nil {
		return err
	}
	return r.render(view.ArrivalsPage(s, p))
}

// mailCommandPage asks whether a command that came by mail is its sender's; what it changes nothing proved.
func (d *Door) mailCommandPage(r *request) error {
	c, err := d.Forum.ReadCommand(r.ctx, r.Params("token"))
	if err != nil {
		return err
	}
	return r.render(view.ConfirmPage(r.shell(r.words.T("mail-command.title")), view.Confirm{Stem: "mail-command", Action: "/mail-command/" + r.Params("token"), Token: r.Params("token"),
		Args: []any{"Group", c.Name, "Command", c.Outcome}}))
}

func (d *Door) mailCommand(r *request) error {
	if err := d.Forum.ConfirmCommand(r.ctx, r.Params("token")); err != nil {
		return err
	}
	return r.render(view.HeldPage(r.shell(r.words.T("mail-command.title")), view.Held{Words: r.words.T("mail-command.done"), Href: "/", Act: r.words.T("nav.home")}))
}
