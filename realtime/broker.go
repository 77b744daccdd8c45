package realtime

import (
	"bytes"
	"context"
	"encoding/binary"
	"time"
)

// Broker carries payloads between the hubs of all nodes. It may lose, double
// or reorder them: the hub's sequences make up for that.
type Broker interface {
	// Publish hands the payload to the listeners of all nodes that subscribed.
	Publish(ctx context.Context, channel string, payload []byte) error
	// Listen gives the listener all that comes until stop is called; after
	// stop returned the listener is not called any more.
	Listen(l Listener) (stop func())
	// Subscribe asks for a channel; calls are counted. It does not block: the
	// listener hears Joined when payloads can come, unless they can at once.
	Subscribe(channel string)
	// Unsubscribe takes back one Subscribe. It does not block.
	Unsubscribe(channel string)
	// Close ends the broker; listeners hear nothing afterwards.
	Close() error
}

// Listener is what a [Broker] calls. Calls must return quickly.
type Listener interface {
	// Message is a payload said on a channel; the slice is the listener's.
	Message(channel string, payload []byte)
	// Joined says that the subscription of a channel came into force, at first
	// and after each reconnection: what was said before may have been missed.
	Joined(channel string)
	// Health says that the broker went away (false) or came back (true).
	Health(ok bool)
}

// Seat is one owner present on one channel.
type Seat struct{ Channel, Owner string }

// Roster keeps who is present on all nodes. A [Broker] that is also a Roster
// makes presence common; without one each node knows only its own people.
type Roster interface {
	// Keep renews the seats of a node until the given instant.
	Keep(ctx context.Context, node string, seats []Seat, until time.Time) error
	// Drop gives up seats of a node.
	Drop(ctx context.Context, node string, seats []Seat) error
	// Present answers the owners whose lease has not run out at now; an owner
	// seated by several nodes may be answered several times.
	Present(ctx context.Context, channel string, now time.Time) ([]string, error)
}

// control is the channel on which hubs talk to each other; names that begin
// like it are refused to everybody else.
const control = "!control"

func reserved(channel string) bool { return channel == "" || channel[0] == '!' }

// Kinds of envelopes.
const (
	kindFrame  = 'f' // data is the frame
	kindFor    = 'a' // data is what the frame is for, a newline, and the frame
	kindPoke   = 'p' // on control: data is a channel whose store went ahead to seq
	kindRevoke = 'r' // on control: data is the owner
	kindBeat   = 'h' // on control: this node lives
	kindBye    = 'b' // on control: this node went down in order
)

// nodeLen is the length of a node's random name within an envelope.
const nodeLen = 8

// envelope is what travels: kind, sender, sequence, data. The sender lets a
// hub drop its own echo, since it served its own readers already.
type envelope struct {
	kind byte
	node string
	seq  int64
	data []byte
}

// pack makes the envelope of a frame, and frame takes it out again.
func pack(node string, f Frame) envelope {
	if f.For == "" {
		return envelope{kind: kindFrame, node: node, seq: f.Seq, data: f.Data}
	}
	return envelope{kind: kindFor, node: node, seq: f.Seq, data: append([]byte(f.For+"\n"), f.Data...)}
}

func (e envelope) frame() (f Frame, ok bool) {
	f.Seq, f.Data = e.seq, e.data
	if e.kind == kindFor {
		about, data, _ := bytes.Cut(e.data, []byte("\n"))
		f.For, f.Data = string(about), data
	}
	f.Data = oneLine(f.Data)
	return f, e.kind == kindFrame || e.kind == kindFor && f.For != ""
}

func (e envelope) encode() []byte {
	p := make([]byte, 0, 1+nodeLen+8+len(e.data))
	p = append(p, e.kind)
	p = append(p, e.node...)
	p = binary.BigEndian.AppendUint64(p, uint64(e.seq))
	return append(p, e.data...)
}

func decode(p []byte) (envelope, bool) {
	if len(p) < 1+nodeLen+8 {
		return envelope{}, false
	}
	e := envelope{kind: p[0], node: string(p[1 : 1+nodeLen])}
	e.seq = int64(binary.BigEndian.Uint64(p[1+nodeLen:]))
	e.data = p[1+nodeLen+8:]
	return e, e.seq >= 0
}
