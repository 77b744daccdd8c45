package forum_test

import (
	"testing"
	"time"

	"peergroups/forum"
	"peergroups/forum/forumtest"
)

// TestRecord: the moderators of a group see what was decided about a member there, what came of reports, what they noted,
// and how much of theirs they read; nobody else does, nor the member, nor anybody anything of another group.
func TestRecord(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		s := newTalk(t, w)
		ctx, g := t.Context(), s.group.ID
		s.must(w.Appoint(ctx, w.Admin, g, s.bob.Member, forum.Moderator))
		other, _, _ := w.Group("other", forum.MembersOnly)
		w.Ready(other, s.ann)
		s.must(w.Warn(ctx, w.Admin, other.ID, s.ann.Member, forDays(0)))
		s.must(w.NoteMember(ctx, w.Admin, other.ID, s.ann.Member, "elsewhere canary"))
		s.must(w.Warn(ctx, w.Admin, g, s.ann.Member, forDays(0)))
		s.must(w.Object(ctx, s.ann, statement(t, w, s.ann).ID, "it was nothing bad"))
		s.must(w.HidePost(ctx, w.Admin, s.first, advert))
		p, err := w.Reply(ctx, s.ann, s.topic.ID, draft(w, "one more"))
		s.must(err)
		id, err := w.Report(ctx, s.bob, forum.Reported{Kind: forum.ReportedPost, Ref: int64(p.ID)}, unkind)
		s.must(err)
		var c int64
		s.must(w.Store.Reader().NewRaw("SELECT case_id FROM reports WHERE id = ?", id).Scan(ctx, &c))
		s.must(w.CloseCase(ctx, w.Admin, c, "warn", "thank you"))
		kind(t, "nothing", w.NoteMember(ctx, s.bob, g, s.ann.Member, " "), forum.Invalid, "note: error.empty.note")
		s.must(w.NoteMember(ctx, s.bob, g, s.ann.Member, "we talked"))
		stranger := w.Member("stranger")
		for who, by := range map[string]forum.Actor{"the member": s.ann, "a stranger": stranger, "a visitor": {}} {
			by = w.As(by.Member)
			_, err := w.ReadRecord(ctx, by, "inner", s.ann.Member)
			kind(t, who, err, forum.Forbidden, "error.moderators-only")
			kind(t, who, w.NoteMember(ctx, by, g, s.ann.Member, "words"), forum.Forbidden, "error.moderators-only")
		}
		_, err = w.ReadRecord(ctx, s.bob, "inner", s.bob.Member)
		kind(t, "one's own", err, forum.Forbidden, "error.not-yourself")
		kind(t, "a note on oneself", w.NoteMember(ctx, s.bob, g, s.bob.Member, "words"), forum.Forbidden, "error.not-yourself")
		_, err = w.ReadRecord(ctx, s.bob, "inner", stranger.Member)
		kind(t, "who never was in", err, forum.NotFound, "error.not-found")
		_, err = w.ReadRecord(ctx, s.bob, "other", s.ann.Member)
		kind(t, "another group", err, forum.Forbidden, "error.moderators-only")
		for _, left := range []bool{false, true} {
			if left {
				s.must(w.Leave(ctx, w.As(s.ann.Member), g))
			}
			r, err := w.ReadRecord(ctx, s.bob, "inner", s.ann.Member)
			if err != nil || r.Posts != 1 || len(r.Acts) != 2 || r.Acts[0].Kind != forum.Hides || r.Acts[1].Objection != "it was nothing bad" || r.Acts[1].By != w.Admin.Name ||
				len(r.Cases) != 1 || r.Cases[0].Outcome != "warn" || len(r.Notes) != 1 || r.Notes[0].Words != "we talked" || !r.Notes[0].Mine || r.Member.Name != s.ann.Name {
				t.Errorf("the record, left %t: %+v %v", left, r, err)
			}
		}
		r, err := w.ReadRecord(ctx, w.Admin, "inner", s.ann.Member)
		if err != nil || r.Notes[0].Mine {
			t.Errorf("another's note %+v %v", r.Notes, err)
		}
		s.must(w.DropNote(ctx, w.Admin, r.Notes[0].ID))
		if n := count(t, w, "SELECT count(*) FROM member_notes"); n != 2 {
			t.Errorf("another's note is dropped: %d are left", n)
		}
		s.must(w.DropNote(ctx, s.bob, r.Notes[0].ID))
		if n := count(t, w, "SELECT count(*) FROM member_notes"); n != 1 {
			t.Errorf("%d are left", n)
		}
		w.Pass(366 * 24 * time.Hour)
		s.must(w.Forget(ctx))
		if n := count(t, w, "SELECT count(*) FROM member_notes"); n != 0 {
			t.Errorf("after a year %d are left", n)
		}
	})
}

// TestRecordBehindMasks: nothing of what somebody wrote behind a mask is in it, nor what was done against that: it would
// tell whose it was.
func TestRecordBehindMasks(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		s := newDesk(t, w)
		ctx := t.Context()
		for _, sp := range []forum.Spoken{s.post, s.said} {
			s.must(w.CloseCase(ctx, s.eve, s.report(s.dora, s.what(sp)), "warn", ""))
		}
		s.must(w.HidePost(ctx, s.eve, forum.PostID(s.post.Ref), advert))
		s.must(w.SetVetting(ctx, w.Admin, s.group.ID, forum.Vetting{All: true}))
		b, err := w.BoardByAddress(ctx, s.otto, "house.house")
		s.must(err)
		if _, err = w.StartTopic(ctx, w.As(s.otto.Member), b.ID, draft(w, "declined canary")); !forum.Waits(err) {
			t.Fatal(err)
		}
		p, err := w.ReadWork(ctx, s.eve, "house")
		s.must(err)
		s.must(w.Decline(ctx, s.eve, p.Held[0].ID, advert))
		s.must(w.Warn(ctx, s.eve, s.group.ID, s.otto.Member, forDays(0)))
		for _, class := range []forum.Class{forum.ChathamClass, forum.GroupClass} { // also when nobody speaks behind a mask any more
			exec(t, w, "UPDATE groups SET class = ?", class)
			r, err := w.ReadRecord(ctx, s.eve, "house", s.otto.Member)
			if err != nil || r.Posts != 0 || len(r.Cases) != 0 || len(r.Acts) != 1 || r.Acts[0].Kind != forum.Warns {
				t.Errorf("the record %+v %v", r, err)
			}
		}
		if own, err := w.ReadOwnActs(ctx, w.As(s.otto.Member)); err != nil || len(own) != 3 {
			t.Errorf("their own %+v %v", own, err)
		}
	})
}

// TestCanned: words that moderators use again are theirs, of one group.
func TestCanned(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		s := newTalk(t, w)
		ctx, g := t.Context(), s.group.ID
		c := forum.Canned{Title: "Advert", Words: "No advertisements here, please."}
		for who, by := range map[string]forum.Actor{"a member": s.ann, "a visitor": {}} {
			kind(t, who, w.AddCanned(ctx, by, g, c), forum.Forbidden, "error.moderators-only")
			kind(t, who, w.DropCanned(ctx, by, g, 1), forum.Forbidden, "error.moderators-only")
			_, err := w.ReadCanned(ctx, by, g)
			kind(t, who, err, forum.Forbidden, "error.moderators-only")
		}
		kind(t, "empty", w.AddCanned(ctx, w.Admin, g, forum.Canned{}), forum.Invalid, "title: error.empty.title; words: error.reason-short")
		for i := range 31 {
			if err := w.AddCanned(ctx, w.Admin, g, c); i < 30 {
				s.must(err)
			} else {
				kind(t, "one more", err, forum.Invalid, "title: error.canned-enough")
			}
		}
		all, err := w.ReadCanned(ctx, w.Admin, g)
		if err != nil || len(all) != 30 || all[0].Words != c.Words {
			t.Errorf("%+v %v", all, err)
		}
		other, _, _ := w.Group("other", forum.MembersOnly)
		s.must(w.DropCanned(ctx, w.Admin, other.ID, all[0].ID))
		for range 2 {
			s.must(w.DropCanned(ctx, w.Admin, g, all[1].ID))
		}
		if left, err := w.ReadCanned(ctx, w.Admin, g); err != nil || len(left) != 29 || left[0].ID != all[0].ID {
			t.Errorf("%d are left %v", len(left), err)
		}
	})
}
