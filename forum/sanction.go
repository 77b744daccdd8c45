package forum

import (
	"context"
	"time"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/schema"
)

// mostDays is how long a mute, and a suspension that ends by the clock, may last.
const mostDays = 365

func (d *ActDraft) checkDays(p *problems, least int) {
	if d.check(p); d.Days < least || d.Days > mostDays {
		p.add("days", "error.choose")
	}
}

// inGroup loads a member of a group for what its moderators do about them; the group's row is locked.
func (w *writer) inGroup(by Actor, id GroupID, whom MemberID) (standing, error) {
	if err := w.lockRow("groups", int64(id)); err != nil {
		return standing{}, err
	}
	_, s, err := w.moderated(by, id)
	if err != nil {
		return standing{}, err
	}
	target, _, err := w.standing(whom, id)
	if err == nil && !target.In {
		err = Absent()
	}
	if err == nil {
		err = mayActOn(by, s, whom, target)
	}
	return target, err
}

// Warn says some words to a member of a group for a reason, by one of its moderators of a higher role.
func (f *Forum) Warn(ctx context.Context, by Actor, id GroupID, whom MemberID, d ActDraft) error {
	return f.write(ctx, "warn", func(w *writer) error {
		if _, err := w.inGroup(by, id, whom); err != nil {
			return err
		}
		var p problems
		if d.check(&p); p != nil {
			return p.err()
		}
		_, err := w.act(by, Act{Kind: Warns, GroupID: id, MemberID: whom}, d)
		return err
	})
}

// Mute lets a member of a group read and not speak, on any door, for some days: by a moderator of a higher role. It
// ends by the clock, and stays with them when they leave and come back. Conflict: they are muted already.
func (f *Forum) Mute(ctx context.Context, by Actor, id GroupID, whom MemberID, d ActDraft) error {
	return f.write(ctx, "mute", func(w *writer) error {
		target, err := w.inGroup(by, id, whom)
		if err != nil {
			return err
		}
		if target.MutedUntil > w.now {
			return Refuse(Conflict, "error.muted-already")
		}
		var p problems
		if d.checkDays(&p, 1); p != nil {
			return p.err()
		}
		until := w.now.add(time.Duration(d.Days) * 24 * time.Hour)
		if err := w.exec("UPDATE memberships SET muted_until = ? WHERE group_id = ? AND member_id = ?", until, id, whom); err != nil {
			return err
		}
		_, err = w.act(by, Act{Kind: Mutes, GroupID: id, MemberID: whom, UntilAt: until}, d)
		return err
	})
}

// Unmute lets them speak again before the time is over.
func (f *Forum) Unmute(ctx context.Context, by Actor, id GroupID, whom MemberID) error {
	return f.write(ctx, "unmute", func(w *writer) error {
		target, err := w.inGroup(by, id, whom)
		if err != nil || target.MutedUntil <= w.now {
			return err
		}
		act, err := w.running(Mutes, id, whom)
		if err == nil {
			err = w.unmute(id, whom)
		}
		if err != nil {
			return err
		}
		return either(w.liftAct(by, act), w.log(by, "unmute", int64(whom), id, ""))
	})
}

func (w *writer) unmute(id GroupID, whom MemberID) error {
	return w.exec("UPDATE memberships SET muted_until = 0 WHERE group_id = ? AND member_id = ?", id, whom)
}

// running finds the act of a kind that runs against a member.
func (w *writer) running(k ActKind, id GroupID, whom MemberID) (act int64, err error) {
	err = w.one(&act, "SELECT id FROM acts WHERE kind = ? AND group_id = ? AND member_id = ? AND lifted_at = 0 ORDER BY id DESC LIMIT 1", k, id, whom)
	return act, err
}

// SuspendMember shuts a member of the body out, for some days or until it is lifted: by an administrator. Their sessions and
// open sockets end at once, no mail leaves for them but the statement of reasons, and nobody finds them. The last
// administrator stays, and nobody suspends themself. Conflict: they are suspended already.
func (f *Forum) SuspendMember(ctx context.Context, by Actor, whom MemberID, d ActDraft) error {
	return f.write(ctx, "suspend member", func(w *writer) error {
		if err := maySuspend(by, whom); err != nil {
			return err
		}
		if err := either(w.lockGrants(), w.lockRow("members", int64(whom))); err != nil { // of two who suspend each other one stays
			return err
		}
		var was Standing
		if err := w.one(&was, "SELECT standing FROM members WHERE id = ? AND standing NOT IN (?, ?, ?)", whom, Unconfirmed, OfArchive, Former); err != nil {
			return err
		}
		if was == Suspended {
			return Refuse(Conflict, "error.suspended-already")
		}
		var p problems
		if d.checkDays(&p, 0); p != nil {
			return p.err()
		}
		if err := w.suspend(whom); err != nil {
			return err
		}
		until := Instant(0)
		if d.Days > 0 {
			until = w.now.add(time.Duration(d.Days) * 24 * time.Hour)
		}
		_, err := w.act(by, Act{Kind: Suspends, MemberID: whom, UntilAt: until}, d)
		return err
	})
}

func (w *writer) suspend(whom MemberID) error {
	var left int
	if err := w.one(&left, "SELECT count(*) FROM grants h JOIN members m ON m.id = h.member_id WHERE h.role = ? AND m.standing = ? AND m.id <> ?", Administrator, Active, whom); err != nil {
		return err
	}
	if left == 0 {
		return Refuse(Forbidden, "error.last-administrator")
	}
	for _, q := range []string{"DELETE FROM sessions WHERE member_id = ?", "DELETE FROM computers WHERE member_id = ?", "DELETE FROM login_steps WHERE member_id = ?"} {
		if err := w.exec(q, whom); err != nil {
			return err
		}
	}
	if err := w.exec("UPDATE members SET standing = ?, version = version + 1 WHERE id = ?", Suspended, whom); err != nil {
		return err
	}
	w.state(SessionsEnded{whom})
	return w.endVisits()
}

// Reinstate lifts a suspension, by an administrator.
func (f *Forum) Reinstate(ctx context.Context, by Actor, whom MemberID) error {
	return f.write(ctx, "reinstate", func(w *writer) error {
		if err := maySuspend(by, whom); err != nil {
			return err
		}
		if err := w.lockRow("members", int64(whom)); err != nil {
			return err
		}
		act, err := w.running(Suspends, 0, whom)
		if err == nil {
			err = w.reinstate(by, act, whom)
		}
		return err
	})
}

func (w *writer) reinstate(by Actor, act int64, whom MemberID) error {
	if err := w.exec("UPDATE members SET standing = ?, version = version + 1 WHERE id = ? AND standing = ?", Active, whom, Suspended); err != nil {
		return err
	}
	return either(w.liftAct(by, act), w.log(by, "reinstate", int64(whom), 0, ""))
}

// suspensionsOver is the SQL condition under which a suspension a ends by the clock.
func suspensionsOver(now Instant) schema.QueryWithArgs {
	return bun.SafeQuery("a.group_id = 0 AND a.kind = ? AND a.lifted_at = 0 AND a.until_at > 0 AND a.until_at <= ?", Suspends, now)
}

func (w *writer) endSuspensions() error {
	var over []Act
	if err := w.scan(w.ctx, &over, "SELECT a.id, a.member_id FROM acts a WHERE ? ORDER BY a.id", suspensionsOver(w.now)); err != nil {
		return err
	}
	for _, a := range over {
		if err := w.reinstate(Actor{}, a.ID, a.MemberID); err != nil {
			return err
		}
	}
	return nil
}

// SanctionRow is a mute, a vetting or a suspension that runs, for those who may lift it.
type SanctionRow struct {
	Act
	Name                 string
	GroupName, GroupSlug string // of a mute
}

// ReadSanctions reads the mutes and vettings that run in groups that the actor moderates (0: in all of them), and with 0, for administrators, the
// suspensions.
func (f *Forum) ReadSanctions(ctx context.Context, by Actor, id GroupID) (out []SanctionRow, err error) {
	defer during(&err, "read sanctions")
	err = f.store.read.scan(ctx, &out, `SELECT a.id, a.kind, a.group_id, a.member_id, a.reason, a.words, a.at, a.until_at, m.name, coalesce(g.name, '') AS group_name, coalesce(g.slug, '') AS group_slug
		FROM acts a JOIN members m ON m.id = a.member_id LEFT JOIN groups g ON g.id = a.group_id WHERE a.lifted_at = 0 AND a.member_id <> ?0 AND (
			a.kind IN (?1, ?8) AND a.until_at > ?2 AND (?3 = 0 OR a.group_id = ?3) AND EXISTS (SELECT 1 FROM memberships s WHERE s.group_id = a.group_id AND s.member_id = ?0 AND s.standing = ?4 AND s.role >= ?5)
			OR a.kind = ?6 AND ?3 = 0 AND ?7) ORDER BY a.id LIMIT 200`, by.Member, Mutes, f.instant(), id, In, Moderator, Suspends, by.Has(Administrator), Vets)
	return out, err
}
