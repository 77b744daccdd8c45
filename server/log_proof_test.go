package main

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"peergroups/forum"
)

var publicHeadOf = regexp.MustCompile(`(\d{4}-\d\d-\d\d):([0-9a-f]{32})`)

var logHeadOf = regexp.MustCompile(`<code>([0-9a-f]{64})</code>`)

// TestP28LogChain: that an entry of the log was changed, taken out or moved shows on a page; that its end was cut off shows to who noted the head that is
// published, which tells nothing of how much was done.
func TestP28LogChain(t *testing.T) { onBoth(t, logChain) }

func logChain(t *testing.T, w *world) {
	exec := func(query string, args ...any) {
		t.Helper()
		_, err := w.store.Writer().NewRaw(query, args...).Exec(t.Context())
		w.must(err)
	}
	w.members("otto")
	for _, slug := range []string{"one", "two", "three"} {
		w.group(slug, forum.MembersOnly)
	}
	admin := w.session("admin")
	page := func(path string) string {
		t.Helper()
		status, page := w.ask("GET", path, admin)
		if status != http.StatusOK {
			t.Errorf("%s: %d", path, status)
		}
		return page
	}
	head := func(page string) string {
		t.Helper()
		m := logHeadOf.FindStringSubmatch(page)
		if m == nil {
			t.Fatalf("no head: %s", content(page))
		}
		return m[1]
	}
	const whole, broken, gone = "the log is whole", "The chain breaks at entry", "It is not in the part of the log"
	if p := page("/staff/log"); !strings.Contains(p, whole) || strings.Contains(p, gone) {
		t.Fatalf("at first: %s", content(p))
	}
	noted := head(page("/staff/log"))
	if status, _ := w.ask("GET", "/staff/log", w.session("otto")); status != http.StatusForbidden {
		t.Errorf("a member: %d", status)
	}
	public := func() (out [][]string) {
		_, p := w.ask("GET", "/transparency", "")
		if strings.Contains(p, noted) {
			t.Error("the head itself is published")
		}
		return publicHeadOf.FindAllStringSubmatch(p, -1)
	}
	if found := public(); found != nil {
		t.Errorf("what was done today is told of: %s", found)
	}
	w.offset.Add(int64(24 * time.Hour))
	first := public()
	w.offset.Add(int64(24 * time.Hour))
	next := public()
	if len(first) != 1 || len(next) != 1 || first[0][2] == next[0][2] || first[0][1] == next[0][1] {
		t.Fatalf("published, with nothing done between: %s, %s", first, next)
	}
	admin = w.session("admin")
	for _, published := range []string{first[0][0], " " + strings.ToUpper(next[0][0]) + " "} {
		if p := page("/staff/log?head=" + url.QueryEscape(published)); !strings.Contains(p, "nothing before it was changed or cut off") {
			t.Errorf("%s: %s", published, content(p))
		}
	}
	if p := page("/staff/log?head=" + first[0][1] + ":" + next[0][2]); !strings.Contains(p, gone) {
		t.Errorf("of another day: %s", content(p))
	}
	w.group("four", forum.MembersOnly)
	if p := page("/staff/log?head=" + strings.ToUpper(noted)); !strings.Contains(p, "nothing before it was changed or cut off") || head(p) == noted {
		t.Errorf("noted: %s", content(p))
	}
	var rows []struct {
		Seq  int64
		Hash string
	}
	w.must(w.store.Writer().NewRaw("SELECT seq, hash FROM log_entries ORDER BY seq").Scan(t.Context(), &rows))
	last := rows[len(rows)-1].Seq
	for _, c := range []struct{ name, do, undo, want string }{
		{"changed", "UPDATE log_entries SET reason = reason || 'x' WHERE seq = 2", "UPDATE log_entries SET reason = substr(reason, 1, length(reason) - 1) WHERE seq = 2", broken + " 2"},
		{"by another", "UPDATE log_entries SET actor_id = actor_id + 1 WHERE seq = 3", "UPDATE log_entries SET actor_id = actor_id - 1 WHERE seq = 3", broken + " 3"},
		{"taken out", "UPDATE log_entries SET seq = 0 - seq WHERE seq = 2", "UPDATE log_entries SET seq = 0 - seq WHERE seq = -2", broken + " 2"},
		{"moved", "UPDATE log_entries SET seq = CASE seq WHEN 2 THEN -3 ELSE -2 END WHERE seq IN (2, 3)", "UPDATE log_entries SET seq = CASE seq WHEN -3 THEN 2 ELSE 3 END WHERE seq IN (-2, -3)", broken},
	} {
		if c.do != "" {
			exec(c.do)
		}
		if p := page("/staff/log"); !strings.Contains(p, c.want) {
			t.Errorf("%s: %s", c.name, content(p))
		}
		if c.undo != "" {
			exec(c.undo)
		}
	}
	if p := page("/staff/log?head=" + noted); !strings.Contains(p, whole) {
		t.Fatalf("put back: %s", content(p))
	}
	end := head(page("/staff/log"))
	exec("DELETE FROM log_entries WHERE seq = ?", last)
	if p := page("/staff/log?head=" + end); !strings.Contains(p, whole) || !strings.Contains(p, gone) {
		t.Errorf("cut off: %s", content(p))
	}
	if p := page("/staff/log?head=" + noted); strings.Contains(p, gone) {
		t.Errorf("cut off behind what was noted: %s", content(p))
	}
}
