package mail

import (
	"context"

	"peergroups/forum"
	"peergroups/server/view"
)

// certification fills in a note about the member's application or certificate. What a reviewer
// wrote stands on the page alone.
func (p *Postman) certification(ctx context.Context, n *view.Note, a forum.Actor) error {
	if n.Stem == "application-waits" { // it names nobody: who looks is logged
		if n.Href = p.link("/staff/certification"); !a.Has(forum.Reviewer) {
			return forum.Absent()
		}
		return nil
	}
	c, err := p.Forum.OwnCertificate(ctx, a)
	if err != nil && forum.KindOf(err) != forum.NotFound {
		return err
	}
	n.Href = p.link("/account/certification")
	n.Args = append(n.Args, "Number", c.Number, "Day", view.LastDay(c.UntilAt), "Grace", view.LastDay(c.OpenUntilAt))
	return nil
}

// feedback fills in what the person is asked who was named by an applicant.
func (p *Postman) feedback(ctx context.Context, n *view.Note, ref int64) error {
	f, err := p.Forum.ReadFeedback(ctx, forum.Actor{}, p.Forum.FeedbackToken(ref))
	n.Args, n.Href = append(n.Args, "Applicant", f.Applicant), p.link("/feedback/"+p.Forum.FeedbackToken(ref))
	return err
}
