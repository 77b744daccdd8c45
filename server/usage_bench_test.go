package main

import (
	"slices"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/valyala/fasthttp"
)

// BenchmarkUsage: what it costs to note how the site is used (P11, P13): the same pages of a server that does and of one that does not, in turns in one
// run. What is compared is the processor's time for a page, its client's and what is written behind the answers included, so that other work on the machine
// does not count; of the turns the medians.
//
//	go test ./server -run XXX -bench 'Usage$' -benchtime 1x
func BenchmarkUsage(b *testing.B) {
	const turns, pages = 9, 3000
	counted, topic, _ := benchForumWith(b, parts{})
	without, other, _ := benchForumWith(b, parts{Uncounted: true})
	for _, page := range []struct {
		name   string
		paths  [2]string
		cookie [2]string
	}{{"topic-member", [2]string{topic, other}, [2]string{counted.session("admin"), without.session("admin")}}, {"topic-visitor", [2]string{topic, other}, [2]string{}}} {
		b.Run(page.name, func(b *testing.B) {
			for range b.N {
				var took [2][]float64
				for turn := range turns {
					for _, i := range [][2]int{{0, 1}, {1, 0}}[turn%2] {
						took[i] = append(took[i], perPage(b, []*world{counted, without}[i], page.paths[i], page.cookie[i], pages))
					}
				}
				for i := range took {
					slices.Sort(took[i])
				}
				with, bare := took[0][turns/2], took[1][turns/2]
				b.ReportMetric(with, "µs/page")
				b.ReportMetric(with/bare, "of-without")
			}
		})
	}
}

// perPage is the processor's time for a page, in microseconds, with eight clients, until all is written down.
func perPage(b *testing.B, w *world, path, cookie string, pages int64) float64 {
	b.Helper()
	var n, failed atomic.Int64
	var all sync.WaitGroup
	began := spent(b)
	for range 8 {
		all.Go(func() {
			c := &fasthttp.HostClient{Addr: w.base.Host}
			for n.Add(1) <= pages {
				r, a := fasthttp.AcquireRequest(), fasthttp.AcquireResponse()
				r.SetRequestURI(w.base.String() + path)
				r.Header.Set("Accept-Encoding", "gzip")
				r.Header.Set("Accept-Language", "en-GB,en;q=0.9")
				r.Header.SetUserAgent(firefox)
				if cookie != "" {
					r.Header.Set("Cookie", cookie)
				}
				if err := c.Do(r, a); err != nil || a.StatusCode() != fasthttp.StatusOK {
					failed.Add(1)
				}
				fasthttp.ReleaseRequest(r)
				fasthttp.ReleaseResponse(a)
			}
		})
	}
	all.Wait()
	time.Sleep(1200 * time.Millisecond) // what was noted last
	if failed.Load() > 0 {
		b.Fatalf("%d requests failed", failed.Load())
	}
	return (spent(b) - began) / float64(pages)
}

// spent is the processor's time of this process, in microseconds.
func spent(b *testing.B) float64 {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return float64(u.Utime.Nano()+u.Stime.Nano()) / 1000
}
