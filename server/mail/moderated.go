package mail

import (
	"context"
	"fmt"
	"strings"

	"peergroups/forum"
	"peergroups/server/text"
	"peergroups/server/view"
)

// ofModeration are the notes that moderation fills in.
var ofModeration = []string{"report-waits", "report-of-member", "report-closed", "act-hide", "act-rename", "act-warn", "act-mute", "act-vet", "act-decline", "act-suspend", "act-lifted", "objection-waits", "objection-answered"}

// moderation fills in the notes of what was reported: to those who look at it, and to who reported it. None
// holds a word of what it is about.
func (p *Postman) moderation(ctx context.Context, n *view.Note, ref int64, to forum.Recipient, w text.Words) error {
	a, err := p.Forum.ActorFor(ctx, to.Member)
	if err != nil {
		return err
	}
	if strings.HasPrefix(n.Stem, "act-") || n.Stem == "objection-answered" {
		return p.acted(ctx, n, ref, to, w)
	}
	if n.Stem == "objection-waits" {
		o, err := p.Forum.ReadObjection(ctx, a, ref)
		n.Args, n.Href = append(n.Args, "Day", w.Day(o.DueAt.Time())), p.link(fmt.Sprintf("/objections/%d", ref))
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

// acted fills in a statement of reasons: what was done, for which reason, by which role, until when. It holds
// nothing of what was written, and no name of who did it.
func (p *Postman) acted(ctx context.Context, n *view.Note, ref int64, to forum.Recipient, w text.Words) error {
	a, err := p.Forum.ReadActOf(ctx, to.Member, ref)
	if err != nil {
		return err
	}
	until := w.T("act.until-lifted")
	if a.UntilAt != 0 {
		until = w.T("act.until", "When", w.When(a.UntilAt.Time()))
	}
	n.Args = append(n.Args, "What", w.T("own-act."+string(a.Kind)), "By", view.ActedBy(w, a.GroupID, a.GroupName), "Reason", w.T("reason."+a.Reason), "Words", a.Words, "Until", until)
	outcome := w.T("objection.outcome-upheld")
	if a.TakenBack {
		outcome = w.T("objection.outcome-taken-back")
	}
	n.Args, n.Href = append(n.Args, "Outcome", outcome, "Answer", a.Answer), p.link("/account/acts")
	if a.Kind == forum.Suspends { // without a session
		n.Href = p.link("/object/" + p.Forum.ObjectionToken(ref, to.Member))
	}
	return nil
}
