package main

import (
	"fmt"
	"html"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	ws "github.com/fasthttp/websocket"

	"peergroups/forum"
	"peergroups/forum/forumtest"
)

var (
	answerForm  = regexp.MustCompile(`action="((?:/staff)?/openings/[0-9]+)"`)
	openingPath = regexp.MustCompile(`/openings/[0-9]+`)
)

// TestVisitOnTheWeb: an administrator asks for a hidden group, another agrees, members and
// owners are told; then every door is open to the one who asked, for reading, until the time
// is over: then each is shut within a second.
func TestVisitOnTheWeb(t *testing.T) { onBoth(t, visitOnTheWeb) }

func visitOnTheWeb(t *testing.T, w *world) {
	people := w.members("ada", "otto", "third")
	for _, who := range []string{"ada", "third"} {
		w.must(w.forum.Grant(t.Context(), w.admin, people[who].Member, forum.Administrator))
	}
	w.ripen()
	g, board, room := w.group("inner", forum.Hidden)
	w.enter(g, w.admin, people["otto"])
	topic, err := w.forum.StartTopic(t.Context(), people["otto"], board.ID, forum.Draft{Title: "Sealed matter", Source: "quicksilver canary", Key: w.key()})
	w.must(err)
	_, err = w.forum.Say(t.Context(), people["otto"], room.ID, "hall canary", w.key())
	w.must(err)
	ada, admin, otto, third := w.session("ada"), w.session("admin"), w.session("otto"), w.session("third")
	reads := func() (n int) {
		for path, canary := range map[string]string{topicPathOf(topic): "quicksilver canary", "/g/inner/b/talk": "Sealed matter", "/g/inner/r/hall": "hall canary", "/g/inner": "Sealed matter", "/search?q=quicksilver": "Sealed matter"} {
			if _, page := w.ask("GET", path, ada); strings.Contains(content(page), canary) {
				n++
			}
		}
		return n
	}
	if n := reads(); n != 0 {
		t.Fatalf("%d pages are open before", n)
	}
	form := url.Values{"address": {"inner"}, "reason": {"A court asks for it"}, "hours": {"1"}}
	if status, page := w.post(ada, "/staff/openings", url.Values{"address": {"inner"}, "reason": {"why"}, "hours": {"1"}}); status != http.StatusUnprocessableEntity || !strings.Contains(page, "reason-error") || !strings.Contains(page, `value="inner"`) {
		t.Errorf("a short reason: %d %s", status, content(page))
	}
	for range 2 {
		if status, _ := w.post(ada, "/staff/openings", form); status != http.StatusSeeOther {
			t.Errorf("asking: %d", status)
		}
	}
	if _, page := w.ask("GET", "/staff/openings", ada); answerForm.MatchString(page) || !strings.Contains(page, "/g/inner") {
		t.Errorf("her own page: %s", content(page))
	}
	_, page := w.ask("GET", "/staff/openings", admin)
	to := answerForm.FindAllStringSubmatch(page, -1)
	if len(to) != 1 || !strings.Contains(page, "A court asks for it") {
		t.Fatalf("the second's page: %s", content(page))
	}
	if status, _ := w.post(ada, to[0][1], url.Values{"agree": {"1"}}); status != http.StatusForbidden {
		t.Errorf("agreeing to one's own: %d", status)
	}
	if n := reads(); n != 0 {
		t.Errorf("%d pages are open to one alone", n)
	}
	if status, _ := w.post(admin, to[0][1], url.Values{"agree": {"1"}}); status != http.StatusSeeOther {
		t.Errorf("agreeing: %d", status)
	}
	w.eventually("all pages are open", func() bool { return reads() == 5 })
	mail := w.await("admin@members.example", "Ada Test can read Group inner")
	if !strings.Contains(mail.Text, "A court asks for it") || !strings.Contains(mail.Text, "Admin Test agreed") || strings.Contains(string(mail.raw)+mail.Text, "canary") {
		t.Errorf("the owners' mail: %s", mail.Text)
	}
	const notice = "Ada Test of the body's staff can read this group until"
	if _, page := w.ask("GET", "/g/inner", otto); !strings.Contains(html.UnescapeString(page), notice) || !strings.Contains(page, "A court asks for it. Agreed by Admin Test") || !strings.Contains(page, "2 members of") {
		t.Errorf("a member is told: %s", content(page))
	}
	for _, path := range []string{topicPathOf(topic), "/g/inner/b/talk/new", "/g/inner/r/hall"} { // where one is about to speak
		if _, page := w.ask("GET", path, otto); !strings.Contains(html.UnescapeString(page), notice) {
			t.Errorf("%s does not say who reads along: %s", path, content(page))
		}
	}
	if _, page := w.ask("GET", "/g/inner/openings", otto); !strings.Contains(content(page), "Ada Test asked, Admin Test agreed") {
		t.Errorf("the list: %s", content(page))
	}
	for _, path := range []string{"/g/inner", "/g/inner/openings", topicPathOf(topic)} {
		if status, page := w.ask("GET", path, third); status != http.StatusNotFound || strings.Contains(page, "Ada") {
			t.Errorf("%s of a third administrator: %d", path, status)
		}
	}
	if _, page := w.ask("GET", "/staff/openings", third); strings.Contains(page, "inner") {
		t.Errorf("a third administrator sees what became of it: %s", content(page))
	}
	w.visitorWrites(ada, topicPathOf(topic))
	w.visitEnds(t, room, topic, reads)
	if _, page := w.ask("GET", "/g/inner/openings", otto); !strings.Contains(content(page), "Ada Test asked, Admin Test agreed") || !strings.Contains(page, ">over<") || strings.Contains(page, ">open<") {
		t.Errorf("the list afterwards: %s", content(page))
	}
	if _, page := w.ask("GET", "/g/inner", otto); strings.Contains(html.UnescapeString(page), notice) {
		t.Errorf("a member is told still: %s", content(page))
	}
}

// visitorWrites tries the doors by which members write.
func (w *world) visitorWrites(cookie, topic string) {
	w.t.Helper()
	for path, form := range map[string]url.Values{topic: {"source": {"no"}, "key": {"v1"}}, "/g/inner/b/talk/new": {"title": {"no"}, "source": {"no"}, "key": {"v2"}}, "/g/inner/r/hall": {"text": {"no"}, "key": {"v3"}},
		"/g/inner/b/talk/mail": {"mode": {"1"}}, "/g/inner/manage/invite": {"login": {"third"}}, "/g/inner/ballot": {"days": {"14"}}} {
		if status, page := w.post(cookie, path, form); status != http.StatusForbidden {
			w.t.Errorf("POST %s by a visitor: %d %s", path, status, content(page))
		}
	}
	for _, path := range []string{"/g/inner/manage", "/g/inner/list", "/g/inner/settings"} {
		if status, _ := w.ask("GET", path, cookie); status != http.StatusForbidden {
			w.t.Errorf("GET %s by a visitor: %d", path, status)
		}
	}
	w.dns.set("members.example", "v=spf1 ip4:127.0.0.1 -all")
	if err := w.send("ada@members.example", "talk.inner@forum.example", "v@ada.example", "By mail", "no"); err == nil {
		w.t.Error("a visitor posts by mail")
	}
}

// visitEnds lets the hour pass while the visitor listens to a room and a topic.
func (w *world) visitEnds(t *testing.T, room *forum.Room, topic *forum.Topic, reads func() int) {
	t.Helper()
	hall := w.live(t, "ada", fmt.Sprintf("room:%d", room.ID))
	ears := map[string]*ws.Conn{"a room": hall, "a topic": w.live(t, "ada", fmt.Sprintf("topic:%d", topic.ID))}
	w.must(hall.WriteMessage(ws.TextMessage, fmt.Appendf(nil, `{"do":"say","on":"room:%d","text":"no","nonce":"v4"}`, room.ID)))
	if m, err := hear(hall, "error"); err != nil {
		t.Errorf("a visitor says something: %v %v", m, err)
	}
	w.offset.Add(int64(61 * time.Minute))
	began := time.Now()
	for where, c := range ears {
		if m, err := hear(c, "left"); err != nil || time.Since(began) > 5*time.Second {
			t.Errorf("a visitor listens on to %s: %v %v", where, m, err)
		}
	}
	t.Logf("put off after %v", time.Since(began))
	if n := reads(); n != 0 {
		t.Errorf("%d pages are open afterwards", n)
	}
	w.must(hall.WriteMessage(ws.TextMessage, fmt.Appendf(nil, `{"do":"join","on":"room:%d","after":0}`, room.ID)))
	if m, err := hear(hall, "error"); err != nil {
		t.Errorf("the channel opens again: %v %v", m, err)
	}
}

// TestIdentityOnTheWeb: two moderators look up who wrote something; the author is told by one
// mail, and on no other page, in no mail and no outbox stands their name.
func TestIdentityOnTheWeb(t *testing.T) { onBoth(t, identityOnTheWeb) }

func identityOnTheWeb(t *testing.T, w *world) {
	people := w.members("quill", "eve", "kim", "dora")
	g, board, _ := w.group("house", forum.MembersOnly)
	w.must(w.forum.ChangeGroup(t.Context(), w.admin, g.ID, forum.GroupDraft{Name: g.Name, Visibility: g.Visibility, Class: forum.ChathamClass, Joining: forum.OpenToJoin, Roster: forum.ForModerators}, g.Visibility))
	for _, who := range people {
		w.must(w.forum.Join(t.Context(), who, g.ID)) // not invited: the log names nobody
	}
	w.enter(g, w.admin, people["quill"])
	for _, who := range []string{"eve", "kim"} {
		w.must(w.forum.Appoint(t.Context(), w.admin, g.ID, people[who].Member, forum.Moderator))
	}
	_, err := w.store.Writer().NewRaw("UPDATE memberships SET role_at = 0").Exec(t.Context()) // for long
	w.must(err)
	w.must(w.forum.Subscribe(t.Context(), people["dora"], board.ID, forum.Each))
	topic, err := w.forum.StartTopic(t.Context(), people["quill"], board.ID, forum.Draft{Title: "Under the rule", Source: "said under the rule", Key: w.key()})
	w.must(err)
	cookies := map[string]string{}
	for _, who := range []string{"eve", "kim", "dora", "quill", "admin"} {
		cookies[who] = w.session(who)
	}
	_, page := w.ask("GET", topicPathOf(topic), cookies["eve"])
	asks := regexp.MustCompile(`/p/[0-9]+/identity`).FindString(page)
	for _, who := range []string{"dora", "quill"} {
		if _, page := w.ask("GET", topicPathOf(topic), cookies[who]); asks == "" || strings.Contains(page, "/identity") {
			t.Fatalf("%q is offered to %s", asks, who)
		}
	}
	if status, page := w.ask("GET", asks, cookies["eve"]); status != http.StatusOK || !maskForm.MatchString(content(page)) || !strings.Contains(page, "said under the rule") {
		t.Errorf("the form: %d %s", status, content(page))
	}
	if status, page := w.post(cookies["eve"], asks, url.Values{"reason": {"why"}}); status != http.StatusUnprocessableEntity || !strings.Contains(page, "reason-error") {
		t.Errorf("a short reason: %d", status)
	}
	if status, _ := w.post(cookies["eve"], asks, url.Values{"reason": {"It names a party.\n\nYour account ends: write to crook@example.net"}}); status != http.StatusSeeOther {
		t.Errorf("asking: %d", status)
	}
	_, page = w.ask("GET", "/g/house/openings", cookies["kim"])
	path := openingPath.FindString(page)
	if path == "" || !answerForm.MatchString(page) {
		t.Fatalf("the other moderator's page: %s", content(page))
	}
	for who, told := range map[string]bool{"kim": true, "eve": false, "dora": false} {
		if _, page := w.ask("GET", "/", cookies[who]); strings.Contains(page, path) != told {
			t.Errorf("the first page of %s tells that an answer is waited for: %t", who, !told)
		}
	}
	if _, page := w.ask("GET", "/g/house/openings", cookies["dora"]); strings.Contains(page, path) {
		t.Error("a member sees who asks")
	}
	if status, _ := w.post(cookies["eve"], path, url.Values{"agree": {"1"}}); status != http.StatusForbidden {
		t.Errorf("agreeing to one's own: %d", status)
	}
	for range 2 {
		if status, _ := w.post(cookies["kim"], path, url.Values{"agree": {"1"}}); status != http.StatusSeeOther {
			t.Errorf("agreeing: %d", status)
		}
	}
	mail := w.await("quill@members.example", "Two moderators were told")
	if !strings.Contains(mail.Text, "Eve Test and Kim Test") || !strings.Contains(strings.Join(strings.Fields(mail.Text), " "), "“It names a party. Your account ends: write to crook@example.net”") || !strings.Contains(mail.Text, strings.TrimSuffix(asks, "/identity")) || !strings.Contains(mail.Text, "privacy@forum.example") {
		t.Errorf("the author's mail: %s", mail.Text)
	}
	for who, want := range map[string]int{"eve": http.StatusOK, "kim": http.StatusOK, "admin": http.StatusOK, "dora": http.StatusNotFound, "quill": http.StatusNotFound} {
		status, page := w.ask("GET", path, cookies[who])
		if named := strings.Contains(page, "Quill Test"); status != want || named != (who == "eve" || who == "kim") {
			if who != "quill" || status != want { // his own name stands on his pages
				t.Errorf("%s of %s: %d, names the author: %t", path, who, status, named)
			}
		}
	}
	w.maskStands(cookies, topicPathOf(topic), fmt.Sprint(people["quill"].Member))
	w.await("dora@members.example", "Under the rule")
	w.once("quill@members.example", "dora@members.example")
	w.box.mu.Lock()
	defer w.box.mu.Unlock()
	for _, m := range w.box.mails {
		if m.to != "quill@members.example" && (strings.Contains(m.Text+m.HTML, "Quill") || strings.Contains(m.GetHeader("Subject"), "moderators were told")) {
			t.Errorf("%s got %s", m.to, m.Text)
		}
	}
}

// maskStands looks for the author on every page but the one.
func (w *world) maskStands(cookies map[string]string, topic, author string) {
	w.t.Helper()
	for _, who := range []string{"eve", "kim", "dora", "admin"} {
		paths := []string{topic, "/g/house/b/talk", "/g/house/openings", "/search?q=rule", "/"}
		if who != "dora" {
			paths = append(paths, "/moderation")
		}
		for _, path := range paths {
			if status, page := w.ask("GET", path, cookies[who]); status != http.StatusOK || strings.Contains(page, "Quill") || strings.Contains(page, author) {
				w.t.Errorf("%s of %s: %d, or names the author: %s", path, who, status, content(page))
			}
		}
	}
	if _, page := w.ask("GET", "/staff/outbox", cookies["admin"]); strings.Contains(page, "Your mask was lifted") || strings.Contains(page, "note.identity/") {
		w.t.Error("the outbox shows whom the mail went to")
	}
	if _, page := w.ask("GET", "/account/mail", cookies["quill"]); !strings.Contains(page, "Your mask was lifted") {
		w.t.Error("his own mails do not hold it")
	}
}

// TestVisitIsOverAtStart: a visit whose hour passed while nothing ran is over before anybody
// is served.
func TestVisitIsOverAtStart(t *testing.T) {
	t.Parallel()
	c := &Config{Listen: "127.0.0.1", DataDir: t.TempDir(), SMTPListen: "off"}
	run := func(later time.Duration) *world {
		w := &world{t: t}
		var err error
		w.server, err = start(t.Context(), c, parts{Out: io.Discard, Log: slog.New(slog.DiscardHandler), Now: func() time.Time { return time.Now().Add(later) }})
		w.must(err)
		return w
	}
	w := run(0)
	id, err := w.forum.SetUp(t.Context(), w.forum.SetUpToken(), person("admin"), forumtest.Organisation)
	w.must(err)
	w.admin = w.as(id)
	ada := w.members("ada")["ada"].Member
	w.must(w.forum.Grant(t.Context(), w.admin, ada, forum.Administrator))
	w.ripen()
	w.group("inner", forum.Hidden)
	w.must(w.forum.AskVisit(t.Context(), w.as(ada), forum.VisitDraft{Address: "inner", Reason: "a court asks for it", Hours: 1}))
	p, err := w.forum.ReadStaffOpenings(t.Context(), w.admin)
	w.must(err)
	w.must(w.forum.AnswerVisit(t.Context(), w.admin, p.Waiting[0].ID, true))
	_, err = w.forum.FindGroup(t.Context(), w.as(ada), "inner")
	w.must(err)
	w.must(w.stop(t.Context()))
	w = run(61 * time.Minute)
	_, err = w.forum.FindGroup(t.Context(), w.as(ada), "inner")
	if forum.KindOf(err) != forum.NotFound {
		t.Errorf("at the start the group is open to her: %v", err)
	}
	w.must(w.stop(t.Context()))
}
