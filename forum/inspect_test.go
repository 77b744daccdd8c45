package forum

import (
	"context"
	"testing"
)

// TestReadersTakeTurns: the files of one member are looked through one after another, and however many
// wait, another's is looked through meanwhile.
func TestReadersTakeTurns(t *testing.T) {
	t.Parallel()
	r, ctx := newReaders(), t.Context()
	begun, end, done := make(chan bool, 3), make(chan bool), make(chan error, 3)
	for range 3 {
		go func() {
			done <- r.while(ctx, 1, func() error { begun <- true; <-end; return nil })
		}()
	}
	<-begun
	if err := r.while(ctx, 2, func() error { return nil }); err != nil {
		t.Errorf("the other member: %v", err)
	}
	gone, cancel := context.WithCancel(ctx)
	cancel()
	if err := r.while(gone, 1, func() error { return nil }); KindOf(err) != TooMany {
		t.Errorf("who does not wait any more: %v", err)
	}
	if len(begun) > 0 {
		t.Error("two of one member at once")
	}
	for range 3 {
		end <- true
	}
	for range 3 {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
}

// TestLookedIsBounded: what was found in files is forgotten before it grows.
func TestLookedIsBounded(t *testing.T) {
	t.Parallel()
	r := newReaders()
	for i := range 3 * mostLooked {
		r.keep(string(rune('a'+i%26))+string(rune(i)), looked{})
	}
	if n := len(r.known); n > mostLooked {
		t.Errorf("%d are kept", n)
	}
}
