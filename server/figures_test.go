package main

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"peergroups/forum"
)

// TestFiguresOnTheWeb: members read what moderators did, with the reason and no name; everybody the figures of a year that an
// administrator published, in which no small number is told.
func TestFiguresOnTheWeb(t *testing.T) { onBoth(t, figuresOnTheWeb) }

func figuresOnTheWeb(t *testing.T, w *world) {
	people := w.members("ada", "otto")
	g, board, _ := w.group("inner", forum.MembersOnly)
	w.enter(g, w.admin, people["ada"], people["otto"])
	topic, err := w.forum.StartTopic(t.Context(), w.as(people["otto"].Member), board.ID, forum.Draft{Title: "Matter", Source: "words", Key: w.key()})
	w.must(err)
	w.must(w.forum.Lock(t.Context(), w.admin, topic.ID, "It is settled."))
	w.must(w.forum.Warn(t.Context(), w.admin, g.ID, people["otto"].Member, forum.ActDraft{Reason: "unkind", Words: "warning canary"}))
	admin, ada := w.session("admin"), w.session("ada")
	if _, page := w.ask("GET", "/g/inner", ada); !strings.Contains(page, `href="/g/inner/log"`) {
		t.Errorf("the group's page: %s", content(page))
	}
	status, page := w.ask("GET", "/g/inner/log", ada)
	if status != http.StatusOK || !strings.Contains(page, "Matter") || !strings.Contains(page, "It is settled.") || strings.Contains(content(page), "Admin Test") || strings.Contains(page, "canary") || strings.Contains(content(page), "Otto") {
		t.Errorf("the log: %d %s", status, content(page))
	}
	if _, page := w.ask("GET", "/staff/transparency", admin); !strings.Contains(page, "Warned.</th><td>fewer than 5") || !strings.Contains(page, "This year is not over") {
		t.Errorf("the staff's: %s", content(page))
	}
	_, err = w.store.Writer().NewRaw(`INSERT INTO figures (year, numbers, made_at) VALUES (2020, '{"acts.warn":12,"acts.remove":9,"acts.mute":4,"objections.made":7}', 1)`).Exec(t.Context())
	w.must(err)
	if _, page := w.ask("GET", "/transparency", ""); strings.Contains(page, "2020") {
		t.Errorf("before it is published: %s", content(page))
	}
	if status, _ := w.post(admin, "/staff/transparency", url.Values{"year": {"2020"}}); status != http.StatusSeeOther {
		t.Errorf("publishing: %d", status)
	}
	if _, page := w.ask("GET", "/transparency", ""); !strings.Contains(page, "Warned.</th><td>12<") || !strings.Contains(page, "Muted.</th><td>not told<") || !strings.Contains(page, "Made</th><td>7<") || strings.Contains(page, "<form method=\"post\" action=\"/staff") {
		t.Errorf("published: %s", content(page))
	}
}
