package view

import (
	"peergroups/forum"
	"peergroups/server/text"
)

// Letterhead is what surrounds every mail.
type Letterhead struct {
	text.Words
	Org     Organisation
	Base    string // "https://forum.example", for links
	Subject string
}

// PostMail is one post as list mail.
type PostMail struct {
	Group, Board, Title string
	Href                string // of the post
	Author              string
	At                  forum.Instant
	HTML, Plain         string
	Files               []Link
	Audience, Reaches   Audience // whom it was written for, and whom a reply would reach today
	Change, Unsubscribe string   // addresses of pages; nothing happens by opening them
	Report              string   // as these; "": the mail holds no text, or it is its reader's own
	Mute                string   // as these: of the topic
	Footer              string   // what the list's owners say below each mail; or ""
	ToAuthor            bool     // an answer reaches its author alone
	Masked              bool     // who answers is shown under a mask
	Special             bool     // a special notice
}

// Digest is one issue of a digest: of one member, daily or weekly, or the index (no texts).
type Digest struct {
	Weekly, Index bool
	Burst         bool // the posts follow as mails of their own
	Groups        []DigestGroup
	Posts, Topics int
	Hour          int
	Left          int // posts that did not fit: "n more online"
	Change        string
	Unsubscribe   string
}

// DigestGroup is one group's part.
type DigestGroup struct {
	Name     string
	Audience Audience
	Topics   []DigestTopic
}

// DigestTopic is one topic's part.
type DigestTopic struct {
	Anchor, Href, Title, Board string
	Total                      int
	Quiet                      bool // of a confidential group: the posts are read there
	Posts                      []DigestPost
}

// DigestPost is one post in it. Reply is a mailto: address with the post's own reply token; Report leads to a page.
type DigestPost struct {
	Author      string
	At          forum.Instant
	ByMail      bool
	HTML, Plain string // trimmed to an excerpt where long
	More        int    // words left out
	Href, Reply string
	Report      string // "": it is the reader's own
	Files       []Link
}

// Arrivals is what became of mails that came: in the reader's name, or to a group of which they are told it (Group; else zero).
type Arrivals struct {
	Group Link
	Wait  []StrangerRow
	Rows  []ArrivalRow
}

// HouseMails are the mails to the addresses of the house.
type HouseMails struct{ Rows []ArrivalRow }

// HouseMail is one of them.
type HouseMail struct {
	Address, Back, Raw  string
	From, Subject, Text string // Text is "" where it cannot be read here
	Answer              string // mailto: link; "" for none
	At                  forum.Instant
	Verdict             string
}

// ArrivalRow is one of them. Fate: catalogue key "arrivals.fate-FATE".
type ArrivalRow struct {
	At               forum.Instant
	Fate, Why, Place string
	Subject          string // "": not known
	Href             string // of what came of it; or ""
	Raw              string // where it can be had as it came; or ""
	Verdict          string
	Masked           bool // At is the day alone
}

// Note is a service mail: some paragraphs and perhaps one button. Stem is a catalogue stem
// "note.STEM" with .subject, .text (paragraphs split by blank lines) and .button.
type Note struct {
	Stem string
	Args []any
	Href string // of the button; "" for none
	HTML string // of what somebody wrote, who may make it bold or link; "": the words of the catalogue
}
