package web

import (
	"context"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"time"
	"unicode/utf8"

	"github.com/gofiber/fiber/v2"
	"github.com/mileusna/useragent"

	"peergroups/forum"
)

// How the site is used is noted beside the answers (P11, P13): a request leaves a note in a bounded channel and never waits. One collector
// puts notes into words and writes many at once. When it cannot keep up, notes are lost and counted.

const (
	notesKept  = 4096
	notesBatch = 1000
	notesEvery = time.Second
	agentKept  = 200 // characters
	siteKept   = 100
)

// note is what a request leaves.
type note struct {
	asked             forum.Requested
	counted, feature  bool // for usage; feature: a form that was done
	language, referer string
}

// collector gathers notes.
type collector struct {
	in       chan note
	lost     atomic.Int64
	families map[string]family // by user agent; the collector's alone
	ended    chan struct{}
}

// family is what is told of a user agent.
type family struct {
	browser, system string
	machine         bool
}

// exact are the routes of which the security log tells the time as it was: of accounts and of the staff. Of all others it tells the hour: a time
// beside that of a post would say who wrote it behind a mask.
var exact = []string{"*", "/login", "/logout", "/register", "/welcome", "/confirm", "/forgot", "/reset", "/address", "/account/security", "/account/sessions", "/account/data", "/staff", "/directory", "/m/:id", "/verify"}

// unlogged are asked for all the time and say nothing.
var unlogged = []string{"/assets/*", "/livez", "/readyz"}

// noteUse leaves a note of a request that was answered.
func (d *Door) noteUse(c *fiber.Ctx, began time.Time) {
	route, status := c.Route().Path, c.Response().StatusCode()
	if d.Uncounted || slices.Contains(unlogged, route) {
		return
	}
	if route == "/" && c.Path() != "/" { // no route led anywhere
		route = "*"
	}
	n := note{asked: forum.Requested{At: forum.At(began), Address: d.address(c), Agent: bounded(c.Get(fiber.HeaderUserAgent), agentKept), Method: c.Method(), Route: route, Status: status}}
	n.asked.Exact = slices.ContainsFunc(exact, func(prefix string) bool {
		return route == prefix || strings.HasPrefix(route, prefix+"/")
	})
	if r, ok := c.Locals(requestKey{}).(*request); ok {
		n.asked.Member = r.actor.Member
	}
	page := c.Method() == fiber.MethodGet && status == fiber.StatusOK && strings.HasPrefix(string(c.Response().Header.ContentType()), fiber.MIMETextHTML)
	n.feature = c.Method() == fiber.MethodPost && status < fiber.StatusBadRequest
	if dest := c.Get("Sec-Fetch-Dest"); (page || n.feature) && (dest == "" || dest == "document") && route != "*" && !unwilling(c) {
		n.counted, n.language, n.referer = true, baseLanguage(c), bounded(c.Get(fiber.HeaderReferer), 500)
	}
	select {
	case d.notes.in <- n:
	default:
		d.notes.lost.Add(1)
	}
}

// unwilling tells whether a browser says that whoever uses it does not want to be counted.
func unwilling(c *fiber.Ctx) bool { return c.Get("DNT") == "1" || c.Get("Sec-GPC") == "1" }

// bounded is the beginning of a text of a header, on its own.
func bounded(s string, most int) string {
	s = clean(s)
	if utf8.RuneCountInString(s) > most {
		s = string([]rune(s)[:most])
	}
	return s
}

var languageForm = regexp.MustCompile(`^[a-z]{2,3}$`)

func baseLanguage(c *fiber.Ctx) string {
	if tag := strings.ToLower(language(c)); languageForm.MatchString(tag) {
		return tag
	}
	return ""
}

var siteForm = regexp.MustCompile(`^[a-z0-9-]+(\.[a-z0-9-]+)+$`)

// site is the host of another site that led here; "": none did, or none that has a name.
func (d *Door) site(referer string) string {
	u, err := url.Parse(referer)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" {
		return ""
	}
	host := strings.TrimPrefix(strings.TrimSuffix(strings.ToLower(u.Hostname()), "."), "www.")
	if _, err := netip.ParseAddr(host); err == nil || len(host) > siteKept || !siteForm.MatchString(host) || host == strings.TrimPrefix(strings.ToLower(d.Base.Hostname()), "www.") {
		return ""
	}
	return host
}

// collect writes down what was noted, and at the end what is still waiting.
func (d *Door) collect() {
	defer close(d.notes.ended)
	var u forum.Used
	var soon <-chan time.Time
	write := func() {
		d.writeUse(u)
		u, soon = forum.Used{}, nil
	}
	for {
		select {
		case n := <-d.notes.in:
			if soon == nil {
				soon = time.After(notesEvery)
			}
			if d.use(&u, n); len(u.Requests) >= notesBatch {
				write()
			}
		case <-soon:
			write()
		case <-d.ending:
			for len(d.notes.in) > 0 {
				d.use(&u, <-d.notes.in)
			}
			write()
			return
		}
	}
}

// use puts a note into words.
func (d *Door) use(u *forum.Used, n note) {
	u.Requests = append(u.Requests, n.asked)
	f := d.notes.family(n.asked.Agent)
	if !n.counted || f.machine {
		return
	}
	v := forum.View{At: n.asked.At, Address: forum.HostOf(n.asked.Address), Feature: n.feature, Page: n.asked.Route}
	if !n.feature {
		v.Language, v.Browser, v.System, v.Site = n.language, f.browser, f.system, d.site(n.referer)
		if d.Network != nil {
			v.Network = bounded(d.Network(n.asked.Address), siteKept)
		}
	}
	u.Views = append(u.Views, v)
}

func (d *Door) writeUse(u forum.Used) {
	u.Dropped = int(d.notes.lost.Swap(0))
	if len(u.Requests) == 0 && u.Dropped == 0 {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), handlerTimeout)
	defer cancel()
	if err := d.Forum.RecordUse(ctx, u); err != nil {
		d.notes.lost.Add(int64(u.Dropped + len(u.Requests)))
		d.Log.Error("record use", "err", err)
	}
}

// browsers and systems are the families that are told apart; a name of any other kind could say who has it.
var (
	browsers = []string{useragent.Chrome, useragent.Firefox, useragent.Safari, useragent.Edge, useragent.Opera, useragent.OperaMini, useragent.OperaTouch, useragent.Vivaldi, useragent.SamsungBrowser, useragent.InternetExplorer}
	systems  = []string{useragent.Windows, useragent.Android, useragent.MacOS, useragent.IOS, useragent.Linux, useragent.FreeBSD, useragent.ChromeOS, useragent.Harmony}
)

// family reads a user agent, once.
func (k *collector) family(agent string) family {
	if f, known := k.families[agent]; known {
		return f
	}
	if len(k.families) >= notesBatch {
		clear(k.families)
	}
	is := useragent.Parse(agent)
	f := family{machine: is.Bot}
	if slices.Contains(browsers, is.Name) {
		f.browser = is.Name
	}
	if slices.Contains(systems, is.OS) {
		f.system = is.OS
	}
	k.families[agent] = f
	return f
}
