package realtime

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestJoinsWrites: all that waits goes out in one write.
func TestJoinsWrites(t *testing.T) {
	t.Parallel()
	h := hub(t, NewMemoryBroker(), Options{})
	sink := newRecorder()
	sink.gate = make(chan struct{})
	r := connectTo(t, h, "ann", sink)
	r.subscribe(t, "a", -1, nil)
	for i := range 20 {
		must(t, h.Publish(context.Background(), "a", Frame{Data: fmt.Appendf(nil, "{\n\"i\":%d}", i)}))
	}
	close(sink.gate)
	eventually(t, "twenty", func() bool { return len(sink.got()) == 20 })
	sink.mu.Lock()
	defer sink.mu.Unlock()
	if sink.writes > 2 {
		t.Errorf("%d writes, want at most 2", sink.writes)
	}
	if sink.lines[3] != `{ "i":3}` {
		t.Errorf("a newline within a frame was not folded: %q", sink.lines[3])
	}
}

// TestSlowReader: one who does not read is closed, is able to resume, and
// disturbs nobody.
func TestSlowReader(t *testing.T) {
	t.Parallel()
	s := newStore()
	h := hub(t, NewMemoryBroker(), Options{Fill: s.fill, QueueFrames: 8})
	stuck := newRecorder()
	stuck.gate = make(chan struct{})
	slow := connectTo(t, h, "slow", stuck)
	slow.subscribe(t, "a", 0, s.catchUp("a"))
	quick := connect(t, h, "quick")
	quick.subscribe(t, "a", 0, s.catchUp("a"))
	for i := range 20 {
		must(t, h.Publish(context.Background(), "a", s.add("a")))
		eventually(t, "quick reads", func() bool { return len(quick.sink.seqs("a")) == i+1 })
	}
	<-slow.done
	if code := stuck.closedWith(); code != CodeSlow {
		t.Fatalf("closed with %d", code)
	}
	eventually(t, "slow is gone", func() bool { return h.Connections() == 1 })
	again := connect(t, h, "slow")
	again.subscribe(t, "a", 0, s.catchUp("a"))
	eventually(t, "resumed", func() bool { return len(again.sink.seqs("a")) == 20 })
}

// TestLongHistory: a catch-up longer than the queue waits for its reader, and
// what is said meanwhile is not lost though it does not fit the buffer.
func TestLongHistory(t *testing.T) {
	t.Parallel()
	s := newStore()
	h := hub(t, NewMemoryBroker(), Options{Fill: s.fill, QueueFrames: 8})
	for range 100 {
		s.add("a")
	}
	sink := newRecorder()
	sink.gate = make(chan struct{})
	r := connectTo(t, h, "ann", sink)
	subscribed := make(chan error)
	go func() { subscribed <- r.Subscribe(context.Background(), "a", 0, s.catchUp("a")) }()
	eventually(t, "history begins", func() bool {
		r.mu.Lock()
		defer r.mu.Unlock()
		return r.space != nil
	})
	speakOn(t, h, s, "a", 50)
	close(sink.gate)
	must(t, <-subscribed)
	speakOn(t, h, s, "a", 1)
	eventually(t, "all", func() bool { return len(sink.seqs("a")) == 151 })
	if got := sink.seqs("a"); !slices.Equal(got, s.want("a", 0)) {
		t.Errorf("got %v", got)
	}
}

// TestCloseDrains: what was queued before an orderly close is written.
func TestCloseDrains(t *testing.T) {
	t.Parallel()
	h := hub(t, NewMemoryBroker(), Options{})
	r := connect(t, h, "ann")
	for range 5 {
		r.Send([]byte("{}"))
	}
	r.Close(4429, "too many")
	r.Close(1, "second close changes nothing")
	<-r.done
	if r.err != nil || len(r.sink.got()) != 5 || r.sink.closedWith() != 4429 {
		t.Errorf("err %v, %d lines, code %d", r.err, len(r.sink.got()), r.sink.closedWith())
	}
	if r.Send([]byte("{}")) {
		t.Error("send after close must be refused")
	}
	if err := r.Subscribe(context.Background(), "a", -1, nil); !errors.Is(err, ErrClosed) {
		t.Errorf("subscribe after close: %v", err)
	}
	r.Unsubscribe("a")
	eventually(t, "left", func() bool { return h.Connections() == 0 })
}

// TestEnds lists the ways a connection ends; none touches the sink afterwards.
func TestEnds(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		sink func(*recorder)
		end  func(c *Conn, cancel func())
		code int
	}{
		{"context", nil, func(_ *Conn, cancel func()) { cancel() }, CodeGone},
		{"context while writing", func(r *recorder) { r.gate = make(chan struct{}) },
			func(c *Conn, cancel func()) { c.Send([]byte("{}")); cancel() }, CodeGone},
		{"panic", func(r *recorder) { r.panics = true },
			func(c *Conn, _ func()) { c.Send([]byte("{}")) }, CodeBroken},
		{"stop while writing", func(r *recorder) { r.gate = make(chan struct{}) },
			func(c *Conn, _ func()) { c.Send([]byte("{}")); c.shut(CodeStop, "stop", false) }, CodeStop},
		{"slow, one huge queue", func(r *recorder) { r.gate = make(chan struct{}) },
			func(c *Conn, _ func()) {
				for c.Send([]byte(strings.Repeat("x", 1000))) {
					continue
				}
			}, CodeSlow},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			sink := newRecorder()
			if tt.sink != nil {
				tt.sink(sink)
			}
			endOnce(t, sink, tt.end, tt.code)
		})
	}
}

// endOnce runs a connection until end ends it.
func endOnce(t *testing.T, sink *recorder, end func(c *Conn, cancel func()), code int) {
	t.Helper()
	h := hub(t, NewMemoryBroker(), Options{})
	c, err := h.Connect("ann", sink)
	must(t, err)
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = c.Run(ctx)
		sink.mu.Lock()
		defer sink.mu.Unlock()
		sink.ended = true
	}()
	eventually(t, "runs", func() bool {
		c.mu.Lock()
		defer c.mu.Unlock()
		return c.running
	})
	must(t, c.Subscribe(ctx, "a", -1, nil))
	end(c, cancel)
	<-done
	_ = h.Publish(context.Background(), "a", Frame{Data: []byte("{}")})
	c.Send([]byte("{}"))
	c.Close(1, "late")
	if sink.closedWith() != code || sink.late || h.Connections() != 0 {
		t.Errorf("code %d, late %v, %d connections", sink.closedWith(), sink.late, h.Connections())
	}
}

// TestCloseBeforeRun: a door that was overtaken is told when it runs.
func TestCloseBeforeRun(t *testing.T) {
	t.Parallel()
	h := hub(t, NewMemoryBroker(), Options{})
	sink := newRecorder()
	c, err := h.Connect("ann", sink)
	must(t, err)
	must(t, c.Subscribe(context.Background(), "a", -1, nil))
	c.shut(CodeStop, "stop", false)
	eventually(t, "left", func() bool { return h.Connections() == 0 && h.channel("a") == nil })
	if err := c.Run(context.Background()); !errors.Is(err, ErrClosed) || sink.closedWith() != CodeStop {
		t.Errorf("run: %v, code %d", err, sink.closedWith())
	}

	orderly := newRecorder()
	c, err = h.Connect("ann", orderly)
	must(t, err)
	c.Send([]byte("{}"))
	c.Close(4429, "too many")
	if err := c.Run(context.Background()); err != nil || orderly.closedWith() != 4429 || len(orderly.got()) != 1 {
		t.Errorf("run: %v, code %d, told %v", err, orderly.closedWith(), orderly.got())
	}
}

// TestSubscribeRefusals lists what Subscribe says no to.
func TestSubscribeRefusals(t *testing.T) {
	t.Parallel()
	h := hub(t, NewMemoryBroker(), Options{Channels: 2})
	r := connect(t, h, "ann")
	ctx := context.Background()
	broken := errors.New("store")
	fails := func(context.Context, int64) ([]Frame, error) { return nil, broken }
	cancelled, cancel := context.WithCancel(ctx)
	cancel()
	for _, tt := range []struct {
		name, channel string
		after         int64
		catchUp       CatchUp
		want          error
	}{
		{"reserved", control, -1, nil, ErrReserved},
		{"empty", "", -1, nil, ErrReserved},
		{"store fails", "a", 0, fails, broken},
		{"again after a failure", "a", 0, nil, nil},
		{"twice", "a", 0, nil, ErrSubscribed},
		{"second", "b", -1, nil, nil},
		{"third", "c", -1, nil, ErrTooMany},
	} {
		if err := r.Subscribe(ctx, tt.channel, tt.after, tt.catchUp); !errors.Is(err, tt.want) {
			t.Errorf("%s: %v, want %v", tt.name, err, tt.want)
		}
	}
	if err := h.Publish(cancelled, control, Frame{}); !errors.Is(err, ErrReserved) {
		t.Errorf("publish on a reserved name: %v", err)
	}
}

// TestUnsubscribeWhileCatchingUp ends the catch-up.
func TestUnsubscribeWhileCatchingUp(t *testing.T) {
	t.Parallel()
	h := hub(t, NewMemoryBroker(), Options{})
	r := connect(t, h, "ann")
	err := r.Subscribe(context.Background(), "a", 0, func(context.Context, int64) ([]Frame, error) {
		r.Unsubscribe("a")
		return []Frame{{Seq: 1, Data: []byte("{}")}}, nil
	})
	if !errors.Is(err, ErrDropped) || len(r.sink.got()) != 0 {
		t.Errorf("%v, told %v", err, r.sink.got())
	}
}

// TestShutdown: everybody is sent away with what was queued, nobody comes in,
// and one who is stuck is cut off when the time is over.
func TestShutdown(t *testing.T) {
	t.Parallel()
	h := NewHub(NewMemoryBroker(), Options{})
	var readers []*reader
	for range 10 {
		r := connect(t, h, "ann")
		r.Send([]byte("{}"))
		readers = append(readers, r)
	}
	sink := newRecorder()
	sink.gate = make(chan struct{})
	stuck := connectTo(t, h, "stuck", sink)
	stuck.Send([]byte("{}"))
	eventually(t, "stuck", func() bool {
		stuck.mu.Lock()
		defer stuck.mu.Unlock()
		return stuck.writing
	})
	ctx, cancel := context.WithCancel(context.Background())
	go func() {
		for _, r := range readers {
			<-r.done
		}
		cancel()
	}()
	if err := h.Shutdown(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("shutdown: %v", err)
	}
	<-stuck.done
	for _, r := range append(readers, stuck) {
		if r.sink.closedWith() != CodeReturn || (r != stuck && len(r.sink.got()) != 1) {
			t.Errorf("code %d, %d lines", r.sink.closedWith(), len(r.sink.got()))
		}
	}
	if _, err := h.Connect("late", newRecorder()); !errors.Is(err, ErrShutdown) {
		t.Errorf("connect: %v", err)
	}
	if err := h.Shutdown(context.Background()); !errors.Is(err, ErrShutdown) {
		t.Errorf("second shutdown: %v", err)
	}
}

// TestPanicInFill harms no connection and is tried again.
func TestPanicInFill(t *testing.T) {
	t.Parallel()
	s := newStore()
	panics := make(chan struct{}, 1)
	h := hub(t, &wild{}, Options{Tick: time.Millisecond, Fill: func(ctx context.Context, c string, after, before int64) ([]Frame, error) {
		select {
		case <-panics:
			panic("fill")
		default:
			return s.fill(ctx, c, after, before)
		}
	}})
	r := connect(t, h, "ann")
	must(t, h.Publish(context.Background(), "a", s.add("a")))
	r.subscribe(t, "a", 0, s.catchUp("a"))
	panics <- struct{}{}
	s.add("a")
	must(t, h.Publish(context.Background(), "a", s.add("a")))
	eventually(t, "three", func() bool { return len(r.sink.seqs("a")) == 3 })
}
