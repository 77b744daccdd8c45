package mail

import (
	"context"
	"fmt"
	netmail "net/mail"

	"peergroups/forum"
	"peergroups/server/view"
)

// news makes the mail of what is new to a member in one topic: as it is now, and as they may read it now. An answer to
// it stands below the last of the posts.
func (p *Postman) news(ctx context.Context, id int64, to forum.Recipient) (Letter, error) {
	n, err := p.Forum.ReadNews(ctx, to.Member, id)
	if err != nil {
		return Letter{}, err
	}
	org, err := p.organisation(ctx)
	if err != nil {
		return Letter{}, err
	}
	w := p.Words.For(to.Language, to.Zone)
	last := n.Notices[len(n.Notices)-1]
	sealed := last.Class == forum.SealedClass || n.Notice
	m := view.NewsMail{Group: last.GroupName, Board: last.BoardName, Title: last.Title, Bare: n.Bare || sealed, Href: p.link(fmt.Sprintf("/p/%d", n.Notices[0].ID)),
		Reaches: view.AudienceIn(last.Reaches(), last.GroupID, last.GroupVis, last.GroupName), Change: p.link("/account/news/choices"), Stop: p.link("/unsubscribe/news/" + p.Forum.NewsToken(to.Member))}
	for i := range n.Notices {
		one := &n.Notices[i]
		sealed = sealed || one.Class == forum.SealedClass
		if m.Bare { // how a search is called may be what was said
			one.Search = ""
		}
		post := view.NewsPost{Why: view.Told(w, one.Why, author(w, &one.PlacedPost), one.BoardName, one.Search), Note: one.Note, At: one.PostedAt, Href: p.link(fmt.Sprintf("/p/%d", one.ID))}
		if !m.Bare && one.Class < forum.SealedClass {
			if err := p.show(ctx, w, &one.PlacedPost, to.Member); err != nil {
				return Letter{}, err
			}
			post.HTML, post.Plain, post.Files = p.links(org).Through(one.HTML), one.Plain, view.FileLinks(w, p.link(""), one.Files)
			if one.AuthorID != to.Member {
				post.Report = p.reportLink(one.ID)
			}
		}
		m.Posts = append(m.Posts, post)
	}
	if sealed {
		m.Title, m.Bare = w.T("mail.sealed-title"), true
		for i := range m.Posts {
			m.Posts[i] = view.NewsPost{Why: w.T(wordless(last.Class, true, "mail.sealed", "mail.notice"), "Group", last.GroupName), At: m.Posts[i].At, Href: m.Posts[i].Href}
		}
	}
	root := p.messageID("post", int64(last.Opening))
	l := Letter{From: netmail.Address{Name: org.Name, Address: "no-reply@" + p.Domain}, To: netmail.Address{Name: to.Name, Address: to.Email}, Subject: "[" + last.GroupName + "] " + m.Title,
		MessageID: p.messageID("news", id), InReplyTo: root, References: []string{root}, Date: p.Now(), AutoSubmitted: true, ListUnsubscribe: m.Stop, OneClick: true}
	if n.Notices[0].N > 1 {
		l.Subject = "Re: " + l.Subject
	}
	if m.Reply = !sealed; m.Reply {
		l.ReplyTo = netmail.Address{Address: p.replyAddress(to.Member, &last.PlacedPost)}
	}
	head := view.Letterhead{Words: w, Org: org, Base: p.Base.String(), Subject: l.Subject}
	l.HTML, err = rendered(ctx, view.NewsMailHTML(head, m))
	l.Text = view.NewsMailText(head, m)
	return l, err
}
