package forum_test

import (
	"slices"
	"sync"
	"testing"
	"time"

	"peergroups/forum"
	"peergroups/forum/forumtest"
)

func forDays(n int) forum.ActDraft {
	return forum.ActDraft{Reason: "unkind", Words: "after three warnings", Days: n}
}

// statement is the newest decision about somebody.
func statement(t *testing.T, w *forumtest.World, who forum.Actor) (a forum.OwnAct) {
	t.Helper()
	own, err := w.ReadOwnActs(t.Context(), w.As(who.Member))
	if err != nil || len(own) == 0 {
		t.Fatalf("no decision about %s: %v", who.Name, err)
	}
	return own[0]
}

// TestWarn: a moderator of a higher role says some words to a member, who has them by mail and on a page.
func TestWarn(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		s := newTalk(t, w)
		ctx, g := t.Context(), s.group.ID
		s.must(w.Appoint(ctx, w.Admin, g, s.bob.Member, forum.Moderator))
		stranger := w.Member("stranger")
		for what, act := range map[string]func(by forum.Actor, whom forum.MemberID) error{
			"warn":   func(by forum.Actor, whom forum.MemberID) error { return w.Warn(ctx, by, g, whom, forDays(0)) },
			"mute":   func(by forum.Actor, whom forum.MemberID) error { return w.Mute(ctx, by, g, whom, forDays(1)) },
			"unmute": func(by forum.Actor, whom forum.MemberID) error { return w.Unmute(ctx, by, g, whom) },
		} {
			kind(t, what+" by a member", act(s.ann, s.bob.Member), forum.Forbidden, "error.moderators-only")
			kind(t, what+" by a stranger", act(stranger, s.ann.Member), forum.Forbidden, "error.moderators-only")
			kind(t, what+" of the owner", act(s.bob, w.Admin.Member), forum.Forbidden, "error.same-role")
			kind(t, what+" of oneself", act(s.bob, s.bob.Member), forum.Forbidden, "error.not-yourself")
			kind(t, what+" of a stranger", act(s.bob, stranger.Member), forum.NotFound, "error.not-found")
		}
		w.Effects.Take()
		s.must(w.Warn(ctx, s.bob, g, s.ann.Member, forDays(0)))
		if facts := w.Effects.Take(); len(facts) != 1 {
			t.Errorf("a warning states %v", facts)
		}
		if a := statement(t, w, s.ann); a.Kind != forum.Warns || a.Reason != "unkind" || a.Words != "after three warnings" || a.GroupName != "Group inner" {
			t.Errorf("the statement %+v", a)
		}
		if got := mailed(t, w, "note.act-warn"); !slices.Equal(got, []forum.MemberID{s.ann.Member}) {
			t.Errorf("told are %v", got)
		}
		p, err := w.ReadManage(ctx, s.bob, "inner")
		if err != nil || p.Log[0].Act != "warn" || p.Log[0].Object != s.ann.Name || p.Log[0].Reason != "unkind: after three warnings" {
			t.Errorf("the log %+v %v", p.Log, err)
		}
	})
}

// TestMute: who is muted reads, and speaks on no door, until the time is over; leaving and coming back is no way out.
func TestMute(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		s := newTalk(t, w)
		ctx, g := t.Context(), s.group.ID
		room, err := w.FindRoom(ctx, s.ann, "inner", "inner")
		s.must(err)
		doors := map[string]func() error{
			"a topic":   func() error { _, err := w.StartTopic(ctx, w.As(s.ann.Member), s.board.ID, draft(w, "t")); return err },
			"a reply":   func() error { _, err := w.Reply(ctx, w.As(s.ann.Member), s.topic.ID, draft(w, "r")); return err },
			"a message": func() error { _, err := w.Say(ctx, w.As(s.ann.Member), room.Room.ID, "m", w.Key()); return err },
			"a post by mail": func() error {
				_, err := w.PostByMail(ctx, w.As(s.ann.Member), s.board.ID, forum.Incoming{MessageID: "<" + w.Key() + "@a.example>", Title: "T", Source: "s"})
				return err
			},
			"a reply by mail": func() error {
				_, err := w.ReplyByMail(ctx, w.As(s.ann.Member), s.first, forum.Incoming{MessageID: "<" + w.Key() + "@a.example>", Source: "s"})
				return err
			},
		}
		muted := func(what string) {
			t.Helper()
			for door, speak := range doors {
				kind(t, what+": "+door, speak(), forum.Forbidden, "error.muted")
			}
		}
		for days, key := range map[int]string{0: "days: error.choose", 366: "days: error.choose"} {
			kind(t, "so long", w.Mute(ctx, w.Admin, g, s.ann.Member, forDays(days)), forum.Invalid, key)
		}
		s.must(w.Mute(ctx, w.Admin, g, s.ann.Member, forDays(7)))
		kind(t, "again", w.Mute(ctx, w.Admin, g, s.ann.Member, forDays(30)), forum.Conflict, "error.muted-already")
		muted("at first")
		if p, err := w.ReadTopic(ctx, w.As(s.ann.Member), s.topic.ID, 0); err != nil || len(p.Posts) != 2 || forum.MayBeHeard(w.As(s.ann.Member), p.MutedUntil) == nil {
			t.Errorf("she reads %+v %v", p, err)
		}
		s.must(w.Subscribe(ctx, w.As(s.ann.Member), s.board.ID, forum.Each))
		other, b, _ := w.Group("other", forum.MembersOnly)
		w.Ready(other, s.ann)
		if _, err := w.StartTopic(ctx, w.As(s.ann.Member), b.ID, draft(w, "elsewhere")); err != nil {
			t.Errorf("in another group: %v", err)
		}
		if a := statement(t, w, s.ann); a.Kind != forum.Mutes || a.UntilAt != forum.At(w.Now())+7*86400000000 && a.UntilAt == 0 {
			t.Errorf("the statement %+v", a)
		}
		s.must(w.Leave(ctx, w.As(s.ann.Member), g))
		w.Ready(s.group, s.ann)
		muted("back again")
		if got, err := w.ReadSanctions(ctx, w.Admin, g); err != nil || len(got) != 1 || got[0].Name != s.ann.Name || got[0].Kind != forum.Mutes {
			t.Errorf("what lasts: %+v %v", got, err)
		}
		for _, by := range []forum.Actor{s.bob, s.ann, {}} {
			if got, err := w.ReadSanctions(ctx, by, 0); err != nil || len(got) != 0 {
				t.Errorf("%q sees what lasts: %+v %v", by.Name, got, err)
			}
		}
		for range 2 {
			s.must(w.Unmute(ctx, w.Admin, g, s.ann.Member))
		}
		for door, speak := range doors {
			if err := speak(); err != nil {
				t.Errorf("let speak again: %s: %v", door, err)
			}
		}
		if a := statement(t, w, s.ann); a.LiftedAt == 0 || len(mailed(t, w, "note.act-lifted")) != 1 {
			t.Errorf("lifted: %+v", a)
		}
		s.must(w.Mute(ctx, w.Admin, g, s.ann.Member, forDays(1)))
		muted("once more")
		w.Pass(25 * time.Hour)
		for door, speak := range doors {
			if err := speak(); err != nil {
				t.Errorf("after its time: %s: %v", door, err)
			}
		}
		if got, err := w.ReadSanctions(ctx, w.Admin, g); err != nil || len(got) != 0 {
			t.Errorf("after its time it lasts: %+v %v", got, err)
		}
	})
}

// TestSuspendMember: who is suspended is out at once, on every door, and gets one mail; it ends by the clock or by an
// administrator. Nobody suspends themself, and the last administrator stays.
func TestSuspendMember(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		s := newTalk(t, w)
		ctx := t.Context()
		second := w.Member("second")
		s.must(w.Grant(ctx, w.Admin, second.Member, forum.Administrator))
		s.must(w.Subscribe(ctx, s.bob, s.board.ID, forum.Each))
		_, session := in(t, w, "bob")
		w.Effects.Take()
		for _, by := range []forum.Actor{s.ann, {}} {
			kind(t, "by a member", w.SuspendMember(ctx, by, s.bob.Member, forDays(7)), forum.Forbidden, "error.administrators-only")
			kind(t, "lifted by a member", w.Reinstate(ctx, by, s.bob.Member), forum.Forbidden, "error.administrators-only")
		}
		kind(t, "oneself", w.SuspendMember(ctx, w.Admin, w.Admin.Member, forDays(7)), forum.Forbidden, "error.not-yourself")
		kind(t, "nobody", w.SuspendMember(ctx, w.Admin, 12345, forDays(7)), forum.NotFound, "error.not-found")
		kind(t, "who is not", w.Reinstate(ctx, w.Admin, s.bob.Member), forum.NotFound, "error.not-found")
		for _, d := range []forum.ActDraft{forDays(-1), forDays(366), {Reason: "unkind", Words: "short"}} {
			kind(t, "the form", w.SuspendMember(ctx, w.Admin, s.bob.Member, d), forum.Invalid, "error.")
		}
		s.must(w.SuspendMember(ctx, w.Admin, s.bob.Member, forDays(7)))
		if facts := w.Effects.Take(); len(facts) != 2 || facts[0] != (forum.SessionsEnded{Member: s.bob.Member}) {
			t.Errorf("suspending states %v", facts)
		}
		kind(t, "again", w.SuspendMember(ctx, w.Admin, s.bob.Member, forDays(7)), forum.Conflict, "error.suspended-already")
		out := func() bool {
			a, err := w.ActorOf(ctx, session)
			s.must(err)
			_, login := w.LogIn(ctx, "bob", forumtest.Password, "", "9")
			to, err := w.Recipients(ctx, s.first, forum.Each, 0, 10)
			s.must(err)
			_, page := w.ReadPerson(ctx, s.ann, s.bob.Member)
			gone := w.As(s.bob.Member).Member == 0
			if mails := slices.ContainsFunc(to, func(r forum.Recipient) bool { return r.Member == s.bob.Member }); (login != nil) != gone || mails == gone || (page != nil) != gone || gone && a.Member != 0 {
				t.Errorf("session %+v, login %v, mail %t, page %v, gone %t", a, login, mails, page, gone)
			}
			return gone
		}
		if !out() {
			t.Error("he is still in")
		}
		var act int64
		s.must(w.Store.Reader().NewRaw("SELECT max(id) FROM acts").Scan(ctx, &act))
		if a, err := w.ReadActOf(ctx, s.bob.Member, act); err != nil || a.Kind != forum.Suspends || a.UntilAt == 0 {
			t.Errorf("the statement %+v %v", a, err)
		}
		for note, want := range map[string]bool{"note.act-suspend": true, "note.act-lifted": false} {
			if err := w.StillRecipient(ctx, forum.Mailing{Kind: note, Ref: act}, s.bob.Member); (err == nil) != want {
				t.Errorf("%s is mailed: %v", note, err)
			}
		}
		if got, err := w.ReadSanctions(ctx, second, 0); err != nil || len(got) != 0 {
			t.Errorf("before the role is loaded: %+v %v", got, err)
		}
		if got, err := w.ReadSanctions(ctx, w.As(second.Member), 0); err != nil || len(got) != 1 || got[0].MemberID != s.bob.Member {
			t.Errorf("what lasts: %+v %v", got, err)
		}
		w.Pass(7*24*time.Hour - time.Minute)
		s.must(w.EndLapsed(ctx))
		if !out() {
			t.Error("it ended too early")
		}
		w.Pass(2 * time.Minute)
		s.must(w.EndLapsed(ctx))
		if out() {
			t.Error("it does not end by the clock")
		}
		if a := statement(t, w, s.bob); a.LiftedAt == 0 {
			t.Errorf("afterwards %+v", a)
		}
		s.must(w.SuspendMember(ctx, w.Admin, s.bob.Member, forDays(0)))
		w.Pass(400 * 24 * time.Hour)
		s.must(w.EndLapsed(ctx))
		if !out() {
			t.Error("what has no end ended")
		}
		s.must(w.Reinstate(ctx, w.As(second.Member), s.bob.Member))
		if out() {
			t.Error("it is not lifted")
		}
		errs := make([]error, 2)
		var wg sync.WaitGroup
		for i, pair := range [][2]forum.Actor{{w.As(w.Admin.Member), second}, {w.As(second.Member), w.Admin}} {
			wg.Go(func() { errs[i] = w.SuspendMember(ctx, pair[0], pair[1].Member, forDays(0)) })
		}
		wg.Wait()
		if (errs[0] == nil) == (errs[1] == nil) {
			t.Errorf("of two who suspend each other: %v", errs)
		}
	})
}
