package main

import (
	"context"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"peergroups/forum"
	"peergroups/forum/forumtest"
)

// TestKilledWhileMailing: the program is killed (-9) again and again while list mail and digests go out; when it could end, every
// reader has the mail, those in flight at a kill perhaps once more, and then under one Message-ID.
func TestKilledWhileMailing(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	binary := built(t, dir)
	data := filepath.Join(dir, "data")
	const readers, rounds, inFlight, known = 80, 2, 16, 2 * time.Minute // known: until the one before is known to be gone
	w := &world{t: t}
	w.box.slow.Store(int64(15 * time.Millisecond))
	w.box.at = served(t, &w.box)
	post := listWorld(t, data, readers)
	relay := []string{"--smtp-url=smtp://" + w.box.at}
	for range rounds {
		before := len(w.box.all())
		_, kill := launch(t, binary, data, relay...)
		w.within(known, "mail goes", func() bool { return len(w.box.all()) > before+10 })
		kill()
		lapse(t, data)
	}
	w.box.slow.Store(0)
	_, kill := launch(t, binary, data, relay...)
	defer kill()
	ids := map[string]map[string]int{}
	w.within(known, "everybody has theirs", func() bool {
		clear(ids)
		for _, m := range w.box.all() {
			if ids[m.to] == nil {
				ids[m.to] = map[string]int{}
			}
			ids[m.to][m.GetHeader("Message-ID")]++
		}
		return len(ids) == readers
	})
	twice := 0
	for to, mails := range ids {
		if len(mails) != 1 {
			t.Errorf("%s has %v", to, mails)
		}
		for id, n := range mails {
			if n > 1 {
				twice++
			}
			if n > 1+rounds {
				t.Errorf("%s has %s %d times", to, id, n)
			}
		}
	}
	if twice > rounds*inFlight {
		t.Errorf("%d twice after %d kills", twice, rounds)
	}
	t.Logf("post %d: %d of %d twice after %d kills", post, twice, readers, rounds)
}

// lapse does at once what the clock does ten minutes later.
func lapse(t *testing.T, data string) {
	t.Helper()
	store, err := openStore(t.Context(), &Config{DataDir: data})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = store.Close() }()
	if err := forum.New(store, forum.Options{Now: time.Now}).Lapse(context.Background(), -time.Minute); err != nil {
		t.Fatal(err)
	}
}

// listWorld makes a forum whose readers get each post of a board, and a post that waits to be mailed.
func listWorld(t testing.TB, data string, readers int) forum.PostID {
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
	f := forum.New(store, forum.Options{Secret: key, Now: time.Now})
	id, err := f.SetUp(ctx, f.SetUpToken(), person("admin"), forumtest.Organisation)
	must(err)
	admin, err := f.ActorFor(ctx, id)
	must(err)
	g, err := f.CreateGroup(ctx, admin, forum.GroupDraft{Slug: "open", Name: "Open"})
	must(err)
	b, err := f.CreateBoard(ctx, admin, g.ID, forum.BoardDraft{Slug: "talk", Name: "Talk"})
	must(err)
	var all []forum.Registration
	for i := range readers {
		all = append(all, person(fmt.Sprintf("reader%d", i)))
	}
	ids, err := f.Adopt(ctx, admin, all)
	must(err)
	for _, id := range ids {
		a, err := f.ActorFor(ctx, id)
		must(err)
		must(f.Join(ctx, a, g.ID))
		must(f.Subscribe(ctx, a, b.ID, forum.Each))
	}
	d, err := f.Disclose(ctx, admin, g.ID, forum.OnBoard)
	must(err)
	must(f.Acknowledge(ctx, admin, g.ID, forum.OnBoard, d.Wording))
	topic, err := f.StartTopic(ctx, admin, b.ID, forum.Draft{Title: "To all", Source: "The words.", Key: "first"})
	must(err)
	p, err := f.ReadTopic(ctx, admin, topic.ID, 0)
	must(err)
	must(f.QueuePost(ctx, p.Posts[0].ID))
	return p.Posts[0].ID
}
