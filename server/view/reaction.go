package view

import (
	"fmt"

	"peergroups/forum"
)

// Reaction is a sign below a post, with how many gave it.
type Reaction struct {
	Sign        forum.Sign
	Icon, Words string
	Count       int
	Mine        bool
}

// Reactions is the page of who reacted to a post.
type Reactions struct {
	Post, Group Link
	By          []ReactedBy
}

// ReactedBy are those who gave one sign.
type ReactedBy struct {
	Icon, Words string
	People      []Face
}

// given are the signs that somebody gave.
func (p Post) given() (out []Reaction) {
	for _, r := range p.Reactions {
		if r.Count > 0 {
			out = append(out, r)
		}
	}
	return out
}

// left are those that nobody gave yet.
func (p Post) left() (out []Reaction) {
	for _, r := range p.Reactions {
		if r.Count == 0 {
			out = append(out, r)
		}
	}
	return out
}

// stamp is other bytes when the post looks otherwise: what its reader may know of, and nothing else.
func (p Post) stamp() string {
	s := decimal(p.Version)
	if p.Accepted {
		s += "-a"
	}
	s += p.Poll.stamp()
	for _, r := range p.given() {
		s += fmt.Sprintf("-%d.%d", r.Sign, r.Count)
	}
	return s
}
