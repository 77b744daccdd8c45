package search

import (
	"context"
	"database/sql"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect/pgdialect"
)

// corpus makes posts of 60 words from a vocabulary of 50,000 in which, as in language, some
// words are common and most are rare; a fifth open a topic.
type corpus struct {
	words []string
	r     *rand.Rand
	zipf  *rand.Zipf
	last  int64
}

func newCorpus() *corpus {
	const vocabulary = 50_000
	c := &corpus{r: rand.New(rand.NewPCG(1, 2))}
	parts := strings.Fields("ba co di fe gu ha je ki lo mu na pe ri so tu va we xi yo ze tion ment er ing al or an th st re")
	seen := map[string]bool{}
	for len(c.words) < vocabulary {
		w := ""
		for k := 2 + c.r.IntN(3); k > 0; k-- {
			w += parts[c.r.IntN(len(parts))]
		}
		if !seen[w] {
			seen[w] = true
			c.words = append(c.words, w)
		}
	}
	c.zipf = rand.NewZipf(c.r, 1.1, 5, vocabulary-1)
	return c
}

func (c *corpus) docs(n int) []Doc {
	docs := make([]Doc, n)
	for i := range docs {
		c.last++
		text := make([]string, 60)
		for j := range text {
			text[j] = c.words[c.zipf.Uint64()]
		}
		group := int64(c.r.IntN(50) + 1)
		audience := []string{"public", "registered", "certified", fmt.Sprint("group:", group), fmt.Sprint("since:", group)}[c.r.IntN(5)]
		by := int64(c.r.IntN(2000) + 1)
		docs[i] = Doc{Kind: "post", ID: c.last, Version: 1, Audience: audience, Group: group, Board: group*3 + c.last%3, Topic: c.last / 5,
			Author: by, Voice: by, At: time.Unix(1_400_000_000+c.last*300, c.last%1e9*7919), Text: strings.Join(text, " ")}
		if c.last%5 == 0 {
			docs[i].Title = strings.Join(text[:6], " ")
		}
	}
	return docs
}

// pair is two words, each common, middling or rare.
func (c *corpus) pair() string {
	pick := func() string {
		switch c.r.IntN(4) {
		case 0:
			return c.words[c.r.IntN(20)]
		case 1:
			return c.words[c.r.IntN(1000)]
		case 2:
			return c.words[c.zipf.Uint64()]
		}
		return c.words[c.r.IntN(len(c.words))]
	}
	return pick() + " " + pick()
}

// member is in ten of the groups.
func member() []Reader {
	out := readers("public", "registered", "certified")
	for g := range 10 {
		out = append(out, Reader{Term: fmt.Sprint("group:", g+1)}, Reader{Term: fmt.Sprint("since:", g+1), From: time.Unix(1_420_000_000, 0)})
	}
	return out
}

// BenchmarkMillion fills an engine with SEARCH_POSTS posts, 5,000 when that is not set, and
// searches. Run it with SEARCH_POSTS=1000000 -benchtime=500x.
func BenchmarkMillion(b *testing.B) {
	n, err := strconv.Atoi(os.Getenv("SEARCH_POSTS"))
	if err != nil {
		n = 5000
	}
	for name, open := range map[string]func(testing.TB) *SQL{"sqlite": sqliteKept, "postgres": postgresAt} {
		b.Run(name, func(b *testing.B) { benchEngine(b, open(b), n) })
	}
}

// postgresAt is on a throw-away server, or, to measure anew what took long to fill, on the
// one that SEARCH_DSN names.
func postgresAt(t testing.TB) *SQL {
	dsn := os.Getenv("SEARCH_DSN")
	if dsn == "" {
		return postgresEngine(t)
	}
	db, err := sql.Open("pgx", dsn)
	must(t, err)
	t.Cleanup(func() { _ = db.Close() })
	b := bun.NewDB(db, pgdialect.New())
	e := NewSQL(b, b)
	must(t, e.Migrate(context.Background()))
	return e
}

// sqliteKept is the same for the file that SEARCH_FILE names.
func sqliteKept(t testing.TB) *SQL {
	if file := os.Getenv("SEARCH_FILE"); file != "" {
		return sqliteAt(t, file)
	}
	return sqliteEngine(t)
}

func benchEngine(b *testing.B, e *SQL, n int) {
	ctx := context.Background()
	c := newCorpus()
	var took time.Duration
	if empty, err := e.Empty(ctx); err != nil || !empty {
		must(b, err)
		c.docs(n) // as they were made when it was filled
		n = 0
	}
	swapped := time.Duration(0)
	if n > 0 { // as a rebuild does
		must(b, e.Begin(ctx))
		for left := n; left > 0; left -= 500 {
			docs := c.docs(min(left, 500))
			start := time.Now()
			must(b, e.Build(ctx, docs, ""))
			took += time.Since(start)
		}
		start := time.Now()
		must(b, e.Swap(ctx))
		swapped = time.Since(start)
	}
	b.Run("indexing", func(b *testing.B) {
		for b.Loop() {
			must(b, e.Put(ctx, c.docs(100)))
		}
		b.ReportMetric(float64(n)/took.Seconds(), "built-posts/s")
		b.ReportMetric(swapped.Seconds(), "swap-s")
		b.ReportMetric(float64(b.N)*100/b.Elapsed().Seconds(), "posts/s")
	})
	if e.name() == "postgres" {
		_, err := e.writer.ExecContext(ctx, "VACUUM ANALYZE") // as the server does by itself
		must(b, err)
	}
	visitor := readers("public")
	var places []int64
	for g := range int64(50) {
		places = append(places, g+1)
	}
	for _, q := range []struct {
		name string
		ask  func() Query
	}{
		{"two-words", func() Query { return Query{Text: c.pair(), Readers: member(), Mode: Whole} }},
		{"two-words-1000", func() Query { return Query{Text: c.pair(), Readers: member(), Mode: Whole, Limit: 1000} }},
		{"two-words-visitor", func() Query { return Query{Text: c.pair(), Readers: visitor, Mode: Whole, Places: places} }},
		{"two-words-newest", func() Query { return Query{Text: c.pair(), Readers: member(), Mode: Whole, Sort: Newest} }},
		{"two-words-in-group", func() Query {
			return Query{Text: c.pair(), Readers: member(), Mode: Whole, Groups: []int64{int64(c.r.IntN(50) + 1)}}
		}},
		{"two-words-going-on", func() Query { return Query{Text: c.pair(), Readers: member()} }},
		{"one-word-going-on", func() Query {
			w := c.words[c.r.IntN(5000)]
			return Query{Text: w[:min(len(w), 4+c.r.IntN(3))], Readers: member()}
		}},
		{"two-words-any", func() Query { return Query{Text: c.pair(), Readers: member(), Mode: Any} }},
		{"near", func() Query {
			w := c.words[c.r.IntN(5000)]
			return Query{Text: w[:2] + w[3:], Readers: member(), Mode: Near}
		}},
		{"suggestions", func() Query {
			w := c.words[c.r.IntN(5000)]
			return Query{Text: w[:min(len(w), 2+c.r.IntN(4))], Readers: member(), Titles: true, Sort: Newest, Limit: 20}
		}},
	} {
		b.Run(q.name, func(b *testing.B) { benchQueries(b, e, q.ask) })
	}
}

func benchQueries(b *testing.B, e Engine, ask func() Query) {
	var all, work []time.Duration
	hits := 0
	for b.Loop() {
		q := ask()
		start, busy := time.Now(), cpu()
		r, err := e.Search(context.Background(), q)
		all, work = append(all, time.Since(start)), append(work, cpu()-busy)
		must(b, err)
		hits += len(r.Hits)
		if d := all[len(all)-1]; d > 200*time.Millisecond {
			b.Logf("%v for %q", d, q.Text)
		}
	}
	at := func(list []time.Duration, p int) float64 {
		slices.Sort(list)
		return float64(list[(len(list)-1)*p/100].Microseconds()) / 1000
	}
	b.ReportMetric(at(all, 50), "p50-ms")
	b.ReportMetric(at(all, 95), "p95-ms")
	b.ReportMetric(at(work, 50), "p50-cpu-ms") // of this process: what it costs on a busy machine, too
	b.ReportMetric(at(work, 95), "p95-cpu-ms")
	b.ReportMetric(float64(hits)/float64(len(all)), "hits/op")
}

// cpu is the time that processors spent for this process.
func cpu() time.Duration {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
