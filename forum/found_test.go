package forum_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"peergroups/forum"
	"peergroups/forum/forumtest"
)

// What somebody found who looked for what escapes: each as it was shown.

// TestVotesStaySecret: what somebody voted while nobody was shown it stays so, whatever class the group has later.
func TestVotesStaySecret(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		s, ctx := newTalk(t, w), t.Context()
		topic, err := w.StartTopic(ctx, s.ann, s.board.ID, forum.Draft{Title: "Poll", Source: "?", Key: "poll", Poll: forum.PollDraft{Options: "yes\nno"}})
		s.must(err)
		page, err := w.ReadTopic(ctx, s.ann, topic.ID, 0)
		s.must(err)
		p := page.Posts[0]
		s.must(w.Vote(ctx, s.bob, p.ID, []int64{p.Poll.Options[0].ID}))
		s.must(w.React(ctx, s.bob, p.ID, forum.Thanks))
		set(t, w, s.group, func(d *forum.GroupDraft) { d.Class = forum.ChathamClass })
		if _, v, err := w.ReadVotes(ctx, s.ann, p.ID); err == nil {
			t.Error("votes by name", v)
		}
		_, r, err := w.ReadReactions(ctx, s.ann, p.ID)
		if len(r) > 0 {
			t.Error("reactions by name", r, err)
		}
		w.Ready(s.group, w.Admin, s.ann, s.bob)
		s.must(w.Vote(ctx, w.As(w.Admin.Member), p.ID, []int64{p.Poll.Options[1].ID}))
		set(t, w, s.group, func(d *forum.GroupDraft) { d.Class = forum.GroupClass })
		if _, v, err := w.ReadVotes(ctx, s.ann, p.ID); len(v) > 0 {
			t.Errorf("by name, once the group speaks by name: %+v %v", v, err)
		}
	})
}

// TestVotesStaySecretElsewhere: nor where the topic is moved.
func TestVotesStaySecretElsewhere(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		ctx := t.Context()
		a, ab, _ := w.Group("plain", forum.RegisteredOnly)
		c, cb, _ := w.Group("masked", forum.RegisteredOnly, func(d *forum.GroupDraft) { d.Class = forum.ChathamClass })
		ann, bob := w.Member("ann"), w.Member("bob")
		w.Ready(a, w.Admin, ann, bob)
		w.Ready(c, w.Admin, ann, bob)
		topic, err := w.StartTopic(ctx, ann, ab.ID, forum.Draft{Title: "Poll", Source: "?", Key: "poll", Poll: forum.PollDraft{Options: "yes\nno"}})
		if err != nil {
			t.Fatal(err)
		}
		_ = w.MoveTopic(ctx, w.Admin, topic.ID, cb.ID, "there")
		page, err := w.ReadTopic(ctx, bob, topic.ID, 0)
		if err != nil {
			t.Fatal(err)
		}
		p := page.Posts[0]
		if err := w.Vote(ctx, bob, p.ID, []int64{p.Poll.Options[0].ID}); err != nil {
			t.Fatal(err)
		}
		_ = w.MoveTopic(ctx, w.Admin, topic.ID, ab.ID, "back")
		if _, v, err := w.ReadVotes(ctx, ann, p.ID); len(v) > 0 {
			t.Errorf("by name, once the topic is back: %+v %v", v, err)
		}
	})
}

// TestSecretPollOfOne: the numbers of a secret poll of few are not shown, also when it is closed.
func TestSecretPollOfOne(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		s, ctx := newTalk(t, w), t.Context()
		set(t, w, s.group, func(d *forum.GroupDraft) { d.Class = forum.ChathamClass })
		w.Ready(s.group, s.ann, s.bob, w.Admin)
		topic, err := w.StartTopic(ctx, s.ann, s.board.ID, forum.Draft{Title: "Who", Source: "?", Key: w.Key(), Poll: forum.PollDraft{Options: "yes\nno", Secret: true}})
		s.must(err)
		page, err := w.ReadTopic(ctx, s.ann, topic.ID, 0)
		s.must(err)
		p := page.Posts[0]
		s.must(w.Vote(ctx, s.bob, p.ID, []int64{p.Poll.Options[1].ID}))
		s.must(w.ClosePoll(ctx, s.ann, p.ID))
		page, err = w.ReadTopic(ctx, s.ann, topic.ID, 0)
		s.must(err)
		poll := page.Posts[0].Poll
		if poll.Shown && poll.Voters == 1 {
			t.Error("secret poll with ONE voter, closed by its writer, shows what they chose")
		}
	})
}

// TestSecretPollWhileItRuns: nor while it runs: who looks before and after somebody votes would know what they voted.
func TestSecretPollWhileItRuns(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		ctx := t.Context()
		g, b, _ := w.Group("circle", forum.MembersOnly, func(d *forum.GroupDraft) { d.FromJoin = true })
		must := func(err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
		}
		spy := w.Member("spy")
		w.Ready(g, w.Admin)
		var all []forum.Actor
		for _, h := range []string{"v1", "v2", "v3", "v4", "v5", "victim"} {
			m := w.Member(h)
			w.Ready(g, m)
			all = append(all, m)
		}
		w.Ready(g, spy)
		topic, err := w.StartTopic(ctx, w.Admin, b.ID, forum.Draft{Title: "Who", Source: "?", Key: w.Key(), Poll: forum.PollDraft{Options: "yes\nno", Secret: true}})
		must(err)
		page, err := w.ReadTopic(ctx, w.Admin, topic.ID, 0)
		must(err)
		p := page.Posts[0]
		look := func() *forum.Poll {
			page, err := w.ReadTopic(ctx, w.As(spy.Member), topic.ID, 0)
			must(err)
			poll := page.Posts[0].Poll
			return poll
		}
		must(w.Vote(ctx, spy, p.ID, []int64{p.Poll.Options[0].ID}))
		for _, m := range all[:5] {
			must(w.Vote(ctx, m, p.ID, []int64{p.Poll.Options[0].ID}))
		}
		before := look()
		must(w.Vote(ctx, all[5], p.ID, []int64{p.Poll.Options[1].ID}))
		after := look()
		if before.Shown && after.Shown && after.Options[1].Votes-before.Options[1].Votes == 1 {
			t.Error("running numbers of a secret poll: who looks before and after knows what the one voted")
		}
	})
}

// TestWaitingIsForItsReaders: a moderator who does not belong to those whom a post is for does not look at it while it waits.
func TestWaitingIsForItsReaders(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		ctx := t.Context()
		g, b, _ := w.Group("guild", forum.CertifiedOnly)
		otto, olga := w.CertifiedMember("otto"), w.CertifiedMember("olga")
		w.Ready(g, otto, olga)
		must := func(err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
		}
		must(w.Appoint(ctx, w.Admin, g.ID, otto.Member, forum.Moderator))
		exec(t, w, "UPDATE certificates SET until_at = ?0, open_until_at = ?0 WHERE member_id = ?1", forum.At(w.Now()), otto.Member)
		otto = w.As(otto.Member)
		must(w.SetVetting(ctx, w.Admin, g.ID, forum.Vetting{All: true}))
		if _, err := w.StartTopic(ctx, olga, b.ID, forum.Draft{Title: "For the certified", Source: "certified canary", Key: w.Key()}); !forum.Waits(err) {
			t.Fatal(err)
		}
		rows, err := w.OwnWaiting(ctx, olga)
		must(err)
		for name, who := range map[string]forum.Actor{"otto, uncertified moderator": otto, "admin, owner without certificate": w.Admin} {
			if p, err := w.ReadWaiting(ctx, who, rows[0].ID); forum.KindOf(err) != forum.NotFound {
				t.Errorf("%s reads %q, %v", name, p.Source, err)
			}
		}
		if _, err := w.Approve(ctx, otto, rows[0].ID); forum.KindOf(err) != forum.NotFound {
			t.Errorf("he posts it: %v", err)
		}
	})
}

// TestMergedTitle: the title of a topic that was merged is nowhere once the post that opened it is hidden, taken back or erased.
func TestMergedTitle(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		s, ctx := newTalk(t, w), t.Context()
		for _, how := range []string{"hidden", "taken back", "erased"} {
			topic, err := w.StartTopic(ctx, s.bob, s.board.ID, forum.Draft{Title: "zanary " + how, Source: "x", Key: w.Key()})
			s.must(err)
			page, err := w.ReadTopic(ctx, s.bob, topic.ID, 0)
			s.must(err)
			s.must(w.MergeTopics(ctx, w.Admin, topic.ID, s.topic.ID, "belongs there"))
			id := page.Posts[0].ID
			switch how {
			case "hidden":
				s.must(w.HidePost(ctx, w.Admin, id, forum.ActDraft{Reason: "unkind", Words: "that is not said here, please"}))
			case "taken back":
				s.must(w.TakeBack(ctx, s.bob, id))
			case "erased":
				boss := w.Member("boss")
				s.must(w.Grant(ctx, w.Admin, boss.Member, forum.Administrator))
				boss = w.As(boss.Member)
				s.must(w.AskErase(ctx, w.Admin, id, forum.ActDraft{Reason: "unkind", Words: "that is not said here, please"}))
				open, _, err := w.ReadErasures(ctx, boss)
				s.must(err)
				s.must(w.DecideErasure(ctx, boss, open[0].ID, true, ""))
			}
		}
		l, err := w.ReadPublicLog(ctx, s.ann, "inner")
		s.must(err)
		for _, r := range l.Rows {
			if strings.Contains(r.Title, "zanary") {
				t.Errorf("the members' log shows the title of the topic (%s): %s %q", r.Act, r.Title, r.Reason)
			}
		}
	})
}

// TestAnswerOnKeptPage: a visitor's kept page depends on the accepted answer and its author, wherever that stands.
func TestAnswerOnKeptPage(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		ctx := t.Context()
		g, b, _ := w.Group("open", forum.PublicToRead)
		ann, bob := w.Member("ann"), w.Member("bob")
		w.Ready(g, w.Admin, ann, bob)
		must := func(err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
		}
		must(w.ChangeBoard(ctx, w.Admin, b.ID, forum.BoardDraft{Name: "Q", Kind: forum.Question}))
		topic, err := w.StartTopic(ctx, ann, b.ID, draft(w, "question"))
		must(err)
		var last *forum.Post
		for i := range 25 {
			by := ann
			if i == 24 {
				by = bob
			}
			last, err = w.Reply(ctx, by, topic.ID, forum.Draft{Source: fmt.Sprint("r", i), Key: w.Key()})
			must(err)
		}
		must(w.AcceptAnswer(ctx, ann, last.ID, false))
		before, err := w.PublicTopic(ctx, topic.ID, 0)
		must(err)
		page, err := w.ReadTopic(ctx, forum.Actor{}, topic.ID, 0)
		must(err)
		exec(t, w, "UPDATE members SET name = 'Erased', version = version + 1 WHERE id = ?", bob.Member)
		after, err := w.PublicTopic(ctx, topic.ID, 0)
		must(err)
		page2, err := w.ReadTopic(ctx, forum.Actor{}, topic.ID, 0)
		must(err)
		if before == after && page.Answer.Author != page2.Answer.Author {
			t.Error("the kept page goes on naming", page.Answer.Author)
		}
	})
}

// TestLogFromJoin: where members read what was said after they joined, they read reasons from then on.
func TestLogFromJoin(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		ctx := t.Context()
		g, _, _ := w.Group("circle", forum.MembersOnly, func(d *forum.GroupDraft) { d.FromJoin = true })
		early, late := w.Member("early"), w.Member("late")
		w.Ready(g, w.Admin, early)
		if err := w.Freeze(ctx, w.Admin, g.ID, "because of the quarrel canary"); err != nil {
			t.Fatal(err)
		}
		if err := w.Unfreeze(ctx, w.Admin, g.ID, "settled canary"); err != nil {
			t.Fatal(err)
		}
		w.Pass(time.Hour)
		w.Ready(g, late)
		l, err := w.ReadPublicLog(ctx, late, "circle")
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range l.Rows {
			if strings.Contains(r.Reason, "canary") {
				t.Error("late joiner reads a reason written before they joined: ", r.Reason)
			}
		}
	})
}

// TestFirstPostsBehindMasks: whose first posts wait does not tell who had spoken behind a mask.
func TestFirstPostsBehindMasks(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		s, ctx := newTalk(t, w), t.Context()
		carl, dora := w.Member("carl"), w.Member("dora")
		set(t, w, s.group, func(d *forum.GroupDraft) { d.Class = forum.ChathamClass })
		w.Ready(s.group, s.ann, s.bob, w.Admin, carl, dora)
		topic, err := w.StartTopic(ctx, s.ann, s.board.ID, draft(w, "masked"))
		s.must(err)
		_, err = w.Reply(ctx, carl, topic.ID, forum.Draft{Source: "masked canary", Key: w.Key()})
		s.must(err)
		set(t, w, s.group, func(d *forum.GroupDraft) { d.Class = forum.GroupClass })
		w.Ready(s.group, s.ann, s.bob, w.Admin, carl, dora)
		s.vetting(forum.Vetting{First: 1})
		_, e1 := w.StartTopic(ctx, w.As(carl.Member), s.board.ID, draft(w, "by name, carl"))
		_, e2 := w.StartTopic(ctx, w.As(dora.Member), s.board.ID, draft(w, "by name, dora"))
		if forum.Waits(e2) && !forum.Waits(e1) {
			t.Error("all see that carl, and not dora, had spoken behind a mask")
		}
	})
}
