package web

import (
	"slices"

	"peergroups/forum"
	"peergroups/server/view"
)

func tagPath(group, tag string) string { return "/g/" + group + "/tags/" + tag }

// tagIDs are the tags that are ticked in a form of either kind.
func (r *request) tagIDs() (out []forum.TagID) {
	if form, err := r.MultipartForm(); err == nil {
		for _, v := range form.Value["tags"] {
			out = append(out, forum.TagID(number(v)))
		}
		return out
	}
	for _, v := range r.Request().PostArgs().PeekMulti("tags") {
		out = append(out, forum.TagID(number(string(v))))
	}
	return out
}

// tagChoices are the tags of a group for a form, those ticked that are set.
func (r *request) tagChoices(g forum.GroupID, set []forum.TagID) (out []view.Option, err error) {
	all, err := r.d.Forum.ReadTags(r.ctx, r.actor, g, false)
	for _, t := range all {
		out = append(out, view.Option{Value: decimal(t.ID), Text: t.Name, Here: slices.Contains(set, t.ID)})
	}
	return out, err
}

// tagLinks lead to the pages of tags of a group.
func tagLinks(group string, tags []forum.Tag) (out []view.Link) {
	for _, t := range tags {
		out = append(out, view.Link{Href: tagPath(group, t.Slug), Text: t.Name})
	}
	return out
}

// filters are the tags by which a board's list can be narrowed; here is the one that it is narrowed by.
func (r *request) filters(b *forum.BoardPage, here string) (out []view.Link, err error) {
	all, err := r.d.Forum.ReadTags(r.ctx, r.actor, b.Group.ID, false)
	path := boardPath(b.Group.Slug, b.Board.Slug)
	for _, t := range all {
		l := view.Link{Href: path + "?tag=" + t.Slug, Text: t.Name, Here: t.Slug == here}
		if l.Here {
			l.Href = path
		}
		out = append(out, l)
	}
	return out, err
}

func (d *Door) tags(r *request) error { return d.tagsPage(r, nil) }

// tagsPage lists a group's tags; its moderators keep the list there.
func (d *Door) tagsPage(r *request, cause error) error {
	g, err := r.inGroup()
	if err == nil && !g.Readable {
		err = forum.Absent()
	}
	if err != nil {
		return err
	}
	all, err := d.Forum.ReadTags(r.ctx, r.actor, g.Group.ID, true)
	if err != nil {
		return err
	}
	path := groupPath(g.Group.Slug)
	p := view.Tags{Form: r.form("name", "slug"), Group: view.Link{Href: path, Text: g.Group.Name}, MayKeep: g.Group.In && g.Role >= forum.Moderator}
	for _, t := range all {
		p.Tags = append(p.Tags, view.TagRow{ID: t.ID, Href: tagPath(g.Group.Slug, t.Slug), Name: t.Name, Topics: t.Topics, Followed: t.Followed})
	}
	s := r.shell(r.words.T("tags.title") + " · " + g.Group.Name)
	if cause != nil {
		if err := r.refused(cause, &p.Form, &s); err != nil {
			return err
		}
	}
	if s.Rail, err = r.rail(&g.Group.Group, g.Group.In, g.Role, path+"/tags"); err != nil {
		return err
	}
	return r.render(view.TagsPage(s, p))
}

func (d *Door) addTag(r *request) error {
	g, err := r.inGroup()
	if err != nil {
		return err
	}
	if err := d.Forum.AddTag(r.ctx, r.actor, g.Group.ID, r.typed("name"), r.typed("slug")); err != nil {
		return d.tagsPage(r, err)
	}
	return r.done(groupPath(g.Group.Slug)+"/tags", "changed")
}

// tag shows the topics of a group with a tag.
func (d *Door) tag(r *request) error { return d.tagPage(r, nil) }

func (d *Door) tagPage(r *request, cause error) error {
	t, err := d.Forum.ReadTag(r.ctx, r.actor, r.Params("group"), r.Params("tag"), r.topicCursor())
	if err != nil {
		return err
	}
	g := &t.Group.Group.Group
	path := tagPath(g.Slug, t.Tag.Slug)
	p := view.Tag{Form: view.Form{Values: map[string]string{"name": t.Tag.Name}}, Group: view.Link{Href: groupPath(g.Slug), Text: g.Name}, Href: path, Name: t.Tag.Name, Followed: t.Tag.Followed,
		Topics: topicRows(r.words, t.Topics, true), MayKeep: t.Group.Group.In && t.Group.Role >= forum.Moderator}
	s := r.shell(t.Tag.Name + " · " + g.Name)
	if cause != nil {
		p.Form = r.form("name")
		if err := r.refused(cause, &p.Form, &s); err != nil {
			return err
		}
	}
	if t.More {
		s.Next = nextTopics(path+"?", t.Topics)
	}
	if r.Query("before") != "" {
		s.Prev = path
	}
	s.NoSnippet = g.Class > forum.OpenClass
	if s.Rail, err = r.rail(g, t.Group.Group.In, t.Group.Role, path); err != nil {
		return err
	}
	return r.render(view.TagPage(s, p))
}

// changeTag renames a tag, drops it, or follows it, as the button says.
func (d *Door) changeTag(r *request) error {
	t, err := d.Forum.ReadTag(r.ctx, r.actor, r.Params("group"), r.Params("tag"), forum.TopicCursor{})
	if err != nil {
		return err
	}
	path, done := tagPath(t.Group.Group.Slug, t.Tag.Slug), "changed"
	switch r.typed("do") {
	case "follow":
		err, done = d.Forum.FollowTag(r.ctx, r.actor, t.Tag.ID, false), "followed"
	case "unfollow":
		err, done = d.Forum.FollowTag(r.ctx, r.actor, t.Tag.ID, true), "unfollowed"
	case "drop":
		err, path = d.Forum.DropTag(r.ctx, r.actor, t.Tag.ID), groupPath(t.Group.Group.Slug)+"/tags"
	default:
		if err = d.Forum.RenameTag(r.ctx, r.actor, t.Tag.ID, r.typed("name")); forum.KindOf(err) == forum.Invalid {
			return d.tagPage(r, err)
		}
	}
	if err != nil {
		return err
	}
	return r.done(path, done)
}

func (d *Door) topicTags(r *request) error { return d.topicTagsPage(r, nil) }

// topicTagsPage lets who began a topic, and moderators, choose its tags.
func (d *Door) topicTagsPage(r *request, cause error) error {
	t, err := d.Forum.ReadTopic(r.ctx, r.actor, forum.TopicID(r.id("id")), 0)
	if err == nil {
		err = forum.MayTag(r.actor, &t)
	}
	if err != nil {
		return err
	}
	set := r.tagIDs()
	if cause == nil {
		for _, tag := range t.Tags {
			set = append(set, tag.ID)
		}
	}
	p := view.TopicTags{Form: r.form(), Group: view.Link{Href: groupPath(t.Group.Slug), Text: t.Group.Name}, Topic: view.Link{Href: topicPath(t.Topic.ID, t.Topic.Slug), Text: t.Topic.Title}, Action: "/t/" + decimal(t.Topic.ID) + "/tags"}
	if p.Tags, err = r.tagChoices(t.Group.ID, set); err != nil {
		return err
	}
	s := r.shell(r.words.T("topic-tags.title"))
	if cause != nil {
		if err := r.refused(cause, &p.Form, &s); err != nil {
			return err
		}
	}
	return r.render(view.TopicTagsPage(s, p))
}

func (d *Door) tagTopic(r *request) error {
	id := forum.TopicID(r.id("id"))
	if err := d.Forum.TagTopic(r.ctx, r.actor, id, r.tagIDs()); err != nil {
		if forum.KindOf(err) == forum.Invalid {
			return d.topicTagsPage(r, err)
		}
		return err
	}
	return r.done("/t/"+decimal(id)+"/x", "changed")
}
