package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"

	"peergroups/forum"
)

// thirdParty stands for the hosts of the analytics: its script does what theirs does.
type thirdParty struct {
	*httptest.Server
	mu    sync.Mutex
	asked []string
}

const theirScript = `document.cookie = "_ga=GA1.1.7; path=/; max-age=9999"; document.cookie = "_ga_TEST1234=GS1.1.7; path=/; max-age=9999";
const c = dataLayer.map(a => [...a]).find(a => a[0] === "config");
new Image().src = "https://www.google-analytics.com/g/collect?tid=" + c[1] + "&all=" + encodeURIComponent(JSON.stringify(c[2]));`

func newThirdParty(t *testing.T) *thirdParty {
	p := &thirdParty{}
	p.Server = httptest.NewTLSServer(http.HandlerFunc(func(out http.ResponseWriter, r *http.Request) {
		p.mu.Lock()
		p.asked = append(p.asked, r.Host+r.URL.String()+" from "+r.Referer())
		p.mu.Unlock()
		out.Header().Set("Cross-Origin-Resource-Policy", "cross-origin")
		if strings.HasPrefix(r.URL.Path, "/gtag/js") {
			out.Header().Set("Content-Type", "text/javascript")
			_, _ = out.Write([]byte(theirScript))
		}
	}))
	t.Cleanup(p.Close)
	return p
}

// take gives what was asked since the last time.
func (p *thirdParty) take() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	all := ""
	for _, one := range p.asked {
		all += one + "\n"
	}
	p.asked = nil
	return all
}

// rest gives what is asked until nothing is for a second.
func (p *thirdParty) rest() (all string) {
	for {
		time.Sleep(time.Second)
		more := p.take()
		if all += more; more == "" {
			return all
		}
	}
}

// TestP17Analytics: nothing reaches a third party unless an administrator turned it on and the reader agreed, and then on public pages alone; it can be taken
// back at the foot of the page and on My privacy, with its cookies.
func TestP17Analytics(t *testing.T) {
	t.Parallel()
	w := begin(t, "sqlite", nil)
	their := newThirdParty(t)
	at := their.Listener.Addr().String()
	window := w.browsers(chromedp.Flag("ignore-certificate-errors", true), chromedp.Flag("host-resolver-rules", fmt.Sprintf("MAP *.googletagmanager.com %s, MAP *.google-analytics.com %s, MAP *.analytics.google.com %s", at, at, at)))
	open, board, _ := w.group("open", forum.PublicToRead)
	w.enter(open, w.admin)
	topic, err := w.forum.StartTopic(t.Context(), w.admin, board.ID, forum.Draft{Title: "Title canary", Source: "words", Key: w.key()})
	w.must(err)
	w.group("closed", forum.MembersOnly)
	admin := w.session("admin")
	public := topicPathOf(topic)
	b := window("visitor")
	quiet := func(when string, b *browser, paths ...string) {
		t.Helper()
		for _, path := range paths {
			b.open(path)
			b.settle()
			if got := their.take(); got != "" {
				t.Errorf("%s, %s: %s", when, path, got)
			}
			if res, err := http.Get(w.base.String() + path); err != nil || strings.Contains(res.Header.Get("Content-Security-Policy"), "google") {
				t.Errorf("%s, %s: the policy of a page without consent: %v", when, path, err)
			} else {
				_ = res.Body.Close()
			}
		}
	}
	quiet("off", b, public, "/cookies")
	if strings.Contains(b.text(), "_ga") || strings.Contains(b.html(), `action="/analytics"`) {
		t.Error("it is spoken of while it is off")
	}
	if status, body := w.post(admin, "/staff/usage/analytics", url.Values{"measurement": {"G-TEST1234"}}); status != http.StatusUnprocessableEntity || !strings.Contains(body, "Name who works on the data") {
		t.Errorf("without a processor: %d", status)
	}
	w.post(admin, "/staff/providers", url.Values{"service": {"analytics"}, "company": {"Counting Ltd"}, "country": {"IE"}, "safeguard": {"contract"}})
	if status, _ := w.post(admin, "/staff/usage/analytics", url.Values{"measurement": {"G-TEST1234"}}); status != http.StatusSeeOther {
		t.Fatalf("turning it on: %d", status)
	}
	quiet("before an answer", b, public, "/", "/cookies")
	if text := b.text(); !strings.Contains(text, "_ga_*") || !strings.Contains(text, "__Host-analytics") {
		t.Errorf("the table of cookies: %s", text)
	}
	if n := cookiesOf(b); n != "" {
		t.Errorf("cookies before an answer: %s", n)
	}
	b.open("/providers")
	b.sees("Counting Ltd")
	b.open(public)
	b.press(`form[action="/analytics"] button[name=yes]`)
	b.open(public)
	said := ""
	w.eventually("it is told of the page", func() bool {
		said += their.take()
		return strings.Contains(said, "/g/collect?tid=G-TEST1234") && strings.Contains(cookiesOf(b), "_ga")
	})
	said += their.rest() // the page before this one may tell late
	said, _ = url.QueryUnescape(said)
	if !strings.Contains(said, `"page_path":"/t/:id/:slug"`) || !strings.Contains(said, `"anonymize_ip":true`) || !strings.Contains(said, `"allow_google_signals":false`) || strings.Contains(said, "canary") || strings.Contains(said, fmt.Sprint(topic.ID)) || !strings.Contains(said, "gtag/js?id=G-TEST1234 from \n") {
		t.Errorf("what it is told: %s", said)
	}
	for line := range strings.Lines(said) {
		if _, from, _ := strings.Cut(strings.TrimSpace(line), " from "); from != "" {
			t.Errorf("the address of the page went along: %s", line)
		}
	}
	quiet("after consent, where it is not for others", b, "/login", "/g/closed", "/search?q=canary", "/nowhere")
	b.open(public)
	w.eventually("it is told again", func() bool { return strings.Contains(their.take(), "collect") })
	their.rest()
	for _, header := range []string{"Sec-GPC", "DNT"} {
		_, err := chromedp.Call(b.ctx, network.SetExtraHTTPHeaders, network.SetExtraHTTPHeadersParams{Headers: network.Headers{header: "1"}})
		w.must(err)
		quiet(header, b, public, "/")
		if strings.Contains(b.html(), `action="/analytics"`) {
			t.Errorf("%s is asked", header)
		}
	}
	_, err = chromedp.Call(b.ctx, network.SetExtraHTTPHeaders, network.SetExtraHTTPHeadersParams{Headers: network.Headers{}})
	w.must(err)
	b.open("/login")
	b.press(`form[action="/analytics"] button:not([name])`)
	if got := cookiesOf(b); strings.Contains(got, "_ga") || strings.Contains(got, "__Host-analytics") {
		t.Errorf("after it was taken back: %s", got)
	}
	their.rest()
	quiet("after it was taken back", b, public, "/")

	refuses := window("refuses")
	refuses.open("/")
	refuses.press(`form[action="/analytics"] button:not([name])`)
	if got := cookiesOf(refuses); got != "__Host-no-analytics (until closed)" {
		t.Errorf("a no sets %q", got)
	}
	quiet("after a no", refuses, public, "/")
	membersConsent(t, w, window("admin"), their)
}

// membersConsent: members agree on My privacy, and are counted on pages of text alone.
func membersConsent(t *testing.T, w *world, b *browser, their *thirdParty) {
	b.login("admin")
	b.open("/privacy")
	b.open("/account/privacy")
	if got := their.take(); got != "" {
		t.Errorf("a member who was not asked: %s", got)
	}
	b.press(`form:has(input[value=analytics]) button[name=yes]`)
	for _, path := range []string{"/account/privacy", "/staff", "/g/open", "/", "/groups", "/moderation"} {
		b.open(path)
		b.settle()
		if got := their.take(); got != "" {
			t.Errorf("a member at %s: %s", path, got)
		}
	}
	b.open("/privacy")
	w.eventually("a member is counted", func() bool { return strings.Contains(their.take(), "collect") })
	their.rest()
	b.open("/account/privacy")
	b.press(`form:has(input[value=analytics]) button:not([name])`)
	if got := cookiesOf(b); strings.Contains(got, "_ga") {
		t.Errorf("after a member took it back: %s", got)
	}
	b.open("/privacy")
	b.settle()
	if got := their.take(); got != "" {
		t.Errorf("after a member took it back: %s", got)
	}
}

// cookiesOf names the cookies of a browser at the site.
func cookiesOf(b *browser) string {
	b.w.t.Helper()
	res, err := chromedp.Call(b.ctx, network.GetCookies, network.GetCookiesParams{URLs: []string{b.w.base.String()}})
	b.w.must(err)
	var out []string
	for _, k := range res.Cookies {
		name := k.Name
		if k.Session {
			name += " (until closed)"
		}
		out = append(out, name)
	}
	return strings.Join(out, ", ")
}

// settle gives a page the time to ask others, if it would.
func (b *browser) settle() {
	b.w.t.Helper()
	_, err := chromedp.Run(b.ctx, chromedp.Evaluate[bool]("new Promise(done => setTimeout(() => done(true), 250))", chromedp.EvalAwaitPromise))
	b.w.must(err)
}
