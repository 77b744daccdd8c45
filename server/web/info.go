package web

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"peergroups/assets"
	"peergroups/forum"
	"peergroups/server/view"
)

func (d *Door) cookiesPage(r *request) error {
	var p view.Cookies
	for _, k := range slices.Concat(cookies, foreignCookies) {
		if k.Kind == "analytics" && d.analyticsID(r) == "" {
			continue
		}
		life := r.words.T("cookie.until-closed")
		switch {
		case k.Lifetime == 0:
		case k.Lifetime < time.Hour:
			life = r.words.T("cookie.minutes", "Count", int(k.Lifetime/time.Minute))
		default:
			life = r.words.T("cookie.days", "Count", int(k.Lifetime/(24*time.Hour)))
		}
		p.Cookies = append(p.Cookies, view.Cookie{Name: k.Name, Purpose: r.words.T(k.Purpose), Lifetime: life, Kind: r.words.T("cookie.kind-" + k.Kind)})
	}
	return r.render(view.CookiesPage(r.shell(r.words.T("cookies.title")), p))
}

func (d *Door) providers(r *request) error {
	all, err := d.usedProviders(r)
	if err != nil {
		return err
	}
	return r.render(view.ProvidersPage(r.shell(r.words.T("providers.title")), view.Providers{Providers: all}))
}

// usedProviders are the services that this forum uses by its configuration, with who stands behind them.
func (d *Door) usedProviders(r *request) (out []view.Provider, err error) {
	known, err := d.Forum.ReadProcessors(r.ctx)
	for _, s := range forum.Providers {
		if !d.uses(r, s) {
			continue
		}
		stem := "provider." + s.Name
		row := view.Provider{Name: r.words.T(stem), Service: r.words.T(stem + ".service"), Data: r.words.T(stem + ".data")}
		for _, k := range known {
			if k.Name == s.Name {
				row.Who, row.Country, row.Safeguard = k.Who, k.Country, k.Safeguard
			}
		}
		out = append(out, row)
	}
	return out, err
}

// staffProviders names who stands behind each service that the program can use (P26).
func (d *Door) staffProviders(r *request) error { return d.staffProvidersPage(r, nil) }

func (d *Door) staffProvidersPage(r *request, cause error) error {
	if err := forum.MayPublishPolicy(r.actor); err != nil {
		return err
	}
	known, err := d.Forum.ReadProcessors(r.ctx)
	if err != nil {
		return err
	}
	s := r.shell(r.words.T("providers.title"))
	var p view.StaffProviders
	for _, v := range forum.Providers {
		row := view.ProviderForm{Form: view.Form{Values: map[string]string{}}, Service: v.Name, Title: r.words.T("provider." + v.Name), Data: r.words.T("provider." + v.Name + ".data"), Used: d.uses(r, v)}
		for _, k := range known {
			if k.Name == v.Name {
				row.Values = map[string]string{"company": k.Who, "country": k.Country, "safeguard": k.Safeguard}
			}
		}
		if cause != nil && r.typed("service") == v.Name {
			row.Form = r.form("company", "country", "safeguard")
			if err := r.refused(cause, &row.Form, &s); err != nil {
				return err
			}
		}
		p.Rows = append(p.Rows, row)
	}
	if cause != nil && len(s.Problems) == 0 { // a service that is none
		return cause
	}
	return r.render(view.StaffProvidersPage(s, p))
}

func (d *Door) registerProcessor(r *request) error {
	if err := d.Forum.RegisterProcessor(r.ctx, r.actor, forum.Processor{Name: r.typed("service"), Who: r.typed("company"), Country: r.typed("country"), Safeguard: r.typed("safeguard")}); err != nil {
		return d.staffProvidersPage(r, err)
	}
	return r.done("/staff/providers", "saved")
}

// dataRows are the register of personal data in words.
func (r *request) dataRows() (out []view.DataRow, err error) {
	days, err := r.d.Forum.ReadPeriods(r.ctx)
	for _, row := range slices.Concat(forum.Data, forum.Copies) {
		if row.Kind != forum.NotPersonal {
			out = append(out, view.DataRow{What: r.words.T("data.what." + row.Table), Purpose: r.words.T(row.Purpose),
				Retention: forum.RetentionWords(r.words.T, days, row.Retention), Erasure: r.words.T("data.erasure." + row.Erasure)})
		}
	}
	return out, err
}

// conduct shows the code of conduct, in the wording of today or an earlier one that somebody declared.
func (d *Door) conduct(r *request) error {
	words, version, err := d.Forum.ReadConduct(r.ctx, r.Params("version"))
	if err != nil {
		return err
	}
	if words == "" {
		words = r.words.T("conduct.standard")
	}
	return r.render(view.ConductPage(r.shell(r.words.T("conduct.title")), view.Conduct{HTML: d.paged(r, words), Version: version, Today: r.Params("version") == ""}))
}

func (d *Door) accessibility(r *request) error {
	return r.render(view.AccessibilityPage(r.shell(r.words.T("accessibility.title"))))
}

// asset sends a file that may be kept for ever: its name changes with its content.
func (d *Door) asset(c *fiber.Ctx) error {
	f, ok := assets.Lookup(c.Path())
	if !ok {
		return fiber.ErrNotFound
	}
	c.Set(fiber.HeaderCacheControl, "public, max-age=31536000, immutable")
	c.Set(fiber.HeaderVary, fiber.HeaderAcceptEncoding)
	c.Set(fiber.HeaderContentType, f.ContentType)
	if f.Gzip != nil && strings.Contains(c.Get(fiber.HeaderAcceptEncoding), "gzip") {
		c.Set(fiber.HeaderContentEncoding, "gzip")
		return c.Send(f.Gzip)
	}
	return c.Send(f.Body)
}

// livez says that the process answers; readyz that what it stands on does.
func (d *Door) livez(c *fiber.Ctx) error { return c.SendString("ok\n") }

func (d *Door) readyz(c *fiber.Ctx) error {
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Second)
	defer cancel()
	if err := d.Ready(ctx); err != nil {
		d.Log.Warn("not ready", "err", err)
		return c.Status(fiber.StatusServiceUnavailable).SendString("not ready\n")
	}
	return c.SendString("ok\n")
}

func (d *Door) securityText(c *fiber.Ctx) error {
	o := d.org.get(context.Background(), d)
	c.Set(fiber.HeaderContentType, fiber.MIMETextPlainCharsetUTF8)
	return c.SendString("Contact: mailto:" + o.Contact + "\nExpires: " + d.Now().AddDate(1, 0, 0).UTC().Format(time.RFC3339) + "\nCanonical: " + d.absolute("/.well-known/security.txt") + "\n")
}

func (d *Door) robots(c *fiber.Ctx) error {
	return c.SendString("User-agent: *\nDisallow: /search\nDisallow: /account\nDisallow: /staff\n")
}
