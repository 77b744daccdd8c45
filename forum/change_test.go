package forum_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"peergroups/forum"
	"peergroups/forum/forumtest"
)

// open is a group for members with ann's topic and bob's answer by mail that quotes it.
type talk struct {
	*forumtest.World
	t            *testing.T
	group        *forum.Group
	board        *forum.Board
	ann, bob     forum.Actor
	topic        *forum.Topic
	first, reply forum.PostID
}

func newTalk(t *testing.T, w *forumtest.World) *talk {
	t.Helper()
	s := &talk{World: w, t: t}
	s.group, s.board, _ = w.Group("inner", forum.MembersOnly)
	s.ann, s.bob = w.Member("ann"), w.Member("bob")
	w.Ready(s.group, w.Admin, s.ann, s.bob)
	for _, who := range []forum.Actor{s.ann, s.bob} {
		s.must(w.Subscribe(t.Context(), who, s.board.ID, forum.Daily))
	}
	var err error
	s.topic, err = w.StartTopic(t.Context(), s.ann, s.board.ID, forum.Draft{Title: "First title", Source: "first canary", Key: w.Key()})
	s.must(err)
	p, err := w.ReadTopic(t.Context(), s.ann, s.topic.ID, 0)
	s.must(err)
	s.first = p.Posts[0].ID
	r, err := w.ReplyByMail(t.Context(), s.bob, s.first, forum.Incoming{MessageID: "<1@bob.example>", Source: "an answer", Trimmed: "> first canary"})
	s.must(err)
	s.reply = r.ID
	return s
}

func (s *talk) must(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

func (s *talk) page(by forum.Actor) forum.TopicPage {
	s.t.Helper()
	p, err := s.ReadTopic(s.t.Context(), by, s.topic.ID, 0)
	s.must(err)
	return p
}

func (s *talk) change(by forum.Actor, id forum.PostID, source string) error {
	p, err := s.ReadOwnPost(s.t.Context(), by, id)
	if err != nil {
		return err
	}
	return s.ChangePost(s.t.Context(), by, id, forum.PostChange{Title: p.Title, Source: source, Base: p.Version})
}

// TestChangePost: one changes one's own words only, as they stand now, in a place where one
// may speak; who may read them stays, and what they said before stays with those who could.
func TestChangePost(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		s := newTalk(t, w)
		for what, who := range map[string]forum.Actor{"by the owner": w.Admin, "by another": s.bob, "by a visitor": {}} {
			kind(t, what, s.change(who, s.first, "forged"), forum.NotFound, "error.not-found")
			kind(t, what, w.ChangePost(t.Context(), who, s.first, forum.PostChange{Title: "x", Source: "forged", Base: 1}), forum.NotFound, "error.not-found")
		}
		p, err := w.ReadOwnPost(t.Context(), s.ann, s.first)
		s.must(err)
		if !p.Opening || p.Alone {
			t.Errorf("the opening post: %+v", p)
		}
		c := forum.PostChange{Title: "Second title", Source: "second words", Base: p.Version}
		for range 2 { // the double click
			s.must(w.ChangePost(t.Context(), s.ann, s.first, c))
		}
		c.Source = "third words"
		kind(t, "over somebody else's change", w.ChangePost(t.Context(), s.ann, s.first, c), forum.Invalid, "source: error.changed-meanwhile")
		if page := s.page(s.bob); page.Topic.Title != "Second title" || page.Topic.Slug != "topic" || page.Posts[0].EditedAt == 0 || !strings.Contains(page.Posts[0].HTML, "second words") {
			t.Errorf("changed: %+v", page.Posts[0])
		}
		s.must(s.change(s.bob, s.reply, "a better answer"))
		if page := s.page(s.ann); page.Topic.Title != "Second title" {
			t.Errorf("who answered changed the title to %q", page.Topic.Title)
		}
		widen(t, w, s.group, forum.PublicToRead)
		s.must(s.change(w.As(s.ann.Member), s.first, "fourth words")) // in a place that is open now
		if _, err := w.ReadTopic(t.Context(), forum.Actor{}, s.topic.ID, 0); forum.KindOf(err) != forum.NotFound {
			t.Errorf("a change made it readable: %v", err)
		}
		s.must(w.Lock(t.Context(), w.Admin, s.topic.ID, ""))
		kind(t, "in a locked topic", s.change(s.ann, s.first, "fifth words"), forum.Closed, "error.topic-locked")
		s.must(w.Unlock(t.Context(), w.Admin, s.topic.ID, ""))
		s.must(w.Leave(t.Context(), s.ann, s.group.ID))
		kind(t, "by one who left", s.change(w.As(s.ann.Member), s.first, "sixth words"), forum.Forbidden, "error.join-first")
	})
}

// TestHistory: an earlier text is read by whom it was written for, whatever the post is now.
func TestHistory(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		s := newTalk(t, w)
		s.must(s.change(s.ann, s.first, "mended for everyone"))
		exec(t, w, "UPDATE posts SET reach = 0, reach_of = 0 WHERE id = ?", s.first) // as her word will make it
		exec(t, w, "UPDATE topics SET reach = 0, reach_of = 0 WHERE id = ?", s.topic.ID)
		widen(t, w, s.group, forum.PublicToRead)
		for who, want := range map[*forum.Actor]int{{}: 0, &s.bob: 1, &s.ann: 1} {
			p, was, err := w.ReadHistory(t.Context(), *who, s.first)
			if err != nil || len(was) != want || p.Plain != "mended for everyone" || want == 1 && !strings.Contains(was[0].HTML, "first canary") {
				t.Errorf("%q reads %+v %v", who.Name, was, err)
			}
		}
		_, _, err := w.ReadHistory(t.Context(), forum.Actor{}, s.reply)
		kind(t, "of a post that is not for them", err, forum.NotFound, "error.not-found")
	})
}

// TestTakeBack: what is taken back is gone from every door at once, with what others' mails
// quoted of it and what it said before; also by one who left, also where it is locked.
func TestTakeBack(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		s := newTalk(t, w)
		s.must(w.Subscribe(t.Context(), s.bob, s.board.ID, forum.Each))
		s.must(w.QueuePost(t.Context(), s.first))
		s.must(s.change(s.ann, s.first, "second canary"))
		s.must(w.Lock(t.Context(), w.Admin, s.topic.ID, ""))
		own, err := w.ReadOwnPost(t.Context(), s.ann, s.first)
		s.must(err)
		if c, err := w.CountCopies(t.Context(), &own); err != nil || c != (forum.PostCopies{Waiting: 1}) {
			t.Errorf("copies: %+v %v", c, err)
		}
		s.must(w.Leave(t.Context(), s.ann, s.group.ID))
		s.ann = w.As(s.ann.Member)
		for _, who := range []forum.Actor{w.Admin, s.bob, {}} {
			kind(t, "another's", w.TakeBack(t.Context(), who, s.first), forum.NotFound, "error.not-found")
		}
		s.must(w.TakeBack(t.Context(), s.ann, s.first))
		kind(t, "twice", w.TakeBack(t.Context(), s.ann, s.first), forum.NotFound, "error.not-found")
		page := s.page(s.bob)
		if len(page.Posts) != 2 || page.Posts[0].ErasedAt == 0 || page.Posts[0].HTML != "" || page.Posts[1].HTML == "" {
			t.Errorf("its place: %+v", page.Posts)
		}
		if got, err := w.VisiblePosts(t.Context(), s.bob, []forum.PostID{s.first}); err != nil || len(got) != 0 {
			t.Errorf("still found: %v %v", got, err)
		}
		if got, err := w.IndexedPosts(t.Context(), 0, forum.Indexed{Post: s.first}, 1); err != nil || len(got) != 0 {
			t.Errorf("still indexed: %v %v", got, err)
		}
		if to, err := w.Claim(t.Context(), forum.Mailing{Kind: "post", Ref: int64(s.first)}, 10); err != nil || len(to) != 0 {
			t.Errorf("still mailed to %v %v", to, err)
		}
		for _, table := range []string{"posts", "revisions"} {
			if n := count(t, w, "SELECT count(*) FROM "+table+" WHERE source LIKE '%canary%'"); n != 0 {
				t.Errorf("%s holds it", table)
			}
		}
		w.Pass(26 * time.Hour)
		_, err = w.ComposeDigests(t.Context(), 0)
		s.must(err)
		if n := count(t, w, "SELECT count(*) FROM deliveries WHERE kind = 'digest'"); n != 0 {
			t.Errorf("%d digests hold it", n)
		}
	})
}

// TestTakeTopicBack: a topic in which nobody else wrote goes whole, title and all; the same
// mail again does not bring it back.
func TestTakeTopicBack(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		s := newTalk(t, w)
		topic, err := w.PostByMail(t.Context(), s.bob, s.board.ID, forum.Incoming{MessageID: "<2@bob.example>", Title: "Lonely title", Source: "alone"})
		s.must(err)
		more, err := w.Reply(t.Context(), s.bob, topic.ID, draft(w, "and more"))
		s.must(err)
		first, err := w.ReadTopic(t.Context(), s.ann, topic.ID, 0)
		s.must(err)
		w.Effects.Take()
		s.must(w.TakeBack(t.Context(), s.bob, first.Posts[0].ID))
		if facts := w.Effects.Take(); len(facts) != 2 {
			t.Errorf("search forgets %v, not both", facts)
		}
		for what, err := range map[string]error{
			"its page": func() error { _, err := w.ReadTopic(t.Context(), s.ann, topic.ID, 0); return err }(),
			"its link": func() error { _, _, err := w.FindPost(t.Context(), s.ann, more.ID); return err }(),
			"a reply":  func() error { _, err := w.Reply(t.Context(), s.ann, topic.ID, draft(w, "late")); return err }(),
		} {
			kind(t, what, err, forum.NotFound, "error.not-found")
		}
		for _, who := range []forum.Actor{s.ann, s.bob, w.Admin} {
			b, err := w.ReadBoard(t.Context(), who, "inner", "inner", forum.TopicCursor{})
			if err != nil || len(b.Topics) != 1 {
				t.Errorf("%s still lists %+v %v", who.Name, b.Topics, err)
			}
		}
		if n := count(t, w, "SELECT count(*) FROM topics WHERE title LIKE 'Lonely%'"); n != 0 {
			t.Error("its title is kept")
		}
		again, err := w.PostByMail(t.Context(), s.bob, s.board.ID, forum.Incoming{MessageID: "<2@bob.example>", Title: "Lonely title", Source: "alone"})
		if err != nil || again.ID != topic.ID || again.Title != "" {
			t.Errorf("the same mail again: %+v %v", again, err)
		}
	})
}

// TestQuotedMail: what a mail quotes below its words is a copy of what may stand elsewhere, and is not kept; in its text it
// waits for its writer's word, unless it is of this topic and for all who read the answer.
func TestQuotedMail(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		s, ctx := newTalk(t, w), t.Context()
		n, token := 0, ""
		answer := func(what, source string, to forum.PostID, held bool) {
			t.Helper()
			n++
			_, err := w.ReplyByMail(ctx, w.As(s.bob.Member), to, forum.Incoming{MessageID: fmt.Sprintf("<quoted%d@bob.example>", n), Source: source, Token: token, Trimmed: "> copied canary"})
			if held != (forum.KindOf(err) == forum.Held) {
				t.Errorf("%s: %v", what, err)
			}
		}
		exec(t, w, "UPDATE posts SET plain = 'first canary of these words and more' WHERE id = ?", s.first)
		answer("of the post that it answers, with other ends of lines", "> first canary of\n>   these words and\n\nYes.", s.first, false)
		answer("of one above it", ">> of these words and more\n> an answer\n\nYes.", s.reply, false)
		answer("of a word", "> words\n\nYes.", s.first, false)
		answer("of another place", "> inner words of another place\n\nYes.", s.first, true)
		answer("one line of another place", "> first canary of these words\n> and inner words\n\nYes.", s.first, true)
		answer("nothing but a quotation", "> inner words of another place", s.first, true)
		answer("of what stands below", "> an answer that came later\n\nYes.", s.first, true)
		answer("more lines than are looked for", strings.Repeat("> first canary of these words\n", 201)+"\nYes.", s.first, true)
		exec(t, w, "UPDATE posts SET from_join = 1 WHERE id = ?", s.first)
		exec(t, w, "UPDATE groups SET from_join = 1 WHERE id = ?", s.group.ID)
		answer("where all have been in since", "> first canary of these words\n\nYes.", s.first, false)
		w.Ready(s.group, w.Member("later"))
		answer("where somebody joined later", "> first canary of these words\n\nYes.", s.first, true)
		exec(t, w, "UPDATE posts SET from_join = 0 WHERE id = ?", s.first)
		exec(t, w, "UPDATE groups SET from_join = 0 WHERE id = ?", s.group.ID)
		widen(t, w, s.group, forum.PublicToRead)
		exec(t, w, "UPDATE topics SET reach = 0, reach_of = 0 WHERE id = ?", s.topic.ID)
		w.Ready(s.group, s.bob)
		answer("of what is for fewer", "> first canary of these words\n\nYes.", s.first, true)
		answer("nothing quoted, to fewer than would read it", "Yes.", s.first, true)
		exec(t, w, "UPDATE posts SET reach = 0, reach_of = 0 WHERE id = ?", s.first)
		answer("nothing quoted", "Yes.", s.first, false)
		exec(t, w, "UPDATE posts SET reach = 0, reach_of = 0 WHERE topic_id = ?", s.topic.ID)
		answer("of what stands above", "> first canary of these words\n\nYes.", s.reply, false)
		exec(t, w, "UPDATE posts SET reach = 3, reach_of = ? WHERE id = ?", s.group.ID, s.first)
		answer("of what stands above and is for fewer", "> first canary of these words\n\nYes.", s.reply, true)
		exec(t, w, "UPDATE posts SET reach = 0, reach_of = 0 WHERE id = ?", s.first)
		exec(t, w, "UPDATE posts SET reach = 3, reach_of = ? WHERE id = ?", s.group.ID, s.reply)
		token = w.ReplyToken(s.bob.Member, s.reply, forum.Audience{Reach: forum.Public}) // its mail told who reads the answer
		answer("nothing quoted, to all of whom the mail told", "Yes.", s.reply, false)
		answer("a mail that is for fewer quotes what is for all", "> first canary of these words\n\nYes.", s.reply, true)
		if n := count(t, w, "SELECT count(*) FROM posts WHERE source LIKE '%copied canary%' OR html LIKE '%copied canary%' OR plain LIKE '%copied canary%'"); n != 0 {
			t.Errorf("%d copies are kept", n)
		}
	})
}

// TestMoveNeedsBothEnds: who moderates one group only can neither take a topic away from
// another nor put one there, and learns nothing of a place that is hidden from them.
func TestMoveNeedsBothEnds(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		s := newTalk(t, w)
		other, there, _ := w.Group("other", forum.Hidden)
		w.Ready(other, w.Admin)
		s.must(w.Appoint(t.Context(), w.Admin, s.group.ID, s.ann.Member, forum.Moderator))
		s.ann = w.As(s.ann.Member)
		elsewhere, err := w.StartTopic(t.Context(), w.Admin, there.ID, draft(w, "elsewhere"))
		s.must(err)
		move := func(who forum.Actor, topic forum.TopicID, to forum.BoardID) error {
			return w.MoveTopic(t.Context(), who, topic, to, "")
		}
		kind(t, "into a hidden group", move(s.ann, s.topic.ID, there.ID), forum.NotFound, "error.not-found")
		kind(t, "out of a hidden group", move(s.ann, elsewhere.ID, s.board.ID), forum.NotFound, "error.not-found")
		kind(t, "merging into a hidden one", w.MergeTopics(t.Context(), s.ann, s.topic.ID, elsewhere.ID, ""), forum.NotFound, "error.not-found")
		exec(t, w, "INSERT INTO memberships (group_id, member_id, standing, joined_at) VALUES (?, ?, ?, 1)", other.ID, s.ann.Member, forum.In)
		kind(t, "as a plain member there", move(s.ann, s.topic.ID, there.ID), forum.Forbidden, "error.moderators-only")
		kind(t, "as a plain member here", move(s.ann, elsewhere.ID, s.board.ID), forum.Forbidden, "error.moderators-only")
		kind(t, "merging as a plain member", w.MergeTopics(t.Context(), s.ann, elsewhere.ID, s.topic.ID, ""), forum.Forbidden, "error.moderators-only")
		_, err = w.SplitTopic(t.Context(), s.bob, s.topic.ID, "Mine", []forum.PostID{s.reply})
		kind(t, "split by a member", err, forum.Forbidden, "error.moderators-only")
		for range 2 {
			s.must(move(w.Admin, s.topic.ID, there.ID))
		}
		if n := count(t, w, "SELECT count(*) FROM log_entries WHERE act IN ('move', 'move-here')"); n != 2 {
			t.Errorf("%d entries for both groups", n)
		}
		if _, err := w.ReadTopic(t.Context(), s.bob, s.topic.ID, 0); forum.KindOf(err) != forum.NotFound {
			t.Errorf("who is not in the new group still reads it: %v", err)
		}
	})
}

// TestSplitAndMerge: every post stands exactly once afterwards, read stays read, and who
// holds an old address is led on.
func TestSplitAndMerge(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		s := newTalk(t, w)
		s.must(w.MarkRead(t.Context(), s.ann, s.topic.ID, 2))
		third, err := w.Reply(t.Context(), s.bob, s.topic.ID, draft(w, "third"))
		s.must(err)
		for what, posts := range map[string][]forum.PostID{"none": nil, "the opening": {s.first}, "one of nowhere": {s.reply, 7}} {
			_, err := w.SplitTopic(t.Context(), w.Admin, s.topic.ID, "Split", posts)
			kind(t, what, err, forum.Invalid, "posts: error.choose-posts")
		}
		fresh, err := w.SplitTopic(t.Context(), w.Admin, s.topic.ID, "Split off", []forum.PostID{third.ID, s.reply})
		s.must(err)
		p, err := w.ReadTopic(t.Context(), s.ann, fresh, 0)
		if err != nil || len(p.Posts) != 2 || p.Posts[0].ID != s.reply || p.Topic.AuthorID != s.bob.Member || p.Read != 1 || p.Topic.LastPostAt != third.PostedAt {
			t.Errorf("split off: %+v %v", p, err)
		}
		b, err := w.ReadBoard(t.Context(), s.ann, "inner", "inner", forum.TopicCursor{})
		if err != nil || len(b.Topics) != 2 || b.Topics[0].ID != fresh || b.Topics[0].Posts != 2 || b.Topics[1].Posts != 1 {
			t.Errorf("the board: %+v %v", b.Topics, err)
		}
		kind(t, "with itself", w.MergeTopics(t.Context(), w.Admin, fresh, fresh, ""), forum.Invalid, "into: error.choose-topic")
		s.must(w.MergeTopics(t.Context(), w.Admin, fresh, s.topic.ID, "again one"))
		kind(t, "once more", w.MergeTopics(t.Context(), w.Admin, fresh, s.topic.ID, ""), forum.Closed, "error.topic-merged")
		if page := s.page(s.ann); len(page.Posts) != 3 || page.Posts[1].ID != s.reply || page.Posts[2].ID != third.ID || page.Topic.Posts != 3 {
			t.Errorf("merged: %+v", page.Posts)
		}
		late, err := w.Reply(t.Context(), s.ann, fresh, draft(w, "written meanwhile"))
		if err != nil || late.TopicID != s.topic.ID {
			t.Errorf("a reply to the old address: %+v %v", late, err)
		}
		old, err := w.ReadTopic(t.Context(), s.ann, fresh, 0)
		if err != nil || old.Topic.MergedInto != s.topic.ID || len(old.Posts) != 0 {
			t.Errorf("the old address: %+v %v", old, err)
		}
		s.must(w.TakeBack(t.Context(), s.bob, third.ID))
		w.Effects.Fail = errors.New("no queue")
		if err := w.MergeTopics(t.Context(), w.Admin, s.topic.ID, fresh, ""); err == nil {
			t.Error("merged without its jobs")
		}
	})
}

// TestAnswersToWhatWasMoved: what is answered to a topic that is for fewer than its place is for those of the
// topic, also when it is split off into a topic of its own.
func TestAnswersToWhatWasMoved(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		s := newTalk(t, w)
		open, there, _ := w.Group("open", forum.PublicToRead)
		w.Ready(open, w.Admin, s.ann, s.bob)
		s.must(w.MoveTopic(t.Context(), w.Admin, s.topic.ID, there.ID, ""))
		p, err := w.Reply(t.Context(), s.ann, s.topic.ID, draft(w, "canary answer"))
		s.must(err)
		if want := (forum.Audience{Reach: forum.Members, Of: s.group.ID}); p.Audience != want {
			t.Errorf("the answer is for %+v", p.Audience)
		}
		fresh, err := w.SplitTopic(t.Context(), w.Admin, s.topic.ID, "Apart", []forum.PostID{p.ID})
		s.must(err)
		for who, by := range map[string]forum.Actor{"a visitor": {}, "a member of the place": w.CertifiedMember("other")} {
			if _, err := w.ReadTopic(t.Context(), by, fresh, 0); forum.KindOf(err) != forum.NotFound {
				t.Errorf("%s reads it: %v", who, err)
			}
		}
		if _, err := w.ReadTopic(t.Context(), s.bob, fresh, 0); err != nil {
			t.Errorf("one of the group it was for: %v", err)
		}
		if name, err := w.GroupName(t.Context(), s.bob, s.group.ID); err != nil || name == "" {
			t.Errorf("%q %v", name, err)
		}
		exec(t, w, "UPDATE groups SET visibility = ? WHERE id = ?", forum.Hidden, s.group.ID)
		if name, err := w.GroupName(t.Context(), w.CertifiedMember("another"), s.group.ID); err != nil || name != "" {
			t.Errorf("a hidden group is called %q %v", name, err)
		}
	})
}
