package main

import (
	"testing"

	"peergroups/forum"
)

// TestLeavingByMail: who writes nothing but that they want to leave is heard, and not posted to everybody; whoever says more, or says
// it about something, is posted.
func TestLeavingByMail(t *testing.T) {
	t.Parallel()
	w := begin(t, "sqlite", nil)
	otto := w.members("otto")["otto"]
	g, board, _ := w.group("inner", forum.MembersOnly)
	w.enter(g, w.admin, otto)
	w.dns.set("members.example", "v=spf1 ip4:127.0.0.1 -all")
	topic, err := w.forum.StartTopic(t.Context(), w.admin, board.ID, forum.Draft{Title: "Hot", Source: "Words.", Key: w.key()})
	w.must(err)
	page, err := w.forum.ReadTopic(t.Context(), w.admin, topic.ID, 0)
	w.must(err)
	reply := "reply+" + w.forum.ReplyToken(otto.Member, page.Posts[0].ID, page.Posts[0].Audience) + "@forum.example"
	posts := func() int {
		t.Helper()
		var n int
		w.must(w.store.Reader().NewRaw("SELECT count(*) FROM posts").Scan(t.Context(), &n))
		return n
	}
	for i, c := range []struct {
		to, subject, text string
		leaves            bool
	}{
		{"talk.inner@forum.example", "unsubscribe", "Unsubscribe.", true},
		{"inner@forum.example", "", "REMOVE ME!", true},
		{reply, "Re: Hot", "Bitte abmelden\n\n> Words.", true},
		{"talk.inner@forum.example", "Stop recording", "Stop", false},
		{"talk.inner@forum.example", "unsubscribe", "Why did Eve unsubscribe?", false},
		{reply, "Re: Hot", "Stop there, please.", false},
	} {
		w.must(w.forum.Subscribe(t.Context(), otto, board.ID, forum.Each))
		before := posts()
		w.must(w.send("otto@members.example", c.to, string(rune('a'+i))+"@otto.example", c.subject, c.text))
		p, err := w.forum.ReadGroup(t.Context(), otto, "inner")
		w.must(err)
		if left := p.Modes[board.ID] == forum.NoMail; left != c.leaves || (posts() == before) != c.leaves {
			t.Errorf("%q %q: leaves %t, %d posts more", c.subject, c.text, left, posts()-before)
		}
	}
	w.await("otto@members.example", ": unsubscribed")
}
