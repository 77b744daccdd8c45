package main

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// TestDirectoryOnTheWeb: a member decides on one page what others see, and visitors find those who want it;
// of everybody else, and of nobody, a visitor hears the same.
func TestDirectoryOnTheWeb(t *testing.T) { onBoth(t, directoryOnTheWeb) }

func directoryOnTheWeb(t *testing.T, w *world) {
	people := w.members("olga", "otto")
	otto := w.session("otto")
	page := fmt.Sprintf("/m/%d", people["otto"].Member)
	if _, body := w.ask("GET", "/directory", ""); strings.Contains(body, "Otto Test") || !strings.Contains(body, "Nobody is listed yet") {
		t.Errorf("before anybody is listed: %s", content(body))
	}
	login := func(path string) {
		t.Helper()
		if a, body := w.fetch(path, ""); a.StatusCode != http.StatusSeeOther || a.Header.Get("Location") != "/login?next="+url.QueryEscape(path) || body != "" {
			t.Errorf("%s of a visitor: %d %v %s", path, a.StatusCode, a.Header, body)
		}
	}
	login(page)
	login(fmt.Sprintf("/m/%d", people["olga"].Member))
	login("/m/12345")
	form := url.Values{"email_to": {"2"}, "address_to": {"4"}, "phone_to": {"4"}, "contact_to": {"4"}, "listed_to": {"0"}, "place": {"Utrecht"}, "areas": {"Family, Work"}, "languages": {"Dutch"}, "about": {"Since 1999.\n<b>x</b>"}}
	bad := url.Values{}
	for k, v := range form {
		bad[k] = v
	}
	bad.Set("email_to", "7")
	if status, body := w.post(otto, "/account/shown", bad); status != http.StatusUnprocessableEntity || !strings.Contains(body, "email_to-error") || !strings.Contains(body, "Since 1999.") {
		t.Errorf("a circle that is none: %d %s", status, content(body))
	}
	if status, _ := w.post(otto, "/account/shown", form); status != http.StatusSeeOther {
		t.Errorf("saving: %d", status)
	}
	if _, body := w.ask("GET", "/account/shown", otto); !strings.Contains(body, `<option value="2" selected>`) || !strings.Contains(body, `value="Utrecht"`) {
		t.Errorf("the form afterwards: %s", content(body))
	}
	if _, body := w.ask("GET", "/directory?place=utr&words=test", ""); !strings.Contains(body, "Otto Test") || !strings.Contains(body, `href="`+page+`"`) || strings.Contains(body, "Olga") {
		t.Errorf("the directory: %s", content(body))
	}
	if status, body := w.ask("GET", page, ""); status != http.StatusOK || !strings.Contains(body, "Since 1999.") || strings.Contains(body, "<b>x") || strings.Contains(body, "otto@members.example") || strings.Contains(content(body), ">otto<") {
		t.Errorf("his page for a visitor: %d %s", status, content(body))
	}
	for who, sees := range map[string]bool{"admin": false, "olga": true} { // olga is certified
		if _, body := w.ask("GET", page, w.session(who)); strings.Contains(body, "otto@members.example") != sees || !strings.Contains(body, "Dutch") {
			t.Errorf("for %s: %s", who, content(body))
		}
	}
	form.Set("listed_to", "1")
	if status, _ := w.post(otto, "/account/shown", form); status != http.StatusSeeOther {
		t.Errorf("saving: %d", status)
	}
	login(page)
	if _, body := w.ask("GET", "/directory", ""); strings.Contains(body, "Otto Test") {
		t.Error("a visitor finds one who is listed for those with an account")
	}
}
