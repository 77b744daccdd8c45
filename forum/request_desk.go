package forum

import (
	"context"
	"slices"
	"strings"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/schema"
)

// seesRequests is the SQL condition under which the actor answers the request q: what is about privacy only when they have been officer for a week, so
// that nobody becomes it to read what was written about them.
func seesRequests(by Actor) schema.QueryWithArgs {
	ripe := by.at.add(-rolesRipen) // but where nobody has held the role for so long yet
	const officers = "(SELECT 1 FROM grants so JOIN members sm ON sm.id = so.member_id AND sm.standing = ?3 WHERE so.role = ?2 AND so.granted_at <= ?4"
	return bun.SafeQuery("((?0 AND (q.kind = ?5 OR EXISTS "+officers+" AND so.member_id = ?6) OR NOT EXISTS "+officers+"))) OR ?1 AND q.kind = ?5)", by.Has(PrivacyOfficer), by.Has(Administrator), PrivacyOfficer, Active, ripe, aQuestion, by.Member)
}

// RequestDesk is what waits for an answer, what is due first standing first, and what was closed lately.
type RequestDesk struct {
	Open, Closed []Request
	Elsewhere    int  // those about privacy, for administrators who do not see them
	Late         int  // of them
	NoOfficer    bool // nobody who is there is privacy officer
}

// ReadRequests gives the desk, for administrators and privacy officers.
func (f *Forum) ReadRequests(ctx context.Context, by Actor) (d RequestDesk, err error) {
	defer during(&err, "read requests")
	if err = mayDesignate(by); err != nil {
		return d, err
	}
	q := f.store.read
	if err = q.scan(ctx, &d.Open, requestFields+"WHERE q.closed_at = 0 AND ? ORDER BY CASE WHEN q.kind = ? THEN 1 ELSE 0 END, q.due_at, q.id LIMIT 500", seesRequests(by), aQuestion); err != nil {
		return d, err
	}
	if err = q.scan(ctx, &d.Closed, requestFields+"WHERE q.closed_at > 0 AND ? ORDER BY q.closed_at DESC, q.id LIMIT 100", seesRequests(by)); err != nil {
		return d, err
	}
	var n struct{ Elsewhere, Late, Officers int }
	err = one(ctx, q, &n, `SELECT (SELECT count(*) FROM requests q WHERE q.closed_at = 0 AND NOT ?0) AS elsewhere, (SELECT count(*) FROM requests q WHERE q.closed_at = 0 AND q.due_at < ?1 AND NOT ?0) AS late,
		(SELECT count(*) FROM grants h JOIN members m ON m.id = h.member_id WHERE h.role = ?2 AND m.standing = ?3) AS officers`, seesRequests(by), f.instant(), PrivacyOfficer, Active)
	d.Elsewhere, d.Late, d.NoOfficer = n.Elsewhere, n.Late, n.Officers == 0
	return d, err
}

// OpenRequests is how many requests wait for who answers them: administrators and privacy officers.
func (f *Forum) OpenRequests(ctx context.Context, by Actor) (n int, err error) {
	defer during(&err, "open requests")
	if err = mayDesignate(by); err != nil {
		return 0, err
	}
	err = one(ctx, f.store.read, &n, "SELECT count(*) FROM requests q WHERE q.closed_at = 0 AND ?", seesRequests(by))
	return n, err
}

// ReadRequest gives one to who may answer it, with all that was written. That they looked is logged.
func (f *Forum) ReadRequest(ctx context.Context, by Actor, id int64) (q Request, err error) {
	err = f.write(ctx, "read request", func(w *writer) error {
		q = Request{}
		if err := w.oneRequest(by, id, &q); err != nil {
			return err
		}
		if err := q.wordsOf(w.ctx, w, true); err != nil {
			return err
		}
		return w.logDaily(by, "read-request", id)
	})
	return q, err
}

// logDaily logs what the actor looks at, once a day for each thing.
func (w *writer) logDaily(by Actor, act string, object int64) error {
	var known int
	if err := w.one(&known, "SELECT count(*) FROM log_entries WHERE actor_id = ? AND act = ? AND object_id = ? AND at > ?", by.Member, act, object, w.now.add(-day)); err != nil || known > 0 {
		return err
	}
	return w.log(by, act, object, 0, "")
}

// oneRequest loads a request for who may answer it; of what they may not know it is absent.
func (w *writer) oneRequest(by Actor, id int64, q *Request) error {
	return either(mayDesignate(by), w.one(q, requestFields+"WHERE q.id = ? AND ?", id, seesRequests(by)))
}

// ClaimRequest says that the actor takes care of a request; ReleaseRequest that they do no more. Conflict: somebody else does.
func (f *Forum) ClaimRequest(ctx context.Context, by Actor, id int64) error {
	return f.keepRequest(ctx, by, id, func(w *writer, q *Request) error {
		if q.Held(by.Member, w.now) {
			return Refuse(Conflict, "error.request-claimed")
		}
		return w.exec("UPDATE requests SET claimed_by = ?, claimed_at = ? WHERE id = ?", by.Member, w.now, id)
	})
}

// ReleaseRequest lets others take care of it.
func (f *Forum) ReleaseRequest(ctx context.Context, by Actor, id int64) error {
	return f.keepRequest(ctx, by, id, func(w *writer, q *Request) error {
		return w.exec("UPDATE requests SET claimed_by = 0, claimed_at = 0 WHERE id = ? AND claimed_by = ?", id, by.Member)
	})
}

func (f *Forum) keepRequest(ctx context.Context, by Actor, id int64, do func(w *writer, q *Request) error) error {
	return f.write(ctx, "keep request", func(w *writer) error {
		var q Request
		if err := either(w.lockRow("requests", id), w.oneRequest(by, id, &q)); err != nil {
			return err
		}
		return do(w, &q)
	})
}

// NoteRequest adds a note that only those who may answer the request see.
func (f *Forum) NoteRequest(ctx context.Context, by Actor, id int64, words, key string) error {
	return f.keepRequest(ctx, by, id, func(w *writer, q *Request) error {
		var p problems
		if words = p.needed("note", words, mostOfRequest); p != nil {
			return p.err()
		}
		_, err := w.requestWords(id, RequestWords{ByMember: by.Member, Inside: true, Words: words}, key)
		return err
	})
}

// RequestAnswer is what the staff say. Outcome "": it stays open; "answered"; "refused", with the reasons and where to complain (GDPR, Article 12(4)).
// Extend: it takes longer, with the reasons, once; never of a question.
type RequestAnswer struct {
	Words, Outcome, Key string
	Extend              bool
}

// AnswerRequest mails an answer to who asked, which threads with what they have. The same key again is the same answer.
func (f *Forum) AnswerRequest(ctx context.Context, by Actor, id int64, a RequestAnswer) error {
	return f.keepRequest(ctx, by, id, func(w *writer, q *Request) error {
		var p problems
		a.Words = p.needed("answer", a.Words, mostOfRequest)
		if !slices.Contains([]string{"", "answered", "refused"}, a.Outcome) {
			p.add("outcome", "error.empty.outcome")
		}
		if a.Extend && (a.Outcome != "" || !q.MayExtend()) {
			p.add("outcome", "error.request-extended")
		}
		if err := p.err(); err != nil {
			return err
		}
		words, err := w.requestWords(id, RequestWords{ByMember: by.Member, Words: a.Words}, a.Key)
		if err != nil || words == 0 { // the double click
			return err
		}
		if err := w.mailRequest(words, q.MemberID); err != nil {
			return err
		}
		act := "answer-request"
		switch {
		case a.Extend:
			act = "extend-request"
			err = w.exec("UPDATE requests SET due_at = ?, extended_at = ?, reminded = 0 WHERE id = ?", q.DueAt.add(requestExtended), w.now, id)
		case a.Outcome != "":
			err = w.exec("UPDATE requests SET closed_at = ?, closed_by = ?, outcome = ? WHERE id = ?", w.now, by.Member, a.Outcome, id)
		}
		return either(err, w.log(by, act, id, 0, strings.TrimSpace(q.Kind+" "+a.Outcome)))
	})
}

// DropRequest deletes what is no request at all: spam, or a mail that went astray. Nobody is told. What a member asks, or who showed that the address is
// theirs, is answered or refused.
func (f *Forum) DropRequest(ctx context.Context, by Actor, id int64, reason string) error {
	return f.keepRequest(ctx, by, id, func(w *writer, q *Request) error {
		var p problems
		if !q.MayDrop() {
			p.add("drop", "error.request-real")
		}
		if reason = p.needed("drop", reason, 1000); p != nil {
			return p.err()
		}
		return either(w.dropRequests("q.id = ?", id), w.log(by, "drop-request", id, 0, q.Kind+": "+reason))
	})
}

// RemindRequests tells the keepers of what is due within a week, and of what is overdue the administrators, too, each once.
func (f *Forum) RemindRequests(ctx context.Context) error {
	return f.write(ctx, "remind of requests", func(w *writer) error {
		for _, stage := range []struct {
			note string
			mark int
			by   Instant
		}{{requestLateNote, 2, w.now}, {requestSoonNote, 1, w.now.add(requestSoon)}} {
			var due []Request
			if err := w.scan(w.ctx, &due, "UPDATE requests SET reminded = ?0 WHERE closed_at = 0 AND reminded < ?0 AND due_at <= ?1 RETURNING id, kind", stage.mark, stage.by); err != nil {
				return err
			}
			for _, q := range due {
				if err := w.noteRequest(stage.note, q.ID, q.Kind); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

// RequestNote is what the mails to its keepers say of a request.
type RequestNote struct {
	Request
	Sees bool // its reader answers it
}

// ReadRequestNote reads it for the mail; who neither answers the request nor administers the forum finds nothing, nor who is told of one that is closed.
func (f *Forum) ReadRequestNote(ctx context.Context, by Actor, id int64) (n RequestNote, err error) {
	defer during(&err, "read request note")
	if mayDesignate(by) != nil {
		return n, Absent()
	}
	err = one(ctx, f.store.read, &n, "SELECT q.id, q.kind, q.due_at, ? AS sees FROM requests q WHERE q.id = ? AND q.closed_at = 0", seesRequests(by), id)
	return n, err
}

// RequestMailed is what the mail of one of its words says of a request.
type RequestMailed struct {
	Request
	Said    RequestWords
	Answers string // Message-ID of the mail that it answers, of who asked; "": none
	Before  int64  // the words of ours that were mailed before; 0: none
	First   int64  // those that were mailed first
	Next    string // what the answer does: "answered", "refused", "extended"; "": the request stays open
}

// ReadRequestMail reads it for the mail.
func (f *Forum) ReadRequestMail(ctx context.Context, words int64) (m RequestMailed, err error) {
	defer during(&err, "read request mail")
	if err = one(ctx, f.store.read, &m.Request, requestFields+"WHERE q.id = (SELECT r.request_id FROM request_words r WHERE r.id = ? AND r.inside = 0)", words); err != nil {
		return m, err
	}
	if err = m.wordsOf(ctx, f.store.read, false); err != nil {
		return m, err
	}
	for _, r := range m.Words {
		if r.ID == words {
			m.Said = r
			break
		}
		if r.Mailed {
			m.Before = r.ID
			if m.First == 0 {
				m.First = r.ID
			}
		}
		if r.MessageID != "" {
			m.Answers = r.MessageID
		}
	}
	if m.Said.MessageID != "" {
		m.Answers = m.Said.MessageID
	}
	switch {
	case m.Said.ByMember == 0:
	case m.ClosedAt == m.Said.At:
		m.Next = m.Outcome
	case m.ExtendedAt == m.Said.At:
		m.Next = "extended"
	}
	return m, nil
}

// ofSeenRequest is the SQL condition under which the mail d is about a request of who is no member, which the actor answers.
func ofSeenRequest(by Actor) schema.QueryWithArgs {
	return bun.SafeQuery("d.member_id = 0 AND EXISTS (SELECT 1 FROM request_words r JOIN requests q ON q.id = r.request_id WHERE r.id = d.ref AND ?)", seesRequests(by))
}

// requestRecipients is where the mail of words goes, in the columns of members.
func requestRecipients(words int64) schema.QueryWithArgs {
	return bun.SafeQuery(`FROM (SELECT q.member_id AS id, coalesce(u.email, q.address) AS email, coalesce(u.name, CASE WHEN q.confirmed_at > 0 THEN q.name ELSE '' END) AS name, coalesce(u.language, q.language) AS language, coalesce(u.zone, 'UTC') AS zone,
		0 AS digest_hour, 0 AS digest_days, 0 AS digest_on, 0 AS digest_form FROM request_words r JOIN requests q ON q.id = r.request_id LEFT JOIN members u ON u.id = q.member_id WHERE r.id = ? AND r.inside = 0) m WHERE m.email <> ''`, words)
}
