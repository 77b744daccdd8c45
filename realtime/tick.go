package realtime

import (
	"context"
	"sync"
	"time"
)

// forgetPeer is after how long a silent node is taken for gone for good: by
// then the polls have fetched whatever it committed without saying so.
const forgetPeer = 30 * time.Second

// watch does on each tick what the broker should have made needless.
func (h *Hub) watch(ctx context.Context) {
	t := time.NewTicker(h.o.Tick)
	defer t.Stop()
	for {
		force := false
		select {
		case <-ctx.Done():
			return
		case <-t.C:
		case <-h.wakeTick:
			force = true
		}
		h.tick(force)
	}
}

// tick polls the store, and asks about everybody's rights, while the hub is
// degraded or was until now.
func (h *Hub) tick(force bool) {
	defer h.guard("tick", nil)
	poll := force || h.Degraded()
	for _, ch := range h.allChannels() {
		ch.look(poll)
	}
	h.revoked.prune(h.o.Now())
	h.recheckDue(poll)
}

// talk does what needs the network: heartbeats, leases, and saying again what
// could not be said.
func (h *Hub) talk(ctx context.Context) {
	t := time.NewTicker(h.o.Tick)
	defer t.Stop()
	lease := h.o.Lease / 3
	for sinceLease := time.Duration(0); ; {
		select {
		case <-ctx.Done():
			return
		case <-h.seats.kick:
			h.say(ctx, h.flushSeats)
		case <-t.C:
			h.say(ctx, h.beat)
			h.say(ctx, h.resay)
			if sinceLease += h.o.Tick; sinceLease >= lease {
				sinceLease = 0
				h.say(ctx, h.renewSeats)
			}
			h.say(ctx, h.flushSeats)
		}
	}
}

// say bounds one task of talk and survives its panic.
func (h *Hub) say(ctx context.Context, task func(context.Context)) {
	defer h.guard("talk", nil)
	ctx, cancel := context.WithTimeout(ctx, h.o.CallTimeout)
	defer cancel()
	task(ctx)
}

func (h *Hub) beat(ctx context.Context) {
	e := envelope{kind: kindBeat, node: h.node}
	if err := h.broker.Publish(ctx, control, e.encode()); err != nil {
		h.o.Log.Debug("heartbeat not said", "err", err)
	}
}

// heed does what another node said on the control channel.
func (h *Hub) heed(m envelope) {
	switch m.kind {
	case kindBeat:
		h.peers.heard(m.node, h.o.Now())
	case kindBye:
		h.peers.forget(m.node)
	case kindPoke:
		if ch := h.channel(string(m.data)); ch != nil {
			ch.poke(m.seq)
		}
	case kindRevoke:
		owner := string(m.data)
		h.revoked.add(owner, h.o.Now())
		h.spawn("recheck", nil, func(ctx context.Context) { h.recheckOwner(ctx, owner) })
	}
}

// peers are the other nodes and when each was last heard.
type peers struct {
	mu sync.Mutex
	at map[string]time.Time
}

func (p *peers) heard(node string, now time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.at == nil {
		p.at = map[string]time.Time{}
	}
	p.at[node] = now
}

func (p *peers) forget(node string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.at, node)
}

// missing says whether a node that was heard is silent for longer than the
// limit. It may have died, or been cut off, between storing and saying.
func (p *peers) missing(now time.Time, limit time.Duration) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	missing := false
	for node, at := range p.at {
		switch silent := now.Sub(at); {
		case silent > forgetPeer:
			delete(p.at, node)
		case silent > limit:
			missing = true
		}
	}
	return missing
}

// unsaid is what the broker refused and other nodes must still learn.
type unsaid struct {
	mu      sync.Mutex
	pokes   map[string]int64 // channel → highest sequence
	revokes map[string]struct{}
}

func (u *unsaid) poke(channel string, seq int64) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.pokes == nil {
		u.pokes = map[string]int64{}
	}
	u.pokes[channel] = max(u.pokes[channel], seq)
}

func (u *unsaid) revoke(owner string) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.revokes == nil {
		u.revokes = map[string]struct{}{}
	}
	u.revokes[owner] = struct{}{}
}

func (u *unsaid) take() (map[string]int64, map[string]struct{}) {
	u.mu.Lock()
	defer u.mu.Unlock()
	pokes, revokes := u.pokes, u.revokes
	u.pokes, u.revokes = nil, nil
	return pokes, revokes
}

// resay tries once more; what fails again is kept.
func (h *Hub) resay(ctx context.Context) {
	pokes, revokes := h.unsaid.take()
	failed := false
	try := func(e envelope) bool {
		// One refusal answers for the rest of this round.
		failed = failed || h.broker.Publish(ctx, control, e.encode()) != nil
		return !failed
	}
	for owner := range revokes {
		if !try(envelope{kind: kindRevoke, node: h.node, data: []byte(owner)}) {
			h.unsaid.revoke(owner)
		}
	}
	for channel, seq := range pokes {
		if !try(envelope{kind: kindPoke, node: h.node, seq: seq, data: []byte(channel)}) {
			h.unsaid.poke(channel, seq)
		}
	}
}
