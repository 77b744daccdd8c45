package web

import (
	"bytes"
	"context"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	ws "github.com/fasthttp/websocket"
	"github.com/gofiber/fiber/v2"

	"peergroups/assets"
	"peergroups/forum/forumtest"
	"peergroups/server/text"
)

func TestMain(m *testing.M) {
	code := m.Run()
	forumtest.StopServers()
	os.Exit(code)
}

type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// TestPanicsStayInside: a panic in a socket's goroutine (fact 4) or in a page ends that
// socket or page, and nothing else.
func TestPanicsStayInside(t *testing.T) {
	w := forumtest.New(t, "sqlite")
	words, err := text.Load(assets.Catalogue())
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	log := &lockedBuffer{}
	base := &url.URL{Scheme: "http", Host: l.Addr().String()}
	d := New(Options{Forum: w.Forum, Words: words, Base: base, Log: slog.New(slog.NewTextHandler(log, nil)), Now: time.Now, // no Hub: using it panics
		Ready: func(context.Context) error { panic("in a page") }})
	if c := d.App().Config(); !c.Immutable || c.BodyLimit != maxBody || c.IdleTimeout == 0 || c.WriteTimeout == 0 {
		t.Errorf("the server is not set as SECURITY facts 8 and 9 want it: %+v", c)
	}
	go func() { _ = d.Serve(l) }()
	t.Cleanup(func() { _ = d.App().Shutdown() })
	c, res, err := ws.DefaultDialer.Dial("ws://"+l.Addr().String()+"/ws", http.Header{"Origin": {base.String()}}) //nolint:bodyclose // the library has read and closed it
	if err != nil {
		t.Fatal(err, res)
	}
	_ = c.SetReadDeadline(time.Now().Add(5 * time.Second))
	if _, _, err := c.ReadMessage(); err == nil {
		t.Error("the socket lives on after its panic")
	}
	_ = c.Close()
	for path, want := range map[string]int{"/readyz": http.StatusInternalServerError, "/livez": http.StatusOK} {
		res, err := http.Get(base.String() + path)
		if err != nil {
			t.Fatal(err)
		}
		_ = res.Body.Close()
		if res.StatusCode != want {
			t.Errorf("%s: %d", path, res.StatusCode)
		}
	}
	if !strings.Contains(log.String(), "panic") {
		t.Error("the panics are not in the log")
	}
}

// TestCookiesAreDeclared: what sets a cookie is a declared one, which the page /cookies shows.
func TestCookiesAreDeclared(t *testing.T) {
	app := fiber.New()
	app.Get("/", func(c *fiber.Ctx) error {
		for _, k := range cookies {
			k.set(c, "value")
		}
		return nil
	})
	res, err := app.Test(must(http.NewRequest(http.MethodGet, "http://forum.example/", nil)))
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	for _, k := range res.Cookies() {
		if !strings.HasPrefix(k.Name, "__Host-") || !k.Secure || !k.HttpOnly || k.Path != "/" || k.Domain != "" || k.SameSite != http.SameSiteLaxMode {
			t.Errorf("cookie %v", k)
		}
	}
	if len(res.Cookies()) != len(cookies) {
		t.Errorf("%d cookies of %d", len(res.Cookies()), len(cookies))
	}
	files, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		source, err := os.ReadFile(f.Name())
		if err != nil || strings.HasSuffix(f.Name(), "_test.go") || f.Name() == "cookies.go" {
			continue
		}
		for _, other := range []string{".Cookie(", "HeaderSetCookie", "Set-Cookie", "SetCookie"} {
			if bytes.Contains(source, []byte(other)) {
				t.Errorf("%s sets a cookie past the register: %s", f.Name(), other)
			}
		}
	}
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func TestRedirectsStayInside(t *testing.T) {
	for target, want := range map[string]string{"/t/1/x?after=2#p3": "/t/1/x?after=2#p3", "": "/", "//evil.example": "/", "https://evil.example": "/", "/\\evil.example": "/",
		"javascript:alert(1)": "/", "evil.example": "/", "/a\r\nSet-Cookie: x": "/", "\t//evil.example": "/"} {
		if got := inside(target); got != want {
			t.Errorf("inside(%q) = %q", target, got)
		}
	}
}
