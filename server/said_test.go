package main

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	ws "github.com/fasthttp/websocket"

	"peergroups/forum"
)

// TestChangeWhatOneSaid: who said something in a room changes it and takes it back, by a form; open pages show it at once, and those that
// were away when they are back.
func TestChangeWhatOneSaid(t *testing.T) { onBoth(t, changeWhatOneSaid) }

func changeWhatOneSaid(t *testing.T, w *world) {
	people := w.members("otto", "rita")
	g, _, room := w.group("inner", forum.MembersOnly)
	w.enter(g, w.admin, people["otto"], people["rita"])
	m, err := w.forum.Say(t.Context(), people["otto"], room.ID, "the frist canary", w.key())
	w.must(err)
	_, err = w.forum.Say(t.Context(), people["rita"], room.ID, "another", w.key())
	w.must(err)
	otto, rita := w.session("otto"), w.session("rita")
	at, change, channel := "/g/inner/r/"+room.Slug, fmt.Sprintf("/said/%d/change", m.ID), fmt.Sprintf("room:%d", room.ID)
	for cookie, offered := range map[string]bool{otto: true, rita: false, w.session("admin"): false} {
		if _, page := w.ask("GET", fmt.Sprintf("/said/%d/more", m.ID), cookie); strings.Contains(page, change) != offered {
			t.Errorf("offered %t: %s", !offered, content(page))
		}
	}
	live := w.live(t, "rita", channel)
	reading, writing := w.browsers()("rita"), w.browsers()("otto")
	reading.login("rita")
	reading.open(at)
	_, page := w.ask("GET", change, otto)
	if !strings.Contains(page, "the frist canary") || !strings.Contains(page, `name="base" value="0"`) {
		t.Errorf("the form: %s", content(page))
	}
	if status, page := w.post(otto, change, url.Values{"text": {""}, "base": {"0"}}); status != http.StatusUnprocessableEntity || !strings.Contains(page, "text-error") {
		t.Errorf("without words: %d %s", status, content(page))
	}
	if status, _ := w.post(rita, change, url.Values{"text": {"mine"}, "base": {"0"}}); status != http.StatusNotFound {
		t.Errorf("of another: %d", status)
	}
	if status, _ := w.post(otto, change, url.Values{"text": {"the **first** canary"}, "base": {"0"}}); status != http.StatusSeeOther {
		t.Errorf("changing: %d", status)
	}
	altered := func(c *ws.Conn, words string) {
		t.Helper()
		if m, err := hear(c, "altered"); err != nil || m["of"].(float64) != 1 || !strings.Contains(m["html"].(string), words) {
			t.Errorf("an open page hears %v %v", m, err)
		}
	}
	altered(live, "<strong>first</strong>")
	w.eventually("it changes in the open page", func() bool {
		return strings.Contains(reading.html(), "<strong>first</strong>") && !strings.Contains(reading.html(), "frist")
	})
	if order := eval[[]string](reading, `[...document.querySelectorAll("[data-seq]")].map(e => e.dataset.seq)`); fmt.Sprint(order) != "[1 2]" {
		t.Errorf("the lines are %v", order)
	}
	away, err := w.socket(rita, w.base.String())
	w.must(err)
	defer func() { _ = away.Close() }()
	w.must(away.WriteMessage(ws.TextMessage, fmt.Appendf(nil, `{"do":"join","on":"%s","after":2}`, channel)))
	altered(away, "<strong>first</strong>")
	if _, page := w.ask("GET", at, rita); !strings.Contains(page, "changed") || strings.Contains(page, "frist") {
		t.Errorf("the page: %s", content(page))
	}

	writing.login("otto")
	writing.open(change)
	writing.press("form[action$='/back'] button")
	writing.sees("Taken back by who said it")
	altered(live, "Taken back")
	w.eventually("it goes from the open page", func() bool { return !strings.Contains(reading.html(), "canary") })
	if _, page := w.ask("GET", at, rita); strings.Contains(page, fmt.Sprintf("/report/message/%d", m.ID)) {
		t.Error("what is gone can be reported")
	}
	if status, _ := w.ask("GET", change, otto); status != http.StatusNotFound {
		t.Errorf("the form of what is gone: %d", status)
	}
}
