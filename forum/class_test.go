package forum_test

import (
	"testing"
	"unicode"

	"peergroups/forum"
	"peergroups/forum/forumtest"
)

// TestClassIsTold: who is to speak where the class has changed is told anew; a class that is
// none is refused; and what is written keeps the class of its time.
func TestClassIsTold(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		s := newTalk(t, w)
		before, err := w.Reply(t.Context(), s.ann, s.topic.ID, draft(w, "before"))
		s.must(err)
		for _, wrong := range []forum.Class{-1, 4} {
			err := w.ChangeGroup(t.Context(), w.Admin, s.group.ID, forum.GroupDraft{Name: "G", Visibility: forum.MembersOnly, Class: wrong}, forum.MembersOnly)
			kind(t, "a class that is none", err, forum.Invalid, "class: error.choose")
		}
		w.Effects.Take()
		set(t, w, s.group, func(d *forum.GroupDraft) { d.Class = forum.ChathamClass })
		if facts := w.Effects.Take(); len(facts) != 2 || facts[1] != (forum.GroupReclassed{Group: s.group.ID}) {
			t.Errorf("the search engine is told %v", facts)
		}
		_, err = w.Reply(t.Context(), s.ann, s.topic.ID, draft(w, "untold"))
		kind(t, "untold", err, forum.Held, "error.acknowledge-first")
		w.Ready(s.group, s.ann)
		under, err := w.Reply(t.Context(), s.ann, s.topic.ID, draft(w, "under the rule"))
		s.must(err)
		set(t, w, s.group, func(d *forum.GroupDraft) { d.Class = forum.OpenClass })
		got, err := w.VisiblePosts(t.Context(), s.bob, []forum.PostID{before.ID, under.ID})
		if err != nil || len(got) != 2 || got[0].Veiled || got[0].AuthorID != s.ann.Member || !got[1].Veiled || got[1].AuthorID != 0 || len(got[1].Author) != 4 {
			t.Errorf("afterwards: %+v %v", got, err)
		}
		p := s.page(s.ann)
		if last := p.Posts[len(p.Posts)-1]; !last.Mine || !last.Veiled || last.Author != got[1].Author {
			t.Errorf("her own: %+v", last)
		}
	})
}

// TestNamesIn: a name is found whatever the case of its letters, in each script, and only whole.
func TestNamesIn(t *testing.T) {
	t.Parallel()
	for r := rune(0); r <= unicode.MaxRune; r++ {
		for other := unicode.SimpleFold(r); other != r; other = unicode.SimpleFold(other) {
			if len(forum.NamesIn(string(other), string(r))) != 1 {
				t.Errorf("%U is not found as %U", r, other)
			}
		}
	}
	for _, c := range []struct {
		name, text string
		n          int
	}{{"Άννα Παππάς", "with ΆΝΝΑ ΠΑΠΠΆΣ.", 1}, {"Ann Lee", "aNn-leE and Ann,  Lee", 2}, {"Ann Lee", "Annlee", 0}, {"Ann Lee", "Lee", 0}, {"", "Lee", 0}} {
		if got := forum.NamesIn(c.text, c.name); len(got) != c.n {
			t.Errorf("%q in %q: %v", c.name, c.text, got)
		}
	}
}
