package main

import (
	"bytes"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/alecthomas/kong"
	"github.com/pquerna/otp/totp"

	"peergroups/forum"
	"peergroups/forum/forumtest"
)

// operate runs a command as it is typed, without the program's name.
func operate(t *testing.T, args ...string) (string, error) {
	t.Helper()
	var p program
	parser, err := kong.New(&p, kong.Exit(func(int) {}), kong.Writers(io.Discard, io.Discard))
	if err != nil {
		t.Fatal(err)
	}
	k, err := parser.Parse(args)
	if err != nil {
		return "", err
	}
	var out bytes.Buffer
	k.BindTo(&out, (*io.Writer)(nil))
	err = k.Run(&p.Config, slog.New(slog.DiscardHandler))
	return out.String(), err
}

// TestCommands: what an operator does beside the running forum, on the same folder.
func TestCommands(t *testing.T) {
	t.Parallel()
	data := "--data-dir=" + t.TempDir()
	for range 2 {
		if out, err := operate(t, "migrate", data); err != nil {
			t.Fatal(out, err)
		}
	}
	if _, err := operate(t, "admin", "grant", data, "nobody", "reviewer"); err == nil || !strings.Contains(err.Error(), "no active member") {
		t.Errorf("a role for nobody: %v", err)
	}
	dir := strings.TrimPrefix(data, "--data-dir=")
	var member forum.MemberID
	within := func(do func(f *forum.Forum)) {
		store, err := openStore(t.Context(), &Config{DataDir: dir})
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = store.Close() }()
		do(forum.New(store, forum.Options{Secret: []byte(strings.Repeat("k", leastSecret))}))
	}
	within(func(f *forum.Forum) {
		id, err := f.SetUp(t.Context(), f.SetUpToken(), person("admin"), forum.Organisation{Name: "Chamber", Seal: "C", Address: "Street 1", Contact: "o@chamber.example"})
		if err != nil {
			t.Fatal(err)
		}
		a, err := f.ActorFor(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		ids, err := f.Adopt(t.Context(), a, []forum.Registration{person("rita")})
		if err != nil {
			t.Fatal(err)
		}
		member = ids[0]
	})
	for range 2 {
		if out, err := operate(t, "admin", "grant", data, "rita", "reviewer"); err != nil || out != "rita is reviewer.\n" {
			t.Errorf("%q %v", out, err)
		}
	}
	within(func(f *forum.Forum) {
		if a, err := f.ActorFor(t.Context(), member); err != nil || !a.Has(forum.Reviewer) || a.Has(forum.Administrator) {
			t.Errorf("%+v %v", a, err)
		}
	})
	if _, err := operate(t, "admin", "take-factors", data, "rita", "She lost her phone."); err == nil {
		t.Error("factors that nobody has were taken away")
	}
	within(func(f *forum.Forum) { setUpApp(t, f, "rita") })
	if _, err := operate(t, "admin", "take-factors", data, "rita", "lost"); err == nil {
		t.Error("factors were taken away without a reason")
	}
	if out, err := operate(t, "admin", "take-factors", data, "rita", "She lost her phone."); err != nil || !strings.HasPrefix(out, "rita has no second factor any more") {
		t.Errorf("%q %v", out, err)
	}
	within(func(f *forum.Forum) {
		if in, err := f.LogIn(t.Context(), "rita", forumtest.Password, "", ""); err != nil || in.Session == "" {
			t.Errorf("rita gets %+v %v", in, err)
		}
	})
	out, err := operate(t, "admin", "check-log", data)
	entries, head, _ := strings.Cut(strings.TrimSpace(out), "\nHead: ")
	if err != nil || entries != "4 entries, each follows from the one before." || len(head) != 64 {
		t.Errorf("%q %v", out, err)
	}
	if out, err := operate(t, "admin", "check-log", "--head", head, data); err != nil || !strings.Contains(out, head) {
		t.Errorf("the head that was noted: %q %v", out, err)
	}
	if out, err := operate(t, "admin", "check-log", "--head", strings.Repeat("0", 64), data); err == nil || !strings.Contains(err.Error(), "not in the log") {
		t.Errorf("a head that is none: %q %v", out, err)
	}
	if out, err := operate(t, "search", "rebuild", data); err != nil || out != "0 posts and messages can be found.\n" {
		t.Errorf("%q %v", out, err)
	}
	if out, err := operate(t, "version"); err != nil || !strings.HasPrefix(out, "peergroups ") {
		t.Errorf("%q %v", out, err)
	}
	for _, wrong := range [][]string{{"admin", "grant", data, "rita", "king"}, {"explode"}, {"serve", "--port=many"}} {
		if _, err := operate(t, wrong...); err == nil {
			t.Errorf("%v is accepted", wrong)
		}
	}
}

// TestHealth: the container's check asks the running forum, and fails when there is none.
func TestHealth(t *testing.T) {
	t.Parallel()
	w := begin(t, "sqlite", nil)
	_, port, _ := net.SplitHostPort(w.base.Host)
	if _, err := operate(t, "health", "--port="+port); err != nil {
		t.Error(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	free := l.Addr().(*net.TCPAddr).Port
	_ = l.Close()
	if _, err := operate(t, "health", "--port="+strconv.Itoa(free)); err == nil {
		t.Error("nobody is there, and well")
	}
}

// TestWrongSettings: each is refused at the start, with words that name it.
func TestWrongSettings(t *testing.T) {
	t.Parallel()
	broken := t.TempDir()
	if err := os.WriteFile(filepath.Join(broken, "secret.key"), []byte("short"), 0o600); err != nil {
		t.Fatal(err)
	}
	for want, c := range map[string]Config{
		"BASE_URL":   {BaseURL: "forum.example", DataDir: t.TempDir()},
		"SECRET_KEY": {SecretKey: "short", DataDir: t.TempDir()},
		"share one":  {RedisURL: "redis://127.0.0.1:1", DataDir: t.TempDir()},
		"is damaged": {DataDir: broken},
		"mail relay": {SMTPURL: "http://127.0.0.1", DataDir: t.TempDir()},
	} {
		c.Listen, c.SMTPListen = "127.0.0.1", "off"
		srv, err := start(t.Context(), &c, parts{Out: io.Discard, Log: slog.New(slog.DiscardHandler), Now: time.Now})
		if err == nil {
			t.Errorf("%s: it starts", want)
			_ = srv.stop(t.Context())
		} else if !strings.Contains(err.Error(), want) {
			t.Errorf("%q does not name %s", err, want)
		}
	}
}

// TestKeyFile: of many first starts at once all get the same key, which is for its owner only.
func TestKeyFile(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "new", "secret.key")
	keys := make(chan string, 8)
	for range cap(keys) {
		go func() {
			key, err := keyFile(path)
			if err != nil {
				t.Error(err)
			}
			keys <- string(key)
		}()
	}
	first := <-keys
	for range cap(keys) - 1 {
		if <-keys != first {
			t.Fatal("two starts got different keys")
		}
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 || len(first) < leastSecret {
		t.Errorf("%v %d bytes, %v", info.Mode(), len(first), err)
	}
}

// setUpApp gives a member an authenticator app.
func setUpApp(t *testing.T, f *forum.Forum, login string) {
	t.Helper()
	in, err := f.LogIn(t.Context(), login, forumtest.Password, "", "")
	if err != nil {
		t.Fatal(err)
	}
	a, err := f.ActorOf(t.Context(), in.Session)
	if err != nil {
		t.Fatal(err)
	}
	s, err := f.BeginApp(t.Context(), a, forum.Own{Session: in.Session, Password: forumtest.Password})
	if err != nil {
		t.Fatal(err)
	}
	code, err := totp.GenerateCode(s.Secret, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.AddApp(t.Context(), a, in.Session, s.Asked, code); err != nil {
		t.Fatal(err)
	}
}
