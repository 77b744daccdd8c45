package forum

import (
	"context"
	"time"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/schema"
)

// A stub stands where a topic, or posts of it, were before moderators put them elsewhere, and leads there: shown to members
// who may read where it leads, under the title that it has there now, and to nobody else.

// StubKind says what became of what stood there.
type StubKind int64

// The kinds.
const (
	StubMoved  StubKind = iota + 1 // to another board
	StubMerged                     // behind another topic
	StubSplit                      // posts, into a topic of their own
	StubJoined                     // in the topic itself: posts of another one were put in, whose title is gone
)

var stubNames = [...]string{"", "moved", "merged", "split", "joined"}

// String names the kind.
func (k StubKind) String() string { return stubNames[min(max(k, 0), StubJoined)] }

// Stub is one as its reader sees it.
type Stub struct {
	Kind  StubKind
	ID    TopicID `bun:"id"` // where it leads
	Title string
	Slug  string
	At    Instant
}

const (
	stubsOfBoard = 5
	stubsOfTopic = 20
	stubbedFor   = 30 * 24 * time.Hour // on a board's list; in a topic for ever
)

// stub leaves one on a board or in a topic; the other is 0.
func (w *writer) stub(kind StubKind, b BoardID, t, to TopicID) error {
	return w.exec("INSERT INTO stubs (id, kind, board_id, topic_id, to_topic, at) VALUES (?, ?, ?, ?, ?, ?)", w.id(), kind, b, t, to, w.now)
}

// mergeStubs has what led to a topic, or stood in it, lead to the one behind which it was put.
func (w *writer) mergeStubs(from, to TopicID) error {
	return either(w.exec("UPDATE stubs SET to_topic = ? WHERE to_topic = ?", to, from), w.exec("UPDATE stubs SET topic_id = ? WHERE topic_id = ?", to, from))
}

// stubs reads those that are picked and lead where the actor may read.
func (f *Forum) stubs(ctx context.Context, by Actor, which schema.QueryWithArgs, limit int) (out []Stub, err error) {
	if by.Member == 0 { // whose pages are kept, and not made anew when the other topic is for others
		return nil, nil
	}
	err = f.store.read.scan(ctx, &out, "SELECT s.kind, t.id, t.title, t.slug, s.at FROM stubs s JOIN topics t ON t.id = s.to_topic"+topicPlaces+` WHERE (t.merged_into = 0 OR s.kind = ?) AND t.reach < 4 AND ? AND ? AND ?
		ORDER BY s.at DESC, s.id DESC LIMIT ?`, StubJoined, which, itemGate(by, "t"), placeGate(by, "g"), limit)
	return out, err
}

// stubsOn are those on a board: of what stands there again none is left.
func (f *Forum) stubsOn(ctx context.Context, by Actor, b BoardID) ([]Stub, error) {
	return f.stubs(ctx, by, bun.SafeQuery("s.board_id = ? AND s.board_id > 0 AND s.at > ? AND (s.kind <> ? OR t.board_id <> s.board_id)", b, f.instant().add(-stubbedFor), StubMoved), stubsOfBoard)
}

// stubsIn are those in a topic.
func (f *Forum) stubsIn(ctx context.Context, by Actor, t TopicID) ([]Stub, error) {
	return f.stubs(ctx, by, bun.SafeQuery("s.topic_id = ? AND s.topic_id > 0 AND s.to_topic <> s.topic_id", t), stubsOfTopic)
}
