package forum_test

import (
	"testing"

	"peergroups/forum"
	"peergroups/forum/forumtest"
)

// TestDesk: a member's first page names the rooms and counts the mail of the groups they are
// in, and of no other; whoever is removed keeps nothing of it.
func TestDesk(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		inner, innerBoard, _ := w.Group("inner", forum.Hidden)
		open, openBoard, _ := w.Group("open", forum.PublicToRead)
		w.Group("other", forum.MembersOnly)
		ann := w.CertifiedMember("ann")
		w.Ready(inner, ann)
		w.Ready(open, ann)
		for board, mode := range map[forum.BoardID]forum.Mode{innerBoard.ID: forum.Daily, openBoard.ID: forum.Each} {
			if err := w.Subscribe(t.Context(), ann, board, mode); err != nil {
				t.Fatal(err)
			}
		}
		d, err := w.ReadDesk(t.Context(), ann)
		if err != nil || len(d.Rooms) != 2 || d.Rooms[0] != (forum.DeskRoom{Slug: "inner", Name: "Room inner", GroupSlug: "inner", GroupName: "Group inner"}) ||
			len(d.Modes) != 2 || d.Modes[forum.Daily] != 1 || d.Modes[forum.Each] != 1 || d.DigestHour != 7 {
			t.Errorf("%+v %v", d, err)
		}
		if err := w.Remove(t.Context(), w.Admin, inner.ID, ann.Member, ""); err != nil {
			t.Fatal(err)
		}
		if d, err = w.ReadDesk(t.Context(), ann); err != nil || len(d.Rooms) != 1 || d.Rooms[0].GroupSlug != "open" || len(d.Modes) != 1 || d.Modes[forum.Each] != 1 {
			t.Errorf("after being removed: %+v %v", d, err)
		}
		_, err = w.ReadDesk(t.Context(), forum.Actor{})
		kind(t, "a visitor's desk", err, forum.NotFound, "error.not-found")
	})
}
