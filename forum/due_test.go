package forum_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"peergroups/forum"
	"peergroups/forum/forumtest"
)

// meddler does something once with the facts of the first verb, before or after it is committed.
type meddler struct {
	once          sync.Once
	before, after func() error
}

func (m *meddler) Record(context.Context, bun.Tx, []forum.Fact) (err error) {
	if m.before != nil {
		m.once.Do(func() { err = m.before() })
	}
	return err
}

func (m *meddler) Announce(context.Context, []forum.Fact) {
	if m.after != nil {
		m.once.Do(func() { _ = m.after() })
	}
}

// TestManyDue: topics that must wait for their writers' limits, and one that fails, keep no other from its time.
func TestManyDue(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		s, ctx := newTalk(t, w), t.Context()
		s.vetting(forum.Vetting{All: true})
		for _, m := range []forum.Actor{s.ann, s.bob, w.Member("carl"), w.Member("dora")} {
			w.Ready(s.group, m)
			for i := range 50 {
				s.later(m, time.Hour, forum.Draft{Title: "T", Source: "flood", Key: fmt.Sprint("flood", i)})
			}
		}
		g, b, _ := w.Group("other", forum.MembersOnly)
		eve := w.Member("eve")
		w.Ready(g, eve)
		_, err := w.ScheduleTopic(ctx, eve, b.ID, draft(w, "innocent"), w.Now().Add(2*time.Hour).In(amsterdam(t)).Format("2006-01-02T15:04"))
		s.must(err)
		w.Pass(3 * time.Hour)
		broken := errors.New("broken")
		failing := forum.New(w.Store, forum.Options{Effects: &meddler{before: func() error { return broken }}, Now: w.Now})
		if err := failing.PostScheduled(ctx); !errors.Is(err, broken) {
			t.Errorf("what failed is not told: %v", err)
		}
		if n, of := count(t, w, "SELECT count(*) FROM topics WHERE author_id = ?", eve.Member), count(t, w, "SELECT count(*) FROM waiting"); n != 1 || of != 4*20 {
			t.Errorf("of the other group %d posted; %d wait", n, of)
		}
	})
}

// TestChangedAtItsTime: what is thrown away or put off while others are posted is not posted.
func TestChangedAtItsTime(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		s, ctx := newTalk(t, w), t.Context()
		s.later(s.bob, time.Hour, draft(w, "first"))
		gone := s.later(s.ann, 2*time.Hour, draft(w, "thrown away"))
		off := draft(w, "put off")
		off.Later = s.later(s.ann, 2*time.Hour, draft(w, "not yet"))
		s.later(s.ann, 3*time.Hour, draft(w, "last"))
		w.Pass(4 * time.Hour)
		before := count(t, w, "SELECT count(*) FROM topics")
		other := forum.New(w.Store, forum.Options{Effects: &meddler{after: func() error {
			s.must(w.DiscardScheduled(ctx, s.ann, gone))
			s.later(s.ann, 72*time.Hour, off)
			return nil
		}}, Now: w.Now})
		s.must(other.PostScheduled(ctx))
		if got, n := s.waits(s.ann), count(t, w, "SELECT count(*) FROM topics")-before; n != 2 || got != "[put off time]" {
			t.Error(fmt.Sprint(n), " were posted, and waits ", got)
		}
	})
}

// TestScheduledTwice: one form sent twice is one topic, as it was sent last; and still 50 at most.
func TestScheduledTwice(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		s := newTalk(t, w)
		d := draft(w, "twice")
		id := s.later(s.ann, time.Hour, d)
		if again := s.later(s.ann, time.Hour, d); again != id {
			t.Errorf("the double click is another: %d %d", id, again)
		}
		s.later(s.bob, time.Hour, d)
		d.Source = "corrected"
		s.later(s.ann, 2*time.Hour, d)
		if got := s.waits(s.ann) + s.waits(s.bob); got != "[corrected time][twice time]" {
			t.Error(got)
		}
		w.Pass(3 * time.Hour)
		before := count(t, w, "SELECT count(*) FROM topics")
		s.must(w.PostScheduled(t.Context()))
		if n := count(t, w, "SELECT count(*) FROM topics") - before; n != 2 {
			t.Errorf("%d topics", n)
		}
	})
}
