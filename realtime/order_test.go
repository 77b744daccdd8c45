package realtime

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// wild is a broker that does with payloads what the test wants.
type wild struct {
	mu        sync.Mutex
	listeners []Listener
	waiting   []wildPayload
	fail      bool
}

type wildPayload struct {
	to      Listener
	channel string
	payload []byte
}

func (w *wild) Publish(_ context.Context, channel string, payload []byte) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.fail {
		return ErrAway
	}
	if channel == control {
		return nil // heartbeats are not the matter here
	}
	for _, l := range w.listeners {
		w.waiting = append(w.waiting, wildPayload{l, channel, payload})
	}
	return nil
}

func (w *wild) Listen(l Listener) func() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.listeners = append(w.listeners, l)
	return func() {}
}

func (w *wild) Subscribe(string)   {}
func (w *wild) Unsubscribe(string) {}
func (w *wild) Close() error       { return nil }

// take removes one waiting payload, or leaves it to come again.
func (w *wild) take(i int, again bool) (wildPayload, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.waiting) == 0 {
		return wildPayload{}, false
	}
	i %= len(w.waiting)
	p := w.waiting[i]
	if !again {
		w.waiting = slices.Delete(w.waiting, i, i+1)
	}
	return p, true
}

func (w *wild) rejoined(channels ...string) {
	w.mu.Lock()
	listeners := slices.Clone(w.listeners)
	w.mu.Unlock()
	for _, l := range listeners {
		for _, channel := range channels {
			l.Joined(channel)
		}
	}
}

// place is one reader's subscription in the model.
type place struct {
	*reader
	channel string
	after   int64
}

// complaint says what is wrong with what a reader holds, at the end of a run.
func (p *place) complaint(s *store) string {
	got, want := p.sink.seqs(p.channel), s.want(p.channel, p.after)
	for i := range got {
		if got[i] <= p.after || (i > 0 && got[i] <= got[i-1]) {
			return fmt.Sprintf("after %d: doubled or out of order: %v", p.after, got)
		}
	}
	for _, seq := range want {
		if _, ok := slices.BinarySearch(got, seq); !ok {
			return fmt.Sprintf("after %d: %d is missing in %v", p.after, seq, got)
		}
	}
	return ""
}

// state shows the place and its channel when a run failed.
func (p *place) state() string {
	ch := p.hub.channel(p.channel)
	if ch == nil {
		return "no channel"
	}
	ch.mu.Lock()
	defer ch.mu.Unlock()
	text := fmt.Sprintf("known %v, head %d, seen %d, %d pending, filling %v, poll %v, ordered %d",
		ch.known, ch.head, ch.seen, len(ch.pending), ch.filling, ch.poll, ch.ordered)
	for _, s := range ch.subs {
		text += fmt.Sprintf("; sub mine %v live %v last %d base %d buf %d lost %v",
			s.conn == p.Conn, s.live, s.last, s.base, len(s.buf), s.lost)
	}
	return text
}

// TestOrder drives two hubs over a broker that loses, doubles and swaps, with
// readers coming, going and resuming, and a store that fails at times and
// erases. Every reader must hold every frame once and in order.
func TestOrder(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		w, s := &wild{}, newStore()
		s.page = rapid.SampledFrom([]int{0, 1, 3}).Draw(t, "page")
		o := Options{Fill: s.fill, Tick: 5 * time.Millisecond, QueueFrames: rapid.SampledFrom([]int{6, 4096}).Draw(t, "queue")}
		hubs := []*Hub{NewHub(w, o), NewHub(w, o)}
		defer shutdown(t, hubs[0])
		defer shutdown(t, hubs[1])
		m := &model{w: w, s: s, hubs: hubs, slowOK: o.QueueFrames == 6}
		t.Repeat(map[string]func(*rapid.T){
			"publish":   m.publish,
			"publish2":  m.publish,
			"deliver":   m.deliver,
			"deliver2":  m.deliver,
			"lose":      m.lose,
			"hint":      m.hint,
			"erase":     m.erase,
			"reconnect": func(*rapid.T) { w.rejoined("a", "b") },
			"store":     func(t *rapid.T) { s.setBroken(rapid.Bool().Draw(t, "broken")) },
			"join":      m.join,
			"leave":     m.leave,
		})
		m.finish(t)
	})
}

type model struct {
	w      *wild
	s      *store
	hubs   []*Hub
	slowOK bool // queues are so short that a reader may rightly be closed
	places []*place
	joins  sync.WaitGroup
}

func (m *model) hub(t *rapid.T) *Hub { return m.hubs[rapid.IntRange(0, 1).Draw(t, "hub")] }

func (m *model) publish(t *rapid.T) {
	channel := rapid.SampledFrom([]string{"a", "a", "b"}).Draw(t, "channel")
	h := m.hub(t)
	if err := h.Publish(context.Background(), channel, m.s.add(channel)); err != nil {
		t.Fatalf("publish: %v", err)
	}
}

func (m *model) deliver(t *rapid.T) {
	again := rapid.IntRange(0, 3).Draw(t, "again") == 0
	if p, ok := m.w.take(rapid.IntRange(0, 5).Draw(t, "which"), again); ok {
		p.to.Message(p.channel, p.payload)
	}
}

func (m *model) lose(t *rapid.T) { m.w.take(rapid.IntRange(0, 5).Draw(t, "which"), false) }

func (m *model) hint(t *rapid.T) {
	_ = m.hub(t).Publish(context.Background(), "a", Frame{Data: []byte(`{"typing":1}`)})
}

func (m *model) erase(t *rapid.T) {
	if all := m.s.want("a", 0); len(all) > 0 {
		m.s.erase("a", rapid.SampledFrom(all).Draw(t, "seq"))
	}
}

// join subscribes beside the other steps, so that catch-up and live frames
// meet in every way. A client's wish beyond the end must harm only itself.
func (m *model) join(t *rapid.T) {
	channel := rapid.SampledFrom([]string{"a", "a", "b"}).Draw(t, "channel")
	all := m.s.want(channel, 0)
	after := int64(0)
	if len(all) > 0 {
		after = rapid.SampledFrom(append(all, 0)).Draw(t, "after")
	}
	liar := rapid.IntRange(0, 6).Draw(t, "liar") == 0
	r := connect(t, m.hub(t), "ann")
	p := &place{reader: r, channel: channel, after: after}
	if liar {
		p.after = 1 << 40
	}
	m.places = append(m.places, p)
	m.joins.Go(func() {
		for from := p.after; ; from = max(from, r.heard(channel)) {
			err := r.Subscribe(context.Background(), channel, from, m.s.catchUp(channel))
			if err == nil || errors.Is(err, ErrClosed) {
				return
			}
		}
	})
}

// heard is what a client knows when it is told of a failure: the last sequence
// before that.
func (r *reader) heard(channel string) int64 {
	r.failures++
	told := fmt.Sprint("failed ", r.failures)
	for r.Send([]byte(told)) && !slices.Contains(r.sink.got(), told) {
		time.Sleep(time.Millisecond)
	}
	if got := r.sink.seqs(channel); len(got) > 0 {
		return got[len(got)-1]
	}
	return 0
}

func (m *model) leave(t *rapid.T) {
	if len(m.places) == 0 {
		return
	}
	i := rapid.IntRange(0, len(m.places)-1).Draw(t, "who")
	m.places[i].Close(CodeGone, "bye")
	m.places = slices.Delete(m.places, i, i+1)
}

// finish heals everything and compares.
func (m *model) finish(t *rapid.T) {
	m.s.setBroken(false)
	m.joins.Wait()
	m.w.rejoined("a", "b")
	for _, p := range m.places {
		ok := func() bool { return p.complaint(m.s) == "" || (m.slowOK && p.sink.closedWith() == CodeSlow) }
		for i := 0; i < 5000 && !ok(); i++ {
			time.Sleep(time.Millisecond)
		}
		if !ok() {
			t.Fatalf("%s; closed with %d; %s", p.complaint(m.s), p.sink.closedWith(), p.state())
		}
		if got := p.sink.seqs(p.channel); !slices.IsSorted(got) || len(slices.Compact(got)) != len(got) {
			t.Fatalf("disorder: %v", got)
		}
	}
}

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
