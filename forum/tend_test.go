package forum_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"peergroups/forum"
	"peergroups/forum/forumtest"
)

// titles are those of a board, as somebody finds them.
func titles(t *testing.T, w *forumtest.World, by forum.Actor, group string) (out []string) {
	t.Helper()
	p, err := w.ReadBoard(t.Context(), by, group, group, forum.TopicCursor{})
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range p.Topics {
		out = append(out, row.Title)
	}
	return out
}

// TestPin: a pinned topic stands above the others, by a moderator who reads it, with the reason in the log; at most ten
// of a board do, and one that is moved is not pinned elsewhere.
func TestPin(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		s := newTalk(t, w)
		ctx := t.Context()
		_, err := w.StartTopic(ctx, s.bob, s.board.ID, forum.Draft{Title: "Second title", Source: "x", Key: w.Key()})
		s.must(err)
		kind(t, "by a member", w.Pin(ctx, s.ann, s.topic.ID, "x"), forum.Forbidden, "error.moderators-only")
		kind(t, "unpinned by a member", w.Unpin(ctx, s.ann, s.topic.ID, "x"), forum.Forbidden, "error.moderators-only")
		kind(t, "by a stranger", w.Pin(ctx, w.Member("stranger"), s.topic.ID, "x"), forum.NotFound, "error.not-found")
		w.Effects.Take()
		for range 2 {
			s.must(w.Pin(ctx, w.Admin, s.topic.ID, "start\nhere"))
		}
		if facts := w.Effects.Take(); !slices.Equal(facts, []forum.Fact{forum.TopicChanged{Topic: s.topic.ID}}) {
			t.Errorf("pinning twice states %v", facts)
		}
		if got := titles(t, w, s.bob, "inner"); !slices.Equal(got, []string{"First title", "Second title"}) {
			t.Errorf("pinned: %q", got)
		}
		if p, err := w.ReadManage(ctx, w.Admin, "inner"); err != nil || p.Log[0].Act != "pin" || p.Log[0].Object != "First title" || p.Log[0].Reason != "start here" {
			t.Errorf("the log %+v %v", p.Log[0], err)
		}
		var last forum.TopicID
		for i := range 10 {
			topic, err := w.StartTopic(ctx, s.ann, s.board.ID, draft(w, fmt.Sprint(i)))
			s.must(err)
			if err = w.Pin(ctx, w.Admin, topic.ID, ""); i < 9 {
				s.must(err)
			} else {
				kind(t, "the eleventh", err, forum.Conflict, "error.pinned-enough")
			}
			last = topic.ID
		}
		s.must(w.Unpin(ctx, w.Admin, s.topic.ID, ""))
		s.must(w.Pin(ctx, w.Admin, last, ""))
		other, there, _ := w.Group("other", forum.MembersOnly)
		w.Ready(other, s.ann)
		s.must(w.MoveTopic(ctx, w.Admin, last, there.ID, ""))
		if p, err := w.ReadTopic(ctx, s.ann, last, 0); err != nil || p.Topic.Pinned {
			t.Errorf("moved: %+v %v", p.Topic, err)
		}
		exec(t, w, "UPDATE topics SET reach = 2, reach_of = 0 WHERE id = ?", s.topic.ID) // for the certified, of whom the moderator is none
		kind(t, "what they may not read", w.Pin(ctx, w.Admin, s.topic.ID, ""), forum.NotFound, "error.not-found")
		kind(t, "nor rename", w.Rename(ctx, w.Admin, s.topic.ID, "Other", advert), forum.NotFound, "error.not-found")
	})
}

// TestRename: a moderator gives a topic another title, for a reason that its author gets; the old one is the author's to
// read and nobody else's, and the author does not change it back. An objection that is right brings it back.
func TestRename(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		s := newTalk(t, w)
		ctx := t.Context()
		s.must(w.Appoint(ctx, w.Admin, s.group.ID, s.bob.Member, forum.Moderator))
		kind(t, "by its author", w.Rename(ctx, s.ann, s.topic.ID, "Other", advert), forum.Forbidden, "error.moderators-only")
		kind(t, "no title", w.Rename(ctx, s.bob, s.topic.ID, " ", advert), forum.Invalid, "title: error.empty.title")
		kind(t, "no reason", w.Rename(ctx, s.bob, s.topic.ID, "Other", forum.ActDraft{}), forum.Invalid, "reason: error.choose; words: error.reason-short")
		w.Effects.Take()
		for range 2 {
			s.must(w.Rename(ctx, s.bob, s.topic.ID, "Plain\ntitle", advert))
		}
		if facts := w.Effects.Take(); len(facts) != 2 || facts[0] != (forum.PostChanged{Topic: s.topic.ID, Post: s.first}) {
			t.Errorf("renaming twice states %v", facts)
		}
		if p := s.page(w.As(s.ann.Member)); p.Topic.Title != "Plain title" || !p.Topic.Titled || p.Topic.Slug != "topic" {
			t.Errorf("renamed: %+v", p.Topic)
		}
		if got := mailed(t, w, "note.act-rename"); !slices.Equal(got, []forum.MemberID{s.ann.Member}) {
			t.Errorf("told are %v", got)
		}
		a := statement(t, w, s.ann)
		if a.Kind != forum.Renames || a.Was != "First title" || a.Reason != "spam" || a.PostID != s.first {
			t.Errorf("the statement %+v", a)
		}
		if p, err := w.ReadManage(ctx, w.Admin, "inner"); err != nil || p.Log[0].Act != "rename" || p.Log[0].Object != "Plain title" || p.Log[0].Reason != "spam: this is an advertisement" {
			t.Errorf("the log %+v %v", p.Log[0], err)
		}
		p, err := w.ReadOwnPost(ctx, s.ann, s.first)
		if err != nil || p.Entitled() {
			t.Errorf("its author's form %+v %v", p, err)
		}
		s.must(w.ChangePost(ctx, s.ann, s.first, forum.PostChange{Title: "First title", Source: "new words", Base: p.Version}))
		if p := s.page(s.ann); p.Topic.Title != "Plain title" || !p.Topic.Titled {
			t.Errorf("its author changed it to %q", p.Topic.Title)
		}
		s.must(w.Object(ctx, s.ann, a.ID, "it was a good title"))
		o, err := w.ReadObjection(ctx, w.Admin, a.ID)
		if err != nil || o.Was != "First title" || !o.Seen {
			t.Errorf("the objection %+v %v", o, err)
		}
		s.must(w.HidePost(ctx, w.Admin, s.first, advert))
		kind(t, "while it is hidden", w.Rename(ctx, s.bob, s.topic.ID, "Other", advert), forum.Closed, "error.title-hidden")
		s.must(w.AnswerObjection(ctx, w.Admin, a.ID, true, "you are right there"))
		if p := s.page(s.bob); p.Topic.Title != "[…]" || p.Topic.Titled {
			t.Errorf("while it is hidden: %+v", p.Topic)
		}
		s.must(w.ShowPost(ctx, w.Admin, s.first, ""))
		if p := s.page(s.bob); p.Topic.Title != "First title" {
			t.Errorf("shown again: %+v", p.Topic)
		}
		s.must(w.Rename(ctx, s.bob, s.topic.ID, "Second title", advert))
		second := statement(t, w, s.ann)
		s.must(w.Rename(ctx, s.bob, s.topic.ID, "Third title", advert))
		s.must(w.Object(ctx, s.ann, second.ID, "it was a good title"))
		s.must(w.AnswerObjection(ctx, w.Admin, second.ID, true, "you are right there"))
		if p := s.page(s.bob); p.Topic.Title != "Third title" {
			t.Errorf("what was renamed again since: %+v", p.Topic)
		}
		third := statement(t, w, s.ann)
		s.must(w.Object(ctx, s.ann, third.ID, "it was a good title"))
		s.must(w.AnswerObjection(ctx, w.Admin, third.ID, true, "you are right there"))
		if p := s.page(s.bob); p.Topic.Title != "Second title" || p.Topic.Titled {
			t.Errorf("taken back: %+v", p.Topic)
		}
		s.must(w.TakeBack(ctx, s.ann, s.first))
		if n := count(t, w, "SELECT count(*) FROM acts WHERE was <> ''"); n != 0 {
			t.Errorf("%d old titles are kept of what was taken back", n)
		}
		mine, err := w.StartTopic(ctx, s.bob, s.board.ID, draft(w, "mine"))
		s.must(err)
		s.must(w.Rename(ctx, s.bob, mine.ID, "Better", advert))
		if acts, err := w.ReadOwnActs(ctx, s.bob); err != nil || len(acts) != 0 {
			t.Errorf("to oneself: %+v %v", acts, err)
		}
		w.Effects.Fail = errors.New("no queue")
		if err := w.Rename(ctx, s.bob, s.topic.ID, "Undone", advert); err == nil || s.page(s.bob).Topic.Title != "Second title" {
			t.Error("renamed without its jobs")
		}
	})
}
