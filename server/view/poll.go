package view

import (
	"fmt"
	"hash/crc32"

	"peergroups/forum"
)

// Poll is below the post that opens a topic.
type Poll struct {
	Many, Secret      bool
	Over              bool
	Until             forum.Instant // when it ends, or ended; 0: until it is closed
	Options           []PollOption
	Voters            int
	Voted             bool // viewer
	Shown             bool // viewer: the numbers are
	Named             bool // viewer: may look who voted
	MayVote, MayClose bool // viewer
}

// PollOption is what can be chosen.
type PollOption struct {
	ID    int64
	Words string
	Votes int
	Mine  bool
}

// Votes is the page of who voted what.
type Votes struct {
	Post, Group Link
	By          []VotedBy
}

// VotedBy are those who chose one option.
type VotedBy struct {
	Words  string
	People []Face
}

// stamp is another number when the poll looks otherwise to its reader.
func (p *Poll) stamp() string {
	if p == nil {
		return ""
	}
	return fmt.Sprintf("-p%x", crc32.ChecksumIEEE(fmt.Appendf(nil, "%v", *p)))
}

// kind is of the fields by which one chooses.
func (p *Poll) kind() string {
	if p.Many {
		return "checkbox"
	}
	return "radio"
}
