package view

import (
	"strings"
	"testing"

	"peergroups/forum"
)

// TestBars: each number that there is has its drawing, the oldest day first and the highest day as high as the drawing; numbers that
// are not told are drawn as none.
func TestBars(t *testing.T) {
	t.Parallel()
	d := MailDays{Rows: []forum.MailDay{{Sent: 40, Bounced: 1, Complaints: forum.FewerThan}, {Sent: forum.FewerThan}, {Sent: 10}}}
	for number, want := range []string{"M1 80v-20h8v20zM21 80v-80h8v80z", "", "M21 80v-80h8v80z", "", ""} {
		if got := d.bars(number); got != want {
			t.Errorf("%s: %q, want %q", mailNumbers[number], got, want)
		}
	}
	if d.box() != "0 0 30 80" || !strings.HasPrefix(d.high(0), "80") || d.high(1) == d.high(0) {
		t.Error("the boxes", d.box(), d.high(0), d.high(1))
	}
}
