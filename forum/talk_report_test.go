package forum_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"peergroups/forum"
	"peergroups/forum/forumtest"
)

// TestReportOfTalk: administrators are handed what the reporter picked, and learn nothing else of the talk.
func TestReportOfTalk(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		p := newParlour(t, w)
		ctx := t.Context()
		id := p.start("canary-first", "ben", "chris", "dora")
		p.accept(id, p.ben, p.chris, p.dora)
		said := map[string]int64{}
		for _, line := range []struct {
			by   forum.Actor
			text string
		}{{p.ben, "canary-bad"}, {p.chris, "canary-picked"}, {p.dora, "canary-kept"}} {
			m, err := p.say(line.by, id, line.text)
			p.must(err)
			said[line.text] = m
		}
		bad := forum.Reported{Kind: forum.ReportedMessage, Ref: said["canary-bad"]}
		form, err := w.ReadReported(ctx, p.ana, bad)
		if err != nil || form.Talk == nil || len(form.Talk.Around) != 3 || form.Talk.Around[0].Words != "canary-first" || form.Plain != "canary-bad" {
			t.Fatalf("the form %+v %v", form, err)
		}
		other := p.start("canary-other", "ben")
		elsewhere := p.room(p.ana, other).Messages[0].ID
		for who, by := range map[string]forum.Actor{"an administrator": w.Admin, "a stranger": p.eve} {
			_, err := w.Report(ctx, by, bad, unkind)
			kind(t, who, err, forum.NotFound, "error.not-found")
		}
		_, err = w.Report(ctx, p.ana, bad, forum.ReportDraft{Reason: "unkind", Picked: make([]int64, 41)})
		kind(t, "all of it", err, forum.Invalid, "picked: error.too-many-picked")
		_, err = w.Report(ctx, p.ana, bad, forum.ReportDraft{Reason: "unkind", Picked: []int64{said["canary-picked"], elsewhere}})
		p.must(err)
		if got := mailed(t, w, "note.report-of-member"); !slices.Equal(got, []forum.MemberID{w.Admin.Member}) {
			t.Errorf("told are %v", got)
		}
		work, err := w.ReadWork(ctx, w.Admin, "")
		if err != nil || len(work.Cases) != 1 || work.Cases[0].GroupName+work.Cases[0].GroupSlug != "" || work.Cases[0].GroupID != 0 {
			t.Fatalf("the queue %+v %v", work.Cases, err)
		}
		c, err := w.ReadCase(ctx, w.Admin, work.Cases[0].ID)
		if err != nil || !c.Seen || len(c.Handed) != 2 || c.Handed[0].Words != "canary-bad" || c.Handed[0].Author != "Ben Test" || c.Handed[1].Words != "canary-picked" || c.What.Voice != "Ben Test" {
			t.Errorf("the case %+v %v", c, err)
		}
		_, err = w.ReadCase(ctx, w.As(p.ben.Member), c.ID)
		kind(t, "whose words they are", err, forum.NotFound, "error.not-found")
		p.must(w.TakeBackMessage(ctx, p.ben, bad.Ref))
		for _, by := range []forum.Actor{p.ana, p.ben, p.chris, p.dora} {
			p.must(w.LeaveTalk(ctx, by, id))
		}
		if c, err := w.ReadCase(ctx, w.Admin, c.ID); err != nil || len(c.Handed) != 2 || c.Handed[0].Words != "canary-bad" {
			t.Errorf("after the talk is gone %+v %v", c, err)
		}
		p.must(w.CloseCase(ctx, w.Admin, c.ID, "talk", "thank you"))
		w.Pass(366 * 24 * time.Hour)
		p.must(w.Forget(ctx))
		var n int
		p.must(w.Store.Reader().NewRaw("SELECT count(*) FROM report_words").Scan(ctx, &n))
		if n != 0 {
			t.Errorf("%d words are kept with a case that is gone", n)
		}
	})
}

// talking are the verbs of talks, in an order in which each finds what it needs.
func (s *stage) talking(w *forumtest.World) []verb {
	d := forum.TalkDraft{Who: []string{"eve"}, Text: "hello", Key: w.Key()}
	talk := func() (id forum.GroupID) {
		_ = s.Store.Reader().NewRaw("SELECT id FROM groups WHERE talk > 0").Scan(context.Background(), &id)
		return id
	}
	const foreign = forum.NotFound
	return []verb{
		{"start talk", func(ctx context.Context, by forum.Actor) error {
			_, err := w.StartTalk(ctx, by, d)
			return err
		}, &w.Admin, forum.Forbidden, forum.Invalid, 0, 0, false},
		{"invite to talk", func(ctx context.Context, by forum.Actor) error {
			return w.InviteToTalk(ctx, by, talk(), []string{"ann"})
		}, &w.Admin, forum.Forbidden, foreign, foreign, 0, false},
		{"decline talk", func(ctx context.Context, by forum.Actor) error { return w.DeclineTalk(ctx, by, talk()) }, &s.ann, forum.Forbidden, foreign, 0, foreign, false},
		{"accept talk", func(ctx context.Context, by forum.Actor) error {
			t, err := w.ReadTalk(ctx, s.eve, talk())
			if err == nil {
				err = w.AcceptTalk(ctx, by, t.ID, t.Wording)
			}
			return err
		}, &s.eve, forum.Forbidden, foreign, foreign, 0, false},
		{"block member", func(ctx context.Context, by forum.Actor) error { return w.BlockMember(ctx, by, s.eve.Member) }, &s.out, forum.Forbidden, 0, 0, 0, true},
		{"unblock member", func(ctx context.Context, by forum.Actor) error { return w.UnblockMember(ctx, by, s.eve.Member) }, &s.out, forum.Forbidden, 0, 0, 0, true},
		{"choose talks", func(ctx context.Context, by forum.Actor) error { return w.ChooseTalks(ctx, by, true) }, &s.out, forum.Forbidden, 0, 0, 0, true},
		{"leave talk", func(ctx context.Context, by forum.Actor) error { return w.LeaveTalk(ctx, by, talk()) }, &s.eve, foreign, foreign, foreign, foreign, false},
	}
}
