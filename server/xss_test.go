package main

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"peergroups/forum"
)

// inert tells what a browser made of a page that is none of ours: scripts, handlers, frames, forms that lead away, styles.
const inert = `(() => {
	const out = [];
	for (const e of document.querySelectorAll("*")) {
		if (/^(iframe|object|embed|base|frame|frameset|applet|foreignobject|style|math)$/i.test(e.tagName)) out.push(e.outerHTML.slice(0, 200));
		if (e.tagName === "SCRIPT" && !(e.getAttribute("src") || "").startsWith("/assets/")) out.push(e.outerHTML.slice(0, 200));
		if (/^(META|LINK)$/.test(e.tagName) && !document.head.contains(e)) out.push(e.outerHTML.slice(0, 200));
		if (e.tagName === "FORM" && new URL(e.action, location).origin !== location.origin) out.push(e.outerHTML.slice(0, 200));
		for (const a of e.attributes) {
			if (/^on/i.test(a.name) || a.name === "srcdoc" || a.name === "style" && e.closest(".prose")) out.push(a.name + "=" + a.value);
			if (/^(href|src|xlink:href|action|formaction|data|poster)$/i.test(a.name) && /^[\s\x00-\x1f]*(javascript|data|vbscript|blob):/i.test(a.value) && a.value !== "data:,") out.push(a.name + "=" + a.value);
		}
	}
	return out.concat(window.__ran || []);
})()`

// TestNothingRuns puts each payload of the corpus everywhere where somebody can write, and looks at what Chromium makes of
// the pages: nothing runs, and nothing stands there that could. The policy of contents is taken away for it (CSP is the
// second wall, and must not be what holds).
func TestNothingRuns(t *testing.T) {
	t.Parallel()
	w := begin(t, "sqlite", func(c *Config) { c.SMTPURL = "" })
	raw, err := os.ReadFile("../forum/markup/testdata/xss.txt")
	w.must(err)
	var payloads []string
	for line := range strings.Lines(string(raw)) {
		payloads = append(payloads, strings.ReplaceAll(strings.TrimSuffix(line, "\n"), "␤", "\n"))
	}
	ann := w.members("ann")["ann"]
	g, board, room := w.group("open", forum.MembersOnly)
	w.enter(g, w.admin, ann)
	const inName = `<img src=x onerror=alert(1)>"'`
	w.must(w.forum.ChangeProfile(t.Context(), ann, forum.Profile{Name: inName, Title: inName, Zone: "UTC", DigestHour: 7}))
	ann = w.as(ann.Member)
	w.must(w.forum.AddTag(t.Context(), w.admin, g.ID, inName, "tag"))
	tags, err := w.forum.ReadTags(t.Context(), ann, g.ID, false)
	w.must(err)
	file, err := w.forum.AddFile(t.Context(), ann, inName+`<svg onload=alert(1)>.txt`, []byte("plain words"))
	w.must(err)
	first, err := w.forum.StartTopic(t.Context(), ann, board.ID, forum.Draft{Title: `</title><script>alert(1)</script>` + inName, Source: strings.Join(payloads[:40], "\n\n"), Key: w.key(),
		Tags: []forum.TagID{tags[0].ID}, Files: []forum.FileID{file.ID}, Poll: forum.PollDraft{Options: inName + "\n<script>alert(1)</script>"}})
	w.must(err)
	for i := 40; i < len(payloads); i += 20 {
		part := payloads[i:min(i+20, len(payloads))]
		_, err := w.forum.Reply(t.Context(), ann, first.ID, forum.Draft{Source: strings.Join(part, "\n\n"), Key: w.key()})
		w.must(err)
		_, err = w.forum.Say(t.Context(), ann, room.ID, strings.Join(part[:5], " "), w.key())
		w.must(err)
	}
	for i, p := range payloads[:100] { // each by itself: what stands before another may shut it up
		_, err := w.forum.Reply(t.Context(), w.admin, first.ID, forum.Draft{Source: p, Key: fmt.Sprint("alone-", i)})
		if forum.KindOf(err) != forum.Invalid { // some are nothing but what is thrown away
			w.must(err)
		}
	}
	w.eventually("the index", func() bool { // it is found, and shown as an excerpt
		_, body := w.ask("GET", "/search?q=alert", w.session("admin"))
		return strings.Contains(body, "/p/")
	})
	b := w.browsers()("ann")
	b.login("ann")
	b.unguarded()
	pages := []string{topicPathOf(first), "/g/open", "/g/open/b/talk", "/g/open/r/hall", "/g/open/tags/tag", "/", "/latest", "/search?q=alert", fmt.Sprintf("/m/%d", ann.Member), "/account", "/account/notices", "/account/mail"}
	for next := topicPathOf(first); next != "" && len(pages) < 40; {
		b.open(next)
		next = b.now(`document.querySelector("link[rel=next]")?.getAttribute("href") || ""`)
		if next != "" {
			pages = append(pages, next)
		}
	}
	if len(pages) < 17 {
		t.Errorf("%d pages only: %v", len(pages), pages)
	}
	b.open("/groups") // what is to be found would be
	eval[bool](b, `(document.querySelector("main").append(document.createRange().createContextualFragment("<script>alert(7)</scr" + "ipt><p onclick=x()>x</p><iframe srcdoc=x></iframe>")), true)`)
	if found := eval[[]string](b, inert); len(found) != 5 || found[4] != "alert 7" {
		t.Fatalf("the look itself: %q", found)
	}
	for _, page := range pages {
		b.open(page)
		if found := eval[[]string](b, inert); len(found) > 0 {
			t.Errorf("%s: %q", page, found)
		}
		if title := b.now("document.title"); title == "" {
			t.Errorf("%s is no page", page)
		}
	}
}
