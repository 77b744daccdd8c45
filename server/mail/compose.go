package mail

import (
	"bytes"
	"context"
	"crypto/rand"
	"fmt"
	"html"
	netmail "net/mail"
	"slices"
	"strings"
	"sync"

	"github.com/a-h/templ"

	"peergroups/forum"
	"peergroups/forum/markup"
	"peergroups/server/text"
	"peergroups/server/view"
)

// composer makes the mail of a mailing for one of its recipients.
type composer func(ctx context.Context, to forum.Recipient) (Letter, error)

func (p *Postman) composer(ctx context.Context, what forum.Mailing) (composer, error) {
	switch what.Kind {
	case "post":
		return p.posts(ctx, forum.PostID(what.Ref))
	case "digest":
		return func(ctx context.Context, to forum.Recipient) (Letter, error) { return p.digest(ctx, what.Ref, to) }, nil
	case "news", "room-news":
		write := map[string]func(context.Context, int64, forum.Recipient) (Letter, error){"news": p.news, "room-news": p.roomNews}[what.Kind]
		return func(ctx context.Context, to forum.Recipient) (Letter, error) { return write(ctx, what.Ref, to) }, nil
	case "incident":
		return func(ctx context.Context, to forum.Recipient) (Letter, error) { return p.incident(ctx, what.Ref, to) }, nil
	case "request":
		return func(ctx context.Context, to forum.Recipient) (Letter, error) { return p.request(ctx, what.Ref, to) }, nil
	case "circular":
		return p.circulars(ctx, what)
	case "circular-try":
		return func(ctx context.Context, to forum.Recipient) (Letter, error) { return p.tried(ctx, what, to) }, nil
	case "circular-preview":
		return func(ctx context.Context, to forum.Recipient) (Letter, error) { return p.previewed(ctx, what.Ref, to) }, nil
	default:
		stem := strings.TrimPrefix(what.Kind, "note.")
		return func(ctx context.Context, to forum.Recipient) (Letter, error) { return p.note(ctx, stem, what.Ref, to) }, nil
	}
}

// Compose gives a mail as it goes out, or would, to the member: by the rights they have now.
func (p *Postman) Compose(ctx context.Context, what forum.Mailing, m forum.MemberID) (Letter, error) {
	to, err := p.Forum.ReadRecipient(ctx, what, m)
	if err != nil {
		return Letter{}, err
	}
	if what.Kind == "circular" { // as it is sent to them, or stands on their page
		return p.ownCircular(ctx, what, to)
	}
	if what.Kind == "post" {
		a, err := p.Forum.ActorFor(ctx, m)
		if err != nil {
			return Letter{}, err
		}
		if seen, err := p.Forum.VisiblePosts(ctx, a, []forum.PostID{forum.PostID(what.Ref)}); err != nil || len(seen) == 0 {
			if err == nil {
				err = forum.Absent()
			}
			return Letter{}, err
		}
	}
	compose, err := p.composer(ctx, what)
	if err != nil {
		return Letter{}, err
	}
	return compose(ctx, to)
}

// posts makes list mail. Its words are rendered once for each language and zone; only the
// addresses in it are each recipient's own.
func (p *Postman) posts(ctx context.Context, id forum.PostID) (composer, error) {
	found, err := p.Forum.IndexedPosts(ctx, 0, forum.Indexed{Post: id}, 1)
	if err != nil {
		return nil, err
	}
	if len(found) == 0 {
		return nil, forum.Absent()
	}
	post := found[0]
	org, err := p.organisation(ctx)
	if err != nil {
		return nil, err
	}
	all := editions{p: p, post: post, org: org, mine: rand.Text(), mute: rand.Text(), done: map[edition]Letter{}}
	if all.list, err = p.Forum.ListOf(ctx, post.GroupID); err != nil {
		return nil, err
	}
	if all.list.ToAuthor {
		if all.author, err = p.Forum.AuthorAddress(ctx, id); err != nil {
			return nil, err
		}
	}
	return func(ctx context.Context, to forum.Recipient) (Letter, error) {
		key, q := edition{language: to.Language, zone: to.Zone, own: post.AuthorID == to.Member, notice: to.Notice || post.Class == forum.SealedClass}, quotes{}
		if !key.notice {
			var err error
			if q, err = p.quotes(ctx, to.Member, &post); err != nil {
				return Letter{}, err
			}
			key.quotes = q.key(post.HTML)
		}
		l, err := all.written(ctx, key, q)
		if err != nil {
			return Letter{}, err
		}
		token := p.Forum.BoardToken(to.Member, post.BoardID)
		own := strings.NewReplacer(all.mine, token, all.mute, p.Forum.TopicToken(to.Member, post.TopicID))
		l.Text, l.HTML = own.Replace(l.Text), own.Replace(l.HTML)
		l.ListUnsubscribe = p.link("/unsubscribe/" + token)
		l.To = netmail.Address{Name: to.Name, Address: to.Email}
		l.ReplyTo = netmail.Address{Address: p.replyAddress(to.Member, &post)}
		if all.author != "" && !key.notice {
			l.ReplyTo = netmail.Address{Name: post.Author, Address: all.author}
		}
		return l, nil
	}, nil
}

// edition is what makes list mail of a post another one for some of its recipients.
type edition struct {
	language, zone string
	own            bool   // to who wrote it by name, who has nothing to report
	notice         bool   // it tells only that something new is there
	quotes         string // which of them it shows
}

// editions are written once each.
type editions struct {
	p          *Postman
	post       forum.PlacedPost
	org        view.Organisation
	list       forum.ListSettings
	author     string // address to which answers go; "": to the topic
	mine, mute string // stand for the recipient's own tokens; nobody can have written them
	mu         sync.Mutex
	done       map[edition]Letter
}

func (e *editions) written(ctx context.Context, key edition, q quotes) (l Letter, err error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	l, ok := e.done[key]
	if ok {
		return l, nil
	}
	report := e.p.reportLink(e.post.ID)
	if key.own {
		report = ""
	}
	w, shown := e.p.Words.For(key.language, key.zone), e.post
	shown.HTML, shown.Plain = e.p.beside(w, &e.post, q)
	if l, err = e.p.post(ctx, &shown, e.org, w, ownParts{e.mine, e.mute, report, e.list.Footer, e.author != "" && !key.notice, key.notice}); err == nil {
		e.done[key] = l
	}
	return l, err
}

// ownParts are what in a list mail is not the same for all: the tokens of its reader, where they report it ("": not), what the
// owners of the list say below it, whether answers go to its author alone, and whether it tells only that something new is there.
type ownParts struct {
	token, mute, report, footer string
	toAuthor, notice            bool
}

func (p *Postman) post(ctx context.Context, post *forum.PlacedPost, org view.Organisation, w text.Words, own ownParts) (Letter, error) {
	list, from := listOf(post), p.voice(w, post)
	if own.notice {
		notice := *post
		post = &notice
		post.Title, post.Author, post.Veiled, post.Plain, from.Name = w.T("mail.sealed-title"), "", false, w.T(wordless(post.Class, true, "mail.sealed", "mail.notice"), "Group", post.GroupName), post.BoardName
		post.HTML = "<p>" + html.EscapeString(post.Plain) + "</p>"
	}
	subject := subjectOf(post)
	v := view.PostMail{Group: post.GroupName, Board: post.BoardName, Title: post.Title, Href: p.link(fmt.Sprintf("/p/%d", post.ID)), Author: author(w, post),
		At: post.PostedAt, HTML: p.links(org).Through(post.HTML), Plain: post.Plain, Change: p.link("/g/" + post.GroupSlug + "/list"), Unsubscribe: p.link("/unsubscribe/" + own.token), Mute: p.link("/mute/" + own.mute), Footer: own.footer, ToAuthor: own.toAuthor, Masked: post.GroupClass == forum.ChathamClass,
		Audience: view.AudienceIn(post.Audience, post.GroupID, post.GroupVis, post.GroupName), Reaches: view.AudienceIn(post.Reaches(), post.GroupID, post.GroupVis, post.GroupName)}
	v.Special = post.Special && post.Class < forum.SealedClass
	if !own.notice {
		v.Files, v.Report = view.FileLinks(w, p.link(""), post.Files), own.report
	}
	head := view.Letterhead{Words: w, Org: org, Base: p.Base.String(), Subject: subject}
	html, err := rendered(ctx, view.PostMailHTML(head, v))
	if err != nil {
		return Letter{}, err
	}
	l := Letter{From: from,
		Subject: subject, Date: post.PostedAt.Time(), HTML: html, Text: view.PostMailText(head, v),
		ListID: post.BoardName + " <" + list + "." + p.Domain + ">", ListPost: "mailto:" + list + "@" + p.Domain, ListArchive: v.Href,
		ListHelp: "mailto:" + post.GroupSlug + "+help@" + p.Domain, ListOwner: "mailto:" + org.Contact, OneClick: true}
	p.thread(&l, post)
	return l, nil
}

// author is who wrote, or the mask of one who wrote under the Chatham House rule.
func author(w text.Words, p *forum.PlacedPost) string {
	if p.Veiled {
		return w.T("post.participant", "Mask", p.Author)
	}
	return p.Author
}

func (p *Postman) messageID(kind string, id int64) string {
	return fmt.Sprintf("%s.%d@%s", kind, id, p.Domain)
}

func (p *Postman) replyAddress(m forum.MemberID, post *forum.PlacedPost) string {
	return "reply+" + p.Forum.ReplyToken(m, post.ID, post.Reaches()) + "@" + p.Domain
}

// reportLink leads to the form by which a post is reported: its reader's rights are asked there.
func (p *Postman) reportLink(id forum.PostID) string {
	return p.link(fmt.Sprintf("/report/post/%d", id))
}

func (p *Postman) link(path string) string { return strings.TrimSuffix(p.Base.String(), "/") + path }

func (p *Postman) organisation(ctx context.Context) (view.Organisation, error) {
	o, err := p.Forum.ReadOrganisation(ctx)
	return view.Organisation(o), err
}

// links leads the links of members' texts through the notice page.
func (p *Postman) links(org view.Organisation) view.Links {
	return view.Links{Base: strings.TrimSuffix(p.Base.String(), "/"), Own: p.Base.Hostname(), Trusted: org.Trusted, Seal: p.Forum.SealLink}
}

func rendered(ctx context.Context, c templ.Component) (string, error) {
	var b bytes.Buffer
	err := c.Render(ctx, &b)
	return b.String(), err
}

// note makes a service mail: of a stem of the catalogue and the row it is about.
func (p *Postman) note(ctx context.Context, stem string, ref int64, to forum.Recipient) (Letter, error) {
	org, err := p.organisation(ctx)
	if err != nil {
		return Letter{}, err
	}
	w := p.Words.For(to.Language, to.Zone)
	n := view.Note{Stem: stem, Args: []any{"Name", to.Name, "Org", org.Name, "Address", to.Email, "Contact", org.Contact}}
	fill := p.about
	if slices.Contains(ofModeration, stem) {
		fill = p.moderation
	}
	if err := fill(ctx, &n, ref, to, w); err != nil {
		return Letter{}, err
	}
	head := view.Letterhead{Words: w, Org: org, Base: p.Base.String(), Subject: w.T("note."+stem+".subject", n.Args...)}
	n.HTML = p.links(org).Through(n.HTML)
	html, err := rendered(ctx, view.NoteHTML(head, n))
	l := Letter{From: netmail.Address{Name: org.Name, Address: "no-reply@" + p.Domain}, To: netmail.Address{Name: to.Name, Address: to.Email},
		Subject: head.Subject, MessageID: p.messageID("note."+stem+"."+fmt.Sprint(int64(to.Member)), ref), Date: p.Now(), AutoSubmitted: true,
		HTML: html, Text: view.NoteText(head, n)}
	if stem == "command-asked" { // an answer from there is their word
		l.ReplyTo = netmail.Address{Address: "confirm+" + p.Forum.CommandToken(ref) + "@" + p.Domain}
	}
	return l, err
}

// about fills in what the note is about, and where its button leads.
func (p *Postman) about(ctx context.Context, n *view.Note, ref int64, to forum.Recipient, w text.Words) error {
	a, err := p.Forum.ActorFor(ctx, to.Member) // nobody yet, where the note is to confirm an address
	if err != nil {
		return err
	}
	switch n.Stem {
	case "confirm-address":
		n.Href = p.link("/confirm/" + p.Forum.LinkToken("confirm-address", ref))
	case "reset-password":
		n.Href = p.link("/reset/" + p.Forum.LinkToken("reset-password", ref))
	case "minutes-asked":
		return p.minutesAsked(ctx, n, a, ref, w)
	case "request-came", "request-soon", "request-late":
		return p.requestNote(ctx, n, ref, to)
	case "legal-told":
		return p.legal(ctx, n, a, ref, w)
	case "already-registered":
		n.Href = p.link("/forgot")
	case "opted-out":
		n.Href = p.link("/account/notices")
	case "held-over": // it is gone
	case "held", "held-day", "held-week":
		return p.drafts(ctx, n, a, w)
	case "unposted", "waits", "post-back", "files-left-out":
		return p.unposted(ctx, n, a, ref, w)
	case "ballot", "ballot-reminder":
		return p.ballot(ctx, n, a, ref, w)
	case "visit", "identity", "visit-asked", "visit-answered", "identity-asked", "identity-answered":
		return p.opened(ctx, n, a, ref, w)
	case "feedback":
		return p.feedback(ctx, n, ref)
	case "certified":
		err := p.certification(ctx, n, a)
		n.Href = p.link("/groups")
		return err
	case "factor-added", "factor-removed", "codes-made", "code-used", "data-taken", "passkey-added", "passkey-removed", "login-linked", "login-unlinked", "account-erasing", "account-kept", "account-erased", "computer-ended", "password-changed", "address-asked", "address-changed",
		"new-address", "old-address", "address-wanted", "factors-taken", "factors-taken-of", "role-given", "role-given-of", "role-taken", "role-taken-of":
		return p.account(ctx, n, a, ref, w)
	case "invited", "asked", "admit", "decline", "remove", "ban", "talk-invited":
		return p.membership(ctx, n, a, ref, w)
	default:
		if strings.HasPrefix(n.Stem, "application-") || strings.HasPrefix(n.Stem, "certificate-") {
			return p.certification(ctx, n, a)
		} // else an answer to a command
		return p.ofList(ctx, n, a, ref)
	}
	return nil
}

// ofList fills in the notes about a group's mail: what its owners say, and answers to commands.
func (p *Postman) ofList(ctx context.Context, n *view.Note, a forum.Actor, ref int64) error {
	switch n.Stem {
	case "list-test":
		g, footer, err := p.Forum.ReadListTest(ctx, a, ref)
		n.Args, n.Href = append(n.Args, "Group", g.Name, "Words", footer), p.link("/g/"+g.Slug+"/list/settings")
		return err
	case "welcome", "goodbye":
		name, words, err := p.Forum.ReadGreeting(ctx, a, forum.GroupID(ref), n.Stem == "welcome")
		n.Args, n.HTML = append(n.Args, "Group", name, "Words", words), markup.Cook(words, markup.Options{}).HTML
		return err
	}
	g, err := p.Forum.ReceivedFor(ctx, a, ref)
	n.Args, n.Href = append(n.Args, "Group", g.Name, "Slug", g.Slug, "Domain", p.Domain, "Command", g.Outcome), p.link("/g/"+g.Slug+"/list")
	if n.Stem == "command-asked" {
		n.Href = p.link("/mail-command/" + p.Forum.CommandToken(ref))
	}
	return err
}
