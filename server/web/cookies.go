package web

import (
	"regexp"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"
)

// cookie declares one cookie. Cookies is the register through which alone one can be set;
// the page /cookies is made of it (P14).
type cookie struct {
	Name     string
	Purpose  string        // key of the message catalogue
	Lifetime time.Duration // 0: until the browser is closed
	Kind     string        // "needed", "comfort", or "analytics": only while those of a third party are on (P17)
}

var (
	sessionCookie  = cookie{Name: "__Host-session", Purpose: "cookie.session", Kind: "needed"}
	stepCookie     = cookie{Name: "__Host-step", Purpose: "cookie.step", Lifetime: 10 * time.Minute, Kind: "needed"}
	awayCookie     = cookie{Name: "__Host-away", Purpose: "cookie.away", Lifetime: 10 * time.Minute, Kind: "needed"}
	nameCookie     = cookie{Name: "__Host-login", Purpose: "cookie.login", Lifetime: 365 * 24 * time.Hour, Kind: "comfort"}
	computerCookie = cookie{Name: "__Host-computer", Purpose: "cookie.computer", Lifetime: 90 * 24 * time.Hour, Kind: "comfort"}
	allowCookie    = cookie{Name: "__Host-analytics", Purpose: "cookie.allow", Lifetime: analyticsKept, Kind: "analytics"}
	refuseCookie   = cookie{Name: "__Host-no-analytics", Purpose: "cookie.refuse", Kind: "analytics"}
	cookies        = []cookie{sessionCookie, stepCookie, awayCookie, nameCookie, computerCookie, allowCookie, refuseCookie}
)

// analyticsKept is for how long a visitor's yes holds, and what the third party sets because of it (assets/js/analytics.js says it).
const analyticsKept = 180 * 24 * time.Hour

// foreignCookies are those that the script of the third party sets after consent; "*" stands for the measurement ID.
var foreignCookies = []cookie{{Name: "_ga", Purpose: "cookie.ga", Lifetime: analyticsKept, Kind: "analytics"}, {Name: "_ga_*", Purpose: "cookie.ga-of", Lifetime: analyticsKept, Kind: "analytics"}}

// clearForeign takes those back that the browser sent.
func clearForeign(c *fiber.Ctx) {
	for key := range c.Request().Header.Cookies() {
		if name := string(key); foreignForm.MatchString(name) {
			cookie{Name: name}.clear(c)
		}
	}
}

var foreignForm = regexp.MustCompile(`^_ga(_[A-Z0-9]+)?$`)

// set gives the browser a declared cookie: for this host only, over https (or to this
// machine), out of reach of scripts, and not with requests that other sites start.
func (k cookie) set(c *fiber.Ctx, value string) {
	fresh := &fiber.Cookie{Name: k.Name, Value: value, Path: "/", Secure: true, HTTPOnly: true, SameSite: fiber.CookieSameSiteLaxMode, SessionOnly: k.Lifetime == 0}
	if k.Lifetime > 0 {
		fresh.MaxAge = int(k.Lifetime.Seconds())
	}
	c.Cookie(fresh)
}

// came has the rest of this request read the cookie as if the browser had sent it.
func (k cookie) came(c *fiber.Ctx, value string) { c.Request().Header.SetCookie(k.Name, value) }

// clear takes the cookie back.
func (k cookie) clear(c *fiber.Ctx) {
	c.Cookie(&fiber.Cookie{Name: k.Name, Path: "/", Secure: true, HTTPOnly: true, SameSite: fiber.CookieSameSiteLaxMode, Expires: time.Unix(1, 0), MaxAge: -1})
}

// of reads it where there are only the headers.
func (k cookie) of(h *fasthttp.RequestHeader) string { return string(h.Cookie(k.Name)) }

func (k cookie) read(c *fiber.Ctx) string { return c.Cookies(k.Name) }
