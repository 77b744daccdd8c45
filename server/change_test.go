package main

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"peergroups/forum"
)

// TestChangeOnTheWeb: who changes or takes back a post sees where its copies are; what was
// typed is kept when it is wrong; what is gone is found nowhere.
func TestChangeOnTheWeb(t *testing.T) { onBoth(t, changeOnTheWeb) }

func changeOnTheWeb(t *testing.T, w *world) {
	people := w.members("otto", "olga")
	g, board, _ := w.group("open", forum.PublicToRead)
	w.enter(g, w.admin, people["otto"], people["olga"])
	w.must(w.forum.Subscribe(t.Context(), people["olga"], board.ID, forum.Each))
	topic, err := w.forum.StartTopic(t.Context(), people["otto"], board.ID, forum.Draft{Title: "Otto asks", Source: "quicksilver one", Key: w.key()})
	w.must(err)
	w.await("olga@members.example", "Otto asks")
	otto, olga := w.session("otto"), w.session("olga")
	p, err := w.forum.ReadTopic(t.Context(), people["otto"], topic.ID, 0)
	w.must(err)
	path := fmt.Sprintf("/p/%d", p.Posts[0].ID)
	if _, page := w.ask("GET", topicPathOf(topic), otto); !strings.Contains(page, path+"/change") {
		t.Error("its author is not offered to change it")
	}
	if _, page := w.ask("GET", topicPathOf(topic), olga); strings.Contains(page, path+"/change") {
		t.Error("somebody else is offered to change it")
	}
	w.eventually("the mail is in the ledger", func() bool {
		_, page := w.ask("GET", path+"/change", otto)
		return strings.Contains(page, "1 mail with it was delivered") && strings.Contains(page, "search engines and archives of others") && strings.Contains(page, "quicksilver one")
	})
	base := fmt.Sprint(p.Posts[0].Version)
	if status, page := w.post(otto, path+"/change", url.Values{"title": {""}, "source": {"kept words"}, "base": {base}}); status != http.StatusUnprocessableEntity || !strings.Contains(page, "kept words") {
		t.Errorf("without a title: %d", status)
	}
	if status, page := w.post(otto, path+"/change", url.Values{"title": {"T"}, "source": {"call me at +31 20 123 4567"}, "base": {base}}); status != http.StatusUnprocessableEntity || !strings.Contains(page, `name="sure"`) {
		t.Errorf("with a telephone number: %d", status)
	}
	if status, _ := w.post(otto, path+"/change", url.Values{"title": {"Otto asks again"}, "source": {"quicksilver two"}, "base": {base}}); status != http.StatusSeeOther {
		t.Errorf("changed: %d", status)
	}
	if status, page := w.post(otto, path+"/change", url.Values{"title": {"Lost"}, "source": {"from an old window"}, "base": {base}}); status != http.StatusUnprocessableEntity || !strings.Contains(page, "from an old window") {
		t.Errorf("from an old window: %d", status)
	}
	if status, page := w.ask("GET", fmt.Sprintf("/t/%d/otto-asks-again", topic.ID), ""); status != http.StatusOK || !strings.Contains(page, "quicksilver two") || strings.Contains(page, "quicksilver one") {
		t.Errorf("a visitor gets %d %s", status, content(page))
	}
	if _, page := w.ask("GET", path+"/history", ""); !strings.Contains(page, "quicksilver one") || !strings.Contains(page, "</span>one<span") || !strings.Contains(page, "</span>two<span") || !strings.Contains(page, "quicksilver <del>") {
		t.Error("the history does not show what it said, and what was changed")
	}
	w.eventually("search knows the new words", func() bool {
		_, page := w.ask("GET", "/search?q=quicksilver+two", olga)
		return strings.Contains(content(page), "Otto asks again")
	})
	if _, page := w.ask("GET", path+"/take-back", otto); !strings.Contains(page, "Nobody else has written") {
		t.Errorf("the page that asks: %s", content(page))
	}
	if status, _ := w.post(otto, path+"/take-back", nil); status != http.StatusSeeOther {
		t.Errorf("taken back: %d", status)
	}
	for _, where := range []string{fmt.Sprintf("/t/%d/otto-asks-again", topic.ID), path, path + "/history"} {
		if status, page := w.ask("GET", where, ""); status != http.StatusNotFound {
			t.Errorf("%s: %d %s", where, status, content(page))
		}
	}
	for _, where := range []string{"/", "/g/open/b/talk", "/search?q=quicksilver"} {
		if _, page := w.ask("GET", where, olga); strings.Contains(content(page), "Otto asks") {
			t.Errorf("%s still shows it", where)
		}
	}
}

// TestMoveOnTheWeb: a moderator puts topics in order, and each address leads to where its
// posts are now.
func TestMoveOnTheWeb(t *testing.T) { onBoth(t, moveOnTheWeb) }

func moveOnTheWeb(t *testing.T, w *world) {
	people := w.members("otto")
	g, board, _ := w.group("open", forum.PublicToRead)
	w.enter(g, w.admin, people["otto"])
	second, err := w.forum.CreateBoard(t.Context(), w.admin, g.ID, forum.BoardDraft{Slug: "second", Name: "Second board"})
	w.must(err)
	start := func(title string) *forum.Topic {
		topic, err := w.forum.StartTopic(t.Context(), people["otto"], board.ID, forum.Draft{Title: title, Source: title, Key: w.key()})
		w.must(err)
		return topic
	}
	one, two := start("Topic one"), start("Topic two")
	reply, err := w.forum.Reply(t.Context(), people["otto"], one.ID, forum.Draft{Source: "off the point", Key: w.key()})
	w.must(err)
	admin := w.session("admin")
	path := fmt.Sprintf("/t/%d", one.ID)
	if status, page := w.ask("GET", path+"/move", admin); status != http.StatusOK || !strings.Contains(page, "Second board") || !strings.Contains(page, "off the point") {
		t.Errorf("the page: %d", status)
	}
	if status, page := w.post(admin, path+"/split", url.Values{"title": {"Kept title"}}); status != http.StatusUnprocessableEntity || !strings.Contains(page, "Kept title") || !strings.Contains(page, "posts-error") {
		t.Errorf("split without posts: %d", status)
	}
	for _, into := range []string{"", "nowhere", path, "/t/7/x"} {
		if status, page := w.post(admin, path+"/merge", url.Values{"into": {into}}); status != http.StatusUnprocessableEntity || !strings.Contains(page, "into-error") {
			t.Errorf("merge into %q: %d", into, status)
		}
	}
	if status, _ := w.post(admin, path+"/split", url.Values{"title": {"Split off"}, "posts": {fmt.Sprint(reply.ID)}}); status != http.StatusSeeOther {
		t.Errorf("split: %d", status)
	}
	if status, _ := w.post(admin, path+"/merge", url.Values{"into": {fmt.Sprintf("https://forum.example/t/%d/topic-two#p1", two.ID)}, "reason": {"same"}}); status != http.StatusSeeOther {
		t.Errorf("merge: %d", status)
	}
	if status, _ := w.post(admin, fmt.Sprintf("/t/%d/move", two.ID), url.Values{"board": {fmt.Sprint(second.ID)}}); status != http.StatusSeeOther {
		t.Errorf("move: %d", status)
	}
	if _, page := w.ask("GET", "/g/open/b/second", ""); !strings.Contains(content(page), "Topic two") || strings.Contains(content(page), "Topic one") {
		t.Errorf("the new board shows %s", content(page))
	}
	if _, page := w.ask("GET", "/g/open/b/talk", ""); !strings.Contains(content(page), "Split off") || strings.Contains(content(page), "Topic two") {
		t.Errorf("the old board shows %s", content(page))
	}
	if status, _ := w.ask("GET", topicPathOf(one), ""); status != http.StatusSeeOther {
		t.Errorf("the old address: %d", status)
	}
	if body, _, _ := w.visit(topicPathOf(one)); !strings.Contains(content(body), "Topic two") || !strings.Contains(content(body), "Topic one") {
		t.Errorf("the old address leads to %s", content(body))
	}
}

// TestMovedAmongOthers: what was written for the members of one group and stands in another is said to be for
// those, on the page, by the composer and in the mail.
func TestMovedAmongOthers(t *testing.T) { onBoth(t, movedAmongOthers) }

func movedAmongOthers(t *testing.T, w *world) {
	people := w.members("otto", "olga")
	inner, board, _ := w.group("inner", forum.MembersOnly)
	open, there, _ := w.group("open", forum.PublicToRead)
	w.enter(inner, w.admin, people["otto"], people["olga"])
	w.enter(open, w.admin, people["otto"], people["olga"])
	w.must(w.forum.Subscribe(t.Context(), people["olga"], there.ID, forum.Each))
	topic, err := w.forum.StartTopic(t.Context(), people["otto"], board.ID, forum.Draft{Title: "Confidence", Source: "for few", Key: w.key()})
	w.must(err)
	w.must(w.forum.MoveTopic(t.Context(), w.admin, topic.ID, there.ID, ""))
	otto := w.session("otto")
	_, page := w.ask("GET", topicPathOf(topic), otto)
	page = content(page)
	if strings.Contains(page, "Members of "+open.Name) || strings.Contains(page, "Everyone") || !strings.Contains(page, "Members of "+inner.Name) || !strings.Contains(page, "3 members of "+inner.Name) {
		t.Errorf("the page says %s", page)
	}
	if status, _ := w.post(otto, topicPathOf(topic), url.Values{"source": {"an answer"}, "key": {w.key()}}); status != http.StatusSeeOther {
		t.Errorf("answering: %d", status)
	}
	mail := w.await("olga@members.example", "Confidence")
	if strings.Contains(mail.Text, "Everyone") || !strings.Contains(mail.Text, "Those it was written for") {
		t.Errorf("the mail says %s", mail.Text)
	}
	if _, page := w.ask("GET", "/g/open/b/talk", otto); strings.Contains(content(page), "Members of "+open.Name) {
		t.Errorf("the board says %s", content(page))
	}
}

// TestMovedBehindDoors: a topic that was written for everyone and stands in a closed group is
// read by the group: that is what its page says.
func TestMovedBehindDoors(t *testing.T) {
	t.Parallel()
	w := begin(t, "sqlite", nil)
	open, board, _ := w.group("open", forum.PublicToRead)
	inner, closed, _ := w.group("inner", forum.MembersOnly)
	w.enter(open, w.admin)
	w.enter(inner, w.admin)
	topic, err := w.forum.StartTopic(t.Context(), w.admin, board.ID, forum.Draft{Title: "T", Source: "for all", Key: w.key()})
	w.must(err)
	w.must(w.forum.MoveTopic(t.Context(), w.admin, topic.ID, closed.ID, ""))
	if _, page := w.ask("GET", topicPathOf(topic), w.session("admin")); strings.Contains(content(page), "Everyone") || !strings.Contains(content(page), "1 member of Group inner") {
		t.Errorf("its page says %s", content(page))
	}
	if status, page := w.post(w.session("admin"), fmt.Sprintf("/t/%d/move", topic.ID), url.Values{"board": {""}}); status != http.StatusUnprocessableEntity || !strings.Contains(page, "board-error") {
		t.Errorf("moved nowhere: %d", status)
	}
}

// TestSignedOut: what was typed when the session was over comes back in a form that sends it
// once more, without the password that may have stood beside it.
func TestSignedOut(t *testing.T) {
	t.Parallel()
	w := begin(t, "sqlite", nil)
	g, _, _ := w.group("open", forum.PublicToRead)
	w.enter(g, w.admin)
	form := url.Values{"title": {"My \"title\""}, "source": {"<long> words"}, "key": {"k1"}, "password": {"secret"}}
	status, page := w.post("", "/g/open/b/talk/new", form)
	if status != http.StatusForbidden || !strings.Contains(page, "You were signed out") || !strings.Contains(page, `action="/g/open/b/talk/new"`) ||
		!strings.Contains(page, `name="source" value="&lt;long&gt; words"`) || !strings.Contains(page, `name="key" value="k1"`) || strings.Contains(page, "secret") {
		t.Errorf("%d %s", status, content(page))
	}
	if status, _ := w.post(w.session("admin"), "/g/open/b/talk/new", form); status != http.StatusSeeOther {
		t.Errorf("sent again: %d", status)
	}
	if _, page := w.post("", "/account", url.Values{"name": {"x"}}); strings.Contains(page, "send it") {
		t.Error("a form without words of one's own is kept")
	}
}
