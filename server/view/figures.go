package view

import "peergroups/forum"

// GroupLog is /g/{group}/log: what moderators did, for members.
type GroupLog struct {
	Group Link
	Rows  []PublicEntry
}

// PublicEntry is one entry; Topic without Href: it is about the group.
type PublicEntry struct {
	Act, Reason string
	Topic       Link
	At          forum.Instant
}

// Transparency is /transparency, and /staff/transparency.
type Transparency struct {
	Staff bool
	Years []Year
	Usage bool   // how the site is used is shown to everybody, too
	Key   string // under which bundles for authorities are signed
	Head  string // of the log, as it was when the day began that stands in it; ""
}

// Year are the figures of one; Runs: it is not over.
type Year struct {
	Year      string
	Published forum.Instant // 0: not yet
	Runs      bool
	Tables    []Figures
}

// Figures are numbers with what they count, in words.
type Figures struct {
	Title string
	Rows  [][2]string
}
