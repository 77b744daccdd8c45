package main

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"peergroups/forum"
)

// TestP18PeerGroups: owners set their group, are told what a change of its readers means
// before it happens, and decide on those who ask; what was typed is kept when it is wrong.
func TestP18PeerGroups(t *testing.T) { onBoth(t, groupOnTheWeb) }

func groupOnTheWeb(t *testing.T, w *world) {
	people := w.members("otto", "olga")
	g, board, _ := w.group("inner", forum.MembersOnly)
	w.enter(g, w.admin, people["otto"])
	_, err := w.forum.StartTopic(t.Context(), w.admin, board.ID, forum.Draft{Title: "Old talk", Source: "for the members", Key: w.key()})
	w.must(err)
	admin, otto, olga := w.session("admin"), w.session("otto"), w.session("olga")
	form := url.Values{"name": {"Inner circle"}, "description": {"About us"}, "rules": {"No names."}, "question": {"Where do you work?"}, "icon": {"heart"}, "hue": {"5"},
		"visibility": {"3"}, "class": {"0"}, "joining": {"2"}, "roster": {"0"}}
	with := func(pairs ...string) url.Values {
		out := url.Values{}
		for k, v := range form {
			out[k] = v
		}
		for i := 0; i+1 < len(pairs); i += 2 {
			out.Set(pairs[i], pairs[i+1])
		}
		return out
	}
	if status, page := w.post(admin, "/g/inner/settings", with("name", " ", "rules", "kept rules", "icon", "skull")); status != http.StatusUnprocessableEntity ||
		!strings.Contains(page, "kept rules") || !strings.Contains(page, "name-error") || !strings.Contains(page, "icon-error") {
		t.Errorf("wrong settings: %d", status)
	}
	if status, _ := w.post(otto, "/g/inner/settings", form); status != http.StatusForbidden {
		t.Errorf("set by a member: %d", status)
	}
	if status, _ := w.post(admin, "/g/inner/settings", form); status != http.StatusSeeOther {
		t.Errorf("set: %d", status)
	}
	if _, page := w.ask("GET", "/g/inner", otto); !strings.Contains(page, "Inner circle") || !strings.Contains(page, "No names.") {
		t.Error("the group's page does not show its name and rules")
	}

	// Somebody asks, is declined, asks again, and is let in.
	if status, page := w.ask("GET", "/g/inner", olga); status != http.StatusOK || !strings.Contains(page, "Where do you work?") || strings.Contains(page, "No names.") || strings.Contains(page, "Old talk") {
		t.Errorf("who is outside gets %d", status)
	}
	if status, page := w.post(olga, "/g/inner/ask", url.Values{"answer": {" "}}); status != http.StatusUnprocessableEntity || !strings.Contains(page, "answer-error") {
		t.Errorf("without an answer: %d", status)
	}
	asked := func() {
		t.Helper()
		if status, _ := w.post(olga, "/g/inner/ask", url.Values{"answer": {"In the south"}}); status != http.StatusSeeOther {
			t.Errorf("asking: %d", status)
		}
		if _, page := w.ask("GET", "/g/inner/manage", admin); !strings.Contains(page, "In the south") || !strings.Contains(page, "Olga Test") {
			t.Error("the moderators do not see the request")
		}
	}
	asked()
	if _, page := w.ask("GET", "/", admin); !strings.Contains(content(page), "Somebody asks to join") || !strings.Contains(page, "/g/inner/manage") {
		t.Error("the first page does not tell of it")
	}
	if _, page := w.ask("GET", "/", otto); strings.Contains(content(page), "Somebody asks to join") {
		t.Error("the first page of a member tells of it")
	}
	if mail := w.await("admin@members.example", "Olga Test asks to join"); strings.Contains(mail.Text, "In the south") {
		t.Error("the answer goes by mail")
	}
	member := fmt.Sprint(people["olga"].Member)
	w.post(admin, "/g/inner/manage/decide", url.Values{"member": {member}})
	w.await("olga@members.example", "Your request to join")
	asked()
	w.post(admin, "/g/inner/manage/decide", url.Values{"member": {member}, "admit": {"1"}})
	w.await("olga@members.example", "You are in")
	if status, page := w.ask("GET", "/g/inner/b/talk", olga); status != http.StatusOK || !strings.Contains(page, "Old talk") {
		t.Errorf("let in: %d", status)
	}
	if status, page := w.ask("GET", "/g/inner/manage/ban?member="+member, admin); status != http.StatusOK || !strings.Contains(page, "Olga Test") || !strings.Contains(page, `name="member" value="`+member+`"`) {
		t.Errorf("the page that asks: %d %s", status, content(page))
	}
	if status, page := w.post(admin, "/g/inner/manage/ban", url.Values{"member": {member}}); status != http.StatusUnprocessableEntity || !strings.Contains(page, "reason-error") || !strings.Contains(page, "Olga Test") {
		t.Errorf("a ban without a reason: %d %s", status, content(page))
	}
	w.post(admin, "/g/inner/manage/ban", url.Values{"member": {member}, "reason": {"rude"}})
	if status, _ := w.ask("GET", "/g/inner/b/talk", olga); status != http.StatusNotFound {
		t.Errorf("banned: %d", status)
	}
	if mail := w.await("olga@members.example", "You are kept out of"); !strings.Contains(mail.Text, "“rude”") || !strings.Contains(mail.Text, "Admin Test") {
		t.Errorf("the mail says %s", mail.Text)
	}
	w.post(admin, "/g/inner/manage/unban", url.Values{"member": {member}})
	if status, _ := w.post(admin, "/g/inner/manage/appoint", url.Values{"member": {fmt.Sprint(people["otto"].Member)}, "role": {"1"}}); status != http.StatusSeeOther {
		t.Errorf("appointing: %d", status)
	}
	if status, _ := w.ask("GET", "/g/inner/manage", otto); status != http.StatusOK {
		t.Errorf("a new moderator: %d", status)
	}

	// Opening it for everyone is asked once more, in words, and shows nothing old.
	status, page := w.post(admin, "/g/inner/settings", with("visibility", "0"))
	if status != http.StatusUnprocessableEntity || !strings.Contains(page, "It stays with those it was written for") || !strings.Contains(page, `name="sure" value="0"`) {
		t.Errorf("widening, unconfirmed: %d", status)
	}
	if status, _ := w.post(admin, "/g/inner/settings", with("visibility", "0", "sure", "0")); status != http.StatusSeeOther {
		t.Errorf("widening: %d", status)
	}
	if body, status, _ := w.visit("/g/inner/b/talk"); status != http.StatusOK || strings.Contains(body, "Old talk") {
		t.Errorf("a visitor of the open group: %d", status)
	}
	if status, page := w.post(admin, "/g/inner/settings", with("visibility", "3", "sure", "0")); status != http.StatusUnprocessableEntity || !strings.Contains(page, "Search engines and archives") {
		t.Errorf("narrowing, told of something else: %d", status)
	}
}
