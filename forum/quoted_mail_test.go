package forum_test

import (
	"fmt"
	"testing"

	"peergroups/forum"
	"peergroups/forum/forumtest"
)

// TestMailedQuotes: a mail shows of what a post quotes what who gets it may read themself at that moment, and that goes out
// by mail at all.
func TestMailedQuotes(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		s, ctx := newTalk(t, w), t.Context()
		in := &forum.PlacedPost{Post: forum.Post{HTML: fmt.Sprintf(`<p><a href="/p/%d">Quoted post</a></p>`, s.first), Audience: forum.Audience{Reach: forum.Members, Of: s.group.ID}}}
		quoted := func(what string, to forum.MemberID, want bool) {
			t.Helper()
			found, err := w.MailedQuotes(ctx, to, in)
			s.must(err)
			if (len(found) == 1) != want || want && found[0].Plain != "first canary" {
				t.Errorf("%s: %v", what, found)
			}
		}
		quoted("a member", s.bob.Member, true)
		quoted("an outsider", w.Member("out").Member, false)
		quoted("nobody", 0, false)
		quoted("somebody who is not there", 7, false)
		set(t, w, s.group, func(d *forum.GroupDraft) { d.NoList = true })
		quoted("out of a group of which nothing goes by mail", s.bob.Member, false)
		set(t, w, s.group, func(d *forum.GroupDraft) { d.NoList = false })
		quoted("as before", s.bob.Member, true)
		exec(t, w, "UPDATE posts SET class = ? WHERE id = ?", forum.SealedClass, s.first)
		quoted("what is sealed", s.bob.Member, false)
		exec(t, w, "UPDATE posts SET class = 0 WHERE id = ?", s.first)
		exec(t, w, "UPDATE groups SET class = ? WHERE id = ?", forum.SealedClass, s.group.ID)
		quoted("out of a sealed group", s.bob.Member, false)
		exec(t, w, "UPDATE groups SET class = 0 WHERE id = ?", s.group.ID)
		for what, a := range map[string]forum.Audience{"in a post for everybody": {}, "in one for the registered": {Reach: forum.Registered}, "in one for the certified": {Reach: forum.Certified}, "in one for members of another group": {Reach: forum.Members, Of: 7}} {
			in.Audience = a
			quoted(what, s.bob.Member, false)
		}
		in.Audience = forum.Audience{Reach: forum.Members, Of: s.group.ID}
		in.FromJoin = true
		exec(t, w, "UPDATE posts SET from_join = 1 WHERE id = ?", s.first)
		quoted("where all have been in since", s.bob.Member, true)
		w.Ready(s.group, w.Member("later"))
		quoted("where somebody joined later", s.bob.Member, false)
		exec(t, w, "UPDATE posts SET from_join = 0 WHERE id = ?", s.first)
		in.FromJoin = false
		exec(t, w, "UPDATE posts SET class = ? WHERE id = ?", forum.ChathamClass, s.first)
		quoted("what is under the rule, in what is not", s.bob.Member, false)
		in.Class = forum.ChathamClass
		quoted("both under the rule", s.bob.Member, true)
		exec(t, w, "UPDATE posts SET class = 0 WHERE id = ?", s.first)
		s.must(w.Remove(ctx, w.Admin, s.group.ID, s.bob.Member, "over"))
		quoted("who was put out", s.bob.Member, false)
		s.must(w.TakeBack(ctx, s.ann, s.first))
		quoted("what was taken back", s.ann.Member, false)
		if found, err := w.MailedQuotes(ctx, s.ann.Member, &forum.PlacedPost{Post: forum.Post{HTML: "<p>none</p>"}}); err != nil || found != nil {
			t.Errorf("nothing is quoted: %v %v", found, err)
		}
	})
}
