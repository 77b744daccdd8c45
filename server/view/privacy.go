package view

import "peergroups/forum"

// OwnPrivacy is /account/privacy: what a member agreed to, and where they decide about their data.
type OwnPrivacy struct {
	Optional []Optional
	Consents []Consented
}

// Optional is something that is off unless the member agrees to it.
type Optional struct {
	Name, Title string
	Words       string // that they agree to
	On          bool
	Since       forum.Instant // when they did
}

// Consented is a word that they gave.
type Consented struct {
	Title, How string // in words
	Version    string
	Words      string
	Hash       string
	At, Over   forum.Instant // Over: when it was withdrawn; 0: it holds
}
