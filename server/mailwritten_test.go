package main

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/emersion/go-msgauth/dkim"
	"github.com/emersion/go-smtp"

	"peergroups/forum"
)

// TestSentOnToOtherAddresses: whoever got a signed mail sends it on to what addresses they like. It does only what it was written
// for: a list that it names speaks for no reply address and not for the privacy address.
func TestSentOnToOtherAddresses(t *testing.T) {
	t.Parallel()
	w := begin(t, "sqlite", nil)
	const otto, inner, open = "otto@members.example", "talk.inner@forum.example", "talk.open@forum.example"
	member := w.members("otto")["otto"]
	topic, token := w.reply(member)
	g, _, _ := w.group("open", forum.PublicToRead)
	w.enter(g, w.admin, member)
	public, key, err := ed25519.GenerateKey(rand.Reader)
	w.must(err)
	w.dns.set("s._domainkey.members.example", "v=DKIM1; k=ed25519; p="+base64.StdEncoding.EncodeToString(public))
	w.dns.set("members.example", "v=spf1 ip4:192.0.2.1 -all")
	w.dns.set("_dmarc.members.example", "v=DMARC1; p=reject")
	mail := func(id, to string) string {
		raw := "From: <" + otto + ">\nTo: <eve@evil.example>\nCc: <" + to + ">\nMessage-ID: <" + id + "@x.example>\nSubject: Stop\n\nStop the sale, our client is broke.\n"
		var out bytes.Buffer
		w.must(dkim.Sign(&out, strings.NewReader(strings.ReplaceAll(raw, "\n", "\r\n")), &dkim.SignOptions{Domain: "members.example", Selector: "s", Signer: key, HeaderKeys: []string{"From", "To", "Cc", "Subject", "Message-ID"},
			HeaderCanonicalization: "relaxed", BodyCanonicalization: "relaxed"}))
		return strings.ReplaceAll(out.String(), "\r\n", "\n")
	}
	for _, c := range []struct {
		what, raw       string
		to              []string
		code            int
		answers, topics int // so many more in the topic that was not answered, and on boards
		drafts          int
	}{
		{"to a reply address beside a list", mail("1", inner), []string{token, inner}, 250, 0, 1, 0},
		{"to one of another group", mail("2", open), []string{token, open}, 250, 0, 1, 0},
		{"to a reply address alone", mail("3", inner), []string{token}, 250, 0, 0, 1},
		{"to one that it names as resent", "Resent-To: <" + token + ">\n" + mail("4", inner), []string{token}, 250, 0, 0, 1},
		{"beside an address of the house", mail("5", "abuse@forum.example"), []string{token, "abuse@forum.example"}, 250, 0, 0, 1},
		{"to the privacy address beside a list", mail("6", open), []string{"privacy@forum.example", open}, 250, 0, 1, 0},
		{"to the privacy address alone", mail("7", open), []string{"privacy@forum.example"}, 550, 0, 0, 0},
		{"as it was written", mail("8", token), []string{token}, 250, 1, 0, 0},
	} {
		count := func() (answers, topics, drafts int) {
			p, err := w.forum.ReadTopic(t.Context(), w.admin, topic, 0)
			w.must(err)
			for _, group := range []string{"inner", "open"} {
				b, err := w.forum.ReadBoard(t.Context(), w.admin, group, "talk", forum.TopicCursor{})
				w.must(err)
				topics += len(b.Topics)
			}
			d, err := w.forum.Drafts(t.Context(), member)
			w.must(err)
			return len(p.Posts), topics, len(d)
		}
		a, b, d := count()
		got := said(w.deliver("eve@evil.example", c.to, c.raw))
		a2, b2, d2 := count()
		if !strings.HasPrefix(got, fmt.Sprint(c.code)) || a2-a != c.answers || b2-b != c.topics || d2-d != c.drafts {
			t.Errorf("%s: answered %q, %d answers, %d topics, %d drafts more", c.what, got, a2-a, b2-b, d2-d)
		}
	}
	if o, err := w.forum.ReadOptOuts(t.Context(), member); err != nil || len(o) != 0 {
		t.Errorf("opted out of %v by a mail to a list: %v", o, err)
	}
}

// said is an answer of SMTP.
func said(err error) string {
	var a *smtp.SMTPError
	switch {
	case err == nil:
		return "250"
	case errors.As(err, &a):
		return fmt.Sprintf("%d %v %s", a.Code, a.EnhancedCode, a.Message)
	}
	return err.Error()
}

// TestReplyAnswersTellNothing: who holds another's reply address and proves nothing learns from no answer whose it is, whether they
// belong there still, or whether the post does.
func TestReplyAnswersTellNothing(t *testing.T) {
	t.Parallel()
	w := begin(t, "sqlite", nil)
	people := w.members("otto", "olga")
	topic, token := w.reply(people["otto"])
	p, err := w.forum.ReadTopic(t.Context(), w.admin, topic, 0)
	w.must(err)
	n := 0
	told := func(when, want string) {
		t.Helper()
		for _, from := range []string{"otto@members.example", "olga@members.example", "none@members.example"} {
			n++
			if got := said(w.deliver("eve@evil.example", []string{token}, fmt.Sprintf("From: <%s>\nTo: <%s>\nMessage-ID: <%d@e>\nSubject: x\n\nhi\n", from, token, n))); !strings.HasPrefix(got, want) {
				t.Errorf("%s, in the name of %s: %q", when, from, got)
			}
		}
	}
	ways := func(when string) {
		w.dns.set("_dmarc.members.example", "none")
		w.dns.set("members.example", "v=spf1 ip4:192.0.2.1 ~all")
		w.dns.set("evil.example", "none")
		told(when, "250")
		w.dns.set("evil.example", "")
		told(when+", while the sender's domain is away", "451")
		w.dns.set("evil.example", "none")
		w.dns.set("_dmarc.members.example", "v=DMARC1; p=none")
		told(when+", disowned", "550")
	}
	ways("as it is")
	if d, err := w.forum.Drafts(t.Context(), people["otto"]); err != nil || len(d) != 1 {
		t.Errorf("otto is asked about %d, %v", len(d), err)
	}
	w.must(w.forum.Leave(t.Context(), people["otto"], p.Group.ID))
	ways("after leaving")
	w.must(w.forum.Invite(t.Context(), w.admin, p.Group.ID, people["otto"].Member))
	w.must(w.forum.Join(t.Context(), people["otto"], p.Group.ID))
	w.must(w.forum.TakeBack(t.Context(), w.admin, p.Posts[0].ID))
	ways("after the post was taken back")
}

// TestPrivacyMailSentOn: a signature that leaves out to whom a mail was written proves nothing to the privacy address, nor to that of a request: whoever
// got the mail can have written it there.
func TestPrivacyMailSentOn(t *testing.T) {
	t.Parallel()
	w := begin(t, "sqlite", nil)
	const otto = "otto@members.example"
	member := w.members("otto")["otto"]
	public, key, err := ed25519.GenerateKey(rand.Reader)
	w.must(err)
	w.dns.set("s._domainkey.members.example", "v=DKIM1; k=ed25519; p="+base64.StdEncoding.EncodeToString(public))
	w.dns.set("members.example", "v=spf1 ip4:192.0.2.1 -all")
	w.dns.set("_dmarc.members.example", "v=DMARC1; p=reject")
	asked, err := w.forum.AskRequest(t.Context(), member, "home", forum.RequestDraft{Kind: "access", Words: "All that you hold.", Key: "k"})
	w.must(err)
	for i, to := range []string{"privacy@forum.example", "privacy@forum.example", "request+" + w.forum.RequestAddress(asked) + "@forum.example"} {
		for _, signed := range [][]string{{"From", "Subject", "Message-ID"}, {"From", "To", "Subject", "Message-ID"}} {
			raw := fmt.Sprintf("From: <%s>\nTo: <%s>\nMessage-ID: <%d-%d@x.example>\nSubject: %s\n\nOur client is broke.\n", otto, to, i, len(signed), []string{"Our lunch", "Stop", "Re: it"}[i])
			var out bytes.Buffer
			w.must(dkim.Sign(&out, strings.NewReader(strings.ReplaceAll(raw, "\n", "\r\n")), &dkim.SignOptions{Domain: "members.example", Selector: "s", Signer: key, HeaderKeys: signed, HeaderCanonicalization: "relaxed", BodyCanonicalization: "relaxed"}))
			before := w.privacyOf(member)
			got := said(w.deliver("eve@evil.example", []string{to}, strings.ReplaceAll(out.String(), "\r\n", "\n")))
			if changed := w.privacyOf(member) != before; changed != (len(signed) == 4) {
				t.Errorf("%s, signed %v: answered %q, does it: %t", to, signed, got, changed)
			}
		}
	}
}

// privacyOf is what somebody asked and opted out of.
func (w *world) privacyOf(a forum.Actor) string {
	w.t.Helper()
	var n []int
	w.must(w.store.Reader().NewRaw("SELECT (SELECT count(*) FROM requests WHERE member_id = ?0) + (SELECT count(*) FROM opt_outs WHERE member_id = ?0) + (SELECT count(*) FROM request_words)", a.Member).Scan(w.t.Context(), &n))
	return fmt.Sprint(n)
}
