package mail

import (
	"bytes"
	"net"
	"regexp"
	"strings"
)

// received finds in a Received line (RFC 5321, 4.4) how the client named itself, and its address, as Postfix, Exim, Sendmail and
// OpenSMTPD write it.
var received = regexp.MustCompile(`(?i)^from\s+(\S+)\s[^;]*?[\[(\s](?:IPv6:)?([0-9a-f.:]{3,45})[\])]`)

// Relayed is the envelope of a mail that our own mail server handed over: where it got the mail from stands in the topmost
// Received line, which it wrote. Where that says nothing, it was written on this machine, and nothing is known of its client.
func (e Envelope) Relayed(raw []byte) Envelope {
	e.Remote, e.Helo = nil, ""
	line := topmost(raw, "received")
	m := received.FindStringSubmatch(line)
	if m == nil {
		return e
	}
	if ip := net.ParseIP(m[2]); ip != nil {
		e.Remote, e.Helo = ip, strings.Trim(m[1], "[]")
	}
	return e
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
