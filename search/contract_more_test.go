package search

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

// same compares ids without their order.
func same(t *testing.T, e Engine, name string, q Query, want ...int64) {
	t.Helper()
	got := find(t, e, q)
	slices.Sort(got)
	if !slices.Equal(got, append([]int64{}, want...)) {
		t.Errorf("%s: found %v, want %v", name, got, want)
	}
}

// contractReaders: what a reader belongs to, since when, and where they are let in.
func contractReaders(t *testing.T, e Engine) {
	at := func(s int64) func(*Doc) { return func(d *Doc) { d.At = time.Unix(s, 0).Add(5 * time.Microsecond) } }
	group := func(g int64) func(*Doc) { return func(d *Doc) { d.Group = g } }
	put(t, e,
		post(1, "quiet", audience("since:12"), group(12), at(100)),
		post(2, "quiet", audience("since:12"), group(12), at(200)),
		post(3, "quiet", audience("circle:7"), group(12)),
		post(4, "quiet", audience("group:12"), group(13)), // moved to another group
		post(5, "quiet", group(12)),
		post(6, "quiet")) // in no group
	since := func(s int64, micro int64) Reader {
		return Reader{"since:12", time.Unix(s, 0).Add(time.Duration(micro) * time.Microsecond)}
	}
	for _, c := range []struct {
		name string
		q    Query
		want []int64
	}{
		{"from ever", Query{Readers: readers("since:12")}, []int64{1, 2}},
		{"from the very instant", Query{Readers: []Reader{since(100, 5)}}, []int64{1, 2}},
		{"a microsecond later", Query{Readers: []Reader{since(100, 6)}}, []int64{2}},
		{"later than all", Query{Readers: []Reader{since(300, 0)}}, nil},
		{"of another group", Query{Readers: readers("since:1", "since:122")}, nil},
		{"own before joining", Query{Readers: []Reader{since(300, 0)}, OwnAuthor: 1001}, []int64{1}},
		{"circle", Query{Readers: readers("circle:7")}, []int64{3}},
		{"moved, in both", Query{Readers: readers("group:12"), Places: []int64{12, 13}}, []int64{4}},
		{"moved, in the old one only", Query{Readers: readers("group:12"), Places: []int64{12}}, nil},
		{"places hold for public ones", Query{Readers: readers("public"), Places: []int64{13}}, nil},
		{"places hold for own ones", Query{OwnAuthor: 1005, Places: []int64{13}}, nil},
		{"own where one is let in", Query{OwnAuthor: 1003, Places: []int64{12}}, []int64{3}},
		{"no place", Query{Readers: readers("public"), Places: []int64{}}, nil},
		{"of no group", Query{Readers: readers("public"), Places: []int64{0}}, []int64{6}},
		{"no such filter", Query{Readers: readers("public")}, []int64{5, 6}},
		{"malformed", Query{Readers: readers(`since:12" OR "x`, "since:", "SINCE:12", "")}, nil},
		{"nobody", Query{Readers: []Reader{}}, nil},
	} {
		for _, sort := range []Sort{Relevance, Newest, Oldest} {
			c.q.Text, c.q.Sort = "quiet", sort
			same(t, e, fmt.Sprint(c.name, " ", sort), c.q, c.want...)
		}
	}
	// A filter finds nobody else's either.
	same(t, e, "no words", Query{Readers: readers("public"), Groups: []int64{12}}, 5)
	same(t, e, "no words, nobody", Query{Readers: []Reader{}, Groups: []int64{12}})
}

func contractMoreFilters(t *testing.T, e Engine) {
	put(t, e,
		post(1, "word", func(d *Doc) { d.Room, d.Tags = 5, []int64{1, 22} }),
		post(2, "word", func(d *Doc) { d.Tags, d.Files = []int64{2}, "minutes.pdf Séance plénière.docx" }),
		post(3, "", title(""), func(d *Doc) { d.Files = "word list.txt" }),
		post(4, "", title("")))
	for _, c := range []struct {
		name string
		q    Query
		want []int64
	}{
		{"room", Query{Text: "word", Rooms: []int64{5}}, []int64{1}},
		{"tag", Query{Text: "word", Tags: []int64{2}}, []int64{2}},
		{"tags", Query{Text: "word", Tags: []int64{2, 22}}, []int64{1, 2}},
		{"other tag", Query{Text: "word", Tags: []int64{22}}, []int64{1}},
		{"has a file", Query{Text: "word", HasFile: true}, []int64{2, 3}},
		{"a file's name", Query{Text: "pleniere"}, []int64{2}},
		{"part of a name", Query{Text: "minutes pdf"}, []int64{2}},
		{"no words, a tag", Query{Tags: []int64{2}}, []int64{2}},
		{"no words, a file", Query{HasFile: true}, []int64{2, 3}},
		{"no words, a kind", Query{Kinds: []string{"post"}}, []int64{1, 2, 3, 4}},
		{"only a minus", Query{Text: "-word"}, nil},
		{"a minus and a filter", Query{Text: "-word", Kinds: []string{"post"}}, []int64{4}},
		{"only signs and a filter", Query{Text: "!!!", Tags: []int64{2}}, []int64{2}},
		{"no words, nothing", Query{}, nil},
	} {
		same(t, e, c.name, c.q, c.want...)
	}
}

func contractDates(t *testing.T, e Engine) {
	day := func(d int) time.Time { return time.Date(2026, 3, d, 0, 0, 0, 0, time.UTC) }
	for d := 1; d <= 5; d++ {
		put(t, e, post(int64(d), "word", func(doc *Doc) { doc.At = day(d) }))
	}
	put(t, e, post(9, "word", func(d *Doc) { d.At = time.Time{} }))
	same(t, e, "after", Query{Text: "word", After: day(3)}, 3, 4, 5)
	same(t, e, "before", Query{Text: "word", Before: day(3)}, 1, 2, 9)
	same(t, e, "both", Query{Text: "word", After: day(2), Before: day(4)}, 2, 3)
	same(t, e, "only dates", Query{After: day(4)}, 4, 5)
	same(t, e, "only dates, not the word", Query{Text: "-word", After: day(4)})
	same(t, e, "the instant", Query{Text: "word", After: day(3), Before: day(3).Add(time.Microsecond)}, 3)
	same(t, e, "an empty stretch", Query{Text: "word", After: day(4), Before: day(2)})
	if got := find(t, e, Query{After: day(1)}); !slices.Equal(got, []int64{5, 4, 3, 2, 1}) {
		t.Errorf("without words: %v, want the newest first", got)
	}
	if got := find(t, e, Query{Text: "word", Sort: Oldest}); !slices.Equal(got, []int64{9, 1, 2, 3, 4, 5}) {
		t.Errorf("oldest first: %v", got)
	}
	put(t, e, post(1, "word", version(2), func(d *Doc) { d.At = day(6) })) // moved in time
	if got := find(t, e, Query{Text: "word", Sort: Newest}); !slices.Equal(got, []int64{1, 5, 4, 3, 2, 9}) {
		t.Errorf("after a change: %v", got)
	}
}

func contractModes(t *testing.T, e Engine) {
	put(t, e, post(1, "apple pear plum"), post(2, "apple pear quince"), post(3, "apple"), post(4, "quince"), post(5, "nothing"))
	same(t, e, "all", Query{Text: "apple pear plum"}, 1)
	same(t, e, "no other mode by itself", Query{Text: "apple zebra"})
	same(t, e, "any", Query{Text: "apple pear plum", Mode: Any}, 1, 2, 3)
	same(t, e, "any, without", Query{Text: "apple pear quince -plum", Mode: Any}, 2, 3, 4)
	if got := find(t, e, Query{Text: "plum pear apple", Mode: Any}); !slices.Equal(got, []int64{1, 2, 3}) {
		t.Errorf("any: %v, want those with most words first", got)
	}
	same(t, e, "an unknown mode is all", Query{Text: "apple zebra", Mode: 77})
	put(t, e, post(6, "apples orchard"), post(7, "apple orchards"), post(8, "orchardist apple"), post(9, "果樹園の仕事"))
	same(t, e, "whole", Query{Text: "apple orchard", Mode: Whole}, 6, 7)
	same(t, e, "whole, in order of time", Query{Text: "apple orchard", Mode: Whole, Sort: Newest}, 6, 7)
	same(t, e, "what goes on", Query{Text: "apple orchard"}, 6, 7, 8)
	same(t, e, "a whole word that is none", Query{Text: "orcha", Mode: Whole})
	same(t, e, "one ideograph is whole", Query{Text: "樹", Mode: Whole}, 9)
}

// contractForms: words of seven languages are found by their other forms; exact ones first.
func contractForms(t *testing.T, e Engine) {
	pairs := [][2]string{
		{"the mediators were agreeing", "mediator agreed"}, {"she settles disputes", "settled dispute"}, {"the parties negotiated", "party negotiation"},
		{"les médiateurs négociaient avec les parties", "médiateur négocier"}, {"des accords confidentiels pour les enfants", "accord confidentiel enfant"},
		{"elles ont été négociées dans la séance", "négociée séances"},
		{"die Vereinbarungen und die Häuser der Parteien", "Vereinbarung Haus Partei"}, {"mit den Kindern über die Gespräche", "Kinder Gespräch"},
		{"las negociaciones de los acuerdos", "negociación acuerdo"}, {"los mediadores con sus hijos", "mediador hijo"},
		{"de bemiddelaars en hun overeenkomsten", "bemiddelaar overeenkomst"}, {"het is een van de gesprekken met de kinderen", "gesprek kinderen"},
		{"gli accordi dei mediatori", "accordo mediatore"}, {"le possibilità della mediazione per i figli", "possibilita figlio"},
		{"os acordos das mediações com os filhos", "acordo mediação filho"}, {"as sessões dos mediadores", "sessão mediador"},
	}
	for i, p := range pairs {
		put(t, e, post(int64(i+1), p[0], title(""), func(d *Doc) { d.Lang = "" }))
	}
	for i, p := range pairs {
		if got := find(t, e, Query{Text: p[1], Limit: 100}); !slices.Contains(got, int64(i+1)) {
			t.Errorf("%q does not find %q: %v", p[1], p[0], got)
		}
	}
	put(t, e, post(101, "reconciled parents met", title("")), post(102, "reconciling parents met", title("")))
	for _, exact := range []struct {
		word string
		want []int64
	}{{"reconciled", []int64{101, 102}}, {"reconciling", []int64{102, 101}}} {
		if got := find(t, e, Query{Text: exact.word}); !slices.Equal(got, exact.want) {
			t.Errorf("%s: %v, want the exact word first", exact.word, got)
		}
	}
	same(t, e, "a phrase is exact", Query{Text: `"reconciled parents"`}, 101)
	same(t, e, "so is a word in quotes", Query{Text: `"reconciling"`}, 102)
	same(t, e, "and one that must not be there", Query{Text: "parents met -reconciled"}, 102)
	same(t, e, "in order of time, too", Query{Text: "parents met -reconciled", Sort: Newest}, 102)
	put(t, e, post(103, "reconciled children met", title("")))
	same(t, e, "words without their order are no phrase", Query{Text: `children met -"met children"`}, 103)
	same(t, e, "a phrase that stands there", Query{Text: `children met -"children met"`})
}

func contractNear(t *testing.T, e Engine) {
	put(t, e, post(1, "custody of the children"), post(2, "confidentiality holds"), post(3, "mueller"), post(4, "bat cab"), post(5, "Überweisung"))
	for text, want := range map[string][]int64{
		"custdy": {1}, "cusstody": {1}, "cutsody": {1}, "custodi": {1}, "ucstody": {1}, // too few, too many, swapped, wrong
		"confidentialty": {2}, "confdentialty": {2}, "confdntialty": {}, // two errors in a long word, not three
		"muller": {3}, "bet": {}, // short words are as they are
		"uberweisng": {5}, "custdy childen": {1}, "custdy zebra": {},
	} {
		same(t, e, "near "+text, Query{Text: text, Mode: Near}, want...)
	}
	if got := find(t, e, Query{Text: "custdy"}); len(got) != 0 {
		t.Errorf("all forgives errors: %v", got)
	}
	put(t, e, post(6, "custody"), post(7, "custodx"))
	if got := find(t, e, Query{Text: "custodx", Mode: Near}); len(got) != 3 || got[0] != 7 {
		t.Errorf("near: %v, want the exact word first", got)
	}
	put(t, e, post(8, "wonderwood", audience("group:7"), title("")))
	must(t, e.Delete(context.Background(), gone(9, Ref{"post", 8})))
	same(t, e, "a word that is gone", Query{Text: "wonderwod", Mode: Near, Readers: readers("group:7")})
}

func contractNames(t *testing.T, e Engine) {
	put(t, e,
		post(1, "a form of alternative dispute resolution", title("")), post(2, "ADR for families", title("")),
		post(3, "she held a private session", title("")), post(4, "the caucus was long", title("")),
		post(5, "the settlement was signed", title("")), post(6, "the agreements were signed", title("")),
		post(7, "resolution of an alternative dispute", title("")), post(8, "Scheidung", title("")), post(9, "die Ehescheidung", title("")))
	for text, want := range map[string][]int64{
		"adr": {1, 2}, "alternative dispute resolution": {1, 2, 7}, `"alternative dispute resolution"`: {1},
		"caucus": {3, 4}, "private session": {3, 4}, "settlement signed": {5, 6}, "settlements": {5, 6}, "scheidung": {8, 9},
		"alternative dispute resolution families": {2}, `"adr"`: {2},
	} {
		same(t, e, text, Query{Text: text}, want...)
	}
	if got := find(t, e, Query{Text: "settlement"}); !slices.Equal(got, []int64{5, 6}) {
		t.Errorf("%v, want the word itself first", got)
	}
}

func contractSmallWords(t *testing.T, e Engine) {
	put(t, e, post(1, "how to begin a session", title("")), post(2, "session notes", title("")), post(3, "to be or not to be", title("")))
	same(t, e, "small words are optional", Query{Text: "how to do a session"}, 1, 2)
	same(t, e, "unless there is nothing else", Query{Text: "to be or not"}, 3)
	same(t, e, "in a phrase they stand", Query{Text: `"begin a session"`}, 1)
	same(t, e, "one alone", Query{Text: "or"}, 3)
	if got := find(t, e, Query{Text: "how a session"}); !slices.Equal(got, []int64{1, 2}) {
		t.Errorf("%v, want the one that has the small words, too, first", got)
	}
}

// contractTitles: what suggestions are made of.
func contractTitles(t *testing.T, e Engine) {
	put(t, e, post(1, "fees", title("Opening statements")), post(2, "opening", title("Fees of mediators")),
		post(3, "x", title("Open questions on fees")), post(4, "x", title("東京の調停")), post(5, "opening statements"))
	for text, want := range map[string][]int64{
		"open": {1, 3}, "op": {1, 3}, "opening": {1, 3}, "fees": {2, 3}, "openin": {1}, "statement": {1}, "mediator": {2},
		"fees open": {3}, `"fees of"`: {2}, `"of fees"`: {}, "東": {4}, "調停": {4}, "nothing": {}, "o": {},
		"open -fees": {1}, "adr": {},
	} {
		same(t, e, text, Query{Text: text, Titles: true, Sort: Newest}, want...)
	}
	same(t, e, "any", Query{Text: "opening fees zebra", Titles: true, Mode: Any}, 1, 2, 3)
	same(t, e, "near", Query{Text: "statments", Titles: true, Mode: Near}, 1)
}

func contractList(t *testing.T, e Engine) {
	ctx := context.Background()
	if empty, err := e.Empty(ctx); err != nil || !empty {
		t.Errorf("empty: %t, %v", empty, err)
	}
	docs := []Doc{post(3, "c"), post(20, "b"), post(1, "a"), post(5, "m", kind("message")), post(7, "t", kind("topic")), post(9, "gone")}
	put(t, e, docs...)
	must(t, e.Delete(ctx, gone(9, Ref{"post", 9})))
	var got []Stored
	for after := (Ref{}); ; {
		part, err := e.List(ctx, after, 2)
		must(t, err)
		if len(part) == 0 {
			break
		}
		got = append(got, part...)
		after = part[len(part)-1].Ref
	}
	want := []Stored{}
	for _, i := range []int{3, 2, 0, 1, 4} {
		want = append(want, Stored{docs[i].ref(), 1, docs[i].Sum()})
	}
	if !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	// What is the same in version and not in sum is put right.
	changed := docs[0]
	changed.Tags, changed.Voice = []int64{4}, 9
	put(t, e, changed)
	same(t, e, "mended", Query{Text: "c", Tags: []int64{4}, Voices: []int64{9}}, 3)
	if part, err := e.List(ctx, Ref{"post", 1}, 1); err != nil || len(part) != 1 || part[0].Sum != changed.Sum() {
		t.Errorf("after mending: %v, %v", part, err)
	}
	if empty, err := e.Empty(ctx); err != nil || empty {
		t.Errorf("not empty: %t, %v", empty, err)
	}
}

// contractMore: of what is very common the newest are weighed.
func contractMore(t *testing.T, e Engine) {
	var docs []Doc
	for id := int64(1); id <= weighed+200; id++ {
		docs = append(docs, post(id, "common", title("")))
	}
	docs[0].Title = "Common"
	put(t, e, docs...)
	r, err := e.Search(context.Background(), Query{Text: "common", Readers: readers("public"), Limit: 1000})
	must(t, err)
	if len(r.Hits) != 1000 || !r.More {
		t.Errorf("%d hits, more %t", len(r.Hits), r.More)
	}
	r, err = e.Search(context.Background(), Query{Text: "common", Readers: readers("public"), Titles: true})
	must(t, err)
	if len(r.Hits) != 1 || r.More {
		t.Errorf("titles: %d hits, more %t", len(r.Hits), r.More)
	}
	q := Query{Text: "common", Readers: readers("public"), Sort: Newest, Limit: 500}
	for page, want := range []int64{weighed + 200, weighed - 300, 200} {
		r, err = e.Search(context.Background(), q)
		must(t, err)
		if q.Cursor = r.Cursor; len(r.Hits) == 0 || r.Hits[0].ID != want {
			t.Fatalf("page %d begins with %v, want %d", page, r.Hits[:min(1, len(r.Hits))], want)
		}
	}
	if q.Cursor != "" {
		t.Error("there is a page beyond the end")
	}
}

// contractInTime: many of one instant keep the order in which they came, and all are found.
func contractInTime(t *testing.T, e Engine) {
	for id := int64(1); id <= 40; id++ {
		put(t, e, post(id, "instant", func(d *Doc) { d.At = time.Unix(1_700_000_000, 0) }))
	}
	for _, sort := range []Sort{Newest, Oldest} {
		seen := map[int64]bool{}
		q := Query{Text: "instant", Readers: readers("public"), Sort: sort, Limit: 7}
		for pages := 0; pages < 10; pages++ {
			r, err := e.Search(context.Background(), q)
			must(t, err)
			for _, h := range r.Hits {
				seen[h.ID] = true
			}
			if q.Cursor = r.Cursor; q.Cursor == "" {
				break
			}
		}
		if len(seen) != 40 {
			t.Errorf("%d: %d found", sort, len(seen))
		}
	}
}

// contractHostileAsks: there is always an answer, and never one of others'.
func contractHostileAsks(t *testing.T, e Engine) {
	put(t, e, post(1, "secret "+token(1), audience("group:1")), post(2, "the open one"))
	texts := append(slices.Clone(hostile), strings.Repeat("the ", 10_000), "-", "--", `-"`, "-secret", strings.Repeat("a b ", 5000),
		strings.Repeat(`"secret `, 50), "\u202edlrow \u202aolleh", strings.Repeat("secre ", 32), strings.Repeat("調停", 300))
	for _, text := range texts {
		for _, mode := range []Mode{All, Near, Any} {
			for _, titles := range []bool{false, true} {
				start := time.Now()
				q := Query{Text: text, Mode: mode, Titles: titles, Readers: readers("public"), Sort: Sort(len(text) % 7), Limit: len(text) - 100}
				if got := find(t, e, q); slices.Contains(got, 1) {
					t.Errorf("%.60q found %v", text, got)
				}
				if d := time.Since(start); d > 5*time.Second {
					t.Errorf("%.60q took %v", text, d)
				}
			}
		}
	}
	many := Query{Text: "open"}
	for g := range int64(300) {
		many.Readers = append(many.Readers, Reader{Term: fmt.Sprint("group:", g+5)}, Reader{Term: fmt.Sprint("since:", g+5), From: time.Unix(g, 0)})
		many.Places = append(many.Places, g)
	}
	many.Readers = append(many.Readers, Reader{Term: "public"})
	same(t, e, "hundreds of groups", many, 2)
}
