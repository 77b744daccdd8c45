package forum

import (
	"context"
	"time"

	"github.com/uptrace/bun"
)

// CircularRow is a circular with the names that belong to it.
type CircularRow struct {
	Circular
	GroupName, GroupSlug string // of ToGroup
	Writer, Sender       string
	Sending              bool // some mails are not handed over yet
}

const circularRows = "SELECT " + circularFields + `, coalesce(g.name, '') AS group_name, coalesce(g.slug, '') AS group_slug, mw.name AS writer, coalesce(ms.name, '') AS sender,
	EXISTS (SELECT 1 FROM deliveries d WHERE d.kind = 'circular' AND d.ref = ci.id AND d.state IN (0, 1)) AS sending
	FROM circulars ci JOIN members mw ON mw.id = ci.written_by LEFT JOIN members ms ON ms.id = ci.sent_by LEFT JOIN groups g ON g.id = ci.group_id AND ci.circle = 4`

// ReadCirculars lists circulars for an administrator, drafts first: none to a group of which they
// may not know.
func (f *Forum) ReadCirculars(ctx context.Context, by Actor) (out []CircularRow, err error) {
	if err := mayAdminister(by); err != nil {
		return nil, err
	}
	defer during(&err, "read circulars")
	err = f.store.read.scan(ctx, &out, circularRows+" WHERE ? ORDER BY CASE WHEN ci.sent_at = 0 THEN 0 ELSE 1 END, ci.sent_at DESC, ci.id DESC LIMIT 200", circularGate(by))
	for i := range out {
		if out[i].Circle == ToGroup {
			out[i].People = -1 // who may see it does so on its own page
		}
	}
	return out, err
}

// CircularPage is what administrators see of one circular. In none of it is who got the mail.
type CircularPage struct {
	CircularRow // People: of its circle today, or when it was sent; -1: the actor does not see how many are in the group
	CircularReport
}

// CircularReport says how far a circular is, in numbers.
type CircularReport struct {
	Told                   bool // the numbers below are set
	Sent, Waiting, Unsure  int
	Kept                   int  // to be read here: there is no relay
	Missed                 int  // did not get it: Failed, Declined and Left together
	Few                    bool // so few that why is not said
	Failed, Declined, Left int
}

// fewMissed is the number below which it is not said why people did not get a
// circular: it could be seen who does not want it.
const fewMissed = 5

// ReadCircular reads a circular for an administrator, with the report of a sent one.
func (f *Forum) ReadCircular(ctx context.Context, by Actor, id int64) (p CircularPage, err error) {
	if err := mayAdminister(by); err != nil {
		return p, err
	}
	defer during(&err, "read circular")
	if err = one(ctx, f.store.read, &p.CircularRow, circularRows+" WHERE ci.id = ? AND ?", id, circularGate(by)); err != nil {
		return p, err
	}
	if p.SentAt == 0 {
		if err = one(ctx, f.store.read, &p.People, "SELECT count(*) FROM circulars ci JOIN members m ON ? WHERE ci.id = ?", inCircle(f.instant()), id); err != nil {
			return p, err
		}
	}
	if p.Circle == ToGroup { // how many are in it is told as on the group's own page
		g, err := f.FindGroup(ctx, by, p.GroupSlug)
		if err != nil {
			return p, err
		}
		if !g.Readable || !maySeeRoster(by, standing{In: g.Group.In, Role: g.Role}, &g.Group.Group) {
			p.People = -1
			return p, nil
		}
	}
	if p.SentAt != 0 {
		p.CircularReport, err = f.reportOn(ctx, &p.Circular)
	}
	return p, err
}

func (f *Forum) reportOn(ctx context.Context, c *Circular) (r CircularReport, err error) {
	var rows []struct {
		State DeliveryState
		N     int
	}
	if err = f.store.read.scan(ctx, &rows, "SELECT state, count(*) AS n FROM deliveries WHERE kind = ? AND ref = ? GROUP BY state", circularMail, c.ID); err != nil {
		return r, err
	}
	n := map[DeliveryState]int{}
	for _, row := range rows {
		n[row.State] = row.N
	}
	r = CircularReport{Told: len(rows) > 0, Sent: n[Sent], Kept: n[Kept], Waiting: n[Waiting] + n[Handing], Unsure: n[Unsure], Failed: n[Failed] + n[Paused], Declined: n[Declined], Left: n[Withheld]}
	r.Missed = r.Failed + r.Declined + r.Left
	if r.Missed < fewMissed {
		r.Few, r.Failed, r.Declined, r.Left = r.Missed > 0, 0, 0, 0
	}
	return r, nil
}

// AddressableGroups lists the groups to whose members an administrator may write.
func (f *Forum) AddressableGroups(ctx context.Context, by Actor) (out []Group, err error) {
	if err := mayAdminister(by); err != nil {
		return nil, err
	}
	defer during(&err, "addressable groups")
	err = f.store.read.scan(ctx, &out, groupColumns+" WHERE ? ORDER BY g.name, g.id LIMIT 500", addressable(by, "g"))
	return out, err
}

// sentTo is the SQL condition under which the circular ci was sent to the member m: they can
// read it here from then on. One that waits, or of which nobody knows whether it left, while they still belong to those it is for.
const sentTo = `ci.sent_at > 0 AND EXISTS (SELECT 1 FROM deliveries d WHERE d.kind = 'circular' AND d.ref = ci.id AND d.member_id = m.id AND (d.state IN (?0) OR d.state IN (?1) AND ?2 AND NOT ?3))`

const ownCirculars = "SELECT " + circularFields + `, CASE WHEN ?4 THEN g.name ELSE '' END AS group_name FROM circulars ci JOIN members m ON m.id = ?5 LEFT JOIN groups g ON g.id = ci.group_id AND ci.circle = 4 WHERE ` + sentTo

func (f *Forum) ownCirculars(by Actor) []any {
	return []any{bun.List([]DeliveryState{Sent, Kept, Failed}), bun.List([]DeliveryState{Waiting, Handing, Unsure, Paused}), inCircle(f.instant()), optedOut("m.id"), addressable(by, "g"), by.Member}
}

// ReadOwnCirculars lists the circulars that were sent to the actor, newest first: those before
// the given time; 0: from the newest.
func (f *Forum) ReadOwnCirculars(ctx context.Context, by Actor, before Instant, limit int) (out []CircularRow, err error) {
	defer during(&err, "read own circulars")
	if before == 0 {
		before = f.instant().add(time.Hour)
	}
	err = f.store.read.scan(ctx, &out, ownCirculars+" AND ci.sent_at < ?6 ORDER BY ci.sent_at DESC, ci.id DESC LIMIT ?7", append(f.ownCirculars(by), before, limit)...)
	return out, err
}

// ReadOwnCircular reads one that was sent to the actor.
func (f *Forum) ReadOwnCircular(ctx context.Context, by Actor, id int64) (c CircularRow, err error) {
	defer during(&err, "read own circular")
	err = one(ctx, f.store.read, &c, ownCirculars+" AND ci.id = ?6", append(f.ownCirculars(by), id)...)
	return c, err
}

// MailedCircular gives what the mails of a mailing say, with the group's name for its members: to
// the composer, whose recipients went through the gate of addressees.
func (f *Forum) MailedCircular(ctx context.Context, what Mailing) (c CircularRow, err error) {
	defer during(&err, "mailed circular")
	if what.Kind == circularTry {
		err = one(ctx, f.store.read, &c, circularRows+" JOIN log_entries l ON l.object_id = ci.id AND l.act = 'try-circular' WHERE l.id = ?", what.Ref)
	} else {
		err = one(ctx, f.store.read, &c, circularRows+" WHERE ci.id = ? AND ci.sent_at > 0", what.Ref)
	}
	return c, err
}
