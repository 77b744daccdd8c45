package forum_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"peergroups/forum"
	"peergroups/forum/forumtest"
)

// office are people who ask and who answer: an officer, an administrator who is none, and a member.
type office struct {
	*forumtest.World
	t                     *testing.T
	officer, admin, asker forum.Actor
	visitor               forum.Actor
}

func newOffice(t *testing.T, w *forumtest.World) *office {
	d := &office{World: w, t: t, officer: w.Member("officer"), admin: w.Member("boss"), asker: w.Member("asker")}
	d.must(w.Grant(t.Context(), w.Admin, d.officer.Member, forum.PrivacyOfficer))
	d.must(w.Grant(t.Context(), w.Admin, d.admin.Member, forum.Administrator))
	d.officer, d.admin = w.As(d.officer.Member), w.As(d.admin.Member)
	return d
}

func (d *office) must(err error) {
	d.t.Helper()
	if err != nil {
		d.t.Fatal(err)
	}
}

// ask asks as the member, or as the visitor with an address.
func (d *office) ask(by forum.Actor, kind, words string) int64 {
	d.t.Helper()
	id, err := d.AskRequest(d.t.Context(), by, "192.0.2.1", forum.RequestDraft{Kind: kind, Words: words, Key: d.Key(), Name: "Vera Visitor", Address: "vera@elsewhere.example", Language: "en"})
	d.must(err)
	return id
}

// mailed gives to whom mails of a kind wait, by the ledger.
func (d *office) mailed(kind string) (out []int64) {
	d.t.Helper()
	d.must(d.Store.Reader().NewRaw("SELECT member_id FROM deliveries WHERE kind = ? ORDER BY queued_at, member_id", kind).Scan(d.t.Context(), &out))
	return out
}

// TestRequests: what a visitor or a member asks is read by who answers it and by who asked, and by nobody else (P4, P31).
func TestRequests(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		d, ctx := newOffice(t, w), t.Context()
		question, access := d.ask(d.visitor, "question", "When do you open?"), d.ask(d.asker, "access", "What do you hold? canary")
		sees := func(by forum.Actor, id int64) bool {
			q, err := w.ReadRequest(ctx, by, id)
			listed, _ := w.ReadRequests(ctx, by)
			in := slices.ContainsFunc(listed.Open, func(o forum.Request) bool { return o.ID == id })
			if in != (err == nil) || err == nil && len(q.Words) == 0 || err != nil && (q.Kind != "" || len(q.Words) > 0) {
				t.Errorf("read %v, listed %v, %+v", err, in, q)
			}
			return in
		}
		for who, c := range map[string]struct {
			by               forum.Actor
			question, access bool
		}{"officer": {d.officer, true, true}, "administrator": {d.admin, true, false}, "member": {d.asker, false, false}, "visitor": {d.visitor, false, false}} {
			if sees(c.by, question) != c.question || sees(c.by, access) != c.access {
				t.Errorf("%s sees what they should not, or not what they should", who)
			}
		}
		if listed, err := w.ReadRequests(ctx, d.admin); err != nil || listed.Elsewhere != 1 || listed.NoOfficer {
			t.Errorf("administrators are told that one waits: %+v, %v", listed, err)
		}
		for who, by := range map[string]forum.Actor{"visitor": d.visitor, "officer": d.officer} {
			if q, err := w.ReadOwnRequest(ctx, by, w.RequestToken(access)); forum.KindOf(err) != forum.NotFound || q.Kind != "" {
				t.Errorf("%s comes by the link of a member's: %v %+v", who, err, q)
			}
		}
		if _, err := w.ReadOwnRequest(ctx, d.visitor, w.SentToken(question)); err == nil {
			t.Error("who has only sent it reads it like who reads the letter box")
		}
		if q, err := w.ReadSentRequest(ctx, w.SentToken(question)); err != nil || q.Reference() == "" || q.Words != nil || q.Address != "" {
			t.Errorf("what was sent: %+v, %v", q, err)
		}
		d.must(w.NoteRequest(ctx, d.officer, access, "They called before. inside-canary", "n"))
		for range 2 { // a double click
			d.must(w.AnswerRequest(ctx, d.officer, access, forum.RequestAnswer{Words: "All that we hold is below.", Outcome: "answered", Key: "a"}))
		}
		q, err := w.ReadOwnRequest(ctx, d.asker, w.RequestToken(access))
		d.must(err)
		if len(q.Words) != 2 || q.Words[1].Words != "All that we hold is below." || q.Outcome != "answered" {
			t.Errorf("who asked reads %+v", q)
		}
		if _, err := w.ReadOwnRequest(ctx, d.visitor, w.RequestAddress(question)); err == nil {
			t.Error("the address of its mails opens the page")
		}
		if err := w.AnswerRequestByMail(ctx, d.visitor, w.RequestToken(question), "vera@elsewhere.example", forum.Incoming{MessageID: "<a@x>", Source: "words of hers"}); err == nil {
			t.Error("the link of the page is an address")
		}
		ripen(t, w)
		d.must(w.Grant(ctx, w.Admin, d.admin.Member, forum.PrivacyOfficer))
		if _, err := w.ReadRequest(ctx, w.As(d.admin.Member), access); forum.KindOf(err) != forum.NotFound {
			t.Errorf("who became officer just now reads what was written before: %v", err)
		}
		d.must(w.Relieve(ctx, w.Admin, d.admin.Member, forum.PrivacyOfficer, "the term is over"))
		if own, err := w.ReadOwnRequests(ctx, d.asker); err != nil || len(own) != 1 {
			t.Errorf("own requests: %+v, %v", own, err)
		}
		if own, err := w.ReadOwnRequests(ctx, forum.Actor{}); err != nil || len(own) != 0 {
			t.Errorf("a visitor has no list: %+v, %v", own, err)
		}
		if got := d.mailed("request"); !slices.Equal(got, []int64{0, int64(d.asker.Member), int64(d.asker.Member)}) {
			t.Errorf("mails to who asked: %v", got)
		}
		m, err := w.ReadRequestMail(ctx, q.Words[1].ID)
		if err != nil || m.Before != q.Words[0].ID || m.First != q.Words[0].ID || strings.Contains(m.Said.Words, "inside-canary") {
			t.Errorf("the mail: %+v, %v", m, err)
		}
		for who, by := range map[string]forum.Actor{"asker": d.asker, "admin of another kind, once closed": d.officer} {
			if n, err := w.ReadRequestNote(ctx, by, access); forum.KindOf(err) != forum.NotFound {
				t.Errorf("%s: the note tells %+v, %v", who, n, err)
			}
		}
		if n, err := w.ReadRequestNote(ctx, d.admin, question); err != nil || !n.Sees {
			t.Errorf("the note of a question: %+v, %v", n, err)
		}
	})
}

// TestRequestRecipients: the mails go to who asked, also where they have no account, until the request is gone.
func TestRequestRecipients(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		d, ctx := newOffice(t, w), t.Context()
		id := d.ask(d.visitor, "question", "When do you open?")
		q, err := w.ReadRequest(ctx, d.officer, id)
		d.must(err)
		what := forum.Mailing{Kind: "request", Ref: q.Words[0].ID}
		to, err := w.Claim(ctx, what, 10)
		d.must(err)
		if len(to) != 1 || to[0].Member != 0 || to[0].Email != "vera@elsewhere.example" || to[0].Name != "" { // her name stands in no mail before the address is hers
			t.Fatalf("claimed: %+v", to)
		}
		d.must(w.Delivered(ctx, what, []forum.Outcome{{State: forum.Sent}}))
		d.must(w.TakeReturn(ctx, w.BounceToken(what, 0), forum.Bounce{Return: forum.HardReturn, Status: "5.1.1"}))
		if q, err = w.ReadRequest(ctx, d.officer, id); err != nil || q.ReturnedAt == 0 || q.Words[0].Delivery != forum.Sent {
			t.Errorf("it came back: %+v, %v", q, err)
		}
		d.must(w.AnswerRequest(ctx, d.admin, id, forum.RequestAnswer{Words: "We open at nine.", Key: "a"}))
		d.must(w.WithdrawRequest(ctx, d.visitor, w.RequestToken(id)))
		if got := d.mailed("request"); len(got) != 0 {
			t.Errorf("mails of what was withdrawn: %v", got)
		}
		for _, table := range []string{"requests", "request_words"} {
			var n int
			d.must(w.Store.Reader().NewRaw("SELECT count(*) FROM "+table).Scan(ctx, &n))
			if n != 0 {
				t.Errorf("%d rows are left in %s", n, table)
			}
		}
	})
}

// TestRequestClock: what is due soon is told to who answers it, what is overdue to administrators, too; more time is taken once; what was closed long
// ago is gone.
func TestRequestClock(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		d, ctx := newOffice(t, w), t.Context()
		id := d.ask(d.asker, "complaint", "Nobody answers me.")
		told := func(what, kind string, want ...forum.Actor) {
			t.Helper()
			for range 2 {
				d.must(w.RemindRequests(ctx))
			}
			var ids []int64
			for _, a := range want {
				ids = append(ids, int64(a.Member))
			}
			slices.Sort(ids)
			if got := d.mailed(kind); !slices.Equal(got, ids) {
				t.Errorf("%s: %s went to %v, want %v", what, kind, got, ids)
			}
		}
		told("as it comes", "note.request-came", d.officer, w.Admin)
		told("as it comes", "note.request-soon")
		w.Pass(24 * 24 * time.Hour)
		told("a week before", "note.request-soon", d.officer, w.Admin)
		d.must(w.AnswerRequest(ctx, d.officer, id, forum.RequestAnswer{Words: "It takes longer: the archive is away.", Extend: true, Key: "e"}))
		kind(t, "twice", w.AnswerRequest(ctx, d.officer, id, forum.RequestAnswer{Words: "It takes longer still.", Extend: true, Key: "f"}), forum.Invalid, "error.request-extended")
		w.Pass(10 * 24 * time.Hour)
		told("extended", "note.request-late")
		w.Pass(60 * 24 * time.Hour)
		told("overdue", "note.request-late", d.officer, w.Admin, d.admin)
		d.must(w.AnswerRequest(ctx, d.officer, id, forum.RequestAnswer{Words: "It is as you say, and mended.", Outcome: "answered", Key: "g"}))
		d.must(w.AddToRequest(ctx, d.asker, w.RequestToken(id), "It is not mended.", "h"))
		if q, err := w.ReadRequest(ctx, d.officer, id); err != nil || q.ClosedAt != 0 || q.DueAt.Time().Before(w.Now().Add(29*24*time.Hour)) {
			t.Errorf("it is open again: %+v, %v", q, err)
		}
		d.must(w.AnswerRequest(ctx, d.officer, id, forum.RequestAnswer{Words: "Now it is mended.", Outcome: "answered", Key: "i"}))
		kept := func() (n int) {
			d.must(w.Forget(ctx))
			d.must(w.Store.Reader().NewRaw("SELECT count(*) FROM requests").Scan(ctx, &n))
			return n
		}
		w.Pass(3*365*24*time.Hour - time.Hour)
		if kept() != 1 {
			t.Error("it is gone before its time")
		}
		w.Pass(25 * time.Hour) // it runs once a day
		if kept() != 0 {
			t.Error("it is kept for ever")
		}
	})
}

// TestRequestUnattended: where nobody is privacy officer, administrators are told that one waits, and read none of it.
func TestRequestUnattended(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		d, ctx := newOffice(t, w), t.Context()
		for _, a := range []forum.Actor{d.officer, w.Admin} {
			d.must(w.Relieve(ctx, w.Admin, a.Member, forum.PrivacyOfficer, "the term is over"))
		}
		id := d.ask(d.asker, "erase", "Erase me, please.")
		if got := d.mailed("note.request-came"); !slices.Contains(got, int64(d.admin.Member)) {
			t.Errorf("told: %v", got)
		}
		if n, err := w.ReadRequestNote(ctx, d.admin, id); err != nil || n.Sees {
			t.Errorf("the note: %+v, %v", n, err)
		}
		if _, err := w.ReadRequest(ctx, d.admin, id); forum.KindOf(err) != forum.NotFound {
			t.Errorf("an administrator reads it: %v", err)
		}
		if listed, err := w.ReadRequests(ctx, d.admin); err != nil || !listed.NoOfficer || listed.Elsewhere != 1 || len(listed.Open) != 0 {
			t.Errorf("the desk: %+v, %v", listed, err)
		}
	})
}

// TestBadRequests: what cannot be answered is said beside its field, and too many are stopped.
func TestBadRequests(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		d, ctx := newOffice(t, w), t.Context()
		for field, draft := range map[string]forum.RequestDraft{
			"error.empty.kind":   {Kind: "all", Words: "Something is asked.", Address: "v@x.example"},
			"error.reason-short": {Kind: "question", Words: "?", Address: "v@x.example"},
			"error.email":        {Kind: "question", Words: "Something is asked.", Address: "v@x.example, w@x.example"},
			"error.too-long":     {Kind: "question", Words: strings.Repeat("a", 10_001), Address: "v@x.example"},
		} {
			_, err := w.AskRequest(ctx, d.visitor, "192.0.2.3", draft)
			if !forum.HasField(err, field) {
				t.Errorf("%s: %v", field, err)
			}
		}
		var err error
		for range 4 {
			_, err = w.AskRequest(ctx, d.visitor, "192.0.2.4", forum.RequestDraft{Kind: "question", Words: "Something is asked.", Address: "V@x.example", Key: w.Key()})
		}
		kind(t, "an address that others type in", err, forum.TooMany, "error.too-many")
		same := forum.RequestDraft{Kind: "question", Words: "Something is asked.", Address: "w@x.example", Key: "same"}
		first, err := w.AskRequest(ctx, d.visitor, "192.0.2.5", same)
		d.must(err)
		if again, err := w.AskRequest(ctx, d.visitor, "192.0.2.5", same); err != nil || again != first {
			t.Errorf("a double click: %d, %d, %v", first, again, err)
		}
		same.Address = "other@x.example"
		if other, err := w.AskRequest(ctx, d.visitor, "192.0.2.5", same); err != nil || other == first {
			t.Errorf("the address was mended, and sent again: %d, %v", other, err)
		}
		if err := w.AnswerRequest(context.Background(), d.officer, first, forum.RequestAnswer{Words: "An answer to it.", Outcome: "none", Key: "o"}); !forum.HasField(err, "error.empty.outcome") {
			t.Errorf("no outcome: %v", err)
		}
	})
}
