package forum

// Who may do what of moderation: reports, acts and objections.

// MayBeHeard refuses whom the moderators of a group have muted until a time that is not over.
func MayBeHeard(a Actor, until Instant) error {
	if until > a.at {
		return Refuse(Forbidden, "error.muted")
	}
	return nil
}

// mayActOn: against somebody of a lower role, and not oneself.
func mayActOn(a Actor, s standing, whom MemberID, target standing) error {
	switch {
	case whom == a.Member:
		return Refuse(Forbidden, "error.not-yourself")
	case target.Role >= s.Role:
		return Refuse(Forbidden, "error.same-role")
	}
	return nil
}

// maySuspend: administrators, and never themselves.
func maySuspend(a Actor, whom MemberID) error {
	if err := mayAdminister(a); err != nil {
		return err
	}
	if a.Member == whom {
		return Refuse(Forbidden, "error.not-yourself")
	}
	return nil
}

// mayChange refuses what moderators have hidden: its author may take it back.
func mayChange(p *OwnPost) error {
	if p.Reach == Nobody {
		return Refuse(Closed, "error.post-hidden")
	}
	return nil
}

// mayObject: to what is not over.
func mayObject(a *OwnAct, now Instant) error {
	if a.Kind == Declines { // it is changed and posted again, and another may read it
		return Refuse(Closed, "error.post-again")
	}
	if a.LiftedAt != 0 || a.UntilAt != 0 && a.UntilAt <= now {
		return Refuse(Closed, "error.act-over")
	}
	return nil
}

// mayAnswerObjection refuses what is answered.
func mayAnswerObjection(o *Objection) error {
	if o.AnsweredAt != 0 {
		return Refuse(Conflict, "error.objection-answered")
	}
	return nil
}

// mayHide: moderators of the group where it stands, and not what is their own.
func mayHide(a Actor, s standing, p *Post) error {
	if err := mayModerate(a, s); err != nil {
		return err
	}
	switch {
	case p.AuthorID == a.Member:
		return Refuse(Forbidden, "error.own-words")
	case p.ErasedAt != 0:
		return Refuse(Closed, "error.words-gone")
	}
	return nil
}

// mayReport: members, and what is not their own.
func mayReport(a Actor, r reportable) error {
	switch {
	case a.Member == 0:
		return Refuse(Forbidden, "error.sign-in-first")
	case r.About == a.Member:
		return Refuse(Forbidden, "error.own-words")
	case r.ErasedAt != 0:
		return Refuse(Closed, "error.words-gone")
	}
	return nil
}

// mayReportMail: whom it came to, and they may open it here; not one that was held back.
func mayReportMail(a Actor, d *Delivery) bool {
	return a.Member == d.MemberID && mayOpenMail(a, d) && d.State != Withheld && d.State != Declined
}

// mayHandle refuses a case that is closed, and one that somebody else is at.
func mayHandle(a Actor, c *Case, now Instant) error {
	if c.ClosedAt != 0 {
		return Refuse(Conflict, "error.case-closed")
	}
	return mayTakeOn(a, &c.Claim, now)
}

// mayTakeOn refuses what somebody else is at.
func mayTakeOn(a Actor, c *Claim, now Instant) error {
	if c.Held(a.Member, now) {
		return Refuse(Conflict, "error.case-claimed")
	}
	return nil
}

// mayVet refuses to single one member out where it is not told who writes: what waits would be theirs.
func mayVet(g *Group) error {
	if g.Class == ChathamClass {
		return Refuse(Closed, "error.vet-masked")
	}
	return nil
}

// mayErase: administrators who neither asked nor wrote it.
func mayErase(a Actor, e *Erasure, author MemberID) error {
	switch {
	case e.AskedBy == a.Member || author == a.Member:
		return Refuse(Forbidden, "error.not-yourself")
	case e.DecidedAt != 0:
		return Refuse(Conflict, "error.erasure-decided")
	}
	return nil
}
