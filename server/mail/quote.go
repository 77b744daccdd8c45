package mail

import (
	"context"
	"fmt"
	"html"
	"strings"

	"peergroups/forum"
	"peergroups/server/text"
)

// quotes are the posts that a text quotes, as far as they may stand in a mail (MailedQuotes). Else a quotation is the link that
// it is.
type quotes map[forum.PostID]*forum.PlacedPost

func (p *Postman) quotes(ctx context.Context, to forum.MemberID, post *forum.PlacedPost) (quotes, error) {
	found, err := p.Forum.MailedQuotes(ctx, to, post)
	q := quotes{}
	for i := range found {
		q[found[i].ID] = &found[i]
	}
	return q, err
}

// key tells mails apart that quote otherwise.
func (q quotes) key(cooked string) (key string) {
	for _, id := range forum.References(cooked) {
		if p := q[id]; p != nil {
			key += fmt.Sprintf("%d-%d,", id, p.Version)
		}
	}
	return key
}

// show puts into a post, for one mail to a member, what stands beside its words.
func (p *Postman) show(ctx context.Context, w text.Words, post *forum.PlacedPost, to forum.MemberID) error {
	q, err := p.quotes(ctx, to, post)
	if err == nil {
		post.HTML, post.Plain = p.beside(w, post, q)
	}
	return err
}

// beside shows in a mail what stands on the page below or within a post: what it quotes, and that there is a poll.
func (p *Postman) beside(w text.Words, post *forum.PlacedPost, q quotes) (cooked, plain string) {
	plain = post.Plain
	cooked = forum.WithReferences(post.HTML, func(ref forum.Reference) string {
		path := fmt.Sprintf("/p/%d", ref.Post)
		quoted := q[ref.Post]
		if quoted == nil {
			plain += "\n\n" + w.T("mail.quoted-link") + " " + p.link(path)
			return `<p><a href="` + path + `">` + html.EscapeString(w.T("quote.link")) + "</a></p>"
		}
		words, same := p.Forum.Quoted(ref, quoted, 400)
		if !same {
			words = w.T("quote.changed")
		}
		head := w.T("mail.quoted", "Name", author(w, quoted))
		plain += "\n\n" + head + "\n> " + strings.ReplaceAll(words, "\n", "\n> ") + "\n" + p.link(path)
		return `<blockquote><p><a href="` + path + `">` + html.EscapeString(head) + "</a></p><p>" + strings.ReplaceAll(html.EscapeString(words), "\n", "<br>") + "</p></blockquote>"
	})
	if post.Polled {
		path := fmt.Sprintf("/p/%d", post.ID)
		cooked += `<p><a href="` + path + `">` + html.EscapeString(w.T("mail.poll")) + "</a></p>"
		plain += "\n\n" + w.T("mail.poll") + " " + p.link(path)
	}
	return cooked, plain
}
