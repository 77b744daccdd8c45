package web

import (
	"context"
	"io"
	"mime"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"peergroups/forum"
	"peergroups/server/view"
)

const securityPath = "/account/security"

func (d *Door) security(r *request) error {
	f, err := d.Forum.ReadFactors(r.ctx, r.actor)
	if err != nil {
		return err
	}
	p := view.Security{AppSince: f.AppSince, AppUsed: f.AppUsed, Codes: f.Codes, Has: f.Has(), Dormant: len(r.actor.Dormant) > 0, MayPasskey: d.Forum.HasPasskeys(), NewAddress: f.NewAddress,
		Service: d.serviceName(f.Linked.Issuer), LinkedSince: f.Linked.LinkedAt, LinkedUsed: f.Linked.UsedAt}
	for _, k := range f.Passkeys {
		p.Passkeys = append(p.Passkeys, view.PasskeyRow{ID: k.ID, Name: k.Name, Since: k.AddedAt, SeenAt: k.UsedAt})
	}
	return r.render(view.SecurityPage(r.shell(r.words.T("security.title")), p))
}

// credentials is what the form says for a change of one's own account.
func (r *request) credentials() forum.Own {
	return forum.Own{Session: sessionCookie.read(r.Ctx), Password: r.typed("password"), Source: r.source()}
}

// sure shows the page that asks for the password, after a cause with what is wrong. Who has a
// second factor and did not show it in this session is led to do that first.
func (d *Door) sure(r *request, p view.Sure, cause error) error {
	f, err := d.Forum.ReadFactors(r.ctx, r.actor)
	if err != nil {
		return err
	}
	if f.Has() && !r.actor.Strong {
		next := p.Action
		if r.Method() == fiber.MethodGet {
			next = r.OriginalURL()
		}
		return r.to(securityPath + "/prove?next=" + queryEscape(next))
	}
	if p.Action == sureData.Action {
		if p.Moving, err = d.movingOn(r); err != nil {
			return err
		}
	}
	p.Form = r.form("email")
	if strings.HasSuffix(p.Stem, "link") {
		p.Service = d.serviceName(f.Linked.Issuer)
	}
	s := r.shell(r.words.T("sure."+p.Stem+".title", "Service", p.Service))
	if cause != nil {
		if err := r.refused(cause, &p.Form, &s); err != nil {
			return err
		}
	}
	return r.render(view.SurePage(s, p))
}

var (
	sureApp       = view.Sure{Stem: "app", Action: securityPath + "/app"}
	sureRemoveApp = view.Sure{Stem: "remove-app", Action: securityPath + "/app/remove", Danger: true}
	sureCodes     = view.Sure{Stem: "codes", Action: securityPath + "/codes"}
	surePassword  = view.Sure{Stem: "password", Action: securityPath + "/password", Ask: "new_password"}
	sureAddress   = view.Sure{Stem: "address", Action: securityPath + "/address", Ask: "email"}
	sureData      = view.Sure{Stem: "data", Action: "/account/data", Tab: "/account/data"}
	sureLink      = view.Sure{Stem: "link", Action: securityPath + "/linked"}
	sureUnlink    = view.Sure{Stem: "unlink", Action: securityPath + "/linked/remove", Danger: true}
	surePasskey   = view.Sure{Stem: "passkey", Action: securityPath + "/passkey"}
)

func (d *Door) surePage(r *request) error {
	if r.Path() == sureLink.Action && d.Service == nil {
		return forum.Absent()
	}
	for _, p := range []view.Sure{sureApp, sureRemoveApp, sureData, sureCodes, surePasskey, surePassword, sureAddress, sureRemovePasskey(r.Query("id")), sureLink, sureUnlink} {
		if p.Action == r.Path() {
			return d.sure(r, p, nil)
		}
	}
	return forum.Absent()
}

func (d *Door) beginApp(r *request) error {
	s, err := d.Forum.BeginApp(r.ctx, r.actor, r.credentials())
	if err != nil {
		return d.sure(r, sureApp, err)
	}
	return d.appPage(r, s, nil)
}

func (d *Door) appPage(r *request, a forum.SetUpApp, cause error) error {
	p, s := view.App{Form: r.form(), Secret: a.Secret, Link: a.Link, Asked: a.Asked}, r.shell(r.words.T("app.title"))
	if cause != nil {
		if err := r.refused(cause, &p.Form, &s); err != nil {
			return err
		}
	}
	return r.render(view.AppPage(s, p))
}

func (d *Door) addApp(r *request) error {
	session, asked := sessionCookie.read(r.Ctx), r.typed("asked")
	out, err := d.Forum.AddApp(r.ctx, r.actor, session, asked, r.typed("code"))
	if forum.KindOf(err) == forum.Invalid {
		a, again := d.Forum.ReadSetUp(r.ctx, r.actor, session, asked)
		if again != nil {
			return again
		}
		return d.appPage(r, a, err)
	}
	if err != nil {
		return err
	}
	return r.strengthened(out, "factor-added")
}

// strengthened gives the session its new token, and shows recovery codes that were made.
func (r *request) strengthened(out forum.Strengthened, done string) error {
	sessionCookie.set(r.Ctx, out.Session)
	if out.Codes == nil {
		return r.done(securityPath, done)
	}
	return r.codes(out.Codes, done)
}

func (r *request) codes(codes []string, done string) error {
	s := r.shell(r.words.T("codes.title"))
	s.Done = r.words.T("done." + done)
	return r.render(view.CodesPage(s, view.Codes{Codes: codes}))
}

// sureRemovePasskey is of the passkey of an id.
func sureRemovePasskey(id string) view.Sure {
	return view.Sure{Stem: "remove-passkey", Action: securityPath + "/passkey/remove", Danger: true, Fields: [][2]string{{"id", id}}}
}

func (d *Door) beginPasskey(r *request) error {
	ask, err := d.Forum.BeginPasskey(r.ctx, r.actor, r.credentials())
	if err != nil {
		return d.sure(r, surePasskey, err)
	}
	return r.render(view.NewPasskeyPage(r.shell(r.words.T("sure.passkey.title")), view.NewPasskey{Form: r.form(), Ask: view.PasskeyAsk(ask)}))
}

func (d *Door) addPasskey(r *request) error {
	out, err := d.Forum.AddPasskey(r.ctx, r.actor, sessionCookie.read(r.Ctx), r.typed("passkey_name"), r.passkey())
	if err != nil {
		return d.sure(r, surePasskey, err)
	}
	return r.strengthened(out, "passkey-added")
}

func (d *Door) removePasskey(r *request) error {
	id := r.typed("id")
	if err := d.Forum.RemovePasskey(r.ctx, r.actor, r.credentials(), number(id)); err != nil {
		return d.sure(r, sureRemovePasskey(id), err)
	}
	return r.done(securityPath, "passkey-removed")
}

func (d *Door) removeApp(r *request) error {
	if err := d.Forum.RemoveApp(r.ctx, r.actor, r.credentials()); err != nil {
		return d.sure(r, sureRemoveApp, err)
	}
	return r.done(securityPath, "factor-removed")
}

func (d *Door) renewCodes(r *request) error {
	codes, err := d.Forum.RenewCodes(r.ctx, r.actor, r.credentials())
	if err != nil {
		return d.sure(r, sureCodes, err)
	}
	return r.codes(codes, "codes-made")
}

func (d *Door) changePassword(r *request) error {
	if err := d.Forum.ChangePassword(r.ctx, r.actor, r.credentials(), r.typed("new_password")); err != nil {
		return d.sure(r, surePassword, err)
	}
	return r.done(securityPath, "password-changed")
}

func (d *Door) askAddress(r *request) error {
	even := time.After(evenly)
	defer func() { <-even }()
	if err := d.Forum.AskAddress(r.ctx, r.actor, r.credentials(), r.typed("email")); err != nil {
		return d.sure(r, sureAddress, err)
	}
	return r.done(securityPath, "address-asked")
}

func (d *Door) newAddressPage(r *request) error {
	if err := d.Forum.CheckLink(r.ctx, "new-address", r.Params("token")); err != nil {
		return err
	}
	return r.render(view.ConfirmPage(r.shell(r.words.T("new-address.title")), view.Confirm{Stem: "new-address", Action: "/address", Token: r.Params("token")}))
}

func (d *Door) confirmNewAddress(r *request) error {
	if err := d.Forum.ConfirmNewAddress(r.ctx, r.actor, r.typed("token"), sessionCookie.read(r.Ctx)); err != nil {
		return err
	}
	return r.done(securityPath, "address-changed")
}

// prove shows a second factor in a session that was begun without.
func (d *Door) prove(r *request) error { return d.provePage(r, inside(r.Query("next")), nil) }

func (d *Door) provePage(r *request, next string, cause error) error {
	f, err := d.Forum.ReadFactors(r.ctx, r.actor)
	if err != nil {
		return err
	}
	if !f.Has() {
		return r.to(securityPath)
	}
	return d.proofPage(r, view.Second{Form: r.form(), Action: securityPath + "/prove", Prove: true, Next: next}, r.shell(r.words.T("second.title")), cause)
}

func (d *Door) proveNow(r *request) error {
	next := inside(r.typed("next"))
	token, err := d.Forum.Prove(r.ctx, r.actor, sessionCookie.read(r.Ctx), r.proof(), r.source())
	if err != nil {
		return d.provePage(r, next, err)
	}
	sessionCookie.set(r.Ctx, token)
	return r.to(next)
}

// asleep tells whether a page of the staff is asked for by who has a role, in a session where it
// has no effect: they are led to where that can be changed.
func (r *request) asleep() bool {
	return len(r.actor.Dormant) > 0 && r.Method() == fiber.MethodGet && (r.Path() == "/staff" || strings.HasPrefix(r.Path(), "/staff/"))
}

// download gives the member all that is held about them (P32): made while they take it, and kept nowhere.
func (d *Door) download(r *request) error {
	by := r.actor.Member
	if !d.taking.begin(by) {
		return d.sure(r, sureData, forum.Refuse(forum.TooMany, "error.download-runs"))
	}
	if err := d.Forum.AskDownload(r.ctx, r.actor, r.credentials()); err != nil {
		d.taking.end(by)
		return d.sure(r, sureData, err)
	}
	r.Set(fiber.HeaderContentType, "application/zip")
	r.Set(fiber.HeaderContentDisposition, mime.FormatMediaType("attachment", map[string]string{"filename": r.actor.Handle + "-" + d.Now().UTC().Format(time.DateOnly) + ".zip"}))
	session, words := sessionCookie.read(r.Ctx), r.words
	return r.stream(d.made(func(ctx context.Context, to io.Writer) error {
		defer d.taking.end(by)
		return d.Forum.WriteDownload(ctx, session, words.T, to)
	}), -1)
}
