//go:build judges

package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"peergroups/forum"
)

// TestJudgeSwaks: what swaks and Python's smtplib are answered to each kind of transaction, and what was posted of all of them.
func TestJudgeSwaks(t *testing.T) {
	t.Parallel()
	cert, key := keyPair(t)
	lmtp := "127.0.0.1:" + freePort(t)
	w := begin(t, "sqlite", func(c *Config) { c.SMTPCert, c.SMTPKey, c.LMTPListen = cert, key, lmtp })
	otto := w.members("otto")["otto"]
	inner, _, _ := w.group("inner", forum.MembersOnly)
	w.enter(inner, w.admin, otto)
	w.dns.set("members.example", "v=spf1 ip4:127.0.0.1 -all")
	const list = "talk.inner@forum.example"
	mail := func(title, body string) string {
		return "From: <otto@members.example>\r\nTo: <" + list + ">\r\nMessage-ID: <" + strings.ReplaceAll(title, " ", ".") + "@x.example>\r\nSubject: " + title + "\r\n\r\n" + body
	}
	const second = "MAIL FROM:<otto@members.example>\r\nRCPT TO:<" + list + ">\r\nDATA\r\nFrom: <otto@members.example>\r\nTo: <" + list + ">\r\nMessage-ID: <s@x.example>\r\nSubject: Smuggled\r\n\r\nsmuggled\r\n.\r\n"
	smuggled := func(end string) string { return mail("Carrier", "first"+end+second) + "\r\n.\r\n" }
	plain := func(title string) string { return mail(title, "The words.\r\n") + "\r\n.\r\n" }
	var dots strings.Builder
	for range 3 {
		dots.WriteString("..\r\n")
	}
	for _, c := range []struct {
		what, to, data string
		code           int // that swaks ends with: 0 all well, 23 MAIL, 24 RCPT, 26 the text is refused, 28 or 6 broken off, 29 STARTTLS
		says           string
		more           []string
	}{
		{"a mail", list, plain("Plain"), 0, "<-  250 2.0.0", nil},
		{"under TLS", list, plain("Under TLS"), 0, "<~  250 2.0.0", []string{"--tls"}},
		{"in one go", list, plain("In one go"), 0, "<-  250 2.0.0", []string{"--pipeline"}},
		{"by LMTP", list, "Received: from client.example (client.example [127.0.0.1]) by forum.example; Sun, 29 Nov 2026 03:00:00 +0000\r\n" + plain("By LMTP"), 0, "<-  250 2.0.0", []string{"--protocol", "LMTP", "--server", lmtp}},
		{"dots are taken away once", list, mail("Dots", "The words.\r\n"+dots.String()) + "\r\n.\r\n", 0, "<-  250 2.0.0", nil},
		{"by HELO", list, plain("By HELO"), 0, "<-  250 2.0.0", []string{"--protocol", "SMTP"}},
		{"to two", list + ",inner+help@forum.example", plain("To two"), 0, "<-  250 2.0.0", nil},
		{"an unknown address", "what+ever@forum.example", plain("X"), 24, "<** 550 5.1.1", nil},
		{"an unknown address, in one go", "what+ever@forum.example", plain("X"), 24, "<** 550 5.1.1", []string{"--pipeline"}},
		{"another domain", "otto@members.example", plain("X"), 24, "<** 550 5.7.1", nil},
		{"a route", "@relay.example:otto@members.example", plain("X"), 24, "<** 550 5.7.1", nil},
		{"a percent", "otto%members.example@forum.example", plain("X"), 24, "<** 550 5.1.1", nil},
		{"a broken sender", list, plain("X"), 23, "<** 501", []string{"--from", "a@@b"}},
		{"a password", list, plain("X"), 28, "did not advertise authentication", []string{"--auth", "PLAIN", "--auth-user", "a", "--auth-password", "b"}},
		{"too large", list, mail("Large", strings.Repeat(strings.Repeat("x", 70)+"\r\n", 160_000)) + "\r\n.\r\n", 26, "<** 552", nil},
		{"a line feed alone", list, mail("Bare", "a\nb\r\n") + "\r\n.\r\n", 26, "<** 554 5.6.0", nil},
		{"a line feed alone, under TLS", list, mail("Bare", "a\nb\r\n") + "\r\n.\r\n", 26, "<~* 554 5.6.0", []string{"--tls"}},
		{"a carriage return alone", list, mail("Bare", "a\rb\r\n") + "\r\n.\r\n", 26, "<** 554 5.6.0", nil},
		{"a NUL", list, mail("Nul", "a\x00b\r\n") + "\r\n.\r\n", 0, "<-  250 2.0.0", nil},
		{"smuggled by LF.CRLF", list, smuggled("\n.\r\n"), 26, "<** 554 5.6.0", nil},
		{"smuggled by LF.LF", list, smuggled("\n.\n"), 26, "<** 554 5.6.0", nil},
		{"smuggled by CRLF.LF", list, smuggled("\r\n.\n"), 26, "<** 554 5.6.0", nil},
		{"smuggled by CRLF.CR", list, smuggled("\r\n.\r"), 26, "<** 554 5.6.0", nil},
		{"smuggled by CR.CRLF", list, smuggled("\r.\r\n"), 26, "<** 554 5.6.0", nil},
		{"smuggled by CR.CR", list, smuggled("\r.\r"), 26, "<** 554 5.6.0", nil},
		{"smuggled by a NUL", list, smuggled("\r\n\x00.\r\n"), 0, "<-  250 2.0.0", nil},
	} {
		code, said := w.swaks(t, c.to, c.data, c.more...)
		if code != c.code || !strings.Contains(said, c.says) {
			t.Errorf("%s: swaks ends with %d, want %d, %q and\n%s", c.what, code, c.code, c.says, said)
		}
	}
	w.smtplib(t)
	var got []string
	p, err := w.forum.ReadBoard(t.Context(), w.admin, "inner", "talk", forum.TopicCursor{})
	w.must(err)
	for _, row := range p.Topics {
		got = append(got, fmt.Sprintf("%s (%d)", row.Title, row.Posts))
	}
	slices.Sort(got)
	if want := []string{"By HELO (1)", "By LMTP (1)", "Carrier (1)", "Dots (1)", "In one go (1)", "Nul (1)", "Plain (1)", "To two (1)", "Under TLS (1)", "eight bits (1)", "Ümläute (1)"}; !slices.Equal(got, want) {
		t.Errorf("the board holds %q, want %q", got, want)
	}
}

// swaks does one transaction whose text goes as it is.
func (w *world) swaks(t *testing.T, to, data string, more ...string) (code int, said string) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "mail")
	w.must(os.WriteFile(file, []byte(data), 0o600))
	args := append([]string{"--server", w.mailAt, "--ehlo", "client.example", "--from", "otto@members.example", "--to", to, "--no-data-fixup", "--data", "@" + file, "--timeout", "20", "--suppress-data"}, more...)
	out, err := exec.Command("swaks", args...).CombinedOutput()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatalf("swaks: %v (.ci/judges installs it)", err)
	}
	if exit == nil {
		return 0, string(out)
	}
	return exit.ExitCode(), string(out)
}

// smtplib says what swaks has no words for: 8BITMIME, SMTPUTF8 and SIZE.
func (w *world) smtplib(t *testing.T) {
	t.Helper()
	const script = `
import smtplib, sys
host, port = sys.argv[1].rsplit(":", 1)
def go(id, subject, text, options, sender="otto@members.example"):
    with smtplib.SMTP(host, int(port), "client.example", timeout=20) as s:
        s.ehlo()
        assert s.has_extn("8bitmime") and s.has_extn("smtputf8") and s.has_extn("size") and s.has_extn("pipelining") and s.has_extn("starttls"), s.esmtp_features
        raw = f"From: <otto@members.example>\r\nTo: <talk.inner@forum.example>\r\nMessage-ID: <{id}@x.example>\r\nSubject: {subject}\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n{text}\r\n"
        return s.sendmail(sender, ["talk.inner@forum.example"], raw.encode(), mail_options=options)
go("p1", "eight bits", "Grüße", ["BODY=8BITMIME"])
go("p2", "Ümläute", "Grüße", ["BODY=8BITMIME", "SMTPUTF8"], "ötto@members.example")
for options in (["SIZE=99999999"], ["BODY=9BITMIME"]):
    try:
        go("p3", "never", "x", options)
    except smtplib.SMTPSenderRefused as e:
        assert e.smtp_code in (501, 552), e
    else:
        raise AssertionError(f"{options} is taken")
`
	if out, err := exec.Command("/usr/bin/python3", "-c", script, w.mailAt).CombinedOutput(); err != nil {
		t.Errorf("smtplib: %v\n%s", err, out)
	}
}
