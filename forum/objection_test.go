package forum_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"peergroups/forum"
	"peergroups/forum/forumtest"
)

const wrong = "that was a quotation"

// waiting are those of some who find the objection to an act in their queue; each way to see it gives the same.
func (s *desk) waiting(act int64, all ...forum.Actor) (out []string) {
	s.t.Helper()
	for _, by := range all {
		by = s.As(by.Member)
		_, page := s.ReadObjection(s.t.Context(), by, act)
		work, err := s.ReadWork(s.t.Context(), by, "")
		s.must(err)
		if (page == nil) != slices.ContainsFunc(work.Objections, func(o forum.Objection) bool { return o.ID == act }) {
			s.t.Errorf("%s: page %v, queue %+v", by.Name, page, work.Objections)
		}
		if page == nil {
			out = append(out, by.Handle)
		}
	}
	return out
}

// TestObjection: whom an act hits objects once; another than who did it answers, to whom it does not tell who is behind a
// mask; what is taken back is as if it had not been. After two weeks who did it may answer too.
func TestObjection(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		s := newDesk(t, w)
		ctx, id := t.Context(), forum.PostID(s.post.Ref)
		all := []forum.Actor{w.Admin, s.otto, s.eve, s.kim, s.dora, s.stranger}
		s.must(w.HidePost(ctx, s.eve, id, advert))
		act := statement(t, w, s.otto).ID
		for _, by := range []forum.Actor{s.dora, s.eve, {}} {
			kind(t, "another's act", w.Object(ctx, by, act, wrong), forum.NotFound, "error.not-found")
		}
		kind(t, "no words", w.Object(ctx, s.otto, act, "no"), forum.Invalid, "words: error.reason-short")
		w.Effects.Take()
		for range 2 {
			s.must(w.Object(ctx, s.otto, act, wrong))
		}
		if facts := w.Effects.Take(); len(facts) != 1 || facts[0] != (forum.ModerationNoted{Ref: act, Note: "note.objection-waits"}) {
			t.Errorf("objecting states %v", facts)
		}
		told := []forum.MemberID{w.Admin.Member, s.kim.Member}
		slices.Sort(told)
		if got := mailed(t, w, "note.objection-waits"); !slices.Equal(got, told) {
			t.Errorf("told are %v", got)
		}
		if got := s.waiting(act, all...); !slices.Equal(got, []string{"admin", "kim"}) {
			t.Errorf("these may answer: %v", got)
		}
		p, err := w.ReadObjection(ctx, s.kim, act)
		if err != nil || !p.Seen || !p.What.Veiled || p.MemberID != 0 || p.Objection.Objection != wrong || !strings.Contains(p.What.Plain, "behind a mask") {
			t.Errorf("the page %+v %v", p, err)
		}
		for who, by := range map[string]forum.Actor{"who hid it": s.eve, "its author": s.otto, "a member": s.dora, "a stranger": s.stranger, "a visitor": {}} {
			kind(t, who, w.AnswerObjection(ctx, by, act, true, "we were wrong"), forum.NotFound, "error.not-found")
		}
		kind(t, "no answer", w.AnswerObjection(ctx, s.kim, act, true, " "), forum.Invalid, "answer: error.reason-short")
		w.Pass(14*24*time.Hour + time.Minute)
		if got := s.waiting(act, all...); !slices.Equal(got, []string{"admin", "eve", "kim"}) {
			t.Errorf("after two weeks these may answer: %v", got)
		}
		s.must(w.AnswerObjection(ctx, s.kim, act, true, "we were wrong"))
		kind(t, "again", w.AnswerObjection(ctx, w.Admin, act, false, "we were right"), forum.Conflict, "error.objection-answered")
		if a := statement(t, w, s.otto); !a.TakenBack || a.Answer != "we were wrong" || a.LiftedAt == 0 || a.MayObject(forum.At(w.Now())) {
			t.Errorf("the statement %+v", a)
		}
		if posts, err := w.VisiblePosts(ctx, s.dora, []forum.PostID{id}); err != nil || len(posts) != 1 {
			t.Errorf("it is shown again: %+v %v", posts, err)
		}
		if got := mailed(t, w, "note.objection-answered"); !slices.Equal(got, []forum.MemberID{s.otto.Member}) {
			t.Errorf("told are %v", got)
		}
		kind(t, "to what is over", w.Object(ctx, s.otto, s.hideAndShow(id), wrong), forum.Closed, "error.act-over")
	})
}

// hideAndShow gives the act by which a post was hidden that is shown again.
func (s *desk) hideAndShow(id forum.PostID) int64 {
	s.t.Helper()
	s.must(s.HidePost(s.t.Context(), s.eve, id, advert))
	s.must(s.ShowPost(s.t.Context(), s.kim, id, ""))
	return statement(s.t, s.World, s.otto).ID
}

// TestObjectionOutcomes: an answer that upholds changes nothing; one that takes back ends the mute, or lets who was suspended in
// again, who objects by the link of their mail. Of what one may not read one does not judge.
func TestObjectionOutcomes(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		s := newDesk(t, w)
		ctx := t.Context()
		second := w.Member("second")
		s.must(w.Grant(ctx, w.Admin, second.Member, forum.Administrator))
		second = w.As(second.Member)
		muted := func() bool {
			p, err := w.FindRoom(ctx, w.As(s.dora.Member), "house", "house")
			s.must(err)
			return forum.MayBeHeard(w.As(s.dora.Member), p.MutedUntil) != nil
		}
		for _, back := range []bool{false, true} {
			s.must(w.Mute(ctx, s.eve, s.group.ID, s.dora.Member, forDays(30)))
			act := statement(t, w, s.dora).ID
			s.must(w.Object(ctx, w.As(s.dora.Member), act, wrong))
			if p, err := w.ReadObjection(ctx, s.kim, act); err != nil || !p.Seen || p.What.Voice != s.dora.Name || p.MemberID != s.dora.Member {
				t.Errorf("the page %+v %v", p, err)
			}
			s.must(w.AnswerObjection(ctx, s.kim, act, back, "we looked at it"))
			if muted() == back {
				t.Errorf("taken back: %t, muted: %t", back, muted())
			}
			if !back {
				s.must(w.Unmute(ctx, w.Admin, s.group.ID, s.dora.Member))
			}
		}
		s.must(w.Warn(ctx, s.eve, s.group.ID, s.dora.Member, forDays(0)))
		warning := statement(t, w, s.dora).ID
		s.must(w.Object(ctx, w.As(s.dora.Member), warning, wrong))
		s.must(w.AnswerObjection(ctx, s.kim, warning, true, "we take it back"))
		if a := statement(t, w, s.dora); !a.TakenBack || a.LiftedAt == 0 {
			t.Errorf("the warning %+v", a)
		}

		s.must(w.SuspendMember(ctx, w.Admin, s.stranger.Member, forDays(0)))
		var act int64
		s.must(w.Store.Reader().NewRaw("SELECT max(id) FROM acts").Scan(ctx, &act))
		token := w.ObjectionToken(act, s.stranger.Member)
		if a, err := w.ReadObjectionToken(ctx, token); err != nil || a.Kind != forum.Suspends || !a.MayObject(forum.At(w.Now())) {
			t.Errorf("by the link: %+v %v", a, err)
		}
		for _, forged := range []string{"x", w.ObjectionToken(act, s.kim.Member), w.ReplyToken(s.stranger.Member, forum.PostID(act), forum.Audience{})} {
			if _, err := w.ReadObjectionToken(ctx, forged); err == nil {
				t.Error("a forged link is read")
			}
			if err := w.ObjectByLink(ctx, forged, wrong); err == nil {
				t.Error("a forged link objects")
			}
		}
		for range 2 {
			s.must(w.ObjectByLink(ctx, token, wrong))
		}
		if got := s.waiting(act, w.Admin, s.eve, s.kim, second); !slices.Equal(got, []string{"second"}) {
			t.Errorf("these may answer: %v", got)
		}
		s.must(w.AnswerObjection(ctx, second, act, true, "we were wrong"))
		if w.As(s.stranger.Member).Member == 0 {
			t.Error("who was suspended is still out")
		}

		s.must(w.HidePost(ctx, s.eve, forum.PostID(s.post.Ref), advert))
		hidden := statement(t, w, s.otto).ID
		s.must(w.Object(ctx, s.otto, hidden, wrong))
		exec(t, w, "UPDATE hidden SET from_join = 1")
		exec(t, w, "UPDATE memberships SET joined_at = joined_at + 86400000000 WHERE member_id = ?", s.kim.Member)
		if p, err := w.ReadObjection(ctx, s.kim, hidden); err != nil || p.Seen || p.What != (forum.ReportPage{}) {
			t.Errorf("who may not read it sees %+v %v", p, err)
		}
		kind(t, "answers", w.AnswerObjection(ctx, s.kim, hidden, true, "we were wrong"), forum.Forbidden, "error.not-yours-to-read")
	})
}
