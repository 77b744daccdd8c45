package forum

import (
	"context"
	"math"
	"unicode/utf8"

	"github.com/uptrace/bun"

	"peergroups/forum/markup"
)

// Room is a place for live chat.
type Room struct {
	ID      RoomID
	GroupID GroupID
	Slug    string
	RoomDraft
	LastSeq              int64
	Unread               int     // that the actor has not read, where somebody lists rooms for them
	LockedAt, ArchivedAt Instant // since when moderators alone speak, and nobody; 0: they do
	LockWhy, ArchiveWhy  string  // as was said to those who read the room; may be empty
}

// ShutWhy is why the room is shut, as its readers are told; "": it is not, or nobody said.
func (r *Room) ShutWhy() string {
	if r.ArchivedAt != 0 {
		return r.ArchiveWhy
	}
	return r.LockWhy
}

// ChatMessage is what was said in a room; Seq counts up by one within it.
type ChatMessage struct {
	ID       int64
	RoomID   RoomID
	Seq      int64
	AuthorID MemberID
	Author   string
	Audience
	Source   string
	HTML     string `bun:"html"`
	Plain    string
	Nonce    string
	PostedAt Instant
	// ChangedSeq is where in the room's order it was changed, taken back, hidden or shown again last; 0: it is as it was said.
	ChangedSeq         int64
	EditedAt, ErasedAt Instant      // by its author; 0: not
	ExpiresAt          Instant      // when it is erased by the clock; 0: not
	OffRecord          bool         // said where no search, mail or download has it
	Whiled             bool         // it stays while people are in the room
	ReplyTo            int64        // what it answers; 0: nothing
	Reacted            int64        // how often a sign was given or taken back
	Answers            *ChatMessage `bun:"-"` // what it answers, where the reader may read that
	AnswersSome        int64        `bun:"-"` // SaidBetween only: it answers the message of that number, which not all may read who may read this
	FileCount          int
	Files              []File     `bun:"-"`
	Signs              []Reacted  `bun:"-"`
	Mentioned          []MemberID `bun:"-"` // those of whom the reader may know that they read it
	Told               int64      // where a listener is told of it: Seq or ChangedSeq
	Class              Class
	Veiled             bool   `bun:"-"` // Author is the mask of one of whom the reader is not told
	Mine               bool   `bun:"-"` // the reader said it
	HiddenWhy          string // of Reasons: hidden by moderators, and only its author is shown its words; "": not
	ForAll             bool   // SaidBetween only: its audience is the place's of today
}

// MaxSaid is how long a message may be, in characters.
const MaxSaid = 4000

// Say says something in a room. The same nonce twice is one message, given back twice.
func (f *Forum) Say(ctx context.Context, by Actor, room RoomID, source, nonce string) (m *ChatMessage, err error) {
	return f.SayAsTold(ctx, by, room, Line{Source: source, Nonce: nonce})
}

// Line is what is said in a room.
type Line struct {
	Source  string
	Nonce   string   // the same twice is one message
	ReplyTo int64    // a message of the room that it answers; 0: none
	Files   []FileID // of the writer's, that hang nowhere yet
	Told    string   // what the page said of who reads it (Room.Told); "": nothing
}

// SayAsTold is Say, unless others read it than the page said.
func (f *Forum) SayAsTold(ctx context.Context, by Actor, room RoomID, l Line) (m *ChatMessage, err error) {
	source, cooked, mentioned, err := f.cookSaid(ctx, l.Source)
	if err != nil {
		return nil, err
	}
	err = f.write(ctx, "say", func(w *writer) error {
		if err := w.lockRoom(room); err != nil {
			return err
		}
		r, g, s, err := w.roomSeen(by, room)
		if err != nil {
			return err
		}
		if err := either(maySpeak(by, s), mayWrite(by, s, g, InRoom)); err != nil {
			return err
		}
		if m, err = w.said(by, room, l.Nonce); err != nil || m != nil {
			return err
		}
		if err := either(w.maySayNow(by, s, r), l.check(source, r.Told(g))); err != nil {
			return err
		}
		if err := w.acknowledged(by, g, InRoom); err != nil {
			return err
		}
		if err := w.spend(saysOfMember, "say", by.key()); err != nil {
			return err
		}
		if err := w.mayAnswer(by, room, &l); err != nil {
			return err
		}
		m = &ChatMessage{ID: w.id(), RoomID: room, AuthorID: by.Member, Author: by.Name, Audience: r.Audience(g), ExpiresAt: r.until(w.now), Whiled: r.Keep == KeepWhilePeople, OffRecord: r.OffRecord, ReplyTo: l.ReplyTo,
			Source: source, HTML: cooked.HTML, Plain: cooked.Text, Nonce: l.Nonce, PostedAt: w.now, Class: g.Class}
		is, err := w.watched(g, s, "", cooked.Text, cooked.HTML)
		if err := either(err, either(either(w.say(m), w.attachSaid(by, m, l.Files)), w.called(m, mentioned, g.Talk))); err != nil || !is {
			return err
		}
		return w.watchedCase(Reported{Kind: ReportedMessage, Ref: m.ID}, reportable{About: by.Member, GroupID: g.ID})
	})
	if err != nil {
		return nil, err
	}
	f.veilMessage(by, m)
	return m, nil
}

// check looks at what is typed: its words, and whether the room still is what the page said of it.
func (l *Line) check(source, told string) error {
	var p problems
	if source != "" || len(l.Files) == 0 {
		p.said(source)
	}
	if l.Nonce == "" || len(l.Nonce) > 100 {
		p.add("nonce", "error.key")
	}
	if l.Told != "" && l.Told != told {
		p.add("text", "error.readers-changed")
	}
	return p.err()
}

// mayAnswer refuses an answer to what the actor may not read in the room; what is gone meanwhile is answered by a message that names nothing.
func (w *writer) mayAnswer(by Actor, room RoomID, l *Line) error {
	if l.ReplyTo == 0 {
		return nil
	}
	var id int64
	err := w.one(&id, "SELECT c.id FROM messages c WHERE c.id = ? AND c.room_id = ? AND c.reach <> 4 AND c.erased_at = 0 AND ?", l.ReplyTo, room, messageGate(by))
	if KindOf(err) == NotFound {
		l.ReplyTo, err = 0, nil
	}
	return err
}

// said checks the words of a message.
func (p *problems) said(source string) {
	switch n := utf8.RuneCountInString(source); {
	case n == 0:
		p.add("text", "error.empty.text")
	case n > MaxSaid:
		p.add("text", "error.too-long", "Most", MaxSaid)
	}
}

// nextPlace gives the next place in the order of a room, of which its listeners are told.
func (w *writer) nextPlace(room RoomID, seq *int64) error {
	err := w.one(seq, "UPDATE rooms SET last_seq = last_seq + 1 WHERE id = ? RETURNING last_seq", room)
	w.state(Said{Room: room, Seq: *seq})
	return err
}

func (w *writer) say(m *ChatMessage) error {
	if err := w.nextPlace(m.RoomID, &m.Seq); err != nil {
		return err
	}
	return w.exec(`INSERT INTO messages (id, room_id, seq, author_id, reach, reach_of, from_join, source, html, plain, markup, nonce, posted_at, class, expires_at, whiled, off_record, reply_to)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`, m.ID, m.RoomID, m.Seq, m.AuthorID, m.Reach, m.Of, bit(m.FromJoin),
		m.Source, m.HTML, m.Plain, markup.Version, m.Nonce, m.PostedAt, m.Class, m.ExpiresAt, bit(m.Whiled), bit(m.OffRecord), m.ReplyTo)
}

// roomSeen loads a room that lets the actor in, with its group and what they may do there; who is muted in the room is muted.
func (w *writer) roomSeen(by Actor, id RoomID) (*Room, *Group, standing, error) {
	return roomSeen(w.ctx, w, by, id)
}

func roomSeen(ctx context.Context, db querier, by Actor, id RoomID) (*Room, *Group, standing, error) {
	var r struct {
		Room
		MutedUntil Instant
	}
	if err := one(ctx, db, &r, "SELECT "+roomFields+", (SELECT coalesce(max(q.until_at), 0) FROM room_mutes q WHERE q.room_id = r.id AND q.member_id = ?) AS muted_until FROM rooms r JOIN groups g ON g.id = r.group_id WHERE r.id = ? AND ?", by.Member, id, roomGate(by)); err != nil {
		return nil, nil, standing{}, err
	}
	g, s, _, err := groupSeen(ctx, db, by, r.GroupID)
	s.MutedUntil = max(s.MutedUntil, r.MutedUntil)
	return &r.Room, g, s, err
}

const (
	messageFields = `SELECT c.id, c.room_id, c.seq, c.author_id, m.name AS author, c.reach, c.reach_of, c.from_join, c.source, c.html, c.changed_seq, c.edited_at, c.erased_at,
	c.plain, c.nonce, c.posted_at, c.class, c.expires_at, c.off_record, c.reply_to, c.reacted, c.files AS file_count, CASE WHEN c.reach = 4 THEN coalesce((SELECT ha.reason FROM hidden_messages hh JOIN acts ha ON ha.id = hh.act_id WHERE hh.message_id = c.id), '') ELSE '' END AS hidden_why`
	messageColumns = messageFields + " FROM messages c JOIN members m ON m.id = c.author_id"
	// toldBetween are the messages of a room with where a listener is told of each, between two places: where it was said, else where it was
	// changed. Each half stops at the limit by itself, in the order of its index. ?0: the room; ?1 and ?2: the places; ?3: which; ?4: how many.
	toldBetween = "SELECT * FROM (" + messageFields + `, c.seq AS told FROM messages c JOIN members m ON m.id = c.author_id
		WHERE c.room_id = ?0 AND c.seq > ?1 AND c.seq < ?2 AND ?3 ORDER BY c.seq LIMIT ?4) said
		UNION ALL SELECT * FROM (` + messageFields + `, c.changed_seq AS told FROM messages c JOIN members m ON m.id = c.author_id
		WHERE c.room_id = ?0 AND c.changed_seq <> 0 AND c.changed_seq > ?1 AND c.changed_seq < ?2 AND c.seq <= ?1 AND ?3 ORDER BY c.changed_seq LIMIT ?4) changed ORDER BY told LIMIT ?4`
)

// said finds what the actor said in a room under the nonce; nil: nothing yet. In another room it is another message, and not this one.
func (w *writer) said(by Actor, room RoomID, nonce string) (*ChatMessage, error) {
	var m ChatMessage
	err := w.one(&m, messageColumns+" WHERE c.author_id = ? AND c.nonce = ?", by.Member, nonce)
	switch {
	case KindOf(err) == NotFound:
		return nil, nil
	case err == nil && m.RoomID != room:
		var p problems
		p.add("nonce", "error.key")
		return nil, p.err()
	}
	return &m, err
}

// ReadMessages reads up to limit messages of a room that the actor may read: those that were said or changed after a place in its order,
// in that order (Told). Of what is hidden from them since they could read it there is the line, without its words. It is also how a lost
// connection catches up.
func (f *Forum) ReadMessages(ctx context.Context, by Actor, room RoomID, after int64, limit int) (out []ChatMessage, err error) {
	defer during(&err, "read messages")
	var id RoomID
	if err = one(ctx, f.store.read, &id, `SELECT r.id FROM rooms r JOIN groups g ON g.id = r.group_id WHERE r.id = ? AND ?`, room, roomGate(by)); err != nil {
		return nil, err
	}
	err = f.store.read.scan(ctx, &out, toldBetween, room, after, int64(math.MaxInt64), bun.SafeQuery("(? OR ?)", messageGate(by), hiddenMessageGate(by)), limit)
	leaveLines(by, out)
	return out, either(err, f.beside(ctx, by, out))
}

// SaidBetween reads messages of a room that listeners are told of at after < place < before, for its live channel, and
// not for a page. Whoever is on the channel is one whom the place lets in: what was said to
// the place's audience of today (ForAll) they may read. What was said to another comes
// without its words, as a number only: each asks for it in their own name.
func (f *Forum) SaidBetween(ctx context.Context, room RoomID, after, before int64, limit int) (out []ChatMessage, err error) {
	defer during(&err, "said between")
	today, toldOf, err := f.roomAudience(ctx, room)
	if err != nil {
		return nil, err
	}
	err = f.store.read.scan(ctx, &out, toldBetween, room, after, before, lasts(f.instant()), limit)
	for i := range out {
		if out[i].ForAll = out[i].Audience == today && (!out[i].FromJoin || out[i].Told == out[i].Seq) && out[i].PostedAt >= toldOf; !out[i].ForAll { // not whoever has joined since, nor who visits
			out[i] = ChatMessage{RoomID: room, Seq: out[i].Seq, Told: out[i].Told, HiddenWhy: out[i].HiddenWhy}
		}
	}
	return out, either(err, f.besideForAll(ctx, out, toldOf))
}

// roomAudience is for whom something is that is said in a room now.
func (f *Forum) roomAudience(ctx context.Context, room RoomID) (a Audience, toldOf Instant, err error) {
	var row struct {
		ID               GroupID `bun:"id"`
		Visibility       Visibility
		FromJoin         bool
		Circle, RoomFrom bool
		ToldOf           Instant // since when everybody was told, before they wrote, that staff may read for a while
	}
	err = one(ctx, f.store.read, &row, "SELECT g.id, g.visibility, g.from_join, r.circle, r.from_join AS room_from, "+toldOfOpenings+" AS told_of FROM rooms r JOIN groups g ON g.id = r.group_id WHERE r.id = ?", room)
	r := Room{ID: room, RoomDraft: RoomDraft{Circle: row.Circle, FromJoin: row.RoomFrom}}
	return r.Audience(&Group{ID: row.ID, GroupDraft: GroupDraft{Visibility: row.Visibility, FromJoin: row.FromJoin}}), row.ToldOf, err
}

// besideForAll puts into messages what stands beside them for everybody on the room's channel: no more than each of them may read, whenever
// they came.
func (f *Forum) besideForAll(ctx context.Context, said []ChatMessage, toldOf Instant) error {
	nobody := Actor{at: f.instant()}
	f.veilMessages(nobody, said)
	if err := either(f.calledIn(ctx, nobody, said), f.filesOfSaid(ctx, nobody, said)); err != nil {
		return err
	}
	if err := f.signsWhere(ctx, nobody, said, bun.SafeQuery("EXISTS (SELECT 1 FROM messages c WHERE c.id = q.message_id AND c.reach = q.reach AND c.reach_of = q.reach_of AND c.from_join = q.from_join)")); err != nil {
		return err
	}
	old, err := f.answeredBy(ctx, said, lasts(nobody.at))
	for i := range said {
		m, is := &said[i], old[said[i].ReplyTo]
		switch {
		case is == nil || is.Reach == Nobody:
		case is.Audience == m.Audience && !m.FromJoin && is.PostedAt >= toldOf && (!is.OffRecord || m.OffRecord):
			f.veilMessage(nobody, is)
			m.Answers = is
		default:
			m.AnswersSome = is.Seq
		}
	}
	return err
}

// LastSeq is the number of the room's newest message: a position, which says nothing.
func (f *Forum) LastSeq(ctx context.Context, room RoomID) (seq int64, err error) {
	defer during(&err, "last seq")
	err = one(ctx, f.store.read, &seq, "SELECT last_seq FROM rooms WHERE id = ?", room)
	return seq, err
}

// RoomPage is what the page of a room shows.
type RoomPage struct {
	Room       Room
	Group      Group
	In         bool
	Role       GroupRole
	MutedUntil Instant
	Messages   []ChatMessage // oldest first
	Earlier    bool          // there are older ones that the actor may read
	Later      bool          // there are newer ones
	ReadSeq    int64         // up to where the actor had read before; 0: never here
	Unread     int           // how many they have not read, up to MostCounted
	Fellows    []Fellow      // of a circle: who is in it
}

// FindRoom reads the page of a room without what was said.
func (f *Forum) FindRoom(ctx context.Context, by Actor, group, room string) (p RoomPage, err error) {
	defer during(&err, "find room")
	db := f.store.read
	if err = one(ctx, db, &p.Group, groupColumns+" WHERE g.slug = ? AND ?", group, placeGate(by, "g")); err != nil {
		return p, err
	}
	if err = one(ctx, db, &p.Room, "SELECT "+roomFields+" FROM rooms r JOIN groups g ON g.id = r.group_id WHERE r.group_id = ? AND r.slug = ? AND ?", p.Group.ID, room, roomGate(by)); err != nil {
		return p, err
	}
	s, _, err := standingOf(ctx, db, by.Member, p.Group.ID)
	p.In, p.Role = s.In, s.Role
	if err == nil {
		err = one(ctx, db, &p.MutedUntil, "SELECT coalesce(max(until_at), 0) FROM room_mutes WHERE room_id = ? AND member_id = ?", p.Room.ID, by.Member)
		p.MutedUntil = max(p.MutedUntil, s.MutedUntil)
	}
	if err == nil && p.Room.Circle {
		p.Fellows, err = fellows(ctx, db, p.Room.ID, f.instant())
	}
	return p, err
}

// RoomClass is the class of what is said in a room now: for those whom its place lets in.
func (f *Forum) RoomClass(ctx context.Context, by Actor, room RoomID) (class Class, err error) {
	defer during(&err, "room class")
	err = one(ctx, f.store.read, &class, "SELECT g.class FROM rooms r JOIN groups g ON g.id = r.group_id WHERE r.id = ? AND ?", room, roomGate(by))
	return class, err
}

// MayListen refuses unless the room's place lets the actor in now, and they belong to those
// to whom is said what is said there: a member without a certificate does not, in a group
// for the certified.
func (f *Forum) MayListen(ctx context.Context, by Actor, room RoomID) (err error) {
	defer during(&err, "may listen")
	var id RoomID
	return one(ctx, f.store.read, &id, "SELECT r.id FROM rooms r JOIN groups g ON g.id = r.group_id WHERE r.id = ? AND g.talk < ? AND ? AND (g.visibility > ? OR g.visibility <= ?)",
		room, TalkOver, roomGate(by), CertifiedOnly, by.level())
}

// MayHear refuses unless the actor may read the message of a room with the number.
func (f *Forum) MayHear(ctx context.Context, by Actor, room RoomID, seq int64) (err error) {
	defer during(&err, "may hear")
	var id int64
	return one(ctx, f.store.read, &id, `SELECT c.id FROM messages c JOIN rooms r ON r.id = c.room_id JOIN groups g ON g.id = r.group_id
		WHERE c.room_id = ? AND c.seq = ? AND ? AND ?`, room, seq, roomGate(by), messageGate(by))
}

// MayMiss refuses unless a message of a room is hidden that the actor could read before: they may be told so.
func (f *Forum) MayMiss(ctx context.Context, by Actor, room RoomID, seq int64) (err error) {
	defer during(&err, "may miss")
	var id int64
	return one(ctx, f.store.read, &id, `SELECT c.id FROM messages c JOIN rooms r ON r.id = c.room_id JOIN groups g ON g.id = r.group_id
		WHERE c.room_id = ? AND c.seq = ? AND ? AND ?`, room, seq, roomGate(by), hiddenMessageGate(by))
}

// MayFollow refuses unless the actor may read the topic now.
func (f *Forum) MayFollow(ctx context.Context, by Actor, topic TopicID) (t Topic, err error) {
	defer during(&err, "may follow")
	err = one(ctx, f.store.read, &t, topicColumns+` JOIN boards b ON b.id = t.board_id JOIN groups g ON g.id = b.group_id
		WHERE t.id = ? AND ? AND ?`, topic, itemGate(by, "t"), placeGate(by, "g"))
	return t, err
}
