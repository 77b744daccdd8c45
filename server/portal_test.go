package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"peergroups/forum"
	"peergroups/forum/forumtest"
	"peergroups/server/demo"
)

// demoPortal fills a forum of a dialect with the demo; gives the settings of commands for it.
func demoPortal(t *testing.T, dialect string) []string {
	t.Helper()
	args, data, dsn := emptyPortal(t, dialect)
	store, err := openStore(t.Context(), &Config{DataDir: data, DatabaseURL: dsn})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = store.Close() }()
	if _, err := demo.Fill(t.Context(), store, folder{filepath.Join(data, "files"), 0}, time.Now()); err != nil {
		t.Fatal(err)
	}
	return args
}

// emptyPortal gives the settings of commands for a database that was never used.
func emptyPortal(t *testing.T, dialect string) (args []string, data, dsn string) {
	t.Helper()
	data = t.TempDir()
	args = []string{"--data-dir=" + data}
	if dialect == "postgres" {
		dsn = forumtest.Database(t)
		args = append(args, "--database-url="+dsn)
	}
	return args, data, dsn
}

// portalRun runs a portal command that must succeed.
func portalRun(t *testing.T, settings []string, args ...string) string {
	t.Helper()
	out, err := operate(t, slices.Concat([]string{"portal"}, args, settings)...)
	if err != nil {
		t.Fatalf("%v: %v\n%s", args, err, out)
	}
	return out
}

// entriesOf reads an archive's entries by name.
func entriesOf(t *testing.T, file, passphrase string) map[string]string {
	t.Helper()
	out := map[string]string{}
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	p, err := forum.OpenPortal(bytes.NewReader(b), passphrase)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	if err := p.Raw(func(name string, body []byte) { out[name] = string(body) }); err != nil {
		t.Fatal(err)
	}
	return out
}

// TestP27Transfer: the demo's portal goes from one database to the other, and back. Each row and each file is the same,
// the log goes on, members log in, and a visitor is shown the same.
func TestP27Transfer(t *testing.T) {
	t.Parallel()
	for _, from := range forumtest.Dialects {
		t.Run(from, func(t *testing.T) {
			t.Parallel()
			to := forumtest.Dialects[1-slices.Index(forumtest.Dialects, from)]
			old, dir := demoPortal(t, from), t.TempDir()
			words := filepath.Join(dir, "words")
			if err := os.WriteFile(words, []byte("a long enough passphrase\n"), 0o600); err != nil {
				t.Fatal(err)
			}
			first, second := filepath.Join(dir, "first"), filepath.Join(dir, "second")
			out := portalRun(t, old, "export", "--passphrase-file="+words, "--with-key", first)
			if info, err := os.Stat(first); err != nil || info.Mode().Perm() != 0o600 || !strings.Contains(out, "0600") {
				t.Errorf("the archive's file: %v, %v\n%s", info, err, out)
			}
			fresh, data, dsn := emptyPortal(t, to)
			portalRun(t, fresh, "import", "--passphrase-file="+words, first)
			portalRun(t, fresh, "export", "--passphrase-file="+words, "--with-key", second)
			samePortals(t, entriesOf(t, first, "a long enough passphrase"), entriesOf(t, second, "a long enough passphrase"))
			if out, err := operate(t, append([]string{"admin", "check-log"}, fresh...)...); err != nil {
				t.Errorf("the log: %s, %v", out, err)
			}
			if _, err := operate(t, append([]string{"portal", "import", "--passphrase-file=" + words, first}, fresh...)...); !errors.Is(err, forum.ErrPortalNotEmpty) {
				t.Errorf("twice: %v", err)
			}
			servedAlike(t, old, &Config{DataDir: data, DatabaseURL: dsn})
		})
	}
}

// samePortals compares two archives: the second has one more of what was entered in the log meanwhile.
func samePortals(t *testing.T, a, b map[string]string) {
	t.Helper()
	if len(a) < 30 {
		t.Errorf("only %d entries", len(a))
	}
	for _, name := range slices.Sorted(maps.Keys(a)) {
		switch {
		case name == "manifest.json" || name == "end.json":
		case strings.HasPrefix(name, "rows/log_entries/"):
			if !strings.HasPrefix(b[name], a[name]) || len(b[name]) == len(a[name]) {
				t.Errorf("%s does not go on:\n%s", name, b[name][max(0, len(b[name])-500):])
			}
		case a[name] != b[name]:
			i := 0
			for i < min(len(a[name]), len(b[name])) && a[name][i] == b[name][i] {
				i++
			}
			t.Errorf("%s differs:\n%.300s\n%.300s", name, a[name][max(0, i-100):], b[name][min(len(b[name]), max(0, i-100)):])
		}
	}
	for name := range b {
		if _, is := a[name]; !is {
			t.Errorf("%s came from nowhere", name)
		}
	}
}

// servedAlike starts the server on what was brought in, and on what it came from, and compares what they show.
func servedAlike(t *testing.T, old []string, c *Config) {
	t.Helper()
	before := &Config{DataDir: strings.TrimPrefix(old[0], "--data-dir=")}
	if len(old) > 1 {
		before.DatabaseURL = strings.TrimPrefix(old[1], "--database-url=")
	}
	pages := map[string][]string{}
	for _, c := range []*Config{before, c} {
		c.Listen, c.SMTPListen, c.StaffFactor, c.BaseURL = "127.0.0.1", "off", "off", ""
		w := &world{t: t}
		var err error
		w.server, err = start(t.Context(), c, parts{Out: io.Discard, Log: slog.New(slog.DiscardHandler), Now: time.Now, Resolver: &zone{}})
		w.must(err)
		_, err = w.forum.LogIn(t.Context(), "ana", demo.Password, "", "")
		w.must(err)
		rows, _, err := w.forum.ReadFeed(t.Context(), forum.Actor{}, forum.Latest, forum.TopicCursor{})
		w.must(err)
		paths := []string{"/", "/groups", "/latest", "/directory"}
		for _, r := range rows[:5] {
			paths = append(paths, fmt.Sprintf("/t/%d/%s", r.ID, r.Slug))
		}
		for _, path := range paths {
			res, err := http.Get(w.base.String() + path)
			w.must(err)
			b, err := io.ReadAll(res.Body)
			w.must(err)
			w.must(res.Body.Close())
			pages[path] = append(pages[path], fmt.Sprint(res.StatusCode, " ")+strings.ReplaceAll(string(b), w.base.Host, "HOST"))
		}
		stop, cancel := context.WithTimeout(context.Background(), 15*time.Second)
		w.must(w.stop(stop))
		cancel()
	}
	for path, p := range pages {
		if p[0] != p[1] || !strings.HasPrefix(p[0], "200") && !strings.HasPrefix(p[0], "404") {
			t.Errorf("%s is shown otherwise:\n%.2000s\n%.2000s", path, p[0], p[1])
		}
	}
}
