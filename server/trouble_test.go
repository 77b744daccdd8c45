package main

import (
	"fmt"
	"net"
	"net/http"
	"net/url"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"peergroups/forum"
	"peergroups/forum/forumtest"
)

// TestDiskFull: with no room left a post is refused with words, nothing of it is written, and
// the form's key posts it once there is room again.
func TestDiskFull(t *testing.T) {
	w := begin(t, "sqlite", nil)
	g, board, _ := w.group("open", forum.PublicToRead)
	w.enter(g, w.admin)
	topic, err := w.forum.StartTopic(t.Context(), w.admin, board.ID, forum.Draft{Title: "T", Source: "x", Key: w.key()})
	w.must(err)
	cookie := w.session("admin")
	path := fmt.Sprintf("/t/%d/%s", topic.ID, topic.Slug)
	form := url.Values{"source": {strings.Repeat("much text ", 5000)}, "key": {"full"}}
	var pages, most int
	w.must(w.store.Writer().NewRaw("PRAGMA page_count").Scan(t.Context(), &pages))
	w.must(w.store.Writer().NewRaw(fmt.Sprintf("PRAGMA max_page_count = %d", pages)).Scan(t.Context(), &most))
	if status, body := w.post(cookie, path, form); status != http.StatusInternalServerError || !strings.Contains(body, "Something went wrong on our side") || strings.Contains(body, "disk") {
		t.Errorf("with a full disk: %d", status)
	}
	if body, status, _ := w.visit(path); status != http.StatusOK || strings.Contains(body, "much text") {
		t.Errorf("reading goes on, without half a post: %d", status)
	}
	w.must(w.store.Writer().NewRaw("PRAGMA max_page_count = 1000000").Scan(t.Context(), &most))
	for range 2 {
		if status, _ := w.post(cookie, path, form); status != http.StatusSeeOther {
			t.Errorf("with room again: %d", status)
		}
	}
	page, err := w.forum.ReadTopic(t.Context(), w.admin, topic.ID, 0)
	if err != nil || len(page.Posts) != 2 {
		t.Errorf("%d posts, %v", len(page.Posts), err)
	}
}

// TestDatabaseLocked: while somebody else holds the database a post is refused with words
// within the handler's time, nothing of it is written, and reading goes on; then the form's
// key posts it once.
func TestDatabaseLocked(t *testing.T) { onBoth(t, databaseLocked) }

func databaseLocked(t *testing.T, w *world) {
	g, board, _ := w.group("open", forum.PublicToRead)
	w.enter(g, w.admin)
	topic, err := w.forum.StartTopic(t.Context(), w.admin, board.ID, forum.Draft{Title: "T", Source: "x", Key: w.key()})
	w.must(err)
	cookie, path := w.session("admin"), fmt.Sprintf("/t/%d/%s", topic.ID, topic.Slug)
	form := url.Values{"source": {"said meanwhile"}, "key": {"locked"}}
	other, err := forum.Open(t.Context(), w.database)
	w.must(err)
	defer func() { _ = other.Close() }()
	tx, err := other.Writer().BeginTx(t.Context(), nil)
	w.must(err)
	_, err = tx.ExecContext(t.Context(), "UPDATE topics SET version = version WHERE id = ?", topic.ID)
	w.must(err)
	if status, body := w.post(cookie, path, form); status != http.StatusInternalServerError || !strings.Contains(body, "Something went wrong on our side") || strings.Contains(strings.ToLower(body), "sql") {
		t.Errorf("while it is locked: %d", status)
	}
	if body, status, _ := w.visit(path); status != http.StatusOK || strings.Contains(body, "said meanwhile") {
		t.Errorf("reading goes on, without half a post: %d", status)
	}
	w.must(tx.Rollback())
	for range 2 {
		if status, _ := w.post(cookie, path, form); status != http.StatusSeeOther {
			t.Errorf("afterwards: %d", status)
		}
	}
	if page, err := w.forum.ReadTopic(t.Context(), w.admin, topic.ID, 0); err != nil || len(page.Posts) != 2 {
		t.Errorf("%d posts, %v", len(page.Posts), err)
	}
}

// TestRelayAway: mail waits for a relay that is away and goes out once when it is back.
func TestRelayAway(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	relay := &letterBox{at: l.Addr().String()}
	_ = l.Close()
	w := begin(t, "sqlite", func(c *Config) { c.SMTPURL = "smtp://" + relay.at })
	g, board, _ := w.group("open", forum.PublicToRead)
	w.enter(g, w.admin)
	w.must(w.forum.Subscribe(t.Context(), w.admin, board.ID, forum.Each))
	_, err = w.forum.StartTopic(t.Context(), w.admin, board.ID, forum.Draft{Title: "T", Source: "x", Key: w.key()})
	w.must(err)
	w.eventually("a try is noted", func() bool {
		rows, err := w.forum.Deliveries(t.Context(), w.admin, false, 0, 10)
		return err == nil && len(rows) == 1 && rows[0].State == forum.Waiting && rows[0].Attempts > 0 && rows[0].Trouble != ""
	})
	relay.open(t)
	w.offset.Add(int64(10 * time.Minute))
	w.eventually("it went out", func() bool {
		rows, err := w.forum.Deliveries(t.Context(), w.admin, false, 0, 10)
		return err == nil && len(rows) == 1 && rows[0].State == forum.Sent && rows[0].Trouble == ""
	})
	w.offset.Add(int64(10 * time.Minute))
	time.Sleep(time.Second) // several ticks
	if n := relay.got.Load(); n != 1 {
		t.Errorf("it went out %d times", n)
	}
}

// ofGeneration is a table of the search index, of which there are two while it is built anew.
var ofGeneration = regexp.MustCompile(`^(search_[a-z]+)_\d+(_[a-z]+)?$`)

// TestEveryColumnIsDeclared: of the whole database, derived copies and the queue's tables
// included, each column is in the register of data.
func TestEveryColumnIsDeclared(t *testing.T) {
	for _, dialect := range forumtest.Dialects {
		t.Run(dialect, func(t *testing.T) {
			w := begin(t, dialect, nil)
			declared := map[string]bool{}
			for _, row := range slices.Concat(forum.Data, forum.Copies) {
				for _, c := range row.Columns {
					declared[row.Table+"."+c] = true
				}
			}
			columns, err := w.store.Columns(t.Context())
			w.must(err)
			for _, c := range columns {
				table, _, _ := strings.Cut(c, ".")
				table = ofGeneration.ReplaceAllString(table, "$1$2")
				if !declared[c] && !declared[table+".*"] {
					t.Errorf("%s is in no register", c)
				}
			}
		})
	}
}

// TestEveryProviderIsDeclared: a setting that names another machine is in the register of
// service providers, and only those in use are shown.
func TestEveryProviderIsDeclared(t *testing.T) {
	var declared []string
	for _, p := range forum.Providers {
		declared = append(declared, p.Setting)
	}
	c := reflect.TypeOf(Config{})
	for i := range c.NumField() {
		env := c.Field(i).Tag.Get("env")
		if strings.HasSuffix(env, "_URL") && env != "BASE_URL" && !slices.Contains(declared, env) {
			t.Errorf("%s names a provider that no register knows", env)
		}
	}
	used := (&Config{SMTPURL: "smtp://relay.example:587", RedisURL: "redis://127.0.0.1:6379", DatabaseURL: "sqlite:x.db"}).used()
	if !slices.Equal(used, []string{"SMTP_URL"}) {
		t.Errorf("in use: %v", used)
	}
}

// TestBytesThatAreNoText: NUL and bytes that are not UTF-8 in an address or a form are no trouble of ours, on either database.
func TestBytesThatAreNoText(t *testing.T) { onBoth(t, bytesThatAreNoText) }

func bytesThatAreNoText(t *testing.T, w *world) {
	g, board, _ := w.group("inner", forum.PublicToRead)
	w.enter(g, w.admin)
	topic, err := w.forum.StartTopic(t.Context(), w.admin, board.ID, forum.Draft{Title: "T", Source: "x", Key: w.key()})
	w.must(err)
	admin := w.session("admin")
	for _, bad := range []string{"%00", "%ff"} {
		for _, path := range []string{"/g/", "/g/inner/tags/", "/feeds/inner/", "/g/inner/b/talk?tag=", "/search?q=", "/directory?words=", "/directory?place=", "/g/inner/log?done=", "/verify/"} {
			if path += bad; strings.HasPrefix(path, "/feeds") {
				path += "/atom.xml"
			}
			for who, cookie := range map[string]string{"a visitor": "", "a member": admin} {
				if status, _ := w.ask("GET", path, cookie); status >= http.StatusInternalServerError {
					t.Errorf("GET %s by %s: %d", path, who, status)
				}
			}
		}
	}
	for i, bad := range []string{"a\x00b long enough to be a reason", "a\xffb long enough to be a reason"} {
		at := fmt.Sprintf("/t/%d/", topic.ID)
		for path, form := range map[string]url.Values{
			"/g/inner/b/talk/new":       {"title": {bad}, "source": {bad}, "key": {bad}, "poll_options": {bad + "1\n" + bad + "2"}, "poll_until": {bad}, "tags": {bad}},
			at + "lock":                 {"reason": {bad}},
			at + "pin":                  {"reason": {bad}},
			at + "slow":                 {"reason": {bad}, "seconds": {"60"}},
			topicPathOf(topic):          {"source": {bad}, "key": {bad}, "files": {bad}, "told": {bad}},
			"/g/inner/r/hall":           {"text": {bad}, "key": {bad}},
			"/g/inner/manage/freeze":    {"reason": {bad}},
			"/g/inner/settings/vetting": {"watched": {bad}, "first": {"0"}},
			"/g/inner/tags":             {"name": {bad}, "slug": {bad}},
			"/login":                    {"login": {bad}, "password": {bad}},
			"/account":                  {"name": {bad}, "zone": {bad}, "digest_hour": {"7"}},
			"/confirm":                  {"token": {bad}, "password": {bad}},
		} {
			if status, _ := w.post(admin, path, form); status >= http.StatusInternalServerError {
				t.Errorf("POST %s, %d: %d", path, i, status)
			}
		}
	}
	if _, broken, err := w.forum.CheckLog(t.Context()); err != nil || broken != 0 {
		t.Errorf("the log is broken at %d, %v", broken, err)
	}
}
