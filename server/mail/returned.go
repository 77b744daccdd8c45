package mail

import (
	"context"
	"regexp"
	"slices"
	"strings"

	"peergroups/forum"
)

// mostReturned is how many mails of ours one that comes back can be about.
const mostReturned = 5

// returned takes what comes back of our mails: bounces, which have no sender, to the return address of one; and complaints,
// also to abuse@, which then name it in what they enclose, or are for people to read. Nothing of it is answered or posted. Who has a return address
// has seen the mail: that it is ours, of whom and not too old, the forum asks. done: it was that.
func (b *Inbox) returned(ctx context.Context, e Envelope, raw []byte) (done bool, err error) {
	var tokens []string
	abuse := false
	for _, to := range e.To {
		local := localOf(to)
		if token, ok := strings.CutPrefix(local, "bounce+"); ok {
			tokens = append(tokens, token)
		}
		abuse = abuse || local == "abuse"
	}
	if len(tokens) == 0 && !abuse {
		return false, nil
	}
	var is forum.Bounce
	if err := b.slots.do(ctx, func() { is = ReadBounce(raw) }); err != nil {
		return true, err
	}
	switch complaint := is.Return == forum.Complaint; {
	case !complaint && (e.From != "" || len(tokens) == 0):
		return false, nil
	case complaint && len(tokens) == 0:
		tokens = b.named(raw)
	}
	done = !abuse
	b.Log.Info("mail came back", "what", is.Return.String(), "status", is.Status)
	for _, token := range tokens[:min(len(tokens), mostReturned)] {
		err := b.Forum.TakeReturn(ctx, token, is)
		if err != nil && forum.KindOf(err) != forum.NotFound {
			return true, err
		}
		done = done || err == nil
	}
	return done, nil
}

// inReport finds return addresses in what a complaint encloses.
var inReport = regexp.MustCompile(`(?i)\bbounce\+([a-z2-7]{56})@([a-z0-9.-]+)`)

// named gives the mails of ours that a complaint is about.
func (b *Inbox) named(raw []byte) (tokens []string) {
	for _, m := range inReport.FindAllSubmatch(raw[:min(len(raw), maxBack)], 4*mostReturned) {
		if token := strings.ToLower(string(m[1])); strings.EqualFold(string(m[2]), b.Domain) && !slices.Contains(tokens, token) {
			tokens = append(tokens, token)
		}
	}
	return tokens
}
