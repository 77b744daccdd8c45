package web

import (
	"encoding/base64"
	"strings"

	"github.com/gofiber/fiber/v2"

	"peergroups/forum"
)

// recall begins a session by the computer's cookie, where the one that came is over. The form
// that logs in begins its own.
func (r *request) recall() (err error) {
	token := computerCookie.read(r.Ctx)
	if token == "" || r.Method() == fiber.MethodPost && (strings.HasPrefix(r.Path(), "/login") || r.Path() == "/logout") {
		return nil
	}
	got, err := r.d.Forum.UseComputer(r.ctx, token, r.Get(fiber.HeaderUserAgent))
	switch forum.KindOf(err) {
	case forum.Conflict: // another page of this browser has the new one
		return nil
	case forum.Closed:
		computerCookie.clear(r.Ctx)
		return nil
	}
	if err != nil { // nothing can be written: they go on as a visitor
		r.d.Log.Warn("computer", "err", err)
		return nil
	}
	sessionCookie.set(r.Ctx, got.Session)
	sessionCookie.came(r.Ctx, got.Session)
	r.keepComputer(got)
	r.actor, err = r.d.Forum.ActorOf(r.ctx, got.Session)
	return err
}

func (r *request) keepComputer(got forum.Recalled) {
	k := computerCookie
	k.Lifetime = got.UntilAt.Time().Sub(r.d.Now())
	k.set(r.Ctx, got.Token)
}

// computerAfterLogin keeps the computer logged in where the form asked for it, and forgets it where
// it did not.
func (r *request) computerAfterLogin(session string, asked bool) error {
	if old := computerCookie.read(r.Ctx); old != "" {
		if err := r.d.Forum.ForgetComputer(r.ctx, old); err != nil {
			return err
		}
		computerCookie.clear(r.Ctx)
	}
	if !asked {
		return nil
	}
	got, err := r.d.Forum.RememberComputer(r.ctx, session, r.Get(fiber.HeaderUserAgent))
	if err == nil {
		r.keepComputer(got)
	}
	return err
}

const longestLogin = 254 // bytes; no address is longer

// rememberName keeps the login name in this browser where the form asked for it, and forgets
// it where it did not.
func (r *request) rememberName() {
	login := r.typed("login")
	switch {
	case r.typed("remember_name") != "" && len(login) <= longestLogin:
		nameCookie.set(r.Ctx, base64.RawURLEncoding.EncodeToString([]byte(login)))
	case nameCookie.read(r.Ctx) != "":
		nameCookie.clear(r.Ctx)
	}
}

// rememberedName is the login name that this browser keeps; "" for none.
func (r *request) rememberedName() string {
	b, err := base64.RawURLEncoding.DecodeString(nameCookie.read(r.Ctx))
	if err != nil || len(b) > longestLogin {
		return ""
	}
	return strings.ToValidUTF8(string(b), "")
}

// forgetName forgets the login name: at the login form, and in the account.
func (d *Door) forgetName(r *request) error {
	nameCookie.clear(r.Ctx)
	if r.actor.Member != 0 {
		return r.done("/account/sessions", "name-forgotten")
	}
	return r.done("/login", "name-forgotten")
}

func (d *Door) endComputer(r *request) error {
	if err := d.Forum.EndComputer(r.ctx, r.actor, number(r.typed("id"))); err != nil {
		return err
	}
	return r.done("/account/sessions", "computer-ended")
}

// endAll logs out everywhere, here too.
func (d *Door) endAll(r *request) error {
	if err := d.Forum.EndSession(r.ctx, r.actor, "", ""); err != nil {
		return err
	}
	sessionCookie.clear(r.Ctx)
	if computerCookie.read(r.Ctx) != "" {
		computerCookie.clear(r.Ctx)
	}
	return r.done("/", "logged-out")
}

// stepAsks are what the form of the first step asked for, for the end of the second.
const stepAsks = "+"

// setStep keeps the step, and whether the computer is to stay logged in: in the cookie, which no
// link can set.
func (r *request) setStep(token string, computer bool) {
	if computer {
		token += stepAsks
	}
	stepCookie.set(r.Ctx, token)
}

func (r *request) step() (token string, computer bool) {
	return strings.CutSuffix(stepCookie.read(r.Ctx), stepAsks)
}
