package forum

import (
	"context"
	"encoding/hex"
	"fmt"
	"strings"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/schema"
)

// stillInvited is the SQL condition under which an invitation holds: whoever gave it has
// the right to today; in a talk all have it whom the invited did not block. s is the alias of the membership.
func stillInvited(s string) schema.QueryWithArgs {
	return bun.SafeQuery(`EXISTS (SELECT 1 FROM memberships wi JOIN members wm ON wm.id = wi.member_id WHERE wi.group_id = ?0.group_id AND wi.member_id = ?0.invited_by
		AND wi.standing = ?1 AND wm.standing = ?3 AND (wi.role >= ?2 OR EXISTS (SELECT 1 FROM groups wt WHERE wt.id = wi.group_id AND wt.talk = ?4)
			AND NOT EXISTS (SELECT 1 FROM blocks wb WHERE wb.member_id = ?0.member_id AND wb.blocked_id = ?0.invited_by)))`, bun.Ident(s), In, Moderator, Active, Talking)
}

// Invite lets a member into a group: by its moderators. They become a member by joining, as
// long as who invited them still may.
func (f *Forum) Invite(ctx context.Context, by Actor, id GroupID, whom MemberID) error {
	return f.write(ctx, "invite", func(w *writer) error {
		if err := w.lockRow("groups", int64(id)); err != nil {
			return err
		}
		g, _, err := w.moderated(by, id)
		if err != nil {
			return err
		}
		return w.invite(by, g, whom, "")
	})
}

// InviteByLogin invites by user ID or address. Whose an address is, and whether it is a
// member's, is nobody's business: for all that the moderators see, it was the address that
// was invited, until the member comes in.
func (f *Forum) InviteByLogin(ctx context.Context, by Actor, id GroupID, login string) error {
	return f.write(ctx, "invite by login", func(w *writer) error {
		if err := w.lockRow("groups", int64(id)); err != nil {
			return err
		}
		g, _, err := w.moderated(by, id)
		if err != nil {
			return err
		}
		var p problems
		if login = strings.TrimSpace(login); login == "" {
			p.add("login", "error.empty.login")
			return p.err()
		}
		if err := w.spend(invitesOfOne, "invite", fmt.Sprint(id, "/", fold(login))); err != nil { // each is a mail
			return err
		}
		var whom MemberID
		err = w.one(&whom, memberByLogin, handleKey(login), fold(login), Active)
		if strings.Contains(login, "@") && (err == nil || KindOf(err) == NotFound) {
			return w.inviteAddress(by, g, whom, strings.TrimSpace(login))
		}
		if err == nil {
			err = w.invite(by, g, whom, "")
		}
		if KindOf(err) == Conflict {
			return nil
		}
		if KindOf(err) == NotFound {
			p.add("login", "error.no-such-member")
			return p.err()
		}
		return err
	})
}

// inviteAddress invites whoever has the address; 0: nobody.
func (w *writer) inviteAddress(by Actor, g *Group, whom MemberID, address string) error {
	var p problems
	if !plainAddress(address) {
		p.add("login", "error.email")
		return p.err()
	}
	n, err := w.changed("INSERT INTO invitations (group_id, address_key, address, invited_by, invited_at) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
		g.ID, fold(address), address, by.Member, w.now)
	if err != nil {
		return err
	}
	err = Refuse(Conflict, "error.already-invited")
	if whom != 0 {
		err = w.invite(by, g, whom, address)
	}
	if KindOf(err) != Conflict {
		return err
	}
	if n == 0 {
		return nil
	}
	return w.log(by, "invite", 0, g.ID, w.f.addressMark(address))
}

// InviteFromList invites an address that was on another list, by an owner, with how its mail came there: that is how the
// first board's mail comes once they have joined, unless they have chosen by then. It tells whether the invitation is new;
// who was invited already gets no second mail.
func (f *Forum) InviteFromList(ctx context.Context, by Actor, id GroupID, address string, mode Mode) (fresh bool, err error) {
	err = f.write(ctx, "invite from list", func(w *writer) error {
		if err := w.lockRow("groups", int64(id)); err != nil {
			return err
		}
		g, err := w.owned(by, id)
		if err != nil {
			return err
		}
		if !mode.is() {
			return Refuse(Invalid, "error.choose")
		}
		n, err := w.changed("UPDATE invitations SET mode = ? WHERE group_id = ? AND address_key = ?", mode, g.ID, fold(address))
		if fresh = n == 0; err != nil || !fresh {
			return err
		}
		if err := w.spend(invitesOfOne, "invite", fmt.Sprint(id, "/", fold(address))); err != nil { // each is a mail
			return err
		}
		var whom MemberID
		if err := w.one(&whom, "SELECT id FROM members WHERE email_key = ? AND standing = ?", fold(address), Active); err != nil && KindOf(err) != NotFound {
			return err
		}
		if err := w.inviteAddress(by, g, whom, address); err != nil {
			return err
		}
		return w.exec("UPDATE invitations SET mode = ? WHERE group_id = ? AND address_key = ?", mode, g.ID, fold(address))
	})
	return fresh, err
}

// wished has the mail of a group's first board come to who joins as it came from the list from which they were invited.
func (w *writer) wished(g GroupID, m MemberID) error {
	return w.exec(`INSERT INTO subscriptions (member_id, board_id, mode, since_at) SELECT m.id, (SELECT b.id FROM boards b WHERE b.group_id = i.group_id ORDER BY b.position, b.id LIMIT 1), i.mode, ?
		FROM members m JOIN invitations i ON i.address_key = m.email_key AND i.group_id = ? WHERE m.id = ? AND i.mode > ? AND EXISTS (SELECT 1 FROM boards b WHERE b.group_id = i.group_id)
		ON CONFLICT (board_id, member_id) DO NOTHING`, w.now, g, m, NoMail)
}

// Withdraw takes the invitation of an address back, by a moderator of the group.
func (f *Forum) Withdraw(ctx context.Context, by Actor, id GroupID, address string) error {
	return f.write(ctx, "withdraw", func(w *writer) error {
		g, _, err := w.moderated(by, id)
		if err != nil {
			return err
		}
		n, err := w.changed("DELETE FROM invitations WHERE group_id = ? AND address_key = ?", g.ID, fold(address))
		if err == nil && n == 0 {
			err = Absent()
		}
		if err == nil {
			err = w.exec("UPDATE memberships SET standing = ? WHERE group_id = ? AND standing = ? AND named = 0 AND member_id = (SELECT id FROM members WHERE email_key = ?)", Outside, g.ID, Invited, fold(address))
		}
		if err != nil {
			return err
		}
		return w.log(by, "withdraw", 0, g.ID, w.f.addressMark(address))
	})
}

// addressMark stands for an address in the log, which keeps none: two entries about the same one have the same mark.
func (f *Forum) addressMark(address string) string {
	return "mark " + hex.EncodeToString(f.mac("invited address", []byte(fold(strings.TrimSpace(address))))[:6])
}

// invite lets a member in, who is told. address is set where that is all that the inviter
// knows of them.
func (w *writer) invite(by Actor, g *Group, whom MemberID, address string) error {
	named := address == "" // an open request of theirs is answered by name only: else it would tell whose the address is
	n, err := w.changed(`INSERT INTO memberships AS s (group_id, member_id, role, standing, joined_at, invited_by, named)
		SELECT ?0, id, ?1, ?2, 0, ?3, ?9 FROM members WHERE id = ?4 AND standing = ?5
		ON CONFLICT (group_id, member_id) DO UPDATE SET standing = excluded.standing, invited_by = excluded.invited_by, named = excluded.named
		WHERE s.standing = ?6 OR s.standing = ?7 AND ?9 = 1 OR s.standing = ?2 AND (NOT ?8 OR s.named < ?9)`,
		g.ID, Participant, Invited, by.Member, whom, Active, Outside, Asking, stillInvited("s"), bit(named))
	if err != nil {
		return err
	}
	if n == 0 {
		return Refuse(Conflict, "error.already-invited")
	}
	if !named { // the log keeps no address
		address = w.f.addressMark(address)
	}
	return w.told(by, "invite", g.ID, whom, address)
}
