package forum

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"time"

	"peergroups/forum/markup"
)

// A topic can be written now and posted later, at a time. Until then it is a draft of its writer. At the time it is posted as
// if its form were sent, with what the form said of who reads it: if that is not so any more, or they may not post there,
// it stays a draft, and they are told by mail.

// ScheduledTopic is one, for its writer.
type ScheduledTopic struct {
	ID       int64 `bun:"id"`
	MemberID MemberID
	BoardID  BoardID
	Draft    Draft   `bun:"-"`
	PostAt   Instant // 0: it was not posted
	Why      string  // it was not: "readers" (others read there now), "acknowledge", "barred" or "form"; "back": it came back from moderators
	Place    string  // "" where its writer may not know of it any more
	Group    string  // addresses of the place
	Board    string
}

const (
	mostScheduled    = 50
	longestScheduled = 366 * 24 * time.Hour
)

// ScheduleTopic keeps a topic that is posted at a time, "2006-01-02T15:04" by the writer's clock; with id in the place of one
// that they scheduled before.
func (f *Forum) ScheduleTopic(ctx context.Context, by Actor, board BoardID, d Draft, at string) (id int64, err error) {
	cooked, err := f.cook(ctx, &d)
	if err != nil {
		return 0, err
	}
	err = f.write(ctx, "schedule topic", func(w *writer) error {
		var p problems
		post, err := time.ParseInLocation("2006-01-02T15:04", at, by.location())
		if due := At(post); err != nil || due <= w.now || due > w.now.add(longestScheduled) {
			p.add("post_at", "error.poll-until")
		}
		n, err := w.checkTopic(by, board, &d, cooked, &p)
		if err == nil {
			err = w.heldBack(by, n.group, &d)
		}
		if err != nil {
			return err
		}
		if err := w.stillScheduled(by, &d); err != nil {
			return err
		}
		if d.Told == "" {
			d.Told = n.group.Told(n.group.Audience())
		}
		if err := w.exec("DELETE FROM scheduled WHERE id = ? AND member_id = ?", d.Later, by.Member); err != nil {
			return err
		}
		if id, err = w.schedule(by, n.board.ID, &d, At(post)); err != nil {
			return err
		}
		return w.written(by, WritingAt{Board: board}, d.Kept)
	})
	return id, err
}

// schedule keeps a topic for a time; 0: for none, it is a draft. The same key twice is one topic, as it was sent last.
func (w *writer) schedule(by Actor, board BoardID, d *Draft, at Instant) (id int64, err error) {
	if err = w.one(&id, `INSERT INTO scheduled (id, member_id, board_id, title, source, files, tags, poll_options, poll_many, poll_secret, poll_until, told, post_at, changed_at, key, special)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (member_id, key) DO UPDATE SET board_id = excluded.board_id, title = excluded.title, source = excluded.source, files = excluded.files,
			tags = excluded.tags, poll_options = excluded.poll_options, poll_many = excluded.poll_many, poll_secret = excluded.poll_secret, poll_until = excluded.poll_until, told = excluded.told,
			post_at = excluded.post_at, special = excluded.special, why = '', changed_at = excluded.changed_at RETURNING id`, w.id(), by.Member, board, d.Title, d.Source, lined(d.Files), lined(d.Tags),
		d.Poll.Options, bit(d.Poll.Many), bit(d.Poll.Secret), d.Poll.Until, d.Told, at, w.now, d.Key, bit(d.Special)); err != nil {
		return 0, err
	}
	var waiting int
	if err = w.one(&waiting, "SELECT count(*) FROM scheduled WHERE member_id = ?", by.Member); err == nil && waiting > mostScheduled {
		err = Refuse(TooMany, "error.too-many-writings")
	}
	return id, err
}

// lined and unlined put numbers into a line and take them out.
func lined[T ~int64](ids []T) string {
	var b strings.Builder
	for _, id := range ids {
		b.WriteString(" " + decimal(id))
	}
	return b.String() + " "
}

func unlined[T ~int64](line string) (out []T) {
	for word := range strings.FieldsSeq(line) {
		if id, err := strconv.ParseInt(word, 10, 64); err == nil {
			out = append(out, T(id))
		}
	}
	return out
}

type scheduledRow struct {
	ScheduledTopic
	Title, Source, Files, Tags string
	PollOptions, PollUntil     string
	PollMany, PollSecret       bool
	Special                    bool
	Told                       string
	ChangedAt                  Instant
}

func (r *scheduledRow) topic() ScheduledTopic {
	r.Draft = Draft{Title: r.Title, Source: r.Source, Files: unlined[FileID](r.Files), Tags: unlined[TagID](r.Tags), Told: r.Told, Door: OnBoard, Special: r.Special, Later: r.ID, Key: "later:" + decimal(r.ID),
		Poll: PollDraft{Options: r.PollOptions, Many: r.PollMany, Secret: r.PollSecret, Until: r.PollUntil}}
	return r.ScheduledTopic
}

const scheduledColumns = `SELECT x.id, x.member_id, x.board_id, x.title, x.source, x.files, x.tags, x.poll_options, x.poll_many, x.poll_secret, x.poll_until, x.told, x.special, x.post_at, x.changed_at, x.why,
	coalesce(g.name || ' / ' || b.name, '') AS place, coalesce(g.slug, '') AS "group", coalesce(b.slug, '') AS board FROM scheduled x
	LEFT JOIN boards b ON b.id = x.board_id AND EXISTS (SELECT 1 FROM groups bg WHERE bg.id = b.group_id AND ?) LEFT JOIN groups g ON g.id = b.group_id`

// ScheduledTopics lists what the actor has scheduled, and what was not posted at its time: the next first.
func (f *Forum) ScheduledTopics(ctx context.Context, by Actor) (out []ScheduledTopic, err error) {
	defer during(&err, "scheduled topics")
	var rows []scheduledRow
	err = f.store.read.scan(ctx, &rows, scheduledColumns+" WHERE x.member_id = ? ORDER BY x.post_at, x.id LIMIT ?", placeGate(by, "bg"), by.Member, mostScheduled)
	for i := range rows {
		out = append(out, rows[i].topic())
	}
	return out, err
}

// ReadScheduled gives one of them.
func (f *Forum) ReadScheduled(ctx context.Context, by Actor, id int64) (t ScheduledTopic, err error) {
	defer during(&err, "read scheduled")
	var row scheduledRow
	err = one(ctx, f.store.read, &row, scheduledColumns+" WHERE x.member_id = ? AND x.id = ?", placeGate(by, "bg"), by.Member, id)
	return row.topic(), err
}

// DiscardScheduled throws one of them away. Twice is once.
func (f *Forum) DiscardScheduled(ctx context.Context, by Actor, id int64) error {
	return f.write(ctx, "discard scheduled", func(w *writer) error {
		return either(mayKeep(by), w.exec("DELETE FROM scheduled WHERE member_id = ? AND id = ?", by.Member, id))
	})
}

// dueAtOnce is how many topics whose time has come are read at once.
const dueAtOnce = 100

// PostScheduled posts the topics whose time has come, each in its writer's name and by their rights of now. What cannot be
// posted stays with its writer, who is told; what goes wrong with one keeps no other from its turn.
func (f *Forum) PostScheduled(ctx context.Context) (err error) {
	defer during(&err, "post scheduled")
	var failed []error
	due, last, until := make([]scheduledRow, dueAtOnce), scheduledRow{}, f.instant()
	for len(due) == dueAtOnce && ctx.Err() == nil {
		due = nil
		if err = f.store.read.scan(ctx, &due, scheduledColumns+" WHERE x.post_at > 0 AND x.post_at <= ?1 AND (x.post_at > ?2 OR x.post_at = ?2 AND x.id > ?3) ORDER BY x.post_at, x.id LIMIT ?4",
			nowhere, until, last.PostAt, last.ID, dueAtOnce); err != nil {
			break
		}
		for i := range due {
			last = due[i]
			failed = append(failed, f.postDue(ctx, &due[i]))
		}
	}
	return errors.Join(append(failed, err)...)
}

// postDue posts one of them. TooMany: soon.
func (f *Forum) postDue(ctx context.Context, row *scheduledRow) error {
	t := row.topic()
	by, err := f.ActorFor(ctx, t.MemberID)
	if err != nil {
		return err
	}
	t.Draft.due, t.Draft.dueSince = row.PostAt, row.ChangedAt
	_, err = f.StartTopic(ctx, by, t.BoardID, t.Draft)
	switch kind := KindOf(err); {
	case err == nil || Waits(err) || kind == TooMany:
		return nil
	case kind == Internal:
		return err
	}
	return f.unposted(ctx, t, whyUnposted(err))
}

// stillDue answers Absent where a topic whose time had come was thrown away or changed before its turn.
func (w *writer) stillDue(by Actor, d *Draft) error {
	if d.due == 0 {
		return nil
	}
	if err := w.lockRow("scheduled", d.Later); err != nil {
		return err
	}
	var id int64
	return w.one(&id, "SELECT id FROM scheduled WHERE id = ? AND member_id = ? AND post_at = ? AND changed_at = ?", d.Later, by.Member, d.due, d.dueSince)
}

// stillScheduled refuses what was written over a scheduled topic that was posted or thrown away meanwhile, unless it was
// taken already: the same form twice is one topic.
func (w *writer) stillScheduled(by Actor, d *Draft) error {
	if d.Later == 0 {
		return nil
	}
	if err := w.lockRow("scheduled", d.Later); err != nil {
		return err
	}
	var n int
	err := w.one(&n, `SELECT (SELECT count(*) FROM scheduled WHERE member_id = ?0 AND (id = ?1 OR key = ?2)) + (SELECT count(*) FROM waiting WHERE member_id = ?0 AND key = ?2)
		+ (SELECT count(*) FROM drafts WHERE member_id = ?0 AND key = ?2)`, by.Member, d.Later, d.Key)
	if err == nil && n == 0 {
		var p problems
		p.add("source", "error.not-scheduled")
		err = p.err()
	}
	return err
}

// unschedule forgets that a topic was to be posted later: it is posted, or waits for moderators.
func (w *writer) unschedule(by Actor, id int64) error {
	if id == 0 {
		return nil
	}
	return w.exec("DELETE FROM scheduled WHERE id = ? AND member_id = ?", id, by.Member)
}

// whyUnposted is why a topic was not posted at its time.
func whyUnposted(err error) string {
	switch KindOf(err) {
	case Held:
		return "acknowledge"
	case Invalid:
		if HasField(err, "error.readers-changed") {
			return "readers"
		}
		return "form"
	}
	return "barred"
}

// unposted makes a scheduled topic a draft, unless its writer has changed it meanwhile.
func (f *Forum) unposted(ctx context.Context, t ScheduledTopic, why string) error {
	return f.write(ctx, "not posted", func(w *writer) error {
		n, err := w.changed("UPDATE scheduled SET post_at = 0, why = ? WHERE id = ? AND post_at = ?", why, t.ID, t.PostAt)
		if err != nil || n == 0 {
			return err
		}
		w.state(DraftWaits{Member: t.MemberID, Draft: t.ID, Note: "note.unposted"})
		return w.queue("note.unposted", t.ID, t.MemberID)
	})
}

// Beginning gives the topic's first words, about n characters, as plain text.
func (t *ScheduledTopic) Beginning(n int) string {
	return markup.Excerpt(markup.Cook(t.Draft.Source, markup.Options{}).Text, n)
}
