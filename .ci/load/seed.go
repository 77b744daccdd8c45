package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"path/filepath"
	"sync"
	"time"

	"peergroups/forum"
	"peergroups/forum/forumtest"
)

const secretKey = "a key of the load program and its server"

// seed makes a public group of rooms, and members who are in it, were told who reads and have a session each. Their rows
// and sessions are written past the verbs, as those of forumtest.Crowd: a thousand passwords would take half a minute.
func seed(dir string, members, rooms int) (tokens []string, ids []int64) {
	ctx := context.Background()
	store, err := forum.Open(ctx, "sqlite:"+filepath.Join(dir, "forum.db"))
	check(err)
	check(store.Migrate(ctx))
	f := forum.New(store, forum.Options{Now: time.Now, Secret: []byte(secretKey), Site: "http://localhost"})
	id, err := f.SetUp(ctx, f.SetUpToken(), forum.Registration{Handle: "admin", Password: "try the forum", Name: "Admin", Email: "admin@members.example", Language: "en", Zone: "UTC", Agreed: true}, forumtest.Organisation)
	check(err)
	admin, err := f.ActorFor(ctx, id)
	check(err)
	g, err := f.CreateGroup(ctx, admin, forum.GroupDraft{Slug: "load", Name: "Load", Visibility: forum.PublicToRead})
	check(err)
	for i := range rooms {
		r, err := f.OpenRoom(ctx, admin, g.ID, fmt.Sprint("room", i), forum.RoomDraft{Name: fmt.Sprint("Room ", i)})
		check(err)
		ids = append(ids, int64(r.ID))
	}
	now := int64(forum.At(time.Now()))
	for i := range members {
		_, err := store.Writer().NewRaw(`INSERT INTO members (id, handle, handle_key, name, email, email_key, password_hash, standing, zone, confirmed_at, created_at)
			VALUES (?0, ?1, ?1, ?2, ?3, ?3, 'none', ?4, 'UTC', ?5, ?5)`, 1_000_000+i, fmt.Sprint("load", i), fmt.Sprint("Person ", i), fmt.Sprintf("load%d@members.example", i), forum.Active, now).Exec(ctx)
		check(err)
		_, err = store.Writer().NewRaw("INSERT INTO registrations (member_id) VALUES (?)", 1_000_000+i).Exec(ctx)
		check(err)
		token := rand.Text() + rand.Text()
		_, err = store.Writer().NewRaw("INSERT INTO sessions (hash, member_id, created_at, seen_at, expires_at) VALUES (?, ?, ?3, ?3, ?4)", forum.SessionID(token), 1_000_000+i, 0, now, now+86400*1e6).Exec(ctx)
		check(err)
		tokens = append(tokens, token)
	}
	var told sync.WaitGroup
	for part := range 16 {
		told.Go(func() {
			for i := part; i < members; i += 16 {
				a, err := f.ActorFor(ctx, forum.MemberID(1_000_000+i))
				check(err)
				check(f.Join(ctx, a, g.ID))
				d, err := f.Disclose(ctx, a, g.ID, forum.InRoom)
				check(err)
				check(f.Acknowledge(ctx, a, g.ID, forum.InRoom, d.Wording))
			}
		})
	}
	told.Wait()
	check(store.Close())
	return tokens, ids
}
