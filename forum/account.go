package forum

import (
	"context"
	"time"
	"unicode/utf8"

	"peergroups/forum/markup"
)

// Profile is what a member told about themself, as only they and designated staff see it.
type Profile struct {
	Handle, Name, Title, Email                   string
	BusinessAddress, BusinessPhone, OtherContact string
	Zone, Language                               string
	DigestHour                                   int
	Number                                       string  // of the running certificate, or ""
	UntilAt                                      Instant // when it ends

	Earlier []EarlierDetail `bun:"-"` // newest first
}

// ReadProfile reads the actor's own profile (P8).
func (f *Forum) ReadProfile(ctx context.Context, by Actor) (p Profile, err error) {
	defer during(&err, "read profile")
	err = one(ctx, f.store.read, &p, profileOf, standingAt(f.instant()), by.Member)
	if err == nil {
		p.Earlier, err = earlierDetails(ctx, f.store.read, by.Member)
	}
	return p, err
}

const profileOf = `SELECT m.handle, m.name, m.title, m.email, m.zone, m.language, m.digest_hour,
		r.business_address, r.business_phone, r.other_contact, coalesce(c.number, '') AS number, coalesce(c.until_at, 0) AS until_at
		FROM members m JOIN registrations r ON r.member_id = m.id
		LEFT JOIN certificates c ON c.member_id = m.id AND c.suspended_at = 0 AND ? WHERE m.id = ?`

// ChangeProfile sets what the form of the profile may say; handle and address are not in it.
func (f *Forum) ChangeProfile(ctx context.Context, by Actor, d Profile) error {
	return f.write(ctx, "change profile", func(w *writer) error {
		if by.Member == 0 {
			return Refuse(Forbidden, "error.sign-in-first")
		}
		var p problems
		d.Name = p.line("name", d.Name, 100)
		d.Title, d.BusinessPhone = markup.Line(d.Title), markup.Line(d.BusinessPhone)
		d.BusinessAddress, d.OtherContact = markup.Neutral(d.BusinessAddress), markup.Neutral(d.OtherContact)
		p.most("title", d.Title, 100)
		p.most("business_phone", d.BusinessPhone, 100)
		p.most("business_address", d.BusinessAddress, 1000)
		p.most("other_contact", d.OtherContact, 1000)
		if _, err := time.LoadLocation(d.Zone); err != nil || d.Zone == "" {
			p.add("zone", "error.choose")
		}
		if d.DigestHour < 0 || d.DigestHour > 23 {
			p.add("digest_hour", "error.choose")
		}
		if err := p.err(); err != nil {
			return err
		}
		if err := w.keepEarlier(by.Member, d); err != nil {
			return err
		}
		n, err := w.changed("UPDATE members SET name = ?, name_key = ?, title = ?, zone = ?, digest_hour = ?, version = version + 1 WHERE id = ? AND standing = ?",
			d.Name, nameKey(d.Name), d.Title, d.Zone, d.DigestHour, by.Member, Active)
		if err == nil && n == 0 { // the account was closed meanwhile
			err = Refuse(Forbidden, "error.sign-in-first")
		}
		if err != nil {
			return err
		}
		if err := w.reword(by.Member); err != nil {
			return err
		}
		return w.exec("UPDATE registrations SET business_address = ?, business_phone = ?, other_contact = ? WHERE member_id = ?",
			d.BusinessAddress, d.BusinessPhone, d.OtherContact, by.Member)
	})
}

// most checks that a text is not too long.
func (p *problems) most(field, s string, most int) {
	if utf8.RuneCountInString(s) > most {
		p.add(field, "error.too-long", "Most", most)
	}
}

// Session is one place where a member is logged in.
type Session struct {
	ID        string `bun:"hash"` // of the cookie's value, which it does not give away
	Device    string
	CreatedAt Instant
	SeenAt    Instant
}

// SessionID is how a session's own row is called.
func SessionID(token string) string { return sessionHash(token) }

// Sessions lists where the actor is logged in, newest first.
func (f *Forum) Sessions(ctx context.Context, by Actor) (out []Session, err error) {
	defer during(&err, "sessions")
	err = f.store.read.scan(ctx, &out, `SELECT hash, device, created_at, seen_at FROM sessions WHERE member_id = ? AND expires_at > ?
		ORDER BY created_at DESC LIMIT 100`, by.Member, f.instant())
	return out, err
}

// EndSession ends one of the actor's sessions, or with an empty id all but the one of the kept
// id; with neither, all. Computers that stay logged in by them do so no more.
func (f *Forum) EndSession(ctx context.Context, by Actor, id, keep string) error {
	return f.write(ctx, "end session", func(w *writer) error {
		const ended = "member_id = ?0 AND (hash = ?1 OR (?1 = '' AND hash <> ?2))"
		var computers []int64
		if err := w.scan(w.ctx, &computers, `SELECT id FROM computers WHERE member_id = ?0 AND (id IN (SELECT computer_id FROM sessions WHERE `+ended+`)
			OR (?1 = '' AND id NOT IN (SELECT computer_id FROM sessions WHERE member_id = ?0 AND hash = ?2)))`, by.Member, id, keep); err != nil {
			return err
		}
		for _, c := range computers {
			if err := w.endComputer(by.Member, c); err != nil {
				return err
			}
		}
		n, err := w.changed("DELETE FROM sessions WHERE "+ended, by.Member, id, keep)
		if n > 0 {
			w.state(SessionsEnded{by.Member})
		}
		return err
	})
}

// AskReset has a link for a new password mailed to the member, if there is one; the caller
// cannot tell.
func (f *Forum) AskReset(ctx context.Context, login, source string) error {
	if err := f.spend(ctx, resetsOfSource, "reset-source", source); err != nil {
		return err
	}
	return f.write(ctx, "ask reset", func(w *writer) error {
		var m struct {
			ID    MemberID `bun:"id"`
			Email string
		}
		err := w.one(&m, "SELECT id, email FROM members WHERE (handle_key = ? OR email_key = ?) AND standing = ? LIMIT 1", handleKey(login), fold(login), Active)
		if KindOf(err) == NotFound {
			return nil
		}
		if err != nil {
			return err
		}
		err = w.spend(resetsOfMember, "reset", Actor{Member: m.ID}.key())
		if KindOf(err) == TooMany {
			return nil // told to nobody: it would say that there is such a member
		}
		if err != nil {
			return err
		}
		token, err := w.token("reset-password", m.ID, m.Email, time.Hour)
		w.state(ResetAsked{Member: m.ID, Token: token})
		return either(err, w.queue("note.reset-password", token, m.ID))
	})
}

// ResetPassword sets a new password by the holder of the mail's link, ends every session of
// the member, and takes their linked login away.
func (f *Forum) ResetPassword(ctx context.Context, link, password string) error {
	ids, err := f.unseal("reset-password", link, 1)
	if err != nil {
		return err
	}
	var p problems
	if p.password(password); p != nil {
		return p.err()
	}
	hash, err := hashPassword(ctx, password)
	if err != nil {
		return err
	}
	return f.write(ctx, "reset password", func(w *writer) error {
		m, address, err := w.use(ids[0], "reset-password")
		if err != nil {
			return err
		}
		n, err := w.changed("UPDATE members SET password_hash = ?, version = version + 1 WHERE id = ? AND email = ? AND standing = ?", hash, m, address, Active)
		if err != nil {
			return err
		}
		if n == 0 {
			return Refuse(Closed, "error.link-over")
		}
		if err := w.ripenAnew(m); err != nil {
			return err
		}
		if _, err := w.unlink(Actor{Member: m}, m); err != nil {
			return err
		}
		return w.passwordChanged(m, "")
	})
}

// ripenAnew makes the member's roles as young as if they were given now: after a reset, or when their factors were taken
// away, it may be somebody else who comes in, and must not be one of two at once.
func (w *writer) ripenAnew(m MemberID) error {
	return w.exec("UPDATE grants SET granted_at = ?, granted_by = 0 WHERE member_id = ?", w.now, m)
}

// MemberRow is a member in a list of staff or moderators.
type MemberRow struct {
	ID       MemberID `bun:"id"`
	Handle   string
	Name     string
	Email    string
	Role     GroupRole
	Since    Instant
	Standing MembershipStanding
	Answer   string // to the group's question, of one who asks to join
}

// KeepKeys keeps single-key shortcuts on for the actor, or not.
func (f *Forum) KeepKeys(ctx context.Context, by Actor, on bool) error {
	return f.write(ctx, "keep keys", func(w *writer) error {
		return either(mayKeep(by), w.exec("UPDATE members SET keys = ? WHERE id = ?", bit(on), by.Member))
	})
}
