package web

import (
	"cmp"
	"context"
	"io"
	"mime"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"peergroups/forum"
	"peergroups/server/view"
)

const legalPath = "/staff/legal"

// dayUTC reads a day as a browser sends it; 0: it is none.
func dayUTC(s string) forum.Instant {
	t, err := time.Parse(time.DateOnly, strings.TrimSpace(s))
	if err != nil {
		return 0
	}
	return forum.At(t)
}

func legalRow(l *forum.LegalRequest) view.LegalRow {
	state := "open"
	switch {
	case l.ClosedAt != 0:
		state = "closed"
	case l.AgreedAt != 0:
		state = l.Outcome
	case l.Outcome != "":
		state = "proposed"
	}
	return view.LegalRow{Href: legalPath + "/" + decimal(l.ID), Authority: l.Authority, Reference: l.Reference, State: state, At: l.ReceivedAt}
}

// legal is the register of what authorities ask for (P24).
func (d *Door) legal(r *request) error { return d.legalPage(r, nil) }

func (d *Door) legalPage(r *request, cause error) error {
	all, err := d.Forum.ReadLegalRequests(r.ctx, r.actor)
	if err != nil {
		return err
	}
	p, s := view.LegalRequests{Form: r.form("authority", "basis", "reference", "words", "received", "login", "from", "until", "silent", "silent_why"), Chosen: r.ticks("parts")}, r.shell(r.words.T("legal.title"))
	for i := range all {
		p.Rows = append(p.Rows, legalRow(&all[i]))
	}
	for _, part := range forum.LegalParts {
		p.Parts = append(p.Parts, part.Name)
	}
	if cause != nil {
		if err := r.refused(cause, &p.Form, &s); err != nil {
			return err
		}
	}
	return r.render(view.LegalRequestsPage(s, p))
}

func (d *Door) openLegal(r *request) error {
	draft := forum.LegalDraft{Authority: r.typed("authority"), Basis: r.typed("basis"), Reference: r.typed("reference"), Words: r.typed("words"), Login: r.typed("login"), Parts: r.ticks("parts"), Received: dayUTC(r.typed("received")),
		From: dayUTC(r.typed("from")), SilentUntil: dayUTC(r.typed("silent")), SilentWhy: r.typed("silent_why"), Key: r.key()}
	if until := dayUTC(r.typed("until")); until > 0 { // the day itself is in it
		draft.Until = forum.At(until.Time().AddDate(0, 0, 1))
	}
	if r.typed("silent") != "" && draft.SilentUntil == 0 {
		draft.SilentUntil = -1
	}
	id, err := d.Forum.OpenLegalRequest(r.ctx, r.actor, draft)
	if err != nil {
		return d.legalPage(r, err)
	}
	return r.done(legalPath+"/"+decimal(id), "legal-opened")
}

func (d *Door) oneLegal(r *request) error { return d.oneLegalPage(r, nil) }

func (d *Door) oneLegalPage(r *request, cause error) error {
	l, err := d.Forum.ReadLegalRequest(r.ctx, r.actor, r.id("id"))
	if err != nil {
		return err
	}
	p := view.LegalRequest{Form: r.form("outcome", "reasons"), LegalRow: legalRow(&l), Basis: l.Basis, Words: l.Words, Handle: cmp.Or(l.Handle, "–"), Parts: strings.Fields(l.Parts), From: forum.DayOf(l.FromAt), Until: forum.DayOf(l.UntilAt - 1), Outcome: l.Outcome, Reasons: l.Reasons, Proposed: l.ProposedAt,
		Proposer: l.Proposer, Agreer: l.Agreer, Agreed: l.AgreedAt, Told: l.ToldAt, Silent: l.SilentUntil, SilentWhy: l.SilentWhy, Manifest: l.Manifest, MayAgree: l.Outcome != "" && l.AgreedAt == 0 && l.ProposedBy != r.actor.Member,
		MayBundle: l.MayBundle(), MayClose: l.AgreedAt != 0 && l.ClosedAt == 0}
	s := r.shell(l.Authority)
	if cause != nil {
		if err := r.refused(cause, &p.Form, &s); err != nil {
			return err
		}
	}
	return r.render(view.LegalRequestPage(s, p))
}

// keepLegal does what one of the buttons says.
func (d *Door) keepLegal(r *request) error {
	id, done := r.id("id"), "legal-proposed"
	var err error
	switch r.typed("do") {
	case "agree":
		err, done = d.Forum.AgreeLegal(r.ctx, r.actor, id, forum.Instant(number(r.typed("seen")))), "legal-agreed"
	case "close":
		err, done = d.Forum.CloseLegal(r.ctx, r.actor, id), "legal-closed"
	case "bundle":
		return d.legalBundle(r, id)
	default:
		err = d.Forum.ProposeLegal(r.ctx, r.actor, id, r.typed("outcome"), r.typed("reasons"))
	}
	if atForm(&err) {
		return d.oneLegalPage(r, err)
	}
	if err != nil {
		return err
	}
	return r.done(legalPath+"/"+decimal(id), done)
}

func (d *Door) legalBundle(r *request, id int64) error {
	l, err := d.Forum.AskBundle(r.ctx, r.actor, id)
	if err != nil {
		return err
	}
	by := r.actor
	r.Set(fiber.HeaderContentType, "application/zip")
	r.Set(fiber.HeaderContentDisposition, mime.FormatMediaType("attachment", map[string]string{"filename": "legal-" + decimal(id) + ".zip"}))
	return r.stream(d.made(func(ctx context.Context, to io.Writer) error { return d.Forum.WriteBundle(ctx, by, l, to) }), -1)
}
