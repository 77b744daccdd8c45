package web

import (
	"context"
	"fmt"
	"io"
	"net"
	"time"
)

// downloadTime is for one answer to be taken, however slow its reader; for each piece there is writeTimeout.
const downloadTime = 30 * time.Minute

// stream answers with what is read of b, as its reader takes it: nothing of it waits in memory. size in bytes; -1: not
// known before its end.
func (r *request) stream(b io.ReadCloser, size int) error {
	return r.SendStream(&patient{ReadCloser: b, conn: r.Context().Conn(), until: time.Now().Add(downloadTime)}, size)
}

// made is stream of what make writes. What goes wrong in it breaks the connection off, so that nobody takes a part for
// the whole; a reader who goes away ends it.
func (r *request) made(make func(ctx context.Context, to io.Writer) error) error {
	from, to := io.Pipe()
	log := r.d.Log
	go func() {
		ctx, cancel := context.WithTimeout(context.Background(), downloadTime)
		defer cancel()
		err := fmt.Errorf("it panicked")
		defer func() {
			if p := recover(); p != nil {
				err = fmt.Errorf("panic: %v", p)
			}
			if err != nil {
				log.Error("download", "err", err)
			}
			_ = to.CloseWithError(err)
		}()
		err = make(ctx, to)
	}()
	return r.stream(from, -1)
}

// patient gives the reader of an answer time for each piece of it.
type patient struct {
	io.ReadCloser
	conn  net.Conn // nil: there is none, in a test
	until time.Time
}

func (p *patient) Read(b []byte) (int, error) {
	if now := time.Now(); p.conn != nil && now.Before(p.until) {
		if err := p.conn.SetWriteDeadline(now.Add(writeTimeout)); err != nil {
			return 0, err
		}
	}
	return p.ReadCloser.Read(b)
}
