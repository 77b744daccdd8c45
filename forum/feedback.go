package forum

import (
	"context"
	"strings"
	"time"
	"unicode/utf8"
)

// Feedback is what an independent person, whom the applicant names, writes about them: a
// digest of what parties and colleagues said (P7). They have no account: a sealed link in a
// mail of their own leads to the page, whose button does it.
type Feedback struct {
	ID            int64 `bun:"id"`
	ApplicationID int64
	Name, Address string
	AskedAt       Instant
	WrittenAt     Instant
	DeclinedAt    Instant
	Words         string
}

const feedbackColumns = "SELECT fb.id, fb.application_id, fb.name, fb.address, fb.asked_at, fb.written_at, fb.declined_at, fb.words FROM feedbacks fb"

// feedbackNote is the mail to who is asked for feedback. Its delivery stands under the
// applicant, to whom it is not shown: its link is not for them.
const feedbackNote = "note.feedback"

// feedbackWithin is how long somebody has to write it.
const feedbackWithin = 90 * 24 * time.Hour

// waiting is the condition under which feedback can still be written.
const waiting = `fb.written_at = 0 AND fb.declined_at = 0 AND fb.cancelled_at = 0 AND fb.asked_at > ?
	AND EXISTS (SELECT 1 FROM applications a WHERE a.id = fb.application_id AND (a.state = 0 OR a.state = 2))`

// letterBox is the key of the box that an address leads to: parts behind a plus sign and
// letters that look alike are no other box.
func letterBox(address string) string {
	local, domain, _ := strings.Cut(fold(address), "@")
	local, _, _ = strings.Cut(local, "+")
	return likeLatin.Replace(local + "@" + domain)
}

// AskFeedback names who writes the feedback digest, and has the link mailed to them: never to
// the applicant themself. Who was named before is asked no more.
func (f *Forum) AskFeedback(ctx context.Context, by Actor, name, address string) error {
	return f.write(ctx, "ask feedback", func(w *writer) error {
		a, err := w.filling(by, "feedback")
		if err != nil {
			return err
		}
		var own string
		if err := w.one(&own, "SELECT email FROM members WHERE id = ?", by.Member); err != nil {
			return err
		}
		var p problems
		name, address = p.line("reviewer_name", name, 100), strings.TrimSpace(address)
		switch {
		case !plainAddress(address):
			p.add("reviewer_email", "error.email")
		case letterBox(address) == letterBox(own):
			p.add("reviewer_email", "error.feedback-yourself")
		}
		if err := p.err(); err != nil {
			return err
		}
		if err := w.mayLeaveFeedback(&a); err != nil {
			return err
		}
		if err := w.spend(asksOfMember, "feedback", by.key()); err != nil {
			return err
		}
		if err := w.spend(mailsOfStranger, "stranger", fold(address)); err != nil {
			return err
		}
		n, err := w.changed("UPDATE feedbacks SET cancelled_at = ? WHERE application_id = ? AND cancelled_at = 0 AND written_at > 0", w.now, a.ID)
		if err == nil && n > 0 {
			err = w.step(a.ID, by, "feedback-set-aside", "", false)
		}
		if err := either(err, w.cancelFeedback(a.ID)); err != nil {
			return err
		}
		id := w.id()
		if err := w.exec(`INSERT INTO feedbacks (id, application_id, member_id, name, address, address_key, asked_at)
			VALUES (?0, ?1, coalesce((SELECT m.id FROM members m WHERE m.email_key = ?2), 0), ?3, ?4, ?2, ?5)`, id, a.ID, fold(address), name, address, w.now); err != nil {
			return err
		}
		w.state(MemberTold{Member: by.Member, Note: feedbackNote, Entry: id})
		return either(w.queue(feedbackNote, id, by.Member), w.step(a.ID, by, "feedback-asked", "", false))
	})
}

func (w *writer) cancelFeedback(application int64) error {
	return w.exec("UPDATE feedbacks SET cancelled_at = ? WHERE application_id = ? AND cancelled_at = 0", w.now, application)
}

// CancelFeedback asks the named person no more, or leaves out what they wrote; their link is over.
func (f *Forum) CancelFeedback(ctx context.Context, by Actor) error {
	return f.write(ctx, "cancel feedback", func(w *writer) error {
		a, err := w.filling(by, "feedback")
		if err != nil {
			return err
		}
		if err := w.mayLeaveFeedback(&a); err != nil {
			return err
		}
		return either(w.cancelFeedback(a.ID), w.step(a.ID, by, "feedback-cancelled", "", false))
	})
}

// mayLeaveFeedback refuses to set feedback that came aside, unless a reviewer asks for other: it would be independent no more
// if its applicant could choose.
func (w *writer) mayLeaveFeedback(a *Application) error {
	var came int
	err := w.one(&came, "SELECT count(*) FROM feedbacks WHERE application_id = ? AND cancelled_at = 0 AND written_at > 0", a.ID)
	return either(err, mayLeave(came > 0 && a.State != MoreAsked))
}

// FeedbackPage is what the person who is asked sees.
type FeedbackPage struct {
	Feedback
	Applicant string
}

// FeedbackToken is the secret of the link to one feedback.
func (f *Forum) FeedbackToken(id int64) string { return f.seal("feedback", id) }

// ReadFeedback gives what the link is about, as long as it can be written. The applicant is
// refused: it is not theirs to write.
func (f *Forum) ReadFeedback(ctx context.Context, by Actor, token string) (p FeedbackPage, err error) {
	defer during(&err, "read feedback")
	return f.feedbackOf(ctx, f.store.read, by, token)
}

func (f *Forum) feedbackOf(ctx context.Context, q querier, by Actor, token string) (p FeedbackPage, err error) {
	ids, err := f.unseal("feedback", token, 1)
	if err != nil {
		return p, err
	}
	var row struct {
		FeedbackPage
		MemberID MemberID
	}
	err = one(ctx, q, &row, `SELECT fb.id, fb.application_id, fb.name, fb.address, fb.asked_at, m.name AS applicant, m.id AS member_id
		FROM feedbacks fb JOIN applications ap ON ap.id = fb.application_id JOIN members m ON m.id = ap.member_id WHERE fb.id = ? AND m.standing = ? AND `+waiting,
		ids[0], Active, f.instant().add(-feedbackWithin))
	if KindOf(err) == NotFound {
		err = Refuse(Closed, "error.link-over")
	}
	if err != nil {
		return p, err
	}
	return row.FeedbackPage, mayWriteFeedback(by, row.MemberID)
}

// WriteFeedback keeps what the named person writes, once; or that they decline.
func (f *Forum) WriteFeedback(ctx context.Context, by Actor, token, words string, decline bool) error {
	return f.write(ctx, "write feedback", func(w *writer) error {
		fb, err := f.feedbackOf(w.ctx, w, by, token)
		if err != nil {
			return err
		}
		var p problems
		if !decline {
			if words = p.text("words", words, 20_000); utf8.RuneCountInString(words) < 10 {
				p.add("words", "error.feedback-short")
			}
			if p != nil {
				return p.err()
			}
		}
		act, set := "feedback-came", "written_at"
		if decline {
			act, set, words = "feedback-declined", "declined_at", ""
		}
		n, err := w.changed("UPDATE feedbacks SET "+set+" = ?, words = ?, written_by = ? WHERE id = ? AND written_at = 0 AND declined_at = 0 AND cancelled_at = 0", w.now, words, by.Member, fb.ID)
		if err == nil && n == 0 {
			err = Refuse(Closed, "error.link-over")
		}
		if err != nil {
			return err
		}
		var a Application
		if err := w.one(&a, "SELECT "+applicationFields+" FROM applications a WHERE a.id = ?", fb.ApplicationID); err != nil {
			return err
		}
		return w.advance(Actor{}, &a, act, "")
	})
}
