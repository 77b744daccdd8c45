package forum_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"peergroups/forum"
	"peergroups/forum/forumtest"
)

// TestRetentionRules: each row of the register that names a period has a rule that takes it, and each rule is of a period and a row (P33).
func TestRetentionRules(t *testing.T) {
	t.Parallel()
	rules := forum.ExpiryRules()
	also := []string{"minute_items", "reported_mails"} // with the minutes, and with their case
	for _, d := range forum.Data {
		period, is := strings.CutPrefix(d.Retention, "period.")
		if !is {
			continue
		}
		if !slices.ContainsFunc(forum.Periods, func(p forum.Period) bool { return p.Name == period }) {
			t.Errorf("%s is kept for a period %q that there is not", d.Table, period)
		}
		if !slices.ContainsFunc(rules, func(r [2]string) bool { return r[1] == d.Table }) && !slices.Contains(also, d.Table) {
			t.Errorf("%s has a period, and no rule takes it", d.Table)
		}
	}
	for _, r := range rules {
		if !slices.ContainsFunc(forum.Periods, func(p forum.Period) bool { return p.Name == r[0] && p.Least <= p.Days && p.Days <= p.Most }) {
			t.Errorf("the rule for %s has no period, or one out of its bounds", r[1])
		}
		if !slices.ContainsFunc(forum.Data, func(d forum.Declared) bool { return d.Table == r[1] && strings.HasPrefix(d.Retention, "period.") }) {
			t.Errorf("%s goes by a rule, and its register says nothing of it", r[1])
		}
	}
}

// TestExpiry: what is older than its period goes with the first job of a day, a trial says what would, and nothing older is left; the log stands
// although its beginning went, and shows where somebody else took more of it.
func TestExpiry(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		s, ctx := newStage(t, w), t.Context()
		for _, v := range append(s.of(w), s.in(w)...) { // something of everything
			_ = v.act(ctx, *v.by)
			w.Effects.Take()
		}
		must := func(err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
		}
		report := func() (ripe int, oldest map[string]forum.Instant) {
			t.Helper()
			all, err := w.RetentionReport(ctx, w.Admin)
			must(err)
			oldest = map[string]forum.Instant{}
			for _, e := range all {
				ripe, oldest[e.Table] = ripe+e.Rows, e.Oldest
			}
			return ripe, oldest
		}
		must(w.Forget(ctx))
		if ripe, oldest := report(); ripe != 0 || oldest["log_entries"] != 0 || oldest["bells"] != 0 { // nothing is half as old as it may be
			t.Errorf("today %d are ripe, %v", ripe, oldest)
		}
		w.Pass(91 * 24 * time.Hour)
		ripe, _ := report()
		bells := count(t, w, "SELECT count(*) FROM bells")
		if ripe == 0 || bells == 0 {
			t.Errorf("after 91 days %d are ripe, with %d bells", ripe, bells)
		}
		if n := count(t, w, "SELECT count(*) FROM bells"); n != bells {
			t.Error("the trial takes something")
		}
		for range 2 { // two nodes
			must(w.Forget(ctx))
		}
		if ripe, _ := report(); ripe != 0 || count(t, w, "SELECT count(*) FROM bells") != 0 {
			t.Errorf("%d are left over", ripe)
		}
		gone, err := w.ReadExpired(ctx, w.Admin)
		must(err)
		if i := slices.IndexFunc(gone, func(e forum.ExpiredOn) bool { return e.OfTable == "bells" }); i < 0 || gone[i].N != bells {
			t.Errorf("what went: %+v", gone)
		}
		kind(t, "out of bounds", w.SetPeriod(ctx, w.Admin, "log", 1, "it is long enough"), forum.Invalid, "error.period")
		kind(t, "none of the register", w.SetPeriod(ctx, w.Admin, "all", 10, "it is long enough"), forum.NotFound, "")
		must(w.SetPeriod(ctx, w.Admin, "log", 1825, "it is long enough"))
		entries := count(t, w, "SELECT count(*) FROM log_entries")
		w.Pass(1826 * 24 * time.Hour)
		must(w.Forget(ctx))
		if n := count(t, w, "SELECT count(*) FROM log_entries"); n == 0 || n >= entries {
			t.Errorf("%d of %d entries are left", n, entries)
		}
		if whole, broken, err := w.CheckLog(ctx); err != nil || broken != 0 || whole == 0 {
			t.Errorf("the log: %d, %d, %v", whole, broken, err)
		}
		w.Pass(3651 * 24 * time.Hour)
		must(w.Forget(ctx))
		if ripe, oldest := report(); ripe != 0 {
			t.Errorf("%d are older than their period: %v", ripe, oldest)
		}
		w.Pass(24 * time.Hour)
		must(w.Describe(ctx, w.Admin, forumtest.Organisation)) // another entry
		if _, broken, err := w.CheckLog(ctx); err != nil || broken != 0 {
			t.Errorf("cut twice: %d, %v", broken, err)
		}
		exec(t, w, "UPDATE settings SET value = (SELECT seq || ':' || hash FROM log_entries ORDER BY seq LIMIT 1) WHERE name = 'log-cut'")
		exec(t, w, "DELETE FROM log_entries WHERE seq = (SELECT min(seq) FROM log_entries)")
		if _, broken, err := w.CheckLog(ctx); err != nil || broken == 0 {
			t.Errorf("somebody took its beginning: %d, %v", broken, err)
		}
	})
}

// TestExpiryKeeps: what something goes by is not expired: the last digest, from which the next one goes on, and what a member has still to be told.
func TestExpiryKeeps(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		ann := w.Member("ann").Member
		at := forum.At(w.Now())
		for id, day := range map[int]string{1: "2026-01-01", 2: "2026-01-02"} {
			exec(t, w, "INSERT INTO digests (id, run, member_id, mode, day, from_at, to_at) VALUES (?, ?, ?, 2, ?, ?, ?)", id, id, ann, day, at, at)
		}
		for id, told := range map[int]forum.Instant{1: 0, 2: at} {
			exec(t, w, `INSERT INTO legal_requests (id, authority, basis, reference, words, received_at, member_id, parts, from_at, until_at, opened_by, opened_at, outcome, agreed_at, silent_until, silent_why, told_at, closed_at, key)
				VALUES (?, 'a', 'b', '', 'c', 1, ?, 'posts', 1, 2, 1, 1, 'comply', 1, ?, 'x', ?, ?, ?)`, id, ann, at, told, at, fmt.Sprint(id))
		}
		w.Pass(3 * 3650 * 24 * time.Hour)
		if err := w.Forget(t.Context()); err != nil {
			t.Fatal(err)
		}
		for _, table := range []string{"digests", "legal_requests"} {
			if n := count(t, w, "SELECT count(*) FROM "+table); n != 1 {
				t.Errorf("%d are left of %s", n, table)
			}
		}
		if n := count(t, w, "SELECT count(*) FROM legal_requests WHERE told_at = 0") + count(t, w, "SELECT count(*) FROM digests WHERE id = 2"); n != 2 {
			t.Errorf("the wrong ones are left: %d", n)
		}
	})
}
