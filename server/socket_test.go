package main

import (
	"fmt"
	"strings"
	"testing"
	"time"

	ws "github.com/fasthttp/websocket"

	"peergroups/forum"
)

// TestDoorsCloseByThemselves: who listens is put off within a second when the certificate
// ends by the clock, and when the group is narrowed.
func TestDoorsCloseByThemselves(t *testing.T) { onBoth(t, doorsCloseByThemselves) }

func doorsCloseByThemselves(t *testing.T, w *world) {
	w.members("otto", "olga")
	guild, _, guildRoom := w.group("guild", forum.CertifiedOnly)
	_, _, openRoom := w.group("open", forum.PublicToRead)
	listen := func(login string, room *forum.Room) *ws.Conn {
		cookie := ""
		if login != "" {
			cookie = w.session(login)
		}
		c, err := w.socket(cookie, w.base.String())
		w.must(err)
		t.Cleanup(func() { _ = c.Close() })
		w.must(c.WriteMessage(ws.TextMessage, fmt.Appendf(nil, `{"do":"join","on":"room:%d","after":0}`, room.ID)))
		if m, err := hear(c, "joined"); err != nil {
			t.Fatal(login, m, err)
		}
		return c
	}
	otto, olga, stranger := listen("otto", guildRoom), listen("olga", openRoom), listen("", openRoom)
	open, err := w.forum.FindGroup(t.Context(), w.admin, "open")
	w.must(err)
	w.must(w.forum.ChangeGroup(t.Context(), w.admin, open.Group.ID, forum.GroupDraft{Name: "Open", Visibility: forum.MembersOnly}, forum.MembersOnly))
	for who, c := range map[string]*ws.Conn{"a member": olga, "a visitor": stranger} {
		if m, err := hear(c, "left"); err != nil {
			t.Errorf("%s listens on in a narrowed group: %v %v", who, m, err)
		}
	}
	plain := listen("admin", openRoom) // its owner, without a certificate
	w.must(w.forum.ChangeGroup(t.Context(), w.admin, open.Group.ID, forum.GroupDraft{Name: "Open", Visibility: forum.CertifiedOnly}, forum.CertifiedOnly))
	if m, err := hear(plain, "left"); err != nil {
		t.Errorf("a member without a certificate listens on in a group for the certified: %v %v", m, err)
	}
	_, err = w.store.Writer().NewRaw("UPDATE certificates SET until_at = ?0, open_until_at = ?0", forum.At(time.Now().Add(time.Hour))).Exec(t.Context())
	w.must(err)
	w.offset.Add(int64(2 * time.Hour))
	began := time.Now()
	m, err := hear(otto, "left")
	if err != nil || time.Since(began) > 5*time.Second {
		t.Errorf("listens on without a certificate: %v %v", m, err)
	}
	t.Logf("%s: put off after %v", guild.Slug, time.Since(began))
}

// TestSocketOrders: what is wrong with an order is answered with words and its nonce, and
// the socket goes on; what cannot be known of is not there.
func TestSocketOrders(t *testing.T) { onBoth(t, socketOrders) }

func socketOrders(t *testing.T, w *world) {
	people := w.members("otto", "olga")
	g, board, room := w.group("inner", forum.Hidden)
	w.enter(g, w.admin)
	w.must(w.forum.Invite(t.Context(), w.admin, g.ID, people["otto"].Member))
	w.must(w.forum.Join(t.Context(), people["otto"], g.ID))
	topic, err := w.forum.StartTopic(t.Context(), w.admin, board.ID, forum.Draft{Title: "T", Source: "x", Key: w.key()})
	w.must(err)
	hall, talk := fmt.Sprintf("room:%d", room.ID), fmt.Sprintf("topic:%d", topic.ID)
	open := func(login string) *ws.Conn {
		c, err := w.socket(w.session(login), w.base.String())
		w.must(err)
		t.Cleanup(func() { _ = c.Close() })
		return c
	}
	order := func(c *ws.Conn, format string, args ...any) {
		w.must(c.WriteMessage(ws.TextMessage, fmt.Appendf(nil, format, args...)))
	}
	otto, olga, admin := open("otto"), open("olga"), open("admin")
	const absent, fragment = "There is nothing", "text/html; fragment=messages"
	for _, c := range []struct {
		who          *ws.Conn
		order, words string
	}{
		{otto, `{"do":`, ""}, {otto, `{"do":"explode","on":"` + hall + `"}`, ""}, {otto, `{"do":"join","on":"room:07"}`, ""},
		{otto, `{"do":"join","on":"` + hall + `","extra":1}`, ""}, {otto, `{"do":"join","on":"room:99999999999999999999"}`, ""},
		{otto, `{"do":"join","on":"room:12345"}`, absent}, {olga, `{"do":"join","on":"` + hall + `"}`, absent}, {olga, `{"do":"join","on":"` + talk + `"}`, absent},
		{olga, `{"do":"say","on":"` + hall + `","text":"x","nonce":"n1"}`, absent},
		{otto, `{"do":"say","on":"` + hall + `","text":"x","nonce":"n2"}`, ""}, // not told yet who reads
		{admin, `{"do":"say","on":"` + hall + `","text":"  ","nonce":"n3"}`, "Enter what you want to say"},
		{admin, `{"do":"say","on":"` + hall + `","text":"` + strings.Repeat("y", forum.MaxSaid+1) + `","nonce":"n4"}`, "at most"},
		{admin, `{"do":"say","on":"` + hall + `","text":"x","nonce":""}`, ""},
	} {
		order(c.who, "%s", c.order)
		m, err := hear(c.who, "error")
		if err != nil || m["words"] == "" || !strings.Contains(fmt.Sprint(m["words"]), c.words) {
			t.Fatalf("%.60s: %v %v", c.order, m, err)
		}
		if _, nonce, found := strings.Cut(c.order, `"nonce":"`); found && m["nonce"] != strings.TrimSuffix(nonce, `"}`) {
			t.Errorf("%.60s: answered with nonce %v", c.order, m["nonce"])
		}
	}
	if said, err := w.forum.ReadMessages(t.Context(), w.admin, room.ID, 0, 10); err != nil || len(said) != 0 {
		t.Errorf("said all the same: %v %v", said, err)
	}
	for _, c := range []*ws.Conn{otto, admin} {
		order(c, `{"do":"join","on":"%s","after":0}`, hall)
		if _, err := hear(c, "joined"); err != nil {
			t.Fatal("the sockets go on:", err)
		}
	}
	order(admin, `{"do":"say","on":"%s","text":"call +31 20 123 45 67","nonce":"n6"}`, hall) // looks like a confidence (P20)
	if m, err := hear(admin, "error"); err != nil || m["hint"] != "Send it as it is" || !strings.Contains(fmt.Sprint(m["words"]), "+31 20 123 45 67") {
		t.Errorf("%v %v", m, err)
	}
	if said, err := w.forum.ReadMessages(t.Context(), w.admin, room.ID, 0, 10); err != nil || len(said) != 0 {
		t.Errorf("sent before the writer had seen the hint: %v %v", said, err)
	}
	order(admin, `{"do":"say","on":"%s","text":"hello *all*","nonce":"n5","sure":true}`, hall)
	if m, err := hear(otto, "message"); err != nil || m["nonce"] != "n5" || !strings.Contains(fmt.Sprint(m["html"]), "hello <em>all</em>") {
		t.Errorf("%v %v", m, err)
	}
	order(admin, `{"do":"say","on":"%s","text":"hello *all*","nonce":"n5"}`, hall) // the double click
	if m, err := hear(admin, "ack"); err != nil || m["seq"] != 1.0 {
		t.Errorf("%v %v", m, err)
	}
	if status, lines := w.ask("GET", "/g/inner/r/hall?after=0", w.session("otto"), fragment); status != 200 || strings.Count(lines, "data-seq") != 1 {
		t.Errorf("the room's lines: %d %s", status, lines)
	}
	if status, lines := w.ask("GET", "/g/inner/r/hall?after=1", w.session("otto"), fragment); status != 200 || lines != "" {
		t.Errorf("no newer lines: %d %s", status, lines)
	}
	if status, lines := w.ask("GET", "/g/inner/r/hall?after=0", w.session("olga"), fragment); status != 404 || strings.Contains(lines, "hello") {
		t.Errorf("to an outsider: %d %s", status, lines)
	}
	order(otto, `{"do":"leave","on":"%s"}`, hall)
	for range 40 {
		_ = otto.WriteMessage(ws.TextMessage, []byte(`{"do":"ping"}`))
	}
	if _, err := hear(otto, "never"); !ws.IsCloseError(err, 4429) {
		t.Errorf("forty frames at once: %v", err)
	}
}

// TestRoomsNameNobody: who is in a room is named to those who see the group's roster; others
// are shown only that they are there themselves.
func TestRoomsNameNobody(t *testing.T) { onBoth(t, roomsNameNobody) }

func roomsNameNobody(t *testing.T, w *world) {
	people := w.members("otto", "olga", "oscar")
	g, _, room := w.group("open", forum.RegisteredOnly)
	w.enter(g, w.admin, people["otto"], people["olga"])
	for _, login := range []string{"otto", "oscar"} {
		c, err := w.socket(w.session(login), w.base.String())
		w.must(err)
		t.Cleanup(func() { _ = c.Close() })
		w.must(c.WriteMessage(ws.TextMessage, fmt.Appendf(nil, `{"do":"join","on":"room:%d","after":0}`, room.ID)))
		if m, err := hear(c, "joined"); err != nil {
			t.Fatal(m, err)
		}
	}
	const otto, oscar = "Otto Test", "Oscar Test"
	for _, rule := range []struct {
		roster forum.Roster
		class  forum.Class
		seen   map[string]string // by reader, the names in the list of who is here
	}{
		{forum.ForReaders, forum.OpenClass, map[string]string{"admin": oscar + otto, "olga": oscar + otto, "oscar": oscar + otto, "": ""}},
		{forum.ForMembers, forum.OpenClass, map[string]string{"admin": oscar + otto, "olga": oscar + otto, "oscar": oscar, "": ""}},
		{forum.ForModerators, forum.OpenClass, map[string]string{"admin": oscar + otto, "otto": otto, "olga": "", "oscar": oscar, "": ""}},
		{forum.ForReaders, forum.ChathamClass, map[string]string{"admin": "", "otto": otto, "olga": "", "oscar": oscar, "": ""}}, // behind masks
	} {
		w.must(w.forum.ChangeGroup(t.Context(), w.admin, g.ID, forum.GroupDraft{Name: "Open", Visibility: forum.RegisteredOnly, Roster: rule.roster, Class: rule.class}, forum.RegisteredOnly))
		for login, want := range rule.seen {
			cookie := ""
			if login != "" {
				cookie = w.session(login)
			}
			_, page := w.ask("GET", "/g/open/r/hall", cookie)
			_, list, _ := strings.Cut(page, `id="here"`)
			list, _, _ = strings.Cut(list, "</ul>")
			got := ""
			for _, name := range []string{oscar, otto} {
				if strings.Contains(list, name) {
					got += name
				}
			}
			if got != want {
				t.Errorf("roster %d: %q is named %q, want %q", rule.roster, login, got, want)
			}
		}
	}
}
