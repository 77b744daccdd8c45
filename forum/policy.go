package forum

// Who may do what: pure functions, asked by every write verb between load and check.
// They answer nil or the refusal. Reading is not decided here but in SQL (audience.go).

// Standing in the place, as loaded together with it. The zero value is an outsider.
type standing struct {
	In   bool
	Role GroupRole
}

func mayAdminister(a Actor) error {
	if !a.Has(Administrator) {
		return refuse(Forbidden, "error.administrators-only")
	}
	return nil
}

func mayCertify(a Actor, whom MemberID) error {
	if !a.Has(Reviewer) && !a.Has(Administrator) {
		return refuse(Forbidden, "error.reviewers-only")
	}
	if a.Member == whom {
		return refuse(Forbidden, "error.not-yourself")
	}
	return nil
}

func maySpeak(a Actor, s standing) error {
	switch {
	case a.Member == 0:
		return refuse(Forbidden, "error.sign-in-first")
	case !s.In:
		return refuse(Forbidden, "error.join-first")
	}
	return nil
}

func mayStartTopic(a Actor, s standing, b *Board) error {
	if err := maySpeak(a, s); err != nil {
		return err
	}
	switch {
	case b.Posting == ByModerators && s.Role < Moderator:
		return refuse(Forbidden, "error.moderators-post-here")
	case b.Posting == ByCertified && !a.Certified:
		return refuse(Forbidden, "error.certified-post-here")
	}
	return nil
}

func mayReply(a Actor, s standing, locked bool) error {
	if err := maySpeak(a, s); err != nil {
		return err
	}
	if locked {
		return refuse(Closed, "error.topic-locked")
	}
	return nil
}

func mayModerate(a Actor, s standing) error {
	if a.Member == 0 || !s.In || s.Role < Moderator {
		return refuse(Forbidden, "error.moderators-only")
	}
	return nil
}

func mayJoin(a Actor, g *Group, had MembershipStanding) error {
	switch {
	case a.Member == 0:
		return refuse(Forbidden, "error.sign-in-first")
	case had == Banned:
		return refuse(Forbidden, "error.banned")
	case had == Invited, g.Joining == OpenToJoin:
		return nil
	}
	return refuse(Forbidden, "error.by-invitation")
}

// MayReply tells a page whether the actor may reply in a topic, before they write.
func MayReply(a Actor, in bool, t *Topic) error {
	return mayReply(a, standing{In: in}, t.LockedAt != 0)
}

// MayStartTopic tells a page whether the actor may start a topic on a board.
func MayStartTopic(a Actor, in bool, role GroupRole, b *Board) error {
	return mayStartTopic(a, standing{In: in, Role: role}, b)
}

// MaySpeak tells a page whether the actor may speak in a group.
func MaySpeak(a Actor, in bool) error { return maySpeak(a, standing{In: in}) }
