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
