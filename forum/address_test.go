package forum_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"peergroups/forum"
	"peergroups/forum/forumtest"
)

// linkOf gives the link of the newest mail of a kind about an account, and to which address it goes.
func linkOf(t *testing.T, w *forumtest.World, stem, purpose string, m forum.MemberID) (link, to string) {
	t.Helper()
	for _, f := range w.Effects.Take() {
		if n, ok := f.(forum.AccountNoted); ok && n.Note == "note."+stem {
			r, err := w.ReadRecipient(t.Context(), forum.Mailing{Kind: n.Note, Ref: n.Ref}, m)
			if err != nil {
				t.Fatal(err)
			}
			link, to = w.LinkToken(purpose, n.Ref), r.Email
		}
	}
	return link, to
}

// TestChangingAPassword: the old one is asked for; every other session, computer and link that
// was asked for ends, and the member is told.
func TestChangingAPassword(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		w.Member("ann")
		ann, session := in(t, w, "ann")
		_, other := in(t, w, "ann")
		computer, err := w.RememberComputer(t.Context(), other, "Firefox")
		if err != nil {
			t.Fatal(err)
		}
		w.Effects.Take()
		if err := w.AskReset(t.Context(), "ann", "x"); err != nil {
			t.Fatal(err)
		}
		reset := w.LinkToken("reset-password", w.Effects.Take()[0].(forum.ResetAsked).Token)
		if err := w.AskAddress(t.Context(), ann, own(session), "ann@new.example"); err != nil {
			t.Fatal(err)
		}
		address, _ := linkOf(t, w, "new-address", "new-address", ann.Member)

		const fresh = "a new long password"
		kind(t, "a visitor", w.ChangePassword(t.Context(), forum.Actor{}, own(session), fresh), forum.Forbidden, "error.sign-in-first")
		kind(t, "a wrong old one", w.ChangePassword(t.Context(), ann, forum.Own{Session: session, Password: "wrong"}, fresh), forum.Invalid, "password: error.own-password")
		kind(t, "a short new one", w.ChangePassword(t.Context(), ann, own(session), "short"), forum.Invalid, "new_password: error.password-short")
		kind(t, "a megabyte", w.ChangePassword(t.Context(), ann, own(session), strings.Repeat("a", 1<<20)), forum.Invalid, "new_password: error.too-long")
		kind(t, "in an ended session", w.ChangePassword(t.Context(), ann, own("none"), fresh), forum.Forbidden, "error.sign-in-first")
		w.Effects.Take()
		if n := fifty(func(int) error { return w.ChangePassword(t.Context(), ann, own(session), fresh) }); n != 1 {
			t.Errorf("%d changed it by the same old one", n)
		}
		if got := noted(w); !slices.Equal(got, []string{"password-changed"}) {
			t.Errorf("told %v", got)
		}
		if holder(t, w, session).Member == 0 || holder(t, w, other).Member != 0 {
			t.Error("the other session goes on, or this one ended")
		}
		_, err = w.UseComputer(t.Context(), computer.Token, "")
		kind(t, "the computer", err, forum.Closed, "error.computer-over")
		kind(t, "the link to reset it", w.ResetPassword(t.Context(), reset, "a third long password"), forum.Closed, "error.link-over")
		kind(t, "the link of the new address", w.ConfirmNewAddress(t.Context(), ann, address, ""), forum.Closed, "error.link-over")
		_, err = w.LogIn(t.Context(), "ann", forumtest.Password, "", "y")
		kind(t, "the old password", err, forum.Forbidden, "error.login")
		if _, err := w.LogIn(t.Context(), "ann", fresh, "", "y"); err != nil {
			t.Error(err)
		}
		w.Pass(16 * time.Minute)
		strong, hers, _, _ := func() (forum.Actor, string, phone, []string) { w.Member("bea"); return setUp(t, w, "bea") }()
		strong.Strong = false
		kind(t, "without the second factor", w.ChangePassword(t.Context(), strong, own(hers), fresh), forum.Forbidden, "error.prove-first")
		kind(t, "of the address", w.AskAddress(t.Context(), strong, own(hers), "bea@new.example"), forum.Forbidden, "error.prove-first")
	})
}

// TestChangingAnAddress: it counts when the link mailed there was used, once, within a day, the
// newest only; old and new are told, and the other sessions end. For somebody else's address
// the asker sees the same, and that other alone is told.
func TestChangingAnAddress(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		w.Member("ann")
		bob := w.Member("bob")
		ann, session := in(t, w, "ann")
		_, other := in(t, w, "ann")
		ask := func(address string) error { return w.AskAddress(t.Context(), ann, own(session), address) }
		kind(t, "a visitor", w.AskAddress(t.Context(), forum.Actor{}, own(session), "a@new.example"), forum.Forbidden, "error.sign-in-first")
		kind(t, "a wrong password", w.AskAddress(t.Context(), ann, forum.Own{Session: session, Password: "wrong"}, "a@new.example"), forum.Invalid, "password: error.own-password")
		for _, bad := range []string{"", "ann", "a@b@c.example", "Ann <a@new.example>", "a@new.example\r\nBcc: b@c.example", strings.Repeat("a", 300) + "@new.example"} {
			kind(t, bad, ask(bad), forum.Invalid, "email: error.email")
			w.Pass(16 * time.Minute)
		}
		kind(t, "her own", ask("ANN@members.example"), forum.Invalid, "email: error.same-address")

		// A free one and another's look the same to the asker; a twin of Unicode is the same address.
		see := func(address string) (forum.FactorPage, []forum.DeliveryRow) {
			t.Helper()
			exec(t, w, "DELETE FROM deliveries")
			if err := ask(address); err != nil {
				t.Fatal(err)
			}
			page, err := w.ReadFactors(t.Context(), ann)
			if err != nil {
				t.Fatal(err)
			}
			rows, err := w.Deliveries(t.Context(), ann, false, 0, 10)
			if err != nil {
				t.Fatal(err)
			}
			for i := range rows {
				rows[i].Ref, rows[i].QueuedAt = 0, 0
			}
			return page, rows
		}
		w.Effects.Take()
		free, freeMails := see("ann@new.example")
		old, to := linkOf(t, w, "new-address", "new-address", ann.Member)
		if to != "ann@new.example" || free.NewAddress != to {
			t.Errorf("the link goes to %q, the page says %q", to, free.NewAddress)
		}
		for _, twin := range []string{"bob@members.example", "ＢＯＢ@members.example"} {
			taken, takenMails := see(twin)
			if taken.NewAddress != twin || !slices.Equal(freeMails, takenMails) {
				t.Errorf("%s: the asker sees %+v and %+v, for a free one %+v", twin, taken, takenMails, freeMails)
			}
			if got := noted(w); !slices.Equal(got, []string{"address-asked", "address-wanted"}) {
				t.Errorf("%s: told %v", twin, got)
			}
			if rows, err := w.Deliveries(t.Context(), bob, false, 0, 10); err != nil || len(rows) != 1 || rows[0].Kind != "note.address-wanted" {
				t.Errorf("%s: its owner gets %+v %v", twin, rows, err)
			}
		}
		kind(t, "a link that a newer one ended", w.ConfirmNewAddress(t.Context(), ann, old, ""), forum.Closed, "error.link-over")
		w.Pass(16 * time.Minute)

		// A registration that was never confirmed holds no address.
		if err := w.Register(t.Context(), forum.Registration{Handle: "squatter", Name: "S", Password: forumtest.Password, Email: "ann@new.example", Zone: "UTC", Agreed: true}, "sq"); err != nil {
			t.Fatal(err)
		}
		w.Pass(25 * time.Hour) // of the limit of mails to a stranger
		exec(t, w, "UPDATE sessions SET expires_at = ?", forum.At(w.Now().Add(100*time.Hour)))
		w.Effects.Take()
		if err := ask("ann@new.example"); err != nil {
			t.Fatal(err)
		}
		link, _ := linkOf(t, w, "new-address", "new-address", ann.Member)
		kind(t, "a link of another purpose", w.ResetPassword(t.Context(), link, "a new long password"), forum.Closed, "error.link-over")
		kind(t, "an altered one", w.ConfirmNewAddress(t.Context(), ann, "a"+link[1:]+"a", ""), forum.Closed, "error.link-over")
		if m, err := w.MemberByLogin(t.Context(), "ann@members.example"); err != nil || m != ann.Member {
			t.Error("before the link was used the old address is gone")
		}
		if err := w.AskReset(t.Context(), "ann", "x"); err != nil {
			t.Fatal(err)
		}
		var reset string
		for _, f := range w.Effects.Take() {
			if r, ok := f.(forum.ResetAsked); ok {
				reset = w.LinkToken("reset-password", r.Token)
			}
		}
		if n := fifty(func(int) error { return w.ConfirmNewAddress(t.Context(), ann, link, session) }); n != 1 {
			t.Errorf("%d used the link", n)
		}
		var told []string
		for _, f := range w.Effects.Take() {
			if n, ok := f.(forum.AccountNoted); ok {
				r, err := w.ReadRecipient(t.Context(), forum.Mailing{Kind: n.Note, Ref: n.Ref}, ann.Member)
				told = append(told, n.Note+" "+r.Email)
				if err != nil {
					t.Fatal(err)
				}
			}
		}
		if slices.Sort(told); !slices.Equal(told, []string{"note.address-changed ann@new.example", "note.old-address ann@members.example"}) {
			t.Errorf("told %v", told)
		}
		if holder(t, w, session).Member == 0 || holder(t, w, other).Member != 0 {
			t.Error("the other session goes on, or this one ended")
		}
		kind(t, "a reset mailed to the old address", w.ResetPassword(t.Context(), reset, "a new long password"), forum.Closed, "error.link-over")
		if m, err := w.MemberByLogin(t.Context(), "Ann@New.example"); err != nil || m != ann.Member {
			t.Errorf("the new address is %v's %v", m, err)
		}
		if _, err := w.MemberByLogin(t.Context(), "squatter"); forum.KindOf(err) != forum.NotFound {
			t.Error("the registration that was never confirmed is still there")
		}
		if _, err := w.ReadRecipient(t.Context(), forum.Mailing{Kind: "note.new-address", Ref: 1}, ann.Member); forum.KindOf(err) != forum.NotFound {
			t.Errorf("a mail without its right goes to her address: %v", err)
		}

		// Somebody takes the address before the link is used; and a day is the end of a link.
		w.Pass(time.Hour)
		if err := ask("later@new.example"); err != nil {
			t.Fatal(err)
		}
		link, _ = linkOf(t, w, "new-address", "new-address", ann.Member)
		exec(t, w, "UPDATE members SET email = 'later@new.example', email_key = 'later@new.example' WHERE handle = 'bob'")
		kind(t, "taken meanwhile", w.ConfirmNewAddress(t.Context(), ann, link, ""), forum.Closed, "error.link-over")
		for after, good := range map[time.Duration]bool{24*time.Hour - time.Minute: true, 24*time.Hour + time.Second: false} {
			w.Pass(time.Hour)
			exec(t, w, "UPDATE sessions SET expires_at = ?", forum.At(w.Now().Add(100*time.Hour)))
			w.Effects.Take()
			if err := ask("day-" + after.String() + "@new.example"); err != nil {
				t.Fatal(err)
			}
			link, _ = linkOf(t, w, "new-address", "new-address", ann.Member)
			w.Pass(after)
			if err := w.ConfirmNewAddress(t.Context(), ann, link, session); (err == nil) != good {
				t.Errorf("after %s: %v", after, err)
			}
		}
	})
}
