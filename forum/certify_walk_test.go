package forum_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"peergroups/forum"
	"peergroups/forum/forumtest"
)

// walker tries acts at random in everybody's name and keeps, in a few lines, what has to be true:
// who is certified, by whose word.
type walker struct {
	*bench
	r      *rand.Rand
	people []forum.Actor // ann and rita apply; rita, rolf and the administrator review
	link   map[forum.MemberID]string
	writer map[forum.MemberID]forum.MemberID // whose feedback counts
	first  map[int64]forum.MemberID          // who proposed
	until  map[forum.MemberID]forum.Instant  // that a decision of others gave
	held   map[forum.MemberID]bool           // suspended
	said   []string
	second bool
}

// TestNobodyCertifiesThemself: however applications are filled in, handed in, claimed, asked about,
// answered, decided, confirmed, withdrawn, renewed, suspended and left to lapse, somebody is
// certified exactly when others who may decided it, two of them where the rules say so.
func TestNobodyCertifiesThemself(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		seed := uint64(time.Now().UnixNano())
		b := newBench(t, w)
		k := &walker{bench: b, r: rand.New(rand.NewPCG(seed, 1)), people: []forum.Actor{b.ann, b.rita, b.rolf, w.Admin, b.nobody}, link: map[forum.MemberID]string{},
			writer: map[forum.MemberID]forum.MemberID{}, first: map[int64]forum.MemberID{}, until: map[forum.MemberID]forum.Instant{}, held: map[forum.MemberID]bool{}}
		certified := 0
		for n := 0; n < 500 || certified == 0 && n < 5000; n++ {
			k.step()
			for _, who := range k.people {
				if k.until[who.Member] <= forum.At(w.Now()) { // with the certificate its suspension is over
					k.held[who.Member] = false
				}
				want := k.until[who.Member] > forum.At(w.Now()) && !k.held[who.Member]
				if is := w.As(who.Member).Certified; is != want {
					t.Fatalf("seed %d: %s is certified: %t, by the model %t, after %v", seed, who.Handle, is, want, k.said[max(0, len(k.said)-40):])
				}
				if want {
					certified++
				}
			}
		}
		if whole, broken, err := w.CheckLog(t.Context()); err != nil || broken != 0 || whole == 0 {
			t.Errorf("the log: %d %d %v", whole, broken, err)
		}
		if certified == 0 {
			t.Errorf("seed %d: nobody was ever certified", seed)
		}
		t.Logf("certified in %d looks", certified)
	})
}

// ok tells whether an act was done; a refusal is no trouble, anything else is.
func (k *walker) ok(by forum.Actor, what string, err error) bool {
	k.t.Helper()
	if err != nil && forum.KindOf(err) == forum.Internal {
		k.t.Fatalf("%s %s: %v, after %v", by.Handle, what, err, k.said)
	}
	if err == nil {
		k.said = append(k.said, by.Handle+" "+what)
	}
	return err == nil
}

// step has somebody do something about the application of ann or rita.
func (k *walker) step() {
	k.t.Helper()
	ctx := k.t.Context()
	by := k.As(k.people[k.r.IntN(len(k.people))].Member)
	whom := k.people[k.r.IntN(2)]
	p := k.own(whom)
	switch op := k.r.IntN(20); {
	case op < 4:
		k.fill(whom, &p)
	case op < 6:
		k.ok(whom, "hands in", k.HandIn(ctx, whom))
	case op < 9:
		if k.ok(by, "claims of "+whom.Handle, k.ClaimApplication(ctx, by, p.ID)) {
			k.others(by, whom)
			k.ok(by, "checks", k.CheckApplication(ctx, by, p.ID, forum.ApplicationParts))
		}
	case op < 10:
		k.ok(by, "asks for more", k.AskMore(ctx, by, p.ID, []string{"evidence", "feedback"}[k.r.IntN(2):], "more of it, please"))
	case op < 14:
		k.decide(by, whom, p.ID)
	case op < 16:
		k.confirm(by, whom, p.ID)
	case op < 17:
		k.ok(by, "releases", k.ReleaseApplication(ctx, by, p.ID))
		if k.r.IntN(4) == 0 {
			k.ok(whom, "withdraws", k.WithdrawApplication(ctx, whom))
		}
	case op < 18:
		k.suspend(by, whom, p.Certificate.ID)
	case op < 19:
		k.Pass(time.Duration(k.r.IntN(30)) * day)
		k.must(k.EndLapsed(ctx))
		k.must(k.RemindCertified(ctx))
	default:
		rules, err := k.ReadRules(ctx)
		k.must(err)
		k.second = !k.second
		rules.Second = k.second
		k.must(k.ChangeRules(ctx, k.Admin, rules))
	}
}

// others fails where somebody decides about themself or one they stand up for.
func (k *walker) others(by, whom forum.Actor) {
	k.t.Helper()
	if by.Member == whom.Member || k.writer[whom.Member] == by.Member || !by.Has(forum.Reviewer) {
		k.t.Fatalf("%s decides about %s, after %v", by.Handle, whom.Handle, k.said)
	}
}

func (k *walker) fill(whom forum.Actor, p *forum.ApplicationPage) {
	k.t.Helper()
	ctx := k.t.Context()
	k.ok(whom, "applies", k.Apply(ctx, whom))
	for part, d := range k.drafts() {
		k.ok(whom, part, k.SaveApplication(ctx, whom, part, d))
	}
	k.ok(whom, "adds evidence", k.AddEvidence(ctx, whom, "a.txt", []byte("text")))
	if p.Feedback.WrittenAt != 0 && p.Open() && k.r.IntN(5) > 0 {
		return
	}
	k.Pass(25 * time.Hour)              // letter boxes take three mails a day
	writer := k.people[2+2*k.r.IntN(2)] // rolf or nobody
	k.Effects.Take()
	if k.ok(whom, "names "+writer.Handle, k.AskFeedback(ctx, whom, "Writer", writer.Handle+"@members.example")) {
		for _, f := range k.Effects.Take() {
			if told, is := f.(forum.MemberTold); is && told.Note == "note.feedback" {
				k.link[whom.Member] = k.FeedbackToken(told.Entry)
			}
		}
		if k.ok(writer, "writes of "+whom.Handle, k.WriteFeedback(ctx, writer, k.link[whom.Member], "words enough of it", false)) && writer.Has(forum.Reviewer) {
			k.writer[whom.Member] = writer.Member // for good: they stand up for them
		}
	}
}

func (k *walker) decide(by, whom forum.Actor, id int64) {
	k.t.Helper()
	until := forum.At(k.Now().Add(time.Duration(1+k.r.IntN(150)) * day))
	d := forum.Decision{Outcome: []forum.ApplicationState{forum.Approved, forum.Approved, forum.Approved, forum.Refused, forum.Dropped}[k.r.IntN(5)], Until: until, Reasons: "reasons enough"}
	if !k.ok(by, fmt.Sprintf("decides of %s: %s", whom.Handle, d.Outcome), k.DecideApplication(k.t.Context(), by, id, d)) {
		return
	}
	k.others(by, whom)
	if k.first[id] = by.Member; !k.second && d.Outcome == forum.Approved {
		k.until[whom.Member] = until
	}
}

func (k *walker) confirm(by, whom forum.Actor, id int64) {
	k.t.Helper()
	var was struct {
		Outcome    forum.ApplicationState
		GrantUntil forum.Instant
	}
	k.must(k.Store.Reader().NewRaw("SELECT coalesce(max(outcome), 0) AS outcome, coalesce(max(grant_until), 0) AS grant_until FROM applications WHERE id = ?", id).Scan(k.t.Context(), &was))
	agree := k.r.IntN(4) > 0
	if !k.ok(by, fmt.Sprintf("confirms of %s: %t", whom.Handle, agree), k.ConfirmApplication(k.t.Context(), by, id, agree, "")) {
		return
	}
	if k.others(by, whom); k.first[id] == by.Member || k.first[id] == 0 {
		k.t.Fatalf("%s confirms their own word, after %v", by.Handle, k.said)
	}
	if agree && was.Outcome == forum.Approved {
		k.until[whom.Member] = was.GrantUntil
	}
}

func (k *walker) suspend(by, whom forum.Actor, certificate int64) {
	k.t.Helper()
	if k.held[whom.Member] {
		if k.ok(by, "lifts of "+whom.Handle, k.Lift(k.t.Context(), by, certificate)) {
			k.others(by, whom)
			k.held[whom.Member] = false
		}
	} else if k.r.IntN(3) == 0 && k.ok(by, "suspends "+whom.Handle, k.Suspend(k.t.Context(), by, certificate, "reason enough")) {
		k.others(by, whom)
		k.held[whom.Member] = true
	}
}
