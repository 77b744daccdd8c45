package forum

import (
	"context"

	"github.com/uptrace/bun"

	"peergroups/forum/markup"
)

// A message of a talk is reported to the body's administrators, who read nothing there: who reports it picks what they are handed,
// the message itself and what was said around it. Those words are copied and stay with the report; nothing else of the talk does.

// mostPicked is how many messages one report hands over besides the one that it is about, of as many before and after it.
const mostPicked = 40

// HandedOver is a message that was handed over with a report, or can be.
type HandedOver struct {
	MessageID int64
	Author    string
	Words     string
	SaidAt    Instant
}

// TalkReport is what a report of a message of a talk can hand over besides it: what the actor reads before and after it.
type TalkReport struct{ Around []HandedOver }

// ofTalk tells whether what is reported was said in a talk, and puts it before the body.
func ofTalk(ctx context.Context, db querier, r *reportable) error {
	var n int
	err := one(ctx, db, &n, "SELECT count(*) FROM groups WHERE id = ? AND talk > 0", r.GroupID)
	if r.OfTalk = n > 0; r.OfTalk {
		r.GroupID = 0
	}
	return err
}

// ofTalk tells whether the case is about a message of a talk: those of rooms are before the moderators of a group.
func (c *Case) ofTalk() bool { return c.Kind == ReportedMessage && c.GroupID == 0 }

// around gives what the actor reads in a room around a message, in its order.
func (f *Forum) around(ctx context.Context, by Actor, id int64) (out []HandedOver, err error) {
	const of = "SELECT c.id AS message_id, m.name AS author, c.plain AS words, c.posted_at AS said_at, c.seq FROM messages c JOIN members m ON m.id = c.author_id JOIN messages at ON at.id = ?0 AND c.room_id = at.room_id WHERE c.erased_at = 0 AND ?1 AND "
	err = f.store.read.scan(ctx, &out, "SELECT x.message_id, x.author, x.words, x.said_at FROM (SELECT * FROM ("+of+"c.seq < at.seq ORDER BY c.seq DESC LIMIT ?2) b UNION ALL SELECT * FROM ("+of+"c.seq > at.seq ORDER BY c.seq LIMIT ?2) a) x ORDER BY x.seq",
		id, messageGate(by), mostPicked/2)
	for i := range out {
		out[i].Words = markup.Excerpt(out[i].Words, 300)
	}
	return out, err
}

// handOver copies the reported message, and those picked of the same talk that the reporter reads, to their report.
func (w *writer) handOver(by Actor, report int64, what Reported, picked []int64) error {
	return w.exec(`INSERT INTO report_words (report_id, message_id, author_id, words, said_at) SELECT ?0, c.id, c.author_id, c.plain, c.posted_at FROM messages c
		WHERE c.room_id = (SELECT o.room_id FROM messages o WHERE o.id = ?1) AND c.id IN (?2) AND c.erased_at = 0 AND ?3`, report, what.Ref, bun.List(append([]int64{what.Ref}, picked...)), messageGate(by))
}

// seenBy shows what a case is about to one who looks at it; of a talk what was handed over. seen: whether they may see it.
func (f *Forum) seenBy(ctx context.Context, by Actor, p *CasePage) (seen bool, err error) {
	if !p.ofTalk() {
		if _, err = reportableTo(ctx, f.store.read, by, p.Reported); KindOf(err) == NotFound {
			return false, nil
		}
		if err == nil {
			p.What, _, err = f.shownReported(ctx, by, p.Reported)
		}
		return err == nil, err
	}
	p.What.Reported, p.What.Talk = p.Reported, &TalkReport{}
	if err = f.store.read.scan(ctx, &p.Handed, `SELECT DISTINCT x.message_id, m.name AS author, x.words, x.said_at FROM report_words x JOIN reports r ON r.id = x.report_id JOIN members m ON m.id = x.author_id
		WHERE r.case_id = ? ORDER BY x.said_at, x.message_id, x.words`, p.ID); err != nil {
		return false, err
	}
	for _, h := range p.Handed {
		if h.MessageID == p.Ref {
			p.What.Voice, p.What.Plain = h.Author, h.Words
		}
	}
	return true, nil
}
