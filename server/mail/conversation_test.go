package mail

import (
	"io"
	"net"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestConversations: what each order of commands is answered, line by line, on a connection of its own, and which
// recipients a mail came in for. ">" is what the client says, "<" how the answer begins.
func TestConversations(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 3000)
	for name, c := range map[string]struct {
		lines []string
		mails []string // recipients of each mail that came in
	}{
		"nothing before a greeting":       {[]string{">MAIL FROM:<a@b.example>", "<502", ">RCPT TO:<x@lists.example>", "<502", ">DATA", "<502", ">BDAT 3", "<502"}, nil},
		"recipients before a sender":      {[]string{">EHLO c", "<250", ">RCPT TO:<x@lists.example>", "<502", ">DATA", "<502"}, nil},
		"data before recipients":          {[]string{">EHLO c", "<250", ">MAIL FROM:<a@b.example>", "<250", ">DATA", "<502"}, nil},
		"an old greeting":                 {[]string{">HELO c", "<250", ">MAIL FROM:<a@b.example>", "<250", ">RCPT TO:<x@lists.example>", "<250", ">DATA", "<354", ">hello", ">.", "<250"}, []string{"x@lists.example"}},
		"a greeting without a name":       {[]string{">EHLO", "<501", ">HELO", "<501"}, nil},
		"RSET forgets the recipients":     {[]string{">EHLO c", "<250", ">MAIL FROM:<a@b.example>", "<250", ">RCPT TO:<one@lists.example>", "<250", ">RSET", "<250", ">DATA", "<502", ">MAIL FROM:<a@b.example>", "<250", ">RCPT TO:<two@lists.example>", "<250", ">DATA", "<354", ">x", ">.", "<250"}, []string{"two@lists.example"}},
		"a mail forgets the one before":   {[]string{">EHLO c", "<250", ">MAIL FROM:<>", "<250", ">RCPT TO:<one@lists.example>", "<250", ">DATA", "<354", ">x", ">.", "<250", ">DATA", "<502", ">RCPT TO:<two@lists.example>", "<502"}, []string{"one@lists.example"}},
		"a greeting in the middle":        {[]string{">EHLO c", "<250", ">MAIL FROM:<a@b.example>", "<250", ">RCPT TO:<one@lists.example>", "<250", ">EHLO d", "<250", ">DATA", "<502"}, nil},
		"all recipients refused":          {[]string{">EHLO c", "<250", ">MAIL FROM:<a@b.example>", "<250", ">RCPT TO:<nobody@lists.example>", "<550", ">RCPT TO:<a@elsewhere.example>", "<550", ">DATA", "<502"}, nil},
		"some recipients refused":         {[]string{">EHLO c", "<250", ">MAIL FROM:<a@b.example>", "<250", ">RCPT TO:<no@lists.example>", "<550", ">RCPT TO:<yes@lists.example>", "<250", ">RCPT TO:<odd@lists.example>", "<451", ">DATA", "<354", ">x", ">.", "<250"}, []string{"yes@lists.example"}},
		"source routes and percent signs": {[]string{">EHLO c", "<250", ">MAIL FROM:<a@b.example>", "<250", ">RCPT TO:<@lists.example:x@elsewhere.example>", "<5", ">RCPT TO:<x@elsewhere.example@lists.example>", "<5", ">RCPT TO:<\"x@elsewhere.example\"@lists.example>", "<5"}, nil},
		"addresses that are none":         {[]string{">EHLO c", "<250", ">MAIL FROM:<a@b.example>", "<250", ">RCPT TO:<>", "<501", ">RCPT TO:<x>", "<501", ">RCPT TO:x y@lists.example", "<5", ">RCPT TO:<x\t@lists.example>", "<501", ">RCPT TO:<x@lists.example\x00>", "<501", ">RCPT TO:<x@lists.example.>", "<"}, nil},
		"size": {[]string{">EHLO c", "<250", ">MAIL FROM:<a@b.example> SIZE=999999", "<552", ">MAIL FROM:<a@b.example> SIZE=x", "<501", ">MAIL FROM:<a@b.example> SIZE=10", "<250", ">RCPT TO:<x@lists.example>", "<250", ">DATA", "<354",
			">" + strings.Repeat(long[:900]+"\r\n", 60) + ".", "<552", ">NOOP", "<250"}, nil},
		"a line without end":     {[]string{">" + strings.Repeat(long, 1+maxLine/len(long)), "<500"}, nil},
		"commands that are none": {[]string{">GET / HTTP/1.1", "<5"}, nil},
		"unknown parameters":     {[]string{">EHLO c", "<250", ">MAIL FROM:<a@b.example> EVIL=1", "<5", ">MAIL FROM:<a@b.example> BODY=8BITMIME", "<250", ">RCPT TO:<x@lists.example> NOTIFY=NEVER", "<5"}, nil},
		"dots":                   {[]string{">EHLO c", "<250", ">MAIL FROM:<a@b.example>", "<250", ">RCPT TO:<x@lists.example>", "<250", ">DATA", "<354", ">..", ">...", ">.x", ">.", "<250"}, []string{"x@lists.example"}},
		"an empty mail":          {[]string{">EHLO c", "<250", ">MAIL FROM:<a@b.example>", "<250", ">RCPT TO:<x@lists.example>", "<250", ">DATA", "<354", ">.", "<250"}, []string{"x@lists.example"}},
		"chunks out of order":    {[]string{">EHLO c", "<250", ">BDAT 3 LAST", "<502"}, nil},
		"a chunk without size":   {[]string{">EHLO c", "<250", ">MAIL FROM:<a@b.example>", "<250", ">RCPT TO:<x@lists.example>", "<250", ">BDAT", "<501", ">BDAT -1", "<501", ">BDAT 99999999999999999999", "<501"}, nil},
		"a goodbye in a mail":    {[]string{">EHLO c", "<250", ">MAIL FROM:<a@b.example>", "<250", ">RCPT TO:<x@lists.example>", "<250", ">QUIT", "<221"}, nil},
		"another protocol":       {[]string{">EHLO c", "<250", ">AUTH LOGIN", "<5", ">TURN", "<5", ">ETRN x", "<5", ">HELP", "<"}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := &box{}
			_, address := serve(t, ServerOptions{Door: b, MaxBytes: 50_000})
			client := dial(t, address)
			client.say("", "220")
			client.converse(c.lines)
			var got []string
			_, seen := b.all()
			for _, e := range seen {
				got = append(got, strings.Join(e.To, " "))
			}
			if !slices.Equal(got, c.mails) {
				t.Errorf("came in for %q, want %q", got, c.mails)
			}
		})
	}
}

func (c *talk) converse(lines []string) {
	c.t.Helper()
	said := ""
	for _, line := range lines {
		if what, ok := strings.CutPrefix(line, ">"); ok {
			said = what
			_, _ = io.WriteString(c, what+"\r\n")
			continue
		}
		if got := c.answer(); got == "" || !strings.HasPrefix(got, line[1:]) {
			c.t.Errorf("%.60q is answered %q, want %q", said, got, line[1:])
		}
	}
}

// TestPipelining: everything at once is answered one by one and in order, and what follows a refusal is refused.
func TestPipelining(t *testing.T) {
	t.Parallel()
	b := &box{}
	_, address := serve(t, ServerOptions{Door: b})
	c := dial(t, address)
	c.say("", "220")
	_, _ = io.WriteString(c, strings.Join([]string{"EHLO c", "MAIL FROM:<a@b.example>", "RCPT TO:<nobody@lists.example>", "RCPT TO:<one@lists.example>", "DATA", "first", ".",
		"MAIL FROM:<a@b.example>", "RCPT TO:<a@elsewhere.example>", "DATA", "MAIL FROM:<>", "RCPT TO:<two@lists.example>", "DATA", "second", ".", "QUIT", ""}, "\r\n"))
	var codes []string
	for answer := c.answer(); answer != ""; answer = c.answer() {
		codes = append(codes, answer[:3])
	}
	want := strings.Fields("250 250 550 250 354 250 250 550 502")
	if len(codes) < len(want) || !slices.Equal(codes[:len(want)], want) || codes[len(codes)-1] != "221" {
		t.Errorf("answers %q", codes)
	}
	mails, _ := b.all()
	if len(mails) == 0 || mails[0] != "first\r\n" {
		t.Errorf("%q", mails)
	}
	for _, m := range mails {
		if strings.Contains(m, "MAIL FROM") || strings.Contains(m, "RCPT TO") {
			t.Errorf("commands became a mail: %q", m)
		}
	}
}

// TestACutConnectionLeavesNoMail: what ended before its last dot was not sent.
func TestACutConnectionLeavesNoMail(t *testing.T) {
	t.Parallel()
	for _, data := range []string{"", "Subject: x\r\n\r\nhalf", "Subject: x\r\n\r\nhalf\r\n", "half\r\n.", "half\r\n.\r", "half\r\n..\r\n"} {
		b := &box{}
		s, address := serve(t, ServerOptions{Door: b})
		c := dial(t, address)
		c.begin()
		c.say("DATA\r\n", "354")
		_, _ = io.WriteString(c, data)
		_ = c.Conn.(*net.TCPConn).CloseWrite()
		_, _ = io.ReadAll(c.r)
		s.conns.closeAll()
		if mails, _ := b.all(); len(mails) != 0 {
			t.Errorf("%q became %q", data, mails)
		}
	}
}

// FuzzConversation sends any bytes: no mail comes in whose lines are not strict, that has no recipient of ours, or more
// of them than the client was told to send; and the next client is served.
func FuzzConversation(f *testing.F) {
	f.Add([]byte("EHLO c\r\nMAIL FROM:<a@b.example>\r\nRCPT TO:<x@lists.example>\r\nDATA\r\nhello\r\n.\r\nQUIT\r\n"))
	f.Add([]byte("EHLO c\r\nMAIL FROM:<>\r\nRCPT TO:<x@lists.example>\r\nBDAT 4\r\nabcdBDAT 3 LAST\r\na\nb"))
	f.Add([]byte("HELO c\r\nMAIL FROM:<a@b.example>\r\nRCPT TO:<x@elsewhere.example>\r\nDATA\r\n.\nMAIL FROM:<>\r\n"))
	f.Add([]byte("EHLO c\r\nSTARTTLS\r\n\x16\x03\x01"))
	b := &box{}
	_, address := serve(f, ServerOptions{Door: b, MaxBytes: 10_000, MaxPerAddress: 100})
	f.Fuzz(func(t *testing.T, said []byte) {
		c, err := net.Dial("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = c.Close() }()
		_ = c.SetDeadline(time.Now().Add(20 * time.Second))
		go func() {
			_, _ = c.Write(said)
			_ = c.(*net.TCPConn).CloseWrite()
		}()
		heard, _ := io.ReadAll(c)
		if !strings.HasPrefix(string(heard), "220") {
			t.Fatalf("greeted with %q", heard)
		}
		b.mu.Lock()
		defer b.mu.Unlock()
		for i, m := range b.mails {
			if !strictLines([]byte(m)) || len(m) > 10_000 || len(b.seen[i].To) == 0 {
				t.Errorf("%q came in for %q", m, b.seen[i].To)
			}
			for _, to := range b.seen[i].To {
				if !strings.HasSuffix(to, "@lists.example") {
					t.Errorf("mail for %q", to)
				}
			}
		}
		b.mails, b.seen = nil, nil
	})
}
