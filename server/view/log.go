package view

import "peergroups/forum"

// LogProof is /staff/log: whether the log is whole. Field: head.
type LogProof struct {
	Form
	forum.LogProof
}
