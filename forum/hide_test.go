package forum_test

import (
	"slices"
	"strings"
	"testing"

	"peergroups/forum"
	"peergroups/forum/forumtest"
)

var advert = forum.ActDraft{Reason: "spam", Words: "this is an advertisement"}

// TestHide: what moderators hide leaves its place and the reason; its words, its files, its history, its title and what
// quotes it only its author and the moderators of its group read, on its page; nobody finds or is mailed it. The author
// gets a statement of reasons, behind a mask too; nobody else does. It is shown again as it was.
func TestHide(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		s := newDesk(t, w)
		ctx, id := t.Context(), forum.PostID(s.post.Ref)
		var topic forum.TopicID
		s.must(w.Store.Reader().NewRaw("SELECT topic_id FROM posts WHERE id = ?", id).Scan(ctx, &topic))
		otto, dora := w.As(s.otto.Member), w.As(s.dora.Member)
		file, err := w.AddFile(ctx, otto, "notes.txt", []byte("what hangs on it"))
		s.must(err)
		s.must(w.ChangePost(ctx, otto, id, forum.PostChange{Title: "A telling title", Source: "changed canary", Base: 1, Files: []forum.FileID{file.ID}}))
		b, err := w.BoardByAddress(ctx, otto, "house.house")
		s.must(err)
		s.must(w.Subscribe(ctx, dora, b.ID, forum.Each))
		s.must(w.Subscribe(ctx, otto, b.ID, forum.Each))
		for who, by := range map[string]forum.Actor{"a member": dora, "its author": otto} {
			kind(t, who, w.HidePost(ctx, by, id, advert), forum.Forbidden, "error.moderators-only")
			_, err := w.ReadModerated(ctx, by, id)
			kind(t, who+" asks for the form", err, forum.Forbidden, "error.moderators-only")
		}
		kind(t, "a stranger", w.HidePost(ctx, s.stranger, id, advert), forum.NotFound, "error.not-found")
		kind(t, "without a reason", w.HidePost(ctx, s.eve, id, forum.ActDraft{Reason: "x", Words: "short"}), forum.Invalid, "reason: error.choose; words: error.reason-short")
		reported := s.report(dora, s.what(s.post))
		w.Effects.Take()
		for range 2 {
			s.must(w.HidePost(ctx, s.eve, id, advert))
		}
		if facts := w.Effects.Take(); len(facts) != 2 || facts[1] != (forum.PostChanged{Topic: topic, Post: id}) {
			t.Errorf("hiding states %v", facts)
		}
		if got := mailed(t, w, "note.act-hide"); !slices.Equal(got, []forum.MemberID{s.otto.Member}) {
			t.Errorf("told are %v", got)
		}
		for _, c := range []struct {
			by    forum.Actor
			words bool
		}{{s.eve, true}, {w.Admin, true}, {s.kim, true}, {otto, true}, {dora, false}} {
			by := w.As(c.by.Member)
			p, err := w.ReadTopic(ctx, by, topic, 0)
			if err != nil || len(p.Posts) != 1 || p.Posts[0].HiddenWhy != "spam" || p.Posts[0].HiddenSeen != c.words || (p.Posts[0].HTML != "") != c.words || (len(p.Posts[0].Files) == 1) != c.words || p.Topic.Title != "[…]" || p.Withheld != 0 {
				t.Errorf("%s reads %+v %v", by.Name, p, err)
			}
			_, err = w.FindFile(ctx, by, file.ID)
			if (err == nil) != c.words {
				t.Errorf("%s opens its file: %v", by.Name, err)
			}
			if _, _, err := w.FindPost(ctx, by, id); err != nil {
				t.Errorf("%s does not find its place: %v", by.Name, err)
			}
			s.must(w.MaySee(ctx, by, id))
			own := by.Member == otto.Member
			_, _, err = w.ReadHistory(ctx, by, id)
			seen, err2 := w.VisiblePosts(ctx, by, []forum.PostID{id})
			if (err == nil) != own || err2 != nil || (len(seen) == 1) != own {
				t.Errorf("%s reads its history %v, finds %d %v", by.Name, err, len(seen), err2)
			}
		}
		if p, err := w.ReadCase(ctx, s.kim, reported); err != nil || !p.Seen || !strings.Contains(p.What.Plain, "canary") || !p.What.Veiled {
			t.Errorf("its case %+v %v", p, err)
		}
		for who, by := range map[string]forum.Actor{"a stranger": s.stranger, "a visitor": {}} {
			_, _, err := w.FindPost(ctx, by, id)
			kind(t, who, err, forum.NotFound, "error.not-found")
			kind(t, who, w.MaySee(ctx, by, id), forum.NotFound, "error.not-found")
		}
		if to, err := w.Recipients(ctx, id, forum.Each, 0, 10); err != nil || len(to) != 0 {
			t.Errorf("its mail goes to %v %v", to, err)
		}
		if found, err := w.IndexedPosts(ctx, 0, forum.Indexed{Post: id}, 1); err != nil || len(found) != 0 {
			t.Errorf("it is found: %+v %v", found, err)
		}
		kind(t, "its author changes it", w.ChangePost(ctx, otto, id, forum.PostChange{Title: "t", Source: "other", Base: 2}), forum.Closed, "error.post-hidden")
		own, err := w.ReadOwnActs(ctx, otto)
		if err != nil || len(own) != 1 || own[0].Kind != forum.Hides || own[0].PostID != id || own[0].Reason != "spam" || own[0].Words != advert.Words || own[0].GroupName != "Group house" || own[0].LiftedAt != 0 {
			t.Errorf("the statement of reasons %+v %v", own, err)
		}
		if others, err := w.ReadOwnActs(ctx, dora); err != nil || len(others) != 0 {
			t.Errorf("another's: %+v %v", others, err)
		}
		if _, err := w.ReadActOf(ctx, s.dora.Member, own[0].ID); forum.KindOf(err) != forum.NotFound {
			t.Error("another's mail", err)
		}
		p, err := w.ReadManage(ctx, s.kim, "house")
		if err != nil || len(p.Log) == 0 || p.Log[0].Act != "hide-post" || p.Log[0].Reason != "spam: this is an advertisement" || p.Log[0].Object != "" {
			t.Errorf("the log %+v %v", p.Log, err)
		}
		kind(t, "shown by a member", w.ShowPost(ctx, dora, id, ""), forum.NotFound, "error.not-found")
		kind(t, "shown by its author", w.ShowPost(ctx, otto, id, ""), forum.Forbidden, "error.moderators-only")
		for range 2 {
			s.must(w.ShowPost(ctx, s.kim, id, "a mistake"))
		}
		again, err := w.ReadTopic(ctx, dora, topic, 0)
		if err != nil || again.Topic.Title != "A telling title" || again.Posts[0].HiddenWhy != "" || !strings.Contains(again.Posts[0].HTML, "canary") || again.Posts[0].Audience != again.Topic.Audience || len(again.Posts[0].Files) != 1 {
			t.Errorf("shown again: %+v %v", again, err)
		}
		if to, err := w.Recipients(ctx, id, forum.Each, 0, 10); err != nil || len(to) != 2 {
			t.Errorf("its mail goes to %v %v", to, err)
		}
		if own, err := w.ReadOwnActs(ctx, otto); err != nil || len(own) != 1 || own[0].LiftedAt == 0 || len(mailed(t, w, "note.act-lifted")) != 1 {
			t.Errorf("afterwards %+v %v", own, err)
		}
	})
}

// TestHiddenAndTakenBack: its author takes back what is hidden, and its place stays for those who could read it, as that
// of anything that was taken back; nothing of it is kept.
func TestHiddenAndTakenBack(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		s := newTalk(t, w)
		ctx := t.Context()
		s.must(w.HidePost(ctx, w.Admin, s.first, advert))
		if p := s.page(w.As(s.bob.Member)); p.Topic.Title != "[…]" || len(p.Posts) != 2 || p.Posts[0].HTML != "" {
			t.Errorf("bob, who quoted it, reads %+v", p)
		}
		if rows, err := w.ReadBoard(ctx, w.As(s.bob.Member), "inner", "inner", forum.TopicCursor{}); err != nil || len(rows.Topics) != 1 || rows.Topics[0].Title != "[…]" || rows.Topics[0].Posts != 1 {
			t.Errorf("its board %+v %v", rows.Topics, err)
		}
		var author forum.MemberID
		s.must(w.Store.Reader().NewRaw("SELECT author_id FROM posts WHERE id = ?", s.first).Scan(ctx, &author))
		s.must(w.TakeBack(ctx, w.As(author), s.first))
		kind(t, "it is shown again", w.ShowPost(ctx, w.Admin, s.first, ""), forum.Closed, "error.words-gone")
		kind(t, "it is hidden", w.HidePost(ctx, w.Admin, s.first, advert), forum.Closed, "error.words-gone")
		p, err := w.ReadTopic(ctx, w.Admin, s.topic.ID, 0)
		if err != nil || p.Posts[0].ErasedAt == 0 || p.Posts[0].HiddenWhy != "" || p.Posts[0].Reach == forum.Nobody {
			t.Errorf("its place %+v %v", p.Posts, err)
		}
		var kept int
		s.must(w.Store.Reader().NewRaw("SELECT count(*) FROM hidden").Scan(ctx, &kept))
		if kept != 0 {
			t.Errorf("%d are kept", kept)
		}
		kind(t, "one's own", w.HidePost(ctx, w.Admin, s.own(t), advert), forum.Forbidden, "error.own-words")
	})
}

// own gives a post of the administrator's, who moderates the group.
func (s *talk) own(t *testing.T) forum.PostID {
	t.Helper()
	s.Ready(s.group, s.Admin)
	p, err := s.Reply(t.Context(), s.Admin, s.topic.ID, draft(s.World, "mine"))
	s.must(err)
	return p.ID
}
