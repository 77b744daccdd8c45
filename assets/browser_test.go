package assets

import (
	"context"
	"embed"
	"fmt"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

//go:embed testdata
var pages embed.FS

// policy is as strict as the server's own.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; " +
	"base-uri 'none'; form-action 'self'; require-trusted-types-for 'script'; trusted-types peergroups"

// site serves the assets, the pages of testdata and the fragments the modules ask for.
func site(t *testing.T) *httptest.Server {
	t.Helper()
	mux := http.NewServeMux()
	mux.HandleFunc("/assets/", func(w http.ResponseWriter, r *http.Request) {
		f, ok := Lookup(r.URL.Path)
		if !ok {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Type", f.ContentType)
		_, _ = w.Write(f.Body)
	})
	mux.HandleFunc("POST /preview", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = fmt.Fprintf(w, "<p>cooked %d</p>", len(r.FormValue("source")))
	})
	mux.HandleFunc("POST /mentions", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		if slices.Contains([]string{"", "a", "an"}, r.FormValue("begins")) && r.FormValue("place")+r.FormValue("ref") == "topic7" {
			_, _ = fmt.Fprint(w, `<ul><li role="option" id="offer-1" data-handle="ann">Ann</li><li role="option" id="offer-2" data-handle="anna">Anna</li></ul>`)
			return
		}
		_, _ = fmt.Fprint(w, "<ul></ul>")
	})
	mux.HandleFunc("GET /{page}", func(w http.ResponseWriter, r *http.Request) {
		name := r.PathValue("page")
		if after := r.URL.Query().Get("after"); after != "" {
			name += ".after" + after
		} else if strings.Contains(r.Header.Get("Accept"), "fragment=") {
			name += ".now"
		}
		body, err := fs.ReadFile(pages, "testdata/"+name)
		if err != nil {
			http.NotFound(w, r)
			return
		}
		kind := "text/html; charset=utf-8"
		if strings.HasSuffix(name, ".js") {
			kind = "text/javascript"
		}
		w.Header().Set("Content-Type", kind)
		w.Header().Set("Content-Security-Policy", policy)
		page := strings.NewReplacer("{css}", Path("app.css"), "{rooms}", Path("rooms.css"), "{js}", Path("app.js"), "{sprite}", Path("sprite.svg")).Replace(string(body))
		_, _ = w.Write([]byte(page))
	})
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	return server
}

// browser starts one Chromium, which CHROMIUM may name.
func browser(t *testing.T) context.Context {
	t.Helper()
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.NoSandbox, chromedp.WindowSize(1200, 800))
	if path := os.Getenv("CHROMIUM"); path != "" {
		options = append(options, chromedp.ExecPath(path))
	}
	ctx, stop := context.WithTimeout(context.Background(), 2*time.Minute)
	t.Cleanup(stop)
	ctx, stop = chromedp.NewExecAllocator(ctx, options...)
	t.Cleanup(stop)
	ctx, stop = chromedp.NewContext(ctx)
	t.Cleanup(stop)
	return ctx
}

// TestModulesInChromium runs, for each page, the script of the same name in it; the script throws when something is
// not as it should be. A breach of the content security policy is an error too.
func TestModulesInChromium(t *testing.T) {
	t.Parallel()
	server, ctx := site(t), browser(t)
	for _, name := range []string{"form", "topic", "room"} {
		script, err := fs.ReadFile(pages, "testdata/"+name+".test.js")
		if err != nil {
			t.Fatal(err)
		}
		for _, width := range []int64{1200, 320} {
			if err := chromedp.Do(ctx, chromedp.EmulateViewport(width, 800), chromedp.Navigate(server.URL+"/"+name+".html")); err != nil {
				t.Fatal(err)
			}
			got, err := chromedp.Run(ctx, chromedp.Evaluate[string]("(async () => {"+string(script)+"\nreturn finish();})()", chromedp.EvalAwaitPromise))
			if err != nil || got != "ok" {
				t.Errorf("%s at %d: %s %v", name, width, got, err)
			}
		}
	}
}

// TestModulesParse imports every module on a bare page, so that none of them is left out by the pages above.
func TestModulesParse(t *testing.T) {
	t.Parallel()
	server, ctx := site(t), browser(t)
	if err := chromedp.Do(ctx, chromedp.Navigate(server.URL+"/bare.html")); err != nil {
		t.Fatal(err)
	}
	for _, name := range Names() {
		if !strings.HasSuffix(name, ".js") {
			continue
		}
		expression := fmt.Sprintf("import(%q).then(m => Object.keys(m).join(' '))", Path(name))
		got, err := chromedp.Run(ctx, chromedp.Evaluate[string](expression, chromedp.EvalAwaitPromise))
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if name != "app.js" && got == "" {
			t.Errorf("%s exports nothing", name)
		}
	}
}
