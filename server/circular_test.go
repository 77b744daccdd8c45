package main

import (
	"fmt"
	"html"
	"io"
	"net"
	"net/http"
	"net/url"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-smtp"

	"peergroups/forum"
	"peergroups/forum/forumtest"
)

// circularForm is what an administrator types.
func circularForm(kind, circle string, more ...string) url.Values {
	form := url.Values{"kind": {kind}, "circle": {circle}, "subject": {"News: " + kind}, "source": {"Dear **all**, see [this](https://elsewhere.example/x).\n\nA canary."}, "key": {"form-" + kind + circle}}
	for i := 0; i+1 < len(more); i += 2 {
		form.Set(more[i], more[i+1])
	}
	return form
}

var messagePath = regexp.MustCompile(`/staff/messages/[0-9]+`)

// written posts the form, twice as a double click does, and gives the message's page.
func (w *world) written(cookie string, form url.Values) string {
	w.t.Helper()
	for range 2 {
		if status, page := w.post(cookie, "/staff/messages/new", form); status != http.StatusSeeOther {
			w.t.Fatalf("writing: %d %s", status, content(page))
		}
	}
	_, page := w.ask("GET", "/staff/messages", cookie)
	found := messagePath.FindAllString(page, -1)
	if len(found) == 0 {
		w.t.Fatalf("the list: %s", content(page))
	}
	return found[0]
}

// sent sends a message, twice as a double click does.
func (w *world) sent(cookie, path string) {
	w.t.Helper()
	for range 2 {
		if status, page := w.post(cookie, path+"/send", url.Values{"version": {"1"}}); status != http.StatusSeeOther {
			w.t.Fatalf("sending: %d %s", status, content(page))
		}
	}
	w.settled()
}

// TestP10ServiceMessages: an administrator writes, looks, tries and sends; who it is for gets it as text and HTML with the
// headers of its kind, can stop it by one click, and reads it on their own pages; nobody else does.
func TestP10ServiceMessages(t *testing.T) { onBoth(t, serviceMessage) }

func serviceMessage(t *testing.T, w *world) {
	w.members("otto", "vera")
	admin, otto, vera := w.session("admin"), w.session("otto"), w.session("vera")
	if status, page := w.post(admin, "/staff/messages/new", circularForm("spam", "certified", "subject", "")); status != http.StatusUnprocessableEntity ||
		!strings.Contains(page, "kind-error") || !strings.Contains(page, "subject-error") || !strings.Contains(page, "A canary.") {
		t.Errorf("a form with faults: %d %s", status, content(page))
	}
	path := w.written(admin, circularForm("features", "certified"))
	_, page := w.ask("GET", path, admin)
	if !strings.Contains(page, `src="`+path+`/html"`) || !strings.Contains(page, "List-Unsubscribe") || !strings.Contains(page, "Dear <strong>all</strong>") {
		t.Errorf("the preview: %s", content(page))
	}
	if status, frame := w.ask("GET", path+"/html", admin); status != http.StatusOK || !strings.Contains(frame, "Dear <strong>all</strong>") {
		t.Errorf("the mail's frame: %d", status)
	}
	for _, p := range []string{path, path + "/html", path + "/send", path + "/edit", "/staff/messages"} {
		if status, page := w.ask("GET", p, otto); status != http.StatusForbidden || strings.Contains(page, "canary") {
			t.Errorf("%s of a member: %d", p, status)
		}
	}
	w.tries(t, admin, path)
	if _, page = w.ask("GET", path+"/send", admin); !strings.Contains(page, "New features") || !strings.Contains(page, "Certified mediators") || !strings.Contains(page, "2 people today") {
		t.Errorf("the last question: %s", content(page))
	}
	if status, page := w.post(admin, path+"/send", url.Values{"version": {"7"}}); status != http.StatusUnprocessableEntity || !strings.Contains(page, "changed this draft meanwhile") {
		t.Errorf("sending what was not looked at: %d", status)
	}
	w.sent(admin, path)
	mail := w.await("otto@members.example", "News: features")
	w.await("vera@members.example", "News: features")
	stop := w.headers(t, mail)
	if _, page = w.ask("GET", path, admin); !strings.Contains(page, "Sent: 2") || !strings.Contains(page, "Waiting: 0") || strings.Contains(content(page), "Otto") {
		t.Errorf("the report: %s", content(page))
	}
	if status, page := w.post(admin, path+"/edit", circularForm("features", "certified", "version", "1", "source", "Other words")); status != http.StatusConflict || !strings.Contains(page, "Other words") {
		t.Errorf("changing what was sent: %d", status)
	}
	w.stops(t, admin, otto, stop)
	w.chooses(t, vera)
	w.readOwn(t, path, otto, admin)
	w.once("otto@members.example", "vera@members.example", "admin@members.example")
}

// tries mails the draft to the administrator alone.
func (w *world) tries(t *testing.T, admin, path string) {
	t.Helper()
	if status, _ := w.post(admin, path+"/try", nil); status != http.StatusSeeOther {
		t.Errorf("trying: %d", status)
	}
	mail := w.await("admin@members.example", "[Trial] News: features")
	if !strings.Contains(mail.Text, "A canary.") || !strings.Contains(mail.HTML, "<strong>all</strong>") || mail.GetHeader("List-Unsubscribe") == "" {
		t.Errorf("the trial: %s", mail.Text)
	}
	if n := w.count("otto@members.example"); n != 0 {
		t.Errorf("%d mails went to others", n)
	}
}

// count tells how many service messages somebody got.
func (w *world) count(to string) (n int) {
	w.box.mu.Lock()
	defer w.box.mu.Unlock()
	for _, m := range w.box.mails {
		if m.to == to && strings.Contains(m.GetHeader("List-Id"), ".service.") {
			n++
		}
	}
	return n
}

// headers checks the mail of an optional kind, and gives where it is stopped.
func (w *world) headers(t *testing.T, mail letter) string {
	t.Helper()
	for name, want := range map[string]string{"List-Id": "New features <features.service.forum.example>", "List-Post": "NO", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
		"Reply-To": forumtest.Organisation.Contact, "From": "no-reply@forum.example", "X-Auto-Response-Suppress": "All"} {
		if got := mail.GetHeader(name); !strings.Contains(strings.ReplaceAll(got, `"`, ""), want) {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	stop := strings.Trim(mail.GetHeader("List-Unsubscribe"), "<>")
	text := strings.ReplaceAll(mail.Text, "\r\n", "\n")
	if !strings.HasPrefix(stop, w.base.String()+"/unsubscribe/notices/") || strings.Count(text, stop) != 1 || !strings.Contains(mail.HTML, `href="`+stop+`"`) {
		t.Errorf("the link to stop it is %q in:\n%s", stop, text)
	}
	for _, words := range []string{"A canary.", "Sent to: Certified mediators", "did not stop “New features”"} {
		if !strings.Contains(strings.Join(strings.Fields(text), " "), words) || !strings.Contains(html.UnescapeString(mail.HTML), words) {
			t.Errorf("%q is missing in\n%s\nor\n%s", words, text, mail.HTML)
		}
	}
	if !strings.Contains(mail.HTML, "/out?") || strings.Contains(mail.HTML, `href="https://elsewhere.example`) {
		t.Errorf("a link leads out without the notice page: %s", mail.HTML)
	}
	return strings.TrimPrefix(stop, w.base.String())
}

// stops: looking at the link does nothing, the mail program's one click does; the next message of the kind is left out,
// and what nobody can do without comes still, without such a link.
func (w *world) stops(t *testing.T, admin, otto, stop string) {
	t.Helper()
	if status, page := w.ask("GET", stop, ""); status != http.StatusOK || !strings.Contains(page, "New features") {
		t.Errorf("looking at the link: %d", status)
	}
	if _, page := w.ask("GET", "/account/notices", otto); strings.Contains(page, "Stopped by you") {
		t.Error("looking at the link stopped it")
	}
	for range 2 {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, w.base.String()+stop, strings.NewReader("List-Unsubscribe=One-Click"))
		w.must(err)
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		res, err := http.DefaultClient.Do(r)
		w.must(err)
		_ = res.Body.Close()
		if res.StatusCode != http.StatusOK {
			t.Errorf("one click: %d", res.StatusCode)
		}
	}
	if _, page := w.ask("GET", "/account/notices", otto); strings.Count(page, "Stopped by you") != 1 {
		t.Errorf("after it: %s", content(page))
	}
	next := w.written(admin, circularForm("features", "all"))
	w.sent(admin, next)
	w.await("vera@members.example", "News: features")
	if n := w.count("otto@members.example"); n != 1 {
		t.Errorf("who stopped it has %d messages", n)
	}
	if _, page := w.ask("GET", next, admin); strings.Contains(page, "they do not want this kind: 1") || !strings.Contains(page, "Sent: 2") { // so few that it could be seen who
		t.Errorf("the report of it: %s", content(page))
	}
	w.sent(admin, w.written(admin, circularForm("billing", "all")))
	mail := w.await("otto@members.example", "News: billing")
	if mail.GetHeader("List-Unsubscribe")+mail.GetHeader("List-Unsubscribe-Post") != "" || strings.Contains(mail.Text+mail.HTML, "/unsubscribe/") {
		t.Errorf("what is needed can be stopped: %s", mail.Text)
	}
}

// chooses: the page ticks what comes, what is needed cannot be unticked, and each change is shown.
func (w *world) chooses(t *testing.T, vera string) {
	t.Helper()
	_, page := w.ask("GET", "/account/notices", vera)
	for field, want := range map[string]string{"features": " checked", "help-desk": " checked", "billing": " checked disabled", "functionality": " checked disabled"} {
		if !strings.Contains(page, `name="get_`+field+`" value="1"`+want+">") {
			t.Errorf("%s is not%s: %s", field, want, content(page))
		}
	}
	if status, _ := w.post(vera, "/account/notices", url.Values{"get_features": {"1"}}); status != http.StatusSeeOther {
		t.Errorf("choosing: %d", status)
	}
	if _, page = w.ask("GET", "/account/notices", vera); strings.Count(page, "Stopped by you") != 1 || !strings.Contains(page, `name="get_help-desk" value="1">`) {
		t.Errorf("afterwards: %s", content(page))
	}
}

// readOwn: each finds on their own pages what was sent to them, and nothing else.
func (w *world) readOwn(t *testing.T, path, otto, admin string) {
	t.Helper()
	_, id, _ := strings.Cut(path, "messages/")
	_, list := w.ask("GET", "/account/notices", otto)
	if !strings.Contains(list, "/account/notices/"+id) || strings.Count(list, `href="/account/notices/`) != 2 {
		t.Errorf("otto's list: %s", content(list))
	}
	if status, page := w.ask("GET", "/account/notices/"+id, otto); status != http.StatusOK || !strings.Contains(page, "A canary.") {
		t.Errorf("otto reads: %d", status)
	}
	status, foreign := w.ask("GET", "/account/notices/"+id, admin) // not certified: it was not for them
	_, absent := w.ask("GET", "/account/notices/7", admin)
	if status != http.StatusNotFound || varying.ReplaceAllString(foreign, "") != varying.ReplaceAllString(strings.ReplaceAll(absent, "/7", "/"+id), "") {
		t.Errorf("what was sent to others: %d", status)
	}
}

// TestServiceMessageToWhoLeft: whoever left the group while a slow relay was at work gets no mail
// that was not handed over yet.
func TestServiceMessageToWhoLeft(t *testing.T) {
	t.Parallel()
	r := &slowRelay{got: map[string]time.Time{}}
	w := begin(t, "sqlite", func(c *Config) { c.SMTPURL = "smtp://" + served(t, r) })
	var handles []string
	for i := range 40 {
		handles = append(handles, fmt.Sprintf("m%02d", i))
	}
	people := w.members(handles...)
	inner, _, _ := w.group("inner", forum.Hidden)
	w.enter(inner, w.admin)
	for _, m := range people {
		w.enter(inner, m)
	}
	w.settled()
	r.mu.Lock()
	clear(r.got)
	r.mu.Unlock()
	r.text.Store(int64(1500 * time.Millisecond))
	id, err := w.forum.WriteCircular(t.Context(), w.admin, forum.CircularDraft{Kind: "features", Circle: forum.ToGroup, Group: inner.ID, Subject: "Secret", Source: "S", Key: w.key()})
	w.must(err)
	w.must(w.forum.SendCircular(t.Context(), w.admin, id, 1))
	w.eventually("the first mails are under way", func() bool { r.mu.Lock(); defer r.mu.Unlock(); return len(r.got) > 0 })
	for _, h := range handles[4:] {
		w.must(w.forum.ChooseNotices(t.Context(), people[h], []string{"features"}))
		_, err := w.store.Writer().NewRaw("UPDATE memberships SET standing = 0 WHERE group_id = ? AND member_id = ?", inner.ID, people[h].Member).Exec(t.Context())
		w.must(err)
	}
	left := time.Now()
	w.settled()
	r.mu.Lock()
	defer r.mu.Unlock()
	late := 0
	for i, h := range handles {
		at, got := r.got[h+"@members.example"]
		if i >= 4 && got && at.Sub(left) > time.Second {
			t.Errorf("%s got it %v after they left", h, at.Sub(left))
		}
		if i >= 4 && !got {
			late++
		}
		if i < 4 && !got {
			t.Errorf("%s got nothing", h)
		}
	}
	if late < 10 {
		t.Errorf("only %d had left in time", late)
	}
}

// TestKilledWhileSending: the program is killed (-9) while a service message goes out; after the next start nobody has
// it twice, and everybody has it but those whose mail was on a connection, or claimed for one, when it was killed.
func TestKilledWhileSending(t *testing.T) {
	const inHand = 16 // eight on connections, and eight that the other hand has claimed
	dir := t.TempDir()
	binary := built(t, dir)
	sink := &counting{got: map[string]int{}}
	data, path, cookie := messageWorld(t, dir, 300)
	flags := []string{"--smtp-url=smtp://" + served(t, sink), "--staff-factor=off"}
	base, kill := launch(t, binary, data, flags...)
	if !postForm(base, cookie, path+"/send", url.Values{"version": {"1"}}) {
		t.Fatal("it was not sent")
	}
	for end := time.Now().Add(20 * time.Second); sink.count() < 60 && time.Now().Before(end); time.Sleep(2 * time.Millisecond) {
	}
	kill()
	before := sink.count()
	if before < 60 || before >= 301 {
		t.Fatalf("%d had it when the program was killed", before)
	}
	base, kill = launch(t, binary, data, flags...)
	defer kill()
	if !postForm(base, cookie, path+"/send", url.Values{"version": {"1"}}) { // the second click
		t.Error("the page does not answer")
	}
	for end := time.Now().Add(60 * time.Second); sink.count() < 301-inHand && time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
	}
	time.Sleep(time.Second)
	sink.mu.Lock()
	defer sink.mu.Unlock()
	for to, n := range sink.got {
		if n != 1 {
			t.Errorf("%s has it %d times", to, n)
		}
	}
	if n := len(sink.got); n < 301-inHand {
		t.Errorf("%d of 301 have it", n)
	}
	t.Logf("%d before the kill, %d in the end", before, len(sink.got))
}

// counting is a relay that takes a few milliseconds for each mail, and counts service messages by
// their recipient.
type counting struct {
	mu  sync.Mutex
	got map[string]int
}

type countingSession struct {
	c  *counting
	to string
}

func (c *counting) NewSession(*smtp.Conn) (smtp.Session, error) { return &countingSession{c: c}, nil }

func (c *counting) count() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.got)
}

func (s *countingSession) Mail(string, *smtp.MailOptions) error { return nil }
func (s *countingSession) Rcpt(to string, _ *smtp.RcptOptions) error {
	s.to = to
	return nil
}
func (s *countingSession) Data(r io.Reader) error {
	raw, err := io.ReadAll(r)
	if strings.Contains(string(raw), "Subject: Journal") {
		s.c.mu.Lock()
		s.c.got[s.to]++
		s.c.mu.Unlock()
	}
	time.Sleep(10 * time.Millisecond)
	return err
}
func (s *countingSession) Reset()        {}
func (s *countingSession) Logout() error { return nil }

// served serves a relay on a free port.
func served(t *testing.T, relay smtp.Backend) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	srv := smtp.NewServer(relay)
	srv.Domain = "slow.example"
	go func() { _ = srv.Serve(l) }()
	t.Cleanup(func() { _ = srv.Close() })
	return l.Addr().String()
}

// messageWorld makes a forum of the administrator and so many members, and a service message to all
// of them that is not sent yet.
func messageWorld(t *testing.T, dir string, members int) (data, path, cookie string) {
	t.Helper()
	ctx, data := t.Context(), filepath.Join(dir, "data")
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	key, err := keyFile(filepath.Join(data, "secret.key"))
	must(err)
	store, err := openStore(ctx, &Config{DataDir: data})
	must(err)
	defer func() { _ = store.Close() }()
	f := forum.New(store, forum.Options{Secret: key})
	id, err := f.SetUp(ctx, f.SetUpToken(), person("admin"), forumtest.Organisation)
	must(err)
	admin, err := f.ActorFor(ctx, id)
	must(err)
	var all []forum.Registration
	for i := range members {
		all = append(all, person(fmt.Sprintf("m%dx", i)))
	}
	_, err = f.Adopt(ctx, admin, all)
	must(err)
	message, err := f.WriteCircular(ctx, admin, forum.CircularDraft{Kind: "functionality", Subject: "Journal", Source: "Begin.", Key: "begin"})
	must(err)
	in, err := f.LogIn(ctx, "admin", forumtest.Password, "", "")
	must(err)
	return data, fmt.Sprintf("/staff/messages/%d", message), "__Host-session=" + in.Session
}

// postForm posts a form and tells whether it was done.
func postForm(base, cookie, path string, form url.Values) bool {
	r, err := http.NewRequest(http.MethodPost, base+path, strings.NewReader(form.Encode()))
	if err != nil {
		return false
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Origin", base)
	r.Header.Set("Cookie", cookie)
	res, err := (&http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}).Do(r)
	if err != nil {
		return false
	}
	_ = res.Body.Close()
	return res.StatusCode == http.StatusSeeOther
}
