package mail

import "testing"

func relayed(line string) (helo, ip string) {
	e := Envelope{Helo: "relay"}.Relayed([]byte(line + "\r\n\r\nReceived: from x (x [192.0.2.77]) by b\r\n"))
	if e.Remote != nil {
		ip = e.Remote.String()
	}
	return e.Helo, ip
}

// TestForgedHelo: how a client names itself, by HELO or ident, is never taken for where it is. Its address is 203.0.113.66.
func TestForgedHelo(t *testing.T) {
	t.Parallel()
	const real = "203.0.113.66"
	for line, want := range map[string]string{
		// as they should be
		"from mx.a.example (mx.a.example [203.0.113.66])\r\n\t(using TLSv1.3 with cipher X (256/256 bits))\r\n\tby b (Postfix) with ESMTPS id 1\r\n\tfor <a@b>; Sun": real,
		"from mx.a.example (mx.a.example [203.0.113.66] (may be forged))\r\n\tby b (8.17.1/8.17.1) with ESMTP id 1; Sun":                                             real,
		"from mx.a.example (root@mx.a.example [203.0.113.66]) by b (8.17.1/8.17.1) with ESMTP id 1; Sun":                                                             real,
		"from mx.a.example ([203.0.113.66]) by b (8.17.1/8.17.1) with ESMTP id 1; Sun":                                                                               real,
		"from mx.a.example (mx.a.example [203.0.113.66])\r\n\tby b (OpenSMTPD) with ESMTPS id 1 (TLSv1.3:X:256:NO)\r\n\tfor <a@b>; Sun":                              real,
		"from mx.a.example ([203.0.113.66]:2525)\r\n\tby b with esmtps (TLS1.3) tls X\r\n\t(Exim 4.96)\r\n\t(envelope-from <a@b>)\r\n\tid 1; Sun":                    real,
		"from unknown (HELO mx.a.example) (203.0.113.66)\r\n  by b with SMTP; Sun":                                                                                   real,
		"from unknown (HELO mx.a.example) (root@203.0.113.66)\r\n  by b with SMTP; Sun":                                                                              real,
		// forged
		"from [198.51.100.9] (unknown [203.0.113.66]) by b (Postfix) with ESMTP id 1; Sun":                             real,
		"from [IPv6:2001:db8::9] (mx.a.example [203.0.113.66]) by b (Postfix) with ESMTP id 1; Sun":                    real,
		"from [198.51.100.9] ([203.0.113.66]) by b (8.17.1/8.17.1) with ESMTP id 1; Sun":                               real,
		"from [203.0.113.66] (port=1234 helo=[198.51.100.9])\r\n\tby b with esmtp (Exim 4.96); Sun":                    real,
		"from [203.0.113.66] (port=1234 helo=[198.51.100.9] ident=root)\r\n\tby b with esmtp (Exim 4.96); Sun":         real,
		"from [203.0.113.66] (helo=x ident=[198.51.100.9])\r\n\tby b with esmtp (Exim 4.96); Sun":                      real,
		"from [203.0.113.66] (ident=[198.51.100.9]) by b with esmtp (Exim 4.96); Sun":                                  real,
		"from mx.a.example ([203.0.113.66] helo=[198.51.100.9]) by b with esmtp (Exim 4.96); Sun":                      real,
		"from mx.a.example ([203.0.113.66]:1234 helo=[198.51.100.9] ident=[198.51.100.9]) by b with esmtp (Exim); Sun": real,
		"from unknown (HELO ?198.51.100.9?) (203.0.113.66) by b with SMTP; Sun":                                        real,
		"from unknown (HELO [198.51.100.9]) (198.51.100.9@203.0.113.66) by b with SMTP; Sun":                           real,
		// where a server lets spaces into a HELO, nothing is known
		"from a (b [198.51.100.9]) (unknown [203.0.113.66]) by b (OpenSMTPD) with ESMTP id 1; Sun": "",
		"from a (b [198.51.100.9]) by mx; Sun (unknown [203.0.113.66]) by b with ESMTP id 1; Sun":  "",
		"from a ([198.51.100.9]) by mx helo= (unknown [203.0.113.66]) by b with ESMTP id 1; Sun":   "",
		"from [198.51.100.9] (helo=x) by mx (unknown [203.0.113.66]) by b with ESMTP id 1; Sun":    "",
		"from [203.0.113.66] (port=1 helo=a) by mx (b [198.51.100.9]) by b with ESMTP (Exim); Sun": "",
		"from [203.0.113.66] (port=1 helo=a (b [198.51.100.9]) by x) by b with ESMTP (Exim); Sun":  "",
		"from x (HELO a) (198.51.100.9) by mx) (203.0.113.66) by b with SMTP; Sun":                 "",
		"from root (helo=[198.51.100.9]) by b with local (Exim 4.96); Sun":                         "",
		"from (helo=[198.51.100.9]) by b with esmtp (Exim 4.96); Sun":                              "",
		"from [198.51.100.9] by b; Sun":                         "",
		"from x (name=[198.51.100.9] [203.0.113.66]) by b; Sun": "",
		"by b (Postfix, from userid 0) (x [198.51.100.9]); Sun": "",
	} {
		if _, ip := relayed("Received: " + line); ip != want {
			t.Errorf("%s: read as %q, want %q", line, ip, want)
		}
	}
}

// TestRelayed reads who handed a mail over from the Received lines of mail servers.
func TestRelayed(t *testing.T) {
	t.Parallel()
	for line, want := range map[string][2]string{
		"Received: from mx.a.example (mx.a.example [192.0.2.1]) by b; x":                                  {"mx.a.example", "192.0.2.1"},
		"RECEIVED: from mx.a.example (unknown [IPv6:2001:db8::1])\r\n\tby b with ESMTP id 1; x":           {"mx.a.example", "2001:db8::1"},
		"Received: from mx.a.example ([192.0.2.2] helo=mx.a.example)\r\n by b with esmtps (Exim 4.96); x": {"mx.a.example", "192.0.2.2"},
		"Received: from [192.0.2.3] (port=1 helo=x) by b; x":                                              {"x", "192.0.2.3"},
		"Received: from mx.a.example (mx.a.example. [192.0.2.4]) by b (8.17/8.17) with ESMTP; x":          {"mx.a.example", "192.0.2.4"},
		"Received: by b (Postfix, from userid 1000) id 1; x":                                              {"", ""},
		"Received: from mx.a.example by b; x [192.0.2.9]":                                                 {"", ""},
		"Subject: x\r\nReceived: from c (c [192.0.2.5]) by b; x\r\nReceived: from d (d [192.0.2.6]) by c": {"c", "192.0.2.5"},
		"Subject: from c (c [192.0.2.5]) by b":                                                            {"", ""},
		"Received: from c (c [999.0.2.5]) by b; x":                                                        {"", ""},
	} {
		if helo, ip := relayed(line); helo != want[0] || ip != want[1] {
			t.Errorf("%s: %q %q", line, helo, ip)
		}
	}
}
