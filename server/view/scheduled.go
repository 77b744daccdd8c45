package view

import "peergroups/forum"

// StubRow leads to where what stood in a place is now.
type StubRow struct {
	Words string
	Link
	At forum.Instant
}

// ScheduledRow is a topic that is to be posted, or was not.
type ScheduledRow struct {
	ID                       int64
	Href, Title, Place, Text string        // Href: "" where the writer may not know of the place any more
	At                       forum.Instant // 0: it was not posted, for the reason in Why
	Why                      string        // in words
}
