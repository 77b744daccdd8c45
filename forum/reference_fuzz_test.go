package forum

import (
	"slices"
	"strings"
	"testing"

	"peergroups/forum/markup"
)

// FuzzReferences: of whatever a member writes only whole paragraphs that are a post's address are quotations, a few of them,
// and what they show stands in their place and nowhere else.
func FuzzReferences(f *testing.F) {
	for _, s := range []string{"[x](/p/12)", "[x](/p/12?part=1-3-abcd)\n\nwords", "words [x](/p/12)", "[x](https://forum.example/p/7)", "/p/7", "[<b>](/p/9)", "> [x](/p/3)", "[x](/p/99999999999999999999)", "[](/p/1)\n\n[](/p/1)"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, source string) {
		html := markup.Cook(source, markup.Options{Host: "forum.example"}).HTML
		ids, shown := References(html), 0
		if len(ids) > mostReferences || slices.Contains(ids, 0) && !strings.Contains(html, "/p/0") {
			t.Fatalf("%v in %q", ids, html)
		}
		const mark = "\x01shown\x01"
		got := WithReferences(html, func(r Reference) string {
			if shown++; !slices.Contains(ids, r.Post) || r.From < 0 || r.To < 0 {
				t.Fatalf("%+v of %v in %q", r, ids, html)
			}
			return mark
		})
		if shown > mostReferences || strings.Count(got, mark) != shown || shown == 0 && got != html {
			t.Fatalf("%d shown in %q of %q", shown, got, html)
		}
		if rest := strings.ReplaceAll(got, mark, ""); len(rest) > len(html) {
			t.Fatalf("%q grew to %q", html, rest)
		}
	})
}
