package forum

// Who may do what on boards besides writing: answer, react, vote, mark.

// mayReact: who may answer a post, and not to their own.
func mayReact(a Actor, s standing, g *Group, p *Post, locked bool) error {
	if err := either(mayReply(a, s, locked), mayWrite(a, s, g, OnBoard)); err != nil {
		return err
	}
	return reactable(a, g, p)
}

// reactable refuses one's own post, and where nobody is to be known by name.
func reactable(a Actor, g *Group, p *Post) error {
	switch {
	case p.AuthorID == a.Member || p.Mine:
		return Refuse(Forbidden, "error.own-reaction")
	case p.Class == ChathamClass || g.Class == ChathamClass:
		return Refuse(Closed, "error.no-reactions")
	}
	return nil
}

// MayReact tells a page whether the actor may react to a post of a topic.
func MayReact(a Actor, page *TopicPage, p *Post) error {
	return mayReact(a, standing{In: page.In, Role: page.Role, MutedUntil: page.MutedUntil}, &page.Group, p, page.Topic.LockedAt != 0)
}

// mayAccept: who asked, and moderators.
func mayAccept(a Actor, s standing, t *Topic, b *Board) error {
	if err := mayTakePart(a, s); err != nil {
		return err
	}
	switch {
	case b.Kind != Question:
		return Refuse(Closed, "error.no-questions")
	case t.AuthorID != a.Member && !t.Mine && s.Role < Moderator:
		return Refuse(Forbidden, "error.asker-only")
	}
	return nil
}

// MayAccept tells a page whether the actor may mark the answer of a topic.
func MayAccept(a Actor, page *TopicPage) error {
	return mayAccept(a, standing{In: page.In, Role: page.Role}, &page.Topic, &page.Board)
}

// mayVote: who may reply, while the poll runs.
func mayVote(a Actor, s standing, g *Group, p *lockedPost, over bool) error {
	if err := either(mayReply(a, s, p.LockedAt != 0), mayWrite(a, s, g, OnBoard)); err != nil {
		return err
	}
	if over || p.Reach == Nobody {
		return Refuse(Closed, "error.poll-over")
	}
	return nil
}

// mayClosePoll: who wrote it, and moderators.
func mayClosePoll(a Actor, s standing, p *Post) error {
	if err := mayTakePart(a, s); err != nil {
		return err
	}
	if p.AuthorID != a.Member && !p.Mine && s.Role < Moderator {
		return Refuse(Forbidden, "error.not-your-topic")
	}
	return nil
}

// mayTag: moderators, and who began the topic while they may write in it.
func mayTag(a Actor, s standing, t *Topic) error {
	if s.Role >= Moderator {
		return mayTakePart(a, s)
	}
	if err := mayReply(a, s, t.LockedAt != 0); err != nil {
		return err
	}
	if t.AuthorID != a.Member && !t.Mine {
		return Refuse(Forbidden, "error.not-your-topic")
	}
	return nil
}

// mayTalk refuses where there is nobody left to talk to.
func mayTalk(g *Group) error {
	if g.Talk == TalkOver {
		return Refuse(Closed, "error.talk-over")
	}
	return nil
}

// mayAnswer: who may reply, where not only moderators do.
func mayAnswer(a Actor, s standing, t *Topic) error {
	if err := mayReply(a, s, t.LockedAt != 0); err != nil {
		return err
	}
	if t.NoAnswers && s.Role < Moderator {
		return Refuse(Forbidden, "error.moderators-answer-here")
	}
	return nil
}
