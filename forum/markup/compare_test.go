package markup

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

func marked(pieces []Piece) string {
	var b strings.Builder
	for _, p := range pieces {
		fmt.Fprintf(&b, [...]string{"%s", "[-%s-]", "{+%s+}"}[p.Change], p.Text)
	}
	return b.String()
}

// TestCompare: whole words are marked, and what is read as one change is one.
func TestCompare(t *testing.T) {
	t.Parallel()
	for _, c := range [][3]string{
		{"", "", ""},
		{"the same", "the same", "the same"},
		{"", "all new", "{+all new+}"},
		{"all gone", "", "[-all gone-]"},
		{"We meet on Monday.", "We meet on Tuesday.", "We meet on [-Monday-]{+Tuesday+}."},
		{"We meet on Monday.", "We meet on Monday, at ten.", "We meet on Monday{+, at ten+}."},
		{"the first joint session", "the second separate session", "the [-first joint-]{+second separate+} session"},
		{"It’s Dvořák’s müde Straße", "It’s Dvořák’s neue Straße", "It’s Dvořák’s [-müde-]{+neue+} Straße"},
		{"one\n\ntwo", "one\n\nhalf\n\ntwo", "one\n\n{+half\n\n+}two"},
		{"😀 a", "😁 a", "[-😀-]{+😁+} a"},
	} {
		if got := marked(Compare(c[0], c[1])); got != c[2] {
			t.Errorf("%q and %q: %s", c[0], c[1], got)
		}
	}
}

// TestCompareEnds: two long texts without a word in common, of more words than there are runes before the surrogates.
func TestCompareEnds(t *testing.T) {
	t.Parallel()
	var was, now strings.Builder
	for i := range 40_000 {
		fmt.Fprintf(&was, "w%x ", i)
		fmt.Fprintf(&now, "n%x ", i)
	}
	began := time.Now()
	pieces := Compare(was.String(), now.String())
	if took := time.Since(began); took > 20*time.Second {
		t.Errorf("it took %s", took)
	}
	if Whole(pieces, Added) != was.String() || Whole(pieces, Gone) != now.String() {
		t.Error("the pieces make other texts")
	}
}

// FuzzCompare: whatever the texts are, both can be made of the pieces.
func FuzzCompare(f *testing.F) {
	f.Add("a b c", "a x c")
	f.Add("Ünï\u0301 \xff", "\xfe 🏳️‍🌈")
	f.Fuzz(func(t *testing.T, was, now string) {
		if len(was)+len(now) > 20_000 {
			return
		}
		pieces := Compare(was, now)
		if Whole(pieces, Added) != was || Whole(pieces, Gone) != now {
			t.Errorf("%q and %q: %s", was, now, marked(pieces))
		}
	})
}
