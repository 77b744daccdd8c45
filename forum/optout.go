package forum

import (
	"context"
	"slices"
)

// OptOut is a member's word that circulars of a kind shall not come (P22): from when, on which
// words, and until when. It is kept after it was taken back.
type OptOut struct {
	Kind    string
	Version string // of the kind's words, as the member read them
	ByLink  bool   // in a mail; else on the page
	At      Instant
	EndedAt Instant // 0: it holds
}

// ReadOptOuts lists all that the actor ever said of the kinds of circulars, newest first.
func (f *Forum) ReadOptOuts(ctx context.Context, by Actor) (out []OptOut, err error) {
	defer during(&err, "read opt-outs")
	err = f.store.read.scan(ctx, &out, "SELECT kind, version, by_link, at, ended_at FROM opt_outs WHERE member_id = ? ORDER BY at DESC, id DESC LIMIT 500", by.Member)
	return out, err
}

// ChooseNotices sets which kinds of circulars the actor does not want: those that are named, of
// those that an account can do without. Each change is kept with its time and wording.
func (f *Forum) ChooseNotices(ctx context.Context, by Actor, unwanted []string) error {
	return f.write(ctx, "choose notices", func(w *writer) error {
		for _, name := range unwanted {
			if _, is := noticeKind(name); !is {
				return Absent()
			}
		}
		for _, k := range NoticeKinds {
			no := slices.Contains(unwanted, k.Name)
			if (k.Needful || k.Asked) && !no { // what is asked for wants a consent (SetConsent)
				continue
			}
			if err := mayOptOut(by.Member, k); err != nil {
				return err
			}
			var err error
			if no {
				err = w.optOut(by.Member, k, false)
			} else {
				err = w.exec("UPDATE opt_outs SET ended_at = ? WHERE member_id = ? AND kind = ? AND ended_at = 0", w.now, by.Member, k.Name)
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
}

func (w *writer) optOut(m MemberID, k NoticeKind, byLink bool) error {
	err := w.exec("INSERT INTO opt_outs (id, member_id, kind, version, by_link, at) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING", w.id(), m, k.Name, k.Version, bit(byLink), w.now)
	if k.Asked {
		err = either(err, w.withdrawConsent(m, k.Name))
	}
	return err
}

// Choice is how many members have a choice now: a consent to a purpose, of its kind ("given", "deemed", "refused"), or an opt-out of a kind of message ("opted-out").
type Choice struct {
	Name, How string
	N         int
}

// CountChoices counts them, for administrators and privacy officers: who they are stands nowhere.
func (f *Forum) CountChoices(ctx context.Context, by Actor) (out []Choice, err error) {
	defer during(&err, "count choices")
	if err = mayDesignate(by); err != nil {
		return nil, err
	}
	err = f.store.read.scan(ctx, &out, `SELECT c.purpose AS name, c.how, count(DISTINCT c.member_id) AS n FROM consents c JOIN members m ON m.id = c.member_id WHERE c.withdrawn_at = 0 AND m.standing = ?0 GROUP BY c.purpose, c.how
		UNION ALL SELECT o.kind, 'opted-out', count(*) FROM opt_outs o JOIN members m ON m.id = o.member_id WHERE o.ended_at = 0 AND m.standing = ?0 GROUP BY o.kind ORDER BY 1, 2`, Active)
	return out, err
}

// NoticeToken names a member and a circular in the link of a mail by which its kind is stopped.
func (f *Forum) NoticeToken(m MemberID, circular int64) string {
	return f.seal("notice", int64(m), circular)
}

// ReadNoticeToken gives the kind that the link in a circular stops.
func (f *Forum) ReadNoticeToken(ctx context.Context, token string) (k NoticeKind, err error) {
	_, k, err = f.noticeOf(ctx, f.store.read, token)
	return k, err
}

func (f *Forum) noticeOf(ctx context.Context, db querier, token string) (m MemberID, k NoticeKind, err error) {
	ids, err := f.unseal("notice", token, 2)
	if err != nil {
		return 0, k, err
	}
	var kind string
	if err := one(ctx, db, &kind, "SELECT ci.kind FROM circulars ci WHERE ci.id = ? AND EXISTS (SELECT 1 FROM members m WHERE m.id = ?)", ids[1], ids[0]); err != nil {
		if KindOf(err) == NotFound { // a draft that was tried out, and thrown away
			err = Refuse(Closed, "error.link-over")
		}
		return 0, k, err
	}
	k, _ = noticeKind(kind)
	return MemberID(ids[0]), k, mayOptOut(MemberID(ids[0]), k)
}

// StopNotices stops a kind of circulars by the holder of a link in one of their mails; to stop
// needs no login (RFC 8058). Twice is once.
func (f *Forum) StopNotices(ctx context.Context, token string) error {
	return f.write(ctx, "stop notices", func(w *writer) error {
		m, k, err := f.noticeOf(ctx, w, token)
		if err != nil {
			return err
		}
		return w.optOut(m, k, true)
	})
}

// OptOutByMail stops all kinds of circulars that an account can do without, by a mail that the member provably sent to the
// privacy address (P22), and has it answered. The same mail twice is once.
func (f *Forum) OptOutByMail(ctx context.Context, by Actor, in Incoming) error {
	return f.write(ctx, "opt out by mail", func(w *writer) error {
		if err := mayKeep(by); err != nil {
			return err
		}
		id := w.id()
		n, err := w.changed(`INSERT INTO received (id, member_id, at, message_id, verdict, outcome, object_id) VALUES (?, ?, ?, ?, '', 'opted-out', 0)
			ON CONFLICT (member_id, message_id) DO NOTHING`, id, by.Member, w.now, in.key())
		if err != nil || n == 0 {
			return err
		}
		for _, k := range NoticeKinds {
			if k.Needful {
				continue
			}
			if err := w.optOut(by.Member, k, true); err != nil {
				return err
			}
		}
		for _, p := range Purposes {
			if p.Needed {
				continue
			}
			if err := w.withdrawConsent(by.Member, p.Name); err != nil {
				return err
			}
		}
		return either(w.arrived(Arrival{MemberID: by.Member, Fate: FateCommand, Verdict: in.Verdict}, in.key(), nil), w.answer(by, id, "opted-out", "opted-out"))
	})
}
