package mail

import (
	"cmp"
	"context"
	"fmt"
	netmail "net/mail"

	"peergroups/forum"
	"peergroups/forum/markup"
	"peergroups/server/view"
)

// request makes the mail of what was written about a request, to who asked: that their words came, or what the staff answer. All mails about one
// request are one thread in their mail program, and an answer to any of them comes back to it.
func (p *Postman) request(ctx context.Context, words int64, to forum.Recipient) (Letter, error) {
	org, err := p.organisation(ctx)
	if err != nil {
		return Letter{}, err
	}
	m, err := p.Forum.ReadRequestMail(ctx, words)
	if err != nil {
		return Letter{}, err
	}
	w, token := p.Words.For(to.Language, to.Zone), p.Forum.RequestToken(m.ID)
	n := view.Note{Stem: "request-received", Args: []any{"Org", org.Name, "Reference", m.Reference(), "Day", w.Day(m.DueAt.Time())}, Href: p.link("/requests/" + token)}
	if m.Said.ByMember != 0 {
		n.Stem = "request-answer"
		next := w.T("request.mail-"+cmp.Or(m.Next, "open"), n.Args...)
		n.Args = append(n.Args, "Words", m.Said.Words, "Next", next)
		n.HTML = p.links(org).Through(markup.Cook(m.Said.Words+"\n\n"+next, markup.Options{}).HTML)
	}
	subject := m.Subject
	if subject == "" {
		subject = w.T("request.subject", n.Args...)
	}
	if m.Before != 0 || m.Said.MessageID != "" {
		subject = "Re: " + subject
	}
	head := view.Letterhead{Words: w, Org: org, Base: p.Base.String(), Subject: subject}
	html, err := rendered(ctx, view.NoteHTML(head, n))
	ours := netmail.Address{Name: org.Name, Address: "request+" + p.Forum.RequestAddress(m.ID) + "@" + p.Domain}
	l := Letter{From: ours, To: netmail.Address{Name: to.Name, Address: to.Email}, Subject: subject, MessageID: p.messageID("request", words), Date: m.Said.At.Time(), AutoSubmitted: m.Said.ByMember == 0,
		HTML: html, Text: view.NoteText(head, n)}
	if m.First != 0 {
		l.References = append(l.References, p.messageID("request", m.First))
	}
	if m.Before != 0 {
		l.InReplyTo = p.messageID("request", m.Before)
	}
	if m.Answers != "" {
		l.InReplyTo = m.Answers
	}
	if l.InReplyTo != "" && (len(l.References) == 0 || l.References[0] != l.InReplyTo) {
		l.References = append(l.References, l.InReplyTo)
	}
	return l, err
}

// requestNote fills in the notes to those who answer requests. None holds a word of them.
func (p *Postman) requestNote(ctx context.Context, n *view.Note, ref int64, to forum.Recipient) error {
	a, err := p.Forum.ActorFor(ctx, to.Member)
	if err != nil {
		return err
	}
	q, err := p.Forum.ReadRequestNote(ctx, a, ref)
	w := p.Words.For(to.Language, to.Zone)
	what, reference := w.T("request.untold"), "–" // to who does not answer it: neither what about, nor when it came
	if n.Href = p.link("/staff/requests"); q.Sees {
		n.Href += fmt.Sprintf("/%d", ref)
		what, reference = w.T("request.kind-"+q.Kind), q.Reference()
	}
	n.Args = append(n.Args, "Reference", reference, "Day", w.Day(q.DueAt.Time()), "Kind", what)
	return err
}
