package realtime

import (
	"context"
	"fmt"
	"sync"
	"time"
)

// recheckers is how many goroutines ask Recheck in one pass over many.
const recheckers = 8

// rememberRevoked is for how long a revocation meets connections and
// subscriptions whose rights a door asked for before it and made after it.
const rememberRevoked = time.Minute

// Everybody is the owner to revoke when rights of many changed at once, visitors' too.
const Everybody = "*"

// Revoke says on all nodes that an owner's rights changed: every connection of
// the owner is asked about again at once, by [Options.Recheck], for each of
// its channels. Channels refused are dropped, and the client told by
// [Options.Dropped]; refused as a whole it is closed with [CodeStop]. When
// Revoke returns this is done on this node. An error means that other nodes
// learn of it late: it is said again until that succeeds.
func (h *Hub) Revoke(ctx context.Context, owner string) error {
	h.revoked.add(owner, h.o.Now())
	h.recheckOwner(ctx, owner)
	e := envelope{kind: kindRevoke, node: h.node, data: []byte(owner)}
	if err := h.broker.Publish(ctx, control, e.encode()); err != nil {
		h.unsaid.revoke(owner)
		return fmt.Errorf("realtime: revoke: %w", err)
	}
	return nil
}

// revoked remembers owners whose rights changed a moment ago.
type revoked struct {
	mu sync.Mutex
	at map[string]time.Time
}

func (r *revoked) add(owner string, now time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.at == nil {
		r.at = map[string]time.Time{}
	}
	r.at[owner] = now
}

func (r *revoked) has(owner string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	_, one := r.at[owner]
	_, all := r.at[Everybody]
	return one || all
}

func (r *revoked) prune(now time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for owner, at := range r.at {
		if now.Sub(at) > rememberRevoked {
			delete(r.at, owner)
		}
	}
}

// allowed asks Recheck within the call timeout.
func (h *Hub) allowed(ctx context.Context, owner, channel string) bool {
	if h.o.Recheck == nil {
		return true
	}
	ctx, cancel := context.WithTimeout(ctx, h.o.CallTimeout)
	defer cancel()
	return h.o.Recheck(ctx, owner, channel)
}

// recheckOwner asks about the connections of one owner, or of everybody. It does so to the
// end although who took the right away may have gone: each call has its own time.
func (h *Hub) recheckOwner(ctx context.Context, owner string) {
	owners := map[string][]*Conn{}
	h.mu.RLock()
	for c := range h.conns {
		if owner == c.owner || owner == Everybody {
			owners[c.owner] = append(owners[c.owner], c)
		}
	}
	h.mu.RUnlock()
	h.share(context.WithoutCancel(ctx), owners, h.recheck)
}

// askFor tells a frame to those on the channel who may know what it is for.
func (ch *channel) askFor(f Frame) {
	h := ch.hub
	h.spawn("ask", nil, func(ctx context.Context) {
		owners := map[string][]*Conn{}
		ch.mu.Lock()
		for _, s := range ch.subs {
			owners[s.conn.owner] = append(owners[s.conn.owner], s.conn)
		}
		ch.mu.Unlock()
		h.share(ctx, owners, func(ctx context.Context, conns []*Conn) {
			defer h.guard("ask", nil)
			if h.allowed(ctx, conns[0].owner, f.For) {
				for _, c := range conns {
					c.enqueue(f.Data)
				}
			}
		})
	})
}

// recheck asks once for each channel that the connections, all of one owner,
// are on, and acts on the answers. A panic in Recheck closes the connection.
func (h *Hub) recheck(ctx context.Context, conns []*Conn) {
	answers := map[string]bool{}
	ask := func(owner, channel string) bool {
		ok, asked := answers[channel]
		if !asked {
			ok = h.allowed(ctx, owner, channel)
			answers[channel] = ok
		}
		return ok
	}
	for _, c := range conns {
		func() {
			defer h.guard("recheck", c)
			if !ask(c.owner, "") {
				c.shut(CodeStop, "stop", false)
				return
			}
			for _, channel := range c.channels() {
				if !ask(c.owner, channel) {
					c.drop(channel)
				}
			}
			c.checked(h.o.Now())
		}()
	}
}

// drop takes a channel away and tells the client.
func (c *Conn) drop(channel string) {
	c.mu.Lock()
	s := c.subs[channel]
	c.mu.Unlock()
	if s == nil || !c.remove(s) {
		return
	}
	if c.hub.o.Dropped != nil {
		if frame := c.hub.o.Dropped(channel); len(frame) > 0 {
			c.Send(frame)
		}
	}
}

func (c *Conn) checked(now time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.checkedAt = now
}

func (c *Conn) due(before time.Time) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return !c.closing && !c.checkedAt.After(before)
}

// recheckDue starts a pass over the connections that were not asked about for
// RecheckEvery, or over all: while the broker is away a revocation may have
// been missed. One pass runs at a time.
func (h *Hub) recheckDue(all bool) {
	if h.o.Recheck == nil {
		return
	}
	if !h.rechecking.CompareAndSwap(false, true) {
		if all { // the pass under way may have passed by what changed since
			h.recheckAgain.Store(true)
		}
		return
	}
	all = h.recheckAgain.Swap(false) || all
	before := h.o.Now()
	if !all {
		before = before.Add(-h.o.RecheckEvery)
	}
	owners := map[string][]*Conn{}
	h.mu.RLock()
	for c := range h.conns {
		if all || c.due(before) {
			owners[c.owner] = append(owners[c.owner], c)
		}
	}
	h.mu.RUnlock()
	started := h.spawn("recheck", nil, func(ctx context.Context) {
		defer h.rechecking.Store(false)
		h.share(ctx, owners, h.recheck)
	})
	if !started {
		h.rechecking.Store(false)
	}
}

// share shares the owners out among a few goroutines, which ask about each, and waits for them.
func (h *Hub) share(ctx context.Context, owners map[string][]*Conn, ask func(context.Context, []*Conn)) {
	if len(owners) == 0 {
		return
	}
	next := make(chan []*Conn)
	var work sync.WaitGroup
	for range min(recheckers, len(owners)) {
		work.Go(func() {
			for conns := range next {
				if ctx.Err() == nil {
					ask(ctx, conns)
				}
			}
		})
	}
	for _, conns := range owners {
		next <- conns
	}
	close(next)
	work.Wait()
}
