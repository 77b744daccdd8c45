package main

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	ws "github.com/fasthttp/websocket"

	"peergroups/forum"
)

// TestRoomOnTheWeb: a room is used without scripts: one says something with a file, answers, gives a sign, finds words and days, and reads on where one
// stopped; its moderators set how it is used, and are told what would go at once.
func TestRoomOnTheWeb(t *testing.T) { onBoth(t, roomOnTheWeb) }

func roomOnTheWeb(t *testing.T, w *world) {
	people := w.members("otto", "rita")
	g, _, room := w.group("inner", forum.MembersOnly)
	w.enter(g, w.admin, people["otto"], people["rita"])
	otto, rita := w.session("otto"), w.session("rita")
	const at = "/g/inner/r/hall"
	_, page := w.ask("GET", at, otto)
	form := url.Values{"key": {valueOf(page, "key")}, "told": {valueOf(page, "told")}, "reply_to": {""}, "text": {"the *first* canary"}}
	if a, page := w.upload(otto, at, form, "plan.txt", "a plan"); a.StatusCode != http.StatusSeeOther {
		t.Fatalf("saying it as the form does: %d %s", a.StatusCode, content(page))
	}
	said, err := w.forum.ReadMessages(t.Context(), w.as(people["rita"].Member), room.ID, 0, 9)
	w.must(err)
	if len(said) != 1 || len(said[0].Files) != 1 {
		t.Fatalf("said is %+v", said)
	}
	_, page = w.ask("GET", at, rita)
	more := fmt.Sprintf("/said/%d/more", said[0].ID)
	if !strings.Contains(page, more) || !strings.Contains(page, "plan.txt") || !strings.Contains(page, "<em>first</em>") {
		t.Errorf("rita reads %s", content(page))
	}
	if _, page := w.ask("GET", more, rita); !strings.Contains(page, fmt.Sprintf("%s?reply=%d#text", at, said[0].ID)) || !strings.Contains(page, "/report/message/") || strings.Contains(page, "/change") {
		t.Errorf("the message: %s", content(page))
	}
	if _, page := w.ask("GET", fmt.Sprintf("%s?reply=%d", at, said[0].ID), rita); !strings.Contains(page, fmt.Sprintf(`name="reply_to" value="%d"`, said[0].ID)) || !strings.Contains(page, "You answer Otto Test") {
		t.Errorf("answering: %s", content(page))
	}
	if status, _ := w.post(rita, at, url.Values{"key": {w.key()}, "text": {"an answer"}, "reply_to": {fmt.Sprint(said[0].ID)}}); status != http.StatusSeeOther {
		t.Errorf("the answer: %d", status)
	}
	if status, _ := w.post(rita, fmt.Sprintf("/said/%d/react", said[0].ID), url.Values{"sign": {"2"}}); status != http.StatusSeeOther {
		t.Errorf("a sign: %d", status)
	}
	if _, page := w.ask("GET", at, otto); !strings.Contains(page, `class="cited"`) || !strings.Contains(page, "I agree") || !strings.Contains(page, "One new message") && !strings.Contains(page, "an answer") {
		t.Errorf("otto reads %s", content(page))
	}
	if status, to := w.led(rita, fmt.Sprintf("/said/%d", said[0].ID), nil); status == http.StatusOK || to != "" {
		t.Errorf("a form for an address: %d %s", status, to)
	}
	for query, found := range map[string]bool{"?q=CANARY": true, "?q=nothing": false, "?since=2020-01-01": true, "?since=2099-01-01": false, "?since=never": true} {
		if _, page := w.ask("GET", at+query, rita); strings.Contains(page, "<em>first</em>") != found {
			t.Errorf("%s finds it: %t %s", query, !found, content(page))
		}
	}

	// What is older than the time that is to be kept goes at once: that is said first.
	w.offset.Add(int64(48 * time.Hour))
	rita = w.session("rita")
	admin := w.session("admin")
	set := url.Values{"name": {"Hall"}, "topic": {"Of canaries"}, "keep": {"24"}, "slow": {"0"}}
	if status, page := w.post(admin, at+"/settings", set); status != http.StatusUnprocessableEntity || !strings.Contains(page, "2 messages are older") {
		t.Errorf("shortening: %d %s", status, content(page))
	}
	for _, keep := range []string{"abc", "23", "-2"} {
		wrong := url.Values{"name": {"Hall"}, "keep": {keep}, "slow": {"0"}}
		if status, _ := w.post(admin, at+"/settings", wrong); status != http.StatusUnprocessableEntity {
			t.Errorf("keeping for %q: %d", keep, status)
		}
	}
	set.Set("seen", "24")
	if status, page := w.post(admin, at+"/settings", set); status != http.StatusSeeOther {
		t.Errorf("shortening, seen: %d %s", status, content(page))
	}
	if _, page := w.ask("GET", at, rita); strings.Contains(page, "canary") || !strings.Contains(page, "Of canaries") || !strings.Contains(page, "Erased after 24 hours") {
		t.Errorf("afterwards: %s", content(page))
	}
}

// TestCircleOnTheWeb: a room for a circle is opened, others are taken in and leave; to all others its address is nothing.
func TestCircleOnTheWeb(t *testing.T) { onBoth(t, circleOnTheWeb) }

func circleOnTheWeb(t *testing.T, w *world) {
	people := w.members("otto", "rita")
	g, _, _ := w.group("inner", forum.MembersOnly)
	w.enter(g, w.admin, people["otto"], people["rita"])
	admin, otto, rita := w.session("admin"), w.session("otto"), w.session("rita")
	if status, page := w.post(admin, "/g/inner/manage/room", url.Values{"name": {"Secret"}, "slug": {"secret"}, "circle": {"1"}, "keep": {"0"}, "slow": {"0"}}); status != http.StatusSeeOther {
		t.Fatalf("opening: %d %s", status, content(page))
	}
	n, err := w.forum.ReadNeighbours(t.Context(), w.as(w.admin.Member), g.ID)
	w.must(err)
	at := ""
	for _, r := range n.Rooms {
		if r.Circle {
			at = "/g/inner/r/" + r.Slug
		}
	}
	if _, page := w.ask("GET", at, admin); !strings.Contains(page, "1 person, in this circle") {
		t.Errorf("the circle: %s", content(page))
	}
	for who, cookie := range map[string]string{"otto": otto, "rita": rita, "visitor": ""} {
		if status, _ := w.ask("GET", at, cookie); status != http.StatusNotFound {
			t.Errorf("%s is let in: %d", who, status)
		}
		if _, page := w.ask("GET", "/g/inner", cookie); strings.Contains(page, "Secret") {
			t.Errorf("%s is told of it", who)
		}
	}
	if status, page := w.post(admin, at+"/take", url.Values{"login": {"nobody"}}); status != http.StatusUnprocessableEntity || !strings.Contains(page, "No member of the group has this user ID") {
		t.Errorf("taking in nobody: %d %s", status, content(page))
	}
	if status, _ := w.post(admin, at+"/take", url.Values{"login": {"otto"}}); status != http.StatusSeeOther {
		t.Errorf("taking in: %d", status)
	}
	if status, page := w.ask("GET", at, otto); status != http.StatusOK || !strings.Contains(page, "2 people, in this circle") {
		t.Errorf("otto: %d %s", status, content(page))
	}
	if status, to := w.led(otto, at+"/leave", nil); status != http.StatusSeeOther || !strings.HasPrefix(to, "/g/inner?") {
		t.Errorf("leaving: %d %s", status, to)
	}
	if status, _ := w.ask("GET", at, otto); status != http.StatusNotFound {
		t.Errorf("who has left: %d", status)
	}
}

// TestRoomsWhileOpen: an open page hears of signs, of who writes and of how the room is used; who is muted or shut out says nothing there from then on.
func TestRoomsWhileOpen(t *testing.T) { onBoth(t, roomsWhileOpen) }

func roomsWhileOpen(t *testing.T, w *world) {
	people := w.members("otto", "rita")
	g, _, room := w.group("inner", forum.MembersOnly)
	w.enter(g, w.admin, people["otto"], people["rita"])
	on := fmt.Sprintf("room:%d", room.ID)
	otto, rita := w.live(t, "otto", on), w.live(t, "rita", on)
	m, err := w.forum.Say(t.Context(), w.as(people["otto"].Member), room.ID, "something", w.key())
	w.must(err)
	w.must(w.forum.ReactToSaid(t.Context(), w.as(people["rita"].Member), m.ID, forum.Thanks))
	if f, err := hear(otto, "altered"); err != nil || f["of"].(float64) != 1 || !strings.Contains(f["html"].(string), `data-sign="1"`) {
		t.Errorf("otto hears %v %v", f, err)
	}
	for range 5 {
		w.must(rita.WriteMessage(ws.TextMessage, fmt.Appendf(nil, `{"do":"type","on":"%s"}`, on)))
	}
	if f, err := hear(otto, "typing"); err != nil || f["name"] != "Rita Test" {
		t.Errorf("otto hears %v %v", f, err)
	}
	w.must(rita.WriteMessage(ws.TextMessage, fmt.Appendf(nil, `{"do":"read","on":"%s","after":1}`, on)))
	w.eventually("rita has read it", func() bool {
		p, err := w.forum.ReadRoom(t.Context(), w.as(people["rita"].Member), "inner", "hall", forum.SaidCursor{})
		return err == nil && p.ReadSeq == 1
	})
	w.must(w.forum.MuteInRoom(t.Context(), w.as(w.admin.Member), room.ID, people["rita"].Member, forum.ActDraft{Reason: "spam", Words: "this is enough for now", Days: 1}))
	typed := 0
	for done := false; !done; { // once in two seconds, however often she typed
		_ = otto.SetReadDeadline(time.Now().Add(10 * time.Second))
		_, b, err := otto.ReadMessage()
		w.must(err)
		typed += strings.Count(string(b), `"typing"`)
		done = strings.Contains(string(b), `"renewed"`)
	}
	if typed != 0 {
		t.Errorf("he hears %d times more that she types", typed)
	}
	w.must(rita.WriteMessage(ws.TextMessage, fmt.Appendf(nil, `{"do":"say","on":"%s","text":"x","nonce":"n1"}`, on)))
	if f, err := hear(rita, "error"); err != nil || !strings.Contains(f["words"].(string), "read here and not speak") {
		t.Errorf("muted she hears %v %v", f, err)
	}
	if mail := w.await("rita@members.example", "You may read and not speak in a room for a while"); !strings.Contains(mail.Text, "Hall of inner") || !strings.Contains(mail.Text, "this is enough for now") {
		t.Errorf("the mail: %s", mail.Text)
	}
	w.must(w.forum.LockRoom(t.Context(), w.as(w.admin.Member), room.ID, true, "for the night"))
	if _, err := hear(otto, "renewed"); err != nil {
		t.Error(err)
	}
	w.must(otto.WriteMessage(ws.TextMessage, fmt.Appendf(nil, `{"do":"say","on":"%s","text":"x","nonce":"n1"}`, on)))
	if f, err := hear(otto, "error"); err != nil || !strings.Contains(f["words"].(string), "locked") {
		t.Errorf("locked he hears %v %v", f, err)
	}
}

// valueOf is the value of a hidden field of a page.
func valueOf(page, name string) string {
	_, after, _ := strings.Cut(page, `name="`+name+`" value="`)
	value, _, _ := strings.Cut(after, `"`)
	return value
}

// TestRoomInBrowsers: what was typed under words that do not hold any more is given back, the new readers are shown in its place, and it is sent then;
// a draft is there again, and what is new stands below its line.
// TestMinutesByMail: who is asked is told by whom and where, but out of a group of which no names leave by mail.
func TestMinutesByMail(t *testing.T) { onBoth(t, minutesByMail) }

func minutesByMail(t *testing.T, w *world) {
	people := w.members("otto", "rita")
	for _, c := range []struct {
		slug, asks, said, name string
		class                  forum.Class
	}{{"inner", "otto", "rita", "Otto Test", forum.GroupClass}, {"sealed", "rita", "otto", "Rita Test", forum.SealedClass}} {
		g, b, room := w.group(c.slug, forum.MembersOnly)
		w.must(w.forum.ChangeGroup(t.Context(), w.admin, g.ID, forum.GroupDraft{Name: g.Name, Visibility: g.Visibility, Class: c.class, Joining: forum.ByInvitation}, g.Visibility))
		w.enter(g, w.admin, people["otto"], people["rita"])
		m, err := w.forum.Say(t.Context(), w.as(people[c.said].Member), room.ID, "something", w.key())
		w.must(err)
		_, err = w.forum.ProposeMinutes(t.Context(), w.as(people[c.asks].Member), room.ID, forum.MinutesDraft{Board: b.ID, Title: "canary", Messages: []int64{m.ID}})
		w.must(err)
		mail := w.await(c.said+"@members.example", "May what you said be kept?")
		names := c.class == forum.GroupClass
		for part, want := range map[string]bool{c.name: names, "Hall of " + c.slug: names, "Group " + c.slug: !names, "canary": false} {
			if strings.Contains(mail.Text, part) != want {
				t.Errorf("out of %s the mail says %q: %v\n%s", c.slug, part, !want, mail.Text)
			}
		}
	}
}

func TestRoomInBrowsers(t *testing.T) { onBoth(t, roomInBrowsers) }

func roomInBrowsers(t *testing.T, w *world) {
	people := w.members("otto", "rita")
	g, _, room := w.group("inner", forum.MembersOnly)
	w.enter(g, w.admin, people["otto"], people["rita"])
	const at = "/g/inner/r/hall"
	window := w.browsers()
	otto, rita := window("otto"), window("rita")
	for _, b := range []*browser{otto, rita} {
		b.login(b.who)
		b.open(at)
		b.w.eventually("online", func() bool { return b.now(`String(document.querySelector("[data-state]").hidden)`) == "true" })
	}
	says := func(b *browser, words string) {
		b.now(`(() => { const t = document.getElementById("text"); t.value = ` + fmt.Sprintf("%q", words) + `; t.dispatchEvent(new Event("input", { bubbles: true })); t.form.requestSubmit(); return "" })()`)
	}
	says(otto, "the first words")
	rita.sees("the first words")
	rita.now(`(() => { const t = document.getElementById("text"); t.value = "half a sentence"; t.dispatchEvent(new Event("input", { bubbles: true })); return "" })()`)
	w.eventually("the draft is kept", func() bool {
		d, err := w.forum.ReadWriting(t.Context(), w.as(people["rita"].Member), forum.WritingAt{Room: room.ID})
		return err == nil && d.Source == "half a sentence"
	})
	rita.open("/groups")
	says(otto, "said while she is away")
	w.eventually("it is said", func() bool {
		said, err := w.forum.ReadMessages(t.Context(), w.as(people["rita"].Member), room.ID, 0, 9)
		return err == nil && len(said) == 2
	})
	rita.open(at)
	if got := rita.now(`document.getElementById("text").value + "|" + document.getElementById("fresh")?.nextElementSibling?.querySelector(".prose").textContent.trim()`); got != "half a sentence|said while she is away" {
		t.Errorf("she comes back to %q", got)
	}

	// The group turns public while she writes: she is given her words back, sees who reads now, and sends them.
	d := forum.GroupDraft{Name: g.Name, Visibility: forum.PublicToRead, Joining: g.Joining}
	w.must(w.forum.ChangeGroup(t.Context(), w.as(w.admin.Member), g.ID, d, d.Visibility))
	says(rita, "my secret")
	rita.sees("has changed while you wrote")
	if got := rita.now(`document.getElementById("text").value + document.querySelectorAll(".say.waiting").length`); got != "my secret0" {
		t.Errorf("given back is %q", got)
	}
	w.enter(g, w.as(people["rita"].Member)) // told anew
	rita.now(`(() => { document.querySelector("[data-refused] button").click(); return "" })()`)
	w.eventually("the new readers", func() bool {
		return strings.Contains(rita.now(`document.querySelector(".to .audience").textContent`), "Everyone")
	})
	if got := rita.now(`document.getElementById("text").value`); got != "my secret" {
		t.Errorf("then there stands %q", got)
	}
	rita.now(`(() => { document.querySelector("form.line").requestSubmit(); return "" })()`)
	otto.sees("my secret")
}
