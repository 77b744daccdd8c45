package forum

import (
	"context"
	"unicode/utf8"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/schema"
)

// Mentionable is somebody whom one who writes can mention by "@handle". They are offered only where the writer sees them
// anyhow: who spoke there under their name, who stands in the list of members, who lists themself in the directory.
type Mentionable struct {
	ID     MemberID `bun:"id"`
	Handle string
	Name   string
	Reads  bool // what is written there now; true, too, where the writer may not know that they do not
}

const mostOffered = 8

// OfferMentions gives a few of those whose handle or name begins so: who spoke in the topic first, and who reads there
// before who does not. Of less than two letters it gives only those who spoke.
func (f *Forum) OfferMentions(ctx context.Context, by Actor, at WritingAt, beginning string) (out []Mentionable, err error) {
	if err = f.spend(ctx, hintsOfMember, "mention", by.key()); err != nil {
		return nil, err
	}
	if len(beginning) > 100 {
		return nil, nil
	}
	name := nameKey(beginning)
	like := likeWord.Replace(name)
	key := handleKey(beginning)
	named := bun.SafeQuery(`(m.handle_key >= ?0 AND m.handle_key < ?1 OR m.name_key LIKE ?2 ESCAPE '\' OR m.name_key LIKE ?3 ESCAPE '\')`, key, key+"\U0010FFFF", like+"%", "% "+like+"%")
	if utf8.RuneCountInString(name) < 2 { // half of all members begin with some letter
		named = bun.SafeQuery("m.spoke = 1 AND ?", named)
	}
	return f.mentionable(ctx, by, at, named, mostOffered)
}

// NotReaders gives those of the handles who do not read what is written there, as far as the actor may know it.
func (f *Forum) NotReaders(ctx context.Context, by Actor, at WritingAt, handles []string) (out []Mentionable, err error) {
	if len(handles) == 0 {
		return nil, nil
	}
	keys := make([]string, len(handles))
	for i, h := range handles {
		keys[i] = handleKey(h)
	}
	return f.mentionable(ctx, by, at, bun.SafeQuery("m.handle_key IN (?) AND m.reads = 0", bun.List(keys)), len(keys))
}

// mentionable finds those of the place whom the actor sees, by a condition on m, which has besides a member's columns
// spoke and reads. What is not there for the actor has nobody.
func (f *Forum) mentionable(ctx context.Context, by Actor, at WritingAt, which schema.QueryWithArgs, most int) (out []Mentionable, err error) {
	defer during(&err, "mentionable")
	if at.Post != 0 {
		if err = one(ctx, f.store.read, &at.Topic, "SELECT topic_id FROM posts WHERE id = ? AND author_id = ?", at.Post, by.Member); err != nil {
			return nil, err
		}
	}
	if by.Member == 0 {
		return nil, nil
	}
	now := f.instant()
	place, known, reads := bun.SafeQuery("boards b JOIN groups g ON g.id = b.group_id WHERE b.id = ? AND ?", at.Board, placeGate(by, "g")), knownThere(by, now), readsPlace(now)
	// That they do not read is told only of members, not of the certified: whose certificate ended is nobody's to tell.
	told := bun.SafeQuery("(g.visibility <> 2 AND (g.visibility < 2 OR ?))", rosterGate(by, "g.id"))
	spoke := bun.SafeQuery("0")
	switch {
	case at.Room != 0:
		place = bun.SafeQuery("rooms r JOIN groups g ON g.id = r.group_id WHERE r.id = ? AND ?", at.Room, roomGate(by))
		known = bun.SafeQuery("(? AND r.circle = 0)", known)
		told = bun.SafeQuery("(r.circle = 0 AND ?)", told)
		spoke = bun.SafeQuery(`CASE WHEN m.id IN (SELECT c.author_id FROM messages c WHERE c.room_id = ?0 AND c.seq > (SELECT o.last_seq - 300 FROM rooms o WHERE o.id = ?0) AND c.erased_at = 0 AND c.reach <> 4 AND c.class < ?1 AND ?2)
			OR r.circle = 1 AND m.id IN (SELECT fm.member_id FROM room_members fm WHERE fm.room_id = ?0) THEN 1 ELSE 0 END`, at.Room, ChathamClass, messageGate(by))
	case at.Board == 0:
		place = bun.SafeQuery("topics t JOIN boards b ON b.id = t.board_id JOIN groups g ON g.id = b.group_id WHERE t.id = ? AND ? AND ?", at.Topic, placeGate(by, "g"), itemGate(by, "t"))
		known, reads = bun.SafeQuery("(? AND (t.reach < ? OR ?))", known, Members, rosterGate(by, "t.reach_of")), bun.SafeQuery("(? AND ?)", reads, isFor("t", now))
		told = bun.SafeQuery("(? AND t.reach <> 2 AND (t.reach < 2 OR ?))", told, rosterGate(by, "t.reach_of"))
		spoke = bun.SafeQuery(`CASE WHEN m.id IN (SELECT p.author_id FROM posts p WHERE p.topic_id = ?0
			AND p.n > (SELECT o.last_n - 300 FROM topics o WHERE o.id = ?0) AND p.erased_at = 0 AND p.class < ?1 AND ?2) THEN 1 ELSE 0 END`, at.Topic, ChathamClass, itemGate(by, "p"))
	}
	err = f.store.read.scan(ctx, &out, `SELECT m.id, m.handle, m.name, m.reads FROM (
			SELECT m.id, m.handle, m.handle_key, m.name, m.name_key, ?0 AS spoke, CASE WHEN ?12 AND NOT ?2 THEN 0 ELSE 1 END AS reads,
				CASE WHEN ?1 AND (EXISTS (SELECT 1 FROM profiles pr WHERE pr.member_id = m.id AND ?3)
					OR EXISTS (SELECT 1 FROM memberships mm WHERE mm.group_id = g.id AND mm.member_id = m.id AND mm.standing = ?4 AND mm.role >= ?5 AND ?6)) THEN 1 ELSE 0 END AS seen
			FROM members m CROSS JOIN ?7 AND m.standing = ?8 AND m.id <> ?9) m
		WHERE ?10 AND (m.spoke = 1 OR m.seen = 1) ORDER BY m.spoke DESC, m.reads DESC, m.name, m.id LIMIT ?11`,
		spoke, known, reads, listedTo(by, now), In, Participant, rosterGate(by, "g.id"), place, Active, by.Member, which, most, told)
	return out, err
}
