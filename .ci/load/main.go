// Load measures the sockets of a server that runs as a process of its own on SQLite: what a silent one costs, how many
// come in a second, how fast and how much is heard, and how long it takes until a thousand that were away are back.
// Each figure stands beside a floor of the same run, frames written to plain connections, and beside what other
// processes took of the machine meanwhile. What is lost, doubled or out of order is counted. From the top of the tree:
//
//	go run ./.ci/load
//	go run ./.ci/load -only idle,storm
//	go run ./.ci/load -profile DIR      # CPU profiles of the server, one for each measure
package main

import (
	"flag"
	"fmt"
	"io"
	"log"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

const (
	crowd     = 1000 // members, and listeners of the large room
	idle      = 5000 // silent sockets, which are the 200 rooms of 25 afterwards
	roomsOf25 = idle / 25
	hall      = roomsOf25 // index of the large room; those after it are for what nobody listens to
	quiet     = 50
	frameSize = 545 // bytes of a delivery whose text is "ok": a line of HTML and where it belongs; no text makes it 250
	away      = 40  // messages that a storm missed
	profileAt = "127.0.0.1:6971"
)

var (
	only     = flag.String("only", "", "measures, with commas between: idle, rooms, latency, saturation, storm, durable; empty: all")
	profiles = flag.String("profile", "", "folder for CPU profiles of the server")
	settle   = flag.Duration("settle", 20*time.Second, "how long memory may settle")
	long     = flag.Duration("long", 6*time.Second, "how long a steady measure takes")
	program  = flag.String("program", "", "another build of the server, to compare with; empty: of this tree")
	floorOf  = flag.Int("floor", 0, "be the floor, with frames of this size")
)

func main() {
	flag.Parse()
	if *floorOf > 0 {
		floor(*floorOf)
		return
	}
	var n syscall.Rlimit
	check(syscall.Getrlimit(syscall.RLIMIT_NOFILE, &n))
	n.Cur = n.Max
	check(syscall.Setrlimit(syscall.RLIMIT_NOFILE, &n))
	dir, err := os.MkdirTemp("", "load")
	check(err)
	defer func() { _ = os.RemoveAll(dir) }()
	w := &world{acks: make(chan struct{}, slots)}
	w.tokens, w.rooms = seed(mkdir(dir, "data"), crowd, roomsOf25+1+quiet)
	if *program == "" {
		*program = build(dir, *profiles != "")
	}
	base, cmd := serve(*program, filepath.Join(dir, "data"))
	w.base, w.host = base, "127.0.0.1:"+base[strings.LastIndex(base, ":")+1:]
	r := &run{w: w, pid: cmd.Process.Pid, floor: measureFloor(frameSize)}
	r.idle()
	r.hall()
	r.durable()
	check(cmd.Process.Signal(syscall.SIGTERM))
	_ = cmd.Wait()
	if r.faults {
		log.Fatal("something was lost, doubled or out of order")
	}
}

func mkdir(parts ...string) string {
	dir := filepath.Join(parts...)
	check(os.MkdirAll(dir, 0o700))
	return dir
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

// run is one run of all measures.
type run struct {
	w      *world
	pid    int
	floor  float64
	faults bool
	turn   atomic.Int64
}

func (r *run) wants(what string) bool {
	return *only == "" || slices.Contains(strings.Split(*only, ","), what)
}

// report prints one figure with what went on beside it.
func (r *run) report(m *meter, format string, args ...any) {
	took := m.String()
	v := r.w.verdict()
	r.faults = r.faults || strings.Contains(v, "FAULTS")
	fmt.Printf("%s\n    %s; %s\n", fmt.Sprintf(format, args...), v, took)
}

// profile takes a profile of the server while something is measured.
func (r *run) profile(name string) (done func()) {
	if *profiles == "" {
		return func() {}
	}
	var taken sync.WaitGroup
	taken.Go(func() {
		for kind, path := range map[string]string{"cpu": "profile?seconds=" + fmt.Sprint(max(1, int(long.Seconds())-1)), "heap": "heap?gc=1", "memory": "heap?debug=1"} {
			res, err := http.Get("http://" + profileAt + "/debug/pprof/" + path)
			check(err)
			f, err := os.Create(filepath.Join(mkdir(*profiles), name+"."+kind))
			check(err)
			_, err = io.Copy(f, res.Body)
			check(err)
			check(res.Body.Close())
			check(f.Close())
		}
	})
	return taken.Wait
}

// open opens sockets, many at once, each in a room from a place on; room -1: in none.
func (r *run) open(n, atOnce int, room func(int) (int, int64)) []*socket {
	all := make([]*socket, n)
	var next atomic.Int64
	var opening sync.WaitGroup
	for range atOnce {
		opening.Go(func() {
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				s, err := r.w.dial(i % crowd)
				check(err)
				all[i] = s
				if at, after := room(i); at >= 0 {
					go s.listen()
					check(s.join(at, after))
				}
			}
		})
	}
	opening.Wait()
	return all
}

func nowhere(int) (int, int64) { return -1, 0 }

// idle measures how fast sockets come and what a silent one costs, then has them talk in rooms of 25.
func (r *run) idle() {
	if !r.wants("idle") && !r.wants("rooms") {
		return
	}
	closeAll(r.open(300, 32, nowhere)) // whatever the first ones cost alone
	time.Sleep(2 * time.Second)
	before := rss(r.pid)
	m, began := newMeter(r.pid), time.Now()
	done := r.profile("connect")
	all := r.open(idle, 64, nowhere)
	rate := idle / time.Since(began).Seconds()
	r.report(m, "connects: %.0f/s, each with a session and greeted, %.3f of the floor, %.0f µs of the server's processor time (target 6000)", rate, rate/r.floor, m.each(idle))
	done()
	stop := make(chan struct{})
	for i, s := range all {
		s.timed = i%10 == 0
		go s.listen()
		check(s.join(i%roomsOf25, 0))
	}
	joined(all)
	go ping(all, stop)
	if r.wants("idle") {
		m = newMeter(r.pid)
		done := r.profile("idle")
		time.Sleep(*settle)
		done()
		after := rss(r.pid)
		r.report(m, "memory: %.1f kB a silent socket that is in a room, of %d (%d MB before, %d MB after %s; target 25)", float64(after-before)/idle/1024, idle, before>>20, after>>20, *settle)
	}
	if r.wants("rooms") {
		done := r.profile("rooms")
		r.steady("rooms", fmt.Sprintf("%d rooms of 25", roomsOf25), all, roomsOf25, func(i int) (int, string) { return i % roomsOf25, "ok" })
		done()
	}
	close(stop)
	closeAll(all)
	time.Sleep(2 * time.Second)
}

func joined(all []*socket) {
	for _, s := range all {
		<-s.joined
	}
}

func closeAll(all []*socket) {
	for _, s := range all {
		s.leave()
	}
}

// ping says now and then that the silent ones live.
func ping(all []*socket, stop chan struct{}) {
	for {
		for _, s := range all {
			select {
			case <-stop:
				return
			default:
				_ = s.order(`{"do":"ping"}`)
				time.Sleep(25 * time.Second / idle)
			}
		}
	}
}

// steady keeps so many messages on their way, says what is heard in a second and how fast, and waits until all heard all.
func (r *run) steady(name, what string, all []*socket, inFlight int, next func(int) (int, string)) {
	w := r.w
	for len(w.acks) > 0 {
		<-w.acks
	}
	delivered, bytes, acked, said := w.delivered.Load(), w.bytes.Load(), w.acked.Load(), w.said.Load()
	m, began := newMeter(r.pid), time.Now()
	say := func() {
		i := int(r.turn.Add(1))
		room, text := next(i)
		check(all[i%len(all)].say(room, text))
	}
	for range inFlight {
		say()
	}
	for time.Since(began) < *long {
		<-w.acks
		say()
	}
	took := time.Since(began).Seconds()
	n, messages := w.delivered.Load()-delivered, w.acked.Load()-acked
	cost := m.each(float64(messages))
	for end := time.Now().Add(20 * time.Second); w.acked.Load()-acked < w.said.Load()-said && time.Now().Before(end); {
		time.Sleep(10 * time.Millisecond)
	}
	r.caughtUp(all)
	size := float64(w.bytes.Load()-bytes) / max(1, float64(w.delivered.Load()-delivered))
	p50, p99 := w.percentiles()
	r.report(m, "%s: %s, %d messages on their way: %.0f messages/s, %.3f of the floor, of %.0f µs; %.0f deliveries/s of %.0f bytes, %.2f of the floor; p50 %.1f ms, p99 %.1f ms",
		name, what, inFlight, float64(messages)/took, float64(messages)/took/r.floor, cost, float64(n)/took, size, float64(n)/took/r.floor, p50, p99)
}

// caughtUp waits until all sockets of a room are at the same place, and tells who is not.
func (r *run) caughtUp(all []*socket) {
	for end := time.Now().Add(20 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		top, behind := map[int]int64{}, 0
		for _, s := range all {
			top[s.room] = max(top[s.room], s.last.Load())
		}
		for _, s := range all {
			if s.last.Load() < top[s.room] {
				behind++
			}
		}
		if behind == 0 {
			return
		}
		if time.Now().After(end) {
			r.w.wrong("%d sockets did not hear all", behind)
			return
		}
	}
}

func (w *world) percentiles() (p50, p99 float64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.times) == 0 {
		return 0, 0
	}
	slices.Sort(w.times)
	return float64(w.times[len(w.times)/2]) / 1e6, float64(w.times[len(w.times)*99/100]) / 1e6
}

// hall is one room with a thousand members.
func (r *run) hall() {
	if !r.wants("latency") && !r.wants("saturation") && !r.wants("storm") {
		return
	}
	w := r.w
	all := r.open(crowd, 64, func(int) (int, int64) { return hall, 0 })
	joined(all)
	for i, s := range all {
		s.timed = i%5 == 0
	}
	if r.wants("latency") {
		done := r.profile("latency")
		r.paced(all, 50)
		done()
	}
	if r.wants("saturation") {
		done := r.profile("saturation")
		r.steady("saturation", "one room of 1,000", all, 16, func(int) (int, string) { return hall, "ok" })
		done()
	}
	r.caughtUp(all)
	last := all[0].last.Load()
	closeAll(all)
	time.Sleep(2 * time.Second)
	if !r.wants("storm") {
		return
	}
	speakers := r.open(crowd, 64, nowhere)
	acked := w.acked.Load()
	for i := range away {
		go speakers[i].listen()
		check(speakers[i].say(hall, "ok"))
	}
	for w.acked.Load() < acked+away {
		time.Sleep(time.Millisecond)
	}
	closeAll(speakers)
	time.Sleep(2 * time.Second)
	done := r.profile("storm")
	m, began := newMeter(r.pid), time.Now()
	all = r.open(crowd, 250, func(int) (int, int64) { return hall, last })
	connected := time.Since(began)
	for _, s := range all {
		for s.last.Load() < last+away && time.Since(began) < 30*time.Second {
			time.Sleep(time.Millisecond)
		}
	}
	took := time.Since(began)
	joined(all)
	r.report(m, "storm: %d come back and have the %d messages that each missed after %d ms, %d ms of it until all are connected, %.0f µs each (target 300)", crowd, away, took.Milliseconds(), connected.Milliseconds(), m.each(crowd))
	done()
	closeAll(all)
}

// paced says so many messages a second, and how fast they are heard.
func (r *run) paced(all []*socket, perSecond int) {
	w := r.w
	bytes, delivered := w.bytes.Load(), w.delivered.Load()
	m, began := newMeter(r.pid), time.Now()
	n := 0
	for ; time.Since(began) < *long; n++ {
		check(all[int(r.turn.Add(1))%len(all)].say(hall, "ok"))
		time.Sleep(time.Until(began.Add(time.Duration(n+1) * time.Second / time.Duration(perSecond))))
	}
	took, cost := time.Since(began).Seconds(), m.each(float64(n))
	time.Sleep(300 * time.Millisecond)
	r.caughtUp(all)
	got := w.delivered.Load() - delivered
	size := float64(w.bytes.Load()-bytes) / float64(got)
	if got != int64(n*len(all)) {
		w.wrong("%d deliveries of %d", got, n*len(all))
	}
	p50, p99 := w.percentiles()
	r.report(m, "latency: one room of 1,000, %d messages/s of %.0f µs: %.0f deliveries/s of %.0f bytes, %.2f of the floor; p50 %.1f ms, p99 %.1f ms (target 18)",
		perSecond, cost, float64(got)/took, size, float64(got)/took/r.floor, p50, p99)
}

// durable says messages of 250 bytes in many rooms, each on the disk before it is acknowledged; nobody listens.
func (r *run) durable() {
	if !r.wants("durable") {
		return
	}
	all := r.open(crowd, 64, nowhere)
	for _, s := range all {
		go s.listen()
	}
	text := strings.Repeat("words of a long message ", 11)[:250]
	done := r.profile("durable")
	r.steady("durable", fmt.Sprint(quiet, " rooms, 250 bytes, nobody listens (target 5000 messages/s)"), all, 256, func(i int) (int, string) { return hall + 1 + i%quiet, text })
	done()
	closeAll(all)
}
