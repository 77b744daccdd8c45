package web

import (
	"strings"

	"peergroups/forum"
	"peergroups/server/view"
)

// record shows moderators what they know of a member of their group.
func (d *Door) record(r *request) error {
	return d.recordPage(r, forum.MemberID(number(r.Query("member"))), nil)
}

func recordPath(group string, m forum.MemberID) string {
	return groupPath(group) + "/manage/member?member=" + decimal(m)
}

func (d *Door) recordPage(r *request, whom forum.MemberID, cause error) error {
	k, err := d.Forum.ReadRecord(r.ctx, r.actor, r.Params("group"), whom)
	if err != nil {
		return err
	}
	path := groupPath(k.Group.Slug)
	p := view.Record{Form: r.form("note"), Group: view.Link{Href: path, Text: k.Group.Name}, Who: face(k.Member.ID, k.Member.Name), Since: k.Member.Since, In: k.Member.Standing == forum.In, Posts: k.Posts, Action: path + "/manage/member"}
	for _, a := range k.Acts {
		v := view.RecordAct{Kind: string(a.Kind), Reason: a.Reason, Words: a.Words, By: a.By, At: a.At, Until: a.UntilAt, Lifted: a.LiftedAt, Objection: a.Objection, TakenBack: a.TakenBack}
		if a.PostID != 0 {
			v.What = view.Link{Href: postPath(a.PostID), Text: r.words.T("post.link")}
		}
		p.Acts = append(p.Acts, v)
	}
	for _, c := range k.Cases {
		p.Cases = append(p.Cases, caseRow(c))
	}
	for _, n := range k.Notes {
		p.Notes = append(p.Notes, view.MemberNote{ID: n.ID, CaseNote: view.CaseNote{Name: n.Name, Words: n.Words, At: n.At}, Mine: n.Mine})
	}
	s := r.shell(k.Member.Name + " · " + k.Group.Name)
	s.NoIndex = true
	if cause != nil {
		if err := r.refused(cause, &p.Form, &s); err != nil {
			return err
		}
	}
	if s.Rail, err = r.rail(&k.Group, true, k.Role, path+"/manage"); err != nil {
		return err
	}
	return r.render(view.RecordPage(s, p))
}

func (d *Door) noteMember(r *request) error {
	g, err := r.inGroup()
	if err != nil {
		return err
	}
	whom := forum.MemberID(number(r.typed("member")))
	err = d.Forum.NoteMember(r.ctx, r.actor, g.Group.ID, whom, r.typed("note"))
	if kind := forum.KindOf(err); err != nil && (kind == forum.Invalid || kind == forum.TooMany) {
		return d.recordPage(r, whom, err)
	}
	if err != nil {
		return err
	}
	return r.done(recordPath(g.Group.Slug, whom), "saved")
}

func (d *Door) dropNote(r *request) error {
	g, err := r.inGroup()
	if err == nil {
		err = d.Forum.DropNote(r.ctx, r.actor, number(r.typed("note")))
	}
	if err != nil {
		return err
	}
	return r.done(recordPath(g.Group.Slug, forum.MemberID(number(r.typed("member")))), "saved")
}

// answers are the words that the moderators of a group use again.
func (d *Door) answersPage(r *request) error { return d.answersForm(r, nil) }

func (d *Door) answersForm(r *request, cause error) error {
	g, err := r.inGroup()
	if err != nil {
		return err
	}
	all, err := d.Forum.ReadCanned(r.ctx, r.actor, g.Group.ID)
	if err != nil {
		return err
	}
	path := groupPath(g.Group.Slug)
	p := view.WordsAgain{Form: r.form("title", "words"), Group: view.Link{Href: path, Text: g.Group.Name}, Action: path + "/manage/answers"}
	for _, c := range all {
		p.Rows = append(p.Rows, view.Canned(c))
	}
	s := r.shell(r.words.T("answers.title") + " · " + g.Group.Name)
	if cause != nil {
		if err := r.refused(cause, &p.Form, &s); err != nil {
			return err
		}
	}
	if s.Rail, err = r.rail(&g.Group.Group, true, g.Role, path+"/manage"); err != nil {
		return err
	}
	return r.render(view.WordsAgainPage(s, p))
}

func (d *Door) addAnswer(r *request) error {
	return d.answered(r, func(g forum.GroupID) error {
		return d.Forum.AddCanned(r.ctx, r.actor, g, forum.Canned{Title: r.typed("title"), Words: r.typed("words")})
	})
}

func (d *Door) dropAnswer(r *request) error {
	return d.answered(r, func(g forum.GroupID) error { return d.Forum.DropCanned(r.ctx, r.actor, g, number(r.typed("answer"))) })
}

func (d *Door) answered(r *request, act func(forum.GroupID) error) error {
	g, err := r.inGroup()
	if err != nil {
		return err
	}
	err = act(g.Group.ID)
	if forum.KindOf(err) == forum.Invalid {
		return d.answersForm(r, err)
	}
	if err != nil {
		return err
	}
	return r.done(groupPath(g.Group.Slug)+"/manage/answers", "saved")
}

// using tells whether a form of moderators was posted to fill in words that they use again, and not to do what it is about.
func (r *request) using() bool { return r.typed("use") != "" }

// canned offers on a form the words that the moderators of its group use again, and fills in those that were chosen.
func (r *request) canned(g forum.GroupID, f *view.Form, field string) error {
	if g == 0 {
		return nil
	}
	all, err := r.d.Forum.ReadCanned(r.ctx, r.actor, g)
	for _, c := range all {
		f.Canned = append(f.Canned, view.Canned(c))
		if r.using() && decimal(c.ID) == r.typed("canned") {
			f.Values[field] = strings.TrimSpace(f.Values[field] + "\n\n" + c.Words) // nothing that was typed is lost
		}
	}
	return err
}
