package forum_test

import (
	"strings"
	"testing"
	"time"

	"peergroups/forum"
	"peergroups/forum/forumtest"
)

// TestComputers: a computer that stays logged in begins sessions without roles of the staff, by a
// token that is replaced each time; of fifty at once one gets it; an old one that comes again
// ends it all and is told; ninety days are the end of it.
func TestComputers(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		w.Member("ann")
		use := func(token string) (forum.Recalled, error) { return w.UseComputer(t.Context(), token, "Firefox") }
		keep := func(handle string) (forum.Actor, forum.Recalled) {
			t.Helper()
			a, session := in(t, w, handle)
			c, err := w.RememberComputer(t.Context(), session, strings.Repeat("Firefox ", 1000))
			if err != nil {
				t.Fatal(err)
			}
			return a, c
		}
		ann, first := keep("ann")
		_, err := w.RememberComputer(t.Context(), "no session", "")
		kind(t, "without a session", err, forum.Forbidden, "error.sign-in-first")
		seal, secret, _ := strings.Cut(first.Token, ".")
		for what, token := range map[string]string{"nothing": "", "a secret alone": "." + secret, "another seal": "a" + seal[1:] + "x." + secret, "a session's token": first.Session, "a link's": w.LinkToken("reset-password", 1) + "." + secret} {
			_, err := use(token)
			kind(t, what, err, forum.Closed, "error.computer-over")
		}
		if all, err := w.Computers(t.Context(), ann); err != nil || len(all) != 1 || len(all[0].Device) > 300 {
			t.Fatalf("%+v %v", all, err)
		}

		w.Pass(13 * time.Hour)
		if holder(t, w, first.Session).Member != 0 {
			t.Fatal("the session has not ended")
		}
		second, err := use(first.Token)
		if a := holder(t, w, second.Session); err != nil || a.Member != ann.Member || a.Strong || second.Token == first.Token || second.UntilAt != first.UntilAt {
			t.Fatalf("%+v %+v %v", a, second, err)
		}
		_, err = use(first.Token) // as a browser does that opens many pages at once
		kind(t, "the old one at once", err, forum.Conflict, "error.computer-over")
		if holder(t, w, second.Session).Member == 0 {
			t.Error("that ended the session")
		}
		w.Pass(31 * time.Second)
		w.Effects.Take()
		_, err = use(first.Token)
		kind(t, "the old one later", err, forum.Closed, "error.computer-over")
		if got := noted(w); len(got) != 1 || got[0] != "computer-ended" {
			t.Errorf("told %v", got)
		}
		_, err = use(second.Token)
		kind(t, "the new one after it", err, forum.Closed, "error.computer-over")
		if holder(t, w, second.Session).Member != 0 {
			t.Error("the session of a copied computer goes on")
		}

		// Of fifty at once one gets the new token, and the others end nothing.
		_, c := keep("ann")
		if n := fifty(func(int) error { _, err := use(c.Token); return err }); n != 1 {
			t.Errorf("%d sessions began", n)
		}
		if all, err := w.Computers(t.Context(), ann); err != nil || len(all) != 1 {
			t.Errorf("%+v %v", all, err)
		}

		// Each way to end it.
		bob := w.Member("bob")
		for what, end := range map[string]func(c forum.Recalled, id int64) error{
			"ended by its owner":   func(_ forum.Recalled, id int64) error { return w.EndComputer(t.Context(), ann, id) },
			"its session logs out": func(c forum.Recalled, _ int64) error { return w.LogOut(t.Context(), c.Session) },
			"its session is ended": func(c forum.Recalled, _ int64) error {
				return w.EndSession(t.Context(), ann, forum.SessionID(c.Session), "")
			},
			"all others are ended":   func(forum.Recalled, int64) error { return w.EndSession(t.Context(), ann, "", forum.SessionID("other")) },
			"all are ended":          func(forum.Recalled, int64) error { return w.EndSession(t.Context(), ann, "", "") },
			"its token is forgotten": func(c forum.Recalled, _ int64) error { return w.ForgetComputer(t.Context(), c.Token) },
			"the member is suspended": func(forum.Recalled, int64) error {
				exec(t, w, "UPDATE members SET standing = 2 WHERE handle = 'ann'")
				return nil
			},
			"ninety days are over": func(forum.Recalled, int64) error { w.Pass(90*24*time.Hour + time.Second); return nil },
		} {
			exec(t, w, "DELETE FROM computers")
			exec(t, w, "UPDATE members SET standing = 1 WHERE handle = 'ann'")
			w.Pass(time.Hour)
			_, c := keep("ann")
			all, err := w.Computers(t.Context(), ann)
			if err != nil || len(all) != 1 {
				t.Fatalf("%s: %+v %v", what, all, err)
			}
			if err := w.EndComputer(t.Context(), bob, all[0].ID); err != nil { // another's: nothing happens
				t.Fatal(err)
			}
			if err := w.ForgetComputer(t.Context(), strings.TrimSuffix(c.Token, "A")+"B"); err != nil {
				t.Fatal(err)
			}
			if c, err = use(c.Token); err != nil {
				t.Fatal(what, err)
			}
			if err := end(c, all[0].ID); err != nil {
				t.Fatal(what, err)
			}
			_, err = use(c.Token)
			kind(t, what, err, forum.Closed, "error.computer-over")
			if holder(t, w, c.Session).Member != 0 {
				t.Errorf("%s: its session goes on", what)
			}
		}
		exec(t, w, "UPDATE members SET standing = 1 WHERE handle = 'ann'")

		// The one whose session is kept stays when all others are ended; a second factor ends it.
		w.Pass(time.Hour)
		_, mine := keep("ann")
		_, other := keep("ann")
		if err := w.EndSession(t.Context(), ann, "", forum.SessionID(mine.Session)); err != nil {
			t.Fatal(err)
		}
		if _, err = use(other.Token); err == nil {
			t.Error("the other computer goes on")
		}
		if mine, err = use(mine.Token); err != nil {
			t.Error(err)
		}
		w.Pass(time.Hour)
		setUp(t, w, "ann")
		_, err = use(mine.Token)
		kind(t, "after a second factor was set up", err, forum.Closed, "error.computer-over")

		// A role sleeps in what a computer begins.
		_, c = keep("admin")
		c, err = use(c.Token)
		if a := holder(t, w, c.Session); err != nil || len(a.Roles) != 0 || len(a.Dormant) != 3 {
			t.Errorf("%+v %v", a, err)
		}
		w.Pass(91 * 24 * time.Hour)
		if err := w.Forget(t.Context()); err != nil {
			t.Fatal(err)
		}
		var left int
		if err := w.Store.Writer().NewRaw("SELECT (SELECT count(*) FROM computers) + (SELECT count(*) FROM login_steps)").Scan(t.Context(), &left); err != nil || left != 0 {
			t.Errorf("%d are not forgotten %v", left, err)
		}
	})
}

// TestLastSeen: a session's list tells when it was last used, to five minutes.
func TestLastSeen(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		w.Member("ann")
		ann, session := in(t, w, "ann")
		seen := func() forum.Instant {
			t.Helper()
			holder(t, w, session)
			all, err := w.Sessions(t.Context(), ann)
			if err != nil || len(all) != 1 {
				t.Fatal(all, err)
			}
			return all[0].SeenAt
		}
		first := seen()
		w.Pass(4 * time.Minute)
		if seen() != first {
			t.Error("each look is written down")
		}
		w.Pass(2 * time.Minute)
		if now := seen(); now.Time().Sub(first.Time()) < 6*time.Minute {
			t.Errorf("seen %s, first %s", now.Time(), first.Time())
		}
	})
}
