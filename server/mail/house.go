package mail

import (
	"context"
	"errors"
	"slices"
	"strings"

	"peergroups/forum"
)

// isHouse tells whether an address is one of the house, which goes to people.
func isHouse(to string) bool { return slices.Contains(forum.HouseAddresses, localOf(to)) }

// toHouse gives which address of the house is among those of an envelope; "": none.
func toHouse(to []string) string {
	if i := slices.IndexFunc(to, isHouse); i >= 0 {
		return localOf(to[i])
	}
	return ""
}

// house keeps a mail to an address of the house, but what of it is no administrator's to read, from whomever, also a machine, and whether it can be read or not: it is refused
// to nobody. What we sent ourselves and comes round is dropped.
func (b *Inbox) house(ctx context.Context, e Envelope, address string, raw []byte) error {
	in, err := b.parse(ctx, raw)
	if errors.Is(err, errBusy) {
		return err
	}
	from := ""
	if in != nil {
		from = in.From
	}
	judging, cancel := context.WithTimeout(ctx, judgeTimeout)
	v := b.Judge(judging, e, from, raw)
	cancel()
	if in != nil && (b.listed(in) || strings.EqualFold(from, "no-reply@"+b.Domain)) {
		return b.Forum.Arrived(ctx, forum.Arrival{MessageID: in.MessageID, Fate: forum.FateLoop, Verdict: v.String()})
	}
	var kept []byte
	if err := b.slots.do(ctx, func() { kept = b.withheld(raw, e.From == "") }); err != nil {
		return err
	}
	came := forum.Incoming{Raw: kept, Verdict: v.String(), Why: forum.Unproved}
	var by forum.Actor
	if v.Aligned && from != "" {
		if by, err = b.Forum.MemberByAddress(ctx, from); err != nil {
			return err
		}
		came.Why = ""
	}
	return b.Forum.HouseMail(ctx, by, address, came)
}

// Skim reads a mail, or its beginning, as people look at it before they trust it: words alone. "": that cannot be read.
func Skim(raw []byte) (from, subject, words string) {
	in, err := Parse(raw)
	if in == nil {
		return "", "", ""
	}
	if from = in.From; in.FromName != "" {
		from = in.FromName + " <" + in.From + ">"
	}
	if err == nil {
		words = strings.TrimSpace(in.Text + "\n\n" + in.Trimmed)
	}
	return from, in.Subject, words
}
