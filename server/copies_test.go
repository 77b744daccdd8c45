package main

import (
	"html"
	"regexp"
	"strings"
	"testing"

	"peergroups/forum"
	"peergroups/forum/forumtest"
)

// TestSharedBytes: posts are rendered once for all their readers. Whom a post answers is not
// for all of them, and must not come along from a reader who may know it.
func TestSharedBytes(t *testing.T) { onBoth(t, sharedBytes) }

func sharedBytes(t *testing.T, w *world) {
	people := w.members("vera", "otto")
	g, b, _ := w.group("inner", forum.PublicToRead)
	w.enter(g, w.admin, people["vera"])
	topic, err := w.forum.StartTopic(t.Context(), w.admin, b.ID, forum.Draft{Title: "Open from the start", Source: "x", Key: w.key()})
	w.must(err)
	turn := func(v forum.Visibility) { // there is no verb for it yet
		_, err := w.store.Writer().NewRaw("UPDATE groups SET visibility = ?, version = version + 1 WHERE id = ?", v, g.ID).Exec(t.Context())
		w.must(err)
		w.enter(g, w.admin, people["vera"])
	}
	turn(forum.MembersOnly)
	inside, err := w.forum.Reply(t.Context(), w.as(people["vera"].Member), topic.ID, forum.Draft{Source: "between us", Key: w.key()})
	w.must(err)
	turn(forum.PublicToRead)
	_, err = w.forum.Reply(t.Context(), w.admin, topic.ID, forum.Draft{Source: "to all", ReplyTo: inside.ID, Key: w.key()})
	w.must(err)
	w.must(w.forum.Lock(t.Context(), w.admin, topic.ID, "so that nobody may answer, and all get the same page"))
	for _, login := range []string{"admin", "vera", "otto", "", "vera", "otto"} {
		cookie := ""
		if login != "" {
			cookie = w.session(login)
		}
		status, page := w.ask("GET", topicPathOf(topic), cookie)
		if knows := login == "admin" || login == "vera"; status != 200 || !strings.Contains(page, "to all") ||
			strings.Contains(page, "between us") != knows || strings.Contains(content(page), "Vera Test") != knows {
			t.Errorf("%q gets %d %s", login, status, content(page))
		}
	}
}

// TestP23LinkedSites: a link of a member's text leads to the page that names its target, on the
// web and in mail; that page leads nowhere else than a text of ours does, and trusted
// domains need none of it.
func TestP23LinkedSites(t *testing.T) {
	t.Parallel()
	w := begin(t, "sqlite", nil)
	g, b, _ := w.group("open", forum.PublicToRead)
	w.enter(g, w.admin)
	w.must(w.forum.Subscribe(t.Context(), w.admin, b.ID, forum.Each))
	topic, err := w.forum.StartTopic(t.Context(), w.admin, b.ID, forum.Draft{Title: "Reading", Source: "See https://elsewhere.example/page?x=1 for it", Key: w.key()})
	w.must(err)
	notice := regexp.MustCompile(`/out\?to=[^"&]+&amp;s=[a-z0-9]+`)
	_, page := w.ask("GET", topicPathOf(topic), "")
	link := html.UnescapeString(notice.FindString(page))
	if link == "" || strings.Contains(content(page), `href="https://elsewhere`) {
		t.Fatalf("the page leads straight to it: %s", content(page))
	}
	if mail := w.await("admin@members.example", "Reading"); !strings.Contains(mail.HTML, w.base.String()+strings.ReplaceAll(link, "&", "&amp;")) || strings.Contains(mail.HTML, `href="https://elsewhere`) {
		t.Errorf("the mail leads straight to it: %s", mail.HTML)
	}
	if status, body := w.ask("GET", link, ""); status != 200 || !strings.Contains(body, "<b>elsewhere.example</b>") || !strings.Contains(body, `href="https://elsewhere.example/page?x=1" rel="nofollow ugc noopener noreferrer"`) {
		t.Errorf("the notice page: %d %s", status, content(body))
	}
	for _, forged := range []string{strings.Replace(link, "elsewhere", "evil", 1), link + "a", "/out?to=https%3A%2F%2Fevil.example", "/out?to=javascript%3Aalert(1)&s="} {
		if status, _ := w.ask("GET", forged, ""); status != 404 {
			t.Errorf("%s: %d", forged, status)
		}
	}
	o := forumtest.Organisation
	o.Trusted = "not a domain"
	if err := w.forum.Describe(t.Context(), w.admin, o); forum.KindOf(err) != forum.Invalid {
		t.Errorf("a domain that is none: %v", err)
	}
	o.Trusted = "elsewhere.example"
	w.must(w.forum.Describe(t.Context(), w.admin, o))
	w.eventually("it is trusted", func() bool {
		_, page := w.ask("GET", topicPathOf(topic), "")
		return strings.Contains(page, `href="https://elsewhere.example/page?x=1"`)
	})
}

// content is a page without what stands around its content: there the reader's own name may be.
func content(page string) string {
	_, page, _ = strings.Cut(page, "<main")
	page, _, _ = strings.Cut(page, "</main>")
	return page
}
