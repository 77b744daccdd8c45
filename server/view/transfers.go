package view

import "peergroups/forum"

// Transfers is /staff/transfer. Fields: body, place, contact, from, words; key.
type Transfers struct {
	Form
	Rows  []TransferRow
	Holds bool   // one is announced: there is no other beside it
	Least string // the first day that can be given, as 2026-11-29
}

// TransferRow is one announcement.
type TransferRow struct {
	ID, Body, Place, Contact, Words string
	From, At, Withdrawn, Done       forum.Instant
	Holds                           bool
}

// MovingOn tells a member that the portal goes to another body.
type MovingOn struct{ Body, Place, Contact, Words, Day string }
