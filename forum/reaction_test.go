package forum_test

import (
	"fmt"
	"testing"

	"peergroups/forum"
	"peergroups/forum/forumtest"
)

// signs gives the reactions to a post as somebody reads it on the page of its topic: sign, count, and "*" for their own.
func (s *talk) signs(by forum.Actor, id forum.PostID) (out string) {
	s.t.Helper()
	for _, p := range s.page(by).Posts {
		if p.ID == id {
			for _, r := range p.Reactions {
				out += fmt.Sprintf("%s %d", r.Sign, r.Count)
				if r.Mine {
					out += "*"
				}
				out += " "
			}
		}
	}
	return out
}

// names gives who reacted to a post, as a member may know.
func (s *talk) names(by forum.Actor, id forum.PostID) (out string) {
	s.t.Helper()
	_, all, err := s.ReadReactions(s.t.Context(), by, id)
	s.must(err)
	for _, r := range all {
		out += r.Name + " " + r.Sign.String() + " "
	}
	return out
}

// TestReactions: who may answer a post of somebody else gives signs to it and takes them back; who reads it counts them,
// and members know by name; nobody is told, and nothing is left of them where the post is hidden or taken back.
func TestReactions(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		s, ctx := newTalk(t, w), t.Context()
		out := w.Member("out")
		told := func() int {
			return count(t, w, "SELECT (SELECT count(*) FROM notices) + (SELECT count(*) FROM deliveries)")
		}
		before := told()
		w.Effects.Take()
		s.must(w.React(ctx, s.bob, s.first, forum.Thanks))
		s.must(w.React(ctx, s.bob, s.first, forum.Thanks))
		s.must(w.React(ctx, s.bob, s.first, forum.Helps))
		s.must(w.React(ctx, w.Admin, s.first, forum.Thanks))
		if facts := fmt.Sprint(len(w.Effects.Take())); facts != "3" {
			t.Errorf("%s facts", facts)
		}
		if got := s.signs(s.bob, s.first); got != "thanks 2* helpful 1* " {
			t.Errorf("bob counts %q", got)
		}
		if got := s.signs(s.ann, s.first); got != "thanks 2 helpful 1 " {
			t.Errorf("ann counts %q", got)
		}
		if n := told(); n != before {
			t.Errorf("somebody is told: %d, before %d", n, before)
		}
		kind(t, "one's own", w.React(ctx, s.ann, s.first, forum.Thanks), forum.Forbidden, "error.own-reaction")
		kind(t, "no sign", w.React(ctx, s.bob, s.first, 0), forum.Invalid, "error.choose")
		kind(t, "no such sign", w.React(ctx, s.bob, s.first, 5), forum.Invalid, "error.choose")
		kind(t, "an outsider", w.React(ctx, out, s.first, forum.Thanks), forum.NotFound, "error.not-found")
		_, _, err := w.ReadReactions(ctx, out, s.first)
		kind(t, "an outsider", err, forum.NotFound, "error.not-found")
		_, _, err = w.ReadReactions(ctx, forum.Actor{}, s.first)
		kind(t, "a visitor", err, forum.Forbidden, "error.sign-in-first")

		s.must(w.IgnoreMember(ctx, s.ann, s.bob.Member))
		if got := s.signs(s.ann, s.first) + s.names(s.ann, s.first); got != "thanks 1 "+w.Admin.Name+" thanks " {
			t.Errorf("without whom she ignores: %q", got)
		}
		s.must(w.HeedMember(ctx, s.ann, s.bob.Member))
		s.must(w.Unreact(ctx, s.bob, s.first, forum.Thanks))
		s.must(w.Unreact(ctx, s.ann, s.first, forum.Helps)) // not hers
		if got := s.signs(s.ann, s.first); got != "thanks 1 helpful 1 " {
			t.Errorf("one was taken back: %q", got)
		}
		s.must(w.Lock(ctx, w.Admin, s.topic.ID, "calm"))
		kind(t, "a locked topic", w.React(ctx, s.bob, s.first, forum.Agrees), forum.Closed, "error.topic-locked")
		s.must(w.Unlock(ctx, w.Admin, s.topic.ID, ""))

		s.must(w.HidePost(ctx, w.Admin, s.first, advert))
		for _, who := range []forum.Actor{s.ann, s.bob, w.Admin} {
			if got := s.signs(who, s.first); got != "" {
				t.Errorf("hidden, with %q", got)
			}
		}
		kind(t, "a hidden one", w.React(ctx, s.bob, s.first, forum.Agrees), forum.NotFound, "error.not-found")
		s.must(w.ShowPost(ctx, w.Admin, s.first, "a mistake"))
		if got := s.names(s.bob, s.first); got != w.Admin.Name+" thanks "+s.bob.Name+" helpful " && got != s.bob.Name+" helpful "+w.Admin.Name+" thanks " {
			t.Errorf("shown again: %q", got)
		}
		s.must(w.Mute(ctx, w.Admin, s.group.ID, s.bob.Member, forDays(1)))
		if err := w.React(ctx, w.As(s.bob.Member), s.first, forum.Agrees); forum.KindOf(err) != forum.Forbidden {
			t.Errorf("muted: %v", err)
		}
		s.must(w.TakeBack(ctx, s.ann, s.first))
		if got := s.signs(s.bob, s.first); got != "" || count(t, w, "SELECT count(*) FROM reactions") != 0 {
			t.Errorf("taken back, with %q", got)
		}
		kind(t, "one that was taken back", w.React(ctx, w.Admin, s.first, forum.Agrees), forum.NotFound, "error.not-found")
	})
}

// TestReactionsKeepTheirAudience: a post that its author opens to more people does not tell them who reacted before; and
// one that was written when more people read does not, when the place is open to them again.
func TestReactionsKeepTheirAudience(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		s, ctx := newTalk(t, w), t.Context()
		out := w.Member("out")
		s.must(w.React(ctx, s.bob, s.first, forum.Thanks))
		set(t, w, s.group, func(d *forum.GroupDraft) { d.Visibility = forum.PublicToRead })
		exec(t, w, "UPDATE topics SET reach = 0, reach_of = 0")
		exec(t, w, "UPDATE posts SET reach = 0, reach_of = 0") // their authors said yes
		for _, who := range []forum.Actor{out, {}} {
			if got := s.signs(who, s.first); got != "" {
				t.Errorf("who could not read it then counts %q", got)
			}
		}
		if got := s.names(out, s.first) + s.signs(s.ann, s.first); got != "thanks 1 " {
			t.Errorf("by name, and in the group: %q", got)
		}
		s.must(w.React(ctx, s.bob, s.first, forum.Agrees))
		if got := s.signs(out, s.first) + s.signs(forum.Actor{}, s.first) + s.names(out, s.first); got != "agree 1 agree 1 "+s.bob.Name+" agree " {
			t.Errorf("for all: %q", got)
		}
		set(t, w, s.group, func(d *forum.GroupDraft) { d.Visibility = forum.MembersOnly })
		w.Effects.Take()
		s.must(w.React(ctx, w.Admin, s.first, forum.Agrees))
		if facts := fmt.Sprint(w.Effects.Take()); facts != fmt.Sprintf("[{%d %d true}]", s.topic.ID, s.first) {
			t.Errorf("live pages of others hear of it: %s", facts)
		}
		set(t, w, s.group, func(d *forum.GroupDraft) { d.Visibility = forum.PublicToRead })
		if got := s.signs(out, s.first); got != "agree 1 " {
			t.Errorf("open again: %q", got)
		}
	})
}

// TestNoReactionsBesideMasks: where nobody is named nobody reacts by name, and who did before is not told.
func TestNoReactionsBesideMasks(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		s, ctx := newTalk(t, w), t.Context()
		_, masked := house(t, w, s.ann, s.bob)
		kind(t, "a mask", w.React(ctx, s.bob, forum.PostID(masked.Ref), forum.Thanks), forum.Closed, "error.no-reactions")
		s.must(w.React(ctx, s.bob, s.first, forum.Thanks))
		set(t, w, s.group, func(d *forum.GroupDraft) { d.Class = forum.ChathamClass })
		if got := s.signs(s.ann, s.first) + s.names(s.ann, s.first); got != "" {
			t.Errorf("before the rule: %q", got)
		}
		kind(t, "under the rule", w.React(ctx, s.bob, s.first, forum.Helps), forum.Closed, "error.no-reactions")
		set(t, w, s.group, func(d *forum.GroupDraft) { d.Class = forum.OpenClass })
		exec(t, w, "UPDATE posts SET class = ? WHERE id = ?", forum.ChathamClass, s.first)
		if got := s.signs(s.ann, s.first); got != "" {
			t.Errorf("a post under the rule: %q", got)
		}
		kind(t, "a post under the rule", w.React(ctx, s.bob, s.first, forum.Helps), forum.Closed, "error.no-reactions")
	})
}
