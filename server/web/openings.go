package web

import (
	"peergroups/forum"
	"peergroups/forum/markup"
	"peergroups/server/view"
)

func visits(rows []forum.OpeningRow) (out []view.Visit) {
	for _, o := range rows {
		out = append(out, view.Visit{Who: o.Asker, Second: o.Second, Reason: o.Reason, Until: o.UntilAt})
	}
	return out
}

func openingPath(id int64) string { return "/openings/" + decimal(id) }

// openingRow is an opening on a page; action is where its answer goes.
func (d *Door) openingRow(o forum.OpeningRow, action string) view.OpeningRow {
	now := forum.At(d.Now())
	v := view.OpeningRow{Asker: o.Asker, Second: o.Second, Reason: o.Reason, Hours: o.Hours, At: o.AskedAt, Until: o.UntilAt, State: "lapsed"}
	switch {
	case o.Waits(now):
		v.State = "waiting"
	case o.RefusedAt != 0:
		v.State = "refused"
	case o.Runs(now):
		v.State = "open"
	case o.AgreedAt != 0:
		v.State = "over"
	}
	if o.EndedAt != 0 && o.EndedAt < o.UntilAt {
		v.Until = o.EndedAt
	}
	if o.MayAnswer {
		v.Action = action
	}
	return v
}

// openings is what a group's members see of who was let in.
func (d *Door) openings(r *request) error {
	o, err := d.Forum.ReadOpenings(r.ctx, r.actor, r.Params("group"))
	if err != nil {
		return err
	}
	path := groupPath(o.Group.Slug)
	p := view.Openings{Group: view.Link{Href: path, Text: o.Group.Name}, MayModerate: o.In && o.Role >= forum.Moderator}
	for _, row := range o.Visits {
		p.Visits = append(p.Visits, d.openingRow(row, ""))
	}
	for _, row := range o.Identity {
		v := d.openingRow(row, openingPath(row.ID))
		v.Href = openingPath(row.ID)
		p.Identity = append(p.Identity, v)
	}
	s := r.shell(r.words.T("openings.title") + " · " + o.Group.Name)
	if s.Rail, err = r.rail(&o.Group, o.In, o.Role, path+"/openings"); err != nil {
		return err
	}
	return r.render(view.OpeningsPage(s, p))
}

// askIdentityPage asks a moderator for the reason.
func (d *Door) askIdentityPage(r *request) error { return d.askIdentityForm(r, nil) }

func (d *Door) askIdentityForm(r *request, cause error) error {
	id := forum.PostID(r.id("id"))
	posts, err := d.Forum.VisiblePosts(r.ctx, r.actor, []forum.PostID{id})
	if err != nil {
		return err
	}
	if len(posts) == 0 {
		return forum.Absent()
	}
	post := posts[0]
	g, err := d.Forum.FindGroup(r.ctx, r.actor, post.GroupSlug)
	if err != nil {
		return err
	}
	switch {
	case !g.Group.In || g.Role < forum.Moderator:
		return forum.Refuse(forum.Forbidden, "error.moderators-only")
	case !post.Veiled:
		return forum.Refuse(forum.Closed, "error.not-masked")
	}
	p := view.Act{Form: r.form("reason"), Stem: "identity", Action: postPath(id) + "/identity", Back: postPath(id),
		Object: voice(r.words, 0, post.Author, true).Name + ": " + markup.Excerpt(post.Plain, 300)}
	s := r.shell(r.words.T("identity.title"))
	if cause != nil {
		if err := r.refused(cause, &p.Form, &s); err != nil {
			return err
		}
	}
	return r.render(view.ActPage(s, p))
}

func (d *Door) askIdentity(r *request) error {
	id, err := d.Forum.AskIdentity(r.ctx, r.actor, forum.Spoken{RefKind: forum.SpokenPost, Ref: r.id("id")}, r.typed("reason"))
	switch forum.KindOf(err) {
	case forum.Conflict:
		return r.to(openingPath(id))
	case forum.Invalid, forum.TooMany:
		return d.askIdentityForm(r, err)
	}
	if err != nil {
		return err
	}
	return r.done(openingPath(id), "identity-asked")
}

// identity is the page on which the two who opened a mask are told who is behind it.
func (d *Door) identity(r *request) error {
	o, err := d.Forum.ReadIdentity(r.ctx, r.actor, r.id("id"))
	if err != nil {
		return err
	}
	p := view.Identity{Group: view.Link{Href: groupPath(o.Group.Slug), Text: o.Group.Name}, Plain: o.Plain, Row: d.openingRow(o.OpeningRow, openingPath(o.ID))}
	if o.Mask != "" {
		p.Mask = voice(r.words, 0, o.Mask, true).Name
		if o.RefKind == forum.SpokenPost {
			p.Post = view.Link{Href: postPath(forum.PostID(o.Ref)), Text: r.words.T("post.link")}
		}
	}
	if o.AuthorID != 0 {
		who := face(o.AuthorID, o.Author)
		p.Author = &who
	}
	s := r.shell(r.words.T("openings.identity") + " · " + o.Group.Name)
	s.NoIndex = true
	return r.render(view.IdentityPage(s, p))
}

// answered leads on after an answer; that somebody answered before is shown and no trouble.
func (r *request) answered(err error, path string) error {
	switch {
	case forum.KindOf(err) == forum.Conflict:
		return r.to(path)
	case err != nil:
		return err
	case r.typed("agree") != "":
		return r.done(path, "opening-agreed")
	}
	return r.done(path, "opening-refused")
}

func (d *Door) answerIdentity(r *request) error {
	id := r.id("id")
	return r.answered(d.Forum.AnswerIdentity(r.ctx, r.actor, id, r.typed("agree") != ""), openingPath(id))
}

// staffOpenings is where administrators ask for a group, and answer one another.
func (d *Door) staffOpenings(r *request) error { return d.staffOpeningsPage(r, nil) }

func (d *Door) staffOpeningsPage(r *request, cause error) error {
	o, err := d.Forum.ReadStaffOpenings(r.ctx, r.actor)
	if err != nil {
		return err
	}
	p, s := view.StaffOpenings{Form: r.form("address", "reason", "hours")}, r.shell(r.words.T("staff-openings.title"))
	if cause != nil {
		if err := r.refused(cause, &p.Form, &s); err != nil {
			return err
		}
	}
	for _, row := range o.Waiting {
		v := d.openingRow(row, "/staff/openings/"+decimal(row.ID))
		v.Address = row.Address
		p.Waiting = append(p.Waiting, v)
	}
	for _, row := range o.Own {
		v := d.openingRow(row, "")
		v.Address = row.Address
		p.Own = append(p.Own, v)
	}
	return r.render(view.StaffOpeningsPage(s, p))
}

func (d *Door) askVisit(r *request) error {
	if err := d.Forum.AskVisit(r.ctx, r.actor, forum.VisitDraft{Address: r.typed("address"), Reason: r.typed("reason"), Hours: int(number(r.typed("hours")))}); err != nil {
		return d.staffOpeningsPage(r, err)
	}
	return r.done("/staff/openings", "visit-asked")
}

func (d *Door) answerVisit(r *request) error {
	return r.answered(d.Forum.AnswerVisit(r.ctx, r.actor, r.id("id"), r.typed("agree") != ""), "/staff/openings")
}
