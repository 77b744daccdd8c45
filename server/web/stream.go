package web

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"time"

	"peergroups/forum"
)

// downloadTime is for one answer to be taken, however slow its reader; for each piece there is writeTimeout.
const downloadTime = 30 * time.Minute

// stream answers with what is read of b, as its reader takes it: nothing of it waits in memory. size in bytes; -1: not
// known before its end.
func (r *request) stream(b io.ReadCloser, size int) error {
	return r.SendStream(&patient{ReadCloser: b, conn: r.Context().Conn(), now: r.d.Now, each: writeTimeout, until: r.d.Now().Add(downloadTime)}, size)
}

// made gives what make writes, as it is read. What goes wrong in it breaks the reading off, so that nobody takes a part
// for the whole; a reader who goes away ends it.
func (d *Door) made(make func(ctx context.Context, to io.Writer) error) io.ReadCloser {
	from, to := io.Pipe()
	go func() {
		ctx, cancel := context.WithTimeout(context.Background(), downloadTime)
		defer cancel()
		var err error
		defer func() {
			if p := recover(); p != nil {
				err = fmt.Errorf("panic: %v", p)
			}
			if err != nil && !errors.Is(err, io.ErrClosedPipe) {
				d.Log.Error("download", "err", err)
			}
			_ = to.CloseWithError(err)
		}()
		err = make(ctx, to)
	}()
	return from
}

// patient gives the reader of an answer time for each piece of it.
type patient struct {
	io.ReadCloser
	conn  net.Conn // nil: there is none, in a test
	now   func() time.Time
	each  time.Duration
	until time.Time
}

func (p *patient) Read(b []byte) (int, error) {
	if now := p.now(); p.conn != nil && now.Before(p.until) {
		if err := p.conn.SetWriteDeadline(now.Add(p.each)); err != nil {
			return 0, err
		}
	}
	return p.ReadCloser.Read(b)
}

// mostTaken is how many downloads of own data run at once, and one of each member: each holds some of what it reads.
const mostTaken = 4

// taking is who takes their own data now.
type taking struct {
	mu sync.Mutex
	of map[forum.MemberID]bool
}

// begin tells whether the member may begin; end is called when it is over.
func (t *taking) begin(m forum.MemberID) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.of[m] || len(t.of) >= mostTaken {
		return false
	}
	if t.of == nil {
		t.of = map[forum.MemberID]bool{}
	}
	t.of[m] = true
	return true
}

func (t *taking) end(m forum.MemberID) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.of, m)
}
