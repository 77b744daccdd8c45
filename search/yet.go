package search

import (
	"context"
	"errors"
)

var errYet = errors.New("search: not yet made")

// Empty implements [Keeper].
func (e *SQL) Empty(ctx context.Context) (bool, error) {
	return true, nil
}

// List implements [Keeper].
func (e *SQL) List(ctx context.Context, after Ref, limit int) ([]Stored, error) {
	return nil, errYet
}

// Begin implements [Keeper].
func (e *SQL) Begin(ctx context.Context) error {
	return nil
}

// Building implements [Keeper].
func (e *SQL) Building(ctx context.Context) (string, bool, error) {
	return "", false, nil
}

// Build implements [Keeper].
func (e *SQL) Build(ctx context.Context, docs []Doc, upto string) error {
	return e.Put(ctx, docs)
}

// Swap implements [Keeper].
func (e *SQL) Swap(ctx context.Context) error {
	return nil
}

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

// Op is one operator of a query.
type Op struct {
	Key   string // "author", "group", "in", "before", "after", "has", "kind", "tag"
	Value string // never empty
	Not   bool   // -key:value
}

// Parse takes the operators out of what a person typed.
func Parse(text string) (words string, ops []Op) { return text, nil }

// Marks tells where words of the query stand in the text, as bytes from and to.
func Marks(query, text string) [][2]int { return nil }

// Excerpt gives the best part of about n bytes, and the marks in it.
func Excerpt(query, text string, n int) (string, [][2]int) { return cut(text, n), nil }

// Nearly puts words that the texts hold in place of those that none of them holds.
func Nearly(query string, texts []string) (better string, ok bool) { return "", false }
