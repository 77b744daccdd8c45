package forum_test

import (
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"peergroups/forum"
	"peergroups/forum/forumtest"
)

// TestResettingAPassword: the link works once, for an hour, only the newest, and ends every
// session; who asks for somebody unknown learns nothing.
func TestResettingAPassword(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		ann := w.Member("ann")
		ask := func() string {
			w.Effects.Take()
			if err := w.AskReset(t.Context(), "ANN@members.example", "192.0.2.1"); err != nil {
				t.Fatal(err)
			}
			return w.LinkToken("reset-password", w.Effects.Take()[0].(forum.ResetAsked).Token)
		}
		in, err := w.LogIn(t.Context(), "ann", forumtest.Password, "Firefox", "192.0.2.1")
		session := in.Session
		if err != nil {
			t.Fatal(err)
		}
		old, link := ask(), ask()
		kind(t, "a link that a newer one ended", w.ResetPassword(t.Context(), old, "another long password"), forum.Closed, "error.link-over")
		kind(t, "a guessed link", w.ResetPassword(t.Context(), "AAAA", "another long password"), forum.Closed, "error.link-over")
		kind(t, "a link of another purpose", w.ResetPassword(t.Context(), w.LinkToken("confirm-address", 1), "another long password"), forum.Closed, "error.link-over")
		kind(t, "a short password", w.ResetPassword(t.Context(), link, "short"), forum.Invalid, "password: error.password-short")
		if err := w.ResetPassword(t.Context(), link, "another long password"); err != nil {
			t.Fatal(err)
		}
		facts := w.Effects.Take()
		if len(facts) != 2 || facts[0] != (forum.SessionsEnded{Member: ann.Member}) {
			t.Errorf("open pages are told %v", facts)
		} else if n, ok := facts[1].(forum.AccountNoted); !ok || n.Note != "note.password-changed" {
			t.Errorf("the member is told %v", facts[1])
		}
		kind(t, "the second use", w.ResetPassword(t.Context(), link, "another long password"), forum.Closed, "error.link-over")
		if a, err := w.ActorOf(t.Context(), session); err != nil || a.Member != 0 {
			t.Errorf("an old session goes on: %v %v", a, err)
		}
		_, err = w.LogIn(t.Context(), "ann", forumtest.Password, "", "192.0.2.2")
		kind(t, "the old password", err, forum.Forbidden, "error.login")
		if _, err := w.LogIn(t.Context(), "ann", "another long password", "", "192.0.2.2"); err != nil {
			t.Error(err)
		}
		late := ask()
		w.Pass(61 * time.Minute)
		kind(t, "after an hour", w.ResetPassword(t.Context(), late, "a third long password"), forum.Closed, "error.link-over")

		w.Effects.Take()
		if err := w.AskReset(t.Context(), "nobody", "192.0.2.1"); err != nil || len(w.Effects.Take()) != 0 {
			t.Errorf("asked for nobody: %v", err)
		}
		told := 0
		for range 8 {
			if err := w.AskReset(t.Context(), "ann", forumtest.Password); err != nil && forum.KindOf(err) != forum.TooMany {
				t.Fatal(err)
			}
			told += len(w.Effects.Take())
		}
		if told == 0 || told > 5 {
			t.Errorf("the member is written to %d times", told)
		}
	})
}

// TestSessions: a member sees where they are signed in and ends any of it, and nobody else's.
func TestSessions(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		ann, bob := w.Member("ann"), w.Member("bob")
		var tokens []string
		for _, device := range []string{"Firefox", "Chrome", "Safari"} {
			in, err := w.LogIn(t.Context(), "ann", forumtest.Password, device, device)
			token := in.Session
			if err != nil {
				t.Fatal(err)
			}
			tokens = append(tokens, token)
		}
		lives := func() (n int) {
			for _, token := range tokens {
				if a, err := w.ActorOf(t.Context(), token); err != nil {
					t.Fatal(err)
				} else if a.Member == ann.Member {
					n++
				}
			}
			return n
		}
		all, err := w.Sessions(t.Context(), ann)
		if err != nil || len(all) != 3 || all[0].Device != "Safari" || all[0].ID != forum.SessionID(tokens[2]) {
			t.Errorf("%+v %v", all, err)
		}
		if none, err := w.Sessions(t.Context(), bob); err != nil || len(none) != 0 {
			t.Errorf("another sees %v %v", none, err)
		}
		w.Effects.Take()
		if err := w.EndSession(t.Context(), bob, all[0].ID, ""); err != nil || lives() != 3 || len(w.Effects.Take()) != 0 {
			t.Errorf("another ended it: %v", err)
		}
		if err := w.EndSession(t.Context(), ann, all[0].ID, ""); err != nil || lives() != 2 {
			t.Errorf("ended one: %d live, %v", lives(), err)
		}
		if err := w.EndSession(t.Context(), ann, "", forum.SessionID(tokens[0])); err != nil || lives() != 1 {
			t.Errorf("ended all but one: %d live, %v", lives(), err)
		}
	})
}

// TestProfile: what a member writes about themselves is checked, all of it at once.
func TestProfile(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		ann := w.CertifiedMember("ann")
		err := w.ChangeProfile(t.Context(), ann, forum.Profile{Name: " ", Zone: "Nowhere/Land", DigestHour: 24})
		for _, field := range []string{"name: error.empty.name", "zone: error.choose", "digest_hour: error.choose"} {
			kind(t, field, err, forum.Invalid, field)
		}
		want := forum.Profile{Name: "Ann Anders", Title: "MSc", BusinessAddress: "Street 1\nTown", BusinessPhone: "+31 20 0000000", OtherContact: "x", Zone: "UTC", DigestHour: 0}
		if err := w.ChangeProfile(t.Context(), ann, want); err != nil {
			t.Fatal(err)
		}
		got, err := w.ReadProfile(t.Context(), ann)
		if err != nil || got.Name != want.Name || got.Title != want.Title || got.BusinessAddress != want.BusinessAddress || got.BusinessPhone != want.BusinessPhone ||
			got.OtherContact != "x" || got.Zone != "UTC" || got.DigestHour != 0 || got.Number == "" || got.Email != "ann@members.example" {
			t.Errorf("%+v %v", got, err)
		}
		person, err := w.ReadPerson(t.Context(), ann, ann.Member)
		if err != nil || person.Name != "Ann Anders" || !person.Certified {
			t.Errorf("%+v %v", person, err)
		}
		_, err = w.ReadPerson(t.Context(), forum.Actor{}, ann.Member)
		kind(t, "a visitor reads a person who is not listed", err, forum.NotFound, "error.not-found")
		_, err = w.ReadPerson(t.Context(), ann, 1<<60)
		kind(t, "nobody", err, forum.NotFound, "error.not-found")
	})
}

// TestLoggingInIsNoGuess: who knows their password logs in as often as they like, and what others guess meanwhile is
// counted all the same.
func TestLoggingInIsNoGuess(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		w.Member("ann")
		for n := range 15 {
			if _, err := w.LogIn(t.Context(), "ann", forumtest.Password, "", "1.1.1.1"); err != nil {
				t.Fatalf("login %d: %v", n, err)
			}
		}
		tries := 0
		for range 12 {
			if _, err := w.LogIn(t.Context(), "ann", "a guess", "", "1.1.1.1"); forum.KindOf(err) == forum.Forbidden {
				tries++
			} else {
				kind(t, "one guess too many", err, forum.TooMany, "")
			}
		}
		_, err := w.LogIn(t.Context(), "ann", forumtest.Password, "", "1.1.1.1")
		if tries != 10 {
			t.Errorf("%d guesses", tries)
		}
		kind(t, "among guesses from the same place", err, forum.TooMany, "")
	})
}

// BenchmarkLogIn logs sixteen members in at once, each again and again, and says the rate:
//
//	go test -run XXX -bench LogIn -benchtime 5s ./forum
func BenchmarkLogIn(b *testing.B) {
	forum.RealPasswords(b)
	w := forumtest.New(b, "sqlite")
	for n := range 16 {
		w.Member(fmt.Sprint("m", n))
	}
	var next atomic.Int64
	b.SetParallelism(8) // times two cores
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		who := fmt.Sprint("m", next.Add(1)-1)
		for pb.Next() {
			if _, err := w.LogIn(b.Context(), who, forumtest.Password, "", who); err != nil {
				b.Error(err)
				return
			}
		}
	})
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "logins/s")
}
