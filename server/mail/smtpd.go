package mail

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"regexp"
	"strings"
	"sync"
	"time"

	"github.com/emersion/go-smtp"
)

// Envelope is how a mail came: not what it says of itself, but what the SMTP client said and where it is.
type Envelope struct {
	Remote     net.IP
	Helo, From string   // From is "" for bounces
	To         []string // at Door.Rcpt the one asked for, at Door.Data all accepted
}

// Door decides on mail. An *smtp.SMTPError is answered as it is; any other error as "451 4.3.0", and logged.
type Door interface {
	// Rcpt refuses a recipient before the mail is sent.
	Rcpt(ctx context.Context, e Envelope) error
	// Data takes a whole mail; once it returns nil the mail must be safe. ctx ends with the connection's right to wait.
	Data(ctx context.Context, e Envelope, raw []byte) error
}

// ServerOptions are a Server's settings; zero values mean what is written behind them.
type ServerOptions struct {
	Domain        string // of all recipients; mail for others is refused
	Door          Door
	MaxBytes      int64         // of a mail: 10 MiB
	MaxMemory     int64         // of all mails that are coming in, their beginnings not counted: 128 MiB
	MaxRecipients int           // of a mail: 20
	MaxConns      int           // at once: 100
	MaxPerAddress int           // connections from one address at once: 10
	Idle          time.Duration // for one command, or one mail's data: 5 minutes
	Session       time.Duration // of a connection in all: 30 minutes
	TLS           *tls.Config   // offers STARTTLS; nil: not offered
	LMTP          bool          // speaks LMTP (RFC 2033) with a mail server of our own, whose topmost Received line is believed
	Log           *slog.Logger  // slog.Default()
}

func (o ServerOptions) filled() ServerOptions {
	if o.MaxBytes <= 0 {
		o.MaxBytes = 10 << 20
	}
	if o.MaxMemory <= 0 {
		o.MaxMemory = 128 << 20
	}
	if o.MaxRecipients <= 0 {
		o.MaxRecipients = 20
	}
	if o.MaxConns <= 0 {
		o.MaxConns = 100
	}
	if o.MaxPerAddress <= 0 {
		o.MaxPerAddress = 10
	}
	if o.Idle <= 0 {
		o.Idle = 5 * time.Minute
	}
	if o.Session <= 0 {
		o.Session = 30 * time.Minute
	}
	if o.Log == nil {
		o.Log = slog.Default()
	}
	return o
}

// Server receives mail for one domain. It relays nothing and tells nobody which addresses exist but by Door.Rcpt.
type Server struct {
	o      ServerOptions
	smtp   *smtp.Server
	ctx    context.Context // ends when Shutdown's patience does
	cancel context.CancelFunc
	conns  *conns
	room   room
}

// NewServer makes a server that waits for Serve.
func NewServer(o ServerOptions) *Server {
	o = o.filled()
	s := &Server{o: o, conns: newConns(o), room: room{left: o.MaxMemory}}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	s.smtp = smtp.NewServer(smtp.BackendFunc(s.session))
	s.smtp.Domain, s.smtp.MaxMessageBytes, s.smtp.MaxRecipients = o.Domain, o.MaxBytes, o.MaxRecipients
	s.smtp.MaxLineLength = maxLine
	s.smtp.ReadTimeout, s.smtp.WriteTimeout = o.Idle, o.Idle
	s.smtp.TLSConfig, s.smtp.EnableSMTPUTF8, s.smtp.LMTP = o.TLS, true, o.LMTP
	s.smtp.ErrorLog = quiet{o.Log}
	return s
}

// Serve answers connections until Shutdown, then returns nil.
func (s *Server) Serve(l net.Listener) error {
	return s.smtp.Serve(&listener{Listener: l, conns: s.conns})
}

// Shutdown ends idle connections at once and lets others finish their mail until ctx ends; then what is left is
// cancelled. A mail without its final answer is not lost: its sender has it and will come again.
func (s *Server) Shutdown(ctx context.Context) error {
	s.conns.close()
	err := s.smtp.Shutdown(ctx)
	s.cancel()
	s.conns.closeAll()
	return err
}

func (s *Server) session(c *smtp.Conn) (smtp.Session, error) {
	ip := net.IP(nil)
	if a, ok := c.Conn().RemoteAddr().(*net.TCPAddr); ok {
		ip = a.IP
	}
	ctx, cancel := context.WithCancel(s.ctx)
	return &session{server: s, ctx: ctx, cancel: cancel, client: c, conn: s.conns.of(c.Conn()), remote: ip}, nil
}

// session is one client between two greetings. Its methods may be called from two goroutines (BDAT).
type session struct {
	server *Server
	ctx    context.Context
	cancel context.CancelFunc
	client *smtp.Conn
	conn   *conn
	remote net.IP

	mu         sync.Mutex
	helo, from string
	to         []string
}

var (
	errLater   = &smtp.SMTPError{Code: 451, EnhancedCode: smtp.EnhancedCode{4, 3, 0}, Message: "Something went wrong here, please try again later"}
	errRelay   = &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 7, 1}, Message: "No mail is relayed here"}
	errAddress = &smtp.SMTPError{Code: 501, EnhancedCode: smtp.EnhancedCode{5, 1, 3}, Message: "That is not an address"}
	errLines   = &smtp.SMTPError{Code: 554, EnhancedCode: smtp.EnhancedCode{5, 6, 0}, Message: "Lines must end in CR LF, and CR and LF stand nowhere else"}
)

// Mail implements smtp.Session.
func (s *session) Mail(from string, _ *smtp.MailOptions) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if from != "" && canonical(from) == "" {
		return errAddress
	}
	s.helo, s.from = s.client.Hostname(), from
	s.conn.busy(true)
	return nil
}

// Rcpt implements smtp.Session.
func (s *session) Rcpt(to string, _ *smtp.RcptOptions) (err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	defer s.guard(&err, "rcpt")
	address := canonical(to)
	if address == "" {
		return errAddress
	}
	if !strings.EqualFold(domainOf(address), s.server.o.Domain) {
		return errRelay
	}
	if err := s.server.o.Door.Rcpt(s.ctx, s.envelope(address)); err != nil {
		return err
	}
	s.to = append(s.to, address)
	return nil
}

// Data implements smtp.Session.
func (s *session) Data(r io.Reader) (err error) {
	defer s.guard(&err, "data")
	s.mu.Lock()
	e := s.envelope(s.to...)
	s.mu.Unlock()
	raw, held, err := s.server.room.read(r)
	defer func() { s.server.room.give(held) }()
	if errors.Is(err, smtp.ErrTooLongLine) {
		drain(s.client.Conn(), s.server.o.MaxBytes)
		return errLongLine
	}
	var answer *smtp.SMTPError
	if err != nil && !errors.As(err, &answer) { // the client went away or broke the rules: no fault here
		return errLater
	}
	if err != nil {
		return answer
	}
	if !strictLines(raw) { // in BDAT or under TLS, where conn cannot see it
		return errLines
	}
	if s.server.o.LMTP {
		e = e.Relayed(raw)
	}
	return s.server.o.Door.Data(s.ctx, e, raw)
}

func (s *session) envelope(to ...string) Envelope {
	return Envelope{Remote: s.remote, Helo: s.helo, From: s.from, To: append([]string(nil), to...)}
}

// Reset implements smtp.Session.
func (s *session) Reset() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.from, s.to = "", nil
	s.conn.busy(false)
}

// Logout implements smtp.Session.
func (s *session) Logout() error {
	s.cancel()
	return nil
}

// guard is deferred around all calls of the door: it makes answers of errors and panics, and logs what is not an
// answer, without a word of the mail or its addresses.
func (s *session) guard(err *error, verb string) {
	if p := recover(); p != nil {
		s.server.o.Log.Error("mail door panicked", "verb", verb, "type", fmt.Sprintf("%T", p))
		*err = errLater
		return
	}
	var answer *smtp.SMTPError
	switch {
	case *err == nil:
	case errors.As(*err, &answer):
		*err = answer // the library looks at the outermost error only
	default:
		s.server.o.Log.Error("mail door failed", "verb", verb, "err", impersonal(*err))
		*err = errLater
	}
}

var anAddress = regexp.MustCompile(`[^\s<>"']+@[^\s<>"']+`)

// impersonal gives an error's words without mail addresses.
func impersonal(err error) string { return anAddress.ReplaceAllString(err.Error(), "(address)") }

// quiet logs what the library reports without its arguments, which hold addresses.
type quiet struct{ log *slog.Logger }

// Printf implements smtp.Logger.
func (q quiet) Printf(format string, _ ...any) { q.log.Debug("smtp", "event", format) }

// Println implements smtp.Logger.
func (q quiet) Println(...any) { q.log.Debug("smtp") }
