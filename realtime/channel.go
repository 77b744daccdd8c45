package realtime

import (
	"context"
	"math"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// endless is a bound above every sequence.
const endless = math.MaxInt64

// channel is one channel's state on this node while somebody here listens.
//
// The invariant that makes order: frames are fanned out under mu, each with
// Seq == head+1 (or over numbers the store said are empty), so what a
// subscription sees from the moment it is attached has no gap. What came
// before is its catch-up's business.
//
// Locks nest as Hub.mu, channel.mu, Conn.mu.
type channel struct {
	hub  *Hub
	name string

	mu      sync.Mutex
	subs    []*sub
	owners  map[string]int // connections here by owner
	ordered int            // how many subs need every frame
	closed  bool           // left the hub, nobody listens

	known   bool            // head is meaningful
	head    int64           // last sequence fanned out
	seen    int64           // highest sequence heard of
	pending map[int64]Frame // beyond head+1, waiting for the gap to be filled
	filling bool            // a fill goroutine is at work
	poll    bool            // ask the store for whatever is newer
}

// sub is one connection's place in a channel.
type sub struct {
	conn    *Conn
	name    string
	ordered bool

	ch    *channel    // set by attach, under Hub.mu
	gone  atomic.Bool // taken out; written under Hub.mu
	index int         // in ch.subs

	// Under channel.mu:
	live bool  // receives at once; else frames gather in buf
	last int64 // highest sequence delivered, once live
	base int64 // buf holds all that was fanned out after base; -1: not known
	buf  []Frame
	size int  // bytes in buf
	lost bool // buf grew too big and was dropped: catch up once more
}

// receive takes what the broker or Hub.Publish brought.
func (ch *channel) receive(f Frame) {
	ch.mu.Lock()
	defer ch.mu.Unlock()
	if f.Seq == 0 && f.For != "" {
		ch.askFor(f)
		return
	}
	if f.Seq == 0 {
		for _, s := range ch.subs {
			s.conn.enqueue(f.Data)
		}
		return
	}
	ch.establish(f.Seq)
	ch.seen = max(ch.seen, f.Seq)
	switch {
	case f.Seq <= ch.head:
	case f.Seq == ch.head+1 || !ch.fillable():
		ch.emit(f)
		ch.drain()
	default:
		// Past the bound only the fact is kept: the fill brings the frame.
		if len(ch.pending) < ch.hub.o.QueueFrames {
			ch.pending[f.Seq] = f
		}
		ch.ask(false)
	}
}

// establish gives an unknown head its value when seq is the first heard of.
func (ch *channel) establish(seq int64) {
	if ch.known {
		return
	}
	head := seq - 1
	if floor, ok := ch.floor(); ok && floor < head {
		head = floor
	}
	ch.setHead(head)
}

// setHead makes the head known; from now on the buffers of those who are still
// catching up are complete.
func (ch *channel) setHead(head int64) {
	ch.known, ch.head = true, head
	for _, s := range ch.subs {
		if !s.live && s.base < 0 {
			s.base = head
		}
	}
}

// learn takes the store's word that it has frames up to seq. An unknown head
// starts there, unless a live reader is still before it. A known head is left
// to the broker, which is likely about to bring them; the tick looks after it.
func (ch *channel) learn(seq int64) {
	ch.seen = max(ch.seen, seq)
	if ch.known {
		return
	}
	head := seq
	if floor, ok := ch.floor(); ok && floor < head {
		head = floor
	}
	ch.setHead(head)
	if head < seq {
		ch.ask(false)
	}
}

// floor is the lowest position of the live ordered subscriptions.
func (ch *channel) floor() (int64, bool) {
	low, ok := int64(endless), false
	for _, s := range ch.subs {
		if s.live && s.ordered {
			low, ok = min(low, s.last), true
		}
	}
	return low, ok
}

func (ch *channel) fillable() bool { return ch.ordered > 0 && ch.hub.o.Fill != nil }

// emit fans one frame out and moves the head.
func (ch *channel) emit(f Frame) {
	ch.head = f.Seq
	if f.For != "" {
		ch.askFor(f)
		return
	}
	if len(f.Data) == 0 {
		return
	}
	for _, s := range ch.subs {
		switch {
		case !s.live:
			s.buffer(f, ch.hub.o)
		case !s.ordered:
			s.conn.enqueue(f.Data)
		case f.Seq > s.last:
			s.last = f.Seq
			s.conn.enqueue(f.Data)
		}
	}
}

// buffer keeps a frame for one who is still catching up, within half the
// bounds of a queue, so that the queue can take it all afterwards.
func (s *sub) buffer(f Frame, o Options) {
	if s.lost {
		return
	}
	s.buf = append(s.buf, f)
	s.size += len(f.Data)
	if len(s.buf) > o.QueueFrames/2 || s.size > o.QueueBytes/2 {
		s.lost, s.buf, s.size = true, nil, 0
	}
}

// drain fans out what waited for the head to arrive.
func (ch *channel) drain() {
	ch.follow()
	for seq := range ch.pending {
		if seq <= ch.head {
			delete(ch.pending, seq)
		}
	}
}

// follow fans out the waiting frames that come right after the head.
func (ch *channel) follow() {
	for len(ch.pending) > 0 {
		f, ok := ch.pending[ch.head+1]
		if !ok {
			return
		}
		delete(ch.pending, f.Seq)
		ch.emit(f)
	}
}

// ask starts the one fill goroutine of the channel unless it runs. With poll
// it also looks for frames nobody told of. Callers hold mu.
func (ch *channel) ask(poll bool) {
	if !ch.fillable() || ch.closed {
		return
	}
	ch.poll = ch.poll || poll
	if !ch.filling {
		ch.filling = ch.hub.spawn("fill", nil, ch.fill)
	}
}

// look asks the store when the broker cannot be trusted (always), or when the
// store was heard to be ahead of the broker.
func (ch *channel) look(always bool) {
	ch.mu.Lock()
	defer ch.mu.Unlock()
	if always || (ch.known && ch.seen > ch.head) {
		ch.ask(always)
	}
}

// poke says that the store has frames up to seq.
func (ch *channel) poke(seq int64) {
	ch.mu.Lock()
	defer ch.mu.Unlock()
	if !ch.known || seq > ch.head {
		ch.ask(true)
	}
}

// gap answers the range to ask for; not ok: nothing is missing any more, and
// the fill goroutine is to end.
func (ch *channel) gap() (after, before int64, poll, ok bool) {
	ch.mu.Lock()
	defer ch.mu.Unlock()
	after, ok = ch.head, ch.known
	if !ok {
		after, ok = ch.floor()
	}
	before = endless
	poll = ch.poll
	switch {
	case !ok || ch.closed || ch.ordered == 0:
		ok = false
	case poll:
		ch.poll = false
	case len(ch.pending) > 0:
		for seq := range ch.pending {
			before = min(before, seq)
		}
	case ch.known && ch.seen > ch.head:
		before = ch.seen + 1
	default:
		ok = false
	}
	if !ok {
		ch.filling, ch.poll = false, false
	}
	return after, before, poll, ok
}

// fill fetches missing frames until none is missing. It backs off while the
// store fails; nothing is delivered out of order meanwhile.
func (ch *channel) fill(ctx context.Context) {
	ended := false
	defer func() {
		if !ended { // a panic or the end of the hub: let a next fill begin
			ch.release()
		}
	}()
	wait := 50 * time.Millisecond
	for {
		after, before, poll, ok := ch.gap()
		if !ok {
			ended = true
			return
		}
		frames, err := ch.hub.fetch(ctx, ch.name, after, before)
		if err == nil {
			ch.settle(frames, after, before)
			wait = 50 * time.Millisecond
			continue
		}
		ch.hub.o.Log.Warn("fill failed", "channel", ch.name, "after", after, "err", err)
		ch.again(poll)
		if !sleep(ctx, wait) {
			return
		}
		wait = min(2*wait, ch.hub.o.Tick)
	}
}

// again re-arms a poll that failed.
func (ch *channel) again(poll bool) {
	ch.mu.Lock()
	defer ch.mu.Unlock()
	ch.poll = ch.poll || poll
}

// release forgets a fill goroutine that did not end through gap.
func (ch *channel) release() {
	ch.mu.Lock()
	defer ch.mu.Unlock()
	ch.filling = false
}

// settle fans out the store's answer for the open range (after, before).
func (ch *channel) settle(frames []Frame, after, before int64) {
	frames = within(frames, after, before)
	ch.mu.Lock()
	defer ch.mu.Unlock()
	top := after
	for _, f := range frames {
		if !ch.known {
			ch.setHead(after)
		}
		top = f.Seq
		if f.Seq > ch.head {
			ch.emit(f)
			ch.seen = max(ch.seen, f.Seq)
			ch.follow()
		}
	}
	ch.drain()
	switch {
	case before == endless:
		// The answer may have been a prefix.
		ch.poll = ch.poll || len(frames) > 0
	case len(frames) == 0 || top == before-1:
		// What the store does not have in between will never come.
		ch.head = max(ch.head, before-1)
		ch.drain()
	}
}

// within sorts the frames and drops what was not asked for.
func within(frames []Frame, after, before int64) []Frame {
	kept := make([]Frame, 0, len(frames))
	for _, f := range frames {
		if f.Seq > after && f.Seq < before {
			f.Data = oneLine(f.Data)
			kept = append(kept, f)
		}
	}
	slices.SortStableFunc(kept, func(a, b Frame) int {
		switch {
		case a.Seq < b.Seq:
			return -1
		case a.Seq > b.Seq:
			return 1
		}
		return 0
	})
	return kept
}
