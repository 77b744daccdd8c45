package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	netmail "net/mail"
	"strings"
	"testing"
	"time"

	"peergroups/forum"
)

// TestMailThreads: a mail program makes the tree of our mails that the board has: of topics with answers by web and by mail,
// under other subjects, merged, split and moved; of mails that come one by one, of those within a digest, and for who
// began to get them in the middle.
func TestMailThreads(t *testing.T) { onBoth(t, mailThreads) }

func mailThreads(t *testing.T, w *world) {
	talk := newTalk(t, w)
	a := talk.starts("Alpha")
	talk.web(a, "a2", "a1")
	talk.byMail("a3", "a2", "Re: [Group inner] Alpha", "")
	talk.web(a, "a4", "a3")
	talk.byMail("a5", "a4", "Something else entirely", "")
	talk.byMail("a6", "", "Re: Alpha", fmt.Sprintf("<post.%d@forum.example>", talk.posts["a2"]))
	talk.web(a, "a7", "")
	b := talk.starts("Beta")
	talk.web(b, "b2", "b1")
	talk.web(b, "b3", "b2")
	talk.same("each by each", talk.tree("rita"), "a1(a2(a3(a4(a5)) a6) a7) b1(b2(b3))")

	w.must(w.forum.ChangePost(t.Context(), w.admin, talk.posts["a1"], forum.PostChange{Title: "Alpha, another name", Source: "a1", Base: talk.version("a1")}))
	talk.web(a, "a8", "a7")
	w.must(w.forum.MergeTopics(t.Context(), w.admin, b, a, "the same"))
	w.must(w.forum.Subscribe(t.Context(), talk.people["lena"], talk.board, forum.Each)) // gets what is new from here on
	talk.web(a, "b4", "b1")
	talk.web(a, "b5", "b4")
	talk.byMail("b6", "", "Re: Beta", talk.id("rita", "b1"))
	talk.same("merged", talk.tree("rita"), "a1(a2(a3(a4(a5)) a6) a7(a8) b1(b2(b3) b4(b5) b6))")
	talk.same("merged, from the middle on", talk.tree("lena"), "-(b4(b5) b6)")

	fresh, err := w.forum.SplitTopic(t.Context(), w.admin, a, "Gamma", []forum.PostID{talk.posts["a2"], talk.posts["a3"], talk.posts["a4"], talk.posts["a5"]})
	w.must(err)
	talk.web(fresh, "a9", "a4")
	talk.web(fresh, "c1", "")
	w.must(w.forum.MoveTopic(t.Context(), w.admin, fresh, talk.other, "belongs there"))
	talk.web(fresh, "c2", "a2")
	talk.web(fresh, "c3", "c1")
	talk.same("split and moved", talk.tree("rita"), "a1(a2(a3(a4(a5 a9)) a6 c1(c3) c2) a7(a8) b1(b2(b3) b4(b5) b6))")
	for topic, want := range map[forum.TopicID]string{a: "a1(a7(a8) b1(b2(b3) b4(b5) b6) a6)", fresh: "a2(a3(a4(a5 a9)) c1(c3) c2)"} {
		talk.same("the board", talk.onBoard(topic), want)
	}

	w.settled()
	w.until(func(at time.Time) bool { return at.Hour() == 8 })
	inner := digested(t, w.await("dora@members.example", "Digest:").raw)
	talk.same("within a digest", drawn(threads(talk.threaded(inner))), "a1(a7(a8) b1(b2(b3) b4(b5) b6) a6) a2(a3(a4(a5 a9)) c1(c3) c2)")
	if index := w.await("ida@members.example", "Digest:"); strings.Contains(index.Text, "body of") || index.GetHeader("References") != "" {
		t.Errorf("the index: %s", index.Text)
	}
}

// talkers are those who write, and how their posts are called.
type talkers struct {
	t            *testing.T
	w            *world
	people       map[string]forum.Actor
	board, other forum.BoardID
	posts        map[string]forum.PostID
}

func newTalk(t *testing.T, w *world) *talkers {
	k := &talkers{t: t, w: w, people: w.members("otto", "rita", "lena", "dora", "ida"), posts: map[string]forum.PostID{}}
	w.dns.set("members.example", "v=spf1 ip4:127.0.0.1 -all")
	g, board, _ := w.group("inner", forum.MembersOnly)
	other, err := w.forum.CreateBoard(t.Context(), w.admin, g.ID, forum.BoardDraft{Slug: "other", Name: "Other"})
	w.must(err)
	k.board, k.other = board.ID, other.ID
	w.enter(g, w.admin)
	for _, who := range k.people {
		w.enter(g, who)
	}
	for _, b := range []forum.BoardID{k.board, k.other} {
		for who, mode := range map[string]forum.Mode{"rita": forum.Each, "dora": forum.Daily, "ida": forum.Index} {
			w.must(w.forum.Subscribe(t.Context(), k.people[who], b, mode))
		}
	}
	w.must(w.forum.ChooseDigest(t.Context(), k.people["dora"], forum.DigestChoice{DigestHour: 7, DigestDays: 127, DigestForm: forum.BurstDigest}))
	return k
}

// starts begins a topic, whose first post bears the first letter of its title in lower case and 1.
func (k *talkers) starts(title string) forum.TopicID {
	name := strings.ToLower(title[:1]) + "1"
	topic, err := k.w.forum.StartTopic(k.t.Context(), k.w.admin, k.board, forum.Draft{Title: title, Source: "body of " + name, Key: k.w.key()})
	k.w.must(err)
	p, err := k.w.forum.ReadTopic(k.t.Context(), k.w.admin, topic.ID, 0)
	k.w.must(err)
	k.posts[name] = p.Posts[0].ID
	k.arrived(name)
	return topic.ID
}

func (k *talkers) web(topic forum.TopicID, name, to string) {
	k.t.Helper()
	p, err := k.w.forum.Reply(k.t.Context(), k.w.admin, topic, forum.Draft{Source: "body of " + name, ReplyTo: k.posts[to], Key: k.w.key()})
	k.w.must(err)
	k.posts[name] = p.ID
	k.arrived(name)
}

// byMail answers a post's mail, or writes to the list and cites an id.
func (k *talkers) byMail(name, to, subject, cites string) {
	k.t.Helper()
	address := "talk.inner@forum.example"
	if to != "" {
		answered, err := k.w.forum.ReadPost(k.t.Context(), k.people["otto"], k.posts[to])
		k.w.must(err)
		address = "reply+" + k.w.forum.ReplyToken(k.people["otto"].Member, k.posts[to], answered.Audience) + "@forum.example"
	}
	k.w.must(k.w.deliver("otto@members.example", []string{address}, "From: <otto@members.example>\nTo: <"+address+">\nMessage-ID: <"+name+"@members.example>\nReferences: "+cites+"\nSubject: "+subject+"\n\nbody of "+name+"\n"))
	found, err := k.w.forum.IndexedPosts(k.t.Context(), 0, forum.Indexed{}, 100)
	k.w.must(err)
	for i := range found {
		if strings.TrimSpace(found[i].Plain) == "body of "+name {
			k.posts[name] = found[i].ID
		}
	}
	k.arrived(name)
}

// arrived waits until rita has the mail, so that mails come in the order in which they were written.
func (k *talkers) arrived(name string) {
	k.t.Helper()
	k.w.eventually("the mail of "+name, func() bool { return k.id("rita", name) != "" })
}

// id is the Message-ID under which somebody got a post.
func (k *talkers) id(who, name string) string {
	for _, m := range k.w.box.all() {
		if m.to == who+"@members.example" && strings.Contains(m.Text, "body of "+name) {
			return m.GetHeader("Message-ID")
		}
	}
	return ""
}

func (k *talkers) version(name string) int64 {
	p, err := k.w.forum.ReadPost(k.t.Context(), k.w.admin, k.posts[name])
	k.w.must(err)
	return p.Version
}

// tree is what somebody's mail program makes of their mails.
func (k *talkers) tree(who string) string {
	var raw [][]byte
	k.w.settled()
	for _, m := range k.w.box.all() {
		if m.to == who+"@members.example" && m.GetHeader("List-Post") != "" {
			raw = append(raw, m.raw)
		}
	}
	return drawn(threads(k.threaded(raw)))
}

// threaded reads mails, and calls those of posts by their names.
func (k *talkers) threaded(raw [][]byte) (out []threaded) {
	k.t.Helper()
	var pairs []string
	for name, id := range k.posts {
		pairs = append(pairs, fmt.Sprintf("<post.%d@forum.example>", id), name)
	}
	names := strings.NewReplacer(pairs...)
	for _, one := range raw {
		m, err := netmail.ReadMessage(bytes.NewReader(one))
		if err != nil {
			k.t.Fatal(err)
		}
		subject, err := new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject"))
		if err != nil {
			k.t.Fatal(err)
		}
		refs := strings.Fields(names.Replace(m.Header.Get("References")))
		if answers := names.Replace(m.Header.Get("In-Reply-To")); answers != "" && (len(refs) == 0 || refs[len(refs)-1] != answers) {
			refs = append(refs, answers)
		}
		out = append(out, threaded{id: names.Replace(m.Header.Get("Message-ID")), subject: subject, refs: refs})
	}
	return out
}

// onBoard is the tree of a topic as its page has it: what answers no post of it answers the first.
func (k *talkers) onBoard(topic forum.TopicID) string {
	k.t.Helper()
	names := map[forum.PostID]string{}
	for name, id := range k.posts {
		names[id] = name
	}
	p, err := k.w.forum.ReadTopic(k.t.Context(), k.people["rita"], topic, 0)
	k.w.must(err)
	places := map[forum.PostID]*threaded{}
	for _, post := range p.Posts {
		places[post.ID] = &threaded{id: names[post.ID], there: true}
	}
	for _, post := range p.Posts[1:] {
		above := places[post.ReplyTo]
		if above == nil {
			above = places[p.Posts[0].ID]
		}
		above.link(places[post.ID])
	}
	return places[p.Posts[0].ID].String()
}

// same compares trees in which the order of what stands side by side says nothing.
func (k *talkers) same(what, got, want string) {
	k.t.Helper()
	if sorted(got) != sorted(want) {
		k.t.Errorf("%s: %s, want %s", what, got, want)
	}
}

// digested gives the mails of a multipart/digest.
func digested(t *testing.T, raw []byte) (out [][]byte) {
	t.Helper()
	m, err := netmail.ReadMessage(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	eachPart(t, m.Header.Get("Content-Type"), m.Body, func(kind string, body []byte) {
		if strings.HasPrefix(kind, "multipart/digest") {
			eachPart(t, kind, bytes.NewReader(body), func(_ string, body []byte) { out = append(out, body) })
		}
	})
	return out
}

func eachPart(t *testing.T, kind string, body io.Reader, each func(kind string, body []byte)) {
	t.Helper()
	_, params, err := mime.ParseMediaType(kind)
	if err != nil {
		t.Fatal(err)
	}
	for r := multipart.NewReader(body, params["boundary"]); ; {
		p, err := r.NextRawPart()
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(p)
		if err != nil {
			t.Fatal(err)
		}
		each(p.Header.Get("Content-Type"), b)
	}
}
