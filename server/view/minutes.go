package view

import "peergroups/forum"

// MinutesForm is /g/{group}/r/{room}/minutes. Fields: title, board, message (several).
type MinutesForm struct {
	Form
	Room, Group Link
	Boards      []Option
	Messages    []ChosenMessage
	Earlier     string // address of what was said before, or ""
}

// ChosenMessage is a message of minutes.
type ChosenMessage struct {
	Message
	On    bool
	Words string // how it stands with it
}

// Minutes is /minutes/{id}.
type Minutes struct {
	Action, Title, Maker, Room string
	Board                      Link
	Mine, Asks, Over           bool // the reader proposed them; is asked; they are over
	Audience                   Audience
	Told                       string
	Messages                   []ChosenMessage
	Agreed, Waiting, Objecting int
	Topic                      string // address of what became of them, or ""
}

// OwnMinutes is /account/minutes.
type OwnMinutes struct{ Rows []MinutesRow }

// MinutesRow is one of them.
type MinutesRow struct {
	Href, Title, Place string
	Who                Face // who proposed them
	Mine               bool
	At                 forum.Instant
}
