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

// TestReportMailOnTheWeb: the mail of a post leads to the form of its report; a mail with words of a moderator is reported
// from the page of one's own mails, by its reader alone. The administrators are told which it was, and what it said only
// where they read that; the moderator finds nothing of it.
func TestReportMailOnTheWeb(t *testing.T) { onBoth(t, reportMailOnTheWeb) }

func reportMailOnTheWeb(t *testing.T, w *world) {
	people := w.members("ada", "otto", "rita", "boss")
	g, board, _ := w.group("inner", forum.Hidden)
	w.enter(g, w.admin, people["ada"], people["otto"])
	w.must(w.forum.Appoint(t.Context(), w.admin, g.ID, people["ada"].Member, forum.Moderator))
	w.must(w.forum.Grant(t.Context(), w.admin, people["boss"].Member, forum.Administrator))
	w.must(w.forum.Subscribe(t.Context(), people["otto"], board.ID, forum.Each))
	_, err := w.forum.StartTopic(t.Context(), w.as(people["ada"].Member), board.ID, forum.Draft{Title: "Matter", Source: "words of a post", Key: w.key()})
	w.must(err)
	form := regexp.MustCompile(`/report/post/[0-9]+`).FindString(w.await("otto@members.example", "Matter").Text)
	otto, rita, ada, admin, boss := w.session("otto"), w.session("rita"), w.session("ada"), w.session("admin"), w.session("boss")
	if body, _, _ := w.visit(form); !strings.Contains(body, `name="next" value="`+form+`"`) || strings.Contains(body, "words of a post") {
		t.Errorf("a visitor is not asked who they are: %s", content(body))
	}
	if status, page := w.ask("GET", form, otto); status != http.StatusOK || !strings.Contains(page, "words of a post") || strings.Contains(page, "We have your report") {
		t.Errorf("the form of the post: %d %s", status, content(page))
	}
	if _, page := w.ask("GET", "/account/reports", otto); !strings.Contains(page, "You have reported nothing") {
		t.Errorf("opening the form reported something: %s", content(page))
	}
	w.must(w.forum.Warn(t.Context(), w.as(people["ada"].Member), g.ID, people["otto"].Member, forum.ActDraft{Reason: "unkind", Words: "quicksilver canary"}))
	w.await("otto@members.example", "A word from your moderators")
	_, page := w.ask("GET", "/account/mail", otto)
	path := regexp.MustCompile(`href="(/account/mail/note.act-warn/[0-9]+/[0-9]+)/report"`).FindStringSubmatch(page)
	if path == nil || strings.Count(page, `/report"`) != 2 { // and the invitation
		t.Fatalf("his mails: %s", content(page))
	}
	mail := path[1]
	if _, page := w.ask("GET", mail, otto); !strings.Contains(page, mail+"/report") {
		t.Errorf("the mail: %s", content(page))
	}
	const nowhere = "/account/mail/note.act-warn/7/7/report"
	_, absent := w.ask("GET", nowhere, rita)
	for who, cookie := range map[string]string{"rita": rita, "ada": ada, "admin": admin} {
		for _, at := range []string{mail + "/report", strings.TrimSuffix(mail, fmt.Sprint(people["otto"].Member)) + fmt.Sprint(people[who].Member) + "/report"} {
			status, page := w.ask("GET", at, cookie)
			if status != http.StatusNotFound || who == "rita" && varying.ReplaceAllString(strings.ReplaceAll(page, at, nowhere), "") != varying.ReplaceAllString(absent, "") {
				t.Errorf("%s opens %s: %d", who, at, status)
			}
			if status, _ := w.post(cookie, at, url.Values{"reason": {"unkind"}}); status != http.StatusNotFound {
				t.Errorf("%s reports it: %d", who, status)
			}
		}
	}
	if status, page := w.ask("GET", mail+"/report", otto); status != http.StatusOK || !strings.Contains(page, "You were warned") || !strings.Contains(page, "that it came to you") {
		t.Errorf("the form: %d %s", status, content(page))
	}
	if status, page := w.post(otto, mail+"/report", url.Values{"reason": {"other"}}); status != http.StatusUnprocessableEntity || !strings.Contains(page, "words-error") {
		t.Errorf("without words: %d %s", status, content(page))
	}
	if _, to := w.led(otto, mail+"/report", url.Values{"reason": {"unkind"}, "words": {"reported words"}}); !strings.HasPrefix(to, "/account/reports?done=reported") {
		t.Errorf("reporting leads to %s", to)
	}
	if _, page := w.ask("GET", "/account/reports", otto); !strings.Contains(page, "A mail") || !strings.Contains(page, `href="`+mail+`"`) || !strings.Contains(page, "reported words") {
		t.Errorf("his reports: %s", content(page))
	}
	told := w.await("boss@members.example", "A mail was reported")
	if strings.Contains(told.Text, "canary") || strings.Contains(told.Text, "Otto") || strings.Contains(told.Text, "inner") {
		t.Errorf("the notice: %s", told.Text)
	}
	w.mailCase(ada, admin, boss)
	heard := w.await("otto@members.example", "Your report was looked at")
	if strings.Contains(heard.Text, "Nobody was told") || !strings.Contains(heard.Text, "Something was done about it.") {
		t.Errorf("what he hears: %s", heard.Text)
	}
}

// mailCase: one administrator moderates the group and reads the words, the other does not and closes the case.
func (w *world) mailCase(ada, admin, boss string) {
	t := w.t
	t.Helper()
	_, page := w.ask("GET", "/moderation", boss)
	path := regexp.MustCompile(`/moderation/[0-9]+`).FindString(page)
	if path == "" || !strings.Contains(page, "A mail · ") {
		t.Fatalf("the queue: %s", content(page))
	}
	if status, _ := w.ask("GET", path, ada); status != http.StatusNotFound {
		t.Errorf("whose words they are opens the case: %d", status)
	}
	for who, cookie := range map[string]string{"boss": boss, "admin": admin} {
		reads := who == "admin"
		_, page := w.ask("GET", path, cookie)
		if !strings.Contains(page, "You were warned") || !strings.Contains(page, "To Otto Test") || !strings.Contains(page, "reported words") || strings.Contains(page, "Group inner") {
			t.Errorf("%s: %s", who, content(page))
		}
		for _, word := range []string{"quicksilver canary", "Ada Test", "/suspend"} {
			if strings.Contains(page, word) != reads {
				t.Errorf("%s reads %q: %s", who, word, content(page))
			}
		}
		if strings.Contains(page, "is not yours to read") == reads {
			t.Errorf("%s is not told that it cannot be shown: %s", who, content(page))
		}
	}
	if status, _ := w.post(boss, path+"/close", url.Values{"outcome": {"talk"}}); status != http.StatusSeeOther {
		t.Errorf("closing it: %d", status)
	}
}
