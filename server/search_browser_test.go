package main

import (
	"net/http"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// TestSearchInABrowser: suggestions while one types, by the keyboard alone; filters that are added and taken away; topics like the one that is being written; and
// axe has nothing against any of it.
func TestSearchInABrowser(t *testing.T) {
	t.Parallel()
	w := begin(t, "sqlite", nil)
	axe := theAxe(t)
	f := newFinding(t, w)
	b := w.browsers()("otto")
	b.login("otto")
	is := func(what, js string) {
		t.Helper()
		w.eventually(what, func() bool {
			ok, err := chromedp.Run(b.ctx, chromedp.Evaluate[bool](js))
			return err == nil && ok
		})
	}
	const options = "[...document.querySelectorAll('#suggested [role=option]')]"
	chosen := options + ".find(o => o.getAttribute('aria-selected') === 'true')"
	b.open(groupsOf(f))
	b.to("#q", "affair")
	is("suggestions come", "document.querySelector('#q').getAttribute('aria-expanded') === 'true' && "+options+".length > 1")
	b.unbarred(axe, "suggestions")
	if words := eval[string](b, options+".map(o => o.innerText).join('|')"); !strings.Contains(words, "The marimba affair") || !strings.Contains(words, "in the group Group inner") {
		t.Errorf("suggested %q", words)
	}
	b.do(chromedp.KeyEvent(kb.ArrowDown))
	is("the first is chosen, and the field says so", chosen+"?.id === 'suggested-0' && document.querySelector('#q').getAttribute('aria-activedescendant') === 'suggested-0'")
	b.do(chromedp.KeyEvent(kb.ArrowUp))
	is("none is chosen", "!"+chosen+" && !document.querySelector('#q').hasAttribute('aria-activedescendant')")
	b.do(chromedp.KeyEvent(kb.ArrowUp))
	is("the last is chosen", chosen+" === "+options+".at(-1)")
	b.do(chromedp.KeyEvent(kb.Escape))
	is("they are closed", "document.querySelector('#suggested').hidden && document.activeElement.id === 'q' && document.activeElement.value === 'affair'")
	b.enter()
	b.sees("1 found")
	b.unbarred(axe, "found")
	b.open("/")
	b.to("#q", "affair")
	is("what was looked for lately comes, too", options+".some(o => o.innerText.includes('lately')) && "+options+".some(o => o.innerText.includes('The marimba affair'))")
	b.do(chromedp.KeyEvent(kb.ArrowDown))
	for range 8 {
		if eval[bool](b, chosen+"?.innerText.includes('The marimba affair') === true") {
			break
		}
		b.do(chromedp.KeyEvent(kb.ArrowDown))
	}
	b.enter()
	b.sees("A marimba of which only members know")

	b.open("/search?q=marimba")
	b.sees("4 found")
	b.press(".facets a[href*='kind=message']")
	b.sees("1 found")
	b.press(".tagged a")
	b.sees("4 found")
	b.open("/search?q=zzzz&kind=topic")
	b.sees("Nothing found")
	b.unbarred(axe, "nothing found")
	b.open("/account/searches")
	b.unbarred(axe, "searches")
	b.open("/g/inner/b/talk/new")
	b.to("#title", "That marimba affair again")
	is("what may have been asked before is shown", "document.querySelector('[data-similar]').innerText.includes('The marimba affair')")
	b.unbarred(axe, "similar")

	// Without scripts the same: the page for what was looked for lately, filters, and topics alike with the preview.
	if _, page := w.ask(http.MethodGet, "/g/inner", f.cookies["otto"]); !strings.Contains(page, `href="/search?group=`) {
		t.Error("no way to search within the group without scripts")
	}
}

func groupsOf(f *finding) string { return "/g/" + f.inner.Slug }
