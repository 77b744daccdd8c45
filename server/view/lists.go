package view

import "peergroups/forum"

// ListSettings is what the owners of a group say about its mail. Fields: strangers, to_author, footer, welcome, goodbye.
type ListSettings struct {
	Form
	Group       Link
	Subscribers []SubscriberRow
}

// SubscriberRow is how many members get a board's posts in each mode.
type SubscriberRow struct {
	Board  string
	Counts []int // by mode
}

// count is how many do in one.
func (r SubscriberRow) count(m forum.Mode) int {
	if int(m) >= len(r.Counts) || r.Counts[m] == 0 {
		return forum.FewerThan
	}
	return r.Counts[m]
}

// StrangerRow is a mail of somebody who is no member, as it waits. Action: what decides on it, less "/post" and "/drop".
type StrangerRow struct {
	Title, Address, Text, Action string
	At                           forum.Instant
}

// List is the mail face of a group: per board, how posts come, and where to write.
type List struct {
	Group     Link
	Slug      string
	Boards    []ListBoard
	Domain    string
	Hour      int  // of the member's digest, local
	Bare      bool // mails tell only that something new is there, whatever is chosen
	MayWrite  bool
	NeedsWord string // address of the acknowledgement page when mail was not yet acknowledged, else ""
	More      []Link // for who tends it
}

// ListBoard is one board of a list.
type ListBoard struct {
	ID            forum.BoardID
	Name, Address string
	Mode          forum.Mode
	Notice        bool   // mails tell only that something new is there
	MayStart      bool   // the reader may begin topics there
	Back          string // page that leads here, where it is not the group's own
}
