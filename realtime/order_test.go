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
