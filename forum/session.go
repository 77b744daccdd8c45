package forum

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"time"

	"github.com/uptrace/bun"

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
	err = one(ctx, f.store.read, &m, "SELECT id, password_hash, standing FROM members WHERE handle_key = ? OR email_key = ? LIMIT 1", handleKey(login), fold(login))
	if err != nil && KindOf(err) != NotFound {
		return "", err
	}
	who := fold(login) // whom nobody is; else handle and address count together
	if m.ID != 0 {
		who = Actor{Member: m.ID}.key()
	}
	if err := f.write(ctx, "count logins", func(w *writer) error { // from elsewhere one still gets in while somebody guesses
		return either(w.spend(loginsOfSource, "login-source", source), either(w.spend(loginsOfName, "login", who+" from "+source), w.spend(loginsOfAll, "login", who)))
	}); err != nil {
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
		return "", Refuse(Forbidden, "error.login")
	}
	err = f.write(ctx, "log in", func(w *writer) (err error) {
		token, err = w.session(m.ID, m.PasswordHash, device)
		return err
	})
	return token, err
}

// session begins a session of a member whose password was compared with the hash: unless it
// was set anew meanwhile, since that has ended all sessions.
func (w *writer) session(id MemberID, hash, device string) (token string, err error) {
	if err := w.lockRow("members", int64(id)); err != nil {
		return "", err
	}
	token = rand.Text()
	n, err := w.changed("INSERT INTO sessions (hash, member_id, device, created_at, seen_at, expires_at) SELECT ?, id, ?, ?, ?, ? FROM members WHERE id = ? AND password_hash = ? AND standing = ?",
		sessionHash(token), markup.Line(device), w.now, w.now, w.now.add(sessionLife), id, hash, Active)
	if err == nil && n == 0 {
		err = Refuse(Forbidden, "error.login")
	}
	return token, err
}

// ActorOf loads who holds a session; the visitor for a token that is unknown or over.
func (f *Forum) ActorOf(ctx context.Context, token string) (a Actor, err error) {
	defer during(&err, "load session")
	if token == "" {
		return a, nil
	}
	now := f.instant()
	return actorWhere(ctx, f.store.read, now, bun.SafeQuery("sessions x JOIN members m ON m.id = x.member_id WHERE x.hash = ? AND x.expires_at > ?", sessionHash(token), now))
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
