package web

import (
	"peergroups/forum"
	"peergroups/server/view"
)

var listSettingFields = []string{"strangers", "to_author", "footer", "welcome", "goodbye"}

func (d *Door) listSettings(r *request) error { return d.listSettingsPage(r, nil) }

// listSettingsPage shows what the mail of a group is like to its owners; cause is why a change was refused.
func (d *Door) listSettingsPage(r *request, cause error) error {
	g, l, err := d.Forum.ReadList(r.ctx, r.actor, r.Params("group"))
	if err != nil {
		return err
	}
	on := map[bool]string{true: "1"}
	path := groupPath(g.Group.Slug)
	p := view.ListSettings{Group: view.Link{Href: path, Text: g.Group.Name}, Form: view.Form{Values: map[string]string{
		"strangers": on[l.Strangers], "to_author": on[l.ToAuthor], "footer": l.Footer, "welcome": l.Welcome, "goodbye": l.Goodbye}, Key: newKey()}}
	s := r.shell(r.words.T("list-settings.title") + " · " + g.Group.Name)
	if cause != nil {
		p.Form = r.form(listSettingFields...)
		if err := r.refused(cause, &p.Form, &s); err != nil {
			return err
		}
	}
	counts, err := d.Forum.CountSubscribers(r.ctx, r.actor, g.Group.ID)
	if err != nil {
		return err
	}
	var last forum.BoardID
	for _, c := range counts {
		if c.BoardID != last {
			last = c.BoardID
			p.Subscribers = append(p.Subscribers, view.SubscriberRow{Board: c.Name, Counts: make([]int, forum.Special+1)})
		}
		p.Subscribers[len(p.Subscribers)-1].Counts[c.Mode] = c.N
	}
	if s.Rail, err = r.rail(&g.Group.Group, true, g.Role, path+"/list"); err != nil {
		return err
	}
	return r.render(view.ListSettingsPage(s, p))
}

func (d *Door) setListSettings(r *request) error {
	g, err := r.inGroup()
	if err != nil {
		return err
	}
	if err := d.Forum.SetList(r.ctx, r.actor, g.Group.ID, forum.ListSettings{Strangers: r.typed("strangers") != "", ToAuthor: r.typed("to_author") != "",
		Footer: r.typed("footer"), Welcome: r.typed("welcome"), Goodbye: r.typed("goodbye")}); err != nil {
		return d.listSettingsPage(r, err)
	}
	return r.done(groupPath(g.Group.Slug)+"/list/settings", "list-saved")
}

func (d *Door) testList(r *request) error {
	g, err := r.inGroup()
	if err != nil {
		return err
	}
	if err := d.Forum.TestList(r.ctx, r.actor, g.Group.ID); err != nil {
		return err
	}
	return r.done(groupPath(g.Group.Slug)+"/list/settings", "list-tested")
}
