package main

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"peergroups/forum"
)

var ballotLink = regexp.MustCompile(`/ballots/[0-9]+`)

// TestBallotOnTheWeb: whoever opens a group wider is led to asking its authors; these are
// asked by mail, answer on a page of their own words, and only their yes shows them to others.
func TestBallotOnTheWeb(t *testing.T) { onBoth(t, ballotOnTheWeb) }

func ballotOnTheWeb(t *testing.T, w *world) {
	people := w.members("otto", "olga")
	g, board, _ := w.group("inner", forum.MembersOnly)
	w.enter(g, w.admin, people["otto"], people["olga"])
	for _, who := range []string{"otto", "olga"} {
		_, err := w.forum.StartTopic(t.Context(), people[who], board.ID, forum.Draft{Title: "Words of " + who, Source: who + "-canary", Key: w.key()})
		w.must(err)
	}
	w.must(w.forum.Leave(t.Context(), people["otto"], g.ID))
	admin, otto, olga := w.session("admin"), w.session("otto"), w.session("olga")
	form := url.Values{"name": {"Group inner"}, "icon": {"users"}, "hue": {"0"}, "visibility": {"0"}, "class": {"0"}, "joining": {"1"}, "roster": {"0"}, "sure": {"0"}}
	if status, _ := w.post(admin, "/g/inner/settings", form); status != http.StatusSeeOther {
		t.Fatalf("widening: %d", status)
	}
	if status, page := w.ask("GET", "/g/inner/ballot", admin); status != http.StatusOK || !strings.Contains(page, "2 posts and messages") || !strings.Contains(page, "2 authors") {
		t.Errorf("before asking: %d %s", status, content(page))
	}
	if status, page := w.post(admin, "/g/inner/ballot", url.Values{"days": {"1"}}); status != http.StatusUnprocessableEntity || !strings.Contains(page, "days-error") {
		t.Errorf("one day: %d", status)
	}
	for range 2 { // the double click
		if status, _ := w.post(admin, "/g/inner/ballot", url.Values{"days": {"14"}}); status != http.StatusSeeOther {
			t.Errorf("asking: %d", status)
		}
	}
	mail := w.await("otto@members.example", "May more people read")
	path := ballotLink.FindString(mail.Text)
	if path == "" || strings.Contains(string(mail.raw), "canary") || strings.Contains(string(mail.raw), "Words of") {
		t.Fatalf("the mail: %s", mail.Text)
	}
	if status, page := w.ask("GET", path, otto); status != http.StatusOK || !strings.Contains(page, "otto-canary") || strings.Contains(page, "olga") || strings.Contains(page, `href="/g/inner"`) {
		t.Errorf("his page: %d %s", status, content(page))
	}
	if status, page := w.ask("GET", "/", otto); status != http.StatusOK || !strings.Contains(page, path) {
		t.Errorf("his first page does not lead there: %d", status)
	}
	if status, _ := w.ask("GET", path, admin); status != http.StatusNotFound {
		t.Errorf("the owner, who is not asked: %d", status)
	}
	if status, _ := w.post(otto, path, url.Values{"all": {"1"}}); status != http.StatusSeeOther {
		t.Errorf("his yes: %d", status)
	}
	item := regexp.MustCompile(`item-0-[0-9]+`)
	_, page := w.ask("GET", path, olga)
	if status, _ := w.post(olga, path, url.Values{"all": {""}, item.FindString(page): {"2"}, "item-x-1": {"1"}, "item-0-99": {"1"}}); status != http.StatusSeeOther {
		t.Errorf("her no: %d", status)
	}
	if body, _, _ := w.visit("/g/inner/b/talk"); strings.Contains(body, "Words of") {
		t.Error("shown before the time is over")
	}
	w.offset.Add(int64(15 * 24 * time.Hour))
	w.eventually("the answers count", func() bool {
		body, _, _ := w.visit("/g/inner/b/talk")
		return strings.Contains(body, "Words of otto") && !strings.Contains(body, "Words of olga")
	})
	w.eventually("search finds what is open now", func() bool {
		body, _, _ := w.visit("/search?q=otto-canary")
		return strings.Contains(content(body), "Words of otto")
	})
	if body, _, _ := w.visit("/search?q=olga-canary"); strings.Contains(content(body), "Words of olga") {
		t.Error("search shows a visitor what has a no")
	}
	if _, page := w.ask("GET", "/g/inner/ballot", w.session("admin")); !strings.Contains(page, "What was asked") {
		t.Errorf("the result: %s", content(page))
	}
	if status, page := w.ask("GET", path, w.session("otto")); status != http.StatusOK || !strings.Contains(page, "The time to answer is over") {
		t.Errorf("afterwards: %d", status)
	}
}
