package web

import (
	"github.com/gofiber/fiber/v2"

	"peergroups/forum"
	"peergroups/server/view"
)

// Service messages (P10): what the staff write to many, and what a member wants of it.

var circularFields = []string{"kind", "circle", "group", "subject", "source", "version"}

func circularPath(id int64) string { return "/staff/messages/" + decimal(id) }

func (r *request) circularDraft() forum.CircularDraft {
	d := forum.CircularDraft{Kind: r.typed("kind"), Circle: -1, Group: forum.GroupID(number(r.typed("group"))), Subject: r.typed("subject"), Source: r.typed("source"), Key: r.key()}
	for _, c := range forum.Addressed {
		if c.String() == r.typed("circle") {
			d.Circle = c
		}
	}
	return d
}

func (r *request) noticeKinds() (out []view.NoticeKind) {
	for _, k := range forum.NoticeKinds {
		out = append(out, view.NoticeKind{Name: k.Name, Words: r.words.T("notice." + k.Name), What: r.words.T("notice." + k.Name + "-what"), Needful: k.Needful, Asked: k.Asked})
	}
	return out
}

// circularState is how far a service message is.
func circularState(c *forum.CircularRow) string {
	switch {
	case c.SentAt == 0:
		return "draft"
	case c.Sending:
		return "sending"
	}
	return "sent"
}

func circularWho(r *request, c *forum.CircularRow) (string, forum.Instant) {
	if c.SentAt == 0 {
		return r.words.T("circular.written-by", "Name", c.Writer), c.ChangedAt
	}
	return r.words.T("circular.sent-by", "Name", c.Sender), c.SentAt
}

func (d *Door) circulars(r *request) error {
	rows, err := d.Forum.ReadCirculars(r.ctx, r.actor)
	if err != nil {
		return err
	}
	var p view.Circulars
	for i := range rows {
		c := &rows[i]
		v := view.CircularLine{Href: circularPath(c.ID), Subject: c.Subject, Kind: r.words.T("notice." + c.Kind), To: view.CircleWords(r.words, c.Circle, c.GroupName), State: circularState(c)}
		v.Who, v.At = circularWho(r, c)
		p.Rows = append(p.Rows, v)
	}
	return r.render(view.CircularsPage(r.shell(r.words.T("circulars.title")), p))
}

func (d *Door) newCircular(r *request) error {
	return d.circularForm(r, view.WriteCircular{Form: r.form(circularFields...), Action: "/staff/messages/new", Back: "/staff/messages"}, nil)
}

// circularForm shows the form of a message, with what is wrong with it.
func (d *Door) circularForm(r *request, p view.WriteCircular, cause error) error {
	groups, err := d.Forum.AddressableGroups(r.ctx, r.actor)
	if err != nil {
		return err
	}
	s := r.shell(r.words.T("circulars.write"))
	if cause != nil {
		if err := r.refused(cause, &p.Form, &s); err != nil {
			return err
		}
	}
	p.Kinds, p.Groups, p.GroupWords = r.noticeKinds(), []string{""}, []string{r.words.T("circular.no-group")}
	for _, g := range groups {
		p.Groups, p.GroupWords = append(p.Groups, decimal(g.ID)), append(p.GroupWords, g.Name)
	}
	return r.render(view.WriteCircularPage(s, p))
}

func (d *Door) writeCircular(r *request) error {
	id, err := d.Forum.WriteCircular(r.ctx, r.actor, r.circularDraft())
	if err != nil {
		return d.circularForm(r, view.WriteCircular{Form: r.form(circularFields...), Action: "/staff/messages/new", Back: "/staff/messages"}, err)
	}
	return r.done(circularPath(id), "circular-kept")
}

func (d *Door) editCircular(r *request) error {
	c, err := d.Forum.ReadCircular(r.ctx, r.actor, r.id("id"))
	if err != nil {
		return err
	}
	path := circularPath(c.ID)
	if c.SentAt != 0 {
		return r.to(path)
	}
	p := view.WriteCircular{Form: r.form(), Action: path + "/edit", Back: path}
	p.Values = map[string]string{"kind": c.Kind, "circle": c.Circle.String(), "group": decimal(c.GroupID), "subject": c.Subject, "source": c.Source, "version": decimal(c.Version)}
	return d.circularForm(r, p, nil)
}

func (d *Door) changeCircular(r *request) error {
	path := circularPath(r.id("id"))
	err := d.Forum.ChangeCircular(r.ctx, r.actor, r.id("id"), number(r.typed("version")), r.circularDraft())
	if forum.KindOf(err) == forum.Invalid {
		return d.circularForm(r, view.WriteCircular{Form: r.form(circularFields...), Action: path + "/edit", Back: path}, err)
	}
	if err != nil { // the page of one that was sent meanwhile gives back what was typed
		return err
	}
	return r.done(path, "circular-kept")
}

// circularDone leads on after something was done with a message; what was sent meanwhile is shown.
func (r *request) circularDone(err error, path, key string) error {
	switch {
	case forum.KindOf(err) == forum.Conflict:
		return r.to(path)
	case err != nil:
		return err
	}
	return r.done(path, key)
}

// discardCircularPage asks once more.
func (d *Door) discardCircularPage(r *request) error {
	c, err := d.Forum.ReadCircular(r.ctx, r.actor, r.id("id"))
	if err != nil {
		return err
	}
	path := circularPath(c.ID)
	if c.SentAt != 0 {
		return r.to(path)
	}
	return r.render(view.ActPage(r.shell(r.words.T("discard-circular.title")), view.Act{Stem: "discard-circular", Action: path + "/discard", Back: path, Object: c.Subject, Plain: true, Danger: true}))
}

func (d *Door) discardCircular(r *request) error {
	return r.circularDone(d.Forum.DiscardCircular(r.ctx, r.actor, r.id("id")), "/staff/messages", "circular-discarded")
}

func (d *Door) tryCircular(r *request) error {
	return r.circularDone(d.Forum.TryCircular(r.ctx, r.actor, r.id("id")), circularPath(r.id("id")), "circular-tried")
}

// previewOf is how a message goes out to the one who looks at it.
func previewOf(id int64) forum.Mailing { return forum.Mailing{Kind: "circular-preview", Ref: id} }

func (d *Door) circular(r *request) error {
	c, err := d.Forum.ReadCircular(r.ctx, r.actor, r.id("id"))
	if err != nil {
		return err
	}
	letter, err := d.Letters.Letter(r.ctx, previewOf(c.ID), r.actor.Member)
	if err != nil {
		return err
	}
	p := view.Circular{Href: circularPath(c.ID), Subject: c.Subject, Kind: r.words.T("notice." + c.Kind), To: view.CircleWords(r.words, c.Circle, c.GroupName), State: circularState(&c.CircularRow),
		Needful: c.Needful(), Asked: c.Asked(), HTML: d.links(r.ctx).Through(c.HTML), Mail: view.Mail{Headers: letter.Headers, Text: letter.Text, Source: circularPath(c.ID) + "/html", Row: view.MailRow{Subject: letter.Subject}}}
	p.Who, p.At = circularWho(r, &c.CircularRow)
	p.Report = r.circularNumbers(&c)
	return r.render(view.CircularPage(r.shell(c.Subject), p))
}

// circularNumbers is the report in words.
func (r *request) circularNumbers(c *forum.CircularPage) (out []string) {
	if c.People < 0 {
		return nil
	}
	add := func(key string, n int, always bool) {
		if n > 0 || always {
			out = append(out, r.words.T("circular.count-"+key, "Count", n))
		}
	}
	add("people", c.People, true)
	if !c.Told { // the ledger keeps a year
		return out
	}
	add("sent", c.Sent, c.Kept == 0)
	add("kept", c.Kept, false)
	add("waiting", c.Waiting, true)
	add("unsure", c.Unsure, false)
	if c.Few {
		return append(out, r.words.T("circular.count-few"))
	}
	add("failed", c.Failed, true)
	add("declined", c.Declined, !c.Needful())
	add("left", c.Left, false)
	return out
}

func (d *Door) circularHTML(r *request) error {
	if err := forum.MayAdminister(r.actor); err != nil {
		return err
	}
	letter, err := d.Letters.Letter(r.ctx, previewOf(r.id("id")), r.actor.Member)
	if err != nil {
		return err
	}
	return r.mailFrame(letter)
}

// mailFrame gives a mail's HTML to the frame of the page above, which runs nothing of it.
func (r *request) mailFrame(l Letter) error {
	r.Set(fiber.HeaderContentSecurityPolicy, "sandbox; default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'")
	return r.html([]byte(l.HTML))
}

func (d *Door) sendCircularPage(r *request) error { return d.sendCircularForm(r, nil) }

func (d *Door) sendCircularForm(r *request, cause error) error {
	c, err := d.Forum.ReadCircular(r.ctx, r.actor, r.id("id"))
	if err != nil {
		return err
	}
	if c.SentAt != 0 {
		return r.to(circularPath(c.ID))
	}
	p := view.SendCircular{Form: r.form(), Href: circularPath(c.ID), Subject: c.Subject, Kind: r.words.T("notice." + c.Kind), To: view.CircleWords(r.words, c.Circle, c.GroupName),
		Needful: c.Needful(), Asked: c.Asked(), Version: decimal(c.Version), People: c.People}
	s := r.shell(r.words.T("circular.send"))
	if cause != nil {
		if err := r.refused(cause, &p.Form, &s); err != nil {
			return err
		}
	}
	return r.render(view.SendCircularPage(s, p))
}

func (d *Door) sendCircular(r *request) error {
	err := d.Forum.SendCircular(r.ctx, r.actor, r.id("id"), number(r.typed("version")))
	if kind := forum.KindOf(err); kind == forum.Invalid || kind == forum.TooMany {
		return d.sendCircularForm(r, err)
	}
	return r.circularDone(err, circularPath(r.id("id")), "circular-sent")
}
