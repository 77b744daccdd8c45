package search

import (
	"encoding/base64"
	"errors"
	"fmt"
	"hash/fnv"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Reader is one term of the audiences that an actor belongs to, see [Doc.Audience].
type Reader struct {
	Term string
	From time.Time // for "since:12": only documents at this instant or later
}

// Mode says how much of the words a document must hold. An engine does not go from one to the
// next by itself: the caller does, by what is visible of the hits.
type Mode int

// The modes.
const (
	All   Mode = iota // each word, or a form of it; the last one may go on
	Near              // each word, or what is spelled nearly so; the last one may go on
	Any               // any of the words; ranked by how many; of titles the last one may go on
	Whole             // as All, but the last word is a whole one: that costs far less where much goes on from it
)

// Sort is an order of hits.
type Sort int

// The orders of hits.
const (
	Relevance Sort = iota
	Newest
	Oldest
)

// Query asks for documents. An empty filter does not filter, except Readers: without any, only
// OwnAuthor's documents are found.
type Query struct {
	Text      string // see [Engine.Search]; beyond 400 runes or 32 words it is cut
	Mode      Mode
	Titles    bool     // words are looked for in titles only
	Readers   []Reader // terms the actor belongs to; malformed ones are dropped
	Places    []int64  // groups that let the actor in: others' documents are not found; nil: no such filter
	OwnAuthor int64    // the actor: own documents are found whatever their audience, within Places

	// Of each list one is enough, and of each that is not empty there must be one; but a board of Boards
	// and a room of Rooms are alternatives of each other.
	Voices  []int64
	Groups  []int64
	Boards  []int64
	Topics  []int64
	Rooms   []int64
	Tags    []int64
	Kinds   []string
	HasFile bool
	After   time.Time // at this instant or later
	Before  time.Time

	Sort   Sort
	Limit  int    // 1..1000; 0: 20
	Cursor string // of the page before, or of a hit
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
	More     bool   // there were more matches than were weighed: only the newest were
}

// normal drops what is malformed, denying rather than widening. Not ok: there
// is nothing this query could find.
func (q Query) normal() (Query, bool) {
	var readers []Reader
	for _, r := range q.Readers {
		if audienceForm.MatchString(r.Term) {
			readers = append(readers, r)
		}
	}
	q.Readers = readers
	if q.Limit <= 0 {
		q.Limit = 20
	}
	q.Limit = min(q.Limit, maxHits)
	if q.Sort < Relevance || q.Sort > Oldest {
		q.Sort = Relevance
	}
	if q.Mode < All || q.Mode > Whole {
		q.Mode = All
	}
	if len(q.Readers) == 0 && q.OwnAuthor <= 0 || q.Places != nil && len(q.Places) == 0 {
		return q, false
	}
	wanted := len(q.Kinds)
	q.Kinds = matching(q.Kinds, kindForm)
	return q, wanted == 0 || len(q.Kinds) > 0
}

// filtered says whether any filter narrows the answer, so that there need be no words.
func (q Query) filtered() bool {
	return len(q.Voices)+len(q.Groups)+len(q.Boards)+len(q.Topics)+len(q.Rooms)+len(q.Tags)+len(q.Kinds) > 0 ||
		q.HasFile || !q.After.IsZero() || !q.Before.IsZero()
}

// byNumber is a filter by numbers, any of which is enough.
type byNumber struct {
	term  string // of the SQL engines
	field string // of Meilisearch
	ids   []int64
}

// byNumbers are the filters by numbers: of each of them, one alternative must hold.
func (q *Query) byNumbers() (out [][]byNumber) {
	for _, either := range [][]byNumber{{{termTopic, "topic", q.Topics}}, {{termRoom, "room", q.Rooms}, {termBoard, "board", q.Boards}}, {{termGroup, "grp", q.Groups}},
		{{termVoice, "voice", q.Voices}}, {{termTag, "tags", q.Tags}}} {
		if either = slices.DeleteFunc(either, func(o byNumber) bool { return len(o.ids) == 0 }); len(either) > 0 {
			out = append(out, either)
		}
	}
	return out
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

const maxHits = 1000 // of one page

// position is where a page ended, as a cursor tells it.
type position struct {
	score int64  // of the last hit, by relevance
	id    int64  // of the last hit, as the engine numbers them in time
	key   string // of the last hit, where several have that number
}

// mark binds a cursor to its query and engine: the same words, filters and
// order must be asked again.
func (q Query) mark(engine string) string {
	h := fnv.New64a()
	// A hash writes to memory and does not fail.
	_, _ = fmt.Fprintf(h, "%s|%q|%d|%t|", engine, q.Text, q.Mode, q.Titles)
	for _, r := range q.Readers {
		_, _ = fmt.Fprintf(h, "%q %d|", r.Term, r.From.UnixMicro())
	}
	_, _ = fmt.Fprintf(h, "%t %d|%d|%d|%q|%d|%d|%d|%d|%d|%t|%d|%d|%d", q.Places == nil, q.Places, q.OwnAuthor, q.Voices, q.Kinds,
		q.Groups, q.Boards, q.Topics, q.Rooms, q.Tags, q.HasFile, q.After.UnixMicro(), q.Before.UnixMicro(), q.Sort)
	return strconv.FormatUint(h.Sum64(), 36)
}

func (p position) cursor(mark string) string {
	plain := mark + "," + strconv.FormatInt(p.score, 36) + "," + strconv.FormatInt(p.id, 36) + "," + p.key + ",."
	return base64.RawURLEncoding.EncodeToString([]byte(plain))
}

// parseCursor answers where to go on; nil for an empty cursor.
func parseCursor(cursor, mark string) (*position, error) {
	if cursor == "" {
		return nil, nil
	}
	plain, err := base64.RawURLEncoding.DecodeString(cursor)
	part := strings.Split(string(plain), ",")
	if err != nil || len(part) != 5 || part[0] != mark || part[4] != "." {
		return nil, ErrCursor
	}
	p := position{key: part[3]}
	var errs [2]error
	p.score, errs[0] = strconv.ParseInt(part[1], 36, 64)
	p.id, errs[1] = strconv.ParseInt(part[2], 36, 64)
	if errors.Join(errs[:]...) != nil {
		return nil, ErrCursor
	}
	return &p, nil
}
