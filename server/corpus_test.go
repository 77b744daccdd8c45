package main

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"testing"
	"time"

	"peergroups/forum"
)

var update = flag.Bool("update", false, "write search/testdata/demo.json anew")

const corpusFile = "../search/testdata/demo.json"

// corpusPost is a post of the demo as the search engines' tests read it. Its key stays the same
// whatever number it has.
type corpusPost struct {
	Key    string `json:"key"` // group/board/title of the topic/number in it
	Author string `json:"author"`
	Title  string `json:"title,omitempty"` // of a topic's first post
	Text   string `json:"text"`
}

// TestCorpus: the posts of the demo are those on which the order of search results is tested.
func TestCorpus(t *testing.T) {
	w := &world{t: t}
	var out bytes.Buffer
	var err error
	w.server, err = start(t.Context(), &Config{Listen: "127.0.0.1", DataDir: t.TempDir(), SMTPListen: "off"},
		parts{Out: &out, Log: slog.New(slog.DiscardHandler), Now: func() time.Time { return time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC) }, Demo: true, Resolver: &zone{}})
	w.must(err)
	defer func() {
		ctx, cancel := context.WithTimeout(context.Background(), 15*time.Second)
		defer cancel()
		w.must(w.stop(ctx))
	}()
	var corpus []corpusPost
	for after := forum.PostID(0); ; {
		posts, err := w.forum.IndexedPosts(t.Context(), after, forum.Indexed{}, 500)
		w.must(err)
		if len(posts) == 0 {
			break
		}
		for i := range posts {
			p := &posts[i]
			one := corpusPost{Key: fmt.Sprintf("%s/%s/%s/%d", p.GroupSlug, p.BoardSlug, p.Title, p.N), Author: p.Author, Text: p.Plain}
			if p.N == 1 && p.TopicAudience() == p.Audience {
				one.Title = p.Title
			}
			corpus = append(corpus, one)
		}
		after = posts[len(posts)-1].ID
	}
	got, err := json.MarshalIndent(corpus, "", "\t")
	w.must(err)
	got = append(got, '\n')
	if *update {
		w.must(os.WriteFile(corpusFile, got, 0o644))
	}
	want, err := os.ReadFile(corpusFile)
	w.must(err)
	if !bytes.Equal(got, want) {
		t.Error("the demo's posts are others than in " + corpusFile + ": run this test with -update, and see that the search tests still find what they should")
	}
}
