package forum

import (
	"context"

	"github.com/uptrace/bun"
)

// strengthened makes the session a strong one, ends every other, and gives recovery codes to
// who has none.
func (w *writer) strengthened(m MemberID, session string) (out Strengthened, err error) {
	if out.Session, err = w.raise(m, session); err != nil {
		return out, err
	}
	if err = w.endOthers(m, out.Session); err != nil {
		return out, err
	}
	var n int
	if err = w.one(&n, "SELECT count(*) FROM recovery_codes WHERE member_id = ?", m); err == nil && n == 0 {
		out.Codes, err = w.newCodes(m)
	}
	return out, err
}

// Prove shows the actor's second factor in a session that was begun without: roles of the
// staff count in it from now on, under its new token.
func (f *Forum) Prove(ctx context.Context, by Actor, session string, p Proof, source string) (fresh string, err error) {
	if by.Member == 0 {
		return "", Refuse(Forbidden, "error.sign-in-first")
	}
	if err := f.write(ctx, "count codes", func(w *writer) error { return w.countCodes(by.Member, p, source) }); err != nil {
		return "", err
	}
	err = f.write(ctx, "prove", func(w *writer) error {
		if err := w.lockRow("members", int64(by.Member)); err != nil {
			return err
		}
		if err := w.prove(by.Member, p); err != nil {
			return err
		}
		w.state(SessionsEnded{by.Member}) // under its old token
		fresh, err = w.raise(by.Member, session)
		return err
	})
	return fresh, err
}

// RemoveApp takes the actor's authenticator app away; without another factor their recovery
// codes go too, and roles of the staff sleep.
func (f *Forum) RemoveApp(ctx context.Context, by Actor, own Own) error {
	return f.changeAccount(ctx, by, own, func(w *writer) error {
		n, err := w.changed("DELETE FROM authenticators WHERE member_id = ?", by.Member)
		if err == nil && n == 0 {
			err = Absent()
		}
		return either(err, either(w.lessFactors(by.Member, own.Session), w.noteAccount("factor-removed", by.Member)))
	})
}

// lessFactors is what follows when a factor was taken away.
func (w *writer) lessFactors(m MemberID, keep string) error {
	if err := w.endOthers(m, keep); err != nil {
		return err
	}
	if has, err := w.hasFactor(m); err != nil || has {
		return err
	}
	return either(w.exec("UPDATE sessions SET strong = 0 WHERE member_id = ?", m), w.exec("DELETE FROM recovery_codes WHERE member_id = ?", m))
}

// RenewCodes gives the actor ten new recovery codes; the old ones are over.
func (f *Forum) RenewCodes(ctx context.Context, by Actor, own Own) (codes []string, err error) {
	err = f.changeAccount(ctx, by, own, func(w *writer) error {
		has, err := w.hasFactor(by.Member)
		if err == nil && !has { // nothing that they could stand in for
			err = Absent()
		}
		if err == nil {
			codes, err = w.newCodes(by.Member)
		}
		return either(err, either(w.endOthers(by.Member, own.Session), w.noteAccount("codes-made", by.Member)))
	})
	return codes, err
}

// FactorPage is what a member sees of how they prove that they are they.
type FactorPage struct {
	AppSince, AppUsed Instant // 0: there is none; last use
	Codes             int     // recovery codes that are left
	Passkeys          []Passkey
	NewAddress        string // that waits to be confirmed; or ""
	Linked            Linked
}

// Linked is the actor's account elsewhere by which they log in; of no Issuer: there is none.
type Linked struct {
	Issuer   string
	LinkedAt Instant
	UsedAt   Instant // 0: not yet
}

// Has tells whether there is a second factor.
func (p *FactorPage) Has() bool { return p.AppSince != 0 || len(p.Passkeys) > 0 }

// ReadFactors reads by what the actor logs in.
func (f *Forum) ReadFactors(ctx context.Context, by Actor) (p FactorPage, err error) {
	defer during(&err, "read factors")
	var row struct {
		AppSince, AppUsed Instant
		Codes             int
		NewAddress        string
	}
	if err = one(ctx, f.store.read, &row, `SELECT coalesce((SELECT added_at FROM authenticators WHERE member_id = ?0), 0) AS app_since,
		coalesce((SELECT used_at FROM authenticators WHERE member_id = ?0), 0) AS app_used,
		(SELECT count(*) FROM recovery_codes WHERE member_id = ?0 AND used_at = 0) AS codes,
		coalesce((SELECT max(address) FROM tokens WHERE member_id = ?0 AND purpose = 'new-address' AND used_at = 0 AND expires_at > ?1), '') AS new_address`,
		by.Member, f.instant()); err != nil {
		return p, err
	}
	p = FactorPage{AppSince: row.AppSince, AppUsed: row.AppUsed, Codes: row.Codes, NewAddress: row.NewAddress}
	if err = f.store.read.scan(ctx, &p.Passkeys, "SELECT id, name, added_at, used_at FROM passkeys WHERE member_id = ? ORDER BY added_at, id", by.Member); err != nil {
		return p, err
	}
	err = one(ctx, f.store.read, &p.Linked, "SELECT issuer, linked_at, used_at FROM linked_logins WHERE member_id = ?", by.Member)
	if KindOf(err) == NotFound {
		err = nil
	}
	return p, err
}

// TakeFactors takes away the second factors of a member who lost them: by somebody else who
// has been an administrator for seven days, or the operator. Their sessions end; they and every administrator
// are told by mail, with the reason. A linked login goes, too.
func (f *Forum) TakeFactors(ctx context.Context, by Actor, whom MemberID, reason string) error {
	return f.write(ctx, "take factors", func(w *writer) error {
		if err := mayTakeFactors(by, whom); err != nil {
			return err
		}
		var p problems
		if reason = p.reason(reason); p != nil {
			return p.err()
		}
		if by.Member != 0 { // the operator is nobody in the forum
			if err := w.ripe(by.Member); err != nil {
				return err
			}
		}
		return w.takeFactors(by, whom, reason)
	})
}

// ripe refuses who has been an administrator for some days only.
func (w *writer) ripe(m MemberID) error {
	var n int
	err := w.one(&n, "SELECT count(*) FROM grants WHERE role = ? AND member_id = ? AND granted_at <= ?", Administrator, m, w.now.add(-rolesRipen))
	if err == nil && n == 0 {
		err = Refuse(Forbidden, "error.role-too-new-alone")
	}
	return err
}

func (w *writer) takeFactors(by Actor, whom MemberID, reason string) error {
	if err := w.lockRow("members", int64(whom)); err != nil {
		return err
	}
	has, err := w.hasFactor(whom)
	if err == nil && !has {
		err = Absent()
	}
	if err != nil {
		return err
	}
	for _, table := range []string{"authenticators", "passkeys", "recovery_codes"} {
		if err := w.exec("DELETE FROM ? WHERE member_id = ?", bun.Ident(table), whom); err != nil {
			return err
		}
	}
	if err := either(w.endOthers(whom, ""), w.ripenAnew(whom)); err != nil {
		return err
	}
	if _, err := w.unlink(by, whom); err != nil {
		return err
	}
	entry, err := w.entry(by, "take-factors", int64(whom), 0, reason)
	if err != nil {
		return err
	}
	return w.noteStaff("factors-taken", entry, whom)
}

// noteStaff tells a member by mail what was done to their part in the staff, and all other administrators, so
// that nothing of it is done in silence.
func (w *writer) noteStaff(stem string, entry int64, whom MemberID) error {
	w.state(AccountNoted{Note: "note." + stem, Ref: entry}, AccountNoted{Note: "note." + stem + "-of", Ref: entry})
	return either(w.queue("note."+stem, entry, whom), w.exec(`INSERT INTO deliveries (kind, ref, member_id, queued_at, due_at)
		SELECT ?, ?, m.id, ?, ? FROM members m WHERE m.standing = ? AND m.id <> ? AND EXISTS (SELECT 1 FROM grants h WHERE h.member_id = m.id AND h.role = ?)
		ON CONFLICT DO NOTHING`, "note."+stem+"-of", entry, w.now, w.now, Active, whom, Administrator))
}

// TakeFactorsByLogin is TakeFactors of the member of a user ID or address.
func (f *Forum) TakeFactorsByLogin(ctx context.Context, by Actor, login, reason string) error {
	if err := mayAdminister(by); err != nil {
		return err
	}
	whom, err := f.MemberByLogin(ctx, login)
	if err == nil {
		err = f.TakeFactors(ctx, by, whom, reason)
	}
	if KindOf(err) == NotFound {
		var p problems
		p.add("factor_login", "error.no-such-factors")
		return p.err()
	}
	return err
}

// Taken is what a mail says about factors that were taken away, or a role that was given or taken: then Reason begins with
// the role, and what follows a colon is why. By is "" for the operator.
type Taken struct{ Whom, By, Reason string }

// ReadTaken reads it, for the member whom it is about and for administrators.
func (f *Forum) ReadTaken(ctx context.Context, by Actor, entry int64) (t Taken, err error) {
	defer during(&err, "read taken")
	err = one(ctx, f.store.read, &t, `SELECT m.name AS whom, coalesce(b.name, '') AS "by", l.reason FROM log_entries l JOIN members m ON m.id = l.object_id LEFT JOIN members b ON b.id = l.actor_id
		WHERE l.id = ? AND l.act IN ('take-factors', 'grant', 'relieve') AND (m.id = ? OR ?)`, entry, by.Member, by.Has(Administrator))
	return t, err
}
