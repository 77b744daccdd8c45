package main

import (
	"strings"
	"testing"
)

// TestDNSRecords: administrators are told what should stand in the DNS, and what does: good, missing, something else, or that it
// cannot be asked.
func TestDNSRecords(t *testing.T) {
	t.Parallel()
	w := begin(t, "sqlite", func(c *Config) { c.DKIMKeyFile = "" })
	states := func() (out []string) {
		_, page := w.ask("GET", "/staff/dns", w.session("admin"))
		for _, row := range strings.Split(page, `<section class="panel prose">`)[1:] {
			_, state, _ := strings.Cut(row, `badge quiet">`)
			state, _, _ = strings.Cut(state, "<")
			out = append(out, state)
		}
		return out
	}
	if got := strings.Join(states(), ", "); got != "missing, missing, missing, missing, missing" {
		t.Errorf("at first: %s", got)
	}
	name, record, err := published(w.signers[0])
	w.must(err)
	w.dns.set(name, record)
	w.dns.set("forum.example", "v=spf1 ip4:192.0.2.1 -all")
	w.dns.set("_dmarc.forum.example", "")
	name, _, err = published(w.signers[1])
	w.must(err)
	w.dns.set(name, "v=DKIM1; k=ed25519; p=AAAA")
	if got := strings.Join(states(), ", "); got != "missing, good, cannot be asked now, good, something else" {
		t.Errorf("then: %s", got)
	}
}

// TestSPFOf: an address is allowed as one, a name as one, and a relay on this machine is whom the MX names.
func TestSPFOf(t *testing.T) {
	t.Parallel()
	for relay, want := range map[string]string{"": "v=spf1 mx ~all", "localhost": "v=spf1 mx ~all", "127.0.0.1": "v=spf1 mx ~all", "::1": "v=spf1 mx ~all", "relay.example": "v=spf1 mx a:relay.example ~all",
		"192.0.2.7": "v=spf1 mx ip4:192.0.2.7 ~all", "::ffff:192.0.2.7": "v=spf1 mx ip4:192.0.2.7 ~all", "2001:db8::7": "v=spf1 mx ip6:2001:db8::7 ~all"} {
		if got := spfOf(relay); got != want {
			t.Errorf("%q: %q, want %q", relay, got, want)
		}
	}
}
