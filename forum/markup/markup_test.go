package markup

import (
	"strings"
	"testing"

	"golang.org/x/net/html"
)

func TestCook(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, source, html, text string }{
		{"paragraph", "Two *short* words", "<p>Two <em>short</em> words</p>", "Two short words"},
		{"a newline is a line break", "one\ntwo", "<p>one<br>\ntwo</p>", "one\n\ntwo"},
		{"raw HTML is text that is dropped", "<script>alert(1)</script>hello", "", ""},
		{"links say nofollow", "[x](https://a.example)", `<p><a href="https://a.example" rel="nofollow">x</a></p>`, "x"},
		{"a script link is none", "[x](javascript:alert)", `<p>x</p>`, "x"},
		{"table", "|a|b|\n|-|-|\n|1|2|", "<table>\n<thead>\n<tr>\n<th>a</th>\n<th>b</th>\n</tr>\n</thead>\n<tbody>\n<tr>\n<td>1</td>\n<td>2</td>\n</tr>\n</tbody>\n</table>", ""},
		{"entities once", "a < b & c", "<p>a &lt; b &amp; c</p>", "a < b & c"},
		{"overrides vanish", "safe\u202eevil", "<p>safeevil</p>", "safeevil"},
	} {
		got := Cook(c.source)
		if got.HTML != c.html && c.html != "" {
			t.Errorf("%s: HTML %q, want %q", c.name, got.HTML, c.html)
		}
		if c.text != "" && got.Text != c.text {
			t.Errorf("%s: text %q, want %q", c.name, got.Text, c.text)
		}
	}
}

var allowed = " p br hr em strong del code pre blockquote ul ol li h1 h2 h3 h4 h5 h6 a table thead tbody tr th td sup sub "

// unsafe names the first thing in the HTML that no post may hold.
func unsafe(t testing.TB, out string) string {
	t.Helper()
	z := html.NewTokenizer(strings.NewReader(out))
	for {
		switch z.Next() {
		case html.ErrorToken:
			return ""
		case html.CommentToken, html.DoctypeToken:
			return "comment"
		case html.StartTagToken, html.SelfClosingTagToken:
			token := z.Token()
			if !strings.Contains(allowed, " "+token.Data+" ") {
				return "<" + token.Data + ">"
			}
			for _, a := range token.Attr {
				switch a.Key {
				case "href":
					scheme, _, colon := strings.Cut(strings.ToLower(a.Val), ":")
					if colon && !strings.ContainsAny(scheme, "/?#") && scheme != "http" && scheme != "https" && scheme != "mailto" {
						return a.Val
					}
				case "rel", "align", "start":
				default:
					return a.Key + "=" + a.Val
				}
			}
		}
	}
}

var attacks = []string{
	`<img src=x onerror=alert(1)>`, `<svg/onload=alert(1)>`, `[a](data:text/html;base64,PHNjcmlwdD4=)`, `[a](vbscript:x)`, `[a](JaVaScRiPt:alert(1))`,
	"[a](&#106;avascript:alert(1))", `![x](javascript:alert(1))`, `<a href="javascript&colon;alert(1)">x</a>`, `[a](<javascript:alert(1)>)`,
	"<style>*{display:none}</style>", "<math><mtext><script>alert(1)</script></mtext></math>", `[x]: javascript:alert(1)` + "\n\n[x]", "<!--><script>alert(1)</script>-->",
	`# <iframe src=//evil>`, "|a|\n|-|\n|<form action=//evil><input>|", `[^1]` + "\n\n[^1]: <b onclick=x>note</b>", `<https://a.example/"onmouseover=alert(1)>`, "``` \"><script>\nx\n```",
}

func TestNothingUnsafeComesOut(t *testing.T) {
	t.Parallel()
	for _, a := range attacks {
		if bad := unsafe(t, Cook(a).HTML); bad != "" {
			t.Errorf("%q gives %s", a, bad)
		}
	}
}

func TestDeepNesting(t *testing.T) {
	t.Parallel()
	for _, s := range []string{strings.Repeat("> ", 1000) + "x", strings.Repeat("[", 5000), strings.Repeat("*", 5000), strings.Repeat("<", 5000)} {
		if bad := unsafe(t, Cook(s).HTML); bad != "" {
			t.Errorf("%.10q…: %s", s, bad)
		}
	}
}

func TestSlug(t *testing.T) {
	t.Parallel()
	for title, want := range map[string]string{
		"When one party's phone records": "when-one-partys-phone-records", "Ärger in Zürich?": "arger-in-zurich", "  ": "topic", "调解": "topic",
		"../../etc/passwd": "etc-passwd", strings.Repeat("long ", 40): strings.Repeat("long-", 11) + "long",
	} {
		if got := Slug(title); got != want {
			t.Errorf("%q: %q, want %q", title, got, want)
		}
	}
}

func FuzzCook(f *testing.F) {
	for _, a := range attacks {
		f.Add(a)
	}
	f.Fuzz(func(t *testing.T, source string) {
		c := Cook(source)
		if bad := unsafe(t, c.HTML); bad != "" {
			t.Errorf("%q gives %s", source, bad)
		}
		if again := strings.TrimSpace(policy.Sanitize(c.HTML)); again != c.HTML {
			t.Errorf("not idempotent: %q, then %q", c.HTML, again)
		}
	})
}

func BenchmarkCook(b *testing.B) {
	post := strings.Repeat("In *yesterday's* session one party put a phone on the table. [See](https://a.example)\n\n> quoted\n\n- a\n- b\n\n", 32)
	b.SetBytes(int64(len(post)))
	for b.Loop() {
		Cook(post)
	}
}
