package forum_test

import (
	"fmt"
	"testing"
	"time"

	"peergroups/forum"
	"peergroups/forum/forumtest"
)

func draft(w *forumtest.World, text string) forum.Draft {
	return forum.Draft{Title: "On " + text, Source: text, Key: w.Key()}
}

// TestGateByPersona holds each read verb against the promise: for every visibility and
// every persona, a topic with a canary is read or is absent, never anything between.
func TestGateByPersona(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		author, member := w.CertifiedMember("author"), w.Member("insider")
		personas := map[string]forum.Actor{"visitor": {}, "registered": w.Member("applicant"), "certified": w.CertifiedMember("outsider"),
			"member": member, "author": author, "administrator": w.Admin}
		reads := map[forum.Visibility]map[string]bool{
			forum.PublicToRead:   {"visitor": true, "registered": true, "certified": true, "member": true, "author": true, "administrator": true},
			forum.RegisteredOnly: {"registered": true, "certified": true, "member": true, "author": true, "administrator": true},
			forum.CertifiedOnly:  {"certified": true, "author": true},
			forum.MembersOnly:    {"member": true, "author": true, "administrator": true},
			forum.Hidden:         {"member": true, "author": true, "administrator": true},
		}
		for v, allowed := range reads {
			g, b, r := w.Group(fmt.Sprintf("place%d", v), v)
			w.Ready(g, author)
			exec(t, w, "INSERT INTO memberships (group_id, member_id, standing, joined_at) VALUES (?, ?, ?, 1)", g.ID, member.Member, forum.In) // whose certificate ended, in one for the certified
			topic, err := w.StartTopic(t.Context(), author, b.ID, draft(w, fmt.Sprintf("canary-%d", v)))
			if err != nil {
				t.Fatal(err)
			}
			if _, err := w.Say(t.Context(), author, r.ID, fmt.Sprintf("said-%d", v), w.Key()); err != nil {
				t.Fatal(err)
			}
			for name, who := range personas {
				want := allowed[name]
				page, err := w.ReadTopic(t.Context(), who, topic.ID, 0)
				seen(t, v, name, "topic", want, err, len(page.Posts) == 1)
				board, err := w.ReadBoard(t.Context(), who, g.Slug, b.Slug, forum.TopicCursor{})
				place := want || v == forum.CertifiedOnly && (name == "member" || name == "administrator")
				seen(t, v, name, "board", place, err, len(board.Topics) == bit(want))
				said, err := w.ReadMessages(t.Context(), who, r.ID, 0, 10)
				seen(t, v, name, "room", place, err, len(said) == bit(want))
			}
		}
	})
}

func bit(b bool) int {
	if b {
		return 1
	}
	return 0
}

func seen(t *testing.T, v forum.Visibility, who, what string, want bool, err error, full bool) {
	t.Helper()
	switch {
	case want && err != nil:
		t.Errorf("visibility %d: %s of %s: %v", v, what, who, err)
	case want && !full:
		t.Errorf("visibility %d: %s of %s holds the wrong number of items", v, what, who)
	case !want && forum.KindOf(err) != forum.NotFound:
		t.Errorf("visibility %d: %s of %s: got %v, want absent", v, what, who, err)
	}
}

func TestForeignAnswersAsAbsent(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		g, b, r := w.Group("private", forum.MembersOnly)
		w.Ready(g, w.Admin)
		topic, err := w.StartTopic(t.Context(), w.Admin, b.ID, draft(w, "canary"))
		if err != nil {
			t.Fatal(err)
		}
		out := w.CertifiedMember("outsider")
		same := func(what string, foreign, absent error) {
			t.Helper()
			if foreign == nil || absent == nil || foreign.Error() != absent.Error() {
				t.Errorf("%s: foreign %v, absent %v", what, foreign, absent)
			}
		}
		_, err1 := w.Reply(t.Context(), out, topic.ID, draft(w, "x"))
		_, err2 := w.Reply(t.Context(), out, topic.ID+99, draft(w, "x"))
		same("reply", err1, err2)
		_, err1 = w.ReadTopic(t.Context(), out, topic.ID, 0)
		_, err2 = w.ReadTopic(t.Context(), out, 1<<62, 0)
		same("read topic", err1, err2)
		_, err1 = w.Say(t.Context(), out, r.ID, "x", w.Key())
		_, err2 = w.Say(t.Context(), out, r.ID+99, "x", w.Key())
		same("say", err1, err2)
		same("lock", w.Lock(t.Context(), out, topic.ID, ""), w.Lock(t.Context(), out, topic.ID+99, ""))
		same("subscribe", w.Subscribe(t.Context(), out, b.ID, forum.Each), w.Subscribe(t.Context(), out, b.ID+99, forum.Each))
	})
}

// TestLeavingHoldsAtOnce: removal ends reading, speaking and mail with the next statement.
func TestLeavingHoldsAtOnce(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		g, b, r := w.Group("private", forum.MembersOnly)
		m := w.Member("leaver")
		w.Ready(g, w.Admin, m)
		if err := w.Subscribe(t.Context(), m, b.ID, forum.Each); err != nil {
			t.Fatal(err)
		}
		topic, err := w.StartTopic(t.Context(), w.Admin, b.ID, draft(w, "secret"))
		if err != nil {
			t.Fatal(err)
		}
		own, err := w.Reply(t.Context(), m, topic.ID, draft(w, "mine"))
		if err != nil {
			t.Fatal(err)
		}
		if got, err := w.Recipients(t.Context(), own.ID, forum.Each, 0, 10); err != nil || len(got) != 1 {
			t.Fatalf("recipients before: %v, %v", got, err)
		}
		w.Effects.Take()
		if err := w.Remove(t.Context(), w.Admin, g.ID, m.Member, "left the panel"); err != nil {
			t.Fatal(err)
		}
		if facts := w.Effects.Take(); len(facts) != 2 || facts[0] != (forum.MemberLeft{Group: g.ID, Member: m.Member}) || facts[1].(forum.MemberTold).Member != m.Member {
			t.Errorf("facts: %v", facts)
		}
		_, readErr := w.ReadTopic(t.Context(), m, topic.ID, 0)
		_, sayErr := w.Say(t.Context(), m, r.ID, "still here", w.Key())
		for what, err := range map[string]error{"read": readErr, "say": sayErr} {
			if forum.KindOf(err) != forum.NotFound {
				t.Errorf("%s after removal: %v", what, err)
			}
		}
		if got, err := w.Recipients(t.Context(), own.ID, forum.Each, 0, 10); err != nil || len(got) != 0 {
			t.Errorf("recipients after: %v, %v", got, err)
		}
		if p, err := w.ReadPost(t.Context(), m, own.ID); err != nil || p.Source != "mine" {
			t.Errorf("one's own words stay one's own: %v, %v", p, err)
		}
	})
}

// TestHistoryFromJoining: where the group says so, joiners read from the day they joined,
// on every read verb, and their counts count no more than that.
func TestHistoryFromJoining(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		g, b, _ := w.Group("circle", forum.MembersOnly, func(d *forum.GroupDraft) { d.FromJoin = true })
		early, late := w.Member("early"), w.Member("late")
		w.Ready(g, w.Admin, early)
		w.Pass(time.Hour)
		before, err := w.StartTopic(t.Context(), early, b.ID, draft(w, "before"))
		if err != nil {
			t.Fatal(err)
		}
		w.Pass(time.Hour)
		w.Ready(g, late)
		after, err := w.StartTopic(t.Context(), early, b.ID, draft(w, "after"))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.ReadTopic(t.Context(), late, before.ID, 0); forum.KindOf(err) != forum.NotFound {
			t.Errorf("the late joiner reads what was said before: %v", err)
		}
		page, err := w.ReadBoard(t.Context(), late, g.Slug, b.Slug, forum.TopicCursor{})
		if err != nil || len(page.Topics) != 1 || page.Topics[0].ID != after.ID {
			t.Errorf("board of the late joiner: %+v, %v", page.Topics, err)
		}
	})
}

func TestWiderThan(t *testing.T) {
	t.Parallel()
	group := forum.Audience{Reach: forum.Members, Of: 7}
	narrow := forum.Audience{Reach: forum.Members, Of: 7, FromJoin: true}
	at := func(r forum.Reach) forum.Audience { return forum.Audience{Reach: r} }
	for _, c := range []struct {
		a, b forum.Audience
		want bool
	}{
		{at(forum.Public), at(forum.Registered), true}, {at(forum.Registered), at(forum.Certified), true}, {at(forum.Registered), group, true},
		{at(forum.Certified), group, false}, {group, at(forum.Certified), false}, {group, narrow, true}, {narrow, group, false},
		{group, forum.Audience{Reach: forum.Members, Of: 8}, false}, {group, group, false}, {at(forum.Public), at(forum.Public), false},
	} {
		if got := c.a.WiderThan(c.b); got != c.want {
			t.Errorf("%v wider than %v: %t", c.a.Term(), c.b.Term(), got)
		}
	}
}

// TestAuthorsOutsideTheirAudience: whose certificate ended reads their own topic, and is told
// of others' answers neither by a count, nor by an order, nor live.
func TestAuthorsOutsideTheirAudience(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		g, b, _ := w.Group("guild", forum.CertifiedOnly)
		otto, olga := w.CertifiedMember("otto"), w.CertifiedMember("olga")
		w.Ready(g, otto, olga)
		topic, err := w.StartTopic(t.Context(), otto, b.ID, draft(w, "recordings"))
		if err != nil {
			t.Fatal(err)
		}
		exec(t, w, "UPDATE certificates SET until_at = ?0, open_until_at = ?0 WHERE member_id = ?1", forum.At(w.Now()), otto.Member)
		if otto, err = w.ActorFor(t.Context(), otto.Member); err != nil || otto.Certified {
			t.Fatal(otto, err)
		}
		w.Pass(time.Minute)
		reply, err := w.Reply(t.Context(), olga, topic.ID, forum.Draft{Source: "an answer", Key: w.Key()})
		if err != nil {
			t.Fatal(err)
		}
		for who, want := range map[*forum.Actor]int{&otto: 1, &olga: 2} {
			page, err := w.ReadTopic(t.Context(), *who, topic.ID, 0)
			if err != nil || len(page.Posts) != want || page.Topic.Posts != want {
				t.Errorf("%s reads %d posts, counted %d: %v", who.Name, len(page.Posts), page.Topic.Posts, err)
			}
			board, err := w.ReadBoard(t.Context(), *who, g.Slug, b.Slug, forum.TopicCursor{})
			if err != nil || len(board.Topics) != 1 || board.Topics[0].Posts != want || (board.Topics[0].LastPostAt == reply.PostedAt) != (want == 2) {
				t.Errorf("%s: the board shows %+v: %v", who.Name, board.Topics, err)
			}
			head, err := w.Follow(t.Context(), *who, topic.ID)
			if (err == nil) != (want == 2) || err == nil && head != page.Head {
				t.Errorf("%s follows with %d, and the page has %d: %v", who.Name, head, page.Head, err)
			}
		}
	})
}
