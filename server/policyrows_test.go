package main

import (
	"bytes"
	"fmt"
	"html"
	"image"
	"image/png"
	"maps"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"peergroups/forum"
)

// TestP1Imprint: the body's name, address, web site, logo and privacy contact are set once, and stand in the pages, the policy, the mails and the feeds.
func TestP1Imprint(t *testing.T) { onBoth(t, imprint) }

func imprint(t *testing.T, w *world) {
	g, b, _ := w.group("open", forum.PublicToRead)
	otto := w.members("otto")["otto"]
	w.enter(g, w.admin, otto)
	admin := w.session("admin")
	form := url.Values{"org_name": {"The Guild"}, "org_seal": {"TG"}, "org_address": {"7 Side Street, Oslo"}, "org_contact": {"office@guild.example"}, "org_site": {"guild.example"}, "org_registration": {"open"}}
	if status, page := w.post(admin, "/staff/organisation", form); status != http.StatusUnprocessableEntity || !strings.Contains(page, "org_site-error") {
		t.Errorf("half an address: %d", status)
	}
	form.Set("org_site", "https://www.guild.example/")
	if status, _ := w.led(admin, "/staff/organisation", form); status != http.StatusSeeOther {
		t.Fatalf("set: %d", status)
	}
	if a, page := w.upload(admin, "/staff/organisation/logo", nil, "x.txt", "no picture"); a.StatusCode != http.StatusSeeOther && !strings.Contains(page, "logo-error") {
		t.Errorf("no picture: %d", a.StatusCode)
	}
	w.must(w.forum.SetLogo(t.Context(), w.admin, pictureOf(t, 300, 200)))
	w.offset.Add(int64(4 * time.Second))
	for _, path := range []string{"/", "/privacy", "/terms", "/contact", "/g/open"} {
		_, page := w.ask("GET", path, "")
		for _, want := range []string{"The Guild, 7 Side Street, Oslo", `href="https://www.guild.example/"`, `class="seal" src="/logo/`} {
			if !strings.Contains(page, want) {
				t.Errorf("%s lacks %q", path, want)
			}
		}
	}
	_, page := w.ask("GET", "/contact", "")
	if !strings.Contains(page, "mailto:office@guild.example") {
		t.Errorf("the contact: %s", content(page))
	}
	logo := regexp.MustCompile(`/logo/[0-9a-f]+`).FindString(page)
	if body, status, header := w.visit(logo); status != http.StatusOK || !strings.HasPrefix(header.Get("Content-Type"), "image/") || !strings.Contains(header.Get("Cache-Control"), "immutable") || len(body) == 0 {
		t.Errorf("the logo: %d %v", status, header)
	}
	if _, status, _ := w.visit("/logo/0123456789abcdef"); status != http.StatusNotFound {
		t.Errorf("another logo: %d", status)
	}
	w.must(w.forum.Subscribe(t.Context(), otto, b.ID, forum.Each))
	_, err := w.forum.StartTopic(t.Context(), w.admin, b.ID, forum.Draft{Title: "A topic", Source: "words", Key: w.key()})
	w.must(err)
	for _, feed := range []string{"/feeds/open/talk/atom.xml", "/feeds/open/talk/feed.json"} {
		if body, status, _ := w.visit(feed); status != http.StatusOK || !strings.Contains(body, "The Guild, 7 Side Street, Oslo, office@guild.example") || !strings.Contains(body, "https://www.guild.example/") {
			t.Errorf("%s: %d %s", feed, status, body)
		}
	}
	mail := w.await("otto@members.example", "A topic")
	if !strings.Contains(mail.Text, "The Guild, 7 Side Street, Oslo\r\nhttps://www.guild.example/") && !strings.Contains(mail.Text, "The Guild, 7 Side Street, Oslo\nhttps://www.guild.example/") || !strings.Contains(mail.HTML, "guild.example") {
		t.Errorf("the mail: %s", mail.Text)
	}
}

// TestP2Circles: visitors, registered and certified people and staff see what is for their circle, and each page says who can see it.
func TestP2Circles(t *testing.T) { onBoth(t, circlesOfPeople) }

func circlesOfPeople(t *testing.T, w *world) {
	vera := w.members("vera")["vera"]
	_, err := w.forum.Adopt(t.Context(), w.admin, []forum.Registration{person("rolf")})
	w.must(err)
	cookies := map[string]string{"visitor": "", "registered": w.session("rolf"), "certified": w.session("vera"), "staff": w.session("admin")}
	for slug, c := range map[string]struct {
		is    forum.Visibility
		words string
		sees  []string
	}{
		"everyone":   {forum.PublicToRead, "Everyone", []string{"visitor", "registered", "certified", "staff"}},
		"registered": {forum.RegisteredOnly, "registered", []string{"registered", "certified", "staff"}},
		"certified":  {forum.CertifiedOnly, "certified mediator", []string{"certified"}},
		"inner":      {forum.Hidden, "Group inner", []string{"staff"}}, // who made it
	} {
		g, b, _ := w.group(slug, c.is)
		writes := w.admin
		if slug == "certified" {
			writes = vera
		}
		w.enter(g, writes)
		topic, err := w.forum.StartTopic(t.Context(), writes, b.ID, forum.Draft{Title: "Topic of " + slug, Source: "words of " + slug, Key: w.key()})
		w.must(err)
		for who, cookie := range cookies {
			status, page := w.ask("GET", fmt.Sprintf("/t/%d/%s", topic.ID, topic.Slug), cookie)
			sees := status == http.StatusOK && strings.Contains(page, "words of "+slug)
			if sees != slices.Contains(c.sees, who) {
				t.Errorf("%s, %s: %d", slug, who, status)
			}
			if sees && (!strings.Contains(page, `class="audience`) || !strings.Contains(html.UnescapeString(page), c.words)) {
				t.Errorf("%s: the page does not say who can see it: %s", slug, content(page))
			}
		}
	}
	for _, path := range []string{"/staff", "/staff/organisation", "/staff/roles"} {
		for _, who := range []string{"visitor", "registered", "certified"} {
			if status, _ := w.ask("GET", path, cookies[who]); status == http.StatusOK {
				t.Errorf("%s opens %s", who, path)
			}
		}
	}
}

// pictureOf is a picture of that size.
func pictureOf(t *testing.T, width, height int) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewRGBA(image.Rect(0, 0, width, height))); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// publicForum has something of everything that is public.
func (w *world) publicForum() {
	w.t.Helper()
	g, b, room := w.group("open", forum.PublicToRead)
	w.enter(g, w.admin)
	file, err := w.forum.AddFile(w.t.Context(), w.admin, "a.txt", []byte("a file"))
	w.must(err)
	_, err = w.forum.StartTopic(w.t.Context(), w.admin, b.ID, forum.Draft{Title: "A topic", Source: "words, and https://elsewhere.example/a", Key: w.key(), Files: []forum.FileID{file.ID}})
	w.must(err)
	_, err = w.forum.Say(w.t.Context(), w.admin, room.ID, "said", w.key())
	w.must(err)
	w.must(w.forum.PublishUsage(w.t.Context(), w.admin, true))
}

// TestP3PublicAreas: a visitor reads everything that is public without giving anything: no page that they are led to sets a cookie, keeps anything in the
// browser, or asks another host for something.
func TestP3PublicAreas(t *testing.T) {
	t.Parallel()
	w := begin(t, "sqlite", nil)
	w.publicForum()
	pages := w.crawl("", "/", "/privacy", "/usage", "/search?q=words", "/feeds/open/talk/atom.xml")
	for _, path := range []string{"/", "/groups", "/g/open", "/privacy", "/cookies", "/providers", "/terms", "/conduct", "/transparency", "/usage", "/contact", "/accessibility", "/directory", "/search?q=words", "/login", "/register"} {
		if pages[path] == "" {
			if _, status, _ := w.visit(path); status != http.StatusOK {
				t.Errorf("%s: %d", path, status)
			}
			pages[path] = "asked"
		}
	}
	if len(pages) < 25 {
		t.Fatalf("only %d pages are public: %v", len(pages), slices.Sorted(maps.Keys(pages)))
	}
	b := w.browsers()("visitor")
	own := w.base.String() + "/"
	for path := range pages {
		_, status, header := w.visit(path)
		if len(header.Values("Set-Cookie")) > 0 || status >= 500 {
			t.Errorf("%s: %d, sets %v", path, status, header.Values("Set-Cookie"))
		}
		if !strings.HasPrefix(header.Get("Content-Type"), "text/html") {
			continue
		}
		b.open(path)
		kept, err := chromedp.Run(b.ctx, chromedp.Evaluate[string](`(async () => [document.cookie, localStorage.length, sessionStorage.length, (await indexedDB.databases()).length, (await caches.keys()).length, (await navigator.serviceWorker.getRegistrations()).length].join("/"))()`, chromedp.EvalAwaitPromise))
		w.must(err)
		if kept != "/0/0/0/0/0" && kept != "" {
			t.Errorf("%s keeps %s in the browser", path, kept)
		}
		for _, asked := range strings.Fields(eval[string](b, `performance.getEntriesByType("resource").map(r => r.name).join("\n")`)) {
			if !strings.HasPrefix(asked, own) && !strings.HasPrefix(asked, "data:") {
				t.Errorf("%s asks for %s", path, asked)
			}
		}
	}
}

// TestP14CookieTable: the page of cookies is the register, each with its purpose and how long it lasts, and no other is ever set.
func TestP14CookieTable(t *testing.T) {
	t.Parallel()
	w := begin(t, "sqlite", nil)
	w.members("otto")
	_, page := w.ask("GET", "/cookies", "")
	c := w.client()
	c.login("otto", url.Values{"remember_name": {"1"}, "computer": {"1"}})
	if len(c.fresh) != 3 {
		t.Errorf("a login sets %v", c.fresh)
	}
	for name := range c.fresh {
		if !strings.Contains(page, ">"+name+"<") {
			t.Errorf("%s is set, and not in the table", name)
		}
	}
	rows := regexp.MustCompile(`(?s)<tr>\s*<th scope="row">.*?</tr>`).FindAllString(page, -1)
	if len(rows) < 4 {
		t.Fatalf("the table: %s", content(page))
	}
	for _, row := range rows {
		if cells := regexp.MustCompile(`<td[^>]*>\s*\S`).FindAllString(row, -1); len(cells) < 2 {
			t.Errorf("a row says too little: %s", row)
		}
	}
}

// TestP16CookiesOff: in a browser that takes no cookies all that is public works, and what needs a login says so.
func TestP16CookiesOff(t *testing.T) {
	t.Parallel()
	w := begin(t, "sqlite", nil)
	w.members("otto")
	w.publicForum()
	home := t.TempDir()
	w.must(os.MkdirAll(filepath.Join(home, "Default"), 0o700))
	w.must(os.WriteFile(filepath.Join(home, "Default", "Preferences"), []byte(`{"profile":{"default_content_setting_values":{"cookies":2}}}`), 0o600))
	b := w.browsers(chromedp.UserDataDir(home))
	visitor := b("visitor")
	for _, path := range []string{"/", "/g/open", "/g/open/b/talk", "/g/open/r/hall", "/search?q=words", "/privacy", "/cookies", "/contact"} {
		visitor.open(path)
		if text := visitor.text(); visitor.path() != strings.SplitN(path, "?", 2)[0] || len(text) < 100 || strings.Contains(text, "went wrong") {
			t.Errorf("%s: %s", path, text)
		}
	}
	visitor.open("/account/privacy")
	visitor.sees("Sign in")
	if !strings.HasPrefix(visitor.path(), "/login") {
		t.Errorf("a page that needs a login leads to %s", visitor.path())
	}
	if _, page := w.ask("GET", "/login", ""); !strings.Contains(page, "cookie") {
		t.Errorf("the login does not say that it needs one: %s", content(page))
	}
}

// TestP8MyInformation: a registered visitor sees and changes what they registered with at any time, and what it said before.
func TestP8MyInformation(t *testing.T) { onBoth(t, myInformation) }

func myInformation(t *testing.T, w *world) {
	r := person("rolf")
	r.BusinessAddress, r.BusinessPhone = "1 Old Street", "070"
	_, err := w.forum.Adopt(t.Context(), w.admin, []forum.Registration{r})
	w.must(err)
	rolf := w.session("rolf")
	if _, page := w.ask("GET", "/account", rolf); !strings.Contains(page, "1 Old Street") || !strings.Contains(page, "070") {
		t.Errorf("what he registered with: %s", content(page))
	}
	form := url.Values{"name": {"Rolf New"}, "title": {"Dr"}, "business_address": {"2 New Street"}, "business_phone": {"071"}, "zone": {"UTC"}, "digest_hour": {"7"}}
	if status, page := w.post(rolf, "/account", url.Values{"name": {""}, "zone": {"UTC"}, "digest_hour": {"7"}, "business_address": {"kept"}}); status != http.StatusUnprocessableEntity || !strings.Contains(page, "name-error") || !strings.Contains(page, "kept") {
		t.Errorf("without a name: %d", status)
	}
	if status, _ := w.led(rolf, "/account", form); status != http.StatusSeeOther {
		t.Errorf("changed: %d", status)
	}
	if _, page := w.ask("GET", "/account", rolf); !strings.Contains(page, "2 New Street") || !strings.Contains(page, "1 Old Street") {
		t.Errorf("now, and before: %s", content(page))
	}
}

// TestP19DisclosureWarning: before somebody first speaks in a group, on each channel, they are told who will be able to read it, and confirm; the composer
// names the audience, and they are asked again when it changes.
func TestP19DisclosureWarning(t *testing.T) { onBoth(t, disclosureWarning) }

func disclosureWarning(t *testing.T, w *world) {
	g, b, room := w.group("inner", forum.MembersOnly)
	otto := w.members("otto")["otto"]
	w.must(w.forum.Invite(t.Context(), w.admin, g.ID, otto.Member))
	w.must(w.forum.Join(t.Context(), otto, g.ID))
	cookie := w.session("otto")
	confirm := func(on forum.Door) {
		door := fmt.Sprint(int(on))
		t.Helper()
		_, page := w.ask("GET", "/g/inner/acknowledge?door="+door, cookie)
		wording := regexp.MustCompile(`name="wording" value="([^"]+)"`).FindStringSubmatch(page)
		if wording == nil || !strings.Contains(page, "2 members of Group inner") && !strings.Contains(page, "certified") {
			t.Fatalf("%s: nobody is told: %s", door, content(page))
		}
		if status, page := w.post(cookie, "/g/inner/acknowledge", url.Values{"door": {door}, "wording": {wording[1]}, "agreed": {"1"}}); status >= 400 {
			t.Fatalf("%s: confirmed: %d %s", door, status, content(page))
		}
	}
	start := func() error {
		_, err := w.forum.StartTopic(t.Context(), otto, b.ID, forum.Draft{Title: "A topic", Source: "words", Key: w.key()})
		return err
	}
	say := func() error { _, err := w.forum.Say(t.Context(), otto, room.ID, "said", w.key()); return err }
	for what, speak := range map[string]func() error{"board": start, "room": say} {
		if err := speak(); forum.KindOf(err) != forum.Held {
			t.Errorf("untold on a %s: %v", what, err)
		}
	}
	if status, page := w.ask("GET", "/g/inner/b/talk/new", cookie); status != http.StatusSeeOther { // to where they are told
		t.Errorf("the composer opens untold: %d %s", status, content(page))
	}
	confirm(forum.OnBoard)
	if err := say(); forum.KindOf(err) != forum.Held {
		t.Errorf("what was confirmed for boards counts for rooms: %v", err)
	}
	confirm(forum.InRoom)
	for what, speak := range map[string]func() error{"board": start, "room": say} {
		if err := speak(); err != nil {
			t.Errorf("told, on a %s: %v", what, err)
		}
	}
	if _, page := w.ask("GET", "/g/inner/b/talk/new", cookie); !strings.Contains(page, "Post to 2 members") {
		t.Errorf("the composer does not name the audience: %s", content(page))
	}
	w.must(w.forum.ChangeGroup(t.Context(), w.admin, g.ID, forum.GroupDraft{Slug: "inner", Name: "Group inner", Visibility: forum.CertifiedOnly}, forum.CertifiedOnly))
	if err := start(); forum.KindOf(err) != forum.Held {
		t.Errorf("more read along, and nobody is asked again: %v", err)
	}
}

// TestP21AudiencePromise: what was written for some is never shown to more without its author's word, also when the group turns public.
func TestP21AudiencePromise(t *testing.T) { onBoth(t, audiencePromise) }

func audiencePromise(t *testing.T, w *world) {
	g, b, _ := w.group("inner", forum.MembersOnly)
	otto := w.members("otto", "vera")["otto"]
	w.enter(g, w.admin, otto)
	topic, err := w.forum.StartTopic(t.Context(), otto, b.ID, forum.Draft{Title: "zzpromise title", Source: "zzpromise words", Key: w.key()})
	w.must(err)
	w.must(w.forum.ChangeGroup(t.Context(), w.admin, g.ID, forum.GroupDraft{Slug: "inner", Name: "Group inner", Visibility: forum.PublicToRead}, forum.PublicToRead))
	for who, cookie := range map[string]string{"visitor": "", "vera": w.session("vera")} {
		for path, page := range w.crawl(cookie, "/", "/g/inner", "/g/inner/b/talk", "/latest", "/feeds/inner/talk/atom.xml", fmt.Sprintf("/t/%d/x", topic.ID)) {
			if strings.Contains(page, "zzpromise") {
				t.Errorf("%s reads it at %s", who, path)
			}
		}
		if n, titles, _ := w.found(cookie, "zzpromise"); n != 0 || len(titles) > 0 {
			t.Errorf("%s finds it: %d %v", who, n, titles)
		}
	}
	if _, page := w.ask("GET", fmt.Sprintf("/t/%d/%s", topic.ID, topic.Slug), w.session("otto")); !strings.Contains(page, "zzpromise words") {
		t.Error("its author does not read it any more")
	}
}

// TestP25Consents: each consent is recorded with what was shown, when and how; the member sees it and takes it back; deemed consent is another kind.
func TestP25Consents(t *testing.T) { onBoth(t, consentsOnTheWeb) }

func consentsOnTheWeb(t *testing.T, w *world) {
	w.members("otto")
	otto := w.session("otto")
	_, page := w.ask("GET", "/account/privacy", otto)
	shown := regexp.MustCompile(`name="purpose" value="third-parties"[^>]*>\s*<input type="hidden" name="shown" value="([^"]+)"`).FindStringSubmatch(page)
	if shown == nil || !strings.Contains(page, "you did not agree") && !strings.Contains(strings.ToLower(page), "not agreed") && !strings.Contains(page, "Off") && !strings.Contains(page, "off") {
		t.Fatalf("what he can agree to: %s", content(page))
	}
	if status, to := w.led(otto, "/account/privacy", url.Values{"purpose": {"third-parties"}, "yes": {"1"}, "shown": {"other words"}}); status != http.StatusSeeOther || !strings.Contains(to, "reworded") {
		t.Errorf("to other words than hold: %d %s", status, to)
	}
	if status, to := w.led(otto, "/account/privacy", url.Values{"purpose": {"third-parties"}, "yes": {"1"}, "shown": {shown[1]}}); status != http.StatusSeeOther || !strings.Contains(to, "consent-given") {
		t.Errorf("agreed: %d %s", status, to)
	}
	day := time.Now().In(time.FixedZone("", 3600)).Format("2 January 2006")
	if _, page = w.ask("GET", "/account/privacy", otto); !strings.Contains(page, shown[1]) || !strings.Contains(page, day) {
		t.Errorf("with its wording and day: %s", content(page))
	}
	if status, to := w.led(otto, "/account/privacy", url.Values{"purpose": {"third-parties"}}); status != http.StatusSeeOther || !strings.Contains(to, "consent-withdrawn") {
		t.Errorf("taken back: %d %s", status, to)
	}
}
