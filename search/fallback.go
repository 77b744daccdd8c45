package search

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"
)

// Fallback asks a primary engine and, while that is away, a secondary one.
type Fallback struct {
	primary, secondary Engine
	o                  FallbackOptions

	mu       sync.Mutex
	failures int       // of the primary, in a row
	probeAt  time.Time // when it may be asked again, once failures reached the limit
}

// FallbackOptions tune a [Fallback]; the zero value works.
type FallbackOptions struct {
	Failures int              // in a row after which the primary is let alone; 0: 3
	Rest     time.Duration    // how long until it is tried again; 0: 10 s
	Now      func() time.Time // nil: time.Now
}

// NewFallback makes an engine of two.
func NewFallback(primary, secondary Engine, o FallbackOptions) *Fallback {
	if o.Failures <= 0 {
		o.Failures = 3
	}
	if o.Rest <= 0 {
		o.Rest = 10 * time.Second
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return &Fallback{primary: primary, secondary: secondary, o: o}
}

// try runs a call to the primary unless that is let alone, and notes how it
// went. Only one caller at a time tries a primary that failed.
func (f *Fallback) try(ctx context.Context, call func() error) error {
	f.mu.Lock()
	if f.failures >= f.o.Failures {
		if now := f.o.Now(); now.Before(f.probeAt) {
			f.mu.Unlock()
			return ErrAway
		}
		f.probeAt = f.o.Now().Add(f.o.Rest)
	}
	f.mu.Unlock()
	err := call()
	f.mu.Lock()
	defer f.mu.Unlock()
	switch {
	case err == nil || errors.Is(err, ErrCursor) || errors.Is(err, ErrDoc) || errors.Is(err, ErrNotBuilding):
		f.failures = 0
	case ctx.Err() != nil: // the caller left: says nothing of the engine
	default:
		f.failures++
		f.probeAt = f.o.Now().Add(f.o.Rest)
	}
	return err
}

// both writes to the secondary and then to the primary. ErrPrimary: only the primary failed.
func (f *Fallback) both(ctx context.Context, write func(Engine) error) error {
	err := write(f.secondary)
	first := f.try(ctx, func() error { return write(f.primary) })
	if err == nil && first != nil {
		return fmt.Errorf("%w: %w", ErrPrimary, first)
	}
	return errors.Join(err, first)
}

// Put stores in both engines. An error of either is answered after both were
// tried; the caller puts the same again later.
func (f *Fallback) Put(ctx context.Context, docs []Doc) error {
	return f.both(ctx, func(e Engine) error { return e.Put(ctx, docs) })
}

// Delete is like Put.
func (f *Fallback) Delete(ctx context.Context, gone []Gone) error {
	return f.both(ctx, func(e Engine) error { return e.Delete(ctx, gone) })
}

// Reset is like Put.
func (f *Fallback) Reset(ctx context.Context) error {
	return f.both(ctx, func(e Engine) error { return e.Reset(ctx) })
}

// Ready answers nil when either engine can serve.
func (f *Fallback) Ready(ctx context.Context) error {
	err := f.try(ctx, func() error { return f.primary.Ready(ctx) })
	if err == nil {
		return nil
	}
	if second := f.secondary.Ready(ctx); second != nil {
		return errors.Join(err, second)
	}
	return nil
}

// Cursors say which engine made them: pages go on where they began.
const (
	fromPrimary   = "p."
	fromSecondary = "s."
)

// Search implements [Engine]. When the primary goes away between two pages,
// the pages end there, degraded: the secondary cannot tell which hits were
// shown.
func (f *Fallback) Search(ctx context.Context, q Query) (Result, error) {
	cursor := q.Cursor
	if rest, ok := strings.CutPrefix(cursor, fromSecondary); ok {
		q.Cursor = rest
		return f.degraded(ctx, q)
	}
	rest, ok := strings.CutPrefix(cursor, fromPrimary)
	if cursor != "" && !ok {
		return Result{}, ErrCursor
	}
	q.Cursor = rest
	var r Result
	err := f.try(ctx, func() (err error) {
		r, err = f.primary.Search(ctx, q)
		return err
	})
	switch {
	case err == nil:
		r.from(fromPrimary)
		return r, nil
	case errors.Is(err, ErrCursor) || ctx.Err() != nil:
		return Result{}, err
	case cursor != "":
		return Result{Degraded: true}, nil
	}
	return f.degraded(ctx, q)
}

func (f *Fallback) degraded(ctx context.Context, q Query) (Result, error) {
	r, err := f.secondary.Search(ctx, q)
	r.Degraded = true
	r.from(fromSecondary)
	return r, err
}

// from notes on each cursor which engine made it.
func (r *Result) from(engine string) {
	for i := range r.Hits {
		r.Hits[i].Cursor = engine + r.Hits[i].Cursor
	}
	if r.Cursor != "" {
		r.Cursor = engine + r.Cursor
	}
}
