package main

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"peergroups/forum"
)

// TestEditOnTheWeb: a moderator changes somebody's post, which says so with the reason; words are taken out of its history;
// what is to be erased for good is asked for and done by an administrator who does not read it.
func TestEditOnTheWeb(t *testing.T) { onBoth(t, editOnTheWeb) }

func editOnTheWeb(t *testing.T, w *world) {
	people := w.members("ada", "otto", "rita", "staff")
	g, board, _ := w.group("inner", forum.MembersOnly)
	w.enter(g, w.admin, people["ada"], people["otto"], people["rita"])
	w.must(w.forum.Appoint(t.Context(), w.admin, g.ID, people["ada"].Member, forum.Moderator))
	w.must(w.forum.Grant(t.Context(), w.admin, people["staff"].Member, forum.Administrator))
	topic, err := w.forum.StartTopic(t.Context(), w.as(people["otto"].Member), board.ID, forum.Draft{Title: "Matter", Source: "first canary", Key: w.key()})
	w.must(err)
	ada, otto, rita, staff := w.session("ada"), w.session("otto"), w.session("rita"), w.session("staff")
	post, at := fmt.Sprintf("/p/%d", w.firstPost(topic.ID)), topicPathOf(topic)
	for cookie, offered := range map[string]bool{ada: true, rita: false, otto: false} {
		if _, page := w.ask("GET", at, cookie); strings.Contains(page, post+"/edit") != offered || strings.Contains(page, post+"/erase") != offered {
			t.Errorf("offered %t: %s", !offered, content(page))
		}
	}
	if status, page := w.ask("GET", post+"/edit", ada); status != http.StatusOK || !strings.Contains(page, ">first canary</textarea>") || !strings.Contains(page, `name="base" value="1"`) {
		t.Errorf("the form: %d %s", status, content(page))
	}
	form := url.Values{"source": {"mended words"}, "base": {"1"}, "reason": {"confidentiality"}, "words": {"short"}}
	if status, page := w.post(ada, post+"/edit", form); status != http.StatusUnprocessableEntity || !strings.Contains(page, "words-error") || !strings.Contains(page, ">mended words</textarea>") {
		t.Errorf("a short reason: %d %s", status, content(page))
	}
	form.Set("words", "It named a party.")
	if status, _ := w.post(ada, post+"/edit", form); status != http.StatusSeeOther {
		t.Errorf("changing it: %d", status)
	}
	if _, page := w.ask("GET", at, rita); !strings.Contains(page, "mended words") || !strings.Contains(page, "changed by moderators") || strings.Contains(page, "first canary") {
		t.Errorf("changed: %s", content(page))
	}
	mail := w.await("otto@members.example", "A post of yours was changed by moderators")
	if !strings.Contains(mail.Text, "It named a party.") || strings.Contains(mail.Text, "Ada") || strings.Contains(mail.Text, "canary") {
		t.Errorf("the mail: %s", mail.Text)
	}
	_, page := w.ask("GET", post+"/history", rita)
	if !strings.Contains(page, "first canary") || !strings.Contains(page, "Changed by moderators: ") || strings.Contains(page, "/redact") {
		t.Errorf("the history for a member: %s", content(page))
	}
	_, page = w.ask("GET", post+"/history", otto)
	revision := regexp.MustCompile(`name="revision" value="([0-9]+)"`).FindStringSubmatch(page)
	if revision == nil {
		t.Fatalf("the history for its author: %s", content(page))
	}
	if status, _ := w.post(rita, post+"/redact", url.Values{"revision": {revision[1]}}); status != http.StatusForbidden {
		t.Errorf("a member takes words out: %d", status)
	}
	if status, _ := w.post(otto, post+"/redact", url.Values{"revision": {revision[1]}}); status != http.StatusSeeOther {
		t.Errorf("taking words out: %d", status)
	}
	if _, page := w.ask("GET", post+"/history", rita); strings.Contains(page, "first canary") || !strings.Contains(page, "These words were taken out") {
		t.Errorf("the history: %s", content(page))
	}
	if status, page := w.ask("GET", post+"/erase", ada); status != http.StatusOK || !strings.Contains(page, "backups, until they have aged") {
		t.Errorf("the form to erase: %d %s", status, content(page))
	}
	if status, _ := w.post(ada, post+"/erase", url.Values{"reason": {"law"}, "words": {"A court orders it, we were told."}}); status != http.StatusSeeOther {
		t.Errorf("asking: %d", status)
	}
	mail = w.await("staff@members.example", "Something is to be erased for good")
	if strings.Contains(mail.Text, "mended") || strings.Contains(mail.Text, "Otto") || strings.Contains(mail.Text, "Group inner") {
		t.Errorf("the mail: %s", mail.Text)
	}
	_, page = w.ask("GET", "/staff/erasures", staff)
	erasure := regexp.MustCompile(`action="(/staff/erasures/[0-9]+)"`).FindStringSubmatch(page)
	if erasure == nil || !strings.Contains(page, "A court orders it") || strings.Contains(page, "mended") || strings.Contains(page, "Otto") {
		t.Fatalf("what is asked: %s", content(page))
	}
	if status, page := w.post(staff, erasure[1], url.Values{"answer": {""}}); status != http.StatusUnprocessableEntity || !strings.Contains(page, "answer-error") {
		t.Errorf("refused without words: %d %s", status, content(page))
	}
	if status, _ := w.post(staff, erasure[1], url.Values{"erase": {"1"}}); status != http.StatusSeeOther {
		t.Errorf("erasing: %d", status)
	}
	if _, page := w.ask("GET", at, rita); strings.Contains(page, "mended words") {
		t.Errorf("erased: %s", content(page))
	}
	w.await("otto@members.example", "A post of yours was erased")
	if mail := w.await("ada@members.example", "What you asked to have erased"); !strings.Contains(flat(mail.Text), "It is erased.") {
		t.Errorf("the mail: %s", mail.Text)
	}
}
