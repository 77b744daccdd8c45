package forum

import (
	"context"
	"fmt"
	"net/mail"
	"regexp"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"

	"peergroups/forum/markup"
)

// Standing is where a member stands with the body. Only Active members act.
type Standing int64

// The standings.
const (
	Unconfirmed Standing = iota // the address is not proved yet
	Active
	Suspended
)

// Registration is what the registration form asks for (P6).
type Registration struct {
	Handle, Password, Name, Title, Email         string
	BusinessAddress, BusinessPhone, OtherContact string
	Language, Zone                               string
}

var handleForm = regexp.MustCompile(`^[\p{L}\p{N}]+([._-][\p{L}\p{N}]+)*$`)

// fold makes the key under which twins of a name or address are one: Unicode
// compatibility form, case folded.
func fold(s string) string { return cases.Fold().String(norm.NFKC.String(s)) }

func (r *Registration) check() error {
	var p problems
	r.Handle = strings.TrimSpace(r.Handle)
	if n := utf8.RuneCountInString(r.Handle); n < 2 || n > 30 || !handleForm.MatchString(r.Handle) {
		p.add("handle", "error.handle")
	}
	r.Name = p.line("name", r.Name, 100)
	r.Title = markup.Line(r.Title)
	for field, s := range map[string]string{"title": r.Title, "business_phone": r.BusinessPhone} {
		if utf8.RuneCountInString(s) > 100 {
			p.add(field, "error.too-long", "Most", 100)
		}
	}
	for field, s := range map[string]string{"business_address": r.BusinessAddress, "other_contact": r.OtherContact} {
		if utf8.RuneCountInString(s) > 1000 {
			p.add(field, "error.too-long", "Most", 1000)
		}
	}
	r.Email = strings.TrimSpace(r.Email)
	if !plainAddress(r.Email) {
		p.add("email", "error.email")
	}
	p.password(r.Password)
	if _, err := time.LoadLocation(r.Zone); err != nil {
		p.add("zone", "error.choose")
	}
	return p.err()
}

// plainAddress accepts one bare address: no display name, comment, quotes, list or line break.
func plainAddress(s string) bool {
	a, err := mail.ParseAddress(s)
	return err == nil && a.Address == s && len(s) <= 254 && !strings.ContainsAny(s, "\"()<>,; \r\n\t")
}

// Register asks for an account. For an address or handle that is taken the answer is the
// same and nothing is written: the owner of a known address is told by mail, nobody else.
func (f *Forum) Register(ctx context.Context, r Registration) error {
	if err := r.check(); err != nil {
		return err
	}
	hash, err := hashPassword(ctx, r.Password)
	if err != nil {
		return err
	}
	return f.write(ctx, "register", func(w *writer) error {
		id := MemberID(w.id())
		n, err := w.changed(`INSERT INTO members (id, handle, handle_key, name, title, email, email_key, password_hash, standing, language, zone, created_at)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`, id, r.Handle, fold(r.Handle), r.Name, r.Title, r.Email,
			fold(r.Email), hash, Unconfirmed, r.Language, r.Zone, w.now)
		if err != nil || n == 0 {
			return err
		}
		if err := w.exec("INSERT INTO registrations (member_id, business_address, business_phone, other_contact) VALUES (?, ?, ?, ?)",
			id, r.BusinessAddress, r.BusinessPhone, r.OtherContact); err != nil {
			return err
		}
		token, err := w.token("confirm-address", id, r.Email, 48*time.Hour)
		w.state(MemberRegistered{Member: id, Token: token})
		return err
	})
}

// token makes a one-time right; its secret is derived from the row by the mail door's key
// and stands nowhere in the store. A newer one of the same purpose ends the older.
func (w *writer) token(purpose string, m MemberID, address string, life time.Duration) (int64, error) {
	if err := w.exec("UPDATE tokens SET used_at = ? WHERE member_id = ? AND purpose = ? AND used_at = 0", w.now, m, purpose); err != nil {
		return 0, err
	}
	id := w.id()
	return id, w.exec("INSERT INTO tokens (id, purpose, member_id, address, created_at, expires_at) VALUES (?, ?, ?, ?, ?, ?)",
		id, purpose, m, address, w.now, w.now.add(life))
}

// use takes a one-time right: one caller wins, whoever else comes is told it is over.
func (w *writer) use(id int64, purpose string) (m MemberID, address string, err error) {
	var row struct {
		MemberID MemberID
		Address  string
	}
	err = w.one(&row, "UPDATE tokens SET used_at = ? WHERE id = ? AND purpose = ? AND used_at = 0 AND expires_at > ? RETURNING member_id, address",
		w.now, id, purpose, w.now)
	if KindOf(err) == NotFound {
		err = refuse(Closed, "error.link-over")
	}
	return row.MemberID, row.Address, err
}

// ConfirmAddress ends the registration: the holder of the mail's token proved the address.
// The caller has checked the token's secret.
func (f *Forum) ConfirmAddress(ctx context.Context, token int64) (m MemberID, err error) {
	err = f.write(ctx, "confirm address", func(w *writer) error {
		id, address, err := w.use(token, "confirm-address")
		if err != nil {
			return err
		}
		m = id
		n, err := w.changed("UPDATE members SET standing = ?, confirmed_at = ?, version = version + 1 WHERE id = ? AND email = ? AND standing = ?",
			Active, w.now, id, address, Unconfirmed)
		if err == nil && n == 0 {
			err = refuse(Closed, "error.link-over")
		}
		w.state(AddressConfirmed{id})
		return err
	})
	return m, err
}

// Certify makes a member a certified mediator until the given instant: by a reviewer, never
// of themself.
func (f *Forum) Certify(ctx context.Context, by Actor, whom MemberID, until Instant) (number string, err error) {
	err = f.write(ctx, "certify", func(w *writer) error {
		if err := mayCertify(by, whom); err != nil {
			return err
		}
		if until <= w.now {
			var p problems
			p.add("until", "error.in-the-past")
			return p.err()
		}
		target, err := loadActor(w.ctx, w.tx, whom, w.now)
		if err != nil {
			return err
		}
		if target.Member == 0 {
			return errAbsent()
		}
		if target.Certified {
			return refuse(Conflict, "error.already-certified")
		}
		id := w.id()
		number = fmt.Sprintf("M-%d-%06d", w.now.Time().Year(), id%1_000_000)
		if err := w.exec(`INSERT INTO certificates (id, member_id, number, from_at, until_at, decided_by, decided_at) VALUES (?, ?, ?, ?, ?, ?, ?)`,
			id, whom, number, w.now, until, by.Member, w.now); err != nil {
			return err
		}
		w.state(MemberCertified{whom})
		return w.log(by, "certify", int64(whom), 0, "")
	})
	return number, err
}

// SetUp makes the first administrator of an empty forum; once there is a member it is over.
func (f *Forum) SetUp(ctx context.Context, r Registration) (m MemberID, err error) {
	if err := r.check(); err != nil {
		return 0, err
	}
	hash, err := hashPassword(ctx, r.Password)
	if err != nil {
		return 0, err
	}
	err = f.write(ctx, "set up", func(w *writer) error {
		m = MemberID(w.id())
		n, err := w.changed(`INSERT INTO members (id, handle, handle_key, name, title, email, email_key, password_hash, standing, language, zone, confirmed_at, created_at)
			SELECT ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ? WHERE NOT EXISTS (SELECT 1 FROM members)`, m, r.Handle, fold(r.Handle), r.Name, r.Title, r.Email,
			fold(r.Email), hash, Active, r.Language, r.Zone, w.now, w.now)
		if err != nil {
			return err
		}
		if n == 0 {
			return refuse(Closed, "error.already-set-up")
		}
		if err := w.exec("INSERT INTO registrations (member_id) VALUES (?)", m); err != nil {
			return err
		}
		if err := w.exec("INSERT INTO grants (member_id, role, granted_by, granted_at) VALUES (?, ?, ?, ?)", m, Administrator, m, w.now); err != nil {
			return err
		}
		return w.log(Actor{Member: m}, "set-up", int64(m), 0, "")
	})
	return m, err
}
