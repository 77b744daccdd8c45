package forum_test

import (
	"fmt"
	"testing"
	"time"

	"peergroups/forum"
	"peergroups/forum/forumtest"
)

// TestBriefMail: a member chooses for each board what its mails tell, on its page or by mail for all boards of a group; that stays
// when the mode changes, whoever changes it, and does not begin their digests anew.
func TestBriefMail(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		s, ctx := newTalk(t, w), t.Context() // ann gets digests
		second, err := w.CreateBoard(ctx, w.Admin, s.group.ID, forum.BoardDraft{Slug: "second", Name: "Second"})
		s.must(err)
		is := func(what string, mode forum.Mode, notice bool) {
			t.Helper()
			g, err := w.ReadGroup(ctx, s.ann, "inner")
			s.must(err)
			b, err := w.ReadBoard(ctx, s.ann, "inner", "inner", forum.TopicCursor{})
			s.must(err)
			if g.Modes[s.board.ID] != mode || g.Notices[s.board.ID] != notice || b.Mode != mode || b.Notice != notice {
				t.Errorf("%s: mode %d and %t, on its board %d and %t", what, g.Modes[s.board.ID], g.Notices[s.board.ID], b.Mode, b.Notice)
			}
		}
		since := "SELECT since_at FROM subscriptions WHERE board_id = %d AND member_id = %d"
		began := count(t, w, fmt.Sprintf(since, s.board.ID, s.ann.Member))
		is("at first", forum.Daily, false)
		s.must(w.ChooseMail(ctx, s.ann, s.board.ID, forum.Subscription{Mode: forum.Daily, Notice: true}))
		is("chosen", forum.Daily, true)
		if now := count(t, w, fmt.Sprintf(since, s.board.ID, s.ann.Member)); now != began {
			t.Error("digests begin anew")
		}
		s.must(w.Subscribe(ctx, s.ann, s.board.ID, forum.Weekly))
		is("another mode", forum.Weekly, true)
		if now := count(t, w, fmt.Sprintf(since, s.board.ID, s.ann.Member)); now == began {
			t.Error("a weekly digest goes on where the daily one was")
		}
		if g, err := w.ReadGroup(ctx, s.bob, "inner"); err != nil || g.Notices[s.board.ID] {
			t.Errorf("bob's is changed along: %v", err)
		}
		ask := func(command string) {
			t.Helper()
			s.must(w.Command(ctx, s.ann, "inner", command, forum.Incoming{MessageID: "<" + command + w.Key() + "@a.example>"}))
		}
		ask("full")
		is("by mail: full", forum.Weekly, false)
		ask("notice")
		is("by mail: notice", forum.Weekly, true)
		ask("each")
		is("by mail: each", forum.Each, true)
		ask("special")
		is("by mail: special", forum.Special, true)
		s.must(w.Unsubscribe(ctx, w.BoardToken(s.ann.Member, 0)))
		is("unsubscribed", forum.NoMail, true)
		ask("each")
		if g, err := w.ReadGroup(ctx, s.ann, "inner"); err != nil || g.Modes[second.ID] != forum.Each || !g.Notices[second.ID] {
			t.Errorf("on a board that she had not chosen: %v %v %v", g.Modes, g.Notices, err)
		}
		p, err := w.Reply(ctx, s.bob, s.topic.ID, draft(w, "more"))
		s.must(err)
		s.must(w.QueuePost(ctx, p.ID))
		if to, err := w.Claim(ctx, forum.Mailing{Kind: "post", Ref: int64(p.ID)}, 10); err != nil || len(to) != 1 || !to[0].Notice {
			t.Errorf("when it goes: %+v %v", to, err)
		}
		for what, want := range map[forum.Mailing]bool{{Kind: "post", Ref: int64(p.ID)}: true, {Kind: "note.welcome", Ref: int64(p.ID)}: false} {
			if r, err := w.ReadRecipient(ctx, what, s.ann.Member); err != nil || r.Notice != want {
				t.Errorf("%s in the outbox: %+v %v", what.Kind, r, err)
			}
		}
		s.must(w.Subscribe(ctx, s.ann, s.board.ID, forum.Daily))
		w.Pass(time.Minute)
		_, err = w.Reply(ctx, s.bob, s.topic.ID, draft(w, "still more"))
		s.must(err)
		w.Pass(48 * time.Hour)
		issues := s.issues()
		if a, b := issues[s.ann.Member], issues[s.bob.Member]; len(a) == 0 || !a[0].Notice || len(b) == 0 || b[0].Notice {
			t.Errorf("in digests: %d posts of ann, %d of bob", len(a), len(b))
		}
		kind(t, "no such mode", w.ChooseMail(ctx, s.ann, s.board.ID, forum.Subscription{Mode: 9}), forum.Invalid, "error.choose")
		kind(t, "by an outsider", w.ChooseMail(ctx, w.Member("out"), s.board.ID, forum.Subscription{Mode: forum.Each}), forum.NotFound, "error.not-found")
		kind(t, "by a visitor", w.ChooseMail(ctx, forum.Actor{}, s.board.ID, forum.Subscription{Mode: forum.Each}), forum.NotFound, "error.not-found")
	})
}
