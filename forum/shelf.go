package forum

import (
	"context"
	"io/fs"
	"maps"
	"slices"
	"sync"
	"time"
)

// Shelf keeps the bytes of files under names that the forum makes (letters, digits and "-").
// It decides nothing: the forum asks it only for what the gate has let through.
type Shelf interface {
	// Put is durable when it returns. A name is never put twice.
	Put(ctx context.Context, name string, b []byte) error
	// Get answers fs.ErrNotExist for what is not there.
	Get(ctx context.Context, name string) ([]byte, error)
	// Drop of what is not there is no error.
	Drop(ctx context.Context, name string) error
	// Names lists what was put before the time.
	Names(ctx context.Context, before time.Time) ([]string, error)
}

// memory is the shelf of a forum that was given none: its files end with the process.
type memory struct {
	mu sync.Mutex
	of map[string][]byte
}

func (m *memory) Put(_ context.Context, name string, b []byte) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.of[name] = slices.Clone(b)
	return nil
}

func (m *memory) Get(_ context.Context, name string) ([]byte, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	b, ok := m.of[name]
	if !ok {
		return nil, fs.ErrNotExist
	}
	return b, nil
}

func (m *memory) Drop(_ context.Context, name string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.of, name)
	return nil
}

func (m *memory) Names(context.Context, time.Time) ([]string, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Collect(maps.Keys(m.of)), nil
}
