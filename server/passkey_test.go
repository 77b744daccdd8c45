package main

import (
	"strings"
	"testing"

	"github.com/chromedp/cdproto/webauthn"
	"github.com/chromedp/chromedp"

	"peergroups/forum/forumtest"
)

// TestPasskeyInTheBrowser: in a real browser with a virtual authenticator a passkey is made, logs
// in without a password, stands in as second step, and is gone after it was removed; a device
// that does not verify its user gets nobody in.
func TestPasskeyInTheBrowser(t *testing.T) {
	w := begin(t, "sqlite", nil)
	w.members("otto")
	b := w.browsers()("otto")
	_, err := chromedp.Call(b.ctx, webauthn.Enable, webauthn.EnableParams{})
	w.must(err)
	key, err := chromedp.Call(b.ctx, webauthn.AddVirtualAuthenticator, webauthn.AddVirtualAuthenticatorParams{Options: &webauthn.VirtualAuthenticatorOptions{
		Protocol: webauthn.AuthenticatorProtocolCtap2, Transport: webauthn.AuthenticatorTransportInternal, HasResidentKey: true, HasUserVerification: true,
		IsUserVerified: true, AutomaticPresenceSimulation: true}})
	w.must(err)

	b.login("otto")
	b.open("/account/security/passkey")
	b.fill("password", forumtest.Password)
	b.press("main form button:not([type=button])")
	b.fill("passkey_name", "My laptop")
	b.press("[data-passkey] button")
	b.sees("Recovery codes")
	w.await("otto@members.example", "A passkey was added")
	b.open("/account/security")
	b.sees("My laptop")

	logout := func() {
		b.open("/account")
		b.press(`form[action="/logout"] button`)
	}
	logout()
	b.open("/login")
	b.press("[data-passkey] button")
	b.open("/account")
	if b.path() != "/account" || !strings.Contains(b.text(), "otto") {
		t.Fatalf("logged in by the passkey one is at %s", b.path())
	}

	logout()
	b.login("otto") // by password: the second step comes
	if b.path() != "/login/second" {
		t.Fatalf("a password alone leads to %s", b.path())
	}
	b.press("[data-passkey] button")
	if b.path() != "/" {
		t.Errorf("the passkey as second step leads to %s", b.path())
	}

	logout()
	_, err = chromedp.Call(b.ctx, webauthn.SetUserVerified, webauthn.SetUserVerifiedParams{AuthenticatorID: key.AuthenticatorID})
	w.must(err)
	b.open("/login")
	b.do(chromedp.Click("[data-passkey] button"))
	b.sees("The passkey was not accepted")
	_, err = chromedp.Call(b.ctx, webauthn.SetUserVerified, webauthn.SetUserVerifiedParams{AuthenticatorID: key.AuthenticatorID, IsUserVerified: true})
	w.must(err)
	b.do(chromedp.Click("[data-passkey] button"))
	b.w.eventually("in after all", func() bool { return b.now("location.pathname") == "/" })

	b.open("/account/security")
	b.press(`a[href^="/account/security/passkey/remove"]`)
	b.fill("password", forumtest.Password)
	b.press("main form button.danger")
	b.sees("The passkey is removed")
	logout()
	b.open("/login")
	b.press("[data-passkey] button")
	b.sees("The passkey was not accepted")
}
