package forum_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"peergroups/forum"
	"peergroups/forum/forumtest"
)

// device is an authenticator that keeps one passkey (WebAuthn, 6.1).
type device struct {
	t      *testing.T
	key    *ecdsa.PrivateKey
	id     []byte
	user   []byte
	site   string
	flags  byte // user present 1, user verified 4
	signed uint32
}

func newDevice(t *testing.T) *device {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return &device{t: t, key: key, id: []byte(rand.Text()), site: "https://forum.example", flags: 5}
}

var b64 = base64.RawURLEncoding.EncodeToString

// asks are what the device reads of the page's options.
type asks struct {
	Challenge string
	User      struct{ ID string }
}

func (d *device) client(kind, options string) (asks, []byte) {
	d.t.Helper()
	var o asks
	if err := json.Unmarshal([]byte(options), &o); err != nil {
		d.t.Fatal(err)
	}
	return o, []byte(`{"type":"` + kind + `","challenge":"` + o.Challenge + `","origin":"` + d.site + `","crossOrigin":false}`)
}

func (d *device) data(more byte) []byte {
	rp := sha256.Sum256([]byte(strings.TrimPrefix(d.site, "https://")))
	d.signed++
	return binary.BigEndian.AppendUint32(append(rp[:], d.flags|more), d.signed)
}

// make answers navigator.credentials.create.
func (d *device) make(a forum.Asked) forum.PasskeyAnswer {
	d.t.Helper()
	o, client := d.client("webauthn.create", a.Options)
	var err error
	if d.user, err = base64.RawURLEncoding.DecodeString(o.User.ID); err != nil {
		d.t.Fatal(err)
	}
	public, err := d.key.PublicKey.ECDH()
	if err != nil {
		d.t.Fatal(err)
	}
	point := public.Bytes() // 4, x, y
	data := append(d.data(0x40), make([]byte, 16)...)
	data = append(binary.BigEndian.AppendUint16(data, uint16(len(d.id))), d.id...)
	data = append(append(data, 0xa5, 1, 2, 3, 0x26, 0x20, 1, 0x21, 0x58, 32), point[1:33]...)
	data = append(append(data, 0x22, 0x58, 32), point[33:]...)
	object := append([]byte("\xa3\x63fmt\x64none\x67attStmt\xa0\x68authData\x58"), byte(len(data)))
	return d.answer(a, map[string]string{"clientDataJSON": b64(client), "attestationObject": b64(append(object, data...))})
}

// sign answers navigator.credentials.get.
func (d *device) sign(a forum.Asked) forum.PasskeyAnswer {
	d.t.Helper()
	_, client := d.client("webauthn.get", a.Options)
	data, hash := d.data(0), sha256.Sum256(client)
	digest := sha256.Sum256(append(slices.Clone(data), hash[:]...))
	sig, err := ecdsa.SignASN1(rand.Reader, d.key, digest[:])
	if err != nil {
		d.t.Fatal(err)
	}
	return d.answer(a, map[string]string{"clientDataJSON": b64(client), "authenticatorData": b64(data), "signature": b64(sig), "userHandle": b64(d.user)})
}

func (d *device) answer(a forum.Asked, response map[string]string) forum.PasskeyAnswer {
	out, err := json.Marshal(map[string]any{"id": b64(d.id), "rawId": b64(d.id), "type": "public-key", "response": response, "clientExtensionResults": map[string]any{}})
	if err != nil {
		d.t.Fatal(err)
	}
	return forum.PasskeyAnswer{Response: string(out), State: a.State}
}

// ask is what a page asks passkeys for a login.
func ask(t *testing.T, w *forumtest.World) forum.Asked {
	t.Helper()
	a, err := w.AskPasskey()
	if err != nil || a.Options == "" {
		t.Fatal(a, err)
	}
	return a
}

// passkey gives somebody a passkey by the password; their session is a strong one after it.
func passkey(t *testing.T, w *forumtest.World, handle string) (forum.Actor, string, *device) {
	t.Helper()
	a, session := in(t, w, handle)
	asked, err := w.BeginPasskey(t.Context(), a, own(session))
	if err != nil {
		t.Fatal(err)
	}
	d := newDevice(t)
	out, err := w.AddPasskey(t.Context(), a, session, "Phone", d.make(asked))
	if err != nil || len(out.Codes) != 10 {
		t.Fatal(out, err)
	}
	return holder(t, w, out.Session), out.Session, d
}

// TestPasskeys: one is added by the password, in the session and the page that asked; it logs in
// alone, shows the second factor, and each answer counts once, for its site, its owner and its
// time; a device without its user's finger or PIN, a copied one, and a removed one get nobody in.
func TestPasskeys(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		for _, handle := range []string{"ann", "bob"} {
			w.Member(handle)
		}
		login := func(a forum.PasskeyAnswer) (string, error) {
			return w.LogInPasskey(t.Context(), a, "Firefox", "home")
		}
		ann, session := in(t, w, "ann")
		_, err := w.BeginPasskey(t.Context(), ann, forum.Own{Session: session, Password: "wrong"})
		kind(t, "by a wrong password", err, forum.Invalid, "password: error.own-password")
		asked, err := w.BeginPasskey(t.Context(), ann, own(session))
		if err != nil {
			t.Fatal(err)
		}
		d := newDevice(t)
		bob, his := in(t, w, "bob")
		_, err = w.AddPasskey(t.Context(), bob, his, "", d.make(asked))
		kind(t, "in another's session", err, forum.Closed, "error.passkey-over")
		elsewhere, absent := newDevice(t), newDevice(t)
		elsewhere.site, absent.flags = "https://evil.example", 1
		for what, other := range map[string]*device{"for another site": elsewhere, "by a device that verifies nobody": absent} {
			_, err = w.AddPasskey(t.Context(), ann, session, "", other.make(asked))
			kind(t, what, err, forum.Forbidden, "error.passkey")
		}
		for _, junk := range []string{"", "{}", "[]", "null", strings.Repeat("a", 1<<20), `{"id":["x","y"]}`} {
			_, err = w.AddPasskey(t.Context(), ann, session, "", forum.PasskeyAnswer{Response: junk, State: asked.State})
			kind(t, "junk", err, forum.Forbidden, "error.passkey")
			_, err = login(forum.PasskeyAnswer{Response: junk, State: ask(t, w).State})
			kind(t, "junk at login", err, forum.Forbidden, "error.passkey")
		}
		_, other := in(t, w, "ann")
		w.Effects.Take()
		answer := d.make(asked)
		out, err := w.AddPasskey(t.Context(), ann, session, " A\nphone ", answer)
		if err != nil || len(out.Codes) != 10 || holder(t, w, other).Member != 0 || !holder(t, w, out.Session).Strong {
			t.Fatalf("%+v %v", out, err)
		}
		if got := noted(w); !slices.Equal(got, []string{"passkey-added"}) {
			t.Errorf("told %v", got)
		}
		_, err = w.AddPasskey(t.Context(), ann, session, "", answer)
		kind(t, "the same answer again", err, forum.Closed, "error.passkey-over")
		f, err := w.ReadFactors(t.Context(), ann)
		if err != nil || len(f.Passkeys) != 1 || f.Passkeys[0].Name != "A phone" || f.Passkeys[0].UsedAt != 0 || !f.Has() {
			t.Fatalf("%+v %v", f, err)
		}

		a := ask(t, w)
		good := d.sign(a)
		if n := fifty(func(int) error { _, err := login(good); return err }); n != 1 {
			t.Errorf("%d got in by one answer", n)
		}
		w.Pass(16 * time.Minute) // of the limit by source
		asks := ask(t, w)
		in, err := login(d.sign(asks))
		if who := holder(t, w, in); err != nil || who.Handle != "ann" || !who.Strong {
			t.Errorf("%+v %v", who, err)
		}
		_, err = login(d.sign(asks))
		kind(t, "the same question again", err, forum.Closed, "error.passkey-over")
		if f, err = w.ReadFactors(t.Context(), ann); err != nil || f.Passkeys[0].UsedAt == 0 {
			t.Errorf("last use: %+v %v", f, err)
		}
		var e forum.Entry
		if e, err = w.LogIn(t.Context(), "ann", forumtest.Password, "", "home"); err != nil || e.Session != "" {
			t.Errorf("the password alone gives %+v %v", e, err)
		}
		_, _, hers := passkey(t, w, "bob")
		_, err = w.LogInSecond(t.Context(), e.Step, forum.Proof{Passkey: hers.sign(ask(t, w))}, "", "home")
		kind(t, "another's passkey in one's step", err, forum.Forbidden, "error.passkey")
		if _, err = w.LogInSecond(t.Context(), e.Step, forum.Proof{Passkey: d.sign(ask(t, w))}, "", "home"); err != nil {
			t.Errorf("one's own: %v", err)
		}

		for what, change := range map[string]func(*device){
			"for another site":      func(d *device) { d.site = "https://evil.example" },
			"without verification":  func(d *device) { d.flags = 1 },
			"of an unknown passkey": func(d *device) { d.id = []byte("unknown") },
			"by another key":        func(d *device) { d.key = hers.key },
			"for another owner":     func(d *device) { d.user = hers.user },
			"by a copy":             func(d *device) { d.signed = 0 },
		} {
			bad := *d
			change(&bad)
			_, err = login(bad.sign(ask(t, w)))
			kind(t, what, err, forum.Forbidden, "error.passkey")
		}
		late := ask(t, w)
		w.Pass(10*time.Minute - time.Second)
		if _, err = login(d.sign(late)); err != nil {
			t.Errorf("within ten minutes: %v", err)
		}
		late = ask(t, w)
		w.Pass(10*time.Minute + time.Second)
		_, err = login(d.sign(late))
		kind(t, "after ten minutes", err, forum.Closed, "error.passkey-over")
		exec(t, w, "UPDATE members SET standing = 2 WHERE handle = 'ann'")
		_, err = login(d.sign(ask(t, w)))
		kind(t, "of who is suspended", err, forum.Forbidden, "error.passkey")
		exec(t, w, "UPDATE members SET standing = 1 WHERE handle = 'ann'")

		session = out.Session
		bob = w.As(bob.Member)
		bob.Strong = true
		kind(t, "removed by another", w.RemovePasskey(t.Context(), bob, own(strongSession(t, w, "bob")), f.Passkeys[0].ID), forum.NotFound, "error.not-found")
		w.Effects.Take()
		if err = w.RemovePasskey(t.Context(), holder(t, w, session), own(session), f.Passkeys[0].ID); err != nil {
			t.Fatal(err)
		}
		if got := noted(w); !slices.Equal(got, []string{"passkey-removed"}) || holder(t, w, in).Member != 0 || holder(t, w, session).Strong {
			t.Errorf("told %v, or a session goes on", got)
		}
		_, err = login(d.sign(ask(t, w)))
		kind(t, "a removed one", err, forum.Forbidden, "error.passkey")

		nameless := forum.New(w.Store, forum.Options{Now: w.Now})
		if a, err := nameless.AskPasskey(); err != nil || nameless.HasPasskeys() || a.Options != "" {
			t.Errorf("a site without a name asks %+v %v", a, err)
		}
		_, err = nameless.BeginPasskey(t.Context(), ann, own(session))
		kind(t, "there", err, forum.NotFound, "error.not-found")
		for range 10 {
			exec(t, w, "INSERT INTO passkeys (id, member_id, name, key, credential, added_at) SELECT coalesce(max(id), 0) + 1, ?, 'x', 'a' || (coalesce(max(id), 0) + 1) || 'aa', 'x', 1 FROM passkeys", ann.Member)
		}
		exec(t, w, "UPDATE sessions SET strong = 1")
		_, err = w.BeginPasskey(t.Context(), holder(t, w, session), own(session))
		kind(t, "the eleventh", err, forum.Closed, "error.many-passkeys")
	})
}
