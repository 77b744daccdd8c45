package mail

import "testing"

// TestRelayed reads who handed a mail over from the Received lines of mail servers.
func TestRelayed(t *testing.T) {
	t.Parallel()
	for line, want := range map[string][2]string{
		"Received: from mx.a.example (mx.a.example [192.0.2.1]) by b; x":                                  {"mx.a.example", "192.0.2.1"},
		"RECEIVED: from mx.a.example (unknown [IPv6:2001:db8::1])\r\n\tby b with ESMTP id 1; x":           {"mx.a.example", "2001:db8::1"},
		"Received: from mx.a.example ([192.0.2.2] helo=mx.a.example)\r\n by b with esmtps (Exim 4.96); x": {"mx.a.example", "192.0.2.2"},
		"Received: from [192.0.2.3] (port=1 helo=x) by b; x":                                              {"", ""},
		"Received: from mx.a.example (mx.a.example. [192.0.2.4]) by b (8.17/8.17) with ESMTP; x":          {"mx.a.example", "192.0.2.4"},
		"Received: by b (Postfix, from userid 1000) id 1; x":                                              {"", ""},
		"Received: from mx.a.example by b; x [192.0.2.9]":                                                 {"", ""},
		"Subject: x\r\nReceived: from c (c [192.0.2.5]) by b; x\r\nReceived: from d (d [192.0.2.6]) by c": {"c", "192.0.2.5"},
		"Subject: from c (c [192.0.2.5]) by b":                                                            {"", ""},
		"Received: from c (c [999.0.2.5]) by b; x":                                                        {"", ""},
	} {
		e := Envelope{Helo: "relay"}.Relayed([]byte(line + "\r\n\r\nReceived: from x (x [192.0.2.77]) by b\r\n"))
		ip := ""
		if e.Remote != nil {
			ip = e.Remote.String()
		}
		if e.Helo != want[0] || ip != want[1] {
			t.Errorf("%s: %q %q", line, e.Helo, ip)
		}
	}
}
