package forum

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/schema"
)

// Certificate says that the body certified a member, from and until when. Its days of grace
// over, or while it is suspended, every door is closed to them (certifiedAt).
type Certificate struct {
	ID           int64 `bun:"id"`
	MemberID     MemberID
	Number       string
	FromAt       Instant
	UntilAt      Instant // what stands on it
	OpenUntilAt  Instant // UntilAt with the days of grace
	SuspendedAt  Instant
	SuspendedWhy string
	Listed       string // fields of the public page, space between; "": there is none
	Holder       string // what they were called when it was granted or renewed
	HolderTitle  string
}

const certificateColumns = "SELECT c.id, c.member_id, c.number, c.from_at, c.until_at, c.open_until_at, c.suspended_at, c.suspended_why, c.listed, c.holder, c.holder_title FROM certificates c"

// Runs tells whether it opens doors at the time.
func (c *Certificate) Runs(now Instant) bool {
	return c.ID != 0 && c.SuspendedAt == 0 && now < c.OpenUntilAt
}

// standingAt is the condition under which a certificate is not over, be it suspended.
func standingAt(now Instant) schema.QueryWithArgs {
	return bun.SafeQuery("c.revoked_at = 0 AND c.from_at <= ?0 AND c.open_until_at > ?0", now)
}

// Certify enters a certificate that the body gave without the forum: for members who are taken
// over from its list (Adopt). By a reviewer, never of themself, and not where two have to
// decide. No page leads here: whoever applies is decided about by DecideApplication.
func (f *Forum) Certify(ctx context.Context, by Actor, whom MemberID, until Instant) (number string, err error) {
	err = f.write(ctx, "certify", func(w *writer) error {
		if err := mayCertify(by, whom); err != nil {
			return err
		}
		if until <= w.now {
			var p problems
			p.add("until", "error.in-the-past")
			return p.err()
		}
		rules, err := readRules(w.ctx, w)
		if err != nil {
			return err
		}
		if rules.Second {
			return Refuse(Forbidden, "error.two-certify")
		}
		target, err := loadActor(w.ctx, w, whom, w.now)
		if err != nil {
			return err
		}
		if target.Member == 0 {
			return Absent()
		}
		if err := w.lockRow("members", int64(whom)); err != nil {
			return err
		}
		c, err := w.standingCertificate(whom)
		if err != nil {
			return err
		}
		if c.ID != 0 {
			return Refuse(Conflict, "error.already-certified")
		}
		c, err = w.grant(by, whom, until)
		number = c.Number
		return err
	})
	return number, err
}

// standingCertificate loads a member's certificate that is not over; ID 0: there is none.
func (w *writer) standingCertificate(m MemberID) (c Certificate, err error) {
	err = w.one(&c, certificateColumns+" WHERE c.member_id = ? AND ?", m, standingAt(w.now))
	if KindOf(err) == NotFound {
		err = nil
	}
	return c, err
}

// grant gives a member a certificate, or renews the one they have: it keeps its number.
func (w *writer) grant(by Actor, whom MemberID, until Instant) (c Certificate, err error) {
	rules, err := readRules(w.ctx, w)
	if err != nil {
		return c, err
	}
	if c, err = w.standingCertificate(whom); err != nil {
		return c, err
	}
	open := until.add(time.Duration(rules.GraceDays) * 24 * time.Hour)
	if c.ID != 0 {
		if c.SuspendedAt != 0 {
			return c, Refuse(Closed, "error.certificate-suspended")
		}
		if err := either(w.exec("UPDATE certificates SET until_at = ?, open_until_at = ?, reminded = ?, decided_by = ?, decided_at = ? WHERE id = ?", until, open, notReminded, by.Member, w.now, c.ID),
			w.nameCertificate(c.ID)); err != nil {
			return c, err
		}
		return c, w.tell(by, whom, "renew", "note.certificate-renewed", int64(whom))
	}
	c.ID = w.id()
	c.Number = fmt.Sprintf("M-%d-%06d", w.now.Time().Year(), c.ID%1_000_000)
	if err := w.exec(`INSERT INTO certificates (id, member_id, number, from_at, until_at, open_until_at, decided_by, decided_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
		c.ID, whom, c.Number, w.now, until, open, by.Member, w.now); err != nil {
		return c, err
	}
	if err := w.nameCertificate(c.ID); err != nil {
		return c, err
	}
	if err := w.letBack(whom); err != nil {
		return c, err
	}
	w.state(MemberCertified{Member: whom, Certificate: c.ID})
	if err := w.queue("note.certified", c.ID, whom); err != nil {
		return c, err
	}
	return c, w.log(by, "certify", int64(whom), 0, "")
}

// nameCertificate writes on a certificate what its holder is called today: what was decided about.
func (w *writer) nameCertificate(id int64) error {
	return w.exec(`UPDATE certificates SET holder = (SELECT m.name FROM members m WHERE m.id = certificates.member_id),
		holder_title = (SELECT m.title FROM members m WHERE m.id = certificates.member_id) WHERE id = ?`, id)
}

// letBack opens the groups joined by certificate again.
func (w *writer) letBack(m MemberID) error {
	return w.exec("UPDATE memberships SET standing = ? WHERE member_id = ? AND standing = ?", In, m, Lapsed)
}

// judgedCertificate loads a certificate that the actor may decide about, for a change.
func (w *writer) judgedCertificate(by Actor, id int64) (c Certificate, err error) {
	if err = mayReview(by); err != nil {
		return c, err
	}
	if err = w.lockRow("certificates", id); err != nil {
		return c, err
	}
	if err = w.one(&c, certificateColumns+" WHERE c.id = ? AND ?", id, standingAt(w.now)); err != nil {
		return c, err
	}
	bound, err := vouches(w.ctx, w, by, c.MemberID)
	if err != nil {
		return c, err
	}
	return c, mayJudge(by, c.MemberID, bound[c.MemberID])
}

// Suspend closes what a certificate opened, at once and until the suspension is lifted: by a
// reviewer. The member reads the reason. Twice is once.
func (f *Forum) Suspend(ctx context.Context, by Actor, id int64, reason string) error {
	return f.write(ctx, "suspend", func(w *writer) error {
		c, err := w.judgedCertificate(by, id)
		if err != nil {
			return err
		}
		var p problems
		if reason = p.reason(reason); p != nil {
			return p.err()
		}
		if c.SuspendedAt != 0 {
			return nil
		}
		if err := w.exec("UPDATE certificates SET suspended_at = ?, suspended_why = ? WHERE id = ?", w.now, reason, id); err != nil {
			return err
		}
		w.state(CertificateEnded{c.MemberID})
		return either(w.lapseMembers(), w.tell(by, c.MemberID, "suspend", "note.certificate-suspended", int64(c.MemberID)))
	})
}

// Lift ends a suspension: by a reviewer. Twice is once.
func (f *Forum) Lift(ctx context.Context, by Actor, id int64) error {
	return f.write(ctx, "lift", func(w *writer) error {
		c, err := w.judgedCertificate(by, id)
		if err != nil || c.SuspendedAt == 0 {
			return err
		}
		if err := w.exec("UPDATE certificates SET suspended_at = 0, suspended_why = '' WHERE id = ?", id); err != nil {
			return err
		}
		return either(w.letBack(c.MemberID), w.tell(by, c.MemberID, "lift", "note.certificate-lifted", int64(c.MemberID)))
	})
}

// CertificateRow is a certificate in the reviewers' list.
type CertificateRow struct {
	Certificate
	Name string // of the holder, today
}

const certificateRows = `SELECT c.id, c.member_id, c.number, c.from_at, c.until_at, c.open_until_at, c.suspended_at, '' AS suspended_why, c.listed, c.holder, c.holder_title, m.name
	FROM certificates c JOIN members m ON m.id = c.member_id WHERE m.standing = ? AND ?`

// Certificates lists those that are not over, by when they end: for reviewers.
func (f *Forum) Certificates(ctx context.Context, by Actor) (out []CertificateRow, err error) {
	defer during(&err, "certificates")
	if err = mayReview(by); err != nil {
		return nil, err
	}
	err = f.store.read.scan(ctx, &out, certificateRows+" ORDER BY c.until_at, m.name LIMIT 2000", Active, standingAt(f.instant()))
	return out, err
}

// FindCertificate gives one of the list to a reviewer. Why it is suspended they read if they may
// decide about it, and that they read it is logged.
func (f *Forum) FindCertificate(ctx context.Context, by Actor, id int64) (c CertificateRow, err error) {
	defer during(&err, "find certificate")
	if err = mayReview(by); err != nil {
		return c, err
	}
	err = one(ctx, f.store.read, &c, certificateRows+" AND c.id = ?", Active, standingAt(f.instant()), id)
	if err != nil || c.SuspendedAt == 0 {
		return c, err
	}
	err = f.write(ctx, "look at certificate", func(w *writer) error {
		judged, err := w.judgedCertificate(by, id)
		if KindOf(err) == Forbidden { // they see that it is suspended, and no more
			return nil
		}
		c.SuspendedWhy = judged.SuspendedWhy
		return either(err, w.log(by, "look-certificate", id, 0, ""))
	})
	return c, err
}

// The reminders of a certificate's end, in days before it. 0 is the end itself, of which the
// member is told too. Each comes once; after a downtime only the last that is due.
var reminders = []int64{0, 7, 30, 90}

// notReminded stands before the first reminder.
const notReminded = 100

// RemindCertified mails those whose certificate comes to its end.
func (f *Forum) RemindCertified(ctx context.Context) error {
	return f.write(ctx, "remind certified", func(w *writer) error {
		for _, days := range reminders {
			var due []Certificate
			if err := w.scan(w.ctx, &due, certificateColumns+` JOIN members m ON m.id = c.member_id WHERE m.standing = ? AND c.revoked_at = 0 AND c.suspended_at = 0
				AND c.reminded > ? AND c.until_at <= ? ORDER BY c.id LIMIT 500`, Active, days, w.now.add(time.Duration(days)*24*time.Hour)); err != nil {
				return err
			}
			for _, c := range due {
				if err := either(w.exec("UPDATE certificates SET reminded = ? WHERE id = ?", days, c.ID),
					w.tell(Actor{}, c.MemberID, "remind", fmt.Sprintf("note.certificate-%d", days), int64(c.MemberID))); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

// ListedFields are what a member can show on the public page of their certificate, besides
// its number and its dates.
var ListedFields = []string{"name", "title", "place", "areas", "languages"}

// SetListed says what the public page of the actor's certificate shows; nothing: there is none.
func (f *Forum) SetListed(ctx context.Context, by Actor, fields []string) error {
	return f.write(ctx, "set listed", func(w *writer) error {
		n, err := w.changed("UPDATE certificates AS c SET listed = ? WHERE c.member_id = ? AND ?", listOf(ListedFields, fields), by.Member, standingAt(w.now))
		if err == nil && n == 0 {
			err = Absent()
		}
		return err
	})
}

// Verification is what anybody may know of a certificate: what its holder lists, and no more.
type Verification struct {
	Number                               string
	FromAt, UntilAt                      Instant
	Name, Title, Place, Areas, Languages string
}

// Verify answers whether a certificate of the number is valid today. What is not listed, is
// suspended, is over or never was answers as absent: that somebody was certified once, or is
// suspended, is told to nobody. source is where the request came from.
func (f *Forum) Verify(ctx context.Context, number, source string) (v Verification, err error) {
	defer during(&err, "verify")
	if err = f.spend(ctx, verifications, "verify", source); err != nil {
		return v, err
	}
	var row struct {
		Verification
		Listed string
	}
	err = one(ctx, f.store.read, &row, `SELECT c.number, c.from_at, c.until_at, c.listed, c.holder AS name, c.holder_title AS title, coalesce(a.place, '') AS place, coalesce(a.areas, '') AS areas, coalesce(a.languages, '') AS languages
		FROM certificates c JOIN members m ON m.id = c.member_id
		LEFT JOIN applications a ON a.id = (SELECT max(b.id) FROM applications b WHERE b.certificate_id = c.id AND b.state = ?)
		WHERE c.number = ? AND c.listed <> '' AND c.suspended_at = 0 AND m.standing = ? AND ?`, Approved, strings.ToUpper(strings.TrimSpace(number)), Active, standingAt(f.instant()))
	if err != nil {
		return v, err
	}
	v = row.Verification
	shown := strings.Fields(row.Listed)
	for name, field := range map[string]*string{"name": &v.Name, "title": &v.Title, "place": &v.Place, "areas": &v.Areas, "languages": &v.Languages} {
		if !slices.Contains(shown, name) {
			*field = ""
		}
	}
	return v, nil
}

// OwnCertificate gives the actor's certificate that is not over, for their mails.
func (f *Forum) OwnCertificate(ctx context.Context, by Actor) (c Certificate, err error) {
	defer during(&err, "own certificate")
	err = one(ctx, f.store.read, &c, certificateColumns+" WHERE c.member_id = ? ORDER BY c.open_until_at DESC, c.id DESC LIMIT 1", by.Member)
	return c, err
}
