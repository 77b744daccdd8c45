package mail

import (
	"errors"
	"strings"
	"testing"

	"peergroups/forum"
)

// TestWhatRelaysSay: of what a relay answers nothing is kept or logged that tells whom the mail was for.
func TestWhatRelaysSay(t *testing.T) {
	t.Parallel()
	for said, want := range map[string]string{
		"SMTP error 450: <ann@members.example>: Recipient address rejected": "SMTP error 450: <…>: Recipient address rejected",
		"550 5.1.1 ann.b+c@members.example unknown":                         "550 5.1.1 … unknown",
		"dial tcp 127.0.0.1:25: connection refused":                         "dial tcp 127.0.0.1:25: connection refused",
	} {
		if got := shorten(errors.New(said)); got != want {
			t.Errorf("%q is kept as %q", said, got)
		}
	}
}

// TestOwnCircularTellsNoGroup: who was put out of a hidden group finds no name of it in the message that they got, whatever it
// is called by now.
func TestOwnCircularTellsNoGroup(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	ctx := t.Context()
	must := func(err error) {
		if t.Helper(); err != nil {
			t.Fatal(err)
		}
	}
	id, err := h.WriteCircular(ctx, h.Admin, forum.CircularDraft{Kind: "billing", Circle: forum.ToGroup, Group: h.group.ID, Subject: "s", Source: "x", Key: h.Key()})
	must(err)
	must(h.SendCircular(ctx, h.Admin, id, 1))
	what := forum.Mailing{Kind: "circular", Ref: id}
	if l, err := h.postman.Compose(ctx, what, h.ann.Member); err != nil || !strings.Contains(l.Text, h.group.Name) {
		t.Errorf("inside: %v %s", err, l.Text)
	}
	to, err := h.Claim(ctx, what, 10)
	must(err)
	var sent []forum.Outcome
	for _, r := range to {
		sent = append(sent, forum.Outcome{Member: r.Member, State: forum.Sent})
	}
	must(h.Delivered(ctx, what, sent))
	must(h.Remove(ctx, h.Admin, h.group.ID, h.ann.Member, "moves away"))
	if l, err := h.postman.Compose(ctx, what, h.ann.Member); err != nil || strings.Contains(l.Text+l.HTML+l.Subject, h.group.Name) {
		t.Errorf("outside: %v %s", err, l.Text)
	}
}
