package forum_test

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"peergroups/forum"
	"peergroups/forum/forumtest"
)

// legal is the one that was written down.
func (s *stage) legal() (id int64) {
	_ = s.Store.Reader().NewRaw("SELECT coalesce(max(id), 0) FROM legal_requests").Scan(context.Background(), &id)
	return id
}

// proposed is when something was proposed about it.
func (s *stage) proposed() (at forum.Instant) {
	_ = s.Store.Reader().NewRaw("SELECT coalesce(max(proposed_at), 0) FROM legal_requests").Scan(context.Background(), &at)
	return at
}

// TestLegalRequests: what an authority asks for is about one member and a scope, two decide, the bundle holds nothing beyond it and shows what was changed,
// and the member is told when the law lets it (P24).
func TestLegalRequests(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		d, ctx := newOffice(t, w), t.Context()
		ripen(t, w)
		g, b, room := w.Group("inner", forum.MembersOnly)
		w.Ready(g, d.asker, d.admin)
		topic, err := w.StartTopic(ctx, d.asker, b.ID, draft(w, "old words"))
		d.must(err)
		w.Pass(48 * time.Hour)
		from := forum.At(w.Now())
		file, err := w.AddFile(ctx, d.asker, "note.txt", []byte("in the file"))
		d.must(err)
		within := draft(w, "words within the scope")
		within.Files = []forum.FileID{file.ID}
		_, err = w.Reply(ctx, d.asker, topic.ID, within)
		d.must(err)
		_, err = w.Reply(ctx, d.admin, topic.ID, draft(w, "words of another"))
		d.must(err)
		_, err = w.Say(ctx, d.asker, room.ID, "said in the room", w.Key())
		d.must(err)
		for name, hangs := range map[string]bool{"chat.txt": true, "unsent.txt": false} {
			other, err := w.AddFile(ctx, d.asker, name, []byte("canary of "+name))
			d.must(err)
			if hangs {
				exec(t, w, "UPDATE files SET message_id = (SELECT max(id) FROM messages) WHERE id = ?", other.ID)
			}
		}
		w.Pass(time.Hour)
		until := forum.At(w.Now())
		w.Pass(time.Hour)
		_, err = w.Reply(ctx, d.asker, topic.ID, draft(w, "words after it"))
		d.must(err)

		asks := forum.LegalDraft{Authority: "District court", Basis: "Article 1", Words: "All posts of the member.", Login: "asker", Parts: []string{"posts"}, Received: from, From: from, Until: until, Key: "k",
			SilentUntil: forum.At(w.Now().Add(30 * 24 * time.Hour)), SilentWhy: "Article 2"}
		for key, change := range map[string]func(*forum.LegalDraft){
			"error.legal-login":      func(l *forum.LegalDraft) { l.Login = "*" },
			"error.empty.parts":      func(l *forum.LegalDraft) { l.Parts = []string{"posts", "everything"} },
			"error.legal-span":       func(l *forum.LegalDraft) { l.Until = l.From },
			"error.legal-received":   func(l *forum.LegalDraft) { l.Received = 0 },
			"error.legal-silent":     func(l *forum.LegalDraft) { l.SilentUntil = -1 },
			"error.empty.silent_why": func(l *forum.LegalDraft) { l.SilentWhy = "" },
			"error.empty.basis":      func(l *forum.LegalDraft) { l.Basis = "" },
		} {
			bad := asks
			change(&bad)
			if _, err := w.OpenLegalRequest(ctx, d.officer, bad); !forum.HasField(err, key) {
				t.Errorf("%s: %v", key, err)
			}
		}
		self := asks
		self.Login = "officer"
		_, err = w.OpenLegalRequest(ctx, d.officer, self)
		kind(t, "about oneself", err, forum.Forbidden, "error.not-yourself")
		id, err := w.OpenLegalRequest(ctx, d.officer, asks)
		d.must(err)
		if again, err := w.OpenLegalRequest(ctx, d.officer, asks); err != nil || again != id {
			t.Errorf("a double click: %d %d %v", id, again, err)
		}
		if all, err := w.ReadFigures(ctx, d.admin, true); err != nil || strings.Contains(fmt.Sprint(all[0].Numbers), "legal") { // it could be about them
			t.Errorf("the year that runs tells of it: %+v, %v", all, err)
		}
		for who, by := range map[string]forum.Actor{"whom it is about": d.asker, "a visitor": {}} {
			l, err := w.ReadLegalRequest(ctx, by, id)
			all, errs := w.ReadLegalRequests(ctx, by)
			told, errt := w.ReadLegalTold(ctx, by, id)
			if err == nil || errs == nil || errt == nil || l.Authority != "" || len(all) > 0 || told.Authority != "" {
				t.Errorf("%s reads %+v %+v %+v", who, l, all, told)
			}
		}
		_, err = w.AskBundle(ctx, d.officer, id)
		kind(t, "before it is decided", err, forum.Closed, "error.legal-bundle")
		d.must(w.ProposeLegal(ctx, d.officer, id, "comply", "the law demands it"))
		kind(t, "alone", w.AgreeLegal(ctx, d.officer, id, proposedAt(t, w)), forum.Forbidden, "error.legal-two")
		kind(t, "to something else", w.AgreeLegal(ctx, d.admin, id, proposedAt(t, w)-1), forum.Conflict, "error.legal-changed")
		d.must(w.AgreeLegal(ctx, d.admin, id, proposedAt(t, w)))
		kind(t, "decided", w.ProposeLegal(ctx, d.officer, id, "refuse", "another thought about it"), forum.Conflict, "error.legal-decided")

		l, err := w.AskBundle(ctx, d.officer, id)
		d.must(err)
		var out bytes.Buffer
		d.must(w.WriteBundle(ctx, d.officer, l, &out))
		in := unzipped(t, out.Bytes())
		all := ""
		for _, text := range in {
			all += text
		}
		for _, want := range []string{"words within the scope", "in the file"} {
			if !strings.Contains(all, want) {
				t.Errorf("the bundle lacks %q", want)
			}
		}
		for _, beyond := range []string{"old words", "words after it", "words of another", "said in the room", "asker@members.example", "canary of chat", "canary of unsent"} {
			if strings.Contains(all, beyond) {
				t.Errorf("the bundle holds %q", beyond)
			}
		}
		proved(t, w, in)
		if l, err = w.ReadLegalRequest(ctx, d.admin, id); err != nil || l.Manifest != hash([]byte(in["manifest.json"])) {
			t.Errorf("the hash that is kept: %+v, %v", l, err)
		}

		if got := d.mailed("note.legal-told"); len(got) != 0 {
			t.Errorf("told before the law lets it: %v", got)
		}
		_, session := asAsker(t, w)
		d.must(w.AskAccountErasure(ctx, d.asker, own(session), true))
		w.Pass(20 * 24 * time.Hour)
		for range 3 {
			d.must(w.EraseAccounts(ctx))
			d.must(w.TellLegal(ctx))
			w.Pass(2 * 24 * time.Hour)
		}
		if _, err := w.ReadPerson(ctx, d.admin, d.asker.Member); forum.KindOf(err) != forum.NotFound { // else they would know that something holds it
			t.Errorf("to others they are still there: %v", err)
		}
		if n := count(t, w, "SELECT count(*) FROM posts WHERE erased_at = 0 AND plain LIKE '%words within%'"); n != 1 {
			t.Errorf("what the law holds is erased: %d", n)
		}
		w.Pass(10 * 24 * time.Hour)
		for range 2 {
			d.must(w.TellLegal(ctx))
		}
		if got := d.mailed("note.legal-told"); len(got) != 1 || got[0] != int64(d.asker.Member) {
			t.Errorf("told: %v", got)
		}
		if told, err := w.ReadLegalTold(ctx, d.asker, id); err != nil || told.Authority != "District court" {
			t.Errorf("what they are told: %+v, %v", told, err)
		}
		_, err = w.AskBundle(ctx, d.officer, id)
		kind(t, "a month later", err, forum.Closed, "error.legal-bundle")
		d.must(w.CloseLegal(ctx, d.officer, id))
		for range 4 {
			d.must(w.EraseAccounts(ctx))
			w.Pass(3 * time.Minute)
		}
		if n := count(t, w, "SELECT count(*) FROM posts WHERE erased_at = 0 AND plain LIKE '%words within%'"); n != 0 {
			t.Errorf("when the law lets it go it stays: %d", n)
		}
	})
}

func proposedAt(t *testing.T, w *forumtest.World) forum.Instant {
	t.Helper()
	return (&stage{World: w}).proposed()
}

func asAsker(t *testing.T, w *forumtest.World) (forum.Actor, string) {
	t.Helper()
	return in(t, w, "asker")
}

func hash(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

func unzipped(t *testing.T, b []byte) map[string]string {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		out[f.Name] = string(text)
	}
	return out
}

// proved holds the files against the manifest, and the manifest against its signature.
func proved(t *testing.T, w *forumtest.World, in map[string]string) {
	t.Helper()
	var files []forum.BundleFile
	if err := json.Unmarshal([]byte(in["manifest.json"]), &files); err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if hash([]byte(in[f.Name])) != f.SHA256 || int64(len(in[f.Name])) != f.Size {
			t.Errorf("%s is not what the manifest says", f.Name)
		}
	}
	if len(files) != len(in)-2 {
		t.Errorf("%d files in the manifest, %d in the bundle", len(files), len(in))
	}
	signature, key, _ := strings.Cut(strings.TrimSpace(in["manifest.sig"]), "\n")
	public, err := hex.DecodeString(key)
	sig, err2 := hex.DecodeString(signature)
	if err != nil || err2 != nil || key != w.BundleKey() || !ed25519.Verify(public, []byte(in["manifest.json"]), sig) || ed25519.Verify(public, []byte(in["manifest.json"]+" "), sig) {
		t.Errorf("the signature: %v %v %s", err, err2, key)
	}
}
