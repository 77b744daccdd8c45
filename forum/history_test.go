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

// TestEarlierDetails: what a member changes in their registration they see as it was, and the
// administrator who is named for it; reviewers earlier names and titles; nobody else a word. The
// public page of a certificate keeps the name under which it was granted until it is renewed (P8).
func TestEarlierDetails(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		b, ctx := newBench(t, w), t.Context()
		change := func(name, title, rest string) error {
			return w.ChangeProfile(ctx, b.ann, forum.Profile{Name: name, Title: title, Zone: "UTC", BusinessAddress: rest, BusinessPhone: rest, OtherContact: rest})
		}
		earlier := func(rows []forum.EarlierDetail) (out []string) {
			for _, e := range rows {
				out = append(out, e.Field+"="+e.Was)
			}
			slices.Sort(out)
			return out
		}
		b.must(change("Ann Before", "MSc before", "canary-before"))
		id := b.handedIn(b.ann)
		b.checked(b.rita, id)
		b.must(b.approve(b.rita, id, b.in(1)))
		b.must(w.SetListed(ctx, b.ann, []string{"name", "title"}))
		w.Pass(time.Hour)
		b.must(change("Ann Before", "MSc before", "canary-before")) // nothing changed
		b.must(change("Ann After", "MSc after", "canary-after"))
		own, err := w.ReadProfile(ctx, b.ann)
		b.must(err)
		want := []string{"business_address=canary-before", "business_phone=canary-before", "name=Ann Before", "name=Ann Test", "other_contact=canary-before", "title=MSc before"}
		slices.Sort(want)
		if got := earlier(own.Earlier); strings.Join(got, " ") != strings.Join(want, " ") {
			t.Errorf("she sees %v", got)
		}
		n := len(own.Earlier)
		if n != 6 || own.Earlier[0].UntilAt <= own.Earlier[5].UntilAt+forum.Instant(59*60*1e6) {
			t.Errorf("she sees %+v", own.Earlier)
		}
		if other, err := w.ReadProfile(ctx, b.nobody); err != nil || len(other.Earlier) != 0 {
			t.Errorf("another sees %+v %v", other.Earlier, err)
		}
		p, err := w.ReadReview(ctx, b.rita, id)
		b.must(err)
		if got := earlier(p.Earlier); !slices.Contains(got, "name=Ann Before") || !slices.Contains(got, "title=MSc before") || strings.Contains(fmt.Sprint(p), "canary-before") {
			t.Errorf("a reviewer sees %v", got)
		}
		boss := w.Member("boss")
		b.must(w.Grant(ctx, w.Admin, boss.Member, forum.Administrator))
		ripen(t, w)
		b.must(w.Designate(ctx, w.Admin, forum.DesignationDraft{Login: "boss", Reason: "the yearly check", Until: forum.At(w.Now().Add(time.Hour))}))
		r, err := w.LookAtRegistration(ctx, w.As(boss.Member), "ann", "a complaint is looked into")
		if err != nil || len(r.Earlier) != n {
			t.Errorf("the named administrator sees %v %v", r.Earlier, err)
		}

		c := b.own(b.ann).Certificate
		if v, err := w.Verify(ctx, c.Number, "1.2.3.4"); err != nil || v.Name != "Ann Before" || v.Title != "MSc before" {
			t.Errorf("the public page says %+v %v", v, err)
		}
		w.Pass(300 * day)
		again := b.handedIn(b.ann)
		b.checked(b.rita, again)
		b.must(b.approve(b.rita, again, b.in(1)))
		if v, err := w.Verify(ctx, c.Number, "1.2.3.4"); err != nil || v.Name != "Ann After" || v.Title != "MSc after" {
			t.Errorf("renewed, it says %+v %v", v, err)
		}
		for i := range 19 {
			if err := change(fmt.Sprint("Ann ", i), "", ""); err != nil {
				t.Fatalf("change %d: %v", i, err)
			}
		}
		w.Pass(time.Minute)
		b.must(change("Ann 18", "", "")) // the same is no change
		if err = change("Ann 20", "", ""); err == nil {
			err = change("Ann 21", "", "")
		}
		kind(t, "without end", err, forum.TooMany, "error.too-many")
	})
}

// TestAskedAnewIsCheckedAnew: of what a reviewer asks for more the tick goes, the others stay.
func TestAskedAnewIsCheckedAnew(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		b, ctx := newBench(t, w), t.Context()
		id := b.handedIn(b.ann)
		b.checked(b.rita, id)
		b.must(w.AskMore(ctx, b.rita, id, []string{"practice", "you"}, "How many in 2025?"))
		p, err := w.ReadReview(ctx, b.rita, id)
		if b.must(err); p.Checked != "training conduct evidence feedback" {
			t.Errorf("ticked: %q", p.Checked)
		}
	})
}

// TestWordsAreOfferedOnce: who shows nothing yet is offered the words of their application for the directory; nobody finds
// them by these before they save them.
func TestWordsAreOfferedOnce(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		b, ctx := newBench(t, w), t.Context()
		b.filled(b.ann, "writer@elsewhere.example")
		app := b.own(b.ann)
		s, err := w.ReadShowing(ctx, b.ann)
		if b.must(err); s.Place != app.Place || s.Languages != app.Languages || s.Areas == "" || s.Listed != forum.Nobody {
			t.Errorf("offered %+v of %+v", s, app.Application)
		}
		if n := count(t, w, "SELECT (SELECT count(*) FROM profiles) + (SELECT count(*) FROM profile_words)"); n != 0 {
			t.Errorf("%d rows were written", n)
		}
		b.must(w.Show(ctx, b.ann, forum.Showing{Listed: forum.Nobody, EmailTo: forum.Nobody, AddressTo: forum.Nobody, PhoneTo: forum.Nobody, ContactTo: forum.Nobody}))
		if s, err = w.ReadShowing(ctx, b.ann); err != nil || s.Place != "" {
			t.Errorf("what was emptied comes back: %+v %v", s, err)
		}
		if s, err = w.ReadShowing(ctx, b.nobody); err != nil || s.Place+s.Areas+s.Languages != "" {
			t.Errorf("of others: %+v %v", s, err)
		}
	})
}
