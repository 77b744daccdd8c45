package forum_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"peergroups/forum"
	"peergroups/forum/forumtest"
)

// ask begins a topic with a poll, and gives its post and options.
func (s *talk) ask(by forum.Actor, d forum.PollDraft) (topic forum.TopicID, post forum.PostID, options []int64) {
	s.t.Helper()
	draft := draft(s.World, "a poll")
	draft.Poll = d
	t, err := s.StartTopic(s.t.Context(), by, s.board.ID, draft)
	s.must(err)
	page, err := s.ReadTopic(s.t.Context(), by, t.ID, 0)
	s.must(err)
	for _, o := range page.Posts[0].Poll.Options {
		options = append(options, o.ID)
	}
	return t.ID, page.Posts[0].ID, options
}

// poll gives what somebody sees of the poll of a topic: "A 1* B 0, 1 voter", or "-" where no numbers are shown.
func (s *talk) poll(by forum.Actor, topic forum.TopicID) string {
	s.t.Helper()
	page, err := s.ReadTopic(s.t.Context(), by, topic, 0)
	s.must(err)
	l := page.Posts[0].Poll
	if l == nil {
		return "none"
	}
	var out []string
	for _, o := range l.Options {
		words := o.Words
		if l.Shown {
			words += fmt.Sprint(" ", o.Votes)
		} else if o.Votes != 0 || l.Voters != 0 {
			s.t.Errorf("numbers that are not shown: %+v", l)
		}
		if o.Mine {
			words += "*"
		}
		out = append(out, words)
	}
	return strings.Join(out, " ") + fmt.Sprint(", ", l.Voters)
}

// voters gives by name who voted, as a member may know.
func (s *talk) voters(by forum.Actor, post forum.PostID) string {
	s.t.Helper()
	p, votes, err := s.ReadVotes(s.t.Context(), by, post)
	s.must(err)
	var out []string
	for _, v := range votes {
		for _, o := range p.Poll.Options {
			if o.ID == v.Option {
				out = append(out, v.Name+" "+o.Words)
			}
		}
	}
	return strings.Join(out, ", ")
}

// TestPoll: who may reply votes once, and otherwise until it is over; whoever reads it counts, and members know by name.
func TestPoll(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		s, ctx := newTalk(t, w), t.Context()
		out := w.Member("out")
		for what, d := range map[string][2]any{
			"one option":  {forum.PollDraft{Options: "\n A \n"}, "error.poll-options"},
			"eleven":      {forum.PollDraft{Options: strings.Join(strings.Split("abcdefghijk", ""), "\n")}, "error.poll-options"},
			"twice":       {forum.PollDraft{Options: "A\n A"}, "error.poll-twice"},
			"a long one":  {forum.PollDraft{Options: "A\n" + strings.Repeat("b", 121)}, "error.too-long"},
			"no time":     {forum.PollDraft{Options: "A\nB", Until: "soon"}, "error.poll-until"},
			"in the past": {forum.PollDraft{Options: "A\nB", Until: w.Now().Add(-72 * time.Hour).Format("2006-01-02T15:04")}, "error.poll-until"},
			"too late":    {forum.PollDraft{Options: "A\nB", Until: w.Now().AddDate(2, 0, 0).Format("2006-01-02T15:04")}, "error.poll-until"},
		} {
			p := draft(w, what)
			p.Poll = d[0].(forum.PollDraft)
			_, err := w.StartTopic(ctx, s.ann, s.board.ID, p)
			kind(t, what, err, forum.Invalid, d[1].(string))
		}
		topic, post, o := s.ask(s.ann, forum.PollDraft{Options: "Monday\n\nFriday"})
		if got := s.poll(s.bob, topic); got != "Monday 0 Friday 0, 0" {
			t.Errorf("asked: %q", got)
		}
		w.Effects.Take()
		s.must(w.Vote(ctx, s.bob, post, o[:1]))
		s.must(w.Vote(ctx, s.bob, post, o[:1]))
		s.must(w.Vote(ctx, s.ann, post, o[1:]))
		if n := len(w.Effects.Take()); n != 3 {
			t.Errorf("%d facts", n)
		}
		if got := s.poll(s.bob, topic) + "; " + s.voters(s.ann, post); got != "Monday 1* Friday 1, 2; "+s.ann.Name+" Friday, "+s.bob.Name+" Monday" {
			t.Errorf("voted: %q", got)
		}
		kind(t, "two of one", w.Vote(ctx, s.bob, post, o), forum.Invalid, "error.choose")
		kind(t, "a great many", w.Vote(ctx, s.bob, post, make([]int64, 1_000_000)), forum.Invalid, "error.choose")
		kind(t, "none of them", w.Vote(ctx, s.bob, post, []int64{7}), forum.Invalid, "error.choose")
		kind(t, "an outsider", w.Vote(ctx, out, post, o[:1]), forum.NotFound, "error.not-found")
		kind(t, "a visitor", w.Vote(ctx, forum.Actor{}, post, o[:1]), forum.NotFound, "error.not-found")
		kind(t, "no poll", w.Vote(ctx, s.bob, s.first, o[:1]), forum.NotFound, "error.not-found")
		_, _, err := w.ReadVotes(ctx, out, post)
		kind(t, "an outsider", err, forum.NotFound, "error.not-found")
		_, _, err = w.ReadVotes(ctx, forum.Actor{}, post)
		kind(t, "a visitor", err, forum.Forbidden, "error.sign-in-first")
		s.must(w.Vote(ctx, s.bob, post, o[1:]))
		if got := s.poll(s.bob, topic); got != "Monday 0 Friday 2*, 2" {
			t.Errorf("changed: %q", got)
		}
		s.must(w.Vote(ctx, s.bob, post, nil))
		if got := s.poll(s.bob, topic); got != "Monday 0 Friday 1, 1" {
			t.Errorf("withdrawn: %q", got)
		}
		s.must(w.Lock(ctx, w.Admin, topic, "calm"))
		kind(t, "a locked topic", w.Vote(ctx, s.bob, post, o[:1]), forum.Closed, "error.topic-locked")
		s.must(w.Unlock(ctx, w.Admin, topic, ""))
		kind(t, "closed by somebody", w.ClosePoll(ctx, s.bob, post), forum.Forbidden, "error.not-your-topic")
		kind(t, "closed by an outsider", w.ClosePoll(ctx, out, post), forum.NotFound, "error.not-found")
		s.must(w.ClosePoll(ctx, w.Admin, post))
		s.must(w.ClosePoll(ctx, s.ann, post))
		if n := count(t, w, "SELECT count(*) FROM log_entries WHERE act = 'close-poll'"); n != 1 {
			t.Errorf("%d entries of the log", n)
		}
		kind(t, "when it is closed", w.Vote(ctx, s.bob, post, o[:1]), forum.Closed, "error.poll-over")

		many, second, o := s.ask(s.ann, forum.PollDraft{Options: "A\nB\nC", Many: true, Until: w.Now().Add(48 * time.Hour).In(amsterdam(t)).Format("2006-01-02T15:04")})
		s.must(w.Vote(ctx, s.bob, second, o[:2]))
		if got := s.poll(s.ann, many); got != "A 1 B 1 C 0, 1" {
			t.Errorf("many: %q", got)
		}
		s.must(w.HidePost(ctx, w.Admin, second, advert))
		if got := s.poll(s.bob, many); got != "none" {
			t.Errorf("hidden: %q", got)
		}
		kind(t, "in a hidden one", w.Vote(ctx, s.bob, second, o[:1]), forum.NotFound, "error.not-found")
		kind(t, "in one's own hidden one", w.Vote(ctx, s.ann, second, o[:1]), forum.Closed, "error.poll-over")
		s.must(w.ShowPost(ctx, w.Admin, second, "a mistake"))
		w.Pass(47 * time.Hour)
		s.must(w.EndPolls(ctx))
		s.must(w.Vote(ctx, s.bob, second, o[2:]))
		w.Pass(time.Hour)
		kind(t, "when its time is over", w.Vote(ctx, s.bob, second, o[:1]), forum.Closed, "error.poll-over")
		w.Effects.Take()
		s.must(w.EndPolls(ctx))
		s.must(w.EndPolls(ctx))
		if facts := fmt.Sprint(w.Effects.Take()); facts != fmt.Sprintf("[{%d %d false}]", many, second) {
			t.Errorf("the end is told as %s", facts)
		}
		s.must(w.Mute(ctx, w.Admin, s.group.ID, s.bob.Member, forDays(1)))
		third, post, o := s.ask(s.ann, forum.PollDraft{Options: "A\nB"})
		if err := w.Vote(ctx, w.As(s.bob.Member), post, o[:1]); forum.KindOf(err) != forum.Forbidden {
			t.Errorf("muted: %v", err)
		}
		s.must(w.TakeBack(ctx, s.ann, post))
		if n := count(t, w, "SELECT count(*) FROM polls WHERE post_id = ?", post) + count(t, w, "SELECT count(*) FROM poll_options WHERE post_id = ?", post); n != 0 {
			t.Errorf("taken back with topic %d, %d rows are left", third, n)
		}
	})
}

func amsterdam(t *testing.T) *time.Location {
	t.Helper()
	loc, err := time.LoadLocation("Europe/Amsterdam") // where members of tests are
	if err != nil {
		t.Fatal(err)
	}
	return loc
}

// TestSecretPoll: numbers come when it is closed and five have voted; nobody is named, nor does a live page
// hear of a vote; where the Chatham House rule holds there are no others, and one from before it is as one.
func TestSecretPoll(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		s, ctx := newTalk(t, w), t.Context()
		topic, post, o := s.ask(s.ann, forum.PollDraft{Options: "A\nB", Secret: true})
		w.Effects.Take()
		voters := []forum.Actor{s.ann, s.bob, w.Member("carl"), w.Member("dora"), w.Member("emil"), w.Member("fred")}
		w.Ready(s.group, voters[2:]...)
		w.Effects.Take()
		for i, who := range voters[:5] {
			if got := s.poll(who, topic); got != "A B, 0" {
				t.Errorf("before the %d. vote: %q", i+1, got)
			}
			s.must(w.Vote(ctx, who, post, o[:1]))
		}
		if facts := w.Effects.Take(); len(facts) != 0 {
			t.Errorf("live pages hear of %v", facts)
		}
		if a, f := s.poll(s.ann, topic), s.poll(voters[5], topic); a != "A* B, 0" || f != "A B, 0" {
			t.Errorf("of five: one who voted sees %q, one who did not %q", a, f)
		}
		s.must(w.Vote(ctx, s.bob, post, nil))
		if a, b := s.poll(s.ann, topic), s.poll(s.bob, topic); a != "A* B, 0" || b != "A B, 0" {
			t.Errorf("of four: %q %q", a, b)
		}
		_, _, err := w.ReadVotes(ctx, s.ann, post)
		kind(t, "names", err, forum.NotFound, "error.not-found")
		s.must(w.ClosePoll(ctx, s.ann, post))
		if got := s.poll(voters[5], topic); got != "A B, 0" {
			t.Errorf("closed, of four: %q", got)
		}
		exec(t, w, "UPDATE polls SET closed_at = 0 WHERE post_id = ?", post)
		s.must(w.Vote(ctx, s.bob, post, o[1:2]))
		s.must(w.ClosePoll(ctx, s.ann, post))
		if got := s.poll(voters[5], topic); got != "A 4 B 1, 5" {
			t.Errorf("closed: %q", got)
		}
		_, _, err = w.ReadVotes(ctx, s.ann, post)
		kind(t, "names, when it is closed", err, forum.NotFound, "error.not-found")

		open, post, o := s.ask(s.ann, forum.PollDraft{Options: "A\nB"})
		s.must(w.Vote(ctx, s.bob, post, o[:1]))
		set(t, w, s.group, func(d *forum.GroupDraft) { d.Class = forum.ChathamClass })
		if got := s.poll(s.ann, open); got != "A B, 0" {
			t.Errorf("under the rule: %q", got)
		}
		_, _, err = w.ReadVotes(ctx, s.ann, post)
		kind(t, "names, under the rule", err, forum.NotFound, "error.not-found")
		d := draft(w, "by name")
		d.Poll = forum.PollDraft{Options: "A\nB"}
		_, err = w.StartTopic(ctx, s.ann, s.board.ID, d)
		kind(t, "a new one", err, forum.Invalid, "error.poll-secret-only")
	})
}

// TestVotesKeepTheirAudience: a poll that its author opens to more people does not tell them who voted before.
func TestVotesKeepTheirAudience(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		s, ctx := newTalk(t, w), t.Context()
		out := w.Member("out")
		topic, post, o := s.ask(s.ann, forum.PollDraft{Options: "A\nB"})
		s.must(w.Vote(ctx, s.bob, post, o[:1]))
		set(t, w, s.group, func(d *forum.GroupDraft) { d.Visibility = forum.PublicToRead })
		exec(t, w, "UPDATE topics SET reach = 0, reach_of = 0")
		exec(t, w, "UPDATE posts SET reach = 0, reach_of = 0") // their authors said yes
		if got := s.poll(out, topic) + s.poll(forum.Actor{}, topic) + s.voters(out, post); got != "A 0 B 0, 0A 0 B 0, 0" {
			t.Errorf("who could not read it then: %q", got)
		}
		s.must(w.Vote(ctx, s.ann, post, o[1:]))
		if got := s.poll(out, topic) + s.voters(out, post) + s.poll(s.ann, topic); got != "A 0 B 1, 1"+s.ann.Name+" BA 1 B 1*, 2" {
			t.Errorf("for all: %q", got)
		}
	})
}
