package forum

import (
	"context"
	"slices"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/schema"
)

// A report is a member's notice about a post, a message, a member or a mail. All about the same thing are one case,
// which those look at who moderate its group, and of members, mails and talks the body's administrators. Neither holds a word
// of what it is about: it names it, and each who looks reads that through the gate. Who reported is told to nobody.
// Of a talk nobody who looks reads anything: its words are handed over by who reports it (report_talk.go).

// ReportKind says what is reported.
type ReportKind int64

// The kinds.
const (
	ReportedPost ReportKind = iota
	ReportedMessage
	ReportedMember
	ReportedMail // one that came to who reports it: Ref is of reported_mails
)

func (k ReportKind) table() string { return [...]string{"posts", "messages", "members"}[k] }

// Reported names what is reported.
type Reported struct {
	Kind ReportKind
	Ref  int64
}

// spoken is the same as something that somebody wrote or said; not for members and mails.
func (r Reported) spoken() Spoken { return Spoken{RefKind: SpokenKind(r.Kind), Ref: r.Ref} }

// Reasons are those of which a report, and an act of moderators, names one.
var Reasons = []string{"confidentiality", "unkind", "off-topic", "spam", "law", "other"}

// Tidied is the reason for a change of words or of a title that reproaches nobody with anything.
const Tidied = "tidied"

// ReportDraft is what the form of a report says.
type ReportDraft struct {
	Reason string  // one of Reasons
	Words  string  // needed where the reason is "other"
	Picked []int64 // of a talk: the other messages that are handed over
}

func (d *ReportDraft) check(p *problems) {
	if !slices.Contains(Reasons, d.Reason) {
		p.add("reason", "error.choose")
	}
	d.Words = p.text("words", d.Words, 1000)
	if d.Reason == "other" && d.Words == "" {
		p.add("words", "error.empty.words")
	}
}

// reportable is what is known of something that is to be reported.
type reportable struct {
	About    MemberID // whose it is
	GroupID  GroupID  // 0: the body's
	ErasedAt Instant
	OfTalk   bool // said in a talk: nobody of the staff reads there
}

// reportableTo loads what the actor may read; of the rest it is Absent.
func reportableTo(ctx context.Context, db querier, by Actor, what Reported) (r reportable, err error) {
	if what.Kind == ReportedMember {
		err = one(ctx, db, &r.About, "SELECT m.id FROM members m WHERE m.id = ? AND m.standing = ?", what.Ref, Active)
		return r, err
	}
	if what.Kind == ReportedMail { // which it is knows who looks at its case
		return r, one(ctx, db, &what.Ref, "SELECT id FROM reported_mails WHERE id = ?", what.Ref)
	}
	m, err := spokenBefore(ctx, db, by, what.spoken())
	if r = (reportable{About: m.AuthorID, GroupID: m.GroupID, ErasedAt: m.ErasedAt}); err != nil {
		return r, err
	}
	return r, ofTalk(ctx, db, &r)
}

// Report puts before the moderators of its group, or the body's administrators, what the actor reads there. Twice
// is once. What they may not read answers as what does not exist.
func (f *Forum) Report(ctx context.Context, by Actor, what Reported, d ReportDraft) (id int64, err error) {
	if what.Kind < ReportedPost || what.Kind > ReportedMember {
		return 0, Absent()
	}
	err = f.write(ctx, "report", func(w *writer) error {
		if err := w.lockRow(what.Kind.table(), what.Ref); err != nil { // two report it at once
			return err
		}
		r, err := reportableTo(w.ctx, w, by, what)
		if err != nil {
			return err
		}
		if err := mayReport(by, r); err != nil {
			return err
		}
		id, err = w.report(by, what, r, d)
		return err
	})
	return id, err
}

func (w *writer) report(by Actor, what Reported, r reportable, d ReportDraft) (id int64, err error) {
	if id, err = w.reported(by, what); err != nil || id != 0 {
		return id, err
	}
	var p problems
	if d.check(&p); len(d.Picked) > mostPicked {
		p.add("picked", "error.too-many-picked", "Most", mostPicked)
	}
	if p != nil {
		return 0, p.err()
	}
	if err := w.spend(reportsOfMember, "report", by.key()); err != nil {
		return 0, err
	}
	c, err := w.caseOf(what, r)
	if err != nil {
		return 0, err
	}
	id = w.id()
	if err := w.exec("INSERT INTO reports (id, case_id, member_id, reason, words, at) VALUES (?, ?, ?, ?, ?, ?)", id, c, by.Member, d.Reason, d.Words, w.now); err != nil || !r.OfTalk {
		return id, err
	}
	return id, w.handOver(by, id, what, d.Picked)
}

// reported finds the actor's own report of it that is open; 0: none.
func (w *writer) reported(by Actor, what Reported) (id int64, err error) {
	err = w.one(&id, "SELECT r.id FROM reports r JOIN cases c ON c.id = r.case_id WHERE c.kind = ? AND c.ref = ? AND c.closed_at = 0 AND r.member_id = ?", what.Kind, what.Ref, by.Member)
	if KindOf(err) == NotFound {
		err = nil
	}
	return id, err
}

// caseOf gives the open case of what is reported, or opens one, of which those who look at it are told.
func (w *writer) caseOf(what Reported, r reportable) (id int64, err error) {
	if err = w.one(&id, "SELECT id FROM cases WHERE kind = ? AND ref = ? AND closed_at = 0", what.Kind, what.Ref); err == nil || KindOf(err) != NotFound {
		return id, err
	}
	id = w.id()
	if err = w.exec(`INSERT INTO cases (id, kind, ref, group_id, about, opened_at, circle, masked) VALUES (?, ?, ?, ?, ?, ?,
		coalesce((SELECT cr.id FROM messages cm JOIN rooms cr ON cr.id = cm.room_id AND cr.circle = 1 WHERE ? AND cm.id = ?), 0),
		CASE WHEN EXISTS (SELECT 1 FROM posts np WHERE ? AND np.id = ? AND np.class = ?) OR EXISTS (SELECT 1 FROM messages nm WHERE ? AND nm.id = ? AND nm.class = ?) THEN 1 ELSE 0 END)`, id, what.Kind, what.Ref, r.GroupID, r.About, w.now, what.Kind == ReportedMessage, what.Ref,
		what.Kind == ReportedPost, what.Ref, ChathamClass, what.Kind == ReportedMessage, what.Ref, ChathamClass); err != nil {
		return 0, err
	}
	var alone bool
	if err := w.one(&alone, "SELECT ? FROM cases c WHERE c.id = ?", unattended(w.now), id); err != nil {
		return 0, err
	}
	if r.GroupID == 0 || alone {
		note := "note.report-of-member"
		switch {
		case alone:
			note = "note.report-unattended"
		case what.Kind == ReportedMail:
			note = "note.report-of-mail"
		}
		return id, w.noteModeration(note, id, bun.SafeQuery("m.id <> ? AND EXISTS (SELECT 1 FROM grants h WHERE h.member_id = m.id AND h.role = ?)", r.About, Administrator))
	}
	return id, w.tellQueue(r.GroupID, r.About)
}

// moderatorOf is the SQL condition under which a member m moderates the group now.
func moderatorOf(g GroupID) schema.QueryWithArgs {
	return bun.SafeQuery("EXISTS (SELECT 1 FROM memberships sm WHERE sm.group_id = ? AND sm.member_id = m.id AND sm.standing = ? AND sm.role >= ?)", g, In, Moderator)
}

// noteModeration mails the members m of a condition about a case, a report or an act.
func (w *writer) noteModeration(note string, ref int64, whom schema.QueryWithArgs) error {
	w.state(ModerationNoted{Ref: ref, Note: note})
	return w.exec("INSERT INTO deliveries (kind, ref, member_id, queued_at, due_at) SELECT ?, ?, m.id, ?, ? FROM members m WHERE m.standing = ? AND ? ON CONFLICT DO NOTHING",
		note, ref, w.now, w.now, Active, whom)
}

// ReportPage is what somebody sees before they report it: what they read there anyhow.
type ReportPage struct {
	Reported
	Voice  string // who wrote it, or their mask, or the member
	Mail   ReportedMailing
	Veiled bool
	Plain  string
	Talk   *TalkReport // nil: it was not said in a talk
}

// ReadReported reads what is to be reported, for the form.
func (f *Forum) ReadReported(ctx context.Context, by Actor, what Reported) (p ReportPage, err error) {
	defer during(&err, "read reported")
	if what.Kind < ReportedPost || what.Kind > ReportedMember {
		return p, Absent()
	}
	r, err := reportableTo(ctx, f.store.read, by, what)
	if err != nil {
		return p, err
	}
	if err = mayReport(by, r); err != nil {
		return p, err
	}
	if p, _, err = f.shownReported(ctx, by, what); err != nil || !r.OfTalk {
		return p, err
	}
	around, err := f.around(ctx, by, what.Ref)
	p.Talk = &TalkReport{around}
	return p, err
}

// OwnReport is a report for who made it.
type OwnReport struct {
	ID       int64 `bun:"id"`
	Kind     ReportKind
	Ref      int64
	Reason   string
	Words    string
	At       Instant
	ClosedAt Instant // 0: nobody has answered yet
	Acted    bool
	Answer   string
	Mail     string // of a mail: its kind, and
	MailRef  int64
}

const ownReports = `SELECT r.id, coalesce(rm.kind, '') AS mail, coalesce(rm.ref, 0) AS mail_ref, c.kind, c.ref, r.reason, r.words, r.at, c.closed_at, c.outcome NOT IN ('', 'nothing') AS acted, c.answer
	FROM reports r JOIN cases c ON c.id = r.case_id LEFT JOIN reported_mails rm ON rm.id = c.ref AND c.kind = 3 WHERE r.member_id = ?`

// ReadOwnReports lists the actor's own reports, newest first.
func (f *Forum) ReadOwnReports(ctx context.Context, by Actor) (out []OwnReport, err error) {
	defer during(&err, "read own reports")
	err = f.store.read.scan(ctx, &out, ownReports+" ORDER BY r.id DESC LIMIT 200", by.Member)
	return out, err
}

// ReadOwnReport reads one of the actor's own, for the mail that tells its outcome.
func (f *Forum) ReadOwnReport(ctx context.Context, by Actor, id int64) (r OwnReport, err error) {
	defer during(&err, "read own report")
	err = one(ctx, f.store.read, &r, ownReports+" AND r.id = ?", by.Member, id)
	return r, err
}

// forgetReportedMails deletes which mails were reported, once their case is gone.
func (w *writer) forgetReportedMails() error {
	return w.exec("DELETE FROM reported_mails WHERE NOT EXISTS (SELECT 1 FROM cases c WHERE c.kind = ? AND c.ref = reported_mails.id)", ReportedMail)
}
