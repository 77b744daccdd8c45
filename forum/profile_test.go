package forum_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"peergroups/forum"
	"peergroups/forum/forumtest"
)

// TestShown: each field of a registration is seen by those to whom its member shows it, by nobody before
// they say so, and by nobody again when they take it back; whatever the certificate of either becomes (P8).
func TestShown(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		ctx := t.Context()
		ann := w.CertifiedMember("ann")
		must := func(err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
		}
		must(w.ChangeProfile(ctx, ann, forum.Profile{Name: "Ann Test", Zone: "UTC", BusinessAddress: "canary-address", BusinessPhone: "canary-phone", OtherContact: "canary-contact"}))
		readers := map[string]forum.Actor{"visitor": {}, "registered": w.Member("reg"), "certified": w.CertifiedMember("cert"), "administrator": w.Admin}
		level := map[string]forum.Reach{"visitor": forum.Public, "registered": forum.Registered, "certified": forum.Certified, "administrator": forum.Registered}
		canaries := []string{"ann@members.example", "canary-address", "canary-phone", "canary-contact", "canary-place", "canary-area", "canary-language", "canary-about"}
		see := func(when string, sees func(canary string, level forum.Reach) bool) {
			t.Helper()
			for name, by := range readers {
				p, err := w.ReadPerson(ctx, by, ann.Member)
				if err != nil && forum.KindOf(err) != forum.NotFound {
					t.Fatal(err)
				}
				all := fmt.Sprintf("%+v", p)
				for _, c := range canaries {
					if got, want := strings.Contains(all, c), sees(c, level[name]); got != want {
						t.Errorf("%s, the %s sees %s: %t", when, name, c, got)
					}
				}
				list, err := w.Directory(ctx, by, forum.DirectoryQuery{})
				must(err)
				if got, want := strings.Contains(fmt.Sprintf("%+v", list), "canary-area"), sees("canary-area", level[name]); got != want {
					t.Errorf("%s, the %s finds them: %t", when, name, got)
				}
			}
		}
		see("nothing was said", func(string, forum.Reach) bool { return false })
		listing := forum.Showing{EmailTo: forum.Nobody, AddressTo: forum.Nobody, PhoneTo: forum.Nobody, ContactTo: forum.Nobody, Listed: forum.Nobody,
			Place: "canary-place", Areas: "canary-area", Languages: "canary-language", About: "canary-about"}
		must(w.Show(ctx, ann, listing))
		see("to nobody", func(string, forum.Reach) bool { return false })
		for _, c := range forum.Circles {
			s := listing
			s.EmailTo, s.AddressTo, s.PhoneTo, s.ContactTo = c, c, c, c
			must(w.Show(ctx, ann, s))
			see(fmt.Sprintf("contact to %d", c), func(canary string, l forum.Reach) bool {
				return slices.Index(canaries, canary) < 4 && l >= c && l > forum.Public
			})
			s = listing
			s.Listed = c
			must(w.Show(ctx, ann, s))
			see(fmt.Sprintf("listed to %d", c), func(canary string, l forum.Reach) bool { return slices.Index(canaries, canary) >= 4 && l >= c })
			if got, err := w.ReadShowing(ctx, ann); err != nil || got != s {
				t.Errorf("saved %+v, read %+v %v", s, got, err)
			}
		}
		all := listing
		all.EmailTo, all.AddressTo, all.PhoneTo, all.ContactTo, all.Listed = forum.Public, forum.Public, forum.Public, forum.Public, forum.Public
		must(w.Show(ctx, ann, all))
		see("all to all", func(string, forum.Reach) bool { return true })
		exec(t, w, "UPDATE certificates SET until_at = ?0, open_until_at = ?0 WHERE member_id = ?1", forum.At(w.Now()), ann.Member)
		see("whose certificate ended", func(canary string, l forum.Reach) bool { return slices.Index(canaries, canary) < 4 && l > forum.Public })
		exec(t, w, "UPDATE certificates SET until_at = ?0, open_until_at = ?0 WHERE member_id = ?1", forum.At(w.Now().Add(time.Hour)), ann.Member)
		exec(t, w, "UPDATE members SET standing = ? WHERE id = ?", forum.Suspended, ann.Member)
		see("who is suspended", func(string, forum.Reach) bool { return false })
	})
}

// TestShowRefuses: a circle that is none, and too long texts, each at its field; nothing is saved.
func TestShowRefuses(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		ann := w.CertifiedMember("ann")
		err := w.Show(t.Context(), ann, forum.Showing{EmailTo: -1, AddressTo: forum.Members, PhoneTo: 5, Listed: 99, Place: strings.Repeat("x", 101), Areas: strings.Repeat("x", 301),
			Languages: strings.Repeat("x", 201), About: strings.Repeat("x", 1001)})
		for _, field := range []string{"email_to", "address_to", "phone_to", "listed_to", "place", "areas", "languages", "about"} {
			kind(t, field, err, forum.Invalid, field+": error.")
		}
		if s, err := w.ReadShowing(t.Context(), ann); err != nil || s.EmailTo != forum.Nobody || s.Listed != forum.Nobody {
			t.Errorf("%+v %v", s, err)
		}
	})
}

// listed makes a certified member who lists themself.
func listed(t *testing.T, w *forumtest.World, handle, name string, s forum.Showing) forum.Actor {
	t.Helper()
	m := w.CertifiedMember(handle)
	if err := w.ChangeProfile(t.Context(), m, forum.Profile{Name: name, Zone: "UTC"}); err != nil {
		t.Fatal(err)
	}
	if err := w.Show(t.Context(), m, s); err != nil {
		t.Fatal(err)
	}
	return m
}

// TestDirectory: people are found by the beginnings of words, without regard to case and accents, by what a
// word is of; pages go on by name, and begin after nobody whom the reader may not find.
func TestDirectory(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		ctx := t.Context()
		to := func(r forum.Reach, place, areas, languages string) forum.Showing {
			return forum.Showing{EmailTo: forum.Nobody, AddressTo: forum.Nobody, PhoneTo: forum.Nobody, ContactTo: forum.Nobody, Listed: r, Place: place, Areas: areas, Languages: languages}
		}
		listed(t, w, "zoe", "Zoë Müller", to(forum.Public, "Zürich", "Family, Work", "German, French"))
		listed(t, w, "adam", "Adam French", to(forum.Public, "Bern", "Family", "German"))
		hidden := listed(t, w, "mia", "Mia Secret", to(forum.Certified, "Bern", "Family", "German"))
		find := func(by forum.Actor, q forum.DirectoryQuery) string {
			t.Helper()
			p, err := w.Directory(ctx, by, q)
			if err != nil {
				t.Fatal(err)
			}
			var names []string
			for _, r := range p.Rows {
				names = append(names, strings.Fields(r.Name)[0])
			}
			return strings.Join(names, " ")
		}
		for _, c := range []struct {
			q    forum.DirectoryQuery
			want string
		}{
			{forum.DirectoryQuery{}, "Adam Zoë"},
			{forum.DirectoryQuery{Words: "zoe mull"}, "Zoë"},
			{forum.DirectoryQuery{Words: "ZÜRICH"}, "Zoë"},
			{forum.DirectoryQuery{Words: "french"}, "Adam Zoë"},
			{forum.DirectoryQuery{Language: "french"}, "Zoë"},
			{forum.DirectoryQuery{Area: "fam", Language: "german"}, "Adam Zoë"},
			{forum.DirectoryQuery{Area: "fam", Place: "bern"}, "Adam"},
			{forum.DirectoryQuery{Place: "family"}, ""},
			{forum.DirectoryQuery{Words: "secret"}, ""},
			{forum.DirectoryQuery{Words: "%_'\" \\"}, "Adam Zoë"},
			{forum.DirectoryQuery{Words: "rich"}, ""},
			{forum.DirectoryQuery{After: hidden.Member}, ""},
		} {
			if got := find(forum.Actor{}, c.q); got != c.want {
				t.Errorf("a visitor finds %q by %+v, not %q", got, c.q, c.want)
			}
		}
		if got := find(w.CertifiedMember("cert"), forum.DirectoryQuery{Place: "bern"}); got != "Adam Mia" {
			t.Errorf("a certified member finds %q", got)
		}
		adam := w.As(hidden.Member)
		if err := w.ChangeProfile(ctx, adam, forum.Profile{Name: "Mia Newname", Zone: "UTC"}); err != nil {
			t.Fatal(err)
		}
		if got := find(w.CertifiedMember("cert2"), forum.DirectoryQuery{Words: "newname"}) + find(w.CertifiedMember("cert3"), forum.DirectoryQuery{Words: "secret"}); got != "Mia" {
			t.Errorf("by the new name and the old: %q", got)
		}
		if err := w.Show(ctx, adam, to(forum.Nobody, "Bern", "", "")); err != nil {
			t.Fatal(err)
		}
		if n := count(t, w, "SELECT count(*) FROM profile_words WHERE member_id = ?", hidden.Member); n != 0 {
			t.Errorf("%d words are kept of one who is listed no more", n)
		}
	})
}

// TestDirectoryPages: every one stands on one page, by name.
func TestDirectoryPages(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		manyListed(t, w, 95)
		for _, q := range []forum.DirectoryQuery{{}, {Words: "person"}, {Words: "person", Area: "family"}} {
			seen, last := map[forum.MemberID]bool{}, ""
			for pages := 0; ; pages++ {
				p, err := w.Directory(t.Context(), forum.Actor{}, q)
				if err != nil || pages > 4 {
					t.Fatal(pages, err)
				}
				for _, r := range p.Rows {
					if seen[r.ID] || r.Name < last {
						t.Errorf("%s after %s", r.Name, last)
					}
					seen[r.ID], last = true, r.Name
				}
				if !p.More {
					break
				}
				q.After = p.Rows[len(p.Rows)-1].ID
			}
			if len(seen) != 95 {
				t.Errorf("%+v: %d", q, len(seen))
			}
		}
	})
}

// manyListed lists many members, in the fewest statements: all practise family mediation, one in a hundred at sea.
func manyListed(t testing.TB, w *forumtest.World, n int) {
	t.Helper()
	do := func(query string, args ...any) {
		t.Helper()
		if _, err := w.Store.Writer().NewRaw(query, args...).Exec(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	const all = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?0) "
	do(`INSERT INTO members (id, handle, handle_key, name, email, email_key, password_hash, standing, confirmed_at, created_at)
		`+all+`SELECT 1000000 + i, 'p' || i, 'p' || i, 'Person ' || (100000 + i * 7919 % 99991), i || '@p.example', i || '@p.example', '', ?1, 1, 1 FROM n`, n, forum.Active)
	do("INSERT INTO registrations (member_id) "+all+"SELECT 1000000 + i FROM n", n)
	do(`INSERT INTO certificates (id, member_id, number, from_at, until_at, open_until_at, decided_by, decided_at) `+all+`SELECT 1000000 + i, 1000000 + i, 'P' || i, 1, ?1, ?1, 1, 1 FROM n`, n, forum.At(w.Now().AddDate(1, 0, 0)))
	do("INSERT INTO profiles (member_id, listed_to, place, areas, languages, changed_at) "+all+"SELECT 1000000 + i, 0, 'Town ' || (i % 500), 'Family', 'German', 1 FROM n", n)
	for _, words := range []string{"'w:person'", "'w:' || (100000 + i * 7919 % 99991)", "'w:family'", "'a:family'", "'w:german'", "'l:german'", "'w:town'", "'p:town'", "'w:' || (i % 500) || 't'", "'p:' || (i % 500)",
		"CASE WHEN i % 100 = 0 THEN 'a:maritime' ELSE 'a:z' END"} {
		do("INSERT INTO profile_words (word, member_id) "+all+"SELECT "+words+", 1000000 + i FROM n", n)
	}
}

// BenchmarkDirectory asks the directory of 50,000 as visitors do and says the 95th of a hundred times, in
// milliseconds:
//
//	go test -run XXX -bench Directory -benchtime 300x ./forum
func BenchmarkDirectory(b *testing.B) {
	w := forumtest.New(b, "sqlite")
	manyListed(b, w, 50_000)
	for name, ask := range map[string]func() forum.DirectoryQuery{
		"all": func() forum.DirectoryQuery { return forum.DirectoryQuery{} },
		"later": func() forum.DirectoryQuery {
			return forum.DirectoryQuery{After: forum.MemberID(1_000_001 + rand.IntN(49_000))}
		},
		"common": func() forum.DirectoryQuery {
			return forum.DirectoryQuery{Words: "person", Area: "family", Language: "german"}
		},
		"rare": func() forum.DirectoryQuery { return forum.DirectoryQuery{Words: "german", Area: "mari"} },
		"place": func() forum.DirectoryQuery {
			return forum.DirectoryQuery{Language: "ger", Place: fmt.Sprint(rand.IntN(500))}
		},
		"name": func() forum.DirectoryQuery {
			return forum.DirectoryQuery{Words: fmt.Sprint("person ", 100000+rand.IntN(99_991))}
		},
		"nobody": func() forum.DirectoryQuery { return forum.DirectoryQuery{Words: "nobody", Area: "family"} },
		"begins": func() forum.DirectoryQuery { return forum.DirectoryQuery{Words: "p g t f"} },
	} {
		b.Run(name, func(b *testing.B) {
			var took []time.Duration
			for b.Loop() {
				began := time.Now()
				if _, err := w.Directory(b.Context(), forum.Actor{}, ask()); err != nil {
					b.Fatal(err)
				}
				took = append(took, time.Since(began))
			}
			slices.Sort(took)
			b.ReportMetric(float64(took[len(took)*95/100].Microseconds())/1000, "p95-ms")
		})
	}
}
