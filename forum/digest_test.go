package forum_test

import (
	"testing"
	"time"

	"peergroups/forum"
	"peergroups/forum/forumtest"
)

// TestDigestDays: daily issues come on the days that a member chose, and hold what was said since the last one; the weekly one on
// its day; after an outage the one that was missed comes once; nothing twice and nothing missing, also where the clocks change.
func TestDigestDays(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		ctx := t.Context()
		g, b, _ := w.Group("inner", forum.MembersOnly)
		ann, bob := w.CertifiedMember("ann"), w.CertifiedMember("bob") // Europe/Amsterdam
		w.Ready(g, w.Admin, ann, bob)
		must := func(err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
		}
		must(w.Subscribe(ctx, ann, b.ID, forum.Daily))
		must(w.Subscribe(ctx, bob, b.ID, forum.Weekly))
		must(w.ChooseDigest(ctx, ann, forum.DigestChoice{DigestHour: 7, DigestDays: 1<<0 | 1<<3}))      // Mondays and Thursdays
		must(w.ChooseDigest(ctx, bob, forum.DigestChoice{DigestHour: 7, DigestDays: 127, DigestOn: 2})) // Wednesdays
		kind(t, "a visitor", w.ChooseDigest(ctx, forum.Actor{}, forum.DigestChoice{DigestDays: 1}), forum.Forbidden, "error.sign-in-first")
		for _, wrong := range []forum.DigestChoice{{DigestDays: 0}, {DigestDays: 128}, {DigestHour: 24, DigestDays: 1}, {DigestOn: 7, DigestDays: 1}, {DigestForm: 3, DigestDays: 1}, {DigestForm: -1, DigestDays: 1}} {
			if err := w.ChooseDigest(ctx, ann, wrong); forum.KindOf(err) != forum.Invalid {
				t.Errorf("%+v: %v", wrong, err)
			}
		}
		said, sent := 0, map[forum.MemberID]int{}
		compose := func() (annGot, bobGot int) {
			t.Helper()
			w.Effects.Take()
			_, err := w.ComposeDigests(ctx, 0)
			must(err)
			for _, f := range w.Effects.Take() {
				if d, ok := f.(forum.DigestsComposed); ok {
					for _, i := range d.Issues {
						posts, err := w.ReadIssue(ctx, i, new(forum.Known))
						must(err)
						if sent[i.MemberID] += len(posts); i.MemberID == ann.Member {
							annGot += len(posts)
						} else {
							bobGot += len(posts)
						}
					}
				}
			}
			return annGot, bobGot
		}
		for _, step := range []struct {
			utc      string
			ann, bob int
			say      bool
		}{
			{"2026-11-24 09:00:00", 0, 0, true}, // a Tuesday
			{"2026-11-25 05:59:00", 0, 0, true}, // Wednesday, before seven
			{"2026-11-25 06:01:00", 0, 2, false},
			{"2026-11-26 05:59:00", 0, 0, true}, // Thursday
			{"2026-11-26 06:01:00", 3, 0, true},
			{"2026-11-27 08:00:00", 0, 0, true},
			{"2026-11-29 08:00:00", 0, 0, true},
			{"2026-12-01 12:00:00", 3, 0, true}, // away on Monday, back on Tuesday
			{"2026-12-03 06:01:00", 1, 5, false},
			{"2027-03-28 12:00:00", 0, 0, true}, // the clocks go on
			{"2027-03-29 05:01:00", 1, 0, false},
			{"2027-03-31 05:01:00", 0, 1, false},
		} {
			to, err := time.Parse(time.DateTime, step.utc)
			must(err)
			w.Pass(to.Sub(w.Now()))
			if a, b := compose(); a != step.ann || b != step.bob {
				t.Errorf("%s: %d and %d posts, want %d and %d", step.utc, a, b, step.ann, step.bob)
			}
			if step.say {
				_, err := w.StartTopic(ctx, w.Admin, b.ID, forum.Draft{Title: "T", Source: "x", Key: w.Key()})
				must(err)
				said++
			}
		}
		if sent[ann.Member] != said || sent[bob.Member] != said {
			t.Errorf("%d were said, %d and %d were sent", said, sent[ann.Member], sent[bob.Member])
		}
	})
}

// TestMutedTopics: what a member has muted comes to them neither as list mail nor in a digest; a link in its mails mutes it, for
// who has it and no other topic.
func TestMutedTopics(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		ctx := t.Context()
		g, b, _ := w.Group("inner", forum.MembersOnly)
		ann, bob := w.CertifiedMember("ann"), w.CertifiedMember("bob")
		w.Ready(g, w.Admin, ann, bob)
		must := func(err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
		}
		must(w.Subscribe(ctx, ann, b.ID, forum.Each))
		must(w.Subscribe(ctx, bob, b.ID, forum.Daily))
		topic := func(title string) *forum.Topic {
			topic, err := w.StartTopic(ctx, w.Admin, b.ID, forum.Draft{Title: title, Source: "x", Key: w.Key()})
			must(err)
			return topic
		}
		loud, quiet := topic("loud"), topic("quiet")
		for _, m := range []forum.Actor{ann, bob} {
			if err := w.CheckTopicToken(w.TopicToken(m.Member, quiet.ID)); err != nil {
				t.Error(err)
			}
			for range 2 {
				must(w.MuteByLink(ctx, w.TopicToken(m.Member, quiet.ID)))
			}
		}
		kind(t, "another link", w.MuteByLink(ctx, w.BoardToken(ann.Member, b.ID)), forum.Closed, "error.link-over")
		gets := func(topic *forum.Topic) bool {
			p, err := w.Reply(ctx, w.Admin, topic.ID, forum.Draft{Source: "more", Key: w.Key()})
			must(err)
			got, err := w.Recipients(ctx, p.ID, forum.Each, 0, 10)
			must(err)
			return len(got) == 1
		}
		if !gets(loud) || gets(quiet) {
			t.Error("as list mail")
		}
		w.Pass(48 * time.Hour)
		w.Effects.Take()
		_, err := w.ComposeDigests(ctx, 0)
		must(err)
		n := 0
		for _, f := range w.Effects.Take() {
			if d, ok := f.(forum.DigestsComposed); ok {
				for _, i := range d.Issues {
					posts, err := w.ReadIssue(ctx, i, new(forum.Known))
					must(err)
					for _, p := range posts {
						if n++; p.TopicID == quiet.ID {
							t.Error("in a digest")
						}
					}
				}
			}
		}
		if n != 2 {
			t.Errorf("%d posts in digests", n)
		}
		if p, err := w.ReadTopic(ctx, ann, quiet.ID, 0); err != nil || p.Chosen.Topic != forum.MutedLevel {
			t.Errorf("its page says %v %v", p.Chosen, err)
		}
	})
}
