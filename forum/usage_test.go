package forum_test

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"peergroups/forum"
	"peergroups/forum/forumtest"
)

// verbsOfUsage are those of what is counted, of the security log, and of analytics by others.
func (s *stage) verbsOfUsage(w *forumtest.World) []verb {
	return []verb{
		{"publish usage", func(ctx context.Context, by forum.Actor) error { return w.PublishUsage(ctx, by, true) }, &w.Admin, forum.Forbidden, forum.Forbidden, forum.Forbidden, 0, true},
		{"set analytics", func(ctx context.Context, by forum.Actor) error { return w.SetAnalytics(ctx, by, "") }, &w.Admin, forum.Forbidden, forum.Forbidden, forum.Forbidden, 0, true},
	}
}

// viewed is what one person was given: pages one after another, ten seconds apart.
func viewed(w *forumtest.World, who int, at time.Time, change func(*forum.View), pages ...string) (out []forum.View) {
	for i, page := range pages {
		v := forum.View{At: forum.At(at.Add(time.Duration(i) * 20 * time.Second)), Address: fmt.Sprintf("192.0.2.%d", who), Page: page, Language: "en", Browser: "Firefox", System: "Linux"}
		if change != nil {
			change(&v)
		}
		out = append(out, v)
	}
	return out
}

// countedOn is "people/views" of each value of a kind on a day.
func countedOn(t *testing.T, w *forumtest.World, day time.Time, kind string) string {
	t.Helper()
	u, err := w.ReadUsage(t.Context(), w.Admin, true, 90)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, c := range u.Counts {
		if c.Kind == kind && fmt.Sprint(c.Day) == day.Format("20060102") {
			out = append(out, fmt.Sprintf("%s %d/%d", c.Value, c.People, c.Views))
		}
	}
	return strings.Join(out, ", ")
}

// TestP12SmallCounts: nothing is told that stands for fewer than ten people, nor what follows from a sum (P12).
func TestP12SmallCounts(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		day := w.Now().Truncate(24 * time.Hour).Add(10 * time.Hour)
		var u forum.Used
		for who := range 34 {
			u.Views = append(u.Views, viewed(w, who, day, func(v *forum.View) {
				switch {
				case who < 12:
					v.Language, v.Site = "nl", "search.example"
				case who < 22:
					v.Language = "de"
				case who < 31:
					v.Language, v.Site = "fr", "nine.example" // nine people
				default:
					v.Language = "it" // three
				}
				if who < 9 {
					v.Network = "Nine Net"
				}
			}, "/", "/groups")...)
		}
		u.Views = append(u.Views, viewed(w, 0, day.Add(time.Hour), func(v *forum.View) { v.Feature = true }, "/login")...)
		next := day.AddDate(0, 0, 1)
		for who := range 9 { // a day of nine
			u.Views = append(u.Views, viewed(w, who, next, nil, "/")...)
		}
		for who := range 13 { // a day on which the rest is three: the smallest that is told goes along
			u.Views = append(u.Views, viewed(w, who, next.AddDate(0, 0, 1), func(v *forum.View) {
				if who > 9 {
					v.Browser = "Safari"
				}
			}, "/")...)
		}
		must := func(err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
		}
		must(w.RecordUse(t.Context(), u))
		must(w.CountUsage(t.Context()))
		if got := countedOn(t, w, day, "visits"); got != "" {
			t.Errorf("a day that runs: %s", got)
		}
		w.Pass(4 * 24 * time.Hour)
		must(w.CountUsage(t.Context()))
		for what, c := range map[string][2]string{
			"visits":               {countedOn(t, w, day, "visits"), " 34/68"},
			"languages":            {countedOn(t, w, day, "language"), "nl 12/24, other 12/24, de 10/20"},
			"sites":                {countedOn(t, w, day, "site"), "search.example 12/24"},
			"networks":             {countedOn(t, w, day, "network"), ""},
			"features":             {countedOn(t, w, day, "feature"), ""},
			"time":                 {countedOn(t, w, day, "time"), "1m 34/34, longer 34/34"},
			"visits of nine":       {countedOn(t, w, next, "visits"), ""},
			"pages of nine":        {countedOn(t, w, next, "page"), ""},
			"browsers with a rest": {countedOn(t, w, next.AddDate(0, 0, 1), "browser"), "other 13/13"},
		} {
			if c[0] != c[1] {
				t.Errorf("%s: %q, want %q", what, c[0], c[1])
			}
		}
	})
}

// TestP11NothingOfADayIsLeft: a day is counted once, also by two nodes and again; then neither a view nor the salt is left, and what comes late is not
// kept. No address is ever in the table (P11).
func TestP11NothingOfADayIsLeft(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		day := w.Now()
		var u forum.Used
		for who := range 12 {
			u.Views = append(u.Views, viewed(w, who, day, nil, "/")...)
		}
		must := func(err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
		}
		must(w.RecordUse(t.Context(), u))
		must(w.RecordUse(t.Context(), forum.Used{Views: viewed(w, 3, day.Add(time.Minute), nil, "/groups"), Dropped: 7})) // the same person by another node: the salt is shared
		for _, column := range []string{"person", "page", "language", "browser", "os", "site", "network"} {
			if n := count(t, w, "SELECT count(*) FROM usage_views WHERE "+column+" LIKE '%192.0.2%' OR "+column+" LIKE '%Browser/1%'"); n != 0 {
				t.Errorf("%s holds %d addresses", column, n)
			}
		}
		if n := count(t, w, "SELECT count(DISTINCT person) FROM usage_views"); n != 12 {
			t.Errorf("%d people", n)
		}
		w.Pass(24 * time.Hour)
		w.Effects.Fail = errors.New("the process is killed") // before the commit
		if err := w.CountUsage(t.Context()); err == nil {
			t.Error("it did not fail")
		}
		w.Effects.Fail = nil
		if n := count(t, w, "SELECT count(*) FROM usage_counts"); n != 0 || count(t, w, "SELECT count(*) FROM usage_views") != 13 {
			t.Errorf("half of it was done: %d counts", n)
		}
		var all sync.WaitGroup
		for range 4 {
			all.Go(func() {
				if err := w.CountUsage(t.Context()); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		must(w.CountUsage(t.Context()))
		must(w.RecordUse(t.Context(), forum.Used{Views: viewed(w, 40, day, nil, "/")})) // late
		if got := countedOn(t, w, day, "visits"); got != " 12/13" {
			t.Errorf("visits: %q", got)
		}
		if n := count(t, w, "SELECT count(*) FROM usage_views"); n != 0 {
			t.Errorf("%d views are left", n)
		}
		if n := count(t, w, "SELECT count(*) FROM usage_days WHERE salt <> ''"); n != 0 {
			t.Errorf("%d salts are left", n)
		}
		if u, err := w.ReadUsage(t.Context(), w.Admin, true, 30); err != nil || u.Dropped != 7 || len(u.Days) != 1 {
			t.Errorf("%+v %v", u, err)
		}
	})
}

// TestP11SaltsDiffer: nobody is known again on another day.
func TestP11SaltsDiffer(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		u := forum.Used{Views: append(viewed(w, 1, w.Now(), nil, "/"), viewed(w, 1, w.Now().AddDate(0, 0, 1), nil, "/")...)}
		if err := w.RecordUse(t.Context(), u); err != nil {
			t.Fatal(err)
		}
		if n := count(t, w, "SELECT count(DISTINCT person) FROM usage_views"); n != 2 {
			t.Errorf("%d", n)
		}
	})
}

// TestP12WhoReadsUsage: administrators and privacy officers, and everybody while it is published (P12).
func TestP12WhoReadsUsage(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		ann, officer := w.CertifiedMember("ann"), w.Member("officer")
		if err := w.Grant(t.Context(), w.Admin, officer.Member, forum.PrivacyOfficer); err != nil {
			t.Fatal(err)
		}
		officer = w.As(officer.Member)
		ask := func(by forum.Actor, staff bool) error { _, err := w.ReadUsage(t.Context(), by, staff, 30); return err }
		for name, by := range map[string]forum.Actor{"visitor": {}, "member": ann} {
			kind(t, name, ask(by, true), forum.Forbidden, "")
			kind(t, name, ask(by, false), forum.NotFound, "")
		}
		if err := ask(officer, true); err != nil {
			t.Error(err)
		}
		kind(t, "an officer publishes", w.PublishUsage(t.Context(), officer, true), forum.Forbidden, "")
		for _, public := range []bool{true, false} {
			if err := w.PublishUsage(t.Context(), w.Admin, public); err != nil {
				t.Fatal(err)
			}
			if err := ask(forum.Actor{}, false); (err == nil) != public {
				t.Error(public, err)
			}
		}
		if n := count(t, w, "SELECT count(*) FROM log_entries WHERE act IN ('publish-usage', 'hide-usage')"); n != 2 {
			t.Errorf("%d in the log", n)
		}
	})
}

// TestP12WhatIsWritten: posts are counted where ten wrote them, whichever group is subtracted.
func TestP12WhatIsWritten(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		day := w.Now()
		g, board, _ := w.Group("inner", forum.Hidden)
		other, second, _ := w.Group("other", forum.Hidden)
		w.Ready(g, w.Admin)
		w.Ready(other, w.Admin)
		topic, err := w.StartTopic(t.Context(), w.Admin, board.ID, draft(w, "first"))
		if err != nil {
			t.Fatal(err)
		}
		var people []forum.Actor
		for i := range 10 {
			m := w.CertifiedMember(fmt.Sprintf("m%d", i))
			w.Ready(g, m)
			people = append(people, m)
			if _, err := w.Reply(t.Context(), m, topic.ID, draft(w, fmt.Sprint("reply ", i))); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.RecordUse(t.Context(), forum.Used{Views: append(viewed(w, 1, day, nil, "/"), viewed(w, 1, day.AddDate(0, 0, 1), nil, "/")...)}); err != nil {
			t.Fatal(err)
		}
		w.Pass(24 * time.Hour)
		if _, err := w.StartTopic(t.Context(), w.Admin, second.ID, draft(w, "elsewhere")); err != nil {
			t.Fatal(err)
		}
		for i := range 10 {
			if _, err := w.Reply(t.Context(), people[i], topic.ID, draft(w, fmt.Sprint("again ", i))); err != nil {
				t.Fatal(err)
			}
		}
		w.Pass(24 * time.Hour)
		if err := w.CountUsage(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := countedOn(t, w, day, "posts"); got != " 11/11" {
			t.Errorf("posts of one group: %q", got)
		}
		if got := countedOn(t, w, day.AddDate(0, 0, 1), "posts"); got != " 10/10" { // what one wrote elsewhere is in no sum
			t.Errorf("with one in another: %q", got)
		}
	})
}

// TestP13WhoOpensTheSecurityLog: an administrator who is named for it by another, each time with a reason, and each member whose requests were shown
// sees it; addresses are not in the store as they are (P13).
func TestP13WhoOpensTheSecurityLog(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		ctx := t.Context()
		must := func(err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
		}
		ann, boss := w.CertifiedMember("ann"), w.Member("boss")
		must(w.Grant(ctx, w.Admin, boss.Member, forum.Administrator))
		ripen(t, w)
		boss = w.As(boss.Member)
		now, host := w.Now(), netip.MustParseAddr("2001:db8::7")
		must(w.RecordUse(ctx, forum.Used{Requests: []forum.Requested{
			{At: forum.At(now), Address: host, Agent: "Agent/1", Method: "POST", Route: "/login", Status: 422, Exact: true},
			{At: forum.At(now.Add(95 * time.Second)), Address: host, Agent: "Agent/1", Method: "GET", Route: "/t/:id", Status: 200, Member: ann.Member},
			{At: forum.At(now), Address: netip.MustParseAddr("192.0.2.9"), Agent: "Agent/2", Method: "GET", Route: "/", Status: 200},
		}}))
		for _, where := range []string{"address LIKE '%2001%' OR address LIKE '%192.0%'", "mark LIKE '%2001%' OR mark LIKE '%192.0%'"} {
			if n := count(t, w, "SELECT count(*) FROM security_log WHERE "+where); n != 0 {
				t.Errorf("the store holds addresses: %s", where)
			}
		}
		q := forum.SecurityQuery{Address: "2001:db8::9", From: forum.At(now.Truncate(24 * time.Hour)), Until: forum.At(now.Add(24 * time.Hour)), Reason: "somebody tries passwords"}
		look := func(by forum.Actor, q forum.SecurityQuery) error {
			rows, err := w.LookAtSecurityLog(ctx, by, q)
			if err != nil && rows != nil {
				t.Errorf("refused, and given %+v", rows)
			}
			return err
		}
		until := forum.At(w.Now().Add(48 * time.Hour))
		must(w.Designate(ctx, w.Admin, forum.DesignationDraft{Login: "boss", Reason: "the yearly check", Until: until})) // for registrations
		for name, by := range map[string]forum.Actor{"visitor": {}, "member": ann, "the administrator": w.Admin, "named for registrations": boss} {
			kind(t, name, look(by, q), forum.Forbidden, "")
		}
		kind(t, "a kind that is none", w.Designate(ctx, w.Admin, forum.DesignationDraft{Kind: "all", Login: "boss", Reason: "the yearly check", Until: until}), forum.Invalid, "kind")
		kind(t, "oneself", w.Designate(ctx, w.Admin, forum.DesignationDraft{Kind: forum.ForSecurityLog, Login: "admin", Reason: "the yearly check", Until: until}), forum.Forbidden, "error.not-yourself")
		must(w.Designate(ctx, w.Admin, forum.DesignationDraft{Kind: forum.ForSecurityLog, Login: "boss", Reason: "an incident", Until: until}))
		if is, err := w.IsDesignated(ctx, boss, forum.ForRegistrations); err != nil || !is {
			t.Errorf("the other kind is over: %v", err)
		}
		for field, change := range map[string]func(*forum.SecurityQuery){
			"reason":  func(q *forum.SecurityQuery) { q.Reason = "why" },
			"login":   func(q *forum.SecurityQuery) { q.Address = "" },
			"until":   func(q *forum.SecurityQuery) { q.Until = q.From },
			"address": func(q *forum.SecurityQuery) { q.Address = "somewhere" },
		} {
			bad := q
			change(&bad)
			kind(t, "without "+field, look(boss, bad), forum.Invalid, field)
		}
		if n := count(t, w, "SELECT count(*) FROM looks"); n != 0 {
			t.Errorf("%d looks", n)
		}
		rows, err := w.LookAtSecurityLog(ctx, boss, q)
		if err != nil || len(rows) != 2 || rows[0].Address != "2001:db8::7" || rows[0].Route != "/login" || rows[0].Status != 422 || rows[1].Name != "Ann Test" || rows[1].At.Time().Minute() != 0 || rows[1].At.Time().Second() != 0 {
			t.Errorf("%+v %v", rows, err)
		}
		looks, err := w.ReadLooks(ctx, ann)
		if err != nil || len(looks) != 1 || looks[0].Kind != forum.ForSecurityLog || looks[0].Reason != q.Reason {
			t.Errorf("ann sees %+v %v", looks, err)
		}
		if n := count(t, w, "SELECT count(*) FROM log_entries WHERE act = 'look-security-log'"); n != 1 {
			t.Errorf("%d in the log", n)
		}
		byAddress := q
		q.Address, q.Login = "", "ann"
		if rows, err := w.LookAtSecurityLog(ctx, boss, q); err != nil || len(rows) != 1 {
			t.Errorf("of ann: %+v %v", rows, err)
		}
		// Her account is shut until a legal request is over: what is left of it looks as that of anybody who is gone.
		must(w.Store.Writer().NewRaw("UPDATE members SET standing = ? WHERE id = ? RETURNING 1", forum.Former, ann.Member).Scan(ctx, new([]int)))
		kind(t, "who is gone", look(boss, q), forum.Invalid, "login")
		if rows, err := w.LookAtSecurityLog(ctx, boss, byAddress); err != nil || len(rows) != 1 || rows[0].MemberID != 0 {
			t.Errorf("of the address without her: %+v %v", rows, err)
		}
		w.Pass(29 * 24 * time.Hour)
		must(w.Forget(ctx))
		if n := count(t, w, "SELECT count(*) FROM security_log"); n != 3 {
			t.Errorf("after 29 days %d are there", n)
		}
		w.Pass(2 * 24 * time.Hour)
		must(w.Forget(ctx))
		if n := count(t, w, "SELECT count(*) FROM security_log"); n != 0 {
			t.Errorf("after 31 days %d are there", n)
		}
		kind(t, "after its time", look(boss, q), forum.Forbidden, "error.not-designated-log")
	})
}

// TestP17AnalyticsNeedAProcessor: they are on only where the register names who works on the data, and nobody is asked before (P17).
func TestP17AnalyticsNeedAProcessor(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		ctx, ann := t.Context(), w.Member("ann")
		kind(t, "unnamed", w.SetAnalytics(ctx, w.Admin, "G-TEST1234"), forum.Invalid, "error.no-processor")
		kind(t, "asked before", w.SetConsent(ctx, ann, "analytics", "words", true), forum.NotFound, "")
		if err := w.RegisterProcessor(ctx, w.Admin, forum.Processor{Name: "analytics", Who: "Counting Ltd", Country: "IE", Safeguard: "contract"}); err != nil {
			t.Fatal(err)
		}
		for _, id := range []string{"UA-1234-1", "G-", "G-<script>", "G-TOOLONGTOOLONGTOO"} {
			kind(t, id, w.SetAnalytics(ctx, w.Admin, id), forum.Invalid, "error.measurement")
		}
		kind(t, "a member", w.SetAnalytics(ctx, ann, "G-TEST1234"), forum.Forbidden, "")
		if err := w.SetAnalytics(ctx, w.Admin, " g-test1234 "); err != nil {
			t.Fatal(err)
		}
		if id, err := w.ReadAnalytics(ctx); err != nil || id != "G-TEST1234" {
			t.Error(id, err)
		}
		for _, yes := range []bool{true, false} {
			if err := w.SetConsent(ctx, ann, "analytics", "words", yes); err != nil {
				t.Fatal(err)
			}
			if is, err := w.AgreesToAnalytics(ctx, ann); err != nil || is != yes {
				t.Error(yes, is, err)
			}
		}
	})
}

// TestP13IDsTellTheHour: where the time of a request is kept to the hour, its row's number tells no more; and what is looked for from within an hour is
// found all the same.
func TestP13IDsTellTheHour(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		ctx := t.Context()
		w.Pass(w.Now().Truncate(time.Hour).Add(time.Hour + 50*time.Minute).Sub(w.Now()))
		near := 0
		for range 20 {
			if err := w.RecordUse(ctx, forum.Used{Requests: []forum.Requested{
				{At: forum.At(w.Now()), Address: netip.MustParseAddr("192.0.2.9"), Method: "GET", Route: "/t/:id", Status: 200},
				{At: forum.At(w.Now()), Address: netip.MustParseAddr("192.0.2.9"), Method: "POST", Route: "/login", Status: 200, Exact: true},
			}}); err != nil {
				t.Fatal(err)
			}
		}
		var ids []int64
		if err := w.Store.Reader().NewRaw("SELECT id FROM security_log WHERE route = '/t/:id'").Scan(ctx, &ids); err != nil {
			t.Fatal(err)
		}
		for _, id := range ids {
			made := forum.MadeAt(id)
			if made.Truncate(time.Hour) != w.Now().Truncate(time.Hour) {
				t.Errorf("of another hour: %s", made)
			}
			if made.Sub(w.Now()).Abs() < time.Minute {
				near++
			}
		}
		if near > 8 { // two thirds of one is to be expected
			t.Errorf("%d of %d numbers tell the minute", near, len(ids))
		}
		boss := w.Member("boss")
		if err := w.Grant(ctx, w.Admin, boss.Member, forum.Administrator); err != nil {
			t.Fatal(err)
		}
		ripen(t, w)
		if err := w.Designate(ctx, w.Admin, forum.DesignationDraft{Kind: forum.ForSecurityLog, Login: "boss", Reason: "an incident", Until: forum.At(w.Now().Add(48 * time.Hour))}); err != nil {
			t.Fatal(err)
		}
		rows, err := w.LookAtSecurityLog(ctx, w.As(boss.Member), forum.SecurityQuery{Address: "192.0.2.9", From: forum.At(w.Now().Add(-10 * time.Minute)), Until: forum.At(w.Now().Add(time.Minute)), Reason: "somebody tries passwords"})
		if err != nil || len(rows) != 20 {
			t.Errorf("%d rows from within the hour, %v", len(rows), err)
		}
	})
}
