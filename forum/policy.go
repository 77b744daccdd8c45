package forum

import (
	"slices"
	"strings"
)

// Who may do what: pure functions, asked by every write verb between load and check.
// They answer nil or the refusal. Reading is not decided here but in SQL (audience.go).

// Standing in the place, as loaded together with it. The zero value is an outsider.
type standing struct {
	In          bool
	Role        GroupRole
	MutedUntil  Instant // by moderators: until then they read and do not speak
	VettedUntil Instant // by moderators: until then what they post waits for one
}

// shown refuses who holds the role, in a session without the second factor that it asks for.
func shown(a Actor, r Role) error {
	if slices.Contains(a.Dormant, r) {
		return Refuse(Forbidden, "error.second-factor")
	}
	return nil
}

func mayAdminister(a Actor) error {
	if err := shown(a, Administrator); err != nil {
		return err
	}
	if !a.Has(Administrator) {
		return Refuse(Forbidden, "error.administrators-only")
	}
	return nil
}

func mayLookInto(designated bool) error {
	if !designated {
		return Refuse(Forbidden, "error.not-designated-log")
	}
	return nil
}

// mayGrant: nobody gives or takes what they do not hold.
func mayGrant(a Actor, role Role) error {
	if !slices.Contains(Roles, role) {
		return Absent()
	}
	if err := mayAdminister(a); err != nil {
		return err
	}
	if !a.Has(role) {
		return Refuse(Forbidden, "error.role-not-yours")
	}
	return nil
}

func mayReview(a Actor) error {
	if err := either(shown(a, Reviewer), shown(a, Administrator)); err != nil {
		return err
	}
	if !a.Has(Reviewer) && !a.Has(Administrator) {
		return Refuse(Forbidden, "error.reviewers-only")
	}
	return nil
}

func mayCertify(a Actor, whom MemberID) error {
	if err := mayReview(a); err != nil {
		return err
	}
	if a.Member == whom {
		return Refuse(Forbidden, "error.not-yourself")
	}
	return nil
}

func maySpeak(a Actor, s standing) error {
	if err := mayTakePart(a, s); err != nil {
		return err
	}
	return MayBeHeard(a, s.MutedUntil)
}

// mayTakePart is what members of a group do, whether they are muted or not.
func mayTakePart(a Actor, s standing) error {
	switch {
	case a.Member == 0:
		return Refuse(Forbidden, "error.sign-in-first")
	case s.Role == Visitor:
		return Refuse(Forbidden, "error.visitors-read")
	case !s.In:
		return Refuse(Forbidden, "error.join-first")
	}
	return nil
}

func mayStartTopic(a Actor, s standing, b *Board) error {
	if err := maySpeak(a, s); err != nil {
		return err
	}
	switch {
	case (b.Posting == ByModerators || b.Kind == Announcement) && s.Role < Moderator:
		return Refuse(Forbidden, "error.moderators-post-here")
	case b.Posting == ByCertified && !a.Certified:
		return Refuse(Forbidden, "error.certified-post-here")
	}
	return nil
}

func mayReply(a Actor, s standing, locked bool) error {
	if err := maySpeak(a, s); err != nil {
		return err
	}
	if locked {
		return Refuse(Closed, "error.topic-locked")
	}
	return nil
}

func mayModerate(a Actor, s standing) error {
	if a.Member == 0 || !s.In || s.Role < Moderator {
		return Refuse(Forbidden, "error.moderators-only")
	}
	return nil
}

func mayOwn(a Actor, s standing) error {
	if a.Member == 0 || !s.In || s.Role < Owner {
		return Refuse(Forbidden, "error.owners-only")
	}
	return nil
}

// mayEnter is what joining and asking have in common.
func mayEnter(a Actor, g *Group, had MembershipStanding) error {
	switch {
	case a.Member == 0:
		return Refuse(Forbidden, "error.sign-in-first")
	case g.Talk != NoTalk: // AcceptTalk
		return Absent()
	case had == Banned:
		return Refuse(Forbidden, "error.banned")
	case (g.Joining == ByCertificate || g.Visibility == CertifiedOnly) && !a.Certified:
		return Refuse(Forbidden, "error.certified-join-here")
	}
	return nil
}

func mayJoin(a Actor, g *Group, had MembershipStanding) error {
	if err := mayEnter(a, g, had); err != nil {
		return err
	}
	switch {
	case had == Invited, g.Joining == OpenToJoin, g.Joining == ByCertificate:
		return nil
	case g.Joining == ByAsking:
		return Refuse(Forbidden, "error.ask-to-join")
	}
	return Refuse(Forbidden, "error.by-invitation")
}

func mayAsk(a Actor, g *Group, had MembershipStanding) error {
	if err := mayEnter(a, g, had); err != nil {
		return err
	}
	if g.Joining != ByAsking || had == Invited { // who is let in already does not ask
		return Refuse(Forbidden, "error.by-invitation")
	}
	return nil
}

// maySeeRoster tells whether the actor, whom the place lets in, sees who its members are.
func maySeeRoster(a Actor, s standing, g *Group) bool {
	switch {
	case g.Talk == TalkOver: // whether the other left or blocked them is not told
		return false
	case s.In && s.Role >= Moderator:
		return true
	case g.Roster == ForReaders:
		return a.Member != 0
	default:
		return s.In && g.Roster == ForMembers
	}
}

// mayWrite refuses what is said while the group is frozen, on a door that its owners have shut, and what would
// be said to people to whom the actor does not belong. What is said by mail stands on a board.
func mayWrite(a Actor, s standing, g *Group, door Door) error {
	switch {
	case g.Talk == TalkOver:
		return mayTalk(g)
	case g.FrozenAt != 0 && s.Role < Moderator:
		return Refuse(Closed, "error.frozen")
	case g.Visibility == CertifiedOnly && !a.Certified:
		return Refuse(Forbidden, "error.certified-speak-here")
	case g.NoRooms && door == InRoom:
		return Refuse(Closed, "error.rooms-shut")
	case g.NoBoards && door != InRoom:
		return Refuse(Closed, "error.boards-shut")
	case g.NoList && door == ByMail:
		return Refuse(Closed, "error.list-shut")
	}
	return nil
}

// mayChangeAccount refuses who has a second factor and has not shown it in this session: a
// password alone, or a computer that stays logged in, must not do away with it.
func mayChangeAccount(a Actor, factor bool) error {
	switch {
	case a.Member == 0:
		return Refuse(Forbidden, "error.sign-in-first")
	case factor && !a.Strong:
		return Refuse(Forbidden, "error.prove-first")
	}
	return nil
}

// mayTakeFactors: an administrator, and never of themself.
func mayTakeFactors(a Actor, whom MemberID) error {
	if err := mayAdminister(a); err != nil {
		return err
	}
	if a.Member == whom {
		return Refuse(Forbidden, "error.not-yourself")
	}
	return nil
}

// mayKeep: each for themself, and nobody for somebody else.
func mayKeep(a Actor) error {
	if a.Member == 0 {
		return Refuse(Forbidden, "error.sign-in-first")
	}
	return nil
}

// mayAddress: administrators write to many; what was sent stays as it is (P10).
func mayAddress(a Actor, c *Circular) error {
	if err := mayAdminister(a); err != nil {
		return err
	}
	if c.SentAt != 0 {
		return Refuse(Conflict, "error.circular-sent")
	}
	return nil
}

// mayOptOut: each for themself, and of what an account can do without.
func mayOptOut(m MemberID, k NoticeKind) error {
	switch {
	case m == 0:
		return Refuse(Forbidden, "error.sign-in-first")
	case k.Needful:
		return Refuse(Closed, "error.notice-needful")
	}
	return nil
}

// mayOpenMail tells whether the actor may look at a mail: the member it is for may. So may
// administrators where it is about the account alone, since a mail of a group names what they
// may not know of; and where it carries a one-time link only while there is no relay, when
// somebody has to pass the link on by hand. Such a link proves that somebody reads the letter
// box: who is logged in does not find it here.
func mayOpenMail(a Actor, d *Delivery) bool {
	if a.Has(Administrator) && (strings.HasPrefix(d.Kind, "note.application-") || strings.HasPrefix(d.Kind, "note.certificate-")) {
		return true
	}
	switch d.Kind {
	case "note.confirm-address", "note.reset-password", "note.new-address", feedbackNote:
		// Of one of the staff nobody: who opened it could be two of those that have to be two. The operator can.
		return a.Has(Administrator) && d.State == Kept && a.Member != d.MemberID && (!d.OfStaff || d.Kind == feedbackNote)
	case requestMail: // until it is sent its link is for who asked alone, where there is a relay
		return a.Member != 0 && a.Member == d.MemberID || d.MemberID == 0 && d.State == Kept && (a.Has(Administrator) || a.Has(PrivacyOfficer))
	case "note.already-registered", "note.certified":
		return a.Member != 0 && a.Member == d.MemberID || a.Has(Administrator)
	}
	if len(a.Dormant) > 0 && slices.Contains(toStaff, d.Kind) {
		return false
	}
	return a.Member != 0 && a.Member == d.MemberID
}

// toStaff are the mails that somebody gets for a role of theirs: they are read as it is used, with a second factor.
var toStaff = []string{"note.application-waits", "note.factors-taken-of", "note.role-given-of", "note.role-taken-of", "note.visit-asked", "note.report-of-member", "note.report-of-mail", "note.report-unattended", "note.erase-asked", "note.house-mail"}

// mayAnswerOpening refuses who asked themselves, and what is over.
func mayAnswerOpening(a Actor, o *Opening, now Instant) error {
	switch {
	case o.AskedBy == a.Member:
		return Refuse(Forbidden, "error.not-yourself")
	case o.AgreedAt != 0 || o.RefusedAt != 0:
		return Refuse(Conflict, "error.opening-answered")
	case !o.Waits(now):
		return Refuse(Closed, "error.opening-over")
	}
	return nil
}

// mayBeTwo refuses unless both have held their role for some days.
func mayBeTwo(ripe bool, key string) error {
	if !ripe {
		return Refuse(Forbidden, key)
	}
	return nil
}

// mayUnmask refuses what is gone and what shows its author anyhow.
func mayUnmask(m masked) error {
	switch {
	case m.Early:
		return Refuse(Forbidden, "error.told-otherwise")
	case m.ErasedAt != 0:
		return Refuse(Closed, "error.words-gone")
	case m.Away:
		return Refuse(Closed, "error.spoken-elsewhere")
	case m.Class != ChathamClass:
		return Refuse(Closed, "error.not-masked")
	}
	return nil
}

// MayAdminister tells a page whether the actor may what administrators may.
func MayAdminister(a Actor) error { return mayAdminister(a) }

// MayPublishPolicy tells whether the actor may amend the texts by which the body is bound.
func MayPublishPolicy(a Actor) error { return mayPublishPolicy(a) }

// MayReview tells a page whether the actor may what reviewers may.
func MayReview(a Actor) error { return mayReview(a) }

// MayReply tells a page whether the actor may reply in a topic, before they write.
func MayReply(a Actor, in bool, role GroupRole, g *Group, t *Topic) error {
	return either(mayAnswer(a, standing{In: in, Role: role}, t), mayWrite(a, standing{In: in, Role: role}, g, OnBoard))
}

// MayStartTopic tells a page whether the actor may start a topic on a board.
func MayStartTopic(a Actor, in bool, role GroupRole, g *Group, b *Board) error {
	return either(mayStartTopic(a, standing{In: in, Role: role}, b), mayWrite(a, standing{In: in, Role: role}, g, OnBoard))
}

// MayJoin tells a page whether the actor, who stood so with the group, may join it.
func MayJoin(a Actor, g *Group, had MembershipStanding) error { return mayJoin(a, g, had) }

// MayAsk tells a page whether the actor may ask to be let in.
func MayAsk(a Actor, g *Group, had MembershipStanding) error { return mayAsk(a, g, had) }

// MayTalkIn refuses where nobody speaks in a room now, or moderators only.
func MayTalkIn(role GroupRole, r *Room) error {
	switch {
	case r.ArchivedAt != 0:
		return Refuse(Closed, "error.room-archived")
	case r.LockedAt != 0 && role < Moderator:
		return Refuse(Closed, "error.room-locked")
	}
	return nil
}

// MayReactIn tells a page whether the actor may give a sign to what was said in a room.
func MayReactIn(a Actor, t *RoomPage, m *ChatMessage) error {
	if m.ErasedAt != 0 || m.Reach == Nobody {
		return Absent()
	}
	s := standing{In: t.In, Role: t.Role, MutedUntil: t.MutedUntil}
	return either(either(maySpeak(a, s), mayWrite(a, s, &t.Group, InRoom)), either(MayTalkIn(t.Role, &t.Room), reactable(a, &t.Group, &Post{AuthorID: m.AuthorID, Class: m.Class, Mine: m.Mine})))
}

// MaySay tells a page whether the actor may say something in a group's rooms.
func MaySay(a Actor, in bool, role GroupRole, g *Group) error {
	return either(maySpeak(a, standing{In: in, Role: role}), mayWrite(a, standing{In: in, Role: role}, g, InRoom))
}

// MaySeeRoster tells a page whether the actor, whom the place lets in, sees who its members are.
func MaySeeRoster(a Actor, in bool, role GroupRole, g *Group) bool {
	return maySeeRoster(a, standing{In: in, Role: role}, g)
}
