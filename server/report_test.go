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

// TestReportOnTheWeb: a member reports a post of a moderator, another moderator takes it on and closes it, and the
// reporter hears what came of it; no page or mail of all that names who reported it, nor holds what was written but
// for those who read it, and its author hears nothing.
func TestReportOnTheWeb(t *testing.T) { onBoth(t, reportOnTheWeb) }

func reportOnTheWeb(t *testing.T, w *world) {
	people := w.members("ada", "otto", "rita")
	g, board, _ := w.group("inner", forum.Hidden)
	w.enter(g, w.admin, people["ada"], people["otto"], people["rita"])
	for _, who := range []string{"ada", "otto"} {
		w.must(w.forum.Appoint(t.Context(), w.admin, g.ID, people[who].Member, forum.Moderator))
	}
	topic, err := w.forum.StartTopic(t.Context(), w.as(people["otto"].Member), board.ID, forum.Draft{Title: "Sealed matter", Source: "quicksilver canary", Key: w.key()})
	w.must(err)
	page, err := w.forum.ReadTopic(t.Context(), w.admin, topic.ID, 0)
	w.must(err)
	form := fmt.Sprintf("/report/post/%d", page.Posts[0].ID)
	ada, otto, rita, admin := w.session("ada"), w.session("otto"), w.session("rita"), w.session("admin")
	if _, page := w.ask("GET", topicPathOf(topic), rita); !strings.Contains(page, form) {
		t.Errorf("the post has no way to report it: %s", content(page))
	}
	if _, page := w.ask("GET", topicPathOf(topic), otto); strings.Contains(page, form) {
		t.Error("one's own post can be reported")
	}
	if status, page := w.ask("GET", form, rita); status != http.StatusOK || !strings.Contains(page, "quicksilver canary") {
		t.Errorf("the form: %d %s", status, content(page))
	}
	if status, page := w.post(rita, form, url.Values{"reason": {"other"}, "words": {" "}}); status != http.StatusUnprocessableEntity || !strings.Contains(page, "words-error") || !strings.Contains(page, `value="other" selected`) {
		t.Errorf("without words: %d %s", status, content(page))
	}
	if status, _ := w.post(rita, form, url.Values{"reason": {"unkind"}, "words": {"reported words"}}); status != http.StatusSeeOther {
		t.Errorf("reporting: %d", status)
	}
	if _, page := w.ask("GET", "/account/reports?done=reported", rita); !strings.Contains(page, "We have your report") || !strings.Contains(page, "reported words") || !strings.Contains(page, "Waits for the moderators") {
		t.Errorf("one's own reports: %s", content(page))
	}
	mail := w.await("ada@members.example", "Something waits in Group inner")
	if !strings.Contains(flat(mail.Text), "these wait now: 1 report.") || !strings.Contains(mail.Text, "/g/inner/queue") {
		t.Errorf("the mail: %s", mail.Text)
	}
	_, queue := w.ask("GET", "/moderation", ada)
	path := regexp.MustCompile(`/moderation/[0-9]+`).FindString(queue)
	w.await("admin@members.example", "Something waits in Group inner")
	if text := string(mail.raw) + mail.Text; strings.Contains(text, "canary") || strings.Contains(text, "Rita") || strings.Contains(text, "reported words") {
		t.Errorf("the mail: %s", text)
	}
	for who, cookie := range map[string]string{"ada": ada, "admin": admin} {
		for _, queue := range []string{"/g/inner/queue", "/moderation"} {
			if _, page := w.ask("GET", queue, cookie); !strings.Contains(page, path) {
				t.Errorf("%s finds nothing at %s: %s", who, queue, content(page))
			}
		}
	}
	for _, queue := range []string{"/g/inner/queue", "/moderation"} {
		if status, page := w.ask("GET", queue, otto); status != http.StatusOK || strings.Contains(page, path) {
			t.Errorf("its author finds it at %s: %d %s", queue, status, content(page))
		}
	}
	for who, cookie := range map[string]string{"otto": otto, "rita": rita} {
		if status, _ := w.ask("GET", path, cookie); status != http.StatusNotFound {
			t.Errorf("%s opens the case: %d", who, status)
		}
	}
	_, page2 := w.ask("GET", path, ada)
	if !strings.Contains(page2, "quicksilver canary") || !strings.Contains(page2, "reported words") || strings.Contains(page2, "Rita") {
		t.Errorf("the case: %s", content(page2))
	}
	if status, _ := w.post(ada, path+"/claim", nil); status != http.StatusSeeOther {
		t.Errorf("claiming: %d", status)
	}
	if _, page := w.ask("GET", path, admin); !strings.Contains(page, "Ada Test") || strings.Contains(page, path+"/close") {
		t.Errorf("a second moderator: %s", content(page))
	}
	if status, _ := w.post(admin, path+"/close", url.Values{"outcome": {"nothing"}}); status != http.StatusSeeOther {
		t.Errorf("closing what another is at: %d", status)
	}
	if status, _ := w.post(ada, path+"/note", url.Values{"note": {"between us"}}); status != http.StatusSeeOther {
		t.Errorf("a note: %d", status)
	}
	if status, page := w.post(ada, path+"/close", url.Values{"outcome": {"x"}, "answer": {"kept words"}}); status != http.StatusUnprocessableEntity || !strings.Contains(page, "outcome-error") || !strings.Contains(page, "kept words") {
		t.Errorf("no outcome: %d %s", status, content(page))
	}
	if status, _ := w.post(ada, path+"/close", url.Values{"outcome": {"talk"}, "answer": {"thank you for it"}}); status != http.StatusSeeOther {
		t.Errorf("closing: %d", status)
	}
	heard := w.await("rita@members.example", "Your report was looked at")
	if !strings.Contains(heard.Text, "Something was done about it.") || strings.Contains(heard.Text, "canary") {
		t.Errorf("the reporter's mail: %s", heard.Text)
	}
	if _, page := w.ask("GET", "/account/reports", rita); !strings.Contains(page, "thank you for it") || strings.Contains(page, "between us") {
		t.Errorf("the outcome: %s", content(page))
	}
	for _, d := range []string{"/account/mail", "/g/inner", "/"} {
		if _, page := w.ask("GET", d, otto); strings.Contains(page, "report waits") || strings.Contains(page, "reported words") {
			t.Errorf("its author is told at %s: %s", d, content(page))
		}
	}
}
