package forum

import (
	"context"
	"slices"
	"strings"
	"time"

	"peergroups/forum/markup"
)

// What an authority may ask for by law is written down, decided by two, and given out as a bundle of what one member wrote and has, within a scope that is
// named (P24). The member is told as soon as the law lets it. While one is open, nothing that it is about is erased.

// LegalRequest is one of them.
type LegalRequest struct {
	ID          int64 `bun:"id"`
	Authority   string
	Basis       string // in law
	Reference   string // of theirs
	Words       string // what they ask for
	ReceivedAt  Instant
	MemberID    MemberID
	Handle      string // "": the account is erased
	Parts       string // of LegalParts, space between
	FromAt      Instant
	UntilAt     Instant
	OpenedAt    Instant
	Outcome     string // "comply", "refuse"; "": not proposed
	Reasons     string
	ProposedBy  MemberID
	ProposedAt  Instant
	Proposer    string
	AgreedAt    Instant
	Agreer      string
	SilentUntil Instant
	SilentWhy   string
	ToldAt      Instant
	BundledAt   Instant
	Manifest    string
	ClosedAt    Instant
}

// MayBundle tells whether the bundle can be taken.
func (l *LegalRequest) MayBundle() bool {
	return l.Outcome == "comply" && l.AgreedAt != 0 && l.ClosedAt == 0
}

// LegalParts are what a scope is made of: a name, and the sections of a member's data that it stands for. Those of which a time is known are given from
// the scope's span alone.
var LegalParts = []LegalPart{
	{"account", []string{"members", "registrations", "earlier_details", "profiles", "grants"}},
	{"certification", []string{"certificates", "applications", "application_steps", "evidence"}},
	{"posts", []string{"topics", "posts", "revisions", "files"}},
	{"messages", []string{"messages", "files"}},
	{"mail", []string{"deliveries", "received"}},
	{"access", []string{"sessions", "computers"}},
}

// LegalPart is one of them.
type LegalPart struct {
	Name     string
	sections []string
}

// LegalDraft is what is written down. Login is the user name or address of the one whom it is about.
type LegalDraft struct {
	Authority, Basis, Reference, Words, Login, Key string
	Parts                                          []string
	Received, From, Until                          Instant
	SilentUntil                                    Instant
	SilentWhy                                      string
}

const (
	legalToldNote = "note.legal-told"
	legalFields   = `SELECT l.id, l.authority, l.basis, l.reference, l.words, l.received_at, l.member_id, coalesce((SELECT m.handle FROM members m WHERE m.id = l.member_id), '') AS handle, l.parts, l.from_at, l.until_at, l.opened_at, l.outcome, l.reasons, l.proposed_by, l.proposed_at,
		coalesce((SELECT m.name FROM members m WHERE m.id = l.proposed_by), '') AS proposer, l.agreed_at, coalesce((SELECT m.name FROM members m WHERE m.id = l.agreed_by), '') AS agreer, l.silent_until, l.silent_why, l.told_at, l.bundled_at, l.manifest, l.closed_at FROM legal_requests l `
)

func (d *LegalDraft) check(p *problems, now Instant) {
	d.Authority, d.Basis = p.line("authority", d.Authority, 200), p.line("basis", d.Basis, 300)
	d.Reference = markup.Line(d.Reference)
	p.most("reference", d.Reference, 200)
	d.Words = p.needed("words", d.Words, 10_000)
	if d.Received <= 0 || d.Received > now {
		p.add("received", "error.legal-received")
	}
	if d.From <= 0 || d.Until <= d.From || d.Until > now.add(day) {
		p.add("from", "error.legal-span")
	}
	if len(d.Parts) == 0 || slices.ContainsFunc(d.Parts, func(part string) bool {
		return !slices.ContainsFunc(LegalParts, func(l LegalPart) bool { return l.Name == part })
	}) {
		p.add("parts", "error.empty.parts")
	}
	d.SilentWhy = p.text("silent_why", d.SilentWhy, 1000)
	switch {
	case d.SilentUntil != 0 && (d.SilentUntil <= now || d.SilentUntil > now.add(5*365*day)):
		p.add("silent", "error.legal-silent")
	case d.SilentUntil != 0 && d.SilentWhy == "":
		p.add("silent_why", "error.empty.silent_why")
	}
}

// OpenLegalRequest writes down what an authority asks for, about one member: nothing is asked of everybody. The same key again is the same request.
func (f *Forum) OpenLegalRequest(ctx context.Context, by Actor, d LegalDraft) (id int64, err error) {
	if err := f.spend(ctx, looksOfMember, "look", by.key()); err != nil { // it tells who has an account
		return 0, err
	}
	err = f.write(ctx, "open legal request", func(w *writer) error {
		var p problems
		if err := either(mayDesignate(by), w.seasonedWhereAny(by.Member)); err != nil {
			return err
		}
		if d.check(&p, w.now); p != nil { // before anything is said about the member
			return p.err()
		}
		whom, err := w.memberNamed(d.Login)
		switch {
		case KindOf(err) == NotFound:
			p.add("login", "error.legal-login")
			return p.err()
		case err != nil:
			return err
		case whom == by.Member:
			return Refuse(Forbidden, "error.not-yourself")
		}
		if err := w.lockRow("members", int64(whom)); err != nil { // whose account is not erased meanwhile
			return err
		}
		id = w.id()
		n, err := w.changed(`INSERT INTO legal_requests (id, authority, basis, reference, words, received_at, member_id, parts, from_at, until_at, opened_by, opened_at, silent_until, silent_why, key) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
			id, d.Authority, d.Basis, d.Reference, d.Words, d.Received, whom, strings.Join(d.Parts, " "), d.From, d.Until, by.Member, w.now, d.SilentUntil, d.SilentWhy, d.Key)
		if err == nil && n == 0 {
			return w.one(&id, "SELECT id FROM legal_requests WHERE key = ?", d.Key)
		}
		return either(err, w.log(by, "open-legal-request", id, 0, d.Authority))
	})
	return id, err
}

// legalRequest loads one for who may work on it: not whom it is about.
func (w *writer) legalRequest(by Actor, id int64) (l LegalRequest, err error) {
	if err = either(mayDesignate(by), w.lockRow("legal_requests", id)); err != nil {
		return l, err
	}
	err = w.one(&l, legalFields+"WHERE l.id = ? AND l.member_id <> ?", id, by.Member)
	return l, err
}

// ProposeLegal says what one of the two would do, with reasons: "comply" or "refuse". Another proposal takes its place until somebody agrees.
func (f *Forum) ProposeLegal(ctx context.Context, by Actor, id int64, outcome, reasons string) error {
	return f.write(ctx, "propose legal", func(w *writer) error {
		l, err := w.legalRequest(by, id)
		if err == nil {
			err = either(mayDecideLegal(&l), w.seasonedAny(by.Member))
		}
		if err != nil {
			return err
		}
		var p problems
		if outcome != "comply" && outcome != "refuse" {
			p.add("outcome", "error.empty.outcome")
		}
		reasons = p.needed("reasons", reasons, 5000)
		if err := p.err(); err != nil {
			return err
		}
		return either(w.exec("UPDATE legal_requests SET outcome = ?, reasons = ?, proposed_by = ?, proposed_at = ? WHERE id = ?", outcome, reasons, by.Member, w.now, id), w.log(by, "propose-legal", id, 0, outcome))
	})
}

// mayDecideLegal refuses what is decided.
func mayDecideLegal(l *LegalRequest) error {
	if l.AgreedAt != 0 || l.ClosedAt != 0 {
		return Refuse(Conflict, "error.legal-decided")
	}
	return nil
}

// AgreeLegal agrees to what another has proposed at the time that was seen: then it is decided, and the member is told where the law lets it.
func (f *Forum) AgreeLegal(ctx context.Context, by Actor, id int64, seen Instant) error {
	return f.write(ctx, "agree legal", func(w *writer) error {
		l, err := w.legalRequest(by, id)
		if err == nil {
			err = either(mayDecideLegal(&l), w.seasonedAny(by.Member))
		}
		switch {
		case err != nil:
			return err
		case l.Outcome == "" || l.ProposedAt != seen: // what they saw
			return Refuse(Conflict, "error.legal-changed")
		case l.ProposedBy == by.Member:
			return Refuse(Forbidden, "error.legal-two")
		}
		if err := either(w.exec("UPDATE legal_requests SET agreed_by = ?, agreed_at = ? WHERE id = ?", by.Member, w.now, id), w.log(by, "agree-legal", id, 0, l.Outcome)); err != nil {
			return err
		}
		if l.Outcome == "comply" && l.SilentUntil <= w.now {
			return w.tellLegal(id, l.MemberID)
		}
		return nil
	})
}

func (w *writer) tellLegal(id int64, m MemberID) error {
	w.state(MemberTold{Member: m, Note: legalToldNote, Entry: id})
	return either(w.exec("UPDATE legal_requests SET told_at = ? WHERE id = ?", w.now, id), w.queue(legalToldNote, id, m))
}

// TellLegal tells the members whom the law let nobody tell before.
func (f *Forum) TellLegal(ctx context.Context) error {
	return f.write(ctx, "tell legal", func(w *writer) error {
		var due []LegalRequest
		if err := w.scan(w.ctx, &due, legalFields+"WHERE l.outcome = 'comply' AND l.agreed_at > 0 AND l.told_at = 0 AND l.silent_until <= ? ORDER BY l.id", w.now); err != nil {
			return err
		}
		for _, l := range due {
			if err := w.tellLegal(l.ID, l.MemberID); err != nil {
				return err
			}
		}
		return nil
	})
}

// CloseLegal ends it, once it is decided. Twice is once.
func (f *Forum) CloseLegal(ctx context.Context, by Actor, id int64) error {
	return f.write(ctx, "close legal", func(w *writer) error {
		l, err := w.legalRequest(by, id)
		if err != nil || l.ClosedAt != 0 {
			return err
		}
		if l.AgreedAt == 0 {
			return Refuse(Conflict, "error.legal-undecided")
		}
		return either(w.exec("UPDATE legal_requests SET closed_at = ? WHERE id = ?", w.now, id), w.log(by, "close-legal", id, 0, ""))
	})
}

// ReadLegalRequests lists them, the open ones first, for administrators and privacy officers: but those about themselves.
func (f *Forum) ReadLegalRequests(ctx context.Context, by Actor) (out []LegalRequest, err error) {
	defer during(&err, "read legal requests")
	if err = mayDesignate(by); err != nil {
		return nil, err
	}
	err = f.store.read.scan(ctx, &out, legalFields+"WHERE l.member_id <> ? ORDER BY CASE WHEN l.closed_at = 0 THEN 0 ELSE 1 END, l.received_at DESC, l.id DESC LIMIT 200", by.Member)
	return out, err
}

// ReadLegalRequest gives one.
func (f *Forum) ReadLegalRequest(ctx context.Context, by Actor, id int64) (l LegalRequest, err error) {
	defer during(&err, "read legal request")
	if err = mayDesignate(by); err != nil {
		return l, err
	}
	return l, one(ctx, f.store.read, &l, legalFields+"WHERE l.id = ? AND l.member_id <> ?", id, by.Member)
}

// DayOf is the day (UTC) of an instant as a scope names it.
func DayOf(i Instant) string { return i.Time().UTC().Format("2 January 2006") }

// LegalTold is what the member is told of it.
type LegalTold struct {
	Authority, Basis, Parts string
	FromAt, UntilAt         Instant
}

// ReadLegalTold reads it for the mail to the member whom it is about, once they may know.
func (f *Forum) ReadLegalTold(ctx context.Context, by Actor, id int64) (l LegalTold, err error) {
	defer during(&err, "read legal told")
	return l, one(ctx, f.store.read, &l, "SELECT l.authority, l.basis, l.parts, l.from_at, l.until_at FROM legal_requests l WHERE l.id = ? AND l.member_id = ? AND l.told_at > 0", id, by.Member)
}

// heldByLaw is the SQL condition under which what is the member's must not be erased now.
const heldByLaw = "EXISTS (SELECT 1 FROM legal_requests l WHERE l.member_id = %s AND l.closed_at = 0)"

// legalWithin is how long after the decision a bundle can be taken.
const legalWithin = 30 * 24 * time.Hour
