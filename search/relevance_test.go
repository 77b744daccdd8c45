package search

import (
	"context"
	"encoding/json"
	"os"
	"strings"
	"testing"
	"time"
)

// corpusDoc is a post of testdata: demo.json is written by a test of the server, and
// languages.json adds what the demo lacks.
type corpusDoc struct {
	Key    string `json:"key"`
	Author string `json:"author"`
	Lang   string `json:"lang"`
	Title  string `json:"title"`
	Text   string `json:"text"`
}

func readCorpus(t *testing.T) (keys []string, docs []Doc) {
	for _, file := range []string{"testdata/demo.json", "testdata/languages.json"} {
		data, err := os.ReadFile(file)
		must(t, err)
		var part []corpusDoc
		must(t, json.Unmarshal(data, &part))
		for _, c := range part {
			keys = append(keys, c.Key)
			id := int64(len(keys))
			docs = append(docs, Doc{Kind: "post", ID: id, Version: 1, Audience: "public", Author: 5, Voice: 5,
				At: time.Unix(1_700_000_000+id*3600, 0), Lang: c.Lang, Title: c.Title, Text: c.Text})
		}
	}
	return keys, docs
}

// relevant is what a query should find. A post is named by a part of its key that no other key
// found before it has.
type relevant struct {
	text  string
	mode  Mode
	first []string // the first hits, in this order
	among []string // found, wherever
	never []string
}

// TestRelevance: the same expectations on all engines.
func TestRelevance(t *testing.T) {
	t.Parallel()
	keys, docs := readCorpus(t)
	if len(relevance) < 60 {
		t.Errorf("%d queries", len(relevance))
	}
	for name, open := range map[string]func(testing.TB) Engine{
		"sqlite":   func(t testing.TB) Engine { return sqliteEngine(t) },
		"postgres": func(t testing.TB) Engine { return postgresEngine(t) },
		"meili":    func(t testing.TB) Engine { return meiliEngine(t) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := open(t)
			must(t, e.Reset(context.Background()))
			put(t, e, docs...)
			for _, c := range relevance {
				c.check(t, e, keys)
			}
		})
	}
}

func (c relevant) check(t *testing.T, e Engine, keys []string) {
	t.Helper()
	found := find(t, e, Query{Text: c.text, Mode: c.mode, Limit: 1000})
	names := make([]string, len(found))
	for i, id := range found {
		names[i] = keys[id-1]
	}
	show := names[:min(len(names), 4)]
	for i, want := range c.first {
		if i >= len(names) || !strings.Contains(names[i], want) {
			t.Errorf("%q: hit %d should be %q: %q", c.text, i+1, want, show)
		}
	}
	has := func(part string) bool {
		for _, n := range names {
			if strings.Contains(n, part) {
				return true
			}
		}
		return false
	}
	for _, want := range c.among {
		if !has(want) {
			t.Errorf("%q does not find %q: %q", c.text, want, show)
		}
	}
	for _, not := range c.never {
		if has(not) {
			t.Errorf("%q finds %q", c.text, not)
		}
	}
	if len(c.first)+len(c.among)+len(c.never) == 0 && len(found) > 0 {
		t.Errorf("%q finds %q", c.text, show)
	}
}

var relevance = []relevant{
	// Titles before texts.
	{text: "silent buyers", first: []string{"Silent buyers"}},
	{text: "opening statements", first: []string{"Opening statements: keep"}},
	{text: "waiting lists", first: []string{"What we have learnt about waiting lists"}},
	{text: "recording joint session", first: []string{"When one party keeps a recording"}},
	{text: "recordings", first: []string{"recordings"}, among: []string{"When one party keeps a recording"}},
	{text: "grandparents", first: []string{"Grandparents at the table"}},
	{text: "fee agreement", first: []string{"Fee agreement on one page"}},
	{text: "fees", among: []string{"Fees that depend", "opinion on success fees", "Fee agreement"}, first: []string{"fees", "Fees"}},
	{text: "success fees", first: []string{"opinion on success fees"}},
	{text: "breakout rooms", first: []string{"Breakout rooms"}},
	{text: "parenting plan", first: []string{"Parenting plans"}},
	{text: "works council", first: []string{"When the works council sits in"}},
	{text: "interpreters", first: []string{"nterpreters", "nterpreters"}, among: []string{"Training day on listening", "Interpreters: sitting"}},
	{text: "interpreter telephone", first: []string{"Interpreters: sitting"}},
	{text: "power of attorney", first: []string{"Power of attorney"}},
	{text: "waiting room", among: []string{"The new partner in the waiting room", "Waiting rooms that feel like one", "Poems for the waiting room"}},
	{text: "poems", first: []string{"Poems"}},
	{text: "dog", first: []string{"The dog"}},
	{text: "time zones", first: []string{"Time zones"}},
	{text: "time zone", first: []string{"Time zones"}},
	{text: "complaints procedure", first: []string{"complaints procedure"}},
	{text: "impartial", first: []string{"Impartial, neutral"}, among: []string{"revised code"}},
	{text: "neutral impartial", first: []string{"Impartial, neutral"}},
	{text: "apologies", among: []string{"The article on apologies", "Apologies that are not admissions"}},
	{text: "apology", among: []string{"The article on apologies", "Apologies that are not admissions"}},
	{text: "confidentiality death", first: []string{"Confidentiality after death"}},
	{text: "confidentiality company", first: []string{"Confidentiality inside"}},
	// Phrases, and what must not be there.
	{text: `"waiting room"`, among: []string{"Poems for the waiting room"}, never: []string{"Waiting rooms that feel"}},
	{text: `"in plain words"`, among: []string{"complaints procedure", "Settlement in plain words"}, never: []string{"A word to those"}},
	{text: "confidentiality -death", first: []string{"Confidentiality inside"}, never: []string{"after death"}},
	{text: `draft -"success fees"`, never: []string{"opinion on success fees"}, among: []string{"answer to the ministry"}},
	{text: "draft ministry", first: []string{"answer to the ministry"}},
	// Other forms.
	{text: "insurer", first: []string{"Insurers in the second room"}},
	{text: "children moved abroad", first: []string{"Moving abroad"}},
	{text: "reported child", among: []string{"duty to report when a child"}},
	{text: "laughed together", first: []string{"Laughing together"}},
	{text: "testify", first: []string{"asked to testify"}},
	{text: "testifying", first: []string{"asked to testify"}},
	{text: "partner waits room", first: []string{"The new partner"}},
	// Other names.
	{text: "divorce", first: []string{"My own divorce"}},
	{text: "modes alternatifs de règlement des conflits", first: []string{"fr/5"}},
	{text: "caucus", among: []string{"de/2", "es/1", "it/3"}},
	{text: "settlement annex courts", first: []string{"Settlement in plain words"}},
	// Small words.
	{text: "how long is too long", first: []string{"Silence: how long"}},
	{text: "who is in the room", first: []string{"Who else is in the room"}},
	{text: "a consent form that people understand", first: []string{"A consent form"}},
	{text: "what do you do when one side drops out", first: []string{"Online rooms: what do you do"}},
	// Beginnings.
	{text: "telep", among: []string{"A first session by telephone"}},
	{text: "second read", first: []string{"second reading"}},
	{text: "supervis", among: []string{"Peer supervision"}},
	// Typing errors.
	{text: "confidentialty", mode: Near, among: []string{"Confidentiality after death", "Confidentiality inside"}},
	{text: "confidentialty"},
	{text: "interpeters", mode: Near, among: []string{"Interpreters: sitting"}},
	{text: "grandparnets", mode: Near, first: []string{"Grandparents"}},
	{text: "attonrey", mode: Near, first: []string{"Power of attorney"}},
	{text: "insurrers second room", mode: Near, first: []string{"Insurers"}},
	// Any of the words, most of them first.
	{text: "interpreters whispering zebra", mode: Any, first: []string{"Interpreters: sitting"}},
	{text: "grandparents table unicorn hour", mode: Any, first: []string{"Grandparents at the table"}},
	// French.
	{text: "médiation familiale", first: []string{"fr/1"}},
	{text: "mediation familiale", first: []string{"fr/1"}},
	{text: "clauses confidentielles juge", mode: Any, first: []string{"fr/2"}},
	{text: "négociation printemps", first: []string{"fr/4"}},
	{text: "MARC", among: []string{"fr/5"}},
	{text: "honoraire", first: []string{"fr/3"}},
	// German.
	{text: "Vereinbarungen Verschwiegenheit", first: []string{"de/1"}},
	{text: "Einzelgespräch", first: []string{"de/2"}},
	{text: "haus geschwister", first: []string{"de/3"}},
	{text: "Mediatorin", among: []string{"de/2"}},
	// Spanish.
	{text: "negociacion", first: []string{"es/1"}},
	{text: "acuerdos hijo", first: []string{"es/2"}},
	{text: "mediadora confidencialidad", first: []string{"es/3"}},
	// Dutch.
	{text: "bemiddelaar geheimhouding", first: []string{"nl/1"}},
	{text: "vso", first: []string{"nl/2"}},
	{text: "gesprek kinderen", first: []string{"nl/3"}},
	// Italian.
	{text: "accordo figlio", first: []string{"it/1"}},
	{text: "appunto", first: []string{"it/2"}},
	{text: "trattativa", first: []string{"it/3"}},
	// Portuguese.
	{text: "mediação distância", first: []string{"pt/1"}},
	{text: "irmao acordo", first: []string{"pt/2"}},
	{text: "sessão mediador", first: []string{"pt/1"}},
	// Chinese, Japanese, Korean.
	{text: "法院", first: []string{"zh/1"}},
	{text: "守秘義務", first: []string{"ja/1"}},
	{text: "裁判所", first: []string{"ja/1"}},
	{text: "조정", first: []string{"ko/1"}},
}
