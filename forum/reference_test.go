package forum_test

import (
	"strings"
	"testing"

	"peergroups/forum"
	"peergroups/forum/forumtest"
)

// TestQuotePart: chosen words are quoted by where they stand; each reader sees them through the
// gate, and nobody is quoted with what they do not say.
func TestQuotePart(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		s := newTalk(t, w)
		p, err := w.Reply(t.Context(), s.ann, s.topic.ID, forum.Draft{Key: w.Key(), Source: "Ärger *comes* first.\n\n- then a list\n- of two\n\nThe end."})
		s.must(err)
		shown := func(by forum.Actor, address string) (string, bool) {
			t.Helper()
			posts, err := w.VisiblePosts(t.Context(), by, []forum.PostID{p.ID})
			s.must(err)
			words, ok := "", false
			if len(posts) == 0 {
				return "", false
			}
			html := `<p><a href="` + address + `" rel="x">Quotation</a></p>`
			if ids := forum.References(html); len(ids) != 1 || ids[0] != p.ID {
				t.Fatalf("%s refers to %v", address, ids)
			}
			forum.WithReferences(html, func(r forum.Reference) string {
				words, ok = w.Quoted(r, &posts[0], 400)
				return ""
			})
			return words, ok
		}
		part := func(words string) string {
			t.Helper()
			address, err := w.QuotePart(t.Context(), s.bob, p.ID, words)
			s.must(err)
			return address
		}
		for words, want := range map[string]string{
			"comes first":                    "comes first",
			"first.\n\nthen a list\nof two ": "first. - then a list - of two",
			"Ärger":                          "Ärger",
			"The end.":                       "The end.",
		} {
			address := part(words)
			if got, ok := shown(s.bob, address); !ok || strings.Join(strings.Fields(got), " ") != want || strings.Contains(address, "first") {
				t.Errorf("%q by %s shows %q %t", words, address, got, ok)
			}
		}
		for _, words := range []string{"", " ", "never said"} {
			address := part(words)
			if got, ok := shown(s.bob, address); strings.Contains(address, "part") || !ok || !strings.HasPrefix(got, "Ärger comes first.") {
				t.Errorf("%q by %s shows %q", words, address, got)
			}
		}
		_, err = w.QuotePart(t.Context(), w.Member("out"), p.ID, "first")
		kind(t, "an outsider asks where words stand", err, forum.NotFound, "error.not-found")
		address := part("comes first")
		for _, wrong := range []string{strings.Replace(address, "part=", "part=1", 1), address[:len(address)-4] + "0000", "/p/" + address[3:strings.Index(address, "?")] + "?part=0-999999-abcd"} {
			if got, ok := shown(s.bob, wrong); ok && wrong != address {
				t.Errorf("%s, which nobody was given, shows %q", wrong, got)
			}
		}
		s.must(w.ChangePost(t.Context(), s.ann, p.ID, forum.PostChange{Source: "Other words, and as many of them as before.", Base: 1}))
		if got, ok := shown(s.bob, address); ok {
			t.Errorf("after a change she is quoted with %q", got)
		}
	})
}
