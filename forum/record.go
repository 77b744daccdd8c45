package forum

import (
	"context"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/schema"
)

// What the moderators of a group know of a member there: what was decided about them, what came of reports, what they
// noted for each other, and how much of theirs they read. Of what somebody wrote behind a mask nothing is in it.

// memberNotesKept is how long a note stays.

// MemberNote is what a moderator noted about a member. It is given to who wrote it with their own data, as notes of cases
// are, and not to whom it is about: they ask the body for it, where people look at what it says of others.
type MemberNote struct {
	ID    int64 `bun:"id"`
	Name  string
	Words string
	At    Instant
	Mine  bool
}

// RecordAct is an act of the group's moderators against the member.
type RecordAct struct {
	Act
	By        string
	Objection string // "": none
	TakenBack bool
}

// MemberRecord is what the moderators of a group know of a member.
type MemberRecord struct {
	Group  Group
	Role   GroupRole // the reader's
	Member MemberRow
	Posts  int // of theirs in the group, that the reader may read
	Acts   []RecordAct
	Cases  []CaseRow // closed, about them
	Notes  []MemberNote
}

// recorded loads a member who is or was in a group, for its moderators: never the actor themself.
func recorded(ctx context.Context, db querier, by Actor, id GroupID, whom MemberID) (g *Group, m MemberRow, s standing, err error) {
	g, s, _, err = groupSeen(ctx, db, by, id)
	if err == nil {
		err = mayModerate(by, s)
	}
	if err == nil && whom == by.Member {
		err = Refuse(Forbidden, "error.not-yourself")
	}
	if err != nil {
		return nil, m, s, err
	}
	err = one(ctx, db, &m, `SELECT m.id, m.handle, m.name, s.role, s.joined_at AS since, s.standing FROM memberships s JOIN members m ON m.id = s.member_id
		WHERE s.group_id = ? AND s.member_id = ? AND s.role >= ? AND s.joined_at > 0 AND s.standing IN (?, ?, ?, ?)`, id, whom, Participant, In, Outside, Banned, Lapsed)
	return g, m, s, err
}

// ReadRecord reads what the moderators of a group know of a member: for one of them.
func (f *Forum) ReadRecord(ctx context.Context, by Actor, slug string, whom MemberID) (r MemberRecord, err error) {
	defer during(&err, "read record")
	db := f.store.read
	var id GroupID
	if err = one(ctx, db, &id, "SELECT g.id FROM groups g WHERE g.slug = ? AND g.talk = 0 AND ?", slug, knownGate(by, "g")); err != nil {
		return r, err
	}
	g, m, s, err := recorded(ctx, db, by, id, whom)
	if err != nil {
		return r, err
	}
	r.Group, r.Member, r.Role = *g, m, s.Role
	if err = one(ctx, db, &r.Posts, "SELECT count(*) FROM posts p"+postPlaces+" WHERE p.author_id = ? AND g.id = ? AND p.class <> ? AND p.erased_at = 0 AND ?", whom, id, ChathamClass, postGate(by)); err != nil {
		return r, err
	}
	if err = db.scan(ctx, &r.Acts, `SELECT a.id, a.kind, a.group_id, a.member_id, a.post_id, a.reason, a.words, a.at, a.until_at, a.lifted_at, coalesce(m.name, '') AS by, coalesce(o.words, '') AS objection, coalesce(o.taken_back, 0) = 1 AS taken_back
		FROM acts a LEFT JOIN members m ON m.id = a.by_member LEFT JOIN objections o ON o.act_id = a.id WHERE a.group_id = ? AND a.member_id = ? AND ? AND ? ORDER BY a.id DESC LIMIT 200`, id, whom, unmasked(), notApart(anActor(by))); err != nil {
		return r, err
	}
	if r.Cases, err = f.caseRows(ctx, " WHERE c.closed_at > 0 AND c.group_id = ? AND c.about = ? AND ? AND ? ORDER BY c.closed_at DESC, c.id LIMIT 200", id, whom, caseGate(by), namedCase()); err != nil {
		return r, err
	}
	err = db.scan(ctx, &r.Notes, "SELECT n.id, m.name, n.words, n.at, n.member_id = ? AS mine FROM member_notes n JOIN members m ON m.id = n.member_id WHERE n.group_id = ? AND n.about = ? ORDER BY n.id DESC LIMIT 200", by.Member, id, whom)
	return r, err
}

// NoteMember notes something about a member of a group for its other moderators.
func (f *Forum) NoteMember(ctx context.Context, by Actor, id GroupID, whom MemberID, words string) error {
	return f.write(ctx, "note member", func(w *writer) error {
		if _, _, _, err := recorded(w.ctx, w, by, id, whom); err != nil {
			return err
		}
		var p problems
		if words = p.text("note", words, 2000); words == "" && p == nil {
			p.add("note", "error.empty.note")
		}
		if err := p.err(); err != nil {
			return err
		}
		if err := w.spend(notesOfMember, "member note", by.key()); err != nil {
			return err
		}
		return w.exec("INSERT INTO member_notes (id, group_id, about, member_id, words, at) VALUES (?, ?, ?, ?, ?, ?)", w.id(), id, whom, by.Member, words, w.now)
	})
}

// DropNote throws away a note that the actor wrote. Twice is once.
func (f *Forum) DropNote(ctx context.Context, by Actor, id int64) error {
	return f.write(ctx, "drop note", func(w *writer) error {
		return w.exec("DELETE FROM member_notes WHERE id = ? AND member_id = ?", id, by.Member)
	})
}

// notApart is the SQL condition under which an act a was not done in a circle in which somebody is not.
func notApart(who someone) schema.QueryWithArgs {
	return bun.SafeQuery("(a.apart = 0 OR ?)", isFellow(who, "a.room_id", ""))
}

// unmasked is the SQL condition under which an act a is not against what somebody wrote behind a mask.
func unmasked() schema.QueryWithArgs {
	return bun.SafeQuery("a.masked = 0 AND NOT EXISTS (SELECT 1 FROM posts up WHERE up.id = a.post_id AND up.class = ?0) AND NOT EXISTS (SELECT 1 FROM messages um WHERE um.id = a.message_id AND um.class = ?0)", ChathamClass)
}

// namedCase is the SQL condition under which a case c is not about what somebody wrote or said behind a mask.
func namedCase() schema.QueryWithArgs {
	return bun.SafeQuery(`c.masked = 0 AND NOT EXISTS (SELECT 1 FROM posts np WHERE c.kind = ? AND np.id = c.ref AND np.class = ?) AND NOT EXISTS (SELECT 1 FROM messages nm WHERE c.kind = ? AND nm.id = c.ref AND nm.class = ?)`,
		ReportedPost, ChathamClass, ReportedMessage, ChathamClass)
}
