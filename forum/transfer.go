package forum

import (
	"context"
	"errors"
	"time"

	"peergroups/forum/markup"
)

// Transfer is that the whole portal goes to another body (P27). Members are told by mail when it is announced, at least
// TransferNotice before, and may leave with their data until then.
type Transfer struct {
	ID          int64  `bun:"id"`
	Body        string // who takes it over
	Place       string // address and country
	Contact     string // mail address
	Words       string // why, and what changes
	FromAt      Instant
	AnnouncedBy MemberID
	AnnouncedAt Instant
	WithdrawnAt Instant // 0: it was not
	DoneAt      Instant // when the other body brought the portal in; 0: not yet
}

// TransferNotice is how long before a transfer members are told: two weeks to decide, and what it takes until an account is erased.
const TransferNotice = 14*day + erasureWaits + 2*day

// TransferMail is the kind of service messages by which members are told; nobody can opt out of it.
const TransferMail = "transfer"

// TransferDraft is what an administrator announces.
type TransferDraft struct {
	Body, Place, Contact, Words string
	From                        time.Time
	Key                         string // the form's own mark: the same key twice is one announcement
}

// Letter is a mail to members, in words of the catalogue: Source is Markdown.
type Letter struct{ Subject, Source string }

const transferColumns = "SELECT tr.id, tr.body, tr.place, tr.contact, tr.words, tr.from_at, tr.announced_by, tr.announced_at, tr.withdrawn_at, tr.done_at FROM transfers tr "

const transferHolds = "tr.withdrawn_at = 0 AND tr.done_at = 0"

// Holds tells whether it is still to come: it was neither taken back nor done.
func (t *Transfer) Holds() bool { return t.WithdrawnAt == 0 && t.DoneAt == 0 }

// NoTransfer are the errors of an export for another body.
var (
	ErrNoTransfer    = errors.New("no transfer is announced to the members: an administrator does so on /staff/transfer, at least 14 days before")
	ErrEarlyTransfer = errors.New("the day of the transfer that is announced has not come yet")
)

// ReadTransfers gives all announcements, the newest first. Administrators only.
func (f *Forum) ReadTransfers(ctx context.Context, by Actor) (out []Transfer, err error) {
	defer during(&err, "read transfers")
	if err := mayAdminister(by); err != nil {
		return nil, err
	}
	err = f.store.read.scan(ctx, &out, transferColumns+"ORDER BY tr.announced_at DESC, tr.id DESC LIMIT 100")
	return out, err
}

// AnnouncedTransfer gives the announcement that holds, for whoever is logged in; not ok: there is none.
func (f *Forum) AnnouncedTransfer(ctx context.Context) (t Transfer, ok bool, err error) {
	defer during(&err, "announced transfer")
	err = one(ctx, f.store.read, &t, transferColumns+"WHERE "+transferHolds+" ORDER BY tr.announced_at DESC, tr.id DESC LIMIT 1")
	if KindOf(err) == NotFound {
		return t, false, nil
	}
	return t, err == nil, err
}

// dueTransfer is the announcement whose day has come.
func (f *Forum) dueTransfer(ctx context.Context) (Transfer, error) {
	t, ok, err := f.AnnouncedTransfer(ctx)
	switch {
	case err != nil:
	case !ok:
		err = ErrNoTransfer
	case t.FromAt > f.instant():
		err = ErrEarlyTransfer
	}
	return t, err
}

func (d *TransferDraft) check(p *problems, now Instant) {
	d.Body, d.Place, d.Contact = p.line("body", d.Body, 200), p.line("place", d.Place, 300), p.line("contact", d.Contact, 200)
	if d.Contact != "" && !plainAddress(d.Contact) {
		p.add("contact", "error.email-contact")
	}
	d.Words = p.needed("words", d.Words, 4000)
	if At(d.From) < now.add(TransferNotice) {
		p.add("from", "error.transfer-early", "Days", int(TransferNotice/(24*time.Hour)))
	}
	if d.Key == "" || len(d.Key) > 200 {
		p.add("key", "error.key")
	}
}

// AnnounceTransfer tells all active members that the portal goes to another body, by the mail of the caller. While one
// holds there is no other. Twice with the same key is once. Administrators only.
func (f *Forum) AnnounceTransfer(ctx context.Context, by Actor, d TransferDraft, mail Letter) error {
	return f.write(ctx, "announce transfer", func(w *writer) error {
		if err := either(either(mayAdminister(by), w.lockLog()), w.seasonedWhereAny(by.Member)); err != nil {
			return err
		}
		var n int
		if err := w.one(&n, "SELECT count(*) FROM transfers WHERE announced_by = ? AND key = ?", by.Member, d.Key); err != nil || n > 0 {
			return err
		}
		var p problems
		d.check(&p, w.now)
		if err := w.one(&n, "SELECT count(*) FROM transfers tr WHERE "+transferHolds); err != nil {
			return err
		}
		if n > 0 {
			p.add("body", "error.transfer-announced")
		}
		if err := p.err(); err != nil {
			return err
		}
		circular, err := w.sendAll(by, mail, "transfer "+d.Key)
		if err != nil {
			return err
		}
		id := w.id()
		return either(w.exec(`INSERT INTO transfers (id, body, place, contact, words, from_at, key, circular_id, announced_by, announced_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
			id, d.Body, d.Place, d.Contact, d.Words, At(d.From), d.Key, circular, by.Member, w.now),
			w.log(by, "announce-transfer", id, 0, d.Body+", "+d.Place+": "+d.From.UTC().Format(time.DateOnly)))
	})
}

// WithdrawTransfer takes an announcement back; members are told. Twice is once. Administrators only.
func (f *Forum) WithdrawTransfer(ctx context.Context, by Actor, id int64, mail Letter) error {
	return f.write(ctx, "withdraw transfer", func(w *writer) error {
		if err := either(mayAdminister(by), w.lockRow("transfers", id)); err != nil {
			return err
		}
		var t Transfer
		if err := w.one(&t, transferColumns+"WHERE tr.id = ?", id); err != nil || !t.Holds() {
			return err
		}
		if _, err := w.sendAll(by, mail, "withdraw-transfer "+decimal(id)); err != nil {
			return err
		}
		return either(w.exec("UPDATE transfers SET withdrawn_by = ?, withdrawn_at = ? WHERE id = ?", by.Member, w.now, id), w.log(by, "withdraw-transfer", id, 0, t.Body))
	})
}

// sendAll sends a service message about a transfer to every active member.
func (w *writer) sendAll(by Actor, mail Letter, key string) (id int64, err error) {
	d := CircularDraft{Kind: TransferMail, Circle: ToAll, Subject: mail.Subject, Source: mail.Source, Key: key}
	if err := w.fitting(by, &d); err != nil {
		return 0, err
	}
	cooked := d.cook()
	id = w.id()
	c := Circular{ID: id, Kind: d.Kind, Circle: d.Circle}
	return id, either(w.exec("INSERT INTO circulars (id, kind, circle, group_id, subject, source, html, plain, markup, key, written_by, changed_at) VALUES (?, ?, ?, 0, ?, ?, ?, ?, ?, ?, ?, ?)",
		id, d.Kind, d.Circle, d.Subject, d.Source, cooked.HTML, cooked.Text, markup.Version, d.Key, by.Member, w.now), w.sendOut(by, &c))
}
