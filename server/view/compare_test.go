package view

import (
	"strings"
	"testing"

	"peergroups/forum/markup"
)

// TestMarked: what is gone and what is added stand in elements of their own, with words for who listens, and nothing of
// the text is markup.
func TestMarked(t *testing.T) {
	t.Parallel()
	w := words(t)
	got := marked(w, markup.Compare("We met <b>once</b>.", "We met <i>twice</i>."))
	for _, part := range []string{"We met &lt;", "<del>", "<ins>", w.T("history.gone"), w.T("history.added")} {
		if !strings.Contains(got, part) {
			t.Errorf("%s lacks %q", got, part)
		}
	}
	if strings.Contains(got, "<b>") || strings.Contains(got, "<i>") {
		t.Errorf("the text is markup: %s", got)
	}
	if got := marked(w, markup.Compare("a", "a")); got != "a" || !same(markup.Compare("a", "a")) || same(markup.Compare("a", "b")) {
		t.Errorf("the same: %q", got)
	}
}
