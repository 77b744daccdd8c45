package forum_test

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"peergroups/forum"
	"peergroups/forum/forumtest"
)

// taken is a download that was read.
type taken struct {
	Organisation string
	Sections     []struct {
		Name, Purpose, Kept string
		Rows                []map[string]any
	}
	files map[string]string
	all   string // everything in it
}

func (d *taken) rows(section string) []map[string]any {
	for _, s := range d.Sections {
		if s.Name == section {
			return s.Rows
		}
	}
	return nil
}

// take downloads what is held about who holds the session.
func take(t *testing.T, w *forumtest.World, session string) (d taken) {
	t.Helper()
	var b bytes.Buffer
	if err := w.WriteDownload(t.Context(), session, func(key string, _ ...any) string { return key }, &b); err != nil {
		t.Fatal(err)
	}
	z, err := zip.NewReader(bytes.NewReader(b.Bytes()), int64(b.Len()))
	if err != nil {
		t.Fatal(err)
	}
	d.files = map[string]string{}
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		d.files[f.Name], d.all = string(text), d.all+f.Name+"\n"+string(text)
	}
	if err := json.Unmarshal([]byte(d.files["everything.json"]), &d); err != nil {
		t.Fatal(err)
	}
	return d
}

// TestDownload: a member takes all that is theirs, wherever they wrote it, and no word of others: not
// what stands beside it, what mail quoted below it, who is behind what, nor what they had to leave (P32).
func TestDownload(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		s, ctx := newTalk(t, w), t.Context()
		s.must(w.ChangeProfile(ctx, s.bob, forum.Profile{Name: "Bob Test", Zone: "UTC", BusinessAddress: "Canary Street 5", BusinessPhone: "+31 canary", OtherContact: "canary-contact"}))
		f, err := w.AddFile(ctx, s.bob, "offer/../of mine.txt", []byte("canary-in-bobs-file"))
		s.must(err)
		_, err = w.Reply(ctx, s.bob, s.topic.ID, forum.Draft{Source: "bobs canary reply", Key: w.Key(), Files: []forum.FileID{f.ID}})
		s.must(err)
		hers, err := w.AddFile(ctx, s.ann, "hers.txt", []byte("anns-file"))
		s.must(err)
		_, err = w.Reply(ctx, s.ann, s.topic.ID, forum.Draft{Source: "anns words", Key: w.Key(), Files: []forum.FileID{hers.ID}})
		s.must(err)
		s.must(s.change(s.bob, s.reply, "an answer, mended"))
		var room forum.RoomID
		s.must(w.Store.Reader().NewRaw("SELECT id FROM rooms WHERE group_id = ?", s.group.ID).Scan(ctx, &room))
		_, err = w.Say(ctx, s.bob, room, "bobs canary message", w.Key())
		s.must(err)
		_, err = w.Say(ctx, s.ann, room, "anns message", w.Key())
		s.must(err)
		exec(t, w, "UPDATE groups SET name = 'Name of the group' WHERE id = ?", s.group.ID)
		bob, session := in(t, w, "bob")

		d := take(t, w, session)
		for _, want := range []string{"bob@members.example", "Canary Street 5", "+31 canary", "canary-contact", "bobs canary reply", "an answer, mended", "an answer", "bobs canary message",
			"canary-in-bobs-file", "Name of the group", "First title", "Firefox", `"active"`, "data.registration"} {
			if !strings.Contains(d.all, want) {
				t.Errorf("%q is not in it", want)
			}
		}
		for _, never := range []string{"first canary", "anns words", "anns message", "anns-file", "hers.txt", s.ann.Name, "ann@members.example", "$argon2id$", forum.SessionID(session), "password_hash", f.Shelf, "key_hash"} {
			if strings.Contains(d.all, never) {
				t.Errorf("%q is in it", never)
			}
		}
		if got := d.rows("files"); len(got) != 1 || d.files[fmt.Sprint(got[0]["file"])] != "canary-in-bobs-file" || strings.Count(fmt.Sprint(got[0]["file"]), "/") != 1 {
			t.Errorf("files: %v", got)
		}
		if got := d.rows("posts"); len(got) != 2 || got[0]["place"] != "Name of the group / Board inner / First title" || got[0]["reach"] != "members" || !strings.HasPrefix(fmt.Sprint(got[0]["posted_at"]), "20") {
			t.Errorf("posts: %v", got)
		}
		if got := d.rows("revisions"); len(got) != 1 || got[0]["source"] != "an answer" {
			t.Errorf("revisions: %v", got)
		}

		set(t, w, s.group, func(g *forum.GroupDraft) { g.Visibility = forum.Hidden })
		s.must(w.Remove(ctx, w.Admin, s.group.ID, bob.Member, "the matter is closed"))
		d = take(t, w, session)
		for _, never := range []string{"Name of the group", "First title"} {
			if strings.Contains(d.all, never) {
				t.Errorf("put out of a hidden group, %q is in it", never)
			}
		}
		if got := d.rows("posts"); len(got) != 2 || got[1]["source"] != "bobs canary reply" {
			t.Errorf("their own words are gone: %v", got)
		}
	})
}

// TestDownloadOfAnApplication: what the feedback says and what one of two reviewers thinks are in it when they are said,
// notes of reviewers never; who wrote feedback takes their own words.
func TestDownloadOfAnApplication(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		b, ctx := newBench(t, w), t.Context()
		rules, err := w.ReadRules(ctx)
		b.must(err)
		rules.Second = true
		b.must(w.ChangeRules(ctx, w.Admin, rules))
		id := b.handedIn(b.ann)
		_, session := in(t, w, "ann")
		must := func(when string, has, hasNot []string) {
			t.Helper()
			d := take(t, w, session)
			for _, want := range has {
				if !strings.Contains(d.all, want) {
					t.Errorf("%s, %q is not in it", when, want)
				}
			}
			for _, never := range append(hasNot, "canary of the note", b.rita.Name, b.rolf.Name) {
				if strings.Contains(d.all, never) {
					t.Errorf("%s, %q is in it", when, never)
				}
			}
			if got := d.rows("evidence"); len(got) != 1 || d.files[fmt.Sprint(got[0]["file"])] == "" {
				t.Errorf("%s, evidence: %v", when, got)
			}
		}
		b.must(w.NoteApplication(ctx, b.rita, id, "canary of the note"))
		b.checked(b.rita, id)
		must("handed in", []string{`"handed-in"`}, []string{"canary of the feedback"})
		b.must(w.DecideApplication(ctx, b.rita, id, forum.Decision{Outcome: forum.Refused, Reasons: "canary of the reasons"}))
		must("decided by one", []string{`"handed-in"`}, []string{"canary of the feedback", "canary of the reasons", "refused", "proposed"})
		b.must(w.ConfirmApplication(ctx, b.rolf, id, true, ""))
		must("decided", []string{"canary of the feedback", "canary of the reasons", `"refused"`}, nil)

		exec(t, w, "UPDATE feedbacks SET written_by = ?", b.nobody.Member)
		_, theirs := in(t, w, "nobody")
		if d := take(t, w, theirs); len(d.rows("feedbacks")) != 0 || len(d.rows("feedbacks_written")) != 1 || d.rows("feedbacks_written")[0]["words"] != "canary of the feedback, and more" || strings.Contains(d.all, b.ann.Name) {
			t.Errorf("who wrote it takes %v", d.rows("feedbacks_written"))
		}
	})
}

// TestAskDownload: with the password, in a session with the second factor, a few times a day; told by mail and logged.
// What is long comes whole, and it breaks off when the session ends.
func TestAskDownload(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		ctx := t.Context()
		w.Member("ann")
		ann, session := in(t, w, "ann")
		kind(t, "a visitor", w.AskDownload(ctx, forum.Actor{}, own(session)), forum.Forbidden, "error.sign-in-first")
		kind(t, "a wrong password", w.AskDownload(ctx, ann, forum.Own{Session: session, Password: "wrong"}), forum.Invalid, "password: error.own-password")
		w.Effects.Take()
		if err := w.AskDownload(ctx, ann, own(session)); err != nil {
			t.Fatal(err)
		}
		if got := noted(w); len(got) != 1 || got[0] != "data-taken" {
			t.Errorf("told %v", got)
		}
		if n := count(t, w, "SELECT count(*) FROM log_entries WHERE act = 'take-data' AND actor_id = ?", ann.Member); n != 1 {
			t.Errorf("%d entries in the log", n)
		}
		for range 4 {
			if err := w.AskDownload(ctx, ann, own(session)); err != nil {
				t.Fatal(err)
			}
		}
		kind(t, "the sixth of a day", w.AskDownload(ctx, ann, own(session)), forum.TooMany, "error.too-many")

		const many = 1203
		for i := range many {
			exec(t, w, "INSERT INTO earlier_details (id, member_id, field, was, until_at) VALUES (?, ?, 'name', ?, ?)", 1000+7*i, ann.Member, fmt.Sprint("was ", i), i)
			exec(t, w, "INSERT INTO deliveries (kind, ref, member_id, state, queued_at, due_at, sent_at) VALUES (?, ?, ?, 2, 1, 1, 1)", fmt.Sprintf("note.k%d", i%3), i, ann.Member)
		}
		d := take(t, w, session)
		for section, key := range map[string]string{"earlier_details": "was", "deliveries": "ref"} {
			seen := map[any]bool{}
			for _, row := range d.rows(section) {
				seen[row[key]] = true
			}
			if len(seen) != many || len(d.rows(section)) != many {
				t.Errorf("of %s %d rows, %d of them different", section, len(d.rows(section)), len(seen))
			}
		}
		var b bytes.Buffer
		err := w.WriteDownload(ctx, session, func(key string, _ ...any) string {
			if key == "data.talk" {
				exec(t, w, "DELETE FROM sessions WHERE member_id = ?", ann.Member)
			}
			return key
		}, &b)
		kind(t, "when the session ends", err, forum.Forbidden, "error.sign-in-first")
		if _, err := zip.NewReader(bytes.NewReader(b.Bytes()), int64(b.Len())); err == nil {
			t.Error("what broke off looks whole")
		}
		w.Member("key")
		_, strong, _, _ := setUp(t, w, "key")
		exec(t, w, "UPDATE sessions SET strong = 0")
		weak := holder(t, w, strong)
		kind(t, "without the second factor", w.AskDownload(ctx, weak, own(strong)), forum.Forbidden, "error.prove-first")
	})
}

// TestDownloadEndsWithItsSession: between two files, and within one that is taken slowly, it is asked whether the session is
// still there.
func TestDownloadEndsWithItsSession(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		s := newTalk(t, w)
		for i := range 4 {
			_, err := w.AddFile(t.Context(), s.bob, fmt.Sprintf("%d.txt", i), bytes.Repeat([]byte{byte('a' + i)}, 200_000))
			s.must(err)
		}
		for what, slow := range map[string]time.Duration{"between files": 0, "within one": 2 * time.Second} {
			_, session := in(t, w, "bob")
			var b bytes.Buffer
			to := &stopper{to: &b, at: 250_000, slow: func() { w.Pass(slow) }, stop: func() { exec(t, w, "DELETE FROM sessions WHERE hash = ?", forum.SessionID(session)) }}
			err := w.WriteDownload(t.Context(), session, func(key string, _ ...any) string { return key }, to)
			kind(t, what, err, forum.Forbidden, "error.sign-in-first")
			if most := map[bool]int{true: 300_000, false: 480_000}[slow > 0]; b.Len() > most {
				t.Errorf("%s, %d bytes were given", what, b.Len())
			}
		}
	})
}

// stopper does something when some bytes were written.
type stopper struct {
	to         io.Writer
	n, at      int
	slow, stop func()
}

func (s *stopper) Write(b []byte) (int, error) {
	if s.n += len(b); s.n >= s.at && s.stop != nil {
		s.stop()
		s.stop = nil
	}
	s.slow()
	return s.to.Write(b)
}

// TestTitlesOfModerators: the title that a moderator gives a part that they split off is theirs: whose post it begins with reads
// it where they may read the topic.
func TestTitlesOfModerators(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		s, ctx := newTalk(t, w), t.Context()
		_, err := w.SplitTopic(ctx, w.Admin, s.topic.ID, "canary of the title", []forum.PostID{s.reply})
		s.must(err)
		_, session := in(t, w, "bob")
		set(t, w, s.group, func(g *forum.GroupDraft) { g.Visibility = forum.Hidden })
		if p, err := w.ReadOwnPost(ctx, s.bob, s.reply); err != nil || p.Title != "canary of the title" {
			t.Errorf("inside: %+v %v", p, err)
		}
		s.must(w.Remove(ctx, w.Admin, s.group.ID, s.bob.Member, "moves away"))
		if p, err := w.ReadOwnPost(ctx, s.bob, s.reply); err == nil && p.Title != "" {
			t.Errorf("outside: %+v", p)
		}
		if d := take(t, w, session); strings.Contains(d.all, "canary of the title") {
			t.Error("it is in the download")
		}
	})
}
