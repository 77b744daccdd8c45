package main

import (
	"html"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"peergroups/forum"
	"peergroups/forum/forumtest"
)

// client is a browser without scripts: it keeps cookies and follows no redirect.
type client struct {
	w     *world
	jar   map[string]string
	fresh map[string]*http.Cookie // those of the last answer
	to    string                  // where it leads
	cache string                  // what the last answer says about keeping it
	head  http.Header             // of the last answer
}

func (w *world) client() *client { return &client{w: w, jar: map[string]string{}} }

func (c *client) do(r *http.Request) (int, string) {
	c.w.t.Helper()
	for name, value := range c.jar {
		r.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	r.Header.Set("User-Agent", "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0")
	res, err := (&http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}).Do(r)
	c.w.must(err)
	defer func() { _ = res.Body.Close() }()
	b, err := io.ReadAll(res.Body)
	c.w.must(err)
	c.head = res.Header
	c.fresh, c.to, c.cache = map[string]*http.Cookie{}, res.Header.Get("Location"), res.Header.Get("Cache-Control")
	for _, k := range res.Cookies() {
		c.fresh[k.Name] = k
		if c.jar[k.Name] = k.Value; k.MaxAge < 0 {
			delete(c.jar, k.Name)
		}
	}
	return res.StatusCode, string(b)
}

func (c *client) get(path string) (int, string) {
	c.w.t.Helper()
	r, err := http.NewRequestWithContext(c.w.t.Context(), http.MethodGet, c.w.base.String()+path, nil)
	c.w.must(err)
	return c.do(r)
}

func (c *client) post(path string, form url.Values) (int, string) {
	c.w.t.Helper()
	r, err := http.NewRequestWithContext(c.w.t.Context(), http.MethodPost, c.w.base.String()+path, strings.NewReader(form.Encode()))
	c.w.must(err)
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Origin", c.w.base.String())
	return c.do(r)
}

// login logs in by password; what follows from it is the caller's to ask.
func (c *client) login(handle string, more url.Values) (int, string) {
	c.w.t.Helper()
	form := url.Values{"login": {handle}, "password": {forumtest.Password}}
	for k, v := range more {
		form[k] = v
	}
	return c.post("/login", form)
}

// hidden gives a field that a page holds.
func hidden(t *testing.T, page, name string) string {
	t.Helper()
	m := regexp.MustCompile(`name="` + name + `" value="([^"]*)"`).FindStringSubmatch(page)
	if m == nil {
		t.Fatalf("no field %s in %s", name, page)
	}
	return html.UnescapeString(m[1])
}

// code is what an app of the secret shows now, or some steps from now.
func (w *world) code(secret string, steps int) string {
	w.t.Helper()
	c, err := totp.GenerateCode(secret, time.Now().Add(time.Duration(w.offset.Load())).Add(time.Duration(steps)*30*time.Second))
	w.must(err)
	return c
}

// app sets up an authenticator app by the pages.
func (c *client) app() (secret string, codes []string) {
	c.w.t.Helper()
	t := c.w.t.(*testing.T)
	status, page := c.post("/account/security/app", url.Values{"password": {forumtest.Password}})
	m := regexp.MustCompile(`<code>([A-Z2-7 ]+)</code>`).FindStringSubmatch(page)
	if status != http.StatusOK || m == nil || !strings.Contains(page, `<path d="M0 0h1`) || c.cache != "no-store" {
		t.Fatalf("the set-up shows %d %s", status, page)
	}
	secret = strings.ReplaceAll(m[1], " ", "")
	asked := hidden(t, page, "asked")
	if status, page := c.post("/account/security/app/confirm", url.Values{"asked": {asked}, "code": {"000000"}}); status != http.StatusUnprocessableEntity || !strings.Contains(page, m[1]) || !strings.Contains(page, "code-error") {
		t.Errorf("a wrong first code: %d", status)
	}
	status, page = c.post("/account/security/app/confirm", url.Values{"asked": {asked}, "code": {c.w.code(secret, 0)}})
	for _, found := range regexp.MustCompile(`<code>([a-z2-7-]{14})</code>`).FindAllStringSubmatch(page, -1) {
		codes = append(codes, found[1])
	}
	if status != http.StatusOK || len(codes) != 10 || c.cache != "no-store" {
		t.Fatalf("the first code: %d %s", status, page)
	}
	return secret, codes
}

// TestSecondFactorOnTheWeb: an app is set up by the pages; after it a password leads to the
// second step, in a cookie of its own that opens nothing; the answers to known and unknown are
// the same; and mails tell of each change.
func TestSecondFactorOnTheWeb(t *testing.T) { onBoth(t, secondFactorOnTheWeb) }

func secondFactorOnTheWeb(t *testing.T, w *world) {
	w.members("otto", "olga")
	otto := w.client()
	if status, _ := otto.login("otto", nil); status != http.StatusSeeOther || otto.to != "/" || otto.jar["__Host-session"] == "" {
		t.Fatalf("without a factor: %d to %s", status, otto.to)
	}
	before := otto.jar["__Host-session"]
	secret, codes := otto.app()
	if now := otto.jar["__Host-session"]; now == before || now == "" {
		t.Error("the session keeps its token")
	}
	w.await("otto@members.example", "authenticator app was set up")
	if status, page := otto.get("/account/security"); status != http.StatusOK || !strings.Contains(page, "10 codes are left") || strings.Contains(page, secret) {
		t.Errorf("the page of security: %d", status)
	}

	w.offset.Add(int64(time.Minute))
	thief := w.client()
	if status, _ := thief.login("otto", url.Values{"next": {"/groups"}}); status != http.StatusSeeOther || thief.to != "/login/second?next=%2Fgroups" || thief.jar["__Host-session"] != "" {
		t.Fatalf("with a factor: %d to %s", status, thief.to)
	}
	k := thief.fresh["__Host-step"]
	if k == nil || !k.Secure || !k.HttpOnly || k.SameSite != http.SameSiteLaxMode || k.MaxAge != 600 || k.Path != "/" || k.Domain != "" {
		t.Errorf("the cookie of the step: %+v", k)
	}
	for _, path := range []string{"/account", "/account/security"} {
		if status, _ := thief.get(path); status != http.StatusSeeOther || !strings.HasPrefix(thief.to, "/login") {
			t.Errorf("%s after the password alone: %d to %s", path, status, thief.to)
		}
	}
	as := w.client()
	as.jar["__Host-session"] = thief.jar["__Host-step"]
	if status, _ := as.get("/account"); status != http.StatusSeeOther {
		t.Errorf("the step's token as a session: %d", status)
	}
	if status, page := thief.get("/login/second?next=%2Fgroups"); status != http.StatusOK || hidden(t, page, "next") != "/groups" || !strings.Contains(page, `autocomplete="one-time-code"`) {
		t.Errorf("the second step: %d", status)
	}
	for _, form := range []url.Values{{}, {"code": {"000000", w.code(secret, 0)}}, {"code": {strings.Repeat("1", 1<<19)}}, {"code[]": {w.code(secret, 0)}}} {
		if status, page := thief.post("/login/second", form); status != http.StatusUnprocessableEntity || !strings.Contains(page, "code-error") || thief.jar["__Host-session"] != "" {
			t.Errorf("a wrong code: %d", status)
		}
	}
	if status, _ := w.post("__Host-step="+thief.jar["__Host-step"], "/login/second", url.Values{"code": {w.code(secret, 0)}}, "Origin", "https://evil.example"); status != http.StatusForbidden {
		t.Errorf("from another site: %d", status)
	}
	if status, _ := thief.post("/login/second", url.Values{"code": {w.code(secret, 0)}, "next": {"//evil.example"}}); status != http.StatusSeeOther || thief.to != "/" || thief.jar["__Host-step"] != "" {
		t.Errorf("the right code: %d to %s", status, thief.to)
	}
	if status, _ := thief.get("/account"); status != http.StatusOK {
		t.Errorf("after it: %d", status)
	}

	// Another's step takes no code of one's own, and a recovery code lets its owner in.
	olga := w.client()
	olga.login("olga", nil)
	hers, _ := olga.app()
	w.offset.Add(int64(time.Minute))
	mixed := w.client()
	mixed.login("otto", nil)
	if status, _ := mixed.post("/login/second", url.Values{"code": {w.code(hers, 0)}}); status != http.StatusUnprocessableEntity {
		t.Errorf("olga's code in otto's step: %d", status)
	}
	if status, _ := mixed.post("/login/second", url.Values{"code": {codes[3]}}); status != http.StatusSeeOther {
		t.Errorf("a recovery code: %d", status)
	}
	w.await("otto@members.example", "recovery code was used")

	// Who guesses passwords learns neither whom there is nor who has a factor.
	answers := map[string]bool{}
	for _, login := range []string{"otto", "nobody-here"} {
		c := w.client()
		status, page := c.post("/login", url.Values{"login": {login}, "password": {strings.Repeat("x", 1<<19)}})
		if status != http.StatusUnprocessableEntity || len(c.jar) != 0 {
			t.Errorf("%s with a wrong password: %d, cookies %v", login, status, c.jar)
		}
		page = regexp.MustCompile(`data-options="[^"]*"|name="state" value="[^"]*"`).ReplaceAllString(strings.ReplaceAll(page, login, ""), "") // what passkeys are asked is new each time
		answers[varying.ReplaceAllString(page, "")] = true
	}
	if len(answers) != 1 {
		t.Error("known and unknown are answered differently")
	}

	if status, page := mixed.post("/account/security/codes", url.Values{"password": {"wrong"}}); status != http.StatusUnprocessableEntity || !strings.Contains(page, "password-error") || strings.Contains(page, `value="wrong"`) {
		t.Errorf("new codes with a wrong password: %d", status)
	}
	if status, page := mixed.post("/account/security/codes", url.Values{"password": {forumtest.Password}}); status != http.StatusOK || strings.Count(page, "<li><code>") != 10 {
		t.Errorf("new codes: %d", status)
	}
	if status, _ := otto.get("/account"); status != http.StatusSeeOther {
		t.Errorf("the other session after a change: %d", status)
	}
	if status, _ := mixed.post("/account/security/app/remove", url.Values{"password": {forumtest.Password}}); status != http.StatusSeeOther || mixed.to != "/account/security?done=factor-removed" {
		t.Errorf("the app is removed: %d to %s", status, mixed.to)
	}
	w.await("otto@members.example", "authenticator app was removed")
	if status, _ := w.client().login("otto", nil); status != http.StatusSeeOther {
		t.Errorf("a login without the factor: %d", status)
	}
}

// TestStaffOnTheWeb: without a second factor a role opens no door of the staff; its holder is
// told so and led to set one up, and comes in after it. What another lost is taken away.
func TestStaffOnTheWeb(t *testing.T) { onBoth(t, staffOnTheWeb) }

func staffOnTheWeb(t *testing.T, w *world) {
	people := w.members("otto")
	admin := w.client()
	if admin.login("admin", nil); admin.to != "/account/security" {
		t.Errorf("a login leads who has a role to %s", admin.to)
	}
	for row := range matrix {
		method, path, _ := strings.Cut(row, " ")
		if !strings.HasPrefix(path, "/staff") || strings.Contains(path, "{") {
			continue
		}
		if method == "get" {
			if status, page := admin.get(path); status != http.StatusSeeOther || admin.to != "/account/security" {
				t.Errorf("%s by password alone: %d to %s %s", row, status, admin.to, page)
			}
		} else if status, page := admin.post(path, url.Values{}); status != http.StatusForbidden || !strings.Contains(page, "second factor") {
			t.Errorf("%s by password alone: %d %s", row, status, content(page))
		}
	}
	if status, page := admin.get("/account/security"); status != http.StatusOK || !strings.Contains(page, "You hold a role") || !strings.Contains(page, "you have none yet") {
		t.Errorf("they are told nothing: %d", status)
	}
	secret, _ := admin.app()
	if status, _ := admin.get("/staff"); status != http.StatusOK {
		t.Errorf("the session in which it was set up: %d", status)
	}

	w.offset.Add(int64(time.Minute))
	_, err := w.store.Writer().NewRaw("UPDATE sessions SET strong = 0").Exec(t.Context())
	w.must(err)
	if status, page := admin.get("/account/security"); status != http.StatusOK || !strings.Contains(page, "/account/security/prove") {
		t.Errorf("with a factor that was not shown: %d", status)
	}
	if status, _ := admin.get("/account/security/codes"); status != http.StatusSeeOther || admin.to != "/account/security/prove?next=%2Faccount%2Fsecurity%2Fcodes" {
		t.Errorf("a change leads %d to %s", status, admin.to)
	}
	if status, _ := admin.post("/account/security/codes", url.Values{"password": {forumtest.Password}}); status != http.StatusSeeOther || !strings.HasPrefix(admin.to, "/account/security/prove") {
		t.Errorf("a change by password alone: %d to %s", status, admin.to)
	}
	if status, page := admin.post("/account/security/prove", url.Values{"code": {"111111"}, "next": {"/staff"}}); status != http.StatusUnprocessableEntity || hidden(t, page, "next") != "/staff" {
		t.Errorf("a wrong code: %d", status)
	}
	if status, _ := admin.post("/account/security/prove", url.Values{"code": {w.code(secret, 0)}, "next": {"/staff"}}); status != http.StatusSeeOther || admin.to != "/staff" {
		t.Errorf("the right one: %d to %s", status, admin.to)
	}
	if status, _ := admin.get("/staff"); status != http.StatusOK {
		t.Errorf("after it: %d", status)
	}

	otto := w.client()
	otto.login("otto", nil)
	otto.app()
	w.offset.Add(int64(8 * 24 * time.Hour))
	_, err = w.store.Writer().NewRaw("UPDATE sessions SET expires_at = ?", forum.At(time.Now().AddDate(0, 1, 0))).Exec(t.Context())
	w.must(err)
	if status, page := admin.post("/staff/roles/factors", url.Values{"factor_login": {"otto"}}); status != http.StatusUnprocessableEntity || !strings.Contains(page, "reason-error") || !strings.Contains(page, `value="otto"`) {
		t.Errorf("without a reason: %d", status)
	}
	if status, _ := admin.post("/staff/roles/factors", url.Values{"factor_login": {"otto"}, "reason": {"His phone fell into the lake."}}); status != http.StatusSeeOther {
		t.Errorf("with one: %d", status)
	}
	if m := w.await("otto@members.example", "Your second factors were taken away"); !strings.Contains(m.Text, "fell into the lake") || !strings.Contains(m.Text, "Admin Test") {
		t.Errorf("the member reads %s", m.Text)
	}
	if m := w.await("admin@members.example", "The second factors of Otto Test were taken away"); !strings.Contains(m.Text, "fell into the lake") {
		t.Errorf("administrators read %s", m.Text)
	}
	if a, err := w.forum.ActorOf(t.Context(), otto.jar["__Host-session"]); err != nil || a.Member != 0 || people["otto"].Member == 0 {
		t.Errorf("the session goes on: %+v %v", a, err)
	}
}

// TestSocketsOfWeakSessions: an open socket ends when its session is no longer a strong one.
func TestSocketsOfWeakSessions(t *testing.T) {
	t.Parallel()
	w := begin(t, "sqlite", nil)
	admin := w.client()
	admin.login("admin", nil)
	admin.app()
	socket, err := w.socket("__Host-session="+admin.jar["__Host-session"], w.base.String())
	w.must(err)
	if status, _ := admin.post("/account/security/app/remove", url.Values{"password": {forumtest.Password}}); status != http.StatusSeeOther {
		t.Fatalf("%d", status)
	}
	w.must(socket.SetReadDeadline(time.Now().Add(10 * time.Second)))
	for {
		if _, _, err := socket.ReadMessage(); err != nil {
			if !strings.Contains(err.Error(), "close") {
				t.Errorf("it goes on: %v", err)
			}
			return
		}
	}
}

// TestStaffFactorSetting: required is the default; the setting, and the demo, do without.
func TestStaffFactorSetting(t *testing.T) {
	t.Parallel()
	w := begin(t, "sqlite", func(c *Config) { c.StaffFactor = "off" })
	admin := w.client()
	admin.login("admin", nil)
	if status, _ := admin.get("/staff"); status != http.StatusOK {
		t.Errorf("where it is off: %d", status)
	}
	for _, c := range []struct {
		setting string
		demo    bool
		want    bool
	}{{"required", false, false}, {"off", false, true}, {"required", true, false}} { // the last: a forum of real people that was started as a demo
		if lax, err := w.lax(t.Context(), &Config{StaffFactor: c.setting}, parts{Demo: c.demo}); err != nil || lax != c.want {
			t.Errorf("%+v: %v %v", c, lax, err)
		}
	}
}

// TestOwnAccountOnTheWeb: password and address are changed by their pages; forms keep what was
// typed, but no password; the link of a mail asks for a press of its button; and an address
// that is somebody's is answered like a free one.
func TestOwnAccountOnTheWeb(t *testing.T) { onBoth(t, ownAccountOnTheWeb) }

func ownAccountOnTheWeb(t *testing.T, w *world) {
	w.members("otto", "olga")
	otto, other := w.client(), w.client()
	otto.login("otto", nil)
	other.login("otto", nil)
	socket, err := w.socket("__Host-session="+other.jar["__Host-session"], w.base.String())
	w.must(err)
	const fresh = "a new long password"
	for _, form := range []url.Values{{"password": {"wrong"}, "new_password": {fresh}}, {"password": {forumtest.Password}, "new_password": {"tiny-7"}}, {"password": {forumtest.Password}, "new_password": {strings.Repeat("a", 1<<19)}}} {
		if status, page := otto.post("/account/security/password", form); status != http.StatusUnprocessableEntity || !strings.Contains(page, "password-error") && !strings.Contains(page, "new_password-error") || strings.Contains(page, form.Get("new_password")) {
			t.Errorf("%d", status)
		}
	}
	if status, _ := otto.post("/account/security/password", url.Values{"password": {forumtest.Password}, "new_password": {fresh}}); status != http.StatusSeeOther || otto.to != "/account/security?done=password-changed" {
		t.Fatalf("the password: %d to %s", status, otto.to)
	}
	w.await("otto@members.example", "Your password was changed")
	if status, _ := other.get("/account"); status != http.StatusSeeOther {
		t.Errorf("the other session: %d", status)
	}
	w.must(socket.SetReadDeadline(time.Now().Add(10 * time.Second)))
	for { // the open socket of the other session is closed
		if _, _, err := socket.ReadMessage(); err != nil {
			if !strings.Contains(err.Error(), "close") {
				t.Errorf("the other session's socket: %v", err)
			}
			break
		}
	}

	if status, page := otto.post("/account/security/address", url.Values{"password": {fresh}, "email": {"not an address"}}); status != http.StatusUnprocessableEntity || !strings.Contains(page, "email-error") || !strings.Contains(page, `value="not an address"`) {
		t.Errorf("a bad address: %d", status)
	}
	answers := map[string]bool{}
	for _, address := range []string{"olga@members.example", "free@members.example"} {
		status, _ := otto.post("/account/security/address", url.Values{"password": {fresh}, "email": {address}})
		_, page := otto.get("/account/security")
		_, mails := otto.get("/account/mail")
		if status != http.StatusSeeOther || otto.to != "" || !strings.Contains(page, address+" waits to be confirmed") || strings.Contains(mails, address) {
			t.Errorf("%s: %d", address, status)
		}
		answers[strings.ReplaceAll(page, address, "")] = true
	}
	if len(answers) != 1 {
		t.Error("a free address and another's are answered differently")
	}
	w.await("olga@members.example", "Somebody asked to use your address")
	w.await("otto@members.example", "A new mail address was asked for")
	link := regexp.MustCompile(`/address/[a-z2-7]+`).FindString(w.await("free@members.example", "Confirm your new address").Text)
	if status, _ := w.client().get(link); status != http.StatusSeeOther { // who only reads the letter box
		t.Errorf("the link of a stranger: %d", status)
	}
	phone := otto
	status, page := phone.get(link)
	if status != http.StatusOK || !strings.Contains(page, `method="post" action="/address"`) {
		t.Fatalf("the link: %d", status)
	}
	if m, err := w.forum.MemberByLogin(t.Context(), "free@members.example"); err == nil {
		t.Errorf("looking at the link confirmed it for %v", m)
	}
	if status, _ := phone.post("/address", url.Values{"token": {hidden(t, page, "token")}}); status != http.StatusSeeOther {
		t.Errorf("the button: %d", status)
	}
	if status, _ := phone.get(link); status != http.StatusConflict {
		t.Errorf("a used link: %d", status)
	}
	w.await("free@members.example", "This is your address")
	if m := w.await("otto@members.example", "was changed"); strings.Contains(m.Text, "free@members.example") {
		t.Errorf("the old address reads %s", m.Text)
	}
	if status, _ := otto.get("/account"); status != http.StatusOK {
		t.Errorf("the session: %d", status)
	}
	again := w.client()
	if status, _ := again.post("/login", url.Values{"login": {"free@members.example"}, "password": {fresh}}); status != http.StatusSeeOther || again.to != "/" {
		t.Errorf("logging in by it: %d", status)
	}
}

// TestRolesAreTold: who is given a role of the staff, or relieved of one, is told by mail, and so is every other administrator.
func TestRolesAreTold(t *testing.T) { onBoth(t, rolesAreTold) }

func rolesAreTold(t *testing.T, w *world) {
	people := w.members("ada", "rita")
	w.must(w.forum.Grant(t.Context(), w.admin, people["ada"].Member, forum.Administrator))
	w.await("ada@members.example", "You have a role: Administrator")
	w.must(w.forum.Grant(t.Context(), w.admin, people["rita"].Member, forum.Reviewer))
	w.await("rita@members.example", "You have a role: Certification reviewer")
	for _, to := range []string{"ada@members.example", "admin@members.example"} {
		if mail := w.await(to, "Rita Test has a role"); !strings.Contains(mail.Text, "Admin Test has given Rita Test") {
			t.Errorf("%s reads %s", to, mail.Text)
		}
	}
	w.must(w.forum.Relieve(t.Context(), w.admin, people["ada"].Member, forum.Administrator, "moves on\n\nto other things"))
	if mail := w.await("ada@members.example", "Your role has ended"); !strings.Contains(mail.Text, "“moves on") {
		t.Errorf("ada reads %s", mail.Text)
	}
	w.await("admin@members.example", "Ada Test has no longer a role")
}
