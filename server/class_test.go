package main

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"peergroups/forum"
)

var maskForm = regexp.MustCompile(`Participant [A-Z2-7]{4}`)

// TestChathamHouse: who wrote or said something under the Chatham House rule stands on no
// page, in no mail and no digest, neither by name nor by number; within a topic the mask is
// one, elsewhere another, and it stays when the group drops the rule.
func TestChathamHouse(t *testing.T) { onBoth(t, chathamHouse) }

func chathamHouse(t *testing.T, w *world) {
	people := w.members("otto", "olga", "dora")
	g, board, room := w.group("house", forum.MembersOnly)
	class := func(c forum.Class) {
		w.must(w.forum.ChangeGroup(t.Context(), w.admin, g.ID, forum.GroupDraft{Name: g.Name, Visibility: g.Visibility, Class: c, Joining: forum.ByInvitation, Roster: forum.ForModerators}, g.Visibility))
	}
	class(forum.ChathamClass)
	w.enter(g, w.admin, people["otto"], people["olga"], people["dora"])
	w.must(w.forum.Subscribe(t.Context(), people["olga"], board.ID, forum.Each))
	w.must(w.forum.Subscribe(t.Context(), people["dora"], board.ID, forum.Daily))
	topic, err := w.forum.StartTopic(t.Context(), people["otto"], board.ID, forum.Draft{Title: "Under the rule", Source: "quicksilver is said", Key: w.key()})
	w.must(err)
	p, err := w.forum.ReadTopic(t.Context(), people["otto"], topic.ID, 0)
	w.must(err)
	_, err = w.forum.Reply(t.Context(), people["otto"], topic.ID, forum.Draft{Source: "and more", ReplyTo: p.Posts[0].ID, Key: w.key()})
	w.must(err)
	_, err = w.forum.Say(t.Context(), people["otto"], room.ID, "in the hall", w.key())
	w.must(err)
	second, err := w.forum.StartTopic(t.Context(), people["otto"], board.ID, forum.Draft{Title: "Elsewhere", Source: "another", Key: w.key()})
	w.must(err)
	w.eventually("search has it", func() bool {
		_, page := w.ask("GET", "/search?q=quicksilver", w.session("olga"))
		return strings.Contains(content(page), "Under the rule")
	})
	if p, err := w.forum.ReadTopic(t.Context(), people["olga"], topic.ID, 0); err != nil || p.People != 1 {
		t.Errorf("%d people behind one mask %v", p.People, err)
	}
	if _, page := w.ask("GET", topicPathOf(topic), w.session("olga")); !strings.Contains(page, "may guess who wrote") {
		t.Error("four readers are not told how little a mask hides")
	}
	class(forum.OpenClass) // what was promised stays
	cookies := map[string]string{"olga": w.session("olga"), "admin": w.session("admin")}
	hidden := []string{"Otto Test", "otto", fmt.Sprint(people["otto"].Member)}
	check := func(where, text string) {
		t.Helper()
		for _, secret := range hidden {
			if strings.Contains(text, secret) {
				t.Errorf("%s names %q: %s", where, secret, text)
			}
		}
		if !maskForm.MatchString(text) {
			t.Errorf("%s has no mask: %s", where, text)
		}
	}
	masks := map[string]string{}
	for who, cookie := range cookies {
		for _, path := range []string{topicPathOf(topic), topicPathOf(second), "/g/house/b/talk", "/g/house/r/hall", "/search?q=quicksilver", "/", "/g/house"} {
			status, page := w.ask("GET", path, cookie)
			if status != http.StatusOK {
				t.Errorf("%s of %s: %d", path, who, status)
			}
			check(path, content(page))
			masks[path] = maskForm.FindString(content(page))
		}
	}
	if _, page := w.ask("GET", topicPathOf(topic), cookies["olga"]); strings.Contains(page, "may guess who wrote") {
		t.Error("masks are said to hide little where there are none")
	}
	_, page := w.ask("GET", fmt.Sprintf("/t/%d/move", topic.ID), cookies["admin"])
	check("the page of moderators", content(page))
	if masks[topicPathOf(topic)] == masks[topicPathOf(second)] || masks[topicPathOf(topic)] == masks["/g/house/r/hall"] {
		t.Errorf("one mask in several places: %v", masks)
	}
	_, page = w.ask("GET", topicPathOf(topic), cookies["olga"])
	if all := maskForm.FindAllString(content(page), -1); len(all) < 3 || strings.Count(strings.Join(all, ""), all[0]) != len(all) {
		t.Errorf("several masks in one topic: %v", all)
	}
	if _, page := w.ask("GET", topicPathOf(topic), w.session("otto")); !strings.Contains(page, ">you<") || !strings.Contains(page, "/change") {
		t.Error("he does not see which are his own")
	}
	if _, page := w.ask("GET", fmt.Sprintf("/m/%d", people["otto"].Member), cookies["olga"]); strings.Contains(page, "Under the rule") {
		t.Error("his own page lists what he wrote under a mask")
	}
	mail := w.await("olga@members.example", "Under the rule")
	check("list mail", string(mail.raw)+mail.Text+mail.HTML)
	w.until(func(at time.Time) bool { return at.Hour() == 8 })
	digest := w.await("dora@members.example", "Digest")
	if strings.Contains(digest.Text+digest.HTML, "quicksilver") || strings.Contains(digest.Text+digest.HTML, "Otto") || !strings.Contains(digest.Text, "Under the rule") {
		t.Errorf("the digest: %s", digest.Text)
	}
	w.enter(g, people["dora"])
	_, err = w.forum.Reply(t.Context(), people["dora"], topic.ID, forum.Draft{Source: "by name", Key: w.key()})
	w.must(err)
	class(forum.ChathamClass)
	w.enter(g, people["dora"])
	_, err = w.forum.Reply(t.Context(), people["dora"], topic.ID, forum.Draft{Source: "and under a mask", Key: w.key()})
	w.must(err)
	if p, err := w.forum.ReadTopic(t.Context(), people["olga"], topic.ID, 0); err != nil || p.People != 3 {
		t.Errorf("two masks and a name are %d people %v", p.People, err)
	}
}

// TestSealed: of what is sealed neither words nor title leave by mail, and no part of it stands
// in the search engine; those it was written for read it on its page.
func TestSealed(t *testing.T) { onBoth(t, sealed) }

func sealed(t *testing.T, w *world) {
	people := w.members("otto", "olga", "dora")
	g, board, _ := w.group("inner", forum.MembersOnly)
	w.must(w.forum.ChangeGroup(t.Context(), w.admin, g.ID, forum.GroupDraft{Name: g.Name, Visibility: g.Visibility, Joining: forum.ByInvitation}, g.Visibility))
	w.enter(g, w.admin, people["otto"], people["olga"], people["dora"])
	old, err := w.forum.StartTopic(t.Context(), people["otto"], board.ID, forum.Draft{Title: "From before", Source: "quicksilver before", Key: w.key()})
	w.must(err)
	olga := w.session("olga")
	finds := func(words, title string) bool {
		_, titles, _ := w.found(olga, "q="+url.QueryEscape(words))
		return slices.Contains(titles, title)
	}
	w.eventually("search has it", func() bool { return finds("quicksilver", "From before") })
	w.must(w.forum.ChangeGroup(t.Context(), w.admin, g.ID, forum.GroupDraft{Name: g.Name, Visibility: g.Visibility, Class: forum.SealedClass, Joining: forum.ByInvitation}, g.Visibility))
	w.eventually("search forgets the words", func() bool { return !finds("quicksilver", "From before") && finds("before", "From before") })
	w.must(w.forum.Subscribe(t.Context(), people["olga"], board.ID, forum.Each))
	w.must(w.forum.Subscribe(t.Context(), people["dora"], board.ID, forum.Daily))
	w.enter(g, people["otto"]) // told what sealed means
	hangs, err := w.forum.AddFile(t.Context(), people["otto"], "canary.txt", []byte("canary words"))
	w.must(err)
	topic, err := w.forum.StartTopic(t.Context(), people["otto"], board.ID, forum.Draft{Title: "Canary title", Source: "canary words", Key: w.key(), Files: []forum.FileID{hangs.ID}})
	w.must(err)
	mail := w.await("olga@members.example", "Something new was written")
	w.until(func(at time.Time) bool { return at.Hour() == 8 })
	digest := w.await("dora@members.example", "Digest")
	for what, m := range map[string]letter{"list mail": mail, "the digest": digest} {
		all := strings.ToLower(string(m.raw) + m.Text + m.HTML)
		if strings.Contains(all, "canary") || strings.Contains(all, "otto") || strings.Contains(all, "/report/") || !strings.Contains(all, "/p/") && !strings.Contains(all, "/g/inner/b/talk") {
			t.Errorf("%s says %s", what, m.Text)
		}
	}
	if finds("canary words", "canary words") {
		t.Error("search shows the words")
	}
	for _, at := range []*forum.Topic{topic, old} {
		if status, page := w.ask("GET", topicPathOf(at), w.session("olga")); status != http.StatusOK || !strings.Contains(page, "Sealed") {
			t.Errorf("its page: %d", status)
		}
	}
}

// TestPreviews: others may show a preview of a topic's link where its group is open in class;
// of a confidential one search engines show its address and nothing of it.
func TestPreviews(t *testing.T) { onBoth(t, previews) }

func previews(t *testing.T, w *world) {
	g, board, _ := w.group("open", forum.PublicToRead)
	w.enter(g, w.admin)
	topic, err := w.forum.StartTopic(t.Context(), w.admin, board.ID, forum.Draft{Title: "A public title", Source: "words", Key: w.key()})
	w.must(err)
	admin := w.session("admin")
	for _, class := range []forum.Class{forum.OpenClass, forum.GroupClass} {
		w.must(w.forum.ChangeGroup(t.Context(), w.admin, g.ID, forum.GroupDraft{Name: g.Name, Visibility: g.Visibility, Class: class}, g.Visibility))
		_, page := w.ask("GET", topicPathOf(topic), "")
		card := strings.Contains(page, `<meta property="og:title" content="A public title">`)
		if quiet := strings.Contains(page, "nosnippet"); card != (class == forum.OpenClass) || quiet == card {
			t.Errorf("%s: a preview %t, search engines show nothing %t", class, card, quiet)
		}
		if _, page := w.ask("GET", "/g/open/b/talk", ""); strings.Contains(page, "nosnippet") != (class != forum.OpenClass) {
			t.Errorf("%s: the board's page", class)
		}
		if _, page := w.ask("GET", topicPathOf(topic), admin); strings.Contains(page, "og:title") || !strings.Contains(page, `content="noindex"`) {
			t.Errorf("%s: a member's page has a preview", class)
		}
	}
}
