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

// box is the space of a drawing.
func (d MailDays) box() string { return fmt.Sprintf("0 0 %d %d", barWide*len(d.Rows), barHigh) }

// high is how many pixels a drawing is high: what was sent is the first thing one looks for.
func (d MailDays) high(number int) string {
	if number == 0 {
		return "80"
	}
	return "32"
}

// bars draws one of the numbers, the oldest day first, as one path; "": there is nothing to draw.
func (d MailDays) bars(number int) (path string) {
	most := 1
	for _, day := range d.Rows {
		most = max(most, numbersOf(day)[number])
	}
	for i := range d.Rows {
		n := numbersOf(d.Rows[len(d.Rows)-1-i])[number]
		if high := barHigh * max(n, 0) / most; n > 0 {
			path += fmt.Sprintf("M%d %dv-%dh%dv%dz", i*barWide+1, barHigh, max(high, 1), barWide-2, max(high, 1))
		}
	}
	return path
}

// told tells whether there is anything to tell of a day.
func told(d forum.MailDay) bool {
	return slices.ContainsFunc(numbersOf(d), func(n int) bool { return n > 0 })
}
