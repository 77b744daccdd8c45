package forum_test

import (
	"testing"
	"time"

	"peergroups/forum"
	"peergroups/forum/forumtest"
)

// TestSaidFiles: a file that hangs on a message is opened by those who may read it, as long as they may and it is there; it hangs on one thing only,
// and goes with the message for good.
func TestSaidFiles(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		c := newCircle(t, w, forum.RoomDraft{Keep: 24})
		ctx := t.Context()
		file, err := w.AddFile(ctx, c.ann, "plan.txt", []byte("a plan"))
		c.must(err)
		kind(t, "another's file", errOf(w.SayAsTold(ctx, c.bob, c.circle.ID, forum.Line{Nonce: w.Key(), Files: []forum.FileID{file.ID}})), forum.Invalid, "text: error.file-gone")
		m, err := w.SayAsTold(ctx, c.ann, c.circle.ID, forum.Line{Nonce: w.Key(), Files: []forum.FileID{file.ID}})
		c.must(err)
		opens := func(who string, by forum.Actor, want bool) {
			t.Helper()
			_, err := w.FindFile(ctx, w.As(by.Member), file.ID)
			if (err == nil) != want {
				t.Errorf("%s opens it: %v", who, err)
			}
		}
		opens("ann", c.ann, true)
		opens("bob", c.bob, true)
		for who, by := range map[string]forum.Actor{"a moderator": c.eve, "a member": c.olga, "the owner": w.Admin, "an outsider": w.Member("outside")} {
			opens(who, by, false)
		}
		p, err := w.ReadRoom(ctx, c.bob, "inner", c.circle.Slug, forum.SaidCursor{})
		c.must(err)
		if last := p.Messages[len(p.Messages)-1]; len(last.Files) != 1 || last.Files[0].Name != "plan.txt" {
			t.Errorf("bob sees %+v", last)
		}
		if said, err := w.SaidBetween(ctx, c.circle.ID, m.Seq-1, 99, 1); err != nil || len(said) != 1 || len(said[0].Files) != 1 {
			t.Errorf("the channel carries %+v %v", said, err)
		}
		kind(t, "on a post, too", errOf(w.StartTopic(ctx, c.ann, c.board.ID, forum.Draft{Title: "T", Source: "x", Key: w.Key(), Files: []forum.FileID{file.ID}})), forum.Invalid, "upload: error.file-gone")
		c.must(w.DropFile(ctx, c.ann, file.ID)) // it hangs on something: nothing happens
		opens("bob", c.bob, true)
	})
}

// TestSaidFilesGo: a file goes when its message is taken back, hidden from others, or erased by the clock, with its bytes.
func TestSaidFilesGo(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		s := newTalk(t, w)
		ctx := t.Context()
		r := s.roomOf("day", forum.RoomDraft{Keep: 24})
		said := func() (*forum.ChatMessage, forum.File) {
			t.Helper()
			file, err := w.AddFile(ctx, s.ann, "plan.txt", []byte("a plan"))
			s.must(err)
			m, err := w.SayAsTold(ctx, s.ann, r.ID, forum.Line{Source: "here", Nonce: w.Key(), Files: []forum.FileID{file.ID}})
			s.must(err)
			return m, *file
		}
		gone := func(what string, file forum.File) {
			t.Helper()
			_, err := w.FindFile(ctx, w.As(s.ann.Member), file.ID)
			kind(t, what, err, forum.NotFound, "error.not-found")
			if r, _, err := w.OpenFile(ctx, &file, false); err == nil {
				_ = r.Close()
				t.Errorf("%s: its bytes are there", what)
			}
		}
		m, file := said()
		s.must(w.HideMessage(ctx, w.Admin, m.ID, advert))
		_, err := w.FindFile(ctx, s.bob, file.ID)
		kind(t, "hidden", err, forum.NotFound, "error.not-found")
		s.must(errOf(w.FindFile(ctx, s.ann, file.ID))) // it is hers
		m, file = said()
		s.must(w.TakeBackMessage(ctx, s.ann, m.ID))
		gone("taken back", file)
		_, file = said()
		w.Pass(25 * time.Hour)
		_, err = w.FindFile(ctx, w.As(s.bob.Member), file.ID)
		kind(t, "its time is over", err, forum.NotFound, "error.not-found")
		s.must(w.ForgetSaid(ctx))
		gone("erased", file)
	})
}
