package forum

import (
	"context"

	"github.com/uptrace/bun"
)

// What must not be kept at all is erased for good by two: a moderator of the group, who reads it, asks, and an
// administrator, who does not, does it. Copies that have left the house it does not reach.

// Erasure is what moderators ask to have erased, for administrators: they see why, and neither what nor whose it is.
type Erasure struct {
	ID        int64  `bun:"id"`
	GroupName string // "": of a group that they may not know of
	AskedBy   MemberID
	AskedAt   Instant
	Reason    string // one of Reasons
	Words     string
	DecidedAt Instant
	Erased    bool
	Answer    string
}

// AskErase asks the administrators to erase a post for good: by a moderator of its group who reads it. Twice is once.
func (f *Forum) AskErase(ctx context.Context, by Actor, id PostID, d ActDraft) error {
	return f.write(ctx, "ask to erase", func(w *writer) error {
		p, g, err := w.moderatedPost(by, id)
		if err != nil {
			return err
		}
		var wrong problems
		if d.check(&wrong); wrong != nil {
			return wrong.err()
		}
		e := w.id()
		n, err := w.changed("INSERT INTO erasures (id, post_id, group_id, asked_by, asked_at, reason, words) VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING", e, p.ID, g, by.Member, w.now, d.Reason, d.Words)
		if err != nil || n == 0 {
			return err
		}
		return either(w.noteModeration("note.erase-asked", e, bun.SafeQuery("m.id NOT IN (?, ?) AND EXISTS (SELECT 1 FROM grants h WHERE h.member_id = m.id AND h.role = ?)", by.Member, p.AuthorID, Administrator)),
			w.log(by, "ask-erase", int64(p.ID), g, d.Reason))
	})
}

const erasures = `SELECT e.id, e.asked_by, e.asked_at, e.reason, e.words, e.decided_at, e.erased = 1 AS erased, e.answer, coalesce((SELECT g.name FROM groups g WHERE g.id = e.group_id AND ?), '') AS group_name FROM erasures e`

// ReadErasures lists what is to be erased, oldest first, and what was decided lately: for administrators.
func (f *Forum) ReadErasures(ctx context.Context, by Actor) (open, decided []Erasure, err error) {
	defer during(&err, "read erasures")
	if err = mayAdminister(by); err != nil {
		return nil, nil, err
	}
	if err = f.store.read.scan(ctx, &open, erasures+" WHERE e.decided_at = 0 ORDER BY e.id LIMIT 200", knownGate(by, "g")); err != nil {
		return nil, nil, err
	}
	err = f.store.read.scan(ctx, &decided, erasures+" WHERE e.decided_at > 0 ORDER BY e.decided_at DESC LIMIT 50", knownGate(by, "g"))
	return open, decided, err
}

// ReadErasure reads one for the mail that tells its outcome, to who asked.
func (f *Forum) ReadErasure(ctx context.Context, by Actor, id int64) (e Erasure, err error) {
	defer during(&err, "read erasure")
	err = one(ctx, f.store.read, &e, erasures+" WHERE e.id = ? AND e.asked_by = ?", knownGate(by, "g"), id, by.Member)
	return e, err
}

// DecideErasure erases a post for good, or says why not: by an administrator who neither asked nor wrote it. Its author gets
// a statement of reasons, and who asked is told. Conflict: it is decided.
func (f *Forum) DecideErasure(ctx context.Context, by Actor, id int64, erase bool, answer string) error {
	return f.write(ctx, "decide erasure", func(w *writer) error {
		if err := either(mayAdminister(by), w.lockRow("erasures", id)); err != nil {
			return err
		}
		var e struct {
			Erasure
			PostID   PostID
			GroupID  GroupID
			AuthorID MemberID
		}
		if err := w.one(&e, "SELECT e.id, e.post_id, e.group_id, e.asked_by, e.reason, e.words, e.decided_at, p.author_id FROM erasures e JOIN posts p ON p.id = e.post_id WHERE e.id = ?", id); err != nil {
			return err
		}
		if err := mayErase(by, &e.Erasure, e.AuthorID); err != nil {
			return err
		}
		var p problems
		if answer = p.text("answer", answer, 1000); !erase && answer == "" && p == nil {
			p.add("answer", "error.empty.answer")
		}
		if err := p.err(); err != nil {
			return err
		}
		if err := w.exec("UPDATE erasures SET decided_by = ?, decided_at = ?, erased = ?, answer = ? WHERE id = ?", by.Member, w.now, bit(erase), answer, id); err != nil {
			return err
		}
		w.state(ModerationNoted{Ref: id, Note: "note.erase-decided"})
		if err := w.queue("note.erase-decided", id, e.AskedBy); err != nil {
			return err
		}
		if !erase {
			return w.log(by, "refuse-erase", int64(e.PostID), e.GroupID, answer)
		}
		if err := w.eraseWords(e.PostID, e.AuthorID, by.Member); err != nil {
			return err
		}
		_, err := w.act(by, Act{Kind: Erases, GroupID: e.GroupID, MemberID: e.AuthorID, PostID: e.PostID}, ActDraft{Reason: e.Reason, Words: e.Words})
		return err
	})
}

// eraseWords takes a post's words away as its author could, and the title of the topic that it opened, too.
func (w *writer) eraseWords(id PostID, author, by MemberID) error {
	p, err := w.ownPost(Actor{Member: author}, id)
	if KindOf(err) == NotFound { // taken back meanwhile
		return nil
	}
	if err == nil {
		p.Alone = false // its author's other posts stay
		err = w.takeWords(p)
	}
	if err != nil || !p.Opening {
		return err
	}
	return w.exec("UPDATE topics SET title = ?, slug = ?, titled_by = ?, version = version + 1 WHERE id = ?", hiddenTitle, slugOf("", Nobody), by, p.TopicID)
}
