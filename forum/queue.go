package forum

import (
	"context"
	"slices"
	"time"

	"github.com/uptrace/bun"
)

// Mail about what waits for moderators says how much it is and where, and holds no word of it. It is counted as it is
// sent, by the gates of each page.

const (
	noticesApart = 15 * time.Minute // two notices about the same group
	summaryHour  = 8                // by the clock of the moderator
)

// Summaries are how often a moderator hears by mail of what waits.
var Summaries = []string{"daily", "weekly", "never"}

// QueueMail is what mail about queues a moderator wants.
type QueueMail struct {
	Notices bool   // of something new, one in fifteen minutes at most from each group
	Summary string // one of Summaries: at eight in the morning, if something waits
}

// ReadQueueMail reads what the actor wants.
func (f *Forum) ReadQueueMail(ctx context.Context, by Actor) (q QueueMail, err error) {
	defer during(&err, "read queue mail")
	err = one(ctx, f.store.read, &q, "SELECT notices, summary FROM queue_mail WHERE member_id = ?", by.Member)
	if KindOf(err) == NotFound {
		q, err = QueueMail{Notices: true, Summary: Summaries[0]}, nil
	}
	return q, err
}

// SetQueueMail sets what mail about queues the actor wants.
func (f *Forum) SetQueueMail(ctx context.Context, by Actor, q QueueMail) error {
	return f.write(ctx, "set queue mail", func(w *writer) error {
		if err := mayKeep(by); err != nil {
			return err
		}
		var p problems
		if !slices.Contains(Summaries, q.Summary) {
			p.add("summary", "error.choose")
			return p.err()
		}
		return w.exec("INSERT INTO queue_mail (member_id, notices, summary) VALUES (?, ?, ?) ON CONFLICT (member_id) DO UPDATE SET notices = excluded.notices, summary = excluded.summary", by.Member, bit(q.Notices), q.Summary)
	})
}

// tellQueue tells the moderators of a group that something new waits, but not the member whom it is about. What comes
// within a quarter of an hour after a notice is in the next.
func (w *writer) tellQueue(g GroupID, about MemberID) error {
	if err := w.lockRow("groups", int64(g)); err != nil { // two come at once
		return err
	}
	var last Instant
	if err := w.one(&last, "SELECT coalesce(max(due_at), 0) FROM queue_notices WHERE group_id = ?", g); err != nil || last > w.now {
		return err
	}
	id, due := w.id(), max(w.now, last.add(noticesApart))
	if err := w.exec("INSERT INTO queue_notices (id, group_id, due_at) VALUES (?, ?, ?)", id, g, due); err != nil {
		return err
	}
	w.state(ModerationNoted{Ref: id, Note: "note.queue"})
	return w.exec(`INSERT INTO deliveries (kind, ref, member_id, queued_at, due_at) SELECT 'note.queue', ?, m.id, ?, ? FROM members m WHERE m.standing = ? AND m.id <> ? AND ?
		AND NOT EXISTS (SELECT 1 FROM queue_mail q WHERE q.member_id = m.id AND q.notices = 0) ON CONFLICT DO NOTHING`, id, w.now, due, Active, about, moderatorOf(g))
}

// QueueCount is how much waits for the actor in a group that they moderate; GroupID 0: of the body, for administrators.
type QueueCount struct {
	GroupID                         GroupID
	GroupName, GroupSlug            string
	Held, Cases, Asking, Objections int
}

// Sum is how much it is together.
func (q *QueueCount) Sum() int { return q.Held + q.Cases + q.Asking + q.Objections }

// CountQueues counts what waits for the actor, by group (0: in all that they moderate, and of the body); where nothing
// waits is left out.
func (f *Forum) CountQueues(ctx context.Context, by Actor, id GroupID) (out []QueueCount, err error) {
	defer during(&err, "count queues")
	now := f.instant()
	if err = f.store.read.scan(ctx, &out, `SELECT g.id AS group_id, g.name AS group_name, g.slug AS group_slug,
		(SELECT count(*) FROM waiting h WHERE h.group_id = g.id AND ?) + (SELECT count(*) FROM strangers st WHERE st.group_id = g.id) AS held,
		(SELECT count(*) FROM cases c WHERE c.group_id = g.id AND c.closed_at = 0 AND ?) AS cases,
		(SELECT count(*) FROM objections o JOIN acts a ON a.id = o.act_id WHERE a.group_id = g.id AND o.answered_at = 0 AND ?) AS objections,
		(SELECT count(*) FROM memberships s JOIN members sm ON sm.id = s.member_id AND sm.standing = ? WHERE s.group_id = g.id AND s.standing = ?) AS asking
		FROM groups g JOIN memberships mm ON mm.group_id = g.id AND mm.member_id = ? AND mm.standing = ? AND mm.role >= ? WHERE ? = 0 OR g.id = ? ORDER BY g.name, g.id`,
		vetGate(by, "h"), caseGate(by), objectionGate(by, now), Active, Asking, by.Member, In, Moderator, id, id); err != nil {
		return nil, err
	}
	if id == 0 && by.Has(Administrator) {
		var body QueueCount
		if err = one(ctx, f.store.read, &body, `SELECT (SELECT count(*) FROM cases c WHERE (c.group_id = 0 OR c.circle > 0 AND NOT EXISTS (SELECT 1 FROM memberships cm WHERE cm.group_id = c.group_id AND cm.member_id = ? AND cm.standing = ? AND cm.role >= ?)) AND c.closed_at = 0 AND ?) AS cases,
			(SELECT count(*) FROM objections o JOIN acts a ON a.id = o.act_id WHERE a.group_id = 0 AND o.answered_at = 0 AND ?) AS objections`, by.Member, In, Moderator, caseGate(by), objectionGate(by, now)); err != nil {
			return nil, err
		}
		out = append(out, body)
	}
	return slices.DeleteFunc(out, func(q QueueCount) bool { return q.Sum() == 0 }), nil
}

// ReadQueueNotice gives what a notice says now: NotFound where nothing waits for the actor there any more.
func (f *Forum) ReadQueueNotice(ctx context.Context, by Actor, id int64) (q QueueCount, err error) {
	defer during(&err, "read queue notice")
	var g GroupID
	if err = one(ctx, f.store.read, &g, "SELECT group_id FROM queue_notices WHERE id = ?", id); err != nil {
		return q, err
	}
	all, err := f.CountQueues(ctx, by, g)
	if err == nil && len(all) == 0 {
		err = Absent()
	}
	if err != nil {
		return q, err
	}
	return all[0], nil
}

// RemindQueues sends each moderator a summary of what waits, from eight in their morning on, or on Mondays, if something
// does; and reminds those who answer objections once of each that is overdue.
func (f *Forum) RemindQueues(ctx context.Context) error {
	var due []MemberID
	var all []struct {
		ID            MemberID `bun:"id"`
		Zone          string
		Summary, Last string
	}
	if err := f.store.read.scan(ctx, &all, `SELECT m.id, m.zone, coalesce(q.summary, ?) AS summary, coalesce(q.day, '') AS last FROM members m LEFT JOIN queue_mail q ON q.member_id = m.id
		WHERE m.standing = ? AND coalesce(q.summary, '') <> 'never' AND m.id IN (SELECT s.member_id FROM memberships s WHERE s.standing = ? AND s.role >= ?
			UNION SELECT h.member_id FROM grants h WHERE h.role = ?) ORDER BY m.id`, Summaries[0], Active, In, Moderator, Administrator); err != nil {
		return err
	}
	days := map[MemberID]string{}
	for _, m := range all {
		mode := Daily
		if m.Summary == "weekly" {
			mode = Weekly
		}
		if day, at := dueAt(f.now(), m.Zone, mode, DigestChoice{DigestHour: summaryHour, DigestDays: everyDay}); day != m.Last && at <= f.instant() {
			due, days[m.ID] = append(due, m.ID), day
		}
	}
	for _, m := range due {
		if err := f.summarise(ctx, m, days[m]); err != nil {
			return err
		}
	}
	return f.write(ctx, "remind of objections", (*writer).remindOfObjections)
}

// summarise queues the summary of a period, once, if something waits for the member.
func (f *Forum) summarise(ctx context.Context, m MemberID, day string) error {
	by, err := f.ActorFor(ctx, m)
	if err != nil {
		return err
	}
	waits, err := f.CountQueues(ctx, by, 0)
	if err != nil {
		return err
	}
	return f.write(ctx, "summarise queue", func(w *writer) error {
		n, err := w.changed(`INSERT INTO queue_mail (member_id, notices, summary, day) VALUES (?, 1, ?, ?) ON CONFLICT (member_id) DO UPDATE SET day = excluded.day WHERE queue_mail.day <> excluded.day`, m, Summaries[0], day)
		if err != nil || n == 0 || len(waits) == 0 {
			return err
		}
		id := w.id()
		w.state(ModerationNoted{Ref: id, Note: "note.queue-summary"})
		return w.queue("note.queue-summary", id, m)
	})
}

func (w *writer) remindOfObjections() error {
	var late []struct {
		ActID             int64
		MemberID, GroupID int64
	}
	if err := w.scan(w.ctx, &late, `UPDATE objections SET reminded = 1 WHERE reminded = 0 AND answered_at = 0 AND until_at <= ? RETURNING act_id, member_id,
		(SELECT a.group_id FROM acts a WHERE a.id = objections.act_id) AS group_id`, w.now); err != nil {
		return err
	}
	for _, o := range late {
		whom := bun.SafeQuery("EXISTS (SELECT 1 FROM grants h WHERE h.member_id = m.id AND h.role = ?)", Administrator)
		if o.GroupID != 0 {
			whom = moderatorOf(GroupID(o.GroupID))
		}
		if err := w.noteModeration("note.objection-late", o.ActID, bun.SafeQuery("m.id <> ? AND ?", o.MemberID, whom)); err != nil {
			return err
		}
	}
	return nil
}
