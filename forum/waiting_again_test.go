package forum_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"peergroups/forum"
	"peergroups/forum/forumtest"
)

// sends opens a topic from one form that waits.
func (s *talk) sends(by forum.Actor, key, source string) {
	s.t.Helper()
	if _, err := s.StartTopic(s.t.Context(), by, s.board.ID, forum.Draft{Title: "T", Source: source, Key: key}); !forum.Waits(err) {
		s.t.Fatal(source, err)
	}
}

// TestWaitingAgain: what one form sends again, with other words, waits in the place of the first, and of what came back to
// its writer nothing is lost.
func TestWaitingAgain(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		s, ctx := newTalk(t, w), t.Context()
		s.vetting(forum.Vetting{All: true})
		s.sends(s.ann, "form", "one")
		s.must(w.TakeWaiting(ctx, s.ann, s.only(w.Admin).ID))
		s.sends(s.ann, "form", "two")
		seen := s.only(w.Admin).ID
		s.sends(s.ann, "form", "two")
		if h := s.only(w.Admin); h.ID != seen {
			t.Error("the double click is another")
		}
		s.sends(s.ann, "form", "three")
		h := s.only(w.Admin)
		if h.Source != "three" {
			t.Errorf("the correction is lost: %q waits", h.Source)
		}
		_, err := w.Approve(ctx, w.Admin, seen)
		kind(t, "what nobody saw", err, forum.NotFound, "error.not-found")
		s.must(w.ClaimWaiting(ctx, w.Admin, h.ID))
		_, err = w.StartTopic(ctx, s.ann, s.board.ID, forum.Draft{Title: "T", Source: "four", Key: "form"})
		kind(t, "while a moderator is at it", err, forum.Conflict, "error.waiting-claimed")
		s.must(w.Decline(ctx, w.Admin, h.ID, forum.ActDraft{Reason: "unkind", Words: "please mend what you said there"}))
		drafts, err := w.Drafts(ctx, s.ann)
		s.must(err)
		var all []string
		for _, d := range drafts {
			all = append(all, d.Source+" "+d.Why)
		}
		if got := strings.Join(all, ", "); got != "three declined, one taken" {
			t.Errorf("with their writer: %s", got)
		}
	})
}

// TestAnswersReturn: what waits as an answer goes back to its writer when its topic is taken back.
func TestAnswersReturn(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		s, ctx := newTalk(t, w), t.Context()
		topic, err := w.StartTopic(ctx, s.bob, s.board.ID, draft(w, "of bob"))
		s.must(err)
		page, err := w.ReadTopic(ctx, s.bob, topic.ID, 0)
		s.must(err)
		s.vetting(forum.Vetting{All: true})
		if _, err := w.Reply(ctx, s.ann, topic.ID, forum.Draft{Source: "answers", Key: w.Key()}); !forum.Waits(err) {
			t.Fatal(err)
		}
		s.must(w.TakeBack(ctx, s.bob, page.Posts[0].ID))
		drafts, err := w.Drafts(ctx, s.ann)
		if s.must(err); len(drafts) != 1 || drafts[0].Source != "answers" || drafts[0].Why != forum.DoorShut || count(t, w, "SELECT count(*) FROM waiting") != 0 {
			t.Fatalf("with its writer: %+v", drafts)
		}
		if n := count(t, w, "SELECT count(*) FROM deliveries WHERE kind = 'note.post-back' AND ref = ? AND member_id = ?", drafts[0].ID, s.ann.Member); n != 1 {
			t.Errorf("told %d times", n)
		}
	})
}

// TestFormOutdated: what cannot be posted for something in it goes back with words that say so, and not that others read it.
func TestFormOutdated(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		s, ctx := newTalk(t, w), t.Context()
		s.vetting(forum.Vetting{All: true})
		d := draft(w, "poll")
		d.Poll = forum.PollDraft{Options: "yes\nno", Until: w.Now().Add(3 * time.Hour).In(amsterdam(t)).Format("2006-01-02T15:04")}
		if _, err := w.StartTopic(ctx, s.ann, s.board.ID, d); !forum.Waits(err) {
			t.Fatal(err)
		}
		w.Pass(10 * time.Hour)
		posted, err := w.Approve(ctx, w.Admin, s.only(w.Admin).ID)
		s.must(err)
		if drafts, err := w.Drafts(ctx, s.ann); err != nil || posted || len(drafts) != 1 || drafts[0].Why != forum.FormOutdated {
			t.Errorf("%t %+v %v", posted, drafts, err)
		}
	})
}

// TestRewriteWhole: a topic that came back is changed with its poll, its tags and its files.
func TestRewriteWhole(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		s, ctx := newTalk(t, w), t.Context()
		s.vetting(forum.Vetting{All: true})
		file, err := w.AddFile(ctx, s.ann, "a.txt", []byte("filed"))
		s.must(err)
		d := draft(w, "whole")
		d.Tags, d.Files, d.Poll = s.tags("fees"), []forum.FileID{file.ID}, forum.PollDraft{Options: "yes\nno", Many: true}
		if _, err := w.StartTopic(ctx, s.ann, s.board.ID, d); !forum.Waits(err) {
			t.Fatal(err)
		}
		id := s.only(w.Admin).ID
		s.must(w.TakeWaiting(ctx, s.ann, id))
		h, err := w.Rewrite(ctx, s.ann, id)
		s.must(err)
		w.Pass(30 * 24 * time.Hour)
		s.must(errors.Join(w.PostScheduled(ctx), w.SweepFiles(ctx)))
		got, err := w.ReadScheduled(ctx, s.ann, h.Later)
		if s.must(err); got.PostAt != 0 || got.Draft.Poll != d.Poll || !slices.Equal(got.Draft.Tags, d.Tags) || s.waits(s.ann) != "[whole back]" || count(t, w, "SELECT count(*) FROM drafts") != 0 {
			t.Errorf("%+v", got)
		}
		again := got.Draft
		again.Key = w.Key()
		s.vetting(forum.Vetting{})
		topic, err := w.StartTopic(ctx, s.ann, s.board.ID, again)
		s.must(err)
		page, err := w.ReadTopic(ctx, s.ann, topic.ID, 0)
		if s.must(err); page.Posts[0].Poll == nil || len(page.Posts[0].Files) != 1 || len(page.Tags) != 1 || s.waits(s.ann) != "[]" {
			t.Errorf("%+v", page.Posts[0])
		}
	})
}
