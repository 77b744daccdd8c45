package forum_test

import (
	"bytes"
	"context"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"peergroups/forum"
	"peergroups/forum/forumtest"
)

// TestHouseMail: a mail to an address of the house is kept once, for administrators alone, who are told without its words and once
// an hour; who reads one stands in the log; it is its writer's where that is proved; much of it is to come again later.
func TestHouseMail(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		s, ctx := newTalk(t, w), t.Context()
		reviewer := w.Member("rita")
		s.must(w.Grant(ctx, w.Admin, reviewer.Member, forum.Reviewer))
		w.Effects.Take()
		send := func(by forum.Actor, address, raw, why string) error {
			return w.HouseMail(ctx, by, address, forum.Incoming{Raw: []byte(raw), Verdict: "spf=pass", Why: why})
		}
		for range 2 {
			s.must(send(s.ann, "abuse", "canary of ann", ""))
		}
		facts := w.Effects.Take()
		if len(facts) != 1 || facts[0].(forum.ModerationNoted).Note != "note.house-mail" {
			t.Errorf("told: %+v", facts)
		}
		if to := mailed(t, w, "note.house-mail"); !slices.Equal(to, []forum.MemberID{w.Admin.Member}) {
			t.Errorf("told to %v", to)
		}
		s.must(send(forum.Actor{}, "postmaster", "canary of a stranger", forum.Unproved))
		if facts := w.Effects.Take(); len(facts) != 0 {
			t.Errorf("told twice within an hour: %+v", facts)
		}
		w.Pass(2 * time.Hour)
		s.must(send(forum.Actor{}, "postmaster", "canary of a stranger", forum.Unproved))
		if facts := w.Effects.Take(); len(facts) != 0 {
			t.Errorf("told of the same mail again: %+v", facts)
		}
		s.must(send(forum.Actor{}, "postmaster", "canary of another", forum.Unproved))
		if facts := w.Effects.Take(); len(facts) != 1 {
			t.Errorf("not told after an hour: %+v", facts)
		}
		for name, by := range map[string]forum.Actor{"a member": s.bob, "its writer": s.ann, "a reviewer": w.As(reviewer.Member), "a visitor": {}} {
			_, err := w.HouseMails(ctx, by, 0, 10)
			kind(t, name+" lists", err, forum.Forbidden, "error.administrators-only")
			_, _, err = w.ReadHouseMail(ctx, by, 1)
			kind(t, name+" reads", err, forum.Forbidden, "error.administrators-only")
		}
		all, err := w.HouseMails(ctx, w.Admin, 0, 10)
		if s.must(err); len(all) != 3 || all[0].Why != "postmaster" || all[2].Why != "abuse" || !all[2].Kept || all[2].Verdict != "spf=pass" || all[2].MemberID != 0 {
			t.Fatalf("%+v", all)
		}
		if more, err := w.HouseMails(ctx, w.Admin, all[1].At, 10); err != nil || len(more) != 1 || more[0].ID != all[2].ID {
			t.Errorf("the next page: %+v %v", more, err)
		}
		_, raw, err := w.ReadHouseMail(ctx, w.Admin, all[2].ID)
		if s.must(err); string(raw) != "canary of ann" {
			t.Errorf("it says %q", raw)
		}
		if n := count(t, w, "SELECT count(*) FROM log_entries WHERE act = 'read-house-mail' AND actor_id = ? AND object_id = ?", w.Admin.Member, all[2].ID); n != 1 {
			t.Errorf("%d looks are logged", n)
		}
		if own, err := w.Arrivals(ctx, s.ann, 0, 10); err != nil || len(own) != 1 || own[0].Fate != forum.FateHouse || !own[0].Kept {
			t.Errorf("of ann: %+v %v", own, err)
		}
		if raw, err := w.ReadRaw(ctx, s.ann, all[2].ID); err != nil || string(raw) != "canary of ann" {
			t.Errorf("ann reads %q %v", raw, err)
		}
		_, err = w.ReadRaw(ctx, forum.Actor{}, all[0].ID)
		if bobs, err2 := w.ReadRaw(ctx, s.bob, all[2].ID); err == nil || err2 == nil {
			t.Errorf("others read %q", bobs)
		}
		_, err = w.PostByMail(ctx, s.bob, s.board.ID, forum.Incoming{MessageID: "<1@x.example>", Title: "T", Source: "words", Raw: []byte("posted")})
		s.must(err)
		posted, err := w.Arrivals(ctx, s.bob, 0, 10)
		s.must(err)
		_, _, err = w.ReadHouseMail(ctx, w.Admin, posted[0].ID)
		kind(t, "another mail, through that door", err, forum.NotFound, "error.not-found")
		if all, err := w.HouseMails(ctx, w.Admin, 0, 10); err != nil || len(all) != 3 {
			t.Errorf("other mails are listed: %+v %v", all, err)
		}
		if n, err := w.CountArrivals(ctx, w.Admin); err != nil || n[forum.FateHouse] != 3 {
			t.Errorf("counted: %v %v", n, err)
		}

		large := make([]byte, 1<<20)
		for i := range large { // nothing packs it smaller
			large[i] = byte(rand.Uint32())
		}
		s.must(send(s.ann, "abuse", string(large), ""))
		all, err = w.HouseMails(ctx, w.Admin, 0, 1)
		s.must(err)
		if _, raw, err := w.ReadHouseMail(ctx, w.Admin, all[0].ID); err != nil || len(raw) != 256<<10 || !bytes.HasPrefix(large, raw) {
			t.Errorf("of a large one %d bytes are kept: %v", len(raw), err)
		}
		for err = nil; err == nil; {
			err = send(forum.Actor{}, "abuse", w.Key(), forum.Unproved)
		}
		kind(t, "many that nothing proves", err, forum.TooMany, "error.too-many")
		if n := count(t, w, "SELECT count(*) FROM arrivals WHERE member_id = 0"); n != 200 {
			t.Errorf("%d in a day", n)
		}
		s.must(send(s.bob, "abuse", "proved", ""))
		w.Pass(31 * 24 * time.Hour)
		s.must(w.Forget(ctx))
		_, _, err = w.ReadHouseMail(ctx, w.Admin, all[0].ID)
		kind(t, "after a month", err, forum.NotFound, "error.not-found")
		if all, err := w.HouseMails(ctx, w.Admin, 0, 1); err != nil || len(all) != 1 || all[0].Kept {
			t.Errorf("after a month: %+v %v", all, err)
		}
		w.Effects.Fail = context.Canceled
		if err := send(forum.Actor{}, "abuse", "not written down", forum.Unproved); err == nil {
			t.Error("it is taken, and not written down")
		}
	})
}

// TestDownloadOfMails: what a member sent by mail is in their download as it came, while it is kept and the place lets them in;
// what only came in their name is not, nor what others sent.
func TestDownloadOfMails(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		s, ctx := newTalk(t, w), t.Context()
		post := func(by forum.Actor, id, why string) {
			t.Helper()
			_, err := w.PostByMail(ctx, by, s.board.ID, forum.Incoming{MessageID: "<" + id + "@x.example>", Title: "T", Source: "words", Why: why, Raw: []byte("Subject: raw-" + id + "\r\n\r\nas it came")})
			if forum.KindOf(err) != forum.Held {
				s.must(err)
			}
		}
		post(s.bob, "posted", "")
		post(s.bob, "doubted", forum.Elsewhere)
		post(s.bob, "forged", forum.Unproved)
		post(s.ann, "hers", "")
		s.must(w.HouseMail(ctx, s.bob, "abuse", forum.Incoming{Raw: []byte("raw-abuse")}))
		s.must(w.HouseMail(ctx, forum.Actor{}, "abuse", forum.Incoming{Raw: []byte("raw-stranger"), Why: forum.Unproved}))
		_, session := in(t, w, "bob")
		has := func(when string, all ...string) {
			t.Helper()
			d := take(t, w, session)
			for _, what := range []string{"posted", "doubted", "forged", "hers", "abuse", "stranger"} {
				if strings.Contains(d.all, "raw-"+what) != slices.Contains(all, what) {
					t.Errorf("%s: %s, want %v", when, what, all)
				}
			}
			n := 0
			for _, row := range d.rows("arrivals") {
				if f, _ := row["file"].(string); f != "" {
					if n++; !strings.Contains(d.files[f], "raw-") {
						t.Errorf("%s: %s is %q", when, f, d.files[f])
					}
				}
			}
			if n != len(all) {
				t.Errorf("%s: %d are named, want %v", when, n, all)
			}
		}
		has("at first", "posted", "doubted", "abuse")
		drafts, err := w.Drafts(ctx, s.bob)
		s.must(err)
		told, err := w.Disclose(ctx, s.bob, s.group.ID, forum.ByMail)
		s.must(err)
		for _, d := range drafts {
			if d.Why == forum.Unproved {
				_, err = w.Release(ctx, s.bob, d.ID, told.Wording)
				s.must(err)
			}
		}
		has("after his word", "posted", "doubted", "forged", "abuse")
		set(t, w, s.group, func(g *forum.GroupDraft) { g.Visibility = forum.Hidden })
		s.must(w.Remove(ctx, w.Admin, s.group.ID, s.bob.Member, "the matter is closed"))
		has("put out of a hidden group", "abuse")
		w.Pass(31 * 24 * time.Hour)
		s.must(w.Forget(ctx))
		_, session = in(t, w, "bob")
		has("after a month")
	})
}

// TestHouseMailOfAnySize: a mail that nothing packs smaller, near the bound, is kept as far as the bound goes.
func TestHouseMailOfAnySize(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		noise := make([]byte, 300<<10)
		for i := range noise {
			noise[i] = byte(rand.Uint32())
		}
		for _, size := range []int{256<<10 - 10, 256 << 10, 300 << 10} {
			if err := w.HouseMail(t.Context(), forum.Actor{}, "abuse", forum.Incoming{Raw: noise[:size:size]}); err != nil {
				t.Errorf("%d bytes: %v", size, err)
			}
		}
		rows, err := w.HouseMails(t.Context(), w.Admin, 0, 10)
		if err != nil || len(rows) != 3 {
			t.Fatal(rows, err)
		}
		for _, row := range rows {
			if _, raw, err := w.ReadHouseMail(t.Context(), w.Admin, row.ID); err != nil || len(raw) < 256<<10-10 || len(raw) > 256<<10 {
				t.Errorf("%d bytes are kept: %v", len(raw), err)
			}
		}
	})
}
