package main

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"peergroups/forum"
	"peergroups/forum/forumtest"
	"peergroups/server/demo"
)

// barriers runs axe on the page and tells what it finds, a line each.
const barriers = `axe.run(document, {runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]})
	.then(found => found.violations.flatMap(v => v.nodes.map(n => v.id + ": " + v.help + ": " + n.target.join(" ") + " " + n.html.slice(0, 160))))`

// alike makes addresses of one kind of page the same.
func alike(path string) string {
	path, _, _ = strings.Cut(path, "?")
	for _, a := range [][2]string{{`/g/[0-9]+/r/talk`, "/talk"}, {`/r/study-day-[^/]+`, "/circle"}, {`/[0-9]+`, "/*"}, {`/t/\*/[^/]+`, "/t/*"}, {`/([gbr])/[^/]+`, "/$1/*"}, {`/(outbox|mail)/[a-z.-]+/\*/\*`, "/$1/*"}, {`/(unsubscribe|conduct|verify)/.*`, "/$1/*"}} {
		path = regexp.MustCompile(a[0]).ReplaceAllString(path, a[1])
	}
	return path
}

// files are paths that give something to keep, and no page.
var files = regexp.MustCompile(`(/|\.)(csv|json|proof|raw)(\?|$)`)

// TestNoBarriers opens each kind of page that a visitor, a mediator and one of the staff are led to in the demo, on a phone
// and on a desk, in light and in dark, and has axe look for barriers; nothing scrolls sideways.
func TestNoBarriers(t *testing.T) {
	t.Parallel()
	axe := theAxe(t)
	var out bytes.Buffer
	var err error
	w := &world{t: t}
	w.server, err = start(t.Context(), &Config{Listen: "127.0.0.1", DataDir: t.TempDir(), SMTPListen: "off"},
		parts{Out: &out, Log: slog.New(slog.DiscardHandler), Now: time.Now, Demo: true, Resolver: &zone{}})
	w.must(err)
	defer func() {
		ctx, cancel := context.WithTimeout(context.Background(), 15*time.Second)
		defer cancel()
		w.must(w.stop(ctx))
	}()
	window := w.browsers()
	seen := map[string]bool{}
	ids, err := w.forum.Adopt(t.Context(), w.as(memberOf(w, "secretariat")), []forum.Registration{person("newcomer")})
	w.must(err)
	w.must(w.forum.Apply(t.Context(), w.as(ids[0])))
	w.must(w.forum.PublishPolicy(t.Context(), w.as(memberOf(w, "secretariat")), forum.PolicyDraft{Name: "privacy", Words: "## Ours\n\nWe keep little.", Changes: "All are asked about it.", Asks: true, After: 1}))
	for _, who := range []string{"", "ana", "secretariat", "newcomer"} {
		b := window(who)
		if who != "" {
			b.open("/login")
			b.fill("login", who)
			b.fill("password", map[bool]string{true: forumtest.Password, false: demo.Password}[who == "newcomer"])
			b.press("main form button:not([type=button])")
			w.strengthen()
		}
		queue := []string{"/"}
		if who == "newcomer" {
			queue = []string{"/account/certification"}
		}
		own := map[string]bool{}
		for ; len(queue) > 0; queue = queue[1:] {
			kind := alike(queue[0])
			for _, path := range b.looks(queue[0], axe, !seen[kind]) {
				if kind := alike(path); !own[kind] && !strings.HasPrefix(kind, "/f/") && !files.MatchString(path) && !strings.HasPrefix(kind, "/feeds/") && (who != "newcomer" || !seen[kind]) {
					own[kind] = true
					queue = append(queue, path)
				}
			}
			seen[kind] = true
		}
		t.Logf("%q: %d kinds of pages", who, len(own))
	}
	var all []string
	for path := range seen {
		all = append(all, path)
	}
	slices.Sort(all)
	t.Log(all)
	if len(all) < 60 {
		t.Errorf("only %d kinds of pages were found", len(all))
	}
	for _, kind := range []string{"/talk", "/g/*/circle", "/g/*/r/*", "/talks"} {
		if !seen[kind] {
			t.Errorf("no page of %s was found", kind)
		}
	}
}

// unbarred has axe look at the page that is there.
func (b *browser) unbarred(axe, how string) {
	b.w.t.Helper()
	eval[bool](b, axe+";true")
	found, err := chromedp.Run(b.ctx, chromedp.Evaluate[[]string](barriers, chromedp.EvalAwaitPromise))
	b.w.must(err)
	for _, f := range found {
		b.w.t.Errorf("%q, %s, %s: %s", b.who, b.path(), how, f)
	}
}

// theAxe is its script, which .ci/need fetches.
func theAxe(t *testing.T) string {
	t.Helper()
	b, err := os.ReadFile("../.ci/cache/axe.min.js")
	if err != nil {
		t.Fatal("run .ci/need: ", err)
	}
	return string(b)
}

// looks opens a page on a phone, and one of a new kind on a desk, too, has axe look at it, and gives where it leads.
func (b *browser) looks(path, axe string, fresh bool) []string {
	b.w.t.Helper()
	for _, at := range []struct {
		width  int64
		scheme string
	}{{360, "light"}, {1440, "dark"}} {
		if at.width > 360 && !fresh {
			continue
		}
		b.do(chromedp.EmulateViewport(at.width, 900))
		_, err := chromedp.Call(b.ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: at.scheme}}})
		b.w.must(err)
		b.open(path)
		b.unbarred(axe, fmt.Sprintf("%d px %s", at.width, at.scheme))
		if wide := eval[int64](b, "document.documentElement.scrollWidth"); wide > at.width {
			b.w.t.Errorf("%q, %s: %d px wide on %d: %s", b.who, path, wide, at.width, eval[string](b, `[...document.querySelectorAll("main *")].filter(e => e.getBoundingClientRect().right > innerWidth).map(e => e.outerHTML.slice(0, 120)).join("\n")`))
		}
	}
	return eval[[]string](b, fmt.Sprintf(`[...document.querySelectorAll("a[href]")].filter(a => a.origin === %q && !a.hasAttribute("download")).map(a => a.pathname + a.search)`, b.w.base.String()))
}
