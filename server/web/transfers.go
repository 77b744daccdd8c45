package web

import (
	"time"

	"peergroups/forum"
	"peergroups/server/view"
)

// The transfer of the whole portal to another body (P27): members are told of it here, beforehand.

var transferFields = []string{"body", "place", "contact", "from", "words"}

func (d *Door) transfers(r *request) error { return d.transfersPage(r, nil) }

func (d *Door) transfersPage(r *request, cause error) error {
	all, err := d.Forum.ReadTransfers(r.ctx, r.actor)
	if err != nil {
		return err
	}
	p := view.Transfers{Form: r.form(transferFields...), Least: d.Now().Add(forum.TransferNotice + 24*time.Hour).UTC().Format(time.DateOnly)}
	for i := range all {
		t := &all[i]
		p.Rows = append(p.Rows, view.TransferRow{ID: decimal(t.ID), Body: t.Body, Place: t.Place, Contact: t.Contact, Words: t.Words, From: t.FromAt, At: t.AnnouncedAt, Withdrawn: t.WithdrawnAt, Done: t.DoneAt, Holds: t.Holds()})
		p.Holds = p.Holds || t.Holds()
	}
	s := r.shell(r.words.T("transfer.title"))
	if cause != nil {
		if err := r.refused(cause, &p.Form, &s); err != nil {
			return err
		}
	}
	return r.render(view.TransfersPage(s, p))
}

func (d *Door) announceTransfer(r *request) error {
	if err := forum.MayAdminister(r.actor); err != nil {
		return err
	}
	from, err := r.words.Midnight(r.typed("from"))
	if err != nil {
		from = time.Time{} // too early, as it were
	}
	t := forum.TransferDraft{Body: r.typed("body"), Place: r.typed("place"), Contact: r.typed("contact"), Words: r.typed("words"), From: from, Key: r.key()}
	o, err := d.Forum.ReadOrganisation(r.ctx)
	if err != nil {
		return err
	}
	mail := forum.Letter{Subject: r.words.T("transfer.mail-subject", "Portal", o.Name), Source: r.words.T("transfer.mail", "Portal", o.Name, "Body", t.Body, "Place", t.Place, "Contact", t.Contact,
		"Day", r.words.Day(from), "Words", t.Words, "Data", d.Base.String()+"/account/data", "Privacy", d.Base.String()+"/account/privacy")}
	if err := d.Forum.AnnounceTransfer(r.ctx, r.actor, t, mail); err != nil {
		return d.transfersPage(r, err)
	}
	return r.done("/staff/transfer", "transfer-announced")
}

func (d *Door) withdrawTransfer(r *request) error {
	all, err := d.Forum.ReadTransfers(r.ctx, r.actor)
	if err != nil {
		return err
	}
	id := number(r.typed("id"))
	o, err := d.Forum.ReadOrganisation(r.ctx)
	if err != nil {
		return err
	}
	for i := range all {
		if t := &all[i]; t.ID == id {
			mail := forum.Letter{Subject: r.words.T("transfer.over-subject", "Portal", o.Name), Source: r.words.T("transfer.over", "Portal", o.Name, "Body", t.Body, "Day", r.words.Day(t.FromAt.Time()))}
			if err := d.Forum.WithdrawTransfer(r.ctx, r.actor, t.ID, mail); err != nil {
				return err
			}
			return r.done("/staff/transfer", "transfer-withdrawn")
		}
	}
	return forum.Absent()
}

// movingOn tells a member of the transfer that is announced; nil: of none.
func (d *Door) movingOn(r *request) (*view.MovingOn, error) {
	t, ok, err := d.Forum.AnnouncedTransfer(r.ctx)
	if err != nil || !ok {
		return nil, err
	}
	return &view.MovingOn{Body: t.Body, Place: t.Place, Contact: t.Contact, Words: t.Words, Day: r.words.Day(t.FromAt.Time())}, nil
}
