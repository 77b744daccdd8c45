package view

import "peergroups/forum"

// LegalRequests is /staff/legal. Fields: authority, basis, reference, words, received, login, parts, from, until, silent, silent_why.
type LegalRequests struct {
	Form
	Rows   []LegalRow
	Parts  []string
	Chosen []string
}

// LegalRow is a request of an authority in a list.
type LegalRow struct {
	Href, Authority, Reference string
	State                      string // key of its words, after "legal.state-"
	At                         forum.Instant
}

// LegalRequest is /staff/legal/ID. Fields: outcome, reasons.
type LegalRequest struct {
	Form
	LegalRow
	Basis, Words, Handle string
	Parts                []string
	From, Until          string // days
	Outcome, Reasons     string
	Proposer, Agreer     string
	Proposed             forum.Instant
	Agreed, Told, Silent forum.Instant
	SilentWhy, Manifest  string
	MayAgree, MayBundle  bool
	MayClose             bool
}
