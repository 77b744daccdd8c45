package mail

import (
	"context"
	"fmt"

	"peergroups/forum"
	"peergroups/server/text"
	"peergroups/server/view"
)

// membership fills in the notes about who is in a group, and who not.
func (p *Postman) membership(ctx context.Context, n *view.Note, a forum.Actor, ref int64, w text.Words) error {
	if n.Stem == "talk-invited" { // it says nothing of who invites, nor of who is in it
		n.Href = p.link("/talks")
		return p.Forum.IsInvitedToTalk(ctx, a, forum.GroupID(ref))
	}
	g, err := p.Forum.ReadNote(ctx, a, ref)
	if err != nil {
		return err
	}
	reason := g.Reason
	if reason == "" {
		reason = w.T("note.no-reason")
	}
	n.Args, n.Href = append(n.Args, "Group", g.Name, "Whom", g.Whom, "Who", g.Who, "Reason", reason), p.link("/g/"+g.Slug)
	switch n.Stem {
	case "asked":
		n.Href += "/manage"
	case "remove", "ban", "decline":
		n.Href = p.link("/contact")
	}
	return nil
}

// drafts fills in a note of the drafts that wait now: it comes once a day, however many there are.
func (p *Postman) drafts(ctx context.Context, n *view.Note, a forum.Actor, w text.Words) error {
	all, err := p.Forum.Drafts(ctx, a)
	if err != nil {
		return err
	}
	n.Args, n.Href = append(n.Args, "Count", len(all)), p.link("/account/drafts")
	switch len(all) {
	case 0: // posted or thrown away meanwhile
		return forum.Absent()
	case 1:
		n.Args = append(n.Args, "Why", w.T("drafts.why."+all[0].Why))
		n.Href += fmt.Sprintf("/%d", all[0].ID)
	}
	return nil
}

// unposted fills in a note about what is not posted: it waits for moderators, came back from them, or its time has come in vain.
func (p *Postman) unposted(ctx context.Context, n *view.Note, a forum.Actor, ref int64, w text.Words) error {
	switch n.Stem {
	case "files-left-out":
		return p.leftOut(ctx, n, a, ref, w)
	case "waits":
		h, err := p.Forum.ReadOwnWaiting(ctx, a, ref)
		n.Args, n.Href = append(n.Args, "Group", h.GroupName), p.link(fmt.Sprintf("/account/waiting/%d", ref))
		return err
	case "post-back":
		h, err := p.Forum.ReadDraft(ctx, a, ref)
		n.Args, n.Href = append(n.Args, "Group", h.Place, "Why", w.T("drafts.why."+h.Why)), p.link(fmt.Sprintf("/account/drafts/%d", ref))
		return err
	}
	t, err := p.Forum.ReadScheduled(ctx, a, ref)
	if err == nil && t.Why == "" { // scheduled anew
		err = forum.Absent()
	}
	n.Args, n.Href = append(n.Args, "Why", w.T("later.why-"+t.Why)), p.link("/account/drafts")
	return err
}

// ballot fills in that an author is asked who may read what they wrote.
func (p *Postman) ballot(ctx context.Context, n *view.Note, a forum.Actor, ref int64, w text.Words) error {
	b, err := p.Forum.ReadBallot(ctx, a, ref)
	if err == nil && (b.ClosedAt != 0 || len(b.Items) == 0) {
		err = forum.Absent()
	}
	if err != nil {
		return err
	}
	n.Args, n.Href = append(n.Args, "Group", b.GroupName, "Count", len(b.Items), "Day", w.Day(b.UntilAt.Time())), p.link(fmt.Sprintf("/ballots/%d", ref))
	return nil
}
