package forum_test

import (
	"fmt"
	"testing"
	"time"

	"peergroups/forum"
	"peergroups/forum/forumtest"
)

// fed gives what a feed shows: "title text", newest first; "quiet" where that there is something is all.
func fed(f forum.BoardFeed, err error) string {
	if err != nil {
		return fmt.Sprint(forum.KindOf(err))
	}
	var out []string
	for _, p := range f.Topics {
		out = append(out, p.Title+" "+p.Plain)
	}
	if f.Quiet {
		out = append(out, fmt.Sprint("quiet ", f.NewAt != 0))
	}
	return fmt.Sprintf("%q", out)
}

// TestPublicFeed: of a board that is open to all the newest topics, with their text where it is for all; nothing that a
// visitor could not read.
func TestPublicFeed(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		s, ctx := newTalk(t, w), t.Context()
		feed := func() string { return fed(w.ReadPublicFeed(ctx, "inner", "inner")) }
		absent := fmt.Sprint(forum.NotFound)
		if got := feed(); got != absent || fed(w.ReadPublicFeed(ctx, "inner", "nothing")) != absent {
			t.Errorf("of a closed group: %s", got)
		}
		set(t, w, s.group, func(d *forum.GroupDraft) { d.Visibility = forum.PublicToRead })
		if got := feed(); got != "[]" {
			t.Errorf("written for members: %s", got)
		}
		w.Ready(s.group, s.bob)
		for _, title := range []string{"One", "Two"} {
			_, err := w.StartTopic(ctx, s.bob, s.board.ID, forum.Draft{Title: title, Source: "text of " + title, Key: w.Key()})
			s.must(err)
			w.Pass(time.Minute)
		}
		if got := feed(); got != `["Two text of Two" "One text of One"]` {
			t.Errorf("open: %s", got)
		}
		rows, _, err := w.ReadFeed(ctx, s.bob, forum.Latest, forum.TopicCursor{})
		s.must(err)
		page, err := w.ReadTopic(ctx, s.bob, rows[0].ID, 0)
		s.must(err)
		s.must(w.HidePost(ctx, w.Admin, page.Posts[0].ID, advert))
		if got := feed(); got != `["One text of One"]` {
			t.Errorf("hidden: %s", got)
		}
		s.must(w.ShowPost(ctx, w.Admin, page.Posts[0].ID, "a mistake"))
		s.must(w.TakeBack(ctx, s.bob, page.Posts[0].ID))
		if got := feed(); got != `["One text of One"]` {
			t.Errorf("taken back: %s", got)
		}
		set(t, w, s.group, func(d *forum.GroupDraft) { d.Visibility, d.Class = forum.PublicToRead, forum.GroupClass })
		if got := feed(); got != `["One "]` {
			t.Errorf("for the group: %s", got)
		}
		set(t, w, s.group, func(d *forum.GroupDraft) { d.Visibility, d.Class = forum.PublicToRead, forum.ChathamClass })
		if got := feed(); got != `["quiet true"]` {
			t.Errorf("under the rule: %s", got)
		}
		set(t, w, s.group, func(d *forum.GroupDraft) { d.Visibility, d.Class = forum.PublicToRead, forum.OpenClass })
		exec(t, w, "UPDATE posts SET class = ? WHERE plain LIKE 'text of One%'", forum.ChathamClass)
		if got := feed(); got != `["quiet true"]` {
			t.Errorf("one that was written under the rule: %s", got)
		}
		exec(t, w, "UPDATE posts SET class = 0")
		w.Ready(s.group, s.bob) // who is told again
		for i := range 31 {
			_, err := w.StartTopic(ctx, s.bob, s.board.ID, forum.Draft{Title: fmt.Sprint("More ", i), Source: "x", Key: w.Key()})
			s.must(err)
		}
		if f, err := w.ReadPublicFeed(ctx, "inner", "inner"); err != nil || len(f.Topics) != 30 {
			t.Errorf("%d topics %v", len(f.Topics), err)
		}
	})
}

// TestOwnFeed: a member's address shows titles, as they may read them at the moment; ended, or when they may not read there
// any more, it is as one that never was; and a role opens nothing by it.
func TestOwnFeed(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		s, ctx := newTalk(t, w), t.Context()
		out, absent := w.Member("out"), fmt.Sprint(forum.NotFound)
		kind(t, "an outsider", w.MakeFeed(ctx, out, s.board.ID), forum.NotFound, "error.not-found")
		kind(t, "a visitor", w.MakeFeed(ctx, forum.Actor{}, s.board.ID), forum.NotFound, "error.not-found")
		s.must(w.MakeFeed(ctx, s.bob, s.board.ID))
		s.must(w.MakeFeed(ctx, s.bob, s.board.ID))
		address := func(who forum.Actor) forum.FeedAddress {
			all, err := w.ReadFeeds(ctx, who)
			s.must(err)
			if len(all) != 1 {
				t.Fatalf("addresses: %+v", all)
			}
			return all[0]
		}
		bob := address(s.bob)
		feed := func() string { return fed(w.ReadOwnFeed(ctx, bob.Token)) }
		if got := feed(); got != `["First title "]` || bob.Place != "Group inner / Board" && bob.Place == "" {
			t.Errorf("his: %s, %+v", got, bob)
		}
		if used := address(s.bob).UsedAt; used == 0 {
			t.Error("it was used, and its member does not see it")
		}
		for what, token := range map[string]string{"none": "", "nonsense": "abc", "another": bob.Token[:len(bob.Token)-2] + "AA", "of another purpose": w.BoardToken(s.bob.Member, s.board.ID)} {
			if got := fed(w.ReadOwnFeed(ctx, token)); got != absent {
				t.Errorf("%s: %s", what, got)
			}
		}
		exec(t, w, "UPDATE topics SET reach = 2, reach_of = 0")
		if got := feed(); got != "[]" {
			t.Errorf("for the certified: %s", got)
		}
		exec(t, w, "UPDATE topics SET reach = 3, reach_of = ?", s.group.ID)
		set(t, w, s.group, func(d *forum.GroupDraft) { d.Class = forum.SealedClass })
		if got := feed(); got != `["quiet true"]` {
			t.Errorf("sealed: %s", got)
		}
		set(t, w, s.group, func(d *forum.GroupDraft) { d.Class = forum.OpenClass })
		s.must(w.Remove(ctx, w.Admin, s.group.ID, s.bob.Member, "over"))
		if got := feed(); got != absent || address(s.bob).Place != "" {
			t.Errorf("not a member: %s, %+v", got, address(s.bob))
		}
		w.Ready(s.group, s.bob)
		if got := feed(); got != `["First title "]` {
			t.Errorf("a member again: %s", got)
		}
		s.must(w.EndFeed(ctx, s.ann, bob.ID)) // not hers
		s.must(w.SuspendMember(ctx, w.Admin, s.bob.Member, forDays(7)))
		if got := feed(); got != absent {
			t.Errorf("suspended: %s", got)
		}
		s.must(w.Reinstate(ctx, w.Admin, s.bob.Member))
		s.must(w.EndFeed(ctx, s.bob, bob.ID))
		if got := feed(); got != absent {
			t.Errorf("ended: %s", got)
		}
		s.must(w.MakeFeed(ctx, s.bob, s.board.ID))
		if again := address(s.bob); again.Token == bob.Token || feed() != absent {
			t.Error("a new address is the old one")
		}
	})
}
