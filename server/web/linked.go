package web

import (
	"context"
	"net/url"

	"github.com/gofiber/fiber/v2"

	"peergroups/forum"
	"peergroups/server/view"
)

// ServiceDown and ServiceRefused are all that a login service tells of its troubles: in our words. The rest is for the log.
var (
	ServiceDown    = forum.Refuse(forum.Forbidden, "error.service-down")
	ServiceRefused = forum.Refuse(forum.Forbidden, "error.service-refused")
)

// LoginService is the one other service by which one can log in (OpenID Connect).
type LoginService interface {
	Name() string   // as pages call it
	Issuer() string // as its ID tokens call it
	// Ask gives the address there to which a browser goes.
	Ask(ctx context.Context, a forum.Away) (string, error)
	// Answer tells who it is that came back, from what came with them.
	Answer(ctx context.Context, a forum.Away, said url.Values) (forum.Subject, error)
}

// ComeBackPath is where the service sends browsers back to.
const ComeBackPath = "/login/linked/back"

// longestNext bounds what the cookie keeps; browsers keep 4096 bytes of one.
const longestNext = 1000

// serviceName is what the service of an issuer is called, "" standing for the one that is set; "" is no service.
func (d *Door) serviceName(issuer string) string {
	if d.Service != nil && (issuer == "" || issuer == d.Service.Issuer()) {
		return d.Service.Name()
	}
	if u, err := url.Parse(issuer); err == nil {
		return u.Host // of one that was set before
	}
	return ""
}

// away leads the browser to the service. A form's own redirect may not lead off the site
// (form-action), so a page does.
func (d *Door) away(r *request, a forum.Away, cookie, back string) error {
	to, err := d.Service.Ask(r.ctx, a)
	if err != nil {
		return err
	}
	awayCookie.set(r.Ctx, cookie)
	r.Set(fiber.HeaderCacheControl, "no-store")
	r.Set("Refresh", "0; url="+to)
	return r.render(view.AwayPage(r.shell(r.words.T("linked.away", "Service", d.Service.Name())), view.Away{Service: d.Service.Name(), To: to, Back: back}))
}

func (d *Door) goToLogIn(r *request) error {
	if d.Service == nil {
		return forum.Absent()
	}
	next := inside(r.typed("next"))
	if len(next) > longestNext {
		next = "/"
	}
	a, cookie, err := d.Forum.GoToLogIn(r.ctx, next, r.typed("computer") != "", r.source())
	if err == nil {
		err = d.away(r, a, cookie, "/login?next="+queryEscape(next))
	}
	if err != nil {
		return d.loginForm(r, next, err)
	}
	return nil
}

func (d *Door) goToLink(r *request) error {
	if d.Service == nil {
		return forum.Absent()
	}
	a, cookie, err := d.Forum.GoToLink(r.ctx, r.actor, r.credentials())
	if err == nil {
		err = d.away(r, a, cookie, securityPath)
	}
	if err != nil {
		return d.sure(r, sureLink, err)
	}
	return nil
}

// comeBack ends a login elsewhere: by it one logs in, or links what one has there.
func (d *Door) comeBack(r *request) error {
	if d.Service == nil {
		return forum.Absent()
	}
	a, err := d.Forum.ComeBack(r.ctx, awayCookie.read(r.Ctx), r.Query("state"))
	if err != nil {
		return d.loginForm(r, "/", err)
	}
	awayCookie.clear(r.Ctx)
	if a.Session != "" && r.actor.Member == 0 {
		return d.loginForm(r, securityPath, forum.Refuse(forum.Forbidden, "error.sign-in-first"))
	}
	said, err := url.ParseQuery(string(r.Request().URI().QueryString()))
	if err != nil {
		return fiber.ErrBadRequest
	}
	s, err := d.Service.Answer(r.ctx, a, said)
	if a.Session != "" {
		return d.linkLogin(r, a, s, err)
	}
	var in forum.Entry
	if err == nil {
		in, err = d.Forum.LogInLinked(r.ctx, s, r.Get(fiber.HeaderUserAgent))
	}
	if err != nil {
		return d.loginForm(r, inside(a.Next), err)
	}
	return d.entered(r, in, inside(a.Next), a.Computer)
}

func (d *Door) linkLogin(r *request, a forum.Away, s forum.Subject, err error) error {
	if err == nil {
		err = d.Forum.LinkLogin(r.ctx, r.actor, sessionCookie.read(r.Ctx), a, s)
	}
	if err != nil {
		return d.sure(r, sureLink, err)
	}
	return r.done(securityPath, "login-linked")
}

func (d *Door) unlinkLogin(r *request) error {
	if err := d.Forum.UnlinkLogin(r.ctx, r.actor, r.credentials()); err != nil {
		return d.sure(r, sureUnlink, err)
	}
	return r.done(securityPath, "login-unlinked")
}
