package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-smtp"

	"peergroups/forum"
)

// TestMailByPipe: a mail server's pipe hands mail to the running forum, which believes the topmost Received line about where it
// came from, and no other; the pipe ends with the code that says what is to become of the mail.
func TestMailByPipe(t *testing.T) {
	t.Parallel()
	at := "unix:" + filepath.Join(t.TempDir(), "lmtp.sock")
	w := begin(t, "sqlite", func(c *Config) { c.LMTPListen = at })
	otto := w.members("otto")["otto"]
	inner, _, _ := w.group("inner", forum.MembersOnly)
	w.enter(inner, w.admin, otto)
	w.dns.set("members.example", "v=spf1 ip4:192.0.2.7 -all")
	w.dns.set("_dmarc.members.example", "v=DMARC1; p=reject")
	titles := func() (out []string) {
		p, err := w.forum.ReadBoard(t.Context(), w.admin, "inner", "talk", forum.TopicCursor{})
		w.must(err)
		for _, row := range p.Topics {
			out = append(out, row.Title)
		}
		return out
	}
	const own = "Received: from mx.members.example (mx.members.example [192.0.2.7])\n\tby forum.example (Postfix) with ESMTPS id 1; Sun, 29 Nov 2026 03:00:00 +0000\n"
	const other = "Received: from evil.example (evil.example [192.0.2.66]) by forum.example; Sun, 29 Nov 2026 03:00:00 +0000\n"
	mail := func(received, id, title string) string {
		return received + "From: <otto@members.example>\nTo: <talk.inner@forum.example>\nMessage-ID: <" + id + "@x.example>\nSubject: " + title + "\n\nThe words.\n"
	}
	for _, c := range []struct {
		what, at, to, raw string
		code              int
	}{
		{"from its domain's server", at, "talk.inner@forum.example", mail("From otto@members.example Sun Nov 29 03:00:00 2026\n"+own, "1", "By pipe"), 0},
		{"once more", at, "talk.inner@forum.example", mail(own, "1", "By pipe"), 0},
		{"from elsewhere, with a line of its own", at, "talk.inner@forum.example", mail(other+own, "2", "Forged"), exitRefused},
		{"written on this machine", at, "talk.inner@forum.example", mail("", "3", "Forged"), exitRefused},
		{"from elsewhere, named as its domain's server", at, "talk.inner@forum.example", mail(strings.Replace(own, "mx.members.example (mx.members.example [192.0.2.7])", "[192.0.2.7] (unknown [192.0.2.66])", 1), "7", "Forged"), exitRefused},
		{"the same by Exim", at, "talk.inner@forum.example", mail(strings.Replace(own, "mx.members.example (mx.members.example [192.0.2.7])", "[192.0.2.66] (port=1234 helo=[192.0.2.7] ident=root)", 1), "8", "Forged"), exitRefused},
		{"to nobody", at, "what+ever@forum.example", mail(own, "4", "Nobody"), exitRefused},
		{"while the forum is away", at + "x", "talk.inner@forum.example", mail(own, "5", "Away"), exitLater},
		{"without a place", "", "talk.inner@forum.example", mail(own, "6", "Nowhere"), exitLater},
	} {
		err := (&receiveCommand{From: "otto@members.example", To: []string{c.to}, In: strings.NewReader(c.raw)}).Run(&Config{LMTPListen: c.at})
		var code exit
		if errors.As(err, &code); code.code != c.code {
			t.Errorf("%s: %d %v, want %d", c.what, code.code, err, c.code)
		}
	}
	if got := titles(); len(got) != 1 || got[0] != "By pipe" {
		t.Errorf("the board holds %q", got)
	}
	if _, err := listenAt(at); err == nil || !strings.Contains(err.Error(), "in use") {
		t.Errorf("a second forum at the same socket: %v", err)
	}
}

// TestSTARTTLS: with a certificate incoming mail can be sent under TLS; half of one is a mistake.
func TestSTARTTLS(t *testing.T) {
	t.Parallel()
	cert, own := keyPair(t)
	w := begin(t, "sqlite", func(c *Config) { c.SMTPCert, c.SMTPKey = cert, own })
	roots := x509.NewCertPool()
	text, err := os.ReadFile(cert)
	if err != nil || !roots.AppendCertsFromPEM(text) {
		t.Fatal(err)
	}
	client, err := smtp.DialStartTLS(w.mailAt, &tls.Config{RootCAs: roots, ServerName: "forum.example"})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = client.Close() }()
	if err := client.Mail("otto@members.example", nil); err != nil {
		t.Error(err)
	}
	if state, ok := client.TLSConnectionState(); !ok || state.Version < tls.VersionTLS12 {
		t.Errorf("under %v %v", state.Version, ok)
	}
	if _, err := (&Config{SMTPCert: cert}).smtpTLS(); err == nil || !strings.Contains(err.Error(), "SMTP_KEY") {
		t.Errorf("half of it: %v", err)
	}
}

// keyPair writes a throw-away certificate of forum.example, and its key.
func keyPair(t *testing.T) (cert, own string) {
	t.Helper()
	dir := t.TempDir()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), DNSNames: []string{"forum.example"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	write := func(name, kind string, b []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: b}), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	return write("cert.pem", "CERTIFICATE", der), write("key.pem", "PRIVATE KEY", private)
}
