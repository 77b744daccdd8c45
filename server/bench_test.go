package main

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/valyala/fasthttp"

	"peergroups/forum"
	"peergroups/forum/forumtest"
)

// The load client runs beside the server, on the same cores. Each benchmark says its rate;
// /livez, which does nothing, is the measure that the others are a ratio of:
//
//	go test ./server -run XXX -bench . -benchtime 3s

const text600 = "When one of them keeps a recording, the other **hears it twice**: once in the room and once at home, alone, with the volume up. I say this at the start, in these words, and I ask both of them what they need in order *not* to record.\n\n> The answer is usually a written summary by me the same evening.\n\nIt takes ten minutes. Two colleagues have told me that they do it by letter, before the first session, and that people sign it together with the agreement to mediate. I would be glad to read other wordings, short ones above all, and to hear where they have failed."

// benchForum is a public group with a topic of twenty posts, and a board of thirty topics.
func benchForum(b *testing.B) (w *world, topic, board string) {
	w = begin(b, "sqlite", func(c *Config) { c.SMTPURL = "" })
	g, talk, _ := w.group("open", forum.PublicToRead)
	w.enter(g, w.admin)
	var t *forum.Topic
	for i := range 30 {
		var err error
		t, err = w.forum.StartTopic(b.Context(), w.admin, talk.ID, forum.Draft{Title: fmt.Sprint("Recordings of the first session ", i), Source: text600, Key: w.key()})
		w.must(err)
	}
	for range 19 {
		_, err := w.forum.Reply(b.Context(), w.admin, t.ID, forum.Draft{Source: text600, Key: w.key()})
		w.must(err)
	}
	w.eventually("the queue is empty", func() bool {
		n, err := w.forum.CountQueued(b.Context())
		return err == nil && n == 0
	})
	time.Sleep(time.Second) // the index jobs
	return w, fmt.Sprintf("/t/%d/%s", t.ID, t.Slug), "/g/open/b/talk"
}

// load asks for a page from sixteen clients that keep their connections.
func load(b *testing.B, w *world, path, cookie string) {
	b.Helper()
	b.SetParallelism(8) // times two cores
	var failed atomic.Int64
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		c := &fasthttp.HostClient{Addr: w.base.Host}
		for pb.Next() {
			r, a := fasthttp.AcquireRequest(), fasthttp.AcquireResponse()
			r.SetRequestURI(w.base.String() + path)
			r.Header.Set("Accept-Encoding", "gzip")
			if cookie != "" {
				r.Header.Set("Cookie", cookie)
			}
			if err := c.Do(r, a); err != nil || a.StatusCode() != http.StatusOK {
				failed.Add(1)
			}
			fasthttp.ReleaseRequest(r)
			fasthttp.ReleaseResponse(a)
		}
	})
	b.StopTimer()
	if failed.Load() > 0 {
		b.Fatalf("%d requests failed", failed.Load())
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "requests/s")
}

func BenchmarkPages(b *testing.B) {
	w, topic, board := benchForum(b)
	member := w.session("admin")
	for _, p := range []struct{ name, path, cookie string }{
		{"nothing", "/livez", ""}, {"topic-visitor", topic, ""}, {"topic-member", topic, member}, {"board-visitor", board, ""}, {"board-member", board, member},
		{"home-member", "/", member}, {"search-member", "/search?q=recording+evening", member},
	} {
		b.Run(p.name, func(b *testing.B) { load(b, w, p.path, p.cookie) })
	}
}

// BenchmarkPosting: replies of sixteen writers, each in its own durable commit with its jobs.
func BenchmarkPosting(b *testing.B) {
	w := begin(b, "sqlite", func(c *Config) { c.SMTPURL = "" })
	g, talk, _ := w.group("open", forum.PublicToRead)
	w.enter(g, w.admin)
	var handles []string
	for i := range 64 {
		handles = append(handles, fmt.Sprintf("writer%d", i))
	}
	var writers []forum.Actor
	for _, m := range w.members(handles...) {
		w.enter(g, m)
		writers = append(writers, m)
	}
	t, err := w.forum.StartTopic(b.Context(), w.admin, talk.ID, forum.Draft{Title: "Load", Source: text600, Key: w.key()})
	w.must(err)
	var n, failed atomic.Int64
	b.SetParallelism(8)
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			i := n.Add(1)
			if _, err := w.forum.Reply(b.Context(), writers[int(i)%len(writers)], t.ID, forum.Draft{Source: text600, Key: fmt.Sprint("k", i)}); err != nil {
				failed.Add(1)
			}
		}
	})
	b.StopTimer()
	if failed.Load() > 0 {
		b.Fatalf("%d of %d posts failed (120 a member in ten minutes are the limit: use -benchtime 5000x at most)", failed.Load(), b.N)
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "posts/s")
}

// BenchmarkSaying: messages of 250 bytes in fifty rooms by two hundred members, each on the disk before it is acknowledged; nobody listens.
func BenchmarkSaying(b *testing.B) {
	for _, dialect := range forumtest.Dialects {
		b.Run(dialect, func(b *testing.B) { saying(b, dialect) })
	}
}

func saying(b *testing.B, dialect string) {
	w := begin(b, dialect, func(c *Config) { c.SMTPURL = "" })
	g, _, _ := w.group("open", forum.PublicToRead)
	var rooms []forum.RoomID
	for i := range 50 {
		r, err := w.forum.OpenRoom(b.Context(), w.admin, g.ID, fmt.Sprint("room", i), forum.RoomDraft{Name: fmt.Sprint("Room ", i)})
		w.must(err)
		rooms = append(rooms, r.ID)
	}
	var handles []string
	for i := range 200 {
		handles = append(handles, fmt.Sprint("speaker", i))
	}
	var speakers []forum.Actor
	for _, m := range w.members(handles...) {
		w.enter(g, m)
		speakers = append(speakers, m)
	}
	var n, failed atomic.Int64
	spent := processor()
	b.SetParallelism(32)
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			i := int(n.Add(1))
			if _, err := w.forum.Say(b.Context(), speakers[i%len(speakers)], rooms[i%len(rooms)], text600[:250], fmt.Sprint("said", i)); err != nil {
				failed.Add(1)
			}
		}
	})
	b.StopTimer()
	if failed.Load() > 0 {
		b.Fatalf("%d of %d failed (120 a member in a minute are the limit: use -benchtime 20000x at most)", failed.Load(), b.N)
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "messages/s")
	b.ReportMetric(spent().Seconds()*1000/float64(b.N), "cpu-ms/message")
}

// BenchmarkListMail: one post to a thousand and to ten thousand subscribers, from its commit until the last mail is in the sink.
// One operation is one post.
func BenchmarkListMail(b *testing.B) {
	for _, kind := range []string{"unsigned", "ed25519", "rsa"} {
		for _, people := range []int{1000, 10_000} {
			b.Run(fmt.Sprint(kind, "/", people), func(b *testing.B) { listMail(b, kind, people) })
		}
	}
}

// BenchmarkServiceMessage: one service message to a thousand members, from its commit until the last
// mail is in the sink. One operation is a thousand mails; staff send twenty a day at most, so
// ask for fewer: -benchtime 5x.
func BenchmarkServiceMessage(b *testing.B) {
	w := begin(b, "sqlite", nil)
	w.box.plain.Store(true)
	var all []forum.Registration
	for i := range 999 { // and the administrator
		all = append(all, person(fmt.Sprintf("reader%d", i)))
	}
	_, err := w.forum.Adopt(b.Context(), w.admin, all)
	w.must(err)
	b.ResetTimer()
	for range b.N {
		before := w.box.got.Load()
		id, err := w.forum.WriteCircular(b.Context(), w.admin, forum.CircularDraft{Kind: "features", Subject: "To all of you", Source: text600, Key: w.key()})
		w.must(err)
		w.must(w.forum.SendCircular(b.Context(), w.admin, id, 1))
		for w.box.got.Load() < before+1000 {
			time.Sleep(time.Millisecond)
		}
	}
	b.StopTimer()
	b.ReportMetric(1000*float64(b.N)/b.Elapsed().Seconds(), "mails/s")
}

func listMail(b *testing.B, kind string, people int) {
	w := begin(b, "sqlite", func(c *Config) {
		if kind == "rsa" { // the key that a first start makes
			c.DKIMKeyFile = ""
		}
	})
	postman := w.door.Letters.(letters).p //nolint:forcetypeassert // a benchmark ends by it, too
	switch kind {
	case "unsigned":
		postman.Signers = nil
	case "rsa":
		postman.Signers = w.signers[:1]
	}
	w.box.plain.Store(true)
	g, talk, _ := w.group("open", forum.PublicToRead)
	w.enter(g, w.admin)
	var join sync.WaitGroup
	for chunk := range 10 {
		var all []forum.Registration
		for i := range people / 10 {
			all = append(all, person(fmt.Sprintf("reader%d", chunk*people/10+i)))
		}
		ids, err := w.forum.Adopt(b.Context(), w.admin, all)
		w.must(err)
		for some := range slices.Chunk(ids, (len(ids)+15)/16) {
			join.Go(func() {
				for _, id := range some {
					a := w.as(id)
					if err := errors.Join(w.forum.Join(b.Context(), a, g.ID), w.forum.Subscribe(b.Context(), a, talk.ID, forum.Each)); err != nil {
						b.Error(err)
					}
				}
			})
		}
		join.Wait()
	}
	spent, held := processor(), memory(b)
	b.ResetTimer()
	for i := range b.N {
		before := w.box.got.Load()
		_, err := w.forum.StartTopic(b.Context(), w.admin, talk.ID, forum.Draft{Title: fmt.Sprint("To all of you ", i), Source: text600, Key: w.key()})
		w.must(err)
		for w.box.got.Load() < before+int64(people) {
			time.Sleep(time.Millisecond)
		}
	}
	b.StopTimer()
	b.ReportMetric(float64(people*b.N)/b.Elapsed().Seconds(), "mails/s")
	b.ReportMetric(spent().Seconds()*1000/float64(people*b.N), "cpu-ms/mail")
	b.ReportMetric(held(), "MB")
}
