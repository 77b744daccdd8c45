package forum

import (
	"context"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

// ApplicationState is how far an application for a certificate is (P7).
type ApplicationState int64

// The states. Up to Proposed an application is open; a member has at most one open one.
const (
	Filling  ApplicationState = iota // by the applicant, who alone reads it
	HandedIn                         // fixed; it waits for a reviewer
	MoreAsked
	Proposed // decided by one reviewer; a second has to confirm it
	Approved
	Refused
	Withdrawn
	Dropped // the reviewers let it lapse
)

var applicationNames = [...]string{"filling", "handed-in", "more-asked", "proposed", "approved", "refused", "withdrawn", "dropped"}

func (s ApplicationState) String() string { return applicationNames[s] }

// ApplicationParts are what an application consists of: a page each.
var ApplicationParts = []string{"training", "practice", "you", "conduct", "evidence", "feedback"}

// Application is a member's for a certificate: their first, or to renew it. What was handed in
// is fixed, but for the parts of which more is asked.
type Application struct {
	ID            int64 `bun:"id"`
	MemberID      MemberID
	State         ApplicationState
	ProgrammeID   int64
	Completed     string // when the programme was, YYYY-MM
	Hours         int    // of mediating
	Mediations    int    // cases
	Areas         string
	Languages     string
	Place         string
	Conduct       string // version of the code that was declared; "": none
	DeclaredAt    Instant
	StartedAt     Instant
	HandedInAt    Instant
	OpenParts     string // space between
	ClaimedBy     MemberID
	ClaimedAt     Instant
	Checked       string // parts that the reviewer has checked, space between
	Outcome       ApplicationState
	Reasons       string
	GrantUntil    Instant
	DecidedBy     MemberID
	DecidedAt     Instant
	ClosedAt      Instant
	CertificateID int64
}

const applicationFields = `a.id, a.member_id, a.state, a.programme_id, a.completed, a.hours, a.mediations, a.areas, a.languages, a.place, a.conduct, a.declared_at, a.started_at, a.handed_in_at,
	a.open_parts, a.claimed_by, a.claimed_at, a.checked, a.outcome, a.reasons, a.grant_until, a.decided_by, a.decided_at, a.closed_at, a.certificate_id`

// Open tells whether nothing is decided yet and it was not withdrawn.
func (a *Application) Open() bool { return a.State <= Proposed }

// MayFill tells whether its applicant may change the part now.
func (a *Application) MayFill(part string) bool { return mayFill(a, part) == nil }

// Step is what was done with an application.
type Step struct {
	Act    string // key of the catalogue: "step.ACT"
	Words  string
	Who    string // for reviewers only; else ""
	Inside bool   // for reviewers only
	At     Instant
}

// ApplicationDraft is one part of an application as it was typed. Only that part's fields count.
type ApplicationDraft struct {
	ProgrammeID       int64
	Completed         string
	Hours, Mediations int // -1: what was typed is no number
	Areas             string
	Languages, Place  string
	Conduct           string // the version that was shown, if it was declared
}

var monthForm = regexp.MustCompile(`^(19[5-9][0-9]|20[0-9][0-9])-(0[1-9]|1[0-2])$`)

func (d *ApplicationDraft) check(part string, now Instant, p *problems) {
	switch part {
	case "training":
		if d.Completed = strings.TrimSpace(d.Completed); d.Completed != "" && (!monthForm.MatchString(d.Completed) || d.Completed > now.Time().Format("2006-01")) {
			p.add("completed", "error.month")
		}
	case "practice":
		for field, n := range map[string]int{"hours": d.Hours, "mediations": d.Mediations} {
			if n < 0 || n > 100_000 {
				p.add(field, "error.number-between", "Least", 0, "Most", 100_000)
			}
		}
		d.Areas = p.text("areas", d.Areas, 1000)
	case "you":
		d.Languages = p.text("languages", d.Languages, 200)
		d.Place = p.text("place", d.Place, 200)
	}
}

// renewWithin is how long before its end a certificate can be renewed, in days.
const renewWithin = 120

// Apply begins the actor's application; one that is open goes on. It is filled in from their
// last one, of which all but the declaration is taken over.
func (f *Forum) Apply(ctx context.Context, by Actor) error {
	return f.write(ctx, "apply", func(w *writer) error {
		if by.Member == 0 {
			return Refuse(Forbidden, "error.sign-in-first")
		}
		if err := w.lockRow("members", int64(by.Member)); err != nil {
			return err
		}
		switch _, err := w.openApplication(by); KindOf(err) {
		case NotFound:
		default:
			return err
		}
		var c Certificate
		if err := w.one(&c, certificateColumns+" WHERE c.member_id = ? AND ?", by.Member, standingAt(w.now)); err != nil && KindOf(err) != NotFound {
			return err
		}
		if err := mayRenew(&c, w.now); err != nil {
			return err
		}
		id := w.id()
		if err := w.exec("INSERT INTO applications (id, member_id, started_at) VALUES (?, ?, ?)", id, by.Member, w.now); err != nil {
			return err
		}
		if err := w.exec(`UPDATE applications SET (programme_id, completed, hours, mediations, areas, languages, place) =
			(SELECT b.programme_id, b.completed, b.hours, b.mediations, b.areas, b.languages, b.place FROM applications b WHERE b.member_id = ?0 AND b.id < ?1 ORDER BY b.id DESC LIMIT 1)
			WHERE id = ?1 AND EXISTS (SELECT 1 FROM applications b WHERE b.member_id = ?0 AND b.id < ?1)`, by.Member, id); err != nil {
			return err
		}
		return w.step(id, by, "started", "", false)
	})
}

// openApplication loads the actor's own open application for a change.
func (w *writer) openApplication(by Actor) (a Application, err error) {
	if err = w.one(&a, "SELECT "+applicationFields+" FROM applications a WHERE a.member_id = ? AND a.state <= ?", by.Member, Proposed); err != nil {
		return a, err
	}
	if err = w.lockRow("applications", a.ID); err == nil { // it may have been decided meanwhile
		err = w.one(&a, "SELECT "+applicationFields+" FROM applications a WHERE a.id = ? AND a.state <= ?", a.ID, Proposed)
	}
	return a, err
}

// filling is openApplication where the part may be changed now.
func (w *writer) filling(by Actor, part string) (a Application, err error) {
	if a, err = w.openApplication(by); err == nil {
		err = mayFill(&a, part)
	}
	return a, err
}

func (w *writer) step(application int64, by Actor, act, words string, inside bool) error {
	return w.exec("INSERT INTO application_steps (id, application_id, member_id, act, words, inside, at) VALUES (?, ?, ?, ?, ?, ?, ?)",
		w.id(), application, by.Member, act, words, bit(inside), w.now)
}

// advance writes a step down, logs it, and mails the applicant.
func (w *writer) advance(by Actor, a *Application, act, words string) error {
	if err := w.step(a.ID, by, act, words, false); err != nil {
		return err
	}
	return w.tell(by, a.MemberID, act+"-application", "note.application-"+act, a.ID)
}

// tell logs an act on the object, and mails the member about it.
func (w *writer) tell(by Actor, m MemberID, act, note string, object int64) error {
	entry, err := w.entry(by, act, object, 0, "")
	if err != nil {
		return err
	}
	return w.tellOf(entry, note, m)
}

// SaveApplication keeps one part of the actor's application, also an incomplete one.
func (f *Forum) SaveApplication(ctx context.Context, by Actor, part string, d ApplicationDraft) error {
	return f.write(ctx, "save application", func(w *writer) error {
		a, err := w.filling(by, part)
		if err != nil {
			return err
		}
		var p problems
		if d.check(part, w.now, &p); p != nil {
			return p.err()
		}
		switch part {
		case "training":
			var offered int
			if err := w.one(&offered, "SELECT count(*) FROM programmes WHERE id = ? AND (retired_at = 0 OR id = ?)", d.ProgrammeID, a.ProgrammeID); err != nil {
				return err
			}
			if d.ProgrammeID != 0 && offered == 0 {
				p.add("programme", "error.choose")
				return p.err()
			}
			return w.exec("UPDATE applications SET programme_id = ?, completed = ? WHERE id = ?", d.ProgrammeID, d.Completed, a.ID)
		case "practice":
			return w.exec("UPDATE applications SET hours = ?, mediations = ?, areas = ? WHERE id = ?", d.Hours, d.Mediations, d.Areas, a.ID)
		case "you":
			return w.exec("UPDATE applications SET languages = ?, place = ? WHERE id = ?", d.Languages, d.Place, a.ID)
		case "conduct":
			return w.declare(&a, d.Conduct)
		}
		return Absent()
	})
}

// declare records the code of conduct in the version that was shown; "" takes it back.
func (w *writer) declare(a *Application, version string) error {
	rules, err := readRules(w.ctx, w)
	if err != nil {
		return err
	}
	at := w.now
	switch version {
	case "":
		at = 0
	case a.Conduct:
		at = a.DeclaredAt
	}
	if version != "" && version != rules.ConductVersion() {
		var p problems
		p.add("declared", "error.conduct-changed")
		return p.err()
	}
	return w.exec("UPDATE applications SET conduct = ?, declared_at = ? WHERE id = ?", version, at, a.ID)
}

// missing lists what an application lacks, by part, in the words of error keys.
func (a *Application) missing(r CertificationRules, evidence, feedback int) (p problems) {
	lacks := func(is bool, part, key string) {
		if is {
			p.add(part, key, "Hours", r.Hours, "Count", r.Mediations)
		}
	}
	lacks(a.ProgrammeID == 0 || a.Completed == "", "training", "error.lacks-training")
	lacks(!r.Reaches(a.Hours, a.Mediations), "practice", "error.lacks-practice")
	lacks(r.Reaches(a.Hours, a.Mediations) && a.Areas == "", "practice", "error.lacks-areas")
	lacks(a.Languages == "" || a.Place == "", "you", "error.lacks-you")
	lacks(a.Conduct != r.ConductVersion(), "conduct", "error.lacks-conduct")
	lacks(evidence == 0, "evidence", "error.lacks-evidence")
	lacks(feedback == 0, "feedback", "error.lacks-feedback")
	return p
}

// lacking is missing, asked of the store.
func lacking(ctx context.Context, q querier, a *Application) (problems, error) {
	rules, err := readRules(ctx, q)
	if err != nil {
		return nil, err
	}
	var n struct{ Evidence, Feedback int }
	err = one(ctx, q, &n, `SELECT (SELECT count(*) FROM evidence e WHERE e.application_id = ?0) AS evidence,
		(SELECT count(*) FROM feedbacks fb WHERE fb.application_id = ?0 AND fb.written_at > 0 AND fb.cancelled_at = 0) AS feedback`, a.ID)
	missing := a.missing(rules, n.Evidence, n.Feedback)
	if a.State == MoreAsked { // what was handed in and is not asked anew stays as it was, also under rules that have changed
		missing = slices.DeleteFunc(missing, func(e FieldError) bool { return !a.asked(e.Field) })
	}
	return missing, err
}

// HandIn hands the actor's application in, or what more was asked of them. From then on it is
// fixed. What is missing is told by part.
func (f *Forum) HandIn(ctx context.Context, by Actor) error {
	return f.write(ctx, "hand in", func(w *writer) error {
		a, err := w.openApplication(by)
		if err != nil {
			return err
		}
		if err := mayHandIn(&a); err != nil {
			return err
		}
		p, err := lacking(w.ctx, w, &a)
		if err != nil {
			return err
		}
		if len(p) > 0 {
			return p.err()
		}
		act, since := "handed-in", w.now
		if a.State == MoreAsked {
			act, since = "answered", a.HandedInAt // its place in the queue stays
		}
		if err := w.exec("UPDATE applications SET state = ?, handed_in_at = ?, open_parts = '' WHERE id = ?", HandedIn, since, a.ID); err != nil {
			return err
		}
		return either(w.advance(by, &a, act, ""), w.callReviewers(&a))
	})
}

// callReviewers mails the reviewers that an application waits. Who applies is not among them.
func (w *writer) callReviewers(a *Application) error {
	call := w.id()
	w.state(MemberTold{Member: a.MemberID, Note: "note.application-waits", Entry: call})
	return w.exec(`INSERT INTO deliveries (kind, ref, member_id, queued_at, due_at) SELECT 'note.application-waits', ?, m.id, ?, ? FROM members m
		WHERE m.standing = ? AND m.id <> ? AND EXISTS (SELECT 1 FROM grants h WHERE h.member_id = m.id AND h.role = ?) ON CONFLICT DO NOTHING`, call, w.now, w.now, Active, a.MemberID, Reviewer)
}

// WithdrawApplication takes the actor's application back. A link to write feedback is over with it.
func (f *Forum) WithdrawApplication(ctx context.Context, by Actor) error {
	return f.write(ctx, "withdraw application", func(w *writer) error {
		a, err := w.openApplication(by)
		if err != nil {
			return err
		}
		if err := w.exec("UPDATE applications SET state = ?, closed_at = ?, claimed_by = 0 WHERE id = ?", Withdrawn, w.now, a.ID); err != nil {
			return err
		}
		return w.advance(by, &a, "withdrawn", "")
	})
}

// listOf cleans a list of parts: each once, in their order.
func listOf(all, chosen []string) string {
	var out []string
	for _, part := range all {
		if slices.Contains(chosen, part) {
			out = append(out, part)
		}
	}
	return strings.Join(out, " ")
}

// needed checks a text that must say something.
func (p *problems) needed(field, s string, most int) string {
	if s = p.text(field, s, most); utf8.RuneCountInString(s) < 10 {
		p.add(field, "error.reason-short")
	}
	return s
}
