package forum_test

import (
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"peergroups/forum"
	"peergroups/forum/forumtest"
)

// TestWhoReadsArrivals: what came in somebody's name is theirs alone, the group's name as long as they may know of it; moderators
// learn what became of mails to their group and not from whom they were; the mail goes with what became of it.
func TestWhoReadsArrivals(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		s := newTalk(t, w)
		ctx := t.Context()
		set(t, w, s.group, func(d *forum.GroupDraft) { d.Visibility = forum.Hidden })
		bob := w.As(s.bob.Member)
		mail := func(id, why string) {
			_, err := w.PostByMail(ctx, bob, s.board.ID, forum.Incoming{MessageID: id, Title: "By mail", Source: "words", Why: why, Raw: []byte("the canary"), Verdict: "spf=pass"})
			if err != nil && forum.KindOf(err) != forum.Held {
				t.Fatal(err)
			}
		}
		mail("<1@x.example>", "")
		mail("<2@x.example>", forum.Elsewhere)
		s.must(w.Arrived(ctx, forum.Arrival{MemberID: bob.Member, MessageID: "<3@x.example>", Fate: forum.FateRefused, Why: "error.unproved-sender"}))
		s.must(w.Arrived(ctx, forum.Arrival{MemberID: bob.Member, MessageID: "<1@x.example>", Fate: forum.FateRefused})) // posted is posted
		mail("<4@x.example>", "")
		s.must(w.Arrived(ctx, forum.Arrival{Fate: forum.FateRefused}))
		s.must(w.Arrived(ctx, forum.Arrival{Fate: forum.FateAutomatic}))
		own := func(who forum.Actor) []forum.ArrivalRow {
			t.Helper()
			rows, err := w.Arrivals(ctx, who, 0, 50)
			s.must(err)
			return rows
		}
		rows := own(bob)
		if len(rows) != 4 || rows[0].Fate != forum.FatePosted || rows[1].Fate != forum.FateRefused || rows[2].Fate != forum.FateHeld || rows[3].Fate != forum.FatePosted || rows[3].GroupName == "" || rows[1].Kept || !rows[2].Kept {
			t.Fatalf("%+v", rows)
		}
		for _, who := range []forum.Actor{{}, w.As(s.ann.Member), w.Admin} {
			if rows := own(who); len(rows) != 0 {
				t.Errorf("%s sees %v", who.Name, rows)
			}
			_, err := w.ReadRaw(ctx, who, rows[3].ID)
			kind(t, "another's mail", err, forum.NotFound, "")
		}
		if raw, err := w.ReadRaw(ctx, bob, rows[2].ID); err != nil || string(raw) != "the canary" {
			t.Errorf("his own: %q %v", raw, err)
		}
		for _, c := range []struct {
			who  forum.Actor
			want int
		}{{w.Admin, 3}, {bob, 0}, {forum.Actor{}, 0}} {
			got, err := w.GroupArrivals(ctx, c.who, s.group.ID, 50)
			if err != nil || len(got) != c.want {
				t.Errorf("%s: %v %v", c.who.Name, got, err)
			}
			for _, a := range got {
				if a.MemberID != 0 || a.ID != 0 {
					t.Errorf("of whom it is: %+v", a)
				}
			}
		}
		n, err := w.CountArrivals(ctx, w.Admin)
		if err != nil || n[forum.FateRefused] != 2 || n[forum.FatePosted] != 2 || n[forum.FateHeld] != 1 || n[forum.FateAutomatic] != 1 {
			t.Errorf("%v %v", n, err)
		}
		_, err = w.CountArrivals(ctx, bob)
		kind(t, "counted by a member", err, forum.Forbidden, "error.administrators-only")

		drafts, err := w.Drafts(ctx, bob)
		s.must(err)
		told, err := w.Disclose(ctx, bob, s.group.ID, forum.ByMail)
		s.must(err)
		_, err = w.Release(ctx, bob, drafts[0].ID, told.Wording)
		s.must(err)
		if rows := own(bob); rows[2].Fate != forum.FatePosted || rows[2].Post == 0 {
			t.Errorf("after his word: %+v", rows[2])
		}
		mail("<5@x.example>", forum.Elsewhere)
		drafts, err = w.Drafts(ctx, bob)
		s.must(err)
		s.must(w.Discard(ctx, bob, drafts[0].ID))
		if rows := own(bob); rows[0].Fate != forum.FateDiscarded || rows[0].Kept {
			t.Errorf("thrown away: %+v", rows[0])
		}
		mail("<6@x.example>", forum.Elsewhere)
		w.Pass(20 * 24 * time.Hour)
		s.must(w.RemindHeld(ctx))
		s.must(w.Forget(ctx))
		if rows := own(bob); rows[0].Fate != forum.FateDiscarded || rows[0].Kept {
			t.Errorf("waited in vain: %+v", rows[0])
		}
		large := make([]byte, 1<<20)
		for i := range large { // nothing packs it smaller
			large[i] = byte(rand.Uint32())
		}
		_, err = w.PostByMail(ctx, bob, s.board.ID, forum.Incoming{MessageID: "<7@x.example>", Title: "Large", Source: "words", Why: forum.Unproved, Raw: large})
		kind(t, "a large mail that nothing proves", err, forum.Held, "")
		if rows := own(bob); rows[0].Fate != forum.FateHeld || rows[0].Kept {
			t.Errorf("it is noted as %+v", rows[0])
		}
		s.must(w.Leave(ctx, bob, s.group.ID))
		for _, row := range own(w.As(bob.Member)) {
			if row.GroupName != "" {
				t.Errorf("he left, and is told of %q", row.GroupName)
			}
		}
		for range 300 {
			s.must(w.Arrived(ctx, forum.Arrival{MemberID: s.ann.Member, MessageID: w.Key(), Fate: forum.FateRefused}))
		}
		if n := count(t, w, "SELECT count(*) FROM arrivals WHERE member_id = ?", s.ann.Member); n != 200 {
			t.Errorf("%d mails in her name in a day", n)
		}
	})
}

// TestArrivalsUnderMasks: where nobody is told who speaks, what became of mails leads moderators to nobody: neither by the instant, which
// is that of the post, nor by what proved its sender; what came under the rule stays so when the group drops it.
func TestArrivalsUnderMasks(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		g, b, _ := w.Group("house", forum.MembersOnly)
		ann := w.Member("ann")
		w.Ready(g, w.Admin, ann)
		mail := func(id string) {
			t.Helper()
			if _, err := w.PostByMail(t.Context(), ann, b.ID, forum.Incoming{MessageID: id, Title: "T", Source: "words", Raw: []byte("x"), Verdict: "spf=pass"}); err != nil {
				t.Fatal(err)
			}
		}
		check := func(want ...bool) {
			t.Helper()
			rows, err := w.GroupArrivals(t.Context(), w.Admin, g.ID, 10)
			if err != nil || len(rows) != len(want) {
				t.Fatal(rows, err)
			}
			for i, masked := range want {
				if got := rows[i].At%(24*3600*1e6) == 12*3600*1e6; rows[i].Masked != masked || got != masked || (rows[i].Verdict == "") != masked {
					t.Errorf("the mail before %d: %+v", i, rows[i])
				}
			}
		}
		w.Pass(17 * time.Minute)
		mail("<1@x.example>")
		check(false)
		set(t, w, g, func(d *forum.GroupDraft) { d.Class = forum.ChathamClass })
		w.Ready(g, ann)
		w.Pass(26 * time.Hour)
		mail("<2@x.example>")
		check(true, true)
		set(t, w, g, func(d *forum.GroupDraft) { d.Class = 0 })
		w.Ready(g, ann)
		w.Pass(26 * time.Hour)
		mail("<3@x.example>")
		check(false, true, false)
	})
}

// TestThrownAwayStaysAway: a mail that its writer threw away is not posted, nor waits again, when it comes once more; thrown away
// while nothing proved it, it does not keep out the one that is theirs.
func TestThrownAwayStaysAway(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		s := newTalk(t, w)
		ctx := t.Context()
		before := count(t, w, "SELECT count(*) FROM posts WHERE author_id = ? AND via = ?", s.bob.Member, forum.ByMail)
		mail := func(id, why string) (waiting, posted int) {
			t.Helper()
			if _, err := w.PostByMail(ctx, s.bob, s.board.ID, forum.Incoming{MessageID: id, Title: "By mail", Source: "words", Why: why, Raw: []byte("x")}); err != nil && forum.KindOf(err) != forum.Held {
				t.Fatal(err)
			}
			drafts, err := w.Drafts(ctx, s.bob)
			s.must(err)
			return len(drafts), count(t, w, "SELECT count(*) FROM posts WHERE author_id = ? AND via = ?", s.bob.Member, forum.ByMail) - before
		}
		discard := func() {
			t.Helper()
			drafts, err := w.Drafts(ctx, s.bob)
			s.must(err)
			s.must(w.Discard(ctx, s.bob, drafts[0].ID))
		}
		for _, why := range []string{forum.Elsewhere, forum.Unproved} {
			if waiting, posted := mail("<"+why+"@x.example>", why); waiting != 1 || posted != 0 {
				t.Fatalf("%s: %d wait, %d posted", why, waiting, posted)
			}
			discard()
			if waiting, posted := mail("<"+why+"@x.example>", why); waiting != 0 || posted != 0 {
				t.Errorf("%s, once more: %d wait, %d posted", why, waiting, posted)
			}
		}
		if waiting, posted := mail("<"+forum.Elsewhere+"@x.example>", ""); waiting != 0 || posted != 0 {
			t.Errorf("what he threw away: %d wait, %d posted", waiting, posted)
		}
		if waiting, posted := mail("<"+forum.Unproved+"@x.example>", ""); waiting != 0 || posted != 1 {
			t.Errorf("his own under the name of one that was not: %d wait, %d posted", waiting, posted)
		}
	})
}

// TestStrangers: mails of people who are no members wait in public groups whose owners want it, for their moderators alone.
func TestStrangers(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		s := newTalk(t, w)
		ctx := t.Context()
		hold := func(id string) error {
			return w.HoldStranger(ctx, "inner", "eve@elsewhere.example", forum.Incoming{MessageID: id, Title: strings.Repeat("Asked ", 60), Source: "canary"})
		}
		set(t, w, s.group, func(d *forum.GroupDraft) { d.Visibility = forum.PublicToRead })
		kind(t, "not wanted", hold("<1@x.example>"), forum.NotFound, "")
		kind(t, "set by a member", w.SetList(ctx, s.ann, s.group.ID, forum.ListSettings{Strangers: true}), forum.Forbidden, "")
		s.must(w.SetList(ctx, w.Admin, s.group.ID, forum.ListSettings{Strangers: true}))
		s.must(hold("<1@x.example>"))
		s.must(hold("<1@x.example>"))
		kind(t, "more than a post holds", w.HoldStranger(ctx, "inner", "eve@elsewhere.example", forum.Incoming{MessageID: "<l@x.example>", Source: strings.Repeat("x", forum.MaxSource)}), forum.Invalid, "error.mail-too-big")
		for _, who := range []forum.Actor{{}, s.ann, w.CertifiedMember("outside")} {
			rows, err := w.Strangers(ctx, who, s.group.ID)
			if err != nil || len(rows) != 0 {
				t.Errorf("%s sees %v %v", who.Name, rows, err)
			}
			_, err = w.PostStranger(ctx, who, 1, "line")
			kind(t, "posted by another", err, forum.NotFound, "")
		}
		rows, err := w.Strangers(ctx, w.Admin, s.group.ID)
		if err != nil || len(rows) != 1 {
			t.Fatal(rows, err)
		}
		if n, err := w.CountSubscribers(ctx, s.ann, s.group.ID); err != nil || len(n) != 0 {
			t.Errorf("a member counts subscribers: %v %v", n, err)
		}
		s.must(w.DropStranger(ctx, s.ann, rows[0].ID)) // hers it is not
		_, err = w.PostStranger(ctx, s.ann, rows[0].ID, "line")
		kind(t, "posted by a member", err, forum.NotFound, "")
		waits, err := w.CountQueues(ctx, w.Admin, s.group.ID)
		if err != nil || len(waits) != 1 || waits[0].Held != 1 {
			t.Errorf("the queue counts %+v %v", waits, err)
		}
		_, err = w.PostStranger(ctx, w.Admin, rows[0].ID, "line")
		kind(t, "before the moderator knows who reads along", err, forum.Held, "error.acknowledge-first")
		told, err := w.Disclose(ctx, w.Admin, s.group.ID, forum.OnBoard)
		s.must(err)
		s.must(w.Acknowledge(ctx, w.Admin, s.group.ID, forum.OnBoard, told.Wording))
		fates := func(held, posted, discarded int) {
			t.Helper()
			s.must(w.Forget(ctx)) // what waits is not forgotten
			for fate, want := range map[forum.Fate]int{forum.FateHeld: held, forum.FatePosted: posted, forum.FateDiscarded: discarded} {
				if n := count(t, w, "SELECT count(*) FROM arrivals WHERE member_id = 0 AND group_id = ? AND fate = ?", s.group.ID, fate); n != want {
					t.Errorf("%d of strangers are %s, not %d", n, fate, want)
				}
			}
		}
		fates(1, 0, 0)
		topic, err := w.PostStranger(ctx, w.Admin, rows[0].ID, "line")
		s.must(err)
		fates(0, 1, 0)
		if p, err := w.ReadTopic(ctx, w.Admin, topic.ID, 0); err != nil || !strings.Contains(p.Posts[0].HTML, "<p>line</p>") || !strings.Contains(p.Posts[0].HTML, "<p>canary</p>") {
			t.Errorf("%v %v", p.Posts, err)
		}
		if n := count(t, w, "SELECT count(*) FROM strangers"); n != 0 {
			t.Errorf("%d wait", n)
		}
		set(t, w, s.group, func(d *forum.GroupDraft) { d.Visibility = forum.Hidden })
		kind(t, "of a group that was hidden since", hold("<2@x.example>"), forum.NotFound, "")
		set(t, w, s.group, func(d *forum.GroupDraft) { d.Visibility = forum.PublicToRead })
		s.must(hold("<2@x.example>"))
		rows, err = w.Strangers(ctx, w.Admin, s.group.ID)
		s.must(err)
		s.must(w.DropStranger(ctx, w.Admin, rows[0].ID))
		fates(0, 1, 1)
		s.must(hold("<3@x.example>"))
		fates(1, 1, 1)
		w.Pass(15 * 24 * time.Hour)
		s.must(w.Forget(ctx))
		if n := count(t, w, "SELECT count(*) FROM strangers"); n != 0 {
			t.Errorf("%d wait after two weeks", n)
		}
		fates(0, 1, 2)
	})
}
