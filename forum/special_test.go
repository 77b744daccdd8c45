package forum_test

import (
	"slices"
	"testing"
	"time"

	"peergroups/forum"
	"peergroups/forum/forumtest"
)

// issues composes the digests that are due and gives whose they are, with their posts.
func (s *talk) issues() map[forum.MemberID][]forum.DigestPost {
	s.t.Helper()
	s.Effects.Take()
	_, err := s.ComposeDigests(s.t.Context(), 0)
	s.must(err)
	out := map[forum.MemberID][]forum.DigestPost{}
	var known forum.Known
	for _, fact := range s.Effects.Take() {
		if d, ok := fact.(forum.DigestsComposed); ok {
			for _, i := range d.Issues {
				posts, err := s.ReadIssue(s.t.Context(), i, &known)
				s.must(err)
				out[i.MemberID] = posts
			}
		}
	}
	return out
}

// special begins a special notice of a moderator.
func (s *talk) special(by forum.Actor, source string) (*forum.Topic, forum.PostID) {
	s.t.Helper()
	d := draft(s.World, source)
	d.Special = true
	topic, err := s.StartTopic(s.t.Context(), by, s.board.ID, d)
	s.must(err)
	p, err := s.ReadTopic(s.t.Context(), by, topic.ID, 0)
	s.must(err)
	return topic, p.Posts[0].ID
}

// TestSpecialNotice: it goes at once to all who get anything of the board by mail, whatever they chose, by the gate of list
// mail, and stands in no digest; answers go as usual, and only moderators send one.
func TestSpecialNotice(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		s, ctx := newTalk(t, w), t.Context() // ann and bob get digests
		people := map[forum.Mode]forum.Actor{}
		for mode, name := range map[forum.Mode]string{forum.NoMail: "nora", forum.Each: "eva", forum.Weekly: "wim", forum.Index: "ida", forum.Special: "sam"} {
			people[mode] = w.Member(name)
			w.Ready(s.group, people[mode])
			s.must(w.Subscribe(ctx, people[mode], s.board.ID, mode))
		}
		out := w.Member("out")
		exec(t, w, "INSERT INTO subscriptions (member_id, board_id, mode, since_at) VALUES (?, ?, 5, 1)", out.Member, s.board.ID) // as if it were left over
		kind(t, "no such mode", w.Subscribe(ctx, s.ann, s.board.ID, forum.Special+1), forum.Invalid, "error.choose")
		kind(t, "no such mode", w.Subscribe(ctx, s.ann, s.board.ID, -1), forum.Invalid, "error.choose")

		second, err := w.CreateBoard(ctx, w.Admin, s.group.ID, forum.BoardDraft{Slug: "second", Name: "Second"})
		s.must(err)
		s.must(w.Subscribe(ctx, w.Admin, second.ID, forum.Each))
		quiet := *s.group
		quiet.NoList = true
		if !forum.MayNotify(true, forum.Moderator, s.group) || forum.MayNotify(true, forum.Participant, s.group) || forum.MayNotify(false, forum.Owner, s.group) || forum.MayNotify(true, forum.Owner, &quiet) {
			t.Error("who is offered it")
		}
		if n, err := w.CountNoticed(ctx, &quiet, s.board.ID); err != nil || n != 0 {
			t.Errorf("of a group without a list: %d %v", n, err)
		}

		d := draft(w, "by a member")
		d.Special = true
		_, err = w.StartTopic(ctx, s.ann, s.board.ID, d)
		kind(t, "by a member", err, forum.Invalid, "error.special-moderators")
		_, err = w.ScheduleTopic(ctx, s.ann, s.board.ID, d, w.Now().Add(72*time.Hour).Format("2006-01-02T15:04"))
		kind(t, "by a member, later", err, forum.Invalid, "error.special-moderators")

		once, later, err := w.CountByMail(ctx, s.group, s.group.Audience())
		if n, err2 := w.CountNoticed(ctx, s.group, s.board.ID); err != nil || err2 != nil || once != 2 || later != 4 || n != 6 {
			t.Errorf("%d at once, %d later, %d a notice: %v %v", once, later, n, err, err2)
		}
		if counts, err := w.CountSubscribers(ctx, w.Admin, s.group.ID); err != nil || !slices.Contains(counts, forum.Subscribers{BoardID: s.board.ID, Name: s.board.Name, Mode: forum.Special, N: forum.FewerThan}) {
			t.Errorf("%+v %v", counts, err)
		}
		w.Pass(48 * time.Hour)
		s.issues() // what was said before
		topic, notice := s.special(w.Admin, "everybody")
		got := func(id forum.PostID) (out []forum.MemberID) {
			t.Helper()
			s.must(w.QueuePost(ctx, id))
			to, err := w.Claim(ctx, forum.Mailing{Kind: "post", Ref: int64(id)}, 100)
			s.must(err)
			for _, r := range to {
				out = append(out, r.Member)
			}
			slices.Sort(out)
			return out
		}
		all := []forum.MemberID{s.ann.Member, s.bob.Member, people[forum.Each].Member, people[forum.Weekly].Member, people[forum.Index].Member, people[forum.Special].Member}
		slices.Sort(all)
		if to := got(notice); !slices.Equal(to, all) {
			t.Errorf("mailed to %v, want %v", to, all)
		}
		answer, err := w.Reply(ctx, s.ann, topic.ID, draft(w, "an answer"))
		s.must(err)
		if to := got(answer.ID); !slices.Equal(to, []forum.MemberID{people[forum.Each].Member}) {
			t.Errorf("the answer is mailed to %v", to)
		}
		other, err := w.StartTopic(ctx, w.Admin, s.board.ID, draft(w, "an ordinary topic"))
		s.must(err)
		w.Pass(8 * 24 * time.Hour)
		issues := s.issues()
		for mode, m := range people {
			want := map[forum.Mode]int{forum.Weekly: 2, forum.Index: 2}[mode]
			if n := len(issues[m.Member]); n != want {
				t.Errorf("mode %d: %d posts in a digest, want %d", mode, n, want)
			}
		}
		if posts := issues[s.bob.Member]; len(posts) != 2 || posts[0].ID == notice || posts[1].ID == notice {
			t.Errorf("the digest of bob has %d posts", len(posts))
		}
		own, err := w.ReadOwnPost(ctx, w.Admin, notice)
		s.must(err)
		exec(t, w, "UPDATE deliveries SET state = ? WHERE kind IN ('post', 'digest')", forum.Sent)
		if c, err := w.CountCopies(ctx, &own); err != nil || c.Mailed != 6 || c.Digests != 0 {
			t.Errorf("copies: %+v %v", c, err)
		}
		rows, _, err := w.ReadFeed(ctx, s.bob, forum.Latest, forum.TopicCursor{})
		s.must(err)
		for _, row := range rows {
			if row.Special != (row.ID == topic.ID) {
				t.Errorf("%s is listed so: %t", row.Title, row.Special)
			}
		}
		if p, err := w.ReadTopic(ctx, s.bob, topic.ID, 0); err != nil || !p.Topic.Special {
			t.Errorf("its page: %v", err)
		}
		if p, err := w.ReadTopic(ctx, s.bob, other.ID, 0); err != nil || p.Topic.Special {
			t.Errorf("another page: %v", err)
		}
		p, err := w.ReadManage(ctx, w.Admin, "inner")
		if s.must(err); p.Log[0].Act != "special-notice" || p.Log[0].Object != topic.Title {
			t.Errorf("the log: %+v", p.Log[0])
		}
	})
}

// TestSpecialHeldBack: who may not read it when it goes gets none; what was held back while mail was paused stands in their
// digest, once; what is merged into another topic is still in none.
func TestSpecialHeldBack(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		s, ctx := newTalk(t, w), t.Context()
		w.Pass(48 * time.Hour)
		s.issues()
		topic, notice := s.special(w.Admin, "everybody")
		s.must(w.QueuePost(ctx, notice))
		exec(t, w, "INSERT INTO mail_pauses (member_id, paused_at, why, cleared_at) VALUES (?, ?, 1, 0)", s.ann.Member, forum.At(w.Now()))
		to, err := w.Claim(ctx, forum.Mailing{Kind: "post", Ref: int64(notice)}, 100)
		if s.must(err); len(to) != 1 || to[0].Member != s.bob.Member {
			t.Fatalf("mailed to %v", to)
		}
		s.must(w.MergeTopics(ctx, w.Admin, topic.ID, s.topic.ID, "belongs there"))
		exec(t, w, "DELETE FROM mail_pauses")
		w.Pass(48 * time.Hour)
		issues := s.issues()
		if posts := issues[s.ann.Member]; len(posts) != 1 || posts[0].ID != notice {
			t.Errorf("the digest of who had a pause: %d posts", len(posts))
		}
		if posts := issues[s.bob.Member]; len(posts) != 0 {
			t.Errorf("bob reads it twice: %d posts", len(posts))
		}
		_, hidden := s.special(w.Admin, "of a topic for the certified")
		exec(t, w, "UPDATE topics SET reach = 2, reach_of = 0 WHERE id = (SELECT topic_id FROM posts WHERE id = ?)", hidden)
		if to, err := w.Recipients(ctx, hidden, forum.Each, 0, 10); err != nil || len(to) != 0 {
			t.Errorf("past the gate: %v %v", to, err)
		}
	})
}

// TestSpecialLater: a moderator schedules one, and what is kept of the form says so; who moderates no more by then has it back.
func TestSpecialLater(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		s, ctx := newTalk(t, w), t.Context()
		s.must(w.Appoint(ctx, w.Admin, s.group.ID, s.ann.Member, forum.Moderator))
		d := draft(w, "later")
		d.Special = true
		s.later(w.As(s.ann.Member), time.Hour, d)
		w.Pass(2 * time.Hour)
		s.must(w.PostScheduled(ctx))
		rows, _, err := w.ReadFeed(ctx, s.bob, forum.Latest, forum.TopicCursor{})
		if s.must(err); len(rows) != 2 || !rows[0].Special {
			t.Fatalf("posted: %+v", rows)
		}
		d = draft(w, "too late")
		d.Special = true
		id := s.later(w.As(s.ann.Member), time.Hour, d)
		if x, err := w.ReadScheduled(ctx, w.As(s.ann.Member), id); err != nil || !x.Draft.Special {
			t.Errorf("kept: %+v %v", x.Draft, err)
		}
		s.must(w.Appoint(ctx, w.Admin, s.group.ID, s.ann.Member, forum.Participant))
		w.Pass(2 * time.Hour)
		s.must(w.PostScheduled(ctx))
		if got := s.waits(w.As(s.ann.Member)); got != "[too late form]" {
			t.Errorf("by who moderates no more: %s", got)
		}
		var beside forum.Draft
		if beside.TakeBeside((&forum.Draft{Special: true}).BesideText()); !beside.Special || (&forum.Draft{}).BesideText() != "" {
			t.Errorf("what is kept of the form: %+v", beside)
		}
	})
}
