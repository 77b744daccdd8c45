package view

import (
	"unicode/utf8"
)

// Usage is /staff/usage, and /usage while it is published: counts that stand for ten people at least.
type Usage struct {
	Staff      bool
	Public     bool // everybody may read it
	MayPublish bool
	Dropped    int    // pages that were not counted
	Base       string // address of the page
	Span       string // days that are shown
	Spans      []Link
	Plots      []Plot
}

// Plot is one picture with the table of the same numbers.
type Plot struct {
	ID, Title string
	Words     string // what the picture shows
	ByDay     bool   // its rows are days, oldest first; else values, most first
	Heads     []string
	Rows      []PlotRow
}

// PlotRow is one bar, and its line of the table; Value -1: not told.
type PlotRow struct {
	Label string
	Value int
	Cells []string
}

// The drawing: plotWide wide, as a small phone is, so that its words stay as large as others.
const (
	plotWide, plotHigh = 320, 130
	plotLine           = 30 // of a value
	plotMost           = 12 // values that are drawn; the table has all
)

func (p Plot) drawn() []PlotRow {
	if p.ByDay {
		return p.Rows
	}
	return p.Rows[:min(len(p.Rows), plotMost)]
}

func (p Plot) high() int {
	if p.ByDay {
		return plotHigh
	}
	return plotLine * len(p.drawn())
}

func (p Plot) most() (most int) {
	for _, r := range p.Rows {
		most = max(most, r.Value)
	}
	return most
}

// length is how long the bar of a row is, of a whole.
func (p Plot) length(r PlotRow, whole int) int {
	if r.Value <= 0 {
		return 0
	}
	return max(1, r.Value*whole/max(1, p.most()))
}

// slot is where the bar of a day begins, and how wide it is.
func (p Plot) slot(i int) (x, wide int) {
	n := max(1, len(p.Rows))
	x = i * plotWide / n
	return x, max(1, (i+1)*plotWide/n-x-1)
}

// short is a label that fits.
func short(s string) string {
	if utf8.RuneCountInString(s) > 34 {
		return string([]rune(s)[:33]) + "…"
	}
	return s
}

func viewBox(high int) string { return "0 0 " + decimal(plotWide) + " " + decimal(high) }

// SecurityLog is /staff/security-log: Asked after a look.
type SecurityLog struct {
	Form
	Asked bool
	Cut   bool // there are more
	Rows  []SecurityRow
}

// SecurityRow is one request.
type SecurityRow struct {
	At                                    string // in UTC
	Address, Agent, Method, Route, Status string
	Who                                   string
}

// Analytics is /staff/usage/analytics.
type Analytics struct {
	Form
	On        bool
	Processor string // who is registered for it; ""
}

// empty tells whether nothing can be told of any day.
func (p Usage) empty() bool {
	for _, plot := range p.Plots {
		if len(plot.Rows) > 0 {
			return false
		}
	}
	return true
}
