package view

import (
	"fmt"
	"slices"

	"peergroups/forum"
)

// MailDays is what became of mail day by day, newest first.
type MailDays struct {
	Rows   []forum.MailDay
	Paused string // to how many members mail is paused now, in words; "": it is not told
}

// GroupMail is /g/{group}/mail: the list mail of a group in numbers, for its owners.
type GroupMail struct {
	Group Link
	Days  MailDays
}

// mailNumbers are the columns, each with its words "mail-days.WORD".
var mailNumbers = []string{"sent", "failed", "bounced", "complaints", "paused"}

func numbersOf(d forum.MailDay) []int {
	return []int{d.Sent, d.Failed, d.Bounced, d.Complaints, d.Paused}
}

// number is one of them in words.
func (s Shell) number(n int) string {
	if n == forum.FewerThan {
		return s.T("transparency.few")
	}
	return decimal(n)
}

const (
	barWide = 10
	barHigh = 80
)

// any tells whether there is something to draw.
func (d MailDays) any() bool {
	for _, day := range d.Rows {
		if day.Sent > 0 {
			return true
		}
	}
	return false
}

// box is the space of the drawing.
func (d MailDays) box() string { return fmt.Sprintf("0 0 %d %d", barWide*len(d.Rows), barHigh) }

// bars draws how many were sent, the oldest day first, as one path.
func (d MailDays) bars() (path string) {
	most := 1
	for _, day := range d.Rows {
		most = max(most, day.Sent)
	}
	for i := range d.Rows {
		sent := d.Rows[len(d.Rows)-1-i].Sent
		if high := barHigh * max(sent, 0) / most; sent > 0 {
			path += fmt.Sprintf("M%d %dv-%dh%dv%dz", i*barWide+1, barHigh, max(high, 1), barWide-2, max(high, 1))
		}
	}
	return path
}

// told tells whether there is anything to tell of a day.
func told(d forum.MailDay) bool {
	return slices.ContainsFunc(numbersOf(d), func(n int) bool { return n > 0 })
}
