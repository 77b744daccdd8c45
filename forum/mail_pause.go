package forum

import (
	"context"
	"slices"
	"strings"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/schema"
)

// To whom mail is paused gets no list mail, digests, news, service messages and mails about groups. What comes due
// meanwhile is closed as Paused, and stands in the forum; digests are not made, and the first one afterwards goes back
// eight days at most. Mails about their account, and about what was decided about them, are tried all the same.

// MailPause says that mail to a member is paused, since when and for what; Since 0: it is not.
type MailPause struct {
	Since Instant
	Why   Return
}

// ReadMailPause tells the actor whether mail to them is paused.
func (f *Forum) ReadMailPause(ctx context.Context, by Actor) (p MailPause, err error) {
	defer during(&err, "read mail pause")
	if by.Member == 0 {
		return p, nil
	}
	err = one(ctx, f.store.read, &p, "SELECT paused_at AS since, why FROM mail_pauses WHERE member_id = ? AND paused_at > 0", by.Member)
	if KindOf(err) == NotFound {
		return MailPause{}, nil
	}
	return p, err
}

// ResumeMail ends the actor's pause by their word that mail arrives: what came back of earlier mail counts no more. Twice
// is once.
func (f *Forum) ResumeMail(ctx context.Context, by Actor) error {
	return f.write(ctx, "resume mail", func(w *writer) error {
		return either(mayKeep(by), w.exec("UPDATE mail_pauses SET paused_at = 0, cleared_at = ? WHERE member_id = ? AND paused_at > 0", w.now, by.Member))
	})
}

// newAddress lets mail to a member begin anew: what came back was of another address.
func (w *writer) newAddress(m MemberID) error {
	return w.exec(`INSERT INTO mail_pauses (member_id, paused_at, why, cleared_at) VALUES (?, 0, 0, ?)
		ON CONFLICT (member_id) DO UPDATE SET paused_at = 0, cleared_at = excluded.cleared_at`, m, w.now)
}

// toPaused tells whether mail of the kind is tried although mail to its member is paused.
func toPaused(kind string) bool {
	for _, about := range []string{"note.application-", "note.certificate-", "note.act-"} {
		if strings.HasPrefix(kind, about) {
			return true
		}
	}
	return kind == legalToldNote || slices.Contains(accountNotes, kind) || slices.Contains(toSuspended, kind)
}

// mailable is the SQL condition under which mail of the kind goes to a member: it is not paused, or is tried all the same.
func mailable(kind, member string) schema.QueryWithArgs {
	if toPaused(kind) {
		return bun.SafeQuery("1 = 1")
	}
	return bun.SafeQuery("NOT EXISTS (SELECT 1 FROM mail_pauses mp WHERE mp.member_id = " + member + " AND mp.paused_at > 0)")
}
