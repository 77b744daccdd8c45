package realtime

import (
	"bytes"
	"context"
	"sync"
	"time"
)

// memory is the broker of a single process.
type memory struct {
	mu        sync.RWMutex
	listeners map[int]Listener
	next      int
	closed    bool

	seats map[string]map[memorySeat]time.Time // by channel
}

type memorySeat struct{ node, owner string }

// NewMemoryBroker makes a broker, and roster, for the hubs of one process.
// Payloads are handed on within Publish.
func NewMemoryBroker() Broker {
	return &memory{listeners: map[int]Listener{}, seats: map[string]map[memorySeat]time.Time{}}
}

func (m *memory) Publish(_ context.Context, channel string, payload []byte) error {
	// The read lock is held throughout so that stop waits for calls under way.
	m.mu.RLock()
	defer m.mu.RUnlock()
	if m.closed {
		return ErrAway
	}
	for _, l := range m.listeners {
		l.Message(channel, bytes.Clone(payload))
	}
	return nil
}

// alone says whether there is one hub at most.
func (m *memory) alone() bool {
	m.mu.RLock()
	defer m.mu.RUnlock()
	return len(m.listeners) < 2
}

func (m *memory) Listen(l Listener) (stop func()) {
	m.mu.Lock()
	defer m.mu.Unlock()
	id := m.next
	m.next++
	m.listeners[id] = l
	return func() {
		m.mu.Lock()
		defer m.mu.Unlock()
		delete(m.listeners, id)
	}
}

// Subscribe has nothing to do: hubs ignore what none of theirs listens to.
func (m *memory) Subscribe(string) {}

// Unsubscribe has nothing to do, see Subscribe.
func (m *memory) Unsubscribe(string) {}

func (m *memory) Close() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.closed = true
	clear(m.listeners)
	return nil
}

func (m *memory) Keep(_ context.Context, node string, seats []Seat, until time.Time) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, s := range seats {
		at := m.seats[s.Channel]
		if at == nil {
			at = map[memorySeat]time.Time{}
			m.seats[s.Channel] = at
		}
		at[memorySeat{node, s.Owner}] = until
	}
	return nil
}

func (m *memory) Drop(_ context.Context, node string, seats []Seat) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, s := range seats {
		at := m.seats[s.Channel]
		delete(at, memorySeat{node, s.Owner})
		if len(at) == 0 {
			delete(m.seats, s.Channel)
		}
	}
	return nil
}

func (m *memory) Present(_ context.Context, channel string, now time.Time) ([]string, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var owners []string
	for s, until := range m.seats[channel] {
		if until.After(now) {
			owners = append(owners, s.owner)
		} else {
			delete(m.seats[channel], s)
		}
	}
	return owners, nil
}
