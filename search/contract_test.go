package search

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestContract runs the same cases on every engine.
func TestContract(t *testing.T) {
	t.Parallel()
	engines := map[string]func(testing.TB) Engine{
		"sqlite":   func(t testing.TB) Engine { return sqliteEngine(t) },
		"postgres": func(t testing.TB) Engine { return postgresEngine(t) },
		"meili":    func(t testing.TB) Engine { return meiliEngine(t) },
		"fallback": func(t testing.TB) Engine {
			return NewFallback(meiliEngine(t), sqliteEngine(t), FallbackOptions{})
		},
		"degraded": func(t testing.TB) Engine {
			return &onlySecondary{NewFallback(&broken{err: errBroken}, sqliteEngine(t), FallbackOptions{})}
		},
	}
	cases := map[string]func(*testing.T, Engine){
		"words":        contractWords,
		"languages":    contractLanguages,
		"audiences":    contractAudiences,
		"filters":      contractFilters,
		"versions":     contractVersions,
		"order":        contractOrder,
		"rank":         contractRank,
		"from a hit":   contractFromHit,
		"paging":       contractPaging,
		"cursors":      contractCursors,
		"hostile text": contractHostile,
		"bad docs":     contractBadDocs,
		"many":         contractMany,
		"readers":      contractReaders,
		"more filters": contractMoreFilters,
		"dates":        contractDates,
		"modes":        contractModes,
		"forms":        contractForms,
		"near":         contractNear,
		"names":        contractNames,
		"small words":  contractSmallWords,
		"titles":       contractTitles,
		"list":         contractList,
		"more":         contractMore,
		"in time":      contractInTime,
		"hostile asks": contractHostileAsks,
	}
	for name, open := range engines {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := open(t)
			for name, test := range cases {
				must(t, e.Reset(context.Background()))
				t.Run(name, func(t *testing.T) { test(t, e) })
			}
			must(t, e.Ready(context.Background()))
		})
	}
}

// onlySecondary writes past a primary that is away, whose errors are expected.
type onlySecondary struct{ *Fallback }

func (o *onlySecondary) Put(ctx context.Context, docs []Doc) error { return o.secondary.Put(ctx, docs) }

func (o *onlySecondary) Delete(ctx context.Context, gone []Gone) error {
	return o.secondary.Delete(ctx, gone)
}

func (o *onlySecondary) Reset(ctx context.Context) error { return o.secondary.Reset(ctx) }

func (o *onlySecondary) Empty(ctx context.Context) (bool, error) { return o.secondary.Empty(ctx) }

func (o *onlySecondary) List(ctx context.Context, after Ref, limit int) ([]Stored, error) {
	return o.secondary.List(ctx, after, limit)
}

func (o *onlySecondary) Begin(ctx context.Context) error { return o.secondary.Begin(ctx) }

func (o *onlySecondary) Building(ctx context.Context) (string, bool, error) {
	return o.secondary.Building(ctx)
}

func (o *onlySecondary) Build(ctx context.Context, docs []Doc, upto string) error {
	return o.secondary.Build(ctx, docs, upto)
}

func (o *onlySecondary) Swap(ctx context.Context) error { return o.secondary.Swap(ctx) }

func put(t testing.TB, e Engine, docs ...Doc) {
	t.Helper()
	must(t, e.Put(context.Background(), docs))
}

// expect compares ids without their order.
func expect(t *testing.T, e Engine, text string, want ...int64) {
	t.Helper()
	got := find(t, e, Query{Text: text})
	slices.Sort(got)
	if !slices.Equal(got, append([]int64{}, want...)) {
		t.Errorf("%q found %v, want %v", text, got, want)
	}
}

func contractWords(t *testing.T, e Engine) {
	put(t, e,
		post(1, "The first joint session of a mediation in a family matter"),
		post(2, "Mediators talk about confidentiality"),
		post(3, "A session alone: caucus, then the joint part"),
		post(4, "Nothing of the kind", title("Mediation and custody")),
		post(5, "Co-parenting plans don't fit every family"))
	for _, c := range []struct {
		text string
		want []int64
	}{
		{"mediation", []int64{1, 2, 4}},
		{"mediat", []int64{1, 2, 4}},                                 // the last word goes on
		{"session joint", []int64{1, 3}},                             // all words, any order
		{`"joint session"`, []int64{1}},                              // in this order
		{`"session joint"`, []int64{}},                               // not in that
		{`"mediation custody"`, []int64{}},                           // and with nothing between
		{`"custody nothing"`, []int64{}},                             // not from title into text
		{"session -caucus", []int64{1}},                              // without
		{`session -"joint session"`, []int64{3}},                     // without the phrase
		{"custody mediation", []int64{4}},                            // title
		{"caucus confidentiality", []int64{}},                        // no document has both
		{"zebra unicorn", []int64{}},                                 // nor either
		{"co-parenting", []int64{5}},                                 //
		{"don't", []int64{5}},                                        //
		{"MEDIATION", []int64{1, 2, 4}},                              //
		{`"joint session`, []int64{1}},                               // a quote left open
		{"", []int64{}},                                              //
		{"   \t\n", []int64{}},                                       //
		{"-", []int64{}},                                             //
		{"-mediation", []int64{}},                                    // nothing to find
		{`"" "" --- "`, []int64{}},                                   //
		{"!!! ... ???", []int64{}},                                   //
		{"the", []int64{1, 3, 4}},                                    // no stop words: all engines alike
		{"session " + strings.Repeat("joint ", 1000), []int64{1, 3}}, // cut, not refused
	} {
		expect(t, e, c.text, c.want...)
	}
}

func contractLanguages(t *testing.T, e Engine) {
	put(t, e,
		post(1, "La médiation préalable à l'audience"),
		post(2, "Das Gespräch über die Straße"),
		post(3, "Møtet i Tromsø, blåbærsyltetøy"),
		post(4, "東京都での調停について"),
		post(5, "家事조정 절차 안내"),
		post(6, "Διαμεσολάβηση: ο μεσολαβητής"),
		post(7, "Посредничество ёлка"),
		post(8, "גישור שָׁלוֹם"),
		post(9, "データの保護 ﬁle ＦＵＬＬ"),
		post(10, "İstanbul Diyarbakır"),
		post(11, "मध्यस्थता की प्रक्रिया"))
	for _, c := range []struct {
		text string
		want int64
	}{
		{"mediation", 1}, {"médiation", 1}, {"MÉDIATION", 1}, {"prealable", 1}, {"audience", 1}, {"l’audience", 1},
		{"me\u0301diation", 1}, {"gesprach", 2}, {"strasse", 2}, {"STRASSE", 2}, {"straße", 2}, {"uber", 2},
		{"mote", 3}, {"tromso", 3}, {"Tromsø", 3}, {"blabaersyltetoy", 3},
		{"東京", 4}, {"京都", 4}, {"調停", 4}, {"東京都での調停", 4}, {"停", 4}, {"て", 4}, {`"調停について"`, 4},
		{"조정", 5}, {"절차", 5}, {"내", 5}, {"家事", 5},
		{"διαμεσολαβηση", 6}, {"ΜΕΣΟΛΑΒΗΤΗΣ", 6}, {"елка", 7}, {"שלום", 8}, {"データ", 9}, {"file", 9}, {"full", 9},
		{"istanbul", 10}, {"diyarbakir", 10}, {"मध्यस्थता", 11},
	} {
		expect(t, e, c.text, c.want)
	}
	expect(t, e, "都東")
	expect(t, e, "東都")
}

// token is a word that stands in one document only.
func token(id int64) string { return fmt.Sprintf("canary%dx", id) }

func contractAudiences(t *testing.T, e Engine) {
	all := []string{"public", "registered", "certified", "group:1", "group:12", "group:2"}
	var docs []Doc
	for i, a := range all {
		id := int64(i + 1)
		docs = append(docs, post(id, "secret "+token(id), audience(a), author(100+id)))
	}
	put(t, e, docs...)
	for _, c := range []struct {
		name string
		q    Query
		want []int64
	}{
		{"visitor", Query{Readers: readers("public")}, []int64{1}},
		{"member", Query{Readers: readers("public", "registered")}, []int64{1, 2}},
		{"of group 1 only", Query{Readers: readers("group:1")}, []int64{4}},
		{"own besides", Query{Readers: readers("public"), OwnAuthor: 106}, []int64{1, 6}},
		{"own alone", Query{OwnAuthor: 105}, []int64{5}},
		{"nobody", Query{Readers: readers("")}, nil},
		{"malformed", Query{Readers: readers(`public" OR "1"="1`, "group:*", "%", "group:1 OR 1=1", "*")}, nil},
		{"no such group", Query{Readers: readers("group:3", "group:122")}, nil},
		{"negative author", Query{Readers: readers("group:3"), OwnAuthor: -1}, nil},
	} {
		if c.q.Readers == nil {
			c.q.Readers = []Reader{} // find would make a visitor of it
		}
		c.q.Text = "secret"
		got := find(t, e, c.q)
		slices.Sort(got)
		if !slices.Equal(got, append([]int64{}, c.want...)) {
			t.Errorf("%s: found %v, want %v", c.name, got, c.want)
		}
		for _, d := range docs {
			c.q.Text = token(d.ID)
			if got := find(t, e, c.q); (len(got) > 0) != slices.Contains(c.want, d.ID) {
				t.Errorf("%s: %s found %v", c.name, c.q.Text, got)
			}
		}
	}
	// An audience that became narrower holds at once.
	put(t, e, post(1, "secret "+token(1), audience("group:9"), version(2)))
	expect(t, e, token(1))
}

func contractFilters(t *testing.T, e Engine) {
	const big = 1<<62 + 1 // not exact as a floating point number
	put(t, e,
		post(1, "word", func(d *Doc) { d.Group, d.Board, d.Topic, d.Voice = 1, 10, 100, big }),
		post(2, "word", func(d *Doc) { d.Group, d.Board, d.Topic, d.Voice = 1, 11, 101, big-1 }),
		post(3, "word", kind("topic"), func(d *Doc) { d.Group, d.Board, d.Topic, d.Voice = 2, 12, 102, 7 }),
		post(big, "word", kind("message")))
	for _, c := range []struct {
		name string
		q    Query
		want []int64
	}{
		{"none", Query{}, []int64{1, 2, 3, big}},
		{"voice", Query{Voices: []int64{big}}, []int64{1}},
		{"group", Query{Groups: []int64{1}}, []int64{1, 2}},
		{"board", Query{Boards: []int64{12}}, []int64{3}},
		{"topic", Query{Topics: []int64{101}}, []int64{2}},
		{"kinds", Query{Kinds: []string{"topic", "message"}}, []int64{3, big}},
		{"malformed kinds", Query{Kinds: []string{`post" OR "`}}, []int64{}},
		{"both", Query{Groups: []int64{1}, Boards: []int64{12}}, []int64{}},
		{"either", Query{Groups: []int64{1, 2}, Boards: []int64{12, 11, 99}}, []int64{2, 3}},
		{"of several", Query{Voices: []int64{7, big - 1}}, []int64{2, 3}},
		{"nobody", Query{Voices: []int64{-5}}, []int64{}},
	} {
		c.q.Text = "word"
		got := find(t, e, c.q)
		slices.Sort(got)
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: found %v, want %v", c.name, got, c.want)
		}
	}
}

func contractVersions(t *testing.T, e Engine) {
	ctx := context.Background()
	put(t, e, post(1, "second", version(2)))
	put(t, e, post(1, "first", version(1)))
	expect(t, e, "first")
	expect(t, e, "second", 1)
	put(t, e, post(1, "corrected", version(2))) // the same again may be put
	expect(t, e, "corrected", 1)
	expect(t, e, "second")
	put(t, e, post(1, "fifth", version(5)), post(1, "fourth", version(4)))
	expect(t, e, "fifth", 1)
	expect(t, e, "fourth")

	put(t, e, post(2, "other"))
	must(t, e.Delete(ctx, gone(5, Ref{"post", 1}, Ref{"post", 99}, Ref{"topic", 2})))
	expect(t, e, "fifth")
	expect(t, e, "title1")
	expect(t, e, "other", 2)
	put(t, e, post(1, "late", version(4)), post(1, "late", version(5)))
	expect(t, e, "late")
	put(t, e, post(1, "restored", version(6)))
	expect(t, e, "restored", 1)
	must(t, e.Delete(ctx, gone(5, Ref{"post", 1}))) // late: what is newer stays
	expect(t, e, "restored", 1)
	must(t, e.Delete(ctx, gone(9, Ref{"post", 1})))
	put(t, e, post(1, "late", version(8)), post(1, "late", version(9))) // read before it was deleted
	expect(t, e, "late")
	must(t, e.Delete(ctx, gone(12, Ref{"post", 1})))
	put(t, e, post(1, "late", version(11)))
	expect(t, e, "late")
	must(t, e.Delete(ctx, nil))
	must(t, e.Put(ctx, nil))
	must(t, e.Reset(ctx))
	expect(t, e, "restored")
	put(t, e, post(1, "anew", version(1)))
	expect(t, e, "anew", 1)
}

func contractOrder(t *testing.T, e Engine) {
	put(t, e,
		post(1, "apple once among many other words that are here to fill the line"),
		post(2, "nothing", title("Apple")),
		post(3, "apple"))
	if got := find(t, e, Query{Text: "apple"}); len(got) != 3 || got[0] != 2 {
		t.Errorf("by relevance: %v, want the title first", got)
	}
	if got := find(t, e, Query{Text: "apple", Sort: Newest}); !slices.Equal(got, []int64{3, 2, 1}) {
		t.Errorf("by date: %v", got)
	}
}

func contractPaging(t *testing.T, e Engine) {
	var docs []Doc
	for id := int64(1); id <= 57; id++ {
		// Many share their score, some their date.
		docs = append(docs, post(id, strings.Repeat("pear ", int(id%3)+1), func(d *Doc) {
			d.At = time.Unix(1_700_000_000+id/5, 0)
		}))
	}
	put(t, e, docs...)
	for name, q := range map[string]Query{
		"relevance": {Text: "pear"},
		"newest":    {Text: "pear", Sort: Newest},
		"any word":  {Text: "pear zebra unicorn", Mode: Any},
	} {
		q.Readers, q.Limit = readers("public"), 10
		seen := map[int64]bool{}
		pages := 0
		for {
			r, err := e.Search(context.Background(), q)
			must(t, err)
			pages++
			for _, h := range r.Hits {
				if seen[h.ID] {
					t.Errorf("%s: %d twice", name, h.ID)
				}
				seen[h.ID] = true
			}
			if q.Cursor = r.Cursor; q.Cursor == "" || pages > 10 {
				break
			}
		}
		if len(seen) != 57 || pages != 6 {
			t.Errorf("%s: %d hits on %d pages", name, len(seen), pages)
		}
	}
}

func contractCursors(t *testing.T, e Engine) {
	for id := int64(1); id <= 5; id++ {
		put(t, e, post(id, "plum"))
	}
	q := Query{Text: "plum", Readers: readers("public"), Limit: 2}
	r, err := e.Search(context.Background(), q)
	must(t, err)
	if len(r.Hits) != 2 || r.Cursor == "" {
		t.Fatalf("%d hits, cursor %q", len(r.Hits), r.Cursor)
	}
	for name, bad := range map[string]Query{
		"other words":     {Text: "pear", Readers: q.Readers, Cursor: r.Cursor},
		"other audiences": {Text: "plum", Readers: readers("group:1"), Cursor: r.Cursor},
		"other order":     {Text: "plum", Readers: q.Readers, Sort: Newest, Cursor: r.Cursor},
		"rubbish":         {Text: "plum", Readers: q.Readers, Cursor: "!!!"},
		"cut":             {Text: "plum", Readers: q.Readers, Cursor: r.Cursor[:len(r.Cursor)-6]},
		"huge":            {Text: "plum", Readers: q.Readers, Cursor: strings.Repeat("A", 100_000)},
	} {
		if _, err := e.Search(context.Background(), bad); !errors.Is(err, ErrCursor) {
			t.Errorf("%s: %v, want ErrCursor", name, err)
		}
	}
}

// hostile strings speak the languages of the engines and of text.
var hostile = []string{
	`"`, `""`, `'`, `''`, `'; DROP TABLE search_document; --`, `" OR ""="`, `title:secret`, `{title body}: secret`,
	`NEAR(secret secret, 5)`, `secret AND`, `AND OR NOT`, `^secret`, `secret*`, `*`, `(secret`, `secret)`, `-- -`,
	`secret | !x`, `secret & `, `secret <-> x`, `secret:*`, `'secret':A`, `\`, `\'`, `\x00`, "secret\x00x", "\xff\xfe",
	`audience = "group:1"`, `deleted = true OR audience EXISTS`, `_geoRadius(1,2,3)`, `?`, `? ? ?`, `$1`, `%s%d`, `{{.}}`,
	"\u202esecret", "\u200b", "\ufeff", strings.Repeat("secret ", 10_000), strings.Repeat("x", 1<<20),
	strings.Repeat(`"`, 401), strings.Repeat("- ", 300), strings.Repeat("é", 400), "🙂", "a\u0301\u0301\u0301\u0301",
}

// contractHostile puts every string in a text, a title and a query.
func contractHostile(t *testing.T, e Engine) {
	docs := []Doc{post(1, "secret "+token(1), audience("group:1")), post(2, "open")}
	for i, text := range hostile {
		docs = append(docs, post(int64(100+i), text, title(text), audience("group:7"), func(d *Doc) { d.Lang = text }))
	}
	put(t, e, docs...)
	for _, text := range append(slices.Clone(hostile), token(1), "group:1 "+token(1)) {
		for _, id := range find(t, e, Query{Text: text}) {
			if id != 2 {
				t.Errorf("%.60q found %d", text, id)
			}
		}
	}
	expect(t, e, "open", 2)
}

func contractBadDocs(t *testing.T, e Engine) {
	ctx := context.Background()
	good := post(1, "good")
	for name, bad := range map[string]Doc{
		"kind":        post(2, "x", kind("Post' --")),
		"no kind":     post(2, "x", kind("")),
		"id":          post(0, "x"),
		"negative":    post(-3, "x"),
		"audience":    post(2, "x", audience(`public" OR "x`)),
		"no audience": post(2, "x", audience("")),
	} {
		if err := e.Put(ctx, []Doc{good, bad}); !errors.Is(err, ErrDoc) {
			t.Errorf("%s: %v, want ErrDoc", name, err)
		}
	}
	expect(t, e, "good")
	if err := e.Delete(ctx, gone(1, Ref{"post", -1})); !errors.Is(err, ErrDoc) {
		t.Errorf("delete: %v", err)
	}
}

func contractMany(t *testing.T, e Engine) {
	var docs []Doc
	var refs []Ref
	for id := int64(1); id <= 603; id++ {
		docs = append(docs, post(id, fmt.Sprintf("bulk number%d", id)))
		refs = append(refs, Ref{"post", id})
	}
	docs = append(docs, post(5000, strings.Repeat("long text ", 20_000)+"end"))
	put(t, e, docs...)
	expect(t, e, "number603", 603)
	expect(t, e, "long", 5000)
	must(t, e.Delete(context.Background(), gone(1, refs[:600]...)))
	expect(t, e, "bulk", 601, 602, 603)
}

// gone are documents to be forgotten, all in one version.
func gone(version int64, refs ...Ref) []Gone {
	out := make([]Gone, len(refs))
	for i, r := range refs {
		out[i] = Gone{r, version}
	}
	return out
}
