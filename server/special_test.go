package main

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"peergroups/forum"
)

// TestSpecialNotices: moderators find a tick on the form of a new topic, and what they send with it goes at once to who gets
// digests or special notices only, and says so; who is none finds no tick, and is refused in words.
func TestSpecialNotices(t *testing.T) { onBoth(t, specialNotices) }

func specialNotices(t *testing.T, w *world) {
	people := w.members("otto", "dora", "nora")
	inner, board, _ := w.group("inner", forum.MembersOnly)
	w.enter(inner, w.admin, people["otto"], people["dora"], people["nora"])
	w.must(w.forum.Subscribe(t.Context(), people["dora"], board.ID, forum.Daily))
	const path, form = "/g/inner/b/talk/new", `name="special"`
	admin, otto := w.session("admin"), w.session("otto")

	w.dns.set("members.example", "v=spf1 ip4:127.0.0.1 -all")
	w.dns.set("_dmarc.members.example", "v=DMARC1; p=reject")
	w.must(w.send("otto@members.example", "inner+special@forum.example", "1@otto.example", "x", "x"))
	w.await("otto@members.example", "special notices only")
	if _, page := w.ask("GET", "/g/inner/list", otto); !strings.Contains(page, `<option value="5" selected>Special notices only</option>`) {
		t.Errorf("the list page: %s", page)
	}
	if _, page := w.ask("GET", "/", otto); !strings.Contains(page, "Special notices only of 1 board.") {
		t.Error("the first page does not tell how mail comes")
	}
	if _, page := w.ask("GET", "/g/inner/list/settings", admin); !strings.Contains(page, `<td data-label="Special notices only">fewer than 5</td>`) {
		t.Errorf("the list settings: %s", content(page))
	}

	if _, page := w.ask("GET", path, otto); strings.Contains(page, form) {
		t.Error("who does not moderate is offered the tick")
	}
	if _, page := w.ask("GET", path, admin); !strings.Contains(page, form) || !strings.Contains(page, "to all 2 members") || !strings.Contains(page, "By mail: 0 at once, 1 in a digest") {
		t.Errorf("the form: %s", content(page))
	}
	topic := url.Values{"title": {"Office closed"}, "source": {"The office is closed on Monday."}, "special": {"1"}, "key": {w.key()}}
	if status, page := w.post(otto, path, topic); status != http.StatusUnprocessableEntity || !strings.Contains(page, "Only moderators of the group send special notices") || !strings.Contains(page, "The office is closed") {
		t.Errorf("by a member: %d %s", status, content(page))
	}
	kept := url.Values{"place": {"board"}, "ref": {fmt.Sprint(board.ID)}, "title": {"Begun"}, "special": {"1"}, "kept": {"0"}}
	if status, page := w.post(admin, "/drafts", kept); status != http.StatusSeeOther {
		t.Errorf("keeping: %d %s", status, page)
	}
	if _, page := w.ask("GET", path, admin); !strings.Contains(page, `value="1" checked`) || !strings.Contains(page, "Begun") {
		t.Errorf("what was begun: %s", page)
	}
	topic.Set("key", w.key())
	before := w.to("nora@members.example")
	status, to := w.led(admin, path, topic)
	if status != http.StatusSeeOther {
		t.Fatalf("by a moderator: %d", status)
	}
	for _, who := range []string{"otto", "dora"} {
		mail := w.await(who+"@members.example", "Office closed")
		for part, words := range map[string]string{"text": mail.Text, "HTML": mail.HTML} {
			if !strings.Contains(words, "Special notice") || !strings.Contains(words, "The office is closed on Monday.") {
				t.Errorf("the %s to %s: %s", part, who, words)
			}
		}
	}
	if _, page := w.ask("GET", to, otto); !strings.Contains(page, ">Special notice</span>") {
		t.Errorf("its page does not say so: %s", content(page))
	}
	if _, page := w.ask("GET", "/g/inner/b/talk", otto); strings.Count(page, ">Special notice</span>") != 1 {
		t.Errorf("the list of topics does not say so: %s", content(page))
	}
	if _, page := w.ask("GET", "/g/inner/manage", admin); !strings.Contains(page, "sent a special notice") {
		t.Errorf("the log does not say so: %s", content(page))
	}
	if n := w.to("nora@members.example"); n != before {
		t.Errorf("who wants no mail gets %d more", n-before)
	}
}

// TestBriefMails: beside how a board's mail comes stands what it tells; who ticks that gets no words of others' mails, and where
// the group is sealed the page says that it is so for all, and keeps what was chosen.
func TestBriefMails(t *testing.T) { onBoth(t, briefMails) }

func briefMails(t *testing.T, w *world) {
	people := w.members("otto", "olga")
	inner, board, _ := w.group("inner", forum.MembersOnly)
	w.enter(inner, w.admin, people["otto"], people["olga"])
	w.must(w.forum.Subscribe(t.Context(), people["olga"], board.ID, forum.Each))
	otto := w.session("otto")
	const ticked, forced = `name="notice" value="1" checked`, "In this group mails tell only that something new is there."
	for _, path := range []string{"/g/inner/b/talk/mail", "/g/inner/list"} {
		form := url.Values{"board": {fmt.Sprint(board.ID)}, "mode": {"1"}, "notice": {"1"}}
		if status, page := w.post(otto, path, form); status != http.StatusSeeOther {
			t.Fatalf("%s: %d %s", path, status, content(page))
		}
		for _, shown := range []string{"/g/inner/list", "/g/inner/b/talk"} {
			if _, page := w.ask("GET", shown, otto); !strings.Contains(page, ticked) || strings.Contains(page, forced) {
				t.Errorf("%s after %s: %s", shown, path, content(page))
			}
		}
		form.Del("notice")
		if status, _ := w.post(otto, path, form); status != http.StatusSeeOther {
			t.Error(status)
		}
		if _, page := w.ask("GET", "/g/inner/list", otto); strings.Contains(page, ticked) {
			t.Errorf("%s does not take it back", path)
		}
	}
	w.dns.set("members.example", "v=spf1 ip4:127.0.0.1 -all")
	w.dns.set("_dmarc.members.example", "v=DMARC1; p=reject")
	w.must(w.send("otto@members.example", "inner+notice@forum.example", "1@otto.example", "x", "x"))
	w.await("otto@members.example", "mails without text")
	_, err := w.forum.StartTopic(t.Context(), w.admin, board.ID, forum.Draft{Title: "Secret title", Source: "brief-canary", Key: w.key()})
	w.must(err)
	w.await("olga@members.example", "Secret title")
	mail := w.await("otto@members.example", "Something new was written")
	for _, secret := range []string{"brief-canary", "Secret title", "Admin Test"} {
		if strings.Contains(mail.Text+mail.HTML+mail.GetHeader("From")+mail.GetHeader("Subject"), secret) {
			t.Errorf("it tells %q: %s", secret, mail.Text)
		}
	}
	w.must(w.forum.ChangeGroup(t.Context(), w.admin, inner.ID, forum.GroupDraft{Name: inner.Name, Visibility: inner.Visibility, Class: forum.SealedClass, Joining: forum.ByInvitation, Roster: forum.ForModerators}, inner.Visibility))
	for _, shown := range []string{"/g/inner/list", "/g/inner/b/talk"} {
		if _, page := w.ask("GET", shown, otto); !strings.Contains(page, forced) || strings.Contains(page, `name="notice"`) {
			t.Errorf("%s of a sealed group: %s", shown, content(page))
		}
	}
	if status, _ := w.post(otto, "/g/inner/list", url.Values{"board": {fmt.Sprint(board.ID)}, "mode": {"2"}}); status != http.StatusSeeOther {
		t.Error(status)
	}
	g, err := w.forum.ReadGroup(t.Context(), w.as(people["otto"].Member), "inner")
	if w.must(err); g.Modes[board.ID] != forum.Daily || !g.Notices[board.ID] {
		t.Errorf("what was chosen before: %v %v", g.Modes, g.Notices)
	}
}
