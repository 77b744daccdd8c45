package web

import (
	"slices"
	"strings"

	"peergroups/forum"
	"peergroups/server/view"
)

// What is ticked in a queue is done in bulk, each by itself, with its own rights. The page that follows says how many came
// to which end: what somebody else was quicker with is left alone, and the rest is done.

// mostTicked is how many things one form is about at most.
const mostTicked = 200

// endings are what can become of something that was ticked, in the order in which the page says it.
var endings = []string{"posted", "back", "declined", "missed", "claimed", "released", "closed", "taken", "unread", "admitted", "refused", "decided"}

// bulkAct does one thing with what is ticked in a field, and says what became of it; Invalid is of the form, and so of all.
type bulkAct struct {
	field string
	one   func(r *request, tick string) (ending string, err error)
}

// bulkActs are what the buttons of a queue do.
var bulkActs = map[string]bulkAct{
	"approve": {"held", (*request).approveTicked},
	"decline": {"held", (*request).declineTicked},
	"claim":   {"cases", (*request).claimTicked},
	"release": {"cases", (*request).releaseTicked},
	"close":   {"cases", (*request).closeTicked},
	"admit":   {"asking", func(r *request, tick string) (string, error) { return r.decideTicked(tick, true) }},
	"refuse":  {"asking", func(r *request, tick string) (string, error) { return r.decideTicked(tick, false) }},
}

// bulkAgain puts on the page what became of what was ticked, or what is wrong with the form.
func (r *request) bulkAgain(p *view.Work, s *view.Shell, cause error) error {
	p.Bulk = r.form("reason", "words", "answer")
	for _, ending := range endings {
		if n := number(r.Query(ending)); n > 0 && n <= mostTicked {
			p.Summary = append(p.Summary, r.words.T("work.did-"+ending, "Count", int(n)))
		}
	}
	if cause == nil {
		return nil
	}
	for _, field := range []string{"held", "cases", "asking"} {
		p.Ticked = append(p.Ticked, r.ticks(field)...)
	}
	return r.refused(cause, &p.Bulk, s)
}

// ticks are the values of a field that are ticked, each once.
func (r *request) ticks(field string) (out []string) {
	for _, v := range r.Request().PostArgs().PeekMulti(field) {
		if len(out) < mostTicked && !slices.Contains(out, string(v)) {
			out = append(out, string(v))
		}
	}
	return out
}

func (d *Door) workBulk(r *request) error {
	if _, err := d.Forum.ReadWork(r.ctx, r.actor, r.Params("group")); err != nil { // whose queue it is
		return err
	}
	return d.bulk(r, groupPath(r.Params("group"))+"/queue", d.workPage)
}

func (d *Door) moderationBulk(r *request) error {
	if _, _, err := d.Forum.ReadModeration(r.ctx, r.actor); err != nil {
		return err
	}
	return d.bulk(r, "/moderation", d.moderationPage)
}

// bulk does what a button says with all that are ticked, and leads back to the queue.
func (d *Door) bulk(r *request, back string, again func(*request, error) error) error {
	act, ok := bulkActs[r.typed("act")]
	if !ok {
		act = bulkActs["decline"]
	}
	ticked, counts := r.ticks(act.field), map[string]int{}
	if len(ticked) == 0 {
		return again(r, invalid(act.field, "error.choose-ticked"))
	}
	for _, tick := range ticked {
		ending, err := act.one(r, tick)
		if forum.KindOf(err) == forum.Invalid {
			return again(r, err)
		}
		if err != nil {
			return err
		}
		counts[ending]++
	}
	sep := "?"
	for _, ending := range endings {
		if counts[ending] > 0 {
			back, sep = back+sep+ending+"="+decimal(int64(counts[ending])), "&"
		}
	}
	return r.to(back)
}

// endsAs gives the ending of an act that was refused as a kind of error for which there is one.
func endsAs(err error, done string, refused map[forum.Kind]string) (string, error) {
	if err == nil {
		return done, nil
	}
	if ending := refused[forum.KindOf(err)]; ending != "" {
		return ending, nil
	}
	return "", err
}

var (
	postMissed = map[forum.Kind]string{forum.Conflict: "missed", forum.NotFound: "missed"}
	caseTaken  = map[forum.Kind]string{forum.Conflict: "taken", forum.NotFound: "taken", forum.Forbidden: "unread"}
	askDecided = map[forum.Kind]string{forum.Conflict: "decided", forum.NotFound: "decided", forum.Forbidden: "decided"}
)

func (r *request) approveTicked(tick string) (string, error) {
	posted, err := r.d.Forum.Approve(r.ctx, r.actor, number(tick))
	return endsAs(err, map[bool]string{true: "posted", false: "back"}[posted], postMissed)
}

func (r *request) declineTicked(tick string) (string, error) {
	return endsAs(r.d.Forum.Decline(r.ctx, r.actor, number(tick), r.actDraft()), "declined", postMissed)
}

func (r *request) claimTicked(tick string) (string, error) {
	return endsAs(r.d.Forum.ClaimCase(r.ctx, r.actor, number(tick)), "claimed", caseTaken)
}

func (r *request) releaseTicked(tick string) (string, error) {
	return endsAs(r.d.Forum.ReleaseCase(r.ctx, r.actor, number(tick)), "released", caseTaken)
}

// closeTicked closes a report as one about which nothing needed to be done. Whose second click it is finds it closed by
// themself.
func (r *request) closeTicked(tick string) (string, error) {
	const nothing = "nothing"
	err := r.d.Forum.CloseCase(r.ctx, r.actor, number(tick), nothing, r.typed("answer"))
	if forum.KindOf(err) == forum.Conflict {
		if c, err := r.d.Forum.ReadCase(r.ctx, r.actor, number(tick)); err == nil && c.ClosedBy == r.actor.Member && c.Outcome == nothing {
			return "closed", nil
		}
	}
	return endsAs(err, "closed", caseTaken)
}

// askTick is how one who asks to be let in stands in the form: of which group, and who.
func askTick(m *forum.AskingRow) string { return decimal(m.GroupID) + "-" + decimal(m.ID) }

// decideTicked answers a request to join. Whose second click it is finds it answered so by themself.
func (r *request) decideTicked(tick string, admit bool) (string, error) {
	group, member, _ := strings.Cut(tick, "-")
	g, m := forum.GroupID(number(group)), forum.MemberID(number(member))
	done := map[bool]string{true: "admitted", false: "refused"}[admit]
	err := r.d.Forum.Decide(r.ctx, r.actor, g, m, admit)
	if forum.KindOf(err) == forum.NotFound {
		if same, err := r.d.Forum.HasDecided(r.ctx, r.actor, g, m, admit); err != nil || same {
			return done, err
		}
	}
	return endsAs(err, done, askDecided)
}
