package web

import (
	"peergroups/forum"
	"peergroups/server/view"
)

// pauseOf tells why mail to the reader is paused; "": it is not.
func (r *request) pauseOf() (string, error) {
	p, err := r.d.Forum.ReadMailPause(r.ctx, r.actor)
	switch {
	case err != nil || p.Since == 0:
		return "", err
	case p.Why == forum.Complaint:
		return "complaint", nil
	}
	return "bounces", nil
}

// resumeMail ends the reader's pause by their word that mail arrives.
func (d *Door) resumeMail(r *request) error {
	if err := d.Forum.ResumeMail(r.ctx, r.actor); err != nil {
		return err
	}
	return r.done("/account/mail", "mail-resumed")
}

// mailDays are the numbers of all mail, for the outbox.
func (r *request) mailDays() (view.MailDays, error) {
	days, paused, err := r.d.Forum.ReadMailDays(r.ctx, r.actor)
	return view.MailDays{Rows: days, Paused: r.words.T("mail-days.paused-now", "Count", paused)}, err
}

// groupMail is the list mail of a group in numbers, for its owners.
func (d *Door) groupMail(r *request) error {
	g, err := r.inGroup()
	if err != nil {
		return err
	}
	days, err := d.Forum.ReadGroupMail(r.ctx, r.actor, g.Group.ID)
	if err != nil {
		return err
	}
	path := groupPath(g.Group.Slug)
	s := r.shell(r.words.T("group-mail.title") + " · " + g.Group.Name)
	if s.Rail, err = r.rail(&g.Group.Group, true, g.Role, path+"/mail"); err != nil {
		return err
	}
	return r.render(view.GroupMailPage(s, view.GroupMail{Group: view.Link{Href: path, Text: g.Group.Name}, Days: view.MailDays{Rows: days}}))
}
