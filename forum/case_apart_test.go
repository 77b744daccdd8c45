package forum_test

import (
	"testing"

	"peergroups/forum"
	"peergroups/forum/forumtest"
)

// TestCasesTellNoPlace: who looks at a case of a circle only since nobody there does is not told in which group it is.
func TestCasesTellNoPlace(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		c := newCircle(t, w, forum.RoomDraft{Keep: 24})
		ctx := t.Context()
		staff := w.Member("staff")
		c.must(w.Grant(ctx, w.Admin, staff.Member, forum.Administrator))
		c.must(w.ChangeGroup(ctx, w.Admin, c.group.ID, forum.GroupDraft{Name: c.group.Name, Visibility: forum.Hidden}, forum.Hidden))
		if _, err := w.ReadGroup(ctx, w.As(staff.Member), "inner"); forum.KindOf(err) != forum.NotFound {
			t.Fatal("staff know the group by itself:", err)
		}
		c.must(errOf(w.Report(ctx, c.bob, forum.Reported{Kind: forum.ReportedMessage, Ref: c.said.ID}, unkind)))
		work, err := w.ReadWork(ctx, w.As(staff.Member), "")
		c.must(err)
		for _, r := range work.Cases {
			if r.GroupName != "" || r.GroupSlug != "" {
				t.Errorf("staff are told where: %q %q circle %d about %d reasons %v", r.GroupName, r.GroupSlug, r.Circle, r.About, r.Reasons)
			}
		}
	})
}

// TestNotesStayInTheirCircle: what a moderator of a circle noted of a case is not for administrators when the last moderator is out.
func TestNotesStayInTheirCircle(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		c := newCircle(t, w, forum.RoomDraft{Keep: 24})
		ctx := t.Context()
		staff := w.Member("staff")
		c.must(w.Grant(ctx, w.Admin, staff.Member, forum.Administrator))
		bobs, err := w.Say(ctx, c.bob, c.circle.ID, "canary of bob", w.Key())
		c.must(err)
		c.must(errOf(w.Report(ctx, c.ann, forum.Reported{Kind: forum.ReportedMessage, Ref: bobs.ID}, unkind)))
		var id int64
		c.must(w.Store.Reader().NewRaw("SELECT max(id) FROM cases WHERE ref = ?", bobs.ID).Scan(ctx, &id))
		c.must(w.NoteCase(ctx, w.As(c.ann.Member), id, "bob wrote: canary of bob, in Secret circle"))
		c.must(w.LeaveCircle(ctx, w.As(c.ann.Member), c.circle.ID))
		p, err := w.ReadCase(ctx, w.As(staff.Member), id)
		c.must(err)
		if len(p.Notes) != 0 {
			t.Errorf("staff, seen %t, read %+v", p.Seen, p.Notes)
		}
	})
}
