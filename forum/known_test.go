package forum_test

import (
	"reflect"
	"testing"
	"time"

	"peergroups/forum"
	"peergroups/forum/forumtest"
)

// TestKnownWords: what is kept of posts from one digest for the next is no older than the store: titles, names and how
// confidential a group is are asked for each.
func TestKnownWords(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		ctx := t.Context()
		must := func(err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
		}
		type place struct {
			group   *forum.Group
			topic   *forum.Topic
			opening forum.PostID
			author  forum.Actor
		}
		class := func(c forum.Class) func(place) error {
			return func(p place) error {
				set(t, w, p.group, func(d *forum.GroupDraft) { d.Class = c })
				return nil
			}
		}
		for name, act := range map[string]func(place) error{
			"hidden": func(p place) error { return w.HidePost(ctx, w.Admin, p.opening, advert) },
			"changed": func(p place) error {
				return w.ChangePost(ctx, p.author, p.opening, forum.PostChange{Title: "Changed", Source: "changed", Base: 1})
			},
			"renamed": func(p place) error {
				return w.Rename(ctx, w.Admin, p.topic.ID, "Harmless", forum.ActDraft{Reason: forum.Tidied, Words: "Names a client in its title."})
			},
			"sealed": class(forum.SealedClass), "chatham": class(forum.ChathamClass),
		} {
			g, b, _ := w.Group(name, forum.MembersOnly)
			reader, author := w.CertifiedMember("r-"+name), w.CertifiedMember("a-"+name)
			w.Ready(g, w.Admin, reader, author)
			must(w.Subscribe(ctx, reader, b.ID, forum.Daily))
			d := draft(w, "opening")
			d.Title = "Client Jane Doe v. Bank"
			topic, err := w.StartTopic(ctx, author, b.ID, d)
			must(err)
			_, err = w.Reply(ctx, w.Admin, topic.ID, draft(w, "an answer"))
			must(err)
			page, err := w.ReadTopic(ctx, w.Admin, topic.ID, 0)
			must(err)
			w.Pass(26 * time.Hour)
			w.Effects.Take()
			_, err = w.ComposeDigests(ctx, 0)
			must(err)
			var issue forum.Issue
			for _, f := range w.Effects.Take() {
				if c, ok := f.(forum.DigestsComposed); ok {
					issue = c.Issues[len(c.Issues)-1]
				}
			}
			known := new(forum.Known)
			before, err := w.ReadIssue(ctx, issue, known)
			must(err)
			if issue.MemberID != reader.Member || len(before) != 2 || before[0].Plain != "opening" {
				t.Fatalf("%s: before: %+v", name, before)
			}
			must(act(place{g, topic, page.Posts[0].ID, author}))
			kept, err := w.ReadIssue(ctx, issue, known)
			must(err)
			fresh, err := w.ReadIssue(ctx, issue, new(forum.Known))
			must(err)
			if !reflect.DeepEqual(kept, fresh) || reflect.DeepEqual(kept, before) {
				t.Errorf("%s: the digest holds\n%+v\nthe store says\n%+v", name, kept, fresh)
			}
		}
	})
}

// TestOpeningIsReadable: the post that mails of a topic name as its first is one that whoever reads the topic reads, also where an
// earlier one is for fewer: an id tells that something was written, and when.
func TestOpeningIsReadable(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		g, b, _ := w.Group("inner", forum.MembersOnly)
		w.Ready(g, w.Admin)
		topic, err := w.StartTopic(t.Context(), w.Admin, b.ID, draft(w, "first"))
		if err != nil {
			t.Fatal(err)
		}
		var ids []forum.PostID
		for _, source := range []string{"second", "third"} {
			p, err := w.Reply(t.Context(), w.Admin, topic.ID, draft(w, source))
			if err != nil {
				t.Fatal(err)
			}
			ids = append(ids, p.ID)
		}
		opening := func() forum.PostID {
			t.Helper()
			found, err := w.VisiblePosts(t.Context(), w.Admin, ids[1:])
			if err != nil || len(found) != 1 {
				t.Fatal(found, err)
			}
			return found[0].Opening
		}
		if first := opening(); first == 0 || first == ids[0] {
			t.Errorf("of a whole topic it is %d", first)
		}
		for _, narrower := range []string{"reach = 3, reach_of = 1", "reach = 4", "from_join = 1"} {
			exec(t, w, "UPDATE posts SET "+narrower+" WHERE topic_id = ? AND n = 1", topic.ID)
			if got := opening(); got != ids[0] {
				t.Errorf("%s: it is %d, not the second", narrower, got)
			}
			exec(t, w, "UPDATE posts SET reach = ?, reach_of = ?, from_join = 0 WHERE topic_id = ? AND n = 1", topic.Reach, topic.Of, topic.ID)
		}
		exec(t, w, "UPDATE posts SET from_join = 1 WHERE topic_id = ?", topic.ID)
		exec(t, w, "UPDATE topics SET from_join = 1 WHERE id = ?", topic.ID)
		exec(t, w, "UPDATE posts SET posted_at = 1 WHERE topic_id = ? AND n = 1", topic.ID)
		if got := opening(); got != ids[0] {
			t.Errorf("older than its topic: it is %d, not the second", got)
		}
	})
}
