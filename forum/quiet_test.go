package forum

import (
	"testing"
	"time"
)

// TestQuietHours: hours of a member's own day, over midnight too, and on the days when the clock is changed.
func TestQuietHours(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		now, zone string
		from, to  int
		until     string // "": they are not quiet
	}{
		{"2026-11-28T20:30:00Z", "Europe/Amsterdam", 22, 7, ""}, // 21:30
		{"2026-11-28T21:00:00Z", "Europe/Amsterdam", 22, 7, "2026-11-29T06:00:00Z"},
		{"2026-11-28T23:30:00Z", "Europe/Amsterdam", 22, 7, "2026-11-29T06:00:00Z"}, // 00:30 of the next day
		{"2026-11-29T05:59:59Z", "Europe/Amsterdam", 22, 7, "2026-11-29T06:00:00Z"},
		{"2026-11-29T06:00:00Z", "Europe/Amsterdam", 22, 7, ""},
		{"2026-11-28T11:30:00Z", "Europe/Amsterdam", 12, 14, "2026-11-28T13:00:00Z"},
		{"2026-11-28T11:30:00Z", "Europe/Amsterdam", 12, 12, ""},
		{"2026-11-28T11:30:00Z", "Nowhere/Town", 0, 23, ""},
		{"2026-12-31T23:30:00Z", "UTC", 22, 7, "2027-01-01T07:00:00Z"},
		{"2027-03-27T23:30:00Z", "Europe/Amsterdam", 22, 7, "2027-03-28T05:00:00Z"}, // an hour is left out in that night
		{"2027-10-30T22:30:00Z", "Europe/Amsterdam", 22, 7, "2027-10-31T06:00:00Z"}, // and comes twice in this
		{"2027-03-28T00:30:00Z", "Europe/Amsterdam", 1, 2, "2027-03-28T01:00:00Z"},  // its end is left out
	} {
		now, err := time.Parse(time.RFC3339, c.now)
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		if until := quietUntil(At(now), c.zone, c.from, c.to); until != 0 {
			got = until.Time().UTC().Format(time.RFC3339)
		}
		if got != c.until {
			t.Errorf("%s in %s, quiet from %d to %d: until %q, want %q", c.now, c.zone, c.from, c.to, got, c.until)
		}
	}
}
