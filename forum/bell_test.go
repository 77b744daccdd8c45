package forum_test

import (
	"fmt"
	"strings"
	"testing"

	"peergroups/forum"
	"peergroups/forum/forumtest"
)

// bells says which bells somebody has, "!" before the unread ones, and fails where they are not counted as they are shown.
func bells(t *testing.T, w *forumtest.World, who forum.Actor) string {
	t.Helper()
	by := w.As(who.Member)
	all, err := w.ReadBells(t.Context(), by)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	unread := 0
	for _, b := range all {
		mark := ""
		if b.ReadAt == 0 {
			mark = "!"
			unread++
		}
		out = append(out, fmt.Sprintf("%s%s of %q by %q", mark, b.Why, b.Name+b.RoomName, b.Who))
	}
	n, err := w.CountNotices(t.Context(), by)
	if err != nil || n != unread || unread > 0 && !by.Told {
		t.Errorf("%s: %d are counted of %v, told %v: %v", who.Handle, n, out, by.Told, err)
	}
	return strings.Join(out, ", ")
}

// TestBells: who is asked for something in rooms, or taken into one, hears a bell, as long as that is so and the place lets them in.
func TestBells(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		ctx := t.Context()
		c := newCircle(t, w, forum.RoomDraft{})
		is := func(what string, who forum.Actor, want string) {
			t.Helper()
			if got := bells(t, w, who); got != want {
				t.Errorf("%s: %s has %s, want %s", what, who.Handle, got, want)
			}
		}
		is("who opened it", c.ann, "")
		is("who moderates and is not in it", c.eve, "")
		is("a visitor", forum.Actor{}, "")
		is("taken in", c.bob, `!circle of "Secret circle" by ""`)
		at, err := w.MarkNotices(ctx, c.bob, 0)
		c.must(err)
		is("all read", c.bob, `circle of "Secret circle" by ""`)
		c.must(w.UnmarkNotices(ctx, c.bob, at))
		is("undone", c.bob, `!circle of "Secret circle" by ""`)
		c.must(w.MarkRoomRead(ctx, w.As(c.olga.Member), c.circle.ID, 1))
		c.must(w.MarkRoomRead(ctx, w.As(c.bob.Member), c.circle.ID, 0))
		is("been there", c.bob, `circle of "Secret circle" by ""`)
		c.must(w.LeaveCircle(ctx, c.bob, c.circle.ID))
		is("out again", c.bob, "")
		c.must(w.TakeIntoCircle(ctx, c.ann, c.circle.ID, "bob"))
		c.must(w.TakeIntoCircle(ctx, c.bob, c.circle.ID, "ann"))
		is("taken in again", c.bob, `!circle of "Secret circle" by ""`)
		is("taken in who was in", c.ann, "")

		said, err := w.Say(ctx, c.bob, c.circle.ID, "words", w.Key())
		c.must(err)
		id, err := w.ProposeMinutes(ctx, c.ann, c.circle.ID, forum.MinutesDraft{Board: c.board.ID, Title: "Kept", Messages: []int64{c.said.ID, said.ID}})
		c.must(err)
		is("of their own", c.ann, "")
		is("asked", c.bob, `!minutes of "KeptSecret circle" by "Ann Test", !circle of "Secret circle" by ""`)
		c.must(w.LeaveCircle(ctx, c.bob, c.circle.ID))
		is("asked, and out", c.bob, "")
		c.must(w.TakeIntoCircle(ctx, c.ann, c.circle.ID, "bob"))
		c.must(w.AnswerMinutes(ctx, c.bob, id, false, ""))
		is("answered", c.bob, `!circle of "Secret circle" by ""`)
		id, err = w.ProposeMinutes(ctx, c.ann, c.circle.ID, forum.MinutesDraft{Board: c.board.ID, Title: "Again", Messages: []int64{said.ID}})
		c.must(err)
		set(t, w, c.group, func(d *forum.GroupDraft) { d.Class = forum.ChathamClass })
		is("asked behind a mask", c.bob, `!minutes of "AgainSecret circle" by "", !circle of "Secret circle" by ""`)
		c.must(w.DropMinutes(ctx, c.ann, id))
		c.must(w.Remove(ctx, w.Admin, c.group.ID, c.bob.Member, ""))
		is("removed", c.bob, "")
	})
}

// TestCountTalks: a talk counts while somebody is invited to it, or has not read all of it.
func TestCountTalks(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		p := newParlour(t, w)
		is := func(what string, who forum.Actor, want int, talks bool) {
			t.Helper()
			by := w.As(who.Member)
			if n, err := w.CountTalks(t.Context(), by); err != nil || n != want || by.Talks != talks {
				t.Errorf("%s: %s counts %d, want %d, has talks: %v %v", what, who.Handle, n, want, by.Talks, err)
			}
		}
		is("before", p.ben, 0, false)
		id := p.start("first", "ben")
		is("one's own words", p.ana, 0, true)
		is("invited", p.ben, 1, true)
		is("not invited", p.chris, 0, false)
		p.start("second", "ben")
		is("invited twice", p.ben, 2, true)
		p.must(w.BlockMember(t.Context(), p.ben, p.eve.Member))
		p.accept(id, p.ben)
		is("unread, and invited", p.ben, 2, true)
		r := p.room(p.ben, id)
		p.must(w.MarkRoomRead(t.Context(), p.ben, r.Room.ID, r.Room.LastSeq))
		is("read, and invited", p.ben, 1, true)
		p.must(w.BlockMember(t.Context(), p.ben, p.ana.Member))
		is("blocked", p.ben, 0, true)
		p.must(w.LeaveTalk(t.Context(), p.ben, id))
		is("left", p.ben, 0, false)
		is("a visitor", forum.Actor{}, 0, false)
	})
}

// TestTalkBells: an invitation to a talk is heard until it is answered, or is none any more; with the talk it is gone.
func TestTalkBells(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		p := newParlour(t, w)
		const asked = `!invites of "canary-subject" by "Ana Test"`
		is := func(what string, who forum.Actor, want string) {
			t.Helper()
			if got := bells(t, w, who); got != want {
				t.Errorf("%s: %s has %s, want %s", what, who.Handle, got, want)
			}
		}
		id := p.start("first", "ben", "chris", "dora")
		heard := 0
		for _, f := range w.Effects.Take() {
			if n, is := f.(forum.Noticed); is && len(n.Members) == 1 {
				heard++
			}
		}
		if heard != 3 {
			t.Errorf("%d hear of it at once", heard)
		}
		for _, who := range []forum.Actor{p.ben, p.chris, p.dora} {
			is("invited", who, asked)
		}
		is("who invites", p.ana, "")
		is("who is not", p.eve, "")
		p.accept(id, p.ben)
		is("accepted", p.ben, "")
		p.must(w.DeclineTalk(t.Context(), p.chris, id))
		is("declined", p.chris, "")
		p.must(w.BlockMember(t.Context(), p.dora, p.ana.Member))
		is("blocked who invited", p.dora, "")
		p.must(w.InviteToTalk(t.Context(), p.ben, id, []string{"chris"}))
		is("invited again", p.chris, `!invites of "canary-subject" by "Ben Test"`)
		p.must(w.LeaveTalk(t.Context(), p.ana, id))
		p.must(w.LeaveTalk(t.Context(), p.ben, id))
		is("with nobody there", p.chris, "")
		var left int
		p.must(w.Store.Reader().NewRaw("SELECT count(*) FROM bells").Scan(t.Context(), &left))
		if left != 0 {
			t.Errorf("%d bells are left", left)
		}
	})
}
