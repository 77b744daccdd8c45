package web

import (
	"slices"
	"strings"

	"github.com/gofiber/fiber/v2"

	"peergroups/forum"
	"peergroups/server/view"
)

// Analytics by a third party (P17). Nothing of them is in a page before its reader agreed: members on My privacy, visitors by a form at the foot of
// every page, whose answer alone sets a cookie. The third party gets the pattern of a route; but its script could read what stands on the page, so it is
// on no page with something on it that not everybody may read.

// publicPages show a visitor what everybody may read. Of the page of a group its handler knows more (uncounted).
var publicPages = []string{"/", "/latest", "/groups", "/g/:group", "/g/:group/b/:board", "/t/:id", "/t/:id/:slug"}

// textPages show members nothing either that is not everybody's, but their own name.
var textPages = []string{"/privacy", "/privacy/:version", "/cookies", "/providers", "/conduct", "/conduct/:version", "/terms", "/terms/:version", "/transparency", "/usage", "/accessibility"}

// countedPolicy is the Content-Security-Policy of pages with analytics (assets/js/analytics.js).
var countedPolicy = strings.NewReplacer("script-src 'self'", "script-src 'self' https://www.googletagmanager.com", "img-src 'self' data:", "img-src 'self' data: https://*.google-analytics.com https://www.googletagmanager.com",
	"connect-src 'self'", "connect-src 'self' https://*.google-analytics.com https://*.analytics.google.com https://www.googletagmanager.com",
	"trusted-types peergroups", "trusted-types peergroups analytics").Replace(policy)

// analyticsID is the measurement ID; "": they are off.
func (d *Door) analyticsID(r *request) string {
	return d.analytics.get(d.Now(), func() (string, error) { return d.Forum.ReadAnalytics(r.ctx) })
}

// counts tells what of analytics belongs on the page, and lets the browser load it where it does.
func (r *request) counts() view.Counting {
	if r.counting != nil {
		return *r.counting
	}
	r.counting = new(view.Counting)
	id := r.d.analyticsID(r)
	if id == "" || unwilling(r.Ctx) {
		return *r.counting
	}
	agreed, pages := allowCookie.read(r.Ctx) == id, slices.Concat(publicPages, textPages)
	if r.actor.Member != 0 {
		pages = textPages
		var err error
		if agreed, err = r.d.Forum.AgreesToAnalytics(r.ctx, r.actor); err != nil {
			r.d.Log.Warn("consent to analytics", "err", err)
			return *r.counting
		}
	}
	page := r.Route().Path
	switch {
	case !agreed && r.actor.Member == 0 && refuseCookie.read(r.Ctx) == "":
		r.counting.State = "ask"
	case !agreed:
		r.counting.State = "off"
	default:
		r.counting.State = "on"
		if r.Method() == fiber.MethodGet && slices.Contains(pages, page) {
			r.counting.ID, r.counting.Page, r.counting.From = id, page, "https://www.googletagmanager.com/gtag/js?id="+id
			r.Set(fiber.HeaderContentSecurityPolicy, countedPolicy)
		}
	}
	return *r.counting
}

// uncounted keeps analytics off a page that not everybody may read, or that failed.
func (r *request) uncounted(s *view.Shell) {
	state := r.counts().State
	r.counting = &view.Counting{State: state}
	s.Counting = *r.counting
	r.Set(fiber.HeaderContentSecurityPolicy, policy)
}

// chooseAnalytics keeps a visitor's answer: a yes until it is taken back or half a year is over, a no until the browser is closed. Members are led to the
// consent by its words, and may stop here.
func (d *Door) chooseAnalytics(r *request) error {
	id, yes, back := d.analyticsID(r), r.typed("yes") != "", inside(r.typed("back"))
	switch {
	case yes && (id == "" || unwilling(r.Ctx)):
		return forum.Absent()
	case yes && r.actor.Member != 0:
		return r.done("/account/privacy", "analytics-read")
	case yes:
		allowCookie.set(r.Ctx, id)
		refuseCookie.clear(r.Ctx)
		return r.done(back, "analytics-on")
	case r.actor.Member != 0:
		if err := d.Forum.SetConsent(r.ctx, r.actor, forum.AnalyticsService, "", false); err != nil {
			return err
		}
	case id != "":
		refuseCookie.set(r.Ctx, "1")
	}
	if allowCookie.read(r.Ctx) != "" {
		allowCookie.clear(r.Ctx)
	}
	clearForeign(r.Ctx)
	return r.done(back, "analytics-off")
}

func (d *Door) staffAnalytics(r *request) error { return d.analyticsPage(r, nil) }

func (d *Door) analyticsPage(r *request, cause error) error {
	if err := forum.MayAdminister(r.actor); err != nil {
		return err
	}
	id, err := d.Forum.ReadAnalytics(r.ctx)
	if err != nil {
		return err
	}
	known, err := d.Forum.ReadProcessors(r.ctx)
	if err != nil {
		return err
	}
	p, s := view.Analytics{Form: r.form("measurement"), On: id != ""}, r.shell(r.words.T("analytics.title"))
	if i := slices.IndexFunc(known, func(k forum.Processor) bool { return k.Name == forum.AnalyticsService }); i >= 0 {
		p.Processor = known[i].Who
	}
	if cause != nil {
		if err := r.refused(cause, &p.Form, &s); err != nil {
			return err
		}
	} else {
		p.Values["measurement"] = id
	}
	return r.render(view.AnalyticsPage(s, p))
}

func (d *Door) setAnalytics(r *request) error {
	id := r.typed("measurement")
	if r.typed("off") != "" {
		id = ""
	}
	if err := d.Forum.SetAnalytics(r.ctx, r.actor, id); err != nil {
		return d.analyticsPage(r, err)
	}
	d.analytics.forget()
	return r.done("/staff/usage/analytics", "saved")
}

// uses tells whether a service provider is in use.
func (d *Door) uses(r *request, p forum.Provider) bool {
	return slices.Contains(d.Used, p.Setting) || p.Name == forum.AnalyticsService && d.analyticsID(r) != ""
}

// countingKey stands for what of analytics is on a page, where pages are kept.
func (r *request) countingKey() string {
	c := r.counts()
	return c.State + "\x00" + c.ID + "\x00" + c.Page
}
