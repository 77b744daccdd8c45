package mail

import (
	"context"
	"fmt"
	"io"
	"mime"
	"mime/quotedprintable"
	"strings"
	"time"

	"peergroups/forum"
)

// Export writes the posts of a board that its group's owner may read as an mbox (mboxrd), in the order in which they were posted,
// with the ids of our list mail and the list as sender: no member's address is in it, and masks stay. It holds a page of
// posts at a time, and asks for each page by the rights of that moment.
func (p *Postman) Export(ctx context.Context, by forum.Actor, board forum.BoardID, out io.Writer) (n int, err error) {
	for after := forum.PostID(0); ; {
		posts, err := p.Forum.ExportPosts(ctx, by, board, after)
		if err != nil || len(posts) == 0 {
			return n, err
		}
		for i := range posts {
			if err := p.box(out, &posts[i]); err != nil {
				return n, err
			}
			n++
		}
		after = posts[len(posts)-1].ID
	}
}

// box writes one post.
func (p *Postman) box(out io.Writer, post *forum.PlacedPost) error {
	var l Letter
	p.thread(&l, post)
	w := p.Words.For("en", "UTC")
	list := p.voice(w, post)
	at := post.PostedAt.Time().UTC()
	if _, err := fmt.Fprintf(out, "From %s %s\n", list.Address, at.Format("Mon Jan _2 15:04:05 2006")); err != nil {
		return err
	}
	var head strings.Builder
	for _, field := range [][2]string{{"From", list.String()}, {"To", "<" + list.Address + ">"}, {"Subject", mime.QEncoding.Encode("utf-8", subjectOf(post))}, {"Date", at.Format(time.RFC1123Z)},
		{"Message-ID", "<" + l.MessageID + ">"}, {"In-Reply-To", bracketed(l.InReplyTo)}, {"References", bracketed(l.References...)}, {"List-Id", "<" + listOf(post) + "." + p.Domain + ">"},
		{"MIME-Version", "1.0"}, {"Content-Type", "text/plain; charset=utf-8"}, {"Content-Transfer-Encoding", "quoted-printable"}} {
		if field[1] != "" {
			fmt.Fprintf(&head, "%s: %s\n", field[0], strings.ReplaceAll(field[1], "\r\n ", "\n "))
		}
	}
	box := &boxWriter{w: out}
	if _, err := io.WriteString(box, head.String()+"\n"); err != nil {
		return err
	}
	body := quotedprintable.NewWriter(unix{box})
	if _, err := io.WriteString(body, post.Source+"\n"); err != nil {
		return err
	}
	if err := body.Close(); err != nil {
		return err
	}
	_, err := io.WriteString(box, "\n")
	return err
}

func bracketed(ids ...string) string {
	var all []string
	for _, id := range ids {
		if id != "" {
			all = append(all, "<"+id+">")
		}
	}
	return strings.Join(all, " ")
}

// unix writes lines as files hold them.
type unix struct{ w io.Writer }

// Write takes a part of a text; a carriage return ends a line only before its line feed, which quoted-printable sees to.
func (u unix) Write(p []byte) (int, error) {
	_, err := io.WriteString(u.w, strings.ReplaceAll(string(p), "\r", ""))
	return len(p), err
}
