package main

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"peergroups/forum"
)

// TestRFC6455: what a client must not do ends its socket with the code that the RFC has for it, and nobody else's.
func TestRFC6455(t *testing.T) {
	t.Parallel()
	w := begin(t, "sqlite", nil)
	w.members("otto")
	g, _, room := w.group("open", forum.PublicToRead)
	w.neighbours(t, g, room, 3)
	cookie := w.session("otto")
	for name, c := range brokenFrames() {
		s := w.rawSocket(t, cookie)
		go func() { _, _ = s.Write(c.sent) }() // the server need not take all of it
		if code := s.ended(t); code != c.code {
			t.Errorf("%s: closed with %d, want %d", name, code, c.code)
		}
		_ = s.Close()
	}
}

type broken struct {
	sent []byte
	code int
}

func brokenFrames() map[string]broken {
	all := map[string]broken{
		"not masked":                          {frameOf(fin|words, 0, 4, "{}{}"), 1002},
		"reserved bit 1":                      {masked(fin|0x40|words, "{}"), 1002},
		"reserved bit 2":                      {masked(fin|0x20|words, "{}"), 1002},
		"reserved bit 3":                      {masked(fin|0x10|words, "{}"), 1002},
		"reserved bit of a ping":              {masked(fin|0x40|9, ""), 1002},
		"ping of 126 bytes":                   {masked(fin|9, strings.Repeat("x", 126)), 1002},
		"ping in pieces":                      {masked(9, "x"), 1002},
		"close in pieces":                     {masked(8, ""), 1002},
		"continuation of nothing":             {masked(fin|more, "{}"), 1002},
		"continuation of nothing, not last":   {masked(more, "{}"), 1002},
		"text within text":                    {append(masked(words, "{"), masked(fin|words, "}")...), 1002},
		"text within words, after empty ones": {bytes.Join([][]byte{masked(words, ""), masked(more, ""), masked(words, "")}, nil), 1002},
		"continuation after the end":          {append(masked(fin|words, `{"do":"ping"}`), masked(fin|more, "")...), 1002},
		"not UTF-8":                           {masked(fin|words, "{\"do\":\"\xff\"}"), 1007},
		"overlong UTF-8":                      {masked(fin|words, "\xc0\xaf"), 1007},
		"half a surrogate":                    {masked(fin|words, "\xed\xa0\x80"), 1007},
		"beyond Unicode":                      {masked(fin|words, "\xf4\x90\x80\x80"), 1007},
		"half a code point":                   {masked(fin|words, "caf\xc3"), 1007},
		"half a code point, in two pieces":    {append(masked(words, "caf\xc3"), masked(fin|more, "x")...), 1007},
		"binary":                              {masked(fin|binaryFrame, "x"), 1003},
		"binary, in pieces":                   {append(masked(binaryFrame, "x"), masked(fin|more, "x")...), 1003},
		"one byte too long":                   {masked(fin|words, strings.Repeat(" ", 32<<10+1)), 1009},
		"too long by its header":              {frameOf(fin|words, 0x80, 1<<40, ""), 1009},
		"pieces too long together":            {append(masked(words, strings.Repeat(" ", 32<<10)), masked(fin|more, " ")...), 1009},
		"a length of 2^63":                    {append([]byte{fin | words, 0xff, 0x80}, make([]byte, 11)...), 1002},
		"a length that fits in a byte":        {append([]byte{fin | words, 0xfe, 0, 125}, make([]byte, 129)...), 1002},
		"a length that fits in two":           {append([]byte{fin | words, 0xff, 0, 0, 0, 0, 0, 0, 0xff, 0xff}, make([]byte, 70000)...), 1002},
		"a million empty pieces":              {append(masked(words, ""), bytes.Repeat(masked(more, ""), 1_000_000)...), 1009},
		"a million pieces of a byte":          {append(masked(words, " "), bytes.Repeat(masked(more, " "), 1_000_000)...), 1009},
		"pings by the thousand":               {bytes.Repeat(masked(fin|9, "x"), 5000), 4429},
		"pongs by the thousand":               {bytes.Repeat(masked(fin|10, ""), 5000), 4429},
		"pings within a message":              {append(masked(words, ""), bytes.Repeat(masked(fin|9, ""), 5000)...), 4429},
		"orders by the thousand":              {bytes.Repeat(masked(fin|words, `{"do":"ping"}`), 5000), 4429},
		"half a close code":                   {masked(fin|8, "\x03"), 1002},
		"a reason that is not UTF-8":          {closing(1000, "\xc3\x28"), 1007},
		"a reason cut in a code point":        {closing(1000, "caf\xc3"), 1007},
		"closed without a code":               {masked(fin|8, ""), 1005},
		"closed with a long reason":           {closing(1000, strings.Repeat("ü", 61)), 1000},
		"closed within a message":             {append(masked(words, "{"), closing(1001, "")...), 1001},
		"more after the end":                  {append(closing(1000, ""), masked(fin|words, `{"do":"ping"}`)...), 1000},
	}
	for _, op := range []byte{3, 4, 5, 6, 7, 11, 12, 13, 14, 15} {
		all[fmt.Sprint("kind of frame ", op)] = broken{masked(fin|op, ""), 1002}
	}
	for _, code := range []int{0, 1, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65535} {
		all[fmt.Sprint("closed with ", code)] = broken{closing(code, "x"), 1002}
	}
	for _, code := range []int{1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 3999, 4000, 4403, 4999} {
		all[fmt.Sprint("closed with ", code)] = broken{closing(code, "x"), code}
	}
	return all
}

// TestFramesAsTheyCome: what the RFC allows is understood: pings before and within messages, pieces of any size, bytes one by one.
func TestFramesAsTheyCome(t *testing.T) {
	t.Parallel()
	w := begin(t, "sqlite", nil)
	otto := w.members("otto")["otto"]
	g, _, room := w.group("open", forum.PublicToRead)
	other, _, hall := w.group("other", forum.PublicToRead)
	w.neighbours(t, g, room, 3)
	w.enter(other, otto)
	s := w.rawSocket(t, w.session("otto"))
	pong := func(want string) {
		t.Helper()
		if op, b := s.frame(t); op != 10 || string(b) != want {
			t.Errorf("a ping is answered with %d %x", op, b)
		}
	}
	for _, payload := range []string{"", "x", "\xff\x00\xfe", strings.Repeat("y", 125)} {
		s.write(t, masked(fin|9, payload))
		pong(payload)
	}
	s.write(t, masked(fin|10, "nobody asked"))
	say := func(n int, said string) string {
		return fmt.Sprintf(`{"do":"say","on":"room:%d","text":"%s","nonce":"n%d"}`, hall.ID, said, n)
	}
	s.write(t, masked(words, say(1, "caf\xc3")[:len(say(1, "caf\xc3"))-15])) // in the middle of the code point
	s.write(t, masked(fin|9, "between"))
	pong("between")
	s.write(t, masked(more, ""))
	s.write(t, masked(fin|more, "\xa9"+say(1, "caf\xc3")[len(say(1, "caf\xc3"))-15:]))
	if m := s.hear(t, "ack"); m["seq"] != 1.0 {
		t.Errorf("said in pieces: %v", m)
	}
	for _, b := range masked(fin|words, say(2, "byte by byte")) {
		s.write(t, []byte{b})
	}
	if m := s.hear(t, "ack"); m["seq"] != 2.0 {
		t.Errorf("said byte by byte: %v", m)
	}
	whole := say(3, "to the last byte")
	whole += strings.Repeat(" ", 32<<10-len(whole))
	pieces := masked(words, whole[:1])
	for i := 1; i < len(whole); i++ {
		first := byte(more)
		if i == len(whole)-1 {
			first = fin | more
		}
		pieces = append(pieces, masked(first, whole[i:i+1])...)
	}
	s.write(t, pieces)
	if m := s.hear(t, "ack"); m["seq"] != 3.0 {
		t.Errorf("said in pieces of a byte: %v", m)
	}
	s.write(t, append(closing(1000, ""), masked(fin|words, say(4, "after the end"))...))
	if code := s.ended(t); code != 1000 {
		t.Errorf("closed with %d", code)
	}
	said, err := w.forum.ReadMessages(t.Context(), w.admin, hall.ID, 0, 10)
	if err != nil || len(said) != 3 || said[0].Source != "café" {
		t.Errorf("said %v %v", said, err)
	}
}

// TestHandshakes: what is no handshake of RFC 6455 is refused, and told the version that is spoken here.
func TestHandshakes(t *testing.T) {
	t.Parallel()
	w := begin(t, "sqlite", nil)
	good := []string{"Host: " + w.base.Host, "Origin: " + w.base.String(), "Connection: keep-alive, Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: " + rawKey}
	for name, c := range map[string]struct {
		line          string
		without, with string
		status        string
	}{
		"as it should be":         {"GET /ws HTTP/1.1", "", "", "101"},
		"in other letters":        {"GET /ws HTTP/1.1", "Upgrade:", "Upgrade: WebSocket", "101"},
		"with extensions":         {"GET /ws HTTP/1.1", "", "Sec-WebSocket-Extensions: permessage-deflate", "101"},
		"with a protocol":         {"GET /ws HTTP/1.1", "", "Sec-WebSocket-Protocol: chat", "101"},
		"no Upgrade":              {"GET /ws HTTP/1.1", "Upgrade:", "", "426"},
		"another Upgrade":         {"GET /ws HTTP/1.1", "Upgrade:", "Upgrade: h2c", "426"},
		"no Connection":           {"GET /ws HTTP/1.1", "Connection:", "", "426"},
		"no version":              {"GET /ws HTTP/1.1", "Sec-WebSocket-Version:", "", "426"},
		"version 8":               {"GET /ws HTTP/1.1", "Sec-WebSocket-Version:", "Sec-WebSocket-Version: 8", "426"},
		"of HTTP/1.0":             {"GET /ws HTTP/1.0", "", "", "426"},
		"no key":                  {"GET /ws HTTP/1.1", "Sec-WebSocket-Key:", "", "400"},
		"a short key":             {"GET /ws HTTP/1.1", "Sec-WebSocket-Key:", "Sec-WebSocket-Key: dGhl", "400"},
		"a key that is no base64": {"GET /ws HTTP/1.1", "Sec-WebSocket-Key:", "Sec-WebSocket-Key: !!!!!!!!!!!!!!!!!!!!!!==", "400"},
		"posted":                  {"POST /ws HTTP/1.1", "", "Content-Length: 0", "404"},
		"no Origin":               {"GET /ws HTTP/1.1", "Origin:", "", "403"},
		"a foreign Origin":        {"GET /ws HTTP/1.1", "Origin:", "Origin: https://evil.example", "403"},
	} {
		request := c.line + "\r\n"
		for _, h := range append(good, c.with) {
			if h != "" && (c.without == "" || !strings.HasPrefix(h, c.without) || h == c.with) {
				request += h + "\r\n"
			}
		}
		conn, err := net.Dial("tcp", w.base.Host)
		w.must(err)
		_ = conn.SetDeadline(time.Now().Add(10 * time.Second))
		_, err = io.WriteString(conn, request+"\r\n")
		w.must(err)
		b := make([]byte, 4096)
		n, _ := conn.Read(b)
		answer, _, _ := strings.Cut(string(b[:n]), "\r\n\r\n")
		if !strings.HasPrefix(answer, "HTTP/1.1 "+c.status) && !strings.HasPrefix(answer, "HTTP/1.0 "+c.status) {
			t.Errorf("%s: %.40q, want %s", name, answer, c.status)
		}
		if c.status == "426" && (!strings.Contains(answer, "Sec-Websocket-Version: 13") && !strings.Contains(answer, "Sec-WebSocket-Version: 13")) {
			t.Errorf("%s: the version is not told: %s", name, answer)
		}
		if c.status == "101" && (strings.Contains(answer, "Extensions") || strings.Contains(answer, "Protocol:")) {
			t.Errorf("%s: what is not spoken is agreed to: %s", name, answer)
		}
		_ = conn.Close()
	}
}
