package main

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	ws "github.com/fasthttp/websocket"

	"peergroups/forum"
	"peergroups/forum/forumtest"
)

// The guards of SECURITY.md, each against what it is there for. Facts 1, 13 and 14 also
// stand in .ci/pins and in how the tests run; fact 12 in server/mail.

// session logs somebody in, as a client that keeps the cookie itself. The session counts as
// one with a second factor: what is without one TestStaffNeedASecondFactor shows.
func (w *world) session(login string) string {
	w.t.Helper()
	in, err := w.forum.LogIn(w.t.Context(), login, forumtest.Password, "test", "test")
	w.must(err)
	w.strengthen()
	return "__Host-session=" + in.Session
}

// strengthen makes strong every session that there is.
func (w *world) strengthen() {
	w.t.Helper()
	_, err := w.store.Writer().NewRaw("UPDATE sessions SET strong = 1").Exec(w.t.Context())
	w.must(err)
}

func (w *world) post(cookie, path string, form url.Values, headers ...string) (status int, body string) {
	w.t.Helper()
	status, body, _ = w.posts(cookie, path, form, headers...)
	return status, body
}

// led posts a form and gives where it leads.
func (w *world) led(cookie, path string, form url.Values) (status int, to string) {
	w.t.Helper()
	status, _, to = w.posts(cookie, path, form)
	return status, to
}

func (w *world) posts(cookie, path string, form url.Values, headers ...string) (status int, body, to string) {
	w.t.Helper()
	r, err := http.NewRequestWithContext(w.t.Context(), http.MethodPost, w.base.String()+path, strings.NewReader(form.Encode()))
	w.must(err)
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Origin", w.base.String())
	r.Header.Set("Cookie", cookie)
	for i := 0; i+1 < len(headers); i += 2 {
		if headers[i] == "Host" {
			r.Host = headers[i+1]
			continue
		}
		r.Header.Set(headers[i], headers[i+1])
	}
	res, err := (&http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}).Do(r)
	w.must(err)
	defer func() { _ = res.Body.Close() }()
	b, err := io.ReadAll(res.Body)
	w.must(err)
	return res.StatusCode, string(b), res.Header.Get("Location")
}

func (w *world) socket(cookie, origin string) (*ws.Conn, error) {
	h := http.Header{"Cookie": {cookie}}
	if origin != "" {
		h.Set("Origin", origin)
	}
	c, res, err := ws.DefaultDialer.Dial("ws://"+w.base.Host+"/ws", h) //nolint:bodyclose // the library has read and closed it
	if err != nil && res != nil {
		err = fmt.Errorf("%d", res.StatusCode)
	}
	return c, err
}

// hear reads frames until one is of the kind, and gives it.
func hear(c *ws.Conn, kind string) (map[string]any, error) {
	_ = c.SetReadDeadline(time.Now().Add(10 * time.Second))
	for {
		_, b, err := c.ReadMessage()
		if err != nil {
			return nil, err
		}
		for line := range strings.Lines(string(b)) {
			var m map[string]any
			if json.Unmarshal([]byte(line), &m) == nil && m["is"] == kind {
				return m, nil
			}
		}
	}
}

func (w *world) raw(request string) (string, error) {
	c, err := net.Dial("tcp", w.base.Host)
	if err != nil {
		return "", err
	}
	defer func() { _ = c.Close() }()
	_ = c.SetDeadline(time.Now().Add(5 * time.Second))
	if _, err := io.WriteString(c, request); err != nil {
		return "", err
	}
	return bufio.NewReader(c).ReadString('\n')
}

func TestForeignPagesCannotAct(t *testing.T) {
	w := begin(t, "sqlite", nil)
	cookie := w.session("admin")
	form := url.Values{"name": {"Evil"}, "zone": {"UTC"}, "digest_hour": {"7"}}
	for what, headers := range map[string][]string{
		"evil origin":        {"Origin", "https://evil.example"},
		"null origin":        {"Origin", "null"},
		"other port":         {"Origin", "http://localhost:1"},
		"no origin":          {"Origin", ""},
		"cross-site fetch":   {"Origin", "", "Sec-Fetch-Site", "cross-site"},
		"same site, not us":  {"Origin", "", "Sec-Fetch-Site", "same-site"},
		"evil host as ours":  {"Origin", "http://evil.example", "Host", "evil.example"},
		"text as form (XSS)": {"Content-Type", "text/plain"},
	} {
		if status, _ := w.post(cookie, "/account", form, headers...); status != http.StatusForbidden && status != http.StatusUnsupportedMediaType {
			t.Errorf("%s: %d", what, status)
		}
	}
	if status, _ := w.post(cookie, "/account", form); status != http.StatusSeeOther {
		t.Errorf("our own page: %d", status)
	}
}

func TestSocketsAreOurPagesOnly(t *testing.T) {
	w := begin(t, "sqlite", nil)
	cookie := w.session("admin")
	for _, origin := range []string{"", "https://evil.example", "null", "http://localhost:1", "http://" + w.base.Host + ".evil.example"} {
		if c, err := w.socket(cookie, origin); err == nil || err.Error() != "403" {
			t.Errorf("origin %q: %v %v", origin, c != nil, err)
		}
	}
	c, err := w.socket(cookie, w.base.String())
	w.must(err)
	if _, err := hear(c, "hello"); err != nil {
		t.Error("our own page:", err)
	}
	_ = c.Close()
}

func TestFramesAreBounded(t *testing.T) {
	w := begin(t, "sqlite", nil)
	c, err := w.socket("", w.base.String())
	w.must(err)
	defer func() { _ = c.Close() }()
	_, err = hear(c, "hello")
	w.must(err)
	// The head of a frame of 64 MiB, and its beginning: refused by the head alone.
	_, _ = c.UnderlyingConn().Write([]byte{0x81, 0xff, 0, 0, 0, 0, 4, 0, 0, 0, 1, 2, 3, 4})
	_, _ = c.UnderlyingConn().Write(make([]byte, 4096))
	var slow net.Error
	if _, err := hear(c, "never"); errors.As(err, &slow) && slow.Timeout() {
		t.Error("a frame of 64 MiB was waited for")
	}
	if body, status, _ := w.visit("/livez"); status != http.StatusOK {
		t.Error("afterwards:", status, body)
	}
}

func TestCompressedRequestsAreRefused(t *testing.T) {
	w := begin(t, "sqlite", nil)
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, _ = z.Write(bytes.Repeat([]byte("a"), 10<<20))
	_ = z.Close()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, w.base.String()+"/login", &b)
	w.must(err)
	r.Header.Set("Content-Encoding", "gzip")
	r.Header.Set("Origin", w.base.String())
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	res, err := http.DefaultClient.Do(r)
	w.must(err)
	_ = res.Body.Close()
	if res.StatusCode != http.StatusUnsupportedMediaType {
		t.Errorf("a gzip body: %d", res.StatusCode)
	}
}

func TestSmuggledAndEndlessRequests(t *testing.T) {
	w := begin(t, "sqlite", nil)
	head := "POST /login HTTP/1.1\r\nHost: " + w.base.Host + "\r\n"
	for what, request := range map[string]string{
		"two lengths":          head + "Content-Length: 5\r\nContent-Length: 6\r\n\r\nabcdef",
		"length and chunks":    head + "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET / HTTP/1.1\r\n\r\n",
		"space before a colon": head + "Content-Length : 4\r\n\r\nabcd",
	} {
		line, err := w.raw(request)
		if err == nil && !strings.Contains(line, " 400 ") && !strings.Contains(line, " 403 ") {
			t.Errorf("%s: %q", what, line)
		}
	}
	if line, err := w.raw("GET / HTTP/1.1\r\nHost: x\r\nX-Long: " + strings.Repeat("a", 1<<20)); err == nil && !strings.Contains(line, " 431 ") {
		t.Errorf("an endless header: %q", line)
	}
	began := time.Now()
	c, err := net.Dial("tcp", w.base.Host)
	w.must(err)
	defer func() { _ = c.Close() }()
	_, _ = io.WriteString(c, "GET / HTTP/1.1\r\nHost:")
	_ = c.SetReadDeadline(time.Now().Add(8 * time.Second))
	if _, err := io.ReadAll(c); err != nil || time.Since(began) > 7*time.Second {
		t.Errorf("a header that never ends is waited for: %v after %v", err, time.Since(began))
	}
}

// TestLinksComeFromTheConfiguration: a forged Host must not stand in a mail.
func TestLinksComeFromTheConfiguration(t *testing.T) {
	w := begin(t, "sqlite", nil)
	form := url.Values{"handle": {"forged"}, "password": {forumtest.Password}, "name": {"Forged"}, "email": {"forged@members.example"}, "zone": {"UTC"}, "terms": {"1"}}
	if status, body := w.post("", "/register", form, "Host", "evil.example", "X-Forwarded-Host", "evil.example", "X-Forwarded-For", "6.6.6.6"); status != http.StatusOK {
		t.Fatal(status, body)
	}
	m := w.await("forged@members.example", "Confirm")
	if strings.Contains(string(m.raw), "evil.example") || !strings.Contains(m.Text, w.base.String()+"/confirm/") {
		t.Errorf("the mail:\n%s", m.Text)
	}
}

// TestStringsOutliveTheirRequest: each socket keeps acting for the one who opened it, while
// many other requests go through the same buffers (fact 8).
func TestStringsOutliveTheirRequest(t *testing.T) { onBoth(t, stringsOutliveTheirRequest) }

func stringsOutliveTheirRequest(t *testing.T, w *world) {
	g, _, room := w.group("hall", forum.RegisteredOnly)
	names := []string{"anna", "bert", "carl", "dina", "emil", "fine"}
	people := w.members(names...)
	socks := map[string]*ws.Conn{}
	for _, name := range names {
		w.enter(g, people[name])
		c, err := w.socket(w.session(name), w.base.String())
		w.must(err)
		defer func() { _ = c.Close() }()
		socks[name] = c
	}
	other := w.session("admin")
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 60 {
				r, _ := http.NewRequest(http.MethodGet, w.base.String()+"/search?q=xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", nil)
				r.Header.Set("Cookie", other)
				if res, err := http.DefaultClient.Do(r); err == nil {
					_, _ = io.Copy(io.Discard, res.Body)
					_ = res.Body.Close()
				}
			}
		})
	}
	wg.Wait()
	for _, name := range names {
		w.must(socks[name].WriteJSON(map[string]any{"v": 1, "do": "say", "on": fmt.Sprintf("room:%d", room.ID), "text": "I am " + name, "nonce": "n-" + name}))
		if _, err := hear(socks[name], "ack"); err != nil {
			t.Fatal(name, err)
		}
	}
	said, err := w.forum.ReadMessages(t.Context(), people["anna"], room.ID, 0, 50)
	w.must(err)
	for _, m := range said {
		if m.Source != "I am "+m.Author[:len(m.Author)-len(" Test")] && !strings.EqualFold(m.Source, "I am "+strings.TrimSuffix(m.Author, " Test")) {
			t.Errorf("%q was said as %s", m.Source, m.Author)
		}
	}
	if len(said) != len(names) {
		t.Errorf("%d messages", len(said))
	}
}

// TestStrangersSockets: after a socket ended, what is said to it never reaches the next one (fact 3).
func TestStrangersSockets(t *testing.T) { onBoth(t, strangersSockets) }

func strangersSockets(t *testing.T, w *world) {
	g, _, room := w.group("hall", forum.Hidden)
	w.enter(g, w.admin)
	cookie := w.session("admin")
	stop := make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		for i := 0; ; i++ {
			select {
			case <-stop:
				return
			default:
				_, _ = w.forum.Say(context.Background(), w.admin, room.ID, "secret", fmt.Sprint("s", i))
			}
		}
	})
	for range 25 {
		c, err := w.socket(cookie, w.base.String())
		w.must(err)
		w.must(c.WriteJSON(map[string]any{"v": 1, "do": "join", "on": fmt.Sprintf("room:%d", room.ID), "after": 1 << 40}))
		time.Sleep(5 * time.Millisecond)
		_ = c.Close()
		stranger, err := w.socket("", w.base.String())
		w.must(err)
		_ = stranger.SetReadDeadline(time.Now().Add(40 * time.Millisecond))
		for {
			_, b, err := stranger.ReadMessage()
			if err != nil {
				break
			}
			if bytes.Contains(b, []byte("secret")) {
				t.Fatal("a stranger heard what was said to somebody else")
			}
		}
		_ = stranger.Close()
	}
	close(stop)
	wg.Wait()
}

// TestEndedRightsEndSockets: leaving a group and ending a session hold on open sockets at once.
func TestEndedRightsEndSockets(t *testing.T) { onBoth(t, endedRightsEndSockets) }

func endedRightsEndSockets(t *testing.T, w *world) {
	g, _, room := w.group("hall", forum.MembersOnly)
	nina := w.members("nina")["nina"]
	w.enter(g, w.admin, nina)
	cookie := w.session("nina")
	c, err := w.socket(cookie, w.base.String())
	w.must(err)
	w.must(c.WriteJSON(map[string]any{"v": 1, "do": "join", "on": fmt.Sprintf("room:%d", room.ID), "after": 0}))
	_, err = hear(c, "joined")
	w.must(err)
	w.must(w.forum.Remove(t.Context(), w.admin, g.ID, nina.Member, "test"))
	began := time.Now()
	if _, err := hear(c, "left"); err != nil || time.Since(began) > time.Second {
		t.Errorf("removed, and told %v after %v", err, time.Since(began))
	}
	_, err = w.forum.Say(t.Context(), w.admin, room.ID, "after the removal", "n1")
	w.must(err)
	w.must(w.forum.LogOut(t.Context(), strings.TrimPrefix(cookie, "__Host-session=")))
	m, err := hear(c, "message")
	var closed *ws.CloseError
	if !errors.As(err, &closed) || closed.Code != 4403 {
		t.Errorf("after logging out the socket ends with 4403: %v %v", m, err)
	}
}

// TestShutdownTellsSocketsToComeBack (fact 10).
func TestShutdownTellsSocketsToComeBack(t *testing.T) {
	w := begin(t, "sqlite", nil)
	c, err := w.socket("", w.base.String())
	w.must(err)
	_, err = hear(c, "hello")
	w.must(err)
	go func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		_ = w.stop(ctx)
	}()
	_, err = hear(c, "never")
	var closed *ws.CloseError
	if !errors.As(err, &closed) || closed.Code != 4000 {
		t.Errorf("closed with %v", err)
	}
	w.eventually("the port is free", func() bool {
		l, err := net.Listen("tcp", w.base.Host[strings.LastIndex(w.base.Host, ":"):])
		if err == nil {
			_ = l.Close()
		}
		return err == nil
	})
}

// TestEveryAnswerIsGuarded: headers on pages, errors and files alike (fact 11).
func TestEveryAnswerIsGuarded(t *testing.T) {
	w := begin(t, "sqlite", nil)
	for _, path := range []string{"/", "/nowhere", "/t/1/x", "/login", "/assets/nothing.svg", "/staff"} {
		_, _, h := w.visit(path)
		csp := h.Get("Content-Security-Policy")
		if h.Get("X-Content-Type-Options") != "nosniff" || !strings.Contains(csp, "default-src 'none'") || strings.Contains(csp, "unsafe") ||
			!strings.Contains(csp, "frame-ancestors 'none'") || h.Get("Set-Cookie") != "" {
			t.Errorf("%s: %v", path, h)
		}
	}
}

// TestSigningInLeadsInside: the page to come back to is one of ours, whatever the link said.
func TestSigningInLeadsInside(t *testing.T) {
	w := begin(t, "sqlite", nil)
	w.members("otto") // an administrator without a second factor is led to set one up
	for next, want := range map[string]string{"//evil.example/x": "/", "https://evil.example": "/", "/groups": "/groups"} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, w.base.String()+"/login",
			strings.NewReader(url.Values{"login": {"otto"}, "password": {forumtest.Password}, "next": {next}}.Encode()))
		w.must(err)
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Origin", w.base.String())
		res, err := (&http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}).Do(r)
		w.must(err)
		_ = res.Body.Close()
		if got := res.Header.Get("Location"); res.StatusCode != http.StatusSeeOther || got != want {
			t.Errorf("next %q leads to %q (%d)", next, got, res.StatusCode)
		}
	}
}

// TestFormsKeepWhatWasTyped: empty, too long, wrong type and wrong encoding are told at the
// field, and nothing typed is lost but passwords.
func TestFormsKeepWhatWasTyped(t *testing.T) { onBoth(t, formsKeepWhatWasTyped) }

func formsKeepWhatWasTyped(t *testing.T, w *world) {
	g, _, _ := w.group("open", forum.PublicToRead)
	w.enter(g, w.admin)
	cookie := w.session("admin")
	long := strings.Repeat("long ", 20_000)
	talk, err := w.forum.BoardByAddress(t.Context(), w.admin, "talk.open")
	w.must(err)
	topic, err := w.forum.StartTopic(t.Context(), w.admin, talk.ID, forum.Draft{Title: "T", Source: "x", Key: w.key()})
	w.must(err)
	answer := fmt.Sprintf("/t/%d/%s", topic.ID, topic.Slug)
	for what, c := range map[string]struct {
		path string
		form url.Values
		want []string
	}{
		"empty topic":               {"/g/open/b/talk/new", url.Values{"title": {""}, "source": {"kept text"}, "key": {"k1"}}, []string{"kept text", "Enter a title", "There is a problem", "<title>Error:"}},
		"long topic":                {"/g/open/b/talk/new", url.Values{"title": {"kept title"}, "source": {long}, "key": {"k2"}}, []string{"kept title", "long long", "Enter at most 60000 characters"}},
		"wrong encoding":            {"/g/open/b/talk/new", url.Values{"title": {""}, "source": {"a\xff\xfeb"}, "key": {"k3"}}, []string{"a\uFFFDb"}},
		"a confidence":              {"/g/open/b/talk/new", url.Values{"title": {"kept"}, "source": {"Write to jan@parties.example"}, "key": {"k4"}}, []string{"may point to a real case", "<mark>jan@parties.example</mark>", "kept"}},
		"a confidence in an answer": {answer, url.Values{"source": {"Call +31 20 123 45 67"}, "key": {"k6"}}, []string{"may point to a real case", "Call +31"}},
		"an empty answer":           {answer, url.Values{"source": {" "}, "key": {"k7"}}, []string{"Enter your text", "There is a problem"}},
		"wrong hour":                {"/account", url.Values{"name": {"Kept Name"}, "zone": {"UTC"}, "digest_hour": {"noon"}}, []string{"Kept Name", "Choose one of the list"}},
		"wrong zone":                {"/account", url.Values{"name": {"Kept Name"}, "zone": {"../../etc"}, "digest_hour": {"7"}}, []string{"Kept Name", "Choose one of the list"}},
		"a confidence in a room":    {"/g/open/r/hall", url.Values{"text": {"Call +31 20 123 45 67"}, "key": {"k8"}}, []string{"may point to a real case", "Call +31", `name="sure"`}},
		"empty message":             {"/g/open/r/hall", url.Values{"text": {"  "}, "key": {"k5"}}, []string{"Enter what you want to say"}},
		"group, all bad":            {"/staff/groups/new", url.Values{"slug": {"Not A Slug"}, "name": {""}, "visibility": {"9"}}, []string{"Not A Slug", "Enter a name", "small letters"}},
		"number that is none":       {"/staff/certification-rules", url.Values{"rule_hours": {"many"}, "rule_conduct": {"kept words"}}, []string{"Enter a number from 0", `value="many"`, "kept words"}},
	} {
		status, body := w.post(cookie, c.path, c.form)
		if status != http.StatusUnprocessableEntity {
			t.Errorf("%s: %d", what, status)
		}
		for _, words := range c.want {
			if !strings.Contains(body, words) {
				t.Errorf("%s: the page lacks %q", what, words)
			}
		}
	}
	if status, body := w.post("", answer, url.Values{"source": {"typed for <an hour>"}, "key": {"k9"}}); status != http.StatusForbidden || !strings.Contains(body, "typed for &lt;an hour&gt;") {
		t.Errorf("without a session what was typed is lost: %d", status)
	}
	if _, body := w.post("", "/register", url.Values{"handle": {"kept"}, "password": {"not to be shown"}, "email": {"x"}}); strings.Contains(body, "not to be shown") || !strings.Contains(body, `value="kept"`) ||
		!strings.Contains(body, "Enter a name") || strings.Contains(body, "#terms") || !strings.Contains(body, "email-error") {
		t.Error("a password comes back, a handle does not, or not all that is wrong is told")
	}
}
