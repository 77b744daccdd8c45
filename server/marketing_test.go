package main

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
)

// marketing finds what My privacy says of it: the words' hash, and whether it is off ("badge quiet") or on ("badge").
var marketing = regexp.MustCompile(`value="marketing"/?>\s*<input type="hidden" name="shown" value="([0-9a-f]+)"/?>\s*<div class="row">\s*<span class="(badge[a-z ]*)">`)

// TestP5MarketingByPage: marketing reaches who said yes on My privacy, and nobody else; the one click of the mail program ends it, and the page says so.
func TestP5MarketingByPage(t *testing.T) {
	onBoth(t, func(t *testing.T, w *world) {
		w.members("otto", "vera")
		admin, otto := w.session("admin"), w.session("otto")
		says := func(want string) (hash string) {
			t.Helper()
			_, page := w.ask("GET", "/account/privacy", otto)
			found := marketing.FindStringSubmatch(page)
			if found == nil || found[2] != want {
				t.Fatalf("want %q of marketing: %q in %s", want, found, content(page))
			}
			return found[1]
		}
		yes := func() {
			w.led(otto, "/account/privacy", url.Values{"purpose": {"marketing"}, "yes": {"1"}, "shown": {says("badge quiet")}})
			says("badge")
		}
		send := func(subject string) {
			w.sent(admin, w.written(admin, circularForm("marketing", "certified", "subject", subject, "key", subject)))
		}
		send("Nobody asked")
		yes()
		send("One asked")
		mail := w.await("otto@members.example", "One asked")
		stop := strings.Trim(mail.GetHeader("List-Unsubscribe"), "<>")
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, stop, strings.NewReader("List-Unsubscribe=One-Click"))
		w.must(err)
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		res, err := http.DefaultClient.Do(r)
		w.must(err)
		_ = res.Body.Close()
		if res.StatusCode != http.StatusOK {
			t.Errorf("one click: %d", res.StatusCode)
		}
		says("badge quiet")
		send("Nobody any more")
		yes()
		send("Asked once more")
		w.await("otto@members.example", "Asked once more")
		if otto, vera := w.count("otto@members.example"), w.count("vera@members.example"); otto != 2 || vera != 0 {
			t.Errorf("who asked twice got %d, who never did %d", otto, vera)
		}
	})
}
