package mail

import (
	"context"
	"log/slog"
	"net/url"
	"sync"
	"time"

	"peergroups/forum"
	"peergroups/server/text"
)

// Postman composes mails and hands them to the relay. What a mail says is made when it is
// sent or looked at, by its reader's rights at that moment; the store keeps ids only.
type Postman struct {
	Forum  *forum.Forum
	Relay  *Relay // nil: mail is kept, to be read in the outbox
	Words  *text.Catalogue
	Base   *url.URL // BASE_URL: every link is made of it
	Domain string   // of our addresses
	Now    func() time.Time
	Log    *slog.Logger
	Signer *Signer // nil: mail is not signed
}

const (
	batch   = 200 // deliveries claimed in one commit, and so uncertain when the process dies
	senders = 8   // of them handed over at once
)

// Deliver hands over all waiting deliveries of a mailing: those who may not read it any
// more are left out by the claim, right before.
func (p *Postman) Deliver(ctx context.Context, what forum.Mailing) error {
	for ctx.Err() == nil {
		got, err := p.Forum.Claim(ctx, what, batch)
		if err != nil || len(got) == 0 {
			return err
		}
		done := p.handOver(ctx, what, got)
		// What became of the batch is written down even when we are told to stop.
		if err := p.Forum.Delivered(context.WithoutCancel(ctx), what, done); err != nil {
			return err
		}
	}
	return ctx.Err()
}

func (p *Postman) handOver(ctx context.Context, what forum.Mailing, to []forum.Recipient) []forum.Outcome {
	out := make([]forum.Outcome, len(to))
	compose, err := p.composer(ctx, what)
	if err != nil {
		for i := range to {
			out[i] = p.outcome(to[i].Member, err)
		}
		return out
	}
	next := make(chan int)
	var wg sync.WaitGroup
	for range min(senders, len(to)) {
		wg.Go(func() {
			for i := range next {
				out[i] = p.outcome(to[i].Member, p.one(ctx, compose, to[i]))
				if p.Relay == nil && out[i].State == forum.Sent {
					out[i].State = forum.Kept
				}
			}
		})
	}
	for i := range to {
		next <- i
	}
	close(next)
	wg.Wait()
	return out
}

// one composes and hands over a single mail. Without a relay it is only composed, which
// shows that it can be.
func (p *Postman) one(ctx context.Context, compose composer, to forum.Recipient) error {
	l, err := compose(ctx, to)
	if err != nil {
		return err
	}
	raw, err := Build(l)
	if err != nil || p.Relay == nil {
		return err
	}
	if p.Signer != nil {
		if raw, err = Sign(raw, p.Signer); err != nil {
			return err
		}
	}
	return p.Relay.Send(ctx, "bounce+"+p.Forum.BounceToken(to.Member)+"@"+p.Domain, to.Email, raw)
}

func (p *Postman) outcome(m forum.MemberID, err error) forum.Outcome {
	switch {
	case err == nil:
		return forum.Outcome{Member: m, State: forum.Sent}
	case forum.KindOf(err) == forum.NotFound:
		return forum.Outcome{Member: m, State: forum.Withheld}
	case Permanent(err):
		return forum.Outcome{Member: m, State: forum.Failed, Trouble: shorten(err)}
	default:
		p.Log.Warn("mail not handed over", "err", shorten(err))
		return forum.Outcome{Member: m, State: forum.Waiting, Trouble: shorten(err)}
	}
}

func shorten(err error) string {
	s := []rune(err.Error())
	return string(s[:min(len(s), 200)])
}
