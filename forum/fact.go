package forum

import "slices"

// Fact is something that has happened and was written down. Each kind has a line in
// server/job/effects.go, even an empty one. Facts carry ids only.
type Fact interface{ fact() }

// MemberRegistered says: somebody asked for an account; the address is not confirmed yet.
type MemberRegistered struct {
	Member MemberID
	Token  int64
}

// RegisteredAgain says: somebody asked for an account with the address of a member, who is
// told; the one who asked is not.
type RegisteredAgain struct {
	Member MemberID
	Token  int64
}

// ResetAsked says: somebody asked for a new password of the member.
type ResetAsked struct {
	Member MemberID
	Token  int64
}

// DraftWaits says: a mail is held as a draft, still waits, or was thrown away; its writer is
// told by the mail Note.
type DraftWaits struct {
	Member MemberID
	Draft  int64
	Note   string
}

// Answered says: a mail to a command address was done and is answered; Received is its row.
type Answered struct {
	Member   MemberID
	Received int64
	Outcome  string
}

// MemberTold says: something was decided about the member, who is told by the mail Note;
// Entry is the entry of the log it is about.
type MemberTold struct {
	Member MemberID
	Note   string
	Entry  int64
}

// AccountNoted says: something of the member's account was changed or asked for, and they are
// told by the mail Note.
type AccountNoted struct {
	Note string
	Ref  int64
}

// JoinAsked says: somebody asks to be let in; the group's moderators are told.
type JoinAsked struct {
	Group  GroupID
	Member MemberID
	Entry  int64
}

// GroupReclassed says: a group is more confidential than before, or less.
type GroupReclassed struct{ Group GroupID }

// GroupNarrowed says: not everybody who could look into the group before surely may now.
type GroupNarrowed struct{ Group GroupID }

// CertificateEnded says: a certificate of the member is over.
type CertificateEnded struct{ Member MemberID }

// DigestsComposed says: issues of digests wait to be sent.
type DigestsComposed struct{ Issues []Issue }

// Runs are those of the issues, each once.
func (d DigestsComposed) Runs() (runs []int64) {
	for _, i := range d.Issues {
		if !slices.Contains(runs, i.Run) {
			runs = append(runs, i.Run)
		}
	}
	return runs
}

// AddressConfirmed says: the member proved that the address is theirs.
type AddressConfirmed struct{ Member MemberID }

// MemberCertified says: a reviewer decided that the member is a certified mediator.
type MemberCertified struct {
	Member      MemberID
	Certificate int64
}

// SessionsEnded says: the member's sessions, and so their open sockets, are over.
type SessionsEnded struct{ Member MemberID }

// GroupChanged says: a group, its boards or rooms were made or changed.
type GroupChanged struct{ Group GroupID }

// MemberJoined says: the member reads and speaks in the group from now on.
type MemberJoined struct {
	Group  GroupID
	Member MemberID
}

// MemberLeft says: the member left or was removed; every door closes at once.
type MemberLeft struct {
	Group  GroupID
	Member MemberID
}

// Posted says: a post stands in a topic. Opening is true for the topic's first.
type Posted struct {
	Topic   TopicID
	Post    PostID
	Opening bool
}

// PostChanged says: a post was changed by its author, taken back, or is for others than before.
type PostChanged struct {
	Topic TopicID
	Post  PostID
}

// PostReacted says: somebody reacts to a post, or does not any more. Apart: not everybody who reads the post is told.
type PostReacted struct {
	Topic TopicID
	Post  PostID
	Apart bool
}

// AnswerAccepted says: a post is the answer of its topic, or no longer.
type AnswerAccepted struct {
	Topic TopicID
	Post  PostID
}

// BallotOpened says: authors are asked, or reminded, by the mail Note.
type BallotOpened struct {
	Ballot int64
	Note   string
}

// OpeningNoted says: somebody is told of an opening by the mail Note: that it waits for them, how it
// was answered, or that it opened what is theirs.
type OpeningNoted struct {
	Opening int64
	Note    string
}

// NewsOpened says: a mail of news waits to be sent.
type NewsOpened struct {
	Kind string // of mail
	Mail int64
}

// ModerationNoted says: somebody is told by the mail Note of what was reported, of its outcome, of
// an act or of an objection; Ref is its row.
type ModerationNoted struct {
	Ref  int64
	Note string
}

// RequestNoted says: who asked something of the body is mailed these words, or that theirs came.
type RequestNoted struct{ Words int64 }

// CircularQueued says: mails of a service message wait to be sent: to those it is for, or to one
// who tries it out.
type CircularQueued struct{ Mailing }

// TopicMoved says: a topic, or posts of it, stand elsewhere now; without Posts, all of it.
type TopicMoved struct {
	Topic TopicID
	Posts []PostID
}

// TopicChanged says: locked, unlocked or pinned.
type TopicChanged struct{ Topic TopicID }

// TopicTagged says: a topic has other tags.
type TopicTagged struct{ Topic TopicID }

// Said says: a message stands in a room, or is not as it was.
type Said struct {
	Room RoomID
	Seq  int64
}

// SaidApart says: messages are for others than before, or are erased; who listens is not told.
type SaidApart struct{ Messages []int64 }

// RoomKept says: how long what was said in a room stays has changed.
type RoomKept struct{ Room RoomID }

// RoomChanged says: how a room is used has changed, or who is in its circle.
type RoomChanged struct{ Room RoomID }

// CircleLeft says: a member is not in the circle of a room any more.
type CircleLeft struct {
	Room   RoomID
	Member MemberID
}

// Noticed says: members have a new notice.
type Noticed struct{ Members []MemberID }

func (Noticed) fact()          {}
func (RoomChanged) fact()      {}
func (RoomKept) fact()         {}
func (SaidApart) fact()        {}
func (TopicTagged) fact()      {}
func (CircleLeft) fact()       {}
func (MemberRegistered) fact() {}
func (RegisteredAgain) fact()  {}
func (ResetAsked) fact()       {}
func (DraftWaits) fact()       {}
func (Answered) fact()         {}
func (MemberTold) fact()       {}
func (AccountNoted) fact()     {}
func (JoinAsked) fact()        {}
func (GroupReclassed) fact()   {}
func (GroupNarrowed) fact()    {}
func (CertificateEnded) fact() {}
func (DigestsComposed) fact()  {}
func (AddressConfirmed) fact() {}
func (MemberCertified) fact()  {}
func (SessionsEnded) fact()    {}
func (GroupChanged) fact()     {}
func (MemberJoined) fact()     {}
func (MemberLeft) fact()       {}
func (Posted) fact()           {}
func (PostChanged) fact()      {}
func (PostReacted) fact()      {}
func (AnswerAccepted) fact()   {}
func (BallotOpened) fact()     {}
func (OpeningNoted) fact()     {}
func (NewsOpened) fact()       {}
func (ModerationNoted) fact()  {}
func (CircularQueued) fact()   {}
func (RequestNoted) fact()     {}
func (TopicMoved) fact()       {}
func (TopicChanged) fact()     {}
func (Said) fact()             {}
