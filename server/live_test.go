package main

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	ws "github.com/fasthttp/websocket"

	"peergroups/forum"
)

var headOf = regexp.MustCompile(`data-head="(-?[0-9]+)"`)

// told counts the frames of a kind that come before one of another, and gives that.
func told(t *testing.T, c *ws.Conn, kind, until string) (n int, last map[string]any) {
	t.Helper()
	_ = c.SetReadDeadline(time.Now().Add(10 * time.Second))
	for {
		_, b, err := c.ReadMessage()
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(b)) {
			var m map[string]any
			if err := json.Unmarshal([]byte(line), &m); err != nil {
				t.Fatal(err)
			}
			switch m["is"] {
			case kind:
				n++
			case until:
				last = m
			}
		}
		if last != nil {
			return n, last
		}
	}
}

// live is a socket of somebody on a channel.
func (w *world) live(t *testing.T, login, channel string) *ws.Conn {
	t.Helper()
	cookie := ""
	if login != "" {
		cookie = w.session(login)
	}
	c, err := w.socket(cookie, w.base.String())
	w.must(err)
	t.Cleanup(func() { _ = c.Close() })
	w.must(c.WriteMessage(ws.TextMessage, fmt.Appendf(nil, `{"do":"join","on":"%s","after":0}`, channel)))
	if m, err := hear(c, "joined"); err != nil {
		t.Fatal(login, m, err)
	}
	return c
}

// TestJoinWhileOthersSpeak: what is said in the moment in which somebody joins reaches them.
func TestJoinWhileOthersSpeak(t *testing.T) { onBoth(t, joinWhileOthersSpeak) }

func joinWhileOthersSpeak(t *testing.T, w *world) {
	otto := w.members("otto")["otto"]
	g, _, room := w.group("inner", forum.MembersOnly)
	w.enter(g, w.admin, otto)
	channel := fmt.Sprintf("room:%d", room.ID)
	listeners := make([]*ws.Conn, 16)
	for i := range listeners {
		listeners[i] = w.live(t, "otto", channel)
	}
	for seq := range 30 {
		said := make(chan error, 1)
		go func() {
			time.Sleep(2 * time.Millisecond)
			_, err := w.forum.Say(t.Context(), w.admin, room.ID, "a word", fmt.Sprint("word-", seq))
			said <- err
		}()
		for _, c := range listeners {
			w.must(c.WriteMessage(ws.TextMessage, fmt.Appendf(nil, `{"do":"leave","on":"%s"}`, channel)))
			w.must(c.WriteMessage(ws.TextMessage, fmt.Appendf(nil, `{"do":"join","on":"%s","after":%d}`, channel, seq)))
		}
		w.must(<-said)
		for i, c := range listeners {
			for heard := 0; heard <= seq; { // the one before may come twice: heard, left and joined again
				_ = c.SetReadDeadline(time.Now().Add(20 * time.Second))
				_, frame, err := c.ReadMessage()
				if err != nil {
					t.Fatalf("message %d, listener %d: %v", seq+1, i, err)
				}
				for line := range strings.Lines(string(frame)) {
					var m struct {
						Is  string
						Seq int
					}
					if json.Unmarshal([]byte(line), &m) == nil && m.Is == "message" {
						heard = max(heard, m.Seq)
					}
				}
			}
		}
		time.Sleep(120 * time.Millisecond) // twenty orders a second are heeded
	}
}

// TestWithheldPostsMakeNoSound: who follows a topic or a room hears nothing, and no number
// changes, when something is written there that is not for them.
func TestWithheldPostsMakeNoSound(t *testing.T) { onBoth(t, withheldPosts) }

func withheldPosts(t *testing.T, w *world) {
	people := w.members("otto", "olga")
	otto := people["otto"]
	ids, err := w.forum.Adopt(t.Context(), w.admin, []forum.Registration{person("plain")})
	w.must(err)
	plain := w.as(ids[0])
	g, b, room := w.group("open", forum.PublicToRead)
	w.enter(g, w.admin, otto, people["olga"], plain)
	w.must(w.forum.Appoint(t.Context(), w.admin, g.ID, otto.Member, forum.Moderator))
	set := func(v forum.Visibility) {
		w.must(w.forum.ChangeGroup(t.Context(), w.admin, g.ID, forum.GroupDraft{Name: "Open", Visibility: v}, v))
		w.enter(g, otto)
	}
	topic, err := w.forum.StartTopic(t.Context(), w.admin, b.ID, forum.Draft{Title: "T", Source: "for all", Key: w.key()})
	w.must(err)
	page, channel := fmt.Sprintf("/t/%d/%s", topic.ID, topic.Slug), fmt.Sprintf("topic:%d", topic.ID)
	head := func(login string) string {
		cookie := ""
		if login != "" {
			cookie = w.session(login)
		}
		_, body := w.ask("GET", page, cookie)
		m := headOf.FindStringSubmatch(body)
		if m == nil {
			t.Fatal(login, "has no head")
		}
		return m[1]
	}
	before := map[string]string{"": head(""), "plain": head("plain"), "olga": head("olga")}
	set(forum.CertifiedOnly)
	olga, deaf := w.live(t, "olga", channel), w.live(t, "plain", channel)
	var reply *forum.Post
	for _, act := range []struct {
		name string
		do   func() error
	}{
		{"a reply", func() (err error) {
			reply, err = w.forum.Reply(t.Context(), otto, topic.ID, forum.Draft{Source: "for the certified", Key: w.key()})
			return err
		}},
		{"its change", func() error {
			return w.forum.ChangePost(t.Context(), otto, reply.ID, forum.PostChange{Source: "changed", Base: reply.Version})
		}},
		{"topics merged", func() error {
			other, err := w.forum.StartTopic(t.Context(), otto, b.ID, forum.Draft{Title: "Other", Source: "for the certified", Key: w.key()})
			if err != nil {
				return err
			}
			return w.forum.MergeTopics(t.Context(), otto, other.ID, topic.ID, "one matter")
		}},
		{"a topic split", func() error {
			_, err := w.forum.SplitTopic(t.Context(), otto, topic.ID, "Apart", []forum.PostID{reply.ID})
			return err
		}},
		{"taken back", func() error {
			p, err := w.forum.Reply(t.Context(), otto, topic.ID, forum.Draft{Source: "again", Key: w.key()})
			if err != nil {
				return err
			}
			if m, err := hear(olga, "changed"); err != nil {
				t.Error(m, err)
			}
			return w.forum.TakeBack(t.Context(), otto, p.ID)
		}},
	} {
		w.must(act.do())
		if m, err := hear(olga, "changed"); err != nil {
			t.Errorf("%s: a reader is not told: %v %v", act.name, m, err)
		}
		w.must(deaf.WriteMessage(ws.TextMessage, fmt.Appendf(nil, `{"do":"leave","on":"%s"}`, channel)))
		w.must(deaf.WriteMessage(ws.TextMessage, fmt.Appendf(nil, `{"do":"join","on":"%s","after":0}`, channel)))
		n, joined := told(t, deaf, "changed", "joined")
		if n != 0 || fmt.Sprint(int64(joined["head"].(float64))) != before["plain"] || head("plain") != before["plain"] {
			t.Errorf("%s: who may not read it is told %d times, and the head is %v, was %s", act.name, n, joined["head"], before["plain"])
		}
		if act.name != "taken back" && head("olga") == before["olga"] {
			t.Errorf("%s: a reader's head stays", act.name)
		}
	}
	w.must(w.forum.Lock(t.Context(), w.admin, topic.ID, "enough"))
	if m, err := hear(deaf, "changed"); err != nil {
		t.Errorf("what is for all: %v %v", m, err)
	}
	set(forum.PublicToRead)
	if got := head(""); got != before[""] {
		t.Errorf("a visitor's head is %s, was %s", got, before[""])
	}

	// In the room too: what was said while the group became wider is for whom it was said.
	hall := fmt.Sprintf("room:%d", room.ID)
	olga, deaf = w.live(t, "olga", hall), w.live(t, "plain", hall)
	stranger := w.live(t, "", hall)
	for _, q := range []string{"UPDATE rooms SET last_seq = 1", fmt.Sprintf(`INSERT INTO messages (id, room_id, seq, author_id, reach, reach_of, from_join, source, html, plain, markup, nonce, posted_at)
		VALUES (1, %d, 1, %d, 2, 0, 0, 'x', 'x', 'x', 1, 'n', 1)`, room.ID, otto.Member)} {
		_, err = w.store.Writer().NewRaw(q).Exec(t.Context())
		w.must(err)
	}
	w.door.Announce(t.Context(), []forum.Fact{forum.Said{Room: room.ID, Seq: 1}})
	if m, err := hear(olga, "changed"); err != nil {
		t.Errorf("a listener is not told: %v %v", m, err)
	}
	_, err = w.forum.Say(t.Context(), otto, room.ID, "for all", "n2")
	w.must(err)
	for who, c := range map[string]*ws.Conn{"plain": deaf, "a stranger": stranger} {
		if n, _ := told(t, c, "changed", "message"); n != 0 {
			t.Errorf("%s is told that something was said", who)
		}
	}
}

// TestNoticesAreHeard: an open page of whom somebody calls hears that there is something to be told, by whatever door, and nobody else's does.
func TestNoticesAreHeard(t *testing.T) { onBoth(t, noticesAreHeard) }

func noticesAreHeard(t *testing.T, w *world) {
	people := w.members("otto", "rita")
	g, board, room := w.group("inner", forum.MembersOnly)
	w.enter(g, w.admin, people["otto"], people["rita"])
	on := fmt.Sprintf("notices:%d", people["rita"].Member)
	rita, otto := w.live(t, "rita", on), w.session("otto")
	spy, err := w.socket(otto, w.base.String())
	w.must(err)
	defer func() { _ = spy.Close() }()
	w.must(spy.WriteMessage(ws.TextMessage, fmt.Appendf(nil, `{"do":"join","on":"%s"}`, on)))
	if m, err := hear(spy, "error"); err != nil || m["on"] != on {
		t.Errorf("another's notices: %v %v", m, err)
	}
	for what, call := range map[string]func() error{
		"in a room": func() error {
			_, err := w.forum.Say(t.Context(), w.as(people["otto"].Member), room.ID, "@rita", w.key())
			return err
		},
		"on a board": func() error {
			_, err := w.forum.StartTopic(t.Context(), w.as(people["otto"].Member), board.ID, forum.Draft{Title: "Called", Source: "@rita", Key: w.key()})
			return err
		},
		"invited to a talk": func() error {
			_, err := w.forum.StartTalk(t.Context(), w.as(people["otto"].Member), forum.TalkDraft{Who: []string{"rita"}, Subject: "Quietly", Key: w.key()})
			return err
		},
		"taken into a circle": func() error {
			owner := w.as(w.admin.Member)
			r, err := w.forum.OpenRoom(t.Context(), owner, g.ID, "few", forum.RoomDraft{Name: "A few of us", Circle: true})
			w.must(err)
			return w.forum.TakeIntoCircle(t.Context(), owner, r.ID, "rita")
		},
	} {
		w.must(call())
		if m, err := hear(rita, "changed"); err != nil || m["on"] != on {
			t.Errorf("%s she hears %v %v", what, m, err)
		}
	}
	_, page := w.ask("GET", "/account/news", w.session("rita"))
	for _, want := range []string{"Hall of inner", "Called", "Quietly", "Otto Test invites you to a talk", "A few of us", "4 unread notices"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page does not say %s: %s", want, content(page))
		}
	}
}
