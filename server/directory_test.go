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

// TestP9DesignatedAdministrators: an administrator is named, looks with a reason, and the member reads who did; all others
// are refused, and no other page of the staff shows what is registered.
func TestP9DesignatedAdministrators(t *testing.T) { onBoth(t, looksOnTheWeb) }

func looksOnTheWeb(t *testing.T, w *world) {
	people := w.members("ada", "otto")
	w.must(w.forum.Grant(t.Context(), w.admin, people["ada"].Member, forum.Administrator))
	w.must(w.forum.ChangeProfile(t.Context(), people["otto"], forum.Profile{Name: "Otto Test", Zone: "UTC", BusinessAddress: "canary-address"}))
	w.ripen()
	admin, ada, otto := w.session("admin"), w.session("ada"), w.session("otto")
	look := url.Values{"login": {"otto"}, "reason": {"A complaint is looked into."}}
	for who, cookie := range map[string]string{"the administrator": admin, "ada": ada, "otto": otto} {
		if status, body := w.post(cookie, "/staff/registrations", look); status != http.StatusForbidden || strings.Contains(body, "canary") {
			t.Errorf("%s looks: %d", who, status)
		}
	}
	until := time.Now().AddDate(0, 1, 0).Format(time.DateOnly)
	if status, body := w.post(admin, "/staff/designations", url.Values{"login": {"ada"}, "reason": {"why"}, "until": {until}}); status != http.StatusUnprocessableEntity || !strings.Contains(body, "reason-error") || !strings.Contains(body, `value="`+until+`"`) {
		t.Errorf("a short reason: %d %s", status, content(body))
	}
	if status, _ := w.post(admin, "/staff/designations", url.Values{"login": {"ada"}, "reason": {"The yearly check."}, "until": {until}}); status != http.StatusSeeOther {
		t.Errorf("naming: %d", status)
	}
	if _, body := w.ask("GET", "/staff", ada); !strings.Contains(body, "/staff/registrations") {
		t.Error("she is not led there")
	}
	if status, body := w.post(ada, "/staff/registrations", url.Values{"login": {"otto"}, "reason": {""}}); status != http.StatusUnprocessableEntity || strings.Contains(body, "canary") || !strings.Contains(body, `value="otto"`) {
		t.Errorf("without a reason: %d", status)
	}
	if status, body := w.post(ada, "/staff/registrations", look); status != http.StatusOK || !strings.Contains(body, "canary-address") {
		t.Errorf("ada looks: %d %s", status, content(body))
	}
	if _, body := w.ask("GET", "/account/looks", otto); !strings.Contains(body, "Ada Test") || !strings.Contains(body, "A complaint is looked into.") {
		t.Errorf("what otto is shown: %s", content(body))
	}
	_, body := w.ask("GET", "/staff/designations", admin)
	id := regexp.MustCompile(`name="id" value="([0-9]+)"`).FindStringSubmatch(body)
	if id == nil {
		t.Fatal(content(body))
	}
	for range 2 {
		if status, _ := w.post(admin, "/staff/designations/end", url.Values{"id": {id[1]}}); status != http.StatusSeeOther {
			t.Errorf("ending: %d", status)
		}
	}
	if status, body := w.post(ada, "/staff/registrations", look); status != http.StatusForbidden || strings.Contains(body, "canary") {
		t.Errorf("after the end: %d", status)
	}
	for _, path := range []string{"/staff", "/staff/designations", "/staff/certification", "/staff/roles", "/directory", fmt.Sprintf("/m/%d", people["otto"].Member)} {
		for who, cookie := range map[string]string{"the administrator": admin, "ada": ada} {
			if _, body := w.ask("GET", path, cookie); strings.Contains(body, "canary-address") {
				t.Errorf("%s shows %s what is registered", path, who)
			}
		}
	}
}
