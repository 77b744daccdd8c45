package forum_test

import (
	"fmt"
	"testing"
	"time"

	"peergroups/forum"
	"peergroups/forum/forumtest"
)

// TestMailCommands: each address sets the mode on every board of the group, is answered
// once a day for each command, and tells nothing to whom the group is not known.
func TestMailCommands(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		s := newStage(t, w)
		if _, err := w.CreateBoard(t.Context(), w.Admin, s.group.ID, forum.BoardDraft{Slug: "second", Name: "Second"}); err != nil {
			t.Fatal(err)
		}
		w.Effects.Take()
		answers := 0
		for i, c := range []struct {
			command string
			want    forum.Mode
		}{{"subscribe", forum.Each}, {"digest", forum.Daily}, {"each", forum.Each}, {"nomail", forum.NoMail}, {"single", forum.Each}, {"help", forum.Each}, {"unsubscribe", forum.NoMail}} {
			if err := w.Command(t.Context(), s.ann, "Inner", c.command, forum.Incoming{MessageID: fmt.Sprintf("<%d@a.example>", i)}); err != nil {
				t.Fatal(c.command, err)
			}
			for _, fact := range w.Effects.Take() {
				a := fact.(forum.Answered)
				if answers++; a.Member != s.ann.Member || a.Outcome == "single" {
					t.Errorf("%s is answered as %+v", c.command, a)
				}
				if g, err := w.ReceivedFor(t.Context(), s.ann, a.Received); err != nil || g.ID != s.group.ID {
					t.Errorf("the answer is about %v %v", g, err)
				}
				_, err := w.ReceivedFor(t.Context(), s.out, a.Received)
				kind(t, "another's answer", err, forum.NotFound, "error.not-found")
			}
			p, err := w.ReadGroup(t.Context(), s.ann, "inner")
			if err != nil {
				t.Fatal(err)
			}
			for _, b := range p.Boards {
				if p.Modes[b.ID] != c.want {
					t.Errorf("%s: %s comes as %d", c.command, b.Slug, p.Modes[b.ID])
				}
			}
		}
		if answers != 6 { // "single" is "each"
			t.Errorf("%d automatic answers in a day", answers)
		}
		kind(t, "an unknown command", w.Command(t.Context(), s.ann, "inner", "explode", forum.Incoming{MessageID: "<x@a.example>"}), forum.NotFound, "error.not-found")
		kind(t, "an unknown group", w.Command(t.Context(), s.ann, "nowhere", "help", forum.Incoming{MessageID: "<x@a.example>"}), forum.NotFound, "error.not-found")
		kind(t, "by an outsider", w.Command(t.Context(), s.out, "inner", "help", forum.Incoming{MessageID: "<x@a.example>"}), forum.NotFound, "error.not-found")
	})
}

// TestSignaturesUnderMasks: where others are shown a mask, a mail that names its writer waits for their word, wherever it does.
func TestSignaturesUnderMasks(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		g, b, _ := w.Group("house", forum.MembersOnly)
		plain, open, _ := w.Group("plain", forum.MembersOnly)
		ann := w.Member("ann")
		set(t, w, g, func(d *forum.GroupDraft) { d.Class = forum.ChathamClass })
		w.Ready(g, w.Admin, ann)
		w.Ready(plain, ann)
		file := []forum.IncomingFile{{Name: "CV Ann Test.txt", Bytes: []byte("x")}}
		for i, c := range []struct {
			board forum.BoardID
			in    forum.Incoming
			held  bool
		}{
			{b.ID, forum.Incoming{Title: "T", Source: "words\n\nKind regards\nann\u00a0 TEST, mediator"}, true},
			{b.ID, forum.Incoming{Title: "From Ann Test: a topic", Source: "words"}, true},
			{b.ID, forum.Incoming{Title: "T", Source: "words to ann@members.example"}, true},
			{b.ID, forum.Incoming{Title: "T", Source: "words", Trimmed: "-- \nAnn Test"}, true},
			{b.ID, forum.Incoming{Title: "T", Source: "words", Files: file}, true},
			{b.ID, forum.Incoming{Title: "T", Source: "words of Anna Tester and of hannah"}, false},
			{open.ID, forum.Incoming{Title: "T", Source: "words\n\nAnn Test"}, false},
		} {
			c.in.MessageID = fmt.Sprintf("<sign%d@a.example>", i)
			_, err := w.PostByMail(t.Context(), ann, c.board, c.in)
			if held := forum.KindOf(err) == forum.Held; held != c.held || err != nil && !held {
				t.Errorf("%q %q: %v", c.in.Title, c.in.Source, err)
			}
		}
		drafts, err := w.Drafts(t.Context(), ann)
		if err != nil || len(drafts) != 5 || drafts[0].Why != forum.OwnName {
			t.Errorf("%+v %v", drafts, err)
		}
	})
}

// TestPostingByMail: a mail becomes one topic or reply however often it comes, and an
// address leads only those to its board who may read there.
func TestPostingByMail(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		s := newStage(t, w)
		for _, local := range []string{"inner", "inner.inner", "INNER.Inner"} {
			if b, err := w.BoardByAddress(t.Context(), s.ann, local); err != nil || b.ID != s.board.ID {
				t.Errorf("%s leads to %v %v", local, b, err)
			}
			_, err := w.BoardByAddress(t.Context(), s.out, local)
			kind(t, local+" for an outsider", err, forum.NotFound, "error.not-found")
		}
		_, err := w.BoardByAddress(t.Context(), s.ann, "nowhere.inner")
		kind(t, "no such board", err, forum.NotFound, "error.not-found")

		in := forum.Incoming{MessageID: "<1@a.example>", Title: "By mail", Source: "text", Trimmed: "> quoted"}
		var topic *forum.Topic
		for range 2 {
			got, err := w.PostByMail(t.Context(), s.ann, s.board.ID, in)
			if err != nil || topic != nil && got.ID != topic.ID {
				t.Fatalf("%v %v", got, err)
			}
			topic = got
		}
		p, err := w.ReadTopic(t.Context(), w.Admin, topic.ID, 0)
		if err != nil || len(p.Posts) != 1 || p.Posts[0].Via != forum.ByMail || p.Topic.Title != "By mail" {
			t.Fatalf("%+v %v", p, err)
		}
		answer := forum.Incoming{MessageID: "<2@a.example>", Source: "answer"}
		for range 2 {
			if _, err := w.ReplyByMail(t.Context(), s.ann, p.Posts[0].ID, answer); err != nil {
				t.Fatal(err)
			}
		}
		if p, err = w.ReadTopic(t.Context(), w.Admin, topic.ID, 0); err != nil || len(p.Posts) != 2 || p.Posts[1].ReplyToAuthor != "Ann Test" {
			t.Errorf("%+v %v", p.Posts, err)
		}
		_, err = w.ReplyByMail(t.Context(), s.out, p.Posts[0].ID, answer)
		kind(t, "an outsider answers", err, forum.NotFound, "error.not-found")
		_, err = w.PostByMail(t.Context(), s.ann, s.board.ID, forum.Incoming{MessageID: "<3@a.example>", Title: " ", Source: "text"})
		kind(t, "without a subject", err, forum.Invalid, "title: error.empty.title")

		if err := w.Remove(t.Context(), w.Admin, s.group.ID, s.ann.Member, ""); err != nil {
			t.Fatal(err)
		}
		_, err = w.ReplyByMail(t.Context(), w.As(s.ann.Member), p.Posts[0].ID, forum.Incoming{MessageID: "<4@a.example>", Source: "late"})
		kind(t, "with an old token, removed", err, forum.NotFound, "error.not-found")
	})
}

// TestMemberByAddress: whose address it is, in any writing; and nobody of those who may not act.
func TestMemberByAddress(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		ann := w.Member("ann")
		if err := w.Register(t.Context(), forum.Registration{Handle: "bob", Name: "Bob", Password: forumtest.Password, Email: "bob@members.example", Agreed: true}, "1"); err != nil {
			t.Fatal(err)
		}
		for address, want := range map[string]forum.MemberID{"ann@members.example": ann.Member, "ANN@Members.Example": ann.Member, "bob@members.example": 0, "x": 0, "": 0} {
			if a, err := w.MemberByAddress(t.Context(), address); err != nil || a.Member != want {
				t.Errorf("%q is %v, %v", address, a.Member, err)
			}
		}
	})
}

// TestCommandOfWhoLeft: a command that waits for its sender's word is not done once they may not take part in the group any more, and
// its page tells nothing of a group that they may not know.
func TestCommandOfWhoLeft(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		hidden, _, _ := w.Group("hidden", forum.Hidden)
		open, _, _ := w.Group("open", forum.PublicToRead)
		ann := w.Member("ann")
		w.Ready(hidden, w.Admin, ann)
		w.Ready(open, w.Admin, ann)
		asked := func(group string) string {
			t.Helper()
			w.Effects.Take()
			if err := w.Command(t.Context(), ann, group, "each", forum.Incoming{MessageID: "<" + group + "@a.example>", Why: forum.Unproved}); err != nil {
				t.Fatal(err)
			}
			for _, fact := range w.Effects.Take() {
				if a, is := fact.(forum.Answered); is && a.Outcome == "command-asked" {
					return w.CommandToken(a.Received)
				}
			}
			t.Fatal("she is not asked")
			return ""
		}
		tokens := map[forum.GroupID]string{hidden.ID: asked("hidden")}
		w.Pass(25 * time.Hour) // one answer a day
		tokens[open.ID] = asked("open")
		for _, g := range []*forum.Group{hidden, open} {
			if c, err := w.ReadCommand(t.Context(), tokens[g.ID]); err != nil || c.ID != g.ID {
				t.Fatal(c, err)
			}
			if err := w.Leave(t.Context(), ann, g.ID); err != nil {
				t.Fatal(err)
			}
		}
		_, err := w.ReadCommand(t.Context(), tokens[hidden.ID])
		kind(t, "the page of a hidden group", err, forum.NotFound, "error.not-found")
		kind(t, "a command to a hidden group", w.ConfirmCommand(t.Context(), tokens[hidden.ID]), forum.NotFound, "error.not-found")
		kind(t, "a command to an open group", w.ConfirmCommand(t.Context(), tokens[open.ID]), forum.Forbidden, "error.join-first")
		if n := count(t, w, "SELECT count(*) FROM subscriptions WHERE member_id = ?", ann.Member); n != 0 {
			t.Errorf("%d boards come by mail to who left", n)
		}
	})
}
