package forum_test

import (
	"context"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"peergroups/forum"
	"peergroups/forum/forumtest"
)

// waitingPosts writes so many posts of somebody's that wait, since a watched word is in them.
func waitingPosts(t *testing.T, w *forumtest.World, g *forum.Group, b *forum.Board, by forum.Actor, n int) (out []int64) {
	t.Helper()
	if err := w.SetVetting(t.Context(), w.Admin, g.ID, forum.Vetting{Watched: "gold"}); err != nil {
		t.Fatal(err)
	}
	for range n {
		if _, err := w.StartTopic(t.Context(), by, b.ID, forum.Draft{Title: "Waits", Source: "gold", Key: w.Key()}); !forum.Waits(err) {
			t.Fatal("it does not wait: ", err)
		}
	}
	rows, err := w.OwnWaiting(t.Context(), by)
	if err != nil || len(rows) != n {
		t.Fatal(rows, err)
	}
	for _, h := range slices.Backward(rows) {
		out = append(out, h.ID)
	}
	return out
}

func (s *talk) vetting(v forum.Vetting) {
	s.t.Helper()
	s.must(s.SetVetting(s.t.Context(), s.Admin, s.group.ID, v))
}

// posts answers the topic on the web, and tells whether it waits.
func (s *talk) posts(by forum.Actor, source string) bool {
	s.t.Helper()
	_, err := s.Reply(s.t.Context(), s.As(by.Member), s.topic.ID, forum.Draft{Source: source, Key: s.Key()})
	if !forum.Waits(err) {
		s.must(err)
	}
	return err != nil
}

func err1[T any](_ T, err error) error { return err }

// wording is what somebody is told today of who reads the board.
func (s *talk) wording(by forum.Actor) string {
	s.t.Helper()
	d, err := s.Disclose(s.t.Context(), by, s.group.ID, forum.OnBoard)
	s.must(err)
	return d.Wording
}

// only is the one post that waits, as its moderator reads it.
func (s *talk) only(by forum.Actor) forum.WaitingPage {
	s.t.Helper()
	p, err := s.ReadWork(s.t.Context(), by, "inner")
	s.must(err)
	if len(p.Held) != 1 || p.Waiting() != 1 {
		s.t.Fatalf("%d wait: %+v", p.Waiting(), p.Held)
	}
	h, err := s.ReadWaiting(s.t.Context(), by, p.Held[0].ID)
	s.must(err)
	return h
}

// TestVetting: what a group's owners want read first waits, and nothing else: the first posts of newcomers, every post, one
// with a watched word. Moderators' own never do.
func TestVetting(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		s := newTalk(t, w)
		ctx, g := t.Context(), s.group.ID
		for who, by := range map[string]forum.Actor{"a member": s.ann, "a visitor": {}} {
			kind(t, who, w.SetVetting(ctx, by, g, forum.Vetting{}), forum.Forbidden, "error.owners-only")
			_, err := w.ReadVetting(ctx, by, g)
			kind(t, who, err, forum.Forbidden, "error.owners-only")
		}
		kind(t, "six", w.SetVetting(ctx, w.Admin, g, forum.Vetting{First: 6}), forum.Invalid, "first: error.choose")
		kind(t, "fewer than none", w.SetVetting(ctx, w.Admin, g, forum.Vetting{First: -1}), forum.Invalid, "first: error.choose")
		kind(t, "a long line", w.SetVetting(ctx, w.Admin, g, forum.Vetting{Watched: strings.Repeat("x", 61)}), forum.Invalid, "watched: error.too-long")
		var lines strings.Builder
		for i := range 201 {
			lines.WriteString(strings.Repeat("a", i%40+1) + strings.Repeat("b", i/40+1) + "\n")
		}
		kind(t, "too many lines", w.SetVetting(ctx, w.Admin, g, forum.Vetting{Watched: lines.String()}), forum.Invalid, "watched: error.too-many-lines")
		if s.posts(s.ann, "before") {
			t.Error("it waits where nothing does")
		}
		s.vetting(forum.Vetting{First: 2})
		if p, err := w.ReadManage(ctx, w.Admin, "inner"); err != nil || p.Log[0].Act != "set-vetting" {
			t.Errorf("the log %+v %v", p.Log[0], err)
		}
		if !s.posts(s.bob, "second of bob") { // his first came by mail
			t.Error("a newcomer's second does not wait")
		}
		if s.posts(s.ann, "third of ann") || s.posts(w.Admin, "the moderator's first") {
			t.Error("who is no newcomer waits")
		}
		for who, want := range map[forum.MemberID]bool{s.bob.Member: true, s.ann.Member: false, w.Admin.Member: false} {
			page := s.page(w.As(who))
			if is, err := w.WillWait(ctx, w.As(who), &page.Group); err != nil || is != want {
				t.Errorf("%d is told %t %v", who, is, err)
			}
		}
		if posted, err := w.Approve(ctx, w.Admin, s.only(w.Admin).ID); err != nil || !posted {
			t.Fatal(posted, err)
		}
		if s.posts(s.bob, "third of bob") {
			t.Error("his third waits")
		}
		s.vetting(forum.Vetting{All: true})
		if !s.posts(s.ann, "any") || s.posts(w.Admin, "any") {
			t.Error("of all: a member's, and not the moderator's")
		}
		if h := s.only(w.Admin); h.Why != forum.VettedAll {
			t.Errorf("it waits for %q", h.Why)
		}
		s.must(w.TakeWaiting(ctx, s.ann, s.only(w.Admin).ID))
		s.vetting(forum.Vetting{Watched: " Crème   brûlée \n\nspam.example\nCrème brûlée\n"})
		if v, err := w.ReadVetting(ctx, w.Admin, g); err != nil || v.Watched != "Crème brûlée\nspam.example" {
			t.Errorf("the list is %q %v", v.Watched, err)
		}
		for source, want := range map[string]bool{"CREME BRULEE!": true, "creme-bru\u0302le\u0301e": true, "creme and brulee": false, "xcreme brulee": false, "[here](https://a.spam.example/x)": true,
			"https://spam.example.": true, "https://notspam.example": false, "spam example": false, "write to a@spam.example": true} {
			if got := s.posts(s.ann, source); got != want {
				t.Errorf("%q waits: %t", source, got)
			} else if got {
				h := s.only(w.Admin)
				if h.Why != forum.WatchedWord || h.Found == "" {
					t.Errorf("%q waits for %q, found %q", source, h.Why, h.Found)
				}
				s.must(w.TakeWaiting(ctx, s.ann, h.ID))
			}
		}
		if s.posts(w.Admin, "creme brulee") {
			t.Error("the moderator's own waits")
		}
	})
}

// TestVetOne: moderators let the posts of one member wait, for a reason and until a time, which they are told; not where
// nobody is told who writes.
func TestVetOne(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		s := newTalk(t, w)
		ctx, g := t.Context(), s.group.ID
		s.must(w.Appoint(ctx, w.Admin, g, s.bob.Member, forum.Moderator))
		kind(t, "by a member", w.Vet(ctx, s.ann, g, s.bob.Member, forDays(7)), forum.Forbidden, "error.moderators-only")
		kind(t, "lifted by a member", w.Unvet(ctx, s.ann, g, s.bob.Member), forum.Forbidden, "error.moderators-only")
		kind(t, "the owner", w.Vet(ctx, s.bob, g, w.Admin.Member, forDays(7)), forum.Forbidden, "error.same-role")
		kind(t, "without an end", w.Vet(ctx, s.bob, g, s.ann.Member, forDays(0)), forum.Invalid, "days: error.choose")
		s.must(w.Vet(ctx, s.bob, g, s.ann.Member, forDays(7)))
		kind(t, "again", w.Vet(ctx, s.bob, g, s.ann.Member, forDays(7)), forum.Conflict, "error.vetted-already")
		if a := statement(t, w, s.ann); a.Kind != forum.Vets || a.UntilAt == 0 || len(mailed(t, w, "note.act-vet")) != 1 {
			t.Errorf("the statement %+v", a)
		}
		if got, err := w.ReadSanctions(ctx, w.Admin, g); err != nil || len(got) != 1 || got[0].Kind != forum.Vets {
			t.Errorf("what lasts: %+v %v", got, err)
		}
		if !s.posts(s.ann, "one") {
			t.Error("hers does not wait")
		}
		if h := s.only(s.bob); h.Why != forum.VettedMember || h.Author != s.ann.Name {
			t.Errorf("it waits: %+v", h)
		}
		s.must(w.TakeWaiting(ctx, s.ann, s.only(s.bob).ID))
		for range 2 {
			s.must(w.Unvet(ctx, s.bob, g, s.ann.Member))
		}
		if s.posts(s.ann, "two") || statement(t, w, s.ann).LiftedAt == 0 {
			t.Error("it is not lifted")
		}
		s.must(w.Vet(ctx, s.bob, g, s.ann.Member, forDays(1)))
		act := statement(t, w, s.ann)
		s.must(w.Object(ctx, s.ann, act.ID, "it was nothing bad"))
		s.must(w.AnswerObjection(ctx, w.Admin, act.ID, true, "you are right there"))
		if s.posts(s.ann, "three") {
			t.Error("what was taken back holds")
		}
		s.must(w.Vet(ctx, s.bob, g, s.ann.Member, forDays(1)))
		set(t, w, s.group, func(d *forum.GroupDraft) { d.Class = forum.ChathamClass })
		w.Ready(s.group, s.bob, w.Admin)
		kind(t, "behind masks", w.Vet(ctx, s.bob, g, s.ann.Member, forDays(1)), forum.Closed, "error.vet-masked")
		w.Ready(s.group, s.ann)
		s.vetting(forum.Vetting{First: 5})
		if s.posts(s.ann, "four") {
			t.Error("behind masks one member is singled out")
		}
		set(t, w, s.group, func(d *forum.GroupDraft) { d.Class = forum.GroupClass })
		w.Ready(s.group, s.ann)
		s.vetting(forum.Vetting{})
		w.Pass(25 * time.Hour)
		if s.posts(s.ann, "five") {
			t.Error("it does not end by the clock")
		}
	})
}

// TestWaiting: a post that waits is read by the moderators of its group and its writer, and by nobody else; approved it is
// posted in its writer's name, for those whom they were told, with its files. It is claimed as a case is.
func TestWaiting(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		s := newTalk(t, w)
		ctx := t.Context()
		s.must(w.Appoint(ctx, w.Admin, s.group.ID, s.bob.Member, forum.Moderator))
		carl, stranger := w.Member("carl"), w.Member("stranger")
		w.Ready(s.group, carl)
		other, _, _ := w.Group("other", forum.MembersOnly)
		w.Ready(other, stranger)
		s.must(w.Appoint(ctx, w.Admin, other.ID, stranger.Member, forum.Moderator))
		s.vetting(forum.Vetting{All: true})
		file, err := w.AddFile(ctx, s.ann, "notes.txt", []byte("what hangs on it"))
		s.must(err)
		d := forum.Draft{Source: "waiting canary", Key: w.Key(), ReplyTo: s.reply, Files: []forum.FileID{file.ID}}
		w.Effects.Take()
		for range 2 {
			_, err = w.Reply(ctx, s.ann, s.topic.ID, d)
			kind(t, "it waits", err, forum.Held, "error.waits")
		}
		if facts := w.Effects.Take(); slices.ContainsFunc(facts, func(f forum.Fact) bool { _, is := f.(forum.Posted); return is }) {
			t.Errorf("waiting states %v", facts)
		}
		h := s.only(s.bob)
		if h.Author != s.ann.Name || h.Subject() != "First title" || !strings.Contains(h.HTML, "waiting canary") || len(h.Files) != 1 || h.GroupName != "Group inner" || !h.MayHandle || h.Audience != (forum.Audience{Reach: forum.Members, Of: s.group.ID}) {
			t.Errorf("a moderator reads %+v", h)
		}
		for who, c := range map[string]struct {
			by  forum.Actor
			own bool
		}{"its writer": {s.ann, true}, "a member": {carl, false}, "another group's moderator": {stranger, false}, "a visitor": {forum.Actor{}, false}} {
			by := w.As(c.by.Member)
			_, err := w.ReadWaiting(ctx, by, h.ID)
			kind(t, who+" as a moderator", err, forum.NotFound, "error.not-found")
			own, err := w.ReadOwnWaiting(ctx, by, h.ID)
			all, err2 := w.OwnWaiting(ctx, by)
			if (err == nil) != c.own || err2 != nil || (len(all) == 1) != c.own || c.own && own.Subject() != "First title" {
				t.Errorf("%s finds %+v %v %v", who, all, err, err2)
			}
			if _, err := w.FindFile(ctx, by, file.ID); (err == nil) != c.own {
				t.Errorf("%s opens its file: %v", who, err)
			}
			if n, err := heldFor(ctx, w, by); err != nil || n != 0 {
				t.Errorf("%s counts %d %v", who, n, err)
			}
			kind(t, who+" claims it", w.ClaimWaiting(ctx, by, h.ID), forum.NotFound, "error.not-found")
			_, err = w.Approve(ctx, by, h.ID)
			kind(t, who+" approves it", err, forum.NotFound, "error.not-found")
			kind(t, who+" declines it", w.Decline(ctx, by, h.ID, advert), forum.NotFound, "error.not-found")
			if !c.own {
				s.must(w.TakeWaiting(ctx, by, h.ID))
			}
		}
		for _, by := range []forum.Actor{s.bob, w.Admin} {
			if _, err := w.FindFile(ctx, by, file.ID); err != nil {
				t.Errorf("%s opens its file: %v", by.Name, err)
			}
			if n, err := heldFor(ctx, w, by); err != nil || n != 1 {
				t.Errorf("%s counts %d %v", by.Name, n, err)
			}
		}
		s.must(w.DropFile(ctx, s.ann, file.ID))
		w.Pass(8 * 24 * time.Hour)
		s.must(w.SweepFiles(ctx))
		s.must(w.ClaimWaiting(ctx, s.bob, h.ID))
		kind(t, "what another is at", w.ClaimWaiting(ctx, w.Admin, h.ID), forum.Conflict, "error.case-claimed")
		_, err = w.Approve(ctx, w.Admin, h.ID)
		kind(t, "what another is at", err, forum.Conflict, "error.case-claimed")
		kind(t, "what another is at", w.Decline(ctx, w.Admin, h.ID, advert), forum.Conflict, "error.case-claimed")
		if p := s.only(w.Admin); p.Claimer != s.bob.Name || p.MayHandle || p.Mine {
			t.Errorf("claimed: %+v", p)
		}
		s.must(w.ReleaseWaiting(ctx, s.bob, h.ID))
		errs := make([]error, 2)
		var wg sync.WaitGroup
		for i, by := range []forum.Actor{s.bob, w.Admin} { // both at once
			wg.Go(func() { _, errs[i] = w.Approve(context.WithoutCancel(ctx), by, h.ID) })
		}
		wg.Wait()
		if (errs[0] == nil) == (errs[1] == nil) {
			t.Errorf("of two who approve it at once: %v", errs)
		}
		page := s.page(carl)
		if last := page.Posts[len(page.Posts)-1]; last.AuthorID != s.ann.Member || last.ReplyTo != s.reply || !strings.Contains(last.HTML, "waiting canary") || len(last.Files) != 1 || last.Audience != h.Audience {
			t.Errorf("approved: %+v", last)
		}
		if n := count(t, w, "SELECT count(*) FROM posts WHERE plain = 'waiting canary'"); n != 1 {
			t.Errorf("it stands there %d times", n)
		}
		if p, err := w.ReadManage(ctx, w.Admin, "inner"); err != nil || p.Log[0].Act != "approve-post" || p.Log[0].Object != "First title" {
			t.Errorf("the log %+v %v", p.Log[0], err)
		}
		if again, err := w.Reply(ctx, s.ann, s.topic.ID, d); err != nil || again.Plain != "waiting canary" {
			t.Errorf("the form once more: %+v %v", again, err)
		}
		exec(t, w, "UPDATE topics SET reach = 2, reach_of = 0 WHERE id = ?", s.topic.ID) // for the certified, of whom the moderators are none
		exec(t, w, "INSERT INTO waiting SELECT 77, member_id, ?, board_id, id, 0, '', 'x', '', 0, 'k', 2, 0, 0, '', 1, 'all', 1, 0, 0, '' FROM (SELECT author_id AS member_id, board_id, id FROM topics WHERE id = ?) t", s.group.ID, s.topic.ID)
		if _, err := w.ReadWaiting(ctx, s.bob, 77); forum.KindOf(err) != forum.NotFound {
			t.Errorf("an answer to what the moderator may not read: %v", err)
		}
	})
}

// TestReadersGrew: what waits while more come to read it goes back to its writer, whole, who is told; so does what its
// writer may not post any more.
func TestReadersGrew(t *testing.T) {
	t.Parallel()
	for what, change := range map[string]func(t *testing.T, s *talk){
		"a wider group": func(t *testing.T, s *talk) { widen(t, s.World, s.group, forum.RegisteredOnly) },
		"no confidence": func(t *testing.T, s *talk) {
			set(t, s.World, s.group, func(d *forum.GroupDraft) { d.Class = forum.OpenClass })
		},
		"a locked topic": func(_ *testing.T, s *talk) { s.must(s.Lock(s.t.Context(), s.Admin, s.topic.ID, "")) },
		"who is muted": func(_ *testing.T, s *talk) {
			s.must(s.Mute(s.t.Context(), s.Admin, s.group.ID, s.ann.Member, forDays(7)))
		},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			forumtest.On(t, func(t *testing.T, w *forumtest.World) {
				s := newTalk(t, w)
				ctx := t.Context()
				set(t, w, s.group, func(d *forum.GroupDraft) { d.Class = forum.GroupClass })
				w.Ready(s.group, s.ann)
				s.vetting(forum.Vetting{All: true})
				if !s.posts(s.ann, "waiting canary") {
					t.Fatal("it does not wait")
				}
				h := s.only(w.Admin)
				change(t, s)
				if posted, err := w.Approve(ctx, w.Admin, h.ID); err != nil || posted {
					t.Errorf("posted %t %v", posted, err)
				}
				if n := count(t, w, "SELECT count(*) FROM posts WHERE plain = 'waiting canary'") + count(t, w, "SELECT count(*) FROM waiting"); n != 0 {
					t.Errorf("%d are left", n)
				}
				d, err := w.ReadDraft(ctx, w.As(s.ann.Member), h.ID)
				if err != nil || d.Source != "waiting canary" || d.Why != forum.ReadersGrew && d.Why != forum.DoorShut {
					t.Errorf("it is back as %+v %v", d, err)
				}
				if got := mailed(t, w, "note.post-back"); !slices.Equal(got, []forum.MemberID{s.ann.Member}) {
					t.Errorf("told are %v", got)
				}
			})
		})
	}
}

// TestWaitingFromJoin: where only those read who were in, somebody who came in meanwhile is one more.
func TestWaitingFromJoin(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		s := newTalk(t, w)
		ctx := t.Context()
		set(t, w, s.group, func(d *forum.GroupDraft) { d.FromJoin = true })
		w.Ready(s.group, s.ann)
		s.vetting(forum.Vetting{All: true})
		for _, joins := range []bool{false, true} {
			if _, err := w.StartTopic(ctx, s.ann, s.board.ID, draft(w, "canary")); !forum.Waits(err) {
				t.Fatal(err)
			}
			if joins {
				w.Ready(s.group, w.Member("late"))
			}
			if posted, err := w.Approve(ctx, w.Admin, s.only(w.Admin).ID); err != nil || posted == joins {
				t.Errorf("somebody joined %t: posted %t %v", joins, posted, err)
			}
		}
	})
}

// TestDeclined: what is declined is its writer's draft again, with the reason by mail; they change it and post it again.
// Who is behind a mask stays behind it.
func TestDeclined(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		s := newTalk(t, w)
		ctx := t.Context()
		set(t, w, s.group, func(d *forum.GroupDraft) { d.Class = forum.ChathamClass })
		w.Ready(s.group, s.ann, s.bob)
		s.vetting(forum.Vetting{All: true})
		file, err := w.AddFile(ctx, s.ann, "notes.txt", []byte("what hangs on it"))
		s.must(err)
		if _, err = w.StartTopic(ctx, s.ann, s.board.ID, forum.Draft{Title: "A title", Source: "canary", Key: w.Key(), Files: []forum.FileID{file.ID}}); !forum.Waits(err) {
			t.Fatal(err)
		}
		h := s.only(w.Admin)
		if h.Author != "" || !h.Veiled || h.MemberID != 0 || h.Files[0].AuthorID != 0 || h.Subject() != "A title" {
			t.Errorf("a moderator reads whose it is: %+v", h)
		}
		kind(t, "without a reason", w.Decline(ctx, w.Admin, h.ID, forum.ActDraft{}), forum.Invalid, "reason: error.choose")
		s.must(w.Decline(ctx, w.Admin, h.ID, advert))
		if got := mailed(t, w, "note.act-decline"); !slices.Equal(got, []forum.MemberID{s.ann.Member}) {
			t.Errorf("told are %v", got)
		}
		a := statement(t, w, s.ann)
		if a.Kind != forum.Declines || a.Reason != "spam" || a.MayObject(forum.At(w.Now())) {
			t.Errorf("the statement %+v", a)
		}
		kind(t, "an objection", w.Object(ctx, s.ann, a.ID, "but it was good"), forum.Closed, "error.post-again")
		if p, err := w.ReadManage(ctx, w.Admin, "inner"); err != nil || p.Log[0].Act != "decline-post" || p.Log[0].Object != "" {
			t.Errorf("the log %+v %v", p.Log[0], err)
		}
		w.Pass(20 * 24 * time.Hour)
		s.must(w.RemindHeld(ctx))
		s.must(w.SweepFiles(ctx))
		if n := count(t, w, "SELECT count(*) FROM deliveries WHERE kind LIKE 'note.held%'"); n != 0 {
			t.Errorf("%d reminders", n)
		}
		_, err = w.Rewrite(ctx, s.bob, h.ID)
		kind(t, "another's", err, forum.NotFound, "error.not-found")
		s.must(err1(w.KeepWriting(ctx, s.ann, forum.WritingAt{Board: s.board.ID}, forum.Writing{Source: "begun"}, true)))
		_, err = w.Rewrite(ctx, s.ann, h.ID)
		kind(t, "over what was begun", err, forum.Conflict, "error.newer-writing")
		s.must(w.DiscardWriting(ctx, s.ann, forum.WritingAt{Board: s.board.ID}))
		if d, err := w.Rewrite(ctx, s.ann, h.ID); err != nil || d.BoardID != s.board.ID {
			t.Errorf("%+v %v", d, err)
		}
		s.must(w.SweepFiles(ctx))
		is, err := w.ReadWriting(ctx, s.ann, forum.WritingAt{Board: s.board.ID})
		if err != nil || is.Title != "A title" || is.Source != "canary" || is.Files == "" {
			t.Errorf("begun again: %+v %v", is, err)
		}
		if files, err := w.OwnFiles(ctx, s.ann, []forum.FileID{file.ID}); err != nil || len(files) != 1 {
			t.Errorf("its file %+v %v", files, err)
		}
		if _, err = w.StartTopic(ctx, s.ann, s.board.ID, forum.Draft{Title: "A title", Source: "better", Key: w.Key(), Files: []forum.FileID{file.ID}, Kept: is.Version}); !forum.Waits(err) {
			t.Errorf("posted again: %v", err)
		}
		if is, err := w.ReadWriting(ctx, s.ann, forum.WritingAt{Board: s.board.ID}); err != nil || is.Version != 0 {
			t.Errorf("what was begun is left: %+v %v", is, err)
		}
		h = s.only(w.Admin)
		for range 2 {
			s.must(w.TakeWaiting(ctx, s.ann, h.ID))
		}
		_, err = w.Release(ctx, s.ann, h.ID, s.wording(s.ann))
		if kind(t, "posted as it is", err, forum.Held, "error.waits"); len(s.only(w.Admin).Files) != 1 {
			t.Error("its file is lost")
		}
		if d, err := w.Drafts(ctx, s.ann); err != nil || len(d) != 0 {
			t.Errorf("a draft is left: %+v %v", d, err)
		}
		if posted, err := w.Approve(ctx, w.Admin, s.only(w.Admin).ID); err != nil || !posted {
			t.Errorf("posted %t %v", posted, err)
		}
		s.vetting(forum.Vetting{Watched: "gold"})
		_, err = w.StartTopic(ctx, s.ann, s.board.ID, forum.Draft{Title: "Old gold", Source: "x", Key: w.Key()})
		kind(t, "in the title", err, forum.Held, "error.waits")
		s.must(w.TakeWaiting(ctx, s.ann, s.only(w.Admin).ID))
		w.Pass(91 * 24 * time.Hour)
		s.must(w.RemindHeld(ctx))
		if d, err := w.Drafts(ctx, w.As(s.ann.Member)); err != nil || len(d) != 0 {
			t.Errorf("after ninety days: %+v %v", d, err)
		}
	})
}

// TestWaitingByMail: a mail waits as a post does, and its writer is told by mail; too many at once do not.
func TestWaitingByMail(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		s := newTalk(t, w)
		ctx := t.Context()
		s.vetting(forum.Vetting{All: true})
		in := forum.Incoming{MessageID: "<9@bob.example>", Source: "by mail", Trimmed: "> copied canary"}
		for range 2 {
			_, err := w.ReplyByMail(ctx, s.bob, s.first, in)
			kind(t, "it waits", err, forum.Held, "error.waits")
		}
		if got := mailed(t, w, "note.waits"); !slices.Equal(got, []forum.MemberID{s.bob.Member}) {
			t.Errorf("told are %v", got)
		}
		h := s.only(w.Admin)
		if h.Door != forum.ByMail || h.Trimmed != "" {
			t.Errorf("it waits: %+v", h)
		}
		if p, err := w.ReadWaiting(ctx, w.Admin, h.ID); err != nil || p.Trimmed != "" {
			t.Errorf("what it quotes: %+v %v", p, err)
		}
		if own, err := w.ReadOwnWaiting(ctx, s.bob, h.ID); err != nil || own.Trimmed != in.Trimmed {
			t.Errorf("his own: %+v %v", own, err)
		}
		exec(t, w, "DELETE FROM acknowledgements WHERE member_id = ?", s.bob.Member)
		if posted, err := w.Approve(ctx, w.Admin, h.ID); err != nil || posted {
			t.Errorf("he was not told: posted %t %v", posted, err)
		}
		if d, err := w.Drafts(ctx, s.bob); err != nil || len(d) != 1 || d[0].ID != h.ID || d[0].Why != forum.ReadersGrew {
			t.Errorf("it is back: %+v %v", d, err)
		}
		w.Ready(s.group, s.bob)
		for i := range 21 {
			_, err := w.StartTopic(ctx, s.bob, s.board.ID, draft(w, "more"))
			if i < 20 {
				kind(t, "one more", err, forum.Held, "error.waits")
			} else {
				kind(t, "too many", err, forum.TooMany, "error.too-many-waiting")
			}
		}
	})
}

// TestWatchedBeside: watched words and domains are found in the title of a topic and in the options of its poll, too.
func TestWatchedBeside(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		s, ctx := newTalk(t, w), t.Context()
		s.vetting(forum.Vetting{Watched: "gold\nspam.example"})
		for _, c := range []struct {
			title, options string
			waits          bool
		}{
			{"Gold", "yes\nno", true},
			{"See https://www.spam.example/x", "yes\nno", true},
			{"See Spam.example.", "yes\nno", true},
			{"Poll", "buy gold\nno", true},
			{"Poll", "http://spam.example\nno", true},
			{"Poll", "spam.example\nno", true},
			{"Poll", "silver\nnospam.example", false},
		} {
			_, err := w.StartTopic(ctx, s.ann, s.board.ID, forum.Draft{Title: c.title, Source: "what?", Key: w.Key(), Poll: forum.PollDraft{Options: c.options}})
			if forum.Waits(err) != c.waits {
				t.Errorf("%q, %q: %v", c.title, c.options, err)
			}
		}
	})
}

// TestChangeWhileVetted: while all that somebody posts is read first, what they posted before is not changed; it can be taken
// back. Moderators change theirs.
func TestChangeWhileVetted(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		s, ctx := newTalk(t, w), t.Context()
		s.must(w.Vet(ctx, w.Admin, s.group.ID, s.ann.Member, forDays(7)))
		kind(t, "a vetted member", s.change(w.As(s.ann.Member), s.first, "unread canary"), forum.Closed, "error.change-vetted")
		s.must(s.change(s.bob, s.reply, "bob's new words"))
		s.must(w.Unvet(ctx, w.Admin, s.group.ID, s.ann.Member))
		s.must(s.change(w.As(s.ann.Member), s.first, "new words"))
		s.vetting(forum.Vetting{All: true})
		kind(t, "where all is vetted", s.change(s.bob, s.reply, "unread canary"), forum.Closed, "error.change-vetted")
		if p := s.page(s.bob); strings.Contains(p.Posts[0].HTML+p.Posts[1].HTML, "canary") {
			t.Error("it is there")
		}
		s.must(w.TakeBack(ctx, s.bob, s.reply))
		s.vetting(forum.Vetting{Watched: "gold"})
		s.must(s.change(w.As(s.ann.Member), s.first, "other words"))
	})
}

// TestWaitingFollows: what waits to be said in a topic that is moved, or merged into another, waits for the moderators of the
// group where that stands now, and for nobody else; what they might not read goes back to its writer.
func TestWaitingFollows(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		ctx := t.Context()
		a, here, _ := w.Group("aaa", forum.RegisteredOnly)
		b, there, _ := w.Group("bbb", forum.RegisteredOnly)
		ann, moda, modb := w.Member("ann"), w.Member("moda"), w.Member("modb")
		w.Ready(a, w.Admin, ann, moda)
		w.Ready(b, w.Admin, ann, modb)
		must := func(err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
		}
		must(w.Appoint(ctx, w.Admin, a.ID, moda.Member, forum.Moderator))
		must(w.Appoint(ctx, w.Admin, b.ID, modb.Member, forum.Moderator))
		for _, g := range []*forum.Group{a, b} {
			must(w.SetVetting(ctx, w.Admin, g.ID, forum.Vetting{All: true}))
		}
		begin := func() (forum.TopicID, int64) {
			topic, err := w.StartTopic(ctx, w.Admin, here.ID, draft(w, "topic"))
			must(err)
			if _, err = w.Reply(ctx, ann, topic.ID, draft(w, "waits")); !forum.Waits(err) {
				t.Fatal(err)
			}
			rows, err := w.OwnWaiting(ctx, ann)
			must(err)
			return topic.ID, rows[0].ID
		}
		into, err := w.StartTopic(ctx, w.Admin, there.ID, draft(w, "into"))
		must(err)
		for what, move := range map[string]func(forum.TopicID) error{
			"moved":  func(id forum.TopicID) error { return w.MoveTopic(ctx, w.Admin, id, there.ID, "") },
			"merged": func(id forum.TopicID) error { return w.MergeTopics(ctx, w.Admin, id, into.ID, "") },
		} {
			topic, id := begin()
			must(w.ClaimWaiting(ctx, moda, id))
			must(move(topic))
			_, err := w.Approve(ctx, moda, id)
			kind(t, what+": who moderates where it was", err, forum.NotFound, "error.not-found")
			if p, err := w.ReadWaiting(ctx, modb, id); err != nil || p.GroupID != b.ID || p.BoardID != there.ID || p.Why != forum.VettedAll || p.ClaimedBy != 0 {
				t.Errorf("%s: %+v %v", what, p.WaitingRow, err)
			}
			if posted, err := w.Approve(ctx, modb, id); err != nil || !posted {
				t.Errorf("%s: posted %t, %v", what, posted, err)
			}
		}
		topic, id := begin()
		exec(t, w, "UPDATE waiting SET reach = 3, reach_of = ? WHERE id = ?", a.ID, id) // for the members of a
		must(w.MoveTopic(ctx, w.Admin, topic, there.ID, ""))
		if drafts, err := w.Drafts(ctx, ann); err != nil || len(drafts) != 1 || drafts[0].Why != forum.ReadersGrew {
			t.Errorf("what they might not read: %+v %v", drafts, err)
		}
	})
}

// TestWatchedCases: a watched word that comes into a post by a change, or is said in a room, is a case; nothing is held.
func TestWatchedCases(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		s := newTalk(t, w)
		ctx := t.Context()
		room, err := w.FindRoom(ctx, s.ann, "inner", "inner")
		s.must(err)
		s.vetting(forum.Vetting{Watched: "gold"})
		s.must(s.change(s.ann, s.first, "no metal"))
		if n := count(t, w, "SELECT count(*) FROM cases"); n != 0 {
			t.Errorf("%d cases of nothing", n)
		}
		s.must(s.change(s.ann, s.first, "Gold!"))
		s.must(s.change(s.ann, s.first, "Gold again"))
		m, err := w.Say(ctx, s.bob, room.Room.ID, "all gold", w.Key())
		s.must(err)
		if said, err := w.ReadMessages(ctx, s.ann, room.Room.ID, 0, 10); err != nil || len(said) != 1 || said[0].ID != m.ID {
			t.Errorf("said: %+v %v", said, err)
		}
		s.must(err1(w.Say(ctx, w.Admin, room.Room.ID, "gold", w.Key())))
		p, err := w.ReadWork(ctx, w.Admin, "inner")
		if err != nil || len(p.Cases) != 2 || len(p.Held) != 0 || p.Cases[0].Ref != int64(s.first) || p.Cases[0].Reports != 0 || p.Cases[1].Kind != forum.ReportedMessage || p.Cases[1].About != s.bob.Member {
			t.Errorf("the queue %+v %v", p.Cases, err)
		}
		s.must(w.CloseCase(ctx, w.Admin, p.Cases[0].ID, "nothing", ""))
		s.must(s.change(s.ann, s.first, "Gold, once more"))
		if n := count(t, w, "SELECT count(*) FROM cases WHERE closed_at = 0"); n != 1 {
			t.Errorf("%d open cases after a change of what had it before", n)
		}
	})
}

// TestBesideWaits: the tags and the poll of a topic that waits are posted with it, also after it went back to its writer.
func TestBesideWaits(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		s, ctx := newTalk(t, w), t.Context()
		s.must(w.AddTag(ctx, w.Admin, s.group.ID, "Fees", "fees"))
		tags, err := w.ReadTags(ctx, s.ann, s.group.ID, false)
		s.must(err)
		s.vetting(forum.Vetting{Watched: "gold"})
		begin := func() int64 {
			_, err := w.StartTopic(ctx, s.ann, s.board.ID, forum.Draft{Title: "Waits", Source: "gold", Key: w.Key(), Tags: []forum.TagID{tags[0].ID}, Poll: forum.PollDraft{Options: "Yes\nNo", Secret: true}})
			if !forum.Waits(err) {
				t.Fatal("it does not wait: ", err)
			}
			return s.only(w.Admin).ID
		}
		check := func(when string, id forum.TopicID) {
			t.Helper()
			page, err := w.ReadTopic(ctx, s.ann, id, 0)
			if err != nil || len(page.Tags) != 1 || page.Posts[0].Poll == nil || len(page.Posts[0].Poll.Options) != 2 || !page.Posts[0].Poll.Secret {
				t.Errorf("%s: %+v, %v", when, page.Tags, err)
			}
		}
		latest := func() forum.TopicID {
			page, err := w.ReadBoard(ctx, s.ann, "inner", "inner", forum.TopicCursor{})
			s.must(err)
			return page.Topics[0].ID
		}
		if posted, err := w.Approve(ctx, w.Admin, begin()); err != nil || !posted {
			t.Fatal(posted, err)
		}
		check("approved", latest())
		id := begin()
		s.must(w.Decline(ctx, w.Admin, id, advert))
		s.vetting(forum.Vetting{})
		topic, err := w.Release(ctx, s.ann, id, s.wording(s.ann))
		s.must(err)
		check("declined, and posted later", topic)
	})
}

// heldFor counts the posts that wait for a moderator.
func heldFor(ctx context.Context, w *forumtest.World, by forum.Actor) (n int, err error) {
	queues, err := w.CountQueues(ctx, by, 0)
	for _, q := range queues {
		n += q.Held
	}
	return n, err
}
