package main

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/emersion/go-msgauth/dkim"

	"peergroups/forum"
)

// TestMailIsSigned: what leaves passes by the record that the program says to publish, list
// mail and notices alike, and does not when a word or a field is changed or added.
func TestMailIsSigned(t *testing.T) {
	t.Parallel()
	w := begin(t, "sqlite", func(c *Config) { c.DKIMKeyFile = "" })
	member := w.members("otto")["otto"]
	inner, board, _ := w.group("inner", forum.MembersOnly)
	w.enter(inner, w.admin, member)
	w.must(w.forum.Subscribe(t.Context(), member, board.ID, forum.Each))
	_, err := w.forum.StartTopic(t.Context(), w.admin, board.ID, forum.Draft{Title: "Signed", Source: "Seven words that nobody but Ann wrote.", Key: w.key()})
	w.must(err)
	said := map[string]string{}
	for _, m := range regexp.MustCompile(`(\S+\._domainkey\.forum\.example) +TXT +"(v=DKIM1[^"]+)"`).FindAllStringSubmatch(w.out.String(), -1) {
		said[m[1]] = m[2]
	}
	if len(said) != 2 {
		t.Fatalf("not two records are said:\n%s", w.out.String())
	}
	passes := func(raw []byte) bool {
		all, err := dkim.VerifyWithOptions(bytes.NewReader(raw), &dkim.VerifyOptions{LookupTXT: func(name string) ([]string, error) {
			text, ok := said[strings.TrimSuffix(name, ".")]
			if !ok {
				return nil, absent(name)
			}
			return []string{text}, nil
		}})
		return err == nil && len(all) == 2 && all[0].Err == nil && all[1].Err == nil && all[0].Domain == "forum.example" && all[1].Domain == "forum.example"
	}
	for _, subject := range []string{"Signed", ""} {
		raw := w.await("otto@members.example", subject).raw
		if !passes(raw) {
			t.Errorf("the signature does not pass:\n%s", raw)
		}
		for _, more := range []string{"Cc: <eve@evil.example>\r\n", "To: <eve@evil.example>\r\n", "Subject: other\r\n", "Reply-To: <eve@evil.example>\r\n", "List-Unsubscribe: <https://evil.example>\r\n"} {
			if passes(append([]byte(more), raw...)) {
				t.Errorf("it passes with another %s", more)
			}
		}
	}
	if raw := w.await("otto@members.example", "Signed").raw; passes(bytes.Replace(raw, []byte("Seven"), []byte("Eight"), 1)) {
		t.Error("it passes with other words")
	}
}

// TestSigningKey: made once, for its owner only, the same at the next start; a file that is
// named is read, and refused with words where it is none; nodes must share one.
func TestSigningKey(t *testing.T) {
	t.Parallel()
	c := &Config{DataDir: t.TempDir()}
	record := func(c *Config) string {
		s, err := c.signers("forum.example")
		if err != nil || len(s) != 2 {
			t.Fatal(s, err)
		}
		if name, text, err := published(s[1]); err != nil || name != "forum-ed25519._domainkey.forum.example" || !strings.Contains(text, "k=ed25519") {
			t.Errorf("the second: %q %q %v", name, text, err)
		}
		name, text, err := published(s[0])
		if err != nil || name != "forum._domainkey.forum.example" {
			t.Errorf("%q %v", name, err)
		}
		return text
	}
	first := record(c)
	info, err := os.Stat(filepath.Join(c.DataDir, "dkim.key"))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v %v", info, err)
	}
	if again := record(c); again != first {
		t.Error("the next start signs with another key")
	}
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	named := filepath.Join(t.TempDir(), "own.key")
	for text, want := range map[string]string{string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})): "", "no key": "not a key to sign with"} {
		if err := os.WriteFile(named, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := (&Config{DKIMKeyFile: named, RedisURL: "redis://x"}).signers("forum.example"); (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", text, err)
		}
	}
	if _, err := (&Config{DKIMKeyFile: named + "x"}).signers("forum.example"); err == nil {
		t.Error("a missing file is no trouble")
	}
	if _, err := (&Config{DataDir: t.TempDir(), RedisURL: "redis://x"}).signers("forum.example"); err == nil || !strings.Contains(err.Error(), "DKIM_KEY_FILE") {
		t.Errorf("each node makes its own: %v", err)
	}
}
