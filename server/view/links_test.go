package view

import (
	"strings"
	"testing"

	"peergroups/forum"
	"peergroups/forum/markup"
)

// TestLinksOut: links that leave go through the notice page, sealed; those to ourselves and
// to trusted domains do not, nor does anything that only looks like one of ours (P23).
func TestLinksOut(t *testing.T) {
	l := Links{Own: "forum.example", Trusted: "chamber.example\nlaw.example", Seal: func(to string) string { return "sealed" }}
	for source, want := range map[string]string{
		"https://elsewhere.example/a?b=1&c=2":            `href="/out?to=https%3A%2F%2Felsewhere.example%2Fa%3Fb%3D1%26c%3D2&amp;s=sealed"`,
		"[here](http://bit.ly/x)":                        `href="/out?to=http%3A%2F%2Fbit.ly%2Fx&amp;s=sealed"`,
		"https://forum.example/t/1":                      `href="https://forum.example/t/1"`,
		"https://chamber.example/x":                      `href="https://chamber.example/x"`,
		"https://www.chamber.example/":                   `href="https://www.chamber.example/"`,
		"https://evilchamber.example/":                   `href="/out?to=https%3A%2F%2Fevilchamber.example%2F&amp;s=sealed"`,
		"https://chamber.example@evil.test/":             `<p>https://chamber.example@evil.test/</p>`,
		"https://CHAMBER.example/":                       `href="https://CHAMBER.example/"`,
		"[in](/t/1)":                                     `href="/t/1"`,
		"[a](mailto:a@b.example)":                        `href="mailto:a@b.example"`,
		"`<a href=\"https://x.example\" class=\"out\">`": `&lt;a href=`,
	} {
		got := l.Through(markup.Cook(source, markup.Options{}).HTML)
		if !strings.Contains(got, want) {
			t.Errorf("%s becomes %s", source, got)
		}
		if strings.Contains(got, "/out?") && !strings.Contains(got, `rel="nofollow ugc noopener"`) {
			t.Errorf("%s lost its rel: %s", source, got)
		}
	}
}

func TestOutPage(t *testing.T) {
	for to, want := range map[string][3]any{"https://bit.ly/x": {"bit.ly", true, false}, "http://a.example:8080/": {"a.example", false, true}, "https://A.example": {"a.example", false, false}} {
		p := Out{To: to}
		if p.host() != want[0] || p.hidden() != want[1] || p.open() != want[2] {
			t.Errorf("%s: %q %t %t", to, p.host(), p.hidden(), p.open())
		}
	}
}

// TestMentionsShown: who is called is a link to those who may know of it, and plain words to all others, in mails too.
func TestMentionsShown(t *testing.T) {
	cooked := markup.Cook("@ana @bob", markup.Options{Mention: func(h string) (string, bool) { return map[string]string{"ana": "/m/7", "bob": "/m/8"}[h], true }}).HTML
	const plain, linked = "<p>@ana @bob</p>\n", `<p><a class="mention" href="/m/7">@ana</a> @bob</p>` + "\n"
	for _, c := range []struct {
		links Links
		want  string
	}{{Links{}, plain}, {Links{Base: "https://forum.example"}, plain}, {Links{Known: []forum.MemberID{9}}, plain}, {Links{Known: []forum.MemberID{7}}, linked}} {
		if got := c.links.Through(cooked); got != c.want {
			t.Errorf("%v shows %q", c.links.Known, got)
		}
	}
}
