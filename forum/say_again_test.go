package forum_test

import (
	"fmt"
	"testing"

	"peergroups/forum"
	"peergroups/forum/forumtest"
)

// TestChangeMessage: what one said is changed by its author alone, where they may still speak, keeps whom it was for, and stands in the
// room's order anew; two windows do not write over each other.
func TestChangeMessage(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		ctx := t.Context()
		ann, bob := w.Member("ann"), w.Member("bob")
		g, _, room := w.Group("inner", forum.MembersOnly)
		w.Ready(g, w.Admin, ann, bob)
		must := func(err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
		}
		m, err := w.Say(ctx, ann, room.ID, "one wrod", w.Key())
		must(err)
		_, err = w.Say(ctx, bob, room.ID, "two", w.Key())
		must(err)
		for who, by := range map[string]forum.Actor{"a member": bob, "a moderator": w.Admin, "a visitor": {}} {
			kind(t, who, w.ChangeMessage(ctx, by, m.ID, "other", 0), forum.NotFound, "error.not-found")
			kind(t, who+" takes it back", w.TakeBackMessage(ctx, by, m.ID), forum.NotFound, "error.not-found")
			_, err := w.ReadOwnMessage(ctx, by, m.ID)
			kind(t, who+" asks for the form", err, forum.NotFound, "error.not-found")
		}
		kind(t, "without words", w.ChangeMessage(ctx, ann, m.ID, " ", 0), forum.Invalid, "text: error.empty.text")
		w.Effects.Take()
		must(w.ChangeMessage(ctx, ann, m.ID, "one **word**", 0))
		if facts := w.Effects.Take(); len(facts) != 1 || facts[0] != (forum.Said{Room: room.ID, Seq: 3}) {
			t.Errorf("it states %v", facts)
		}
		must(w.ChangeMessage(ctx, ann, m.ID, "one **word**", 0)) // the double click
		kind(t, "from another window", w.ChangeMessage(ctx, ann, m.ID, "else", 0), forum.Invalid, "text: error.changed-meanwhile")
		own, err := w.ReadOwnMessage(ctx, ann, m.ID)
		must(err)
		must(w.ChangeMessage(ctx, ann, m.ID, "one word more", own.EditedAt))
		told := func(by forum.Actor, after int64) (out []int64, words string) {
			t.Helper()
			all, err := w.ReadMessages(ctx, by, room.ID, after, 10)
			must(err)
			for _, m := range all {
				out, words = append(out, m.Seq, m.Told), words+m.Plain+"|"
			}
			return out, words
		}
		for after, want := range map[int64]string{0: "[1 1 2 2] one word more|two|", 1: "[2 2 1 4] two|one word more|", 2: "[1 4] one word more|", 3: "[1 4] one word more|", 4: "[] "} {
			if at, words := told(bob, after); fmt.Sprint(at)+" "+words != want {
				t.Errorf("after %d bob is told %v %s, not %s", after, at, words, want)
			}
			between, err := w.SaidBetween(ctx, room.ID, after, 9, 10)
			must(err)
			var at []int64
			for _, m := range between {
				at = append(at, m.Seq, m.Told)
			}
			if all, _ := told(bob, after); fmt.Sprint(at) != fmt.Sprint(all) {
				t.Errorf("after %d the channel carries %v", after, at)
			}
		}
		page, err := w.ReadRoom(ctx, bob, "inner", "inner", forum.SaidCursor{})
		must(err)
		if len(page.Messages) != 2 || page.Messages[0].EditedAt == 0 || page.Messages[1].EditedAt != 0 || page.Messages[0].Audience != m.Audience {
			t.Errorf("the page has %+v", page.Messages)
		}
		// Who may not speak any more may take back, and not change.
		must(w.Leave(ctx, ann, g.ID))
		ann = w.As(ann.Member)
		kind(t, "who has left", w.ChangeMessage(ctx, ann, m.ID, "gone", own.EditedAt), forum.NotFound, "error.not-found")
		must(w.TakeBackMessage(ctx, ann, m.ID))
		kind(t, "twice", w.TakeBackMessage(ctx, ann, m.ID), forum.NotFound, "error.not-found")
		if at, words := told(bob, 4); fmt.Sprint(at) != "[1 5]" || words != "|" {
			t.Errorf("bob is told %v %q", at, words)
		}
		var left int
		must(w.Store.Reader().NewRaw("SELECT count(*) FROM messages WHERE id = ? AND source || html || plain = ''", m.ID).Scan(ctx, &left))
		if left != 1 {
			t.Error("its words are still there")
		}
	})
}

// TestHiddenMessagesAreTold: who was away when a message was hidden is told so when they are back, without its words; and its words when
// it is shown again. Its author cannot change it meanwhile, and can take it back.
func TestHiddenMessagesAreTold(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		ctx := t.Context()
		ann, bob := w.Member("ann"), w.Member("bob")
		g, _, room := w.Group("inner", forum.MembersOnly)
		w.Ready(g, w.Admin, ann, bob)
		m, err := w.Say(ctx, ann, room.ID, "words", w.Key())
		if err != nil {
			t.Fatal(err)
		}
		is := func(what string, err error, after int64, want string) {
			t.Helper()
			if err != nil {
				t.Fatal(what, err)
			}
			for _, channel := range []bool{false, true} {
				said, err := w.ReadMessages(ctx, bob, room.ID, after, 10)
				if channel {
					said, err = w.SaidBetween(ctx, room.ID, after, 99, 10)
				}
				got := ""
				for _, m := range said {
					got += fmt.Sprint([]int64{m.Seq, m.Told}) + m.HiddenWhy + ":" + m.Plain
				}
				if err != nil || got != want {
					t.Errorf("%s (channel %t): %s %v, not %s", what, channel, got, err, want)
				}
			}
		}
		late := w.Member("late")
		gone := func(who string, by forum.Actor, may bool) {
			t.Helper()
			if err := w.MayMiss(ctx, by, room.ID, 1); (err == nil) != may {
				t.Errorf("%s may be told that it is gone: %v", who, err)
			}
		}
		gone("before it is hidden, a member", bob, false)
		is("hidden", w.HideMessage(ctx, w.Admin, m.ID, advert), 1, "[1 2]spam:")
		gone("a member", bob, true)
		gone("a stranger", late, false)
		gone("a visitor", forum.Actor{}, false)
		kind(t, "its author", w.ChangeMessage(ctx, ann, m.ID, "better", 2), forum.Closed, "error.post-hidden")
		is("shown again", w.ShowMessage(ctx, w.Admin, m.ID), 2, "[1 3]:words")
		is("hidden once more", w.HideMessage(ctx, w.Admin, m.ID, advert), 3, "[1 4]spam:")
		is("taken back", w.TakeBackMessage(ctx, ann, m.ID), 4, "[1 5]:")
		kind(t, "a moderator hides what is gone", w.HideMessage(ctx, w.Admin, m.ID, advert), forum.NotFound, "error.not-found")
	})
}
