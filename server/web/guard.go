package web

import (
	"crypto/rand"
	"net/url"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"
)

// policy is the Content-Security-Policy: everything from here, nothing inline, HTML strings
// only through the one Trusted Types policy of assets/js/html.js.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; " +
	"form-action 'self'; frame-src 'self'; frame-ancestors 'none'; base-uri 'none'; manifest-src 'self'; " +
	"require-trusted-types-for 'script'; trusted-types peergroups"

// guard stands before every route.
func (d *Door) guard(c *fiber.Ctx) error {
	c.Set(fiber.HeaderContentSecurityPolicy, policy)
	c.Set(fiber.HeaderXContentTypeOptions, "nosniff")
	c.Set(fiber.HeaderReferrerPolicy, "same-origin")
	c.Set("Cross-Origin-Opener-Policy", "same-origin")
	c.Set("Cross-Origin-Resource-Policy", "same-origin")
	c.Set("Permissions-Policy", "camera=(), microphone=(), geolocation=()")
	if d.secure() {
		c.Set(fiber.HeaderStrictTransportSecurity, "max-age=31536000")
	}
	// c.Body() would inflate a compressed request without a limit (SECURITY fact 6).
	if len(c.Request().Header.Peek(fiber.HeaderContentEncoding)) > 0 {
		return fiber.ErrUnsupportedMediaType
	}
	switch c.Method() {
	case fiber.MethodGet, fiber.MethodHead:
		return c.Next()
	case fiber.MethodPost:
		// One-click unsubscribe comes from mail programs, without an origin (RFC 8058).
		if !d.ours(c) && !strings.HasPrefix(c.Path(), "/unsubscribe/") {
			return fiber.ErrForbidden
		}
		if kind, _, _ := strings.Cut(c.Get(fiber.HeaderContentType), ";"); kind != fiber.MIMEApplicationForm && (kind != fiber.MIMEMultipartForm || !takesFiles.MatchString(c.OriginalURL())) && len(c.Request().Body()) > 0 &&
			!strings.HasPrefix(c.Path(), "/unsubscribe/") {
			return fiber.ErrUnsupportedMediaType
		}
		return c.Next()
	default:
		return fiber.ErrMethodNotAllowed
	}
}

// ours tells whether a request was made by a page of ours. Browsers say so by
// Sec-Fetch-Site, older ones by Origin; who says neither is refused (SECURITY: Browser).
func (d *Door) ours(c *fiber.Ctx) bool {
	if origin := c.Get(fiber.HeaderOrigin); origin != "" {
		return d.ourOrigin(origin)
	}
	return c.Get("Sec-Fetch-Site") == "same-origin"
}

// ourOrigin compares an Origin with BASE_URL. A forum on this machine answers to each of
// the machine's own names.
func (d *Door) ourOrigin(origin string) bool {
	u, err := url.Parse(origin)
	if err != nil || u.Scheme != d.Base.Scheme || u.Port() != d.Base.Port() {
		return false
	}
	return u.Hostname() == d.Base.Hostname() || loopback(u.Hostname()) && loopback(d.Base.Hostname())
}

func loopback(host string) bool { return host == "localhost" || host == "127.0.0.1" || host == "::1" }

// observe numbers, times and logs each request: by its route, never by what it names.
func (d *Door) observe(c *fiber.Ctx) (err error) {
	began := d.Now()
	id := rand.Text()[:12]
	c.Locals("request", id)
	c.Set(fiber.HeaderXRequestID, id)
	defer d.uploads.end(&c.Context().Request.Header)
	err = func() (err error) {
		defer func() {
			if r := recover(); r != nil {
				err = panicked{r}
			}
		}()
		return c.Next()
	}()
	if err != nil {
		err = d.failed(c, err) // here, so that its status is known below
	}
	took := d.Now().Sub(began)
	route, status := c.Route().Path, c.Response().StatusCode()
	d.noteUse(c, began)
	if d.Observe != nil {
		d.Observe(c.Method()+" "+route, status, took)
	}
	if took > time.Second || status >= fiber.StatusInternalServerError {
		d.Log.Warn("request", "id", id, "method", c.Method(), "route", route, "status", status, "ms", took.Milliseconds())
	} else {
		d.Log.Debug("request", "id", id, "method", c.Method(), "route", route, "status", status, "ms", took.Milliseconds())
	}
	return err
}
