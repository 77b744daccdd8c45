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
