package markup

import (
	"strings"
	"testing"
)

// TestSpoilers: a quotation that begins with "!" is folded, with all that Markdown knows in it; nothing else is.
func TestSpoilers(t *testing.T) {
	t.Parallel()
	for source, want := range map[string]string{
		">! so *it* ends":              "<details><summary>Hidden text</summary>\n<p>so <em>it</em> ends</p>\n</details>",
		"> ! so it ends":               "<details><summary>Hidden text</summary>\n<p>so it ends</p>\n</details>",
		">! one\n>! two":               "<details><summary>Hidden text</summary>\n<p>one<br>\ntwo</p>\n</details>",
		">! one\n>\n>! two":            "<details><summary>Hidden text</summary>\n<p>one</p>\n<p>two</p>\n</details>",
		">! one\n> - a\n> - b":         "<details><summary>Hidden text</summary>\n<p>one</p>\n<ul>\n<li>a</li>\n<li>b</li>\n</ul>\n</details>",
		">!":                           "<details><summary>Hidden text</summary>\n<p></p>\n</details>",
		"> so it ends":                 "<blockquote>\n<p>so it ends</p>\n</blockquote>",
		"> what!\n> ! no":              "<blockquote>\n<p>what!<br>\n! no</p>\n</blockquote>",
		"! no quotation":               "<p>! no quotation</p>",
		">! <script>alert(1)</script>": "<details><summary>Hidden text</summary>\n<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>\n</details>",
		"<details open>no</details>":   "<p>&lt;details open&gt;no&lt;/details&gt;</p>",
	} {
		got := Cook(source, Options{})
		if strings.TrimSpace(got.HTML) != want {
			t.Errorf("%q: %q, want %q", source, got.HTML, want)
		}
		if again := sanitise(got.HTML); again != got.HTML {
			t.Errorf("%q sanitised twice: %q", source, again)
		}
	}
	if got := Cook("before\n\n>! so it ends\n>! here\n\nafter", Options{SpoilerWord: "Verdeckt"}); got.Text != "before\n\nVerdeckt\n\nso it ends\nhere\n\nafter" {
		t.Errorf("its words: %q", got.Text)
	}
	called := func(string) (string, bool) { return "/m/1", true }
	if got := Cook(">! @ann look", Options{Mention: called}); len(got.Mentions) != 1 {
		t.Errorf("who is named in one is called: %v", got.Mentions)
	}
}
