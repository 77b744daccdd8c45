package forum

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/hex"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/hotp"
)

// A second factor is an authenticator app (TOTP, RFC 6238), or a passkey (passkey.go); recovery
// codes stand in for one that was lost. What an app's codes are made of is kept encrypted
// under SECRET_KEY, recovery codes as keyed hashes.

const (
	stepLife      = 10 * time.Minute // between the password and the code; also of a set-up under way
	triesOfStep   = 5
	codePeriod    = 30 // seconds, as every app has it
	codeDigits    = 6
	recoveryCodes = 10
)

// Proof is what shows a second factor: a code of the app, a recovery code, or a passkey's answer.
type Proof struct {
	Code    string
	Passkey PasskeyAnswer
}

// Own is what somebody says who changes their own account.
type Own struct {
	Session  string // token of the session in which they do
	Password string // the account's, asked again
	Source   string // where it came from, for counting tries
}

// Strengthened is what follows when a factor was added or shown.
type Strengthened struct {
	Session string   // the new token of the session, in which roles of the staff count
	Codes   []string // new recovery codes, shown once; nil: there are older ones
}

// hasFactor tells whether logging in asks the member for a second factor.
func (w *writer) hasFactor(m MemberID) (bool, error) {
	var n int
	err := w.one(&n, "SELECT (SELECT count(*) FROM authenticators WHERE member_id = ?0) + (SELECT count(*) FROM passkeys WHERE member_id = ?0)", m)
	return n > 0, err
}

// loginStep begins the second step of a login whose password was compared with the hash.
func (w *writer) loginStep(m MemberID, hash string) (token string, err error) {
	if err := w.lockRow("members", int64(m)); err != nil {
		return "", err
	}
	token = rand.Text()
	n, err := w.changed("INSERT INTO login_steps (hash, member_id, expires_at) SELECT ?, id, ? FROM members WHERE id = ? AND password_hash = ? AND standing = ?",
		sessionHash(token), w.now.add(stepLife), m, hash, Active)
	if err == nil && n == 0 {
		err = Refuse(Forbidden, "error.login")
	}
	return token, err
}

// countCodes counts a try to show the member's second factor. A passkey cannot be guessed: it
// lets its owner in while somebody guesses codes.
func (w *writer) countCodes(m MemberID, p Proof, source string) error {
	who := Actor{Member: m}.key()
	if p.Passkey.Response != "" {
		return w.spend(codesOfSource, "code-source", source)
	}
	return either(w.spend(codesOfSource, "code-source", source), either(w.spend(codesOfMember, "code", who), w.spend(codesOfDay, "code-day", who)))
}

// FindStep refuses unless the second step of a login can be done now: for its page.
func (f *Forum) FindStep(ctx context.Context, step string) (err error) {
	defer during(&err, "find step")
	var n int
	err = one(ctx, f.store.read, &n, "SELECT count(*) FROM login_steps WHERE hash = ? AND expires_at > ? AND tries < ?", sessionHash(step), f.instant(), triesOfStep)
	if err == nil && n == 0 {
		err = Refuse(Closed, "error.step-over")
	}
	return err
}

// LogInSecond ends a login by the second factor. A step takes a few tries within ten minutes;
// of many at once with the same proof one gets in. source is where it comes from.
func (f *Forum) LogInSecond(ctx context.Context, step string, p Proof, device, source string) (token string, err error) {
	var m MemberID
	if err := f.write(ctx, "count codes", func(w *writer) error {
		err := w.one(&m, "UPDATE login_steps SET tries = tries + 1 WHERE hash = ? AND expires_at > ? AND tries < ? RETURNING member_id", sessionHash(step), w.now, triesOfStep)
		if KindOf(err) == NotFound {
			return Refuse(Closed, "error.step-over")
		}
		return either(err, w.countCodes(m, p, source))
	}); err != nil {
		return "", err
	}
	err = f.write(ctx, "second step", func(w *writer) error {
		if err := w.lockRow("members", int64(m)); err != nil {
			return err
		}
		var hash string
		if err := w.one(&hash, "SELECT password_hash FROM members WHERE id = ?", m); err != nil {
			return err
		}
		if err := w.prove(m, p); err != nil {
			return err
		}
		n, err := w.changed("DELETE FROM login_steps WHERE hash = ?", sessionHash(step))
		if err == nil && n == 0 { // used, or ended by a new password
			err = Refuse(Closed, "error.step-over")
		}
		if err == nil {
			token, err = w.session(m, session{password: hash, device: device, strong: true})
		}
		return err
	})
	return token, err
}

// prove uses up what shows the member's second factor, or refuses.
func (w *writer) prove(m MemberID, p Proof) error {
	if p.Passkey.Response != "" {
		owner, err := w.usePasskey(p.Passkey)
		if err == nil && owner != m {
			err = Refuse(Forbidden, "error.passkey")
		}
		return err
	}
	code := plainCode(p.Code)
	used, err := w.useCode(m, code)
	if err == nil && !used {
		used, err = w.useRecovery(m, code)
	}
	if err == nil && !used {
		err = wrongCode()
	}
	return err
}

func wrongCode() error {
	var p problems
	p.add("code", "error.code")
	return p.err()
}

// plainCode takes a code as people type it: with blanks, hyphens and capitals.
func plainCode(s string) string {
	return strings.ToLower(strings.NewReplacer(" ", "", "-", "", "\u00a0", "").Replace(s[:min(len(s), 100)]))
}

// codeStep finds which step of time a code of the secret is from: this one, the one before or
// the next (RFC 6238, 5.2). 0: none.
func codeStep(secret, code string, now Instant) int64 {
	if secret == "" || len(code) != codeDigits {
		return 0
	}
	found, at := int64(0), now.Time().Unix()/codePeriod
	for step := at - 1; step <= at+1; step++ {
		want, err := hotp.GenerateCodeCustom(secret, uint64(step), hotp.ValidateOpts{Digits: otp.DigitsSix, Algorithm: otp.AlgorithmSHA1})
		if err == nil && subtle.ConstantTimeCompare([]byte(want), []byte(code)) == 1 {
			found = step
		}
	}
	return found
}

// useCode takes a code of the member's app: each once, and none that is older than the last.
func (w *writer) useCode(m MemberID, code string) (bool, error) {
	var secret string
	err := w.one(&secret, "SELECT secret FROM authenticators WHERE member_id = ?", m)
	if KindOf(err) == NotFound {
		return false, nil
	}
	step := codeStep(w.f.Reveal(secretOf(m), secret), code, w.now)
	if err != nil || step == 0 {
		return false, err
	}
	n, err := w.changed("UPDATE authenticators SET step = ?0, used_at = ?1 WHERE member_id = ?2 AND step < ?0", step, w.now, m)
	return n > 0, err
}

// secretOf is the purpose under which a member's secret is concealed: in another row it is none.
func secretOf(m MemberID) string { return "authenticator " + Actor{Member: m}.key() }

// recoveryHash is what is kept of a recovery code.
func (f *Forum) recoveryHash(m MemberID, code string) string {
	return hex.EncodeToString(f.mac("recovery "+Actor{Member: m}.key(), []byte(code)))
}

// useRecovery takes a recovery code, once; the member is told by mail.
func (w *writer) useRecovery(m MemberID, code string) (bool, error) {
	n, err := w.changed("UPDATE recovery_codes SET used_at = ? WHERE member_id = ? AND hash = ? AND used_at = 0", w.now, m, w.f.recoveryHash(m, code))
	if err == nil && n > 0 {
		err = w.noteAccount("code-used", m)
	}
	return n > 0, err
}

// newCodes replaces the member's recovery codes: twelve letters and digits each, 60 bits.
func (w *writer) newCodes(m MemberID) (codes []string, err error) {
	if err := w.exec("DELETE FROM recovery_codes WHERE member_id = ?", m); err != nil {
		return nil, err
	}
	for range recoveryCodes {
		c := strings.ToLower(rand.Text()[:12])
		if err := w.exec("INSERT INTO recovery_codes (member_id, hash, made_at) VALUES (?, ?, ?)", m, w.f.recoveryHash(m, c), w.now); err != nil {
			return nil, err
		}
		codes = append(codes, c[:4]+"-"+c[4:8]+"-"+c[8:])
	}
	return codes, nil
}

// sure compares the password that is asked again before an account is changed, and gives its hash.
func (f *Forum) sure(ctx context.Context, by Actor, own Own) (hash string, err error) {
	if by.Member == 0 {
		return "", Refuse(Forbidden, "error.sign-in-first")
	}
	if err := f.write(ctx, "count passwords", func(w *writer) error {
		return either(w.spend(loginsOfSource, "login-source", own.Source), w.spend(passwordsOfOwn, "own-password", by.key()))
	}); err != nil {
		return "", err
	}
	if err := one(ctx, f.store.read, &hash, "SELECT password_hash FROM members WHERE id = ?", by.Member); err != nil {
		return "", err
	}
	if len(own.Password) > maxPassword {
		own.Password = ""
	}
	same, err := samePassword(ctx, own.Password, hash)
	if err == nil && !same {
		var p problems
		p.add("password", "error.own-password")
		err = p.err()
	}
	return hash, err
}

// changeAccount runs a change of the actor's own account, whose password they gave, in a
// transaction that nothing else changes the account in.
func (f *Forum) changeAccount(ctx context.Context, by Actor, own Own, change func(w *writer) error) error {
	hash, err := f.sure(ctx, by, own)
	if err != nil {
		return err
	}
	return f.changing(ctx, by, own.Session, hash, change)
}

// changing is changeAccount where the password was compared with the hash.
func (f *Forum) changing(ctx context.Context, by Actor, session, hash string, change func(w *writer) error) error {
	return f.write(ctx, "change account", func(w *writer) error {
		if err := w.lockRow("members", int64(by.Member)); err != nil {
			return err
		}
		var n int
		if err := w.one(&n, "SELECT count(*) FROM sessions x JOIN members m ON m.id = x.member_id WHERE x.hash = ? AND m.id = ? AND m.password_hash = ? AND m.standing = ?",
			sessionHash(session), by.Member, hash, Active); err != nil {
			return err
		}
		if n == 0 { // the session, or the password, was ended meanwhile
			return Refuse(Forbidden, "error.sign-in-first")
		}
		has, err := w.hasFactor(by.Member)
		if err == nil {
			err = mayChangeAccount(by, has)
		}
		if err != nil {
			return err
		}
		return change(w)
	})
}

// raise makes a session a strong one, under a new token.
func (w *writer) raise(m MemberID, session string) (token string, err error) {
	token = rand.Text()
	n, err := w.changed("UPDATE sessions SET hash = ?, strong = 1 WHERE hash = ? AND member_id = ?", sessionHash(token), sessionHash(session), m)
	if err == nil && n == 0 {
		err = Refuse(Forbidden, "error.sign-in-first")
	}
	return token, err
}

// endOthers ends every way in that the member has but the session with the token to keep.
func (w *writer) endOthers(m MemberID, keep string) error {
	w.state(SessionsEnded{m})
	return either(w.exec("DELETE FROM sessions WHERE member_id = ? AND hash <> ?", m, sessionHash(keep)),
		either(w.exec("DELETE FROM login_steps WHERE member_id = ?", m), w.exec("DELETE FROM computers WHERE member_id = ?", m)))
}

// noteAccount tells a member by mail about their account.
func (w *writer) noteAccount(stem string, m MemberID) error {
	return w.noteToken(stem, w.id(), m)
}

// SetUpApp is what an app is set up with, and what goes with its first code.
type SetUpApp struct {
	Secret string // base32, to be typed
	Link   string // otpauth:, as the QR code says it
	Asked  string // shows that the password was given in this session, for ten minutes
}

// BeginApp makes a secret for an authenticator app. Nothing is written down before a first
// right code.
func (f *Forum) BeginApp(ctx context.Context, by Actor, own Own) (s SetUpApp, err error) {
	raw := make([]byte, 20) // RFC 4226, 4: 160 bits
	rand.Read(raw)          //nolint:errcheck // crypto/rand.Read never fails since Go 1.24
	secret := tokenText.EncodeToString(raw)
	err = f.changeAccount(ctx, by, own, func(w *writer) error {
		s.Asked = f.Conceal("set-up-app "+sessionHash(own.Session), strconv.FormatInt(int64(w.now.add(stepLife)), 10)+" "+secret)
		return nil
	})
	if err != nil {
		return SetUpApp{}, err
	}
	return f.app(ctx, by, s.Asked, secret)
}

// ReadSetUp gives an app's set-up once more, to whom it was given.
func (f *Forum) ReadSetUp(ctx context.Context, by Actor, session, asked string) (s SetUpApp, err error) {
	secret, err := f.setUpSecret(session, asked)
	if err != nil {
		return s, err
	}
	return f.app(ctx, by, asked, secret)
}

func (f *Forum) setUpSecret(session, asked string) (string, error) {
	until, secret, _ := strings.Cut(f.Reveal("set-up-app "+sessionHash(session), asked), " ")
	if at, err := strconv.ParseInt(until, 10, 64); err != nil || Instant(at) <= f.instant() {
		return "", Refuse(Closed, "error.set-up-over")
	}
	return secret, nil
}

func (f *Forum) app(ctx context.Context, by Actor, asked, secret string) (SetUpApp, error) {
	o, err := f.ReadOrganisation(ctx)
	if err != nil {
		return SetUpApp{}, err
	}
	issuer := strings.ReplaceAll(o.Name, ":", " ")
	link := url.URL{Scheme: "otpauth", Host: "totp", Path: "/" + issuer + ":" + by.Handle,
		RawQuery: strings.ReplaceAll(url.Values{"secret": {secret}, "issuer": {issuer}}.Encode(), "+", "%20")}
	return SetUpApp{Secret: secret, Link: link.String(), Asked: asked}, nil
}

// AddApp ends the set-up of an app by its first code; it takes the place of an older one. The
// session becomes a strong one, and every other ends.
func (f *Forum) AddApp(ctx context.Context, by Actor, session, asked, code string) (out Strengthened, err error) {
	secret, err := f.setUpSecret(session, asked)
	if err != nil {
		return out, err
	}
	err = f.write(ctx, "add app", func(w *writer) (err error) {
		if err := w.lockRow("members", int64(by.Member)); err != nil {
			return err
		}
		step := codeStep(secret, plainCode(code), w.now)
		if step == 0 {
			return wrongCode()
		}
		if err := w.exec(`INSERT INTO authenticators (member_id, secret, step, added_at, used_at) VALUES (?, ?, ?, ?, ?) ON CONFLICT (member_id) DO UPDATE
			SET secret = excluded.secret, step = excluded.step, added_at = excluded.added_at, used_at = excluded.used_at`,
			by.Member, f.Conceal(secretOf(by.Member), secret), step, w.now, w.now); err != nil {
			return err
		}
		out, err = w.strengthened(by.Member, session)
		return either(err, w.noteAccount("factor-added", by.Member))
	})
	return out, err
}
