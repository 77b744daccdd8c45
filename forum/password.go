package forum

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"
)

// Passwords are hashed with argon2id, 19 MiB and two passes (the OWASP cheat sheet's
// first choice); only tests of this package lower it (export_test.go).
var argonPasses, argonKiB uint32 = 2, 19 * 1024

const (
	saltLen     = 16
	keyLen      = 32
	maxPassword = 1024 // bytes; longer input is refused before it is hashed
)

// hashing bounds how many run at once, and so their memory: 2 × 19 MiB.
var hashing = make(chan struct{}, 2)

func (p *problems) password(s string) {
	switch {
	case utf8.RuneCountInString(s) < 8:
		p.add("password", "error.password-short", "Least", 8)
	case len(s) > maxPassword:
		p.add("password", "error.too-long", "Most", maxPassword)
	}
}

func argon(ctx context.Context, password string, salt []byte) ([]byte, error) {
	select {
	case hashing <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	defer func() { <-hashing }()
	return argon2.IDKey([]byte(password), salt, argonPasses, argonKiB, 1, keyLen), nil
}

func hashPassword(ctx context.Context, password string) (string, error) {
	salt := make([]byte, saltLen)
	rand.Read(salt) //nolint:errcheck // crypto/rand.Read never fails since Go 1.24
	key, err := argon(ctx, password, salt)
	if err != nil {
		return "", err
	}
	enc := base64.RawStdEncoding.EncodeToString
	return fmt.Sprintf("$argon2id$v=19$m=%d,t=%d,p=1$%s$%s", argonKiB, argonPasses, enc(salt), enc(key)), nil
}

// samePassword compares with a stored hash. For no hash it takes as long, and says no.
func samePassword(ctx context.Context, password, stored string) (bool, error) {
	salt, want := make([]byte, saltLen), make([]byte, keyLen)
	known := parseHash(stored, salt, want)
	key, err := argon(ctx, password, salt)
	return known && subtle.ConstantTimeCompare(key, want) == 1, err
}

func parseHash(stored string, salt, key []byte) bool {
	prefix := fmt.Sprintf("$argon2id$v=19$m=%d,t=%d,p=1$", argonKiB, argonPasses)
	saltEnd := len(prefix) + base64.RawStdEncoding.EncodedLen(saltLen)
	if len(stored) != saltEnd+1+base64.RawStdEncoding.EncodedLen(keyLen) || stored[:len(prefix)] != prefix {
		return false
	}
	_, err1 := base64.RawStdEncoding.Decode(salt, []byte(stored[len(prefix):saltEnd]))
	_, err2 := base64.RawStdEncoding.Decode(key, []byte(stored[saltEnd+1:]))
	return err1 == nil && err2 == nil
}
