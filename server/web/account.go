package web

import (
	"errors"
	"slices"
	"sort"
	"strconv"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"peergroups/forum"
	"peergroups/server/view"
)

// zones offers the zones that people choose from; any name that the program knows is taken.
var zones = func() []string {
	z := strings.Fields(`Africa/Cairo Africa/Johannesburg Africa/Lagos Africa/Nairobi America/Bogota America/Chicago America/Denver America/Halifax
		America/Los_Angeles America/Mexico_City America/New_York America/Sao_Paulo America/Toronto Asia/Bangkok Asia/Dubai Asia/Hong_Kong Asia/Jakarta
		Asia/Jerusalem Asia/Kolkata Asia/Manila Asia/Seoul Asia/Shanghai Asia/Singapore Asia/Tokyo Atlantic/Reykjavik Australia/Perth Australia/Sydney
		Europe/Amsterdam Europe/Athens Europe/Berlin Europe/Brussels Europe/Bucharest Europe/Budapest Europe/Copenhagen Europe/Dublin Europe/Helsinki
		Europe/Istanbul Europe/Lisbon Europe/London Europe/Madrid Europe/Oslo Europe/Paris Europe/Prague Europe/Rome Europe/Stockholm Europe/Vienna
		Europe/Warsaw Europe/Zurich Pacific/Auckland Pacific/Honolulu UTC`)
	sort.Strings(z)
	return z
}()

var registerFields = []string{"handle", "name", "title", "email", "business_address", "business_phone", "other_contact", "zone", "terms", "instead",
	"org_name", "org_seal", "org_address", "org_contact"}

func (r *request) registration() forum.Registration {
	return forum.Registration{Handle: r.typed("handle"), Password: r.typed("password"), Name: r.typed("name"), Title: r.typed("title"), Email: r.typed("email"),
		BusinessAddress: r.typed("business_address"), BusinessPhone: r.typed("business_phone"), OtherContact: r.typed("other_contact"),
		Language: r.words.Language(), Zone: r.typed("zone"), Agreed: r.typed("terms") != "", Terms: r.termsWords(), Shown: r.typed("shown"), Instead: r.typed("instead")}
}

func (d *Door) registerPage(r *request) error {
	f := r.form(registerFields...)
	f.Values["zone"] = "Europe/Amsterdam"
	s := r.shell(r.words.T("register.title"))
	if s.Org.Registration == forum.ClosedRegistration {
		return r.render(view.HeldPage(s, view.Held{Words: r.words.T("error.registration-closed"), Href: "/contact", Act: r.words.T("contact.title")}))
	}
	return r.render(view.RegisterPage(s, view.Register{Form: f, Action: registerCheck, Zones: zones}))
}

const registerCheck = "/register/check"

// details shows the form of a registration, with what was typed.
func (d *Door) details(r *request, cause error) error {
	p, s := view.Register{Form: r.form(registerFields...), Action: registerCheck, Zones: zones}, r.shell(r.words.T("register.title"))
	if cause != nil {
		if err := r.refused(cause, &p.Form, &s); err != nil {
			return err
		}
	}
	return r.render(view.RegisterPage(s, p))
}

func (d *Door) changeRegistration(r *request) error { return d.details(r, nil) }

// checkRegistration shows what was filled in once more before it is sent.
func (d *Door) checkRegistration(r *request) error {
	if r.typed("website") != "" {
		return d.checkMail(r)
	}
	if err := d.Forum.CheckDetails(r.ctx, r.registration(), r.source()); err != nil {
		return d.details(r, err)
	}
	return d.lookOver(r, nil)
}

func (d *Door) lookOver(r *request, cause error) error {
	p, s := view.Register{Form: r.form(registerFields...), Shown: forum.WordingOf(r.termsWords())}, r.shell(r.words.T("check-answers.title"))
	if cause != nil {
		if err := r.refused(cause, &p.Form, &s); err != nil {
			return err
		}
	}
	for _, name := range view.RegisterDetails {
		words := r.typed(name)
		if words == "" {
			words = r.words.T("check-answers.none")
		}
		p.Facts = append(p.Facts, view.Fact{Name: r.words.T("field." + name), Words: words})
	}
	return r.render(view.CheckAnswersPage(s, p))
}

// evenly is how long an answer takes that must not tell, by its time, whom there is.
const evenly = 150 * time.Millisecond

func (d *Door) register(r *request) error {
	even := time.After(evenly)
	defer func() { <-even }()
	if r.typed("website") != "" { // people do not see the field: a program filled it
		return d.checkMail(r)
	}
	err := d.Forum.Register(r.ctx, r.registration(), r.source())
	if err == nil {
		return d.checkMail(r)
	}
	var refused *forum.Error
	if !errors.As(err, &refused) {
		return err
	}
	wrong := slices.DeleteFunc(slices.Clone(refused.Fields), func(f forum.FieldError) bool { return !slices.Contains(view.RegisterDetails, f.Field) })
	if len(wrong) > 0 { // what was looked over is mended where it was filled in; the rest is asked after that
		refused.Fields = wrong
		return d.details(r, refused)
	}
	return d.lookOver(r, err)
}

// checkMail says that a mail is on its way, if there is a reason for one.
func (d *Door) checkMail(r *request) error {
	s, kind := r.shell(r.words.T("check-mail.title")), "register"
	if s.Org.Registration == forum.ByInvitationOnly {
		kind = "invited"
	}
	f := r.form(registerFields...)
	f.Values["instead"] = d.Forum.RegisteredToken(r.typed("email"))
	r.Set(fiber.HeaderCacheControl, "no-store")
	return r.render(view.CheckMailPage(s, view.CheckMail{Form: f, Kind: kind, Address: r.typed("email")}))
}

// resend has the mail of a registration sent once more.
func (d *Door) resend(r *request) error {
	even := time.After(evenly)
	defer func() { <-even }()
	if err := d.Forum.ResendConfirmation(r.ctx, r.typed("instead"), r.source()); err != nil {
		return err
	}
	return d.checkMail(r)
}

// welcome sets up an empty forum, by the link that the program printed when it started.
func (d *Door) welcome(r *request) error { return d.welcomePage(r, nil) }

func (d *Door) welcomePage(r *request, cause error) error {
	if done, err := d.Forum.IsSetUp(r.ctx); err != nil || done {
		if err == nil {
			err = forum.Absent()
		}
		return err
	}
	token := r.Params("token")
	if token == "" {
		return r.render(view.HeldPage(r.shell(r.words.T("set-up.title")), view.Held{Words: r.words.T("set-up.find-link")}))
	}
	p := view.Register{Form: r.form(registerFields...), SetUp: true, Action: "/welcome/" + token, Zones: zones}
	if r.Method() == fiber.MethodGet {
		p.Values["zone"] = "Europe/Amsterdam"
	}
	s := r.shell(r.words.T("set-up.title"))
	if cause != nil {
		if err := r.refused(cause, &p.Form, &s); err != nil {
			return err
		}
	}
	return r.render(view.RegisterPage(s, p))
}

func (d *Door) setUp(r *request) error {
	o := forum.Organisation{Name: r.typed("org_name"), Seal: r.typed("org_seal"), Address: r.typed("org_address"), Contact: r.typed("org_contact")}
	if _, err := d.Forum.SetUp(r.ctx, r.Params("token"), r.registration(), o); err != nil {
		return d.welcomePage(r, err)
	}
	d.org.forget()
	return r.done("/login", "set-up")
}

// A link in a mail shows a page, whose button does it: programs that look at links before
// people do must not act (DESIGN §3).
func (d *Door) confirmPage(r *request) error {
	if err := d.Forum.CheckLink(r.ctx, "confirm-address", r.Params("token")); err != nil {
		return err
	}
	return d.confirmForm(r, r.Params("token"), nil)
}

func (d *Door) confirmForm(r *request, token string, cause error) error {
	p, s := view.ConfirmAddress{Form: r.form(), Token: token}, r.shell(r.words.T("confirm-address.title"))
	if cause != nil {
		if err := r.refused(cause, &p.Form, &s); err != nil {
			return err
		}
	}
	return r.render(view.ConfirmAddressPage(s, p))
}

func (d *Door) confirm(r *request) error {
	token, err := d.Forum.ConfirmAddress(r.ctx, r.typed("token"), r.typed("password"), r.Get(fiber.HeaderUserAgent))
	if err != nil {
		return d.confirmForm(r, r.typed("token"), err)
	}
	if err := r.signIn(token, false); err != nil {
		return err
	}
	return r.done("/", "confirmed")
}

func (d *Door) unsubscribePage(r *request) error {
	_, board, err := d.Forum.ReadBoardToken(r.Params("token"))
	if err != nil {
		return err
	}
	stem := "unsubscribe"
	if board == 0 {
		stem = "unsubscribe-all"
	}
	return r.render(view.ConfirmPage(r.shell(r.words.T("unsubscribe.title")),
		view.Confirm{Stem: stem, Action: "/unsubscribe/" + r.Params("token"), Token: r.Params("token")}))
}

func (d *Door) unsubscribe(r *request) error {
	if err := d.Forum.Unsubscribe(r.ctx, r.Params("token")); err != nil {
		return err
	}
	return r.render(view.HeldPage(r.shell(r.words.T("unsubscribe.title")), view.Held{Words: r.words.T("done.unsubscribed"), Href: "/", Act: r.words.T("nav.home")}))
}

func (d *Door) forgotPage(r *request) error {
	return r.render(view.ForgotPage(r.shell(r.words.T("forgot.title")), view.Forgot{Form: r.form("login")}))
}

func (d *Door) forgot(r *request) error {
	even := time.After(evenly)
	defer func() { <-even }()
	if err := d.Forum.AskReset(r.ctx, r.typed("login"), r.source()); err != nil {
		return err
	}
	return r.render(view.CheckMailPage(r.shell(r.words.T("check-mail.title")), view.CheckMail{Form: r.form(), Kind: "reset"}))
}

func (d *Door) resetPage(r *request) error {
	if err := d.Forum.CheckLink(r.ctx, "reset-password", r.Params("token")); err != nil {
		return err
	}
	return r.render(view.ResetPage(r.shell(r.words.T("reset.title")), view.Reset{Form: r.form(), Token: r.Params("token")}))
}

func (d *Door) reset(r *request) error {
	if err := d.Forum.ResetPassword(r.ctx, r.typed("token"), r.typed("password")); err != nil {
		p, s := view.Reset{Form: r.form(), Token: r.typed("token")}, r.shell(r.words.T("reset.title"))
		if err := r.refused(err, &p.Form, &s); err != nil {
			return err
		}
		return r.render(view.ResetPage(s, p))
	}
	return r.done("/login", "reset")
}

var profileFields = []string{"name", "title", "zone", "digest_hour", "business_address", "business_phone", "other_contact"}

func (d *Door) account(r *request) error { return d.accountPage(r, nil) }

func (d *Door) accountPage(r *request, cause error) error {
	a, err := d.Forum.ReadProfile(r.ctx, r.actor)
	if err != nil {
		return err
	}
	p := view.Profile{Form: r.form(profileFields...), Handle: a.Handle, Email: a.Email, Zones: zones, Certificate: a.Number, Until: a.UntilAt, Earlier: a.Earlier}
	s := r.shell(r.words.T("account.title"))
	if cause != nil {
		if err := r.refused(cause, &p.Form, &s); err != nil {
			return err
		}
	} else {
		p.Values = map[string]string{"name": a.Name, "title": a.Title, "zone": a.Zone, "digest_hour": strconv.Itoa(a.DigestHour),
			"business_address": a.BusinessAddress, "business_phone": a.BusinessPhone, "other_contact": a.OtherContact}
	}
	return r.render(view.ProfilePage(s, p))
}

func (d *Door) changeAccount(r *request) error {
	hour, err := strconv.Atoi(r.typed("digest_hour"))
	if err != nil {
		hour = -1
	}
	err = d.Forum.ChangeProfile(r.ctx, r.actor, forum.Profile{Name: r.typed("name"), Title: r.typed("title"), Zone: r.typed("zone"), DigestHour: hour,
		BusinessAddress: r.typed("business_address"), BusinessPhone: r.typed("business_phone"), OtherContact: r.typed("other_contact")})
	if err != nil {
		return d.accountPage(r, err)
	}
	return r.done("/account", "saved")
}

func (d *Door) sessions(r *request) error {
	rows, err := d.Forum.Sessions(r.ctx, r.actor)
	if err != nil {
		return err
	}
	current := forum.SessionID(sessionCookie.read(r.Ctx))
	var p view.Sessions
	for _, s := range rows {
		p.Sessions = append(p.Sessions, view.Session{ID: s.ID, Device: s.Device, Since: s.CreatedAt, SeenAt: s.SeenAt, Current: s.ID == current})
	}
	computers, err := d.Forum.Computers(r.ctx, r.actor)
	if err != nil {
		return err
	}
	for _, c := range computers {
		p.Computers = append(p.Computers, view.Computer{ID: c.ID, Device: c.Device, Since: c.CreatedAt, SeenAt: c.SeenAt, Until: c.ExpiresAt})
	}
	p.Name = r.rememberedName()
	return r.render(view.SessionsPage(r.shell(r.words.T("sessions.title")), p))
}

func (d *Door) endSession(r *request) error {
	id := r.typed("id")
	if id == "" {
		return forum.Absent()
	}
	return d.endSessions(r, id)
}

func (d *Door) endOthers(r *request) error { return d.endSessions(r, "") }

func (d *Door) endSessions(r *request, id string) error {
	if err := d.Forum.EndSession(r.ctx, r.actor, id, forum.SessionID(sessionCookie.read(r.Ctx))); err != nil {
		return err
	}
	return r.done("/account/sessions", "session-ended")
}
