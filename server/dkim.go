package main

import (
	"crypto"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"peergroups/server/mail"
)

// signer is the key that outgoing mail is signed with: DKIM_KEY_FILE, or the one in DATA_DIR,
// made at the first start that has a relay. Nodes must sign with the key that is published.
func (c *Config) signer(domain string) (*mail.Signer, error) {
	path := c.DKIMKeyFile
	if path == "" && c.RedisURL != "" {
		return nil, errors.New("several nodes (REDIS_URL) must share one DKIM_KEY_FILE: set it")
	}
	read := func() ([]byte, error) { return os.ReadFile(path) }
	if path == "" {
		path = filepath.Join(c.DataDir, "dkim.key")
		read = func() ([]byte, error) { return madeOnce(path, newSigningKey) }
	}
	text, err := read()
	if err != nil {
		return nil, err
	}
	key, err := signingKey(text)
	if err != nil {
		return nil, fmt.Errorf("%s is not a key to sign with: %w", path, err)
	}
	s := &mail.Signer{Domain: domain, Selector: c.DKIMSelector, Key: key}
	if s.Selector == "" {
		s.Selector = "forum"
	}
	return s, nil
}

// newSigningKey makes an RSA key: of Ed25519 (RFC 8463) many receivers know nothing.
func newSigningKey() ([]byte, error) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return nil, err
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), err
}

func signingKey(text []byte) (crypto.Signer, error) {
	block, _ := pem.Decode(text)
	if block == nil {
		return nil, errors.New("no PEM")
	}
	if key, err := x509.ParsePKCS1PrivateKey(block.Bytes); err == nil { // what openssl genrsa made
		return key, nil
	}
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, err
	}
	switch key := key.(type) {
	case *rsa.PrivateKey:
		return key, nil
	case ed25519.PrivateKey:
		return key, nil
	}
	return nil, errors.New("neither RSA nor Ed25519")
}

// published is the DNS record with which others check the signatures: its name, and its text.
func published(s *mail.Signer) (name, record string, err error) {
	name = s.Selector + "._domainkey." + s.Domain
	if public, ok := s.Key.Public().(ed25519.PublicKey); ok {
		return name, "v=DKIM1; k=ed25519; p=" + base64.StdEncoding.EncodeToString(public), nil
	}
	der, err := x509.MarshalPKIXPublicKey(s.Key.Public())
	return name, "v=DKIM1; k=rsa; p=" + base64.StdEncoding.EncodeToString(der), err
}
