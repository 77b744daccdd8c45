package mail

import (
	"bytes"
	"context"
	"errors"
	"net"
	"net/textproto"
	"strings"
	"sync"

	"blitiri.com.ar/go/spf"
	"github.com/emersion/go-msgauth/dkim"
	"github.com/emersion/go-msgauth/dmarc"
	"golang.org/x/net/publicsuffix"
)

// Resolver is what Judge asks of the DNS; *net.Resolver is one.
type Resolver interface {
	LookupTXT(ctx context.Context, name string) ([]string, error)
	LookupMX(ctx context.Context, name string) ([]*net.MX, error)
	LookupIPAddr(ctx context.Context, host string) ([]net.IPAddr, error)
	LookupAddr(ctx context.Context, addr string) ([]string, error)
}

// Verdict says whether a mail comes from the domain its From names. The words are those of RFC 8601: "pass", "fail",
// "none", "neutral", "softfail", "temperror", "permerror".
type Verdict struct {
	Aligned          bool // SPF or DKIM passes for the domain of From (RFC 7489, 3.1), whether it publishes a policy or not
	Open             bool // only DKIM does, and it leaves open to whom the mail was written: anybody may have sent it on
	SPF, DKIM, DMARC string
}

// String gives the verdict as it is stored with a mail.
func (v Verdict) String() string { return "spf=" + v.SPF + " dkim=" + v.DKIM + " dmarc=" + v.DMARC }

// Temporary tells that the sender was not proven, but might be at the next attempt.
func (v Verdict) Temporary() bool {
	return !v.Aligned && (v.SPF == "temperror" || v.DKIM == "temperror" || v.DMARC == "temperror")
}

const (
	maxSignatures = 5
	maxLookups    = 40 // of one mail in all; SPF alone may take ten, some of which ask twice
)

// Judge checks SPF (RFC 7208), DKIM (RFC 6376) and their alignment with the domain of from, the one address of the
// mail's From field. It takes no longer than ctx lets it. SPF comes last: its record is the choice of whoever sends, and
// may use up all lookups, so that nothing would be left for the policy of the domain that is named.
func Judge(ctx context.Context, resolver Resolver, e Envelope, from string, raw []byte) Verdict {
	block := headOf(raw)
	if costly(block, true) { // such a mail is not read either
		return Verdict{SPF: "none", DKIM: "permerror", DMARC: "permerror"}
	}
	r := &bounded{Resolver: resolver, left: maxLookups}
	txt := func(name string) ([]string, error) { return r.LookupTXT(ctx, name) }
	domain := domainOf(from)
	v := Verdict{}
	spfDomain := domainOf(e.From)
	if spfDomain == "" {
		spfDomain = strings.ToLower(e.Helo)
	}
	record, state := policy(domain, txt)
	var signers []signer
	if v.DKIM = "permerror"; bearable(block, raw) {
		v.DKIM, signers = signatures(raw, txt)
	}
	v.SPF = string(spf.None)
	if e.Remote != nil {
		result, _ := spf.CheckHostWithSender(e.Remote, e.Helo, e.From, spf.WithContext(ctx), spf.WithResolver(r))
		v.SPF = string(result)
	}
	if domain == "" || fields(raw)["from"] != 1 {
		v.DMARC = "permerror"
		return v
	}
	strictSPF := state == "temperror" || record != nil && record.SPFAlignment == dmarc.AlignmentStrict
	strictDKIM := state == "temperror" || record != nil && record.DKIMAlignment == dmarc.AlignmentStrict
	own := aligned(spfDomain, domain, strictSPF)
	v.Aligned = v.SPF == "pass" && own
	sealed := v.Aligned
	for _, s := range signers {
		if aligned(s.domain, domain, strictDKIM) {
			v.Aligned, sealed = true, sealed || s.recipients
		}
	}
	v.Open = v.Aligned && !sealed
	switch {
	case record == nil:
		v.DMARC = state
	case v.Aligned:
		v.DMARC = "pass"
	case v.DKIM == "temperror" || v.SPF == "temperror" && own: // it might have been proved
		v.DMARC = "temperror"
	default:
		v.DMARC = "fail"
	}
	return v
}

// What checks signatures is in parts no better than the square of what it is given.
const (
	maxPicked  = 1 << 20  // looks at a field: each name in "h=" costs as many as there are fields
	maxFolding = 32 << 20 // lines times bytes of the fields: it joins each line to all before it
)

// emptyLines are more in a row than a mail has: it keeps them all until something else comes, and goes through them again with each
// piece that it reads.
var emptyLines = bytes.Repeat([]byte("\r\n"), 16<<10)

// bearable tells whether a mail's signatures cost no more to check than one is worth. block is its header.
func bearable(block, raw []byte) bool {
	folding, size, lines := 0, 0, 0
	for line := range bytes.Lines(block) {
		if line[0] != ' ' && line[0] != '\t' {
			folding, size, lines = folding+size*lines, 0, 0
		}
		size, lines = size+len(line), lines+1
	}
	if folding+size*lines > maxFolding || bytes.Contains(raw, emptyLines) {
		return false
	}
	signed, fields := 0, 0
	for name, all := range unfolded(block) {
		fields += len(all)
		if strings.EqualFold(strings.TrimSpace(name), "DKIM-Signature") {
			for _, field := range all {
				signed += strings.Count(field, ":") + 1
			}
		}
	}
	return signed*fields <= maxPicked
}

// signer is a domain whose signature passes.
type signer struct {
	domain     string
	recipients bool // it covers every To and Cc field there is
}

// signatures checks the first DKIM signatures and gives the signers of those that pass.
func signatures(raw []byte, txt func(string) ([]string, error)) (state string, passed []signer) {
	all, err := dkim.VerifyWithOptions(bytes.NewReader(raw), &dkim.VerifyOptions{LookupTXT: txt, MaxVerifications: maxSignatures})
	if err != nil && !errors.Is(err, dkim.ErrTooManySignatures) {
		return "permerror", nil
	}
	there := fields(raw)
	state = "none"
	for _, one := range all {
		switch {
		case one.Err == nil:
			state = "pass"
			covered := map[string]int{}
			for _, key := range one.HeaderKeys {
				covered[strings.ToLower(key)]++
			}
			passed = append(passed, signer{strings.ToLower(one.Domain), covered["to"] >= there["to"] && covered["cc"] >= there["cc"]})
		case state == "pass":
		case dkim.IsTempFail(one.Err):
			state = "temperror"
		case state == "temperror":
		case dkim.IsPermFail(one.Err):
			state = "permerror"
		default:
			state = "fail"
		}
	}
	return state, passed
}

// policy finds the DMARC record of a domain or of the one it belongs to; without one, why not.
func policy(domain string, txt func(string) ([]string, error)) (*dmarc.Record, string) {
	for _, name := range []string{domain, organisation(domain)} {
		record, err := dmarc.LookupWithOptions(name, &dmarc.LookupOptions{LookupTXT: txt})
		switch {
		case err == nil:
			return record, ""
		case errors.Is(err, dmarc.ErrNoPolicy):
		case dmarc.IsTempFail(err):
			return nil, "temperror"
		default:
			return nil, "permerror"
		}
		if name == organisation(domain) {
			break
		}
	}
	return nil, "none"
}

func aligned(proven, domain string, strict bool) bool {
	if proven = strings.TrimSuffix(proven, "."); proven == "" {
		return false
	}
	if a, err := domains.ToASCII(proven); err == nil {
		proven = a
	}
	return proven == domain || !strict && organisation(proven) == organisation(domain)
}

// organisation gives the domain that was registered: one label below a public suffix.
func organisation(domain string) string {
	if o, err := publicsuffix.EffectiveTLDPlusOne(domain); err == nil {
		return o
	}
	return domain
}

func domainOf(address string) string {
	c := canonical(address)
	return c[strings.LastIndexByte(c, '@')+1:]
}

// fields counts a mail's fields by name: of several From a signature speaks for one only, and readers show another.
func fields(raw []byte) map[string]int {
	n := map[string]int{}
	for line := range bytes.Lines(raw) {
		if len(bytes.TrimRight(line, "\r\n")) == 0 {
			break
		}
		name, _, _ := bytes.Cut(line, []byte(":"))
		if line[0] != ' ' && line[0] != '\t' {
			n[textproto.TrimString(strings.ToLower(string(name)))]++
		}
	}
	return n
}

// bounded counts lookups, which a sender chooses, and refuses more than a mail is worth.
type bounded struct {
	Resolver
	mu   sync.Mutex
	left int
}

func (b *bounded) take(name string) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.left--; b.left < 0 {
		return &net.DNSError{Err: "too many lookups for one mail", Name: name, IsTemporary: true}
	}
	return nil
}

// LookupTXT implements Resolver.
func (b *bounded) LookupTXT(ctx context.Context, name string) ([]string, error) {
	if err := b.take(name); err != nil {
		return nil, err
	}
	return b.Resolver.LookupTXT(ctx, name)
}

// LookupMX implements Resolver.
func (b *bounded) LookupMX(ctx context.Context, name string) ([]*net.MX, error) {
	if err := b.take(name); err != nil {
		return nil, err
	}
	return b.Resolver.LookupMX(ctx, name)
}

// LookupIPAddr implements Resolver.
func (b *bounded) LookupIPAddr(ctx context.Context, host string) ([]net.IPAddr, error) {
	if err := b.take(host); err != nil {
		return nil, err
	}
	return b.Resolver.LookupIPAddr(ctx, host)
}

// LookupAddr implements Resolver.
func (b *bounded) LookupAddr(ctx context.Context, addr string) ([]string, error) {
	if err := b.take(addr); err != nil {
		return nil, err
	}
	return b.Resolver.LookupAddr(ctx, addr)
}
