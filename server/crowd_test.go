package main

import (
	"fmt"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/valyala/fasthttp"

	"peergroups/forum"
	"peergroups/forum/forumtest"
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
