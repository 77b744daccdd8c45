package forum_test

import (
	"fmt"
	"testing"

	"peergroups/forum"
	"peergroups/forum/forumtest"
)

// tags gives a group's tags by their addresses, as the owner finds them.
func (s *talk) tags(names ...string) (out []forum.TagID) {
	s.t.Helper()
	for _, name := range names {
		s.must(s.AddTag(s.t.Context(), s.Admin, s.group.ID, "Tag "+name, name))
	}
	all, err := s.ReadTags(s.t.Context(), s.Admin, s.group.ID, false)
	s.must(err)
	for _, name := range names {
		for _, tag := range all {
			if tag.Slug == name {
				out = append(out, tag.ID)
			}
		}
	}
	return out
}

// tagged gives what somebody finds by a tag: how many topics are counted, and those on its page and on the board.
func (s *talk) tagged(by forum.Actor, slug string) string {
	s.t.Helper()
	ctx, n := s.t.Context(), 0
	all, err := s.ReadTags(ctx, by, s.group.ID, true)
	s.must(err)
	for _, tag := range all {
		if tag.Slug == slug {
			n = tag.Topics
		}
	}
	page, err := s.ReadTag(ctx, by, "inner", slug, forum.TopicCursor{})
	s.must(err)
	b, err := s.ReadBoard(ctx, by, "inner", "inner", forum.TopicCursor{Tag: slug})
	s.must(err)
	return fmt.Sprintln(n, len(page.Topics), len(b.Topics))
}

// names are the tags at a topic, on its page and in a list.
func (s *talk) named(by forum.Actor) (page, list string) {
	s.t.Helper()
	for _, tag := range s.page(by).Tags {
		page += tag.Slug + " "
	}
	rows, _, err := s.ReadFeed(s.t.Context(), by, forum.Latest, forum.TopicCursor{})
	s.must(err)
	for _, row := range rows {
		for _, tag := range row.Tags {
			list += tag.Slug + " "
		}
	}
	return page, list
}

// TestTags: moderators keep their group's list; who begins a topic and moderators put up to five of it to the topic; what
// one may not read is found by no tag and counted by none.
func TestTags(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		s, ctx := newTalk(t, w), t.Context()
		out := w.Member("out")
		ids := s.tags("fees", "courts", "three", "four", "five", "six")
		kind(t, "an address that is taken", w.AddTag(ctx, w.Admin, s.group.ID, "Fees again", "fees"), forum.Invalid, "error.slug-taken")
		kind(t, "no address", w.AddTag(ctx, w.Admin, s.group.ID, "Fees", "Fees!"), forum.Invalid, "error.slug")
		kind(t, "no name", w.AddTag(ctx, w.Admin, s.group.ID, "", "more"), forum.Invalid, "error.empty.name")
		kind(t, "by a participant", w.AddTag(ctx, s.ann, s.group.ID, "Mine", "mine"), forum.Forbidden, "error.moderators-only")
		kind(t, "renamed by a participant", w.RenameTag(ctx, s.ann, ids[0], "Mine"), forum.Forbidden, "error.moderators-only")
		kind(t, "dropped by a participant", w.DropTag(ctx, s.ann, ids[0]), forum.Forbidden, "error.moderators-only")
		kind(t, "somebody else's topic", w.TagTopic(ctx, s.bob, s.topic.ID, ids[:1]), forum.Forbidden, "error.not-your-topic")
		kind(t, "an outsider", w.TagTopic(ctx, out, s.topic.ID, ids[:1]), forum.NotFound, "error.not-found")
		kind(t, "six", w.TagTopic(ctx, s.ann, s.topic.ID, ids), forum.Invalid, "error.too-many-tags-of-topic")
		kind(t, "twice the same", w.TagTopic(ctx, s.ann, s.topic.ID, []forum.TagID{ids[0], ids[0]}), forum.Invalid, "error.choose")
		other, _, _ := w.Group("other", forum.MembersOnly)
		s.must(w.AddTag(ctx, w.Admin, other.ID, "Theirs", "theirs"))
		theirs, err := w.ReadTags(ctx, w.Admin, other.ID, false)
		s.must(err)
		kind(t, "of another group", w.TagTopic(ctx, s.ann, s.topic.ID, []forum.TagID{theirs[0].ID}), forum.Invalid, "error.choose")

		s.must(w.TagTopic(ctx, s.ann, s.topic.ID, ids[:2]))
		if page, list := s.named(s.bob); page != "courts fees " || list != page {
			t.Errorf("on the page %q, in the list %q", page, list)
		}
		d := draft(w, "tagged from the beginning")
		d.Tags = ids[1:6]
		second, err := w.StartTopic(ctx, s.bob, s.board.ID, d)
		s.must(err)
		d = draft(w, "too many")
		d.Tags = ids
		_, err = w.StartTopic(ctx, s.bob, s.board.ID, d)
		kind(t, "a new topic with six", err, forum.Invalid, "error.too-many-tags-of-topic")
		if got := s.tagged(s.ann, "courts") + s.tagged(s.ann, "fees"); got != "2 2 2\n1 1 1\n" {
			t.Errorf("found: %q", got)
		}
		exec(t, w, "UPDATE topics SET reach = 2, reach_of = 0 WHERE id = ?", second.ID) // for the certified
		if got := s.tagged(s.ann, "courts") + s.tagged(s.bob, "courts"); got != "1 1 1\n2 2 2\n" {
			t.Errorf("what one may not read: %q", got)
		}
		_, err = w.ReadTag(ctx, out, "inner", "courts", forum.TopicCursor{})
		kind(t, "an outsider", err, forum.NotFound, "error.not-found")
		for _, counted := range []bool{false, true} {
			if all, err := w.ReadTags(ctx, out, s.group.ID, counted); err != nil || len(all) != 0 {
				t.Errorf("an outsider finds %v %v", all, err)
			}
		}
		_, err = w.ReadTag(ctx, s.ann, "inner", "absent", forum.TopicCursor{})
		kind(t, "no such tag", err, forum.NotFound, "error.not-found")

		s.must(w.Lock(ctx, w.Admin, s.topic.ID, "calm"))
		kind(t, "a locked topic", w.TagTopic(ctx, s.ann, s.topic.ID, nil), forum.Closed, "error.topic-locked")
		s.must(w.TagTopic(ctx, w.Admin, s.topic.ID, ids[:1]))
		s.must(w.RenameTag(ctx, w.Admin, ids[0], "Money"))
		if tags := s.page(s.ann).Tags; len(tags) != 1 || tags[0].Name != "Money" || tags[0].Slug != "fees" {
			t.Errorf("renamed: %v", tags)
		}
		_, theirBoard, _ := w.Group("third", forum.MembersOnly)
		s.must(w.MoveTopic(ctx, w.Admin, s.topic.ID, theirBoard.ID, "there"))
		if page, _ := s.named(w.Admin); page != "" {
			t.Errorf("in another group: %q", page)
		}
		if got := s.tagged(w.Admin, "fees"); got != "0 0 0\n" {
			t.Errorf("moved away, and found: %q", got)
		}
		s.must(w.MoveTopic(ctx, w.Admin, s.topic.ID, s.board.ID, "back"))
		s.must(w.DropTag(ctx, w.Admin, ids[0]))
		if page, list := s.named(s.ann); page+list != "" {
			t.Errorf("dropped: %q %q", page, list)
		}
		for i := range 45 {
			s.must(w.AddTag(ctx, w.Admin, s.group.ID, "More", fmt.Sprintf("more-%d", i)))
		}
		kind(t, "the 51st", w.AddTag(ctx, w.Admin, s.group.ID, "More", "last"), forum.Invalid, "error.too-many-tags")
	})
}

// TestFollowTag: who follows a tag is told of new topics with it that they may read, also where they want to hear of answers
// only, and not of what they mute.
func TestFollowTag(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		s, ctx := newTalk(t, w), t.Context()
		out := w.Member("out")
		id := s.tags("fees")[0]
		kind(t, "an outsider", w.FollowTag(ctx, out, id, false), forum.NotFound, "error.not-found")
		kind(t, "a visitor", w.FollowTag(ctx, forum.Actor{}, id, false), forum.Forbidden, "error.sign-in-first")
		start := func(tags ...forum.TagID) forum.PostID {
			t.Helper()
			d := draft(w, "new")
			d.Tags = tags
			topic, err := w.StartTopic(ctx, s.bob, s.board.ID, d)
			s.must(err)
			page, err := w.ReadTopic(ctx, s.bob, topic.ID, 0)
			s.must(err)
			s.must(w.QueuePost(ctx, page.Posts[0].ID))
			return page.Posts[0].ID
		}
		s.must(w.FollowTag(ctx, s.ann, id, false))
		s.must(w.FollowTag(ctx, s.ann, id, false))
		s.must(w.FollowTag(ctx, s.bob, id, false))
		page, err := w.ReadTag(ctx, s.ann, "inner", "fees", forum.TopicCursor{})
		if s.must(err); !page.Tag.Followed {
			t.Error("followed, and the page does not say so")
		}
		with, without := start(id), start()
		reply, err := w.Reply(ctx, s.bob, s.topic.ID, draft(w, "answer"))
		s.must(err)
		s.must(w.TagTopic(ctx, s.ann, s.topic.ID, []forum.TagID{id}))
		s.must(w.QueuePost(ctx, reply.ID))
		if got := notices(t, w, s.ann, with, without); got != "answer 0*, tag 1*" {
			t.Errorf("told %q", got)
		}
		if got := notices(t, w, s.bob, with); got != "" {
			t.Errorf("of one's own: %q", got)
		}
		s.must(w.SetBoardLevel(ctx, s.ann, s.board.ID, forum.NewTopics))
		if got := start(id); notices(t, w, s.ann, got) == "" {
			t.Error("new topics of the board, with the tag: not told")
		}
		s.must(w.SetBoardLevel(ctx, s.ann, s.board.ID, forum.MutedLevel))
		muted := start(id)
		s.must(w.SetBoardLevel(ctx, s.ann, s.board.ID, forum.Inherited))
		s.must(w.IgnoreMember(ctx, s.ann, s.bob.Member))
		ignored := start(id)
		s.must(w.HeedMember(ctx, s.ann, s.bob.Member))
		s.must(w.FollowTag(ctx, s.ann, id, true))
		unfollowed := start(id)
		s.must(w.FollowTag(ctx, s.ann, id, false))
		s.must(w.Remove(ctx, w.Admin, s.group.ID, s.ann.Member, "over"))
		gone := start(id)
		w.Ready(s.group, s.ann)
		for what, post := range map[string]forum.PostID{"muted": muted, "ignored": ignored, "not followed": unfollowed, "not in the group": gone} {
			if n := count(t, w, "SELECT count(*) FROM notices WHERE member_id = ? AND post_id = ?", s.ann.Member, post); n != 0 {
				t.Errorf("%s: told", what)
			}
		}
	})
}
