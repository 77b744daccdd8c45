package mail

import (
	"strings"
	"testing"
	"time"

	"peergroups/forum"
)

// sent hands a list mail to ann over, and gives its return address's token.
func (h *house) sent(t testing.TB) string {
	t.Helper()
	must := func(err error) {
		if t.Helper(); err != nil {
			t.Fatal(err)
		}
	}
	must(h.Subscribe(t.Context(), h.ann, h.board.ID, forum.Each))
	topic, err := h.StartTopic(t.Context(), h.Admin, h.board.ID, forum.Draft{Title: "T", Source: "x", Key: h.Key()})
	must(err)
	p, err := h.ReadTopic(t.Context(), h.Admin, topic.ID, 0)
	must(err)
	what := forum.Mailing{Kind: "post", Ref: int64(p.Posts[0].ID)}
	must(h.QueuePost(t.Context(), p.Posts[0].ID))
	to, err := h.Claim(t.Context(), what, 10)
	must(err)
	for _, r := range to {
		must(h.Delivered(t.Context(), what, []forum.Outcome{{Member: r.Member, State: forum.Sent}}))
	}
	return h.BounceToken(what, h.ann.Member)
}

// TestReturned: what of mail that comes back is taken, refused and counted.
func TestReturned(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	paused := func() bool {
		p, err := h.ReadMailPause(t.Context(), h.ann)
		if err != nil {
			t.Fatal(err)
		}
		return p.Since != 0
	}
	take := func(what, from, to, name, token, want string, pauses bool) {
		t.Helper()
		e := Envelope{From: from, To: []string{to}}
		got := code(t, h.Rcpt(t.Context(), e))
		if got == "" {
			got = code(t, h.Data(t.Context(), e, bounced(t, name, token)))
		}
		if got != want || paused() != pauses {
			t.Errorf("%s: answered %q, paused %v", what, got, paused())
		}
		if err := h.ResumeMail(t.Context(), h.ann); pauses && err != nil {
			t.Fatal(err)
		}
		h.Pass(time.Second)
	}
	const forged = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	hard := "postfix-unknown-user"
	back := func(token string) string { return "bounce+" + token + "@forum.example" }
	take("a forged address", "", back(forged), hard, forged, "550 5.1.1", false)
	take("no token", "", back(""), hard, forged, "550 5.1.1", false)
	token := h.sent(t)
	take("the first bounce", "", back(token), hard, token, "", false)
	h.Pass(24 * time.Hour)
	take("the same again", "", back(token), hard, token, "", false)
	second := h.sent(t)
	take("one with a sender", "ann@members.example", back(second), hard, second, "", false)
	take("a holiday with a sender", "ann@members.example", back(second), "vacation-disguised", second, "", false)
	take("a holiday", "", back(second), "vacation-disguised", second, "", false)
	take("in capitals", "", strings.ToUpper(back(second)), hard, second, "", true)
	take("a complaint to abuse@", "feedback@isp.example", "abuse@forum.example", "arf-abuse", h.sent(t), "", true)
	take("one that names it in the mail", "feedback@isp.example", "abuse@forum.example", "arf-return-path", h.sent(t), "", true)
	third := h.sent(t)
	take("one to the return address", "feedback@isp.example", back(third), "arf-redacted", third, "", true)
	take("the same complaint again", "feedback@isp.example", back(third), "arf-redacted", third, "", false)
	take("a complaint that names nothing", "feedback@isp.example", "abuse@forum.example", "arf-redacted", third, "", false)
	take("a forged complaint", "feedback@isp.example", "abuse@forum.example", "arf-abuse", forged, "", false)
	take("no complaint", "feedback@isp.example", "abuse@forum.example", "arf-not-spam", h.sent(t), "", false)
	take("a bounce to abuse@", "", "abuse@forum.example", hard, h.sent(t), "", false)
	fourth := h.sent(t)
	h.Pass(16 * 24 * time.Hour)
	take("too old", "", back(fourth), "arf-redacted", fourth, "550 5.1.1", false)
	take("too old a complaint", "feedback@isp.example", "abuse@forum.example", "arf-abuse", fourth, "", false)
	if got := h.titles(t); len(got) != 8 || !strings.HasPrefix(got[0], "T (1)") {
		t.Errorf("the board holds %q", got)
	}
}
