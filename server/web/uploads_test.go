package web

import (
	"testing"
	"time"

	"github.com/valyala/fasthttp"

	"peergroups/forum"
)

// TestUploadsAreBounded: so many long forms of one member and of all arrive at once; one that
// ends gives its place back, one that never does loses it with its time.
func TestUploadsAreBounded(t *testing.T) {
	t.Parallel()
	var u uploads
	now := time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC)
	begin := func(m forum.MemberID, now time.Time) (*fasthttp.RequestHeader, bool) {
		h := new(fasthttp.RequestHeader)
		return h, u.begin(h, m, now)
	}
	var last *fasthttp.RequestHeader
	for n := range uploadsOfOne + 1 {
		h, ok := begin(1, now)
		if ok != (n < uploadsOfOne) {
			t.Errorf("form %d of one member", n)
		}
		if ok {
			last = h
		}
	}
	u.end(new(fasthttp.RequestHeader)) // some other request's
	if _, ok := begin(1, now); ok {
		t.Error("another's end gave a place")
	}
	u.end(last)
	u.end(last)
	if _, ok := begin(1, now); !ok {
		t.Error("its own end gave none")
	}
	if _, ok := begin(1, now); ok {
		t.Error("one end gave two places")
	}
	for m := forum.MemberID(2); ; m++ {
		if _, ok := begin(m, now); !ok {
			break
		}
		if m > uploadsOfAll {
			t.Fatal("no end of them")
		}
	}
	if _, ok := begin(1, now.Add(uploadTime+time.Second)); !ok || len(u.of) != 1 {
		t.Errorf("after their time %v are kept", u.of)
	}
}
