package web

import (
	"github.com/gofiber/fiber/v2"

	"peergroups/forum"
	"peergroups/server/view"
)

func acknowledgePath(group string, door forum.Door, next string) string {
	return groupPath(group) + "/acknowledge?door=" + decimal(door) + "&next=" + queryEscape(next)
}

// acknowledge tells who will read what one says in the group on a door (P19).
func (d *Door) acknowledge(r *request) error {
	return d.acknowledgePage(r, forum.Door(number(r.Query("door"))), inside(r.Query("next")), "")
}

func (d *Door) acknowledgePage(r *request, door forum.Door, next, problem string) error {
	g, err := r.speaksIn()
	if err != nil {
		return err
	}
	if door < forum.OnBoard || door > forum.InRoom {
		return forum.Absent()
	}
	n, err := d.Forum.Disclose(r.ctx, r.actor, g.Group.ID, door)
	if err != nil {
		return err
	}
	p := view.Acknowledge{Form: view.Form{Values: map[string]string{}}, Group: g.Group.Name, GroupHref: groupPath(g.Group.Slug), Rules: g.Group.Rules, Door: door,
		Audience: audience(&g.Group.Group, n.Readers), Gaps: g.Group.TellsGaps(), AtOnce: n.AtOnce, Later: n.Later, Wording: n.Wording, Next: next}
	if g.Group.Talk != forum.NoTalk {
		t, err := d.Forum.ReadTalk(r.ctx, r.actor, g.Group.ID)
		if err != nil {
			return err
		}
		p.Group, p.GroupHref, p.Audience.People = r.talkTitle(&t), talksPath, r.talkReaders(&t)
	}
	s := r.shell(r.words.T("acknowledge.title"))
	if s.Rail, err = r.rail(&g.Group.Group, g.Had == forum.In, g.Role, ""); err != nil { // who of the staff reads along is said with it
		return err
	}
	if problem != "" {
		r.Status(fiber.StatusUnprocessableEntity)
		p.Errors = map[string]string{"agreed": r.words.T(problem)}
		s.Problems = []view.Problem{{Field: "agreed", Words: r.words.T(problem)}}
	}
	return r.render(view.AcknowledgePage(s, p))
}

func (d *Door) acknowledged(r *request) error {
	g, err := r.speaksIn()
	if err != nil {
		return err
	}
	door, next := forum.Door(number(r.typed("door"))), inside(r.typed("next"))
	if r.typed("agreed") == "" {
		return d.acknowledgePage(r, door, next, "acknowledge.tick")
	}
	err = d.Forum.Acknowledge(r.ctx, r.actor, g.Group.ID, door, r.typed("wording"))
	if e, ok := asError(err); ok && e.Kind == forum.Held { // the audience changed meanwhile: told anew
		return d.acknowledgePage(r, door, next, e.Message.Key)
	}
	if err != nil {
		return err
	}
	return r.to(next)
}

// drafts lists what came by mail and waits for its writer's word.
func (d *Door) drafts(r *request) error {
	rows, err := d.Forum.Drafts(r.ctx, r.actor)
	if err != nil {
		return err
	}
	var p view.Drafts
	for _, h := range rows {
		p.Drafts = append(p.Drafts, view.DraftRow{Href: "/account/drafts/" + decimal(h.ID), Title: h.Title, Place: h.Place, Excerpt: h.Beginning(140),
			At: h.HeldAt, Why: r.words.T("drafts.why." + h.Why)})
	}
	if p.Waiting, err = r.ownWaiting(); err != nil {
		return err
	}
	if p.Writings, err = d.writings(r); err != nil {
		return err
	}
	if p.Scheduled, err = d.scheduled(r); err != nil {
		return err
	}
	return r.render(view.DraftsPage(r.shell(r.words.T("drafts.title")), p))
}

// draft shows one held draft with the notice of who will read it; its button posts it.
func (d *Door) draft(r *request) error { return d.draftPage(r, "") }

func (d *Door) draftPage(r *request, problem string) error {
	h, err := d.Forum.ReadDraft(r.ctx, r.actor, r.id("id"))
	if err != nil {
		return err
	}
	n, err := d.Forum.Disclose(r.ctx, r.actor, h.GroupID, h.Door)
	if err != nil {
		return err
	}
	p := view.Acknowledge{Form: view.Form{Values: map[string]string{}}, Group: n.Group.Name, GroupHref: groupPath(n.Group.Slug), Rules: n.Group.Rules, Door: h.Door,
		Audience: audience(&n.Group, n.Readers), Gaps: n.Group.TellsGaps(), AtOnce: n.AtOnce, Later: n.Later, Wording: n.Wording, Draft: h.Source, Quoted: h.Trimmed, Title: h.Title, Place: h.Place, At: h.HeldAt, Why: r.words.T("drafts.why." + h.Why),
		Action: "/account/drafts/" + decimal(h.ID), Discard: "/account/drafts/" + decimal(h.ID) + "/discard"}
	if isBack(h.Why) {
		p.Change = p.Action + "/change"
	}
	p.Files = filesOf(h.Files)
	s := r.shell(r.words.T("acknowledge.title"))
	if problem != "" {
		r.Status(fiber.StatusUnprocessableEntity)
		p.Errors = map[string]string{"agreed": r.words.T(problem)}
		s.Problems = []view.Problem{{Field: "agreed", Words: r.words.T(problem)}}
	}
	return r.render(view.AcknowledgePage(s, p))
}

func (d *Door) release(r *request) error {
	if r.typed("agreed") == "" {
		return d.draftPage(r, "acknowledge.tick")
	}
	h, err := d.Forum.ReadDraft(r.ctx, r.actor, r.id("id"))
	if err != nil {
		return err
	}
	t, err := d.Forum.Release(r.ctx, r.actor, h.ID, r.typed("wording"))
	if forum.Waits(err) {
		return r.heldPage(h.Place)
	}
	if e, ok := asError(err); ok && e.Kind == forum.Held {
		return d.draftPage(r, e.Message.Key)
	}
	if err != nil {
		return err
	}
	return r.done("/t/"+decimal(t)+"/x", "posted")
}

func (d *Door) discard(r *request) error {
	if err := d.Forum.Discard(r.ctx, r.actor, r.id("id")); err != nil {
		return err
	}
	return r.done("/account/drafts", "discarded")
}
