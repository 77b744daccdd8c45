package main

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"peergroups/forum"
)

// TestPreviewWithoutScripts: the button under a text sends the form, which comes back as it was with how it will look; nothing
// is posted. A group's page leads to a new topic on each board where one may begin one.
func TestPreviewWithoutScripts(t *testing.T) {
	t.Parallel()
	w := begin(t, "sqlite", nil)
	people := w.members("nina", "vera")
	g, board, _ := w.group("inner", forum.MembersOnly)
	w.enter(g, w.admin, people["nina"])
	topic, err := w.forum.StartTopic(t.Context(), w.admin, board.ID, forum.Draft{Title: "First", Source: "hello", Key: w.key()})
	w.must(err)
	c := w.client()
	c.login("nina", nil)
	for _, path := range []string{topicPathOf(topic), "/g/inner/b/talk/new"} {
		_, page := c.get(path)
		form := url.Values{"source": {"so *bold* <script>x</script>"}, "title": {"My title"}, "preview": {"1"}}
		for _, name := range []string{"place", "ref", "kept", "key"} {
			form.Set(name, hidden(t, page, name))
		}
		status, page := c.post(path, form)
		if status != http.StatusOK || !strings.Contains(page, "so <em>bold</em>") || strings.Contains(page, "<script>x") || !strings.Contains(page, "so *bold* &lt;script&gt;") {
			t.Errorf("%s: %d %s", path, status, content(page))
		}
	}
	read, err := w.forum.ReadTopic(t.Context(), w.admin, topic.ID, 0)
	w.must(err)
	b, err := w.forum.ReadBoard(t.Context(), w.admin, "inner", "talk", forum.TopicCursor{})
	w.must(err)
	if len(read.Posts) != 1 || len(b.Topics) != 1 {
		t.Errorf("it was posted: %d posts, %d topics", len(read.Posts), len(b.Topics))
	}
	if _, page := c.get("/g/inner"); !strings.Contains(page, `href="/g/inner/b/talk/new"`) {
		t.Error("the group does not lead to a new topic")
	}
	if _, page := w.ask("GET", "/g/inner/b/talk", w.session("vera")); strings.Contains(page, "/talk/new") {
		t.Error("who is not in it is led there")
	}
}
