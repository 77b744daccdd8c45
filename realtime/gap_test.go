package realtime

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// carriers are the brokers every node-to-node test runs on.
func carriers(t *testing.T, test func(t *testing.T, node func() Broker)) {
	t.Run("memory", func(t *testing.T) {
		t.Parallel()
		b := NewMemoryBroker()
		test(t, func() Broker { return b })
	})
	t.Run("miniredis", func(t *testing.T) {
		t.Parallel()
		addr := startMini(t).Addr()
		test(t, func() Broker { return redisNode(t, addr) })
	})
	t.Run("redis", func(t *testing.T) {
		t.Parallel()
		srv := startRedis(t)
		test(t, func() Broker { return redisNode(t, srv.addr) })
	})
}

// TestNodes lets several nodes speak at once while readers join on all.
func TestNodes(t *testing.T) {
	t.Parallel()
	carriers(t, func(t *testing.T, node func() Broker) {
		s := newStore()
		hubs := make([]*Hub, 3)
		for i := range hubs {
			hubs[i] = hub(t, node(), Options{Fill: s.fill})
		}
		var speakers, joins sync.WaitGroup
		var mu sync.Mutex
		var places []*place
		for i, h := range hubs {
			speakers.Go(func() { speak(h, s, 200) })
			for range 5 {
				r := connect(t, h, fmt.Sprint("owner", i))
				p := &place{reader: r, channel: "room", after: int64(i)}
				joins.Go(func() {
					if err := r.Subscribe(context.Background(), "room", p.after, s.catchUp("room")); err != nil {
						t.Errorf("subscribe: %v", err)
					}
					mu.Lock()
					defer mu.Unlock()
					places = append(places, p)
				})
			}
		}
		speakers.Wait()
		joins.Wait()
		for _, p := range places {
			eventually(t, "all 600 frames", func() bool { return len(p.sink.seqs("room")) == 600-int(p.after) })
			if c := p.complaint(s); c != "" {
				t.Error(c)
			}
		}
	})
}

// speak stores and publishes; errors of the broker are the hub's to mend.
func speak(h *Hub, s *store, n int) {
	for range n {
		_ = h.Publish(context.Background(), "room", s.add("room"))
	}
}

// TestHole: what the store has not is passed over, once it was asked.
func TestHole(t *testing.T) {
	t.Parallel()
	w, s := &wild{}, newStore()
	h := hub(t, w, Options{Fill: s.fill})
	r := connect(t, h, "ann")
	r.subscribe(t, "a", 0, s.catchUp("a"))
	s.add("a")
	s.add("a")
	s.erase("a", 1)
	must(t, h.Publish(context.Background(), "a", s.add("a")))
	eventually(t, "2, 3", func() bool { return slices.Equal(r.sink.seqs("a"), []int64{2, 3}) })
}

// TestFillFails: nothing is told out of order while the store is away, and
// one fill at a time asks.
func TestFillFails(t *testing.T) {
	t.Parallel()
	w, s := &wild{}, newStore()
	h := hub(t, w, Options{Fill: s.fill, Tick: time.Hour})
	r := connect(t, h, "ann")
	r.subscribe(t, "a", 0, s.catchUp("a"))
	s.setBroken(true)
	s.add("a")
	for range 5 {
		must(t, h.Publish(context.Background(), "a", s.add("a")))
	}
	eventually(t, "a retry", func() bool { return s.filled() > 3 })
	if got := r.sink.seqs("a"); len(got) > 0 {
		t.Fatalf("told over a gap: %v", got)
	}
	s.setBroken(false)
	eventually(t, "all", func() bool { return len(r.sink.seqs("a")) == 6 })
}

// TestSingleFlight: many frames beyond a gap make one call.
func TestSingleFlight(t *testing.T) {
	t.Parallel()
	w, s := &wild{}, newStore()
	h := hub(t, w, Options{Fill: s.fill, Tick: time.Hour})
	r := connect(t, h, "ann")
	must(t, h.Publish(context.Background(), "a", s.add("a")))
	r.subscribe(t, "a", 0, s.catchUp("a"))
	before := s.filled()
	s.mu.Lock()
	s.hold, s.entered = make(chan struct{}), make(chan struct{})
	s.mu.Unlock()
	s.add("a")
	must(t, h.Publish(context.Background(), "a", s.add("a")))
	<-s.entered
	for range 50 {
		must(t, h.Publish(context.Background(), "a", s.add("a")))
	}
	s.mu.Lock()
	hold := s.hold
	s.hold = nil
	s.mu.Unlock()
	close(hold)
	eventually(t, "all", func() bool { return len(r.sink.seqs("a")) == 53 })
	if n := s.filled() - before; n != 1 {
		t.Errorf("%d fills, want 1", n)
	}
}

// TestHistoryStaysHidden: one who may not read what was said before joining is
// not told it by the hub's own filling of gaps.
func TestHistoryStaysHidden(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string][]Frame{"empty answer": nil, "position": {{Seq: 40}}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, s := &wild{}, newStore()
			s.page = 7
			h := hub(t, w, Options{Fill: s.fill})
			for range 40 {
				s.add("a")
			}
			r := connect(t, h, "joiner")
			r.subscribe(t, "a", 0, func(_ context.Context, after int64) ([]Frame, error) {
				if after >= 40 {
					return nil, nil
				}
				return answer, nil
			})
			s.add("a") // lost by the broker: gap at 41
			must(t, h.Publish(context.Background(), "a", s.add("a")))
			w.rejoined("a")
			eventually(t, "41, 42", func() bool { return slices.Equal(r.sink.seqs("a"), []int64{41, 42}) })
		})
	}
}

// TestLyingClient: a position beyond the end harms only who claims it.
func TestLyingClient(t *testing.T) {
	t.Parallel()
	w, s := &wild{}, newStore()
	h := hub(t, w, Options{Fill: s.fill})
	liar := connect(t, h, "liar")
	liar.subscribe(t, "a", 1<<60, s.catchUp("a"))
	honest := connect(t, h, "ann")
	honest.subscribe(t, "a", 0, s.catchUp("a"))
	speakOn(t, h, s, "a", 5)
	eventually(t, "five", func() bool { return len(honest.sink.seqs("a")) == 5 })
	if got := liar.sink.seqs("a"); len(got) != 0 {
		t.Errorf("the liar got %v", got)
	}
}

func speakOn(t *testing.T, h *Hub, s *store, channel string, n int) {
	t.Helper()
	for range n {
		must(t, h.Publish(context.Background(), channel, s.add(channel)))
	}
}

// TestHeard: what nobody listens to need not be published, unless another node may; who subscribes then has it from the store.
func TestHeard(t *testing.T) {
	b := NewMemoryBroker()
	h := NewHub(b, Options{})
	defer func() { _ = h.Shutdown(t.Context()) }()
	if h.Heard("room") {
		t.Error("nobody listens")
	}
	c, err := h.Connect("ann", counter{new(atomic.Int64), 1})
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- c.Run(t.Context()) }()
	if err := c.Subscribe(t.Context(), "room", -1, nil); err != nil || !h.Heard("room") || h.Heard("other") {
		t.Errorf("she listens: %v", err)
	}
	other := NewHub(b, Options{})
	if !h.Heard("other") {
		t.Error("another node may listen")
	}
	_ = other.Shutdown(t.Context())
	c.Close(CodeGone, "")
	if err := <-done; err != nil {
		t.Error(err)
	}
	if h.Heard("room") {
		t.Error("she has gone")
	}
}
