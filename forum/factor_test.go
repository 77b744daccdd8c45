package forum_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"peergroups/forum"
	"peergroups/forum/forumtest"
)

// phone is somebody's authenticator app.
type phone struct {
	w      *forumtest.World
	secret string
}

// code is what the app shows at the moment, shifted by whole steps.
func (p phone) code(t *testing.T, steps int) string {
	t.Helper()
	c, err := totp.GenerateCode(p.secret, p.w.Now().Add(time.Duration(steps)*30*time.Second))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// own is how somebody changes their own account in a session.
func own(session string) forum.Own {
	return forum.Own{Session: session, Password: forumtest.Password, Source: "home"}
}

// in logs somebody in by password alone.
func in(t *testing.T, w *forumtest.World, handle string) (forum.Actor, string) {
	t.Helper()
	e, err := w.LogIn(t.Context(), handle, forumtest.Password, "Firefox", handle+" at home")
	if err != nil || e.Session == "" {
		t.Fatalf("%s logs in: %+v %v", handle, e, err)
	}
	return holder(t, w, e.Session), e.Session
}

// holder is who holds a session.
func holder(t *testing.T, w *forumtest.World, session string) forum.Actor {
	t.Helper()
	a, err := w.ActorOf(t.Context(), session)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// setUp gives somebody an authenticator app: their session is a strong one after it.
func setUp(t *testing.T, w *forumtest.World, handle string) (forum.Actor, string, phone, []string) {
	t.Helper()
	a, session := in(t, w, handle)
	s, err := w.BeginApp(t.Context(), a, own(session))
	if err != nil {
		t.Fatal(err)
	}
	p := phone{w, s.Secret}
	out, err := w.AddApp(t.Context(), a, session, s.Asked, p.code(t, 0))
	if err != nil {
		t.Fatal(err)
	}
	w.Pass(30 * time.Second)
	return holder(t, w, out.Session), out.Session, p, out.Codes
}

// second is the second step of a login, by a code.
func second(t *testing.T, w *forumtest.World, step, code string) (string, error) {
	t.Helper()
	return w.LogInSecond(t.Context(), step, forum.Proof{Code: code}, "Firefox", "home")
}

func step(t *testing.T, w *forumtest.World, handle string) string {
	t.Helper()
	e, err := w.LogIn(t.Context(), handle, forumtest.Password, "Firefox", "home")
	if err != nil || e.Step == "" || e.Session != "" {
		t.Fatalf("%s gets %+v %v", handle, e, err)
	}
	return e.Step
}

// noted are the mails about accounts that were queued since the last call.
func noted(w *forumtest.World) (out []string) {
	for _, f := range w.Effects.Take() {
		if n, ok := f.(forum.AccountNoted); ok {
			out = append(out, strings.TrimPrefix(n.Note, "note."))
		}
	}
	slices.Sort(out)
	return out
}

// TestSettingUpAnApp: only with the password, only by a right first code, in the session that
// asked and within ten minutes; nothing stands in clear in the store, every other session ends,
// and the member is told.
func TestSettingUpAnApp(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		w.Member("ann")
		w.Member("bob")
		ann, session := in(t, w, "ann")
		_, other := in(t, w, "ann")
		bob, his := in(t, w, "bob")
		for what, o := range map[string]forum.Own{"wrong": {Session: session, Password: "wrong password"}, "none": {Session: session}, "a megabyte": {Session: session, Password: strings.Repeat("a", 1<<20)}} {
			_, err := w.BeginApp(t.Context(), ann, o)
			kind(t, what+" password", err, forum.Invalid, "password: error.own-password")
		}
		_, err := w.BeginApp(t.Context(), ann, own("no session"))
		kind(t, "without a session", err, forum.Forbidden, "error.sign-in-first")
		_, err = w.BeginApp(t.Context(), ann, own(his))
		kind(t, "in another's session", err, forum.Forbidden, "error.sign-in-first")
		s, err := w.BeginApp(t.Context(), ann, own(session))
		if err != nil || len(s.Secret) != 32 || !strings.HasPrefix(s.Link, "otpauth://totp/Chamber%20of%20Mediators:ann?") || !strings.Contains(s.Link, "secret="+s.Secret) {
			t.Fatalf("%+v %v", s, err)
		}
		p := phone{w, s.Secret}
		if again, err := w.ReadSetUp(t.Context(), ann, session, s.Asked); err != nil || again != s {
			t.Errorf("shown again: %+v %v", again, err)
		}
		_, err = w.ReadSetUp(t.Context(), bob, his, s.Asked)
		kind(t, "shown to another session", err, forum.Closed, "error.set-up-over")
		_, err = w.AddApp(t.Context(), bob, his, s.Asked, p.code(t, 0))
		kind(t, "used by another", err, forum.Closed, "error.set-up-over")
		_, err = w.AddApp(t.Context(), bob, session, s.Asked, p.code(t, 0))
		kind(t, "in the session of another", err, forum.Forbidden, "error.sign-in-first")
		for _, code := range []string{"", "000", "abcdef", p.code(t, 3), p.code(t, -3), strings.Repeat("1", 1<<20)} {
			_, err = w.AddApp(t.Context(), ann, session, s.Asked, code)
			kind(t, "a wrong code", err, forum.Invalid, "code: error.code")
		}
		if f, err := w.ReadFactors(t.Context(), ann); err != nil || f.Has() || f.Codes != 0 {
			t.Errorf("before the first right code: %+v %v", f, err)
		}
		if e, err := w.LogIn(t.Context(), "ann", forumtest.Password, "", "x"); err != nil || e.Session == "" {
			t.Errorf("before the first right code a login gets %+v %v", e, err)
		}
		w.Effects.Take()
		out, err := w.AddApp(t.Context(), ann, session, s.Asked, p.code(t, 0))
		if err != nil || len(out.Codes) != 10 {
			t.Fatalf("%+v %v", out, err)
		}
		if got := noted(w); !slices.Equal(got, []string{"factor-added"}) {
			t.Errorf("told %v", got)
		}
		for _, old := range []string{session, other} {
			if a := holder(t, w, old); a.Member != 0 {
				t.Error("an older session goes on")
			}
		}
		if a := holder(t, w, out.Session); a.Member != ann.Member || !a.Strong {
			t.Errorf("the session is %+v", a)
		}
		_, err = w.AddApp(t.Context(), ann, session, s.Asked, p.code(t, 1))
		kind(t, "once more", err, forum.Forbidden, "error.sign-in-first")
		var stored []string
		for _, column := range []string{"secret FROM authenticators", "hash FROM recovery_codes"} {
			var some []string
			if err := w.Store.Writer().NewRaw("SELECT "+column).Scan(t.Context(), &some); err != nil || len(some) == 0 {
				t.Fatal(some, err)
			}
			stored = append(stored, some...)
		}
		for _, secret := range append(out.Codes, s.Secret) {
			if strings.Contains(strings.ToLower(strings.Join(stored, " ")), strings.ToLower(strings.ReplaceAll(secret, "-", ""))) {
				t.Error("a secret stands in the store")
			}
		}

		late, err := w.BeginApp(t.Context(), holder(t, w, out.Session), own(out.Session))
		if err != nil {
			t.Fatal(err)
		}
		w.Pass(10*time.Minute - 2*time.Second)
		if _, err = w.ReadSetUp(t.Context(), ann, out.Session, late.Asked); err != nil {
			t.Error(err)
		}
		w.Pass(3 * time.Second)
		_, err = w.AddApp(t.Context(), ann, out.Session, late.Asked, phone{w, late.Secret}.code(t, 0))
		kind(t, "after ten minutes", err, forum.Closed, "error.set-up-over")
	})
}

// TestSecondStep: a password alone opens nothing; a code counts once, from one step before to
// one after, and never after a later one; a step takes five tries within ten minutes, and is its
// own member's; a new password ends it.
func TestSecondStep(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		w.Member("ann")
		w.Member("bob")
		_, _, p, codes := setUp(t, w, "ann")
		_, _, his, _ := setUp(t, w, "bob")
		w.Pass(time.Minute)

		first := step(t, w, "ann")
		if a := holder(t, w, first); a.Member != 0 {
			t.Error("the step's token is a session")
		}
		for _, code := range []string{"", p.code(t, -3), p.code(t, 3), his.code(t, 0)} {
			_, err := second(t, w, first, code)
			kind(t, "a wrong code", err, forum.Invalid, "code: error.code")
		}
		now := p.code(t, 0)
		session, err := second(t, w, first, " "+now[:3]+" "+now[3:])
		if a := holder(t, w, session); err != nil || a.Handle != "ann" || !a.Strong {
			t.Errorf("the right one: %+v %v", a, err)
		}
		_, err = second(t, w, first, p.code(t, 1))
		kind(t, "a used step", err, forum.Closed, "error.step-over")
		again := step(t, w, "ann")
		_, err = second(t, w, again, now)
		kind(t, "the same code again", err, forum.Invalid, "code: error.code")
		_, err = second(t, w, again, p.code(t, -1))
		kind(t, "an older code", err, forum.Invalid, "code: error.code")
		if _, err = second(t, w, again, p.code(t, 1)); err != nil {
			t.Errorf("the next one: %v", err)
		}
		w.Pass(16 * time.Minute)

		tired := step(t, w, "ann")
		for range 5 {
			_, err = second(t, w, tired, "000000")
			kind(t, "a wrong code", err, forum.Invalid, "code: error.code")
		}
		_, err = second(t, w, tired, p.code(t, 0))
		kind(t, "the sixth try", err, forum.Closed, "error.step-over")
		kind(t, "its page", w.FindStep(t.Context(), tired), forum.Closed, "error.step-over")
		kind(t, "no step", w.FindStep(t.Context(), ""), forum.Closed, "error.step-over")
		w.Pass(16 * time.Minute)

		slow := step(t, w, "ann")
		w.Pass(10*time.Minute - time.Second)
		if err := w.FindStep(t.Context(), slow); err != nil {
			t.Error(err)
		}
		w.Pass(2 * time.Second)
		_, err = second(t, w, slow, p.code(t, 0))
		kind(t, "after ten minutes", err, forum.Closed, "error.step-over")

		open := step(t, w, "ann")
		if err := w.AskReset(t.Context(), "ann", "x"); err != nil {
			t.Fatal(err)
		}
		for _, f := range w.Effects.Take() {
			if r, ok := f.(forum.ResetAsked); ok {
				if err := w.ResetPassword(t.Context(), w.LinkToken("reset-password", r.Token), forumtest.Password); err != nil {
					t.Fatal(err)
				}
			}
		}
		_, err = second(t, w, open, p.code(t, 0))
		kind(t, "after a new password", err, forum.Closed, "error.step-over")

		// A recovery code counts once, and is told.
		w.Effects.Take()
		lost := step(t, w, "ann")
		_, err = second(t, w, step(t, w, "bob"), codes[0])
		kind(t, "another's recovery code", err, forum.Invalid, "code: error.code")
		if _, err = second(t, w, lost, strings.ToUpper(codes[0])); err != nil {
			t.Error(err)
		}
		if got := noted(w); !slices.Equal(got, []string{"code-used"}) {
			t.Errorf("told %v", got)
		}
		_, err = second(t, w, step(t, w, "ann"), codes[0])
		kind(t, "again", err, forum.Invalid, "code: error.code")
		if f, err := w.ReadFactors(t.Context(), w.As(memberOf(t, w, "ann"))); err != nil || f.Codes != 9 {
			t.Errorf("%+v %v", f, err)
		}
	})
}

func memberOf(t *testing.T, w *forumtest.World, login string) forum.MemberID {
	t.Helper()
	m, err := w.MemberByLogin(t.Context(), login)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// fifty runs something fifty times at once and tells how often it went well.
func fifty(do func(n int) error) int {
	var good atomic.Int64
	var wg sync.WaitGroup
	for i := range 50 {
		wg.Go(func() {
			if do(i) == nil {
				good.Add(1)
			}
		})
	}
	wg.Wait()
	return int(good.Load())
}

// TestFactorsRace: of fifty at once with the same code one gets in; fifty wrong ones at once
// slip through no limit.
func TestFactorsRace(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		w.Member("ann")
		_, _, p, codes := setUp(t, w, "ann")
		w.Pass(time.Hour)
		steps := make([]string, 4)
		for i := range steps {
			steps[i] = step(t, w, "ann")
		}
		code := p.code(t, 0)
		if n := fifty(func(i int) error { _, err := second(t, w, steps[i%4], code); return err }); n != 1 {
			t.Errorf("%d got in by one code", n)
		}
		w.Pass(time.Hour)
		for i := range steps {
			steps[i] = step(t, w, "ann")
		}
		if n := fifty(func(i int) error { _, err := second(t, w, steps[i%4], codes[0]); return err }); n != 1 {
			t.Errorf("%d got in by one recovery code", n)
		}
		w.Pass(time.Hour)
		for i := range steps {
			steps[i] = step(t, w, "ann")
		}
		var tried, refused atomic.Int64
		fifty(func(i int) error {
			_, err := second(t, w, steps[i%4], fmt.Sprintf("%06d", i))
			switch forum.KindOf(err) {
			case forum.Invalid:
				tried.Add(1)
			case forum.TooMany, forum.Closed:
				refused.Add(1)
			}
			return err
		})
		if tried.Load() > 10 || tried.Load()+refused.Load() != 50 {
			t.Errorf("%d codes were tried at once, %d refused", tried.Load(), refused.Load())
		}
		w.Pass(14 * time.Minute)
		_, err := second(t, w, step(t, w, "ann"), p.code(t, 0))
		kind(t, "within the quarter of an hour", err, forum.TooMany, "error.too-many")
		w.Pass(2 * time.Minute)
		if _, err := second(t, w, step(t, w, "ann"), p.code(t, 0)); err != nil {
			t.Error(err)
		}
	})
}

// TestFactorDuringLogin: a password that is compared while a factor is set up opens no session
// that lasts.
func TestFactorDuringLogin(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		w.Member("ann")
		ann, session := in(t, w, "ann")
		s, err := w.BeginApp(t.Context(), ann, own(session))
		if err != nil {
			t.Fatal(err)
		}
		code := phone{w, s.Secret}.code(t, 0)
		var wg sync.WaitGroup
		for i := range 20 {
			wg.Go(func() {
				if i == 10 {
					if _, err := w.AddApp(t.Context(), ann, session, s.Asked, code); err != nil {
						t.Error(err)
					}
					return
				}
				if _, err := w.LogIn(t.Context(), "ann", forumtest.Password, "", fmt.Sprint("net", i)); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		all, err := w.Sessions(t.Context(), ann)
		if err != nil || len(all) != 1 {
			t.Errorf("%d sessions are there %v", len(all), err)
		}
	})
}

// TestTriesOfOneSource: who tries proofs of many members is stopped by where they come from, and
// nobody else is.
func TestTriesOfOneSource(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		w.Member("ann")
		ann, session := in(t, w, "ann")
		junk := forum.Proof{Passkey: forum.PasskeyAnswer{Response: "{}"}}
		for range 2 {
			fifty(func(int) error {
				_, err := w.Prove(t.Context(), ann, session, junk, "evil")
				return err
			})
		}
		for i := range 60 {
			_, err := w.Prove(t.Context(), ann, session, junk, fmt.Sprint("net", i%2))
			if forum.KindOf(err) == forum.TooMany {
				t.Fatalf("another source is stopped after %d", i)
			}
		}
		_, err := w.Prove(t.Context(), ann, session, junk, "evil")
		kind(t, "after a hundred tries at once", err, forum.TooMany, "error.too-many")
	})
}

// TestChangingFactors: each change asks for the password, and in a session without the factor
// for that first; it ends the other sessions and is told by mail.
func TestChangingFactors(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		w.Member("ann")
		ann, session, p, codes := setUp(t, w, "ann")
		w.Pass(time.Minute)
		weak := ann // as a computer that stays logged in has it
		weak.Strong = false
		changes := map[string]func(a forum.Actor, o forum.Own) error{
			"begin": func(a forum.Actor, o forum.Own) error { _, err := w.BeginApp(t.Context(), a, o); return err },
			"codes": func(a forum.Actor, o forum.Own) error { _, err := w.RenewCodes(t.Context(), a, o); return err },
			"app":   func(a forum.Actor, o forum.Own) error { return w.RemoveApp(t.Context(), a, o) },
		}
		for what, change := range changes {
			kind(t, what+" by a visitor", change(forum.Actor{}, own(session)), forum.Forbidden, "error.sign-in-first")
			kind(t, what+" without the factor", change(weak, own(session)), forum.Forbidden, "error.prove-first")
			kind(t, what+" with a wrong password", change(ann, forum.Own{Session: session, Password: "wrong", Source: what}), forum.Invalid, "password: error.own-password")
		}
		other, err := second(t, w, step(t, w, "ann"), p.code(t, 0))
		if err != nil {
			t.Fatal(err)
		}
		w.Effects.Take()
		w.Pass(16 * time.Minute)
		fresh, err := w.RenewCodes(t.Context(), ann, own(session))
		if err != nil || len(fresh) != 10 || slices.Contains(fresh, codes[0]) {
			t.Fatalf("%v %v", fresh, err)
		}
		if got := noted(w); !slices.Equal(got, []string{"codes-made"}) {
			t.Errorf("told %v", got)
		}
		if holder(t, w, other).Member != 0 || holder(t, w, session).Member == 0 {
			t.Error("the other session goes on, or this one ended")
		}
		_, err = second(t, w, step(t, w, "ann"), codes[1])
		kind(t, "an old recovery code", err, forum.Invalid, "code: error.code")
		if err := w.RemoveApp(t.Context(), ann, own(session)); err != nil {
			t.Fatal(err)
		}
		if got := noted(w); !slices.Equal(got, []string{"factor-removed"}) {
			t.Errorf("told %v", got)
		}
		if a := holder(t, w, session); a.Member == 0 || a.Strong {
			t.Errorf("without a factor the session is %+v", a)
		}
		if f, err := w.ReadFactors(t.Context(), ann); err != nil || f.Has() || f.Codes != 0 {
			t.Errorf("%+v %v", f, err)
		}
		kind(t, "removed again", w.RemoveApp(t.Context(), ann, own(session)), forum.NotFound, "error.not-found")
		_, err = w.RenewCodes(t.Context(), ann, own(session))
		kind(t, "codes for nothing", err, forum.NotFound, "error.not-found")
		for range 12 {
			err = w.RemoveApp(t.Context(), ann, forum.Own{Session: session, Password: "guess", Source: "y"})
		}
		kind(t, "guessing the password", err, forum.TooMany, "error.too-many")
	})
}

// TestStaffNeedASecondFactor: a role is of no effect in a session begun by password alone, on
// each staff verb; it counts once the factor is set up or shown, and sleeps again without.
func TestStaffNeedASecondFactor(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		admin, session := in(t, w, "admin")
		if len(admin.Roles) != 0 || len(admin.Dormant) != 3 || admin.Strong {
			t.Fatalf("a password gives %+v", admin)
		}
		whom := w.Member("whom").Member
		doors := func(a forum.Actor) map[string]error {
			out := map[string]error{}
			_, out["create group"] = w.CreateGroup(t.Context(), a, forum.GroupDraft{Slug: "another", Name: "Another"})
			_, out["certify"] = w.Certify(t.Context(), a, whom, forum.At(w.Now().AddDate(1, 0, 0)))
			out["grant"] = w.Grant(t.Context(), a, whom, forum.Reviewer)
			_, out["staff"] = w.ReadStaff(t.Context(), a)
			_, out["adopt"] = w.Adopt(t.Context(), a, nil)
			out["describe"] = w.Describe(t.Context(), a, forumtest.Organisation)
			_, out["applications"] = w.Queue(t.Context(), a)
			_, out["openings"] = w.ReadStaffOpenings(t.Context(), a)
			return out
		}
		for what, err := range doors(admin) {
			kind(t, what, err, forum.Forbidden, "error.second-factor")
		}
		_, err := w.Deliveries(t.Context(), admin, true, 0, 10)
		kind(t, "the outbox", err, forum.Forbidden, "error.administrators-only")
		s, err := w.BeginApp(t.Context(), admin, own(session))
		if err != nil {
			t.Fatal(err)
		}
		p := phone{w, s.Secret}
		out, err := w.AddApp(t.Context(), admin, session, s.Asked, p.code(t, 0))
		if err != nil {
			t.Fatal(err)
		}
		strong := holder(t, w, out.Session)
		for what, err := range doors(strong) {
			if err != nil {
				t.Errorf("%s with the factor: %v", what, err)
			}
		}

		// A session that is not strong becomes one by showing the factor; the old token is over.
		exec(t, w, "UPDATE sessions SET strong = 0")
		weak := holder(t, w, out.Session)
		w.Pass(time.Minute)
		_, err = w.Prove(t.Context(), weak, out.Session, forum.Proof{Code: "123456"}, "home")
		kind(t, "a wrong code", err, forum.Invalid, "code: error.code")
		_, err = w.Prove(t.Context(), forum.Actor{}, out.Session, forum.Proof{Code: p.code(t, 0)}, "home")
		kind(t, "a visitor", err, forum.Forbidden, "error.sign-in-first")
		_, other := in(t, w, "whom")
		_, err = w.Prove(t.Context(), weak, other, forum.Proof{Code: p.code(t, 0)}, "home")
		kind(t, "for another's session", err, forum.Forbidden, "error.sign-in-first")
		w.Effects.Take()
		fresh, err := w.Prove(t.Context(), weak, out.Session, forum.Proof{Code: p.code(t, 0)}, "home")
		if a := holder(t, w, fresh); err != nil || !a.Has(forum.Administrator) || holder(t, w, out.Session).Member != 0 {
			t.Errorf("shown: %+v %v", a, err)
		}
		if facts := w.Effects.Take(); len(facts) != 1 || facts[0] != (forum.SessionsEnded{Member: weak.Member}) {
			t.Errorf("open pages are told %v", facts)
		}
		if err := w.RemoveApp(t.Context(), holder(t, w, fresh), own(fresh)); err != nil {
			t.Fatal(err)
		}
		if a := holder(t, w, fresh); a.Has(forum.Administrator) || len(a.Dormant) != 3 {
			t.Errorf("without it: %+v", a)
		}

		lax := forum.New(w.Store, forum.Options{Now: w.Now, Lax: true})
		if a, err := lax.ActorOf(t.Context(), fresh); err != nil || !a.Has(forum.Administrator) {
			t.Errorf("where it is not asked for: %+v %v", a, err)
		}
	})
}

// TestTakingFactors: an administrator of seven days takes away what another member lost, with
// a reason; never their own. The member and all administrators are told, and every session ends.
func TestTakingFactors(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		w.Member("bob")
		bob, _, _, _ := setUp(t, w, "bob")
		const reason = "The phone was lost, and the codes with it."
		kind(t, "by a member", w.TakeFactors(t.Context(), w.Member("eve"), bob.Member, reason), forum.Forbidden, "error.administrators-only")
		kind(t, "by themself", w.TakeFactors(t.Context(), w.Admin, w.Admin.Member, reason), forum.Forbidden, "error.not-yourself")
		kind(t, "a role of a day", w.TakeFactors(t.Context(), w.Admin, bob.Member, reason), forum.Forbidden, "error.role-too-new-alone")
		w.Pass(7*24*time.Hour + time.Second)
		second := w.Member("second")
		session := strongSession(t, w, "bob")
		if err := w.Grant(t.Context(), w.Admin, second.Member, forum.Administrator); err != nil {
			t.Fatal(err)
		}
		kind(t, "the new one", w.TakeFactors(t.Context(), w.As(second.Member), bob.Member, reason), forum.Forbidden, "error.role-too-new-alone")
		kind(t, "without a reason", w.TakeFactors(t.Context(), w.Admin, bob.Member, "  "), forum.Invalid, "reason: error.reason-short")
		kind(t, "of who has none", w.TakeFactors(t.Context(), w.Admin, second.Member, reason), forum.NotFound, "error.not-found")
		kind(t, "of nobody", w.TakeFactorsByLogin(t.Context(), w.Admin, "nobody", reason), forum.Invalid, "factor_login: error.no-such-factors")
		kind(t, "by a member, who hears not whom there is", w.TakeFactorsByLogin(t.Context(), w.Member("mel"), "nobody-there", reason), forum.Forbidden, "error.administrators-only")
		w.Effects.Take()
		if err := w.TakeFactorsByLogin(t.Context(), w.Admin, "bob", reason); err != nil {
			t.Fatal(err)
		}
		var entry int64
		for _, f := range w.Effects.Take() {
			if n, ok := f.(forum.AccountNoted); ok {
				entry = n.Ref
			}
		}
		var told []string
		if err := w.Store.Writer().NewRaw("SELECT d.kind || ' ' || m.handle FROM deliveries d JOIN members m ON m.id = d.member_id WHERE d.ref = ? ORDER BY 1", entry).Scan(t.Context(), &told); err != nil ||
			!slices.Equal(told, []string{"note.factors-taken bob", "note.factors-taken-of admin", "note.factors-taken-of second"}) {
			t.Errorf("told %v %v", told, err)
		}
		for who, may := range map[*forum.Actor]bool{&bob: true, &w.Admin: true, {}: false} {
			taken, err := w.ReadTaken(t.Context(), *who, entry)
			if may && (err != nil || taken != forum.Taken{Whom: "Bob Test", By: "Admin Test", Reason: reason}) || !may && forum.KindOf(err) != forum.NotFound {
				t.Errorf("%q reads %+v %v", who.Handle, taken, err)
			}
		}
		_, err := w.ReadTaken(t.Context(), w.As(memberOf(t, w, "eve")), entry)
		kind(t, "another member reads", err, forum.NotFound, "error.not-found")
		if holder(t, w, session).Member != 0 {
			t.Error("a session goes on")
		}
		if a, _ := in(t, w, "bob"); a.Member != bob.Member {
			t.Error("they cannot get in by their password")
		}
	})
}

// strongSession begins a session as if the factor had been shown.
func strongSession(t *testing.T, w *forumtest.World, handle string) string {
	t.Helper()
	token := handle + " strong"
	exec(t, w, "INSERT INTO sessions (hash, member_id, device, created_at, seen_at, expires_at, strong) VALUES (?, ?, '', ?, ?, ?, 1)",
		forum.SessionID(token), memberOf(t, w, handle), forum.At(w.Now()), forum.At(w.Now()), forum.At(w.Now().Add(time.Hour)))
	return token
}

// TestMailsForStaff: what one of the staff is mailed for their role they open in a strong session, as the role itself; their own
// mails in any.
func TestMailsForStaff(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		ctx := t.Context()
		boss := w.Member("boss")
		if err := w.Grant(ctx, w.Admin, boss.Member, forum.Administrator); err != nil {
			t.Fatal(err)
		}
		if err := w.Grant(ctx, w.Admin, w.Member("other").Member, forum.Reviewer); err != nil {
			t.Fatal(err)
		}
		opens := func(by forum.Actor) map[string]bool {
			rows, err := w.Deliveries(ctx, by, false, 0, 100)
			if err != nil {
				t.Fatal(err)
			}
			out := map[string]bool{}
			for _, r := range rows {
				out[r.Kind] = r.MayOpen
			}
			return out
		}
		weak, _ := in(t, w, "boss")
		if got := opens(weak); len(weak.Dormant) == 0 || got["note.role-given-of"] || !got["note.role-given"] || len(got) != 3 {
			t.Errorf("in a weak session: %v", got)
		}
		if got := opens(w.As(boss.Member)); !got["note.role-given-of"] {
			t.Errorf("in a strong one: %v", got)
		}
	})
}
