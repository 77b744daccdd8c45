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

// waits finds the posts that wait in a page.
var waits = regexp.MustCompile(`href="(/waiting/[0-9]+)"`)

// TestVettingOnTheWeb: an owner says what is read first; who posts is told before and after, and takes it back or sends it
// again; a moderator posts or declines it, with a reason that comes by mail. Nobody else meets a word of it.
func TestVettingOnTheWeb(t *testing.T) { onBoth(t, vettingOnTheWeb) }

func vettingOnTheWeb(t *testing.T, w *world) {
	people := w.members("ada", "otto", "rita")
	g, board, _ := w.group("inner", forum.MembersOnly)
	w.enter(g, w.admin, people["ada"], people["otto"], people["rita"])
	w.must(w.forum.Appoint(t.Context(), w.admin, g.ID, people["ada"].Member, forum.Moderator))
	topic, err := w.forum.StartTopic(t.Context(), w.admin, board.ID, forum.Draft{Title: "Matter", Source: "words", Key: w.key()})
	w.must(err)
	admin, ada, otto, rita := w.session("admin"), w.session("ada"), w.session("otto"), w.session("rita")
	const settings = "/g/inner/settings/vetting"
	if _, page := w.ask("GET", "/g/inner/settings", admin); !strings.Contains(page, settings) {
		t.Errorf("the settings: %s", content(page))
	}
	if status, page := w.post(admin, settings, url.Values{"first": {"1"}, "watched": {strings.Repeat("x", 61)}}); status != http.StatusUnprocessableEntity || !strings.Contains(page, "watched-error") || !strings.Contains(page, `value="1" selected`) {
		t.Errorf("a long line: %d %s", status, content(page))
	}
	if status, _ := w.post(admin, settings, url.Values{"first": {"1"}, "watched": {"quicksilver"}}); status != http.StatusSeeOther {
		t.Errorf("setting it: %d", status)
	}
	if _, page := w.ask("GET", settings, admin); !strings.Contains(page, ">quicksilver</textarea>") || !strings.Contains(page, `value="1" selected`) {
		t.Errorf("set: %s", content(page))
	}
	at := topicPathOf(topic)
	if _, page := w.ask("GET", at, otto); !strings.Contains(page, "The moderators of the group read it first") {
		t.Errorf("he is not told before: %s", content(page))
	}
	if _, page := w.ask("GET", at, admin); strings.Contains(page, "The moderators of the group read it first") {
		t.Error("the moderator is told that hers wait")
	}
	status, page := w.post(otto, at, url.Values{"source": {"waiting canary"}, "key": {"k1"}})
	if status != http.StatusAccepted || !strings.Contains(page, "The moderators of Group inner read it first") || !strings.Contains(page, `href="/account/drafts"`) {
		t.Errorf("posting: %d %s", status, content(page))
	}
	if status, page := w.post(otto, "/g/inner/b/talk/new", url.Values{"title": {"New matter"}, "source": {"second canary"}, "key": {"k2"}}); status != http.StatusAccepted || !strings.Contains(page, "The moderators of Group inner") {
		t.Errorf("a new topic: %d %s", status, content(page))
	}
	_, page = w.ask("GET", "/account/drafts", otto)
	if !strings.Contains(page, "Waits for moderators") || !strings.Contains(page, "waiting canary") || !strings.Contains(page, "Answer in: Matter") || !strings.Contains(page, "New matter") {
		t.Errorf("his drafts: %s", content(page))
	}
	own := regexp.MustCompile(`/account/waiting/[0-9]+`).FindAllString(page, -1)
	if status, page := w.ask("GET", own[1], otto); status != http.StatusOK || !strings.Contains(page, "waiting canary") {
		t.Errorf("one of them: %d %s", status, content(page))
	}
	for _, path := range []string{at, "/g/inner/b/talk", "/", "/moderation", "/account/drafts", "/search?q=canary"} {
		if _, page := w.ask("GET", path, rita); strings.Contains(content(page), "waiting canary") || strings.Contains(page, "New matter") {
			t.Errorf("rita meets it at %s", path)
		}
	}
	if _, page := w.ask("GET", "/", ada); !strings.Contains(page, "2 posts wait for you to read them") {
		t.Errorf("her first page: %s", content(page))
	}
	_, page = w.ask("GET", "/g/inner/queue", ada)
	all := waits.FindAllStringSubmatch(page, -1)
	if len(all) != 2 || !strings.Contains(page, "one of their first posts") {
		t.Fatalf("her queue: %s", content(page))
	}
	one, two := all[0][1], all[1][1]
	if status, _ := w.ask("GET", one, rita); status != http.StatusNotFound {
		t.Errorf("rita opens it: %d", status)
	}
	if status, page := w.ask("GET", one, ada); status != http.StatusOK || !strings.Contains(page, "<p>waiting canary</p>") || !strings.Contains(page, "Otto Test") || !strings.Contains(page, one+"/approve") {
		t.Errorf("she reads it: %d %s", status, content(page))
	}
	if status, _ := w.post(ada, one+"/claim", nil); status != http.StatusSeeOther {
		t.Errorf("claiming: %d", status)
	}
	if _, page := w.ask("GET", one, admin); strings.Contains(page, one+"/approve") || !strings.Contains(page, "Ada Test is at it") {
		t.Errorf("another moderator: %s", content(page))
	}
	if status, _ := w.post(admin, one+"/approve", nil); status != http.StatusSeeOther {
		t.Errorf("approving what another is at: %d", status)
	}
	if status, _ := w.post(ada, one+"/approve", nil); status != http.StatusSeeOther {
		t.Errorf("approving: %d", status)
	}
	if _, page := w.ask("GET", at, rita); !strings.Contains(page, "<p>waiting canary</p>") || !strings.Contains(page, "Otto Test") {
		t.Errorf("posted: %s", content(page))
	}
	if status, page := w.post(ada, two+"/decline", url.Values{"reason": {"off-topic"}, "words": {"short"}}); status != http.StatusUnprocessableEntity || !strings.Contains(page, "words-error") {
		t.Errorf("a short reason: %d %s", status, content(page))
	}
	if status, _ := w.post(ada, two+"/decline", url.Values{"reason": {"off-topic"}, "words": {"Another board is for that."}}); status != http.StatusSeeOther {
		t.Errorf("declining: %d", status)
	}
	mail := w.await("otto@members.example", "A post of yours was declined")
	if !strings.Contains(mail.Text, "Another board is for that.") || strings.Contains(mail.Text, "Ada") || strings.Contains(mail.Text, "canary") {
		t.Errorf("the mail: %s", mail.Text)
	}
	_, page = w.ask("GET", "/account/drafts", otto)
	draft := regexp.MustCompile(`/account/drafts/[0-9]+`).FindString(page)
	if draft == "" || !strings.Contains(page, "The moderators declined it") {
		t.Fatalf("his drafts: %s", content(page))
	}
	if _, page := w.ask("GET", draft, otto); !strings.Contains(page, draft+"/change") || !strings.Contains(page, "A post for Group inner is with you again") || !strings.Contains(page, "second canary") {
		t.Errorf("the draft: %s", content(page))
	}
	if status, _ := w.post(otto, draft+"/change", nil); status != http.StatusSeeOther {
		t.Errorf("changing it: %d", status)
	}
	if _, page := w.ask("GET", "/g/inner/b/talk/new", otto); !strings.Contains(page, "second canary") || !strings.Contains(page, `value="New matter"`) {
		t.Errorf("the form: %s", content(page))
	}
	if _, page := w.ask("GET", "/account/acts", otto); !strings.Contains(page, "A post of yours was declined") || strings.Contains(page, "<textarea") {
		t.Errorf("the decisions: %s", content(page))
	}
	if status, page := w.post(otto, at, url.Values{"source": {"some Quicksilver here"}, "key": {"k3"}}); status != http.StatusAccepted {
		t.Errorf("a watched word: %d %s", status, content(page))
	}
	_, page = w.ask("GET", "/g/inner/queue", ada)
	three := waits.FindStringSubmatch(page)[1]
	if _, page := w.ask("GET", three, ada); !strings.Contains(page, "of your list in it: quicksilver") {
		t.Errorf("which word: %s", content(page))
	}
	if status, _ := w.post(otto, strings.Replace(three, "/waiting", "/account/waiting", 1)+"/take-back", nil); status != http.StatusSeeOther {
		t.Errorf("taking it back: %d", status)
	}
	if status, _ := w.ask("GET", three, ada); status != http.StatusNotFound {
		t.Errorf("it is taken back: %d", status)
	}
	w.bulkOfPosts(otto, ada, rita)
	member := fmt.Sprint(people["rita"].Member)
	if _, page := w.ask("GET", "/g/inner/manage", ada); !strings.Contains(page, "/g/inner/manage/vet?member="+member) {
		t.Errorf("the moderators' page: %s", content(page))
	}
	if status, _ := w.post(ada, "/g/inner/manage/vet", url.Values{"member": {member}, "reason": {"spam"}, "words": {"After two advertisements."}, "days": {"7"}}); status != http.StatusSeeOther {
		t.Errorf("vetting her: %d", status)
	}
	w.await("rita@members.example", "Your posts are read by moderators first")
	if _, page := w.ask("GET", "/g/inner/queue", admin); !strings.Contains(page, "Rita Test · posts are read first") || !strings.Contains(page, "/manage/unvet") {
		t.Errorf("what lasts: %s", content(page))
	}
	if status, _ := w.post(admin, "/g/inner/manage/unvet", url.Values{"member": {member}}); status != http.StatusSeeOther {
		t.Errorf("ending it: %d", status)
	}
}

// bulkOfPosts: of several posts those that are ticked are posted or declined at once, each by itself; what somebody else was
// quicker with is counted, and the rest is done.
func (w *world) bulkOfPosts(writer, moderator, member string) {
	t := w.t
	t.Helper()
	for i := range 4 {
		if status, _ := w.post(writer, "/g/inner/b/talk/new", url.Values{"title": {fmt.Sprintf("Bulk %d", i)}, "source": {"quicksilver"}, "key": {fmt.Sprintf("bulk-%d", i)}}); status != http.StatusAccepted {
			t.Fatalf("posting: %d", status)
		}
	}
	_, page := w.ask("GET", "/g/inner/queue", moderator)
	all := regexp.MustCompile(`name="held" value="([0-9]+)"`).FindAllStringSubmatch(page, -1)
	if len(all) != 4 {
		t.Fatalf("the queue: %s", content(page))
	}
	ids := func(which ...int) (out []string) {
		for _, i := range which {
			out = append(out, all[i][1])
		}
		return out
	}
	if status, _ := w.post(member, "/g/inner/queue", url.Values{"held": ids(0), "act": {"approve"}}); status != http.StatusForbidden {
		t.Errorf("a member: %d", status)
	}
	if status, page := w.post(moderator, "/g/inner/queue", url.Values{"act": {"approve"}}); status != http.StatusUnprocessableEntity || !strings.Contains(page, `id="held-error"`) {
		t.Errorf("none: %d %s", status, content(page))
	}
	if status, page := w.post(moderator, "/g/inner/queue", url.Values{"held": ids(1), "act": {"decline"}, "reason": {"spam"}, "words": {"short"}}); status != http.StatusUnprocessableEntity || !strings.Contains(page, "words-error") || !strings.Contains(page, `value="`+all[1][1]+`" checked`) || strings.Contains(page, `value="`+all[2][1]+`" checked`) {
		t.Errorf("a short reason: %d %s", status, content(page))
	}
	if status, _ := w.post(writer, "/account/waiting/"+all[0][1]+"/take-back", nil); status != http.StatusSeeOther {
		t.Errorf("taking one back: %d", status)
	}
	_, to := w.led(moderator, "/g/inner/queue", url.Values{"held": ids(0, 1, 2), "act": {"approve"}})
	if _, page := w.ask("GET", to, moderator); !strings.Contains(page, "2 posts are posted.") || !strings.Contains(page, "1 was left alone") || !strings.Contains(page, "Bulk 3") || strings.Contains(page, "Bulk 1") {
		t.Errorf("afterwards at %s: %s", to, content(page))
	}
	_, to = w.led(moderator, "/moderation", url.Values{"held": ids(3), "act": {"decline"}, "reason": {"spam"}, "words": {"These are advertisements."}})
	if _, page := w.ask("GET", to, moderator); !strings.HasPrefix(to, "/moderation?") || !strings.Contains(page, "1 post is declined.") {
		t.Errorf("declined at %s: %s", to, content(page))
	}
	if _, page := w.ask("GET", "/g/inner/b/talk", member); !strings.Contains(page, "Bulk 1") || !strings.Contains(page, "Bulk 2") || strings.Contains(page, "Bulk 3") || strings.Contains(page, "Bulk 0") {
		t.Errorf("the board: %s", content(page))
	}
}

// TestVettingByMail: a mail waits too, and its writer is told by mail that it does; what goes back comes with a mail that
// says why. A moderator's summary counts it, and holds no word of it.
func TestVettingByMail(t *testing.T) { onBoth(t, vettingByMail) }

func vettingByMail(t *testing.T, w *world) {
	people := w.members("otto")
	g, _, _ := w.group("inner", forum.MembersOnly)
	w.enter(g, w.admin, people["otto"])
	w.dns.set("members.example", "v=spf1 ip4:127.0.0.1 -all")
	w.dns.set("_dmarc.members.example", "v=DMARC1; p=reject")
	w.must(w.forum.SetVetting(t.Context(), w.admin, g.ID, forum.Vetting{All: true}))
	w.must(w.send("otto@members.example", "talk.inner@forum.example", "v1@x.example", "By mail", "mail canary"))
	mail := w.await("otto@members.example", "Your mail to Group inner waits for the moderators")
	if !strings.Contains(mail.Text, "/account/waiting/") || strings.Contains(mail.Text, "canary") {
		t.Errorf("the mail: %s", mail.Text)
	}
	mail = w.await("admin@members.example", "Something waits in Group inner")
	if !strings.Contains(flat(mail.Text), "these wait now: 1 post.") || strings.Contains(mail.Text, "canary") || strings.Contains(mail.Text, "Otto") || strings.Contains(mail.Text, "By mail") {
		t.Errorf("the notice: %s", mail.Text)
	}
	admin := w.session("admin")
	_, err := w.store.Writer().NewRaw("INSERT INTO deliveries (kind, ref, member_id, queued_at, due_at, state) VALUES ('note.queue-summary', 5, ?, 1, 1, ?)", w.admin.Member, forum.Kept).Exec(t.Context())
	w.must(err)
	if status, page := w.ask("GET", fmt.Sprintf("/account/mail/note.queue-summary/5/%d", w.admin.Member), admin); status != http.StatusOK || !strings.Contains(page, "Group inner: 1 post") || strings.Contains(page, "canary") {
		t.Errorf("the summary: %d %s", status, content(page))
	}
	_, page := w.ask("GET", "/g/inner/queue", admin)
	one := waits.FindStringSubmatch(page)[1]
	if _, page := w.ask("GET", one, admin); !strings.Contains(page, "mail canary") || !strings.Contains(page, "by mail") {
		t.Errorf("the post: %s", content(page))
	}
	_, err = w.store.Writer().NewRaw("UPDATE groups SET visibility = ? WHERE id = ?", forum.RegisteredOnly, g.ID).Exec(t.Context())
	w.must(err)
	if _, to := w.led(admin, one+"/approve", nil); !strings.Contains(to, "done=post-back") {
		t.Errorf("approving leads to %s", to)
	}
	mail = w.await("otto@members.example", "A post for Group inner is with you again")
	if !strings.Contains(flat(mail.Text), "others would read it by now") || !strings.Contains(mail.Text, "/account/drafts/") || strings.Contains(mail.Text, "canary") {
		t.Errorf("the mail: %s", mail.Text)
	}
	if status, page := w.post(admin, "/moderation/mail", url.Values{"summary": {"weekly"}}); status != http.StatusSeeOther {
		t.Errorf("choosing: %d %s", status, content(page))
	}
	if _, page := w.ask("GET", "/moderation", admin); !strings.Contains(page, `value="weekly" selected`) || strings.Contains(page, `name="notices" value="1" checked`) {
		t.Errorf("chosen: %s", content(page))
	}
}
