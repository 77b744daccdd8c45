package forum_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"peergroups/forum"
	"peergroups/forum/forumtest"
	"peergroups/forum/markup"
)

// The tests of this file each hold one condition that no other test would miss: .ci/mutate.go takes
// every one away in turn.

// TestTitlesOfOthers: whose own post stands in a topic that they may not read, or in a place that does not let
// them in, sees the post and not the title, on the forms of change and of ballots.
func TestTitlesOfOthers(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		s := newTalk(t, w)
		ballot := s.asked()
		exec(t, w, "UPDATE ballots SET topic_id = ? WHERE id = ?", s.topic.ID, ballot)
		s.must(w.Leave(t.Context(), s.bob, s.group.ID))
		exec(t, w, "UPDATE groups SET visibility = ? WHERE id = ?", forum.MembersOnly, s.group.ID)
		see := func(when, want string) {
			t.Helper()
			p, err := w.ReadOwnPost(t.Context(), s.bob, s.reply)
			if err != nil || p.Title != want {
				t.Errorf("%s, the form of change: %q %v", when, p.Title, err)
			}
			b, err := w.ReadBallot(t.Context(), s.bob, ballot)
			if err != nil || len(b.Items) != 1 || b.Items[0].Title != want {
				t.Errorf("%s, the ballot: %+v %v", when, b.Items, err)
			}
		}
		see("neither topic nor place", "")
		exec(t, w, "UPDATE topics SET reach = 0, reach_of = 0 WHERE id = ?", s.topic.ID)
		see("a topic for all in a closed place", "")
		exec(t, w, "UPDATE groups SET visibility = 0 WHERE id = ?", s.group.ID)
		see("a topic for all in an open place", "First title")
		exec(t, w, "UPDATE topics SET reach = 3, reach_of = ? WHERE id = ?", s.group.ID, s.topic.ID)
		see("a topic for members in an open place", "")
	})
}

// TestChangeWhereBoardsAreShut: what was said is not changed where nothing more is said.
func TestChangeWhereBoardsAreShut(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		s := newTalk(t, w)
		exec(t, w, "UPDATE groups SET no_boards = 1 WHERE id = ?", s.group.ID)
		kind(t, "changed", s.change(s.bob, s.reply, "other words"), forum.Closed, "error.boards-shut")
	})
}

// TestDraftsOfClosedPlaces: who is put out is not told any more what the place was called in which they
// were about to speak.
func TestDraftsOfClosedPlaces(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		s := newTalk(t, w)
		fresh := w.Member("fresh")
		s.must(w.Invite(t.Context(), w.Admin, s.group.ID, fresh.Member))
		s.must(w.Join(t.Context(), fresh, s.group.ID))
		_, err := w.PostByMail(t.Context(), fresh, s.board.ID, forum.Incoming{MessageID: "<f@x.example>", Title: "Waits", Source: "text"})
		kind(t, "untold", err, forum.Held, "")
		var id int64
		if all, err := w.Drafts(t.Context(), fresh); err == nil && len(all) == 1 {
			id = all[0].ID
		}
		held := func(want int) {
			t.Helper()
			all, err := w.Drafts(t.Context(), fresh)
			s.must(err)
			n, err := w.CountDrafts(t.Context(), fresh)
			s.must(err)
			if len(all) != want || n != want {
				t.Errorf("%d drafts, counted %d", len(all), n)
			}
			if _, err := w.ReadDraft(t.Context(), fresh, id); (err == nil) != (want == 1) {
				t.Errorf("the draft is read: %v", err)
			}
		}
		held(1)
		s.must(w.Remove(t.Context(), w.Admin, s.group.ID, fresh.Member, "leaves the body"))
		held(0)
	})
}

// TestSpreadIsGated: also an owner's counts are of what they may read.
func TestSpreadIsGated(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		s := newTalk(t, w)
		r, err := w.FindRoom(t.Context(), s.ann, "inner", "inner")
		s.must(err)
		_, err = w.Say(t.Context(), s.ann, r.Room.ID, "said", w.Key())
		s.must(err)
		items := func(when string, want int) {
			t.Helper()
			if n, err := w.CountSpread(t.Context(), w.Admin, s.group.ID); err != nil || n.Items != want {
				t.Errorf("%s: %d items %v", when, n.Items, err)
			}
		}
		items("all", 3)
		exec(t, w, "UPDATE topics SET reach = 2, reach_of = 0, author_id = ? WHERE id = ?", s.bob.Member, s.topic.ID)
		items("not the topic", 1)
		exec(t, w, "UPDATE messages SET reach = 2, reach_of = 0")
		items("nor the message", 0)
		exec(t, w, "UPDATE topics SET reach = 3, reach_of = ? WHERE id = ?", s.group.ID, s.topic.ID)
		exec(t, w, "UPDATE posts SET reach = 2, reach_of = 0 WHERE id = ?", s.reply)
		items("one of the posts", 1)
	})
}

// TestMembersAreCountedInside: a group whose readers see its members shows their number to no one else.
func TestMembersAreCountedInside(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		s := newTalk(t, w)
		exec(t, w, "UPDATE groups SET roster = ? WHERE id = ?", forum.ForReaders, s.group.ID)
		for who, c := range map[string]struct {
			by   forum.Actor
			want int
		}{"a member": {s.ann, 3}, "another": {w.Member("other"), 0}, "a visitor": {}} {
			all, err := w.ReadGroups(t.Context(), c.by)
			if err != nil || len(all) != 1 || all[0].Members != c.want {
				t.Errorf("%s: %+v %v", who, all, err)
			}
		}
	})
}

// TestMasksOfWhatIsThere: nobody learns by asking who wrote something that there is something; what was
// taken back, or written before masks could be lifted, keeps its mask.
func TestMasksOfWhatIsThere(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		s := newMasks(t, w)
		ask := func(by forum.Actor, what forum.Spoken) error {
			_, err := w.AskIdentity(t.Context(), by, what, "it names a party")
			return err
		}
		exec(t, w, "UPDATE groups SET visibility = ? WHERE id = ?", forum.MembersOnly, s.group.ID)
		outsider := w.Member("outsider")
		kind(t, "a message there is", ask(outsider, s.said), forum.NotFound, "")
		kind(t, "a message there is not", ask(outsider, forum.Spoken{RefKind: forum.SpokenMessage, Ref: 1}), forum.NotFound, "")
		exec(t, w, "UPDATE messages SET reach = 0, reach_of = 0")
		kind(t, "a message for all in a closed place", ask(outsider, s.said), forum.NotFound, "")
		exec(t, w, "UPDATE messages SET reach = 2, reach_of = 0")
		kind(t, "a message that the moderator may not read", ask(s.eve, s.said), forum.NotFound, "")
		exec(t, w, "UPDATE messages SET reach = 3, reach_of = ?", s.group.ID)

		id := s.ask(s.eve, s.said)
		reads := func(when, want string) {
			t.Helper()
			if p, err := w.ReadIdentity(t.Context(), s.kim, id); err != nil || p.Plain != want {
				t.Errorf("%s: %q %v", when, p.Plain, err)
			}
		}
		reads("a moderator who reads it", "said behind a mask")
		exec(t, w, "UPDATE messages SET reach = 2, reach_of = 0")
		reads("one who may not", "")
		exec(t, w, "UPDATE messages SET reach = 3, reach_of = ?", s.group.ID)

		if p, err := w.ReadOpenings(t.Context(), s.kim, "house"); err != nil || len(p.Identity) != 1 {
			t.Errorf("a moderator: %+v %v", p.Identity, err)
		}
		if p, err := w.ReadOpenings(t.Context(), s.dora, "house"); err != nil || len(p.Identity) != 0 {
			t.Errorf("a member is told what is asked: %+v %v", p.Identity, err)
		}

		late := s.ask(s.eve, s.post)
		exec(t, w, "UPDATE posts SET erased_at = 1 WHERE id = ?", s.post.Ref)
		if err := w.AnswerIdentity(t.Context(), s.kim, late, true); forum.KindOf(err) != forum.Closed && forum.KindOf(err) != forum.NotFound {
			t.Errorf("of what was taken back: %v", err)
		}
		exec(t, w, "UPDATE posts SET erased_at = 0, class = 0 WHERE id = ?", s.post.Ref)
		kind(t, "of what has no mask", w.AnswerIdentity(t.Context(), s.kim, late, true), forum.Closed, "error.not-masked")
		exec(t, w, "UPDATE posts SET class = ? WHERE id = ?", forum.ChathamClass, s.post.Ref)
		exec(t, w, "INSERT INTO settings (name, value) VALUES ('told-of-openings', '9000000000000000')")
		kind(t, "of what was written before", w.AnswerIdentity(t.Context(), s.kim, late, true), forum.Forbidden, "error.told-otherwise")
	})
}

// TestNotesOfClosedPlaces: a mail about a group says nothing any more when its reader may not know of it.
func TestNotesOfClosedPlaces(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		s := newTalk(t, w)
		exec(t, w, "UPDATE groups SET joining = ?, question = '' WHERE id = ?", forum.ByAsking, s.group.ID)
		asks := w.Member("asks")
		s.must(w.AskToJoin(t.Context(), asks, s.group.ID, ""))
		w.Effects.Take()
		s.must(w.Decide(t.Context(), w.Admin, s.group.ID, asks.Member, false))
		var entry int64
		for _, fact := range w.Effects.Take() {
			if told, ok := fact.(forum.MemberTold); ok {
				entry = told.Entry
			}
		}
		if g, err := w.ReadNote(t.Context(), asks, entry); err != nil || g.ID != s.group.ID {
			t.Errorf("declined: %v", err)
		}
		w.Effects.Take()
		s.must(w.Command(t.Context(), s.bob, "inner", "help", forum.Incoming{MessageID: "<h@x.example>"}))
		a := w.Effects.Take()[0].(forum.Answered)
		s.must(w.Leave(t.Context(), s.bob, s.group.ID))
		if _, err := w.ReceivedFor(t.Context(), s.bob, a.Received); err != nil {
			t.Errorf("received: %v", err)
		}
		exec(t, w, "UPDATE groups SET visibility = ? WHERE id = ?", forum.Hidden, s.group.ID)
		_, err := w.ReadNote(t.Context(), asks, entry)
		kind(t, "the answer from a group that is hidden now", err, forum.NotFound, "")
		_, err = w.ReceivedFor(t.Context(), s.bob, a.Received)
		kind(t, "the help", err, forum.NotFound, "")
	})
}

// TestJoinOnDeadInvitation: the invitation of one who may not invite any more lets nobody in, also where
// the group is known.
func TestJoinOnDeadInvitation(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		s := newTalk(t, w)
		s.must(w.Appoint(t.Context(), w.Admin, s.group.ID, s.ann.Member, forum.Moderator))
		exec(t, w, "UPDATE groups SET joining = ? WHERE id = ?", forum.ByInvitation, s.group.ID)
		late := w.Member("late")
		s.must(w.Invite(t.Context(), s.ann, s.group.ID, late.Member))
		s.must(w.Appoint(t.Context(), w.Admin, s.group.ID, s.ann.Member, forum.Participant))
		kind(t, "joins", w.Join(t.Context(), late, s.group.ID), forum.Forbidden, "error.by-invitation")
		kind(t, "asks", w.AskToJoin(t.Context(), late, s.group.ID, "please"), forum.Forbidden, "error.by-invitation")
		exec(t, w, "UPDATE groups SET joining = ? WHERE id = ?", forum.ByAsking, s.group.ID)
		s.must(w.Invite(t.Context(), w.Admin, s.group.ID, late.Member))
		kind(t, "asks who need not", w.AskToJoin(t.Context(), late, s.group.ID, "please"), forum.Forbidden, "error.by-invitation")
		s.must(w.Join(t.Context(), late, s.group.ID))
	})
}

// TestWhoStartsTopics: a board says who begins topics on it.
func TestWhoStartsTopics(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		s := newTalk(t, w)
		start := func(by forum.Actor) error {
			_, err := w.StartTopic(t.Context(), by, s.board.ID, draft(w, "x"))
			return err
		}
		exec(t, w, "UPDATE boards SET posting = ? WHERE id = ?", forum.ByModerators, s.board.ID)
		kind(t, "a member", start(s.ann), forum.Forbidden, "error.moderators-post-here")
		s.must(start(w.Admin))
		exec(t, w, "UPDATE boards SET posting = ? WHERE id = ?", forum.ByCertified, s.board.ID)
		kind(t, "one without a certificate", start(s.ann), forum.Forbidden, "error.certified-post-here")
		_, err := w.Certify(t.Context(), w.Admin, s.ann.Member, forum.At(w.Now().AddDate(1, 0, 0)))
		s.must(err)
		s.must(start(w.As(s.ann.Member)))
	})
}

// TestWhoUnbansAndRemoves: nobody but moderators.
func TestWhoUnbansAndRemoves(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		s := newTalk(t, w)
		kind(t, "a member removes", w.Remove(t.Context(), s.ann, s.group.ID, s.bob.Member, "x"), forum.Forbidden, "error.moderators-only")
		guest := w.Member("guest")
		s.must(w.Invite(t.Context(), w.Admin, s.group.ID, guest.Member))
		kind(t, "a member puts an invitation out", w.Remove(t.Context(), s.ann, s.group.ID, guest.Member, "x"), forum.Forbidden, "error.moderators-only")
		s.must(w.Ban(t.Context(), w.Admin, s.group.ID, s.bob.Member, "quarrels"))
		kind(t, "a member lifts a ban", w.Unban(t.Context(), s.ann, s.group.ID, s.bob.Member), forum.Forbidden, "")
	})
}

// TestAnswersToWhatIsReadable: a reply cannot point at a post that its writer may not read.
func TestAnswersToWhatIsReadable(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		s := newTalk(t, w)
		points := func(want forum.PostID) {
			t.Helper()
			d := draft(w, "x")
			d.ReplyTo = s.reply
			p, err := w.Reply(t.Context(), s.ann, s.topic.ID, d)
			if err != nil || p.ReplyTo != want {
				t.Errorf("it answers %d %v", p.ReplyTo, err)
			}
		}
		points(s.reply)
		exec(t, w, "UPDATE posts SET reach = 2, reach_of = 0 WHERE id = ?", s.reply)
		points(0)
	})
}

// TestTopicForAllInAClosedPlace: what was written for everybody is not read, heard nor followed in a place that
// lets its reader in no more.
func TestTopicForAllInAClosedPlace(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		s := newTalk(t, w)
		exec(t, w, "UPDATE topics SET reach = 0, reach_of = 0")
		exec(t, w, "UPDATE posts SET reach = 0, reach_of = 0")
		other := w.Member("other")
		r, err := w.FindRoom(t.Context(), s.ann, "inner", "inner")
		s.must(err)
		m, err := w.Say(t.Context(), s.ann, r.Room.ID, "said", w.Key())
		s.must(err)
		exec(t, w, "UPDATE messages SET reach = 0, reach_of = 0")
		see := func(want bool) {
			t.Helper()
			_, follow := w.Follow(t.Context(), other, s.topic.ID)
			_, may := w.MayFollow(t.Context(), other, s.topic.ID)
			for what, err := range map[string]error{"follow": follow, "may follow": may, "see": w.MaySee(t.Context(), other, s.first),
				"listen": w.MayListen(t.Context(), other, r.Room.ID), "hear": w.MayHear(t.Context(), other, r.Room.ID, m.Seq)} {
				if want && err != nil || !want && forum.KindOf(err) != forum.NotFound {
					t.Errorf("%s: %v", what, err)
				}
			}
		}
		see(false)
		exec(t, w, "UPDATE groups SET visibility = 0")
		see(true)
		exec(t, w, "UPDATE topics SET reach = 3, reach_of = ?", s.group.ID)
		exec(t, w, "UPDATE posts SET reach = 3, reach_of = ?", s.group.ID)
		exec(t, w, "UPDATE messages SET reach = 3, reach_of = ?", s.group.ID)
		exec(t, w, "UPDATE groups SET visibility = ?", forum.CertifiedOnly)
		see(false)
		exec(t, w, "UPDATE groups SET visibility = 0")
		if _, err := w.MayFollow(t.Context(), other, s.topic.ID); forum.KindOf(err) != forum.NotFound {
			t.Errorf("a topic for members in an open place: %v", err)
		}
	})
}

// TestPagesAreOfWhatIsRead: on which page a post stands does not tell how many others there are.
func TestPagesAreOfWhatIsRead(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		s := newTalk(t, w)
		for range 45 {
			_, err := w.Reply(t.Context(), s.ann, s.topic.ID, draft(w, "x"))
			s.must(err)
		}
		last, err := w.Reply(t.Context(), s.ann, s.topic.ID, draft(w, "the last"))
		s.must(err)
		page := func(when string, first bool, pages int) {
			t.Helper()
			_, after, err := w.FindPost(t.Context(), s.bob, last.ID)
			s.must(err)
			end, err := w.LastPage(t.Context(), s.bob, s.topic.ID)
			s.must(err)
			if after != end || (after == 0) != first {
				t.Errorf("%s: the post's page begins after %d, the last one after %d", when, after, end)
			}
			n, read := 1, s.page(s.bob)
			for read.More {
				n++
				read, err = w.ReadTopic(t.Context(), s.bob, s.topic.ID, read.Posts[len(read.Posts)-1].ID)
				s.must(err)
			}
			if n != pages || pages > 1 && read.Posts[len(read.Posts)-1].ID != last.ID {
				t.Errorf("%s: %d pages", when, n)
			}
			if after == 0 {
				return
			}
			read, err = w.ReadTopic(t.Context(), s.bob, s.topic.ID, after)
			if err != nil || read.More || len(read.Posts) != read.Topic.Posts-20*(pages-1) || read.Posts[len(read.Posts)-1].ID != last.ID {
				t.Errorf("%s: the page has %d posts %v", when, len(read.Posts), err)
			}
		}
		page("all", false, 3)
		exec(t, w, "UPDATE posts SET reach = 2, reach_of = 0 WHERE author_id = ? AND id <> ? AND id <> ? AND n % 2 = 0", s.ann.Member, last.ID, s.first)
		page("half", false, 2)
		exec(t, w, "UPDATE posts SET reach = 2, reach_of = 0 WHERE author_id = ? AND id <> ? AND id <> ?", s.ann.Member, last.ID, s.first)
		page("few", true, 1)
		exec(t, w, "UPDATE posts SET reach = 3, reach_of = ? WHERE n <= 20", s.group.ID)
		exec(t, w, "UPDATE posts SET reach = 2, reach_of = 0 WHERE n > 20")
		if end, err := w.LastPage(t.Context(), s.bob, s.topic.ID); err != nil || end != 0 {
			t.Errorf("what comes after all that is read: the last page begins after %d %v", end, err)
		}
	})
}

// TestQuotingNarrower: a quotation is refused when what is quoted, its topic or its place is for fewer than
// the text that quotes it, whichever of the three it is.
func TestQuotingNarrower(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		s := newTalk(t, w)
		open, board, _ := w.Group("open", forum.PublicToRead)
		w.Ready(open, s.ann)
		quote := func() error {
			d := draft(w, "quote")
			d.Source = "[x](/p/" + fmt.Sprint(s.first) + ")\n\nwords"
			_, err := w.StartTopic(t.Context(), s.ann, board.ID, d)
			return err
		}
		for what, set := range map[string][]string{
			"the post":  {"UPDATE posts SET reach = 3, reach_of = " + fmt.Sprint(s.group.ID), "UPDATE topics SET reach = 0, reach_of = 0", "UPDATE groups SET visibility = 0"},
			"the topic": {"UPDATE posts SET reach = 0, reach_of = 0", "UPDATE topics SET reach = 3, reach_of = " + fmt.Sprint(s.group.ID), "UPDATE groups SET visibility = 0"},
			"the place": {"UPDATE posts SET reach = 0, reach_of = 0", "UPDATE topics SET reach = 0, reach_of = 0", "UPDATE groups SET visibility = 3 WHERE slug = 'inner'"},
		} {
			for _, query := range set {
				exec(t, w, query)
			}
			if err := quote(); forum.KindOf(err) != forum.Invalid {
				t.Errorf("%s is for fewer: %v", what, err)
			}
			exec(t, w, "UPDATE posts SET reach = 0, reach_of = 0")
			exec(t, w, "UPDATE topics SET reach = 0, reach_of = 0")
			exec(t, w, "UPDATE groups SET visibility = 0")
			s.must(quote())
		}
	})
}

// TestVersionsForVisitors: what a visitor's copy of a page hangs on is of what visitors read: what happens in
// the rest does not show, not even by a changed number.
func TestVersionsForVisitors(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		s := newTalk(t, w)
		exec(t, w, "UPDATE posts SET reach = 0, reach_of = 0 WHERE id = ?", s.first)
		absent := func(what string) {
			t.Helper()
			_, err := w.PublicTopic(t.Context(), s.topic.ID, 0)
			kind(t, what, err, forum.NotFound, "")
		}
		absent("neither topic nor place")
		exec(t, w, "UPDATE topics SET reach = 0, reach_of = 0")
		absent("a topic for all in a closed place")
		exec(t, w, "UPDATE groups SET visibility = 0")
		before, err := w.PublicTopic(t.Context(), s.topic.ID, 0)
		s.must(err)
		exec(t, w, "UPDATE posts SET version = version + 1 WHERE id = ?", s.reply)
		if after, err := w.PublicTopic(t.Context(), s.topic.ID, 0); err != nil || after != before {
			t.Errorf("a post for members changed: %+v, before %+v %v", after, before, err)
		}
		exec(t, w, "UPDATE posts SET version = version + 1 WHERE id = ?", s.first)
		if after, err := w.PublicTopic(t.Context(), s.topic.ID, 0); err != nil || after == before {
			t.Errorf("a post for all changed: %v", err)
		}
		exec(t, w, "UPDATE topics SET reach = 3, reach_of = ?", s.group.ID)
		absent("a topic for members in an open place")
	})
}

// TestSplitOfWhatIsRead: a moderator moves no post that they may not read.
func TestSplitOfWhatIsRead(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		s := newTalk(t, w)
		split := func() error {
			_, err := w.SplitTopic(t.Context(), w.Admin, s.topic.ID, "Apart", []forum.PostID{s.reply})
			return err
		}
		exec(t, w, "UPDATE posts SET reach = 2, reach_of = 0 WHERE id = ?", s.reply)
		kind(t, "a post for the certified", split(), forum.Invalid, "error.choose-posts")
		exec(t, w, "UPDATE posts SET reach = 3, reach_of = ? WHERE id = ?", s.group.ID, s.reply)
		s.must(split())
	})
}

// TestAddressesTellNoTitle: the address of a topic that is not for everybody does not say what it is called.
func TestAddressesTellNoTitle(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		s := newTalk(t, w)
		slug := func(id forum.TopicID) (slug string) {
			t.Helper()
			if err := w.Store.Reader().NewRaw("SELECT slug FROM topics WHERE id = ?", id).Scan(t.Context(), &slug); err != nil {
				t.Fatal(err)
			}
			return slug
		}
		if got := slug(s.topic.ID); got != "topic" || s.topic.Slug != "topic" {
			t.Errorf("written for members: %q", got)
		}
		p, err := w.ReadOwnPost(t.Context(), s.ann, s.first)
		s.must(err)
		s.must(w.ChangePost(t.Context(), s.ann, s.first, forum.PostChange{Title: "Changed title", Source: "x", Base: p.Version}))
		fresh, err := w.SplitTopic(t.Context(), w.Admin, s.topic.ID, "Split title", []forum.PostID{s.reply})
		s.must(err)
		if a, b := slug(s.topic.ID), slug(fresh); a != "topic" || b != "topic" {
			t.Errorf("changed and split: %q %q", a, b)
		}
		open, board, _ := w.Group("open", forum.PublicToRead)
		w.Ready(open, s.ann)
		topic, err := w.StartTopic(t.Context(), s.ann, board.ID, forum.Draft{Title: "For all", Source: "x", Key: w.Key()})
		if err != nil || topic.Slug != "for-all" {
			t.Errorf("written for all: %q %v", topic.Slug, err)
		}
	})
}

// TestWhoIsPutOutIsTold: also of a hidden group, with the reason; nobody else is, nor they once they are in again.
func TestWhoIsPutOutIsTold(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		s := newTalk(t, w)
		exec(t, w, "UPDATE groups SET visibility = ?", forum.Hidden)
		for act, put := range map[string]func() error{
			"note.remove": func() error { return w.Remove(t.Context(), w.Admin, s.group.ID, s.bob.Member, "moves away") },
			"note.ban":    func() error { return w.Ban(t.Context(), w.Admin, s.group.ID, s.bob.Member, "moves away") },
		} {
			w.Effects.Take()
			s.must(put())
			var told forum.MemberTold
			for _, fact := range w.Effects.Take() {
				if f, ok := fact.(forum.MemberTold); ok {
					told = f
				}
			}
			if told.Member != s.bob.Member || told.Note != act {
				t.Errorf("told: %+v", told)
			}
			n, err := w.ReadNote(t.Context(), s.bob, told.Entry)
			if err != nil || n.Name != s.group.Name || n.Reason != "moves away" || n.Who != w.Admin.Name {
				t.Errorf("%s says %+v %v", act, n, err)
			}
			_, err = w.ReadNote(t.Context(), w.Member("other"+act[5:]), told.Entry)
			kind(t, "another", err, forum.NotFound, "")
			w.Pass(6 * day)
			if n, err := w.ReadNote(t.Context(), s.bob, told.Entry); err != nil || n.Name == "" {
				t.Errorf("after six days %s says %+v %v", act, n, err)
			}
			w.Pass(day)
			_, err = w.ReadNote(t.Context(), s.bob, told.Entry)
			kind(t, "after seven days", err, forum.NotFound, "")
			if act == "note.ban" {
				s.must(w.Unban(t.Context(), w.Admin, s.group.ID, s.bob.Member))
			}
			s.must(w.Invite(t.Context(), w.Admin, s.group.ID, s.bob.Member))
			s.must(w.Join(t.Context(), s.bob, s.group.ID))
			_, err = w.ReadNote(t.Context(), s.bob, told.Entry)
			kind(t, "who is in again", err, forum.NotFound, "")
		}
	})
}

// TestOutboxOfAccounts: what administrators see of others' mails is of accounts alone, never who is invited, asked or told
// in a group.
func TestOutboxOfAccounts(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		s := newTalk(t, w)
		exec(t, w, "UPDATE groups SET visibility = ?", forum.Hidden)
		s.must(w.Invite(t.Context(), w.Admin, s.group.ID, w.Member("guest").Member))
		s.must(w.Remove(t.Context(), w.Admin, s.group.ID, s.bob.Member, "x"))
		s.asked()
		s.must(w.AskReset(t.Context(), "ann", "9.9.9.9"))
		kinds := map[string]bool{}
		all, err := w.Deliveries(t.Context(), w.Admin, true, 0, 100)
		s.must(err)
		for _, d := range all {
			if d.MemberID != w.Admin.Member {
				kinds[d.Kind] = true
			}
		}
		if n := count(t, w, "SELECT count(DISTINCT kind) FROM deliveries"); n < 4 || len(kinds) != 2 || !kinds["note.reset-password"] || !kinds["note.confirm-address"] {
			t.Errorf("of %d kinds the administrator sees %v", n, kinds)
		}
	})
}

// TestOneQuotationManyTimes: the same quotation a thousand times is shown a few times; the others stay links.
func TestOneQuotationManyTimes(t *testing.T) {
	t.Parallel()
	html, shown := markup.Cook(strings.Repeat("[a](/p/7)\n\n", 1000), markup.Options{}).HTML, 0
	out := forum.WithReferences(html, func(forum.Reference) string { shown++; return "shown" })
	if shown != 10 || strings.Count(out, "/p/7") != 990 {
		t.Errorf("%d are shown, %d are links", shown, strings.Count(out, "/p/7"))
	}
}

// TestDigestOfATopicThatIsClosed: a digest is read by the rights of the moment: of a topic that its reader may not read any
// more nothing is in it, whatever audience its posts have.
func TestDigestOfATopicThatIsClosed(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		s := newTalk(t, w)
		w.Pass(26 * time.Hour)
		w.Effects.Take()
		_, err := w.ComposeDigests(t.Context(), 0)
		s.must(err)
		read := func() (n int) {
			t.Helper()
			var runs []int64
			s.must(w.Store.Reader().NewRaw("SELECT run FROM digests WHERE member_id = ?", s.ann.Member).Scan(t.Context(), &runs))
			issues, err := w.OwnIssues(t.Context(), s.ann, runs)
			s.must(err)
			for _, i := range issues {
				posts, err := w.ReadIssue(t.Context(), i, new(forum.Known))
				s.must(err)
				n += len(posts)
			}
			return n
		}
		before := read()
		exec(t, w, "UPDATE topics SET reach = 2, reach_of = 0, author_id = ? WHERE id = ?", s.bob.Member, s.topic.ID)
		if after := read(); before == 0 || after != 0 {
			t.Errorf("%d posts before, %d after", before, after)
		}
	})
}

// TestVisitsEndByThemselves: a visit that is over opens nothing, also before anybody tidied up after it.
func TestVisitsEndByThemselves(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		s := newGuests(t, w)
		exec(t, w, "UPDATE groups SET visibility = ?", forum.MembersOnly)
		s.must(w.AnswerVisit(t.Context(), s.second, s.ask("inner", 1), true))
		see := func(want bool) {
			t.Helper()
			p, err := w.ReadGroup(t.Context(), w.As(s.eve.Member), "inner")
			if err != nil || p.Readable != want || (len(p.Boards) > 0) != want {
				t.Errorf("readable: %t, %d boards %v", p.Readable, len(p.Boards), err)
			}
			if d, err := w.ReadDesk(t.Context(), w.As(s.eve.Member)); err != nil || len(d.Rooms) != 0 {
				t.Errorf("a visitor's desk has rooms: %v %v", d.Rooms, err)
			}
		}
		see(true)
		w.Pass(61 * time.Minute)
		see(false)
	})
}
