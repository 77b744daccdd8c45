package forum_test

import (
	"slices"
	"strings"
	"testing"

	"peergroups/forum"
	"peergroups/forum/forumtest"
)

func edited(source string, base int64) forum.PostEdit {
	return forum.PostEdit{Source: source, Base: base, ActDraft: advert}
}

// TestEdit: a moderator changes somebody's post where all see that they did, and why; the words before stay in the history
// with those who could read them, the audience stays, and the author hears the reason and may change it again.
func TestEdit(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		s := newTalk(t, w)
		ctx := t.Context()
		stranger := w.Member("stranger")
		for who, c := range map[string]struct {
			by   forum.Actor
			want forum.Kind
		}{"a member": {s.bob, forum.Forbidden}, "its author": {s.ann, forum.Forbidden}, "a stranger": {stranger, forum.NotFound}, "a visitor": {forum.Actor{}, forum.NotFound}} {
			kind(t, who, w.EditPost(ctx, c.by, s.first, edited("forged", 1)), c.want, "")
			_, err := w.ReadEdited(ctx, c.by, s.first)
			kind(t, who+" asks for the form", err, c.want, "")
		}
		form, err := w.ReadEdited(ctx, w.Admin, s.first)
		if err != nil || form.Words != "first canary" || form.Base != 1 {
			t.Errorf("the form %+v %v", form, err)
		}
		kind(t, "without a reason", w.EditPost(ctx, w.Admin, s.first, forum.PostEdit{Source: "x", Base: 1}), forum.Invalid, "reason: error.choose; words: error.reason-short")
		kind(t, "over somebody's change", w.EditPost(ctx, w.Admin, s.first, edited("x", 7)), forum.Invalid, "source: error.changed-meanwhile")
		kind(t, "without words", w.EditPost(ctx, w.Admin, s.first, edited(" ", 1)), forum.Invalid, "source: error.empty.source")
		w.Effects.Take()
		for range 2 {
			s.must(w.EditPost(ctx, w.Admin, s.first, edited("mended", 1)))
		}
		if facts := w.Effects.Take(); len(facts) != 2 || facts[1] != (forum.PostChanged{Topic: s.topic.ID, Post: s.first}) {
			t.Errorf("editing twice states %v", facts)
		}
		p := s.page(s.bob)
		if first := p.Posts[0]; first.AuthorID != s.ann.Member || !first.Tended || first.EditedAt == 0 || !strings.Contains(first.HTML, "mended") || first.Audience != p.Topic.Audience || p.Topic.Title != "First title" {
			t.Errorf("edited: %+v", first)
		}
		_, was, err := w.ReadHistory(ctx, s.bob, s.first)
		if err != nil || len(was) != 1 || was[0].Source != "first canary" || was[0].Why != "spam" {
			t.Errorf("its history %+v %v", was, err)
		}
		if a := statement(t, w, s.ann); a.Kind != forum.Edits || a.PostID != s.first || len(mailed(t, w, "note.act-edit")) != 1 {
			t.Errorf("the statement %+v", a)
		}
		if m, err := w.ReadManage(ctx, w.Admin, "inner"); err != nil || m.Log[0].Act != "edit-post" || m.Log[0].Reason != "spam: this is an advertisement" {
			t.Errorf("the log %+v %v", m.Log[0], err)
		}
		s.must(s.change(s.ann, s.first, "first again"))
		if p := s.page(s.bob); p.Posts[0].Tended || !strings.Contains(p.Posts[0].HTML, "first again") {
			t.Errorf("changed again: %+v", p.Posts[0])
		}
		if _, was, err := w.ReadHistory(ctx, s.bob, s.first); err != nil || len(was) != 2 || was[0].Why != "" || was[1].Why != "spam" {
			t.Errorf("its history %+v %v", was, err)
		}
		s.must(w.HidePost(ctx, w.Admin, s.first, advert))
		kind(t, "what is hidden", w.EditPost(ctx, w.Admin, s.first, edited("x", 1)), forum.Closed, "error.post-hidden")
	})
}

// TestRedact: the words of an earlier text are taken out of the history by its author, or by a moderator who may read it;
// that there was one stays.
func TestRedact(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		s := newTalk(t, w)
		ctx := t.Context()
		s.must(s.change(s.ann, s.first, "second"))
		s.must(s.change(s.ann, s.first, "third"))
		_, was, err := w.ReadHistory(ctx, s.bob, s.first)
		s.must(err)
		for who, c := range map[string]struct {
			by   forum.Actor
			want forum.Kind
		}{"a member": {s.bob, forum.Forbidden}, "a stranger": {w.Member("stranger"), forum.NotFound}, "a visitor": {forum.Actor{}, forum.NotFound}} {
			kind(t, who, w.Redact(ctx, c.by, s.first, was[0].ID), c.want, "")
		}
		kind(t, "of another post", w.Redact(ctx, s.bob, s.reply, was[0].ID), forum.NotFound, "error.not-found")
		for range 2 {
			s.must(w.Redact(ctx, s.ann, s.first, was[0].ID))
			s.must(w.Redact(ctx, w.Admin, s.first, was[1].ID))
		}
		_, now, err := w.ReadHistory(ctx, s.ann, s.first)
		if err != nil || len(now) != 2 || now[0].Source+now[1].Source != "" || !now[0].Redacted || !now[1].Redacted || now[0].WrittenAt != was[0].WrittenAt {
			t.Errorf("its history %+v %v", now, err)
		}
		if n := count(t, w, "SELECT count(*) FROM log_entries WHERE act = 'redact'"); n != 1 {
			t.Errorf("%d entries: the moderator's is one, the author's none", n)
		}
		s.must(s.change(s.ann, s.first, "fourth"))
		_, now, err = w.ReadHistory(ctx, s.ann, s.first)
		s.must(err)
		exec(t, w, "UPDATE revisions SET reach = 2, reach_of = 0 WHERE id = ?", now[0].ID) // for the certified, of whom the moderator is none
		kind(t, "what they may not read", w.Redact(ctx, w.Admin, s.first, now[0].ID), forum.NotFound, "error.not-found")
	})
}

// TestErase: what moderators ask for, an administrator erases, who neither asked nor wrote it, and sees neither what it is nor
// whose: its words, its title and its history are gone, its place stays; its author's other posts are left alone.
func TestErase(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		s := newTalk(t, w)
		ctx := t.Context()
		exec(t, w, "UPDATE groups SET visibility = ?", forum.Hidden)
		staff := w.Member("staff")
		s.must(w.Grant(ctx, w.Admin, staff.Member, forum.Administrator))
		staff = w.As(staff.Member)
		s.must(w.TakeBack(ctx, s.bob, s.reply))
		own, err := w.Reply(ctx, s.ann, s.topic.ID, draft(w, "her other post"))
		s.must(err)
		s.must(s.change(s.ann, s.first, "second canary"))
		for who, c := range map[string]struct {
			by   forum.Actor
			want forum.Kind
		}{"a member": {s.bob, forum.Forbidden}, "its author": {s.ann, forum.Forbidden}, "an administrator outside": {staff, forum.NotFound}, "a visitor": {forum.Actor{}, forum.NotFound}} {
			kind(t, who, w.AskErase(ctx, c.by, s.first, advert), c.want, "")
		}
		kind(t, "without a reason", w.AskErase(ctx, w.Admin, s.first, forum.ActDraft{}), forum.Invalid, "reason: error.choose")
		for range 2 {
			s.must(w.AskErase(ctx, w.Admin, s.first, advert))
		}
		if got := mailed(t, w, "note.erase-asked"); !slices.Equal(got, []forum.MemberID{staff.Member}) {
			t.Errorf("asked are %v", got)
		}
		_, _, err = w.ReadErasures(ctx, s.bob)
		kind(t, "a member reads what is asked", err, forum.Forbidden, "error.administrators-only")
		open, decided, err := w.ReadErasures(ctx, staff)
		if err != nil || len(open) != 1 || len(decided) != 0 || open[0].GroupName != "" || open[0].Words != advert.Words {
			t.Fatalf("an administrator reads %+v %+v %v", open, decided, err)
		}
		id := open[0].ID
		kind(t, "by who asked", w.DecideErasure(ctx, w.As(w.Admin.Member), id, true, ""), forum.Forbidden, "error.not-yourself")
		kind(t, "by a member", w.DecideErasure(ctx, s.bob, id, true, ""), forum.Forbidden, "error.administrators-only")
		kind(t, "refused without words", w.DecideErasure(ctx, staff, id, false, " "), forum.Invalid, "answer: error.empty.answer")
		s.must(w.DecideErasure(ctx, staff, id, false, "hide it, please"))
		kind(t, "again", w.DecideErasure(ctx, staff, id, true, ""), forum.Conflict, "error.erasure-decided")
		if e, err := w.ReadErasure(ctx, w.Admin, id); err != nil || e.Erased || e.Answer != "hide it, please" {
			t.Errorf("who asked is told %+v %v", e, err)
		}
		_, err = w.ReadErasure(ctx, s.bob, id)
		kind(t, "another reads the answer", err, forum.NotFound, "error.not-found")
		s.must(w.AskErase(ctx, w.Admin, s.first, advert))
		open, _, err = w.ReadErasures(ctx, staff)
		s.must(err)
		_, err = w.KeepWriting(ctx, s.ann, forum.WritingAt{Post: s.first}, forum.Writing{Source: "begun canary"}, false)
		s.must(err)
		s.must(w.DecideErasure(ctx, staff, open[0].ID, true, ""))
		p := s.page(s.ann)
		if p.Topic.Title != "[…]" || p.Posts[0].ErasedAt == 0 || p.Posts[0].HTML != "" || p.Posts[len(p.Posts)-1].ID != own.ID || p.Posts[len(p.Posts)-1].ErasedAt != 0 {
			t.Errorf("erased: %+v %+v", p.Topic, p.Posts)
		}
		if n := count(t, w, "SELECT count(*) FROM posts WHERE source LIKE '%canary%'") + count(t, w, "SELECT count(*) FROM revisions WHERE source LIKE '%canary%'") + count(t, w, "SELECT count(*) FROM writings WHERE source LIKE '%canary%'") + count(t, w, "SELECT count(*) FROM topics WHERE title = 'First title'"); n != 0 {
			t.Errorf("%d of it are left", n)
		}
		if a := statement(t, w, s.ann); a.Kind != forum.Erases || a.Reason != "spam" || len(mailed(t, w, "note.act-erase")) != 1 || len(mailed(t, w, "note.erase-decided")) != 2 {
			t.Errorf("the statement %+v", a)
		}
		mine, err := w.StartTopic(ctx, s.ann, s.board.ID, draft(w, "hers"))
		s.must(err)
		s.must(w.Grant(ctx, w.Admin, s.ann.Member, forum.Administrator))
		q, err := w.ReadTopic(ctx, w.Admin, mine.ID, 0)
		s.must(err)
		s.must(w.AskErase(ctx, w.Admin, q.Posts[0].ID, advert))
		open, _, err = w.ReadErasures(ctx, staff)
		s.must(err)
		kind(t, "by its author", w.DecideErasure(ctx, w.As(s.ann.Member), open[0].ID, false, "no"), forum.Forbidden, "error.not-yourself")
		s.must(w.TakeBack(ctx, w.As(s.ann.Member), q.Posts[0].ID))
		s.must(w.DecideErasure(ctx, staff, open[0].ID, true, ""))
	})
}

// TestEditCallsNobody: whom moderators name in somebody's post is not called in that person's name; who was called by them
// stays so, as long as they are named.
func TestEditCallsNobody(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		s, ctx := newTalk(t, w), t.Context()
		p, err := w.Reply(ctx, s.ann, s.topic.ID, forum.Draft{Source: "@bob look", Key: w.Key()})
		s.must(err)
		called := func(want int) {
			t.Helper()
			if n := count(t, w, "SELECT count(*) FROM mentions WHERE post_id = ?", p.ID); n != want {
				t.Errorf("%d are called, want %d", n, want)
			}
		}
		called(1)
		s.must(w.EditPost(ctx, w.Admin, p.ID, edited("@bob and @admin look", 1)))
		called(1)
		s.must(w.EditPost(ctx, w.Admin, p.ID, edited("@admin looks", 2)))
		called(0)
	})
}
