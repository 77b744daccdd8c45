package main

import (
	"strings"
	"testing"

	"peergroups/forum"
)

// TestRepliesReachWhomTheMailTold: a mail says whom an answer reaches. Once its topic was merged into one that others read, the
// answer waits for its writer's word; until then it goes where the mail said.
func TestRepliesReachWhomTheMailTold(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, w *world) {
		otto := w.members("otto")["otto"]
		g, b, _ := w.group("closed", forum.MembersOnly)
		w.enter(g, w.admin, otto)
		w.dns.set("members.example", "v=spf1 ip4:127.0.0.1 -all")
		start := func(title string) *forum.Topic {
			t.Helper()
			topic, err := w.forum.StartTopic(t.Context(), w.admin, b.ID, forum.Draft{Title: title, Source: "Words.", Key: w.key()})
			w.must(err)
			return topic
		}
		closed := start("Closed case")
		w.must(w.forum.ChangeGroup(t.Context(), w.admin, g.ID, forum.GroupDraft{Name: g.Name, Visibility: forum.PublicToRead, Joining: g.Joining}, forum.PublicToRead))
		w.enter(g, w.admin, otto)
		w.must(w.forum.Subscribe(t.Context(), otto, b.ID, forum.Each))
		w.settled()
		_, err := w.forum.Reply(t.Context(), w.admin, closed.ID, forum.Draft{Source: "More words.", Key: w.key()})
		w.must(err)
		m := w.await("otto@members.example", "Closed case")
		if !strings.Contains(string(m.raw), "Members of Group closed") {
			t.Fatal("the mail does not say whom an answer reaches")
		}
		answer := func(id string) {
			t.Helper()
			w.must(w.send("otto@members.example", addressOf(t, m.GetHeader("Reply-To")), id+"@x", "Re: Closed case", "An answer "+id+"."))
		}
		says := func(by forum.Actor, topic forum.TopicID, words string) bool {
			t.Helper()
			v, err := w.forum.ReadTopic(t.Context(), by, topic, 0)
			w.must(err)
			for _, p := range v.Posts {
				if strings.Contains(p.HTML, words) {
					return true
				}
			}
			return false
		}
		answer("before")
		if !says(otto, closed.ID, "before") {
			t.Error("an answer to those of whom the mail told is held")
		}
		open := start("Open one")
		w.must(w.forum.MergeTopics(t.Context(), w.admin, closed.ID, open.ID, "They are one."))
		answer("after")
		if says(w.admin, open.ID, "after") {
			t.Error("an answer reaches others than the mail told")
		}
		held, err := w.forum.Drafts(t.Context(), otto)
		w.must(err)
		if len(held) != 1 || held[0].Why != forum.OtherReaders || !strings.Contains(held[0].Source, "after") {
			t.Fatalf("held: %+v", held)
		}
	})
}
