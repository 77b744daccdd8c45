package view

import (
	"slices"
	"strconv"
	"strings"

	"peergroups/forum"
	"peergroups/server/text"
)

// What was reported, and those who look at it.

// ReportForm is /report/{kind}/{id}. Fields: reason, words.
type ReportForm struct {
	Form
	Action, Back, Kind string // Kind ends a catalogue key "report.of-KIND"
	Who                Face
	Plain              string
	Talk               *TalkReport // nil: it was not said in a talk
}

// OwnReports is /account/reports.
type OwnReports struct{ Rows []OwnReport }

// OwnReport is one of them. State ends a catalogue key "report.state-STATE".
type OwnReport struct {
	Kind, Reason, Words, State, Answer string
	At, ClosedAt                       forum.Instant
	What                               Link
}

// Work is what waits for moderators and administrators: /g/{group}/queue, and a part of /moderation.
type Work struct {
	Bulk       Form     // what to do with several at once. Fields: held, reason, words; cases, answer; asking
	Ticked     []string // of all three
	Summary    []string // what was done with those that were ticked
	Action     string   // of that form
	Group      Link     // without Href: of several
	Cases      []CaseRow
	Held       []WaitingRow
	Closed     []CaseRow
	Asking     []AskingRow
	Objections []ObjectionRow
	Openings   []Link
	Strangers  Link // to mails of people who are no members, which wait; or zero
	Lasting    []Lasting
}

// ticked tells whether something that waits is one of those to do something with.
func (p *Work) ticked(value string) bool { return slices.Contains(p.Ticked, value) }

// wrong tells whether something is wrong with one of the fields.
func (p *Work) wrong(fields ...string) bool {
	return slices.ContainsFunc(fields, func(name string) bool { return p.Bulk.problem(name) != "" })
}

// ObjectionRow is an objection that waits; Late: longer than it should.
type ObjectionRow struct {
	Link
	Place   string
	At, Due forum.Instant
	Late    bool
}

// Lasting is a mute or a suspension that runs; Action is where the form goes that lifts it.
type Lasting struct {
	Face
	Kind, Reason, Words, Place, Action string
	Until                              forum.Instant
}

// CaseRow is a case in a list. Outcome "": it is open.
type CaseRow struct {
	ID                                          int64
	Href, Kind, Place, Claimer, Closer, Outcome string
	Reasons                                     []string
	Reports                                     int
	At                                          forum.Instant
}

// AskingRow is one who asks to be let in; Action is where the answer to them alone goes, Tick their value in the form for
// several.
type AskingRow struct {
	Face
	Tick                  string
	Answer, Place, Action string
	At                    forum.Instant
}

// CasePage is /moderation/{id}. Fields: note, outcome, answer.
type CasePage struct {
	Form
	CaseRow
	Action     string
	Who        Face
	Plain      string
	What       Link
	Mail       *CaseMail // nil: it is about no mail
	Seen       bool
	Unattended bool         // nobody reads it who could look at it
	Handed     []HandedOver // of a talk
	Said       []ReportRow
	Notes      []CaseNote
	Answer     string
	MayWork    bool
	Mine       bool
	Outcomes   []string
	Acts       []Link
}

// CaseMail is which mail a case is about. To "": neither to whom nor when is told. Told: what it said is.
type CaseMail struct {
	Kind, To string
	At       forum.Instant
	Told     bool
}

// ReportRow is a report for those who look at its case.
type ReportRow struct {
	Reason, Words string
	At            forum.Instant
}

// CaseNote is a note of one of them.
type CaseNote struct {
	Name, Words string
	At          forum.Instant
}

// each puts the words of a catalogue stem to its endings.
func each(s Shell, stem string, endings []string) (out []string) {
	for _, e := range endings {
		out = append(out, s.T(stem+e))
	}
	return out
}

// dayCounts puts numbers of days into words; "0" is until it is lifted.
func dayCounts(s Shell, days []string) (out []string) {
	for _, d := range days {
		if hours, is := strings.CutSuffix(d, "h"); is {
			n, _ := strconv.Atoi(hours)
			out = append(out, s.T("act.n-hours", "Count", n))
			continue
		}
		n, _ := strconv.Atoi(d)
		if n == 0 {
			out = append(out, s.T("act.until-lifted"))
			continue
		}
		out = append(out, s.T("act.n-days", "Count", n))
	}
	return out
}

// OwnActs is /account/acts: the statements of reasons of what moderators did about the reader.
type OwnActs struct{ Rows []OwnAct }

// OwnAct is one. Kind ends a catalogue key "own-act.KIND", By says by which role.
type OwnAct struct {
	Room                    string // where it was done, if it was in one
	Was                     string // the title that it replaced; "": none
	ID                      int64
	Kind, Reason, Words, By string
	At, Until, Lifted       forum.Instant
	What                    Link
	Action                  string // where the objection goes; "" where there is none to make
	Form                    Form   // its fields: words
	Objection, Outcome      string // Outcome ends a catalogue key "objection.outcome-OUTCOME"
	Answer                  string
	Due                     forum.Instant
}

// Objection is /objections/{id}, for who may answer it. Fields: answer.
type Objection struct {
	Form
	OwnAct
	Action string
	Who    Face
	Plain  string
	Seen   bool
}

// ActedBy says by which role something was done: who did it is not told.
func ActedBy(w text.Words, g forum.GroupID, name string) string {
	switch {
	case g == 0:
		return w.T("own-act.by-administrators")
	case name == "":
		return w.T("own-act.by-moderators")
	}
	return w.T("own-act.by-moderators-of", "Group", name)
}

// objecting is the form of an objection, with ids of its own.
func (a OwnAct) objecting() Form { return a.Form.within("act" + decimal(a.ID) + "-") }

func (p OwnActs) forms() (out []Form) {
	for _, a := range p.Rows {
		out = append(out, a.objecting())
	}
	return out
}
