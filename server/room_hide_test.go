package main

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"peergroups/forum"
)

// TestHideMessageOnTheWeb: a moderator hides what was said in a room, from its page or from a report; its line stays with the
// reason, from open pages it goes at once, and it is shown again.
func TestHideMessageOnTheWeb(t *testing.T) { onBoth(t, hideMessageOnTheWeb) }

func hideMessageOnTheWeb(t *testing.T, w *world) {
	people := w.members("ada", "otto", "rita")
	g, _, room := w.group("inner", forum.MembersOnly)
	w.enter(g, w.admin, people["ada"], people["otto"], people["rita"])
	w.must(w.forum.Appoint(t.Context(), w.admin, g.ID, people["ada"].Member, forum.Moderator))
	m, err := w.forum.Say(t.Context(), w.as(people["otto"].Member), room.ID, "said canary", w.key())
	w.must(err)
	ada, otto, rita := w.session("ada"), w.session("otto"), w.session("rita")
	hide, at, more := fmt.Sprintf("/said/%d/hide", m.ID), "/g/inner/r/"+room.Slug, fmt.Sprintf("/said/%d/more", m.ID)
	for cookie, offered := range map[string]bool{ada: true, rita: false, otto: false} {
		if _, page := w.ask("GET", more, cookie); !strings.Contains(page, "said canary") || strings.Contains(page, hide) != offered {
			t.Errorf("offered %t: %s", !offered, content(page))
		}
	}
	_, err = w.forum.Report(t.Context(), w.as(people["rita"].Member), forum.Reported{Kind: forum.ReportedMessage, Ref: m.ID}, forum.ReportDraft{Reason: "unkind", Words: "this hurts"})
	w.must(err)
	var c int64
	w.must(w.store.Reader().NewRaw("SELECT id FROM cases").Scan(t.Context(), &c))
	if _, page := w.ask("GET", fmt.Sprintf("/moderation/%d", c), ada); !strings.Contains(page, hide) {
		t.Errorf("the case: %s", content(page))
	}
	if status, page := w.post(ada, hide, url.Values{"reason": {"unkind"}, "words": {"short"}}); status != http.StatusUnprocessableEntity || !strings.Contains(page, "words-error") {
		t.Errorf("a short reason: %d %s", status, content(page))
	}
	reading := w.browsers()("rita")
	reading.login("rita")
	reading.open(at)
	reading.sees("said canary")
	_, err = w.forum.Say(t.Context(), w.as(people["otto"].Member), room.ID, "said after it", w.key())
	w.must(err)
	w.eventually("her page listens", func() bool { return strings.Contains(reading.html(), "said after it") })
	if status, _ := w.post(ada, hide, url.Values{"reason": {"unkind"}, "words": {"This was unkind to somebody."}}); status != http.StatusSeeOther {
		t.Errorf("hiding: %d", status)
	}
	w.eventually("it goes from the open page", func() bool { return !strings.Contains(reading.html(), "said canary") })
	for cookie, words := range map[string]bool{ada: false, rita: false, otto: true} {
		if _, page := w.ask("GET", at, cookie); strings.Contains(page, "said canary") != words || !strings.Contains(page, "Hidden by the moderators") {
			t.Errorf("reads it %t: %s", !words, content(page))
		}
	}
	mail := w.await("otto@members.example", "A message of yours was hidden")
	if !strings.Contains(mail.Text, "This was unkind to somebody.") || strings.Contains(mail.Text, "Ada") || strings.Contains(mail.Text, "canary") {
		t.Errorf("the mail: %s", mail.Text)
	}
	show := strings.Replace(hide, "/hide", "/show", 1)
	if _, page := w.ask("GET", more, ada); !strings.Contains(page, show) {
		t.Errorf("the room: %s", content(page))
	}
	if status, page := w.ask("GET", show, ada); status != http.StatusOK || !strings.Contains(page, "said canary") {
		t.Errorf("the form to show it: %d %s", status, content(page))
	}
	if status, _ := w.post(ada, show, nil); status != http.StatusSeeOther {
		t.Errorf("showing: %d", status)
	}
	if _, page := w.ask("GET", at, rita); !strings.Contains(page, "said canary") {
		t.Errorf("shown again: %s", content(page))
	}
}
