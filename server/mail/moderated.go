package mail

import (
	"context"
	"fmt"

	"peergroups/forum"
	"peergroups/server/text"
	"peergroups/server/view"
)

// ofModeration are the notes that moderation fills in.
var ofModeration = []string{"report-waits", "report-of-member", "report-closed"}

// moderation fills in the notes of what was reported: to those who look at it, and to who reported it. None
// holds a word of what it is about.
func (p *Postman) moderation(ctx context.Context, n *view.Note, ref int64, to forum.Recipient, w text.Words) error {
	a, err := p.Forum.ActorFor(ctx, to.Member)
	if err != nil {
		return err
	}
	if n.Stem == "report-closed" {
		r, err := p.Forum.ReadOwnReport(ctx, a, ref)
		if err != nil {
			return err
		}
		outcome := w.T("report.state-nothing")
		if r.Acted {
			outcome = w.T("report.state-acted")
		}
		n.Args, n.Href = append(n.Args, "Outcome", outcome), p.link("/account/reports")
		return nil
	}
	c, err := p.Forum.ReadCaseNote(ctx, a, ref)
	if err != nil {
		return err
	}
	n.Args, n.Href = append(n.Args, "Group", c.GroupName), p.link(fmt.Sprintf("/moderation/%d", ref))
	return nil
}
