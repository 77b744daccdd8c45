package forum_test

import (
	"fmt"
	"testing"

	"peergroups/forum"
	"peergroups/forum/forumtest"
)

// TestWaitingAnswersOfUnreadTopics: a moderator who may not read a topic neither reads nor decides on what waits to be
// answered there.
func TestWaitingAnswersOfUnreadTopics(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		s, ctx := newTalk(t, w), t.Context()
		s.vetting(forum.Vetting{All: true})
		if !s.posts(s.bob, "waits") {
			t.Fatal("it does not wait")
		}
		id := s.only(w.Admin).ID
		exec(t, w, "UPDATE topics SET reach = 2, reach_of = 0")
		_, err := w.ReadWaiting(ctx, w.Admin, id)
		kind(t, "read", err, forum.NotFound, "error.not-found")
		kind(t, "claimed", w.ClaimWaiting(ctx, w.Admin, id), forum.NotFound, "error.not-found")
		_, err = w.Approve(ctx, w.Admin, id)
		kind(t, "posted", err, forum.NotFound, "error.not-found")
		exec(t, w, "UPDATE topics SET reach = 3, reach_of = ?", s.group.ID)
		s.must(w.ClaimWaiting(ctx, w.Admin, id))
	})
}

// TestWritingsNameNoUnreadTopics: what somebody has begun to write stays theirs; the title above it does not, once they may
// not read it.
func TestWritingsNameNoUnreadTopics(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		s, ctx := newTalk(t, w), t.Context()
		_, err := w.KeepWriting(ctx, s.bob, forum.WritingAt{Topic: s.topic.ID}, forum.Writing{Source: "begun"}, false)
		s.must(err)
		place := func(when, want string) {
			t.Helper()
			all, err := w.Writings(ctx, s.bob)
			if err != nil || len(all) != 1 || all[0].Place != want || all[0].Source != "begun" {
				t.Errorf("%s: %+v %v", when, all, err)
			}
		}
		place("a topic that he reads", "First title")
		exec(t, w, "UPDATE topics SET reach = 2, reach_of = 0")
		place("one that he does not", "")
	})
}

// TestMailedQuotesAskEachGate: in a mail a quotation stands only if the quoted post, its topic and its place are each for all
// who read the quoting post.
func TestMailedQuotesAskEachGate(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		s, ctx := newTalk(t, w), t.Context()
		in := &forum.PlacedPost{Post: forum.Post{HTML: fmt.Sprintf(`<p><a href="/p/%d">Quoted post</a></p>`, s.first), Audience: forum.Audience{Reach: forum.Registered}}}
		quoted := func(what string, want bool) {
			t.Helper()
			if found, err := w.MailedQuotes(ctx, s.bob.Member, in); err != nil || (len(found) == 1) != want {
				t.Errorf("%s: %v %v", what, found, err)
			}
		}
		of := func(post, topic, place forum.Visibility) {
			for table, v := range map[string]forum.Visibility{"posts": post, "topics": topic} {
				exec(t, w, "UPDATE "+table+" SET reach = ?, reach_of = ?", v, map[bool]forum.GroupID{true: s.group.ID}[v == forum.MembersOnly])
			}
			exec(t, w, "UPDATE groups SET visibility = ?", place)
		}
		of(forum.RegisteredOnly, forum.RegisteredOnly, forum.RegisteredOnly)
		quoted("all for the registered", true)
		of(forum.MembersOnly, forum.RegisteredOnly, forum.RegisteredOnly)
		quoted("the post for members", false)
		of(forum.RegisteredOnly, forum.MembersOnly, forum.RegisteredOnly)
		quoted("the topic for members", false)
		of(forum.RegisteredOnly, forum.RegisteredOnly, forum.MembersOnly)
		quoted("the place for members", false)
		of(forum.MembersOnly, forum.MembersOnly, forum.MembersOnly)
		exec(t, w, "UPDATE topics SET from_join = 1")
		exec(t, w, "UPDATE posts SET from_join = 1")
		in.Audience = forum.Audience{Reach: forum.Members, Of: s.group.ID, FromJoin: true}
		quoted("where all have been in since", true)
		w.Ready(s.group, w.Member("later"))
		exec(t, w, "UPDATE posts SET posted_at = ?", forum.At(w.Now()))
		quoted("where somebody joined after the topic was opened and before the post", false)
	})
}

// An offering is a talk in which somebody is offered whom to mention.
type offering struct {
	*talk
	board, topic forum.WritingAt
}

func newOffering(t *testing.T, w *forumtest.World) *offering {
	s := newTalk(t, w)
	return &offering{s, forum.WritingAt{Board: s.board.ID}, forum.WritingAt{Topic: s.topic.ID}}
}

// offers holds whom somebody is offered, and who of them is said to read there.
func (s *offering) offers(what string, who forum.Actor, at forum.WritingAt, beginning, want string) {
	s.t.Helper()
	found, err := s.OfferMentions(s.t.Context(), who, at, beginning)
	s.must(err)
	var got string
	for _, m := range found {
		got += fmt.Sprintf("%s %t,", m.Handle, m.Reads)
	}
	if got != want {
		s.t.Errorf("%s: %q, want %q", what, got, want)
	}
}

// roster sets who sees the members of a group.
func (s *offering) roster(g forum.GroupID, r forum.Roster) {
	exec(s.t, s.World, "UPDATE groups SET roster = ? WHERE id = ?", r, g)
}

// TestOffersAskThePlace: whoever is not let into a board is offered nobody, also where all who read there see its members.
func TestOffersAskThePlace(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		s := newOffering(t, w)
		s.roster(s.group.ID, forum.ForReaders)
		s.offers("a member", s.bob, s.board, "ann", "ann true,")
		s.offers("an outsider", w.Member("out"), s.board, "ann", "")
		s.offers("an outsider, in a topic", w.Member("out2"), s.topic, "ann", "")
	})
}

// TestOffersOfPostsThatAreRead: who spoke only where the writer may not read is offered to nobody for that.
func TestOffersOfPostsThatAreRead(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		s := newOffering(t, w)
		s.roster(s.group.ID, forum.ForModerators)
		s.offers("who spoke", s.bob, s.topic, "ann", "ann true,")
		exec(t, w, "UPDATE posts SET reach = 2, reach_of = 0 WHERE id = ?", s.first)
		s.offers("who spoke to the certified", s.bob, s.topic, "ann", "")
	})
}

// TestOffersTellNoMembership: where the members of a place are not seen, it is not told that somebody who spoke reads there
// no more, whatever the topic is.
func TestOffersTellNoMembership(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		s := newOffering(t, w)
		exec(t, w, "UPDATE topics SET reach = 1, reach_of = 0")
		exec(t, w, "UPDATE posts SET reach = 1, reach_of = 0")
		s.must(w.Leave(t.Context(), s.ann, s.group.ID))
		s.offers("where the members are seen", s.bob, s.topic, "ann", "ann false,")
		s.roster(s.group.ID, forum.ForModerators)
		s.offers("where they are not", s.bob, s.topic, "ann", "ann true,")
	})
}

// TestOffersInATopicOfAnotherGroup: a topic for the members of another group than the one where it stands tells of those no
// more than that group does.
func TestOffersInATopicOfAnotherGroup(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		s := newOffering(t, w)
		other, _, _ := w.Group("other", forum.MembersOnly)
		anders, both := w.Member("anders"), w.Member("andy")
		w.Ready(s.group, anders, both)
		w.Ready(other, s.bob, both)
		exec(t, w, "UPDATE topics SET reach_of = ?", other.ID)
		s.offers("whose members are seen", s.bob, s.topic, "and", "andy true,anders false,")
		s.offers("and who spoke", s.bob, s.topic, "ann", "ann false,")
		s.roster(other.ID, forum.ForModerators)
		s.offers("whose members are not seen", s.bob, s.topic, "and", "")
		s.offers("and who spoke", s.bob, s.topic, "ann", "ann true,")
	})
}

// TestRecordsOfHiddenGroups: whoever may not know of a group learns nothing by asking for its record of somebody.
func TestRecordsOfHiddenGroups(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		s, ctx := newTalk(t, w), t.Context()
		exec(t, w, "UPDATE groups SET visibility = ?", forum.Hidden)
		for slug, by := range map[string]forum.Actor{"inner": w.Member("out"), "nothing": w.Admin} {
			_, err := w.ReadRecord(ctx, by, slug, s.bob.Member)
			kind(t, slug, err, forum.NotFound, "error.not-found")
		}
		_, err := w.ReadRecord(ctx, s.ann, "inner", s.bob.Member)
		kind(t, "a member", err, forum.Forbidden, "error.moderators-only")
	})
}
