package mail

import (
	"context"
	"fmt"
	netmail "net/mail"
	"strings"

	"peergroups/forum"
	"peergroups/forum/markup"
	"peergroups/server/text"
	"peergroups/server/view"
)

// legal fills in that an authority is given what is a member's (P24).
func (p *Postman) legal(ctx context.Context, n *view.Note, a forum.Actor, ref int64, w text.Words) error {
	l, err := p.Forum.ReadLegalTold(ctx, a, ref)
	var parts []string
	for _, part := range strings.Fields(l.Parts) {
		parts = append(parts, w.T("legal.part-"+part))
	}
	n.Args, n.Href = append(n.Args, "Authority", l.Authority, "Basis", l.Basis, "Parts", strings.Join(parts, "; "), "From", forum.DayOf(l.FromAt), "Until", forum.DayOf(l.UntilAt-1)), p.link("/contact?kind=privacy")
	return err
}

// incident makes the notice of a breach to one whom it concerns, in their language (P29). An answer reaches the body's contact.
func (p *Postman) incident(ctx context.Context, id int64, to forum.Recipient) (Letter, error) {
	org, err := p.organisation(ctx)
	if err != nil {
		return Letter{}, err
	}
	m, err := p.Forum.ReadIncidentMail(ctx, id, to.Member, to.Language)
	if err != nil {
		return Letter{}, err
	}
	w := p.Words.For(to.Language, to.Zone)
	n := view.Note{Stem: "incident", Args: []any{"Org", org.Name, "Contact", org.Contact, "Words", m.Words}, HTML: p.links(org).Through(markup.Cook(m.Words, markup.Options{}).HTML)}
	head := view.Letterhead{Words: w, Org: org, Base: p.Base.String(), Subject: m.Subject}
	html, err := rendered(ctx, view.NoteHTML(head, n))
	return Letter{From: netmail.Address{Name: org.Name, Address: "no-reply@" + p.Domain}, To: netmail.Address{Name: to.Name, Address: to.Email}, ReplyTo: netmail.Address{Name: org.Name, Address: org.Contact}, Subject: m.Subject,
		MessageID: p.messageID("incident."+fmt.Sprint(int64(to.Member)), id), Date: p.Now(), AutoSubmitted: true, HTML: html, Text: view.NoteText(head, n)}, err
}
