package forum_test

import (
	"errors"
	"testing"
	"time"

	"peergroups/forum"
	"peergroups/forum/forumtest"
)

// TestSlow: in a slow topic each member waits between two posts, on every door, and is told how long; moderators do not, nor
// does anybody elsewhere. What waits for a moderator counts, and is posted when they say so.
func TestSlow(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		s := newTalk(t, w)
		ctx := t.Context()
		kind(t, "by a member", w.Slow(ctx, s.ann, s.topic.ID, 60, ""), forum.Forbidden, "error.moderators-only")
		kind(t, "by a stranger", w.Slow(ctx, w.Member("stranger"), s.topic.ID, 60, ""), forum.NotFound, "error.not-found")
		kind(t, "two minutes", w.Slow(ctx, w.Admin, s.topic.ID, 120, ""), forum.Invalid, "seconds: error.choose")
		for range 2 {
			s.must(w.Slow(ctx, w.Admin, s.topic.ID, 300, "it gets heated"))
		}
		if p, err := w.ReadManage(ctx, w.Admin, "inner"); err != nil || p.Log[0].Act != "slow" || p.Log[0].Reason != "it gets heated" || p.Log[0].Object != "First title" || p.Log[1].Act == "slow" {
			t.Errorf("the log %+v %v", p.Log[:2], err)
		}
		if p := s.page(s.bob); p.Topic.Slow != 300 {
			t.Errorf("its page %+v", p.Topic)
		}
		w.Pass(5 * time.Minute)
		d := draft(w, "one")
		for range 2 { // the double click is no second post
			s.must(err1(w.Reply(ctx, s.ann, s.topic.ID, d)))
		}
		soon := func(what string, err error, minutes int) {
			t.Helper()
			kind(t, what, err, forum.TooMany, "error.slow")
			var e *forum.Error
			if errors.As(err, &e) && e.Message.Args["Count"] != minutes {
				t.Errorf("%s: in %v minutes", what, e.Message.Args["Count"])
			}
		}
		_, err := w.Reply(ctx, s.ann, s.topic.ID, draft(w, "two"))
		soon("at once", err, 5)
		_, err = w.ReplyByMail(ctx, s.ann, s.first, forum.Incoming{MessageID: "<5@ann.example>", Source: "two"})
		soon("by mail", err, 5)
		s.must(err1(w.Reply(ctx, s.bob, s.topic.ID, draft(w, "another's"))))
		s.must(err1(w.StartTopic(ctx, s.ann, s.board.ID, draft(w, "elsewhere"))))
		for range 2 {
			s.must(err1(w.Reply(ctx, w.Admin, s.topic.ID, draft(w, "the moderator's"))))
		}
		w.Pass(4 * time.Minute)
		_, err = w.Reply(ctx, s.ann, s.topic.ID, draft(w, "two"))
		soon("after four minutes", err, 1)
		w.Pass(time.Minute)
		s.vetting(forum.Vetting{All: true})
		if !s.posts(s.ann, "waits") {
			t.Error("it does not wait")
		}
		_, err = w.Reply(ctx, s.ann, s.topic.ID, draft(w, "more"))
		soon("while one waits", err, 5)
		if posted, err := w.Approve(ctx, w.Admin, s.only(w.Admin).ID); err != nil || !posted {
			t.Errorf("posted %t %v", posted, err)
		}
		s.vetting(forum.Vetting{})
		s.must(w.Slow(ctx, w.Admin, s.topic.ID, 0, ""))
		s.must(err1(w.Reply(ctx, s.ann, s.topic.ID, draft(w, "at its own pace"))))
	})
}

// TestFreeze: in a frozen group nobody but its moderators speaks, on any door, and everybody reads; who may read it sees why.
func TestFreeze(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		s := newTalk(t, w)
		ctx, g := t.Context(), s.group.ID
		room, err := w.FindRoom(ctx, s.ann, "inner", "inner")
		s.must(err)
		doors := func(by forum.Actor) map[string]func() error {
			return map[string]func() error{
				"a topic":   func() error { return err1(w.StartTopic(ctx, by, s.board.ID, draft(w, "t"))) },
				"a reply":   func() error { return err1(w.Reply(ctx, by, s.topic.ID, draft(w, "r"))) },
				"a message": func() error { return err1(w.Say(ctx, by, room.Room.ID, "m", w.Key())) },
				"a post by mail": func() error {
					return err1(w.PostByMail(ctx, by, s.board.ID, forum.Incoming{MessageID: "<" + w.Key() + "@a.example>", Title: "T", Source: "s"}))
				},
				"a reply by mail": func() error {
					return err1(w.ReplyByMail(ctx, by, s.reply, forum.Incoming{MessageID: "<" + w.Key() + "@a.example>", Source: "s"}))
				},
			}
		}
		for who, by := range map[string]forum.Actor{"a member": s.ann, "a visitor": {}} {
			kind(t, who, w.Freeze(ctx, by, g, "until we have talked"), forum.Forbidden, "error.moderators-only")
			kind(t, who, w.Unfreeze(ctx, by, g, ""), forum.Forbidden, "error.moderators-only")
		}
		kind(t, "without a reason", w.Freeze(ctx, w.Admin, g, "short"), forum.Invalid, "reason: error.reason-short")
		w.Effects.Take()
		for range 2 {
			s.must(w.Freeze(ctx, w.Admin, g, "until we have talked"))
		}
		if facts := w.Effects.Take(); len(facts) != 1 || facts[0] != (forum.GroupChanged{Group: g}) {
			t.Errorf("freezing twice states %v", facts)
		}
		p := s.page(s.ann)
		if p.Group.FrozenAt == 0 || p.Group.FrozenWhy != "until we have talked" || len(p.Posts) != 2 {
			t.Errorf("she reads %+v", p)
		}
		for door, speak := range doors(s.ann) {
			kind(t, door, speak(), forum.Closed, "error.frozen")
		}
		kind(t, "a change", s.change(s.ann, s.first, "changed"), forum.Closed, "error.frozen")
		for what, may := range map[string]error{"reply": forum.MayReply(s.ann, true, forum.Participant, &p.Group, &p.Topic), "start a topic": forum.MayStartTopic(s.ann, true, forum.Participant, &p.Group, &p.Board), "say": forum.MaySay(s.ann, true, forum.Participant, &p.Group)} {
			kind(t, "the page lets her "+what, may, forum.Closed, "error.frozen")
		}
		w.Ready(s.group, w.Admin)
		for door, speak := range doors(w.Admin) {
			if err := speak(); err != nil {
				t.Errorf("a moderator: %s: %v", door, err)
			}
		}
		s.must(w.TakeBack(ctx, s.bob, s.reply))
		if m, err := w.ReadManage(ctx, w.Admin, "inner"); err != nil || m.Log[0].Act != "freeze" || m.Log[0].Reason != "until we have talked" {
			t.Errorf("the log %+v %v", m.Log[0], err)
		}
		for range 2 {
			s.must(w.Unfreeze(ctx, w.Admin, g, "we have"))
		}
		for door, speak := range doors(s.ann) {
			if door != "a reply by mail" { // what it answers is gone
				if err := speak(); err != nil {
					t.Errorf("let speak again: %s: %v", door, err)
				}
			}
		}
		if p := s.page(s.ann); p.Group.FrozenWhy != "" {
			t.Errorf("the reason stays: %+v", p.Group)
		}
	})
}
