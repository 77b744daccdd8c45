package search

import (
	"context"
	"errors"
)

// Empty says whether either engine wants to be built; one that is away says nothing.
func (f *Fallback) Empty(ctx context.Context) (bool, error) {
	second, err := f.secondary.Empty(ctx)
	if second && err == nil {
		return true, nil
	}
	first := false
	away := f.try(ctx, func() (err error) {
		first, err = f.primary.Empty(ctx)
		return err
	})
	if away != nil && err != nil {
		return false, errors.Join(err, away)
	}
	return first && away == nil, nil
}

// Begin is like Put: both engines must have begun for a rebuild to go on.
func (f *Fallback) Begin(ctx context.Context) error {
	return f.both(ctx, func(e Engine) error { return e.Begin(ctx) })
}

// Building tells of a rebuild that goes on in both engines. When they have come differently
// far the mark is "": what is built twice does no harm.
func (f *Fallback) Building(ctx context.Context) (upto string, ok bool, err error) {
	var marks []string
	building := 0
	err = f.both(ctx, func(e Engine) error {
		mark, ok, err := e.Building(ctx)
		if ok {
			building++
			marks = append(marks, mark)
		}
		return err
	})
	if err != nil || building < 2 {
		return "", false, err
	}
	if marks[0] != marks[1] {
		return "", true, nil
	}
	return marks[0], true, nil
}

// Build is like Put.
func (f *Fallback) Build(ctx context.Context, docs []Doc, upto string) error {
	return f.both(ctx, func(e Engine) error { return e.Build(ctx, docs, upto) })
}

// Swap is like Put. When one engine fails, the rebuild has to begin anew for both.
func (f *Fallback) Swap(ctx context.Context) error {
	return f.both(ctx, func(e Engine) error { return e.Swap(ctx) })
}

// List tells what both engines store. Where they differ the sum is empty, so that whoever
// compares mends both.
func (f *Fallback) List(ctx context.Context, after Ref, limit int) ([]Stored, error) {
	var lists [][]Stored
	err := f.both(ctx, func(e Engine) error {
		list, err := e.List(ctx, after, limit)
		lists = append(lists, list)
		return err
	})
	if err != nil {
		return nil, err
	}
	var out []Stored
	a, b := lists[0], lists[1]
	for len(a)+len(b) > 0 && len(out) < limit {
		switch {
		case len(b) == 0 || len(a) > 0 && a[0].before(b[0].Ref):
			out = append(out, Stored{Ref: a[0].Ref, Version: a[0].Version})
			a = a[1:]
		case len(a) == 0 || b[0].before(a[0].Ref):
			out = append(out, Stored{Ref: b[0].Ref, Version: b[0].Version})
			b = b[1:]
		default:
			one := a[0]
			if one != b[0] {
				one.Sum = ""
			}
			out = append(out, one)
			a, b = a[1:], b[1:]
		}
		if len(a) == 0 && len(lists[0]) == limit || len(b) == 0 && len(lists[1]) == limit {
			break // what comes next in one of them is not known
		}
	}
	return out, nil
}
