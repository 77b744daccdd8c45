package realtime

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
)

// listener keeps what a broker calls.
type listener struct {
	mu       sync.Mutex
	messages []string
	joined   []string
	health   []bool
}

func (l *listener) Message(channel string, payload []byte) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.messages = append(l.messages, channel+"="+string(payload))
	clear(payload) // the slice is the listener's: nobody else may see this
}

func (l *listener) Joined(channel string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.joined = append(l.joined, channel)
}

func (l *listener) Health(ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.health = append(l.health, ok)
}

func (l *listener) heard() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.messages)
}

func (l *listener) joins(channel string) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	n := 0
	for _, j := range l.joined {
		if j == channel {
			n++
		}
	}
	return n
}

// TestBrokers is what every broker keeps to, in the words of its interface.
func TestBrokers(t *testing.T) {
	t.Parallel()
	carriers(t, func(t *testing.T, node func() Broker) {
		ctx := context.Background()
		b := node()
		one, two := &listener{}, &listener{}
		stop := b.Listen(one)
		defer b.Listen(two)()
		_, memory := b.(*memory)
		say := func(channel, text string) { must(t, b.Publish(ctx, channel, []byte(text))) }
		joined := func(channel string, n int) {
			t.Helper()
			eventually(t, "joined", func() bool { return memory || one.joins(channel) == n })
		}
		b.Subscribe("a")
		b.Subscribe("a") // counted
		b.Subscribe("binary \x00\xff name")
		joined("a", 1)
		joined("binary \x00\xff name", 1)
		say("a", "1")
		say("binary \x00\xff name", "\x00\n\xff")
		for _, l := range []*listener{one, two} {
			eventually(t, "both heard", func() bool {
				return slices.Equal(l.heard(), []string{"a=1", "binary \x00\xff name=\x00\n\xff"})
			})
		}
		b.Unsubscribe("a")
		say("a", "2")
		eventually(t, "still subscribed once", func() bool { return len(two.heard()) == 3 })
		b.Unsubscribe("a")
		b.Unsubscribe("a") // one too many harms nothing
		b.Subscribe("a")
		stop()
		say("binary \x00\xff name", "3")
		eventually(t, "two goes on", func() bool { return len(two.heard()) >= 4 })
		if got := one.heard(); len(got) != 3 {
			t.Errorf("heard after stop: %q", got)
		}
		must(t, b.Close())
		if b.Publish(ctx, "a", []byte("late")) == nil && memory {
			t.Error("publish after close must fail")
		}
	})
}

// TestRosters is what every roster keeps to.
func TestRosters(t *testing.T) {
	t.Parallel()
	carriers(t, func(t *testing.T, node func() Broker) {
		ctx := context.Background()
		r := node().(Roster)
		at := time.Unix(1_700_000_000, 0)
		present := func(now time.Time, want ...string) {
			t.Helper()
			got, err := r.Present(ctx, "room", now)
			must(t, err)
			slices.Sort(got)
			if !slices.Equal(slices.Compact(got), want) {
				t.Errorf("at %d: %q, want %q", now.Unix()-at.Unix(), got, want)
			}
		}
		seat := func(owner string) []Seat { return []Seat{{"room", owner}} }
		must(t, r.Keep(ctx, "node---1", append(seat("ann"), Seat{"room", "bob"}, Seat{"else", "eve"}), at.Add(10*time.Second)))
		must(t, r.Keep(ctx, "node---2", seat("ann"), at.Add(20*time.Second)))
		must(t, r.Keep(ctx, "node---2", seat("\x00odd: owner"), at.Add(20*time.Second)))
		present(at, "\x00odd: owner", "ann", "bob")
		must(t, r.Drop(ctx, "node---1", seat("ann")))
		present(at, "\x00odd: owner", "ann", "bob") // on the other node
		must(t, r.Drop(ctx, "node---2", seat("\x00odd: owner")))
		present(at, "ann", "bob")
		must(t, r.Keep(ctx, "node---1", seat("bob"), at.Add(15*time.Second))) // renewed
		present(at.Add(11*time.Second), "ann", "bob")
		present(at.Add(15*time.Second), "ann")
		present(at.Add(20 * time.Second))
		must(t, r.Drop(ctx, "node---1", seat("nobody")))
		must(t, r.Keep(ctx, "node---1", nil, at))
	})
}

// TestManySeats are told in several rounds.
func TestManySeats(t *testing.T) {
	t.Parallel()
	r := redisNode(t, startMini(t).Addr()).(Roster)
	var seats []Seat
	for i := range 1234 {
		seats = append(seats, Seat{fmt.Sprint("room", i), "ann"})
	}
	now := time.Unix(1_700_000_000, 0)
	must(t, r.Keep(context.Background(), "node---1", seats, now.Add(time.Second)))
	for _, s := range []Seat{seats[0], seats[700], seats[1233]} {
		got, err := r.Present(context.Background(), s.Channel, now)
		if err != nil || !slices.Equal(got, []string{"ann"}) {
			t.Errorf("%s: %q, %v", s.Channel, got, err)
		}
	}
}

// TestUniversalClient: a client whose timeouts are its caller's serves too.
func TestUniversalClient(t *testing.T) {
	t.Parallel()
	c := redis.NewUniversalClient(&redis.UniversalOptions{Addrs: []string{startMini(t).Addr()}, IsClusterMode: false})
	b := NewRedisBroker(struct{ redis.UniversalClient }{c}, "p:", nil)
	l := &listener{}
	b.Listen(l)
	b.Subscribe("a")
	eventually(t, "joined", func() bool { return l.joins("a") == 1 })
	must(t, b.Publish(context.Background(), "a", []byte("x")))
	eventually(t, "heard", func() bool { return len(l.heard()) == 1 })
	must(t, b.Close())
	must(t, c.Close())
}

// TestListenerPanics: the broker's goroutine survives its listener.
func TestListenerPanics(t *testing.T) {
	t.Parallel()
	b := redisNode(t, startMini(t).Addr())
	p := &panics{}
	b.Listen(p)
	b.Subscribe("a")
	eventually(t, "joined", func() bool { return p.joins("a") == 1 })
	for _, text := range []string{"panic", "fine"} {
		must(t, b.Publish(context.Background(), "a", []byte(text)))
	}
	eventually(t, "goes on", func() bool { return slices.Contains(p.heard(), "a=fine") })
}

type panics struct{ listener }

func (p *panics) Message(channel string, payload []byte) {
	if string(payload) == "panic" {
		panic("listener")
	}
	p.listener.Message(channel, payload)
}

// FuzzMessage: whatever comes in from the broker harms no reader.
func FuzzMessage(f *testing.F) {
	for _, kind := range []byte{kindFrame, kindPoke, kindRevoke, kindBeat, kindBye, 'x'} {
		for _, seq := range []int64{0, 1, 2, 7, 1 << 62, -1} {
			f.Add(envelope{kind: kind, node: "nodename", seq: seq, data: []byte("room\n")}.encode(), true)
			f.Add(envelope{kind: kind, node: "nodename", seq: seq}.encode(), false)
		}
	}
	f.Add([]byte("short"), true)
	f.Fuzz(func(t *testing.T, payload []byte, onControl bool) {
		s := newStore()
		h := NewHub(&wild{}, Options{Fill: s.fill, Tick: time.Hour})
		defer shutdown(t, h)
		r := connect(t, h, "ann")
		r.subscribe(t, "room", 0, s.catchUp("room"))
		channel := "room"
		if onControl {
			channel = control
		}
		ear{h}.Message(channel, payload)
		e, ok := decode(payload)
		if ok && !bytes.Equal(e.encode(), payload) {
			t.Fatal("decoding and encoding differ")
		}
		if !r.Send([]byte("end")) {
			t.Fatal("the reader was closed")
		}
		eventually(t, "end", func() bool { return slices.Contains(r.sink.got(), "end") })
		for _, line := range r.sink.got() {
			if bytes.ContainsRune([]byte(line), '\n') {
				t.Fatal("a newline within a line")
			}
		}
	})
}

// TestWithin: what a store answers beyond the question is not believed.
func TestWithin(t *testing.T) {
	t.Parallel()
	answer := []Frame{{Seq: 9}, {Seq: 4, Data: []byte("a\nb")}, {Seq: 2}, {Seq: 3}, {Seq: 10}, {Seq: -1}, {Seq: 3}}
	got := within(answer, 2, 10)
	var seqs []int64
	for _, f := range got {
		seqs = append(seqs, f.Seq)
	}
	if !slices.Equal(seqs, []int64{3, 3, 4, 9}) || string(got[2].Data) != "a b" {
		t.Errorf("%v", got)
	}
	if string(answer[1].Data) != "a\nb" {
		t.Error("the store's bytes were changed")
	}
	h := hub(t, NewMemoryBroker(), Options{})
	if err := h.Publish(context.Background(), "a", Frame{Seq: -1}); err == nil || errors.Is(err, ErrAway) {
		t.Errorf("negative sequence: %v", err)
	}
}
