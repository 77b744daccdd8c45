package view

import "peergroups/forum"

// LogProof is /staff/log: whether the log is whole. Field: head.
type LogProof struct {
	Form
	Whole  int
	Broken int64 // the place at which the chain breaks; 0: it is whole
	Head   string
	At     forum.Instant
	Noted  int64 // the place of the head that was noted; 0: it is not in the log
	Then   forum.Instant
}
