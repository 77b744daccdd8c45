package web

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gofiber/fiber/v2"

	"peergroups/assets"
	"peergroups/forum"
	"peergroups/forum/forumtest"
	"peergroups/server/text"
)

// door is one on a forum of its own, asked without a network.
type door struct {
	*Door
	*forumtest.World
	t   *testing.T
	log *lockedBuffer
}

func newDoor(t *testing.T, base string) *door {
	t.Helper()
	w := forumtest.New(t, "sqlite")
	words, err := text.Load(assets.Catalogue())
	if err != nil {
		t.Fatal(err)
	}
	log := &lockedBuffer{}
	d := New(Options{Forum: w.Forum, Words: words, Base: must(url.Parse(base)), Log: slog.New(slog.NewTextHandler(log, nil)), Now: time.Now})
	return &door{d, w, t, log}
}

// reply is an answer whose body was read.
type reply struct {
	StatusCode int
	Header     http.Header
	Cookies    []*http.Cookie
}

// ask makes a request; headers are names and values in turn.
func (d *door) ask(method, path, body string, headers ...string) (reply, string) {
	d.t.Helper()
	r, err := http.NewRequestWithContext(d.t.Context(), method, "http://forum.example"+path, strings.NewReader(body))
	if err != nil {
		d.t.Fatal(err)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	res, err := d.App().Test(r, -1)
	if err != nil {
		d.t.Fatalf("%s %s: %v", method, path, err)
	}
	defer func() { _ = res.Body.Close() }()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		d.t.Fatal(err)
	}
	return reply{res.StatusCode, res.Header, res.Cookies()}, string(b)
}

const form = fiber.MIMEApplicationForm

// TestMethods: what is neither read nor sent is refused on each kind of path, and the refusal carries the headers that
// every answer has.
func TestMethods(t *testing.T) {
	t.Parallel()
	d := newDoor(t, "https://forum.example")
	for _, path := range []string{"/", "/groups", "/t/1/x", "/assets/app.css", "/livez", "/robots.txt", "/ws", "/nowhere", "/unsubscribe/x", "/..%2f..%2fetc/passwd"} {
		for _, method := range []string{"PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"} {
			res, body := d.ask(method, path, "", "Origin", "https://evil.example", "Access-Control-Request-Method", "POST")
			if res.StatusCode != http.StatusMethodNotAllowed || res.Header.Get("Access-Control-Allow-Origin") != "" || strings.Contains(body, "evil.example") {
				t.Errorf("%s %s: %d %v", method, path, res.StatusCode, res.Header)
			}
			guarded(t, method+" "+path, res)
		}
	}
	for _, path := range []string{"/", "/groups", "/login", "/search?q=x", "/cookies", "/t/1", "/nowhere"} {
		get, _ := d.ask("GET", path, "")
		head, body := d.ask("HEAD", path, "")
		if head.StatusCode != get.StatusCode || body != "" || head.Header.Get("Content-Type") != get.Header.Get("Content-Type") {
			t.Errorf("HEAD %s: %d and %d bytes, GET %d", path, head.StatusCode, len(body), get.StatusCode)
		}
		guarded(t, "HEAD "+path, head)
	}
	for _, path := range []string{"/", "/groups", "/cookies", "/livez", "/robots.txt", "/nowhere"} { // take no form
		if res, _ := d.ask("POST", path, "a=b", "Origin", "https://forum.example", "Content-Type", form); res.StatusCode != http.StatusNotFound && res.StatusCode != http.StatusMethodNotAllowed {
			t.Errorf("POST %s: %d", path, res.StatusCode)
		}
	}
}

func guarded(t *testing.T, what string, res reply) {
	t.Helper()
	for header, want := range map[string]string{"X-Content-Type-Options": "nosniff", "Referrer-Policy": "same-origin", "Cross-Origin-Opener-Policy": "same-origin",
		"Cross-Origin-Resource-Policy": "same-origin", "Strict-Transport-Security": "max-age=31536000", "Content-Security-Policy": policy} {
		if got := res.Header.Get(header); got != want {
			t.Errorf("%s: %s is %q", what, header, got)
		}
	}
	if res.Header.Get("Server") != "" || res.Header.Get("X-Request-Id") == "" {
		t.Errorf("%s: server %q, request %q", what, res.Header.Get("Server"), res.Header.Get("X-Request-Id"))
	}
}

// TestWhatIsSent: bodies too long, of another kind, packed, or from elsewhere are refused before a handler sees them.
func TestWhatIsSent(t *testing.T) {
	t.Parallel()
	d := newDoor(t, "https://forum.example")
	const ours = "https://forum.example"
	for name, c := range map[string]struct {
		path, body string
		headers    []string
		want       int
	}{
		"our form":                 {"/login", "login=x", []string{"Origin", ours, "Content-Type", form}, 422},
		"with a charset":           {"/login", "login=x", []string{"Origin", ours, "Content-Type", form + "; charset=utf-8"}, 422},
		"same origin, no Origin":   {"/login", "login=x", []string{"Sec-Fetch-Site", "same-origin", "Content-Type", form}, 422},
		"no kind":                  {"/login", "login=x", []string{"Origin", ours}, 415},
		"JSON":                     {"/login", `{"login":"x"}`, []string{"Origin", ours, "Content-Type", "application/json"}, 415},
		"parts":                    {"/login", "--b--", []string{"Origin", ours, "Content-Type", "multipart/form-data; boundary=b"}, 415},
		"text":                     {"/login", "login=x", []string{"Origin", ours, "Content-Type", "text/plain"}, 415},
		"two kinds":                {"/login", "login=x", []string{"Origin", ours, "Content-Type", "text/plain, " + form}, 415},
		"nothing":                  {"/login", "", []string{"Origin", ours}, 422},
		"packed":                   {"/login", "x", []string{"Origin", ours, "Content-Type", form, "Content-Encoding", "gzip"}, 415},
		"called plain":             {"/login", "login=x", []string{"Origin", ours, "Content-Type", form, "Content-Encoding", "identity"}, 415},
		"from nowhere":             {"/login", "login=x", []string{"Content-Type", form}, 403},
		"from elsewhere":           {"/login", "login=x", []string{"Origin", "https://evil.example", "Content-Type", form}, 403},
		"of http":                  {"/login", "login=x", []string{"Origin", "http://forum.example", "Content-Type", form}, 403},
		"of another port":          {"/login", "login=x", []string{"Origin", ours + ":8443", "Content-Type", form}, 403},
		"of a longer name":         {"/login", "login=x", []string{"Origin", ours + ".evil.example", "Content-Type", form}, 403},
		"of a name above":          {"/login", "login=x", []string{"Origin", "https://www.forum.example", "Content-Type", form}, 403},
		"of null":                  {"/login", "login=x", []string{"Origin", "null", "Content-Type", form}, 403},
		"of this machine":          {"/login", "login=x", []string{"Origin", "http://localhost", "Content-Type", form}, 403},
		"Origin before the rest":   {"/login", "login=x", []string{"Origin", "https://evil.example", "Sec-Fetch-Site", "same-origin", "Content-Type", form}, 403},
		"one click":                {"/unsubscribe/x", "List-Unsubscribe=One-Click", []string{"Content-Type", form}, 409},
		"half an escape":           {"/login", "login=%zz&%=&&&=", []string{"Origin", ours, "Content-Type", form}, 422},
		"a password of a megabyte": {"/login", "login=admin&password=" + strings.Repeat("x", maxBody-100), []string{"Origin", ours, "Content-Type", form}, 422},
	} {
		res, body := d.ask("POST", c.path, c.body, c.headers...)
		if res.StatusCode != c.want || len(res.Cookies) != 0 {
			t.Errorf("%s: %d, want %d, cookies %v", name, res.StatusCode, c.want, res.Cookies)
		}
		if strings.Contains(body, strings.Repeat("x", 1000)) {
			t.Errorf("%s: a password comes back", name)
		}
	}
	if strings.Contains(d.log.String(), "ERROR") {
		t.Errorf("the log holds %s", d.log)
	}
}

// TestEveryKindHasAStatus: a new kind of refusal fails until the web door's table has its line; what is told is the
// refusal's own words, of anything else only that it is our fault.
func TestEveryKindHasAStatus(t *testing.T) {
	t.Parallel()
	d := newDoor(t, "https://forum.example")
	app := fiber.New()
	errs := map[string]error{"plain": errors.New("secret sql"), "wrapped": fmt.Errorf("secret: %w", forum.Absent()), "panic": panicked{"secret"}, "unknown key": forum.Refuse(forum.Invalid, "secret.key"),
		"http-404": fiber.ErrNotFound, "http-413": fiber.ErrRequestEntityTooLarge, "http-418": fiber.ErrTeapot, "http-503": fiber.ErrServiceUnavailable}
	want := map[string]int{"plain": 500, "wrapped": 404, "panic": 500, "unknown key": 422, "http-404": 404, "http-413": 413, "http-418": 418, "http-503": 503}
	for kind := forum.Internal; kind <= forum.TooMany; kind++ {
		status, ok := statuses[kind]
		if !ok || status < 200 || status == 200 || status/100 == 3 {
			t.Errorf("%s: %d", kind, status)
		}
		errs[kind.String()], want[kind.String()] = forum.Refuse(kind, "error.topic-locked"), status
	}
	if len(statuses) != int(forum.TooMany)+1 {
		t.Errorf("%d lines", len(statuses))
	}
	app.All("/:name", func(c *fiber.Ctx) error { return d.failed(c, errs[must(url.PathUnescape(c.Params("name")))]) })
	for name := range errs {
		r := must(http.NewRequestWithContext(t.Context(), "POST", "http://forum.example/"+url.PathEscape(name), strings.NewReader("title=Typed&source=kept+words")))
		r.Header.Set("Content-Type", form)
		res, err := app.Test(r, -1)
		if err != nil {
			t.Fatal(err)
		}
		var b bytes.Buffer
		_, _ = b.ReadFrom(res.Body)
		_ = res.Body.Close()
		if res.StatusCode != want[name] || res.Header.Get("Cache-Control") != "no-store" || !strings.Contains(b.String(), "kept words") || strings.Contains(b.String(), "secret") {
			t.Errorf("%s: %d, want %d, %s\n%.3000s", name, res.StatusCode, want[name], res.Header.Get("Cache-Control"), b.String())
		}
		if _, kind := statuses[forum.KindOf(errs[name])]; kind && errors.As(errs[name], new(*forum.Error)) && name != "unknown key" && name != "wrapped" && !strings.Contains(b.String(), "This topic is locked") {
			t.Errorf("%s: the words are not told", name)
		}
	}
}

// browserPath is where a browser goes that is sent to a target: it drops tabs and line ends and takes "\" for "/".
func browserPath(target string) string {
	return strings.ReplaceAll(strings.Map(func(r rune) rune {
		if r == '\t' || r == '\n' || r == '\r' {
			return -1
		}
		return r
	}, strings.TrimFunc(target, func(r rune) bool { return r <= ' ' })), `\`, "/")
}

// FuzzInside: whatever "next" holds, a browser stays on this site.
func FuzzInside(f *testing.F) {
	for _, s := range []string{"/t/1", "//evil.example", "///evil.example", `/\evil.example`, "/\t/evil.example", "https:evil.example", "/%2fevil.example", "/a?next=//evil.example", "javascript:alert(1)", "/..//evil.example", " //evil.example", "/\x00/evil"} {
		f.Add(s)
	}
	base := must(url.Parse("https://forum.example/login"))
	f.Fuzz(func(t *testing.T, target string) {
		got := inside(target)
		path := browserPath(got)
		if !strings.HasPrefix(path, "/") || strings.HasPrefix(path, "//") || strings.ContainsAny(got, "\r\n") {
			t.Errorf("%q leads to %q", target, got)
		}
		if u, err := base.Parse(got); err != nil || u.Host != "forum.example" || u.Scheme != "https" {
			t.Errorf("%q leads to %v, %v", target, u, err)
		}
		if inside(got) != got {
			t.Errorf("%q is not kept", got)
		}
	})
}

// TestNumbersInPaths: what is no id, or overflows one, is an id that does not exist.
func TestNumbersInPaths(t *testing.T) {
	t.Parallel()
	d := newDoor(t, "https://forum.example")
	var first string
	for _, id := range []string{"1", "0", "-1", "+1", "01", "1e3", "0x1", "1.0", "9223372036854775807", "9223372036854775808", "99999999999999999999999", "%31", "1%00", "1%20", "x", "%c0%af", "١"} {
		res, body := d.ask("GET", "/t/"+id+"/x", "")
		if body = wayBack.ReplaceAllString(body, ""); first == "" {
			first = body
		}
		if res.StatusCode != http.StatusNotFound || body != first {
			t.Errorf("/t/%s/x: %d, alike %v", id, res.StatusCode, body == first)
		}
	}
	for s, want := range map[string]int64{"": 0, "7": 7, "-7": -7, "x": 0, "9223372036854775808": 0, "7.5": 0} {
		if got := number(s); got != want {
			t.Errorf("number(%q) = %d", s, got)
		}
	}
}

// wayBack is what names the asked page on it.
var wayBack = regexp.MustCompile(`next=[^"]*`)

// TestTheSessionCookie: signing in gives one cookie with every guard, signing out takes back the same one, and a cookie
// that is none of ours signs nobody in.
func TestTheSessionCookie(t *testing.T) {
	t.Parallel()
	d := newDoor(t, "https://forum.example")
	d.Member("ann")
	sign := []string{"Origin", "https://forum.example", "Content-Type", form}
	res, _ := d.ask("POST", "/login", url.Values{"login": {"ann"}, "password": {forumtest.Password}, "next": {"//evil.example"}}.Encode(), sign...)
	if res.StatusCode != http.StatusSeeOther || len(res.Cookies) != 1 || !strings.HasPrefix(res.Header.Get("Location"), "/") || strings.Contains(res.Header.Get("Location"), "evil") {
		t.Fatalf("%d %v to %s", res.StatusCode, res.Cookies, res.Header.Get("Location"))
	}
	k := res.Cookies[0]
	if k.Name != "__Host-session" || !k.Secure || !k.HttpOnly || k.SameSite != http.SameSiteLaxMode || k.Path != "/" || k.Domain != "" || len(k.Value) < 22 {
		t.Errorf("%s", res.Header.Get("Set-Cookie"))
	}
	cookie := k.Name + "=" + k.Value
	if res, body := d.ask("GET", "/account", "", "Cookie", cookie); res.StatusCode != http.StatusOK || res.Header.Get("Cache-Control") != "no-store" || strings.Contains(body, k.Value) {
		t.Errorf("the account: %d, %s", res.StatusCode, res.Header.Get("Cache-Control"))
	}
	for _, other := range []string{"session=" + k.Value, "__host-session=" + k.Value, k.Name + "=" + k.Value[:len(k.Value)-1], k.Name + "=" + strings.ToUpper(k.Value) + "x", k.Name + "=" + strings.Repeat("x", 5000), k.Name + "=", k.Name + "=%00"} {
		if res, _ := d.ask("GET", "/account", "", "Cookie", other); res.StatusCode != http.StatusSeeOther || !strings.HasPrefix(res.Header.Get("Location"), "/login?next=") {
			t.Errorf("%.40q opens the account: %d", other, res.StatusCode)
		}
	}
	out, _ := d.ask("POST", "/logout", "", append(slices.Clone(sign), "Cookie", cookie)...)
	if len(out.Cookies) != 1 || out.Cookies[0].Name != k.Name || out.Cookies[0].Value != "" || out.Cookies[0].MaxAge >= 0 && out.Cookies[0].Expires.Year() > 1970 || !out.Cookies[0].Secure || out.Cookies[0].Path != "/" {
		t.Errorf("signing out sets %v", out.Cookies)
	}
	if res, _ := d.ask("GET", "/account", "", "Cookie", cookie); res.StatusCode != http.StatusSeeOther {
		t.Errorf("the session lives on: %d", res.StatusCode)
	}
}
