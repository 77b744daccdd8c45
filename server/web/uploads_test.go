package web

import (
	"testing"
	"time"

	"peergroups/forum"
)

// TestUploadsAreBounded: so many long forms of one member and of all arrive at once; one that
// ends gives its place back, one that never does loses it with its time.
func TestUploadsAreBounded(t *testing.T) {
	t.Parallel()
	var u uploads
	now := time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC)
	for n := range uploadsOfOne + 1 {
		if u.begin(1, now) != (n < uploadsOfOne) {
			t.Errorf("form %d of one member", n)
		}
	}
	u.end(2) // nobody else's
	if u.begin(1, now) {
		t.Error("another's end gave a place")
	}
	u.end(1)
	if !u.begin(1, now) {
		t.Error("its own end gave none")
	}
	for m := forum.MemberID(2); u.begin(m, now); m++ {
		if m > uploadsOfAll {
			t.Fatal("no end of them")
		}
	}
	if later := now.Add(uploadTime + time.Second); !u.begin(1, later) || len(u.of) != 1 {
		t.Errorf("after their time %v are kept", u.of)
	}
}
