package realtime

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// store stands for the product's database: it gives sequences and keeps all.
type store struct {
	mu      sync.Mutex
	frames  map[string][]Frame
	erased  map[string]map[int64]bool
	broken  bool
	fills   int
	page    int // longest answer; 0: no limit
	entered chan struct{}
	hold    chan struct{} // fills wait for it, if set
}

func newStore() *store {
	return &store{frames: map[string][]Frame{}, erased: map[string]map[int64]bool{}}
}

func (s *store) add(channel string) Frame {
	s.mu.Lock()
	defer s.mu.Unlock()
	seq := int64(len(s.frames[channel]) + 1)
	f := Frame{Seq: seq, Data: fmt.Appendf(nil, `{"c":%q,"n":%d}`, channel, seq)}
	s.frames[channel] = append(s.frames[channel], f)
	return f
}

func (s *store) erase(channel string, seq int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.erased[channel] == nil {
		s.erased[channel] = map[int64]bool{}
	}
	s.erased[channel][seq] = true
}

func (s *store) setBroken(broken bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.broken = broken
}

func (s *store) filled() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.fills
}

func (s *store) fill(ctx context.Context, channel string, after, before int64) ([]Frame, error) {
	s.mu.Lock()
	hold, entered := s.hold, s.entered
	s.mu.Unlock()
	if hold != nil {
		entered <- struct{}{}
		select {
		case <-hold:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fills++
	if s.broken {
		return nil, errors.New("store is broken")
	}
	var out []Frame
	for _, f := range s.frames[channel] {
		if f.Seq > after && f.Seq < before && !s.erased[channel][f.Seq] && (s.page == 0 || len(out) < s.page) {
			out = append(out, f)
		}
	}
	return out, nil
}

// catchUp is a subscription's own right to all of the channel.
func (s *store) catchUp(channel string) CatchUp {
	return func(ctx context.Context, after int64) ([]Frame, error) {
		s.mu.Lock()
		defer s.mu.Unlock()
		var out []Frame
		for _, f := range s.frames[channel] {
			if f.Seq > after && !s.erased[channel][f.Seq] && (s.page == 0 || len(out) < s.page) {
				out = append(out, f)
			}
		}
		return out, nil
	}
}

// want is what a reader that began after the given sequence must hold now.
func (s *store) want(channel string, after int64) []int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []int64
	for _, f := range s.frames[channel] {
		if f.Seq > after && !s.erased[channel][f.Seq] {
			out = append(out, f.Seq)
		}
	}
	return out
}

// recorder is a sink that keeps what it was told.
type recorder struct {
	mu     sync.Mutex
	lines  []string
	writes int
	code   int
	reason string
	closed chan struct{}
	gate   chan struct{} // Write waits for it or for Close, if set
	panics bool
	late   bool // touched after Run returned
	ended  bool
}

func newRecorder() *recorder { return &recorder{closed: make(chan struct{})} }

func (r *recorder) Write(p []byte) error {
	r.mu.Lock()
	gate, panics := r.gate, r.panics
	r.late = r.late || r.ended
	r.mu.Unlock()
	if panics {
		panic("sink")
	}
	if gate != nil {
		select {
		case <-gate:
		case <-r.closed:
			return errors.New("closed")
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.writes++
	for line := range bytes.SplitSeq(p, []byte{'\n'}) {
		r.lines = append(r.lines, string(line))
	}
	return nil
}

func (r *recorder) Close(code int, reason string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.late = r.late || r.ended
	r.code, r.reason = code, reason
	close(r.closed) // panics when called twice
}

func (r *recorder) got() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]string(nil), r.lines...)
}

func (r *recorder) closedWith() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.code
}

// seqs are the sequences told of a channel.
func (r *recorder) seqs(channel string) []int64 {
	var out []int64
	prefix := fmt.Sprintf(`{"c":%q,"n":`, channel)
	for _, line := range r.got() {
		if rest, ok := strings.CutPrefix(line, prefix); ok {
			n, err := strconv.ParseInt(strings.TrimSuffix(rest, "}"), 10, 64)
			if err != nil {
				panic(err)
			}
			out = append(out, n)
		}
	}
	return out
}

// TB is what testing and rapid share.
type TB interface {
	Helper()
	Fatalf(format string, args ...any)
	Errorf(format string, args ...any)
}

// reader is a connection that runs.
type reader struct {
	*Conn
	sink *recorder
	done chan struct{}
	err  error

	failures int // of its subscriptions
}

func connect(t TB, h *Hub, owner string) *reader {
	t.Helper()
	return connectTo(t, h, owner, newRecorder())
}

func connectTo(t TB, h *Hub, owner string, sink *recorder) *reader {
	t.Helper()
	c, err := h.Connect(owner, sink)
	if err != nil {
		t.Fatalf("connect: %v", err)
	}
	r := &reader{Conn: c, sink: sink, done: make(chan struct{})}
	go func() {
		defer close(r.done)
		r.err = c.Run(context.Background())
		sink.mu.Lock()
		sink.ended = true
		sink.mu.Unlock()
	}()
	return r
}

// subscribe fails the test when it is refused.
func (r *reader) subscribe(t TB, channel string, after int64, catchUp CatchUp) {
	t.Helper()
	if err := r.Subscribe(context.Background(), channel, after, catchUp); err != nil {
		t.Fatalf("subscribe: %v", err)
	}
}

// hub makes one that ends with the test.
func hub(t *testing.T, b Broker, o Options) *Hub {
	t.Helper()
	h := NewHub(b, o)
	t.Cleanup(func() { shutdown(t, h) })
	return h
}

func shutdown(t TB, h *Hub) {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	if err := h.Shutdown(ctx); err != nil && !errors.Is(err, ErrShutdown) {
		t.Errorf("shutdown: %v", err)
	}
}

// eventually waits for what other goroutines bring about.
func eventually(t TB, what string, ok func() bool) {
	t.Helper()
	for range 20_000 {
		if ok() {
			return
		}
		time.Sleep(time.Millisecond)
	}
	t.Fatalf("never: %s", what)
}

func must(t TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatalf("%v", err)
	}
}
