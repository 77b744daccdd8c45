package main

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"io"
	"log/slog"
	"net"
	netmail "net/mail"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/emersion/go-smtp"
	"github.com/jhillyerd/enmime/v2"

	"peergroups/forum"
	"peergroups/forum/forumtest"
)

func TestMain(m *testing.M) {
	code := m.Run()
	forumtest.StopServers()
	_ = os.RemoveAll(filepath.Dir(signingKeyFile()))
	os.Exit(code)
}

// world is a running server of a test's own, with the letter boxes of everybody outside and
// the bytes that each persona ever received.
type world struct {
	*server
	t      testing.TB
	offset atomic.Int64 // of the clock
	box    letterBox
	dns    zone
	seen   recorder
	out    bytes.Buffer

	database string
	admin    forum.Actor
	keys     atomic.Int64
}

// zone is all of the DNS that a test's server knows: tests talk to nobody outside. An empty
// record stands for a name server that does not answer.
type zone struct {
	mu  sync.Mutex
	txt map[string]string
}

func (z *zone) set(name, record string) {
	z.mu.Lock()
	defer z.mu.Unlock()
	if z.txt == nil {
		z.txt = map[string]string{}
	}
	z.txt[name] = record
}

func (z *zone) LookupTXT(_ context.Context, n string) ([]string, error) {
	z.mu.Lock()
	defer z.mu.Unlock()
	record, ok := z.txt[strings.TrimSuffix(n, ".")]
	switch {
	case !ok:
		return nil, absent(n)
	case record == "":
		return nil, &net.DNSError{Err: "server misbehaving", Name: n, IsTemporary: true}
	}
	return []string{record}, nil
}

func (*zone) LookupMX(_ context.Context, n string) ([]*net.MX, error) { return nil, absent(n) }
func (*zone) LookupIPAddr(_ context.Context, n string) ([]net.IPAddr, error) {
	return nil, absent(n)
}
func (*zone) LookupAddr(_ context.Context, n string) ([]string, error) { return nil, absent(n) }

func absent(name string) error {
	return &net.DNSError{Err: "no such host", Name: name, IsNotFound: true}
}

// keepMail is given each mail that a letter box gets: .ci/judges has them read by a program that is not ours.
var keepMail = func(raw []byte) {}

// letterBox is the SMTP server of everybody outside.
type letterBox struct {
	mu    sync.Mutex
	mails []letter
	at    string
	plain atomic.Bool  // only count: a benchmark's
	got   atomic.Int64 // mails
	gone  atomic.Value // an address that is refused
	slow  atomic.Int64 // how long a mail that was taken waits for its answer
}

type letter struct {
	to   string
	from string // where it goes back to
	raw  []byte
	*enmime.Envelope
}

func (b *letterBox) NewSession(*smtp.Conn) (smtp.Session, error) { return &boxSession{b: b}, nil }

type boxSession struct {
	b        *letterBox
	to, from string
}

func (s *boxSession) Mail(from string, _ *smtp.MailOptions) error {
	s.from = from
	return nil
}
func (s *boxSession) Rcpt(to string, _ *smtp.RcptOptions) error {
	if s.to = to; s.b.gone.Load() == to {
		return &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "nobody of that name"}
	}
	return nil
}
func (s *boxSession) Data(r io.Reader) error {
	raw, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	if s.b.got.Add(1); s.b.plain.Load() {
		return nil
	}
	keepMail(raw)
	env, err := enmime.ReadEnvelope(bytes.NewReader(raw))
	if err != nil {
		return err
	}
	s.b.mu.Lock()
	s.b.mails = append(s.b.mails, letter{s.to, s.from, raw, env})
	s.b.mu.Unlock()
	time.Sleep(time.Duration(s.b.slow.Load()))
	return nil
}

// all gives the mails so far.
func (b *letterBox) all() []letter {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.mails)
}

func (s *boxSession) Reset()        {}
func (s *boxSession) Logout() error { return nil }

func (b *letterBox) open(t testing.TB) {
	t.Helper()
	at := b.at
	if at == "" {
		at = "127.0.0.1:0"
	}
	l, err := net.Listen("tcp", at)
	if err != nil {
		t.Fatal(err)
	}
	srv := smtp.NewServer(b)
	srv.Domain, b.at = "sink.example", l.Addr().String()
	go func() { _ = srv.Serve(l) }()
	t.Cleanup(func() { _ = srv.Close() })
}

// await gives the newest mail to somebody whose subject holds the words.
func (w *world) await(to, subject string) letter {
	w.t.Helper()
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		w.box.mu.Lock()
		for i := len(w.box.mails) - 1; i >= 0; i-- {
			if m := w.box.mails[i]; m.to == to && strings.Contains(m.GetHeader("Subject"), subject) {
				w.box.mu.Unlock()
				w.seen.add(to, m.raw)
				w.seen.add(to, []byte(m.Text+m.HTML))
				return m
			}
		}
		w.box.mu.Unlock()
	}
	w.t.Fatalf("no mail %q to %s", subject, to)
	return letter{}
}

// once checks the ledger: nobody got the same mail twice.
func (w *world) once(who ...string) {
	w.t.Helper()
	w.box.mu.Lock()
	defer w.box.mu.Unlock()
	seen := map[string]bool{}
	for _, m := range w.box.mails {
		key := m.to + " " + m.GetHeader("Message-Id")
		if slices.Contains(who, m.to) && seen[key] {
			w.t.Errorf("%s got %q twice", m.to, m.GetHeader("Subject"))
		}
		seen[key] = true
	}
}

// send is a mail program that answers: it gives the server's refusal, if any.
func (w *world) send(from, to, messageID, subject, text string) error {
	return w.deliver(from, []string{to}, fmt.Sprintf("From: <%s>\nTo: <%s>\nSubject: %s\nMessage-ID: <%s>\nDate: %s\nMIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\n\n%s\n",
		from, to, subject, messageID, time.Now().Format(time.RFC1123Z), text))
}

// deliver hands a whole mail to the server under test.
func (w *world) deliver(from string, to []string, raw string) error {
	c, err := smtp.Dial(w.mailAt)
	if err != nil {
		return err
	}
	defer func() { _ = c.Close() }()
	return c.SendMail(from, to, strings.NewReader(strings.ReplaceAll(raw, "\n", "\r\n")))
}

// recorder keeps every byte that a persona received, on any door.
type recorder struct {
	mu  sync.Mutex
	who map[string]*bytes.Buffer
}

func (r *recorder) add(who string, b []byte) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.who == nil {
		r.who = map[string]*bytes.Buffer{}
	}
	if r.who[who] == nil {
		r.who[who] = new(bytes.Buffer)
	}
	r.who[who].Write(b)
}

func (r *recorder) holds(who, canary string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.who[who] != nil && bytes.Contains(r.who[who].Bytes(), []byte(canary))
}

// signingKeyFile is a key of all tests, of Ed25519: it signs fifty times faster than RSA, which
// TestMailIsSigned and BenchmarkSignedMail take.
var signingKeyFile = sync.OnceValue(func() string {
	dir, err := os.MkdirTemp("", "dkim-*")
	if err == nil {
		_, err = madeOnce(filepath.Join(dir, "dkim.key"), func() ([]byte, error) {
			_, key, err := ed25519.GenerateKey(rand.Reader)
			if err != nil {
				return nil, err
			}
			der, err := x509.MarshalPKCS8PrivateKey(key)
			return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), err
		})
	}
	if err != nil {
		panic(err)
	}
	return filepath.Join(dir, "dkim.key")
})

// begin starts a server on a database of "sqlite" or "postgres".
func begin(t testing.TB, dialect string, change func(*Config)) *world {
	t.Helper()
	w := &world{t: t}
	w.box.open(t)
	c := &Config{Listen: "127.0.0.1", DataDir: t.TempDir(), SMTPURL: "smtp://" + w.box.at, SMTPListen: "127.0.0.1:0", MailDomain: "forum.example", DKIMKeyFile: signingKeyFile()}
	if dialect == "postgres" {
		c.DatabaseURL = forumtest.Database(t)
	}
	if change != nil {
		change(c)
	}
	w.database = c.database()
	every := 300 * time.Millisecond
	if _, is := t.(*testing.B); is {
		every = 0 // as it runs outside of tests
	}
	var err error
	w.server, err = start(t.Context(), c, parts{Out: &w.out, Log: slog.New(slog.NewTextHandler(testLog{t}, &slog.HandlerOptions{Level: slog.LevelWarn})),
		Now: func() time.Time { return time.Now().Add(time.Duration(w.offset.Load())) }, Every: every, Resolver: &w.dns, Patience: 700 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 15*time.Second)
		defer cancel()
		if err := w.stop(ctx); err != nil {
			t.Error("stop:", err)
		}
	})
	id, err := w.forum.SetUp(t.Context(), w.forum.SetUpToken(), person("admin"), forumtest.Organisation)
	w.must(err)
	w.admin = w.as(id)
	return w
}

// onBoth runs a test against a server on SQLite and one on PostgreSQL.
func onBoth(t *testing.T, test func(t *testing.T, w *world)) {
	for _, dialect := range forumtest.Dialects {
		t.Run(dialect, func(t *testing.T) {
			t.Parallel()
			test(t, begin(t, dialect, nil))
		})
	}
}

type testLog struct{ t testing.TB }

func (l testLog) Write(b []byte) (int, error) {
	defer func() { _ = recover() }() // a late line after the test's end
	l.t.Log(strings.TrimSpace(string(b)))
	return len(b), nil
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// ripen makes all roles as old as those that decide.
func (w *world) ripen() {
	w.t.Helper()
	_, err := w.store.Writer().NewRaw("UPDATE grants SET granted_at = granted_at - 700000000000").Exec(w.t.Context())
	w.must(err)
}

func (w *world) as(id forum.MemberID) forum.Actor {
	w.t.Helper()
	a, err := w.forum.ActorFor(w.t.Context(), id)
	w.must(err)
	return a
}

func person(handle string) forum.Registration {
	return forum.Registration{Handle: handle, Password: forumtest.Password, Name: strings.ToUpper(handle[:1]) + handle[1:] + " Test",
		Email: handle + "@members.example", Language: "en", Zone: "Europe/Amsterdam"}
}

// members adopts people, certified.
func (w *world) members(handles ...string) map[string]forum.Actor {
	w.t.Helper()
	var all []forum.Registration
	for _, h := range handles {
		all = append(all, person(h))
	}
	ids, err := w.forum.Adopt(w.t.Context(), w.admin, all)
	w.must(err)
	out := map[string]forum.Actor{}
	for i, id := range ids {
		_, err := w.forum.Certify(w.t.Context(), w.admin, id, forum.At(time.Now().AddDate(1, 0, 0)))
		w.must(err)
		out[handles[i]] = w.as(id)
	}
	return out
}

// group makes a group with one board and one room of the same name.
func (w *world) group(slug string, v forum.Visibility) (*forum.Group, *forum.Board, *forum.Room) {
	w.t.Helper()
	g, err := w.forum.CreateGroup(w.t.Context(), w.admin, forum.GroupDraft{Slug: slug, Name: "Group " + slug, Visibility: v})
	w.must(err)
	b, err := w.forum.CreateBoard(w.t.Context(), w.admin, g.ID, forum.BoardDraft{Slug: "talk", Name: "Talk of " + slug})
	w.must(err)
	r, err := w.forum.OpenRoom(w.t.Context(), w.admin, g.ID, "hall", forum.RoomDraft{Name: "Hall of " + slug})
	w.must(err)
	return g, b, r
}

// enter lets members in and has each told who reads along, on every door.
func (w *world) enter(g *forum.Group, all ...forum.Actor) {
	w.t.Helper()
	for _, m := range all {
		if m.Member != w.admin.Member {
			if err := w.forum.Invite(w.t.Context(), w.admin, g.ID, m.Member); err != nil && forum.KindOf(err) != forum.Conflict {
				w.must(err)
			}
			w.must(w.forum.Join(w.t.Context(), m, g.ID))
		}
		for _, door := range []forum.Door{forum.OnBoard, forum.ByMail, forum.InRoom} {
			d, err := w.forum.Disclose(w.t.Context(), m, g.ID, door)
			w.must(err)
			w.must(w.forum.Acknowledge(w.t.Context(), m, g.ID, door, d.Wording))
		}
	}
}

func (w *world) key() string { return fmt.Sprintf("key-%d", w.keys.Add(1)) }

// until lets time pass to the next full hour in the members' zone that is asked for, at
// least twelve hours on.
func (w *world) until(is func(time.Time) bool) {
	w.t.Helper()
	zone, err := time.LoadLocation("Europe/Amsterdam")
	w.must(err)
	now := time.Now().Add(time.Duration(w.offset.Load())).In(zone)
	at := now.Truncate(time.Hour).Add(12 * time.Hour)
	for !is(at) {
		at = at.Add(time.Hour)
	}
	w.offset.Add(int64(at.Sub(now)))
}

// eventually waits until something is true.
func (w *world) eventually(what string, is func() bool) {
	w.t.Helper()
	w.within(20*time.Second, what, is)
}

func (w *world) within(long time.Duration, what string, is func() bool) {
	w.t.Helper()
	for end := time.Now().Add(long); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		if is() {
			return
		}
	}
	w.t.Fatalf("never: %s", what)
}

func addressOf(t *testing.T, header string) string {
	t.Helper()
	a, err := netmail.ParseAddress(header)
	if err != nil {
		t.Fatalf("%q: %v", header, err)
	}
	return a.Address
}

// redisServer starts a throw-away Redis on a free port of loopback.
func redisServer(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	at := l.Addr().String()
	_, port, _ := net.SplitHostPort(at)
	_ = l.Close()
	cmd := exec.Command("redis-server", "--port", port, "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", t.TempDir())
	if err := cmd.Start(); err != nil {
		t.Fatalf("Redis: %v (make test installs it)", err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	for range 100 {
		if c, err := net.Dial("tcp", at); err == nil {
			_ = c.Close()
			return "redis://" + at
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Fatal("Redis does not answer")
	return ""
}
