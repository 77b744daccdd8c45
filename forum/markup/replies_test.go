package markup

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

// languages are those in which members write to us; each has its file of mails as programs of the day write them.
var languages = []string{"en", "de", "fr", "es", "it"}

// reply is a mail of testdata/replies: "##### program", the mail, "===== text", what its author wrote.
type reply struct{ program, mail, text string }

func replies(t testing.TB, language string) (all []reply) {
	t.Helper()
	raw, err := os.ReadFile("testdata/replies/" + language + ".txt")
	if err != nil {
		t.Fatal(err)
	}
	for part := range strings.SplitSeq(strings.TrimPrefix(string(raw), "##### "), "\n##### ") {
		program, rest, _ := strings.Cut(part, "\n")
		mail, text, found := strings.Cut(rest, "\n===== text\n")
		if !found {
			t.Fatalf("%s, %s: no text", language, program)
		}
		all = append(all, reply{language + " " + program, mail, strings.TrimRight(text, "\n")})
	}
	if len(all) < 10 {
		t.Fatalf("%s: only %d mails", language, len(all))
	}
	return all
}

// TestReplies: of what each program writes only its author's words are the post, in either line end, and also where the
// program folded its text as format=flowed or indented it with no-break spaces.
func TestReplies(t *testing.T) {
	t.Parallel()
	for _, language := range languages {
		for _, r := range replies(t, language) {
			for how, mail := range map[string]string{
				"as it is": r.mail, "with CR LF": strings.ReplaceAll(r.mail, "\n", "\r\n"), "with CR": strings.ReplaceAll(r.mail, "\n", "\r"),
				"with no-break spaces": strings.NewReplacer(" :", "\u00A0:", "\n\n", "\n\u00A0\n").Replace(r.mail), "with empty lines around": "\n\n" + r.mail + "\n\n\n",
			} {
				got := Mail(mail, "")
				if strings.ReplaceAll(got.Text, "\u00A0", " ") != r.text {
					t.Errorf("%s, %s: text\n%s\n--- want\n%s\n--- trimmed\n%s", r.program, how, got.Text, r.text, got.Trimmed)
				}
				lost(t, r.program+", "+how, mail, "", got)
			}
		}
	}
}

// TestRepliesToReplies: a mail that quotes a mail of every other program still gives its author's words only.
func TestRepliesToReplies(t *testing.T) {
	t.Parallel()
	for _, language := range languages {
		all := replies(t, language)
		for i, outer := range all {
			if !strings.Contains(outer.program, "gmail") && !strings.Contains(outer.program, "outlook") {
				continue
			}
			inner := all[(i+3)%len(all)].mail
			if strings.Contains(outer.program, "gmail") {
				inner = "> " + strings.ReplaceAll(inner, "\n", "\n> ")
			}
			mail := outer.mail + "\n\n" + inner
			got := Mail(mail, "")
			if got.Text != outer.text {
				t.Errorf("%s around %s: text\n%s", outer.program, all[(i+3)%len(all)].program, got.Text)
			}
			lost(t, outer.program, mail, "", got)
		}
	}
}

// FuzzReplies mixes the beginning of one mail with the end of another: all words are in one half or the other, as
// often as they were written, and cooking what is left is safe.
func FuzzReplies(f *testing.F) {
	for i := range languages {
		f.Add(uint8(i), uint8(i+12), uint16(60), uint16(40), "")
		f.Add(uint8(i+2), uint8(i), uint16(10), uint16(200), "\n> ")
	}
	var all []reply
	for _, language := range languages {
		all = append(all, replies(f, language)...)
	}
	f.Fuzz(func(t *testing.T, a, b uint8, head, tail uint16, between string) {
		one, two := all[int(a)%len(all)].mail, all[int(b)%len(all)].mail
		mail := one[:min(int(head), len(one))] + between + two[max(0, len(two)-int(tail)):]
		got := Mail(mail, "")
		lost(t, "mixed", strings.ToValidUTF8(mail, "\uFFFD"), "", got)
		if strings.TrimSpace(got.Text) == "" && strings.TrimSpace(strings.ToValidUTF8(mail, "\uFFFD")) != "" {
			t.Errorf("nothing is left of %q", mail)
		}
		if again := Mail(got.Text, ""); !utf8.ValidString(again.Text) {
			t.Errorf("%q", again.Text)
		}
	})
}

// nest quotes a text to a depth, each level by somebody.
func nest(depth int) string {
	var b strings.Builder
	b.WriteString("My answer.\n\n")
	for i := range depth {
		mark := strings.Repeat(">", i)
		fmt.Fprintf(&b, "%sOn 3 Nov 2026, at 10:12, Ann%d <ann@a.example> wrote:\n%s\n%s> line %d\n", mark, i, mark, mark, i)
	}
	return b.String()
}

func TestQuotesAThousandDeep(t *testing.T) {
	t.Parallel()
	mail := nest(1000)
	got := Mail(mail, "")
	if got.Text != "My answer." {
		t.Errorf("text %.200q", got.Text)
	}
	lost(t, "nested", mail, "", got)
	if c := Cook(mail, Options{}); !c.Plain || len(c.HTML) > 4*len(mail) {
		t.Errorf("plain %v, %d bytes of %d", c.Plain, len(c.HTML), len(mail))
	}
	marked := strings.Repeat(`<div class="gmail_quote"><div class="gmail_attr">On 3 Nov 2026 Ann wrote:</div><blockquote class="gmail_quote">old `, 200)
	in := Mail("", "<p>My answer.</p>"+marked)
	if in.Text != "My answer." || strings.Count(in.Trimmed, "old") != 200 {
		t.Errorf("%q and %d old words", in.Text, strings.Count(in.Trimmed, "old"))
	}
}

func TestFlowedText(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, in, want string
		delsp          bool
	}{
		{"soft ends join", "one \ntwo \nthree\nfour", "one two three\nfour", false},
		{"DelSp takes the space", "Donau \ndampf \nschiff\n", "Donaudampfschiff\n", true},
		{"quotes join within their depth", "> one \n> two\n>> deep \n>> er\n> back", "> one two\n>> deep er\n> back", false},
		{"a change of depth ends a paragraph", "> one \n>> two", "> one\n>> two", false},
		{"stuffed spaces go", " From here\n  two\n >not a quote", "From here\n two\n\\>not a quote", false},
		{"a signature is fixed", "text \n-- \nAnn", "text\n-- \nAnn", false},
		{"a quoted signature too", "> text \n> -- \n> Ann", "> text\n> -- \n> Ann", false},
		{"no soft end at the last line", "one ", "one", false},
		{"blank lines stay", "one\n\ntwo", "one\n\ntwo", false},
		{"quote marks without words", ">\n>>\n", ">\n>>\n", false},
		{"any line end", "one \r\ntwo\rthree", "one two\nthree", false},
	} {
		if got := FromFlowed(c.in, c.delsp); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
	lines := slices.Repeat([]string{"> soft \n"}, 1000)
	if got := FromFlowed(strings.Join(lines, ""), false); strings.Count(got, "\n") != 1 || strings.Count(got, "soft") != 1000 {
		t.Errorf("a paragraph of 1,000 lines becomes %d lines", strings.Count(got, "\n"))
	}
}
