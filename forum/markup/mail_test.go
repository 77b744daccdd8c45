package markup

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

// mails reads the corpus: sections "=== plain", "=== flowed", "=== html" of the mail, then "=== text", what its author wrote.
func mails(t testing.TB) map[string]map[string]string {
	t.Helper()
	files, err := filepath.Glob("testdata/mail/*.txt")
	if err != nil || len(files) < 25 {
		t.Fatal(len(files), err)
	}
	all := map[string]map[string]string{}
	for _, name := range files {
		raw, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		sections := map[string]string{}
		for part := range strings.SplitSeq("\n"+string(raw), "\n=== ") {
			kind, body, _ := strings.Cut(part, "\n")
			sections[kind] = body
		}
		if f, ok := sections["flowed"]; ok {
			sections["plain"] = FromFlowed(f, false)
		}
		all[filepath.Base(name)] = sections
	}
	return all
}

func TestMail(t *testing.T) {
	t.Parallel()
	for name, m := range mails(t) {
		for kind, end := range map[string]string{"LF": "\n", "CRLF": "\r\n"} {
			got := Mail(strings.ReplaceAll(m["plain"], "\n", end), m["html"])
			if want := strings.TrimRight(m["text"], "\n"); got.Text != want {
				t.Errorf("%s, %s: text\n%s\n--- want\n%s\n--- trimmed\n%s", name, kind, got.Text, want, got.Trimmed)
			}
			lost(t, name, m["plain"], m["html"], got)
		}
	}
}

var word = regexp.MustCompile(`[\pL\pN]+`)

// lost fails for words of the part that was used that are in neither half, counted.
func lost(t *testing.T, name, plain, html string, got Incoming) {
	t.Helper()
	if strings.TrimSpace(plain) == "" {
		plain = seen.ReplaceAllString(words(html), " ")
	}
	have := map[string]int{}
	for _, w := range word.FindAllString(got.Text+" "+got.Trimmed, -1) {
		have[w]++
	}
	for _, w := range word.FindAllString(strings.ToValidUTF8(plain, "\uFFFD"), -1) {
		if have[w]--; have[w] < 0 {
			t.Errorf("%s: %q is lost", name, w)
			return
		}
	}
}

var seen = regexp.MustCompile(`preview words nobody sees`)

func TestEveryCutOfAMailKeepsItsWords(t *testing.T) {
	t.Parallel()
	for name, m := range mails(t) {
		lines := strings.SplitAfter(m["plain"], "\n")
		for i := range lines {
			from, to := strings.Join(lines[i:], ""), strings.Join(lines[:i], "")
			lost(t, name, from, "", Mail(from, ""))
			lost(t, name, to, "", Mail(to, ""))
			slices.Reverse(lines)
			turned := strings.Join(lines, "")
			lost(t, name, turned, "", Mail(turned, ""))
		}
	}
}

// TestHostileMails ends within the test only if the work is linear.
func TestHostileMails(t *testing.T) {
	t.Parallel()
	fill := func(s string) string { return strings.Repeat(s, mega/len(s)) }
	for name, s := range map[string]string{
		"marks": fill(">"), "quotes": fill("> \n"), "marks and spaces": fill("> "), "wrote": fill("On 2026-11-03 10:12 a@b.example wrote:\n"),
		"wrote and quotes": fill("On 3 Nov 2026 a@b.example wrote:\n> x\nno\n"), "ten quotes": fill("On 2026 a@b wrote:\n" + strings.Repeat("> x\n", 10)),
		"devices": fill("Sent from my telephone\n"), "headers": fill("From: a\n"), "rules": fill("________________\n"), "signatures": fill("-- \n"),
		"half attributions": fill("On x\n"), "colons": fill("on a:\n"), "blank": fill("\n"), "spaces": fill(" "), "one word": fill("a"), "marker": fill("–– reply above this line ––\n"),
		"labels": fill("To: x\n"), "stairs": fill(">\n>>\n>>>\n"),
	} {
		Mail(s, "")
		Mail("hello\n"+s, "")
		FromFlowed(s, true)
		if got := FromFlowed(s, false); len(got) > 2*len(s) {
			t.Errorf("%s: %d bytes of %d", name, len(got), len(s))
		}
	}
	for _, s := range []string{
		fill("<blockquote>"), fill("<blockquote type=cite><p>x</p>"), fill("<b><i>"), fill("<table><tr><td>"), fill("<div class=gmail_quote>"), fill("<p>word</p>"),
		fill("<a href=x>y"), fill("<br>"), fill("<!--"), fill("<img src=data:x>"), fill("&#x3e;"), fill("<select><option>"), fill("<ul><li>a</ul>"), fill("<font><p>"), fill("a<b>c</b>"), fill("<svg><math>"), fill("<h1>"),
		fill("<table><tr><td colspan=99999 rowspan=99999>x"), "<table>" + fill("<tr><td>x"), "<table><tr>" + fill("<td>x") + fill("<tr><td>y"), "<table><tr>" + fill("<td>x")[:mega/8] + fill("<tr><td>y")[:mega/4],
	} {
		Mail("", s)
		Mail("", "<p>x</p>"+s[:min(len(s), maxHTML-20)])
	}
}

func FuzzMail(f *testing.F) {
	for _, m := range mails(f) {
		f.Add(m["plain"], m["html"], false)
		f.Add("", m["html"], true)
	}
	f.Fuzz(func(t *testing.T, plain, html string, flowed bool) {
		if flowed {
			lostInFlow(t, plain)
			plain = FromFlowed(plain, false)
		}
		got := Mail(plain, html)
		if strings.TrimSpace(plain) != "" {
			lost(t, "fuzzed", plain, "", got)
		}
		if !utf8.ValidString(got.Text) || !utf8.ValidString(got.Trimmed) {
			t.Errorf("not UTF-8: %q", got)
		}
		if fault := unsafe(Cook(got.Text, Options{}).HTML); fault != "" {
			t.Errorf("%s\n%s", fault, got.Text)
		}
	})
}

// lostInFlow fails when unfolding changes anything but marks and white space.
func lostInFlow(t *testing.T, s string) {
	t.Helper()
	strip := func(s string) string {
		return strings.Map(func(r rune) rune {
			if strings.ContainsRune("> \\\n", r) {
				return -1
			}
			return r
		}, unixLines(s))
	}
	if got := strip(FromFlowed(s, false)); got != strip(s) {
		t.Errorf("flow of %q lost something: %q", s, got)
	}
}

func BenchmarkMail(b *testing.B) {
	all := mails(b)
	b.ReportAllocs()
	for b.Loop() {
		Mail(all["gmail-web.txt"]["plain"], "")
	}
}
