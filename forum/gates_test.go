package forum_test

import (
	"fmt"
	"testing"
	"time"

	"peergroups/forum"
	"peergroups/forum/forumtest"
)

// The tests of this file and of gates2_test.go each hold one condition that a mutation run found untested: another stood
// beside it and refused the same things in every test. Here the two say different things.

// TestUnreadTitlesAreNotCompared: a watched word in a title that the author may not read, or of a place that does not let
// them in, is no excuse for the same word in their own post.
func TestUnreadTitlesAreNotCompared(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		s := newTalk(t, w)
		exec(t, w, "UPDATE topics SET title = 'All about gold'")
		s.vetting(forum.Vetting{Watched: "gold"})
		changed := func(when, words string, cases int) {
			t.Helper()
			exec(t, w, "DELETE FROM cases")
			s.must(s.change(w.As(s.bob.Member), s.reply, words))
			if n := count(t, w, "SELECT count(*) FROM cases"); n != cases {
				t.Errorf("%s: %d cases", when, n)
			}
			s.must(s.change(w.As(s.bob.Member), s.reply, "nothing of it in "+words[:3]))
		}
		changed("a title that he reads", "one of gold", 0)
		exec(t, w, "UPDATE topics SET reach = 2, reach_of = 0")
		changed("one that he does not", "two of gold", 1)
		s.asked()
		s.must(w.Leave(t.Context(), s.bob, s.group.ID))
		exec(t, w, "UPDATE groups SET visibility = ?", forum.MembersOnly)
		exec(t, w, "UPDATE topics SET reach = 0, reach_of = 0")
		changed("one for all in a place that is shut", "three of gold", 1)
		exec(t, w, "UPDATE groups SET visibility = 0")
		changed("one for all in an open place", "four of gold", 0)
	})
}

// TestDownloadNamesNoClosedPlaces: what somebody takes with them names neither a group of which they may not know any more
// nor a topic that they may not read.
func TestDownloadNamesNoClosedPlaces(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		s := newTalk(t, w)
		_, session := in(t, w, "bob")
		place := func(when, section, want string) {
			t.Helper()
			d := take(t, w, session)
			rows := d.rows(section)
			if len(rows) == 0 {
				t.Fatalf("%s: no %s", when, section)
			}
			if got, _ := rows[0]["place"].(string); got != want {
				t.Errorf("%s, of %s: %q", when, section, got)
			}
		}
		tags := s.tags("fees")
		tagged, err := w.StartTopic(t.Context(), s.bob, s.board.ID, draft(w, "tagged"))
		s.must(err)
		s.must(w.TagTopic(t.Context(), s.bob, tagged.ID, tags))
		tag := func(when, want string) {
			t.Helper()
			d := take(t, w, session)
			if rows := d.rows("topic_tags"); len(rows) != 1 || rows[0]["tag"] != want {
				t.Errorf("%s: %v", when, rows)
			}
		}
		tag("a member", "Tag fees")
		place("a member", "memberships", "Group inner")
		place("a member", "posts", "Group inner / Board inner / First title")
		exec(t, w, "UPDATE topics SET reach = 2, reach_of = 0")
		place("a topic for the certified", "posts", "")
		exec(t, w, "UPDATE topics SET reach = 0, reach_of = 0")
		s.must(w.Leave(t.Context(), s.bob, s.group.ID))
		place("who left", "memberships", "Group inner")
		tag("who left, of what moderators call it now", "")
		place("a topic for all in a closed place", "posts", "")
		exec(t, w, "UPDATE groups SET visibility = ?", forum.Hidden)
		place("a group that is hidden now", "memberships", "")
	})
}

// TestErasuresNameNoHiddenGroups: neither the administrators who decide, before and after, nor who asked and was put out
// since, are told what a group is called of which they may not know.
func TestErasuresNameNoHiddenGroups(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		s, ctx := newGuests(t, w), t.Context()
		s.must(w.Appoint(ctx, w.Admin, s.group.ID, s.ann.Member, forum.Moderator))
		s.must(w.AskErase(ctx, s.ann, s.reply, advert))
		listed := func(by forum.Actor, decided bool) forum.Erasure {
			t.Helper()
			open, over, err := w.ReadErasures(ctx, by)
			s.must(err)
			if decided {
				open, over = over, open
			}
			if len(open) != 1 || len(over) != 0 {
				t.Fatalf("%d and %d erasures", len(open), len(over))
			}
			return open[0]
		}
		id := listed(s.eve, false).ID
		if in, out := listed(w.Admin, false), listed(s.eve, false); in.GroupName != "Group inner" || out.GroupName != "" {
			t.Errorf("to be decided: %q for a member, %q for another", in.GroupName, out.GroupName)
		}
		s.must(w.DecideErasure(ctx, s.eve, id, false, "it may stay there"))
		if in, out := listed(w.Admin, true), listed(s.eve, true); in.GroupName != "Group inner" || out.GroupName != "" {
			t.Errorf("decided: %q for a member, %q for another", in.GroupName, out.GroupName)
		}
		for _, want := range []string{"Group inner", ""} {
			if e, err := w.ReadErasure(ctx, w.As(s.ann.Member), id); err != nil || e.GroupName != want || e.Answer != "it may stay there" {
				t.Errorf("who asked is told %+v %v", e, err)
			}
			if want != "" {
				s.must(w.Remove(ctx, w.Admin, s.group.ID, s.ann.Member, "over"))
			}
		}
	})
}

// TestFeedsAskEachGate: topics that the reader of a feed may not read take no others' places in it; a post for fewer than
// its topic is not in it; and whoever has no account gets no address.
func TestFeedsAskEachGate(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		s, ctx := newTalk(t, w), t.Context()
		exec(t, w, "UPDATE groups SET visibility = 0")
		exec(t, w, "UPDATE topics SET reach = 0, reach_of = 0")
		exec(t, w, "UPDATE posts SET reach = 0, reach_of = 0")
		w.Ready(s.group, s.bob)
		for i := range 30 {
			_, err := w.StartTopic(ctx, s.bob, s.board.ID, forum.Draft{Title: fmt.Sprint("Newer ", i), Source: "x", Key: w.Key()})
			s.must(err)
		}
		shows := func(when, want string) {
			t.Helper()
			if got := fed(w.ReadPublicFeed(ctx, "inner", "inner")); got != want {
				t.Errorf("%s: %s", when, got)
			}
		}
		exec(t, w, "UPDATE topics SET reach = 2, reach_of = 0 WHERE id <> ?", s.topic.ID)
		shows("thirty newer ones for the certified", `["First title first canary"]`)
		exec(t, w, "UPDATE posts SET reach = 2, reach_of = 0 WHERE id = ?", s.first)
		shows("its opening for them, too", "[]")
		kind(t, "a visitor", w.MakeFeed(ctx, forum.Actor{}, s.board.ID), forum.Forbidden, "error.sign-in-first")
		s.must(w.MakeFeed(ctx, s.bob, s.board.ID))
	})
}

// TestHiddenPostsStayWithTheirReaders: a hidden post is read and shown again by moderators who could read it, and its topic,
// before; by no other moderator, and by no member.
func TestHiddenPostsStayWithTheirReaders(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		s, ctx := newTalk(t, w), t.Context()
		s.must(w.HidePost(ctx, w.Admin, s.reply, advert))
		reads := func(when string, by forum.Actor, want bool) {
			t.Helper()
			p, err := w.ReadModerated(ctx, by, s.reply)
			if want {
				if err != nil || p.Plain != "an answer" {
					t.Errorf("%s: %q %v", when, p.Plain, err)
				}
				return
			}
			kind(t, when, err, forum.NotFound, "error.not-found")
		}
		reads("a moderator", w.Admin, true)
		reads("a member", s.ann, false)
		exec(t, w, "UPDATE topics SET reach = 2, reach_of = 0")
		reads("in a topic for the certified", w.Admin, false)
		kind(t, "in a topic for the certified", w.ShowPost(ctx, w.Admin, s.reply, ""), forum.NotFound, "error.not-found")
		exec(t, w, "UPDATE topics SET reach = 3, reach_of = ?", s.group.ID)
		exec(t, w, "UPDATE hidden SET reach = 2, reach_of = 0")
		reads("what was for the certified", w.Admin, false)
		kind(t, "what was for the certified", w.ShowPost(ctx, w.Admin, s.reply, ""), forum.NotFound, "error.not-found")
		exec(t, w, "UPDATE hidden SET reach = 3, reach_of = ?", s.group.ID)
		exec(t, w, "UPDATE groups SET visibility = ?", forum.CertifiedOnly)
		reads("a moderator in a place for others", w.Admin, true)
	})
}

// TestHidingWhatIsNotRead: who may not read a topic, or is not let into its place, learns nothing by trying to hide a post
// of it: it answers as one that is not there.
func TestHidingWhatIsNotRead(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		s, ctx := newTalk(t, w), t.Context()
		exec(t, w, "UPDATE topics SET reach = 2, reach_of = 0")
		kind(t, "a moderator, in a topic for the certified", w.HidePost(ctx, w.Admin, s.first, advert), forum.NotFound, "error.not-found")
		exec(t, w, "UPDATE topics SET reach = 0, reach_of = 0")
		exec(t, w, "UPDATE posts SET reach = 0, reach_of = 0")
		out := w.Member("out")
		kind(t, "an outsider, of what is for all in a closed place", w.HidePost(ctx, out, s.first, advert), forum.NotFound, "error.not-found")
		kind(t, "a member", w.HidePost(ctx, s.bob, s.first, advert), forum.Forbidden, "error.moderators-only")
		s.must(w.HidePost(ctx, w.Admin, s.first, advert))
	})
}

// TestHiddenMessagesStayWithTheirReaders is the same for what is said in a room.
func TestHiddenMessagesStayWithTheirReaders(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		s, ctx := newTalk(t, w), t.Context()
		r, err := w.FindRoom(ctx, s.ann, "inner", "inner")
		s.must(err)
		m, err := w.Say(ctx, s.ann, r.Room.ID, "said canary", w.Key())
		s.must(err)
		exec(t, w, "UPDATE messages SET reach = 0, reach_of = 0")
		kind(t, "an outsider, of what is for all in a closed place", w.HideMessage(ctx, w.Member("out"), m.ID, advert), forum.NotFound, "error.not-found")
		kind(t, "a member", w.HideMessage(ctx, s.bob, m.ID, advert), forum.Forbidden, "error.moderators-only")
		s.must(w.HideMessage(ctx, w.Admin, m.ID, advert))
		if p, err := w.ReadModeratedMessage(ctx, w.Admin, m.ID); err != nil || p.Plain != "said canary" {
			t.Errorf("a moderator reads %q %v", p.Plain, err)
		}
		exec(t, w, "UPDATE hidden_messages SET reach = 2, reach_of = 0")
		_, err = w.ReadModeratedMessage(ctx, w.Admin, m.ID)
		kind(t, "what was for the certified", err, forum.NotFound, "error.not-found")
		kind(t, "what was for the certified", w.ShowMessage(ctx, w.Admin, m.ID), forum.NotFound, "error.not-found")
	})
}

// TestScheduledPlacesAreNotNamed: a topic that somebody has scheduled does not say any more where, once they may not know of
// the place.
func TestScheduledPlacesAreNotNamed(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		s, ctx := newTalk(t, w), t.Context()
		id := s.later(s.bob, time.Hour, draft(w, "scheduled"))
		reads := func(when, place, group, board string) {
			t.Helper()
			x, err := w.ReadScheduled(ctx, w.As(s.bob.Member), id)
			if err != nil || x.Place != place || x.Group != group || x.Board != board || x.Draft.Source != "scheduled" {
				t.Errorf("%s: %+v %v", when, x, err)
			}
		}
		reads("a member", "Group inner / Board inner", "inner", "inner")
		s.must(w.Remove(ctx, w.Admin, s.group.ID, s.bob.Member, "over"))
		reads("who was put out", "", "", "")
	})
}

// TestTagsOfClosedPlaces: who is not let into a place learns nothing by trying to change a tag of it.
func TestTagsOfClosedPlaces(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		s, ctx := newTalk(t, w), t.Context()
		tag, out := s.tags("fees")[0], w.Member("out")
		kind(t, "an outsider renames it", w.RenameTag(ctx, out, tag, "x"), forum.NotFound, "error.not-found")
		kind(t, "an outsider drops it", w.DropTag(ctx, out, tag), forum.NotFound, "error.not-found")
		kind(t, "a member renames it", w.RenameTag(ctx, s.bob, tag, "x"), forum.Forbidden, "error.moderators-only")
		s.must(w.RenameTag(ctx, w.Admin, tag, "x"))
	})
}
