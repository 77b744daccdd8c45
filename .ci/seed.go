//go:build ignore

// Seed fills an empty database with a large forum, to look at and to measure: by default a million posts in 50,000
// topics of 20,000 members. Log in as admin or crowd7 with the password "try the forum".
//
//	go run .ci/seed.go sqlite:data/forum.db
//	DATA_DIR=data go run ./server
package main

import (
	"context"
	"flag"
	"fmt"
	"log"
	"time"

	"peergroups/forum"
	"peergroups/forum/forumtest"
)

func main() {
	c := forumtest.Crowd{Now: forum.At(time.Now())}
	flag.IntVar(&c.Members, "members", 20_000, "how many members")
	flag.IntVar(&c.Topics, "topics", 50_000, "how many topics")
	flag.IntVar(&c.Posts, "posts", 1_000_000, "how many posts")
	flag.IntVar(&c.Hot, "hot", 20_000, "posts of the largest topic")
	flag.Parse()
	if flag.NArg() != 1 {
		log.Fatal("say which database: sqlite:PATH or postgres://…")
	}
	ctx := context.Background()
	store, err := forum.Open(ctx, flag.Arg(0))
	check(err)
	check(store.Migrate(ctx))
	f := forum.New(store, forum.Options{Now: time.Now, Site: "http://localhost:3000"})
	set, err := f.IsSetUp(ctx)
	check(err)
	if set {
		log.Fatal("this forum is not empty")
	}
	_, err = f.SetUp(ctx, f.SetUpToken(), forum.Registration{Handle: "admin", Password: "try the forum", Name: "Admin", Email: "admin@members.example", Language: "en", Zone: "UTC", Agreed: true}, forumtest.Organisation)
	check(err)
	began := time.Now()
	check(c.Fill(ctx, store))
	check(store.Close())
	fmt.Printf("%d members, %d topics, %d posts in %s; /g/%s/b/%s is the largest board, /t/%d/topic the largest topic\n", c.Members, c.Topics, c.Posts, time.Since(began).Round(time.Second), c.Group, c.Board, c.HotTopic)
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
