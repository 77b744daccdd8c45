package web

import (
	"slices"

	"github.com/gofiber/fiber/v2"

	"peergroups/forum"
	"peergroups/server/view"
)

func waitingPath(id int64) string    { return "/waiting/" + decimal(id) }
func ownWaitingPath(id int64) string { return "/account/waiting/" + decimal(id) }

// vettingPage shows its owners what waits in a group before others read it.
func (d *Door) vettingPage(r *request) error { return d.vettingForm(r, nil) }

func (d *Door) vettingForm(r *request, cause error) error {
	g, err := r.inGroup()
	if err != nil {
		return err
	}
	v, err := d.Forum.ReadVetting(r.ctx, r.actor, g.Group.ID)
	if err != nil {
		return err
	}
	path := groupPath(g.Group.Slug)
	p := view.Vetting{Group: view.Link{Href: path, Text: g.Group.Name}, Masked: g.Group.Class == forum.ChathamClass,
		Form: view.Form{Values: map[string]string{"first": decimal(int64(v.First)), "all": map[bool]string{true: "1"}[v.All], "watched": v.Watched}, Key: newKey()}}
	s := r.shell(r.words.T("vetting.title") + " · " + g.Group.Name)
	if cause != nil {
		p.Form = r.form("first", "all", "watched")
		if err := r.refused(cause, &p.Form, &s); err != nil {
			return err
		}
	}
	if s.Rail, err = r.rail(&g.Group.Group, true, g.Role, path+"/settings"); err != nil {
		return err
	}
	return r.render(view.VettingPage(s, p))
}

func (d *Door) setVetting(r *request) error {
	g, err := r.inGroup()
	if err != nil {
		return err
	}
	err = d.Forum.SetVetting(r.ctx, r.actor, g.Group.ID, forum.Vetting{First: int(choice(r.typed("first"))), All: r.typed("all") != "", Watched: r.typed("watched")})
	if forum.KindOf(err) == forum.Invalid {
		return d.vettingForm(r, err)
	}
	if err != nil {
		return err
	}
	return r.done(groupPath(g.Group.Slug)+"/settings/vetting", "changed")
}

func (d *Door) vetPage(r *request) error { return d.sanctionPage(r, "vet", r.Query("member"), nil) }

func (d *Door) vet(r *request) error {
	return d.sanction(r, "vet", "vetted", func(g forum.GroupID, m forum.MemberID) error {
		return d.Forum.Vet(r.ctx, r.actor, g, m, r.actDraft())
	})
}

func (d *Door) unvet(r *request) error {
	return d.sanction(r, "vet", "unvetted", func(g forum.GroupID, m forum.MemberID) error {
		return d.Forum.Unvet(r.ctx, r.actor, g, m)
	})
}

// heldPage says after a post that it waits, who reads it until then, and where its writer finds it.
func (r *request) heldPage(group string) error {
	r.Status(fiber.StatusAccepted)
	s := r.shell(r.words.T("waits.title"))
	s.NoIndex = true
	return r.render(view.HeldPage(s, view.Held{Words: r.words.T("waits.words", "Group", group), Href: "/account/drafts", Act: r.words.T("waits.go")}))
}

func (r *request) waitingRow(h *forum.WaitingRow) view.WaitingRow {
	v := view.WaitingRow{ID: h.ID, Href: waitingPath(h.ID), Title: h.Subject(), Answer: h.TopicID != 0, Who: face(h.MemberID, h.Author), Place: h.GroupName, Why: h.Why, At: h.At, ByMail: h.Door == forum.ByMail, Claimer: h.Claimer, Excerpt: h.Beginning(200)}
	if h.BoardName != "" {
		v.Place += " · " + h.BoardName
	}
	if h.Veiled {
		v.Who.Name = r.words.T("waiting.masked")
	}
	return v
}

// ownWaiting are the member's own posts that wait for moderators.
func (r *request) ownWaiting() (out []view.WaitingRow, err error) {
	rows, err := r.d.Forum.OwnWaiting(r.ctx, r.actor)
	for i := range rows {
		v := r.waitingRow(&rows[i])
		v.Href = ownWaitingPath(v.ID)
		out = append(out, v)
	}
	return out, err
}

// ownWait shows the member one of them.
func (d *Door) ownWait(r *request) error {
	h, err := d.Forum.ReadOwnWaiting(r.ctx, r.actor, r.id("id"))
	if err != nil {
		return err
	}
	s := r.shell(r.words.T("waits.title"))
	s.NoIndex = true
	return r.render(view.OwnWaitingPage(s, view.OwnWaiting{WaitingRow: r.waitingRow(&h), Source: h.Source, Action: ownWaitingPath(h.ID) + "/take-back"}))
}

func (d *Door) takeWaiting(r *request) error {
	if err := d.Forum.TakeWaiting(r.ctx, r.actor, r.id("id")); err != nil {
		return err
	}
	return r.done("/account/drafts", "waiting-taken")
}

// rewrite leads a draft that came back to the form where it was written.
func (d *Door) rewrite(r *request) error {
	h, err := d.Forum.Rewrite(r.ctx, r.actor, r.id("id"))
	if forum.KindOf(err) == forum.Conflict {
		return r.done("/account/drafts", "begun-there")
	}
	if err != nil {
		return err
	}
	if h.TopicID != 0 {
		return r.to("/t/" + decimal(h.TopicID) + "/x#composer")
	}
	if h.Later != 0 {
		t, err := d.Forum.ReadScheduled(r.ctx, r.actor, h.Later)
		if err != nil {
			return err
		}
		if t.Place == "" {
			return r.done("/account/drafts", "saved")
		}
		return r.to(boardPath(t.Group, t.Board) + "/new?later=" + decimal(t.ID))
	}
	all, err := d.writings(r)
	for _, w := range all {
		if err == nil && w.Kind == "board" && w.Ref == int64(h.BoardID) && w.Href != "" {
			return r.to(w.Href)
		}
	}
	return r.done("/account/drafts", "saved")
}

// waitingPost shows a moderator a post that waits.
func (d *Door) waitingPost(r *request) error { return d.waitingPage(r, nil) }

func (d *Door) waitingPage(r *request, cause error) error {
	h, err := d.Forum.ReadWaiting(r.ctx, r.actor, r.id("id"))
	if err != nil {
		return err
	}
	p := view.Waiting{Form: r.form("reason", "words"), WaitingRow: r.waitingRow(&h.WaitingRow), Action: waitingPath(h.ID), Back: groupPath(h.GroupSlug) + "/queue", HTML: d.links(r.ctx).Through(h.HTML), Files: filesOf(h.Files),
		Found: h.Found, MayWork: h.MayHandle, Mine: h.Mine, Audience: view.AudienceIn(h.Audience, h.GroupID, forum.MembersOnly, h.GroupName)}
	if h.TopicID != 0 {
		p.Topic = view.Link{Href: "/t/" + decimal(h.TopicID) + "/x", Text: h.TopicTitle}
	}
	if err := r.canned(h.GroupID, &p.Form, "words"); err != nil {
		return err
	}
	quoted, err := r.readQuoted(forum.References(p.HTML))
	if err != nil {
		return err
	}
	p.HTML = r.quoting(p.HTML, quoted)
	s := r.shell(r.words.T("waiting.title"))
	s.NoIndex = true
	if cause != nil {
		if err := r.refused(cause, &p.Form, &s); err != nil {
			return err
		}
	}
	return r.render(view.WaitingPage(s, p))
}

// vettedOne leads back to the queue, or to the post where it is still there.
func (d *Door) vettedOne(r *request, err error, done string) error {
	switch kind := forum.KindOf(err); {
	case err == nil:
		return r.done("/moderation", done)
	case kind == forum.Invalid:
		return d.waitingPage(r, err)
	case kind == forum.Conflict:
		return r.done(waitingPath(r.id("id")), "case-taken")
	}
	return err
}

func (d *Door) claimWaiting(r *request) error {
	if err := d.Forum.ClaimWaiting(r.ctx, r.actor, r.id("id")); err != nil {
		return d.vettedOne(r, err, "")
	}
	return r.done(waitingPath(r.id("id")), "claimed")
}

func (d *Door) releaseWaiting(r *request) error {
	return d.vettedOne(r, d.Forum.ReleaseWaiting(r.ctx, r.actor, r.id("id")), "released")
}

func (d *Door) approve(r *request) error {
	posted, err := d.Forum.Approve(r.ctx, r.actor, r.id("id"))
	done := "post-approved"
	if !posted {
		done = "post-back"
	}
	return d.vettedOne(r, err, done)
}

func (d *Door) declinePost(r *request) error {
	if r.using() {
		return d.waitingPage(r, nil)
	}
	return d.vettedOne(r, d.Forum.Decline(r.ctx, r.actor, r.id("id"), r.actDraft()), "post-declined")
}

// willWait says on a composer that what is written there waits.
func (r *request) willWait(g *forum.Group, c *view.Composer) (err error) {
	c.Waits, err = r.d.Forum.WillWait(r.ctx, r.actor, g)
	return err
}

// isBack tells whether a draft came back from moderators.
func isBack(why string) bool {
	return slices.Contains([]string{forum.PostDeclined, forum.ReadersGrew, forum.DoorShut, forum.FormOutdated, forum.TakenBack}, why)
}
