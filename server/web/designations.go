package web

import (
	"peergroups/forum"
	"peergroups/server/view"
)

func (d *Door) designations(r *request) error { return d.designationsPage(r, nil) }

// designationsPage lists who may look at registrations.
func (d *Door) designationsPage(r *request, cause error) error {
	all, err := d.Forum.ReadDesignations(r.ctx, r.actor)
	if err != nil {
		return err
	}
	p, s := view.Designations{Form: r.form("kind", "login", "reason", "until")}, r.shell(r.words.T("designations.title"))
	for i := range all {
		p.Rows = append(p.Rows, view.DesignationRow{Face: face(all[i].MemberID, all[i].Name), ID: all[i].ID, Kind: all[i].Kind, Granter: all[i].Granter, Reason: all[i].Reason,
			From: all[i].FromAt, Until: all[i].UntilAt, Runs: all[i].Runs(forum.At(d.Now()))})
	}
	if cause != nil {
		if err := r.refused(cause, &p.Form, &s); err != nil {
			return err
		}
	}
	return r.render(view.DesignationsPage(s, p))
}

func (d *Door) designate(r *request) error {
	if err := d.Forum.Designate(r.ctx, r.actor, forum.DesignationDraft{Kind: forum.DesignatedFor(r.typed("kind")), Login: r.typed("login"), Reason: r.typed("reason"), Until: lastDay(r.typed("until"))}); err != nil {
		return d.designationsPage(r, err)
	}
	return r.done("/staff/designations", "designated")
}

func (d *Door) endDesignation(r *request) error {
	if err := d.Forum.EndDesignation(r.ctx, r.actor, number(r.typed("id"))); err != nil && forum.KindOf(err) != forum.NotFound { // the double click
		return err
	}
	return r.done("/staff/designations", "designation-ended")
}

// registrations asks whose registration is to be looked at, and why.
func (d *Door) registrations(r *request) error {
	may, err := d.Forum.IsDesignated(r.ctx, r.actor, forum.ForRegistrations)
	if err != nil {
		return err
	}
	if !may {
		return forum.Refuse(forum.Forbidden, "error.not-designated")
	}
	return r.render(view.RegistrationsPage(r.shell(r.words.T("registrations.title")), view.Registrations{Form: r.form()}))
}

// lookAtRegistration shows one, after it was written down that somebody looks.
func (d *Door) lookAtRegistration(r *request) error {
	a, err := d.Forum.LookAtRegistration(r.ctx, r.actor, r.typed("login"), r.typed("reason"))
	p, s := view.Registrations{Form: r.form("login", "reason")}, r.shell(r.words.T("registrations.title"))
	if err != nil {
		if err := r.refused(err, &p.Form, &s); err != nil {
			return err
		}
		return r.render(view.RegistrationsPage(s, p))
	}
	p.Name, p.Earlier = a.Name, a.Earlier
	for _, fact := range [][2]string{{"field.handle", a.Handle}, {"field.title", a.Title}, {"field.email", a.Email}, {"field.business_address", a.BusinessAddress},
		{"field.business_phone", a.BusinessPhone}, {"field.other_contact", a.OtherContact}, {"field.zone", a.Zone}} {
		if fact[1] != "" {
			p.Facts = append(p.Facts, view.Fact{Name: r.words.T(fact[0]), Words: fact[1]})
		}
	}
	return r.render(view.RegistrationsPage(s, p))
}

// looks shows a member who looked at their registration, when and why.
func (d *Door) looks(r *request) error {
	all, err := d.Forum.ReadLooks(r.ctx, r.actor)
	if err != nil {
		return err
	}
	var p view.Looks
	for _, l := range all {
		p.Looks = append(p.Looks, view.Look{Who: l.Who, At: l.At, Reason: l.Reason, Log: l.Kind == forum.ForSecurityLog})
	}
	return r.render(view.LooksPage(r.shell(r.words.T("looks.title")), p))
}
