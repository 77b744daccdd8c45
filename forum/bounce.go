package forum

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/uptrace/bun"
)

// Mail that comes back tells that an address is gone, full, or does not want it. Each mail has a return address of its
// own, which only this forum can have made; what comes back to it counts once, and for two weeks. Where it is enough,
// mail to the member is paused: they stay a member, and are told so on the web, where they end it.

// Return says what came back of a mail.
type Return int64

// What comes back.
const (
	HardReturn    Return = iota + 1 // the address is gone for good
	SoftReturn                      // it is full or busy, or the mail was refused for what it is
	UnclearReturn                   // it does not say
	Complaint                       // its reader, or who keeps their letter box, does not want it
)

var returnNames = [...]string{"", "hard", "soft", "unclear", "complaint"}

// String names what came back.
func (r Return) String() string { return returnNames[min(max(r, 0), Complaint)] }

// Bounce is what a mail that came back says. Status is its enhanced status (RFC 3463), or "".
type Bounce struct {
	Return Return
	Status string
}

// The numbers. An address is paused at two days with hard bounces, eight with soft ones or sixteen with unclear ones: of
// each day the worst counts, and of the last thirty days those since the last mail that arrived.
const (
	bounceWithin = 14 * 24 * time.Hour // after it was handed over a mail may come back
	scoredFor    = 30 * 24 * time.Hour
	pauseAt      = 16
	// arrivedAfter is when a mail of which nothing came back has arrived: mail servers try for five days.
	arrivedAfter = 6 * 24 * time.Hour
)

// pointsOf are the points of what came back. A complaint has none: it pauses at once.
var pointsOf = [...]int{HardReturn: 8, SoftReturn: 2, UnclearReturn: 1, Complaint: 0}

// toOthers are mails that go to another address than their member's.
var toOthers = []string{"note.new-address", "note.old-address", feedbackNote}

const dayMicros = 24 * 60 * 60 * 1_000_000

// BounceToken names a delivery and the day on which it is handed over, in the envelope of its mail. The part of an
// address before the "@" has room for 64 signs, so the kind of the mailing is in it by its mark.
func (f *Forum) BounceToken(what Mailing, m MemberID) string {
	b := binary.BigEndian.AppendUint16(packed(int64(m), what.Ref), uint16(f.instant()/dayMicros))
	b = append(b, markOf(what.Kind)...)
	return strings.ToLower(tokenText.EncodeToString(append(b, f.mac("bounce", b)...)))
}

const bounceLen = 7 + 7 + 2 + 3

func markOf(kind string) []byte {
	sum := sha256.Sum256([]byte(kind))
	return sum[:3]
}

// returned is what a bounce token names.
type returned struct {
	member MemberID
	ref    int64
	mark   string
}

func (f *Forum) readBounceToken(token string) (r returned, err error) {
	b, err := tokenText.DecodeString(strings.ToUpper(token))
	if err != nil || len(token) != len(tokenText.EncodeToString(b)) || len(b) != bounceLen+16 || !hmac.Equal(f.mac("bounce", b[:bounceLen]), b[bounceLen:]) {
		return r, Absent()
	}
	ids := unpacked(b[:14])
	made := Instant(binary.BigEndian.Uint16(b[14:16])) * dayMicros
	if now := f.instant(); made > now.add(24*time.Hour) || made.add(bounceWithin+24*time.Hour) < now {
		return r, Absent()
	}
	return returned{MemberID(ids[0]), ids[1], string(b[16:bounceLen])}, nil
}

// CheckBounceToken refuses a token that this forum did not make within the last two weeks.
func (f *Forum) CheckBounceToken(token string) error {
	_, err := f.readBounceToken(token)
	return err
}

// TakeReturn writes down what came back of the mail that the token names, once. Of a mail that was not handed over, or
// longer ago than two weeks, nothing comes back. NotFound: the token is not ours. TooMany: the mail is being handed over.
func (f *Forum) TakeReturn(ctx context.Context, token string, b Bounce) error {
	r, err := f.readBounceToken(token)
	if err != nil {
		return err
	}
	return f.write(ctx, "take return", func(w *writer) error {
		var all []struct {
			Kind     string
			State    DeliveryState
			HandedAt Instant
		}
		if err := w.scan(w.ctx, &all, "SELECT kind, state, handed_at FROM deliveries WHERE member_id = ? AND ref = ?", r.member, r.ref); err != nil {
			return err
		}
		for _, d := range all {
			switch {
			case string(markOf(d.Kind)) != r.mark:
			case d.State == Handing:
				return Refuse(TooMany, "error.under-way")
			case (d.State == Sent || d.State == Unsure) && d.HandedAt.add(bounceWithin) >= w.now:
				return w.takeReturn(Mailing{d.Kind, r.ref}, r.member, d.HandedAt, b)
			}
		}
		return nil
	})
}

var statusForm = regexp.MustCompile(`^[245]\.\d{1,3}\.\d{1,3}$`)

// takeReturn writes down what came back of a delivery, and pauses mail to its member where that is enough.
func (w *writer) takeReturn(what Mailing, m MemberID, handed Instant, b Bounce) error {
	if b.Return < HardReturn || b.Return > Complaint {
		return nil
	}
	if m == 0 { // of no member: who answers the request sees it
		return w.exec("UPDATE requests SET returned_at = ? WHERE id = (SELECT r.request_id FROM request_words r WHERE r.id = ?)", w.now, what.Ref)
	}
	if !statusForm.MatchString(b.Status) {
		b.Status = ""
	}
	if err := w.lockRow("members", int64(m)); err != nil { // two come back at once
		return err
	}
	points, counts := pointsOf[b.Return], !slices.Contains(toOthers, what.Kind)
	if !counts {
		points = 0
	}
	id := w.id()
	n, err := w.changed(`INSERT INTO bounces (id, kind, ref, member_id, at, handed_at, what, complaint, status, points, paused) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0) ON CONFLICT DO NOTHING`,
		id, what.Kind, what.Ref, m, w.now, handed, b.Return, bit(b.Return == Complaint), b.Status, points)
	if err != nil || n == 0 || !counts {
		return err
	}
	enough, err := w.enough(m, handed, b.Return)
	if err != nil || !enough {
		return err
	}
	if n, err = w.changed(`INSERT INTO mail_pauses (member_id, paused_at, why, cleared_at) VALUES (?, ?, ?, 0)
		ON CONFLICT (member_id) DO UPDATE SET paused_at = excluded.paused_at, why = excluded.why WHERE mail_pauses.paused_at = 0`, m, w.now, b.Return); err != nil || n == 0 {
		return err
	}
	return w.exec("UPDATE bounces SET paused = 1 WHERE id = ?", id)
}

// enough tells whether mail to a member is to be paused, now that one that was handed over then has come back.
func (w *writer) enough(m MemberID, handed Instant, r Return) (bool, error) {
	var since Instant
	if err := w.one(&since, "SELECT coalesce(max(cleared_at), 0) FROM mail_pauses WHERE member_id = ?", m); err != nil || handed <= since {
		return false, err
	}
	if r == Complaint {
		return true, nil
	}
	var arrived Instant // the last mail of which nothing came back
	if err := w.one(&arrived, `SELECT coalesce(max(d.sent_at), 0) FROM deliveries d WHERE d.member_id = ? AND d.queued_at > ? AND d.state = ? AND d.sent_at <= ? AND d.kind NOT IN (?)
		AND NOT EXISTS (SELECT 1 FROM bounces b WHERE b.kind = d.kind AND b.ref = d.ref AND b.member_id = d.member_id)`,
		m, w.now.add(-scoredFor-giveUpAfter), Sent, w.now.add(-arrivedAfter), bun.List(toOthers)); err != nil {
		return false, err
	}
	var score int
	err := w.one(&score, "SELECT CAST(coalesce(sum(x.most), 0) AS BIGINT) FROM (SELECT max(b.points) AS most FROM bounces b WHERE b.member_id = ? AND b.at > ? AND b.handed_at > ? GROUP BY b.at / ?) x",
		m, w.now.add(-scoredFor), max(since, arrived), int64(dayMicros))
	return score >= pauseAt, err
}
