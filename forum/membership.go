package forum

import (
	"context"
)

// enter makes the member one of the group from now on.
func (w *writer) enter(g GroupID, m MemberID, role GroupRole) error {
	w.state(MemberJoined{Group: g, Member: m})
	if err := either(w.wished(g, m), w.exec("DELETE FROM invitations WHERE group_id = ? AND address_key = (SELECT email_key FROM members WHERE id = ?)", g, m)); err != nil {
		return err
	}
	return either(w.exec(`INSERT INTO memberships (group_id, member_id, role, standing, joined_at, role_at) VALUES (?0, ?1, ?2, ?3, ?4, ?4)
		ON CONFLICT (group_id, member_id) DO UPDATE SET role = excluded.role, standing = excluded.standing, joined_at = excluded.joined_at, role_at = excluded.role_at, answer = ''`,
		g, m, role, In, w.now), w.greet("note.welcome", g, m))
}

// standing loads where the member stands with the group.
func (w *writer) standing(m MemberID, g GroupID) (standing, MembershipStanding, error) {
	return standingOf(w.ctx, w, m, g)
}

func standingOf(ctx context.Context, db querier, m MemberID, g GroupID) (standing, MembershipStanding, error) {
	var row struct {
		Standing    MembershipStanding
		Role        GroupRole
		MutedUntil  Instant
		VettedUntil Instant
	}
	err := one(ctx, db, &row, "SELECT CASE WHEN s.standing = ? AND NOT ? THEN ? ELSE s.standing END AS standing, s.role, s.muted_until, s.vetted_until FROM memberships s WHERE s.group_id = ? AND s.member_id = ?",
		Invited, stillInvited("s"), Outside, g, m)
	if KindOf(err) == NotFound {
		err = nil
	}
	return standing{In: row.Standing == In && row.Role >= Participant, Role: row.Role, MutedUntil: row.MutedUntil, VettedUntil: row.VettedUntil}, row.Standing, err
}

// moderated loads a group for what its moderators do.
func (w *writer) moderated(by Actor, id GroupID) (*Group, standing, error) {
	g, s, _, err := w.groupSeen(by, id)
	if err == nil {
		err = mayModerate(by, s)
	}
	return g, s, err
}

// owned loads a group for what its owners do.
func (w *writer) owned(by Actor, id GroupID) (*Group, error) {
	g, s, _, err := w.groupSeen(by, id)
	if err == nil {
		err = mayOwn(by, s)
	}
	return g, err
}

// comingIn loads a group for one who wants in. A visit ends with that: they are who they were
// before it.
func (w *writer) comingIn(by Actor, id GroupID) (*Group, standing, MembershipStanding, error) {
	if err := w.lockRow("groups", int64(id)); err != nil { // a ban or a decision waits, or we do
		return nil, standing{}, Outside, err
	}
	if _, err := w.endVisit(by, id, by.Member, "end-visit"); err != nil {
		return nil, standing{}, Outside, err
	}
	return w.groupSeen(by, id)
}

// Join makes the actor a member of an open group, or of one they were let into.
// Joining twice is joining once.
func (f *Forum) Join(ctx context.Context, by Actor, id GroupID) error {
	return f.write(ctx, "join", func(w *writer) error {
		g, s, had, err := w.comingIn(by, id)
		if err != nil || s.In {
			return err
		}
		if err := mayJoin(by, g, had); err != nil {
			return err
		}
		return w.enter(g.ID, by.Member, Participant)
	})
}

// AskToJoin puts the actor's request, with their answer to the group's question, before its
// moderators. Asking twice is asking once, with the newer answer.
func (f *Forum) AskToJoin(ctx context.Context, by Actor, id GroupID, answer string) error {
	return f.write(ctx, "ask to join", func(w *writer) error {
		g, s, had, err := w.comingIn(by, id)
		if err != nil || s.In {
			return err
		}
		if err := mayAsk(by, g, had); err != nil {
			return err
		}
		var p problems
		answer = p.text("answer", answer, 1000)
		if g.Question != "" && answer == "" {
			p.add("answer", "error.empty.answer")
		}
		if err := p.err(); err != nil {
			return err
		}
		if err := w.spend(asksOfMember, "ask", by.key()); err != nil {
			return err
		}
		if err := w.exec(`INSERT INTO memberships (group_id, member_id, role, standing, joined_at, asked_at, answer) VALUES (?, ?, ?, ?, 0, ?, ?)
			ON CONFLICT (group_id, member_id) DO UPDATE SET standing = excluded.standing, asked_at = excluded.asked_at, answer = excluded.answer`,
			g.ID, by.Member, Participant, Asking, w.now, answer); err != nil || had == Asking {
			return err
		}
		entry, err := w.entry(by, "ask", int64(by.Member), g.ID, "")
		if err != nil {
			return err
		}
		w.state(JoinAsked{Group: g.ID, Member: by.Member, Entry: entry})
		return w.exec("INSERT INTO deliveries (kind, ref, member_id, queued_at, due_at) SELECT 'note.asked', ?, s.member_id, ?, ? FROM memberships s WHERE s.group_id = ? AND s.standing = ? AND s.role >= ?",
			entry, w.now, w.now, g.ID, In, Moderator)
	})
}

// Decide answers a request to join: by a moderator of the group. The member is told by mail.
func (f *Forum) Decide(ctx context.Context, by Actor, id GroupID, whom MemberID, admit bool) error {
	return f.write(ctx, "decide", func(w *writer) error {
		if err := w.lockRow("groups", int64(id)); err != nil {
			return err
		}
		g, _, err := w.moderated(by, id)
		if err != nil {
			return err
		}
		n, err := w.changed("UPDATE memberships SET standing = ?, answer = '' WHERE group_id = ? AND member_id = ? AND standing = ?", Outside, g.ID, whom, Asking)
		if err == nil && n == 0 {
			err = Absent()
		}
		if err == nil && admit {
			err = w.enter(g.ID, whom, Participant)
		}
		if err != nil {
			return err
		}
		return w.told(by, decision(admit), g.ID, whom, "")
	})
}

// HasDecided tells whether the last decision about a member's wish to join was the actor's, and this one: the second half of
// a double click is no news to them. Who was let in is in.
func (f *Forum) HasDecided(ctx context.Context, by Actor, id GroupID, whom MemberID, admit bool) (bool, error) {
	var n int
	err := one(ctx, f.store.read, &n, `SELECT count(*) FROM log_entries l JOIN memberships mm ON mm.group_id = l.group_id AND mm.member_id = l.actor_id AND mm.standing = ? AND mm.role >= ?
		LEFT JOIN memberships s ON s.group_id = l.group_id AND s.member_id = l.object_id WHERE l.seq = (SELECT max(o.seq) FROM log_entries o WHERE o.group_id = ? AND o.object_id = ? AND o.act IN ('admit', 'decline')) AND l.actor_id = ? AND l.act = ? AND (s.standing = ?) = ?`,
		In, Moderator, id, whom, by.Member, decision(admit), In, admit)
	return n > 0, err
}

// decision is what the log calls an answer to one who asks to join.
func decision(admit bool) string { return map[bool]string{true: "admit", false: "decline"}[admit] }

// told logs what was done about a member, with the reason, and tells them by mail.
func (w *writer) told(by Actor, act string, g GroupID, whom MemberID, reason string) error {
	note := "note." + act
	if act == "invite" {
		note = "note.invited"
	}
	entry, err := w.entry(by, act, int64(whom), g, reason)
	if err != nil {
		return err
	}
	return w.tellOf(entry, note, whom)
}

// tellOf mails a member about an entry of the log.
func (w *writer) tellOf(entry int64, note string, m MemberID) error {
	w.state(MemberTold{Member: m, Note: note, Entry: entry})
	return w.queue(note, entry, m)
}

// Leave ends the actor's own membership or visit, declines their invitation, or takes their request to
// join back. Who declines is not in the log: of an invited address nobody learns whose it is.
func (f *Forum) Leave(ctx context.Context, by Actor, id GroupID) error {
	return f.write(ctx, "leave", func(w *writer) error {
		if err := w.lockRow("groups", int64(id)); err != nil { // of two last owners who leave at once one stays
			return err
		}
		if ended, err := w.endVisit(by, id, by.Member, "end-visit"); err != nil || ended {
			return err
		}
		if err := w.noTalk(id); err != nil { // LeaveTalk, DeclineTalk
			return err
		}
		waited, err := w.changed("UPDATE memberships SET standing = ?, answer = '' WHERE group_id = ? AND member_id = ? AND standing IN (?, ?, ?)", Outside, id, by.Member, Invited, Asking, Lapsed)
		if err == nil && waited > 0 { // of one whose certificate ended
			err = w.endMail(id)
		}
		if err != nil || waited > 0 {
			return either(err, w.exec("DELETE FROM invitations WHERE group_id = ? AND address_key = (SELECT email_key FROM members WHERE id = ?)", id, by.Member))
		}
		return either(w.exit(id, by.Member, Outside), w.greet("note.goodbye", id, by.Member))
	})
}

// Remove ends somebody's membership, invitation or request, by a moderator of the group; a
// reason is logged. Nobody removes a person of their own or a higher role.
func (f *Forum) Remove(ctx context.Context, by Actor, id GroupID, whom MemberID, reason string) error {
	return f.putOut(ctx, by, id, exclusion{whom, Outside, "remove", reason})
}

// Ban removes somebody and keeps them out: they can neither join nor ask any more.
func (f *Forum) Ban(ctx context.Context, by Actor, id GroupID, whom MemberID, reason string) error {
	return f.putOut(ctx, by, id, exclusion{whom, Banned, "ban", reason})
}

// Unban lets a banned person join or ask again, as anybody may.
func (f *Forum) Unban(ctx context.Context, by Actor, id GroupID, whom MemberID) error {
	return f.write(ctx, "unban", func(w *writer) error {
		g, _, err := w.moderated(by, id)
		if err != nil {
			return err
		}
		n, err := w.changed("UPDATE memberships SET standing = ? WHERE group_id = ? AND member_id = ? AND standing = ?", Outside, g.ID, whom, Banned)
		if err == nil && n == 0 {
			err = Absent()
		}
		if err != nil {
			return err
		}
		return w.log(by, "unban", int64(whom), g.ID, "")
	})
}

// exclusion is whom to put where, and what the log says of it.
type exclusion struct {
	whom        MemberID
	to          MembershipStanding
	act, reason string
}

func (f *Forum) putOut(ctx context.Context, by Actor, id GroupID, e exclusion) error {
	return f.write(ctx, "remove", func(w *writer) error {
		if err := w.lockRow("groups", int64(id)); err != nil {
			return err
		}
		g, s, err := w.moderated(by, id)
		if err != nil {
			return err
		}
		var p problems
		if e.reason = p.why(e.reason); e.reason == "" && e.to == Banned {
			p.add("reason", "error.empty.reason")
		}
		if p != nil {
			return p.err()
		}
		target, had, err := w.standing(e.whom, g.ID)
		if err != nil {
			return err
		}
		switch {
		case target.Role >= s.Role:
			return Refuse(Forbidden, "error.same-role")
		case had == In && !target.In:
			return w.sendAway(by, s, g.ID, e)
		case target.In:
			if err := w.exit(g.ID, e.whom, e.to); err != nil {
				return err
			}
			return w.told(by, e.act, g.ID, e.whom, e.reason)
		case had == Outside && e.to == Outside, had == Banned:
			return Absent()
		default:
			var n int64
			// Of who was invited by an address the moderators do not know that they are anything.
			n, err = w.changed("UPDATE memberships SET standing = ?, answer = '' WHERE group_id = ? AND member_id = ? AND (standing <> ? OR named = 1 OR ? AND joined_at > 0)", e.to, g.ID, e.whom, Invited, e.to == Banned)
			if err == nil && n == 0 {
				err = Absent()
			}
			if err == nil { // of one whose certificate ended
				err = w.endMail(g.ID)
			}
		}
		if err != nil {
			return err
		}
		return w.log(by, e.act, int64(e.whom), g.ID, e.reason)
	})
}

// sendAway ends the visit of one of the staff, by an owner of the group.
func (w *writer) sendAway(by Actor, s standing, g GroupID, e exclusion) error {
	if err := mayOwn(by, s); err != nil {
		return err
	}
	if _, err := w.endVisit(by, g, e.whom, "end-visit"); err != nil {
		return err
	}
	if e.to == Banned {
		if err := w.exec("UPDATE memberships SET standing = ?, answer = '' WHERE group_id = ? AND member_id = ?", Banned, g, e.whom); err != nil {
			return err
		}
	}
	return w.log(by, e.act, int64(e.whom), g, e.reason)
}

// exit ends a membership; the row of its group is locked.
func (w *writer) exit(g GroupID, m MemberID, to MembershipStanding) error {
	n, err := w.changed(`UPDATE memberships SET standing = ?, role = ? WHERE group_id = ? AND member_id = ? AND standing = ?
		AND (role < ? OR (SELECT count(*) FROM memberships o WHERE o.group_id = ? AND o.role = ? AND o.standing = ?) > 1)`,
		to, Participant, g, m, In, Owner, g, Owner, In)
	if err != nil {
		return err
	}
	if n == 0 {
		s, _, err := w.standing(m, g)
		if err == nil && s.In {
			return Refuse(Conflict, "error.last-owner")
		}
		if err == nil {
			return Absent()
		}
		return err
	}
	w.state(MemberLeft{Group: g, Member: m})
	return w.endMail(g)
}

// endMail ends the subscriptions of those who left the group. Whose certificate only ended
// finds theirs again with the next one.
func (w *writer) endMail(g GroupID) error {
	return w.exec(`DELETE FROM subscriptions WHERE board_id IN (SELECT id FROM boards WHERE group_id = ?0)
		AND NOT EXISTS (SELECT 1 FROM memberships s WHERE s.group_id = ?0 AND s.member_id = subscriptions.member_id AND s.standing IN (?1, ?2))`, g, In, Lapsed)
}

// EndLapsed closes what certificates that have ended opened: every door tells the members'
// open pages, and groups joined by certificate let them go until the next one. Their owners
// stay, so that no group is left alone. It ends the visits and suspensions whose time is over, too.
func (f *Forum) EndLapsed(ctx context.Context) error {
	var n int
	now := f.instant()
	if err := one(ctx, f.store.read, &n, "SELECT (SELECT count(*) FROM certificates WHERE ended_at = 0 AND open_until_at <= ?) + (SELECT count(*) FROM openings o WHERE ?) + (SELECT count(*) FROM acts a WHERE ?)", now, visitsOver(now), suspensionsOver(now)); err != nil || n == 0 {
		return err
	}
	return f.write(ctx, "end lapsed", (*writer).endLapsed)
}

func (w *writer) endLapsed() error {
	if err := either(w.endVisits(), w.endSuspensions()); err != nil {
		return err
	}
	var ended []MemberID
	if err := w.scan(w.ctx, &ended, "UPDATE certificates SET ended_at = ? WHERE ended_at = 0 AND open_until_at <= ? RETURNING member_id", w.now, w.now); err != nil {
		return err
	}
	for _, m := range ended {
		w.state(CertificateEnded{m})
	}
	return w.lapseMembers()
}

// lapseMembers puts those out of groups joined by certificate whose certificate opens nothing any more.
func (w *writer) lapseMembers() error {
	var lapsed []struct {
		GroupID  GroupID
		MemberID MemberID
	}
	if err := w.scan(w.ctx, &lapsed, `UPDATE memberships SET standing = ?0 WHERE standing = ?1 AND role BETWEEN ?2 AND ?3 AND group_id IN (SELECT g.id FROM groups g WHERE g.joining = ?4)
		AND NOT EXISTS (SELECT 1 FROM members m WHERE m.id = memberships.member_id AND ?5) RETURNING group_id, member_id`,
		Lapsed, In, Participant, Moderator, ByCertificate, certifiedAt("m", w.now)); err != nil {
		return err
	}
	for _, l := range lapsed {
		w.state(MemberLeft{Group: l.GroupID, Member: l.MemberID})
	}
	return nil
}
