package mail

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"
	"time"

	"peergroups/forum"
)

const boxLine = "From ann@example.org Mon Mar  2 10:20:30 2009\n"

// boxes reads all mails of a mailbox.
func boxes(t testing.TB, r io.Reader) (raw []string, at []time.Time, last error) {
	t.Helper()
	for box := NewMailbox(r); ; {
		b, err := box.Next()
		switch {
		case errors.Is(err, io.EOF):
			return raw, at, nil
		case errors.Is(err, ErrTooBig):
			raw, at = append(raw, "too big"), append(at, b.At)
		case err != nil:
			return raw, at, err
		default:
			raw, at = append(raw, string(b.Raw)), append(at, b.At)
		}
	}
}

// TestMailbox: each mail comes whole, whatever program kept it.
func TestMailbox(t *testing.T) {
	t.Parallel()
	one, two := "Subject: one\n\nText.\n", "Subject: two\n\nMore.\n"
	for what, c := range map[string]struct {
		in   string
		want []string
	}{
		"nothing":                     {"", nil},
		"blank lines":                 {"\n\n", nil},
		"two":                         {boxLine + one + "\n" + boxLine + two + "\n", []string{one, two}},
		"no blank line between":       {boxLine + one + boxLine + two, []string{one, two}},
		"no line before the first":    {one + "\n" + boxLine + two, []string{one, two}},
		"no line end at the end":      {boxLine + one + "\n" + boxLine + strings.TrimSpace(two), []string{one, strings.TrimSpace(two)}},
		"lines of DOS":                {strings.ReplaceAll(boxLine+one+"\n"+boxLine+two+"\n", "\n", "\r\n"), []string{strings.ReplaceAll(one, "\n", "\r\n"), strings.ReplaceAll(two, "\n", "\r\n")}},
		"quoted":                      {boxLine + "Subject: q\n\n>From here.\n>>From there.\n> From nowhere.\n>Fromage\n\n", []string{"Subject: q\n\nFrom here.\n>From there.\n> From nowhere.\n>Fromage\n"}},
		"not quoted":                  {boxLine + "Subject: q\n\nI say:\n\nFrom here on we talk.\nAnd on.\n", []string{"Subject: q\n\nI say:\n\nFrom here on we talk.\nAnd on.\n"}},
		"not quoted, with a time":     {boxLine + "Subject: q\n\nFrom 10:00 to 12:00 in 2009 we talk.\nAnd on.\n", []string{"Subject: q\n\nFrom 10:00 to 12:00 in 2009 we talk.\nAnd on.\n"}},
		"pipermail":                   {"From ann at example.org  Mon Mar  2 10:20:30 2009\nFrom: ann at example.org (Ann)\n\nx\n", []string{"From: ann at example.org (Ann)\n\nx\n"}},
		"a line without a time":       {boxLine + one + "\nFrom MAILER-DAEMON\n" + two, []string{one, two}},
		"bytes of no charset":         {boxLine + "Subject: gr\xfc\xdfe\n\n\xe9\n", []string{"Subject: gr\xfc\xdfe\n\n\xe9\n"}},
		"a mail that breaks off":      {boxLine + "Subject: one", []string{"Subject: one"}},
		"a line longer than a buffer": {boxLine + "Subject: long\n\n" + strings.Repeat("x", 200_000) + "From \n\n" + boxLine + two, []string{"Subject: long\n\n" + strings.Repeat("x", 200_000) + "From \n", two}},
		"lines that begin no mail":    {boxLine + boxLine, []string{boxLine + boxLine}},
	} {
		got, _, err := boxes(t, strings.NewReader(c.in))
		if err != nil || fmt.Sprintf("%q", got) != fmt.Sprintf("%q", c.want) {
			t.Errorf("%s: %.300q %v, want %.300q", what, got, err, c.want)
		}
		if slow, _, err := boxes(t, &slowly{r: strings.NewReader(c.in)}); err != nil || fmt.Sprint(slow) != fmt.Sprint(got) {
			t.Errorf("%s, in pieces: %.300q %v", what, slow, err)
		}
	}
	_, at, _ := boxes(t, strings.NewReader(boxLine+one+"From x Sun Nov 29 3:04 CET 2026\n"+two+"\nFrom MAILER-DAEMON\n"+two))
	if len(at) != 3 || !at[0].Equal(time.Date(2009, 3, 2, 10, 20, 30, 0, time.UTC)) || !at[1].Equal(time.Date(2026, 11, 29, 3, 4, 0, 0, time.UTC)) || !at[2].IsZero() {
		t.Error(at)
	}
	if got, _, err := boxes(t, io.MultiReader(strings.NewReader(boxLine+one+"\n"+boxLine+two), cutOff{})); err == nil || len(got) != 1 {
		t.Errorf("of a file that cannot be read on: %q %v", got, err)
	}
}

type cutOff struct{}

func (cutOff) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

// slowly gives few bytes at a time.
type slowly struct{ r io.Reader }

func (s *slowly) Read(p []byte) (int, error) { return s.r.Read(p[:min(len(p), 7)]) }

// endless gives a piece again and again.
type endless struct {
	piece []byte
	at    int
	left  int64
}

func (e *endless) Read(p []byte) (n int, err error) {
	if e.left <= 0 {
		return 0, io.EOF
	}
	for n < len(p) && e.left > 0 {
		k := copy(p[n:min(int64(len(p)), int64(n)+e.left)], e.piece[e.at:])
		n, e.at, e.left = n+k, (e.at+k)%len(e.piece), e.left-int64(k)
	}
	return n, nil
}

// TestMailboxIsFlat: half a gigabyte of mails, and a mail of as much, pass by in the memory of one mail.
func TestMailboxIsFlat(t *testing.T) {
	size := int64(1 << 29)
	if testing.Short() {
		size = 1 << 27
	}
	mails := []byte(boxLine + "Subject: x\n\n" + strings.Repeat("A line of text.\n", 4000) + "\n")
	var most uint64
	measure := func() {
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		most = max(most, m.HeapInuse)
	}
	count := func(r io.Reader) (n, big int) {
		for box := NewMailbox(r); ; n++ {
			_, err := box.Next()
			if errors.Is(err, io.EOF) {
				return n, big
			}
			if errors.Is(err, ErrTooBig) {
				big++
			}
			if n%1000 == 0 {
				measure()
			}
		}
	}
	if n, _ := count(&endless{piece: mails, left: size}); int64(n) != size/int64(len(mails))+1 {
		t.Errorf("%d mails", n)
	}
	if n, big := count(io.MultiReader(strings.NewReader(boxLine+"Subject: big\n\n"), &endless{piece: []byte("more and more\n"), left: size}, strings.NewReader("\n\n"+boxLine+"Subject: next\n\nx\n"))); n != 2 || big != 1 {
		t.Errorf("%d mails, %d too big", n, big)
	}
	if measure(); most > 160<<20 {
		t.Errorf("%d MB", most>>20)
	}
}

// FuzzMailbox: whatever a file holds, all of its mails come, and none has more than the file; what is written as a box is read
// as it was.
func FuzzMailbox(f *testing.F) {
	for _, s := range []string{boxLine + "Subject: x\n\ny\n", "From \n\n>From x\n", ">>From \r\n\r\n" + boxLine + "A: b\n", "\n\nFrom a 1:02 1999\na:"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		total := 0
		raw, _, err := boxes(t, bytes.NewReader(b))
		for _, r := range raw {
			total += len(r)
		}
		if err != nil || total > len(b) {
			t.Errorf("%d of %d bytes, %v", total, len(b), err)
		}
		text := "Subject: x\n\n" + strings.ReplaceAll(string(b), "\r", "")
		text = strings.TrimRight(text, "\n") + "\n"
		var out bytes.Buffer
		for range 2 {
			out.WriteString(boxLine)
			if _, err := (&boxWriter{w: &out}).Write([]byte(text + "\n")); err != nil {
				t.Fatal(err)
			}
		}
		if again, _, err := boxes(t, &out); err != nil || len(again) != 2 || again[0] != text || again[1] != text {
			t.Errorf("%q is read as %q", text, again)
		}
	})
}

// TestReadArchived: what a mail of an archive says, also where pipermail hid who sent it.
func TestReadArchived(t *testing.T) {
	t.Parallel()
	now, came := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(2009, 3, 2, 10, 20, 30, 0, time.UTC)
	for what, c := range map[string]struct {
		raw  string
		want forum.Archived
		err  error
	}{
		"pipermail": {"From: ann at example.org (Ann Lee)\nDate: Mon, 2 Mar 2009 11:00:00 +0100\nSubject: [List] Re: [Old] Fees\nIn-Reply-To: <b@x>\nReferences: <a@x> <b@x>\nMessage-ID: <c@x>\n\nText.\n",
			forum.Archived{MessageID: "c@x", Cites: []string{"b@x", "a@x"}, Answer: true, From: "ann@example.org", Name: "Ann Lee", Title: "[Old] Fees", Source: "Text.", At: time.Date(2009, 3, 2, 10, 0, 0, 0, time.UTC)}, nil},
		"pipermail, an encoded name": {"From: joerg at example.org (=?ISO-8859-1?Q?J=F6rg?=)\nSubject: x\nMessage-ID: <c@x>\n\nText at home.\n", forum.Archived{MessageID: "c@x", From: "joerg@example.org", Name: "Jörg", Title: "x", Source: "Text at home.", At: came}, nil},
		"a date to come":             {"From: a@b.example\nDate: Mon, 2 Mar 2099 11:00:00 +0100\nMessage-ID: <c@x>\nSubject: x\n\ny\n", forum.Archived{MessageID: "c@x", From: "a@b.example", Title: "x", Source: "y", At: came}, nil},
		"no sender":                  {"Subject: x\n\ny\n", forum.Archived{}, ErrNoSender},
		"no text":                    {"From: a@b.example\nSubject: x\n\n", forum.Archived{}, ErrEmpty},
		"nothing":                    {"", forum.Archived{}, ErrUnreadable},
	} {
		got, _, err := ReadArchived(Boxed{Raw: []byte(c.raw), At: came}, now)
		got.At = got.At.UTC()
		if c.err != nil {
			if !errors.Is(err, c.err) {
				t.Errorf("%s: %v", what, err)
			}
		} else if err != nil || fmt.Sprintf("%+v", got) != fmt.Sprintf("%+v", c.want) {
			t.Errorf("%s: %+v %v", what, got, err)
		}
	}
	undated := Boxed{Raw: []byte("From: a@b.example\nSubject: x\n\ny\n")}
	if _, _, err := ReadArchived(undated, now); !errors.Is(err, ErrUndated) {
		t.Error(err)
	}
	undated.At = came
	one, _, err := ReadArchived(undated, now)
	two, _, _ := ReadArchived(undated, now)
	if err != nil || one.MessageID != "" || one.Mark == "" || one.Mark != two.Mark {
		t.Errorf("%+v %+v %v", one, two, err)
	}
	if got := PipermailPath("/pipermail/old/", came, 7); got != "/pipermail/old/2009-March/000007.html" {
		t.Error(got)
	}
}

// TestReadMembers: lists as Mailman gives them.
func TestReadMembers(t *testing.T) {
	t.Parallel()
	for what, c := range map[string]struct{ in, want, unread string }{
		"lines":             {"Ann Lee <ann@a.example>\nbob@a.example\n\nann@a.example\n\"Lee, Cara\" <cara@A.Example>\nnobody\n", "[{ann@a.example 1} {bob@a.example 1} {cara@a.example 1}]", "[nobody]"},
		"a table":           {"\uFEFFEmail,Display Name,delivery_mode,delivery_status\nann@a.example,=A1,regular,enabled\nbob@a.example,\"B, b\",mime_digests,\ncara@a.example,C,regular,by_user\n", "[{ann@a.example 1} {bob@a.example 2} {cara@a.example 0}]", "[]"},
		"JSON of a page":    {`{"entries": [{"email": "ann@a.example", "delivery_mode": "plaintext_digests"}, {"email": "b@a.example", "delivery_status": "by_bounces"}, {"email": ""}], "total_size": 2}`, "[{ann@a.example 2} {b@a.example 0}]", "[]"},
		"JSON of a list":    {`[{"email": "ann@a.example"}]`, "[{ann@a.example 1}]", "[]"},
		"nothing":           {"", "[]", "[]"},
		"names of no table": {"Ann, Lee <ann@a.example>", "[{ann@a.example 1}]", "[]"},
	} {
		all, unread, err := ReadMembers(strings.NewReader(c.in), forum.Each)
		if err != nil || fmt.Sprint(all) != c.want || fmt.Sprint(unread) != c.unread {
			t.Errorf("%s: %v %q %v", what, all, unread, err)
		}
	}
	if _, _, err := ReadMembers(strings.NewReader(`{"entries": 7`), forum.Each); err == nil {
		t.Error("half of JSON is read")
	}
	if _, _, err := ReadMembers(&endless{piece: []byte("a@b.example\n"), left: 1 << 30}, forum.Each); !errors.Is(err, ErrListTooBig) {
		t.Error(err)
	}
}

// FuzzMembers: whatever a list holds, each address is one, bare, and there once.
func FuzzMembers(f *testing.F) {
	for _, s := range []string{"Ann <ann@a.example>\nbob@b.example", "email,mode\na@b.example,digest\n", `{"entries":[{"email":"a@b.example"}]}`, `[null, {}]`, "email\n\"a@b\n", "\xff@\xfe"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		all, _, _ := ReadMembers(strings.NewReader(s), forum.Daily)
		seen := map[string]bool{}
		for _, l := range all {
			key := strings.ToLower(l.Address)
			if canonical(l.Address) != l.Address || l.Address == "" || seen[key] || l.Mode != forum.NoMail && l.Mode != forum.Each && l.Mode != forum.Daily && l.Mode != forum.Special {
				t.Errorf("%+v of %q", l, s)
			}
			seen[key] = true
		}
	})
}
