package mail

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/emersion/go-smtp"

	"peergroups/forum"
)

// TestLanes: so many at once for a domain, and for each of many others; so many in a minute.
func TestLanes(t *testing.T) {
	t.Parallel()
	var clock atomic.Int64
	clock.Store(time.Hour.Nanoseconds())
	l := &lanes{conns: 2, rate: 5, now: func() time.Time { return time.Unix(0, clock.Load()) }, all: map[string]*lane{}}
	var now, most atomic.Int64
	var wg sync.WaitGroup
	for i := range 5 {
		wg.Go(func() {
			leave, err := l.enter(t.Context(), fmt.Sprint("m", i, "@A.example"))
			if err != nil {
				t.Error(err)
				return
			}
			if n := now.Add(1); n > most.Load() {
				most.Store(n)
			}
			time.Sleep(5 * time.Millisecond)
			now.Add(-1)
			leave(nil)
		})
	}
	wg.Wait()
	if most.Load() > 2 {
		t.Errorf("%d at once", most.Load())
	}
	much := tooMuch{}
	if _, err := l.enter(t.Context(), "m@a.example"); !errors.As(err, &much) || much.wait <= 0 || much.wait > time.Minute {
		t.Errorf("the sixth in a minute: %v", err)
	}
	if err := l.held("m@b.example", false); err != nil {
		t.Errorf("another domain: %v", err)
	}
	clock.Add(time.Minute.Nanoseconds())
	leave, err := l.enter(t.Context(), "m@a.example")
	if err != nil {
		t.Fatalf("a minute later: %v", err)
	}
	leave(refusal{&smtp.SMTPError{Code: 421, Message: "too many connections"}, true})
	for _, wait := range []time.Duration{time.Minute, 2 * time.Minute, 4 * time.Minute} {
		if err := l.held("m@a.example", false); !errors.As(err, &much) || much.wait != wait {
			t.Errorf("after it said so: %v, want %v", much.wait, wait)
		}
		clock.Add(wait.Nanoseconds())
		leave, err := l.enter(t.Context(), "m@a.example")
		if err != nil {
			t.Fatal(err)
		}
		leave(refusal{&smtp.SMTPError{Code: 450, Message: "rate limited"}, false})
	}
	clock.Add(8 * time.Minute.Nanoseconds())
	for _, c := range []error{nil, refusal{&smtp.SMTPError{Code: 421}, true}} {
		leave, err := l.enter(t.Context(), "m@a.example")
		if err != nil {
			t.Fatal(err)
		}
		leave(c)
	}
	if err := l.held("m@a.example", false); !errors.As(err, &much) || much.wait != time.Minute {
		t.Errorf("after it took one: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for range 2 {
		_, _ = l.enter(t.Context(), "m@c.example")
	}
	if _, err := l.enter(ctx, "m@c.example"); !errors.Is(err, context.Canceled) {
		t.Errorf("waiting in vain: %v", err)
	}
	clock.Add(2 * time.Hour.Nanoseconds())
	for i := range 3 * mostLanes {
		clock.Add(time.Second.Nanoseconds())
		_ = l.held(fmt.Sprint("m@", i, ".example"), false)
	}
	if len(l.all) > mostLanes {
		t.Errorf("%d domains are kept", len(l.all))
	}
}

// TestWhatIsTooMuch: only an answer to an address or a text that is about how much there is lets a domain rest.
func TestWhatIsTooMuch(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		err  error
		much bool
	}{
		{refusal{&smtp.SMTPError{Code: 421, Message: "busy"}, true}, true}, {refusal{&smtp.SMTPError{Code: 451, Message: "4.7.28 too many"}, false}, true},
		{&smtp.SMTPError{Code: 421, Message: "too many"}, false}, {refusal{&smtp.SMTPError{Code: 450, Message: "no such mailbox now"}, true}, false},
		{refusal{&smtp.SMTPError{Code: 550, Message: "too many"}, true}, false}, {errors.New("too many"), false}, {nil, false},
	} {
		if got := saysTooMuch(c.err); got != c.much {
			t.Errorf("%v: %v", c.err, got)
		}
	}
}

// TestOfAddress: what the relay's answer says of an address; what it says of us, or of the mail, says nothing of it.
func TestOfAddress(t *testing.T) {
	t.Parallel()
	at := func(code int, e smtp.EnhancedCode, words string) error {
		return fmt.Errorf("send: %w", refusal{&smtp.SMTPError{Code: code, EnhancedCode: e, Message: words}, true})
	}
	none := smtp.EnhancedCode{}
	for _, c := range []struct {
		err  error
		want forum.Return
	}{
		{at(550, smtp.EnhancedCode{5, 1, 1}, "nobody"), forum.HardReturn}, {at(553, smtp.EnhancedCode{5, 1, 3}, "no address"), forum.HardReturn},
		{at(550, none, "no such user"), forum.HardReturn}, {at(550, none, "no"), forum.HardReturn}, {at(553, none, "not here"), forum.HardReturn},
		{at(550, none, "relaying denied"), 0}, {at(550, none, "blocked by our policy"), 0}, {at(550, smtp.EnhancedCode{5, 7, 1}, "no"), 0}, {at(550, smtp.EnhancedCode{5, 1, 8}, "sender"), 0},
		{at(554, none, "transaction failed"), 0}, {at(552, smtp.EnhancedCode{5, 2, 2}, "full"), forum.SoftReturn}, {at(450, smtp.EnhancedCode{4, 2, 0}, "later"), forum.SoftReturn},
		{refusal{&smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}}, false}, 0}, {&smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}}, 0}, {errors.New("550 5.1.1"), 0},
	} {
		if got := ofAddress(c.err); got.Return != c.want {
			t.Errorf("%v: %v", c.err, got.Return)
		}
	}
}

// TestRestingDomain: a domain that says that it is too much gets nothing for a while, others do; what was not tried is
// tried later.
func TestRestingDomain(t *testing.T) {
	t.Parallel()
	var mood atomic.Value
	mood.Store("much")
	var asked atomic.Int64
	f := &flapping{mood: func() string { asked.Add(1); return mood.Load().(string) }}
	at := time.Date(2026, 11, 3, 9, 0, 0, 0, time.UTC)
	r := newRelay(t, f.serve(t), RelayOptions{Conns: 1, Now: func() time.Time { return at }})
	send := func(to string) error { return r.Send(t.Context(), "bounce@lists.example", to, []byte("x\r\n")) }
	if err := send("ann@a.example"); err == nil || Permanent(err) || ofAddress(err).Return != forum.SoftReturn {
		t.Errorf("the first: %v", err)
	}
	mood.Store("")
	much := tooMuch{}
	if err := send("bob@A.example"); !errors.As(err, &much) || asked.Load() != 1 {
		t.Errorf("the second: %v, asked %d times", err, asked.Load())
	}
	if err := r.Held("cid@a.example"); !errors.As(err, &much) {
		t.Errorf("held: %v", err)
	}
	if o := (&Postman{}).outcome(7, fmt.Errorf("send: %w", much)); o.State != forum.Waiting || o.Later != time.Minute || o.Bounce.Return != 0 {
		t.Errorf("becomes %+v", o)
	}
	if err := send("ann@b.example"); err != nil {
		t.Errorf("another domain: %v", err)
	}
	at = at.Add(time.Minute)
	if err := send("bob@a.example"); err != nil {
		t.Errorf("a minute later: %v", err)
	}
}
