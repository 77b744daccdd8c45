package forum_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"peergroups/forum"
	"peergroups/forum/forumtest"
)

// incident is the one that was written down.
func (s *stage) incident() (id int64) {
	_ = s.Store.Reader().NewRaw("SELECT coalesce(max(id), 0) FROM incidents").Scan(context.Background(), &id)
	return id
}

// TestIncidents: whom a breach concerns is picked by query, told once in their language, and counted, never named; the clock of 72 hours is told (P29).
func TestIncidents(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		d, ctx := newOffice(t, w), t.Context()
		g, _, _ := w.Group("inner", forum.Hidden)
		w.Ready(g, d.asker)
		draft := forum.IncidentDraft{Title: "A laptop", Words: "It was left on a train. canary", Found: forum.At(w.Now().Add(-time.Hour)), Key: "k"}
		id, err := w.OpenIncident(ctx, d.officer, draft)
		d.must(err)
		if again, err := w.OpenIncident(ctx, d.officer, draft); err != nil || again != id {
			t.Errorf("a double click: %d %d %v", id, again, err)
		}
		for who, by := range map[string]forum.Actor{"member": d.asker, "visitor": {}} {
			i, err := w.ReadIncident(ctx, by, id)
			all, errs := w.ReadIncidents(ctx, by)
			if forum.KindOf(err) != forum.Forbidden || forum.KindOf(errs) != forum.Forbidden || i.Title != "" || len(all) > 0 {
				t.Errorf("%s reads %+v %+v, %v %v", who, i, all, err, errs)
			}
			if _, err := w.IncidentProof(ctx, by, id, 0); forum.KindOf(err) != forum.Forbidden {
				t.Errorf("%s takes the proof: %v", who, err)
			}
		}
		picked := func() int { return count(t, w, "SELECT count(*) FROM incident_people") }
		pick := func(p forum.PickDraft) int {
			t.Helper()
			before := picked()
			d.must(w.PickConcerned(ctx, d.officer, id, p))
			if i, err := w.ReadIncident(ctx, d.officer, id); err != nil || i.Picked != 0 {
				t.Errorf("how many are picked is told: %+v, %v", i, err)
			}
			return picked() - before
		}
		bad := func(key string, p forum.PickDraft) {
			t.Helper()
			if err := w.PickConcerned(ctx, d.officer, id, p); !forum.HasField(err, key) {
				t.Errorf("%s: %v", key, err)
			}
		}
		bad("error.no-such-group", forum.PickDraft{Kind: "group", Group: "inner"}) // the officer may not know of it
		bad("error.no-such-group", forum.PickDraft{Kind: "group", Group: "none"})
		bad("error.no-such-member-named", forum.PickDraft{Kind: "names", Names: "asker\nnobody"})
		bad("error.empty.names", forum.PickDraft{Kind: "names"})
		bad("error.incident-span", forum.PickDraft{Kind: "seen", From: 5, Until: 4})
		bad("error.empty.kind", forum.PickDraft{Kind: "some"})
		if n := pick(forum.PickDraft{Kind: "names", Names: " asker \n\nASKER@members.example"}); n != 1 {
			t.Errorf("named: %d", n)
		}
		if n := pick(forum.PickDraft{Kind: "names", Names: "asker\nboss"}); n != 1 {
			t.Errorf("who is picked already is picked once: %d", n)
		}
		d.must(w.UnpickConcerned(ctx, d.officer, id))
		if n := pick(forum.PickDraft{Kind: "all"}); n != 4 {
			t.Errorf("all: %d", n)
		}
		d.must(w.UnpickConcerned(ctx, d.officer, id))
		pick(forum.PickDraft{Kind: "names", Names: "asker\nboss"})
		if err := w.SendIncident(ctx, d.officer, id); !forum.HasField(err, "error.empty.notice") {
			t.Errorf("without words: %v", err)
		}
		d.must(w.WriteIncidentNotice(ctx, d.officer, id, forum.IncidentNotice{Language: "nl", Subject: "Een laptop", Words: "Die bleef in de trein."}))
		d.must(w.WriteIncidentNotice(ctx, d.officer, id, forum.IncidentNotice{Language: "EN", Subject: "A laptop", Words: "It was left on a train."}))
		if _, err := w.ReadIncidentMail(ctx, id, d.asker.Member, "en"); forum.KindOf(err) != forum.NotFound {
			t.Errorf("before it is sent: %v", err)
		}
		exec(t, w, "UPDATE grants SET granted_at = granted_at - 700000000000 WHERE member_id = ?", d.admin.Member)
		kind(t, "whose role is new where another's is not", w.SendIncident(ctx, d.officer, id), forum.Forbidden, "error.role-too-new")
		ripen(t, w)
		d.must(w.SendIncident(ctx, d.officer, id))
		kind(t, "twice", w.SendIncident(ctx, d.officer, id), forum.Conflict, "error.incident-sent")
		err = w.PickConcerned(ctx, d.officer, id, forum.PickDraft{Kind: "all"})
		kind(t, "picked late", err, forum.Closed, "error.incident-sent")
		for language, want := range map[string]string{"nl": "Een laptop", "en": "A laptop", "xx": "A laptop"} {
			if n, err := w.ReadIncidentMail(ctx, id, d.asker.Member, language); err != nil || n.Subject != want {
				t.Errorf("in %s: %+v, %v", language, n, err)
			}
		}
		if _, err := w.ReadIncidentMail(ctx, id, d.officer.Member, "en"); forum.KindOf(err) != forum.NotFound {
			t.Errorf("whom it does not concern: %v", err)
		}
		what := forum.Mailing{Kind: "incident", Ref: id}
		to, err := w.Claim(ctx, what, 10)
		d.must(err)
		if len(to) != 2 {
			t.Errorf("mails to %+v", to)
		}
		d.must(w.Delivered(ctx, what, []forum.Outcome{{Member: to[0].Member, State: forum.Sent}, {Member: to[1].Member, State: forum.Failed, Trouble: "gone"}}))
		if i, err := w.ReadIncident(ctx, d.officer, id); err != nil || i.States[forum.Sent] != 1 || i.States[forum.Failed] != 1 || i.Picked != 2 {
			t.Errorf("the proof: %+v, %v", i, err)
		}
		if proof, err := w.IncidentProof(ctx, d.officer, id, 0); err != nil || len(proof) != 2 || proof[0].SentAt == 0 && proof[1].SentAt == 0 {
			t.Errorf("the proof: %+v, %v", proof, err)
		}
		told := func(note string, want int) {
			t.Helper()
			for range 2 {
				d.must(w.RemindIncidents(ctx))
			}
			if got := d.mailed(note); len(got) != want {
				t.Errorf("%s went to %v, want %d", note, got, want)
			}
		}
		told("note.incident-soon", 0)
		w.Pass(47 * time.Hour)
		told("note.incident-soon", 3)
		told("note.incident-late", 0)
		w.Pass(24 * time.Hour)
		told("note.incident-late", 3)
		kind(t, "closed in silence", w.CloseIncident(ctx, d.officer, id), forum.Conflict, "error.incident-authority")
		d.must(w.TellAuthority(ctx, d.officer, id, "number 7", false))
		d.must(w.CloseIncident(ctx, d.officer, id))
		kind(t, "changed late", w.ChangeIncident(ctx, d.officer, id, draft), forum.Closed, "error.incident-closed")
		w.Pass(366 * 24 * time.Hour)
		d.must(w.Forget(ctx))
		if proof, err := w.IncidentProof(ctx, d.officer, id, 0); err != nil || len(proof) != 2 {
			t.Errorf("the proof is gone before its time: %+v, %v", proof, err)
		}
		w.Pass(5 * 365 * 24 * time.Hour)
		d.must(w.Forget(ctx))
		if all, err := w.ReadIncidents(ctx, d.officer); err != nil || len(all) != 0 || slices.Contains(d.mailed("incident"), int64(d.asker.Member)) {
			t.Errorf("it is kept for ever: %+v, %v", all, err)
		}
	})
}
