package forum_test

import (
	"fmt"
	"strings"
	"testing"

	"peergroups/forum"
	"peergroups/forum/disclose"
	"peergroups/forum/forumtest"
)

// TestParties: names of one's list are found in one's text, however they are written, by
// nobody else; the store holds none of them.
func TestParties(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		ann, bob := w.Member("ann"), w.Member("bob")
		if err := w.AddParties(t.Context(), ann, "  José Álvarez\r\nRoe\n\n!!\nVan der Berg & Zonen B.V.\njosé álvarez\n"); err != nil {
			t.Fatal(err)
		}
		if n, err := w.CountParties(t.Context(), ann); err != nil || n != 3 {
			t.Errorf("%d names, %v", n, err)
		}
		kind(t, "no name", w.AddParties(t.Context(), ann, " \n!"), forum.Invalid, "names: error.empty.names")
		kind(t, "too many", w.AddParties(t.Context(), ann, strings.Join(many(250), "\n")), forum.Invalid, "names: error.too-many-names")
		text := "Then JOSE  ALVAREZ told Ms Roe, not Monroe, of van der Berg & Zonen B.V. and Alvarez."
		found := func(who forum.Actor) (out []string) {
			all, err := w.FindConfidences(t.Context(), who, text)
			if err != nil {
				t.Fatal(err)
			}
			for _, f := range all {
				if f.Kind == disclose.Party {
					out = append(out, text[f.Start:f.End])
				}
			}
			return out
		}
		if got := strings.Join(found(ann), "|"); got != "JOSE  ALVAREZ|Roe|van der Berg & Zonen B.V" {
			t.Errorf("found %q", got)
		}
		if got := found(bob); got != nil {
			t.Errorf("bob is warned of %q", got)
		}
		if n := count(t, w, "SELECT count(*) FROM parties WHERE key LIKE '%roe%' OR key LIKE '%alvarez%'"); n != 0 {
			t.Error("the store holds a name")
		}
		if err := w.ForgetParties(t.Context(), ann); err != nil || found(ann) != nil {
			t.Errorf("forgotten, and found %q %v", found(ann), err)
		}
	})
}

func many(n int) (out []string) {
	for i := range n {
		out = append(out, fmt.Sprint("Name", i))
	}
	return out
}
