package main

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"peergroups/forum"
)

// TestTendingOnTheWeb: a moderator pins a topic and renames it; its page says so, to visitors too, whose copy is none any
// more, and search finds the new title and not the old one. Its author gets the reason by mail.
func TestTendingOnTheWeb(t *testing.T) { onBoth(t, tendingOnTheWeb) }

func tendingOnTheWeb(t *testing.T, w *world) {
	people := w.members("ada", "otto")
	g, board, _ := w.group("open", forum.PublicToRead)
	w.enter(g, w.admin, people["ada"], people["otto"])
	w.must(w.forum.Appoint(t.Context(), w.admin, g.ID, people["ada"].Member, forum.Moderator))
	topic, err := w.forum.StartTopic(t.Context(), w.as(people["otto"].Member), board.ID, forum.Draft{Title: "Quicksilver matter", Source: "words", Key: w.key()})
	w.must(err)
	ada, otto, at := w.session("ada"), w.session("otto"), fmt.Sprintf("/t/%d", topic.ID)
	for range 2 {
		if _, page := w.ask("GET", topicPathOf(topic), ""); !strings.Contains(page, "Quicksilver matter") || strings.Contains(content(page), "Pinned") {
			t.Errorf("before: %s", content(page))
		}
	}
	if _, page := w.ask("GET", topicPathOf(topic), ada); !strings.Contains(page, at+"/pin") || !strings.Contains(page, at+"/rename") {
		t.Errorf("a moderator is offered: %s", content(page))
	}
	if _, page := w.ask("GET", topicPathOf(topic), otto); strings.Contains(page, at+"/pin") || strings.Contains(page, at+"/rename") {
		t.Errorf("a member is offered: %s", content(page))
	}
	if status, page := w.ask("GET", at+"/pin", ada); status != http.StatusOK || !strings.Contains(page, "Pin this topic") {
		t.Errorf("the form: %d %s", status, content(page))
	}
	if status, _ := w.post(ada, at+"/pin", url.Values{"reason": {"start here"}}); status != http.StatusSeeOther {
		t.Errorf("pinning: %d", status)
	}
	if status, page := w.ask("GET", at+"/pin", ada); status != http.StatusOK || !strings.Contains(page, "Unpin this topic") {
		t.Errorf("the form afterwards: %d %s", status, content(page))
	}
	if status, page := w.post(ada, at+"/pin", url.Values{"reason": {strings.Repeat("x", 1001)}}); status != http.StatusSeeOther {
		t.Errorf("pinning again: %d %s", status, content(page))
	}
	if status, page := w.post(ada, at+"/rename", url.Values{"title": {"Amalgam question"}, "reason": {"spam"}, "words": {"short"}}); status != http.StatusUnprocessableEntity || !strings.Contains(page, "words-error") || !strings.Contains(page, `value="Amalgam question"`) {
		t.Errorf("a short reason: %d %s", status, content(page))
	}
	if status, _ := w.post(ada, at+"/rename", url.Values{"title": {"Amalgam question"}, "reason": {"spam"}, "words": {"It named an advertiser."}}); status != http.StatusSeeOther {
		t.Errorf("renaming: %d", status)
	}
	to, err := w.forum.MayFollow(t.Context(), w.admin, topic.ID)
	w.must(err)
	for range 2 {
		if _, page := w.ask("GET", topicPathOf(&to), ""); !strings.Contains(page, "Amalgam question") || strings.Contains(page, "Quicksilver") || !strings.Contains(page, "Title by the moderators") || !strings.Contains(page, "Pinned") {
			t.Errorf("afterwards: %s", content(page))
		}
	}
	w.eventually("the new title is found", func() bool {
		_, titles, _ := w.found("", "q=amalgam")
		return slices.Contains(titles, "Amalgam question")
	})
	if _, titles, page := w.found("", "q=quicksilver"); slices.Contains(titles, "Amalgam question") {
		t.Errorf("it is found by the old one: %s", content(page))
	}
	w.slowAndFrozen(topicPathOf(&to), at, ada, otto)
	mail := w.await("otto@members.example", "A topic of yours was renamed")
	if !strings.Contains(mail.Text, "It named an advertiser.") || !strings.Contains(flat(mail.Text), "Decided by moderators of Group open") || strings.Contains(mail.Text, "Ada") {
		t.Errorf("the mail: %s", mail.Text)
	}
	if _, page := w.ask("GET", "/account/acts", otto); !strings.Contains(page, "It was called: Quicksilver matter") {
		t.Errorf("the decisions about him: %s", content(page))
	}
}

// slowAndFrozen: in a slow topic who is too early is told when and keeps the text; a frozen group says why on its pages and
// has no form.
func (w *world) slowAndFrozen(topic, at, moderator, member string) {
	t := w.t
	t.Helper()
	if status, _ := w.post(moderator, at+"/slow", url.Values{"seconds": {"300"}, "reason": {"it gets heated"}}); status != http.StatusSeeOther {
		t.Errorf("slowing down: %d", status)
	}
	if _, page := w.ask("GET", topic, ""); !strings.Contains(page, "Slow: 5 minutes between two posts") {
		t.Errorf("a visitor reads: %s", content(page))
	}
	if status, page := w.post(member, topic, url.Values{"source": {"too early"}, "key": {"s1"}}); status != http.StatusTooManyRequests || !strings.Contains(page, ">too early</textarea>") || !strings.Contains(page, "you can post again in 5 minutes") {
		t.Errorf("too early: %d %s", status, content(page))
	}
	const freeze = "/g/open/manage/freeze"
	if status, page := w.post(moderator, freeze, url.Values{"reason": {"short"}}); status != http.StatusUnprocessableEntity || !strings.Contains(page, "reason-error") {
		t.Errorf("a short reason: %d %s", status, content(page))
	}
	if status, _ := w.post(moderator, freeze, url.Values{"reason": {"Until we have talked about it."}}); status != http.StatusSeeOther {
		t.Errorf("freezing: %d", status)
	}
	for _, path := range []string{topic, "/g/open", "/g/open/b/talk"} {
		for who, cookie := range map[string]string{"a visitor": "", "a member": member, "a moderator": moderator} {
			if _, page := w.ask("GET", path, cookie); !strings.Contains(page, "frozen this group for now. Until we have talked about it.") || strings.Contains(page, "id=\"source\" name=\"source\"") != (cookie == moderator && path == topic) {
				t.Errorf("%s at %s: %s", who, path, content(page))
			}
		}
	}
	if status, _ := w.post(member, topic, url.Values{"source": {"all the same"}, "key": {"s2"}}); status != http.StatusConflict {
		t.Errorf("posting: %d", status)
	}
	if status, page := w.ask("GET", freeze, moderator); status != http.StatusOK || !strings.Contains(page, "Let the group speak again") {
		t.Errorf("the form: %d %s", status, content(page))
	}
	if status, _ := w.post(moderator, "/g/open/manage/unfreeze", nil); status != http.StatusSeeOther {
		t.Errorf("letting it speak: %d", status)
	}
	for range 2 {
		if _, page := w.ask("GET", topic, ""); strings.Contains(page, "frozen this group") {
			t.Errorf("afterwards: %s", content(page))
		}
	}
}
