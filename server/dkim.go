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

// signers are the keys that outgoing mail is signed with: DKIM_KEY_FILE, or two in DATA_DIR, made at the first start that
// has a relay: RSA, which everybody can check, and Ed25519 (RFC 8463), which some do by now. Nodes must sign with the keys that
// are published.
func (c *Config) signers(domain string) ([]*mail.Signer, error) {
	if c.DKIMKeyFile == "" && c.RedisURL != "" {
		return nil, errors.New("several nodes (REDIS_URL) must share one DKIM_KEY_FILE: set it")
	}
	selector := c.DKIMSelector
	if selector == "" {
		selector = "forum"
	}
	if c.DKIMKeyFile != "" {
		one, err := signer(domain, selector, c.DKIMKeyFile, func() ([]byte, error) { return os.ReadFile(c.DKIMKeyFile) })
		return []*mail.Signer{one}, err
	}
	var all []*mail.Signer
	for _, k := range []struct {
		file, selector string
		make           func() ([]byte, error)
	}{{"dkim.key", selector, newSigningKey}, {"dkim-ed25519.key", selector + "-ed25519", newShortKey}} {
		path := filepath.Join(c.DataDir, k.file)
		one, err := signer(domain, k.selector, path, func() ([]byte, error) { return madeOnce(path, k.make) })
		if err != nil {
			return nil, err
		}
		all = append(all, one)
	}
	return all, nil
}

func signer(domain, selector, path string, read func() ([]byte, error)) (*mail.Signer, error) {
	text, err := read()
	if err != nil {
		return nil, err
	}
	key, err := signingKey(text)
	if err != nil {
		return nil, fmt.Errorf("%s is not a key to sign with: %w", path, err)
	}
	return &mail.Signer{Domain: domain, Selector: selector, Key: key}, nil
}

func newSigningKey() ([]byte, error) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return nil, err
	}
	return keyText(key)
}

func newShortKey() ([]byte, error) {
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return nil, err
	}
	return keyText(key)
}

func keyText(key any) ([]byte, error) {
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
