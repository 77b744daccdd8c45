package forum_test

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"peergroups/forum"
	"peergroups/forum/forumtest"
)

// TestPublishPolicyAtOnce: of several who amend the same version one publishes, and nobody writes over it.
func TestPublishPolicyAtOnce(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		var work sync.WaitGroup
		var published atomic.Int64
		for n := range 8 {
			work.Go(func() {
				err := w.PublishPolicy(t.Context(), w.Admin, forum.PolicyDraft{Name: "terms", Words: string(rune('a'+n)) + " is what holds", Changes: "All of it is new.", After: 1})
				if err == nil {
					published.Add(1)
				} else {
					kind(t, "overtaken", err, forum.Invalid, "error.policy-amended")
				}
			})
		}
		work.Wait()
		all, err := w.ReadPolicy(t.Context(), "terms")
		if err != nil || len(all) != 1 || all[0].Version != 2 || published.Load() != 1 {
			t.Errorf("%d published, %+v %v", published.Load(), all, err)
		}
		if _, err := w.ReadPolicy(t.Context(), "else"); forum.KindOf(err) != forum.NotFound {
			t.Error("a text that is none", err)
		}
	})
}

// TestConsents: what is optional is off until it is given, is given on the words that were shown, and ends when it is withdrawn; each change of mind stays on
// record, and nobody can agree for another, to what is not asked, or leave what an account cannot do without.
func TestConsents(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		ctx, ann, bob := t.Context(), w.Member("ann"), w.Member("bob")
		must := func(err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
		}
		holds := func(by forum.Actor, purpose string) bool {
			all, err := w.ReadConsents(ctx, by)
			must(err)
			return forum.Consents(all, purpose)
		}
		for _, purpose := range []string{"marketing", "third-parties"} {
			if holds(ann, purpose) {
				t.Errorf("%s is on before it was given", purpose)
			}
			for range 2 {
				must(w.SetConsent(ctx, ann, purpose, "The words of "+purpose, true))
				if !holds(ann, purpose) || holds(bob, purpose) {
					t.Errorf("%s, given: %t, and of another %t", purpose, holds(ann, purpose), holds(bob, purpose))
				}
			}
			w.Pass(time.Minute)
			for range 2 {
				must(w.SetConsent(ctx, ann, purpose, "", false))
			}
			if holds(ann, purpose) {
				t.Errorf("%s holds though it was withdrawn", purpose)
			}
			w.Pass(time.Minute)
			must(w.SetConsent(ctx, ann, purpose, "The words of "+purpose, true))
			if !holds(ann, purpose) {
				t.Errorf("%s cannot be given again", purpose)
			}
		}
		all, err := w.ReadConsents(ctx, ann)
		must(err)
		n := 0
		for _, c := range all {
			if c.Purpose == "marketing" {
				n++
				if c.Words != "The words of marketing" || c.Hash != forum.WordingOf(c.Words) || c.How != "given" || c.GivenAt == 0 || (c.WithdrawnAt > 0) != (n == 2) {
					t.Errorf("%d: %+v", n, c)
				}
			}
		}
		if n != 2 {
			t.Errorf("%d words on marketing: %+v", n, all)
		}
		kind(t, "what is needed", w.SetConsent(ctx, ann, "terms", "", false), forum.Forbidden, "error.consent-needed")
		kind(t, "what is not asked", w.SetConsent(ctx, ann, "all", "x", true), forum.NotFound, "")
		kind(t, "a visitor", w.SetConsent(ctx, forum.Actor{}, "marketing", "x", true), forum.Forbidden, "")
	})
}

// verbsOfPolicies are those of texts by which the body is bound, and of consents.
func (s *stage) verbsOfPolicies(w *forumtest.World) []verb {
	asked := func(by forum.Actor, kind, key string) int64 {
		id, err := w.AskRequest(context.Background(), by, "192.0.2.8", forum.RequestDraft{Kind: kind, Words: "Something is asked.", Key: key, Address: key + "@x.example"})
		if err != nil {
			panic(err)
		}
		return id
	}
	question, asks, stranger := asked(s.guest, "question", "q"), w.RequestToken(asked(s.ann, "access", "o")), w.RequestToken(asked(forum.Actor{}, "privacy", "s"))
	spam := asked(forum.Actor{}, "question", "p")
	w.Effects.Take()
	return []verb{
		{"publish policy", func(ctx context.Context, by forum.Actor) error {
			return w.PublishPolicy(ctx, by, forum.PolicyDraft{Name: "privacy", Words: "Ours", Changes: "It is our own now.", After: 1})
		}, &w.Admin, forum.Forbidden, forum.Forbidden, forum.Forbidden, 0, true},
		{"register processor", func(ctx context.Context, by forum.Actor) error {
			return w.RegisterProcessor(ctx, by, forum.Processor{Name: "relay", Who: "Post Ltd", Country: "NL", Safeguard: "contract"})
		}, &w.Admin, forum.Forbidden, forum.Forbidden, forum.Forbidden, 0, true},
		{"open legal request", func(ctx context.Context, by forum.Actor) error {
			_, err := w.OpenLegalRequest(ctx, by, forum.LegalDraft{Authority: "District court", Basis: "Article 1", Words: "All posts of the member.", Login: "ann", Parts: []string{"posts"}, Received: 5, From: 1, Until: 9, Key: "l"})
			return err
		}, &w.Admin, forum.Forbidden, forum.Forbidden, forum.Forbidden, 0, true},
		{"propose legal", func(ctx context.Context, by forum.Actor) error {
			return w.ProposeLegal(ctx, by, s.legal(), "comply", "the law demands it")
		}, &s.staff, forum.Forbidden, forum.Forbidden, forum.Forbidden, 0, true},
		{"agree legal", func(ctx context.Context, by forum.Actor) error { return w.AgreeLegal(ctx, by, s.legal(), s.proposed()) }, &w.Admin, forum.Forbidden, forum.Forbidden, forum.Forbidden, forum.Conflict, false},
		{"ask bundle", func(ctx context.Context, by forum.Actor) error { _, err := w.AskBundle(ctx, by, s.legal()); return err }, &w.Admin, forum.Forbidden, forum.Forbidden, forum.Forbidden, 0, true},
		{"close legal", func(ctx context.Context, by forum.Actor) error { return w.CloseLegal(ctx, by, s.legal()) }, &w.Admin, forum.Forbidden, forum.Forbidden, forum.Forbidden, 0, true},
		{"open incident", func(ctx context.Context, by forum.Actor) error {
			_, err := w.OpenIncident(ctx, by, forum.IncidentDraft{Title: "A laptop", Words: "It was left on a train.", Found: forum.At(w.Now()), Key: "i"})
			return err
		}, &w.Admin, forum.Forbidden, forum.Forbidden, forum.Forbidden, 0, true},
		{"change incident", func(ctx context.Context, by forum.Actor) error {
			return w.ChangeIncident(ctx, by, s.incident(), forum.IncidentDraft{Title: "A laptop", Words: "It was left on a train, and is back.", Found: 5, Version: 1})
		}, &w.Admin, forum.Forbidden, forum.Forbidden, forum.Forbidden, 0, true},
		{"pick concerned", func(ctx context.Context, by forum.Actor) error {
			return w.PickConcerned(ctx, by, s.incident(), forum.PickDraft{Kind: "all"})
		}, &w.Admin, forum.Forbidden, forum.Forbidden, forum.Forbidden, 0, true},
		{"unpick concerned", func(ctx context.Context, by forum.Actor) error { return w.UnpickConcerned(ctx, by, s.incident()) }, &w.Admin, forum.Forbidden, forum.Forbidden, forum.Forbidden, 0, true},
		{"pick by name", func(ctx context.Context, by forum.Actor) error {
			return w.PickConcerned(ctx, by, s.incident(), forum.PickDraft{Kind: "names", Names: "ann"})
		}, &w.Admin, forum.Forbidden, forum.Forbidden, forum.Forbidden, 0, true},
		{"write incident notice", func(ctx context.Context, by forum.Actor) error {
			return w.WriteIncidentNotice(ctx, by, s.incident(), forum.IncidentNotice{Language: "en", Subject: "A laptop", Words: "It was left on a train."})
		}, &w.Admin, forum.Forbidden, forum.Forbidden, forum.Forbidden, 0, true},
		{"send incident", func(ctx context.Context, by forum.Actor) error { return w.SendIncident(ctx, by, s.incident()) }, &w.Admin, forum.Forbidden, forum.Forbidden, forum.Forbidden, forum.Conflict, false},
		{"tell authority", func(ctx context.Context, by forum.Actor) error {
			return w.TellAuthority(ctx, by, s.incident(), "number 7", false)
		}, &w.Admin, forum.Forbidden, forum.Forbidden, forum.Forbidden, 0, true},
		{"close incident", func(ctx context.Context, by forum.Actor) error { return w.CloseIncident(ctx, by, s.incident()) }, &w.Admin, forum.Forbidden, forum.Forbidden, forum.Forbidden, 0, true},
		{"set period", func(ctx context.Context, by forum.Actor) error {
			return w.SetPeriod(ctx, by, "news", 30, "it is long enough")
		}, &w.Admin, forum.Forbidden, forum.Forbidden, forum.Forbidden, 0, true},
		{"ask account erasure", func(ctx context.Context, by forum.Actor) error {
			return w.AskAccountErasure(ctx, by, own(s.theirs), false)
		}, &s.guest, forum.Forbidden, forum.Forbidden, forum.Forbidden, 0, false},
		{"keep account", func(ctx context.Context, by forum.Actor) error { return w.KeepAccount(ctx, by) }, &s.guest, forum.Forbidden, 0, 0, 0, false},
		{"ask request", func(ctx context.Context, by forum.Actor) error {
			_, err := w.AskRequest(ctx, by, "192.0.2.9", forum.RequestDraft{Kind: "access", Words: "What do you hold about me?", Key: "one-" + fmt.Sprint(by.Member), Address: "v@x.example"})
			return err
		}, &s.ann, 0, 0, 0, 0, false},
		{"add to request", func(ctx context.Context, by forum.Actor) error {
			return w.AddToRequest(ctx, by, asks, "And my files, please.", "two")
		}, &s.ann, forum.NotFound, forum.NotFound, 0, 0, false},
		{"confirm request", func(ctx context.Context, by forum.Actor) error { return w.ConfirmRequest(ctx, stranger) }, &s.ann, 0, 0, 0, 0, true},
		{"claim request", func(ctx context.Context, by forum.Actor) error {
			return w.ClaimRequest(ctx, by, question)
		}, &w.Admin, forum.Forbidden, forum.Forbidden, forum.Forbidden, 0, true},
		{"release request", func(ctx context.Context, by forum.Actor) error {
			return w.ReleaseRequest(ctx, by, question)
		}, &w.Admin, forum.Forbidden, forum.Forbidden, forum.Forbidden, 0, true},
		{"note request", func(ctx context.Context, by forum.Actor) error {
			return w.NoteRequest(ctx, by, question, "They called before.", "three")
		}, &w.Admin, forum.Forbidden, forum.Forbidden, forum.Forbidden, 0, true},
		{"answer request", func(ctx context.Context, by forum.Actor) error {
			return w.AnswerRequest(ctx, by, question, forum.RequestAnswer{Words: "We open at nine.", Outcome: "answered", Key: "four"})
		}, &w.Admin, forum.Forbidden, forum.Forbidden, forum.Forbidden, 0, false},
		{"drop request", func(ctx context.Context, by forum.Actor) error {
			return w.DropRequest(ctx, by, spam, "an advertisement")
		}, &w.Admin, forum.Forbidden, forum.Forbidden, forum.Forbidden, forum.NotFound, true},
		{"withdraw request", func(ctx context.Context, by forum.Actor) error { return w.WithdrawRequest(ctx, by, asks) }, &s.ann, forum.NotFound, forum.NotFound, 0, forum.NotFound, true},
		{"announce transfer", func(ctx context.Context, by forum.Actor) error {
			return w.AnnounceTransfer(ctx, by, forum.TransferDraft{Body: "The Guild", Place: "Oslo, Norway", Contact: "guild@guild.example", Words: "We end our work.", From: w.Now().Add(40 * 24 * time.Hour), Key: "transfer"}, forum.Letter{Subject: "We move", Source: "To the Guild."})
		}, &w.Admin, forum.Forbidden, forum.Forbidden, forum.Forbidden, 0, false},
		{"read transfers", func(ctx context.Context, by forum.Actor) error { _, err := w.ReadTransfers(ctx, by); return err }, &w.Admin, forum.Forbidden, forum.Forbidden, forum.Forbidden, 0, true},
		{"withdraw transfer", func(ctx context.Context, by forum.Actor) error {
			all, err := w.ReadTransfers(ctx, w.Admin)
			if err != nil {
				return err
			}
			return w.WithdrawTransfer(ctx, by, all[0].ID, forum.Letter{Subject: "We stay", Source: "After all."})
		}, &w.Admin, forum.Forbidden, forum.Forbidden, forum.Forbidden, 0, false},
		{"tell policies", func(ctx context.Context, by forum.Actor) error { _, err := w.TellPolicies(ctx, by, true); return err }, &s.ann, 0, 0, 0, 0, true},
		{"answer policy", func(ctx context.Context, by forum.Actor) error { return w.AnswerPolicy(ctx, by, "privacy", 2, true) }, &s.ann, forum.Forbidden, 0, 0, 0, true},
		{"set consent", func(ctx context.Context, by forum.Actor) error {
			return w.SetConsent(ctx, by, "marketing", "words", true)
		}, &s.ann, forum.Forbidden, 0, 0, 0, true},
	}
}
