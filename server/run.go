package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"path/filepath"
	"runtime/debug"
	"strings"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"github.com/redis/go-redis/v9"
	"github.com/uptrace/bun"

	"peergroups/assets"
	"peergroups/forum"
	"peergroups/realtime"
	"peergroups/search"
	"peergroups/server/demo"
	"peergroups/server/job"
	"peergroups/server/mail"
	"peergroups/server/text"
	"peergroups/server/web"
)

// parts are what a server is given besides its configuration; tests give their own.
type parts struct {
	Out      io.Writer
	Log      *slog.Logger
	Now      func() time.Time
	Demo     bool
	Every    time.Duration // of the clock's work; 0: a minute
	Resolver mail.Resolver // nil: the machine's
	Patience time.Duration // with a slow request; 0: ten seconds
}

// server is the running program.
type server struct {
	forum   *forum.Forum
	store   *forum.Store
	files   forum.Shelf
	hub     *realtime.Hub
	broker  realtime.Broker
	redis   *redis.Client
	engine  search.Engine
	jobs    *job.Jobs
	relay   *mail.Relay
	signers []*mail.Signer // of outgoing mail; none where there is no relay
	door    *web.Door
	smtp    *mail.Server
	lmtp    *mail.Server // nil: mail servers hand nothing in
	metrics *http.Server
	base    *url.URL
	mailAt  string // where mail comes in; "" nowhere
	broken  chan error
	undo    []func(context.Context) error // in the order of building

	stopping sync.Mutex
}

// effects glues the forum to what follows from its facts.
type effects struct{ s *server }

// Record implements forum.Effects.
func (e effects) Record(ctx context.Context, tx bun.Tx, facts []forum.Fact) error {
	return e.s.jobs.Record(ctx, tx, facts)
}

// Announce implements forum.Effects. The verb is done: that its caller goes away now must
// not keep others from hearing of it.
func (e effects) Announce(ctx context.Context, facts []forum.Fact) {
	e.s.door.Announce(context.WithoutCancel(ctx), facts)
}

// start builds and connects everything, and opens the doors last.
func start(ctx context.Context, c *Config, p parts) (_ *server, err error) {
	s := &server{broken: make(chan error, 4)}
	defer func() {
		if err != nil {
			stop, cancel := context.WithTimeout(context.Background(), stopTime)
			defer cancel()
			err = errors.Join(err, s.stop(stop))
		}
	}()
	// The heap is small: to look through it half as often saves a tenth of all work under load. What GOGC says stands.
	if set := debug.SetGCPercent(200); set != 100 {
		debug.SetGCPercent(set)
	}
	if p.Resolver == nil {
		p.Resolver = net.DefaultResolver
	}
	if err := forum.CheckClock(p.Now()); err != nil {
		return nil, err
	}
	l, err := net.Listen("tcp", c.address())
	if err != nil {
		return nil, err
	}
	s.undo = append(s.undo, func(context.Context) error { return ignoreClosed(l.Close()) })
	if s.base, err = c.base(l); err != nil {
		return nil, err
	}
	if err := s.build(ctx, c, p); err != nil {
		return nil, err
	}
	if p.Demo {
		if err := s.fill(ctx, p); err != nil {
			return nil, err
		}
	}
	if err := s.open(ctx, c, p, l); err != nil {
		return nil, err
	}
	return s, s.greet(ctx, p)
}

func (s *server) build(ctx context.Context, c *Config, p parts) error {
	key, err := c.secret()
	if err != nil {
		return err
	}
	service, err := c.loginService(s.base, p.Now, p.Log)
	if err != nil {
		return err
	}
	if s.store, err = openStore(ctx, c); err != nil {
		return err
	}
	s.undo = append(s.undo, func(context.Context) error { return s.store.Close() })
	lax, err := s.lax(ctx, c, p)
	if err != nil {
		return err
	}
	s.files = folder{filepath.Join(c.DataDir, "files"), freeFloor}
	s.forum = forum.New(s.store, forum.Options{Effects: effects{s}, Now: p.Now, Log: p.Log, Shelf: s.files, Secret: key, Site: s.base.String(), Lax: lax})
	if s.engine, err = searchEngine(ctx, c, s.store, s.forum, p.Log); err != nil {
		return err
	}
	words, err := text.Load(assets.Catalogue())
	if err != nil {
		return err
	}
	domain := cmp.Or(c.MailDomain, s.base.Hostname())
	postman, err := s.mailOut(c, p, words, domain)
	if err != nil {
		return err
	}
	if s.jobs, err = job.New(ctx, job.Options{Store: s.store, Forum: s.forum, Search: s.engine, Postman: postman, Every: p.Every, Log: p.Log, InRoom: s.inRoom,
		Find: func(ctx context.Context, by forum.Actor, query string, since time.Time) ([]forum.Searched, error) {
			return s.door.FindNew(ctx, by, query, since)
		}}); err != nil {
		return err
	}
	if err := s.live(ctx, c, p, words); err != nil {
		return err
	}
	network, err := s.networks(c)
	if err != nil {
		return err
	}
	s.door = web.New(web.Options{Network: network, Service: service, DNS: s.dnsRecords(c, p.Resolver, domain), Forum: s.forum, Hub: s.hub, Search: s.engine, Words: words, Letters: letters{postman}, Base: s.base, Relay: s.relay != nil, Deaf: c.SMTPListen == "off" && c.LMTPListen == "",
		Domain: domain, Used: c.used(), Proxies: c.Proxies, Ready: s.ready, Log: p.Log, Now: p.Now, Patience: p.Patience, Observe: s.measure(p)})
	return s.mailIn(c, p, words, domain)
}

// live builds the hub and the broker that joins it with other nodes'.
func (s *server) live(ctx context.Context, c *Config, p parts, words *text.Catalogue) error {
	s.broker = realtime.NewMemoryBroker()
	if c.RedisURL != "" {
		o, err := redis.ParseURL(c.RedisURL)
		if err != nil {
			return fmt.Errorf("REDIS_URL: %w", err)
		}
		o.MaxRetries = -1
		s.redis = redis.NewClient(o)
		if err := s.redis.Ping(ctx).Err(); err != nil {
			return fmt.Errorf("REDIS_URL: %w", errors.Join(err, s.redis.Close()))
		}
		s.broker = realtime.NewRedisBroker(s.redis, "peergroups", p.Log)
		s.undo = append(s.undo, func(context.Context) error { return s.redis.Close() })
	}
	s.undo = append(s.undo, func(context.Context) error { return s.broker.Close() })
	w := words.For("en", "UTC")
	s.hub = realtime.NewHub(s.broker, web.HubOptions(s.forum, realtime.Options{Log: p.Log}, func(key string) string { return w.T(key) }, func() *web.Door { return s.door }))
	return nil
}

// open lets people in.
func (s *server) open(ctx context.Context, c *Config, p parts, l net.Listener) error {
	if err := s.forum.EndLapsed(ctx); err != nil { // what ended while nothing ran, before anybody asks
		return err
	}
	if err := s.jobs.Start(context.WithoutCancel(ctx)); err != nil {
		return err
	}
	s.undo = append(s.undo, s.jobs.Stop)
	if err := s.openMail(c, p); err != nil {
		return err
	}
	if err := s.openMetrics(c); err != nil {
		return err
	}
	s.undo = append(s.undo, s.door.Shutdown)
	go s.run("web", func() error { return s.door.Serve(l) })
	return nil
}

func (s *server) run(what string, serve func() error) {
	if err := serve(); err != nil {
		select {
		case s.broken <- fmt.Errorf("%s: %w", what, err):
		default:
		}
	}
}

// stop undoes what start did, last things first: doors close before what they stand on.
func (s *server) stop(ctx context.Context) error {
	s.stopping.Lock() // a second call waits for the first, and has nothing left to do
	defer s.stopping.Unlock()
	var errs []error
	for i := len(s.undo) - 1; i >= 0; i-- {
		errs = append(errs, ignoreClosed(s.undo[i](ctx)))
	}
	s.undo = nil
	return errors.Join(errs...)
}

func ignoreClosed(err error) error {
	if errors.Is(err, net.ErrClosed) {
		return nil
	}
	return err
}

// ready tells whether what the forum stands on answers.
func (s *server) ready(ctx context.Context) error {
	if err := s.store.UnfinishedImport(ctx); err != nil {
		return fmt.Errorf("database: %w", err)
	}
	if s.redis != nil {
		if err := s.redis.Ping(ctx).Err(); err != nil {
			return fmt.Errorf("redis: %w", err)
		}
	}
	if err := s.engine.Ready(ctx); err != nil {
		return fmt.Errorf("search: %w", err)
	}
	return nil
}

// greet says where the forum is, and how to set up an empty one.
func (s *server) greet(ctx context.Context, p parts) error {
	set, err := s.forum.IsSetUp(ctx)
	if err != nil {
		return err
	}
	if !set {
		_, err = fmt.Fprintf(p.Out, "\nThis forum is empty. Set it up here (the link works once):\n\n    %s/welcome/%s\n\n", s.base, s.forum.SetUpToken())
	} else {
		_, err = fmt.Fprintf(p.Out, "\nThe forum is at %s\n", s.base)
	}
	if s.mailAt != "" && err == nil {
		_, err = fmt.Fprintf(p.Out, "Mail comes in at %s\n", s.mailAt)
	}
	if s.signers == nil || err != nil {
		return err
	}
	_, err = fmt.Fprintf(p.Out, "Mail goes out signed. Others can check it when this stands in the DNS (more on /staff/dns):\n\n")
	for _, k := range s.signers {
		name, record, broken := published(k)
		if err = errors.Join(err, broken); err == nil {
			_, err = fmt.Fprintf(p.Out, "    %s  TXT  \"%s\"\n\n", name, record)
		}
	}
	return err
}

// fill makes the demo's body of mediators, if there is nobody yet.
func (s *server) fill(ctx context.Context, p parts) error {
	set, err := s.forum.IsSetUp(ctx)
	if err != nil {
		return err
	}
	if set {
		_, err = fmt.Fprintf(p.Out, "The forum is not empty: nothing was added. If it is the demo, log in as %s; the password is %q.\n", strings.Join(demo.Handles(), ", "), demo.Password)
		return err
	}
	logins, err := demo.Fill(ctx, s.store, s.files, p.Now())
	if err != nil {
		return err
	}
	if _, err := job.FillSearch(ctx, s.forum, s.engine); err != nil {
		return err
	}
	_, err = fmt.Fprintf(p.Out, "\nA body of mediators, made up. Log in as:\n\n")
	for _, l := range logins {
		_, err = fmt.Fprintf(p.Out, "    %-14s name %-12s password %q\n", l.Role, l.Handle, l.Password)
	}
	return err
}

// measure counts requests and their time by route, for /metrics.
func (s *server) measure(p parts) func(string, int, time.Duration) {
	took := prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "peergroups_request_seconds", Help: "Time to answer, by route.",
		Buckets: []float64{.001, .005, .02, .1, .5, 2, 10}}, []string{"route", "status"})
	registry := prometheus.NewRegistry()
	registry.MustRegister(took, prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "peergroups_sockets", Help: "Open websockets."},
		func() float64 { return float64(s.hub.Connections()) }),
		gauge("peergroups_mail_waiting", "Mails that wait to be handed over.", func(ctx context.Context) (float64, error) {
			n, err := s.forum.CountQueued(ctx)
			return float64(n), err
		}),
		gauge("peergroups_search_waiting", "Posts and messages of which the search engine has not heard.", func(ctx context.Context) (float64, error) {
			n, _, err := s.forum.SearchLag(ctx)
			return float64(n), err
		}),
		gauge("peergroups_search_lag_seconds", "For how long the first of them waits.", func(ctx context.Context) (float64, error) {
			n, since, err := s.forum.SearchLag(ctx)
			if n == 0 || since == 0 { // what was said in rooms is noted within a moment
				return 0, err
			}
			return p.Now().Sub(since.Time()).Seconds(), err
		}))
	s.metrics = &http.Server{Handler: promhttp.HandlerFor(registry, promhttp.HandlerOpts{}), ReadHeaderTimeout: 5 * time.Second}
	return func(route string, status int, t time.Duration) {
		took.WithLabelValues(route, fmt.Sprintf("%dxx", status/100)).Observe(t.Seconds())
	}
}

// gauge is a number that is read when it is asked for; -1 while it cannot be.
func gauge(name, help string, read func(context.Context) (float64, error)) prometheus.Collector {
	return prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help}, func() float64 {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		n, err := read(ctx)
		if err != nil {
			return -1
		}
		return n
	})
}

func (s *server) openMetrics(c *Config) error {
	if c.MetricsListen == "" {
		return nil
	}
	l, err := net.Listen("tcp", c.MetricsListen)
	if err != nil {
		return err
	}
	mux := http.NewServeMux()
	mux.Handle("/metrics", s.metrics.Handler)
	s.metrics.Handler = mux
	s.undo = append(s.undo, func(ctx context.Context) error { return s.metrics.Shutdown(ctx) })
	go s.run("metrics", func() error {
		if err := s.metrics.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			return err
		}
		return nil
	})
	return nil
}

// inRoom tells whether somebody listens in a room, on any node; while that is not known, somebody may.
func (s *server) inRoom(ctx context.Context, id forum.RoomID) bool {
	people, err := s.hub.Present(ctx, web.RoomChannel(id))
	return err != nil || len(people) > 0
}
