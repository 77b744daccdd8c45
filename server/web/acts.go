package web

import (
	"slices"
	"strings"

	"github.com/gofiber/fiber/v2"

	"peergroups/forum"
	"peergroups/forum/markup"
	"peergroups/server/view"
)

// actForm shows a form that asks for the reason of an act; cause is why it was refused.
func (r *request) actForm(p view.Act, cause error) error {
	p.Form = r.form("title", "reason", "words", "days", "case")
	if r.Method() == fiber.MethodGet { // from a report, with what it says
		p.Values["case"] = r.Query("case")
		if p.Reasons && slices.Contains(forum.Reasons, r.Query("reason")) {
			p.Values["reason"] = r.Query("reason")
		}
	}
	if p.Edits {
		if p.Values["source"] = r.typed("source"); p.Values["source"] == "" && cause == nil {
			p.Values["source"] = p.Source
		}
	}
	if err := r.canned(p.Group, &p.Form, "words"); err != nil {
		return err
	}
	s := r.shell(r.words.T(p.Stem + ".title"))
	s.NoIndex = true
	if cause != nil {
		if err := r.refused(cause, &p.Form, &s); err != nil {
			return err
		}
	}
	return r.render(view.ActPage(s, p))
}

// actDraft is what such a form says.
func (r *request) actDraft() forum.ActDraft {
	d := forum.ActDraft{Reason: r.typed("reason"), Words: r.typed("words")}
	if hours, is := strings.CutSuffix(r.typed("days"), "h"); is {
		d.Hours = int(number(hours))
	} else {
		d.Days = int(number(r.typed("days")))
	}
	return d
}

// acted leads back to the report from which the act was taken, there to be closed, or else to the path.
func (r *request) acted(path, act, done string) error {
	if id := number(r.typed("case")); id > 0 {
		path = casePath(id) + "?acted=" + act
	}
	return r.done(path, done)
}

func (d *Door) hidePage(r *request) error { return d.hideForm(r, "hide", nil) }

func (d *Door) showPage(r *request) error { return d.hideForm(r, "show", nil) }

func (d *Door) hideForm(r *request, stem string, cause error) error {
	id := forum.PostID(r.id("id"))
	post, err := d.Forum.ReadModerated(r.ctx, r.actor, id)
	if err != nil {
		return err
	}
	return r.actForm(view.Act{Stem: stem, Action: postPath(id) + "/" + stem, Back: postPath(id), Object: voice(r.words, 0, post.Author, post.Veiled).Name + ": " + markup.Excerpt(post.Plain, 300),
		Group: post.GroupID, Reasons: stem == "hide", Plain: stem == "show", Danger: stem == "hide"}, cause)
}

func (d *Door) hide(r *request) error {
	if r.using() {
		return d.hideForm(r, "hide", nil)
	}
	id := forum.PostID(r.id("id"))
	err := d.Forum.HidePost(r.ctx, r.actor, id, r.actDraft())
	if forum.KindOf(err) == forum.Invalid {
		return d.hideForm(r, "hide", err)
	}
	if err != nil {
		return err
	}
	return r.acted(postPath(id), "hide", "post-hidden")
}

func (d *Door) showAgain(r *request) error {
	id := forum.PostID(r.id("id"))
	if err := d.Forum.ShowPost(r.ctx, r.actor, id, ""); err != nil {
		return err
	}
	return r.done(postPath(id), "post-shown")
}

// ownActs are the statements of reasons of what moderators did about the reader.
func (d *Door) ownActs(r *request) error { return d.ownActsPage(r, 0, nil) }

// ownActsPage shows them; cause is what is wrong with the objection to one of them.
func (d *Door) ownActsPage(r *request, wrong int64, cause error) error {
	s := r.shell(r.words.T("own-acts.title"))
	rows, err := d.Forum.ReadOwnActs(r.ctx, r.actor)
	if err != nil {
		return err
	}
	var p view.OwnActs
	for _, a := range rows {
		v := r.ownAct(a)
		if a.ID == wrong && cause != nil {
			v.Form = r.form("words")
			if err := r.refused(cause, &v.Form, &s); err != nil {
				return err
			}
		}
		p.Rows = append(p.Rows, v)
	}
	return r.render(view.OwnActsPage(s, p))
}

func (r *request) ownAct(a forum.OwnAct) view.OwnAct {
	v := view.OwnAct{ID: a.ID, Room: a.RoomName, Kind: string(a.Kind), Reason: a.Reason, Words: a.Words, Was: a.Was, By: view.ActedBy(r.words, a.GroupID, a.GroupName), At: a.At, Until: a.UntilAt, Lifted: a.LiftedAt}
	if a.MayObject(forum.At(r.d.Now())) {
		v.Action = "/account/acts/" + decimal(a.ID)
	}
	if a.ObjectedAt != 0 {
		v.Objection, v.Answer, v.Due, v.Outcome = a.Objection, a.Answer, a.DueAt, outcomeOf(a.AnsweredAt, a.TakenBack)
	}
	if a.PostID != 0 {
		v.What = view.Link{Href: postPath(a.PostID), Text: r.words.T("post.link")}
	}
	return v
}

// lasting are the mutes and suspensions that run, for those who may lift them.
func (r *request) lasting(g forum.GroupID) (out []view.Lasting, err error) {
	rows, err := r.d.Forum.ReadSanctions(r.ctx, r.actor, g)
	for _, a := range rows {
		lift := map[forum.ActKind]string{forum.Mutes: "unmute", forum.Vets: "unvet"}[a.Kind]
		v := view.Lasting{Face: face(a.MemberID, a.Name), Kind: string(a.Kind), Reason: a.Reason, Words: a.Words, Place: a.GroupName, Until: a.UntilAt, Action: groupPath(a.GroupSlug) + "/manage/" + lift}
		if a.Kind == forum.Suspends {
			v.Place, v.Action = r.words.T("case.of-body"), "/m/"+decimal(a.MemberID)+"/reinstate"
		}
		out = append(out, v)
	}
	return out, err
}

func (d *Door) warnPage(r *request) error { return d.sanctionPage(r, "warn", r.Query("member"), nil) }

func (d *Door) mutePage(r *request) error { return d.sanctionPage(r, "mute", r.Query("member"), nil) }

// sanctionPage asks a moderator for the reason before they warn or mute a member of the group.
func (d *Door) sanctionPage(r *request, stem, member string, cause error) error {
	m, err := d.Forum.ReadManage(r.ctx, r.actor, r.Params("group"))
	if err != nil {
		return err
	}
	path := groupPath(m.Group.Slug) + "/manage"
	for _, row := range m.Members {
		if row.ID != forum.MemberID(number(member)) || row.Standing != forum.In {
			continue
		}
		p := view.Act{Stem: stem, Action: path + "/" + stem, Back: path, Object: row.Name + " · " + m.Group.Name, Member: row.ID, Group: m.Group.ID, Reasons: true, Danger: true}
		if stem != "warn" {
			p.Days = []string{"1", "7", "30", "90"}
		}
		return r.actForm(p, cause)
	}
	return forum.Absent()
}

// sanction does it, or asks again.
func (d *Door) sanction(r *request, stem, done string, act func(forum.GroupID, forum.MemberID) error) error {
	if r.using() {
		return d.sanctionPage(r, stem, r.typed("member"), nil)
	}
	g, err := r.inGroup()
	if err != nil {
		return err
	}
	err = act(g.Group.ID, forum.MemberID(number(r.typed("member"))))
	if forum.KindOf(err) == forum.Invalid {
		return d.sanctionPage(r, stem, r.typed("member"), err)
	}
	if err != nil && forum.KindOf(err) != forum.Conflict {
		return err
	}
	return r.acted(groupPath(g.Group.Slug)+"/queue", stem, done)
}

func (d *Door) warn(r *request) error {
	return d.sanction(r, "warn", "warned", func(g forum.GroupID, m forum.MemberID) error {
		return d.Forum.Warn(r.ctx, r.actor, g, m, r.actDraft())
	})
}

func (d *Door) mute(r *request) error {
	return d.sanction(r, "mute", "muted", func(g forum.GroupID, m forum.MemberID) error {
		return d.Forum.Mute(r.ctx, r.actor, g, m, r.actDraft())
	})
}

func (d *Door) unmute(r *request) error {
	return d.sanction(r, "mute", "unmuted", func(g forum.GroupID, m forum.MemberID) error {
		return d.Forum.Unmute(r.ctx, r.actor, g, m)
	})
}

// suspendPage asks an administrator for the reason before they shut a member out of the body.
func (d *Door) suspendPage(r *request) error { return d.suspendForm(r, nil) }

func (d *Door) suspendForm(r *request, cause error) error {
	if err := forum.MayAdminister(r.actor); err != nil {
		return err
	}
	who, err := d.Forum.ReadPerson(r.ctx, r.actor, forum.MemberID(r.id("id")))
	if err != nil {
		return err
	}
	path := "/m/" + decimal(who.ID)
	return r.actForm(view.Act{Stem: "suspend-member", Action: path + "/suspend", Back: path, Object: who.Name, Reasons: true, Danger: true, Days: []string{"7", "30", "90", "0"}}, cause)
}

func (d *Door) suspendMember(r *request) error {
	err := d.Forum.SuspendMember(r.ctx, r.actor, forum.MemberID(r.id("id")), r.actDraft())
	if forum.KindOf(err) == forum.Invalid {
		return d.suspendForm(r, err)
	}
	if err != nil && forum.KindOf(err) != forum.Conflict {
		return err
	}
	return r.acted("/moderation", "suspend", "suspended")
}

func (d *Door) reinstate(r *request) error {
	if err := d.Forum.Reinstate(r.ctx, r.actor, forum.MemberID(r.id("id"))); err != nil {
		return err
	}
	return r.done("/moderation", "reinstated")
}
