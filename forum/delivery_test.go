package forum_test

import (
	"fmt"
	"testing"

	"peergroups/forum"
	"peergroups/forum/forumtest"
)

// TestClaimsAreSmall: a claim takes as many mails as it is asked for, on both databases, and
// goes on past those whose readers were removed.
func TestClaimsAreSmall(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		g, b, _ := w.Group("inner", forum.MembersOnly)
		w.Ready(g, w.Admin)
		var all []forum.Actor
		for i := range 30 {
			m := w.CertifiedMember(fmt.Sprintf("m%02d", i))
			w.Ready(g, m)
			if err := w.Subscribe(t.Context(), m, b.ID, forum.Each); err != nil {
				t.Fatal(err)
			}
			all = append(all, m)
		}
		topic, err := w.StartTopic(t.Context(), w.Admin, b.ID, forum.Draft{Title: "T", Source: "x", Key: w.Key()})
		if err != nil {
			t.Fatal(err)
		}
		p, err := w.ReadTopic(t.Context(), w.Admin, topic.ID, 0)
		if err != nil {
			t.Fatal(err)
		}
		if err := w.QueuePost(t.Context(), p.Posts[0].ID); err != nil {
			t.Fatal(err)
		}
		what := forum.Mailing{Kind: "post", Ref: int64(p.Posts[0].ID)}
		if got, err := w.Claim(t.Context(), what, 4); err != nil || len(got) != 4 || got[0].Member != all[0].Member {
			t.Fatalf("claimed %v %v", got, err)
		}
		for _, m := range all[4:20] {
			if err := w.Remove(t.Context(), w.Admin, g.ID, m.Member, ""); err != nil {
				t.Fatal(err)
			}
		}
		if got, err := w.Claim(t.Context(), what, 4); err != nil || len(got) != 4 || got[0].Member != all[20].Member {
			t.Errorf("past the removed: %v %v", got, err)
		}
		if err := w.StillRecipient(t.Context(), what, all[0].Member); err != nil {
			t.Errorf("one who may read it: %v", err)
		}
		kind(t, "one who was removed", w.StillRecipient(t.Context(), what, all[5].Member), forum.NotFound, "error.not-found")
	})
}
