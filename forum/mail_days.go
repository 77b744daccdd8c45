package forum

import (
	"context"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/schema"
)

// What became of mail, day by day: numbers alone, of the ledger and of what came back. That a mail was opened is not
// known to anybody.

// MailDay is what became of mail on a day, which is one of UTC. A number can be FewerThan: it is not told.
type MailDay struct {
	At         Instant // noon
	Sent       int     // mails that the relay took
	Failed     int     // that it refused, or that were given up
	Bounced    int     // that came back
	Complaints int
	Paused     int // members to whom mail was paused on the day
}

// mailDays is how many days are shown, today's among them.
const mailDays = 30

// ReadMailDays gives administrators the numbers of all mail but that about talks, newest day first, and to how many members mail is
// paused now.
func (f *Forum) ReadMailDays(ctx context.Context, by Actor) (days []MailDay, paused int, err error) {
	defer during(&err, "read mail days")
	if err = mayAdminister(by); err != nil {
		return nil, 0, err
	}
	if days, err = f.mailDays(ctx, bun.SafeQuery("x.kind <> ?", talkNote), false); err != nil {
		return nil, 0, err
	}
	err = one(ctx, f.store.read, &paused, "SELECT count(*) FROM mail_pauses WHERE paused_at > 0")
	return days, paused, err
}

// ReadGroupMail gives the owners of a group the numbers of its list mail, as far as they may read what it held. A number
// that comes from fewer than five members is not told, none among them: it would tell who has left a letter box, or who
// reads by mail.
func (f *Forum) ReadGroupMail(ctx context.Context, by Actor, id GroupID) (days []MailDay, err error) {
	defer during(&err, "read group mail")
	_, s, _, err := groupSeen(ctx, f.store.read, by, id)
	if err == nil {
		err = mayOwn(by, s)
	}
	if err != nil {
		return nil, err
	}
	return f.mailDays(ctx, bun.SafeQuery(`x.kind = 'post' AND x.ref IN (SELECT p.id FROM posts p JOIN topics t ON t.id = p.topic_id JOIN boards b ON b.id = t.board_id
		WHERE b.group_id = ? AND p.posted_at >= ? AND ? AND ?)`, id, f.firstMailDay().add(-giveUpAfter-bounceWithin), itemGate(by, "p"), itemGate(by, "t")), true)
}

func (f *Forum) firstMailDay() Instant {
	return f.instant()/dayMicros*dayMicros - (mailDays-1)*dayMicros
}

// mailDays counts by day what of the ledger, and of what came back, is x of the condition. Of a mail that came back while
// it was handed over it is told that it failed.
func (f *Forum) mailDays(ctx context.Context, of schema.QueryWithArgs, hidden bool) ([]MailDay, error) {
	var rows []struct {
		Day       int64
		What      string
		N, People int
	}
	first := f.firstMailDay()
	err := f.store.read.scan(ctx, &rows, `SELECT y.at / ?0 AS day, y.what, count(*) AS n, count(DISTINCT y.member_id) AS people FROM (
		SELECT x.sent_at AS at, 'sent' AS what, x.member_id FROM deliveries x WHERE x.state = ?1 AND x.sent_at >= ?3 AND ?4
		UNION ALL SELECT x.handed_at, 'failed', x.member_id FROM deliveries x WHERE x.state = ?2 AND x.handed_at >= ?3 AND ?4
		UNION ALL SELECT x.at, CASE WHEN x.complaint = 1 THEN 'complaint' ELSE 'bounced' END, x.member_id FROM bounces x WHERE x.at >= ?3 AND ?4
			AND NOT EXISTS (SELECT 1 FROM deliveries d WHERE d.kind = x.kind AND d.ref = x.ref AND d.member_id = x.member_id AND d.state = ?2)
		UNION ALL SELECT x.at, 'paused', x.member_id FROM bounces x WHERE x.paused = 1 AND x.at >= ?3 AND ?4) y GROUP BY 1, 2`,
		int64(dayMicros), Sent, Failed, first, of)
	if err != nil {
		return nil, err
	}
	type cell struct {
		day  int64
		what string
	}
	told := map[cell]int{}
	for _, r := range rows {
		if !hidden || r.People >= few {
			told[cell{r.Day, r.What}] = r.N
		}
	}
	out := make([]MailDay, mailDays)
	for i := range out {
		at := first + Instant(mailDays-1-i)*dayMicros
		n := func(what string) int {
			n, is := told[cell{int64(at / dayMicros), what}]
			if hidden && !is {
				return FewerThan
			}
			return n
		}
		out[i] = MailDay{At: at + dayMicros/2, Sent: n("sent"), Failed: n("failed"), Bounced: n("bounced"), Complaints: n("complaint"), Paused: n("paused")}
	}
	return out, nil
}
