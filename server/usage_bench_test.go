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

// BenchmarkUsage: what it costs to note how the site is used (P11, P13): the same page of one server that does and does not, in turns. of-time compares how
// long one client waits for a page, medians of single requests, a hundred in turn. of-processor compares the processor's time for a page, its client's and what is written
// behind the answers included, so that other work on the machine does not count; medians of fifteen turns of a thousand pages.
//
//	go test ./server -run XXX -bench 'Usage$' -benchtime 1x
func BenchmarkUsage(b *testing.B) {
	const turns, pages = 15, 1000
	w, topic, _ := benchForum(b)
	for _, page := range []struct{ name, cookie string }{{"topic-member", w.session("admin")}, {"topic-visitor", ""}} {
		b.Run(page.name, func(b *testing.B) {
			for range b.N {
				var waited, took [2][]float64
				for turn := range 6 * pages {
					w.door.Uncounted = turn/100%2 == 1 // not one by one: what the one before left to be done behind it would count for the next
					began := time.Now()
					perPage(b, w, topic, page.cookie, 1)
					waited[turn/100%2] = append(waited[turn/100%2], float64(time.Since(began).Nanoseconds())/1000)
				}
				time.Sleep(1200 * time.Millisecond)
				for turn := range 2 * turns {
					w.door.Uncounted = turn%2 == 1
					began := spent(b)
					perPage(b, w, topic, page.cookie, pages)
					time.Sleep(1200 * time.Millisecond) // what was noted last
					took[turn%2] = append(took[turn%2], (spent(b)-began)/pages)
				}
				b.ReportMetric(middle(waited[0]), "µs")
				b.ReportMetric(middle(waited[0])/middle(waited[1]), "of-time")
				b.ReportMetric(middle(took[0]), "processor-µs")
				b.ReportMetric(middle(took[0])/middle(took[1]), "of-processor")
			}
		})
	}
}

func middle(all []float64) float64 {
	slices.Sort(all)
	return all[len(all)/2]
}

// perPage asks for a page so many times, by eight clients at most.
func perPage(b *testing.B, w *world, path, cookie string, pages int64) {
	b.Helper()
	var n, failed atomic.Int64
	var all sync.WaitGroup
	one := func() {
		r, a := fasthttp.AcquireRequest(), fasthttp.AcquireResponse()
		r.SetRequestURI(w.base.String() + path)
		r.Header.Set("Accept-Encoding", "gzip")
		r.Header.Set("Accept-Language", "en-GB,en;q=0.9")
		r.Header.SetUserAgent(firefox)
		if cookie != "" {
			r.Header.Set("Cookie", cookie)
		}
		if err := fasthttp.Do(r, a); err != nil || a.StatusCode() != fasthttp.StatusOK {
			failed.Add(1)
		}
		fasthttp.ReleaseRequest(r)
		fasthttp.ReleaseResponse(a)
	}
	if pages == 1 {
		one()
	}
	for range min(8, pages-1) {
		all.Go(func() {
			for n.Add(1) <= pages {
				one()
			}
		})
	}
	all.Wait()
	if failed.Load() > 0 {
		b.Fatalf("%d requests failed", failed.Load())
	}
}

// spent is the processor's time of this process, in microseconds.
func spent(b *testing.B) float64 {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return float64(u.Utime.Nano()+u.Stime.Nano()) / 1000
}
