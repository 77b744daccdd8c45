package forum_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"peergroups/forum"
	"peergroups/forum/forumtest"
)

// TestBookmarks: what one keeps is listed while one may read it, and one is reminded once, on the day.
func TestBookmarks(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		s, ctx := newTalk(t, w), t.Context()
		out := w.Member("out")
		day := func(n int) string { return w.Now().AddDate(0, 0, n).Format("2006-01-02") }
		kept := func(who forum.Actor) (out []string) {
			t.Helper()
			all, _, err := w.ReadBookmarks(ctx, who, forum.BookmarkCursor{})
			s.must(err)
			for _, b := range all {
				out = append(out, fmt.Sprint(b.ID == s.first, " ", b.Note))
			}
			return out
		}
		s.must(w.KeepPost(ctx, s.bob, s.first, forum.BookmarkDraft{Note: "before the hearing", On: day(3)}))
		s.must(w.KeepPost(ctx, s.bob, s.reply, forum.BookmarkDraft{Note: "mine"}))
		s.must(w.KeepPost(ctx, s.bob, s.reply, forum.BookmarkDraft{Note: "mine, still"}))
		if got := fmt.Sprint(kept(s.bob)); got != "[false mine, still true before the hearing]" || len(kept(s.ann)) != 0 {
			t.Errorf("kept: %s", got)
		}
		for _, on := range []string{day(0), day(-1), day(2000), "soon", "2026-02-31"} {
			kind(t, on, w.KeepPost(ctx, s.bob, s.first, forum.BookmarkDraft{On: on}), forum.Invalid, "error.remind-day")
		}
		kind(t, "an outsider", w.KeepPost(ctx, out, s.first, forum.BookmarkDraft{}), forum.NotFound, "error.not-found")
		_, err := w.ReadBookmark(ctx, out, s.first)
		kind(t, "an outsider", err, forum.NotFound, "error.not-found")
		if b, err := w.ReadBookmark(ctx, s.bob, s.first); err != nil || b.Note != "before the hearing" || b.RemindAt.Time().UTC().Format("15:04") != "06:00" {
			t.Errorf("%+v %v", b, err) // seven in Amsterdam
		}

		s.must(w.RemindKept(ctx))
		if got := notices(t, w, s.bob, s.first); got != "" {
			t.Errorf("too early: %s", got)
		}
		w.Pass(72 * time.Hour)
		s.must(w.RemindKept(ctx))
		s.must(w.RemindKept(ctx))
		all, _, err := w.ReadNotices(ctx, s.bob, forum.NoticeCursor{})
		if err != nil || len(all) != 1 || all[0].Why != forum.RemindsOfOwn || all[0].Note != "before the hearing" {
			t.Errorf("reminded: %+v %v", all, err)
		}
		_, err = w.MarkNotices(ctx, s.bob, 0)
		s.must(err)
		b, err := w.ReadBookmark(ctx, s.bob, s.first)
		s.must(err)
		s.must(w.KeepPost(ctx, s.bob, s.first, forum.BookmarkDraft{Note: "another note", On: b.RemindAt.Time().Format("2006-01-02")})) // the day is over, and stays
		s.must(w.RemindKept(ctx))
		if got := notices(t, w, s.bob, s.first); got != "reminder 1" {
			t.Errorf("reminded twice: %s", got)
		}
		s.must(w.Remove(ctx, w.Admin, s.group.ID, s.bob.Member, "over"))
		if got := notices(t, w, s.bob, s.first) + fmt.Sprint(kept(s.bob)); got != "[]" {
			t.Errorf("when they may not read it any more: %s", got)
		}
		w.Ready(s.group, s.bob)
		s.must(w.DropBookmark(ctx, s.bob, s.first))
		if got := notices(t, w, s.bob, s.first) + fmt.Sprint(kept(s.bob)); got != "[false mine, still]" {
			t.Errorf("dropped: %s", got)
		}
		s.must(w.TakeBack(ctx, s.bob, s.reply))
		if got := kept(s.bob); len(got) != 0 {
			t.Errorf("taken back: %v", got)
		}
	})
}

// TestIgnored: what somebody says by name whom one ignores is folded, and no notice of it comes; behind a mask nothing
// tells who they are.
func TestIgnored(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		s, ctx := newTalk(t, w), t.Context()
		folded := func(who forum.Actor) string {
			var out []bool
			for _, p := range s.page(who).Posts {
				out = append(out, p.Ignored)
			}
			return fmt.Sprint(out)
		}
		s.must(w.QueuePost(ctx, s.reply))
		s.must(w.IgnoreMember(ctx, s.ann, s.bob.Member))
		s.must(w.IgnoreMember(ctx, s.ann, s.bob.Member))
		next := s.replies(s.bob, s.first, "@ann")
		if got := notices(t, w, s.ann, s.reply, next); got != "" || folded(s.ann) != "[false true true]" || folded(s.bob) != "[false false false]" {
			t.Errorf("ignored: %q, folded %s, and for them %s", got, folded(s.ann), folded(s.bob))
		}
		who, err := w.ReadIgnored(ctx, s.ann)
		s.must(err)
		p, err := w.ReadPerson(ctx, s.ann, s.bob.Member)
		if err != nil || len(who) != 1 || who[0].ID != s.bob.Member || !p.Ignored {
			t.Errorf("%+v %+v %v", who, p, err)
		}
		if p, err := w.ReadPerson(ctx, s.bob, s.ann.Member); err != nil || p.Ignored {
			t.Errorf("the other way round: %v %v", p.Ignored, err)
		}
		s.must(w.KeepPost(ctx, s.ann, s.reply, forum.BookmarkDraft{On: w.Now().AddDate(0, 0, 1).Format("2006-01-02")}))
		w.Pass(24 * time.Hour)
		s.must(w.RemindKept(ctx))
		if got := notices(t, w, s.ann, s.reply); got != "reminder 1*" {
			t.Errorf("what they wanted to be reminded of: %q", got)
		}
		s.must(w.HeedMember(ctx, s.ann, s.bob.Member))
		if got := notices(t, w, s.ann, s.reply, next); got != "reminder 1*" || folded(s.ann) != "[false false false]" {
			t.Errorf("heeded: %q %s", got, folded(s.ann))
		}
		kind(t, "oneself", w.IgnoreMember(ctx, s.ann, s.ann.Member), forum.Forbidden, "error.not-yourself")
		kind(t, "nobody", w.IgnoreMember(ctx, s.ann, 7), forum.NotFound, "error.not-found")

		_, masked := house(t, w, s.bob, s.ann)
		s.must(w.IgnoreMember(ctx, s.ann, s.bob.Member))
		post, err := w.ReadPost(ctx, s.bob, forum.PostID(masked.Ref))
		s.must(err)
		r, err := w.Reply(ctx, s.bob, post.TopicID, forum.Draft{Source: "@ann", Key: w.Key()})
		s.must(err)
		s.must(w.QueuePost(ctx, r.ID))
		page, err := w.ReadTopic(ctx, s.ann, post.TopicID, 0)
		s.must(err)
		if got := notices(t, w, s.ann, r.ID); page.Posts[0].Ignored || page.Posts[1].Ignored || got != "mention 1*, reminder 0*" {
			t.Errorf("a mask: %q %v", got, page.Posts)
		}
	})
}

// TestMarkAllRead: all of a board or of everything at one stroke, and undone; what was read since stays read.
func TestMarkAllRead(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		s, ctx := newTalk(t, w), t.Context()
		other, board, _ := w.Group("other", forum.MembersOnly)
		w.Ready(other, s.ann, s.bob)
		second, err := w.StartTopic(ctx, s.bob, board.ID, draft(w, "two"))
		s.must(err)
		s.must(w.QueuePost(ctx, s.reply))
		fresh := func(feed forum.Feed) int {
			rows, _, err := w.ReadFeed(ctx, s.ann, feed, forum.TopicCursor{})
			s.must(err)
			return len(rows)
		}
		expect := func(when string, want int, told string) {
			t.Helper()
			if got := notices(t, w, s.ann, s.reply); fresh(forum.UnreadOnly) != want || got != told {
				t.Errorf("%s: %d are new, %q", when, fresh(forum.UnreadOnly), got)
			}
		}
		expect("before", 2, "answer 1*")
		if first, err := w.FirstUnread(ctx, s.ann, s.topic.ID); err != nil || first != s.reply {
			t.Errorf("first unread %d %v", first, err)
		}
		at, err := w.MarkAllRead(ctx, s.ann, s.board.ID)
		s.must(err)
		expect("a board", 1, "answer 1")
		if first, err := w.FirstUnread(ctx, s.ann, s.topic.ID); err != nil || first != s.reply {
			t.Errorf("without any, the last: %d %v", first, err)
		}
		s.must(w.UnmarkAllRead(ctx, s.bob, at))
		expect("undone by somebody else", 1, "answer 1")
		s.must(w.UnmarkAllRead(ctx, s.ann, at))
		expect("undone", 2, "answer 1*")
		at, err = w.MarkAllRead(ctx, s.ann, 0)
		s.must(err)
		expect("everything", 0, "answer 1")
		_, err = w.Reply(ctx, s.bob, second.ID, draft(w, "more"))
		s.must(err)
		s.must(w.MarkRead(ctx, s.ann, second.ID, 2))
		s.must(w.UnmarkAllRead(ctx, s.ann, at))
		expect("what was read since", 1, "answer 1*")
		kind(t, "a board of others", func() error { _, err := w.MarkAllRead(ctx, w.Member("out"), s.board.ID); return err }(), forum.NotFound, "error.not-found")
	})
}

// TestUnanswered: a topic in which nobody has said anything since, as far as the reader may know; on its board as well.
func TestUnanswered(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		s, ctx := newTalk(t, w), t.Context()
		alone, err := w.StartTopic(ctx, s.bob, s.board.ID, draft(w, "alone"))
		s.must(err)
		expect := func(when string, who forum.Actor, want int, of ...forum.Feed) {
			t.Helper()
			for _, feed := range of {
				rows, _, err := w.ReadFeed(ctx, who, feed, forum.TopicCursor{})
				s.must(err)
				b, err := w.ReadBoard(ctx, who, "inner", "inner", forum.TopicCursor{Feed: feed})
				s.must(err)
				if len(rows) != want || len(b.Topics) != want {
					t.Errorf("%s, feed %d: %d and on the board %d, want %d", when, feed, len(rows), len(b.Topics), want)
				}
			}
		}
		expect("one", s.ann, 1, forum.Unanswered)
		expect("hers", w.Admin, 0, forum.Mine)
		expect("his", s.bob, 2, forum.Mine, forum.Latest)
		p, err := w.Reply(ctx, s.ann, alone.ID, draft(w, "answered"))
		s.must(err)
		expect("none", s.bob, 0, forum.Unanswered)
		exec(t, w, "UPDATE posts SET reach = 4 WHERE id = ?", p.ID)
		exec(t, w, "UPDATE topics SET mixed = 1 WHERE id = ?", alone.ID)
		expect("none that they may know of", s.bob, 1, forum.Unanswered)
		s.must(w.Lock(ctx, w.Admin, alone.ID, "calm"))
		expect("locked", s.bob, 0, forum.Unanswered)
	})
}

// verbsOfReading are what a member does for themself; a visitor has nobody to do it for.
func (s *stage) verbsOfReading(w *forumtest.World) []verb {
	page, err := w.ReadTopic(context.Background(), w.Admin, s.topic.ID, 0)
	if err != nil {
		panic(err)
	}
	id := page.Posts[0].ID
	return []verb{
		{"keep post", func(ctx context.Context, by forum.Actor) error {
			return w.KeepPost(ctx, by, id, forum.BookmarkDraft{Note: "n"})
		}, &s.ann, forum.NotFound, forum.NotFound, 0, 0, true},
		{"keep keys", func(ctx context.Context, by forum.Actor) error { return w.KeepKeys(ctx, by, true) }, &s.ann, forum.Forbidden, 0, 0, 0, true},
		{"make feed", func(ctx context.Context, by forum.Actor) error { return w.MakeFeed(ctx, by, s.board.ID) }, &s.ann, forum.NotFound, forum.NotFound, 0, 0, true},
		{"end feed", func(ctx context.Context, by forum.Actor) error { return w.EndFeed(ctx, by, 5) }, &s.ann, forum.Forbidden, 0, 0, 0, true},
		{"react", func(ctx context.Context, by forum.Actor) error { return w.React(ctx, by, id, forum.Thanks) }, &s.ann, forum.NotFound, forum.NotFound, 0, 0, false},
		{"unreact", func(ctx context.Context, by forum.Actor) error { return w.Unreact(ctx, by, id, forum.Thanks) }, &s.ann, forum.Forbidden, 0, 0, 0, false},
		{"drop bookmark", func(ctx context.Context, by forum.Actor) error { return w.DropBookmark(ctx, by, id) }, &s.ann, forum.Forbidden, 0, 0, 0, true},
		{"mark board read", func(ctx context.Context, by forum.Actor) error {
			_, err := w.MarkAllRead(ctx, by, s.board.ID)
			return err
		}, &s.ann, forum.Forbidden, forum.NotFound, 0, 0, true},
		{"mark all read", func(ctx context.Context, by forum.Actor) error { _, err := w.MarkAllRead(ctx, by, 0); return err }, &s.ann, forum.Forbidden, 0, 0, 0, true},
		{"unmark all read", func(ctx context.Context, by forum.Actor) error { return w.UnmarkAllRead(ctx, by, 5) }, &s.ann, forum.Forbidden, 0, 0, 0, true},
		{"ignore member", func(ctx context.Context, by forum.Actor) error { return w.IgnoreMember(ctx, by, s.out.Member) }, &s.ann, forum.Forbidden, forum.Forbidden, 0, 0, true},
		{"heed member", func(ctx context.Context, by forum.Actor) error { return w.HeedMember(ctx, by, s.out.Member) }, &s.ann, forum.Forbidden, 0, 0, 0, true},
		{"set topic level", func(ctx context.Context, by forum.Actor) error {
			return w.SetTopicLevel(ctx, by, s.topic.ID, forum.EveryPost)
		}, &s.ann, forum.NotFound, forum.NotFound, 0, 0, true},
		{"set board level", func(ctx context.Context, by forum.Actor) error {
			return w.SetBoardLevel(ctx, by, s.board.ID, forum.MutedLevel)
		}, &s.ann, forum.NotFound, forum.NotFound, 0, 0, true},
		{"mark notices", func(ctx context.Context, by forum.Actor) error { _, err := w.MarkNotices(ctx, by, 0); return err }, &s.ann, forum.Forbidden, 0, 0, 0, true},
		{"unmark notices", func(ctx context.Context, by forum.Actor) error { return w.UnmarkNotices(ctx, by, 5) }, &s.ann, forum.Forbidden, 0, 0, 0, true},
	}
}

// TestNobodyKeepsForNobody: a visitor reads what is open to all, and has nothing of their own there.
func TestNobodyKeepsForNobody(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		ctx, visitor := t.Context(), forum.Actor{}
		g, b, _ := w.Group("open", forum.PublicToRead)
		w.Ready(g, w.Admin)
		topic, err := w.StartTopic(ctx, w.Admin, b.ID, draft(w, "for all"))
		if err != nil {
			t.Fatal(err)
		}
		page, err := w.ReadTopic(ctx, visitor, topic.ID, 0)
		if err != nil {
			t.Fatal(err)
		}
		_, board := w.MarkAllRead(ctx, visitor, b.ID)
		for what, err := range map[string]error{"keep": w.KeepPost(ctx, visitor, page.Posts[0].ID, forum.BookmarkDraft{}), "topic": w.SetTopicLevel(ctx, visitor, topic.ID, forum.MutedLevel),
			"board": w.SetBoardLevel(ctx, visitor, b.ID, forum.Inherited), "read": board} {
			kind(t, what, err, forum.Forbidden, "error.sign-in-first")
		}
	})
}

// TestMarkedIsWhatOneReads: all that is marked at one stroke is what one may read. What comes to be for one later is new.
func TestMarkedIsWhatOneReads(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		s, ctx := newTalk(t, w), t.Context()
		later, err := w.Reply(ctx, s.bob, s.topic.ID, draft(w, "later"))
		s.must(err)
		exec(t, w, "UPDATE posts SET reach = 4 WHERE id = ?", later.ID)
		other, err := w.StartTopic(ctx, s.bob, s.board.ID, draft(w, "for the certified"))
		s.must(err)
		exec(t, w, "UPDATE topics SET reach = 2, mixed = 1 WHERE id = ?", other.ID)
		_, err = w.MarkAllRead(ctx, s.ann, 0)
		s.must(err)
		if n := count(t, w, "SELECT count(*) FROM reads WHERE member_id = ?", s.ann.Member); n != 1 {
			t.Errorf("%d topics are marked", n)
		}
		exec(t, w, "UPDATE posts SET reach = 3 WHERE id = ?", later.ID)
		rows, _, err := w.ReadFeed(ctx, s.ann, forum.UnreadOnly, forum.TopicCursor{})
		if err != nil || len(rows) != 1 || rows[0].Unread != 1 {
			t.Errorf("what is for them now is not new: %+v %v", rows, err)
		}
		_, err = w.FirstUnread(ctx, w.Member("out"), s.topic.ID)
		kind(t, "an outsider", err, forum.NotFound, "error.not-found")
	})
}
