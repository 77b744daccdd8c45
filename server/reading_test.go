package main

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"peergroups/forum"
)

func TestReadingPages(t *testing.T) { onBoth(t, readingPages) }

// readingPages: somebody is mentioned, finds it counted beside the bell and listed, and what they may not read any more
// is in neither; the rest a member keeps for themself goes by pages without scripts.
func readingPages(t *testing.T, w *world) {
	people := w.members("ann", "bob")
	g, board, _ := w.group("inner", forum.Hidden)
	w.enter(g, w.admin, people["ann"], people["bob"])
	ann, bob := w.session("ann"), w.session("bob")
	topic, err := w.forum.StartTopic(t.Context(), people["bob"], board.ID, forum.Draft{Title: "Titlecanary", Source: "A first post for @ann and @nobody", Key: w.key()})
	w.must(err)
	path := fmt.Sprintf("/t/%d", topic.ID)
	page, err := w.forum.ReadTopic(t.Context(), people["bob"], topic.ID, 0)
	w.must(err)
	post := fmt.Sprintf("/p/%d", page.Posts[0].ID)
	sees := func(who, where string, has []string, hasNot ...string) string {
		t.Helper()
		status, body := w.ask(http.MethodGet, where, who)
		if status != http.StatusOK {
			t.Errorf("%s: %d", where, status)
		}
		for _, want := range has {
			if !strings.Contains(body, want) {
				t.Errorf("%s lacks %q", where, want)
			}
		}
		for _, never := range hasNot {
			if strings.Contains(body, never) {
				t.Errorf("%s shows %q", where, never)
			}
		}
		return body
	}
	do := func(who, where string, form url.Values) {
		t.Helper()
		if status, body := w.post(who, where, form); status != http.StatusSeeOther {
			t.Errorf("%s: %d %s", where, status, body)
		}
	}
	w.eventually("a notice", func() bool {
		n, err := w.forum.CountNotices(t.Context(), people["ann"])
		return err == nil && n == 1
	})
	sees(ann, "/groups", []string{"1 unread notice"})
	sees(bob, "/groups", nil, "unread notice")
	sees(ann, "/account/news", []string{"Titlecanary", "Bob Test mentioned you", "Mark all as read"})
	at, err := w.forum.MarkNotices(t.Context(), people["ann"], 0)
	w.must(err)
	sees(ann, fmt.Sprintf("/account/news?undo=%d", at), []string{fmt.Sprintf(`name="undo" value="%d"`, at), "Titlecanary"}, "unread notice")
	do(ann, "/account/news/undo", url.Values{"undo": {fmt.Sprint(int64(at))}})
	sees(ann, "/account/news", []string{"Titlecanary", "1 unread notice"})
	do(ann, "/account/news/read", url.Values{"post": {post[3:]}})
	sees(ann, "/account/news", []string{"Titlecanary"}, "unread notice")

	body := sees(ann, path+"/topic", []string{fmt.Sprintf(`<a class="mention" href="/m/%d">@ann</a> and @nobody`, people["ann"].Member), "What you are told of here", "As on the board: Answers to you and mentions", post + "/keep"})
	if strings.Contains(body, `class="folded"`) {
		t.Error("a post is folded")
	}
	do(ann, path+"/level", url.Values{"level": {"4"}})
	sees(ann, path+"/topic", []string{`<option value="4" selected>`, "You chose this for the topic."})
	do(ann, "/g/inner/b/talk/level", url.Values{"level": {"3"}})
	sees(ann, "/g/inner/b/talk", []string{`<option value="3" selected>`, "You chose this for the board"})
	do(ann, path+"/level", url.Values{"level": {"0"}})
	sees(ann, path+"/topic", []string{"As on the board: New topics only", "You chose this for the board Talk"})

	if status, body := w.post(ann, post+"/keep", url.Values{"note": {"Notecanary"}, "on": {"yesterday"}}); status != http.StatusUnprocessableEntity || !strings.Contains(body, "Notecanary") || !strings.Contains(body, "Enter a day after today") {
		t.Errorf("a wrong day: %d", status)
	}
	do(ann, post+"/keep", url.Values{"note": {"Notecanary"}, "on": {time.Now().AddDate(1, 0, 0).Format("2006-01-02")}})
	sees(ann, "/account/bookmarks", []string{"Titlecanary", "Notecanary", "Reminder on"})
	sees(bob, "/account/bookmarks", nil, "Notecanary")
	sees(bob, post+"/keep", nil, "Notecanary")

	do(ann, fmt.Sprintf("/m/%d/ignore", people["bob"].Member), nil)
	sees(ann, "/account/ignored", []string{"Bob Test"})
	sees(ann, path+"/topic", []string{`<details class="folded"><summary>Post by somebody you ignore: show</summary>`})
	sees(bob, path+"/topic", nil, `class="folded"`)
	sees(bob, fmt.Sprintf("/m/%d", people["ann"].Member), []string{"Ignore this member"}, "ignores", "Ignore no longer")
	do(ann, fmt.Sprintf("/m/%d/heed", people["bob"].Member), nil)

	do(ann, post+"/react", url.Values{"sign": {"1"}})
	sees(ann, path+"/topic", []string{`aria-pressed="true"`, "Thank you", "<b>1</b>", post + "/reactions"})
	sees(bob, path+"/topic", []string{"Thank you", "<b>1</b>"}, post+"/react\"")
	sees(bob, post+"/reactions", []string{"Ann Test", "Thank you"})
	do(ann, post+"/react", url.Values{"sign": {"1"}, "back": {"1"}})
	sees(bob, path+"/topic", nil, "Thank you")

	_, err = w.forum.Reply(t.Context(), people["bob"], topic.ID, forum.Draft{Source: "Another", Key: w.key()})
	w.must(err)
	sees(ann, "/g/inner/b/talk?show=unread", []string{"Titlecanary", "1 new"})
	sees(ann, "/unanswered", nil, "Titlecanary")
	do(ann, "/g/inner/b/talk/read", nil)
	sees(ann, "/unread", nil, "Titlecanary")
	if status, _ := w.ask(http.MethodGet, path+"/unread", ann); status != http.StatusSeeOther {
		t.Errorf("to the first unread: %d", status)
	}

	w.must(w.forum.Remove(t.Context(), w.admin, g.ID, people["ann"].Member, "over"))
	for _, where := range []string{"/", "/account/news", "/account/bookmarks", "/unread"} {
		sees(ann, where, nil, "Titlecanary", "Notecanary", "unread notice")
	}
}
