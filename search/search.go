// Package search stores and finds documents by text within allowed audiences.
//
// It holds a derived copy: what it answers are candidates in a good order, and the forum
// decides in SQL which of them the actor may see today. Audiences are filtered here all the
// same, so that a page of hits is not emptied afterwards.
//
// Three engines keep one contract: SQLite's FTS5 and PostgreSQL's GIN through [NewSQL], and
// Meilisearch through [NewMeili]. Text is folded and cut into words here, in Go, for all of
// them, and what they find is weighed here, so that they find and order alike; member text
// and queries never reach an engine's own syntax.
package search

import (
	"context"
	"errors"
)

// Errors of this package; compare with errors.Is.
var (
	// ErrCursor says that a cursor is not of this query or engine.
	ErrCursor = errors.New("search: cursor does not fit the query")
	// ErrDoc says that a document's kind, number or audience is malformed.
	ErrDoc = errors.New("search: malformed document")
	// ErrAway says that an engine is not asked for now, since it failed often.
	ErrAway = errors.New("search: engine is away")
	// ErrPrimary says that of two engines the first failed, and the other has what it was given.
	ErrPrimary = errors.New("search: the first engine failed")
	// ErrNotBuilding says that no index is being built: begin anew.
	ErrNotBuilding = errors.New("search: no index is being built")
)

// Engine stores and finds. All methods are safe for concurrent use, by several processes too.
type Engine interface {
	// Put stores documents; those with an older version than what is there
	// are passed over, and those not newer than what was deleted. It returns
	// when they can be found. ErrDoc: nothing was stored.
	Put(ctx context.Context, docs []Doc) error
	// Delete removes documents and their text, but those that are newer. Their numbers are kept, and
	// the higher version of both, so that a late Put does not bring them back: only a higher version
	// does. What is not there leaves nothing, but in an index that is being built.
	Delete(ctx context.Context, gone []Gone) error
	// Search finds documents that hold the words of the text, see [Mode]: of "several words" in
	// this order, and of -word those without it. Text without
	// a word to find answers no hits, unless there is a filter: then all that it leaves,
	// newest first. ErrCursor: begin at the first page.
	Search(ctx context.Context, q Query) (Result, error)
	// Reset forgets everything, versions of deleted documents and an index being built included.
	Reset(ctx context.Context) error
	// Ready answers nil when the engine can serve.
	Ready(ctx context.Context) error
	Keeper
}

// Keeper is the part of an [Engine] that compares and rebuilds.
type Keeper interface {
	// Empty says whether nothing is stored, deleted documents included: the index is new, and
	// wants to be built.
	Empty(ctx context.Context) (bool, error)
	// List tells what is stored and not deleted, in order of kind and number, behind after.
	List(ctx context.Context, after Ref, limit int) ([]Stored, error)
	// Begin begins an index beside the one that is searched, and forgets an unfinished one.
	// From then on Put and Delete write to both.
	Begin(ctx context.Context) error
	// Building tells the mark of the last Build of the index that is being built, "" before
	// the first. Not ok: none is being built.
	Building(ctx context.Context) (upto string, ok bool, err error)
	// Build puts documents into the index that is being built and notes the caller's mark of
	// progress with the last of them, so that another process can go on from there. Feed
	// documents in order of time. ErrNotBuilding: somebody else has swapped, or begun none.
	Build(ctx context.Context, docs []Doc, upto string) error
	// Swap makes the index that is being built the one that is searched, at once for all
	// nodes, and drops the former.
	Swap(ctx context.Context) error
}

var (
	_ Engine = (*SQL)(nil)
	_ Engine = (*Meili)(nil)
	_ Engine = (*Fallback)(nil)
)
