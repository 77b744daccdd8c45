package view

import "peergroups/forum"

// Talks is /talks. Field: nobody.
type Talks struct {
	Form
	Talks       []TalkRow
	Invitations []TalkAsked
	Blocked     []Face
	Nobody      bool // may invite the reader
}

// TalkRow is a talk that the reader is in.
type TalkRow struct {
	Face        Face // of one of the others
	Href, Title string
	People      string // the others, in words; "" of one that is over
	Over        bool
	At          forum.Instant // when something was said last; 0: never
	Unread      int
}

// TalkAsked is a talk that the reader is invited to.
type TalkAsked struct {
	Inviter                 Face
	Action, Subject, People string // People: who is in it, in words
	Count                   int    // of these
	Wording                 string // what is acknowledged by accepting
}

// NewTalk is where a talk is begun. Fields: who, look, subject, text, key.
type NewTalk struct {
	Form
	Found  []TalkOffer
	Looked bool
	Tips   []Tip
}

// TalkOffer is one whom the reader may invite.
type TalkOffer struct {
	Face
	Handle string
}

// TalkSide is what stands beside a talk. Field: who.
type TalkSide struct {
	Form
	Inside  []Face
	Invited []Face
	Action  string // of the room's page
	Leave   string
	Over    bool
}

// TalkReport is what a report of a message of a talk hands over.
type TalkReport struct{ Around []HandedOver }

// HandedOver is one message of it.
type HandedOver struct {
	ID         int64
	Who, Words string
	At         forum.Instant
}
