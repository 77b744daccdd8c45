package view

import "peergroups/forum"

// Record is /g/{group}/manage/member: what moderators know of a member of their group. Fields: note.
type Record struct {
	Form
	Group  Link
	Who    Face
	Since  forum.Instant
	In     bool // they are a member still
	Posts  int  // of theirs that the reader may read
	Acts   []RecordAct
	Cases  []CaseRow
	Notes  []MemberNote
	Action string
}

// RecordAct is an act against the member; What leads to what it is about.
type RecordAct struct {
	Kind, Reason, Words, By, Objection string
	At, Until, Lifted                  forum.Instant
	TakenBack                          bool
	What                               Link
}

// MemberNote is a note about the member; Mine: the reader wrote it.
type MemberNote struct {
	ID int64
	CaseNote
	Mine bool
}

// WordsAgain is /g/{group}/manage/answers. Fields: title, words.
type WordsAgain struct {
	Form
	Group  Link
	Rows   []Canned
	Action string
}

// Canned are words that moderators use again.
type Canned struct {
	ID           int64
	Title, Words string
}
