package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
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

// TestKilledWhilePosting: the program is killed (-9) while many post, half of them with a file; after the
// next start every post that was acknowledged is there, once, and its file whole; the sweep takes what no
// post names, and nothing else.
func TestKilledWhilePosting(t *testing.T) {
	dir := t.TempDir()
	binary := built(t, dir)
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
	there, files := postsOf(t, data, topic)
	for _, words := range acknowledged {
		if there[words] != 1 {
			t.Errorf("%q is there %d times", words, there[words])
		}
		if withFile(words) && files[words] != words {
			t.Errorf("the file of %q holds %q", words, files[words])
		}
	}
	t.Logf("%d posts acknowledged before the kill, all there", len(acknowledged))
}

// built builds the program.
func built(t *testing.T, dir string) string {
	t.Helper()
	binary := filepath.Join(dir, "peergroups")
	build := exec.Command("go", "build", "-trimpath", "-o", binary, ".")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return binary
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
func launch(t *testing.T, binary, data string, more ...string) (base string, kill func()) {
	t.Helper()
	cmd := exec.Command(binary, append([]string{"--port=0", "--listen=127.0.0.1", "--smtp-listen=off", "--data-dir=" + data}, more...)...)
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
	var b bytes.Buffer
	form := multipart.NewWriter(&b)
	_, _ = form.WriteField("source", words), form.WriteField("key", words)
	if withFile(words) {
		part, err := form.CreateFormFile("upload", "a.txt")
		if err != nil {
			return false
		}
		_, _ = io.WriteString(part, words)
	}
	_ = form.Close()
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, base+topic, &b)
	if err != nil {
		return false
	}
	r.Header.Set("Content-Type", form.FormDataContentType())
	r.Header.Set("Origin", base)
	r.Header.Set("Cookie", cookie)
	res, err := (&http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}).Do(r)
	if err != nil {
		return false
	}
	_ = res.Body.Close()
	return res.StatusCode == http.StatusSeeOther
}

// withFile tells whether a post of the test carries a file.
func withFile(words string) bool { return (words[5]-'0')%2 == 1 }

// postsOf counts the posts of a topic by their words, and reads their files after a sweep that takes all it may.
func postsOf(t *testing.T, data, topic string) (out map[string]int, files map[string]string) {
	t.Helper()
	store, err := openStore(t.Context(), &Config{DataDir: data})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = store.Close() }()
	shelf := folder{root: filepath.Join(data, "files")}
	f := forum.New(store, forum.Options{Shelf: shelf, Now: func() time.Time { return time.Now().Add(30 * 24 * time.Hour) }})
	for range 2 { // the first puts the mark there
		if err := f.SweepFiles(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	var id forum.TopicID
	if _, err := fmt.Sscanf(topic, "/t/%d/", &id); err != nil {
		t.Fatal(err)
	}
	out, files = map[string]int{}, map[string]string{}
	for after := forum.PostID(0); ; {
		p, err := f.ReadTopic(t.Context(), forum.Actor{}, id, after)
		if err != nil {
			t.Fatal(err)
		}
		for _, post := range p.Posts {
			after = post.ID
			words := strings.TrimSpace(strings.TrimSuffix(strings.TrimPrefix(strings.TrimSpace(post.HTML), "<p>"), "</p>"))
			out[words]++
			for _, file := range post.Files {
				r, _, err := f.OpenFile(t.Context(), &file, false)
				if err != nil {
					t.Fatalf("the file of %q: %v", words, err)
				}
				b, err := io.ReadAll(r)
				if err = errors.Join(err, r.Close()); err != nil {
					t.Fatal(err)
				}
				files[words] = string(b)
			}
		}
		if !p.More {
			if names, err := shelf.Names(t.Context(), time.Now().Add(time.Hour)); err != nil || len(names) != len(files)+1 { // the mark
				t.Errorf("%d on the shelf for %d files: %v", len(names), len(files), err)
			}
			return out, files
		}
	}
}
