package forum

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/uptrace/bun"
)

// Period is how long something is kept after it is over (P33). Administrators and privacy officers set it within its bounds. Its words are
// "period.NAME" of the catalogue.
type Period struct {
	Name              string
	Days, Least, Most int
}

// Periods is the register of them. What has none is kept as long as its member, or its author, lets it.
var Periods = []Period{
	{"news", 90, 7, 365},                // what a member was told
	{"writing", 90, 7, 365},             // what somebody began to write
	{"searches", 30, 1, 90},             // what somebody looked for
	{"invitations", 90, 7, 365},         // of addresses
	{"mail", 365, 30, 1095},             // that a mail went, or came
	{"raw", 30, 1, 90},                  // mails as they came
	{"incidents", 1825, 1095, 3650},     // once closed
	{"legal", 1825, 365, 3650},          // once closed
	{"strangers", 14, 1, 60},            // mails of who is no member
	{"minutes", 365, 30, 1095},          // who agreed to them
	{"cases", 365, 90, 1825},            // reports, once closed
	{"notes", 365, 30, 1095},            // moderators' notes about members
	{"evidence", 365, 90, 1825},         // of applications, once closed
	{"questions", 180, 30, 1095},        // to the body, once closed
	{"requests", 1095, 365, 3650},       // about privacy, once closed
	{"certification", 3650, 1825, 7300}, // applications and certificates, once over
	{"decisions", 3650, 1825, 7300},     // of moderators, and objections to them
	{"consents", 3650, 1095, 7300},      // once withdrawn
	{"letters", 3650, 365, 7300},        // messages of the organisation
	{"votes", 3650, 1825, 7300},         // ballots about who may read
	{"access", 3650, 1095, 7300},        // who looked at what, and who was let in
	{"log", 3650, 1825, 7300},
}

// expiry is one rule of what goes when its period is over: the rows t of a table for which since is a time, and so long ago. What hangs on other
// rows stands before them.
type expiry struct {
	Period, Table string
	since         string // SQL; 0: it is not over yet
	set           string // "": the rows are deleted
	and           string // a further condition
}

const (
	caseOver        = "(SELECT c.closed_at FROM cases c WHERE c.id = %s)"
	applicationOver = "(SELECT a.closed_at FROM applications a WHERE a.id = t.application_id)"
	decisionOf      = "(SELECT a.at FROM acts a WHERE a.id = t.act_id)"
	requestOver     = "(SELECT q.closed_at FROM requests q WHERE q.id = t.request_id AND (q.kind = 'question') = %s)"
	unclaimed       = "q.member_id = 0 AND q.confirmed_at = 0 AND q.closed_at = 0" // by an address that nobody ever showed to be theirs
	incidentOver    = "(SELECT i.closed_at FROM incidents i WHERE i.id = %s)"
	handedOver      = "t.state NOT IN (0, 1) AND t.kind <> 'incident'" // a mail that does not wait
)

// expiries are all of them, in the order in which they run: the daily job, its trial and the proof that nothing older is left go by this list alone.
var expiries = []expiry{
	{"news", "notices", "t.made_at", "", ""}, {"news", "room_notices", "t.made_at", "", ""}, {"news", "bells", "t.made_at", "", ""},
	{"writing", "writings", "t.changed_at", "", ""}, {"searches", "searches", "t.used_at", "", "t.kept = 0"}, {"invitations", "invitations", "t.invited_at", "", ""},
	{"mail", "deliveries", "t.queued_at", "", handedOver}, {"mail", "digests", "t.to_at", "", "EXISTS (SELECT 1 FROM digests n WHERE n.member_id = t.member_id AND n.mode = t.mode AND n.id > t.id)"}, {"mail", "bounces", "t.at", "", ""}, {"mail", "received", "t.at", "", ""},
	{"raw", "arrivals", "t.at", "raw = NULL", "t.raw IS NOT NULL"}, {"mail", "arrivals", "t.at", "", ""}, {"strangers", "strangers", "t.at", "", ""},
	{"incidents", "deliveries", fmt.Sprintf(incidentOver, "t.ref"), "", "t.kind = 'incident'"}, {"incidents", "incident_people", fmt.Sprintf(incidentOver, "t.incident_id"), "", ""},
	{"incidents", "incident_notices", fmt.Sprintf(incidentOver, "t.incident_id"), "", ""}, {"incidents", "incidents", "t.closed_at", "", ""},
	{"legal", "legal_requests", "t.closed_at", "", "(t.outcome <> 'comply' OR t.told_at > 0)"},
	{"minutes", "minutes", "t.ended_at", "", ""},
	{"cases", "report_words", fmt.Sprintf(caseOver, "(SELECT r.case_id FROM reports r WHERE r.id = t.report_id)"), "", ""}, {"cases", "reports", fmt.Sprintf(caseOver, "t.case_id"), "", ""},
	{"cases", "case_notes", fmt.Sprintf(caseOver, "t.case_id"), "", ""}, {"cases", "cases", "t.closed_at", "", ""},
	{"cases", "queue_notices", "t.due_at", "", ""}, {"notes", "member_notes", "t.at", "", ""},
	{"evidence", "evidence", applicationOver, "", ""},
	{"questions", "request_words", "(SELECT q.at FROM requests q WHERE q.id = t.request_id AND " + unclaimed + ")", "", ""}, {"questions", "requests", "t.at", "", strings.ReplaceAll(unclaimed, "q.", "t.")},
	{"questions", "request_words", fmt.Sprintf(requestOver, "TRUE"), "", ""}, {"questions", "requests", "t.closed_at", "", "t.kind = 'question'"},
	{"requests", "request_words", fmt.Sprintf(requestOver, "FALSE"), "", ""}, {"requests", "requests", "t.closed_at", "", "t.kind <> 'question'"},
	{"certification", "application_steps", applicationOver, "", ""}, {"certification", "feedbacks", applicationOver, "", ""}, {"certification", "evidence", applicationOver, "", ""}, {"certification", "applications", "t.closed_at", "", ""},
	{"certification", "certificates", "t.ended_at", "", ""},
	{"decisions", "objections", decisionOf, "", "t.answered_at > 0"}, {"decisions", "erasures", "t.decided_at", "", ""},
	{"decisions", "acts", "t.at", "", `(t.lifted_at > 0 OR t.until_at > 0 OR t.kind NOT IN ('suspend', 'hide', 'hide-message')) AND NOT EXISTS (SELECT 1 FROM objections o WHERE o.act_id = t.id) AND NOT EXISTS (SELECT 1 FROM hidden h WHERE h.act_id = t.id)
		AND NOT EXISTS (SELECT 1 FROM hidden_messages h WHERE h.act_id = t.id) AND NOT EXISTS (SELECT 1 FROM room_mutes h WHERE h.act_id = t.id) AND NOT EXISTS (SELECT 1 FROM revisions h WHERE h.act_id = t.id)`},
	{"consents", "consents", "t.withdrawn_at", "", ""}, {"consents", "opt_outs", "t.ended_at", "", ""},
	{"letters", "circulars", "t.sent_at", "", "NOT EXISTS (SELECT 1 FROM deliveries d WHERE d.kind = 'circular' AND d.ref = t.id)"},
	{"votes", "ballot_items", "(SELECT b.closed_at FROM ballots b WHERE b.id = t.ballot_id)", "", ""}, {"votes", "ballots", "t.closed_at", "", ""},
	{"access", "looks", "t.at", "", ""}, {"access", "designations", "CASE WHEN t.ended_at > 0 THEN t.ended_at ELSE t.until_at END", "", ""}, {"access", "openings", "t.ended_at", "", ""},
	{"log", "log_entries", "t.at", "", ""},
}

// ripe is the SQL condition under which a row t falls under the rule at the time.
func (e *expiry) ripe(before Instant) string {
	return fmt.Sprintf("(%[1]s) > 0 AND (%[1]s) < %[2]d AND (%[3]s)", e.since, before, cmp.Or(e.and, "1 = 1"))
}

// ReadPeriods gives the periods as they are set, in days by name.
func (f *Forum) ReadPeriods(ctx context.Context) (map[string]int, error) {
	return periods(ctx, f.store.read)
}

func periods(ctx context.Context, q querier) (days map[string]int, err error) {
	defer during(&err, "read periods")
	days = map[string]int{}
	for _, p := range Periods {
		days[p.Name] = p.Days
	}
	var rows []struct{ Name, Value string }
	err = q.scan(ctx, &rows, "SELECT substr(name, 8) AS name, value FROM settings WHERE name LIKE 'period.%'")
	for _, r := range rows {
		if n, bad := strconv.Atoi(r.Value); bad == nil && days[r.Name] > 0 {
			days[r.Name] = n
		}
	}
	return days, err
}

// SetPeriod sets how many days something is kept, within its bounds: by administrators and privacy officers. What is older goes within the day.
func (f *Forum) SetPeriod(ctx context.Context, by Actor, name string, days int, reason string) error {
	return f.write(ctx, "set period", func(w *writer) error {
		if err := either(mayDesignate(by), w.seasonedWhereAny(by.Member)); err != nil {
			return err
		}
		i := slices.IndexFunc(Periods, func(p Period) bool { return p.Name == name })
		if i < 0 {
			return Absent()
		}
		var p problems
		if bounds := Periods[i]; days < bounds.Least || days > bounds.Most {
			p.add("days", "error.period", "Least", bounds.Least, "Most", bounds.Most)
		}
		reason = p.reason(reason)
		if err := p.err(); err != nil {
			return err
		}
		now, err := periods(w.ctx, w)
		if err != nil || now[name] == days {
			return err
		}
		if err := w.setting("period."+name, strconv.Itoa(days)); err != nil {
			return err
		}
		return w.log(by, "set-period", 0, 0, name+" "+strconv.Itoa(days)+": "+reason)
	})
}

// Expired is what one rule would take, or took.
type Expired struct {
	Period, Table string
	Rows          int
	Oldest        Instant // of what is kept; 0: nothing is older than half of its period
}

// RetentionReport says of each rule how many rows are ripe now, and how old the oldest is that is left (P33): for administrators and privacy officers.
// It changes nothing. A forum whose job runs shows no row older than its period by more than a day.
func (f *Forum) RetentionReport(ctx context.Context, by Actor) (out []Expired, err error) {
	defer during(&err, "retention report")
	if err := mayDesignate(by); err != nil {
		return nil, err
	}
	days, err := periods(ctx, f.store.read)
	if err != nil {
		return nil, err
	}
	for i := range expiries {
		e := &expiries[i]
		if e.Table == "legal_requests" { // they may be about whoever reads this
			continue
		}
		x := Expired{Period: e.Period, Table: e.Table}
		if err = one(ctx, f.store.read, &x, fmt.Sprintf("SELECT count(CASE WHEN %s THEN 1 END) AS rows, coalesce(min(CASE WHEN (%s) > 0 AND (%s) THEN (%s) END), 0) AS oldest FROM %s t",
			e.ripe(f.instant().add(-time.Duration(days[e.Period])*day)), e.since, cmp.Or(e.and, "1 = 1"), e.since, e.Table)); err != nil {
			return nil, err
		}
		if x.Oldest > f.instant().add(-time.Duration(days[e.Period])*day/2) { // that something of today is there could say that two talked
			x.Oldest = 0
		}
		out = append(out, x)
	}
	return out, nil
}

// expiredDay is the setting that names the day on which the rules were last followed.
const expiredDay = "expired.day"

// expire does what the rules say, once a day, each rule in its order, and notes how much went.
func (f *Forum) expire(ctx context.Context) error {
	today := f.now().UTC().Format(time.DateOnly)
	done, err := set(ctx, f.store.read, expiredDay)
	if err != nil || done >= today {
		return err
	}
	days, err := periods(ctx, f.store.read)
	if err != nil {
		return err
	}
	for i := range expiries {
		e := &expiries[i]
		if err := f.write(ctx, "expire "+e.Table, func(w *writer) error { return w.expireBy(e, days[e.Period], today) }); err != nil {
			return err
		}
	}
	if err := f.write(ctx, "expired", func(w *writer) error {
		return either(either(w.exec("DELETE FROM expired WHERE day < ?", w.now.add(-365*day).Time().UTC().Format(time.DateOnly)), w.endUncalled(0, true)),
			w.setting(expiredDay, today))
	}); err != nil {
		return err
	}
	return f.store.scrub(ctx)
}

func (w *writer) expireBy(e *expiry, days int, today string) error {
	n, err := w.expireRows(e, w.now.add(-time.Duration(days)*day))
	if err != nil || n == 0 {
		return err
	}
	w.f.store.owe()
	return w.exec("INSERT INTO expired (day, period, of_table, n) VALUES (?0, ?1, ?2, ?3) ON CONFLICT (day, period, of_table) DO UPDATE SET n = expired.n + ?3", today, e.Period, e.Table, n)
}

func (w *writer) expireRows(e *expiry, before Instant) (int64, error) {
	if e.Table == "log_entries" {
		return w.cutLog(before)
	}
	ripe := bun.Safe(e.ripe(before))
	if e.set != "" {
		return w.changed("UPDATE ? AS t SET "+e.set+" WHERE ?", bun.Ident(e.Table), ripe)
	}
	if e.Table == "evidence" { // its bytes go, too
		was := len(w.gone)
		err := w.takeEvidence("id IN (SELECT t.id FROM evidence t WHERE ?)", ripe)
		return int64(len(w.gone) - was), err
	}
	if e.Table == "requests" {
		if err := w.exec("DELETE FROM deliveries WHERE kind = ? AND NOT EXISTS (SELECT 1 FROM request_words r WHERE r.id = deliveries.ref)", requestMail); err != nil {
			return 0, err
		}
	}
	return w.changed("DELETE FROM ? AS t WHERE ?", bun.Ident(e.Table), ripe)
}

// RetentionWords says how long something is kept: of a row of Data its Retention, with words as the catalogue has them and the periods as they are set.
func RetentionWords(words func(key string, args ...any) string, days map[string]int, retention string) string {
	n := days[strings.TrimPrefix(retention, "period.")]
	if n == 0 {
		return words(retention)
	}
	return words(retention, "Time", PeriodWords(words, n))
}

// PeriodWords says a number of days in words: whole years as such.
func PeriodWords(words func(key string, args ...any) string, n int) string {
	if n%365 == 0 {
		return words("retention.years", "Count", n/365)
	}
	return words("retention.days", "Count", n)
}

// ExpiredOn is what went on a day.
type ExpiredOn struct {
	Day, Period string
	OfTable     string
	N           int
}

// ReadExpired lists what went in the last year, newest first: for administrators and privacy officers.
func (f *Forum) ReadExpired(ctx context.Context, by Actor) (out []ExpiredOn, err error) {
	defer during(&err, "read expired")
	if err := mayDesignate(by); err != nil {
		return nil, err
	}
	err = f.store.read.scan(ctx, &out, "SELECT day, period, of_table, n FROM expired WHERE period <> 'legal' ORDER BY day DESC, period, of_table LIMIT 500")
	return out, err
}

// cutLog takes the beginning of the log, which would be older than its period, away; where it was cut stands in the settings, and in the log itself,
// so that a beginning that somebody else took away shows (ProveLog).
func (w *writer) cutLog(before Instant) (int64, error) {
	if err := w.lockLog(); err != nil {
		return 0, err
	}
	var last struct {
		Seq  int64
		Hash string
	}
	err := w.one(&last, "SELECT seq, hash FROM log_entries WHERE at < ? ORDER BY seq DESC LIMIT 1", before)
	if KindOf(err) == NotFound {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	cut := decimal(last.Seq) + ":" + last.Hash
	if err := either(w.setting(logCutAt, cut), w.log(Actor{}, cutsLog, 0, 0, cut)); err != nil {
		return 0, err
	}
	return w.changed("DELETE FROM log_entries WHERE seq <= ?", last.Seq)
}
