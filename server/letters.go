package main

import (
	"context"

	"peergroups/forum"
	"peergroups/server/mail"
	"peergroups/server/web"
)

// letters shows mails to the web door.
type letters struct{ p *mail.Postman }

// Skim implements web.Letters.
func (letters) Skim(raw []byte) (from, subject, text string) { return mail.Skim(raw) }

// Letter implements web.Letters.
func (l letters) Letter(ctx context.Context, what forum.Mailing, to forum.MemberID) (web.Letter, error) {
	m, err := l.p.Compose(ctx, what, to)
	if err != nil {
		return web.Letter{}, err
	}
	out := web.Letter{Subject: m.Subject, Text: m.Text, HTML: m.HTML, Headers: [][2]string{{"From", m.From.String()}, {"To", m.To.String()}, {"Subject", m.Subject}}}
	for _, one := range m.Digest {
		out.Text += "\n" + one.Subject + "\n\n" + one.Text
	}
	for _, h := range [][2]string{{"Reply-To", m.ReplyTo.Address}, {"List-Id", m.ListID}, {"List-Unsubscribe", m.ListUnsubscribe}, {"Message-ID", m.MessageID}} {
		if h[1] != "" {
			out.Headers = append(out.Headers, h)
		}
	}
	return out, nil
}
