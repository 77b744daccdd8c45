package main

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"peergroups/forum"
)

// TestHideOnTheWeb: a public post is hidden: the copy that visitors were shown is none any more, search finds it no
// more, its address leads to the stub with the reason; its author and the moderators read it there. Shown again, it is all back.
func TestHideOnTheWeb(t *testing.T) { onBoth(t, hideOnTheWeb) }

func hideOnTheWeb(t *testing.T, w *world) {
	people := w.members("ada", "otto", "rita")
	g, board, _ := w.group("open", forum.PublicToRead)
	w.enter(g, w.admin, people["ada"], people["otto"], people["rita"])
	w.must(w.forum.Appoint(t.Context(), w.admin, g.ID, people["ada"].Member, forum.Moderator))
	topic, err := w.forum.StartTopic(t.Context(), w.as(people["otto"].Member), board.ID, forum.Draft{Title: "Telling matter", Source: "quicksilver canary", Key: w.key()})
	w.must(err)
	page, err := w.forum.ReadTopic(t.Context(), w.admin, topic.ID, 0)
	w.must(err)
	post, at := fmt.Sprintf("/p/%d", page.Posts[0].ID), fmt.Sprintf("/t/%d/topic", topic.ID)
	_, err = w.forum.Reply(t.Context(), w.as(people["rita"].Member), topic.ID, forum.Draft{Source: fmt.Sprintf("[quoted](%s)\n\nI see.", post), Key: w.key()})
	w.must(err)
	cookies := map[string]string{"": "", "ada": w.session("ada"), "otto": w.session("otto"), "rita": w.session("rita")}
	reads := func(who, path string) bool {
		if to, err := w.forum.MayFollow(t.Context(), w.admin, topic.ID); err == nil && path == at {
			path = topicPathOf(&to)
		}
		status, page := w.ask("GET", path, cookies[who])
		if status != http.StatusOK {
			t.Errorf("%q at %s: %d", who, path, status)
		}
		return strings.Contains(content(page), "quicksilver canary") || strings.Contains(content(page), "Telling matter")
	}
	search := "/search?q=quicksilver"
	w.eventually("it is found", func() bool { return reads("", search) })
	for who := range cookies {
		for range 2 {
			if !reads(who, at) {
				t.Errorf("%q does not read it before", who)
			}
		}
	}
	if _, page := w.ask("GET", topicPathOf(topic), cookies["rita"]); strings.Contains(page, post+"/hide") {
		t.Error("a member is offered to hide it")
	}
	if status, page := w.post(cookies["ada"], post+"/hide", url.Values{"reason": {"spam"}, "words": {"short"}}); status != http.StatusUnprocessableEntity || !strings.Contains(page, "words-error") || !strings.Contains(page, `value="spam" selected`) {
		t.Errorf("a short reason: %d %s", status, content(page))
	}
	if status, _ := w.post(cookies["ada"], post+"/hide", url.Values{"reason": {"spam"}, "words": {"This is an advertisement."}}); status != http.StatusSeeOther {
		t.Errorf("hiding: %d", status)
	}
	for who, may := range map[string]bool{"": false, "rita": false, "ada": true, "otto": true} {
		for range 2 {
			if reads(who, at) != may {
				t.Errorf("%q reads it hidden: %t", who, !may)
			}
		}
		to, err := w.forum.MayFollow(t.Context(), w.admin, topic.ID)
		w.must(err)
		if _, page := w.ask("GET", topicPathOf(&to), cookies[who]); !strings.Contains(page, "Hidden by the moderators: It is advertising") || strings.Contains(page, post+"/show") != (who == "ada") {
			t.Errorf("the stub for %q: %s", who, content(page))
		}
		if status, _ := w.ask("GET", post, cookies[who]); status != http.StatusSeeOther {
			t.Errorf("its address for %q: %d", who, status)
		}
		for _, path := range []string{"/g/open/b/talk", "/", search} {
			if reads(who, path) {
				t.Errorf("%q reads it at %s", who, path)
			}
		}
	}
	w.eventually("the engine has it no more", func() bool { return !w.indexed(page.Posts[0].ID) })
	mail := w.await("otto@members.example", "A post of yours was hidden")
	if !strings.Contains(mail.Text, "It is advertising") || !strings.Contains(mail.Text, "This is an advertisement.") || !strings.Contains(mail.Text, "Decided by moderators of Group open") || strings.Contains(mail.Text, "Ada") || strings.Contains(mail.Text, "canary") {
		t.Errorf("the statement of reasons: %s", mail.Text)
	}
	if _, page := w.ask("GET", "/account/acts", cookies["otto"]); !strings.Contains(page, "This is an advertisement.") || strings.Contains(page, "Ada Test") {
		t.Errorf("the decisions about him: %s", content(page))
	}
	if status, _ := w.post(cookies["ada"], post+"/show", nil); status != http.StatusSeeOther {
		t.Errorf("showing: %d", status)
	}
	w.eventually("it is found again", func() bool { return reads("", search) })
	for who := range cookies {
		if !reads(who, at) {
			t.Errorf("%q does not read it afterwards", who)
		}
	}
	w.await("otto@members.example", "A decision about you was taken back")
}
