package forum

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/uptrace/bun"
)

// DeliveryState is how far a mail to one member is.
type DeliveryState int64

// The states. What the relay may have or not is sent again, under the same Message-ID, by which letter boxes know it for the
// same; where its answer is not heard a second time, it is shown as Unsure and left at that.
const (
	Waiting  DeliveryState = iota
	Handing                // given to the relay, not confirmed yet
	Sent                   // the relay has it
	Kept                   // there is no relay: it stays to be read in the outbox
	Failed                 // refused for good, or for too long
	Withheld               // the member may not read it any more
	Unsure                 // the connection broke twice before the relay's answer
	Declined               // the member does not want service messages of this kind
	Paused                 // mail to the member is paused, as it comes back or is not wanted
)

var deliveryNames = [...]string{"waiting", "handing", "sent", "kept", "failed", "withheld", "unsure", "declined", "paused"}

func (s DeliveryState) String() string { return deliveryNames[s] }

// Mailing names what is mailed: its kind and the row it is about. One mailing has at most
// one delivery per member: that row is the ledger which makes "at least once" once.
//
// Kinds: "post" (a post, as list mail), "digest" (an issue), "circular" (a service message),
// "circular-try" (one that its writer tries out; Ref is the entry of the log), "news" (what is new to one
// member in a topic; Ref is of no row, it stands in their notices), "incident" (a notice of a breach), "request" (what was written about a
// request, to who asked, who may be no member: then MemberID is 0), and "note.STEM"
// (a mail about an account or a group; Ref is what the note is about).
type Mailing struct {
	Kind string
	Ref  int64
}

// Delivery is one mail to one member. It holds no text: that is rendered when it is sent
// or shown, by the rights of that moment.
type Delivery struct {
	Mailing
	MemberID MemberID
	State    DeliveryState
	Attempts int
	QueuedAt Instant
	SentAt   Instant
	Trouble  string
	OfStaff  bool // it is of one who holds a role
}

// queue puts one mail into the ledger, once.
func (w *writer) queue(kind string, ref int64, m MemberID) error {
	return w.exec(`INSERT INTO deliveries (kind, ref, member_id, queued_at, due_at) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
		kind, ref, m, w.now, w.now)
}

// QueuePost puts a post's list mail into the ledger, for those who get each post at once
// (a special notice: for all who get anything of the board) and may read it now, and the notices of it.
func (f *Forum) QueuePost(ctx context.Context, id PostID) error {
	return f.write(ctx, "queue post", func(w *writer) error {
		if err := w.exec("INSERT INTO deliveries (kind, ref, member_id, queued_at, due_at) SELECT 'post', ?, m.id, ?, ? ? ON CONFLICT DO NOTHING",
			id, w.now, w.now, recipients(id, Each, w.now)); err != nil {
			return err
		}
		return w.notify(id, toldOf) // who gets the post itself gets no mail about it
	})
}

// Claim takes up to limit waiting deliveries of a mailing, to hand them over now; none: none
// waits. Those who may not read a post any more are not among them: that is asked after the
// claim, right before the mails go.
func (f *Forum) Claim(ctx context.Context, what Mailing, limit int) (out []Recipient, err error) {
	for len(out) == 0 {
		var claimed []MemberID
		if claimed, err = f.claim(ctx, what, limit); err != nil || len(claimed) == 0 {
			return nil, err
		}
		if out, err = f.stillRecipients(ctx, what, claimed); err != nil { // nothing was sent, so they wait again
			back := make([]Outcome, len(claimed))
			for i, m := range claimed {
				back[i] = Outcome{Member: m, State: Waiting}
			}
			return nil, errors.Join(err, f.Delivered(context.WithoutCancel(ctx), what, back))
		}
		if err = f.withhold(ctx, what, claimed, out); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (f *Forum) claim(ctx context.Context, what Mailing, limit int) (claimed []MemberID, err error) {
	var some bool // most posts are mailed to nobody: who writes need not wait for that
	if err = one(ctx, f.store.read, &some, "SELECT EXISTS (SELECT 1 FROM deliveries WHERE kind = ? AND ref = ? AND +state = ? AND +due_at <= ?)", what.Kind, what.Ref, Waiting, f.instant()); err != nil || !some {
		return nil, err
	}
	err = f.write(ctx, "claim", func(w *writer) error {
		claimed = nil
		// Materialized: PostgreSQL may else ask the inner question again for each row, past the limit. +state: SQLite would else
		// look through all mails that wait, of every mailing.
		return w.scan(w.ctx, &claimed, `WITH next AS MATERIALIZED (SELECT member_id FROM deliveries WHERE kind = ?2 AND ref = ?3 AND +state = ?4 AND +due_at <= ?1
			ORDER BY member_id LIMIT ?5 ?6)
			UPDATE deliveries SET state = ?0, handed_at = ?1, attempts = attempts + 1 WHERE kind = ?2 AND ref = ?3 AND member_id IN (SELECT member_id FROM next)
			RETURNING member_id`, Handing, w.now, what.Kind, what.Ref, Waiting, limit, w.skipLocked())
	})
	slices.Sort(claimed)
	return claimed, err
}

// stillRecipients gives those of the claimed who may get the mail now. It asks for all
// between the first and the last, so that the question is the same each time and is parsed
// once; what was claimed together stands together.
func (f *Forum) stillRecipients(ctx context.Context, what Mailing, claimed []MemberID) (out []Recipient, err error) {
	defer during(&err, "still recipients")
	first, last := claimed[0], claimed[len(claimed)-1]
	from := bun.SafeQuery("FROM members m WHERE (m.standing NOT IN (?, ?, ?) OR m.standing IN (?, ?) AND m.email <> '' AND ?) AND m.id BETWEEN ? AND ?", Suspended, OfArchive, Former, Suspended, Former, slices.Contains(toSuspended, what.Kind), first, last)
	if what.Kind == circularMail || what.Kind == circularTry {
		from = bun.SafeQuery("FROM members m WHERE ? AND m.id BETWEEN ? AND ?", addressees(what, f.instant()), first, last)
	}
	if what.Kind == roomNewsMail {
		from = bun.SafeQuery("? AND m.id BETWEEN ? AND ?", roomNewsReaders(what.Ref, f.instant()), first, last)
	}
	if what.Kind == newsMail {
		from = bun.SafeQuery("? AND m.id BETWEEN ? AND ?", newsReaders(what.Ref, f.instant()), first, last)
	}
	if what.Kind == requestMail {
		from = bun.SafeQuery("? AND m.id BETWEEN ? AND ?", requestRecipients(what.Ref), first, last)
	}
	columns := recipientColumns
	if what.Kind == "post" { // said of s: SQLite would begin with each subscriber
		columns += ", s.notice"
		from = bun.SafeQuery("? AND s.member_id BETWEEN ? AND ?", recipients(PostID(what.Ref), Each, f.instant()), first, last)
	}
	err = f.store.read.scan(ctx, &out, columns+" ? AND ? ORDER BY m.id", from, mailable(what.Kind, "m.id"))
	if err != nil {
		return nil, err
	}
	return f.redirected(ctx, what, slices.DeleteFunc(out, func(r Recipient) bool { _, is := slices.BinarySearch(claimed, r.Member); return !is }))
}

// StillRecipient answers NotFound when the member may not get the mail any more.
func (f *Forum) StillRecipient(ctx context.Context, what Mailing, m MemberID) error {
	still, err := f.stillRecipients(ctx, what, []MemberID{m})
	if err == nil && len(still) == 0 {
		err = Absent()
	}
	return err
}

// withhold closes the deliveries of those who were claimed and may not read any more, or to whom mail is paused.
func (f *Forum) withhold(ctx context.Context, what Mailing, claimed []MemberID, may []Recipient) error {
	if len(may) == len(claimed) {
		return nil
	}
	ids := []MemberID{0}
	for _, r := range may {
		ids = append(ids, r.Member)
	}
	return f.write(context.WithoutCancel(ctx), "withhold", func(w *writer) error {
		return w.exec(`UPDATE deliveries SET state = CASE WHEN kind = ? AND EXISTS (SELECT 1 FROM circulars ci WHERE ci.id = deliveries.ref AND ?) THEN ? WHEN ? THEN ? ELSE ? END
			WHERE kind = ? AND ref = ? AND member_id IN (?) AND member_id NOT IN (?)`,
			circularMail, optedOut("deliveries.member_id"), Declined, mailable(what.Kind, "deliveries.member_id"), Withheld, Paused, what.Kind, what.Ref, bun.List(claimed), bun.List(ids))
	})
}

// Outcome is what became of one delivery that was handed over. Waiting means: try again; in the time Later, where the
// mail was not tried at all.
type Outcome struct {
	Member  MemberID
	State   DeliveryState
	Trouble string
	Later   time.Duration
	Bounce  Bounce // of a mail that is Failed: what that says of its address; zero: nothing
}

// giveUpAfter is how long a mail that nobody takes is tried, as mail servers do: of list mail, digests and notes alike.
const giveUpAfter = 5 * 24 * time.Hour

// Delivered writes down what became of deliveries, all of a batch in one commit.
func (f *Forum) Delivered(ctx context.Context, what Mailing, done []Outcome) error {
	return f.write(ctx, "delivered", func(w *writer) error {
		good := map[DeliveryState][]MemberID{}
		for _, o := range done {
			if o.State == Sent || o.State == Kept {
				good[o.State] = append(good[o.State], o.Member)
				continue
			}
			if err := w.notDelivered(what, o); err != nil {
				return err
			}
		}
		for state, ids := range good {
			if err := w.exec("UPDATE deliveries SET state = ?, sent_at = ?, trouble = '' WHERE kind = ? AND ref = ? AND member_id IN (?)",
				state, w.now, what.Kind, what.Ref, bun.List(ids)); err != nil {
				return err
			}
		}
		return nil
	})
}

// notDelivered writes down what became of a mail that the relay did not take.
func (w *writer) notDelivered(what Mailing, o Outcome) error {
	var was struct {
		Attempts           int
		QueuedAt, HandedAt Instant
		Trouble            string
	}
	if err := w.one(&was, "SELECT attempts, queued_at, handed_at, trouble FROM deliveries WHERE kind = ? AND ref = ? AND member_id = ?", what.Kind, what.Ref, o.Member); err != nil {
		return err
	}
	if o.State == Unsure {
		if !strings.HasPrefix(was.Trouble, unsureOnce) {
			o.State = Waiting
		}
		o.Trouble = unsureOnce + o.Trouble
	}
	due := w.now.add(wait(was.Attempts))
	if o.State == Waiting && o.Later > 0 {
		due = w.now.add(o.Later)
		was.Attempts--
	}
	if o.State == Waiting && was.QueuedAt.add(giveUpAfter) <= w.now {
		o.State, o.Trouble = Failed, "given up after five days: "+o.Trouble
	}
	if err := w.exec("UPDATE deliveries SET state = ?, trouble = ?, due_at = ?, attempts = ? WHERE kind = ? AND ref = ? AND member_id = ?",
		o.State, o.Trouble, due, was.Attempts, what.Kind, what.Ref, o.Member); err != nil || o.State != Failed {
		return err
	}
	return w.takeReturn(what, o.Member, was.HandedAt, o.Bounce)
}

// wait is how long to wait after the nth attempt: half a minute, doubled up to four hours.
func wait(n int) time.Duration { return min(30*time.Second<<min(n, 10), 4*time.Hour) }

// Due lists mailings with deliveries whose time has come: what a retry is for.
func (f *Forum) Due(ctx context.Context, limit int) (out []Mailing, err error) {
	defer during(&err, "due deliveries")
	err = f.store.read.scan(ctx, &out, "SELECT DISTINCT kind, ref FROM deliveries WHERE state = ? AND due_at <= ? LIMIT ?", Waiting, f.instant(), limit)
	return out, err
}

// unsureOnce begins the trouble of a mail of which the relay's answer was not heard.
const unsureOnce = "unsure: "

// Lapse has what was being handed over longer ago than the given time sent again: a process died with it, and whether the relay
// took it nobody knows.
func (f *Forum) Lapse(ctx context.Context, longer time.Duration) error {
	return f.write(ctx, "lapse", func(w *writer) error {
		return w.exec("UPDATE deliveries SET state = ?, due_at = ? WHERE state = ? AND handed_at < ?", Waiting, w.now, Handing, w.now.add(-longer))
	})
}

// toSuspended are the mails that go to who is suspended: what was decided about them.
var toSuspended = []string{legalToldNote, "note.act-suspend", "note.objection-answered", incidentMail}

// accountNotes are the mails about an account alone. Administrators see of whom they are; of every other mail it would
// tell who belongs to a hidden group, when it talks, or who is behind a mask.
var accountNotes = []string{"note.already-registered", "note.certified", "note.confirm-address", "note.reset-password",
	"note.account-erasing", "note.account-kept", "note.account-erased", "note.factor-added", "note.factor-removed", "note.codes-made", "note.code-used", "note.data-taken", "note.passkey-added", "note.passkey-removed", "note.login-linked", "note.login-unlinked", "note.computer-ended", "note.password-changed",
	"note.address-asked", "note.address-changed", "note.new-address", "note.old-address", "note.address-wanted", "note.factors-taken", "note.factors-taken-of", "note.role-given", "note.role-given-of", "note.role-taken", "note.role-taken-of", feedbackNote}

// Deliveries lists mails, newest first: the actor's own, or with all set those about everybody's account, for
// administrators. before is the QueuedAt of the last one shown; 0: from the newest.
func (f *Forum) Deliveries(ctx context.Context, by Actor, all bool, before Instant, limit int) (out []DeliveryRow, err error) {
	defer during(&err, "deliveries")
	if all && !by.Has(Administrator) {
		return nil, Refuse(Forbidden, "error.administrators-only")
	}
	if before == 0 {
		before = f.instant().add(time.Hour)
	}
	err = f.store.read.scan(ctx, &out, deliveryColumns+` WHERE (d.member_id = ? AND d.kind NOT IN ('note.new-address', 'note.feedback') OR ? AND (d.kind IN (?) OR d.kind LIKE 'note.application-%' OR d.kind LIKE 'note.certificate-%' OR d.kind = ? AND ?)) AND d.queued_at < ? AND d.state <> ?
		ORDER BY d.queued_at DESC, d.kind, d.ref, d.member_id LIMIT ?`, by.Member, all, bun.List(accountNotes), requestMail, ofSeenRequest(by), before, Declined, limit)
	for i := range out {
		out[i].MayOpen = mayOpenMail(by, &out[i].Delivery)
		out[i].MayReport = reportsMail(by, &out[i].Delivery)
	}
	return out, err
}

const deliveryColumns = `SELECT d.kind, d.ref, d.member_id, d.state, d.attempts, d.queued_at, d.sent_at, d.trouble, coalesce((SELECT fb.name FROM feedbacks fb WHERE fb.id = d.ref AND d.kind = 'note.feedback'), m.name, (SELECT q.address FROM request_words r JOIN requests q ON q.id = r.request_id WHERE r.id = d.ref AND d.kind = 'request'), '') AS name, EXISTS (SELECT 1 FROM grants h WHERE h.member_id = d.member_id) AS of_staff
	FROM deliveries d LEFT JOIN members m ON m.id = d.member_id`

// DeliveryRow is a delivery with whom it is for.
type DeliveryRow struct {
	Delivery
	Name    string
	MayOpen bool // by whom it was listed for
	// MayReport tells whether they may report it: it holds somebody's words.
	MayReport bool
}

// ReadDelivery gives one delivery to whom mayOpenMail lets; that staff looked is logged.
func (f *Forum) ReadDelivery(ctx context.Context, by Actor, what Mailing, m MemberID) (d DeliveryRow, err error) {
	defer during(&err, "read delivery")
	if err = one(ctx, f.store.read, &d, deliveryColumns+" WHERE d.kind = ? AND d.ref = ? AND d.member_id = ? AND (d.member_id > 0 OR ?)", what.Kind, what.Ref, m, ofSeenRequest(by)); err != nil {
		return d, err
	}
	if !mayOpenMail(by, &d.Delivery) {
		return DeliveryRow{}, Absent()
	}
	d.MayOpen, d.MayReport = true, reportsMail(by, &d.Delivery)
	if m == by.Member {
		return d, nil
	}
	return d, f.write(ctx, "log reading", func(w *writer) error { return w.log(by, "read-mail", int64(m), 0, what.Kind) })
}

// CountListMail counts list mail and digests by how far they are: what staff are told of them.
func (f *Forum) CountListMail(ctx context.Context, by Actor) (n map[DeliveryState]int, err error) {
	defer during(&err, "count list mail")
	if err := mayAdminister(by); err != nil {
		return nil, err
	}
	var rows []struct {
		State DeliveryState
		N     int
	}
	err = f.store.read.scan(ctx, &rows, "SELECT state, count(*) AS n FROM deliveries WHERE kind IN ('post', 'digest') GROUP BY state")
	n = map[DeliveryState]int{}
	for _, r := range rows {
		n[r.State] = r.N
	}
	return n, err
}

// CountQueued counts the mails that wait to be handed over, but those about talks.
func (f *Forum) CountQueued(ctx context.Context) (n int, err error) {
	defer during(&err, "count queued")
	err = f.store.read.scan(ctx, &n, "SELECT count(*) FROM deliveries WHERE state IN (?, ?) AND kind <> ?", Waiting, Handing, talkNote)
	return n, err
}
