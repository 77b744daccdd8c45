package forum_test

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"peergroups/forum"
	"peergroups/forum/forumtest"
)

// TestP27MailsOfBefore: what waits to be mailed is held back in the archive, and is not sent by whoever takes it over.
func TestP27MailsOfBefore(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		m := w.Member("waiting")
		if _, err := w.Store.Writer().NewRaw("INSERT INTO deliveries (kind, ref, member_id, state, queued_at, due_at) VALUES ('note.certified', 1, ?, 0, 1, 1), ('note.certified', 2, ?, 1, 1, 1), ('note.certified', 3, ?, 2, 1, 1)", m.Member, m.Member, m.Member).Exec(t.Context()); err != nil {
			t.Fatal(err)
		}
		archive, _ := export(t, w.Forum, forum.PortalOptions{})
		to, store := empty(t, "sqlite")
		if err := bring(t, to, archive, false); err != nil {
			t.Fatal(err)
		}
		var states []forum.DeliveryState
		if err := store.Reader().NewRaw("SELECT state FROM deliveries WHERE kind = 'note.certified' ORDER BY ref").Scan(t.Context(), &states); err != nil || !slices.Equal(states, []forum.DeliveryState{forum.Withheld, forum.Withheld, forum.Sent}) {
			t.Errorf("%v, %v", states, err)
		}
		if n, err := to.CountQueued(t.Context()); err != nil || n != 0 {
			t.Errorf("%d wait, %v", n, err)
		}
	})
}

// TestP27Announced: a transfer is announced two weeks before, to all, and withdrawn in the same way; for another body
// nothing goes out before its day.
func TestP27Announced(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		ctx, m := t.Context(), w.Member("told")
		mail := forum.Letter{Subject: "We move", Source: "To the Guild."}
		d := forum.TransferDraft{Body: "The Guild", Place: "1 Lane, Norway", Contact: "guild@guild.example", Words: "We end our work.", From: w.Now().Add(29 * 24 * time.Hour), Key: w.Key()}
		kind(t, "a member", w.AnnounceTransfer(ctx, m, d, mail), forum.Forbidden, "error.")
		kind(t, "too early", w.AnnounceTransfer(ctx, w.Admin, d, mail), forum.Invalid, "from: error.transfer-early")
		d.From = w.Now().Add(31 * 24 * time.Hour)
		other := func() error {
			_, err := w.ExportPortal(ctx, operator, io.Discard, forum.PortalOptions{Other: true})
			return err
		}
		if err := other(); !errors.Is(err, forum.ErrNoTransfer) {
			t.Errorf("unannounced: %v", err)
		}
		for range 2 {
			if err := w.AnnounceTransfer(ctx, w.Admin, d, mail); err != nil {
				t.Fatal(err)
			}
		}
		mails := func() (n int) {
			if err := w.Store.Reader().NewRaw("SELECT count(*) FROM deliveries d JOIN circulars c ON c.id = d.ref WHERE d.kind = 'circular' AND d.state = 0 AND c.kind = 'transfer'").Scan(ctx, &n); err != nil {
				t.Fatal(err)
			}
			return n
		}
		if mails() != 2 {
			t.Errorf("%d mails for two members", mails())
		}
		again := d
		again.Key = w.Key()
		kind(t, "another beside it", w.AnnounceTransfer(ctx, w.Admin, again, mail), forum.Invalid, "error.transfer-announced")
		if err := other(); !errors.Is(err, forum.ErrEarlyTransfer) {
			t.Errorf("before its day: %v", err)
		}
		held, ok, err := w.AnnouncedTransfer(ctx)
		if err != nil || !ok || held.Body != d.Body {
			t.Fatalf("%+v %t %v", held, ok, err)
		}
		kind(t, "a member withdraws", w.WithdrawTransfer(ctx, m, held.ID, mail), forum.Forbidden, "error.")
		for range 2 {
			if err := w.WithdrawTransfer(ctx, w.Admin, held.ID, mail); err != nil {
				t.Fatal(err)
			}
		}
		if _, ok, err := w.AnnouncedTransfer(ctx); ok || err != nil || mails() != 4 {
			t.Errorf("withdrawn: %t, %v, %d mails", ok, err, mails())
		}
		if err := w.AnnounceTransfer(ctx, w.Admin, again, mail); err != nil {
			t.Fatal(err)
		}
		exec(t, w, "INSERT INTO account_erasures (member_id, takes, asked_at, due_at) VALUES (?, 0, ?, ?)", m.Member, forum.At(w.Now()), forum.At(w.Now().Add(40*24*time.Hour)))
		w.Pass(32 * 24 * time.Hour)
		if err := other(); err == nil || !strings.Contains(err.Error(), "wait for their accounts") {
			t.Errorf("who asked to be erased in time is handed over: %v", err)
		}
		exec(t, w, "DELETE FROM account_erasures")
		var b bytes.Buffer
		if r, err := w.ExportPortal(ctx, operator, &b, forum.PortalOptions{Other: true}); err != nil || r.Manifest.Purpose != "transfer" || r.Manifest.To != "The Guild, 1 Lane, Norway" {
			t.Fatalf("%+v, %v", r.Manifest, err)
		}
		to, _ := empty(t, "sqlite")
		if err := bring(t, to, b.Bytes(), false); err != nil {
			t.Fatal(err)
		}
		if _, ok, err := to.AnnouncedTransfer(ctx); ok || err != nil {
			t.Errorf("the other body goes on announcing: %t, %v", ok, err)
		}
	})
}

// TestP27OddTexts: a text that is none, which SQLite took, comes over, to PostgreSQL as what can be read of it.
func TestP27OddTexts(t *testing.T) {
	t.Parallel()
	w := forumtest.New(t, "sqlite")
	if _, err := w.Store.Writer().NewRaw("UPDATE members SET title = CAST(? AS TEXT)", []byte("a\xffb\x00c")).Exec(t.Context()); err != nil {
		t.Fatal(err)
	}
	archive, parts := export(t, w.Forum, forum.PortalOptions{})
	for dialect, want := range map[string]string{"sqlite": "a\xffb\x00c", "postgres": "a\uFFFDbc"} {
		to, store := empty(t, dialect)
		if err := bring(t, to, archive, false); err != nil {
			t.Fatal(err)
		}
		var title []byte
		if err := store.Reader().DB.QueryRowContext(t.Context(), "SELECT CAST(title AS "+map[string]string{"sqlite": "BLOB", "postgres": "TEXT"}[dialect]+") FROM members").Scan(&title); err != nil || string(title) != want {
			t.Errorf("%s: %q, %v", dialect, title, err)
		}
		if dialect == "sqlite" {
			_, again := export(t, to, forum.PortalOptions{})
			alike(t, dialect, parts, again)
		}
	}
}
