package forum_test

import (
	"fmt"
	"testing"
	"time"

	"peergroups/forum"
	"peergroups/forum/forumtest"
)

// TestHeldDraftsAreNotForgotten: a reminder after one and after six days, each once, and
// after fourteen the draft is thrown away and its writer told; what was released is left
// alone (P19).
func TestHeldDraftsAreNotForgotten(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		s := newStage(t, w)
		if err := w.Join(t.Context(), s.guest, s.group.ID); err != nil {
			t.Fatal(err)
		}
		_, err := w.PostByMail(t.Context(), s.guest, s.board.ID, forum.Incoming{MessageID: "<h@x.example>", Title: "Waits", Source: "text"})
		kind(t, "untold by mail", err, forum.Held, "error.acknowledge-first")
		begin := w.Now()
		for _, c := range []struct {
			hours int
			note  string
		}{{23, ""}, {25, "note.held-day"}, {26, ""}, {6*24 - 1, ""}, {6*24 + 1, "note.held-week"}, {14*24 - 1, ""}, {14*24 + 1, "note.held-over"}, {15 * 24, ""}} {
			w.Pass(begin.Add(time.Duration(c.hours) * time.Hour).Sub(w.Now()))
			w.Effects.Take()
			if err := w.RemindHeld(t.Context()); err != nil {
				t.Fatal(err)
			}
			facts := w.Effects.Take()
			if c.note == "" && len(facts) != 0 || c.note != "" && (len(facts) != 1 || facts[0].(forum.DraftWaits).Note != c.note || facts[0].(forum.DraftWaits).Member != s.guest.Member) {
				t.Errorf("after %d hours: %v", c.hours, facts)
			}
			drafts, err := w.Drafts(t.Context(), s.guest)
			if err != nil || (len(drafts) == 1) != (c.hours < 14*24) {
				t.Errorf("after %d hours %d drafts wait, %v", c.hours, len(drafts), err)
			}
		}
		// After a long sleep the newest word is enough.
		_, err = w.PostByMail(t.Context(), s.guest, s.board.ID, forum.Incoming{MessageID: "<i@x.example>", Title: "Waits", Source: "text"})
		kind(t, "untold by mail", err, forum.Held, "error.acknowledge-first")
		w.Pass(7 * 24 * time.Hour)
		w.Effects.Take()
		if err := w.RemindHeld(t.Context()); err != nil {
			t.Fatal(err)
		}
		if facts := w.Effects.Take(); len(facts) != 1 || facts[0].(forum.DraftWaits).Note != "note.held-week" {
			t.Errorf("after a week of sleep: %v", facts)
		}
	})
}

// TestHeldMailIsBounded: however many mails come in somebody's name, a page of them is kept,
// and their owner hears of them once a day.
func TestHeldMailIsBounded(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		s := newStage(t, w)
		n, why := 0, forum.Elsewhere
		hold := func(times int) (notes int, last error) {
			for range times {
				n++
				_, last = w.PostByMail(t.Context(), s.ann, s.board.ID, forum.Incoming{MessageID: fmt.Sprintf("<%d@x.example>", n), Title: "Forged", Source: "text", Why: why})
			}
			return len(w.Effects.Take()), last
		}
		drafts := func() []forum.HeldDraft {
			all, err := w.Drafts(t.Context(), s.ann)
			if err != nil {
				t.Fatal(err)
			}
			return all
		}
		w.Effects.Take()
		if notes, err := hold(100); notes != 1 || forum.KindOf(err) != forum.Held || len(drafts()) != 100 {
			t.Errorf("%d notes of a hundred mails, %v", notes, err)
		}
		_, err := hold(1)
		kind(t, "one more than the page shows", err, forum.TooMany, "error.too-many-drafts")
		for _, d := range drafts()[:80] {
			if err := w.Discard(t.Context(), s.ann, d.ID); err != nil {
				t.Fatal(err)
			}
		}
		if notes, err := hold(20); notes != 0 || forum.KindOf(err) != forum.Held {
			t.Errorf("%d more notes on the same day, %v", notes, err)
		}
		_, err = hold(1)
		kind(t, "more than a member writes", err, forum.TooMany, "error.too-many")
		w.Pass(time.Hour)
		why = forum.Unproved
		for range 40 {
			if _, err = hold(1); forum.KindOf(err) != forum.Held {
				t.Fatal(n, err)
			}
		}
		_, err = hold(1)
		kind(t, "more than anybody can write in her name", err, forum.TooMany, "error.too-many")
		if _, err := w.StartTopic(t.Context(), s.ann, s.board.ID, forum.Draft{Title: "Her own", Source: "text", Key: w.Key()}); err != nil {
			t.Errorf("she herself cannot write any more: %v", err)
		}
		w.Effects.Take()
		w.Pass(25 * time.Hour)
		if notes, _ := hold(2); notes != 1 {
			t.Errorf("%d notes on the next day", notes)
		}
		w.Pass(2 * 24 * time.Hour)
		if err := w.RemindHeld(t.Context()); err != nil {
			t.Fatal(err)
		}
		if facts := w.Effects.Take(); len(facts) != 1 {
			t.Errorf("%d reminders", len(facts))
		}
	})
}

// TestDoubtfulMail: a mail in which something looks like a confidence waits where the group
// asks for that, and one that quotes what was written for fewer people than read along now
// waits everywhere; its writer's word posts it.
func TestDoubtfulMail(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		s := newTalk(t, w)
		n := 0
		reply := func(text string) error {
			n++
			_, err := w.ReplyByMail(t.Context(), w.As(s.bob.Member), s.first, forum.Incoming{MessageID: fmt.Sprintf("<d%d@bob.example>", n), Source: text})
			return err
		}
		const call = "Call me at +31 20 123 4567."
		s.must(reply(call))
		set(t, w, s.group, func(d *forum.GroupDraft) { d.HoldMail = true })
		kind(t, "a telephone number", reply(call), forum.Held, "drafts.why.confidence")
		s.must(w.AddParties(t.Context(), s.bob, "Jane Roe"))
		kind(t, "a name of his list", reply("I met jane roe."), forum.Held, "drafts.why.confidence")
		s.must(reply("> first canary\n\nNothing to hide."))
		drafts, err := w.Drafts(t.Context(), s.bob)
		if err != nil || len(drafts) != 2 || drafts[0].Why != forum.Confidence {
			t.Fatalf("%+v %v", drafts, err)
		}
		told, err := w.Disclose(t.Context(), s.bob, s.group.ID, forum.ByMail)
		s.must(err)
		if _, err := w.Release(t.Context(), s.bob, drafts[0].ID, told.Wording); err != nil {
			t.Error(err)
		}
		widen(t, w, s.group, forum.PublicToRead)
		w.Ready(s.group, s.bob)
		kind(t, "quoting what was for members", reply("> first canary\n\nFor all."), forum.Held, "drafts.why.quotes")
		s.must(reply("Without a quote."))
	})
}
