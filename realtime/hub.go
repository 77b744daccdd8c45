package realtime

import (
	"bytes"
	"context"
	"crypto/rand"
	"fmt"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"
)

// Hub joins the connections of one node to the broker. Make one with [NewHub],
// end it with [Hub.Shutdown].
type Hub struct {
	o      Options
	broker Broker
	roster Roster // nil: local presence only
	node   string
	stop   func() // ends the broker's calls

	ctx    context.Context // ends with the hub
	cancel context.CancelFunc
	work   sync.WaitGroup // goroutines of spawn
	workMu sync.Mutex     // orders spawn before the last Wait
	ended  bool           // refuses new goroutines
	fills  chan struct{}  // limits concurrent Fill calls
	pool   sync.Pool      // *bytes.Buffer of writers

	mu       sync.RWMutex
	channels map[string]*channel
	conns    map[*Conn]struct{}
	closing  bool          // refuses new connections
	empty    chan struct{} // closed when the last connection left while closing

	away       atomic.Bool // the broker said it is
	rechecking atomic.Bool // a pass over the connections is under way
	// recheckAgain asks for a pass over everybody after the one under way.
	recheckAgain atomic.Bool
	wakeTick     chan struct{}

	peers   peers
	revoked revoked
	unsaid  unsaid
	seats   seats
}

// NewHub makes a hub that talks through the broker and starts its goroutines.
func NewHub(b Broker, o Options) *Hub {
	h := &Hub{
		o: o.withDefaults(), broker: b, node: nodeName(),
		channels: map[string]*channel{}, conns: map[*Conn]struct{}{},
		wakeTick: make(chan struct{}, 1),
	}
	h.roster, _ = b.(Roster)
	h.ctx, h.cancel = context.WithCancel(context.Background())
	h.fills = make(chan struct{}, h.o.Fills)
	h.pool.New = func() any { return new(bytes.Buffer) }
	h.seats.kick = make(chan struct{}, 1)
	h.stop = b.Listen(ear{h})
	b.Subscribe(control)
	h.spawn("watch", nil, h.watch)
	h.spawn("talk", nil, h.talk)
	return h
}

// nodeName is random, so that a restarted node is another one.
func nodeName() string {
	b := make([]byte, nodeLen)
	_, _ = rand.Read(b) // never fails, see crypto/rand
	return string(b)
}

// Publish says a frame to everybody on the channel. Those on this node get it
// at once, whatever becomes of the broker. An error means that other nodes
// learn of it late: an ordered frame is then announced again until that
// succeeds, a hint is lost.
func (h *Hub) Publish(ctx context.Context, channel string, f Frame) error {
	if reserved(channel) {
		return ErrReserved
	}
	if f.Seq < 0 {
		return fmt.Errorf("realtime: publish: negative sequence %d", f.Seq)
	}
	f.Data = oneLine(f.Data)
	if ch := h.channel(channel); ch != nil {
		ch.receive(f)
	}
	err := h.broker.Publish(ctx, channel, pack(h.node, f).encode())
	if err != nil && f.Seq > 0 {
		h.unsaid.poke(channel, f.Seq)
	}
	if err != nil {
		return fmt.Errorf("realtime: publish: %w", err)
	}
	return nil
}

// Heard says whether somebody may hear what is published on the channel: here, or on another node. Who subscribes later catches up from
// the store, so what is in the store and not heard need not be published.
func (h *Hub) Heard(channel string) bool {
	if m, ok := h.broker.(*memory); !ok || !m.alone() {
		return true
	}
	return h.channel(channel) != nil
}

// Connections is how many connections this node has.
func (h *Hub) Connections() int {
	h.mu.RLock()
	defer h.mu.RUnlock()
	return len(h.conns)
}

// Degraded says that the broker, or another node, is away and the hub polls
// the store instead.
func (h *Hub) Degraded() bool {
	return h.away.Load() || h.peers.missing(h.o.Now(), 3*h.o.Tick)
}

// Connect takes a connection in. The caller then runs [Conn.Run]; owner ""
// is a visitor, who is in no presence.
func (h *Hub) Connect(owner string, s Sink) (*Conn, error) {
	c := &Conn{hub: h, owner: owner, sink: s, wake: make(chan struct{}, 1), subs: map[string]*sub{}}
	c.checkedAt = h.o.Now()
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closing {
		return nil, ErrShutdown
	}
	h.conns[c] = struct{}{}
	if h.revoked.has(owner) {
		// The door may have asked before the revocation.
		h.spawn("recheck", nil, func(ctx context.Context) { h.recheckOwner(ctx, owner) })
	}
	return c, nil
}

// leave forgets a connection. It may be called again.
func (h *Hub) leave(c *Conn) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.conns, c)
	if h.closing && len(h.conns) == 0 && h.empty != nil {
		close(h.empty)
		h.empty = nil
	}
}

// Shutdown closes all connections with [CodeReturn] after what they were
// already told was written, and waits for them to end. When ctx ends first
// they are cut off and its error is returned. The broker stays open.
func (h *Hub) Shutdown(ctx context.Context) error {
	empty, conns, first := h.beginShutdown()
	if !first {
		return ErrShutdown
	}
	for _, c := range conns {
		c.shut(CodeReturn, "return", true)
	}
	var err error
	select {
	case <-empty:
	case <-ctx.Done():
		err = ctx.Err()
		for _, c := range conns {
			c.shut(CodeReturn, "return", false)
		}
	}
	h.goodbye(ctx)
	h.workMu.Lock()
	h.ended = true
	h.workMu.Unlock()
	h.stop()
	h.broker.Unsubscribe(control)
	h.cancel()
	h.work.Wait()
	return err
}

func (h *Hub) beginShutdown() (empty chan struct{}, conns []*Conn, first bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closing {
		return nil, nil, false
	}
	h.closing = true
	empty = make(chan struct{})
	for c := range h.conns {
		conns = append(conns, c)
	}
	if len(conns) == 0 {
		close(empty)
	} else {
		h.empty = empty
	}
	return empty, conns, true
}

// goodbye frees the seats and tells the others not to wait for this node.
func (h *Hub) goodbye(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
	defer cancel()
	h.flushSeats(ctx)
	e := envelope{kind: kindBye, node: h.node}
	if err := h.broker.Publish(ctx, control, e.encode()); err != nil {
		h.o.Log.Warn("goodbye not said", "err", err)
	}
}

// channel finds a channel that somebody here listens to, or nil.
func (h *Hub) channel(name string) *channel {
	h.mu.RLock()
	defer h.mu.RUnlock()
	return h.channels[name]
}

func (h *Hub) allChannels() []*channel {
	h.mu.RLock()
	defer h.mu.RUnlock()
	all := make([]*channel, 0, len(h.channels))
	for _, ch := range h.channels {
		all = append(all, ch)
	}
	return all
}

// attach puts a subscription into its channel, which it opens if need be.
func (h *Hub) attach(s *sub) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if s.gone.Load() {
		return ErrDropped
	}
	ch := h.channels[s.name]
	if ch == nil {
		ch = &channel{hub: h, name: s.name, owners: map[string]int{}, pending: map[int64]Frame{}}
		h.channels[s.name] = ch
		// Under the lock, so that it cannot overtake the Unsubscribe of detach.
		h.broker.Subscribe(s.name)
	}
	s.ch = ch
	ch.mu.Lock()
	defer ch.mu.Unlock()
	s.index = len(ch.subs)
	ch.subs = append(ch.subs, s)
	s.live, s.base = !s.ordered, -1
	if s.ordered {
		ch.ordered++
	}
	if ch.known {
		s.base = ch.head
	}
	ch.owners[s.conn.owner]++
	if ch.owners[s.conn.owner] == 1 {
		h.markSeat(s)
	}
	return nil
}

// detach takes a subscription out, and closes the channel after the last.
// It says whether it was still there.
func (h *Hub) detach(s *sub) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if s.gone.Swap(true) {
		return false
	}
	ch := s.ch
	if ch == nil {
		return true
	}
	ch.mu.Lock()
	defer ch.mu.Unlock()
	end := len(ch.subs) - 1
	ch.subs[s.index] = ch.subs[end]
	ch.subs[s.index].index = s.index
	ch.subs[end] = nil
	ch.subs = ch.subs[:end]
	if s.ordered {
		ch.ordered--
	}
	ch.owners[s.conn.owner]--
	if ch.owners[s.conn.owner] == 0 {
		delete(ch.owners, s.conn.owner)
		h.markSeat(s)
	}
	if end == 0 {
		ch.closed = true
		delete(h.channels, s.name)
		h.broker.Unsubscribe(s.name)
	}
	return true
}

// fetch calls Fill within the hub's limit of concurrent calls.
func (h *Hub) fetch(ctx context.Context, channel string, after, before int64) ([]Frame, error) {
	select {
	case h.fills <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	defer func() { <-h.fills }()
	ctx, cancel := context.WithTimeout(ctx, h.o.CallTimeout)
	defer cancel()
	return h.o.Fill(ctx, channel, after, before)
}

// spawn runs fn in a goroutine of the hub that survives a panic: it is logged
// and closes only the connection it was for, if any. It says false, and does
// nothing, when the hub has ended. Callers may hold any lock but must not
// expect fn to have begun.
func (h *Hub) spawn(name string, c *Conn, fn func(ctx context.Context)) bool {
	h.workMu.Lock()
	defer h.workMu.Unlock()
	if h.ended {
		return false
	}
	h.work.Go(func() {
		defer h.guard(name, c)
		fn(h.ctx)
	})
	return true
}

// guard is deferred first in each goroutine.
func (h *Hub) guard(name string, c *Conn) {
	r := recover()
	if r == nil {
		return
	}
	h.o.Log.Error("panic", "in", "realtime "+name, "panic", r, "stack", string(debug.Stack()))
	if c != nil {
		c.shut(CodeBroken, "error", false)
	}
}

// ear is the hub as the broker hears of it.
type ear struct{ h *Hub }

func (e ear) Message(channel string, payload []byte) {
	defer e.h.guard("receive", nil)
	m, ok := decode(payload)
	if !ok || m.node == e.h.node {
		return
	}
	if channel == control {
		e.h.heed(m)
		return
	}
	if f, ok := m.frame(); ok {
		if ch := e.h.channel(channel); ch != nil {
			ch.receive(f)
		}
	}
}

// Joined asks the store once, since frames may have passed by before the
// subscription came into force.
func (e ear) Joined(name string) {
	defer e.h.guard("joined", nil)
	if ch := e.h.channel(name); ch != nil {
		ch.look(true)
	}
}

func (e ear) Health(ok bool) {
	e.h.away.Store(!ok)
	e.h.o.Log.Info("broker", "healthy", ok)
	// Both ways there may be a gap: look at once, not at the next tick.
	select {
	case e.h.wakeTick <- struct{}{}:
	default:
	}
}

// until is the end of leases renewed now.
func (h *Hub) until() time.Time { return h.o.Now().Add(h.o.Lease) }
