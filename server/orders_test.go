package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net"
	"runtime"
	"strings"
	"testing"

	"peergroups/forum"
)

// strangeOrders are frames that no client of ours sends; ROOM is a room where one may speak, HIDDEN one of which one may not know.
var strangeOrders = []string{
	``, ` `, `x`, `{`, `{"do":`, `null`, `true`, `7`, `"ping"`, `[]`, `[{"do":"ping"}]`, `{}`, "\x00", `{"do":"ping"}{"do":"ping"}`, `{"do":"ping"} x`,
	`{"do":` + strings.Repeat("[", 10_000) + strings.Repeat("]", 10_000) + `}`, strings.Repeat(`{"do":`, 5_000), strings.Repeat(`[`, 32<<10),
	`{"do":"ping","text":` + strings.Repeat(`{"a":`, 6_000),
	`{"do":7}`, `{"do":null}`, `{"do":{"do":"ping"}}`, `{"do":"join","on":7}`, `{"do":"join","on":["room:ROOM"]}`, `{"do":"join","on":"room:ROOM","after":"0"}`,
	`{"do":"say","on":"room:ROOM","text":["x"],"nonce":"n"}`, `{"do":"say","on":"room:ROOM","text":"x","nonce":7}`, `{"do":"say","on":"room:ROOM","text":"x","nonce":"n","sure":"yes"}`,
	`{"v":"1","do":"ping"}`, `{"do":"ping","admin":true}`, `{"do":"ping","__proto__":{}}`, `{"do":"say","on":"room:ROOM","text":"x","nonce":"n","author_id":1}`,
	`{"do":"delete","on":"room:ROOM"}`, `{"do":"JOIN","on":"room:ROOM"}`, `{"do":"join ","on":"room:ROOM"}`, `{"do":"join"}`, `{"do":"join","on":""}`, `{"do":"say"}`,
	`{"do":"join","on":"room:ROOM","after":1e400}`, `{"do":"join","on":"room:ROOM","after":99999999999999999999}`, `{"do":"join","on":"room:ROOM","after":1.5}`,
	`{"do":"join","on":"room:0"}`, `{"do":"join","on":"room:-1"}`, `{"do":"join","on":"room:+ROOM"}`, `{"do":"join","on":"room:0ROOM"}`, `{"do":"join","on":"room:ROOM:1"}`, `{"do":"join","on":"room:ROOM "}`,
	`{"do":"join","on":"room:9223372036854775807"}`, `{"do":"join","on":"room:9223372036854775808"}`, `{"do":"join","on":"Room:ROOM"}`, `{"do":"join","on":"!control"}`, `{"do":"join","on":"!room:ROOM"}`,
	`{"do":"join","on":"said:ROOM.1"}`, `{"do":"join","on":"posts:1"}`, `{"do":"join","on":"topic:ROOM"}`, `{"do":"join","on":"room:HIDDEN"}`, `{"do":"say","on":"room:HIDDEN","text":"x","nonce":"n"}`,
	`{"do":"say","on":"topic:1","text":"x","nonce":"n"}`, `{"do":"say","on":"room:ROOM","text":"","nonce":"n"}`, `{"do":"say","on":"room:ROOM","text":"\u0000 \u2003 ","nonce":"n"}`,
	`{"do":"say","on":"room:ROOM","text":"x"}`, `{"do":"say","on":"room:ROOM","text":"x","nonce":"` + strings.Repeat("n", 101) + `"}`, `{"do":"say","on":"room:ROOM","text":"` + strings.Repeat("x", 4001) + `","nonce":"n"}`,
}

// TestStrangeOrders: what is no order is answered as an error and changes nothing; the socket goes on, and everybody else's.
func TestStrangeOrders(t *testing.T) {
	t.Parallel()
	w := begin(t, "sqlite", nil)
	people := w.members("otto", "olga")
	g, _, room := w.group("open", forum.PublicToRead)
	other, _, hall := w.group("other", forum.MembersOnly)
	_, _, hidden := w.group("hidden", forum.Hidden)
	w.enter(other, people["otto"], people["olga"])
	others := w.neighbours(t, g, room, 3)
	ask := func(s *rawSocket, order string) map[string]any {
		s.write(t, masked(fin|words, placed(order, hall, hidden)))
		_, b := s.frame(t)
		var m map[string]any
		if err := json.Unmarshal(b, &m); err != nil {
			t.Fatal(err)
		}
		return m
	}
	var s *rawSocket
	for i, order := range strangeOrders {
		if i%15 == 0 { // of one socket twenty orders a second are heeded
			s = w.rawSocket(t, w.session("otto"))
		}
		if m := ask(s, order); m["is"] != "error" || m["words"] == "" {
			t.Errorf("%.60s: %v", order, m)
		}
		others.well(t)
	}
	s = w.rawSocket(t, w.session("otto"))
	// A room of which one may not know is as one that never was.
	for _, do := range []string{`"do":"join"`, `"do":"say","text":"x","nonce":"n1"`} {
		foreign, absent := ask(s, `{`+do+`,"on":"room:HIDDEN"}`), ask(s, `{`+do+`,"on":"room:12345"}`)
		if delete(foreign, "on"); fmt.Sprint(foreign) == "" || absent["on"] != "room:12345" {
			t.Error(foreign, absent)
		}
		if delete(absent, "on"); fmt.Sprint(foreign) != fmt.Sprint(absent) {
			t.Errorf("%v is not %v", foreign, absent)
		}
	}
	// A nonce is its writer's own.
	olga := w.rawSocket(t, w.session("olga"))
	for i, who := range []*rawSocket{s, olga, s} {
		if m := ask(who, `{"do":"say","on":"room:ROOM","text":"the same nonce","nonce":"same"}`); m["is"] != "ack" || m["seq"] != float64(i%2+1) {
			t.Errorf("said as number %d: %v", i+1, m)
		}
	}
	// A place that the room has not reached moves nobody but who named it.
	if m := ask(olga, `{"do":"join","on":"room:ROOM","after":9223372036854775807}`); m["is"] != "joined" {
		t.Error(m)
	}
	late := w.rawSocket(t, w.session("otto"))
	late.write(t, masked(fin|words, placed(`{"do":"join","on":"room:ROOM","after":1}`, hall, hidden)))
	if m := late.hear(t, "message"); m["seq"] != 2.0 {
		t.Error(m)
	}
	late.hear(t, "joined")
	if m := ask(s, `{"do":"say","on":"room:ROOM","text":"on we go","nonce":"next"}`); m["seq"] != 3.0 {
		t.Error(m)
	}
	if m := late.hear(t, "message"); m["seq"] != 3.0 {
		t.Error(m)
	}
}

func placed(order string, room, hidden *forum.Room) string {
	return strings.NewReplacer("ROOM", fmt.Sprint(room.ID), "HIDDEN", fmt.Sprint(hidden.ID)).Replace(order)
}

// TestJoinsByTheThousand: who joins again and again, or everywhere, is stopped, and nobody else hears less.
func TestJoinsByTheThousand(t *testing.T) {
	t.Parallel()
	w := begin(t, "sqlite", nil)
	w.members("otto")
	g, _, room := w.group("open", forum.PublicToRead)
	others := w.neighbours(t, g, room, 20)
	cookie, hall := w.session("otto"), fmt.Sprintf("room:%d", room.ID)
	for name, order := range map[string]func(int) string{
		"the same": func(int) string { return `{"do":"join","on":"` + hall + `","after":0}` },
		"another":  func(i int) string { return fmt.Sprintf(`{"do":"join","on":"room:%d","after":0}`, i+1) },
		"coming and going": func(i int) string {
			return `{"do":"` + []string{"join", "leave"}[i%2] + `","on":"` + hall + `","after":0}`
		},
	} {
		var sockets []*rawSocket
		for range 10 {
			s := w.rawSocket(t, cookie)
			flood := new(bytes.Buffer)
			for i := range 1000 {
				flood.Write(masked(fin|words, order(i)))
			}
			go func() { _, _ = s.Write(flood.Bytes()) }()
			sockets = append(sockets, s)
		}
		for _, s := range sockets {
			if code := s.ended(t); code != 4429 {
				t.Errorf("%s: closed with %d", name, code)
			}
		}
		others.well(t)
	}
	s := w.rawSocket(t, cookie)
	for range 15 {
		s.write(t, masked(fin|words, `{"do":"join","on":"`+hall+`","after":0}`))
	}
	s.hear(t, "joined")
	before := 0.0
	for range 5 { // once each, in order
		m := s.hear(t, "message")
		if seq := m["seq"].(float64); before != 0 && seq != before+1 {
			t.Errorf("%v after %v", seq, before)
		}
		before = m["seq"].(float64)
	}
}

// FuzzFrames: whatever orders and bytes a client sends while a hundred others talk, it is answered and let go in order,
// and none of them is hurt.
func FuzzFrames(f *testing.F) {
	for i, order := range strangeOrders {
		f.Add(order, brokenSeed(i))
	}
	f.Add("{\"do\":\"join\",\"on\":\"room:ROOM\",\"after\":0}\n{\"do\":\"say\",\"on\":\"room:ROOM\",\"text\":\"hello *all* @ada\",\"nonce\":\"n\",\"sure\":true}\n{\"do\":\"leave\",\"on\":\"room:ROOM\"}\n{\"do\":\"ping\"}", []byte{})
	f.Add("{\"do\":\"join\",\"on\":\"topic:ROOM\"}\n{\"do\":\"say\",\"on\":\"room:ROOM\",\"text\":\"x\",\"nonce\":\"n\",\"told\":\"nobody\"}", masked(fin|9, "x"))
	w := begin(f, "sqlite", nil)
	w.members("otto")
	g, _, room := w.group("open", forum.PublicToRead)
	other, _, hall := w.group("other", forum.MembersOnly)
	_, _, hidden := w.group("hidden", forum.Hidden)
	w.enter(other, w.as(w.members("olga")["olga"].Member))
	others := w.neighbours(f, g, room, 96)
	cookie := w.session("olga")
	f.Fuzz(func(t *testing.T, orders string, raw []byte) {
		s := w.rawSocket(t, cookie)
		var sent []byte
		for order := range strings.SplitSeq(placed(orders, hall, hidden), "\n") {
			sent = append(sent, masked(fin|words, order)...)
		}
		go func() {
			_, _ = s.Write(append(sent, raw...))
			_ = s.Conn.(*net.TCPConn).CloseWrite() //nolint:forcetypeassert // dialled so
		}()
		for op := byte(0); op != 8; { // what ends without a close frame has panicked
			op, _ = s.frame(t)
		}
		_ = s.Close()
		others.well(t)
		var m runtime.MemStats
		if runtime.ReadMemStats(&m); m.HeapInuse > 1<<30 {
			t.Errorf("%d MB are held", m.HeapInuse>>20)
		}
	})
}

// brokenSeed is one of the frames that break the protocol.
func brokenSeed(i int) []byte {
	for _, c := range brokenFrames() {
		if i--; i < 0 && len(c.sent) < 1<<10 {
			return c.sent
		}
	}
	return nil
}
