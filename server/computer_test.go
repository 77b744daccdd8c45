package main

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

// TestP15ThreeCookies (P15): a login sets one cookie that ends with the browser; the name and the
// computer are remembered only when ticked, in cookies out of reach of scripts and other hosts;
// each is taken back at the form and in the account.
func TestP15ThreeCookies(t *testing.T) { onBoth(t, threeCookies) }

func threeCookies(t *testing.T, w *world) {
	w.members("otto", "olga")
	plain := w.client()
	if status, _ := plain.get("/login"); status != http.StatusOK || len(plain.jar) != 0 {
		t.Errorf("the form sets %v", plain.jar)
	}
	if status, _ := plain.post("/login", url.Values{"login": {"otto"}, "password": {"wrong"}, "remember_name": {"1"}, "computer": {"1"}}); status != http.StatusUnprocessableEntity || len(plain.jar) != 0 {
		t.Errorf("a login that fails sets %v", plain.jar)
	}
	plain.login("otto", nil)
	if k := plain.fresh["__Host-session"]; k == nil || k.MaxAge != 0 || !k.Expires.IsZero() || len(plain.fresh) != 1 {
		t.Errorf("a plain login sets %v", plain.fresh)
	}

	c := w.client()
	if status, _ := c.login("otto", url.Values{"remember_name": {"1"}, "computer": {"1"}}); status != http.StatusSeeOther || len(c.fresh) != 3 {
		t.Fatalf("with both ticked: %d %v", status, c.fresh)
	}
	for name, days := range map[string]int{"__Host-login": 365, "__Host-computer": 90} {
		if k := c.fresh[name]; k == nil || !k.Secure || !k.HttpOnly || k.SameSite != http.SameSiteLaxMode || k.Path != "/" || k.Domain != "" || k.MaxAge > days*86400 || k.MaxAge < days*86400-60 {
			t.Errorf("%s: %+v", name, k)
		}
	}
	if status, page := c.get("/account/sessions"); status != http.StatusOK || !strings.Contains(page, "/account/sessions/computer") || !strings.Contains(page, "remembers your name: otto") || !strings.Contains(page, "Last seen") {
		t.Errorf("the account shows neither: %d", status)
	}

	// The browser is closed, and opened again: any page logs in, and replaces the token.
	delete(c.jar, "__Host-session")
	old := c.jar["__Host-computer"]
	if status, page := c.get("/account"); status != http.StatusOK || !strings.Contains(page, "otto") || c.jar["__Host-session"] == "" || c.jar["__Host-computer"] == old || c.cache != "no-store" {
		t.Fatalf("opened again: %d %v", status, c.fresh)
	}
	if k := c.fresh["__Host-computer"]; k.MaxAge > 90*86400 {
		t.Errorf("the new one lasts %d", k.MaxAge)
	}
	delete(c.jar, "__Host-session")
	if status, _ := c.post("/account/parties", url.Values{"names": {"Jane Roe"}}); status != http.StatusSeeOther || c.to != "/account/parties?done=parties-added" {
		t.Errorf("a form sent then: %d to %s", status, c.to)
	}
	delete(c.jar, "__Host-session")
	if status, _ := c.get("/login?next=/groups"); status != http.StatusSeeOther || c.to != "/groups" {
		t.Errorf("the form then: %d to %s", status, c.to)
	}

	// Taken back in the account: of the computer, and of the name.
	_, page := c.get("/account/sessions")
	_, rest, _ := strings.Cut(page, "/account/sessions/computer")
	c.post("/account/sessions/computer", url.Values{"id": {hidden(t, rest, "id")}})
	delete(c.jar, "__Host-session")
	if status, _ := c.get("/account"); status != http.StatusSeeOther || c.jar["__Host-computer"] != "" {
		t.Errorf("a computer that was ended: %d %v", status, c.jar)
	}
	if status, page := c.get("/login"); status != http.StatusOK || hidden(t, page, "login\" type=\"text") != "otto" || !strings.Contains(page, "/login/forget") {
		t.Errorf("the name stands in the form: %d", status)
	}
	if c.post("/login/forget", nil); c.to != "/login?done=name-forgotten" || c.jar["__Host-login"] != "" {
		t.Errorf("forgotten at the form: %s %v", c.to, c.jar)
	}
	c.login("otto", url.Values{"remember_name": {"1"}, "computer": {"1"}})
	if c.login("otto", nil); c.jar["__Host-login"] != "" || c.jar["__Host-computer"] != "" || c.jar["__Host-session"] == "" {
		t.Errorf("not ticked any more: %v", c.jar)
	}

	// Logging out, here or everywhere, leaves nothing that logs in again.
	for _, path := range []string{"/logout", "/account/sessions/end-all"} {
		c.login("otto", url.Values{"computer": {"1"}})
		kept := c.jar["__Host-computer"]
		if c.post(path, nil); len(c.jar) != 0 {
			t.Errorf("%s leaves %v", path, c.jar)
		}
		c.jar["__Host-computer"] = kept
		if status, _ := c.get("/account"); status != http.StatusSeeOther {
			t.Errorf("after %s the computer logs in", path)
		}
	}

	// A copy that comes after the token was replaced ends both, and the member is told.
	c.login("otto", url.Values{"computer": {"1"}})
	thief := w.client()
	thief.jar["__Host-computer"] = c.jar["__Host-computer"]
	delete(c.jar, "__Host-session")
	c.get("/account")
	w.offset.Add(int64(time.Minute))
	if status, _ := thief.get("/account"); status != http.StatusSeeOther {
		t.Errorf("the copy: %d", status)
	}
	if status, _ := c.get("/account"); status != http.StatusSeeOther {
		t.Errorf("the computer it was copied from: %d", status)
	}
	w.await("otto@members.example", "no longer signed in")

	// With a second factor the tick counts at the end of the second step, and a link cannot set it.
	olga := w.client()
	olga.login("olga", nil)
	secret, _ := olga.app()
	for _, ticked := range []bool{true, false} {
		w.offset.Add(int64(2 * time.Minute))
		form, d := url.Values{}, w.client()
		if ticked {
			form.Set("computer", "1")
		}
		d.login("olga", form)
		if d.jar["__Host-computer"] != "" {
			t.Error("the password alone keeps the computer")
		}
		d.post("/login/second?computer=1", url.Values{"code": {w.code(secret, 0)}, "computer": {"1"}})
		if d.jar["__Host-session"] == "" || (d.jar["__Host-computer"] != "") != ticked {
			t.Errorf("ticked %v: %v", ticked, d.jar)
		}
		if ticked { // what the computer begins is no strong session
			delete(d.jar, "__Host-session")
			if status, _ := d.get("/account/security/codes"); status != http.StatusSeeOther || !strings.HasPrefix(d.to, "/account/security/prove") {
				t.Errorf("its session changes the account: %d to %s", status, d.to)
			}
		}
	}

	// The register of cookies shows them all.
	_, page = plain.get("/cookies")
	for _, name := range []string{"session", "step", "login", "computer"} {
		if !strings.Contains(page, "__Host-"+name) {
			t.Errorf("the register does not name %s", name)
		}
	}
}
