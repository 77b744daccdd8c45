package view

import (
	"os"
	"path/filepath"
	"regexp"
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

// TestNoTemplateIsText: what calls a component stands on a line of its own, or it is shown as it is written.
func TestNoTemplateIsText(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("*_templ.go")
	if err != nil || len(files) < 10 {
		t.Fatal(files, err)
	}
	called := regexp.MustCompile(`WriteString\(templ_7745c5c3_Buffer, [0-9]+, ".*@[a-z][A-Za-z.]*\(`)
	for _, name := range files {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if bad := called.Find(b); bad != nil {
			t.Errorf("%s: %s", name, bad)
		}
	}
}
