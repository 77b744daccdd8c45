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
var ofModeration = []string{"queue", "queue-summary", "objection-late", "house-mail", "report-of-member", "report-of-mail", "report-unattended", "report-closed", "act-hide", "act-hide-message", "act-edit", "act-erase", "erase-asked", "incident-soon", "incident-late", "erase-decided", "act-rename", "act-warn", "act-mute", "act-mute-in-room", "act-remove-from-room", "act-vet", "act-decline", "act-suspend", "act-lifted", "objection-waits", "objection-answered"}

// toAdministrators are those that tell administrators of something that stands on a page.
var toAdministrators = map[string]string{"incident-soon": "/staff/incidents", "incident-late": "/staff/incidents", "erase-asked": "/staff/erasures", "house-mail": "/staff/mail"}

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
	if strings.HasPrefix(n.Stem, "queue") {
		return p.queue(ctx, n, a, ref, w)
	}
	if n.Stem == "objection-waits" || n.Stem == "objection-late" {
		o, err := p.Forum.ReadObjection(ctx, a, ref)
		n.Args, n.Href = append(n.Args, "Day", w.Day(o.DueAt.Time())), p.link(fmt.Sprintf("/objections/%d", ref))
		return err
	}
	if path := toAdministrators[n.Stem]; path != "" {
		if n.Href = p.link(path); forum.MayAdminister(a) != nil && (!strings.HasPrefix(n.Stem, "incident-") || forum.MayPublishPolicy(a) != nil) { // it was queued while they did
			return forum.Absent()
		}
		return nil
	}
	if n.Stem == "erase-decided" {
		e, err := p.Forum.ReadErasure(ctx, a, ref)
		outcome := w.T("erasures.was-refused")
		if e.Erased {
			outcome = w.T("erasures.was-erased")
		}
		n.Args, n.Href = append(n.Args, "Outcome", outcome, "Answer", e.Answer), p.link("/moderation")
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

// queue fills in how much waits for a moderator, and where.
func (p *Postman) queue(ctx context.Context, n *view.Note, a forum.Actor, ref int64, w text.Words) error {
	if n.Stem == "queue" {
		q, err := p.Forum.ReadQueueNotice(ctx, a, ref)
		n.Args, n.Href = append(n.Args, "Group", q.GroupName, "What", waitingWords(w, &q)), p.link("/g/"+q.GroupSlug+"/queue")
		return err
	}
	all, err := p.Forum.CountQueues(ctx, a, 0)
	if err == nil && len(all) == 0 {
		err = forum.Absent()
	}
	var lines []string
	for i := range all {
		place := all[i].GroupName
		if all[i].GroupID == 0 {
			place = w.T("case.of-body")
		}
		lines = append(lines, place+": "+waitingWords(w, &all[i]))
	}
	n.Args, n.Href = append(n.Args, "Lines", strings.Join(lines, "\n")), p.link("/moderation")
	return err
}

// waitingWords says how much waits, of each kind.
func waitingWords(w text.Words, q *forum.QueueCount) string {
	var out []string
	for _, c := range []struct {
		key string
		n   int
	}{{"queue.held", q.Held}, {"queue.cases", q.Cases}, {"queue.objections", q.Objections}, {"queue.asking", q.Asking}} {
		if c.n > 0 {
			out = append(out, w.T(c.key, "Count", c.n))
		}
	}
	return strings.Join(out, ", ")
}

// roomWords name a room, if whom it is told may know it.
func roomWords(w text.Words, name string) string {
	if name == "" {
		return w.T("room.some")
	}
	return w.T("room.quoted", "Name", name)
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
	n.Args = append(n.Args, "What", w.T("own-act."+string(a.Kind)), "By", view.ActedBy(w, a.GroupID, a.GroupName), "Reason", w.T("reason."+a.Reason), "Words", a.Words, "Until", until, "Room", roomWords(w, a.RoomName))
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
