package mail

import (
	"bytes"
	"errors"
	"io"
	"net"
	"sync"
	"time"

	"github.com/emersion/go-smtp"
)

// maxLine is how long a line may be. Few mails keep to the 998 bytes of RFC 5322, 2.1.1; some programs write all HTML in one. Commands
// have the same bound.
const maxLine = 128 << 10

// unspent is how much of a mail needs no room: an ordinary one is taken while others that are slow have all.
const unspent = 256 << 10

var (
	errFull     = &smtp.SMTPError{Code: 452, EnhancedCode: smtp.EnhancedCode{4, 3, 1}, Message: "Too much mail is coming in, please try again later"}
	errLongLine = &smtp.SMTPError{Code: 554, EnhancedCode: smtp.EnhancedCode{5, 6, 0}, Message: "A line of the mail is too long"}
)

// room is the memory in which mails are kept until they are written down, of all connections.
type room struct {
	mu   sync.Mutex
	left int64
}

// take asks for more; false: there is no more now.
func (r *room) take(n int64) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if n > r.left {
		return false
	}
	r.left -= n
	return true
}

func (r *room) give(n int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.left += n
}

// read takes in a mail. held is what it takes of the room, to be given back when the mail is done with.
func (r *room) read(from io.Reader) (raw []byte, held int64, err error) {
	raw = make([]byte, 0, 16<<10)
	for {
		if len(raw) == cap(raw) {
			size := 2 * int64(cap(raw))
			if more := size - unspent - held; more > 0 {
				if !r.take(more) {
					return nil, held, errFull
				}
				held += more
			}
			raw = append(make([]byte, 0, size), raw...)
		}
		n, err := from.Read(raw[len(raw):cap(raw)])
		raw = raw[:len(raw)+n]
		switch {
		case errors.Is(err, io.EOF):
			return raw, held, nil
		case err != nil:
			return nil, held, err
		}
	}
}

// drainFor is how long a client may go on with a mail that is refused already.
const drainFor = 10 * time.Second

// drain reads on to the end of a mail of which the library reads no more, so that the client gets the answer: a connection that ends
// while it sends looks like a fault, and it would come again for days.
func drain(c net.Conn, most int64) {
	timer := time.AfterFunc(drainFor, func() { _ = c.SetReadDeadline(time.Unix(1, 0)) })
	defer timer.Stop()
	buffer := make([]byte, 32<<10)
	var tail []byte
	for most > 0 && !bytes.HasSuffix(tail, []byte("\r\n.\r\n")) {
		n, err := c.Read(buffer)
		if err != nil {
			return
		}
		most -= int64(n)
		tail = append(tail, buffer[max(0, n-5):n]...)
		tail = tail[max(0, len(tail)-5):]
	}
}
