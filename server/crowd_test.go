package main

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/valyala/fasthttp"

	"peergroups/forum"
	"peergroups/forum/forumtest"
	"peergroups/server/job"
)

// BenchmarkCrowd asks for pages of a forum of 20,000 members, 50,000 topics and a million posts, and of one of a
// fiftieth of it, one client after the other, and says the 95th of a hundred times in milliseconds:
//
//	go test ./server -run XXX -bench Crowd -benchtime 300x
func BenchmarkCrowd(b *testing.B) {
	for _, dialect := range forumtest.Dialects {
		for _, size := range []struct {
			name  string
			crowd forumtest.Crowd
		}{
			{"small", forumtest.Crowd{Members: 1_000, Topics: 1_000, Posts: 20_000, Hot: 400}},
			{"large", forumtest.Crowd{Members: 20_000, Topics: 50_000, Posts: 1_000_000, Hot: 20_000}},
		} {
			b.Run(dialect+"/"+size.name, func(b *testing.B) { crowded(b, dialect, size.crowd) })
		}
	}
}

func crowded(b *testing.B, dialect string, c forumtest.Crowd) {
	w := begin(b, dialect, func(c *Config) { c.SMTPURL = "" })
	c.Now = forum.At(time.Now())
	w.must(c.Fill(b.Context(), w.store))
	cookie := w.session(c.Login)
	reader := w.as(c.Reader)
	board, hot, cold := fmt.Sprintf("/g/%s/b/%s", c.Group, c.Board), fmt.Sprintf("/t/%d/topic", c.HotTopic), fmt.Sprintf("/t/%d/topic", c.ColdTopic)
	page, err := w.forum.ReadBoard(b.Context(), reader, c.Group, c.Board, forum.TopicCursor{})
	w.must(err)
	middle := page.Topics[len(page.Topics)-1].LastPostAt - forum.Instant(int64(c.Now)-int64(page.Topics[len(page.Topics)-1].LastPostAt)) - 2*365*24*3600*1e6
	topic, err := w.forum.ReadTopic(b.Context(), reader, c.HotTopic, 0)
	w.must(err)
	deepest := topic.Posts[0].ID + forum.PostID(c.Hot/2)
	w.must(w.forum.MakeFeed(b.Context(), reader, page.Board.ID))
	feeds, err := w.forum.ReadFeeds(b.Context(), reader)
	w.must(err)
	b.Run("post-hot", func(b *testing.B) { posting(b, w, &c, c.HotTopic) })
	b.Run("post-cold", func(b *testing.B) { posting(b, w, &c, c.ColdTopic) })
	for _, p := range []struct{ name, path, cookie string }{
		{"board", board, cookie}, {"board-deep", fmt.Sprintf("%s?before=%d.%d", board, middle, c.HotTopic), cookie},
		{"topic-cold", cold, cookie}, {"topic-hot", hot, cookie}, {"topic-hot-deep", fmt.Sprintf("%s?after=%d", hot, deepest), cookie},
		{"permalink", fmt.Sprintf("/p/%d", deepest), cookie},
		{"home", "/", cookie}, {"latest", "/latest", cookie}, {"unread", "/unread", cookie}, {"unanswered", "/unanswered", cookie}, {"mine", "/mine", cookie}, {"group", "/g/" + c.Group, cookie}, {"home-visitor", "/", ""}, {"feed", "/feeds/" + feeds[0].Token + "/atom.xml", ""},
	} {
		b.Run(p.name, func(b *testing.B) {
			client := &fasthttp.HostClient{Addr: w.base.Host}
			p95(b, func() {
				r, a := fasthttp.AcquireRequest(), fasthttp.AcquireResponse()
				r.SetRequestURI(w.base.String() + p.path)
				if p.cookie != "" {
					r.Header.Set("Cookie", p.cookie)
				}
				if err := client.Do(r, a); err != nil || a.StatusCode() != http.StatusOK && a.StatusCode() != http.StatusSeeOther && a.StatusCode() != http.StatusFound {
					b.Fatal(p.path, err, a.StatusCode())
				}
				fasthttp.ReleaseRequest(r)
				fasthttp.ReleaseResponse(a)
			})
		})
	}
}

// posting answers in a topic, in turns by twenty members.
func posting(b *testing.B, w *world, c *forumtest.Crowd, topic forum.TopicID) {
	g, err := w.forum.FindGroup(b.Context(), w.as(c.Reader), c.Group)
	w.must(err)
	var writers []forum.Actor
	for i := range 20 {
		a := w.as(c.Reader + forum.MemberID(7*i))
		d, err := w.forum.Disclose(b.Context(), a, g.Group.ID, forum.OnBoard)
		w.must(err)
		if err := w.forum.Acknowledge(b.Context(), a, g.Group.ID, forum.OnBoard, d.Wording); err != nil && forum.KindOf(err) != forum.Conflict {
			b.Fatal(err)
		}
		writers = append(writers, a)
	}
	n := 0
	p95(b, func() {
		n++
		if _, err := w.forum.Reply(b.Context(), writers[n%len(writers)], topic, forum.Draft{Source: text600, Key: w.key()}); err != nil {
			b.Fatal(err)
		}
	})
}

// p95 says the 95th of a hundred times that something took, in milliseconds, and the one in the middle.
func p95(b *testing.B, do func()) {
	var took []time.Duration
	for b.Loop() {
		began := time.Now()
		do()
		took = append(took, time.Since(began))
	}
	slices.Sort(took)
	ms := func(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
	b.ReportMetric(ms(took[len(took)*95/100]), "p95-ms")
	b.ReportMetric(ms(took[len(took)/2]), "p50-ms")
}

// BenchmarkCrowdSearch searches the same forums, whose posts have words of a vocabulary of 50,000, some of them frequent and most of them rare: the page of two words with its counts, and
// what is suggested while one types. It says how fast the index was filled.
//
//	go test ./server -run XXX -bench CrowdSearch -benchtime 300x -timeout 2h
func BenchmarkCrowdSearch(b *testing.B) {
	for _, dialect := range forumtest.Dialects {
		for _, size := range []struct {
			name  string
			crowd forumtest.Crowd
		}{
			{"small", forumtest.Crowd{Members: 1_000, Topics: 1_000, Posts: 20_000, Hot: 400}},
			{"large", forumtest.Crowd{Members: 20_000, Topics: 50_000, Posts: 1_000_000, Hot: 20_000}},
		} {
			b.Run(dialect+"/"+size.name, func(b *testing.B) { crowdSearched(b, dialect, size.crowd) })
		}
	}
}

func crowdSearched(b *testing.B, dialect string, c forumtest.Crowd) {
	w := begin(b, dialect, func(c *Config) { c.SMTPURL = "" })
	c.Now = forum.At(time.Now())
	w.must(c.Fill(b.Context(), w.store))
	r := rand.New(rand.NewPCG(1, 2))
	zipf := rand.NewZipf(r, 1.1, 5, 49_999)
	word := func(n uint64) string {
		const parts = "badifeguhajekilomunaperisotuvaxizo"
		out := ""
		for n += 300; n > 0; n /= 17 {
			out += parts[n%17*2 : n%17*2+2]
		}
		return out
	}
	const paragraphs = 20_000
	db := w.store.Writer()
	exec := func(query string, args ...any) {
		_, err := db.NewRaw(query, args...).Exec(b.Context())
		w.must(err)
	}
	exec("CREATE TABLE crowd_words (i BIGINT PRIMARY KEY, words TEXT)")
	for i := range paragraphs {
		words := make([]string, 60)
		for j := range words {
			words[j] = word(zipf.Uint64())
		}
		exec("INSERT INTO crowd_words VALUES (?, ?)", i, strings.Join(words, " "))
	}
	exec("UPDATE posts SET plain = (SELECT x.words FROM crowd_words x WHERE x.i = posts.id % ?) WHERE id >= 10000000000", paragraphs)
	exec("DROP TABLE crowd_words")
	began := time.Now()
	n, err := job.Rebuild(b.Context(), w.forum, w.engine, func(int) {})
	w.must(err)
	rate := float64(n) / time.Since(began).Seconds()
	client := &fasthttp.HostClient{Addr: w.base.Host, ReadBufferSize: 1 << 16}
	cookie := w.session(c.Login)
	ask := func(method, path, body string) {
		w.offset.Add(int64(3 * time.Second)) // as often as somebody may search
		q, a := fasthttp.AcquireRequest(), fasthttp.AcquireResponse()
		q.Header.SetMethod(method)
		q.SetRequestURI(w.base.String() + path)
		q.Header.Set("Cookie", cookie)
		if body != "" {
			q.Header.Set("Origin", w.base.String())
			q.Header.SetContentType("application/x-www-form-urlencoded")
			q.SetBodyString(body)
		}
		if err := client.Do(q, a); err != nil || a.StatusCode() != http.StatusOK {
			b.Fatal(path, err, a.StatusCode())
		}
		fasthttp.ReleaseRequest(q)
		fasthttp.ReleaseResponse(a)
	}
	pick := func() string {
		switch r.IntN(4) {
		case 0:
			return word(uint64(r.IntN(20)))
		case 1:
			return word(uint64(r.IntN(1000)))
		case 2:
			return word(zipf.Uint64())
		}
		return word(uint64(r.IntN(50_000)))
	}
	for _, p := range []struct {
		name string
		do   func()
	}{
		{"two-words", func() { ask("GET", "/search?q="+pick()+"+"+pick(), "") }},
		{"two-frequent-words", func() {
			ask("GET", fmt.Sprintf("/search?q=%s+%s", word(uint64(r.IntN(20))), word(uint64(r.IntN(20)))), "")
		}},
		{"one-word-newest", func() { ask("GET", "/search?sort=newest&q="+pick(), "") }},
		{"in-group", func() { ask("GET", "/search?group=1500000&q="+pick()+"+"+pick(), "") }},
		{"suggest", func() { ask("POST", "/search/suggest", fmt.Sprint("q=case+", r.IntN(500))) }},
		{"suggest-frequent", func() { ask("POST", "/search/suggest", "q=what+we+sa") }},
	} {
		b.Run(p.name, func(b *testing.B) {
			p95(b, p.do)
			b.ReportMetric(rate, "indexed/s")
		})
	}
}
