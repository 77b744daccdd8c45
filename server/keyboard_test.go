package main

import (
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"peergroups/forum"
	"peergroups/forum/forumtest"
)

// to goes to what a selector names by Tab alone, and types there.
func (b *browser) to(selector, keys string) {
	b.w.t.Helper()
	for range 80 {
		if eval[bool](b, "document.activeElement.matches(`"+selector+"`)") {
			if keys != "" {
				b.do(chromedp.KeyEvent(keys))
			}
			return
		}
		b.do(chromedp.KeyEvent(kb.Tab))
	}
	b.w.t.Fatalf("%s at %s: Tab never comes to %s", b.who, b.path(), selector)
}

// enter presses Enter where the focus is and waits for the page that comes.
func (b *browser) enter() {
	b.w.t.Helper()
	eval[bool](b, "(window.__old = true)")
	b.do(chromedp.KeyEvent(kb.Enter))
	b.w.eventually(b.who+" pressed Enter", func() bool {
		fresh, err := chromedp.Run(b.ctx, chromedp.Evaluate[bool]("window.__old === undefined && document.readyState === 'complete'"))
		return err == nil && fresh
	})
}

// TestByKeyboard registers, mends the address, confirms, applies, and logs out and in, by the keyboard alone: each field is come to
// by Tab, each form sent by Enter; and axe looks at the pages to which no link leads.
func TestByKeyboard(t *testing.T) {
	t.Parallel()
	w := begin(t, "sqlite", nil)
	axe := theAxe(t)
	b := w.browsers()("kim")
	fill := func(fields ...string) {
		t.Helper()
		for i := 0; i < len(fields); i += 2 {
			b.to("[name="+fields[i]+"]", fields[i+1])
		}
	}
	b.open("/register")
	fill("name", "Kim Keys", "handle", "kim", "email", "kim@typo.example")
	b.enter()
	b.sees("Check your answers")
	b.unbarred(axe, "answers")
	b.to("#password", forumtest.Password)
	b.to("#terms", " ")
	b.to("#password", "") // back around
	b.enter()
	b.sees("kim@typo.example")
	b.unbarred(axe, "mail is on its way")
	b.to("[formaction='/register/change']", "")
	b.enter()
	b.to("[name=email]", "")
	eval[bool](b, "(document.activeElement.select(), true)")
	b.do(chromedp.KeyEvent("kim@members.example"))
	b.enter()
	b.sees("kim@members.example")
	b.to("#password", forumtest.Password)
	b.to("#terms", " ")
	b.to("form button:not(.first):not([formaction]):not([type=button])", "")
	b.enter()
	b.sees("Check your e-mail")
	link := confirmLink.FindStringSubmatch(w.await("kim@members.example", "Confirm").Text)
	b.open(link[1])
	b.unbarred(axe, "confirming")
	b.to("#password", forumtest.Password)
	b.enter()
	b.sees("Hello, Kim Keys")
	b.to("a[href='/account/certification']", "")
	b.enter()
	b.to("form[action='/account/certification'] button", "")
	b.enter()
	b.to("a[href='/account/certification/practice']", "")
	b.enter()
	fill("hours", "240", "mediations", "21", "areas", "Family")
	b.to("main form button:not([type=button])", "")
	b.enter()
	b.to("a[href='/account']", "")
	b.enter()
	b.to("form[action='/logout'] button", "")
	b.enter()
	b.open("/login")
	fill("login", "kim", "password", forumtest.Password)
	b.enter()
	if path := b.path(); path != "/" {
		t.Errorf("in, at %s: %s", path, b.text())
	}
	b.open("/account/certification/practice")
	if got := eval[string](b, "document.querySelector('[name=hours]').value"); got != "240" {
		t.Errorf("the application has %q hours", got)
	}
}

// TestShortcuts: keys do nothing before the help was opened, and while one types; then they step, quote, open, lead up and go
// to lists; kept on, they work on the next page.
func TestShortcuts(t *testing.T) {
	t.Parallel()
	w := begin(t, "sqlite", nil)
	people := w.members("ann")
	g, board, _ := w.group("inner", forum.Hidden)
	w.enter(g, w.admin, people["ann"])
	topic, err := w.forum.StartTopic(t.Context(), w.admin, board.ID, forum.Draft{Title: "By keys", Source: "quoted canary", Key: w.key()})
	w.must(err)
	b := w.browsers()("ann")
	b.login("ann")
	keys := func(key string) { // a driven key would also be typed into the menu that it leads to
		t.Helper()
		eval[bool](b, "document.activeElement.dispatchEvent(new KeyboardEvent('keydown', {key: '"+key+"', bubbles: true, cancelable: true}))")
	}
	is := func(what, js string) {
		t.Helper()
		w.eventually(what, func() bool {
			ok, err := chromedp.Run(b.ctx, chromedp.Evaluate[bool](js))
			return err == nil && ok
		})
	}
	path := topicPathOf(topic)
	b.open(path)
	b.sees("quoted canary")
	keys("m")
	if eval[bool](b, "document.activeElement.id === 'level'") {
		t.Error("a key works before the help was opened")
	}
	is("the help opens", "(document.getElementById('keys').open || document.activeElement.dispatchEvent(new KeyboardEvent('keydown', {key: '?', bubbles: true})), document.getElementById('keys').open)")
	b.press(`#keys button[name=on]`)
	is("kept on", "document.documentElement.dataset.keys === 'on'")
	awake := func(key, js string) { // its module comes after the page
		t.Helper()
		is(key, "(document.activeElement.dispatchEvent(new KeyboardEvent('keydown', {key: '"+key+"', bubbles: true, cancelable: true})), "+js+")")
	}
	awake("m", "document.activeElement.id === 'level'")
	eval[bool](b, "(document.activeElement.blur(), true)")
	keys("u")
	is("up to the board", "location.pathname === '/g/inner/b/talk'")
	b.sees("By keys")
	awake("j", "document.activeElement.matches('.topics > li')")
	keys("o")
	is("opened", "location.pathname === '"+path+"'")
	b.sees("quoted canary")
	awake("j", "document.activeElement.matches('article.post')")
	keys("g")
	keys("l")
	is("to the latest", "location.pathname === '/latest'")
	b.sees("By keys")
	b.open(path)
	b.sees("quoted canary")
	awake("j", "document.activeElement.matches('article.post')")
	keys("q")
	is("it is quoted", "document.getElementById('source').value.includes('/p/') && document.activeElement.id === 'source'")
	keys("u")
	if got := b.path(); got != path {
		t.Errorf("while one writes a key led to %s", got)
	}
}
