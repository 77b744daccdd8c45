package main

import (
	"fmt"
	"html"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	ws "github.com/fasthttp/websocket"

	"peergroups/forum"
)

var (
	feedbackLink = regexp.MustCompile(`/feedback/([a-z2-7]+)`)
	reviewLink   = regexp.MustCompile(`/staff/certification/[0-9]+`)
	evidenceLink = regexp.MustCompile(`/evidence/[0-9]+/[^"]+`)
	verifyLink   = regexp.MustCompile(`/verify/(M-[0-9]+-[0-9]+)`)
)

// candidates are an applicant, a certified reviewer and a certified member.
func (w *world) candidates() (nina, rita, otto string) {
	w.t.Helper()
	_, err := w.forum.Adopt(w.t.Context(), w.admin, []forum.Registration{person("nina")})
	w.must(err)
	people := w.members("rita", "otto")
	w.must(w.forum.Grant(w.t.Context(), w.admin, people["rita"].Member, forum.Reviewer))
	w.ripen()
	return w.session("nina"), w.session("rita"), w.session("otto")
}

// saved posts a form that is taken.
func (w *world) saved(cookie, path string, form url.Values) {
	w.t.Helper()
	if status, page := w.post(cookie, path, form); status != http.StatusSeeOther {
		w.t.Fatalf("POST %s %v: %d %s", path, form, status, content(page))
	}
}

// holds asks for a page that says all of the words, as people read them.
func (w *world) holds(cookie, path string, all ...string) string {
	w.t.Helper()
	status, page := w.ask("GET", path, cookie)
	page = html.UnescapeString(page)
	for _, words := range all {
		if status != http.StatusOK || !strings.Contains(page, words) {
			w.t.Errorf("GET %s: %d, without %q: %s", path, status, words, content(page))
		}
	}
	return page
}

const own = "/account/certification"

// TestP7Certification: from the first part to the public page of the certificate, by forms
// and mails alone: the applicant, who was asked for feedback and has no account, and a
// reviewer. What each may not read is absent to them.
func TestP7Certification(t *testing.T) { onBoth(t, certificationOnTheWeb) }

func certificationOnTheWeb(t *testing.T, w *world) {
	nina, rita, otto := w.candidates()
	w.saved(rita, "/staff/programmes", url.Values{"programme": {"Assessment of the guild"}})
	w.holds(nina, own, "Begin, or renew")
	w.saved(nina, own, nil)
	programme := regexp.MustCompile(`<option value="([1-9][0-9]*)"`).FindStringSubmatch(w.holds(nina, own+"/training", "Assessment of the guild"))
	if programme == nil {
		t.Fatal("no programme is offered")
	}
	if status, page := w.post(nina, own+"/training", url.Values{"programme": {programme[1]}, "completed": {"in May"}}); status != http.StatusUnprocessableEntity || !strings.Contains(page, "completed-error") || !strings.Contains(page, `value="in May"`) {
		t.Errorf("a wrong month: %d %s", status, content(page))
	}
	w.saved(nina, own+"/training", url.Values{"programme": {programme[1]}, "completed": {"2021-05"}})
	w.saved(nina, own+"/practice", url.Values{"hours": {"1,200"}, "areas": {"Workplace & family"}})
	w.holds(nina, own+"/practice", `value="1200"`, "Workplace & family")
	w.saved(nina, own+"/you", url.Values{"languages": {"Dutch"}, "place": {"Utrecht"}})
	w.saved(nina, own+"/conduct", url.Values{"declared": {"standard-1"}})
	if res, page := w.upload(nina, own+"/evidence", nil, "run.pdf", "MZ\x90\x00"); res.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(page, "upload-error") {
		t.Errorf("a program: %d", res.StatusCode)
	}
	if res, _ := w.upload(nina, own+"/evidence", nil, "log.txt", strings.Repeat("evidence canary ", 2<<20/16)); res.StatusCode != http.StatusSeeOther {
		t.Errorf("evidence of two megabytes: %d", res.StatusCode)
	}
	file := evidenceLink.FindString(w.holds(nina, own+"/evidence", "log.txt"))
	if status, _ := w.ask("GET", own+"/check", nina); status != http.StatusSeeOther {
		t.Errorf("the check page of an incomplete one: %d", status)
	}
	w.feedbackOnTheWeb(nina, otto)
	w.holds(nina, own+"/check", "Assessment of the guild", "1200", "log.txt", "Ida Independent")
	for who, cookie := range map[string]string{"reviewer": rita, "member": otto, "visitor": ""} {
		if status, body := w.ask("GET", file, cookie); status == http.StatusOK || strings.Contains(body, "canary") {
			t.Errorf("a %s opens evidence of what is not handed in: %d", who, status)
		}
	}
	w.saved(nina, own+"/check", nil)
	w.await("nina@members.example", "Your application is handed in")
	if mail := w.await("rita@members.example", "An application waits"); !strings.Contains(mail.Text, "/staff/certification") || strings.Contains(mail.Text, "Nina") {
		t.Errorf("the reviewers' mail: %s", mail.Text)
	}
	w.holds(nina, own, "handed in", "The reviewers read it next")
	w.reviewOnTheWeb(nina, rita, otto, file)
	w.verifiedOnTheWeb(nina, rita)
	w.once("nina@members.example", "ida@elsewhere.example")
}

// feedbackOnTheWeb has somebody without an account write feedback by the link of their mail.
func (w *world) feedbackOnTheWeb(nina, otto string) {
	t := w.t
	t.Helper()
	if status, page := w.post(nina, own+"/feedback", url.Values{"reviewer_name": {"Me"}, "reviewer_email": {"Nina@members.example"}}); status != http.StatusUnprocessableEntity || !strings.Contains(page, "reviewer_email-error") {
		t.Errorf("herself: %d %s", status, content(page))
	}
	w.saved(nina, own+"/feedback", url.Values{"reviewer_name": {"Ida Independent"}, "reviewer_email": {"ida@elsewhere.example"}})
	mail := w.await("ida@elsewhere.example", "Nina Test asks you for feedback")
	link := feedbackLink.FindStringSubmatch(mail.Text)
	if link == nil || !strings.Contains(mail.Text, "Hello Ida Independent") || strings.Contains(string(mail.raw), "nina@members") {
		t.Fatalf("the mail to who was asked: %s", mail.Text)
	}
	if _, page := w.ask("GET", "/account/mail", nina); strings.Contains(page, "Request for feedback") || strings.Contains(page, "note.feedback/") {
		t.Errorf("the applicant's list has that mail: %s", content(page))
	}
	path := "/feedback/" + link[1]
	if status, page := w.ask("GET", path, nina); status != http.StatusForbidden {
		t.Errorf("the applicant opens the link: %d %s", status, content(page))
	}
	w.holds("", path, "Feedback on Nina Test", "once it is decided")
	if status, page := w.post("", path, url.Values{"words": {"good"}}); status != http.StatusUnprocessableEntity || !strings.Contains(page, "words-error") {
		t.Errorf("too little: %d", status)
	}
	if status, page := w.post("", path, url.Values{"words": {"typed <for> long"}, "decline": {"1"}}); status != http.StatusOK || !strings.Contains(page, "typed &lt;for&gt; long") || !strings.Contains(page, `name="decline" value="2"`) {
		t.Errorf("declining at one press: %d %s", status, content(page))
	}
	if status, page := w.post("", path, url.Values{"words": {"The feedback canary: parties felt heard."}}); status != http.StatusOK || !strings.Contains(page, "Thank you") {
		t.Errorf("writing: %d %s", status, content(page))
	}
	if status, _ := w.ask("GET", path, ""); status != http.StatusConflict {
		t.Errorf("the link works on: %d", status)
	}
	if status, page := w.post("", path, url.Values{"words": {"typed for an hour"}}); status != http.StatusConflict || !strings.Contains(page, "typed for an hour") {
		t.Errorf("what was written when it was over is lost: %d", status)
	}
	w.await("nina@members.example", "Feedback on you came")
	for _, page := range []string{own, own + "/check", own + "/feedback"} {
		if _, body := w.ask("GET", page, nina); strings.Contains(body, "feedback canary") {
			t.Errorf("%s shows the applicant the feedback before it is decided", page)
		}
	}
	if status, _ := w.ask("GET", own+"/feedback", otto); status != http.StatusNotFound {
		t.Errorf("another's page: %d", status)
	}
}

// reviewOnTheWeb has a reviewer ask for more, check and certify.
func (w *world) reviewOnTheWeb(nina, rita, otto, file string) {
	t := w.t
	t.Helper()
	w.holds(rita, "/", "/staff/certification")
	path := reviewLink.FindString(w.holds(rita, "/staff/certification", "Nina Test", "handed in"))
	if path == "" {
		t.Fatal("the queue is empty")
	}
	for who, cookie := range map[string]string{"member": otto, "applicant": nina} {
		if status, page := w.ask("GET", path, cookie); status != http.StatusForbidden || strings.Contains(page, "canary") {
			t.Errorf("a %s reads the review: %d", who, status)
		}
	}
	w.holds(rita, path, "The feedback canary", "Workplace & family", "Nina Test", "log.txt")
	if status, body := w.ask("GET", file, rita); status != http.StatusOK || !strings.Contains(body, "evidence canary") {
		t.Errorf("the reviewer opens evidence: %d", status)
	}
	w.saved(rita, path+"/claim", nil)
	w.saved(rita, path+"/note", url.Values{"note": {"The note canary"}})
	if status, page := w.post(rita, path+"/ask", url.Values{"words": {"Where do you practise now?"}}); status != http.StatusUnprocessableEntity || !strings.Contains(page, "parts-error") || !strings.Contains(page, "Where do you practise now?") {
		t.Errorf("asking for no part: %d %s", status, content(page))
	}
	w.saved(rita, path+"/ask", url.Values{"words": {"Where do you practise now?"}, "part_you": {"1"}})
	w.await("nina@members.example", "A reviewer asks for more")
	w.holds(nina, own, "Where do you practise now?", own+"/you", "Rita Test")
	if status, _ := w.ask("GET", own+"/practice", nina); status != http.StatusNotFound {
		t.Errorf("a part that is fixed: %d", status)
	}
	w.saved(nina, own+"/you", url.Values{"languages": {"Dutch"}, "place": {"Delft"}})
	w.saved(nina, own+"/check", nil)
	decision := url.Values{"outcome": {"approved"}, "until": {time.Now().AddDate(3, 0, 0).Format("2006-01-02")}}
	if status, page := w.post(rita, path+"/decide", decision); status != http.StatusUnprocessableEntity || !strings.Contains(page, "checked-error") {
		t.Errorf("without the checklist: %d %s", status, content(page))
	}
	if status, page := w.post(rita, path+"/decide", url.Values{"outcome": {"approved"}, "until": {"soon"}}); status != http.StatusUnprocessableEntity || !strings.Contains(page, "Enter a date") {
		t.Errorf("a day that is none: %d", status)
	}
	checks := url.Values{}
	for _, part := range forum.ApplicationParts {
		checks.Set("check_"+part, "1")
	}
	w.saved(rita, path+"/check", checks)
	w.saved(rita, path+"/decide", decision)
	w.await("nina@members.example", "You are certified")
	page := w.holds(nina, own, "approved", "The feedback canary", "in force")
	if strings.Contains(page, "note canary") {
		t.Error("the applicant reads the reviewers' note")
	}
	for _, m := range w.mailsTo("nina@members.example") {
		if strings.Contains(m, "canary") || strings.Contains(m, "practise now") {
			t.Errorf("a mail tells what stands on the page: %s", m)
		}
	}
}

func (w *world) mailsTo(who string) (out []string) {
	w.box.mu.Lock()
	defer w.box.mu.Unlock()
	for _, m := range w.box.mails {
		if m.to == who {
			out = append(out, m.Text)
		}
	}
	return out
}

// verifiedOnTheWeb opens the public page: with what is listed and nothing else, and absent byte by
// byte when it is not listed, is suspended or never was.
func (w *world) verifiedOnTheWeb(nina, rita string) {
	t := w.t
	t.Helper()
	number := verifyLink.FindStringSubmatch(w.holds(nina, own, "Public page"))
	if number == nil {
		t.Fatal("no number is shown")
	}
	absent := func(what string) {
		t.Helper()
		status, page := w.ask("GET", "/verify/"+number[1], "")
		_, never := w.ask("GET", "/verify/M-2020-000001", "")
		if same := func(s string) string {
			return varying.ReplaceAllString(strings.ReplaceAll(s, number[1], "M-2020-000001"), "")
		}; status != http.StatusNotFound || same(page) != same(never) {
			t.Errorf("%s: %d, and not as if there were none", what, status)
		}
	}
	absent("not listed")
	w.saved(nina, own+"/listed", url.Values{"listed_name": {"1"}, "listed_place": {"1"}})
	page := w.holds("", "/verify/"+number[1], "Nina Test", "Delft", "in force today")
	if strings.Contains(page, "Workplace") || strings.Contains(page, "Dutch") || strings.Contains(page, "nina@") {
		t.Errorf("it shows more: %s", content(page))
	}
	certificate := regexp.MustCompile(`/staff/certificates/[0-9]+">` + number[1]).FindString(w.holds(rita, "/staff/certification", number[1]))
	path, _, _ := strings.Cut(certificate, `"`)
	if status, page := w.post(rita, path+"/suspend", url.Values{"reason": {"why"}}); status != http.StatusUnprocessableEntity || !strings.Contains(page, "reason-error") {
		t.Errorf("a short reason: %d", status)
	}
	w.saved(rita, path+"/suspend", url.Values{"reason": {"A complaint is looked into."}})
	absent("suspended")
	w.await("nina@members.example", "suspended")
	w.holds(nina, own, "A complaint is looked into.")
	w.saved(rita, path+"/lift", nil)
	w.holds("", "/verify/"+number[1], "Nina Test")
	for n := range 100 {
		if status, _ := w.ask("GET", fmt.Sprintf("/verify/M-2020-%06d", n), ""); status == http.StatusTooManyRequests {
			return
		}
	}
	t.Error("numbers can be tried without end")
}

// TestCertificationRules: two reviewers where the rules say so, on the pages; and the rules
// themselves, by administrators alone.
func TestCertificationRules(t *testing.T) { onBoth(t, certificationRules) }

func certificationRules(t *testing.T, w *world) {
	nina, rita, otto := w.candidates()
	admin := w.session("admin")
	if status, _ := w.post(rita, "/staff/certification-rules", url.Values{}); status != http.StatusForbidden {
		t.Errorf("a reviewer sets the rules: %d", status)
	}
	if status, page := w.post(admin, "/staff/certification-rules", url.Values{"rule_hours": {"many"}, "rule_years": {"2"}}); status != http.StatusUnprocessableEntity || !strings.Contains(page, "rule_hours-error") || !strings.Contains(page, `value="many"`) {
		t.Errorf("a wrong number: %d", status)
	}
	w.saved(admin, "/staff/certification-rules", url.Values{"rule_years": {"2"}, "rule_second": {"1"}, "rule_conduct": {"Be fair."}})
	w.holds(admin, "/staff/certification-rules", "Be fair.", `name="rule_second" value="1" checked`)
	w.saved(rita, "/staff/programmes", url.Values{"programme": {"Old name"}})
	one := regexp.MustCompile(`/staff/programmes/[0-9]+`).FindString(w.holds(rita, "/staff/programmes", "Old name"))
	w.saved(rita, one, url.Values{"programme": {"New name"}, "do": {"rename"}})
	w.saved(rita, one, url.Values{"do": {"retire"}})
	w.saved(nina, own, nil)
	if page := w.holds(nina, own+"/training"); strings.Contains(page, "New name") {
		t.Error("what is retired is offered")
	}
	w.saved(rita, one, url.Values{"do": {"offer"}})
	w.holds(nina, own+"/training", "New name")
	w.saved(nina, own+"/training", url.Values{"programme": {one[len("/staff/programmes/"):]}, "completed": {"2021-05"}})
	w.saved(nina, own+"/practice", url.Values{"areas": {"Family"}})
	w.saved(nina, own+"/you", url.Values{"languages": {"Dutch"}, "place": {"Utrecht"}})
	version := regexp.MustCompile(`name="declared" value="([^"]+)"`).FindStringSubmatch(w.holds(nina, own+"/conduct", "Be fair."))
	w.saved(nina, own+"/conduct", url.Values{"declared": {version[1]}})
	w.upload(nina, own+"/evidence", nil, "log.txt", "text")
	w.saved(nina, own+"/feedback", url.Values{"reviewer_name": {"Otto"}, "reviewer_email": {"otto@members.example"}})
	link := feedbackLink.FindString(w.await("otto@members.example", "asks you for feedback").Text)
	w.post(otto, link, url.Values{"words": {"She listens, says everybody."}})
	w.saved(nina, own+"/check", nil)
	path := reviewLink.FindString(w.holds(rita, "/staff/certification", "Nina Test"))
	w.saved(rita, path+"/claim", nil)
	w.saved(rita, path+"/decide", url.Values{"outcome": {"refused"}, "reasons": {"Too few mediations, we think."}})
	if page := w.holds(nina, own, "handed in"); strings.Contains(page, "Too few") {
		t.Error("the applicant reads what one reviewer thinks")
	}
	if status, _ := w.post(rita, path+"/confirm", url.Values{"agree": {"1"}}); status != http.StatusForbidden {
		t.Errorf("the first confirms: %d", status)
	}
	w.holds(admin, path, "Rita Test proposes to", "refuse, with reasons", "Too few mediations, we think.")
	w.saved(admin, path+"/confirm", url.Values{"agree": {"1"}})
	w.await("nina@members.example", "Your application was not approved")
	w.holds(nina, own, "Too few mediations, we think.", "Begin, or renew")
	w.saved(nina, own, nil)
	w.holds(nina, own+"/withdraw", "Withdraw it")
	w.saved(nina, own+"/withdraw", nil)
	w.holds(nina, own, "withdrawn", "Begin, or renew")
}

// TestSuspensionIsHeard: who is suspended while they listen in a group for the certified hears
// no more of it within a second, and the channel stays shut.
func TestSuspensionIsHeard(t *testing.T) { onBoth(t, suspensionIsHeard) }

func suspensionIsHeard(t *testing.T, w *world) {
	_, rita, _ := w.candidates()
	otto, err := w.forum.ActorFor(t.Context(), memberOf(w, "otto"))
	w.must(err)
	_, _, room := w.group("guild", forum.CertifiedOnly)
	c := w.live(t, "otto", fmt.Sprintf("room:%d", room.ID))
	page, err := w.forum.ReadApplication(t.Context(), otto)
	w.must(err)
	w.saved(rita, fmt.Sprintf("/staff/certificates/%d/suspend", page.Certificate.ID), url.Values{"reason": {"A complaint is looked into."}})
	began := time.Now()
	if m, err := hear(c, "left"); err != nil || time.Since(began) > 5*time.Second {
		t.Errorf("he listens on: %v %v", m, err)
	}
	w.must(c.WriteMessage(ws.TextMessage, fmt.Appendf(nil, `{"do":"join","on":"room:%d","after":0}`, room.ID)))
	if m, err := hear(c, "error"); err != nil {
		t.Errorf("the channel opens again: %v %v", m, err)
	}
}
