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

var objectLink = regexp.MustCompile(`/object/[a-z0-9]+`)

// TestSanctionsOnTheWeb: who is muted reads why in the place of the composer and on no form speaks; who is suspended is out
// at once, objects by the link of the one mail they get, and is let in again by another administrator. No page or mail
// tells them who decided.
func TestSanctionsOnTheWeb(t *testing.T) { onBoth(t, sanctionsOnTheWeb) }

func sanctionsOnTheWeb(t *testing.T, w *world) {
	people := w.members("ada", "otto")
	w.must(w.forum.Grant(t.Context(), w.admin, people["ada"].Member, forum.Administrator))
	g, board, room := w.group("inner", forum.MembersOnly)
	w.enter(g, w.admin, people["otto"])
	topic, err := w.forum.StartTopic(t.Context(), w.admin, board.ID, forum.Draft{Title: "Matter", Source: "words", Key: w.key()})
	w.must(err)
	admin, ada, otto := w.session("admin"), w.session("ada"), w.session("otto")
	member := fmt.Sprint(people["otto"].Member)
	if _, page := w.ask("GET", "/g/inner/manage", admin); !strings.Contains(page, "/g/inner/manage/mute?member="+member) {
		t.Errorf("the moderators' page: %s", content(page))
	}
	for _, stem := range []string{"warn", "mute"} {
		path := "/g/inner/manage/" + stem
		if status, page := w.ask("GET", path+"?member="+member, admin); status != http.StatusOK || !strings.Contains(page, "Otto Test") {
			t.Errorf("the form to %s: %d %s", stem, status, content(page))
		}
		if status, page := w.post(admin, path, url.Values{"member": {member}, "reason": {"unkind"}, "words": {"short"}, "days": {"7"}}); status != http.StatusUnprocessableEntity || !strings.Contains(page, "words-error") || !strings.Contains(page, ">short<") {
			t.Errorf("a short reason to %s: %d %s", stem, status, content(page))
		}
		for range 2 {
			if status, _ := w.post(admin, path, url.Values{"member": {member}, "reason": {"unkind"}, "words": {"After three warnings."}, "days": {"7"}}); status != http.StatusSeeOther {
				t.Errorf("to %s: %d", stem, status)
			}
		}
	}
	mail := w.await("otto@members.example", "You may read and not speak for a while")
	if !strings.Contains(mail.Text, "After three warnings.") || !strings.Contains(flat(mail.Text), "Decided by moderators of Group inner") || strings.Contains(mail.Text, "Admin") {
		t.Errorf("the mail: %s", mail.Text)
	}
	const why = "let you read here and not speak"
	for _, path := range []string{topicPathOf(topic), "/g/inner/r/" + room.Slug} {
		if status, page := w.ask("GET", path, otto); status != http.StatusOK || !strings.Contains(page, why) || strings.Contains(page, "<textarea") {
			t.Errorf("%s: %d %s", path, status, content(page))
		}
	}
	if status, page := w.post(otto, topicPathOf(topic), url.Values{"source": {"I insist"}, "key": {"k"}}); status != http.StatusForbidden || strings.Contains(page, "I insist</p>") {
		t.Errorf("speaking all the same: %d", status)
	}
	if _, page := w.ask("GET", "/g/inner/queue", admin); !strings.Contains(page, "Otto Test · muted") {
		t.Errorf("what lasts: %s", content(page))
	}
	if status, page := w.post(otto, fmt.Sprintf("/account/acts/%d", w.lastAct()), url.Values{"words": {"no"}}); status != http.StatusUnprocessableEntity || !strings.Contains(page, "words-error") {
		t.Errorf("an objection without words: %d %s", status, content(page))
	}
	if status, _ := w.post(admin, "/g/inner/manage/unmute", url.Values{"member": {member}}); status != http.StatusSeeOther {
		t.Errorf("letting speak again: %d", status)
	}
	if _, page := w.ask("GET", topicPathOf(topic), otto); strings.Contains(page, why) || !strings.Contains(page, "<textarea") {
		t.Errorf("afterwards: %s", content(page))
	}
	person := "/m/" + member
	if _, page := w.ask("GET", person, admin); !strings.Contains(page, person+"/suspend") {
		t.Errorf("the person's page: %s", content(page))
	}
	if status, _ := w.post(admin, person+"/suspend", url.Values{"reason": {"law"}, "words": {"The body decided so."}, "days": {"30"}}); status != http.StatusSeeOther {
		t.Errorf("suspending: %d", status)
	}
	if status, _ := w.ask("GET", "/account", otto); status != http.StatusSeeOther {
		t.Errorf("his session: %d", status)
	}
	mail = w.await("otto@members.example", "Your account was suspended")
	link := objectLink.FindString(mail.Text)
	if link == "" || !strings.Contains(mail.Text, "The body decided so.") || !strings.Contains(flat(mail.Text), "Decided by administrators of the body") {
		t.Fatalf("the mail: %s", mail.Text)
	}
	if status, page := w.ask("GET", link, ""); status != http.StatusOK || !strings.Contains(page, "The body decided so.") || !strings.Contains(page, `action="`+link) {
		t.Errorf("the page of the link: %d %s", status, content(page))
	}
	if status, page := w.post("", link, url.Values{"words": {"no"}}); status != http.StatusUnprocessableEntity || !strings.Contains(page, "words-error") {
		t.Errorf("without words: %d %s", status, content(page))
	}
	if status, _ := w.post("", link, url.Values{"words": {"I was not there."}}); status != http.StatusSeeOther {
		t.Errorf("objecting: %d", status)
	}
	if _, page := w.ask("GET", link, ""); !strings.Contains(page, "waits for its answer") || strings.Contains(page, "<textarea") {
		t.Errorf("afterwards: %s", content(page))
	}
	path := fmt.Sprintf("/objections/%d", w.lastAct())
	w.await("ada@members.example", "An objection waits for your answer")
	if _, page := w.ask("GET", "/moderation", ada); !strings.Contains(page, path) {
		t.Errorf("her queue: %s", content(page))
	}
	if status, _ := w.ask("GET", path, admin); status != http.StatusNotFound {
		t.Errorf("who decided opens it: %d", status)
	}
	if status, page := w.ask("GET", path, ada); status != http.StatusOK || !strings.Contains(page, "I was not there.") || !strings.Contains(page, "Otto Test") {
		t.Errorf("the objection: %d %s", status, content(page))
	}
	if status, _ := w.post(ada, path, url.Values{"answer": {"You are right, we are sorry."}, "back": {"1"}}); status != http.StatusSeeOther {
		t.Errorf("answering: %d", status)
	}
	mail = w.await("otto@members.example", "Your objection was answered")
	if !strings.Contains(flat(mail.Text), "You are right, we are sorry.") || !strings.Contains(flat(mail.Text), "taken back") || strings.Contains(mail.Text, "Ada") {
		t.Errorf("the answer: %s", mail.Text)
	}
	if status, _ := w.ask("GET", "/account/acts", w.session("otto")); status != http.StatusOK {
		t.Errorf("he is let in again: %d", status)
	}
}

// flat is a text without its line breaks.
func flat(text string) string { return strings.Join(strings.Fields(text), " ") }

// lastAct is the newest act of moderators or administrators.
func (w *world) lastAct() (id int64) {
	w.t.Helper()
	w.must(w.store.Reader().NewRaw("SELECT max(id) FROM acts").Scan(w.t.Context(), &id))
	return id
}
