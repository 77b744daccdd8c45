package mail

import (
	"bytes"
	"crypto/tls"
	"errors"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// conns knows the open connections, and how many each address has.
type conns struct {
	o       ServerOptions
	mu      sync.Mutex
	open    map[*conn]string
	per     map[string]int
	closing bool
}

func newConns(o ServerOptions) *conns {
	return &conns{o: o, open: map[*conn]string{}, per: map[string]int{}}
}

// add takes a connection in, or gives nil where there are too many.
func (s *conns) add(c net.Conn) *conn {
	host, _, err := net.SplitHostPort(c.RemoteAddr().String())
	if err != nil {
		host = c.RemoteAddr().String()
	}
	host = network(host)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closing || len(s.open) >= s.o.MaxConns || s.per[host] >= s.o.MaxPerAddress {
		return nil
	}
	own := &conn{Conn: c, all: s}
	own.life = time.AfterFunc(s.o.Session, func() { _ = c.Close() })
	s.open[own] = host
	s.per[host]++
	return own
}

// network gives what counts as one address: of IPv6 the /64, since a host has all of it.
func network(host string) string {
	ip := net.ParseIP(host)
	if ip == nil || ip.To4() != nil {
		return host
	}
	return ip.Mask(net.CIDRMask(64, 128)).String()
}

func (s *conns) remove(c *conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	host, ok := s.open[c]
	if !ok {
		return
	}
	delete(s.open, c)
	if s.per[host]--; s.per[host] <= 0 {
		delete(s.per, host)
	}
}

// of finds our connection below the library's, which is TLS after STARTTLS.
func (s *conns) of(c net.Conn) *conn {
	if t, ok := c.(*tls.Conn); ok {
		c = t.NetConn()
	}
	return c.(*conn)
}

// close lets nobody in any more and ends what is idle.
func (s *conns) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closing = true
	for c := range s.open {
		c.endIfIdle()
	}
}

func (s *conns) closeAll() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for c := range s.open {
		_ = c.Conn.Close()
	}
}

func (s *conns) isClosing() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.closing
}

// listener turns connections away that are too many, without keeping others waiting.
type listener struct {
	net.Listener
	conns *conns
}

// Accept implements net.Listener.
func (l *listener) Accept() (net.Conn, error) {
	for {
		if l.conns.isClosing() {
			return nil, net.ErrClosed
		}
		c, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		if own := l.conns.add(c); own != nil {
			return own, nil
		}
		go turnAway(c)
	}
}

func turnAway(c net.Conn) {
	timer := time.AfterFunc(time.Second, func() { _ = c.Close() })
	defer timer.Stop()
	_, _ = c.Write([]byte("421 4.7.0 Too many connections, please try again later\r\n"))
	_ = c.Close()
}

// errBroken ends a connection whose lines do not end in CR LF.
var errBroken = errors.New("bare CR or LF")

// conn refuses a CR or LF that stands alone, in commands as in data: what one server takes for a line's end and another
// does not lets a mail smuggle a second one (SECURITY fact 12). Under TLS it sees only ciphertext and looks away;
// session.Data looks again there.
type conn struct {
	net.Conn
	all    *conns
	life   *time.Timer
	cr     bool // the last byte read
	broken bool
	tls    atomic.Bool // from the answer to STARTTLS on
	inMail atomic.Bool
}

// Read implements net.Conn.
func (c *conn) Read(p []byte) (int, error) {
	if c.broken {
		return 0, net.ErrClosed
	}
	n, err := c.Conn.Read(p)
	if c.tls.Load() {
		return n, err
	}
	for _, b := range p[:n] {
		if (b == '\n') != c.cr {
			c.broken = true
			_, _ = c.Conn.Write([]byte("554 5.6.0 " + errLines.Message + "\r\n"))
			_ = c.Conn.Close()
			return 0, errBroken
		}
		c.cr = b == '\r'
	}
	return n, err
}

var startTLS = []byte("220 2.0.0 Ready to start TLS")

// Write implements net.Conn.
func (c *conn) Write(p []byte) (int, error) {
	switch {
	case bytes.HasPrefix(p, startTLS):
		c.tls.Store(true)
	case c.tls.Load() && len(p) > 0 && p[0] >= '0' && p[0] <= '9': // an answer in plain text: the handshake failed
		_ = c.Conn.Close()
		return 0, net.ErrClosed
	}
	return c.Conn.Write(p)
}

// Close implements net.Conn.
func (c *conn) Close() error {
	c.life.Stop()
	c.all.remove(c)
	return c.Conn.Close()
}

// busy notes whether a mail is under way; when the last one is done during a shutdown the connection ends.
func (c *conn) busy(is bool) {
	c.inMail.Store(is)
	if !is && c.all.isClosing() {
		c.endIfIdle()
	}
}

// endIfIdle says goodbye by making the next read fail, after what is being answered.
func (c *conn) endIfIdle() {
	if !c.inMail.Load() {
		_ = c.Conn.SetReadDeadline(time.Unix(1, 0))
	}
}

// SetReadDeadline implements net.Conn. The library sets one before each command; during a shutdown it has passed.
func (c *conn) SetReadDeadline(t time.Time) error {
	c.all.mu.Lock()
	defer c.all.mu.Unlock()
	if c.all.closing && !c.inMail.Load() {
		t = time.Unix(1, 0)
	}
	return c.Conn.SetReadDeadline(t)
}

// strictLines tells that every CR is followed by LF and every LF preceded by CR.
func strictLines(raw []byte) bool {
	return bytes.Count(raw, []byte("\r\n")) == bytes.Count(raw, []byte("\n")) && bytes.Count(raw, []byte("\r\n")) == bytes.Count(raw, []byte("\r"))
}
