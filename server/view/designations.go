package view

import "peergroups/forum"

// Designations is /staff/designations.
type Designations struct {
	Form
	Rows []DesignationRow
}

// DesignationRow is an administrator who may look at registrations, or might.
type DesignationRow struct {
	Face
	ID              int64
	Kind            forum.DesignatedFor
	Granter, Reason string
	From, Until     forum.Instant
	Runs            bool
}

// Registrations is /staff/registrations, before and after a look.
type Registrations struct {
	Form
	Name  string // whose registration Facts holds; "": nobody's
	Facts []Fact

	Earlier []forum.EarlierDetail
}

// Looks is /account/looks.
type Looks struct{ Looks []Look }

// designatedFor are the kinds of designations, as values of a form.
func designatedFor() (out []string) {
	for _, k := range forum.Designations {
		out = append(out, string(k))
	}
	return out
}
