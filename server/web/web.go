// Package web is the HTTP and websocket door: it reads requests, calls one verb of the
// forum, and shows a page of server/view. What comes in is listed in routes*.go; how errors
// are answered in errors.go; what a browser may be told in guard.go.
//
// It decides nothing about who may read or write: the forum does, in the actor's name.
package web

import (
	"context"
	"log/slog"
	"net"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"

	"peergroups/forum"
	"peergroups/realtime"
	"peergroups/search"
	"peergroups/server/text"
)

// Options are what the door is built with.
type Options struct {
	Forum    *forum.Forum
	Hub      *realtime.Hub
	Search   search.Engine
	Words    *text.Catalogue
	Letters  Letters      // shows mails as they go out
	Base     *url.URL     // BASE_URL: every absolute link is made of it, and of nothing else
	Service  LoginService // by which one can log in too; nil: none
	Relay    bool         // mail leaves; else it is kept to be read
	Deaf     bool         // no mail comes in
	Domain   string       // of our mail addresses
	Used     []string     // settings of service providers that are in use (forum.Providers)
	Proxies  []string     // addresses whose X-Forwarded-For counts; nil: nobody's
	Ready    func(context.Context) error
	DNS      func(context.Context) ([]Record, error) // what should stand in the DNS for mail, and what does
	Log      *slog.Logger
	Now      func() time.Time
	Patience time.Duration                                      // with a slow request; 0: ten seconds
	Observe  func(route string, status int, took time.Duration) // nil: nothing is measured

	Network   func(netip.Addr) string // names the network of an address; nil: there is no list of them
	Uncounted bool                    // nothing is noted of how the site is used: to compare
}

// Record is what should stand in the DNS, and what does. State: "good", "missing", "other" or "unknown".
type Record struct {
	Name, Type, Want string
	Found            []string
	State            string
}

// Letters renders a mail as it goes out, or would, and reads one that came.
type Letters interface {
	Letter(ctx context.Context, what forum.Mailing, to forum.MemberID) (Letter, error)
	Skim(raw []byte) (from, subject, text string) // of a mail that came; "": that cannot be read
}

// Letter is a mail to be looked at.
type Letter struct {
	Subject    string
	Headers    [][2]string
	Text, HTML string
}

// Door is the running HTTP door.
type Door struct {
	Options
	app      *fiber.App
	posts    *cache // rendered posts
	pages    *cache // whole pages of visitors
	org      organisation
	policies policies

	analytics moment[string] // the measurement ID
	sockets   sockets
	told      told
	typists   typists
	orders    *crew
	pasts     *crew
	silence   time.Duration // after which a socket's peer is taken for gone
	uploads   uploads
	taking    taking
	marks     chan mark // what was read, written down behind the answer
	end       sync.Once
	ending    chan struct{} // closed by Shutdown
	done      chan struct{} // closed when all marks are written
	notes     collector
}

const (
	maxBody        = 1 << 20 // bytes; no form is longer
	readTimeout    = 10 * time.Second
	writeTimeout   = 30 * time.Second
	idleTimeout    = 75 * time.Second
	maxConns       = 20_000
	maxConnsOfOne  = 400 // of one address; not counted behind a proxy
	handlerTimeout = 15 * time.Second
)

// New builds the door; Serve opens it.
func New(o Options) *Door {
	if o.Patience == 0 {
		o.Patience = readTimeout
	}
	d := &Door{Options: o, posts: newCache(32 << 20), pages: newCache(16 << 20), silence: socketRead, orders: newCrew(obeying), pasts: newCrew(reading), marks: make(chan mark, 1024), ending: make(chan struct{}), done: make(chan struct{}),
		notes: collector{in: make(chan note, notesKept), families: map[string]family{}, ended: make(chan struct{})}}
	d.app = fiber.New(fiber.Config{
		Immutable: true, // strings outlive their request (SECURITY fact 8)
		BodyLimit: maxBody, ReadTimeout: o.Patience, WriteTimeout: writeTimeout, IdleTimeout: idleTimeout,
		Concurrency: maxConns, DisableStartupMessage: true, CaseSensitive: true, ErrorHandler: d.failed,
		EnableTrustedProxyCheck: true, TrustedProxies: o.Proxies, ProxyHeader: proxyHeader(o.Proxies),
		StreamRequestBody: false, DisablePreParseMultipartForm: true, // else long ones are put down in the machine's folder for such
		DisableDefaultDate: false, DisableDefaultContentType: false,
	})
	if len(o.Proxies) == 0 {
		d.app.Server().MaxConnsPerIP = maxConnsOfOne
	}
	d.app.Server().KeepHijackedConns = true // sockets close theirs themselves, and nothing is kept of how they began
	d.app.Server().NoDefaultServerHeader = true
	d.app.Server().HeaderReceived = d.received
	broken := d.app.Server().ErrorHandler
	d.app.Server().ErrorHandler = func(c *fasthttp.RequestCtx, err error) {
		d.uploads.end(&c.Request.Header)
		broken(c, err)
	}
	fasthttp.SetBodySizePoolLimit(maxBody, maxBody) // what a long form took is given back
	d.app.Server().ReadBufferSize = 16 << 10        // bytes of request line and headers
	d.app.Use(d.observe, d.guard)
	d.mount()
	go d.writeMarks()
	go d.collect()
	return d
}

func proxyHeader(proxies []string) string {
	if len(proxies) == 0 {
		return ""
	}
	return fiber.HeaderXForwardedFor
}

// Serve answers until Shutdown.
func (d *Door) Serve(l net.Listener) error { return d.app.Listener(l) }

// Shutdown stops taking requests, lets open ones and open sockets end, and returns when
// all did or the context ends.
func (d *Door) Shutdown(ctx context.Context) error {
	err := d.Hub.Shutdown(ctx) // fasthttp neither waits for nor closes sockets (SECURITY fact 10)
	if e := d.app.ShutdownWithContext(ctx); err == nil {
		err = e
	}
	d.sockets.wait(ctx)
	d.end.Do(func() { close(d.ending) })
	<-d.done
	<-d.notes.ended
	return err
}

// App is the door's handler, for tests that speak to it without a network.
func (d *Door) App() *fiber.App { return d.app }

// absolute makes a link for outside from a path.
func (d *Door) absolute(path string) string { return strings.TrimSuffix(d.Base.String(), "/") + path }

// secure tells whether the outside speaks https to us.
func (d *Door) secure() bool { return d.Base.Scheme == "https" }

// mark says that a member read a topic up to a post, or a room up to a message.
type mark struct {
	by    forum.Actor
	topic forum.TopicID
	room  forum.RoomID
	n     int64
}

// read notes what was read without making the reader wait; in a rush notes are lost, which
// only shows topics as unread once more.
func (d *Door) read(m mark) {
	select {
	case d.marks <- m:
	default:
	}
}

// writeMarks writes what was noted, and at the end what is still waiting.
func (d *Door) writeMarks() {
	defer close(d.done)
	for {
		select {
		case m := <-d.marks:
			d.write(m)
		case <-d.ending:
			for {
				select {
				case m := <-d.marks:
					d.write(m)
				default:
					return
				}
			}
		}
	}
}

func (d *Door) write(m mark) {
	ctx, cancel := context.WithTimeout(context.Background(), handlerTimeout)
	defer cancel()
	var err error
	if m.room != 0 {
		err = d.Forum.MarkRoomRead(ctx, m.by, m.room, m.n)
	} else {
		err = d.Forum.MarkRead(ctx, m.by, m.topic, m.n)
	}
	if err != nil {
		d.Log.Error("mark read", "err", err)
	}
}
