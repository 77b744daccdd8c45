package main

import (
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/valyala/fasthttp"
)

// BenchmarkUsage: what it costs to note how the site is used (P11, P13): the same pages of a server that does and of one that does not, in turns in one
// run, from as many clients as load has; the medians of the turns are compared.
//
//	go test ./server -run XXX -bench Usage -benchtime 1x
func BenchmarkUsage(b *testing.B) {
	const turns, long = 9, 1500 * time.Millisecond
	counted, topic, _ := benchForumWith(b, parts{})
	without, other, _ := benchForumWith(b, parts{Uncounted: true})
	for _, page := range []struct {
		name   string
		paths  [2]string
		cookie [2]string
	}{{"topic-member", [2]string{topic, other}, [2]string{counted.session("admin"), without.session("admin")}}, {"topic-visitor", [2]string{topic, other}, [2]string{}}} {
		b.Run(page.name, func(b *testing.B) {
			for range b.N {
				var rates [2][]float64
				for turn := range turns {
					for _, i := range [][2]int{{0, 1}, {1, 0}}[turn%2] {
						rates[i] = append(rates[i], rate(b, []*world{counted, without}[i], page.paths[i], page.cookie[i], long))
					}
				}
				for i := range rates {
					slices.Sort(rates[i])
				}
				with, bare := rates[0][turns/2], rates[1][turns/2]
				b.ReportMetric(with, "pages/s")
				b.ReportMetric(with/bare, "of-without")
			}
		})
	}
}

// rate is how many pages a second sixteen clients get.
func rate(b *testing.B, w *world, path, cookie string, long time.Duration) float64 {
	b.Helper()
	var n, failed atomic.Int64
	var all sync.WaitGroup
	began := time.Now()
	for range 16 {
		all.Go(func() {
			c := &fasthttp.HostClient{Addr: w.base.Host}
			for time.Since(began) < long {
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
				n.Add(1)
				fasthttp.ReleaseRequest(r)
				fasthttp.ReleaseResponse(a)
			}
		})
	}
	all.Wait()
	if failed.Load() > 0 {
		b.Fatalf("%d requests failed", failed.Load())
	}
	return float64(n.Load()) / time.Since(began).Seconds()
}
