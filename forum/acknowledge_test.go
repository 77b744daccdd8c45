package forum_test

import (
	"testing"

	"peergroups/forum"
	"peergroups/forum/forumtest"
)

// TestToldMeanwhile: nothing is said to others than the page said when it was written, and who was told long
// ago that everybody reads is told anew when they do once more (P19).
func TestToldMeanwhile(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		ctx := t.Context()
		s := &talk{World: w, t: t}
		g, board, room := w.Group("inner", forum.PublicToRead)
		s.ann = w.Member("ann")
		w.Ready(g, s.ann) // told: everyone
		topic, err := w.StartTopic(ctx, s.ann, board.ID, draft(w, "before"))
		s.must(err)
		set(t, w, g, func(d *forum.GroupDraft) { d.Visibility = forum.MembersOnly })
		members := g.Told(g.Audience())
		inRoom := func(told string) string { // where what is said stays for ever
			if told == "" {
				return ""
			}
			return told + "/0"
		}
		speak := func(told string) map[string]error {
			a, b := draft(w, "x"), draft(w, "y")
			a.Told, b.Told = told, told
			_, starts := w.StartTopic(ctx, s.ann, board.ID, a)
			_, replies := w.Reply(ctx, s.ann, topic.ID, b)
			_, says := w.SayAsTold(ctx, s.ann, room.ID, forum.Line{Source: "z", Nonce: w.Key(), Told: inRoom(told)})
			return map[string]error{"starts": starts, "replies": replies, "says": says}
		}
		for what, err := range speak(members) {
			if err != nil {
				t.Errorf("narrowed, she %s without being asked: %v", what, err)
			}
		}
		w.Pass(1)
		set(t, w, g, func(d *forum.GroupDraft) { d.Visibility = forum.PublicToRead })
		for what, err := range speak(members) {
			kind(t, "the old form "+what, err, forum.Invalid, "error.readers-changed")
		}
		for what, err := range speak(g.Told(g.Audience())) {
			kind(t, "told once that everybody reads, she "+what, err, forum.Held, "error.acknowledge-first")
		}
		_, err = w.PostByMail(ctx, s.ann, board.ID, forum.Incoming{MessageID: "<1@x.example>", Title: "By mail", Source: "x"})
		kind(t, "by mail", err, forum.Held, "error.acknowledge-first")
		w.Ready(g, s.ann)
		for what, err := range speak(g.Told(g.Audience())) {
			if err != nil {
				t.Errorf("told anew, she %s: %v", what, err)
			}
		}

		// Masks that end and come back are told of each time.
		set(t, w, g, func(d *forum.GroupDraft) { d.Class = forum.ChathamClass })
		w.Ready(g, s.ann)
		masked := g.Told(g.Audience())
		w.Pass(1)
		set(t, w, g, func(d *forum.GroupDraft) { d.Class = forum.OpenClass })
		for what, err := range speak(masked) {
			kind(t, "the form with the mask "+what, err, forum.Invalid, "error.readers-changed")
		}
		for what, err := range speak("") {
			kind(t, "after masks she "+what, err, forum.Held, "error.acknowledge-first")
		}
	})
}

// TestToldOfAnotherPlace: a topic that is moved to where more people read, while somebody answers it, takes no answer that
// was written for fewer.
func TestToldOfAnotherPlace(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		s := newTalk(t, w)
		open, there, _ := w.Group("open", forum.PublicToRead)
		w.Ready(open, w.Admin, s.ann)
		exec(t, w, "UPDATE topics SET reach = 0, reach_of = 0") // it was written for everyone, in a place that is closed now
		told := s.group.Told(s.group.Audience())
		s.must(w.MoveTopic(t.Context(), w.Admin, s.topic.ID, there.ID, ""))
		d := draft(w, "for the members")
		d.Told = told
		_, err := w.Reply(t.Context(), s.ann, s.topic.ID, d)
		kind(t, "moved meanwhile", err, forum.Invalid, "source: error.readers-changed")
		d.Told = open.Told(open.Audience())
		_, err = w.Reply(t.Context(), s.ann, s.topic.ID, d)
		s.must(err)
	})
}

// TestMasksStayApart: a mask is of the topic where it spoke: moving, splitting and merging make no two masks one, nor
// count them as one, and only the moderators of the group where it spoke can lift it.
func TestMasksStayApart(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		ctx := t.Context()
		s := newMasks(t, w)
		masks := func(topic forum.TopicID) (out map[string]int, people int) {
			t.Helper()
			p, err := w.ReadTopic(ctx, s.dora, topic, 0)
			s.must(err)
			out = map[string]int{}
			for _, post := range p.Posts {
				out[post.Author]++
			}
			return out, p.People
		}
		boards, err := w.ReadBoard(ctx, s.eve, "house", "house", forum.TopicCursor{})
		s.must(err)
		first := boards.Topics[0].ID
		second, err := w.StartTopic(ctx, s.otto, boards.Board.ID, draft(w, "another mask"))
		s.must(err)
		_, err = w.Reply(ctx, s.eve, second.ID, draft(w, "a third"))
		s.must(err)
		one, _ := masks(first)
		two, n := masks(second.ID)
		s.must(w.MergeTopics(ctx, w.Admin, second.ID, first, ""))
		both, people := masks(first)
		if n != 2 || people != 3 || len(both) != 3 {
			t.Errorf("%d people under %v; before %v and %v (%d)", people, both, one, two, n)
		}
		for mask := range one {
			if both[mask] != 1 || two[mask] != 0 {
				t.Errorf("%s became another: %v", mask, both)
			}
		}

		other, there, _ := w.Group("other", forum.Hidden)
		w.Ready(other, w.Admin, s.eve, s.kim, s.otto)
		for _, m := range []forum.Actor{s.eve, s.kim} {
			s.must(w.Appoint(ctx, w.Admin, other.ID, m.Member, forum.Moderator))
		}
		season(t, w)
		s.must(w.MoveTopic(ctx, w.Admin, first, there.ID, ""))
		exec(t, w, "UPDATE memberships SET role = 0 WHERE group_id = ? AND member_id <> ?", s.group.ID, w.Admin.Member)
		_, err = w.AskIdentity(ctx, s.eve, s.post, "it names a party")
		kind(t, "two moderators of another group", err, forum.Closed, "error.spoken-elsewhere")
		back, err := w.FindBoard(ctx, w.Admin, "house", "house")
		s.must(err)
		s.must(w.MoveTopic(ctx, w.Admin, first, back.Board.ID, ""))
		_, err = w.AskIdentity(ctx, w.Admin, s.post, "it names a party")
		s.must(err)
	})
}
