package search

import (
	"context"
	"errors"
	"fmt"
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

// TestWritersTogether: jobs of several kinds, and on several nodes, may write at once.
func TestWritersTogether(t *testing.T) {
	t.Parallel()
	for name, e := range map[string]*SQL{"sqlite": sqliteEngine(t), "postgres": postgresEngine(t)} {
		var work sync.WaitGroup
		for w := range 4 {
			node := &SQL{writer: e.writer, reader: e.reader, base: e.base}
			work.Go(func() {
				for id := int64(1); id <= 20; id++ {
					docs := []Doc{post(id, "pear", version(int64(w))), post(100*int64(w+1)+id, "grape", func(d *Doc) { d.At = time.Unix(5, 0) })}
					if err := node.Put(context.Background(), docs); err != nil {
						t.Errorf("%s: %v", name, err)
					}
					if id%5 == 0 {
						if err := node.Delete(context.Background(), gone(9, Ref{"post", 100*int64(w+1) + id})); err != nil {
							t.Errorf("%s: %v", name, err)
						}
					}
					if _, err := node.Search(context.Background(), Query{Text: "pear", Readers: readers("public")}); err != nil {
						t.Errorf("%s: %v", name, err)
					}
				}
			})
		}
		work.Wait()
		if got := find(t, e, Query{Text: "pear", Limit: 100}); len(got) != 20 {
			t.Errorf("%s: %d found", name, len(got))
		}
		if got := find(t, e, Query{Text: "grape", Limit: 100}); len(got) != 64 {
			t.Errorf("%s: %d found", name, len(got))
		}
	}
}

// TestErasedText: after Delete, and after a change, the words stand nowhere in the tables, of
// either generation, nor in the table of words unless another document holds them.
func TestErasedText(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	for name, e := range map[string]*SQL{"sqlite": sqliteEngine(t), "postgres": postgresEngine(t)} {
		must(t, e.Begin(ctx))
		put(t, e, post(1, "confidential meadow", title("heading")), post(2, "meadow harmless", title("")), post(3, "slipped meadow", title("")))
		if all := allText(t, e); !strings.Contains(all, "confidential") || !strings.Contains(all, "heading") {
			t.Fatalf("%s: the test looks in the wrong place: %q", name, all)
		}
		must(t, e.Delete(ctx, gone(9, Ref{"post", 1})))
		put(t, e, post(3, "mended meadow", title(""), version(2)))
		for _, gone := range []string{"confidential", "heading", "confid", "slip"} {
			if all := allText(t, e); strings.Contains(all, gone) {
				t.Errorf("%s keeps %q: %q", name, gone, all)
			}
		}
		if all := allText(t, e); !strings.Contains(all, "meadow") || !strings.Contains(all, "harmless") {
			t.Errorf("%s has lost what others hold: %q", name, all)
		}
		if e.name() == "sqlite" {
			var n int
			must(t, e.reader.QueryRowContext(ctx, "SELECT count(*) FROM search_fts_1_data WHERE instr(block, 'confid') > 0 OR instr(block, 'slip') > 0").Scan(&n))
			if n > 0 {
				t.Errorf("%s: %d pages of the index keep it", name, n)
			}
		}
	}
}

// allText is what stands in the tables of all generations.
func allText(t *testing.T, e *SQL) string {
	t.Helper()
	st, err := readState(context.Background(), e.reader)
	must(t, err)
	var all []string
	for _, gen := range []int64{st.current, st.building} {
		for _, q := range []string{"SELECT title || ' ' || body || ' ' || files || ' ' || terms FROM search_document_{}", "SELECT word FROM search_word_{}"} {
			if gen == 0 {
				continue
			}
			rows, err := e.reader.QueryContext(context.Background(), numbered(q, gen))
			must(t, err)
			found, err := texts(rows)
			must(t, err)
			all = append(all, found...)
		}
	}
	return strings.Join(all, "|")
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
		must(t, e.Delete(ctx, gone(9, Ref{"post", v + 1})))
	}
	check := func() {
		t.Helper()
		st, err := readState(ctx, e.reader)
		must(t, err)
		_, err = e.writer.ExecContext(ctx, numbered("INSERT INTO search_fts_{} (search_fts_{}, rank) VALUES ('integrity-check', 1)", st.current))
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

// TestNarrowReader: of what is very common among what others may read, the few that the
// reader may are found all the same, by terms, by places, and by what is their own.
func TestNarrowReader(t *testing.T) {
	t.Parallel()
	var docs []Doc
	for id := int64(1); id <= 9000; id++ {
		d := post(id, "common word", audience("group:1"), title(""), func(d *Doc) { d.Group = 1 })
		switch {
		case id <= 3:
			d.Audience, d.Group = "group:2", 2
		case id == 4:
			d.Author = 77
		}
		docs = append(docs, d)
	}
	many := readers("public", "registered", "certified", "group:2", "group:21", "group:22", "group:23", "group:24", "group:25", "group:26")
	for name, e := range map[string]*SQL{"sqlite": sqliteEngine(t), "postgres": postgresEngine(t)} {
		put(t, e, docs...)
		for _, sort := range []Sort{Relevance, Newest, Oldest} {
			for _, text := range []string{"common", "common word", `"common word"`, "commo"} {
				same(t, e, name+" few terms", Query{Text: text, Sort: sort, Readers: readers("group:2")}, 1, 2, 3)
				same(t, e, name+" many terms", Query{Text: text, Sort: sort, Readers: many, OwnAuthor: 77}, 1, 2, 3, 4)
				same(t, e, name+" places", Query{Text: text, Sort: sort, Readers: readers("group:1", "group:2"), Places: []int64{2}}, 1, 2, 3)
				same(t, e, name+" dates", Query{Text: text, Sort: sort, Readers: readers("group:1"), Before: docs[5].At}, 4, 5)
			}
		}
		r, err := e.Search(context.Background(), Query{Text: "common", Readers: many})
		must(t, err)
		if r.More {
			t.Errorf("%s: there are more, it says, and the reader may not read them", name)
		}
	}
}

// TestLongTexts: of long texts so many are read at once as memory holds, and pages lead through all of them.
func TestLongTexts(t *testing.T) {
	t.Parallel()
	var long strings.Builder
	for i := range 6000 {
		fmt.Fprintf(&long, "%064d ", i)
	}
	var docs []Doc
	for id := range int64(heaviest/maxTextBytes + 10) {
		docs = append(docs, post(id+1, "pear "+long.String(), title("")))
	}
	for name, e := range map[string]*SQL{"sqlite": sqliteEngine(t), "postgres": postgresEngine(t)} {
		put(t, e, docs...)
		seen := map[int64]bool{}
		pages := 0
		for q := (Query{Text: "pear", Readers: readers("public"), Sort: Newest, Limit: 1000}); ; pages++ {
			r, err := e.Search(t.Context(), q)
			must(t, err)
			for _, h := range r.Hits {
				if seen[h.ID] {
					t.Errorf("%s: %d twice", name, h.ID)
				}
				seen[h.ID] = true
			}
			if q.Cursor = r.Cursor; q.Cursor == "" {
				break
			}
		}
		if len(seen) != len(docs) || pages != 1 {
			t.Errorf("%s: %d of %d, %d pages led on", name, len(seen), len(docs), pages)
		}
		for _, mode := range []Mode{All, Any} {
			r, err := e.Search(t.Context(), Query{Text: "pear plum quince", Readers: readers("public"), Mode: mode, Limit: 1000})
			must(t, err)
			if mode == Any && (len(r.Hits) == 0 || len(r.Hits) >= len(docs) || !r.More) {
				t.Errorf("%s: %d hits, more: %t", name, len(r.Hits), r.More)
			}
		}
	}
}

// TestNearAmongHidden: how many words that the reader may not see are spelled nearly so takes nothing from what they find.
func TestNearAmongHidden(t *testing.T) {
	t.Parallel()
	for name, e := range map[string]*SQL{"sqlite": sqliteEngine(t), "postgres": postgresEngine(t)} {
		var hidden []string
		for a := 'a'; a <= 'z'; a++ {
			for b := 'a'; b <= 'j'; b++ {
				hidden = append(hidden, "marim"+string(a)+string(b))
			}
		}
		put(t, e, post(1, strings.Join(hidden, " "), title(""), audience("group:77")))
		put(t, e, post(2, "the marimby alone", title("")))
		if got := find(t, e, Query{Text: "marimbx", Mode: Near}); !slices.Equal(got, []int64{2}) {
			t.Errorf("%s: %v", name, got)
		}
	}
}

// TestEachOrderFindsTheSame: an order is none of what is found, nor is the order of words, nor how much else there is.
func TestEachOrderFindsTheSame(t *testing.T) {
	t.Parallel()
	for name, e := range map[string]*SQL{"sqlite": sqliteEngine(t), "postgres": postgresEngine(t)} {
		put(t, e, post(1, "the mediation of all that the custodian said in this house of ours", title("")), post(2, "fees of the agreement", title("")), post(3, "custody by mediation", title("")))
		for id := range int64(300) {
			put(t, e, post(1000+id, "mediation fees", title("")))
		}
		for _, words := range [][]string{{"mediation custody", "custody mediation"}, {"fees ag", "ag fees"}, {"fees agre"}} {
			want := find(t, e, Query{Text: words[0], Sort: Newest, Limit: 1000})
			slices.Sort(want)
			for _, text := range words {
				for sort := Relevance; sort <= Oldest; sort++ {
					got := find(t, e, Query{Text: text, Sort: sort, Limit: 1000})
					slices.Sort(got)
					if text == words[0] && !slices.Equal(got, want) {
						t.Errorf("%s: %q by order %d finds %v, else %v", name, text, sort, got, want)
					}
				}
			}
		}
	}
}
