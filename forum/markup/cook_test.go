package markup

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

// ana is the only member these tests know; three handles answer with addresses that must not get through.
func ana(handle string) (string, bool) {
	switch strings.ToLower(handle) {
	case "ana":
		return "/m/7", true
	case "quote":
		return `/m/8" onclick="alert(1)`, true
	case "script":
		return `/m/9"><script>alert(1)</script>`, true
	case "scheme":
		return "javascript:alert(1)", true
	}
	return "", false
}

func TestCook(t *testing.T) {
	t.Parallel()
	const rel = ` class="out" rel="nofollow ugc noopener"`
	for _, c := range []struct{ name, in, want string }{
		{"paragraph, break", "One\ntwo\n\nthree", "<p>One<br>\ntwo</p>\n<p>three</p>\n"},
		{"marks", "**b** *i* ~~d~~ `c`", "<p><strong>b</strong> <em>i</em> <del>d</del> <code>c</code></p>\n"},
		{"headings", "# A\n### B\n###### C", "<h3 id=\"u-a\">A</h3>\n<h5 id=\"u-b\">B</h5>\n<h6 id=\"u-c\">C</h6>\n"},
		{"equal headings", "# A\n# A\n# A 2", "<h3 id=\"u-a\">A</h3>\n<h3 id=\"u-a-2\">A</h3>\n<h3 id=\"u-a-2-2\">A 2</h3>\n"},
		{"raw html is text", "a <b>x</b>\n\n<div>y</div>", "<p>a &lt;b&gt;x&lt;/b&gt;</p>\n<p>&lt;div&gt;y&lt;/div&gt;</p>\n"},
		{"external", "[x](https://a.example/y)", `<p><a href="https://a.example/y"` + rel + ">x</a></p>\n"},
		{"bare host", "[x](a.example/y)", `<p><a href="https://a.example/y"` + rel + ">x</a></p>\n"},
		{"own host", "https://forum.example/t/1", `<p><a href="https://forum.example/t/1">https://forum.example/t/1</a></p>` + "\n"},
		{"internal", "[x](/t/1/y?p=2#p3)", `<p><a href="/t/1/y?p=2#p3">x</a></p>` + "\n"},
		{"mail", "a@b.example", `<p><a href="mailto:a@b.example">a@b.example</a></p>` + "\n"},
		{"nowhere", "[x](foo) [y](ftp://z.example)", "<p>x y</p>\n"},
		{"mention", "Hi @ana, not@ana @bob @ana", `<p>Hi <a class="mention" href="/m/7">@ana</a>, not@ana @bob <a class="mention" href="/m/7">@ana</a></p>` + "\n"},
		{"mention in a link", "[@ana](/x)", `<p><a href="/x">@ana</a></p>` + "\n"},
		{"mention in code", "`@ana`", "<p><code>@ana</code></p>\n"},
		{"image", "![A cat](https://i.example/c.png)", `<p><a href="https://i.example/c.png" class="image out" rel="nofollow ugc noopener">image: i.example, A cat</a></p>` + "\n"},
		{"own image", "![](/files/3/c.png)", `<p><a href="/files/3/c.png" class="image">image: c.png</a></p>` + "\n"},
		{"tasks", "- [x] a\n- [ ] b", "<ul>\n<li class=\"task\"><input checked=\"\" disabled=\"\" type=\"checkbox\"> a</li>\n<li class=\"task\"><input disabled=\"\" type=\"checkbox\"> b</li>\n</ul>\n"},
		{"numbered", "3. a\n4. b", "<ol start=\"3\">\n<li>a</li>\n<li>b</li>\n</ol>\n"},
		{"code", "```go\na < b\n```", "<pre><code class=\"language-go\">a &lt; b\n</code></pre>\n"},
		{"quote", "> a\n> b", "<blockquote>\n<p>a<br>\nb</p>\n</blockquote>\n"},
		{"override as entity", "&#x202e;x", "<p>⟨U+202E⟩x</p>\n"},
		{"empty", " \n\n", ""},
	} {
		if got := Cook(c.in, Options{Mention: ana, Host: "forum.example"}); got.HTML != c.want {
			t.Errorf("%s: Cook(%q)\n got %s\nwant %s", c.name, c.in, got.HTML, c.want)
		}
	}
}

func TestCookTableScrollsInARegion(t *testing.T) {
	t.Parallel()
	got := Cook("|a|b|\n|:-:|--:|\n|1|2|", Options{TableWord: "Tabelle"}).HTML
	for _, want := range []string{`<div class="scroll" tabindex="0" role="region" aria-label="Tabelle">`, `<th align="center">a</th>`, `<td align="right">2</td>`} {
		if !strings.Contains(got, want) {
			t.Errorf("no %s in %s", want, got)
		}
	}
}

func TestCookKeepsIDsOfSeveralTextsApart(t *testing.T) {
	t.Parallel()
	got := Cook("# Title\nx[^1]\n\n[^1]: note", Options{ID: "p42"}).HTML
	for _, want := range []string{`id="u-p42-title"`, `id="u-p42-fn:1"`, `href="#u-p42-fn:1"`, `id="u-p42-fnref:1"`} {
		if !strings.Contains(got, want) {
			t.Errorf("no %s in %s", want, got)
		}
	}
	if bad := Cook("# T", Options{ID: `"><script>`}).HTML; !strings.Contains(bad, `id="u-t"`) {
		t.Errorf("an ill-formed id got through: %s", bad)
	}
}

func TestCookText(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"# A\n\nb *c*\nd":               "A\n\nb c\nd",
		"a\n\n> q\n> r\n>\n> s\n\nb":    "a\n\n> q\n> r\n>\n> s\n\nb",
		"> > deep":                      "> > deep",
		"- a\n- b\n  - c\n\n1. x\n2. y": "- a\n- b\n  - c\n\n1. x\n2. y",
		"- [x] done":                    "- [x] done",
		"|a|b|\n|-|-|\n|1|2|":           "a | b\n1 | 2",
		"```\na\n\n  b\n```":            "a\n\n  b",
		"[x](https://a.example)":        "x <https://a.example>",
		"https://a.example/x":           "https://a.example/x",
		"a[^1]\n\n[^1]: n":              "a[1]\n\n---\n\n1. n",
		"a\n\n---\n\nb":                 "a\n\n---\n\nb",
		"5 < 6 & 7":                     "5 < 6 & 7",
	} {
		if got := Cook(in, Options{}).Text; got != want {
			t.Errorf("text of %q\n got %q\nwant %q", in, got, want)
		}
	}
}

func TestCookNotesMentionsAndLinks(t *testing.T) {
	t.Parallel()
	got := Cook("@Ana @ana @bob https://a.example/ [x](https://b.example) https://a.example/ ![i](https://c.example/i.png) /t/1", Options{Mention: ana})
	if !slices.Equal(got.Mentions, []string{"Ana"}) {
		t.Errorf("mentions %q", got.Mentions)
	}
	if !slices.Equal(got.Links, []string{"https://a.example/", "https://b.example", "https://c.example/i.png"}) {
		t.Errorf("links %q", got.Links)
	}
	if free := Cook("@bob and @Zoë", Options{}).Mentions; !slices.Equal(free, []string{"bob", "Zoë"}) {
		t.Errorf("without a lookup %q", free)
	}
	if many := Cook(strings.Repeat("@a1 ", 3)+manyHandles(99), Options{}).Mentions; len(many) != maxMentions {
		t.Errorf("%d mentions", len(many))
	}
}

func manyHandles(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "@member%d ", i)
	}
	return b.String()
}

func TestChatKnowsOnlyTheSmallMarks(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"# no heading":     "<p># no heading</p>\n",
		"---":              "<p>---</p>\n",
		"|a|\n|-|\n|b|":    "<p>|a|<br>\n|-|<br>\n|b|</p>\n",
		"**b** `c` @ana":   "<p><strong>b</strong> <code>c</code> <a class=\"mention\" href=\"/m/7\">@ana</a></p>\n",
		"- a\n- b":         "<ul>\n<li>a</li>\n<li>b</li>\n</ul>\n",
		"> q":              "<blockquote>\n<p>q</p>\n</blockquote>\n",
		"```\nx\n```":      "<pre><code>x\n</code></pre>\n",
		"x[^1]\n\n[^1]: y": "<p>x[^1]</p>\n<p>[^1]: y</p>\n",
	} {
		if got := Chat(in, Options{Mention: ana}).HTML; got != want {
			t.Errorf("Chat(%q)\n got %q\nwant %q", in, got, want)
		}
	}
}

// TestHostileSizes only asks for an answer of bounded size; work that is not linear would not end within the test.
func TestHostileSizes(t *testing.T) {
	t.Parallel()
	var stairs strings.Builder
	for i := range 300 {
		stairs.WriteString(strings.Repeat("  ", i) + "- a\n")
	}
	for name, c := range map[string]struct {
		in    string
		plain bool
	}{
		"1,000 quotes":      {strings.Repeat("> ", 1000) + "x", true},
		"1,000 lists":       {strings.Repeat("- ", 1000) + "x", true},
		"stairs of lists":   {stairs.String(), true},
		"too long":          {strings.Repeat("word ", 30_000), true},
		"brackets":          {strings.Repeat("[", 90_000), true},
		"images":            {strings.Repeat("![a](", 15_000), true},
		"emphasis":          {strings.Repeat("_a*b", 24_000), true},
		"quotes to bounds":  {strings.Repeat(strings.Repeat(">", 20)+" a\n", 4000), false},
		"equal headings":    {strings.Repeat("# a\n", 24_000), false},
		"setext":            {strings.Repeat("a\n-\n", 24_000), false},
		"fences":            {strings.Repeat("```\n", 24_000), true},
		"mentions":          {strings.Repeat("@a ", 33_000), false},
		"links":             {strings.Repeat("www.a.example ", 7000), false},
		"definitions":       {strings.Repeat("[a]: b\n", 1900), false},
		"open tags":         {strings.Repeat("<a ", 3900), false},
		"newlines":          {strings.Repeat("\n", 99_000), false},
		"marks upon a mark": {"a" + strings.Repeat("\u0301", 40_000), false},
		"footnotes":         {strings.Repeat("[^a]", 1900) + "\n\n[^a]: x", false},
		"wide table":        {strings.Repeat("|a", 500) + "\n" + strings.Repeat("|-", 500) + "\n" + strings.Repeat("|b\n", 900), true},
	} {
		for kind, f := range map[string]func(string, Options) Cooked{"Cook": Cook, "Chat": Chat} {
			got := f(c.in, Options{})
			if kind == "Cook" && got.Plain != c.plain {
				t.Errorf("%s: plain %v", name, got.Plain)
			}
			if len(got.HTML) > 20*len(c.in)+500_000 {
				t.Errorf("%s: %s made %d bytes of %d", kind, name, len(got.HTML), len(c.in))
			}
		}
	}
	if got := Cook(strings.Repeat("> ", 1000)+"<b>x", Options{}).HTML; !strings.HasSuffix(got, "&lt;b&gt;x</p>\n") {
		t.Errorf("plain text is not escaped: %s", got[len(got)-40:])
	}
}

func payloads(t testing.TB) []string {
	t.Helper()
	raw, err := os.ReadFile("testdata/xss.txt")
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for line := range strings.Lines(string(raw)) {
		out = append(out, strings.ReplaceAll(strings.TrimSuffix(line, "\n"), "␤", "\n"))
	}
	if len(out) < 150 {
		t.Fatalf("only %d payloads", len(out))
	}
	return out
}

func TestNoPayloadGetsThrough(t *testing.T) {
	t.Parallel()
	for _, p := range payloads(t) {
		for place, in := range map[string]string{
			"alone": p, "in a line": "x " + p + " y", "in a quote": "> " + strings.ReplaceAll(p, "\n", "\n> "), "in a list": "- " + strings.ReplaceAll(p, "\n", "\n  "),
			"in a table": "|a|\n|-|\n|" + strings.ReplaceAll(p, "\n", " ") + "|", "as a link": "[" + p + "](https://a.example)", "as an address": "[x](" + p + ")",
		} {
			for door, out := range map[string]string{
				"Cook": Cook(in, Options{Mention: ana}).HTML, "Chat": Chat(in, Options{Mention: ana}).HTML,
				"sanitise": sanitise(in), "plain": plain(in).HTML,
			} {
				if fault := unsafe(out); fault != "" {
					t.Errorf("%s, %s: %q\n%s\n%s", door, place, in, fault, out)
				}
				if door != "plain" && sanitise(out) != out {
					t.Errorf("%s, %s: not idempotent: %q\n%s\n%s", door, place, in, out, sanitise(out))
				}
			}
		}
	}
}

func FuzzCook(f *testing.F) {
	for _, p := range payloads(f) {
		f.Add(p)
	}
	for _, a := range attacks {
		f.Add(a)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for door, c := range map[string]Cooked{"Cook": Cook(s, Options{Mention: ana}), "Chat": Chat(s, Options{})} {
			if fault := unsafe(c.HTML); fault != "" {
				t.Errorf("%s(%q): %s\n%s", door, s, fault, c.HTML)
			}
			if !c.Plain && sanitise(c.HTML) != c.HTML {
				t.Errorf("%s(%q) is not idempotent:\n%s\n%s", door, s, c.HTML, sanitise(c.HTML))
			}
			if !utf8.ValidString(c.HTML) || !utf8.ValidString(c.Text) {
				t.Errorf("%s(%q) is not UTF-8", door, s)
			}
		}
	})
}

func BenchmarkCook(b *testing.B) {
	part := "Thank you both, @ana. In my case it was **the lawyer** who asked, see [the clause](https://a.example/clause).\n\n" +
		"> has anyone had a recording surface later?\n\n- one *thing*\n- another `thing`\n\n"
	post := strings.Repeat(part, 3400/len(part)+1)[:3400]
	b.SetBytes(int64(len(post)))
	for b.Loop() {
		Cook(post, Options{Mention: ana})
	}
}
