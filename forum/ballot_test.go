package forum_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"peergroups/forum"
	"peergroups/forum/forumtest"
)

// asked opens a ballot on all of the talk's group, which has turned public.
func (s *talk) asked() int64 {
	s.t.Helper()
	widen(s.t, s.World, s.group, forum.PublicToRead)
	id, err := s.OpenBallot(s.t.Context(), s.Admin, s.group.ID, 0, 14)
	s.must(err)
	return id
}

func (s *talk) ends() {
	s.t.Helper()
	s.Pass(15 * 24 * time.Hour)
	s.must(s.RunBallots(s.t.Context()))
}

// TestBallot: after a group has turned public, what an author said yes of is read by
// everyone once the time is over, and nothing else is: not what has no answer, and not what
// has a no. The title goes with the post that opened the topic.
func TestBallot(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		s := newTalk(t, w)
		third, err := w.Reply(t.Context(), w.Admin, s.topic.ID, draft(w, "third"))
		s.must(err)
		w.Effects.Take()
		id := s.asked()
		if facts := w.Effects.Take(); len(facts) == 0 || facts[len(facts)-1] != (forum.BallotOpened{Ballot: id, Note: "note.ballot"}) {
			t.Errorf("the authors are told by %v", facts)
		}
		if n := count(t, w, "SELECT count(*) FROM deliveries WHERE kind = 'note.ballot'"); n != 3 {
			t.Errorf("%d authors are asked", n)
		}
		for who, a := range map[*forum.Actor]forum.BallotAnswers{
			&s.ann: {All: forum.Yes},
			&s.bob: {Each: map[forum.BallotRef]forum.Answer{{Kind: forum.BallotPost, ID: int64(s.reply)}: forum.No, {Kind: forum.BallotPost, ID: int64(s.first)}: forum.Yes, {Kind: forum.BallotPost, ID: int64(third.ID)}: forum.Yes}},
		} { // bob also answers for others
			s.must(w.AnswerBallot(t.Context(), *who, id, a))
		}
		if _, err := w.ReadTopic(t.Context(), forum.Actor{}, s.topic.ID, 0); forum.KindOf(err) != forum.NotFound {
			t.Errorf("read before the time is over: %v", err)
		}
		s.ends()
		p, err := w.ReadTopic(t.Context(), forum.Actor{}, s.topic.ID, 0)
		if err != nil || len(p.Posts) != 1 || p.Posts[0].ID != s.first || p.Topic.Title != "First title" || p.Topic.Posts != 1 {
			t.Errorf("a visitor reads %+v %v", p.Posts, err)
		}
		if page := s.page(s.ann); len(page.Posts) != 3 {
			t.Errorf("a member reads %d", len(page.Posts))
		}
		kind(t, "late", w.AnswerBallot(t.Context(), w.Admin, id, forum.BallotAnswers{All: forum.Yes}), forum.Closed, "error.ballot-over")
		b, err := w.ReadBallots(t.Context(), w.Admin, "inner")
		if err != nil || len(b.Ballots) != 1 || b.Open || b.Items != 2 || b.Authors != 2 {
			t.Fatalf("the owner's page: %+v %v", b, err)
		}
		if r := b.Ballots[0]; r.Yes != 1 || r.No != 1 || r.Silent != 1 || r.Authors != 3 || r.ClosedAt == 0 {
			t.Errorf("the result: %+v", r)
		}
		m, err := w.ReadManage(t.Context(), w.Admin, "inner")
		if err != nil || m.Log[0].Act != "close-ballot" || !strings.Contains(m.Log[0].Reason, "→ public · 2026-11-23 – 2026-12-08 · ✓ 1 · ✗ 1 · – 1 · 1/3") {
			t.Errorf("the log tells %+v", m.Log[0])
		}
	})
}

// TestBallotIsForItsAuthors: who is not asked sees nothing of it and answers nothing; who has
// left is asked, sees their own words and no more, and may mend them first.
func TestBallotIsForItsAuthors(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		s := newTalk(t, w)
		other := w.Member("other")
		s.must(w.Leave(t.Context(), s.bob, s.group.ID))
		s.bob = w.As(s.bob.Member)
		set(t, w, s.group, func(d *forum.GroupDraft) { d.Visibility = forum.Hidden })
		kind(t, "nothing grew", func() error { _, err := w.OpenBallot(t.Context(), w.Admin, s.group.ID, 0, 14); return err }(), forum.Conflict, "error.nothing-to-ask")
		id := s.asked()
		set(t, w, s.group, func(d *forum.GroupDraft) { d.Visibility = forum.Hidden })
		for what, who := range map[string]forum.Actor{"a visitor": {}, "another": other} {
			_, err := w.ReadBallot(t.Context(), who, id)
			kind(t, what, err, forum.NotFound, "error.not-found")
			kind(t, what, w.AnswerBallot(t.Context(), who, id, forum.BallotAnswers{All: forum.Yes}), forum.NotFound, "error.not-found")
		}
		p, err := w.ReadBallot(t.Context(), s.bob, id)
		if err != nil || p.In || len(p.Items) != 1 || p.Items[0].ItemID != int64(s.reply) || p.Items[0].Title != "" || p.Items[0].Plain != "an answer" {
			t.Errorf("who has left reads %+v %v", p, err)
		}
		if p, err := w.ReadBallot(t.Context(), s.ann, id); err != nil || len(p.Items) != 1 || p.Items[0].Title != "First title" {
			t.Errorf("who opened it reads %+v %v", p, err)
		}
		if q, err := w.OpenQuestions(t.Context(), s.bob); err != nil || len(q) != 1 || q[0].Count != 1 {
			t.Errorf("the first page says %+v %v", q, err)
		}
		ref := forum.BallotRef{Kind: forum.BallotPost, ID: int64(s.reply)}
		s.must(w.AnswerBallot(t.Context(), s.bob, id, forum.BallotAnswers{Each: map[forum.BallotRef]forum.Answer{ref: forum.AfterChange}}))
		s.must(s.change(s.bob, s.reply, "mended for everyone"))
		if p, err := w.ReadBallot(t.Context(), s.bob, id); err != nil || p.Items[0].Answer != forum.Yes {
			t.Errorf("changed, it is %+v %v", p.Items, err)
		}
		own, err := w.ReadOwnPost(t.Context(), s.bob, s.reply)
		if n, err2 := w.CountCircle(t.Context(), s.bob, own.Audience); err != nil || err2 != nil || own.Title != "" || n != 0 {
			t.Errorf("who has left learns the title %q and that they are %d: %v %v", own.Title, n, err, err2)
		}
		s.must(s.change(s.ann, s.first, "mended too"))
		s.must(w.AnswerBallot(t.Context(), s.ann, id, forum.BallotAnswers{All: forum.Yes}))
		set(t, w, s.group, func(d *forum.GroupDraft) { d.Visibility = forum.PublicToRead })
		s.ends()
		page, err := w.ReadTopic(t.Context(), forum.Actor{}, s.topic.ID, 0)
		if err != nil || len(page.Posts) != 2 || !strings.Contains(page.Posts[1].HTML, "mended") || page.Topic.Title != "First title" {
			t.Errorf("a visitor reads %+v %v", page.Posts, err)
		}
		if _, was, err := w.ReadHistory(t.Context(), forum.Actor{}, s.reply); err != nil || len(was) != 0 {
			t.Errorf("what it said before is read by everyone: %+v %v", was, err)
		}
		kind(t, "changing it later", s.change(s.bob, s.reply, "again"), forum.Forbidden, "error.join-first")
	})
}

// TestWhoOpensBallots: owners ask a group, moderators a topic of theirs; one at a time.
func TestWhoOpensBallots(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		s := newTalk(t, w)
		other, there, _ := w.Group("other", forum.PublicToRead)
		w.Ready(other, w.Admin)
		open := func(who forum.Actor, g forum.GroupID, topic forum.TopicID, days int) error {
			_, err := w.OpenBallot(t.Context(), who, g, topic, days)
			return err
		}
		widen(t, w, s.group, forum.RegisteredOnly)
		kind(t, "a member", open(s.ann, s.group.ID, 0, 14), forum.Forbidden, "error.owners-only")
		kind(t, "a member about a topic", open(s.ann, s.group.ID, s.topic.ID, 14), forum.Forbidden, "error.moderators-only")
		kind(t, "a visitor", open(forum.Actor{}, s.group.ID, 0, 14), forum.Forbidden, "error.owners-only")
		kind(t, "in a day", open(w.Admin, s.group.ID, 0, 1), forum.Invalid, "days: error.choose")
		kind(t, "a topic of another group", open(w.Admin, other.ID, s.topic.ID, 14), forum.NotFound, "error.not-found")
		s.must(w.MoveTopic(t.Context(), w.Admin, s.topic.ID, there.ID, ""))
		w.Effects.Fail = errors.New("no queue")
		if err := open(w.Admin, other.ID, s.topic.ID, 3); err == nil || forum.KindOf(err) != forum.Internal {
			t.Errorf("without its jobs: %v", err)
		}
		w.Effects.Fail = nil
		if n := count(t, w, "SELECT count(*) FROM ballots") + count(t, w, "SELECT count(*) FROM deliveries WHERE kind = 'note.ballot'"); n != 0 {
			t.Errorf("%d rows although its jobs could not be written down", n)
		}
		s.must(open(w.Admin, other.ID, s.topic.ID, 3))
		kind(t, "twice", open(w.Admin, other.ID, s.topic.ID, 3), forum.Conflict, "error.ballot-open")
		w.Effects.Take()
		w.Pass(40 * time.Hour)
		for range 2 {
			s.must(w.RunBallots(t.Context()))
		}
		if facts := w.Effects.Take(); len(facts) != 1 || facts[0].(forum.BallotOpened).Note != "note.ballot-reminder" {
			t.Errorf("half of the time is over: %v", facts)
		}
		if n := count(t, w, "SELECT count(*) FROM deliveries WHERE kind = 'note.ballot-reminder'"); n != 2 {
			t.Errorf("%d are reminded", n)
		}
	})
}

// TestBallotPagesAskTheGate: the page of an author shows no title that they may not read; the
// owner's counts what would be read by more people, and only of what the owner reads too.
func TestBallotPagesAskTheGate(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		s := newTalk(t, w)
		room, err := w.OpenRoom(t.Context(), w.Admin, s.group.ID, "second", forum.RoomDraft{Name: "Second"})
		s.must(err)
		said, err := w.Say(t.Context(), s.ann, room.ID, "said", w.Key())
		s.must(err)
		counted := func(when string, items, authors int) {
			t.Helper()
			b, err := w.ReadBallots(t.Context(), w.Admin, "inner")
			if err != nil || b.Items != items || b.Authors != authors {
				t.Errorf("%s: %d items of %d authors (%v)", when, b.Items, b.Authors, err)
			}
			if len(b.Ballots) > 0 && (b.Ballots[0].Silent != items || b.Ballots[0].Authors != authors) {
				t.Errorf("%s: the ballot tells %+v", when, b.Ballots[0])
			}
		}
		counted("nothing would be read by more", 0, 0)
		id := s.asked()
		exec(t, w, "UPDATE ballots SET topic_id = ? WHERE id = ?", s.topic.ID, id) // so that it has a title
		counted("two posts and a message would", 3, 2)
		exec(t, w, "UPDATE topics SET reach = 2, reach_of = 0, author_id = ? WHERE id = ?", s.bob.Member, s.topic.ID) // for the certified, of whom ann is none
		p, err := w.ReadBallot(t.Context(), s.ann, id)
		s.must(err)
		for _, i := range p.Items {
			if strings.Contains(i.Title, "First title") {
				t.Errorf("ann is shown the title of a topic that she may not read: %+v", i)
			}
		}
		b, err := w.ReadBallots(t.Context(), w.Admin, "inner")
		if err != nil || b.Items != 1 || b.Ballots[0].Title != "" {
			t.Errorf("the owner does not read the topic: %+v %v", b, err)
		}
		exec(t, w, "UPDATE topics SET reach = 3, reach_of = ? WHERE id = ?", s.group.ID, s.topic.ID)
		exec(t, w, "UPDATE posts SET reach = 2, reach_of = 0 WHERE id = ?", s.reply)
		counted("nor one of the posts", 2, 1)
		exec(t, w, "UPDATE messages SET reach = 2, reach_of = 0 WHERE id = ?", said.ID)
		counted("nor the message", 1, 1)
	})
}
