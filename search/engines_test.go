package search

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib"
	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect/pgdialect"
	"github.com/uptrace/bun/dialect/sqlitedialect"
	_ "modernc.org/sqlite"
)

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// sqliteEngine is on a file of its own, with one writer connection.
func sqliteEngine(t testing.TB) *SQL {
	t.Helper()
	return sqliteAt(t, filepath.Join(t.TempDir(), "search.db"))
}

func sqliteAt(t testing.TB, file string) *SQL {
	t.Helper()
	pragmas := func(names ...string) string {
		v := url.Values{"_pragma": names, "_txlock": {"immediate"}}
		return "file:" + file + "?" + v.Encode()
	}
	open := func(dsn string, connections int) *bun.DB {
		db, err := sql.Open("sqlite", dsn)
		must(t, err)
		db.SetMaxOpenConns(connections)
		t.Cleanup(func() { _ = db.Close() })
		return bun.NewDB(db, sqlitedialect.New())
	}
	// As the forum opens its database.
	writer := open(pragmas("busy_timeout(5000)", "journal_mode(WAL)", "synchronous(FULL)", "secure_delete(1)"), 1)
	must(t, writer.Ping())
	reader := open(pragmas("busy_timeout(5000)", "query_only(1)", "mmap_size(1073741824)"), 4)
	e := NewSQL(writer, reader)
	must(t, e.Migrate(context.Background()))
	must(t, e.Migrate(context.Background())) // it may run at each start
	return e
}

// postgresEngine is on a throw-away server.
func postgresEngine(t testing.TB) *SQL {
	t.Helper()
	db, err := sql.Open("pgx", startPostgres(t))
	must(t, err)
	t.Cleanup(func() { _ = db.Close() })
	for range 500 {
		if err = db.Ping(); err == nil {
			break
		}
		time.Sleep(20 * time.Millisecond)
	}
	must(t, err)
	b := bun.NewDB(db, pgdialect.New())
	e := NewSQL(b, b)
	must(t, e.Migrate(context.Background()))
	must(t, e.Migrate(context.Background()))
	return e
}

// startPostgres starts a server that ends with the test, as another user when
// the test is root, which PostgreSQL refuses.
func startPostgres(t testing.TB) string {
	t.Helper()
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin")
	if err != nil || len(found) == 0 {
		t.Fatal("install postgresql (make test does)")
	}
	bin, dir := found[len(found)-1], t.TempDir()
	attr := &syscall.SysProcAttr{}
	if os.Getuid() == 0 {
		u, err := user.Lookup("postgres")
		if err != nil {
			u, err = user.Lookup("nobody")
		}
		must(t, err)
		uid, err := strconv.Atoi(u.Uid)
		must(t, err)
		gid, err := strconv.Atoi(u.Gid)
		must(t, err)
		must(t, os.Chown(dir, uid, gid))
		must(t, os.Chmod(filepath.Dir(dir), 0o755))
		attr.Credential = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
	}
	data := filepath.Join(dir, "data")
	run := func(name string, args ...string) *exec.Cmd {
		cmd := exec.Command(filepath.Join(bin, name), args...)
		cmd.SysProcAttr, cmd.Dir = attr, dir
		return cmd
	}
	out, err := run("initdb", "-D", data, "-U", "test", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync").CombinedOutput()
	if err != nil {
		t.Fatalf("initdb: %v\n%s", err, out)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	_, port, _ := strings.Cut(l.Addr().String(), ":")
	must(t, l.Close())
	server := run("postgres", "-D", data, "-p", port, "-h", "127.0.0.1", "-k", dir, "-F")
	must(t, server.Start())
	t.Cleanup(func() {
		_ = server.Process.Signal(syscall.SIGINT) // fast shutdown
		_ = server.Wait()
	})
	return "postgres://test@127.0.0.1:" + port + "/postgres?sslmode=disable"
}

// meiliEngine is on the server at MEILI_URL, in an index of its own, or on a stand-in.
func meiliEngine(t testing.TB) *Meili {
	t.Helper()
	wire := newRecorder(t)
	if at := os.Getenv("MEILI_URL"); at != "" {
		m := newMeili(at, os.Getenv("MEILI_KEY"), fmt.Sprintf("contract-%d-%d", os.Getpid(), meiliIndexes.Add(1)), wire)
		must(t, m.Migrate(context.Background()))
		t.Cleanup(func() {
			_ = m.dropNext(context.Background())
			_, _ = m.server.DeleteIndex(m.name)
		})
		return m
	}
	s := newStandIn("secret key")
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	m := newMeili(server.URL, "secret key", "contract", wire)
	must(t, m.Migrate(context.Background()))
	must(t, m.Migrate(context.Background()))
	if s.settingsWrites() != 1 {
		t.Errorf("settings were written %d times", s.settingsWrites())
	}
	return m
}

var meiliIndexes atomic.Int64

// recorder writes what goes over the wire to the file that MEILI_RECORD names: a line of JSON
// per exchange, without its head, and so without keys.
type recorder struct {
	mu   *sync.Mutex
	file *os.File
}

var recording sync.Mutex

func newRecorder(t testing.TB) http.RoundTripper {
	name := os.Getenv("MEILI_RECORD")
	if name == "" {
		return nil
	}
	file, err := os.OpenFile(name, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	must(t, err)
	t.Cleanup(func() { _ = file.Close() })
	return &recorder{&recording, file}
}

func (r *recorder) RoundTrip(ask *http.Request) (*http.Response, error) {
	var question []byte
	if ask.Body != nil {
		var err error
		if question, err = io.ReadAll(ask.Body); err != nil {
			return nil, err
		}
		ask.Body = io.NopCloser(bytes.NewReader(question))
	}
	answer, err := http.DefaultTransport.RoundTrip(ask)
	if err != nil {
		return nil, err
	}
	text, err := io.ReadAll(answer.Body)
	if err := errors.Join(err, answer.Body.Close()); err != nil {
		return nil, err
	}
	answer.Body = io.NopCloser(bytes.NewReader(text))
	line, err := json.Marshal(map[string]any{"method": ask.Method, "path": ask.URL.RequestURI(), "status": answer.StatusCode,
		"request": plainJSON(question), "response": plainJSON(text)})
	if err != nil {
		return nil, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	_, err = r.file.Write(append(line, '\n'))
	return answer, err
}

// plainJSON is a body as it is, or as text where it is none.
func plainJSON(body []byte) any {
	if json.Valid(body) {
		return json.RawMessage(body)
	}
	return string(body)
}

// broken is an engine that fails when told.
type broken struct {
	Engine
	err   error
	calls int
}

var errBroken = errors.New("connection refused")

func (b *broken) Put(ctx context.Context, docs []Doc) error {
	b.calls++
	if b.err != nil {
		return b.err
	}
	return b.Engine.Put(ctx, docs)
}

func (b *broken) Search(ctx context.Context, q Query) (Result, error) {
	b.calls++
	if b.err != nil {
		return Result{}, b.err
	}
	return b.Engine.Search(ctx, q)
}

func (b *broken) Ready(ctx context.Context) error {
	b.calls++
	if b.err != nil {
		return b.err
	}
	return b.Engine.Ready(ctx)
}

// post is a public one unless the options say otherwise.
func post(id int64, text string, options ...func(*Doc)) Doc {
	d := Doc{Kind: "post", ID: id, Version: 1, Audience: "public", Author: 1000 + id,
		At: time.Unix(1_700_000_000+id, 0), Lang: "en", Title: fmt.Sprint("Title", id), Text: text}
	for _, o := range options {
		o(&d)
	}
	return d
}

func audience(a string) func(*Doc) { return func(d *Doc) { d.Audience = a } }
func author(a int64) func(*Doc)    { return func(d *Doc) { d.Author = a } }
func version(v int64) func(*Doc)   { return func(d *Doc) { d.Version = v } }
func title(s string) func(*Doc)    { return func(d *Doc) { d.Title = s } }
func kind(k string) func(*Doc)     { return func(d *Doc) { d.Kind = k } }

// find answers the ids in order, as a visitor unless q says otherwise.
func find(t testing.TB, e Engine, q Query) []int64 {
	t.Helper()
	if q.Readers == nil && q.OwnAuthor == 0 {
		q.Readers = readers("public")
	}
	r, err := e.Search(context.Background(), q)
	if err != nil {
		t.Fatalf("search %q: %v", q.Text, err)
	}
	ids := []int64{}
	for _, h := range r.Hits {
		ids = append(ids, h.ID)
	}
	return ids
}

// readers are terms that hold from ever.
func readers(terms ...string) []Reader {
	out := []Reader{}
	for _, t := range terms {
		out = append(out, Reader{Term: t})
	}
	return out
}
