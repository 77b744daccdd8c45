package main

import (
	"fmt"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"peergroups/forum"
)

// TestListSettings: what owners say about a list stands in its mails; who comes and goes is greeted; an answer goes to who
// wrote, where they let all members see their address; a test mail comes to who asks for it.
func TestListSettings(t *testing.T) { onBoth(t, listSettings) }

func listSettings(t *testing.T, w *world) {
	people := w.members("otto", "olga")
	inner, board, _ := w.group("inner", forum.MembersOnly)
	w.enter(inner, w.admin)
	c := w.client()
	c.login("admin", nil)
	form := url.Values{"footer": {"The rules stand on the notice board."}, "welcome": {"We meet on **Mondays**. See [the calendar](https://calendar.example/x)."}, "goodbye": {"It was good to have you."}, "to_author": {"1"}}
	if status, page := c.post("/g/inner/list/settings", form); status != 303 {
		t.Fatalf("saving: %d %s", status, content(page))
	}
	if _, page := c.get("/g/inner/manage"); !strings.Contains(page, "/g/inner/list/settings") || !strings.Contains(page, "/g/inner/arrivals") {
		t.Error("no way leads there")
	}
	if _, page := c.get("/g/inner/list/settings"); !strings.Contains(page, "We meet on **Mondays**.") {
		t.Error("it is not kept")
	}
	if status, page := c.post("/g/inner/list/settings", url.Values{"strangers": {"1"}}); status != 422 || !strings.Contains(page, "everybody reads") {
		t.Errorf("strangers in a members' group: %d", status)
	}
	w.enter(inner, w.admin, people["otto"])
	if mail := w.await("otto@members.example", "Welcome to Group inner"); !strings.Contains(mail.Text, "We meet on **Mondays**.") || !strings.Contains(mail.HTML, "<strong>Mondays</strong>") || !strings.Contains(mail.HTML, ">the calendar</a>") {
		t.Errorf("the welcome: %s", mail.Text)
	}
	w.must(w.forum.Subscribe(t.Context(), people["otto"], board.ID, forum.Each))
	post := func(title string) letter {
		_, err := w.forum.StartTopic(t.Context(), w.admin, board.ID, forum.Draft{Title: title, Source: "text", Key: w.key()})
		w.must(err)
		return w.await("otto@members.example", title)
	}
	if mail := post("First"); !strings.Contains(mail.Text, "The rules stand on the notice board.") || !strings.Contains(mail.GetHeader("Reply-To"), "reply+") {
		t.Errorf("a list mail: %s %s", mail.GetHeader("Reply-To"), mail.Text)
	}
	w.must(w.forum.Show(t.Context(), w.admin, forum.Showing{EmailTo: forum.Registered, AddressTo: forum.Nobody, PhoneTo: forum.Nobody, ContactTo: forum.Nobody, Listed: forum.Nobody}))
	if mail := post("Second"); strings.Contains(mail.GetHeader("Reply-To"), "reply+") || !strings.Contains(mail.GetHeader("Reply-To"), "@") || !strings.Contains(mail.Text, "alone") {
		t.Errorf("to the author: %s %s", mail.GetHeader("Reply-To"), mail.Text)
	}
	if status, _ := c.post("/g/inner/list/test", nil); status != 303 {
		t.Error(status)
	}
	w.await("admin@members.example", "Test mail of Group inner")
	w.must(w.forum.Leave(t.Context(), people["otto"], inner.ID))
	if mail := w.await("otto@members.example", "You have left Group inner"); !strings.Contains(mail.Text, "It was good to have you.") {
		t.Errorf("the goodbye: %s", mail.Text)
	}
	if name, words, err := w.forum.ReadGreeting(t.Context(), people["olga"], inner.ID, false); err == nil {
		t.Errorf("who never was in it reads %s %s", name, words)
	}
}

// TestStrangers: a proved mail of somebody who is no member waits in a public group that wants it, and is posted by a moderator
// without the address; elsewhere it is refused, in the same words whether or not there is such a group.
func TestStrangers(t *testing.T) { onBoth(t, strangersHeld) }

func strangersHeld(t *testing.T, w *world) {
	const eve = "eve@elsewhere.example"
	open, board, _ := w.group("open", forum.PublicToRead)
	w.enter(open, w.admin)
	w.group("inner", forum.Hidden)
	w.dns.set("elsewhere.example", "v=spf1 ip4:127.0.0.1 -all")
	w.dns.set("_dmarc.elsewhere.example", "v=DMARC1; p=reject")
	refusals := map[string]bool{}
	for i, to := range []string{"open@forum.example", "inner@forum.example", "nowhere@forum.example", "open+each@forum.example"} {
		err := w.send(eve, to, string(rune('a'+i))+"@x.example", "May I ask", "The question.")
		if err == nil {
			t.Fatalf("%s takes it", to)
		}
		refusals[err.Error()] = true
	}
	if len(refusals) != 1 {
		t.Errorf("which groups there are can be told: %v", refusals)
	}
	w.must(w.forum.SetList(t.Context(), w.admin, open.ID, forum.ListSettings{Strangers: true}))
	for range 2 {
		w.must(w.send(eve, "open@forum.example", "1@x.example", "May I ask", "The question."))
	}
	w.must(w.send(eve, "open@forum.example", "2@x.example", "Buy now", "The spam."))
	if err := w.send(eve, "inner@forum.example", "3@x.example", "May I ask", "The question."); err == nil {
		t.Error("the hidden group takes it")
	}
	c := w.client()
	c.login("admin", nil)
	if _, page := c.get("/g/open/queue"); !strings.Contains(page, "/g/open/arrivals") {
		t.Error("the queue does not tell of them")
	}
	_, page := c.get("/g/open/arrivals")
	if strings.Count(page, eve) != 2 || !strings.Contains(page, "The question.") {
		t.Fatalf("waiting: %s", content(page))
	}
	at := func(title string) string {
		rows, err := w.forum.Strangers(t.Context(), w.admin, open.ID)
		w.must(err)
		for _, row := range rows {
			if row.Title == title {
				return "/g/open/strangers/" + strconv.FormatInt(row.ID, 10)
			}
		}
		return ""
	}
	drop, take := at("Buy now")+"/drop", at("May I ask")+"/post"
	for range 2 {
		for _, path := range []string{drop, take} {
			if status, page := c.post(path, nil); status != 303 {
				t.Fatalf("%s: %d %s", path, status, content(page))
			}
		}
	}
	b, err := w.forum.ReadBoard(t.Context(), forum.Actor{}, "open", board.Slug, forum.TopicCursor{})
	w.must(err)
	if len(b.Topics) != 1 || b.Topics[0].Title != "May I ask" {
		t.Fatalf("the board has %v", b.Topics)
	}
	p, err := w.forum.ReadTopic(t.Context(), forum.Actor{}, b.Topics[0].ID, 0)
	w.must(err)
	if !strings.Contains(p.Posts[0].HTML, "The question.") || !strings.Contains(p.Posts[0].HTML, "no member") || strings.Contains(p.Posts[0].HTML, "eve@") {
		t.Errorf("it says %s", p.Posts[0].HTML)
	}
}

// TestMailSettingsOnOnePage: one page says of each board of one's groups how its posts come, lets that be changed, and leads back.
func TestMailSettingsOnOnePage(t *testing.T) { onBoth(t, mailSettingsOnOnePage) }

func mailSettingsOnOnePage(t *testing.T, w *world) {
	people := w.members("otto")
	inner, board, _ := w.group("inner", forum.MembersOnly)
	w.group("other", forum.PublicToRead)
	w.enter(inner, w.admin, people["otto"])
	w.must(w.forum.ChooseMail(t.Context(), people["otto"], board.ID, forum.Subscription{Mode: forum.Weekly, Notice: true}))
	c := w.client()
	c.login("otto", nil)
	_, page := c.get("/account/mail/digests")
	chosen := regexp.MustCompile(`<option value="(\d)" selected>`).FindStringSubmatch(page)
	if !strings.Contains(page, "Talk of inner") || chosen == nil || chosen[1] != fmt.Sprint(int64(forum.Weekly)) || strings.Contains(page, "Talk of other") {
		t.Errorf("his settings: %v %s", chosen, content(page))
	}
	form := url.Values{"board": {fmt.Sprint(int64(board.ID))}, "mode": {fmt.Sprint(int64(forum.Each))}, "back": {"/account/mail/digests"}}
	if status, _ := c.post("/g/inner/list", form); status != 303 {
		t.Errorf("changing: %d", status)
	}
	all, err := w.forum.OwnSubscriptions(t.Context(), people["otto"])
	w.must(err)
	if len(all) != 1 || all[0].Mode != forum.Each || all[0].Notice {
		t.Errorf("they are %+v", all)
	}
}
