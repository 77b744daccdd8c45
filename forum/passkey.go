package forum

import (
	"context"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"net/url"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"peergroups/forum/markup"
)

// A passkey (WebAuthn) is kept on a member's device, which asks for their finger, face or PIN
// before it answers: it stands for password and second factor together. What the browser is
// asked for stands in no table: it is concealed in the page, and counts once.

const (
	mostPasskeys   = 10
	maxAnswer      = 32 << 10 // bytes of what a browser answers
	purposeAnswer  = "passkey-answer"
	purposePasskey = "passkey-add "
)

// Passkey is one of a member's own.
type Passkey struct {
	ID      int64 `bun:"id"`
	Name    string
	AddedAt Instant
	UsedAt  Instant // 0: not yet
}

// Asked is what a page asks the browser's passkeys: Options as WebAuthn's JSON, and what comes
// back with the answer.
type Asked struct{ Options, State string }

// PasskeyAnswer is what a browser's passkey answered, as WebAuthn's JSON, with the state of the page
// that asked.
type PasskeyAnswer struct{ Response, State string }

// relyingParty is this site, to which passkeys are bound; nil where it has no name.
func relyingParty(site string) *webauthn.WebAuthn {
	u, err := url.Parse(site)
	if err != nil || u.Hostname() == "" {
		return nil
	}
	rp, err := webauthn.New(&webauthn.Config{RPID: u.Hostname(), RPDisplayName: u.Hostname(), RPOrigins: []string{u.Scheme + "://" + u.Host},
		AttestationPreference: protocol.PreferNoAttestation, AuthenticatorSelection: protocol.AuthenticatorSelection{
			ResidentKey: protocol.ResidentKeyRequirementRequired, UserVerification: protocol.VerificationRequired}})
	if err != nil {
		return nil // a name that passkeys cannot be bound to, as an address of numbers
	}
	return rp
}

// HasPasskeys tells whether passkeys can be bound to this site's name.
func (f *Forum) HasPasskeys() bool { return f.rp != nil }

// challenge is what a page asked: it counts until the instant, and once.
type challenge struct {
	Until Instant
	Data  webauthn.SessionData
}

func (f *Forum) ask(purpose string, options any, data *webauthn.SessionData) (a Asked, err error) {
	out, err := json.Marshal(options)
	if err != nil {
		return a, err
	}
	state, err := json.Marshal(challenge{f.instant().add(stepLife), *data})
	return Asked{string(out), f.Conceal(purpose, string(state))}, err
}

// challenged takes the state of a page, once.
func (w *writer) challenged(purpose, state string) (a challenge, err error) {
	if len(state) > maxAnswer || json.Unmarshal([]byte(w.f.Reveal(purpose, state)), &a) != nil || a.Until <= w.now {
		return a, Refuse(Closed, "error.passkey-over")
	}
	if err = w.spend(limit{1, stepLife}, "passkey-challenge", a.Data.Challenge); KindOf(err) == TooMany {
		err = Refuse(Closed, "error.passkey-over")
	}
	return a, err
}

// owner is a member as WebAuthn knows them.
type owner struct {
	id           MemberID
	handle, name string
	credentials  []webauthn.Credential
}

func (o *owner) WebAuthnID() []byte                         { return binary.BigEndian.AppendUint64(nil, uint64(o.id)) }
func (o *owner) WebAuthnName() string                       { return o.handle }
func (o *owner) WebAuthnDisplayName() string                { return o.name }
func (o *owner) WebAuthnCredentials() []webauthn.Credential { return o.credentials }

// AskPasskey makes what a page asks the browser's passkeys with: of whom nobody knows yet.
func (f *Forum) AskPasskey() (a Asked, err error) {
	defer during(&err, "ask passkey")
	if f.rp == nil {
		return a, nil
	}
	options, data, err := f.rp.BeginDiscoverableLogin(webauthn.WithUserVerification(protocol.VerificationRequired))
	if err != nil {
		return a, err
	}
	return f.ask(purposeAnswer, options.Response, data)
}

// usePasskey checks a passkey's answer and gives the member whose it is.
func (w *writer) usePasskey(a PasskeyAnswer) (m MemberID, err error) {
	refuse := Refuse(Forbidden, "error.passkey")
	if w.f.rp == nil || len(a.Response) > maxAnswer {
		return 0, refuse
	}
	was, err := w.challenged(purposeAnswer, a.State)
	if err != nil {
		return 0, err
	}
	parsed, err := protocol.ParseCredentialRequestResponseBytes([]byte(a.Response))
	if err != nil {
		return 0, refuse
	}
	var row struct {
		ID         int64 `bun:"id"`
		MemberID   MemberID
		Credential string
	}
	err = w.one(&row, "SELECT id, member_id, credential FROM passkeys WHERE key = ?", keyOf(parsed.RawID))
	if KindOf(err) == NotFound {
		return 0, refuse
	}
	if err != nil {
		return 0, err
	}
	var had webauthn.Credential
	if json.Unmarshal([]byte(w.f.Reveal(credentialOf(row.MemberID), row.Credential)), &had) != nil {
		return 0, refuse
	}
	who := &owner{id: row.MemberID, credentials: []webauthn.Credential{had}}
	now, err := w.f.rp.ValidateDiscoverableLogin(func([]byte, []byte) (webauthn.User, error) { return who, nil }, was.Data, parsed)
	if err != nil || now.Authenticator.CloneWarning {
		return 0, refuse
	}
	text, err := json.Marshal(now)
	if err != nil {
		return 0, err
	}
	n, err := w.changed("UPDATE passkeys SET credential = ?, used_at = ? WHERE id = ?", w.f.Conceal(credentialOf(row.MemberID), string(text)), w.now, row.ID)
	if err == nil && n == 0 {
		err = refuse
	}
	return row.MemberID, err
}

// keyOf is under which a credential is found; credentialOf for what it is concealed.
func keyOf(id []byte) string         { return base64.RawURLEncoding.EncodeToString(id) }
func credentialOf(m MemberID) string { return "passkey " + Actor{Member: m}.key() }

// LogInPasskey begins a strong session by a passkey alone. What is not known, not right and
// not allowed gets the same answer. source is where it comes from.
func (f *Forum) LogInPasskey(ctx context.Context, a PasskeyAnswer, device, source string) (token string, err error) {
	if err := f.spend(ctx, loginsOfSource, "login-source", source); err != nil {
		return "", err
	}
	err = f.write(ctx, "log in by passkey", func(w *writer) error {
		m, err := w.usePasskey(a)
		if err != nil {
			return err
		}
		var hash string
		if err := w.one(&hash, "SELECT password_hash FROM members WHERE id = ?", m); err != nil {
			return err
		}
		token, err = w.session(m, session{password: hash, device: device, strong: true})
		if KindOf(err) == Forbidden {
			err = Refuse(Forbidden, "error.passkey")
		}
		return err
	})
	return token, err
}

// BeginPasskey makes what a page asks the browser for a new passkey with.
func (f *Forum) BeginPasskey(ctx context.Context, by Actor, own Own) (a Asked, err error) {
	if f.rp == nil {
		return a, Absent()
	}
	err = f.changeAccount(ctx, by, own, func(w *writer) error {
		var keys []string
		if err := w.scan(w.ctx, &keys, "SELECT key FROM passkeys WHERE member_id = ?", by.Member); err != nil {
			return err
		}
		if len(keys) >= mostPasskeys {
			return Refuse(Closed, "error.many-passkeys")
		}
		var have []protocol.CredentialDescriptor
		for _, k := range keys {
			id, err := base64.RawURLEncoding.DecodeString(k)
			if err != nil {
				return err
			}
			have = append(have, protocol.CredentialDescriptor{Type: protocol.PublicKeyCredentialType, CredentialID: id})
		}
		options, data, err := f.rp.BeginRegistration(&owner{id: by.Member, handle: by.Handle, name: by.Name}, webauthn.WithExclusions(have))
		if err == nil {
			a, err = f.ask(purposePasskey+sessionHash(own.Session), options.Response, data)
		}
		return err
	})
	return a, err
}

// AddPasskey adds the passkey that the browser made, under a name of the actor's own. The
// session becomes a strong one, and every other ends.
func (f *Forum) AddPasskey(ctx context.Context, by Actor, session, name string, a PasskeyAnswer) (out Strengthened, err error) {
	if name = markup.Line(name); name == "" {
		name = "Passkey"
	}
	err = f.write(ctx, "add passkey", func(w *writer) error {
		if f.rp == nil || by.Member == 0 || len(a.Response) > maxAnswer {
			return Refuse(Forbidden, "error.passkey")
		}
		if err := w.lockRow("members", int64(by.Member)); err != nil {
			return err
		}
		was, err := w.challenged(purposePasskey+sessionHash(session), a.State)
		if err != nil {
			return err
		}
		parsed, err := protocol.ParseCredentialCreationResponseBytes([]byte(a.Response))
		if err != nil {
			return Refuse(Forbidden, "error.passkey")
		}
		made, err := f.rp.CreateCredential(&owner{id: by.Member, handle: by.Handle, name: by.Name}, was.Data, parsed)
		if err != nil {
			return Refuse(Forbidden, "error.passkey")
		}
		made.Attestation = webauthn.CredentialAttestation{} // nobody asks what device it is
		text, err := json.Marshal(made)
		if err != nil {
			return err
		}
		n, err := w.changed("INSERT INTO passkeys (id, member_id, name, key, credential, added_at) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
			w.id(), by.Member, string([]rune(name)[:min(len([]rune(name)), 60)]), keyOf(made.ID), f.Conceal(credentialOf(by.Member), string(text)), w.now)
		if err == nil && n == 0 {
			err = Refuse(Forbidden, "error.passkey")
		}
		if err == nil {
			out, err = w.strengthened(by.Member, session)
		}
		return either(err, w.noteAccount("passkey-added", by.Member))
	})
	return out, err
}

// RemovePasskey takes one of the actor's passkeys away.
func (f *Forum) RemovePasskey(ctx context.Context, by Actor, own Own, id int64) error {
	return f.changeAccount(ctx, by, own, func(w *writer) error {
		n, err := w.changed("DELETE FROM passkeys WHERE id = ? AND member_id = ?", id, by.Member)
		if err == nil && n == 0 {
			err = Absent()
		}
		return either(err, either(w.lessFactors(by.Member, own.Session), w.noteAccount("passkey-removed", by.Member)))
	})
}
