package forum

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/uptrace/bun"
)

// Minutes are messages of a room that somebody wants to keep as a topic. They go nowhere before those who said them say yes, each to
// their own words as they stand, having been told who will read them there. What is off the record is in none.

// MinutesDraft is what is proposed.
type MinutesDraft struct {
	Board    BoardID
	Title    string
	Messages []int64
}

// MinutesItem is one message of minutes.
type MinutesItem struct {
	ChatMessage
	Answer Answer
	Stale  bool // it was changed since it was proposed, or is not there any more: its speaker is not asked about that
}

// Minutes are proposed minutes.
type Minutes struct {
	ID                         int64 `bun:"id"`
	RoomID                     RoomID
	BoardID                    BoardID
	MemberID                   MemberID
	Title                      string
	MadeAt, EndedAt            Instant
	TopicID                    TopicID // what became of them; 0: nothing, or nothing yet
	Maker                      string  // "": of a group where nobody speaks by name
	RoomName, RoomSlug         string
	BoardName, BoardSlug       string
	GroupName, GroupSlug       string
	GroupClass                 Class
	Mine                       bool          `bun:"-"` // the reader proposed them
	Items                      []MinutesItem `bun:"-"` // for who proposed them all that they may read; for others their own
	Group                      Group         `bun:"-"`
	Waiting, Agreed, Objecting int           `bun:"-"`
}

const (
	mostMinutes  = 100
	minutesLast  = 14 * 24 * time.Hour
	minuteFields = `SELECT x.id, x.room_id, x.board_id, x.member_id, x.title, x.made_at, x.ended_at, x.topic_id, mk.name AS maker, r.name AS room_name, r.slug AS room_slug, b.name AS board_name, b.slug AS board_slug, g.name AS group_name, g.slug AS group_slug, g.class AS group_class
		FROM minutes x JOIN members mk ON mk.id = x.member_id JOIN rooms r ON r.id = x.room_id JOIN boards b ON b.id = x.board_id JOIN groups g ON g.id = b.group_id`
)

// ProposeMinutes asks those who said the messages whether they may stand in a topic of a board of the same group, by who may open one there and
// reads each of them. What one said oneself is agreed to.
func (f *Forum) ProposeMinutes(ctx context.Context, by Actor, room RoomID, d MinutesDraft) (id int64, err error) {
	err = f.write(ctx, "propose minutes", func(w *writer) error {
		r, g, s, err := w.roomSeen(by, room)
		if err != nil {
			return err
		}
		if err := mayTakePart(by, s); err != nil {
			return err
		}
		var p problems
		d.Title = p.line("title", d.Title, 150)
		b, _, _, err := w.boardSeen(by, d.Board)
		switch {
		case KindOf(err) == NotFound || err == nil && b.GroupID != r.GroupID:
			p.add("board", "error.choose")
		case err != nil:
			return err
		default:
			if err := either(mayStartTopic(by, s, b), mayWrite(by, s, g, OnBoard)); err != nil {
				return err
			}
		}
		if len(d.Messages) == 0 || len(d.Messages) > mostMinutes {
			p.add("messages", "error.minutes-some", "Most", mostMinutes)
		}
		if err := p.err(); err != nil {
			return err
		}
		if err := w.spend(minutesOfMember, "minutes", by.key()); err != nil {
			return err
		}
		id = w.id()
		if err := w.exec("INSERT INTO minutes (id, room_id, board_id, member_id, title, made_at) VALUES (?, ?, ?, ?, ?, ?)", id, r.ID, b.ID, by.Member, d.Title, w.now); err != nil {
			return err
		}
		n, err := w.changed(`INSERT INTO minute_items (minutes_id, message_id, member_id, edited_at, answer) SELECT ?0, c.id, c.author_id, c.edited_at, CASE WHEN c.author_id = ?1 THEN ?2 ELSE ?3 END FROM messages c
			WHERE c.id IN (?4) AND c.room_id = ?5 AND c.reach <> 4 AND c.erased_at = 0 AND c.off_record = 0 AND c.plain <> '' AND ?6`, id, by.Member, int64(Yes), int64(NoAnswer), bun.List(d.Messages), r.ID, messageGate(by))
		if err != nil {
			return err
		}
		if n != int64(len(d.Messages)) {
			p.add("messages", "error.minutes-gone")
			return p.err()
		}
		asked := bun.SafeQuery("m.id IN (SELECT i.member_id FROM minute_items i WHERE i.minutes_id = ? AND i.answer = ?)", id, int64(NoAnswer))
		return either(w.noteModeration("note.minutes-asked", id, asked), w.ring(AsksForMinutes, id, asked))
	})
	return id, err
}

// AnswerMinutes is the word of one who said some of the messages and is in the room: for all of theirs that stand as they stood when they were
// proposed, and for the readers of the board whom the page named (told, Group.Told). It may be changed until the minutes are posted. Closed: they are over.
func (f *Forum) AnswerMinutes(ctx context.Context, by Actor, id int64, yes bool, told string) error {
	return f.write(ctx, "answer minutes", func(w *writer) error {
		if err := either(mayKeep(by), w.lockRow("minutes", id)); err != nil {
			return err
		}
		m, err := f.minutes(w.ctx, w, by, id)
		if err != nil {
			return err
		}
		if m.EndedAt != 0 {
			return Refuse(Closed, "error.minutes-over")
		}
		if yes && told != m.Group.Told(m.Group.Audience()) {
			return Refuse(Conflict, "error.readers-changed")
		}
		answer := No
		if yes {
			answer = Yes
		}
		return w.exec("UPDATE minute_items SET answer = ?, answered_at = ?, told = ? WHERE minutes_id = ? AND member_id = ?", int64(answer), w.now, told, id, by.Member)
	})
}

// ReadMinutes reads minutes, while the room lets the actor in: who proposed them sees all the messages that they may still read, others their own.
func (f *Forum) ReadMinutes(ctx context.Context, by Actor, id int64) (m Minutes, err error) {
	defer during(&err, "read minutes")
	return f.minutes(ctx, f.store.read, by, id)
}

func (f *Forum) minutes(ctx context.Context, db querier, by Actor, id int64) (m Minutes, err error) {
	if by.Member == 0 {
		return m, Absent()
	}
	if err = one(ctx, db, &m, minuteFields+" WHERE x.id = ? AND ? AND (x.member_id = ? OR EXISTS (SELECT 1 FROM minute_items i WHERE i.minutes_id = x.id AND i.member_id = ?))", id, roomGate(by), by.Member, by.Member); err != nil {
		return m, err
	}
	maker := m.MemberID
	m.of(by)
	if err = one(ctx, db, &m.Group, groupColumns+" JOIN rooms r ON r.group_id = g.id WHERE r.id = ?", m.RoomID); err != nil {
		return m, err
	}
	now := m.Group.Told(m.Group.Audience())
	err = db.scan(ctx, &m.Items, messageFields+`, CASE WHEN i.answer = ?4 AND i.told <> ?5 AND c.author_id <> ?6 THEN 0 ELSE i.answer END AS answer, i.edited_at <> c.edited_at OR c.reach = 4 OR c.erased_at > 0 AS stale FROM minute_items i JOIN messages c ON c.id = i.message_id JOIN members m ON m.id = c.author_id
		WHERE i.minutes_id = ?0 AND (?1 OR c.author_id = ?2) AND ?3 ORDER BY c.seq`, id, m.Mine, by.Member, messageGate(by), int64(Yes), now, maker)
	for i := range m.Items {
		item := &m.Items[i]
		f.veilMessage(by, &item.ChatMessage)
		switch {
		case item.Stale:
		case item.Answer == Yes:
			m.Agreed++
		case item.Answer == No:
			m.Objecting++
		default:
			m.Waiting++
		}
	}
	return m, err
}

// OwnMinutes lists the minutes that wait for something by the actor: for their word, or to be posted.
func (f *Forum) OwnMinutes(ctx context.Context, by Actor) (out []Minutes, err error) {
	defer during(&err, "own minutes")
	err = f.store.read.scan(ctx, &out, minuteFields+" WHERE x.ended_at = 0 AND ? AND (x.member_id = ? OR EXISTS (SELECT 1 FROM minute_items i WHERE i.minutes_id = x.id AND i.member_id = ? AND i.answer = ?)) ORDER BY x.made_at DESC LIMIT 50", roomGate(by), by.Member, by.Member, int64(NoAnswer))
	for i := range out {
		out[i].of(by)
	}
	return out, err
}

// of makes them those of a reader: behind masks nobody is named who proposes.
func (m *Minutes) of(by Actor) {
	if m.Mine = m.MemberID == by.Member; m.GroupClass == ChathamClass && !m.Mine {
		m.Maker, m.MemberID = "", 0
	}
}

// unmarked takes what Markdown would read out of a name.
var unmarked = strings.NewReplacer("*", "", "_", "", "`", "", "[", "", "]", "", "<", "", ">", "", "\\", "", "@", "")

// source are the words of minutes as they would be posted: of what is agreed to, and stands as it was.
func (m *Minutes) source() string {
	var b strings.Builder
	for _, i := range m.Items {
		if i.Answer != Yes || i.Stale {
			continue
		}
		fmt.Fprintf(&b, "**%s**, %s UTC\n\n> %s\n\n", unmarked.Replace(i.Author), i.PostedAt.Time().UTC().Format("2 January 2006, 15:04"), strings.ReplaceAll(i.Source, "\n", "\n> "))
	}
	return strings.TrimSpace(b.String())
}

// PostMinutes posts what was agreed to as a topic, by who proposed it; the rest is left out. Twice is once. Conflict: an answer came meanwhile, and
// the page is looked at once more; agreed is how many messages it showed as agreed to.
func (f *Forum) PostMinutes(ctx context.Context, by Actor, id int64, agreed int, told string) (t *Topic, err error) {
	m, err := f.ReadMinutes(ctx, by, id)
	if err == nil && !m.Mine {
		err = Absent()
	}
	if err != nil {
		return nil, err
	}
	d := Draft{Title: m.Title, Source: m.source(), Key: "minutes:" + decimal(id), Told: told}
	cooked, err := f.cook(ctx, &d)
	if err != nil {
		return nil, err
	}
	var held error
	err = f.write(ctx, "post minutes", func(w *writer) error {
		if err := w.lockRow("minutes", id); err != nil {
			return err
		}
		now, err := f.minutes(w.ctx, w, by, id)
		if err != nil {
			return err
		}
		switch {
		case now.EndedAt != 0 && now.TopicID == 0:
			return Refuse(Closed, "error.minutes-over")
		case now.EndedAt == 0 && (now.Agreed != agreed || now.source() != d.Source):
			return Refuse(Conflict, "error.minutes-changed")
		case now.EndedAt == 0 && now.Agreed == 0:
			return Refuse(Closed, "error.minutes-nothing")
		}
		if t, held, err = w.startTopic(by, m.BoardID, d, cooked); err != nil || now.EndedAt != 0 {
			return err
		}
		var topic TopicID
		if t != nil {
			topic = t.ID
		}
		return w.exec("UPDATE minutes SET ended_at = ?, topic_id = ? WHERE id = ?", w.now, topic, id)
	})
	return t, either(err, held)
}

// DropMinutes takes minutes back that are not posted, by who proposed them. Twice is once.
func (f *Forum) DropMinutes(ctx context.Context, by Actor, id int64) error {
	return f.write(ctx, "drop minutes", func(w *writer) error {
		return w.exec("UPDATE minutes SET ended_at = ? WHERE id = ? AND member_id = ? AND ended_at = 0", w.now, id, by.Member)
	})
}

// endMinutes ends minutes that nobody posted in two weeks.
func (w *writer) endMinutes() error {
	return w.exec("UPDATE minutes SET ended_at = ? WHERE ended_at = 0 AND made_at < ?", w.now, w.now.add(-minutesLast))
}
