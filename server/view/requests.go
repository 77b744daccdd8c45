package view

import "peergroups/forum"

// Contact is /contact: who the body is, and what can be asked of it. Fields: kind, name, email, words.
type Contact struct {
	Form
	Kinds  []string
	Sent   *Asked // what was sent a moment ago, by who has no account
	Member bool
}

func (p Contact) kindWords(s Shell) (out []string) {
	for _, k := range p.Kinds {
		out = append(out, s.T("request.kind-"+k))
	}
	return out
}

// Asked is a request in lists.
type Asked struct {
	Kind, Reference, Href string
	Who, Claimer          string // of the staff's pages
	At, Due, Closed       forum.Instant
	Late, Soon            bool
	Unconfirmed           bool   // nobody knows yet that the address is theirs
	Outcome               string // "" while it is open
}

// state is the key of how far it is.
func (a Asked) state() string {
	switch {
	case a.Outcome != "":
		return "request.state-" + a.Outcome
	case a.Late:
		return "request.state-late"
	case a.Soon:
		return "request.state-soon"
	}
	return "request.state-open"
}

// OwnRequest is /requests/TOKEN: what was asked, and what was answered. Field: words.
type OwnRequest struct {
	Form
	Asked
	Action  string
	Confirm bool // its reader can say that it was they
	Words   []RequestWords
}

// RequestWords is one piece of what was written.
type RequestWords struct {
	Who    string // "": who asked
	HTML   string // of the staff
	Plain  string
	At     forum.Instant
	Inside bool
	Mail   string // how far the mail of it is, in words; "": none
}

// RequestDesk is /staff/requests.
type RequestDesk struct {
	Open, Closed    []Asked
	Elsewhere, Late int
	NoOfficer       bool
}

// RequestForm is /staff/requests/ID. Fields: answer, outcome, note, drop.
type RequestForm struct {
	Form
	Asked
	Name, Address string
	Handle        string // of the member who asks
	HandleHref    string
	Confirmed     bool
	Returned      forum.Instant
	Extended      forum.Instant
	Extends       bool // more time can be taken
	Mine          bool
	Drops         bool // it can be deleted as none
	Words         []RequestWords
}

// Asks are /account/requests.
type Asks struct{ Rows []Asked }
