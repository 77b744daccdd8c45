package main

import (
	"fmt"
	"net"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	toxiproxy "github.com/Shopify/toxiproxy/v2"
	"github.com/rs/zerolog"

	"peergroups/forum"
	"peergroups/forum/forumtest"
)

const ledgerKey = "a key that three nodes of the ledger share"

// ledger is what was said, acknowledged and heard while nodes, Redis and the lines between them fail.
type ledger struct {
	t     *testing.T
	rooms []forum.RoomID

	mu     sync.Mutex
	nodes  []string // where each can be reached; "": it was killed
	sent   map[string]string
	acked  map[string]int64 // place by nonce
	resent int              // said again, as no acknowledgement came
	wrong  []string
	quiet  bool // nothing new is said
	over   bool
}

// TestLedger: three nodes on PostgreSQL and Redis, which are killed, stopped and cut off while members on all of them talk and
// come back to another node: what was said was acknowledged, and everybody heard it once and in order.
func TestLedger(t *testing.T) {
	dir := t.TempDir()
	binary, database := built(t, dir), forumtest.Database(t)
	l, cookies := ledgerWorld(t, database)
	r := startRedis(t)
	server := toxiproxy.NewServer(toxiproxy.NewMetricsContainer(nil), zerolog.Nop())
	var lines []*toxiproxy.Proxy
	var kills []func()
	node := func(i int) {
		base, kill := launch(t, binary, filepath.Join(dir, "data"), "--database-url="+database, "--secret-key="+ledgerKey, "--redis-url=redis://"+lines[i].Listen)
		kills[i] = kill
		l.node(i, base)
	}
	for i := range 3 {
		line := toxiproxy.NewProxy(server, fmt.Sprint("node", i), "127.0.0.1:0", r.at)
		if err := line.Start(); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(line.Stop)
		lines, kills = append(lines, line), append(kills, nil)
		node(i)
	}
	kill := func(i int) { kills[i](); l.node(i, "") }
	var people sync.WaitGroup
	var clients []*talker
	for i, cookie := range cookies {
		c := &talker{l: l, n: i, cookie: cookie, last: map[string]int64{}, heard: map[string][]string{}}
		clients = append(clients, c)
		people.Go(c.live)
	}
	t.Cleanup(l.end)
	for _, fault := range []struct {
		name string
		do   func()
		long time.Duration
	}{
		{"nothing", func() {}, 2},
		{"a node is killed", func() { kill(0) }, 2},
		{"it is back", func() { node(0) }, 1},
		{"Redis is killed", r.kill, 2},
		{"it is back", r.start, 2},
		{"Redis stands still", func() { r.signal(syscall.SIGSTOP) }, 2},
		{"and a node is killed", func() { kill(1) }, 2},
		{"both are back", func() { r.signal(syscall.SIGCONT); node(1) }, 2},
		{"a line to Redis is dead", func() {
			l.must(lines[2].Toxics.AddToxicJson(dead("upstream")))
			l.must(lines[2].Toxics.AddToxicJson(dead("downstream")))
		}, 3},
		{"it is back", func() { lines[2].Toxics.ResetToxics(t.Context()) }, 2},
		{"all lines to Redis are closed", func() {
			for _, line := range lines {
				line.Stop()
			}
		}, 2},
		{"they are back", func() {
			for _, line := range lines {
				l.must(nil, line.Start())
			}
		}, 2},
	} {
		t.Log(fault.name)
		fault.do()
		time.Sleep(fault.long * time.Second)
	}
	l.settle(clients)
	l.end()
	people.Wait()
	l.compare(database, clients)
}

// dead is a line on which nothing gets through, and which does not say so.
func dead(stream string) *strings.Reader {
	return strings.NewReader(`{"name":"dead-` + stream + `","type":"timeout","stream":"` + stream + `","attributes":{"timeout":0}}`)
}

func (l *ledger) must(_ any, err error) {
	l.t.Helper()
	if err != nil {
		l.t.Fatal(err)
	}
}

// ledgerWorld is a group with three rooms and two dozen members who have logged in.
func ledgerWorld(t *testing.T, database string) (*ledger, []string) {
	t.Helper()
	l := &ledger{t: t, nodes: make([]string, 3), sent: map[string]string{}, acked: map[string]int64{}}
	ctx := t.Context()
	store, err := openStore(ctx, &Config{DatabaseURL: database})
	l.must(nil, err)
	defer func() { _ = store.Close() }()
	f := forum.New(store, forum.Options{Secret: []byte(ledgerKey)})
	id, err := f.SetUp(ctx, f.SetUpToken(), person("admin"), forumtest.Organisation)
	l.must(nil, err)
	admin, err := f.ActorFor(ctx, id)
	l.must(nil, err)
	g, err := f.CreateGroup(ctx, admin, forum.GroupDraft{Slug: "open", Name: "Open"})
	l.must(nil, err)
	for i := range 3 {
		r, err := f.OpenRoom(ctx, admin, g.ID, fmt.Sprint("room", i), forum.RoomDraft{Name: fmt.Sprint("Room ", i)})
		l.must(nil, err)
		l.rooms = append(l.rooms, r.ID)
	}
	var all []forum.Registration
	for i := range 24 {
		all = append(all, person(fmt.Sprintf("m%dx", i)))
	}
	ids, err := f.Adopt(ctx, admin, all)
	l.must(nil, err)
	var cookies []string
	for _, id := range ids {
		a, err := f.ActorFor(ctx, id)
		l.must(nil, err)
		l.must(nil, f.Join(ctx, a, g.ID))
		d, err := f.Disclose(ctx, a, g.ID, forum.InRoom)
		l.must(nil, err)
		l.must(nil, f.Acknowledge(ctx, a, g.ID, forum.InRoom, d.Wording))
		in, err := f.LogIn(ctx, a.Handle, forumtest.Password, "", "")
		l.must(nil, err)
		cookies = append(cookies, "__Host-session="+in.Session)
	}
	return l, cookies
}

func (l *ledger) node(i int, base string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.nodes[i] = base
}

func (l *ledger) end() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.quiet, l.over = true, true
}

// settle lets nothing new be said, and waits until all was acknowledged and heard.
func (l *ledger) settle(clients []*talker) {
	l.mu.Lock()
	l.quiet = true
	l.mu.Unlock()
	for end := time.Now().Add(25 * time.Second); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		if l.settled(clients) {
			return
		}
	}
}

func (l *ledger) settled(clients []*talker) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, c := range clients {
		n := 0
		for _, heard := range c.heard {
			n += len(heard)
		}
		if n < len(l.sent) || c.waits != nil {
			return false
		}
	}
	return len(l.acked) == len(l.sent)
}

// compare holds what was sent, acknowledged and heard against what the store has.
func (l *ledger) compare(database string, clients []*talker) {
	t := l.t
	store, err := openStore(t.Context(), &Config{DatabaseURL: database})
	l.must(nil, err)
	defer func() { _ = store.Close() }()
	f, stored := forum.New(store, forum.Options{}), map[string]int{}
	for _, room := range l.rooms {
		channel := fmt.Sprint("room:", room)
		var order []string
		for after := int64(0); ; {
			said, err := f.SaidBetween(t.Context(), room, after, 1<<62, 200)
			l.must(nil, err)
			if len(said) == 0 {
				break
			}
			for _, m := range said {
				after, order = m.Seq, append(order, m.Nonce)
				stored[m.Nonce]++
				if seq, is := l.acked[m.Nonce]; !is || seq != m.Seq {
					t.Errorf("%s is at place %d and was acknowledged at %d (%t)", m.Nonce, m.Seq, seq, is)
				}
			}
		}
		for _, c := range clients {
			if !slices.Equal(c.heard[channel], order) {
				t.Errorf("member %d heard %d of %d in %s", c.n, len(c.heard[channel]), len(order), channel)
			}
		}
	}
	for nonce := range l.sent {
		if stored[nonce] != 1 {
			t.Errorf("%s is there %d times", nonce, stored[nonce])
		}
	}
	if len(l.sent) < 100 || l.resent < 10 || len(stored) != len(l.sent) {
		t.Errorf("%d sent, %d of them again, %d there", len(l.sent), l.resent, len(stored))
	}
	for i, wrong := range l.wrong {
		if i < 10 {
			t.Error(wrong)
		}
	}
	moves := 0
	for _, c := range clients {
		moves += c.moves
	}
	t.Logf("%d said, acknowledged and heard by each of %d, %d said again; %d times somebody came to a node", len(l.sent), len(clients), l.resent, moves)
}

// redisProcess is a Redis that can be killed, stopped and started again at the same address.
type redisProcess struct {
	t   *testing.T
	at  string
	cmd *exec.Cmd
}

func startRedis(t *testing.T) *redisProcess {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	r := &redisProcess{t: t, at: l.Addr().String()}
	_ = l.Close()
	r.start()
	t.Cleanup(func() { r.kill() })
	return r
}

func (r *redisProcess) start() {
	r.t.Helper()
	_, port, _ := net.SplitHostPort(r.at)
	r.cmd = exec.Command("redis-server", "--port", port, "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", r.t.TempDir())
	r.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := r.cmd.Start(); err != nil {
		r.t.Fatalf("Redis: %v (make test installs it)", err)
	}
	for range 100 {
		if c, err := net.Dial("tcp", r.at); err == nil {
			_ = c.Close()
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	r.t.Fatal("Redis does not answer")
}

func (r *redisProcess) signal(s syscall.Signal) { _ = r.cmd.Process.Signal(s) }

func (r *redisProcess) kill() {
	_ = r.cmd.Process.Kill()
	_ = r.cmd.Wait()
}
