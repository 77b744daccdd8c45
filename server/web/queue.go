package web

import (
	"peergroups/forum"
	"peergroups/server/view"
)

// work is the queue of a group, and moderation that of all that the reader looks after.
func (d *Door) work(r *request) error { return d.workPage(r, nil) }

func (d *Door) workPage(r *request, cause error) error {
	w, err := d.Forum.ReadWork(r.ctx, r.actor, r.Params("group"))
	if err != nil {
		return err
	}
	p := r.workOf(&w)
	if p.Lasting, err = r.lasting(w.Group.ID); err != nil {
		return err
	}
	path := groupPath(w.Group.Slug)
	p.Group, p.Action = view.Link{Href: path, Text: w.Group.Name}, path+"/queue"
	s := r.shell(r.words.T("work.title") + " · " + w.Group.Name)
	if err := r.bulkAgain(&p, &s, cause); err != nil {
		return err
	}
	if s.Rail, err = r.rail(&w.Group, true, w.Role, path+"/queue"); err != nil {
		return err
	}
	return r.render(view.WorkPage(s, p))
}

func (d *Door) moderation(r *request) error { return d.moderationPage(r, nil) }

func (d *Door) moderationPage(r *request, cause error) error {
	groups, log, err := d.Forum.ReadModeration(r.ctx, r.actor)
	if err != nil {
		return err
	}
	work, err := d.Forum.ReadWork(r.ctx, r.actor, "")
	if err != nil {
		return err
	}
	p, s := view.Moderation{Work: r.workOf(&work), Log: logRows(log, true)}, r.shell(r.words.T("moderation.title"))
	p.Work.Action = "/moderation"
	if err := r.bulkAgain(&p.Work, &s, cause); err != nil {
		return err
	}
	if p.Work.Lasting, err = r.lasting(0); err != nil {
		return err
	}
	mail, err := d.Forum.ReadQueueMail(r.ctx, r.actor)
	if err != nil {
		return err
	}
	p.Mail = view.Form{Values: map[string]string{"notices": map[bool]string{true: "1"}[mail.Notices], "summary": mail.Summary}}
	for i := range groups {
		p.Groups = append(p.Groups, view.Link{Href: groupPath(groups[i].Slug) + "/queue", Text: groups[i].Name, Icon: audienceIcon(&groups[i])})
	}
	return r.render(view.ModerationPage(s, p))
}

// bulkAgain puts on the page what became of the posts that were ticked, or what is wrong with the form.
func (r *request) bulkAgain(p *view.Work, s *view.Shell, cause error) error {
	p.Bulk = r.form("reason", "words")
	for _, line := range []string{"posted", "back", "declined", "missed"} {
		if n := number(r.Query(line)); n > 0 && n <= mostTicked {
			p.Summary = append(p.Summary, r.words.T("work.did-"+line, "Count", int(n)))
		}
	}
	if cause == nil {
		return nil
	}
	p.Ticked = r.tickedPosts()
	return r.refused(cause, &p.Bulk, s)
}

// mostTicked is how many posts one form is about at most.
const mostTicked = 200

func (r *request) tickedPosts() (out []int64) {
	for _, v := range r.Request().PostArgs().PeekMulti("held") {
		if len(out) < mostTicked {
			out = append(out, number(string(v)))
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

// bulk posts or declines the posts that are ticked, each by itself: of what somebody else was quicker with, the page that
// follows says how many they were.
func (d *Door) bulk(r *request, back string, again func(*request, error) error) error {
	ids, counts := r.tickedPosts(), map[string]int{}
	if len(ids) == 0 {
		return again(r, invalid("held", "error.choose-posts"))
	}
	for _, id := range ids {
		done, err := "declined", error(nil)
		if r.typed("act") == "approve" {
			var posted bool
			posted, err = d.Forum.Approve(r.ctx, r.actor, id)
			done = map[bool]string{true: "posted", false: "back"}[posted]
		} else {
			err = d.Forum.Decline(r.ctx, r.actor, id, r.actDraft())
		}
		switch kind := forum.KindOf(err); {
		case kind == forum.Invalid: // the reason, of all of them
			return again(r, err)
		case kind == forum.Conflict || kind == forum.NotFound:
			done = "missed"
		case err != nil:
			return err
		}
		counts[done]++
	}
	sep := "?"
	for _, line := range []string{"posted", "back", "declined", "missed"} {
		if counts[line] > 0 {
			back, sep = back+sep+line+"="+decimal(int64(counts[line])), "&"
		}
	}
	return r.to(back)
}

// queueMail sets what mail about queues the reader wants.
func (d *Door) queueMail(r *request) error {
	if err := d.Forum.SetQueueMail(r.ctx, r.actor, forum.QueueMail{Notices: r.typed("notices") != "", Summary: r.typed("summary")}); err != nil {
		return err
	}
	return r.done("/moderation", "saved")
}
