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

// TestP30AmendedPolicy: an amended text holds at once, with its date and what changed; earlier versions can be read; people are told, and who goes on is
// recorded as taken to agree, which is another kind than a given consent.
func TestP30AmendedPolicy(t *testing.T) { onBoth(t, amendedPolicy) }

func amendedPolicy(t *testing.T, w *world) {
	ctx := t.Context()
	people := w.members("rita", "otto")
	g, b, _ := w.group("open", forum.PublicToRead)
	w.enter(g, w.admin, people["rita"])
	topic, err := w.forum.StartTopic(ctx, people["rita"], b.ID, forum.Draft{Title: "A topic", Source: "of words", Key: w.key()})
	w.must(err)
	otto, admin := w.session("otto"), w.session("admin")
	has := func(cookie, path string, want ...string) string {
		t.Helper()
		status, page := w.ask("GET", path, cookie)
		for _, words := range want {
			if status != http.StatusOK || !strings.Contains(page, words) {
				t.Errorf("%s: %d, without %q: %s", path, status, words, content(page))
			}
		}
		return page
	}
	const banner = "Privacy was amended on"
	public := fmt.Sprintf("/t/%d/%s", topic.ID, topic.Slug)
	for _, path := range []string{"/", public, "/privacy"} {
		if page := has("", path); strings.Contains(page, banner) {
			t.Errorf("%s tells of what nobody amended", path)
		}
	}
	if page := has("", "/privacy", "Version 1", "What is kept about people"); strings.Contains(page, "All versions") {
		t.Error("one version, and a list of them")
	}
	form := url.Values{"text": {"## Ours\n\nWe keep **little**."}, "changes": {"It is our own text now.\r\nAnd short."}, "after": {"1"}}
	if status, _ := w.post(otto, "/staff/policies/privacy", form); status != http.StatusForbidden {
		t.Errorf("a member amends it: %d", status)
	}
	has(admin, "/staff/policies", "Policy and terms", "the text that comes with the program")
	has(admin, "/staff/policies/privacy", "runs this forum")
	preview := url.Values{"preview": {"1"}}
	for name, v := range form {
		preview[name] = v
	}
	if status, page := w.post(admin, "/staff/policies/privacy", preview); status != http.StatusOK || !strings.Contains(page, "<strong>little</strong>") || !strings.Contains(page, "<ins>") {
		t.Errorf("previewed: %d %s", status, content(page))
	}
	has("", "/privacy", "Version 1")
	if status, page := w.post(admin, "/staff/policies/privacy", url.Values{"text": {"x"}, "after": {"1"}}); status != http.StatusUnprocessableEntity || !strings.Contains(page, "changes-error") {
		t.Errorf("without saying what changed: %d", status)
	}
	for range 2 { // a double click
		if status, to := w.led(admin, "/staff/policies/privacy", form); status != http.StatusSeeOther || !strings.HasPrefix(to, "/privacy?done=") {
			t.Errorf("published: %d %s", status, to)
		}
	}
	late := url.Values{"text": {"What another wrote"}, "changes": {"Something else again."}, "after": {"1"}}
	if status, page := w.post(admin, "/staff/policies/privacy", late); status != http.StatusUnprocessableEntity || !strings.Contains(page, "Another version was published meanwhile") || !strings.Contains(page, "What another wrote") || !strings.Contains(page, `name="after" value="2"`) {
		t.Errorf("overtaken: %d %s", status, content(page))
	}
	has("", "/privacy", "Version 2", "<strong>little</strong>", "Ours</h2>", "It is our own text now.", `href="/privacy?compare=1"`, "All versions", `href="/privacy/1"`)
	has("", "/privacy?compare=1", "<del>", "<ins>")
	has("", "/privacy/2?compare=1", "<del>")
	has("", "/privacy/1", "runs this forum", "in force no more")
	has("", "/privacy/2", "<strong>little</strong>")
	if status, _ := w.ask("GET", "/privacy/3", ""); status != http.StatusNotFound {
		t.Errorf("one that is not: %d", status)
	}
	w.offset.Add(int64(4 * time.Second)) // what is kept of it for a moment is asked for again
	has("", "/", banner)
	has("", public, banner)
	w.offset.Add(int64(31 * 24 * time.Hour))
	if page := has("", public); strings.Contains(page, banner) {
		t.Error("visitors are told for ever")
	}

	rita := w.session("rita")
	otto, admin = w.session("otto"), w.session("admin") // the others are over
	consents := func(who string) (out string) {
		all, err := w.forum.ReadConsents(ctx, people[who])
		w.must(err)
		for _, c := range all {
			if c.WithdrawnAt == 0 {
				out += c.Purpose + " " + c.Version + " " + c.How + ","
			}
		}
		return out
	}
	before := consents("rita")
	part, err := http.NewRequestWithContext(ctx, http.MethodGet, w.base.String()+"/groups", nil)
	w.must(err)
	part.Header.Set("Cookie", rita)
	part.Header.Set("Sec-Fetch-Dest", "empty")
	for range 2 { // what a script asks for shows nobody anything
		res, err := http.DefaultClient.Do(part)
		w.must(err)
		w.must(res.Body.Close())
		w.offset.Add(int64(2 * time.Minute))
	}
	has(rita, "/groups", banner, "is taken to agree")
	has(rita, "/groups", banner)
	if got := consents("rita"); got != before {
		t.Errorf("before the page was read: %s", got)
	}
	w.offset.Add(int64(2 * time.Minute))
	has(rita, "/groups", banner)
	if got, want := consents("rita"), "privacy 2 deemed,"+before; got != want {
		t.Errorf("after going on: %s, want %s", got, want)
	}
	if status, to := w.led(rita, "/account/policies", url.Values{"name": {"privacy"}, "version": {"2"}, "answer": {"yes"}}); status != http.StatusSeeOther || !strings.HasPrefix(to, "/privacy") {
		t.Errorf("read: %d %s", status, to)
	}
	if page := has(rita, "/groups"); strings.Contains(page, banner) {
		t.Error("she is told of what she has read")
	}
	if got, want := consents("rita"), "privacy 2 deemed,"+before; got != want {
		t.Errorf("having read: %s, want %s", got, want)
	}
	kept, page := "", has(rita, "/account/privacy", "Marketing", "by use")
	if strings.Contains(page, "What you were asked") {
		t.Error("nobody was asked")
	}
	if status, to := w.led(rita, "/account/privacy", url.Values{"purpose": {"marketing"}, "yes": {"1"}, "shown": {"other words"}}); status != http.StatusSeeOther || !strings.Contains(to, "consent-reworded") {
		t.Errorf("to other words: %d %s", status, to)
	}
	if shown := regexp.MustCompile(`value="marketing"/?>\s*<input type="hidden" name="shown" value="([0-9a-f]+)"`).FindStringSubmatch(page); shown == nil {
		t.Errorf("no words: %s", content(page))
	} else {
		kept = shown[1]
	}
	for _, c := range [][2]string{{"1", "marketing 1 given,"}, {"", ""}} {
		w.led(rita, "/account/privacy", url.Values{"purpose": {"marketing"}, "yes": {c[0]}, "shown": {kept}})
		if got, want := consents("rita"), c[1]+"privacy 2 deemed,"+before; got != want {
			t.Errorf("marketing %q: %s, want %s", c[0], got, want)
		}
	}
	late["after"], late["asks"] = []string{"2"}, []string{"1"}
	if status, _ := w.led(admin, "/staff/policies/privacy", late); status != http.StatusSeeOther {
		t.Errorf("asking: %d", status)
	}
	w.offset.Add(int64(4 * time.Second))
	has(otto, "/groups", "do you agree?")
	w.offset.Add(int64(time.Hour))
	has(otto, "/groups", "do you agree?")
	if got := consents("otto"); strings.Contains(got, "privacy 3") {
		t.Errorf("taken to agree to what is asked: %s", got)
	}
	for _, path := range []string{"/privacy", "/account/privacy", "/account/data", "/contact"} {
		w.offset.Add(int64(time.Hour))
		has(otto, path, "do you agree?")
	}
	mended := url.Values{"text": {"What another wrote, mended"}, "changes": {"A word was mended."}, "after": {"3"}} // it asks nothing by itself
	for _, c := range [][2]string{{"no", "refused"}, {"yes", "given"}, {"yes", "given"}} {
		w.led(otto, "/account/policies", url.Values{"name": {"privacy"}, "version": {"3"}, "answer": {c[0]}})
		if got := consents("otto"); !strings.HasPrefix(got, "privacy 3 "+c[1]+",") || strings.Count(got, "privacy 3 given") > 1 {
			t.Errorf("%s: %s", c[0], got)
		}
	}
	if page := has(otto, "/groups"); strings.Contains(page, "do you agree?") {
		t.Error("he is asked again")
	}
	has(otto, "/account/privacy", "What you were asked", "You agreed.")
	if status, _ := w.led(admin, "/staff/policies/privacy", mended); status != http.StatusSeeOther {
		t.Errorf("mending: %d", status)
	}
	w.offset.Add(int64(4 * time.Second))
	has(rita, "/groups", "do you agree?") // who never answered what the version before asked
	w.offset.Add(int64(time.Hour))
	has(rita, "/groups", "do you agree?")
	if got := consents("rita"); strings.Contains(got, "privacy 4") {
		t.Errorf("a later version washes out what was asked: %s", got)
	}
	if page := has(otto, "/groups", banner); strings.Contains(page, "do you agree?") {
		t.Error("who agreed to the new use is asked for a mended word")
	}
	w.offset.Add(int64(time.Hour))
	has(otto, "/privacy", banner)
	if got := consents("otto"); strings.Contains(got, "privacy 4") {
		t.Errorf("reading of it is taken for going on: %s", got)
	}
	has(otto, "/groups", banner)
	if got := consents("otto"); !strings.HasPrefix(got, "privacy 4 deemed,") {
		t.Errorf("going on: %s", got)
	}
	w.led(rita, "/account/policies", url.Values{"name": {"privacy"}, "version": {"4"}, "answer": {"no"}})
	if got := consents("rita"); !strings.HasPrefix(got, "privacy 4 refused,") || strings.Contains(got, "privacy 2") {
		t.Errorf("refused: %s", got)
	}
	has(rita, "/account/privacy", "You did not agree.")
	if status, _ := w.post(rita, "/account/policies", url.Values{"name": {"privacy"}, "version": {"2"}, "answer": {"yes"}}); status != http.StatusConflict {
		t.Errorf("a word on what holds no more: %d", status)
	}
	w.members("nina")
	if page := has(w.session("nina"), "/groups"); strings.Contains(page, banner) {
		t.Error("who is new is told of what was before them")
	}
}
