package forum

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/schema"

	"peergroups/forum/markup"
)

// RequestKind is what somebody can ask of the body (P4, P31), with or without an account. Its words are "request.kind-NAME".
type RequestKind struct {
	Name   string
	Within time.Duration // to be answered
}

// RequestKinds is the register of them. All but the question are for the privacy officer alone; of what the law gives a right to a month runs
// (GDPR, Article 12(3)).
var RequestKinds = []RequestKind{
	{aQuestion, 14 * day},
	{"privacy", 30 * day},
	{"access", 30 * day},
	{"correct", 30 * day},
	{"erase", 30 * day},
	{"complaint", 30 * day},
}

const day = 24 * time.Hour

// aQuestion is the kind that says nothing about anybody's data.
const aQuestion = "question"

const (
	mostOfRequest   = 10_000    // characters
	requestExtended = 61 * day  // once, with reasons
	requestSoon     = 7 * day   // before it is due its keepers are reminded
	requestMail     = "request" // the mail of one of its words to who asked
	requestCame     = "note.request-came"
	requestSoonNote = "note.request-soon"
	requestLateNote = "note.request-late"
)

func requestKind(name string) (RequestKind, bool) {
	i := slices.IndexFunc(RequestKinds, func(k RequestKind) bool { return k.Name == name })
	if i < 0 {
		return RequestKind{}, false
	}
	return RequestKinds[i], true
}

// Request is one of them as who asked and its keepers see it.
type Request struct {
	ID          int64 `bun:"id"`
	Kind        string
	MemberID    MemberID // 0: who has no account
	Name        string
	Address     string
	Language    string
	Subject     string // of the mail that it came by; "": it came by the form
	At          Instant
	DueAt       Instant
	ExtendedAt  Instant // 0: not
	ConfirmedAt Instant // that the address is theirs
	ClosedAt    Instant
	Outcome     string // "", "answered", "refused"
	ReturnedAt  Instant
	Claim
	Claimer string
	Handle  string // of the member
	Words   []RequestWords
}

// RequestWords are what one of both sides wrote, or a note among the keepers.
type RequestWords struct {
	ID        int64    `bun:"id"`
	ByMember  MemberID // of the staff; 0: who asked
	Who       string
	Inside    bool
	Words     string
	MessageID string
	At        Instant
	Delivery  DeliveryState // of the mail that carries it to who asked
	Mailed    bool          // there is one
}

// Reference names a request in mails and on the telephone: "2K9-71QX-0A3F".
func (q *Request) Reference() string {
	s := strings.ToUpper(strconv.FormatInt(q.ID, 36))
	for i := len(s) - 4; i > 0; i -= 4 {
		s = s[:i] + "-" + s[i:]
	}
	return s
}

// IsSoon tells whether it is due within a week.
func (q *Request) IsSoon(now Instant) bool { return q.DueAt <= now.add(requestSoon) }

// MayExtend tells whether more time can be taken: once, and of no question.
func (q *Request) MayExtend() bool {
	return q.Kind != aQuestion && q.ExtendedAt == 0 && q.ClosedAt == 0
}

// MayDrop tells whether it can be deleted as no request at all: it came from outside, and nobody showed that they wait for an answer.
func (q *Request) MayDrop() bool { return q.MemberID == 0 && (q.ConfirmedAt == 0 || q.Subject != "") }

// RequestDraft is what somebody asks. Name and Address are those of who has no account.
type RequestDraft struct {
	Kind, Name, Address, Language, Words, Key string
}

func (d *RequestDraft) check(by Actor, p *problems) {
	if _, is := requestKind(d.Kind); !is {
		p.add("kind", "error.empty.kind")
	}
	d.Words = p.needed("words", d.Words, mostOfRequest)
	if by.Member != 0 {
		d.Name, d.Address = "", ""
		return
	}
	if d.Name = markup.Line(d.Name); d.Name != "" {
		d.Name = p.line("name", d.Name, 100)
	}
	if d.Address = strings.TrimSpace(d.Address); !plainAddress(d.Address) {
		p.add("email", "error.email")
	}
}

// AskRequest asks something of the body by its form; source is where a visitor comes from. A visitor is mailed a link by which they go on: until they
// used it, nobody knows that the address is theirs. The same key again is the same request.
func (f *Forum) AskRequest(ctx context.Context, by Actor, source string, d RequestDraft) (id int64, err error) {
	var p problems
	if d.check(by, &p); p != nil {
		return 0, p.err()
	}
	if err := f.spend(ctx, requestsOfOne, "request", requesterKey(by, source)); err != nil {
		return 0, err
	}
	sum := sha256.Sum256([]byte(d.Kind + "\x00" + d.Address + "\x00" + d.Words)) // who goes back and sends something else asks something else
	d.Key += ":" + hex.EncodeToString(sum[:8])
	err = f.write(ctx, "ask request", func(w *writer) error {
		if by.Member == 0 {
			if err := either(w.spend(mailsOfStranger, "stranger", letterBox(d.Address)), w.spend(houseMails, "request-form", "")); err != nil {
				return err
			}
		}
		id, err = w.request(by, d, "", "", by.Member != 0)
		return err
	})
	return id, err
}

func requesterKey(by Actor, source string) string {
	if by.Member != 0 {
		return by.key()
	}
	return source
}

// request writes one down and tells both sides; subject and messageID are of the mail it came by.
func (w *writer) request(by Actor, d RequestDraft, subject, messageID string, confirmed bool) (id int64, err error) {
	k, _ := requestKind(d.Kind)
	id = w.id()
	var since Instant
	if confirmed {
		since = w.now
	}
	n, err := w.changed(`INSERT INTO requests (id, kind, member_id, name, address, language, subject, key, at, due_at, confirmed_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
		id, d.Kind, by.Member, d.Name, d.Address, d.Language, subject, d.Key, w.now, w.now.add(k.Within), since)
	if err != nil {
		return 0, err
	}
	if n == 0 { // the other half of a double click
		err := w.one(&id, "SELECT id FROM requests WHERE key = ? AND member_id = ? AND address = ?", d.Key, by.Member, d.Address)
		return id, err
	}
	words, err := w.requestWords(id, RequestWords{Words: d.Words, MessageID: messageID}, d.Key)
	if err != nil {
		return 0, err
	}
	if err := w.mailRequest(words, by.Member); err != nil {
		return 0, err
	}
	if by.Member == 0 { // a flood of them is no flood of mails
		switch err := w.spend(notesOfRequests, "request-note", ""); {
		case KindOf(err) == TooMany:
			return id, nil
		case err != nil:
			return 0, err
		}
	}
	return id, w.noteRequest(requestCame, id, d.Kind)
}

// requestWords adds to a request; 0: they stand there already.
func (w *writer) requestWords(request int64, r RequestWords, key string) (int64, error) {
	id := w.id()
	n, err := w.changed("INSERT INTO request_words (id, request_id, by_member, inside, words, key, message_id, at) VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
		id, request, r.ByMember, bit(r.Inside), r.Words, key, r.MessageID, w.now)
	if n == 0 {
		id = 0
	}
	return id, err
}

// mailRequest has who asked be mailed: what the staff wrote, or that their words came.
func (w *writer) mailRequest(words int64, member MemberID) error {
	w.state(RequestNoted{words})
	return w.queue(requestMail, words, member)
}

// noteRequest tells the keepers of a request of it, in a mail without its words.
func (w *writer) noteRequest(note string, id int64, kind string) error {
	return w.noteModeration(note, id, keepersOf(kind, note == requestLateNote))
}

// keepersOf is the SQL condition under which the member m answers requests of the kind: privacy officers, and administrators where it is a question,
// where it is overdue, and where nobody is privacy officer.
func keepersOf(kind string, late bool) schema.QueryWithArgs {
	const holds = "EXISTS (SELECT 1 FROM grants h WHERE h.member_id = m.id AND h.role = ?0)"
	return bun.SafeQuery("("+holds+" OR EXISTS (SELECT 1 FROM grants h WHERE h.member_id = m.id AND h.role = ?1) AND (?2 OR NOT EXISTS (SELECT 1 FROM grants o JOIN members om ON om.id = o.member_id WHERE o.role = ?0 AND om.standing = ?3)))",
		PrivacyOfficer, Administrator, kind == aQuestion || late, Active)
}

const requestFields = `SELECT q.id, q.kind, q.member_id, coalesce(u.name, q.name) AS name, coalesce(u.email, q.address) AS address, coalesce(u.language, q.language) AS language, q.subject, q.at, q.due_at, q.extended_at,
	q.confirmed_at, q.claimed_by, q.claimed_at, q.closed_at, q.outcome, q.returned_at, coalesce((SELECT c.name FROM members c WHERE c.id = q.claimed_by), '') AS claimer, coalesce(u.handle, '') AS handle
	FROM requests q LEFT JOIN members u ON u.id = q.member_id `

// wordsOf reads what was written about requests, oldest first; inside: the keepers' notes, too.
func (q *Request) wordsOf(ctx context.Context, db querier, inside bool) error {
	return db.scan(ctx, &q.Words, `SELECT r.id, r.by_member, r.inside <> 0 AS inside, r.words, r.message_id, r.at, coalesce(m.name, '') AS who, coalesce(d.state, 0) AS delivery, d.ref IS NOT NULL AS mailed
		FROM request_words r LEFT JOIN members m ON m.id = r.by_member LEFT JOIN deliveries d ON d.kind = ? AND d.ref = r.id AND d.member_id = ?
		WHERE r.request_id = ? AND (r.inside = 0 OR ?) ORDER BY r.id LIMIT 500`, requestMail, q.MemberID, q.ID, inside)
}

// ReadOwnRequests lists what the actor asked, newest first.
func (f *Forum) ReadOwnRequests(ctx context.Context, by Actor) (out []Request, err error) {
	defer during(&err, "read own requests")
	err = f.store.read.scan(ctx, &out, requestFields+"WHERE q.member_id = ? AND q.member_id > 0 ORDER BY q.id DESC LIMIT 100", by.Member)
	return out, err
}

// SentToken names a request to who has just sent it, and may not be who reads the letter box that they gave.
func (f *Forum) SentToken(id int64) string { return f.seal("request-sent", id) }

// ReadSentRequest gives when it was sent and is due, and nothing that was written.
func (f *Forum) ReadSentRequest(ctx context.Context, token string) (q Request, err error) {
	defer during(&err, "read sent request")
	ids, err := f.unseal("request-sent", token, 1)
	if err != nil {
		return q, err
	}
	return q, one(ctx, f.store.read, &q, "SELECT q.id, q.at, q.due_at FROM requests q WHERE q.id = ?", ids[0])
}

// RequestToken is the secret of the link in the mails about a request: who has it reads the letter box of who asked.
func (f *Forum) RequestToken(id int64) string { return f.seal("request", id) }

// CheckRequestToken refuses a token that this forum did not make.
func (f *Forum) CheckRequestToken(token string) error {
	_, err := f.unseal("request-mail", token, 1)
	return err
}

// RequestAddress is the secret of the address "request+TOKEN@" that answers go to. It opens no page: addresses are seen by whoever gets a copy of a mail.
func (f *Forum) RequestAddress(id int64) string { return f.seal("request-mail", id) }

// ReadOwnRequest gives a request to who asked: a member, or who comes by the link that was mailed.
func (f *Forum) ReadOwnRequest(ctx context.Context, by Actor, token string) (q Request, err error) {
	defer during(&err, "read own request")
	if q, err = f.ownRequest(ctx, f.store.read, by, token); err != nil {
		return q, err
	}
	return q, q.wordsOf(ctx, f.store.read, false)
}

// ownRequest finds the request of a token; one of a member is theirs alone, whoever else got hold of the link.
func (f *Forum) ownRequest(ctx context.Context, db querier, by Actor, token string) (q Request, err error) {
	return f.requestBehind(ctx, db, by, "request", token)
}

func (f *Forum) requestBehind(ctx context.Context, db querier, by Actor, purpose, token string) (q Request, err error) {
	ids, err := f.unseal(purpose, token, 1)
	if err != nil {
		return q, err
	}
	return q, one(ctx, db, &q, requestFields+"WHERE q.id = ? AND (q.member_id = 0 OR q.member_id = ?)", ids[0], by.Member)
}

// AddToRequest adds words of who asked, by the link in a mail or as its member. One that was closed is open again, with its time before it.
func (f *Forum) AddToRequest(ctx context.Context, by Actor, token, words, key string) error {
	if _, err := f.unseal("request", token, 1); err != nil {
		return err
	}
	if err := f.spend(ctx, requestsOfOne, "request", "words "+token); err != nil {
		return err
	}
	return f.write(ctx, "add to request", func(w *writer) error {
		q, err := f.ownRequest(w.ctx, w, by, token)
		if err != nil {
			return err
		}
		var p problems
		if words = p.needed("words", words, mostOfRequest); p != nil {
			return p.err()
		}
		return w.addToRequest(&q, words, key, "")
	})
}

func (w *writer) addToRequest(q *Request, words, key, messageID string) error {
	id, err := w.requestWords(q.ID, RequestWords{Words: words, MessageID: messageID}, key)
	if err != nil || id == 0 {
		return err
	}
	due := q.DueAt
	if q.ClosedAt != 0 {
		k, _ := requestKind(q.Kind)
		due = w.now.add(k.Within)
	}
	if err := w.exec("UPDATE requests SET closed_at = 0, closed_by = 0, outcome = '', due_at = ?, reminded = CASE WHEN due_at = ? THEN reminded ELSE 0 END, confirmed_at = CASE WHEN confirmed_at = 0 THEN ? ELSE confirmed_at END WHERE id = ?",
		due, due, w.now, q.ID); err != nil {
		return err
	}
	return w.noteRequest(requestCame, q.ID, q.Kind)
}

// ConfirmRequest says that the address of a request is of who asked, and that it was they: by the link that was mailed there.
func (f *Forum) ConfirmRequest(ctx context.Context, token string) error {
	return f.write(ctx, "confirm request", func(w *writer) error {
		q, err := f.ownRequest(w.ctx, w, Actor{}, token)
		if err != nil {
			return err
		}
		return w.exec("UPDATE requests SET confirmed_at = ? WHERE id = ? AND confirmed_at = 0", w.now, q.ID)
	})
}

// WithdrawRequest takes a request back, and all that was written about it: by who asked.
func (f *Forum) WithdrawRequest(ctx context.Context, by Actor, token string) error {
	return f.write(ctx, "withdraw request", func(w *writer) error {
		q, err := f.ownRequest(w.ctx, w, by, token)
		if err != nil {
			return err
		}
		return either(w.dropRequests("q.id = ?", q.ID), w.log(Actor{}, "withdraw-request", q.ID, 0, q.Kind))
	})
}

// dropRequests deletes requests q with their words and mails.
func (w *writer) dropRequests(which string, args ...any) error {
	ids := bun.SafeQuery("SELECT q.id FROM requests q WHERE "+which, args...)
	return either(either(w.exec("DELETE FROM deliveries WHERE kind = ? AND ref IN (SELECT r.id FROM request_words r WHERE r.request_id IN (?))", requestMail, ids),
		w.exec("DELETE FROM request_words WHERE request_id IN (?)", ids)), w.exec("DELETE FROM requests WHERE id IN (SELECT q.id FROM requests q WHERE "+which+")", args...))
}
