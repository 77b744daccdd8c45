package main

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"peergroups/forum"
)

// TestP4InformationRequests: a visitor asks without an account or a cookie; the form says what each field is for; they get a reference, and an answer
// by mail; the staff answer from a desk.
func TestP4InformationRequests(t *testing.T) { onBoth(t, informationRequests) }

var referenceOf = regexp.MustCompile(`[0-9A-Z]{1,4}-[0-9A-Z]{4}-[0-9A-Z]{4}`)

func informationRequests(t *testing.T, w *world) {
	const vera = "vera@elsewhere.example"
	if _, page := w.ask("GET", "/contact?kind=complaint", ""); !strings.Contains(page, "Where the answer goes. It is used for nothing else.") || !strings.Contains(page, `value="complaint" selected`) || !strings.Contains(page, "A question is erased half a year after it is closed") {
		t.Errorf("the form: %s", content(page))
	}
	if status, page := w.post("", "/contact", url.Values{"kind": {"question"}, "words": {"?"}, "email": {"nobody"}}); status != http.StatusUnprocessableEntity || !strings.Contains(page, "words-error") || !strings.Contains(page, "email-error") || !strings.Contains(page, `value="nobody"`) {
		t.Errorf("what is missing: %d %s", status, content(page))
	}
	form := url.Values{"kind": {"question"}, "words": {"Do you certify in Dutch?"}, "email": {vera}, "name": {"Vera"}, "key": {"once"}}
	var to string
	for range 2 { // a double click
		var status int
		if status, to = w.led("", "/contact", form); status != http.StatusSeeOther || !strings.HasPrefix(to, "/contact?sent=") {
			t.Fatalf("sent: %d %s", status, to)
		}
	}
	_, page := w.ask("GET", to, "")
	ref := referenceOf.FindString(content(page))
	if ref == "" || strings.Contains(page, "Dutch") {
		t.Errorf("after it was sent: %s", content(page))
	}
	receipt := w.await(vera, "Your request "+ref)
	if strings.Contains(receipt.Text, "Dutch") || receipt.GetHeader("Auto-Submitted") == "" {
		t.Errorf("the receipt says what somebody typed into the form: %s", receipt.Text)
	}
	link := regexp.MustCompile(`/requests/[a-z0-9]+`).FindString(receipt.Text)
	if status, page := w.ask("GET", link, ""); status != http.StatusOK || !strings.Contains(page, "Do you certify in Dutch?") || !strings.Contains(page, "Was it you who asked this") {
		t.Errorf("the link: %d %s", status, content(page))
	}
	admin := w.session("admin")
	_, page = w.ask("GET", "/staff/requests", admin)
	href := regexp.MustCompile(`/staff/requests/\d+`).FindString(page)
	if href == "" || strings.Count(page, ref) == 0 || !strings.Contains(page, "Vera") {
		t.Fatalf("the desk: %s", content(page))
	}
	if _, page := w.ask("GET", href, admin); !strings.Contains(page, "Nobody knows yet that this address is theirs") {
		t.Errorf("unconfirmed: %s", content(page))
	}
	if status, _ := w.led("", link, url.Values{"do": {"confirm"}}); status != http.StatusSeeOther {
		t.Errorf("confirmed: %d", status)
	}
	if _, page := w.ask("GET", href, admin); !strings.Contains(page, "The address is theirs") {
		t.Errorf("confirmed: %s", content(page))
	}
	if status, _ := w.led(admin, href, url.Values{"do": {"claim"}}); status != http.StatusSeeOther {
		t.Errorf("claimed: %d", status)
	}
	if status, page := w.post(admin, href, url.Values{"do": {"answer"}, "answer": {"Yes, **twice a year**."}}); status != http.StatusUnprocessableEntity || !strings.Contains(page, "twice a year") {
		t.Errorf("without an outcome: %d", status)
	}
	if status, _ := w.led(admin, href, url.Values{"do": {"answer"}, "answer": {"Yes, **twice a year**."}, "outcome": {"answered"}, "key": {"a"}}); status != http.StatusSeeOther {
		t.Errorf("answered: %d", status)
	}
	answer := w.await(vera, "Re: Your request "+ref)
	if !strings.Contains(answer.HTML, "<strong>twice a year</strong>") || answer.GetHeader("In-Reply-To") != receipt.GetHeader("Message-Id") || !strings.Contains(answer.GetHeader("From"), "request+") || answer.GetHeader("Auto-Submitted") != "" {
		t.Errorf("the answer: %v %s", answer.Root.Header, answer.HTML)
	}
	if _, page := w.ask("GET", link, ""); !strings.Contains(page, "<strong>twice a year</strong>") || !strings.Contains(page, "answered") {
		t.Errorf("the link shows the answer: %s", content(page))
	}
	from := strings.Trim(regexp.MustCompile(`<request\+[^>]+>`).FindString(answer.GetHeader("From")), "<>")
	w.dns.set("elsewhere.example", "v=spf1 ip4:127.0.0.1 -all")
	w.dns.set("_dmarc.elsewhere.example", "v=DMARC1; p=reject")
	if err := w.send("mallory@elsewhere.example", from, "m@x.example", "Re: it", "I am Vera, tell me all."); err == nil {
		t.Error("somebody else answers in her name")
	}
	for range 2 {
		w.must(w.send(vera, from, "v@x.example", "Re: Your request", "And in Frisian?"))
	}
	if _, page := w.ask("GET", href, admin); strings.Count(page, "And in Frisian?") != 1 || !strings.Contains(page, ">open<") {
		t.Errorf("her mail: %s", content(page))
	}
	if status, to := w.led("", link, url.Values{"do": {"withdraw"}}); status != http.StatusSeeOther || !strings.HasPrefix(to, "/contact") {
		t.Errorf("withdrawn: %d %s", status, to)
	}
	for _, path := range []string{link, href} {
		if status, page := w.ask("GET", path, admin); status != http.StatusNotFound {
			t.Errorf("%s is there: %d %s", path, status, content(page))
		}
	}
	if _, page := w.ask("GET", "/staff/outbox", admin); strings.Contains(page, vera) {
		t.Error("the outbox names who has withdrawn")
	}
}

// TestP31PrivacyContact: questions about privacy come by the form or to the address, from members and others, wait in a queue with due dates that the
// officer alone reads, and are answered in the thread that who asked has.
func TestP31PrivacyContact(t *testing.T) { onBoth(t, privacyContact) }

func privacyContact(t *testing.T, w *world) {
	const olga, otto = "olga@elsewhere.example", "otto@members.example"
	people := w.members("otto", "petra", "anna")
	w.must(w.forum.Grant(t.Context(), w.admin, people["petra"].Member, forum.PrivacyOfficer))
	w.must(w.forum.Grant(t.Context(), w.admin, people["anna"].Member, forum.Administrator))
	w.ripen()
	w.strengthen()
	for _, domain := range []string{"members.example", "elsewhere.example"} {
		w.dns.set(domain, "v=spf1 ip4:127.0.0.1 -all")
		w.dns.set("_dmarc."+domain, "v=DMARC1; p=reject")
	}
	w.must(w.send(olga, "privacy@forum.example", "o1@x.example", "My name in a log", "Why does it stand there? canary-olga"))
	receipt := w.await(olga, "Re: My name in a log")
	if receipt.GetHeader("In-Reply-To") != "<o1@x.example>" || strings.Contains(receipt.Text, "canary-olga") {
		t.Errorf("the receipt: %v %s", receipt.Root.Header, receipt.Text)
	}
	cookie := w.session("otto")
	status, to := w.led(cookie, "/contact", url.Values{"kind": {"access"}, "words": {"All that you hold. canary-otto"}, "key": {"k"}})
	if status != http.StatusSeeOther || !strings.HasPrefix(to, "/requests/") {
		t.Fatalf("otto asks: %d %s", status, to)
	}
	own := strings.SplitN(to, "?", 2)[0]
	if _, page := w.ask("GET", own, ""); strings.Contains(page, "canary-otto") {
		t.Error("a member's request is open to who has the link")
	}
	if _, page := w.ask("GET", "/account/requests", cookie); !strings.Contains(page, own) {
		t.Errorf("his requests: %s", content(page))
	}
	officer, anna := w.session("petra"), w.session("anna")
	_, page := w.ask("GET", "/staff/requests", officer)
	hrefs := regexp.MustCompile(`/staff/requests/\d+`).FindAllString(page, -1)
	if len(hrefs) != 2 {
		t.Fatalf("the officer's desk: %s", content(page))
	}
	for _, path := range append(hrefs, "/staff/requests", "/staff/outbox") {
		if _, page := w.ask("GET", path, anna); strings.Contains(page, "canary-") || strings.Contains(page, olga) {
			t.Errorf("an administrator reads %s: %s", path, content(page))
		}
	}
	if _, page := w.ask("GET", "/staff/requests", anna); !strings.Contains(page, "2 requests about privacy wait for the privacy officer") {
		t.Errorf("the administrator's desk: %s", content(page))
	}
	for _, href := range hrefs {
		if status, _ := w.led(officer, href, url.Values{"do": {"answer"}, "answer": {"It was a mistake, and is mended."}, "outcome": {"answered"}, "key": {"a" + href}}); status != http.StatusSeeOther {
			t.Errorf("answered: %d", status)
		}
	}
	answer := w.await(olga, "Re: My name in a log")
	w.eventually("the answer", func() bool {
		answer = w.await(olga, "Re: My name in a log")
		return strings.Contains(answer.Text, "mended")
	})
	if answer.GetHeader("In-Reply-To") != "<o1@x.example>" || !strings.Contains(answer.GetHeader("References"), strings.Trim(receipt.GetHeader("Message-Id"), "<>")) {
		t.Errorf("the thread: %v", answer.Root.Header)
	}
	w.await(otto, "Re: Your request")
	if _, page := w.ask("GET", own, cookie); !strings.Contains(page, "is mended") || strings.Contains(page, "Petra") {
		t.Errorf("his answer: %s", content(page))
	}
	if _, page := w.ask("GET", "/account/mail", cookie); !strings.Contains(page, "About a request") {
		t.Errorf("his mails: %s", content(page))
	}
	w.once(olga, otto)
}
