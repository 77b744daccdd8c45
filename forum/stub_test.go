package forum_test

import (
	"fmt"
	"testing"
	"time"

	"peergroups/forum"
	"peergroups/forum/forumtest"
)

// TestStubs: where a topic was moved from, or posts were split from, members who may read where it went are led there; others
// find nothing, and a visitor neither.
func TestStubs(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		s, ctx := newTalk(t, w), t.Context()
		elsewhere, there, _ := w.Group("elsewhere", forum.Hidden)
		w.Ready(elsewhere, w.Admin, s.bob)
		second, err := w.CreateBoard(ctx, w.Admin, s.group.ID, forum.BoardDraft{Slug: "second", Name: "Second"})
		s.must(err)
		on := func(who forum.Actor, from forum.TopicCursor) (out string) {
			b, err := w.ReadBoard(ctx, who, "inner", "inner", from)
			s.must(err)
			for _, stub := range b.Stubs {
				out += fmt.Sprint(stub.Kind, " ", stub.Title, " ")
			}
			return out
		}
		in := func(who forum.Actor, id forum.TopicID) (out string) {
			page, err := w.ReadTopic(ctx, who, id, 0)
			s.must(err)
			for _, stub := range page.Stubs {
				out += fmt.Sprint(stub.Kind, " ", stub.Title, " ")
			}
			return out
		}
		start := func(title string) forum.TopicID {
			topic, err := w.StartTopic(ctx, s.bob, s.board.ID, forum.Draft{Title: title, Source: "x", Key: w.Key()})
			s.must(err)
			return topic.ID
		}
		away, near, kept := start("Away"), start("Near"), start("Kept")
		s.must(w.MoveTopic(ctx, w.Admin, away, there.ID, "there"))
		s.must(w.MoveTopic(ctx, w.Admin, near, second.ID, "there"))
		if ann, bob := on(s.ann, forum.TopicCursor{}), on(s.bob, forum.TopicCursor{}); ann != "moved Near " || bob != "moved Near moved Away " {
			t.Errorf("moved: %q and %q", ann, bob)
		}
		if got := on(s.bob, forum.TopicCursor{Feed: forum.Mine}) + on(s.bob, forum.TopicCursor{LastPostAt: 5, ID: 5}); got != "" {
			t.Errorf("on another list or page: %q", got)
		}
		s.must(w.MoveTopic(ctx, w.Admin, near, s.board.ID, "back"))
		if got := on(s.ann, forum.TopicCursor{}); got != "" {
			t.Errorf("back: %q", got)
		}
		apart, err := w.SplitTopic(ctx, w.Admin, s.topic.ID, "Apart", []forum.PostID{s.reply})
		s.must(err)
		if got := in(s.ann, s.topic.ID); got != "split Apart " {
			t.Errorf("split: %q", got)
		}
		s.must(w.MoveTopic(ctx, w.Admin, apart, there.ID, "there"))
		if ann, bob := in(s.ann, s.topic.ID), in(s.bob, s.topic.ID); ann != "" || bob != "split Apart " {
			t.Errorf("split and moved away: %q and %q", ann, bob)
		}
		s.must(w.MergeTopics(ctx, w.Admin, kept, s.topic.ID, "one"))
		if got := on(s.ann, forum.TopicCursor{}); got != "merged First title " {
			t.Errorf("merged: %q", got)
		}
		if got := in(s.ann, s.topic.ID); got != "joined  " {
			t.Errorf("put behind it: %q", got)
		}
		exec(t, w, "UPDATE topics SET reach = 2, reach_of = 0 WHERE id = ?", kept)
		if got := in(s.ann, s.topic.ID); got != "" {
			t.Errorf("put behind it, of what she may not read: %q", got)
		}
		exec(t, w, "UPDATE topics SET reach = 3, reach_of = ? WHERE id = ?", s.group.ID, kept)
		s.must(w.MergeTopics(ctx, w.Admin, apart, away, "one"))
		if got := in(s.bob, s.topic.ID); got != "joined  split Away " {
			t.Errorf("what was split off, and merged: %q", got)
		}
		s.must(w.Remove(ctx, w.Admin, elsewhere.ID, s.bob.Member, "over"))
		if got := in(s.bob, s.topic.ID) + on(s.bob, forum.TopicCursor{}); got != "joined  merged First title " {
			t.Errorf("who may not read there any more: %q", got)
		}
		set(t, w, s.group, func(d *forum.GroupDraft) { d.Visibility = forum.PublicToRead })
		exec(t, w, "UPDATE topics SET reach = 0, reach_of = 0")
		if got := on(forum.Actor{}, forum.TopicCursor{}); got != "" {
			t.Errorf("a visitor: %q", got)
		}
		w.Pass(31 * 24 * time.Hour)
		if got := on(s.ann, forum.TopicCursor{}); got != "" {
			t.Errorf("a month later: %q", got)
		}
	})
}
