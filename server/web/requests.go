package web

import (
	"errors"
	"slices"

	"github.com/gofiber/fiber/v2"

	"peergroups/forum"
	"peergroups/forum/markup"
	"peergroups/server/view"
)

const requestsPath = "/staff/requests"

func requestPath(token string) string { return "/requests/" + token }

// contact says who the body is and takes what somebody asks of it (P4, P31).
func (d *Door) contact(r *request) error { return d.contactPage(r, nil) }

func (d *Door) contactPage(r *request, cause error) error {
	p, s := view.Contact{Form: r.form("kind", "words", "email", "name"), Member: r.actor.Member != 0}, r.shell(r.words.T("contact.title"))
	for _, k := range forum.RequestKinds {
		p.Kinds = append(p.Kinds, k.Name)
	}
	if asked := r.Query("kind"); slices.Contains(p.Kinds, asked) && p.Values["kind"] == "" {
		p.Values["kind"] = asked
	}
	if sent := r.Query("sent"); sent != "" && cause == nil {
		q, err := d.Forum.ReadSentRequest(r.ctx, sent)
		if err != nil {
			return err
		}
		p.Sent = &view.Asked{Reference: q.Reference(), At: q.At, Due: q.DueAt}
		s.NoIndex = true
		r.Set(fiber.HeaderCacheControl, "no-store")
	}
	if cause != nil {
		if err := r.refused(cause, &p.Form, &s); err != nil {
			return err
		}
	}
	return r.render(view.ContactPage(s, p))
}

func (d *Door) askRequest(r *request) error {
	id, err := d.Forum.AskRequest(r.ctx, r.actor, r.source(), forum.RequestDraft{Kind: r.typed("kind"), Name: r.typed("name"), Address: r.typed("email"), Language: r.words.Language(), Words: r.typed("words"), Key: r.key()})
	if err != nil {
		return d.contactPage(r, err)
	}
	if r.actor.Member != 0 {
		return r.done(requestPath(d.Forum.RequestToken(id)), "request-sent")
	}
	return r.to("/contact?sent=" + d.Forum.SentToken(id))
}

// asked is a request in a list.
func (r *request) asked(q *forum.Request, href string) view.Asked {
	a := view.Asked{Kind: q.Kind, Reference: q.Reference(), Href: href, At: q.At, Due: q.DueAt, Closed: q.ClosedAt, Outcome: q.Outcome}
	if now := forum.At(r.d.Now()); q.ClosedAt == 0 {
		a.Late, a.Soon = q.DueAt < now, q.DueAt >= now && q.IsSoon(now)
	}
	return a
}

func (d *Door) ownRequests(r *request) error {
	all, err := d.Forum.ReadOwnRequests(r.ctx, r.actor)
	if err != nil {
		return err
	}
	var p view.Asks
	for i := range all {
		a := r.asked(&all[i], requestPath(d.Forum.RequestToken(all[i].ID)))
		a.Late, a.Soon = false, false // that is for those who answer
		p.Rows = append(p.Rows, a)
	}
	return r.render(view.AsksPage(r.shell(r.words.T("requests.title")), p))
}

// requestWords are what was written about a request; of the staff the body speaks, and its staff see who of them.
func (d *Door) requestWords(r *request, q *forum.Request, staff bool) (out []view.RequestWords) {
	for _, w := range q.Words {
		row := view.RequestWords{Plain: w.Words, At: w.At, Inside: w.Inside}
		if w.ByMember != 0 {
			row.Who, row.HTML = d.org.get(r.ctx, d).Name, d.links(r.ctx).Through(markup.Cook(w.Words, markup.Options{}).HTML)
			if staff {
				row.Who = w.Who
				if w.Mailed {
					row.Mail = r.words.T("mail.state." + w.Delivery.String())
				}
			}
		}
		out = append(out, row)
	}
	return out
}

// ownRequest shows a request to who asked: a member, or who comes by the link that was mailed.
func (d *Door) ownRequest(r *request) error { return d.ownRequestPage(r, nil) }

func (d *Door) ownRequestPage(r *request, cause error) error {
	token := r.Params("token")
	q, err := d.Forum.ReadOwnRequest(r.ctx, r.actor, token)
	if err != nil {
		return err
	}
	p := view.OwnRequest{Form: r.form("words"), Asked: r.asked(&q, ""), Action: requestPath(token), Confirm: q.ConfirmedAt == 0, Words: d.requestWords(r, &q, false)}
	p.Late, p.Soon = false, false
	s := r.shell(r.words.T("request.kind-" + q.Kind))
	s.NoIndex = true
	if cause != nil {
		if err := r.refused(cause, &p.Form, &s); err != nil {
			return err
		}
	}
	return r.render(view.OwnRequestPage(s, p))
}

func (d *Door) goOnWithRequest(r *request) error {
	token := r.Params("token")
	var err error
	done := "request-" + r.typed("do")
	switch r.typed("do") {
	case "confirm":
		err = d.Forum.ConfirmRequest(r.ctx, token)
	case "withdraw":
		if err = d.Forum.WithdrawRequest(r.ctx, r.actor, token); err == nil {
			return r.done("/contact", done)
		}
	default:
		done = "request-add"
		if err = d.Forum.AddToRequest(r.ctx, r.actor, token, r.typed("words"), r.key()); err != nil {
			return d.ownRequestPage(r, err)
		}
	}
	if err != nil {
		return err
	}
	return r.done(requestPath(token), done)
}

// atForm tells whether an error is said on the page of the form, which makes a refusal of what is over or somebody else's, too.
func atForm(err *error) bool {
	var e *forum.Error
	if !errors.As(*err, &e) {
		return false
	}
	if e.Kind == forum.Conflict || e.Kind == forum.Closed {
		*err = &forum.Error{Kind: forum.Forbidden, Message: e.Message}
	}
	return e.Kind == forum.Invalid || e.Kind == forum.Forbidden || e.Kind == forum.Conflict || e.Kind == forum.Closed
}

// requestDesk is where the staff see what waits for an answer.
func (d *Door) requestDesk(r *request) error {
	desk, err := d.Forum.ReadRequests(r.ctx, r.actor)
	if err != nil {
		return err
	}
	rows := func(all []forum.Request) (out []view.Asked) {
		for i := range all {
			a := r.asked(&all[i], requestsPath+"/"+decimal(all[i].ID))
			if a.Who = all[i].Name; a.Who == "" {
				a.Who = all[i].Address
			}
			a.Claimer, a.Unconfirmed = all[i].Claimer, all[i].ConfirmedAt == 0
			out = append(out, a)
		}
		return out
	}
	p := view.RequestDesk{Open: rows(desk.Open), Closed: rows(desk.Closed), Elsewhere: desk.Elsewhere, Late: desk.Late, NoOfficer: desk.NoOfficer}
	return r.render(view.RequestDeskPage(r.shell(r.words.T("request-desk.title")), p))
}

func (d *Door) staffRequest(r *request) error { return d.staffRequestPage(r, nil) }

func (d *Door) staffRequestPage(r *request, cause error) error {
	q, err := d.Forum.ReadRequest(r.ctx, r.actor, r.id("id"))
	if err != nil {
		return err
	}
	now := forum.At(d.Now())
	p := view.RequestForm{Form: r.form("answer", "outcome", "note", "drop"), Asked: r.asked(&q, requestsPath+"/"+decimal(q.ID)), Name: q.Name, Address: q.Address, Confirmed: q.ConfirmedAt != 0, Returned: q.ReturnedAt,
		Extended: q.ExtendedAt, Extends: q.MayExtend(), Mine: q.ClaimedBy == r.actor.Member, Drops: q.MayDrop(), Words: d.requestWords(r, &q, true)}
	if q.Held(r.actor.Member, now) {
		p.Claimer = q.Claimer
	}
	if q.MemberID != 0 {
		p.Handle, p.HandleHref = q.Handle, "/m/"+decimal(q.MemberID)
	}
	s := r.shell(r.words.T("request.kind-"+q.Kind) + " · " + q.Reference())
	s.NoIndex = true
	if cause != nil {
		if err := r.refused(cause, &p.Form, &s); err != nil {
			return err
		}
	}
	return r.render(view.RequestFormPage(s, p))
}

// keepRequest does what one of the buttons says.
func (d *Door) keepRequest(r *request) error {
	id, do, back := r.id("id"), r.typed("do"), requestsPath
	var err error
	switch do {
	case "claim":
		err, back = d.Forum.ClaimRequest(r.ctx, r.actor, id), back+"/"+decimal(id)
	case "release":
		err = d.Forum.ReleaseRequest(r.ctx, r.actor, id)
	case "note":
		err, back = d.Forum.NoteRequest(r.ctx, r.actor, id, r.typed("note"), r.key()), back+"/"+decimal(id)
	case "drop":
		err = d.Forum.DropRequest(r.ctx, r.actor, id, r.typed("drop"))
	default:
		do = "answer"
		a := forum.RequestAnswer{Words: r.typed("answer"), Outcome: r.typed("outcome"), Key: r.key()}
		switch a.Outcome {
		case "open":
			a.Outcome = ""
		case "extend":
			a.Outcome, a.Extend = "", true
		case "":
			a.Outcome = "none" // one has to be chosen
		}
		err = d.Forum.AnswerRequest(r.ctx, r.actor, id, a)
	}
	if atForm(&err) {
		return d.staffRequestPage(r, err)
	}
	if err != nil {
		return err
	}
	return r.done(back, "request-desk-"+do)
}
