package view

import "peergroups/forum"

// Retention is /staff/retention: how long what is kept, what would go now, and what went. Fields of each period: days, reason.
type Retention struct {
	Periods []PeriodForm
	Rules   []ExpiryRow
	Went    []WentRow
}

// forms are those of the page, as their fields are named there.
func (p Retention) forms() (out []Form) {
	for _, v := range p.Periods {
		out = append(out, v.within(v.prefixed()))
	}
	return out
}

// ripe is how many rows would go now.
func (p Retention) ripe() (n int) {
	for _, r := range p.Rules {
		n += r.Rows
	}
	return n
}

// PeriodForm sets one period.
type PeriodForm struct {
	Form
	Name        string
	What        string // it is about, in words
	Now         string // in words
	Least, Most int
}

func (p PeriodForm) prefixed() string { return p.Name + "-" }

// ExpiryRow is one rule, what would go by it now, and since when the oldest is there that is left.
type ExpiryRow struct {
	What, Period string
	Rows         int
	Oldest       forum.Instant
}

// WentRow is what went on one day.
type WentRow struct {
	Day, What string
	Rows      int
}

// Processing is /staff/data: the record of processing, from the registries.
type Processing struct {
	Rows      []ProcessingRow
	Providers []Provider
	Choices   [][3]string // of members: what about, how, how many
}

// ProcessingRow is one row of the register of data.
type ProcessingRow struct{ Table, Columns, What, Kind, Purpose, Retention, Export, Erasure string }
