//go:build judges

package main

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-smtp"

	"peergroups/forum"
)

// exchange carries mail between forums, each by its domain, and drops what is for others. An answer of a forum is the answer
// that the other one hears.
type exchange struct {
	mu      sync.Mutex
	at      map[string]string
	carried int
}

type exchangeSession struct {
	x        *exchange
	from, to string
}

func (x *exchange) NewSession(*smtp.Conn) (smtp.Session, error) { return &exchangeSession{x: x}, nil }
func (s *exchangeSession) Mail(from string, _ *smtp.MailOptions) error {
	s.from = from
	return nil
}
func (s *exchangeSession) Rcpt(to string, _ *smtp.RcptOptions) error { s.to = to; return nil }
func (s *exchangeSession) Reset()                                    {}
func (s *exchangeSession) Logout() error                             { return nil }
func (s *exchangeSession) Data(r io.Reader) error {
	raw, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	_, domain, _ := strings.Cut(s.to, "@")
	s.x.mu.Lock()
	at := s.x.at[domain]
	if at != "" {
		s.x.carried++
	}
	s.x.mu.Unlock()
	if at == "" {
		return nil
	}
	c, err := smtp.Dial(at)
	if err != nil {
		return err
	}
	defer func() { _ = c.Close() }()
	return c.SendMail(s.from, []string{s.to}, bytes.NewReader(raw))
}

// TestForumsInALoop: the list of each of two forums is a member of the other, who gets each mail. What somebody writes in one is
// there once, and from then on no post and no mail comes of it, for ten minutes (-short: half a one).
func TestForumsInALoop(t *testing.T) {
	t.Parallel()
	x := &exchange{at: map[string]string{}}
	relay := "smtp://" + served(t, x)
	names := []string{"one", "two"}
	var sides []*world
	for _, name := range names {
		sides = append(sides, begin(t, "sqlite", func(c *Config) { c.SMTPURL, c.MailDomain = relay, name+".example" }))
	}
	for i, w := range sides {
		other := names[1-i] + ".example"
		x.mu.Lock()
		x.at[names[i]+".example"] = w.mailAt
		x.mu.Unlock()
		w.dns.set(other, "v=spf1 ip4:127.0.0.1 -all")
		w.dns.set("_dmarc."+other, "v=DMARC1; p=reject")
		list := person("list")
		list.Email = "talk.inner@" + other
		ids, err := w.forum.Adopt(t.Context(), w.admin, []forum.Registration{list})
		w.must(err)
		g, board, _ := w.group("inner", forum.MembersOnly)
		w.enter(g, w.admin, w.as(ids[0]))
		w.must(w.forum.Subscribe(t.Context(), w.as(ids[0]), board.ID, forum.Each))
		_, err = w.forum.StartTopic(t.Context(), w.admin, board.ID, forum.Draft{Title: "Hello from " + names[i], Source: "It goes round?", Key: w.key()})
		w.must(err)
	}
	length := 10 * time.Minute
	if testing.Short() {
		length = 30 * time.Second
	}
	time.Sleep(5 * time.Second)
	settled := loopState(t, sides, x)
	for end := time.Now().Add(length); time.Now().Before(end); time.Sleep(time.Second) {
		if now := loopState(t, sides, x); now != settled {
			t.Fatalf("it was %s, and is %s", settled, now)
		}
	}
	t.Log(settled)
}

// loopState counts what would grow.
func loopState(t *testing.T, sides []*world, x *exchange) (out string) {
	t.Helper()
	for _, w := range sides {
		var posts, mails, waiting, drafts int
		w.must(w.store.Reader().NewRaw("SELECT (SELECT count(*) FROM posts), (SELECT count(*) FROM deliveries), (SELECT count(*) FROM deliveries WHERE state IN (?, ?)), (SELECT count(*) FROM drafts)",
			forum.Waiting, forum.Handing).Scan(t.Context(), &posts, &mails, &waiting, &drafts))
		out += fmt.Sprintf("%d posts, %d mails of which %d wait, %d drafts; ", posts, mails, waiting, drafts)
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	return out + fmt.Sprintf("%d carried across", x.carried)
}
