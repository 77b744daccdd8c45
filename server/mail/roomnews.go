package mail

import (
	"context"
	"fmt"
	netmail "net/mail"

	"peergroups/forum"
	"peergroups/server/text"
	"peergroups/server/view"
)

// roomNews makes the mail that tells a member who was called in a room while they were away: as it is now, and as they may read it now.
// Nobody answers it by mail.
func (p *Postman) roomNews(ctx context.Context, id int64, to forum.Recipient) (Letter, error) {
	n, err := p.Forum.ReadRoomNews(ctx, to.Member, id)
	if err != nil {
		return Letter{}, err
	}
	org, err := p.organisation(ctx)
	if err != nil {
		return Letter{}, err
	}
	w := p.Words.For(to.Language, to.Zone)
	last := n.Notices[len(n.Notices)-1]
	sealed := last.GroupClass == forum.SealedClass
	m := view.NewsMail{Group: last.GroupName, Board: w.T("news.rooms"), Title: last.RoomName, Bare: n.Bare, Href: p.link(fmt.Sprintf("/said/%d", n.Notices[0].ID)), Foot: w.T("mail.room-news-no-reply"),
		Change: p.link("/account/news/choices"), Stop: p.link("/unsubscribe/news/" + p.Forum.NewsToken(to.Member))}
	links := p.links(org)
	for i := range n.Notices {
		one := &n.Notices[i]
		sealed = sealed || one.Class == forum.SealedClass
		who := one.Author
		if one.Veiled {
			who = w.T("post.participant", "Mask", who)
		}
		if m.Bare { // how a search is called may be what was said
			one.Search = ""
		}
		post := view.NewsPost{Why: view.Told(w, one.Why, who, "", one.Search), At: one.PostedAt, Href: p.link(fmt.Sprintf("/said/%d", one.ID))}
		if !m.Bare {
			post.HTML, post.Plain = links.Through(one.HTML), one.Plain
		}
		m.Posts = append(m.Posts, post)
	}
	if sealed {
		m.Title, m.Bare = w.T("mail.sealed-title"), true
		for i := range m.Posts {
			m.Posts[i] = view.NewsPost{Why: w.T("mail.sealed", "Group", last.GroupName), At: m.Posts[i].At, Href: m.Posts[i].Href}
		}
	}
	l := Letter{From: netmail.Address{Name: org.Name, Address: "no-reply@" + p.Domain}, To: netmail.Address{Name: to.Name, Address: to.Email}, Subject: "[" + last.GroupName + "] " + m.Title,
		MessageID: p.messageID("room-news", id), Date: p.Now(), AutoSubmitted: true, ListUnsubscribe: m.Stop, OneClick: true}
	head := view.Letterhead{Words: w, Org: org, Base: p.Base.String(), Subject: l.Subject}
	l.HTML, err = rendered(ctx, view.NewsMailHTML(head, m))
	l.Text = view.NewsMailText(head, m)
	return l, err
}

// minutesAsked fills in who wants to keep what was said, and where; whom it is for may not be asked any more.
func (p *Postman) minutesAsked(ctx context.Context, n *view.Note, a forum.Actor, id int64, w text.Words) error {
	m, err := p.Forum.ReadMinutes(ctx, a, id)
	if err == nil && (m.EndedAt != 0 || len(m.Items) == 0) {
		err = forum.Absent()
	}
	if m.Maker == "" {
		m.Maker = w.T("minutes.somebody")
	}
	if m.Group.Class == forum.SealedClass || m.Group.NoList { // out of it go no names
		m.Maker, m.RoomName = w.T("minutes.somebody"), m.Group.Name
	}
	n.Args, n.Href = append(n.Args, "Maker", m.Maker, "Room", m.RoomName), p.link(fmt.Sprintf("/minutes/%d", id))
	return err
}
