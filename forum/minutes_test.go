package forum_test

import (
	"strings"
	"testing"
	"time"

	"peergroups/forum"
	"peergroups/forum/forumtest"
)

// TestMinutes: what was said becomes a topic only with the yes of who said it, to their words as they stood; nobody but who proposed it and those who
// are asked reads it before, each no more than they may read in the room.
func TestMinutes(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		s := newTalk(t, w)
		ctx := t.Context()
		eve, told := w.Member("eve"), s.group.Told(s.group.Audience())
		w.Ready(s.group, eve)
		r := s.roomOf("hall", forum.RoomDraft{Keep: 24 * 7})
		mine, bobs, eves := s.say(s.ann, r, "words of ann"), s.say(s.bob, r, "words of bob, @eve\nsecond line"), s.say(eve, r, "words of eve")
		off := s.roomOf("off", forum.RoomDraft{OffRecord: true, Keep: 24})
		secret := s.say(s.ann, off, "off the record")
		propose := func(by forum.Actor, ids ...int64) (int64, error) {
			return w.ProposeMinutes(ctx, w.As(by.Member), r.ID, forum.MinutesDraft{Board: s.board.ID, Title: "What we said", Messages: ids})
		}
		kind(t, "an outsider", errOf(propose(w.Member("outside"), mine.ID)), forum.NotFound, "error.not-found")
		kind(t, "nothing", errOf(propose(s.ann)), forum.Invalid, "messages: error.minutes-some")
		kind(t, "of another room, off the record", errOf(propose(s.ann, mine.ID, secret.ID)), forum.Invalid, "messages: error.minutes-gone")
		kind(t, "off the record", errOf(w.ProposeMinutes(ctx, s.ann, off.ID, forum.MinutesDraft{Board: s.board.ID, Title: "What", Messages: []int64{secret.ID}})), forum.Invalid, "messages: error.minutes-gone")
		id, err := propose(s.ann, mine.ID, bobs.ID, eves.ID)
		s.must(err)
		if got := mailed(t, w, "note.minutes-asked"); len(got) != 2 {
			t.Errorf("asked are %v", got)
		}
		for who, by := range map[string]forum.Actor{"a member who is not asked": w.Admin, "a visitor": {}} {
			kind(t, who, errOf(w.ReadMinutes(ctx, by, id)), forum.NotFound, "error.not-found")
			if err := w.AnswerMinutes(ctx, by, id, true, told); err == nil {
				t.Errorf("%s answers", who)
			}
			if all, err := w.OwnMinutes(ctx, by); err != nil || len(all) != 0 {
				t.Errorf("%s is shown %v %v", who, all, err)
			}
			kind(t, who+" posts", errOf(w.PostMinutes(ctx, by, id, 1, "")), forum.NotFound, "error.not-found")
		}
		kind(t, "bob posts", errOf(w.PostMinutes(ctx, s.bob, id, 1, "")), forum.NotFound, "error.not-found")
		if m, err := w.ReadMinutes(ctx, s.bob, id); err != nil || len(m.Items) != 1 || m.Items[0].ID != bobs.ID || m.Mine {
			t.Errorf("bob reads %+v %v", m.Items, err)
		}
		m, err := w.ReadMinutes(ctx, s.ann, id)
		s.must(err)
		if len(m.Items) != 3 || m.Agreed != 1 || m.Waiting != 2 {
			t.Errorf("ann reads %+v", m)
		}
		s.must(w.AnswerMinutes(ctx, s.bob, id, true, told))
		s.must(w.AnswerMinutes(ctx, eve, id, true, told))
		kind(t, "with what she does not know", errOf(w.PostMinutes(ctx, s.ann, id, 1, "")), forum.Conflict, "error.minutes-changed")
		own, err := w.ReadOwnMessage(ctx, eve, eves.ID)
		s.must(err)
		s.must(w.ChangeMessage(ctx, eve, eves.ID, "other words of eve", own.EditedAt)) // her yes was to others
		topic, err := w.PostMinutes(ctx, s.ann, id, 2, "")
		s.must(err)
		again, err := w.PostMinutes(ctx, s.ann, id, 2, "")
		if err != nil || again.ID != topic.ID {
			t.Errorf("twice: %+v %v", again, err)
		}
		p, err := w.ReadTopic(ctx, s.bob, topic.ID, 0)
		s.must(err)
		if text := p.Posts[0].HTML; !strings.Contains(text, "words of ann") || !strings.Contains(text, "words of bob, @eve") || !strings.Contains(text, "second line") || !strings.Contains(text, s.bob.Name) || strings.Contains(text, "of eve") || len(p.Posts[0].Mentioned) != 0 {
			t.Errorf("posted is %q, mentioning %v", text, p.Posts[0].Mentioned)
		}
		kind(t, "afterwards", w.AnswerMinutes(ctx, s.bob, id, false, told), forum.Closed, "error.minutes-over")

		id, err = propose(s.ann, bobs.ID)
		s.must(err)
		kind(t, "nobody agreed", errOf(w.PostMinutes(ctx, s.ann, id, 0, "")), forum.Closed, "error.minutes-nothing")
		s.must(w.AnswerMinutes(ctx, s.bob, id, false, told))
		kind(t, "bob objects", errOf(w.PostMinutes(ctx, s.ann, id, 0, "")), forum.Closed, "error.minutes-nothing")
		s.must(w.AnswerMinutes(ctx, s.bob, id, true, told))
		s.must(w.HideMessage(ctx, w.Admin, bobs.ID, advert))
		kind(t, "hidden", errOf(w.PostMinutes(ctx, s.ann, id, 1, "")), forum.Conflict, "error.minutes-changed")
		if m, err := w.ReadMinutes(ctx, s.ann, id); err != nil || len(m.Items) != 0 && m.Items[0].Plain != "" {
			t.Errorf("hidden, she reads %+v %v", m.Items, err)
		}
		w.Pass(8 * 24 * time.Hour)
		s.must(w.ForgetSaid(ctx))
		if m, err := w.ReadMinutes(ctx, w.As(s.ann.Member), id); err != nil || len(m.Items) != 0 {
			t.Errorf("erased, she reads %+v %v", m.Items, err)
		}
		for range 2 {
			s.must(w.DropMinutes(ctx, s.ann, id))
		}
		if all, err := w.OwnMinutes(ctx, w.As(s.ann.Member)); err != nil || len(all) != 0 {
			t.Errorf("dropped, there are %v %v", all, err)
		}
	})
}

// TestMinutesForWhom: a yes is for those of whom its speaker was told; who is out of the room reads and answers nothing, nor do they by mail.
func TestMinutesForWhom(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		s := newTalk(t, w)
		ctx := t.Context()
		r := s.roomOf("hall", forum.RoomDraft{})
		mine, bobs := s.say(s.ann, r, "words of ann"), s.say(s.bob, r, "words of bob")
		id, err := w.ProposeMinutes(ctx, s.ann, r.ID, forum.MinutesDraft{Board: s.board.ID, Title: "What we said", Messages: []int64{mine.ID, bobs.ID}})
		s.must(err)
		members := s.group.Told(s.group.Audience())
		kind(t, "told of nobody", w.AnswerMinutes(ctx, s.bob, id, true, ""), forum.Conflict, "error.readers-changed")
		s.must(w.AnswerMinutes(ctx, s.bob, id, true, members))
		set(t, w, s.group, func(d *forum.GroupDraft) { d.Visibility = forum.PublicToRead })
		m, err := w.ReadMinutes(ctx, w.As(s.ann.Member), id)
		s.must(err)
		if m.Agreed != 1 || m.Waiting != 1 {
			t.Errorf("public by now, it counts %d as agreed to, and %d wait", m.Agreed, m.Waiting)
		}
		set(t, w, s.group, func(d *forum.GroupDraft) { d.Visibility = forum.Hidden })
		if m, err = w.ReadMinutes(ctx, w.As(s.ann.Member), id); err != nil || m.Agreed != 2 {
			t.Errorf("for members again, it counts %d %v", m.Agreed, err)
		}
		s.must(w.Remove(ctx, w.Admin, s.group.ID, s.ann.Member, "gone"))
		s.must(w.Remove(ctx, w.Admin, s.group.ID, s.bob.Member, "gone"))
		for who, by := range map[string]forum.Actor{"who proposed": w.As(s.ann.Member), "who is asked": w.As(s.bob.Member)} {
			kind(t, who, errOf(w.ReadMinutes(ctx, by, id)), forum.NotFound, "error.not-found")
			kind(t, who+" answers", w.AnswerMinutes(ctx, by, id, true, members), forum.NotFound, "error.not-found")
			if all, err := w.OwnMinutes(ctx, by); err != nil || len(all) != 0 {
				t.Errorf("%s is shown %v %v", who, all, err)
			}
		}
		if m, err := w.ReadOwnMessage(ctx, w.As(s.bob.Member), bobs.ID); err != nil || m.RoomName+m.RoomSlug+m.GroupSlug != "" {
			t.Errorf("who is out is told of %+v %v", m, err)
		}
	})
}

// TestMinutesBehindMasks: who proposes them is named nowhere.
func TestMinutesBehindMasks(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		s := newTalk(t, w)
		ctx := t.Context()
		set(t, w, s.group, func(d *forum.GroupDraft) { d.Class = forum.ChathamClass })
		w.Ready(s.group, s.ann, s.bob)
		r := s.roomOf("hall", forum.RoomDraft{})
		bobs := s.say(s.bob, r, "words of bob")
		id, err := w.ProposeMinutes(ctx, s.ann, r.ID, forum.MinutesDraft{Board: s.board.ID, Title: "What we said", Messages: []int64{bobs.ID}})
		s.must(err)
		if m, err := w.ReadMinutes(ctx, s.bob, id); err != nil || m.Maker != "" || m.MemberID != 0 {
			t.Errorf("bob is told that %q proposed it %v", m.Maker, err)
		}
		if all, err := w.OwnMinutes(ctx, s.bob); err != nil || len(all) != 1 || all[0].Maker != "" || all[0].MemberID != 0 {
			t.Errorf("his list says %+v %v", all, err)
		}
	})
}
