package mail

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"peergroups/forum"
)

// eml reads a mail of the corpus as it would come over the wire.
func eml(t testing.TB, name string) []byte {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("testdata", name+".eml"))
	if err != nil {
		t.Fatal(err)
	}
	return crlf(raw)
}

func crlf(raw []byte) []byte { return bytes.ReplaceAll(raw, []byte("\n"), []byte("\r\n")) }

var third = time.Date(2026, 11, 3, 9, 15, 2, 0, time.UTC)

func TestParse(t *testing.T) {
	t.Parallel()
	family := []string{"family@lists.example"}
	for name, want := range map[string]Incoming{
		"gmail-reply": {From: "Zoe.Vos@a.example", FromName: "Zoë Vos", To: []string{"reply+k7q2@lists.example"}, Cc: []string{"peter@b.example", "family@lists.example"},
			Subject: "Re: [Family] When one party's phone records", Title: "When one party's phone records", MessageID: "CAFk+9=x7@mail.a.example",
			InReplyTo: "topic/41/161.k@lists.example", References: []string{"topic/41/160@lists.example", "topic/41/161.k@lists.example"}, Date: third,
			Text:    "I would stop and ask both – before anything else.",
			Trimmed: "On Tue, Nov 3, 2026 at 10:12 AM Ann Lee via Family list <\nreply+k7q2@lists.example> wrote:\n\n> What do you do?\n>"},
		"apple-split-around-picture": {From: "joan@c.example", FromName: "Joan Mora", To: []string{"practice.family@lists.example"}, Subject: "The flip chart", Title: "The flip chart",
			MessageID: "E1-22@c.example", Date: third.Add(time.Hour), Text: "This is the flip chart:\n\nand these were the interests.", Files: filesNamed("chart.png")},
		"thunderbird-flowed": {From: "jonas@d.example", FromName: "Jonas Weber", To: family, Subject: "AW: Re: [Family] Re: Shuttle", Title: "Shuttle", MessageID: "6f0e@d.example",
			Date: third, Text: "Bei mir trägt jede Seite vor dem Wechsel selbst vor, was ich sagen darf.", Trimmed: "--\nJonas Weber"},
		"outlook-html-only": {From: "ruth@e.example", FromName: "Okoye, Ruth", To: family, Subject: "RE: Where to begin", Title: "Where to begin", MessageID: "AM0PR01MB@AM0PR01MB.eurprd01.example",
			InReplyTo: "topic/7/9@lists.example", Date: third, Text: "Don’t open with the money – start with the school year.", Trimmed: "* * *\n\n**From:** Ann", Files: filesNamed("logo.png")},
		"latin1-raw-header": {From: "juergen@d.example", FromName: "Jürgen Müller", To: family, Subject: "Vergütung für Co-Mediation", Title: "Vergütung für Co-Mediation", MessageID: "old@d.example",
			Text: "Grüße aus Köln, wer teilt sich das Honorar?"},
		"vacation": {From: "ann@a.example", FromName: "Ann Lee", To: []string{"bounce+x@lists.example"}, Subject: "Automatic reply: [Family] Digest", Title: "Automatic reply: [Family] Digest",
			MessageID: "v@a.example", Date: third, Text: "I am away until Monday.", Automatic: true},
		"bounce": {From: "MAILER-DAEMON@mx.example", To: []string{"bounce+t0k@lists.example"}, Subject: "Undelivered Mail Returned to Sender", Title: "Undelivered Mail Returned to Sender",
			MessageID: "b@mx.example", Date: third, Text: "I could not deliver your mail.", Automatic: true},
		"other-list": {From: "someone@g.example", FromName: "Someone", To: family, Subject: "[Other] Hello", Title: "Hello", MessageID: "o@g.example", Date: third,
			Text: "Hello from another list.", ListIDs: []string{"other.lists.example", "family@lists.example"}},
		"only-a-text-file": {From: "ruth@e.example", To: family, Subject: "Notes", Title: "Notes", MessageID: "n@e.example", Text: "The notes are the mail."},
		"signed-with-footer": {From: "peter@b.example", FromName: "Peter Vos", To: family, Subject: "Minutes", Title: "Minutes", MessageID: "s@b.example", Date: third,
			Text: "Here are the **minutes**.\n\nScanned by the firm & co.", Files: filesNamed("minutes.pdf")},
		"command": {From: "ann@a.example", FromName: "Ann Lee", To: []string{"family+unsubscribe@lists.example"}, MessageID: "c@a.example", Date: third},
		"unquoted-name": {From: "ann@a.example", FromName: "Ann Lee [Lee & Co.]", Cc: []string{"peter@b.example"}, Subject: "Re: 调解员", Title: "调解员", MessageID: "u@a.example",
			Text: "One line."},
	} {
		got, err := Parse(eml(t, name))
		if empty := name == "command"; empty != errors.Is(err, ErrEmpty) || err != nil && !empty {
			t.Errorf("%s: %v", name, err)
			continue
		}
		got.Date = got.Date.UTC()
		for i := range got.Files {
			got.Files[i] = forum.IncomingFile{Name: got.Files[i].Name}
		}
		if want.Date.IsZero() {
			want.Date = want.Date.UTC()
		}
		if !reflect.DeepEqual(*got, want) {
			t.Errorf("%s:\n got %+v\nwant %+v", name, *got, want)
		}
	}
}

func filesNamed(names ...string) (out []forum.IncomingFile) {
	for _, name := range names {
		out = append(out, forum.IncomingFile{Name: name})
	}
	return out
}

func TestParseRefuses(t *testing.T) {
	t.Parallel()
	head := "From: a@b.example\r\nSubject: x\r\n"
	nest := func(n int) string {
		s := head
		for i := range n {
			s += strings.ReplaceAll("Content-Type: multipart/mixed; boundary=bX\r\n\r\n--bX\r\n", "X", strings.Repeat("i", i+1))
		}
		return s + "\r\nhello\r\n"
	}
	parts := head + "Content-Type: multipart/mixed; boundary=b\r\n\r\n" + strings.Repeat("--b\r\n\r\nx\r\n", 200) + "--b--\r\n"
	for name, c := range map[string]struct {
		raw  string
		want error
	}{
		"nothing": {"", ErrUnreadable}, "no header": {"\r\n\r\nhello", ErrUnreadable}, "two senders": {"From: a@b.example, c@d.example\r\n\r\nx", ErrNoSender},
		"two From fields": {"From: a@b.example\r\nFrom: c@d.example\r\n\r\nx", ErrNoSender}, "no sender": {"Subject: x\r\n\r\nx", ErrNoSender},
		"a sender that is none": {"From: nobody\r\n\r\nx", ErrNoSender}, "an empty sender": {"From: <>\r\n\r\nx", ErrNoSender},
		"a sender with a control character": {"From: \"a\x01b\"@c.example\r\n\r\nx", ErrNoSender},
		"an encoded sender":                 {"From: =?utf-8?q?victim=40good.example?=\r\n\r\nx", ErrNoSender},
		"text too long":                     {head + "\r\n" + strings.Repeat("words ", 200_000), ErrTooBig}, "too many parts": {parts, ErrTooBig},
		"nested": {nest(12), ErrTooBig}, "nested a thousand times": {nest(1000), ErrTooBig}, "a header without end": {head + strings.Repeat("X: y\r\n", 100_000), ErrTooBig},
		"a million dashes": {parts + strings.Repeat("--b\r\n", 1_000_000), ErrTooBig}, "too large": {head + "\r\n" + strings.Repeat("x", maxRaw), ErrTooBig},
		"no text": {head + "\r\n \r\n\r\n", ErrEmpty}, "an empty multipart": {head + "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b--\r\n", ErrEmpty},
	} {
		in, err := Parse([]byte(c.raw))
		if !errors.Is(err, c.want) || (in != nil) != errors.Is(c.want, ErrEmpty) {
			t.Errorf("%s: %v, %v", name, in, err)
		}
	}
	if _, err := Parse([]byte(nest(6))); err != nil {
		t.Errorf("six levels: %v", err)
	}
}

func TestTitle(t *testing.T) {
	t.Parallel()
	for subject, want := range map[string]string{
		"Re: RE: Fwd: AW: x": "x", "[Family] x": "x", "Re: [Family] Re: [Urgent] x": "[Urgent] x", "Antw: x": "x", "SV: VS: TR: x": "x", "Re[2]: x": "x", "Re：x": "x",
		"Re:": "Re:", "[Family]": "[Family]", "Regarding: x": "Regarding: x", "x Re: y": "x Re: y", "": "", "Re: [" + strings.Repeat("a", 90) + "] x": "[" + strings.Repeat("a", 90) + "] x",
	} {
		if got := title(subject); got != want {
			t.Errorf("title(%q) = %q, want %q", subject, got, want)
		}
	}
}

func FuzzParse(f *testing.F) {
	files, _ := filepath.Glob("testdata/*.eml")
	for _, name := range files {
		f.Add(eml(f, strings.TrimSuffix(filepath.Base(name), ".eml")))
	}
	for _, one := range specimens(f) {
		f.Add(eml(f, "corpus/"+one.File))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		in, err := Parse(raw)
		if in == nil {
			return
		}
		if err != nil && !errors.Is(err, ErrEmpty) {
			t.Fatal(err)
		}
		all := append(append(append([]string{in.From, in.FromName, in.Subject, in.Title, in.MessageID, in.InReplyTo}, in.To...), in.Cc...), append(in.References, in.ListIDs...)...)
		for _, s := range all {
			if strings.ContainsAny(s, "\r\n\x00") || !utf8.ValidString(s) {
				t.Errorf("%q", s)
			}
		}
		size := 0
		for _, f := range in.Files {
			if size += len(f.Bytes); f.Name == "" || strings.ContainsAny(f.Name, "\r\n\x00") || utf8.RuneCountInString(f.Name) > longName || !utf8.ValidString(f.Name) {
				t.Errorf("a file called %q", f.Name)
			}
		}
		if size > 4*len(raw) {
			t.Errorf("files of %d bytes in a mail of %d", size, len(raw))
		}
		if !utf8.ValidString(in.Text) || !utf8.ValidString(in.Trimmed) || strings.Count(in.From, "@") == 0 {
			t.Errorf("%+v", in)
		}
	})
}

func BenchmarkParse(b *testing.B) {
	raw := eml(b, "gmail-reply")
	b.SetBytes(int64(len(raw)))
	for b.Loop() {
		if _, err := Parse(raw); err != nil {
			b.Fatal(err)
		}
	}
}
