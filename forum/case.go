package forum

import (
	"context"
	"slices"
	"time"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/schema"
)

// Case is something that was reported, for those who look at it.
type Case struct {
	ID int64 `bun:"id"`
	Reported
	GroupID  GroupID // 0: the body's
	About    MemberID
	OpenedAt Instant
	Claim
	ClosedBy MemberID
	ClosedAt Instant
	Outcome  string // one of Outcomes; "": open
	Answer   string
	Circle   RoomID // it was said in this one; 0: in none
}

const caseFields = "c.id, c.kind, c.ref, c.group_id, c.about, c.circle, c.opened_at, c.claimed_by, c.claimed_at, c.closed_by, c.closed_at, c.outcome, c.answer"

// Outcomes are what a case ends with: nothing was done, or which act.
var Outcomes = []string{"nothing", "hide", "warn", "mute", "move", "remove", "lock", "suspend", "talk"}

// Claim says who keeps for themself what waits for several, and since when. The zero value is nobody's.
type Claim struct {
	ClaimedBy MemberID
	ClaimedAt Instant
}

// claimHolds is how long one who claims a case is left alone with it.
const claimHolds = 2 * time.Hour

// Held tells whether somebody else than the member has claimed it and not for too long.
func (c *Claim) Held(by MemberID, now Instant) bool {
	return c.ClaimedBy != 0 && c.ClaimedBy != by && now < c.ClaimedAt.add(claimHolds)
}

// caseGate is the SQL condition under which the actor looks at the case c: it is of a group that they moderate, and of no circle in which
// they are not; or of the body and they administer it; and it is not about themselves.
func caseGate(by Actor) schema.QueryWithArgs {
	return bun.SafeQuery("(c.about <> ? AND (? OR ? AND (c.group_id = 0 OR ?)))", by.Member, attends(by), by.Has(Administrator), unattended(by.at))
}

// attends is the SQL condition under which the actor moderates where the case c is, and is in its circle, if it is of one.
func attends(by Actor) schema.QueryWithArgs {
	return bun.SafeQuery("(c.group_id > 0 AND EXISTS (SELECT 1 FROM memberships cm WHERE cm.group_id = c.group_id AND cm.member_id = ? AND cm.standing = ? AND cm.role >= ?) AND (c.circle = 0 OR ?))",
		by.Member, In, Moderator, amongFellows(by, "c.circle"))
}

// unattended is the SQL condition under which the case c is of a circle where no moderator is whom it is not about: administrators look
// at it, who are told that it is there, and neither where nor of what.
func unattended(now Instant) schema.QueryWithArgs {
	return bun.SafeQuery(`(c.circle > 0 AND NOT EXISTS (SELECT 1 FROM memberships um JOIN members m ON m.id = um.member_id AND m.standing = ?0 WHERE um.group_id = c.group_id AND um.standing = ?1 AND um.role >= ?2
		AND m.id <> c.about AND ?3))`, Active, In, Moderator, isFellow(eachMember(now), "c.circle", ""))
}

// caseSeen locks a case and loads it for one who looks at it.
func (w *writer) caseSeen(by Actor, id int64) (c Case, err error) {
	if err = w.lockRow("cases", id); err != nil {
		return c, err
	}
	err = w.one(&c, "SELECT "+caseFields+" FROM cases c WHERE c.id = ? AND ?", id, caseGate(by))
	return c, err
}

// ClaimCase keeps a case for the actor for two hours. Of two who claim it at once one does.
func (f *Forum) ClaimCase(ctx context.Context, by Actor, id int64) error {
	return f.write(ctx, "claim case", func(w *writer) error {
		c, err := w.caseSeen(by, id)
		if err != nil {
			return err
		}
		if err := mayHandle(by, &c, w.now); err != nil {
			return err
		}
		return w.exec("UPDATE cases SET claimed_by = ?, claimed_at = ? WHERE id = ?", by.Member, w.now, c.ID)
	})
}

// ReleaseCase gives the actor's claim back.
func (f *Forum) ReleaseCase(ctx context.Context, by Actor, id int64) error {
	return f.write(ctx, "release case", func(w *writer) error {
		c, err := w.caseSeen(by, id)
		if err != nil {
			return err
		}
		if err := mayHandle(by, &c, w.now); err != nil {
			return err
		}
		return w.exec("UPDATE cases SET claimed_by = 0, claimed_at = 0 WHERE id = ?", c.ID)
	})
}

// NoteCase writes a note for the others who look at the case, also to one that is closed.
func (f *Forum) NoteCase(ctx context.Context, by Actor, id int64, words string) error {
	return f.write(ctx, "note case", func(w *writer) error {
		c, err := w.caseSeen(by, id)
		if err != nil {
			return err
		}
		var p problems
		if words = p.text("note", words, 2000); words == "" && p == nil {
			p.add("note", "error.empty.note")
		}
		if err := p.err(); err != nil {
			return err
		}
		if err := w.spend(notesOfMember, "case note", by.key()); err != nil {
			return err
		}
		return w.exec("INSERT INTO case_notes (id, case_id, member_id, words, at) VALUES (?, ?, ?, ?, ?)", w.id(), c.ID, by.Member, words, w.now)
	})
}

// CloseCase ends a case with an outcome, one of Outcomes, and words to those who reported it, whom it tells by mail.
// Only who may read what it is about closes it, if anybody may. Conflict: it is closed, or another is at it.
func (f *Forum) CloseCase(ctx context.Context, by Actor, id int64, outcome, answer string) error {
	return f.write(ctx, "close case", func(w *writer) error {
		c, err := w.caseSeen(by, id)
		if err != nil {
			return err
		}
		if err := mayHandle(by, &c, w.now); err != nil {
			return err
		}
		if err := w.mayJudge(by, &c); err != nil {
			return err
		}
		var p problems
		if !slices.Contains(Outcomes, outcome) {
			p.add("outcome", "error.choose")
		}
		if answer = p.text("answer", answer, 1000); p != nil {
			return p.err()
		}
		if err := w.exec("UPDATE cases SET outcome = ?, answer = ?, closed_by = ?, closed_at = ?, claimed_by = 0, claimed_at = 0 WHERE id = ?", outcome, answer, by.Member, w.now, c.ID); err != nil {
			return err
		}
		var told []OwnReport
		if err := w.scan(w.ctx, &told, "SELECT id FROM reports WHERE case_id = ? ORDER BY id", c.ID); err != nil {
			return err
		}
		for _, r := range told {
			if err := w.noteModeration("note.report-closed", r.ID, bun.SafeQuery("m.id = (SELECT r.member_id FROM reports r WHERE r.id = ?)", r.ID)); err != nil {
				return err
			}
		}
		object := c.Ref
		if c.Circle != 0 {
			object = 0
		}
		return w.log(by, "close-case", object, c.GroupID, outcome)
	})
}

// mayJudge refuses who may not read what a case is about: it is left to those who may. Where nobody does who could, administrators answer
// who reported it.
func (w *writer) mayJudge(by Actor, c *Case) error {
	if c.ofTalk() {
		return nil
	}
	if c.Circle != 0 {
		var alone bool
		if err := w.one(&alone, "SELECT ? FROM cases c WHERE c.id = ?", unattended(w.now), c.ID); err != nil || alone {
			return err
		}
	}
	_, err := reportableTo(w.ctx, w, by, c.Reported)
	if KindOf(err) == NotFound && c.Kind == ReportedMessage { // nobody reads what has had its time
		var is bool
		if err := w.one(&is, "SELECT EXISTS (SELECT 1 FROM messages WHERE id = ?)", c.Ref); err != nil || !is {
			return err
		}
	}
	if KindOf(err) == NotFound {
		return Refuse(Forbidden, "error.not-yours-to-read")
	}
	return err
}

// casesFollow puts open cases of what stands in a topic before the moderators of the group where it stands now.
func (w *writer) casesFollow(t TopicID, g GroupID) error {
	return w.exec(`UPDATE cases SET group_id = ?0, claimed_by = 0, claimed_at = 0 WHERE kind = ?1 AND closed_at = 0 AND group_id <> ?0
		AND ref IN (SELECT p.id FROM posts p WHERE p.topic_id = ?2)`, g, ReportedPost, t)
}
