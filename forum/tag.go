package forum

import (
	"context"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/schema"
)

// Tag is a word of a group's own list, by which its topics are found together.
type Tag struct {
	ID      TagID `bun:"id"`
	GroupID GroupID
	Slug    string
	Name    string

	Topics   int  // that the actor may read; on the page of a group's tags only
	Followed bool // by the actor; there, and on the tag's page
}

const (
	mostTags        = 50 // of a group
	mostTagsOfTopic = 5
)

// AddTag adds a tag to a group's list, by its moderators.
func (f *Forum) AddTag(ctx context.Context, by Actor, group GroupID, name, slug string) error {
	return f.write(ctx, "add tag", func(w *writer) error {
		if err := w.lockRow("groups", int64(group)); err != nil {
			return err
		}
		g, _, err := w.moderated(by, group)
		if err != nil {
			return err
		}
		var p problems
		p.slug(slug)
		name = p.line("name", name, 40)
		var n int
		if err := w.one(&n, "SELECT count(*) FROM tags WHERE group_id = ?", g.ID); err != nil {
			return err
		}
		if n >= mostTags {
			p.add("name", "error.too-many-tags", "Most", mostTags)
		}
		if p != nil {
			return p.err()
		}
		added, err := w.changed("INSERT INTO tags (id, group_id, slug, name, created_at) VALUES (?, ?, ?, ?, ?) ON CONFLICT (group_id, slug) DO NOTHING", w.id(), g.ID, slug, name, w.now)
		if err == nil && added == 0 {
			p.add("slug", "error.slug-taken")
			err = p.err()
		}
		return either(err, w.log(by, "add-tag", 0, g.ID, name))
	})
}

const tagColumns = "SELECT tg.id, tg.group_id, tg.slug, tg.name FROM tags tg"

// moderatedTag loads a tag of a group that the actor moderates.
func (w *writer) moderatedTag(by Actor, id TagID) (t Tag, err error) {
	if err = w.one(&t, tagColumns+" JOIN groups g ON g.id = tg.group_id WHERE tg.id = ? AND ?", id, placeGate(by, "g")); err == nil {
		_, _, err = w.moderated(by, t.GroupID)
	}
	return t, err
}

// RenameTag gives a tag another name, by the moderators of its group; its address stays.
func (f *Forum) RenameTag(ctx context.Context, by Actor, id TagID, name string) error {
	return f.write(ctx, "rename tag", func(w *writer) error {
		t, err := w.moderatedTag(by, id)
		if err != nil {
			return err
		}
		var p problems
		if name = p.line("name", name, 40); p != nil {
			return p.err()
		}
		return either(either(w.exec("UPDATE tags SET name = ? WHERE id = ?", name, t.ID), w.retagged(t.ID)), w.log(by, "rename-tag", 0, t.GroupID, t.Name+" → "+name))
	})
}

// DropTag takes a tag off a group's list and off all topics, by its moderators.
func (f *Forum) DropTag(ctx context.Context, by Actor, id TagID) error {
	return f.write(ctx, "drop tag", func(w *writer) error {
		t, err := w.moderatedTag(by, id)
		if err != nil {
			return err
		}
		if err := w.retagged(t.ID); err != nil {
			return err
		}
		for _, query := range []string{"DELETE FROM topic_tags WHERE tag_id = ?", "DELETE FROM followed_tags WHERE tag_id = ?", "DELETE FROM tags WHERE id = ?"} {
			if err := w.exec(query, t.ID); err != nil {
				return err
			}
		}
		return w.log(by, "drop-tag", 0, t.GroupID, t.Name)
	})
}

// retagged makes copies of the pages of a tag's topics old.
func (w *writer) retagged(id TagID) error {
	return w.exec("UPDATE topics SET version = version + 1 WHERE id IN (SELECT topic_id FROM topic_tags WHERE tag_id = ?)", id)
}

// TagTopic sets the tags of a topic, by who began it or a moderator. What is of no list of its group is refused.
func (f *Forum) TagTopic(ctx context.Context, by Actor, id TopicID, tags []TagID) error {
	return f.write(ctx, "tag topic", func(w *writer) error {
		if err := w.lockRow("topics", int64(id)); err != nil {
			return err
		}
		t, g, s, err := w.topicSeen(by, id)
		if err == nil {
			err = mayTag(by, s, t)
		}
		if err != nil {
			return err
		}
		var p problems
		if err := w.checkTags(g.ID, tags, &p); err != nil || p != nil {
			return either(err, p.err())
		}
		if err := w.exec("DELETE FROM topic_tags WHERE topic_id = ?", t.ID); err != nil {
			return err
		}
		if err := either(w.tag(t.ID, tags), w.exec("UPDATE topics SET version = version + 1 WHERE id = ?", t.ID)); err != nil {
			return err
		}
		w.state(TopicTagged{t.ID})
		if t.AuthorID == by.Member {
			return nil
		}
		return w.log(by, "tag-topic", int64(t.ID), g.ID, "")
	})
}

// checkTags notes what is wrong with tags for a topic in a group.
func (w *writer) checkTags(g GroupID, tags []TagID, p *problems) error {
	if len(tags) == 0 {
		return nil
	}
	if len(tags) > mostTagsOfTopic {
		p.add("tags", "error.too-many-tags-of-topic", "Most", mostTagsOfTopic)
		return nil
	}
	var n int
	err := w.one(&n, "SELECT count(*) FROM tags WHERE group_id = ? AND id IN (?)", g, bun.List(tags))
	if n < len(tags) {
		p.add("tags", "error.choose")
	}
	return err
}

// tag puts tags to a topic.
func (w *writer) tag(t TopicID, tags []TagID) error {
	for _, id := range tags {
		if err := w.exec("INSERT INTO topic_tags (topic_id, tag_id) VALUES (?, ?)", t, id); err != nil {
			return err
		}
	}
	return w.exec("UPDATE topics SET tagged = ? WHERE id = ?", bit(len(tags) > 0), t)
}

// FollowTag has the actor told of new topics with a tag; with no, no longer. Twice is once.
func (f *Forum) FollowTag(ctx context.Context, by Actor, id TagID, no bool) error {
	return f.write(ctx, "follow tag", func(w *writer) error {
		if err := mayKeep(by); err != nil {
			return err
		}
		if no {
			return w.exec("DELETE FROM followed_tags WHERE member_id = ? AND tag_id = ?", by.Member, id)
		}
		if err := w.one(&id, "SELECT tg.id FROM tags tg JOIN groups g ON g.id = tg.group_id WHERE tg.id = ? AND ?", id, placeGate(by, "g")); err != nil {
			return err
		}
		return w.exec("INSERT INTO followed_tags (member_id, tag_id, since_at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING", by.Member, id, w.now)
	})
}

// withTag is the question that gives the topics at which a tag of a group stands, by its address, wherever they are now.
func withTag(g GroupID, slug string) schema.QueryWithArgs {
	return bun.SafeQuery("SELECT wt.topic_id FROM topic_tags wt JOIN tags wg ON wg.id = wt.tag_id WHERE wg.group_id = ? AND wg.slug = ?", g, slug)
}

// tagged is the condition of a feed, and that such a tag stands at the topic.
func tagged(g GroupID, slug string, of func(t string) schema.QueryWithArgs) func(t string) schema.QueryWithArgs {
	return func(t string) schema.QueryWithArgs {
		return bun.SafeQuery("?.id IN (?) AND ?", bun.Ident(t), withTag(g, slug), of(t))
	}
}

// tagsOf gives the tags of topics that the actor reads, by topic.
func (f *Forum) tagsOf(ctx context.Context, topics ...TopicID) (map[TopicID][]Tag, error) {
	if len(topics) == 0 {
		return nil, nil
	}
	var rows []struct {
		TopicID TopicID
		Tag
	}
	err := f.store.read.scan(ctx, &rows, `SELECT tt.topic_id, tg.id, tg.group_id, tg.slug, tg.name FROM topic_tags tt JOIN tags tg ON tg.id = tt.tag_id
		JOIN topics t ON t.id = tt.topic_id JOIN boards b ON b.id = t.board_id AND b.group_id = tg.group_id WHERE tt.topic_id IN (?) ORDER BY tg.name, tg.id`, bun.List(topics))
	out := map[TopicID][]Tag{}
	for _, row := range rows {
		out[row.TopicID] = append(out[row.TopicID], row.Tag)
	}
	return out, err
}

// tagRows puts their tags to rows of a list.
func (f *Forum) tagRows(ctx context.Context, rows []TopicRow) error {
	var ids []TopicID
	for i := range rows {
		if rows[i].Tagged {
			ids = append(ids, rows[i].ID)
		}
	}
	tags, err := f.tagsOf(ctx, ids...)
	for i := range rows {
		rows[i].Tags = tags[rows[i].ID]
	}
	return err
}

// ReadTags lists the tags of a group that lets the actor in; counted: each with how many topics the actor may read.
func (f *Forum) ReadTags(ctx context.Context, by Actor, group GroupID, counted bool) (out []Tag, err error) {
	defer during(&err, "read tags")
	if !counted {
		err = f.store.read.scan(ctx, &out, tagColumns+" JOIN groups g ON g.id = tg.group_id WHERE g.id = ? AND ? ORDER BY tg.name, tg.id", group, placeGate(by, "g"))
		return out, err
	}
	err = f.store.read.scan(ctx, &out, `SELECT tg.id, tg.group_id, tg.slug, tg.name, EXISTS (SELECT 1 FROM followed_tags ft WHERE ft.tag_id = tg.id AND ft.member_id = ?0) AS followed,
		(SELECT count(*) FROM topic_tags tt JOIN topics t ON t.id = tt.topic_id JOIN boards b ON b.id = t.board_id WHERE tt.tag_id = tg.id AND b.group_id = g.id AND t.merged_into = 0 AND t.reach < 4 AND ?1) AS topics
		FROM tags tg JOIN groups g ON g.id = tg.group_id WHERE g.id = ?2 AND ?3 ORDER BY tg.name, tg.id`, by.Member, itemGate(by, "t"), group, placeGate(by, "g"))
	return out, err
}

// TagPage is what the page of a tag shows.
type TagPage struct {
	Tag    Tag
	Group  GroupPage
	Topics []TopicRow
	More   bool
}

// ReadTag reads a page of the topics of a group with a tag, the latest first.
func (f *Forum) ReadTag(ctx context.Context, by Actor, group, tag string, from TopicCursor) (page TagPage, err error) {
	defer during(&err, "read tag")
	if page.Group, err = f.FindGroup(ctx, by, group); err != nil {
		return page, err
	}
	id := page.Group.Group.ID
	if err = one(ctx, f.store.read, &page.Tag, `SELECT tg.id, tg.group_id, tg.slug, tg.name, EXISTS (SELECT 1 FROM followed_tags ft WHERE ft.tag_id = tg.id AND ft.member_id = ?) AS followed
		FROM tags tg JOIN groups g ON g.id = tg.group_id WHERE g.id = ? AND tg.slug = ? AND ?`, by.Member, id, tag, placeGate(by, "g")); err != nil {
		return TagPage{}, err
	}
	from.Feed, from.Tag = Latest, tag
	p := from.pick(by, id)
	p.places = bun.SafeQuery("b.group_id = ?", id)
	page.Topics, err = f.rows(ctx, by, p)
	if page.More = len(page.Topics) > topicsPerPage; page.More {
		page.Topics = page.Topics[:topicsPerPage]
	}
	return page, err
}

// MayTag tells a page whether the actor may set the tags of a topic.
func MayTag(a Actor, page *TopicPage) error {
	return mayTag(a, standing{In: page.In, Role: page.Role, MutedUntil: page.MutedUntil}, &page.Topic)
}
