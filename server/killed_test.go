package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"peergroups/forum"
	"peergroups/forum/forumtest"
)

// TestKilledWhilePosting: the program is killed (-9) while many post; after the next start
// every post that was acknowledged is there, once.
func TestKilledWhilePosting(t *testing.T) {
	dir := t.TempDir()
	binary := filepath.Join(dir, "peergroups")
	build := exec.Command("go", "build", "-trimpath", "-o", binary, ".")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	data := filepath.Join(dir, "data")
	topic, people := journalWorld(t, data)
	base, kill := launch(t, binary, data)
	var mu sync.Mutex
	var acknowledged []string
	var wg sync.WaitGroup
	for _, cookie := range people {
		wg.Go(func() {
			for i := 0; ; i++ {
				words := fmt.Sprintf("post %d of %s", i, cookie[len(cookie)-6:])
				if !postOnce(base, cookie, topic, words) {
					return
				}
				mu.Lock()
				acknowledged = append(acknowledged, words)
				mu.Unlock()
			}
		})
	}
	time.Sleep(1200 * time.Millisecond)
	kill()
	wg.Wait()
	if len(acknowledged) < 20 {
		t.Fatalf("only %d posts were acknowledged", len(acknowledged))
	}
	base, kill = launch(t, binary, data) // it must start again on what is left
	defer kill()
	if res, err := http.Get(base + "/readyz"); err != nil || res.StatusCode != http.StatusOK {
		t.Fatalf("after the restart: %v", err)
	} else {
		_ = res.Body.Close()
	}
	there := postsOf(t, data, topic)
	for _, words := range acknowledged {
		if there[words] != 1 {
			t.Errorf("%q is there %d times", words, there[words])
		}
	}
	t.Logf("%d posts acknowledged before the kill, all there", len(acknowledged))
}

// journalWorld makes a forum with one topic and logged-in members.
func journalWorld(t *testing.T, data string) (topic string, cookies []string) {
	t.Helper()
	ctx := t.Context()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	key, err := keyFile(filepath.Join(data, "secret.key"))
	must(err)
	store, err := openStore(ctx, &Config{DataDir: data})
	must(err)
	defer func() { _ = store.Close() }()
	f := forum.New(store, forum.Options{Secret: key})
	id, err := f.SetUp(ctx, f.SetUpToken(), person("admin"), forumtest.Organisation)
	must(err)
	admin, err := f.ActorFor(ctx, id)
	must(err)
	g, err := f.CreateGroup(ctx, admin, forum.GroupDraft{Slug: "open", Name: "Open"})
	must(err)
	b, err := f.CreateBoard(ctx, admin, g.ID, forum.BoardDraft{Slug: "talk", Name: "Talk"})
	must(err)
	var all []forum.Registration
	for i := range 6 {
		all = append(all, person(fmt.Sprintf("m%dx", i)))
	}
	ids, err := f.Adopt(ctx, admin, all)
	must(err)
	for i, id := range append(ids, admin.Member) {
		a, err := f.ActorFor(ctx, id)
		must(err)
		must(f.Join(ctx, a, g.ID))
		d, err := f.Disclose(ctx, a, g.ID, forum.OnBoard)
		must(err)
		must(f.Acknowledge(ctx, a, g.ID, forum.OnBoard, d.Wording))
		if i < len(ids) {
			in, err := f.LogIn(ctx, a.Handle, forumtest.Password, "", "")
			token := in.Session
			must(err)
			cookies = append(cookies, "__Host-session="+token)
		}
	}
	opening, err := f.StartTopic(ctx, admin, b.ID, forum.Draft{Title: "Journal", Source: "Begin.", Key: "begin"})
	must(err)
	return fmt.Sprintf("/t/%d/%s", opening.ID, opening.Slug), cookies
}

var address = regexp.MustCompile(`http://localhost:\d+`)

// launch runs the program and waits until it answers.
func launch(t *testing.T, binary, data string) (base string, kill func()) {
	t.Helper()
	cmd := exec.Command(binary, "--port=0", "--listen=127.0.0.1", "--smtp-listen=off", "--data-dir="+data)
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var once sync.Once
	kill = func() { once.Do(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() }) }
	t.Cleanup(kill)
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if base = address.FindString(lines.Text()); base != "" {
			go func() { _, _ = io.Copy(io.Discard, out) }()
			return base, kill
		}
	}
	t.Fatal("the program did not say where it is")
	return "", kill
}

// postOnce posts and tells whether that was acknowledged.
func postOnce(base, cookie, topic, words string) bool {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	form := url.Values{"source": {words}, "key": {words}}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, base+topic, strings.NewReader(form.Encode()))
	if err != nil {
		return false
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Origin", base)
	r.Header.Set("Cookie", cookie)
	res, err := (&http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}).Do(r)
	if err != nil {
		return false
	}
	_ = res.Body.Close()
	return res.StatusCode == http.StatusSeeOther
}

// postsOf counts the posts of a topic by their words.
func postsOf(t *testing.T, data, topic string) map[string]int {
	t.Helper()
	store, err := openStore(t.Context(), &Config{DataDir: data})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = store.Close() }()
	f := forum.New(store, forum.Options{})
	var id forum.TopicID
	if _, err := fmt.Sscanf(topic, "/t/%d/", &id); err != nil {
		t.Fatal(err)
	}
	out := map[string]int{}
	for after := forum.PostID(0); ; {
		p, err := f.ReadTopic(t.Context(), forum.Actor{}, id, after)
		if err != nil {
			t.Fatal(err)
		}
		for _, post := range p.Posts {
			after = post.ID
			out[strings.TrimSpace(strings.TrimSuffix(strings.TrimPrefix(strings.TrimSpace(post.HTML), "<p>"), "</p>"))]++
		}
		if !p.More {
			return out
		}
	}
}
