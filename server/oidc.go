package main

import (
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"peergroups/forum"
	"peergroups/server/web"
)

const (
	servicePatience = 5 * time.Second // with each question to the login service
	serviceAnswer   = 1 << 20         // bytes of its answers; what is longer is cut
	longestSubject  = 255             // ASCII characters (OpenID Connect Core 1.0, 2)
)

// loginService is the provider of OIDC_ISSUER (OpenID Connect Core 1.0, code flow with PKCE). It hears nothing
// before somebody wants to log in by it, and is asked for nothing but who they are there.
type loginService struct {
	issuer, name string
	client       oauth2.Config
	http         *http.Client
	now          func() time.Time
	log          *slog.Logger
	asking       chan struct{} // holds one: who looks for what is below
	found        *provider     // nil: not yet
}

// provider is what the service tells of itself (OpenID Connect Discovery 1.0).
type provider struct {
	*oidc.Provider
	Auth      string   `json:"authorization_endpoint"`
	Token     string   `json:"token_endpoint"`
	Keys      string   `json:"jwks_uri"`
	Methods   []string `json:"token_endpoint_auth_methods_supported"`
	NamesSelf bool     `json:"authorization_response_iss_parameter_supported"` // RFC 9207
}

// loginService builds it; nil where none is set.
func (c *Config) loginService(base *url.URL, now func() time.Time, log *slog.Logger) (web.LoginService, error) {
	on, err := c.oidc()
	if err != nil || !on {
		return nil, err
	}
	return &loginService{issuer: c.OIDCIssuer, name: c.OIDCName, now: now, log: log, asking: make(chan struct{}, 1),
		client: oauth2.Config{ClientID: c.OIDCClientID, ClientSecret: c.OIDCSecret, RedirectURL: base.String() + web.ComeBackPath, Scopes: []string{oidc.ScopeOpenID}},
		http: &http.Client{Timeout: servicePatience, Transport: shortAnswers{http.DefaultTransport},
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}, nil
}

// shortAnswers cuts what is too long to be an answer.
type shortAnswers struct{ http.RoundTripper }

func (s shortAnswers) RoundTrip(r *http.Request) (*http.Response, error) {
	res, err := s.RoundTripper.RoundTrip(r)
	if err == nil {
		res.Body = struct {
			io.Reader
			io.Closer
		}{io.LimitReader(res.Body, serviceAnswer), res.Body}
	}
	return res, err
}

// safeAddress tells whether nobody between can read or change what is said there: https, or this machine.
func safeAddress(address string) bool {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.User != nil || u.Fragment != "" {
		return false
	}
	ip := net.ParseIP(u.Hostname())
	return u.Scheme == "https" || u.Scheme == "http" && (u.Hostname() == "localhost" || ip != nil && ip.IsLoopback())
}

// Issuer implements web.LoginService.
func (s *loginService) Issuer() string { return s.issuer }

// Name implements web.LoginService.
func (s *loginService) Name() string { return s.name }

// down says that the service does not answer; why, the log says.
func (s *loginService) down(err error) error {
	s.log.Warn("login service does not answer", "err", short(err.Error()))
	return web.ServiceDown
}

// refused says that nobody was logged in there; why, the log says.
func (s *loginService) refused(why string) error {
	s.log.Warn("login service refused", "why", short(why))
	return web.ServiceRefused
}

// short is the beginning of what may be a page of theirs.
func short(s string) string { return s[:min(len(s), 300)] }

// find asks the service once what it tells of itself. Who comes meanwhile waits, no longer than they would for an answer.
func (s *loginService) find(ctx context.Context) (*provider, error) {
	ctx, cancel := context.WithTimeout(oidc.ClientContext(ctx, s.http), servicePatience)
	defer cancel()
	select {
	case s.asking <- struct{}{}:
		defer func() { <-s.asking }()
	case <-ctx.Done():
		return nil, s.down(ctx.Err())
	}
	if s.found != nil {
		return s.found, nil
	}
	told, err := oidc.NewProvider(ctx, s.issuer)
	if err != nil {
		return nil, s.down(err)
	}
	p := &provider{Provider: told}
	if err := told.Claims(p); err != nil {
		return nil, s.down(err)
	}
	for _, address := range []string{p.Auth, p.Token, p.Keys} {
		if !safeAddress(address) {
			return nil, s.down(fmt.Errorf("%q is neither https nor this machine", address))
		}
	}
	s.found = p
	return p, nil
}

func (s *loginService) as(p *provider) *oauth2.Config {
	c := s.client
	c.Endpoint = oauth2.Endpoint{AuthURL: p.Auth, TokenURL: p.Token, AuthStyle: oauth2.AuthStyleInHeader}
	if len(p.Methods) > 0 && !slices.Contains(p.Methods, "client_secret_basic") {
		c.Endpoint.AuthStyle = oauth2.AuthStyleInParams
	}
	return &c
}

// Ask implements web.LoginService.
func (s *loginService) Ask(ctx context.Context, a forum.Away) (string, error) {
	p, err := s.find(ctx)
	if err != nil {
		return "", err
	}
	return s.as(p).AuthCodeURL(a.State, oidc.Nonce(a.Nonce), oauth2.S256ChallengeOption(a.Verifier)), nil
}

// Answer implements web.LoginService.
func (s *loginService) Answer(ctx context.Context, a forum.Away, said url.Values) (who forum.Subject, err error) {
	p, err := s.find(ctx)
	if err != nil {
		return who, err
	}
	if iss := said.Get("iss"); iss != s.issuer && (iss != "" || p.NamesSelf) {
		return who, s.refused("the answer is of another issuer")
	}
	if said.Get("code") == "" || said.Has("error") {
		return who, s.refused("no code: " + said.Get("error"))
	}
	ctx, cancel := context.WithTimeout(oidc.ClientContext(ctx, s.http), servicePatience)
	defer cancel()
	tokens, err := s.as(p).Exchange(ctx, said.Get("code"), oauth2.VerifierOption(a.Verifier))
	var refusal *oauth2.RetrieveError
	if errors.As(err, &refusal) && refusal.Response.StatusCode < http.StatusInternalServerError {
		return who, s.refused(refusal.ErrorCode)
	}
	if err != nil {
		return who, s.down(err)
	}
	raw, _ := tokens.Extra("id_token").(string)
	return s.check(ctx, p, a, raw)
}

// check reads an ID token (OpenID Connect Core 1.0, 3.1.3.7).
func (s *loginService) check(ctx context.Context, p *provider, a forum.Away, raw string) (who forum.Subject, err error) {
	token, err := p.Verifier(&oidc.Config{ClientID: s.client.ClientID, Now: s.now}).Verify(ctx, raw)
	if err != nil {
		return who, s.refused(err.Error())
	}
	var more struct {
		For string `json:"azp"`
	}
	if err := token.Claims(&more); err != nil {
		return who, s.refused(err.Error())
	}
	switch {
	case subtle.ConstantTimeCompare([]byte(token.Nonce), []byte(a.Nonce)) != 1:
		return who, s.refused("another nonce")
	case more.For != s.client.ClientID && (more.For != "" || len(token.Audience) > 1):
		return who, s.refused("the token is for another")
	case token.Subject == "" || len(token.Subject) > longestSubject:
		return who, s.refused("no subject")
	}
	return forum.Subject{Issuer: s.issuer, ID: token.Subject}, nil
}
