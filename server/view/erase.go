package view

import "peergroups/forum"

// Erase is /account/erase. Fields: takes, password.
type Erase struct {
	Form
	Due   forum.Instant // 0: nothing was asked
	Takes bool
	Last  bool // the last administrator
	Parts []ErasePart
	Owns  []Link
}

// ErasePart is what of the member's data has one fate.
type ErasePart struct {
	Erasure string // as in forum.Declared
	Rows    []EraseRow
}

// EraseRow is how much of a kind there is.
type EraseRow struct{ What, Count, Retention string }
