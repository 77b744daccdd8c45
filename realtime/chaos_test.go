package realtime

import (
	"context"
	"fmt"
	"net"
	"sync"
	"testing"
	"time"
)

// network stands between a node and Redis and can be cut.
type network struct {
	l    net.Listener
	to   string
	work sync.WaitGroup

	mu    sync.Mutex
	conns map[net.Conn]bool // true: swallows what it is given
	down  bool              // refuses new connections
}

func startNetwork(t *testing.T, to string) *network {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	n := &network{l: l, to: to, conns: map[net.Conn]bool{}}
	n.work.Go(n.accept)
	t.Cleanup(func() {
		_ = l.Close()
		n.cut(true)
		n.work.Wait()
	})
	return n
}

func (n *network) addr() string { return n.l.Addr().String() }

func (n *network) accept() {
	for {
		in, err := n.l.Accept()
		if err != nil {
			return
		}
		n.mu.Lock()
		down := n.down
		n.mu.Unlock()
		out, err := net.Dial("tcp", n.to)
		if err != nil || down {
			_ = in.Close()
			if err == nil {
				_ = out.Close()
			}
			continue
		}
		n.mu.Lock()
		n.conns[in], n.conns[out] = false, false
		n.mu.Unlock()
		n.work.Go(func() { n.carry(in, out) })
		n.work.Go(func() { n.carry(out, in) })
	}
}

// carry copies until an end closes; it goes on reading when it swallows.
func (n *network) carry(from, to net.Conn) {
	defer func() { _ = from.Close() }()
	defer func() { _ = to.Close() }()
	buf := make([]byte, 4096)
	for {
		k, err := from.Read(buf)
		n.mu.Lock()
		swallow := n.conns[from]
		n.mu.Unlock()
		if k > 0 && !swallow {
			if _, err := to.Write(buf[:k]); err != nil {
				return
			}
		}
		if err != nil {
			return
		}
	}
}

// cut closes every connection; with down new ones are refused until mended.
func (n *network) cut(down bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.down = down
	for c := range n.conns {
		_ = c.Close()
		delete(n.conns, c)
	}
}

func (n *network) mend() {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.down = false
}

// blackhole lets every connection of now stand open and carry nothing.
func (n *network) blackhole() {
	n.mu.Lock()
	defer n.mu.Unlock()
	for c := range n.conns {
		n.conns[c] = true
	}
}

// TestLedger keeps a journal of what three nodes stored while one of them
// loses its network, again and again, and its readers come back elsewhere.
// Everybody must hold everything, once and in order.
func TestLedger(t *testing.T) {
	t.Parallel()
	srv, s := startRedis(t), newStore()
	o := Options{Fill: s.fill, Tick: 20 * time.Millisecond}
	net := startNetwork(t, srv.addr)
	hubs := []*Hub{
		hub(t, redisNode(t, srv.addr), o), hub(t, redisNode(t, srv.addr), o), hub(t, redisNode(t, net.addr()), o),
	}
	var places []*place
	for i := range 9 {
		r := connect(t, hubs[i%3], fmt.Sprint("owner", i))
		r.subscribe(t, "room", 0, s.catchUp("room"))
		places = append(places, &place{reader: r, channel: "room"})
	}
	var speakers sync.WaitGroup
	for _, h := range hubs {
		speakers.Go(func() { speak(h, s, 300) })
	}
	for range 5 {
		eventually(t, "the cut is noticed", func() bool {
			net.cut(true) // again: a connection may just have been under way
			return hubs[2].Degraded()
		})
		net.mend()
		eventually(t, "it heals", func() bool { return !hubs[2].Degraded() })
		// A reader whose connection broke goes on, on another node, from where
		// it was.
		old := places[8]
		old.Close(CodeGone, "moved")
		<-old.done
		after := int64(0)
		if got := old.sink.seqs("room"); len(got) > 0 {
			after = got[len(got)-1]
		}
		r := connect(t, hubs[0], "owner8")
		r.subscribe(t, "room", after, s.catchUp("room"))
		places[8] = &place{reader: r, channel: "room", after: after}
	}
	speakers.Wait()
	for _, p := range places {
		eventually(t, "everything", func() bool { return len(p.sink.seqs("room")) == 900-int(p.after) })
		if c := p.complaint(s); c != "" {
			t.Error(c)
		}
	}
}

// TestHalfOpen: a connection that stands but carries nothing is given up.
func TestHalfOpen(t *testing.T) {
	t.Parallel()
	s := newStore()
	net := startNetwork(t, startMini(t).Addr())
	h := hub(t, redisNode(t, net.addr()), Options{Fill: s.fill, Tick: 20 * time.Millisecond})
	r := connect(t, h, "ann")
	r.subscribe(t, "room", 0, s.catchUp("room"))
	eventually(t, "joined", func() bool { return h.broker.(*redisBroker).heard.Load() })
	net.blackhole()
	eventually(t, "noticed", h.Degraded)
	s.add("room") // said by a node that is not told of here
	eventually(t, "polled", func() bool { return len(r.sink.seqs("room")) == 1 })
	eventually(t, "a new connection", func() bool { return !h.Degraded() })
}

// TestBustle lets everything happen at once; the race detector and goleak
// look on.
func TestBustle(t *testing.T) {
	t.Parallel()
	s, p := newStore(), &rights{}
	o := p.options(s)
	o.Tick, o.QueueFrames = time.Millisecond, 64
	b := NewMemoryBroker()
	hubs := []*Hub{NewHub(b, o), NewHub(b, o)}
	ctx := context.Background()
	var work sync.WaitGroup
	for i := range 8 {
		h, owner := hubs[i%2], fmt.Sprint("owner", i%3)
		work.Go(func() {
			for n := range 40 {
				r := connect(t, h, owner)
				_ = r.Subscribe(ctx, "room", int64(n%3), s.catchUp("room"))
				_ = r.Subscribe(ctx, "topic", -1, nil)
				r.Unsubscribe("room")
				r.Send([]byte("{}"))
				r.Close(CodeGone, "bye")
				<-r.done
			}
		})
		work.Go(func() {
			for range 40 {
				_ = h.Publish(ctx, "room", s.add("room"))
				_ = h.Publish(ctx, "topic", Frame{Data: []byte("{}")})
				_ = h.Revoke(ctx, owner)
				_, _ = h.Present(ctx, "room")
				ear{h}.Health(chance(h) == 0)
				ear{h}.Joined("room")
			}
		})
	}
	work.Wait()
	for _, h := range hubs {
		shutdown(t, h)
		if h.Connections() != 0 || len(h.allChannels()) != 0 {
			t.Errorf("%d connections, %d channels are left", h.Connections(), len(h.allChannels()))
		}
	}
}

// chance is even or odd by chance of what goes on.
func chance(h *Hub) int { return h.Connections() % 2 }
