package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"

	ws "github.com/fasthttp/websocket"
)

// talker is a member who talks in all rooms, keeps what they hear, and comes back to another node when theirs goes.
type talker struct {
	l      *ledger
	n      int
	cookie string
	at     int // node
	moves  int
	said   int

	// Under the ledger's lock:
	waits *utterance // no acknowledgement yet
	last  map[string]int64
	heard map[string][]string // nonces by channel, in the order in which they came
}

type utterance struct{ on, nonce string }

// toldFrame is what the server says.
type toldFrame struct {
	Is, On, Nonce, Words string
	Seq                  int64
}

func (c *talker) live() {
	c.at = c.n
	for {
		conn, over := c.come()
		if over {
			return
		}
		frames := make(chan toldFrame, 64)
		go listen(conn, frames)
		c.stay(conn, frames)
		_ = conn.Close()
		for range frames { // the listener ends
		}
		c.at++
	}
}

// come finds a node that lives.
func (c *talker) come() (*ws.Conn, bool) {
	for ; ; c.at++ {
		c.l.mu.Lock()
		base, over := c.l.nodes[c.at%len(c.l.nodes)], c.l.over
		c.l.mu.Unlock()
		if over {
			return nil, true
		}
		if base != "" {
			dialer := ws.Dialer{HandshakeTimeout: 5 * time.Second}
			conn, _, err := dialer.Dial(strings.Replace(base, "http", "ws", 1)+"/ws", http.Header{"Cookie": {c.cookie}, "Origin": {base}}) //nolint:bodyclose // the library has read and closed it
			if err == nil {
				c.moves++
				return conn, false
			}
		}
		time.Sleep(30 * time.Millisecond)
	}
}

func listen(conn *ws.Conn, frames chan<- toldFrame) {
	defer close(frames)
	for {
		_, b, err := conn.ReadMessage()
		if err != nil {
			return
		}
		for line := range strings.Lines(string(b)) {
			var f toldFrame
			if json.Unmarshal([]byte(line), &f) == nil {
				frames <- f
			}
		}
	}
}

// stay is on a node until the connection breaks, or is given up.
func (c *talker) stay(conn *ws.Conn, frames <-chan toldFrame) {
	for _, room := range c.l.rooms {
		on := fmt.Sprint("room:", room)
		c.l.mu.Lock()
		after := c.last[on]
		c.l.mu.Unlock()
		if c.order(conn, `{"do":"join","on":"%s","after":%d}`, on, after) != nil {
			return
		}
	}
	tick := time.NewTicker(600 * time.Millisecond)
	defer tick.Stop()
	asked := time.Now()
	if w := c.waiting(); w != nil && c.say(conn, w) != nil {
		return
	}
	for {
		select {
		case f, open := <-frames:
			if !open {
				return
			}
			c.take(f)
		case <-tick.C:
			switch w, more := c.next(); {
			case !more:
				return
			case w != nil && w == c.waiting() && time.Since(asked) > 5*time.Second: // nobody answers here
				return
			case w != nil && c.fresh(w):
				asked = time.Now()
				if c.say(conn, w) != nil || c.said%7 == 3 { // some are gone before they hear that it was heard
					return
				}
			}
		}
	}
}

func (c *talker) order(conn *ws.Conn, format string, args ...any) error {
	_ = conn.SetWriteDeadline(time.Now().Add(5 * time.Second))
	return conn.WriteMessage(ws.TextMessage, fmt.Appendf(nil, format, args...))
}

// say says what waits, for the first time or again.
func (c *talker) say(conn *ws.Conn, w *utterance) error {
	c.l.mu.Lock()
	if _, again := c.l.sent[w.nonce]; again {
		c.l.resent++
	}
	c.l.sent[w.nonce] = w.on
	c.l.mu.Unlock()
	return c.order(conn, `{"do":"say","on":"%s","text":"these are words of %s","nonce":"%s"}`, w.on, w.nonce, w.nonce)
}

func (c *talker) waiting() *utterance {
	c.l.mu.Lock()
	defer c.l.mu.Unlock()
	return c.waits
}

// fresh tells whether it was not said yet.
func (c *talker) fresh(w *utterance) bool {
	c.l.mu.Lock()
	defer c.l.mu.Unlock()
	_, sent := c.l.sent[w.nonce]
	return !sent
}

// next is what to say now, or what still waits; not more: the test is over.
func (c *talker) next() (w *utterance, more bool) {
	c.l.mu.Lock()
	defer c.l.mu.Unlock()
	if c.waits == nil && !c.l.quiet {
		c.said++
		c.waits = &utterance{fmt.Sprint("room:", c.l.rooms[(c.n+c.said)%len(c.l.rooms)]), fmt.Sprintf("m%d-%d", c.n, c.said)}
	}
	return c.waits, !c.l.over
}

// take notes what the server says: the next place of a room, and no other.
func (c *talker) take(f toldFrame) {
	l := c.l
	l.mu.Lock()
	defer l.mu.Unlock()
	switch f.Is {
	case "message":
		if f.Seq != c.last[f.On]+1 {
			l.wrong = append(l.wrong, fmt.Sprintf("member %d hears %d after %d", c.n, f.Seq, c.last[f.On]))
		}
		c.last[f.On] = f.Seq
		c.heard[f.On] = append(c.heard[f.On], f.Nonce)
	case "ack":
		if seq, before := l.acked[f.Nonce]; before && seq != f.Seq {
			l.wrong = append(l.wrong, fmt.Sprintf("%s is acknowledged at %d and %d", f.Nonce, seq, f.Seq))
		}
		l.acked[f.Nonce] = f.Seq
		if c.waits != nil && c.waits.nonce == f.Nonce {
			c.waits = nil
		}
	case "error", "left", "altered":
		l.wrong = append(l.wrong, fmt.Sprintf("member %d hears %+v", c.n, f))
	}
}
