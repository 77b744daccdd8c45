package main

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"peergroups/forum"
)

// TestP29BreachNotice: staff write a breach down, see the clock, pick whom it concerns, tell them, and keep the proof.
func TestP29BreachNotice(t *testing.T) { onBoth(t, breachNotice) }

func breachNotice(t *testing.T, w *world) {
	people := w.members("otto", "vera", "petra")
	w.must(w.forum.Grant(t.Context(), w.admin, people["petra"].Member, forum.PrivacyOfficer))
	w.ripen()
	w.strengthen()
	officer := w.session("petra")
	found := time.Now().UTC().Add(-time.Hour).Format("2006-01-02T15:04")
	form := url.Values{"title": {"A laptop"}, "words": {"It was left on a train, with a list of otto and vera."}, "found": {found}, "key": {"k"}}
	if status, page := w.post(officer, "/staff/incidents", url.Values{"title": {"A laptop"}, "found": {"tomorrow"}}); status != http.StatusUnprocessableEntity || !strings.Contains(page, "found-error") || !strings.Contains(page, "words-error") {
		t.Errorf("bad input: %d %s", status, content(page))
	}
	status, to := w.led(officer, "/staff/incidents", form)
	href := regexp.MustCompile(`^/staff/incidents/\d+`).FindString(to)
	if status != http.StatusSeeOther || href == "" {
		t.Fatalf("written down: %d %s", status, to)
	}
	do := func(want int, what string, more url.Values) string {
		t.Helper()
		more.Set("do", what)
		status, page := w.post(officer, href, more)
		if status != want {
			t.Errorf("%s: %d %s", what, status, content(page))
		}
		return page
	}
	do(http.StatusUnprocessableEntity, "send", url.Values{})
	do(http.StatusSeeOther, "pick", url.Values{"kind": {"names"}, "names": {"otto\nvera@members.example"}})
	if page := do(http.StatusUnprocessableEntity, "pick", url.Values{"kind": {"names"}, "names": {"nobody"}}); !strings.Contains(page, "There is no member nobody") {
		t.Errorf("nobody: %s", content(page))
	}
	do(http.StatusSeeOther, "notice", url.Values{"language": {"en"}, "subject": {"A list with your name"}, "notice": {"Your name stood on **a list** that was lost."}})
	if _, page := w.ask("GET", href, officer); strings.Contains(page, "people are picked") || !strings.Contains(page, "the people named below otto vera@members.example") || !strings.Contains(page, "The clock runs") || !strings.Contains(page, "<strong>a list</strong>") {
		t.Errorf("before it is sent: %s", content(page))
	}
	do(http.StatusSeeOther, "send", url.Values{})
	for _, who := range []string{"otto", "vera"} {
		mail := w.await(who+"@members.example", "A list with your name")
		if !strings.Contains(mail.HTML, "<strong>a list</strong>") || !strings.Contains(mail.GetHeader("Reply-To"), "privacy@forum.example") {
			t.Errorf("%s: %v %s", who, mail.Root.Header, mail.HTML)
		}
	}
	w.eventually("the proof", func() bool {
		_, page := w.ask("GET", href, officer)
		return strings.Contains(page, "2 sent") || strings.Contains(page, "sent: 2")
	})
	if status, text := w.ask("GET", href+"/proof", officer); status != http.StatusOK || strings.Count(text, ",sent,20") != 2 || strings.Contains(text, "otto") || strings.Contains(text, fmt.Sprint(people["otto"].Member)) {
		t.Errorf("the proof: %d %s", status, text)
	}
	w.offset.Add(int64(72 * time.Hour))
	officer = w.session("petra")
	if _, page := w.ask("GET", "/staff/incidents", officer); !strings.Contains(page, "The 72 hours are over") {
		t.Errorf("late: %s", content(page))
	}
	w.await("petra@members.example", "A breach should have been told")
	do(http.StatusSeeOther, "told", url.Values{"authority": {"number 7"}})
	do(http.StatusSeeOther, "close", url.Values{})
	if _, page := w.ask("GET", href, officer); !strings.Contains(page, "number 7") || !strings.Contains(page, "closed") {
		t.Errorf("closed: %s", content(page))
	}
	w.once("otto@members.example", "vera@members.example")
	if _, page := w.ask("GET", "/account/mail", w.session("otto")); !strings.Contains(page, "Notice of a breach") {
		t.Errorf("otto's mails: %s", content(page))
	}
}
