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

// waits finds the posts that wait in a page.
var waits = regexp.MustCompile(`href="(/waiting/[0-9]+)"`)

// TestVettingOnTheWeb: an owner says what is read first; who posts is told before and after, and takes it back or sends it
// again; a moderator posts or declines it, with a reason that comes by mail. Nobody else meets a word of it.
func TestVettingOnTheWeb(t *testing.T) { onBoth(t, vettingOnTheWeb) }

func vettingOnTheWeb(t *testing.T, w *world) {
	people := w.members("ada", "otto", "rita")
	g, board, _ := w.group("inner", forum.MembersOnly)
	w.enter(g, w.admin, people["ada"], people["otto"], people["rita"])
	w.must(w.forum.Appoint(t.Context(), w.admin, g.ID, people["ada"].Member, forum.Moderator))
	topic, err := w.forum.StartTopic(t.Context(), w.admin, board.ID, forum.Draft{Title: "Matter", Source: "words", Key: w.key()})
	w.must(err)
	admin, ada, otto, rita := w.session("admin"), w.session("ada"), w.session("otto"), w.session("rita")
	const settings = "/g/inner/settings/vetting"
	if _, page := w.ask("GET", "/g/inner/settings", admin); !strings.Contains(page, settings) {
		t.Errorf("the settings: %s", content(page))
	}
	if status, page := w.post(admin, settings, url.Values{"first": {"1"}, "watched": {strings.Repeat("x", 61)}}); status != http.StatusUnprocessableEntity || !strings.Contains(page, "watched-error") || !strings.Contains(page, `value="1" selected`) {
		t.Errorf("a long line: %d %s", status, content(page))
	}
	if status, _ := w.post(admin, settings, url.Values{"first": {"1"}, "watched": {"quicksilver"}}); status != http.StatusSeeOther {
		t.Errorf("setting it: %d", status)
	}
	if _, page := w.ask("GET", settings, admin); !strings.Contains(page, ">quicksilver</textarea>") || !strings.Contains(page, `value="1" selected`) {
		t.Errorf("set: %s", content(page))
	}
	at := topicPathOf(topic)
	if _, page := w.ask("GET", at, otto); !strings.Contains(page, "The moderators of the group read it first") {
		t.Errorf("he is not told before: %s", content(page))
	}
	if _, page := w.ask("GET", at, admin); strings.Contains(page, "The moderators of the group read it first") {
		t.Error("the moderator is told that hers wait")
	}
	status, page := w.post(otto, at, url.Values{"source": {"waiting canary"}, "key": {"k1"}})
	if status != http.StatusAccepted || !strings.Contains(page, "The moderators of Group inner read it first") || !strings.Contains(page, `href="/account/drafts"`) {
		t.Errorf("posting: %d %s", status, content(page))
	}
	if status, page := w.post(otto, "/g/inner/b/talk/new", url.Values{"title": {"New matter"}, "source": {"second canary"}, "key": {"k2"}}); status != http.StatusAccepted || !strings.Contains(page, "The moderators of Group inner") {
		t.Errorf("a new topic: %d %s", status, content(page))
	}
	_, page = w.ask("GET", "/account/drafts", otto)
	if !strings.Contains(page, "Waits for moderators") || !strings.Contains(page, "waiting canary") || !strings.Contains(page, "Answer in: Matter") || !strings.Contains(page, "New matter") {
		t.Errorf("his drafts: %s", content(page))
	}
	own := regexp.MustCompile(`/account/waiting/[0-9]+`).FindAllString(page, -1)
	if status, page := w.ask("GET", own[1], otto); status != http.StatusOK || !strings.Contains(page, "waiting canary") {
		t.Errorf("one of them: %d %s", status, content(page))
	}
	for _, path := range []string{at, "/g/inner/b/talk", "/", "/moderation", "/account/drafts", "/search?q=canary"} {
		if _, page := w.ask("GET", path, rita); strings.Contains(content(page), "waiting canary") || strings.Contains(page, "New matter") {
			t.Errorf("rita meets it at %s", path)
		}
	}
	if _, page := w.ask("GET", "/", ada); !strings.Contains(page, "2 posts wait for you to read them") {
		t.Errorf("her first page: %s", content(page))
	}
	_, page = w.ask("GET", "/g/inner/queue", ada)
	all := waits.FindAllStringSubmatch(page, -1)
	if len(all) != 2 || !strings.Contains(page, "one of their first posts") {
		t.Fatalf("her queue: %s", content(page))
	}
	one, two := all[0][1], all[1][1]
	if status, _ := w.ask("GET", one, rita); status != http.StatusNotFound {
		t.Errorf("rita opens it: %d", status)
	}
	if status, page := w.ask("GET", one, ada); status != http.StatusOK || !strings.Contains(page, "<p>waiting canary</p>") || !strings.Contains(page, "Otto Test") || !strings.Contains(page, one+"/approve") {
		t.Errorf("she reads it: %d %s", status, content(page))
	}
	if status, _ := w.post(ada, one+"/claim", nil); status != http.StatusSeeOther {
		t.Errorf("claiming: %d", status)
	}
	if _, page := w.ask("GET", one, admin); strings.Contains(page, one+"/approve") || !strings.Contains(page, "Ada Test is at it") {
		t.Errorf("another moderator: %s", content(page))
	}
	if status, _ := w.post(admin, one+"/approve", nil); status != http.StatusSeeOther {
		t.Errorf("approving what another is at: %d", status)
	}
	if status, _ := w.post(ada, one+"/approve", nil); status != http.StatusSeeOther {
		t.Errorf("approving: %d", status)
	}
	if _, page := w.ask("GET", at, rita); !strings.Contains(page, "<p>waiting canary</p>") || !strings.Contains(page, "Otto Test") {
		t.Errorf("posted: %s", content(page))
	}
	if status, page := w.post(ada, two+"/decline", url.Values{"reason": {"off-topic"}, "words": {"short"}}); status != http.StatusUnprocessableEntity || !strings.Contains(page, "words-error") {
		t.Errorf("a short reason: %d %s", status, content(page))
	}
	if status, _ := w.post(ada, two+"/decline", url.Values{"reason": {"off-topic"}, "words": {"Another board is for that."}}); status != http.StatusSeeOther {
		t.Errorf("declining: %d", status)
	}
	mail := w.await("otto@members.example", "A post of yours was declined")
	if !strings.Contains(mail.Text, "Another board is for that.") || strings.Contains(mail.Text, "Ada") || strings.Contains(mail.Text, "canary") {
		t.Errorf("the mail: %s", mail.Text)
	}
	_, page = w.ask("GET", "/account/drafts", otto)
	draft := regexp.MustCompile(`/account/drafts/[0-9]+`).FindString(page)
	if draft == "" || !strings.Contains(page, "The moderators declined it") {
		t.Fatalf("his drafts: %s", content(page))
	}
	if _, page := w.ask("GET", draft, otto); !strings.Contains(page, draft+"/change") || !strings.Contains(page, "A post for Group inner is with you again") || !strings.Contains(page, "second canary") {
		t.Errorf("the draft: %s", content(page))
	}
	if status, _ := w.post(otto, draft+"/change", nil); status != http.StatusSeeOther {
		t.Errorf("changing it: %d", status)
	}
	if _, page := w.ask("GET", "/g/inner/b/talk/new", otto); !strings.Contains(page, "second canary") || !strings.Contains(page, `value="New matter"`) {
		t.Errorf("the form: %s", content(page))
	}
	if _, page := w.ask("GET", "/account/acts", otto); !strings.Contains(page, "A post of yours was declined") || strings.Contains(page, "<textarea") {
		t.Errorf("the decisions: %s", content(page))
	}
	if status, page := w.post(otto, at, url.Values{"source": {"some Quicksilver here"}, "key": {"k3"}}); status != http.StatusAccepted {
		t.Errorf("a watched word: %d %s", status, content(page))
	}
	_, page = w.ask("GET", "/g/inner/queue", ada)
	three := waits.FindStringSubmatch(page)[1]
	if _, page := w.ask("GET", three, ada); !strings.Contains(page, "of your list in it: quicksilver") {
		t.Errorf("which word: %s", content(page))
	}
	if status, _ := w.post(otto, strings.Replace(three, "/waiting", "/account/waiting", 1)+"/take-back", nil); status != http.StatusSeeOther {
		t.Errorf("taking it back: %d", status)
	}
	if status, _ := w.ask("GET", three, ada); status != http.StatusNotFound {
		t.Errorf("it is taken back: %d", status)
	}
	member := fmt.Sprint(people["rita"].Member)
	if _, page := w.ask("GET", "/g/inner/manage", ada); !strings.Contains(page, "/g/inner/manage/vet?member="+member) {
		t.Errorf("the moderators' page: %s", content(page))
	}
	if status, _ := w.post(ada, "/g/inner/manage/vet", url.Values{"member": {member}, "reason": {"spam"}, "words": {"After two advertisements."}, "days": {"7"}}); status != http.StatusSeeOther {
		t.Errorf("vetting her: %d", status)
	}
	w.await("rita@members.example", "Your posts are read by moderators first")
	if _, page := w.ask("GET", "/g/inner/queue", admin); !strings.Contains(page, "Rita Test · posts are read first") || !strings.Contains(page, "/manage/unvet") {
		t.Errorf("what lasts: %s", content(page))
	}
	if status, _ := w.post(admin, "/g/inner/manage/unvet", url.Values{"member": {member}}); status != http.StatusSeeOther {
		t.Errorf("ending it: %d", status)
	}
}
