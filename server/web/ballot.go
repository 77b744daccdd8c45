package web

import (
	"fmt"
	"strconv"
	"strings"

	"peergroups/forum"
	"peergroups/forum/markup"
	"peergroups/server/view"
)

// ballot asks an author about what they wrote themselves.
func (d *Door) ballot(r *request) error {
	b, err := d.Forum.ReadBallot(r.ctx, r.actor, r.id("id"))
	if err != nil {
		return err
	}
	p := view.Ballot{Form: r.form(), Group: view.Link{Text: b.GroupName}, Action: "/ballots/" + decimal(b.ID), Until: b.UntilAt, Over: b.ClosedAt != 0 || b.UntilAt <= forum.At(d.Now()),
		Audience: view.AudienceIn(b.Audience, b.GroupID, b.GroupVis, b.GroupName)}
	if p.Audience.Readers, err = d.Forum.CountCircle(r.ctx, r.actor, b.Audience); err != nil {
		return err
	}
	if b.In {
		p.Group.Href = groupPath(b.GroupSlug)
	}
	for _, i := range b.Items {
		item := view.BallotItem{Field: fmt.Sprintf("item-%d-%d", i.Kind, i.ItemID), Title: i.Title, Text: markup.Excerpt(i.Plain, 1500), At: i.PostedAt,
			Audience: view.AudienceIn(i.Audience, b.GroupID, b.GroupVis, b.GroupName), Answer: decimal(i.Answer), Files: filesOf(i.Files)}
		if i.Kind == forum.BallotPost {
			item.ChangeHref = postPath(forum.PostID(i.ItemID)) + "/change"
		}
		p.Items = append(p.Items, item)
	}
	s := r.shell(r.words.T("ballot.title", "Group", b.GroupName))
	s.NoIndex = true
	return r.render(view.BallotPage(s, p))
}

func (d *Door) answerBallot(r *request) error {
	a := forum.BallotAnswers{All: forum.Answer(number(r.typed("all"))), Each: map[forum.BallotRef]forum.Answer{}}
	for key, value := range r.Request().PostArgs().All() {
		if rest, ok := strings.CutPrefix(string(key), "item-"); ok {
			kind, id, _ := strings.Cut(rest, "-")
			k, err := strconv.ParseInt(kind, 10, 64)
			if err == nil {
				a.Each[forum.BallotRef{Kind: forum.BallotKind(k), ID: number(id)}] = forum.Answer(number(string(value)))
			}
		}
	}
	id := r.id("id")
	if err := d.Forum.AnswerBallot(r.ctx, r.actor, id, a); err != nil {
		return err
	}
	if a.All == forum.NoAnswer && len(a.Each) == 0 {
		return r.to("/ballots/" + decimal(id)) // nothing was chosen
	}
	return r.done("/ballots/"+decimal(id), "answered")
}

// ballots is where a group's owners ask its authors.
func (d *Door) ballots(r *request) error { return d.ballotsPage(r, nil) }

func (d *Door) ballotsPage(r *request, cause error) error {
	b, err := d.Forum.ReadBallots(r.ctx, r.actor, r.Params("group"))
	if err != nil {
		return err
	}
	p := view.Ballots{Form: r.form("days"), Group: view.Link{Href: groupPath(b.Group.Slug), Text: b.Group.Name}, Items: b.Items, Authors: b.Authors, Open: b.Open}
	readers, err := d.Forum.CountReaders(r.ctx, &b.Group)
	if err != nil {
		return err
	}
	p.Audience = audience(&b.Group, readers)
	s := r.shell(r.words.T("ballots.title") + " · " + b.Group.Name)
	if cause != nil {
		if err := r.refused(cause, &p.Form, &s); err != nil {
			return err
		}
	}
	for _, row := range b.Ballots {
		p.Rows = append(p.Rows, view.BallotRow{Title: row.Title, Audience: view.AudienceIn(row.Audience, b.Group.ID, b.Group.Visibility, b.Group.Name), OpenedAt: row.OpenedAt, UntilAt: row.UntilAt,
			Over: row.ClosedAt != 0, Yes: row.Yes, No: row.No, Silent: row.Silent, Authors: row.Authors})
	}
	if s.Rail, err = r.rail(&b.Group, true, b.Role, ""); err != nil {
		return err
	}
	return r.render(view.BallotsPage(s, p))
}

func (d *Door) openBallot(r *request) error {
	g, err := r.inGroup()
	if err != nil {
		return err
	}
	if _, err := d.Forum.OpenBallot(r.ctx, r.actor, g.Group.ID, 0, int(number(r.typed("days")))); err != nil && forum.KindOf(err) != forum.Conflict { // the double click, or nobody to ask
		return d.ballotsPage(r, err)
	}
	return r.done(groupPath(g.Group.Slug)+"/ballot", "ballot-open")
}

// askTopic asks the authors of one topic, by a moderator of the group it stands in.
func (d *Door) askTopic(r *request) error {
	t, err := d.Forum.ReadTopic(r.ctx, r.actor, forum.TopicID(r.id("id")), 0)
	if err != nil {
		return err
	}
	_, err = d.Forum.OpenBallot(r.ctx, r.actor, t.Group.ID, t.Topic.ID, int(number(r.typed("days"))))
	switch forum.KindOf(err) {
	case forum.Conflict:
		return r.done(topicPath(t.Topic.ID, t.Topic.Slug), "ballot-nobody")
	case forum.Invalid:
		return d.moveForm(r, "move", err)
	}
	if err != nil {
		return err
	}
	return r.done(topicPath(t.Topic.ID, t.Topic.Slug), "ballot-open")
}
