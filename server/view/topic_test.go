package view

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"peergroups/assets"
	"peergroups/forum"
	"peergroups/server/text"
)

// talk is a topic of n posts of some 600 characters.
func talk(w text.Words, n int) (Shell, Topic, []Post) {
	at := forum.At(time.Date(2026, 11, 23, 8, 12, 0, 0, time.UTC))
	s := Shell{Words: w, Org: Organisation{Name: "Chamber of Mediators", Seal: "CM", Address: "The Hague"}, Title: "A recording", Here: "/t/1/a-recording",
		Rail: &Rail{Group: Link{Href: "/g/family", Text: "Family mediation"}, Boards: []Link{{Href: "/g/family/b/questions", Text: "Questions", Icon: "board", Here: true}}}}
	var posts []Post
	for i := range n {
		var said strings.Builder
		for j := range 12 { // words that do not repeat, so that packing has work to do
			fmt.Fprintf(&said, "<p>Sentence %d of post %d says %x about %x.</p>", j, i, (i+3)*(j+7)*104729, (i+11)*(j+5)*1299709)
		}
		posts = append(posts, Post{ID: forum.PostID(1000 + i), Author: Face{ID: forum.MemberID(i%7 + 1), Name: "Tomás Rey"}, Certified: true, At: at, ByMail: i%3 == 0, HTML: said.String(), MayReply: true})
	}
	p := Topic{ID: 1, Href: "/t/1/a-recording", Title: "A recording", Group: Link{Href: "/g/family", Text: "Family mediation"}, Board: Link{Href: "/g/family/b/questions", Text: "Questions"},
		Audience: family, Total: n, People: 7, LastAt: at, OpenedAt: at, WhyNot: "Sign in to reply.", WhyHref: "/login", WhyAct: "Sign in"}
	return s, p, posts
}

func rendered(tb testing.TB, w text.Words, posts []Post) (out [][]byte) {
	tb.Helper()
	for _, p := range posts {
		var b bytes.Buffer
		if err := PostArticle(w, p).Render(context.Background(), &b); err != nil {
			tb.Fatal(err)
		}
		out = append(out, b.Bytes())
	}
	return out
}

// TestFirstVisitInBudget: page, styles, scripts of a visitor, font and icons of a topic
// with 20 posts weigh at most 60 KB over the wire, in at most 8 requests (DESIGN §7).
func TestFirstVisitInBudget(t *testing.T) {
	w := words(t)
	s, p, posts := talk(w, 20)
	p.Rendered = rendered(t, w, posts)
	var page, packed bytes.Buffer
	if err := TopicPage(s, p).Render(t.Context(), &page); err != nil {
		t.Fatal(err)
	}
	z := gzip.NewWriter(&packed)
	if _, err := z.Write(page.Bytes()); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	requests, weight := 1, packed.Len()
	for _, name := range []string{"app.css", "font.woff2", "font-ext.woff2", "sprite.svg", "app.js", "times.js", "keys.js"} {
		f, _ := assets.Lookup(assets.Path(name))
		requests++
		weight += max(len(f.Gzip), map[bool]int{true: len(f.Body)}[f.Gzip == nil])
	}
	if weight > 60<<10 || requests > 8 {
		t.Errorf("%d bytes in %d requests", weight, requests)
	}
	t.Logf("page %d bytes (%d packed), all %d bytes in %d requests", page.Len(), packed.Len(), weight, requests)
	for _, module := range []string{"data-on=", "data-room=", `class="composer"`, "data-show"} {
		if strings.Contains(page.String(), module) {
			t.Errorf("a visitor's page loads the module of %s too", module)
		}
	}
}

// TestNewSince: the divider stands before the first post that is new to the reader, and
// nowhere when that is the first of the page.
func TestNewSince(t *testing.T) {
	w := words(t)
	s, p, posts := talk(w, 3)
	p.Rendered = rendered(t, w, posts)
	for first, want := range map[forum.PostID]bool{0: false, 1000: false, 1001: true, 100: false} {
		p.FirstUnread = first
		var b bytes.Buffer
		if err := TopicPage(s, p).Render(t.Context(), &b); err != nil {
			t.Fatal(err)
		}
		line, post := strings.Index(b.String(), "newline"), strings.Index(b.String(), `id="p1001"`)
		if (line > 0) != want || line > post {
			t.Errorf("first unread %d: divider at %d, post at %d", first, line, post)
		}
	}
}

// TestArticleIsTheSameForAll: what is cached depends on its arguments and on nothing else.
func TestArticleIsTheSameForAll(t *testing.T) {
	w := words(t)
	_, _, posts := talk(w, 1)
	if a, b := rendered(t, w, posts), rendered(t, w, posts); !bytes.Equal(a[0], b[0]) || !isPost(a[0], posts[0].ID) || isPost(a[0], 100) {
		t.Errorf("%s", a[0])
	}
}

// BenchmarkTopicPage renders 20 posts, kept ready as the web door does ("kept") or each
// anew ("fresh").
func BenchmarkTopicPage(b *testing.B) {
	c, err := text.Load(assets.Catalogue())
	if err != nil {
		b.Fatal(err)
	}
	w := c.For("en", "UTC")
	s, p, posts := talk(w, 20)
	var buf bytes.Buffer
	for _, kept := range []bool{true, false} {
		p.Rendered = rendered(b, w, posts)
		b.Run(map[bool]string{true: "kept", false: "fresh"}[kept], func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if !kept {
					p.Rendered = rendered(b, w, posts)
				}
				buf.Reset()
				if err := TopicPage(s, p).Render(context.Background(), &buf); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
