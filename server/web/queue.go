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
	strangers, err := d.Forum.Strangers(r.ctx, r.actor, w.Group.ID)
	if err != nil {
		return err
	}
	if len(strangers) > 0 {
		p.Strangers = view.Link{Href: path + "/arrivals", Text: r.words.T("strangers.wait")}
	}
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

// queueMail sets what mail about queues the reader wants.
func (d *Door) queueMail(r *request) error {
	if err := d.Forum.SetQueueMail(r.ctx, r.actor, forum.QueueMail{Notices: r.typed("notices") != "", Summary: r.typed("summary")}); err != nil {
		return err
	}
	return r.done("/moderation", "saved")
}
