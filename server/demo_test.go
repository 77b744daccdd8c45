package main

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"testing"
	"time"

	"peergroups/forum"
)

// TestDemo: what a newcomer gets by one command is all there, in the middle of the night too.
func TestDemo(t *testing.T) {
	var out bytes.Buffer
	w := &world{t: t}
	home, err := time.LoadLocation("Europe/Amsterdam")
	w.must(err)
	begun := time.Now().In(home)
	night := time.Date(begun.Year(), begun.Month(), begun.Day()+1, 0, 7, 0, 0, home).Sub(begun)
	w.server, err = start(t.Context(), &Config{Listen: "127.0.0.1", DataDir: t.TempDir(), SMTPListen: "off"},
		parts{Out: &out, Log: slog.New(slog.DiscardHandler), Now: func() time.Time { return time.Now().Add(night) }, Demo: true, Resolver: &zone{}})
	w.must(err)
	defer func() {
		ctx, cancel := context.WithTimeout(context.Background(), 15*time.Second)
		defer cancel()
		w.must(w.stop(ctx))
	}()
	for _, login := range []string{"mediator", "moderator", "administrator", w.base.String()} {
		if !strings.Contains(out.String(), login) {
			t.Errorf("the program does not print %q:\n%s", login, out.String())
		}
	}
	count := func(query string) (n int) {
		w.must(w.store.Reader().NewRaw(query).Scan(t.Context(), &n))
		return n
	}
	for what, query := range map[string]string{
		"5 groups":            "SELECT count(*) = 5 AND count(DISTINCT visibility) = 5 FROM groups WHERE talk = 0",
		"talks":               "SELECT count(*) = 2 FROM groups WHERE talk = 1",
		"12 boards":           "SELECT count(*) = 12 FROM boards",
		"about 40 members":    "SELECT count(*) BETWEEN 38 AND 44 FROM members",
		"200 topics":          "SELECT count(*) >= 195 FROM topics",
		"titles of their own": "SELECT count(*) = count(DISTINCT title) FROM topics",
		"room history":        "SELECT count(*) >= 100 FROM messages",
		"replies by mail":     "SELECT count(*) >= 50 FROM posts WHERE via = 1",
		"an application":      "SELECT count(*) = 1 FROM applications a JOIN feedbacks f ON f.application_id = a.id JOIN evidence e ON e.application_id = a.id WHERE a.state = 1 AND f.written_at > 0",
		"service messages":    "SELECT count(*) = 3 AND count(CASE WHEN sent_at = 0 THEN 1 END) = 1 FROM circulars",
		"a report":            "SELECT count(*) = 1 FROM reports r JOIN cases c ON c.id = r.case_id WHERE c.closed_at = 0 AND c.group_id > 0",
		"notices":             "SELECT count(*) = 2 FROM notices n JOIN members m ON m.id = n.member_id WHERE m.handle = 'ana' AND n.read_at = 0",
		"tags":                "SELECT count(*) > 5 FROM topic_tags",
		"a poll":              "SELECT count(*) >= 1 FROM posts WHERE polled = 1",
		"accepted answers":    "SELECT count(*) > 2 FROM topics WHERE accepted > 0",
		"bookmarks":           "SELECT count(*) = 2 FROM bookmarks WHERE remind_at > kept_at",
		"topics of months":    "SELECT max(posted_at) - min(posted_at) > 180 * 86400000000 FROM topics",
	} {
		if count(query) != 1 {
			t.Errorf("the demo lacks %s", what)
		}
	}
	queue, err := w.forum.Queue(t.Context(), w.as(memberOf(w, "secretariat")))
	w.must(err)
	review, err := w.forum.ReadReview(t.Context(), w.as(memberOf(w, "secretariat")), queue[0].ID)
	w.must(err)
	_, proof, err := w.forum.OpenEvidence(t.Context(), w.as(memberOf(w, "secretariat")), review.Evidence[0].ID)
	w.must(err)
	w.must(proof.Close())
	ana := w.as(memberOf(w, "ana"))
	found, err := w.forum.Readership(t.Context(), ana)
	w.must(err)
	if len(found.Circles) < 6 {
		t.Errorf("the mediator belongs to %v only", found)
	}
	rows, _, err := w.forum.ReadFeed(t.Context(), forum.Actor{}, forum.Latest, forum.TopicCursor{})
	w.must(err)
	if len(rows) < 20 {
		t.Errorf("a visitor sees %d topics", len(rows))
	}
	w.eventually("digests are mailed", func() bool { return count("SELECT count(*) FROM deliveries WHERE kind = 'digest' AND state = 3") > 0 })
}
