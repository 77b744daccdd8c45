package forum_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"peergroups/forum"
	"peergroups/forum/forumtest"
)

// TestRecentSearches: the latest few, each once, its member's alone, for a month, and none where they want none.
func TestRecentSearches(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		ctx := t.Context()
		ann, bob := w.Member("ann"), w.Member("bob")
		must := func(err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
		}
		recent := func(by forum.Actor) (out string, notes bool) {
			t.Helper()
			all, notes, err := w.RecentSearches(ctx, by)
			must(err)
			for _, s := range all {
				out += s.Name + " "
			}
			return strings.TrimSpace(out), notes
		}
		for i := range 11 {
			must(w.NoteSearch(ctx, ann, fmt.Sprint("q=", i), fmt.Sprint(i)))
			w.Pass(time.Second)
		}
		must(w.NoteSearch(ctx, ann, "q=5", "5"))
		must(w.NoteSearch(ctx, forum.Actor{}, "q=5", "5"))
		must(w.NoteSearch(ctx, ann, strings.Repeat("x", 1001), "too long to be of use"))
		if got, notes := recent(ann); got != "5 10 9 8 7 6 4 3" || !notes {
			t.Errorf("lately %q, noted %t", got, notes)
		}
		for _, by := range []forum.Actor{bob, {}} {
			if got, _ := recent(by); got != "" {
				t.Errorf("%s sees another's: %q", by.Name, got)
			}
		}
		must(w.KeepSearch(ctx, ann, "q=5", "kept", false))
		must(w.ForgetSearches(ctx, ann, true))
		if got, notes := recent(ann); got != "" || !notes {
			t.Errorf("forgotten: %q %t", got, notes)
		}
		must(w.NoteSearch(ctx, ann, "q=a", "a"))
		must(w.ForgetSearches(ctx, ann, false))
		must(w.NoteSearch(ctx, ann, "q=b", "b"))
		if got, notes := recent(ann); got != "" || notes {
			t.Errorf("not to be noted: %q %t", got, notes)
		}
		must(w.ForgetSearches(ctx, ann, true))
		must(w.NoteSearch(ctx, ann, "q=c", "c"))
		w.Pass(31 * 24 * time.Hour)
		if got, _ := recent(ann); got != "" {
			t.Errorf("after a month: %q", got)
		}
		must(w.Forget(ctx))
		if n := count(t, w, "SELECT count(*) FROM searches WHERE kept = 0"); n != 0 {
			t.Errorf("%d stay for ever", n)
		}
		if kept, err := w.KeptSearches(ctx, ann); err != nil || len(kept) != 1 {
			t.Errorf("what is kept went with it: %v %v", kept, err)
		}
	})
}

// TestKeptSearches: kept under a name, changed, dropped, by their member alone.
func TestKeptSearches(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		s, ctx := newTalk(t, w), t.Context()
		kind(t, "a visitor", w.KeepSearch(ctx, forum.Actor{}, "q=fees", "fees", true), forum.Forbidden, "error.sign-in-first")
		kind(t, "nothing", w.KeepSearch(ctx, s.ann, "", "fees", true), forum.Invalid, "q: error.search-long")
		kind(t, "too long", w.KeepSearch(ctx, s.ann, strings.Repeat("x", 1001), "fees", true), forum.Invalid, "q: error.search-long")
		kind(t, "no name", w.KeepSearch(ctx, s.ann, "q=fees", " ", true), forum.Invalid, "name: error.empty.name")
		s.must(w.KeepSearch(ctx, s.ann, "q=fees", "fees", false))
		s.must(w.KeepSearch(ctx, s.ann, "q=fees", "What it costs", true))
		kept, err := w.KeptSearches(ctx, s.ann)
		if s.must(err); len(kept) != 1 || kept[0].Name != "What it costs" || !kept[0].Tells || !kept[0].Kept || kept[0].Query != "q=fees" {
			t.Fatalf("kept %+v", kept)
		}
		if others, err := w.KeptSearches(ctx, s.bob); err != nil || len(others) != 0 {
			t.Errorf("another's: %v %v", others, err)
		}
		s.must(w.DropSearch(ctx, s.bob, kept[0].ID))
		if again, err := w.KeptSearches(ctx, s.ann); err != nil || len(again) != 1 {
			t.Errorf("dropped by another: %v %v", again, err)
		}
		for range 2 {
			s.must(w.DropSearch(ctx, s.ann, kept[0].ID))
		}
		if again, err := w.KeptSearches(ctx, s.ann); err != nil || len(again) != 0 {
			t.Errorf("dropped: %v %v", again, err)
		}
		for i := range 50 {
			s.must(w.KeepSearch(ctx, s.ann, fmt.Sprint("q=", i), "x", false))
		}
		kind(t, "one more", w.KeepSearch(ctx, s.ann, "q=more", "more", false), forum.Invalid, "q: error.too-many-searches")
		s.must(w.KeepSearch(ctx, s.ann, "q=7", "renamed", false))
	})
}

// TestNoteFound: who keeps a search is told of what is found in it, once, as far as they may read it then.
func TestNoteFound(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		s, ctx := newTalk(t, w), t.Context()
		out := w.Member("out")
		room := s.roomOf("side", forum.RoomDraft{})
		for _, by := range []forum.Actor{s.ann, out} {
			s.must(w.KeepSearch(ctx, by, "q=fees", "fees", true))
		}
		s.must(w.KeepSearch(ctx, s.bob, "q=fees", "fees", false)) // wants no word of it
		if due, err := w.DueSearches(ctx, 10); err != nil || len(due) != 0 {
			t.Errorf("due at once: %v %v", due, err)
		}
		post, err := w.Reply(ctx, s.bob, s.topic.ID, draft(w, "fees"))
		s.must(err)
		own, err := w.Reply(ctx, s.ann, s.topic.ID, draft(w, "fees"))
		s.must(err)
		said := s.say(s.bob, room, "fees")
		w.Pass(6 * time.Minute)
		due, err := w.DueSearches(ctx, 10)
		if s.must(err); len(due) != 2 || due[0].Since().After(w.Now().Add(-time.Hour)) {
			t.Fatalf("due %+v", due)
		}
		found := []forum.Searched{{Kind: "post", ID: int64(post.ID)}, {Kind: "post", ID: int64(own.ID)}, {Kind: "message", ID: said.ID}, {Kind: "else", ID: 1}, {Kind: "post", ID: 1}}
		w.Effects.Take()
		for _, d := range due {
			for range 2 {
				s.must(w.NoteFound(ctx, d, found))
			}
		}
		told := 0
		for _, fact := range w.Effects.Take() {
			if n, ok := fact.(forum.Noticed); ok {
				told += len(n.Members)
			}
		}
		rows, _, err := w.ReadNotices(ctx, s.ann, forum.NoticeCursor{})
		s.must(err)
		heard, err := w.ReadRoomNotices(ctx, s.ann)
		s.must(err)
		if len(rows) != 1 || rows[0].ID != post.ID || rows[0].Why != forum.FoundInSearch || rows[0].Why.String() != "search" || len(heard) != 1 || heard[0].ID != said.ID || heard[0].Why != forum.FoundInSearch || told != 2 {
			t.Errorf("told %d: %+v %+v", told, rows, heard)
		}
		if n := count(t, w, "SELECT (SELECT count(*) FROM notices WHERE member_id = ?0) + (SELECT count(*) FROM room_notices WHERE member_id = ?0)", out.Member); n != 0 {
			t.Errorf("somebody outside is told of %d", n)
		}
		if due, err := w.DueSearches(ctx, 10); err != nil || len(due) != 0 {
			t.Errorf("due again at once: %v %v", due, err)
		}
		w.Pass(6 * time.Minute)
		if due, err := w.DueSearches(ctx, 1); err != nil || len(due) != 1 {
			t.Errorf("one of those due: %v %v", due, err)
		}
		again, err := w.Reply(ctx, s.bob, s.topic.ID, draft(w, "fees again"))
		s.must(err)
		for _, d := range due {
			s.must(w.DropSearch(ctx, s.ann, d.ID))
			s.must(w.NoteFound(ctx, d, []forum.Searched{{Kind: "post", ID: int64(again.ID)}}))
		}
		if n := count(t, w, "SELECT count(*) FROM notices WHERE post_id = ?", again.ID); n != 0 {
			t.Errorf("dropped meanwhile, and told of %d", n)
		}
	})
}

// TestSearchNamed: what a word in a search names, and the name of what it is narrowed to, as far as the reader may know of it.
func TestSearchNamed(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		s, ctx := newTalk(t, w), t.Context()
		out := w.Member("out")
		room := s.roomOf("side", forum.RoomDraft{})
		exec(t, w, "UPDATE rooms SET name = 'Side 100%' WHERE id = ?", room.ID)
		circle, err := w.OpenRoom(ctx, w.Admin, s.group.ID, "inner-circle", forum.RoomDraft{Name: "Inner circle", Circle: true})
		s.must(err)
		tag := s.tags("fees")[0]
		for _, c := range []struct {
			kind, word  string
			id          int64
			out, anyone bool
		}{
			{"group", "INNER", int64(s.group.ID), false, false}, {"board", "inner", int64(s.board.ID), false, false}, {"room", "side", int64(room.ID), false, false}, {"room", "100%", int64(room.ID), false, false},
			{"tag", "fees", int64(tag), false, false}, {"author", "ann", int64(s.ann.Member), true, false}, {"topic", s.topic.Title[2:], int64(s.topic.ID), false, false}, {"author", "Änn", int64(s.ann.Member), true, false},
		} {
			for who, by := range map[string]forum.Actor{"a member": s.bob, "somebody outside": out, "a visitor": {}} {
				want := who == "a member" || who == "somebody outside" && c.out
				got, err := w.SearchNamed(ctx, by, c.kind, c.word)
				if c.kind == "author" && who == "a visitor" {
					if err != nil || len(got) != 1 {
						t.Errorf("a visitor looks for what somebody wrote: %+v %v", got, err)
					}
					got = nil
				}
				if err != nil || (len(got) > 0 && got[0].ID == c.id) != want || !want && len(got) > 0 {
					t.Errorf("%s looks for %s %q: %+v %v", who, c.kind, c.word, got, err)
				}
				name, err := w.SearchLabel(ctx, by, c.kind, c.id)
				if (err == nil) != want || err != nil && forum.KindOf(err) != forum.NotFound || (name != "") != want {
					t.Errorf("%s is told the name of %s %d: %q %v", who, c.kind, c.id, name, err)
				}
			}
		}
		if got, err := w.SearchNamed(ctx, s.bob, "room", "inner circle"); err != nil || len(got) != 0 {
			t.Errorf("a circle is named: %+v %v", got, err)
		}
		if _, err := w.SearchLabel(ctx, s.bob, "room", int64(circle.ID)); forum.KindOf(err) != forum.NotFound {
			t.Error("a circle has a name", err)
		}
		for _, word := range []string{"", " ", "%", "_", strings.Repeat("x", 201)} {
			if got, err := w.SearchNamed(ctx, s.bob, "group", word); err != nil || len(got) != 0 {
				t.Errorf("%.10q names %+v %v", word, got, err)
			}
		}
		if got, err := w.SearchNamed(ctx, s.bob, "else", "inner"); err != nil || got != nil {
			t.Error("an unknown kind", got, err)
		}
		if _, err := w.SearchLabel(ctx, s.bob, "else", 1); forum.KindOf(err) != forum.NotFound {
			t.Error("an unknown kind", err)
		}
	})
}

// verbsOfSearching are what a member does for themself.
func (s *stage) verbsOfSearching(w *forumtest.World) []verb {
	return []verb{
		{"note search", func(ctx context.Context, by forum.Actor) error { return w.NoteSearch(ctx, by, "q=a", "a") }, &s.ann, 0, 0, 0, 0, true},
		{"keep search", func(ctx context.Context, by forum.Actor) error { return w.KeepSearch(ctx, by, "q=a", "a", true) }, &s.ann, forum.Forbidden, 0, 0, 0, true},
		{"forget searches", func(ctx context.Context, by forum.Actor) error { return w.ForgetSearches(ctx, by, false) }, &s.ann, forum.Forbidden, 0, 0, 0, true},
		{"drop search", func(ctx context.Context, by forum.Actor) error { return w.DropSearch(ctx, by, 5) }, &s.ann, forum.Forbidden, 0, 0, 0, true},
	}
}

// TestCountSearch: somebody who searches more than anybody can read is refused for a while, a visitor by where they come from; nobody else is.
func TestCountSearch(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		ann, bob := w.Member("ann"), w.Member("bob")
		for _, by := range []forum.Actor{ann, {}} {
			for n := range 300 {
				if err := w.CountSearch(t.Context(), by, "192.0.2.1"); err != nil {
					t.Fatalf("%d: %v", n, err)
				}
			}
			kind(t, "one more", w.CountSearch(t.Context(), by, "192.0.2.1"), forum.TooMany, "error.too-many")
		}
		kind(t, "from elsewhere", w.CountSearch(t.Context(), ann, "192.0.2.9"), forum.TooMany, "error.too-many")
		for _, err := range []error{w.CountSearch(t.Context(), bob, "192.0.2.1"), w.CountSearch(t.Context(), forum.Actor{}, "192.0.2.2")} {
			if err != nil {
				t.Error(err)
			}
		}
		w.Pass(10 * time.Minute)
		if err := w.CountSearch(t.Context(), ann, "192.0.2.1"); err != nil {
			t.Error("later:", err)
		}
	})
}
