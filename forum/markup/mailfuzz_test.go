package markup

import (
	"strings"
	"testing"
	"unicode/utf8"
)

// FuzzFlowed: unfolding gives text, hardly longer, and what comes out is not flowed any more.
func FuzzFlowed(f *testing.F) {
	for _, s := range []string{"one \ntwo \n\nthree", "> a \n> b\n>> c", " >stuffed\n From", "-- \nAnn", "調停は秘 \n密です。"} {
		f.Add(s, false)
		f.Add(s, true)
	}
	f.Fuzz(func(t *testing.T, s string, delsp bool) {
		got := FromFlowed(s, delsp)
		if !utf8.ValidString(got) || len(got) > 4*len(s)+16 {
			t.Errorf("%d bytes of %d", len(got), len(s))
		}
		for line := range strings.SplitSeq(got, "\n") {
			if strings.HasSuffix(line, " ") && !strings.HasSuffix(line, "-- ") {
				t.Errorf("%q still goes on", line)
			}
		}
	})
}

// FuzzHTMLMail: of any HTML comes Markdown that is bounded, in which nothing runs when it is shown, and of which a second
// look takes no picture that the first did not know.
func FuzzHTMLMail(f *testing.F) {
	for _, m := range mails(f) {
		f.Add(m["html"])
	}
	for _, s := range []string{`<p>x</p><img src="cid:a@b"><blockquote type=cite><img src="CID:c%40d" alt=y></blockquote>`, `<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror=alert(1)&gt;">`,
		`<svg><a xlink:href="javascript:alert(1)"><text>x`, `<a href="java&#10;script:alert(1)">x</a>`, `<table><tr><td colspan=9>x<td>y</table>`, `<div class=gmail_signature>x</div>`, `<div name=quote>x</div>y`, "<p>\uE0F00\uE0F1</p><img src=cid:x>"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, source string) {
		in := Mail("", source)
		if !utf8.ValidString(in.Text) || len(in.Text)+len(in.Trimmed) > 40*len(source)+4096 {
			t.Errorf("%d and %d bytes of %d", len(in.Text), len(in.Trimmed), len(source))
		}
		if fault := unsafe(Cook(in.Text, Options{}).HTML); fault != "" {
			t.Errorf("%s\n%s", fault, in.Text)
		}
		const words = "What I wrote myself."
		if got := Mail("", "<p>"+words+"</p>"+source); !strings.Contains(got.Text, words) {
			t.Errorf("the author's words went: %q", got)
		}
		if got := Mail(words+"\n\n"+source, ""); !strings.Contains(got.Text, words) {
			t.Errorf("the author's words went from plain text: %q", got)
		}
		own, shown := Pictures(source)
		for id := range own {
			if !shown[id] {
				t.Errorf("%q is not shown", id)
			}
		}
	})
}
