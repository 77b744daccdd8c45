package forum_test

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"peergroups/forum"
	"peergroups/forum/forumtest"
)

// counted gives how many files there are in the table, and names on the shelf that are no small pictures.
func counted(t *testing.T, w *forumtest.World, s *shelf) (rows, shelved int) {
	t.Helper()
	if err := w.Store.Reader().NewRaw("SELECT count(*) FROM files").Scan(t.Context(), &rows); err != nil {
		t.Fatal(err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for name := range s.of {
		if !strings.Contains(name, "-") {
			shelved++
		}
	}
	return rows, shelved
}

// TestFilesOfMail: what comes with a mail goes through the gate of the web, hangs on the post, and is there once however
// often the mail comes; what is refused is left out and told once, to its sender only.
func TestFilesOfMail(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		s := newTalk(t, w)
		shelf := shelved(w)
		bob := w.As(s.bob.Member)
		in := forum.Incoming{MessageID: "<f1@bob.example>", Title: "With files", Source: "See what I attached.", Files: []forum.IncomingFile{
			{Name: "flip.jpg", Bytes: photo(t, "canary of the camera")}, {Name: "all.zip", Bytes: []byte("PK\x05\x06" + strings.Repeat("\x00", 18))},
			{Name: "notes.txt", Bytes: []byte("plain words")}, {Name: "winmail.dat", Bytes: []byte("x"), Why: "error.file-winmail"}}}
		for range 2 {
			topic, err := w.PostByMail(t.Context(), bob, s.board.ID, in)
			s.must(err)
			p, err := w.ReadTopic(t.Context(), bob, topic.ID, 0)
			s.must(err)
			files := p.Posts[0].Files
			if len(files) != 2 || files[0].Name != "flip.jpg" || files[1].Name != "notes.txt" || shelf.holds("canary of the camera") {
				t.Fatalf("%+v", files)
			}
			if rows, on := counted(t, w, shelf); rows != 2 || on != 2 {
				t.Errorf("%d files, %d on the shelf", rows, on)
			}
			if got := mailed(t, w, "note.files-left-out"); len(got) != 1 || got[0] != bob.Member {
				t.Errorf("told: %v", got)
			}
		}
		var received int64
		s.must(w.Store.Reader().NewRaw("SELECT id FROM received WHERE outcome = 'files-left-out'").Scan(t.Context(), &received))
		left, post, err := w.FilesLeftOut(t.Context(), bob, received)
		if err != nil || post == 0 || fmt.Sprint(left) != "[{all.zip error.file-kind 25} {winmail.dat error.file-winmail 0}]" {
			t.Errorf("left out: %v of %d, %v", left, post, err)
		}
		for _, other := range []forum.Actor{w.Admin, s.ann, {}} {
			_, _, err := w.FilesLeftOut(t.Context(), other, received)
			kind(t, "another's", err, forum.NotFound, "error.not-found")
		}
		many := forum.Incoming{MessageID: "<2@bob.example>", Source: "More than a post carries."}
		for i := range 12 {
			many.Files = append(many.Files, forum.IncomingFile{Name: fmt.Sprintf("%d.txt", i), Bytes: []byte("words")})
		}
		reply, err := w.ReplyByMail(t.Context(), bob, s.first, many)
		s.must(err)
		if p, err := w.ReadPost(t.Context(), bob, reply.ID); err != nil || p.FileCount != 10 {
			t.Errorf("%d files %v", p.FileCount, err)
		}
	})
}

// TestFilesOfMailNotPosted: a mail that is refused leaves no file behind, whatever it is refused for; one of the same mails
// that come at once brings its files, the others none.
func TestFilesOfMailNotPosted(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		s := newTalk(t, w)
		shelf := shelved(w)
		bob := w.As(s.bob.Member)
		file := []forum.IncomingFile{{Name: "notes.txt", Bytes: []byte("plain words")}, {Name: "x.zip", Bytes: []byte("PK\x05\x06")}}
		_, err := w.PostByMail(t.Context(), bob, s.board.ID, forum.Incoming{MessageID: "<f1@bob.example>", Title: " ", Source: "text", Files: file})
		kind(t, "without a title", err, forum.Invalid, "error.empty.title")
		_, err = w.ReplyByMail(t.Context(), w.Member("out"), s.first, forum.Incoming{MessageID: "<2@x.example>", Source: "text", Files: file})
		kind(t, "by an outsider", err, forum.NotFound, "error.not-found")
		s.must(w.Lock(t.Context(), w.Admin, s.topic.ID, "so that nobody may answer"))
		_, err = w.ReplyByMail(t.Context(), bob, s.first, forum.Incoming{MessageID: "<3@bob.example>", Source: "text", Files: file})
		if err == nil {
			t.Error("a locked topic is answered")
		}
		shelf.fail = errors.New("the disk is gone")
		if _, err = w.PostByMail(t.Context(), bob, s.board.ID, forum.Incoming{MessageID: "<4@bob.example>", Title: "Later", Source: "text", Files: file}); forum.KindOf(err) != forum.Internal {
			t.Errorf("while the shelf fails: %v", err)
		}
		shelf.fail = forum.ErrShelfFull
		topic, err := w.PostByMail(t.Context(), bob, s.board.ID, forum.Incoming{MessageID: "<5@bob.example>", Title: "No room", Source: "text", Files: file})
		s.must(err)
		if p, err := w.ReadTopic(t.Context(), bob, topic.ID, 0); err != nil || len(p.Posts[0].Files) != 0 {
			t.Errorf("%v", err)
		}
		shelf.fail = nil
		if rows, on := counted(t, w, shelf); rows != 0 || on != 0 || len(mailed(t, w, "note.files-left-out")) != 1 {
			t.Errorf("%d files, %d on the shelf", rows, on)
		}
		var all sync.WaitGroup
		for range 4 {
			all.Go(func() {
				if _, err := w.PostByMail(t.Context(), bob, s.board.ID, forum.Incoming{MessageID: "<6@bob.example>", Title: "At once", Source: "text", Files: file}); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		if rows, on := counted(t, w, shelf); rows != 1 || on != 1 {
			t.Errorf("of mails at once: %d files, %d on the shelf", rows, on)
		}
	})
}

// TestFilesOfHeldMail: they come along with the draft, are seen by its writer alone, are posted with it, and go with it;
// what a stranger may have sent leaves the member room for their own, and is told to nobody.
func TestFilesOfHeldMail(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		s := newTalk(t, w)
		shelf := shelved(w)
		bob := w.As(s.bob.Member)
		hold := func(id, why string, files ...forum.IncomingFile) error {
			_, err := w.ReplyByMail(t.Context(), bob, s.first, forum.Incoming{MessageID: id, Source: "Words that wait.", Why: why, Files: files})
			if forum.KindOf(err) == forum.Held {
				err = nil
			}
			return err
		}
		file, zip := forum.IncomingFile{Name: "notes.txt", Bytes: []byte("plain words")}, forum.IncomingFile{Name: "x.zip", Bytes: []byte("PK\x05\x06")}
		for range 2 {
			s.must(hold("<1@x.example>", forum.Unproved, file, zip))
		}
		if rows, on := counted(t, w, shelf); rows != 1 || on != 1 || len(mailed(t, w, "note.files-left-out")) != 0 {
			t.Errorf("%d files, %d on the shelf", rows, on)
		}
		drafts, err := w.Drafts(t.Context(), bob)
		s.must(err)
		d, err := w.ReadDraft(t.Context(), bob, drafts[0].ID)
		if err != nil || len(d.Files) != 1 || d.Files[0].Name != "notes.txt" || !opens(w, t, bob, d.Files[0].ID) || opens(w, t, w.Admin, d.Files[0].ID) || opens(w, t, s.ann, d.Files[0].ID) {
			t.Fatalf("%+v %v", d, err)
		}
		w.Pass(8 * 24 * time.Hour)
		s.must(w.SweepFiles(t.Context()))
		told, err := w.Disclose(t.Context(), bob, s.group.ID, forum.ByMail)
		s.must(err)
		topic, err := w.Release(t.Context(), bob, d.ID, told.Wording)
		s.must(err)
		p, err := w.ReadTopic(t.Context(), bob, topic, 0)
		s.must(err)
		if last := p.Posts[len(p.Posts)-1]; len(last.Files) != 1 || last.Files[0].ID != d.Files[0].ID {
			t.Errorf("posted with %+v", last.Files)
		}
		s.must(hold("<2@x.example>", forum.Elsewhere, file, zip))
		if len(mailed(t, w, "note.files-left-out")) != 1 {
			t.Error("a proved sender is not told")
		}
		drafts, err = w.Drafts(t.Context(), bob)
		s.must(err)
		s.must(w.Discard(t.Context(), w.As(s.ann.Member), drafts[0].ID))
		s.must(w.Discard(t.Context(), bob, drafts[0].ID))
		if rows, on := counted(t, w, shelf); rows != 1 || on != 1 {
			t.Errorf("thrown away: %d files, %d on the shelf", rows, on)
		}
		for n := range 30 {
			if err := hold(fmt.Sprintf("<many%d@x.example>", n), forum.Unproved, file); err != nil {
				t.Fatal(err)
			}
		}
		if rows, _ := counted(t, w, shelf); rows != 21 {
			t.Errorf("%d files of strangers", rows-1)
		}
		if _, err := w.AddFile(t.Context(), bob, "own.txt", []byte("her own")); err != nil {
			t.Errorf("no room for the member's own: %v", err)
		}
	})
}
