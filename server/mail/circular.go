package mail

import (
	"context"
	"crypto/rand"
	"fmt"
	netmail "net/mail"
	"strings"
	"sync"

	"peergroups/forum"
	"peergroups/server/text"
	"peergroups/server/view"
)

// circulars makes the mails of a service message (P10). Its words are rendered once for each
// language and zone; only the link by which its kind is stopped is each recipient's own.
func (p *Postman) circulars(ctx context.Context, what forum.Mailing) (composer, error) {
	c, err := p.Forum.MailedCircular(ctx, what)
	if err != nil {
		return nil, err
	}
	org, err := p.organisation(ctx)
	if err != nil {
		return nil, err
	}
	var mu sync.Mutex
	done := map[[2]string]Letter{}
	mine := rand.Text() // stands for the recipient's own token; nobody can have written it
	written := func(ctx context.Context, key [2]string) (l Letter, err error) {
		mu.Lock()
		defer mu.Unlock()
		l, ok := done[key]
		if !ok {
			if l, err = p.circular(ctx, &c, org, p.Words.For(key[0], key[1]), mine); err == nil {
				done[key] = l
			}
		}
		return l, err
	}
	return func(ctx context.Context, to forum.Recipient) (Letter, error) {
		l, err := written(ctx, [2]string{to.Language, to.Zone})
		return p.to(l, to, mine, p.Forum.NoticeToken(to.Member, c.ID)), err
	}, nil
}

// ownCircular makes the mail as its reader may read it today: a group that they may not know of any more has no name in it.
func (p *Postman) ownCircular(ctx context.Context, what forum.Mailing, to forum.Recipient) (Letter, error) {
	a, err := p.Forum.ActorFor(ctx, to.Member)
	if err != nil {
		return Letter{}, err
	}
	c, err := p.Forum.ReadOwnCircular(ctx, a, what.Ref)
	if err != nil {
		return Letter{}, err
	}
	return p.circularTo(ctx, &c, to)
}

// circularTo makes the mail for one reader.
func (p *Postman) circularTo(ctx context.Context, c *forum.CircularRow, to forum.Recipient) (Letter, error) {
	org, err := p.organisation(ctx)
	if err != nil {
		return Letter{}, err
	}
	token := p.Forum.NoticeToken(to.Member, c.ID)
	l, err := p.circular(ctx, c, org, p.Words.For(to.Language, to.Zone), token)
	return p.to(l, to, token, token), err
}

// to addresses a letter to its recipient, with their own token in place of the mark.
func (p *Postman) to(l Letter, to forum.Recipient, mark, token string) Letter {
	l.Text, l.HTML, l.ListUnsubscribe = strings.ReplaceAll(l.Text, mark, token), strings.ReplaceAll(l.HTML, mark, token), strings.ReplaceAll(l.ListUnsubscribe, mark, token)
	l.To = netmail.Address{Name: to.Name, Address: to.Email}
	return l
}

// tried makes the mail of a draft to the administrator who tries it out, by what it says now.
func (p *Postman) tried(ctx context.Context, what forum.Mailing, to forum.Recipient) (Letter, error) {
	c, err := p.Forum.MailedCircular(ctx, what)
	if err != nil {
		return Letter{}, err
	}
	l, err := p.previewed(ctx, c.ID, to)
	l.Subject = p.Words.For(to.Language, to.Zone).T("circular.trial", "Subject", l.Subject)
	l.MessageID = p.messageID(what.Kind, what.Ref)
	return l, err
}

// previewed makes the mail of a draft as it would go out to an administrator who may read it.
func (p *Postman) previewed(ctx context.Context, id int64, to forum.Recipient) (Letter, error) {
	a, err := p.Forum.ActorFor(ctx, to.Member)
	if err != nil {
		return Letter{}, err
	}
	c, err := p.Forum.ReadCircular(ctx, a, id)
	if err != nil {
		if forum.KindOf(err) == forum.Forbidden { // they are no administrator any more
			err = forum.Absent()
		}
		return Letter{}, err
	}
	return p.circularTo(ctx, &c.CircularRow, to)
}

// circular makes the mail but for whom it goes to. One that nobody can do without says so, and
// has no link to stop it.
func (p *Postman) circular(ctx context.Context, c *forum.CircularRow, org view.Organisation, w text.Words, token string) (Letter, error) {
	kind := w.T("notice." + c.Kind)
	v := view.CircularMail{Kind: kind, Title: c.Subject, To: view.CircleWords(w, c.Circle, c.GroupName), HTML: p.links(org).Through(c.HTML), Plain: c.Plain,
		Needful: c.Needful(), Asked: c.Asked(), Href: p.link(fmt.Sprintf("/account/notices/%d", c.ID)), Change: p.link("/account/notices")}
	list := c.Kind + ".service." + p.Domain
	l := Letter{From: netmail.Address{Name: org.Name, Address: "no-reply@" + p.Domain}, ReplyTo: netmail.Address{Address: org.Contact}, Subject: c.Subject,
		MessageID: p.messageID("circular", c.ID), Date: c.SentAt.Time(), ListID: kind + " <" + list + ">", ListPost: "NO", ListArchive: v.Href, ListOwner: "mailto:" + org.Contact}
	if c.SentAt == 0 {
		l.Date = p.Now()
	}
	if !v.Needful {
		v.Unsubscribe = p.link("/unsubscribe/notices/" + token)
		l.ListUnsubscribe, l.OneClick = v.Unsubscribe, true
	}
	head := view.Letterhead{Words: w, Org: org, Base: p.Base.String(), Subject: c.Subject}
	var err error
	l.HTML, err = rendered(ctx, view.CircularMailHTML(head, v))
	l.Text = view.CircularMailText(head, v)
	return l, err
}
