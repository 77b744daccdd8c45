package main

import (
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"peergroups/forum"
)

func TestFeeds(t *testing.T) { onBoth(t, feeds) }

// feed asks for a feed as a program does.
func (w *world) feed(path, etag string) (status int, header http.Header, body string) {
	w.t.Helper()
	r, err := http.NewRequestWithContext(w.t.Context(), http.MethodGet, w.base.String()+path, nil)
	w.must(err)
	r.Header.Set("If-None-Match", etag)
	res, err := http.DefaultClient.Do(r)
	w.must(err)
	defer func() { _ = res.Body.Close() }()
	b, err := io.ReadAll(res.Body)
	w.must(err)
	return res.StatusCode, res.Header, string(b)
}

// feeds: a public board has a feed with texts; a member makes an address for another, finds it in the account, and ends it;
// both forms are what they say they are, and what has not changed is not sent again.
func feeds(t *testing.T, w *world) {
	people := w.members("ann", "bob")
	open, board, _ := w.group("open", forum.PublicToRead)
	inner, inside, _ := w.group("inner", forum.Hidden)
	for _, g := range []*forum.Group{open, inner} {
		w.enter(g, w.admin, people["ann"], people["bob"])
	}
	for _, b := range []forum.BoardID{board.ID, inside.ID} {
		_, err := w.forum.StartTopic(t.Context(), people["bob"], b, forum.Draft{Title: "Feed & <canary>", Source: "A **bold** text for @ann, see https://elsewhere.example/x", Key: w.key()})
		w.must(err)
	}
	ann := looker{w, w.session("ann")}
	looker{w, ""}.sees("/g/open/b/talk", []string{`<link rel="alternate" type="application/atom+xml" href="/feeds/open/talk/atom.xml">`, "/feeds/open/talk/feed.json"}, "Make an address")
	ann.sees("/g/inner/b/talk", []string{"Make an address"}, "atom.xml")
	ann.sees("/account/feeds", []string{"No addresses"})

	status, header, body := w.feed("/feeds/open/talk/atom.xml", "")
	var atom struct {
		Entry []struct {
			Title   string `xml:"title"`
			Content string `xml:"content"`
			Author  string `xml:"author>name"`
		} `xml:"entry"`
	}
	if err := xml.Unmarshal([]byte(body), &atom); err != nil || status != http.StatusOK || !strings.HasPrefix(header.Get("Content-Type"), "application/atom+xml") {
		t.Fatalf("%d %s %v %s", status, header, err, body)
	}
	if e := atom.Entry; len(e) != 1 || e[0].Title != "Feed & <canary>" || e[0].Author != "Bob Test" || !strings.Contains(e[0].Content, "<strong>bold</strong>") || strings.Contains(e[0].Content, "/m/") || !strings.Contains(e[0].Content, w.base.String()+"/out?to=") {
		t.Errorf("%+v", e)
	}
	if status, _, body := w.feed("/feeds/open/talk/atom.xml", header.Get("ETag")); status != http.StatusNotModified || body != "" {
		t.Errorf("the same again: %d %s", status, body)
	}
	status, header, body = w.feed("/feeds/open/talk/feed.json", "")
	var feed struct {
		Version, Title string
		Items          []map[string]any
	}
	if err := json.Unmarshal([]byte(body), &feed); err != nil || status != http.StatusOK || !strings.HasPrefix(header.Get("Content-Type"), "application/feed+json") || feed.Version != "https://jsonfeed.org/version/1.1" || len(feed.Items) != 1 || feed.Items[0]["title"] != "Feed & <canary>" {
		t.Errorf("%d %s %v %s", status, header, err, body)
	}
	for _, path := range []string{"/feeds/inner/talk/atom.xml", "/feeds/open/talk/other", "/feeds/open/nothing/atom.xml"} {
		if status, _, body := w.feed(path, ""); status != http.StatusNotFound || strings.Contains(body, "canary") {
			t.Errorf("%s: %d", path, status)
		}
	}

	ann.does("/g/inner/b/talk/feed", nil, http.StatusSeeOther)
	page := ann.sees("/account/feeds", []string{"Group inner", "never", "/end"})
	found := regexp.MustCompile(`/feeds/([a-z2-7]{30,})/atom\.xml`).FindStringSubmatch(page)
	if found == nil {
		t.Fatal("no address on the page")
	}
	status, header, body = w.feed(found[0], "")
	if status != http.StatusOK || !strings.Contains(body, "Feed &amp; &lt;canary&gt;") || strings.Contains(body, "bold") || strings.Contains(body, found[1]) || header.Get("Cache-Control") != "private, no-cache" || header.Get("X-Robots-Tag") != "noindex" {
		t.Errorf("%d %s %s", status, header, body)
	}
	if status, _, _ := w.feed(found[0], header.Get("ETag")); status != http.StatusNotModified {
		t.Errorf("the same again: %d", status)
	}
	ann.sees("/account/feeds", nil, "never")
	var id int64
	w.must(w.store.Reader().NewRaw("SELECT id FROM feeds").Scan(t.Context(), &id))
	_, _, never := w.feed("/feeds/"+strings.Repeat("a", len(found[1]))+"/atom.xml", "")
	looker{w, w.session("bob")}.does(fmt.Sprintf("/account/feeds/%d/end", id), url.Values{}, http.StatusSeeOther)
	if status, _, _ := w.feed(found[0], ""); status != http.StatusOK {
		t.Errorf("somebody else ended it: %d", status)
	}
	ann.does(fmt.Sprintf("/account/feeds/%d/end", id), url.Values{}, http.StatusSeeOther)
	if status, _, body := w.feed(found[0], ""); status != http.StatusNotFound || varying.ReplaceAllString(strings.ReplaceAll(body, found[1], ""), "") != varying.ReplaceAllString(strings.ReplaceAll(never, strings.Repeat("a", len(found[1])), ""), "") {
		t.Errorf("ended: %d, and not as one that never was", status)
	}
}
