package mail

import (
	"context"
	"fmt"

	"peergroups/forum"
	"peergroups/forum/markup"
	"peergroups/server/text"
	"peergroups/server/view"
)

// opened fills in the notes of openings.
func (p *Postman) opened(ctx context.Context, n *view.Note, a forum.Actor, ref int64, w text.Words) error {
	switch n.Stem {
	case "visit":
		return p.visit(ctx, n, a, ref, w)
	case "identity":
		return p.identity(ctx, n, a, ref)
	case "identity-asked", "identity-answered":
		n.Href = p.link(fmt.Sprintf("/openings/%d", ref))
	default:
		n.Href = p.link("/staff/openings")
	}
	return nil
}

// visit fills in what a group's owners are told when it was opened to somebody of the staff.
func (p *Postman) visit(ctx context.Context, n *view.Note, a forum.Actor, ref int64, w text.Words) error {
	o, g, err := p.Forum.ReadVisitNote(ctx, a, ref)
	if err != nil {
		return err
	}
	n.Args = append(n.Args, "Group", g.Name, "Who", o.Asker, "Second", o.Second, "Reason", markup.Line(o.Reason), "When", w.When(o.UntilAt.Time()))
	n.Href = p.link("/g/" + g.Slug + "/openings")
	return nil
}

// identity fills in what an author is told whose mask was lifted. It names no group: they may
// have left it.
func (p *Postman) identity(ctx context.Context, n *view.Note, a forum.Actor, ref int64) error {
	o, err := p.Forum.ReadIdentityNote(ctx, a, ref)
	if err != nil {
		return err
	}
	n.Args = append(n.Args, "Who", o.Asker, "Second", o.Second, "Reason", markup.Line(o.Reason))
	if o.RefKind == forum.SpokenPost {
		n.Href = p.link(fmt.Sprintf("/p/%d", o.Ref))
	}
	return nil
}
