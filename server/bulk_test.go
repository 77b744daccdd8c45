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

// TestBulkOfReports: of several reports those that are ticked are taken on, given back or closed at once, each by itself;
// what another moderator is at, and what the moderator may not read, is counted and left, and the rest is done. A second
// click says the same.
func TestBulkOfReports(t *testing.T) { onBoth(t, bulkOfReports) }

func bulkOfReports(t *testing.T, w *world) {
	people := w.members("ada", "otto", "rita")
	g, board, _ := w.group("inner", forum.MembersOnly)
	w.enter(g, w.admin, people["ada"], people["otto"], people["rita"])
	w.must(w.forum.Appoint(t.Context(), w.admin, g.ID, people["ada"].Member, forum.Moderator))
	for i := range 6 {
		topic, err := w.forum.StartTopic(t.Context(), w.as(people["otto"].Member), board.ID, forum.Draft{Title: fmt.Sprintf("Matter %d", i), Source: "words", Key: w.key()})
		w.must(err)
		p, err := w.forum.ReadTopic(t.Context(), people["rita"], topic.ID, 0)
		w.must(err)
		_, err = w.forum.Report(t.Context(), w.as(people["rita"].Member), forum.Reported{Ref: int64(p.Posts[0].ID)}, forum.ReportDraft{Reason: "spam"})
		w.must(err)
	}
	ada, rita, admin := w.session("ada"), w.session("rita"), w.session("admin")
	const queue = "/g/inner/queue"
	_, page := w.ask("GET", queue, ada)
	all := regexp.MustCompile(`name="cases" value="([0-9]+)"`).FindAllStringSubmatch(page, -1)
	if len(all) != 6 {
		t.Fatalf("the queue: %s", content(page))
	}
	ids := func(which ...int) (out []string) {
		for _, i := range which {
			out = append(out, all[i][1])
		}
		return out
	}
	after := func(cookie, path string, form url.Values, ends string, want ...string) {
		t.Helper()
		_, to := w.led(cookie, path, form)
		if to != path+"?"+ends {
			t.Errorf("it leads to %s, want %s", to, ends)
		}
		_, page := w.ask("GET", to, cookie)
		for _, line := range want {
			if !strings.Contains(page, line) {
				t.Errorf("%s does not say %q: %s", to, line, content(page))
			}
		}
	}
	if status, _ := w.post(rita, queue, url.Values{"cases": ids(0), "act": {"claim"}}); status != http.StatusForbidden {
		t.Errorf("a member: %d", status)
	}
	if status, page := w.post(ada, queue, url.Values{"act": {"claim"}}); status != http.StatusUnprocessableEntity || !strings.Contains(page, `id="cases-error"`) || strings.Contains(page, "<details class=\"panel\" open") {
		t.Errorf("none: %d %s", status, content(page))
	}
	after(admin, queue, url.Values{"cases": ids(5), "act": {"claim"}}, "claimed=1", "You have taken on 1 report.")
	for range 2 { // a double click
		after(ada, queue, url.Values{"cases": ids(0, 1, 5, 0), "act": {"claim"}}, "claimed=2&taken=1", "You have taken on 2 reports.", "1 report was left alone")
	}
	after(ada, "/moderation", url.Values{"cases": ids(1, 5), "act": {"release"}}, "released=1&taken=1", "1 report is given back.", "1 report was left alone")
	if status, page := w.post(ada, queue, url.Values{"cases": ids(0, 2), "act": {"close"}, "answer": {strings.Repeat("x", 1001)}}); status != http.StatusUnprocessableEntity || !strings.Contains(page, "answer-error") ||
		!strings.Contains(page, `value="`+all[2][1]+`" checked`) || strings.Contains(page, `value="`+all[1][1]+`" checked`) || !strings.Contains(page, `<details class="panel" open`) {
		t.Errorf("a long answer: %d %s", status, content(page))
	}
	_, err := w.store.Writer().NewRaw("UPDATE topics SET mixed = 1; UPDATE posts SET from_join = 1 WHERE id = (SELECT ref FROM cases WHERE id = ?); UPDATE memberships SET joined_at = joined_at + 86400000000 WHERE member_id = ?", all[4][1], people["ada"].Member).Exec(t.Context())
	w.must(err)
	for range 2 {
		after(ada, queue, url.Values{"cases": append(ids(0, 2, 4, 5), "7"), "act": {"close"}, "answer": {"We looked at all of them."}}, "closed=2&taken=2&unread=1", "2 reports are closed.", "2 reports were left alone", "1 report stays open")
	}
	after(admin, queue, url.Values{"cases": ids(2), "act": {"close"}}, "taken=1", "1 report was left alone")
	if _, page := w.ask("GET", "/account/reports", rita); strings.Count(page, "We looked at all of them.") != 2 || strings.Count(page, "They found that nothing needed to be done.") != 2 || strings.Count(page, "Waits for the moderators") != 4 {
		t.Errorf("who reported them reads %s", content(page))
	}
	mail := w.await("rita@members.example", "Your report was looked at")
	if !strings.Contains(flat(mail.Text), "nothing needed to be done") {
		t.Errorf("the mail: %s", mail.Text)
	}
}

// TestBulkOfRequests: of several who ask to be let in those who are ticked are, or are not, each by themself, in whatever
// group they ask; what another moderator was quicker with is counted, and a second click says the same.
func TestBulkOfRequests(t *testing.T) { onBoth(t, bulkOfRequests) }

func bulkOfRequests(t *testing.T, w *world) {
	people := w.members("ada", "otto", "rita", "olga", "dora", "nina")
	asked := func(slug string) *forum.Group {
		g, err := w.forum.CreateGroup(t.Context(), w.admin, forum.GroupDraft{Slug: slug, Name: "Group " + slug, Visibility: forum.RegisteredOnly, Joining: forum.ByAsking})
		w.must(err)
		return g
	}
	one, two, three := asked("one"), asked("two"), asked("three")
	for _, g := range []*forum.Group{one, two} {
		w.enter(g, people["ada"])
		w.must(w.forum.Appoint(t.Context(), w.admin, g.ID, people["ada"].Member, forum.Moderator))
	}
	for who, g := range map[string]*forum.Group{"otto": one, "rita": one, "olga": one, "dora": two, "nina": three} {
		w.must(w.forum.AskToJoin(t.Context(), people[who], g.ID, "because"))
	}
	ada, admin, otto := w.session("ada"), w.session("admin"), w.session("otto")
	tick := func(who string, g *forum.Group) string { return fmt.Sprintf("%d-%d", g.ID, people[who].Member) }
	_, page := w.ask("GET", "/g/one/queue", ada)
	for _, who := range []string{"otto", "rita", "olga"} {
		if !strings.Contains(page, `form="several" name="asking" value="`+tick(who, one)+`"`) {
			t.Errorf("%s is not to be ticked: %s", who, content(page))
		}
	}
	if _, page := w.ask("GET", "/g/two/queue", ada); strings.Contains(page, `name="asking"`) || !strings.Contains(page, `name="admit"`) {
		t.Errorf("one alone is to be ticked: %s", content(page))
	}
	if status, _ := w.post(otto, "/g/one/queue", url.Values{"asking": {tick("otto", one)}, "act": {"admit"}}); status != http.StatusForbidden {
		t.Errorf("who asks lets himself in: %d", status)
	}
	if status, page := w.post(ada, "/moderation", url.Values{"act": {"admit"}}); status != http.StatusUnprocessableEntity || !strings.Contains(page, `id="asking-error"`) {
		t.Errorf("none: %d %s", status, content(page))
	}
	w.must(w.forum.Decide(t.Context(), w.admin, one.ID, people["olga"].Member, false))
	for range 2 { // a double click
		_, to := w.led(ada, "/moderation", url.Values{"asking": {tick("otto", one), tick("olga", one), tick("dora", two), tick("nina", three), "x", "-"}, "act": {"admit"}})
		if to != "/moderation?admitted=2&decided=4" {
			t.Errorf("letting them in leads to %s", to)
		}
		if _, page := w.ask("GET", to, ada); !strings.Contains(page, "2 are let in.") || !strings.Contains(page, "4 requests were left alone") {
			t.Errorf("afterwards: %s", content(page))
		}
	}
	for range 2 {
		if _, to := w.led(ada, "/g/one/queue", url.Values{"asking": {tick("rita", one), tick("olga", one)}, "act": {"refuse"}}); to != "/g/one/queue?refused=1&decided=1" {
			t.Errorf("refusing leads to %s", to)
		}
	}
	if _, to := w.led(admin, "/g/one/queue", url.Values{"asking": {tick("otto", one)}, "act": {"refuse"}}); to != "/g/one/queue?decided=1" {
		t.Errorf("refusing who is in leads to %s", to)
	}
	for who, want := range map[string]struct {
		g  *forum.Group
		in bool
	}{"otto": {one, true}, "rita": {one, false}, "olga": {one, false}, "dora": {two, true}, "nina": {three, false}} {
		g, err := w.forum.FindGroup(t.Context(), w.as(people[who].Member), want.g.Slug)
		if err != nil || (g.Had == forum.In) != want.in || (g.Had == forum.Asking) != (who == "nina") {
			t.Errorf("%s: %+v %v", who, g, err)
		}
	}
	w.await("otto@members.example", "You are in: Group one")
	w.once("otto@members.example", "dora@members.example")
}
