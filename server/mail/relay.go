package mail

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/url"
	"strconv"
	"sync"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
)

// RelayOptions are a Relay's settings; zero values mean what is written behind them.
type RelayOptions struct {
	Name  string // said in EHLO: "localhost"
	Conns int    // connections kept at most: 16

	// PerDomain is how many mails for one domain go side by side (8, or "per_domain" in the address), and PerMinute how many
	// go to it in a minute (0: any number; or "per_minute").
	PerDomain, PerMinute int
	Now                  func() time.Time // nil: domains are not counted by the minute, and none is let rest

	Timeout time.Duration // of one mail with all that belongs to it: 2 minutes
	Idle    time.Duration // after which an unused connection is closed: 30 seconds
	TLS     *tls.Config   // roots and the like; nil: the system's
	Log     *slog.Logger  // slog.Default()
}

// Relay hands mail to one SMTP server (SMTP_URL) over a few connections that it keeps. It is safe for any number of
// goroutines.
type Relay struct {
	o              RelayOptions
	host, port     string
	user, password string
	implicit       bool          // TLS from the first byte
	mode           string        // "required", "none", or "": where it is offered
	slots          chan *line    // connections at rest, nil for those to be made
	free           chan struct{} // one for each connection that is not reserved
	closing        context.Context
	cancel         context.CancelFunc
	once           sync.Once
	lanes          *lanes
}

// line is one connection with how many mails it has carried.
type line struct {
	conn   net.Conn
	client *smtp.Client
	mails  int
	idle   *time.Timer
}

// maxPerLine is how many mails a connection carries; relays end it at some number anyway.
const maxPerLine = 200

// Errors of Send; compare with errors.Is.
var (
	ErrRelayClosed = errors.New("relay is closed")
	ErrUnsure      = errors.New("the connection broke before the relay's final answer")
)

// NewRelay reads an address like "smtp://user:password@host:587?tls=required" or "smtps://host". It connects when there
// is something to send. STARTTLS is used where it is offered; "tls=required" sends nothing without, "tls=none" never
// asks. A password is sent only over TLS whose certificate was checked, or to this machine.
func NewRelay(address string, o RelayOptions) (*Relay, error) {
	u, err := url.Parse(address)
	if err != nil || u.Hostname() == "" || u.Scheme != "smtp" && u.Scheme != "smtps" {
		return nil, errors.New("mail relay: want smtp://host:port or smtps://host:port") // not err, which holds the password
	}
	if o.Name == "" {
		o.Name = "localhost"
	}
	o.fill(u.Query())
	r := &Relay{o: o, host: u.Hostname(), port: u.Port(), user: u.User.Username(), implicit: u.Scheme == "smtps", mode: u.Query().Get("tls"), slots: make(chan *line, o.Conns), free: make(chan struct{}, o.Conns)}
	r.password, _ = u.User.Password()
	r.lanes = &lanes{conns: o.PerDomain, rate: o.PerMinute, now: o.Now, all: map[string]*lane{}}
	if r.mode != "" && r.mode != "required" && r.mode != "none" {
		return nil, errors.New("mail relay: tls is \"required\" or \"none\"")
	}
	if r.port == "" {
		r.port = map[bool]string{true: "465", false: "25"}[r.implicit]
	}
	r.closing, r.cancel = context.WithCancel(context.Background())
	for range o.Conns {
		r.slots <- nil
	}
	r.Release(o.Conns)
	return r, nil
}

// fill puts in what is not said; what the address says counts.
func (o *RelayOptions) fill(q url.Values) {
	if o.Conns <= 0 {
		o.Conns = 16
	}
	if n, err := strconv.Atoi(q.Get("per_domain")); err == nil {
		o.PerDomain = n
	}
	if n, err := strconv.Atoi(q.Get("per_minute")); err == nil {
		o.PerMinute = max(n, 0)
	}
	if o.PerDomain <= 0 {
		o.PerDomain = 8
	}
	if o.Timeout <= 0 {
		o.Timeout = 2 * time.Minute
	}
	if o.Idle <= 0 {
		o.Idle = 30 * time.Second
	}
	if o.Log == nil {
		o.Log = slog.Default()
	}
}

// Reserve waits until a connection is free, and takes all that are: who claims as many mails
// can hand each over at once. Release gives them back.
func (r *Relay) Reserve(ctx context.Context) (n int, err error) {
	select {
	case <-r.closing.Done():
		return 0, ErrRelayClosed
	case <-ctx.Done():
		return 0, ctx.Err()
	case <-r.free:
	}
	for n = 1; n < (cap(r.free)+1)/2; n++ {
		select {
		case <-r.free:
		default:
			return n, nil
		}
	}
	return n, nil
}

// Release gives reserved connections back.
func (r *Relay) Release(n int) {
	for range n {
		r.free <- struct{}{}
	}
}

// Send hands over one mail for one recipient. Nil means the relay has taken it: its final 250 was read. ErrUnsure means
// that it may have; after any other error it has not, and the mail may be sent again, unless the error is Permanent.
func (r *Relay) Send(ctx context.Context, envelopeFrom, to string, raw []byte) error {
	return r.SendIf(ctx, envelopeFrom, to, raw, nil)
}

// SendIf is Send that asks right before the text goes whether it still may.
func (r *Relay) SendIf(ctx context.Context, envelopeFrom, to string, raw []byte, still func(context.Context) error) error {
	leave, err := r.lanes.enter(ctx, to)
	if err != nil {
		return err
	}
	err = r.sendIf(ctx, envelopeFrom, to, raw, still)
	leave(err)
	return err
}

// Held answers with an error where nothing goes to the address for now, so that a mail need not be made.
func (r *Relay) Held(to string) error { return r.lanes.held(to, false) }

func (r *Relay) sendIf(ctx context.Context, envelopeFrom, to string, raw []byte, still func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, r.o.Timeout)
	defer cancel()
	var l *line
	select {
	case <-r.closing.Done():
		return ErrRelayClosed
	case l = <-r.slots:
	case <-ctx.Done():
		return fmt.Errorf("wait for the relay: %w", ctx.Err())
	}
	defer func() { r.slots <- l }()
	if r.closing.Err() != nil {
		return ErrRelayClosed
	}
	l = l.wake()
	kept := l != nil
	for {
		err := r.connected(ctx, &l)
		if err != nil {
			return fmt.Errorf("reach the relay: %w", err)
		}
		begun, err := l.send(ctx, envelopeFrom, to, raw, still)
		if l = l.rest(err, r.o.Idle); err != nil && l == nil && kept && !begun {
			kept = false // a kept connection that the relay had ended: nothing was sent, so once more on a new one
			continue
		}
		if err != nil {
			return fmt.Errorf("send: %w", err)
		}
		return nil
	}
}

// connected fills in a connection where there is none.
func (r *Relay) connected(ctx context.Context, l **line) error {
	if *l != nil {
		return nil
	}
	fresh, err := r.connect(ctx)
	if err != nil {
		return notOfTheMail{err}
	}
	*l = fresh
	return nil
}

// notOfTheMail hides the relay's code: a refused password must not look like a refused mail.
type notOfTheMail struct{ error }

// Permanent tells that the relay will never take this mail (5xx), as opposed to not now. Refused passwords and
// connections are not the mail's fault, so they are not permanent.
func Permanent(err error) bool {
	var answer *smtp.SMTPError
	if !errors.As(err, &answer) {
		return false
	}
	return answer.Code/100 == 5 && answer.Code != 530 && answer.Code != 535 && answer.Code != 538
}

// Close waits for what is being sent and ends all connections.
func (r *Relay) Close() {
	r.once.Do(func() {
		r.cancel()
		for range cap(r.slots) {
			if l := (<-r.slots).wake(); l != nil {
				stop := time.AfterFunc(time.Second, func() { _ = l.conn.Close() })
				_ = l.client.Quit()
				_ = l.conn.Close()
				stop.Stop()
			}
		}
		for range cap(r.slots) { // those still waiting learn that it is closed
			r.slots <- nil
		}
	})
}

// wake takes a connection from its rest; nil where it has ended meanwhile.
func (l *line) wake() *line {
	if l == nil || !l.idle.Stop() {
		return nil
	}
	return l
}

// rest keeps a connection for the next mail, or ends it: nil. After a plain refusal it is as good as before.
func (l *line) rest(err error, idle time.Duration) *line {
	var answer *smtp.SMTPError
	refused := errors.As(err, &answer) && answer.Code != 421
	if l.mails++; err != nil && !refused || l.mails >= maxPerLine || refused && l.client.Reset() != nil {
		_ = l.conn.Close()
		return nil
	}
	l.idle = time.AfterFunc(idle, func() { _ = l.conn.Close() })
	return l
}

// send does one transaction; begun tells that the mail itself was on its way.
func (l *line) send(ctx context.Context, from, to string, raw []byte, still func(context.Context) error) (begun bool, err error) {
	stop := context.AfterFunc(ctx, func() { _ = l.conn.Close() })
	defer func() {
		if !stop() && err == nil { // it was closed although all is well; the next mail finds out
			_ = l.conn.Close()
		}
	}()
	o := &smtp.MailOptions{Size: int64(len(raw))}
	if ok, _ := l.client.Extension("SMTPUTF8"); ok && (!ascii(from) || !ascii(to)) {
		o.UTF8 = true
	}
	if err := l.client.Mail(from, o); err != nil {
		return false, err
	}
	if err := l.client.Rcpt(to, nil); err != nil {
		return false, refusal{err, true}
	}
	if still != nil {
		if err := still(ctx); err != nil {
			return false, err
		}
	}
	w, err := l.client.Data()
	if err != nil {
		return false, err
	}
	if _, err := io.Copy(w, bytes.NewReader(raw)); err != nil {
		return true, err // not w.Close(), which would end half a mail as if it were whole
	}
	if _, err = w.CloseWithResponse(); err == nil {
		return true, nil
	}
	if answer := (*smtp.SMTPError)(nil); !errors.As(err, &answer) {
		return true, fmt.Errorf("%w: %w", ErrUnsure, err) // RFC 5321 section 4.5.4.2: the whole mail is there, the answer is not
	}
	return true, refusal{err, false}
}

func ascii(s string) bool {
	for i := range len(s) {
		if s[i] > 0x7F {
			return false
		}
	}
	return true
}

var errPlain = errors.New("no TLS is offered, so neither password nor mail is sent")

// connect opens a connection, under TLS where that is to be had, and signs in.
func (r *Relay) connect(ctx context.Context) (*line, error) {
	conn, err := r.dial(ctx)
	if err != nil {
		return nil, err
	}
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
	defer stop()
	secure := r.implicit
	client := smtp.NewClient(conn)
	if err := client.Hello(r.o.Name); err != nil {
		_ = conn.Close()
		return nil, err
	}
	if offered, _ := client.Extension("STARTTLS"); offered && !secure && r.mode != "none" {
		_ = client.Quit() // the library can only begin with it
		_ = conn.Close()
		if conn, err = r.dial(ctx); err != nil {
			return nil, err
		}
		again := conn
		defer context.AfterFunc(ctx, func() { _ = again.Close() })()
		if client, err = smtp.NewClientStartTLS(conn, r.config()); err == nil {
			err = client.Hello(r.o.Name)
		}
		if err != nil {
			_ = conn.Close()
			return nil, err
		}
		secure = true
	}
	if err := r.signIn(client, secure); err != nil {
		_ = conn.Close()
		return nil, err
	}
	client.CommandTimeout, client.SubmissionTimeout = r.o.Timeout, r.o.Timeout
	r.o.Log.Debug("relay connected", "host", r.host, "tls", secure)
	return &line{conn: conn, client: client}, nil
}

func (r *Relay) dial(ctx context.Context) (net.Conn, error) {
	address := net.JoinHostPort(r.host, r.port)
	if r.implicit {
		return (&tls.Dialer{Config: r.config()}).DialContext(ctx, "tcp", address)
	}
	return (&net.Dialer{}).DialContext(ctx, "tcp", address)
}

// config checks the relay's certificate, but where TLS is a bonus and no password is at stake: then an unchecked
// certificate is better than none (RFC 7435).
func (r *Relay) config() *tls.Config {
	c := r.o.TLS.Clone()
	if c == nil {
		c = &tls.Config{}
	}
	c.ServerName, c.MinVersion = r.host, max(c.MinVersion, tls.VersionTLS12)
	c.InsecureSkipVerify = !r.implicit && r.mode != "required" && r.user == ""
	return c
}

func (r *Relay) signIn(client *smtp.Client, secure bool) error {
	local := net.ParseIP(r.host).IsLoopback() || r.host == "localhost"
	if !secure && (r.mode == "required" || r.user != "" && !local) {
		return errPlain
	}
	switch {
	case r.user == "":
		return nil
	case client.SupportsAuth(sasl.Plain):
		return client.Auth(sasl.NewPlainClient("", r.user, r.password))
	default:
		return client.Auth(sasl.NewLoginClient(r.user, r.password))
	}
}
