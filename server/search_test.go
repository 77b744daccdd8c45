package main

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"peergroups/forum"
	"peergroups/search"
)

var nextPage = regexp.MustCompile(`href="(/search\?[^"]*cursor=[^"]+)"`)

// TestSearchPagesHideWhatIsHidden: neither a next page, nor its cursor, nor what is found for
// several words tells somebody who joined later of what was written before.
func TestSearchPagesHideWhatIsHidden(t *testing.T) { onBoth(t, searchPages) }

func searchPages(t *testing.T, w *world) {
	people := w.members("otto", "newbie")
	g, b, _ := w.group("late", forum.MembersOnly)
	w.enter(g, w.admin)
	w.must(w.forum.ChangeGroup(t.Context(), w.admin, g.ID, forum.GroupDraft{Name: "Late", Visibility: forum.MembersOnly, FromJoin: true}, forum.MembersOnly))
	w.enter(g, w.admin, people["otto"])
	var n int
	say := func(by forum.Actor, times int, words string) {
		for range times {
			n++
			_, err := w.forum.StartTopic(t.Context(), by, b.ID, forum.Draft{Title: fmt.Sprint("Topic", n), Source: words, Key: w.key()})
			w.must(err)
		}
	}
	say(w.admin, 104, "xylophone affair")
	say(people["otto"], 21, "marimba affair")
	say(people["otto"], 1, "violin contrabass")
	w.offset.Add(int64(20 * time.Minute))
	w.enter(g, people["newbie"])
	say(people["otto"], 20, "marimba affair")
	say(people["otto"], 1, "violin")
	say(people["otto"], 45, "celesta")
	newbie := w.session("newbie")
	search := func(path string) (hits int, next string) {
		t.Helper()
		status, page := w.ask("GET", path, newbie)
		if status != http.StatusOK {
			t.Fatalf("%s: %d", path, status)
		}
		if m := nextPage.FindStringSubmatch(page); m != nil {
			next = strings.ReplaceAll(m[1], "&amp;", "&")
		}
		return strings.Count(page, `<a class="t"`), next
	}
	walk := func(sort string) (seen int) {
		for next, pages := "/search?sort="+sort+"&q=celesta", 0; next != "" && pages < 9; pages++ {
			var hits int
			hits, next = search(next)
			seen += hits
		}
		return seen
	}
	w.eventually("all is in the index", func() bool { return walk("newest") == 45 })
	w.eventually("the whole of it", func() bool {
		status, page := w.ask("GET", "/search?q=xylophone", w.session("otto"))
		return status == http.StatusOK && nextPage.MatchString(page)
	})
	for _, sort := range []string{"relevance", "newest"} {
		for _, c := range []struct {
			words string
			hits  int
		}{{"xylophone", 0}, {"never-said", 0}, {"marimba", 20}, {"violin+contrabass", 1}} {
			if hits, next := search("/search?sort=" + sort + "&q=" + c.words); hits != c.hits || next != "" {
				t.Errorf("%s, %s: %d hits and next %q, want %d and none", c.words, sort, hits, next, c.hits)
			}
		}
		if seen := walk(sort); seen != 45 {
			t.Errorf("%s: %d of 45 hits on all pages", sort, seen)
		}
	}
	_, next := search("/search?q=celesta")
	_, cursor, _ := strings.Cut(next, "cursor=")
	if raw, err := base64.RawURLEncoding.DecodeString(cursor); err != nil || regexp.MustCompile(`[0-9a-z,.]{12}`).Match(raw) {
		t.Errorf("a cursor is to be read: %q %v", raw, err)
	}
	flip := map[bool]string{true: "B", false: "A"}[cursor[40] == 'A']
	for _, bad := range []string{"/search?q=celesta&cursor=rubbish", "/search?q=celesta&cursor=" + cursor[:40] + flip + cursor[41:], "/search?q=celesta&cursor=%00%ff",
		"/search?q=celesta&sort=newest&cursor=" + cursor, "/search?q=celesta&cursor=" + base64.RawURLEncoding.EncodeToString([]byte("x,0,0,0,0,0"))} {
		if hits, next := search(bad); hits != 20 || next == "" {
			t.Errorf("%.60s: %d hits, want the first page", bad, hits)
		}
	}
	if status, page := w.ask("GET", next, w.session("otto")); status != http.StatusOK || !strings.Contains(page, `<a class="t"`) {
		t.Errorf("another's cursor: %d", status)
	}
}

// indexed says whether the search engine has a post.
func (w *world) indexed(id forum.PostID) bool {
	found, err := search.NewSQL(w.store.Writer(), w.store.Reader()).List(w.t.Context(), search.Ref{Kind: "post", ID: int64(id) - 1}, 1)
	w.must(err)
	return len(found) == 1 && found[0].ID == int64(id)
}
