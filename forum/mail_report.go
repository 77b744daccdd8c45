package forum

import (
	"context"
	"fmt"
	"strings"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/schema"

	"peergroups/forum/markup"
)

// A mail with words that somebody wrote is reported by whom it came to, and looked at by the body's administrators, but
// for whose words they are. Of list mail, news and digests the posts are reported. The case tells which mail it was, when
// it came and to whom; what it said is read where it stands, by those who may read it there. Of what was about something
// behind a mask nobody is told when it came, nor to whom: beside the log of the group that would tell whose it is.

// mailSource is where the words of a kind of mail stand, in pieces of SQL. Its gate is asked for administrators.
type mailSource struct {
	from, id      string // the row that the mail is about
	author, words string
	masked        string // whether it is about something behind a mask
	gate          func(by Actor) schema.QueryWithArgs
}

// mailSources are those of the kinds of mail that carry somebody's words, but of acts.
var mailSources = map[string]mailSource{
	"note.objection-answered": {"objections o JOIN acts a ON a.id = o.act_id", "a.id", "o.answered_by", "o.answer", maskedAct, answersFor},
	"note.erase-decided":      {"erasures e", "e.id", "e.decided_by", "e.answer", "1 = 0", administers},
	"note.visit":              {"openings o", "o.id", "o.asked_by", "o.reason", "1 = 0", visitTold},
	"note.identity":           {"openings o", "o.id", "o.asked_by", "o.reason", "1 = 1", func(by Actor) schema.QueryWithArgs { return moderates(by.Member) }},
	"note.invited":            {"log_entries l JOIN groups lg ON lg.id = l.group_id", "l.id", "l.actor_id", "lg.name", "1 = 0", readsEntry},
	"note.remove":             ofGroupLog,
	"note.ban":                ofGroupLog,
	"note.role-taken":         ofBodyLog,
	"note.role-taken-of":      ofBodyLog,
	"note.factors-taken":      ofBodyLog,
	"note.factors-taken-of":   ofBodyLog,
	circularMail:              {"circulars ci", "ci.id", "ci.written_by", "ci.subject || ': ' || ci.plain", "1 = 0", circularGate},
}

var (
	ofAct      = mailSource{"acts a", "a.id", "a.by_member", "a.words", maskedAct, answersFor}
	ofGroupLog = mailSource{"log_entries l", "l.id", "l.actor_id", "l.reason", "1 = 0", readsEntry}
	ofBodyLog  = mailSource{"log_entries l", "l.id", "l.actor_id", "l.reason", "1 = 0", administers}
	maskedAct  = fmt.Sprintf("(a.masked = 1 OR EXISTS (SELECT 1 FROM posts mp WHERE mp.id = a.post_id AND mp.class = %d) OR EXISTS (SELECT 1 FROM messages mm WHERE mm.id = a.message_id AND mm.class = %d))", ChathamClass, ChathamClass)
)

// mailSourceOf gives the source of a kind of mail; there is none where nobody's words stand in it, or only posts.
func mailSourceOf(kind string) (s mailSource, ok bool) {
	if strings.HasPrefix(kind, "note.act-") {
		return ofAct, kind != "note.act-lifted"
	}
	s, ok = mailSources[kind]
	return s, ok
}

// reportsMail tells whether a mail holds somebody's words and the actor may report it, but that the words may be their own.
func reportsMail(by Actor, d *Delivery) bool {
	_, ok := mailSourceOf(d.Kind)
	return ok && mayReportMail(by, d)
}

func administers(by Actor) schema.QueryWithArgs { return bun.SafeQuery("?", by.Has(Administrator)) }

// readsEntry is the SQL condition under which the actor reads the entry l in the log of its group.
func readsEntry(by Actor) schema.QueryWithArgs {
	return bun.SafeQuery("EXISTS (SELECT 1 FROM memberships lm WHERE lm.group_id = l.group_id AND lm.member_id = ? AND lm.standing = ? AND lm.role >= ?)", by.Member, In, Moderator)
}

// visitTold is the SQL condition under which the actor is told of the visit o: as a member of its group.
func visitTold(by Actor) schema.QueryWithArgs {
	return bun.SafeQuery("EXISTS (SELECT 1 FROM memberships vs WHERE vs.group_id = o.group_id AND vs.member_id = ? AND vs.standing = ? AND ?)", by.Member, In, seat(by, "vs"))
}

// ReportedMailing is which mail a case is about.
type ReportedMailing struct {
	Mailing
	MemberID MemberID // to whom it came; 0: that is not told
	To       string
	QueuedAt Instant // 0: that is not told
}

// ReadReportedMail reads which mail of the actor's own is to be reported, for the form. Another's is Absent.
func (f *Forum) ReadReportedMail(ctx context.Context, by Actor, what Mailing, to MemberID) (d DeliveryRow, err error) {
	defer during(&err, "read reported mail")
	d, r, err := reportableMail(ctx, f.store.read, by, what, to)
	if err == nil {
		err = mayReport(by, r)
	}
	return d, err
}

// reportableMail loads a mail that the actor got, and whose words are in it.
func reportableMail(ctx context.Context, db querier, by Actor, what Mailing, to MemberID) (d DeliveryRow, r reportable, err error) {
	s, ok := mailSourceOf(what.Kind)
	if !ok {
		return d, r, Absent()
	}
	if err = one(ctx, db, &d, deliveryColumns+" WHERE d.kind = ? AND d.ref = ? AND d.member_id = ?", what.Kind, what.Ref, to); err != nil {
		return d, r, err
	}
	if d.MayReport = reportsMail(by, &d.Delivery); !d.MayReport {
		return DeliveryRow{}, r, Absent()
	}
	return d, r, one(ctx, db, &r.About, "SELECT "+s.author+" FROM "+s.from+" WHERE "+s.id+" = ?", what.Ref)
}

// ReportMail puts a mail that the actor got before the body's administrators. Twice is once. Another's, and what holds
// nobody's words or only posts, answers as what does not exist.
func (f *Forum) ReportMail(ctx context.Context, by Actor, what Mailing, to MemberID, d ReportDraft) (id int64, err error) {
	err = f.write(ctx, "report mail", func(w *writer) error {
		mail, r, err := reportableMail(w.ctx, w, by, what, to)
		if err != nil {
			return err
		}
		if err := mayReport(by, r); err != nil {
			return err
		}
		if err := w.exec("INSERT INTO reported_mails (id, kind, ref, member_id, queued_at) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING", w.id(), what.Kind, what.Ref, to, mail.QueuedAt); err != nil {
			return err
		}
		reported := Reported{Kind: ReportedMail}
		if err := w.one(&reported.Ref, "SELECT id FROM reported_mails WHERE kind = ? AND ref = ? AND member_id = ?", what.Kind, what.Ref, to); err != nil {
			return err
		}
		if err := w.lockRow("reported_mails", reported.Ref); err != nil {
			return err
		}
		id, err = w.report(by, reported, r, d)
		return err
	})
	return id, err
}

// shownMail gives which mail a case is about, and of its words what the actor may read where they stand.
func (f *Forum) shownMail(ctx context.Context, by Actor, id int64) (p ReportPage, err error) {
	db := f.store.read
	p.Reported = Reported{Kind: ReportedMail, Ref: id}
	if err = one(ctx, db, &p.Mail, "SELECT rm.kind, rm.ref, rm.member_id, m.name AS \"to\", rm.queued_at FROM reported_mails rm JOIN members m ON m.id = rm.member_id WHERE rm.id = ?", id); err != nil {
		return p, err
	}
	s, ok := mailSourceOf(p.Mail.Kind)
	if !ok { // no kind any more
		return p, nil
	}
	var found []struct {
		Masked, Told bool
		Name, Words  string
	}
	if err = db.scan(ctx, &found, "SELECT "+s.masked+" AS masked, ? AS told, coalesce((SELECT am.name FROM members am WHERE am.id = "+s.author+"), '') AS name, "+s.words+" AS words FROM "+s.from+" WHERE "+s.id+" = ?", s.gate(by), p.Mail.Ref); err != nil {
		return p, err
	}
	if len(found) == 0 || found[0].Masked { // of what is gone nobody knows whether it was
		p.Mail = ReportedMailing{Mailing: Mailing{Kind: p.Mail.Kind}}
	}
	if len(found) == 0 || !found[0].Told {
		return p, nil
	}
	words := found[0].Words
	if strings.HasPrefix(p.Mail.Kind, "note.role-") { // behind the role
		_, words, _ = strings.Cut(words, ": ")
	}
	p.Voice, p.Plain = found[0].Name, markup.Excerpt(words, 1500)
	return p, nil
}
