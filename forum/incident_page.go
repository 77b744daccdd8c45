package forum

import (
	"context"
	"encoding/hex"
	"regexp"

	"github.com/uptrace/bun"
)

var languageForm = regexp.MustCompile(`^[a-z]{2,3}$`)

// ReadIncidents lists them, the open ones first and the newest first: for administrators and privacy officers.
func (f *Forum) ReadIncidents(ctx context.Context, by Actor) (out []Incident, err error) {
	defer during(&err, "read incidents")
	if err = mayDesignate(by); err != nil {
		return nil, err
	}
	err = f.store.read.scan(ctx, &out, incidentFields+"ORDER BY CASE WHEN i.closed_at = 0 THEN 0 ELSE 1 END, i.found_at DESC, i.id DESC LIMIT 200")
	return out, err
}

// ReadIncident gives one with its notices, and how far their mails are: the proof that they went.
func (f *Forum) ReadIncident(ctx context.Context, by Actor, id int64) (i Incident, err error) {
	defer during(&err, "read incident")
	if err = mayDesignate(by); err != nil {
		return i, err
	}
	q := f.store.read
	if err = one(ctx, q, &i, incidentFields+"WHERE i.id = ?", id); err != nil {
		return i, err
	}
	if err = q.scan(ctx, &i.Notices, "SELECT language, subject, words FROM incident_notices WHERE incident_id = ? ORDER BY language", id); err != nil {
		return i, err
	}
	var rows []struct {
		State DeliveryState
		N     int
	}
	err = q.scan(ctx, &rows, "SELECT state, count(*) AS n FROM deliveries WHERE kind = ? AND ref = ? GROUP BY state ORDER BY state", incidentMail, id)
	i.States = map[DeliveryState]int{}
	for _, r := range rows {
		i.States[r.State] = r.N
	}
	return i, err
}

// IncidentDelivery is one line of the proof that the notices went: no name stands in it.
type IncidentDelivery struct {
	MemberID MemberID
	Mark     string // a keyed mark of the member: the same in each proof, and of no use to find them
	State    DeliveryState
	SentAt   Instant
	Trouble  string
}

// IncidentProof gives the mails of an incident after those of a member, by their numbers: for administrators and privacy officers. That they took it
// is logged with the first part.
func (f *Forum) IncidentProof(ctx context.Context, by Actor, id int64, after MemberID) (out []IncidentDelivery, err error) {
	defer during(&err, "incident proof")
	if err = mayDesignate(by); err != nil {
		return nil, err
	}
	if after == 0 {
		if err = f.write(ctx, "log proof", func(w *writer) error { return w.logDaily(by, "take-incident-proof", id) }); err != nil {
			return nil, err
		}
	}
	err = f.store.read.scan(ctx, &out, "SELECT member_id, state, sent_at, trouble FROM deliveries WHERE kind = ? AND ref = ? AND member_id > ? ORDER BY member_id LIMIT 1000", incidentMail, id, after)
	for i := range out {
		out[i].Mark = hex.EncodeToString(f.mac("incident proof", packed(int64(out[i].MemberID), id)))
	}
	return out, err
}

// ReadIncidentMail gives what a member is told of an incident: in their language, or in the first that there is. NotFound where it does not concern them.
func (f *Forum) ReadIncidentMail(ctx context.Context, id int64, m MemberID, language string) (n IncidentNotice, err error) {
	defer during(&err, "read incident mail")
	err = one(ctx, f.store.read, &n, `SELECT n.language, n.subject, n.words FROM incident_notices n JOIN incidents i ON i.id = n.incident_id JOIN incident_people p ON p.incident_id = i.id AND p.member_id = ?
		WHERE i.id = ? AND i.sent_at > 0 ORDER BY CASE n.language WHEN ? THEN 0 WHEN 'en' THEN 1 ELSE 2 END, n.language LIMIT 1`, m, id, language)
	return n, err
}

// RemindIncidents tells administrators and privacy officers a day before a clock ends, and when it has, each once.
func (f *Forum) RemindIncidents(ctx context.Context) error {
	return f.write(ctx, "remind of incidents", func(w *writer) error {
		for _, stage := range []struct {
			note string
			mark int
			by   Instant
		}{{incidentLate, 2, w.now.add(-authorityWithin)}, {incidentSoon, 1, w.now.add(day - authorityWithin)}} {
			var due []int64
			if err := w.scan(w.ctx, &due, "UPDATE incidents SET reminded = ?0 WHERE closed_at = 0 AND authority_at = 0 AND untold = 0 AND reminded < ?0 AND found_at <= ?1 RETURNING id", stage.mark, stage.by); err != nil {
				return err
			}
			for _, id := range due {
				if err := w.noteModeration(stage.note, id, bun.SafeQuery("EXISTS (SELECT 1 FROM grants h WHERE h.member_id = m.id AND h.role IN (?, ?))", Administrator, PrivacyOfficer)); err != nil {
					return err
				}
			}
		}
		return nil
	})
}
