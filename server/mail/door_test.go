package mail

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/emersion/go-smtp"

	"peergroups/assets"
	"peergroups/forum"
	"peergroups/forum/forumtest"
	"peergroups/server/text"
)

func TestMain(m *testing.M) {
	code := m.Run()
	forumtest.StopServers()
	os.Exit(code)
}

// house is a forum with its mail door and postman; ann is in the group family, eve is not.
type house struct {
	*forumtest.World
	*Inbox
	postman  *Postman
	group    *forum.Group
	board    *forum.Board
	ann, eve forum.Actor
	verdict  Verdict
	judged   int
}

func newHouse(t testing.TB) *house {
	t.Helper()
	w := forumtest.New(t, "sqlite")
	words, err := text.Load(assets.Catalogue())
	if err != nil {
		t.Fatal(err)
	}
	log := slog.New(slog.NewTextHandler(io.Discard, nil))
	h := &house{World: w, verdict: Verdict{Aligned: true, SPF: "pass", DKIM: "pass", DMARC: "pass"}}
	h.ann, h.eve = w.CertifiedMember("ann"), w.CertifiedMember("eve")
	h.group, h.board, _ = w.Group("family", forum.Hidden)
	w.Ready(h.group, w.Admin, h.ann)
	h.ann = w.As(h.ann.Member)
	h.Inbox = &Inbox{Forum: w.Forum, Words: words, Domain: "forum.example", Log: log,
		Judge: func(context.Context, Envelope, string, []byte) Verdict { h.judged++; return h.verdict }}
	h.postman = &Postman{Forum: w.Forum, Words: words, Base: &url.URL{Scheme: "https", Host: "forum.example"}, Domain: "forum.example", Now: w.Now, Log: log}
	return h
}

// titles lists the topics of the board, newest first, with how many posts each has.
func (h *house) titles(t testing.TB) (out []string) {
	t.Helper()
	p, err := h.ReadBoard(t.Context(), h.Admin, "family", "family", forum.TopicCursor{})
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range p.Topics {
		out = append(out, fmt.Sprintf("%s (%d)", row.Title, row.Posts))
	}
	return out
}

// message builds a mail from ann; each change is a "Field: value" that replaces or joins the header, "-Field" takes one
// away, and what begins with an empty line is the body.
func message(changes ...string) []byte {
	fields := []string{"From: <ann@members.example>", "To: <family@forum.example>", "Message-ID: <1@members.example>", "Subject: Subject", "MIME-Version: 1.0", "Content-Type: text/plain; charset=utf-8"}
	body := "\nText.\n"
	for _, c := range changes {
		name, _, _ := strings.Cut(strings.TrimPrefix(c, "-"), ":")
		switch {
		case strings.HasPrefix(c, "\n"):
			body = c
			continue
		case strings.HasPrefix(c, "+"):
			fields = append(fields, c[1:])
			continue
		}
		fields = slices.DeleteFunc(fields, func(f string) bool { return strings.HasPrefix(f, name+":") })
		if !strings.HasPrefix(c, "-") {
			fields = append(fields, c)
		}
	}
	return crlf([]byte(strings.Join(fields, "\n") + "\n" + body))
}

// code is an answer's three numbers and how many lines its words have; "" for 250.
func code(t testing.TB, err error) string {
	t.Helper()
	var answer *smtp.SMTPError
	switch {
	case err == nil:
		return ""
	case !errors.As(err, &answer):
		t.Errorf("not an SMTP answer: %v", err)
		return "?"
	case strings.ContainsAny(answer.Message, "\r\n") || answer.Message == "" || strings.Contains(answer.Message, "error."):
		t.Errorf("%d is said as %q", answer.Code, answer.Message)
	}
	return fmt.Sprintf("%d %d.%d.%d", answer.Code, answer.EnhancedCode[0], answer.EnhancedCode[1], answer.EnhancedCode[2])
}

const winmail = "\n--b\nContent-Type: application/ms-tnef; name=winmail.dat\nContent-Disposition: attachment; filename=winmail.dat\nContent-Transfer-Encoding: base64\n\neJ8+IgAAAA==\n--b--\n"

// TestInbox: what each mail to a board is answered, and which topic it opens: "" for none.
func TestInbox(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		raw         []byte
		code, title string
	}{
		"a mail":                     {message(), "", "Subject"},
		"an 8-bit subject":           {message("Subject: Gr\xfc\xdfe aus K\xf6ln"), "", "Grüße aus Köln"},
		"a subject in UTF-8":         {message("Subject: Grüße 👩‍⚖️"), "", "Grüße 👩‍⚖️"},
		"encoded words":              {message("Subject: =?utf-8?q?Gr=C3=BC?= =?utf-8?q?=C3=9Fe?="), "", "Grüße"},
		"a broken encoded word":      {message("Subject: =?utf-8?q?Gr=C3=B"), "", "=?utf-8?q?Gr=C3=B"},
		"overrides in a subject":     {message("Subject: =?utf-8?q?safe=E2=80=AEevil?="), "", "safeevil"},
		"line ends in a subject":     {message("Subject: =?utf-8?q?a=0D=0ABcc:_x?="), "", "a Bcc: x"},
		"a folded subject":           {message("Subject: one\n two"), "", "one two"},
		"no subject":                 {message("-Subject"), "554 5.6.0", ""},
		"only a tag":                 {message("Subject: [Family] Re: kept"), "", "kept"},
		"no text":                    {message("\n \n\n"), "554 5.6.0", ""},
		"no body at all":             {message("\n"), "554 5.6.0", ""},
		"only a quote":               {message("\n> all of it\n"), "", "Subject"},
		"HTML only":                  {message("Content-Type: text/html", "\n<p>Hello <b>all</b></p><script>x</script>\n"), "", "Subject"},
		"a script only":              {message("Content-Type: text/html", "\n<script>alert(1)</script>\n"), "554 5.6.0", ""},
		"winmail.dat only":           {message("Content-Type: multipart/mixed; boundary=b", winmail), "554 5.6.0", ""},
		"winmail.dat with text":      {message("Content-Type: multipart/mixed; boundary=b", "\n--b\nContent-Type: text/plain\n\nText.\n"+winmail[1:]), "", "Subject"},
		"an invitation only":         {message("Content-Type: text/calendar; method=REQUEST", "\nBEGIN:VCALENDAR\nEND:VCALENDAR\n"), "554 5.6.0", ""},
		"a boundary that never ends": {message("Content-Type: multipart/mixed; boundary=b", "\n--b\nContent-Type: text/plain\n\nText."), "", "Subject"},
		"no boundary":                {message("Content-Type: multipart/mixed", "\nText.\n"), "554 5.6.0", ""},
		"an unknown charset":         {message("Content-Type: text/plain; charset=martian", "\nText.\n"), "", "Subject"},
		"broken base64":              {message("+Content-Transfer-Encoding: base64", "\n!!!!\n"), "554 5.6.0", ""},
		"two senders":                {message("From: <ann@members.example>, <eve@members.example>"), "554 5.6.0", ""},
		"two From fields":            {message("+From: <eve@members.example>"), "554 5.6.0", ""},
		"no sender":                  {message("-From"), "554 5.6.0", ""},
		"no Message-ID":              {message("-Message-ID"), "554 5.6.0", ""},
		"an answering machine":       {message("Auto-Submitted: auto-replied (vacation)"), "", ""},
		"made by a program":          {message("Auto-Submitted: auto-generated; x=y"), "", ""},
		"made by a person":           {message("Auto-Submitted: no"), "", "Subject"},
		"bulk":                       {message("Precedence: bulk"), "", ""},
		"an old answering machine":   {message("Precedence: auto_reply"), "", ""},
		"a report":                   {message("Content-Type: multipart/report; boundary=b; report-type=delivery-status", "\n--b\nContent-Type: text/plain\n\nText.\n--b--\n"), "", ""},
		"a null return path":         {message("Return-Path: <>"), "", ""},
		"our own list":               {message("List-Id: Family <family.family.forum.example>"), "", ""},
		"our own loop":               {message("X-Loop: <family.family.forum.example>"), "", ""},
		"our own list, louder":       {message("List-Id: <FAMILY.Forum.EXAMPLE>"), "", ""},
		"another's list":             {message("List-Id: <family.elsewhere.example>"), "", "Subject"},
		"another list itself":        {message("List-Post: <https://lists.example/>, <mailto:ANN@members.example?subject=x>"), "", ""},
		"a list that has an id only": {message("List-Id: Ann <ann.members.example>"), "", ""},
		"an id that begins so":       {message("List-Id: Ann <ann.members.example.org>"), "", "Subject"},
		"another list's post":        {message("List-Post: <mailto:other@lists.example>", "List-Id: <other.lists.example>"), "", "Subject"},
		"a long subject":             {message("Subject: " + strings.Repeat("word ", 100)), "554 5.6.0", ""},
		"much text":                  {message("\n" + strings.Repeat("words and words\n", 70_000)), "554 5.6.0", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t)
			err := h.Data(t.Context(), Envelope{From: "ann@members.example", To: []string{"family@forum.example"}}, c.raw)
			if got := code(t, err); got != c.code {
				t.Errorf("answered %q (%v), want %q", got, err, c.code)
			}
			got := h.titles(t)
			if c.title == "" && len(got) != 0 || c.title != "" && !slices.Equal(got, []string{c.title + " (1)"}) {
				t.Errorf("the board holds %q", got)
			}
		})
	}
}

// TestNobodyPostsUnproved: whoever From names, and whatever the envelope says, a mail that is not proved posts nothing,
// is answered alike whether or not the address is a member's, and is judged in both cases, so that the clock tells nothing.
func TestNobodyPostsUnproved(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	token := "reply+" + h.ReplyToken(h.ann.Member, 1, forum.Audience{}) + "@forum.example"
	for verdict, v := range map[string]struct {
		Verdict
		board, reply string
	}{
		"not aligned": {Verdict{SPF: "pass", DMARC: "none"}, "", ""}, "disowned": {Verdict{DMARC: "fail"}, "550 5.7.1", "550 5.7.1"},
		"later": {Verdict{SPF: "temperror", DMARC: "fail"}, "451 4.7.0", "550 5.7.1"}, "perhaps later": {Verdict{SPF: "temperror", DMARC: "none"}, "451 4.7.0", "451 4.7.0"}, "nothing": {Verdict{DMARC: "fail"}, "550 5.7.1", "550 5.7.1"},
	} {
		h.verdict = v.Verdict
		for _, from := range []string{"ann@members.example", "stranger@nowhere.example"} {
			before := h.judged
			got := code(t, h.Data(t.Context(), Envelope{From: from, To: []string{"family@forum.example"}}, message("From: <"+from+">")))
			if got != v.board || h.judged != before+1 {
				t.Errorf("%s, %s: answered %q, judged %d times", verdict, from, got, h.judged-before)
			}
			if got := code(t, h.Data(t.Context(), Envelope{From: from, To: []string{token, "family@forum.example"}}, message("From: <"+from+">", "To: <"+token+">"))); got != v.reply {
				t.Errorf("%s, %s by token: answered %q", verdict, from, got)
			}
		}
	}
	if got := h.titles(t); len(got) != 0 {
		t.Errorf("the board holds %q", got)
	}
}

// TestTheSameMailTwice is one post, in a topic as on a board, and to whichever of our addresses it comes again.
func TestTheSameMailTwice(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	send := func(raw []byte, to ...string) {
		t.Helper()
		if err := h.Data(t.Context(), Envelope{From: "ann@members.example", To: to}, raw); err != nil {
			t.Fatal(err)
		}
	}
	for range 3 {
		send(message(), "family@forum.example")
		send(message("\nOther words.\n"), "family.family@forum.example", "family@forum.example")
	}
	if got := h.titles(t); !slices.Equal(got, []string{"Subject (1)"}) {
		t.Fatalf("the board holds %q", got)
	}
	p, err := h.ReadBoard(t.Context(), h.ann, "family", "family", forum.TopicCursor{})
	if err != nil {
		t.Fatal(err)
	}
	topic, err := h.ReadTopic(t.Context(), h.ann, p.Topics[0].ID, 0)
	if err != nil {
		t.Fatal(err)
	}
	token := "reply+" + h.ReplyToken(h.ann.Member, topic.Posts[0].ID, topic.Posts[0].Audience) + "@forum.example"
	for range 2 {
		send(message("Message-ID: <2@members.example>", "Cc: <"+token+">"), "family@forum.example", strings.ToUpper(token[:6])+token[6:])
	}
	if got := h.titles(t); !slices.Equal(got, []string{"Subject (2)"}) {
		t.Errorf("the board holds %q", got)
	}
	stolen := Envelope{From: "eve@members.example", To: []string{token}}
	if got := code(t, h.Data(t.Context(), stolen, message("From: <eve@members.example>", "Message-ID: <3@x>"))); got != "550 5.7.1" {
		t.Errorf("a stolen token is answered %q", got)
	}
}

// TestEveryKindHasAnAnswer: a new kind of refusal fails until the mail door's table has its line, and no line lets a
// sender think that a refused mail was taken, or try for ever.
func TestEveryKindHasAnAnswer(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for kind := forum.Internal; kind <= forum.TooMany; kind++ {
		line, ok := codes[kind]
		if !ok || line.Code/100 != 2 && line.EnhancedCode[0] != line.Code/100 {
			t.Errorf("%s: %+v", kind, line)
		}
		taken := kind == forum.Conflict || kind == forum.Held
		if got := code(t, h.answer(forum.Refuse(kind, "error.not-found"), "xx")); (got == "") != taken {
			t.Errorf("%s is answered %q", kind, got)
		}
		if again := kind == forum.Internal || kind == forum.TooMany; !taken && again != (line.Code/100 == 4) {
			t.Errorf("%s: %d", kind, line.Code)
		}
	}
	if len(codes) != int(forum.TooMany)+1 {
		t.Errorf("%d lines", len(codes))
	}
	if got := h.answer(errors.New("secret: ann@members.example"), ""); strings.Contains(got.Error(), "secret") || code(t, got) != "451 4.3.0" {
		t.Errorf("an inner error is told as %v", got)
	}
}

// FuzzDoor gives the door any mail in any envelope, of a sender who is not proved: it answers with a code and writes
// nothing. Only bounces and what machines send is taken, and dropped, and what is for the house kept.
func FuzzDoor(f *testing.F) {
	for _, name := range []string{"gmail-reply", "bounce", "command", "latin1-raw-header"} {
		f.Add("ann@members.example", "family@forum.example", eml(f, name))
	}
	f.Add("", "reply+x@forum.example", message())
	f.Add("x@x.example", "Abuse@forum.example", message())
	f.Add("ann@members.example", "family+help@forum.example", message("\n"))
	f.Add("ann@members.example", "family@forum.example", message("Auto-Submitted: auto-replied", "\n"))
	h := newHouse(f)
	h.verdict = Verdict{SPF: "fail", DMARC: "fail"}
	f.Fuzz(func(t *testing.T, from, to string, raw []byte) {
		err := h.Data(t.Context(), Envelope{From: from, To: []string{to}}, raw)
		in, _ := Parse(raw)
		dropped := from == "" || in != nil && h.machine(in) != ""
		if got := code(t, err); (got == "") != dropped && !strings.HasPrefix(strings.ToLower(to), "bounce+") && !isHouse(to) {
			t.Errorf("answered %q", got)
		}
		if got := h.titles(t); len(got) != 0 {
			t.Errorf("the board holds %q", got)
		}
	})
}
