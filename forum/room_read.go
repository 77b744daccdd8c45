package forum

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/schema"
)

// SaidCursor says which messages of a room a page shows; the zero value: the newest.
type SaidCursor struct {
	Before int64   // those before this place
	From   int64   // those from this place on
	Since  Instant // those from this time on
	Word   string  // those that hold these words, newest first, before Before
}

const messagesPerPage = 60

// ReadRoom reads messages of a room that the actor may read: oldest first, but for those that hold a word.
func (f *Forum) ReadRoom(ctx context.Context, by Actor, group, room string, at SaidCursor) (p RoomPage, err error) {
	defer during(&err, "read room")
	if p, err = f.FindRoom(ctx, by, group, room); err != nil {
		return p, err
	}
	gate := bun.SafeQuery("(? OR ?)", messageGate(by), hiddenMessageGate(by))
	pick, order := bun.SafeQuery("1 = 1"), "DESC"
	switch {
	case at.Word != "":
		gate, pick = bun.SafeQuery("(? AND c.reach <> 4 AND c.off_record = 0)", messageGate(by)), holds(at.Word, at.Before)
	case at.Before > 0:
		pick = bun.SafeQuery("c.seq < ?", at.Before)
	case at.From > 0:
		pick, order = bun.SafeQuery("c.seq >= ?", at.From), "ASC"
	case at.Since > 0:
		pick, order = bun.SafeQuery("c.posted_at >= ?", at.Since), "ASC"
	}
	if err = f.store.read.scan(ctx, &p.Messages, messageColumns+" WHERE c.room_id = ? AND ? AND ? ORDER BY c.seq "+order+" LIMIT ?", p.Room.ID, pick, gate, messagesPerPage+1); err != nil {
		return p, err
	}
	leaveLines(by, p.Messages)
	more := len(p.Messages) > messagesPerPage
	if more {
		p.Messages = p.Messages[:messagesPerPage]
	}
	switch {
	case at.Word != "":
		p.Earlier = more
	case order == "ASC":
		if p.Later = more; len(p.Messages) > 0 {
			p.Earlier, err = f.saidBefore(ctx, p.Room.ID, p.Messages[0].Seq, gate)
		}
	default:
		p.Earlier, p.Later = more, at.Before > 0
		slices.Reverse(p.Messages)
	}
	if err == nil {
		err = f.standing(ctx, by, &p)
	}
	return p, err
}

// saidBefore tells whether there is something for the gate before a place of the room.
func (f *Forum) saidBefore(ctx context.Context, room RoomID, seq int64, gate schema.QueryWithArgs) (is bool, err error) {
	err = one(ctx, f.store.read, &is, "SELECT EXISTS (SELECT 1 FROM messages c WHERE c.room_id = ? AND c.seq < ? AND ?)", room, seq, gate)
	return is, err
}

// holds is the SQL condition under which the message c, before a place, holds each of the words, in letters of either case.
func holds(words string, before int64) schema.QueryWithArgs {
	cond := bun.SafeQuery("(? = 0 OR c.seq < ?)", before, before)
	for i, word := range strings.Fields(words) {
		if i == 8 {
			break
		}
		like := "%" + likeWord.Replace(word) + "%"
		cond = bun.SafeQuery(`? AND (lower(c.plain) LIKE lower(?1) ESCAPE '\')`, cond, like)
	}
	return cond
}

// standing puts into a page what stands beside its messages: what they answer, who reacts, whom they mention, and what the actor had read.
func (f *Forum) standing(ctx context.Context, by Actor, p *RoomPage) (err error) {
	if err = f.beside(ctx, by, p.Messages); err != nil || by.Member == 0 {
		return err
	}
	var r struct {
		Seq    int64
		Unread int
	}
	err = one(ctx, f.store.read, &r, "SELECT rr.seq, ? AS unread FROM room_reads rr JOIN rooms r ON r.id = rr.room_id WHERE rr.room_id = ? AND rr.member_id = ?", unreadIn(by), p.Room.ID, by.Member)
	if KindOf(err) == NotFound { // the first time: nothing is new, all is
		err = nil
	}
	p.ReadSeq, p.Unread = r.Seq, r.Unread
	return err
}

// beside puts into messages what stands beside them for the actor, and their masks.
func (f *Forum) beside(ctx context.Context, by Actor, said []ChatMessage) error {
	f.veilMessages(by, said)
	return either(f.answered(ctx, by, said), either(either(f.signsOf(ctx, by, said), f.filesOfSaid(ctx, by, said)), f.calledIn(ctx, by, said)))
}

// unreadIn is the SQL of how many messages of the room r the actor, who has read it up to rr.seq (never: NULL), has not read: up to MostCounted, and none
// of their own.
func unreadIn(by Actor) schema.QueryWithArgs {
	return bun.SafeQuery("(SELECT count(*) FROM (SELECT 1 FROM messages c WHERE c.room_id = r.id AND c.seq > coalesce(rr.seq, 0) AND c.author_id <> ? AND c.erased_at = 0 AND c.reach <> 4 AND ? LIMIT ?) x)", by.Member, messageGate(by), MostCounted)
}

// MarkRoomRead notes that the actor is in a room now, and has read it up to a place; it never goes back. What they were told of it is read, too.
func (f *Forum) MarkRoomRead(ctx context.Context, by Actor, room RoomID, seq int64) error {
	if by.Member == 0 {
		return nil
	}
	return f.write(ctx, "mark room read", func(w *writer) error {
		n, err := w.changed(`INSERT INTO room_reads (room_id, member_id, seq, at) SELECT r.id, ?1, CASE WHEN ?2 < r.last_seq THEN ?2 ELSE r.last_seq END, ?3 FROM rooms r JOIN groups g ON g.id = r.group_id WHERE r.id = ?0 AND ?4
			ON CONFLICT (member_id, room_id) DO UPDATE SET seq = CASE WHEN room_reads.seq < excluded.seq THEN excluded.seq ELSE room_reads.seq END, at = excluded.at`, room, by.Member, bun.SafeQuery("CAST(? AS BIGINT)", max(seq, 0)), bun.SafeQuery("CAST(? AS BIGINT)", int64(w.now)), roomGate(by))
		if err != nil || n == 0 {
			return err
		}
		return either(w.exec("UPDATE room_notices SET read_at = ? WHERE member_id = ? AND read_at = 0 AND (SELECT c.seq FROM messages c WHERE c.id = room_notices.message_id AND c.room_id = ?) <= ?", w.now, by.Member, room, seq),
			w.exec("UPDATE bells SET read_at = ? WHERE member_id = ? AND why = ? AND ref = ? AND read_at = 0", w.now, by.Member, TakesIn, room))
	})
}

// answered puts into messages what they answer, as far as the actor may read it.
func (f *Forum) answered(ctx context.Context, by Actor, said []ChatMessage) error {
	old, err := f.answeredBy(ctx, said, bun.SafeQuery("c.reach <> 4 AND ? AND ?", roomGate(by), messageGate(by)))
	for i := range said {
		if is := old[said[i].ReplyTo]; is != nil && (!is.OffRecord || said[i].OffRecord) { // what is searched shows nothing off the record
			f.veilMessage(by, is)
			said[i].Answers = is
		}
	}
	return err
}

// answeredBy gives what the messages that are shown answer, by its number, if the gate lets it through.
func (f *Forum) answeredBy(ctx context.Context, said []ChatMessage, gate schema.QueryWithArgs) (map[int64]*ChatMessage, error) {
	var ids []int64
	for i := range said {
		if m := &said[i]; m.ReplyTo != 0 && m.ErasedAt == 0 && (m.HTML != "" || m.FileCount > 0 && m.Reach != Nobody) {
			ids = append(ids, m.ReplyTo)
		}
	}
	if ids == nil {
		return nil, nil
	}
	var old []ChatMessage
	err := f.store.read.scan(ctx, &old, messageColumns+" JOIN rooms r ON r.id = c.room_id JOIN groups g ON g.id = r.group_id WHERE c.id IN (?) AND c.erased_at = 0 AND ?", bun.List(ids), gate)
	out := make(map[int64]*ChatMessage, len(old))
	for i := range old {
		out[old[i].ID] = &old[i]
	}
	return out, err
}

// FindSaid gives the room and the place of a message that the actor may read: where its address leads.
func (f *Forum) FindSaid(ctx context.Context, by Actor, id int64) (m SaidPlace, err error) {
	defer during(&err, "find message")
	err = one(ctx, f.store.read, &m, saidPlaceFields+` FROM messages c JOIN members m ON m.id = c.author_id JOIN rooms r ON r.id = c.room_id JOIN groups g ON g.id = r.group_id
		WHERE c.id = ? AND ? AND (? OR ?)`, id, roomGate(by), messageGate(by), hiddenMessageGate(by))
	if err != nil {
		return m, err
	}
	all := []ChatMessage{m.ChatMessage}
	leaveLines(by, all)
	err = f.beside(ctx, by, all)
	m.ChatMessage = all[0]
	return m, err
}

const saidPlaceFields = messageFields + ", r.name AS room_name, r.slug AS room_slug, g.slug AS group_slug, g.name AS group_name, g.class AS group_class, g.id AS group_id"

// SaidPlace is a message with where it stands.
type SaidPlace struct {
	ChatMessage
	RoomName, RoomSlug, GroupSlug, GroupName string
	GroupClass                               Class
	GroupID                                  GroupID
}

// roomQuiet is for how long nobody was seen in a room before it counts as empty.
const roomQuiet = 5 * time.Minute

// QuietRooms lists the rooms whose words stay while people are in them, where something is said and nobody was seen for a while: whoever knows who
// listens asks further, and calls EmptyRoom.
func (f *Forum) QuietRooms(ctx context.Context) (out []RoomID, err error) {
	defer during(&err, "quiet rooms")
	err = f.store.read.scan(ctx, &out, `SELECT r.id FROM rooms r WHERE r.id IN (SELECT c.room_id FROM messages c WHERE c.whiled <> 0) AND ?`, deserted(f.instant()))
	return out, err
}

// deserted is the SQL condition under which nobody was seen in the room r for a while.
func deserted(now Instant) schema.QueryWithArgs {
	since := now.add(-roomQuiet)
	return bun.SafeQuery("(NOT EXISTS (SELECT 1 FROM room_reads q WHERE q.room_id = r.id AND q.at > ?0) AND NOT EXISTS (SELECT 1 FROM messages q WHERE q.room_id = r.id AND q.posted_at > ?0))", since)
}
