package view

import (
	"strings"

	"peergroups/forum"
)

// Doors that two people open together for a while.

// Visit is one of the body's staff who reads a group now.
type Visit struct {
	Who, Second, Reason string
	Until               forum.Instant
}

// Openings is /g/{group}/openings: for its members; Identity for its moderators.
type Openings struct {
	Group            Link
	Visits, Identity []OpeningRow
	MayModerate      bool
}

// OpeningRow is one that was asked for. State ends a catalogue key "opening.state-STATE".
type OpeningRow struct {
	Asker, Second string
	Address       string // of a group, as it was typed; only for administrators
	Reason, State string
	Hours         int
	At, Until     forum.Instant // Until 0: it was never open
	Href          string        // of its own page, or ""
	Action        string        // where the form that answers it goes; "" for who may not
}

// Identity is /openings/{id}: for moderators. Author is set for the two who are told.
type Identity struct {
	Group       Link
	Post        Link // without Href for a message
	Mask, Plain string
	Row         OpeningRow
	Author      *Face
}

// StaffOpenings is /staff/openings. Fields: address, reason, hours.
type StaffOpenings struct {
	Form
	Waiting, Own []OpeningRow
}

// openingKey says who asked and what the second person said.
func openingKey(r OpeningRow) string {
	switch {
	case r.Second == "":
		return "opening.asked-by"
	case r.State == "refused":
		return "opening.answered-by"
	}
	return "opening.agreed-by"
}

// sentence ends a text with a full stop, if nothing ends it yet.
func sentence(s string) string {
	if strings.HasSuffix(s, ".") || strings.HasSuffix(s, "!") || strings.HasSuffix(s, "?") {
		return s
	}
	return s + "."
}
