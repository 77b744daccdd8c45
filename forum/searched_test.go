package forum_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"peergroups/forum"
	"peergroups/forum/forumtest"
)

// marks are the notes for the search engine, "kind id", in order.
func marks(t *testing.T, w *forumtest.World, owed bool) (out []forum.SearchMark) {
	t.Helper()
	out, err := w.SearchMarks(t.Context(), owed, 1000)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// TestSearchMarks: the same thing is noted once, under a number that grows; what is noted anew while the engine is told of it stays; what is owed waits apart.
func TestSearchMarks(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		ctx := t.Context()
		must := func(err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
		}
		post := func(id int64) forum.Searched { return forum.Searched{Kind: "post", ID: id} }
		must(w.NoteSearched(ctx, nil, 0))
		must(w.NoteSearched(ctx, []forum.Searched{post(2), post(1), post(2), {Kind: "message", ID: 1}}, 0))
		first := marks(t, w, false)
		if len(first) != 3 || first[0].Searched != (forum.Searched{Kind: "message", ID: 1}) || first[1].Searched != post(1) || first[2].Searched != post(2) || first[0].Stamp >= first[1].Stamp || first[0].At == 0 {
			t.Fatalf("noted %+v", first)
		}
		if n, since, err := w.SearchLag(ctx); err != nil || n != 3 || since != first[0].At {
			t.Errorf("lag %d since %d %v", n, since, err)
		}
		must(w.NoteSearched(ctx, []forum.Searched{post(1)}, 0)) // while the engine is told of the first three
		must(w.SearchMarksDone(ctx, first))
		again := marks(t, w, false)
		if len(again) != 1 || again[0].Searched != post(1) || again[0].Stamp <= first[2].Stamp {
			t.Fatalf("noted anew: %+v", again)
		}
		must(w.OweSearchMarks(ctx, again))
		if len(marks(t, w, false)) != 0 || len(marks(t, w, true)) != 1 {
			t.Error("what is owed stands among what is new")
		}
		must(w.NoteSearched(ctx, []forum.Searched{post(1)}, 0))
		if got := marks(t, w, false); len(got) != 1 || len(marks(t, w, true)) != 0 || got[0].Stamp <= again[0].Stamp {
			t.Errorf("owed, and changed: %+v", got)
		}
		must(w.SearchMarksDone(ctx, marks(t, w, false)))
		must(w.NoteSearched(ctx, []forum.Searched{post(9)}, 0))
		if got := marks(t, w, false); got[0].Stamp <= again[0].Stamp+1 {
			t.Errorf("the number of what was dropped is given again: %+v", got)
		}
		must(w.NoteSearched(ctx, []forum.Searched{post(10)}, 1_000_000))
		must(w.NoteSearched(ctx, []forum.Searched{post(10)}, 5))
		if got := marks(t, w, false); len(got) != 2 || got[1].Stamp <= 1_000_001 {
			t.Errorf("above what the engine knows: %+v", got)
		}
		if n, since, err := w.SearchLag(ctx); err != nil || n != 2 || since == 0 {
			t.Errorf("lag %d since %d %v", n, since, err)
		}
	})
}

// TestSpreadSearchMark: a note of a topic, a group or a room becomes one of each thing in it, however many.
func TestSpreadSearchMark(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		s, ctx := newTalk(t, w), t.Context()
		said := s.say(s.ann, s.roomOf("side", forum.RoomDraft{}), "word")
		other, err := w.StartTopic(ctx, s.bob, s.board.ID, draft(w, "other"))
		s.must(err)
		page, err := w.ReadTopic(ctx, s.bob, other.ID, 0)
		s.must(err)
		for _, c := range []struct {
			of   forum.Searched
			want []string
		}{
			{forum.Searched{Kind: "topic", ID: int64(s.topic.ID)}, []string{fmt.Sprint("post ", s.first), fmt.Sprint("post ", s.reply)}},
			{forum.Searched{Kind: "room", ID: int64(said.RoomID)}, []string{fmt.Sprint("message ", said.ID)}},
			{forum.Searched{Kind: "group", ID: int64(s.group.ID)}, []string{fmt.Sprint("message ", said.ID), fmt.Sprint("post ", s.first), fmt.Sprint("post ", s.reply), fmt.Sprint("post ", page.Posts[0].ID)}},
		} {
			s.must(w.SearchMarksDone(ctx, marks(t, w, false)))
			s.must(w.NoteSearched(ctx, []forum.Searched{c.of}, 0))
			s.must(w.SpreadSearchMark(ctx, marks(t, w, false)[0]))
			var got []string
			for _, m := range marks(t, w, false) {
				got = append(got, fmt.Sprint(m.Kind, " ", m.ID))
			}
			slices.Sort(got)
			if slices.Sort(c.want); !slices.Equal(got, c.want) {
				t.Errorf("%s: %v, want %v", c.of.Kind, got, c.want)
			}
		}
		s.must(w.SearchMarksDone(ctx, marks(t, w, false)))
		s.must(w.NoteAllSearched(ctx))
		if got := marks(t, w, false); len(got) != count(t, w, "SELECT count(*) FROM groups WHERE talk = 0") || got[0].Kind != "group" {
			t.Errorf("everything: %+v", got)
		}
		// More than is noted at once.
		exec(t, w, `INSERT INTO posts (id, topic_id, n, author_id, reach, reach_of, from_join, source, html, plain, markup, key, posted_at, class)
			WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1203) SELECT 1000 + i, p.topic_id, 100 + i, p.author_id, p.reach, p.reach_of, p.from_join, '', '', 'many', 1, 'many' || i, p.posted_at, p.class FROM n, posts p WHERE p.id = ?`, s.first)
		s.must(w.SearchMarksDone(ctx, marks(t, w, false)))
		s.must(w.NoteSearched(ctx, []forum.Searched{{Kind: "topic", ID: int64(s.topic.ID)}}, 0))
		s.must(w.SpreadSearchMark(ctx, marks(t, w, false)[0]))
		if n := count(t, w, "SELECT count(*) FROM search_marks"); n != 1205 {
			t.Errorf("%d noted", n)
		}
	})
}

// TestSearchable: what the engine gets a copy of. Nothing that was taken back, hidden, said off the record, in a talk, in a sealed group or for a short time;
// of what is sealed no text; of a title no more than its first post; of who speaks behind a mask no name.
func TestSearchable(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		s, ctx := newTalk(t, w), t.Context()
		said := s.say(s.ann, s.roomOf("side", forum.RoomDraft{}), "word")
		of := func(kind string, id int64) *forum.Searchable {
			t.Helper()
			all, err := w.SearchableOf(ctx, kind, []int64{id})
			s.must(err)
			if len(all) == 0 {
				return nil
			}
			return &all[0]
		}
		if _, err := w.SearchableOf(ctx, "else", []int64{1}); forum.KindOf(err) != forum.NotFound {
			t.Error("an unknown kind", err)
		}
		if all, err := w.SearchableOf(ctx, "post", nil); err != nil || all != nil {
			t.Error("none", all, err)
		}
		first, reply := of("post", int64(s.first)), of("post", int64(s.reply))
		if first == nil || first.Title == "" || first.Text == "" || !first.Opens || first.Term() != fmt.Sprintf("group:%d", s.group.ID) || first.Voice() != first.AuthorID || first.BoardID != s.board.ID || first.GroupID != s.group.ID {
			t.Fatalf("the first post: %+v", first)
		}
		if reply == nil || reply.Title != "" || reply.Opens {
			t.Errorf("an answer: %+v", reply)
		}
		id := s.tags("fees")[0]
		s.must(w.TagTopic(ctx, s.ann, s.topic.ID, []forum.TagID{id}))
		if got := of("post", int64(s.reply)); !slices.Equal(got.Tags, []forum.TagID{id}) {
			t.Errorf("tags %v", got.Tags)
		}
		for what, c := range map[string]struct {
			set, back string
			is        func(*forum.Searchable) bool
		}{
			"from joining": {"from_join = 1", "from_join = 0", func(p *forum.Searchable) bool {
				return p.Term() == fmt.Sprintf("since:%d", s.group.ID) && p.Title == ""
			}},
			"behind a mask":         {"class = 2", "class = 1", func(p *forum.Searchable) bool { return p.Voice() == 0 && p.AuthorID != 0 && p.Text != "" }},
			"sealed":                {"class = 3", "class = 1", func(p *forum.Searchable) bool { return p.Text == "" && p.Title != "" }},
			"hidden, or taken back": {"reach = 4", "reach = 3", func(p *forum.Searchable) bool { return p == nil }},
			"without words":         {"erased_at = 5", "erased_at = 0", func(p *forum.Searchable) bool { return p == nil }},
			"for others":            {"reach = 2, reach_of = 0", fmt.Sprint("reach = 3, reach_of = ", s.group.ID), func(p *forum.Searchable) bool { return p.Title == "" && p.Term() == "certified" }},
		} {
			exec(t, w, "UPDATE posts SET "+c.set+" WHERE id = ?", s.first)
			if got := of("post", int64(s.first)); !c.is(got) {
				t.Errorf("%s: %+v", what, got)
			}
			exec(t, w, "UPDATE posts SET "+c.back+" WHERE id = ?", s.first)
		}
		exec(t, w, "UPDATE groups SET class = 3 WHERE id = ?", s.group.ID)
		if got := of("post", int64(s.first)); got.Text != "" {
			t.Errorf("a group that was sealed since: %+v", got)
		}
		exec(t, w, "UPDATE groups SET class = 1 WHERE id = ?", s.group.ID)
		if got := of("message", said.ID); got == nil || got.Text != "word" || got.RoomID != said.RoomID || got.GroupID != s.group.ID || got.Title != "" {
			t.Fatalf("a message: %+v", got)
		}
		day := int64(24 * time.Hour / time.Microsecond)
		for what, c := range map[string][3]string{
			"hidden": {"messages", "reach = 4", "reach = 3"}, "taken back": {"messages", "erased_at = 5", "erased_at = 0"}, "off the record": {"messages", "off_record = 1", "off_record = 0"},
			"while people are there": {"messages", "whiled = 1", "whiled = 0"}, "sealed": {"messages", "class = 3", "class = 1"}, "for a week": {"messages", fmt.Sprintf("expires_at = posted_at + %d", 7*day), "expires_at = 0"},
			"of a talk": {"groups", "talk = 1", "talk = 0"}, "of a sealed group": {"groups", "class = 3", "class = 1"},
		} {
			exec(t, w, "UPDATE "+c[0]+" SET "+c[1])
			if got := of("message", said.ID); got != nil {
				t.Errorf("%s: %+v", what, got)
			}
			exec(t, w, "UPDATE "+c[0]+" SET "+c[2])
		}
		exec(t, w, fmt.Sprintf("UPDATE messages SET expires_at = posted_at + %d", 90*day))
		if of("message", said.ID) == nil {
			t.Error("what is kept for ninety days is not found")
		}
		for after, n := int64(0), 0; ; n++ {
			some, err := w.EachSearchable(ctx, "post", after, 1)
			s.must(err)
			if len(some) == 0 {
				if n != 2 {
					t.Errorf("one at a time: %d", n)
				}
				break
			}
			after = some[0].ID
		}
	})
}

// TestNamesOfFilesAreFound: with the post or message that they hang on.
func TestNamesOfFilesAreFound(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		s, ctx := newTalk(t, w), t.Context()
		file, err := w.AddFile(ctx, s.ann, "agenda.txt", []byte("text"))
		s.must(err)
		d := draft(w, "with a file")
		d.Files = []forum.FileID{file.ID}
		p, err := w.Reply(ctx, s.ann, s.topic.ID, d)
		s.must(err)
		all, err := w.SearchableOf(ctx, "post", []int64{int64(p.ID), int64(s.first)})
		if s.must(err); len(all) != 2 || len(all[0].Files) != 0 || !slices.Equal(all[1].Files, []string{"agenda.txt"}) {
			t.Errorf("%+v", all)
		}
		found, err := w.Sift(ctx, s.bob, []forum.Searched{{Kind: "post", ID: int64(p.ID)}})
		if s.must(err); len(found) != 1 || !found[0].Files {
			t.Errorf("%+v", found)
		}
		exec(t, w, "UPDATE posts SET class = 3 WHERE id = ?", p.ID)
		if all, err := w.SearchableOf(ctx, "post", []int64{int64(p.ID)}); err != nil || len(all[0].Files) != 0 {
			t.Errorf("sealed: %+v %v", all, err)
		}
	})
}
