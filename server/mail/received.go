package mail

import (
	"bytes"
	"cmp"
	"net"
	"regexp"
	"strings"
)

// How mail servers write from whom they got a mail (RFC 5321, 4.4.1). Only what a server found out itself is believed: the client
// chooses its HELO, and its ident, which may look like an address or like all that follows. "ip" is the client's address, "helo" how
// it named itself, and "said" what of the line besides is its choice.
var receivedForms = []*regexp.Regexp{
	// qmail: "from name (HELO helo) (192.0.2.1)", or with the ident before the address.
	regexp.MustCompile(`(?i)^from \S+ (?P<said>\(HELO (?P<helo>\S+)\)) \((?:[^\s()]+@)?(?P<ip>[0-9a-f.:]+)\) by `),
	// Postfix, OpenSMTPD, Sendmail: "from helo (name [192.0.2.1])", also where the address has no name.
	regexp.MustCompile(`(?i)^from (?P<said>(?P<helo>\S+)) \((?:[^\s()\[\]=]+ )?\[(?:IPv6:)?(?P<ip>[0-9a-f.:]+)\](?: \(may be forged\))?\) (?:by |\()`),
	// Exim: "from name ([192.0.2.1]:1234 helo=helo ident=root)"; of a client that is called as it says, the name stands alone.
	regexp.MustCompile(`(?i)^from (?P<name>[^\s()\[\]]+) \(\[(?P<ip>[0-9a-f.:]+)\](?::\d+)?(?P<said>(?: port=\d+)?(?: helo=(?P<helo>\S+))?(?: ident=\S+)?)\) by `),
	// Exim: "from [192.0.2.1] (port=1234 helo=helo ident=root)".
	regexp.MustCompile(`(?i)^from \[(?P<ip>[0-9a-f.:]+)\](?::\d+)? \((?P<said>(?:port=\d+ ?)?(?:helo=(?P<helo>\S+) ?)?(?:ident=\S+)?)\) by `),
}

// anIP finds addresses as those forms have them.
var anIP = regexp.MustCompile(`(?i)[\[(](?:IPv6:|[^\s()\[\]]+@)?([0-9a-f.:]{2,45})[\])]`)

// Relayed is the envelope of a mail that our own mail server handed over: where it got the mail from stands in the topmost
// Received line, which it wrote. Where that says nothing, or leaves any doubt, it was written on this machine, and nothing is known
// of its client.
func (e Envelope) Relayed(raw []byte) Envelope {
	e.Remote, e.Helo = nil, ""
	if ip, helo := client(strings.Join(strings.Fields(topmost(raw, "received")), " ")); ip != nil {
		e.Remote, e.Helo = ip, strings.Trim(helo, "[]")
	}
	return e
}

// client reads a Received line. A line in which another address could be meant names nobody.
func client(line string) (net.IP, string) {
	for _, form := range receivedForms {
		m := form.FindStringSubmatchIndex(line)
		if m == nil {
			continue
		}
		group := func(name string) string {
			if i := form.SubexpIndex(name); i >= 0 && m[2*i] >= 0 {
				return line[m[2*i]:m[2*i+1]]
			}
			return ""
		}
		ip, found := net.ParseIP(group("ip")), 0
		said := form.SubexpIndex("said")
		for _, one := range anIP.FindAllStringSubmatch(line[:m[2*said]]+line[m[2*said+1]:], -1) {
			if net.ParseIP(one[1]) != nil {
				found++
			}
		}
		if ip == nil || found != 1 {
			return nil, ""
		}
		return ip, cmp.Or(group("helo"), group("name"))
	}
	return nil, ""
}

// topmost gives the first field of a name, unfolded; "": there is none.
func topmost(raw []byte, name string) string {
	var field []byte
	for line := range bytes.Lines(raw) {
		line = bytes.TrimRight(line, "\r\n")
		switch {
		case len(line) == 0:
			return string(field)
		case field != nil && (line[0] == ' ' || line[0] == '\t'):
			field = append(append(field, ' '), bytes.TrimSpace(line)...)
		case field != nil:
			return string(field)
		default:
			if n, value, ok := bytes.Cut(line, []byte(":")); ok && strings.EqualFold(string(n), name) {
				field = append([]byte{}, bytes.TrimSpace(value)...)
			}
		}
	}
	return string(field)
}
