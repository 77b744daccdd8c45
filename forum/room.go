package forum

import (
	"context"
	"math"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/uptrace/bun"

	"peergroups/forum/markup"
)

// Room is a place for live chat.
type Room struct {
	ID      RoomID
	GroupID GroupID
	Slug    string
	Name    string
	LastSeq int64
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
	EditedAt, ErasedAt Instant // by its author; 0: not
	Told               int64   // where a listener is told of it: Seq or ChangedSeq
	Class              Class
	Veiled             bool   `bun:"-"` // Author is the mask of one of whom the reader is not told
	Mine               bool   `bun:"-"` // the reader said it
	HiddenWhy          string // of Reasons: hidden by moderators, and only its author is shown its words; "": not
	ForAll             bool   // SaidBetween only: its audience is the place's of today
}

// CreateRoom adds a room to a group, by its owners and moderators.
func (f *Forum) CreateRoom(ctx context.Context, by Actor, id GroupID, slug, name string) (r *Room, err error) {
	err = f.write(ctx, "create room", func(w *writer) error {
		g, _, err := w.moderated(by, id)
		if err != nil {
			return err
		}
		var p problems
		p.slug(slug)
		name = p.line("name", name, 80)
		if err := p.err(); err != nil {
			return err
		}
		r = &Room{ID: RoomID(w.id()), GroupID: g.ID, Slug: slug, Name: name}
		n, err := w.changed(`INSERT INTO rooms (id, group_id, slug, name, created_at) VALUES (?, ?, ?, ?, ?) ON CONFLICT (group_id, slug) DO NOTHING`,
			r.ID, g.ID, slug, name, w.now)
		if err != nil {
			return err
		}
		if n == 0 {
			p.add("slug", "error.slug-taken")
			return p.err()
		}
		w.state(GroupChanged{g.ID})
		return w.log(by, "create-room", int64(r.ID), g.ID, "")
	})
	return r, err
}

// MaxSaid is how long a message may be, in characters.
const MaxSaid = 4000

// Say says something in a room. The same nonce twice is one message, given back twice.
func (f *Forum) Say(ctx context.Context, by Actor, room RoomID, source, nonce string) (m *ChatMessage, err error) {
	return f.SayAsTold(ctx, by, room, Line{Source: source, Nonce: nonce})
}

// Line is what is said in a room.
type Line struct {
	Source string
	Nonce  string // the same twice is one message
	Told   string // what the page said of who reads it (Group.Told); "": nothing
}

// SayAsTold is Say, unless others read it than the page said.
func (f *Forum) SayAsTold(ctx context.Context, by Actor, room RoomID, l Line) (m *ChatMessage, err error) {
	source, cooked := cookSaid(l.Source)
	nonce := l.Nonce
	err = f.write(ctx, "say", func(w *writer) error {
		g, s, err := w.roomSeen(by, room)
		if err != nil {
			return err
		}
		if err := either(maySpeak(by, s), mayWrite(by, s, g, InRoom)); err != nil {
			return err
		}
		if m, err = w.said(by, nonce); err != nil || m != nil {
			return err
		}
		var p problems
		p.said(source)
		if nonce == "" || len(nonce) > 100 {
			p.add("nonce", "error.key")
		}
		p.stillTold("text", l.Told, g, g.Audience())
		if err := p.err(); err != nil {
			return err
		}
		if err := w.acknowledged(by, g, InRoom); err != nil {
			return err
		}
		if err := w.spend(saysOfMember, "say", by.key()); err != nil {
			return err
		}
		m = &ChatMessage{ID: w.id(), RoomID: room, AuthorID: by.Member, Author: by.Name, Audience: g.Audience(),
			Source: source, HTML: cooked.HTML, Plain: cooked.Text, Nonce: nonce, PostedAt: w.now, Class: g.Class}
		if is, err := w.watched(g, s, "", cooked.Text, cooked.HTML); err != nil || !is {
			return either(err, w.say(m))
		}
		return either(w.say(m), w.watchedCase(Reported{Kind: ReportedMessage, Ref: m.ID}, reportable{About: by.Member, GroupID: g.ID}))
	})
	if m != nil {
		all := []ChatMessage{*m}
		f.veilMessages(by, all)
		m = &all[0]
	}
	return m, err
}

func cookSaid(source string) (string, markup.Cooked) {
	source = strings.TrimSpace(source)
	return source, markup.Chat(source, markup.Options{})
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
	return w.exec(`INSERT INTO messages (id, room_id, seq, author_id, reach, reach_of, from_join, source, html, plain, markup, nonce, posted_at, class)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`, m.ID, m.RoomID, m.Seq, m.AuthorID, m.Reach, m.Of, bit(m.FromJoin),
		m.Source, m.HTML, m.Plain, markup.Version, m.Nonce, m.PostedAt, m.Class)
}

func (w *writer) roomSeen(by Actor, id RoomID) (*Group, standing, error) {
	var group GroupID
	if err := w.one(&group, `SELECT r.group_id FROM rooms r JOIN groups g ON g.id = r.group_id WHERE r.id = ? AND ?`, id, placeGate(by, "g")); err != nil {
		return nil, standing{}, err
	}
	g, s, _, err := w.groupSeen(by, group)
	return g, s, err
}

const (
	messageFields = `SELECT c.id, c.room_id, c.seq, c.author_id, m.name AS author, c.reach, c.reach_of, c.from_join, c.source, c.html, c.changed_seq, c.edited_at, c.erased_at,
	c.plain, c.nonce, c.posted_at, c.class, CASE WHEN c.reach = 4 THEN coalesce((SELECT ha.reason FROM hidden_messages hh JOIN acts ha ON ha.id = hh.act_id WHERE hh.message_id = c.id), '') ELSE '' END AS hidden_why`
	messageColumns = messageFields + " FROM messages c JOIN members m ON m.id = c.author_id"
	// toldBetween are the messages of a room with where a listener is told of each, between two places: where it was said, else where it was
	// changed. Each half stops at the limit by itself, in the order of its index. ?0: the room; ?1 and ?2: the places; ?3: which; ?4: how many.
	toldBetween = "SELECT * FROM (" + messageFields + `, c.seq AS told FROM messages c JOIN members m ON m.id = c.author_id
		WHERE c.room_id = ?0 AND c.seq > ?1 AND c.seq < ?2 AND ?3 ORDER BY c.seq LIMIT ?4) said
		UNION ALL SELECT * FROM (` + messageFields + `, c.changed_seq AS told FROM messages c JOIN members m ON m.id = c.author_id
		WHERE c.room_id = ?0 AND c.changed_seq > 0 AND c.changed_seq > ?1 AND c.changed_seq < ?2 AND c.seq <= ?1 AND ?3 ORDER BY c.changed_seq LIMIT ?4) changed ORDER BY told LIMIT ?4`
)

func (w *writer) said(by Actor, nonce string) (*ChatMessage, error) {
	var m ChatMessage
	err := w.one(&m, messageColumns+" WHERE c.author_id = ? AND c.nonce = ?", by.Member, nonce)
	if KindOf(err) == NotFound {
		return nil, nil
	}
	return &m, err
}

// ReadMessages reads up to limit messages of a room that the actor may read: those that were said or changed after a place in its order,
// in that order (Told). Of what is hidden from them since they could read it there is the line, without its words. It is also how a lost
// connection catches up.
func (f *Forum) ReadMessages(ctx context.Context, by Actor, room RoomID, after int64, limit int) (out []ChatMessage, err error) {
	defer during(&err, "read messages")
	var id RoomID
	if err = one(ctx, f.store.read, &id, `SELECT r.id FROM rooms r JOIN groups g ON g.id = r.group_id WHERE r.id = ? AND ?`, room, placeGate(by, "g")); err != nil {
		return nil, err
	}
	err = f.store.read.scan(ctx, &out, toldBetween, room, after, int64(math.MaxInt64), bun.SafeQuery("(? OR ?)", itemGate(by, "c"), hiddenMessageGate(by)), limit)
	leaveLines(by, out)
	f.veilMessages(by, out)
	return out, err
}

// SaidBetween reads messages of a room that listeners are told of at after < place < before, for its live channel, and
// not for a page. Whoever is on the channel is one whom the place lets in: what was said to
// the place's audience of today (ForAll) they may read. What was said to another comes
// without its words, as a number only: each asks for it in their own name.
func (f *Forum) SaidBetween(ctx context.Context, room RoomID, after, before int64, limit int) (out []ChatMessage, err error) {
	defer during(&err, "said between")
	var g Group
	if err = one(ctx, f.store.read, &g, groupColumns+" JOIN rooms r ON r.group_id = g.id WHERE r.id = ?", room); err != nil {
		return nil, err
	}
	err = f.store.read.scan(ctx, &out, toldBetween, room, after, before, bun.SafeQuery("1 = 1"), limit)
	for i := range out {
		if out[i].ForAll = out[i].Audience == g.Audience() && (!out[i].FromJoin || out[i].Told == out[i].Seq); !out[i].ForAll { // not whoever has joined since
			out[i] = ChatMessage{RoomID: room, Seq: out[i].Seq, Told: out[i].Told, HiddenWhy: out[i].HiddenWhy}
		}
	}
	f.veilMessages(Actor{}, out)
	return out, err
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
}

const messagesPerPage = 60

// ReadRoom reads the last messages of a room that the actor may read, or those before a
// sequence number.
func (f *Forum) ReadRoom(ctx context.Context, by Actor, group, room string, before int64) (p RoomPage, err error) {
	defer during(&err, "read room")
	if p, err = f.FindRoom(ctx, by, group, room); err != nil {
		return p, err
	}
	if before <= 0 {
		before = 1 << 62
	}
	if err = f.store.read.scan(ctx, &p.Messages, messageColumns+" WHERE c.room_id = ? AND c.seq < ? AND (? OR ?) ORDER BY c.seq DESC LIMIT ?",
		p.Room.ID, before, itemGate(by, "c"), hiddenMessageGate(by), messagesPerPage+1); err != nil {
		return p, err
	}
	leaveLines(by, p.Messages)
	if p.Earlier = len(p.Messages) > messagesPerPage; p.Earlier {
		p.Messages = p.Messages[:messagesPerPage]
	}
	slices.Reverse(p.Messages)
	f.veilMessages(by, p.Messages)
	return p, nil
}

// FindRoom reads the page of a room without what was said.
func (f *Forum) FindRoom(ctx context.Context, by Actor, group, room string) (p RoomPage, err error) {
	defer during(&err, "find room")
	db := f.store.read
	if err = one(ctx, db, &p.Group, groupColumns+" WHERE g.slug = ? AND ?", group, placeGate(by, "g")); err != nil {
		return p, err
	}
	if err = one(ctx, db, &p.Room, "SELECT id, group_id, slug, name FROM rooms WHERE group_id = ? AND slug = ?", p.Group.ID, room); err != nil {
		return p, err
	}
	s, _, err := standingOf(ctx, db, by.Member, p.Group.ID)
	p.In, p.Role, p.MutedUntil = s.In, s.Role, s.MutedUntil
	return p, err
}

// RoomClass is the class of what is said in a room now: for those whom its place lets in.
func (f *Forum) RoomClass(ctx context.Context, by Actor, room RoomID) (class Class, err error) {
	defer during(&err, "room class")
	err = one(ctx, f.store.read, &class, "SELECT g.class FROM rooms r JOIN groups g ON g.id = r.group_id WHERE r.id = ? AND ?", room, placeGate(by, "g"))
	return class, err
}

// MayListen refuses unless the room's place lets the actor in now, and they belong to those
// to whom is said what is said there: a member without a certificate does not, in a group
// for the certified.
func (f *Forum) MayListen(ctx context.Context, by Actor, room RoomID) (err error) {
	defer during(&err, "may listen")
	var id RoomID
	return one(ctx, f.store.read, &id, "SELECT r.id FROM rooms r JOIN groups g ON g.id = r.group_id WHERE r.id = ? AND g.talk < ? AND ? AND (g.visibility > ? OR g.visibility <= ?)",
		room, TalkOver, placeGate(by, "g"), CertifiedOnly, by.level())
}

// MayHear refuses unless the actor may read the message of a room with the number.
func (f *Forum) MayHear(ctx context.Context, by Actor, room RoomID, seq int64) (err error) {
	defer during(&err, "may hear")
	var id int64
	return one(ctx, f.store.read, &id, `SELECT c.id FROM messages c JOIN rooms r ON r.id = c.room_id JOIN groups g ON g.id = r.group_id
		WHERE c.room_id = ? AND c.seq = ? AND ? AND ?`, room, seq, placeGate(by, "g"), itemGate(by, "c"))
}

// MayMiss refuses unless a message of a room is hidden that the actor could read before: they may be told so.
func (f *Forum) MayMiss(ctx context.Context, by Actor, room RoomID, seq int64) (err error) {
	defer during(&err, "may miss")
	var id int64
	return one(ctx, f.store.read, &id, `SELECT c.id FROM messages c JOIN rooms r ON r.id = c.room_id JOIN groups g ON g.id = r.group_id
		WHERE c.room_id = ? AND c.seq = ? AND ? AND ?`, room, seq, placeGate(by, "g"), hiddenMessageGate(by))
}

// MayFollow refuses unless the actor may read the topic now.
func (f *Forum) MayFollow(ctx context.Context, by Actor, topic TopicID) (t Topic, err error) {
	defer during(&err, "may follow")
	err = one(ctx, f.store.read, &t, topicColumns+` JOIN boards b ON b.id = t.board_id JOIN groups g ON g.id = b.group_id
		WHERE t.id = ? AND ? AND ?`, topic, itemGate(by, "t"), placeGate(by, "g"))
	return t, err
}
