package main

import (
	"fmt"
	"os"
	"runtime/debug"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/emersion/go-smtp"

	"peergroups/forum"
	"peergroups/forum/forumtest"
)

// BenchmarkInbound: answers by mail, each proved and posted before it is accepted, from eight connections:
//
//	go test ./server -run XXX -bench Inbound -benchtime 1000x
func BenchmarkInbound(b *testing.B) {
	w := begin(b, "sqlite", nil)
	w.box.plain.Store(true)
	w.dns.set("members.example", "v=spf1 ip4:127.0.0.1 -all")
	w.dns.set("_dmarc.members.example", "v=DMARC1; p=reject")
	g, talk, _ := w.group("inner", forum.MembersOnly)
	w.enter(g, w.admin)
	const writers = 64
	var all []forum.Registration
	for i := range writers {
		all = append(all, person(fmt.Sprintf("writer%d", i)))
	}
	ids, err := w.forum.Adopt(b.Context(), w.admin, all)
	w.must(err)
	topic, err := w.forum.StartTopic(b.Context(), w.admin, talk.ID, forum.Draft{Title: "Hot", Source: text600, Key: w.key()})
	w.must(err)
	opening, err := w.forum.ReadTopic(b.Context(), w.admin, topic.ID, 0)
	w.must(err)
	var to []string
	for _, id := range ids {
		w.enter(g, w.admin, w.as(id))
		to = append(to, "reply+"+w.forum.ReplyToken(id, opening.Posts[0].ID, opening.Posts[0].Audience)+"@forum.example")
	}
	var n atomic.Int64
	var wg sync.WaitGroup
	spent, held := processor(), memory(b)
	b.ResetTimer()
	for range 8 {
		wg.Go(func() {
			c, err := smtp.Dial(w.mailAt)
			if err != nil {
				b.Error(err)
				return
			}
			defer func() { _ = c.Close() }()
			for i := n.Add(1); i <= int64(b.N); i = n.Add(1) {
				who := fmt.Sprintf("writer%d@members.example", i%writers)
				raw := fmt.Sprintf("From: <%s>\r\nTo: <%s>\r\nSubject: Re: Hot\r\nMessage-ID: <%d@x.example>\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n%s\r\n\r\n> quoted\r\n", who, to[i%writers], i, text600)
				if err := hand(c, who, []string{to[i%writers]}, []byte(raw)); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	b.StopTimer()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "posts/s")
	b.ReportMetric(held(), "MB")
	b.ReportMetric(spent().Seconds()*1000/float64(b.N), "cpu-ms/post")
}

// processor tells how much time of processors this process took since it was called: that is the same on a machine with other
// work, which the time on the wall is not.
func processor() func() time.Duration {
	used := func() time.Duration {
		var u syscall.Rusage
		_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u)
		return time.Duration(u.Utime.Nano() + u.Stime.Nano())
	}
	before := used()
	return func() time.Duration { return used() - before }
}

// memory tells, when it is called, the most memory that this process held since: what is not a page of a file, in MB. The sink of
// the mails is part of it.
func memory(b *testing.B) func() float64 {
	debug.FreeOSMemory()
	stop, most := make(chan struct{}), make(chan float64)
	go func() {
		held := 0.0
		for {
			select {
			case <-stop:
				most <- held
				return
			case <-time.After(20 * time.Millisecond):
				status, err := os.ReadFile("/proc/self/status")
				if err != nil {
					b.Error(err)
				}
				_, anon, _ := strings.Cut(string(status), "RssAnon:")
				var kb float64
				if _, err := fmt.Sscan(anon, &kb); err != nil {
					b.Error(err)
				}
				held = max(held, kb/1024)
			}
		}
	}()
	return func() float64 { close(stop); return <-most }
}

// BenchmarkDigests: digests of 10,000 members in groups of all kinds, over 500 new posts, from the first one that is composed
// until the last is in the sink:
//
//	go test ./server -run XXX -bench Digests -benchtime 1x
func BenchmarkDigests(b *testing.B) {
	for _, dialect := range forumtest.Dialects {
		b.Run(dialect, func(b *testing.B) { digests(b, dialect) })
	}
}

func digests(b *testing.B, dialect string) {
	w := begin(b, dialect, nil)
	w.box.plain.Store(true)
	c := forumtest.Crowd{Members: 10_000, Topics: 1_000, Posts: 20_000, Hot: 400, Now: forum.At(time.Now())}
	w.must(c.Fill(b.Context(), w.store))
	exec := func(query string, args ...any) {
		_, err := w.store.Writer().NewRaw(query, args...).Exec(b.Context())
		w.must(err)
	}
	old, fresh := forum.At(time.Now().Add(-72*time.Hour)), forum.At(time.Now().Add(-2*time.Hour))
	exec("UPDATE members SET digest_hour = 0, zone = 'UTC' WHERE id >= 1000000")
	exec("UPDATE posts SET posted_at = ? WHERE id IN (SELECT max(id) FROM posts GROUP BY topic_id ORDER BY topic_id LIMIT 500)", fresh)
	exec("UPDATE topics SET last_post_at = ? WHERE id IN (SELECT topic_id FROM posts WHERE posted_at = ?)", fresh, fresh)
	exec("INSERT INTO subscriptions (member_id, board_id, mode, since_at) SELECT s.member_id, b.id, ?, ? FROM memberships s JOIN boards b ON b.group_id = s.group_id WHERE s.member_id >= 1000000 AND s.standing = ?", forum.Daily, old, forum.In)
	if w.store.Pool() != nil {
		exec("ANALYZE") // as a database that looks after itself has done
	}
	var issues int64
	spent, held := processor(), memory(b)
	b.ResetTimer()
	for range b.N {
		exec("DELETE FROM digests")
		before := w.box.got.Load()
		for after := forum.MemberID(0); ; {
			next, err := w.forum.ComposeDigests(b.Context(), after)
			w.must(err)
			if next == 0 {
				break
			}
			after = next
		}
		w.must(w.store.Reader().NewRaw("SELECT count(*) FROM deliveries WHERE kind = 'digest' AND queued_at > ?", fresh).Scan(b.Context(), &issues))
		for end := time.Now().Add(5 * time.Minute); w.box.got.Load() < before+issues; time.Sleep(5 * time.Millisecond) {
			if time.Now().After(end) {
				b.Fatalf("%d of %d went", w.box.got.Load()-before, issues)
			}
		}
	}
	b.ReportMetric(float64(issues), "issues")
	b.ReportMetric(held(), "MB")
	b.ReportMetric(spent().Seconds()*1000/float64(issues)/float64(b.N), "cpu-ms/issue")
}
