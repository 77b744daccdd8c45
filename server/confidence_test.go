package main

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"peergroups/forum"
)

// TestP20Discretion: what looks like a confidence is shown before it is posted, names of one's
// own list included; it is replaced when that is asked, and posted when one insists.
func TestP20Discretion(t *testing.T) {
	t.Parallel()
	w := begin(t, "sqlite", nil)
	people := w.members("otto")
	g, _, _ := w.group("open", forum.PublicToRead)
	w.enter(g, w.admin, people["otto"])
	otto := w.session("otto")
	if status, _ := w.post(otto, "/account/parties", url.Values{"names": {"Jane Roe\nRichard Miles"}}); status != http.StatusSeeOther {
		t.Fatalf("names: %d", status)
	}
	if _, page := w.ask("GET", "/account/parties", otto); strings.Contains(page, "Roe") || !strings.Contains(page, "2 names are on your list") {
		t.Error("the page shows the names, or does not count them")
	}
	const text = "Jane Roe and richard miles met. JANE ROE wrote to jane@roe.example."
	form := url.Values{"title": {"About a case"}, "source": {text}, "key": {w.key()}}
	status, page := w.post(otto, "/g/open/b/talk/new", form)
	if status != http.StatusUnprocessableEntity || !strings.Contains(page, text) || strings.Count(page, "<mark>") != 4 {
		t.Errorf("shown: %d %s", status, content(page))
	}
	form.Set("replace", "1")
	status, page = w.post(otto, "/g/open/b/talk/new", form)
	const clean = "Party A and Party B met. Party A wrote to [mail address]."
	if status != http.StatusOK || !strings.Contains(page, clean) || strings.Contains(page, "Jane") || strings.Contains(page, `name="sure"`) {
		t.Errorf("replaced: %d %s", status, content(page))
	}
	if rows, _, err := w.forum.ReadFeed(t.Context(), people["otto"], forum.Latest, forum.TopicCursor{}); err != nil || len(rows) != 0 {
		t.Errorf("posted already: %v %v", rows, err)
	}
	form.Del("replace")
	form.Set("source", clean)
	if status, _ := w.post(otto, "/g/open/b/talk/new", form); status != http.StatusSeeOther {
		t.Errorf("posting what is clean: %d", status)
	}
	if status, page := w.post(otto, "/g/open/r/hall", url.Values{"text": {"ask Richard Miles"}, "replace": {"1"}, "key": {w.key()}}); status != http.StatusOK || !strings.Contains(page, "ask Party A") {
		t.Errorf("in a room: %d", status)
	}
	if status, _ := w.post(otto, "/g/open/b/talk/new", url.Values{"title": {"T"}, "source": {text}, "sure": {"1"}, "key": {w.key()}}); status != http.StatusSeeOther {
		t.Errorf("insisting: %d", status)
	}
}

// TestHintsAreCounted: hints are shown while one writes, and who asks for them without end is told to wait.
func TestHintsAreCounted(t *testing.T) {
	t.Parallel()
	w := begin(t, "sqlite", nil)
	ann := w.members("ann")["ann"]
	cookie, hint := w.session("ann"), url.Values{"source": {"call +41 44 668 18 00"}}
	if status, page := w.post(cookie, "/hints", hint); status != http.StatusOK || !strings.Contains(page, "668 18 00") {
		t.Fatalf("%d %s", status, page)
	}
	for range 599 {
		w.must(w.forum.CountHint(t.Context(), ann))
	}
	if status, _ := w.post(cookie, "/hints", hint); status != http.StatusTooManyRequests {
		t.Errorf("the next one: %d", status)
	}
	if status, _ := w.post(w.session("ann"), "/hints", hint); status != http.StatusTooManyRequests {
		t.Errorf("from another session: %d", status)
	}
}

// TestOwnNameBehindAMask: who is to be a participant among others is told before they sign with their name.
func TestOwnNameBehindAMask(t *testing.T) {
	t.Parallel()
	w := begin(t, "sqlite", nil)
	people := w.members("otto")
	house, _, _ := w.group("house", forum.MembersOnly)
	w.must(w.forum.ChangeGroup(t.Context(), w.admin, house.ID, forum.GroupDraft{Name: house.Name, Visibility: house.Visibility, Class: forum.ChathamClass, Joining: forum.ByInvitation, Roster: forum.ForModerators}, house.Visibility))
	open, _, _ := w.group("open", forum.PublicToRead)
	w.enter(house, w.admin, people["otto"])
	w.enter(open, w.admin, people["otto"])
	otto := w.session("otto")
	for slug, warned := range map[string]bool{"house": true, "open": false} {
		path := "/g/" + slug + "/b/talk/new"
		_, page := w.ask("GET", path, otto)
		if strings.Contains(page, `name="masked"`) != warned {
			t.Errorf("the composer of %s: %s", slug, content(page))
		}
		form := url.Values{"title": {"Thanks"}, "source": {"Many thanks,\nOtto  TEST."}, "key": {w.key()}}
		if warned {
			form.Set("masked", "1")
		}
		status, page := w.post(otto, path, form)
		if (status == http.StatusUnprocessableEntity) != warned || warned && !strings.Contains(page, "<mark>Otto  TEST</mark>") {
			t.Errorf("%s: %d %s", slug, status, content(page))
		}
		form.Set("replace", "1")
		if status, page = w.post(otto, path, form); warned && strings.Contains(content(page), "TEST.") {
			t.Errorf("replaced: %d %s", status, content(page))
		}
	}
	_, hints := w.post(otto, "/hints", url.Values{"masked": {"1"}, "source": {"Lotto Test, Otto Testa, Otto. And otto test"}})
	if strings.Count(hints, "data-find") != 1 || !strings.Contains(hints, ">otto test<") {
		t.Errorf("while writing: %s", hints)
	}
}

// TestHintsTellOfNoRoom: who sends words to a room that they may not know of hears the same whether there is one, and whatever
// its class, also when their own name is in them.
func TestHintsTellOfNoRoom(t *testing.T) {
	t.Parallel()
	w := begin(t, "sqlite", nil)
	otto := w.members("otto")["otto"]
	g, _, room := w.group("house", forum.Hidden)
	w.must(w.forum.ChangeGroup(t.Context(), w.admin, g.ID, forum.GroupDraft{Name: g.Name, Visibility: g.Visibility, Class: forum.ChathamClass, Joining: forum.ByInvitation, Roster: forum.ForModerators}, g.Visibility))
	for what, id := range map[string]forum.RoomID{"a hidden room": room.ID, "none": room.ID + 12345} {
		if _, err := w.forum.RoomClass(t.Context(), otto, id); forum.KindOf(err) != forum.NotFound {
			t.Errorf("%s: %v", what, err)
		}
	}
}

// TestMentionsWhileWriting: whom one can mention is offered as one types, and that somebody does not read there is said, to
// who sees them; an outsider learns nothing of either.
func TestMentionsWhileWriting(t *testing.T) {
	t.Parallel()
	w := begin(t, "sqlite", nil)
	people := w.members("nina", "vera", "out")
	g, board, _ := w.group("inner", forum.MembersOnly)
	w.enter(g, w.admin, people["nina"], people["vera"])
	ref := strconv.FormatInt(int64(board.ID), 10)
	typed := url.Values{"place": {"board"}, "ref": {ref}, "begins": {"ve"}}
	if status, page := w.post(w.session("nina"), "/mentions", typed); status != http.StatusOK || !strings.Contains(page, `data-handle="vera"`) || strings.Contains(page, "does not read here") {
		t.Errorf("%d %s", status, page)
	}
	if status, page := w.post(w.session("out"), "/mentions", typed); status != http.StatusOK || strings.Contains(page, "vera") {
		t.Errorf("an outsider: %d %s", status, page)
	}
	written := url.Values{"place": {"board"}, "ref": {ref}, "source": {"hello @vera and @out"}}
	w.must(w.forum.Leave(t.Context(), people["vera"], g.ID))
	if status, page := w.post(w.session("nina"), "/hints", written); status != http.StatusOK || strings.Contains(page, "does not read here") {
		t.Errorf("who cannot be seen any more: %d %s", status, page)
	}
	topic, err := w.forum.StartTopic(t.Context(), w.admin, board.ID, forum.Draft{Title: "T", Source: "x", Key: w.key()})
	w.must(err)
	w.enter(g, people["vera"])
	_, err = w.forum.Reply(t.Context(), people["vera"], topic.ID, forum.Draft{Source: "I was here", Key: w.key()})
	w.must(err)
	w.must(w.forum.Leave(t.Context(), people["vera"], g.ID))
	written.Set("place", "topic")
	written.Set("ref", strconv.FormatInt(int64(topic.ID), 10))
	if status, page := w.post(w.session("nina"), "/hints", written); status != http.StatusOK || !strings.Contains(page, "Vera Test does not read here") || strings.Contains(page, "Out") {
		t.Errorf("who spoke and left: %d %s", status, page)
	}
}
