package view

import "peergroups/forum"

// Erasures is /staff/erasures. Means: what erasing does not reach, in sentences.
type Erasures struct {
	Means         []string
	Open, Decided []Erasure
}

// Erasure is what moderators ask to have erased. Place "": of a group that the reader may not know of. Mine: the reader
// asked. Fields: answer.
type Erasure struct {
	Form
	ID                           int64
	Place, Reason, Words, Answer string
	At                           forum.Instant
	Mine, Erased                 bool
}

func (p Erasures) forms() (out []Form) {
	for _, e := range p.Open {
		out = append(out, e.within(decimal(e.ID)+"-"))
	}
	return out
}
