package forum

import (
	"context"
	"strings"
	"time"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/schema"

	"peergroups/forum/markup"
)

// A breach of the protection of data is written down with all that an authority asks for, whom it concerns is picked by query, and they are told in
// their language (P29; GDPR, Articles 33 and 34). Pages show by which
// queries, and how many only once the notices have gone: else two queries would tell who is in a group that is hidden.

// Incident is one of them.
type Incident struct {
	ID          int64 `bun:"id"`
	Title       string
	Words       string // what happened, and to which data
	Effects     string // what may come of it
	Measures    string // what is done about it
	FoundAt     Instant
	OpenedAt    Instant
	Version     int64
	AuthorityAt Instant
	Authority   string
	Untold      bool // the authority is not told, for the reason in Authority
	SentAt      Instant
	ClosedAt    Instant
	Opener      string
	Picked      int              // once the notices have gone
	Picks       string           // the queries, one on a line
	Notices     []IncidentNotice `bun:"-"`
	States      map[DeliveryState]int
}

// DueAt is when the authority has to be told: 72 hours after the breach was found.
func (i *Incident) DueAt() Instant { return i.FoundAt.add(authorityWithin) }

// Late tells whether the clock has ended, and nothing is written down about the authority.
func (i *Incident) Late(now Instant) bool {
	return i.AuthorityAt == 0 && !i.Untold && i.DueAt() < now
}

// IncidentNotice is what whom it concerns are told, in a language.
type IncidentNotice struct {
	Language, Subject, Words string
}

const (
	authorityWithin = 72 * time.Hour
	incidentMail    = "incident"
	incidentSoon    = "note.incident-soon"
	incidentLate    = "note.incident-late"
	incidentFields  = `SELECT i.id, i.title, i.words, i.effects, i.measures, i.found_at, i.opened_at, i.version, i.authority_at, i.authority, i.untold <> 0 AS untold, i.sent_at, i.closed_at,
		i.picks, coalesce((SELECT m.name FROM members m WHERE m.id = i.opened_by), '') AS opener, CASE WHEN i.sent_at > 0 THEN (SELECT count(*) FROM incident_people p WHERE p.incident_id = i.id) ELSE 0 END AS picked FROM incidents i `
)

// IncidentDraft is what is written down. Found is when it was found.
type IncidentDraft struct {
	Title, Words, Effects, Measures, Key string
	Found                                Instant
	Version                              int64 // that was changed; 0: a new one
}

func (d *IncidentDraft) check(p *problems, now Instant) {
	d.Title = p.line("title", d.Title, 150)
	d.Words = p.needed("words", d.Words, 10_000)
	d.Effects, d.Measures = p.text("effects", d.Effects, 10_000), p.text("measures", d.Measures, 10_000)
	if d.Found <= 0 || d.Found > now {
		p.add("found", "error.incident-found")
	}
}

// OpenIncident writes a breach down: the clock runs from when it was found. The same key again is the same incident.
func (f *Forum) OpenIncident(ctx context.Context, by Actor, d IncidentDraft) (id int64, err error) {
	err = f.write(ctx, "open incident", func(w *writer) error {
		var p problems
		if err := mayDesignate(by); err != nil {
			return err
		}
		if d.check(&p, w.now); p != nil {
			return p.err()
		}
		id = w.id()
		n, err := w.changed("INSERT INTO incidents (id, title, words, effects, measures, found_at, opened_by, opened_at, key) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
			id, d.Title, d.Words, d.Effects, d.Measures, d.Found, by.Member, w.now, d.Key)
		if err == nil && n == 0 {
			return w.one(&id, "SELECT id FROM incidents WHERE key = ?", d.Key)
		}
		return either(err, w.log(by, "open-incident", id, 0, d.Title))
	})
	return id, err
}

// incident loads one for who may work on it, while it is open.
func (w *writer) incident(by Actor, id int64) (i Incident, err error) {
	if err = either(mayDesignate(by), w.lockRow("incidents", id)); err != nil {
		return i, err
	}
	if err = w.one(&i, incidentFields+"WHERE i.id = ?", id); err == nil && i.ClosedAt != 0 {
		err = Refuse(Closed, "error.incident-closed")
	}
	return i, err
}

// ChangeIncident sets what is known of it by now. What was said before stands in the log by its number alone.
func (f *Forum) ChangeIncident(ctx context.Context, by Actor, id int64, d IncidentDraft) error {
	return f.write(ctx, "change incident", func(w *writer) error {
		i, err := w.incident(by, id)
		if err != nil {
			return err
		}
		var p problems
		d.check(&p, w.now)
		if d.Title == i.Title && d.Words == i.Words && d.Effects == i.Effects && d.Measures == i.Measures && d.Found == i.FoundAt && p == nil {
			return nil
		}
		if d.Version != i.Version {
			p.add("words", "error.changed-elsewhere")
		}
		if err := p.err(); err != nil {
			return err
		}
		return either(w.exec("UPDATE incidents SET title = ?, words = ?, effects = ?, measures = ?, found_at = ?, version = version + 1 WHERE id = ?", d.Title, d.Words, d.Effects, d.Measures, d.Found, id),
			w.log(by, "change-incident", id, 0, d.Title+"; found at "+d.Found.Time().UTC().Format(time.RFC3339)+", before "+i.FoundAt.Time().UTC().Format(time.RFC3339)))
	})
}

// PickDraft says whom an incident concerns. Kind: "all" (who has an account), "certified", "group" (who is in it today; Group is its address), "names"
// (user names or addresses, one on a line), "seen" (who was logged in between From and Until), "mailed" (to whom mail went in that time).
type PickDraft struct {
	Kind, Group, Names string
	From, Until        Instant
}

// Picks are the kinds.
var Picks = []string{"all", "certified", "group", "names", "seen", "mailed"}

// PickConcerned adds those whom a query finds to whom the incident concerns. How many they are, and whether they were picked before, it does not tell.
// TooMany: names are looked up as in registers.
func (f *Forum) PickConcerned(ctx context.Context, by Actor, id int64, d PickDraft) error {
	if d.Kind == "names" {
		if err := f.spend(ctx, looksOfMember, "look", by.key()); err != nil {
			return err
		}
	}
	return f.write(ctx, "pick concerned", func(w *writer) error {
		i, err := w.incident(by, id)
		if err != nil {
			return err
		}
		if i.SentAt != 0 {
			return Refuse(Closed, "error.incident-sent")
		}
		which, err := w.concerned(by, d)
		if err != nil {
			return err
		}
		if err := w.exec("INSERT INTO incident_people (incident_id, member_id, picked_at) SELECT ?, m.id, ? FROM members m WHERE m.standing IN (?, ?) AND ? ON CONFLICT DO NOTHING", id, w.now, Active, Suspended, which); err != nil {
			return err
		}
		return either(w.exec("UPDATE incidents SET picks = picks || ? WHERE id = ?", d.rule()+"\n", id), w.log(by, "pick-concerned", id, 0, d.rule()))
	})
}

// rule says a query in one line: its kind, and what it was asked with.
func (d *PickDraft) rule() string {
	switch d.Kind {
	case "group":
		return d.Kind + " " + markup.Line(d.Group)
	case "names":
		return d.Kind + " " + strings.Join(strings.Fields(d.Names), " ")
	case "seen", "mailed":
		return d.Kind + " " + d.From.Time().UTC().Format("2006-01-02T15:04") + " " + d.Until.Time().UTC().Format("2006-01-02T15:04")
	}
	return d.Kind
}

// concerned is the SQL condition under which the query finds the member m.
func (w *writer) concerned(by Actor, d PickDraft) (which schema.QueryWithArgs, err error) {
	var p problems
	if (d.Kind == "seen" || d.Kind == "mailed") && (d.From <= 0 || d.Until <= d.From) {
		p.add("from", "error.incident-span")
	}
	switch d.Kind {
	case "all":
		which = bun.SafeQuery("1 = 1")
	case "certified":
		which = certifiedAt("m", w.now)
	case "seen":
		which = bun.SafeQuery("EXISTS (SELECT 1 FROM sessions x WHERE x.member_id = m.id AND x.seen_at >= ? AND x.created_at < ?)", d.From, d.Until)
	case "mailed":
		which = bun.SafeQuery("EXISTS (SELECT 1 FROM deliveries x WHERE x.member_id = m.id AND x.sent_at >= ? AND x.sent_at < ?)", d.From, d.Until)
	case "group":
		var g GroupID
		if err := w.one(&g, "SELECT g.id FROM groups g WHERE g.slug = ? AND g.talk = 0 AND ?", strings.TrimSpace(d.Group), knownGate(by, "g")); KindOf(err) == NotFound {
			p.add("group", "error.no-such-group")
		} else if err != nil {
			return which, err
		}
		which = bun.SafeQuery("EXISTS (SELECT 1 FROM memberships s WHERE s.group_id = ? AND s.member_id = m.id AND s.standing = ?)", g, In)
	case "names":
		which, err = w.namedMembers(d.Names, &p)
	default:
		p.add("kind", "error.empty.kind")
	}
	return which, either(err, p.err())
}

// namedMembers finds members by user names and addresses, of which each has to be somebody's.
func (w *writer) namedMembers(list string, p *problems) (which schema.QueryWithArgs, err error) {
	ids := []MemberID{0}
	for line := range strings.Lines(list) {
		if line = markup.Line(line); line == "" {
			continue
		}
		id, err := w.memberNamed(line)
		if KindOf(err) == NotFound {
			p.add("names", "error.no-such-member-named", "Name", line)
			break
		}
		if err != nil {
			return which, err
		}
		ids = append(ids, id)
	}
	if len(ids) == 1 && *p == nil {
		p.add("names", "error.empty.names")
	}
	return bun.SafeQuery("m.id IN (?)", bun.List(ids)), nil
}

// UnpickConcerned begins the picking anew.
func (f *Forum) UnpickConcerned(ctx context.Context, by Actor, id int64) error {
	return f.write(ctx, "unpick concerned", func(w *writer) error {
		i, err := w.incident(by, id)
		if err == nil && i.SentAt != 0 {
			err = Refuse(Closed, "error.incident-sent")
		}
		return either(err, either(either(w.exec("DELETE FROM incident_people WHERE incident_id = ?", id), w.exec("UPDATE incidents SET picks = '' WHERE id = ?", id)), w.log(by, "unpick-concerned", id, 0, "")))
	})
}

// WriteIncidentNotice sets what they are told in a language; empty words take that language back.
func (f *Forum) WriteIncidentNotice(ctx context.Context, by Actor, id int64, n IncidentNotice) error {
	return f.write(ctx, "write incident notice", func(w *writer) error {
		i, err := w.incident(by, id)
		if err == nil && i.SentAt != 0 {
			err = Refuse(Closed, "error.incident-sent")
		}
		if err != nil {
			return err
		}
		if n.Language = strings.ToLower(strings.TrimSpace(n.Language)); strings.TrimSpace(n.Words) == "" && strings.TrimSpace(n.Subject) == "" {
			return w.exec("DELETE FROM incident_notices WHERE incident_id = ? AND language = ?", id, n.Language)
		}
		var p problems
		if !languageForm.MatchString(n.Language) {
			p.add("language", "error.choose")
		}
		n.Subject, n.Words = p.line("subject", n.Subject, 150), p.needed("notice", n.Words, 10_000)
		if err := p.err(); err != nil {
			return err
		}
		return w.exec(`INSERT INTO incident_notices (incident_id, language, subject, words, changed_by, changed_at) VALUES (?, ?, ?, ?, ?, ?)
			ON CONFLICT (incident_id, language) DO UPDATE SET subject = excluded.subject, words = excluded.words, changed_by = excluded.changed_by, changed_at = excluded.changed_at`, id, n.Language, n.Subject, n.Words, by.Member, w.now)
	})
}

// SendIncident mails the notices to all who are picked, whatever mails they do not want. It is done once.
func (f *Forum) SendIncident(ctx context.Context, by Actor, id int64) error {
	return f.write(ctx, "send incident", func(w *writer) error {
		i, err := w.incident(by, id)
		if err = either(err, w.seasonedWhereAny(by.Member)); err != nil {
			return err
		}
		if i.SentAt != 0 {
			return Refuse(Conflict, "error.incident-sent")
		}
		var n struct{ Notices, People int }
		if err := w.one(&n, "SELECT (SELECT count(*) FROM incident_notices WHERE incident_id = ?0) AS notices, (SELECT count(*) FROM incident_people WHERE incident_id = ?0) AS people", id); err != nil {
			return err
		}
		var p problems
		if n.Notices == 0 {
			p.add("notice", "error.empty.notice")
		}
		if n.People == 0 {
			p.add("kind", "error.incident-nobody")
		}
		if err := p.err(); err != nil {
			return err
		}
		w.state(CircularQueued{Mailing{incidentMail, id}})
		return either(either(w.exec("UPDATE incidents SET sent_at = ?, sent_by = ? WHERE id = ?", w.now, by.Member, id),
			w.exec("INSERT INTO deliveries (kind, ref, member_id, queued_at, due_at) SELECT ?, p.incident_id, p.member_id, ?, ? FROM incident_people p WHERE p.incident_id = ? ON CONFLICT DO NOTHING", incidentMail, w.now, w.now, id)),
			w.log(by, "send-incident", id, 0, decimal(int64(n.People))))
	})
}

// TellAuthority writes down that the authority was told, under which number; or, untold, why it is not.
func (f *Forum) TellAuthority(ctx context.Context, by Actor, id int64, words string, untold bool) error {
	return f.write(ctx, "tell authority", func(w *writer) error {
		i, err := w.incident(by, id)
		if err != nil {
			return err
		}
		var p problems
		if words = p.text("authority", words, 1000); words == "" {
			p.add("authority", "error.incident-number")
		}
		if err := p.err(); err != nil {
			return err
		}
		if i.AuthorityAt != 0 && untold {
			return Refuse(Conflict, "error.incident-told")
		}
		told := w.now
		if untold {
			told = 0
		}
		return either(w.exec("UPDATE incidents SET authority_at = ?, authority = ?, untold = ? WHERE id = ?", told, words, bit(untold), id), w.log(by, "tell-authority", id, 0, words))
	})
}

// CloseIncident ends the work on it. Twice is once.
func (f *Forum) CloseIncident(ctx context.Context, by Actor, id int64) error {
	return f.write(ctx, "close incident", func(w *writer) error {
		i, err := w.incident(by, id)
		if KindOf(err) == Closed {
			return nil
		}
		if err != nil {
			return err
		}
		if i.AuthorityAt == 0 && !i.Untold {
			return Refuse(Conflict, "error.incident-authority")
		}
		return either(w.exec("UPDATE incidents SET closed_at = ? WHERE id = ?", w.now, id), w.log(by, "close-incident", id, 0, ""))
	})
}
