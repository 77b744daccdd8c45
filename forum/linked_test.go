package forum_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"peergroups/forum"
	"peergroups/forum/forumtest"
)

// elsewhere is what the login service calls somebody.
func elsewhere(who string) forum.Subject {
	return forum.Subject{Issuer: "https://login.example", ID: "Id-" + who}
}

// linking is a browser that came back, in a session that asked for a link.
func linking(t *testing.T, w *forumtest.World, by forum.Actor, session string) forum.Away {
	t.Helper()
	a, cookie, err := w.GoToLink(t.Context(), by, own(session))
	if err == nil {
		a, err = w.ComeBack(t.Context(), cookie, a.State)
	}
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// linked links somebody's account with their own elsewhere.
func linked(t *testing.T, w *forumtest.World, by forum.Actor, session string) {
	t.Helper()
	if err := w.LinkLogin(t.Context(), by, session, linking(t, w, by, session), elsewhere(by.Handle)); err != nil {
		t.Fatal(err)
	}
}

func elsewhereIn(t *testing.T, w *forumtest.World, s forum.Subject) (forum.Entry, error) {
	t.Helper()
	return w.LogInLinked(t.Context(), s, "Firefox")
}

// acts counts the log's entries of an act about a member.
func acts(t *testing.T, w *forumtest.World, act string, m forum.MemberID) (n int) {
	t.Helper()
	if err := w.Store.Writer().NewRaw("SELECT count(*) FROM log_entries WHERE act = ? AND object_id = ?", act, m).Scan(t.Context(), &n); err != nil {
		t.Fatal(err)
	}
	return n
}

// TestLinkedLogin: who has linked their account gets in by it, as by their password: into a weak
// session, or to the second step. Who has not, whoever they say they are, and who may not act get one answer.
func TestLinkedLogin(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		w.Member("ann")
		ann, session := in(t, w, "ann")
		_, other := in(t, w, "ann")
		if _, err := w.RememberComputer(t.Context(), other, "Firefox"); err != nil {
			t.Fatal(err)
		}
		w.Effects.Take()
		linked(t, w, ann, session)
		if got := noted(w); !slices.Equal(got, []string{"login-linked"}) || acts(t, w, "link-login", ann.Member) != 1 {
			t.Errorf("told %v, or not logged", got)
		}
		if c, err := w.Computers(t.Context(), ann); err != nil || len(c) != 0 || holder(t, w, other).Member != 0 || holder(t, w, session).Member == 0 {
			t.Errorf("the other session or its computer goes on, or this one ended: %v %v", c, err)
		}
		f, err := w.ReadFactors(t.Context(), ann)
		if err != nil || f.Linked.Issuer != "https://login.example" || f.Linked.LinkedAt == 0 || f.Linked.UsedAt != 0 || f.Has() {
			t.Errorf("%+v %v", f, err)
		}
		e, err := elsewhereIn(t, w, elsewhere("ann"))
		if a := holder(t, w, e.Session); err != nil || e.Step != "" || a.Member != ann.Member || a.Strong {
			t.Fatalf("ann gets %+v %v", e, err)
		}
		if f, err = w.ReadFactors(t.Context(), ann); err != nil || f.Linked.UsedAt < f.Linked.LinkedAt {
			t.Errorf("%+v %v", f, err)
		}

		var answers []string
		for what, s := range map[string]forum.Subject{"another": elsewhere("bob"), "none": {}, "of another issuer": {Issuer: "https://evil.example", ID: "Id-ann"}, "in other letters": elsewhere("ANN"),
			"by the address": {Issuer: "https://login.example", ID: "ann@members.example"}, "by the handle": {Issuer: "https://login.example", ID: "ann"}} {
			e, err := elsewhereIn(t, w, s)
			kind(t, what, err, forum.Forbidden, "error.not-linked")
			if e != (forum.Entry{}) {
				t.Errorf("%s gets %+v", what, e)
			}
			answers = append(answers, err.Error())
		}
		exec(t, w, "UPDATE members SET standing = 2 WHERE handle = 'ann'")
		e, err = elsewhereIn(t, w, elsewhere("ann"))
		kind(t, "suspended", err, forum.Forbidden, "error.not-linked")
		exec(t, w, "UPDATE members SET standing = 1 WHERE handle = 'ann'")
		if answers = append(answers, err.Error()); slices.ContainsFunc(answers, func(s string) bool { return s != answers[0] }) || e != (forum.Entry{}) {
			t.Errorf("the answers differ: %q, or %+v", answers, e)
		}

		// A second factor is asked for as after a password.
		w.Member("key")
		_, strong, p, _ := setUp(t, w, "key")
		linked(t, w, holder(t, w, strong), strong)
		e, err = elsewhereIn(t, w, elsewhere("key"))
		if err != nil || e.Session != "" || e.Step == "" || holder(t, w, e.Step).Member != 0 {
			t.Fatalf("key gets %+v %v", e, err)
		}
		token, err := second(t, w, e.Step, p.code(t, 0))
		if a := holder(t, w, token); err != nil || a.Handle != "key" || !a.Strong {
			t.Errorf("after the code: %+v %v", a, err)
		}
		exec(t, w, "UPDATE members SET standing = 2 WHERE handle = 'key'")
		_, err = elsewhereIn(t, w, elsewhere("key"))
		kind(t, "suspended, with a factor", err, forum.Forbidden, "error.not-linked")

		// Roles of the staff sleep in a session that was begun by it.
		admin, session := in(t, w, "admin")
		linked(t, w, admin, session)
		if e, err = elsewhereIn(t, w, elsewhere("admin")); err != nil {
			t.Fatal(err)
		}
		if a := holder(t, w, e.Session); len(a.Roles) != 0 || len(a.Dormant) == 0 {
			t.Errorf("the administrator gets %+v", a)
		}
	})
}

// TestAway: a browser comes back with its own cookie and state, once and within ten minutes; of
// twenty at once one does. What one session asked for is of no use in another, nor a login for a link.
func TestAway(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		w.Member("ann")
		w.Member("bob")
		ann, session := in(t, w, "ann")
		bob, his := in(t, w, "bob")
		begin := func() (forum.Away, string) {
			a, cookie, err := w.GoToLogIn(t.Context(), "/groups", true, "home")
			if err != nil {
				t.Fatal(err)
			}
			return a, cookie
		}
		a, cookie := begin()
		b, another := begin()
		if all := []string{a.State, a.Nonce, a.Verifier, b.State, b.Nonce, b.Verifier}; len(slices.Compact(slices.Sorted(slices.Values(all)))) != 6 || len(a.State) < 22 || len(a.Nonce) < 22 || len(a.Verifier) < 43 {
			t.Errorf("they can be guessed: %q", all)
		}
		if strings.Contains(cookie, a.State) || strings.Contains(cookie, a.Verifier) || len(cookie) > 3500 {
			t.Errorf("the cookie tells what it keeps, or is too long: %s", cookie)
		}
		for what, c := range map[string][2]string{"no state": {cookie, ""}, "another's state": {cookie, b.State}, "another's cookie": {another, a.State}, "no cookie": {"", a.State}, "neither": {"", ""},
			"a broken cookie": {cookie[1:], a.State}, "what is concealed for something else": {w.Conceal("search", `{"State":"x","Until":9e18}`), "x"}} {
			got, err := w.ComeBack(t.Context(), c[0], c[1])
			kind(t, what, err, forum.Forbidden, "error.away-over")
			if got != (forum.Away{}) {
				t.Errorf("%s gets %+v", what, got)
			}
		}
		back, err := w.ComeBack(t.Context(), cookie, a.State)
		if err != nil || back != a || back.Next != "/groups" || !back.Computer || back.Session != "" {
			t.Errorf("%+v %v", back, err)
		}
		_, err = w.ComeBack(t.Context(), cookie, a.State)
		kind(t, "twice", err, forum.Forbidden, "error.away-over")
		if n := fifty(func(int) error { _, err := w.ComeBack(t.Context(), another, b.State); return err }); n != 1 {
			t.Errorf("%d of fifty at once came back", n)
		}
		a, cookie = begin()
		w.Pass(10*time.Minute - time.Second)
		b, another = begin()
		if _, err = w.ComeBack(t.Context(), cookie, a.State); err != nil {
			t.Error(err)
		}
		w.Pass(2 * time.Second)
		_, err = w.ComeBack(t.Context(), cookie, a.State)
		kind(t, "after ten minutes, again", err, forum.Forbidden, "error.away-over")
		w.Pass(10 * time.Minute)
		_, err = w.ComeBack(t.Context(), another, b.State)
		kind(t, "after ten minutes", err, forum.Forbidden, "error.away-over")

		a, _ = begin()
		kind(t, "a login to link", w.LinkLogin(t.Context(), ann, session, a, elsewhere("ann")), forum.Forbidden, "error.away-over")
		kind(t, "nothing to link", w.LinkLogin(t.Context(), ann, session, forum.Away{}, elsewhere("ann")), forum.Forbidden, "error.away-over")
		hers := linking(t, w, ann, session)
		kind(t, "by a visitor", w.LinkLogin(t.Context(), forum.Actor{}, session, hers, elsewhere("ann")), forum.Forbidden, "error.sign-in-first")
		kind(t, "in another's session", w.LinkLogin(t.Context(), bob, his, hers, elsewhere("ann")), forum.Forbidden, "error.away-over")
		kind(t, "by another in hers", w.LinkLogin(t.Context(), bob, session, hers, elsewhere("ann")), forum.Forbidden, "error.sign-in-first")
		late := linking(t, w, ann, session)
		w.Pass(10*time.Minute + time.Second)
		kind(t, "late", w.LinkLogin(t.Context(), ann, session, late, elsewhere("ann")), forum.Forbidden, "error.away-over")
		over := linking(t, w, ann, session)
		if err := w.LogOut(t.Context(), session); err != nil {
			t.Fatal(err)
		}
		kind(t, "after logging out", w.LinkLogin(t.Context(), ann, session, over, elsewhere("ann")), forum.Forbidden, "error.sign-in-first")
		if f, err := w.ReadFactors(t.Context(), ann); err != nil || f.Linked != (forum.Linked{}) {
			t.Errorf("linked after all: %+v %v", f, err)
		}

		w.Pass(time.Hour)
		for range 60 {
			begin()
		}
		_, _, err = w.GoToLogIn(t.Context(), "/", false, "home")
		kind(t, "the sixty-first of one source", err, forum.TooMany, "error.too-many")
		if _, _, err = w.GoToLogIn(t.Context(), "/", false, "elsewhere"); err != nil {
			t.Error(err)
		}
	})
}

// TestLinking: to link and to unlink ask for the password, and for the factor who has one; one
// account has one link and one subject is linked with one account, also when asked for at once.
func TestLinking(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		for _, who := range []string{"ann", "bob", "key"} {
			w.Member(who)
		}
		key, session, _, _ := setUp(t, w, "key")
		weak := key
		weak.Strong = false
		asked := linking(t, w, key, session)
		changes := map[string]func(a forum.Actor, o forum.Own) error{
			"link":   func(a forum.Actor, o forum.Own) error { _, _, err := w.GoToLink(t.Context(), a, o); return err },
			"unlink": func(a forum.Actor, o forum.Own) error { return w.UnlinkLogin(t.Context(), a, o) },
		}
		for what, change := range changes {
			kind(t, what+" by a visitor", change(forum.Actor{}, own(session)), forum.Forbidden, "error.sign-in-first")
			kind(t, what+" without the factor", change(weak, own(session)), forum.Forbidden, "error.prove-first")
			kind(t, what+" with a wrong password", change(key, forum.Own{Session: session, Password: "wrong", Source: what}), forum.Invalid, "password: error.own-password")
			kind(t, what+" without a session", change(key, own("none")), forum.Forbidden, "error.sign-in-first")
		}
		kind(t, "come back without the factor", w.LinkLogin(t.Context(), weak, session, asked, elsewhere("key")), forum.Forbidden, "error.prove-first")
		kind(t, "unlink what is not linked", w.UnlinkLogin(t.Context(), key, own(session)), forum.NotFound, "error.not-found")

		ann, hers := in(t, w, "ann")
		bob, his := in(t, w, "bob")
		later := linking(t, w, ann, hers)
		linked(t, w, ann, hers)
		kind(t, "a second one", w.LinkLogin(t.Context(), ann, hers, later, elsewhere("second")), forum.Forbidden, "error.link-taken")
		_, _, err := w.GoToLink(t.Context(), ann, own(hers))
		kind(t, "to begin a second one", err, forum.Closed, "error.linked-already")
		w.Effects.Take()
		_, hisOther := in(t, w, "bob")
		kind(t, "another's", w.LinkLogin(t.Context(), bob, his, linking(t, w, bob, his), elsewhere("ann")), forum.Forbidden, "error.link-taken")
		if got := noted(w); len(got) != 0 || acts(t, w, "link-login", bob.Member) != 0 || holder(t, w, hisOther).Member == 0 {
			t.Errorf("something came of it: told %v", got)
		}
		if e, err := elsewhereIn(t, w, elsewhere("ann")); err != nil || holder(t, w, e.Session).Member != ann.Member {
			t.Errorf("ann's leads to %+v %v", e, err)
		}

		e, err := elsewhereIn(t, w, elsewhere("ann"))
		if err != nil {
			t.Fatal(err)
		}
		w.Effects.Take()
		if err := w.UnlinkLogin(t.Context(), ann, own(hers)); err != nil {
			t.Fatal(err)
		}
		if got := noted(w); !slices.Equal(got, []string{"login-unlinked"}) || acts(t, w, "unlink-login", ann.Member) != 1 {
			t.Errorf("told %v, or not logged", got)
		}
		if holder(t, w, e.Session).Member != 0 || holder(t, w, hers).Member == 0 {
			t.Error("a session that was begun by it goes on, or the one that unlinked ended")
		}
		_, err = elsewhereIn(t, w, elsewhere("ann"))
		kind(t, "unlinked", err, forum.Forbidden, "error.not-linked")

		both := []struct {
			by      forum.Actor
			session string
			asked   forum.Away
		}{{ann, hers, linking(t, w, ann, hers)}, {bob, his, linking(t, w, bob, his)}}
		if n := fifty(func(i int) error {
			b := both[i%2]
			return w.LinkLogin(t.Context(), b.by, b.session, b.asked, elsewhere("one"))
		}); n != 1 {
			t.Errorf("%d of fifty for two accounts at once are linked with one subject", n)
		}
		exec(t, w, "DELETE FROM linked_logins")
		if n := fifty(func(i int) error {
			return w.LinkLogin(t.Context(), ann, hers, both[0].asked, elsewhere(strings.Repeat("x", i)))
		}); n != 1 {
			t.Errorf("one account has %d links", n)
		}
	})
}

// TestLinksEnd: after a reset, or when an administrator took factors away, a link that somebody made
// before lets nobody in, and its going is told and logged; a login under way by it ends. A password that was changed by who knows
// the old one leaves it.
func TestLinksEnd(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		w.Member("ann")
		ann, session := in(t, w, "ann")
		linked(t, w, ann, session)
		if err := w.ChangePassword(t.Context(), ann, own(session), forumtest.Password); err != nil {
			t.Fatal(err)
		}
		e, err := elsewhereIn(t, w, elsewhere("ann"))
		if err != nil || holder(t, w, session).Member == 0 {
			t.Fatalf("after a new password: %v", err)
		}
		w.Pass(time.Hour)
		w.Effects.Take()
		if err := w.UnlinkLogin(t.Context(), ann, own(session)); err != nil {
			t.Fatal(err)
		}
		begun := linking(t, w, ann, session)
		linked(t, w, ann, session)
		if e, err = elsewhereIn(t, w, elsewhere("ann")); err != nil {
			t.Fatal(err)
		}
		w.Effects.Take()
		reset(t, w, "ann")
		if got := noted(w); !slices.Equal(got, []string{"login-unlinked", "password-changed"}) || acts(t, w, "unlink-login", ann.Member) != 2 {
			t.Errorf("told %v, or not logged", got)
		}
		if _, err = elsewhereIn(t, w, elsewhere("ann")); holder(t, w, e.Session).Member != 0 {
			t.Error("a session that was begun by it goes on")
		}
		kind(t, "after a reset", err, forum.Forbidden, "error.not-linked")
		kind(t, "a link under way", w.LinkLogin(t.Context(), ann, session, begun, elsewhere("ann")), forum.Forbidden, "error.sign-in-first")
		w.Pass(time.Hour)
		reset(t, w, "ann")
		if got := noted(w); !slices.Equal(got, []string{"password-changed"}) || acts(t, w, "unlink-login", ann.Member) != 2 {
			t.Errorf("of no link: told %v", got)
		}

		w.Member("key")
		key, session, _, _ := setUp(t, w, "key")
		linked(t, w, key, session)
		w.Pass(8 * 24 * time.Hour)
		if err := w.TakeFactors(t.Context(), w.Admin, key.Member, "The phone was lost."); err != nil {
			t.Fatal(err)
		}
		if got := noted(w); !slices.Contains(got, "login-unlinked") || acts(t, w, "unlink-login", key.Member) != 1 {
			t.Errorf("told %v, or not logged", got)
		}
		_, err = elsewhereIn(t, w, elsewhere("key"))
		kind(t, "after factors were taken away", err, forum.Forbidden, "error.not-linked")
	})
}

// reset sets somebody's password anew, by the link in their letter box.
func reset(t *testing.T, w *forumtest.World, handle string) {
	t.Helper()
	if err := w.AskReset(t.Context(), handle, "x"); err != nil {
		t.Fatal(err)
	}
	var m int64
	if err := w.Store.Writer().NewRaw("SELECT max(id) FROM tokens WHERE purpose = 'reset-password' AND used_at = 0").Scan(t.Context(), &m); err != nil {
		t.Fatal(err)
	}
	if err := w.ResetPassword(t.Context(), w.LinkToken("reset-password", m), forumtest.Password); err != nil {
		t.Fatal(err)
	}
}

// TestLinkedLoginRaces: a reset and logins by the link at once leave nobody in.
func TestLinkedLoginRaces(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		w.Member("ann")
		ann, session := in(t, w, "ann")
		linked(t, w, ann, session)
		got := make([]string, 50)
		n := fifty(func(i int) error {
			if i == 25 {
				reset(t, w, "ann")
				return errors.New("not a login")
			}
			e, err := w.LogInLinked(context.WithoutCancel(t.Context()), elsewhere("ann"), "Firefox")
			got[i] = e.Session
			return err
		})
		for _, s := range got {
			if holder(t, w, s).Member != 0 {
				t.Errorf("of %d logins one outlives the reset", n)
			}
		}
	})
}
