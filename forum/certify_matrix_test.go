package forum_test

import (
	"context"

	"peergroups/forum"
	"peergroups/forum/forumtest"
)

// certifying are the verbs from an application to a certificate, each finding what it needs.
func (s *stage) certifying(w *forumtest.World) []verb {
	novice := w.Member("novice")
	first := forum.Forbidden // what is not a reviewer's to do
	var programme int64
	own := func() forum.ApplicationPage {
		p, err := w.ReadApplication(context.Background(), novice)
		if err != nil {
			panic(err)
		}
		return p
	}
	token := func() string {
		var id int64
		if err := s.Store.Reader().NewRaw("SELECT coalesce(max(id), 0) FROM feedbacks").Scan(context.Background(), &id); err != nil {
			panic(err)
		}
		return w.FeedbackToken(id)
	}
	save := func(part string, d forum.ApplicationDraft) func(context.Context, forum.Actor) error {
		return func(ctx context.Context, by forum.Actor) error {
			d.ProgrammeID = programme
			return w.SaveApplication(ctx, by, part, d)
		}
	}
	return []verb{
		{"add programme", func(ctx context.Context, by forum.Actor) (err error) {
			var id int64
			if id, err = w.AddProgramme(ctx, by, "Programme"); err == nil {
				programme = id
			}
			return err
		}, &w.Admin, first, first, first, 0, true},
		{"rename programme", func(ctx context.Context, by forum.Actor) error { return w.RenameProgramme(ctx, by, programme, "Other") }, &w.Admin, first, first, first, 0, true},
		{"offer programme", func(ctx context.Context, by forum.Actor) error { return w.RetireProgramme(ctx, by, programme, false) }, &w.Admin, first, first, first, 0, true},
		{"change rules", func(ctx context.Context, by forum.Actor) error {
			return w.ChangeRules(ctx, by, forum.CertificationRules{Hours: 200, Mediations: 20, Years: 2})
		}, &w.Admin, first, first, first, 0, true},
		{"apply", func(ctx context.Context, by forum.Actor) error { return w.Apply(ctx, by) }, &novice, first, forum.Closed, forum.Closed, 0, true},
		{"save training", save("training", forum.ApplicationDraft{Completed: "2020-01"}), &novice, forum.NotFound, forum.NotFound, forum.NotFound, 0, true},
		{"save practice", save("practice", forum.ApplicationDraft{Hours: 300, Areas: "Family"}), &novice, forum.NotFound, forum.NotFound, forum.NotFound, 0, true},
		{"save you", save("you", forum.ApplicationDraft{Languages: "Dutch", Place: "Delft"}), &novice, forum.NotFound, forum.NotFound, forum.NotFound, 0, true},
		{"save conduct", save("conduct", forum.ApplicationDraft{Conduct: "standard-1"}), &novice, forum.NotFound, forum.NotFound, forum.NotFound, 0, true},
		{"add evidence", func(ctx context.Context, by forum.Actor) error {
			return w.AddEvidence(ctx, by, "e.txt", []byte("text"))
		}, &novice, first, forum.NotFound, forum.NotFound, 0, true},
		{"drop evidence", func(ctx context.Context, by forum.Actor) error {
			return w.DropEvidence(ctx, by, own().Evidence[0].ID)
		}, &novice, forum.NotFound, forum.NotFound, forum.NotFound, 0, true},
		{"ask feedback", func(ctx context.Context, by forum.Actor) error {
			return w.AskFeedback(ctx, by, "Ind", "ind@elsewhere.example")
		}, &novice, forum.NotFound, forum.NotFound, forum.NotFound, 0, false},
		{"cancel feedback", func(ctx context.Context, by forum.Actor) error { return w.CancelFeedback(ctx, by) }, &novice, forum.NotFound, forum.NotFound, forum.NotFound, 0, true},
		{"ask feedback again", func(ctx context.Context, by forum.Actor) error {
			return w.AskFeedback(ctx, by, "Ind", "else@elsewhere.example")
		}, &novice, forum.NotFound, forum.NotFound, forum.NotFound, 0, false},
		{"write feedback", func(ctx context.Context, by forum.Actor) error {
			return w.WriteFeedback(ctx, by, token(), "a digest of it all", false)
		}, &s.out, 0, 0, 0, forum.Closed, false},
		{"refill evidence", func(ctx context.Context, by forum.Actor) error {
			return w.AddEvidence(ctx, by, "e.txt", []byte("text"))
		}, &novice, first, forum.NotFound, forum.NotFound, 0, true},
		{"hand in", func(ctx context.Context, by forum.Actor) error { return w.HandIn(ctx, by) }, &novice, forum.NotFound, forum.NotFound, forum.NotFound, forum.Closed, false},
		{"claim", func(ctx context.Context, by forum.Actor) error { return w.ClaimApplication(ctx, by, own().ID) }, &w.Admin, first, first, first, 0, true},
		{"note", func(ctx context.Context, by forum.Actor) error { return w.NoteApplication(ctx, by, own().ID, "a note") }, &w.Admin, first, first, first, 0, true},
		{"ask more", func(ctx context.Context, by forum.Actor) error {
			return w.AskMore(ctx, by, own().ID, []string{"you"}, "where are you now")
		}, &w.Admin, first, first, first, 0, false},
		{"answer", func(ctx context.Context, by forum.Actor) error { return w.HandIn(ctx, by) }, &novice, forum.NotFound, forum.NotFound, forum.NotFound, forum.Closed, false},
		{"release", func(ctx context.Context, by forum.Actor) error { return w.ReleaseApplication(ctx, by, own().ID) }, &w.Admin, first, first, first, forum.Forbidden, true},
		{"claim again", func(ctx context.Context, by forum.Actor) error { return w.ClaimApplication(ctx, by, own().ID) }, &w.Admin, first, first, first, 0, true},
		{"check", func(ctx context.Context, by forum.Actor) error {
			return w.CheckApplication(ctx, by, own().ID, forum.ApplicationParts)
		}, &w.Admin, first, first, first, 0, true},
		{"approve", func(ctx context.Context, by forum.Actor) error {
			return w.DecideApplication(ctx, by, own().ID, forum.Decision{Outcome: forum.Approved, Until: forum.At(w.Now().AddDate(0, 2, 0))})
		}, &w.Admin, first, first, first, forum.Closed, false},
		{"list", func(ctx context.Context, by forum.Actor) error { return w.SetListed(ctx, by, []string{"name"}) }, &novice, forum.NotFound, 0, 0, 0, true},
		{"suspend", func(ctx context.Context, by forum.Actor) error {
			return w.Suspend(ctx, by, own().Certificate.ID, "it is looked into")
		}, &w.Admin, first, first, first, 0, false},
		{"lift", func(ctx context.Context, by forum.Actor) error { return w.Lift(ctx, by, own().Certificate.ID) }, &w.Admin, first, first, first, 0, false},
		{"renew", func(ctx context.Context, by forum.Actor) error { return w.Apply(ctx, by) }, &novice, first, 0, 0, 0, true},
		{"withdraw application", func(ctx context.Context, by forum.Actor) error { return w.WithdrawApplication(ctx, by) }, &novice, forum.NotFound, forum.NotFound, forum.NotFound, forum.NotFound, false},
	}
}
