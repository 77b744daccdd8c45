package realtime

import (
	"context"
	"fmt"
	"slices"
	"sync"
)

// seats are the changes of presence the roster has not been told yet. What is
// told is the state at that time, so the order of changes does not matter.
type seats struct {
	mu      sync.Mutex
	changed map[Seat]struct{}
	kick    chan struct{}
}

// markSeat notes that an owner came to, or left, a channel.
func (h *Hub) markSeat(s *sub) {
	seat := Seat{Channel: s.name, Owner: s.conn.owner}
	if h.roster == nil || !h.tracked(seat.Channel, seat.Owner) {
		return
	}
	h.seats.mark(seat)
}

func (t *seats) mark(changed ...Seat) {
	t.mu.Lock()
	if t.changed == nil {
		t.changed = map[Seat]struct{}{}
	}
	for _, s := range changed {
		t.changed[s] = struct{}{}
	}
	t.mu.Unlock()
	select {
	case t.kick <- struct{}{}:
	default:
	}
}

func (t *seats) take() map[Seat]struct{} {
	t.mu.Lock()
	defer t.mu.Unlock()
	changed := t.changed
	t.changed = nil
	return changed
}

func (h *Hub) tracked(channel, owner string) bool {
	return owner != "" && (h.o.Tracked == nil || h.o.Tracked(channel))
}

// flushSeats tells the roster of changes. What fails is left to the leases: a
// seat not kept is kept at the next renewal, one not dropped runs out.
func (h *Hub) flushSeats(ctx context.Context) {
	var keep, drop []Seat
	for seat := range h.seats.take() {
		if h.sits(seat) {
			keep = append(keep, seat)
		} else {
			drop = append(drop, seat)
		}
	}
	h.keep(ctx, keep)
	if len(drop) > 0 {
		if err := h.roster.Drop(ctx, h.node, drop); err != nil {
			h.o.Log.Debug("presence not dropped", "err", err)
		}
	}
}

func (h *Hub) sits(seat Seat) bool {
	ch := h.channel(seat.Channel)
	if ch == nil {
		return false
	}
	ch.mu.Lock()
	defer ch.mu.Unlock()
	return ch.owners[seat.Owner] > 0
}

// renewSeats keeps every seat of this node for another lease.
func (h *Hub) renewSeats(ctx context.Context) {
	if h.roster == nil {
		return
	}
	var all []Seat
	for _, ch := range h.allChannels() {
		for _, owner := range h.localOwners(ch) {
			all = append(all, Seat{ch.name, owner})
		}
	}
	h.keep(ctx, all)
}

func (h *Hub) keep(ctx context.Context, seats []Seat) {
	if len(seats) == 0 {
		return
	}
	if err := h.roster.Keep(ctx, h.node, seats, h.until()); err != nil {
		h.o.Log.Debug("presence not kept", "err", err)
	}
}

func (h *Hub) localOwners(ch *channel) []string {
	ch.mu.Lock()
	defer ch.mu.Unlock()
	owners := make([]string, 0, len(ch.owners))
	for owner := range ch.owners {
		if h.tracked(ch.name, owner) {
			owners = append(owners, owner)
		}
	}
	return owners
}

// Present answers the distinct owners on a channel on all nodes, sorted.
// Those of this node are current; others show up within moments and, when
// their node was killed, go after [Options.Lease]. With an error the answer
// holds this node's only. Nodes' clocks must agree to well within a lease.
func (h *Hub) Present(ctx context.Context, channel string) ([]string, error) {
	var owners []string
	var err error
	if h.roster != nil {
		if owners, err = h.roster.Present(ctx, channel, h.o.Now()); err != nil {
			owners, err = nil, fmt.Errorf("realtime: present: %w", err)
		}
	}
	if ch := h.channel(channel); ch != nil {
		owners = append(owners, h.localOwners(ch)...)
	}
	slices.Sort(owners)
	return slices.Compact(owners), err
}
