package forum

import (
	"context"
	"strings"
	"time"

	"github.com/uptrace/bun"
)

// newAddressWithin is how long the link to confirm a new address works.
const newAddressWithin = 24 * time.Hour

// ChangePassword sets a new password for who knows the old one. Every other session ends, links
// that were asked for before are over, and the member is told by mail.
func (f *Forum) ChangePassword(ctx context.Context, by Actor, own Own, fresh string) error {
	old, err := f.sure(ctx, by, own)
	if err != nil {
		return err
	}
	var p problems
	if p.password(fresh); p != nil {
		p[0].Field = "new_password"
		return p.err()
	}
	hash, err := hashPassword(ctx, fresh)
	if err != nil {
		return err
	}
	return f.changing(ctx, by, own.Session, old, func(w *writer) error {
		return either(w.exec("UPDATE members SET password_hash = ?, version = version + 1 WHERE id = ?", hash, by.Member), w.passwordChanged(by.Member, own.Session))
	})
}

// passwordChanged is what follows when a password was set anew: but for the session to keep,
// nothing that was begun under the old one goes on.
func (w *writer) passwordChanged(m MemberID, keep string) error {
	return either(w.endOthers(m, keep), either(w.endLinks(m), w.noteAccount("password-changed", m)))
}

// endLinks ends the links that were asked for and could change the account.
func (w *writer) endLinks(m MemberID) error {
	return w.exec("UPDATE tokens SET used_at = ? WHERE member_id = ? AND purpose IN ('reset-password', 'new-address') AND used_at = 0", w.now, m)
}

// AskAddress asks for a new mail address, which counts once the link that is mailed there was
// used; the old address is told. For an address that is another member's the answer is the
// same, and that other alone is told.
func (f *Forum) AskAddress(ctx context.Context, by Actor, own Own, address string) error {
	old, err := f.sure(ctx, by, own)
	if err != nil {
		return err
	}
	var p problems
	if address = strings.TrimSpace(address); !plainAddress(address) {
		p.add("email", "error.email")
		return p.err()
	}
	return f.changing(ctx, by, own.Session, old, func(w *writer) error {
		var has MemberID
		err := w.one(&has, "SELECT id FROM members WHERE email_key = ? AND standing <> ?", fold(address), Unconfirmed)
		if err != nil && KindOf(err) != NotFound {
			return err
		}
		if has == by.Member {
			p.add("email", "error.same-address")
			return p.err()
		}
		token, err := w.token("new-address", by.Member, address, newAddressWithin) // also where no mail goes: both look the same
		if err != nil {
			return err
		}
		if err := w.noteAccount("address-asked", by.Member); err != nil {
			return err
		}
		err = w.spend(mailsOfStranger, "stranger", fold(address))
		switch {
		case KindOf(err) == TooMany: // nobody's letter box is filled by others
			return nil
		case err != nil:
			return err
		case has != 0:
			return w.noteAccount("address-wanted", has)
		}
		return w.noteToken("new-address", token, by.Member)
	})
}

// noteToken mails what a one-time right is about to the address that it is of.
func (w *writer) noteToken(stem string, token int64, m MemberID) error {
	w.state(AccountNoted{Note: "note." + stem, Ref: token})
	return w.queue("note."+stem, token, m)
}

// ConfirmNewAddress makes an address the member's by the link that was mailed there. Both
// addresses are told; every session ends but the member's own with the token.
func (f *Forum) ConfirmNewAddress(ctx context.Context, by Actor, link, session string) error {
	ids, err := f.unseal("new-address", link, 1)
	if err != nil {
		return err
	}
	return f.write(ctx, "confirm new address", func(w *writer) error {
		m, address, err := w.use(ids[0], "new-address")
		if err != nil {
			return err
		}
		if m != by.Member { // who only reads the letter box may have it by a slip of the pen
			return Refuse(Forbidden, "error.sign-in-to-confirm")
		}
		if err := w.lockRow("members", int64(m)); err != nil {
			return err
		}
		var old string
		err = w.one(&old, "SELECT email FROM members WHERE id = ? AND standing = ?", m, Active)
		if err == nil {
			err = w.freeAddress(address)
		}
		if KindOf(err) == NotFound {
			err = Refuse(Closed, "error.link-over")
		}
		if err != nil {
			return err
		}
		if err := w.exec("UPDATE members SET email = ?, email_key = ?, version = version + 1 WHERE id = ?", address, fold(address), m); err != nil {
			return err
		}
		if err := either(w.earlier(m, "email", old), w.newAddress(m)); err != nil {
			return err
		}
		if err := w.endUncalled(m, false); err != nil { // they were for the old address
			return err
		}
		told, err := w.token("old-address", m, old, newAddressWithin)
		if err != nil {
			return err
		}
		return either(either(w.endOthers(m, session), w.endLinks(m)), either(w.noteAccount("address-changed", m), w.noteToken("old-address", told, m)))
	})
}

// freeAddress refuses an address that is a member's. A registration that was never confirmed
// gives way: the address is nobody's yet.
func (w *writer) freeAddress(address string) error {
	var has struct {
		ID       MemberID `bun:"id"`
		Standing Standing
	}
	err := w.one(&has, "SELECT id, standing FROM members WHERE email_key = ?", fold(address))
	switch {
	case KindOf(err) == NotFound:
		return nil
	case err != nil:
		return err
	case has.Standing != Unconfirmed:
		return Absent()
	}
	for _, table := range ofRegistration {
		if err := w.exec("DELETE FROM ? WHERE member_id = ?", bun.Ident(table), has.ID); err != nil {
			return err
		}
	}
	return w.exec("DELETE FROM members WHERE id = ?", has.ID)
}

// redirected has a mail go to where it is for, if that is not its member: one about an address there, and to a new one
// only while its link can be used; one that asks for feedback to who is named, in the applicant's language, while it can
// be written.
func (f *Forum) redirected(ctx context.Context, what Mailing, to []Recipient) ([]Recipient, error) {
	if len(to) == 0 {
		return to, nil
	}
	var is struct{ Name, Address string }
	var err error
	switch what.Kind {
	case "note.new-address", "note.old-address":
		is.Name = to[0].Name
		err = one(ctx, f.store.read, &is.Address, "SELECT address FROM tokens WHERE id = ? AND member_id = ? AND (purpose = 'old-address' OR used_at = 0 AND expires_at > ?)", what.Ref, to[0].Member, f.instant())
	case feedbackNote:
		err = one(ctx, f.store.read, &is, "SELECT fb.name, fb.address FROM feedbacks fb JOIN applications ap ON ap.id = fb.application_id JOIN members m ON m.id = ap.member_id WHERE fb.id = ? AND m.standing = ? AND m.id = ? AND "+waiting,
			what.Ref, Active, to[0].Member, f.instant().add(-feedbackWithin))
	default:
		return to, nil
	}
	if KindOf(err) == NotFound {
		return nil, nil
	}
	to[0].Name, to[0].Email = is.Name, is.Address
	return to[:1], err
}
