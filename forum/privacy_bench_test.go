package forum_test

import (
	"fmt"
	"io"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"peergroups/forum"
	"peergroups/forum/forumtest"
)

// manyPosts gives ann 10,000 posts of 2 kB in one topic, as copies of one.
func manyPosts(b *testing.B, w *forumtest.World, by forum.Actor) {
	b.Helper()
	ctx := b.Context()
	g, board, _ := w.Group("open", forum.PublicToRead)
	w.Ready(g, by)
	d := forum.Draft{Title: "A topic", Source: strings.Repeat("Some words that stand here. ", 70), Key: w.Key()}
	topic, err := w.StartTopic(ctx, by, board.ID, d)
	if err != nil {
		b.Fatal(err)
	}
	i := slices.IndexFunc(forum.Data, func(d forum.Declared) bool { return d.Table == "posts" })
	columns := forum.Data[i].Columns
	from := make([]string, len(columns))
	for i, c := range columns {
		switch from[i] = "p." + c; c {
		case "id":
			from[i] = "p.id + 1000 * x.n"
		case "n":
			from[i] = "x.n"
		case "key":
			from[i] = "'copy-' || x.n"
		}
	}
	if _, err := w.Store.Writer().NewRaw(fmt.Sprintf("WITH RECURSIVE x(n) AS (SELECT 2 UNION ALL SELECT n + 1 FROM x WHERE n < 10000) INSERT INTO posts (%s) SELECT %s FROM posts p, x WHERE p.topic_id = ?", strings.Join(columns, ", "), strings.Join(from, ", ")), topic.ID).Exec(ctx); err != nil {
		b.Fatal(err)
	}
}

// BenchmarkOwnData: a member takes all that is held about them, 10,000 posts of 2 kB among it (P32): the seconds, and the most memory that was in use
// while it was made.
//
//	go test ./forum -run XXX -bench OwnData -benchtime 3x
func BenchmarkOwnData(b *testing.B) {
	for _, dialect := range forumtest.Dialects {
		b.Run(dialect, func(b *testing.B) {
			w := forumtest.New(b, dialect)
			ann := w.Member("ann")
			manyPosts(b, w, ann)
			e, err := w.LogIn(b.Context(), "ann", forumtest.Password, "Firefox", "home")
			if err != nil {
				b.Fatal(err)
			}
			var before, now runtime.MemStats
			runtime.GC()
			runtime.ReadMemStats(&before)
			most := uint64(0)
			for b.Loop() {
				peek := writerFunc(func(p []byte) (int, error) {
					runtime.ReadMemStats(&now)
					most = max(most, now.HeapInuse)
					return len(p), nil
				})
				n := &counting{to: peek}
				if err := w.WriteDownload(b.Context(), e.Session, func(key string, _ ...any) string { return key }, n); err != nil {
					b.Fatal(err)
				}
				b.ReportMetric(float64(n.n)/1e6, "MB")
			}
			b.ReportMetric(float64(most-min(most, before.HeapInuse))/1e6, "MB-more")
			b.ReportMetric(b.Elapsed().Seconds()/float64(b.N), "s")
		})
	}
}

type writerFunc func(p []byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }

// counting looks at the memory once per megabyte.
type counting struct {
	to      io.Writer
	n, last int64
}

func (c *counting) Write(p []byte) (int, error) {
	if c.n += int64(len(p)); c.n-c.last > 100_000 {
		c.last = c.n
		return c.to.Write(p)
	}
	return len(p), nil
}

// BenchmarkEraseAccount: an account with 10,000 posts goes, with them (P32).
//
//	go test ./forum -run XXX -bench EraseAccount -benchtime 1x
func BenchmarkEraseAccount(b *testing.B) {
	for _, dialect := range forumtest.Dialects {
		b.Run(dialect, func(b *testing.B) {
			for b.Loop() {
				b.StopTimer()
				w := forumtest.New(b, dialect)
				ann := w.Member("ann")
				manyPosts(b, w, ann)
				e, err := w.LogIn(b.Context(), "ann", forumtest.Password, "Firefox", "home")
				if err == nil {
					err = w.AskAccountErasure(b.Context(), ann, forum.Own{Session: e.Session, Password: forumtest.Password, Source: "home"}, true)
				}
				if err != nil {
					b.Fatal(err)
				}
				w.Pass(15 * 24 * time.Hour)
				if err := w.EraseAccounts(b.Context()); err != nil { // the mail
					b.Fatal(err)
				}
				w.Pass(25 * time.Hour)
				b.StartTimer()
				for range 2 {
					if err := w.EraseAccounts(b.Context()); err != nil {
						b.Fatal(err)
					}
					w.Pass(3 * time.Minute)
				}
				var left int
				if err := w.Store.Reader().NewRaw("SELECT (SELECT count(*) FROM account_erasures) + (SELECT count(*) FROM posts WHERE erased_at = 0)").Scan(b.Context(), &left); err != nil || left != 0 {
					b.Fatal(left, err)
				}
			}
			b.ReportMetric(b.Elapsed().Seconds()/float64(b.N), "s")
		})
	}
}
