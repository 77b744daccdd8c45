package realtime

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"
)

// rights stand for the product's policy.
type rights struct {
	mu    sync.Mutex
	no    map[string]bool // owner + "/" + channel
	asked int
}

func (r *rights) may(_ context.Context, owner, channel string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.asked++
	return !r.no[owner+"/"+channel]
}

func (r *rights) revoke(owner, channel string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.no == nil {
		r.no = map[string]bool{}
	}
	r.no[owner+"/"+channel] = true
}

func (r *rights) options(s *store) Options {
	return Options{
		Fill: s.fill, Recheck: r.may,
		Dropped: func(channel string) []byte { return []byte(`{"dropped":"` + channel + `"}`) },
	}
}

// TestRevoke: on every node the channel is taken away, or the door closed.
func TestRevoke(t *testing.T) {
	t.Parallel()
	carriers(t, func(t *testing.T, node func() Broker) {
		s, p := newStore(), &rights{}
		a, b := hub(t, node(), p.options(s)), hub(t, node(), p.options(s))
		var anns []*reader
		for _, h := range []*Hub{a, b} {
			r := connect(t, h, "ann")
			r.subscribe(t, "room", 0, s.catchUp("room"))
			r.subscribe(t, "topic", -1, nil)
			anns = append(anns, r)
		}
		bob := connect(t, b, "bob")
		bob.subscribe(t, "room", 0, s.catchUp("room"))
		// Over Redis the nodes hear each other from here on.
		speakOn(t, a, s, "room", 1)
		eventually(t, "connected", func() bool { return len(bob.sink.seqs("room")) == 1 })

		p.revoke("ann", "room")
		must(t, a.Revoke(context.Background(), "ann"))
		for _, r := range anns {
			eventually(t, "dropped", func() bool { return slices.Contains(r.sink.got(), `{"dropped":"room"}`) })
		}
		speakOn(t, a, s, "room", 5)
		eventually(t, "bob reads on", func() bool { return len(bob.sink.seqs("room")) == 6 })
		for _, r := range anns {
			if got := r.sink.seqs("room"); len(got) > 1 {
				t.Errorf("told after the revocation: %v", got)
			}
			if got := r.channels(); !slices.Equal(got, []string{"topic"}) {
				t.Errorf("channels: %v", got)
			}
		}

		p.revoke("ann", "")
		must(t, b.Revoke(context.Background(), "ann"))
		for _, r := range anns {
			<-r.done
			if r.sink.closedWith() != CodeStop {
				t.Errorf("closed with %d", r.sink.closedWith())
			}
		}
	})
}

// TestRevokeMeetsLateComers: a door that asked for rights before a revocation
// and connects or subscribes after it is caught.
func TestRevokeMeetsLateComers(t *testing.T) {
	t.Parallel()
	s, p := newStore(), &rights{}
	h := hub(t, NewMemoryBroker(), p.options(s))
	r := connect(t, h, "ann")
	p.revoke("ann", "room")
	must(t, h.Revoke(context.Background(), "ann"))
	if err := r.Subscribe(context.Background(), "room", 0, s.catchUp("room")); !errors.Is(err, ErrDropped) {
		t.Errorf("subscribe: %v", err)
	}
	p.revoke("ann", "")
	late := connect(t, h, "ann")
	<-late.done
	if late.sink.closedWith() != CodeStop {
		t.Errorf("closed with %d", late.sink.closedWith())
	}
}

// TestRevokeByOneWhoHasGone: a right that was taken away is gone for its owner, and for
// everybody where it was everybody's, though the request that took it was broken off.
func TestRevokeByOneWhoHasGone(t *testing.T) {
	t.Parallel()
	s, p := newStore(), &rights{}
	h := hub(t, NewMemoryBroker(), p.options(s))
	gone, cancel := context.WithCancel(context.Background())
	cancel()
	ann, bob, stranger := connect(t, h, "ann"), connect(t, h, "bob"), connect(t, h, "")
	for _, r := range []*reader{ann, bob, stranger} {
		r.subscribe(t, "room", 0, s.catchUp("room"))
	}
	p.revoke("ann", "room")
	_ = h.Revoke(gone, "ann")
	if len(ann.channels()) != 0 || len(bob.channels()) != 1 {
		t.Errorf("ann is on %v, bob on %v", ann.channels(), bob.channels())
	}
	p.revoke("bob", "room")
	p.revoke("", "room")
	_ = h.Revoke(gone, Everybody)
	if len(bob.channels()) != 0 || len(stranger.channels()) != 0 {
		t.Errorf("bob is on %v, a stranger on %v", bob.channels(), stranger.channels())
	}
}

// TestRecheckWithoutBroker: while the broker is away everybody is asked about
// on each tick, and a revocation nobody heard is said when it is back.
func TestRecheckWithoutBroker(t *testing.T) {
	t.Parallel()
	s, p, w := newStore(), &rights{}, &wild{}
	o := p.options(s)
	o.Tick = 5 * time.Millisecond
	a, b := hub(t, w, o), hub(t, w, o)
	r := connect(t, b, "ann")
	r.subscribe(t, "room", 0, s.catchUp("room"))
	w.mu.Lock()
	w.fail = true
	w.mu.Unlock()
	ear{b}.Health(false)
	p.revoke("ann", "room")
	if err := a.Revoke(context.Background(), "ann"); !errors.Is(err, ErrAway) {
		t.Errorf("revoke: %v", err)
	}
	eventually(t, "dropped", func() bool { return len(r.channels()) == 0 })
	a.unsaid.mu.Lock()
	_, kept := a.unsaid.revokes["ann"]
	a.unsaid.mu.Unlock()
	if !kept {
		// It may be in the hands of a retry just now.
		eventually(t, "kept", func() bool {
			a.unsaid.mu.Lock()
			defer a.unsaid.mu.Unlock()
			return len(a.unsaid.revokes) == 1
		})
	}
	ear{b}.Health(true)
}

// TestRecheckEvery asks about everybody now and then, by the injected clock.
func TestRecheckEvery(t *testing.T) {
	t.Parallel()
	s, p, c := newStore(), &rights{}, newClock()
	o := p.options(s)
	o.Now, o.Tick = c.now, time.Hour
	h := hub(t, NewMemoryBroker(), o)
	r := connect(t, h, "ann")
	r.subscribe(t, "room", 0, s.catchUp("room"))
	h.tick(false)
	p.revoke("ann", "room")
	c.add(59 * time.Second)
	h.tick(false)
	if len(r.channels()) != 1 {
		t.Error("asked too early")
	}
	c.add(2 * time.Second)
	eventually(t, "dropped", func() bool {
		h.tick(false)
		return len(r.channels()) == 0
	})
}

// TestPanicInRecheck closes only the connection it was about.
func TestPanicInRecheck(t *testing.T) {
	t.Parallel()
	h := hub(t, NewMemoryBroker(), Options{Recheck: func(_ context.Context, owner, _ string) bool {
		if owner == "ann" {
			panic("recheck")
		}
		return true
	}})
	ann, bob := connect(t, h, "ann"), connect(t, h, "bob")
	must(t, h.Revoke(context.Background(), "ann"))
	must(t, h.Revoke(context.Background(), "bob"))
	<-ann.done
	if ann.sink.closedWith() != CodeBroken || !bob.Send([]byte("{}")) {
		t.Errorf("ann %d", ann.sink.closedWith())
	}
}

// clock is set by the test.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func newClock() *clock { return &clock{at: time.Unix(1_700_000_000, 0)} }

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

// TestPresent: distinct owners on all nodes; leaving shows; a killed node's
// people go with their lease, a living node's stay.
func TestPresent(t *testing.T) {
	t.Parallel()
	carriers(t, func(t *testing.T, node func() Broker) {
		c := newClock()
		o := Options{Now: c.now, Tick: 10 * time.Millisecond, Lease: 30 * time.Second,
			Tracked: func(channel string) bool { return channel == "room" }}
		a, b := hub(t, node(), o), hub(t, node(), o)
		present := func(h *Hub, want ...string) {
			t.Helper()
			eventually(t, "present", func() bool {
				got, err := h.Present(context.Background(), "room")
				return err == nil && slices.Equal(got, want)
			})
		}
		ann, ann2, bob := connect(t, a, "ann"), connect(t, b, "ann"), connect(t, b, "bob")
		visitor := connect(t, b, "")
		for _, r := range []*reader{ann, ann2, bob, visitor} {
			r.subscribe(t, "room", -1, nil)
			r.subscribe(t, "elsewhere", -1, nil)
		}
		present(a, "ann", "bob")
		present(b, "ann", "bob")
		ann2.Unsubscribe("room")
		present(b, "ann", "bob")
		ann.Close(CodeGone, "bye")
		present(b, "bob")
		if got, _ := a.Present(context.Background(), "elsewhere"); len(got) != 0 {
			t.Errorf("untracked channel shows %v", got)
		}

		// A node that was killed: its seats are there, nobody renews them.
		dead := []Seat{{Channel: "room", Owner: "ghost"}}
		must(t, a.roster.Keep(context.Background(), "deadnode", dead, a.until()))
		present(a, "bob", "ghost")
		c.add(31 * time.Second)
		b.renewSeats(context.Background())
		present(a, "bob")
	})
}

// TestFramesForSome: what is not for everybody on a channel is told, on every node, to those
// who may know of it; it holds nobody up, and each owner is asked about once.
func TestFramesForSome(t *testing.T) {
	t.Parallel()
	carriers(t, func(t *testing.T, node func() Broker) {
		s, p := newStore(), &rights{}
		p.revoke("bob", "post:1")
		p.revoke("", "post:1")
		a, b := hub(t, node(), p.options(s)), hub(t, node(), p.options(s))
		var anns, others []*reader
		for _, h := range []*Hub{a, b} {
			anns = append(anns, connect(t, h, "ann"), connect(t, h, "ann"))
			others = append(others, connect(t, h, "bob"), connect(t, h, ""), connect(t, h, ""))
		}
		for _, r := range append(slices.Clone(anns), others...) {
			r.subscribe(t, "room", 0, s.catchUp("room"))
			r.subscribe(t, "topic", -1, nil)
		}
		speakOn(t, a, s, "room", 1)
		for _, r := range append(slices.Clone(anns), others...) {
			eventually(t, "connected", func() bool { return len(r.sink.seqs("room")) == 1 })
		}
		p.mu.Lock()
		p.asked = 0
		p.mu.Unlock()
		must(t, a.Publish(context.Background(), "topic", Frame{Data: []byte(`{"hint":1}`), For: "post:1"}))
		apart := s.add("room")
		apart.For = "post:1"
		must(t, a.Publish(context.Background(), "room", apart))
		speakOn(t, a, s, "room", 1)
		for _, r := range anns {
			eventually(t, "all", func() bool {
				return slices.Contains(r.sink.got(), `{"hint":1}`) && len(r.sink.seqs("room")) == 3
			})
		}
		for _, r := range others {
			eventually(t, "what is for all", func() bool { return slices.Contains(r.sink.seqs("room"), 3) })
			if got := r.sink.got(); slices.Contains(got, `{"hint":1}`) || !slices.Equal(r.sink.seqs("room"), []int64{1, 3}) {
				t.Errorf("%q is told %v", r.owner, got)
			}
		}
		p.mu.Lock()
		defer p.mu.Unlock()
		if p.asked != 2*2*3 { // frames, nodes, owners
			t.Errorf("asked %d times", p.asked)
		}
	})
}
