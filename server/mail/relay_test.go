package mail

import (
	"bufio"
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// flapping is an SMTP server that misbehaves; it keeps which mails it has taken.
type flapping struct {
	mu    sync.Mutex
	taken map[string]int
	conns atomic.Int64
	mood  func() string // asked once for each mail
}

func (f *flapping) serve(t testing.TB) string {
	t.Helper()
	f.taken = map[string]int{}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			f.conns.Add(1)
			go f.talk(c)
		}
	}()
	return "smtp://" + l.Addr().String()
}

func (f *flapping) talk(c net.Conn) {
	defer func() { _ = c.Close() }()
	r := bufio.NewReader(c)
	say := func(s string) { _, _ = io.WriteString(c, s+"\r\n") }
	say("220 flapping")
	mood := ""
	for {
		line, err := r.ReadString('\n')
		if err != nil {
			return
		}
		command, _, _ := strings.Cut(strings.TrimSpace(line), " ")
		if command == "MAIL" {
			mood = f.mood()
		}
		switch answer, known := map[string]string{"MAIL 421": "421 4.3.2 going down", "MAIL 4": "451 4.3.0 later", "RCPT 4": "450 4.2.0 later", "RCPT much": "450 4.7.28 too many mails at once", "RCPT 5": "550 5.1.1 nobody", "MAIL 530": "530 5.7.0 sign in", "DATA 4": "452 4.3.1 full"}[command+" "+mood]; {
		case known:
			say(answer)
		case command == "MAIL" && mood == "gone":
			return
		case command == "DATA":
			if !f.data(c, r, mood) {
				return
			}
		case command == "EHLO":
			say("250-flapping\r\n250 SIZE 1000000")
		default:
			say("250 2.0.0 OK")
		}
	}
}

// data takes a mail, or some of it; false ends the connection.
func (f *flapping) data(c net.Conn, r *bufio.Reader, mood string) bool {
	_, _ = io.WriteString(c, "354 go on\r\n")
	var text strings.Builder
	for {
		line, err := r.ReadString('\n')
		if err != nil || mood == "mid-data" {
			return false
		}
		if line == ".\r\n" {
			break
		}
		text.WriteString(line)
	}
	switch mood {
	case "end 4":
		_, _ = io.WriteString(c, "451 4.3.0 later\r\n")
	case "end 5":
		_, _ = io.WriteString(c, "554 5.7.1 spam\r\n")
	case "end gone", "end taken":
		if mood == "end taken" {
			f.take(text.String())
		}
		return false
	case "slow":
		time.Sleep(700 * time.Millisecond)
		return false
	default:
		f.take(text.String())
		_, _ = io.WriteString(c, "250 2.0.0 queued\r\n")
	}
	return true
}

func (f *flapping) take(text string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.taken[strings.TrimSpace(text)]++
}

func newRelay(t testing.TB, address string, o RelayOptions) *Relay {
	t.Helper()
	o.Log = slog.New(slog.NewTextHandler(io.Discard, nil))
	r, err := NewRelay(address, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.Close)
	return r
}

func TestRelayTellsRefusalsApart(t *testing.T) {
	t.Parallel()
	var mood atomic.Value
	f := &flapping{mood: func() string { return mood.Load().(string) }}
	r := newRelay(t, f.serve(t), RelayOptions{Conns: 1, Timeout: 400 * time.Millisecond})
	for _, c := range []struct {
		mood      string
		permanent bool
	}{{"", false}, {"5", true}, {"4", false}, {"end 4", false}, {"end 5", true}, {"mid-data", false}, {"end gone", false}, {"slow", false}, {"530", false}, {"421", false}, {"gone", false}, {"", false}} {
		mood.Store(c.mood)
		err := r.Send(t.Context(), "bounce@lists.example", "ann@a.example", []byte("Subject: "+c.mood+"\r\n\r\nx\r\n"))
		if ok := c.mood == ""; ok != (err == nil) || Permanent(err) != c.permanent {
			t.Errorf("%q: %v, permanent %v", c.mood, err, Permanent(err))
		}
		if unsure := c.mood == "end gone" || c.mood == "slow" || c.mood == "mid-data"; /* so short that all of it was on its way */ errors.Is(err, ErrUnsure) != unsure {
			t.Errorf("%q: %v, unsure should be %v", c.mood, err, unsure)
		}
	}
	mood.Store("4")
	if Permanent(r.Send(t.Context(), "bounce@lists.example", "ann@a.example", []byte("x\r\n"))) {
		t.Error("4xx is not permanent")
	}
}

// TestRelayLosesNothing sends many mails through a server that fails most of the time, each until Send returns nil or
// is unsure, and compares what arrived: none twice, and missing only of the unsure ones.
func TestRelayLosesNothing(t *testing.T) {
	t.Parallel()
	moods := []string{"", "", "", "4", "421", "gone", "mid-data", "end 4", "end gone", "end taken"}
	f := &flapping{mood: func() string { return moods[rand.IntN(len(moods))] }}
	r := newRelay(t, f.serve(t), RelayOptions{Conns: 3, Timeout: 5 * time.Second, Idle: 5 * time.Millisecond})
	var wg sync.WaitGroup
	var unsure atomic.Int64
	const senders, each = 8, 40
	for s := range senders {
		wg.Go(func() {
			for n := range each {
				for try := 0; ; try++ {
					err := r.Send(t.Context(), "bounce@lists.example", "ann@a.example", fmt.Appendf(nil, "Subject: %d.%d\r\n\r\n.\r\nx\r\n", s, n))
					if err == nil {
						break
					}
					if errors.Is(err, ErrUnsure) {
						unsure.Add(1)
						break
					}
					if Permanent(err) || try > 200 {
						t.Errorf("%d.%d: %v", s, n, err)
						return
					}
				}
			}
		})
	}
	wg.Wait()
	f.mu.Lock()
	defer f.mu.Unlock()
	if n := len(f.taken); n > senders*each || n < senders*each-int(unsure.Load()) || unsure.Load() == 0 {
		t.Errorf("%d mails arrived, %d are unsure", n, unsure.Load())
	}
	for mail, n := range f.taken {
		if n != 1 {
			t.Errorf("%q arrived %d times", mail, n)
		}
	}
}

func TestRelayKeepsItsConnections(t *testing.T) {
	t.Parallel()
	n := 0
	f := &flapping{mood: func() string {
		if n++; n%10 == 0 {
			return "5"
		}
		return ""
	}}
	r := newRelay(t, f.serve(t), RelayOptions{Conns: 1})
	for range 100 {
		_ = r.Send(t.Context(), "bounce@lists.example", "ann@a.example", []byte("x\r\n"))
	}
	if n := f.conns.Load(); n != 1 {
		t.Errorf("%d connections", n)
	}
	r.Close()
	r.Close()
	if err := r.Send(t.Context(), "bounce@lists.example", "ann@a.example", []byte("x\r\n")); !errors.Is(err, ErrRelayClosed) {
		t.Error(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	other := newRelay(t, "smtp://127.0.0.1:1", RelayOptions{})
	if err := other.Send(ctx, "a@b.example", "c@d.example", nil); err == nil || Permanent(err) {
		t.Error(err)
	}
}

func TestRelayUnderTLS(t *testing.T) {
	t.Parallel()
	config := certificate(t)
	roots := x509.NewCertPool()
	leaf, err := x509.ParseCertificate(config.Certificates[0].Certificate[0])
	if err != nil {
		t.Fatal(err)
	}
	roots.AddCert(leaf)
	trusting := config.Clone()
	trusting.Certificates, trusting.RootCAs = nil, roots
	b := &box{}
	_, with := serve(t, ServerOptions{Door: b, TLS: config})
	_, without := serve(t, ServerOptions{Door: b})
	for _, c := range []struct {
		name, url string
		trust     bool
		ok        bool
	}{
		{"offered, checked", "smtp://" + with, true, true}, {"offered, not known", "smtp://" + with, false, true}, {"required", "smtp://" + with + "?tls=required", true, true},
		{"required, not known", "smtp://" + with + "?tls=required", false, false}, {"required, not offered", "smtp://" + without + "?tls=required", true, false},
		{"not offered", "smtp://" + without, true, true}, {"not wanted", "smtp://" + with + "?tls=none", true, true}, {"smtps to a plain port", "smtps://" + without, true, false},
	} {
		o := RelayOptions{Timeout: 2 * time.Second, Name: "sender.example"}
		if c.trust {
			o.TLS = trusting
		}
		r := newRelay(t, c.url, o)
		if err := r.Send(t.Context(), "bounce@lists.example", "family@lists.example", []byte("x\r\n")); (err == nil) != c.ok || Permanent(err) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	if mails, seen := b.all(); len(mails) != 5 || seen[0].Helo != "sender.example" {
		t.Errorf("%d mails, %+v", len(mails), seen)
	}
	r := newRelay(t, "smtp://ann:pass@"+with, RelayOptions{TLS: trusting})
	if err := r.Send(t.Context(), "a@b.example", "family@lists.example", []byte("x\r\n")); err == nil || Permanent(err) {
		t.Errorf("a refused password is the mail's fault: %v", err)
	}
}

func TestNewRelay(t *testing.T) {
	t.Parallel()
	for _, bad := range []string{"", "mail.example", "http://mail.example", "smtp://", "smtp://u:p%ZZ@h", "smtp://h?tls=maybe"} {
		if _, err := NewRelay(bad, RelayOptions{}); err == nil || strings.Contains(err.Error(), "p%ZZ") {
			t.Errorf("%q: %v", bad, err)
		}
	}
	r := newRelay(t, "smtps://u:p%40ss@mail.example", RelayOptions{})
	if r.port != "465" || r.password != "p@ss" || r.config().InsecureSkipVerify {
		t.Errorf("%+v", r)
	}
	if r := newRelay(t, "smtp://mail.example?per_domain=2&per_minute=9", RelayOptions{PerDomain: 7}); r.lanes.conns != 2 || r.lanes.rate != 9 {
		t.Errorf("%+v", r.lanes)
	}
	plain := newRelay(t, "smtp://u:p@mail.example", RelayOptions{})
	if err := plain.signIn(nil, false); !errors.Is(err, errPlain) || plain.config().InsecureSkipVerify {
		t.Errorf("a password in plain text: %v", err)
	}
}

func BenchmarkRelay(b *testing.B) {
	sink := &sink{}
	_, address := serve(b, ServerOptions{Door: sink})
	r := newRelay(b, "smtp://"+address, RelayOptions{Conns: 8})
	raw, err := Build(letter())
	if err != nil {
		b.Fatal(err)
	}
	jobs := make(chan struct{})
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range jobs {
				if err := r.Send(context.Background(), "bounce+1@lists.example", "family@lists.example", raw); err != nil {
					b.Error(err)
				}
			}
		})
	}
	for b.Loop() {
		jobs <- struct{}{}
	}
	close(jobs)
	wg.Wait()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "mails/s")
	if n := sink.n.Load(); n != int64(b.N) {
		b.Errorf("%d of %d arrived", n, b.N)
	}
}

type sink struct{ n atomic.Int64 }

func (*sink) Rcpt(context.Context, Envelope) error { return nil }

func (s *sink) Data(context.Context, Envelope, []byte) error {
	s.n.Add(1)
	return nil
}
