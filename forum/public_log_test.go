package forum_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"peergroups/forum"
	"peergroups/forum/forumtest"
)

// TestPublicLog: members read what moderators did about topics that they may read, and about the group, with the reason, and
// no name; nothing of what hit a person, nothing of topics that they may not read, and no reason that was given when nobody
// had said that they would read it.
func TestPublicLog(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		s := newTalk(t, w)
		ctx, g := t.Context(), s.group.ID
		acts := func(by forum.Actor) (out []string) {
			t.Helper()
			p, err := w.ReadPublicLog(ctx, by, "inner")
			s.must(err)
			for _, r := range p.Rows {
				out = append(out, fmt.Sprintf("%s|%s|%s|%s", r.Act, r.Title, r.Reason, r.Why))
			}
			return out
		}
		s.must(w.Lock(ctx, w.Admin, s.topic.ID, "lock reason"))
		s.must(w.Pin(ctx, w.Admin, s.topic.ID, "pin reason"))
		s.must(w.Rename(ctx, w.Admin, s.topic.ID, "Plain title", advert))
		s.must(w.Freeze(ctx, w.Admin, g, "freeze reason"))
		s.must(w.Mute(ctx, w.Admin, g, s.ann.Member, forDays(7)))
		s.must(w.HidePost(ctx, w.Admin, s.reply, advert))
		s.must(w.NoteMember(ctx, w.Admin, g, s.ann.Member, "note canary"))
		mine, err := w.StartTopic(ctx, w.Admin, s.board.ID, draft(w, "canary"))
		if forum.KindOf(err) == forum.Held {
			w.Ready(s.group, w.Admin)
			mine, err = w.StartTopic(ctx, w.Admin, s.board.ID, draft(w, "canary"))
		}
		s.must(err)
		s.must(w.Pin(ctx, w.Admin, mine.ID, "canary reason"))
		exec(t, w, "UPDATE topics SET reach = 2, reach_of = 0 WHERE id = ?", mine.ID) // for the certified, of whom bob is none
		got := strings.Join(acts(s.bob), "\n")
		if want := "freeze||freeze reason|\nrename|Plain title||spam\npin|Plain title|pin reason|\nlock|Plain title|lock reason|\n"; !strings.HasPrefix(got, want) || strings.Contains(got, "canary") || strings.Contains(got, "mute") || strings.Contains(got, "hide") {
			t.Errorf("a member reads:\n%s", got)
		}
		other, there, _ := w.Group("other", forum.Hidden)
		w.Ready(other, w.Admin)
		s.must(w.MoveTopic(ctx, w.Admin, s.topic.ID, there.ID, "move reason"))
		if got := strings.Join(acts(s.bob), "\n"); strings.Contains(got, "Plain title") || strings.Contains(got, "move") {
			t.Errorf("of a topic that is where they may not read:\n%s", got)
		}
		for who, by := range map[string]forum.Actor{"a stranger": w.CertifiedMember("stranger"), "a visitor": {}} {
			_, err := w.ReadPublicLog(ctx, by, "inner")
			kind(t, who, err, forum.NotFound, "error.not-found")
		}
		open, _, _ := w.Group("open", forum.PublicToRead)
		_, err = w.ReadPublicLog(ctx, s.bob, open.Slug)
		kind(t, "who is not in", err, forum.Forbidden, "error.join-first")
		exec(t, w, "INSERT INTO settings (name, value) VALUES ('told-of-log', ?)", fmt.Sprint(forum.At(w.Now())))
		if got := strings.Join(acts(s.bob), "\n"); !strings.Contains(got, "freeze||") || strings.Contains(got, "reason") {
			t.Errorf("reasons that were given before:\n%s", got)
		}
	})
}

// TestFigures: the numbers of a year are taken when it is over, stay when what they count is deleted, and are published by an
// administrator; small ones are told to nobody.
func TestFigures(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) { // November 2026
		s := newTalk(t, w)
		ctx := t.Context()
		for range 5 {
			s.must(w.Warn(ctx, w.Admin, s.group.ID, s.ann.Member, forDays(0)))
		}
		s.must(w.Object(ctx, s.ann, statement(t, w, s.ann).ID, "it was nothing bad"))
		id, err := w.Report(ctx, s.bob, forum.Reported{Kind: forum.ReportedPost, Ref: int64(s.first)}, unkind)
		s.must(err)
		s.must(w.CloseCase(ctx, w.Admin, one[int64](t, w, "SELECT case_id FROM reports WHERE id = ?", id), "warn", ""))
		s.must(w.KeepFigures(ctx))
		_, err = w.ReadFigures(ctx, s.ann, true)
		kind(t, "a member reads all", err, forum.Forbidden, "error.administrators-only")
		check := func(what string, f forum.Figures) {
			t.Helper()
			if f.Year != 2026 || f.Numbers["acts.warn"] != 5 || f.Numbers["reasons.unkind"] != 5 || f.Numbers["reports.unkind"] != forum.FewerThan || f.Numbers["cases.warn"] != forum.FewerThan || f.Numbers["objections.made"] != forum.FewerThan || f.Numbers["acts.mute"] != 0 {
				t.Errorf("%s: %+v", what, f)
			}
		}
		all, err := w.ReadFigures(ctx, w.Admin, true)
		if err != nil || len(all) != 2 || all[1].Year != 2025 || len(all[1].Numbers) != 0 {
			t.Fatalf("%+v %v", all, err)
		}
		check("this year", all[0])
		kind(t, "the year that runs", w.PublishFigures(ctx, w.Admin, 2026), forum.NotFound, "error.not-found")
		w.Pass(40 * 24 * time.Hour)
		for range 2 {
			s.must(w.KeepFigures(ctx))
		}
		w.Pass(400 * 24 * time.Hour)
		s.must(w.Forget(ctx))
		for who, by := range map[string]forum.Actor{"a member": s.ann, "a visitor": {}} {
			if open, err := w.ReadFigures(ctx, by, false); err != nil || len(open) != 0 {
				t.Errorf("%s reads before: %+v %v", who, open, err)
			}
			kind(t, who+" publishes", w.PublishFigures(ctx, by, 2026), forum.Forbidden, "error.administrators-only")
		}
		for range 2 {
			s.must(w.PublishFigures(ctx, w.As(w.Admin.Member), 2026))
		}
		open, err := w.ReadFigures(ctx, forum.Actor{}, false)
		if err != nil || len(open) != 1 || open[0].PublishedAt == 0 {
			t.Fatalf("everybody reads %+v %v", open, err)
		}
		check("published", open[0])
		if n := count(t, w, "SELECT count(*) FROM log_entries WHERE act = 'publish-figures'"); n != 1 {
			t.Errorf("%d entries", n)
		}
	})
}

// TestHiddenFigures: a number that is hidden does not follow from those that are told.
func TestHiddenFigures(t *testing.T) {
	t.Parallel()
	w := forumtest.New(t, "sqlite")
	for i, c := range [][2]string{
		{`{"acts.hide":7,"acts.warn":9,"acts.mute":20,"reasons.spam":16,"reasons.unkind":20}`, "acts.hide:7 acts.mute:20 acts.warn:9 reasons.spam:16 reasons.unkind:20"},
		{`{"acts.hide":7,"reasons.privacy":1,"reasons.spam":6}`, "acts.hide:7 reasons.privacy:-2 reasons.spam:-2"},
		{`{"acts.hide":26,"reasons.privacy":1,"reasons.spam":6,"reasons.unkind":19}`, "acts.hide:26 reasons.privacy:-2 reasons.spam:-2 reasons.unkind:19"},
		{`{"acts.hide":27,"reasons.privacy":2,"reasons.spam":3,"reasons.unkind":22}`, "acts.hide:27 reasons.privacy:-1 reasons.spam:-1 reasons.unkind:22"},
		{`{"acts.hide":9,"reasons.privacy":1,"reasons.spam":1,"reasons.unkind":7}`, "acts.hide:9 reasons.privacy:-2 reasons.spam:-2 reasons.unkind:-2"},
		{`{"acts.hide":8,"reasons.privacy":4,"reasons.spam":4}`, "acts.hide:8 reasons.privacy:-2 reasons.spam:-2"},
		{`{"objections.made":9,"objections.upheld":6,"objections.taken-back":3}`, "objections.made:9 objections.taken-back:-2 objections.upheld:-2"},
	} {
		exec(t, w, "DELETE FROM figures")
		exec(t, w, "INSERT INTO figures (year, numbers, made_at, published_at) VALUES (2020, ?, 1, 1)", c[0])
		open, err := w.ReadFigures(t.Context(), forum.Actor{}, false)
		if err != nil || len(open) != 1 || fmt.Sprint(open[0].Numbers) != "map["+c[1]+"]" {
			t.Errorf("%d: %+v, %v", i, open, err)
		}
	}
}

// TestReasonsAreLines: a reason in the log is one line of text, of some length, that reads from left to right, whichever door
// it came by; and the chain of the log holds.
func TestReasonsAreLines(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		s, ctx := newTalk(t, w), t.Context()
		into, err := w.StartTopic(ctx, s.bob, s.board.ID, draft(w, "another"))
		s.must(err)
		other, there, _ := w.Group("other", forum.Hidden)
		w.Ready(other, w.Admin)
		for _, c := range []struct {
			act string
			do  func(reason string) error
		}{
			{"lock", func(reason string) error { return w.Lock(ctx, w.Admin, s.topic.ID, reason) }},
			{"unlock", func(reason string) error { return w.Unlock(ctx, w.Admin, s.topic.ID, reason) }},
			{"pin", func(reason string) error { return w.Pin(ctx, w.Admin, s.topic.ID, reason) }},
			{"slow", func(reason string) error { return w.Slow(ctx, w.Admin, s.topic.ID, 60, reason) }},
			{"merge", func(reason string) error { return w.MergeTopics(ctx, w.Admin, s.topic.ID, into.ID, reason) }},
			{"move", func(reason string) error { return w.MoveTopic(ctx, w.Admin, into.ID, there.ID, reason) }},
			{"remove", func(reason string) error { return w.Remove(ctx, w.Admin, s.group.ID, s.ann.Member, reason) }},
			{"ban", func(reason string) error { return w.Ban(ctx, w.Admin, s.group.ID, s.bob.Member, reason) }},
		} {
			kind(t, c.act+" with a long one", c.do(strings.Repeat("x", 1001)), forum.Invalid, "reason: error.too-long")
			s.must(c.do("a\u202eb\n\x00c\xff"))
			if got := one[string](t, w, "SELECT reason FROM log_entries WHERE act = ? ORDER BY seq DESC LIMIT 1", c.act); got != "ab c\uFFFD" {
				t.Errorf("%s: %q", c.act, got)
			}
		}
		if _, broken, err := w.CheckLog(ctx); err != nil || broken != 0 {
			t.Errorf("broken at %d, %v", broken, err)
		}
	})
}

// one reads a single value.
func one[T any](t *testing.T, w *forumtest.World, query string, args ...any) (v T) {
	t.Helper()
	if err := w.Store.Reader().NewRaw(query, args...).Scan(t.Context(), &v); err != nil {
		t.Fatal(err)
	}
	return v
}
