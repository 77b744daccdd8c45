package mail

import (
	"bufio"
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/big"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-smtp"
)

// box is a door that keeps what it gets. An address beginning "no" does not exist, "boom" panics, "odd" fails.
type box struct {
	mu    sync.Mutex
	mails []string
	seen  []Envelope
	wait  chan struct{} // Data returns when it is closed, or with its context
}

func (b *box) Rcpt(_ context.Context, e Envelope) error {
	switch to := e.To[0]; {
	case strings.HasPrefix(to, "no"):
		return fmt.Errorf("wrapped: %w", &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "No such address"})
	case strings.HasPrefix(to, "boom"):
		panic("secret " + to)
	case strings.HasPrefix(to, "odd"):
		return errors.New("cannot reach " + to)
	}
	return nil
}

func (b *box) Data(ctx context.Context, e Envelope, raw []byte) error {
	if b.wait != nil {
		select {
		case <-b.wait:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.mails, b.seen = append(b.mails, string(raw)), append(b.seen, e)
	return nil
}

func (b *box) all() ([]string, []Envelope) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.mails), slices.Clone(b.seen)
}

// serve runs a server on loopback until the test ends.
func serve(t testing.TB, o ServerOptions) (*Server, string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if o.Domain == "" {
		o.Domain = "lists.example"
	}
	if o.Log == nil {
		o.Log = slog.New(slog.NewTextHandler(io.Discard, nil))
	}
	s := NewServer(o)
	done := make(chan error, 1)
	go func() { done <- s.Serve(l) }()
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		_ = s.Shutdown(ctx)
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return s, l.Addr().String()
}

// talk is a client of bytes.
type talk struct {
	t testing.TB
	net.Conn
	r *bufio.Reader
}

func dial(t testing.TB, address string) *talk {
	t.Helper()
	c, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	_ = c.SetDeadline(time.Now().Add(20 * time.Second))
	return &talk{t, c, bufio.NewReader(c)}
}

// answer reads one reply, all its lines; "" when the connection is closed.
func (c *talk) answer() string {
	var b strings.Builder
	for {
		line, err := c.r.ReadString('\n')
		b.WriteString(line)
		if err != nil || len(line) < 4 || line[3] != '-' {
			return b.String()
		}
	}
}

func (c *talk) say(s, want string) {
	c.t.Helper()
	_, _ = io.WriteString(c, s)
	if got := c.answer(); !strings.HasPrefix(got, want) {
		c.t.Errorf("%.60q is answered %q, want %q", s, got, want)
	}
}

// begin goes on to where data may follow.
func (c *talk) begin() {
	c.t.Helper()
	c.say("", "220")
	c.say("EHLO client.example\r\n", "250")
	c.say("MAIL FROM:<ann@a.example>\r\n", "250")
	c.say("RCPT TO:<family@lists.example>\r\n", "250")
}

func TestServerTakesMail(t *testing.T) {
	t.Parallel()
	b := &box{}
	_, address := serve(t, ServerOptions{Door: b, MaxRecipients: 3})
	c := dial(t, address)
	c.begin()
	c.say("RCPT TO:<nobody@lists.example>\r\n", "550 5.1.1 No such address")
	c.say("RCPT TO:<family+help@LISTS.example>\r\n", "250")
	c.say("RCPT TO:<x@elsewhere.example>\r\n", "550 5.7.1")
	c.say("RCPT TO:<x%elsewhere.example@lists.example>\r\n", "250")
	c.say("RCPT TO:<fourth@lists.example>\r\n", "452")
	c.say("DATA\r\n", "354")
	c.say("Subject: x\r\n\r\n..dot\r\nümlaut\r\n.\r\n", "250")
	c.say("MAIL FROM:<>\r\n", "250")
	c.say("RCPT TO:<bounce+1@lists.example>\r\n", "250")
	c.say("BDAT 4\r\nabcd", "250")
	c.say("BDAT 2 LAST\r\n\r\n", "250")
	c.say("MAIL FROM:<zoë@a.example> SMTPUTF8\r\n", "250")
	c.say("RSET\r\n", "250")
	c.say("QUIT\r\n", "221")
	mails, seen := b.all()
	if !slices.Equal(mails, []string{"Subject: x\r\n\r\n.dot\r\nümlaut\r\n", "abcd\r\n"}) {
		t.Errorf("%q", mails)
	}
	want := []string{"family@lists.example", "family+help@lists.example", "x%elsewhere.example@lists.example"}
	if e := seen[0]; e.From != "ann@a.example" || e.Helo != "client.example" || !e.Remote.IsLoopback() || !slices.Equal(e.To, want) || seen[1].From != "" {
		t.Errorf("%+v", seen)
	}
}

func TestServerRefuses(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	b := &box{}
	_, address := serve(t, ServerOptions{Door: b, MaxBytes: 1000, Log: slog.New(slog.NewTextHandler(&log, nil))})
	c := dial(t, address)
	c.say("", "220")
	c.say("VRFY family@lists.example\r\n", "252")
	c.say("VRFY nobody@lists.example\r\n", "252")
	c.say("EXPN family\r\n", "502")
	c.say("AUTH PLAIN AGEAYg==\r\n", "5")
	c.say("MAIL FROM:<a@b.example>\r\n", "502")
	c.say("EHLO x\r\n", "250")
	c.say("AUTH PLAIN AGEAYg==\r\n", "5")
	c.say("STARTTLS\r\n", "502")
	c.say("DATA\r\n", "502")
	c.say("MAIL FROM:<not an address>\r\n", "501")
	c.say("MAIL FROM:<a@b.example> SIZE=1001\r\n", "552")
	c.say("MAIL FROM:<a@b.example>\r\n", "250")
	c.say("DATA\r\n", "502")
	c.say("RCPT TO:<boom@lists.example>\r\n", "451 4.3.0")
	c.say("RCPT TO:<odd@lists.example>\r\n", "451 4.3.0")
	c.say("RCPT TO:<ok@lists.example>\r\n", "250")
	c.say("DATA\r\n", "354")
	c.say(strings.Repeat("x\r\n", 400)+".\r\n", "552")
	c.say("MAIL FROM:<a@b.example>\r\nRCPT TO:<ok@lists.example>\r\n", "250")
	c.answer()
	c.say("BDAT 900\r\n"+strings.Repeat("x", 900), "250")
	c.say("BDAT 900 LAST\r\n"+strings.Repeat("x", 900), "552")
	c.say("NOOP\r\n", "250")
	c.say(strings.Repeat("x", maxLine+5000)+"\r\n", "500")
	if mails, _ := b.all(); len(mails) != 0 {
		t.Errorf("%q", mails)
	}
	if s := log.String(); strings.Contains(s, "boom@") || strings.Contains(s, "odd@") || strings.Contains(s, "secret") || strings.Count(s, "level=ERROR") != 2 {
		t.Error(s)
	}
}

func TestServerRefusesBareLineEnds(t *testing.T) {
	t.Parallel()
	const second = "MAIL FROM:<ceo@b.example>\r\nRCPT TO:<family@lists.example>\r\nDATA\r\nsmuggled\r\n.\r\n"
	for _, end := range []string{"\n.\n", "\n.\r\n", "\r\n.\n", "\r.\r\n", "\r\n.\r", "\r.\r", "\n\n.\r\n", "\r\r\n.\r\n", "\r\n.\r\r\n", "\x00\n.\r\n"} {
		b := &box{}
		_, address := serve(t, ServerOptions{Door: b})
		c := dial(t, address)
		c.begin()
		c.say("DATA\r\n", "354")
		_, _ = io.WriteString(c, "Subject: x\r\n\r\nfirst"+end+second)
		if got := c.answer(); !strings.HasPrefix(got, "554 5.6.0") {
			t.Errorf("%q is answered %q", end, got)
		}
		if rest, _ := io.ReadAll(c.r); strings.Contains(string(rest), "250") {
			t.Errorf("%q: the connection goes on: %q", end, rest)
		}
		if mails, _ := b.all(); len(mails) != 0 {
			t.Errorf("%q: %q came in", end, mails)
		}
	}
	b := &box{}
	_, address := serve(t, ServerOptions{Door: b})
	for _, command := range []string{"NOOP\n", "NOOP\rNOOP\r\n", "EHLO x\n", "\n"} {
		c := dial(t, address)
		c.say("", "220")
		c.say(command, "554 5.6.0")
	}
	c := dial(t, address)
	c.begin()
	c.say("BDAT 5 LAST\r\na\nb\r\n", "554 5.6.0")
	if mails, _ := b.all(); len(mails) != 0 {
		t.Errorf("%q came in", mails)
	}
}

// certificate makes a throw-away one.
func certificate(t testing.TB) *tls.Config {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	form := &x509.Certificate{SerialNumber: big.NewInt(1), DNSNames: []string{"localhost"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true}
	der, err := x509.CreateCertificate(rand.Reader, form, form, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	return &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}, MinVersion: tls.VersionTLS12}
}

func TestServerUnderTLS(t *testing.T) {
	t.Parallel()
	b := &box{}
	_, address := serve(t, ServerOptions{Door: b, TLS: certificate(t)})
	c := dial(t, address)
	c.say("", "220")
	c.say("EHLO x\r\n", "250")
	c.say("STARTTLS\r\n", "220")
	inner := tls.Client(c.Conn, &tls.Config{InsecureSkipVerify: true}) //nolint:gosec // the certificate is a throw-away
	s := &talk{t, inner, bufio.NewReader(inner)}
	s.say("EHLO x\r\n", "250")
	for _, body := range []string{"a\nb\r\n.\r\n", "a\n.\nb\r\n.\r\n", "a\rb\r\n.\r\n"} {
		s.say("MAIL FROM:<a@b.example>\r\n", "250")
		s.say("RCPT TO:<family@lists.example>\r\n", "250")
		s.say("DATA\r\n", "354")
		s.say(body, "554 5.6.0")
	}
	s.say("MAIL FROM:<a@b.example>\r\n", "250")
	s.say("RCPT TO:<family@lists.example>\r\n", "250")
	s.say("DATA\r\n", "354")
	s.say("well\r\n.\r\n", "250")
	if mails, _ := b.all(); !slices.Equal(mails, []string{"well\r\n"}) {
		t.Errorf("%q", mails)
	}
	c = dial(t, address)
	c.say("", "220")
	c.say("EHLO x\r\n", "250")
	c.say("STARTTLS\r\n", "220")
	_, _ = io.WriteString(c, "no handshake\r\nMAIL FROM:<a@b.example>\nNOOP\n")
	if rest, _ := io.ReadAll(c.r); bytes.Contains(rest, []byte("250")) {
		t.Errorf("plain text goes on after a failed handshake: %q", rest)
	}
}

func TestServerCaps(t *testing.T) {
	t.Parallel()
	_, address := serve(t, ServerOptions{Door: &box{}, MaxPerAddress: 2, Idle: 300 * time.Millisecond, Session: 2 * time.Second})
	one, two := dial(t, address), dial(t, address)
	one.say("", "220")
	two.say("", "220")
	dial(t, address).say("", "421")
	time.Sleep(350 * time.Millisecond)
	if got := one.answer(); !strings.HasPrefix(got, "421") {
		t.Errorf("an idle client hears %q", got)
	}
	deadline := time.Now().Add(5 * time.Second)
	for { // its place is free again
		c := dial(t, address)
		if got := c.answer(); strings.HasPrefix(got, "220") {
			begun := time.Now()
			for { // says something all the time, yet not for ever
				if _, err := io.WriteString(c, "NOOP\r\n"); err != nil || c.answer() == "" {
					break
				}
				time.Sleep(20 * time.Millisecond)
			}
			if since := time.Since(begun); since > 4*time.Second {
				t.Errorf("a session of %v", since)
			}
			return
		}
		if time.Now().After(deadline) {
			t.Fatal("no place gets free")
		}
	}
}

func TestServerShutdown(t *testing.T) {
	t.Parallel()
	b := &box{wait: make(chan struct{})}
	s, address := serve(t, ServerOptions{Door: b})
	idle, busy := dial(t, address), dial(t, address)
	idle.say("", "220")
	busy.begin()
	busy.say("DATA\r\n", "354")
	_, _ = io.WriteString(busy, "x\r\n.\r\n")
	time.Sleep(50 * time.Millisecond)
	done := make(chan error, 1)
	go func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		done <- s.Shutdown(ctx)
	}()
	if got := idle.answer(); !strings.HasPrefix(got, "421") {
		t.Errorf("idle: %q", got)
	}
	close(b.wait)
	if got := busy.answer(); !strings.HasPrefix(got, "250") {
		t.Errorf("busy: %q", got)
	}
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func TestServerShutdownDoesNotWaitForEver(t *testing.T) {
	t.Parallel()
	b := &box{wait: make(chan struct{})}
	s, address := serve(t, ServerOptions{Door: b})
	c := dial(t, address)
	c.begin()
	c.say("DATA\r\n", "354")
	_, _ = io.WriteString(c, "x\r\n.\r\n")
	time.Sleep(50 * time.Millisecond)
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if err := s.Shutdown(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Error(err)
	}
	if got := c.answer(); strings.HasPrefix(got, "250") {
		t.Errorf("said %q for a mail it does not have", got)
	}
	if mails, _ := b.all(); len(mails) != 0 {
		t.Errorf("%q", mails)
	}
}
