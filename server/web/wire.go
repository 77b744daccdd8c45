package web

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"sync"
	"time"
	"unicode/utf8"
)

// Kinds of frames, and the codes that a connection ends with (RFC 6455, sections 5.2 and 7.4.1).
const (
	opContinue, opText, opBinary = 0, 1, 2
	opClose, opPing, opPong      = 8, 9, 10

	codeProtocol, codeKind, codeNone, codeText, codeSize = 1002, 1003, 1005, 1007, 1009
)

const (
	maxControl   = 125              // bytes of a control frame, and of a close code with its reason
	socketBuffer = 512              // bytes read at once: orders are short, and most sockets are silent
	socketEnd    = time.Second      // between the words that a socket ends and its end
	lazyDeadline = socketWrite / 2  // a deadline that is further off is left as it is
	keptBuffer   = 16 << 10         // bytes: what is longer is written as it is, not copied behind its header
	reservedBits = byte(0b111) << 4 // of extensions, of which there are none
)

// wire is a websocket behind its handshake. The library's own does not look at how text is encoded nor at what a close
// frame holds, takes any number of empty and of control frames, and holds 20 kB for each socket.
type wire struct {
	net.Conn
	now     func() time.Time
	silence time.Duration // how long the peer may say nothing

	in       *bufio.Reader // of the reader alone, as are these
	head     [10]byte
	controls pace
	lost     bool // where the next frame begins is not known
	parted   bool // the peer has said its last word

	writes sync.Mutex // held while a frame is written
	failed error      // of a write: nothing whole can follow it

	mu      sync.Mutex
	endBy   time.Time // zero: it goes on
	writeBy time.Time // the deadline that is set
}

// broken says with which code a connection ends, and why.
type broken struct {
	code int
	why  string
}

// Error implements error.
func (b broken) Error() string { return fmt.Sprintf("websocket: %d %s", b.code, b.why) }

// pace counts what comes within a second.
type pace struct {
	n     int
	since time.Time
}

func (p *pace) over(now time.Time) bool {
	if now.Sub(p.since) > time.Second {
		p.since, p.n = now, 0
	}
	p.n++
	return p.n > framesASecond
}

// newWire takes over the connection of a handshake, with what the peer sent along. Nothing else of the request is kept.
func newWire(c net.Conn, now func() time.Time, silence time.Duration) *wire {
	w := &wire{Conn: c, now: now, silence: silence}
	var ahead []byte
	if u, ok := c.(interface{ UnsafeConn() net.Conn }); ok {
		_ = c.SetReadDeadline(time.Unix(1, 0)) // long over: only what has come is read
		for b := make([]byte, socketBuffer); len(ahead) < maxFrame; {
			n, err := c.Read(b)
			if ahead = append(ahead, b[:n]...); err != nil {
				break
			}
		}
		w.Conn = u.UnsafeConn()
	}
	w.in = bufio.NewReaderSize(w.Conn, socketBuffer)
	if len(ahead) > 0 {
		w.in = bufio.NewReaderSize(io.MultiReader(&limitless{ahead}, w.Conn), socketBuffer)
	}
	return w
}

// limitless reads bytes once and lets go of them.
type limitless struct{ b []byte }

// Read implements io.Reader.
func (l *limitless) Read(p []byte) (int, error) {
	if len(l.b) == 0 {
		l.b = nil
		return 0, io.EOF
	}
	n := copy(p, l.b)
	l.b = l.b[n:]
	return n, nil
}

// message reads the next text. Control frames before and within it are answered. A message must be whole by the time
// at which a silent peer is taken for gone; each of its frames counts as one byte at least.
func (w *wire) message() ([]byte, error) {
	var text []byte
	counted := 0
	for {
		if counted == 0 {
			w.readUntil(w.now().Add(w.silence))
		}
		f, err := w.frame()
		switch {
		case err != nil:
			return nil, err
		case f.op >= opClose:
			if err := w.control(f); err != nil {
				return nil, err
			}
			continue
		case (f.op == opContinue) != (counted > 0):
			return nil, w.breaks(codeProtocol, "a frame out of its turn")
		case f.op == opBinary:
			return nil, w.breaks(codeKind, "not text")
		}
		if counted += max(f.size, 1); counted > maxFrame {
			return nil, w.breaks(codeSize, "too long")
		}
		if text, err = w.payload(text, f); err != nil {
			return nil, err
		}
		if f.last {
			if !utf8.Valid(text) {
				return nil, broken{codeText, "not UTF-8"}
			}
			return text, nil
		}
	}
}

type frame struct {
	last bool
	op   byte
	size int
	key  [4]byte
}

// breaks is the end of a connection whose next frame is not looked for.
func (w *wire) breaks(code int, why string) error {
	w.lost = true
	return broken{code, why}
}

// frame reads the header of a frame.
func (w *wire) frame() (f frame, err error) {
	if _, err = io.ReadFull(w.in, w.head[:2]); err != nil {
		return f, err
	}
	first, second := w.head[0], w.head[1]
	f.last, f.op = first&0x80 != 0, first&0x0f
	size := uint64(second & 0x7f)
	switch {
	case first&reservedBits != 0:
		return f, w.breaks(codeProtocol, "reserved bits")
	case second&0x80 == 0:
		return f, w.breaks(codeProtocol, "not masked")
	case f.op > opBinary && f.op < opClose || f.op > opPong:
		return f, w.breaks(codeProtocol, "unknown kind of frame")
	case f.op >= opClose && (!f.last || size > maxControl):
		return f, w.breaks(codeProtocol, "a control frame is whole and short")
	}
	if f.size, err = w.size(size); err != nil {
		return f, err
	}
	_, err = io.ReadFull(w.in, w.head[:4])
	f.key = [4]byte(w.head[:4])
	return f, err
}

// size reads the rest of a length that is longer than its first byte tells.
func (w *wire) size(short uint64) (int, error) {
	size, least, b := short, uint64(0), w.head[:8]
	switch short {
	case 126:
		b, least = w.head[:2], 126
	case 127:
		least = 1 << 16
	}
	if least > 0 {
		if _, err := io.ReadFull(w.in, b); err != nil {
			return 0, err
		}
		size = 0
		for _, digit := range b {
			size = size<<8 | uint64(digit)
		}
	}
	switch {
	case size < least || size>>63 != 0:
		return 0, w.breaks(codeProtocol, "a length is written in the shortest way")
	case size > maxFrame:
		return 0, w.breaks(codeSize, "too long")
	}
	return int(size), nil
}

// payload appends what a frame holds.
func (w *wire) payload(to []byte, f frame) ([]byte, error) {
	from := len(to)
	if need := from + f.size; need > cap(to) {
		to = append(make([]byte, 0, max(need, 2*from)), to...)
	}
	to = to[:from+f.size]
	if _, err := io.ReadFull(w.in, to[from:]); err != nil {
		return nil, err
	}
	for i, b := range to[from:] {
		to[from+i] = b ^ f.key[i&3]
	}
	return to, nil
}

// control answers a ping, and gives what the peer closes with as an error.
func (w *wire) control(f frame) error {
	if w.controls.over(w.now()) {
		return w.breaks(codeTooMany, "too many control frames")
	}
	b, err := w.payload(nil, f)
	switch {
	case err != nil:
		return err
	case f.op == opPing:
		return w.send(opPong, b)
	case f.op == opPong:
		return nil
	}
	w.parted = true
	if len(b) == 0 {
		return broken{codeNone, ""}
	}
	if len(b) == 1 {
		return broken{codeProtocol, "half a close code"}
	}
	code := int(binary.BigEndian.Uint16(b))
	switch {
	case !mayClose(code):
		return broken{codeProtocol, "a close code that nobody sends"}
	case !utf8.Valid(b[2:]):
		return broken{codeText, "not UTF-8"}
	}
	return broken{code, ""}
}

// mayClose tells whether a peer may close with the code (RFC 6455, section 7.4; 1012 to 1014 by IANA's register).
func mayClose(code int) bool {
	return code >= 1000 && code <= 1003 || code >= 1007 && code <= 1014 || code >= 3000 && code <= 4999
}

// send writes one frame, within its time.
func (w *wire) send(op byte, p []byte) error {
	w.writes.Lock()
	defer w.writes.Unlock()
	if w.failed != nil {
		return w.failed
	}
	buf := frames.Get().(*[]byte) //nolint:forcetypeassert // nothing else is put there
	defer frames.Put(buf)
	*buf = header((*buf)[:0], op, len(p))
	if len(p) <= keptBuffer {
		*buf = append(*buf, p...)
		p = nil
	}
	w.writeWithin()
	if _, w.failed = w.Write(*buf); w.failed == nil && len(p) > 0 {
		_, w.failed = w.Write(p)
	}
	if op == opClose && w.failed == nil {
		w.failed = net.ErrClosed
		return nil
	}
	return w.failed
}

var frames = sync.Pool{New: func() any { return new([]byte) }}

func header(b []byte, op byte, size int) []byte {
	b = append(b, 0x80|op)
	switch {
	case size < 126:
		return append(b, byte(size))
	case size < 1<<16:
		return binary.BigEndian.AppendUint16(append(b, 126), uint16(size))
	}
	return binary.BigEndian.AppendUint64(append(b, 127), uint64(size))
}

// writeWithin bounds the write that comes, by the end if that is near.
func (w *wire) writeWithin() {
	w.mu.Lock()
	defer w.mu.Unlock()
	now := w.now()
	switch {
	case !w.endBy.IsZero():
		w.writeBy = w.endBy
	case w.writeBy.Sub(now) > lazyDeadline:
		return
	default:
		w.writeBy = now.Add(socketWrite)
	}
	_ = w.SetWriteDeadline(w.writeBy)
}

// readUntil bounds the reads that come.
func (w *wire) readUntil(t time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.endBy.IsZero() {
		t = w.endBy
	}
	_ = w.SetReadDeadline(t)
}

// ending says that the socket ends within its time, whatever its peer does.
func (w *wire) ending() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.endBy.IsZero() {
		w.endBy = w.now().Add(socketEnd)
		_ = w.SetDeadline(w.endBy) // also of a write that is under way
	}
}

// ends tells whether the socket is about to end: nothing is done for its peer any more.
func (w *wire) ends() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return !w.endBy.IsZero()
}

// bye says why the socket ends.
func (w *wire) bye(code int, reason string) {
	w.ending()
	var b []byte
	if code != codeNone {
		b = binary.BigEndian.AppendUint16(nil, uint16(code))
		for _, r := range reason {
			if len(b)+utf8.RuneLen(r) > maxControl {
				break
			}
			b = utf8.AppendRune(b, r)
		}
	}
	_ = w.send(opClose, b)
}

// linger hears the peer out: to close with bytes unread would take away from it what it was told last.
func (w *wire) linger() {
	w.ending()
	for !w.parted && !w.lost {
		f, err := w.frame()
		if err == nil {
			_, err = w.in.Discard(f.size)
		}
		if w.parted = err == nil && f.op == opClose; err != nil {
			break
		}
	}
	if w.lost {
		_, _ = io.Copy(io.Discard, w.in)
	}
}
