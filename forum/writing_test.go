package forum_test

import (
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"peergroups/forum"
	"peergroups/forum/forumtest"
)

// TestWritings: what is begun is kept for its writer alone, at each place one; two windows do not write over one another; it
// goes when it is posted, but not what another window kept since; who lost the place keeps their words and no name of it.
func TestWritings(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		s, ctx := newTalk(t, w), t.Context()
		answer, fresh, change := forum.WritingAt{Topic: s.topic.ID}, forum.WritingAt{Board: s.board.ID}, forum.WritingAt{Post: s.reply}
		keep := func(at forum.WritingAt, text string, version int64) int64 {
			t.Helper()
			v, err := w.KeepWriting(ctx, s.bob, at, forum.Writing{Title: "T", Source: text, ReplyTo: s.first, Version: version}, false)
			s.must(err)
			return v
		}
		read := func(who forum.Actor, at forum.WritingAt) forum.Writing {
			t.Helper()
			d, err := w.ReadWriting(ctx, who, at)
			s.must(err)
			return d
		}
		one := keep(answer, "canary of bob", 0)
		keep(fresh, "another", 0)
		keep(change, "a third", 0)
		if d := read(s.bob, answer); d.Source != "canary of bob" || d.ReplyTo != s.first || d.Version != one || d.ChangedAt == 0 {
			t.Errorf("kept %+v", d)
		}
		for _, who := range []forum.Actor{s.ann, w.Admin, {}} {
			if d := read(who, answer); d.Source != "" || d.Version != 0 {
				t.Errorf("another reads %+v", d)
			}
			if rows, err := w.Writings(ctx, who); err != nil || len(rows) != 0 {
				t.Errorf("another lists %+v %v", rows, err)
			}
		}
		two := keep(answer, "second", one)
		_, err := w.KeepWriting(ctx, s.bob, answer, forum.Writing{Source: "of the other window", Version: one}, false)
		kind(t, "the other window", err, forum.Conflict, "error.newer-writing")
		_, err = w.KeepWriting(ctx, s.bob, answer, forum.Writing{Source: "mine", Version: one}, true)
		s.must(err)
		if d := read(s.bob, answer); d.Source != "mine" || d.Version <= two {
			t.Errorf("kept mine: %+v", d)
		}
		_, err = w.Reply(ctx, s.bob, s.topic.ID, forum.Draft{Source: "posted", Key: w.Key(), Kept: two})
		s.must(err)
		if d := read(s.bob, answer); d.Source != "mine" {
			t.Errorf("what the other window kept since is gone: %+v", d)
		}
		_, err = w.Reply(ctx, s.bob, s.topic.ID, forum.Draft{Source: "posted too", Key: w.Key(), Kept: read(s.bob, answer).Version})
		s.must(err)
		if d := read(s.bob, answer); d.Version != 0 {
			t.Errorf("posted, it stays: %+v", d)
		}
		_, err = w.StartTopic(ctx, s.bob, s.board.ID, forum.Draft{Title: "T", Source: "x", Key: w.Key(), Kept: 1})
		s.must(err)
		own, err := w.ReadOwnPost(ctx, s.bob, s.reply)
		s.must(err)
		s.must(w.ChangePost(ctx, s.bob, s.reply, forum.PostChange{Source: "changed", Base: own.Version, Kept: 1}))
		if n := count(t, w, "SELECT count(*) FROM writings"); n != 0 {
			t.Errorf("%d are left", n)
		}

		keep(answer, "canary of bob", 0)
		keep(fresh, "in the board", 0)
		for what, c := range map[string]struct {
			by   forum.Actor
			at   forum.WritingAt
			want forum.Kind
		}{"a visitor": {forum.Actor{}, answer, forum.Forbidden}, "an outsider": {w.Member("outsider"), answer, forum.NotFound}, "of a board": {w.CertifiedMember("other"), fresh, forum.NotFound},
			"of another's post": {s.ann, change, forum.NotFound}, "nowhere": {s.bob, forum.WritingAt{}, forum.NotFound}} {
			_, err := w.KeepWriting(ctx, c.by, c.at, forum.Writing{Source: "x"}, false)
			kind(t, what, err, c.want, "")
		}
		_, err = w.KeepWriting(ctx, s.bob, fresh, forum.Writing{Source: strings.Repeat("a", forum.MaxSource+1), Version: 9}, false)
		kind(t, "a megabyte", err, forum.Invalid, "source: error.too-long")
		set(t, w, s.group, func(g *forum.GroupDraft) { g.Visibility = forum.Hidden })
		rows, err := w.Writings(ctx, s.bob)
		if err != nil || len(rows) != 2 || rows[0].Place == "" || rows[1].Place != "First title" {
			t.Errorf("listed: %+v %v", rows, err)
		}
		s.must(w.Remove(ctx, w.Admin, s.group.ID, s.bob.Member, "moves away"))
		rows, err = w.Writings(ctx, s.bob)
		if err != nil || len(rows) != 2 || rows[0].Place+rows[1].Place+rows[0].Group+rows[0].Board != "" || rows[1].Source != "canary of bob" {
			t.Errorf("put out, listed: %+v %v", rows, err)
		}
		s.must(w.DiscardWriting(ctx, s.bob, answer))
		s.must(w.DiscardWriting(ctx, s.bob, answer))
		w.Pass(91 * day)
		s.must(w.Forget(ctx))
		if n := count(t, w, "SELECT count(*) FROM writings"); n != 0 {
			t.Errorf("after ninety days %d", n)
		}
	})
}

// TestWritingAtOnce: of windows that keep at once one does, and the others hear of it.
func TestWritingAtOnce(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		s := newTalk(t, w)
		var wg sync.WaitGroup
		var done atomic.Int64
		for range 20 {
			wg.Go(func() {
				if _, err := w.KeepWriting(t.Context(), s.bob, forum.WritingAt{Topic: s.topic.ID}, forum.Writing{Source: w.Key()}, false); err == nil {
					done.Add(1)
				} else if forum.KindOf(err) != forum.Conflict {
					t.Error(err)
				}
			})
		}
		if wg.Wait(); done.Load() != 1 {
			t.Errorf("%d windows kept theirs", done.Load())
		}
	})
}
