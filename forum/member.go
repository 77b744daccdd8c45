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
	Agreed                                       bool // to the terms: whoever asks for an account must
}

var handleForm = regexp.MustCompile(`^[\p{L}\p{N}]+([._-][\p{L}\p{N}]+)*$`)

// fold makes the key under which twins of a name or address are one: Unicode
// compatibility form, case folded.
func fold(s string) string { return cases.Fold().String(norm.NFKC.String(s)) }

func (r *Registration) check(p *problems) {
	r.Handle = strings.TrimSpace(r.Handle)
	if n := utf8.RuneCountInString(r.Handle); n < 2 || n > 30 || !handleForm.MatchString(r.Handle) {
		p.add("handle", "error.handle")
	}
	r.Name = p.line("name", r.Name, 100)
	r.Title = markup.Line(r.Title)
	p.most("title", r.Title, 100)
	p.most("business_phone", r.BusinessPhone, 100)
	p.most("business_address", r.BusinessAddress, 1000)
	p.most("other_contact", r.OtherContact, 1000)
	r.Email = strings.TrimSpace(r.Email)
	if !plainAddress(r.Email) {
		p.add("email", "error.email")
	}
	p.password(r.Password)
	if _, err := time.LoadLocation(r.Zone); err != nil {
		p.add("zone", "error.choose")
	}
}

// plainAddress accepts one bare address: no display name, comment, quotes, list or line break.
func plainAddress(s string) bool {
	a, err := mail.ParseAddress(s)
	return err == nil && a.Address == s && len(s) <= 254 && !strings.ContainsAny(s, "\"()<>,; \r\n\t")
}

// Register asks for an account. A handle that is taken is told, since handles are shown
// anyhow. For an address that is taken the answer is the same as for a free one and nothing
// is written: its owner is told by mail, nobody else. source is where the request came from.
func (f *Forum) Register(ctx context.Context, r Registration, source string) error {
	var p problems
	r.check(&p)
	if !r.Agreed {
		p.add("terms", "error.terms")
	}
	if err := p.err(); err != nil {
		return err
	}
	if err := f.spend(ctx, registrations, "register", source); err != nil {
		return err
	}
	hash, err := hashPassword(ctx, r.Password)
	if err != nil {
		return err
	}
	return f.write(ctx, "register", func(w *writer) error {
		if known, err := w.known(r); err != nil || known {
			return err
		}
		id, err := w.member(r, hash, Unconfirmed)
		if err != nil {
			return err
		}
		if err := w.consent(id, "terms"); err != nil {
			return err
		}
		token, err := w.token("confirm-address", id, r.Email, 48*time.Hour)
		w.state(MemberRegistered{Member: id, Token: token})
		return either(err, w.queue("note.confirm-address", token, id))
	})
}

// known tells whether the address belongs to somebody already, whom it then tells. Who has
// not confirmed yet gets the link once more.
func (w *writer) known(r Registration) (bool, error) {
	var m struct {
		ID       MemberID `bun:"id"`
		Standing Standing
	}
	err := w.one(&m, "SELECT id, standing FROM members WHERE email_key = ?", fold(r.Email))
	if err == nil {
		err = w.spend(mailsOfStranger, "stranger", fold(r.Email))
		if KindOf(err) == TooMany { // nobody's letter box is filled by others
			return true, nil
		}
	}
	switch {
	case err == nil && m.Standing == Unconfirmed:
		token, err := w.token("confirm-address", m.ID, r.Email, 48*time.Hour)
		w.state(MemberRegistered{Member: m.ID, Token: token})
		return true, either(err, w.queue("note.confirm-address", token, m.ID))
	case err == nil && m.Standing == Active:
		token, err := w.token("known-address", m.ID, r.Email, 48*time.Hour)
		w.state(RegisteredAgain{Member: m.ID, Token: token})
		return true, either(err, w.queue("note.already-registered", token, m.ID))
	case err == nil || KindOf(err) != NotFound:
		return true, err
	}
	return false, nil
}

// member writes the rows of a new member.
func (w *writer) member(r Registration, hash string, s Standing) (MemberID, error) {
	id := MemberID(w.id())
	confirmed := Instant(0)
	if s == Active {
		confirmed = w.now
	}
	n, err := w.changed(`INSERT INTO members (id, handle, handle_key, name, title, email, email_key, password_hash, standing, language, zone, confirmed_at, created_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`, id, r.Handle, fold(r.Handle), r.Name, r.Title, r.Email,
		fold(r.Email), hash, s, r.Language, r.Zone, confirmed, w.now)
	if err == nil && n == 0 {
		err = w.taken(r)
	}
	if err != nil {
		return 0, err
	}
	return id, w.exec("INSERT INTO registrations (member_id, business_address, business_phone, other_contact) VALUES (?, ?, ?, ?)",
		id, r.BusinessAddress, r.BusinessPhone, r.OtherContact)
}

// taken says which of the names is somebody else's.
func (w *writer) taken(r Registration) error {
	var handles int
	if err := w.one(&handles, "SELECT count(*) FROM members WHERE handle_key = ?", fold(r.Handle)); err != nil {
		return err
	}
	var p problems
	if handles > 0 {
		p.add("handle", "error.handle-taken")
	} else {
		p.add("email", "error.address-taken")
	}
	return p.err()
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
	err = w.one(&row, "UPDATE tokens SET used_at = ? WHERE "+usable+" RETURNING member_id, address",
		w.now, id, purpose, w.now)
	if KindOf(err) == NotFound {
		err = Refuse(Closed, "error.link-over")
	}
	return row.MemberID, row.Address, err
}

const usable = "id = ? AND purpose = ? AND used_at = 0 AND expires_at > ?" // of a one-time right

// CheckLink refuses unless a one-time link of the purpose can be used now: for the page that
// it leads to, which must not offer what is over. Nothing is used up.
func (f *Forum) CheckLink(ctx context.Context, purpose, link string) (err error) {
	defer during(&err, "check link")
	ids, err := f.unseal(purpose, link, 1)
	if err != nil {
		return err
	}
	var n int
	err = one(ctx, f.store.read, &n, "SELECT count(*) FROM tokens WHERE "+usable, ids[0], purpose, f.instant())
	if err == nil && n == 0 {
		err = Refuse(Closed, "error.link-over")
	}
	return err
}

// ConfirmAddress ends the registration: the holder of the mail's link proved the address.
func (f *Forum) ConfirmAddress(ctx context.Context, link string) (m MemberID, err error) {
	ids, err := f.unseal("confirm-address", link, 1)
	if err != nil {
		return 0, err
	}
	err = f.write(ctx, "confirm address", func(w *writer) error {
		id, address, err := w.use(ids[0], "confirm-address")
		if err != nil {
			return err
		}
		m = id
		n, err := w.changed("UPDATE members SET standing = ?, confirmed_at = ?, version = version + 1 WHERE id = ? AND email = ? AND standing = ?",
			Active, w.now, id, address, Unconfirmed)
		if err == nil && n == 0 {
			err = Refuse(Closed, "error.link-over")
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
		target, err := loadActor(w.ctx, w, whom, w.now)
		if err != nil {
			return err
		}
		if target.Member == 0 {
			return Absent()
		}
		if target.Certified {
			return Refuse(Conflict, "error.already-certified")
		}
		id := w.id()
		number = fmt.Sprintf("M-%d-%06d", w.now.Time().Year(), id%1_000_000)
		if err := w.exec(`INSERT INTO certificates (id, member_id, number, from_at, until_at, decided_by, decided_at) VALUES (?, ?, ?, ?, ?, ?, ?)`,
			id, whom, number, w.now, until, by.Member, w.now); err != nil {
			return err
		}
		if err := w.exec("UPDATE memberships SET standing = ? WHERE member_id = ? AND standing = ?", In, whom, Lapsed); err != nil {
			return err
		}
		w.state(MemberCertified{Member: whom, Certificate: id})
		if err := w.queue("note.certified", id, whom); err != nil {
			return err
		}
		return w.log(by, "certify", int64(whom), 0, "")
	})
	return number, err
}

// SetUp describes the organisation and makes the first administrator of an empty forum, by
// the holder of the one-time link; once there is a member it is over.
func (f *Forum) SetUp(ctx context.Context, token string, r Registration, o Organisation) (m MemberID, err error) {
	if _, err := f.unseal("set-up", token, 0); err != nil {
		return 0, err
	}
	var p problems
	o.check(&p)
	r.check(&p)
	if err := p.err(); err != nil {
		return 0, err
	}
	hash, err := hashPassword(ctx, r.Password)
	if err != nil {
		return 0, err
	}
	err = f.write(ctx, "set up", func(w *writer) error {
		if err := w.lockLog(); err != nil { // the other node waits
			return err
		}
		var n int
		if err := w.one(&n, "SELECT count(*) FROM members"); err != nil {
			return err
		}
		if n > 0 {
			return Refuse(Closed, "error.already-set-up")
		}
		if m, err = w.member(r, hash, Active); err != nil {
			return err
		}
		if err := w.organisation(o); err != nil {
			return err
		}
		if err := w.exec("INSERT INTO grants (member_id, role, granted_by, granted_at) VALUES (?, ?, ?, ?)", m, Administrator, m, w.now); err != nil {
			return err
		}
		return w.log(Actor{Member: m}, "set-up", int64(m), 0, "")
	})
	return m, err
}

// Grant gives a member a role, by an administrator.
func (f *Forum) Grant(ctx context.Context, by Actor, whom MemberID, role Role) error {
	return f.write(ctx, "grant", func(w *writer) error {
		if err := mayAdminister(by); err != nil {
			return err
		}
		if role != Administrator && role != Reviewer && role != PrivacyOfficer {
			return Absent()
		}
		n, err := w.changed(`INSERT INTO grants (member_id, role, granted_by, granted_at)
			SELECT id, ?, ?, ? FROM members WHERE id = ? AND standing = ? ON CONFLICT DO NOTHING`, role, by.Member, w.now, whom, Active)
		if err != nil || n == 0 {
			return err
		}
		return w.log(by, "grant", int64(whom), 0, string(role))
	})
}

// Appoint gives a member of the group a role in it: by its owners.
func (f *Forum) Appoint(ctx context.Context, by Actor, id GroupID, whom MemberID, role GroupRole) error {
	return f.write(ctx, "appoint", func(w *writer) error {
		g, err := w.owned(by, id)
		if err != nil {
			return err
		}
		if whom == by.Member {
			return Refuse(Forbidden, "error.not-yourself")
		}
		if role < Participant || role > Owner {
			return Refuse(Invalid, "error.choose")
		}
		n, err := w.changed("UPDATE memberships SET role = ? WHERE group_id = ? AND member_id = ? AND standing = ?", role, g.ID, whom, In)
		if err != nil {
			return err
		}
		if n == 0 {
			return Absent()
		}
		return w.log(by, "appoint", int64(whom), g.ID, "")
	})
}

// Adopt takes members over from a list that the body keeps: by an administrator, who
// answers for their addresses. Names or addresses that are taken are refused.
func (f *Forum) Adopt(ctx context.Context, by Actor, all []Registration) (ids []MemberID, err error) {
	hashes := make([]string, len(all))
	same := map[string]string{} // the demo's members share one password, and so one hash
	for i := range all {
		var p problems
		all[i].check(&p)
		if err := p.err(); err != nil {
			return nil, err
		}
		if hashes[i] = same[all[i].Password]; hashes[i] == "" {
			if hashes[i], err = hashPassword(ctx, all[i].Password); err != nil {
				return nil, err
			}
			same[all[i].Password] = hashes[i]
		}
	}
	err = f.write(ctx, "adopt", func(w *writer) error {
		ids = nil
		if err := mayAdminister(by); err != nil {
			return err
		}
		for i, r := range all {
			id, err := w.member(r, hashes[i], Active)
			if err != nil {
				return err
			}
			ids = append(ids, id)
		}
		return w.log(by, "adopt", int64(len(all)), 0, "")
	})
	return ids, err
}
