package mail

import (
	"bytes"
	"strings"
	"testing"

	"peergroups/forum"
)

// TestMailToTheHouse: postmaster@ and abuse@ take mail from anybody, of any kind, and keep it for administrators; nothing of it is
// posted or answered, and what else the mail is for goes its way.
func TestMailToTheHouse(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	kept := 0
	take := func(what string, v Verdict, from string, raw []byte, adds int, to ...string) *forum.ArrivalRow {
		t.Helper()
		h.verdict = v
		e := Envelope{From: from, To: to}
		for i := range to {
			if err := h.Rcpt(t.Context(), Envelope{From: from, To: to[:i+1]}); err != nil {
				t.Errorf("%s: %s is refused: %v", what, to[i], err)
			}
		}
		if got := code(t, h.Data(t.Context(), e, raw)); got != "" {
			t.Errorf("%s: answered %q", what, got)
		}
		all, err := h.HouseMails(t.Context(), h.Admin, 0, 100)
		if kept += adds; err != nil || len(all) != kept {
			t.Fatalf("%s: %d are kept, want %d: %v", what, len(all), kept, err)
		}
		return &all[0]
	}
	good, bad := Verdict{Aligned: true, SPF: "pass", DKIM: "pass", DMARC: "pass"}, Verdict{SPF: "fail", DMARC: "fail"}
	own := func() int {
		all, err := h.Arrivals(t.Context(), h.ann, 0, 100)
		if err != nil {
			t.Fatal(err)
		}
		return len(all)
	}
	if a := take("of a member", good, "ann@members.example", message("To: <postmaster@forum.example>"), 1, "Postmaster@forum.example"); a.Why != "postmaster" || own() != 1 {
		t.Errorf("%+v, %d of ann", a, own())
	}
	if take("in a member's name", bad, "eve@evil.example", message("Message-ID: <2@x.example>"), 1, "abuse@forum.example"); own() != 1 {
		t.Error("a forged mail is put to her name")
	}
	take("the same again", bad, "eve@evil.example", message("Message-ID: <2@x.example>"), 0, "abuse@forum.example")
	take("of a stranger", good, "eve@elsewhere.example", message("From: <eve@elsewhere.example>"), 1, "abuse@forum.example")
	take("without an id", bad, "x@x.example", message("-Message-ID:"), 1, "abuse@forum.example")
	take("without a text", bad, "x@x.example", message("Message-ID: <3@x.example>", "\n"), 1, "postmaster@forum.example")
	take("of a machine", bad, "x@x.example", message("Message-ID: <4@x.example>", "Auto-Submitted: auto-generated"), 1, "postmaster@forum.example")
	take("nonsense", bad, "x@x.example", []byte("\x00\xff"), 1, "postmaster@forum.example")
	take("a bounce", bad, "", bounced(t, "postfix-unknown-user", "x"), 1, "postmaster@forum.example")
	take("a complaint that names nothing", bad, "feedback@isp.example", bounced(t, "arf-redacted", "x"), 1, "abuse@forum.example")
	take("a complaint of a mail of ours", good, "feedback@isp.example", bounced(t, "arf-abuse", h.sent(t)), 0, "abuse@forum.example")
	take("list mail of others", bad, "x@x.example", message("Message-ID: <9@x.example>", "List-Id: <talk.lists.example>", "List-Post: <mailto:talk@lists.example>"), 1, "abuse@forum.example")
	take("our own list mail", good, "x@x.example", message("Message-ID: <5@x.example>", "List-Id: <family.forum.example>"), 0, "abuse@forum.example")
	take("our own note", good, "x@x.example", message("Message-ID: <6@x.example>", "From: <no-reply@forum.example>"), 0, "abuse@forum.example")
	h.verdict = good
	before := len(h.titles(t))
	take("to a list too", good, "ann@members.example", message("Message-ID: <7@members.example>"), 1, "abuse@forum.example", "family@forum.example")
	if got := h.titles(t); len(got) != before+1 || !strings.HasPrefix(got[0], "Subject (1)") {
		t.Errorf("the board holds %q", got)
	}
	if n := len(h.answers(t)); n != 0 {
		t.Errorf("%d answers go out", n)
	}

	for who, want := range map[forum.MemberID]forum.Kind{h.Admin.Member: 0, h.ann.Member: forum.NotFound} {
		l, err := h.postman.Compose(t.Context(), forum.Mailing{Kind: "note.house-mail", Ref: 1}, who)
		if want == 0 && (err != nil || !strings.Contains(l.Text, "https://forum.example/staff/mail")) || want != 0 && forum.KindOf(err) != want {
			t.Errorf("the note to %d: %v %s", who, err, l.Text)
		}
	}

	a := take("shown", good, "ann@members.example", message("Message-ID: <8@members.example>", "From: Ann\u202e <ann@members.example>", "\nSeen this?\n\n> the quoted words\n"), 1, "abuse@forum.example")
	_, raw, err := h.ReadHouseMail(t.Context(), h.Admin, a.ID)
	if err != nil {
		t.Fatal(err)
	}
	if from, subject, words := Skim(raw); !strings.Contains(words, "Seen this?") || !strings.Contains(words, "the quoted words") || subject != "Subject" || !strings.HasSuffix(from, "<ann@members.example>") || strings.Contains(from, "\u202e") {
		t.Errorf("shown as %s, %s: %s", from, subject, words)
	}
	for _, nonsense := range [][]byte{[]byte("\x00"), bytes.Repeat([]byte("x"), 100)} {
		if from, subject, words := Skim(nonsense); from+subject+words != "" {
			t.Errorf("nonsense is shown as %s, %s: %s", from, subject, words)
		}
	}
}

// answers gives the mails that wait for somebody who is no administrator.
func (h *house) answers(t *testing.T) (kinds []string) {
	t.Helper()
	if err := h.Store.Reader().NewRaw("SELECT kind FROM deliveries WHERE kind <> 'post' AND queued_at > 0 AND NOT EXISTS (SELECT 1 FROM grants g WHERE g.member_id = deliveries.member_id) AND kind <> 'note.certified' AND kind <> 'note.confirm-address' AND kind <> 'note.invited'").Scan(t.Context(), &kinds); err != nil {
		t.Fatal(err)
	}
	return kinds
}
