package main

import (
	"strings"
	"testing"

	"peergroups/forum"
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

// content is a page without what stands around its content: there the reader's own name may be.
func content(page string) string {
	_, page, _ = strings.Cut(page, "<main")
	page, _, _ = strings.Cut(page, "</main>")
	return page
}
