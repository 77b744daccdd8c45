package view

import (
	"peergroups/forum"
	"peergroups/forum/markup"
)

// What becomes of posts after they were written: changed, taken back, moved, asked about.

// ChangePost is the page with the composer of a post that is changed.
type ChangePost struct {
	Group, Topic Link
	Composer     Composer
}

// TakeBack asks before one's words go. Stem is a catalogue key; Means says where copies are.
type TakeBack struct {
	Action, Back, Excerpt, Stem string
	Means                       []string
}

// History is what a post said before.
type History struct {
	Group, Post Link
	Was         []Revision
	MayRedact   bool
	Action      string // of the form that takes words out
}

// Revision is one earlier text.
type Revision struct {
	ID       int64
	Why      string // ends a catalogue key "reason.WHY": moderators replaced it; "": its author
	Redacted bool
	HTML     string // sanitised by markup.Cook
	At       forum.Instant
	Compared []markup.Piece // with the wording after it; nil: not compared
}

// Move is where moderators move, split and merge a topic. Fields: board, reason; posts,
// title; into, reason.
type Move struct {
	Group, Topic         Link
	Action               string
	Boards               []Option
	Posts                []MovePost
	Split, Merge, Reason Form
}

// Option is one of a list to choose from.
type Option struct {
	Value, Text string
	Here        bool
}

// MovePost is one post that may be split off.
type MovePost struct {
	ID      forum.PostID
	Author  Face
	Excerpt string
	Picked  bool
}

// Quoted is a post as a quotation shows it.
type Quoted struct {
	Author               Face
	Href, Title, Excerpt string
}

// Ballot asks an author about what they wrote. Fields: all ("1" yes, "2" no, "" as below),
// and for each item its Field with "1", "2" or "3" (yes, once it is changed).
type Ballot struct {
	Form
	Group    Link // without Href for one who has left
	Action   string
	Audience Audience // that would read it
	Until    forum.Instant
	Over     bool
	Items    []BallotItem
}

// BallotItem is one thing that the author wrote.
type BallotItem struct {
	Field, Title, Text string
	At                 forum.Instant
	Audience           Audience // it was written for
	Answer             string
	Files              []File
	ChangeHref         string // "" for what cannot be changed
}

// Ballots is where owners ask the authors of a group. Fields: days.
type Ballots struct {
	Form
	Group          Link
	Audience       Audience
	Items, Authors int
	Open           bool
	Rows           []BallotRow
}

// BallotRow is one that was opened.
type BallotRow struct {
	Title                    string // of a topic; "": all of the group
	Audience                 Audience
	OpenedAt, UntilAt        forum.Instant
	Over                     bool
	Yes, No, Silent, Authors int
}

// Kept is where what is written in a composer is kept, and what was kept before.
type Kept struct {
	Kind    string
	Ref     int64
	Version int64
	At      forum.Instant // 0: nothing was taken up again
}

// WritingRow is one text that was begun. Without Href its place is out of reach, and Text is all of it; else its beginning.
type WritingRow struct {
	Kind, Href, Title, Text string
	Ref                     int64
	At                      forum.Instant
}
