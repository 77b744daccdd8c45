package main

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"peergroups/forum"
	"peergroups/search"
	"peergroups/server/job"
)

var nextPage = regexp.MustCompile(`href="(/search\?[^"]*after=[^"]+)"`)

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
		w.offset.Add(int64(5 * time.Second)) // somebody who searches as often as one may
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
	_, after, _ := strings.Cut(next, "after=")
	hidden := w.hiddenFrom(people["newbie"])
	for _, bad := range []string{"rubbish", "post-1", fmt.Sprint("post-", hidden), "%00%ff", strings.Repeat("x", 5000)} {
		if hits, again := search("/search?q=celesta&after=" + bad); hits != 20 || again != next {
			t.Errorf("after %.20s: %d hits and then %q, want the first page", bad, hits, again)
		}
	}
	if hits, again := search("/search?q=celesta&after=" + after); hits != 20 || again == next || again == "" {
		t.Errorf("the second page: %d hits and then %q", hits, again)
	}
}

// hiddenFrom is a post that somebody may not read.
func (w *world) hiddenFrom(by forum.Actor) forum.PostID {
	w.t.Helper()
	var ids []forum.PostID
	w.must(w.store.Reader().NewRaw("SELECT id FROM posts ORDER BY id").Scan(w.t.Context(), &ids))
	for _, id := range ids {
		if seen, err := w.forum.VisiblePosts(w.t.Context(), w.as(by.Member), []forum.PostID{id}); err == nil && len(seen) == 0 {
			return id
		}
	}
	w.t.Fatal("everything is to be read")
	return 0
}

// totalOf is how many a page of a search says it found, and facetsOf its counts, "label n".
var (
	totalOf  = regexp.MustCompile(`role="status">\s*<span>(\d+) found`)
	facetsOf = regexp.MustCompile(`<span>([^<]+)</span><b>(\d+)</b>`)
	titleOf  = regexp.MustCompile(`(?s)<a class="t" href="([^"]+)">(.*?)</a>`)
	tags     = regexp.MustCompile(`<[^>]*>`)
)

// found asks for a page of a search and gives what it says it found.
func (w *world) found(cookie, query string) (total int, titles []string, page string) {
	w.t.Helper()
	status, page := w.ask("GET", "/search?"+query, cookie)
	if status != http.StatusOK {
		w.t.Fatalf("%s: %d", query, status)
	}
	if m := totalOf.FindStringSubmatch(page); m != nil {
		_, err := fmt.Sscan(m[1], &total)
		w.must(err)
	}
	for _, m := range titleOf.FindAllStringSubmatch(page, -1) {
		titles = append(titles, strings.TrimSpace(tags.ReplaceAllString(m[2], "")))
	}
	return total, titles, page
}

// finding is a world in which there is something to be found, for each kind of reader something else.
type finding struct {
	*world
	people        map[string]forum.Actor
	cookies       map[string]string
	open, inner   *forum.Group
	openB, innerB *forum.Board
	hall          *forum.Room
	topics        map[string]forum.TopicID
	posts         map[string]forum.PostID
}

func newFinding(t *testing.T, w *world) *finding {
	t.Helper()
	f := &finding{world: w, people: w.members("otto", "rita", "out"), cookies: map[string]string{"": ""}, topics: map[string]forum.TopicID{}, posts: map[string]forum.PostID{}}
	f.open, f.openB, _ = w.group("open", forum.PublicToRead)
	f.inner, f.innerB, f.hall = w.group("inner", forum.Hidden)
	w.enter(f.open, w.admin, f.people["otto"])
	w.enter(f.inner, w.admin, f.people["otto"])
	w.must(w.forum.ChangeGroup(t.Context(), w.admin, f.inner.ID, forum.GroupDraft{Name: "Group inner", Visibility: forum.Hidden, FromJoin: true}, forum.Hidden))
	w.enter(f.inner, w.admin, f.people["otto"])
	f.say("otto", f.openB, "open", "Fees of a mediation", "What a marimba costs in the open")
	f.say("otto", f.innerB, "early", "The marimba affair", "A marimba of which only members know")
	said, err := w.forum.Say(t.Context(), f.people["otto"], f.hall.ID, "the marimba in the hall", "n1")
	w.must(err)
	f.posts["said"] = forum.PostID(said.ID)
	w.offset.Add(int64(time.Hour))
	w.enter(f.inner, f.people["rita"])
	f.say("otto", f.innerB, "late", "A second marimba", "Another one, when Rita had come")
	for _, who := range []string{"otto", "rita", "out", "admin"} {
		f.cookies[who] = w.session(who)
	}
	f.indexedAll()
	return f
}

// indexedAll waits until the engine has heard of everything.
func (f *finding) indexedAll() {
	f.t.Helper()
	f.eventually("all of it is in the index", func() bool {
		n, _, err := f.forum.SearchLag(f.t.Context())
		f.must(err)
		return n == 0
	})
}

func (f *finding) say(who string, b *forum.Board, name, title, words string) {
	f.t.Helper()
	topic, err := f.forum.StartTopic(f.t.Context(), f.people[who], b.ID, forum.Draft{Title: title, Source: words, Key: f.key()})
	f.must(err)
	page, err := f.forum.ReadTopic(f.t.Context(), f.people[who], topic.ID, 0)
	f.must(err)
	f.topics[name], f.posts[name] = topic.ID, page.Posts[0].ID
}

// TestOwnSearch: totals, counts, suggestions and what is shown are made of what the reader may read, for each kind of reader; operators and filters that name
// what they may not know of answer as for what there is not.
func TestOwnSearch(t *testing.T) { onBoth(t, ownSearch) }

func ownSearch(t *testing.T, w *world) {
	f := newFinding(t, w)
	inner := fmt.Sprint(f.inner.ID)
	for _, c := range []struct {
		query string
		total map[string]int // by reader
	}{
		{"q=marimba", map[string]int{"": 1, "out": 1, "rita": 2, "otto": 4, "admin": 4}},
		{"q=marim", map[string]int{"": 1, "out": 1, "rita": 2, "otto": 4}},
		{"q=marimba+author:%CC%81", map[string]int{"": 0, "otto": 0}}, {"q=marimba+-author:%CC%81", map[string]int{"": 1, "otto": 4}},
		{"q=%22marim%22", map[string]int{"": 0, "otto": 0}},
		{"q=MARIMBAS", map[string]int{"": 1, "out": 1, "rita": 2, "otto": 4}},
		{"q=marimba&kind=message", map[string]int{"": 0, "out": 0, "rita": 0, "otto": 1}},
		{"q=marimba&group=" + inner, map[string]int{"": 0, "out": 0, "rita": 1, "otto": 3}},
		{"q=marimba+group:inner", map[string]int{"": 0, "out": 0, "rita": 1, "otto": 3}},
		{"q=marimba+in:hall", map[string]int{"": 0, "out": 0, "rita": 0, "otto": 1}},
		{"q=marimba+-in:hall", map[string]int{"": 1, "out": 1, "rita": 2, "otto": 3}},
		{"q=marimba+author:otto", map[string]int{"": 1, "out": 1, "rita": 2, "otto": 4}},
		{"q=marimba+author:me", map[string]int{"": 0, "out": 0, "rita": 0, "otto": 4}}, {"q=marimba+-author:me", map[string]int{"rita": 2, "otto": 0}},
		{"q=marimba+author:rita", map[string]int{"": 0, "out": 0, "rita": 0, "otto": 0}}, {"q=marimba+author:nobody", map[string]int{"": 0, "otto": 0}}, {"q=marimba+-author:otto", map[string]int{"": 0}},
		{"q=marimba+-open", map[string]int{"": 0, "out": 0, "rita": 1, "otto": 3}},
		{"q=marimba+-author:otto", map[string]int{"out": 0, "rita": 0, "otto": 0}},
		{"q=marimba+kind:topic", map[string]int{"": 1, "out": 1, "rita": 2, "otto": 3}},
		{"q=marimba+has:file", map[string]int{"otto": 0}},
		{"q=marimba+before:2020", map[string]int{"otto": 0}},
		{"q=marimba+after:2020-01-01", map[string]int{"": 1, "otto": 4}},
		{"q=marimba+after:nonsense", map[string]int{"otto": 0}},
		{"q=marimba+group:nowhere", map[string]int{"otto": 0}},
		{"q=%22marimba+affair%22", map[string]int{"": 0, "rita": 0, "otto": 1}},
		{"q=marimba&year=" + time.Now().Format("2006"), map[string]int{"": 1, "otto": 4}},
		{"group=" + inner, map[string]int{"": 0, "out": 0, "rita": 1, "otto": 3}},
		{"q=affair", map[string]int{"": 0, "out": 0, "rita": 0, "otto": 1}},
	} {
		for who, want := range c.total {
			total, titles, page := f.found(f.cookies[who], c.query)
			if total != want || len(titles) != want {
				t.Errorf("%q finds %s: %d and shows %q, want %d", who, c.query, total, titles, want)
			}
			for _, m := range facetsOf.FindAllStringSubmatch(page, -1) {
				var n int
				if _, err := fmt.Sscan(m[2], &n); err != nil || n > want {
					t.Errorf("%q, %s: %s counts %d of %d", who, c.query, m[1], n, want)
				}
			}
			for _, secret := range []string{"affair", "Group inner", "Hall of inner", "Talk of inner"} {
				if (who == "" || who == "out") && strings.Contains(strings.ReplaceAll(content(page), "“affair”", ""), secret) && !strings.Contains(c.query, secret) {
					t.Errorf("%q, %s: the page says %q: %s", who, c.query, secret, content(page))
				}
			}
		}
	}
	for who, want := range map[string][]string{"": {"Fees of a mediation"}, "out": {"Fees of a mediation"}} {
		for _, begun := range []string{"fees", "mar", "inner", "group inner", "affair", "hall"} {
			status, page := f.post(f.cookies[who], "/search/suggest", url.Values{"q": {begun}, "group": {inner}, "topic": {fmt.Sprint(f.topics["early"])}, "room": {fmt.Sprint(f.hall.ID)}})
			for _, secret := range []string{"affair", "nner", "hall", "Hall", "marimba", "Marimba"} {
				if said := strings.ReplaceAll(tags.ReplaceAllString(page, " "), begun, ""); strings.Contains(said, secret) {
					t.Errorf("%q is suggested for %q: %s", who, begun, page)
				}
			}
			if status != http.StatusOK || begun == "fees" && !strings.Contains(page, want[0]) {
				t.Errorf("%q types %q: %d %s", who, begun, status, page)
			}
		}
	}
	for _, c := range [][2]string{{"q=otto", "What Otto Test wrote"}, {"q=clause&group=" + inner + "&sort=newest", `name="group" value="` + inner + `"`}, {"q=marimba+before:2026-13", "is no date"}, {"q=marimba+kind:TOPICS", "3 found"}, {"q=marimba+has:Files", "Nothing found"}} {
		if _, _, page := f.found(f.cookies["otto"], c[0]); !strings.Contains(page, c[1]) {
			t.Errorf("%s does not say %q: %s", c[0], c[1], content(page))
		}
	}
	if _, _, page := f.found(f.cookies["out"], "q=rita"); strings.Contains(page, "wrote (") {
		t.Error("of somebody who wrote nothing there the page says something")
	}
	if _, page := f.post(f.cookies["otto"], "/search/suggest", url.Values{"q": {"mar"}, "group": {inner}, "topic": {fmt.Sprint(f.topics["early"])}}); !strings.Contains(page, "The marimba affair") || !strings.Contains(page, "in the group Group inner") || !strings.Contains(page, "in this topic") {
		t.Errorf("a member is suggested %s", page)
	}
	if _, page := f.post(f.cookies["rita"], "/search/suggest", url.Values{"q": {"mar"}}); strings.Contains(page, "affair") || !strings.Contains(page, "A second marimba") {
		t.Errorf("who came later is suggested %s", page)
	}
	for who, want := range map[string]bool{"otto": true, "rita": false, "out": false} {
		if _, page := f.post(f.cookies[who], "/search/similar", url.Values{"title": {"That marimba affair again"}}); strings.Contains(page, "The marimba affair") != want {
			t.Errorf("%s writes a title and is shown %s", who, page)
		}
	}
	w.must(w.forum.Remove(t.Context(), w.admin, f.inner.ID, f.people["rita"].Member, "over"))
	if total, _, _ := f.found(f.cookies["rita"], "q=marimba"); total != 1 {
		t.Errorf("who was removed finds %d", total)
	}
}

// TestSearchForgets: what the index still holds, or holds again since an old copy of it came back, is neither shown nor counted nor suggested to those who may not
// read it any more; and the comparison with the forum mends it.
func TestSearchForgets(t *testing.T) { onBoth(t, searchForgets) }

func searchForgets(t *testing.T, w *world) {
	f := newFinding(t, w)
	ctx := t.Context()
	before, err := w.engine.List(ctx, search.Ref{}, 100)
	w.must(err)
	old := map[int64]search.Doc{}
	for _, kind := range forum.SearchKinds {
		all, err := w.forum.EachSearchable(ctx, kind, 0, 100)
		w.must(err)
		for _, s := range all {
			old[s.ID] = search.Doc{Kind: kind, ID: s.ID, Version: 1 << 40, Audience: s.Term(), Group: int64(s.GroupID), Board: int64(s.BoardID), Room: int64(s.RoomID), Author: int64(s.AuthorID), Voice: int64(s.AuthorID), At: s.PostedAt.Time(), Title: s.Title, Text: s.Text}
		}
	}
	if len(before) != 4 || len(old) != 4 {
		t.Fatalf("%d documents, %d of the forum", len(before), len(old))
	}
	w.must(w.forum.TakeBack(ctx, f.people["otto"], f.posts["early"]))
	w.must(w.forum.HidePost(ctx, w.admin, f.posts["late"], forum.ActDraft{Reason: "spam", Words: "this is enough of it"}))
	w.must(w.forum.TakeBackMessage(ctx, f.people["otto"], int64(f.posts["said"])))
	settled := func() bool {
		n, _, err := w.forum.SearchLag(ctx)
		w.must(err)
		return n == 0
	}
	w.eventually("the index has forgotten", func() bool {
		now, err := w.engine.List(ctx, search.Ref{}, 100)
		w.must(err)
		return settled() && len(now) == 1
	})
	for _, d := range old { // an old copy of the index
		w.must(w.engine.Put(ctx, []search.Doc{d}))
	}
	for who, want := range map[string]int{"": 1, "out": 1, "rita": 1, "otto": 1, "admin": 1} {
		if total, titles, page := f.found(f.cookies[who], "q=marimba"); total != want || len(titles) != want || strings.Contains(page, "affair") {
			t.Errorf("%q finds %d: %q", who, total, titles)
		}
		if _, page := f.post(f.cookies[who], "/search/suggest", url.Values{"q": {"second"}}); strings.Contains(page, "A second marimba") {
			t.Errorf("%q is suggested %s", who, page)
		}
	}
	w.must(w.forum.Remove(ctx, w.admin, f.open.ID, f.people["otto"].Member, "over"))
	n, wrong, err := job.Verify(ctx, w.forum, w.engine)
	w.must(err)
	if n != 1 || wrong < 3 {
		t.Errorf("%d compared, %d differ", n, wrong)
	}
	w.eventually("it is mended", func() bool {
		now, err := w.engine.List(ctx, search.Ref{}, 100)
		w.must(err)
		_, wrong, err := job.Verify(ctx, w.forum, w.engine)
		w.must(err)
		return len(now) == 1 && wrong == 0
	})
}

// TestSearchedAgain: who keeps a search is told of what is new in it; what they looked for lately is offered to them alone, and forgotten when they say so.
func TestSearchedAgain(t *testing.T) { onBoth(t, searchedAgain) }

func searchedAgain(t *testing.T, w *world) {
	f := newFinding(t, w)
	rita, otto := f.cookies["rita"], f.cookies["otto"]
	for _, odd := range []string{"q=group%3Aa%00b", "q=tuba%ff", "q=%22%00"} { // one that cannot be looked through keeps no other from it
		if status, _ := w.led(otto, "/search/keep", url.Values{"query": {odd}, "name": {"odd"}, "tells": {"1"}}); status != http.StatusSeeOther && status != http.StatusUnprocessableEntity {
			t.Errorf("keeping %q: %d", odd, status)
		}
	}
	if status, to := w.led(rita, "/search/keep", url.Values{"query": {"sort=newest&q=marimba&nonsense=1&kind=topic"}, "tells": {"1"}}); status != http.StatusSeeOther || !strings.HasPrefix(to, "/account/searches") {
		t.Fatalf("keeping: %d %s", status, to)
	}
	_, page := w.ask("GET", "/account/searches", rita)
	if !strings.Contains(page, `href="/search?kind=topic&amp;q=marimba&amp;sort=newest"`) || !strings.Contains(page, "You are told of what is new.") {
		t.Errorf("kept: %s", content(page))
	}
	if _, page := w.ask("GET", "/account/searches", otto); strings.Contains(page, "marimba") {
		t.Error("another sees it")
	}
	for _, none := range []string{"q=tuba&kind=person", "q=agreem+fe"} { // neither finds what is said below
		if status, _ := w.led(rita, "/search/keep", url.Values{"query": {none}, "name": {"none"}, "tells": {"1"}}); status != http.StatusSeeOther {
			t.Errorf("keeping %q: %d", none, status)
		}
	}
	f.say("otto", f.innerB, "persons", "Plain one", "A tuba, and agreem feathers")
	f.say("otto", f.innerB, "new", "The third marimba", "It is new")
	f.say("otto", f.innerB, "other", "A celesta", "It is none")
	f.indexedAll() // else it is found at the next look, five minutes later
	w.offset.Add(int64(6 * time.Minute))
	w.eventually("she is told", func() bool {
		_, page := w.ask("GET", "/account/news", rita)
		return strings.Contains(page, "The third marimba") && strings.Contains(page, "in your search “marimba”") && !strings.Contains(page, "celesta") && !strings.Contains(page, "Plain one")
	})
	w.offset.Add(int64(6 * time.Minute))
	if mail := w.await("rita@members.example", "The third marimba"); mail.GetHeader("Subject") != "[Group inner] The third marimba" || !strings.Contains(mail.Text, "in your search “marimba”") {
		t.Errorf("by mail: %s: %s", mail.GetHeader("Subject"), mail.Text)
	}
	_, page = w.ask("GET", "/account/searches", rita)
	drop := regexp.MustCompile(`formaction="(/account/searches/\d+/drop)"`).FindStringSubmatch(page)
	if drop == nil {
		t.Fatal("nothing to drop it by")
	}
	if status, _ := w.led(otto, drop[1], nil); status != http.StatusSeeOther {
		t.Errorf("another drops it: %d", status)
	}
	if _, page := w.ask("GET", "/account/searches", rita); !strings.Contains(page, "marimba") {
		t.Error("it is dropped by another")
	}
	choice, err := w.forum.ReadNewsChoice(t.Context(), f.people["rita"])
	w.must(err)
	choice.Bare = true
	w.must(w.forum.ChooseNews(t.Context(), f.people["rita"], choice, 0))
	f.say("otto", f.innerB, "bare", "The fourth", "A marimba again")
	f.indexedAll()
	w.offset.Add(int64(6 * time.Minute))
	w.eventually("she is told again", func() bool {
		_, page := w.ask("GET", "/account/news", rita)
		return strings.Contains(page, "The fourth")
	})
	w.offset.Add(int64(6 * time.Minute))
	if mail := w.await("rita@members.example", "The fourth"); strings.Contains(strings.ToLower(string(mail.raw)), "marimba") {
		t.Errorf("a mail that shows no text names the search: %s", mail.Text)
	}
	w.led(rita, drop[1], nil)
	if _, page := w.ask("GET", "/account/searches", rita); strings.Contains(page, "q=marimba") {
		t.Error("it is not dropped")
	}
	lately := func(cookie string) string {
		_, page := w.ask("GET", "/search", cookie)
		return content(page)
	}
	w.ask("GET", "/search?q=celesta", rita) // from elsewhere: a link, or another site
	if strings.Contains(lately(rita), "celesta") {
		t.Error("what a link asked for is noted as looked for")
	}
	w.fetched("/search?q=celesta", rita)
	w.fetched("/search?q=celesta&kind=topic", rita)
	if !strings.Contains(lately(rita), "celesta") || strings.Contains(lately(otto), "celesta") {
		t.Error("what she looked for is not offered to her, or to another")
	}
	if _, page := f.post(rita, "/search/suggest", url.Values{"q": {"CEL"}}); strings.Count(page, "celesta") == 0 || !strings.Contains(page, "lately") {
		t.Errorf("she is suggested %s", page)
	}
	w.led(rita, "/search/forget", nil)
	if strings.Contains(lately(rita), "celesta") || !strings.Contains(lately(rita), "What you look for is not noted.") {
		t.Errorf("forgotten: %s", lately(rita))
	}
	w.fetched("/search?q=celesta", rita)
	if strings.Contains(lately(rita), "celesta") {
		t.Error("it is noted all the same")
	}
}

// fetched asks for a page as the form on another of ours does.
func (w *world) fetched(path, cookie string) {
	w.t.Helper()
	r, err := http.NewRequestWithContext(w.t.Context(), http.MethodGet, w.base.String()+path, nil)
	w.must(err)
	r.Header.Set("Cookie", cookie)
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	res, err := http.DefaultClient.Do(r)
	w.must(err)
	w.must(res.Body.Close())
}

// TestMaskedSearch: nobody is found by their name who speaks behind a mask, and nobody is counted.
func TestMaskedSearch(t *testing.T) { onBoth(t, maskedSearch) }

func maskedSearch(t *testing.T, w *world) {
	people := w.members("otto", "rita")
	g, b, _ := w.group("house", forum.MembersOnly)
	w.must(w.forum.ChangeGroup(t.Context(), w.admin, g.ID, forum.GroupDraft{Name: "House", Visibility: forum.MembersOnly, Class: forum.ChathamClass}, forum.MembersOnly))
	w.enter(g, w.admin, people["otto"], people["rita"])
	for who, by := range people {
		_, err := w.forum.StartTopic(t.Context(), by, b.ID, forum.Draft{Title: "A marimba", Source: "a marimba, said " + who[:1], Key: w.key()})
		w.must(err)
	}
	rita := w.session("rita")
	w.eventually("both are found", func() bool { total, _, _ := w.found(rita, "q=marimba"); return total == 2 })
	for _, query := range []string{"q=marimba+author:otto", "q=marimba+author:rita", fmt.Sprint("q=marimba&author=", people["otto"].Member), fmt.Sprint("author=", people["rita"].Member)} {
		if total, titles, _ := w.found(rita, query); total != 0 || len(titles) != 0 {
			t.Errorf("%s finds %d", query, total)
		}
	}
	for _, query := range []string{"q=marimba+-author:otto", "q=marimba+-author:rita"} {
		if total, _, _ := w.found(rita, query); total != 2 {
			t.Errorf("%s finds %d: who is left out is behind which mask", query, total)
		}
	}
	if _, _, page := w.found(rita, "q=marimba"); strings.Contains(page, ">Author<") || strings.Contains(content(page), "Otto Test") {
		t.Errorf("counted by author: %s", content(page))
	}
}

// TestHostileSearch: whatever is asked is answered, in time, and with nobody else's.
func TestHostileSearch(t *testing.T) { onBoth(t, hostileSearch) }

func hostileSearch(t *testing.T, w *world) {
	f := newFinding(t, w)
	long := strings.Repeat("x", 200_000)
	for _, query := range []string{"q=" + url.QueryEscape(strings.Repeat("marimba ", 10_000)), "q=%22marimba", "q=%22%22%22", "q=-", "q=--+-+-", "q=the+of+and", "q=%00%01%02", "q=%ff%fe", "q=%E2%80%AEabirimam", "q=NEAR(marimba+x,2)", "q=marimba*+OR+title:x",
		"q=marimba+%26+!x", "q=author:", "q=author:%22", "q=group:%25", "q=has:everything", "q=kind:else", "q=before:99999", "q=after:-1", "q=in:" + strings.Repeat("y", 5000), "q=-author:otto", "q=-group:inner", "sort=unknown&q=marimba", "after=post-99999999999999999999&q=marimba",
		"group=-1&q=marimba", "group=99999999999999999999999&q=marimba", "group=" + fmt.Sprint(f.inner.ID), "board=" + fmt.Sprint(f.innerB.ID), "room=" + fmt.Sprint(f.hall.ID), "topic=" + fmt.Sprint(f.topics["early"]), "tag=1", "author=1", "year=-5&q=marimba", "year=99999&q=marimba", "kind=%22&q=marimba", "q=marimba&q=affair",
		"%zz=%zz&q=marimba", "has=file", "kind=message", "kind=person", "q=x&kind=person", ";;;", "q=" + url.QueryEscape("author:otto group:inner in:hall before:2030 after:2020 has:file kind:topic tag:x -in:y marimba")} {
		began := time.Now()
		for _, who := range []string{"", "out"} {
			status, page := w.ask("GET", "/search?"+query, f.cookies[who])
			if status != http.StatusOK && status != http.StatusRequestURITooLong && status != http.StatusRequestHeaderFieldsTooLarge && status != http.StatusBadRequest {
				t.Errorf("%.60s: %d", query, status)
			}
			if strings.Contains(page, "affair</") || strings.Contains(page, "Talk of inner") {
				t.Errorf("%.60s shows %s", query, content(page))
			}
		}
		if took := time.Since(began); took > 20*time.Second {
			t.Errorf("%.60s took %s", query, took)
		}
	}
	for _, path := range []string{"/search/suggest", "/search/similar"} {
		for _, typed := range []string{long, strings.Repeat("a b ", 10_000), "\x00", `"`, "-", "author:x", "\u202e"} {
			if status, page := w.post(f.cookies["out"], path, url.Values{"q": {typed}, "title": {typed}, "group": {"x"}}); status >= 500 || strings.Contains(page, "affair") {
				t.Errorf("%s, %.20q: %d", path, typed, status)
			}
		}
	}
	if status, _ := w.post(f.cookies["out"], "/search/keep", url.Values{"query": {"q=" + long}, "name": {"x"}}); status != http.StatusUnprocessableEntity && status != http.StatusRequestEntityTooLarge {
		t.Errorf("keeping a long one: %d", status)
	}
}

// indexed tells whether the search engine has a post.
func (w *world) indexed(id forum.PostID) bool {
	found, err := w.engine.List(w.t.Context(), search.Ref{Kind: "post", ID: int64(id) - 1}, 1)
	w.must(err)
	return len(found) == 1 && found[0].ID == int64(id)
}

// asking notes what an engine is asked, and how much it proposes.
type asking struct {
	search.Engine
	log []string
}

func (a *asking) Search(ctx context.Context, q search.Query) (search.Result, error) {
	r, err := a.Engine.Search(ctx, q)
	a.log = append(a.log, fmt.Sprint(q.Mode, " ", len(r.Hits), " ", r.More, " ", r.Cursor != ""))
	return r, err
}

// TestSearchTakesAsLong: for a word that stands only in what the reader may not read the engine is asked the same, and proposes the same, as for a word that was never said: nothing is to be
// told from how long it takes.
func TestSearchTakesAsLong(t *testing.T) { onBoth(t, searchTakesAsLong) }

func searchTakesAsLong(t *testing.T, w *world) {
	f := newFinding(t, w)
	spy := &asking{Engine: w.engine}
	w.door.Search = spy
	asked := func(who, query string) string {
		spy.log = nil
		f.found(f.cookies[who], query)
		return strings.Join(spy.log, ", ")
	}
	for _, who := range []string{"", "out", "rita"} {
		for _, in := range []string{"", "&kind=topic", fmt.Sprint("&group=", f.inner.ID), "+author:otto", "+in:hall", "&sort=newest"} {
			if hidden, never := asked(who, "q=affair"+in), asked(who, "q=saxophone"+in); hidden != never {
				t.Errorf("%q, %q: for what is hidden %s, for what was never said %s", who, in, hidden, never)
			}
		}
	}
	for _, who := range []string{"", "out"} { // whether somebody is a member
		if is, no := asked(who, "q=marimba+author:rita"), asked(who, "q=marimba+author:nobody"); is != no {
			t.Errorf("%q: for a member who wrote nothing there %s, for nobody %s", who, is, no)
		}
	}
	for query, near := range map[string]bool{"q=affair+mediation": false, "q=affair+mediaiton": true} { // words that stand apart are not misspelled
		if said := asked("otto", query); strings.Contains(said, ", 1 ") != near {
			t.Errorf("%s: %s", query, said)
		}
	}
	if said := asked("otto", "q=affair"); !strings.HasPrefix(said, "3 1 ") {
		t.Errorf("who may read it: %s", said)
	}
}

// TestSearchWithoutItsServer: while Meilisearch is away, from the start on, the database is searched, and the page says so; what it did not hear of is owed to it.
func TestSearchWithoutItsServer(t *testing.T) {
	t.Parallel()
	w := begin(t, "sqlite", func(c *Config) { c.MeiliURL, c.MeiliKey = "http://127.0.0.1:1", "key" })
	people := w.members("otto")
	g, b, _ := w.group("open", forum.PublicToRead)
	w.enter(g, w.admin, people["otto"])
	_, err := w.forum.StartTopic(t.Context(), people["otto"], b.ID, forum.Draft{Title: "A marimba", Source: "It is found", Key: w.key()})
	w.must(err)
	otto := w.session("otto")
	w.eventually("it is found", func() bool { total, _, _ := w.found(otto, "q=marimba"); return total == 1 })
	if _, _, page := w.found(otto, "q=marimba"); !strings.Contains(page, "may be less forgiving") {
		t.Errorf("the page does not say so: %s", content(page))
	}
	w.eventually("it is owed", func() bool {
		owed, err := w.forum.SearchMarks(t.Context(), true, 10)
		w.must(err)
		return len(owed) == 1
	})
}
