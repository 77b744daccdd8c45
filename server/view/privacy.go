package view

import "peergroups/forum"

// OwnPrivacy is /account/privacy: what a member agreed to, and where they decide about their data.
type OwnPrivacy struct {
	Optional []Optional
	Answers  []Answered
	Consents []Consented
	Erased   forum.Instant // the account is erased then; 0: nobody asked for it
	Moving   *MovingOn     // nil: no transfer is announced
}

// Optional is something that is off unless the member agrees to it.
type Optional struct {
	Name, Title string
	Words, Hash string // that they agree to
	On          bool
	Since       forum.Instant // when they did
}

// Answered is a text that asked the member whether they agree.
type Answered struct {
	Amended
	Answer string // "given", "refused" or "none"
}

// Consented is a word that they gave.
type Consented struct {
	Title, How string // in words
	Version    string
	Words      string
	Hash       string
	At, Over   forum.Instant // Over: when it was withdrawn; 0: it holds
}
