package main

import (
	"fmt"
	"io"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/emersion/go-smtp"

	"peergroups/forum"
	"peergroups/forum/forumtest"
)

// TestNobodyWritesPlaceholders: no words of a post become its reader's token.
func TestNobodyWritesPlaceholders(t *testing.T) {
	t.Parallel()
	w := begin(t, "sqlite", nil)
	member := w.members("otto")["otto"]
	inner, board, _ := w.group("inner", forum.MembersOnly)
	w.enter(inner, w.admin, member)
	w.must(w.forum.Subscribe(t.Context(), member, board.ID, forum.Each))
	_, err := w.forum.StartTopic(t.Context(), w.admin, board.ID, forum.Draft{Title: "Trap", Source: "Look at https://evil.example/0unsubscribe0 and 0unsubscribe0.", Key: w.key()})
	w.must(err)
	mail := w.await("otto@members.example", "Trap")
	_, token, _ := strings.Cut(strings.Trim(mail.GetHeader("List-Unsubscribe"), "<>"), "/unsubscribe/")
	for part, words := range map[string]string{"text": mail.Text, "HTML": mail.HTML} {
		if n := strings.Count(words, token); n != 1 || strings.Count(words, "0unsubscribe0") < 2 || token == "" {
			t.Errorf("the %s holds the reader's token %d times:\n%s", part, n, words)
		}
	}
}

// slowRelay takes its time with each envelope and each text, and notes who gets one and when.
type slowRelay struct {
	envelope, text atomic.Int64 // durations
	asked          atomic.Int64 // envelopes
	mu             sync.Mutex
	got            map[string]time.Time
	texts          []string
}

type slowSession struct {
	r  *slowRelay
	to string
}

func (r *slowRelay) NewSession(*smtp.Conn) (smtp.Session, error) { return &slowSession{r: r}, nil }

func (s *slowSession) Mail(string, *smtp.MailOptions) error { return nil }
func (s *slowSession) Rcpt(to string, _ *smtp.RcptOptions) error {
	s.to = to
	s.r.asked.Add(1)
	time.Sleep(time.Duration(s.r.envelope.Load()))
	return nil
}
func (s *slowSession) Data(r io.Reader) error {
	s.r.mu.Lock()
	s.r.got[s.to] = time.Now()
	s.r.mu.Unlock()
	words, err := io.ReadAll(r)
	s.r.mu.Lock()
	s.r.texts = append(s.r.texts, string(words))
	s.r.mu.Unlock()
	time.Sleep(time.Duration(s.r.text.Load()))
	return err
}
func (s *slowSession) Reset()        {}
func (s *slowSession) Logout() error { return nil }

// TestSlowRelay: whoever is removed gets no private mail that was not handed over yet, however
// slow the relay is; and no more mails are uncertain at any moment than there are connections.
func TestSlowRelay(t *testing.T) {
	for what, slow := range map[string][2]time.Duration{"to take the text": {0, 400 * time.Millisecond}, "to take the envelope": {2 * time.Second, 0}} {
		for _, dialect := range forumtest.Dialects {
			t.Run(what+" "+dialect, func(t *testing.T) {
				t.Parallel()
				slowly(t, dialect, slow[0], slow[1])
			})
		}
	}
}

func slowly(t *testing.T, dialect string, envelope, text time.Duration) {
	r := &slowRelay{got: map[string]time.Time{}}
	w := begin(t, dialect, func(c *Config) { c.SMTPURL = "smtp://" + served(t, r) })
	var handles []string
	for i := range 60 {
		handles = append(handles, fmt.Sprintf("m%02d", i))
	}
	people := w.members(handles...)
	inner, board, _ := w.group("inner", forum.Hidden)
	w.enter(inner, w.admin)
	for _, m := range people {
		w.enter(inner, m)
		w.must(w.forum.Subscribe(t.Context(), m, board.ID, forum.Each))
	}
	w.settled()
	r.mu.Lock()
	clear(r.got)
	r.mu.Unlock()
	r.envelope.Store(int64(envelope))
	r.text.Store(int64(text))
	_, err := w.forum.StartTopic(t.Context(), w.admin, board.ID, forum.Draft{Title: "Secret", Source: "S", Key: w.key()})
	w.must(err)
	w.eventually("the first mails are under way", func() bool { n, err := w.handing(); return err == nil && n > 0 })
	time.Sleep(200 * time.Millisecond)
	for _, h := range handles[4:] {
		w.must(w.forum.Leave(t.Context(), people[h], inner.ID)) // who is removed is told so by a mail
	}
	left, most := time.Now(), 0
	w.eventually("all is done", func() bool {
		n, err := w.handing()
		w.must(err)
		most = max(most, n)
		all, err := w.forum.CountQueued(t.Context())
		return err == nil && all == 0
	})
	if most > 16 {
		t.Errorf("%d mails were uncertain at once, of 16 connections", most)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for i, h := range handles {
		at, got := r.got[h+"@members.example"]
		if i >= 4 && got && at.Sub(left) > time.Second {
			t.Errorf("%s got the mail %v after they left", h, at.Sub(left))
		}
		if i < 4 && !got {
			t.Errorf("%s got nothing", h)
		}
	}
}

// TestSlowRelayWords: what was changed or sealed while a relay took its time over the envelope goes out as it is by then.
func TestSlowRelayWords(t *testing.T) {
	for what, act := range map[string]func(w *world, g *forum.Group, id forum.PostID) error{
		"changed": func(w *world, _ *forum.Group, id forum.PostID) error {
			return w.forum.ChangePost(w.t.Context(), w.admin, id, forum.PostChange{Title: "Harmless", Source: "Nothing.", Base: 1})
		},
		"sealed": func(w *world, g *forum.Group, _ forum.PostID) error {
			return w.forum.ChangeGroup(w.t.Context(), w.admin, g.ID, forum.GroupDraft{Name: g.Name, Visibility: g.Visibility, Joining: g.Joining, FromJoin: g.FromJoin, Class: forum.SealedClass}, g.Visibility)
		},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			r := &slowRelay{got: map[string]time.Time{}}
			w := begin(t, "sqlite", func(c *Config) { c.SMTPURL = "smtp://" + served(t, r) })
			g, board, _ := w.group("inner", forum.MembersOnly)
			otto := w.members("otto")["otto"]
			w.enter(g, w.admin, otto)
			w.must(w.forum.Subscribe(t.Context(), otto, board.ID, forum.Each))
			w.settled()
			r.mu.Lock()
			r.texts = nil
			r.mu.Unlock()
			r.asked.Store(0)
			r.envelope.Store(int64(2 * time.Second))
			topic, err := w.forum.StartTopic(t.Context(), w.admin, board.ID, forum.Draft{Title: "Canary case", Source: "Canary words.", Key: w.key()})
			w.must(err)
			w.eventually("the mail is under way", func() bool { return r.asked.Load() > 0 })
			page, err := w.forum.ReadTopic(t.Context(), w.admin, topic.ID, 0)
			w.must(err)
			w.must(act(w, g, page.Posts[0].ID))
			r.envelope.Store(0)
			w.eventually("it is not handed over", func() bool {
				n, err := w.forum.CountListMail(t.Context(), w.admin)
				return err == nil && n[forum.Handing] == 0
			})
			w.offset.Store(int64(2 * time.Minute)) // it is tried again
			w.eventually("the mail goes", func() bool { r.mu.Lock(); defer r.mu.Unlock(); return len(r.texts) > 0 })
			r.mu.Lock()
			defer r.mu.Unlock()
			for _, words := range r.texts {
				if strings.Contains(words, "Canary") {
					t.Errorf("it goes out as it was:\n%s", words)
				}
			}
		})
	}
}

// handing counts the mails that would be unsure if the process died now.
func (w *world) handing() (int, error) {
	n, err := w.forum.CountListMail(w.t.Context(), w.admin)
	return n[forum.Handing], err
}

// settled waits until no mail waits.
func (w *world) settled() {
	w.t.Helper()
	w.eventually("no mail waits", func() bool { n, err := w.forum.CountQueued(w.t.Context()); return err == nil && n == 0 })
}

// TestSlowDigest: whoever leaves a group while a slow relay takes the envelope of their digest does not get it.
func TestSlowDigest(t *testing.T) {
	t.Parallel()
	r := &slowRelay{got: map[string]time.Time{}}
	w := begin(t, "sqlite", func(c *Config) { c.SMTPURL = "smtp://" + served(t, r) })
	people, ctx := w.members("rita", "otto"), t.Context()
	inner, closed, _ := w.group("inner", forum.MembersOnly)
	w.enter(inner, w.admin, people["rita"], people["otto"])
	for _, m := range people {
		w.must(w.forum.Subscribe(ctx, m, closed.ID, forum.Daily))
	}
	_, err := w.forum.StartTopic(ctx, w.admin, closed.ID, forum.Draft{Title: "Secret title", Source: "inner-canary", Key: w.key()})
	w.must(err)
	w.settled()
	r.mu.Lock()
	clear(r.got)
	r.mu.Unlock()
	r.envelope.Store(int64(2 * time.Second))
	w.until(func(at time.Time) bool { return at.Hour() == 8 })
	w.eventually("it is under way", func() bool {
		var n int
		w.must(w.store.Reader().NewRaw("SELECT count(*) FROM deliveries WHERE kind = 'digest' AND state = ?", forum.Handing).Scan(ctx, &n))
		return n == 2
	})
	time.Sleep(200 * time.Millisecond)
	w.must(w.forum.Leave(ctx, people["rita"], inner.ID))
	w.settled()
	r.mu.Lock()
	defer r.mu.Unlock()
	if _, got := r.got["rita@members.example"]; got {
		t.Error("who left got it")
	}
	if _, got := r.got["otto@members.example"]; !got {
		t.Error("who stayed did not get it")
	}
}
