// Package realtime carries bytes to whoever is on a channel, knows who is
// present, and resumes a reader without a gap.
//
// The store decides, the broker only hurries: every ordered frame has a
// sequence that the store gave it, so whatever a broker loses, doubles or
// swaps is noticed and fetched again through [Options.Fill]. What a frame says
// and who may hear it is not known here: rights are asked through
// [Options.Recheck] and through the catch-up of each subscription.
//
// Nothing of the product's nouns, of SQL or of websockets belongs here.
package realtime

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"time"
)

// Close codes that a [Sink] is given. A client comes back (with jitter) after
// all of them except CodeStop.
const (
	CodeGone   = 1001 // the peer or its context went away
	CodeBroken = 1011 // this connection's handler failed
	CodeReturn = 4000 // this node goes down: come back, resume
	CodeStop   = 4403 // may not be here any more: do not come back
	CodeSlow   = 4408 // read too slowly: come back, resume
)

// Errors of this package; compare with errors.Is.
var (
	ErrClosed     = errors.New("realtime: connection is closed")
	ErrDropped    = errors.New("realtime: subscription was dropped")
	ErrSubscribed = errors.New("realtime: already subscribed to this channel")
	ErrTooMany    = errors.New("realtime: too many channels on one connection")
	ErrReserved   = errors.New("realtime: empty or reserved channel name")
	ErrShutdown   = errors.New("realtime: hub is shutting down")
	ErrAway       = errors.New("realtime: broker is away")
)

// Frame is one encoded JSON object said on a channel.
//
// Seq 0 is an unordered hint ("topic changed"): delivered at most
// once, never fetched again. Seq > 0 is strictly increasing within its channel
// and decided by the store, which must commit in the order of the sequence.
// Holes are allowed: a number the store does not answer is taken as erased.
//
// Data must not be changed once it was handed over: one slice is shared by
// every reader. An ordered frame with empty Data is a position only: it moves
// a reader past something that is not shown to it.
//
// For names what the frame is about where not everybody on the channel may know of it: before
// it is told to an owner's connections, [Options.Recheck] is asked about that name. Such a
// frame moves all readers past its Seq, but is itself told at most once and in no order.
type Frame struct {
	Seq  int64
	Data []byte
	For  string // no newline in it; "": for everybody on the channel
}

// Sink is the transport a door gives. Write is called by one goroutine only,
// the one in [Conn.Run], and must give up by itself (a write deadline). Close
// is called at most once; it may be called while a Write is under way, which
// it must then end, and never after Run returned.
type Sink interface {
	Write(p []byte) error
	Close(code int, reason string)
}

// Options tune a [Hub]. The zero value works: live frames only, no rechecks.
type Options struct {
	// Fill answers the ordered frames with after < Seq < before, ascending,
	// from the store; a prefix is enough, it is asked again until it answers
	// none. Nil: gaps are skipped instead of filled.
	Fill func(ctx context.Context, channel string, after, before int64) ([]Frame, error)
	// Recheck says whether the owner may still listen to the channel, or, for
	// channel "", be connected at all, or be told of what [Frame].For names.
	// Nil: always.
	Recheck func(ctx context.Context, owner, channel string) bool
	// RecheckEvery is how often every connection is asked about without a
	// [Hub.Revoke]. 0: one minute.
	RecheckEvery time.Duration
	// Dropped makes the control frame told to a client whose channel was taken
	// away. Nil: nothing is told.
	Dropped func(channel string) []byte
	// Tracked says whether presence is kept for a channel. Nil: for every one.
	Tracked func(channel string) bool

	QueueFrames int           // waiting frames per connection before it is too slow; 0: 4096
	QueueBytes  int           // likewise in bytes; 0: 1 MiB
	Channels    int           // channels per connection; 0: 256
	Fills       int           // concurrent Fill calls per hub; 0: 8
	Tick        time.Duration // how often degraded work is done; 0: 200 ms, within which a right that ended must be noticed
	Lease       time.Duration // how long presence outlives its node; 0: 30 s
	CallTimeout time.Duration // longest Fill, Recheck or broker call; 0: 5 s

	Log *slog.Logger     // nil: discards
	Now func() time.Time // clock of leases and rechecks; nil: time.Now
}

func (o Options) withDefaults() Options {
	def := func(v *int, d int) {
		if *v <= 0 {
			*v = d
		}
	}
	dur := func(v *time.Duration, d time.Duration) {
		if *v <= 0 {
			*v = d
		}
	}
	def(&o.QueueFrames, 4096)
	def(&o.QueueBytes, 1<<20)
	def(&o.Channels, 256)
	def(&o.Fills, 8)
	dur(&o.RecheckEvery, time.Minute)
	dur(&o.Tick, 200*time.Millisecond)
	dur(&o.Lease, 30*time.Second)
	dur(&o.CallTimeout, 5*time.Second)
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return o
}

// oneLine keeps newline-delimited batches readable: a raw newline can only be
// layout in a JSON text, so a space means the same.
func oneLine(data []byte) []byte {
	if bytes.IndexByte(data, '\n') < 0 {
		return data
	}
	return bytes.ReplaceAll(data, []byte{'\n'}, []byte{' '})
}

// sleep waits and says false when the context ended first.
func sleep(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}
