package markup

import (
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

func TestMentions(t *testing.T) {
	t.Parallel()
	const link = `<a class="mention" href="/m/7">@ana</a>`
	for in, want := range map[string]string{
		"@ana": link, "(@ana)": "(" + link + ")", "@ana.": link + ".", "@ana, @ana!": link + ", " + link + "!", "@ana's": link + "&#39;s", "“@ana”": "“" + link + "”",
		"**@ana**": "<strong>" + link + "</strong>", "a\n@ana": "a<br>\n" + link, "x@ana": "x@ana", "@@ana": "@@ana", "/@ana": "/@ana", "a.@ana": "a.@ana", "_@ana": "_@ana", "-@ana": "-@ana",
		`\@ana`: "@ana", "@": "@", "@ ana": "@ ana", "@.ana": "@.ana", "@-": "@-", "@anabel": "@anabel", "@ana-": link + "-", "@ana_": "@ana_", "@ana.bo": "@ana.bo", "&@ana": "&amp;@ana", "=@ana": "=@ana",
		"`@ana`": "<code>@ana</code>", "[to @ana](/x)": `<a href="/x">to @ana</a>`, "[@ana]": "[" + link + "]",
		"https://a.example/@ana": `<a href="https://a.example/@ana" class="out" rel="nofollow ugc noopener">https://a.example/@ana</a>`,
	} {
		got := Cook(in, Options{Mention: func(h string) (string, bool) { return "/m/7", h == "ana" }})
		if got.HTML != "<p>"+want+"</p>\n" {
			t.Errorf("%q becomes %s want %s", in, got.HTML, want)
		}
		if linked := strings.Contains(want, link); linked != slices.Equal(got.Mentions, []string{"ana"}) {
			t.Errorf("%q mentions %q", in, got.Mentions)
		}
	}
}

// TestNobodyIsCalledInQuotations: nor in code. Who is called outside of them too is.
func TestNobodyIsCalledInQuotations(t *testing.T) {
	t.Parallel()
	ask := func(h string) (string, bool) { return "/m/" + h, true }
	for in, want := range map[string]string{"> @ana\n\nyes": "", "> > - @ana": "", "```\n@ana\n```": "", "    @ana": "", "> @ana\n\n@ana": "ana", "- @ana": "ana", "| @ana |\n|-|": "ana"} {
		got := Cook(in, Options{Mention: ask})
		if strings.Join(got.Mentions, " ") != want || strings.Count(got.HTML, `class="mention"`) != len(got.Mentions) {
			t.Errorf("%q mentions %q: %s", in, got.Mentions, got.HTML)
		}
	}
}

// TestMentionsAreAskedOnce counts the look-ups, each of which is a query: two hundred members cost twenty, and a handle
// that comes again costs none.
func TestMentionsAreAskedOnce(t *testing.T) {
	t.Parallel()
	for door, cook := range map[string]func(string, Options) Cooked{"Cook": Cook, "Chat": Chat} {
		asked := map[string]int{}
		ask := func(h string) (string, bool) { asked[strings.ToLower(h)]++; return "/m/" + h, h != "member3" }
		got := cook(strings.Repeat(manyHandles(200)+"@MEMBER1 ", 3), Options{Mention: ask})
		most := 0
		for _, n := range asked {
			most = max(most, n)
		}
		if len(asked) != maxMentions || most != 1 || len(got.Mentions) != maxMentions-1 {
			t.Errorf("%s: %d are asked for up to %d times, %d found", door, len(asked), most, len(got.Mentions))
		}
		if n := strings.Count(got.HTML, `class="mention"`); n != 3*(maxMentions-1)+3 || strings.Count(got.Text, "@") != 603 {
			t.Errorf("%s: %d are linked, %d are left", door, n, strings.Count(got.Text, "@"))
		}
	}
}

// places are where a hostile character may stand; each needs its own way through the renderer.
var places = map[string]string{
	"text": "a%sb", "heading": "# a%sb", "code": "`a%sb`", "fence": "```a%sb\na%sb\n```", "link": "[a%sb](/x)", "title": `[a](/x "a%sb")`, "address": "[a](https://a.example/a%sb)", "alt": "![a%sb](/x)",
	"table": "|a%sb|\n|-|\n|a%sb|", "footnote": "x[^a%sb]\n\n[^a%sb]: a%sb", "mention": "@a%sb", "task": "- [x] a%sb", "bare": "https://a.example/a%sb", "image address": "![](https://a%sb.example/c.png)",
	"raw": `<b title="a%sb">`, "definition": "[a]: /x 'a%sb'\n\n[a]", "too large": "a%sb " + strings.Repeat("word ", 25_000), "too deep": "a%sb\n\n" + strings.Repeat("> ", 100) + "a%sb",
}

func TestHostileCharactersAnywhere(t *testing.T) {
	t.Parallel()
	hostile := map[string]string{
		"override": "\u202e", "isolate": "\u2066", "mark": "\u200f", "zero width": "\u200b", "joiner": "\u2060", "tag": "\U000e0041", "nul": "\x00", "escape": "\x1b[2J", "next line": "\u0085",
		"as an entity": "&#x202e;", "as a decimal entity": "&#8238;", "by name": "&rlm;", "zero width by name": "&ZeroWidthSpace;", "invalid": "\xff\xfe", "half a rune": "\xe2\x80", "zalgo": strings.Repeat("\u0336", 60),
		"zalgo as entities": strings.Repeat("&#x336;", 60), "percent": "%e2%80%ae", "line separator": "\u2028", "hangul filler": "\u3164", "carriage return": "\r",
	}
	for what, chars := range hostile {
		for place, form := range places {
			source := strings.ReplaceAll(form, "%s", chars)
			for door, c := range map[string]Cooked{"Cook": Cook(source, Options{}), "Chat": Chat(source, Options{})} {
				if fault := broken(c); fault != "" {
					t.Errorf("%s: %s in %s: %s", door, what, place, fault)
				}
				if piled(c.HTML) > 4 || piled(c.Text) > 4 {
					t.Errorf("%s: %s in %s: %d marks pile up", door, what, place, max(piled(c.HTML), piled(c.Text)))
				}
				if line := Line(source); strings.ContainsAny(line, reordering+"\x00\x1b\n") || piled(line) > 4 {
					t.Errorf("%s as a line: %+q", what, line)
				}
			}
		}
	}
}

// piled is the most combining marks upon one letter.
func piled(s string) (most int) {
	n := 0
	for _, r := range s {
		if unicode.In(r, unicode.Mn, unicode.Me) {
			n++
			most = max(most, n)
		} else {
			n = 0
		}
	}
	return most
}

func TestAMegabyteIsShownWhole(t *testing.T) {
	t.Parallel()
	var source strings.Builder
	for i := 0; source.Len() < 1<<20; i++ {
		fmt.Fprintf(&source, "**word%d** <b>&amp;\n\n", i)
	}
	c := Cook(source.String(), Options{Mention: ana})
	if !c.Plain || c.Text != strings.TrimSpace(source.String()) || strings.Count(c.HTML, "&lt;b&gt;&amp;amp;") != strings.Count(source.String(), "<b>") {
		t.Errorf("plain %v, %d bytes of text for %d", c.Plain, len(c.Text), source.Len())
	}
	if fault := unstable(c.HTML); fault != "" {
		t.Errorf("%.300s", fault)
	}
}

// work is the memory that a call asks for, in bytes: the same each time for the same input, unlike time.
func work(f func()) uint64 {
	f() // what is built once
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

// TestWorkIsLinear is not parallel, because it counts what the whole process allocates: twice the mail, at most
// three times the work.
func TestWorkIsLinear(t *testing.T) {
	times := func(s string) func(int) string { return func(n int) string { return strings.Repeat(s, n) } }
	for name, c := range map[string]struct {
		make func(n int) string
		n    int
	}{
		"nested quotes": {nest, 500}, "attributions": {times("On 3 Nov 2026 a@b.example wrote:\n> x\nno\n"), 2000}, "half attributions": {times("On x\nand y\n"), 4000},
		"headers": {times("From: a\nTo: b\n"), 4000}, "rules": {times("__________________\n\n"), 4000}, "stairs": {times(">\n>>\n>>>\n"), 4000}, "signatures": {times("-- \nAnn\n"), 4000},
		"soft lines": {times("> soft \n"), 2000},
	} {
		for door, f := range map[string]func(string){"Mail": func(s string) { Mail(s, "") }, "FromFlowed": func(s string) { FromFlowed(s, false) }} {
			one, two := c.make(c.n), c.make(2*c.n)
			longer := uint64(len(two)) / uint64(len(one)) // nested quotes grow with the square of their depth
			if a, b := work(func() { f(one) }), work(func() { f(two) }); b > a*(longer+1)+1<<20 {
				t.Errorf("%s, %s: %d bytes of work for %d, %d for %d", door, name, a, len(one), b, len(two))
			}
		}
	}
}

// FuzzExcerpt: an excerpt is the beginning of the text's own words, not longer than asked for, and says when it is cut.
func FuzzExcerpt(f *testing.F) {
	f.Add("> quoted\n\nOne two three, four five", 12)
	f.Add("a\u0301\u0301 b\u202e c", 3)
	f.Add("...... ......", 4)
	f.Fuzz(func(t *testing.T, s string, n int) {
		n = min(max(n, 0), 1000)
		got := Excerpt(s, n)
		var own []string
		for line := range strings.Lines(s) {
			if !strings.HasPrefix(line, ">") {
				own = append(own, line)
			}
		}
		whole := Line(strings.Join(own, " "))
		if whole == "" {
			whole = Line(s)
		}
		cut, was := strings.CutSuffix(got, "…")
		switch {
		case utf8.RuneCountInString(got) > n:
			t.Errorf("%q is longer than %d", got, n)
		case utf8.RuneCountInString(whole) <= n && got != whole:
			t.Errorf("%q is cut though %q fits into %d", got, whole, n)
		case utf8.RuneCountInString(whole) > n && n > 0 && !was:
			t.Errorf("%q does not say that %q goes on", got, whole)
		case !strings.HasPrefix(whole, strings.TrimSuffix(cut, "…")):
			t.Errorf("%q is not how %q begins", got, whole)
		}
	})
}
