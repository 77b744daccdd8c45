package main

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"peergroups/forum"
)

// TestDraftsOnTheWeb: what is begun is kept by a button, and with scripts by itself; it stands in the composer the next time and
// on the page of drafts; a second window hears of it; it goes when it is posted or discarded.
func TestDraftsOnTheWeb(t *testing.T) {
	t.Parallel()
	w := begin(t, "sqlite", nil)
	people := w.members("nina", "vera")
	g, board, _ := w.group("inner", forum.MembersOnly)
	w.enter(g, w.admin, people["nina"], people["vera"])
	topic, err := w.forum.StartTopic(t.Context(), w.admin, board.ID, forum.Draft{Title: "First", Source: "hello", Key: w.key()})
	w.must(err)
	c := w.client()
	c.login("nina", nil)
	path := topicPathOf(topic)
	_, page := c.get(path)
	form := url.Values{"source": {"begun *here*"}, "title": {""}}
	for _, name := range []string{"place", "ref", "kept", "key", "told"} {
		form.Set(name, hidden(t, page, name))
	}
	if status, page := c.post("/drafts", form); status != http.StatusSeeOther {
		t.Fatalf("keeping: %d %s", status, content(page))
	}
	if _, page := c.get(path); !strings.Contains(page, "begun *here*</textarea>") || hidden(t, page, "kept") != "1" {
		t.Errorf("it is not taken up again: %s", content(page))
	}
	if _, page := c.get("/account/drafts"); !strings.Contains(page, "begun *here*") || !strings.Contains(page, ">First</a>") {
		t.Errorf("it is not listed: %s", content(page))
	}
	form.Set("source", "from the window that was open before")
	if status, page := c.post("/drafts", form); status != http.StatusConflict || !strings.Contains(page, "newer draft") || !strings.Contains(page, "from the window that was open before") {
		t.Errorf("the older window: %d %s", status, content(page))
	}
	if body, _ := w.ask("GET", path, w.session("vera")); body != http.StatusOK {
		t.Error(body)
	}
	if _, page := w.ask("GET", path, w.session("vera")); strings.Contains(page, "begun") {
		t.Error("another sees it")
	}
	form.Set("kept", "1")
	form.Set("source", "begun and ended")
	if status, page := c.post(path, form); status != http.StatusSeeOther {
		t.Fatalf("posting: %d %s", status, content(page))
	}
	if _, page := c.get("/account/drafts"); strings.Contains(page, "begun") {
		t.Errorf("posted, it is listed: %s", content(page))
	}

	window := w.browsers()
	nina, second := window("nina"), window("nina")
	for _, b := range []*browser{nina, second} {
		b.login("nina")
		b.open("/g/inner/b/talk/new")
		if b.path() != "/g/inner/b/talk/new" {
			t.Fatal(b.path())
		}
	}
	write := func(b *browser, text string) {
		b.fill("title", "A title")
		eval[bool](b, `(() => { const a = document.querySelector("#source"); a.value = "`+text+`"; a.dispatchEvent(new Event("input", {bubbles: true})); return true; })()`)
	}
	write(nina, "typed and left")
	nina.sees("Draft kept")
	write(second, "typed elsewhere")
	second.sees("newer draft")
	eval[bool](second, `([...document.querySelectorAll("[data-kept] button")].find(b => b.textContent === "Keep this one").click(), true)`)
	second.sees("Draft kept")
	nina.open("/g/inner/b/talk/new")
	if got := eval[string](nina, `document.querySelector("#source").value + "/" + document.querySelector("[name=title]").value`); got != "typed elsewhere/A title" {
		t.Errorf("the next time: %q", got)
	}
	eval[bool](nina, `(document.querySelector("#poll_options").value = "one\ntwo", document.querySelector("[name=poll_many]").click(), true)`)
	nina.sees("Draft kept")
	nina.open("/g/inner/b/talk/new")
	if got := eval[string](nina, `document.querySelector("#poll_options").value + "/" + document.querySelector("[name=poll_many]").checked`); got != "one\ntwo/true" {
		t.Errorf("its poll: %q", got)
	}
	if got := eval[bool](nina, `dispatchEvent(new Event("beforeunload", { cancelable: true }))`); !got {
		t.Error("a draft that is kept asks before one leaves")
	}
	write(nina, "and @ve")
	nina.sees("@vera")
	eval[bool](nina, `(document.querySelector("#source").dispatchEvent(new KeyboardEvent("keydown", {key: "Enter", bubbles: true, cancelable: true})), true)`)
	if got := eval[string](nina, `document.querySelector("#source").value`); got != "and @vera " {
		t.Errorf("offered: %q", got)
	}
	nina.press("[formaction='/drafts/discard']")
	nina.open("/g/inner/b/talk/new")
	if got := eval[string](nina, `document.querySelector("#source").value`); got != "" {
		t.Errorf("discarded: %q", got)
	}
}
