package main

import (
	"errors"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-smtp"

	"peergroups/forum"
)

// returnedAs is a mail of the corpus to where a mail goes back.
func returnedAs(t *testing.T, name string, m letter) string {
	t.Helper()
	raw, err := os.ReadFile("mail/testdata/bounces/" + name + ".eml")
	if err != nil {
		t.Fatal(err)
	}
	token, _, _ := strings.Cut(strings.TrimPrefix(m.from, "bounce+"), "@")
	return strings.ReplaceAll(string(raw), "{token}", token)
}

// to counts the mails that somebody got.
func (w *world) to(who string) (n int) {
	w.box.mu.Lock()
	defer w.box.mu.Unlock()
	for _, m := range w.box.mails {
		if m.to == who {
			n++
		}
	}
	return n
}

// TestPausedAddress: mail that comes back over SMTP on two days pauses an address. From then on nothing is sent to it, on
// no door; its member is told on the web, takes part as before, and ends it there. Others are not concerned.
func TestPausedAddress(t *testing.T) { onBoth(t, pausedAddress) }

func pausedAddress(t *testing.T, w *world) {
	const otto, olga = "otto@members.example", "olga@members.example"
	people := w.members("otto", "olga")
	inner, board, _ := w.group("inner", forum.MembersOnly)
	w.enter(inner, w.admin, people["otto"], people["olga"])
	for _, m := range people {
		w.must(w.forum.Subscribe(t.Context(), m, board.ID, forum.Each))
	}
	start := func(title string) {
		t.Helper()
		_, err := w.forum.StartTopic(t.Context(), w.admin, board.ID, forum.Draft{Title: title, Source: "For @otto.", Key: w.key()})
		w.must(err)
		w.await(olga, title)
		w.settled()
	}
	back := func(name string, m letter) error { return w.deliver("", []string{m.from}, returnedAs(t, name, m)) }
	paused := func() bool {
		p, err := w.forum.ReadMailPause(t.Context(), people["otto"])
		w.must(err)
		return p.Since != 0
	}
	start("One")
	first := w.await(otto, "One")
	w.must(back("postfix-unknown-user", first))
	w.must(back("postfix-unknown-user", first)) // a replay
	for what, forged := range map[string]letter{"forged": {from: strings.Replace(first.from, "bounce+", "bounce+a", 1)}, "made up": {from: "bounce+" + strings.Repeat("a", 56) + "@forum.example"}} {
		answer := (*smtp.SMTPError)(nil)
		if err := back("arf-redacted", forged); !errors.As(err, &answer) || answer.Code != 550 {
			t.Errorf("%s: %v", what, err)
		}
	}
	w.offset.Add(int64(24 * time.Hour))
	w.must(back("postfix-unknown-user", first))
	start("Two")
	second := w.await(otto, "Two")
	if paused() {
		t.Fatal("paused after one day")
	}
	w.must(back("exim-unknown-user", second))
	if !paused() {
		t.Fatal("not paused after two days")
	}
	before := w.to(otto)
	start("Three")
	w.must(w.forum.Subscribe(t.Context(), people["otto"], board.ID, forum.Daily))
	w.until(func(at time.Time) bool { return at.Hour() == 9 })
	time.Sleep(time.Second) // the clock goes round
	w.settled()
	if n := w.to(otto); n != before {
		t.Errorf("%d mails went to a paused address", n-before)
	}
	cookie := w.session("otto")
	for _, path := range []string{"/", "/account/mail"} {
		if _, page := w.ask("GET", path, cookie); !strings.Contains(page, "I can receive mail again") || !strings.Contains(page, "came back several times") {
			t.Errorf("%s does not say so: %s", path, content(page))
		}
		if _, page := w.ask("GET", path, w.session("olga")); strings.Contains(page, "I can receive mail again") {
			t.Errorf("%s says so to another", path)
		}
	}
	if status, page := w.ask("GET", "/g/inner", cookie); status != 200 || !strings.Contains(page, "Three") {
		t.Errorf("his membership: %d %s", status, content(page))
	}
	if _, page := w.ask("GET", "/staff/outbox", w.session("admin")); !strings.Contains(page, "Mail to 1 member is paused now.") || !strings.Contains(page, "<svg role=\"img\"") {
		t.Errorf("the outbox: %s", content(page))
	}
	if status, page := w.ask("GET", "/g/inner/mail", w.session("admin")); status != 200 || strings.Contains(page, "Otto") || !strings.Contains(page, "Nothing yet that could be told") || strings.Contains(page, "<td") {
		t.Errorf("the group's numbers: %d %s", status, content(page))
	}
	if status, _ := w.post(cookie, "/account/mail/resume", url.Values{}); status != 303 || paused() {
		t.Errorf("to resume: %d, paused %v", status, paused())
	}
	w.must(w.forum.Subscribe(t.Context(), people["otto"], board.ID, forum.Each))
	start("Four")
	four := w.await(otto, "Four")
	w.must(w.deliver("feedback@isp.example", []string{"abuse@forum.example"}, returnedAs(t, "arf-abuse", four)))
	if _, page := w.ask("GET", "/", cookie); !paused() || !strings.Contains(page, "reported as unwanted") {
		t.Errorf("after a complaint: %s", content(page))
	}
	if a := w.as(people["otto"].Member); a.Member == 0 {
		t.Error("he is no member any more")
	}
}

// TestRefusedAddress: an address that the relay itself refuses on two days is paused, too.
func TestRefusedAddress(t *testing.T) {
	t.Parallel()
	w := begin(t, "sqlite", nil)
	const otto = "otto@members.example"
	member := w.members("otto")["otto"]
	inner, board, _ := w.group("inner", forum.MembersOnly)
	w.enter(inner, w.admin, member)
	w.must(w.forum.Subscribe(t.Context(), member, board.ID, forum.Each))
	w.settled()
	w.box.gone.Store(otto)
	for day, want := range []bool{false, true} {
		_, err := w.forum.StartTopic(t.Context(), w.admin, board.ID, forum.Draft{Title: "T", Source: "x", Key: w.key()})
		w.must(err)
		w.eventually("it is refused", func() bool {
			n, err := w.forum.CountListMail(t.Context(), w.admin)
			return err == nil && n[forum.Failed] == day+1
		})
		if p, err := w.forum.ReadMailPause(t.Context(), member); err != nil || (p.Since != 0) != want {
			t.Errorf("day %d: %+v %v", day, p, err)
		}
		w.offset.Add(int64(24 * time.Hour))
	}
}
