package view

import "peergroups/forum"

// ListSettings is what the owners of a group say about its mail. Fields: strangers, to_author, footer, welcome, goodbye.
type ListSettings struct {
	Form
	Group       Link
	Subscribers []SubscriberRow
}

// delivered are the modes in the order of a SubscriberRow.
var delivered = []forum.Mode{forum.Each, forum.Daily, forum.Weekly, forum.Index, forum.NoMail}

// SubscriberRow is how many members get a board's posts in each mode.
type SubscriberRow struct {
	Board                            string
	Each, Daily, Weekly, Index, None int
}

// StrangerRow is a mail of somebody who is no member, as it waits. Action: what decides on it, less "/post" and "/drop".
type StrangerRow struct {
	Title, Address, Text, Action string
	At                           forum.Instant
}

// DNS is /staff/dns.
type DNS struct{ Records []DNSRecord }

// DNSRecord is what should stand in the DNS, and what does. State: catalogue key "dns.state-STATE".
type DNSRecord struct {
	Name, Type, Want string
	Found            []string
	State            string
}

// List is the mail face of a group: per board, how posts come, and where to write.
type List struct {
	Group     Link
	Slug      string
	Boards    []ListBoard
	Hour      int // of the member's digest, local
	MayWrite  bool
	NeedsWord string // address of the acknowledgement page when mail was not yet acknowledged, else ""
	More      []Link // for who tends it
}

// ListBoard is one board of a list.
type ListBoard struct {
	ID            forum.BoardID
	Name, Address string
	Mode          forum.Mode
}
