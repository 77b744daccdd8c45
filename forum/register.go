package forum

import (
	"context"
	"strconv"
	"strings"
	"time"

	"github.com/uptrace/bun"
)

// Register asks for an account. A handle that is taken is told, since handles are shown
// anyhow. For an address that is taken the answer is the same as for a free one and nothing
// is written: its owner is told by mail, nobody else. source is where the request came from.
func (f *Forum) Register(ctx context.Context, r Registration, source string) error {
	var p problems
	r.check(&p)
	if !r.Agreed {
		p.add("terms", "error.terms")
	} else if r.Shown != "" && r.Shown != WordingOf(r.Terms) {
		p.add("terms", "error.terms-changed")
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
		lets, err := w.letsRegister(r.Email)
		if err != nil {
			return err
		}
		if err := w.giveWay(f.earlier(r.Instead), r.Handle); err != nil {
			return err
		}
		if taken, err := handleTaken(w.ctx, w, &r, earlier{}, w.now); err != nil || taken { // told before anything of the address is looked at
			return either(err, handleProblem())
		}
		if !lets {
			_, err := w.registered(r, hash, false)
			return err
		}
		id, err := w.registered(r, hash, true)
		if err != nil || id == 0 {
			return err
		}
		if err := w.consent(id, "terms", r.Terms); err != nil {
			return err
		}
		token, err := w.token("confirm-address", id, r.Email, confirmWithin)
		w.state(MemberRegistered{Member: id, Token: token})
		return either(err, w.queue("note.confirm-address", token, id))
	})
}

// letsRegister tells whether the body takes a registration of the address. That it was not invited is told to nobody: others
// would hear who is. Nor is it told that somebody erased their account while they were suspended, and cannot come back before that ends.
func (w *writer) letsRegister(address string) (bool, error) {
	var s struct {
		How     Registering
		Invited bool
	}
	err := w.one(&s, `SELECT coalesce((SELECT value FROM settings WHERE name = 'org.registration'), '') AS how,
		EXISTS (SELECT 1 FROM invitations WHERE address_key = ?0) OR EXISTS (SELECT 1 FROM members WHERE email_key = ?0) AS invited`, fold(address))
	if err == nil && s.How == ClosedRegistration {
		err = Refuse(Closed, "error.registration-closed")
	}
	if err != nil {
		return false, err
	}
	var barred bool
	err = w.one(&barred, "SELECT EXISTS (SELECT 1 FROM held_handles WHERE address = ? AND until_at > ?)", bucketOf("barred", letterBox(address)), w.now)
	return (s.How != ByInvitationOnly || s.Invited) && !barred, err
}

// confirmWithin is how long the link to confirm an address works; who has not confirmed by
// then is forgotten.
const confirmWithin = 48 * time.Hour

// registered writes down who asks for an account. lets: the body takes it. 0: it does not, or the address is a member's, who is told,
// or its letter box has had enough. A registration that was not confirmed gives way to a
// newer one for the address: it is nobody's yet, and must not lie in wait for its owner.
func (w *writer) registered(r Registration, hash string, lets bool) (MemberID, error) {
	var m struct {
		ID       MemberID `bun:"id"`
		Standing Standing
	}
	err := w.one(&m, "SELECT id, standing FROM members WHERE email_key = ?", fold(r.Email))
	if err != nil && KindOf(err) != NotFound {
		return 0, err
	}
	if err := w.spend(mailsOfStranger, "stranger", fold(r.Email)); err != nil {
		if KindOf(err) == TooMany { // nobody's letter box is filled by others
			return 0, nil
		}
		return 0, err
	}
	switch {
	case !lets:
	case m.ID == 0:
		return w.member(r, hash, Unconfirmed)
	case m.Standing == Unconfirmed:
		return m.ID, w.registerAnew(m.ID, r, hash)
	}
	if err := w.holdHandle(&r); err != nil {
		return 0, err
	}
	if lets && m.Standing == Active {
		token, err := w.token("known-address", m.ID, r.Email, confirmWithin)
		w.state(RegisteredAgain{Member: m.ID, Token: token})
		return 0, either(err, w.queue("note.already-registered", token, m.ID))
	}
	return 0, nil
}

// handleTaken tells whether a user ID is somebody's, or was asked for with another address in the last two days: for an
// address that is known as for one that is not.
func handleTaken(ctx context.Context, q querier, r *Registration, not earlier, now Instant) (taken bool, err error) {
	err = one(ctx, q, &taken, `SELECT EXISTS (SELECT 1 FROM members WHERE handle_key = ?0 AND (email_key NOT IN (?1, ?6) OR standing <> ?2))
		OR EXISTS (SELECT 1 FROM held_handles WHERE handle = ?3 AND address NOT IN (?4, ?7) AND until_at > ?5)`,
		handleKey(r.Handle), fold(r.Email), Unconfirmed, bucketOf("handle", handleKey(r.Handle)), bucketOf("address", fold(r.Email)), now, not.address, bucketOf("address", not.address))
	return taken, err
}

// holdHandle keeps a user ID for an address of which nothing may be told, as a registration that waits for its
// confirmation would.
func (w *writer) holdHandle(r *Registration) error {
	return w.exec("INSERT INTO held_handles (address, handle, until_at) VALUES (?, ?, ?) ON CONFLICT (address) DO UPDATE SET handle = excluded.handle, until_at = excluded.until_at",
		bucketOf("address", fold(r.Email)), bucketOf("handle", handleKey(r.Handle)), w.now.add(confirmWithin))
}

// RegisteredToken is what who registered with an address takes along: by it they have the mail sent again, or register with
// another address under the same user ID.
func (f *Forum) RegisteredToken(address string) string {
	return f.Conceal("registered", decimal(f.instant())+" "+fold(address))
}

// earlier is a registration that a RegisteredToken stands for.
type earlier struct {
	address string // its key; "": none
	at      Instant
}

func (f *Forum) earlier(token string) (e earlier) {
	at, address, _ := strings.Cut(f.Reveal("registered", token), " ")
	if n, err := strconv.ParseInt(at, 10, 64); err == nil && Instant(n) > f.instant().add(-confirmWithin) {
		e = earlier{address, Instant(n)}
	}
	return e
}

// giveWay forgets a registration that nobody confirmed, and that nobody made anew since, of the same user ID: its address was
// mistyped.
func (w *writer) giveWay(e earlier, handle string) error {
	if e.address == "" {
		return nil
	}
	if err := w.exec("DELETE FROM held_handles WHERE address = ? AND handle = ? AND until_at <= ?", bucketOf("address", e.address), bucketOf("handle", handleKey(handle)), e.at.add(confirmWithin)); err != nil {
		return err
	}
	const never = "(SELECT id FROM members WHERE email_key = ?0 AND handle_key = ?1 AND standing = ?2 AND created_at <= ?3)"
	for _, table := range ofRegistration {
		if err := w.exec("DELETE FROM ?4 WHERE member_id IN "+never, e.address, handleKey(handle), Unconfirmed, e.at, bun.Ident(table)); err != nil {
			return err
		}
	}
	return w.exec("DELETE FROM members WHERE email_key = ?0 AND handle_key = ?1 AND standing = ?2 AND created_at <= ?3", e.address, handleKey(handle), Unconfirmed, e.at)
}

// ResendConfirmation mails the link of a registration once more. The answer is the same whether there is one.
func (f *Forum) ResendConfirmation(ctx context.Context, token, source string) error {
	e := f.earlier(token)
	if e.address == "" {
		return Refuse(Closed, "error.link-over")
	}
	if err := f.spend(ctx, registrations, "register", source); err != nil {
		return err
	}
	return f.write(ctx, "resend confirmation", func(w *writer) error {
		err := w.spend(mailsOfStranger, "stranger", e.address)
		if KindOf(err) == TooMany { // nobody's letter box is filled by others
			return nil
		}
		var m struct {
			ID    MemberID `bun:"id"`
			Email string
		}
		err = either(err, w.one(&m, "SELECT id, email FROM members WHERE email_key = ? AND standing = ?", e.address, Unconfirmed))
		if KindOf(err) == NotFound {
			return nil
		}
		if err != nil {
			return err
		}
		link, err := w.token("confirm-address", m.ID, m.Email, confirmWithin)
		w.state(MemberRegistered{Member: m.ID, Token: link})
		return either(err, w.queue("note.confirm-address", link, m.ID))
	})
}

func handleProblem() error {
	var p problems
	p.add("handle", "error.handle-taken")
	return p.err()
}

func (w *writer) registerAnew(id MemberID, r Registration, hash string) error {
	if err := w.exec(`UPDATE members SET handle = ?, handle_key = ?, name = ?, name_key = ?, title = ?, email = ?, password_hash = ?, language = ?, zone = ?, created_at = ?, policies_at = ?, version = version + 1 WHERE id = ?`,
		r.Handle, handleKey(r.Handle), r.Name, nameKey(r.Name), r.Title, r.Email, hash, r.Language, r.Zone, w.now, w.now, id); err != nil {
		return err
	}
	return either(w.exec("DELETE FROM consents WHERE member_id = ?", id), w.exec("UPDATE registrations SET business_address = ?, business_phone = ?, other_contact = ? WHERE member_id = ?",
		r.BusinessAddress, r.BusinessPhone, r.OtherContact, id))
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

// ConfirmAddress ends the registration: the holder of the mail's link proved the address, and
// by the password that the registration is theirs. A link in one's letter box may stem from
// somebody who registered in one's name, and must not open an account that is theirs. The
// member is logged in.
func (f *Forum) ConfirmAddress(ctx context.Context, link, password, device string) (token string, err error) {
	if err := f.CheckLink(ctx, "confirm-address", link); err != nil {
		return "", err
	}
	ids, err := f.unseal("confirm-address", link, 1)
	if err != nil {
		return "", err
	}
	var m struct {
		ID           MemberID `bun:"id"`
		PasswordHash string
	}
	if err := one(ctx, f.store.read, &m, "SELECT m.id, m.password_hash FROM members m JOIN tokens t ON t.member_id = m.id WHERE t.id = ?", ids[0]); err != nil {
		return "", err
	}
	if err := f.spend(ctx, loginsOfName, "confirm", Actor{Member: m.ID}.key()); err != nil {
		return "", err
	}
	if same, err := samePassword(ctx, password, m.PasswordHash); err != nil || !same {
		if err == nil {
			var p problems
			p.add("password", "error.confirm-password")
			err = p.err()
		}
		return "", err
	}
	err = f.write(ctx, "confirm address", func(w *writer) error {
		id, address, err := w.use(ids[0], "confirm-address")
		if err != nil {
			return err
		}
		n, err := w.changed("UPDATE members SET standing = ?, confirmed_at = ?, version = version + 1 WHERE id = ? AND email = ? AND standing = ? AND password_hash = ?",
			Active, w.now, id, address, Unconfirmed, m.PasswordHash)
		if err == nil && n == 0 {
			err = Refuse(Closed, "error.link-over")
		}
		if err != nil {
			return err
		}
		w.state(AddressConfirmed{id})
		token, err = w.session(id, session{password: m.PasswordHash, device: device})
		return err
	})
	return token, err
}

// ofRegistration are the tables with what belongs to a registration that was never confirmed.
var ofRegistration = []string{"consents", "registrations", "tokens", "deliveries", "bounces", "mail_pauses"}

// endUncalled ends the invitations of members (all, or one) that hang on an address and have none any more.
func (w *writer) endUncalled(member MemberID, all bool) error {
	return w.exec(`UPDATE memberships SET standing = ?0 WHERE standing = ?1 AND named = 0 AND (?2 OR member_id = ?3)
		AND NOT EXISTS (SELECT 1 FROM invitations v JOIN members m ON m.email_key = v.address_key WHERE v.group_id = memberships.group_id AND m.id = memberships.member_id)`,
		Outside, Invited, all, member)
}

// Forget deletes what has had its time: registrations that were never confirmed, used and
// dead links, sessions that are over, counted tries, and once a day what has a period (P33).
func (f *Forum) Forget(ctx context.Context) error {
	return either(f.expire(ctx), f.forgetShort(ctx))
}

func (f *Forum) forgetShort(ctx context.Context) error {
	return f.write(ctx, "forget", func(w *writer) error {
		const never = "(SELECT id FROM members WHERE standing = ?0 AND created_at < ?1)"
		before := w.now.add(-confirmWithin)
		for _, table := range ofRegistration {
			if err := w.exec("DELETE FROM ?2 WHERE member_id IN "+never, Unconfirmed, before, bun.Ident(table)); err != nil {
				return err
			}
		}
		if err := w.exec("DELETE FROM members WHERE standing = ? AND created_at < ?", Unconfirmed, before); err != nil {
			return err
		}
		for _, old := range []struct {
			where string // the table, and which of its times
			after time.Duration
		}{{"tokens WHERE expires_at", 30 * day}, {"sessions WHERE expires_at", 0}, {"login_steps WHERE expires_at", 0},
			{"computers WHERE expires_at", 0}, {"attempts WHERE until_at", 0}, {"held_handles WHERE until_at", 0}} {
			if err := w.exec("DELETE FROM "+old.where+" < ?", w.now.add(-old.after)); err != nil {
				return err
			}
		}
		for _, forget := range []func() error{w.forgetReportedMails, w.forgetArrivals, w.endMinutes, w.forgetSecurityLog} {
			if err := forget(); err != nil {
				return err
			}
		}
		return nil
	})
}
