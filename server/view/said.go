package view

import "peergroups/forum"

// Message is one thing said in a room.
type Message struct {
	ID     int64
	Seq    int64
	Author Face
	At     forum.Instant
	HTML   string
	Nonce  string
	More   bool   // by the same person shortly after: without face and name
	Day    string // words above the first of a day, or ""

	Told               int64         // the place in the room's order at which it became what it is
	EditedAt, ErasedAt forum.Instant // by its author; 0: not
	Mine               bool          // the reader said it

	HiddenWhy string // ends a catalogue key "reason.WHY": hidden by moderators; "": not
	MayHide   bool   // the reader moderates the room's group and did not say it
}

// hideOrShow is the act on a message that a moderator is offered: a stem of the catalogue.
func hideOrShow(m Message) string {
	if m.HiddenWhy != "" {
		return "show"
	}
	return "hide"
}

// Said is /said/{id}/change. Fields: text, base.
type Said struct {
	Form
	Room   Link
	Action string
	Tips   []Tip
	Masked bool // the reader speaks behind a mask there
}
