package forum

import (
	"context"
	"time"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/schema"
)

// Who wrote something under the Chatham House rule is told to two moderators of its group who
// both want it, with a reason, on one page and for a week; the author is told at once. Who
// wrote it is never written down anew: neither in the opening nor in the log.

// identityOpen is how long the two may look it up.
const identityOpen = 7 * 24 * time.Hour

// Spoken names what somebody wrote or said: a post, or a message in a room.
type Spoken struct {
	RefKind SpokenKind
	Ref     int64
}

// SpokenKind says which of the two.
type SpokenKind int64

// The kinds.
const (
	SpokenPost SpokenKind = iota
	SpokenMessage
)

func (k SpokenKind) table() string {
	if k == SpokenMessage {
		return "messages"
	}
	return "posts"
}

// masked is what was spoken, with whose mask it carries.
type masked struct {
	AuthorID MemberID
	Class    Class
	ErasedAt Instant
	GroupID  GroupID // where it stands
	Away     bool    // it was written in another group, whose moderators alone lift its mask
	Early    bool    // written before anybody was told that masks can be lifted
}

// spokenBefore loads what the actor may read of what somebody wrote or said.
func spokenBefore(ctx context.Context, db querier, by Actor, s Spoken) (m masked, err error) {
	if s.RefKind == SpokenMessage {
		err = one(ctx, db, &m, "SELECT c.author_id, c.class, c.erased_at, r.group_id, FALSE AS away, c.posted_at < "+toldOfOpenings+` AS early FROM messages c JOIN rooms r ON r.id = c.room_id JOIN groups g ON g.id = r.group_id
			WHERE c.id = ? AND ? AND (? OR ?)`, s.Ref, roomGate(by), messageGate(by), moderatesHiddenMessage(by))
		return m, err
	}
	err = one(ctx, db, &m, "SELECT p.author_id, p.class, p.erased_at, b.group_id, p.spoken_in <> b.group_id AS away, p.posted_at < "+toldOfOpenings+" AS early FROM posts p"+postPlaces+" WHERE p.id = ? AND ? AND ? AND (? OR ?)",
		s.Ref, placeGate(by, "g"), itemGate(by, "t"), itemGate(by, "p"), moderatesHidden(by))
	return m, err
}

// AskIdentity asks another moderator of the group to look up together who wrote a post or
// said a message. Conflict: it is asked already, or open to the actor; id is that opening.
func (f *Forum) AskIdentity(ctx context.Context, by Actor, s Spoken, reason string) (id int64, err error) {
	err = f.write(ctx, "ask identity", func(w *writer) error {
		id = 0
		if err := w.lockRow(s.RefKind.table(), s.Ref); err != nil { // two ask at once, or it is taken back
			return err
		}
		m, err := spokenBefore(w.ctx, w, by, s)
		if err != nil {
			return err
		}
		if _, _, err := w.moderated(by, m.GroupID); err != nil {
			return err
		}
		if err := mayUnmask(m); err != nil {
			return err
		}
		var p problems
		if reason = p.reason(reason); p != nil {
			return p.err()
		}
		if err := w.seasonedModerators(m.GroupID, by.Member); err != nil {
			return err
		}
		if id, err = w.identityThere(by, s); err != nil || id != 0 {
			return either(err, Refuse(Conflict, "error.identity-asked"))
		}
		if err := w.spend(asksOfMember, "identity", by.key()); err != nil {
			return err
		}
		id = w.id()
		if err := w.exec("INSERT INTO openings (id, kind, group_id, ref_kind, ref, reason, hours, asked_by, asked_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
			id, OpensIdentity, m.GroupID, s.RefKind, s.Ref, reason, int(identityOpen.Hours()), by.Member, w.now); err != nil {
			return err
		}
		if err := w.noteOpening(identityNote+"-asked", id, bun.SafeQuery(`m.id <> ? AND EXISTS (SELECT 1 FROM memberships s
			WHERE s.group_id = ? AND s.member_id = m.id AND s.standing = ? AND s.role >= ?)`, by.Member, m.GroupID, In, Moderator)); err != nil {
			return err
		}
		return w.log(by, "ask-identity", s.Ref, m.GroupID, reason)
	})
	return id, err
}

// identityThere finds the opening that waits for a second person, or is open to the actor; 0: none.
func (w *writer) identityThere(by Actor, s Spoken) (id int64, err error) {
	err = w.one(&id, `SELECT o.id FROM openings o WHERE o.kind = ?0 AND o.ref_kind = ?1 AND o.ref = ?2 AND o.refused_at = 0
		AND (o.agreed_at = 0 AND o.asked_at > ?3 OR o.agreed_at > 0 AND o.until_at > ?4 AND ?5 IN (o.asked_by, o.agreed_by)) ORDER BY o.id DESC LIMIT 1`,
		OpensIdentity, s.RefKind, s.Ref, w.now.add(-openingWaits), w.now, by.Member)
	if KindOf(err) == NotFound {
		err = nil
	}
	return id, err
}

// moderates is the SQL condition under which a member moderates the group of the opening o now.
func moderates(m any) schema.QueryWithArgs {
	return bun.SafeQuery("EXISTS (SELECT 1 FROM memberships s WHERE s.group_id = o.group_id AND s.member_id = ? AND s.standing = ? AND s.role >= ?)", m, In, Moderator)
}

// seasonedModerators refuses unless all of them have moderated the group for some days.
func (w *writer) seasonedModerators(g GroupID, all ...MemberID) error {
	var n int
	err := w.one(&n, "SELECT count(*) FROM memberships WHERE group_id = ? AND member_id IN (?) AND role_at <= ?", g, bun.List(all), w.now.add(-rolesRipen))
	return either(err, mayBeTwo(n == len(all), "error.moderator-too-new"))
}

// AnswerIdentity agrees to what another moderator asked for, or refuses it; who does not
// moderate the group does not know of it. The author is told by mail, whoever they are, and
// nothing here answers otherwise when it is the one who agrees.
func (f *Forum) AnswerIdentity(ctx context.Context, by Actor, id int64, agree bool) error {
	return f.write(ctx, "answer identity", func(w *writer) error {
		if err := w.lockRow("openings", id); err != nil {
			return err
		}
		var o struct {
			Opening
			Stands bool // who asked moderates still
		}
		if err := w.one(&o, "SELECT "+openingFields+", ? AS stands FROM openings o WHERE o.id = ? AND o.kind = ? AND ?",
			moderates(bun.Ident("o.asked_by")), id, OpensIdentity, moderates(by.Member)); err != nil {
			return err
		}
		if err := mayAnswerOpening(by, &o.Opening, w.now); err != nil {
			return err
		}
		if err := w.noteOpening(identityNote+"-answered", o.ID, bun.SafeQuery("m.id = ?", o.AskedBy)); err != nil {
			return err
		}
		if !agree {
			return either(w.refuseOpening(by, &o.Opening), w.log(by, "refuse-identity", o.Ref, o.GroupID, ""))
		}
		if err := w.seasonedModerators(o.GroupID, by.Member, o.AskedBy); err != nil {
			return err
		}
		if err := w.lockRow(o.RefKind.table(), o.Ref); err != nil {
			return err
		}
		m, err := spokenBefore(w.ctx, w, by, o.Spoken)
		if err == nil && (!o.Stands || m.GroupID != o.GroupID) {
			err = Refuse(Closed, "error.opening-over")
		}
		if err == nil {
			err = mayUnmask(m)
		}
		if err != nil {
			return err
		}
		if err := w.exec("UPDATE openings SET agreed_by = ?, agreed_at = ?, until_at = ? WHERE id = ?", by.Member, w.now, w.now.add(identityOpen), o.ID); err != nil {
			return err
		}
		return either(w.noteOpening(identityNote, o.ID, bun.SafeQuery("m.id = ?", m.AuthorID)), w.log(by, "agree-identity", o.Ref, o.GroupID, ""))
	})
}

// identityNote begins the notes of which nobody but whom they are for may know: that an author
// got it says who they are behind the mask, that others did who moderates a hidden group.
const identityNote = "note.identity"
