package realtime

import (
	"bytes"
	"context"
	"fmt"
	"runtime/debug"
	"sync"
	"time"
)

// spareFrames bounds the array an idle connection keeps.
const spareFrames = 64

// Conn is one connection. [Conn.Run] owns its writing life; everything else
// may be called from any goroutine, also after the end.
type Conn struct {
	hub   *Hub
	owner string
	sink  Sink
	wake  chan struct{} // one token: the writer has something to look at

	mu      sync.Mutex
	queue   [][]byte
	spare   [][]byte      // the written batch's array, to be used again
	bytes   int           // in queue
	awake   bool          // the writer will look without a token
	space   chan struct{} // closed when the writer took the queue; nil: nobody waits
	subs    map[string]*sub
	running bool // Run is at work
	writing bool // Run is within Sink.Write
	closing bool // code and reason hold
	drain   bool // write what is queued before closing
	aborted bool // Sink.Close was left to a goroutine of its own
	code    int
	reason  string

	aborts    sync.WaitGroup
	checkedAt time.Time // last Recheck; only under mu
}

// Owner is whose connection this is.
func (c *Conn) Owner() string { return c.owner }

// Run writes until the connection ends: all that is queued goes out in one
// Write, newline-delimited. It returns only when the sink will not be touched
// again; the error says why it ended, nil after an orderly [Conn.Close]. The
// end of ctx closes with [CodeGone].
func (c *Conn) Run(ctx context.Context) (err error) {
	if !c.begin() {
		c.finish()
		return ErrClosed
	}
	stop := context.AfterFunc(ctx, func() { c.shut(CodeGone, "gone", false) })
	defer func() {
		if r := recover(); r != nil {
			c.hub.o.Log.Error("panic", "in", "realtime run", "panic", r, "stack", string(debug.Stack()))
			err = fmt.Errorf("realtime: panic: %v", r)
			c.shut(CodeBroken, "error", false)
		}
		stop()
		c.end()
	}()
	var rest *time.Timer
	for {
		c.await(rest)
		batch, ok := c.take()
		if !ok {
			return nil
		}
		if err := c.write(batch); err != nil {
			c.shut(CodeGone, "gone", false)
			return fmt.Errorf("realtime: write: %w", err)
		}
		if rest == nil {
			rest = time.NewTimer(writePause)
		} else {
			rest.Reset(writePause)
		}
	}
}

// writePause is how long a connection rests after a Write: in a room where much is said at once most of the work is
// the call, and not what goes along in it. What is said within it waits for its end, and nobody sees that.
const writePause = 10 * time.Millisecond

// await waits until there is something to write, or the connection ends, and the last Write was a while ago.
func (c *Conn) await(rest *time.Timer) {
	for {
		c.mu.Lock()
		if len(c.queue) > 0 || c.closing {
			c.mu.Unlock()
			break
		}
		c.awake = false
		c.mu.Unlock()
		<-c.wake
	}
	if rest != nil {
		<-rest.C
	}
}

// begin marks the writer as running, unless there is nothing to write any more.
func (c *Conn) begin() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.running || (c.closing && !c.drain) {
		return false
	}
	c.running = true
	return true
}

// take takes all of the queue; not ok: the connection is to end.
func (c *Conn) take() ([][]byte, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.queue) == 0 || (c.closing && !c.drain) {
		return nil, false
	}
	batch := c.queue
	c.queue, c.spare, c.bytes, c.writing = c.spare, nil, 0, true
	c.freeSpace()
	return batch, true
}

// freeSpace wakes the catch-ups that waited for room. Callers hold mu.
func (c *Conn) freeSpace() {
	if c.space != nil {
		close(c.space)
		c.space = nil
	}
}

// write joins a batch into one message. A lone frame is not copied.
func (c *Conn) write(batch [][]byte) error {
	p := batch[0]
	if len(batch) > 1 {
		buf := c.hub.pool.Get().(*bytes.Buffer)
		defer func() {
			buf.Reset()
			c.hub.pool.Put(buf)
		}()
		for i, data := range batch {
			if i > 0 {
				buf.WriteByte('\n')
			}
			buf.Write(data)
		}
		p = buf.Bytes()
	}
	err := c.sink.Write(p)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.writing = false
	if cap(batch) <= spareFrames {
		clear(batch)
		c.spare = batch[:0]
	}
	return err
}

// end leaves the hub and closes the sink.
func (c *Conn) end() {
	c.mu.Lock()
	c.writing = false // also after a panic; from here on no abort begins
	c.mu.Unlock()
	c.leaveChannels()
	c.aborts.Wait()
	c.finish()
	c.hub.leave(c)
}

// finish closes the sink unless that was left to a goroutine of its own.
func (c *Conn) finish() {
	c.mu.Lock()
	code, reason, mine := c.code, c.reason, c.closing && !c.aborted
	c.aborted = c.aborted || mine // once only
	c.mu.Unlock()
	if mine {
		defer c.hub.guard("close", nil)
		c.sink.Close(code, reason)
	}
}

// Close ends the connection after what is queued was written. The first code
// counts. It does not wait.
func (c *Conn) Close(code int, reason string) { c.shut(code, reason, true) }

// shut ends the connection; without drain at once: the queue is dropped and a
// Write under way is cut off, so that nobody waits for a stuck reader and one
// who may not read any more is not told the rest.
func (c *Conn) shut(code int, reason string, drain bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.shutLocked(code, reason, drain)
}

func (c *Conn) shutLocked(code int, reason string, drain bool) {
	first := !c.closing
	if first {
		c.closing, c.code, c.reason, c.drain = true, code, reason, drain
	}
	if !drain {
		c.drain, c.queue, c.bytes = false, nil, 0
		if c.writing && !c.aborted {
			c.aborted = true
			c.aborts.Go(func() {
				defer c.hub.guard("close", nil)
				c.sink.Close(c.code, c.reason) // written once, before this began
			})
		}
	}
	c.freeSpace()
	select {
	case c.wake <- struct{}{}:
	default:
	}
	if first && !c.running {
		// Nobody runs who would clean up. Callers may hold a channel's lock.
		c.hub.spawn("leave", nil, func(context.Context) {
			c.leaveChannels()
			c.hub.leave(c)
		})
	}
}

// leaveChannels ends all subscriptions, and there will be no more.
func (c *Conn) leaveChannels() {
	c.mu.Lock()
	subs := c.subs
	c.subs = nil
	c.mu.Unlock()
	for _, s := range subs {
		c.hub.detach(s)
	}
}

// Send queues data for this connection alone. It says false when the
// connection is closed, or is closed now for reading too slowly.
func (c *Conn) Send(data []byte) bool { return c.enqueue(oneLine(data)) }

// enqueue is called under a channel's lock and so only notes what is to be
// done.
func (c *Conn) enqueue(data []byte) bool {
	c.mu.Lock()
	if c.closing {
		c.mu.Unlock()
		return false
	}
	o := &c.hub.o
	if len(c.queue) > 0 && (len(c.queue) >= o.QueueFrames || c.bytes+len(data) > o.QueueBytes) {
		c.shutLocked(CodeSlow, "slow", false)
		c.mu.Unlock()
		return false
	}
	c.put(data)
	c.mu.Unlock()
	return true
}

// put queues data and wakes the writer. Callers hold mu.
func (c *Conn) put(data []byte) {
	c.queue = append(c.queue, data)
	c.bytes += len(data)
	if c.awake {
		return
	}
	c.awake = true
	select {
	case c.wake <- struct{}{}:
	default:
	}
}

// enqueueWait queues one frame of a catch-up, waiting while the queue is more
// than half full: history must not push a reader over the bound.
func (c *Conn) enqueueWait(ctx context.Context, s *sub, data []byte) error {
	for {
		if s.gone.Load() {
			return ErrDropped
		}
		c.mu.Lock()
		if c.closing {
			c.mu.Unlock()
			return ErrClosed
		}
		o := &c.hub.o
		if len(c.queue) == 0 || (len(c.queue) < o.QueueFrames/2 && c.bytes+len(data) <= o.QueueBytes/2) {
			c.put(data)
			c.mu.Unlock()
			return nil
		}
		if c.space == nil {
			c.space = make(chan struct{})
		}
		space := c.space
		c.mu.Unlock()
		select {
		case <-space:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}
