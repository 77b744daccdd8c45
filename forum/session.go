package forum

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"time"

	"peergroups/forum/markup"
)

const sessionLife = 12 * time.Hour // of a session without "log me in on this computer"

func sessionHash(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}

// LogIn proves a member by handle or address and password, and gives the new session's
// token for the cookie; only its hash is stored. Wrong name, wrong password and a member
// who may not act get the same answer after the same work.
// source is where the attempt came from; tries are counted by name and by source.
func (f *Forum) LogIn(ctx context.Context, login, password, device, source string) (token string, err error) {
	defer during(&err, "log in")
	var m struct {
		ID           MemberID `bun:"id"`
		PasswordHash string
		Standing     Standing
	}
	key := fold(login)
	if err := f.write(ctx, "count logins", func(w *writer) error {
		return either(w.spend(loginsOfSource, "login-source", source), w.spend(loginsOfName, "login", key))
	}); err != nil {
		return "", err
	}
	err = one(ctx, f.store.read, &m, "SELECT id, password_hash, standing FROM members WHERE handle_key = ? OR email_key = ? LIMIT 1", key, key)
	if err != nil && KindOf(err) != NotFound {
		return "", err
	}
	if len(password) > maxPassword {
		password = ""
	}
	same, err := samePassword(ctx, password, m.PasswordHash)
	if err != nil {
		return "", err
	}
	if !same || m.Standing != Active {
		return "", refuse(Forbidden, "error.login")
	}
	token = rand.Text()
	return token, f.write(ctx, "log in", func(w *writer) error {
		return w.exec("INSERT INTO sessions (hash, member_id, device, created_at, seen_at, expires_at) VALUES (?, ?, ?, ?, ?, ?)",
			sessionHash(token), m.ID, markup.Line(device), w.now, w.now, w.now.add(sessionLife))
	})
}

// ActorOf loads who holds a session; the visitor for a token that is unknown or over.
func (f *Forum) ActorOf(ctx context.Context, token string) (a Actor, err error) {
	defer during(&err, "load session")
	if token == "" {
		return a, nil
	}
	var id MemberID
	now := f.instant()
	err = one(ctx, f.store.read, &id, "SELECT member_id FROM sessions WHERE hash = ? AND expires_at > ?", sessionHash(token), now)
	if KindOf(err) == NotFound {
		return a, nil
	}
	if err != nil {
		return a, err
	}
	return loadActor(ctx, f.store.read, id, now)
}

// LogOut ends the session; ending it twice is ending it once.
func (f *Forum) LogOut(ctx context.Context, token string) error {
	return f.write(ctx, "log out", func(w *writer) error {
		var id MemberID
		err := w.one(&id, "DELETE FROM sessions WHERE hash = ? RETURNING member_id", sessionHash(token))
		if KindOf(err) == NotFound {
			return nil
		}
		w.state(SessionsEnded{id})
		return err
	})
}
