package forum_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"peergroups/forum"
	"peergroups/forum/forumtest"
)

// registered registers and gives the link of the mail to confirm the address.
func registered(t *testing.T, w *forumtest.World, handle, password, email string) string {
	t.Helper()
	w.Effects.Take()
	if err := w.Register(t.Context(), forum.Registration{Handle: handle, Password: password, Name: handle, Email: email, Agreed: true}, handle); err != nil {
		t.Fatal(err)
	}
	for _, f := range w.Effects.Take() {
		if r, ok := f.(forum.MemberRegistered); ok {
			return w.LinkToken("confirm-address", r.Token)
		}
	}
	return ""
}

// TestNobodyLiesInWait: who registers somebody else's address, before or after its owner,
// never gets an account with it: the newest registration counts, and only its password opens it.
func TestNobodyLiesInWait(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		const address, hers, his = "vera@members.example", "her own long password", "his own long password"
		before := registered(t, w, "attacker", his, address)
		link := registered(t, w, "vera", hers, address)
		_, err := w.ConfirmAddress(t.Context(), before, hers, "")
		kind(t, "the link of the older registration", err, forum.Closed, "error.link-over")
		_, err = w.ConfirmAddress(t.Context(), link, his, "")
		kind(t, "with the other's password", err, forum.Invalid, "password: error.confirm-password")
		after := registered(t, w, "attacker2", his, address)
		_, err = w.ConfirmAddress(t.Context(), after, hers, "")
		kind(t, "his link, with her password", err, forum.Invalid, "error.confirm-password")
		w.Pass(25 * time.Hour) // her letter box takes three such mails a day
		link = registered(t, w, "vera", hers, address)
		session, err := w.ConfirmAddress(t.Context(), link, hers, "Firefox")
		if err != nil {
			t.Fatal(err)
		}
		if a, err := w.ActorOf(t.Context(), session); err != nil || a.Handle != "vera" {
			t.Errorf("signed in as %+v %v", a, err)
		}
		for _, login := range []string{"attacker", "attacker2", address} {
			_, err := w.LogIn(t.Context(), login, his, "", "1")
			kind(t, login, err, forum.Forbidden, "error.login")
		}
		if n := count(t, w, "SELECT count(*) FROM consents WHERE member_id = (SELECT id FROM members WHERE handle = 'vera')"); n != 1 {
			t.Errorf("%d consents, of which some are another's", n)
		}
	})
}

// TestTakenHandles: a handle that is taken is said before anything of the address is looked
// at, and what looks the same is the same.
func TestTakenHandles(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		w.Member("ana")
		for _, handle := range []string{"ana", "ANA", "аnа", "аna", "ana", "αnα"} { // Latin; with Cyrillic, fullwidth and Greek letters
			for _, email := range []string{"ana@members.example", "nobody@members.example"} {
				err := w.Register(t.Context(), forum.Registration{Handle: handle, Password: forumtest.Password, Name: "A", Email: email, Agreed: true}, email)
				if forum.KindOf(err) != forum.Invalid {
					t.Errorf("%q with %s: %v", handle, email, err)
				}
			}
		}
		for _, handle := range []string{"αθηνα", "анна", "ana-maria", "zoë", "אנה"} {
			if err := w.Register(t.Context(), forum.Registration{Handle: handle, Password: forumtest.Password, Name: "A", Email: fmt.Sprintf("%x@members.example", handle), Agreed: true}, handle); err != nil {
				t.Errorf("%q: %v", handle, err)
			}
		}
	})
}

// TestForget: who never confirmed is forgotten after two days, and the handle is free again.
func TestForget(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		kept := w.Member("kept")
		link := registered(t, w, "gone", forumtest.Password, "gone@members.example")
		w.Pass(47 * time.Hour)
		if err := w.Forget(t.Context()); err != nil {
			t.Fatal(err)
		}
		if n := count(t, w, "SELECT count(*) FROM members WHERE handle = 'gone'"); n != 1 {
			t.Error("forgotten too early")
		}
		w.Pass(2 * time.Hour)
		if err := w.Forget(t.Context()); err != nil {
			t.Fatal(err)
		}
		for _, table := range []string{"members WHERE handle = 'gone'", "consents WHERE member_id NOT IN (SELECT id FROM members)", "registrations WHERE member_id NOT IN (SELECT id FROM members)", "attempts"} {
			if n := count(t, w, "SELECT count(*) FROM "+table); n != 0 {
				t.Errorf("%d rows of %s are left", n, table)
			}
		}
		_, err := w.ConfirmAddress(t.Context(), link, forumtest.Password, "")
		kind(t, "the old link", err, forum.Closed, "error.link-over")
		if w.As(kept.Member).Member == 0 {
			t.Error("a member is forgotten")
		}
	})
}

// TestLoginDuringReset: who logs in with the old password while it is set anew has no
// session afterwards.
func TestLoginDuringReset(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		w.Member("ann")
		w.Effects.Take()
		if err := w.AskReset(t.Context(), "ann", "1"); err != nil {
			t.Fatal(err)
		}
		link := w.LinkToken("reset-password", w.Effects.Take()[0].(forum.ResetAsked).Token)
		var wg sync.WaitGroup
		for i := range 9 {
			wg.Go(func() { _, _ = w.LogIn(t.Context(), "ann", forumtest.Password, "", fmt.Sprint(i)) })
		}
		wg.Go(func() {
			if err := w.ResetPassword(t.Context(), link, "another long password"); err != nil {
				t.Error(err)
			}
		})
		wg.Wait()
		if n := count(t, w, "SELECT count(*) FROM sessions"); n != 0 {
			t.Errorf("%d sessions of the old password live on", n)
		}
	})
}

// TestGuessingLocksNobodyOut: wrong passwords from one place do not keep the member out who
// comes from another, and handle and address count together.
func TestGuessingLocksNobodyOut(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		w.Member("ann")
		for i := range 10 {
			_, err := w.LogIn(t.Context(), []string{"ann", "ann@members.example"}[i%2], "wrong", "", "evil")
			kind(t, "guess", err, forum.Forbidden, "error.login")
		}
		_, err := w.LogIn(t.Context(), "ann", "wrong", "", "evil")
		kind(t, "one more", err, forum.TooMany, "error.too-many")
		if _, err := w.LogIn(t.Context(), "ann", forumtest.Password, "", "home"); err != nil {
			t.Errorf("from home: %v", err)
		}
		var last error
		for i := range 120 {
			_, last = w.LogIn(t.Context(), "ann", "wrong", "", fmt.Sprint("net", i))
			if forum.KindOf(last) == forum.TooMany {
				break
			}
		}
		kind(t, "guessing from everywhere", last, forum.TooMany, "error.too-many")
	})
}

// TestAtOnce: of two who decide about the same membership at the same time one sees what the
// other did; a group is never left without an owner, and a ban holds.
func TestAtOnce(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		g, _, _ := w.Group("g", forum.PublicToRead, func(d *forum.GroupDraft) { d.Joining = forum.ByAsking })
		both := func(a, b func() error) (first, second error) {
			var wg sync.WaitGroup
			wg.Go(func() { first = a() })
			wg.Go(func() { second = b() })
			wg.Wait()
			return first, second
		}
		for i := range 12 {
			m, o := w.Member(fmt.Sprintf("m%d", i)), w.Member(fmt.Sprintf("o%d", i))
			if err := w.Invite(t.Context(), w.Admin, g.ID, m.Member); err != nil {
				t.Fatal(err)
			}
			banned, _ := both(func() error { return w.Ban(t.Context(), w.Admin, g.ID, m.Member, "x") }, func() error { return w.Join(t.Context(), m, g.ID) })
			if p, err := w.ReadGroup(t.Context(), m, "g"); err != nil || banned == nil && p.Had != forum.Banned {
				t.Errorf("banned, and stands as %v %v", p.Had, err)
			}
			if err := w.AskToJoin(t.Context(), o, g.ID, "x"); err != nil {
				t.Fatal(err)
			}
			let, _ := both(func() error { return w.Decide(t.Context(), w.Admin, g.ID, o.Member, true) }, func() error { return w.AskToJoin(t.Context(), o, g.ID, "y") })
			if p, err := w.ReadGroup(t.Context(), o, "g"); err != nil || let == nil && p.Had != forum.In {
				t.Errorf("let in, and stands as %v %v", p.Had, err)
			}
		}
		a, b := w.Member("alma"), w.Member("bert")
		w.Ready(g, a, b)
		for range 6 {
			for _, m := range []forum.Actor{a, b} {
				exec(t, w, "UPDATE memberships SET role = ? WHERE member_id = ?", forum.Owner, m.Member)
			}
			exec(t, w, "UPDATE memberships SET role = 0 WHERE member_id = ?", w.Admin.Member)
			_, _ = both(func() error { return w.Appoint(t.Context(), a, g.ID, b.Member, forum.Participant) }, func() error { return w.Appoint(t.Context(), b, g.ID, a.Member, forum.Participant) })
			if n := count(t, w, fmt.Sprintf("SELECT count(*) FROM memberships WHERE role = %d", forum.Owner)); n == 0 {
				t.Fatal("a group without an owner")
			}
		}
	})
}

// TestInvitingAnAddress: the moderators never learn whose an address is, nor whether it is
// anybody's, until the member comes in.
func TestInvitingAnAddress(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		g, _, _ := w.Group("inner", forum.Hidden)
		noor := w.Member("noor")
		w.Effects.Take()
		for _, address := range []string{"Noor@members.example", "nobody@members.example"} {
			for range 2 {
				if err := w.InviteByLogin(t.Context(), w.Admin, g.ID, address); err != nil {
					t.Fatal(err)
				}
			}
		}
		if facts := w.Effects.Take(); len(facts) != 1 {
			t.Errorf("mailed: %v", facts)
		}
		err := w.InviteByLogin(t.Context(), w.Admin, g.ID, "a@b@c.example")
		kind(t, "no address", err, forum.Invalid, "login: error.email")
		p, err := w.ReadManage(t.Context(), w.Admin, "inner")
		if err != nil || len(p.Members) != 1 || strings.Join(p.Invited, " ") != "Noor@members.example nobody@members.example" {
			t.Errorf("the roster: %+v %v %v", p.Members, p.Invited, err)
		}
		for _, l := range p.Log[:2] {
			if l.Act != "invite" || l.Object != "" || strings.Contains(l.Reason, "@") || l.Reason == "" { // the log keeps no address
				t.Errorf("the log: %+v", l)
			}
		}
		if err := w.Withdraw(t.Context(), w.Admin, g.ID, "noor@members.example"); err != nil {
			t.Fatal(err)
		}
		kind(t, "joining after it was withdrawn", w.Join(t.Context(), noor, g.ID), forum.NotFound, "error.not-found")
		if err := w.InviteByLogin(t.Context(), w.Admin, g.ID, "noor@members.example"); err != nil {
			t.Fatal(err)
		}
		if err := w.Join(t.Context(), noor, g.ID); err != nil {
			t.Fatal(err)
		}
		if p, err = w.ReadManage(t.Context(), w.Admin, "inner"); err != nil || len(p.Members) != 2 || len(p.Invited) != 1 {
			t.Errorf("when she is in: %+v %v %v", p.Members, p.Invited, err)
		}
	})
}

// TestLogChain: the log of two nodes whose clocks differ is one chain, and any entry that is
// changed, taken out, put in or cut off in the middle shows.
func TestLogChain(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		g, _, _ := w.Group("g", forum.MembersOnly)
		late := forum.New(w.Store, forum.Options{Now: func() time.Time { return w.Now().Add(-3 * time.Second) }})
		var wg sync.WaitGroup
		for i, node := range []*forum.Forum{w.Forum, late} {
			wg.Go(func() {
				for k := range 10 {
					if _, err := node.OpenRoom(t.Context(), w.Admin, g.ID, fmt.Sprintf("r%d-%d", i, k), forum.RoomDraft{Name: "R"}); err != nil {
						t.Error(err)
					}
				}
			})
		}
		wg.Wait()
		n := count(t, w, "SELECT count(*) FROM log_entries")
		if whole, broken, err := w.CheckLog(t.Context()); err != nil || whole != n || broken != 0 {
			t.Fatalf("%d of %d, broken at %d, %v", whole, n, broken, err)
		}
		exec(t, w, "UPDATE log_entries SET reason = 'forged' WHERE seq = 7")
		if whole, broken, err := w.CheckLog(t.Context()); err != nil || whole != 6 || broken != 7 {
			t.Errorf("a changed entry: %d, %d, %v", whole, broken, err)
		}
		exec(t, w, "DELETE FROM log_entries WHERE seq = 5")
		if whole, broken, err := w.CheckLog(t.Context()); err != nil || whole != 4 || broken != 5 {
			t.Errorf("one that was taken out: %d, %d, %v", whole, broken, err)
		}
	})
}

// TestRegistrationModes: where registration is by invitation, only invited addresses get a mail and nobody hears which; where
// it is closed, nobody does.
func TestRegistrationModes(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		ctx := t.Context()
		mode := func(m forum.Registering) error {
			o := forumtest.Organisation
			o.Registration = m
			return w.Describe(ctx, w.Admin, o)
		}
		register := func(handle string) error {
			return w.Register(ctx, forum.Registration{Handle: handle, Name: "New Person", Password: forumtest.Password, Email: handle + "@new.example", Zone: "UTC", Agreed: true}, "1.2.3."+handle)
		}
		members := func() int { return count(t, w, "SELECT count(*) FROM members") }
		kind(t, "a mode that is none", mode("maybe"), forum.Invalid, "org_registration")
		if err := mode(forum.ByInvitationOnly); err != nil {
			t.Fatal(err)
		}
		g, _, _ := w.Group("inner", forum.Hidden)
		if err := w.InviteByLogin(ctx, w.Admin, g.ID, "called@new.example"); err != nil {
			t.Fatal(err)
		}
		before := members()
		w.Effects.Take()
		if err := register("uncalled"); err != nil || members() != before || len(w.Effects.Take()) != 0 {
			t.Errorf("an address that was not invited: %v", err)
		}
		if err := register("called"); err != nil || members() != before+1 {
			t.Errorf("one that was: %v", err)
		}
		if err := mode(forum.ClosedRegistration); err != nil {
			t.Fatal(err)
		}
		kind(t, "closed", register("later"), forum.Closed, "error.registration-closed")
		if err := mode(forum.OpenRegistration); err != nil {
			t.Fatal(err)
		}
		if err := register("later"); err != nil || members() != before+2 {
			t.Errorf("opened again: %v", err)
		}
	})
}

// TestWhatWasAgreedTo: with a registration the words of the terms are kept as they were shown, once for all who agreed
// to the same, and the consent names them (P25); the member takes them along.
func TestWhatWasAgreedTo(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		ctx := t.Context()
		for handle, terms := range map[string]string{"one": "canary of the terms", "two": "canary of the terms", "three": "other terms"} {
			r := forum.Registration{Handle: handle, Name: handle, Password: forumtest.Password, Email: handle + "@members.example", Zone: "UTC", Agreed: true, Terms: terms}
			if err := w.Register(ctx, r, handle); err != nil {
				t.Fatal(err)
			}
		}
		if n := count(t, w, "SELECT count(*) FROM wordings"); n != 2 {
			t.Errorf("%d wordings", n)
		}
		if n := count(t, w, "SELECT count(*) FROM consents c JOIN wordings y ON y.hash = c.wording JOIN members m ON m.id = c.member_id WHERE (m.handle = 'three') = (y.words = 'other terms') AND c.given_at > 0 AND c.version <> ''"); n != 3 {
			t.Errorf("%d consents name their words", n)
		}
		exec(t, w, "UPDATE members SET standing = ? WHERE handle = 'one'", forum.Active)
		_, session := in(t, w, "one")
		if d := take(t, w, session); len(d.rows("consents")) != 1 || d.rows("consents")[0]["words"] != "canary of the terms" {
			t.Errorf("taken along: %v", d.rows("consents"))
		}
	})
}

// TestNoAnswerTellsWhoIsThere: what becomes of a user ID that was asked for is the same whether its address is a member's,
// is not invited, or is nobody's; and a taken one is told before anything of the address is looked at.
func TestNoAnswerTellsWhoIsThere(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		ctx := t.Context()
		w.Member("boss")
		w.Pass(25 * time.Hour) // their own registration is one of the mails of a day
		ask := func(handle, address string) string {
			err := w.Register(ctx, forum.Registration{Handle: handle, Name: "N", Password: forumtest.Password, Email: address, Zone: "UTC", Agreed: true}, handle+address)
			if err == nil {
				return "fine"
			}
			return err.Error()
		}
		// The same steps for an address, with user IDs of its own: what is seen must not differ.
		steps := func(mark, address string) (seen []string) {
			for i, s := range [][2]string{{"a", address}, {"a", mark + "x@else.example"}, {"a", address}, {"b", address}, {"a", mark + "y@else.example"}, {"b", mark + "z@else.example"},
				{"c", address}, {"c", mark + "v@else.example"}, {"d", address}, {"d", mark + "u@else.example"}, {"boss", address}} {
				handle := mark + s[0]
				if s[0] == "boss" {
					handle = "boss"
				}
				seen = append(seen, fmt.Sprint(i, " ", ask(handle, s[1])))
			}
			return seen
		}
		unknown := steps("n", "nobody@members.example")
		if member := steps("m", "boss@members.example"); !slices.Equal(member, unknown) {
			t.Errorf("a member's address:\n%s\nnobody's:\n%s", strings.Join(member, "\n"), strings.Join(unknown, "\n"))
		}
		w.Pass(49 * time.Hour)
		must := func(err error) {
			if t.Helper(); err != nil {
				t.Fatal(err)
			}
		}
		must(w.Forget(ctx))
		o, err := w.ReadOrganisation(ctx)
		must(err)
		o.Registration = forum.ByInvitationOnly
		must(w.Describe(ctx, w.Admin, o))
		g, _, _ := w.Group("inner", forum.Hidden)
		must(w.InviteByLogin(ctx, w.Admin, g.ID, "invited@members.example"))
		invited := steps("i", "invited@members.example")
		if stranger := steps("s", "stranger@members.example"); !slices.Equal(stranger, invited) {
			t.Errorf("by invitation, a stranger's address:\n%s\nan invited one:\n%s", strings.Join(stranger, "\n"), strings.Join(invited, "\n"))
		}
	})
}

// TestMistypedAddress: who registered has the mail sent again a few times, and registers with another address under the same user
// ID: the first gives way, for an address that is a member's as for one that is nobody's. A later registration of that address
// stays, as does one of another user ID, and anybody's that was confirmed.
func TestMistypedAddress(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		ctx := t.Context()
		w.Member("boss")
		w.Pass(25 * time.Hour)
		ask := func(handle, address, instead string) error {
			return w.Register(ctx, forum.Registration{Handle: handle, Name: "N", Password: forumtest.Password, Email: address, Zone: "UTC", Agreed: true, Instead: instead}, handle+address)
		}
		must := func(err error) {
			if t.Helper(); err != nil {
				t.Fatal(err)
			}
		}
		for handle, typo := range map[string]string{"one": "typo@members.example", "two": "boss@members.example"} {
			must(ask(handle, typo, ""))
			token := w.RegisteredToken(typo)
			kind(t, "without the token", ask(handle, "right-"+handle+"@members.example", ""), forum.Invalid, "handle: error.handle-taken")
			w.Pass(time.Second)
			must(ask(handle, "right-"+handle+"@members.example", token))
			if n := count(t, w, "SELECT count(*) FROM members WHERE handle = ?", handle); n != 1 {
				t.Errorf("%d have the user ID", n)
			}
			if n := count(t, w, "SELECT count(*) FROM members WHERE email = ? AND email <> 'boss@members.example'", typo); n != 0 {
				t.Error("the mistyped registration is there still")
			}
		}
		if n := count(t, w, "SELECT count(*) FROM consents WHERE member_id NOT IN (SELECT id FROM members)"); n != 0 {
			t.Errorf("%d consents of nobody", n)
		}
		must(ask("three", "three@members.example", ""))
		token := w.RegisteredToken("three@members.example")
		w.Pass(time.Minute)
		must(ask("three", "three@members.example", "")) // anew, by whoever it was
		kind(t, "one that was made anew since", ask("three", "thief@members.example", token), forum.Invalid, "handle: error.handle-taken")
		must(ask("other", "thief2@members.example", w.RegisteredToken("three@members.example")))
		if n := count(t, w, "SELECT count(*) FROM members WHERE handle IN ('three', 'other', 'boss')"); n != 3 {
			t.Errorf("%d of three are there", n)
		}
		kind(t, "confirmed", ask("boss", "thief3@members.example", w.RegisteredToken("boss@members.example")), forum.Invalid, "handle: error.handle-taken")

		w.Effects.Take()
		must(ask("four", "four@members.example", ""))
		for range 5 {
			must(w.ResendConfirmation(ctx, w.RegisteredToken("four@members.example"), "home"))
			must(w.ResendConfirmation(ctx, w.RegisteredToken("nobody@members.example"), "home2"))
			must(w.ResendConfirmation(ctx, w.RegisteredToken("boss@members.example"), "home3"))
		}
		if facts := w.Effects.Take(); len(facts) != 3 {
			t.Errorf("mailed: %v", facts)
		}
		kind(t, "a forged token", w.ResendConfirmation(ctx, "x", "home"), forum.Closed, "error.link-over")
		old := w.RegisteredToken("four@members.example")
		w.Pass(49 * time.Hour)
		kind(t, "after two days", w.ResendConfirmation(ctx, old, "home"), forum.Closed, "error.link-over")
	})
}
