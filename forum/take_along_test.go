package forum_test

import (
	"testing"

	"peergroups/forum"
	"peergroups/forum/forumtest"
)

// TestExport: an owner takes along what they read, with its masks; nobody else anything.
func TestExport(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		ctx := t.Context()
		must := func(err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
		}
		g, b, _ := w.Group("inner", forum.Hidden)
		ann, out := w.Member("ann"), w.CertifiedMember("out")
		w.Ready(g, w.Admin, ann)
		topic, err := w.StartTopic(ctx, ann, b.ID, draft(w, "kept"))
		must(err)
		gone, err := w.Reply(ctx, ann, topic.ID, draft(w, "taken back"))
		must(err)
		must(w.TakeBack(ctx, ann, gone.ID))
		away, err := w.Reply(ctx, ann, topic.ID, draft(w, "hidden"))
		must(err)
		must(w.HidePost(ctx, w.Admin, away.ID, advert))
		set(t, w, g, func(d *forum.GroupDraft) { d.Class = forum.ChathamClass })
		w.Ready(g, ann)
		_, err = w.Reply(ctx, ann, topic.ID, draft(w, "masked"))
		must(err)
		posts, err := w.ExportPosts(ctx, w.Admin, b.ID, 0)
		must(err)
		if len(posts) != 2 || posts[0].Source != "kept" || posts[0].Author != "Ann Test" || posts[1].Source != "masked" || !posts[1].Veiled || posts[1].AuthorID != 0 || posts[1].Author == "Ann Test" {
			t.Errorf("%+v", posts)
		}
		if rest, err := w.ExportPosts(ctx, w.Admin, b.ID, posts[1].ID); err != nil || len(rest) != 0 {
			t.Errorf("%+v %v", rest, err)
		}
		exec(t, w, "UPDATE posts SET from_join = 1, posted_at = 1 WHERE id = ?", posts[0].ID) // before its owner came
		if left, err := w.ExportPosts(ctx, w.Admin, b.ID, 0); err != nil || len(left) != 1 || left[0].ID != posts[1].ID {
			t.Errorf("an owner takes along what was not written for them: %+v %v", left, err)
		}
		rows, err := w.ExportMembers(ctx, w.Admin, g.ID, 0)
		if must(err); len(rows) != 2 {
			t.Errorf("%+v", rows)
		}
		for what, c := range map[string]struct {
			by forum.Actor
			k  forum.Kind
		}{"visitor": {forum.Actor{}, forum.NotFound}, "outsider": {out, forum.NotFound}, "member": {ann, forum.Forbidden}} {
			_, err := w.ExportPosts(ctx, c.by, b.ID, 0)
			kind(t, what, err, c.k, "")
			_, err = w.ExportMembers(ctx, c.by, g.ID, 0)
			kind(t, what, err, c.k, "")
		}
		set(t, w, g, func(d *forum.GroupDraft) { d.Class = forum.SealedClass })
		if posts, err := w.ExportPosts(ctx, w.Admin, b.ID, 0); err != nil || len(posts) != 0 {
			t.Errorf("of a sealed group: %+v %v", posts, err)
		}
	})
}

// TestInviteFromList: each is invited once, by an owner, and mail comes to who joins as it came from the list.
func TestInviteFromList(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		g, b, _ := w.Group("inner", forum.Hidden)
		ann, bob, out := w.Member("ann"), w.Member("bob"), w.Member("out")
		invite := func(by forum.Actor, address string, m forum.Mode) (bool, error) {
			return w.InviteFromList(t.Context(), by, g.ID, address, m)
		}
		for i := range 7 { // more often than one is invited in a day
			for address, mode := range map[string]forum.Mode{"ann@members.example": forum.Daily, "bob@members.example": forum.NoMail, "nobody@members.example": forum.Each} {
				if fresh, err := invite(w.Admin, address, mode); err != nil || fresh != (i == 0) {
					t.Errorf("%s, time %d: %v %v", address, i, fresh, err)
				}
			}
		}
		var mails int
		if err := w.Store.Reader().NewRaw("SELECT count(*) FROM deliveries WHERE kind = 'note.invited'").Scan(t.Context(), &mails); err != nil || mails != 2 {
			t.Error(mails, err)
		}
		for _, m := range []forum.Actor{ann, bob} {
			if err := w.Join(t.Context(), m, g.ID); err != nil {
				t.Fatal(err)
			}
		}
		for _, c := range []struct {
			who  forum.Actor
			mode forum.Mode
		}{{ann, forum.Daily}, {bob, forum.NoMail}} {
			if p, err := w.ReadGroup(t.Context(), c.who, "inner"); err != nil || p.Modes[b.ID] != c.mode {
				t.Errorf("%s: %v %v", c.who.Name, p.Modes, err)
			}
		}
		_, err := invite(out, "x@members.example", forum.Each)
		kind(t, "by an outsider", err, forum.NotFound, "error.not-found")
		_, err = invite(ann, "x@members.example", forum.Each)
		kind(t, "by a member", err, forum.Forbidden, "error.owners-only")
		_, err = invite(w.Admin, "x y", forum.Each)
		kind(t, "of no address", err, forum.Invalid, "error.email")
	})
}
