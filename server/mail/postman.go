package mail

import (
	"context"
	"errors"
	"log/slog"
	"net/url"
	"regexp"
	"sync"
	"time"

	"peergroups/forum"
	"peergroups/server/text"
)

// Postman composes mails and hands them to the relay. What a mail says is made when it is
// sent or looked at, by its reader's rights at that moment; the store keeps ids only.
type Postman struct {
	Forum   *forum.Forum
	Relay   *Relay // nil: mail is kept, to be read in the outbox
	Words   *text.Catalogue
	Base    *url.URL // BASE_URL: every link is made of it
	Domain  string   // of our addresses
	Now     func() time.Time
	Log     *slog.Logger
	Signers []*Signer // none: mail is not signed

	under sync.Map    // forum.Mailing that is being delivered
	known forum.Known // of digests
}

const kept = 200 // deliveries claimed in one commit where there is no relay

// Deliver hands over all waiting deliveries of a mailing. No more are claimed than there are
// connections free to carry them: those who may not read it any more are left out by the
// claim, right before, and no more are uncertain when the process dies.
func (p *Postman) Deliver(ctx context.Context, what forum.Mailing) error {
	p.under.Store(what, true)
	defer p.under.Delete(what)
	errs := make([]error, 2) // while one hands over, the other claims and writes down
	var wg sync.WaitGroup
	for i := range errs {
		wg.Go(func() {
			compose := p.fresh(what)
			for n := 1; n > 0 && errs[i] == nil; {
				if n, errs[i] = p.some(ctx, what, compose); errs[i] == nil {
					errs[i] = ctx.Err()
				}
			}
		})
	}
	wg.Wait()
	return errors.Join(errs...)
}

// Retry delivers what waits of a mailing, unless somebody is at it: two would only split the
// connections between them.
func (p *Postman) Retry(ctx context.Context, what forum.Mailing) error {
	if _, under := p.under.Load(what); under {
		return nil
	}
	return p.Deliver(ctx, what)
}

// some claims what the free connections carry and hands it over. What became of it is
// written down even when we are told to stop.
func (p *Postman) some(ctx context.Context, what forum.Mailing, compose func(context.Context) (composer, error)) (n int, err error) {
	lines := kept
	if p.Relay != nil {
		if lines, err = p.Relay.Reserve(ctx); err != nil {
			return 0, err
		}
		defer func() { p.Relay.Release(lines) }()
	}
	got, err := p.Forum.Claim(ctx, what, lines)
	if err != nil || len(got) == 0 {
		return 0, err
	}
	if p.Relay != nil { // the rest is for other mailings
		p.Relay.Release(lines - len(got))
		lines = len(got)
	}
	return len(got), p.Forum.Delivered(context.WithoutCancel(ctx), what, p.handOver(ctx, what, got, compose))
}

// fresh gives the composer of a mailing, made anew each second: what it writes may be changed
// or taken back while many mails go out.
func (p *Postman) fresh(what forum.Mailing) func(context.Context) (composer, error) {
	var last composer
	var made time.Time
	return func(ctx context.Context) (composer, error) {
		if last != nil && p.Now().Sub(made) < time.Second {
			return last, nil
		}
		var err error
		last, err = p.composer(ctx, what)
		made = p.Now()
		return last, err
	}
}

func (p *Postman) handOver(ctx context.Context, what forum.Mailing, to []forum.Recipient, fresh func(context.Context) (composer, error)) []forum.Outcome {
	out := make([]forum.Outcome, len(to))
	compose, err := fresh(ctx)
	if err != nil {
		for i := range to {
			out[i] = p.outcome(to[i].Member, err)
		}
		return out
	}
	var wg sync.WaitGroup
	for i := range to {
		wg.Go(func() {
			out[i] = p.outcome(to[i].Member, p.one(ctx, what, compose, to[i]))
			if p.Relay == nil && out[i].State == forum.Sent {
				out[i].State = forum.Kept
			}
		})
	}
	wg.Wait()
	return out
}

// one composes and hands over a single mail. Without a relay it is only composed, which
// shows that it can be. A relay that is slow to take the envelope does not get the text on
// old rights: when half a second has passed they are asked once more, and the mail is composed once more.
func (p *Postman) one(ctx context.Context, what forum.Mailing, compose composer, to forum.Recipient) error {
	began := p.Now()
	if p.Relay != nil {
		if err := p.Relay.Held(to.Email); err != nil {
			return err
		}
	}
	l, err := compose(ctx, to)
	if err != nil {
		return err
	}
	raw, err := Build(l)
	if err != nil || p.Relay == nil {
		return err
	}
	if raw, err = Sign(raw, p.Signers...); err != nil {
		return err
	}
	return p.Relay.SendIf(ctx, "bounce+"+p.Forum.BounceToken(what, to.Member)+"@"+p.Domain, to.Email, raw, func(ctx context.Context) error {
		if p.Now().Sub(began) < time.Second/2 {
			return nil
		}
		if err := p.Forum.StillRecipient(ctx, what, to.Member); err != nil {
			return err
		}
		anew, err := p.composer(ctx, what) // the other may keep what it read
		if err != nil {
			return err
		}
		again, err := anew(ctx, to)
		if err == nil && !again.says(&l) {
			err = errChanged
		}
		return err
	})
}

// errChanged is why a mail is not handed over as it is: what its recipient may read of it is something else by now.
var errChanged = errors.New("it says something else by now")

func (p *Postman) outcome(m forum.MemberID, err error) forum.Outcome {
	var much tooMuch
	switch {
	case err == nil:
		return forum.Outcome{Member: m, State: forum.Sent}
	case forum.KindOf(err) == forum.NotFound:
		return forum.Outcome{Member: m, State: forum.Withheld}
	case errors.Is(err, ErrUnsure):
		return forum.Outcome{Member: m, State: forum.Unsure, Trouble: shorten(err)}
	case Permanent(err):
		return forum.Outcome{Member: m, State: forum.Failed, Trouble: shorten(err), Bounce: ofAddress(err)}
	case errors.As(err, &much):
		return forum.Outcome{Member: m, State: forum.Waiting, Trouble: shorten(err), Later: much.wait}
	default:
		p.Log.Warn("mail not handed over", "err", shorten(err))
		return forum.Outcome{Member: m, State: forum.Waiting, Trouble: shorten(err), Bounce: ofAddress(err)}
	}
}

// addressed finds addresses in what a relay says: whom a mail was for is nothing for the log, nor for those who look for a fault.
var addressed = regexp.MustCompile(`[^\s<>"']+@[^\s<>"']+`)

// shorten gives what went wrong in some words, without an address.
func shorten(err error) string {
	s := []rune(addressed.ReplaceAllString(err.Error(), "…"))
	return string(s[:min(len(s), 200)])
}
