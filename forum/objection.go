package forum

import (
	"context"
	"time"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/schema"

	"peergroups/forum/markup"
)

// An objection is made once, by whom an act hits, and answered by somebody else than who did it: another moderator of
// the group, or of suspensions another administrator. When nobody has answered in two weeks, who did it may answer,
// too: in a group with one moderator there is nobody else. It is never decided by the clock.

// answerWithin is how long the others have to answer.
const answerWithin = 14 * 24 * time.Hour

// Objection is one. Of a post that was hidden its members are not told whose it is: MemberID is 0.
type Objection struct {
	Act
	Objection  string
	ObjectedAt Instant
	DueAt      Instant
	AnsweredAt Instant
	TakenBack  bool
	Answer     string
	GroupName  string
}

const objectionFields = `a.id, a.kind, a.group_id, CASE WHEN a.post_id > 0 OR a.message_id > 0 THEN 0 ELSE a.member_id END AS member_id, a.post_id, a.message_id, a.reason, a.words, a.at, a.until_at, a.lifted_at,
	o.words AS objection, o.at AS objected_at, o.until_at AS due_at, o.answered_at, o.taken_back = 1 AS taken_back, o.answer, coalesce((SELECT g.name FROM groups g WHERE g.id = a.group_id), '') AS group_name
	FROM objections o JOIN acts a ON a.id = o.act_id`

// objectionGate is the SQL condition under which the actor may answer the objection o to the act a.
func objectionGate(by Actor, now Instant) schema.QueryWithArgs {
	return bun.SafeQuery("(a.member_id <> ?0 AND (a.by_member <> ?0 OR o.until_at <= ?1) AND ?2 AND ?3)", by.Member, now, answersFor(by), notApart(anActor(by)))
}

// answersFor is the SQL condition under which the actor moderates, or administers, where the act a was done.
func answersFor(by Actor) schema.QueryWithArgs {
	return bun.SafeQuery(`(a.group_id > 0 AND EXISTS (SELECT 1 FROM memberships om WHERE om.group_id = a.group_id AND om.member_id = ? AND om.standing = ? AND om.role >= ?)
		OR a.group_id = 0 AND ?)`, by.Member, In, Moderator, by.Has(Administrator))
}

// Object objects to an act that hits the actor. Twice is once.
func (f *Forum) Object(ctx context.Context, by Actor, act int64, words string) error {
	return f.write(ctx, "object", func(w *writer) error { return w.object(by.Member, act, words) })
}

// ObjectionToken is the secret of the link by which one who is suspended objects.
func (f *Forum) ObjectionToken(act int64, m MemberID) string {
	return f.seal("objection", act, int64(m))
}

// ReadObjectionToken gives the act of such a link, for whom it hits.
func (f *Forum) ReadObjectionToken(ctx context.Context, token string) (a OwnAct, err error) {
	ids, err := f.unseal("objection", token, 2)
	if err != nil {
		return a, err
	}
	return f.ReadActOf(ctx, MemberID(ids[1]), ids[0])
}

// ObjectByLink objects by the link in the mail, without a session.
func (f *Forum) ObjectByLink(ctx context.Context, token, words string) error {
	ids, err := f.unseal("objection", token, 2)
	if err != nil {
		return err
	}
	return f.write(ctx, "object by link", func(w *writer) error { return w.object(MemberID(ids[1]), ids[0], words) })
}

func (w *writer) object(m MemberID, act int64, words string) error {
	if err := w.lockRow("acts", act); err != nil {
		return err
	}
	var a struct {
		OwnAct
		By MemberID
	}
	if err := w.one(&a, "SELECT a.id, a.kind, a.group_id, a.until_at, a.lifted_at, a.by_member AS by, coalesce(o.at, 0) AS objected_at FROM acts a LEFT JOIN objections o ON o.act_id = a.id WHERE a.id = ? AND a.member_id = ?", act, m); err != nil {
		return err
	}
	if a.ObjectedAt != 0 {
		return nil
	}
	if err := mayObject(&a.OwnAct, w.now); err != nil {
		return err
	}
	var p problems
	if words = p.needed("words", words, 2000); p != nil {
		return p.err()
	}
	if err := w.exec("INSERT INTO objections (act_id, member_id, words, at, until_at) VALUES (?, ?, ?, ?, ?)", act, m, words, w.now, w.now.add(answerWithin)); err != nil {
		return err
	}
	whom := bun.SafeQuery("EXISTS (SELECT 1 FROM grants h WHERE h.member_id = m.id AND h.role = ?)", Administrator)
	if a.GroupID != 0 {
		whom = moderatorOf(a.GroupID)
	}
	return w.noteModeration("note.objection-waits", act, bun.SafeQuery("m.id NOT IN (?, ?) AND ? AND EXISTS (SELECT 1 FROM acts a WHERE a.id = ? AND ?)", m, a.By, whom, act, notApart(eachMember(w.now))))
}

// AnswerObjection upholds an act or takes it back, with words to whom it hit, who gets them by mail. What was taken back is
// as if it had not been: the post is shown, the mute or the suspension ends. Conflict: it is answered already.
func (f *Forum) AnswerObjection(ctx context.Context, by Actor, act int64, takeBack bool, answer string) error {
	return f.write(ctx, "answer objection", func(w *writer) error {
		if err := w.lockRow("acts", act); err != nil { // two answer at once
			return err
		}
		var o Objection
		if err := w.one(&o, "SELECT "+objectionFields+" WHERE a.id = ? AND ?", act, objectionGate(by, w.now)); err != nil {
			return err
		}
		if err := mayAnswerObjection(&o); err != nil {
			return err
		}
		var m MemberID
		if err := either(w.readsObject(by, &o), w.one(&m, "SELECT member_id FROM acts WHERE id = ?", act)); err != nil {
			return err
		}
		var p problems
		if answer = p.needed("answer", answer, 2000); p != nil {
			return p.err()
		}
		if err := w.exec("UPDATE objections SET answered_by = ?, answered_at = ?, taken_back = ?, answer = ? WHERE act_id = ?", by.Member, w.now, bit(takeBack), answer, act); err != nil {
			return err
		}
		entry := "uphold-act"
		if takeBack {
			entry = "take-back-act"
			if err := w.reverse(by, &o, m); err != nil {
				return err
			}
		}
		_, object := (&Act{Kind: o.Kind, PostID: o.PostID, MessageID: o.MessageID, MemberID: m}).logged()
		words := markup.Line(answer)
		if o.LiftedAt == 0 { // what the answer decides about; else it was over already
			words = string(o.Kind) + ": " + words
		}
		return either(w.noteAct("note.objection-answered", act, m), w.log(by, entry, object, o.GroupID, words))
	})
}

// readsObject refuses who may not read the post or message that was hidden: it is left to those who may.
func (w *writer) readsObject(by Actor, o *Objection) error {
	if o.PostID == 0 && o.MessageID == 0 {
		return nil
	}
	what := Spoken{Ref: int64(o.PostID)}
	if o.MessageID != 0 {
		what = Spoken{RefKind: SpokenMessage, Ref: o.MessageID}
	}
	_, err := spokenBefore(w.ctx, w, by, what)
	if KindOf(err) == NotFound {
		return Refuse(Forbidden, "error.not-yours-to-read")
	}
	return err
}

// reverse undoes an act against the member.
func (w *writer) reverse(by Actor, o *Objection, m MemberID) error {
	if o.LiftedAt != 0 {
		return nil
	}
	if err := w.exec("UPDATE acts SET lifted_at = ?, lifted_by = ? WHERE id = ?", w.now, by.Member, o.ID); err != nil {
		return err
	}
	switch o.Kind {
	case Hides:
		return w.showHiddenBy(o)
	case HidesMessage:
		return w.unhideMessage(o.ID)
	case Renames:
		return w.untitle(o.ID)
	case Mutes:
		return w.unmute(o.GroupID, m)
	case MutesInRoom:
		return w.exec("DELETE FROM room_mutes WHERE act_id = ?", o.ID)
	case Vets:
		return w.vetUntil(o.GroupID, m, 0)
	case Suspends:
		return w.exec("UPDATE members SET standing = ?, version = version + 1 WHERE id = ? AND standing = ?", Active, m, Suspended)
	}
	return nil
}

// showHiddenBy shows what an act has hidden, if it still hides it.
func (w *writer) showHiddenBy(o *Objection) error {
	var topic []TopicID
	if err := w.scan(w.ctx, &topic, "SELECT p.topic_id FROM posts p JOIN hidden hi ON hi.post_id = p.id WHERE p.id = ? AND hi.act_id = ?", o.PostID, o.ID); err != nil || len(topic) == 0 {
		return err
	}
	return w.showAgain(topic[0], o.PostID)
}

// waitingObjections are those that wait for the actor's answer, in a group (0: in all, and the body).
func (f *Forum) waitingObjections(ctx context.Context, by Actor, g GroupID) (out []Objection, err error) {
	err = f.store.read.scan(ctx, &out, "SELECT "+objectionFields+" WHERE o.answered_at = 0 AND ? AND (? = 0 OR a.group_id = ?) ORDER BY o.at LIMIT 200", objectionGate(by, f.instant()), g, g)
	return out, err
}

// ObjectionPage is an objection for one who may answer it. Seen: whether they may read what it is about.
type ObjectionPage struct {
	Objection
	What ReportPage
	Seen bool
}

// ReadObjection reads an objection for one who may answer it, or has.
func (f *Forum) ReadObjection(ctx context.Context, by Actor, act int64) (p ObjectionPage, err error) {
	defer during(&err, "read objection")
	if err = one(ctx, f.store.read, &p.Objection, "SELECT "+objectionFields+" WHERE a.id = ? AND ?", act, objectionGate(by, f.instant())); err != nil {
		return p, err
	}
	what := Reported{Kind: ReportedMember, Ref: int64(p.MemberID)}
	if p.PostID != 0 || p.MessageID != 0 {
		if what = (Reported{Kind: ReportedPost, Ref: int64(p.PostID)}); p.MessageID != 0 {
			what = Reported{Kind: ReportedMessage, Ref: p.MessageID}
		}
		if _, err = reportableTo(ctx, f.store.read, by, what); KindOf(err) == NotFound {
			return p, nil
		}
	}
	if err == nil {
		err = one(ctx, f.store.read, &p.Was, "SELECT was FROM acts WHERE id = ?", act)
	}
	if err == nil {
		p.What, _, err = f.shownReported(ctx, by, what)
	}
	p.Seen = err == nil
	return p, err
}
