package main

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"peergroups/forum"
	"peergroups/forum/forumtest"
)

const firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"

// behindProxy is a world whose people have addresses of their own.
func behindProxy(c *Config) {
	c.Proxies, c.NetworkDB = []string{"127.0.0.1"}, "testdata/network.mmdb"
}

// askAs asks as somebody at an address of their own, and gives the answer.
func (w *world) askAs(method, path string, who int, headers ...string) (answer, string) {
	w.t.Helper()
	var form io.Reader
	if method == http.MethodPost {
		form = strings.NewReader(url.Values{"login": {"nobody@members.example"}}.Encode())
	}
	r, err := http.NewRequestWithContext(w.t.Context(), method, w.base.String()+path, form)
	w.must(err)
	r.Header.Set("X-Forwarded-For", fmt.Sprintf("203.0.113.%d", who))
	r.Header.Set("User-Agent", firefox)
	r.Header.Set("Accept-Language", "nl-BE,nl;q=0.9,en;q=0.8")
	if method == http.MethodPost {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Origin", w.base.String())
	}
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	res, err := (&http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}).Do(r)
	w.must(err)
	defer func() { _ = res.Body.Close() }()
	b, err := io.ReadAll(res.Body)
	w.must(err)
	return answer{res.StatusCode, res.Header}, string(b)
}

func (w *world) rowsOf(query string, args ...any) (n int) {
	w.t.Helper()
	w.must(w.store.Reader().NewRaw(query, args...).Scan(w.t.Context(), &n))
	return n
}

// TestP11UsageData: pages that were answered are counted by the site alone, without a cookie and without an address; who does not want it, machines and
// what is no page are left out; and when the day is over nothing is left but counts.
func TestP11UsageData(t *testing.T) {
	for _, dialect := range forumtest.Dialects {
		t.Run(dialect, func(t *testing.T) {
			t.Parallel()
			usageData(t, begin(t, dialect, behindProxy))
		})
	}
}

func usageData(t *testing.T, w *world) {
	inside := w.members("inside")["inside"]
	open, board, _ := w.group("open", forum.PublicToRead)
	w.enter(open, w.admin)
	topic, err := w.forum.StartTopic(t.Context(), w.admin, board.ID, forum.Draft{Title: "Fees", Source: "words", Key: w.key()})
	w.must(err)
	hidden, _, _ := w.group("canary-inner", forum.Hidden)
	w.enter(hidden, w.admin, inside)
	member := w.session("inside")
	for who := range 12 {
		for _, path := range []string{"/", topicPathOf(topic)} {
			res, _ := w.askAs("GET", path, who, "Referer", "https://www.Search.example:8443/find?q=canary-words")
			if res.StatusCode != http.StatusOK || res.Header.Get("Set-Cookie") != "" {
				t.Errorf("%s: %d, cookie %q", path, res.StatusCode, res.Header.Get("Set-Cookie"))
			}
		}
		if res, _ := w.askAs("POST", "/forgot", who); res.StatusCode != http.StatusOK {
			t.Errorf("the form: %d", res.StatusCode)
		}
		w.askAs("GET", "/g/canary-inner", who, "Cookie", member, "Referer", w.base.String()+"/g/canary-inner/b/talk")
	}
	for _, headers := range [][]string{{"DNT", "1"}, {"Sec-GPC", "1"}, {"User-Agent", "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"}, {"Sec-Fetch-Dest", "empty"}, {"Sec-Fetch-Dest", "iframe"}} {
		w.askAs("GET", "/", 77, headers...)
	}
	for _, path := range []string{"/livez", "/robots.txt", "/nowhere", "/t/1", "/staff", "/assets/none.css"} {
		w.askAs("GET", path, 77)
	}
	w.askAs("HEAD", "/", 77)
	w.askAs("POST", "/login", 77) // refused
	w.eventually("all is written down", func() bool { return w.rowsOf("SELECT count(*) FROM security_log WHERE route = '/login'") == 1 })
	if n := w.rowsOf("SELECT count(*) FROM usage_views"); n != 12*4 {
		t.Errorf("%d views, want 48", n)
	}
	if n := w.rowsOf("SELECT count(DISTINCT person) FROM usage_views"); n != 12 {
		t.Errorf("%d people", n)
	}
	tables := func() string {
		var all strings.Builder
		for _, table := range []string{"usage_days", "usage_views", "usage_counts"} {
			var rows []map[string]any
			w.must(w.store.Reader().NewRaw("SELECT * FROM "+table).Scan(t.Context(), &rows))
			fmt.Fprintln(&all, rows)
		}
		return all.String()
	}
	for _, secret := range []string{"203.0.113", "Mozilla", "canary", fmt.Sprint(inside.Member), fmt.Sprint(topic.ID)} {
		if strings.Contains(tables(), secret) {
			t.Errorf("what is kept of a day tells %q", secret)
		}
	}
	w.offset.Add(int64(24*time.Hour + 10*time.Minute))
	w.eventually("the day is counted", func() bool { return w.rowsOf("SELECT count(*) FROM usage_days WHERE counted_at > 0") == 1 })
	if n := w.rowsOf("SELECT count(*) FROM usage_views") + w.rowsOf("SELECT count(*) FROM usage_days WHERE salt <> '' AND counted_at > 0"); n != 0 {
		t.Errorf("%d views and salts are left", n)
	}
	u, err := w.forum.ReadUsage(t.Context(), w.admin, true, 30)
	w.must(err)
	got := map[string]string{}
	for _, c := range u.Counts {
		got[c.Kind] += fmt.Sprintf("%s %d/%d;", c.Value, c.People, c.Views)
	}
	for kind, want := range map[string]string{"visits": " 12/36;", "page": "/ 12/12;/g/:group 12/12;/t/:id/:slug 12/12;", "feature": "/forgot 12/12;", "language": "nl 12/36;", "browser": "Firefox 12/36;", "system": "Linux 12/36;",
		"site": "search.example 12/24;", "network": "Example Net 12/36;", "time": "10s 12/24;longer 12/12;"} {
		if got[kind] != want {
			t.Errorf("%s: %q, want %q", kind, got[kind], want)
		}
	}
	if strings.Contains(tables(), "canary") || strings.Contains(tables(), "203.0.113") {
		t.Error("the counts tell more")
	}
}

// yesterday has the use of a day that is over counted: as many people, of whom so many speak Dutch, came from a site.
func (w *world) yesterday(people, dutch int, site string) {
	w.t.Helper()
	at := time.Now().Add(time.Duration(w.offset.Load())).AddDate(0, 0, -2)
	var u forum.Used
	for who := range people {
		v := forum.View{At: forum.At(at), Address: fmt.Sprint(who), Page: "/", Language: "en", Browser: "Firefox", System: "Linux", Site: site}
		if who < dutch {
			v.Language = "nl"
		}
		u.Views = append(u.Views, v)
	}
	w.must(w.forum.RecordUse(w.t.Context(), u))
	w.must(w.forum.CountUsage(w.t.Context()))
}

// TestP12Aggregates: staff see plots with the same numbers as tables, as files too; small counts are nowhere; everybody sees them while an
// administrator publishes them, without a cookie.
func TestP12Aggregates(t *testing.T) { onBoth(t, aggregates) }

func aggregates(t *testing.T, w *world) {
	people := w.members("officer", "ann")
	w.must(w.forum.Grant(t.Context(), w.admin, people["officer"].Member, forum.PrivacyOfficer))
	admin, officer, ann := w.session("admin"), w.session("officer"), w.session("ann")
	w.yesterday(29, 9, "=cmd.example")
	for path, want := range map[string][3]int{"/staff/usage": {200, 200, 403}, "/staff/usage.csv": {200, 200, 403}, "/staff/usage.json": {200, 200, 403}, "/usage": {404, 404, 404}, "/usage.csv": {404, 404, 404}, "/usage.json": {404, 404, 404}} {
		for i, cookie := range []string{admin, officer, ann} {
			if status, _ := w.ask("GET", path, cookie); status != want[i] {
				t.Errorf("%s for %d: %d, want %d", path, i, status, want[i])
			}
		}
	}
	_, page := w.ask("GET", "/staff/usage", admin)
	for _, part := range []string{`<svg viewBox="0 0 320 130"`, `<title id="visits-name">Visits and pages</title>`, `<desc id="visits-words">1 day; 29 on it.`, `<title id="language-name">`, "=cmd.example"} {
		if !strings.Contains(page, part) {
			t.Errorf("the page lacks %s", part)
		}
	}
	if strings.Contains(page, "style=") || strings.Contains(content(page), ">nl<") || strings.Contains(content(page), ">20<") || strings.Contains(content(page), ">9<") {
		t.Errorf("the page tells of nine, or what follows from it: %s", content(page))
	}
	_, table := w.ask("GET", "/staff/usage.csv", admin)
	rows, err := csv.NewReader(strings.NewReader(table)).ReadAll()
	w.must(err)
	if len(rows) < 7 || !strings.Contains(table, ",site,'=cmd.example,29,29") || !strings.Contains(table, ",language,other,29,29") || strings.Contains(table, "nl") {
		t.Errorf("the table: %s", table)
	}
	_, text := w.ask("GET", "/staff/usage.json?days=90", admin)
	var export struct {
		Least  int
		Counts []map[string]any
	}
	w.must(json.Unmarshal([]byte(text), &export))
	if export.Least != 10 || len(export.Counts) != len(rows)-1 {
		t.Errorf("as JSON: %s", text)
	}
	if status, _ := w.post(officer, "/staff/usage", url.Values{"public": {"1"}}); status != http.StatusForbidden {
		t.Errorf("an officer publishes: %d", status)
	}
	w.post(admin, "/staff/usage", url.Values{"public": {"1"}})
	for _, path := range []string{"/usage", "/usage.csv", "/usage.json"} {
		res, body := w.askAs("GET", path, 1)
		if res.StatusCode != http.StatusOK || res.Header.Get("Set-Cookie") != "" || !strings.Contains(body, "=cmd.example") || strings.Contains(body, "/staff") {
			t.Errorf("%s is published: %d, cookie %q: %s", path, res.StatusCode, res.Header.Get("Set-Cookie"), content(body))
		}
	}
	w.post(admin, "/staff/usage", url.Values{})
	if status, _ := w.ask("GET", "/usage", ""); status != http.StatusNotFound {
		t.Errorf("taken back: %d", status)
	}
}

// TestP12Plots: axe finds no barrier on the page of plots, on a phone and a desk, and nothing scrolls sideways.
func TestP12Plots(t *testing.T) {
	t.Parallel()
	axe := theAxe(t)
	w := begin(t, "sqlite", nil)
	w.yesterday(40, 15, "a-rather-long-name-of-a-site.search.example")
	w.must(w.forum.PublishUsage(t.Context(), w.admin, true))
	b := w.browsers()("visitor")
	b.looks("/usage", axe, true)
	if n := eval[int](b, `[...document.querySelectorAll("main svg[role=img] rect")].filter(e => e.getBoundingClientRect().height > 1).length`); n < 6 {
		t.Errorf("%d bars are drawn", n)
	}
	if cookies := eval[string](b, "document.cookie"); cookies != "" {
		t.Errorf("cookies %q", cookies)
	}
}

// TestP13SecurityLog: each request leaves a row that tells no address to who has the file of the database; who is named for it opens it, with a reason, and
// the member sees that.
func TestP13SecurityLog(t *testing.T) {
	for _, dialect := range forumtest.Dialects {
		t.Run(dialect, func(t *testing.T) {
			t.Parallel()
			securityLog(t, begin(t, dialect, behindProxy))
		})
	}
}

func securityLog(t *testing.T, w *world) {
	people := w.members("boss", "otto")
	w.must(w.forum.Grant(t.Context(), w.admin, people["boss"].Member, forum.Administrator))
	w.ripen()
	admin, boss, otto := w.session("admin"), w.session("boss"), w.session("otto")
	w.askAs("GET", "/account/security", 77, "Cookie", otto, "DNT", "1")
	w.askAs("GET", "/phpmyadmin/canary", 77)
	w.askAs("POST", "/login", 78)
	w.askAs("GET", "/livez", 77)
	w.eventually("it is written", func() bool { return w.rowsOf("SELECT count(*) FROM security_log WHERE route = '/login'") == 1 })
	if n := w.rowsOf("SELECT count(*) FROM security_log WHERE route LIKE '%livez%' OR route LIKE '%canary%' OR address LIKE '%203.0%' OR mark LIKE '%203.0%'"); n != 0 {
		t.Errorf("%d rows tell too much", n)
	}
	if file, ok := strings.CutPrefix(w.database, "sqlite:"); ok {
		for _, name := range []string{file, file + "-wal"} {
			if b, err := os.ReadFile(name); err == nil && strings.Contains(string(b), "203.0.113.77") {
				t.Errorf("%s holds the address", name)
			}
		}
	}
	today := time.Now().UTC().Format(time.DateOnly)
	look := url.Values{"login": {"otto"}, "from": {today}, "until": {today}, "reason": {"Somebody tries passwords."}}
	for who, cookie := range map[string]string{"the administrator": admin, "boss": boss, "otto": otto} {
		if status, body := w.post(cookie, "/staff/security-log", look); status != http.StatusForbidden || strings.Contains(body, "203.0") {
			t.Errorf("%s looks: %d", who, status)
		}
	}
	until := time.Now().AddDate(0, 1, 0).Format(time.DateOnly)
	if status, _ := w.post(admin, "/staff/designations", url.Values{"kind": {"security-log"}, "login": {"boss"}, "reason": {"An incident."}, "until": {until}}); status != http.StatusSeeOther {
		t.Errorf("naming: %d", status)
	}
	if _, body := w.ask("GET", "/staff", boss); !strings.Contains(body, "/staff/security-log") || strings.Contains(body, "/staff/registrations") {
		t.Error("boss is not led there, or further")
	}
	if status, _ := w.post(boss, "/staff/registrations", url.Values{"login": {"otto"}, "reason": {"Somebody tries passwords."}}); status != http.StatusForbidden {
		t.Errorf("boss looks at registrations: %d", status)
	}
	bad := url.Values{"login": {"otto"}, "from": {today}, "until": {today}, "reason": {""}}
	if status, body := w.post(boss, "/staff/security-log", bad); status != http.StatusUnprocessableEntity || !strings.Contains(body, `value="otto"`) || strings.Contains(body, "203.0") {
		t.Errorf("without a reason: %d", status)
	}
	status, body := w.post(boss, "/staff/security-log", look)
	if status != http.StatusOK || !strings.Contains(body, "203.0.113.77") || !strings.Contains(body, "GET /account/security") || !strings.Contains(body, "Firefox/140.0") || !strings.Contains(body, "Otto Test") || strings.Contains(body, "203.0.113.78") {
		t.Errorf("of otto: %d %s", status, content(body))
	}
	look.Set("login", "")
	look.Set("address", "203.0.113.77")
	if _, body := w.post(boss, "/staff/security-log", look); !strings.Contains(body, "Otto Test") || !strings.Contains(body, "<code>GET *</code> 404") || strings.Contains(body, "canary") {
		t.Errorf("of the address: %s", content(body))
	}
	if _, body := w.ask("GET", "/account/looks", otto); strings.Count(body, "Boss Test") != 2 || !strings.Contains(body, "the security log") || !strings.Contains(body, "Somebody tries passwords.") {
		t.Errorf("what otto is shown: %s", content(body))
	}
	w.offset.Add(int64(31 * 24 * time.Hour))
	w.eventually("it is forgotten", func() bool { return w.rowsOf("SELECT count(*) FROM security_log WHERE route = '/login'") == 0 })
}
