package mail

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/emersion/go-msgauth/dkim"
)

// zone is a DNS of TXT records; "temporary" fails for now. It counts what it is asked.
type zone struct {
	txt   map[string]string
	asked *atomic.Int64
}

func (z zone) LookupTXT(ctx context.Context, name string) ([]string, error) {
	z.asked.Add(1)
	if err := ctx.Err(); err != nil {
		return nil, &net.DNSError{Err: err.Error(), Name: name, IsTimeout: true, IsTemporary: true}
	}
	record, ok := z.txt[strings.TrimSuffix(name, ".")]
	switch {
	case !ok:
		return nil, &net.DNSError{Err: "no such host", Name: name, IsNotFound: true}
	case record == "temporary":
		return nil, &net.DNSError{Err: "server failure", Name: name, IsTemporary: true}
	}
	return []string{record}, nil
}

func (z zone) LookupMX(context.Context, string) ([]*net.MX, error) {
	z.asked.Add(1)
	return []*net.MX{{Host: "mx.a.example."}}, nil
}

func (z zone) LookupIPAddr(context.Context, string) ([]net.IPAddr, error) {
	z.asked.Add(1)
	return []net.IPAddr{{IP: net.ParseIP("192.0.2.99")}}, nil
}

func (z zone) LookupAddr(context.Context, string) ([]string, error) {
	z.asked.Add(1)
	return nil, &net.DNSError{Err: "no such host", IsNotFound: true}
}

func newZone(t testing.TB) (zone, ed25519.PrivateKey) {
	t.Helper()
	public, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	record := "v=DKIM1; k=ed25519; p=" + base64.StdEncoding.EncodeToString(public)
	return zone{asked: &atomic.Int64{}, txt: map[string]string{
		"a.example": "v=spf1 ip4:192.0.2.7 -all", "evil.example": "v=spf1 ip4:192.0.2.66 -all", "mail.a.example": "v=spf1 ip4:192.0.2.8 -all",
		"s._domainkey.a.example": record, "s._domainkey.news.a.example": record, "s._domainkey.evil.example": record, "s._domainkey.strict.example": record,
		"s._domainkey.sub.strict.example": record, "s._domainkey.slow.example": "temporary", "s._domainkey.nopolicy.example": record,
		"_dmarc.a.example": "v=DMARC1; p=reject", "_dmarc.strict.example": "v=DMARC1; p=reject; adkim=s; aspf=s", "_dmarc.slow.example": "temporary",
		"_dmarc.broken.example": "v=DMARC1; p=whatever",
	}}, key
}

const words7 = "Subject: x\r\nTo: family@lists.example\r\nMessage-ID: <1@a.example>\r\n\r\nSeven words that nobody but Ann wrote.\r\n"

func signed(t testing.TB, key ed25519.PrivateKey, domain, raw string) string {
	t.Helper()
	var out bytes.Buffer
	if err := dkim.Sign(&out, strings.NewReader(raw), &dkim.SignOptions{Domain: domain, Selector: "s", Signer: key, HeaderCanonicalization: "relaxed", BodyCanonicalization: "relaxed",
		HeaderKeys: []string{"From", "From", "Subject", "To"}}); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestJudge(t *testing.T) {
	t.Parallel()
	z, key := newZone(t)
	mail := func(from string) string { return "From: " + from + "\r\n" + words7 }
	many := mail("ann@a.example")
	for range 8 {
		many = signed(t, key, "evil.example", many)
	}
	good := signed(t, key, "a.example", mail("ann@a.example"))
	for _, c := range []struct {
		name, ip, envelope, from, raw string
		want                          Verdict
	}{
		{"all well", "192.0.2.7", "ann@a.example", "ann@a.example", good, Verdict{true, false, "pass", "pass", "pass"}},
		{"SPF alone", "192.0.2.7", "ann@a.example", "Ann@A.example", mail("ann@a.example"), Verdict{true, false, "pass", "none", "pass"}},
		{"SPF of a part of the domain", "192.0.2.8", "b@mail.a.example", "ann@a.example", mail("ann@a.example"), Verdict{true, false, "pass", "none", "pass"}},
		{"forwarded, so DKIM alone", "192.0.2.50", "list@other.example", "ann@a.example", good, Verdict{true, false, "none", "pass", "pass"}},
		{"DKIM of a part of the domain", "192.0.2.50", "ann@a.example", "ann@a.example", signed(t, key, "news.a.example", mail("ann@a.example")), Verdict{true, false, "fail", "pass", "pass"}},
		{"nothing", "192.0.2.50", "ann@a.example", "ann@a.example", mail("ann@a.example"), Verdict{false, false, "fail", "none", "fail"}},
		{"another's server and signature", "192.0.2.66", "x@evil.example", "ann@a.example", signed(t, key, "evil.example", mail("ann@a.example")), Verdict{false, false, "pass", "pass", "fail"}},
		{"altered words", "192.0.2.50", "x@evil.example", "ann@a.example", strings.Replace(good, "Seven", "Eight", 1), Verdict{false, false, "fail", "fail", "fail"}},
		{"altered subject", "192.0.2.50", "x@evil.example", "ann@a.example", strings.Replace(good, "Subject: x", "Subject: y", 1), Verdict{false, false, "fail", "fail", "fail"}},
		{"another From above a signed one", "192.0.2.50", "x@evil.example", "ann@a.example", "From: ceo@a.example\r\n" + good, Verdict{false, false, "fail", "fail", "permerror"}},
		{"two Froms from the right server", "192.0.2.7", "ann@a.example", "ann@a.example", "from : x@evil.example\r\n" + mail("ann@a.example"), Verdict{false, false, "pass", "none", "permerror"}},
		{"the empty envelope sender", "192.0.2.66", "", "ann@a.example", mail("ann@a.example"), Verdict{false, false, "pass", "none", "fail"}},
		{"strict DKIM", "192.0.2.50", "", "ann@strict.example", signed(t, key, "strict.example", mail("ann@strict.example")), Verdict{true, false, "fail", "pass", "pass"}},
		{"strict DKIM by a part", "192.0.2.50", "", "ann@strict.example", signed(t, key, "sub.strict.example", mail("ann@strict.example")), Verdict{false, false, "fail", "pass", "fail"}},
		{"no policy, but signed", "192.0.2.50", "", "ann@nopolicy.example", signed(t, key, "nopolicy.example", mail("ann@nopolicy.example")), Verdict{true, false, "fail", "pass", "none"}},
		{"no policy", "192.0.2.50", "", "ann@b.example", mail("ann@b.example"), Verdict{false, false, "fail", "none", "none"}},
		{"the DNS is away", "192.0.2.50", "", "ann@slow.example", signed(t, key, "slow.example", mail("ann@slow.example")), Verdict{false, false, "fail", "temperror", "temperror"}},
		{"a broken policy", "192.0.2.50", "", "ann@broken.example", mail("ann@broken.example"), Verdict{false, false, "fail", "none", "permerror"}},
		{"too many signatures", "192.0.2.50", "", "ann@a.example", signed(t, key, "evil.example", many), Verdict{false, false, "fail", "pass", "fail"}},
		{"a public suffix signs for nobody", "192.0.2.50", "", "ann@a.co.uk", mail("ann@a.co.uk"), Verdict{false, false, "fail", "none", "none"}},
		{"no sender", "192.0.2.7", "ann@a.example", "", good, Verdict{false, false, "pass", "pass", "permerror"}},
	} {
		got := Judge(t.Context(), z, Envelope{Remote: net.ParseIP(c.ip), Helo: "evil.example", From: c.envelope}, c.from, []byte(c.raw))
		if got != c.want {
			t.Errorf("%s: %v %s, want %v %s", c.name, got.Aligned, got, c.want.Aligned, c.want)
		}
		if want := c.name == "the DNS is away"; got.Temporary() != want {
			t.Errorf("%s: temporary %v", c.name, got.Temporary())
		}
	}
}

func TestJudgeIsBounded(t *testing.T) {
	t.Parallel()
	z, key := newZone(t)
	raw := "From: ann@a.example\r\n" + words7
	for range 50 {
		raw = signed(t, key, "evil.example", raw)
	}
	z.txt["loop.example"] = "v=spf1 mx a mx a exists:x.example include:loop.example -all"
	before := z.asked.Load()
	Judge(t.Context(), z, Envelope{Remote: net.ParseIP("192.0.2.1"), Helo: "h.example", From: "x@loop.example"}, "ann@a.example", []byte(raw))
	if n := z.asked.Load() - before; n > maxLookups {
		t.Errorf("%d lookups", n)
	}
	b := &bounded{Resolver: z, left: 1}
	if _, err := b.LookupTXT(t.Context(), "a.example"); err != nil {
		t.Error(err)
	}
	_, mx := b.LookupMX(t.Context(), "a.example")
	_, ip := b.LookupIPAddr(t.Context(), "a.example")
	_, addr := b.LookupAddr(t.Context(), "192.0.2.1")
	if mx == nil || ip == nil || addr == nil {
		t.Error("lookups without end")
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	<-ctx.Done()
	if v := Judge(ctx, z, Envelope{Remote: net.ParseIP("192.0.2.7"), Helo: "h.example", From: "ann@a.example"}, "ann@a.example", []byte(raw)); v.Aligned || !v.Temporary() {
		t.Errorf("after its time: %v %s", v.Aligned, v)
	}
}

// wasteful answers as somebody does who wants to use up all our lookups.
type wasteful struct{ zone }

func (w wasteful) LookupMX(context.Context, string) ([]*net.MX, error) {
	w.asked.Add(1)
	var all []*net.MX
	for i := range 9 {
		all = append(all, &net.MX{Host: fmt.Sprintf("mx%d.evil.example.", i)})
	}
	return all, nil
}

// TestWastefulSenders: the record of a domain that the sender chose leaves enough lookups to
// learn that the domain in From disowns the mail.
func TestWastefulSenders(t *testing.T) {
	t.Parallel()
	z, _ := newZone(t)
	z.txt["wasteful.example"] = "v=spf1 mx:1.evil.example mx:2.evil.example mx:3.evil.example mx:4.evil.example mx:5.evil.example -all"
	got := Judge(t.Context(), wasteful{z}, Envelope{Remote: net.ParseIP("192.0.2.1"), Helo: "h.example", From: "x@wasteful.example"}, "ann@a.example", []byte("From: ann@a.example\r\n"+words7))
	if got.Aligned || got.SPF != "temperror" || got.DMARC != "fail" {
		t.Errorf("%v %s", got.Aligned, got)
	}
}
