package main

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"peergroups/forum"
)

// TestActsFromACase: no reason is named before a moderator names one; from a report the form begins with what was reported,
// and leads back to the report, with what came of it. Who was hit is told on their first page, in a log it stands in words,
// and an objection waits on the first page of who may answer it.
func TestActsFromACase(t *testing.T) {
	t.Parallel()
	w := begin(t, "sqlite", nil)
	ctx, people := t.Context(), w.members("ada", "bea", "otto", "rita")
	g, board, _ := w.group("inner", forum.MembersOnly)
	w.enter(g, w.admin, people["ada"], people["bea"], people["otto"], people["rita"])
	for _, name := range []string{"ada", "bea"} {
		w.must(w.forum.Appoint(ctx, w.admin, g.ID, people[name].Member, forum.Moderator))
	}
	topic, err := w.forum.StartTopic(ctx, people["otto"], board.ID, forum.Draft{Title: "A topic", Source: "something", Key: w.key()})
	w.must(err)
	page, err := w.forum.ReadTopic(ctx, people["otto"], topic.ID, 0)
	w.must(err)
	post := page.Posts[0].ID
	_, err = w.forum.Report(ctx, people["rita"], forum.Reported{Kind: forum.ReportedPost, Ref: int64(post)}, forum.ReportDraft{Reason: "off-topic", Words: "this belongs elsewhere"})
	w.must(err)
	var c int64
	w.must(w.store.Reader().NewRaw("SELECT id FROM cases").Scan(ctx, &c))
	ada, otto := w.session("ada"), w.session("otto")
	if _, form := w.ask("GET", fmt.Sprintf("/p/%d/hide", post), ada); strings.Contains(form, " selected>It") || !strings.Contains(form, `<option value="" selected>Choose a reason`) {
		t.Errorf("a reason is named already: %s", content(form))
	}
	if _, form := w.ask("GET", fmt.Sprintf("/p/%d/report", post), w.session("rita")); strings.Contains(form, " selected>It") {
		t.Errorf("a report names a reason already: %s", content(form))
	}
	_, shown := w.ask("GET", fmt.Sprintf("/moderation/%d", c), ada)
	hide := fmt.Sprintf("/p/%d/hide?case=%d&amp;reason=off-topic", post, c)
	for _, link := range []string{hide, fmt.Sprintf("/g/inner/manage/warn?member=%d&amp;case=%d", people["otto"].Member, c), fmt.Sprintf("/g/inner/manage/mute?member=%d&amp;case=%d", people["otto"].Member, c)} {
		if !strings.Contains(shown, link) {
			t.Errorf("the case lacks %s: %s", link, content(shown))
		}
	}
	_, form := w.ask("GET", strings.ReplaceAll(hide, "&amp;", "&"), ada)
	if !strings.Contains(form, `value="off-topic" selected`) || hidden(t, form, "case") != fmt.Sprint(c) {
		t.Errorf("the form does not begin with what was reported: %s", content(form))
	}
	status, to := w.post(ada, fmt.Sprintf("/p/%d/hide", post), url.Values{"reason": {""}, "words": {"It belongs elsewhere."}, "case": {fmt.Sprint(c)}})
	if status != http.StatusUnprocessableEntity || !strings.Contains(to, "reason-error") {
		t.Errorf("without a reason: %d %s", status, content(to))
	}
	client := w.client()
	client.login("ada", nil)
	if status, page := client.post(fmt.Sprintf("/p/%d/hide", post), url.Values{"reason": {"off-topic"}, "words": {"It belongs elsewhere."}, "case": {fmt.Sprint(c)}}); status != http.StatusSeeOther {
		t.Fatalf("hiding: %d %s", status, content(page))
	}
	if _, page := client.get(fmt.Sprintf("/moderation/%d?acted=hide", c)); !strings.Contains(page, `value="hide" selected`) {
		t.Errorf("the outcome is not there: %s", content(page))
	}
	w.must(w.forum.CloseCase(ctx, w.as(people["ada"].Member), c, "hide", "It is hidden, thank you."))
	if _, page := client.get("/moderation"); !strings.Contains(page, "It does not belong here: It belongs elsewhere.") || !strings.Contains(page, ">The post was hidden</td>") {
		t.Errorf("the log: %s", content(page))
	}
	if _, page := w.ask("GET", "/", otto); !strings.Contains(page, "Moderators decided something about you") {
		t.Errorf("who was hit is not told: %s", content(page))
	}
	acts, err := w.forum.ReadOwnActs(ctx, people["otto"])
	w.must(err)
	w.must(w.forum.Object(ctx, people["otto"], acts[0].ID, "I think that it did belong there."))
	if _, page := w.ask("GET", "/", w.session("bea")); !strings.Contains(page, "An objection waits for an answer") {
		t.Errorf("who may answer: %s", content(page))
	}
	if _, page := w.ask("GET", "/", ada); strings.Contains(page, "An objection waits") {
		t.Error("who did it is asked to answer")
	}
}

// TestAnswerAtTheEnd: in a topic of more than one page one answers below its newest post; to a post on an earlier page there.
func TestAnswerAtTheEnd(t *testing.T) {
	t.Parallel()
	w := begin(t, "sqlite", nil)
	ctx, ann := t.Context(), w.members("ann")["ann"]
	g, board, _ := w.group("inner", forum.MembersOnly)
	w.enter(g, w.admin, ann)
	topic, err := w.forum.StartTopic(ctx, ann, board.ID, forum.Draft{Title: "Long", Source: "first", Key: w.key()})
	w.must(err)
	for i := range 24 {
		_, err := w.forum.Reply(ctx, ann, topic.ID, forum.Draft{Source: fmt.Sprint("answer ", i), Key: w.key()})
		w.must(err)
	}
	page, err := w.forum.ReadTopic(ctx, ann, topic.ID, 0)
	w.must(err)
	c := w.client()
	c.login("ann", nil)
	newest := fmt.Sprintf("/t/%d/unread?newest=1", topic.ID)
	if _, first := c.get(topicPathOf(topic)); strings.Contains(first, `<textarea`) || strings.Count(first, newest) != 2 {
		t.Errorf("the first page: %s", content(first))
	}
	if _, first := c.get(topicPathOf(topic) + fmt.Sprintf("?reply=%d", page.Posts[3].ID)); !strings.Contains(first, `<textarea`) {
		t.Error("one cannot answer a post of the first page")
	}
	last, err := w.forum.NewestPost(ctx, ann, topic.ID)
	w.must(err)
	if _, end := c.get(topicPathOf(topic) + fmt.Sprintf("?after=%d", page.Posts[len(page.Posts)-1].ID)); !strings.Contains(end, `<textarea`) || !strings.Contains(end, fmt.Sprintf(`id="p%d"`, last)) || strings.Contains(end, newest) {
		t.Errorf("the last page: %s", content(end))
	}
	if status, _ := c.get(newest); status != http.StatusSeeOther && status != http.StatusFound {
		t.Errorf("the newest post: %d", status)
	}
	if _, err := w.forum.NewestPost(ctx, forum.Actor{}, topic.ID); forum.KindOf(err) != forum.NotFound {
		t.Errorf("an outsider: %v", err)
	}
}
