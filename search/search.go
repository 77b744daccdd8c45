// Package search stores and finds documents by text within allowed audiences.
//
// It holds a derived copy: what it answers are references, and the forum
// decides in SQL which of them the actor may see today. Audiences are filtered
// here all the same, so that a page of hits is not emptied afterwards.
//
// Three engines keep one contract: SQLite's FTS5 and PostgreSQL's tsvector
// through [NewSQL], and Meilisearch through [NewMeili]. Text is folded and cut
// into words here, in Go, for all of them, so that they find alike; member
// text and queries never reach an engine's own syntax.
package search

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"hash/fnv"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// Errors of this package; compare with errors.Is.
var (
	// ErrCursor says that a cursor is not of this query or engine.
	ErrCursor = errors.New("search: cursor does not fit the query")
	// ErrDoc says that a document's kind, number or audience is malformed.
	ErrDoc = errors.New("search: malformed document")
	// ErrAway says that an engine is not asked for now, since it failed often.
	ErrAway = errors.New("search: engine is away")
)

// Ref names a thing of the forum.
type Ref struct {
	Kind string // lower-case letters: "topic", "post", "message", "member"
	ID   int64  // positive
}

// Doc is what is stored of one thing. Group, Board, Topic and Author are 0
// when there is none.
type Doc struct {
	Kind     string
	ID       int64
	Version  int64  // an older version never overwrites a newer one
	Audience string // "public", "registered", "certified", "group:12"
	Group    int64
	Board    int64
	Topic    int64
	Author   int64
	At       time.Time
	Lang     string // BCP 47, "" when unknown or malformed
	Title    string // plain text; words here count more
	Text     string // plain text; what is beyond 16,000 words is not found
}

// Sort is an order of hits.
type Sort int

// The orders of hits.
const (
	Relevance Sort = iota
	Newest
)

// Query asks for documents. An empty filter does not filter, except
// Audiences: without any, only OwnAuthor's documents are found.
type Query struct {
	Text      string   // see [Engine.Search]; beyond 400 runes or 32 words it is cut
	Any       bool     // any of the words are enough at once
	Audiences []string // terms the actor belongs to; malformed ones are dropped
	OwnAuthor int64    // the actor: own documents are found whatever their audience
	Author    int64
	Kinds     []string
	Group     int64
	Board     int64
	Topic     int64
	Sort      Sort
	Limit     int    // 1..100; 0: 20
	Cursor    string // of the page before
}

// Hit is one document found. Scores compare within one answer only.
type Hit struct {
	Ref
	Score  float64
	Cursor string // of what comes after this hit
}

// Result is one page of hits.
type Result struct {
	Hits     []Hit
	Cursor   string // of the next page; "" at the end
	Degraded bool   // a stand-in engine answered
}

// Engine stores and finds. All methods are safe for concurrent use.
type Engine interface {
	// Put stores documents; those with an older version than what is there
	// are passed over, and those not newer than what was deleted. It returns
	// when they can be found. ErrDoc: nothing was stored.
	Put(ctx context.Context, docs []Doc) error
	// Delete removes documents and their text. Their numbers and versions are
	// kept, so that a late Put does not bring them back: only a higher
	// version does.
	Delete(ctx context.Context, refs []Ref) error
	// Search finds documents that hold all words of the text, or, when there
	// are none, any of them. The last word also matches as a beginning,
	// "several words" in this order, and -word excludes. Text without a word
	// to find answers no hits. ErrCursor: begin at the first page.
	Search(ctx context.Context, q Query) (Result, error)
	// Reset forgets everything, versions of deleted documents included.
	Reset(ctx context.Context) error
	// Ready answers nil when the engine can serve.
	Ready(ctx context.Context) error
}

var (
	kindForm     = regexp.MustCompile(`^[a-z]{1,20}$`)
	audienceForm = regexp.MustCompile(`^[a-z]{1,20}(:[0-9]{1,19})?$`)
	langForm     = regexp.MustCompile(`^[A-Za-z0-9-]{1,35}$`)
)

func (r Ref) check() error {
	if !kindForm.MatchString(r.Kind) || r.ID <= 0 {
		return fmt.Errorf("%w: %q %d", ErrDoc, r.Kind, r.ID)
	}
	return nil
}

func (d Doc) ref() Ref { return Ref{d.Kind, d.ID} }

// newest checks documents and keeps the highest version of each.
func newest(docs []Doc) ([]Doc, error) {
	at := make(map[Ref]int, len(docs))
	kept := make([]Doc, 0, len(docs))
	for _, d := range docs {
		if err := d.ref().check(); err != nil {
			return nil, err
		}
		if !audienceForm.MatchString(d.Audience) {
			return nil, fmt.Errorf("%w: audience %q", ErrDoc, d.Audience)
		}
		if !langForm.MatchString(d.Lang) {
			d.Lang = ""
		}
		i, ok := at[d.ref()]
		switch {
		case !ok:
			at[d.ref()] = len(kept)
			kept = append(kept, d)
		case d.Version >= kept[i].Version:
			kept[i] = d
		}
	}
	return kept, nil
}

// normal drops what is malformed, denying rather than widening. Not ok: there
// is nothing this query could find.
func (q Query) normal() (Query, bool) {
	q.Audiences = matching(q.Audiences, audienceForm)
	if q.Limit <= 0 {
		q.Limit = 20
	}
	q.Limit = min(q.Limit, 100)
	if len(q.Audiences) == 0 && q.OwnAuthor <= 0 {
		return q, false
	}
	wanted := len(q.Kinds)
	q.Kinds = matching(q.Kinds, kindForm)
	return q, wanted == 0 || len(q.Kinds) > 0
}

func matching(values []string, form *regexp.Regexp) []string {
	var kept []string
	for _, v := range values {
		if form.MatchString(v) {
			kept = append(kept, v)
		}
	}
	return kept
}

// position is where a page ended, as a cursor tells it.
type position struct {
	any   bool    // the pages are of the any-word answer
	score float64 // of the last hit, SQL engines by relevance
	at    int64   // of the last hit, SQL engines by date
	id    int64   // of the last hit, within equal scores or dates
	skip  int64   // hits before the next page, Meilisearch
}

// mark binds a cursor to its query and engine: the same words, filters and
// order must be asked again.
func (q Query) mark(engine string) string {
	h := fnv.New64a()
	// A hash writes to memory and does not fail.
	_, _ = fmt.Fprintf(h, "%s|%q|%q|%d|%d|%q|%d|%d|%d|%d", engine, q.Text, q.Audiences,
		q.OwnAuthor, q.Author, q.Kinds, q.Group, q.Board, q.Topic, q.Sort)
	return strconv.FormatUint(h.Sum64(), 36)
}

func (p position) cursor(mark string) string {
	either := "0"
	if p.any {
		either = "1"
	}
	plain := strings.Join([]string{mark, either, strconv.FormatFloat(p.score, 'x', -1, 64),
		strconv.FormatInt(p.at, 36), strconv.FormatInt(p.id, 36), strconv.FormatInt(p.skip, 36)}, ",")
	return base64.RawURLEncoding.EncodeToString([]byte(plain))
}

// parseCursor answers where to go on; nil for an empty cursor.
func parseCursor(cursor, mark string) (*position, error) {
	if cursor == "" {
		return nil, nil
	}
	plain, err := base64.RawURLEncoding.DecodeString(cursor)
	part := strings.Split(string(plain), ",")
	if err != nil || len(part) != 6 || part[0] != mark {
		return nil, ErrCursor
	}
	var p position
	var errs [4]error
	p.any = part[1] == "1"
	p.score, errs[0] = strconv.ParseFloat(part[2], 64)
	p.at, errs[1] = strconv.ParseInt(part[3], 36, 64)
	p.id, errs[2] = strconv.ParseInt(part[4], 36, 64)
	p.skip, errs[3] = strconv.ParseInt(part[5], 36, 64)
	if errors.Join(errs[:]...) != nil || p.skip < 0 {
		return nil, ErrCursor
	}
	return &p, nil
}
