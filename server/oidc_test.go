package main

import (
	"crypto"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html"
	"math/big"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"peergroups/forum"
	"peergroups/forum/forumtest"
)

// idp is a login service of a test's own: an OpenID provider that lets in whoever is asked for.
type idp struct {
	*httptest.Server
	t   *testing.T
	now func() time.Time

	mu     sync.Mutex
	codes  map[string]grant
	next   string // whom /authorize lets in
	calls  atomic.Int64
	down   atomic.Bool                         // closes each connection
	slow   atomic.Bool                         // does not answer
	inForm bool                                // takes the forum's secret in the form only
	meta   func(map[string]any)                // changes what it tells of itself
	claim  func(map[string]any)                // changes its ID tokens
	sign   func(head, body map[string]any) any // instead of its key
	token  func(w http.ResponseWriter)         // instead of its tokens
}

// grant is what a code stands for.
type grant struct{ who, nonce, challenge, back string }

var idpKey = sync.OnceValue(func() *rsa.PrivateKey {
	k, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return k
})

func newIDP(t *testing.T) *idp {
	p := &idp{t: t, now: time.Now, codes: map[string]grant{}}
	p.Server = httptest.NewServer(p)
	t.Cleanup(func() { p.slow.Store(false); p.Close() })
	return p
}

// set is the configuration that names it.
func (p *idp) set(c *Config) {
	c.OIDCIssuer, c.OIDCClientID, c.OIDCSecret, c.OIDCName = p.URL, "forum", "s3cret of the forum", "Guild Login"
}

// at starts a server that knows it, and the clock of which it tells.
func (p *idp) at(t *testing.T, dialect string) *world {
	w := begin(t, dialect, p.set)
	p.now = func() time.Time { return time.Now().Add(time.Duration(w.offset.Load())) }
	return w
}

func (p *idp) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.calls.Add(1)
	for p.slow.Load() && r.Context().Err() == nil {
		time.Sleep(20 * time.Millisecond)
	}
	if p.down.Load() {
		panic(http.ErrAbortHandler)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	switch r.URL.Path {
	case "/.well-known/openid-configuration":
		m := map[string]any{"issuer": p.URL, "authorization_endpoint": p.URL + "/authorize", "token_endpoint": p.URL + "/token", "jwks_uri": p.URL + "/keys",
			"id_token_signing_alg_values_supported": []string{"RS256", "HS256", "none"}}
		if p.meta != nil {
			p.meta(m)
		}
		_ = json.NewEncoder(w).Encode(m)
	case "/keys":
		n := base64.RawURLEncoding.EncodeToString(idpKey().N.Bytes())
		e := base64.RawURLEncoding.EncodeToString(big.NewInt(int64(idpKey().E)).Bytes())
		_ = json.NewEncoder(w).Encode(map[string]any{"keys": []any{map[string]any{"kty": "RSA", "alg": "RS256", "use": "sig", "kid": "one", "n": n, "e": e}}})
	case "/authorize":
		http.Redirect(w, r, p.grant(r.URL, p.next), http.StatusSeeOther)
	case "/token":
		p.tokens(w, r)
	default:
		http.NotFound(w, r)
	}
}

// grant gives the way back to the forum with a code, and fails for what a provider would not take.
func (p *idp) grant(asked *url.URL, who string) string {
	q := asked.Query()
	if q.Get("response_type") != "code" || q.Get("client_id") != "forum" || q.Get("scope") != "openid" || q.Get("code_challenge_method") != "S256" || len(q.Get("code_challenge")) != 43 || q.Get("state") == "" || q.Get("nonce") == "" {
		p.t.Errorf("asked for %v", q)
	}
	code := rand.Text()
	p.codes[code] = grant{who, q.Get("nonce"), q.Get("code_challenge"), q.Get("redirect_uri")}
	return q.Get("redirect_uri") + "?" + url.Values{"code": {code}, "state": {q.Get("state")}, "iss": {p.URL}}.Encode()
}

func (p *idp) tokens(w http.ResponseWriter, r *http.Request) {
	id, secret, _ := r.BasicAuth()
	secret, _ = url.QueryUnescape(secret)
	if p.inForm {
		id, secret = r.PostFormValue("client_id"), r.PostFormValue("client_secret")
	}
	g, ok := p.codes[r.PostFormValue("code")]
	delete(p.codes, r.PostFormValue("code"))
	sum := sha256.Sum256([]byte(r.PostFormValue("code_verifier")))
	w.Header().Set("Content-Type", "application/json")
	if p.token != nil {
		p.token(w)
		return
	}
	if !ok || id != "forum" || secret != "s3cret of the forum" || g.back != r.PostFormValue("redirect_uri") || base64.RawURLEncoding.EncodeToString(sum[:]) != g.challenge {
		w.WriteHeader(http.StatusBadRequest)
		_, _ = fmt.Fprint(w, `{"error":"invalid_grant","error_description":"RAW-WORDS of the provider"}`)
		return
	}
	claims := map[string]any{"iss": p.URL, "aud": "forum", "sub": g.who, "nonce": g.nonce, "iat": p.now().Unix(), "exp": p.now().Add(5 * time.Minute).Unix()}
	if p.claim != nil {
		p.claim(claims)
	}
	head := map[string]any{"alg": "RS256", "kid": "one"}
	sign := p.sign
	if sign == nil {
		sign = func(head, body map[string]any) any { return jwt(head, body, byKey(idpKey())) }
	}
	_ = json.NewEncoder(w).Encode(map[string]any{"access_token": "a", "token_type": "Bearer", "id_token": sign(head, claims)})
}

// jwt puts a token together (RFC 7519).
func jwt(head, body map[string]any, sign func(text []byte) []byte) string {
	part := func(v any) string {
		b, err := json.Marshal(v)
		if err != nil {
			panic(err)
		}
		return base64.RawURLEncoding.EncodeToString(b)
	}
	text := part(head) + "." + part(body)
	return text + "." + base64.RawURLEncoding.EncodeToString(sign([]byte(text)))
}

func byKey(k *rsa.PrivateKey) func([]byte) []byte {
	return func(text []byte) []byte {
		sum := sha256.Sum256(text)
		s, err := rsa.SignPKCS1v15(rand.Reader, k, crypto.SHA256, sum[:])
		if err != nil {
			panic(err)
		}
		return s
	}
}

func byMAC(secret string) func([]byte) []byte {
	return func(text []byte) []byte {
		h := hmac.New(sha256.New, []byte(secret))
		h.Write(text)
		return h.Sum(nil)
	}
}

var leadsAway = regexp.MustCompile(`href="(http://127[^"]*/authorize\?[^"]*)"`)

// away presses a button that leads to the service, and gives the way back for somebody.
func (p *idp) away(c *client, path string, form url.Values, who string) string {
	p.t.Helper()
	status, page := c.post(path, form)
	m := leadsAway.FindStringSubmatch(page)
	if status != http.StatusOK || m == nil || c.cache != "no-store" {
		p.t.Fatalf("%s leads nowhere: %d %s", path, status, content(page))
	}
	to, err := url.Parse(html.UnescapeString(m[1]))
	c.w.must(err)
	p.mu.Lock()
	defer p.mu.Unlock()
	back, err := url.Parse(p.grant(to, who))
	c.w.must(err)
	if back.Scheme+"://"+back.Host != c.w.base.String() {
		p.t.Errorf("the way back is %s", back)
	}
	return back.RequestURI()
}

// enter logs in by the service.
func (p *idp) enter(c *client, who string, form url.Values) (int, string) {
	p.t.Helper()
	return c.get(p.away(c, "/login/linked", form, who))
}

// link links the account that the browser is logged in with.
func (p *idp) link(c *client, who string) {
	p.t.Helper()
	if status, page := c.get(p.away(c, "/account/security/linked", url.Values{"password": {forumtest.Password}}, who)); status != http.StatusSeeOther || c.to != "/account/security?done=login-linked" {
		p.t.Fatalf("%s is not linked: %d to %s %s", who, status, c.to, content(page))
	}
}

// TestLoginService: nothing is asked of the service before somebody presses its button; an account
// is linked on its page of security alone; by it one gets in, to a page inside, and stays if one asked for it; the
// second factor is still asked for; and it is unlinked.
func TestLoginService(t *testing.T) {
	for _, dialect := range forumtest.Dialects {
		t.Run(dialect, func(t *testing.T) {
			t.Parallel()
			p := newIDP(t)
			p.walk(p.at(t, dialect))
		})
	}
}

func (p *idp) walk(w *world) {
	t := p.t
	w.members("otto", "olga")
	otto := w.client()
	otto.login("otto", nil)
	if status, page := otto.get("/account/security"); status != http.StatusOK || !strings.Contains(page, "Signing in with Guild Login") || !strings.Contains(page, `href="/account/security/linked"`) {
		t.Errorf("the page of security: %d", status)
	}
	guest := w.client()
	if status, page := guest.get("/login?next=/groups"); status != http.StatusOK || !strings.Contains(page, "Sign in with Guild Login") || !strings.Contains(page, `action="/login/linked"`) || len(guest.jar) != 0 {
		t.Errorf("the page of logging in: %d, cookies %v", status, guest.jar)
	}
	if status, page := otto.get("/account/security/linked"); status != http.StatusOK || !strings.Contains(page, "Link Guild Login") {
		t.Errorf("the page that asks for the password: %d", status)
	}
	if status, page := otto.post("/account/security/linked", url.Values{"password": {"wrong"}}); status != http.StatusUnprocessableEntity || !strings.Contains(page, "password-error") || otto.jar["__Host-away"] != "" {
		t.Errorf("with a wrong password: %d", status)
	}
	if n := p.calls.Load(); n != 0 {
		t.Errorf("%d calls before anybody wanted it", n)
	}

	// Who has linked nothing gets no account, and is told what to do.
	if status, page := p.enter(guest, "Otto-7", url.Values{"next": {"/groups"}}); status != http.StatusUnprocessableEntity || !strings.Contains(page, "No account here is linked") || hidden(t, page, "next") != "/groups" || guest.jar["__Host-session"] != "" || guest.jar["__Host-away"] != "" {
		t.Errorf("an unknown subject: %d %s", status, content(page))
	}
	var n int
	w.must(w.store.Writer().NewRaw("SELECT count(*) FROM members").Scan(t.Context(), &n))
	if n != 3 {
		t.Errorf("there are %d members", n)
	}

	other := w.client()
	other.login("otto", nil)
	p.link(otto, "Otto-7")
	w.await("otto@members.example", "another service was linked")
	if status, _ := other.get("/account"); status != http.StatusSeeOther {
		t.Errorf("another session after a change: %d", status)
	}
	if status, page := otto.get("/account/security"); status != http.StatusOK || !strings.Contains(page, "/account/security/linked/remove") || !strings.Contains(page, "Linked <time") || !strings.Contains(page, "</time> · last used never") || strings.Contains(page, "Otto-7") {
		t.Errorf("the page of security afterwards: %d %s", status, content(page))
	}

	status, page := guest.post("/login/linked", url.Values{"next": {"/groups"}})
	if k := guest.fresh["__Host-away"]; status != http.StatusOK || k == nil || !k.Secure || !k.HttpOnly || k.SameSite != http.SameSiteLaxMode || k.MaxAge != 600 || k.Path != "/" || k.Domain != "" || !strings.Contains(page, "On to Guild Login") {
		t.Errorf("on the way: %d %+v", status, k)
	}
	for next, to := range map[string]string{"/groups": "/groups", "//evil.example": "/", "https://evil.example": "/", "/\\evil.example": "/", "/" + strings.Repeat("x", 2000): "/"} {
		c := w.client()
		if status, _ := p.enter(c, "Otto-7", url.Values{"next": {next}}); status != http.StatusSeeOther || c.to != to || c.jar["__Host-session"] == "" || c.jar["__Host-away"] != "" || c.jar["__Host-computer"] != "" {
			t.Errorf("to %.20s: %d to %s, %v", next, status, c.to, c.jar)
		}
		if status, page := c.get("/account"); status != http.StatusOK || !strings.Contains(page, "otto") {
			t.Errorf("after it: %d", status)
		}
	}
	stays := w.client()
	if status, _ := p.enter(stays, "Otto-7", url.Values{"computer": {"1"}}); status != http.StatusSeeOther || stays.jar["__Host-computer"] == "" {
		t.Errorf("to stay logged in: %d %v", status, stays.jar)
	}
	delete(stays.jar, "__Host-session")
	if status, _ := stays.get("/account"); status != http.StatusOK {
		t.Errorf("the computer that stays logged in: %d", status)
	}

	// Another's account is not linked with it, nor by what another session asked for.
	olga := w.client()
	olga.login("olga", nil)
	if status, page := olga.get(p.away(olga, "/account/security/linked", url.Values{"password": {forumtest.Password}}, "Otto-7")); status != http.StatusForbidden || !strings.Contains(page, "linked with another account") {
		t.Errorf("one subject, two accounts: %d %s", status, content(page))
	}
	back := p.away(olga, "/account/security/linked", url.Values{"password": {forumtest.Password}}, "Olga-9")
	thief := w.client()
	thief.jar["__Host-session"], thief.jar["__Host-away"] = otto.jar["__Host-session"], olga.jar["__Host-away"]
	if status, page := thief.get(back); status != http.StatusForbidden || !strings.Contains(page, "begun in another browser") {
		t.Errorf("in another's session: %d %s", status, content(page))
	}
	back = p.away(olga, "/account/security/linked", url.Values{"password": {forumtest.Password}}, "Olga-9")
	thief = w.client()
	thief.jar["__Host-away"] = olga.jar["__Host-away"]
	if status, _ := thief.get(back); status != http.StatusUnprocessableEntity || thief.jar["__Host-session"] != "" {
		t.Errorf("in no session: %d", status)
	}
	p.link(olga, "Olga-9")

	// The second factor is asked for as after a password.
	secret, _ := olga.app()
	w.offset.Add(int64(time.Minute))
	key := w.client()
	if status, _ := p.enter(key, "Olga-9", url.Values{"next": {"/groups"}, "computer": {"1"}}); status != http.StatusSeeOther || key.to != "/login/second?next=%2Fgroups" || key.jar["__Host-session"] != "" || key.jar["__Host-step"] == "" {
		t.Errorf("with a factor: %d to %s %v", status, key.to, key.jar)
	}
	if status, _ := key.get("/account"); status != http.StatusSeeOther {
		t.Errorf("before the code: %d", status)
	}
	if status, _ := key.post("/login/second", url.Values{"code": {w.code(secret, 0)}, "next": {"/groups"}}); status != http.StatusSeeOther || key.to != "/groups" || key.jar["__Host-computer"] == "" {
		t.Errorf("after the code: %d to %s %v", status, key.to, key.jar)
	}
	admin := w.client()
	admin.login("admin", nil)
	p.link(admin, "Admin-1")
	if p.enter(admin, "Admin-1", nil); admin.to != "/account/security" {
		t.Errorf("a login leads who has a role to %s", admin.to)
	}
	if status, _ := admin.get("/staff"); status != http.StatusSeeOther || admin.to != "/account/security" {
		t.Errorf("a role without a second factor: %d to %s", status, admin.to)
	}

	by := w.client()
	p.enter(by, "Otto-7", nil)
	if status, _ := otto.post("/account/security/linked/remove", url.Values{"password": {"wrong"}}); status != http.StatusUnprocessableEntity {
		t.Errorf("unlinked with a wrong password: %d", status)
	}
	if status, page := otto.get("/account/security/linked/remove"); status != http.StatusOK || !strings.Contains(page, "Remove the linked sign-in") {
		t.Errorf("the page that asks: %d", status)
	}
	if status, _ := otto.post("/account/security/linked/remove", url.Values{"password": {forumtest.Password}}); status != http.StatusSeeOther || otto.to != "/account/security?done=login-unlinked" {
		t.Errorf("unlinked: %d to %s", status, otto.to)
	}
	w.await("otto@members.example", "no longer linked")
	if status, _ := by.get("/account"); status != http.StatusSeeOther {
		t.Errorf("a session that was begun by it: %d", status)
	}
	if status, page := p.enter(by, "Otto-7", nil); status != http.StatusUnprocessableEntity || !strings.Contains(page, "No account here is linked") {
		t.Errorf("after it: %d", status)
	}
	if status, _ := otto.post("/logout", nil); status != http.StatusSeeOther {
		t.Errorf("logging out: %d", status)
	}
}

// TestForgedAnswers: what is not, in each part, an answer of the service to this browser, for this
// forum and now, lets nobody in; nothing of the service's words is shown; and the true answer does, each time.
func TestForgedAnswers(t *testing.T) {
	t.Parallel()
	p := newIDP(t)
	w := p.at(t, "sqlite")
	w.members("otto")
	c := w.client()
	c.login("otto", nil)
	p.link(c, "Otto-7")
	claim := func(name string, value any) func(*idp) {
		return func(p *idp) { p.claim = func(m map[string]any) { m[name] = value } }
	}
	without := func(name string) func(*idp) {
		return func(p *idp) { p.claim = func(m map[string]any) { delete(m, name) } }
	}
	alg := func(name string, sign func([]byte) []byte) func(*idp) {
		return func(p *idp) {
			p.sign = func(head, body map[string]any) any {
				head["alg"] = name
				return jwt(head, body, sign)
			}
		}
	}
	foreign, err := rsa.GenerateKey(rand.Reader, 2048)
	w.must(err)
	answer := func(status int, body string) func(*idp) {
		return func(p *idp) {
			p.token = func(w http.ResponseWriter) {
				w.WriteHeader(status)
				_, _ = fmt.Fprint(w, body)
			}
		}
	}
	for what, change := range map[string]func(*idp){
		"another nonce": claim("nonce", "x"), "no nonce": without("nonce"), "an empty nonce": claim("nonce", ""),
		"another audience": claim("aud", "other"), "no audience": without("aud"), "audiences without a party": claim("aud", []string{"forum", "other"}),
		"for another party": claim("azp", "other"), "another issuer": claim("iss", "https://evil.example"), "no issuer": without("iss"),
		"expired": func(p *idp) { p.claim = func(m map[string]any) { m["exp"] = p.now().Add(-2 * time.Second).Unix() } }, "no end": without("exp"),
		"not yet":    func(p *idp) { p.claim = func(m map[string]any) { m["nbf"] = p.now().Add(time.Hour).Unix() } },
		"no subject": without("sub"), "an empty subject": claim("sub", ""), "a long subject": claim("sub", strings.Repeat("x", 256)), "a subject of another type": claim("sub", []string{"Otto-7"}), "another subject": claim("sub", "otto-7"),
		"alg none": alg("none", func([]byte) []byte { return nil }), "alg None, signed": alg("None", byKey(idpKey())), "a MAC of the secret": alg("HS256", byMAC("s3cret of the forum")),
		"a MAC of the public key": alg("HS256", byMAC(string(idpKey().N.Bytes()))), "another key": alg("RS256", byKey(foreign)), "no signature": alg("RS256", func([]byte) []byte { return nil }),
		"no token": answer(200, `{"access_token":"a","token_type":"Bearer"}`), "a number": answer(200, `{"access_token":"a","token_type":"Bearer","id_token":7}`), "a page": answer(200, `<p>RAW-WORDS</p>`),
		"refused": answer(400, `{"error":"invalid_grant","error_description":"<b>RAW-WORDS</b>"}`), "broken": answer(500, `RAW-WORDS`), "endless": answer(200, strings.Repeat("RAW-WORDS", 1<<18)),
		"led elsewhere": func(p *idp) {
			p.token = func(w http.ResponseWriter) {
				w.Header().Set("Location", p.URL+"/keys")
				w.WriteHeader(http.StatusTemporaryRedirect)
			}
		},
	} {
		p.answers(change)
		w.offset.Add(int64(40 * time.Second)) // tries are counted
		c := w.client()
		if status, page := p.enter(c, "Otto-7", nil); status != http.StatusUnprocessableEntity || c.jar["__Host-session"] != "" || strings.Contains(page, "RAW-WORDS") || !strings.Contains(page, `action="/login"`) {
			t.Errorf("%s: %d %s", what, status, content(page))
		}
		p.answers(nil)
		if status, page := p.enter(c, "Otto-7", nil); status != http.StatusSeeOther || c.jar["__Host-session"] == "" {
			t.Fatalf("the true answer after %s: %d %s", what, status, content(page))
		}
	}
	w.offset.Add(int64(time.Hour)) // tries are counted
	for what, change := range map[string]func(url.Values){
		"another state": func(q url.Values) { q.Set("state", "x") }, "no state": func(q url.Values) { q.Del("state") }, "another code": func(q url.Values) { q.Set("code", "x") }, "no code": func(q url.Values) { q.Del("code") },
		"another issuer": func(q url.Values) { q.Set("iss", "https://evil.example") }, "an error": func(q url.Values) { q.Set("error", "access_denied"); q.Set("error_description", "<script>RAW-WORDS") },
	} {
		c := w.client()
		path, query, _ := strings.Cut(p.away(c, "/login/linked", nil, "Otto-7"), "?")
		q, err := url.ParseQuery(query)
		w.must(err)
		change(q)
		if status, page := c.get(path + "?" + q.Encode()); status != http.StatusUnprocessableEntity || c.jar["__Host-session"] != "" || strings.Contains(page, "RAW-WORDS") {
			t.Errorf("%s: %d %s", what, status, content(page))
		}
	}
	a, b := w.client(), w.client()
	one, two := p.away(a, "/login/linked", nil, "Otto-7"), p.away(b, "/login/linked", nil, "Otto-7")
	if status, _ := a.get(two); status != http.StatusUnprocessableEntity || a.jar["__Host-session"] != "" {
		t.Errorf("another browser's answer: %d", status)
	}
	code := regexp.MustCompile(`code=[^&]*`)
	if status, _ := b.get(code.ReplaceAllString(two, code.FindString(one))); status != http.StatusUnprocessableEntity || b.jar["__Host-session"] != "" {
		t.Errorf("another browser's code: %d", status)
	}
	c = w.client()
	back := p.away(c, "/login/linked", nil, "Otto-7")
	kept := c.jar["__Host-away"]
	if status, _ := c.get(back); status != http.StatusSeeOther {
		t.Fatalf("once: %d", status)
	}
	again := w.client()
	again.jar["__Host-away"] = kept
	if status, page := again.get(back); status != http.StatusUnprocessableEntity || again.jar["__Host-session"] != "" || !strings.Contains(page, "has had its time") {
		t.Errorf("once more: %d", status)
	}
}

// answers has the service answer otherwise; nil: as it should.
func (p *idp) answers(change func(*idp)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.claim, p.sign, p.token = nil, nil, nil
	if change != nil {
		change(p)
	}
}

// TestServiceTellsNobody: an unknown subject and a member who may not act get the same bytes;
// other sites start, link and unlink nothing; and many tries of one source are refused.
func TestServiceTellsNobody(t *testing.T) {
	t.Parallel()
	p := newIDP(t)
	w := p.at(t, "sqlite")
	w.members("otto")
	c := w.client()
	c.login("otto", nil)
	p.link(c, "Otto-7")
	session := c.jar["__Host-session"]
	for _, path := range []string{"/login/linked", "/account/security/linked", "/account/security/linked/remove"} {
		for _, headers := range [][]string{{"Origin", "https://evil.example"}, {"Origin", ""}, {"Origin", "", "Sec-Fetch-Site", "cross-site"}} {
			if status, page := w.post("__Host-session="+session, path, url.Values{"password": {forumtest.Password}}, headers...); status != http.StatusForbidden || leadsAway.MatchString(page) {
				t.Errorf("%s from %v: %d", path, headers, status)
			}
		}
	}
	for row, want := range map[string][2]int{"get /login/linked/back": {422, 422}, "get /account/security/linked": {303, 200}, "post /account/security/linked": {403, 422}, "post /account/security/linked/remove": {403, 422}} {
		method, path, _ := strings.Cut(row, " ")
		for i, cookie := range []string{"", "__Host-session=" + session} {
			if status, _ := w.ask(method, path, cookie); status != want[i] {
				t.Errorf("%s with %q: %d", row, cookie, status)
			}
		}
	}
	_, err := w.store.Writer().NewRaw("UPDATE members SET standing = 2 WHERE handle = 'otto'").Exec(t.Context())
	w.must(err)
	answers := map[string]bool{}
	for _, who := range []string{"Otto-7", "Nobody-1"} {
		c := w.client()
		status, page := p.enter(c, who, nil)
		page = regexp.MustCompile(`data-options="[^"]*"|name="state" value="[^"]*"`).ReplaceAllString(page, "")
		answers[fmt.Sprint(status, len(c.jar), varying.ReplaceAllString(page, ""))] = true
	}
	if len(answers) != 1 {
		t.Error("a suspended member and nobody are answered differently")
	}
	for range 70 {
		if status, _ := w.client().post("/login/linked", nil); status == http.StatusTooManyRequests {
			return
		}
	}
	t.Error("tries are not counted")
}

// TestServiceAtOnce: of twenty that come back at once with the same answer one gets a session, and
// the service is asked once.
func TestServiceAtOnce(t *testing.T) {
	for _, dialect := range forumtest.Dialects {
		t.Run(dialect, func(t *testing.T) {
			t.Parallel()
			p := newIDP(t)
			w := p.at(t, dialect)
			w.members("otto")
			c := w.client()
			c.login("otto", nil)
			p.link(c, "Otto-7")
			c = w.client()
			back := p.away(c, "/login/linked", nil, "Otto-7")
			before := p.calls.Load()
			var in atomic.Int64
			var wg sync.WaitGroup
			for range 20 {
				wg.Go(func() {
					one := w.client()
					one.jar["__Host-away"] = c.jar["__Host-away"]
					if status, _ := one.get(back); status == http.StatusSeeOther && one.jar["__Host-session"] != "" {
						in.Add(1)
					}
				})
			}
			wg.Wait()
			var sessions int
			w.must(w.store.Writer().NewRaw("SELECT count(*) FROM sessions x JOIN members m ON m.id = x.member_id WHERE m.handle = 'otto'").Scan(t.Context(), &sessions))
			if in.Load() != 1 || sessions != 2 || p.calls.Load()-before != 1 {
				t.Errorf("%d got in, %d sessions, %d calls", in.Load(), sessions, p.calls.Load()-before)
			}
		})
	}
}

// TestServiceDown: while the service does not answer, answers nonsense or names what is not safe,
// a page says so within its time, and the password works; then it works again. A link can be removed meanwhile.
func TestServiceDown(t *testing.T) {
	t.Parallel()
	p := newIDP(t)
	w := p.at(t, "sqlite")
	w.members("otto", "olga")
	p.down.Store(true)
	says := func(what string) {
		t.Helper()
		c := w.client()
		if status, page := c.post("/login/linked", url.Values{"next": {"/groups"}}); status != http.StatusUnprocessableEntity || !strings.Contains(page, "does not answer just now") || len(c.jar) != 0 || hidden(t, page, "next") != "/groups" {
			t.Errorf("%s: %d %s", what, status, content(page))
		}
		if status, _ := c.login("otto", nil); status != http.StatusSeeOther {
			t.Errorf("the password, %s: %d", what, status)
		}
	}
	says("closed")
	p.down.Store(false)
	for what, meta := range map[string]func(map[string]any){
		"another issuer": func(m map[string]any) { m["issuer"] = "https://evil.example" }, "tokens in clear": func(m map[string]any) { m["token_endpoint"] = "http://evil.example/token" },
		"keys in clear": func(m map[string]any) { m["jwks_uri"] = "http://evil.example/keys" }, "a script": func(m map[string]any) { m["authorization_endpoint"] = "javascript:alert(1)" },
		"no keys": func(m map[string]any) { delete(m, "jwks_uri") },
	} {
		p.mu.Lock()
		p.meta = meta
		p.mu.Unlock()
		says(what)
	}
	p.mu.Lock()
	p.meta = nil
	p.mu.Unlock()
	p.slow.Store(true)
	began := time.Now()
	says("silent")
	if took := time.Since(began); took > 9*time.Second {
		t.Errorf("a page took %s", took)
	}
	p.slow.Store(false)

	olga := w.client()
	olga.login("olga", nil)
	p.link(olga, "Olga-9")
	back := p.away(olga, "/login/linked", nil, "Olga-9")
	p.down.Store(true)
	if status, page := olga.get(back); status != http.StatusUnprocessableEntity || !strings.Contains(page, "does not answer just now") {
		t.Errorf("down on the way: %d", status)
	}
	if status, _ := olga.post("/account/security/linked/remove", url.Values{"password": {forumtest.Password}}); status != http.StatusSeeOther {
		t.Errorf("unlinked meanwhile: %d", status)
	}
	p.down.Store(false)
	p.link(olga, "Olga-9")
	if status, _ := p.enter(olga, "Olga-9", nil); status != http.StatusSeeOther {
		t.Errorf("up again: %d", status)
	}
}

// TestServiceSaysHow: the secret goes where the service takes it, and an answer names its issuer where
// the service says that its answers do.
func TestServiceSaysHow(t *testing.T) {
	t.Parallel()
	p := newIDP(t)
	w := p.at(t, "sqlite")
	p.inForm, p.meta = true, func(m map[string]any) {
		m["token_endpoint_auth_methods_supported"], m["authorization_response_iss_parameter_supported"] = []string{"client_secret_post"}, true
	}
	w.members("otto")
	c := w.client()
	c.login("otto", nil)
	p.link(c, "Otto-7")
	c = w.client()
	back := regexp.MustCompile(`iss=[^&]*`).ReplaceAllString(p.away(c, "/login/linked", nil, "Otto-7"), "")
	if status, _ := c.get(back); status != http.StatusUnprocessableEntity || c.jar["__Host-session"] != "" {
		t.Errorf("of no issuer: %d", status)
	}
	if status, _ := p.enter(c, "Otto-7", nil); status != http.StatusSeeOther {
		t.Errorf("of its own: %d", status)
	}
}

// TestNoLoginService: without one there is no button and no way; a link with one that was set before
// is shown by its name, lets nobody in, and can be removed.
func TestNoLoginService(t *testing.T) {
	t.Parallel()
	w := begin(t, "sqlite", nil)
	people := w.members("otto", "olga")
	otto := w.client()
	otto.login("otto", nil)
	if _, page := w.client().get("/login"); strings.Contains(page, "/login/linked") {
		t.Error("a button for nothing")
	}
	if _, page := otto.get("/account/security"); strings.Contains(page, "linked") {
		t.Error("a panel for nothing")
	}
	for _, ask := range [][2]string{{"post", "/login/linked"}, {"get", "/login/linked/back?code=x&state=x"}, {"get", "/account/security/linked"}, {"post", "/account/security/linked"}} {
		if status, _ := w.ask(ask[0], ask[1], "__Host-session="+otto.jar["__Host-session"]); status != http.StatusNotFound {
			t.Errorf("%v: %d", ask, status)
		}
	}
	_, err := w.store.Writer().NewRaw("INSERT INTO linked_logins (member_id, issuer, subject, linked_at) VALUES (?, 'https://old.example/realm', 'x', 1)", people["otto"].Member).Exec(t.Context())
	w.must(err)
	if status, page := otto.get("/account/security"); status != http.StatusOK || !strings.Contains(page, "Signing in with old.example") {
		t.Errorf("one that was set before: %d", status)
	}
	if status, _ := otto.post("/account/security/linked/remove", url.Values{"password": {forumtest.Password}}); status != http.StatusSeeOther {
		t.Errorf("unlinked: %d", status)
	}
}

// TestLoginServiceSettings: all four settings or none, and an issuer that nobody can listen to; it is
// shown among the service providers.
func TestLoginServiceSettings(t *testing.T) {
	t.Parallel()
	whole := Config{OIDCIssuer: "https://login.example/realm", OIDCClientID: "forum", OIDCSecret: "s3cret", OIDCName: "Guild"}
	if on, err := whole.oidc(); !on || err != nil {
		t.Errorf("whole: %v %v", on, err)
	}
	if on, err := new(Config).oidc(); on || err != nil {
		t.Errorf("none: %v %v", on, err)
	}
	for want, change := range map[string]func(*Config){"OIDC_ISSUER": func(c *Config) { c.OIDCIssuer = "" }, "OIDC_CLIENT_ID": func(c *Config) { c.OIDCClientID = "" }, "OIDC_CLIENT_SECRET": func(c *Config) { c.OIDCSecret = "" }, "OIDC_NAME": func(c *Config) { c.OIDCName = "" }} {
		c := whole
		change(&c)
		c.Listen, c.DataDir, c.SMTPListen = "127.0.0.1", t.TempDir(), "off"
		if _, err := start(t.Context(), &c, parts{Now: time.Now}); err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "s3cret") {
			t.Errorf("without %s: %v", want, err)
		}
	}
	for issuer, good := range map[string]bool{"https://login.example": true, "http://127.0.0.1:99": true, "http://localhost:99/x": true, "http://[::1]:99": true, "http://login.example": false, "http://127.0.0.1.evil.example": false, "login.example": false,
		"https://": false, "ftp://login.example": false, "https://a:b@login.example": false, "https://login.example#x": false, "https://login.example?x=1": false, "javascript:alert(1)": false} {
		c := whole
		c.OIDCIssuer = issuer
		if on, err := c.oidc(); on != good || good != (err == nil) {
			t.Errorf("%s: %v %v", issuer, on, err)
		}
	}
	if used := whole.used(); !slices.Equal(used, []string{"OIDC_ISSUER"}) || !slices.ContainsFunc(forum.Providers, func(p forum.Provider) bool { return p.Setting == "OIDC_ISSUER" }) {
		t.Errorf("in use: %v", used)
	}
}

// TestLoginServiceInTheBrowser: a real browser is led there and back, by itself, past the guards of
// our pages.
func TestLoginServiceInTheBrowser(t *testing.T) {
	p := newIDP(t)
	w := p.at(t, "sqlite")
	w.members("otto")
	p.next = "Otto-7"
	b := w.browsers()("otto")
	b.login("otto")
	b.open("/account/security")
	b.press(`a[href="/account/security/linked"]`)
	b.fill("password", forumtest.Password)
	b.press("main form button:not([type=button])")
	b.sees("The sign-in is linked")
	b.open("/account")
	b.press(`form[action="/logout"] button`)
	b.open("/login?next=/groups")
	b.press(`form[action="/login/linked"] button`)
	w.eventually("in", func() bool { return b.now("location.pathname") == "/groups" })
	b.open("/account")
	if b.path() != "/account" || !strings.Contains(b.text(), "otto") {
		t.Errorf("one is at %s", b.path())
	}
}
