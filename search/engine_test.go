package search

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// TestFallback follows the primary as it goes and comes back.
func TestFallback(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	primary, secondary := &broken{Engine: meiliEngine(t)}, sqliteEngine(t)
	now := time.Unix(0, 0)
	f := NewFallback(primary, secondary, FallbackOptions{Failures: 2, Rest: time.Minute, Now: func() time.Time { return now }})
	q := Query{Text: "pear", Readers: readers("public"), Limit: 2}
	search := pager(t, f, &q)
	for id := int64(1); id <= 5; id++ {
		must(t, f.Put(ctx, []Doc{post(id, "pear")}))
	}
	before := search("", false, 2)

	primary.err = errBroken
	after := search("", true, 2) // first failure
	search(before, true, 0)      // pages of the primary end: second failure
	calls := primary.calls
	after = search(after, true, 2) // pages of the secondary go on
	search("", true, 2)
	if primary.calls != calls {
		t.Error("the primary was asked while it rests")
	}
	if err := f.Put(ctx, []Doc{post(6, "grape")}); !errors.Is(err, ErrAway) {
		t.Errorf("put: %v, want ErrAway", err)
	}
	if got := find(t, secondary, Query{Text: "grape"}); !slices.Equal(got, []int64{6}) {
		t.Errorf("the secondary has %v", got)
	}
	must(t, f.Ready(ctx))

	now = now.Add(2 * time.Minute)
	search("", true, 2) // one probe, which fails
	if primary.calls != calls+1 {
		t.Errorf("%d probes", primary.calls-calls)
	}
	primary.err = nil
	now = now.Add(2 * time.Minute)
	search("", false, 2)
	search(before, false, 2)
	search(after, true, 1)
	must(t, f.Put(ctx, []Doc{post(6, "grape")})) // the job's retry
	if got := find(t, f, Query{Text: "grape"}); !slices.Equal(got, []int64{6}) {
		t.Errorf("after the retry: %v", got)
	}
	q.Cursor = "x.rubbish"
	if _, err := f.Search(ctx, q); !errors.Is(err, ErrCursor) {
		t.Errorf("foreign cursor: %v", err)
	}
}

// pager asks for one page and says where the next begins.
func pager(t *testing.T, e Engine, q *Query) func(cursor string, degraded bool, hits int) string {
	return func(cursor string, degraded bool, hits int) string {
		t.Helper()
		q.Cursor = cursor
		r, err := e.Search(context.Background(), *q)
		must(t, err)
		if r.Degraded != degraded || len(r.Hits) != hits {
			t.Fatalf("degraded %v, %d hits; want %v, %d", r.Degraded, len(r.Hits), degraded, hits)
		}
		return r.Cursor
	}
}

// TestFallbackWrites: a failed write to either is told after both were tried.
func TestFallbackWrites(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	good := sqliteEngine(t)
	for name, f := range map[string]*Fallback{
		"primary":   NewFallback(&broken{err: errBroken}, good, FallbackOptions{}),
		"secondary": NewFallback(good, &broken{err: errBroken}, FallbackOptions{}),
	} {
		must(t, good.Reset(ctx))
		if err := f.Put(ctx, []Doc{post(1, "pear")}); !errors.Is(err, errBroken) {
			t.Errorf("%s: %v", name, err)
		}
		if got := find(t, good, Query{Text: "pear"}); len(got) != 1 {
			t.Errorf("%s: the other has %v", name, got)
		}
	}
	both := NewFallback(&broken{err: errBroken}, &broken{err: errBroken}, FallbackOptions{})
	if err := both.Ready(ctx); !errors.Is(err, errBroken) {
		t.Errorf("ready: %v", err)
	}
	if _, err := both.Search(ctx, Query{Text: "x", Readers: readers("public")}); !errors.Is(err, errBroken) {
		t.Errorf("search: %v", err)
	}
}

// TestFallbackCallerLeft: one who gives up says nothing of the engine.
func TestFallbackCallerLeft(t *testing.T) {
	t.Parallel()
	f := NewFallback(&broken{err: context.Canceled}, sqliteEngine(t), FallbackOptions{Failures: 1})
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := f.Search(ctx, Query{Text: "x", Readers: readers("public")}); !errors.Is(err, context.Canceled) {
		t.Errorf("search: %v", err)
	}
	if f.failures != 0 {
		t.Error("counted as a failure")
	}
}

// TestMeiliErrors: what the server refuses is told without people's text.
func TestMeiliErrors(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	s := newStandIn("right")
	server := httptest.NewServer(s)
	defer server.Close()
	doc := post(1, "confidential words")
	stranger := NewMeili(server.URL, "wrong", "i")
	m := NewMeili(server.URL, "right", "i")
	must(t, m.Migrate(ctx))
	s.mu.Lock()
	s.fail = true
	s.mu.Unlock()
	gone := NewMeili("http://127.0.0.1:1", "k", "i")
	unprepared := newStandIn("right")
	bare := httptest.NewServer(unprepared)
	defer bare.Close()
	for name, err := range map[string]error{
		"wrong key":    stranger.Put(ctx, []Doc{doc}),
		"failed task":  m.Put(ctx, []Doc{doc}),
		"no server":    gone.Put(ctx, []Doc{doc}),
		"not ready":    gone.Ready(ctx),
		"no index yet": NewMeili(bare.URL, "right", "i").Ready(ctx),
		"no settings": func() error {
			_, err := NewMeili(bare.URL, "right", "i").Search(ctx, Query{Text: "confidential", Readers: readers("public")})
			return err
		}(),
	} {
		if err == nil {
			t.Errorf("%s: no error", name)
		} else if strings.Contains(err.Error(), "confidential") || strings.Contains(err.Error(), "right") {
			t.Errorf("%s: tells too much: %v", name, err)
		}
	}
}

// TestMeiliSlow: a server that does not answer is given up on when the
// caller's time is over.
func TestMeiliSlow(t *testing.T) {
	t.Parallel()
	release := make(chan struct{})
	arrived := make(chan struct{}, 10)
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		arrived <- struct{}{}
		<-release
	}))
	defer server.Close()
	defer close(release)
	ctx, cancel := context.WithCancel(context.Background())
	go func() {
		<-arrived
		cancel()
	}()
	_, err := NewMeili(server.URL, "", "i").Search(ctx, Query{Text: "x", Readers: readers("public")})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("search: %v", err)
	}
}

// TestExactPrefix: only the last word is a beginning. A Meilisearch server is
// more forgiving in its any-word answer.
func TestExactPrefix(t *testing.T) {
	t.Parallel()
	e := sqliteEngine(t)
	put(t, e, post(1, "session family"), post(2, "session"), post(3, "family"))
	expect(t, e, "sess family")
	expect(t, e, "family sess", 1)
}

// TestWritersTogether: jobs of several kinds may write at once.
func TestWritersTogether(t *testing.T) {
	t.Parallel()
	e := sqliteEngine(t)
	var work sync.WaitGroup
	for w := range 4 {
		work.Go(func() {
			for id := int64(1); id <= 20; id++ {
				if err := e.Put(context.Background(), []Doc{post(id, "pear", version(int64(w)))}); err != nil {
					t.Error(err)
				}
				if _, err := e.Search(context.Background(), Query{Text: "pear", Readers: readers("public")}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	work.Wait()
	if got := find(t, e, Query{Text: "pear", Limit: 100}); len(got) != 20 {
		t.Errorf("%d found", len(got))
	}
}

// TestErasedText: after Delete the words stand nowhere in the tables.
func TestErasedText(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	for name, e := range map[string]*SQL{"sqlite": sqliteEngine(t), "postgres": postgresEngine(t)} {
		put(t, e, post(1, "confidential", title("heading")))
		must(t, e.Delete(ctx, []Ref{{"post", 1}}))
		var texts []string
		must(t, e.reader.NewRaw("SELECT CAST("+strings.Join(e.text, " AS text) || CAST(")+" AS text) FROM search_document").Scan(ctx, &texts))
		if strings.Join(texts, "") != "" {
			t.Errorf("%s keeps %q", name, texts)
		}
	}
}

// benchDocs are posts of 60 words from a vocabulary in which, as in language,
// some words are common and most are rare.
func benchDocs(n int) []Doc {
	r := rand.New(rand.NewPCG(1, 2))
	docs := make([]Doc, n)
	for i := range docs {
		text := make([]string, 60)
		for j := range text {
			text[j] = fmt.Sprint("word", int(5000*r.Float64()*r.Float64()*r.Float64()))
		}
		docs[i] = post(int64(i+1), strings.Join(text, " "), audience(fmt.Sprint("group:", i%10)))
	}
	return docs
}

func BenchmarkSearchSQLite(b *testing.B) {
	e := sqliteEngine(b)
	must(b, e.Put(context.Background(), benchDocs(10_000)))
	for name, text := range map[string]string{
		"rare": "word3141 word59", "common": "word1 word2", "prefix": "word31", "phrase": `"word1 word1"`,
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				find(b, e, Query{Text: text, Readers: readers("group:1", "group:2", "group:3")})
			}
		})
	}
}

// BenchmarkPutSQLite stores a thousand new posts each time, and edits them.
func BenchmarkPutSQLite(b *testing.B) {
	for name, step := range map[string]Doc{"new": {ID: 1000}, "edit": {Version: 1}} {
		b.Run(name, func(b *testing.B) {
			e, docs := sqliteEngine(b), benchDocs(1000)
			for b.Loop() {
				for i := range docs {
					docs[i].ID += step.ID
					docs[i].Version += step.Version
					docs[i].Text = docs[(i+1)%len(docs)].Text
				}
				must(b, e.Put(context.Background(), docs))
			}
			b.ReportMetric(float64(b.N*len(docs))/b.Elapsed().Seconds(), "docs/s")
		})
	}
}

// TestIndexIntact asks FTS5 whether index and texts agree after all kinds of
// writes.
func TestIndexIntact(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	e := sqliteEngine(t)
	for v := range int64(3) {
		for id := int64(1); id <= 50; id++ {
			put(t, e, post(id, fmt.Sprint("word ", id%7, v), version(v), audience(fmt.Sprint("group:", v))))
		}
		must(t, e.Delete(ctx, []Ref{{"post", v + 1}}))
	}
	check := func() {
		t.Helper()
		_, err := e.writer.ExecContext(ctx, "INSERT INTO search_fts (search_fts, rank) VALUES ('integrity-check', 1)")
		must(t, err)
	}
	check()
	must(t, e.Reset(ctx))
	check()
	put(t, e, post(1, "pear"))
	check()
	expect(t, e, "pear", 1)
}

// contractRank: what is written for others moves neither the order nor the scores of what a
// reader finds.
func contractRank(t *testing.T, e Engine) {
	for id := int64(1); id <= 40; id++ {
		put(t, e, post(100+id, fmt.Sprint("filler number", id)))
	}
	put(t, e, post(1, "mueller was here"), post(2, "reference was here"), post(3, "reference was there, reference was far"),
		post(4, "a long reference", title("About mueller")))
	q := Query{Text: "mueller reference zebra", Mode: Any, Readers: readers("public")}
	ask := func() []Hit {
		r, err := e.Search(context.Background(), q)
		must(t, err)
		return r.Hits
	}
	before := ask()
	if len(before) != 4 {
		t.Fatalf("found %v", before)
	}
	for id := int64(1); id <= 60; id++ {
		put(t, e, post(5000+id, strings.Repeat("mueller is the party of this case ", int(id)), audience("group:7")))
	}
	if after := ask(); !slices.Equal(before, after) {
		t.Errorf("before hidden documents %v, after them %v", before, after)
	}
}

// contractFromHit: the cursor of each hit leads on right after it, whatever the page's length,
// and so does that of an answer to any word.
func contractFromHit(t *testing.T, e Engine) {
	for id := int64(1); id <= 6; id++ {
		put(t, e, post(id, "pear "+[]string{"grape", "quince"}[id%2]))
	}
	for _, q := range []Query{{Text: "pear"}, {Text: "pear", Sort: Newest}, {Text: "grape quince", Mode: Any}, {Text: "pear grape", Mode: Any}} {
		q.Readers = readers("public")
		all, err := e.Search(context.Background(), q)
		must(t, err)
		if len(all.Hits) != 6 {
			t.Fatalf("%v: %d hits", q, len(all.Hits))
		}
		for i, h := range all.Hits {
			q.Cursor, q.Limit = h.Cursor, 1+i%3
			rest, err := e.Search(context.Background(), q)
			must(t, err)
			if want := min(q.Limit, 5-i); len(rest.Hits) != want || want > 0 && rest.Hits[0].Ref != all.Hits[i+1].Ref {
				t.Errorf("%v after hit %d: %v", q, i, rest.Hits)
			}
		}
	}
}
