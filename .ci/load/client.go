package main

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// socket is one websocket of a member, with just enough of RFC 6455 that the client costs little.
type socket struct {
	net.Conn
	w      *world
	member int
	room   int          // index of the room that it is in; -1: none
	last   atomic.Int64 // highest place it was told
	joined chan struct{}
	mu     sync.Mutex
	timed  bool // its deliveries are timed
	gone   atomic.Bool
}

var sourceAddress atomic.Int64

// dial opens a socket and hears the greeting. Sources are many: of one address 400 connections are taken.
func (w *world) dial(member int) (*socket, error) {
	n := sourceAddress.Add(1)
	d := net.Dialer{Timeout: 20 * time.Second, LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, 1, byte(1+n%60))}}
	c, err := d.Dial("tcp", w.host)
	if err != nil {
		return nil, err
	}
	_ = c.SetDeadline(time.Now().Add(30 * time.Second))
	if _, err := fmt.Fprintf(c, "GET /ws HTTP/1.1\r\nHost: %s\r\nOrigin: %s\r\nCookie: __Host-session=%s\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
		w.host, w.base, w.tokens[member]); err != nil {
		return nil, err
	}
	s := &socket{Conn: c, w: w, member: member, room: -1, joined: make(chan struct{}, 1)}
	b := make([]byte, 4096)
	n2 := 0
	for !bytes.Contains(b[:n2], []byte(`"hello"`)) {
		m, err := c.Read(b[n2:])
		if err != nil {
			return nil, fmt.Errorf("greeting: %w after %q", err, b[:min(n2, 60)])
		}
		n2 += m
	}
	if !bytes.HasPrefix(b, []byte("HTTP/1.1 101")) || b[n2-1] != '}' {
		return nil, fmt.Errorf("greeted with %q", b[:n2])
	}
	_ = c.SetDeadline(time.Time{})
	return s, nil
}

// order sends one text frame, masked with zeros.
func (s *socket) order(text string) error {
	b := make([]byte, 0, len(text)+8)
	b = append(b, 0x81)
	if len(text) < 126 {
		b = append(b, 0x80|byte(len(text)))
	} else {
		b = binary.BigEndian.AppendUint16(append(b, 0xfe), uint16(len(text)))
	}
	b = append(append(b, 0, 0, 0, 0), text...)
	s.mu.Lock()
	defer s.mu.Unlock()
	_, err := s.Write(b)
	return err
}

// join asks for a room from what the socket knows of it.
func (s *socket) join(room int, after int64) error {
	s.room = room
	s.last.Store(after)
	return s.order(fmt.Sprintf(`{"do":"join","on":"room:%d","after":%d}`, s.w.rooms[room], after))
}

// say says something, timed from now until all who listen have it.
func (s *socket) say(room int, text string) error {
	n := s.w.said.Add(1)
	s.w.sent[n%slots].Store(time.Now().UnixNano())
	return s.order(fmt.Sprintf(`{"do":"say","on":"room:%d","text":"%s","nonce":"L%d"}`, s.w.rooms[room], text, n))
}

// slots is how many messages can be on their way at once.
const slots = 1 << 16

// listen reads what the server says until the end. The buffer grows to what comes.
func (s *socket) listen() {
	in := bufio.NewReaderSize(s, 2048)
	buf := make([]byte, 0, 2048)
	for {
		var head [10]byte
		if _, err := io.ReadFull(in, head[:2]); err != nil {
			s.end("")
			return
		}
		size := uint64(head[1])
		if wide := map[byte]int{126: 2, 127: 8}[head[1]]; wide > 0 {
			if _, err := io.ReadFull(in, head[10-wide:]); err != nil {
				s.end("")
				return
			}
			size = 0
			for _, d := range head[10-wide:] {
				size = size<<8 | uint64(d)
			}
		}
		if uint64(cap(buf)) < size {
			buf = make([]byte, size)
		}
		buf = buf[:size]
		if _, err := io.ReadFull(in, buf); err != nil {
			s.end("")
			return
		}
		if head[0] != 0x81 {
			s.end(fmt.Sprintf("frame %x %q", head[0], buf))
			return
		}
		s.take(buf)
	}
}

func (s *socket) end(why string) {
	if !s.gone.Swap(true) {
		s.w.wrong("a socket ended: %s", why)
	}
}

// leave closes the socket, which is no fault then.
func (s *socket) leave() {
	s.gone.Store(true)
	_ = s.Close()
}

var isMessage, isAck, isJoined, seqKey, nonceKey = []byte(`"is":"message"`), []byte(`"is":"ack"`), []byte(`"is":"joined"`), []byte(`"seq":`), []byte(`"nonce":"L`)

// take counts what is delivered and holds its order.
func (s *socket) take(b []byte) {
	now := int64(0)
	for len(b) > 0 {
		line := b
		if i := bytes.IndexByte(b, '\n'); i >= 0 {
			line, b = b[:i], b[i+1:]
		} else {
			b = nil
		}
		switch {
		case bytes.Contains(line, isMessage):
			seq := numberAfter(line, bytes.LastIndex(line, seqKey)+len(seqKey))
			if seq != s.last.Load()+1 {
				s.w.wrong("place %d after %d", seq, s.last.Load())
			}
			s.last.Store(seq)
			s.w.delivered.Add(1)
			s.w.bytes.Add(int64(len(line)))
			if s.timed {
				if now == 0 {
					now = time.Now().UnixNano()
				}
				n := numberAfter(line, bytes.Index(line, nonceKey)+len(nonceKey))
				s.w.time(now - s.w.sent[n%slots].Load())
			}
		case bytes.Contains(line, isAck):
			s.w.acked.Add(1)
			select {
			case s.w.acks <- struct{}{}:
			default:
			}
		case bytes.Contains(line, isJoined):
			s.joined <- struct{}{}
		default:
			s.w.wrong("heard %s", line)
		}
	}
}

func numberAfter(b []byte, i int) (n int64) {
	for ; i < len(b) && b[i] >= '0' && b[i] <= '9'; i++ {
		n = n*10 + int64(b[i]-'0')
	}
	return n
}

// world is the server under load and what its clients saw.
type world struct {
	host, base string
	tokens     []string
	rooms      []int64

	said, acked, delivered, bytes atomic.Int64
	sent                          [slots]atomic.Int64
	acks                          chan struct{}

	mu     sync.Mutex
	times  []int64
	faults int
	first  []string
}

func (w *world) time(ns int64) {
	w.mu.Lock()
	w.times = append(w.times, ns)
	w.mu.Unlock()
}

func (w *world) wrong(format string, args ...any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.faults++; len(w.first) < 5 {
		w.first = append(w.first, fmt.Sprintf(format, args...))
	}
}

// verdict says what was lost, doubled or out of order since the last time, and forgets the times.
func (w *world) verdict() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	defer func() { w.faults, w.first, w.times = 0, nil, nil }()
	if w.faults == 0 {
		return "nothing lost, doubled or out of order"
	}
	return fmt.Sprintf("%d FAULTS: %s", w.faults, strings.Join(w.first, "; "))
}
