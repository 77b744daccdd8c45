package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/alecthomas/kong"

	"peergroups/forum"
)

// Config is everything that can be set, by flag, environment variable or file. The zero
// configuration runs with everything embedded.
type Config struct {
	File kong.ConfigFlag `name:"config" help:"Read settings from this YAML file." placeholder:"FILE"`

	Port          int      `env:"PORT" default:"3000" help:"Port of the web server; 0: any free one."`
	Listen        string   `env:"LISTEN" default:"" help:"Address of the web server; empty: every one of this machine's." placeholder:"ADDR"`
	BaseURL       string   `name:"base-url" env:"BASE_URL" help:"How people reach the site; links are made of it. Empty: http://localhost:PORT." placeholder:"URL"`
	DataDir       string   `env:"DATA_DIR" default:"./data" help:"Folder of the embedded database, of files and of the secret key; nodes share it." placeholder:"DIR"`
	DatabaseURL   string   `name:"database-url" env:"DATABASE_URL" help:"postgres://… or sqlite:PATH. Empty: SQLite in DATA_DIR." placeholder:"URL"`
	RedisURL      string   `name:"redis-url" env:"REDIS_URL" help:"redis://… joins several nodes. Empty: this process is the only one." placeholder:"URL"`
	MeiliURL      string   `name:"meili-url" env:"MEILI_URL" help:"Meilisearch server. Empty: search in the database." placeholder:"URL"`
	MeiliKey      string   `name:"meili-key" env:"MEILI_KEY" help:"Key of the Meilisearch server." placeholder:"KEY"`
	SMTPURL       string   `name:"smtp-url" env:"SMTP_URL" help:"Relay for outgoing mail, smtp://USER:PASSWORD@HOST:PORT, with ?per_domain=4&per_minute=60 to bound what goes to one domain. Empty: mail is kept in the outbox." placeholder:"URL"`
	SMTPListen    string   `name:"smtp-listen" env:"SMTP_LISTEN" default:"127.0.0.1:2525" help:"Address where mail comes in; off: nowhere." placeholder:"ADDR"`
	SMTPCert      string   `name:"smtp-cert" env:"SMTP_CERT" help:"Certificate chain (PEM) with which incoming mail is offered STARTTLS; with SMTP_KEY. Empty: not offered." placeholder:"FILE"`
	SMTPKey       string   `name:"smtp-key" env:"SMTP_KEY" help:"Private key (PEM) of SMTP_CERT." placeholder:"FILE"`
	LMTPListen    string   `name:"lmtp-listen" env:"LMTP_LISTEN" help:"Address, or unix:PATH, where a mail server on this machine hands mail in by LMTP; who it got a mail from it says in its Received line. Empty: nowhere." placeholder:"ADDR"`
	MailDomain    string   `env:"MAIL_DOMAIN" help:"Domain of the forum's mail addresses. Empty: the host of BASE_URL." placeholder:"DOMAIN"`
	SecretKey     string   `env:"SECRET_KEY" help:"Seals links and reply addresses; at least 32 characters. Empty: made once and kept in DATA_DIR." placeholder:"KEY"`
	StaffFactor   string   `name:"staff-factor" env:"STAFF_FACTOR" enum:"required,off" default:"required" help:"Whether roles of the staff count only in sessions begun with a second factor: required, or off. The demo does without."`
	DKIMKeyFile   string   `name:"dkim-key-file" env:"DKIM_KEY_FILE" help:"RSA or Ed25519 key (PEM) that outgoing mail is signed with. Empty: made once and kept in DATA_DIR." placeholder:"FILE"`
	DKIMSelector  string   `name:"dkim-selector" env:"DKIM_SELECTOR" default:"forum" help:"Selector of the DNS record with the public key." placeholder:"NAME"`
	OIDCIssuer    string   `name:"oidc-issuer" env:"OIDC_ISSUER" help:"Login service (OpenID Connect) by which members may log in too. Empty: none." placeholder:"URL"`
	OIDCClientID  string   `name:"oidc-client-id" env:"OIDC_CLIENT_ID" help:"Name of the forum at the login service." placeholder:"ID"`
	OIDCSecret    string   `name:"oidc-client-secret" env:"OIDC_CLIENT_SECRET" help:"Its secret there." placeholder:"SECRET"`
	OIDCName      string   `name:"oidc-name" env:"OIDC_NAME" help:"What the login service is called on pages." placeholder:"NAME"`
	NetworkDB     string   `name:"network-db" env:"NETWORK_DB" help:"Local database (.mmdb) that names the networks of addresses, for counting from where people come. Empty: networks are not counted." placeholder:"FILE"`
	MetricsListen string   `env:"METRICS_LISTEN" help:"Address of /metrics, apart from the site. Empty: none." placeholder:"ADDR"`
	Proxies       []string `name:"trusted-proxies" env:"TRUSTED_PROXIES" help:"Addresses or networks whose X-Forwarded-For counts." placeholder:"CIDR"`
	Verbose       bool     `env:"VERBOSE" help:"Log every request."`
}

const leastSecret = 32

// database is where the store is.
func (c *Config) database() string {
	if c.DatabaseURL != "" {
		return c.DatabaseURL
	}
	return "sqlite:" + filepath.Join(c.DataDir, "forum.db")
}

// base is BASE_URL, or this machine at the port that was really opened.
func (c *Config) base(l net.Listener) (*url.URL, error) {
	if c.BaseURL == "" {
		_, port, _ := net.SplitHostPort(l.Addr().String())
		return &url.URL{Scheme: "http", Host: "localhost:" + port}, nil
	}
	u, err := url.Parse(strings.TrimSuffix(c.BaseURL, "/"))
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.Path != "" || u.RawQuery != "" {
		return nil, fmt.Errorf("BASE_URL must be like https://forum.example, is %q", c.BaseURL)
	}
	return u, nil
}

// secret is SECRET_KEY, or the key in DATA_DIR, made at the first start. A database on
// another machine is shared by nodes, which then must share the key.
func (c *Config) secret() ([]byte, error) {
	if c.SecretKey != "" {
		if len(c.SecretKey) < leastSecret {
			return nil, fmt.Errorf("SECRET_KEY needs at least %d characters", leastSecret)
		}
		return []byte(c.SecretKey), nil
	}
	if c.RedisURL != "" {
		return nil, errors.New("several nodes (REDIS_URL) must share one SECRET_KEY: set it")
	}
	return keyFile(filepath.Join(c.DataDir, "secret.key"))
}

// keyFile reads the key, or makes it.
func keyFile(path string) ([]byte, error) {
	key, err := madeOnce(path, func() ([]byte, error) { return []byte(newSecret()), nil })
	if err == nil && len(key) < leastSecret {
		return nil, fmt.Errorf("%s is damaged: %d bytes", path, len(key))
	}
	return key, err
}

// madeOnce reads a secret file, or makes it. It is linked into its place whole: a killed
// start leaves no half of a key, and of two starts at once both get the same.
func madeOnce(path string, secret func() ([]byte, error)) ([]byte, error) {
	if key, err := os.ReadFile(path); err == nil || !errors.Is(err, os.ErrNotExist) {
		return key, err
	}
	text, err := secret()
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, err
	}
	fresh, err := os.CreateTemp(filepath.Dir(path), "secret-*")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.Remove(fresh.Name()) }()
	if _, err := fresh.Write(text); err != nil {
		return nil, errors.Join(err, fresh.Close())
	}
	if err := errors.Join(fresh.Sync(), fresh.Close()); err != nil {
		return nil, err
	}
	if err := os.Link(fresh.Name(), path); err != nil && !errors.Is(err, os.ErrExist) {
		return nil, err
	}
	return os.ReadFile(path)
}

// relayHost is the host of the relay; "": there is none.
func (c *Config) relayHost() string {
	u, err := url.Parse(c.SMTPURL)
	if err != nil {
		return ""
	}
	return u.Hostname()
}

// oidc tells whether there is a login service; half of its settings are a mistake.
func (c *Config) oidc() (on bool, err error) {
	var missing []string
	for _, s := range [][2]string{{"OIDC_ISSUER", c.OIDCIssuer}, {"OIDC_CLIENT_ID", c.OIDCClientID}, {"OIDC_CLIENT_SECRET", c.OIDCSecret}, {"OIDC_NAME", c.OIDCName}} {
		if s[1] == "" {
			missing = append(missing, s[0])
		}
	}
	switch {
	case len(missing) == 4:
		return false, nil
	case len(missing) > 0:
		return false, fmt.Errorf("a login service needs %s too: set all four of OIDC_… or none", strings.Join(missing, ", "))
	case !safeAddress(c.OIDCIssuer) || strings.Contains(c.OIDCIssuer, "?"):
		return false, fmt.Errorf("OIDC_ISSUER must be like https://login.example (http only on this machine), is %q", c.OIDCIssuer)
	}
	return true, nil
}

// used lists the settings of service providers that are in use: those of other machines,
// which alone are anybody's providers.
func (c *Config) used() (out []string) {
	for name, value := range map[string]string{"SMTP_URL": c.SMTPURL, "DATABASE_URL": c.DatabaseURL, "REDIS_URL": c.RedisURL, "MEILI_URL": c.MeiliURL, "OIDC_ISSUER": c.OIDCIssuer} {
		if value == "" {
			continue
		}
		u, err := url.Parse(value)
		if err != nil { // where it leads is not known
			out = append(out, name)
			continue
		}
		host := u.Hostname()
		if strings.HasPrefix(u.Scheme, "postgres") && host == "" {
			if host = u.Query().Get("host"); strings.HasPrefix(host, "/") {
				host = "" // a socket of this machine
			}
		}
		if ip := net.ParseIP(host); host != "" && host != "localhost" && (ip == nil || !ip.IsLoopback()) {
			out = append(out, name)
		}
	}
	return out
}

// named refuses to send data to anybody who is not in the public register of processors (P26).
func named(ctx context.Context, c *Config, f *forum.Forum) error {
	known, err := f.ReadProcessors(ctx)
	if err != nil {
		return err
	}
	var unnamed []string
	used := c.used()
	for _, p := range forum.Providers {
		if slices.Contains(used, p.Setting) && !slices.ContainsFunc(known, func(k forum.Processor) bool { return k.Name == p.Name }) {
			unnamed = append(unnamed, fmt.Sprintf("%s leads to another machine, and who works there is not in the register of processors: name them first with `peergroups admin processor %s --who … --country … --safeguard …`, or under Staff → Service providers", p.Setting, p.Name))
		}
	}
	if unnamed == nil {
		return nil
	}
	return errors.New(strings.Join(unnamed, "\n"))
}

func (c *Config) address() string { return net.JoinHostPort(c.Listen, strconv.Itoa(c.Port)) }
