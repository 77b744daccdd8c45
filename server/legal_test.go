package main

import (
	"archive/zip"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"peergroups/forum"
)

// TestP24LegalRequests: the register, two who decide, the bundle, and the member who is told; the year's numbers count it.
func TestP24LegalRequests(t *testing.T) { onBoth(t, legalRequests) }

func legalRequests(t *testing.T, w *world) {
	people := w.members("otto", "petra")
	w.must(w.forum.Grant(t.Context(), w.admin, people["petra"].Member, forum.PrivacyOfficer))
	w.ripen()
	w.strengthen()
	g, b, _ := w.group("inner", forum.MembersOnly)
	w.enter(g, people["otto"])
	_, err := w.forum.StartTopic(t.Context(), people["otto"], b.ID, forum.Draft{Title: "A topic", Source: "words of otto", Key: w.key()})
	w.must(err)
	officer, admin := w.session("petra"), w.session("admin")
	today := time.Now().UTC().Format(time.DateOnly)
	form := url.Values{"authority": {"District court"}, "basis": {"Article 1"}, "words": {"All posts of the member."}, "login": {"otto"}, "parts": {"posts"}, "received": {today}, "from": {"2020-01-01"}, "until": {today}, "key": {"k"}}
	if status, page := w.post(officer, "/staff/legal", url.Values{"authority": {"District court"}, "silent": {"never"}}); status != http.StatusUnprocessableEntity || !strings.Contains(page, "parts-error") && !strings.Contains(page, "Choose what of theirs") || !strings.Contains(page, "silent-error") {
		t.Errorf("bad input: %d %s", status, content(page))
	}
	status, to := w.led(officer, "/staff/legal", form)
	href := regexp.MustCompile(`^/staff/legal/\d+`).FindString(to)
	if status != http.StatusSeeOther || href == "" {
		t.Fatalf("written down: %d %s", status, to)
	}
	if status, _ := w.led(officer, href, url.Values{"do": {"propose"}, "outcome": {"comply"}, "reasons": {"the law demands it"}}); status != http.StatusSeeOther {
		t.Errorf("proposed: %d", status)
	}
	if _, page := w.ask("GET", href, officer); strings.Contains(page, "I agree") {
		t.Error("who proposed is asked to agree")
	}
	_, page := w.ask("GET", href, admin)
	seen := regexp.MustCompile(`name="seen" value="(\d+)"`).FindStringSubmatch(page)[1]
	if status, _ := w.led(admin, href, url.Values{"do": {"agree"}, "seen": {seen}}); status != http.StatusSeeOther {
		t.Errorf("agreed: %d", status)
	}
	mail := w.await("otto@members.example", "An authority asked for your data")
	if !strings.Contains(mail.Text, "District court") || !strings.Contains(mail.Text, "posts, with files") {
		t.Errorf("otto is told %s", mail.Text)
	}
	status, body := w.post(officer, href, url.Values{"do": {"bundle"}})
	z, err := zip.NewReader(strings.NewReader(body), int64(len(body)))
	if status != http.StatusOK || err != nil || z.File[len(z.File)-1].Name != "manifest.sig" {
		t.Errorf("the bundle: %d, %v", status, err)
	}
	w.eventually("the manifest is kept", func() bool {
		_, page := w.ask("GET", href, officer)
		return strings.Contains(page, "Hash of the last manifest")
	})
	if status, _ := w.led(admin, href, url.Values{"do": {"close"}}); status != http.StatusSeeOther {
		t.Errorf("closed: %d", status)
	}
	if status, _ := w.post(officer, href, url.Values{"do": {"bundle"}}); status != http.StatusConflict && status != http.StatusForbidden {
		t.Errorf("a bundle of what is closed: %d", status)
	}
	if _, page := w.ask("GET", "/staff/transparency", admin); strings.Contains(page, "Legal requests") { // whom it is about may be an administrator
		t.Errorf("the year: %s", content(page))
	}
	if _, page := w.ask("GET", "/transparency", ""); !strings.Contains(page, w.forum.BundleKey()) {
		t.Errorf("the public key: %s", content(page))
	}
}
