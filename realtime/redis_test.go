package realtime

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"
)

// redisServer is a real one, a child of the test.
type redisServer struct {
	t    *testing.T
	addr string
	dir  string
	cmd  *exec.Cmd
}

func startRedis(t *testing.T) *redisServer {
	t.Helper()
	if _, err := os.Stat("/usr/bin/redis-server"); err != nil {
		t.Fatal("install redis-server (make test does)")
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	s := &redisServer{t: t, addr: l.Addr().String(), dir: t.TempDir()}
	must(t, l.Close())
	s.start()
	t.Cleanup(s.kill)
	return s
}

func (s *redisServer) start() {
	s.t.Helper()
	_, port, _ := strings.Cut(s.addr, ":")
	s.cmd = exec.Command("/usr/bin/redis-server", "--port", port, "--bind", "127.0.0.1",
		"--save", "", "--appendonly", "no", "--dir", s.dir)
	must(s.t, s.cmd.Start())
	eventually(s.t, "redis answers", func() bool {
		c, err := net.Dial("tcp", s.addr)
		if err != nil {
			return false
		}
		defer func() { _ = c.Close() }()
		_, _ = fmt.Fprint(c, "PING\r\n")
		buf := make([]byte, 7)
		n, _ := c.Read(buf)
		return strings.HasPrefix(string(buf[:n]), "+PONG")
	})
}

func (s *redisServer) kill() {
	if s.cmd != nil {
		_ = s.cmd.Process.Kill()
		_ = s.cmd.Wait()
		s.cmd = nil
	}
}

func (s *redisServer) signal(sig syscall.Signal) { must(s.t, s.cmd.Process.Signal(sig)) }

func startMini(t *testing.T) *miniredis.Miniredis {
	t.Helper()
	m := miniredis.NewMiniRedis()
	must(t, m.Start())
	t.Cleanup(m.Close)
	return m
}

// redisNode is a broker with a client of its own, as each process has.
func redisNode(t *testing.T, addr string) Broker {
	t.Helper()
	c := redis.NewClient(&redis.Options{Addr: addr, DialTimeout: time.Second, MaxRetries: -1})
	b := NewRedisBroker(c, "test:", nil)
	t.Cleanup(func() {
		_ = b.Close()
		_ = c.Close()
	})
	return b
}

// outage runs two nodes over a real Redis, with people speaking on both, and
// lets something happen to Redis in the middle.
func outage(t *testing.T, happen func(srv *redisServer, hubs []*Hub, speak func())) {
	t.Parallel()
	srv, s := startRedis(t), newStore()
	o := Options{Fill: s.fill, Tick: 50 * time.Millisecond}
	hubs := []*Hub{hub(t, redisNode(t, srv.addr), o), hub(t, redisNode(t, srv.addr), o)}
	var places []*place
	for i := range 6 {
		r := connect(t, hubs[i%2], fmt.Sprint("owner", i))
		r.subscribe(t, "room", 0, s.catchUp("room"))
		places = append(places, &place{reader: r, channel: "room"})
	}
	spoken := 0
	both := func() {
		var speakers sync.WaitGroup
		for _, h := range hubs {
			speakers.Go(func() { speak(h, s, 50) })
		}
		speakers.Wait()
		spoken += 100
	}
	both()
	happen(srv, hubs, both)
	for _, p := range places {
		eventually(t, "nothing lost", func() bool { return len(p.sink.seqs("room")) == spoken })
		if c := p.complaint(s); c != "" {
			t.Error(c)
		}
	}
}

func TestRedisRestarts(t *testing.T) {
	outage(t, func(srv *redisServer, hubs []*Hub, speak func()) {
		for range 2 {
			srv.kill()
			speak()
			srv.start()
			speak()
			eventually(t, "healed", func() bool { return !hubs[0].Degraded() && !hubs[1].Degraded() })
		}
		speak()
	})
}

func TestRedisGone(t *testing.T) {
	outage(t, func(srv *redisServer, hubs []*Hub, speak func()) {
		srv.kill()
		speak()
		eventually(t, "noticed", func() bool { return hubs[0].Degraded() && hubs[1].Degraded() })
		speak()
	})
}

func TestRedisPaused(t *testing.T) {
	outage(t, func(srv *redisServer, hubs []*Hub, speak func()) {
		srv.signal(syscall.SIGSTOP)
		eventually(t, "noticed", func() bool { return hubs[0].Degraded() && hubs[1].Degraded() })
		speak()
		srv.signal(syscall.SIGCONT)
		eventually(t, "healed", func() bool { return !hubs[0].Degraded() && !hubs[1].Degraded() })
		speak()
	})
}

func TestMiniRestarts(t *testing.T) {
	t.Parallel()
	m, s := startMini(t), newStore()
	o := Options{Fill: s.fill, Tick: 50 * time.Millisecond}
	a, b := hub(t, redisNode(t, m.Addr()), o), hub(t, redisNode(t, m.Addr()), o)
	r := connect(t, b, "ann")
	r.subscribe(t, "room", 0, s.catchUp("room"))
	speak(a, s, 20)
	m.Close()
	speak(a, s, 20)
	must(t, m.Restart())
	speak(a, s, 20)
	eventually(t, "nothing lost", func() bool { return len(r.sink.seqs("room")) == 60 })
}

// TestRedisAway: with no Redis at all a node serves its own people.
func TestRedisAway(t *testing.T) {
	t.Parallel()
	s := newStore()
	h := hub(t, redisNode(t, "127.0.0.1:1"), Options{Fill: s.fill})
	r := connect(t, h, "ann")
	r.subscribe(t, "room", 0, s.catchUp("room"))
	if err := h.Publish(context.Background(), "room", s.add("room")); err == nil {
		t.Error("publish without a broker must say so")
	}
	eventually(t, "told", func() bool { return len(r.sink.seqs("room")) == 1 })
	if owners, err := h.Present(context.Background(), "room"); err == nil || len(owners) != 1 {
		t.Errorf("present: %v, %v; want this node's and an error", owners, err)
	}
}

// TestRedisLeavesChannels: what nobody listens to is not subscribed.
func TestRedisLeavesChannels(t *testing.T) {
	t.Parallel()
	m := startMini(t)
	h := hub(t, redisNode(t, m.Addr()), Options{})
	r := connect(t, h, "ann")
	r.subscribe(t, "room", -1, nil)
	eventually(t, "subscribed", func() bool { return len(m.PubSubChannels("test:room")) == 1 })
	r.Unsubscribe("room")
	eventually(t, "unsubscribed", func() bool { return len(m.PubSubChannels("test:room")) == 0 })
}

// TestPeerCutOff: a node that cannot reach the broker is missed by the others,
// which then look into the store themselves.
func TestPeerCutOff(t *testing.T) {
	t.Parallel()
	m, s := startMini(t), newStore()
	o := Options{Fill: s.fill, Tick: 20 * time.Millisecond}
	a, b := hub(t, redisNode(t, m.Addr()), o), hub(t, redisNode(t, m.Addr()), o)
	r := connect(t, b, "ann")
	r.subscribe(t, "room", 0, s.catchUp("room"))
	eventually(t, "a was heard", func() bool {
		b.peers.mu.Lock()
		defer b.peers.mu.Unlock()
		_, ok := b.peers.at[a.node]
		return ok
	})
	// As if cut off, or killed, after storing and before saying.
	cut := a.broker.(*redisBroker)
	cut.cancel()
	cut.work.Wait()
	cut.away.Store(true)
	if a.Publish(context.Background(), "room", s.add("room")) == nil {
		t.Error("publish must fail")
	}
	eventually(t, "told by the store", func() bool { return len(r.sink.seqs("room")) == 1 })
}

// TestRevokeWhileRedisHangs: a right that ends while Redis neither answers nor hangs up, or is
// known to be away, is gone on another node within the second that is promised.
func TestRevokeWhileRedisHangs(t *testing.T) {
	t.Parallel()
	srv, s, p := startRedis(t), newStore(), &rights{}
	a, b := hub(t, redisNode(t, srv.addr), p.options(s)), hub(t, redisNode(t, srv.addr), p.options(s))
	var worst time.Duration
	gone := func(r *reader, owner string) {
		t.Helper()
		began := time.Now()
		p.revoke(owner, "room")
		go func() { _ = a.Revoke(context.Background(), owner) }() // it waits for Redis
		eventually(t, owner+" is put off", func() bool { return len(r.channels()) == 0 })
		took := time.Since(began)
		if worst = max(worst, took); took > time.Second {
			t.Errorf("%s was put off after %v", owner, took)
		}
	}
	for round := range 6 {
		time.Sleep(time.Duration(round) * 53 * time.Millisecond) // Redis hangs at any moment of a beat
		var readers []*reader
		for i := range 3 {
			r := connect(t, b, fmt.Sprint("owner", round, i))
			r.subscribe(t, "room", 0, s.catchUp("room"))
			readers = append(readers, r)
		}
		srv.signal(syscall.SIGSTOP)
		for i, r := range readers {
			gone(r, fmt.Sprint("owner", round, i))
			time.Sleep(70 * time.Millisecond) // at another moment between two ticks
		}
		srv.signal(syscall.SIGCONT)
		eventually(t, "healed", func() bool { return !a.Degraded() && !b.Degraded() })
	}
	t.Log("at worst after", worst)
}
