package main

import (
	"fmt"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"peergroups/forum"
)

// TestTalkOnTheWeb: two begin to talk, a third is invited later; each leaves, one reports. Whoever administers finds no trace of it
// on any page, and of what was reported only what was picked.
func TestTalkOnTheWeb(t *testing.T) { onBoth(t, talkOnTheWeb) }

func talkOnTheWeb(t *testing.T, w *world) {
	people := w.members("ana", "ben", "chris", "boss", "eve")
	w.must(w.forum.Grant(t.Context(), w.admin, people["boss"].Member, forum.Administrator))
	w.ripen()
	g, _, _ := w.group("known", forum.MembersOnly)
	w.enter(g, w.admin, people["ana"], people["ben"], people["chris"])
	ana, ben, chris, boss := w.session("ana"), w.session("ben"), w.session("chris"), w.session("boss")
	w.must(w.forum.KeepFigures(t.Context()))                    // else the clock does it in between
	w.eventually("what was to be mailed is sent", func() bool { // a page of mails changes when one is
		n := 1
		err := w.store.Reader().NewRaw("SELECT count(*) FROM deliveries WHERE state IN (?, ?)", forum.Waiting, forum.Handing).Scan(t.Context(), &n)
		return err == nil && n == 0
	})
	before := w.staffPages(boss)

	if status, page := w.post(ana, "/talks/new", url.Values{"look": {"be"}, "looking": {"1"}, "who": {"chris"}, "text": {"canary-typed"}}); status != http.StatusOK || !strings.Contains(page, `value="ben"`) || !strings.Contains(page, `value="chris"`) || !strings.Contains(page, "canary-typed") {
		t.Errorf("looking: %d %s", status, content(page))
	}
	if status, page := w.post(ana, "/talks/new", url.Values{"who": {"eve"}, "key": {"k0"}, "text": {"canary-typed"}}); status != http.StatusUnprocessableEntity || !strings.Contains(page, "You cannot invite eve") || !strings.Contains(page, "canary-typed") {
		t.Errorf("a stranger: %d %s", status, content(page))
	}
	status, room := w.led(ana, "/talks/new", url.Values{"with": {"ben"}, "subject": {"canary-subject"}, "text": {"canary-first"}, "key": {"k1"}})
	if status != http.StatusSeeOther || !regexp.MustCompile(`^/g/[0-9]+/r/talk$`).MatchString(room) {
		t.Fatalf("begun: %d %s", status, room)
	}
	group := strings.TrimSuffix(room, "/r/talk")
	talk := "/talks" + strings.TrimPrefix(group, "/g")
	if mail := w.await("ben@members.example", "You are invited to a talk"); strings.Contains(mail.Text+mail.HTML, "canary") || strings.Contains(mail.Text+mail.HTML, "Ana") {
		t.Errorf("the mail: %s", mail.Text)
	}
	if _, page := w.ask("GET", "/groups", ben); !regexp.MustCompile(`(?s)<a href="/talks"[^>]*>.{0,200}something new in 1`).MatchString(page) {
		t.Errorf("no way to talks: %s", page)
	}
	for path, want := range map[string]string{"/": "One invitation to a talk", "/account/news": "invites you to a talk", "/talks": "canary-subject"} {
		if _, page := w.ask("GET", path, ben); !strings.Contains(page, want) || strings.Contains(page, "canary-first") {
			t.Errorf("%s tells ben %s", path, content(page))
		}
	}
	if status, _ := w.ask("GET", room, ben); status != http.StatusNotFound {
		t.Errorf("the room before: %d", status)
	}
	w.accepts(ben, talk)
	if _, page := w.ask("GET", room, ben); !strings.Contains(page, "canary-first") || !strings.Contains(page, "You and Ana Test; who joins later") {
		t.Errorf("ben reads %s", content(page))
	}
	if status, page := w.post(ben, room+"/invite", url.Values{"who": {"nobody"}}); status != http.StatusUnprocessableEntity || !strings.Contains(page, "who-error") || !strings.Contains(page, "canary-first") {
		t.Errorf("inviting nobody: %d %s", status, content(page))
	}
	if status, to := w.led(ben, room+"/invite", url.Values{"who": {"chris"}}); status != http.StatusSeeOther || !strings.HasPrefix(to, room) {
		t.Errorf("inviting: %d %s", status, to)
	}
	if _, page := w.ask("GET", room, ana); !strings.Contains(page, "Chris Test") || !strings.Contains(page, "has not answered") {
		t.Errorf("ana sees %s", content(page))
	}
	w.accepts(chris, talk)
	if _, page := w.ask("GET", room, chris); strings.Contains(page, "canary-first") {
		t.Error("who joined later reads what was said before")
	}
	if status, to := w.led(chris, group+"/leave", url.Values{}); status != http.StatusNotFound {
		t.Errorf("left as a group: %d %s", status, to)
	}
	if status, _ := w.ask("GET", group, ana); status != http.StatusSeeOther {
		t.Errorf("its address as a group: %d", status)
	}
	w.talkUntold(t, boss, group, before)
	w.talkReported(t, ana, boss, people["ben"])
	for _, who := range []string{ana, ben, chris} {
		if status, _ := w.post(who, talk+"/leave", url.Values{}); status != http.StatusSeeOther {
			t.Errorf("leaving: %d", status)
		}
		if status, _ := w.ask("GET", room, who); status != http.StatusNotFound {
			t.Errorf("the room after: %d", status)
		}
	}
	var left int
	w.must(w.store.Reader().NewRaw("SELECT (SELECT count(*) FROM groups WHERE talk > 0) + (SELECT count(*) FROM messages)").Scan(t.Context(), &left))
	if left != 0 {
		t.Errorf("%d rows are left of it", left)
	}
}

var wordingField = regexp.MustCompile(`name="wording" value="([^"]+)"`)

// accepts has the holder of the cookie accept the one invitation that they have.
func (w *world) accepts(cookie, talk string) {
	w.t.Helper()
	_, page := w.ask("GET", "/talks", cookie)
	m := wordingField.FindStringSubmatch(page)
	if m == nil || !strings.Contains(page, `action="`+talk+`/accept"`) {
		w.t.Fatalf("no invitation on %s", content(page))
	}
	if status, _ := w.post(cookie, talk+"/accept", url.Values{"wording": {m[1]}}); status != http.StatusSeeOther {
		w.t.Fatalf("accepted: %d", status)
	}
}

// allRoutes are those of the tables, with their methods.
func allRoutes(t testing.TB) (out [][]string) {
	t.Helper()
	for _, name := range []string{"web/routes.go", "web/routes_talks.go", "web/routes_mail.go", "web/routes_staff.go"} {
		source, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, routeLine.FindAllStringSubmatch(string(source), -1)...)
	}
	return out
}

// staffPages are all pages without names in their path that open for the holder of the cookie, but for what changes each time.
func (w *world) staffPages(cookie string) map[string]string {
	w.t.Helper()
	pages := map[string]string{}
	for _, m := range allRoutes(w.t) {
		if m[1] == "get" && !strings.Contains(m[2], ":") && m[2] != "/account/sessions" && m[2] != "/account/erase" { // of their own
			_, page := w.ask("GET", m[2], cookie)
			pages[m[2]] = varying.ReplaceAllString(page, "")
		}
	}
	return pages
}

// talkUntold walks every page and every form that an administrator has, and finds nothing of a talk: those that list are as they were
// before it began, and its addresses are as those of nothing.
func (w *world) talkUntold(t *testing.T, boss, group string, before map[string]string) {
	for path, page := range w.staffPages(boss) {
		if page != before[path] {
			at := 0
			for at < min(len(page), len(before[path])) && page[at] == before[path][at] {
				at++
			}
			t.Errorf("%s is not as it was before: %q", path, page[max(0, at-100):min(len(page), at+100)])
		}
	}
	fill := strings.NewReplacer("/g/:group", group, ":board", "talk", ":room", "talk", ":tag", "fees", ":id", "1", ":form", "atom.xml")
	absent := strings.NewReplacer(group, "/g/7")
	for _, m := range allRoutes(t) {
		if !strings.HasPrefix(m[2], "/g/:group") {
			continue
		}
		path := fill.Replace(m[2])
		status, page := w.ask(m[1], path, boss)
		other, like := w.ask(m[1], absent.Replace(path), boss)
		if status != other || status < 400 || varying.ReplaceAllString(absent.Replace(page), "") != varying.ReplaceAllString(like, "") {
			t.Errorf("%s %s answers %d, and what does not exist %d", m[1], path, status, other)
		}
	}
	for path, page := range w.crawl(boss, "/", "/groups", "/staff", "/staff/outbox", "/moderation", "/directory", "/search?q=canary", "/search?q=talk") {
		if strings.Contains(strings.ReplaceAll(page, "q=canary", ""), "canary-") || strings.Contains(page, group) {
			t.Errorf("%s shows the talk", path)
		}
	}
	form := url.Values{"address": {strings.TrimPrefix(group, "/g/")}, "reason": {"A court asks for it"}, "hours": {"1"}}
	if status, _ := w.post(boss, "/staff/openings", form); status != http.StatusUnprocessableEntity {
		t.Errorf("asking for a visit: %d", status)
	}
	if status, _ := w.post(boss, "/staff/groups/new", url.Values{"slug": {strings.TrimPrefix(group, "/g/")}, "name": {"Mine"}}); status != http.StatusUnprocessableEntity {
		t.Errorf("a group of the same address: %d", status)
	}
}

// talkReported: ana reports what ben says, and picks one of what was said around it.
func (w *world) talkReported(t *testing.T, ana, boss string, ben forum.Actor) {
	var room forum.RoomID
	w.must(w.store.Reader().NewRaw("SELECT id FROM rooms WHERE slug = 'talk'").Scan(t.Context(), &room))
	said := map[string]int64{}
	for _, text := range []string{"canary-picked", "canary-bad", "canary-kept"} {
		m, err := w.forum.Say(t.Context(), ben, room, text, w.key())
		w.must(err)
		said[text] = m.ID
	}
	path := fmt.Sprintf("/report/message/%d", said["canary-bad"])
	if _, page := w.ask("GET", path, ana); !strings.Contains(page, "Nobody of the staff can read your talks") || strings.Count(page, `name="picked"`) != 3 || !strings.Contains(page, "canary-first") {
		t.Errorf("the form: %s", content(page))
	}
	if status, _ := w.ask("GET", path, boss); status != http.StatusNotFound {
		t.Errorf("the form for who is not in it: %d", status)
	}
	if status, _ := w.post(ana, path, url.Values{"reason": {"unkind"}, "words": {"this hurts"}, "picked": {fmt.Sprint(said["canary-picked"])}}); status != http.StatusSeeOther {
		t.Fatalf("reporting: %d", status)
	}
	var c int64
	w.must(w.store.Reader().NewRaw("SELECT id FROM cases").Scan(t.Context(), &c))
	at := fmt.Sprintf("/moderation/%d", c)
	_, page := w.ask("GET", at, boss)
	for words, there := range map[string]bool{"canary-bad": true, "canary-picked": true, "canary-kept": false, "canary-first": false, "canary-subject": false, "Chris": false, "Ana": false, "this hurts": true, "/suspend?": true, "/said/": false} {
		if strings.Contains(page, words) != there {
			t.Errorf("the case shows %q: %t: %s", words, !there, content(page))
		}
	}
	for _, path := range []string{"/moderation", "/staff"} {
		if _, page := w.ask("GET", path, boss); strings.Contains(page, "canary") {
			t.Errorf("%s shows words of the talk", path)
		}
	}
	if status, _ := w.post(boss, at+"/close", url.Values{"outcome": {"talk"}, "answer": {"thank you"}}); status != http.StatusSeeOther {
		t.Errorf("closing: %d", status)
	}
}

// TestBlockOnTheWeb: one blocks from a member's page, and ends it in the list; the other sees what they would see if one had left.
func TestBlockOnTheWeb(t *testing.T) { onBoth(t, blockOnTheWeb) }

func blockOnTheWeb(t *testing.T, w *world) {
	people := w.members("ana", "ben")
	g, _, _ := w.group("known", forum.MembersOnly)
	w.enter(g, w.admin, people["ana"], people["ben"])
	ana, ben := w.session("ana"), w.session("ben")
	_, room := w.led(ana, "/talks/new", url.Values{"who": {"ben"}, "text": {"canary"}, "key": {"k1"}})
	w.accepts(ben, "/talks"+strings.TrimPrefix(strings.TrimSuffix(room, "/r/talk"), "/g"))
	at := fmt.Sprintf("/m/%d", people["ana"].Member)
	if _, page := w.ask("GET", at, ben); !strings.Contains(page, "/talks/new?with=ana") || !strings.Contains(page, at+"/block") {
		t.Errorf("her page: %s", content(page))
	}
	if _, page := w.ask("GET", at+"/block", ben); !strings.Contains(page, "They are not told") {
		t.Errorf("before: %s", content(page))
	}
	if status, _ := w.post(ben, at+"/block", url.Values{}); status != http.StatusSeeOther {
		t.Errorf("blocking: %d", status)
	}
	if _, page := w.ask("GET", room, ana); strings.Contains(page, "Ben Test") || !strings.Contains(page, "Nobody else is in this talk any more") || !strings.Contains(page, "You alone") || strings.Contains(page, `name="text"`) {
		t.Errorf("who is blocked sees %s", content(page))
	}
	if status, _ := w.post(ana, room, url.Values{"text": {"hello"}, "key": {"k2"}}); status != http.StatusConflict {
		t.Errorf("who is blocked says: %d", status)
	}
	if status, page := w.post(ana, "/talks/new", url.Values{"who": {"ben"}, "key": {"k3"}}); status != http.StatusUnprocessableEntity || !strings.Contains(page, "You cannot invite ben") {
		t.Errorf("who is blocked invites: %d", status)
	}
	if _, page := w.ask("GET", "/talks", ben); !strings.Contains(page, at+"/unblock") {
		t.Errorf("his list: %s", content(page))
	}
	if status, _ := w.post(ben, at+"/unblock", url.Values{}); status != http.StatusSeeOther {
		t.Errorf("unblocking: %d", status)
	}
	if status, _ := w.post(ben, "/talks/choice", url.Values{"nobody": {"1"}}); status != http.StatusSeeOther {
		t.Errorf("choosing: %d", status)
	}
	if _, page := w.ask("GET", "/talks", ben); !strings.Contains(page, `<option value="1" selected`) {
		t.Errorf("the choice: %s", content(page))
	}
}

// TestTalkLooks: each page of talks on a phone and a desk, without barriers; in the room what one says comes at once, by script, and
// who leaves hears no more.
func TestTalkLooks(t *testing.T) {
	t.Parallel()
	axe := theAxe(t)
	w := begin(t, "sqlite", nil)
	people := w.members("ana", "ben", "chris")
	g, _, _ := w.group("known", forum.MembersOnly)
	w.enter(g, w.admin, people["ana"], people["ben"], people["chris"])
	talk, err := w.forum.StartTalk(t.Context(), people["ana"], forum.TalkDraft{Who: []string{"ben", "chris"}, Subject: "Tuesday, the room upstairs", Text: "Shall we begin at nine?", Key: w.key()})
	w.must(err)
	m, err := w.forum.ReadRoom(t.Context(), people["ana"], talk.Slug, forum.TalkRoom, forum.SaidCursor{})
	w.must(err)
	room := "/g/" + talk.Slug + "/r/talk"
	window := w.browsers()
	ben := window("ben")
	ben.login("ben")
	ben.looks("/talks", axe, true)
	ben.shot("talks-asked")
	ben.press(`main form[action$="/accept"] button`)
	ben.sees("Shall we begin at nine?")
	ben.looks(room, axe, true)
	ben.shot("talk")
	for name, path := range map[string]string{"talk-report": fmt.Sprintf("/report/message/%d", m.Messages[0].ID), "talk-leave": fmt.Sprintf("/talks/%d/leave", talk.ID), "talk-block": fmt.Sprintf("/m/%d/block", people["ana"].Member), "talk-person": fmt.Sprintf("/m/%d", people["ana"].Member)} {
		ben.looks(path, axe, true)
		ben.shot(name)
	}
	w.must(w.forum.Grant(t.Context(), w.admin, people["ben"].Member, forum.Administrator))
	w.must(w.forum.Appoint(t.Context(), w.admin, g.ID, people["ben"].Member, forum.Moderator))
	for _, width := range []int64{780, 1024, 1130} { // who has everything in the header sees all of it
		ben.do(chromedp.EmulateViewport(width, 700))
		ben.open("/talks")
		if wide := eval[int64](ben, "document.documentElement.scrollWidth"); wide > width {
			t.Errorf("at %d pixels the page is %d wide", width, wide)
		}
		ben.unbarred(axe, fmt.Sprint(width, " px"))
	}
	ben.open("/talks/new")
	ben.fill("look", "chr")
	ben.press("main form [name=looking]")
	ben.sees("Chris Test")
	ben.unbarred(axe, "people found")
	ben.shot("talk-new")
	ben.looks("/talks", axe, true)
	ben.shot("talks")
	ben.open(room)
	_, err = w.forum.Say(t.Context(), people["ana"], m.Room.ID, "And bring the plans", w.key())
	w.must(err)
	ben.sees("And bring the plans")
	ben.do(chromedp.SetValue("#text", "I will"))
	eval[bool](ben, `document.querySelector("form[data-room]").requestSubmit() || true`)
	w.eventually("what he says is said", func() bool {
		p, err := w.forum.ReadRoom(t.Context(), people["ana"], talk.Slug, forum.TalkRoom, forum.SaidCursor{})
		return err == nil && len(p.Messages) == 3
	})
	w.must(w.forum.LeaveTalk(t.Context(), people["ben"], talk.ID))
	_, err = w.forum.Say(t.Context(), people["ana"], m.Room.ID, "after he left", w.key())
	w.must(err)
	ben.sees("You cannot read here any more.")
	if strings.Contains(ben.html(), "after he left") {
		t.Error("who left hears more")
	}
}

// shot keeps a picture of the page where SHOTS names a folder.
func (b *browser) shot(name string) {
	b.w.t.Helper()
	dir := os.Getenv("SHOTS")
	if dir == "" {
		return
	}
	for _, width := range []int64{360, 1440} {
		b.do(chromedp.EmulateViewport(width, 900))
		png, err := chromedp.Run(b.ctx, chromedp.FullScreenshot(100))
		b.w.must(err)
		b.w.must(os.WriteFile(fmt.Sprintf("%s/%s-%d.png", dir, name, width), png, 0o600))
	}
}
