package forum_test

import (
	"fmt"
	"testing"

	"peergroups/forum"
	"peergroups/forum/forumtest"
)

// TestNeverOpened: new is what others began in one's groups and one never opened, as far as one may read it; it is counted
// as it is listed, and no further than is shown.
func TestNeverOpened(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		s, ctx := newTalk(t, w), t.Context()
		expect := func(when string, who forum.Actor, fresh, unread int) {
			t.Helper()
			var listed []int
			for _, feed := range []forum.Feed{forum.NeverOpened, forum.UnreadOnly} {
				rows, _, err := w.ReadFeed(ctx, who, feed, forum.TopicCursor{})
				s.must(err)
				listed = append(listed, len(rows))
			}
			if got, want := fmt.Sprint(listed), fmt.Sprint([]int{min(fresh, 30), min(unread, 30)}); got != want {
				t.Errorf("%s: %s, want %s", when, got, want)
			}
		}
		expect("one who wrote there", s.ann, 1, 1) // an answer to hers, and she never opened it
		expect("one who answered", s.bob, 1, 1)
		s.must(w.MarkRead(ctx, s.ann, s.topic.ID, 2))
		expect("read", s.ann, 0, 0)
		_, err := w.Reply(ctx, s.bob, s.topic.ID, draft(w, "more"))
		s.must(err)
		expect("an answer", s.ann, 0, 1)
		second, err := w.StartTopic(ctx, s.bob, s.board.ID, draft(w, "second"))
		s.must(err)
		expect("another topic", s.ann, 1, 2)
		expect("one's own", s.bob, 1, 1)
		s.must(w.SetTopicLevel(ctx, s.ann, second.ID, forum.MutedLevel))
		expect("muted", s.ann, 0, 1)
		s.must(w.SetTopicLevel(ctx, s.ann, second.ID, forum.Inherited))
		exec(t, w, "UPDATE topics SET reach = 2, reach_of = 0 WHERE id = ?", second.ID)
		expect("for others", s.ann, 0, 1)
		exec(t, w, "UPDATE topics SET reach = 3, reach_of = ? WHERE id = ?", s.group.ID, second.ID)
		late := w.Member("late")
		w.Ready(s.group, late)
		expect("what was there before one was a member", late, 0, 0)
		for i := range 103 {
			exec(t, w, `INSERT INTO topics (id, board_id, author_id, title, slug, reach, reach_of, from_join, posted_at, last_post_at, last_n) VALUES (?, ?, ?, 't', 't', 3, ?, 0, ?, ?, 1)`,
				i+1, s.board.ID, s.bob.Member, s.group.ID, forum.At(w.Now()), forum.At(w.Now()))
			exec(t, w, `INSERT INTO posts (id, topic_id, n, author_id, reply_to, reach, reach_of, from_join, via, source, html, plain, markup, key, posted_at) VALUES (?, ?, 1, ?, 0, 3, ?, 0, 0, 'x', 'x', 'x', 1, ?, ?)`,
				i+1, i+1, s.bob.Member, s.group.ID, w.Key(), forum.At(w.Now()))
		}
		expect("many", s.ann, 101, 101)
		s.must(w.Remove(ctx, w.Admin, s.group.ID, s.ann.Member, "over"))
		expect("not in the group", s.ann, 0, 0)
		set(t, w, s.group, func(d *forum.GroupDraft) { d.Visibility = forum.RegisteredOnly })
		expect("in none of one's groups", s.ann, 0, 0)
	})
}

// TestTriedList: whom a mail that tries out a group's list tells of the group is its owner, as long as they may know of it.
func TestTriedList(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		g, _, _ := w.Group("inner", forum.Hidden)
		w.Effects.Take()
		if err := w.TestList(t.Context(), w.Admin, g.ID); err != nil {
			t.Fatal(err)
		}
		entry := w.Effects.Take()[0].(forum.MemberTold).Entry
		if tried, _, err := w.ReadListTest(t.Context(), w.Admin, entry); err != nil || tried.ID != g.ID {
			t.Fatal(tried, err)
		}
		_, _, err := w.ReadListTest(t.Context(), w.Member("ann"), entry)
		kind(t, "another's", err, forum.NotFound, "error.not-found")
		exec(t, w, "UPDATE memberships SET standing = ? WHERE group_id = ?", forum.Outside, g.ID)
		_, _, err = w.ReadListTest(t.Context(), w.Admin, entry)
		kind(t, "of a group that they left", err, forum.NotFound, "error.not-found")
		kind(t, "a visitor's word by mail", w.OptOutByMail(t.Context(), forum.Actor{}, forum.Incoming{MessageID: "<x@a.example>"}), forum.Forbidden, "error.sign-in-first")
	})
}

// TestSubscribersInFives: owners are told how many read in which way in fives, so that nobody is told of one, who comes or goes.
func TestSubscribersInFives(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		g, b, _ := w.Group("inner", forum.MembersOnly)
		for i, want := range []int{forum.FewerThan, forum.FewerThan, forum.FewerThan, forum.FewerThan, 5, 5, 5, 5, 5, 10} {
			m := w.Member(fmt.Sprintf("reader%d", i))
			w.Ready(g, m)
			if err := w.Subscribe(t.Context(), m, b.ID, forum.Daily); err != nil {
				t.Fatal(err)
			}
			all, err := w.CountSubscribers(t.Context(), w.Admin, g.ID)
			if err != nil || len(all) != 1 || all[0].N != want {
				t.Errorf("of %d: %+v %v", i+1, all, err)
			}
		}
	})
}
