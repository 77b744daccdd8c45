package main

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"

	"peergroups/server/mail"
	"peergroups/server/web"
)

const dnsPatience = 5 * time.Second

// spfOf allows whom the MX names, and the relay, to send our mail (RFC 7208, 5): a relay on this machine sends as what the MX names.
func spfOf(relay string) string {
	ip, err := netip.ParseAddr(relay)
	switch {
	case relay == "" || relay == "localhost" || err == nil && ip.IsLoopback():
		return "v=spf1 mx ~all"
	case err != nil:
		return "v=spf1 mx a:" + relay + " ~all"
	case ip.Unmap().Is4():
		return "v=spf1 mx ip4:" + ip.Unmap().String() + " ~all"
	}
	return "v=spf1 mx ip6:" + ip.WithZone("").String() + " ~all"
}

// dnsRecords says what should stand in the DNS for mail to come in and go out, and asks what does.
func (s *server) dnsRecords(c *Config, resolver mail.Resolver, domain string) func(context.Context) ([]web.Record, error) {
	return func(ctx context.Context) ([]web.Record, error) {
		org, err := s.forum.ReadOrganisation(ctx)
		if err != nil {
			return nil, err
		}
		all := []web.Record{{Name: domain, Type: "MX", Want: "10 " + s.base.Hostname() + "."}, {Name: domain, Type: "TXT", Want: spfOf(c.relayHost())},
			{Name: "_dmarc." + domain, Type: "TXT", Want: "v=DMARC1; p=quarantine; rua=mailto:" + org.Contact}}
		for _, k := range s.signers {
			name, record, err := published(k)
			if err != nil {
				return nil, err
			}
			all = append(all, web.Record{Name: name, Type: "TXT", Want: record})
		}
		ctx, cancel := context.WithTimeout(ctx, dnsPatience)
		defer cancel()
		var wg sync.WaitGroup
		for i := range all {
			wg.Go(func() { check(ctx, resolver, &all[i]) })
		}
		wg.Wait()
		return all, nil
	}
}

// check asks for one record. Of SPF and DMARC any that is one will do: what it says is the body's choice.
func check(ctx context.Context, resolver mail.Resolver, r *web.Record) {
	var err error
	if r.Type == "MX" {
		var found []*net.MX
		found, err = resolver.LookupMX(ctx, r.Name)
		for _, mx := range found {
			r.Found = append(r.Found, mx.Host)
		}
	} else {
		r.Found, err = resolver.LookupTXT(ctx, r.Name)
	}
	kind, _, _ := strings.Cut(r.Want, ";")
	kind, _, _ = strings.Cut(kind, " ")
	r.Found = slices.DeleteFunc(r.Found, func(text string) bool { return r.Type == "TXT" && !strings.HasPrefix(text, kind) })
	var answer *net.DNSError
	switch {
	case err != nil && (!errors.As(err, &answer) || !answer.IsNotFound):
		r.State = "unknown"
	case len(r.Found) == 0:
		r.State = "missing"
	case r.Type == "MX" && !slices.ContainsFunc(r.Found, func(host string) bool {
		return strings.EqualFold(strings.TrimSuffix(host, "."), strings.TrimSuffix(strings.TrimPrefix(r.Want, "10 "), "."))
	}),
		kind == "v=DKIM1" && !slices.Contains(r.Found, r.Want), kind == "v=spf1" && len(r.Found) > 1:
		r.State = "other"
	default:
		r.State = "good"
	}
}
