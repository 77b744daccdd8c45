package mail

import (
	netmail "net/mail"

	"peergroups/forum"
	"peergroups/server/text"
)

// subjectOf is the subject of a post as list mail, with the tag of its group once.
func subjectOf(post *forum.PlacedPost) string {
	subject := "[" + post.GroupName + "] " + post.Title
	if post.N > 1 {
		subject = "Re: " + subject
	}
	return subject
}

// thread gives a post's mail its id, and those by which mail programs put it below what it answers. The id is of the post
// alone: a topic that is split or merged later has another first post, and an answer must name a mail that went out.
func (p *Postman) thread(l *Letter, post *forum.PlacedPost) {
	l.MessageID = p.messageID("post", int64(post.ID))
	if post.Opening == 0 || post.Opening == post.ID {
		return
	}
	l.InReplyTo = p.messageID("post", int64(post.Opening))
	l.References = []string{l.InReplyTo}
	if post.Answers != 0 && post.Answers != post.Opening {
		l.InReplyTo = p.messageID("post", int64(post.Answers))
		l.References = append(l.References, l.InReplyTo)
	}
}

// listOf is the address of the list of a post's board, without the domain.
func listOf(post *forum.PlacedPost) string { return post.BoardSlug + "." + post.GroupSlug }

// voice is the sender of a post as list mail: its author, or their mask, by way of the list.
func (p *Postman) voice(w text.Words, post *forum.PlacedPost) netmail.Address {
	return netmail.Address{Name: w.T("mail.via", "Author", author(w, post), "Board", post.BoardName), Address: listOf(post) + "@" + p.Domain}
}
