package mail

import (
	"context"
	"runtime"
	"sync"
	"time"

	"github.com/emersion/go-smtp"
)

// slots let as many mails be taken apart at once as there are processors: others than the mail door have work, too. What waits
// for the DNS holds none, or a few slow name servers would keep everybody out.
type slots struct {
	once sync.Once
	free chan struct{}
}

// slotPatience is how long a mail waits for one; its sender waits longer.
const slotPatience = 30 * time.Second

var errBusy = &smtp.SMTPError{Code: 451, EnhancedCode: smtp.EnhancedCode{4, 3, 2}, Message: "Too much mail is being read here now, please try again later"}

// do works in a slot; errBusy: none got free in time.
func (s *slots) do(ctx context.Context, work func()) error {
	s.once.Do(func() { s.free = make(chan struct{}, runtime.GOMAXPROCS(0)) })
	ctx, cancel := context.WithTimeout(ctx, slotPatience)
	defer cancel()
	select {
	case s.free <- struct{}{}:
	case <-ctx.Done():
		return errBusy
	}
	defer func() { <-s.free }()
	work()
	return nil
}

// parse takes a mail apart in a slot.
func (b *Inbox) parse(ctx context.Context, raw []byte) (in *Incoming, err error) {
	if busy := b.slots.do(ctx, func() { in, err = Parse(raw) }); busy != nil {
		return nil, busy
	}
	return in, err
}
