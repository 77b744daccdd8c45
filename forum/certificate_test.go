package forum_test

import (
	"strings"
	"testing"
	"time"

	"peergroups/forum"
	"peergroups/forum/forumtest"
)

const day = 24 * time.Hour

// told are the notes of a stem that wait for somebody.
func (b *bench) told(who forum.Actor, stem string) (out []string) {
	for _, kind := range b.notes(who) {
		if rest, ok := strings.CutPrefix(kind, "note."+stem+"-"); ok {
			out = append(out, rest)
		}
	}
	return out
}

// certified gives somebody a certificate for the time.
func (b *bench) certified(who forum.Actor, d time.Duration) forum.Certificate {
	b.t.Helper()
	_, err := b.Certify(b.t.Context(), b.Admin, who.Member, forum.At(b.Now().Add(d)))
	b.must(err)
	return b.own(who).Certificate
}

// TestReminders: 90, 30 and 7 days before the end and at the end, each once; after a downtime only
// the one that is due; anew for the term of a renewal. A day without an hour, and one with an
// hour twice, is a day.
func TestReminders(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		b, ctx := newBench(t, w), t.Context()
		remind := func(pass time.Duration, want string) {
			t.Helper()
			w.Pass(pass)
			for range 2 {
				b.must(w.RemindCertified(ctx))
			}
			if got := strings.Join(b.told(b.ann, "certificate"), " "); got != want {
				t.Errorf("told of %q, want %q", got, want)
			}
		}
		b.certified(b.ann, 160*day) // over the changes of the clocks in March 2027, in Europe and America
		remind(69*day, "")
		remind(day+time.Minute, "90")
		remind(60*day, "90 30")
		remind(23*day, "90 30 7")
		remind(6*day, "90 30 7")
		remind(2*day, "90 30 7 0")
		remind(400*day, "90 30 7 0")

		b.certified(b.ann, 100*day)
		remind(95*day, "90 30 7 0 7") // nothing ran in between
		id := b.handedIn(b.ann)
		b.checked(b.rita, id)
		b.must(b.approve(b.rita, id, forum.At(w.Now().Add(100*day))))
		remind(0, "90 30 7 0 7 renewed")
		remind(11*day, "90 30 7 0 7 renewed 90")

		c := b.certified(b.nobody, 50*day)
		b.must(w.Suspend(ctx, w.Admin, c.ID, "while it is looked into"))
		b.must(w.RemindCertified(ctx))
		if got := b.told(b.nobody, "certificate"); len(got) != 1 || got[0] != "suspended" {
			t.Errorf("of a suspended one is told %v", got)
		}
	})
}

// TestGrace: in the days of grace every door is open still; with their last hour all close by
// themselves. What was granted before the rule keeps its own.
func TestGrace(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		b, ctx := newBench(t, w), t.Context()
		b.certified(b.nobody, 10*day)
		rules, err := w.ReadRules(ctx)
		b.must(err)
		rules.GraceDays = 5
		b.must(w.ChangeRules(ctx, w.Admin, rules))
		b.certified(b.ann, 10*day)
		g, _, _ := w.Group("guild", forum.CertifiedOnly, func(d *forum.GroupDraft) { d.Joining = forum.ByCertificate })
		b.must(w.Join(ctx, w.As(b.ann.Member), g.ID))
		open := func(what string, want bool) {
			t.Helper()
			b.must(w.EndLapsed(ctx))
			now := w.As(b.ann.Member)
			_, err := w.ReadBoard(ctx, now, "guild", "guild", forum.TopicCursor{})
			if now.Certified != want || (err == nil) != want {
				t.Errorf("%s: certified %t, the group %v", what, now.Certified, err)
			}
			if in := count(t, w, "SELECT count(*) FROM memberships WHERE member_id = ? AND standing = ?", b.ann.Member, forum.In); (in == 1) != want {
				t.Errorf("%s: member of %d", what, in)
			}
		}
		w.Pass(10*day + time.Hour)
		open("in the days of grace", true)
		if w.As(b.nobody.Member).Certified {
			t.Error("one from before the rule has days of grace")
		}
		w.Pass(5*day - 2*time.Hour)
		open("in the last hour", true)
		w.Effects.Take()
		w.Pass(2 * time.Hour)
		open("over", false)
		if facts := w.Effects.Take(); len(facts) != 2 || facts[0] != (forum.CertificateEnded{Member: b.ann.Member}) {
			t.Errorf("open pages are told %v", facts)
		}
		b.certified(b.ann, day)
		open("certified anew", true)
	})
}

// TestSuspension: every door is closed at once, and open again when it is lifted, in the same
// groups; the member reads why, cannot get around it by another application, and is mailed.
func TestSuspension(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		b, ctx := newBench(t, w), t.Context()
		c := b.certified(b.ann, 100*day)
		g, _, _ := w.Group("guild", forum.CertifiedOnly, func(d *forum.GroupDraft) { d.Joining = forum.ByCertificate })
		b.must(w.Join(ctx, w.As(b.ann.Member), g.ID))
		waits := b.handedIn(b.ann)
		b.checked(b.rita, waits)
		kind(t, "by a member", w.Suspend(ctx, b.nobody, c.ID, "long enough a reason"), forum.Forbidden, "error.reviewers-only")
		kind(t, "without a reason", w.Suspend(ctx, b.rita, c.ID, "why"), forum.Invalid, "reason: error.reason-short")
		kind(t, "none", w.Suspend(ctx, b.rita, 7, "long enough a reason"), forum.NotFound, "error.not-found")
		_, err := w.FindCertificate(ctx, b.nobody, c.ID)
		kind(t, "a member's look", err, forum.Forbidden, "error.reviewers-only")
		w.Effects.Take()
		for range 2 {
			b.must(w.Suspend(ctx, b.rita, c.ID, "a complaint is looked into"))
		}
		if facts := w.Effects.Take(); len(facts) != 3 || facts[0] != (forum.CertificateEnded{Member: b.ann.Member}) || facts[1] != (forum.MemberLeft{Group: g.ID, Member: b.ann.Member}) {
			t.Errorf("suspending states %v", facts)
		}
		now := w.As(b.ann.Member)
		if _, err := w.ReadBoard(ctx, now, "guild", "guild", forum.TopicCursor{}); now.Certified || forum.KindOf(err) != forum.NotFound {
			t.Errorf("suspended, and certified %t: %v", now.Certified, err)
		}
		p := b.own(b.ann)
		if p.Certificate.SuspendedWhy != "a complaint is looked into" || p.MayApply {
			t.Errorf("she sees %+v", p.Certificate)
		}
		kind(t, "another certificate", b.approve(b.rita, waits, b.in(1)), forum.Closed, "error.certificate-suspended")
		b.must(w.WithdrawApplication(ctx, b.ann))
		kind(t, "another application", w.Apply(ctx, b.ann), forum.Closed, "error.certificate-suspended")
		_, err = w.Certify(ctx, w.Admin, b.ann.Member, b.in(1))
		kind(t, "taken over", err, forum.Conflict, "error.already-certified")
		kind(t, "lifted by a member", w.Lift(ctx, b.nobody, c.ID), forum.Forbidden, "error.reviewers-only")
		for range 2 {
			b.must(w.Lift(ctx, b.rolf, c.ID))
		}
		if _, err := w.ReadBoard(ctx, w.As(b.ann.Member), "guild", "guild", forum.TopicCursor{}); err != nil {
			t.Errorf("lifted: %v", err)
		}
		if got := strings.Join(b.told(b.ann, "certificate"), " "); got != "suspended lifted" {
			t.Errorf("mailed %q", got)
		}
		if n := count(t, w, "SELECT count(*) FROM log_entries WHERE act IN ('suspend', 'lift')"); n != 2 {
			t.Errorf("%d entries of the log", n)
		}
	})
}

// TestRenewal: in the last months; the number stays, the end moves on, nothing closes in between.
func TestRenewal(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		b, ctx := newBench(t, w), t.Context()
		c := b.certified(b.ann, 130*day)
		kind(t, "too early", w.Apply(ctx, b.ann), forum.Closed, "error.renew-later")
		if b.own(b.ann).MayApply {
			t.Error("the page offers it too early")
		}
		w.Pass(20 * day)
		id := b.handedIn(b.ann)
		b.checked(b.rita, id)
		if rows, err := w.Queue(ctx, b.rolf); err != nil || len(rows) != 1 || !rows[0].Renewal {
			t.Errorf("the queue: %+v %v", rows, err)
		}
		b.must(b.approve(b.rita, id, b.in(3)))
		p := b.own(b.ann)
		if p.Certificate.ID != c.ID || p.Certificate.Number != c.Number || p.Certificate.UntilAt <= c.UntilAt || p.State != forum.Approved {
			t.Errorf("renewed: %+v", p.Certificate)
		}
		w.Pass(200 * day)
		b.must(w.EndLapsed(ctx))
		if !w.As(b.ann.Member).Certified {
			t.Error("not certified after the first term")
		}
		profile, err := w.ReadProfile(ctx, b.ann)
		if err != nil || profile.Number != c.Number || profile.UntilAt != p.Certificate.UntilAt {
			t.Errorf("the profile: %+v %v", profile, err)
		}
	})
}

// TestVerify: anybody reads what its holder lists, and nothing else; what is not listed, suspended
// or over, and what never was, is one answer; and not without end.
func TestVerify(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		b, ctx := newBench(t, w), t.Context()
		kind(t, "without a certificate", w.SetListed(ctx, b.ann, []string{"name"}), forum.NotFound, "error.not-found")
		id := b.handedIn(b.ann)
		b.checked(b.rita, id)
		b.must(b.approve(b.rita, id, b.in(1)))
		c := b.own(b.ann).Certificate
		_, never := w.Verify(ctx, "M-2020-000000", "9.9.9.9")
		absent := func(what string) {
			t.Helper()
			if v, err := w.Verify(ctx, c.Number, "9.9.9.9"); err == nil || err.Error() != never.Error() || v != (forum.Verification{}) {
				t.Errorf("%s: %+v %v", what, v, err)
			}
		}
		absent("not listed")
		b.must(w.SetListed(ctx, b.ann, []string{"place", "name", "e-mail"}))
		v, err := w.Verify(ctx, strings.ToLower(c.Number), "9.9.9.9")
		if err != nil || v != (forum.Verification{Number: c.Number, FromAt: c.FromAt, UntilAt: c.UntilAt, Name: b.ann.Name, Place: "Utrecht"}) {
			t.Errorf("listed: %+v %v", v, err)
		}
		b.must(w.Suspend(ctx, b.rita, c.ID, "a complaint is looked into"))
		absent("suspended")
		b.must(w.Lift(ctx, b.rita, c.ID))
		b.must(w.SetListed(ctx, b.nobodyCertified(), nil))
		b.must(w.SetListed(ctx, b.ann, nil))
		absent("taken off")
		b.must(w.SetListed(ctx, b.ann, forum.ListedFields))
		if v, err := w.Verify(ctx, c.Number, "9.9.9.9"); err != nil || v.Areas != "Family" || v.Languages != "English" {
			t.Errorf("all of it: %+v %v", v, err)
		}
		w.Pass(400 * day)
		absent("over")
		for range 70 {
			if _, err = w.Verify(ctx, c.Number, "9.9.9.9"); forum.KindOf(err) == forum.TooMany {
				break
			}
		}
		kind(t, "trying numbers", err, forum.TooMany, "error.too-many")
		if _, err := w.Verify(ctx, c.Number, "8.8.8.8"); forum.KindOf(err) != forum.NotFound {
			t.Errorf("from elsewhere: %v", err)
		}
	})
}

func (b *bench) nobodyCertified() forum.Actor {
	b.t.Helper()
	b.certified(b.nobody, 10*day)
	return b.nobody
}
