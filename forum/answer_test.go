package forum_test

import (
	"strings"
	"testing"

	"peergroups/forum"
	"peergroups/forum/forumtest"
)

// accepted tells what somebody is told of the answer of the topic, on its page and in lists.
func (s *talk) accepted(by forum.Actor) (id forum.PostID, listed, open bool) {
	s.t.Helper()
	if a := s.page(by).Answer; a != nil {
		id = a.ID
	}
	for _, feed := range []forum.Feed{forum.Latest, forum.Unanswered} {
		rows, _, err := s.ReadFeed(s.t.Context(), by, feed, forum.TopicCursor{})
		s.must(err)
		b, err := s.ReadBoard(s.t.Context(), by, "inner", "inner", forum.TopicCursor{Feed: feed})
		s.must(err)
		if feed == forum.Latest && len(rows) != len(b.Topics) {
			s.t.Errorf("%d in the feed, %d on the board", len(rows), len(b.Topics))
		}
		for _, row := range b.Topics {
			if row.ID == s.topic.ID && feed == forum.Latest {
				listed = row.Answered
			} else if row.ID == s.topic.ID {
				open = true
			}
		}
	}
	return id, listed, open
}

// TestAcceptAnswer: who asked, or a moderator, marks one answer, which whoever reads it is told of above the topic and in
// lists; to others there is none.
func TestAcceptAnswer(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		s, ctx := newTalk(t, w), t.Context()
		out := w.Member("out")
		expect := func(when string, who forum.Actor, want forum.PostID, open bool) {
			t.Helper()
			if id, listed, unanswered := s.accepted(who); id != want || listed != (want != 0) || unanswered != open {
				t.Errorf("%s: %d, listed %t, unanswered %t; want %d, %t", when, id, listed, unanswered, want, open)
			}
		}
		kind(t, "talk", w.AcceptAnswer(ctx, s.ann, s.reply, false), forum.Closed, "error.no-questions")
		expect("talk with an answer", s.ann, 0, false)
		s.must(w.ChangeBoard(ctx, w.Admin, s.board.ID, forum.BoardDraft{Name: "Questions", Kind: forum.Question}))
		expect("a question", s.ann, 0, true)
		kind(t, "the question itself", w.AcceptAnswer(ctx, s.ann, s.first, false), forum.Forbidden, "error.no-answer")
		kind(t, "who answered", w.AcceptAnswer(ctx, s.bob, s.reply, false), forum.Forbidden, "error.asker-only")
		kind(t, "an outsider", w.AcceptAnswer(ctx, out, s.reply, false), forum.NotFound, "error.not-found")
		w.Effects.Take()
		s.must(w.AcceptAnswer(ctx, s.ann, s.reply, false))
		s.must(w.AcceptAnswer(ctx, s.ann, s.reply, false))
		if n := len(w.Effects.Take()); n != 1 {
			t.Errorf("%d facts", n)
		}
		for _, who := range []forum.Actor{s.ann, s.bob, w.Admin} {
			expect("accepted", who, s.reply, false)
		}
		second, err := w.Reply(ctx, s.bob, s.topic.ID, draft(w, "a better one"))
		s.must(err)
		s.must(w.AcceptAnswer(ctx, w.Admin, second.ID, false))
		s.must(w.AcceptAnswer(ctx, s.ann, s.reply, true)) // which is not marked any more
		expect("another", s.bob, second.ID, false)
		if n := count(t, w, "SELECT count(*) FROM log_entries WHERE act = 'accept-answer'"); n != 1 {
			t.Errorf("%d entries of the log: what moderators do is in it, and what one does of one's own not", n)
		}

		exec(t, w, "UPDATE posts SET reach = 2, reach_of = 0 WHERE id = ?", second.ID) // for the certified
		exec(t, w, "UPDATE topics SET mixed = 1 WHERE id = ?", s.topic.ID)
		expect("for whom it is not", s.ann, 0, true)
		expect("for its author", s.bob, second.ID, false)
		exec(t, w, "UPDATE posts SET reach = 3, reach_of = ? WHERE id = ?", s.group.ID, second.ID)
		s.must(w.HidePost(ctx, w.Admin, second.ID, advert))
		for _, who := range []forum.Actor{s.ann, s.bob, w.Admin} {
			expect("hidden", who, 0, true)
		}
		kind(t, "a hidden one", w.AcceptAnswer(ctx, s.bob, second.ID, false), forum.Forbidden, "error.asker-only")
		s.must(w.ShowPost(ctx, w.Admin, second.ID, "a mistake"))
		expect("shown again", s.ann, second.ID, false)
		_, err = w.SplitTopic(ctx, w.Admin, s.topic.ID, "Apart", []forum.PostID{second.ID})
		s.must(err)
		expect("split off", s.ann, 0, true)
		s.must(w.AcceptAnswer(ctx, s.ann, s.reply, false))
		s.must(w.AcceptAnswer(ctx, s.ann, s.reply, true))
		expect("no longer", s.bob, 0, true)
		s.must(w.AcceptAnswer(ctx, s.ann, s.reply, false))
		s.must(w.TakeBack(ctx, s.bob, s.reply))
		expect("taken back", s.ann, 0, true)
		kind(t, "one that was taken back", w.AcceptAnswer(ctx, s.ann, s.reply, true), forum.NotFound, "error.not-found")
		s.must(w.Remove(ctx, w.Admin, s.group.ID, s.ann.Member, "over"))
		set(t, w, s.group, func(d *forum.GroupDraft) { d.Visibility = forum.RegisteredOnly })
		kind(t, "who is not in the group any more", w.AcceptAnswer(ctx, s.ann, s.first, false), forum.Forbidden, "error.join-first")
	})
}

// TestKindsOfBoards: on a board for announcements moderators begin topics, by every door; where only they answer others do not.
func TestKindsOfBoards(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		s, ctx := newTalk(t, w), t.Context()
		change := func(d forum.BoardDraft) error {
			d.Name = "Board"
			return w.ChangeBoard(ctx, w.Admin, s.board.ID, d)
		}
		kind(t, "a participant", w.ChangeBoard(ctx, s.ann, s.board.ID, forum.BoardDraft{Name: "Mine"}), forum.Forbidden, "error.moderators-only")
		kind(t, "no such kind", change(forum.BoardDraft{Kind: 3}), forum.Invalid, "error.choose")
		kind(t, "no such rule", change(forum.BoardDraft{Posting: 3}), forum.Invalid, "error.choose")
		kind(t, "a long template", change(forum.BoardDraft{Template: strings.Repeat("ä", 2049)}), forum.Invalid, "error.too-long")
		kind(t, "without a name", w.ChangeBoard(ctx, w.Admin, s.board.ID, forum.BoardDraft{Name: " "}), forum.Invalid, "error.empty.name")
		template := strings.Repeat("ä", 2048)
		s.must(change(forum.BoardDraft{Kind: forum.Announcement, Template: template, Description: "What is new"}))
		b, err := w.FindBoard(ctx, s.ann, "inner", "inner")
		if s.must(err); b.Board.Kind != forum.Announcement || b.Board.Template != template || b.Board.Description != "What is new" || b.Board.Slug != "inner" {
			t.Errorf("%+v", b.Board)
		}
		_, err = w.StartTopic(ctx, s.ann, s.board.ID, draft(w, "x"))
		kind(t, "begins a topic", err, forum.Forbidden, "error.moderators-post-here")
		_, err = w.PostByMail(ctx, s.ann, s.board.ID, forum.Incoming{MessageID: "<a@b.example>", Title: "t", Source: "x"})
		kind(t, "begins a topic by mail", err, forum.Forbidden, "error.moderators-post-here")
		news, err := w.StartTopic(ctx, w.Admin, s.board.ID, draft(w, "news"))
		s.must(err)
		_, err = w.Reply(ctx, s.ann, news.ID, draft(w, "thanks"))
		s.must(err)
		if rows, _, err := w.ReadFeed(ctx, s.ann, forum.Unanswered, forum.TopicCursor{}); err != nil || len(rows) != 0 {
			t.Errorf("announcements wait for no answer: %v %v", rows, err)
		}
		s.must(change(forum.BoardDraft{NoAnswers: true}))
		_, err = w.Reply(ctx, s.ann, s.topic.ID, draft(w, "x"))
		kind(t, "answers", err, forum.Forbidden, "error.moderators-answer-here")
		_, err = w.ReplyByMail(ctx, s.bob, s.first, forum.Incoming{MessageID: "<2@bob.example>", Source: "x"})
		kind(t, "answers by mail", err, forum.Forbidden, "error.moderators-answer-here")
		page := s.page(s.ann)
		if err := forum.MayReply(s.ann, page.In, page.Role, &page.Group, &page.Topic); forum.KindOf(err) != forum.Forbidden {
			t.Errorf("the page says otherwise: %v", err)
		}
		_, err = w.Reply(ctx, w.Admin, s.topic.ID, draft(w, "x"))
		s.must(err)
		s.must(s.change(s.ann, s.first, "mended"))
		s.must(w.React(ctx, s.ann, s.reply, forum.Thanks))
	})
}
