package markup

import (
	"strings"
	"testing"
)

var attacks = []string{
	`<img src=x onerror=alert(1)>`, `<svg/onload=alert(1)>`, `[a](data:text/html;base64,PHNjcmlwdD4=)`, `[a](vbscript:x)`, `[a](JaVaScRiPt:alert(1))`,
	"[a](&#106;avascript:alert(1))", `![x](javascript:alert(1))`, `<a href="javascript&colon;alert(1)">x</a>`, `[a](<javascript:alert(1)>)`,
	"<style>*{display:none}</style>", "<math><mtext><script>alert(1)</script></mtext></math>", `[x]: javascript:alert(1)` + "\n\n[x]", "<!--><script>alert(1)</script>-->",
	`# <iframe src=//evil>`, "|a|\n|-|\n|<form action=//evil><input>|", `[^1]` + "\n\n[^1]: <b onclick=x>note</b>", `<https://a.example/"onmouseover=alert(1)>`, "``` \"><script>\nx\n```",
}

func TestNothingUnsafeComesOut(t *testing.T) {
	t.Parallel()
	for _, a := range attacks {
		if bad := unsafe(Cook(a, Options{}).HTML); bad != "" {
			t.Errorf("%q gives %s", a, bad)
		}
	}
}

func TestDeepNesting(t *testing.T) {
	t.Parallel()
	for _, s := range []string{strings.Repeat("> ", 1000) + "x", strings.Repeat("[", 5000), strings.Repeat("*", 5000), strings.Repeat("<", 5000)} {
		if bad := unsafe(Cook(s, Options{}).HTML); bad != "" {
			t.Errorf("%.10q…: %s", s, bad)
		}
	}
}

// TestWhatPostsLookedLike holds what the first version of this package promised.
func TestWhatPostsLookedLike(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, source, html, text string }{
		{"paragraph", "Two *short* words", "<p>Two <em>short</em> words</p>", "Two short words"},
		{"a newline is a line break", "one\ntwo", "<p>one<br>\ntwo</p>", "one\ntwo"},
		{"raw HTML is text", "<script>alert(1)</script>hello", "<p>&lt;script&gt;alert(1)&lt;/script&gt;hello</p>", "<script>alert(1)</script>hello"},
		{"a script link is none", "[x](javascript:alert)", "<p>x</p>", "x"},
		{"entities once", "a < b & c", "<p>a &lt; b &amp; c</p>", "a < b & c"},
		{"overrides are shown, not obeyed", "safe\u202eevil", "<p>safe⟨U+202E⟩evil</p>", "safe⟨U+202E⟩evil"},
	} {
		got := Cook(c.source, Options{})
		if html := strings.TrimSpace(got.HTML); html != c.html || got.Text != c.text {
			t.Errorf("%s: %q and %q, want %q and %q", c.name, html, got.Text, c.html, c.text)
		}
	}
}
