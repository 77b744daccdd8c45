package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"peergroups/forum"
	"peergroups/forum/forumtest"
)

// TestP27Told: an administrator announces a transfer; every member gets the mail, and reads on their pages until when they
// may leave with their data; it is taken back in the same way, and only on its day an archive for the other body is written.
func TestP27Told(t *testing.T) { onBoth(t, toldOfTransfer) }

func toldOfTransfer(t *testing.T, w *world) {
	w.members("otto")
	admin, otto := w.session("admin"), w.session("otto")
	form := url.Values{"body": {"The Guild of Mediators"}, "place": {"1 Lane, Bergen, Norway"}, "contact": {"office@guild.example"}, "words": {"We end our work next year."}, "key": {"transfer-1"},
		"from": {time.Now().Add(29 * 24 * time.Hour).Format(time.DateOnly)}}
	if status, _ := w.post(otto, "/staff/transfer", form); status != http.StatusForbidden {
		t.Errorf("a member announces: %d", status)
	}
	if status, page := w.post(admin, "/staff/transfer", form); status != http.StatusUnprocessableEntity || !strings.Contains(page, "from-error") || !strings.Contains(page, "The Guild of Mediators") {
		t.Errorf("too early: %d %s", status, content(page))
	}
	for _, path := range []string{"/account/privacy", "/account/data"} {
		if _, page := w.ask("GET", path, otto); strings.Contains(page, "Guild") {
			t.Errorf("%s tells of what is not announced", path)
		}
	}
	form.Set("from", time.Now().Add(40*24*time.Hour).Format(time.DateOnly))
	for range 2 { // a double click
		if status, to := w.led(admin, "/staff/transfer", form); status != http.StatusSeeOther {
			t.Fatalf("announced: %d %s", status, to)
		}
	}
	mail := w.await("otto@members.example", "goes to another body")
	for _, words := range []string{"The Guild of Mediators", "Bergen, Norway", "office@guild.example", "We end our work next year.", "/account/data"} {
		if !strings.Contains(mail.Text, words) {
			t.Errorf("the mail does not say %q:\n%s", words, mail.Text)
		}
	}
	for _, path := range []string{"/account/privacy", "/account/data"} {
		if _, page := w.ask("GET", path, otto); !strings.Contains(page, "The Guild of Mediators") || !strings.Contains(page, "Bergen, Norway") || !strings.Contains(page, `href="/account/data"`) {
			t.Errorf("%s: %s", path, content(page))
		}
	}
	file := filepath.Join(t.TempDir(), "archive")
	args := []string{"portal", "export", "--to-another-body", file, "--data-dir=" + t.TempDir(), "--database-url=" + w.database}
	if _, err := operate(t, args...); err == nil || !strings.Contains(err.Error(), "has not come yet") {
		t.Errorf("before its day: %v", err)
	}
	if left, _ := filepath.Glob(file + "*"); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
	_, page := w.ask("GET", "/staff/transfer", admin)
	id := regexp.MustCompile(`name="id" value="([0-9]+)"`).FindStringSubmatch(page)
	if id == nil || strings.Contains(page, `name="body"`) {
		t.Fatalf("the staff's page: %s", content(page))
	}
	if status, _ := w.post(otto, "/staff/transfer/withdraw", url.Values{"id": {id[1]}}); status != http.StatusForbidden {
		t.Errorf("a member takes it back: %d", status)
	}
	if status, _ := w.led(admin, "/staff/transfer/withdraw", url.Values{"id": {id[1]}}); status != http.StatusSeeOther {
		t.Errorf("taken back: %d", status)
	}
	w.await("otto@members.example", "stays where it is")
	if _, page := w.ask("GET", "/account/privacy", otto); strings.Contains(page, "Guild") {
		t.Error("it is told of after it was taken back")
	}
	if _, page := w.ask("GET", "/staff/transfer", admin); !strings.Contains(page, "Taken back on") || !strings.Contains(page, `name="body"`) {
		t.Errorf("the staff's page: %s", content(page))
	}
}

// TestP27Commands: what the commands refuse, they refuse before they write anything.
func TestP27Commands(t *testing.T) {
	t.Parallel()
	settings, data, _ := emptyPortal(t, "sqlite")
	dir := t.TempDir()
	archive, words, few := filepath.Join(dir, "archive"), filepath.Join(dir, "words"), filepath.Join(dir, "few")
	for name, text := range map[string]string{words: "correct horse battery staple", few: "short"} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	run := func(args ...string) error {
		_, err := operate(t, append(append([]string{"portal"}, args...), settings...)...)
		return err
	}
	if err := run("export", archive); err == nil || !strings.Contains(err.Error(), "there is no forum here") {
		t.Errorf("of nothing: %v", err)
	}
	if _, err := os.Stat(filepath.Join(data, "forum.db")); err == nil {
		t.Error("an empty forum was made")
	}
	if _, err := operate(t, append([]string{"migrate"}, settings...)...); err != nil {
		t.Fatal(err)
	}
	for want, args := range map[string][]string{
		"needs --passphrase-file":   {"export", "--with-key", archive},
		"fewer than 12":             {"export", "--passphrase-file=" + few, archive},
		"is the folder of members'": {"export", filepath.Join(data, "files", "archive")},
		"no transfer is announced":  {"export", "--to-another-body", archive},
		"not one of a portal":       {"check", words},
		"or not one of a portal":    {"import", words},
		"no such file or directory": {"export", "--passphrase-file=" + dir + "/none", archive},
	} {
		if err := run(args...); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v: %v", args, err)
		}
	}
	if err := run("export", "--passphrase-file="+words, archive); err != nil {
		t.Fatal(err)
	}
	for want, args := range map[string][]string{
		"is there already":         {"export", archive},
		"give its passphrase":      {"check", archive},
		"under another passphrase": {"check", "--passphrase-file=" + other(t, dir), archive},
		"no import was broken off": {"import", "--resume", "--passphrase-file=" + words, archive},
	} {
		if err := run(args...); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v: %v", args, err)
		}
	}
	if err := run("check", "--passphrase-file="+words, archive); err != nil {
		t.Error(err)
	}
}

func other(t *testing.T, dir string) string {
	t.Helper()
	name := filepath.Join(dir, "other")
	if err := os.WriteFile(name, []byte("another passphrase"), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

// TestP27Killed: an import that is killed (-9) leaves a forum that is not served; gone on with, it ends as if it had not been.
func TestP27Killed(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	binary := built(t, dir)
	archive := filepath.Join(dir, "archive")
	c := forumtest.Crowd{Members: 1_000, Topics: 1_000, Posts: 30_000, Hot: 400, Now: forum.At(time.Now())}
	source := filepath.Join(dir, "source")
	crowdPortal(t, &c, source)
	portalRun(t, []string{"--data-dir=" + source}, "export", archive)
	to := filepath.Join(dir, "to")
	// It is killed where it has written something: how far it is stands in the store, which this test only reads.
	args := []string{"portal", "import", archive, "--data-dir=" + to}
	cmd := exec.Command(binary, args...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	progress := func() (n int) {
		if _, err := os.Stat(filepath.Join(to, "forum.db")); err != nil {
			return 0
		}
		store, err := forum.Open(t.Context(), "sqlite:"+filepath.Join(to, "forum.db"))
		if err != nil {
			return 0
		}
		defer func() { _ = store.Close() }()
		if store.Reader().NewRaw("SELECT entries FROM portal_imports").Scan(t.Context(), &n) != nil {
			return 0
		}
		return n
	}
	for progress() < 5 {
		time.Sleep(5 * time.Millisecond)
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
	if _, err := start(t.Context(), &Config{Listen: "127.0.0.1", DataDir: to, SMTPListen: "off"}, parts{Out: io.Discard, Log: slog.New(slog.DiscardHandler), Now: time.Now}); err == nil || !strings.Contains(err.Error(), "was broken off") {
		t.Fatalf("it is served: %v", err)
	}
	if _, err := operate(t, args...); err == nil || !strings.Contains(err.Error(), "was broken off") {
		t.Errorf("begun again: %v", err)
	}
	if out, err := operate(t, append(args, "--resume")...); err != nil || !strings.Contains(out, "can be searched") {
		t.Fatalf("gone on with: %v\n%s", err, out)
	}
	again := filepath.Join(dir, "again")
	portalRun(t, []string{"--data-dir=" + to}, "export", again)
	samePortals(t, entriesOf(t, archive, ""), entriesOf(t, again, ""))
}

// crowdPortal makes a forum of many in a folder.
func crowdPortal(t testing.TB, c *forumtest.Crowd, data string) {
	t.Helper()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	store, err := openStore(t.Context(), &Config{DataDir: data})
	must(err)
	defer func() { _ = store.Close() }()
	f := forum.New(store, forum.Options{})
	_, err = f.SetUp(t.Context(), f.SetUpToken(), person("admin"), forumtest.Organisation)
	must(err)
	must(c.Fill(t.Context(), store))
}

// BenchmarkPortalExport writes the archive of a forum of POSTS posts (40,000), and brings it in again, in processes of their
// own; it says the seconds of each (of the import also with the index of the search: all), the most memory that each had (MB), and the archive's size:
//
//	POSTS=1000000 go test ./server -run XXX -bench PortalExport -benchtime 1x -timeout 1h
func BenchmarkPortalExport(b *testing.B) {
	posts := 40_000
	if s := os.Getenv("POSTS"); s != "" {
		n, err := strconv.Atoi(s)
		if err != nil {
			b.Fatal(err)
		}
		posts = n
	}
	dir := b.TempDir()
	build := exec.Command("go", "build", "-o", filepath.Join(dir, "peergroups"), ".")
	if out, err := build.CombinedOutput(); err != nil {
		b.Fatalf("%v\n%s", err, out)
	}
	c := forumtest.Crowd{Members: max(1000, posts/50), Topics: max(1000, posts/20), Posts: posts, Hot: max(400, posts/50), Now: forum.At(time.Now())}
	source := filepath.Join(dir, "source")
	crowdPortal(b, &c, source)
	n := 0
	for b.Loop() {
		n++
		archive, to := filepath.Join(dir, fmt.Sprint("archive", n)), filepath.Join(dir, fmt.Sprint("to", n))
		for _, step := range [][]string{{"export", archive, "--data-dir=" + source}, {"check", archive}, {"import", archive, "--data-dir=" + to}} {
			cmd := exec.Command(filepath.Join(dir, "peergroups"), append([]string{"portal"}, step...)...)
			began := time.Now()
			out, err := cmd.StdoutPipe()
			if err = errors.Join(err, cmd.Start()); err != nil {
				b.Fatal(err)
			}
			for lines := bufio.NewScanner(out); lines.Scan(); {
				if strings.HasPrefix(lines.Text(), "Hash:") { // what is left is to have it searchable
					b.ReportMetric(time.Since(began).Seconds(), step[0]+"-s")
				}
			}
			if err := cmd.Wait(); err != nil {
				b.Fatal(err)
			}
			b.ReportMetric(time.Since(began).Seconds(), step[0]+"-all-s")
			b.ReportMetric(float64(cmd.ProcessState.SysUsage().(*syscall.Rusage).Maxrss)/1024, step[0]+"-MB")
		}
		if info, err := os.Stat(archive); err == nil {
			b.ReportMetric(float64(info.Size())/(1<<20), "archive-MB")
		}
		if err := os.RemoveAll(to); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(runtime.GOMAXPROCS(0)), "cpus")
}
