package web

import (
	"github.com/gofiber/fiber/v2"

	"peergroups/forum"
	"peergroups/server/view"
)

// signIn gives the browser its new session, and ends the one it had. computer: the form asked
// that it stays logged in.
func (r *request) signIn(token string, computer bool) error {
	if old := sessionCookie.read(r.Ctx); old != "" {
		if err := r.d.Forum.LogOut(r.ctx, old); err != nil {
			return err
		}
	}
	sessionCookie.set(r.Ctx, token)
	return r.computerAfterLogin(token, computer)
}

func (d *Door) loginPage(r *request) error {
	if r.actor.Member != 0 {
		return r.to(inside(r.Query("next")))
	}
	return d.loginForm(r, inside(r.Query("next")), nil)
}

// loginForm shows the form, after a cause with what is wrong.
func (d *Door) loginForm(r *request, next string, cause error) error {
	p, s := view.Login{Form: r.form("login", "remember_name", "computer"), Next: next}, r.shell(r.words.T("login.title"))
	if name := r.rememberedName(); name != "" {
		p.Remembered = true
		if r.Method() == fiber.MethodGet {
			p.Values["login"], p.Values["remember_name"] = name, "1"
		}
	}
	if r.Path() == ComeBackPath { // what came with it is nobody's to follow
		s.Here = "/login"
	}
	if cause != nil {
		if err := r.refusedLogin(cause, &p.Form, &s); err != nil {
			return err
		}
	}
	ask, err := d.Forum.AskPasskey()
	if err != nil {
		return err
	}
	p.Passkey = view.PasskeyAsk(ask)
	if d.Service != nil {
		p.Service = d.Service.Name()
	}
	r.Set(fiber.HeaderCacheControl, "no-store")
	return r.render(view.LoginPage(s, p))
}

func (d *Door) login(r *request) error {
	in, err := d.Forum.LogIn(r.ctx, r.typed("login"), r.typed("password"), r.Get(fiber.HeaderUserAgent), r.source())
	next := inside(r.typed("next"))
	if err != nil {
		return d.loginForm(r, next, err)
	}
	r.rememberName()
	return d.entered(r, in, next, r.typed("computer") != "")
}

// entered leads on who showed a first factor.
func (d *Door) entered(r *request, in forum.Entry, next string, computer bool) error {
	if in.Step != "" {
		r.setStep(in.Step, computer)
		return r.to("/login/second?next=" + queryEscape(next))
	}
	if err := r.signIn(in.Session, computer); err != nil {
		return err
	}
	a, err := d.Forum.ActorOf(r.ctx, in.Session)
	if err != nil {
		return err
	}
	if len(a.Dormant) > 0 && next == "/" { // they are told that their role does not count yet
		next = securityPath
	}
	return r.to(next)
}

// refusedLogin is refused for a form that proves who somebody is: a proof that does not hold is
// a mistake in it.
func (r *request) refusedLogin(err error, f *view.Form, s *view.Shell) error {
	if err := r.refused(err, f, s); err != nil {
		return err
	}
	if forum.KindOf(err) == forum.Forbidden {
		r.Status(fiber.StatusUnprocessableEntity)
	}
	return nil
}

func (d *Door) logout(r *request) error {
	if err := d.Forum.LogOut(r.ctx, sessionCookie.read(r.Ctx)); err != nil {
		return err
	}
	sessionCookie.clear(r.Ctx)
	if token := computerCookie.read(r.Ctx); token != "" {
		if err := d.Forum.ForgetComputer(r.ctx, token); err != nil {
			return err
		}
		computerCookie.clear(r.Ctx)
	}
	return r.done("/", "logged-out")
}

// second is the second step of a login. Who it is stands in the step's cookie alone.
func (d *Door) second(r *request) error {
	step, _ := r.step()
	if err := d.Forum.FindStep(r.ctx, step); err != nil {
		return err
	}
	return d.secondPage(r, inside(r.Query("next")), nil)
}

func (d *Door) secondPage(r *request, next string, cause error) error {
	p, s := view.Second{Form: r.form(), Action: "/login/second", Next: next}, r.shell(r.words.T("second.title"))
	return d.proofPage(r, p, s, cause)
}

// proofPage shows a page that asks for a second factor, after a cause with what is wrong.
func (d *Door) proofPage(r *request, p view.Second, s view.Shell, cause error) error {
	if cause != nil {
		if err := r.refusedLogin(cause, &p.Form, &s); err != nil {
			return err
		}
	}
	ask, err := d.Forum.AskPasskey()
	if err != nil {
		return err
	}
	p.Passkey = view.PasskeyAsk(ask)
	r.Set(fiber.HeaderCacheControl, "no-store")
	return r.render(view.SecondPage(s, p))
}

func (r *request) proof() forum.Proof {
	return forum.Proof{Code: r.typed("code"), Passkey: r.passkey()}
}

// passkey is what the browser's passkey answered.
func (r *request) passkey() forum.PasskeyAnswer {
	return forum.PasskeyAnswer{Response: r.typed("response"), State: r.typed("state")}
}

// logInPasskey logs in by a passkey alone.
func (d *Door) logInPasskey(r *request) error {
	next := inside(r.typed("next"))
	token, err := d.Forum.LogInPasskey(r.ctx, r.passkey(), r.Get(fiber.HeaderUserAgent), r.source())
	if err != nil {
		return d.loginForm(r, next, err)
	}
	if err := r.signIn(token, false); err != nil {
		return err
	}
	return r.to(next)
}

func (d *Door) logInSecond(r *request) error {
	next := inside(r.typed("next"))
	step, computer := r.step()
	token, err := d.Forum.LogInSecond(r.ctx, step, r.proof(), r.Get(fiber.HeaderUserAgent), r.source())
	if err != nil {
		return d.secondPage(r, next, err)
	}
	stepCookie.clear(r.Ctx)
	if err := r.signIn(token, computer); err != nil {
		return err
	}
	return r.to(next)
}
