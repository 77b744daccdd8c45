package main

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"peergroups/forum"
)

// rawSocket is a websocket whose client writes frames byte by byte.
type rawSocket struct {
	net.Conn
	in    *bufio.Reader
	lines [][]byte // of a frame that hear has begun
}

const rawKey = "dGhlIHNhbXBsZSBub25jZQ=="

// rawSocket goes through the handshake as whoever holds the cookie, and hears the greeting.
func (w *world) rawSocket(t testing.TB, cookie string) *rawSocket {
	t.Helper()
	c, err := net.Dial("tcp", w.base.Host)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	_ = c.SetDeadline(time.Now().Add(30 * time.Second))
	s := &rawSocket{Conn: c, in: bufio.NewReader(c)}
	s.write(t, fmt.Appendf(nil, "GET /ws HTTP/1.1\r\nHost: %s\r\nOrigin: %s\r\nCookie: %s\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: %s\r\n\r\n",
		w.base.Host, w.base, cookie, rawKey))
	res, err := http.ReadResponse(s.in, nil) //nolint:bodyclose // it has none
	if err != nil || res.StatusCode != http.StatusSwitchingProtocols || res.Header.Get("Sec-WebSocket-Accept") != "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=" {
		t.Fatalf("the handshake: %v %v", res, err)
	}
	if op, b := s.frame(t); op != 1 || !strings.Contains(string(b), "hello") {
		t.Fatalf("greeted with %d %q", op, b)
	}
	return s
}

func (s *rawSocket) write(t testing.TB, b []byte) {
	t.Helper()
	if _, err := s.Write(b); err != nil {
		t.Fatal(err)
	}
}

// frame reads one frame of the server: whole, and not masked.
func (s *rawSocket) frame(t testing.TB) (op byte, payload []byte) {
	t.Helper()
	op, payload, err := s.next()
	if err != nil {
		t.Fatal("no frame:", err)
	}
	return op, payload
}

func (s *rawSocket) next() (op byte, payload []byte, err error) {
	head := make([]byte, 2, 10)
	if _, err = io.ReadFull(s.in, head); err != nil {
		return 0, nil, err
	}
	size := uint64(head[1])
	if wide := map[byte]int{126: 2, 127: 8}[head[1]]; wide > 0 {
		b := make([]byte, 8)
		if _, err = io.ReadFull(s.in, b[8-wide:]); err != nil {
			return 0, nil, err
		}
		size = binary.BigEndian.Uint64(b)
	}
	if head[0]&0xf0 != 0x80 || size > 4<<20 {
		return 0, nil, fmt.Errorf("a frame with the header %x", head)
	}
	payload = make([]byte, size)
	_, err = io.ReadFull(s.in, payload)
	return head[0] & 0x0f, payload, err
}

// hear reads objects until one of the kind; there may be several in a frame.
func (s *rawSocket) hear(t testing.TB, kind string) map[string]any {
	t.Helper()
	for {
		for len(s.lines) == 0 {
			op, b := s.frame(t)
			if op != 1 {
				t.Fatalf("waiting for %s: frame of kind %d: %x", kind, op, b)
			}
			s.lines = bytes.Split(b, []byte("\n"))
		}
		var m map[string]any
		if err := json.Unmarshal(s.lines[0], &m); err != nil {
			t.Fatalf("%q: %v", s.lines[0], err)
		}
		if s.lines = s.lines[1:]; m["is"] == kind {
			return m
		}
	}
}

// ended reads until the close frame, and that nothing comes after it; the code of an empty one is 1005.
func (s *rawSocket) ended(t testing.TB) int {
	t.Helper()
	for {
		op, b := s.frame(t)
		if op != 8 {
			continue
		}
		_ = s.SetDeadline(time.Now().Add(10 * time.Second))
		_ = s.Conn.(*net.TCPConn).CloseWrite() //nolint:forcetypeassert // dialled so
		if n, err := s.in.Read(make([]byte, 1)); err == nil || n > 0 {
			t.Error("something comes after the close frame")
		} else if errors.Is(err, os.ErrDeadlineExceeded) {
			t.Error("the connection stays open after the close frame")
		}
		if len(b) == 0 {
			return 1005
		}
		return int(binary.BigEndian.Uint16(b))
	}
}

// masked makes a client's frame: first is its first byte.
func masked(first byte, payload string) []byte {
	return frameOf(first, 0x80, len(payload), payload)
}

func frameOf(first, mask byte, size int, payload string) []byte {
	b := []byte{first}
	switch {
	case size < 126:
		b = append(b, mask|byte(size))
	case size < 1<<16:
		b = binary.BigEndian.AppendUint16(append(b, mask|126), uint16(size))
	default:
		b = binary.BigEndian.AppendUint64(append(b, mask|127), uint64(size))
	}
	key := [4]byte{0x12, 0xab, 0x34, 0xcd}
	if mask == 0 {
		return append(b, payload...)
	}
	b = append(b, key[:]...)
	for i := range len(payload) {
		b = append(b, payload[i]^key[i&3])
	}
	return b
}

// closing is a client's close frame.
func closing(code int, reason string) []byte {
	return masked(0x88, string(binary.BigEndian.AppendUint16(nil, uint16(code)))+reason)
}

const fin, words, more, binaryFrame = 0x80, 1, 0, 2

// neighbours are people who talk in a room all the while, and hear each other.
type neighbours struct {
	stop chan struct{}
	done sync.WaitGroup

	mu   sync.Mutex
	n    int    // what was said, and heard by all
	hurt string // what went wrong
}

// neighbours lets four members talk and some listen, until the test's end: each word is heard, once and in order.
func (w *world) neighbours(t testing.TB, g *forum.Group, room *forum.Room, listeners int) *neighbours {
	t.Helper()
	handles := []string{"ada", "ben", "cem", "dov"}
	people := w.members(handles...)
	channel, all := fmt.Sprintf("room:%d", room.ID), &neighbours{stop: make(chan struct{})}
	var speakers, hearing []*rawSocket
	for _, h := range handles {
		w.enter(g, people[h])
		speakers = append(speakers, w.rawSocket(t, w.session(h)))
	}
	for range listeners { // visitors: of a member there are twenty sockets at most
		s := w.rawSocket(t, "")
		s.write(t, masked(fin|words, `{"do":"join","on":"`+channel+`","after":0}`))
		s.hear(t, "joined")
		hearing = append(hearing, s)
	}
	all.done.Go(func() {
		for n := 0; ; n++ {
			select {
			case <-all.stop:
				return
			case <-time.After(150 * time.Millisecond):
			}
			s, word := speakers[n%len(speakers)], fmt.Sprintf("word %d of the others", n+1)
			_, err := s.Write(masked(fin|words, fmt.Sprintf(`{"do":"say","on":"%s","text":"%s","nonce":"by%d"}`, channel, word, n)))
			hurt := err != nil || !expects(s, "ack", float64(n+1), "")
			for _, c := range hearing {
				hurt = hurt || !expects(c, "message", float64(n+1), word)
			}
			if all.note(n+1, hurt) {
				return
			}
		}
	})
	t.Cleanup(func() { all.end(t) })
	return all
}

func (n *neighbours) note(word int, hurt bool) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.n = word; hurt {
		n.hurt = fmt.Sprintf("the others did not hear word %d", word)
	}
	return hurt
}

// well fails the test when one of the others did not hear what was said.
func (n *neighbours) well(t testing.TB) {
	t.Helper()
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.hurt != "" {
		t.Fatal(n.hurt)
	}
}

// end lets them say three words at least.
func (n *neighbours) end(t testing.TB) {
	enough := func() bool {
		n.mu.Lock()
		defer n.mu.Unlock()
		return n.hurt != "" || n.n > 2
	}
	for !enough() {
		time.Sleep(20 * time.Millisecond)
	}
	close(n.stop)
	n.done.Wait()
	if n.hurt != "" {
		t.Error(n.hurt)
	}
	t.Logf("meanwhile the others said %d words, and heard each", n.n)
}

// expects hears exactly one object: of the kind, at the place, with the words.
func expects(s *rawSocket, kind string, seq float64, word string) bool {
	_ = s.SetDeadline(time.Now().Add(20 * time.Second))
	_, b, err := s.next()
	var m map[string]any
	if err != nil || json.Unmarshal(b, &m) != nil {
		return false
	}
	html, _ := m["html"].(string)
	return m["is"] == kind && m["seq"] == seq && strings.Contains(html, word)
}
