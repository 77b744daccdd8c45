package main

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"peergroups/forum"
	"peergroups/forum/forumtest"
)

// empty starts a server whose forum nobody has set up.
func empty(t *testing.T) (w *world, link string) {
	t.Helper()
	w = &world{t: t}
	c := &Config{Listen: "127.0.0.1", DataDir: t.TempDir(), SMTPListen: "off"}
	var err error
	w.server, err = start(t.Context(), c, parts{Out: &w.out, Log: slog.New(slog.NewTextHandler(testLog{t}, &slog.HandlerOptions{Level: slog.LevelWarn})),
		Now: time.Now, Every: time.Hour, Resolver: &w.dns, Patience: time.Second})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 15*time.Second)
		defer cancel()
		if err := w.stop(ctx); err != nil {
			t.Error("stop:", err)
		}
	})
	if link = regexp.MustCompile(`/welcome/\S+`).FindString(w.out.String()); link == "" {
		t.Fatalf("no link is printed: %s", w.out.String())
	}
	return w, link
}

// TestSettingUp: an empty forum leads everybody to its set-up, whose form keeps what was
// typed, works once, and only with the printed link.
func TestSettingUp(t *testing.T) {
	t.Parallel()
	w, link := empty(t)
	if status, _ := w.ask("GET", "/", ""); status != http.StatusSeeOther {
		t.Errorf("the first page of an empty forum: %d", status)
	}
	for path, want := range map[string]string{"/welcome": "link", link: `name="org_name"`} {
		if status, page := w.ask("GET", path, ""); status != http.StatusOK || !strings.Contains(page, want) {
			t.Errorf("%s: %d", path, status)
		}
	}
	form := url.Values{"handle": {"ada"}, "name": {"Ada Admin"}, "email": {"ada@members.example"}, "password": {forumtest.Password}, "zone": {"Europe/Amsterdam"},
		"org_name": {"A Chamber"}, "org_seal": {"AC"}, "org_address": {"Street 1"}, "org_contact": {"not an address"}, "terms": {"1"}}
	if status, page := w.post("", link, form); status != http.StatusUnprocessableEntity || !strings.Contains(page, "A Chamber") || !strings.Contains(page, "org_contact-error") {
		t.Errorf("with a mistake: %d", status)
	}
	form.Set("org_contact", "office@chamber.example")
	if status, _ := w.post("", "/welcome/guessed", form); status == http.StatusSeeOther {
		t.Error("set up with a guessed link")
	}
	if status, _ := w.post("", link, form); status != http.StatusSeeOther {
		t.Fatalf("set-up: %d", status)
	}
	if status, page := w.ask("GET", "/", ""); status != http.StatusOK || !strings.Contains(page, "A Chamber") {
		t.Errorf("afterwards the first page: %d", status)
	}
	form.Set("handle", "eve")
	form.Set("email", "eve@members.example")
	if status, _ := w.post("", link, form); status != http.StatusNotFound {
		t.Errorf("the link works again: %d", status)
	}
	if status, page := w.ask("GET", "/staff", w.session("ada")); status != http.StatusOK || !strings.Contains(page, "/staff/outbox") {
		t.Errorf("the first administrator's staff page: %d", status)
	}
}

// TestForgottenPassword goes by the mail that was really sent, and ends the sessions.
func TestForgottenPassword(t *testing.T) { onBoth(t, forgottenPassword) }

func forgottenPassword(t *testing.T, w *world) {
	w.members("otto")
	session := w.session("otto")
	known, page := w.post("", "/forgot", url.Values{"login": {"otto"}})
	unknown, same := w.post("", "/forgot", url.Values{"login": {"nobody"}})
	if known != http.StatusOK || unknown != known || strings.ReplaceAll(page, "otto", "nobody") != same {
		t.Errorf("the answer tells who is a member: %d %d", known, unknown)
	}
	link := regexp.MustCompile(`/reset/[a-z0-9]+`).FindString(w.await("otto@members.example", "password").Text)
	if status, _ := w.ask("GET", link, ""); status != http.StatusOK {
		t.Errorf("the link shows %d", status)
	}
	token := strings.TrimPrefix(link, "/reset/")
	if status, page := w.post("", "/reset", url.Values{"token": {token}, "password": {"short"}}); status != http.StatusUnprocessableEntity || !strings.Contains(page, token) {
		t.Errorf("a short password: %d", status)
	}
	if status, _ := w.post("", "/reset", url.Values{"token": {token}, "password": {"a new long password"}}); status != http.StatusSeeOther {
		t.Errorf("a good one: %d", status)
	}
	if status, _ := w.ask("GET", "/account", session); status != http.StatusSeeOther {
		t.Errorf("the old session: %d", status)
	}
	if status, _ := w.ask("GET", link, ""); status != http.StatusConflict {
		t.Errorf("a used link still offers its form: %d", status)
	}
	if _, err := w.forum.LogIn(t.Context(), "otto", "a new long password", "", ""); err != nil {
		t.Error(err)
	}
}

// TestHeldDraftOnTheWeb: the page of a held mail tells who reads, posts it with a tick only,
// and throws it away when asked to; to others it is not there.
func TestHeldDraftOnTheWeb(t *testing.T) { onBoth(t, heldDraftOnTheWeb) }

func heldDraftOnTheWeb(t *testing.T, w *world) {
	people := w.members("otto", "olga")
	g, board, _ := w.group("inner", forum.MembersOnly)
	w.enter(g, w.admin)
	for _, m := range people {
		w.must(w.forum.Invite(t.Context(), w.admin, g.ID, m.Member))
		w.must(w.forum.Join(t.Context(), m, g.ID))
	}
	otto, olga := w.session("otto"), w.session("olga")
	hold := func(id string) string {
		_, err := w.forum.PostByMail(t.Context(), people["otto"], board.ID, forum.Incoming{MessageID: id, Title: "Held " + id, Source: "Words that wait."})
		if forum.KindOf(err) != forum.Held {
			t.Fatal(err)
		}
		all, err := w.forum.Drafts(t.Context(), people["otto"])
		w.must(err)
		return fmt.Sprintf("/account/drafts/%d", all[0].ID)
	}
	first := hold("one")
	if status, page := w.ask("GET", "/account/drafts", otto); status != http.StatusOK || !strings.Contains(page, first) {
		t.Errorf("the list: %d", status)
	}
	status, page := w.ask("GET", first, otto)
	wording := regexp.MustCompile(`name="wording" value="([^"]+)"`).FindStringSubmatch(page)
	if status != http.StatusOK || !strings.Contains(page, "Words that wait.") || !strings.Contains(page, "3 members of Group inner") || wording == nil {
		t.Fatalf("the draft: %d", status)
	}
	if status, _ := w.ask("GET", first, olga); status != http.StatusNotFound {
		t.Errorf("another opens it: %d", status)
	}
	if status, page := w.post(otto, first, url.Values{"wording": {wording[1]}}); status != http.StatusUnprocessableEntity || !strings.Contains(page, "agreed-error") {
		t.Errorf("without the tick: %d", status)
	}
	if status, page := w.post(otto, first, url.Values{"wording": {"1/other/false"}, "agreed": {"1"}}); status != http.StatusUnprocessableEntity || !strings.Contains(page, "Words that wait.") {
		t.Errorf("told something else: %d", status)
	}
	if status, _ := w.post(otto, first, url.Values{"wording": {wording[1]}, "agreed": {"1"}}); status != http.StatusSeeOther {
		t.Errorf("with the tick: %d", status)
	}
	p, err := w.forum.ReadBoard(t.Context(), w.admin, "inner", "talk", forum.TopicCursor{})
	if err != nil || len(p.Topics) != 1 || p.Topics[0].Title != "Held one" {
		t.Errorf("the board holds %v %v", p.Topics, err)
	}
	if status, _ := w.ask("GET", first, otto); status != http.StatusNotFound {
		t.Errorf("posted, the draft still is there: %d", status)
	}
	_, err = w.store.Writer().NewRaw("DELETE FROM acknowledgements WHERE member_id = ?", people["otto"].Member).Exec(t.Context())
	w.must(err)
	second := hold("two")
	if status, _ := w.post(olga, second+"/discard", nil); status != http.StatusSeeOther {
		t.Errorf("another throws it away: %d", status)
	}
	if status, _ := w.ask("GET", second, otto); status != http.StatusOK {
		t.Errorf("it is gone: %d", status)
	}
	w.post(otto, second+"/discard", nil)
	if status, _ := w.ask("GET", second, otto); status != http.StatusNotFound {
		t.Errorf("thrown away, it still is there: %d", status)
	}
}

// TestSmallPages: what programs ask for.
func TestSmallPages(t *testing.T) {
	t.Parallel()
	w := begin(t, "sqlite", nil)
	for path, want := range map[string]string{"/livez": "ok", "/readyz": "ok", "/robots.txt": "User-agent", "/.well-known/security.txt": "Contact: mailto:privacy@forum.example"} {
		if status, body := w.ask("GET", path, ""); status != http.StatusOK || !strings.Contains(body, want) {
			t.Errorf("%s: %d %q", path, status, body)
		}
	}
	w.must(w.store.Reader().Close())
	if status, body := w.ask("GET", "/readyz", ""); status != http.StatusServiceUnavailable || strings.Contains(body, "sql") {
		t.Errorf("without its database: %d %q", status, body)
	}
	if status, _ := w.ask("GET", "/livez", ""); status != http.StatusOK {
		t.Errorf("it lives on: %d", status)
	}
}

// takenAlong is the sealed token of a registration, of which no two are the same.
var takenAlong = regexp.MustCompile(`name="instead" value="[^"]+"`)

// TestP6Registration: a program that fills what people do not see hears the same as a person and gets nothing; a closed
// body says so.
func TestP6Registration(t *testing.T) {
	t.Parallel()
	w := begin(t, "sqlite", nil)
	form := func(handle string) url.Values {
		return url.Values{"handle": {handle}, "name": {"New Person"}, "email": {handle + "@new.example"}, "password": {forumtest.Password}, "zone": {"UTC"}, "terms": {"1"}}
	}
	honest, trapped := form("honest"), form("trapped")
	trapped.Set("website", "https://spam.example")
	status, page := w.post("", "/register", honest)
	other, same := w.post("", "/register", trapped)
	if status != http.StatusOK || other != status || takenAlong.ReplaceAllString(strings.ReplaceAll(content(same), "trapped", "honest"), "") != takenAlong.ReplaceAllString(content(page), "") {
		t.Errorf("%d %s\n%d %s", status, content(page), other, content(same))
	}
	w.await("honest@new.example", "")
	var n int
	w.must(w.store.Reader().NewRaw("SELECT count(*) FROM members WHERE handle = 'trapped'").Scan(t.Context(), &n))
	if n != 0 {
		t.Error("the program has an account")
	}
	if status, page := w.post(w.session("admin"), "/staff/organisation", url.Values{"org_name": {"Body"}, "org_seal": {"B"}, "org_contact": {"b@forum.example"}, "org_registration": {"closed"}}); status != http.StatusSeeOther {
		t.Fatalf("closing: %d %s", status, content(page))
	}
	if _, page := w.ask("GET", "/register", ""); !strings.Contains(page, "No accounts are created here") || strings.Contains(page, `name="password"`) {
		t.Errorf("closed: %s", content(page))
	}
	if status, _ := w.post("", "/register", form("late")); status != http.StatusConflict && status != http.StatusGone {
		t.Errorf("closed, posting: %d", status)
	}
}

// TestCheckYourAnswers: what was filled in is shown once more before it is sent, and can be changed; what is wrong in it is
// told before the password is asked, and a password stands in no page. What a program fills in a hidden field ends it.
func TestCheckYourAnswers(t *testing.T) {
	t.Parallel()
	w := begin(t, "sqlite", nil)
	form := url.Values{"handle": {"newone"}, "name": {"New <b>Person</b>"}, "email": {"newone@new.example"}, "zone": {"Europe/Rome"}, "business_address": {"Street 1\nTown"}, "password": {"never in a page"}}
	status, page := w.post("", "/register/check", form)
	if status != http.StatusOK || !strings.Contains(page, "New &lt;b&gt;Person&lt;/b&gt;") || !strings.Contains(page, "Street 1\nTown") || !strings.Contains(page, `name="password"`) || strings.Contains(page, "never in a page") {
		t.Errorf("looked over: %d %s", status, content(page))
	}
	if status, page := w.post("", "/register/change", form); status != http.StatusOK || !strings.Contains(page, `value="newone"`) || !strings.Contains(page, "Street 1\nTown") || strings.Contains(page, `name="password"`) || strings.Contains(page, "never in a page") {
		t.Errorf("changed: %d %s", status, content(page))
	}
	form.Set("email", "two@new.example, three@new.example")
	if status, page := w.post("", "/register/check", form); status != http.StatusUnprocessableEntity || !strings.Contains(page, "email-error") || strings.Contains(page, `name="password"`) {
		t.Errorf("two addresses: %d %s", status, content(page))
	}
	form.Set("email", "newone@new.example")
	form.Set("password", "short")
	if status, page := w.post("", "/register", form); status != http.StatusUnprocessableEntity || !strings.Contains(page, "password-error") || !strings.Contains(page, "terms-error") || !strings.Contains(page, "Check your answers") {
		t.Errorf("a short password: %d %s", status, content(page))
	}
	form.Set("handle", "admin")
	form.Set("password", forumtest.Password)
	form.Set("terms", "1")
	if status, page := w.post("", "/register", form); status != http.StatusUnprocessableEntity || !strings.Contains(page, "handle-error") || strings.Contains(page, `name="password"`) {
		t.Errorf("a taken user ID: %d %s", status, content(page))
	}
	if status, page := w.post("", "/register/check", form); status != http.StatusUnprocessableEntity || !strings.Contains(page, "handle-error") {
		t.Errorf("a taken user ID, looked over: %d %s", status, content(page))
	}
	form.Set("handle", "newone")
	if _, page := w.post("", "/register/check", form); strings.Index(page, `class="first"`) > strings.Index(page, "/register/change") || !strings.Contains(page, `class="first"`) { // what Enter presses
		t.Errorf("Enter goes back: %s", content(page))
	}
	form.Set("shown", forum.WordingOf("other terms"))
	if status, page := w.post("", "/register", form); status != http.StatusUnprocessableEntity || !strings.Contains(page, "terms-error") {
		t.Errorf("the terms have changed meanwhile: %d %s", status, content(page))
	}
	form.Set("website", "https://spam.example")
	if status, page := w.post("", "/register/check", form); status != http.StatusOK || strings.Contains(page, `name="password"`) {
		t.Errorf("a program: %d %s", status, content(page))
	}
}
