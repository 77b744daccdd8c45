package forum_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"peergroups/forum"
	"peergroups/forum/forumtest"
)

// bench is the body's certification: an applicant, two reviewers beside the administrator, and
// somebody else.
type bench struct {
	*forumtest.World
	t                       *testing.T
	programme               int64
	ann, rita, rolf, nobody forum.Actor
}

func newBench(t *testing.T, w *forumtest.World) *bench {
	t.Helper()
	b := &bench{World: w, t: t}
	for handle, who := range map[string]*forum.Actor{"ann": &b.ann, "rita": &b.rita, "rolf": &b.rolf, "nobody": &b.nobody} {
		*who = w.Member(handle)
	}
	for _, r := range []*forum.Actor{&b.rita, &b.rolf} {
		b.must(w.Grant(t.Context(), w.Admin, r.Member, forum.Reviewer))
		*r = w.As(r.Member)
	}
	ripen(t, w)
	var err error
	b.programme, err = w.AddProgramme(t.Context(), w.Admin, "Assessment of the guild")
	b.must(err)
	w.Effects.Take()
	return b
}

func (b *bench) must(err error) {
	b.t.Helper()
	if err != nil {
		b.t.Fatal(err)
	}
}

// parts fills in all but the feedback.
func (b *bench) parts(who forum.Actor) {
	b.t.Helper()
	for part, d := range b.drafts() {
		b.must(b.SaveApplication(b.t.Context(), who, part, d))
	}
	b.must(b.AddEvidence(b.t.Context(), who, "log.txt", []byte("canary of the evidence")))
}

func (b *bench) drafts() map[string]forum.ApplicationDraft {
	b.t.Helper()
	rules, err := b.ReadRules(b.t.Context())
	b.must(err)
	return map[string]forum.ApplicationDraft{"training": {ProgrammeID: b.programme, Completed: "2020-05"}, "practice": {Hours: 210, Mediations: 4, Areas: "Family"},
		"you": {Languages: "English", Place: "Utrecht"}, "conduct": {Conduct: rules.ConductVersion()}}
}

// asked names who writes the feedback, and gives their link.
func (b *bench) asked(who forum.Actor, address string) string {
	b.t.Helper()
	b.Effects.Take()
	b.must(b.AskFeedback(b.t.Context(), who, "Independent Person", address))
	for _, f := range b.Effects.Take() {
		if told, ok := f.(forum.MemberTold); ok && told.Note == "note.feedback" {
			return b.FeedbackToken(told.Entry)
		}
	}
	b.t.Fatal("nobody is mailed")
	return ""
}

// filled fills in a whole application.
func (b *bench) filled(who forum.Actor, address string) {
	b.t.Helper()
	b.must(b.Apply(b.t.Context(), who))
	b.parts(who)
	b.must(b.WriteFeedback(b.t.Context(), forum.Actor{}, b.asked(who, address), "canary of the feedback, and more", false))
}

// handedIn gives the application of somebody who handed it in.
func (b *bench) handedIn(who forum.Actor) int64 {
	b.t.Helper()
	b.filled(who, "writer-of-"+who.Handle+"@elsewhere.example")
	b.must(b.HandIn(b.t.Context(), who))
	return b.own(who).ID
}

func (b *bench) own(who forum.Actor) forum.ApplicationPage {
	b.t.Helper()
	p, err := b.ReadApplication(b.t.Context(), who)
	b.must(err)
	return p
}

func (b *bench) in(years int) forum.Instant { return forum.At(b.Now().AddDate(years, 0, 0)) }

// checked claims and checks an application.
func (b *bench) checked(by forum.Actor, id int64) {
	b.t.Helper()
	b.must(b.ClaimApplication(b.t.Context(), by, id))
	b.must(b.CheckApplication(b.t.Context(), by, id, forum.ApplicationParts))
}

func (b *bench) approve(by forum.Actor, id int64, until forum.Instant) error {
	return b.DecideApplication(b.t.Context(), by, id, forum.Decision{Outcome: forum.Approved, Until: until})
}

// notes are the kinds of mail that wait for a member, oldest first.
func (b *bench) notes(who forum.Actor) (kinds []string) {
	b.t.Helper()
	b.must(b.Store.Reader().NewRaw("SELECT kind FROM deliveries WHERE member_id = ? ORDER BY queued_at, ref", who.Member).Scan(b.t.Context(), &kinds))
	return kinds
}

// TestApplication walks from the first page to the certificate: what is incomplete is kept and
// named, what was handed in is fixed but for what more is asked of, each step is mailed and
// logged, and the feedback is read only once it is decided.
func TestApplication(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		b, ctx := newBench(t, w), t.Context()
		if p := b.own(b.ann); p.ID != 0 || !p.MayApply {
			t.Errorf("before: %+v", p)
		}
		kind(t, "handing in nothing", w.HandIn(ctx, b.ann), forum.NotFound, "error.not-found")
		b.must(w.Apply(ctx, b.ann))
		first := b.own(b.ann)
		b.must(w.Apply(ctx, b.ann)) // the double click
		if p := b.own(b.ann); p.ID != first.ID || p.State != forum.Filling || len(p.Missing) != 6 {
			t.Errorf("begun: %+v", p)
		}
		err := w.HandIn(ctx, b.ann)
		for _, part := range forum.ApplicationParts {
			kind(t, "handing in too little", err, forum.Invalid, part+": error.lacks-"+part)
		}
		b.must(w.SaveApplication(ctx, b.ann, "practice", forum.ApplicationDraft{Hours: 199, Mediations: 19}))
		if p := b.own(b.ann); p.Hours != 199 || p.Mediations != 19 || p.Missing[1].Message.Args["Hours"] != 200 {
			t.Errorf("kept: %+v", p)
		}
		b.parts(b.ann)
		link := b.asked(b.ann, "writer@elsewhere.example")
		kind(t, "without feedback", w.HandIn(ctx, b.ann), forum.Invalid, "feedback: error.lacks-feedback")
		b.must(w.WriteFeedback(ctx, forum.Actor{}, link, "canary of the feedback", false))
		if p := b.own(b.ann); len(p.Missing) != 0 || p.Feedback.WrittenAt == 0 || p.Feedback.Words != "" {
			t.Errorf("all is there: %+v", p)
		}
		b.must(w.HandIn(ctx, b.ann))
		for who, calls := range map[string]int{"rita": 1, "rolf": 1, "admin": 1, "ann": 0, "nobody": 0} {
			if n := count(t, w, "SELECT count(*) FROM deliveries d JOIN members m ON m.id = d.member_id WHERE d.kind = 'note.application-waits' AND m.handle = ?", who); n != calls {
				t.Errorf("%s is told %d times that it waits", who, n)
			}
		}
		kind(t, "twice", w.HandIn(ctx, b.ann), forum.Closed, "error.application-fixed")
		for part, d := range b.drafts() {
			kind(t, "changing "+part, w.SaveApplication(ctx, b.ann, part, d), forum.Closed, "error.application-fixed")
		}
		kind(t, "more evidence", w.AddEvidence(ctx, b.ann, "a.txt", []byte("text")), forum.Closed, "error.application-fixed")
		kind(t, "less evidence", w.DropEvidence(ctx, b.ann, b.own(b.ann).Evidence[0].ID), forum.Closed, "error.application-fixed")
		kind(t, "another writer", w.AskFeedback(ctx, b.ann, "X", "x@elsewhere.example"), forum.Closed, "error.application-fixed")
		kind(t, "no writer", w.CancelFeedback(ctx, b.ann), forum.Closed, "error.application-fixed")

		id := first.ID
		b.checked(b.rita, id)
		kind(t, "asking for nothing", w.AskMore(ctx, b.rita, id, nil, "Show more of your log, please"), forum.Invalid, "parts: error.choose-parts")
		b.must(w.AskMore(ctx, b.rita, id, []string{"evidence", "nonsense"}, "Show more of your log, please"))
		kind(t, "certified while more is asked", b.approve(b.rita, id, b.in(3)), forum.Invalid, "outcome: error.still-asked")
		kind(t, "another part", w.SaveApplication(ctx, b.ann, "you", forum.ApplicationDraft{}), forum.Closed, "error.application-fixed")
		b.must(w.AddEvidence(ctx, b.ann, "more.txt", []byte("more of it")))
		b.must(w.HandIn(ctx, b.ann))
		b.must(w.NoteApplication(ctx, b.rita, id, "canary of the note"))
		kind(t, "what came is not checked", b.approve(b.rita, id, b.in(3)), forum.Invalid, "checked: error.checklist")
		b.must(w.CheckApplication(ctx, b.rita, id, forum.ApplicationParts))
		b.must(b.approve(b.rita, id, b.in(3)))
		if !w.As(b.ann.Member).Certified {
			t.Error("not certified")
		}
		p := b.own(b.ann)
		if p.State != forum.Approved || p.Certificate.Number == "" || p.Feedback.Words != "canary of the feedback" || strings.Contains(fmt.Sprint(p), "canary of the note") {
			t.Errorf("decided: %+v", p)
		}
		var acts []string
		for _, s := range p.Steps {
			acts = append(acts, s.Act)
		}
		if want := "started feedback-asked feedback-came handed-in asked answered approved"; strings.Join(acts, " ") != want {
			t.Errorf("steps %v, want %s", acts, want)
		}
		if want := []string{"note.feedback", "note.application-feedback-came", "note.application-handed-in", "note.application-asked", "note.application-answered", "note.certified"}; !slices.Equal(b.notes(b.ann)[1:], want) {
			t.Errorf("mailed %v, want %v", b.notes(b.ann), want)
		}
		for _, act := range []string{"handed-in-application", "claim-application", "asked-application", "answered-application", "approve-application", "certify"} {
			if count(t, w, "SELECT count(*) FROM log_entries WHERE act = ?", act) != 1 {
				t.Errorf("%s is not logged once", act)
			}
		}
	})
}

// TestWhoReadsApplications: while it is filled in its applicant alone; then reviewers, each look
// logged and shown to the applicant; never other members, visitors, or a reviewer who may not
// decide; what was withdrawn nobody.
func TestWhoReadsApplications(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		b, ctx := newBench(t, w), t.Context()
		b.filled(b.ann, "writer@elsewhere.example")
		app := b.own(b.ann)
		proof := app.Evidence[0].ID
		b.must(w.ChangeProfile(ctx, b.ann, forum.Profile{Name: "Ann Test", Zone: "UTC", BusinessAddress: "canary-address", BusinessPhone: "canary-phone", OtherContact: "canary-contact"}))
		reads := func(what string, want map[string]bool) {
			t.Helper()
			for who, by := range map[string]forum.Actor{"applicant": b.ann, "reviewer": b.rita, "member": b.nobody, "visitor": {}} {
				e, r, err := w.OpenEvidence(ctx, by, proof)
				if (err == nil) != want[who] || err == nil && e.Name != "log.txt" || err != nil && forum.KindOf(err) != forum.NotFound {
					t.Errorf("%s, the %s opens evidence: %v", what, who, err)
				}
				if err == nil {
					b.must(r.Close())
				}
				if who == "applicant" {
					continue
				}
				p, err := w.ReadReview(ctx, by, app.ID)
				if strings.Contains(fmt.Sprint(p), "canary-") || strings.Contains(fmt.Sprint(p), "ann@members") {
					t.Errorf("%s, the %s reads what she registered with", what, who)
				}
				if (err == nil) != want[who] || (strings.Contains(fmt.Sprint(p), "canary of the feedback")) != want[who] {
					t.Errorf("%s, the %s reads: %v", what, who, err)
				}
			}
		}
		reads("filled in", map[string]bool{"applicant": true})
		if rows, err := w.Queue(ctx, b.rita); err != nil || len(rows) != 0 {
			t.Errorf("what is not handed in waits: %v %v", rows, err)
		}
		b.must(w.HandIn(ctx, b.ann))
		reads("handed in", map[string]bool{"applicant": true, "reviewer": true})
		if p := b.own(b.ann); len(p.Looks) != 2 || p.Looks[0].Who != b.rita.Name {
			t.Errorf("the applicant sees %+v", p.Looks)
		}
		_, err := w.Queue(ctx, b.nobody)
		kind(t, "a member's look at the queue", err, forum.Forbidden, "error.reviewers-only")
		_, err = w.Decided(ctx, b.nobody)
		kind(t, "a member's look at what was decided", err, forum.Forbidden, "error.reviewers-only")
		_, err = w.Certificates(ctx, b.nobody)
		kind(t, "a member's look at certificates", err, forum.Forbidden, "error.reviewers-only")
		_, _, _, err = w.CountCertification(ctx, b.nobody)
		kind(t, "a member counts", err, forum.Forbidden, "error.reviewers-only")
		if p, err := w.ReadApplication(ctx, b.nobody); err != nil || p.ID != 0 {
			t.Errorf("another's: %+v %v", p, err)
		}
		_, err = w.ReadApplication(ctx, forum.Actor{})
		kind(t, "a visitor", err, forum.Forbidden, "error.sign-in-first")
		_, err = w.Programmes(ctx, forum.Actor{})
		kind(t, "a visitor's programmes", err, forum.Forbidden, "error.sign-in-first")
		b.must(w.WithdrawApplication(ctx, b.ann))
		reads("withdrawn", map[string]bool{"applicant": true})
		kind(t, "a decision", w.ClaimApplication(ctx, b.rita, app.ID), forum.NotFound, "error.not-found")

		w.Pass(366 * 24 * time.Hour)
		b.must(w.SweepFiles(ctx))
		reads("a year later", nil)
		if n := count(t, w, "SELECT count(*) FROM evidence"); n != 0 {
			t.Errorf("%d files of evidence are kept", n)
		}
	})
}

// TestEvidence: files of known kinds only, so many, never on a post, and the sweep that takes
// what was never posted leaves them.
func TestEvidence(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		b, ctx := newBench(t, w), t.Context()
		kind(t, "before applying", w.AddEvidence(ctx, b.ann, "a.txt", []byte("text")), forum.NotFound, "error.not-found")
		kind(t, "a visitor", w.AddEvidence(ctx, forum.Actor{}, "a.txt", []byte("text")), forum.Forbidden, "error.sign-in-first")
		b.must(w.Apply(ctx, b.ann))
		kind(t, "a program", w.AddEvidence(ctx, b.ann, "a.pdf", []byte("MZ\x90\x00\x03")), forum.Invalid, "upload: error.file-kind")
		for range 20 {
			b.must(w.AddEvidence(ctx, b.ann, "a.txt", []byte("text")))
		}
		kind(t, "too many", w.AddEvidence(ctx, b.ann, "a.txt", []byte("text")), forum.Invalid, "upload: error.evidence-many")
		all := b.own(b.ann).Evidence
		exec(t, w, "UPDATE evidence SET size = ? WHERE id = ?", 1<<30, all[0].ID)
		b.must(w.WithdrawApplication(ctx, b.ann)) // a new one is no new room
		b.must(w.Apply(ctx, b.ann))
		kind(t, "too much", w.AddEvidence(ctx, b.ann, "a.txt", []byte("text")), forum.Invalid, "upload: error.evidence-quota")
		exec(t, w, "UPDATE evidence SET size = 4, application_id = ?", b.own(b.ann).ID)
		b.must(w.Apply(ctx, b.nobody))
		b.must(w.DropEvidence(ctx, b.nobody, all[0].ID)) // not theirs
		_, board, _ := w.Group("open", forum.PublicToRead)
		d := draft(w, "text")
		d.Files = []forum.FileID{forum.FileID(all[0].ID)}
		_, err := w.StartTopic(ctx, w.Admin, board.ID, d)
		if err == nil {
			t.Error("evidence was put on a post")
		}
		if _, err := w.FindFile(ctx, b.ann, forum.FileID(all[0].ID)); forum.KindOf(err) != forum.NotFound {
			t.Errorf("as a post's file: %v", err)
		}
		w.Pass(8 * 24 * time.Hour)
		b.must(w.SweepFiles(ctx))
		if n := len(b.own(b.ann).Evidence); n != 20 {
			t.Errorf("%d are left", n)
		}
		_, r, err := w.OpenEvidence(ctx, b.ann, all[0].ID)
		b.must(err)
		b.must(r.Close())
		b.must(w.DropEvidence(ctx, b.ann, all[0].ID))
		if _, _, err := w.OpenEvidence(ctx, b.ann, all[0].ID); forum.KindOf(err) != forum.NotFound {
			t.Errorf("dropped: %v", err)
		}
	})
}

// TestFeedback: who is named writes it once, by a link of their own that is over with the
// application, a newer name or an answer; never the applicant, whatever they type.
func TestFeedback(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		b, ctx := newBench(t, w), t.Context()
		b.must(w.Apply(ctx, b.ann))
		for _, own := range []string{"ann@members.example", "ANN@members.example", "ann+other@members.example", "аnn@members.example"} {
			if err := w.AskFeedback(ctx, b.ann, "Somebody", own); forum.KindOf(err) != forum.Invalid {
				t.Errorf("%s: %v", own, err)
			}
		}
		kind(t, "nonsense", w.AskFeedback(ctx, b.ann, "", "not an address"), forum.Invalid, "reviewer_name: error.empty.reviewer_name; reviewer_email: error.email")
		first := b.asked(b.ann, "one@elsewhere.example")
		second := b.asked(b.ann, "two@elsewhere.example")
		over := func(what, link string) {
			t.Helper()
			_, err := w.ReadFeedback(ctx, forum.Actor{}, link)
			kind(t, what, err, forum.Closed, "error.link-over")
			kind(t, what+", written", w.WriteFeedback(ctx, forum.Actor{}, link, "words enough of it", false), forum.Closed, "error.link-over")
		}
		over("of who is asked no more", first)
		over("nonsense", "abc")
		_, err := w.ReadFeedback(ctx, b.ann, second)
		kind(t, "the applicant reads", err, forum.Forbidden, "error.feedback-yourself")
		kind(t, "the applicant writes", w.WriteFeedback(ctx, b.ann, second, "all parties were happy", false), forum.Forbidden, "error.feedback-yourself")
		p, err := w.ReadFeedback(ctx, forum.Actor{}, second)
		if err != nil || p.Applicant != b.ann.Name || p.Name != "Independent Person" {
			t.Errorf("the page: %+v %v", p, err)
		}
		kind(t, "too little", w.WriteFeedback(ctx, forum.Actor{}, second, "good", false), forum.Invalid, "words: error.feedback-short")
		b.must(w.WriteFeedback(ctx, forum.Actor{}, second, "", true))
		over("of who declined", second)
		if p := b.own(b.ann); p.Feedback.DeclinedAt == 0 || !slices.Contains(b.notes(b.ann), "note.application-feedback-declined") {
			t.Errorf("the applicant is not told: %+v", p.Feedback)
		}
		third := b.asked(b.ann, "three@elsewhere.example")
		b.must(w.CancelFeedback(ctx, b.ann))
		over("of who was cancelled", third)
		fourth := b.asked(b.ann, "four@elsewhere.example")
		w.Pass(91 * 24 * time.Hour)
		over("after three months", fourth)
		fifth := b.asked(b.ann, "five@elsewhere.example")
		b.must(w.WithdrawApplication(ctx, b.ann))
		over("of what was withdrawn", fifth)
		for n := range 20 {
			if err = w.Apply(ctx, b.nobody); err == nil {
				err = w.AskFeedback(ctx, b.nobody, "Somebody", fmt.Sprintf("n%d@elsewhere.example", n))
			}
			if err != nil {
				break
			}
		}
		kind(t, "asking without end", err, forum.TooMany, "error.too-many")
	})
}

// TestFeedbackMail: the link goes to who is named and to nobody else; the applicant finds the
// mail in their list and cannot open it, an administrator only where there is no relay; and it
// does not go when it is over.
func TestFeedbackMail(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		b, ctx := newBench(t, w), t.Context()
		ref := func() (id int64) {
			b.must(w.Store.Reader().NewRaw("SELECT max(id) FROM feedbacks").Scan(ctx, &id))
			return id
		}
		b.must(w.Apply(ctx, b.ann))
		b.asked(b.ann, "one@elsewhere.example")
		what := forum.Mailing{Kind: "note.feedback", Ref: ref()}
		to, err := w.Claim(ctx, what, 10)
		if err != nil || len(to) != 1 || to[0].Email != "one@elsewhere.example" || to[0].Name != "Independent Person" || to[0].Member != b.ann.Member {
			t.Errorf("it goes to %+v %v", to, err)
		}
		for state, want := range map[forum.DeliveryState]forum.Kind{forum.Sent: forum.NotFound, forum.Kept: forum.Internal} {
			b.must(w.Delivered(ctx, what, []forum.Outcome{{Member: b.ann.Member, State: state}}))
			_, err = w.ReadDelivery(ctx, b.ann, what, b.ann.Member)
			kind(t, "the applicant opens it", err, forum.NotFound, "error.not-found")
			if _, err = w.ReadDelivery(ctx, w.Admin, what, b.ann.Member); forum.KindOf(err) != want || want != forum.Internal && err == nil || want == forum.Internal && err != nil {
				t.Errorf("an administrator opens one that is %s: %v", state, err)
			}
		}
		b.asked(b.ann, "two@elsewhere.example")
		what.Ref = ref()
		b.must(w.CancelFeedback(ctx, b.ann))
		if to, err := w.Claim(ctx, what, 10); err != nil || len(to) != 0 {
			t.Errorf("it goes although it is over: %v %v", to, err)
		}
	})
}

// TestConduct: the declaration names the version that was shown, and holds for that one.
func TestConduct(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		b, ctx := newBench(t, w), t.Context()
		b.filled(b.ann, "writer@elsewhere.example")
		old := b.own(b.ann)
		rules, err := w.ReadRules(ctx)
		b.must(err)
		kind(t, "by a reviewer", w.ChangeRules(ctx, b.rita, rules), forum.Forbidden, "error.administrators-only")
		wrong := rules
		wrong.Years, wrong.GraceDays, wrong.Hours = 0, 400, -1
		kind(t, "nonsense", w.ChangeRules(ctx, w.Admin, wrong), forum.Invalid, "rule_hours: error.number-between; rule_years: error.number-between; rule_grace: error.number-between")
		rules.Conduct = "Be fair."
		b.must(w.ChangeRules(ctx, w.Admin, rules))
		kind(t, "declared before it changed", w.HandIn(ctx, b.ann), forum.Invalid, "conduct: error.lacks-conduct")
		kind(t, "what was shown before", w.SaveApplication(ctx, b.nobodyApplies(), "conduct", forum.ApplicationDraft{Conduct: old.Conduct}), forum.Invalid, "declared: error.conduct-changed")
		b.must(w.SaveApplication(ctx, b.ann, "conduct", forum.ApplicationDraft{Conduct: rules.ConductVersion()}))
		b.must(w.HandIn(ctx, b.ann))
		if p := b.own(b.ann); p.Conduct == old.Conduct || p.DeclaredAt <= old.DeclaredAt {
			t.Errorf("declared %q", p.Conduct)
		}
		if n := count(t, w, "SELECT count(*) FROM settings WHERE name = ? AND value = 'Be fair.'", "cert.conduct."+rules.ConductVersion()); n != 1 {
			t.Error("the wording that was declared is not kept")
		}

		// More is asked, and the code changes meanwhile: what was declared stands, in its own words, unless it is asked anew.
		declared := rules.ConductVersion()
		b.must(w.ClaimApplication(ctx, b.rita, old.ID))
		b.must(w.AskMore(ctx, b.rita, old.ID, []string{"you"}, "Where do you work now?"))
		rules.Conduct = "Be fair, and say so."
		b.must(w.ChangeRules(ctx, w.Admin, rules))
		b.must(w.HandIn(ctx, b.ann))
		b.must(w.AskMore(ctx, b.rita, old.ID, []string{"conduct"}, "Please declare the new code"))
		kind(t, "asked anew", w.HandIn(ctx, b.ann), forum.Invalid, "conduct: error.lacks-conduct")
		for version, want := range map[string]string{declared: "Be fair.", rules.ConductVersion(): "Be fair, and say so.", "": "Be fair, and say so.", old.Conduct: ""} {
			if words, is, err := w.ReadConduct(ctx, version); err != nil || words != want || version != "" && is != version {
				t.Errorf("%q is %q %q %v", version, words, is, err)
			}
		}
		_, _, err = w.ReadConduct(ctx, "hours")
		kind(t, "a version that never was", err, forum.NotFound, "error.not-found")
	})
}

func (b *bench) nobodyApplies() forum.Actor {
	b.t.Helper()
	b.must(b.Apply(b.t.Context(), b.nobody))
	return b.nobody
}

// TestProgrammes: reviewers keep the list; what is retired is offered to nobody, and stays with
// who named it.
func TestProgrammes(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		b, ctx := newBench(t, w), t.Context()
		_, err := w.AddProgramme(ctx, b.ann, "Mine")
		kind(t, "a member adds", err, forum.Forbidden, "error.reviewers-only")
		kind(t, "a member renames", w.RenameProgramme(ctx, b.ann, b.programme, "Mine"), forum.Forbidden, "error.reviewers-only")
		kind(t, "a member retires", w.RetireProgramme(ctx, b.ann, b.programme, true), forum.Forbidden, "error.reviewers-only")
		kind(t, "none is renamed", w.RenameProgramme(ctx, b.rita, 7, "Mine"), forum.NotFound, "error.not-found")
		kind(t, "none is retired", w.RetireProgramme(ctx, b.rita, 7, true), forum.NotFound, "error.not-found")
		_, err = w.AddProgramme(ctx, b.rita, " ")
		kind(t, "no name", err, forum.Invalid, "programme: error.empty.programme")
		if id, err := w.AddProgramme(ctx, b.rita, "Assessment of the guild"); err != nil || id != b.programme {
			t.Errorf("twice: %d %v", id, err)
		}
		b.must(w.RenameProgramme(ctx, b.rita, b.programme, "The guild's"))
		train := forum.ApplicationDraft{ProgrammeID: b.programme, Completed: "2020-05"}
		b.must(w.Apply(ctx, b.ann))
		b.must(w.SaveApplication(ctx, b.ann, "training", train))
		b.must(w.RetireProgramme(ctx, b.rita, b.programme, true))
		b.must(w.SaveApplication(ctx, b.ann, "training", train))
		kind(t, "what is retired", w.SaveApplication(ctx, b.nobodyApplies(), "training", train), forum.Invalid, "programme: error.choose")
		if p := b.own(b.ann); p.Programme != "The guild's" {
			t.Errorf("named %q", p.Programme)
		}
		kind(t, "no month", w.SaveApplication(ctx, b.ann, "training", forum.ApplicationDraft{Completed: "May 2020"}), forum.Invalid, "completed: error.month")
		kind(t, "no such part", w.SaveApplication(ctx, b.ann, "other", train), forum.NotFound, "error.not-found")
		kind(t, "no number", w.SaveApplication(ctx, b.ann, "practice", forum.ApplicationDraft{Hours: -1}), forum.Invalid, "hours: error.number-between")
		b.must(w.RetireProgramme(ctx, b.rita, b.programme, false))
		b.must(w.SaveApplication(ctx, b.nobody, "training", train))
	})
}

// TestClaims: of reviewers who claim at once one does; only they work on it, until they give it
// back or two weeks have passed.
func TestClaims(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		b, ctx := newBench(t, w), t.Context()
		id := b.handedIn(b.ann)
		both := []forum.Actor{b.rita, b.rolf}
		errs := make([]error, 2)
		var wg sync.WaitGroup
		for i, by := range both {
			wg.Go(func() { errs[i] = w.ClaimApplication(context.WithoutCancel(ctx), by, id) })
		}
		wg.Wait()
		won := slices.Index(errs, nil)
		if won < 0 || forum.KindOf(errs[1-won]) != forum.Conflict || errs[1-won] == nil {
			t.Fatalf("claimed: %v", errs)
		}
		one, other := both[won], both[1-won]
		b.must(w.ClaimApplication(ctx, one, id))
		for what, act := range map[string]func(by forum.Actor) error{
			"release": func(by forum.Actor) error { return w.ReleaseApplication(ctx, by, id) },
			"check":   func(by forum.Actor) error { return w.CheckApplication(ctx, by, id, nil) },
			"ask":     func(by forum.Actor) error { return w.AskMore(ctx, by, id, []string{"you"}, "words enough of it") },
			"decide":  func(by forum.Actor) error { return b.approve(by, id, b.in(1)) },
		} {
			kind(t, what+" by the other", act(other), forum.Forbidden, "error.claim-first")
			kind(t, what+" by a member", act(b.nobody), forum.Forbidden, "error.reviewers-only")
		}
		rows, err := w.Queue(ctx, other)
		if err != nil || len(rows) != 1 || rows[0].Claimer != one.Name || rows[0].MayClaim || !rows[0].MayJudge || rows[0].Renewal {
			t.Errorf("the other sees %+v %v", rows, err)
		}
		w.Pass(15 * 24 * time.Hour)
		b.must(w.ClaimApplication(ctx, other, id))
		b.must(w.ReleaseApplication(ctx, other, id))
		kind(t, "released", w.CheckApplication(ctx, other, id, nil), forum.Forbidden, "error.claim-first")
		b.must(w.ClaimApplication(ctx, one, id))
	})
}

// TestDecisions: certified only with every part checked and a day to come, refused only with
// reasons; then it is over.
func TestDecisions(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		b, ctx := newBench(t, w), t.Context()
		id := b.handedIn(b.ann)
		b.must(w.ClaimApplication(ctx, b.rita, id))
		kind(t, "nothing", w.DecideApplication(ctx, b.rita, id, forum.Decision{}), forum.Invalid, "outcome: error.choose")
		kind(t, "withdrawn by a reviewer", w.DecideApplication(ctx, b.rita, id, forum.Decision{Outcome: forum.Withdrawn}), forum.Invalid, "outcome: error.choose")
		kind(t, "unchecked", b.approve(b.rita, id, forum.At(w.Now())), forum.Invalid, "until: error.in-the-past; checked: error.checklist")
		kind(t, "without reasons", w.DecideApplication(ctx, b.rita, id, forum.Decision{Outcome: forum.Refused, Reasons: "no"}), forum.Invalid, "reasons: error.reason-short")
		b.must(w.DecideApplication(ctx, b.rita, id, forum.Decision{Outcome: forum.Refused, Reasons: "Too few mediations of your own."}))
		p := b.own(b.ann)
		if p.State != forum.Refused || p.Reasons != "Too few mediations of your own." || !p.MayApply || w.As(b.ann.Member).Certified || b.notes(b.ann)[len(b.notes(b.ann))-1] != "note.application-refused" {
			t.Errorf("refused: %+v", p)
		}
		if rows, err := w.Decided(ctx, b.rolf); err != nil || len(rows) != 1 || rows[0].ID != id || rows[0].State != forum.Refused || !rows[0].MayJudge {
			t.Errorf("what was decided: %+v %v", rows, err)
		}
		kind(t, "again", b.approve(b.rita, id, b.in(1)), forum.Closed, "error.application-decided")
		kind(t, "claimed again", w.ClaimApplication(ctx, b.rolf, id), forum.Closed, "error.application-decided")
		kind(t, "withdrawn", w.WithdrawApplication(ctx, b.ann), forum.NotFound, "error.not-found")

		b.must(w.Apply(ctx, b.ann)) // again, from what was said before
		if q := b.own(b.ann); q.ID == p.ID || q.Hours != 210 || q.Place != "Utrecht" || q.Conduct != "" || len(q.Evidence) != 0 || q.Feedback.ID != 0 {
			t.Errorf("the next one: %+v", q)
		}
		b.parts(b.ann)
		b.must(w.WriteFeedback(ctx, forum.Actor{}, b.asked(b.ann, "other@elsewhere.example"), "words enough of it", false))
		b.must(w.HandIn(ctx, b.ann))
		id = b.own(b.ann).ID
		b.must(w.ClaimApplication(ctx, b.rita, id))
		b.must(w.DecideApplication(ctx, b.rita, id, forum.Decision{Outcome: forum.Dropped}))
		if p := b.own(b.ann); p.State != forum.Dropped || w.As(b.ann.Member).Certified || !slices.Contains(b.notes(b.ann), "note.application-dropped") {
			t.Errorf("let lapse: %+v", p)
		}
	})
}

// TestNobodyDecidesAboutTheirOwn: not about oneself, nor about whom one wrote feedback for or
// invited; whatever the act.
func TestNobodyDecidesAboutTheirOwn(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		b, ctx := newBench(t, w), t.Context()
		id := b.handedIn(b.rita) // herself a reviewer
		b.filled(b.ann, "rita@members.example")
		b.must(w.HandIn(ctx, b.ann))
		of := b.own(b.ann).ID
		g, _, _ := w.Group("inner", forum.Hidden)
		w.Ready(g, b.nobody) // the administrator invited them
		invited := b.handedIn(b.nobody)
		for what, c := range map[string]struct {
			by  forum.Actor
			id  int64
			key string
		}{"herself": {b.rita, id, "error.not-yourself"}, "of whom she wrote": {b.rita, of, "error.you-vouched"}, "whom they invited": {w.Admin, invited, "error.you-vouched"}} {
			acts := map[string]error{
				"claim": w.ClaimApplication(ctx, c.by, c.id), "release": w.ReleaseApplication(ctx, c.by, c.id), "check": w.CheckApplication(ctx, c.by, c.id, nil),
				"note": w.NoteApplication(ctx, c.by, c.id, "fine"), "ask": w.AskMore(ctx, c.by, c.id, []string{"you"}, "words enough of it"),
				"decide": b.approve(c.by, c.id, b.in(1)), "confirm": w.ConfirmApplication(ctx, c.by, c.id, true, ""),
			}
			_, acts["look"] = w.ReadReview(ctx, c.by, c.id)
			for act, err := range acts {
				kind(t, act+" "+what, err, forum.Forbidden, c.key)
			}
			rows, err := w.Queue(ctx, c.by)
			b.must(err)
			for _, r := range rows {
				if r.ID == c.id && (r.MayJudge || r.MayClaim) {
					t.Errorf("the queue offers them %s", what)
				}
			}
		}
		b.checked(b.rolf, id)
		b.must(b.approve(b.rolf, id, b.in(1)))
		certificate := b.own(b.rita).Certificate.ID
		if rows, err := w.Decided(ctx, w.As(b.rita.Member)); err != nil || len(rows) != 1 || rows[0].MayJudge {
			t.Errorf("what was decided about herself: %+v %v", rows, err)
		}
		kind(t, "suspending oneself", w.Suspend(ctx, w.As(b.rita.Member), certificate, "I am tired of it"), forum.Forbidden, "error.not-yourself")
		kind(t, "lifting one's own", w.Lift(ctx, w.As(b.rita.Member), certificate), forum.Forbidden, "error.not-yourself")
	})
}

// TestTwoReviewers: where the rules ask for it nothing comes of the first one's decision until
// another confirms it, and the applicant is told nothing of it.
func TestTwoReviewers(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		b, ctx := newBench(t, w), t.Context()
		rules, err := w.ReadRules(ctx)
		b.must(err)
		rules.Second = true
		b.must(w.ChangeRules(ctx, w.Admin, rules))
		id := b.handedIn(b.ann)
		kind(t, "before the first", w.ConfirmApplication(ctx, b.rolf, id, true, ""), forum.Closed, "error.application-decided")
		b.checked(b.rita, id)
		b.must(b.approve(b.rita, id, b.in(1)))
		before := len(b.notes(b.ann))
		if p := b.own(b.ann); p.State != forum.HandedIn || p.Outcome != 0 || p.GrantUntil != 0 || w.As(b.ann.Member).Certified || strings.Contains(fmt.Sprint(p), b.rita.Name) {
			t.Errorf("after the first: %+v", p)
		}
		if p, err := w.ReadReview(ctx, b.rita, id); err != nil || p.MayConfirm {
			t.Errorf("the first is offered to confirm: %t %v", p.MayConfirm, err)
		}
		kind(t, "the first confirms", w.ConfirmApplication(ctx, b.rita, id, true, ""), forum.Forbidden, "error.second-person")
		kind(t, "a member confirms", w.ConfirmApplication(ctx, b.nobody, id, true, ""), forum.Forbidden, "error.reviewers-only")
		b.must(w.ConfirmApplication(ctx, b.rolf, id, false, "Look at the hours again"))
		if len(b.notes(b.ann)) != before || w.As(b.ann.Member).Certified {
			t.Error("something came of what was sent back")
		}
		b.checked(b.rolf, id)
		b.must(b.approve(b.rolf, id, b.in(1)))
		if p, err := w.ReadReview(ctx, b.rita, id); err != nil || !p.MayConfirm || p.Decider != b.rolf.Name || p.MayClaim || p.MayWork {
			t.Errorf("the second sees %+v %v", p, err)
		}
		b.must(w.ConfirmApplication(ctx, b.rita, id, true, ""))
		if p := b.own(b.ann); p.State != forum.Approved || !w.As(b.ann.Member).Certified {
			t.Errorf("after the second: %+v", p)
		}
		_, err = w.Certify(ctx, w.Admin, b.nobody.Member, b.in(1))
		kind(t, "one certifies alone", err, forum.Forbidden, "error.two-certify")
		late := b.handedIn(b.nobody)
		b.checked(b.rita, late)
		b.must(b.approve(b.rita, late, forum.At(w.Now().Add(time.Hour))))
		w.Pass(2 * time.Hour)
		kind(t, "after the day it was to end", w.ConfirmApplication(ctx, b.rolf, late, true, ""), forum.Closed, "error.decision-over")
	})
}

// TestWhoMayNotDecide: who has been a reviewer for some days only, whom the applicant made one, and who wrote the feedback, under
// whatever address.
func TestWhoMayNotDecide(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		b, ctx := newBench(t, w), t.Context()
		b.filled(b.ann, "rolf+feedback@members.example")
		b.must(w.HandIn(ctx, b.ann))
		app := b.own(b.ann)
		kind(t, "who wrote the feedback to an address of theirs claims", w.ClaimApplication(ctx, b.rolf, app.ID), forum.Forbidden, "error.you-vouched")
		fresh := w.Member("fresh")
		b.must(w.Grant(ctx, w.Admin, fresh.Member, forum.Reviewer))
		fresh = w.As(fresh.Member)
		b.must(w.ClaimApplication(ctx, fresh, app.ID))
		d := forum.Decision{Outcome: forum.Refused, Reasons: "Too few mediations, we think."}
		kind(t, "a reviewer of today decides", w.DecideApplication(ctx, fresh, app.ID, d), forum.Forbidden, "error.reviewer-too-new")
		exec(t, w, "UPDATE grants SET granted_by = ?, granted_at = granted_at - 700000000000 WHERE member_id = ?", b.ann.Member, fresh.Member)
		kind(t, "one whom the applicant made a reviewer", w.DecideApplication(ctx, fresh, app.ID, d), forum.Forbidden, "error.you-vouched")
		exec(t, w, "UPDATE grants SET granted_by = ? WHERE member_id = ?", w.Admin.Member, fresh.Member)
		b.must(w.DecideApplication(ctx, fresh, app.ID, d))
		if rows, err := w.Queue(ctx, w.As(b.rita.Member)); err != nil || len(rows) != 0 {
			t.Errorf("%v %v", rows, err)
		}
	})
}

// TestReopenedPartsAreTheApplicants: what is changed after more was asked is read by nobody before it is handed in again, and
// feedback that came is not swapped for other.
func TestReopenedPartsAreTheApplicants(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		b, ctx := newBench(t, w), t.Context()
		b.filled(b.ann, "writer@elsewhere.example")
		kind(t, "feedback that came is set aside", w.CancelFeedback(ctx, b.ann), forum.Closed, "error.feedback-came")
		kind(t, "and other asked for", w.AskFeedback(ctx, b.ann, "Kind Friend", "friend@elsewhere.example"), forum.Closed, "error.feedback-came")
		b.must(w.HandIn(ctx, b.ann))
		app := b.own(b.ann)
		b.must(w.ClaimApplication(ctx, b.rita, app.ID))
		b.must(w.AskMore(ctx, b.rita, app.ID, []string{"evidence"}, "The log is missing, please add it."))
		b.must(w.AddEvidence(ctx, b.ann, "client.txt", []byte("a slip")))
		p, err := w.ReadReview(ctx, b.rita, app.ID)
		if err != nil || len(p.Evidence) != 0 || p.Areas == "" {
			t.Errorf("the reviewer reads %+v %v", p.Evidence, err)
		}
		for _, e := range b.own(b.ann).Evidence {
			if _, _, err := w.OpenEvidence(ctx, b.rita, e.ID); forum.KindOf(err) != forum.NotFound {
				t.Errorf("the reviewer opens %s: %v", e.Name, err)
			}
		}
		b.must(w.HandIn(ctx, b.ann))
		if p, err := w.ReadReview(ctx, b.rita, app.ID); err != nil || len(p.Evidence) != 2 {
			t.Errorf("handed in again: %+v %v", p.Evidence, err)
		}
	})
}
