package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"peergroups/forum"
	"peergroups/forum/forumtest"
)

// browser is one person's own browser window, with its own cookies.
type browser struct {
	w   *world
	who string
	ctx context.Context
}

// cut lets a test take a page's socket away and keep it away.
const cut = `(() => { const W = WebSocket; window.__s = []; window.WebSocket = class extends W {
	constructor(u) { super(window.__cut ? "ws://127.0.0.1:1/" : u); window.__s.push(this); } }; })()`

func (w *world) browsers(with ...chromedp.ExecAllocatorOption) func(who string) *browser {
	w.t.Helper()
	opts := append(append(chromedp.DefaultExecAllocatorOptions[:], chromedp.NoSandbox, chromedp.ExecPath("/usr/bin/chromium")), with...)
	ctx, cancel := chromedp.NewExecAllocator(context.Background(), opts...)
	w.t.Cleanup(cancel)
	root, stop := chromedp.NewContext(ctx)
	w.t.Cleanup(stop)
	w.must(chromedp.Do(root, chromedp.Navigate("about:blank")))
	return func(who string) *browser {
		ctx, cancel := chromedp.NewContext(root, chromedp.WithNewBrowserContext())
		w.t.Cleanup(cancel)
		b := &browser{w, who, ctx}
		w.must(chromedp.Do(ctx, chromedp.Navigate("about:blank")))
		_, err := chromedp.Call(ctx, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: cut})
		w.must(err)
		return b
	}
}

func (b *browser) do(steps ...chromedp.Action[chromedp.Void]) {
	b.w.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, 20*time.Second)
	defer cancel()
	if err := chromedp.Do(ctx, steps...); err != nil {
		b.w.t.Fatalf("%s: %v\n%s", b.who, err, b.text())
	}
	b.w.seen.add(b.who, []byte(b.html()))
}

func eval[T any](b *browser, js string) T {
	b.w.t.Helper()
	v, err := chromedp.Run(b.ctx, chromedp.Evaluate[T](js))
	if err != nil {
		b.w.t.Fatalf("%s: %s: %v", b.who, js, err)
	}
	return v
}

// html, text and path are of the page that is there now; while another one comes, nothing.
func (b *browser) html() string { return b.now("document.documentElement.outerHTML") }
func (b *browser) text() string { return b.now("document.body.innerText") }
func (b *browser) path() string { return b.now("location.pathname") }

func (b *browser) now(js string) string {
	s, err := chromedp.Run(b.ctx, chromedp.Evaluate[string](js))
	if err != nil {
		return ""
	}
	return s
}

func (b *browser) open(path string) {
	b.w.t.Helper()
	b.do(chromedp.Navigate(b.w.base.String() + path))
}

// press submits a form by its button and waits for the page that comes.
func (b *browser) press(selector string) {
	b.w.t.Helper()
	eval[bool](b, "(window.__old = true)")
	b.do(chromedp.Click(selector))
	b.w.eventually(b.who+" pressed "+selector, func() bool {
		fresh, err := chromedp.Run(b.ctx, chromedp.Evaluate[bool]("window.__old === undefined && document.readyState === 'complete'"))
		return err == nil && fresh
	})
	b.w.seen.add(b.who, []byte(b.html()))
}

func (b *browser) fill(field, text string) {
	b.w.t.Helper()
	b.do(chromedp.SetValue("[name="+field+"]", text))
}

// sees waits until the page says the words.
func (b *browser) sees(words string) {
	b.w.t.Helper()
	for end := time.Now().Add(15 * time.Second); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		if strings.Contains(b.text(), words) {
			b.w.seen.add(b.who, []byte(b.html()))
			return
		}
	}
	b.w.t.Fatalf("%s at %s never sees %q:\n%s", b.who, b.path(), words, b.text())
}

// login signs somebody in, unless they still are: how long a test's jump in time is depends on
// the hour at which it runs.
func (b *browser) login(handle string) {
	b.w.t.Helper()
	b.open("/login")
	if b.path() != "/login" {
		return
	}
	b.fill("login", handle)
	b.fill("password", forumtest.Password)
	b.press("main form button:not([type=button])")
	b.w.strengthen()
}

// visit asks for a page as a visitor, without cookie or script.
func (w *world) visit(path string) (body string, status int, header http.Header) {
	w.t.Helper()
	res, err := http.Get(w.base.String() + path)
	w.must(err)
	defer func() { _ = res.Body.Close() }()
	b, err := io.ReadAll(res.Body)
	w.must(err)
	w.seen.add("visitor", b)
	return string(b), res.StatusCode, res.Header
}

var confirmLink = regexp.MustCompile(`https?://[^\s"<>]+(/confirm/[a-z0-9]+)`)

// TestJourney is the main job end to end: one conversation through three doors, in real
// browsers and over real SMTP, and who must not hear of it does not.
func TestJourney(t *testing.T) {
	for _, dialect := range forumtest.Dialects {
		t.Run(dialect, func(t *testing.T) {
			journey(t, begin(t, dialect, func(c *Config) {
				if dialect == "postgres" { // what a body uses that has outgrown one machine
					c.RedisURL, c.SecretKey = redisServer(t), strings.Repeat("k", leastSecret)
				}
			}))
		})
	}
}

func journey(t *testing.T, w *world) {
	const canary = "canary-7f3a91"
	people := w.members("otto", "dora", "wim", "ida", "olga")
	open, openBoard, _ := w.group("open", forum.PublicToRead)
	inner, board, room := w.group("inner", forum.Hidden)
	w.dns.set("members.example", "v=spf1 ip4:127.0.0.1 -all")
	w.enter(open, w.admin)
	w.enter(inner, w.admin, people["otto"], people["dora"], people["wim"], people["ida"])
	for who, mode := range map[string]forum.Mode{"otto": forum.Each, "dora": forum.Daily, "wim": forum.Weekly, "ida": forum.Index} {
		w.must(w.forum.Subscribe(t.Context(), people[who], board.ID, mode))
	}
	hello, err := w.forum.StartTopic(t.Context(), w.admin, openBoard.ID, forum.Draft{Title: "Welcome, visitors", Source: "Read *freely*.", Key: w.key()})
	w.must(err)

	// A visitor reads a public group, without cookie or script.
	body, status, header := w.visit(topicPathOf(hello))
	if status != http.StatusOK || !strings.Contains(body, "Read <em>freely</em>") || header.Get("Set-Cookie") != "" {
		t.Fatalf("the visitor got %d, cookie %q", status, header.Get("Set-Cookie"))
	}

	// Registers, confirms through the mail that was really sent, signs in.
	window := w.browsers()
	first := window("visitor")
	first.open(topicPathOf(hello))
	weight := eval[[]float64](first, `(() => { const all = [...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")];
		return [all.length, all.reduce((n, e) => n + e.transferSize, 0)]; })()`)
	if weight[0] > 8 || weight[1] > 60<<10 || weight[1] < 10<<10 {
		t.Errorf("the first visit of a topic takes %v requests and %v bytes", weight[0], weight[1])
	}
	nina, admin, otto, olga := window("nina"), window("admin"), window("otto"), window("olga")
	nina.open("/register")
	for field, text := range map[string]string{"name": "Nina Test", "handle": "nina", "email": "nina@members.example"} {
		nina.fill(field, text)
	}
	nina.press("main form button:not([type=button])")
	nina.sees("Check your answers")
	nina.press("main form button[formaction]")
	nina.fill("title", "MSc")
	nina.press("main form button:not([type=button])")
	nina.sees("nina@members.example")
	nina.fill("password", forumtest.Password)
	nina.do(chromedp.Click("#terms"))
	nina.press("main form button:not([type=button]):not([formaction]):not(.first)")
	nina.sees("Check your e-mail")
	link := confirmLink.FindStringSubmatch(w.await("nina@members.example", "Confirm").Text)
	if link == nil {
		t.Fatal("the mail has no link")
	}
	nina.open(link[1])
	nina.fill("password", forumtest.Password)
	nina.press("main form button:not([type=button])")
	nina.sees("Hello, Nina Test")

	// An administrator lets her into the private group. (TestP7Certification certifies.)
	admin.login("admin")
	admin.open("/g/inner/manage")
	admin.fill("login", "nina")
	admin.press("form[action$='/manage/invite'] button")
	w.await("nina@members.example", "invited")

	// She is told who will read her, says so, and starts a topic in Markdown.
	nina.open("/g/inner")
	nina.press("form[action$='/join'] button")
	nina.open("/g/inner/b/talk/new")
	nina.sees("Before your first post in Group inner")
	nina.sees("6 members of Group inner")
	nina.do(chromedp.Click("#agreed"))
	nina.press("main form button")
	nina.fill("title", "Who keeps the notes")
	nina.fill("source", "The notes of the *first* session, "+canary+", and **who** keeps them.")
	nina.press("form.composer .send button:not([type=button])")
	nina.sees("Who keeps the notes")
	topic := nina.path()
	if !strings.Contains(nina.html(), "<strong>who</strong>") {
		t.Fatal("Markdown was not rendered")
	}

	// Another member gets it as list mail and answers over SMTP; it stands there live.
	mail := w.await("otto@members.example", "Who keeps the notes")
	for name, want := range map[string]string{"List-Id": "talk.inner.forum.example", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click", "List-Post": "mailto:talk.inner@forum.example"} {
		if !strings.Contains(mail.GetHeader(name), want) {
			t.Errorf("list mail: %s is %q", name, mail.GetHeader(name))
		}
	}
	reply := addressOf(t, mail.GetHeader("Reply-To"))
	answer := "I keep them for a year.\n\nOn Monday, Nina Test wrote:\n> The notes of the first session\n"
	w.must(w.send("otto@members.example", reply, "one@otto.example", "Re: "+mail.GetHeader("Subject"), answer))
	nina.sees("I keep them for a year.")
	w.must(w.send("otto@members.example", reply, "one@otto.example", "Re: the same mail again", answer)) // comes twice, stands once
	if again := w.await("otto@members.example", "Re: [Group inner] Who keeps the notes"); again.GetHeader("In-Reply-To") != mail.GetHeader("Message-Id") {
		t.Errorf("a reply to the first post answers %s, which was mailed as %s", again.GetHeader("In-Reply-To"), mail.GetHeader("Message-Id"))
	}
	if n := strings.Count(nina.html(), "I keep them for a year."); n != 1 {
		t.Errorf("the reply stands %d times", n)
	}
	for _, thief := range []string{"olga", "dora"} { // an outsider, and a member of the same group
		err := w.send(thief+"@members.example", reply, "two@"+thief+".example", "Re: stolen", "With another's token.")
		if err == nil || !strings.Contains(err.Error(), "550") {
			t.Errorf("%s with a stolen reply token: %v", thief, err)
		}
	}

	w.chat(nina, otto, inner, room)

	// Search finds it for a member and nothing for an outsider.
	nina.open("/search?q=keeps+notes")
	nina.sees("Who keeps the notes")
	olga.login("olga")
	olga.open("/search?q=keeps+notes")
	olga.sees("Nothing found")
	w.visit("/search?q=keeps+notes")
	for _, path := range []string{topic, "/g/inner", "/g/inner/b/talk", "/g/inner/r/hall", "/g/inner/list"} {
		olga.open(path)
		olga.sees("There is nothing at this address")
		w.visit(path)
	}
	w.visit("/")
	w.visit("/groups")

	w.digests(topic, nina)

	// A moderator locks the topic; every door refuses the next reply with words.
	admin.login("admin")
	admin.open(topic)
	admin.open(regexp.MustCompile(`^/t/\d+`).FindString(topic) + "/lock")
	admin.press("main form button")
	admin.sees("The topic is locked.")
	nina.login("nina")
	nina.open(topic)
	nina.sees("This topic is locked")
	if err := w.send("otto@members.example", reply, "three@otto.example", "Re: late", "Too late."); err == nil || !strings.Contains(err.Error(), "locked") {
		t.Errorf("a mail to a locked topic: %v", err)
	}
	late := eval[string](nina, `(() => { const x = new XMLHttpRequest(); x.open("POST", location.pathname, false);
		x.setRequestHeader("Content-Type", "application/x-www-form-urlencoded"); x.send("source=late&key=late-key"); return x.status + " " + x.responseText.includes("This topic is locked"); })()`)
	if late != "409 true" {
		t.Errorf("a reply on the web to a locked topic: %s", late)
	}

	for _, who := range []string{"visitor", "olga", "olga@members.example"} {
		if w.seen.holds(who, canary) || w.seen.holds(who, "Who keeps the notes") || w.seen.holds(who, "Group inner") {
			t.Errorf("%s received what was not for them", who)
		}
	}
	if !w.seen.holds("nina", canary) || !w.seen.holds("otto@members.example", canary) {
		t.Error("the recorder does not record")
	}
}

func topicPathOf(t *forum.Topic) string {
	return fmt.Sprintf("/t/%d/%s", t.ID, t.Slug)
}

// chat has two members talk in two browsers; one loses the connection and comes back
// without a gap.
func (w *world) chat(nina, otto *browser, g *forum.Group, room *forum.Room) {
	w.t.Helper()
	a := w.as(memberOf(w, "nina"))
	d, err := w.forum.Disclose(w.t.Context(), a, g.ID, forum.InRoom)
	w.must(err)
	w.must(w.forum.Acknowledge(w.t.Context(), a, g.ID, forum.InRoom, d.Wording))
	otto.login("otto")
	otto.open("/g/inner/r/hall")
	nina.open("/g/inner/r/hall")
	say := func(b *browser, words string) {
		b.do(chromedp.SendKeys("form[data-room] textarea", words+"\r"))
	}
	say(nina, "Good morning from Nina")
	otto.sees("Good morning from Nina")
	say(otto, "Good morning back")
	nina.sees("Good morning back")
	const clock = `[...document.querySelectorAll("#log time")].at(-1).textContent`
	live := eval[string](nina, clock)
	nina.open("/g/inner/r/hall")
	if kept := eval[string](nina, clock); kept != live || !regexp.MustCompile(`^\d\d:\d\d$`).MatchString(live) {
		w.t.Errorf("a live line says %q, the page %q", live, kept)
	}
	eval[bool](otto, "(window.__cut = true, window.__s.at(-1).close(), true)")
	for _, words := range []string{"First while away", "Second while away", "Third while away"} {
		say(nina, words)
		nina.sees(words)
	}
	w.eventually("all of it is in the store", func() bool {
		all, err := w.forum.ReadMessages(w.t.Context(), a, room.ID, 0, 50)
		return err == nil && len(all) == 5
	})
	if strings.Contains(otto.text(), "while away") {
		w.t.Error("the connection was not lost")
	}
	eval[bool](otto, "(window.__cut = false, dispatchEvent(new Event('online')), true)")
	otto.sees("Third while away")
	want := "Good morning from Nina|Good morning back|First while away|Second while away|Third while away"
	if got := eval[string](otto, `[...document.querySelectorAll("#log .say .prose, #log .say.waiting p")].map(e => e.innerText.trim()).join("|")`); got != want {
		w.t.Errorf("after the gap otto has %q", got)
	}
}

func memberOf(w *world, login string) forum.MemberID {
	w.t.Helper()
	id, err := w.forum.MemberByLogin(w.t.Context(), login)
	w.must(err)
	return id
}

// digests lets the days pass: each mode's issue comes once, and an answer to an item goes
// into its topic.
func (w *world) digests(topic string, nina *browser) {
	w.t.Helper()
	w.until(func(t time.Time) bool { return t.Hour() == 8 })
	daily := w.await("dora@members.example", "Digest")
	if !strings.Contains(daily.Text, "I keep them for a year.") || !strings.Contains(daily.HTML, "<strong>who</strong>") {
		w.t.Errorf("the digest lacks posts:\n%s", daily.Text)
	}
	for _, name := range []string{"List-Id", "List-Unsubscribe", "List-Unsubscribe-Post", "Message-Id", "Date"} {
		if daily.GetHeader(name) == "" {
			w.t.Errorf("the digest lacks %s", name)
		}
	}
	to := regexp.MustCompile(`mailto:(reply\+[a-z0-9]+@forum\.example)`).FindStringSubmatch(daily.Text)
	if to == nil {
		w.t.Fatal("the digest has no address to answer to")
	}
	w.must(w.send("dora@members.example", to[1], "four@dora.example", "Re: Digest", "Answered from the digest."))
	nina.login("nina")
	nina.open(topic)
	nina.sees("Answered from the digest.")
	dora := w.session("dora")
	for _, path := range regexp.MustCompile(`https?://[^\s/]+(/[a-z][^\s)]*)`).FindAllStringSubmatch(daily.Text, -1) {
		if strings.HasPrefix(path[1], "/report/") { // not for who wrote it
			if status, _ := w.ask("GET", path[1], dora); status != http.StatusOK {
				w.t.Errorf("the digest's link %s answers dora %d", path[1], status)
			}
			continue
		}
		nina.open(path[1]) // every link of the mail leads somewhere
		if strings.Contains(nina.html(), `id="trouble"`) {
			w.t.Errorf("the digest's link %s leads nowhere", path[1])
		}
	}
	index := w.await("ida@members.example", "Digest")
	if !strings.Contains(index.Text, "Who keeps the notes") || strings.Contains(index.Text, "I keep them for a year.") {
		w.t.Errorf("the index is not an index:\n%s", index.Text)
	}
	w.until(func(t time.Time) bool { return t.Hour() == 8 && t.Weekday() == time.Monday })
	w.eventually("the weekly digest", func() bool { // the second, where the daily one came on a Monday
		return slices.ContainsFunc(w.mailsTo("wim@members.example"), func(text string) bool { return strings.Contains(text, "Answered from the digest.") })
	})
	w.once("dora@members.example", "wim@members.example", "ida@members.example", "otto@members.example")
}

// unguarded takes the policy of contents away, so that scripts would run, and notes what runs.
func (b *browser) unguarded() {
	b.w.t.Helper()
	_, err := chromedp.Call(b.ctx, page.SetBypassCSP, page.SetBypassCSPParams{Enabled: true})
	b.w.must(err)
	_, err = chromedp.Call(b.ctx, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: `for (const f of ["alert", "confirm", "prompt"]) window[f] = (x) => { (window.__ran ||= []).push(f + " " + x) }`})
	b.w.must(err)
}
