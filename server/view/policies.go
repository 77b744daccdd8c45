package view

import (
	"peergroups/forum"
	"peergroups/forum/markup"
)

// Policy is the page of a version of a text by which the body is bound.
type Policy struct {
	Name, Title string
	HTML        string
	Version     int64
	At          forum.Instant // 0: the text that comes with the program
	Changes     string        // in the body's own words
	Today       bool          // it holds
	Before      int64         // the version that it amends; 0: none
	Compare     string        // address of the page with both compared
	Compared    []markup.Piece
	Versions    []PolicyVersion // of all there were, the newest first
	Data        []DataRow       // what is kept about people
}

// PolicyVersion is one of them.
type PolicyVersion struct {
	Link
	At forum.Instant
}

// Amended is a text that was amended lately.
type Amended struct {
	Name, Title string
	Version     int64
	At          forum.Instant
	Changes     string
	Asks        bool // members are asked whether they agree
}

// StaffPolicies lists the texts.
type StaffPolicies struct{ Rows []Policy }

// PolicyForm amends one. Fields: text, changes, asks, after; buttons preview, publish.
type PolicyForm struct {
	Form
	Name, Title string
	HTML        string // the preview; ""
	Compared    []markup.Piece
}
