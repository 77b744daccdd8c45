package main

import (
	"fmt"
	"html"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"peergroups/forum"
)

var leads = regexp.MustCompile(`(?:href|src|action)="(/[^"]*)"`)

// crawl opens every kind of page that a holder of the cookie is led to, and gives all of them together.
func (w *world) crawl(cookie string, from ...string) (pages map[string]string) {
	w.t.Helper()
	pages = map[string]string{}
	seen := map[string]bool{}
	for queue := from; len(queue) > 0 && len(pages) < 400; queue = queue[1:] {
		status, page := w.ask("GET", queue[0], cookie)
		if status != http.StatusOK {
			continue
		}
		pages[queue[0]] = page
		for _, m := range leads.FindAllStringSubmatch(page, -1) {
			path := html.UnescapeString(m[1])
			if kind := alike(path); !seen[kind] && !strings.HasPrefix(path, "/assets/") {
				seen[kind] = true
				queue = append(queue, path)
			}
		}
	}
	return pages
}

// TestNobodySeesRegistrations: a member fills each field of the registration, posts, chats, applies, is mailed and mails. None
// of the fields is on any page that a visitor, another member, a moderator, a reviewer, an administrator or the privacy
// officer is led to, nor in any mail to another; an administrator who is named sees them on one page alone (P9).
func TestNobodySeesRegistrations(t *testing.T) {
	t.Parallel()
	w := begin(t, "sqlite", nil)
	ctx := t.Context()
	people := w.members("vera", "otto", "rita", "paul")
	r := person("cana")
	r.Email, r.BusinessAddress, r.BusinessPhone, r.OtherContact = "canary-box@members.example", "canary-street 5", "canary-phone", "canary-contact"
	ids, err := w.forum.Adopt(ctx, w.admin, []forum.Registration{r})
	w.must(err)
	cana := w.as(ids[0])
	w.must(w.forum.ChangeProfile(ctx, cana, forum.Profile{Name: "Cana Test", Zone: "UTC", BusinessAddress: "canary-avenue 6", BusinessPhone: "canary-mobile", OtherContact: "canary-elsewhere"}))
	w.must(w.forum.Grant(ctx, w.admin, people["rita"].Member, forum.Reviewer))
	w.must(w.forum.Grant(ctx, w.admin, people["paul"].Member, forum.PrivacyOfficer))
	w.ripen()
	_, err = w.forum.AddProgramme(ctx, w.admin, "Assessment of the guild")
	w.must(err)
	g, board, room := w.group("inner", forum.MembersOnly)
	w.enter(g, w.admin, cana, people["vera"])
	for _, who := range []forum.Actor{w.admin, cana, people["vera"]} {
		w.must(w.forum.Subscribe(ctx, who, board.ID, forum.Each))
	}
	topic, err := w.forum.StartTopic(ctx, cana, board.ID, forum.Draft{Title: "From Cana", Source: "hello", Key: w.key()})
	w.must(err)
	_, err = w.forum.Say(ctx, cana, room.ID, "hello", w.key())
	w.must(err)
	w.await("vera@members.example", "From Cana")
	w.await("canary-box@members.example", "From Cana")
	page, err := w.forum.ReadTopic(ctx, cana, topic.ID, 0)
	w.must(err)
	w.must(w.send("canary-box@members.example", "reply+"+w.forum.ReplyToken(cana.Member, page.Posts[0].ID, page.Posts[0].Audience)+"@forum.example", "<canary-1@members.example>", "Re: From Cana", "by mail"))
	w.must(w.forum.Apply(ctx, cana))
	_, err = w.forum.Certify(ctx, w.admin, cana.Member, forum.At(time.Now().AddDate(1, 0, 0)))
	w.must(err)
	w.must(w.forum.SetListed(ctx, w.as(cana.Member), forum.ListedFields))
	w.must(w.forum.Show(ctx, cana, forum.Showing{Listed: forum.Public, Place: "Town", EmailTo: forum.Nobody, AddressTo: forum.Nobody, PhoneTo: forum.Nobody, ContactTo: forum.Nobody}))
	w.eventually("it is indexed", func() bool {
		_, page := w.ask("GET", "/search?q=hello", w.session("vera"))
		return strings.Contains(page, "From Cana")
	})
	from := []string{"/", "/groups", "/directory?place=Town", "/search?q=hello", topicPathOf(topic), "/g/inner/manage", "/g/inner/r/hall", "/staff", "/staff/outbox", "/staff/roles", "/moderation", "/verify/x", "/m/" + fmt.Sprint(cana.Member)}
	for _, who := range []string{"", "otto", "vera", "rita", "paul", "admin"} {
		cookie := ""
		if who != "" {
			cookie = w.session(who)
			w.strengthen()
		}
		pages := w.crawl(cookie, from...)
		for path, page := range pages {
			if at := strings.Index(page, "canary-"); at >= 0 {
				t.Errorf("%q is shown by %s: %s", who, path, page[max(0, at-80):min(len(page), at+80)])
			}
		}
		t.Logf("%q: %d pages", who, len(pages))
	}
	w.box.mu.Lock()
	for _, m := range w.box.mails {
		if m.to != "canary-box@members.example" && strings.Contains(string(m.raw)+m.Text+m.HTML, "canary-") {
			t.Errorf("a mail to %s tells: %s", m.to, m.raw)
		}
	}
	w.box.mu.Unlock()

	w.must(w.forum.Grant(ctx, w.admin, people["otto"].Member, forum.Administrator))
	w.ripen()
	w.must(w.forum.Designate(ctx, w.admin, forum.DesignationDraft{Login: "otto", Reason: "the yearly check", Until: forum.At(time.Now().Add(time.Hour))}))
	c := w.client()
	c.login("otto", nil)
	w.strengthen()
	if _, page := c.post("/staff/registrations", map[string][]string{"login": {"cana"}, "reason": {"a complaint is looked into"}}); strings.Count(page, "canary-") < 7 {
		t.Errorf("who is named sees %s", content(page))
	}
	if pages := w.crawl(w.session("cana"), "/account"); !strings.Contains(pages["/account"], "canary-avenue") || !strings.Contains(pages["/account"], "canary-street") || !strings.Contains(pages["/account/looks"], "a complaint is looked into") {
		t.Error("she does not see what is held about her, and who looked")
	}
}
