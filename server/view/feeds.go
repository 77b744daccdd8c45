package view

import "peergroups/forum"

// Feeds is /account/feeds.
type Feeds struct{ Rows []FeedRow }

// FeedRow is one address of the reader's. Whoever holds it reads what it shows.
type FeedRow struct {
	ID             int64
	Place, Address string
	MadeAt, UsedAt forum.Instant // UsedAt 0: never
}
