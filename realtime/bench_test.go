package realtime

import (
	"context"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
)

const (
	benchReaders = 1000
	benchFlying  = 16 // frames said before the slowest reader must have caught up
)

// counter is a sink that only counts the frames it is told.
type counter struct {
	frames *atomic.Int64
	size   int
}

func (c counter) Write(p []byte) error {
	c.frames.Add(int64((len(p) + 1) / (c.size + 1)))
	return nil
}

func (counter) Close(int, string) {}

// BenchmarkFanOut says 250-byte frames to 1,000 readers in one channel.
// deliveries/s is to be compared with BenchmarkFloor of the same run.
func BenchmarkFanOut(b *testing.B) {
	h := NewHub(NewMemoryBroker(), Options{})
	var delivered atomic.Int64
	data := make([]byte, 250)
	var runs sync.WaitGroup
	for i := range benchReaders {
		c, err := h.Connect(fmt.Sprint(i), counter{&delivered, len(data)})
		if err != nil {
			b.Fatal(err)
		}
		runs.Go(func() { _ = c.Run(context.Background()) })
		if err := c.Subscribe(context.Background(), "room", 0, nil); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportAllocs()
	b.ResetTimer()
	for i := range b.N {
		if err := h.Publish(context.Background(), "room", Frame{Seq: int64(i + 1), Data: data}); err != nil {
			b.Fatal(err)
		}
		wait(&delivered, int64(i+1-benchFlying)*benchReaders)
	}
	wait(&delivered, int64(b.N)*benchReaders)
	b.StopTimer()
	rate(b, b.N*benchReaders)
	_ = h.Shutdown(context.Background())
	runs.Wait()
}

// BenchmarkFloor sends to 1,000 goroutines over plain channels: what a fan-out
// costs when there is nothing but the scheduler.
func BenchmarkFloor(b *testing.B) {
	var delivered atomic.Int64
	data := make([]byte, 250)
	readers := make([]chan []byte, benchReaders)
	var runs sync.WaitGroup
	for i := range readers {
		readers[i] = make(chan []byte, 64)
		runs.Go(func() {
			for range readers[i] {
				delivered.Add(1)
			}
		})
	}
	b.ResetTimer()
	for i := range b.N {
		for _, r := range readers {
			r <- data
		}
		wait(&delivered, int64(i+1-benchFlying)*benchReaders)
	}
	wait(&delivered, int64(b.N)*benchReaders)
	b.StopTimer()
	rate(b, b.N*benchReaders)
	for _, r := range readers {
		close(r)
	}
	runs.Wait()
}

// BenchmarkCatchUp brings one reader over 40 missed frames and makes it live.
func BenchmarkCatchUp(b *testing.B) {
	h := NewHub(NewMemoryBroker(), Options{})
	var delivered atomic.Int64
	data := make([]byte, 250)
	missed := make([]Frame, 40)
	for i := range missed {
		missed[i] = Frame{Seq: int64(i + 1), Data: data}
	}
	catchUp := func(_ context.Context, after int64) ([]Frame, error) { return missed[after:], nil }
	c, err := h.Connect("ann", counter{&delivered, len(data)})
	if err != nil {
		b.Fatal(err)
	}
	var runs sync.WaitGroup
	runs.Go(func() { _ = c.Run(context.Background()) })
	b.ReportAllocs()
	b.ResetTimer()
	for range b.N {
		if err := c.Subscribe(context.Background(), "room", 0, catchUp); err != nil {
			b.Fatal(err)
		}
		c.Unsubscribe("room")
	}
	wait(&delivered, int64(b.N*len(missed)))
	b.StopTimer()
	rate(b, b.N*len(missed))
	_ = h.Shutdown(context.Background())
	runs.Wait()
}

// wait yields until the count is reached.
func wait(count *atomic.Int64, n int64) {
	for count.Load() < n {
		runtime.Gosched()
	}
}

func rate(b *testing.B, deliveries int) {
	b.ReportMetric(float64(deliveries)/b.Elapsed().Seconds(), "deliveries/s")
}
