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

// TestRecordOnTheWeb: moderators read what was decided about a member, note something about them, and fill in words that
// they use again, by a button that does nothing else; members get none of it.
func TestRecordOnTheWeb(t *testing.T) { onBoth(t, recordOnTheWeb) }

func recordOnTheWeb(t *testing.T, w *world) {
	people := w.members("ada", "otto", "rita")
	g, board, _ := w.group("inner", forum.MembersOnly)
	w.enter(g, w.admin, people["ada"], people["otto"], people["rita"])
	w.must(w.forum.Appoint(t.Context(), w.admin, g.ID, people["ada"].Member, forum.Moderator))
	topic, err := w.forum.StartTopic(t.Context(), w.as(people["otto"].Member), board.ID, forum.Draft{Title: "Matter", Source: "words", Key: w.key()})
	w.must(err)
	ada, rita, member := w.session("ada"), w.session("rita"), fmt.Sprint(people["otto"].Member)
	const answers = "/g/inner/manage/answers"
	if status, page := w.post(ada, answers, url.Values{"title": {"Advert"}, "words": {"short"}}); status != http.StatusUnprocessableEntity || !strings.Contains(page, "words-error") || !strings.Contains(page, `value="Advert"`) {
		t.Errorf("short words: %d %s", status, content(page))
	}
	if status, _ := w.post(ada, answers, url.Values{"title": {"Advert"}, "words": {"No advertisements here, please."}}); status != http.StatusSeeOther {
		t.Errorf("adding: %d", status)
	}
	_, page := w.ask("GET", "/g/inner/manage/warn?member="+member, ada)
	found := regexp.MustCompile(`<option value="([0-9]+)">Advert</option>`).FindStringSubmatch(page)
	if found == nil || !strings.Contains(page, `name="use"`) {
		t.Fatalf("the form: %s", content(page))
	}
	post := fmt.Sprintf("/p/%d", w.firstPost(topic.ID))
	for path, form := range map[string]url.Values{
		"/g/inner/manage/warn": {"member": {member}, "reason": {"spam"}}, "/g/inner/manage/mute": {"member": {member}, "reason": {"spam"}, "days": {"7"}}, "/g/inner/manage/vet": {"member": {member}, "reason": {"spam"}, "days": {"7"}},
		post + "/hide": {"reason": {"spam"}}, fmt.Sprintf("/t/%d/rename", topic.ID): {"title": {"Other"}, "reason": {"spam"}},
	} {
		form.Set("words", "Typed before.")
		form.Set("canned", found[1])
		form.Set("use", "1")
		if status, page := w.post(ada, path, form); status != http.StatusOK || !strings.Contains(page, "Typed before.\n\nNo advertisements here, please.</textarea>") || !strings.Contains(page, `value="spam" selected`) {
			t.Errorf("filling in at %s: %d %s", path, status, content(page))
		}
	}
	if own, err := w.forum.ReadOwnActs(t.Context(), w.as(people["otto"].Member)); err != nil || len(own) != 0 {
		t.Errorf("filling in did %+v %v", own, err)
	}
	if status, _ := w.post(ada, "/g/inner/manage/warn", url.Values{"member": {member}, "reason": {"spam"}, "words": {"No advertisements here, please."}}); status != http.StatusSeeOther {
		t.Errorf("warning: %d", status)
	}
	record := "/g/inner/manage/member?member=" + member
	if _, page := w.ask("GET", "/g/inner/manage", ada); !strings.Contains(page, record) || !strings.Contains(page, answers) {
		t.Errorf("the moderators' page: %s", content(page))
	}
	if status, page := w.post(ada, "/g/inner/manage/member", url.Values{"member": {member}, "note": {" "}}); status != http.StatusUnprocessableEntity || !strings.Contains(page, "note-error") {
		t.Errorf("an empty note: %d %s", status, content(page))
	}
	if status, _ := w.post(ada, "/g/inner/manage/member", url.Values{"member": {member}, "note": {"note canary"}}); status != http.StatusSeeOther {
		t.Errorf("a note: %d", status)
	}
	status, page := w.ask("GET", record, ada)
	if status != http.StatusOK || !strings.Contains(page, "note canary") || !strings.Contains(page, "Warned.") || !strings.Contains(page, "1 post that you may read") || !strings.Contains(page, "/member/drop") {
		t.Errorf("the record: %d %s", status, content(page))
	}
	for _, path := range []string{record, answers} {
		if status, page := w.ask("GET", path, rita); status != http.StatusForbidden || strings.Contains(page, "canary") {
			t.Errorf("rita at %s: %d", path, status)
		}
	}
	note := regexp.MustCompile(`name="note" value="([0-9]+)"`).FindStringSubmatch(page)[1]
	if status, _ := w.post(ada, "/g/inner/manage/member/drop", url.Values{"member": {member}, "note": {note}}); status != http.StatusSeeOther {
		t.Errorf("dropping it: %d", status)
	}
	if _, page := w.ask("GET", record, ada); strings.Contains(page, "note canary") {
		t.Errorf("it is still there: %s", content(page))
	}
	if status, _ := w.post(ada, answers+"/drop", url.Values{"answer": {found[1]}}); status != http.StatusSeeOther {
		t.Errorf("throwing words away: %d", status)
	}
	if _, page := w.ask("GET", "/g/inner/manage/warn?member="+member, ada); strings.Contains(page, `name="use"`) {
		t.Errorf("the form afterwards: %s", content(page))
	}
}

// firstPost is the post that opened a topic.
func (w *world) firstPost(t forum.TopicID) forum.PostID {
	w.t.Helper()
	p, err := w.forum.ReadTopic(w.t.Context(), w.admin, t, 0)
	w.must(err)
	return p.Posts[0].ID
}
