package web

import (
	"bytes"
	"context"
	"errors"
	"net/netip"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/a-h/templ"
	"github.com/gofiber/fiber/v2"

	"peergroups/forum"
	"peergroups/server/text"
	"peergroups/server/view"
)

// request is one request under way: who asks, in which words.
type request struct {
	*fiber.Ctx
	d     *Door
	ctx   context.Context
	actor forum.Actor
	words text.Words

	cleaned  []forum.FileID // in this request: their form says so
	files    []forum.File   // of the form, once looked through; nil: not yet
	listed   string         // the list they are of
	cacheKey string         // of a visitor's page that may be kept; else ""
	counting *view.Counting // what of analytics is on the page; nil: not asked yet
}

type requestKey struct{}

// request loads who asks, once. When the session cannot be read they are a visitor.
func (d *Door) request(c *fiber.Ctx) *request {
	if r, ok := c.Locals(requestKey{}).(*request); ok {
		return r
	}
	r := &request{Ctx: c, d: d, ctx: context.Background(), words: d.Words.For(language(c), "UTC")}
	c.Locals(requestKey{}, r)
	return r
}

func language(c *fiber.Ctx) string {
	tag, _, _ := strings.Cut(c.Get(fiber.HeaderAcceptLanguage), ",")
	tag, _, _ = strings.Cut(tag, "-")
	return strings.TrimSpace(tag)
}

// handler is what a route leads to.
type handler func(r *request) error

// who may use a route at all; what they may read or do there the forum decides.
type who int

const (
	anyone who = iota
	member
)

// serve runs a handler in the actor's name, within its time.
func (d *Door) serve(w who, h handler) fiber.Handler {
	return func(c *fiber.Ctx) error {
		r := d.request(c)
		ctx, cancel := context.WithTimeout(context.Background(), handlerTimeout)
		defer cancel()
		r.ctx = ctx
		var err error
		if token := sessionCookie.read(c); token != "" {
			if r.actor, err = d.Forum.ActorOf(ctx, token); err != nil {
				return err
			}
		}
		if r.actor.Member == 0 {
			if err = r.recall(); err != nil {
				return err
			}
		}
		if r.actor.Member != 0 {
			r.words = d.Words.For(r.actor.Language, r.actor.Zone)
			c.Set(fiber.HeaderCacheControl, "no-store")
		} else {
			c.Set(fiber.HeaderCacheControl, "no-cache")
			if c.Method() == fiber.MethodPost || strings.Contains(c.Route().Path, ":token") { // what was typed, or what a link is about, stays in no cache
				c.Set(fiber.HeaderCacheControl, "no-store")
			}
		}
		c.Set(fiber.HeaderVary, "Cookie, Accept, Accept-Language, Accept-Encoding")
		if w == member && r.actor.Member == 0 {
			if c.Method() == fiber.MethodPost {
				return forum.Refuse(forum.Forbidden, "error.sign-in-first") // nothing was written; the page gives back what was typed
			}
			return r.to("/login?next=" + queryEscape(c.OriginalURL()))
		}
		if r.asleep() {
			return r.to(securityPath)
		}
		if c.Method() == fiber.MethodPost && strings.HasPrefix(c.Get(fiber.HeaderContentType), fiber.MIMEMultipartForm) {
			if _, err := c.MultipartForm(); err != nil { // else each field would seem empty
				return fiber.ErrBadRequest
			}
		}
		return h(r)
	}
}

// to leads on after a form was done (303).
func (r *request) to(path string) error { return r.Redirect(path, fiber.StatusSeeOther) }

// done leads on and has the page told, once, what was done: by a key of a short list, so
// that nobody can make us say something else.
func (r *request) done(path, key string) error {
	sep := "?"
	if strings.Contains(path, "?") {
		sep = "&"
	}
	path, fragment, _ := strings.Cut(path, "#")
	if fragment != "" {
		fragment = "#" + fragment
	}
	return r.to(path + sep + "done=" + key + fragment)
}

// shell is what surrounds the page.
func (r *request) shell(title string) view.Shell {
	s := view.Shell{Words: r.words, Org: r.d.org.get(r.ctx, r.d), Title: title, Here: string(r.Request().URI().RequestURI()), News: r.count(), Talks: r.talking(), You: view.You{
		ID: r.actor.Member, Name: r.actor.Name, Certified: r.actor.Certified, Moderator: r.actor.Moderates,
		Staff: len(r.actor.Roles)+len(r.actor.Dormant) > 0, Administrator: r.actor.Has(forum.Administrator), Keys: r.actor.Keys}}
	if title != "" { // a part of a page has none
		s.Amended, s.Counting = r.amended(), r.counts()
	}
	if done := r.Query("done"); done != "" && r.words.Has("done."+done) {
		s.Done = r.words.T("done." + done)
	}
	return s
}

var buffers = sync.Pool{New: func() any { return new(bytes.Buffer) }}

// render sends a page.
func (r *request) render(page templ.Component) error {
	b := buffers.Get().(*bytes.Buffer)
	defer buffers.Put(b)
	b.Reset()
	if err := page.Render(r.ctx, b); err != nil {
		return err
	}
	return r.html(b.Bytes())
}

func (r *request) html(body []byte) error {
	r.d.keepCopy(r, body)
	r.Set(fiber.HeaderContentType, fiber.MIMETextHTMLCharsetUTF8)
	if len(body) > 1400 && strings.Contains(r.Get(fiber.HeaderAcceptEncoding), "gzip") {
		r.Set(fiber.HeaderContentEncoding, "gzip")
		return r.Send(gzipped(body))
	}
	r.Response().SetBody(body) // a copy: Send keeps the slice, which holds somebody else's page before this one is written
	return nil
}

// refused shows the form again with what was typed and what is wrong with it (422), or
// gives the error on.
func (r *request) refused(err error, f *view.Form, s *view.Shell) error {
	var e *forum.Error
	if !errors.As(err, &e) || e.Kind != forum.Invalid && e.Kind != forum.TooMany && e.Kind != forum.Forbidden || len(e.Fields) == 0 && e.Kind == forum.Invalid {
		return err
	}
	r.Status(statuses[e.Kind])
	f.Errors = map[string]string{}
	for _, field := range e.Fields {
		words := r.words.Say(field.Message.Key, field.Message.Args)
		f.Errors[field.Field] = words
		s.Problems = append(s.Problems, view.Problem{Field: field.Field, Words: words})
	}
	if len(e.Fields) == 0 {
		s.Problems = []view.Problem{{Words: r.words.Say(e.Message.Key, e.Message.Args)}}
	}
	return nil
}

// form keeps the named fields as they were typed; passwords are never given back.
func (r *request) form(fields ...string) view.Form {
	f := view.Form{Values: map[string]string{}, Key: r.key()}
	for _, name := range fields {
		f.Values[name] = r.typed(name)
	}
	return f
}

// typed is one field, with line ends as the rest of the world has them and without bytes
// that are not text.
func (r *request) typed(name string) string {
	return clean(strings.ReplaceAll(r.field(name), "\r\n", "\n"))
}

// Query and Params are fiber's, without bytes that are not text.
func (r *request) Query(name string, without ...string) string {
	return clean(r.Ctx.Query(name, without...))
}

// Params is one part of the path.
func (r *request) Params(name string, without ...string) string {
	return clean(r.Ctx.Params(name, without...))
}

// clean takes out what PostgreSQL takes in no text: bytes that are not UTF-8, and NUL.
func clean(s string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\x00", "")
}

// field is one field as it came, of either kind of form.
func (r *request) field(name string) string {
	if form, err := r.MultipartForm(); err == nil {
		if values := form.Value[name]; len(values) > 0 {
			return values[0]
		}
		return ""
	}
	return string(r.Request().PostArgs().Peek(name))
}

// posted are the fields of a form as they came, but for passwords.
func (r *request) posted() (out [][2]string) {
	add := func(key, value string) {
		if key != "password" && len(out) < 50 {
			out = append(out, [2]string{key, clean(value)})
		}
	}
	if form, err := r.MultipartForm(); err == nil {
		for key, values := range form.Value {
			add(key, values[0])
		}
	}
	for key, value := range r.Request().PostArgs().All() {
		add(string(key), string(value))
	}
	return out
}

// key is the form's mark: the one that came with it, or a new one.
func (r *request) key() string {
	if key := r.typed("key"); key != "" && len(key) <= 100 {
		return key
	}
	return newKey()
}

// id reads an id in a path. What is no id, or overflows, is an id that does not exist.
func (r *request) id(name string) int64 {
	n, err := strconv.ParseInt(r.Params(name), 10, 64)
	if err != nil || n < 0 {
		return 0
	}
	return n
}

// number reads a number of a query or form; 0 when there is none.
func number(s string) int64 {
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		return 0
	}
	return n
}

// source is where the request comes from, for counting tries. Of IPv6 it is the /64, as a host has all of it.
func (r *request) source() string { return forum.HostOf(r.d.address(r.Ctx)) }

// address is where a request comes from: the nearest address that is not one of our proxies', since what stands before it in
// X-Forwarded-For anybody may write.
func (d *Door) address(c *fiber.Ctx) netip.Addr {
	addr, _ := netip.AddrFromSlice(c.Context().RemoteIP())
	if hops := c.Get(fiber.HeaderXForwardedFor); hops != "" && c.IsProxyTrusted() {
		all := strings.Split(hops, ",")
		for i := len(all) - 1; i >= 0; i-- {
			hop, err := netip.ParseAddr(strings.TrimSpace(all[i]))
			if err != nil {
				break
			}
			if addr = hop; !d.trusts(hop) {
				break
			}
		}
	}
	return addr.Unmap()
}

// trusts tells whether an address is one of our proxies'.
func (d *Door) trusts(a netip.Addr) bool {
	for _, p := range d.Proxies {
		if network, err := netip.ParsePrefix(p); err == nil && network.Contains(a.Unmap()) {
			return true
		}
		if one, err := netip.ParseAddr(p); err == nil && one.Unmap() == a.Unmap() {
			return true
		}
	}
	return false
}

// moment keeps what every page shows, and reads it again after a few seconds. What cannot be read stays as it was.
type moment[T any] struct {
	mu  sync.Mutex
	at  time.Time
	now T
}

func (m *moment[T]) get(now time.Time, read func() (T, error)) T {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.at.IsZero() || now.Sub(m.at) > 3*time.Second || now.Before(m.at) {
		if is, err := read(); err == nil {
			m.at, m.now = now, is
		}
	}
	return m.now
}

func (m *moment[T]) forget() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.at = time.Time{}
}

// organisation is the profile.
type organisation struct{ moment[view.Organisation] }

func (o *organisation) get(ctx context.Context, d *Door) view.Organisation {
	return o.moment.get(d.Now(), func() (view.Organisation, error) {
		p, err := d.Forum.ReadOrganisation(ctx)
		return view.Organisation(p), err
	})
}
