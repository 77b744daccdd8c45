package forum_test

import (
	"slices"
	"testing"
	"time"

	"peergroups/forum"
	"peergroups/forum/forumtest"
)

// due are those whose mail of a kind may leave now.
func due(t *testing.T, w *forumtest.World, kind string) (out []forum.MemberID) {
	t.Helper()
	if err := w.Store.Reader().NewRaw("SELECT member_id FROM deliveries WHERE kind = ? AND due_at <= ? ORDER BY member_id", kind, forum.At(w.Now())).Scan(t.Context(), &out); err != nil {
		t.Fatal(err)
	}
	return out
}

// TestQueueNotices: the moderators of a group are told of what comes into their queue, one mail in fifteen minutes at most
// however much it is; not whom it is about, and not who does not want it. What it says is counted as it is sent.
func TestQueueNotices(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		s := newTalk(t, w)
		ctx, g := t.Context(), s.group.ID
		s.must(w.Appoint(ctx, w.Admin, g, s.bob.Member, forum.Moderator))
		carl := w.Member("carl")
		w.Ready(s.group, carl)
		s.must(w.Appoint(ctx, w.Admin, g, carl.Member, forum.Moderator))
		s.must(w.SetQueueMail(ctx, carl, forum.QueueMail{Notices: false, Summary: "never"}))
		kind(t, "a visitor's", w.SetQueueMail(ctx, forum.Actor{}, forum.QueueMail{Summary: "daily"}), forum.Forbidden, "error.sign-in-first")
		kind(t, "hourly", w.SetQueueMail(ctx, carl, forum.QueueMail{Summary: "hourly"}), forum.Invalid, "summary: error.choose")
		if q, err := w.ReadQueueMail(ctx, carl); err != nil || q != (forum.QueueMail{Summary: "never"}) {
			t.Errorf("carl wants %+v %v", q, err)
		}
		if q, err := w.ReadQueueMail(ctx, s.bob); err != nil || q != (forum.QueueMail{Notices: true, Summary: "daily"}) {
			t.Errorf("who said nothing wants %+v %v", q, err)
		}
		s.vetting(forum.Vetting{All: true})
		both := []forum.MemberID{w.Admin.Member, s.bob.Member}
		slices.Sort(both)
		for i := range 3 {
			s.posts(s.ann, "canary "+string(rune('a'+i)))
			if got := mailed(t, w, "note.queue"); i == 0 && !slices.Equal(got, both) || i > 0 && len(got) != 4 {
				t.Errorf("after %d posts mailed are %v", i+1, got)
			}
			if got := due(t, w, "note.queue"); !slices.Equal(got, both) {
				t.Errorf("after %d posts due are %v", i+1, got)
			}
			w.Pass(time.Minute)
		}
		w.Pass(13 * time.Minute)
		if got := due(t, w, "note.queue"); len(got) != 4 {
			t.Errorf("after a quarter of an hour due are %v", got)
		}
		var ids []int64
		s.must(w.Store.Reader().NewRaw("SELECT id FROM queue_notices ORDER BY id").Scan(ctx, &ids))
		if len(ids) != 2 {
			t.Fatalf("%d notices", len(ids))
		}
		if q, err := w.ReadQueueNotice(ctx, s.bob, ids[1]); err != nil || q.Held != 3 || q.Sum() != 3 || q.GroupSlug != "inner" {
			t.Errorf("it says %+v %v", q, err)
		}
		for who, by := range map[string]forum.Actor{"a member": s.ann, "a stranger": w.Member("stranger"), "a visitor": {}} {
			_, err := w.ReadQueueNotice(ctx, by, ids[1])
			kind(t, who, err, forum.NotFound, "error.not-found")
		}
		for _, h := range held(t, s) {
			s.must(w.Decline(ctx, w.Admin, h, advert))
		}
		_, err := w.ReadQueueNotice(ctx, s.bob, ids[1])
		kind(t, "when nothing waits any more", err, forum.NotFound, "error.not-found")
		w.Pass(20 * time.Minute)
		p, err := w.Reply(ctx, s.bob, s.topic.ID, draft(w, "what is reported"))
		s.must(err)
		before := len(mailed(t, w, "note.queue"))
		s.must(err1(w.Report(ctx, s.ann, forum.Reported{Kind: forum.ReportedPost, Ref: int64(p.ID)}, unkind)))
		got := mailed(t, w, "note.queue")
		if len(got) != before+1 {
			t.Errorf("of a report about bob mailed are %v", got)
		}
		if all, err := w.CountQueues(ctx, s.bob, 0); err != nil || len(all) != 0 {
			t.Errorf("bob counts %+v %v", all, err)
		}
		w.Pass(400 * 24 * time.Hour)
		s.must(w.Forget(ctx))
		if n := count(t, w, "SELECT count(*) FROM queue_notices"); n != 0 {
			t.Errorf("after a year %d notices are left", n)
		}
	})
}

func held(t *testing.T, s *talk) (out []int64) {
	t.Helper()
	p, err := s.ReadWork(t.Context(), s.Admin, "inner")
	s.must(err)
	for _, h := range p.Held {
		out = append(out, h.ID)
	}
	return out
}

// TestQueueSummary: from eight in their morning on each moderator gets one summary of what waits, daily, on Mondays or
// never, and none when nothing does.
func TestQueueSummary(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) { // Monday, 9:00 in UTC, 10:00 in Amsterdam
		s := newTalk(t, w)
		ctx := t.Context()
		s.must(w.Appoint(ctx, w.Admin, s.group.ID, s.bob.Member, forum.Moderator))
		s.must(w.SetQueueMail(ctx, s.bob, forum.QueueMail{Summary: "weekly"}))
		sent := func(what string, admin, bob int) {
			t.Helper()
			for range 2 {
				s.must(w.RemindQueues(ctx))
			}
			n := map[forum.MemberID]int{}
			for _, m := range mailed(t, w, "note.queue-summary") {
				n[m]++
			}
			if n[w.Admin.Member] != admin || n[s.bob.Member] != bob || len(n) > 2 {
				t.Errorf("%s: %v", what, n)
			}
		}
		sent("nothing waits", 0, 0)
		s.vetting(forum.Vetting{All: true})
		s.posts(s.ann, "canary")
		sent("later that morning", 0, 0)
		w.Pass(21 * time.Hour) // 6:00 in UTC, 7:00 in Amsterdam
		sent("before eight", 0, 0)
		w.Pass(61 * time.Minute)
		sent("after eight", 1, 0)
		w.Pass(24 * time.Hour)
		sent("the next day", 2, 0)
		w.Pass(5 * 24 * time.Hour)
		sent("on Monday", 3, 1)
		s.must(w.SetQueueMail(ctx, w.Admin, forum.QueueMail{Notices: true, Summary: "never"}))
		w.Pass(24 * time.Hour)
		sent("never", 3, 1)
		if all, err := w.CountQueues(ctx, s.bob, 0); err != nil || len(all) != 1 || all[0].Held != 1 || all[0].GroupName != "Group inner" {
			t.Errorf("it says %+v %v", all, err)
		}
		staff := w.Member("staff")
		s.must(w.Grant(ctx, w.Admin, staff.Member, forum.Administrator))
		s.must(err1(w.Report(ctx, s.ann, forum.Reported{Kind: forum.ReportedMember, Ref: int64(s.bob.Member)}, unkind)))
		if all, err := w.CountQueues(ctx, w.As(staff.Member), 0); err != nil || len(all) != 1 || all[0].GroupID != 0 || all[0].Cases != 1 {
			t.Errorf("the body's: %+v %v", all, err)
		}
	})
}

// TestOverdueObjections: who may answer an objection is reminded once, when it is overdue.
func TestOverdueObjections(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		s := newTalk(t, w)
		ctx := t.Context()
		s.must(w.Appoint(ctx, w.Admin, s.group.ID, s.bob.Member, forum.Moderator))
		s.must(w.Warn(ctx, w.Admin, s.group.ID, s.ann.Member, forDays(0)))
		s.must(w.Object(ctx, s.ann, statement(t, w, s.ann).ID, "it was nothing bad"))
		s.must(w.Warn(ctx, w.Admin, s.group.ID, s.ann.Member, forDays(0)))
		second := statement(t, w, s.ann).ID
		s.must(w.Object(ctx, s.ann, second, "it was nothing bad"))
		s.must(w.AnswerObjection(ctx, s.bob, second, false, "we looked at it"))
		w.Pass(14*24*time.Hour - time.Minute)
		s.must(w.RemindQueues(ctx))
		if got := mailed(t, w, "note.objection-late"); len(got) != 0 {
			t.Errorf("too early: %v", got)
		}
		w.Pass(2 * time.Minute)
		for range 2 {
			s.must(w.RemindQueues(ctx))
		}
		both := []forum.MemberID{w.Admin.Member, s.bob.Member}
		slices.Sort(both)
		if got := mailed(t, w, "note.objection-late"); !slices.Equal(got, both) {
			t.Errorf("reminded are %v", got)
		}
	})
}
