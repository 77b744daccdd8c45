package mail

import (
	"context"
	"fmt"
	netmail "net/mail"
	"strings"

	"peergroups/forum"
	"peergroups/server/text"
	"peergroups/server/view"
)

const (
	maxDigest = 90 << 10 // bytes of HTML: some programs cut mails at 102 kB
	maxItem   = 1500     // characters of one post; the rest is read online
)

// digest makes a member's issue in a run of digests, of what they may read now.
func (p *Postman) digest(ctx context.Context, run int64, to forum.Recipient) (Letter, error) {
	issue, err := p.Forum.IssueOf(ctx, run, to.Member)
	if err != nil {
		return Letter{}, err
	}
	posts, err := p.Forum.ReadIssue(ctx, issue, &p.known)
	if err != nil {
		return Letter{}, err
	}
	if len(posts) == 0 { // all of it was withdrawn meanwhile
		return Letter{}, forum.Absent()
	}
	org, err := p.organisation(ctx)
	if err != nil {
		return Letter{}, err
	}
	w := p.Words.For(to.Language, to.Zone)
	token := p.Forum.BoardToken(to.Member, 0)
	d := view.Digest{Weekly: issue.Mode == forum.Weekly, Index: issue.Mode == forum.Index, Hour: to.DigestHour, Change: p.link("/g/" + posts[0].GroupSlug + "/list"), Unsubscribe: p.link("/unsubscribe/" + token)}
	for i := range posts {
		if err := p.show(ctx, w, &posts[i].PlacedPost, to.Member); err != nil {
			return Letter{}, err
		}
	}
	p.fill(&d, posts, to.Member, p.links(org), w)
	subject := w.T("digest.subject", "Group", digestName(&d, org.Name), "Count", d.Posts, "Topics", d.Topics, "Day", w.Day(issue.ToAt.Time()))
	head := view.Letterhead{Words: w, Org: org, Base: p.Base.String(), Subject: subject}
	html := ""
	if to.DigestForm == forum.FormattedDigest {
		html, err = rendered(ctx, view.DigestHTML(head, d))
	}
	var burst []Letter
	if to.DigestForm == forum.BurstDigest && issue.Mode != forum.Index {
		if burst = p.burst(&d, posts, to, w); len(burst) > 0 {
			d.Burst = true
		}
	}
	return Letter{From: netmail.Address{Name: org.Name, Address: "digest@" + p.Domain}, To: netmail.Address{Name: to.Name, Address: to.Email}, Subject: subject,
		MessageID: p.messageID("digest", issue.ID), Date: issue.ToAt.Time(), HTML: html, Text: view.DigestText(head, d), Digest: burst, AutoSubmitted: true,
		ListID: org.Name + " <digest." + p.Domain + ">", ListArchive: p.link("/"), ListOwner: "mailto:" + org.Contact, ListHelp: p.link("/contact"),
		ListUnsubscribe: d.Unsubscribe, OneClick: true}, err
}

// burst gives the posts that stand in the issue as mails of their own: a mail program that takes the issue apart shows them as
// if they had come one by one, under the same ids as those that did.
func (p *Postman) burst(d *view.Digest, posts []forum.DigestPost, to forum.Recipient, w text.Words) (out []Letter) {
	shown := map[string]view.DigestPost{}
	for _, g := range d.Groups {
		for _, t := range g.Topics {
			for _, one := range t.Posts {
				shown[one.Href] = one
			}
		}
	}
	for i := range posts {
		post := &posts[i].PlacedPost
		item, there := shown[p.link(fmt.Sprintf("/p/%d", post.ID))]
		if !there || item.Plain == "" {
			continue
		}
		list := p.voice(w, post)
		l := Letter{From: list, To: netmail.Address{Address: list.Address}, ReplyTo: netmail.Address{Address: p.replyAddress(to.Member, post)}, Subject: subjectOf(post), Date: post.PostedAt.Time(),
			Text: view.BurstText(w, item, view.AudienceIn(post.Audience, post.GroupID, post.GroupVis, post.GroupName))}
		p.thread(&l, post)
		out = append(out, l)
	}
	return out
}

// digestName is the group's name where the issue is of one group only.
func digestName(d *view.Digest, org string) string {
	for _, g := range d.Groups {
		if g.Name != d.Groups[0].Name {
			return org
		}
	}
	return d.Groups[0].Name
}

// fill puts the posts under their topics and groups until the mail is full.
func (p *Postman) fill(d *view.Digest, posts []forum.DigestPost, to forum.MemberID, links view.Links, w text.Words) {
	size := 0
	var group forum.GroupID
	var topic forum.TopicID
	var counted forum.TopicID // whose posts are in the total of what only tells that something new is there
	var audience forum.Audience
	if len(posts) > 0 {
		d.Left = posts[0].Whole - len(posts)
	}
	for _, post := range posts {
		item := p.item(w, &post, to)
		item.HTML = links.Through(item.HTML)
		if size += len(item.HTML) + len(item.Plain) + 800; size > maxDigest {
			d.Left++
			continue
		}
		if d.Groups == nil || post.GroupID != group || post.Audience != audience { // who reads it stands above each
			group, audience, topic = post.GroupID, post.Audience, 0
			d.Groups = append(d.Groups, view.DigestGroup{Name: post.GroupName, Audience: view.AudienceIn(audience, post.GroupID, post.GroupVis, post.GroupName)})
		}
		g := &d.Groups[len(d.Groups)-1]
		at := view.DigestTopic{Anchor: fmt.Sprintf("t%d", post.ID), Href: p.link(fmt.Sprintf("/t/%d/%s", post.TopicID, post.Slug)), Title: post.Title, Board: post.BoardName,
			Total: post.Total, Quiet: post.Class >= forum.ChathamClass || post.Notice}
		of, instead := post.TopicID, wordless(post.Class, post.Notice, "digest.sealed", "digest.notice")
		if instead != "" {
			at.Href, at.Title, at.Total, post.TopicID = p.link("/g/"+post.GroupSlug+"/b/"+post.BoardSlug), w.T(instead), 0, forum.TopicID(-post.BoardID)
		}
		if post.TopicID != topic {
			topic, counted = post.TopicID, 0
			d.Topics++
			g.Topics = append(g.Topics, at)
		}
		t := &g.Topics[len(g.Topics)-1]
		if instead != "" && of != counted {
			counted = of
			t.Total += post.Total
		}
		t.Posts = append(t.Posts, item)
		d.Posts++
	}
}

// wordless gives the words that stand in a mail in place of what was written where it tells only that something new is there:
// as its group is sealed, or as its reader chose so; "": it tells what was written.
func wordless(c forum.Class, chosen bool, ofSealed, ofChosen string) string {
	switch {
	case c == forum.SealedClass:
		return ofSealed
	case chosen:
		return ofChosen
	}
	return ""
}

// item is one post of a digest. A long one is cut, as text: what stands in a mail cannot be
// called back, and the rest is one click away.
func (p *Postman) item(w text.Words, post *forum.DigestPost, to forum.MemberID) view.DigestPost {
	if post.Class >= forum.ChathamClass || post.Notice {
		return view.DigestPost{}
	}
	v := view.DigestPost{Author: author(w, &post.PlacedPost), At: post.PostedAt, ByMail: post.Via == forum.ByMail, HTML: post.HTML, Plain: post.Plain,
		Href: p.link(fmt.Sprintf("/p/%d", post.ID)), Reply: "mailto:" + p.replyAddress(to, &post.PlacedPost), Files: view.FileLinks(w, p.link(""), post.Files)}
	if post.AuthorID != to {
		v.Report = p.reportLink(post.ID)
	}
	if r := []rune(post.Plain); len(r) > maxItem {
		v.More = len(strings.Fields(string(r[maxItem:])))
		v.Plain, v.HTML = strings.TrimSpace(string(r[:maxItem]))+" …", ""
	}
	return v
}
