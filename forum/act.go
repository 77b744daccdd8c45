package forum

import (
	"context"
	"slices"
	"time"

	"peergroups/forum/markup"
)

// ActKind says what moderators, or administrators, did.
type ActKind string

// The kinds.
const (
	Hides           ActKind = "hide"
	Warns           ActKind = "warn"
	Mutes           ActKind = "mute"
	Suspends        ActKind = "suspend"
	Edits           ActKind = "edit"
	Erases          ActKind = "erase"
	Vets            ActKind = "vet"
	HidesMessage    ActKind = "hide-message"
	Declines        ActKind = "decline" // a post that waited: Topic is what it answers, 0: it would have opened one
	Renames         ActKind = "rename"  // of a topic whose opening is PostID
	MutesInRoom     ActKind = "mute-in-room"
	RemovesFromRoom ActKind = "remove-from-room" // from its circle
)

// Act is what was done against something that somebody wrote, or against a person. Whom it hits reads all of it but
// who did it: they are told by which role, and whom to ask.
type Act struct {
	ID        int64 `bun:"id"`
	Kind      ActKind
	GroupID   GroupID // 0: the body's
	MemberID  MemberID
	PostID    PostID  // 0: none
	MessageID int64   // 0: none
	RoomID    RoomID  // 0: none
	Topic     TopicID `bun:"-"` // of which the log tells; set as it is done
	Was       string  // the title that it replaces
	Apart     bool    `bun:"-"` // in a circle: the log does not name whom it hits
	Masked    bool    `bun:"-"` // what it is against was written behind a mask; set as it is done
	Reason    string  // one of Reasons
	Words     string
	At        Instant
	UntilAt   Instant // 0: until it is lifted
	LiftedAt  Instant
}

// ActDraft is what the form of an act says.
type ActDraft struct {
	Reason string // one of Reasons, or Tidied
	Words  string // to whom it hits, and for the log
	Days   int    // how long it lasts, where it ends by the clock; 0: until it is lifted
	Hours  int    // in the place of days, of a mute in a room
}

func (d *ActDraft) check(p *problems) {
	if !slices.Contains(Reasons, d.Reason) && d.Reason != Tidied {
		p.add("reason", "error.choose")
	}
	d.Words = p.needed("words", d.Words, 1000)
}

// actLogged is what the log calls an act, and what it names as its object.
func (a *Act) logged() (act string, object int64) {
	switch a.Kind {
	case Edits:
		return "edit-post", int64(a.PostID)
	case Erases:
		return "erase-post", int64(a.PostID)
	case Hides:
		return "hide-post", int64(a.PostID)
	case Suspends:
		return "suspend-member", int64(a.MemberID)
	case HidesMessage:
		return "hide-message", a.MessageID
	case Declines:
		return "decline-post", int64(a.Topic)
	case Renames:
		return "rename", int64(a.Topic)
	}
	return string(a.Kind), int64(a.MemberID)
}

// act writes an act down and logs it, and whom it hits gets a statement of reasons by mail.
func (w *writer) act(by Actor, a Act, d ActDraft) (id int64, err error) {
	id = w.id()
	if err = w.exec("INSERT INTO acts (id, kind, group_id, member_id, post_id, reason, words, by_member, at, until_at, was, masked, message_id, room_id, apart) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
		id, a.Kind, a.GroupID, a.MemberID, a.PostID, d.Reason, d.Words, by.Member, w.now, a.UntilAt, a.Was, bit(a.Masked), a.MessageID, a.RoomID, bit(a.Apart)); err != nil {
		return 0, err
	}
	if err = w.noteAct("note.act-"+string(a.Kind), id, a.MemberID); err != nil {
		return 0, err
	}
	act, object := a.logged()
	if a.Apart { // nobody but the circle knows what was done there
		return id, w.log(by, act, 0, a.GroupID, "")
	}
	return id, w.log(by, act, object, a.GroupID, d.Reason+": "+markup.Line(d.Words))
}

// noteAct mails whom an act hits, also one who is suspended.
func (w *writer) noteAct(note string, act int64, m MemberID) error {
	w.state(ModerationNoted{Ref: act, Note: note})
	return w.queue(note, act, m)
}

// liftAct ends an act, of which whom it hit is told.
func (w *writer) liftAct(by Actor, id int64) error {
	var m MemberID
	err := w.one(&m, "UPDATE acts SET lifted_at = ?, lifted_by = ? WHERE id = ? AND lifted_at = 0 RETURNING member_id", w.now, by.Member, id)
	if KindOf(err) == NotFound {
		return nil
	}
	return either(err, w.noteAct("note.act-lifted", id, m))
}

// OwnAct is an act for whom it hit.
type OwnAct struct {
	Act
	GroupName  string // "": of the body, or of a group that they may not know of any more
	RoomName   string // "": of none, or of one that they may not know of any more
	Objection  string // theirs
	ObjectedAt Instant
	DueAt      Instant // by when it should be answered
	AnsweredAt Instant
	TakenBack  bool
	Answer     string
}

// MayObject tells a page whether the member may object to the act now.
func (a *OwnAct) MayObject(now Instant) bool { return a.ObjectedAt == 0 && mayObject(a, now) == nil }

// ownActs gives no name of who did it.
const ownActs = `SELECT a.id, a.kind, a.group_id, a.member_id, a.post_id, a.reason, a.words, a.at, a.until_at, a.lifted_at, a.was, coalesce((SELECT g.name FROM groups g WHERE g.id = a.group_id AND ?0), '') AS group_name, coalesce((SELECT r.name FROM rooms r JOIN groups g ON g.id = r.group_id WHERE r.id = a.room_id AND (?1 OR a.kind = 'remove-from-room')), '') AS room_name,
	coalesce(o.words, '') AS objection, coalesce(o.at, 0) AS objected_at, coalesce(o.until_at, 0) AS due_at, coalesce(o.answered_at, 0) AS answered_at, coalesce(o.taken_back, 0) = 1 AS taken_back, coalesce(o.answer, '') AS answer
	FROM acts a LEFT JOIN objections o ON o.act_id = a.id WHERE a.member_id = ?2`

// ReadOwnActs lists the acts that hit the actor, newest first: their statements of reasons.
func (f *Forum) ReadOwnActs(ctx context.Context, by Actor) (out []OwnAct, err error) {
	defer during(&err, "read own acts")
	err = f.store.read.scan(ctx, &out, ownActs+" ORDER BY a.id DESC LIMIT 200", knownGate(by, "g"), roomGate(by), by.Member)
	return out, err
}

// toldAtHome is how long the first page tells that something was decided about somebody.
const toldAtHome = 14 * 24 * time.Hour

// CountNewActs counts what was done about the actor lately and stands.
func (f *Forum) CountNewActs(ctx context.Context, by Actor) (n int, err error) {
	defer during(&err, "count new acts")
	err = one(ctx, f.store.read, &n, "SELECT count(*) FROM acts WHERE member_id = ? AND at > ? AND lifted_at = 0", by.Member, f.instant().add(-toldAtHome))
	return n, err
}

// ReadActOf reads a statement of reasons for the mail that brings it to whom it hit, also to one who is suspended.
func (f *Forum) ReadActOf(ctx context.Context, m MemberID, id int64) (a OwnAct, err error) {
	defer during(&err, "read act")
	by, err := f.ActorFor(ctx, m)
	if err == nil {
		err = one(ctx, f.store.read, &a, ownActs+" AND a.id = ?3", knownGate(by, "g"), roomGate(by), m, id)
	}
	return a, err
}
