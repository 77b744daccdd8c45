package search

import (
	"context"
	"errors"
)

var errYet = errors.New("search: not yet made")

// Empty implements [Keeper].
func (e *Meili) Empty(ctx context.Context) (bool, error) {
	return false, errYet
}

// List implements [Keeper].
func (e *Meili) List(ctx context.Context, after Ref, limit int) ([]Stored, error) {
	return nil, errYet
}

// Begin implements [Keeper].
func (e *Meili) Begin(ctx context.Context) error {
	return errYet
}

// Building implements [Keeper].
func (e *Meili) Building(ctx context.Context) (string, bool, error) {
	return "", false, errYet
}

// Build implements [Keeper].
func (e *Meili) Build(ctx context.Context, docs []Doc, upto string) error {
	return errYet
}

// Swap implements [Keeper].
func (e *Meili) Swap(ctx context.Context) error {
	return errYet
}

// Empty implements [Keeper].
func (e *Fallback) Empty(ctx context.Context) (bool, error) {
	return false, errYet
}

// List implements [Keeper].
func (e *Fallback) List(ctx context.Context, after Ref, limit int) ([]Stored, error) {
	return nil, errYet
}

// Begin implements [Keeper].
func (e *Fallback) Begin(ctx context.Context) error {
	return errYet
}

// Building implements [Keeper].
func (e *Fallback) Building(ctx context.Context) (string, bool, error) {
	return "", false, errYet
}

// Build implements [Keeper].
func (e *Fallback) Build(ctx context.Context, docs []Doc, upto string) error {
	return errYet
}

// Swap implements [Keeper].
func (e *Fallback) Swap(ctx context.Context) error {
	return errYet
}

func terms(q Query) (out []string) {
	for _, r := range q.Readers {
		out = append(out, r.Term)
	}
	return out
}
