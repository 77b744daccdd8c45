//go:build judges

package main

import (
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/emersion/go-smtp"

	"peergroups/forum"
)

// freePort gives a port of loopback that nobody has.
func freePort(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	_, port, _ := net.SplitHostPort(l.Addr().String())
	return port
}

// postfix runs a Postfix of the test's own, with its own configuration, queue and port, and gives its address. It asks no
// DNS: where mail goes stands in the settings.
func postfix(t *testing.T, settings ...string) (address, dir string) {
	t.Helper()
	if os.Getuid() != 0 {
		t.Fatal("Postfix can only be started by root")
	}
	dir, err := os.MkdirTemp("", "postfix-*")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	port := freePort(t)
	main := "compatibility_level = 3.6\nqueue_directory = " + dir + "/queue\ndata_directory = " + dir + "/data\nmaillog_file = " + dir + "/log\nmaillog_file_prefixes = " + dir + "\n" +
		"mail_owner = postfix\nsetgid_group = postdrop\nmyhostname = relay.example\nmydestination =\nmynetworks = 127.0.0.0/8\ninet_interfaces = 127.0.0.1\ninet_protocols = ipv4\nalias_maps =\nalias_database =\n" +
		"local_recipient_maps =\nsmtp_dns_support_level = disabled\nsmtp_host_lookup = native\nsmtputf8_enable = yes\nqueue_run_delay = 2s\nminimal_backoff_time = 2s\nmaximal_backoff_time = 4s\nnotify_classes =\nappend_dot_mydomain = no\n" +
		"command_directory = /usr/sbin\ndaemon_directory = /usr/lib/postfix/sbin\n" + strings.Join(settings, "\n") + "\n"
	master := "127.0.0.1:" + port + " inet n - n - - smtpd\npostlog unix-dgram n - n - 1 postlogd\n"
	for _, line := range []string{"cleanup unix n - n - 0", "qmgr unix n - n 300 1", "tlsmgr unix - - n 1000? 1", "rewrite unix - - n - - trivial-rewrite", "bounce unix - - n - 0", "defer unix - - n - 0 bounce", "trace unix - - n - 0 bounce",
		"verify unix - - n - 1", "flush unix n - n 1000? 0", "proxymap unix - - n - -", "smtp unix - - n - -", "relay unix - - n - - smtp", "lmtp unix - - n - -", "error unix - - n - -", "retry unix - - n - - error", "discard unix - - n - -", "anvil unix - - n - 1", "scache unix - - n - 1", "showq unix n - n - -"} {
		f := strings.Fields(line)
		if len(f) == 7 {
			f = append(f, f[0])
		}
		master += strings.Join(f, " ") + "\n"
	}
	for name, text := range map[string]string{"main.cf": main, "master.cf": master} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	startPostfix(t, dir)
	address = "127.0.0.1:" + port
	for range 100 {
		if c, err := smtp.Dial(address); err == nil {
			_ = c.Close()
			return address, dir
		}
		time.Sleep(100 * time.Millisecond)
	}
	log, _ := os.ReadFile(filepath.Join(dir, "log"))
	t.Fatalf("Postfix does not answer:\n%s", log)
	return "", ""
}

// startPostfix makes the queue, and starts the program that starts all others; it is ended by its id.
func startPostfix(t *testing.T, dir string) {
	t.Helper()
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, d := range []string{"queue", "data"} {
		if err := os.Mkdir(filepath.Join(dir, d), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if out, err := exec.Command("chown", "postfix", filepath.Join(dir, "data")).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s (.ci/judges installs Postfix)", err, out)
	}
	if out, err := exec.Command("postfix", "-c", dir, "check").CombinedOutput(); err != nil {
		t.Fatalf("postfix check: %v: %s", err, out)
	}
	cmd := exec.Command("/usr/lib/postfix/sbin/master", "-c", dir, "-d")
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGTERM) // master and those that it started
		_ = cmd.Wait()
		if t.Failed() {
			log, _ := os.ReadFile(filepath.Join(dir, "log"))
			t.Logf("Postfix says:\n%s", log[max(0, len(log)-5000):])
		}
	})
}

// queued lists what waits in a Postfix.
func queued(t *testing.T, dir string) (n int) {
	t.Helper()
	for _, q := range []string{"maildrop", "incoming", "active", "deferred"} {
		_ = filepath.Walk(filepath.Join(dir, "queue", q), func(_ string, i os.FileInfo, err error) error {
			if err == nil && i.Mode().IsRegular() {
				n++
			}
			return nil
		})
	}
	return n
}

// TestJudgePostfixRelays: list mail goes out by way of Postfix, all of it, once.
func TestJudgePostfixRelays(t *testing.T) {
	t.Parallel()
	const readers = 200
	queue := ""
	w := begin(t, "sqlite", func(c *Config) {
		_, port, _ := net.SplitHostPort(strings.TrimPrefix(c.SMTPURL, "smtp://"))
		at, dir := postfix(t, "relayhost = [127.0.0.1]:"+port)
		c.SMTPURL, queue = "smtp://"+at, dir
	})
	var handles []string
	for i := range readers {
		handles = append(handles, fmt.Sprintf("reader%d", i))
	}
	g, board, _ := w.group("open", forum.PublicToRead)
	w.enter(g, w.admin)
	for _, m := range w.members(handles...) {
		w.must(w.forum.Join(t.Context(), m, g.ID))
		w.must(w.forum.Subscribe(t.Context(), m, board.ID, forum.Each))
	}
	for _, title := range []string{"One Grüße", "Two"} {
		_, err := w.forum.StartTopic(t.Context(), w.admin, board.ID, forum.Draft{Title: title, Source: text600, Key: w.key()})
		w.must(err)
	}
	got := func() (out map[string]int) {
		out = map[string]int{}
		for _, m := range w.box.all() {
			if m.GetHeader("List-Post") != "" {
				out[m.to+" "+m.GetHeader("Subject")]++
			}
		}
		return out
	}
	w.eventually("all mails are there", func() bool { return len(got()) == 2*readers })
	w.settled()
	w.eventually("Postfix's queue is empty", func() bool { return queued(t, queue) == 0 })
	for what, n := range got() {
		if n != 1 {
			t.Errorf("%s came %d times", what, n)
		}
	}
	for _, m := range w.box.all() {
		if !strings.Contains(m.from, "bounce+") || strings.Contains(string(m.raw), "X-Postfix-8bit") {
			t.Fatalf("from %q:\n%s", m.from, m.raw)
		}
	}
}

// TestJudgePostfixSends: Postfix hands mail in, by SMTP under TLS and by LMTP; what is refused it returns to its sender, and
// with what is put off it comes again.
func TestJudgePostfixSends(t *testing.T) {
	t.Parallel()
	lmtp := "127.0.0.1:" + freePort(t)
	cert, key := keyPair(t)
	w := begin(t, "sqlite", func(c *Config) { c.SMTPCert, c.SMTPKey, c.LMTPListen = cert, key, lmtp })
	_, smtpPort, _ := net.SplitHostPort(w.mailAt)
	_, boxPort, _ := net.SplitHostPort(w.box.at)
	_, lmtpPort, _ := net.SplitHostPort(lmtp)
	at, dir := postfix(t, "transport_maps = inline:{ {lmtp.inner@forum.example = lmtp:inet:127.0.0.1:"+lmtpPort+"} {forum.example = smtp:[127.0.0.1]:"+smtpPort+"} {members.example = smtp:[127.0.0.1]:"+boxPort+"} }",
		"smtp_tls_security_level = may", "smtp_tls_loglevel = 1", "smtp_tls_policy_maps = inline:{ {[127.0.0.1]:"+smtpPort+" = encrypt} }")
	otto := w.members("otto")["otto"]
	inner, _, _ := w.group("inner", forum.MembersOnly)
	_, err := w.forum.CreateBoard(t.Context(), w.admin, inner.ID, forum.BoardDraft{Slug: "lmtp", Name: "By LMTP"})
	w.must(err)
	w.enter(inner, w.admin, otto)
	w.dns.set("members.example", "v=spf1 ip4:127.0.0.1 -all")
	send := func(to, id, subject, text string) {
		t.Helper()
		raw := "From: <otto@members.example>\r\nTo: <" + to + ">\r\nMessage-ID: <" + id + "@members.example>\r\nSubject: " + subject + "\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n" + text + "\r\n.with a dot\r\n"
		c, err := smtp.Dial(at)
		w.must(err)
		defer func() { _ = c.Close() }()
		w.must(c.Mail("otto@members.example", &smtp.MailOptions{UTF8: strings.Contains(subject, "ü"), Body: smtp.Body8BitMIME}))
		w.must(c.Rcpt(to, nil))
		data, err := c.Data()
		w.must(err)
		_, err = data.Write([]byte(raw))
		w.must(errors.Join(err, data.Close()))
	}
	has := func(board, title string) bool {
		p, err := w.forum.ReadBoard(t.Context(), w.admin, "inner", board, forum.TopicCursor{})
		w.must(err)
		return slices.ContainsFunc(p.Topics, func(row forum.TopicRow) bool { return row.Title == title && row.Posts == 1 })
	}
	log := func() string {
		b, err := os.ReadFile(filepath.Join(dir, "log"))
		w.must(err)
		return string(b)
	}
	send("talk.inner@forum.example", "1", "Grüße by SMTP", "Grüße an alle.")
	send("lmtp.inner@forum.example", "2", "Grüße by LMTP", "Grüße an alle.")
	w.eventually("both are posted", func() bool { return has("talk", "Grüße by SMTP") && has("lmtp", "Grüße by LMTP") })
	if !regexp.MustCompile(`TLS connection established to 127\.0\.0\.1\[127\.0\.0\.1\]:` + smtpPort + `: TLSv1\.3`).MatchString(log()) {
		t.Error("the mail did not come under TLS")
	}

	send("inner+explode@forum.example", "3", "No such command", "x")
	bounce := w.await("otto@members.example", "Undelivered")
	if !strings.Contains(string(bounce.raw), "Status: 5.1.1") || !strings.Contains(string(bounce.raw), "RCPT TO") || !strings.Contains(bounce.GetHeader("Content-Type"), "multipart/report") {
		t.Errorf("what comes back:\n%s", bounce.raw)
	}

	w.dns.set("members.example", "") // its name server does not answer
	send("talk.inner@forum.example", "4", "Later", "Grüße an alle.")
	w.eventually("it is put off", func() bool { return strings.Contains(log(), "said: 451 4.7.0") })
	if has("talk", "Later") {
		t.Error("it is posted although its sender cannot be checked")
	}
	w.dns.set("members.example", "v=spf1 ip4:127.0.0.1 -all")
	w.eventually("it is posted", func() bool { return has("talk", "Later") })
	w.eventually("the queue is empty", func() bool { return queued(t, dir) == 0 })
}

// TestJudgePostfixReturns: what Postfix cannot hand on comes back from it to the return address, and pauses the mail of whom it
// was for after two days, and of nobody else.
func TestJudgePostfixReturns(t *testing.T) {
	t.Parallel()
	const otto, olga = "otto@members.example", "olga@members.example"
	queue := ""
	w := begin(t, "sqlite", func(c *Config) {
		port := freePort(t)
		_, sink, _ := net.SplitHostPort(strings.TrimPrefix(c.SMTPURL, "smtp://"))
		at, dir := postfix(t, "relayhost = [127.0.0.1]:"+sink, "transport_maps = inline:{ {forum.example = smtp:[127.0.0.1]:"+port+"} }")
		c.SMTPURL, c.SMTPListen, queue = "smtp://"+at, "127.0.0.1:"+port, dir
	})
	people := w.members("otto", "olga")
	inner, board, _ := w.group("inner", forum.MembersOnly)
	w.enter(inner, w.admin, people["otto"], people["olga"])
	for _, m := range people {
		w.must(w.forum.Subscribe(t.Context(), m, board.ID, forum.Each))
	}
	paused := func(who string) bool {
		p, err := w.forum.ReadMailPause(t.Context(), people[who])
		w.must(err)
		return p.Since != 0
	}
	w.box.gone.Store(otto)
	for day, title := range []string{"One", "Two"} {
		if paused("otto") {
			t.Errorf("paused after %d days", day)
		}
		w.offset.Add(int64(24 * time.Hour))
		_, err := w.forum.StartTopic(t.Context(), w.admin, board.ID, forum.Draft{Title: title, Source: "For all.", Key: w.key()})
		w.must(err)
		w.await(olga, title)
		w.settled()
		w.eventually("Postfix's queue is empty", func() bool { return queued(t, queue) == 0 })
	}
	w.eventually("otto's mail is paused", func() bool { return paused("otto") })
	if paused("olga") || w.to(otto) > 0 {
		t.Error("another's mail is paused, or what was refused came")
	}
}
