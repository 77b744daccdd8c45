package view

import (
	"slices"

	"peergroups/forum"
)

// Certificate is one as its holder and reviewers see it.
type Certificate struct {
	Holder               string // what it calls its holder, with the title
	Number               string
	From, Until, OpenEnd forum.Instant // OpenEnd: with the days of grace
	State                string        // "running", "grace", "suspended" or "over"
	Why                  string        // of a suspension
}

// Application is /account/certification. Fields: listed_NAME of the public page.
type Application struct {
	Form
	State                 string // of the newest application: ending of "application.state-"; "" for none
	Certificate           *Certificate
	MayApply, MayWithdraw bool
	MayHandIn             bool // nothing is missing
	Filling               bool
	Parts                 []Part
	Asked, Reasons        string // what the reviewers wrote
	Feedback              string // once it is decided
	Steps                 []Step
	Looks                 []Look
	Answers               *Answers // of what was handed in
	Listed                []string // fields that the public page can show
	IsListed              bool
}

// Part is one part of an application: Key is the ending of "part.".
type Part struct {
	Key, Href, Lacks string
	Open             bool
	Again            bool // a reviewer asks for more of it
}

// Step is what was done with an application.
type Step struct {
	Act, Words, Who string
	Inside          bool
	At              forum.Instant
}

// Look is that one of the staff looked.
type Look struct {
	Who    string // "": who is not there any more
	At     forum.Instant
	Reason string // of looks at registrations; of those at an application their act
	Times  int    // on that day; of looks at an application
	Log    bool   // at requests in the security log
}

// Answers are what an application says.
type Answers struct {
	Programme, Completed, Areas, Languages, Place string
	Hours, Mediations                             int
	Conduct                                       string
	DeclaredAt                                    forum.Instant
	Evidence                                      []File
	Feedback                                      *Feedback
	Open                                          []string // parts that the applicant changes now: what they say is not here
}

func (a Answers) open(part string) bool { return slices.Contains(a.Open, part) }

// Feedback is who is asked for it, and how far it is.
type Feedback struct {
	Name, Address, Words           string
	AskedAt, WrittenAt, DeclinedAt forum.Instant
}

// ApplicationPart is one part's page. Fields: those of the part.
type ApplicationPart struct {
	Form
	Key                     string
	Programmes, Names       []string // of the choice
	Hours, Mediations       int      // the bar
	Conduct, ConductVersion string
	Evidence                []File
	Feedback                *Feedback
}

// CheckApplication is the page before it is handed in.
type CheckApplication struct {
	Asked string // what reviewers asked for
	Form
	Answers
	Parts []Part
}

// WriteFeedback is the page of who was asked. Fields: words.
type WriteFeedback struct {
	Form
	Token, Applicant, Name string
	Sure                   bool // to decline was pressed once: it is asked once more
}

// Verified is the public page of a certificate.
type Verified struct {
	Number                               string
	From, Until                          forum.Instant
	Name, Title, Place, Areas, Languages string
}

// Queue is /staff/certification.
type Queue struct {
	Waiting       []QueueRow
	Decided       []QueueRow // lately
	Certified     []CertificateRow
	Administrator bool
}

// QueueRow is one application that waits.
type QueueRow struct {
	Face
	Application int64
	State       string
	Since       forum.Instant
	Claimer     string
	Renewal     bool
	MayJudge    bool
}

// CertificateRow is one certificate that is not over.
type CertificateRow struct {
	Face
	ID int64
	Certificate
}

// Review is an application for reviewers. Fields: check_PART; note; part_PART, words; outcome,
// until, reasons; of Second: note.
type Review struct {
	Form
	Face
	Answers
	Second                        Form
	Action                        string
	Title                         string
	State, Claimer, Decider       string
	Outcome, Reasons              string
	GrantUntil, Since             forum.Instant
	Certificate                   *Certificate
	Steps                         []Step
	Earlier                       []forum.EarlierDetail
	MayClaim, MayWork, MayConfirm bool
	Two                           bool // a second reviewer confirms
}

// OneCertificate is /staff/certificates/{id}. Fields: reason.
type OneCertificate struct {
	Form
	Face
	ID int64
	Certificate
}

// Programmes is /staff/programmes. Fields: programme; of each row too.
type Programmes struct {
	Form
	Rows []Programme
}

// Programme is one of the list.
type Programme struct {
	ID      int64
	Name    string
	Retired bool
}

// Rules is /staff/certification-rules. Fields: rule_hours, rule_mediations, rule_years,
// rule_grace, rule_second, rule_conduct.
type Rules struct{ Form }

var parts = forum.ApplicationParts

// badgeOf colours the state of a certificate.
func badgeOf(state string) string {
	switch state {
	case "running":
		return "badge good"
	case "grace":
		return "badge warn"
	case "suspended":
		return "badge danger"
	}
	return "badge quiet"
}

// Conduct is /conduct and /conduct/{version}.
type Conduct struct {
	HTML, Version string
	Today         bool
}
