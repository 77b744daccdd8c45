package forum_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"peergroups/forum"
	"peergroups/forum/forumtest"
)

// TestMentionsAreReferences: a handle in a post is a reference, shown as one to those who may know that whom it names
// reads there, at that moment. To all others it looks as a handle that nobody has.
func TestMentionsAreReferences(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		s, ctx := newTalk(t, w), t.Context()
		out := w.Member("out")
		p, err := w.Reply(ctx, s.ann, s.topic.ID, forum.Draft{Source: "@BOB, @out and @nobody: `@admin`\n\n> @admin", Key: w.Key()})
		s.must(err)
		if n := count(t, w, "SELECT count(*) FROM mentions WHERE post_id = ? AND member_id IN (?, ?)", p.ID, s.bob.Member, out.Member); n != 2 || count(t, w, "SELECT count(*) FROM mentions") != 2 {
			t.Fatalf("%d mentions", n)
		}
		sees := func(what string, who forum.Actor, want ...forum.MemberID) {
			t.Helper()
			page := s.page(who)
			if got := page.Posts[2].Mentioned; !slices.Equal(got, want) || strings.Contains(page.Posts[2].HTML, `@nobody</a>`) {
				t.Errorf("%s: %v, want %v in %s", what, got, want, page.Posts[2].HTML)
			}
		}
		sees("who wrote it", s.ann, s.bob.Member)
		set(t, w, s.group, func(d *forum.GroupDraft) { d.Roster = forum.ForModerators })
		sees("where members do not see who the others are", s.ann)
		sees("who is mentioned", s.bob, s.bob.Member)
		sees("a moderator", w.Admin, s.bob.Member)
		set(t, w, s.group, func(d *forum.GroupDraft) { d.Roster = forum.ForReaders })
		sees("again", s.ann, s.bob.Member)
		s.must(w.Remove(ctx, w.Admin, s.group.ID, s.bob.Member, "over"))
		sees("when they read no more", s.ann)
		w.Ready(s.group, s.bob)
		sees("when they are back", s.ann, s.bob.Member)

		closed, _, _ := w.Group("closed", forum.MembersOnly, func(d *forum.GroupDraft) { d.Roster = forum.ForModerators })
		w.Ready(closed, s.ann, s.bob)
		exec(t, w, "UPDATE posts SET reach_of = ? WHERE id = ?", closed.ID, p.ID)
		sees("a post for another group", s.ann)
		exec(t, w, "UPDATE posts SET reach_of = ? WHERE id = ?", s.group.ID, p.ID)
		exec(t, w, "UPDATE topics SET reach_of = ? WHERE id = ?", closed.ID, s.topic.ID)
		sees("a topic for another group", s.ann)
		exec(t, w, "UPDATE topics SET reach = 1 WHERE id = ?", s.topic.ID)
		exec(t, w, "UPDATE posts SET reach = 1 WHERE id = ?", p.ID)
		sees("for everybody", s.ann, s.bob.Member)
		set(t, w, s.group, func(d *forum.GroupDraft) { d.Roster = forum.ForModerators })
		sees("in a place that names nobody", s.ann)
		exec(t, w, "UPDATE topics SET reach = 3, reach_of = ? WHERE id = ?", s.group.ID, s.topic.ID)
		exec(t, w, "UPDATE posts SET reach = 3 WHERE id = ?", p.ID)
		set(t, w, s.group, func(d *forum.GroupDraft) { d.Roster = forum.ForMembers })
		sees("as before", s.ann, s.bob.Member)

		s.must(s.change(s.ann, p.ID, "@ann and nobody else"))
		sees("when it was changed", s.ann, s.ann.Member)
		s.must(w.TakeBack(ctx, s.ann, p.ID))
		if n := count(t, w, "SELECT count(*) FROM mentions"); n != 0 {
			t.Errorf("%d mentions of words that are gone", n)
		}
		set(t, w, s.group, func(d *forum.GroupDraft) { d.Visibility = forum.PublicToRead })
		w.Ready(s.group, w.Admin)
		open, err := w.StartTopic(ctx, w.Admin, s.board.ID, forum.Draft{Title: "Open", Source: "@out", Key: w.Key()})
		s.must(err)
		for who, want := range map[*forum.Actor][]forum.MemberID{{}: nil, &s.bob: {out.Member}, &out: {out.Member}} {
			page, err := w.ReadTopic(ctx, *who, open.ID, 0)
			if err != nil || !slices.Equal(page.Posts[0].Mentioned, want) {
				t.Errorf("in the open %q sees %v %v", who.Name, page.Posts[0].Mentioned, err)
			}
		}
	})
}

// TestMentionsOfMany: two hundred in one post are no more than twenty.
func TestMentionsOfMany(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		s := newTalk(t, w)
		exec(t, w, `INSERT INTO members (id, handle, handle_key, name, email, email_key, password_hash, standing, created_at) WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 200)
			SELECT i, 'many' || i, 'many' || i, 'Many', 'many' || i, 'many' || i, '', 1, 1 FROM n`)
		var all strings.Builder
		for i := range 200 {
			fmt.Fprintf(&all, "@many%d ", i+1)
		}
		_, err := w.Reply(t.Context(), s.ann, s.topic.ID, forum.Draft{Source: all.String(), Key: w.Key()})
		s.must(err)
		if n := count(t, w, "SELECT count(*) FROM mentions"); n != 20 {
			t.Errorf("%d mentions", n)
		}
	})
}
