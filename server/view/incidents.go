package view

import "peergroups/forum"

// Incidents is /staff/incidents. Fields: title, words, effects, measures, found.
type Incidents struct {
	Form
	Rows []IncidentRow
}

// IncidentRow is a breach in a list.
type IncidentRow struct {
	Href, Title  string
	Found, Due   forum.Instant
	Told, Late   bool // the authority was told, or is not to be; the clock has ended
	Sent, Closed forum.Instant
	Picked       int
}

// Incident is /staff/incidents/ID. Fields: title, words, effects, measures, found, kind, group, names, from, until, language, subject, notice, authority.
type Incident struct {
	Form
	IncidentRow
	Opener    string
	Authority string // what is written down about it; "": nothing
	Untold    bool
	At        forum.Instant // when it was told
	Picks     []string
	Rules     []string // by which people were picked, in words
	Notices   []IncidentNotice
	States    []string // how far the mails are, in words
}

// IncidentNotice is what they are told in a language.
type IncidentNotice struct{ Language, Subject, HTML string }

func (p Incident) pickWords(s Shell) (out []string) {
	for _, k := range p.Picks {
		out = append(out, s.T("incident.pick-"+k))
	}
	return out
}
