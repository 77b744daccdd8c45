package forum_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"io"
	"io/fs"
	"strings"
	"sync"
	"testing"
	"time"

	"peergroups/forum"
	"peergroups/forum/disclose"
	"peergroups/forum/forumtest"
)

// shelf is a forum.Shelf that a test can look into.
type shelf struct {
	mu   sync.Mutex
	of   map[string][]byte
	fail error // of Put
}

func (s *shelf) Put(_ context.Context, name string, b []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.fail != nil {
		return s.fail
	}
	if s.of[name] != nil {
		return errors.New("put twice")
	}
	s.of[name] = b
	return nil
}

func (s *shelf) Get(_ context.Context, name string) (io.ReadCloser, int64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if b, ok := s.of[name]; ok {
		return io.NopCloser(bytes.NewReader(b)), int64(len(b)), nil
	}
	return nil, 0, fs.ErrNotExist
}

func (s *shelf) Drop(_ context.Context, name string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.of, name)
	return nil
}

func (s *shelf) Names(context.Context, time.Time) (out []string, _ error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for name := range s.of {
		out = append(out, name)
	}
	return out, nil
}

func (s *shelf) holds(canary string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, b := range s.of {
		if bytes.Contains(b, []byte(canary)) {
			return true
		}
	}
	return false
}

// shelved gives the world's forum a shelf of the test's.
func shelved(w *forumtest.World) *shelf {
	s := &shelf{of: map[string][]byte{}}
	w.Forum = forum.New(w.Store, forum.Options{Effects: w.Effects, Now: w.Now, Shelf: s})
	return s
}

// photo is a JPEG whose metadata holds a canary.
func photo(t *testing.T, canary string) []byte {
	t.Helper()
	picture := image.NewRGBA(image.Rect(0, 0, 900, 300))
	for x := range 900 {
		picture.Set(x, x/3, color.RGBA{R: uint8(x), G: 90, B: 20, A: 255})
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, picture, nil); err != nil {
		t.Fatal(err)
	}
	comment := append([]byte{0xFF, 0xFE, 0, byte(len(canary) + 2)}, canary...)
	return append(append(append([]byte{}, b.Bytes()[:2]...), comment...), b.Bytes()[2:]...)
}

func opens(w *forumtest.World, t *testing.T, by forum.Actor, id forum.FileID) bool {
	t.Helper()
	f, err := w.FindFile(t.Context(), by, id)
	if forum.KindOf(err) == forum.NotFound {
		return false
	}
	if err != nil {
		t.Fatal(err)
	}
	_, size, err := w.OpenFile(t.Context(), &f, false)
	if err != nil && forum.KindOf(err) != forum.NotFound {
		t.Fatal(err)
	}
	return err == nil && size > 0
}

// TestFiles: what hangs on a post is read by those who read the post, at every moment of its life.
func TestFiles(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		on := shelved(w)
		s := newTalk(t, w)
		out := w.CertifiedMember("out")
		f, err := w.AddFile(t.Context(), s.ann, `C:\fakepath\..\offer "one"`+"\u202E.txt", []byte("canary-in-file"))
		s.must(err)
		if f.Name != "offer _one_.txt" || f.Size != 14 || f.Format != disclose.Text {
			t.Errorf("%+v", f)
		}
		for who, by := range map[string]forum.Actor{"a visitor": {}, "a member": s.bob, "the owner": w.Admin, "an outsider": out} {
			if opens(w, t, by, f.ID) {
				t.Errorf("%s opens what is not posted", who)
			}
		}
		d := draft(w, "with a file")
		d.Files = []forum.FileID{f.ID}
		p, err := w.Reply(t.Context(), s.ann, s.topic.ID, d)
		s.must(err)
		if again, err := w.Reply(t.Context(), s.ann, s.topic.ID, d); err != nil || again.ID != p.ID {
			t.Errorf("the double click: %v %v", again, err)
		}
		page, err := w.ReadTopic(t.Context(), s.bob, s.topic.ID, 0)
		s.must(err)
		if last := page.Posts[len(page.Posts)-1]; len(last.Files) != 1 || last.Files[0].Name != f.Name || last.FileCount != 1 {
			t.Errorf("the page shows %+v", last.Files)
		}
		reads := func(when string, want map[string]bool) {
			t.Helper()
			for who, by := range map[string]forum.Actor{"visitor": {}, "ann": w.As(s.ann.Member), "bob": w.As(s.bob.Member), "out": w.As(out.Member)} {
				if got := opens(w, t, by, f.ID); got != want[who] {
					t.Errorf("%s: %s opens it: %t", when, who, got)
				}
			}
		}
		reads("posted", map[string]bool{"ann": true, "bob": true})
		set(t, w, s.group, func(d *forum.GroupDraft) { d.Visibility = forum.PublicToRead })
		reads("the group turned public", map[string]bool{"ann": true, "bob": true})
		s.must(w.Remove(t.Context(), w.Admin, s.group.ID, s.bob.Member, ""))
		reads("bob was removed", map[string]bool{"ann": true})
		s.must(w.Leave(t.Context(), s.ann, s.group.ID))
		reads("its writer has left", map[string]bool{"ann": true})
		s.must(w.TakeBack(t.Context(), s.ann, p.ID))
		reads("it was taken back", nil)
		if on.holds("canary-in-file") {
			t.Error("its bytes are still there")
		}
	})
}

// TestFilesOfOthers: nobody hangs, cleans, drops or looks at somebody else's, or hangs one on two posts.
func TestFilesOfOthers(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		shelved(w)
		s := newTalk(t, w)
		f, err := w.AddFile(t.Context(), s.ann, "a.txt", []byte("ann's"))
		s.must(err)
		d := draft(w, "bob's")
		d.Files = []forum.FileID{f.ID}
		_, err = w.Reply(t.Context(), s.bob, s.topic.ID, d)
		kind(t, "bob hangs ann's on his", err, forum.Invalid, "error.invalid")
		own, err := w.OwnFiles(t.Context(), s.bob, d.Files)
		if err != nil || own != nil {
			t.Errorf("bob looks at ann's: %v %v", own, err)
		}
		s.must(w.DropFile(t.Context(), s.bob, f.ID))
		if err := w.CleanFile(t.Context(), s.bob, f.ID); forum.KindOf(err) != forum.NotFound {
			t.Errorf("bob cleans ann's: %v", err)
		}
		p, err := w.Reply(t.Context(), s.ann, s.topic.ID, forum.Draft{Source: "hers", Key: w.Key(), Files: d.Files, Door: forum.OnBoard})
		s.must(err)
		_, err = w.Reply(t.Context(), s.ann, s.topic.ID, forum.Draft{Source: "twice", Key: w.Key(), Files: d.Files, Door: forum.OnBoard})
		kind(t, "one file on two posts", err, forum.Invalid, "error.invalid")
		s.must(w.DropFile(t.Context(), s.ann, f.ID)) // it is posted: nothing happens
		if !opens(w, t, s.bob, f.ID) {
			t.Error("a posted file was dropped without its post")
		}
		more, err := w.AddFile(t.Context(), s.ann, "b.txt", []byte("second"))
		s.must(err)
		s.must(w.ChangePost(t.Context(), s.ann, p.ID, forum.PostChange{Source: "hers", Base: 1, Files: []forum.FileID{more.ID}}))
		if opens(w, t, s.ann, f.ID) || !opens(w, t, s.bob, more.ID) {
			t.Error("a change does not exchange files")
		}
		w.Effects.Fail = errors.New("no queue")
		err = w.ChangePost(t.Context(), s.ann, p.ID, forum.PostChange{Source: "without", Base: 2})
		w.Effects.Fail = nil
		if err == nil || !opens(w, t, s.bob, more.ID) {
			t.Errorf("a change that was undone (%v) took the file's bytes", err)
		}
	})
}

// TestPicturesTellNothing: a picture loses what it tells besides what it shows before anybody gets it.
func TestPicturesTellNothing(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		on, a := shelved(w), w.Member("ann")
		f, err := w.AddFile(t.Context(), a, "IMG.exe", photo(t, "canary-in-photo"))
		if err != nil {
			t.Fatal(err)
		}
		if f.Name != "IMG.jpg" || f.Width != 900 || f.Height != 300 || !f.Thumb || len(f.Traces) == 0 {
			t.Errorf("%+v", f)
		}
		if on.holds("canary-in-photo") {
			t.Error("what the picture told is on the shelf")
		}
		small, _, err := w.OpenFile(t.Context(), f, true)
		if err != nil {
			t.Fatal(err)
		}
		if c, _, e := image.DecodeConfig(small); err != nil || e != nil || c.Width > 640 {
			t.Errorf("the small picture: %v %v %+v", err, e, c)
		}
		if own, err := w.OwnFiles(t.Context(), a, []forum.FileID{f.ID}); err != nil || len(own) != 1 || own[0].Traces != nil {
			t.Errorf("%+v %v", own, err)
		}
	})
}

// TestFilesRefused: each with its words by the field, and nothing is left behind.
func TestFilesRefused(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		on, a := shelved(w), w.Member("ann")
		for words, b := range map[string][]byte{"error.file-kind": []byte("<svg onload=alert(1)>"), "error.file-broken": []byte("\xFF\xD8\xFF\xE0 no picture"), "error.file-bomb": make([]byte, disclose.MaxBytes+1)} {
			_, err := w.AddFile(t.Context(), a, "x.png", b)
			var e *forum.Error
			if !errors.As(err, &e) || len(e.Fields) != 1 || e.Fields[0].Field != "upload" || e.Fields[0].Message.Key != words {
				t.Errorf("%s: %v", words, err)
			}
		}
		on.fail = errors.New("the disk is gone")
		if _, err := w.AddFile(t.Context(), a, "a.txt", []byte("text")); err == nil || forum.KindOf(err) != forum.Internal {
			t.Errorf("a broken disk: %v", err)
		}
		on.fail = fmt.Errorf("put: %w", forum.ErrShelfFull)
		var e *forum.Error
		if _, err := w.AddFile(t.Context(), a, "a.txt", []byte("text")); !errors.As(err, &e) || len(e.Fields) != 1 || e.Fields[0].Message.Key != "error.files-full" {
			t.Errorf("no room: %v", err)
		}
		on.fail = nil
		for n := range 41 {
			_, err := w.AddFile(t.Context(), a, fmt.Sprintf("%d.txt", n), []byte("text"))
			if n < 40 && err != nil || n == 40 && forum.KindOf(err) != forum.Invalid {
				t.Errorf("unposted file %d: %v", n, err)
			}
		}
		if len(on.of) != 40 {
			t.Errorf("%d on the shelf", len(on.of))
		}
	})
}

// TestSweepFiles: what was never posted goes after a week, and bytes that no row names.
func TestSweepFiles(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		on := shelved(w)
		s := newTalk(t, w)
		never, err := w.AddFile(t.Context(), s.ann, "never.txt", []byte("never posted"))
		s.must(err)
		kept, err := w.AddFile(t.Context(), s.ann, "kept.jpg", photo(t, "x"))
		s.must(err)
		_, err = w.Reply(t.Context(), s.ann, s.topic.ID, forum.Draft{Source: "x", Key: w.Key(), Files: []forum.FileID{kept.ID}, Door: forum.OnBoard})
		s.must(err)
		on.of["of-a-process-that-died"] = []byte("stray")
		s.must(w.SweepFiles(t.Context())) // puts the forum's mark there
		s.must(w.SweepFiles(t.Context()))
		if on.holds("stray") || !on.holds("never posted") || !opens(w, t, s.ann, never.ID) {
			t.Error("swept too little or too much")
		}
		w.Pass(8 * 24 * time.Hour)
		s.must(w.SweepFiles(t.Context()))
		if on.holds("never posted") || opens(w, t, s.ann, never.ID) || !opens(w, t, s.bob, kept.ID) {
			t.Error("after a week")
		}
		var names []string
		for name := range on.of {
			names = append(names, strings.TrimPrefix(name, kept.Shelf))
		}
		if len(names) != 3 { // the mark is one of them
			t.Errorf("on the shelf: %q", names)
		}
		on.of["shelf-of-another"] = []byte("x")
		on.of["of-another-forum"] = []byte("theirs")
		s.must(w.SweepFiles(t.Context()))
		if !on.holds("theirs") {
			t.Error("another forum's file was swept")
		}
	})
}

// TestBallotsShowFiles: whoever is asked whether more people may read a post sees what hangs on it.
func TestBallotsShowFiles(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		shelved(w)
		s := newTalk(t, w)
		f, err := w.AddFile(t.Context(), s.ann, "offer.txt", []byte("offer"))
		s.must(err)
		_, err = w.Reply(t.Context(), s.ann, s.topic.ID, forum.Draft{Source: "x", Key: w.Key(), Files: []forum.FileID{f.ID}, Door: forum.OnBoard})
		s.must(err)
		id := s.asked()
		p, err := w.ReadBallot(t.Context(), s.ann, id)
		s.must(err)
		if n := len(p.Items); n != 2 || len(p.Items[n-1].Files) != 1 || p.Items[n-1].Files[0].Name != "offer.txt" || p.Items[0].Files != nil {
			t.Errorf("she is asked about %+v", p.Items)
		}
		s.must(w.AnswerBallot(t.Context(), s.ann, id, forum.BallotAnswers{All: forum.Yes}))
		if opens(w, t, forum.Actor{}, f.ID) {
			t.Error("opened by a visitor before the time is over")
		}
		s.ends()
		if !opens(w, t, forum.Actor{}, f.ID) {
			t.Error("she said yes, and a visitor does not open it")
		}
	})
}

// TestCleanPostedFile: what is cleaned after it was posted is another version of its post, so that
// no kept copy of a page goes on with it, and the bytes before are gone.
func TestCleanPostedFile(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		on := shelved(w)
		s := newTalk(t, w)
		f, err := w.AddFile(t.Context(), s.ann, "a.txt", []byte("text"))
		s.must(err)
		p, err := w.Reply(t.Context(), s.ann, s.topic.ID, forum.Draft{Source: "x", Key: w.Key(), Files: []forum.FileID{f.ID}, Door: forum.OnBoard})
		s.must(err)
		before, err := w.ReadPost(t.Context(), s.ann, p.ID)
		s.must(err)
		w.Effects.Take()
		s.must(w.CleanFile(t.Context(), s.ann, f.ID))
		after, err := w.ReadPost(t.Context(), s.ann, p.ID)
		if err != nil || after.Version != before.Version+1 {
			t.Errorf("version %d after %d: %v", after.Version, before.Version, err)
		}
		if facts := w.Effects.Take(); len(facts) != 1 || facts[0] != (forum.PostChanged{Topic: s.topic.ID, Post: p.ID}) {
			t.Errorf("cleaning states %v", facts)
		}
		if on.of[f.Shelf] != nil || !opens(w, t, s.bob, f.ID) {
			t.Error("the bytes before are there, or those after are not")
		}
	})
}
