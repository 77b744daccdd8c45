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

// Entry is what a password opens: a session or, for a member with a second factor, the step
// towards one.
type Entry struct {
	Session string // token of the session's cookie
	Step    string // token of the step's cookie; "" with a Session
}

// LogIn proves a member by handle or address and password. Of the tokens it gives only hashes
// are stored. Wrong name, wrong password and a member who may not act get the same answer
// after the same work.
// source is where the attempt came from; tries are counted by name and by source.
func (f *Forum) LogIn(ctx context.Context, login, password, device, source string) (in Entry, err error) {
	defer during(&err, "log in")
	var m struct {
		ID           MemberID `bun:"id"`
		PasswordHash string
		Standing     Standing
	}
	err = one(ctx, f.store.read, &m, "SELECT id, password_hash, standing FROM members WHERE handle_key = ? OR email_key = ? LIMIT 1", handleKey(login), fold(login))
	if err != nil && KindOf(err) != NotFound {
		return in, err
	}
	who := fold(login) // whom nobody is; else handle and address count together
	if m.ID != 0 {
		who = Actor{Member: m.ID}.key()
	}
	if err := f.write(ctx, "count logins", func(w *writer) error { // from elsewhere one still gets in while somebody guesses
		return either(w.spend(loginsOfSource, "login-source", source), either(w.spend(loginsOfName, "login", who+" from "+source), w.spend(loginsOfAll, "login", who)))
	}); err != nil {
		return in, err
	}
	if len(password) > maxPassword {
		password = ""
	}
	same, err := samePassword(ctx, password, m.PasswordHash)
	if err != nil {
		return in, err
	}
	if !same || m.Standing != Active {
		return in, Refuse(Forbidden, "error.login")
	}
	err = f.write(ctx, "log in", func(w *writer) error {
		if err := w.lockRow("members", int64(m.ID)); err != nil { // a factor that is set up just now counts
			return err
		}
		if err := either(w.refund("login-source", source), either(w.refund("login", who+" from "+source), w.refund("login", who))); err != nil {
			return err
		}
		in, err = w.letIn(m.ID, m.PasswordHash, device)
		return err
	})
	return in, err
}

// letIn lets in a member who showed a first factor while the hash was their password's: into a
// session, or the step that asks for the second.
func (w *writer) letIn(m MemberID, hash, device string) (in Entry, err error) {
	has, err := w.hasFactor(m)
	if err == nil && has {
		in.Step, err = w.loginStep(m, hash)
	} else if err == nil {
		in.Session, err = w.session(m, session{password: hash, device: device})
	}
	if err != nil {
		return Entry{}, err
	}
	return in, nil
}

// session is how a session begins.
type session struct {
	password string // hash that the password was compared with
	device   string
	strong   bool  // a second factor was shown
	computer int64 // that stays logged in; or 0
}

// session begins a session of a member whose password was compared with the hash: unless it
// was set anew meanwhile, since that has ended all sessions.
func (w *writer) session(id MemberID, s session) (token string, err error) {
	if err := w.lockRow("members", int64(id)); err != nil {
		return "", err
	}
	token = rand.Text()
	n, err := w.changed(`INSERT INTO sessions (hash, member_id, device, created_at, seen_at, expires_at, strong, computer_id)
		SELECT ?, id, ?, ?, ?, ?, ?, ? FROM members WHERE id = ? AND password_hash = ? AND standing = ?`,
		sessionHash(token), deviceLine(s.device), w.now, w.now, w.now.add(sessionLife), bit(s.strong), s.computer, id, s.password, Active)
	if err == nil && n == 0 {
		err = Refuse(Forbidden, "error.login")
	}
	return token, err
}

// deviceLine is what a browser says of itself, cut to a length that a list can show.
func deviceLine(s string) string {
	r := []rune(markup.Line(s))
	return string(r[:min(len(r), 300)])
}

// ActorOf loads who holds a session; the visitor for a token that is unknown or over. Roles of
// the staff count only in a session that was begun with a second factor (SECURITY.md, Accounts).
func (f *Forum) ActorOf(ctx context.Context, token string) (a Actor, err error) {
	defer during(&err, "load session")
	if token == "" {
		return a, nil
	}
	now, hash := f.instant(), sessionHash(token)
	a, seen, err := actorWhere(ctx, f.store.read, now, "x.strong, x.seen_at", bun.SafeQuery("sessions x JOIN members m ON m.id = x.member_id WHERE x.hash = ? AND x.expires_at > ?", hash, now))
	if err != nil || a.Member == 0 {
		return a, err
	}
	if !a.Strong && !f.lax {
		a.Roles, a.Dormant = nil, a.Roles
	}
	if seen < now.add(-seenEvery) {
		if err := f.write(ctx, "see session", func(w *writer) error {
			return w.exec("UPDATE sessions SET seen_at = ? WHERE hash = ? AND seen_at < ?", w.now, hash, w.now.add(-seenEvery))
		}); err != nil { // when one was last seen must keep nobody from reading
			f.log.Warn("session", "err", err)
		}
	}
	return a, nil
}

const seenEvery = 5 * time.Minute // how exactly a session's last use is known

// LogOut ends the session, and that its computer stays logged in; twice is once.
func (f *Forum) LogOut(ctx context.Context, token string) error {
	return f.write(ctx, "log out", func(w *writer) error {
		var was struct {
			MemberID   MemberID
			ComputerID int64
		}
		err := w.one(&was, "DELETE FROM sessions WHERE hash = ? RETURNING member_id, computer_id", sessionHash(token))
		if KindOf(err) == NotFound {
			return nil
		}
		w.state(SessionsEnded{was.MemberID})
		if err == nil && was.ComputerID != 0 {
			err = w.endComputer(was.MemberID, was.ComputerID)
		}
		return err
	})
}
