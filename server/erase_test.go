package main

import (
	"fmt"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"peergroups/forum"
	"peergroups/forum/forumtest"
)

// TestP32DataRights: a member takes their data, sees what goes with the account, has it erased after two weeks, and nothing of them is left in the
// database, the search, the files, the outbox, the jobs and the pages of others, but what they chose to leave without their name.
func TestP32DataRights(t *testing.T) {
	t.Run("takes", func(t *testing.T) { onBoth(t, func(t *testing.T, w *world) { dataRights(t, w, true) }) })
	t.Run("stays", func(t *testing.T) { onBoth(t, func(t *testing.T, w *world) { dataRights(t, w, false) }) })
}

func dataRights(t *testing.T, w *world, takes bool) {
	ctx := t.Context()
	const mark, said = "zzcanary", "zzspoken"
	ids, err := w.forum.Adopt(ctx, w.admin, []forum.Registration{{Handle: mark, Password: forumtest.Password, Name: "Zoe " + mark, Title: mark, Email: mark + "@members.example", Language: "en", Zone: "UTC",
		BusinessAddress: mark, BusinessPhone: mark, OtherContact: mark}})
	w.must(err)
	_, err = w.forum.Certify(ctx, w.admin, ids[0], forum.At(time.Now().AddDate(1, 0, 0)))
	w.must(err)
	zoe, otto := w.as(ids[0]), w.members("otto")["otto"]
	open, b, room := w.group("open", forum.PublicToRead)
	w.enter(open, w.admin, zoe, otto)
	file, err := w.forum.AddFile(ctx, zoe, said+".txt", []byte("bytes of "+said))
	w.must(err)
	topic, err := w.forum.StartTopic(ctx, zoe, b.ID, forum.Draft{Title: "About " + said, Source: "words of " + said, Key: w.key(), Files: []forum.FileID{file.ID}})
	w.must(err)
	_, err = w.forum.Reply(ctx, otto, topic.ID, forum.Draft{Source: "As @" + mark + " says", Key: w.key()})
	w.must(err)
	_, err = w.forum.Say(ctx, zoe, room.ID, "in the room "+said, w.key())
	w.must(err)
	_, err = w.forum.Say(ctx, otto, room.ID, "@"+mark+" is right", w.key())
	w.must(err)
	cookie := w.session(mark)
	for path, form := range map[string]url.Values{
		"/contact":         {"kind": {"access"}, "words": {mark + " asks"}, "key": {"k"}},
		"/account/parties": {"names": {mark + " Party"}},
		"/account/shown":   {"email_to": {"2"}, "address_to": {"4"}, "phone_to": {"4"}, "contact_to": {"4"}, "listed_to": {"0"}, "place": {mark}, "about": {mark}},
		"/drafts":          {"place": {"topic"}, "ref": {fmt.Sprint(topic.ID)}, "source": {"a draft of " + mark}},
		"/search/keep":     {"query": {"q=" + mark}, "name": {mark}},
	} {
		if status, page := w.post(cookie, path, form); status >= 400 {
			t.Fatalf("%s: %d %s", path, status, content(page))
		}
	}
	if status, page := w.ask("GET", "/account/erase", cookie); status != http.StatusOK || !strings.Contains(page, "This is deleted") || !strings.Contains(page, "as you choose") {
		t.Errorf("the preview: %d %s", status, content(page))
	}
	if status, page := w.post(cookie, "/account/erase", url.Values{"password": {forumtest.Password}}); status != http.StatusUnprocessableEntity || !strings.Contains(page, "takes-error") {
		t.Errorf("undecided: %d", status)
	}
	choice := map[bool]string{true: "yes", false: "no"}[takes]
	if status, _ := w.led(cookie, "/account/erase", url.Values{"password": {forumtest.Password}, "takes": {choice}}); status != http.StatusSeeOther {
		t.Fatalf("asked: %d", status)
	}
	w.await(mark+"@members.example", "Your account will be erased on")
	if _, page := w.ask("GET", "/account/erase", cookie); !strings.Contains(page, "Keep my account") {
		t.Errorf("while it waits: %s", content(page))
	}
	w.offset.Add(int64(14*24*time.Hour + time.Minute))
	w.await(mark+"@members.example", "Your account is being erased")
	w.within(time.Minute, "the account is closed", func() bool {
		status, _ := w.ask("GET", fmt.Sprintf("/m/%d", ids[0]), w.session("otto"))
		return status == http.StatusNotFound
	})
	w.offset.Add(int64(3 * time.Minute))
	w.within(time.Minute, "all is gone", func() (gone bool) {
		w.must(w.store.Reader().NewRaw("SELECT count(*) = 0 FROM account_erasures").Scan(ctx, &gone))
		return gone
	})
	left := []string{mark}
	if takes {
		left = append(left, said)
	}
	for _, token := range left {
		w.eventually("the engine knows", func() bool { return !strings.Contains(w.everything(), token) })
		for path, page := range w.crawl(w.session("otto"), "/", "/g/open", "/search?q="+token, "/account/news") {
			page = strings.ReplaceAll(page, "/search?q="+token, "")
			if at := strings.Index(page, token); at >= 0 && !strings.HasPrefix(path, "/search") {
				t.Errorf("%s shows %s", path, page[max(0, at-100):at+50])
			}
		}
	}
	status, page := w.ask("GET", fmt.Sprintf("/t/%d/%s", topic.ID, topic.Slug), w.session("otto"))
	if status == http.StatusOK && takes == strings.Contains(page, "words of "+said) {
		t.Errorf("what they wrote: %s", content(page))
	}
	if !takes && !strings.Contains(page, "Former member") {
		t.Errorf("a former member's: %s", content(page))
	}
	if status, _, _ := w.posts("", "/login", url.Values{"login": {mark}, "password": {forumtest.Password}}); status != http.StatusUnprocessableEntity {
		t.Errorf("they log in: %d", status)
	}
	for _, token := range left {
		var files []string
		w.within(20*time.Second, "the files are clean of "+token, func() bool { files = w.onDisk(token); return len(files) == 0 })
	}
}

// everything gives all rows of all tables.
func (w *world) everything() string {
	w.t.Helper()
	query := "SELECT name FROM sqlite_master WHERE type = 'table'"
	if w.store.Pool() != nil {
		query = "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'"
	}
	var names []string
	w.must(w.store.Writer().NewRaw(query).Scan(w.t.Context(), &names))
	var all strings.Builder
	for _, name := range names {
		var rows []map[string]any
		w.must(w.store.Writer().NewRaw("SELECT * FROM "+name).Scan(w.t.Context(), &rows))
		fmt.Fprintf(&all, "%s %q\n", name, rows)
	}
	return strings.ToLower(all.String())
}

// onDisk names the files of the data folder, the database among them, in which bytes stand.
func (w *world) onDisk(token string) (found []string) {
	w.t.Helper()
	w.must(filepath.WalkDir(w.dataDir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(path) //nolint:gosec // below the test's own folder
		if err == nil && strings.Contains(strings.ToLower(string(b)), token) {
			found = append(found, filepath.Base(path))
		}
		return err
	}))
	return found
}
