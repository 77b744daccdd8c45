package web

import (
	"context"

	"peergroups/forum"
	"peergroups/server/view"
)

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
