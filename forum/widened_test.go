package forum_test

import (
	"errors"
	"testing"
	"time"

	"peergroups/forum"
	"peergroups/forum/forumtest"
)

// widen opens the group past its verbs (there is none yet): the promise must hold however
// a place came to be wider than what stands in it.
func widen(t *testing.T, w *forumtest.World, g *forum.Group, to forum.Visibility) {
	t.Helper()
	if _, err := w.Store.Writer().NewRaw("UPDATE groups SET visibility = ? WHERE id = ?", to, g.ID).Exec(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// TestWideningShowsNothingOld: in a group that turned public, what was written for its
// members stays with them on every read verb, in every count and in mail (P21).
func TestWideningShowsNothingOld(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		g, b, r := w.Group("opened", forum.MembersOnly)
		left, outsider := w.Member("left"), w.CertifiedMember("outsider")
		w.Ready(g, w.Admin, left)
		old, err := w.StartTopic(t.Context(), w.Admin, b.ID, draft(w, "old"))
		if err != nil {
			t.Fatal(err)
		}
		page, err := w.ReadTopic(t.Context(), w.Admin, old.ID, 0)
		if err != nil {
			t.Fatal(err)
		}
		secret := page.Posts[0].ID
		if _, err := w.Say(t.Context(), w.Admin, r.ID, "old", w.Key()); err != nil {
			t.Fatal(err)
		}
		if err := w.Leave(t.Context(), left, g.ID); err != nil {
			t.Fatal(err)
		}
		widen(t, w, g, forum.PublicToRead)
		w.Ready(g, w.Admin) // told of the wider audience
		fresh, err := w.StartTopic(t.Context(), w.Admin, b.ID, draft(w, "new"))
		if err != nil {
			t.Fatal(err)
		}
		// A public topic that holds a post of before, as after a merge.
		exec(t, w, "UPDATE posts SET topic_id = ?, n = 2 WHERE id = ?", fresh.ID, secret)
		for name, who := range map[string]forum.Actor{"visitor": {}, "outsider": outsider, "former member": left} {
			withheld(t, w, name, who, g, b, r, fresh.ID, old.ID, secret)
		}
		if page, err := w.ReadTopic(t.Context(), w.Admin, fresh.ID, 0); err != nil || len(page.Posts) != 2 || page.Topic.Posts != 2 {
			t.Errorf("a member reads both: %d, %d, %v", len(page.Posts), page.Topic.Posts, err)
		}
		noMail(t, w, b, secret, outsider, left)
	})
}

func withheld(t *testing.T, w *forumtest.World, name string, who forum.Actor, g *forum.Group, b *forum.Board, r *forum.Room, fresh, old forum.TopicID, secret forum.PostID) {
	t.Helper()
	page, err := w.ReadTopic(t.Context(), who, fresh, 0)
	if err != nil || len(page.Posts) != 1 || page.Topic.Posts != 1 {
		t.Errorf("%s: topic shows %d posts and counts %d: %v", name, len(page.Posts), page.Topic.Posts, err)
	}
	if _, err := w.ReadTopic(t.Context(), who, old, 0); forum.KindOf(err) != forum.NotFound {
		t.Errorf("%s: the old topic: %v", name, err)
	}
	board, err := w.ReadBoard(t.Context(), who, g.Slug, b.Slug, forum.TopicCursor{})
	if err != nil || len(board.Topics) != 1 || board.Topics[0].Posts != 1 || board.Topics[0].LastPostAt != page.Posts[0].PostedAt {
		t.Errorf("%s: board: %+v, %v", name, board.Topics, err)
	}
	if said, err := w.ReadMessages(t.Context(), who, r.ID, 0, 10); err != nil || len(said) != 0 {
		t.Errorf("%s: room: %v, %v", name, said, err)
	}
	if _, err := w.ReadPost(t.Context(), who, secret); forum.KindOf(err) != forum.NotFound {
		t.Errorf("%s: the post by its id: %v", name, err)
	}
	if hits, err := w.VisiblePosts(t.Context(), who, []forum.PostID{secret, page.Posts[0].ID}); err != nil || len(hits) != 1 {
		t.Errorf("%s: search hits: %d, %v", name, len(hits), err)
	}
}

// noMail: a subscription that outlived the right, or came from elsewhere, sends nothing.
func noMail(t *testing.T, w *forumtest.World, b *forum.Board, secret forum.PostID, whom ...forum.Actor) {
	t.Helper()
	subscribe := func(m forum.MemberID) {
		if _, err := w.Store.Writer().NewRaw("INSERT INTO subscriptions (member_id, board_id, mode, since_at) VALUES (?, ?, ?, 1)",
			m, b.ID, forum.Each).Exec(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	subscribe(w.Admin.Member)
	for _, m := range whom {
		subscribe(m.Member)
	}
	got, err := w.Recipients(t.Context(), secret, forum.Each, 0, 10)
	if err != nil || len(got) != 1 || got[0].Member != w.Admin.Member {
		t.Errorf("mail would go to %v: %v", got, err)
	}
}

// TestNarrowingClosesThePlace: what was public in a group that closed is not read by
// outsiders any more, nor mailed to them.
func TestNarrowingClosesThePlace(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		g, b, r := w.Group("closed", forum.PublicToRead)
		w.Ready(g, w.Admin)
		out := w.Member("outsider")
		topic, err := w.StartTopic(t.Context(), w.Admin, b.ID, draft(w, "was public"))
		if err != nil {
			t.Fatal(err)
		}
		page, err := w.ReadTopic(t.Context(), out, topic.ID, 0)
		if err != nil {
			t.Fatal(err)
		}
		_, err = w.Reply(t.Context(), out, topic.ID, draft(w, "x"))
		kind(t, "reading is not speaking", err, forum.Forbidden, "error.join-first")
		_, err = w.Say(t.Context(), forum.Actor{}, r.ID, "x", w.Key())
		kind(t, "a visitor", err, forum.Forbidden, "error.sign-in-first")
		widen(t, w, g, forum.MembersOnly)
		if hits, err := w.VisiblePosts(t.Context(), out, []forum.PostID{page.Posts[0].ID}); err != nil || len(hits) != 0 {
			t.Errorf("search hits: %v, %v", hits, err)
		}
		if _, err := w.ReadPost(t.Context(), out, page.Posts[0].ID); forum.KindOf(err) != forum.NotFound {
			t.Errorf("the post by its id: %v", err)
		}
		noMail(t, w, b, page.Posts[0].ID, out)
	})
}

func TestJoiningByInvitation(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		g, _, _ := w.Group("invited", forum.PublicToRead, func(d *forum.GroupDraft) { d.Joining = forum.ByInvitation })
		m := w.Member("candidate")
		kind(t, "uninvited", w.Join(t.Context(), m, g.ID), forum.Forbidden, "error.by-invitation")
		if err := w.Invite(t.Context(), w.Admin, g.ID, m.Member); err != nil {
			t.Fatal(err)
		}
		for range 2 {
			if err := w.Join(t.Context(), m, g.ID); err != nil {
				t.Fatal(err)
			}
		}
	})
}

func TestSessionEndsByTheClock(t *testing.T) {
	t.Parallel()
	w := forumtest.New(t, "sqlite")
	in, err := w.LogIn(t.Context(), "admin", forumtest.Password, "", "3")
	token := in.Session
	if err != nil {
		t.Fatal(err)
	}
	w.Pass(13 * time.Hour)
	if a, err := w.ActorOf(t.Context(), token); err != nil || a.Member != 0 {
		t.Errorf("a session of yesterday: %+v, %v", a, err)
	}
}

// TestGapsAreToldFirst: others learn that something is there only of what was written after its
// author was told so; who was told need not be told again that they learn less.
func TestGapsAreToldFirst(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		s := newTalk(t, w)
		count := func(want int) {
			t.Helper()
			page, err := w.ReadTopic(t.Context(), forum.Actor{}, s.topic.ID, 0)
			if err != nil || page.Withheld != want {
				t.Errorf("a visitor is told of %d posts, want %d (%v)", page.Withheld, want, err)
			}
		}
		exec(t, w, "UPDATE topics SET reach = 0, reach_of = 0 WHERE id = ?", s.topic.ID) // as a ballot does
		exec(t, w, "UPDATE posts SET reach = 0, reach_of = 0 WHERE topic_id = ?", s.topic.ID)
		_, err := w.Reply(t.Context(), s.ann, s.topic.ID, draft(w, "untold"))
		s.must(err)
		set(t, w, s.group, func(d *forum.GroupDraft) { d.Gaps = true })
		_, err = w.Reply(t.Context(), s.ann, s.topic.ID, draft(w, "too early"))
		kind(t, "before she was told", err, forum.Held, "error.acknowledge-first")
		w.Ready(s.group, s.ann)
		_, err = w.Reply(t.Context(), s.ann, s.topic.ID, draft(w, "told"))
		s.must(err)
		set(t, w, s.group, func(d *forum.GroupDraft) { d.Gaps = false })
		_, err = w.Reply(t.Context(), s.ann, s.topic.ID, draft(w, "less"))
		s.must(err)
		set(t, w, s.group, func(d *forum.GroupDraft) { d.Gaps, d.Class = true, forum.SealedClass })
		w.Ready(s.group, s.ann)
		_, err = w.Reply(t.Context(), s.ann, s.topic.ID, draft(w, "sealed"))
		s.must(err)
		set(t, w, s.group, func(d *forum.GroupDraft) { d.Gaps, d.Class = true, forum.GroupClass })
		set(t, w, s.group, func(d *forum.GroupDraft) { d.Visibility = forum.PublicToRead })
		count(1)
	})
}

// TestGroupDraftsRefused: what no form offers, and what contradicts itself.
func TestGroupDraftsRefused(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		g, _, _ := w.Group("plain", forum.MembersOnly)
		for field, change := range map[string]func(*forum.GroupDraft){
			"visibility": func(d *forum.GroupDraft) { d.Visibility = 9 },
			"class":      func(d *forum.GroupDraft) { d.Class, d.Visibility = forum.SealedClass, forum.CertifiedOnly },
			"joining":    func(d *forum.GroupDraft) { d.Joining = -1 },
			"roster":     func(d *forum.GroupDraft) { d.Roster = 7 },
			"icon":       func(d *forum.GroupDraft) { d.Icon = "../x" },
			"hue":        func(d *forum.GroupDraft) { d.Hue = 9 },
		} {
			d := forum.GroupDraft{Name: g.Name, Visibility: g.Visibility}
			change(&d)
			err := w.ChangeGroup(t.Context(), w.Admin, g.ID, d, d.Visibility)
			var e *forum.Error
			if !errors.As(err, &e) || e.Kind != forum.Invalid || len(e.Fields) != 1 || e.Fields[0].Field != field {
				t.Errorf("%s: %v", field, err)
			}
		}
	})
}
