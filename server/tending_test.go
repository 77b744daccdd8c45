package main

import (
	"fmt"
	"net/http"
	"net/url"
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
		_, page := w.ask("GET", "/search?q=amalgam", "")
		return strings.Contains(content(page), topicPathOf(&to)) || strings.Contains(content(page), "Amalgam question")
	})
	if _, page := w.ask("GET", "/search?q=quicksilver", ""); strings.Contains(content(page), "Amalgam question") {
		t.Errorf("it is found by the old one: %s", content(page))
	}
	mail := w.await("otto@members.example", "A topic of yours was renamed")
	if !strings.Contains(mail.Text, "It named an advertiser.") || !strings.Contains(flat(mail.Text), "Decided by moderators of Group open") || strings.Contains(mail.Text, "Ada") {
		t.Errorf("the mail: %s", mail.Text)
	}
	if _, page := w.ask("GET", "/account/acts", otto); !strings.Contains(page, "It was called: Quicksilver matter") {
		t.Errorf("the decisions about him: %s", content(page))
	}
}
