package web

import (
	"context"

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
			p.Subscribers = append(p.Subscribers, view.SubscriberRow{Board: c.Name})
		}
		row := &p.Subscribers[len(p.Subscribers)-1]
		switch c.Mode {
		case forum.Each:
			row.Each = c.N
		case forum.Daily:
			row.Daily = c.N
		case forum.Weekly:
			row.Weekly = c.N
		case forum.Index:
			row.Index = c.N
		default:
			row.None = c.N
		}
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

// strangers puts the mails that wait for a group's moderators on their page.
func (r *request) strangers(g *forum.GroupPage, p *view.Arrivals) error {
	rows, err := r.d.Forum.Strangers(r.ctx, r.actor, g.Group.ID)
	for _, m := range rows {
		p.Wait = append(p.Wait, view.StrangerRow{Title: m.Title, Address: m.Address, Text: m.Source, At: m.At, Action: groupPath(g.Group.Slug) + "/strangers/" + decimal(m.ID)})
	}
	return err
}

func (d *Door) postStranger(r *request) error {
	return r.strange("stranger-posted", func(ctx context.Context, by forum.Actor, id int64) error {
		_, err := d.Forum.PostStranger(ctx, by, id, r.words.T("strangers.line"))
		return err
	})
}

func (d *Door) dropStranger(r *request) error {
	return r.strange("stranger-dropped", d.Forum.DropStranger)
}

func (r *request) strange(done string, act func(context.Context, forum.Actor, int64) error) error {
	g, err := r.inGroup()
	if err != nil {
		return err
	}
	if err := act(r.ctx, r.actor, r.id("id")); err != nil && forum.KindOf(err) != forum.NotFound { // decided by another meanwhile
		return err
	}
	return r.done(groupPath(g.Group.Slug)+"/arrivals", done)
}

// dns shows administrators what should stand in the DNS for mail, and what does at this moment.
func (d *Door) dns(r *request) error {
	if !r.actor.Has(forum.Administrator) {
		return forum.Refuse(forum.Forbidden, "error.administrators-only")
	}
	records, err := d.DNS(r.ctx)
	if err != nil {
		return err
	}
	var p view.DNS
	for _, rec := range records {
		p.Records = append(p.Records, view.DNSRecord(rec))
	}
	return r.render(view.DNSPage(r.shell(r.words.T("dns.title")), p))
}
