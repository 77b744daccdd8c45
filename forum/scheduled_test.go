package forum_test

import (
	"fmt"
	"testing"
	"time"

	"peergroups/forum"
	"peergroups/forum/forumtest"
)

// later schedules a topic of somebody for a time from now on.
func (s *talk) later(by forum.Actor, in time.Duration, d forum.Draft) int64 {
	s.t.Helper()
	id, err := s.ScheduleTopic(s.t.Context(), by, s.board.ID, d, s.World.Now().Add(in).In(amsterdam(s.t)).Format("2006-01-02T15:04"))
	s.must(err)
	return id
}

// waits gives why each of somebody's scheduled topics waits; "time" where its time has not come.
func (s *talk) waits(by forum.Actor) string {
	s.t.Helper()
	all, err := s.ScheduledTopics(s.t.Context(), by)
	s.must(err)
	var out []string
	for _, t := range all {
		if t.PostAt != 0 {
			t.Why = "time"
		}
		out = append(out, t.Draft.Source+" "+t.Why)
	}
	return fmt.Sprint(out)
}

// TestScheduled: a topic is posted at its time, once and whole; before it is nobody's but its writer's.
func TestScheduled(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		s, ctx := newTalk(t, w), t.Context()
		for what, at := range map[string]string{"no time": "", "nonsense": "tomorrow", "the past": w.Now().Add(-72 * time.Hour).Format("2006-01-02T15:04"), "two years": w.Now().AddDate(2, 0, 0).Format("2006-01-02T15:04")} {
			_, err := w.ScheduleTopic(ctx, s.ann, s.board.ID, draft(w, "x"), at)
			kind(t, what, err, forum.Invalid, "error.poll-until")
		}
		_, err := w.ScheduleTopic(ctx, s.ann, s.board.ID, forum.Draft{Title: "t", Key: w.Key()}, w.Now().Add(72*time.Hour).Format("2006-01-02T15:04"))
		kind(t, "without a text", err, forum.Invalid, "error.empty.source")
		_, err = w.ScheduleTopic(ctx, w.Member("out"), s.board.ID, draft(w, "x"), w.Now().Add(72*time.Hour).Format("2006-01-02T15:04"))
		kind(t, "an outsider", err, forum.NotFound, "error.not-found")

		file, err := w.AddFile(ctx, s.ann, "a.txt", []byte("filed"))
		s.must(err)
		d := draft(w, "scheduled")
		d.Tags, d.Files, d.Poll = s.tags("fees"), []forum.FileID{file.ID}, forum.PollDraft{Options: "A\nB", Secret: true}
		id := s.later(s.ann, 10*24*time.Hour, d)
		if got := s.waits(s.ann) + s.waits(s.bob); got != "[scheduled time][]" {
			t.Errorf("scheduled: %s", got)
		}
		_, err = w.ReadScheduled(ctx, s.bob, id)
		kind(t, "of somebody else", err, forum.NotFound, "error.not-found")
		s.must(w.DiscardScheduled(ctx, s.bob, id))
		w.Pass(9 * 24 * time.Hour)
		s.must(w.SweepFiles(ctx))
		s.must(w.PostScheduled(ctx))
		if rows, _, err := w.ReadFeed(ctx, s.bob, forum.Latest, forum.TopicCursor{}); err != nil || len(rows) != 1 {
			t.Fatalf("too early: %v %v", rows, err)
		}
		w.Pass(25 * time.Hour)
		s.must(w.PostScheduled(ctx))
		s.must(w.PostScheduled(ctx))
		rows, _, err := w.ReadFeed(ctx, s.bob, forum.Latest, forum.TopicCursor{})
		if err != nil || len(rows) != 2 || len(rows[0].Tags) != 1 || s.waits(s.ann) != "[]" {
			t.Fatalf("posted: %+v %v, and waits %s", rows, err, s.waits(s.ann))
		}
		page, err := w.ReadTopic(ctx, s.bob, rows[0].ID, 0)
		if s.must(err); len(page.Posts[0].Files) != 1 || page.Posts[0].Poll == nil || !page.Posts[0].Poll.Secret || page.Posts[0].AuthorID != s.ann.Member {
			t.Errorf("not whole: %+v", page.Posts[0])
		}

		first := s.later(s.ann, time.Hour, draft(w, "first"))
		again := draft(w, "changed")
		again.Later = first
		second := s.later(s.ann, 2*time.Hour, again)
		if got := s.waits(s.ann); got != "[changed time]" {
			t.Errorf("changed: %s", got)
		}
		now := draft(w, "at once")
		now.Later = second
		_, err = w.StartTopic(ctx, s.ann, s.board.ID, now)
		s.must(err)
		gone := s.later(s.ann, time.Hour, draft(w, "gone"))
		s.must(w.DiscardScheduled(ctx, s.ann, gone))
		for _, late := range []int64{gone, second} {
			over := draft(w, "too late")
			over.Later = late
			_, err = w.StartTopic(ctx, s.ann, s.board.ID, over)
			kind(t, "over what is gone", err, forum.Invalid, "error.not-scheduled")
			_, err = w.ScheduleTopic(ctx, s.ann, s.board.ID, over, w.Now().Add(72*time.Hour).Format("2006-01-02T15:04"))
			kind(t, "scheduled over what is gone", err, forum.Invalid, "error.not-scheduled")
		}
		_, err = w.StartTopic(ctx, s.ann, s.board.ID, now)
		s.must(err) // the second click
		w.Pass(3 * time.Hour)
		s.must(w.PostScheduled(ctx))
		if rows, _, err := w.ReadFeed(ctx, s.bob, forum.Latest, forum.TopicCursor{}); err != nil || len(rows) != 3 {
			t.Errorf("%d topics %v", len(rows), err)
		}
		for range 50 {
			s.later(s.ann, time.Hour, draft(w, "many"))
		}
		_, err = w.ScheduleTopic(ctx, s.ann, s.board.ID, draft(w, "one more"), w.Now().Add(72*time.Hour).Format("2006-01-02T15:04"))
		kind(t, "the 51st", err, forum.TooMany, "error.too-many-writings")
	})
}

// TestUnposted: what others would read than was said, or who may not post any more, goes nowhere: it stays with its writer,
// who is told once; and nothing of it is lost.
func TestUnposted(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		s, ctx := newTalk(t, w), t.Context()
		carl := w.Member("carl")
		w.Ready(s.group, carl)
		topics := func() int { return count(t, w, "SELECT count(*) FROM topics") }
		before := topics()
		s.later(s.ann, time.Hour, draft(w, "widened"))
		s.later(s.bob, time.Hour, draft(w, "banned"))
		s.later(carl, time.Hour, draft(w, "suspended"))
		set(t, w, s.group, func(d *forum.GroupDraft) { d.Visibility = forum.RegisteredOnly })
		s.must(w.Ban(ctx, w.Admin, s.group.ID, s.bob.Member, "over"))
		s.must(w.SuspendMember(ctx, w.Admin, carl.Member, forDays(7)))
		w.Effects.Take()
		w.Pass(2 * time.Hour)
		s.must(w.PostScheduled(ctx))
		s.must(w.PostScheduled(ctx))
		if got := s.waits(s.ann) + s.waits(s.bob) + s.waits(carl); got != "[widened readers][banned barred][suspended barred]" || topics() != before {
			t.Errorf("%s, and %d topics of %d", got, topics(), before)
		}
		facts := w.Effects.Take()
		if len(facts) != 3 {
			t.Errorf("told: %v", facts)
		}
		for _, f := range facts {
			if d, ok := f.(forum.DraftWaits); !ok || d.Note != "note.unposted" || count(t, w, "SELECT count(*) FROM deliveries WHERE kind = 'note.unposted' AND ref = ? AND member_id = ?", d.Draft, d.Member) != 1 {
				t.Errorf("told: %+v", f)
			}
		}
		w.Ready(s.group, s.ann) // who is told again
		w.Effects.Take()
		s.later(s.ann, time.Hour, draft(w, "muted"))
		s.must(w.Mute(ctx, w.Admin, s.group.ID, s.ann.Member, forDays(7)))
		w.Pass(2 * time.Hour)
		s.must(w.PostScheduled(ctx))
		if got := s.waits(s.ann); got != "[widened readers muted barred]" || topics() != before {
			t.Errorf("%s, and %d topics of %d", got, topics(), before)
		}
		all, err := w.ScheduledTopics(ctx, s.bob)
		if err != nil || len(all) != 1 || all[0].Place == "" {
			t.Errorf("a place that they still may know: %+v %v", all, err)
		}
		set(t, w, s.group, func(d *forum.GroupDraft) { d.Visibility = forum.Hidden })
		if all, err = w.ScheduledTopics(ctx, s.bob); err != nil || len(all) != 1 || all[0].Place != "" || all[0].Group != "" || all[0].Draft.Source != "banned" {
			t.Errorf("a place of which they may not know: %+v %v", all, err)
		}
	})
}

// TestScheduledWaits: a topic whose time has come waits for the moderators where their group wants that, once.
func TestScheduledWaits(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		s := newTalk(t, w)
		s.vetting(forum.Vetting{Watched: "gold"})
		d := draft(w, "gold for all")
		d.Title = "Later"
		s.later(s.ann, time.Hour, d)
		w.Pass(2 * time.Hour)
		for range 2 {
			s.must(w.PostScheduled(t.Context()))
		}
		if h := s.only(w.Admin); h.Title != "Later" {
			t.Errorf("%+v", h)
		}
		if got := s.waits(s.ann); got != "[]" {
			t.Errorf("its writer still has %s", got)
		}
	})
}
