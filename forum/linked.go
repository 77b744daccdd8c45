package forum

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/json"
)

// A linked login is an account of a member's with one other service (OpenID Connect), by which
// they log in instead of by their password. It is a first factor and never a second. It is found by
// what the service calls them (issuer and subject: OpenID Connect Core 1.0, 5.7) and never by a mail
// address, and only its member links it, in a session of theirs. A browser that goes there takes
// along what it must come back with: concealed in a cookie, and in no table.

const purposeAway = "away"

// Subject is who somebody is elsewhere, as an ID token says that was checked.
type Subject struct{ Issuer, ID string }

// Away is a browser that went elsewhere to log in.
type Away struct {
	State, Nonce string // that come back with it, and in the ID token
	Verifier     string // of the code (RFC 7636, 4.1)
	Next         string // path to which a login leads
	Computer     bool   // asked to stay logged in
	Session      string // hash of the session that asked for a link; "": a login
	Until        Instant
}

// leave gives the browser what it must come back with, and the cookie that keeps it.
func (f *Forum) leave(a Away) (Away, string, error) {
	a.State, a.Nonce, a.Verifier, a.Until = rand.Text(), rand.Text(), rand.Text()+rand.Text(), f.instant().add(stepLife)
	b, err := json.Marshal(a)
	return a, f.Conceal(purposeAway, string(b)), err
}

// GoToLogIn begins a login elsewhere, which leads to the path next. It counts as a try, of the
// source where it comes from.
func (f *Forum) GoToLogIn(ctx context.Context, next string, computer bool, source string) (a Away, cookie string, err error) {
	if err := f.spend(ctx, loginsOfSource, "away-source", source); err != nil {
		return a, "", err
	}
	return f.leave(Away{Next: next, Computer: computer})
}

// GoToLink begins to link the actor's account with one elsewhere.
func (f *Forum) GoToLink(ctx context.Context, by Actor, own Own) (a Away, cookie string, err error) {
	err = f.changeAccount(ctx, by, own, func(w *writer) error {
		var n int
		err := w.one(&n, "SELECT count(*) FROM linked_logins WHERE member_id = ?", by.Member)
		if err == nil && n > 0 {
			err = Refuse(Closed, "error.linked-already")
		}
		return err
	})
	if err != nil {
		return a, "", err
	}
	return f.leave(Away{Session: sessionHash(own.Session)})
}

// ComeBack gives what the browser took along, once: within ten minutes, and with the state that
// it left with.
func (f *Forum) ComeBack(ctx context.Context, cookie, state string) (a Away, err error) {
	if json.Unmarshal([]byte(f.Reveal(purposeAway, cookie)), &a) != nil || a.Until <= f.instant() || subtle.ConstantTimeCompare([]byte(a.State), []byte(state)) != 1 {
		return Away{}, Refuse(Forbidden, "error.away-over")
	}
	if err = f.spend(ctx, limit{1, stepLife}, "away", a.State); KindOf(err) == TooMany {
		err = Refuse(Forbidden, "error.away-over")
	}
	if err != nil {
		return Away{}, err
	}
	return a, nil
}

// LogInLinked logs in whose account is linked with the subject; a second factor is still asked
// for. Nobody, and a member who may not act, get the same answer.
func (f *Forum) LogInLinked(ctx context.Context, s Subject, device string) (in Entry, err error) {
	err = f.write(ctx, "log in elsewhere", func(w *writer) error {
		refuse := Refuse(Forbidden, "error.not-linked")
		var m MemberID
		err := w.one(&m, "SELECT member_id FROM linked_logins WHERE issuer = ? AND subject = ?", s.Issuer, s.ID)
		if KindOf(err) == NotFound {
			return refuse
		}
		if err := either(err, w.lockRow("members", int64(m))); err != nil {
			return err
		}
		n, err := w.changed("UPDATE linked_logins SET used_at = ? WHERE member_id = ? AND issuer = ? AND subject = ?", w.now, m, s.Issuer, s.ID)
		if err == nil && n == 0 { // it was taken away just now
			err = refuse
		}
		var hash string
		if err := either(err, w.one(&hash, "SELECT password_hash FROM members WHERE id = ?", m)); err != nil {
			return err
		}
		if in, err = w.letIn(m, hash, device); KindOf(err) == Forbidden {
			err = refuse
		}
		return err
	})
	return in, err
}

// LinkLogin links the actor's account with the subject, in the session that asked for it (a is what
// ComeBack gave). Every other session ends.
func (f *Forum) LinkLogin(ctx context.Context, by Actor, session string, a Away, s Subject) error {
	if by.Member == 0 {
		return Refuse(Forbidden, "error.sign-in-first")
	}
	if a.Session != sessionHash(session) || a.Until <= f.instant() {
		return Refuse(Forbidden, "error.away-over")
	}
	var hash string
	if err := one(ctx, f.store.read, &hash, "SELECT password_hash FROM members WHERE id = ?", by.Member); err != nil {
		return err
	}
	return f.changing(ctx, by, session, hash, func(w *writer) error {
		n, err := w.changed("INSERT INTO linked_logins (member_id, issuer, subject, linked_at) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING", by.Member, s.Issuer, s.ID, w.now)
		if err == nil && n == 0 {
			err = Refuse(Forbidden, "error.link-taken")
		}
		if err := either(err, w.endOthers(by.Member, session)); err != nil {
			return err
		}
		return either(w.log(by, "link-login", int64(by.Member), 0, ""), w.noteAccount("login-linked", by.Member))
	})
}

// UnlinkLogin takes the actor's link away. Every other session ends: those that were begun by it
// are not told apart.
func (f *Forum) UnlinkLogin(ctx context.Context, by Actor, own Own) error {
	return f.changeAccount(ctx, by, own, func(w *writer) error {
		was, err := w.unlink(by, by.Member)
		if err == nil && !was {
			err = Absent()
		}
		return either(err, w.endOthers(by.Member, own.Session))
	})
}

// unlink takes a member's link away, if there is one, and tells them. After a reset, or when their
// factors were taken away, it may be somebody else's who was in the account before.
func (w *writer) unlink(by Actor, m MemberID) (was bool, err error) {
	n, err := w.changed("DELETE FROM linked_logins WHERE member_id = ?", m)
	if err != nil || n == 0 {
		return false, err
	}
	return true, either(w.log(by, "unlink-login", int64(m), 0, ""), w.noteAccount("login-unlinked", m))
}
