package forum

import (
	"context"
	"crypto/rand"
	"strings"
	"time"
)

// A computer stays logged in when its member asked for it at login (P15): its token begins a
// session whenever there is none, and is replaced each time it does. A token that was replaced
// and comes again was copied: the computer's login ends. Such a session is never a strong one.

const (
	computerLife  = 90 * 24 * time.Hour
	computerGrace = 30 * time.Second // a browser that opens many pages at once sends the old token with some
)

// Computer is one that stays logged in.
type Computer struct {
	ID        int64 `bun:"id"`
	Device    string
	CreatedAt Instant
	SeenAt    Instant // when its token was last replaced
	ExpiresAt Instant
}

// Recalled is what a computer's token gives.
type Recalled struct {
	Session string
	Token   string // that takes the place of the one that came
	UntilAt Instant
}

// RememberComputer keeps the computer of a session logged in for ninety days.
func (f *Forum) RememberComputer(ctx context.Context, session, device string) (out Recalled, err error) {
	err = f.write(ctx, "remember computer", func(w *writer) error {
		id, secret := w.id(), rand.Text()
		var m MemberID
		err := w.one(&m, "UPDATE sessions SET computer_id = ? WHERE hash = ? AND expires_at > ? RETURNING member_id", id, sessionHash(session), w.now)
		if KindOf(err) == NotFound {
			return Refuse(Forbidden, "error.sign-in-first")
		}
		if err != nil {
			return err
		}
		out = Recalled{Session: session, Token: f.seal("computer", id) + "." + secret, UntilAt: w.now.add(computerLife)}
		return w.exec("INSERT INTO computers (id, member_id, hash, device, created_at, seen_at, expires_at) VALUES (?, ?, ?, ?, ?, ?, ?)",
			id, m, sessionHash(secret), deviceLine(device), w.now, w.now, out.UntilAt)
	})
	return out, err
}

// computerToken takes a token apart; one that is not ours is over.
func (f *Forum) computerToken(token string) (id int64, hash string, err error) {
	seal, secret, _ := strings.Cut(token, ".")
	ids, err := f.unseal("computer", seal, 1)
	if err != nil {
		return 0, "", Refuse(Closed, "error.computer-over")
	}
	return ids[0], sessionHash(secret), nil
}

// UseComputer begins a session by a computer's token. Of many at once with the same token one
// gets it; the others hear Conflict and try again with what that one got. A token that was
// replaced longer ago ends the computer's login, its sessions too, and the member is told.
func (f *Forum) UseComputer(ctx context.Context, token, device string) (out Recalled, err error) {
	id, hash, err := f.computerToken(token)
	if err != nil {
		return out, err
	}
	var refusal error
	err = f.write(ctx, "use computer", func(w *writer) error {
		secret := rand.Text()
		var c struct {
			MemberID  MemberID
			ExpiresAt Instant
		}
		err := w.one(&c, "UPDATE computers SET hash = ?0, seen_at = ?1, device = ?2 WHERE id = ?3 AND hash = ?4 AND expires_at > ?1 RETURNING member_id, expires_at",
			sessionHash(secret), w.now, deviceLine(device), id, hash)
		if KindOf(err) == NotFound {
			refusal, err = w.staleComputer(id)
			return err
		}
		if err != nil {
			return err
		}
		var password string
		if err := w.one(&password, "SELECT password_hash FROM members WHERE id = ?", c.MemberID); err != nil {
			return err
		}
		out = Recalled{Token: f.seal("computer", id) + "." + secret, UntilAt: c.ExpiresAt}
		out.Session, err = w.session(c.MemberID, session{password: password, device: device, computer: id})
		return err
	})
	if err == nil {
		err = refusal
	}
	if KindOf(err) == Forbidden { // who may not act any more
		err = Refuse(Closed, "error.computer-over")
	}
	return out, err
}

// staleComputer answers a token that is not, or no longer, the computer's.
func (w *writer) staleComputer(id int64) (refusal, err error) {
	var c struct {
		MemberID  MemberID
		SeenAt    Instant
		ExpiresAt Instant
	}
	err = w.one(&c, "SELECT member_id, seen_at, expires_at FROM computers WHERE id = ?", id)
	over := Refuse(Closed, "error.computer-over")
	switch {
	case KindOf(err) == NotFound:
		return over, nil
	case err != nil:
		return nil, err
	case c.ExpiresAt <= w.now:
		return over, nil
	case c.SeenAt > w.now.add(-computerGrace):
		return Refuse(Conflict, "error.computer-over"), nil
	}
	return over, either(w.endComputer(c.MemberID, id), w.noteAccount("computer-ended", c.MemberID))
}

func (w *writer) endComputer(m MemberID, id int64) error {
	n, err := w.changed("DELETE FROM computers WHERE id = ? AND member_id = ?", id, m)
	if err != nil || n == 0 {
		return err
	}
	w.state(SessionsEnded{m})
	return w.exec("DELETE FROM sessions WHERE computer_id = ? AND member_id = ?", id, m)
}

// Computers lists those that stay logged in as the actor, newest first.
func (f *Forum) Computers(ctx context.Context, by Actor) (out []Computer, err error) {
	defer during(&err, "computers")
	err = f.store.read.scan(ctx, &out, `SELECT id, device, created_at, seen_at, expires_at FROM computers WHERE member_id = ? AND expires_at > ?
		ORDER BY created_at DESC, id LIMIT 100`, by.Member, f.instant())
	return out, err
}

// EndComputer ends one of the actor's computers' logins; twice is once.
func (f *Forum) EndComputer(ctx context.Context, by Actor, id int64) error {
	return f.write(ctx, "end computer", func(w *writer) error { return w.endComputer(by.Member, id) })
}

// ForgetComputer ends the login of the computer whose token it is.
func (f *Forum) ForgetComputer(ctx context.Context, token string) error {
	id, hash, err := f.computerToken(token)
	if err != nil {
		return nil //nolint:nilerr // not ours: there is nothing to forget
	}
	return f.write(ctx, "forget computer", func(w *writer) error {
		var m MemberID
		err := w.one(&m, "SELECT member_id FROM computers WHERE id = ? AND hash = ?", id, hash)
		if KindOf(err) == NotFound {
			return nil
		}
		return either(err, w.endComputer(m, id))
	})
}
