package forum

import (
	"math/rand/v2"
	"sync"
	"time"
)

// The ids of members and of what they make are opaque: the milliseconds since 2025 and ten random bits, below 2^53 so that a
// browser's numbers hold them. They are not counted up, because the distance between two
// public ids would tell how much was written in private between them.
type (
	// MemberID names a member; 0 is a visitor.
	MemberID int64
	// GroupID names a group.
	GroupID int64
	// BoardID names a board.
	BoardID int64
	// TopicID names a topic.
	TopicID int64
	// PostID names a post.
	PostID int64
	// FileID names a file.
	FileID int64
	// TagID names a tag.
	TagID int64
	// SearchID names what a member looked for.
	SearchID int64
	// RoomID names a room.
	RoomID int64
)

const idEpoch = 1735689600000 // 2025-01-01T00:00:00Z in milliseconds

type idMaker struct {
	mu   sync.Mutex
	last int64
}

// steady is how far a clock may step back, or ids run ahead of it, without ids going back
// too; beyond it the clock was moved on purpose and is believed.
const steady = 60_000 << 10

// next gives an id for something that happens at the given time. Within one process ids
// grow; two nodes that meet in one millisecond collide once in a thousand, and the writer
// then runs the verb again.
func (m *idMaker) next(t time.Time) int64 {
	id := (t.UnixMilli()-idEpoch)<<10 | rand.Int64N(1<<10)
	m.mu.Lock()
	defer m.mu.Unlock()
	if id <= m.last && m.last-id < steady {
		id = m.last + 1
	}
	m.last = id
	return id
}
